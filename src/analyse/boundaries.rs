//! Where two regimes meet: the edges between cells of different labels. Knows neither axes' values nor how a line is drawn.

use ndarray::Array2;

/// A straight piece of a boundary, between corners of cells: corner `(i, j)` is the low end of column `i` and row `j`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Column and row of the corner where it begins.
    pub from: (usize, usize),
    /// Column and row of the corner where it ends; one of the two equals that of `from`.
    pub to: (usize, usize),
}

/// The boundaries between regimes, `[row x column]`: upright pieces first, then level ones, each as long as it can be.
pub fn boundaries(regimes: &Array2<u8>) -> Vec<Segment> {
    let (rows, columns) = regimes.dim();
    let mut segments = Vec::new();
    for column in 1..columns {
        let differs = |row: usize| regimes[[row, column - 1]] != regimes[[row, column]];
        segments
            .extend(runs(rows, differs).map(|(from, to)| Segment { from: (column, from), to: (column, to) }));
    }
    for row in 1..rows {
        let differs = |column: usize| regimes[[row - 1, column]] != regimes[[row, column]];
        segments
            .extend(runs(columns, differs).map(|(from, to)| Segment { from: (from, row), to: (to, row) }));
    }
    segments
}

/// The half-open ranges of indices below `length` where a condition holds.
fn runs(length: usize, holds: impl Fn(usize) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < length && !holds(at) {
            at += 1;
        }
        let from = at;
        while at < length && holds(at) {
            at += 1;
        }
        (from < at).then_some((from, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_boundary_follows_the_edges_of_cells() {
        let regimes = ndarray::array![[0, 0, 1], [0, 0, 1], [2, 2, 2]];
        assert_eq!(
            boundaries(&regimes),
            [Segment { from: (2, 0), to: (2, 2) }, Segment { from: (0, 2), to: (3, 2) }]
        );
    }

    #[test]
    fn one_regime_has_no_boundary() {
        assert!(boundaries(&Array2::zeros((4, 5))).is_empty());
    }

    proptest! {
        #[test]
        fn the_length_of_the_boundaries_is_the_number_of_unequal_neighbours(
            cells in proptest::collection::vec(0_u8..3, 30)
        ) {
            let regimes = Array2::from_shape_vec((5, 6), cells).unwrap();
            let mut unequal = 0;
            for row in 0..5 {
                for column in 0..6 {
                    unequal += usize::from(column > 0 && regimes[[row, column - 1]] != regimes[[row, column]]);
                    unequal += usize::from(row > 0 && regimes[[row - 1, column]] != regimes[[row, column]]);
                }
            }
            let length: usize = boundaries(&regimes)
                .iter()
                .map(|segment| segment.to.0 - segment.from.0 + segment.to.1 - segment.from.1)
                .sum();
            prop_assert_eq!(length, unequal);
        }
    }
}
