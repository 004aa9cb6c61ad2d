//! Coupling: channels between the nodes of a network, each with a matrix of weights and a gain. Row = target, column =
//! source: node `i` receives `sum_j W[i][j] x[j]`. Matrices are made here, read from files and prepared. Knows neither models nor
//! steppers; a node is a number, a port is a name.

mod generate;
mod matrix;
mod mirror;
mod options;
mod radius;
mod read;
#[cfg(test)]
mod spectrum_of_tests;
mod spread;

use std::sync::Arc;

use crate::equation::graph::{Graph, Node};

pub use generate::{Generator, GeneratorError, generator, generators};
pub use matrix::Matrix;
pub use options::{Diagonal, MOST_NODES_FOR_RADIUS, Negative, Normalise, Options, OptionsError, Symmetrise};
pub use radius::spectral_radius;
pub use read::{LONGEST_FILE, Labelled, ReadError, read, write};
pub use spread::{Distribution, even_parts, golden_parts};

/// The most nodes of a network: a matrix of them takes 128 MiB.
pub const MOST_NODES: usize = 4096;

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
    /// The signal that features are of where a study says nothing: `mean`, `largest`, `node.45` ..
    pub signal: String,
    /// The level that a node counts as above of, for the signal `above`.
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
    /// The weights of the connections.
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

/// The weights of the connections of a channel.
#[derive(Clone, Debug)]
pub enum Weights {
    /// Every node receives the mean over all nodes, including itself.
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
