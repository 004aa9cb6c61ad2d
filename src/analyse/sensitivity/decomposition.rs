//! Balanced analysis of variance: Sobol' indices and Shapley effects of one output on a full grid, exactly; and what is left of them
//! where values are missing. Knows nothing of maps.
//!
//! With every combination of values once and of equal weight, the inputs are independent, and the variances of conditional means
//! `c(u) = Var E(Y | x_u)` are sums of squares of a balanced analysis of variance (Efron & Stein 1981, Ann Stat 9:586; Sobol' 1993, Math
//! Model Comput Exp 1:407).

use std::collections::BTreeMap;

use super::sums::{Grid, Set, Sums};

/// Shapley effects need all 2^k sets of inputs; beyond so many inputs they are not computed.
pub(super) const MOST_FOR_SHAPLEY: usize = 8;

/// Indices of exact arithmetic are not negative; less than this is what rounding left.
const ROUNDING: f64 = 1e-12;

/// Variances of conditional means of one output, or of several together.
#[derive(Clone, Debug)]
pub(super) struct Decomposition {
    inputs: usize,
    variance: f64,
    /// Var E(Y | inputs of a set); absent what could not be kept.
    closed: BTreeMap<Set, f64>,
    /// Whether the inputs are independent, as on a full grid without undefined values.
    is_balanced: bool,
}

impl Decomposition {
    /// Of one output.
    pub(super) fn of(sums: &Sums, grid: &Grid) -> Self {
        let inputs = grid.inputs();
        let is_balanced = sums.undefined() == 0;
        let closed = if is_balanced {
            sets(grid).into_iter().filter_map(|set| Some((set, sums.closed(set)?))).collect()
        } else {
            (0..inputs).map(|input| (1 << input, sums.of_groups(input))).collect()
        };
        Self { inputs, variance: sums.variance(), closed, is_balanced }
    }

    /// Of all labels together: `V_u` is the sum over the labels of `V_u(1_label)` (Gamboa et al. 2014, Electron J Stat 8:575, for a vector of
    /// outputs). `None` of no labels.
    pub(super) fn together(parts: &[&Self]) -> Option<Self> {
        let mut whole = (*parts.first()?).clone();
        for part in &parts[1..] {
            whole.variance += part.variance;
            whole.is_balanced &= part.is_balanced;
            whole.closed.retain(|set, _| part.closed.contains_key(set));
            for (set, value) in &mut whole.closed {
                *value += part.closed[set];
            }
        }
        Some(whole)
    }

    /// Whether the inputs are independent, so that indices other than the first order have a meaning.
    pub(super) fn is_balanced(&self) -> bool {
        self.is_balanced
    }

    /// Whether there is no variance to explain.
    pub(super) fn is_constant(&self) -> bool {
        self.variance <= 0.0
    }

    /// How many inputs there are.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// The part of the variance in a difference; `None` of a constant.
    fn part(&self, difference: f64) -> Option<f64> {
        let part = difference / self.variance;
        let part = if part < ROUNDING { 0.0 } else { part };
        (self.variance > 0.0).then_some(part)
    }

    fn get(&self, set: Set) -> Option<f64> {
        if set == 0 { Some(0.0) } else { self.closed.get(&set).copied() }
    }

    /// `S1 = Var E(Y | x_i) / Var Y`; where values are missing the correlation ratio of the groups, which is the same formula.
    pub(super) fn first(&self, input: usize) -> Option<f64> {
        self.part(self.get(1 << input)?)
    }

    /// `ST = 1 - Var E(Y | all but x_i) / Var Y`; `None` without balance.
    pub(super) fn total(&self, input: usize) -> Option<f64> {
        let all = self.all();
        self.part(self.variance - self.get(all & !(1 << input)).filter(|_| self.is_balanced)?)
    }

    /// `S2 = (Var E(Y | x_i, x_j) - Var E(Y | x_i) - Var E(Y | x_j)) / Var Y`; `None` without balance.
    pub(super) fn second(&self, one: usize, other: usize) -> Option<f64> {
        let both = self.get(1 << one | 1 << other).filter(|_| self.is_balanced)?;
        self.part(both - self.get(1 << one)? - self.get(1 << other)?)
    }

    /// The Shapley effect: the mean over all orders of the inputs of what an input adds to the explained variance (Owen 2014, SIAM/ASA
    /// J Uncertain Quantif 2:245). They sum to 1. `None` without balance, and of more than 8 inputs.
    pub(super) fn shapley(&self, input: usize) -> Option<f64> {
        if !self.is_balanced || self.inputs > MOST_FOR_SHAPLEY {
            return None;
        }
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let mut sum = 0.0;
        for set in (0..=self.all()).filter(|set| set >> input & 1 == 0) {
            let (size, inputs) = (set.count_ones(), self.inputs as u32);
            let weight = factorial(size) * factorial(inputs - size - 1) / factorial(inputs);
            sum += weight * (self.get(set | 1 << input)? - self.get(set)?);
        }
        self.part(sum)
    }

    fn all(&self) -> Set {
        (0..self.inputs).fold(0, |set, input| set | 1 << input)
    }
}

/// The sets whose variances are wanted.
fn sets(grid: &Grid) -> Vec<Set> {
    let (inputs, all) = (grid.inputs(), grid.all());
    if inputs <= MOST_FOR_SHAPLEY {
        return (1..=all).collect();
    }
    let mut sets = vec![all];
    for one in 0..inputs {
        sets.extend([1 << one, all & !(1 << one)]);
        sets.extend((0..one).map(|other| 1 << one | 1 << other));
    }
    sets
}

/// The sets over which sums are kept, so that all others follow from them: all inputs but one; where that is more than `most`
/// numbers, all pairs, without which no ST is known; and nothing where those are too many as well.
pub(super) fn kept(grid: &Grid, most: u128) -> Vec<Set> {
    let size = |sets: &[Set]| sets.iter().map(|&set| grid.size(set)).sum::<u128>();
    let all_but_one: Vec<Set> = (0..grid.inputs()).map(|input| grid.all() & !(1 << input)).collect();
    if size(&all_but_one) <= most {
        return all_but_one;
    }
    let pairs: Vec<Set> =
        (0..grid.inputs()).flat_map(|one| (0..one).map(move |other| 1 << one | 1 << other)).collect();
    if size(&pairs) <= most { pairs } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decomposes a function of integer coordinates that arrives in pieces of two values a side.
    fn decompose(lengths: &[u64], most: u128, value: impl Fn(&[u64]) -> f64) -> Decomposition {
        let grid = Grid::new(lengths.to_vec());
        let mut sums = Sums::new(&grid, &kept(&grid, most));
        let chunk: Vec<u64> = lengths.iter().map(|length| 2.min(*length)).collect();
        for piece in crate::analyse::pieces::pieces(lengths, &chunk) {
            let points = piece.1.iter().product::<u64>() as usize;
            let mut values: Vec<f64> = (0..points)
                .map(|number| value(&crate::analyse::pieces::coordinates(&piece, number)))
                .collect();
            sums.add(&piece.0, &piece.1, &mut values);
        }
        Decomposition::of(&sums, &grid)
    }

    fn assert_near(found: Option<f64>, expected: f64) {
        let found = found.expect("an index");
        assert!((found - expected).abs() < 1e-10, "{found} instead of {expected}");
    }

    #[test]
    fn a_parity_has_no_first_order_and_all_of_its_variance_in_the_pair() {
        let parity = decompose(&[4, 2, 3], u128::MAX, |x| ((x[0] + x[1]) % 2) as f64);
        for (input, total, shapley) in [(0, 1.0, 0.5), (1, 1.0, 0.5), (2, 0.0, 0.0)] {
            assert_eq!(parity.first(input), Some(0.0));
            assert_near(parity.total(input), total);
            assert_near(parity.shapley(input), shapley);
        }
        assert_near(parity.second(0, 1), 1.0);
        assert_eq!(parity.second(0, 2), Some(0.0));
        assert_eq!(parity.total(2), Some(0.0), "an input without effect has exactly none");
    }

    #[test]
    fn a_sum_has_the_variances_of_its_terms() {
        // Var of 0..n-1 is (n^2 - 1) / 12: 1.25, 2/3 and 0.25, times squared factors 1, 9 and 4; in all 8.25.
        let sum = decompose(&[4, 3, 2], u128::MAX, |x| x[0] as f64 + 3.0 * x[1] as f64 - 2.0 * x[2] as f64);
        for (input, variance) in [(0, 1.25), (1, 6.0), (2, 1.0)] {
            assert_near(sum.first(input), variance / 8.25);
            assert_near(sum.total(input), variance / 8.25);
            assert_near(sum.shapley(input), variance / 8.25);
        }
        assert_eq!(sum.second(0, 1), Some(0.0));
    }

    #[test]
    fn a_product_has_the_indices_of_its_closed_form() {
        // Y = x0 x1 on {0, 1} x {0, 1, 2}: E x0 = 1/2, Var x0 = 1/4, E x1 = 1, Var x1 = 2/3; V_0 = 1/4, V_1 = 1/6, V_01 = 1/6, V = 7/12.
        let product = decompose(&[2, 3], u128::MAX, |x| (x[0] * x[1]) as f64);
        assert_near(product.first(0), 3.0 / 7.0);
        assert_near(product.first(1), 2.0 / 7.0);
        assert_near(product.second(0, 1), 2.0 / 7.0);
        assert_near(product.total(0), 5.0 / 7.0);
        assert_near(product.shapley(0), 4.0 / 7.0);
    }

    #[test]
    fn an_offset_changes_no_index() {
        let wave = |x: &[u64]| (1.7 * x[0] as f64).sin() * (x[1] as f64 + 0.3 * x[2] as f64).cos();
        let (plain, moved) =
            (decompose(&[5, 4, 3], u128::MAX, wave), decompose(&[5, 4, 3], u128::MAX, |x| wave(x) + 1000.0));
        for input in 0..3 {
            assert_near(moved.first(input), plain.first(input).unwrap());
            assert_near(moved.total(input), plain.total(input).unwrap());
        }
    }

    #[test]
    fn a_constant_has_no_index_and_an_undefined_value_leaves_the_groups() {
        let constant = decompose(&[3, 4], u128::MAX, |_| 0.1);
        assert_eq!((constant.first(0), constant.total(1)), (None, None));
        // One corner of {0, 1}^2 is missing: the means of x0 are 0 (of two) and 1 (of one), V = 2/9, all of it between the groups.
        let holed = decompose(&[2, 2], u128::MAX, |x| if x == [1, 1] { f64::NAN } else { x[0] as f64 });
        assert!(!holed.is_balanced());
        assert_near(holed.first(0), 1.0);
        // Groups of x1: {0, 1} with mean 1/2, {0}; grand mean 1/3: (2/36 + 1/9) / 3 = 1/18, of 2/9 it is 1/4.
        assert_near(holed.first(1), 0.25);
        assert_eq!((holed.total(0), holed.second(0, 1), holed.shapley(0)), (None, None, None));
    }

    #[test]
    fn where_memory_is_short_pairs_are_known_and_totals_are_not() {
        let value = |x: &[u64]| (x[0] * x[1] + x[2] * x[3]) as f64;
        let (whole, short) =
            (decompose(&[3, 4, 3, 5], u128::MAX, value), decompose(&[3, 4, 3, 5], 100, value));
        assert_eq!((short.total(0), short.shapley(0)), (None, None));
        assert_near(short.first(3), whole.first(3).unwrap());
        assert_near(short.second(0, 1), whole.second(0, 1).unwrap());
        let least = decompose(&[3, 4, 3, 5], 10, value);
        assert_near(least.first(3), whole.first(3).unwrap());
        assert_eq!(least.second(0, 1), None);
    }

    /// Var of the means of groups of points, straight from the definition.
    fn by_definition(lengths: &[u64], set: Set, values: &[(Vec<u64>, f64)]) -> f64 {
        let key = |x: &[u64]| -> Vec<u64> {
            (0..lengths.len()).filter(|input| set >> input & 1 == 1).map(|input| x[input]).collect()
        };
        let mut groups: BTreeMap<Vec<u64>, (f64, f64)> = BTreeMap::new();
        for (x, value) in values {
            let group = groups.entry(key(x)).or_default();
            *group = (group.0 + 1.0, group.1 + value);
        }
        let mean = values.iter().map(|(_, value)| value).sum::<f64>() / values.len() as f64;
        groups.values().map(|(n, sum)| n * (sum / n - mean).powi(2)).sum::<f64>() / values.len() as f64
    }

    proptest! {
        #[test]
        fn every_index_is_that_of_a_plain_analysis_of_variance(
            lengths in proptest::collection::vec(1_u64..5, 1..5),
            seed in 1_u64..1_000_000,
        ) {
            let value = |x: &[u64]| {
                let mixed = x.iter().fold(seed, |state, digit| {
                    (state ^ digit).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
                });
                (mixed % 1000) as f64
            };
            let whole = (vec![0; lengths.len()], lengths.clone());
            let points = lengths.iter().product::<u64>() as usize;
            let values: Vec<(Vec<u64>, f64)> = (0..points)
                .map(|number| crate::analyse::pieces::coordinates(&whole, number))
                .map(|x| { let y = value(&x); (x, y) })
                .collect();
            let found = decompose(&lengths, u128::MAX, value);
            let all: Set = (1 << lengths.len()) - 1;
            let closed = |set| by_definition(&lengths, set, &values);
            let variance = closed(all);
            let near = |found: Option<f64>, expected: f64| {
                found.map_or(variance == 0.0, |found| (found - expected / variance).abs() < 1e-10)
            };
            for one in 0..lengths.len() {
                let own = 1 << one;
                prop_assert!(near(found.first(one), closed(own)));
                prop_assert!(near(found.total(one), variance - closed(all & !own)));
                for other in 0..one {
                    let both = closed(own | 1 << other) - closed(own) - closed(1 << other);
                    prop_assert!(near(found.second(one, other), both.max(0.0)));
                }
            }
            let sum: Option<f64> = (0..lengths.len()).map(|input| found.shapley(input)).sum();
            prop_assert!(sum.map_or(variance == 0.0, |sum| (sum - 1.0).abs() < 1e-10));
        }
    }
}
