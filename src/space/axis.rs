//! An axis of a space: one dimension of the map, with one or more columns that move along it together.
//! Knows nothing of what its columns mean; a value is a formula of its index, so an axis costs no memory a point.

use std::sync::Arc;

use crate::design::Design;
use crate::space::SpaceError;
use crate::space::sample::{SAMPLE, Sampled};
use crate::table::Quantity;

/// How a column goes from index to value.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// Equal differences: `from + (to - from) * t`.
    Linear {
        /// The value at `t = 0`.
        from: f64,
        /// The value at `t = 1`.
        to: f64,
    },
    /// Equal ratios: `from * (to / from)^t`, exactly `from` and `to` at the ends.
    Log {
        /// The value at `t = 0`.
        from: f64,
        /// The value at `t = 1`; of the sign of `from`.
        to: f64,
    },
    /// The values themselves.
    List(Vec<f64>),
    /// What a design gives.
    Sample(Sampled),
}

/// Where the `n` values of a linear or logarithmic column lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// The first value is `from`, the last is `to`: `t = i / (n - 1)`. One value alone is `from`.
    #[default]
    Ends,
    /// The values are the centres of `n` equal cells between `from` and `to`: `t = (i + 1/2) / n`.
    Centres,
}

impl Placement {
    /// The place of an index, from 0 to 1.
    fn place(self, index: u64, length: u64) -> f64 {
        match self {
            Self::Ends if length == 1 => 0.0,
            Self::Ends => index as f64 / (length - 1) as f64,
            Self::Centres => (index as f64 + 0.5) / length as f64,
        }
    }
}

/// One quantity along an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisColumn {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// From index to value.
    pub scale: Scale,
    /// Ends or centres; a list has neither.
    pub placement: Placement,
}

impl AxisColumn {
    /// The value at an index of an axis of `length` values.
    ///
    /// A linear value is `from + (to - from) * t` in `f64`, rounded at each operation, so that refining an axis keeps the
    /// bits of the old points wherever `t` is the same number. A logarithmic one takes its power from the crate `libm`, whose
    /// bits do not depend on the machine's C library.
    pub fn value(&self, index: u64, length: u64) -> f64 {
        match self.scale {
            Scale::Linear { from, to } => from + (to - from) * self.placement.place(index, length),
            Scale::Log { from, to } => {
                let place = self.placement.place(index, length);
                if place <= 0.0 {
                    from
                } else if place >= 1.0 {
                    to
                } else if (to / from).is_normal() {
                    from * libm::pow(to / from, place)
                } else {
                    // The ratio of the ends is not a number that can be raised.
                    let size = libm::pow(from.abs(), 1.0 - place) * libm::pow(to.abs(), place);
                    size.copysign(from)
                }
            }
            // An index is below the length, and the length is the list's.
            Scale::List(ref values) => values[index as usize],
            Scale::Sample(ref sampled) => sampled.value(index),
        }
    }

    /// The values from an index on, of an axis of `length` values.
    pub fn fill(&self, first: u64, length: u64, values: &mut [f64]) {
        if let Scale::Sample(sampled) = &self.scale {
            return sampled.fill(first, values);
        }
        for (value, index) in values.iter_mut().zip(first..) {
            *value = self.value(index, length);
        }
    }

    /// Looks for what cannot be an axis' column.
    fn check(&self, length: u64) -> Result<(), SpaceError> {
        let axis = self.quantity.name.clone();
        match &self.scale {
            Scale::Linear { from, to } | Scale::Log { from, to } => {
                if !from.is_finite() || !to.is_finite() || !(to - from).is_finite() {
                    return Err(SpaceError::NotFinite { axis });
                }
                if matches!(self.scale, Scale::Log { .. })
                    && (*from == 0.0 || *to == 0.0 || (from < &0.0) != (to < &0.0))
                {
                    return Err(SpaceError::LogThroughZero { axis, from: *from, to: *to });
                }
                Ok(())
            }
            Scale::List(values) => {
                if values.len() as u64 != length {
                    return Err(SpaceError::Linked { axis, values: values.len() as u64, length });
                }
                if values.iter().any(|value| !value.is_finite()) {
                    return Err(SpaceError::NotFinite { axis });
                }
                Ok(())
            }
            // A design was checked when it was made.
            Scale::Sample(_) => Ok(()),
        }
    }

    /// Whether the values go strictly up or strictly down, which a coordinate of a map must.
    fn check_order(&self, length: u64) -> Result<(), SpaceError> {
        if length < 2 {
            return Ok(());
        }
        if matches!(self.scale, Scale::Sample(_)) {
            return Ok(());
        }
        let axis = self.quantity.name.clone();
        if let Scale::List(values) = &self.scale {
            let rises = values[1] > values[0];
            let ordered =
                values.windows(2).all(|pair| if rises { pair[1] > pair[0] } else { pair[1] < pair[0] });
            return if ordered { Ok(()) } else { Err(SpaceError::NotMonotonic { axis }) };
        }
        // A formula is monotonic, so neighbours can be equal only by rounding, which is coarsest where values are largest:
        // at one of the two ends.
        let pairs = [(0, 1), (length - 2, length - 1)];
        let distinct =
            pairs.iter().all(|&(i, j)| self.value(i, length).to_bits() != self.value(j, length).to_bits());
        if distinct { Ok(()) } else { Err(SpaceError::TooFine { axis, length }) }
    }
}

/// One dimension of a space.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    name: String,
    columns: Vec<AxisColumn>,
    length: u64,
    labels: Vec<String>,
    design: Option<Arc<Design>>,
}

impl Axis {
    /// An axis of `length` values; its name is that of its first column, the others are linked to it.
    ///
    /// # Errors
    /// When there is no value, a value is not finite, a logarithmic column meets 0, a list has another length than the axis, or
    /// two values of the first column are equal or out of order.
    ///
    /// # Panics
    /// When there is no column.
    pub fn new(columns: Vec<AxisColumn>, length: u64) -> Result<Self, SpaceError> {
        let first = columns.first().expect("an axis has a column");
        let name = first.quantity.name.clone();
        if length == 0 {
            return Err(SpaceError::Empty { axis: name });
        }
        for column in &columns {
            column.check(length)?;
        }
        first.check_order(length)?;
        Ok(Self { name, columns, length, labels: Vec::new(), design: None })
    }

    /// An axis whose values are names, such as the named initial states: its column counts 0, 1, 2, ...
    ///
    /// # Errors
    /// When there is no label.
    pub fn labelled(quantity: Quantity, labels: Vec<String>) -> Result<Self, SpaceError> {
        let scale = Scale::List((0..labels.len()).map(|index| index as f64).collect());
        let column = AxisColumn { quantity, scale, placement: Placement::Ends };
        let axis = Self::new(vec![column], labels.len() as u64)?;
        Ok(Self { labels, ..axis })
    }

    /// The points of a design: their identities, and what varies.
    ///
    /// # Errors
    /// When there is no point.
    pub fn sampled(design: &Arc<Design>) -> Result<Self, SpaceError> {
        let column = |quantity, sampled| AxisColumn {
            quantity,
            scale: Scale::Sample(sampled),
            placement: Placement::Ends,
        };
        let identity = Quantity::real(SAMPLE, "1", "replicate * 2^44 + block * 2^32 + base_row of the run");
        let identities = column(identity, Sampled::identities(design));
        let inputs = design.columns().enumerate();
        let inputs = inputs.map(|(at, (quantity, _))| column(quantity.clone(), Sampled::column(design, at)));
        let columns = std::iter::once(identities).chain(inputs).collect();
        Ok(Self { design: Some(Arc::clone(design)), ..Self::new(columns, design.runs())? })
    }

    /// The design whose points these are, if it is one.
    pub fn design(&self) -> Option<&Design> {
        self.design.as_deref()
    }

    /// The same design, to be kept.
    pub(super) fn shared_design(&self) -> Option<Arc<Design>> {
        self.design.clone()
    }

    /// The dimension's name in the map.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many values there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The columns: the axis' own, then those linked to it.
    pub fn columns(&self) -> &[AxisColumn] {
        &self.columns
    }

    /// The names of the values of a labelled axis; empty for any other.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The value of a column at an index.
    pub fn value(&self, column: usize, index: u64) -> f64 {
        self.columns[column].value(index, self.length)
    }

    /// The value of a column in the middle; of an input of a design its median.
    pub fn middle(&self, column: usize) -> f64 {
        match &self.columns[column].scale {
            Scale::Sample(sampled) => sampled.median(),
            _ => self.value(column, self.length / 2),
        }
    }

    /// Whether the values of the first column fall.
    pub fn falls(&self) -> bool {
        self.value(0, self.length - 1) < self.value(0, 0)
    }

    /// The index whose value of the first column lies nearest; of two equally near ones the lower.
    pub fn nearest(&self, wanted: f64) -> u64 {
        let rises = !self.falls();
        // The first index whose value is not before the wanted one.
        let (mut low, mut high) = (0, self.length - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let value = self.value(0, middle);
            let before = if rises { value < wanted } else { value > wanted };
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let previous = low.saturating_sub(1);
        let distance = |index: u64| (self.value(0, index) - wanted).abs();
        if distance(previous) <= distance(low) { previous } else { low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, placement: Placement, length: u64) -> Result<Axis, SpaceError> {
        Axis::new(
            vec![AxisColumn { quantity: Quantity::real("p", "1/s", "input"), scale, placement }],
            length,
        )
    }

    #[test]
    fn a_linear_value_is_the_stated_formula() {
        let axis = axis(Scale::Linear { from: 0.1, to: 350.0 }, Placement::Ends, 7).unwrap();
        for index in 0..7 {
            let expected = 0.1 + (350.0 - 0.1) * (f64::from(index as u32) / 6.0);
            assert_eq!(axis.value(0, index).to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn refining_an_axis_keeps_the_bits_of_the_old_points() {
        let coarse = axis(Scale::Linear { from: 0.3, to: 7.7 }, Placement::Ends, 11).unwrap();
        let fine = axis(Scale::Linear { from: 0.3, to: 7.7 }, Placement::Ends, 21).unwrap();
        for index in 0..11 {
            assert_eq!(coarse.value(0, index).to_bits(), fine.value(0, 2 * index).to_bits());
        }
    }

    #[test]
    fn centres_lie_half_a_cell_inside() {
        let axis = axis(Scale::Linear { from: 0.0, to: 10.0 }, Placement::Centres, 5).unwrap();
        let values: Vec<f64> = (0..5).map(|index| axis.value(0, index)).collect();
        assert_eq!(values, [1.0, 3.0, 5.0, 7.0, 9.0]);
    }

    #[test]
    fn a_logarithmic_axis_has_no_infinities_however_far_apart_its_ends_are() {
        for (from, to, middle) in [
            (1e-160, 1e160, 1.0),
            (1e-320, 1.0, 1e-160),
            (1.0, 1e-320, 1e-160),
            (-1e-200, -1e200, -1.0),
            (f64::MIN_POSITIVE, f64::MAX, 2.0),
        ] {
            let axis = axis(Scale::Log { from, to }, Placement::Ends, 5).unwrap();
            let values: Vec<f64> = (0..5).map(|index| axis.value(0, index)).collect();
            assert_eq!([values[0], values[4]].map(f64::to_bits), [from, to].map(f64::to_bits));
            assert!((values[2] / middle - 1.0).abs() < 1e-3, "{values:?}");
            assert!(values.windows(2).all(|pair| (pair[0] < pair[1]) == (from < to)), "{values:?}");
        }
    }

    #[test]
    fn a_log_axis_has_its_ends_exactly_and_equal_ratios() {
        let axis = axis(Scale::Log { from: 1e-3, to: 1e3 }, Placement::Ends, 7).unwrap();
        assert_eq!((axis.value(0, 0), axis.value(0, 6)), (1e-3, 1e3));
        for index in 0..7 {
            let expected = 10f64.powi(index as i32 - 3);
            assert!((axis.value(0, index) / expected - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn what_cannot_be_an_axis_is_refused() {
        let linear =
            |from, to, length| axis(Scale::Linear { from, to }, Placement::Ends, length).unwrap_err();
        assert!(matches!(linear(0.0, 1.0, 0), SpaceError::Empty { .. }));
        assert!(matches!(linear(0.0, f64::NAN, 2), SpaceError::NotFinite { .. }));
        assert!(matches!(linear(1.0, 1.0, 2), SpaceError::TooFine { .. }));
        assert!(matches!(linear(1.0, 1.0 + 1e-15, 1000), SpaceError::TooFine { .. }));
        let log = axis(Scale::Log { from: -1.0, to: 1.0 }, Placement::Ends, 3).unwrap_err();
        assert!(matches!(log, SpaceError::LogThroughZero { .. }));
        let list = axis(Scale::List(vec![1.0, 3.0, 2.0]), Placement::Ends, 3).unwrap_err();
        assert!(matches!(list, SpaceError::NotMonotonic { .. }));
    }

    #[test]
    fn the_nearest_index_is_found_on_rising_and_falling_axes() {
        let rising = axis(Scale::Linear { from: 0.0, to: 10.0 }, Placement::Ends, 11).unwrap();
        let falling = axis(Scale::List(vec![9.0, 4.0, 1.0]), Placement::Ends, 3).unwrap();
        assert_eq!([-5.0, 3.4, 3.5, 3.6, 99.0].map(|x| rising.nearest(x)), [0, 3, 3, 4, 10]);
        assert_eq!([10.0, 5.0, 2.0, 0.0].map(|x| falling.nearest(x)), [0, 1, 2, 2]);
    }
}
