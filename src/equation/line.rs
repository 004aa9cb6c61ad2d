//! Instructions before registers are chosen, and what a segment is made from. Knows neither their order nor what they compute.

use std::collections::HashSet;

use super::code::{Kernel, Register};
use super::graph::{Graph, Node};
use super::tile::Shape;

/// A value to be left in a register at the end of a segment, or where `when` is met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(crate) register: u32,
    pub(crate) value: Node,
    pub(crate) when: Option<Node>,
}

/// What a segment is made from.
pub(crate) struct Scope<'a> {
    pub(crate) graph: &'a Graph,
    /// Whether the segment computes a value.
    pub(crate) made: &'a dyn Fn(Node) -> bool,
    /// The register of a value that is there before.
    pub(crate) standing: &'a dyn Fn(Node) -> Register,
    /// The register of the state that a node reads, if it reads one.
    pub(crate) state: &'a dyn Fn(Node) -> Option<u32>,
}

impl Scope<'_> {
    pub(crate) fn is_uniform(&self, node: Node) -> bool {
        !(self.made)(node) && matches!((self.standing)(node), Register::Uniform(_))
    }

    /// All values that the segment computes for `roots`.
    pub(crate) fn needed(&self, roots: impl Iterator<Item = Node>) -> HashSet<Node> {
        let mut seen = HashSet::new();
        let mut open: Vec<Node> = roots.filter(|root| (self.made)(*root)).collect();
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                open.extend(self.graph.operation(node).operands().filter(|operand| (self.made)(*operand)));
            }
        }
        seen
    }
}

/// Where a line puts its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A value of the segment.
    Value(Node),
    /// An old state or a spread uniform, kept aside under a number.
    Kept(u32),
    /// A register that outlives the segment.
    Register(u32),
    /// Nowhere: a guard.
    Nowhere,
}

/// What a line reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Value(Node),
    Kept(u32),
    Register(u32),
}

/// An instruction before registers are chosen.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) kernel: Kernel,
    pub(crate) target: Target,
    pub(crate) sources: Vec<Source>,
}

impl Line {
    pub(crate) fn of(shape: &Shape, target: Target) -> Self {
        Self {
            kernel: shape.kernel,
            target,
            sources: shape.operands.iter().map(|node| Source::Value(*node)).collect(),
        }
    }

    pub(crate) fn copy(source: Source, target: Target) -> Self {
        Self { kernel: Kernel::Copy, target, sources: vec![source] }
    }

    /// Whether the line reads the old value of a state.
    pub(crate) fn reads(&self, register: u32, scope: &Scope<'_>) -> bool {
        self.sources
            .iter()
            .any(|source| matches!(source, Source::Value(node) if (scope.state)(*node) == Some(register)))
    }
}
