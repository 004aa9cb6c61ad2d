//! The eigenvalues of a symmetric matrix: tridiagonal form by reflections, then implicit steps with Wilkinson's shift.

use super::{add, is_over, product, reflection};

/// More steps than this for one eigenvalue no symmetric matrix needs.
const MOST_STEPS: usize = 60;

/// The eigenvalues, in no order (Golub & Van Loan, Matrix Computations, 8.3; Dubrulle, Martin & Wilkinson 1968,
/// Numer. Math. 12:377, for the implicit step).
pub(super) fn eigenvalues(
    matrix: &mut [f64],
    dimension: usize,
    is_given_up: &dyn Fn() -> bool,
) -> Option<Vec<f64>> {
    let (mut diagonal, mut beside) = tridiagonal(matrix, dimension, is_given_up)?;
    for first in 0..dimension {
        let mut steps = 0;
        loop {
            let last = (first..dimension - 1)
                .find(|&at| beside[at].abs() <= f64::EPSILON * (diagonal[at].abs() + diagonal[at + 1].abs()))
                .unwrap_or(dimension - 1);
            if last == first {
                break;
            }
            if steps == MOST_STEPS {
                return None;
            }
            steps += 1;
            step(&mut diagonal[first..=last], &mut beside[first..=last]);
        }
    }
    Some(diagonal)
}

/// One implicit step from the end of a block to its beginning, which drives `beside[0]` to 0.
fn step(diagonal: &mut [f64], beside: &mut [f64]) {
    let last = diagonal.len() - 1;
    let half = (diagonal[1] - diagonal[0]) / (2.0 * beside[0]);
    let root = (half * half + 1.0).sqrt();
    let away = if half < 0.0 { half - root } else { half + root };
    let mut bulge = diagonal[last] - diagonal[0] + beside[0] / away;
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for at in (0..last).rev() {
        let (far, near) = (sine * beside[at], cosine * beside[at]);
        let length = (far * far + bulge * bulge).sqrt();
        beside[at + 1] = length;
        if length == 0.0 {
            // The block has fallen apart by itself.
            diagonal[at + 1] -= shift;
            beside[last] = 0.0;
            return;
        }
        (sine, cosine) = (far / length, bulge / length);
        let own = diagonal[at + 1] - shift;
        let turned = (diagonal[at] - own) * sine + 2.0 * cosine * near;
        shift = sine * turned;
        diagonal[at + 1] = own + shift;
        bulge = cosine * turned - near;
    }
    diagonal[0] -= shift;
    beside[0] = bulge;
    beside[last] = 0.0;
}

/// Diagonal and what stands beside it, one longer than needed.
fn tridiagonal(
    matrix: &mut [f64],
    dimension: usize,
    is_given_up: &dyn Fn() -> bool,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut beside = vec![0.0; dimension];
    let (mut v, mut w) = (vec![0.0; dimension], vec![0.0; dimension]);
    for done in 0..dimension - 1 {
        if is_over(dimension, is_given_up) {
            return None;
        }
        let first = done + 1;
        let (v, w) = (&mut v[..dimension - first], &mut w[..dimension - first]);
        v.copy_from_slice(&matrix[done * dimension + first..(done + 1) * dimension]);
        let (factor, result) = reflection(v);
        beside[done] = result;
        if factor == 0.0 {
            continue;
        }
        let rows = || (first..dimension).map(|row| row * dimension + first..(row + 1) * dimension);
        for (row, w) in rows().zip(&mut *w) {
            *w = factor * product(&matrix[row], v);
        }
        let part = -0.5 * factor * product(v, w);
        add(w, part, v);
        for (at, row) in rows().enumerate() {
            add(&mut matrix[row.clone()], -v[at], w);
            add(&mut matrix[row], -w[at], v);
        }
    }
    Some(((0..dimension).map(|at| matrix[at * dimension + at]).collect(), beside))
}
