//! A square system solved by elimination, rows and columns scaled; a direction in which the matrix is singular is left alone.
//! Knows nothing of what is solved.

/// A factored matrix, room for the next one, and what is needed to solve with it.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    dimension: usize,
    entries: Vec<f64>,
    /// Which row stands where.
    order: Vec<usize>,
    /// What each row was divided by.
    rows: Vec<f64>,
}

impl Factors {
    /// Factors `matrix`, row after row, with column `j` multiplied by `columns[j]`.
    pub(super) fn new(matrix: &[f64], columns: &[f64]) -> Self {
        let dimension = columns.len();
        let (mut entries, mut rows) = (Vec::with_capacity(matrix.len()), Vec::with_capacity(dimension));
        for row in matrix.chunks_exact(dimension) {
            let begin = entries.len();
            entries.extend(row.iter().zip(columns).map(|(entry, column)| entry * column));
            let largest = entries[begin..].iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
            let size = if largest == 0.0 { 1.0 } else { largest };
            entries[begin..].iter_mut().for_each(|entry| *entry /= size);
            rows.push(size);
        }
        let mut factors = Self { dimension, entries, order: (0..dimension).collect(), rows };
        factors.eliminate();
        factors
    }

    /// By how much a row was divided: the size of its terms.
    pub(super) fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// Elimination with partial pivoting (Golub & Van Loan, Matrix Computations, 3.4).
    fn eliminate(&mut self) {
        let n = self.dimension;
        let least = 8.0 * n as f64 * f64::EPSILON;
        for step in 0..n {
            let size = |row: usize| self.entries[row * n + step].abs();
            let mut pivot = step;
            for row in step + 1..n {
                if size(row) > size(pivot) {
                    pivot = row;
                }
            }
            if pivot != step {
                self.order.swap(step, pivot);
                let (upper, lower) = self.entries.split_at_mut(pivot * n);
                upper[step * n..][..n].swap_with_slice(&mut lower[..n]);
            }
            let (upper, lower) = self.entries.split_at_mut((step + 1) * n);
            let upper = &mut upper[step * n..];
            if upper[step].abs() <= least {
                upper[step] = f64::INFINITY;
            }
            for row in lower.chunks_exact_mut(n) {
                let factor = row[step] / upper[step];
                row[step] = factor;
                if factor != 0.0 {
                    for (entry, above) in row[step + 1..].iter_mut().zip(&upper[step + 1..]) {
                        *entry -= factor * above;
                    }
                }
            }
        }
    }

    /// Solves for the scaled unknowns: `sum_j matrix[i][j] columns[j] solution[j] = right[i]`.
    pub(super) fn solve(&self, right: &[f64], solution: &mut [f64]) {
        let n = self.dimension;
        for row in 0..n {
            let from = self.order[row];
            let mut sum = right[from] / self.rows[from];
            for (entry, known) in self.entries[row * n..][..row].iter().zip(&*solution) {
                sum -= entry * known;
            }
            solution[row] = sum;
        }
        for row in (0..n).rev() {
            let mut sum = solution[row];
            for (entry, known) in
                self.entries[row * n + row + 1..(row + 1) * n].iter().zip(&solution[row + 1..])
            {
                sum -= entry * known;
            }
            // Over an infinite pivot: nothing is moved in a direction that changes nothing.
            solution[row] = sum / self.entries[row * n + row];
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is exact is compared exactly")]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_singular_direction_left_alone() {
        let mut solution = [0.0; 3];
        let matrix = [0.0, 2.0, 1.0, 1.0, 0.0, 0.0, 3.0, 0.0, 1e-9];
        Factors::new(&matrix, &[1.0, 10.0, 1e6]).solve(&[7.0, 2.0, 6.001], &mut solution);
        // x = (2, y, z) with z = 1e6 and y = (7 - 1e6)/2.
        assert!((solution[0] - 2.0).abs() < 1e-14 && (solution[2] - 1.0).abs() < 1e-12, "{solution:?}");
        assert!((solution[1] - (7.0 - 1e6) / 20.0).abs() < 1e-6);
        let mut solution = [0.0; 2];
        Factors::new(&[1.0, 1.0, 1.0, 1.0], &[1.0, 1.0]).solve(&[3.0, 3.0], &mut solution);
        assert_eq!(solution, [3.0, 0.0]);
    }
}
