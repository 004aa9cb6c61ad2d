//! The elementary functions on lanes, written once for every vector type, so that all of them give equal bits.
//! Knows nothing of programs.
//!
//! | function | domain | largest error |
//! |---|---|---|
//! | `exp` | all | 2 ulp |
//! | `log` | all; negative is NaN, 0 is `-inf` | 2 ulp |
//! | `sin`, `cos` | all; beyond `2^30` lane by lane through `libm` | 2 ulp |
//! | `tanh` | all | 2 ulp |
//! | `sqrt`, `flr`, `abs`, `min`, `max` | all | exact |
//! | `pow` | as `libm`, 4 ulp | lane by lane through `libm`, likewise `tan asin acos atan atan2 sinh cosh log10` (2 ulp) |
//!
//! `libm` is a pure Rust port of musl's library: its bits do not depend on the machine either.
//! Coefficients are Chebyshev interpolants computed with 60 digits; the reduction constants are sums of leading bits.

#![expect(
    clippy::inline_always,
    reason = "the loops of `lanes` must compile them with the vector instructions"
)]

use super::lanes::Lanes;
use super::operation::{Binary, Fused, Unary};

const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `2^(j/16)`: the fraction of the exponent of `exp`, looked up by four bits.
#[allow(
    clippy::approx_constant,
    reason = "the eighth entry is the square root of two, like its neighbours a table value"
)]
static SIXTEENTHS: [f64; 16] = [
    1.0,
    1.044_273_782_427_413_8,
    1.090_507_732_665_257_7,
    1.138_788_634_756_691_6,
    1.189_207_115_002_721,
    1.241_857_812_073_484,
    1.296_839_554_651_009_6,
    1.354_255_546_936_892_7,
    1.414_213_562_373_095_1,
    1.476_826_145_939_499_3,
    1.542_210_825_407_940_7,
    1.610_490_331_949_254_3,
    1.681_792_830_507_429,
    1.756_252_160_373_299_5,
    1.834_008_086_409_342_4,
    1.915_206_561_397_147_4,
];

/// Adding it leaves a number rounded to whole sixteenths, with their count in the lowest bits.
const ROUND_TO_SIXTEENTHS: f64 = 6_755_399_441_055_744.0 / 16.0;
/// Adding it leaves a number rounded to a whole, with that whole in the lowest bits.
const ROUND_TO_WHOLE: f64 = 6_755_399_441_055_744.0;

/// `e^x`. `x = k/16 ln 2 + r`: a table entry, a polynomial in `r`, a power of two.
#[inline(always)]
pub(crate) fn exp<V: Lanes>(x: V) -> V {
    // Beyond these bounds the result is 0 or infinite all the same, and k stays a small whole number. NaN passes.
    let x = V::splat(-746.0).maximum(V::splat(710.0).minimum(x));
    let shifted = x.multiply_add(V::splat(std::f64::consts::LOG2_E), V::splat(ROUND_TO_SIXTEENTHS));
    let k = shifted.subtract(V::splat(ROUND_TO_SIXTEENTHS));
    let r = k.negated_multiply_add(V::splat(LN2_HIGH), x);
    let r = k.negated_multiply_add(V::splat(LN2_LOW), r);
    let tail = V::splat(0.001_388_903_463_966_586_4)
        .multiply_add(r, V::splat(0.008_333_449_934_107_185))
        .multiply_add(r, V::splat(0.041_666_666_664_953_62))
        .multiply_add(r, V::splat(0.166_666_666_652_962_23))
        .multiply_add(r, V::splat(0.5));
    let rest = r.multiply(r).multiply_add(tail, r);
    let entry = shifted.look_up(&SIXTEENTHS);
    entry.multiply_add(rest, entry).scale(k)
}

/// The natural logarithm. `x = 2^e m` with `m` within a root of two of 1, `log m` by the series of `atanh`.
#[inline(always)]
pub(crate) fn log<V: Lanes>(x: V) -> V {
    let (mantissa, exponent) = x.decompose();
    let is_large = V::splat(std::f64::consts::SQRT_2).less(mantissa);
    let mantissa = V::select(is_large, mantissa.multiply(V::splat(0.5)), mantissa);
    let exponent = V::select(is_large, exponent.add(V::splat(1.0)), exponent);
    let f = mantissa.subtract(V::splat(1.0));
    let s = f.divide(f.add(V::splat(2.0)));
    let z = s.multiply(s);
    let series = V::splat(0.146_167_211_798_616_2)
        .multiply_add(z, V::splat(0.153_316_996_335_438_58))
        .multiply_add(z, V::splat(0.181_828_897_861_910_42))
        .multiply_add(z, V::splat(0.222_222_111_257_228_1))
        .multiply_add(z, V::splat(0.285_714_286_260_310_65))
        .multiply_add(z, V::splat(0.399_999_999_998_993_8))
        .multiply_add(z, V::splat(0.666_666_666_666_667))
        .multiply(z);
    let half_square = f.multiply(f).multiply(V::splat(0.5));
    let correction = s.multiply(half_square.add(series));
    let low = exponent.multiply_add(V::splat(LN2_LOW), correction);
    let value = exponent.multiply_add(V::splat(LN2_HIGH), f.subtract(half_square.subtract(low)));
    let infinite = V::splat(f64::INFINITY);
    let value = V::select(x.less(infinite), value, x); // infinite and NaN are their own logarithms
    let value = V::select(x.equal(V::splat(0.0)), V::splat(f64::NEG_INFINITY), value);
    V::select(x.less(V::splat(0.0)), V::splat(f64::NAN), value)
}

/// Where the reduction by multiples of a right angle stays exact.
const LARGEST_FAST_ANGLE: f64 = 1_073_741_824.0;

/// Sine, or cosine with `turn` 1: `x = k pi/2 + r`, a polynomial in `r` chosen by the quadrant.
#[inline(always)]
fn sine_of_quadrant<V: Lanes>(x: V, turn: f64, slow: fn(f64) -> f64) -> V {
    let shifted = x.multiply_add(V::splat(std::f64::consts::FRAC_2_PI), V::splat(ROUND_TO_WHOLE));
    let k = shifted.subtract(V::splat(ROUND_TO_WHOLE));
    let r = k.negated_multiply_add(V::splat(std::f64::consts::FRAC_PI_2), x);
    let r = k.negated_multiply_add(V::splat(6.123_233_995_736_766e-17), r);
    let r = k.negated_multiply_add(V::splat(-1.497_384_904_859_169_8e-33), r);
    let z = r.multiply(r);
    let sine = V::splat(1.591_810_123_027_412e-10)
        .multiply_add(z, V::splat(-2.505_113_145_542_794_6e-8))
        .multiply_add(z, V::splat(2.755_731_610_068_303e-6))
        .multiply_add(z, V::splat(-0.000_198_412_698_367_549_7))
        .multiply_add(z, V::splat(0.008_333_333_333_330_946))
        .multiply_add(z, V::splat(-0.166_666_666_666_666_66));
    let sine = r.multiply(z).multiply_add(sine, r);
    let cosine = V::splat(-1.138_261_485_686_832_5e-11)
        .multiply_add(z, V::splat(2.087_614_602_468_974_5e-9))
        .multiply_add(z, V::splat(-2.755_731_727_056_032_6e-7))
        .multiply_add(z, V::splat(2.480_158_729_876_343_3e-5))
        .multiply_add(z, V::splat(-0.001_388_888_888_888_739_5))
        .multiply_add(z, V::splat(0.041_666_666_666_666_664));
    let head = z.negated_multiply_add(V::splat(0.5), V::splat(1.0));
    // What rounding `1 - z/2` lost is given back.
    let lost = z.negated_multiply_add(V::splat(0.5), V::splat(1.0).subtract(head));
    let cosine = head.add(z.multiply(z).multiply_add(cosine, lost));
    let quadrant = k.add(V::splat(turn)).add(V::splat(ROUND_TO_WHOLE));
    let value = V::select(quadrant.has_bit(0), cosine, sine);
    let value = V::select(quadrant.has_bit(1), value.negate(), value);
    let is_fast = x.absolute().less_or_equal(V::splat(LARGEST_FAST_ANGLE));
    if V::all(is_fast) { value } else { V::select(is_fast, value, x.map(slow)) }
}

/// `sin x`, in radian.
#[inline(always)]
pub(crate) fn sin<V: Lanes>(x: V) -> V {
    // The smallest arguments are their own sine; a negative zero keeps its sign.
    let is_tiny = x.absolute().less(V::splat(1e-9));
    V::select(is_tiny, x, sine_of_quadrant(x, 0.0, libm::sin))
}

/// `cos x`, in radian.
#[inline(always)]
pub(crate) fn cos<V: Lanes>(x: V) -> V {
    sine_of_quadrant(x, 1.0, libm::cos)
}

/// `tanh x`: a polynomial near 0, `1 - 2/(e^2x + 1)` beyond.
#[inline(always)]
pub(crate) fn tanh<V: Lanes>(x: V) -> V {
    let size = x.absolute();
    let z = x.multiply(x);
    let near = V::splat(-2.002_215_475_270_607_4e-5)
        .multiply_add(z, V::splat(8.425_831_844_088_98e-5))
        .multiply_add(z, V::splat(-0.000_234_101_163_389_023_62))
        .multiply_add(z, V::splat(0.000_588_752_158_865_985_6))
        .multiply_add(z, V::splat(-0.001_455_623_647_981_603))
        .multiply_add(z, V::splat(0.003_592_105_489_018_672_3))
        .multiply_add(z, V::splat(-0.008_863_234_018_108_599))
        .multiply_add(z, V::splat(0.021_869_488_476_807_385))
        .multiply_add(z, V::splat(-0.053_968_253_967_055_84))
        .multiply_add(z, V::splat(0.133_333_333_333_323_87))
        .multiply_add(z, V::splat(-0.333_333_333_333_333_3));
    let near = x.multiply(z).multiply_add(near, x);
    let growth = exp(size.add(size)).add(V::splat(1.0));
    let far = V::splat(1.0).subtract(V::splat(2.0).divide(growth));
    let far = V::select(x.less(V::splat(0.0)), far.negate(), far);
    V::select(size.less(V::splat(0.5625)), near, far)
}

/// `n / (1 + e^x)`
#[inline(always)]
pub(crate) fn logistic<V: Lanes>(n: V, x: V) -> V {
    n.divide(V::splat(1.0).add(exp(x)))
}

/// `numerator / (1 + exp(gain (centre - x)))`
#[inline(always)]
pub(crate) fn logistic_of_difference<V: Lanes>(numerator: V, gain: V, centre: V, x: V) -> V {
    logistic(numerator, gain.multiply(centre.subtract(x)))
}

/// `numerator / (1 + exp(gain (centre - weight x)))`
#[inline(always)]
pub(crate) fn logistic_of_product<V: Lanes>(numerator: V, gain: V, centre: V, weight: V, x: V) -> V {
    logistic(numerator, gain.multiply(weight.negated_multiply_add(x, centre)))
}

/// `mod(x, y)`: the remainder has the sign of `y`.
#[inline(always)]
fn modulo<V: Lanes>(x: V, y: V) -> V {
    x.divide(y).floor().negated_multiply_add(y, x)
}

/// Any unary operation on lanes.
#[inline(always)]
pub(crate) fn unary_on_lanes<V: Lanes>(operation: Unary, x: V) -> V {
    match operation {
        Unary::Negate => x.negate(),
        Unary::Absolute => x.absolute(),
        Unary::Sign => {
            let positive = V::select(V::splat(0.0).less(x), V::splat(1.0), V::splat(0.0));
            V::select(x.less(V::splat(0.0)), V::splat(-1.0), positive)
        }
        Unary::Floor => x.floor(),
        Unary::SquareRoot => x.square_root(),
        Unary::Exponential => exp(x),
        Unary::Logarithm => log(x),
        Unary::Logarithm10 => x.map(libm::log10),
        Unary::Sine => sin(x),
        Unary::Cosine => cos(x),
        Unary::Tangent => x.map(libm::tan),
        Unary::ArcSine => x.map(libm::asin),
        Unary::ArcCosine => x.map(libm::acos),
        Unary::ArcTangent => x.map(libm::atan),
        Unary::HyperbolicSine => x.map(libm::sinh),
        Unary::HyperbolicCosine => x.map(libm::cosh),
        Unary::HyperbolicTangent => tanh(x),
        Unary::Not => V::truth(x.equal_to_zero()),
    }
}

/// Any binary operation on lanes.
#[inline(always)]
pub(crate) fn binary_on_lanes<V: Lanes>(operation: Binary, x: V, y: V) -> V {
    match operation {
        Binary::Add => x.add(y),
        Binary::Subtract => x.subtract(y),
        Binary::Multiply => x.multiply(y),
        Binary::Divide => x.divide(y),
        Binary::Minimum => x.minimum(y),
        Binary::Maximum => x.maximum(y),
        Binary::Power => x.map_with(y, libm::pow),
        Binary::Modulo => modulo(x, y),
        Binary::ArcTangent2 => x.map_with(y, libm::atan2),
        Binary::Less => V::truth(x.less(y)),
        Binary::LessOrEqual => V::truth(x.less_or_equal(y)),
        Binary::Equal => V::truth(x.equal(y)),
        Binary::NotEqual => V::select(x.equal(y), V::splat(0.0), V::splat(1.0)),
        Binary::And => V::select(
            x.equal_to_zero(),
            V::splat(0.0),
            V::select(y.equal_to_zero(), V::splat(0.0), V::splat(1.0)),
        ),
        Binary::Or => V::select(
            x.equal_to_zero(),
            V::select(y.equal_to_zero(), V::splat(0.0), V::splat(1.0)),
            V::splat(1.0),
        ),
    }
}

/// Any fused operation on lanes.
#[inline(always)]
pub(crate) fn fused_on_lanes<V: Lanes>(operation: Fused, x: V, y: V, z: V) -> V {
    match operation {
        Fused::MultiplyAdd => x.multiply_add(y, z),
        Fused::MultiplySubtract => x.multiply_subtract(y, z),
        Fused::NegatedMultiplyAdd => x.negated_multiply_add(y, z),
    }
}

/// A unary operation on one number: the bits that any lane gets.
pub fn unary(operation: Unary, x: f64) -> f64 {
    unary_on_lanes(operation, [x])[0]
}

/// A binary operation on two numbers: the bits that any lane gets.
pub fn binary(operation: Binary, x: f64, y: f64) -> f64 {
    binary_on_lanes(operation, [x], [y])[0]
}

/// A fused operation on three numbers: the bits that any lane gets.
pub fn fused(operation: Fused, x: f64, y: f64, z: f64) -> f64 {
    fused_on_lanes(operation, [x], [y], [z])[0]
}

/// `condition ? x : y` on numbers, with the condition "not 0" (NaN is not 0).
pub fn select(condition: f64, x: f64, y: f64) -> f64 {
    if condition == 0.0 { y } else { x }
}
