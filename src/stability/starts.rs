//! Points that fill a box evenly, for Newton's method to start from. Knows nothing of models.

/// Where a variable is looked for: from, to.
pub type Range = [f64; 2];

/// The range around values of one variable: widened by its own width, or by the size of the values where that is larger (1 where
/// all are 0), but not across 0, which for a rate or a concentration would be without meaning.
pub fn surroundings(values: impl Iterator<Item = f64> + Clone) -> Range {
    let from = values.clone().fold(f64::INFINITY, f64::min);
    let to = values.fold(f64::NEG_INFINITY, f64::max);
    let size = from.abs().max(to.abs());
    if !size.is_finite() || size == 0.0 {
        return [-1.0, 1.0];
    }
    let width = (to - from).max(size);
    let lower = if from >= 0.0 { (from - width).max(0.0) } else { from - width };
    let upper = if to <= 0.0 { (to + width).min(0.0) } else { to + width };
    [lower, upper]
}

/// The `number`-th point (from 0) of a sequence that fills a box evenly, `[dimension]`: multiples of powers of the root of
/// `x^(d+1) = x + 1`, the golden ratio in one dimension (Roberts 2018, The unreasonable effectiveness of quasirandom
/// sequences). No function of the C library is called, so that it has the same bits everywhere.
pub fn place(ranges: &[Range], number: usize) -> Vec<f64> {
    let dimension = ranges.len();
    let power = |x: f64, exponent: usize| (0..exponent).fold(1.0, |product, _| product * x);
    let mut root: f64 = 2.0;
    for _ in 0..64 {
        let (value, slope) = (power(root, dimension + 1), (dimension + 1) as f64 * power(root, dimension));
        root -= (value - root - 1.0) / (slope - 1.0);
    }
    let at = |(axis, [from, to]): (usize, &Range)| {
        let part = (0.5 + (number + 1) as f64 / power(root, axis + 1)).fract();
        from + (to - from) * part
    };
    ranges.iter().enumerate().map(at).collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is exact is compared exactly")]
mod tests {
    use super::*;

    #[test]
    fn the_points_fill_every_part_of_a_box() {
        for dimension in 1..=3 {
            let ranges = vec![[-2.0, 2.0]; dimension];
            let mut seen = vec![false; 1 << dimension];
            for number in 0..8 * seen.len() {
                let point = place(&ranges, number);
                assert!(point.iter().all(|x| (-2.0..2.0).contains(x)));
                seen[point.iter().fold(0, |at, x| 2 * at + usize::from(*x > 0.0))] = true;
            }
            assert!(seen.iter().all(|seen| *seen), "{dimension}");
        }
        // One dimension: the golden ratio.
        assert!((place(&[[0.0, 1.0]], 0)[0] - (0.5 + 0.618_033_988_749_895_f64).fract()).abs() < 1e-12);
    }

    #[test]
    fn surroundings_do_not_cross_zero() {
        assert_eq!(surroundings([0.1, 0.8].into_iter()), [0.0, 1.6]);
        assert_eq!(surroundings([-2.0, -0.2].into_iter()), [-4.0, 0.0]);
        assert_eq!(surroundings([-1.0, 3.0].into_iter()), [-5.0, 7.0]);
        assert_eq!(surroundings([0.0].into_iter()), [-1.0, 1.0]);
        assert_eq!(surroundings([f64::NAN].into_iter()), [-1.0, 1.0]);
    }
}
