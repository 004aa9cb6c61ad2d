//! Which operations of a graph melt into one compound kernel: those whose value nobody else reads. The results are the same
//! bits with fewer trips to the registers. Knows neither order nor registers.

use std::collections::HashMap;

use super::code::Kernel;
use super::graph::{Binary, Fused, Graph, Node, Operation, Unary};

/// A kernel and what it reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) kernel: Kernel,
    pub(crate) operands: Vec<Node>,
}

/// How the values of a segment are computed.
#[derive(Debug, Default)]
pub(crate) struct Tiling {
    shapes: HashMap<Node, Shape>,
}

/// What the tiler asks of a value.
pub(crate) struct Facts<'a> {
    pub(crate) graph: &'a Graph,
    /// How many operations read a value; roots count as more than one.
    pub(crate) readers: &'a HashMap<Node, u32>,
    /// Whether the segment computes the value.
    pub(crate) made: &'a dyn Fn(Node) -> bool,
    /// Whether the value is the same in all lanes.
    pub(crate) uniform: &'a dyn Fn(Node) -> bool,
}

impl Tiling {
    /// Shapes of all `nodes`.
    pub(crate) fn new(facts: &Facts<'_>, nodes: impl Iterator<Item = Node>) -> Self {
        Self { shapes: nodes.map(|node| (node, facts.shape(node))).collect() }
    }

    /// How a value is computed.
    pub(crate) fn shape(&self, node: Node) -> &Shape {
        &self.shapes[&node]
    }
}

impl Facts<'_> {
    /// The operation of a value that only its one reader needs.
    fn inner(&self, node: Node) -> Option<Operation> {
        let melts = (self.made)(node) && self.readers.get(&node) == Some(&1);
        melts.then(|| self.graph.operation(node))
    }

    fn is_one(&self, node: Node) -> bool {
        self.graph.literal(node) == Some(1.0)
    }

    /// Two factors, the second read from lanes; `None` where neither is.
    fn factors(&self, x: Node, y: Node) -> Option<[Node; 2]> {
        match ((self.uniform)(x), (self.uniform)(y)) {
            (_, false) => Some([x, y]),
            (false, true) => Some([y, x]),
            (true, true) => None,
        }
    }

    fn shape(&self, node: Node) -> Shape {
        let operation = self.graph.operation(node);
        let compound = match operation {
            Operation::Binary(Binary::Divide, numerator, denominator) => {
                self.logistic(numerator, denominator)
            }
            Operation::Select(condition, x, y) => self.select_less(condition, x, y),
            _ => None,
        };
        compound.unwrap_or_else(|| Shape {
            kernel: match operation {
                Operation::Unary(kind, _) => Kernel::Unary(kind),
                Operation::Binary(kind, ..) => Kernel::Binary(kind),
                Operation::Fused(kind, ..) => Kernel::Fused(kind),
                Operation::Select(..) => Kernel::Select,
                Operation::Constant(_) | Operation::Symbol(_) | Operation::Meet(..) => Kernel::Copy,
            },
            operands: operation.operands().collect(),
        })
    }

    /// `n / (1 + exp(..))` and what its exponent is made of.
    fn logistic(&self, numerator: Node, denominator: Node) -> Option<Shape> {
        let Operation::Binary(Binary::Add, left, right) = self.inner(denominator)? else { return None };
        let growth = if self.is_one(left) {
            right
        } else if self.is_one(right) {
            left
        } else {
            return None;
        };
        let Operation::Unary(Unary::Exponential, exponent) = self.inner(growth)? else { return None };
        let shape = |kernel, operands: &[Node]| Some(Shape { kernel, operands: operands.to_vec() });
        if let Some(Operation::Binary(Binary::Multiply, x, y)) = self.inner(exponent) {
            for (gain, distance) in [(x, y), (y, x)] {
                match self.inner(distance) {
                    Some(Operation::Binary(Binary::Subtract, centre, value)) => {
                        return shape(Kernel::LogisticOfDifference, &[numerator, gain, centre, value]);
                    }
                    Some(Operation::Fused(Fused::NegatedMultiplyAdd, weight, value, centre)) => {
                        let [weight, value] = self.factors(weight, value).unwrap_or([weight, value]);
                        return shape(Kernel::LogisticOfProduct, &[numerator, gain, centre, weight, value]);
                    }
                    _ => {}
                }
            }
        }
        shape(Kernel::Logistic, &[numerator, exponent])
    }

    fn select_less(&self, condition: Node, x: Node, y: Node) -> Option<Shape> {
        let Operation::Binary(Binary::Less, left, right) = self.inner(condition)? else { return None };
        Some(Shape { kernel: Kernel::SelectLess, operands: vec![left, right, x, y] })
    }
}
