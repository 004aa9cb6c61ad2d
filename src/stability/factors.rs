//! A square system solved by elimination, rows and columns scaled; directions in which the matrix is singular are left alone.
//! Knows nothing of what is solved.

/// A factored matrix, and what is needed to solve with it.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    dimension: usize,
    entries: Vec<f64>,
    /// Which row stands where.
    order: Vec<usize>,
    /// Which column stands where; empty where each is in its own place.
    columns: Vec<usize>,
    /// What each row was divided by.
    rows: Vec<f64>,
}

impl Factors {
    /// Factors `matrix`, row after row, with column `j` multiplied by `columns[j]`.
    pub(super) fn new(matrix: &[f64], columns: &[f64]) -> Self {
        let dimension = columns.len();
        let (entries, rows) = scaled(matrix, columns);
        let order = (0..dimension).collect();
        let mut factors = Self { dimension, entries, order, columns: Vec::new(), rows };
        if !factors.eliminate() {
            // A row of zeros that is found before the last one may stand for a direction, but not for its equation: that takes
            // columns in the order of their size too.
            (factors.entries, factors.rows) = scaled(matrix, columns);
            (factors.order, factors.columns) = ((0..dimension).collect(), (0..dimension).collect());
            factors.eliminate_by_rank();
        }
        factors
    }

    /// By how much a row was divided: the size of its terms.
    pub(super) fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// A pivot below this, of a matrix whose largest entries are 1, is one of a singular matrix: what rounding has left, which grows
    /// with every step (a star of 90 nodes leaves 5e-13).
    fn least(&self) -> f64 {
        8.0 * (self.dimension * self.dimension) as f64 * f64::EPSILON
    }

    /// Elimination with partial pivoting (Golub & Van Loan, Matrix Computations, 3.4). Gives up where the matrix is singular, with
    /// `false`.
    fn eliminate(&mut self) -> bool {
        let (n, least) = (self.dimension, self.least());
        for step in 0..n {
            let size = |row: usize| self.entries[row * n + step].abs();
            let mut pivot = step;
            for row in step + 1..n {
                if size(row) > size(pivot) {
                    pivot = row;
                }
            }
            if size(pivot) <= least {
                return false;
            }
            self.put_row(step, pivot);
            self.reduce(step);
        }
        true
    }

    /// Elimination with complete pivoting (3.4.8): the steps up to the rank of the matrix; the directions that are left get an infinite
    /// pivot.
    fn eliminate_by_rank(&mut self) {
        let (n, least) = (self.dimension, self.least());
        for step in 0..n {
            let mut pivot = (step, step);
            let mut largest = -1.0;
            for row in step..n {
                for column in step..n {
                    let size = self.entries[row * n + column].abs();
                    if size > largest {
                        (pivot, largest) = ((row, column), size);
                    }
                }
            }
            if largest <= least {
                for left in step..n {
                    self.entries[left * n + step..(left + 1) * n].fill(0.0);
                    self.entries[left * n + left] = f64::INFINITY;
                }
                return;
            }
            self.put_row(step, pivot.0);
            if pivot.1 != step {
                self.columns.swap(step, pivot.1);
                for row in 0..n {
                    self.entries.swap(row * n + step, row * n + pivot.1);
                }
            }
            self.reduce(step);
        }
    }

    /// Puts a row into the place of a step.
    fn put_row(&mut self, step: usize, pivot: usize) {
        let n = self.dimension;
        if pivot != step {
            self.order.swap(step, pivot);
            let (upper, lower) = self.entries.split_at_mut(pivot * n);
            upper[step * n..][..n].swap_with_slice(&mut lower[..n]);
        }
    }

    /// Takes multiples of a step's row from those below it.
    fn reduce(&mut self, step: usize) {
        let n = self.dimension;
        let (upper, lower) = self.entries.split_at_mut((step + 1) * n);
        let upper = &upper[step * n..];
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
        if !self.columns.is_empty() {
            let placed = solution.to_vec();
            for (&column, value) in self.columns.iter().zip(placed) {
                solution[column] = value;
            }
        }
    }
}

/// A matrix with its columns multiplied, and each row divided by its largest entry; and what the rows were divided by.
fn scaled(matrix: &[f64], columns: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut entries, mut rows) = (Vec::with_capacity(matrix.len()), Vec::with_capacity(columns.len()));
    for row in matrix.chunks_exact(columns.len()) {
        let begin = entries.len();
        entries.extend(row.iter().zip(columns).map(|(entry, column)| entry * column));
        let largest = entries[begin..].iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
        let size = if largest == 0.0 { 1.0 } else { largest };
        entries[begin..].iter_mut().for_each(|entry| *entry /= size);
        rows.push(size);
    }
    (entries, rows)
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

    #[test]
    fn every_equation_of_a_singular_system_that_can_be_solved_is_solved() {
        // The first column is empty, the first row is not.
        let mut solution = [0.0; 2];
        Factors::new(&[0.0, 1.0, 0.0, 0.0], &[1.0, 1.0]).solve(&[4.0, 0.0], &mut solution);
        assert_eq!(solution, [0.0, 4.0]);
        // Outer products of few vectors with made-up numbers: of rank 138 of 192, and 3 of 5.
        for (n, rank) in [(192, 138), (5, 3)] {
            let entry =
                |row: usize, column: usize| (((row * 37 + column * 101) % 89) as f64 / 44.0 - 1.0).powi(3);
            let product = |row: usize, column: usize| -> f64 {
                (0..rank).map(|inner| entry(row, inner) * entry(inner + 7, column + 3)).sum()
            };
            let matrix: Vec<f64> = (0..n * n).map(|place| product(place / n, place % n)).collect();
            let times = |x: &[f64]| -> Vec<f64> {
                matrix.chunks(n).map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect()
            };
            let right = times(&(0..n).map(|at| (at as f64).sin()).collect::<Vec<_>>());
            let mut solution = vec![0.0; n];
            Factors::new(&matrix, &vec![1.0; n]).solve(&right, &mut solution);
            let size = right.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            for (left, right) in times(&solution).iter().zip(&right) {
                assert!((left - right).abs() < 1e-7 * size, "{left} {right}");
            }
        }
    }
}
