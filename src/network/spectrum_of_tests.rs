//! Eigenvalues of a Laplacian for tests, by iterating a vector: another way than the program's own.

use super::Matrix;

/// The largest eigenvalue of `L = D - W` for a symmetric matrix, where `D` has the row sums.
pub(super) fn largest_of_laplacian(matrix: &Matrix) -> f64 {
    iterate(matrix, |value, laplacian| laplacian + 0.0 * value)
}

/// The second smallest eigenvalue, the algebraic connectivity: 0 where the network falls apart.
pub(super) fn second_of_laplacian(matrix: &Matrix) -> f64 {
    let largest = largest_of_laplacian(matrix);
    largest - iterate(matrix, |value, laplacian| largest * value - laplacian)
}

/// The largest eigenvalue of a combination of `1` and `L`, on vectors whose mean is 0.
fn iterate(matrix: &Matrix, combine: impl Fn(f64, f64) -> f64) -> f64 {
    let nodes = matrix.nodes();
    let mut vector: Vec<f64> = (0..nodes).map(|node| ((node * node + 1) as f64 * 0.7).sin()).collect();
    let mut eigenvalue = 0.0;
    for _ in 0..40_000 {
        let mean = vector.iter().sum::<f64>() / nodes as f64;
        let length = vector.iter().map(|value| (value - mean).powi(2)).sum::<f64>().sqrt();
        for value in &mut vector {
            *value = (*value - mean) / length;
        }
        let image = |target: usize| {
            let hears: f64 =
                matrix.row(target).iter().zip(&vector).map(|(weight, value)| weight * value).sum();
            combine(vector[target], matrix.row_sum(target) * vector[target] - hears)
        };
        let next: Vec<f64> = (0..nodes).map(image).collect();
        let found: f64 = next.iter().zip(&vector).map(|(next, value)| next * value).sum();
        let is_settled = (found - eigenvalue).abs() < 1e-14 * found.abs();
        (eigenvalue, vector) = (found, next);
        if is_settled {
            break;
        }
    }
    eigenvalue
}
