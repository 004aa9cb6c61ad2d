//! Formulas over names that are known, in the language of models. Knows nothing of what they are for.

use std::ops::Range;
use std::sync::Arc;

use crate::complaint::{Complaint, Source};
use crate::equation::graph::Graph;
use crate::equation::syntax::{Dialect, Expression, parse_expression};
use crate::simulate::Formula;

use super::document::{Content, Place, Value};
use super::fields::{Sink, did_you_mean};

/// What a formula may look at; `names` is `None` where the model could not be read, and names are not looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// The names.
    pub(super) names: Option<&'a [String]>,
    /// What they are in a sentence, such as `parameter`.
    pub(super) what: &'a str,
}

/// An expression of a study: the language of models with `and`, `or` and `not`.
pub(super) fn expression(source: &Arc<Source>, span: Range<usize>) -> Result<Expression, Complaint> {
    let expression = over_starts(source, span)?;
    match expression.shares().into_iter().next() {
        None => Ok(expression),
        Some((name, span)) => {
            let message = format!("the share of `{name}` is one of several starts, and this is of one point");
            let remedy = "shares stand in a `[[regime]]` with `over = \"start\"`";
            Err(Complaint::error(source, span, message, remedy))
        }
    }
}

/// The same with `share("NAME")`, what part of the starts of a point has a regime.
pub(super) fn over_starts(source: &Arc<Source>, span: Range<usize>) -> Result<Expression, Complaint> {
    let expression = parse_expression(source, span, Dialect::Study)?;
    match expression.calls().into_iter().next() {
        None => Ok(expression),
        Some((name, span, _)) => {
            let message = format!("there is no function `{name}` here");
            Err(Complaint::error(
                source,
                span,
                message,
                "a study has the functions of the language, not the model's own",
            ))
        }
    }
}

/// Reads a formula in quotes, or a number.
pub(super) fn read(value: &Value, what: &str, known: Known<'_>, sink: &mut Sink) -> Option<Formula> {
    let unknown = |name: &str| format!("{what} looks at `{name}`, which is not a {}", known.what);
    read_over(value, what, known.names, &unknown, sink)
}

/// As [`read`] does; `unknown` says what is wrong with a name that is not among `names`.
pub(super) fn read_over(
    value: &Value,
    what: &str,
    names: Option<&[String]>,
    unknown: &dyn Fn(&str) -> String,
    sink: &mut Sink,
) -> Option<Formula> {
    match &value.content {
        Content::Number { .. } => value.number(what, sink).map(number),
        Content::Text(text) => formula(value, text, names, unknown, sink),
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

fn formula(
    value: &Value,
    text: &str,
    names: Option<&[String]>,
    unknown: &dyn Fn(&str) -> String,
    sink: &mut Sink,
) -> Option<Formula> {
    let (source, span) = value.letters(text);
    let expression = expression(&source, span).map_err(|complaint| sink.push(complaint)).ok()?;
    let before = sink.len();
    for (name, span) in expression.names() {
        if let Some(names) = names
            && !names.iter().any(|known| known == name)
        {
            let place = Place { source: source.clone(), span };
            sink.push(place.error(unknown(name), did_you_mean(name, names.iter().map(String::as_str))));
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
