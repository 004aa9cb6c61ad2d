//! Newton's method over many points at once, damped by the natural test of monotonicity (Deuflhard 2011, Newton Methods for
//! Nonlinear Problems, 3.3): a step is taken where the next simplified one is shorter, so that neither the units of equations
//! nor those of variables matter. Knows nothing of where it starts; a point's numbers do not depend on the points beside it.

use super::System;
use super::factors::Factors;

/// Steps after which a point is given up.
const MOST_STEPS: usize = 60;

/// The shortest part of a step that is tried is `2^-HALVINGS`.
const HALVINGS: usize = 12;

/// A step below this, relative to the scale of each component, has arrived.
const ARRIVED: f64 = 1e-14;

/// Below this a step that does not become shorter has met the rounding of the field, and has arrived too.
const NEAR: f64 = 1e-9;

/// The part of the size of its terms that may remain of each equation.
const LEFT_OVER: f64 = 1e-8;

/// A state at which the field is 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Root {
    /// `[component]`
    pub(super) state: Vec<f64>,
    /// Row after row.
    pub(super) jacobian: Vec<f64>,
    /// The largest change per time unit that is left, each over the scale of its component.
    pub(super) residual: f64,
}

/// A point that is still on its way.
struct Walker {
    point: usize,
    state: Vec<f64>,
    length: f64,
}

/// Where a point wants to go.
struct Stride {
    walker: Walker,
    factors: Factors,
    scales: Vec<f64>,
    /// In units of the scales.
    direction: Vec<f64>,
    part: f64,
}

/// The roots that are reached from `states[component][point]`, `[point]`. `scales` say what is large for each component. Once
/// `is_given_up` says so, nothing more is found.
// Not `Search::settle` of the curves: that takes one point of a curve's equations, here one evaluation serves many points, by scales.
pub(super) fn roots(
    system: &System,
    parameters: &[Vec<f64>],
    states: &[Vec<f64>],
    scales: &[f64],
    is_given_up: &dyn Fn() -> bool,
) -> Vec<Option<Root>> {
    let points = states[0].len();
    let mut found = vec![None; points];
    let start = |point: usize| states.iter().map(|column| column[point]).collect();
    let mut walkers: Vec<Walker> =
        (0..points).map(|point| Walker { point, state: start(point), length: f64::INFINITY }).collect();
    for _ in 0..MOST_STEPS {
        if walkers.is_empty() || is_given_up() {
            break;
        }
        let at: Vec<&[f64]> = walkers.iter().map(|walker| walker.state.as_slice()).collect();
        let here = gather(parameters, &walkers.iter().map(|walker| walker.point).collect::<Vec<_>>());
        let evaluation = system.evaluate(&here, &columns(&at));
        let mut strides = Vec::with_capacity(walkers.len());
        for (lane, walker) in walkers.into_iter().enumerate() {
            let field: Vec<f64> = evaluation.field.iter().map(|column| column[lane]).collect();
            let jacobian: Vec<f64> = evaluation.jacobian.iter().map(|column| column[lane]).collect();
            let stride = Stride::new(walker, &field, &jacobian, scales);
            let length = size(&stride.direction);
            if !length.is_finite() {
                continue;
            }
            if length <= ARRIVED || (length <= NEAR && length > 0.25 * stride.walker.length) {
                let point = stride.walker.point;
                found[point] = stride.arrive(&field, jacobian);
            } else {
                strides.push(Stride { walker: Walker { length, ..stride.walker }, ..stride });
            }
        }
        walkers = walk(system, parameters, strides);
    }
    found
}

/// Takes every stride, or the part of it after which the next one is shorter. Who finds none is lost.
fn walk(system: &System, parameters: &[Vec<f64>], mut strides: Vec<Stride>) -> Vec<Walker> {
    let mut walkers = Vec::with_capacity(strides.len());
    for _ in 0..=HALVINGS {
        if strides.is_empty() {
            break;
        }
        let tried: Vec<Vec<f64>> = strides.iter().map(Stride::target).collect();
        let here = gather(parameters, &strides.iter().map(|stride| stride.walker.point).collect::<Vec<_>>());
        let field = system.field(&here, &columns(&tried));
        let mut shorter = Vec::new();
        for (lane, (stride, target)) in strides.into_iter().zip(tried).enumerate() {
            let field: Vec<f64> = field.iter().map(|column| -column[lane]).collect();
            let mut next = vec![0.0; field.len()];
            stride.factors.solve(&field, &mut next);
            let Walker { point, length, .. } = stride.walker;
            let ahead = size(&next);
            // Close to the root rounding decides which is shorter.
            if ahead <= (1.0 - 0.25 * stride.part) * length || (length <= NEAR && ahead.is_finite()) {
                walkers.push(Walker { point, state: target, length });
            } else {
                shorter.push(Stride { part: 0.5 * stride.part, ..stride });
            }
        }
        strides = shorter;
    }
    walkers
}

impl Stride {
    fn new(walker: Walker, field: &[f64], jacobian: &[f64], scales: &[f64]) -> Self {
        let scales: Vec<f64> =
            scales.iter().zip(&walker.state).map(|(scale, value)| scale.max(value.abs())).collect();
        let factors = Factors::new(jacobian, &scales);
        let right: Vec<f64> = field.iter().map(|value| -value).collect();
        let mut direction = vec![0.0; right.len()];
        factors.solve(&right, &mut direction);
        Self { walker, factors, scales, direction, part: 1.0 }
    }

    fn target(&self) -> Vec<f64> {
        let moved = self.direction.iter().zip(&self.scales).map(|(step, scale)| self.part * step * scale);
        self.walker.state.iter().zip(moved).map(|(value, step)| value + step).collect()
    }

    /// The root, unless an equation is left that no step could satisfy.
    fn arrive(self, field: &[f64], jacobian: Vec<f64>) -> Option<Root> {
        let is_left = field.iter().zip(self.factors.rows()).any(|(value, row)| value.abs() > LEFT_OVER * row);
        let over_scale = field.iter().zip(&self.scales).map(|(value, scale)| value.abs() / scale);
        let residual = over_scale.fold(0.0, f64::max);
        (!is_left).then_some(Root { state: self.walker.state, jacobian, residual })
    }
}

/// The largest part of a vector; NaN where one is NaN.
fn size(vector: &[f64]) -> f64 {
    let larger =
        |size: f64, value: &f64| if size.is_nan() || value.abs() <= size { size } else { value.abs() };
    vector.iter().fold(0.0, larger)
}

fn columns<V: AsRef<[f64]>>(rows: &[V]) -> Vec<Vec<f64>> {
    let width = rows.first().map_or(0, |row| row.as_ref().len());
    (0..width).map(|column| rows.iter().map(|row| row.as_ref()[column]).collect()).collect()
}

fn gather(parameters: &[Vec<f64>], points: &[usize]) -> Vec<Vec<f64>> {
    parameters.iter().map(|column| points.iter().map(|&point| column[point]).collect()).collect()
}
