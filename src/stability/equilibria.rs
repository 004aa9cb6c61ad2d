//! All equilibria that Newton's method reaches from several starts, and how each of them is left. Knows nothing of studies: what
//! a start is and which equilibrium counts most is the caller's.

use super::System;
use super::newton::{self, Root};
use super::spectrum::{Eigenvalue, eigenvalues};

/// Two roots nearer than this part of the scale, in every component, are one.
const SAME: f64 = 1e-6;

/// Growth rates nearer to 0 than this, per time unit, are neither stable nor unstable.
pub const CRITICAL: f64 = 1e-6;

/// An equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Equilibrium {
    /// `[component]`
    pub state: Vec<f64>,
    /// The largest change per time unit that is left, each over the scale of its component.
    pub residual: f64,
    /// How it is left or kept; `None` where the eigenvalues could not be found.
    pub spectrum: Option<Spectrum>,
}

/// What the eigenvalues of an equilibrium say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spectrum {
    /// The largest real part: the growth rate of the leading mode.
    pub max_re: f64,
    /// The imaginary part of the leading pair, not below 0.
    pub omega: f64,
    /// How many eigenvalues have a real part of [`CRITICAL`] or more.
    pub unstable: usize,
    /// How many there are.
    pub dimension: usize,
}

/// Where equilibria are looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What is large for each component, `[component]`.
    pub scales: Vec<f64>,
    /// A root beyond it is none.
    pub bound: f64,
}

impl Spectrum {
    fn of(eigenvalues: &[Eigenvalue]) -> Self {
        let mut leading = eigenvalues[0];
        for other in eigenvalues {
            if other.re > leading.re {
                leading = *other;
            }
        }
        Self {
            max_re: leading.re,
            omega: leading.im.abs(),
            unstable: eigenvalues.iter().filter(|own| own.re >= CRITICAL).count(),
            dimension: eigenvalues.len(),
        }
    }

    /// Whether the leading mode neither grows nor decays.
    pub fn is_critical(&self) -> bool {
        self.max_re.abs() < CRITICAL
    }

    /// Whether every mode decays.
    pub fn is_stable(&self) -> bool {
        self.max_re <= -CRITICAL
    }
}

impl Search {
    /// The distinct equilibria that are reached from `starts[start][component][point]`, `[point][equilibrium]`, in the order of
    /// the starts that reached them first. A row of a point depends on nothing beside the point. Where the field is affine
    /// there is one at most, and only the first start is asked.
    ///
    /// # Panics
    /// When columns do not fit the system.
    pub fn equilibria(
        &self,
        system: &System,
        parameters: &[Vec<f64>],
        starts: &[Vec<Vec<f64>>],
    ) -> Vec<Vec<Equilibrium>> {
        let points =
            parameters.first().or(starts.first().and_then(|start| start.first())).map_or(0, Vec::len);
        let mut found: Vec<Vec<Equilibrium>> = vec![Vec::new(); points];
        let asked = if system.is_affine() { 1 } else { starts.len() };
        for start in starts.iter().take(asked) {
            let roots = newton::roots(system, parameters, start, &self.scales);
            for (known, root) in found.iter_mut().zip(roots) {
                if let Some(root) = root.filter(|root| self.is_new(root, known)) {
                    known.push(equilibrium(root));
                }
            }
        }
        found
    }

    fn is_new(&self, root: &Root, known: &[Equilibrium]) -> bool {
        let is_same = |other: &Equilibrium| self.distance(&root.state, &other.state) <= SAME;
        root.state.iter().all(|value| value.abs() <= self.bound) && !known.iter().any(is_same)
    }

    /// How far two states are from each other: the largest difference over the scale of its component.
    pub fn distance(&self, one: &[f64], other: &[f64]) -> f64 {
        let parts = one
            .iter()
            .zip(other)
            .zip(&self.scales)
            .map(|((x, y), scale)| (x - y).abs() / scale.max(x.abs()).max(y.abs()));
        parts.fold(0.0, f64::max)
    }
}

fn equilibrium(root: Root) -> Equilibrium {
    let dimension = root.state.len();
    let mut jacobian = root.jacobian;
    let spectrum = eigenvalues(&mut jacobian, dimension).map(|found| Spectrum::of(&found));
    Equilibrium { state: root.state, residual: root.residual, spectrum }
}
