//! Vectors of the x86 instruction sets. Their intrinsics are called only inside functions that enable them, which
//! [`execute`](super::strip::execute) enters only when the processor has them. Knows no program.
#![expect(unsafe_code, reason = "vector intrinsics")]
#![expect(
    clippy::inline_always,
    reason = "the loops must be compiled inside functions that enable the vector instructions"
)]

#[allow(clippy::wildcard_imports, reason = "sixty intrinsics, whose names say where they come from")]
use std::arch::x86_64::*;

use super::vector::Lanes;

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
