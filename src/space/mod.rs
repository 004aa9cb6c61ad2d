//! Where a study measures: axes, the points of a design as one of them, and the integer coordinates of every point. Knows nothing of models, files or threads, and
//! materialises nothing: a point is an index, its values are formulas of it.
//!
//! Order is row-major everywhere: the last axis varies fastest.

mod axis;
mod cells;
mod correspondence;
mod sample;
mod sequence;

pub use axis::{Axis, AxisColumn, Placement, Scale};
pub use cells::{Cell, Cells, Tile};
pub use correspondence::Correspondence;
pub use sample::{Mark, SAMPLE, Sampled};
pub use sequence::low_discrepancy;

use crate::table::{Quantity, Table};

/// More points than this have no exact `f64` index (2^53).
pub const MOST_POINTS: u64 = 1 << 53;

/// HDF5 arrays have at most 32 dimensions.
pub const MOST_AXES: usize = 32;

/// More points than this are not measured one after the other.
pub const LONGEST_CHAIN: u64 = 1 << 18;

/// Why a space cannot be.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SpaceError {
    /// An axis without values.
    #[error("axis `{axis}` has no values; give `n` of at least 1, or a list with a value")]
    Empty {
        /// The axis.
        axis: String,
    },
    /// A bound or a value is infinite or not a number.
    #[error("axis `{axis}` has a value that is not finite; give finite numbers")]
    NotFinite {
        /// The axis.
        axis: String,
    },
    /// A logarithmic axis with an end at 0 or with ends of both signs.
    #[error(
        "axis `{axis}` is logarithmic, and 0 lies between {from} and {to} or at an end; give two ends of one sign, or leave `scale` out"
    )]
    LogThroughZero {
        /// The axis.
        axis: String,
        /// Its first end.
        from: f64,
        /// Its last end.
        to: f64,
    },
    /// A listed axis that goes up and down.
    #[error(
        "axis `{axis}` must go strictly up or strictly down; order its values and leave out repeated ones"
    )]
    NotMonotonic {
        /// The axis.
        axis: String,
    },
    /// Neighbouring values are the same number.
    #[error(
        "axis `{axis}` has {length} values so close that neighbours are equal; give fewer, or a wider range"
    )]
    TooFine {
        /// The axis.
        axis: String,
        /// Its number of values.
        length: u64,
    },
    /// A linked list of another length.
    #[error("`{axis}` has {values} values on an axis of {length}; give one value for each")]
    Linked {
        /// The linked column.
        axis: String,
        /// How many values it lists.
        values: u64,
        /// How many the axis has.
        length: u64,
    },
    /// A name twice.
    #[error("`{column}` is varied twice; names are unique without regard to case, so leave one out")]
    Twice {
        /// The name.
        column: String,
    },
    /// More axes than a map can have dimensions.
    #[error("{axes} axes are more than a map can have ({MOST_AXES}); link some with `with`")]
    TooManyAxes {
        /// How many there are.
        axes: usize,
    },
    /// A chain that is too long.
    #[error("{points} points would be measured one after the other, at most 2^18 are; use fewer values")]
    TooLong {
        /// How many there are.
        points: u64,
    },
    /// More points than have an exact index.
    #[error("the space has {points} points, more than 2^53; use fewer values")]
    TooManyPoints {
        /// How many there are (at most `u128::MAX`).
        points: u128,
    },
}

/// A grid of points: the product of its axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    axes: Vec<Axis>,
    columns: Vec<Quantity>,
    points: u64,
    cells: Cells,
}

impl Space {
    /// The product of axes, in the order of the map's dimensions. Without axes it is a single point.
    ///
    /// # Errors
    /// When two columns share a name, or there are too many axes or points.
    pub fn new(axes: Vec<Axis>) -> Result<Self, SpaceError> {
        Self::chained(axes, 0)
    }

    /// The same, with the last `whole` axes never cut: points that differ along them only are measured together.
    ///
    /// # Errors
    /// As [`Space::new`], and where those axes have too many points together.
    pub fn chained(axes: Vec<Axis>, whole: usize) -> Result<Self, SpaceError> {
        if axes.len() > MOST_AXES {
            return Err(SpaceError::TooManyAxes { axes: axes.len() });
        }
        let columns: Vec<Quantity> =
            axes.iter().flat_map(Axis::columns).map(|column| column.quantity.clone()).collect();
        for (number, column) in columns.iter().enumerate() {
            if columns[..number].iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
                return Err(SpaceError::Twice { column: column.name.clone() });
            }
        }
        let points =
            axes.iter().fold(1u128, |product, axis| product.saturating_mul(u128::from(axis.length())));
        if points > u128::from(MOST_POINTS) {
            return Err(SpaceError::TooManyPoints { points });
        }
        let shape: Vec<u64> = axes.iter().map(Axis::length).collect();
        let chain: u64 = shape[shape.len() - whole..].iter().product();
        if chain > LONGEST_CHAIN {
            return Err(SpaceError::TooLong { points: chain });
        }
        Ok(Self { cells: Cells::new(&shape, whole), axes, columns, points: points as u64 })
    }

    /// The axes, in the order of the map's dimensions.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// What varies: the columns of all axes, in order. A point's values stand in this order.
    pub fn columns(&self) -> &[Quantity] {
        &self.columns
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> Vec<u64> {
        self.axes.iter().map(Axis::length).collect()
    }

    /// How many points there are.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// How the space is cut into cells and blocks.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The integer coordinates of a point, one an axis, from its index in the whole space.
    ///
    /// # Panics
    /// When the index is not below [`Space::points`].
    pub fn coordinates(&self, point: u64) -> Vec<u64> {
        assert!(point < self.points, "a point of the space");
        digits(point, &self.shape())
    }

    /// The index of a point in the whole space, from its integer coordinates.
    ///
    /// # Panics
    /// When a coordinate is not below its axis' length.
    pub fn point(&self, coordinates: &[u64]) -> u64 {
        assert_eq!(coordinates.len(), self.axes.len(), "one coordinate an axis");
        self.axes.iter().zip(coordinates).fold(0, |point, (axis, &coordinate)| {
            assert!(coordinate < axis.length(), "a coordinate on its axis");
            point * axis.length() + coordinate
        })
    }

    /// The values of all columns at integer coordinates.
    pub fn values(&self, coordinates: &[u64]) -> Vec<f64> {
        let along = |(axis, &index): (&Axis, &u64)| {
            (0..axis.columns().len()).map(|column| axis.value(column, index)).collect::<Vec<f64>>()
        };
        self.axes.iter().zip(coordinates).flat_map(along).collect()
    }

    /// The values of all columns at single points given by integer coordinates, `[column][point]`.
    pub fn table_at(&self, points: &[Vec<u64>]) -> Table {
        let mut table = Table::undefined(self.columns.len(), points.len());
        for (row, coordinates) in points.iter().enumerate() {
            for (column, value) in self.values(coordinates).into_iter().enumerate() {
                table.column_mut(column)[row] = value;
            }
        }
        table
    }

    /// The values of all columns at a run of points of a cell, `[column][point]`; the points are those with row-major numbers
    /// `first .. first + count` inside the cell.
    ///
    /// # Panics
    /// When the run leaves the cell.
    pub fn table(&self, cell: &Cell, first: u32, count: u32) -> Table {
        assert!(u64::from(first) + u64::from(count) <= cell.points(), "a run of points inside its cell");
        let mut table = Table::undefined(self.columns.len(), count as usize);
        let extent = cell.extent();
        let mut local = digits(u64::from(first), extent);
        let coordinates: Vec<u64> =
            local.iter().zip(cell.origin()).map(|(digit, origin)| digit + origin).collect();
        let mut values = self.values(&coordinates);
        let starts: Vec<usize> = self
            .axes
            .iter()
            .scan(0, |next, axis| {
                let start = *next;
                *next += axis.columns().len();
                Some(start)
            })
            .collect();
        let sampled = self.axes.iter().position(|axis| axis.design().is_some());
        let mut samples = Vec::new();
        for row in 0..count as usize {
            for (column, &value) in values.iter().enumerate() {
                table.column_mut(column)[row] = value;
            }
            samples.extend(sampled.map(|axis| cell.origin()[axis] + local[axis]));
            for (axis_number, axis) in self.axes.iter().enumerate().rev() {
                let carries = local[axis_number] + 1 == extent[axis_number];
                local[axis_number] = if carries { 0 } else { local[axis_number] + 1 };
                let index = cell.origin()[axis_number] + local[axis_number];
                // The points of a design are made many at a time.
                let columns = if axis.design().is_some() { 0 } else { axis.columns().len() };
                for column in 0..columns {
                    values[starts[axis_number] + column] = axis.value(column, index);
                }
                if !carries {
                    break;
                }
            }
        }
        if let Some(axis) = sampled {
            for (column, own) in self.axes[axis].columns().iter().enumerate() {
                let values = table.column_mut(starts[axis] + column);
                let mut done = 0;
                for run in samples.chunk_by(|before, next| *next == before + 1) {
                    own.fill(run[0], self.axes[axis].length(), &mut values[done..done + run.len()]);
                    done += run.len();
                }
            }
        }
        table
    }
}

/// The digits of a number in a mixed base, the last one varying fastest.
fn digits(mut number: u64, bases: &[u64]) -> Vec<u64> {
    let mut digits = vec![0; bases.len()];
    for (digit, &base) in digits.iter_mut().zip(bases).rev() {
        *digit = number % base;
        number /= base;
    }
    digits
}

#[cfg(test)]
mod tests;
