//! Equations over unknowns with their exact Jacobian, and Newton's method for them. The problems are made here from a vector
//! field: equilibria, folds, Hopf points and their meeting. Knows nothing of how curves are followed.
//!
//! With `F` the field and `J` its Jacobian, over the state `x` and the free parameters:
//!
//! | problem | unknowns | equations |
//! |---|---|---|
//! | equilibrium | x | `F = 0` |
//! | fold | x, v | `F = 0`, `J v = 0`, `v.v = 1` |
//! | Hopf | x, v, u, k | `F = 0`, `J v = u`, `J u = -k v`, `v.v = 1`, `l.v = 0` |
//! | Bogdanov-Takens | x, v, u | `F = 0`, `J v = u`, `J u = 0`, `u.u = 1`, `u.v = 0` |
//!
//! The Hopf problem is `J q = i w q` with `q = v - i u/w` and `k = w^2`. In this form it stays regular where the frequency
//! vanishes, and goes on as a curve of neutral saddles with `k < 0` (Roose & Hlavacek 1985, SIAM J Appl Math 45:879; Kuznetsov
//! 2004, Elements of Applied Bifurcation Theory, section 10.2). The vector `l` chooses one of the vectors of the plane; it is a
//! setting, no unknown.

use super::field::Field;
use super::linear::{Factors, Matrix, largest};
use crate::equation::graph::{Graph, Node, Symbol};
use crate::equation::tape::Tape;

/// Equations and their derivatives by the unknowns.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The equations alone.
    bare: Tape<usize>,
    /// The equations and the entries of their Jacobian.
    tape: Tape<usize>,
    equations: usize,
    unknowns: usize,
    /// Row and column of the entries of the Jacobian that are not 0 everywhere.
    entries: Vec<(usize, usize)>,
    /// The values of the inputs that are no unknowns.
    pub(super) settings: Vec<f64>,
}

/// More work than this to make the derivatives of a problem is refused: parts of expressions that are differentiated.
pub(super) const MOST_WORK: usize = 1 << 26;

impl Problem {
    /// Equations over unknowns; `settings` are symbols that are given values later. `None` where their derivatives would be too
    /// much work.
    fn new(mut graph: Graph, equations: &[Node], unknowns: &[Symbol], settings: &[Symbol]) -> Option<Self> {
        let mut roots = equations.to_vec();
        let mut entries = Vec::new();
        let mut work = MOST_WORK;
        for (row, &equation) in equations.iter().enumerate() {
            let zero = graph.constant(0.0);
            for (column, slope) in graph.gradient(equation, unknowns, &mut work)?.into_iter().enumerate() {
                if slope != zero {
                    roots.push(slope);
                    entries.push((row, column));
                }
            }
        }
        let inputs: Vec<Symbol> = unknowns.iter().chain(settings).copied().collect();
        Some(Self {
            bare: Tape::over(&graph, equations, &inputs),
            tape: Tape::over(&graph, &roots, &inputs),
            equations: equations.len(),
            unknowns: unknowns.len(),
            entries,
            settings: vec![0.0; settings.len()],
        })
    }

    /// Equilibria: unknowns `x` and the free parameters.
    pub(super) fn equilibrium(field: &Field) -> Option<Self> {
        let unknowns = [&field.variables[..], &field.parameters].concat();
        Self::new(field.graph.clone(), &field.equations, &unknowns, &[])
    }

    /// Folds: unknowns `x`, `v` and the free parameters.
    pub(super) fn fold(field: &Field) -> Option<Self> {
        let mut field = field.clone();
        let v = field.vector("v");
        let reads = field.read(&v);
        let mut equations = field.equations.clone();
        equations.extend(field.along(&field.equations.clone(), &reads));
        equations.push(field.product(&reads, &reads, 1.0));
        let unknowns = [&field.variables[..], &v, &field.parameters].concat();
        Self::new(field.graph, &equations, &unknowns, &[])
    }

    /// Hopf points: unknowns `x`, `v`, `u`, `k` and the free parameters, settings `l`.
    pub(super) fn hopf(field: &Field) -> Option<Self> {
        let mut field = field.clone();
        let (v, u, l) = (field.vector("v"), field.vector("u"), field.vector("l"));
        let (of_v, of_u, of_l) = (field.read(&v), field.read(&u), field.read(&l));
        let k = field.graph.symbol("k:");
        let square = field.graph.read(k);
        let mut equations = field.equations.clone();
        let image = field.along(&field.equations.clone(), &of_v);
        equations.extend(differences(&mut field.graph, &image, &of_u));
        let image = field.along(&field.equations.clone(), &of_u);
        for (&image, &v) in image.iter().zip(&of_v) {
            let back = field.graph.mul(square, v);
            equations.push(field.graph.add(image, back));
        }
        equations.push(field.product(&of_v, &of_v, 1.0));
        equations.push(field.product(&of_l, &of_v, 0.0));
        let unknowns = [&field.variables[..], &v, &u, &[k], &field.parameters].concat();
        Self::new(field.graph, &equations, &unknowns, &l)
    }

    /// Bogdanov-Takens points: unknowns `x`, `v`, `u` and two free parameters.
    pub(super) fn bogdanov_takens(field: &Field) -> Option<Self> {
        let mut field = field.clone();
        let (v, u) = (field.vector("v"), field.vector("u"));
        let (of_v, of_u) = (field.read(&v), field.read(&u));
        let mut equations = field.equations.clone();
        let image = field.along(&field.equations.clone(), &of_v);
        equations.extend(differences(&mut field.graph, &image, &of_u));
        equations.extend(field.along(&field.equations.clone(), &of_u));
        equations.push(field.product(&of_u, &of_u, 1.0));
        equations.push(field.product(&of_u, &of_v, 0.0));
        let unknowns = [&field.variables[..], &v, &u, &field.parameters].concat();
        Self::new(field.graph, &equations, &unknowns, &[])
    }

    /// How many unknowns there are.
    pub(super) fn unknowns(&self) -> usize {
        self.unknowns
    }

    /// The equations' left sides.
    pub(super) fn values(&self, at: &[f64]) -> Vec<f64> {
        self.bare.values(&[at, &self.settings].concat())
    }

    /// The equations' left sides, and their derivatives `[equation][unknown]`.
    pub(super) fn evaluate(&self, at: &[f64]) -> (Vec<f64>, Matrix) {
        let mut values = self.tape.values(&[at, &self.settings].concat());
        let mut jacobian = Matrix::zeros(self.equations, self.unknowns);
        for (&place, &value) in self.entries.iter().zip(&values[self.equations..]) {
            jacobian[place] = value;
        }
        values.truncate(self.equations);
        (values, jacobian)
    }

    /// Solves the equations together with conditions, one for each unknown that there are more than equations: `row.(y - base) = 0`
    /// in unknowns divided by `scales`. Gives the solution and how many rounds it took.
    pub(super) fn solve(
        &self,
        guess: &[f64],
        conditions: &[Condition<'_>],
        scales: &[f64],
    ) -> Option<(Vec<f64>, usize)> {
        const MOST_ROUNDS: usize = 12;
        /// A change below it is followed by nothing but rounding.
        const SMALL: f64 = 1e-9;
        debug_assert_eq!(self.equations + conditions.len(), self.unknowns);
        let mut at = guess.to_vec();
        let mut before = f64::INFINITY;
        for round in 1..=MOST_ROUNDS {
            let (mut right, jacobian) = self.evaluate(&at);
            let mut matrix = Matrix::zeros(self.unknowns, self.unknowns);
            for row in 0..self.equations {
                for (column, scale) in scales.iter().enumerate() {
                    matrix[(row, column)] = jacobian[(row, column)] * scale;
                }
            }
            for (number, condition) in conditions.iter().enumerate() {
                let mut product = 0.0;
                for (column, &slope) in condition.row.iter().enumerate() {
                    matrix[(self.equations + number, column)] = slope;
                    product += slope * (at[column] - condition.base[column]) / scales[column];
                }
                right.push(product);
            }
            let change = Factors::of(&matrix).solve(&right);
            let size = largest(&change);
            if !size.is_finite() {
                return None;
            }
            for ((value, change), scale) in at.iter_mut().zip(&change).zip(scales) {
                *value -= change * scale;
            }
            if size < SMALL {
                return Some((at, round));
            }
            if round > 4 && size > 0.5 * before {
                return None;
            }
            before = size;
        }
        None
    }

    /// Goes on with Newton's rounds as long as they make the solution better: to the last digits.
    pub(super) fn polish(&self, at: Vec<f64>, conditions: &[Condition<'_>], scales: &[f64]) -> Vec<f64> {
        let mut best = at;
        let mut error = largest(&self.values(&best));
        for _ in 0..4 {
            let Some((next, _)) = self.solve(&best, conditions, scales) else { break };
            let own = largest(&self.values(&next));
            if own.is_nan() || own >= error {
                break;
            }
            (best, error) = (next, own);
        }
        best
    }
}

/// A linear condition on the unknowns divided by their scales.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    /// Its coefficients.
    pub(super) row: &'a [f64],
    /// A place that meets it.
    pub(super) base: &'a [f64],
}

fn differences(graph: &mut Graph, x: &[Node], y: &[Node]) -> Vec<Node> {
    x.iter().zip(y).map(|(&x, &y)| graph.sub(x, y)).collect()
}
