//! Networks for the tests of this room, their matrices made by hand.

use std::sync::Arc;

use crate::complaint::Source;
use crate::equation::graph::Graph;
use crate::model::Model;
use crate::network::{Channel, Gain, Kind, Matrix, Network, Weights};

/// Everybody joined to everybody else.
pub(super) fn complete(nodes: usize) -> Matrix {
    joined(nodes, |target, source| target != source)
}

/// Weight 1 where `is_joined`, else 0.
pub(super) fn joined(nodes: usize, is_joined: impl Fn(usize, usize) -> bool) -> Matrix {
    let entry = |at: usize| f64::from(u8::from(is_joined(at / nodes, at % nodes)));
    Matrix::new(nodes, (0..nodes * nodes).map(entry).collect())
}

/// `x' = -a x - sigma sum_j W[i][j] (x[j] - x[i])`, so that the Jacobian is `-a + sigma L` with the Laplacian of `W`.
pub(super) fn diffusive_line(matrix: &Matrix) -> (Model, Network) {
    let text = "par a=1\npar heard=0\nx'=-a*x+heard\ninit x=0.5\n#@ input heard\n#@ output x\ndone\n";
    let model = Model::parse(&Source::new("line.ode", text), "line").expect("a model");
    let mut graph = Graph::new();
    let sigma = graph.input("sigma");
    let node = graph.neg(sigma);
    let channel = Channel {
        name: "diffusion".into(),
        from: "x".into(),
        to: "heard".into(),
        weights: Weights::Matrix(Arc::new(matrix.clone())),
        kind: Kind::Diffusive,
        gain: Gain { text: "-sigma".into(), graph, node },
    };
    let network = Network {
        nodes: matrix.nodes(),
        channels: vec![channel],
        parameters: vec![("sigma".into(), 0.0)],
        values: vec![],
        signal: "mean".into(),
        above: None,
    };
    (model, network)
}
