//! The eigenvalues of a Hessenberg matrix by implicit double-shift steps (Francis 1961, doi:10.1093/comjnl/4.3.265), with the
//! shifts, the exceptional shifts and the test of deflation that LAPACK's `dlahqr` has (Ahues & Tisseur 1997, LAPACK Working
//! Note 122).

use super::{Eigenvalue, is_over, pair, reflection};

/// More steps than this for one eigenvalue: given up.
const MOST_STEPS: usize = 300;

/// After so many steps an entry that rounding alone can have made counts as 0. The finer test before that may never be met where many
/// eigenvalues are equal: it then asks rounding errors to be smaller than they are.
const PATIENCE: usize = 30;

/// Every so many steps a shift of another kind is taken, which leaves cycles of the plain one.
const EXCEPTION: usize = 10;

/// A Hessenberg matrix, and the block of it that is being deflated.
struct Block<'a> {
    entries: &'a mut [f64],
    dimension: usize,
    first: usize,
    last: usize,
}

/// Two shifts: both real and equal, or a pair.
#[derive(Clone, Copy)]
struct Shifts {
    re: f64,
    im: f64,
}

/// The eigenvalues of a matrix whose entries are about 1 or smaller; a complex one stands beside its conjugate.
pub(super) fn eigenvalues(
    matrix: &mut [f64],
    dimension: usize,
    is_given_up: &dyn Fn() -> bool,
) -> Option<Vec<Eigenvalue>> {
    let mut found = Vec::with_capacity(dimension);
    let mut open = dimension;
    let mut block = Block { entries: matrix, dimension, first: 0, last: 0 };
    while open > 0 {
        block.last = open - 1;
        let mut steps = 0;
        loop {
            block.first = block.deflated(steps > PATIENCE);
            if block.first + 1 >= block.last {
                break;
            }
            steps += 1;
            if steps > MOST_STEPS || is_over(dimension, is_given_up) {
                return None;
            }
            let shifts = block.shifts(steps);
            block.step(shifts);
        }
        let (first, last) = (block.first, block.last);
        if first == last {
            found.push(Eigenvalue::real(block.at(last, last)));
        } else {
            let [a, b] = [first, last].map(|column| block.at(first, column));
            let [c, d] = [first, last].map(|column| block.at(last, column));
            found.extend(pair(a, b, c, d));
        }
        open = first;
    }
    Some(found)
}

impl Block<'_> {
    fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.dimension + column]
    }

    /// Where the last block begins that does not fall apart; what divides it from the rest becomes 0.
    fn deflated(&mut self, is_late: bool) -> usize {
        let mut at = self.last;
        while at > 0 && !self.is_divided(at, is_late) {
            at -= 1;
        }
        if at > 0 {
            self.entries[at * self.dimension + at - 1] = 0.0;
        }
        at
    }

    /// Whether the entry before the diagonal in row `at` is as good as 0.
    fn is_divided(&self, at: usize, is_late: bool) -> bool {
        let small = f64::MIN_POSITIVE * (self.dimension as f64 / f64::EPSILON);
        let below = self.at(at, at - 1).abs();
        if below <= small {
            return true;
        }
        let (upper, lower) = (self.at(at - 1, at - 1), self.at(at, at));
        let mut sum = upper.abs() + lower.abs();
        if sum == 0.0 {
            if at >= 2 {
                sum += self.at(at - 1, at - 2).abs();
            }
            if at < self.last {
                sum += self.at(at + 1, at).abs();
            }
        }
        if below > f64::EPSILON * sum {
            return false;
        }
        if is_late {
            return true;
        }
        let above = self.at(at - 1, at).abs();
        let (more, less) = (below.max(above), below.min(above));
        let difference = (upper - lower).abs();
        let (large, little) = (lower.abs().max(difference), lower.abs().min(difference));
        let all = large + more;
        less * (more / all) <= small.max(f64::EPSILON * (little * (large / all)))
    }

    fn shifts(&self, steps: usize) -> Shifts {
        let (first, last) = (self.first, self.last);
        let exceptional = |size: f64, own: f64| [0.75 * size + own, -0.4375 * size, size, 0.75 * size + own];
        let [a, b, c, d] = if steps.is_multiple_of(2 * EXCEPTION) {
            let size = self.at(last, last - 1).abs() + self.at(last - 1, last - 2).abs();
            exceptional(size, self.at(last, last))
        } else if steps.is_multiple_of(EXCEPTION) {
            let size = self.at(first + 1, first).abs() + self.at(first + 2, first + 1).abs();
            exceptional(size, self.at(first, first))
        } else {
            let before = last - 1;
            [self.at(before, before), self.at(before, last), self.at(last, before), self.at(last, last)]
        };
        let [one, other] = pair(a, b, c, d);
        if one.im != 0.0 {
            return Shifts { re: one.re, im: one.im.abs() };
        }
        // Twice the one that is nearer to the last entry.
        let is_nearer = (one.re - d).abs() <= (other.re - d).abs();
        Shifts { re: if is_nearer { one.re } else { other.re }, im: 0.0 }
    }

    /// The first column of the product of both shifted matrices, begun at row `at`, up to its size.
    fn beginning(&self, at: usize, shifts: Shifts) -> [f64; 3] {
        let away = self.at(at, at) - shifts.re;
        let size = away.abs() + shifts.im + self.at(at + 1, at).abs();
        if size == 0.0 {
            return [0.0; 3];
        }
        let below = self.at(at + 1, at) / size;
        let v = [
            below * self.at(at, at + 1) + away * (away / size) + shifts.im * (shifts.im / size),
            below * (self.at(at, at) + self.at(at + 1, at + 1) - 2.0 * shifts.re),
            below * self.at(at + 2, at + 1),
        ];
        let size = v[0].abs() + v[1].abs() + v[2].abs();
        if size == 0.0 { v } else { v.map(|x| x / size) }
    }

    /// Where two small entries below the diagonal let a step begin, and how.
    fn entrance(&self, shifts: Shifts) -> (usize, [f64; 3]) {
        let mut at = self.last - 2;
        loop {
            let v = self.beginning(at, shifts);
            if at == self.first {
                return (at, v);
            }
            let size = self.at(at - 1, at - 1).abs() + self.at(at, at).abs() + self.at(at + 1, at + 1).abs();
            if self.at(at, at - 1).abs() * (v[1].abs() + v[2].abs()) <= f64::EPSILON * v[0].abs() * size {
                return (at, v);
            }
            at -= 1;
        }
    }

    /// Chases the bulge of a double step through the block. Only the block is changed: no more is needed for eigenvalues.
    fn step(&mut self, shifts: Shifts) {
        let (entrance, begin) = self.entrance(shifts);
        let (dimension, first, last) = (self.dimension, self.first, self.last);
        for at in entrance..last {
            let size = (last - at + 1).min(3);
            let mut v = begin;
            if at > entrance {
                for (row, v) in v[..size].iter_mut().enumerate() {
                    *v = self.at(at + row, at - 1);
                }
            }
            let (factor, result) = reflection(&mut v[..size]);
            if at > entrance {
                self.entries[at * dimension + at - 1] = result;
                (1..size).for_each(|row| self.entries[(at + row) * dimension + at - 1] = 0.0);
            } else if entrance > first {
                self.entries[at * dimension + at - 1] *= 1.0 - factor;
            }
            if factor == 0.0 {
                continue;
            }
            let v = if size == 3 { v } else { [v[0], v[1], 0.0] };
            let rows = &mut self.entries[at * dimension..];
            let (one, rest) = rows.split_at_mut(dimension);
            let (two, rest) = rest.split_at_mut(dimension);
            if size == 3 {
                turn_rows(&mut one[at..=last], &mut two[at..=last], &mut rest[at..=last], v, factor);
            } else {
                for (x, y) in one[at..=last].iter_mut().zip(&mut two[at..=last]) {
                    let sum = factor * (*x + v[1] * *y);
                    *x -= sum;
                    *y -= sum * v[1];
                }
            }
            for row in first..=(at + 3).min(last) {
                let entries = &mut self.entries[row * dimension + at..][..size];
                let sum = factor * entries.iter().zip(&v).map(|(x, v)| x * v).sum::<f64>();
                entries.iter_mut().zip(&v).for_each(|(x, v)| *x -= sum * v);
            }
        }
    }
}

/// A reflection of three rows; `v[0]` is 1.
fn turn_rows(one: &mut [f64], two: &mut [f64], three: &mut [f64], v: [f64; 3], factor: f64) {
    for ((x, y), z) in one.iter_mut().zip(two).zip(three) {
        let sum = factor * (*x + v[1] * *y + v[2] * *z);
        *x -= sum;
        *y -= sum * v[1];
        *z -= sum * v[2];
    }
}
