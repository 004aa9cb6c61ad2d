//! Expressions of a graph in the order of their evaluation, for one point at a time. Knows nothing of what they mean.

use std::collections::HashMap;

use crate::equation::elementary;
use crate::equation::graph::{Binary, Fused, Graph, Node, Operation, Symbol, Unary};

/// One operation; operands are places on the tape.
#[derive(Clone, Copy, Debug)]
enum Step {
    Constant(f64),
    Input(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Fused(Fused, usize, usize, usize),
    Select(usize, usize, usize),
}

/// The operations that some expressions need, each once.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    steps: Vec<Step>,
    outputs: Vec<usize>,
}

impl Tape {
    /// The tape of `roots`, whose symbols are all among `inputs`.
    ///
    /// # Panics
    /// When a symbol is not.
    pub(super) fn new(graph: &Graph, roots: &[Node], inputs: &[Symbol]) -> Self {
        let places: HashMap<Symbol, usize> =
            inputs.iter().enumerate().map(|(place, &symbol)| (symbol, place)).collect();
        let order = graph.reachable(roots);
        let place: HashMap<Node, usize> = order.iter().enumerate().map(|(at, &node)| (node, at)).collect();
        let step = |&node: &Node| match graph.operation(node) {
            Operation::Constant(bits) => Step::Constant(f64::from_bits(bits)),
            Operation::Symbol(symbol) => Step::Input(places[&symbol]),
            Operation::Unary(kind, x) => Step::Unary(kind, place[&x]),
            Operation::Binary(kind, x, y) => Step::Binary(kind, place[&x], place[&y]),
            Operation::Fused(kind, x, y, z) => Step::Fused(kind, place[&x], place[&y], place[&z]),
            Operation::Select(x, y, z) => Step::Select(place[&x], place[&y], place[&z]),
            Operation::Meet(..) => unreachable!("a model alone meets nobody"),
        };
        let steps = order.iter().map(step).collect();
        Self { steps, outputs: roots.iter().map(|root| place[root]).collect() }
    }

    /// The values of the roots, in order, at the values of the inputs.
    pub(super) fn evaluate(&self, inputs: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let value = match *step {
                Step::Constant(value) => value,
                Step::Input(place) => inputs[place],
                Step::Unary(kind, x) => elementary::unary(kind, values[x]),
                Step::Binary(kind, x, y) => elementary::binary(kind, values[x], values[y]),
                Step::Fused(kind, x, y, z) => elementary::fused(kind, values[x], values[y], values[z]),
                Step::Select(x, y, z) => elementary::select(values[x], values[y], values[z]),
            };
            values.push(value);
        }
        self.outputs.iter().map(|&place| values[place]).collect()
    }
}
