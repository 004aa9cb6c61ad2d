//! A model as a page of plain text: equations, parameters, signal, rules, source. Knows no colours and no terminal.

use std::fmt::Write as _;

use super::{Model, catalog};
use crate::complaint::Source;
use crate::equation::print::print_number;
use crate::equation::syntax::{Declaration, Expression, read};
use crate::table::Quantity;

/// The models that come with the program, one a line: name, number of variables and parameters, title.
pub fn list() -> String {
    let header = ["name", "variables", "parameters", "title"].map(str::to_owned).to_vec();
    let rows = catalog().iter().filter_map(|entry| entry.parse().ok()).map(|model| {
        vec![model.name, model.variables.len().to_string(), model.parameters.len().to_string(), model.title]
    });
    table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

/// Everything that a model's file says, for a person to read.
pub fn describe(model: &Model) -> String {
    let mut page = format!("{}: {}\n", model.name, model.title);
    for source in &model.sources {
        writeln!(page, "  {source}").expect("a text can be written to");
    }
    section(&mut page, "Equations", &equations(model));
    section(&mut page, "Parameters", &parameters(model));
    section(&mut page, "Variables", &variables(model));
    let auxiliaries = model.auxiliaries.iter().map(|auxiliary| described(&auxiliary.quantity, String::new()));
    section(&mut page, "Observables", &table(&auxiliaries.collect::<Vec<_>>()));
    let noises = model.noises.iter().map(|quantity| described(quantity, String::new()));
    section(&mut page, "Noise", &table(&noises.collect::<Vec<_>>()));
    let unit = model.observable(&model.signal).map_or("1", |quantity| quantity.unit.as_str());
    section(
        &mut page,
        "Signal",
        &format!("{} [{unit}], of a size about {}\n", model.signal, print_number(model.scale)),
    );
    section(&mut page, "Time", &time(model));
    section(&mut page, "Regimes (the first whose condition holds)", &rules(model));
    let states = model.states.iter().map(|state| {
        let values: Vec<String> =
            state.values.iter().map(|(name, value)| format!("{name} = {}", plain(*value))).collect();
        vec![state.name.clone(), values.join(", ")]
    });
    section(&mut page, "Initial states", &table(&states.collect::<Vec<_>>()));
    page
}

fn section(page: &mut String, title: &str, content: &str) {
    if !content.is_empty() {
        writeln!(page, "\n{title}").expect("a text can be written to");
        for line in content.lines() {
            writeln!(page, "  {line}").expect("a text can be written to");
        }
    }
}

/// A number without the parentheses that a formula needs.
fn plain(value: f64) -> String {
    print_number(value).trim_matches(['(', ')']).to_owned()
}

/// Formulas as they stand in the file, in its order.
fn equations(model: &Model) -> String {
    let source = Source::new(model.name.as_str(), model.text.as_str());
    let (document, _) = read(&source);
    let one_line = |formula: &Expression| {
        formula.text().replace('\\', " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let lines = document.items.iter().filter_map(|item| match &item.declaration {
        Declaration::Equation(name, formula) => Some(format!("{}' = {}", name.text, one_line(formula))),
        Declaration::Fixed(name, formula)
        | Declaration::Derived(name, formula)
        | Declaration::Auxiliary(name, formula) => Some(format!("{} = {}", name.text, one_line(formula))),
        Declaration::Function(name, arguments, formula) => {
            let arguments: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
            Some(format!("{}({}) = {}", name.text, arguments.join(", "), one_line(formula)))
        }
        Declaration::Numbers(numbers) => {
            let numbers: Vec<String> = numbers
                .iter()
                .map(|number| format!("{} = {}", number.name.text, plain(number.value)))
                .collect();
            Some(numbers.join(", "))
        }
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A row: name, value, unit, meaning.
fn described(quantity: &Quantity, value: String) -> Vec<String> {
    vec![quantity.name.clone(), value, format!("[{}]", quantity.unit), quantity.meaning.clone()]
}

fn parameters(model: &Model) -> String {
    let rows = model.parameters.iter().map(|parameter| {
        let mut row = described(&parameter.quantity, plain(parameter.default));
        if let Some(range) = model.ranges.iter().find(|range| range.name == parameter.quantity.name) {
            write!(row[3], " (usually {} to {})", plain(range.from), plain(range.to))
                .expect("a text can be written to");
        }
        row
    });
    table(&rows.collect::<Vec<_>>())
}

fn variables(model: &Model) -> String {
    let values = model.initial_values(None);
    let rows = model.variables.iter().zip(values);
    let rows = rows.map(|(variable, initial)| described(&variable.quantity, plain(initial)));
    table(&rows.collect::<Vec<_>>())
}

fn time(model: &Model) -> String {
    let unit = if model.time_unit == "1" { String::new() } else { format!(" {}", model.time_unit) };
    let mut words = vec![if unit.is_empty() { "without unit".to_owned() } else { format!("in{unit}") }];
    words.extend(model.step.map(|step| format!("step {}{unit}", plain(step))));
    words.extend(model.method.clone());
    words.extend(model.total.map(|total| format!("{}{unit} shown by XPPAUT", plain(total))));
    words.push(format!("diverged beyond {}", plain(model.bound)));
    words.join(", ")
}

fn rules(model: &Model) -> String {
    let rows = model.rules.iter().map(|rule| {
        let seizing = if rule.seizing { "seizing" } else { "" };
        vec![rule.name.clone(), seizing.to_owned(), format!("when {}", rule.when.text())]
    });
    table(&rows.collect::<Vec<_>>())
}

/// Rows of cells as text, columns under one another.
fn table(rows: &[Vec<String>]) -> String {
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..).map_while(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let line: Vec<String> = cells.map(|(cell, &width)| format!("{cell:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}
