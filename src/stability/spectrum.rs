//! The eigenvalues of a small real matrix. The only file of the room that names a linear algebra library.

use nalgebra::{DMatrix, Schur};

/// More sweeps of the QR algorithm than any matrix needs; a matrix with a NaN would never end.
const MOST_SWEEPS: usize = 10_000;

/// The eigenvalues of a square matrix, row-major, as (real, imaginary) pairs in no particular order; `None` where the
/// algorithm does not end, as with values that are not finite.
pub(super) fn eigenvalues(size: usize, values: &[f64]) -> Option<Vec<(f64, f64)>> {
    if values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let matrix = DMatrix::from_row_slice(size, size, values);
    let schur = Schur::try_new(matrix, f64::EPSILON, MOST_SWEEPS)?;
    Some(schur.complex_eigenvalues().iter().map(|value| (value.re, value.im)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_a_rotation_and_a_decay() {
        let mut values = eigenvalues(3, &[0.0, -2.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, -3.0]).expect("an end");
        values.sort_by(|a, b| a.1.total_cmp(&b.1));
        let expected = [(0.0, -2.0), (-3.0, 0.0), (0.0, 2.0)];
        for (value, expected) in values.iter().zip(expected) {
            assert!((value.0 - expected.0).hypot(value.1 - expected.1) < 1e-14, "{values:?}");
        }
        assert_eq!(eigenvalues(1, &[f64::NAN]), None);
    }
}
