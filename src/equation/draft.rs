//! What a program is to do, said in graphs: states, what is assigned to them and when, and what is read in the end. Knows nothing
//! of registers or instructions.

use super::graph::{Graph, Node, Symbol};
use super::meeting::Meet;

/// A state's new value. All assignments of a list are simultaneous: they read the states as they were before it.
#[derive(Clone, Copy, Debug)]
pub struct Assignment {
    /// The state.
    pub target: Symbol,
    /// Its new value.
    pub value: Node,
    /// Where given, the state changes only where this is not 0; where no lane of a strip meets it, nothing of it is computed.
    pub when: Option<Node>,
}

impl Assignment {
    /// An assignment that always happens.
    pub fn always(target: Symbol, value: Node) -> Self {
        Self { target, value, when: None }
    }
}

/// One thing after another.
#[derive(Clone, Debug)]
pub enum Part {
    /// Assignments made once; the clock shows this time.
    Once {
        /// What is assigned.
        assignments: Vec<Assignment>,
        /// The time.
        time: f64,
    },
    /// A step made many times; before the `n`-th the clock shows `start + n * step`.
    Repeat {
        /// How often.
        steps: u64,
        /// What a step assigns.
        assignments: Vec<Assignment>,
        /// The time before the first step.
        start: f64,
        /// The length of a step.
        step: f64,
        /// What is done besides, in this order.
        besides: Vec<Periodic>,
    },
}

/// What is done besides the steps of a repeated part: before the step of number `n` (from 0), wherever `n + phase` is a
/// multiple of `every`.
#[derive(Clone, Debug)]
pub struct Periodic {
    /// Steps from one time to the next.
    pub every: u64,
    /// What is added to the number of the step.
    pub phase: u64,
    /// Whether the instant after the last step counts too (`n = steps`).
    pub at_end: bool,
    /// What is assigned.
    pub assignments: Vec<Assignment>,
    /// A state that is then appended to a record of its lane.
    pub record: Option<Recording>,
}

/// A state that is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Recording {
    /// The record's number; several parts may append to the same.
    pub number: usize,
    /// The state.
    pub state: Symbol,
}

/// What a program is to do, in graphs.
#[derive(Clone, Debug)]
pub struct Draft {
    /// All expressions.
    pub graph: Graph,
    /// Inputs that differ by lane, in the order in which they are given.
    pub inputs: Vec<Symbol>,
    /// Inputs that are the same in all lanes, unless they stand among `inputs` or `nodal` too.
    pub fixed: Vec<(Symbol, f64)>,
    /// How many lanes a point has: the nodes of a network, or one.
    pub nodes: usize,
    /// Inputs that differ by node and are the same at all points, `[node]`.
    pub nodal: Vec<(Symbol, Vec<f64>)>,
    /// Columns that are given behind those of `inputs`, each the value of one of `inputs` or `nodal` at one node alone.
    pub own: Vec<(Symbol, usize)>,
    /// What the graph's [`Meeting`](super::graph::Meeting)s are, by number.
    pub meetings: Vec<Meet>,
    /// The time.
    pub clock: Symbol,
    /// States; their first values are made by the first part.
    pub states: Vec<Symbol>,
    /// What is done.
    pub parts: Vec<Part>,
    /// What is assigned instead of the first part where the states go on from an earlier run.
    pub again: Vec<Assignment>,
    /// What is read in the end; of a network, at its first node.
    pub results: Vec<Node>,
    /// What is read in the end at every node.
    pub ends: Vec<Node>,
    /// A state that is NaN while its lane is worth going on with: when it is a number in all lanes, a repeated part ends early.
    /// Where something that is done besides a step changes it, it does so by the first step since the time before at which its
    /// condition held.
    pub halt: Option<Symbol>,
}

impl Draft {
    /// Results alone, without states or steps.
    pub fn of_results(graph: Graph, inputs: Vec<Symbol>, clock: Symbol, results: Vec<Node>) -> Self {
        Self {
            graph,
            inputs,
            fixed: Vec::new(),
            nodes: 1,
            nodal: Vec::new(),
            own: Vec::new(),
            meetings: Vec::new(),
            clock,
            states: Vec::new(),
            parts: Vec::new(),
            again: Vec::new(),
            results,
            ends: Vec::new(),
            halt: None,
        }
    }

    /// All that is read in the end.
    pub(super) fn read(&self) -> Vec<Node> {
        self.results.iter().chain(&self.ends).copied().collect()
    }
}
