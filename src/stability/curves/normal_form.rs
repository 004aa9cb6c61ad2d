//! What happens at a fold or a Hopf point beyond the linear part: the quadratic coefficient of the one and the first Lyapunov
//! coefficient of the other, from exact second and third derivatives (Kuznetsov 2004, Elements of Applied Bifurcation Theory,
//! sections 5.4 and 8.7).

use super::field::Field;
use super::linear::{Factors, Matrix, dot};
use super::switches::Switches;
use crate::equation::tape::Tape;

/// The second and third derivatives of a field as forms.
#[derive(Clone, Debug)]
pub(super) struct Forms {
    quadratic: Tape<usize>,
    cubic: Tape<usize>,
    switches: Option<Switches>,
    dimension: usize,
}

/// The first Lyapunov coefficient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lyapunov {
    /// Its value for an eigenvector of length 1.
    pub(super) value: f64,
    /// Whether it is no more than rounding.
    pub(super) is_degenerate: bool,
}

/// A complex vector: real and imaginary part.
type Complex = (Vec<f64>, Vec<f64>);

impl Forms {
    /// The forms of a field.
    pub(super) fn of(field: &Field) -> Self {
        let mut field = field.clone();
        let (u, v, w) = (field.vector("u"), field.vector("v"), field.vector("w"));
        let (of_u, of_v, of_w) = (field.read(&u), field.read(&v), field.read(&w));
        let first = field.along(&field.equations.clone(), &of_u);
        let second = field.along(&first, &of_v);
        let third = field.along(&second, &of_w);
        let inputs = [&field.variables[..], &field.parameters, &u, &v, &w].concat();
        let switches = Switches::of(&mut field);
        Self {
            quadratic: Tape::over(&field.graph, &second, &inputs),
            cubic: Tape::over(&field.graph, &third, &inputs),
            switches,
            dimension: field.dimension(),
        }
    }

    /// `B(x, y)` at a state with its parameters.
    pub(super) fn quadratic(&self, at: &[f64], x: &[f64], y: &[f64]) -> Vec<f64> {
        self.quadratic.values(&[at, x, y, &vec![0.0; self.dimension]].concat())
    }

    fn cubic(&self, at: &[f64], x: &[f64], y: &[f64], z: &[f64]) -> Vec<f64> {
        self.cubic.values(&[at, x, y, z].concat())
    }

    /// Whether one of the model's own switches is so near that derivatives say nothing.
    pub(super) fn is_near_switch(&self, at: &[f64]) -> bool {
        self.switches.as_ref().is_some_and(|switches| switches.are_near(at, self.dimension))
    }

    /// The first Lyapunov coefficient at a state with its parameters; `jacobian` has the eigenvalue `i frequency` with the
    /// eigenvector `q`. (5.62) of Kuznetsov (2004).
    pub(super) fn lyapunov(
        &self,
        at: &[f64],
        jacobian: &Matrix,
        frequency: f64,
        q: &Complex,
    ) -> Option<Lyapunov> {
        let length = (dot(&q.0, &q.0) + dot(&q.1, &q.1)).sqrt();
        let (a, b): Complex = (scaled(&q.0, 1.0 / length), scaled(&q.1, 1.0 / length));
        let p = adjoint(jacobian, frequency, &(a.clone(), b.clone()))?;
        // B(q, conjugate q) and B(q, q), by linearity in the real and the imaginary part.
        let (aa, ab, bb) =
            (self.quadratic(at, &a, &a), self.quadratic(at, &a, &b), self.quadratic(at, &b, &b));
        let level = sum(&aa, &bb, 1.0);
        let double = (sum(&aa, &bb, -1.0), scaled(&ab, 2.0));
        // C(q, q, conjugate q)
        let cubic = (
            sum(&self.cubic(at, &a, &a, &a), &self.cubic(at, &a, &b, &b), 1.0),
            sum(&self.cubic(at, &a, &a, &b), &self.cubic(at, &b, &b, &b), 1.0),
        );
        let shift = Factors::of(jacobian).solve(&level);
        let first = (self.quadratic(at, &a, &shift), self.quadratic(at, &b, &shift));
        // (2 i w - J)^-1 B(q, q)
        let negative = shifted(jacobian, -1.0, 0.0);
        let second = solve_complex(&negative, 2.0 * frequency, &double)?;
        // B(conjugate q, second)
        let second = (
            sum(&self.quadratic(at, &a, &second.0), &self.quadratic(at, &b, &second.1), 1.0),
            sum(&self.quadratic(at, &a, &second.1), &self.quadratic(at, &b, &second.0), -1.0),
        );
        let real = |vector: &Complex| dot(&p.0, &vector.0) + dot(&p.1, &vector.1);
        let terms = [real(&cubic), -2.0 * real(&first), real(&second)];
        let value = terms.iter().sum::<f64>() / (2.0 * frequency);
        let size = terms.iter().map(|term| term.abs()).sum::<f64>() / (2.0 * frequency.abs());
        value.is_finite().then_some(Lyapunov { value, is_degenerate: value.abs() <= 1e-9 * size })
    }
}

/// The eigenvector of the transposed Jacobian with the eigenvalue `-i frequency`, with `<p, q> = 1`: of a system that q borders.
fn adjoint(jacobian: &Matrix, frequency: f64, q: &Complex) -> Option<Complex> {
    let size = jacobian.rows();
    let mut real = Matrix::zeros(size + 1, size + 1);
    let mut imaginary = Matrix::zeros(size + 1, size + 1);
    for row in 0..size {
        for column in 0..size {
            real[(row, column)] = jacobian[(column, row)];
        }
        imaginary[(row, row)] = frequency;
        (real[(row, size)], imaginary[(row, size)]) = (q.0[row], q.1[row]);
        (real[(size, row)], imaginary[(size, row)]) = (q.0[row], -q.1[row]);
    }
    let mut right = (vec![0.0; size + 1], vec![0.0; size + 1]);
    right.0[size] = 1.0;
    let (mut a, mut b) = solve_full(&real, &imaginary, &right)?;
    a.truncate(size);
    b.truncate(size);
    Some((a, b))
}

/// Solves `(matrix + i shift) z = right`.
fn solve_complex(matrix: &Matrix, shift: f64, right: &Complex) -> Option<Complex> {
    let mut imaginary = Matrix::zeros(matrix.rows(), matrix.rows());
    for row in 0..matrix.rows() {
        imaginary[(row, row)] = shift;
    }
    solve_full(matrix, &imaginary, right)
}

/// Solves a complex system as a real one of twice the size.
fn solve_full(real: &Matrix, imaginary: &Matrix, right: &Complex) -> Option<Complex> {
    let size = real.rows();
    let mut matrix = Matrix::zeros(2 * size, 2 * size);
    for row in 0..size {
        for column in 0..size {
            matrix[(row, column)] = real[(row, column)];
            matrix[(row, size + column)] = -imaginary[(row, column)];
            matrix[(size + row, column)] = imaginary[(row, column)];
            matrix[(size + row, size + column)] = real[(row, column)];
        }
    }
    let mut solution = Factors::of(&matrix).solve(&[&right.0[..], &right.1].concat());
    let imaginary = solution.split_off(size);
    solution.iter().chain(&imaginary).all(|value| value.is_finite()).then_some((solution, imaginary))
}

/// An eigenvector of an eigenvalue `real + i imaginary` of a matrix, by inverse iteration.
pub(super) fn eigenvector(matrix: &Matrix, real: f64, imaginary: f64) -> Option<Complex> {
    // A little beside the eigenvalue, so that the system is not singular.
    let beside = shifted(matrix, 1.0, real + 1e-9 * (1.0 + real.hypot(imaginary)));
    let size = matrix.rows();
    let start = |phase: f64| (0..size).map(|place| 1.0 + 0.3 * (place as f64 + phase).sin()).collect();
    let mut vector: Complex = (start(1.0), start(2.0));
    for _ in 0..4 {
        let next = solve_complex(&beside, -imaginary, &vector)?;
        let length = (dot(&next.0, &next.0) + dot(&next.1, &next.1)).sqrt();
        vector = (scaled(&next.0, 1.0 / length), scaled(&next.1, 1.0 / length));
    }
    Some(vector)
}

/// `factor * matrix - shift`
fn shifted(matrix: &Matrix, factor: f64, shift: f64) -> Matrix {
    let mut other = matrix.clone();
    for row in 0..matrix.rows() {
        for column in 0..matrix.columns() {
            other[(row, column)] *= factor;
        }
        other[(row, row)] -= shift;
    }
    other
}

fn scaled(x: &[f64], factor: f64) -> Vec<f64> {
    x.iter().map(|value| factor * value).collect()
}

fn sum(x: &[f64], y: &[f64], factor: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + factor * y).collect()
}
