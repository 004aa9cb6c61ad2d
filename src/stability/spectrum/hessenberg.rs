//! A matrix made ready: balanced, then brought to Hessenberg form by reflections. Both keep its eigenvalues.

use super::{add, is_over, product, reflection};

/// Scales rows and columns by powers of two until their sums are alike (Parlett & Reinsch 1969,
/// doi:10.1007/BF02165404), so that large entries do not spoil small eigenvalues.
pub(super) fn balance(matrix: &mut [f64], dimension: usize) {
    const RADIX: f64 = 2.0;
    // It ends by itself; the limit is for what rounding may do.
    for _ in 0..64 {
        let mut is_balanced = true;
        for at in 0..dimension {
            let others = || (0..dimension).filter(move |&other| other != at);
            let mut column: f64 = others().map(|row| matrix[row * dimension + at].abs()).sum();
            let row: f64 = others().map(|column| matrix[at * dimension + column].abs()).sum();
            if column == 0.0 || row == 0.0 {
                continue;
            }
            let (sum, mut factor) = (column + row, 1.0);
            while column < row / RADIX {
                factor *= RADIX;
                column *= RADIX * RADIX;
            }
            while column >= row * RADIX {
                factor /= RADIX;
                column /= RADIX * RADIX;
            }
            if (column + row) / factor < 0.95 * sum {
                is_balanced = false;
                matrix[at * dimension..][..dimension].iter_mut().for_each(|entry| *entry /= factor);
                matrix[at..].iter_mut().step_by(dimension).for_each(|entry| *entry *= factor);
            }
        }
        if is_balanced {
            return;
        }
    }
}

/// Makes everything below the first subdiagonal 0 (Householder; Golub & Van Loan, Matrix Computations, 7.4.2); `None` where it is
/// given up.
pub(super) fn reduce(matrix: &mut [f64], dimension: usize, is_given_up: &dyn Fn() -> bool) -> Option<()> {
    let mut sums = vec![0.0; dimension];
    let mut v = vec![0.0; dimension];
    for done in 0..dimension.saturating_sub(2) {
        if is_over(dimension, is_given_up) {
            return None;
        }
        let first = done + 1;
        let v = &mut v[..dimension - first];
        for (at, target) in v.iter_mut().enumerate() {
            *target = matrix[(first + at) * dimension + done];
        }
        let (factor, result) = reflection(v);
        if factor == 0.0 {
            continue;
        }
        let sums = &mut sums[..dimension - first];
        sums.fill(0.0);
        let rows = || (first..dimension).map(|row| row * dimension + first..(row + 1) * dimension);
        for (row, v) in rows().zip(&*v) {
            add(sums, *v, &matrix[row]);
        }
        for (row, v) in rows().zip(&*v) {
            add(&mut matrix[row], -factor * v, sums);
        }
        for row in matrix.chunks_exact_mut(dimension) {
            let sum = product(&row[first..], v);
            add(&mut row[first..], -factor * sum, v);
        }
        matrix[first * dimension + done] = result;
        for row in first + 1..dimension {
            matrix[row * dimension + done] = 0.0;
        }
    }
    Some(())
}
