//! The boundaries between regimes as points of the map's axes: one for each pair of neighbours that are called differently. Knows nothing of
//! files.

use crate::analyse::AnalyseError;
use crate::analyse::cut::place;
use crate::store::boundary::Boundary;
use crate::store::map::Map;
use crate::table::Quantity;

/// Axes along which points are not neighbours, whatever their values are.
const UNORDERED: [&str; 7] = ["sample", "realisation", "region", "sensor", "start", "direction", "label"];
/// Labels of points at which nothing was measured.
const NOT_MEASURED: [&str; 2] = ["excluded", "not_computed"];
/// The label of a point that a longer transient may call something else.
const UNSETTLED: &str = "unsettled";
/// So many points are looked at together: a byte each.
const MOST_POINTS: u64 = 1 << 31;

/// An axis of the map as far as it is looked at.
struct Along {
    quantity: Quantity,
    /// The values, or the places of their names.
    values: Vec<f64>,
    names: Vec<String>,
    is_log: bool,
    /// From one of its points to the next, in the list of all.
    stride: usize,
    /// The indices in the order of their values; none where points are no neighbours.
    order: Vec<usize>,
}

impl Along {
    /// The neighbours of an index.
    fn beside(&self, index: usize) -> impl Iterator<Item = usize> {
        let rank = self.order.iter().position(|own| *own == index);
        let of = |rank: Option<usize>| rank.and_then(|rank| self.order.get(rank)).copied();
        [of(rank.and_then(|rank| rank.checked_sub(1))), of(rank.map(|rank| rank + 1))].into_iter().flatten()
    }

    /// The middle between two values: where a logarithmic axis has it.
    fn middle(&self, below: f64, above: f64) -> f64 {
        if self.is_log { below.signum() * (below * above).sqrt() } else { f64::midpoint(below, above) }
    }
}

/// Finds every pair of neighbours along an axis that are called differently, at the places `at` of other axes.
///
/// # Errors
/// When a place is not of the map, nothing has neighbours, there are too many points, or the map cannot be read.
pub fn boundary(map: &Map, at: &[String]) -> Result<Boundary, AnalyseError> {
    let lengths = map.shape();
    let (mut start, mut count) = (vec![0; lengths.len()], lengths.clone());
    for text in at {
        let (axis, index) = place(map, text)?;
        if count[axis] == 1 && lengths[axis] > 1 {
            return Err(AnalyseError::HeldTwice { name: map.axes()[axis].columns[0].name.clone() });
        }
        (start[axis], count[axis]) = (index, 1);
    }
    let points: u64 = count.iter().product();
    if points > MOST_POINTS {
        return Err(AnalyseError::ManyPoints { points, most: MOST_POINTS });
    }
    let axes = along(map, &start, &count)?;
    if axes.iter().all(|own| own.order.is_empty()) {
        return Err(AnalyseError::NoNeighbours);
    }
    let regimes = map.regime(&start, &count)?;
    let names: Vec<String> = map.labels().iter().map(|label| label.name.clone()).collect();
    let number = |name: &str| names.iter().position(|own| own == name);
    let left_out: Vec<usize> = NOT_MEASURED.into_iter().filter_map(number).collect();
    let is_measured = |regime: u8| !left_out.contains(&usize::from(regime));
    let unsettled = number(UNSETTLED);
    let is_unsettled = |point: usize| unsettled == Some(usize::from(regimes[point]));
    let index = |own: &Along, point: usize| point / own.stride % own.values.len();
    // The point itself, or one beside it.
    let touches = |point: usize| {
        is_unsettled(point)
            || axes.iter().any(|own| {
                let here = index(own, point);
                own.beside(here).any(|beside| is_unsettled(point + beside * own.stride - here * own.stride))
            })
    };
    let mut found =
        Boundary::new(&axes.iter().map(|own| own.quantity.clone()).collect::<Vec<_>>(), names.clone());
    for (axis, own) in axes.iter().enumerate() {
        for pair in own.order.windows(2) {
            // A block has all values of the axis, and of the axes behind it.
            let block = own.stride * own.values.len();
            let begin = pair[0] * own.stride;
            let blocks = (0..regimes.len() / block).map(|number| number * block + begin);
            for point in blocks.flat_map(|first| first..first + own.stride) {
                let other = point + pair[1] * own.stride - pair[0] * own.stride;
                let (below, above) = (regimes[point], regimes[other]);
                if below == above || !is_measured(below) || !is_measured(above) {
                    continue;
                }
                let ends = pair.iter().map(|&at| own.values[at]).collect::<Vec<_>>();
                found.axis.push(axis as u8);
                found.half_cell.push((ends[1] - ends[0]) / 2.0);
                found.below.push(below);
                found.above.push(above);
                found.touches_unsettled.push(u8::from(touches(point) || touches(other)));
                for (number, (column, along)) in found.places.iter_mut().zip(&axes).enumerate() {
                    let value = along.values[index(along, point)];
                    column.values.push(if number == axis { own.middle(ends[0], ends[1]) } else { value });
                }
            }
        }
    }
    for (column, own) in found.places.iter_mut().zip(axes) {
        column.names = own.names;
    }
    Ok(found)
}

/// The axes of what is looked at.
fn along(map: &Map, start: &[u64], count: &[u64]) -> Result<Vec<Along>, AnalyseError> {
    let mut axes = Vec::new();
    let mut stride = count.iter().product::<u64>() as usize;
    for (number, own) in map.axes().iter().enumerate() {
        let range = start[number]..start[number] + count[number];
        stride /= count[number].max(1) as usize;
        let (values, names): (Vec<f64>, Vec<String>) = if own.labels.is_empty() {
            (map.values(number, 0, range)?, Vec::new())
        } else {
            (range.map(|index| index as f64).collect(), own.labels.clone())
        };
        let has_neighbours = names.is_empty() && !UNORDERED.contains(&own.name.as_str()) && values.len() > 1;
        let mut order: Vec<usize> = if has_neighbours { (0..values.len()).collect() } else { Vec::new() };
        order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
        let is_log = own.is_logarithmic;
        axes.push(Along { quantity: own.columns[0].clone(), values, names, is_log, stride, order });
    }
    Ok(axes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::samples::{Sample, write};

    #[test]
    fn a_boundary_lies_between_the_cells_that_differ() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("map.nc");
        // The amplitude is 0.02 (p - 80) + 0.05 (B - 10) + ..; above the threshold a point is called otherwise.
        let sample = Sample::default();
        write(&sample, &path);
        let map = Map::open(&path).expect("a map");
        let found = boundary(&map, &[]).expect("boundaries");
        let shape = map.shape();
        let regimes = map.regime(&[0, 0], &shape).expect("regimes");
        let (rows, columns) = (shape[0] as usize, shape[1] as usize);
        let at = |row: usize, column: usize| regimes[row * columns + column];
        let unequal = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| {
                usize::from(row > 0 && at(row - 1, column) != at(row, column))
                    + usize::from(column > 0 && at(row, column - 1) != at(row, column))
            })
            .sum::<usize>();
        assert!(unequal > 0);
        assert_eq!(found.axis.len(), unequal);
        let values = map.values(1, 0, 0..shape[1]).expect("values");
        for row in (0..unequal).filter(|&row| found.axis[row] == 1) {
            let here = found.places[1].values[row];
            let beside =
                |sign: f64| values.iter().any(|own| (own - here - sign * found.half_cell[row]).abs() < 1e-9);
            assert!(beside(-1.0) && beside(1.0), "{here}");
            assert_ne!(found.below[row], found.above[row]);
        }
    }
}
