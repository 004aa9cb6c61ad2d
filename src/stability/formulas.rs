//! Formulas over the parameters and variables of a model, computed at many points at once. Knows no network.

use std::sync::Arc;

use crate::equation::Level;
use crate::equation::graph::{Graph, Node, Symbol};
use crate::equation::machine::Machine;
use crate::equation::program::{Draft, Program};
use crate::model::Model;

/// A machine that computes `results` from parameters and the model's variables, in this order.
pub(super) fn machine(
    model: &Model,
    graph: &Graph,
    parameters: &[&str],
    results: Vec<Node>,
    level: Level,
) -> Machine {
    let mut graph = graph.clone();
    let variables = model.variables.iter().map(|variable| variable.quantity.name.as_str());
    let inputs: Vec<Symbol> =
        parameters.iter().copied().chain(variables).map(|name| graph.symbol(name)).collect();
    let fixed = model.noises.iter().map(|noise| (graph.symbol(&noise.name), 0.0)).collect();
    let clock = graph.symbol("t");
    let draft = Draft { fixed, ..Draft::of_results(graph, inputs, clock, results) };
    Machine::new(Arc::new(Program::new(draft)), level)
}
