//! First-order indices from group means: the points of A and B in groups of equal probability of an input, whose means vary as
//! E(Y | x) does. Knows no blocks.
//!
//! The mean of a group of one replicate is E(Y | group) plus an error; the square of an error has a mean, which is a bias, and the product of
//! the errors of two independent replicates has none. So the variance of E(Y | x) is estimated by the mean, over pairs of
//! replicates, of the covariance of their group means over the groups.
//!
//! What E(Y | x) varies inside a group is lost. Where it jumps that is as the width of a group, so twice the estimate of groups less that of
//! groups twice as wide lacks it, once both are averaged over where the groups begin; what is smooth is lost as the square of the width, of which
//! less is left too. So points are put into cells, four of which make a group, beginning at each of them.

use super::moments::Ratio;

/// Points of a replicate in a group, where replicates are multiplied.
const POINTS_OF_A_GROUP: usize = 16;
/// Of few points groups are smaller, down to four points, so that there are at least so many: wide groups flatten what varies inside.
const LEAST_GROUPS: usize = 64;
/// Points of a group where the bias of a single replicate has to be small.
const POINTS_OF_A_PLAIN_GROUP: usize = 64;
/// Of few points plain groups are smaller, down to eight points: two or three groups lose more than the bias of sixteen.
const LEAST_PLAIN_GROUPS: usize = 16;

/// How many groups there are of so many points of a replicate.
pub(super) fn groups_of(points: usize, is_plain: bool) -> usize {
    if is_plain {
        return (points / POINTS_OF_A_PLAIN_GROUP).max(LEAST_PLAIN_GROUPS.min(points / 8)).max(2);
    }
    (points / POINTS_OF_A_GROUP).max(LEAST_GROUPS.min(points / 4)).max(2)
}

/// Cells of a group, and so the places where groups begin.
pub(super) const CELLS: usize = 4;

/// The group of every point, or the cell where several cells make a group.
#[derive(Clone, Debug)]
pub(super) struct Strata {
    of: Vec<u32>,
    count: usize,
    /// Whether cells make groups.
    is_of_cells: bool,
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
        Self { of, count, is_of_cells: false }
    }

    /// Puts points into cells, [`CELLS`] of which make one of about so many groups; where there are no more values than groups, a group of each.
    pub(super) fn in_cells(values: &[f64], groups: usize) -> Self {
        let cells = Self::new(values, CELLS * groups);
        Self { is_of_cells: cells.count > groups, ..cells }
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The group of each point.
    pub(super) fn of(&self) -> &[u32] {
        &self.of
    }

    /// Sums outputs by group and replicate; undefined values are left out. `weights`: the
    /// part of each row, of which the points of a replicate are a multiple, and the weight of each part.
    pub(super) fn sums(
        &self,
        outputs: &[f64],
        replicates: usize,
        weights: Option<(&[u16], &[f64])>,
    ) -> GroupSums {
        let each = outputs.len() / replicates;
        let mut sums = GroupSums {
            groups: self.count,
            is_of_cells: self.is_of_cells,
            cells: vec![[0.0; 2]; self.count * replicates],
            moments: vec![[0.0; 3]; replicates],
        };
        for replicate in 0..replicates {
            let cells = &mut sums.cells[replicate * self.count..(replicate + 1) * self.count];
            let moments = &mut sums.moments[replicate];
            let range = replicate * each..(replicate + 1) * each;
            for (point, (&group, &value)) in self.of[range.clone()].iter().zip(&outputs[range]).enumerate() {
                if value.is_finite() {
                    let weight = weights
                        .map_or(1.0, |(parts, weights)| weights[usize::from(parts[point % parts.len()])]);
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

/// The variance between groups, of products of replicates.
pub(super) struct Between {
    /// Of all replicates.
    pub(super) all: Ratio,
    /// Without each replicate.
    pub(super) without: Vec<Ratio>,
    /// Of all, for each place where groups begin.
    pub(super) beginnings: Vec<Ratio>,
    /// Of narrow and of wide groups, over where they begin.
    pub(super) widths: [Ratio; 2],
}

/// Sums of outputs by group and replicate.
#[derive(Clone, Debug)]
pub(super) struct GroupSums {
    groups: usize,
    is_of_cells: bool,
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

    /// The variance between groups by products of replicates: of all of them, without each of them, and, of all, for each place where groups begin.
    pub(super) fn between(&self) -> Between {
        let replicates = self.moments.len();
        let all: Vec<usize> = (0..replicates).collect();
        let whole = self.variance(&all);
        let wholes: Vec<f64> =
            (0..replicates).map(|without| self.variance(&self.replicates(Some(without)))).collect();
        let told = |parts: &[f64]| {
            let without = parts[1..].iter().zip(&wholes).map(|(&part, &whole)| Ratio { part, whole });
            (Ratio { part: parts[0], whole }, without.collect::<Vec<_>>())
        };
        if !self.is_of_cells {
            let (all, without) = told(&self.products(1, 0));
            return Between { all, without, beginnings: vec![all; CELLS], widths: [all; 2] };
        }
        let narrow: Vec<Vec<f64>> = (0..CELLS).map(|first| self.products(CELLS, first)).collect();
        let wide: Vec<Vec<f64>> = (0..2 * CELLS).map(|first| self.products(2 * CELLS, first)).collect();
        let beginnings: Vec<Vec<f64>> = (0..CELLS)
            .map(|first| {
                let wide = wide[first]
                    .iter()
                    .zip(&wide[first + CELLS])
                    .map(|(one, other)| f64::midpoint(*one, *other));
                narrow[first].iter().zip(wide).map(|(narrow, wide)| 2.0 * narrow - wide).collect()
            })
            .collect();
        let mean = |at: usize| beginnings.iter().map(|own| own[at]).sum::<f64>() / CELLS as f64;
        let (all, without) = told(&(0..=replicates).map(mean).collect::<Vec<_>>());
        let beginnings = beginnings.iter().map(|own| Ratio { part: own[0], whole }).collect();
        let over = |all: &[Vec<f64>]| all.iter().map(|own| own[0]).sum::<f64>() / all.len() as f64;
        let widths = [&narrow, &wide].map(|all| Ratio { part: over(all), whole });
        Between { all, without, beginnings, widths }
    }

    /// The mean over pairs of replicates of the covariance of their means over groups of so many cells, a group weighing what it has of all
    /// points; then without each replicate.
    fn products(&self, width: usize, first: usize) -> Vec<f64> {
        let replicates = self.moments.len();
        let means: Vec<f64> = self
            .moments
            .iter()
            .map(|[number, sum, _]| if *number > 0.0 { sum / number } else { 0.0 })
            .collect();
        let mut sums = vec![[0.0_f64; 2]; replicates + 1];
        let mut own = vec![[0.0_f64; 2]; replicates];
        let ends = (first..self.groups).step_by(width).chain([self.groups]);
        let mut start = 0;
        for end in ends {
            if end == start {
                continue;
            }
            let (mut weight, mut sum, mut square) = (0.0, 0.0, 0.0);
            for (replicate, own) in own.iter_mut().enumerate() {
                let cells = &self.cells[replicate * self.groups + start..replicate * self.groups + end];
                let [number, total] =
                    cells.iter().fold([0.0; 2], |all, cell| [all[0] + cell[0], all[1] + cell[1]]);
                let deviation = if number > 0.0 { total / number - means[replicate] } else { 0.0 };
                *own = [number, deviation];
                weight += number;
                sum += deviation;
                square += deviation * deviation;
            }
            sums[0] = [sums[0][0] + weight, sums[0][1] + weight * (sum * sum - square)];
            for (without, &[number, deviation]) in sums[1..].iter_mut().zip(&own) {
                let (weight, sum, square) =
                    (weight - number, sum - deviation, square - deviation * deviation);
                *without = [without[0] + weight, without[1] + weight * (sum * sum - square)];
            }
            start = end;
        }
        let pairs = |count: usize| (count * count.saturating_sub(1)) as f64;
        let counts = std::iter::once(replicates).chain(std::iter::repeat_n(replicates - 1, replicates));
        sums.iter().zip(counts).map(|([weight, sum], count)| sum / weight / pairs(count)).collect()
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
        assert_eq!((sums.plain(None).part, sums.between().all.part), (5.0, 3.0));
        assert_eq!(sums.plain(Some(1)), Ratio { part: 1.0, whole: 1.5 });
        // Three replicates of which the third is the first again: pairs 3, 1 and 3 of products, and without each.
        let three = Strata::new(&[0.0, 0.0, 1.0, 1.0].repeat(3), 2);
        let sums = three.sums(&[0.0, 2.0, 3.0, 3.0, 1.0, 3.0, 8.0, 8.0, 0.0, 2.0, 3.0, 3.0], 3, None);
        let own = sums.between();
        assert!((own.all.part - 7.0 / 3.0).abs() < 1e-14);
        let parts: Vec<f64> = own.without.iter().map(|own| own.part).collect();
        assert_eq!((parts, own.beginnings.len()), (vec![3.0, 1.0, 3.0], CELLS));
        // An undefined point leaves its group.
        let holed = strata.sums(&[f64::NAN, 2.0, 4.0, 4.0, 1.0, 3.0, 8.0, 8.0], 2, None);
        // Of the first replicate: mean 10/3, deviations -4/3 of one point and 2/3 of two.
        assert!((holed.plain(Some(1)).part - (16.0 / 9.0 + 8.0 / 9.0) / 3.0).abs() < 1e-14);
    }

    #[test]
    fn a_jump_inside_a_group_is_not_lost() {
        // 1 below 0.3 of evenly spread points: of 64 groups alone a fiftieth of the variance lies inside of one.
        let points: Vec<f64> = (0..1024).map(|point| (f64::from(point) + 0.5) / 1024.0).collect();
        let (points, border) = (points.repeat(2), 0.3);
        let outputs: Vec<f64> = points.iter().map(|x| f64::from(u8::from(*x < border))).collect();
        let alone = Strata::new(&points, 64).sums(&outputs, 2, None).between().all.index();
        let own = Strata::in_cells(&points, 64).sums(&outputs, 2, None).between();
        assert!(alone < 0.99 && (own.all.index() - 1.0).abs() < 1e-3, "{alone} {}", own.all.index());
        let values: Vec<f64> = own.beginnings.iter().map(Ratio::index).collect();
        assert!(values.iter().any(|value| (value - own.all.index()).abs() > 1e-3), "{values:?}");
        // Fewer cells than a wide group has.
        let rare: Vec<f64> = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].repeat(3);
        let own = Strata::in_cells(&rare, 2).sums(&rare, 3, None).between();
        assert!(own.all.part.is_finite() && own.beginnings.len() == CELLS);
        // A discrete input has a group a value.
        let few: Vec<f64> = (0..512).map(|point| f64::from(point % 5)).collect();
        let strata = Strata::in_cells(&few, 64);
        assert!(strata.count() == 5 && !strata.is_of_cells);
    }
}
