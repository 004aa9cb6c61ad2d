//! A small difference beside the trajectory, which follows the exact linearised equations: the tangent flow. Knows nothing of
//! what is made of its growth.

use std::collections::HashMap;

use super::Protocol;
use super::network::Nodes;
use crate::equation::graph::{Binary, Graph, Node, Symbol, Unary};
use crate::equation::program::Assignment;
use crate::integrate::Field;

/// The difference, one number a variable, and the logarithm of how much it has grown.
pub(super) struct Tangent {
    /// One a variable of the model, in its order.
    differences: Vec<Symbol>,
    /// The logarithm of the growth since the beginning.
    pub(super) growth: Symbol,
}

impl Tangent {
    /// Adds the differences to a field, with how each changes along it.
    pub(super) fn new(protocol: &Protocol, graph: &mut Graph, field: &mut Field) -> Self {
        let names =
            protocol.model.variables.iter().map(|variable| format!("difference {}", variable.quantity.name));
        let differences: Vec<Symbol> = names.map(|name| graph.symbol(&name)).collect();
        let rates: HashMap<Symbol, Node> = field
            .variables
            .iter()
            .zip(&differences)
            .map(|(variable, difference)| (*variable, graph.read(*difference)))
            .collect();
        let changes: Vec<Node> =
            field.derivatives.iter().map(|derivative| graph.change(*derivative, &rates)).collect();
        field.variables.extend(&differences);
        field.derivatives.extend(changes);
        Self { differences, growth: graph.symbol("state growth") }
    }

    /// The states besides those of the field.
    pub(super) fn states(&self) -> impl Iterator<Item = Symbol> {
        self.differences.iter().copied().chain([self.growth])
    }

    /// The difference at the beginning: in a direction of its own at every variable and node, since one that all nodes share would
    /// never leave the motion that they share.
    pub(super) fn begin(&self, graph: &mut Graph, nodes: Option<&mut Nodes<'_>>) -> Vec<Assignment> {
        let zero = graph.constant(0.0);
        let own_part = nodes.map(|nodes| nodes.parts(graph));
        let of = |(at, symbol): (usize, &Symbol)| {
            let part = graph.constant(0.5 + (0.618_033_988_749_895 * (at + 1) as f64).fract());
            let value = own_part.map_or(part, |own| graph.mul(part, own));
            Assignment::always(*symbol, value)
        };
        let differences: Vec<Assignment> = self.differences.iter().enumerate().map(of).collect();
        differences.into_iter().chain([Assignment::always(self.growth, zero)]).collect()
    }

    /// Brings the difference back to length 1 after a step, and keeps by how much it was longer.
    pub(super) fn shorten(
        &self,
        advance: &mut Vec<Assignment>,
        graph: &mut Graph,
        nodes: Option<&mut Nodes<'_>>,
    ) {
        let is_difference = |assignment: &Assignment| self.differences.contains(&assignment.target);
        let mut square = graph.constant(0.0);
        for assignment in advance.iter().filter(|assignment| is_difference(assignment)) {
            let own = graph.mul(assignment.value, assignment.value);
            square = graph.add(square, own);
        }
        if let Some(nodes) = nodes {
            square = nodes.sum(square, graph);
        }
        let root = graph.unary(Unary::SquareRoot, square);
        // A difference that has vanished has no direction: it stays where it is.
        let least = graph.constant(f64::MIN_POSITIVE);
        let length = graph.binary(Binary::Maximum, root, least);
        for assignment in advance.iter_mut().filter(|assignment| is_difference(assignment)) {
            assignment.value = graph.div(assignment.value, length);
        }
        let known = graph.read(self.growth);
        let own = graph.unary(Unary::Logarithm, length);
        advance.push(Assignment::always(self.growth, graph.add(known, own)));
    }
}
