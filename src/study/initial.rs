//! The section `[initial]`: where a model's variables start, and the named states that become the dimension `start`.

use crate::model::NamedState;

use super::document::{Content, Entry, Value};
use super::fields::{Sink, did_you_mean};

/// A map's flags are signed bytes.
const MOST_STATES: usize = 127;

/// What the section says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Initial {
    /// Variables that start elsewhere than the model says.
    pub(super) values: Vec<(String, f64)>,
    /// The named states, in order; two or more make a dimension.
    pub(super) states: Vec<NamedState>,
}

/// Reads the section. `variables` are the model's, `known` its own named states; without them (the model could not be read)
/// names are not looked up.
pub(super) fn read(
    section: Option<&Value>,
    variables: Option<&[String]>,
    known: &[NamedState],
    sink: &mut Sink,
) -> Initial {
    let initial = all(section, variables, known, sink);
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

fn all(
    section: Option<&Value>,
    variables: Option<&[String]>,
    known: &[NamedState],
    sink: &mut Sink,
) -> Initial {
    let mut initial = Initial::default();
    let Some(value) = section else { return initial };
    let Some(entries) = value.entries("[initial]", sink) else { return initial };
    let (states, values): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.key == "states");
    initial.values = values.into_iter().filter_map(|entry| start(entry, variables, true, sink)).collect();
    for entry in states {
        match &entry.value.content {
            Content::Table(own) => {
                initial.states = own.iter().filter_map(|entry| own_state(entry, variables, sink)).collect();
            }
            Content::List(items) => {
                let known = variables.map(|_| known);
                initial.states = items.iter().filter_map(|item| named_state(item, known, sink)).collect();
            }
            other => {
                let message = format!("`states` is {}", other.kind());
                let remedy = "write a list of the model's states, or a table `[initial.states]` of your own";
                sink.push(entry.value.place.error(message, remedy));
            }
        }
    }
    initial
}

/// The start of one variable.
fn start(
    entry: &Entry,
    variables: Option<&[String]>,
    has_states: bool,
    sink: &mut Sink,
) -> Option<(String, f64)> {
    let name = &entry.key;
    if let Some(variables) = variables
        && !variables.contains(name)
    {
        let words = variables.iter().map(String::as_str).chain(has_states.then_some("states"));
        let words: Vec<&str> = words.collect();
        let message = format!("the model has no variable `{name}` to start");
        sink.push(entry.place.error(message, did_you_mean(name, words)));
    }
    entry.value.number(&format!("the start of `{name}`"), sink).map(|value| (name.clone(), value))
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
        let initial = read(Some(&value), Some(&variables), &known, &mut sink);
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
    fn each_mistake_has_one_message() {
        let cases = [
            ("y2 = 1", "no variable `y2`"),
            ("y0 = \"1\"", "should be a number"),
            ("states = 3", "`states` is a number"),
            ("states = [\"exited\"]", "no state `exited`"),
            ("states = [\"excited\", \"excited\"]", "there twice"),
            ("[states]\nrest = { y7 = 0 }", "no variable `y7`"),
            ("[states]\n\"at rest\" = { y0 = 0 }", "cannot be the name"),
            ("[states]\nrest = 1", "should be a table"),
        ];
        for (text, wanted) in cases {
            let complaints = initial(text).expect_err(text);
            assert_eq!(complaints.len(), 1, "{text}: {complaints:?}");
            assert!(complaints[0].contains(wanted), "{text}: {complaints:?}");
        }
    }
}
