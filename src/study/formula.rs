//! Formulas over names that are known, in the language of models. Knows nothing of what they are for.

use crate::equation::graph::Graph;
use crate::simulate::Formula;

use super::document::{Content, Place, Value};
use super::features;
use super::fields::{Sink, did_you_mean};

/// What a formula may look at; `names` is `None` where the model could not be read, and names are not looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// The names.
    pub(super) names: Option<&'a [String]>,
    /// What they are in a sentence, such as `parameter`.
    pub(super) what: &'a str,
}

/// Reads a formula in quotes, or a number.
pub(super) fn read(value: &Value, what: &str, known: Known<'_>, sink: &mut Sink) -> Option<Formula> {
    match &value.content {
        Content::Number { .. } => value.number(what, sink).map(number),
        Content::Text(text) => formula(value, text, what, known, sink),
        other => {
            let message = format!("{what} is {}", other.kind());
            sink.push(
                value.place.error(message, "write a number, or a formula in quotes such as `\"-sigma\"`"),
            );
            None
        }
    }
}

/// A formula that is a number.
pub(super) fn number(number: f64) -> Formula {
    let mut graph = Graph::new();
    let node = graph.constant(number);
    Formula { text: format!("{number:?}"), graph, node }
}

fn formula(value: &Value, text: &str, what: &str, known: Known<'_>, sink: &mut Sink) -> Option<Formula> {
    let (source, span) = value.letters(text);
    let expression = features::expression(&source, span).map_err(|complaint| sink.push(complaint)).ok()?;
    let before = sink.len();
    for (name, span) in expression.names() {
        if let Some(names) = known.names
            && !names.iter().any(|known| known == name)
        {
            let message = format!("{what} looks at `{name}`, which is no {}", known.what);
            let place = Place { source: source.clone(), span };
            sink.push(place.error(message, did_you_mean(name, names.iter().map(String::as_str))));
        }
    }
    (sink.len() == before).then_some(())?;
    let mut graph = Graph::new();
    let node = expression
        .lower(&mut graph, &mut |graph, name| Some(graph.input(name)))
        .map_err(|complaint| sink.push(complaint))
        .ok()?;
    Some(Formula { text: expression.text().to_owned(), graph, node })
}
