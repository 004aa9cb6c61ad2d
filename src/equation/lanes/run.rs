//! What one instruction does to a group of lanes: the light forms on held vectors, and the general loops from memory to memory.
//! [`Code::new`] has checked every register number before anything here runs. Knows no instruction set.
#![expect(unsafe_code, reason = "registers that are read and written in place")]
#![expect(
    clippy::inline_always,
    reason = "the loops must be compiled inside functions that enable the vector instructions"
)]

use super::vector::Lanes;
use crate::equation::code::{Code, Form, Instruction, Kernel, Piece, light_forms};
use crate::equation::elementary::{self, binary_on_lanes, fused_on_lanes, unary_on_lanes};
use crate::equation::operation::{Binary, Fused, Unary};

/// So many numbers make one line of the cache; registers begin on one.
pub(super) const LINE: usize = 8;

/// So many vectors are held: instructions run over groups of as many vectors, one group after the other. Few enough for the
/// registers of every processor, many enough to hide the time of an operation and of finding the next one.
pub(super) const GROUP: usize = 8;

/// A vector with the loops of its instruction set.
pub(super) trait Loops: Lanes {
    /// Runs an instruction by the general loops of its kernel, as a function of its own, so that what they need does not crowd
    /// the light forms out of the processor's registers.
    /// # Safety
    /// The registers were checked, and the processor has the instruction set.
    unsafe fn run_general(instruction: &Instruction, memory: Memory);
}

/// The registers as the loops see them.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// The first lane of the first register.
    pub(super) lanes: *mut f64,
    /// Numbers from one register to the next.
    pub(super) pitch: usize,
    /// The uniform registers.
    pub(super) uniforms: *const f64,
    /// How many lanes there are.
    pub(super) width: usize,
}

/// An operand of a loop: its vector at a lane.
trait Operand<V>: Copy {
    /// # Safety
    /// `lane` is inside the strip.
    unsafe fn at(self, lane: usize) -> V;
}

/// Another number in every lane.
#[derive(Clone, Copy)]
struct Each(*const f64);

/// The same number in every lane.
#[derive(Clone, Copy)]
struct Same<V>(V);

/// What the instruction before has made.
#[derive(Clone, Copy)]
struct Held<V>([V; GROUP]);

impl<V: Lanes> Operand<V> for Held<V> {
    #[inline(always)]
    unsafe fn at(self, lane: usize) -> V {
        self.0[lane / V::WIDTH]
    }
}

impl<V: Lanes> Operand<V> for Each {
    #[inline(always)]
    unsafe fn at(self, lane: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load(self.0.add(lane)) }
    }
}

impl<V: Lanes> Operand<V> for Same<V> {
    #[inline(always)]
    unsafe fn at(self, _lane: usize) -> V {
        self.0
    }
}

/// Either of both, told apart while running: for kernels whose work hides a load, so that they have one loop and not one for
/// each case.
#[derive(Clone, Copy)]
struct Either {
    base: *const f64,
    /// All ones, or 0 where every lane reads the same place.
    keep: usize,
}

impl<V: Lanes> Operand<V> for Either {
    #[inline(always)]
    unsafe fn at(self, lane: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load(self.base.add(lane & self.keep)) }
    }
}

impl Memory {
    /// The lanes of a register.
    #[inline(always)]
    unsafe fn register(self, number: u32) -> *mut f64 {
        // SAFETY: register numbers were checked by `execute`.
        unsafe { self.lanes.add((number as usize).wrapping_mul(self.pitch)) }
    }

    #[inline(always)]
    unsafe fn either(self, instruction: &Instruction, position: usize, spread: &mut [f64; LINE]) -> Either {
        // SAFETY: register numbers were checked by `execute`.
        unsafe {
            if instruction.uniform >> position & 1 == 1 {
                *spread = [*self.uniforms.add(instruction.operands[position] as usize); LINE];
                Either { base: spread.as_ptr(), keep: 0 }
            } else {
                Either { base: self.each(instruction, position).0, keep: usize::MAX }
            }
        }
    }

    #[inline(always)]
    unsafe fn each(self, instruction: &Instruction, position: usize) -> Each {
        // SAFETY: register numbers were checked by `execute`.
        Each(unsafe { self.register(instruction.operands[position]) })
    }

    /// Writes a group to an instruction's target.
    #[inline(always)]
    unsafe fn store<V: Lanes>(self, instruction: &Instruction, held: [V; GROUP]) {
        // SAFETY: register numbers were checked by `execute`.
        unsafe {
            let target = self.register(instruction.target);
            for (vector, value) in held.into_iter().enumerate() {
                value.store(target.add(vector * V::WIDTH));
            }
        }
    }

    /// Whether the operand of an instruction is not 0 in some lane.
    #[inline(always)]
    unsafe fn is_any<V: Lanes>(self, instruction: &Instruction) -> bool {
        // SAFETY: register numbers were checked by `execute`.
        unsafe {
            let mask = self.each(instruction, 0);
            let mut is_any = false;
            let mut lane = 0;
            while lane < self.width {
                let truth: V = mask.at(lane);
                is_any |= !V::all(truth.equal_to_zero());
                lane += V::WIDTH;
            }
            is_any
        }
    }

    #[inline(always)]
    unsafe fn same<V: Lanes>(self, instruction: &Instruction, position: usize) -> Same<V> {
        // SAFETY: register numbers were checked by `execute`.
        Same(V::splat(unsafe { *self.uniforms.add(instruction.operands[position] as usize) }))
    }
}

/// Writes `$make`, a vector at lane `$lane`, to every lane of the target, two vectors a pass, both made before the first is
/// stored. A macro and not a function of a closure: a closure that is not inlined would be compiled without the vector
/// instructions.
macro_rules! fill {
    ($memory:ident, $instruction:ident, |$lane:ident| $make:expr) => {{
        let target = $memory.register($instruction.target);
        let mut first = 0;
        while first < $memory.width {
            let v0: V = {
                let $lane = first;
                $make
            };
            let v1: V = {
                let $lane = first.wrapping_add(V::WIDTH);
                $make
            };
            v0.store(target.add(first));
            v1.store(target.add(first + V::WIDTH));
            first = first.wrapping_add(2 * V::WIDTH);
        }
    }};
}

/// Calls `$body` with each named operand bound to [`Either`].
macro_rules! with_either {
    ($memory:ident, $instruction:ident, [$($name:ident = $position:expr),*], $body:expr) => {{
        $(
            let mut spread = [0.0; LINE];
            let $name = $memory.either($instruction, $position, &mut spread);
        )*
        $body
    }};
}

/// Calls `$body` with each named operand bound to [`Same`] but the last, which is bound to [`Each`], where they are; else to
/// [`Either`].
macro_rules! with_one_lane_operand {
    ($memory:ident, $instruction:ident, [$($name:ident = $position:expr),* ; $last:ident = $last_position:expr], $body:expr) => {
        if $instruction.uniform == (1 << $last_position) - 1 {
            $(let $name = $memory.same::<V>($instruction, $position);)*
            let $last = $memory.each($instruction, $last_position);
            $body
        } else {
            with_either!($memory, $instruction, [$($name = $position,)* $last = $last_position], $body)
        }
    };
}

/// Matches an operation against its possible values, so that inside `$body` it is a constant.
macro_rules! for_each_operation {
    ($operation:ident of $type:ident { $($variant:ident),* $(,)? }, $body:expr) => {
        match $operation { $($type::$variant => { let $operation = $type::$variant; $body })* }
    };
}

/// Runs code over a strip: `span` lanes after `span` lanes, each from the first piece to the last.
#[inline(always)]
pub(super) unsafe fn run<V: Loops>(code: &Code, memory: Memory, span: usize) {
    let mut first = 0;
    while first < memory.width {
        let width = span.min(memory.width - first);
        // SAFETY: the caller's promise; the lanes of the span are inside the strip.
        unsafe { run_span::<V>(code, Memory { lanes: memory.lanes.add(first), width, ..memory }) };
        first += width;
    }
}

/// Runs piece after piece: a light one group after group, a general one in one go. A span of one group gains nothing by pieces.
#[inline(always)]
unsafe fn run_span<V: Loops>(code: &Code, memory: Memory) {
    let width = GROUP * V::WIDTH;
    let whole = [Piece { begin: 0, end: code.instructions().len(), is_general: false }];
    for piece in if memory.width <= width { &whole } else { code.pieces() } {
        let instructions = &code.instructions()[piece.begin..piece.end];
        // SAFETY: the caller's promise; every lane of a group is inside the span, whose width is a multiple of the group's.
        unsafe {
            if piece.is_general {
                V::run_general(&instructions[0], memory);
                continue;
            }
            let mut first = 0;
            while first < memory.width {
                run_group::<V>(instructions, Memory { lanes: memory.lanes.add(first), width, ..memory });
                first += width;
            }
        }
    }
}

/// `$make` for every vector of a group, `$lane` being its first lane.
macro_rules! group {
    (|$lane:ident| $make:expr) => {
        [
            {
                let $lane = 0;
                $make
            },
            {
                let $lane = V::WIDTH;
                $make
            },
            {
                let $lane = 2 * V::WIDTH;
                $make
            },
            {
                let $lane = 3 * V::WIDTH;
                $make
            },
            {
                let $lane = 4 * V::WIDTH;
                $make
            },
            {
                let $lane = 5 * V::WIDTH;
                $make
            },
            {
                let $lane = 6 * V::WIDTH;
                $make
            },
            {
                let $lane = 7 * V::WIDTH;
                $make
            },
        ]
    };
}

#[inline(always)]
unsafe fn run_group<V: Loops>(instructions: &[Instruction], memory: Memory) {
    let mut held: [V; GROUP] = [V::splat(0.0); GROUP];
    let mut at = 0;
    macro_rules! position {
        (a) => {
            0
        };
        (b) => {
            1
        };
        (c) => {
            2
        };
        (d) => {
            3
        };
    }
    macro_rules! operand {
        (Lane, $instruction:ident, $position:expr) => {
            memory.each($instruction, $position)
        };
        (Uniform, $instruction:ident, $position:expr) => {
            memory.same::<V>($instruction, $position)
        };
        (Held, $instruction:ident, $position:expr) => {
            Held(held)
        };
    }
    macro_rules! run_form {
        ($($form:ident = ($kernel:expr): $method:ident($($name:ident $place:ident),*),)*) => {
            while at < instructions.len() {
                let instruction = &instructions[at];
                at = at.wrapping_add(1);
                match instruction.form {
                    $(Form::$form => {
                        $(let $name = operand!($place, instruction, position!($name));)*
                        if instruction.keeps {
                            memory.store(instruction, group!(|lane| V::$method($($name.at(lane)),*)));
                        } else {
                            held = group!(|lane| V::$method($($name.at(lane)),*));
                            if instruction.stores {
                                memory.store(instruction, held);
                            }
                        }
                    })*
                    Form::General => {
                        V::run_general(instruction, memory);
                        // Nobody reads what was held: saying so spares keeping it across the call.
                        held = [V::splat(0.0); GROUP];
                    }
                    Form::Skip => {
                        let Kernel::SkipUnlessAny(count) = instruction.kernel else { continue };
                        if !memory.is_any::<V>(instruction) {
                            at = at.wrapping_add(count as usize);
                        }
                    }
                }
            }
        };
    }
    // SAFETY: the caller's promise; every lane the loops touch is inside the strip.
    unsafe {
        light_forms!(run_form);
    }
}

/// Runs an instruction from memory to memory.
#[inline(always)]
pub(super) unsafe fn run_general<V: Lanes>(instruction: &Instruction, memory: Memory) {
    // SAFETY: the caller's promise; every lane the loops touch is inside the strip.
    unsafe {
        match instruction.kernel {
            Kernel::Copy => {
                with_either!(memory, instruction, [a = 0], fill!(memory, instruction, |i| a.at(i)));
            }
            Kernel::Unary(operation) => run_unary::<V>(operation, instruction, memory),
            Kernel::Binary(operation) => run_binary::<V>(operation, instruction, memory),
            Kernel::Fused(operation) => for_each_operation!(
                operation of Fused { MultiplyAdd, MultiplySubtract, NegatedMultiplyAdd },
                with_either!(
                    memory,
                    instruction,
                    [a = 0, b = 1, c = 2],
                    fill!(memory, instruction, |i| fused_on_lanes(operation, a.at(i), b.at(i), c.at(i)))
                )
            ),
            Kernel::Select => with_either!(
                memory,
                instruction,
                [a = 0, b = 1, c = 2],
                fill!(memory, instruction, |i| {
                    let condition: V = a.at(i);
                    V::select(condition.equal_to_zero(), c.at(i), b.at(i))
                })
            ),
            Kernel::SelectLess => with_either!(
                memory,
                instruction,
                [a = 0, b = 1, c = 2, d = 3],
                fill!(memory, instruction, |i| V::select_less(a.at(i), b.at(i), c.at(i), d.at(i)))
            ),
            Kernel::Logistic => with_one_lane_operand!(
                memory,
                instruction,
                [a = 0; b = 1],
                fill!(memory, instruction, |i| elementary::logistic(a.at(i), b.at(i)))
            ),
            Kernel::LogisticOfDifference => with_one_lane_operand!(
                memory,
                instruction,
                [a = 0, b = 1, c = 2; d = 3],
                fill!(memory, instruction, |i| elementary::logistic_of_difference(a.at(i), b.at(i), c.at(i), d.at(i)))
            ),
            Kernel::LogisticOfProduct => with_one_lane_operand!(
                memory,
                instruction,
                [a = 0, b = 1, c = 2, d = 3; e = 4],
                fill!(memory, instruction, |i| {
                    elementary::logistic_of_product(a.at(i), b.at(i), c.at(i), d.at(i), e.at(i))
                })
            ),
            Kernel::SkipUnlessAny(_) => {}
        }
    }
}

#[inline(always)]
unsafe fn run_unary<V: Lanes>(operation: Unary, instruction: &Instruction, memory: Memory) {
    // SAFETY: the caller's promise.
    unsafe {
        for_each_operation!(
            operation of Unary {
                Negate, Absolute, Sign, Floor, SquareRoot, Exponential, Logarithm, Logarithm10, Sine, Cosine, Tangent, ArcSine,
                ArcCosine, ArcTangent, HyperbolicSine, HyperbolicCosine, HyperbolicTangent, Not
            },
            {
                let a = memory.each(instruction, 0);
                fill!(memory, instruction, |i| unary_on_lanes(operation, a.at(i)));
            }
        );
    }
}

#[inline(always)]
unsafe fn run_binary<V: Lanes>(operation: Binary, instruction: &Instruction, memory: Memory) {
    // SAFETY: the caller's promise.
    unsafe {
        for_each_operation!(
            operation of Binary {
                Add, Subtract, Multiply, Divide, Minimum, Maximum, Power, Modulo, ArcTangent2, Less, LessOrEqual, Equal, NotEqual,
                And, Or
            },
            with_either!(
                memory,
                instruction,
                [a = 0, b = 1],
                fill!(memory, instruction, |i| binary_on_lanes(operation, a.at(i), b.at(i)))
            )
        );
    }
}
