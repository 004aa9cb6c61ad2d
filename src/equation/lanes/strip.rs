//! The registers of a strip of lanes, and which loops a processor can run over them. Knows nothing of what an instruction does.
#![expect(unsafe_code, reason = "registers as plain numbers; functions that enable vector instructions")]
#![expect(
    clippy::inline_always,
    reason = "the loops must be compiled inside functions that enable the vector instructions"
)]

use super::meet::{Exchange, meet};
use super::run::{GROUP, LINE, Loops, Memory, run, run_general};

#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::equation::code::Code;
#[cfg(target_arch = "x86_64")]
use crate::equation::code::Instruction;
use crate::equation::meeting::Meet;

/// The instruction set that a machine uses. All give equal bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Plain arrays, on any architecture.
    Baseline,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512 F and DQ.
    Avx512,
}

impl Level {
    /// Every level, slowest first.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];

    /// The word that names the level, in `ICTUS_SIMD` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this processor can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq"),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The fastest level of this processor.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|level| level.is_available()).unwrap_or(Self::Baseline)
    }
}

/// The array of the portable level. An x86 processor without FMA computes one lane at a time, since every fused operation is a
/// call; others have FMA from birth, and several lanes keep it busy.
#[cfg(target_arch = "x86_64")]
type Plain = [f64; 1];
#[cfg(not(target_arch = "x86_64"))]
type Plain = [f64; 4];

/// Room for one cache line, so that registers begin on one.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([f64; LINE]);

/// Every strip is a multiple of this many lanes wide, so that the loops need no remainder.
pub(crate) const WIDTH_STEP: usize = GROUP * LINE;

/// The registers of one strip of lanes.
#[derive(Debug)]
pub(crate) struct Strip {
    storage: Vec<Line>,
    /// Lines from one register to the next.
    pitch: usize,
    registers: usize,
    width: usize,
    /// The uniform registers.
    pub(crate) uniforms: Vec<f64>,
}

impl Strip {
    /// Room for `registers` lane registers of `width` lanes, all 0.
    ///
    /// # Panics
    /// When `width` is not a multiple of [`WIDTH_STEP`].
    pub(crate) fn new(registers: usize, width: usize, uniforms: Vec<f64>) -> Self {
        assert!(
            width > 0 && width.is_multiple_of(WIDTH_STEP),
            "a strip is a whole number of loop passes wide"
        );
        // One line more than the width, so that equal lanes of neighbouring registers do not share their low address bits.
        let pitch = width / LINE + 1;
        Self { storage: vec![Line([0.0; LINE]); pitch * registers], pitch, registers, width, uniforms }
    }

    /// Lanes of a register.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The lanes of a register.
    pub(crate) fn lanes(&self, register: u32) -> &[f64] {
        let lines = &self.storage[register as usize * self.pitch..][..self.width / LINE];
        // SAFETY: a line is eight numbers and nothing else, and lines lie one after the other.
        unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), lines.len() * LINE) }
    }

    /// The lanes of a register, to be written.
    pub(crate) fn lanes_mut(&mut self, register: u32) -> &mut [f64] {
        let lines = &mut self.storage[register as usize * self.pitch..][..self.width / LINE];
        // SAFETY: as in `lanes`.
        unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), lines.len() * LINE) }
    }
}

/// Runs code over the first `lanes` of a strip, over `span` of them from the first instruction to the last.
///
/// # Panics
/// When the code needs more registers than the strip has, or the processor lacks the level, or either width is no
/// multiple of [`WIDTH_STEP`], or there are more lanes than the strip has.
pub(crate) fn execute(level: Level, code: &Code, strip: &mut Strip, [lanes, span]: [usize; 2]) {
    if code.instructions().is_empty() {
        return;
    }
    assert!(lanes <= strip.width && lanes.is_multiple_of(WIDTH_STEP), "whole passes inside the strip");
    assert!(span > 0 && span.is_multiple_of(WIDTH_STEP), "whole passes inside a span");
    assert!(code.lane_registers() <= strip.registers, "the strip has the code's lane registers");
    assert!(code.uniform_registers() <= strip.uniforms.len(), "the strip has the code's uniform registers");
    let memory = Memory {
        lanes: strip.storage.as_mut_ptr().cast(),
        pitch: strip.pitch * LINE,
        uniforms: strip.uniforms.as_ptr(),
        width: lanes,
    };
    match level {
        // SAFETY: the registers were checked above, and the width when the strip was made.
        Level::Baseline => unsafe { run::<Plain>(code, memory, span) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => {
            debug_assert!(level.is_available(), "the processor has AVX2 and FMA");
            // SAFETY: as above, and a machine is made with available levels only.
            unsafe { run_avx2(code, memory, span) }
        }
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => {
            debug_assert!(level.is_available(), "the processor has AVX-512");
            // SAFETY: as above, and a machine is made with available levels only.
            unsafe { run_avx512(code, memory, span) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("only x86 has these levels, and a machine is made with available levels only"),
    }
}

/// Lets the nodes of a network meet: from one register to another, whose first `nodes * points` lanes are `[node][point]`. The
/// first `hearers` nodes get what all make together.
///
/// # Panics
/// When the strip is too narrow or has no such registers, or they are one, or `points` is not a multiple of a cache line's numbers.
pub(crate) fn exchange(level: Level, own: &Meet, strip: &mut Strip, registers: [u32; 2], shape: [usize; 3]) {
    let [nodes, hearers, points] = shape;
    let [source, target] = registers.map(|register| register as usize);
    assert!(
        source < strip.registers && target < strip.registers && source != target,
        "two registers of the strip"
    );
    assert!(
        nodes > 0 && hearers <= nodes && nodes * points <= strip.width && points.is_multiple_of(LINE),
        "all lanes of the nodes"
    );
    if let Meet::Product(weights) = own {
        assert_eq!(weights.nodes(), nodes, "a row for every node");
    }
    let first: *mut f64 = strip.storage.as_mut_ptr().cast();
    let at = |register: usize| first.wrapping_add(register * strip.pitch * LINE);
    let exchange = Exchange { source: at(source), target: at(target), nodes, hearers, points };
    match level {
        // SAFETY: registers and lanes were checked above.
        Level::Baseline => unsafe { meet::<Plain>(own, exchange) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above, and a machine is made with available levels only.
        Level::Avx2 => unsafe { meet_avx2(own, exchange) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx512 => unsafe { meet_avx512(own, exchange) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("only x86 has these levels, and a machine is made with available levels only"),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn meet_avx2(own: &Meet, exchange: Exchange) {
    // SAFETY: the caller's promise.
    unsafe { meet::<x86::Four>(own, exchange) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
unsafe fn meet_avx512(own: &Meet, exchange: Exchange) {
    // SAFETY: the caller's promise.
    unsafe { meet::<x86::Eight>(own, exchange) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(code: &Code, memory: Memory, span: usize) {
    // SAFETY: the caller's promise.
    unsafe { run::<x86::Four>(code, memory, span) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
unsafe fn run_avx512(code: &Code, memory: Memory, span: usize) {
    // SAFETY: the caller's promise.
    unsafe { run::<x86::Eight>(code, memory, span) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn run_general_avx2(instruction: &Instruction, memory: Memory) {
    // SAFETY: the caller's promise.
    unsafe { run_general::<x86::Four>(instruction, memory) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
#[inline(never)]
unsafe fn run_general_avx512(instruction: &Instruction, memory: Memory) {
    // SAFETY: the caller's promise.
    unsafe { run_general::<x86::Eight>(instruction, memory) }
}

impl Loops for Plain {
    #[inline(never)]
    unsafe fn run_general(instruction: &Instruction, memory: Memory) {
        // SAFETY: the caller's promise.
        unsafe { run_general::<Self>(instruction, memory) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Loops for x86::Four {
    #[inline(always)]
    unsafe fn run_general(instruction: &Instruction, memory: Memory) {
        // SAFETY: the caller's promise.
        unsafe { run_general_avx2(instruction, memory) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Loops for x86::Eight {
    #[inline(always)]
    unsafe fn run_general(instruction: &Instruction, memory: Memory) {
        // SAFETY: the caller's promise.
        unsafe { run_general_avx512(instruction, memory) }
    }
}
