//! Dense linear algebra of small matrices: factors, solutions, null vectors. Knows nothing of what the matrices mean.

use std::ops::{Index, IndexMut};

/// A matrix, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row-major.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// A row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// The first rows and columns.
    pub(super) fn corner(&self, rows: usize, columns: usize) -> Self {
        let values = (0..rows).flat_map(|row| self.row(row)[..columns].iter().copied()).collect();
        Self { rows, columns, values }
    }

    /// The transpose.
    pub(super) fn transposed(&self) -> Self {
        let mut other = Self::zeros(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                other[(column, row)] = self[(row, column)];
            }
        }
        other
    }

    /// The product with a vector.
    pub(super) fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|row| dot(self.row(row), vector)).collect()
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.values[row * self.columns + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        &mut self.values[row * self.columns + column]
    }
}

/// The scalar product.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// The Euclidean length.
pub(super) fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// The largest absolute value; NaN where there is one.
pub(super) fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest: f64, value| if value.is_nan() { *value } else { largest.max(value.abs()) })
}

/// The vector of length 1 in the same direction.
pub(super) fn unit(x: &[f64]) -> Vec<f64> {
    let length = norm(x);
    x.iter().map(|value| value / length).collect()
}

/// The triangular factors of a square matrix whose rows were brought to one size, with partial pivoting.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    triangles: Matrix,
    order: Vec<usize>,
    row_scales: Vec<f64>,
}

impl Factors {
    /// Factors a matrix. A pivot that is 0 becomes a tiny one, so that the solution of a singular system is a huge vector
    /// along the null vector rather than NaN.
    pub(super) fn of(matrix: &Matrix) -> Self {
        let size = matrix.rows;
        let mut factors = matrix.clone();
        let mut row_scales = vec![1.0; size];
        for (row, scale) in row_scales.iter_mut().enumerate() {
            let size = largest(matrix.row(row));
            if size > 0.0 && size.is_finite() {
                *scale = 1.0 / size;
            }
            for column in 0..matrix.columns {
                factors[(row, column)] *= *scale;
            }
        }
        let mut order: Vec<usize> = (0..size).collect();
        for step in 0..size {
            let pivot = (step..size)
                .max_by(|&a, &b| factors[(a, step)].abs().total_cmp(&factors[(b, step)].abs()))
                .unwrap_or(step);
            if pivot != step {
                for column in 0..size {
                    factors.values.swap(pivot * size + column, step * size + column);
                }
                order.swap(pivot, step);
            }
            if factors[(step, step)].abs() < f64::EPSILON * f64::EPSILON {
                factors[(step, step)] = f64::EPSILON * f64::EPSILON;
            }
            for row in step + 1..size {
                let factor = factors[(row, step)] / factors[(step, step)];
                factors[(row, step)] = factor;
                if factor == 0.0 {
                    continue;
                }
                let (above, below) = factors.values.split_at_mut(row * size);
                let pivots = &above[step * size..][step + 1..size];
                for (value, pivot) in below[step + 1..size].iter_mut().zip(pivots) {
                    *value -= factor * pivot;
                }
            }
        }
        Self { triangles: factors, order, row_scales }
    }

    /// The solution of the system with that right side.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let size = self.order.len();
        let mut x: Vec<f64> = self.order.iter().map(|&row| right[row] * self.row_scales[row]).collect();
        for row in 1..size {
            x[row] -= dot(&self.triangles.row(row)[..row], &x[..row]);
        }
        for row in (0..size).rev() {
            let rest = dot(&self.triangles.row(row)[row + 1..], &x[row + 1..]);
            x[row] = (x[row] - rest) / self.triangles[(row, row)];
        }
        x
    }
}

/// The unit vectors that a square matrix brings nearest to 0 from the right and from the left: of its smallest singular value.
pub(super) fn null_vectors(matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
    const ROUNDS: usize = 12;
    let (straight, turned) = (Factors::of(matrix), Factors::of(&matrix.transposed()));
    // No component is 0, so that no null vector is missed for a reason of symmetry.
    let mut right: Vec<f64> = (0..matrix.rows).map(|place| 1.0 + 0.1 * (place as f64 + 1.0).sin()).collect();
    let mut left = right.clone();
    for _ in 0..ROUNDS {
        left = unit(&turned.solve(&right));
        right = unit(&straight.solve(&left));
    }
    (right, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[f64]]) -> Matrix {
        Matrix { rows: rows.len(), columns: rows[0].len(), values: rows.concat() }
    }

    #[test]
    fn a_solution_solves_its_system() {
        let matrix = matrix(&[&[0.0, 2.0, 1.0], &[1e6, 1.0, 3.0], &[1.0, 0.5, -7.0]]);
        let right = [3.0, 1e6 + 4.0, -5.5];
        let x = Factors::of(&matrix).solve(&right);
        assert!(x.iter().all(|value| (value - 1.0).abs() < 1e-14), "{x:?}");
    }

    #[test]
    fn null_vectors_of_a_singular_matrix_are_exact() {
        let matrix = matrix(&[&[1.0, 2.0], &[2.0, 4.0]]);
        let (right, left) = null_vectors(&matrix);
        assert!(largest(&matrix.times(&right)) < 1e-14);
        assert!(largest(&matrix.transposed().times(&left)) < 1e-14);
    }
}
