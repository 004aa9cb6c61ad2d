//! Which point of a space is a point of another one that varies the same: axes may have more values, a design more rows, replicates and
//! blocks. Knows values by their bits; knows nothing of rows.

use std::collections::HashMap;
use std::sync::Arc;

use crate::design::{Block, Design, PointIdentity, Sampling};
use crate::space::{Axis, Space};

/// Where the points of a space are found in an earlier one.
#[derive(Clone, Debug)]
pub struct Correspondence {
    axes: Vec<Along>,
    missing: Vec<String>,
}

/// Where the values of an axis are found.
#[derive(Clone, Debug)]
enum Along {
    /// At the same place.
    Same,
    /// At these places, if anywhere.
    Places(Vec<Option<u64>>),
    /// Where the same identities are.
    Design(Box<Pair>),
}

/// A design, and an earlier one of the same inputs.
#[derive(Clone, Debug)]
struct Pair {
    earlier: Arc<Design>,
    later: Arc<Design>,
    /// Of each group of the later one the group of the earlier one that has the same inputs.
    groups: Vec<Option<usize>>,
}

impl Correspondence {
    /// Between two spaces whose axes vary the same, in the same order; `None` if they do not.
    pub fn new(earlier: &Space, later: &Space) -> Option<Self> {
        if earlier.axes().len() != later.axes().len() {
            return None;
        }
        let mut missing = Vec::new();
        let pairs = earlier.axes().iter().zip(later.axes());
        let axes = pairs.map(|(earlier, later)| along(earlier, later, &mut missing));
        let axes = axes.collect::<Option<Vec<Along>>>()?;
        Some(Self { axes, missing })
    }

    /// What of the earlier space the later one has not, in words; nothing where it has all, but for swaps of groups that are groups no
    /// more.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Whether every point of the earlier space is one of the later space.
    pub fn keeps_all(&self) -> bool {
        let keeps = |along: &Along| match along {
            Along::Design(pair) => pair.keeps_groups(),
            Along::Same | Along::Places(_) => true,
        };
        self.missing.is_empty() && self.axes.iter().all(keeps)
    }

    /// The coordinates that a point has in the earlier space, if it is there.
    pub fn earlier(&self, later: &[u64]) -> Option<Vec<u64>> {
        let place = |(along, &coordinate): (&Along, &u64)| match along {
            Along::Same => Some(coordinate),
            Along::Places(places) => places[coordinate as usize],
            Along::Design(pair) => pair.earlier(coordinate),
        };
        self.axes.iter().zip(later).map(place).collect()
    }
}

fn along(earlier: &Axis, later: &Axis, missing: &mut Vec<String>) -> Option<Along> {
    let names =
        |axis: &Axis| axis.columns().iter().map(|column| column.quantity.name.clone()).collect::<Vec<_>>();
    if names(earlier) != names(later) || earlier.labels() != later.labels() {
        return None;
    }
    match (earlier.shared_design(), later.shared_design()) {
        (Some(one), Some(other)) => {
            if one == other {
                return Some(Along::Same);
            }
            let pair = Pair::new(one, other);
            missing.extend(pair.missing());
            Some(Along::Design(Box::new(pair)))
        }
        (None, None) => {
            if earlier == later {
                return Some(Along::Same);
            }
            let places = places(earlier, later);
            let found = places.iter().flatten().count() as u64;
            if found < earlier.length() {
                missing.push(format!(
                    "{} of the {} values of `{}`",
                    earlier.length() - found,
                    earlier.length(),
                    earlier.columns()[0].quantity.name
                ));
            }
            Some(Along::Places(places))
        }
        _ => None,
    }
}

/// Where the values of a later axis are on an earlier one, by their bits.
fn places(earlier: &Axis, later: &Axis) -> Vec<Option<u64>> {
    let bits = |axis: &Axis, index: u64| -> Vec<u64> {
        (0..axis.columns().len()).map(|column| axis.value(column, index).to_bits()).collect()
    };
    let known: HashMap<Vec<u64>, u64> =
        (0..earlier.length()).map(|index| (bits(earlier, index), index)).collect();
    (0..later.length()).map(|index| known.get(&bits(later, index)).copied()).collect()
}

impl Pair {
    fn new(earlier: Arc<Design>, later: Arc<Design>) -> Self {
        let sorted = |inputs: &[usize]| {
            let mut inputs = inputs.to_vec();
            inputs.sort_unstable();
            inputs
        };
        let of = |inputs: &[usize]| {
            earlier.groups().iter().position(|group| sorted(&group.inputs) == sorted(inputs))
        };
        let groups = later.groups().iter().map(|group| of(&group.inputs)).collect();
        Self { earlier, later, groups }
    }

    fn is_table(&self) -> bool {
        self.earlier.sampling() == Sampling::Table
    }

    fn keeps_groups(&self) -> bool {
        self.is_table() || (0..self.earlier.groups().len()).all(|group| self.groups.contains(&Some(group)))
    }

    fn missing(&self) -> Vec<String> {
        let (before, after) = (self.earlier.size(), self.later.size());
        let mut missing = Vec::new();
        if self.is_table() {
            let kept = (0..after.base).filter(|&row| self.has_equal_row(row)).count() as u64;
            if kept < before.base {
                missing.push(format!("{} of the {} rows of the table", before.base - kept, before.base));
            }
            return missing;
        }
        let mut less = |what: &str, before: u64, after: u64| {
            if after < before {
                missing.push(format!("a {what} of {before}, and here it is {after}"));
            }
        };
        less("`base`", before.base, after.base);
        less("number of `replicates`", before.replicates, after.replicates);
        let has_swaps_back = |design: &Design| design.sampling() == Sampling::Saltelli { second_order: true };
        if has_swaps_back(&self.earlier) && !has_swaps_back(&self.later) {
            missing.push("the blocks BA of `second_order`".to_owned());
        }
        missing
    }

    /// Whether a row of the later table is that of the earlier one.
    fn has_equal_row(&self, row: u64) -> bool {
        let columns = self.earlier.rows().columns().iter().zip(self.later.rows().columns());
        let is_equal = |(one, other): (&Vec<f64>, &Vec<f64>)| {
            one.get(row as usize).is_some_and(|value| value.to_bits() == other[row as usize].to_bits())
        };
        columns.into_iter().all(is_equal)
    }

    fn earlier(&self, run: u64) -> Option<u64> {
        if self.is_table() {
            return self.has_equal_row(run).then_some(run);
        }
        let PointIdentity { replicate, block, base_row } = self.later.identity(run);
        let block = match block {
            Block::A | Block::B => block,
            Block::Ab(group) => Block::Ab(self.groups[group]?),
            Block::Ba(group) => Block::Ba(self.groups[group]?),
        };
        self.earlier.run(PointIdentity { replicate, block, base_row })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Bounds, Distribution, Group, Input, Shape, Size};
    use crate::space::{AxisColumn, Placement, Scale};
    use crate::table::Quantity;

    fn grid(length: u64) -> Axis {
        named("p", length)
    }

    fn named(name: &str, length: u64) -> Axis {
        let quantity = Quantity::real(name, "1", "a test axis");
        let scale = Scale::Linear { from: 0.3, to: 7.7 };
        Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], length).unwrap()
    }

    fn design(sampling: Sampling, base: u64, replicates: u64, groups: &[&[usize]]) -> Axis {
        let input = |place: usize| {
            let quantity = Quantity::real(format!("x{place}"), "1", "a test input");
            let shape = Shape::Uniform([0.0, 1.0]);
            Input { columns: vec![(quantity, Distribution::new(shape, Bounds::None, false).unwrap())] }
        };
        let group = |inputs: &&[usize]| Group { name: format!("g{inputs:?}"), inputs: inputs.to_vec() };
        let size = Size { base, replicates, seed: 7, is_scrambled: true };
        let groups = groups.iter().map(group).collect();
        let design = Design::new(sampling, (0..3).map(input).collect(), groups, size).unwrap();
        Axis::sampled(&Arc::new(design)).unwrap()
    }

    const ALONE: [&[usize]; 3] = [&[0], &[1], &[2]];

    /// Every point that is found has equal values, and so many are found.
    fn check(earlier: &Axis, later: &Axis, found: u64, missing: &[&str]) -> Correspondence {
        let [one, other] =
            [earlier, later].map(|axis| Space::new(vec![named("q", 3), axis.clone()]).unwrap());
        let own = Correspondence::new(&one, &other).unwrap();
        let mut count = 0;
        for point in 0..other.points() {
            let coordinates = other.coordinates(point);
            let Some(before) = own.earlier(&coordinates) else { continue };
            count += 1;
            // The identity of a swap of a group counts the groups.
            let bits = |values: Vec<f64>| -> Vec<u64> {
                let named = one.columns().iter().zip(values).filter(|(column, _)| column.name != "sample");
                named.map(|(_, value)| value.to_bits()).collect()
            };
            assert_eq!(bits(one.values(&before)), bits(other.values(&coordinates)), "{coordinates:?}");
        }
        assert_eq!(
            (count, own.missing()),
            (3 * found, &missing.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..])
        );
        own
    }

    #[test]
    fn a_refined_axis_has_all_values_of_the_coarse_one() {
        assert!(check(&grid(11), &grid(21), 11, &[]).keeps_all());
        assert!(!check(&grid(21), &grid(11), 11, &["10 of the 21 values of `p`"]).keeps_all());
        check(&grid(11), &grid(12), 2, &["9 of the 11 values of `p`"]);
    }

    #[test]
    fn a_larger_design_has_the_points_of_the_smaller_one() {
        const FIRST: Sampling = Sampling::Saltelli { second_order: false };
        const BOTH: Sampling = Sampling::Saltelli { second_order: true };
        let small = design(FIRST, 16, 2, &ALONE);
        assert!(check(&small, &design(FIRST, 64, 2, &ALONE), 16 * 2 * 5, &[]).keeps_all());
        assert!(check(&small, &design(FIRST, 16, 5, &ALONE), 16 * 2 * 5, &[]).keeps_all());
        assert!(check(&small, &design(BOTH, 32, 3, &ALONE), 16 * 2 * 5, &[]).keeps_all());
        let own = check(&design(FIRST, 16, 2, &[&[0], &[1, 2]]), &small, 16 * 2 * 3, &[]);
        assert!(!own.keeps_all(), "the swaps of the group are no more");
        check(
            &design(BOTH, 32, 3, &ALONE),
            &small,
            16 * 2 * 5,
            &[
                "a `base` of 32, and here it is 16",
                "a number of `replicates` of 3, and here it is 2",
                "the blocks BA of `second_order`",
            ],
        );
    }

    #[test]
    fn other_designs_grow_by_rows_and_replicates_too() {
        for sampling in
            [Sampling::Sobol, Sampling::Random, Sampling::Radial, Sampling::Trajectory { levels: 4 }]
        {
            let small = design(sampling, 8, 2, &ALONE);
            let blocks = if small.length() == 16 { 1 } else { 4 };
            assert!(check(&small, &design(sampling, 32, 4, &ALONE), 16 * blocks, &[]).keeps_all());
        }
    }

    #[test]
    fn a_table_keeps_the_rows_that_are_equal() {
        let table = |values: &[f64]| {
            let rows = crate::table::Table::from_columns(vec![values.to_vec()]);
            let design = Design::of_table(vec![Quantity::real("x", "1", "a test input")], rows).unwrap();
            Axis::sampled(&Arc::new(design)).unwrap()
        };
        assert!(check(&table(&[1.0, 2.0]), &table(&[1.0, 2.0, 3.0]), 2, &[]).keeps_all());
        check(&table(&[1.0, 2.0]), &table(&[1.0, 2.5, 2.0]), 1, &["1 of the 2 rows of the table"]);
    }

    #[test]
    fn axes_that_vary_something_else_do_not_correspond() {
        let space = |axes: Vec<Axis>| Space::new(axes).unwrap();
        let small = design(Sampling::Sobol, 8, 2, &ALONE);
        assert!(Correspondence::new(&space(vec![grid(3)]), &space(vec![small.clone()])).is_none());
        assert!(Correspondence::new(&space(vec![grid(3)]), &space(vec![grid(3), small])).is_none());
    }
}
