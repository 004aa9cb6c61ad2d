//! A straight-line program as the machine runs it: what is done once, what in every step, and which registers it touches. Knows
//! nothing of models, steppers or observers, nothing of vectors, and nothing of how it was made.
//!
//! Where nodes of a network meet, a list of assignments becomes several segments with a *barrier* after each but the last: all
//! lanes have come so far, what the nodes say is exchanged, and what they make of it is there for the next segment.

use super::code::{Code, Instruction, Register};
pub use super::draft::{Assignment, Draft, Part, Periodic, Recording};
use super::elementary;
use super::graph::{Meeting, Operation};
use super::meeting::Meet;

/// A value for all lanes, computed from other such values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UniformStep {
    pub(super) target: u32,
    pub(super) operation: Operation,
    /// The registers of its operands, in order.
    pub(super) operands: [u32; 3],
}

/// Code, before it the values that tick, and after it what the nodes exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segment {
    pub(crate) ticks: Vec<UniformStep>,
    /// Code for the lanes of the first node. It comes first: it reads states of all nodes, which the other code changes.
    pub(crate) first: Code,
    /// Code for the lanes of all nodes, which reads nothing that the first node alone has.
    pub(crate) code: Code,
    pub(crate) barrier: Vec<Encounter>,
}

impl Segment {
    pub(super) fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.first.instructions().iter().chain(self.code.instructions())
    }
}

/// A reduction over nodes: the register of each node's value, and the one for each node's result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encounter {
    pub(crate) meeting: Meeting,
    pub(crate) source: u32,
    pub(crate) target: u32,
    /// Whether all nodes receive the result; else the first does.
    pub(crate) is_for_all: bool,
}

/// What is done without interruption: segments with barriers between them.
pub(crate) type Passage = Vec<Segment>;

/// A compiled [`Part`].
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Once { passage: Passage, time: f64 },
    Repeat { steps: u64, passage: Passage, start: f64, step: f64, besides: Vec<Beside> },
}

/// A compiled [`Periodic`].
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) every: u64,
    pub(crate) phase: u64,
    pub(crate) at_end: bool,
    pub(crate) passage: Passage,
    /// The record's number and the register that is appended to it.
    pub(crate) record: Option<(usize, u32)>,
    /// The states that it changes, if it is one that ends lanes: a look.
    pub(crate) changes: Vec<u32>,
}

impl Beside {
    /// Whether it is done when so many steps of so many are.
    pub(crate) fn is_due(&self, done: u64, steps: u64) -> bool {
        (done + self.phase).is_multiple_of(self.every) && (done < steps || self.at_end)
    }
}

/// A program for blocks of lanes.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) inputs: usize,
    pub(crate) nodes: usize,
    /// Values of the inputs after those, by node.
    pub(crate) nodal: Vec<Vec<f64>>,
    /// Of each column behind those of the inputs the register and the node whose value it is.
    pub(crate) own: Vec<(u32, usize)>,
    pub(crate) meetings: Vec<Meet>,
    pub(crate) prologue: Segment,
    pub(crate) stages: Vec<Stage>,
    /// What is done instead of the first stage where the states go on from an earlier run.
    pub(crate) again: Passage,
    pub(crate) epilogue: Passage,
    pub(crate) results: Vec<Register>,
    /// Read at every node.
    pub(crate) ends: Vec<Register>,
    pub(crate) halt: Option<u32>,
    /// The registers of the states: all that outlives a passage, but for inputs and what follows from them.
    pub(crate) states: std::ops::Range<u32>,
    /// Tells the meaning and order of states and stages from those of other programs.
    pub(crate) fingerprint: u64,
    /// Settled values; the others are 0 until they tick.
    pub(crate) uniforms: Vec<f64>,
    /// The uniform register of the clock.
    pub(crate) clock: u32,
    pub(crate) lane_registers: usize,
    /// Registers that repeated parts touch.
    pub(crate) live_registers: usize,
}

impl Program {
    /// Registers that a repeated part touches: what should fit the first cache.
    pub fn live_registers(&self) -> usize {
        self.live_registers
    }

    /// How many lanes a point has.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// How many numbers are read at all nodes of a point together.
    pub fn ends(&self) -> usize {
        self.ends.len() * self.nodes
    }

    /// How many records a run keeps.
    pub(crate) fn records(&self) -> usize {
        let of = |stage: &Stage| match stage {
            Stage::Repeat { besides, .. } => besides
                .iter()
                .filter_map(|beside| beside.record)
                .map(|(number, _)| number + 1)
                .max()
                .unwrap_or(0),
            Stage::Once { .. } => 0,
        };
        self.stages.iter().map(of).max().unwrap_or(0)
    }

    /// How many steps a stage has.
    pub(crate) fn steps_of(&self, stage: usize) -> u64 {
        match self.stages.get(stage) {
            Some(Stage::Repeat { steps, .. }) => *steps,
            Some(Stage::Once { .. }) | None => 0,
        }
    }

    /// Computes the values that tick.
    pub(crate) fn tick(&self, segment: &Segment, time: f64, uniforms: &mut [f64]) {
        uniforms[self.clock as usize] = time;
        for tick in &segment.ticks {
            let operands = tick.operands.map(|register| uniforms[register as usize]);
            uniforms[tick.target as usize] = value_of(tick.operation, operands);
        }
    }
}

/// An operation on values that are the same in all lanes.
pub(super) fn value_of(operation: Operation, [x, y, z]: [f64; 3]) -> f64 {
    match operation {
        Operation::Constant(bits) => f64::from_bits(bits),
        Operation::Symbol(_) => unreachable!("a symbol is kept in a register of its own"),
        Operation::Meet(..) => unreachable!("nodes meet in lanes"),
        Operation::Unary(kind, _) => elementary::unary(kind, x),
        Operation::Binary(kind, ..) => elementary::binary(kind, x, y),
        Operation::Fused(kind, ..) => elementary::fused(kind, x, y, z),
        Operation::Select(..) => elementary::select(x, y, z),
    }
}
