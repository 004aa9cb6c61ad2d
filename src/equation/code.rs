//! Straight-line code over registers: what the machine runs. Knows neither where it came from nor how a vector is computed.
//!
//! A *lane register* holds one number per lane of a strip; a *uniform register* one number for all lanes. Instructions work
//! lane by lane, so a target may be one of its own operands.

use super::graph::{Binary, Fused, Unary};

/// Where a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Register {
    /// One number per lane.
    Lane(u32),
    /// One number for all lanes.
    Uniform(u32),
}

/// What an instruction computes. The compound kernels do exactly what their parts would do, without storing in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// `a`
    Copy,
    Unary(Unary),
    Binary(Binary),
    Fused(Fused),
    /// `a ? b : c`
    Select,
    /// `a < b ? c : d`
    SelectLess,
    /// `a / (1 + exp(b))`
    Logistic,
    /// `a / (1 + exp(b (c - d)))`
    LogisticOfDifference,
    /// `a / (1 + exp(b (c - d e)))`
    LogisticOfProduct,
    /// The first of `(a, b, c)` is the addend of the second with `(d, e)`.
    Pair(Fused, Fused),
    /// `a b` is the addend of the fused operation with `(c, d)`.
    ProductThen(Fused),
    /// Skips that many instructions unless `a` is not 0 in some lane.
    SkipUnlessAny(u32),
}

/// The most operands that a kernel has.
pub(crate) const MOST_OPERANDS: usize = 5;

/// One instruction. Bit `i` of `uniform` says that operand `i` names a uniform register; the target is a lane register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub(crate) kernel: Kernel,
    pub(crate) uniform: u8,
    pub(crate) target: u32,
    pub(crate) operands: [u32; MOST_OPERANDS],
}

impl Instruction {
    /// An instruction over registers.
    pub(crate) fn new(kernel: Kernel, target: u32, operands: &[Register]) -> Self {
        let mut instruction = Self { kernel, uniform: 0, target, operands: [0; MOST_OPERANDS] };
        for (position, register) in operands.iter().enumerate() {
            instruction.operands[position] = match *register {
                Register::Lane(number) => number,
                Register::Uniform(number) => {
                    instruction.uniform |= 1 << position;
                    number
                }
            };
        }
        instruction
    }
}

/// Instructions whose registers have been checked against the sizes stated here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    instructions: Vec<Instruction>,
    lane_registers: u32,
    uniform_registers: u32,
}

impl Code {
    /// Takes instructions and notes how many registers they need.
    pub(crate) fn new(instructions: Vec<Instruction>) -> Self {
        let (mut lane_registers, mut uniform_registers) = (0, 0);
        for (at, instruction) in instructions.iter().enumerate() {
            lane_registers = lane_registers.max(instruction.target + 1);
            for (position, &number) in instruction.operands.iter().enumerate() {
                if instruction.uniform >> position & 1 == 1 {
                    uniform_registers = uniform_registers.max(number + 1);
                } else {
                    lane_registers = lane_registers.max(number + 1);
                }
            }
            if let Kernel::SkipUnlessAny(count) = instruction.kernel {
                assert!(at + count as usize <= instructions.len(), "a skip stays inside its code");
                assert!(instruction.uniform == 0, "a skip reads a lane register");
            }
        }
        Self { instructions, lane_registers, uniform_registers }
    }

    /// The instructions, in order.
    pub(crate) fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// No lane register of the code has this number or a larger one.
    pub(crate) fn lane_registers(&self) -> usize {
        self.lane_registers as usize
    }

    /// No uniform register of the code has this number or a larger one.
    pub(crate) fn uniform_registers(&self) -> usize {
        self.uniform_registers as usize
    }
}
