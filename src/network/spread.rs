//! Values that differ from node to node by a rule: quantiles of a distribution, and points spread over an interval; the same on
//! every machine. Knows no parameters.

use crate::equation::elementary;
use crate::equation::graph::Unary;

/// A distribution of unit scale around 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Half-width 1 at half of the height.
    Lorentzian,
    /// Standard deviation 1.
    Gaussian,
    /// From -1 to 1.
    Uniform,
    /// Half of the nodes around `-centre`, half around `centre`, each Lorentzian of half-width 1.
    BimodalLorentzian {
        /// Half of the distance between the two.
        centre: f64,
    },
}

impl Distribution {
    /// The quantiles at `(i + 1/2)/n`, exactly symmetric around 0; of a bimodal one those of its halves, first the lower one.
    pub fn quantiles(self, n: usize) -> Vec<f64> {
        let all = |quantile: fn(f64) -> f64, n: usize| (0..n).map(move |i| quantile(from_median(i, n)));
        match self {
            Self::Lorentzian => all(lorentzian, n).collect(),
            Self::Gaussian => all(gaussian, n).collect(),
            Self::Uniform => all(|part| 2.0 * part, n).collect(),
            Self::BimodalLorentzian { centre } => {
                let lower = all(lorentzian, n / 2).map(|quantile| quantile - centre);
                lower.chain(all(lorentzian, n - n / 2).map(|quantile| quantile + centre)).collect()
            }
        }
    }
}

/// `(i + 1/2)/n - 1/2`, whose bits are those of its mirror image but for the sign.
fn from_median(i: usize, n: usize) -> f64 {
    ((2 * i + 1) as f64 - n as f64) / (2 * n) as f64
}

/// The quantile at `1/2 + part` is `tan(pi part)`.
fn lorentzian(part: f64) -> f64 {
    elementary::unary(Unary::Tangent, std::f64::consts::PI * part)
}

/// The quantile at `1/2 + part` to about 1e-16, where it is between 1e-11 and 1 - 1e-11 (M. J. Wichura, Applied Statistics 37:477,
/// 1988, algorithm AS 241, doi:10.2307/2347330).
fn gaussian(part: f64) -> f64 {
    let fraction = |above: &[f64], below: &[f64], x: f64| horner(above, x) / horner(below, x);
    if part.abs() <= 0.425 {
        return part * fraction(&NEAR_ABOVE, &NEAR_BELOW, 0.180_625 - part * part);
    }
    let tail = 0.5 - part.abs();
    let depth = (-elementary::unary(Unary::Logarithm, tail)).sqrt();
    fraction(&FAR_ABOVE, &FAR_BELOW, depth - 1.6).copysign(part)
}

fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const NEAR_ABOVE: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const NEAR_BELOW: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const FAR_ABOVE: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    0.000_774_545_014_278_341_4,
];
const FAR_BELOW: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    0.000_547_593_808_499_534_5,
    1.050_750_071_644_416_9e-9,
];

/// Parts of an interval at the middles of `n` equal pieces, in order.
pub fn even_parts(n: usize) -> Vec<f64> {
    (0..n).map(|i| (2 * i + 1) as f64 / (2 * n) as f64).collect()
}

/// Parts of an interval that fill it evenly, neighbours far apart: multiples of the inverse golden ratio without their whole part.
/// Values that follow the order of the nodes (quantiles) and these are unrelated, as independent draws would be.
pub fn golden_parts(n: usize) -> Vec<f64> {
    let part = |i: usize| {
        let multiple = 0.618_033_988_749_894_9 * (i + 1) as f64;
        multiple - multiple.floor()
    };
    (0..n).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_distribution_and_symmetric_to_the_last_bit() {
        // Python 3.11: statistics.NormalDist().inv_cdf and math.tan at (i + 1/2)/4.
        let cases = [
            (Distribution::Gaussian, [-1.150_349_380_376_008, -0.318_639_363_964_375_1]),
            (Distribution::Lorentzian, [-2.414_213_562_373_095, -0.414_213_562_373_095]),
            (Distribution::Uniform, [-0.75, -0.25]),
            (Distribution::BimodalLorentzian { centre: 3.0 }, [-4.0, -2.0]),
        ];
        for (distribution, wanted) in cases {
            let found = distribution.quantiles(4);
            assert!(
                found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 4e-15),
                "{found:?}"
            );
        }
        for distribution in cases.map(|(distribution, _)| distribution) {
            for n in [2, 10, 90, 2000] {
                let quantiles = distribution.quantiles(n);
                assert!(
                    quantiles
                        .iter()
                        .zip(quantiles.iter().rev())
                        .all(|(one, other)| one.to_bits() == (-other).to_bits())
                );
                let rises = |half: &[f64]| half.windows(2).all(|pair| pair[0] < pair[1]);
                assert!(rises(&quantiles[..n / 2]) && rises(&quantiles[n / 2..]));
            }
        }
        // The lowest of 4096, the farthest that is ever asked for: inv_cdf(1/8192).
        assert!((Distribution::Gaussian.quantiles(4096)[0] + 3.668_329_285_121_323).abs() < 4e-15 * 4.0);
    }

    #[test]
    fn parts_fill_the_interval_evenly() {
        assert_eq!(even_parts(4), [0.125, 0.375, 0.625, 0.875]);
        let mut parts = golden_parts(144);
        assert!((parts[0] - 0.618_033_988_749_894_9).abs() < 1e-15);
        parts.sort_by(f64::total_cmp);
        let gaps = parts.windows(2).map(|pair| pair[1] - pair[0]);
        // Three gaps at most (V. T. Sós, 1958), none twice as large as its share.
        assert!(gaps.fold(0.0, f64::max) < 2.0 / 144.0);
    }
}
