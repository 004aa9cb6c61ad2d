//! Published and computed values of the shipped models, by simulation through the same path as a study.
//! "Continuation" marks values that were computed for this project by Newton's method and pseudo-arclength continuation
//! (equilibria, residual below 1e-9) or by an eighth-order method at 1e-10 after a long transient (cycles).

use std::sync::Arc;

use ictus::equation::Level;
use ictus::experiment::{Experiment, Status};
use ictus::model::{self, Model};
use ictus::observe::parse_request;
use ictus::simulate::{Protocol, Simulation};
use ictus::table::Table;

/// One point of a model: parameters and initial values that differ from the file's.
struct Point<'a> {
    model: &'a str,
    parameters: &'a [(&'a str, f64)],
    initial: &'a [(&'a str, f64)],
    step: f64,
    transient: f64,
    window: f64,
}

fn owned(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn shipped(name: &str) -> Arc<Model> {
    Arc::new(model::find(name).expect("a shipped model").parse().expect("a shipped model is right"))
}

/// The values of some features at one point.
fn measure<const N: usize>(point: &Point<'_>, features: [&str; N]) -> [f64; N] {
    let requests = ["extrema", "moments", "cycles", "line_length", "settled"];
    let protocol = Protocol {
        model: shipped(point.model),
        fixed: owned(point.parameters),
        columns: vec![],
        method: "rk4".to_owned(),
        step: point.step,
        transient_steps: (point.transient / point.step).round() as u64,
        window_steps: (point.window / point.step).round() as u64,
        budget: None,
        requests: requests.iter().map(|text| parse_request(text).unwrap()).collect(),
        initial: owned(point.initial),
        starts: vec![],
        constraint: None,
    };
    let simulation = Simulation::new(protocol, Level::best()).unwrap();
    // A study of one point has no axis, and so a table of no columns; one unused column gives it its one row.
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.0]]));
    assert_eq!(rows.status, [Status::Ok]);
    features.map(|name| {
        let column = simulation.quantities().iter().position(|quantity| quantity.name == name).expect(name);
        rows.features.column(column)[0]
    })
}

#[track_caller]
fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} within {tolerance}");
}

#[test]
fn jansen_rit_from_zeros_spikes_below_the_fold_of_cycles() {
    // Continuation: minimum, maximum (mV) and frequency (Hz) of the cycle, to be met in five digits.
    for (p, minimum, maximum, frequency) in
        [(120.0, 1.226_069_5, 11.169_785_8, 2.384_566_2), (130.0, 1.942_478_1, 11.463_238_6, 3.170_387_5)]
    {
        let point = Point {
            model: "jansen_rit",
            parameters: &[("p", p)],
            initial: &[],
            step: 1e-4,
            transient: 3.0,
            window: 4.0,
        };
        let [lowest, highest, rate] = measure(&point, ["minimum", "maximum", "frequency"]);
        assert_near(lowest, minimum, 1e-5 * minimum);
        assert_near(highest, maximum, 1e-5 * maximum);
        assert_near(rate, frequency, 1e-5 * frequency);
    }
}
