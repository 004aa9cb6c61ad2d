//! Points that fill a box evenly, however many are taken. Knows nothing of what they are used for.

/// A point of the unit box by its number: the additive sequence of the powers of the generalised golden ratio, the root of
/// `x^(d+1) = x + 1` (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences"; for one dimension the golden ratio
/// itself). Made of sums and products only, so that it has the same bits everywhere.
pub fn low_discrepancy(dimensions: usize, number: u64) -> Vec<f64> {
    let ratio = golden_ratio(dimensions);
    let mut step = 1.0;
    let point = |_| {
        step /= ratio;
        (0.5 + step * (number + 1) as f64).fract()
    };
    (0..dimensions).map(point).collect()
}

/// The root of `x^(d+1) = x + 1` above 1, by Newton's method from above.
fn golden_ratio(dimensions: usize) -> f64 {
    let mut x: f64 = 2.0;
    for _ in 0..64 {
        let power = (0..dimensions).fold(1.0, |power, _| power * x);
        let slope = (dimensions + 1) as f64 * power - 1.0;
        x -= (power * x - x - 1.0) / slope;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratios_are_those_of_the_source() {
        // Roberts (2018): golden ratio, plastic number, and the next one.
        for (dimensions, known) in [(1, 1.618_033_988_75), (2, 1.324_717_957_24), (3, 1.220_744_084_61)] {
            assert!((golden_ratio(dimensions) - known).abs() < 1e-11);
        }
    }

    #[test]
    fn every_part_of_a_side_gets_its_share() {
        for axis in 0..3 {
            let mut counts = [0; 10];
            for number in 0..1000 {
                counts[(low_discrepancy(3, number)[axis] * 10.0) as usize] += 1;
            }
            assert!(counts.iter().all(|count| (95..=105).contains(count)), "{counts:?}");
        }
    }
}
