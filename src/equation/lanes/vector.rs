//! What a vector of lanes can do, and plain arrays as vectors. Knows no instruction set and no program.
#![expect(unsafe_code, reason = "vectors are read and written in place")]
#![expect(
    clippy::inline_always,
    reason = "the loops must be compiled inside functions that enable the vector instructions"
)]

/// A vector of f64 lanes with IEEE arithmetic. `minimum` and `maximum` give the second operand where either is NaN.
pub(crate) trait Lanes: Copy {
    /// One truth per lane.
    type Mask: Copy;
    /// How many lanes a vector has.
    const WIDTH: usize;

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
