//! How often starts that were drawn from a box end in each regime: fractions of the drawn starts with intervals, and how many
//! different ends there are. Knows nothing of how starts are drawn.

use super::{Description, KIND, REGIME, ROLE, kind_name};
use crate::space::Cell;
use crate::store::StoreError;
use crate::store::container::{Attribute, ContainerWriter, Storage, Values, Variable};
use crate::store::index::CellRows;
use crate::store::text;
use crate::table::Kind;

/// The last axis of a space counts starts that were drawn, all of them in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// Two starts of one regime end in the same attractor where these features, by position, ...
    pub features: Vec<usize>,
    /// ...differ by this much at most, or are undefined in both.
    pub tolerance: f64,
    /// The feature that says whether a start has settled. One that has not is told apart by its regime alone: its other features are
    /// those of some moment on its way, or of a part of a cycle.
    pub settled: Option<usize>,
}

/// The variables.
pub(super) const FRACTION: &str = "basin_fraction";
const LOW: &str = "basin_low";
const HIGH: &str = "basin_high";
pub(super) const ATTRACTORS: &str = "attractors";
/// Their dimension besides the axes but the last: the numbers of the regimes.
const LABEL: &str = "label";
/// All their names.
pub(super) const NAMES: [&str; 6] = [FRACTION, LOW, HIGH, ATTRACTORS, LABEL, "label_letters"];
/// The role of all of them.
const BASIN: &str = "basin";

/// The 97.5 % point of the normal distribution: intervals hold in 95 of 100 cases.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// Makes the variables.
pub(super) fn define(
    file: &mut ContainerWriter,
    description: &Description,
    dimensions: &[&str],
) -> Result<(), StoreError> {
    let labels = description.labels.len() as u64;
    file.dimension(LABEL, labels)?;
    let text = |name: &str, text: &str| (name.to_owned(), Attribute::from(text));
    let attributes = vec![text("long_name", "regime"), text(ROLE, BASIN)];
    text::define(file, LABEL, LABEL, &names(description), attributes)?;
    let kept = &dimensions[..dimensions.len() - 1];
    let extent = &description.space.cells().extent()[..kept.len()];
    let meanings = [
        (FRACTION, "part of the drawn starts that end in the regime"),
        (LOW, "lower end of its 95 % interval (Wilson)"),
        (HIGH, "upper end of its 95 % interval (Wilson)"),
    ];
    for (name, meaning) in meanings {
        let chunk: Vec<u64> = extent.iter().copied().chain([labels]).collect();
        file.variable(&Variable {
            name,
            storage: Storage::Double,
            may_be_undefined: true,
            dimensions: &kept.iter().copied().chain([LABEL]).collect::<Vec<_>>(),
            chunk: Some(&chunk),
            attributes: vec![text("long_name", meaning), text(ROLE, BASIN), text("units", "1")],
        })?;
    }
    let meaning =
        format!("different ends of the drawn starts: of another {REGIME}, or, if settled, of other size");
    file.variable(&Variable {
        name: ATTRACTORS,
        storage: Storage::Int,
        may_be_undefined: true,
        dimensions: kept,
        chunk: if kept.is_empty() { None } else { Some(extent) },
        attributes: vec![
            text("long_name", &meaning),
            text(ROLE, BASIN),
            text(KIND, kind_name(&Kind::Count)),
            text("units", "1"),
        ],
    })
}

fn names(description: &Description) -> Vec<String> {
    description.labels.iter().map(|label| label.name.clone()).collect()
}

/// Writes the names of the regimes.
pub(super) fn put_labels(file: &mut ContainerWriter, description: &Description) -> Result<(), StoreError> {
    text::put(file, LABEL, &names(description))
}

/// Writes those of a cell.
pub(super) fn put(
    file: &mut ContainerWriter,
    description: &Description,
    draws: &Draws,
    cell: &Cell,
    rows: &CellRows,
    regimes: &[u8],
) -> Result<(), StoreError> {
    let labels = description.labels.len();
    let starts = cell.extent().last().copied().unwrap_or(1) as usize;
    let groups = regimes.len() / starts;
    let mut shares: [Vec<f64>; 3] = [const { Vec::new() }; 3];
    let mut attractors = Vec::with_capacity(groups);
    for group in 0..groups {
        let points = group * starts..(group + 1) * starts;
        let known: Vec<usize> =
            points.filter(|&point| rows.status[point] != description.not_computed).collect();
        for label in 0..labels {
            let count = known.iter().filter(|&&point| usize::from(regimes[point]) == label).count();
            let shares_of_label = wilson(count, known.len());
            shares.iter_mut().zip(shares_of_label).for_each(|(all, own)| all.push(own));
        }
        attractors.push(ends(draws, rows, regimes, &known).unwrap_or(Storage::UNDEFINED_INT));
    }
    let kept = cell.extent().len() - 1;
    let (mut start, mut count) = (cell.origin()[..kept].to_vec(), cell.extent()[..kept].to_vec());
    file.put(ATTRACTORS, &start, &count, Values::Ints(&attractors))?;
    start.push(0);
    count.push(labels as u64);
    for (name, values) in [FRACTION, LOW, HIGH].into_iter().zip(&shares) {
        file.put(name, &start, &count, Values::Doubles(values))?;
    }
    Ok(())
}

/// A part of a whole, and the ends of its 95 % interval after Wilson (1927), doi:10.1080/01621459.1927.10502953; NaN of nothing.
pub fn wilson(count: usize, all: usize) -> [f64; 3] {
    if all == 0 {
        return [f64::NAN; 3];
    }
    let (is_none, is_all) = (count == 0, count == all);
    let (count, all) = (count as f64, all as f64);
    let (part, square) = (count / all, QUANTILE * QUANTILE);
    let centre = part + square / (2.0 * all);
    let width = QUANTILE * (part * (1.0 - part) / all + square / (4.0 * all * all)).sqrt();
    let size = 1.0 + square / all;
    // At the ends the formula gives 0 and 1 but for rounding.
    let low = if is_none { 0.0 } else { (centre - width) / size };
    let high = if is_all { 1.0 } else { (centre + width) / size };
    [part, low, high]
}

/// How many different ends there are.
fn ends(draws: &Draws, rows: &CellRows, regimes: &[u8], points: &[usize]) -> Option<i32> {
    let is_same = |a: usize, b: usize| {
        regimes[a] == regimes[b]
            && draws.features.iter().all(|&feature| {
                let (x, y) = (rows.features[feature][a], rows.features[feature][b]);
                (x - y).abs() <= draws.tolerance || (x.is_nan() && y.is_nan())
            })
    };
    // Where nothing could be measured nothing is on its way.
    let is_on_its_way =
        |point: usize| draws.settled.is_some_and(|settled| rows.features[settled][point] == 0.0);
    let mut different: Vec<usize> = Vec::new();
    for &point in points.iter().filter(|&&point| !is_on_its_way(point)) {
        if !different.iter().any(|&known| is_same(known, point)) {
            different.push(point);
        }
    }
    for &point in points.iter().filter(|&&point| is_on_its_way(point)) {
        if !different.iter().any(|&known| regimes[known] == regimes[point]) {
            different.push(point);
        }
    }
    (!points.is_empty()).then_some(i32::try_from(different.len()).unwrap_or(i32::MAX))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::*;

    /// Wilson's interval for 3 of 16, from its formula by hand: centre 0.24802, half width 0.18170.
    #[test]
    fn intervals_are_those_of_wilson() {
        let [part, low, high] = wilson(3, 16);
        assert!((part - 0.1875).abs() < 1e-15);
        assert!((low - 0.065_9).abs() < 1e-3, "{low}");
        assert!((high - 0.430_1).abs() < 1e-3, "{high}");
        let [part, low, high] = wilson(0, 16);
        assert_eq!((part, low), (0.0, 0.0));
        assert!((high - 0.193_6).abs() < 1e-3, "{high}");
        assert_eq!(wilson(16, 16)[2], 1.0);
        assert!(wilson(0, 0).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn ends_of_one_regime_and_size_are_one() {
        let rows =
            CellRows { status: vec![0; 5], features: vec![vec![1.0, 1.0 + 1e-9, 2.0, f64::NAN, f64::NAN]] };
        let draws = Draws { features: vec![0], tolerance: 1e-6, settled: None };
        let count = |regimes: &[u8]| ends(&draws, &rows, regimes, &[0, 1, 2, 3, 4]);
        assert_eq!(count(&[0, 0, 0, 0, 0]), Some(3));
        assert_eq!(count(&[0, 1, 0, 0, 1]), Some(5));
        assert_eq!(ends(&draws, &rows, &[0; 5], &[]), None);
    }

    #[test]
    fn ends_that_have_not_settled_are_told_apart_by_their_regime_alone() {
        let minimum = vec![1.0, 3.0, 4.0, 2.0, 5.0, f64::NAN];
        let settled = vec![1.0, 0.0, 0.0, 1.0, 0.0, f64::NAN];
        let rows = CellRows { status: vec![0, 0, 0, 0, 0, 1], features: vec![minimum, settled] };
        let draws = Draws { features: vec![0], tolerance: 1e-6, settled: Some(1) };
        let count = |regimes: &[u8]| ends(&draws, &rows, regimes, &[0, 1, 2, 3, 4, 5]);
        assert_eq!(count(&[0, 0, 0, 0, 0, 1]), Some(3), "two that have settled, and one that has diverged");
        assert_eq!(count(&[0, 2, 2, 0, 2, 1]), Some(4), "and those on their way in a regime of their own");
    }
}
