//! The section `[initial]`: where a model's variables start, and the named states that become the dimension `start`.

use crate::model::{Model, NamedState};
use crate::simulate::Formula;
use crate::space::low_discrepancy;

use super::document::{Content, Entry, Value};
use super::fields::{Sink, did_you_mean};
use super::formula::{self, Known};

/// The keys that draw starts.
const BOX: &str = "box";
const STARTS: &str = "starts";

/// A map's flags are signed bytes.
const MOST_STATES: usize = 127;

/// What the section says.
#[derive(Clone, Debug, Default)]
pub(super) struct Initial {
    /// Variables that start elsewhere than the model says.
    pub(super) values: Vec<(String, f64)>,
    /// Variables that start where a formula over the parameters says.
    pub(super) formulas: Vec<(String, Formula)>,
    /// The named states, in order; two or more make a dimension.
    pub(super) states: Vec<NamedState>,
    /// Whether the states are drawn from a box.
    pub(super) is_drawn: bool,
    /// Whether something was wrong with the section, so that there may be more states than are here.
    pub(super) is_broken: bool,
}

impl Initial {
    /// Whether there are several starts, or may be once the section is right.
    pub(super) fn may_have_several_starts(&self) -> bool {
        self.states.len() > 1 || self.is_broken
    }

    /// Starts the model's variables where formulas say.
    pub(super) fn put_formulas(&self, model: &mut Model) {
        for (name, Formula { graph, node, .. }) in &self.formulas {
            let node = model.graph.import(graph, &[*node])[0];
            // A name that is none was complained of.
            let own = model.variables.iter_mut().find(|variable| variable.quantity.name == *name);
            if let Some(variable) = own {
                variable.initial = node;
            }
        }
    }
}

/// What the section may name; without a model that could be read names are not looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ground<'a> {
    /// The model's variables.
    pub(super) variables: Option<&'a [String]>,
    /// Its parameters and those of the network.
    pub(super) parameters: Option<&'a [String]>,
    /// The model's own named states.
    pub(super) states: &'a [NamedState],
}

/// Reads the section.
pub(super) fn read(section: Option<&Value>, ground: Ground<'_>, sink: &mut Sink) -> Initial {
    let before = sink.len();
    let mut initial = all(section, ground, sink);
    initial.is_broken = sink.len() > before;
    let names = || initial.states.iter().map(|state| &state.name);
    if let Some(value) = section
        && let Some((_, twice)) =
            names().enumerate().find(|(number, name)| names().take(*number).any(|known| known == *name))
    {
        sink.push(value.place.error(format!("the state `{twice}` is there twice"), "name each state once"));
    }
    if let Some(value) = section
        && initial.states.len() > MOST_STATES
    {
        let message =
            format!("there are {} states, and a map holds at most {MOST_STATES}", initial.states.len());
        sink.push(value.place.error(message, "leave some out, or vary `init.NAME` by an axis"));
    }
    initial
}

fn all(section: Option<&Value>, ground: Ground<'_>, sink: &mut Sink) -> Initial {
    let variables = ground.variables;
    let mut initial = Initial::default();
    let Some(value) = section else { return initial };
    let Some(entries) = value.entries("[initial]", sink) else { return initial };
    let (own, values): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| ["states", BOX, STARTS].contains(&entry.key.as_str()));
    let (states, drawn): (Vec<&Entry>, Vec<&Entry>) =
        own.into_iter().partition(|entry| entry.key == "states");
    for entry in values {
        let name = &entry.key;
        if matches!(entry.value.content, Content::Text(_)) {
            look_up(entry, variables, true, sink);
            let known = Known { names: ground.parameters, what: "parameter" };
            let what = format!("the start of `{name}`");
            initial.formulas.extend(
                formula::read(&entry.value, &what, known, sink).map(|formula| (name.clone(), formula)),
            );
        } else {
            initial.values.extend(start(entry, variables, true, sink));
        }
    }
    for entry in states {
        match &entry.value.content {
            Content::Table(own) => {
                initial.states = own.iter().filter_map(|entry| own_state(entry, variables, sink)).collect();
            }
            Content::List(items) => {
                let known = variables.map(|_| ground.states);
                initial.states = items.iter().filter_map(|item| named_state(item, known, sink)).collect();
            }
            other => {
                let message = format!("`states` is {}", other.kind());
                let remedy = "write a list of the model's states, or a table `[initial.states]` of your own";
                sink.push(entry.value.place.error(message, remedy));
            }
        }
    }
    if let Some(first) = drawn.first() {
        if initial.states.is_empty() {
            initial.states = draw(&drawn, variables, sink);
            initial.is_drawn = true;
        } else {
            let message = format!("`{}` draws starts, and `states` names them", first.key);
            sink.push(first.place.error(message, "leave one of the two out"));
        }
    }
    initial
}

/// Starts drawn from a box: points of low discrepancy, the same wherever and however often they are drawn.
fn draw(entries: &[&Entry], variables: Option<&[String]>, sink: &mut Sink) -> Vec<NamedState> {
    let of = |key: &str| entries.iter().find(|entry| entry.key == key);
    let (Some(sides), Some(count)) = (of(BOX), of(STARTS)) else {
        let (there, lacking) =
            if of(BOX).is_some() { (BOX, "`starts = 16`") } else { (STARTS, "`box = { x = [0, 1] }`") };
        let message = format!("`{there}` alone draws no starts");
        sink.push(entries[0].place.error(message, format!("add {lacking}")));
        return Vec::new();
    };
    let count = count.value.count("`starts`", 2, sink);
    let Some(own) = sides.value.entries("`box`", sink) else { return Vec::new() };
    let mut names = Vec::new();
    let mut bounds = Vec::new();
    for side in own {
        if let Some(variables) = variables
            && !variables.contains(&side.key)
        {
            let message = format!("the model has no variable `{}` to start in a box", side.key);
            sink.push(
                side.place.error(message, did_you_mean(&side.key, variables.iter().map(String::as_str))),
            );
        }
        let what = format!("the side `{}`", side.key);
        let ends: Vec<f64> = side
            .value
            .list(&what, sink)
            .map(|items| items.iter().filter_map(|item| item.number(&what, sink)).collect())
            .unwrap_or_default();
        match ends[..] {
            [low, high] if low < high => {
                names.push(side.key.clone());
                bounds.push([low, high]);
            }
            [] => {}
            _ => {
                let message = format!("the side `{}` is not a smaller and a larger number", side.key);
                sink.push(side.value.place.error(message, "write for instance `x = [0, 1]`"));
            }
        }
    }
    if names.is_empty() {
        if own.is_empty() {
            sink.push(sides.value.place.error("the box has no side", "write `box = { x = [0, 1] }`"));
        }
        return Vec::new();
    }
    let Some(count) = count.filter(|count| *count <= MOST_STATES as u64) else {
        if let Some(count) = count {
            let message = format!("{count} starts are more than a map can name ({MOST_STATES})");
            sink.push(entries[0].place.error(message, "draw fewer"));
        }
        return Vec::new();
    };
    let state = |number: u64| NamedState {
        name: format!("start_{}", number + 1),
        values: names.iter().cloned().zip(draw_one(&bounds, number)).collect(),
    };
    (0..count).map(state).collect()
}

/// A point of the box by its number.
fn draw_one(bounds: &[[f64; 2]], number: u64) -> Vec<f64> {
    let unit = low_discrepancy(bounds.len(), number);
    unit.into_iter().zip(bounds).map(|(part, [low, high])| low + (high - low) * part).collect()
}

/// The start of one variable.
fn start(
    entry: &Entry,
    variables: Option<&[String]>,
    has_states: bool,
    sink: &mut Sink,
) -> Option<(String, f64)> {
    look_up(entry, variables, has_states, sink);
    let name = &entry.key;
    entry.value.number(&format!("the start of `{name}`"), sink).map(|value| (name.clone(), value))
}

/// Complains where the model has no such variable.
fn look_up(entry: &Entry, variables: Option<&[String]>, has_states: bool, sink: &mut Sink) {
    let name = &entry.key;
    if let Some(variables) = variables
        && !variables.contains(name)
    {
        let words = variables.iter().map(String::as_str);
        let words = words.chain(has_states.then_some(["states", BOX, STARTS]).into_iter().flatten());
        let words: Vec<&str> = words.collect();
        let message = format!("the model has no variable `{name}` to start");
        sink.push(entry.place.error(message, did_you_mean(name, words)));
    }
}

fn own_state(entry: &Entry, variables: Option<&[String]>, sink: &mut Sink) -> Option<NamedState> {
    let name = entry.key.clone();
    if !is_word(&name) {
        let message = format!("`{name}` cannot be the name of a state");
        sink.push(entry.place.error(message, "write one word of letters, digits and `_`, such as `rest`"));
        return None;
    }
    let values = entry.value.entries(&format!("the state `{name}`"), sink)?;
    let values = values.iter().filter_map(|entry| start(entry, variables, false, sink)).collect();
    Some(NamedState { name, values })
}

fn named_state(item: &Value, known: Option<&[NamedState]>, sink: &mut Sink) -> Option<NamedState> {
    let name = item.text("a state", sink)?;
    let known = known?;
    if let Some(state) = known.iter().find(|state| state.name == name) {
        return Some(state.clone());
    }
    let message = format!("the model has no state `{name}`");
    let remedy = if known.is_empty() {
        "give the states their values: `[initial.states]` with `rest = { v = 0 }`".to_owned()
    } else {
        did_you_mean(name, known.iter().map(|state| state.name.as_str()))
    };
    sink.push(item.place.error(message, remedy));
    None
}

fn is_word(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::study::document;

    fn initial(text: &str) -> Result<Initial, Vec<String>> {
        let value = document::read(&Source::new("study.toml", text)).expect("TOML");
        let mut sink = Sink::new();
        let variables = ["y0".to_owned(), "y1".to_owned()];
        let known = [NamedState { name: "excited".into(), values: vec![("y1".into(), 8.0)] }];
        let parameters = ["a".to_owned()];
        let ground = Ground { variables: Some(&variables), parameters: Some(&parameters), states: &known };
        let initial = read(Some(&value), ground, &mut sink);
        let complaints: Vec<String> = sink.into_iter().map(|complaint| complaint.message).collect();
        if complaints.is_empty() { Ok(initial) } else { Err(complaints) }
    }

    #[test]
    fn variables_start_where_the_study_says() {
        let initial = initial("y0 = 0.1\ny1 = 2").expect("fine");
        assert_eq!(initial.values, [("y0".to_owned(), 0.1), ("y1".to_owned(), 2.0)]);
        assert!(initial.states.is_empty());
    }

    #[test]
    fn states_are_the_studys_own_or_the_models() {
        let own = initial("[states]\nrest = { y0 = 0 }\nhigh = { y0 = 1, y1 = 2 }").expect("fine");
        let names: Vec<_> = own.states.iter().map(|state| state.name.as_str()).collect();
        assert_eq!(names, ["rest", "high"]);
        let named = initial("states = [\"excited\"]").expect("fine");
        assert_eq!(named.states[0].values, [("y1".to_owned(), 8.0)]);
    }

    #[test]
    fn starts_are_drawn_from_a_box() {
        let drawn = initial("box = { y0 = [-1, 1], y1 = [10, 20] }\nstarts = 16").expect("fine");
        assert!(drawn.is_drawn);
        assert_eq!(drawn.states.len(), 16);
        assert_eq!(drawn.states[15].name, "start_16");
        // Every quarter of a side holds a quarter of the starts, give or take one: that is what low discrepancy means.
        for quarter in 0..4 {
            let low = -1.0 + 0.5 * f64::from(quarter);
            let inside = drawn.states.iter().filter(|state| (low..low + 0.5).contains(&state.values[0].1));
            assert!((3..=5).contains(&inside.count()));
        }
        assert!(drawn.states.iter().all(|state| (10.0..20.0).contains(&state.values[1].1)));
    }

    #[test]
    fn each_mistake_has_one_message() {
        let cases = [
            ("y2 = 1", "no variable `y2`"),
            ("y0 = \"b/2\"", "`b`, which is not a parameter"),
            ("y2 = \"a/2\"", "no variable `y2`"),
            ("y0 = true", "should be a number"),
            ("[states]\nrest = { y0 = \"a\" }", "should be a number"),
            ("states = 3", "`states` is a number"),
            ("states = [\"exited\"]", "no state `exited`"),
            ("states = [\"excited\", \"excited\"]", "there twice"),
            ("[states]\nrest = { y7 = 0 }", "no variable `y7`"),
            ("[states]\n\"at rest\" = { y0 = 0 }", "cannot be the name"),
            ("[states]\nrest = 1", "should be a table"),
            ("starts = 16", "`starts` alone"),
            ("box = { y0 = [0, 1] }", "`box` alone"),
            ("box = { y0 = [1, 0] }\nstarts = 4", "the side `y0`"),
            ("box = { y7 = [0, 1] }\nstarts = 4", "no variable `y7`"),
            ("box = {}\nstarts = 4", "no side"),
            ("box = { y0 = [0, 1] }\nstarts = 1000", "more than a map"),
            ("states = [\"excited\"]\nbox = { y0 = [0, 1] }\nstarts = 4", "`box` draws"),
        ];
        for (text, wanted) in cases {
            let complaints = initial(text).expect_err(text);
            assert_eq!(complaints.len(), 1, "{text}: {complaints:?}");
            assert!(complaints[0].contains(wanted), "{text}: {complaints:?}");
        }
    }
}
