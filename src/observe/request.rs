//! From the words of a study to observers: `extrema`, `extrema(y1)`, `amplitude`, `episodes(on=1, off=0.5)`, and the list of
//! all that can be asked for. Knows neither models nor files; whether `y1` exists is for others to say.

use std::fmt;
use std::sync::Arc;

use super::catalog::{CATALOG, Entry};
pub use super::options::Times;
use super::options::{Options, RequestError, is_name, is_signal, parts};
use super::{Observer, Scene};
use crate::complaint::nearest;
use crate::equation::graph::Node;
use crate::table::Quantity;

/// An observer that was asked for, and the signal it is to observe.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is measured.
    pub observer: Arc<dyn Observer>,
    /// The name of a variable or `aux`, or of a signal of a network (`mean`, `node.4`); `None` is the study's own signal.
    pub of: Option<String>,
    /// The one quantity that is wanted, by its name in the list of observers; `None` is all of them.
    pub only: Option<&'static str>,
}

impl Request {
    /// What stands before the names of its quantities: empty for the model's signal, `y1_` for `y1`, `node_4_` for `node.4`.
    pub fn prefix(&self) -> String {
        self.of.as_ref().map_or_else(String::new, |of| format!("{}_", of.replace('.', "_")))
    }

    /// Those of a list of all quantities that are wanted.
    fn wanted<T>(&self, all: Vec<T>) -> Vec<T> {
        let entry = CATALOG.iter().find(|entry| entry.name == self.observer.name());
        let position = self.only.and_then(|only| entry?.quantities.iter().position(|&name| name == only));
        match position {
            Some(position) => all.into_iter().skip(position).take(1).collect(),
            None => all,
        }
    }

    /// The names of the quantities it gives, in order, with their prefix.
    pub fn quantities(&self) -> Vec<String> {
        let prefix = self.prefix();
        let names = self.wanted(self.observer.quantities()).into_iter();
        names.map(|name| format!("{prefix}{name}")).collect()
    }

    /// Whether its observer looks at how a small difference grows.
    pub fn needs_tangent(&self) -> bool {
        self.observer.needs_tangent()
    }

    /// Whether its observer observes every node of a network by itself.
    pub fn is_of_each_node(&self) -> bool {
        self.observer.is_of_each_node()
    }

    /// The latest instant that it is about, from the window's beginning, if it is about one.
    pub fn latest(&self) -> Option<f64> {
        self.observer.latest()
    }

    /// Sets the observer up on the scene of its signal, and gives the quantities that are wanted, under their full names.
    pub fn observe(&self, scene: &mut Scene<'_>, unit: &str, time_unit: &str) -> Vec<(Quantity, Node)> {
        let prefix = self.prefix();
        let mut measured = self.observer.observe(scene, unit, time_unit);
        if self.observer.is_of_whole_window()
            && let Some(is_number) = scene.is_number()
        {
            let undefined = scene.graph.constant(f64::NAN);
            for (_, node) in &mut measured {
                *node = scene.graph.select(is_number, *node, undefined);
            }
        }
        self.wanted(measured)
            .into_iter()
            .map(|(quantity, node)| {
                let name = format!("{prefix}{}", quantity.name);
                let meaning = match &self.of {
                    Some(of) => format!("{} (of {of})", quantity.meaning),
                    None => quantity.meaning,
                };
                (Quantity { name, meaning, ..quantity }, node)
            })
            .collect()
    }

    fn is_same_measurement(&self, other: &Self) -> bool {
        self.of == other.of
            && self.observer.name() == other.observer.name()
            && self.observer.options() == other.observer.options()
    }
}

impl fmt::Display for Request {
    /// The request as [`parse_request`] reads it, always in the same words, so that equal texts measure the same.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.only.unwrap_or(self.observer.name()))?;
        let options = self.observer.options();
        let parts: Vec<&str> =
            self.of.iter().map(String::as_str).chain((!options.is_empty()).then_some(&*options)).collect();
        if parts.is_empty() { Ok(()) } else { write!(formatter, "({})", parts.join(", ")) }
    }
}

impl RequestError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unknown { name } => {
                if let Some(near) = nearest(name, known_names()) {
                    return format!("did you mean `{near}`?");
                }
                let names: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
                format!("features are {}, or the name of one quantity of them", names.join(", "))
            }
            Self::Malformed { .. } => {
                "write `extrema`, `extrema(y1)` or `episodes(y1, on=1, off=0.5)`".to_owned()
            }
            Self::UnknownOption { observer, .. } | Self::MissingOption { observer, .. } => {
                match CATALOG.iter().find(|entry| entry.name == *observer).map(|entry| entry.options) {
                    Some("") | None => format!("write `{observer}`, or `{observer}(y1)` to observe `y1`"),
                    Some(options) => {
                        format!("ask for it in `features` as `{observer}({options})`, with your values")
                    }
                }
            }
            Self::Time { remedy, .. } => remedy.clone(),
            Self::Value { option, must, .. } => format!("`{option}` must be {must}"),
            Self::Repeated { .. } => "leave one of them out".to_owned(),
            Self::Clash { .. } => {
                "give one of them a name of its own: `episodes(on=1, off=0.5, name=long)`".to_owned()
            }
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.message(), self.remedy())
    }
}

impl std::error::Error for RequestError {}

fn known_names() -> impl Iterator<Item = &'static str> {
    CATALOG.iter().flat_map(|entry| std::iter::once(entry.name).chain(entry.quantities.iter().copied()))
}

fn entry_of_quantity(name: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|entry| entry.quantities.contains(&name))
}

/// Reads a feature of a study: an observer (`extrema`) or one of its quantities (`amplitude`), either followed by the signal
/// to observe and options in parentheses.
///
/// # Errors
/// When the text cannot be understood; see [`RequestError`].
pub fn parse_request(text: &str) -> Result<Request, RequestError> {
    let plain = |text: &str| {
        Err((format!("`{text}` is not a number"), "write a number, in the model's unit of time".to_owned()))
    };
    parse_request_with(text, &plain)
}

/// The same, where `times` reads what is not a plain number in an option that is a time.
///
/// # Errors
/// As [`parse_request`].
pub fn parse_request_with(text: &str, times: &Times<'_>) -> Result<Request, RequestError> {
    let malformed = || RequestError::Malformed { text: text.to_owned() };
    let trimmed = text.trim();
    let (name, arguments) = match trimmed.split_once('(') {
        Some((name, rest)) => (name.trim_end(), rest.strip_suffix(')').ok_or_else(malformed)?),
        None => (trimmed, ""),
    };
    if !is_name(name) {
        return Err(malformed());
    }
    let by_observer = CATALOG.iter().find(|entry| entry.name == name);
    let entry = by_observer
        .or_else(|| entry_of_quantity(name))
        .ok_or(RequestError::Unknown { name: name.to_owned() })?;
    let only = match by_observer {
        Some(_) => None,
        None => entry.quantities.iter().copied().find(|&quantity| quantity == name),
    };

    let mut of = None;
    let mut options = Options { observer: entry.name, times, given: Vec::new() };
    let arguments = if arguments.trim().is_empty() { Vec::new() } else { parts(arguments, ',') };
    for (index, argument) in arguments.into_iter().enumerate() {
        match &parts(argument, '=')[..] {
            [option, .., _] => {
                let value = &argument[option.len() + 1..];
                options.given.push((option.trim().to_owned(), value.trim().to_owned()));
            }
            _ if index == 0 && is_signal(argument.trim()) => of = Some(argument.trim().replace('"', "")),
            _ => return Err(malformed()),
        }
    }
    Ok(Request { observer: (entry.build)(&options)?, of, only })
}

/// The request that provides a quantity which a rule names: `amplitude`, or `y1_maximum` of the signal `y1`. It is not known
/// here whether there is such a signal.
///
/// # Errors
/// [`RequestError::Unknown`] when no observer has such a quantity, [`RequestError::MissingOption`] when it must be asked for
/// with options.
pub fn provider(quantity: &str) -> Result<Request, RequestError> {
    if entry_of_quantity(quantity).is_some() {
        return parse_request(quantity);
    }
    // The longest ending that is a quantity, so that `y1_dominant_frequency` is not the frequency of `y1_dominant`.
    let split = quantity.match_indices('_').map(|(at, _)| (&quantity[..at], &quantity[at + 1..]));
    match split.into_iter().find(|(of, name)| is_name(of) && entry_of_quantity(name).is_some()) {
        Some((of, name)) => parse_request(&format!("{name}({of})")),
        None => Err(RequestError::Unknown { name: quantity.to_owned() }),
    }
}

/// Requests without repetition, in the order of their first appearance: what is asked for twice is measured once, and a whole
/// observer includes each of its quantities.
///
/// # Errors
/// [`RequestError::Clash`] when two different measurements would have one name.
pub fn gather(requests: impl IntoIterator<Item = Request>) -> Result<Vec<Request>, RequestError> {
    let mut gathered: Vec<Request> = Vec::new();
    for request in requests {
        let known = gathered.iter_mut().find(|known| {
            known.is_same_measurement(&request)
                && (known.only.is_none() || request.only.is_none() || known.only == request.only)
        });
        match known {
            Some(known) if known.only.is_some() => known.only = request.only,
            Some(_) => {}
            None => gathered.push(request),
        }
    }
    // A whole observer may have come after more than one of its quantities.
    let mut distinct: Vec<Request> = Vec::new();
    for request in gathered {
        let is_included =
            distinct.iter().any(|known| known.is_same_measurement(&request) && known.only.is_none());
        if !is_included {
            distinct.push(request);
        }
    }
    let mut names: Vec<String> = Vec::new();
    for name in distinct.iter().flat_map(Request::quantities) {
        if names.contains(&name) {
            return Err(RequestError::Clash { quantity: name });
        }
        names.push(name);
    }
    Ok(distinct)
}

#[cfg(test)]
mod tests {
    use super::super::catalog;
    use super::*;

    #[test]
    fn an_observer_and_each_of_its_quantities_can_be_asked_for() {
        assert_eq!(parse_request("extrema").unwrap().quantities(), ["minimum", "maximum", "amplitude"]);
        assert_eq!(parse_request(" amplitude ").unwrap().quantities(), ["amplitude"]);
        assert_eq!(
            parse_request("cycles( y1 )").unwrap().quantities(),
            ["y1_frequency", "y1_maxima_per_cycle"]
        );
        assert_eq!(parse_request("frequency(y1)").unwrap().quantities(), ["y1_frequency"]);
        assert_eq!(parse_request("mean(node.45)").unwrap().quantities(), ["node_45_mean"]);
        let of = |text: &str| parse_request(text).unwrap().of.unwrap();
        assert_eq!(of("mean(node.lh.hippocampus)"), "node.lh.hippocampus");
        assert_eq!(of("mean(node.ctx-lh-bankssts.y1)"), "node.ctx-lh-bankssts.y1");
        assert_eq!(of("mean(node.Gyrus (left))"), "node.Gyrus (left)");
        assert_eq!(of("episode_count(node.\"a, b=c\", on=1, off=0)"), "node.a, b=c");
    }

    #[test]
    fn the_catalogue_names_what_its_observers_measure_and_each_name_once() {
        let mut seen = Vec::new();
        for entry in catalog() {
            let everything = super::super::trial::EVERYTHING;
            // What is not of a signal is not among them, and has no options.
            let everything = everything.iter().copied().chain(["value(at=0.3)"]);
            let text = everything.into_iter().find(|text| text.starts_with(entry.name)).unwrap_or(entry.name);
            assert_eq!(parse_request(text).unwrap().observer.quantities(), entry.quantities);
            for &name in entry.quantities {
                assert!(!seen.contains(&name), "{name}");
                seen.push(name);
            }
        }
    }

    #[test]
    fn a_request_is_written_as_it_is_read() {
        for text in [
            "extrema",
            "amplitude(y1)",
            "amplitude(node.45)",
            "settled(x)",
            "standard_deviation",
            "episodes(on=1, off=0.5, gap=0, minimum=0)",
            "episode_count(x1, on=-1.5, off=-2, gap=0.25, minimum=10, name=seizure)",
        ] {
            assert_eq!(parse_request(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_quantity_in_a_rule_finds_its_observer_and_signal() {
        for (quantity, text) in [
            ("amplitude", "amplitude"),
            ("y1_maximum", "maximum(y1)"),
            ("v_e_maxima_per_cycle", "maxima_per_cycle(v_e)"),
            ("line_length", "line_length"),
            ("x_line_length", "line_length(x)"),
        ] {
            assert_eq!(provider(quantity).unwrap().to_string(), text);
            assert_eq!(provider(quantity).unwrap().quantities(), [quantity]);
        }
        for unknown in ["amplitud", "_maximum", "y1_", "y1"] {
            assert!(matches!(provider(unknown), Err(RequestError::Unknown { .. })), "{unknown}");
        }
    }

    #[test]
    fn what_is_asked_for_twice_is_measured_once() {
        let texts = ["maximum", "amplitude", "moments(x)", "extrema", "minimum", "mean(x)", "mean"];
        let gathered = gather(texts.map(|text| parse_request(text).unwrap())).unwrap();
        let texts: Vec<String> = gathered.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["extrema", "moments(x)", "mean"]);
    }

    #[test]
    fn one_quantity_of_an_observer_with_a_name_of_its_own_has_that_name() {
        let request = parse_request("episode_count(x1, on=1, off=0, name=seizure)").unwrap();
        assert_eq!(request.quantities(), ["x1_seizure_count"]);
    }

    #[test]
    fn different_measurements_need_different_names() {
        let gathered = |texts: [&str; 2]| gather(texts.map(|text| parse_request(text).unwrap()));
        assert_eq!(
            gathered(["episodes(on=1, off=0.5)", "episodes(off = 0.5, on = 1.0, gap=0)"]).unwrap().len(),
            1
        );
        let error = gathered(["episodes(on=1, off=0.5)", "episodes(on=2, off=0.5)"]).unwrap_err();
        assert_eq!(error, RequestError::Clash { quantity: "episode_count".to_owned() });
        assert!(gathered(["episodes(on=1, off=0.5)", "episodes(on=2, off=0.5, name=strong)"]).is_ok());
        assert!(gathered(["episodes(on=1, off=0.5)", "episodes(y1, on=2, off=0.5)"]).is_ok());
    }

    #[test]
    fn a_wrong_request_says_what_to_do() {
        for (text, expected) in [
            ("extremes", "there is no feature `extremes`; did you mean `extrema`?"),
            ("frequncy(y1)", "there is no feature `frequncy`; did you mean `frequency`?"),
            ("extrema(y1", "`extrema(y1` is not a feature; write `extrema`, `extrema(y1)` or"),
            ("extrema(y1, y2)", "`extrema(y1, y2)` is not a feature; write"),
            ("", "`` is not a feature; write"),
            ("extrema(node.)", "`extrema(node.)` is not a feature; write"),
            ("extrema(.4)", "`extrema(.4)` is not a feature; write"),
            (
                "episodes",
                "`episodes` needs the option `on`; ask for it in `features` as `episodes(on=, off=, gap=0",
            ),
            ("episode_count", "`episodes` needs the option `on`; ask for it in `features` as"),
            ("episodes(on=1, of=2)", "`episodes` has no option `of`; ask for it in `features` as"),
            ("episodes(on=1, off=2)", "`off=2` cannot be used; `off` must be at most `on`"),
            ("episodes(on=high, off=2)", "`on=high` cannot be used; `on` must be a number"),
            ("episodes(on=1, off=0, gap=-1)", "`gap=-1` cannot be used; `gap` must be a length of time"),
            ("episodes(on=1, on=2, off=0)", "`on=2` is the second `on`; leave one of them out"),
            ("extrema(on=1)", "`extrema` has no option `on`; write `extrema`, or `extrema(y1)`"),
        ] {
            let shown = parse_request(text).unwrap_err().to_string();
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
