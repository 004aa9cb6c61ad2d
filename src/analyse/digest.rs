//! A map read once from end to end: what is counted over all of its points, and every so many of its points kept. Memory does not
//! grow with a map beyond what is kept. Knows nothing of how it is shown.

use crate::analyse::AnalyseError;
use crate::analyse::pieces::{Piece, pieces};
use crate::analyse::shares::Tally;
use crate::analyse::slice::Label;
use crate::store::map::Map;

pub use crate::analyse::shares::Share;

/// Values at the points that are kept, row-major, and what is known of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// The values that are kept; NaN where undefined.
    pub values: Vec<f64>,
    /// The smallest and the largest finite value of the whole map; NaN where there is none.
    pub range: [f64; 2],
    /// At how many points of the whole map it is undefined.
    pub undefined: u64,
}

/// Flags at the points that are kept, row-major, and the share of each over all points.
#[derive(Clone, Debug, PartialEq)]
pub struct Flags {
    /// The flags that are kept.
    pub values: Vec<u8>,
    /// How many points of the whole map have each.
    pub shares: Vec<Share>,
}

/// Longer axes of names are thinned as others are.
const MOST_NAMES: u64 = 256;

/// A map, of which every so many values of each axis are kept.
#[derive(Debug)]
pub struct Digest<'a> {
    map: &'a Map,
    every: Vec<u64>,
}

impl<'a> Digest<'a> {
    /// Keeps at most `most` points, and of each axis at most as many values as `longest` says. Short axes of names are kept whole.
    pub fn new(map: &'a Map, most: u64, longest: &[u64]) -> Self {
        let shape = map.shape();
        let mut every = vec![1_u64; shape.len()];
        let kept = |every: &[u64], axis: usize| shape[axis].div_ceil(every[axis]);
        for (axis, longest) in longest.iter().enumerate() {
            while kept(&every, axis) > *longest {
                every[axis] *= 2;
            }
        }
        loop {
            let points =
                (0..shape.len()).fold(1_u64, |product, axis| product.saturating_mul(kept(&every, axis)));
            let longest = (0..shape.len())
                .filter(|&axis| map.axes()[axis].labels.is_empty() || shape[axis] > MOST_NAMES)
                .max_by_key(|&axis| kept(&every, axis));
            match longest.filter(|&axis| points > most && kept(&every, axis) > 1) {
                Some(axis) => every[axis] *= 2,
                None => return Self { map, every },
            }
        }
    }

    /// Of how many values of each axis one is kept.
    pub fn every(&self) -> &[u64] {
        &self.every
    }

    /// How many values of each axis are kept.
    pub fn lengths(&self) -> Vec<u64> {
        self.map.shape().iter().zip(&self.every).map(|(length, every)| length.div_ceil(*every)).collect()
    }

    /// The values of a column of an axis that are kept.
    ///
    /// # Errors
    /// When the map cannot be read.
    pub fn coordinate(&self, axis: usize, column: usize) -> Result<Vec<f64>, AnalyseError> {
        let values = self.map.values(axis, column, 0..self.map.axes()[axis].length)?;
        Ok(values.into_iter().step_by(self.every[axis] as usize).collect())
    }

    /// The regimes.
    ///
    /// # Errors
    /// When the map cannot be read.
    pub fn regimes(&self) -> Result<Flags, AnalyseError> {
        let labels: Vec<Label> = Label::all(self.map.labels());
        self.flags(None, &labels, |start, count| Ok(self.map.regime(start, count)?))
    }

    /// The statuses.
    ///
    /// # Errors
    /// When the map cannot be read.
    pub fn statuses(&self) -> Result<Flags, AnalyseError> {
        let labels: Vec<Label> =
            self.map.statuses().iter().map(|name| Label::new(name.as_str(), false)).collect();
        self.flags(None, &labels, |start, count| Ok(self.map.status(start, count)?))
    }

    /// What all starts of a point are called together, with the axis of the starts; nothing where no rules are over starts.
    ///
    /// # Errors
    /// When the map cannot be read.
    pub fn over_starts(&self) -> Result<Option<(usize, Flags)>, AnalyseError> {
        let Some((axis, labels)) = self.map.over_starts() else { return Ok(None) };
        let labels: Vec<Label> = Label::all(labels);
        let read = |start: &[u64], count: &[u64]| Ok(self.map.regime_over_starts(start, count)?);
        Ok(Some((axis, self.flags(Some(axis), &labels, read)?)))
    }

    fn flags(
        &self,
        without: Option<usize>,
        labels: &[Label],
        read: impl Fn(&[u64], &[u64]) -> Result<Vec<u8>, AnalyseError>,
    ) -> Result<Flags, AnalyseError> {
        let mut tally = Tally::default();
        let values = self.keep(without, read, |values| tally.add(values))?;
        Ok(Flags { values, shares: tally.shares(labels) })
    }

    /// A feature, by its number.
    ///
    /// # Errors
    /// When the map cannot be read.
    pub fn feature(&self, feature: usize) -> Result<Numbers, AnalyseError> {
        self.numbers(None, |start, count| Ok(self.map.slab(feature, start, count)?))
    }

    /// The share of the drawn starts that end in a regime, by its number: over all axes but the last.
    ///
    /// # Errors
    /// When the map cannot be read, or has no such shares.
    pub fn basin(&self, label: usize) -> Result<Numbers, AnalyseError> {
        let last = self.map.axes().len().checked_sub(1);
        self.numbers(last, |start, count| Ok(self.map.basin(label, start, count)?))
    }

    /// How many different ends the drawn starts have: over all axes but the last.
    ///
    /// # Errors
    /// When the map cannot be read, or has no such numbers.
    pub fn attractors(&self) -> Result<Numbers, AnalyseError> {
        let last = self.map.axes().len().checked_sub(1);
        self.numbers(last, |start, count| Ok(self.map.attractors(start, count)?))
    }

    fn numbers(
        &self,
        without: Option<usize>,
        read: impl Fn(&[u64], &[u64]) -> Result<Vec<f64>, AnalyseError>,
    ) -> Result<Numbers, AnalyseError> {
        let (mut low, mut high, mut undefined) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        let see = |values: &[f64]| {
            for &value in values {
                if value.is_finite() {
                    (low, high) = (low.min(value), high.max(value));
                }
                undefined += u64::from(value.is_nan());
            }
        };
        let values = self.keep(without, read, see)?;
        let range = if low <= high { [low, high] } else { [f64::NAN; 2] };
        Ok(Numbers { values, range, undefined })
    }

    /// Reads a variable over all axes but one piece by piece, shows every piece and keeps its own.
    fn keep<T: Copy + Default>(
        &self,
        without: Option<usize>,
        read: impl Fn(&[u64], &[u64]) -> Result<Vec<T>, AnalyseError>,
        mut see: impl FnMut(&[T]),
    ) -> Result<Vec<T>, AnalyseError> {
        let own = |all: &[u64]| -> Vec<u64> {
            let left = all.iter().enumerate().filter(|(axis, _)| Some(*axis) != without);
            left.map(|(_, value)| *value).collect()
        };
        let (shape, chunk, every) = (own(&self.map.shape()), own(&self.map.chunk()?), own(&self.every));
        let lengths: Vec<u64> =
            shape.iter().zip(&every).map(|(length, every)| length.div_ceil(*every)).collect();
        let mut kept = vec![T::default(); lengths.iter().product::<u64>() as usize];
        for piece in pieces(&shape, &chunk) {
            let values = read(&piece.0, &piece.1)?;
            see(&values);
            take(&piece, &values, &every, &lengths, &mut kept);
        }
        Ok(kept)
    }
}

/// Puts the values of a piece that are kept in their places, row by row of the last axis.
fn take<T: Copy>((start, count): &Piece, values: &[T], every: &[u64], lengths: &[u64], kept: &mut [T]) {
    let Some(last) = count.len().checked_sub(1) else {
        kept[0] = values[0];
        return;
    };
    let width = count[last];
    for (row, values) in values.chunks(width as usize).enumerate() {
        let mut rest = row as u64;
        let mut place = 0;
        let mut stride = lengths[last];
        let is_kept = (0..last).rev().all(|axis| {
            let coordinate = start[axis] + rest % count[axis];
            rest /= count[axis];
            place += coordinate / every[axis] * stride;
            stride *= lengths[axis];
            coordinate.is_multiple_of(every[axis])
        });
        if !is_kept {
            continue;
        }
        let first = start[last].next_multiple_of(every[last]);
        for coordinate in (first..start[last] + width).step_by(every[last] as usize) {
            kept[(place + coordinate / every[last]) as usize] = values[(coordinate - start[last]) as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_stands_in_its_place(
            shape in proptest::collection::vec(1_u64..8, 0..4),
            sides in proptest::collection::vec(1_u64..5, 4),
            every in proptest::collection::vec(1_u64..4, 4),
        ) {
            let chunk: Vec<u64> = shape.iter().zip(&sides).map(|(length, side)| *side.min(length)).collect();
            let every = &every[..shape.len()];
            let lengths: Vec<u64> =
                shape.iter().zip(every).map(|(length, every)| length.div_ceil(*every)).collect();
            let number = |coordinates: &[u64]| {
                coordinates.iter().zip(&shape).fold(0, |number, (own, length)| number * length + own)
            };
            let mut kept = vec![u64::MAX; lengths.iter().product::<u64>() as usize];
            for piece in pieces(&shape, &chunk) {
                let values: Vec<u64> = (0..piece.1.iter().product::<u64>())
                    .map(|at| number(&crate::analyse::pieces::coordinates(&piece, at as usize)))
                    .collect();
                take(&piece, &values, every, &lengths, &mut kept);
            }
            let origin = (vec![0; shape.len()], lengths.clone());
            for (at, &value) in kept.iter().enumerate() {
                let own = crate::analyse::pieces::coordinates(&origin, at);
                let there: Vec<u64> = own.iter().zip(every).map(|(own, every)| own * every).collect();
                prop_assert_eq!(value, number(&there));
            }
        }
    }
}
