//! Vectors of lanes, and what one instruction does to a strip of them. The only file with `unsafe`: vector intrinsics and the
//! loops over registers, which may be read and written in place, cannot be said otherwise. [`Code::new`](super::code::Code)
//! has checked every register number before anything here runs.
//!
//! Three ways to compute give equal bits: AVX-512, AVX2 with FMA, and plain arrays (any other architecture; without hardware
//! FMA the fused operations go through the C library's exact one, which is slow).
#![expect(unsafe_code, reason = "vector intrinsics; registers that are read and written in place")]
#![expect(
    clippy::inline_always,
    reason = "the loops must be compiled inside functions that enable the vector instructions"
)]

use super::code::{Code, Form, Instruction, Kernel, light_forms};
use super::elementary::{self, binary_on_lanes, fused_on_lanes, unary_on_lanes};
use super::graph::{Binary, Fused, Unary};

/// A vector of f64 lanes with IEEE arithmetic. `minimum` and `maximum` give the second operand where either is NaN.
pub(crate) trait Lanes: Copy {
    /// One truth per lane.
    type Mask: Copy;
    /// How many lanes a vector has.
    const WIDTH: usize;

    /// Runs an instruction by the general loops of its kernel, as a function of its own, so that what they need does not crowd
    /// the light forms out of the processor's registers.
    /// # Safety
    /// As for [`execute`], whose checks allow it.
    unsafe fn run_general(instruction: &Instruction, memory: Memory);

    fn splat(value: f64) -> Self;
    /// # Safety
    /// `source` points to `WIDTH` readable numbers.
    unsafe fn load(source: *const f64) -> Self;
    /// # Safety
    /// `target` points to `WIDTH` writable numbers.
    unsafe fn store(self, target: *mut f64);

    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    /// `self*y + z`
    fn multiply_add(self, y: Self, z: Self) -> Self;
    /// `self*y - z`
    fn multiply_subtract(self, y: Self, z: Self) -> Self;
    /// `z - self*y`
    fn negated_multiply_add(self, y: Self, z: Self) -> Self;
    fn square_root(self) -> Self;
    fn absolute(self) -> Self;
    fn negate(self) -> Self;
    fn floor(self) -> Self;
    /// `self < other ? self : other`
    fn minimum(self, other: Self) -> Self;
    /// `self > other ? self : other`
    fn maximum(self, other: Self) -> Self;

    fn less(self, other: Self) -> Self::Mask;
    fn less_or_equal(self, other: Self) -> Self::Mask;
    fn equal(self, other: Self) -> Self::Mask;
    fn select(mask: Self::Mask, x: Self, y: Self) -> Self;
    /// `self < other ? x : y`
    #[inline(always)]
    fn select_less(self, other: Self, x: Self, y: Self) -> Self {
        Self::select(self.less(other), x, y)
    }
    fn all(mask: Self::Mask) -> bool;
    /// Whether bit `number` of the representation is set.
    fn has_bit(self, number: u32) -> Self::Mask;

    /// `self * 2^floor(k)` with one rounding, for `|k| < 1100`.
    fn scale(self, k: Self) -> Self;
    /// The entry that the lowest four bits of the representation name.
    fn look_up(self, table: &[f64; 16]) -> Self;
    /// Mantissa in `[1, 2)` and exponent of a positive number; anything for others.
    fn decompose(self) -> (Self, Self);

    /// The same function lane by lane.
    fn map(self, function: fn(f64) -> f64) -> Self;
    /// The same function of two operands lane by lane.
    fn map_with(self, other: Self, function: fn(f64, f64) -> f64) -> Self;

    /// 1 and 0 from a mask.
    #[inline(always)]
    fn truth(mask: Self::Mask) -> Self {
        Self::select(mask, Self::splat(1.0), Self::splat(0.0))
    }

    #[inline(always)]
    fn equal_to_zero(self) -> Self::Mask {
        self.equal(Self::splat(0.0))
    }
}

/// Plain arrays: one lane for single numbers, several for the portable machine.
impl<const N: usize> Lanes for [f64; N] {
    type Mask = [bool; N];
    const WIDTH: usize = N;

    #[inline(never)]
    unsafe fn run_general(instruction: &Instruction, memory: Memory) {
        // SAFETY: the caller's promise.
        unsafe { run_general::<Self>(instruction, memory) }
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        [value; N]
    }
    #[inline(always)]
    unsafe fn load(source: *const f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { source.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { target.cast::<Self>().write_unaligned(self) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] + other[i])
    }
    #[inline(always)]
    fn subtract(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] - other[i])
    }
    #[inline(always)]
    fn multiply(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] * other[i])
    }
    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] / other[i])
    }
    #[inline(always)]
    fn multiply_add(self, y: Self, z: Self) -> Self {
        std::array::from_fn(|i| self[i].mul_add(y[i], z[i]))
    }
    #[inline(always)]
    fn multiply_subtract(self, y: Self, z: Self) -> Self {
        std::array::from_fn(|i| self[i].mul_add(y[i], -z[i]))
    }
    #[inline(always)]
    fn negated_multiply_add(self, y: Self, z: Self) -> Self {
        std::array::from_fn(|i| (-self[i]).mul_add(y[i], z[i]))
    }
    #[inline(always)]
    fn square_root(self) -> Self {
        std::array::from_fn(|i| self[i].sqrt())
    }
    #[inline(always)]
    fn absolute(self) -> Self {
        std::array::from_fn(|i| self[i].abs())
    }
    #[inline(always)]
    fn negate(self) -> Self {
        std::array::from_fn(|i| -self[i])
    }
    #[inline(always)]
    fn floor(self) -> Self {
        std::array::from_fn(|i| self[i].floor())
    }
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        std::array::from_fn(|i| if self[i] < other[i] { self[i] } else { other[i] })
    }
    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        std::array::from_fn(|i| if self[i] > other[i] { self[i] } else { other[i] })
    }
    #[inline(always)]
    fn less(self, other: Self) -> Self::Mask {
        std::array::from_fn(|i| self[i] < other[i])
    }
    #[inline(always)]
    fn less_or_equal(self, other: Self) -> Self::Mask {
        std::array::from_fn(|i| self[i] <= other[i])
    }
    #[inline(always)]
    #[expect(clippy::float_cmp, reason = "equality of numbers is the operation")]
    fn equal(self, other: Self) -> Self::Mask {
        std::array::from_fn(|i| self[i] == other[i])
    }
    #[inline(always)]
    fn select(mask: Self::Mask, x: Self, y: Self) -> Self {
        std::array::from_fn(|i| if mask[i] { x[i] } else { y[i] })
    }
    #[inline(always)]
    fn all(mask: Self::Mask) -> bool {
        mask.iter().all(|&truth| truth)
    }
    #[inline(always)]
    fn has_bit(self, number: u32) -> Self::Mask {
        std::array::from_fn(|i| self[i].to_bits() >> number & 1 == 1)
    }
    #[inline(always)]
    fn scale(self, k: Self) -> Self {
        // Two factors, each a normal power of two: the first product is exact, the second rounds once.
        std::array::from_fn(|i| {
            let whole = k[i].floor() as i64;
            let first = whole >> 1;
            let power = |exponent: i64| f64::from_bits(((1023 + exponent) as u64) << 52);
            self[i] * power(first) * power(whole - first)
        })
    }
    #[inline(always)]
    fn look_up(self, table: &[f64; 16]) -> Self {
        std::array::from_fn(|i| table[(self[i].to_bits() & 15) as usize])
    }
    #[inline(always)]
    fn decompose(self) -> (Self, Self) {
        let pairs: [(f64, f64); N] = std::array::from_fn(|i| {
            let is_subnormal = self[i] < f64::MIN_POSITIVE;
            let normal = if is_subnormal { self[i] * 18_014_398_509_481_984.0 } else { self[i] }; // 2^54
            let bits = normal.to_bits();
            let exponent = (bits >> 52 & 0x7ff) as f64 - if is_subnormal { 1077.0 } else { 1023.0 };
            (f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000), exponent)
        });
        (pairs.map(|pair| pair.0), pairs.map(|pair| pair.1))
    }
    #[inline(always)]
    fn map(self, function: fn(f64) -> f64) -> Self {
        std::array::from_fn(|i| function(self[i]))
    }
    #[inline(always)]
    fn map_with(self, other: Self, function: fn(f64, f64) -> f64) -> Self {
        std::array::from_fn(|i| function(self[i], other[i]))
    }
}

/// Implements [`Lanes`] for a vector type of the x86 instruction sets; `$feature` intrinsics are called only inside functions
/// that enable them, which [`execute`] enters only when the processor has them.
#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "sixty intrinsics, whose names say where they come from")]
    use std::arch::x86_64::*;

    use super::{Instruction, Lanes, Memory, run_general_avx2, run_general_avx512};

    /// Eight lanes of AVX-512.
    #[derive(Clone, Copy)]
    pub(super) struct Eight(__m512d);

    /// Four lanes of AVX2 with FMA.
    #[derive(Clone, Copy)]
    pub(super) struct Four(__m256d);

    impl Eight {
        #[inline(always)]
        fn bits(self) -> __m512i {
            // SAFETY: the processor has AVX-512 F, see the module.
            unsafe { _mm512_castpd_si512(self.0) }
        }
    }

    // SAFETY (all blocks below): the processor has AVX-512 F and DQ, see the module; loads and stores are the caller's promise.
    impl Lanes for Eight {
        type Mask = __mmask8;
        const WIDTH: usize = 8;

        #[inline(always)]
        unsafe fn run_general(instruction: &Instruction, memory: Memory) {
            unsafe { run_general_avx512(instruction, memory) }
        }

        #[inline(always)]
        fn splat(value: f64) -> Self {
            Self(unsafe { _mm512_set1_pd(value) })
        }
        #[inline(always)]
        unsafe fn load(source: *const f64) -> Self {
            Self(unsafe { _mm512_loadu_pd(source) })
        }
        #[inline(always)]
        unsafe fn store(self, target: *mut f64) {
            unsafe { _mm512_storeu_pd(target, self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(unsafe { _mm512_add_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn subtract(self, other: Self) -> Self {
            Self(unsafe { _mm512_sub_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn multiply(self, other: Self) -> Self {
            Self(unsafe { _mm512_mul_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn divide(self, other: Self) -> Self {
            Self(unsafe { _mm512_div_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn multiply_add(self, y: Self, z: Self) -> Self {
            Self(unsafe { _mm512_fmadd_pd(self.0, y.0, z.0) })
        }
        #[inline(always)]
        fn multiply_subtract(self, y: Self, z: Self) -> Self {
            Self(unsafe { _mm512_fmsub_pd(self.0, y.0, z.0) })
        }
        #[inline(always)]
        fn negated_multiply_add(self, y: Self, z: Self) -> Self {
            Self(unsafe { _mm512_fnmadd_pd(self.0, y.0, z.0) })
        }
        #[inline(always)]
        fn square_root(self) -> Self {
            Self(unsafe { _mm512_sqrt_pd(self.0) })
        }
        #[inline(always)]
        fn absolute(self) -> Self {
            Self(unsafe { _mm512_abs_pd(self.0) })
        }
        #[inline(always)]
        fn negate(self) -> Self {
            Self(unsafe { _mm512_castsi512_pd(_mm512_xor_si512(self.bits(), _mm512_set1_epi64(i64::MIN))) })
        }
        #[inline(always)]
        fn floor(self) -> Self {
            Self(unsafe { _mm512_roundscale_pd::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(self.0) })
        }
        #[inline(always)]
        fn minimum(self, other: Self) -> Self {
            Self(unsafe { _mm512_min_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn maximum(self, other: Self) -> Self {
            Self(unsafe { _mm512_max_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn less(self, other: Self) -> Self::Mask {
            unsafe { _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, other.0) }
        }
        #[inline(always)]
        fn less_or_equal(self, other: Self) -> Self::Mask {
            unsafe { _mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0, other.0) }
        }
        #[inline(always)]
        fn equal(self, other: Self) -> Self::Mask {
            unsafe { _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(self.0, other.0) }
        }
        #[inline(always)]
        fn select(mask: Self::Mask, x: Self, y: Self) -> Self {
            Self(unsafe { _mm512_mask_blend_pd(mask, y.0, x.0) })
        }
        #[inline(always)]
        fn all(mask: Self::Mask) -> bool {
            mask == 0xff
        }
        #[inline(always)]
        fn has_bit(self, number: u32) -> Self::Mask {
            unsafe { _mm512_test_epi64_mask(self.bits(), _mm512_set1_epi64(1 << number)) }
        }
        #[inline(always)]
        fn scale(self, k: Self) -> Self {
            Self(unsafe { _mm512_scalef_pd(self.0, k.0) })
        }
        #[inline(always)]
        fn look_up(self, table: &[f64; 16]) -> Self {
            unsafe {
                let (low, high) = (_mm512_loadu_pd(table.as_ptr()), _mm512_loadu_pd(table.as_ptr().add(8)));
                Self(_mm512_permutex2var_pd(low, self.bits(), high))
            }
        }
        #[inline(always)]
        fn decompose(self) -> (Self, Self) {
            unsafe {
                let mantissa = _mm512_getmant_pd::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_SRC>(self.0);
                (Self(mantissa), Self(_mm512_getexp_pd(self.0)))
            }
        }
        #[inline(always)]
        fn map(self, function: fn(f64) -> f64) -> Self {
            let mut lanes = [0.0; 8];
            unsafe {
                self.store(lanes.as_mut_ptr());
                Self::load(lanes.map(function).as_ptr())
            }
        }
        #[inline(always)]
        fn map_with(self, other: Self, function: fn(f64, f64) -> f64) -> Self {
            let (mut x, mut y) = ([0.0; 8], [0.0; 8]);
            unsafe {
                self.store(x.as_mut_ptr());
                other.store(y.as_mut_ptr());
                let z: [f64; 8] = std::array::from_fn(|i| function(x[i], y[i]));
                Self::load(z.as_ptr())
            }
        }
    }

    // SAFETY (all blocks below): the processor has AVX2 and FMA, see the module; loads and stores are the caller's promise.
    impl Lanes for Four {
        type Mask = __m256d;
        const WIDTH: usize = 4;

        #[inline(always)]
        unsafe fn run_general(instruction: &Instruction, memory: Memory) {
            unsafe { run_general_avx2(instruction, memory) }
        }

        #[inline(always)]
        fn splat(value: f64) -> Self {
            Self(unsafe { _mm256_set1_pd(value) })
        }
        #[inline(always)]
        unsafe fn load(source: *const f64) -> Self {
            Self(unsafe { _mm256_loadu_pd(source) })
        }
        #[inline(always)]
        unsafe fn store(self, target: *mut f64) {
            unsafe { _mm256_storeu_pd(target, self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(unsafe { _mm256_add_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn subtract(self, other: Self) -> Self {
            Self(unsafe { _mm256_sub_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn multiply(self, other: Self) -> Self {
            Self(unsafe { _mm256_mul_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn divide(self, other: Self) -> Self {
            Self(unsafe { _mm256_div_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn multiply_add(self, y: Self, z: Self) -> Self {
            Self(unsafe { _mm256_fmadd_pd(self.0, y.0, z.0) })
        }
        #[inline(always)]
        fn multiply_subtract(self, y: Self, z: Self) -> Self {
            Self(unsafe { _mm256_fmsub_pd(self.0, y.0, z.0) })
        }
        #[inline(always)]
        fn negated_multiply_add(self, y: Self, z: Self) -> Self {
            Self(unsafe { _mm256_fnmadd_pd(self.0, y.0, z.0) })
        }
        #[inline(always)]
        fn square_root(self) -> Self {
            Self(unsafe { _mm256_sqrt_pd(self.0) })
        }
        #[inline(always)]
        fn absolute(self) -> Self {
            Self(unsafe { _mm256_andnot_pd(_mm256_set1_pd(-0.0), self.0) })
        }
        #[inline(always)]
        fn negate(self) -> Self {
            Self(unsafe { _mm256_xor_pd(_mm256_set1_pd(-0.0), self.0) })
        }
        #[inline(always)]
        fn floor(self) -> Self {
            Self(unsafe { _mm256_floor_pd(self.0) })
        }
        #[inline(always)]
        fn minimum(self, other: Self) -> Self {
            Self(unsafe { _mm256_min_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn maximum(self, other: Self) -> Self {
            Self(unsafe { _mm256_max_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn less(self, other: Self) -> Self::Mask {
            unsafe { _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, other.0) }
        }
        #[inline(always)]
        fn less_or_equal(self, other: Self) -> Self::Mask {
            unsafe { _mm256_cmp_pd::<_CMP_LE_OQ>(self.0, other.0) }
        }
        #[inline(always)]
        fn equal(self, other: Self) -> Self::Mask {
            unsafe { _mm256_cmp_pd::<_CMP_EQ_OQ>(self.0, other.0) }
        }
        #[inline(always)]
        fn select(mask: Self::Mask, x: Self, y: Self) -> Self {
            Self(unsafe { _mm256_blendv_pd(y.0, x.0, mask) })
        }
        #[inline(always)]
        fn all(mask: Self::Mask) -> bool {
            (unsafe { _mm256_movemask_pd(mask) }) == 0xf
        }
        #[inline(always)]
        fn has_bit(self, number: u32) -> Self::Mask {
            // A blend looks at the sign alone: the bit is moved there.
            unsafe {
                let count = _mm_cvtsi32_si128(63 - number.cast_signed());
                _mm256_castsi256_pd(_mm256_sll_epi64(_mm256_castpd_si256(self.0), count))
            }
        }
        #[inline(always)]
        fn scale(self, k: Self) -> Self {
            // Two factors, each a normal power of two: the first product is exact, the second rounds once. Adding 1.5 2^52
            // leaves a whole number in the lowest bits, which a shift makes an exponent.
            unsafe {
                let whole = _mm256_floor_pd(k.0);
                let first = _mm256_floor_pd(_mm256_mul_pd(whole, _mm256_set1_pd(0.5)));
                let second = _mm256_sub_pd(whole, first);
                let power = |exponent: __m256d| {
                    let shifted = _mm256_add_pd(exponent, _mm256_set1_pd(6_755_399_441_055_744.0 + 1023.0));
                    _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(shifted)))
                };
                Self(_mm256_mul_pd(_mm256_mul_pd(self.0, power(first)), power(second)))
            }
        }
        #[inline(always)]
        fn look_up(self, table: &[f64; 16]) -> Self {
            unsafe {
                let index = _mm256_and_si256(_mm256_castpd_si256(self.0), _mm256_set1_epi64x(15));
                Self(_mm256_i64gather_pd::<8>(table.as_ptr(), index))
            }
        }
        #[inline(always)]
        fn decompose(self) -> (Self, Self) {
            let mut lanes = [0.0; 4];
            unsafe {
                self.store(lanes.as_mut_ptr());
                let (mantissa, exponent) = lanes.decompose();
                (Self::load(mantissa.as_ptr()), Self::load(exponent.as_ptr()))
            }
        }
        #[inline(always)]
        fn map(self, function: fn(f64) -> f64) -> Self {
            let mut lanes = [0.0; 4];
            unsafe {
                self.store(lanes.as_mut_ptr());
                Self::load(lanes.map(function).as_ptr())
            }
        }
        #[inline(always)]
        fn map_with(self, other: Self, function: fn(f64, f64) -> f64) -> Self {
            let (mut x, mut y) = ([0.0; 4], [0.0; 4]);
            unsafe {
                self.store(x.as_mut_ptr());
                other.store(y.as_mut_ptr());
                let z: [f64; 4] = std::array::from_fn(|i| function(x[i], y[i]));
                Self::load(z.as_ptr())
            }
        }
    }
}

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

const LINE: usize = 8;

/// So many vectors are held: instructions run over groups of as many vectors, one group after the other. Few enough for the
/// registers of every processor, many enough to hide the time of an operation and of finding the next one.
const GROUP: usize = 8;

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

    /// How many lanes there are.
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

/// Runs code over a strip.
///
/// # Panics
/// When the code needs more registers than the strip has, or the processor lacks the level.
pub(crate) fn execute(level: Level, code: &Code, strip: &mut Strip) {
    assert!(code.lane_registers() <= strip.registers, "the strip has the code's lane registers");
    assert!(code.uniform_registers() <= strip.uniforms.len(), "the strip has the code's uniform registers");
    let memory = Memory {
        lanes: strip.storage.as_mut_ptr().cast(),
        pitch: strip.pitch * LINE,
        uniforms: strip.uniforms.as_ptr(),
        width: strip.width,
    };
    match level {
        // SAFETY: the registers were checked above, and the width when the strip was made.
        Level::Baseline => unsafe { run::<Plain>(code, memory) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => {
            debug_assert!(level.is_available(), "the processor has AVX2 and FMA");
            // SAFETY: as above, and a machine is made with available levels only.
            unsafe { run_avx2(code, memory) }
        }
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => {
            debug_assert!(level.is_available(), "the processor has AVX-512");
            // SAFETY: as above, and a machine is made with available levels only.
            unsafe { run_avx512(code, memory) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("only x86 has these levels, and a machine is made with available levels only"),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(code: &Code, memory: Memory) {
    // SAFETY: the caller's promise.
    unsafe { run::<x86::Four>(code, memory) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
unsafe fn run_avx512(code: &Code, memory: Memory) {
    // SAFETY: the caller's promise.
    unsafe { run::<x86::Eight>(code, memory) }
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

/// The registers as the loops see them.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    lanes: *mut f64,
    pitch: usize,
    uniforms: *const f64,
    width: usize,
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
        Each(unsafe { self.lanes.add((instruction.operands[position] as usize).wrapping_mul(self.pitch)) })
    }

    /// Writes a group to an instruction's target.
    #[inline(always)]
    unsafe fn store<V: Lanes>(self, instruction: &Instruction, held: [V; GROUP]) {
        // SAFETY: register numbers were checked by `execute`.
        unsafe {
            let target = self.lanes.add((instruction.target as usize).wrapping_mul(self.pitch));
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
        let target = $memory.lanes.add($instruction.target as usize * $memory.pitch);
        let mut first = 0;
        while first < $memory.width {
            let v0: V = { let $lane = first; $make };
            let v1: V = { let $lane = first.wrapping_add(V::WIDTH); $make };
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

/// Matches an operation against its possible values, so that inside `$body` it is a constant.
macro_rules! for_each_operation {
    ($operation:ident of $type:ident { $($variant:ident),* $(,)? }, $body:expr) => {
        match $operation { $($type::$variant => { let $operation = $type::$variant; $body })* }
    };
}

/// Runs code over a strip: group after group, each from the first instruction to the last.
#[inline(always)]
unsafe fn run<V: Lanes>(code: &Code, memory: Memory) {
    let width = GROUP * V::WIDTH;
    let mut first = 0;
    while first < memory.width {
        // SAFETY: the caller's promise; every lane of the group is inside the strip, whose width is a multiple of the group's.
        unsafe { run_group::<V>(code, Memory { lanes: memory.lanes.add(first), width, ..memory }) };
        first += width;
    }
}

/// `$make` for every vector of a group, `$lane` being its first lane.
macro_rules! group {
    (|$lane:ident| $make:expr) => {
        [
            { let $lane = 0; $make },
            { let $lane = V::WIDTH; $make },
            { let $lane = 2 * V::WIDTH; $make },
            { let $lane = 3 * V::WIDTH; $make },
            { let $lane = 4 * V::WIDTH; $make },
            { let $lane = 5 * V::WIDTH; $make },
            { let $lane = 6 * V::WIDTH; $make },
            { let $lane = 7 * V::WIDTH; $make },
        ]
    };
}

#[inline(always)]
unsafe fn run_group<V: Lanes>(code: &Code, memory: Memory) {
    let instructions = code.instructions();
    let mut held: [V; GROUP] = [V::splat(0.0); GROUP];
    let mut at = 0;
    macro_rules! position {
        (a) => { 0 };
        (b) => { 1 };
        (c) => { 2 };
        (d) => { 3 };
    }
    macro_rules! operand {
        (Lane, $instruction:ident, $position:expr) => { memory.each($instruction, $position) };
        (Uniform, $instruction:ident, $position:expr) => { memory.same::<V>($instruction, $position) };
        (Held, $instruction:ident, $position:expr) => { Held(held) };
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
unsafe fn run_general<V: Lanes>(instruction: &Instruction, memory: Memory) {
    // SAFETY: the caller's promise; every lane the loops touch is inside the strip.
    unsafe {
        match instruction.kernel {
            Kernel::Copy => with_either!(memory, instruction, [a = 0], fill!(memory, instruction, |i| a.at(i))),
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
                fill!(memory, instruction, |i| {
                    let left: V = a.at(i);
                    V::select(left.less(b.at(i)), c.at(i), d.at(i))
                })
            ),
            Kernel::Logistic => with_either!(
                memory,
                instruction,
                [a = 0, b = 1],
                fill!(memory, instruction, |i| elementary::logistic(a.at(i), b.at(i)))
            ),
            Kernel::LogisticOfDifference => with_either!(
                memory,
                instruction,
                [a = 0, b = 1, c = 2, d = 3],
                fill!(memory, instruction, |i| {
                    let (n, gain, centre, x): (V, V, V, V) = (a.at(i), b.at(i), c.at(i), d.at(i));
                    elementary::logistic(n, gain.multiply(centre.subtract(x)))
                })
            ),
            Kernel::LogisticOfProduct => with_either!(
                memory,
                instruction,
                [a = 0, b = 1, c = 2, d = 3, e = 4],
                fill!(memory, instruction, |i| {
                    let (n, gain, centre): (V, V, V) = (a.at(i), b.at(i), c.at(i));
                    let (weight, x): (V, V) = (d.at(i), e.at(i));
                    elementary::logistic(n, gain.multiply(weight.negated_multiply_add(x, centre)))
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
