//! The workloads W1 (Jansen-Rit) and W2 (Epileptor) through the same code as `ictus run`: point-steps a second of one thread.
//! `cargo bench --bench workloads`; pin it to one core. Rates of different machines do not compare: quote ratios.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/protocol/mod.rs"]
mod protocol;

use ictus::equation::Level;
use ictus::experiment::Experiment;
use ictus::model;
use ictus::simulate::{Protocol, Simulation};
use ictus::table::Table;
use protocol::protocol;
use rustix::time::{ClockId, clock_gettime};

const EXTREMA: &[&str] = &["extrema"];
const EVERYTHING: &[&str] =
    &["extrema", "moments", "cycles", "line_length", "settled", "bands", "episodes(on=8, off=4)"];
const EVERYTHING_WITHOUT_UNIT: &[&str] =
    &["extrema", "moments", "cycles", "line_length", "settled", "episodes(on=0, off=-1)"];

struct Workload {
    name: &'static str,
    model: &'static str,
    column: &'static str,
    range: [f64; 2],
    step: f64,
    steps: [u64; 2],
    features: &'static [&'static str],
}

const JANSEN_RIT: Workload = Workload {
    name: "W1, extrema",
    model: "jansen_rit",
    column: "p",
    range: [0.0, 400.0],
    step: 1e-4,
    steps: [30_000, 20_000],
    features: EXTREMA,
};

const EPILEPTOR: Workload = Workload {
    name: "W2, extrema",
    model: "epileptor",
    column: "x0",
    range: [-2.6, -1.4],
    step: 0.05,
    steps: [10_000, 10_000],
    features: EXTREMA,
};

const WORKLOADS: [Workload; 4] = [
    JANSEN_RIT,
    Workload { name: "W1, every feature", features: EVERYTHING, ..JANSEN_RIT },
    EPILEPTOR,
    Workload { name: "W2, every feature", features: EVERYTHING_WITHOUT_UNIT, ..EPILEPTOR },
];

fn simulation(workload: &Workload, level: Level) -> Simulation {
    let model =
        model::find(workload.model).expect("a shipped model").parse().expect("a shipped model is right");
    let protocol = Protocol {
        columns: vec![workload.column.to_owned()],
        ..protocol(model, workload.step, workload.steps, workload.features)
    };
    Simulation::new(protocol, level).expect("a right protocol")
}

/// The processor's time of this thread, which a busy neighbour does not lengthen as much as the clock on the wall.
fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn main() {
    const POINTS: usize = 1024;
    const REPETITIONS: usize = 5;
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("{:<20} {:>9} {:>6} {:>14} {:>14}", "workload", "level", "width", "median M/s", "best M/s");
    for workload in &WORKLOADS {
        if !chosen.is_empty() && !chosen.iter().any(|word| workload.name.contains(word.as_str())) {
            continue;
        }
        let [from, to] = workload.range;
        let values = (0..POINTS).map(|at| from + (to - from) * at as f64 / (POINTS - 1) as f64).collect();
        let points = Table::from_columns(vec![values]);
        for level in [Level::Avx2, Level::Avx512].into_iter().filter(|level| level.is_available()) {
            let simulation = simulation(workload, level);
            let work = POINTS as f64 * simulation.steps() as f64;
            let mut rates: Vec<f64> = (0..REPETITIONS)
                .map(|_| {
                    let begin = seconds();
                    std::hint::black_box(simulation.measure(&points));
                    work / (seconds() - begin) / 1e6
                })
                .collect();
            rates.sort_by(f64::total_cmp);
            let (median, best) = (rates[REPETITIONS / 2], rates[REPETITIONS - 1]);
            let width = simulation.machine().width();
            println!("{:<20} {:>9} {width:>6} {median:>14.1} {best:>14.1}", workload.name, level.name());
        }
    }
}
