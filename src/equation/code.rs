//! Straight-line code over registers: what the machine runs. Knows neither where it came from nor how a vector is computed.
//!
//! A *lane register* holds one number per lane of a strip; a *uniform register* one number for all lanes. Instructions work
//! lane by lane, so a target may be one of its own operands. The value that the instruction before has made is *held* in the
//! processor's own registers: an instruction can read it there, and a value that nobody else reads is never stored.

use super::operation::{Binary, Fused, Unary};

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
    /// Skips that many instructions unless `a` is not 0 in some lane.
    SkipUnlessAny(u32),
}

/// The most operands that a kernel has.
pub(crate) const MOST_OPERANDS: usize = 5;

/// Where an operand is read: one number a lane, one for all, or what the instruction before has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Lane,
    Uniform,
    Held,
}

impl Place {
    /// Where a register is; what is held is in none.
    pub(crate) fn of(register: Option<Register>) -> Self {
        match register {
            Some(Register::Lane(_)) => Self::Lane,
            Some(Register::Uniform(_)) => Self::Uniform,
            None => Self::Held,
        }
    }
}

/// Calls a macro with the list of the *light forms*: operations that cost less than a trip to memory, so that each way to read
/// their operands has a loop of its own. The factors of a product and the terms of a sum stand in one order.
macro_rules! light_forms {
    ($callback:ident) => {
        $callback! {
            AddLaneLane = (Kernel::Binary(Binary::Add)): add(a Lane, b Lane),
            AddUniformLane = (Kernel::Binary(Binary::Add)): add(a Uniform, b Lane),
            AddHeldLane = (Kernel::Binary(Binary::Add)): add(a Held, b Lane),
            AddHeldUniform = (Kernel::Binary(Binary::Add)): add(a Held, b Uniform),
            MultiplyLaneLane = (Kernel::Binary(Binary::Multiply)): multiply(a Lane, b Lane),
            MultiplyUniformLane = (Kernel::Binary(Binary::Multiply)): multiply(a Uniform, b Lane),
            MultiplyHeldLane = (Kernel::Binary(Binary::Multiply)): multiply(a Held, b Lane),
            MultiplyHeldUniform = (Kernel::Binary(Binary::Multiply)): multiply(a Held, b Uniform),
            MultiplyHeldHeld = (Kernel::Binary(Binary::Multiply)): multiply(a Held, b Held),
            SubtractLaneLane = (Kernel::Binary(Binary::Subtract)): subtract(a Lane, b Lane),
            SubtractLaneUniform = (Kernel::Binary(Binary::Subtract)): subtract(a Lane, b Uniform),
            SubtractUniformLane = (Kernel::Binary(Binary::Subtract)): subtract(a Uniform, b Lane),
            SubtractHeldLane = (Kernel::Binary(Binary::Subtract)): subtract(a Held, b Lane),
            SubtractHeldUniform = (Kernel::Binary(Binary::Subtract)): subtract(a Held, b Uniform),
            SubtractLaneHeld = (Kernel::Binary(Binary::Subtract)): subtract(a Lane, b Held),
            SubtractUniformHeld = (Kernel::Binary(Binary::Subtract)): subtract(a Uniform, b Held),
            MultiplyAddLaneLaneLane = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Lane, b Lane, c Lane),
            MultiplyAddLaneLaneUniform = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Lane, b Lane, c Uniform),
            MultiplyAddUniformLaneLane = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Uniform, b Lane, c Lane),
            MultiplyAddUniformLaneUniform = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Uniform, b Lane, c Uniform),
            MultiplyAddHeldLaneLane = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Held, b Lane, c Lane),
            MultiplyAddHeldLaneUniform = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Held, b Lane, c Uniform),
            MultiplyAddHeldUniformLane = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Held, b Uniform, c Lane),
            MultiplyAddHeldUniformUniform = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Held, b Uniform, c Uniform),
            MultiplyAddLaneLaneHeld = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Lane, b Lane, c Held),
            MultiplyAddUniformLaneHeld = (Kernel::Fused(Fused::MultiplyAdd)): multiply_add(a Uniform, b Lane, c Held),
            MultiplySubtractLaneLaneLane = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Lane, b Lane, c Lane),
            MultiplySubtractLaneLaneUniform = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Lane, b Lane, c Uniform),
            MultiplySubtractUniformLaneLane = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Uniform, b Lane, c Lane),
            MultiplySubtractUniformLaneUniform = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Uniform, b Lane, c Uniform),
            MultiplySubtractHeldLaneLane = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Held, b Lane, c Lane),
            MultiplySubtractHeldLaneUniform = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Held, b Lane, c Uniform),
            MultiplySubtractHeldUniformLane = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Held, b Uniform, c Lane),
            MultiplySubtractHeldUniformUniform = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Held, b Uniform, c Uniform),
            MultiplySubtractLaneLaneHeld = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Lane, b Lane, c Held),
            MultiplySubtractUniformLaneHeld = (Kernel::Fused(Fused::MultiplySubtract)): multiply_subtract(a Uniform, b Lane, c Held),
            NegatedMultiplyAddLaneLaneLane = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Lane, b Lane, c Lane),
            NegatedMultiplyAddLaneLaneUniform = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Lane, b Lane, c Uniform),
            NegatedMultiplyAddUniformLaneLane = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Uniform, b Lane, c Lane),
            NegatedMultiplyAddUniformLaneUniform = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Uniform, b Lane, c Uniform),
            NegatedMultiplyAddHeldLaneLane = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Held, b Lane, c Lane),
            NegatedMultiplyAddHeldLaneUniform = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Held, b Lane, c Uniform),
            NegatedMultiplyAddHeldUniformLane = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Held, b Uniform, c Lane),
            NegatedMultiplyAddHeldUniformUniform = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Held, b Uniform, c Uniform),
            NegatedMultiplyAddLaneLaneHeld = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Lane, b Lane, c Held),
            NegatedMultiplyAddUniformLaneHeld = (Kernel::Fused(Fused::NegatedMultiplyAdd)): negated_multiply_add(a Uniform, b Lane, c Held),
            SelectLessLaneUniformLaneLane = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Lane, d Lane),
            SelectLessLaneUniformLaneUniform = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Lane, d Uniform),
            SelectLessLaneUniformUniformLane = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Uniform, d Lane),
            SelectLessLaneUniformHeldLane = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Held, d Lane),
            SelectLessLaneUniformHeldUniform = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Held, d Uniform),
            SelectLessLaneUniformLaneHeld = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Lane, d Held),
            SelectLessLaneUniformUniformHeld = (Kernel::SelectLess): select_less(a Lane, b Uniform, c Uniform, d Held),
            SelectLessHeldUniformLaneLane = (Kernel::SelectLess): select_less(a Held, b Uniform, c Lane, d Lane),
            SelectLessHeldUniformLaneUniform = (Kernel::SelectLess): select_less(a Held, b Uniform, c Lane, d Uniform),
            SelectLessHeldUniformUniformLane = (Kernel::SelectLess): select_less(a Held, b Uniform, c Uniform, d Lane),
            NegateHeld = (Kernel::Unary(Unary::Negate)): negate(a Held),
        }
    };
}
pub(crate) use light_forms;

macro_rules! define_forms {
    ($($form:ident = ($kernel:expr): $method:ident($($name:ident $place:ident),*),)*) => {
        /// How an instruction is run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Form {
            /// By the general loops of its kernel, from memory to memory.
            General,
            /// Not a computation but a jump.
            Skip,
            $($form,)*
        }

        /// The light forms with their kernels and the places of their operands.
        const LIGHT_FORMS: &[(Form, Kernel, &[Place])] =
            &[$((Form::$form, $kernel, &[$(Place::$place),*]),)*];
    };
}
light_forms!(define_forms);

/// The light form of a kernel whose operands are in these places, and whether its first two operands change places in it; `None`
/// where only the general loops will do, which hold nothing.
pub(crate) fn light_form(kernel: Kernel, places: &[Place]) -> Option<(Form, bool)> {
    let find = |wanted: &[Place]| {
        LIGHT_FORMS
            .iter()
            .find(|(_, own, places)| *own == kernel && *places == wanted)
            .map(|(form, ..)| *form)
    };
    if let Some(form) = find(places) {
        return Some((form, false));
    }
    let is_symmetric = matches!(kernel, Kernel::Binary(Binary::Add | Binary::Multiply) | Kernel::Fused(_));
    let mut swapped = places.to_vec();
    if is_symmetric {
        swapped.swap(0, 1);
    }
    find(&swapped).map(|form| (form, true))
}

/// One instruction. Bit `i` of `uniform` says that operand `i` names a uniform register; the target is a lane register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub(crate) form: Form,
    pub(crate) kernel: Kernel,
    pub(crate) uniform: u8,
    /// Whether the value is written to the target, and not only held.
    pub(crate) stores: bool,
    /// Whether what was held before stays held, and the value is only written.
    pub(crate) keeps: bool,
    pub(crate) target: u32,
    pub(crate) operands: [u32; MOST_OPERANDS],
}

impl Instruction {
    /// An instruction over registers; `None` among the operands is what is held. Without a target the value is only held for the
    /// next instruction.
    ///
    /// # Panics
    /// When a value is held that the kernel cannot read or keep there; [`light_form`] tells.
    pub(crate) fn new(kernel: Kernel, target: Option<u32>, operands: &[Option<Register>]) -> Self {
        let places: Vec<Place> = operands.iter().copied().map(Place::of).collect();
        let form = match kernel {
            Kernel::SkipUnlessAny(_) => Some((Form::Skip, false)),
            _ => light_form(kernel, &places),
        };
        assert!(form.is_some() || !places.contains(&Place::Held), "{kernel:?} reads nothing that is held");
        assert!(form.is_some() || target.is_some(), "{kernel:?} holds nothing");
        let (form, is_swapped) = form.unwrap_or((Form::General, false));
        let mut operands = operands.to_vec();
        if is_swapped {
            operands.swap(0, 1);
        }
        let mut instruction = Self {
            form,
            kernel,
            uniform: 0,
            stores: target.is_some(),
            keeps: false,
            target: target.unwrap_or(0),
            operands: [0; MOST_OPERANDS],
        };
        for (position, register) in operands.iter().enumerate() {
            instruction.operands[position] = match *register {
                Some(Register::Lane(number)) => number,
                Some(Register::Uniform(number)) => {
                    instruction.uniform |= 1 << position;
                    number
                }
                None => 0,
            };
        }
        instruction
    }

    /// The same, leaving held what it found there.
    ///
    /// # Panics
    /// When its value would be lost.
    pub(crate) fn keeping(self) -> Self {
        assert!(
            self.stores && !matches!(self.form, Form::General | Form::Skip),
            "{self:?} cannot keep what is held"
        );
        Self { keeps: true, ..self }
    }
}

/// A part of a code that goes over many lanes before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The first of its instructions.
    pub(crate) begin: usize,
    /// The first instruction after it.
    pub(crate) end: usize,
    /// Whether it is one instruction that goes by the general loops: the more lanes it sees at once, the less its start and its
    /// last results cost. Nothing is held before or after it.
    pub(crate) is_general: bool,
}

/// Cuts instructions into pieces. What a guard may skip stays in one piece with it.
fn pieces(instructions: &[Instruction]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while let Some(instruction) = instructions.get(at) {
        let guarded = if let Kernel::SkipUnlessAny(count) = instruction.kernel { count as usize } else { 0 };
        let is_general = instruction.form == Form::General;
        let end = at + 1 + guarded;
        match pieces.last_mut() {
            Some(last) if !last.is_general && !is_general => last.end = end,
            _ => pieces.push(Piece { begin: at, end, is_general }),
        }
        at = end;
    }
    pieces
}

/// Instructions whose registers have been checked against the sizes stated here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    instructions: Vec<Instruction>,
    pieces: Vec<Piece>,
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
        Self { pieces: pieces(&instructions), instructions, lane_registers, uniform_registers }
    }

    /// The instructions, in order.
    pub(crate) fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The pieces of the instructions, in order.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
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
