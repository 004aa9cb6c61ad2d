//! How fast equilibria and eigenvalues are found: networks of 90 linear nodes, one symmetric, one not. `cargo bench --bench
//! spectra`. Prints points a second of one thread.

#![expect(clippy::print_stdout, reason = "a benchmark says what it has found")]

use std::sync::Arc;
use std::time::Instant;

use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::equation::graph::Graph;
use ictus::model::Model;
use ictus::network::{Channel, Gain, Kind, Matrix, Network, Weights};
use ictus::stability::{Search, System};

const NODES: usize = 90;
const POINTS: usize = 256;

/// `x' = -x + sigma sum_j W[i][j] (x[j] - x[i])`
fn system(entry: impl Fn(usize, usize) -> f64) -> System {
    let text = "par a=1\npar heard=0\nx'=-a*x+heard\ninit x=0.5\n#@ input heard\n#@ output x\ndone\n";
    let model = Model::parse(&Source::new("line.ode", text), "line").expect("a model");
    let mut graph = Graph::new();
    let node = graph.input("sigma");
    let entries = (0..NODES * NODES).map(|at| entry(at / NODES, at % NODES)).collect();
    let channel = Channel {
        name: "diffusion".into(),
        from: "x".into(),
        to: "heard".into(),
        weights: Weights::Matrix(Arc::new(Matrix::new(NODES, entries))),
        kind: Kind::Diffusive,
        gain: Gain { text: "sigma".into(), graph, node },
    };
    let parameters = vec![("sigma".into(), 0.0)];
    let network = Network {
        nodes: NODES,
        channels: vec![channel],
        parameters,
        values: vec![],
        signal: "mean".into(),
        above: None,
    };
    System::new(&model, Some(&network), Level::best()).expect("it fits")
}

fn main() {
    let distance = |target: usize, source: usize| (target as f64 - source as f64).abs();
    let symmetric = move |target: usize, source: usize| (-distance(target, source) / 9.0).exp();
    let directed = move |target: usize, source: usize| {
        let part = (0.618_033_988_749_894_9 * (90 * target + source + 1) as f64).fract();
        symmetric(target, source) * (0.25 + 1.5 * part)
    };
    for (name, system) in [("symmetric", system(symmetric)), ("directed", system(directed))] {
        let search = Search { scales: vec![1.0; NODES], inside: vec![[-1e6, 1e6]; NODES], further: vec![] };
        let sigmas: Vec<f64> = (0..POINTS).map(|point| point as f64 / POINTS as f64).collect();
        let started = Instant::now();
        let mut found = 0;
        for sigmas in sigmas.chunks(16) {
            let parameters = [vec![1.0; sigmas.len()], vec![0.0; sigmas.len()], sigmas.to_vec()];
            let start = (0..NODES).map(|_| vec![0.5; sigmas.len()]).collect();
            found += search
                .equilibria(&system, &parameters, &[start], &|| false)
                .iter()
                .map(Vec::len)
                .sum::<usize>();
        }
        let rate = POINTS as f64 / started.elapsed().as_secs_f64();
        println!("{name:<10} {NODES} nodes: {rate:8.0} points/s, {found} of {POINTS} found");
    }
}
