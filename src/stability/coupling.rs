//! The coupling of the nodes of a network, and its part of the Jacobian. Knows nothing of equilibria.
//!
//! A node's outputs follow from its own variables. What arrives at an input is the parameter's own value and, for every channel
//! to it, `gain * sum_j W[i][j] x[j]`, or `gain * sum_j W[i][j] (x[j] - x[i])` where the channel is diffusive. A gain is
//! computed at the target node.

use super::affine;
use super::error::SystemError;
use super::formulas::machine;
use crate::equation::Level;
use crate::equation::graph::{Graph, Node, Operation, Symbol};
use crate::equation::machine::Machine;
use crate::model::Model;
use crate::network::{Kind, Network, Weights};

/// The channels of a network over a model.
#[derive(Debug)]
pub(super) struct Coupling {
    nodes: usize,
    /// Of each channel: what it says, by lane; its slopes; its gain.
    speaking: Machine,
    channels: Vec<Channel>,
    /// Parameters that differ from node to node: their column and values.
    values: Vec<(usize, Vec<f64>)>,
    is_affine: bool,
}

#[derive(Debug)]
struct Channel {
    /// The column of the input that it leads to.
    input: usize,
    /// Variables that its output depends on; the slopes' results follow that of the output.
    variables: Vec<usize>,
    /// The result that is its output.
    output: usize,
    /// The result that is its gain.
    gain: usize,
    /// The equations that depend on the input, and which result each slope is, counted from the first of them.
    heard: Vec<(usize, usize)>,
    kind: Kind,
    /// Row after row; a mean has equal weights.
    weights: Vec<f64>,
    row_sums: Vec<f64>,
}

/// What all nodes say at some points.
pub(super) struct Spoken<'a> {
    coupling: &'a Coupling,
    /// `[result][lane]`
    results: Vec<Vec<f64>>,
}

impl Coupling {
    /// Compiles the channels; also the slopes of the model's equations by the coupled inputs, made in `graph`.
    pub(super) fn new(
        model: &Model,
        network: &Network,
        graph: &mut Graph,
        parameters: &[String],
        level: Level,
    ) -> Result<(Self, Vec<Node>), SystemError> {
        let column_of = |name: &str| {
            let column = parameters.iter().position(|known| known == name);
            column.ok_or_else(|| SystemError::Parameter { name: name.to_owned() })
        };
        let variables: Vec<Symbol> =
            model.variables.iter().map(|variable| graph.symbol(&variable.quantity.name)).collect();
        let (mut results, mut slopes, mut channels) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_affine = true;
        for channel in &network.channels {
            let port = |port: &str, what| SystemError::Port {
                channel: channel.name.clone(),
                port: port.to_owned(),
                what,
            };
            if !model.inputs.contains(&channel.to) {
                return Err(port(&channel.to, "input"));
            }
            let said = model.expression(&channel.from).filter(|_| model.outputs.contains(&channel.from));
            let said = said.ok_or_else(|| port(&channel.from, "output"))?;
            refuse_loops(network, graph, &channel.from, said)?;
            let output = results.len();
            results.push(said);
            let mut dependent = Vec::new();
            for (number, &symbol) in variables.iter().enumerate() {
                let slope = graph.derivative(said, symbol);
                if graph.literal(slope) != Some(0.0) {
                    dependent.push(number);
                    results.push(slope);
                }
            }
            is_affine &= affine::is_affine(graph, &[said], &results[output + 1..], &variables);
            for name in symbols(&channel.gain.graph, channel.gain.node) {
                column_of(&name)?;
            }
            results.push(graph.import(&channel.gain.graph, &[channel.gain.node])[0]);
            let input = graph.symbol(&channel.to);
            let mut heard = Vec::new();
            for (equation, variable) in model.variables.iter().enumerate() {
                let slope = graph.derivative(variable.derivative, input);
                if graph.literal(slope) != Some(0.0) {
                    heard.push((equation, slopes.len()));
                    slopes.push(slope);
                }
            }
            let weights = weights(&channel.name, &channel.weights, network.nodes)?;
            channels.push(Channel {
                input: column_of(&channel.to)?,
                variables: dependent,
                output,
                gain: results.len() - 1,
                heard,
                kind: channel.kind,
                row_sums: weights.chunks(network.nodes).map(|row| row.iter().sum()).collect(),
                weights,
            });
        }
        let mut values = Vec::new();
        for (name, of_nodes) in network.values.iter().filter(|(name, _)| !name.starts_with("init.")) {
            if of_nodes.len() != network.nodes {
                let (name, found) = (name.clone(), of_nodes.len());
                return Err(SystemError::Size { name, found, nodes: network.nodes });
            }
            values.push((column_of(name)?, of_nodes.clone()));
        }
        let names: Vec<&str> = parameters.iter().map(String::as_str).collect();
        let speaking = machine(model, graph, &names, results, level);
        Ok((Self { nodes: network.nodes, speaking, channels, values, is_affine }, slopes))
    }

    /// Whether what is said is affine in the variables.
    pub(super) fn is_affine(&self) -> bool {
        self.is_affine
    }

    /// What is said at these lanes, parameters before variables.
    pub(super) fn speak(&self, lanes: &[Vec<f64>]) -> Spoken<'_> {
        let inputs: Vec<&[f64]> = lanes.iter().map(Vec::as_slice).collect();
        let results = self.speaking.run(&inputs, lanes[0].len()).results;
        Spoken { coupling: self, results }
    }

    /// Puts the values that differ from node to node into the lanes.
    pub(super) fn place(&self, lanes: &mut [Vec<f64>]) {
        for (column, values) in &self.values {
            lanes[*column].chunks_mut(self.nodes).for_each(|point| point.copy_from_slice(values));
        }
    }
}

impl Spoken<'_> {
    /// Adds what is heard to the inputs' own values.
    pub(super) fn hear(&self, lanes: &mut [Vec<f64>]) {
        let nodes = self.coupling.nodes;
        for channel in &self.coupling.channels {
            let (said, gain) = (&self.results[channel.output], &self.results[channel.gain]);
            for (lane, heard) in lanes[channel.input].iter_mut().enumerate() {
                let (first, node) = (lane / nodes * nodes, lane % nodes);
                let weights = &channel.weights[node * nodes..][..nodes];
                let sources = weights.iter().zip(&said[first..]);
                let sum: f64 = match channel.kind {
                    Kind::Additive => sources.map(|(weight, value)| weight * value).sum(),
                    Kind::Diffusive => sources.map(|(weight, value)| weight * (value - said[lane])).sum(),
                };
                *heard += gain[lane] * sum;
            }
        }
    }

    /// Adds what is heard to a Jacobian; `heard[slope][lane]` are the slopes that [`Coupling::new`] asked for.
    pub(super) fn add_to(&self, jacobian: &mut [Vec<f64>], heard: &[Vec<f64>], variables: usize) {
        let nodes = self.coupling.nodes;
        let dimension = nodes * variables;
        for channel in &self.coupling.channels {
            let spoken: Vec<Vec<Vec<f64>>> = (0..channel.variables.len())
                .map(|at| by_node(&self.results[channel.output + 1 + at], nodes))
                .collect();
            for &(equation, slope) in &channel.heard {
                let gain = &self.results[channel.gain];
                let factor: Vec<f64> =
                    heard[slope].iter().zip(gain).map(|(slope, gain)| slope * gain).collect();
                for (target, factor) in by_node(&factor, nodes).iter().enumerate() {
                    let row = (target * variables + equation) * dimension;
                    for (&variable, spoken) in channel.variables.iter().zip(&spoken) {
                        for (source, slopes) in spoken.iter().enumerate() {
                            let mut weight = channel.weights[target * nodes + source];
                            if source == target && channel.kind == Kind::Diffusive {
                                weight -= channel.row_sums[target];
                            }
                            // Most pairs of nodes of a sparse network do not hear each other.
                            if weight != 0.0 {
                                let entry = &mut jacobian[row + source * variables + variable];
                                for ((entry, factor), slope) in entry.iter_mut().zip(factor).zip(slopes) {
                                    *entry += weight * (factor * slope);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `[lane]` to `[node][point]`.
fn by_node(lanes: &[f64], nodes: usize) -> Vec<Vec<f64>> {
    (0..nodes).map(|node| lanes[node..].iter().step_by(nodes).copied().collect()).collect()
}

pub(super) fn symbols(graph: &Graph, node: Node) -> Vec<String> {
    let name = |node: Node| match graph.operation(node) {
        Operation::Symbol(symbol) => Some(graph.name(symbol).to_owned()),
        _ => None,
    };
    graph.reachable(&[node]).into_iter().filter_map(name).collect()
}

/// Only what follows from variables and parameters that nobody speaks to can be said before anything is heard.
pub(super) fn refuse_loops(
    network: &Network,
    graph: &Graph,
    output: &str,
    said: Node,
) -> Result<(), SystemError> {
    match symbols(graph, said)
        .into_iter()
        .find(|name| network.channels.iter().any(|channel| channel.to == *name))
    {
        Some(input) => Err(SystemError::Loop { output: output.to_owned(), input }),
        None => Ok(()),
    }
}

pub(super) fn weights(channel: &str, weights: &Weights, nodes: usize) -> Result<Vec<f64>, SystemError> {
    match weights {
        Weights::Mean => Ok(vec![1.0 / nodes as f64; nodes * nodes]),
        Weights::Matrix(matrix) if matrix.nodes() == nodes => Ok(matrix.entries().to_vec()),
        Weights::Matrix(matrix) => {
            Err(SystemError::Size { name: channel.to_owned(), found: matrix.nodes(), nodes })
        }
    }
}
