//! The section `[stability]`: equilibria beside or instead of trajectories. Knows nothing of how they are found.

use crate::complaint::Complaint;
use crate::model::Model;
use crate::stability::features::{self, Places};
use crate::stability::{Range, System};

use super::document::{Entry, Value};
use super::fields::{Fields, Sink, did_you_mean};

/// How many points of the box are started from where a study does not say.
const STARTS: u64 = 8;

/// Rows with more places of nodes than this are better computed again from their points.
const MOST_PLACES: usize = 256;

/// More starts than this take longer than any simulation.
const MOST_STARTS: u64 = 10_000;

/// What a study says of equilibria.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// Whether nothing is integrated.
    pub only: bool,
    /// How many points of the box Newton's method starts from besides the known states.
    pub starts: usize,
    /// Variables and the ranges in which equilibria are looked for, where they are not derived.
    pub ranges: Vec<(String, Range)>,
    /// Whether the state of every node of a network at the equilibrium is measured.
    pub places: bool,
}

impl Stability {
    /// Whose state at the equilibrium is a part of the row, in a network of so many nodes or of a model alone.
    pub(super) fn places_of(&self, nodes: Option<usize>) -> Places {
        match nodes {
            None => Places::OfModel,
            Some(nodes) if self.places => Places::OfNodes(nodes),
            Some(_) => Places::Absent,
        }
    }
}

/// Reads the section. Without `variables` (the model could not be read) names are not looked up.
pub(super) fn read(
    section: Option<Fields<'_>>,
    variables: Option<&[String]>,
    sink: &mut Sink,
) -> Option<Stability> {
    let mut fields = section?;
    let only = fields.get("only").and_then(|value| value.truth("`only`", sink)).unwrap_or(false);
    let starts = fields.get("starts").and_then(|value| starts(value, sink)).unwrap_or(STARTS);
    let places = fields.get("places").and_then(|value| value.truth("`places`", sink)).unwrap_or(false);
    let entries = fields.get("box").and_then(|value| value.entries("`box`", sink)).unwrap_or_default();
    let ranges = entries.iter().filter_map(|entry| range(entry, variables, sink)).collect();
    fields.finish(sink);
    Some(Stability { only, starts: starts as usize, ranges, places })
}

fn starts(value: &Value, sink: &mut Sink) -> Option<u64> {
    let starts = value.count("`starts`", 0, sink)?;
    if starts > MOST_STARTS {
        let message =
            format!("`starts` is {starts}, and at most {MOST_STARTS} points of the box are started from");
        sink.push(value.place.error(message, "make the box smaller rather than the starts more"));
        return None;
    }
    Some(starts)
}

fn range(entry: &Entry, variables: Option<&[String]>, sink: &mut Sink) -> Option<(String, Range)> {
    let name = &entry.key;
    if let Some(variables) = variables
        && !variables.contains(name)
    {
        let message = format!("the model has no variable `{name}` to put into the box");
        sink.push(entry.place.error(message, did_you_mean(name, variables.iter().map(String::as_str))));
        return None;
    }
    let items = entry.value.list(&format!("the range of `{name}`"), sink)?;
    let ends: Vec<f64> = items
        .iter()
        .filter_map(|item| item.number(&format!("an end of the range of `{name}`"), sink))
        .collect();
    match ends[..] {
        _ if ends.len() < items.len() => None,
        [from, to] if from < to => Some((name.clone(), [from, to])),
        _ => {
            let message = format!("the range of `{name}` should be two numbers, the smaller one first");
            sink.push(entry.value.place.error(message, format!("write `{name} = [0, 1]`")));
            None
        }
    }
}

/// What keeps the model from having equilibria, at the section's place.
pub(super) fn refusal(value: &Value, model: &Model) -> Option<Complaint> {
    let error = System::check(model).err()?;
    let remedy = "leave `[stability]` out, or change the model";
    Some(value.place.error(error.to_string(), remedy))
}

/// What is wrong with asking for the places of nodes, at the section's place.
pub(super) fn too_many_places(
    value: &Value,
    stability: &Stability,
    model: &Model,
    nodes: Option<usize>,
) -> Option<Complaint> {
    let Places::OfNodes(nodes) = stability.places_of(nodes) else {
        let message = "`places` is of the nodes of a network, and there is none";
        let remedy = "leave it out: `equilibrium_NAME` of a model alone is always there";
        return stability.places.then(|| value.place.error(message, remedy));
    };
    let count = nodes * model.variables.len();
    (count > MOST_PLACES).then(|| {
        let message =
            format!("`places` gives {count} quantities a point, and a row takes at most {MOST_PLACES}");
        value.place.error(message, "leave it out, or take fewer nodes")
    })
}

/// What the section measures, by name.
pub(super) fn measured(stability: &Stability, model: &Model, nodes: Option<usize>) -> Vec<String> {
    let quantities = features::quantities(model, stability.places_of(nodes)).into_iter();
    let mut names: Vec<String> = quantities.map(|quantity| quantity.name).collect();
    if !stability.only {
        names.push(crate::simulate::DISAGREES.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::study::document;

    fn stability(text: &str) -> Result<Stability, Vec<String>> {
        let value = document::read(&Source::new("study.toml", text)).expect("TOML");
        let mut sink = Sink::new();
        let variables = ["y0".to_owned(), "y1".to_owned()];
        let fields = Fields::of("[stability]", &value, &mut sink);
        let found = read(fields, Some(&variables), &mut sink);
        let complaints: Vec<String> = sink.into_iter().map(|complaint| complaint.message).collect();
        if complaints.is_empty() { Ok(found.expect("a section")) } else { Err(complaints) }
    }

    #[test]
    fn every_key_has_a_default() {
        assert_eq!(stability(""), Ok(Stability { only: false, starts: 8, ranges: vec![], places: false }));
        let wanted =
            Stability { only: true, starts: 0, ranges: vec![("y0".into(), [0.0, 0.2])], places: false };
        assert_eq!(stability("only = true\nstarts = 0\nbox = { y0 = [0, 0.2] }"), Ok(wanted));
    }

    #[test]
    fn each_mistake_has_one_message() {
        let cases = [
            ("only = 1", "`only` is a number"),
            ("places = 1", "`places` is a number"),
            ("olny = true", "no key `olny`"),
            ("starts = 1.5", "`starts` is 1.5"),
            ("starts = 100000", "at most 10000"),
            ("box = [0, 1]", "`box` is a list"),
            ("box = { y2 = [0, 1] }", "no variable `y2`"),
            ("box = { y0 = 1 }", "the range of `y0` is a number"),
            ("box = { y0 = [1, 0] }", "the smaller one first"),
            ("box = { y0 = [1, 2, 3] }", "should be two numbers"),
            ("box = { y0 = [0, \"1\"] }", "an end of the range of `y0` is a text"),
        ];
        for (text, wanted) in cases {
            let complaints = stability(text).expect_err(text);
            assert_eq!(complaints.len(), 1, "{text}: {complaints:?}");
            assert!(complaints[0].contains(wanted), "{text}: {complaints:?}");
        }
    }
}
