//! How sure an estimate is: from independent replicates, or by drawing rows again where there is one replicate. Knows no estimator.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// So often rows are drawn again.
pub(super) const RESAMPLES: usize = 200;
/// Rows are drawn again in so many random parts of all: the sums of a part are made once.
pub(super) const MOST_PARTS: usize = 2048;
/// 97.5 % of the standard normal distribution lies below.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The factor of a 95 % interval of so many degrees of freedom.
fn student(freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::NAN, |own| own.inverse_cdf(0.975))
}

/// How much wider an interval is whose spread is known from so many replicates than one of a known spread.
pub fn widening(replicates: u64) -> f64 {
    if replicates < 2 { 1.0 } else { student(replicates as usize - 1) / NORMAL }
}

fn spread(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
}

/// Half the width of the 95 % interval of a mean of independent estimates.
pub(super) fn of_replicates(estimates: &[f64]) -> f64 {
    let count = estimates.len();
    student(count - 1) * (spread(estimates) / (count - 1) as f64 / count as f64).sqrt()
}

/// The same from estimates each of which leaves one replicate out (Tukey's jackknife).
pub(super) fn of_left_out(estimates: &[f64]) -> f64 {
    let count = estimates.len();
    student(count - 1) * (spread(estimates) * (count - 1) as f64 / count as f64).sqrt()
}

/// The same from estimates of rows that were drawn again.
pub(super) fn of_resamples(estimates: &[f64]) -> f64 {
    let told: Vec<f64> = estimates.iter().copied().filter(|estimate| estimate.is_finite()).collect();
    if told.len() < 2 { f64::NAN } else { NORMAL * (spread(&told) / (told.len() - 1) as f64).sqrt() }
}

/// A hash of two numbers: `SplitMix64`'s finaliser (Steele, Lea & Flood 2014), so that draws are the same in every call.
pub(super) fn hash(one: u64, other: u64) -> u64 {
    let mut x = one.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ other.wrapping_add(0x632b_e59b_d9b4_e019);
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
    }
    x
}

/// A number of (0, 1) from a hash.
pub(super) fn unit(hash: u64) -> f64 {
    ((hash >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0
}

/// The part that a row belongs to, where there are so many rows.
pub(super) fn part_of(row: usize, rows: usize) -> usize {
    if rows <= MOST_PARTS { row } else { (hash(row as u64, 1) % MOST_PARTS as u64) as usize }
}

/// How often a part comes in a resample: a Poisson number of mean 1, which is what drawing with replacement gives.
pub(super) fn weight(resample: usize, part: usize) -> f64 {
    let (mut left, mut chance, mut count) =
        (unit(hash(part as u64, 2 + resample as u64)), (-1.0_f64).exp(), 0.0);
    while left > chance && count < 20.0 {
        left -= chance;
        count += 1.0;
        chance /= count;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factors_of_students_distribution_are_those_of_its_tables() {
        // Abramowitz & Stegun, table 26.10, two-sided 95 %.
        for (freedom, wanted) in [(1, 12.706), (2, 4.303), (7, 2.365), (9, 2.262), (30, 2.042), (511, 1.965)]
        {
            assert!((student(freedom) - wanted).abs() < 6e-4, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn leaving_one_out_and_the_replicates_themselves_agree_about_a_mean() {
        let estimates = [0.1, 0.4, 0.25, 0.3, 0.22];
        let sum: f64 = estimates.iter().sum();
        let left: Vec<f64> = estimates.iter().map(|own| (sum - own) / 4.0).collect();
        assert!((of_replicates(&estimates) - of_left_out(&left)).abs() < 1e-12);
    }

    #[test]
    fn weights_have_mean_and_variance_one() {
        let weights: Vec<f64> =
            (0..200).flat_map(|draw| (0..1000).map(move |part| weight(draw, part))).collect();
        let mean = weights.iter().sum::<f64>() / 2e5;
        let variance = spread(&weights) / 2e5;
        // Five standard errors of 2e5 Poisson numbers: their fourth central moment is 4.
        assert!((mean - 1.0).abs() < 0.012 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}
