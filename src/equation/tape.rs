//! Expressions of a graph in the order of their evaluation, for one point at a time. Knows nothing of what they mean.

use std::collections::HashMap;

use super::elementary;
use super::graph::{Binary, Fused, Graph, Node, Operation, Symbol, Unary};

/// What operations make of numbers: as every machine does, unless it is said otherwise.
pub trait Arithmetic {
    /// One operand.
    fn unary(&self, operation: Unary, x: f64) -> f64 {
        elementary::unary(operation, x)
    }

    /// Two operands.
    fn binary(&self, operation: Binary, x: f64, y: f64) -> f64 {
        elementary::binary(operation, x, y)
    }

    /// Three operands, one rounding.
    fn fused(&self, operation: Fused, x: f64, y: f64, z: f64) -> f64 {
        elementary::fused(operation, x, y, z)
    }

    /// `x` where the condition holds, `y` where it does not.
    fn select(&self, condition: f64, x: f64, y: f64) -> f64 {
        elementary::select(condition, x, y)
    }
}

/// The bits that a lane of any machine gets.
#[derive(Clone, Copy, Debug)]
pub struct OfLanes;

impl Arithmetic for OfLanes {}

/// One operation; operands are places on the tape.
#[derive(Clone, Copy, Debug)]
enum Step<Input> {
    Constant(f64),
    Input(Input),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Fused(Fused, usize, usize, usize),
    Select(usize, usize, usize),
}

/// The operations that some expressions need, each once. `Input` says where a symbol's value is found.
#[derive(Clone, Debug)]
pub struct Tape<Input> {
    steps: Vec<Step<Input>>,
    outputs: Vec<usize>,
}

impl<Input: Copy> Tape<Input> {
    /// The tape of `roots`, with an input for each of their symbols.
    ///
    /// # Panics
    /// When nodes of a network meet in them.
    pub fn new(graph: &Graph, roots: &[Node], input: impl Fn(Symbol) -> Input) -> Self {
        let order = graph.reachable(roots);
        let place: HashMap<Node, usize> = order.iter().enumerate().map(|(at, &node)| (node, at)).collect();
        let step = |&node: &Node| match graph.operation(node) {
            Operation::Constant(bits) => Step::Constant(f64::from_bits(bits)),
            Operation::Symbol(symbol) => Step::Input(input(symbol)),
            Operation::Unary(kind, x) => Step::Unary(kind, place[&x]),
            Operation::Binary(kind, x, y) => Step::Binary(kind, place[&x], place[&y]),
            Operation::Fused(kind, x, y, z) => Step::Fused(kind, place[&x], place[&y], place[&z]),
            Operation::Select(x, y, z) => Step::Select(place[&x], place[&y], place[&z]),
            Operation::Meet(..) => panic!("a lane alone meets nobody"),
        };
        let steps = order.iter().map(step).collect();
        Self { steps, outputs: roots.iter().map(|root| place[root]).collect() }
    }

    /// How many operations there are.
    #[expect(clippy::len_without_is_empty, reason = "a tape is a length of work, not a collection")]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Where the roots' values stand among those of all operations, in order.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// Fills in the value of every operation, in order; `values` has a place for each.
    pub fn fill(&self, arithmetic: &impl Arithmetic, value_of: impl Fn(Input) -> f64, values: &mut [f64]) {
        for (at, step) in self.steps.iter().enumerate() {
            values[at] = match *step {
                Step::Constant(value) => value,
                Step::Input(input) => value_of(input),
                Step::Unary(kind, x) => arithmetic.unary(kind, values[x]),
                Step::Binary(kind, x, y) => arithmetic.binary(kind, values[x], values[y]),
                Step::Fused(kind, x, y, z) => arithmetic.fused(kind, values[x], values[y], values[z]),
                Step::Select(x, y, z) => arithmetic.select(values[x], values[y], values[z]),
            };
        }
    }

    /// The values of the roots, in order.
    pub fn evaluate(&self, value_of: impl Fn(Input) -> f64) -> Vec<f64> {
        let mut values = vec![0.0; self.steps.len()];
        self.fill(&OfLanes, value_of, &mut values);
        self.outputs.iter().map(|&place| values[place]).collect()
    }
}

impl Tape<usize> {
    /// The tape of `roots` whose symbols are found at their places among `inputs`.
    ///
    /// # Panics
    /// When a symbol is not among them.
    pub fn over(graph: &Graph, roots: &[Node], inputs: &[Symbol]) -> Self {
        let places: HashMap<Symbol, usize> =
            inputs.iter().enumerate().map(|(place, &symbol)| (symbol, place)).collect();
        Self::new(graph, roots, |symbol| places[&symbol])
    }

    /// The values of the roots, in order, at the values of the inputs.
    pub fn values(&self, inputs: &[f64]) -> Vec<f64> {
        self.evaluate(|place| inputs[place])
    }
}

impl Graph {
    /// The values of `roots` at given values of the symbols: the bits that a machine of any width computes.
    ///
    /// # Panics
    /// When nodes of a network meet in them.
    pub fn evaluate(&self, roots: &[Node], value_of: impl Fn(Symbol) -> f64) -> Vec<f64> {
        Tape::new(self, roots, |symbol| symbol).evaluate(value_of)
    }
}
