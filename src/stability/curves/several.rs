//! Places on a branch where more than one eigenvalue, or more than one pair, crosses at once, as the modes of a symmetric network
//! do: they are located by the eigenvalues themselves, since the equations that a single one solves are singular there. Knows
//! nothing of networks.

use super::branch::{Equilibria, Event, Found, across, plane, spectrum};
use super::linear::null_vectors;
use super::normal_form::eigenvector;
use super::walk::{Place, Walk};
use crate::stability::Eigenvalue;

/// Real parts, or imaginary ones, below this part of the largest eigenvalue count as 0.
const NONE: f64 = 1e-7;

impl Equilibria {
    /// The eigenvalues, those with the largest real parts first, and the size of the largest.
    fn modes(&self, at: &[f64]) -> Option<(Vec<Eigenvalue>, f64)> {
        let mut modes = spectrum(&self.jacobian(at))?;
        modes.sort_by(|a, b| b.re.total_cmp(&a.re));
        let size = modes.iter().fold(0.0, |size: f64, own| size.max(own.re.hypot(own.im)));
        Some((modes, size))
    }

    /// Whether the two eigenvalues that cross between two neighbours are a complex pair at both.
    pub(super) fn is_pair(&self, here: &[f64], next: &[f64]) -> bool {
        let first = self.unstable(here).min(self.unstable(next));
        [here, next].into_iter().all(|at| {
            self.modes(at).is_some_and(|(modes, size)| {
                modes[first..].iter().take(2).all(|mode| mode.im.abs() > NONE * size)
            })
        })
    }

    /// Every place between two neighbours where eigenvalues cross the imaginary axis, each once.
    pub(super) fn locate_several(&self, walk: &Walk, here: &[f64], next: &[f64]) -> Vec<Found> {
        let (before, after) = (self.unstable(here), self.unstable(next));
        let mut places: Vec<(Vec<f64>, usize, usize)> = Vec::new();
        for number in before.min(after)..before.max(after) {
            let crosses_at = |at: &[f64]| {
                self.modes(at).is_some_and(|(modes, size)| modes[number].re.abs() <= NONE * size)
            };
            if let Some((_, _, count)) = places.iter_mut().find(|(at, ..)| crosses_at(at)) {
                *count += 1;
            } else if let Some(at) = self.crossing_of(walk, here, next, number) {
                places.push((at, number, 1));
            }
        }
        places.into_iter().filter_map(|(at, number, count)| self.named(walk, at, number, count)).collect()
    }

    /// Where the eigenvalue of a number crosses the imaginary axis between two places: by the false position, with weights that
    /// keep one end from staying (the Illinois method). `None` where it jumps, as at a switch of the model.
    fn crossing_of(&self, walk: &Walk, here: &[f64], next: &[f64], number: usize) -> Option<Vec<f64>> {
        let rate = |at: &[f64]| self.modes(at).map(|(modes, size)| (modes[number].re, size));
        let (mut low, mut high) = ((0.0, rate(here)?.0), (1.0, rate(next)?.0));
        let size = low.1.abs().max(high.1.abs());
        let mut best: Option<(f64, Vec<f64>)> = None;
        for _ in 0..60 {
            let share = (low.1 / (low.1 - high.1)).clamp(0.01, 0.99);
            let part = low.0 + (high.0 - low.0) * share;
            let at = walk.between(here, next, part)?;
            let (own, largest) = rate(&at)?;
            if best.as_ref().is_none_or(|(known, _)| own.abs() < *known) {
                best = Some((own.abs(), at));
            }
            if own.abs() <= 4.0 * f64::EPSILON * largest || high.0 - low.0 < 1e-15 {
                break;
            }
            if (own < 0.0) == (low.1 < 0.0) {
                low = (part, own);
                high.1 *= 0.5;
            } else {
                high = (part, own);
                low.1 *= 0.5;
            }
        }
        best.filter(|(least, _)| *least <= 1e-5 * size).map(|(_, at)| at)
    }

    /// What crosses at a place: `count` eigenvalues, of which one has this number.
    fn named(&self, walk: &Walk, at: Vec<f64>, number: usize, count: usize) -> Option<Found> {
        let (modes, size) = self.modes(&at)?;
        let mode = modes[number];
        if mode.im.abs() <= NONE * size {
            return Some(Found { event: Event::Crossing, at, settings: Vec::new(), multiplicity: count });
        }
        // Where they cross exactly at the end of the range, rounding puts only some of them on the other side.
        let is_one = |own: &&Eigenvalue| {
            own.re.abs() <= NONE * size && own.im > 0.0 && (own.im - mode.im.abs()).abs() <= NONE * size
        };
        let multiplicity = count.div_ceil(2).max(modes.iter().filter(is_one).count());
        if multiplicity == 1
            && let Some((at, settings)) = self.solve_hopf(walk, &at)
        {
            return Some(Found { event: Event::Hopf, at, settings, multiplicity });
        }
        let frequency = mode.im.abs();
        let (v, u) = plane(eigenvector(&self.jacobian(&at), mode.re, frequency)?, frequency);
        let dimension = self.dimension();
        let full = [&at[..dimension], &v, &u, &[frequency * frequency], &at[dimension..]].concat();
        self.hopf.is_some().then(|| Found {
            event: Event::Hopf,
            at: full,
            settings: across(&u, &v),
            multiplicity,
        })
    }

    /// A fold in which several eigenvalues cross at once: where the curve turns.
    pub(super) fn locate_turn(
        &self,
        walk: &Walk,
        here: &Place,
        next: &Place,
        multiplicity: usize,
    ) -> Option<Found> {
        let size = self.dimension();
        let (mut a, mut b) = (here.clone(), next.clone());
        for _ in 0..60 {
            let (x, y) = (a.tangent[size], b.tangent[size]);
            let part = (x / (x - y)).clamp(0.05, 0.95);
            let Some(at) = walk.between(&a.at, &b.at, part) else { break };
            let Some(tangent) = walk.tangent(&at, &a.tangent) else { break };
            let middle = Place { at, tangent };
            if middle.tangent[size] * x > 0.0 { a = middle } else { b = middle }
        }
        self.fold.as_ref()?;
        let at = if a.tangent[size].abs() < b.tangent[size].abs() { a.at } else { b.at };
        let (null, _) = null_vectors(&self.jacobian(&at));
        let at = [&at[..size], &null, &at[size..]].concat();
        Some(Found { event: Event::Fold, at, settings: Vec::new(), multiplicity })
    }
}
