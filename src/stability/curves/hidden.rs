//! Pairs of Hopf points so close to each other on a branch that a step goes over both: the number of unstable directions is the same
//! before and behind them, but a real part has an extremum there that nearly reaches 0. Knows nothing of other points.

use super::branch::{Equilibria, Found, spectrum};
use super::walk::{Place, Walk};

/// How often the interval in which an extremum lies is made shorter.
const ROUNDS: usize = 40;

/// What of an interval the golden section leaves.
const GOLDEN: f64 = 0.618_033_988_749_895;

impl Equilibria {
    /// How far the eigenvalues next to the imaginary axis are from crossing it, where so many are unstable: the largest real
    /// part of the others, and minus the smallest of theirs.
    fn margins(&self, at: &[f64], unstable: usize) -> Option<[f64; 2]> {
        let mut rates: Vec<f64> = spectrum(&self.jacobian(at))?.iter().map(|value| value.re).collect();
        rates.sort_by(|a, b| b.total_cmp(a));
        let smallest = unstable.checked_sub(1).map_or(f64::NEG_INFINITY, |last| -rates[last]);
        Some([rates.get(unstable).copied().unwrap_or(f64::NEG_INFINITY), smallest])
    }

    /// The Hopf points between neighbours of equal `counts` of unstable directions.
    pub(super) fn locate_hidden(&self, walk: &Walk, places: &[&Place], counts: &[usize]) -> Vec<Found> {
        let margins: Vec<Option<[f64; 2]>> =
            places.iter().zip(counts).map(|(place, &count)| self.margins(&place.at, count)).collect();
        let mut found = Vec::new();
        for first in 0..places.len().saturating_sub(2) {
            let [before, here, next] = [0, 1, 2].map(|more| &places[first + more].at);
            let count = counts[first];
            if counts[first..first + 3].iter().any(|own| *own != count) {
                continue;
            }
            let [Some(a), Some(b), Some(c)] = [0, 1, 2].map(|more| margins[first + more]) else { continue };
            for side in 0..2 {
                // As far below 0 as it has moved from neighbour to neighbour, an extremum between them may be above.
                let (a, b, c) = (a[side], b[side], c[side]);
                if b < a || b <= c || b < -(b - a.min(c)) {
                    continue;
                }
                let margin = |at: &[f64]| self.margins(at, count).map(|own| own[side]);
                let Some(top) = highest(walk, [before, here, next], margin) else { continue };
                if self.unstable(&top).abs_diff(count) == 2 {
                    found.extend(self.locate_hopf(walk, before, &top));
                    found.extend(self.locate_hopf(walk, &top, next));
                }
            }
        }
        found
    }
}

/// Where a quantity is largest on the way over three places of a curve: by the golden section, ended where it is above 0.
fn highest(walk: &Walk, [a, b, c]: [&[f64]; 3], of: impl Fn(&[f64]) -> Option<f64>) -> Option<Vec<f64>> {
    let at = |part: f64| if part < 1.0 { walk.between(a, b, part) } else { walk.between(b, c, part - 1.0) };
    let (mut from, mut to) = (0.0, 2.0);
    for _ in 0..ROUNDS {
        let (low, high) = (to - GOLDEN * (to - from), from + GOLDEN * (to - from));
        let (left, right) = (at(low)?, at(high)?);
        let (before, behind) = (of(&left)?, of(&right)?);
        if before > 0.0 || behind > 0.0 {
            return Some(if before > behind { left } else { right });
        }
        if before > behind { to = high } else { from = low }
    }
    None
}
