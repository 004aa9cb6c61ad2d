//! What every shipped model must be: documented, consistent, differentiable, the same when printed and read again.

mod outcome;

use std::collections::HashSet;
use std::path::Path;

use ictus::equation::graph::{Graph, Node, Operation, Unary};
use ictus::equation::print::print;
use ictus::equation::syntax::{Dialect, parse_expression};
use ictus::model::{CatalogEntry, Model, catalog};
use ictus::{complaint::Source, regime};
use outcome::outcome;

fn model(entry: &CatalogEntry) -> Model {
    entry.parse().unwrap_or_else(|complaints| panic!("{complaints}"))
}

#[test]
fn the_catalog_holds_the_files_of_the_folder_in_alphabetical_order() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models");
    let entries = std::fs::read_dir(folder).expect("the folder `models`");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .filter_map(|name| name.strip_suffix(".ode").map(str::to_owned))
        .collect();
    files.sort();
    let names: Vec<&str> = catalog().iter().map(|entry| entry.name).collect();
    assert_eq!(names, files);
}

#[test]
fn every_model_is_documented_without_a_warning() {
    for entry in catalog() {
        let model = model(entry);
        assert!(model.warnings.is_empty(), "{}: {}", entry.name, model.warnings[0]);
        assert!(model.title.len() > 20, "{}", entry.name);
        assert!(!model.sources.is_empty() && model.sources.iter().all(|source| source.contains("doi:10.")));
        let quantities = model.parameters.iter().map(|parameter| &parameter.quantity);
        let quantities = quantities.chain(model.variables.iter().map(|variable| &variable.quantity));
        let quantities = quantities.chain(model.auxiliaries.iter().map(|auxiliary| &auxiliary.quantity));
        let mut names = HashSet::new();
        for quantity in quantities {
            assert!(
                !quantity.unit.is_empty() && !quantity.meaning.is_empty(),
                "{}: {}",
                entry.name,
                quantity.name
            );
            assert!(names.insert(quantity.name.to_lowercase()), "{}: `{}` twice", entry.name, quantity.name);
        }
        assert!(model.observable(&model.signal).is_some());
        assert!(model.expression(&model.signal).is_some());
        assert!(model.step.is_some() && model.total.is_some() && model.method.as_deref() == Some("rk4"));
        // XPPAUT's own bound of 100 and its room for 5000 rows are too small for all of them.
        assert!(entry.text.contains("bound=") && entry.text.contains("maxstor="), "{}", entry.name);
        // What a node of a network does is told by the network.
        assert!(!model.rules.is_empty() || !model.inputs.is_empty(), "{}", entry.name);
        for rule in &model.rules {
            assert!(!regime::RESERVED.contains(&rule.name.as_str()), "{}: {}", entry.name, rule.name);
        }
        assert!(model.initial_values(None).iter().all(|value| value.is_finite()));
    }
}

#[test]
fn every_file_stands_for_a_study_of_itself() {
    for entry in std::fs::read_dir("models").expect("the models") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "ode") {
            let path = path.to_string_lossy().into_owned();
            let (code, _, errors) = outcome(Path::new("."), &["point", &path]);
            assert_eq!(code, 0, "{path}: {errors}");
        }
    }
}

#[test]
fn the_words_that_no_rule_may_give_are_refused() {
    for label in regime::RESERVED {
        let text =
            format!("#: T\n#@ time 1\n#@ signal x\n#@ regime {label} when x>1\n#: [1] x\nx'=1\ndone\n");
        assert!(Model::parse(&Source::new("test.ode", text), "test").is_err(), "{label}");
    }
}

#[test]
fn every_expression_printed_and_read_again_is_the_identical_node() {
    for entry in catalog() {
        let model = model(entry);
        let (mut graph, jacobian) = model.jacobian();
        let roots = model.variables.iter().map(|variable| variable.derivative);
        let roots = roots.chain(model.auxiliaries.iter().map(|auxiliary| auxiliary.value));
        for node in roots.chain(jacobian.into_iter().flatten()) {
            let text = print(&graph, node).expect("a short text");
            assert_eq!(read(&mut graph, &text), node, "{}: {text}", entry.name);
        }
    }
}

fn read(graph: &mut Graph, text: &str) -> Node {
    let source = Source::new("printed", text);
    let expression =
        parse_expression(&source, 0..text.len(), Dialect::Study).unwrap_or_else(|wrong| panic!("{wrong}"));
    expression.lower(graph, &mut |graph, name| Some(graph.input(name))).expect("all names are taken")
}

/// The smallest distance of a comparison or an absolute value in the expressions from its switch.
fn switch_distance(model: &Model, value_of: &dyn Fn(&str) -> f64) -> f64 {
    let roots: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
    let mut smallest = f64::INFINITY;
    for node in model.graph.reachable(&roots) {
        let sides: Vec<Node> = match model.graph.operation(node) {
            Operation::Binary(kind, x, y) if is_switch(kind) => vec![x, y],
            Operation::Unary(Unary::Absolute | Unary::Sign, x) => vec![x],
            _ => continue,
        };
        let values = model.graph.evaluate(&sides, |symbol| value_of(model.graph.name(symbol)));
        smallest = smallest.min((values[0] - values.get(1).unwrap_or(&0.0)).abs());
    }
    smallest
}

fn is_switch(kind: ictus::equation::graph::Binary) -> bool {
    use ictus::equation::graph::Binary;
    matches!(kind, Binary::Less | Binary::LessOrEqual | Binary::Equal | Binary::Minimum | Binary::Maximum)
}

#[test]
fn the_symbolic_jacobian_equals_central_differences_away_from_switches() {
    let mut compared = 0;
    for entry in catalog() {
        let model = model(entry);
        let (graph, jacobian) = model.jacobian();
        let roots: Vec<Node> = jacobian.iter().flatten().copied().collect();
        let field: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
        // States around the initial one, spread by the fractional parts of multiples of the golden ratio.
        for sample in 1..=20_u32 {
            let spread = |index: usize| {
                let turn =
                    0.618_033_988_749_894_9 * f64::from(sample) + 0.754_877_666_246_692_8 * index as f64;
                2.0 * turn.fract() - 1.0
            };
            let state: Vec<f64> = model
                .initial_values(None)
                .into_iter()
                .enumerate()
                .map(|(index, initial)| initial + spread(index) * (1.0 + 0.3 * initial.abs()))
                .collect();
            let value_at = |state: &[f64], name: &str| {
                let place = model.variables.iter().position(|variable| variable.quantity.name == name);
                place
                    .map_or_else(|| model.parameter(name).expect("a parameter").default, |place| state[place])
            };
            let distance = switch_distance(&model, &|name| value_at(&state, name));
            if distance < 1e-3 && distance > 0.0 {
                continue;
            }
            let exact = graph.evaluate(&roots, |symbol| value_at(&state, graph.name(symbol)));
            for column in 0..state.len() {
                // The best step of a central difference with an error of its third order.
                let step = 6e-6 * state[column].abs().max(1.0);
                let shifted = |by: f64| {
                    let mut state = state.clone();
                    state[column] += by;
                    model.graph.evaluate(&field, |symbol| value_at(&state, model.graph.name(symbol)))
                };
                let (above, below) = (shifted(step), shifted(-step));
                for row in 0..state.len() {
                    let difference = (above[row] - below[row]) / (2.0 * step);
                    let symbolic = exact[row * state.len() + column];
                    let size = (above[row].abs() / step * 1e-10).max(symbolic.abs()).max(1.0);
                    assert!(
                        (difference - symbolic).abs() <= 1e-6 * size,
                        "{}: row {row}, column {column}: {symbolic} is not {difference}",
                        entry.name
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 1000, "only {compared} entries were compared");
}
