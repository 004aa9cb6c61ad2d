//! A row depends on its own point only: equal bits at every strip width, at every instruction set, alone and among others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bits;
mod protocol;

use std::sync::Arc;

use bits::{bits, levels};
use ictus::equation::Level;
use ictus::experiment::Experiment;
use ictus::model::{self, Model};
use ictus::simulate::{Protocol, Simulation};
use ictus::table::Table;
use protocol::protocol;

/// A short study of a model over its first two parameters, everything observed.
fn simulation(model: Model, level: Level) -> Simulation {
    let columns = model.parameters.iter().take(2).map(|parameter| parameter.quantity.name.clone()).collect();
    let step = model.step.expect("every shipped file has a step");
    let mut features =
        vec!["extrema", "moments", "cycles", "line_length", "settled", "episodes(on=0.5, off=0.25)"];
    if model.seconds_per_time_unit().is_some() {
        features.push("bands");
    }
    let protocol = Protocol { columns, ..protocol(model, step, [150, 401], &features) };
    Simulation::new(protocol, level).unwrap()
}

/// Points around the model's defaults, some of them far enough away to diverge.
fn points(model: &Model, count: usize) -> Table {
    let column = |position: usize| {
        let default = model.parameters[position].default;
        let spread = if default == 0.0 { 1.0 } else { default };
        let of = |at: usize| default + spread * (((at * 37 + position * 11) % 41) as f64 / 20.0 - 1.0);
        (0..count).map(of).collect()
    };
    Table::from_columns((0..2).map(column).collect())
}

#[test]
fn rows_have_equal_bits_at_every_strip_width_and_level() {
    for entry in model::catalog() {
        let model = entry.parse().unwrap();
        let points = points(&model, 150);
        let expected = bits(&simulation(model.clone(), Level::best()).measure(&points));
        for level in levels() {
            for width in [32, 64, 96, 128, 160, 192, 224, 256] {
                if level == Level::Baseline && width != 64 {
                    continue; // slow where every fused operation is a call; `tests/machine.rs` has it at more widths
                }
                let rows = simulation(model.clone(), level).with_strip_width(width).measure(&points);
                assert_eq!(bits(&rows), expected, "{} at {} lanes of {}", entry.name, width, level.name());
            }
        }
    }
}

#[test]
fn a_point_alone_has_the_bits_of_its_row_among_others() {
    for entry in model::catalog() {
        let model = entry.parse().unwrap();
        let points = points(&model, 45);
        let simulation = simulation(model, Level::best());
        let (status, columns) = bits(&simulation.measure(&points));
        for at in [0, 7, 44] {
            let alone = points.columns().iter().map(|column| vec![column[at]]).collect();
            let (own_status, own) = bits(&simulation.measure(&Table::from_columns(alone)));
            assert_eq!(own_status[0], status[at], "{}", entry.name);
            for (column, values) in own.iter().zip(&columns) {
                assert_eq!(column[0], values[at], "{}", entry.name);
            }
        }
    }
}

#[test]
fn asking_for_other_features_changes_no_bits() {
    let model = Arc::new(model::find("jansen_rit").unwrap().parse().unwrap());
    let measure = |features: &[&str]| {
        let protocol = Protocol {
            columns: vec!["p".to_owned()],
            method: "heun".to_owned(),
            ..protocol(Arc::clone(&model), 1e-3, [500, 2000], features)
        };
        let simulation = Simulation::new(protocol, Level::best()).unwrap();
        let rows = simulation.measure(&Table::from_columns(vec![vec![80.0, 120.0, 200.0]]));
        let names: Vec<String> =
            simulation.quantities().iter().map(|quantity| quantity.name.clone()).collect();
        (names, bits(&rows).1)
    };
    let (all_names, all) =
        measure(&["moments(y1)", "cycles", "extrema", "line_length", "settled", "bands", "moments"]);
    for alone in ["extrema", "cycles", "moments", "line_length", "settled", "bands", "moments(y1)"] {
        let (names, columns) = measure(&[alone]);
        for (name, column) in names.iter().zip(columns) {
            let position = all_names.iter().position(|known| known == name).unwrap();
            assert_eq!(column, all[position], "{name}");
        }
    }
}
