//! Who hears whom: channels between the nodes of a network, each with a matrix of weights and a gain. Row = target, column =
//! source: node `i` hears `sum_j W[i][j] x[j]`. Knows neither models nor steppers; a node is a number, a port is a name.

mod matrix;

use std::sync::Arc;

use crate::equation::graph::{Graph, Node};

pub use matrix::Matrix;

/// The nodes of a network and the channels between them.
#[derive(Clone, Debug)]
pub struct Network {
    /// How many nodes there are.
    pub nodes: usize,
    /// In the order of the study.
    pub channels: Vec<Channel>,
    /// Parameters of the network, which channels' gains use besides those of the model: name and default.
    pub parameters: Vec<(String, f64)>,
    /// Parameters and initial values (`init.NAME`) that differ from node to node, `[node]`.
    pub values: Vec<(String, Vec<f64>)>,
    /// The network's signal that is observed where a study says nothing: `mean`, `largest`, `smallest`, `order`, `above`, `node_K`.
    pub signal: String,
    /// What a node's signal must exceed to be counted by `above`.
    pub above: Option<f64>,
}

/// A way on which every node's output reaches the inputs of others.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name in the study.
    pub name: String,
    /// The model's output that is sent.
    pub from: String,
    /// The model's input that the sum is added to; several channels may lead to one input.
    pub to: String,
    /// Who hears whom.
    pub weights: Weights,
    /// What is summed.
    pub kind: Kind,
    /// What the sum is multiplied by: an expression over the parameters of the model and the network.
    pub gain: Gain,
}

/// The factor of a channel.
#[derive(Clone, Debug)]
pub struct Gain {
    /// As the study writes it.
    pub text: String,
    /// A graph whose symbols are parameters.
    pub graph: Graph,
    /// The gain in it.
    pub node: Node,
}

/// Who hears whom.
#[derive(Clone, Debug)]
pub enum Weights {
    /// Everybody hears the mean over all nodes, itself included.
    Mean,
    /// Row = target, column = source.
    Matrix(Arc<Matrix>),
}

/// What a channel sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `sum_j W[i][j] x[j]`
    Additive,
    /// `sum_j W[i][j] (x[j] - x[i])`
    Diffusive,
}
