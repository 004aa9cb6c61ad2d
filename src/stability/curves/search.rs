//! Equilibria to begin with: Newton's method from many places at one value of each parameter. What is found is exact, what is
//! not found may still be there. Knows nothing of curves.

use super::linear::{Factors, Matrix, dot, largest, norm, null_vectors};
use super::problem::Problem;

/// Where equilibria are looked for.
#[derive(Clone, Debug)]
pub(super) struct Search<'a> {
    /// The equations of an equilibrium; parameters are the last unknowns.
    pub(super) problem: &'a Problem,
    /// Initial states.
    pub(super) starts: &'a [Vec<f64>],
    /// The step of the trajectories from them, in time units.
    pub(super) step: f64,
    /// No variable of an equilibrium is beyond it.
    pub(super) bound: f64,
}

/// Steps of a trajectory; enough to settle where it settles fast, and to see the box in which it stays where it does not.
const STEPS: usize = 6000;
/// Points of the box from which is tried.
const SAMPLES: usize = 48;

impl Search<'_> {
    /// The equilibria found at values of the parameters, each once and with the number of starts that came to it.
    pub(super) fn at(&self, parameters: &[f64]) -> Vec<(Vec<f64>, usize)> {
        let mut ends: Vec<Vec<f64>> = Vec::new();
        let mut guesses: Vec<Vec<f64>> = self.starts.to_vec();
        let dimension = self.problem.unknowns() - parameters.len();
        let mut low = vec![f64::INFINITY; dimension];
        let mut high = vec![f64::NEG_INFINITY; dimension];
        for start in self.starts {
            let mut state = start.clone();
            let mut mean = vec![0.0; dimension];
            for number in 0..STEPS {
                for (place, value) in state.iter().enumerate() {
                    low[place] = low[place].min(*value);
                    high[place] = high[place].max(*value);
                }
                let Some(next) = self.next(&state, parameters) else { break };
                state = next;
                if number >= STEPS / 2 {
                    mean.iter_mut().zip(&state).for_each(|(mean, value)| *mean += value / (STEPS / 2) as f64);
                }
            }
            ends.push(state);
            guesses.push(mean);
        }
        // Where trajectories end comes first.
        guesses.splice(..0, ends);
        for number in 1..=SAMPLES {
            let sample = |place: usize| {
                let width = (high[place] - low[place]).max(1e-3 * low[place].abs().max(high[place].abs()));
                low[place] + width * (2.0 * halton(number, place) - 0.5)
            };
            guesses.push((0..dimension).map(sample).collect());
        }
        let mut found: Vec<(Vec<f64>, usize)> = Vec::new();
        for guess in guesses {
            let Some(state) = self.settle(&guess, parameters) else { continue };
            match found.iter_mut().find(|(known, _)| is_same(known, &state)) {
                Some((_, starts)) => *starts += 1,
                None => found.push((state, 1)),
            }
        }
        found
    }

    /// An equilibrium at which the Jacobian is singular, near where a trajectory ends: where equilibria fill a line or more, Newton's
    /// method finds none of them, and the shortest step to a zero of the linearised field (Gauss and Newton's) the nearest.
    pub(super) fn of_a_continuum(&self, parameters: &[f64]) -> Option<Vec<f64>> {
        let ends = self.starts.iter().map(|start| {
            let mut state = start.clone();
            for _ in 0..STEPS {
                let Some(next) = self.next(&state, parameters) else { break };
                state = next;
            }
            state
        });
        ends.chain(self.starts.iter().cloned()).find_map(|guess| self.nearest(&guess, parameters))
    }

    fn nearest(&self, guess: &[f64], parameters: &[f64]) -> Option<Vec<f64>> {
        const MOST_ROUNDS: usize = 60;
        // Of the square of the Jacobian: what is smaller is rounding.
        const NOTHING: f64 = 1e-12;
        let size = guess.len();
        let mut state = guess.to_vec();
        for _ in 0..MOST_ROUNDS {
            let (value, jacobian) = self.problem.evaluate(&[&state[..], parameters].concat());
            let jacobian = jacobian.corner(size, size);
            let across = jacobian.transposed();
            let mut square = Matrix::zeros(size, size);
            for row in 0..size {
                for column in 0..size {
                    square[(row, column)] = dot(across.row(row), across.row(column));
                }
            }
            let trace: f64 = (0..size).map(|place| square[(place, place)]).sum();
            (0..size).for_each(|place| square[(place, place)] += NOTHING * trace);
            let change = Factors::of(&square).solve(&across.times(&value));
            let length = norm(&change);
            if !length.is_finite() {
                return None;
            }
            state.iter_mut().zip(&change).for_each(|(value, change)| *value -= change);
            if length <= 1e-9 * (norm(&state) + 1e-3) {
                let inside = state.iter().all(|value| value.abs() <= self.bound);
                // The field may be smallest here and not 0.
                let rests = norm(&value) <= 1e-8 * trace.sqrt() * (norm(&state) + 1e-3);
                return (inside && rests && !is_isolated(&jacobian)).then_some(state);
            }
        }
        None
    }

    fn field(&self, state: &[f64], parameters: &[f64]) -> Vec<f64> {
        self.problem.values(&[state, parameters].concat())
    }

    /// One step of the classical Runge-Kutta method; `None` beyond the bound.
    fn next(&self, state: &[f64], parameters: &[f64]) -> Option<Vec<f64>> {
        let moved = |slope: &[f64], length: f64| -> Vec<f64> {
            state.iter().zip(slope).map(|(value, slope)| value + length * slope).collect()
        };
        let a = self.field(state, parameters);
        let b = self.field(&moved(&a, 0.5 * self.step), parameters);
        let c = self.field(&moved(&b, 0.5 * self.step), parameters);
        let d = self.field(&moved(&c, self.step), parameters);
        let slope: Vec<f64> =
            (0..state.len()).map(|place| (a[place] + 2.0 * (b[place] + c[place]) + d[place]) / 6.0).collect();
        let next = moved(&slope, self.step);
        next.iter().all(|value| value.abs() <= self.bound).then_some(next)
    }

    /// Newton's method from a guess, with shorter steps where the full one does not help (the natural test of Deuflhard 2004,
    /// Newton Methods for Nonlinear Problems, section 3.3).
    // Not `newton::roots`: that goes over many points at once and by scales, here one point of a curve's equations goes by one norm.
    fn settle(&self, guess: &[f64], parameters: &[f64]) -> Option<Vec<f64>> {
        const MOST_ROUNDS: usize = 60;
        const SHORTEST: f64 = 1e-4;
        let size = guess.len();
        let mut state = guess.to_vec();
        for _ in 0..MOST_ROUNDS {
            let (value, jacobian) = self.problem.evaluate(&[&state[..], parameters].concat());
            let factors = Factors::of(&jacobian.corner(size, size));
            let change = factors.solve(&value);
            let length = norm(&change);
            if !length.is_finite() {
                return None;
            }
            if length <= 1e-11 * (norm(&state) + 1e-3) {
                let inside = state.iter().all(|value| value.abs() <= self.bound);
                return (inside && is_isolated(&jacobian.corner(size, size))).then_some(state);
            }
            let mut part = 1.0;
            loop {
                let next: Vec<f64> =
                    state.iter().zip(&change).map(|(value, change)| value - part * change).collect();
                let rest = norm(&factors.solve(&self.field(&next, parameters)));
                if rest <= (1.0 - 0.25 * part) * length || rest <= 1e-13 * (norm(&state) + 1e-3) {
                    state = next;
                    break;
                }
                part *= 0.5;
                if part < SHORTEST {
                    return None;
                }
            }
        }
        None
    }
}

/// Whether no eigenvalue is 0 but for rounding: only then a branch goes through an equilibrium in one way.
fn is_isolated(jacobian: &Matrix) -> bool {
    let mut balanced = jacobian.clone();
    for row in 0..jacobian.rows() {
        let size = largest(jacobian.row(row)).max(f64::MIN_POSITIVE);
        for column in 0..jacobian.columns() {
            balanced[(row, column)] /= size;
        }
    }
    let (null, _) = null_vectors(&balanced);
    norm(&balanced.times(&null)) > 1e-9
}

/// Whether two states are one but for rounding.
pub(super) fn is_same(a: &[f64], b: &[f64]) -> bool {
    let apart: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&apart) <= 1e-6 * (norm(a) + norm(b) + 1e-3)
}

/// Whether a state is as near to two neighbours of a branch as what lies between them can be.
pub(super) fn is_about(a: &[f64], b: &[f64], state: &[f64]) -> bool {
    let apart =
        |x: &[f64], y: &[f64]| -> f64 { norm(&x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>()) };
    apart(a, state).min(apart(b, state)) <= 2.0 * apart(a, b) + 1e-5 * (norm(state) + 1e-3)
}

/// A number of Halton's sequence in (0, 1): `number` from 1, one prime a place.
fn halton(number: usize, place: usize) -> f64 {
    const PRIMES: [usize; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    // Beyond twelve places the sequence would be too regular: the later ones are shifted.
    let base = PRIMES[place % PRIMES.len()];
    let (mut rest, mut digit, mut value) = (number + 97 * (place / PRIMES.len()), 1.0 / base as f64, 0.0);
    while rest > 0 {
        value += digit * (rest % base) as f64;
        rest /= base;
        digit /= base as f64;
    }
    value
}
