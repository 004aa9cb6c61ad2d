//! A model's own text with other values of its parameters and another initial state: the file as its author wrote it, for XPPAUT
//! to go on from there. Knows nothing of how the state was found.

use std::ops::Range;

use super::Model;
use crate::complaint::Source;
use crate::equation::print::print_number;
use crate::equation::syntax::{Assignment, Declaration, read};

/// A line longer than this is cut into several; XPPAUT cuts lines near 1000 letters.
const LONGEST: usize = 700;

/// The text of a model that begins at a state, `[variable]`, with values of parameters; `remarks` are its first lines.
pub fn export(model: &Model, values: &[(String, f64)], state: &[f64], remarks: &[String]) -> String {
    let source = Source::new(format!("{}.ode", model.name), model.text.clone());
    let (document, _) = read(&source);
    let own = &document.source.text;
    let value = |name: &str| {
        values.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    };
    let names = || model.variables.iter().map(|variable| variable.quantity.name.as_str());
    let start =
        |name: &str| names().position(|known| known.eq_ignore_ascii_case(name)).map(|place| state[place]);
    let mut known: Vec<String> = Vec::new();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut last = 0;
    for item in &document.items {
        last = item.span.end;
        match &item.declaration {
            Declaration::Parameters(assignments) => {
                edits.push((item.span.clone(), line("par", assignments, value)));
            }
            Declaration::Initials(assignments) => {
                known.extend(assignments.iter().map(|assignment| assignment.name.text.to_ascii_lowercase()));
                edits.push((item.span.clone(), line("init", assignments, start)));
            }
            _ => {}
        }
    }
    let missing = names().zip(state).filter(|(name, _)| !known.contains(&name.to_ascii_lowercase()));
    let mut missing: Vec<String> =
        missing.map(|(name, value)| format!("init {name}={}", number(*value))).collect();
    missing.push(String::new());
    let end = end_of_declarations(own, last);
    edits.push((end..end, missing.join("\n")));
    let mut text = String::new();
    let mut at = 0;
    for (span, replacement) in edits {
        text.push_str(&own[at..span.start]);
        text.push_str(&replacement);
        at = span.end;
    }
    text.push_str(&own[at..]);
    // The first `#:` line is the title, and stays the first.
    let remarks =
        remarks.iter().map(|remark| format!("# {remark}")).chain([String::new()]).collect::<Vec<_>>().join(
            "
",
        );
    let first = text.find('\n').map_or(text.len(), |end| end + 1);
    if text.starts_with("#:") {
        text.insert_str(first, &remarks);
    } else {
        text.insert_str(0, &remarks);
    }
    text
}

/// A declaration with new values; what has none keeps its own.
fn line(word: &str, assignments: &[Assignment], value: impl Fn(&str) -> Option<f64>) -> String {
    let own = |assignment: &Assignment| {
        let name = &assignment.name.text;
        (name.clone(), value(name).unwrap_or(assignment.value))
    };
    line_of(word, assignments.iter().map(own))
}

/// `word a=1,b=2`, in as many lines as it takes.
pub(super) fn line_of(word: &str, values: impl Iterator<Item = (String, f64)>) -> String {
    let mut lines = vec![String::new()];
    for (name, value) in values {
        let own = format!("{name}={}", number(value));
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last] = format!("{word} {own}");
        } else if lines[last].len() + own.len() < LONGEST {
            lines[last] = format!("{},{own}", lines[last]);
        } else {
            lines.push(format!("{word} {own}"));
        }
    }
    lines.join("\n")
}

/// A number as a declaration takes it: without the parentheses that a negative one has in a formula.
pub(super) fn number(value: f64) -> String {
    print_number(value).trim_matches(['(', ')']).to_owned()
}

/// Where the line `done` begins, behind the last declaration.
fn end_of_declarations(text: &str, last: usize) -> usize {
    let mut at = text[last..].find('\n').map_or(text.len(), |end| last + end + 1);
    for line in text[at..].split_inclusive('\n') {
        if matches!(line.trim().to_ascii_lowercase().as_str(), "done" | "d") {
            return at;
        }
        at += line.len();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog;

    #[test]
    fn every_shipped_model_is_read_back_with_its_new_values_and_start() {
        for entry in catalog() {
            let model = entry.parse().expect("a model");
            let values: Vec<(String, f64)> = model
                .parameters
                .iter()
                .enumerate()
                .map(|(place, parameter)| (parameter.quantity.name.clone(), 1.0 / (3.0 + place as f64)))
                .collect();
            let state: Vec<f64> =
                (0..model.variables.len()).map(|place| -1e-7 / (7.0 + place as f64)).collect();
            let text = export(&model, &values, &state, &["a remark".to_owned()]);
            let again = Model::parse(&Source::new("again.ode", text.as_str()), &model.name)
                .unwrap_or_else(|complaints| panic!("{complaints}\n{text}"));
            assert_eq!(again.title, model.title);
            assert_eq!(again.initial_values(None), state, "{}", entry.name);
            let read: Vec<f64> = again.parameters.iter().map(|parameter| parameter.default).collect();
            let given: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
            assert_eq!(read, given, "{}", entry.name);
        }
    }
}
