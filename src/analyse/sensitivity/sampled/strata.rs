//! First-order indices from group means: the points of A and B in groups of equal probability of an input, whose means vary as
//! E(Y | x) does. Knows no blocks.
//!
//! The mean of a group of one replicate is E(Y | group) plus an error; the square of an error has a mean, which is a bias, and the product of
//! the errors of two independent replicates has none. So the variance of E(Y | x) is estimated by the mean, over pairs of
//! replicates, of the covariance of their group means over the groups. How many groups there are then costs nothing: many take
//! the step out.

use super::moments::Ratio;

/// Points of a replicate in a group, where replicates are multiplied.
const POINTS_OF_A_GROUP: usize = 16;
/// Of few points groups are smaller, down to four points, so that there are at least so many: wide groups flatten what varies inside.
const LEAST_GROUPS: usize = 64;
/// Points of a group where the bias of a single replicate has to be small.
const POINTS_OF_A_PLAIN_GROUP: usize = 64;

/// How many groups there are of so many points of a replicate.
pub(super) fn groups_of(points: usize, is_plain: bool) -> usize {
    if is_plain {
        return (points / POINTS_OF_A_PLAIN_GROUP).max(2);
    }
    (points / POINTS_OF_A_GROUP).max(LEAST_GROUPS.min(points / 4)).max(2)
}

/// The group of every point.
#[derive(Clone, Debug)]
pub(super) struct Strata {
    of: Vec<u32>,
    count: usize,
}

impl Strata {
    /// Groups points by an input: by its values where there are no more of them than groups, else into parts of equal size by order,
    /// equal values into one.
    pub(super) fn new(values: &[f64], most: usize) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_unstable_by(|&one, &other| values[one as usize].total_cmp(&values[other as usize]));
        let value = |place: usize| values[order[place] as usize];
        let distinct =
            1 + (1..order.len()).filter(|&place| value(place).total_cmp(&value(place - 1)).is_gt()).count();
        let (mut of, mut start, mut number) = (vec![0; values.len()], 0, 0);
        let (mut last, mut count) = (usize::MAX, 0_usize);
        while start < order.len() {
            let mut end = start + 1;
            while end < order.len() && value(end).total_cmp(&value(start)).is_eq() {
                end += 1;
            }
            // The middle of a run of equal values, in halves of a place.
            let group = if distinct <= most { number } else { (start + end - 1) * most / (2 * order.len()) };
            if group != last {
                last = group;
                count += 1;
            }
            order[start..end].iter().for_each(|&point| of[point as usize] = count as u32 - 1);
            start = end;
            number += 1;
        }
        Self { of, count }
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The group of each point.
    pub(super) fn of(&self) -> &[u32] {
        &self.of
    }

    /// Sums outputs by group and replicate; undefined values are left out. `weights`: one for each point of a replicate.
    pub(super) fn sums(&self, outputs: &[f64], replicates: usize, weights: Option<&[f64]>) -> GroupSums {
        let each = outputs.len() / replicates;
        let mut sums = GroupSums {
            groups: self.count,
            cells: vec![[0.0; 2]; self.count * replicates],
            moments: vec![[0.0; 3]; replicates],
        };
        for replicate in 0..replicates {
            let cells = &mut sums.cells[replicate * self.count..(replicate + 1) * self.count];
            let moments = &mut sums.moments[replicate];
            let range = replicate * each..(replicate + 1) * each;
            for (point, (&group, &value)) in self.of[range.clone()].iter().zip(&outputs[range]).enumerate() {
                if value.is_finite() {
                    let weight = weights.map_or(1.0, |weights| weights[point]);
                    let cell = &mut cells[group as usize];
                    cell[0] += weight;
                    cell[1] += weight * value;
                    moments[0] += weight;
                    moments[1] += weight * value;
                    moments[2] += weight * value * value;
                }
            }
        }
        sums
    }
}

/// Sums of outputs by group and replicate.
#[derive(Clone, Debug)]
pub(super) struct GroupSums {
    groups: usize,
    /// Number and sum, `[replicate][group]`.
    cells: Vec<[f64; 2]>,
    /// Number, sum and sum of squares of each replicate.
    moments: Vec<[f64; 3]>,
}

impl GroupSums {
    fn replicates(&self, without: Option<usize>) -> Vec<usize> {
        (0..self.moments.len()).filter(|replicate| Some(*replicate) != without).collect()
    }

    fn variance(&self, of: &[usize]) -> f64 {
        let sum = |which: usize| of.iter().map(|&replicate| self.moments[replicate][which]).sum::<f64>();
        let mean = sum(1) / sum(0);
        sum(2) / sum(0) - mean * mean
    }

    /// The deviations of the group means of a replicate from its mean, and how many points they are of.
    fn deviations(&self, replicate: usize) -> impl Iterator<Item = [f64; 2]> + '_ {
        let [number, sum, _] = self.moments[replicate];
        let mean = if number > 0.0 { sum / number } else { 0.0 };
        self.cells[replicate * self.groups..(replicate + 1) * self.groups]
            .iter()
            .map(move |&[number, sum]| if number > 0.0 { [number, sum / number - mean] } else { [0.0; 2] })
    }

    /// The mean over pairs of replicates of the covariance of their group means, a group weighing what it has of all points.
    pub(super) fn between(&self, without: Option<usize>) -> Ratio {
        let of = self.replicates(without);
        let (mut weights, mut sums) = (vec![0.0; self.groups], vec![[0.0; 2]; self.groups]);
        for &replicate in &of {
            for ((weight, sum), [number, own]) in
                weights.iter_mut().zip(&mut sums).zip(self.deviations(replicate))
            {
                *weight += number;
                sum[0] += own;
                sum[1] += own * own;
            }
        }
        let products = weights.iter().zip(&sums).map(|(weight, [sum, square])| weight * (sum * sum - square));
        let pairs = (of.len() * (of.len() - 1)) as f64;
        Ratio { part: products.sum::<f64>() / weights.iter().sum::<f64>() / pairs, whole: self.variance(&of) }
    }

    /// The mean over the replicates of the variance of their group means.
    pub(super) fn plain(&self, without: Option<usize>) -> Ratio {
        let of = self.replicates(without);
        let each = |&replicate: &usize| {
            self.deviations(replicate).map(|[number, own]| number * own * own).sum::<f64>()
        };
        let number: f64 = of.iter().map(|&replicate| self.moments[replicate][0]).sum();
        Ratio { part: of.iter().map(each).sum::<f64>() / number, whole: self.variance(&of) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_equal_sizes_and_equal_values_stay_together() {
        let values: Vec<f64> = (0..64).map(|point| f64::from((point * 37) % 64)).collect();
        let strata = Strata::new(&values, 8);
        assert_eq!(strata.count(), 8);
        for (value, group) in values.iter().zip(strata.of()) {
            assert_eq!(*group, *value as u32 / 8);
        }
        let few: Vec<f64> = (0..30).map(|point| f64::from(point % 3) * 10.0).collect();
        let strata = Strata::new(&few, 8);
        assert!(
            strata.count() == 3 && few.iter().zip(strata.of()).all(|(x, group)| *group == *x as u32 / 10)
        );
        // Twenty values, half of the points at one of them: it is a group of its own.
        let atom: Vec<f64> = (0..40).map(|point| if point < 20 { -1.0 } else { f64::from(point) }).collect();
        let strata = Strata::new(&atom, 4);
        assert!(strata.of()[..20].iter().all(|group| *group == strata.of()[0]));
        assert!(strata.of()[20..].iter().all(|group| *group != strata.of()[0]));
    }

    #[test]
    fn group_means_have_the_variances_of_an_example_by_hand() {
        // Two groups, two replicates; means (1, 3) and (2, 8): deviations (-1, 1) and (-3, 3). Plain (1 + 9) / 2, product 3.
        let strata = Strata::new(&[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0], 2);
        let sums = strata.sums(&[0.0, 2.0, 3.0, 3.0, 1.0, 3.0, 8.0, 8.0], 2, None);
        assert_eq!((sums.plain(None).part, sums.between(None).part), (5.0, 3.0));
        assert_eq!(sums.plain(Some(1)), Ratio { part: 1.0, whole: 1.5 });
        // An undefined point leaves its group.
        let holed = strata.sums(&[f64::NAN, 2.0, 4.0, 4.0, 1.0, 3.0, 8.0, 8.0], 2, None);
        // Of the first replicate: mean 10/3, deviations -4/3 of one point and 2/3 of two.
        assert!((holed.plain(Some(1)).part - (16.0 / 9.0 + 8.0 / 9.0) / 3.0).abs() < 1e-14);
    }
}
