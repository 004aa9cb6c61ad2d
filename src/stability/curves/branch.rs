//! A branch of equilibria along one parameter: its points, how many directions are unstable, and where that changes. Folds and
//! Hopf points are found by these signs and then solved as problems of their own. Knows nothing of a second parameter.

use super::linear::{Matrix, largest, norm, null_vectors, unit};
use super::normal_form::eigenvector;
use super::problem::Problem;
use super::switches::Switches;
use super::walk::{Bounded, End, Place, Verdict, Walk};
use crate::stability::{CRITICAL, Eigenvalue, eigenvalues};

/// An equilibrium of a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct BranchPoint {
    /// The value of the parameter.
    pub parameter: f64,
    /// The values of the variables.
    pub state: Vec<f64>,
    /// How many eigenvalues have a positive real part.
    pub unstable: usize,
    /// The largest real part is 0 to within 1e-6 per time unit.
    pub is_critical: bool,
}

/// Equilibria that hang together, in the order of the curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The equilibria.
    pub points: Vec<BranchPoint>,
    /// Why it ends at its beginning and at its end.
    pub ends: [End; 2],
}

/// What kind of point lies between two neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Fold,
    Hopf,
    /// An eigenvalue goes through 0 and the curve does not turn: branches cross.
    Crossing,
}

/// A point that was solved, in the unknowns of its problem.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) event: Event,
    pub(super) at: Vec<f64>,
    /// The vector that chose among the eigenvectors of a Hopf point.
    pub(super) settings: Vec<f64>,
    /// How many eigenvalues, or pairs of them, cross there.
    pub(super) multiplicity: usize,
}

/// The problems along a branch; those of special points are missing where a model is too large for them.
#[derive(Clone, Debug)]
pub(super) struct Equilibria {
    pub(super) equilibrium: Problem,
    pub(super) fold: Option<Problem>,
    pub(super) hopf: Option<Problem>,
    pub(super) range: Bounded,
    /// A variable beyond it ends a branch.
    pub(super) bound: f64,
    /// The square root of the number of nodes.
    pub(super) spread: f64,
    /// The model's own switches; `None` where it has none.
    pub(super) switches: Option<Switches>,
}

impl Equilibria {
    pub(super) fn dimension(&self) -> usize {
        self.equilibrium.unknowns() - 1
    }

    /// The Jacobian at an equilibrium with its parameter.
    pub(super) fn jacobian(&self, at: &[f64]) -> Matrix {
        let size = self.dimension();
        self.equilibrium.evaluate(at).1.corner(size, size)
    }

    /// How many eigenvalues have a positive real part.
    pub(super) fn unstable(&self, at: &[f64]) -> usize {
        unstable(&self.jacobian(at))
    }

    /// A walk along equilibria.
    pub(super) fn walk(&self, start: &[f64]) -> Walk {
        Walk::new(self.equilibrium.clone(), vec![self.range], start, self.spread)
    }

    /// The branch through an equilibrium, in both directions, and the special points on it.
    pub(super) fn branch(&self, start: &[f64]) -> (Branch, Vec<Found>) {
        let size = self.dimension();
        let mut walk = self.walk(start);
        let mut towards = vec![0.0; size + 1];
        towards[size] = 1.0;
        let way = walk.place(start, &towards).map_or(towards, |place| walk.way(&place));
        let mut found = Vec::new();
        let mut halves = Vec::new();
        for direction in [-1.0, 1.0] {
            let way: Vec<f64> = way.iter().map(|value| direction * value).collect();
            // The first half has changed the scales.
            let half = match walk.place(start, &way) {
                Some(place) => self.half(&mut walk, &place, &mut found),
                None => (Vec::new(), End::StepTooSmall),
            };
            let is_closed = half.1 == End::Closed;
            halves.push(half);
            if is_closed {
                break;
            }
        }
        let mut points = Vec::new();
        let (backwards, first_end) = halves.remove(0);
        points.extend(backwards.into_iter().rev());
        points.push(self.point(start));
        let (forwards, last_end) = halves.pop().unwrap_or_else(|| (Vec::new(), first_end));
        points.extend(forwards);
        points.dedup();
        (Branch { points, ends: [first_end, last_end] }, found)
    }

    /// Whether one of the model's switches is between two equilibria.
    fn is_switched(&self, here: &[f64], next: &[f64]) -> bool {
        self.switches.as_ref().is_some_and(|switches| switches.are_between(here, next, self.dimension()))
    }

    pub(super) fn point(&self, at: &[f64]) -> BranchPoint {
        let size = self.dimension();
        let (unstable, is_critical) = counted(&self.jacobian(at));
        BranchPoint { parameter: at[size], state: at[..size].to_vec(), unstable, is_critical }
    }

    /// Follows one direction.
    fn half(&self, walk: &mut Walk, start: &Place, found: &mut Vec<Found>) -> (Vec<BranchPoint>, End) {
        /// A step that short is kept whatever it holds.
        const SHORT: f64 = 1e-8;
        let size = self.dimension();
        let mut events: Vec<(Event, usize, Place, Place)> = Vec::new();
        let mut count = self.unstable(&start.at);
        let (mut counts, mut criticals) = (Vec::new(), Vec::new());
        let (places, end) = walk.follow(start, |_, here, next, length| {
            // At a switch the spectrum jumps: what crosses just before it or after it would be lost in a long step.
            if length > SHORT && self.is_switched(&here.at, &next.at) {
                return Verdict::Halve;
            }
            let (own, is_critical) = counted(&self.jacobian(&next.at));
            let turns = here.tangent[size] * next.tangent[size] < 0.0;
            let changed = own.abs_diff(count);
            let event = match (turns, changed) {
                (false, 0) => None,
                (false, 1) => Some(Event::Crossing),
                (false, _) => Some(Event::Hopf),
                (true, 1) => Some(Event::Fold),
                (true, _) if length < SHORT => Some(Event::Fold),
                _ => return Verdict::Halve,
            };
            events.extend(event.map(|event| (event, changed, here.clone(), next.clone())));
            count = own;
            counts.push(own);
            criticals.push(is_critical);
            let beyond = next.at[..size].iter().any(|value| value.abs() > self.bound);
            if beyond { Verdict::Stop(End::LeftBound) } else { Verdict::Keep }
        });
        for (event, changed, here, next) in events {
            let one = match (event, changed) {
                (Event::Fold, 0 | 1) => self.locate_fold(walk, &here, &next),
                (Event::Fold, _) => self.locate_turn(walk, &here, &next, changed),
                (Event::Hopf, 2) if self.is_pair(&here.at, &next.at) => {
                    self.locate_hopf(walk, &here.at, &next.at)
                }
                (Event::Hopf, _) => None,
                (Event::Crossing, _) => self.locate_crossing(walk, &here.at, &next.at),
            };
            if one.is_none() && event == Event::Hopf {
                found.extend(self.locate_several(walk, &here.at, &next.at));
            }
            found.extend(one);
        }
        if self.hopf.is_some() {
            let own: Vec<&Place> = std::iter::once(start).chain(&places).collect();
            let counts: Vec<usize> =
                std::iter::once(self.unstable(&start.at)).chain(counts.clone()).collect();
            found.extend(self.locate_hidden(walk, &own, &counts));
        }
        let points = places.iter().zip(counts).zip(criticals).map(|((place, unstable), is_critical)| {
            BranchPoint { parameter: place.at[size], state: place.at[..size].to_vec(), unstable, is_critical }
        });
        (points.collect(), end)
    }

    fn locate_fold(&self, walk: &Walk, here: &Place, next: &Place) -> Option<Found> {
        let problem = self.fold.as_ref()?;
        let size = self.dimension();
        let (mut a, mut b) = (here.clone(), next.clone());
        for _ in 0..40 {
            let (x, y) = (a.tangent[size], b.tangent[size]);
            let guess = walk.between(&a.at, &b.at, (x / (x - y)).clamp(0.05, 0.95))?;
            let (null, _) = null_vectors(&self.jacobian(&guess));
            let full = [&guess[..size], &null, &guess[size..]].concat();
            let scales = extended(&walk.scales, size, &[&null]);
            if let Some((at, _)) = problem.solve(&full, &[], &scales)
                && is_near(walk, &[&at[..size], &at[2 * size..]].concat(), &a.at, &b.at)
            {
                let at = problem.polish(at, &[], &scales);
                let outer = [&at[..size], &at[2 * size..]].concat();
                let found = if is_regular(problem, &at, &scales) {
                    (Event::Fold, at)
                } else {
                    (Event::Crossing, outer)
                };
                return Some(Found { event: found.0, at: found.1, settings: Vec::new(), multiplicity: 1 });
            }
            let tangent = walk.tangent(&guess, &a.tangent)?;
            let middle = Place { at: guess, tangent };
            if middle.tangent[size] * x > 0.0 { a = middle } else { b = middle }
        }
        None
    }

    pub(super) fn locate_hopf(&self, walk: &Walk, here: &[f64], next: &[f64]) -> Option<Found> {
        let size = self.dimension();
        let (mut a, mut b) = (here.to_vec(), next.to_vec());
        let before = self.unstable(here);
        for _ in 0..40 {
            let guess = walk.between(&a, &b, 0.5)?;
            if let Some((at, settings)) = self.solve_hopf(walk, &guess)
                && at[3 * size] > 0.0
                && is_near(walk, &[&at[..size], &at[3 * size + 1..]].concat(), &a, &b)
            {
                return Some(Found { event: Event::Hopf, at, settings, multiplicity: 1 });
            }
            if self.unstable(&guess) == before { a = guess } else { b = guess }
        }
        None
    }

    /// Solves for the Hopf point near an equilibrium, by the pair of eigenvalues that is nearest to the imaginary axis.
    pub(super) fn solve_hopf(&self, walk: &Walk, guess: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let size = self.dimension();
        let mut problem = self.hopf.clone()?;
        let jacobian = self.jacobian(guess);
        let pair = spectrum(&jacobian)?
            .into_iter()
            .filter(|value| value.im > 0.0)
            .min_by(|a, b| a.re.abs().total_cmp(&b.re.abs()))?;
        let (v, u) = plane(eigenvector(&jacobian, pair.re, pair.im)?, pair.im);
        problem.settings = across(&u, &v);
        let full = [&guess[..size], &v, &u, &[pair.im * pair.im], &guess[size..]].concat();
        let scales = extended(&walk.scales, size, &[&v, &u, &[pair.im * pair.im]]);
        let (at, _) = problem.solve(&full, &[], &scales)?;
        Some((problem.polish(at, &[], &scales), problem.settings))
    }

    fn locate_crossing(&self, walk: &Walk, here: &[f64], next: &[f64]) -> Option<Found> {
        let (mut a, mut b) = (here.to_vec(), next.to_vec());
        let before = self.unstable(here);
        for _ in 0..60 {
            let Some(middle) = walk.between(&a, &b, 0.5) else { break };
            if self.unstable(&middle) == before { a = middle } else { b = middle }
        }
        // Where a switch of the model changes the count, no eigenvalue goes through 0.
        let small = self.smallest(here).min(self.smallest(next));
        (self.smallest(&b) <= 1e-5 * small).then_some(Found {
            event: Event::Crossing,
            at: b,
            settings: Vec::new(),
            multiplicity: 1,
        })
    }

    /// The smallest singular value of the Jacobian.
    fn smallest(&self, at: &[f64]) -> f64 {
        let jacobian = self.jacobian(at);
        norm(&jacobian.times(&null_vectors(&jacobian).0))
    }
}

/// How many eigenvalues have a positive real part.
pub(super) fn unstable(jacobian: &Matrix) -> usize {
    counted(jacobian).0
}

/// The same, and whether the largest real part is 0 but for rounding.
pub(super) fn counted(jacobian: &Matrix) -> (usize, bool) {
    let values = spectrum(jacobian).unwrap_or_default();
    let largest = values.iter().map(|value| value.re).fold(f64::NEG_INFINITY, f64::max);
    (values.iter().filter(|value| value.re > 0.0).count(), largest.abs() < CRITICAL)
}

pub(super) fn spectrum(jacobian: &Matrix) -> Option<Vec<Eigenvalue>> {
    eigenvalues(&mut jacobian.values().to_vec(), jacobian.rows(), &|| false)
}

/// Whether a fold is one, and branches do not cross there: then its equations are regular. Unknowns are taken in their scales, and
/// rows in one size.
fn is_regular(problem: &Problem, at: &[f64], scales: &[f64]) -> bool {
    const NONE: f64 = 1e-4;
    let mut matrix = problem.evaluate(at).1;
    for row in 0..matrix.rows() {
        for (column, scale) in scales.iter().enumerate() {
            matrix[(row, column)] *= scale;
        }
        let size = largest(matrix.row(row)).max(f64::MIN_POSITIVE);
        for column in 0..matrix.columns() {
            matrix[(row, column)] /= size;
        }
    }
    norm(&matrix.times(&null_vectors(&matrix).0)) > NONE
}

/// The vectors `v` and `u = J v` of a plane that a complex eigenvector spans: `v` of length 1, along the shorter axis of its ellipse.
pub(super) fn plane((a, b): (Vec<f64>, Vec<f64>), frequency: f64) -> (Vec<f64>, Vec<f64>) {
    let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
    let turn = -0.5 * (2.0 * product(&a, &b)).atan2(product(&a, &a) - product(&b, &b));
    let (sine, cosine) = turn.sin_cos();
    let combine = |x: f64, y: f64| -> Vec<f64> { a.iter().zip(&b).map(|(a, b)| x * a + y * b).collect() };
    let (long, short) = (combine(cosine, -sine), combine(sine, cosine));
    // i q has the real part -short and the imaginary part long.
    let length = norm(&short);
    let v = short.iter().map(|value| -value / length).collect();
    let u = long.iter().map(|value| -frequency * value / length).collect();
    (v, u)
}

/// The unit vector along the part of `u` that is across `v`.
pub(super) fn across(u: &[f64], v: &[f64]) -> Vec<f64> {
    let product: f64 = u.iter().zip(v).map(|(x, y)| x * y).sum();
    let square: f64 = v.iter().map(|value| value * value).sum();
    unit(&u.iter().zip(v).map(|(x, y)| x - product / square * y).collect::<Vec<_>>())
}

/// The scales of a problem with more unknowns between the variables and the parameters.
pub(super) fn extended(scales: &[f64], size: usize, parts: &[&[f64]]) -> Vec<f64> {
    let of_part = |part: &&[f64]| {
        let size = part.iter().fold(f64::MIN_POSITIVE, |size: f64, value| size.max(value.abs()));
        vec![size; part.len()]
    };
    let between: Vec<f64> = parts.iter().flat_map(of_part).collect();
    [&scales[..size], &between, &scales[size..]].concat()
}

/// Whether a place lies about where two neighbours do.
fn is_near(walk: &Walk, at: &[f64], a: &[f64], b: &[f64]) -> bool {
    let apart = |x: &[f64], y: &[f64]| -> f64 {
        norm(&x.iter().zip(y).zip(&walk.scales).map(|((x, y), scale)| (x - y) / scale).collect::<Vec<_>>())
    };
    let length = apart(a, b);
    apart(at, a) <= 1.5 * length + 1e-9 && apart(at, b) <= 1.5 * length + 1e-9
}
