//! Pseudo-arclength continuation of the solutions of a problem with one unknown more than equations (Keller 1977): a step along
//! the tangent, then Newton's method in the plane across it. Steps adapt to how far the curve turns. Knows nothing of what the
//! problem is.

use super::effort::most_points;
use super::linear::{Factors, Matrix, dot, norm};
use super::problem::{Condition, Problem};

/// Why a curve ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A parameter reached an end of its range.
    LeftRange,
    /// A variable went beyond the model's bound.
    LeftBound,
    /// The curve came back to where it began.
    Closed,
    /// The frequency of a Hopf curve vanished.
    BogdanovTakens,
    /// One of the model's switches is there, and the curve has a corner that cannot be gone around.
    Switch,
    /// The step became too small: no solution was found nearby.
    StepTooSmall,
    /// There were too many points.
    TooManyPoints,
}

impl End {
    /// Every reason, in the order of its number in files.
    pub const ALL: [Self; 7] = [
        Self::LeftRange,
        Self::LeftBound,
        Self::Closed,
        Self::BogdanovTakens,
        Self::Switch,
        Self::StepTooSmall,
        Self::TooManyPoints,
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftRange => "left_range",
            Self::LeftBound => "left_bound",
            Self::Closed => "closed",
            Self::BogdanovTakens => "bogdanov_takens",
            Self::Switch => "switch",
            Self::StepTooSmall => "step_too_small",
            Self::TooManyPoints => "too_many_points",
        }
    }
}

/// A point of a curve and the direction in which it goes on.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The unknowns.
    pub(super) at: Vec<f64>,
    /// The tangent, in unknowns divided by their scales at the time; of length 1.
    pub(super) tangent: Vec<f64>,
}

/// What is to be done with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is kept.
    Keep,
    /// It is made again, half as long.
    Halve,
    /// It is kept, and the curve ends.
    Stop(End),
}

/// An unknown whose range bounds the curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded {
    /// Which unknown.
    pub(super) unknown: usize,
    /// Its smaller end.
    pub(super) from: f64,
    /// Its larger end.
    pub(super) to: f64,
}

/// How a curve is followed.
#[derive(Debug)]
pub(super) struct Walk {
    /// What is solved.
    pub(super) problem: Problem,
    /// The size of every unknown.
    pub(super) scales: Vec<f64>,
    /// Which unknowns end the curve.
    pub(super) bounded: Vec<Bounded>,
    /// The unknowns by which a curve is seen to close: vectors may come back with the other sign.
    pub(super) outer: Vec<usize>,
    /// How many times its own value an unknown's size is: the square root of the number of nodes of a network, so that what
    /// all nodes do alike is as long a way as if there were one.
    spread: f64,
}

/// Lengths of steps, where a parameter's range has length 1.
const SMALLEST: f64 = 1e-10;
const FIRST: f64 = 1e-3;
const LARGEST: f64 = 5e-3;
/// The cosine of the angle between neighbouring tangents: below the first a step is made again, above the second the next is longer.
const SHARP: f64 = 0.96;
const STRAIGHT: f64 = 0.99;
/// A step so short that still turns sharply is at a corner: the model has a switch there.
const CORNER: f64 = 1e-6;

impl Walk {
    /// A walk from a place, whose unknowns of a range have that range as their size; others grow with what is met.
    pub(super) fn new(problem: Problem, bounded: Vec<Bounded>, start: &[f64], spread: f64) -> Self {
        let (scales, outer) = (vec![0.0; start.len()], (0..start.len()).collect());
        let mut walk = Self { problem, scales, bounded, outer, spread };
        let size = start.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
        // What is left of a trajectory to 0 says nothing of a size.
        let floor = if size > 1e-9 { 0.05 * size.min(1.0) } else { 1.0 };
        for (scale, value) in walk.scales.iter_mut().zip(start) {
            *scale = spread * value.abs().max(floor);
        }
        for bounded in &walk.bounded {
            walk.scales[bounded.unknown] = bounded.to - bounded.from;
        }
        walk
    }

    /// Lets the scales grow with a place; the tangent goes with them.
    fn meet(&mut self, place: &mut Place) {
        for (unknown, value) in place.at.iter().enumerate() {
            let size = self.spread * value.abs();
            if self.bounded.iter().all(|bounded| bounded.unknown != unknown) && size > self.scales[unknown] {
                place.tangent[unknown] *= self.scales[unknown] / size;
                self.scales[unknown] = size;
            }
        }
        let length = norm(&place.tangent);
        place.tangent.iter_mut().for_each(|value| *value /= length);
    }

    /// A place and its tangent on the side of `way`, which is in plain unknowns.
    pub(super) fn place(&self, at: &[f64], way: &[f64]) -> Option<Place> {
        let towards: Vec<f64> = way.iter().zip(&self.scales).map(|(way, scale)| way / scale).collect();
        let length = norm(&towards);
        let towards: Vec<f64> = towards.iter().map(|value| value / length).collect();
        Some(Place { at: at.to_vec(), tangent: self.tangent(at, &towards)? })
    }

    /// The tangent of a place in plain unknowns.
    pub(super) fn way(&self, place: &Place) -> Vec<f64> {
        place.tangent.iter().zip(&self.scales).map(|(value, scale)| value * scale).collect()
    }

    /// The tangent at a place, on the side of `towards`; both in scaled unknowns.
    pub(super) fn tangent(&self, at: &[f64], towards: &[f64]) -> Option<Vec<f64>> {
        let (_, jacobian) = self.problem.evaluate(at);
        let size = at.len();
        let mut matrix = Matrix::zeros(size, size);
        for row in 0..jacobian.rows() {
            for (column, scale) in self.scales.iter().enumerate() {
                matrix[(row, column)] = jacobian[(row, column)] * scale;
            }
        }
        for (column, value) in towards.iter().enumerate() {
            matrix[(size - 1, column)] = *value;
        }
        let mut right = vec![0.0; size];
        right[size - 1] = 1.0;
        let tangent = Factors::of(&matrix).solve(&right);
        let length = norm(&tangent);
        length.is_finite().then(|| tangent.iter().map(|value| value / length).collect())
    }

    /// The place of the curve in the plane across `b - a` at a part of the way between both.
    pub(super) fn between(&self, a: &[f64], b: &[f64], part: f64) -> Option<Vec<f64>> {
        let guess: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + part * (b - a)).collect();
        let row: Vec<f64> =
            a.iter().zip(b).zip(&self.scales).map(|((a, b), scale)| (b - a) / scale).collect();
        let length = norm(&row);
        let row: Vec<f64> = row.iter().map(|value| value / length).collect();
        let condition = Condition { row: &row, base: &guess };
        self.problem.solve(&guess, &[condition], &self.scales).map(|(at, _)| at)
    }

    /// The solution near `guess` where an unknown has a value.
    pub(super) fn fixed(&self, guess: &[f64], unknown: usize, value: f64) -> Option<Vec<f64>> {
        let mut base = guess.to_vec();
        base[unknown] = value;
        let mut row = vec![0.0; guess.len()];
        row[unknown] = 1.0;
        let mut at = self.problem.solve(&base, &[Condition { row: &row, base: &base }], &self.scales)?.0;
        at[unknown] = value;
        Some(at)
    }

    /// The place between two where an unknown that lies between has a value.
    pub(super) fn crossing(&self, a: &[f64], b: &[f64], unknown: usize, value: f64) -> Option<Vec<f64>> {
        let part = (value - a[unknown]) / (b[unknown] - a[unknown]);
        let guess: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + part * (b - a)).collect();
        self.fixed(&guess, unknown, value)
    }

    /// Follows the curve from a place until it ends. `inspect` sees every step before it is kept, and may change the settings
    /// of the problem for the next one. Gives the places after the start.
    pub(super) fn follow(
        &mut self,
        start: &Place,
        mut inspect: impl FnMut(&mut Self, &Place, &Place, f64) -> Verdict,
    ) -> (Vec<Place>, End) {
        let mut here = start.clone();
        self.meet(&mut here);
        let mut places: Vec<Place> = Vec::new();
        let mut length = FIRST;
        let most = most_points(self.problem.unknowns());
        loop {
            if places.len() > most {
                return (places, End::TooManyPoints);
            }
            if length < SMALLEST {
                return (places, End::StepTooSmall);
            }
            let Some((mut next, rounds)) = self.step(&here, length) else {
                length *= 0.5;
                continue;
            };
            let mut end = None;
            if let Some((bounded, bound)) = self.crossed(&here.at, &next.at) {
                let at = self.crossing(&here.at, &next.at, bounded.unknown, bound);
                let tangent = at.as_ref().and_then(|at| self.tangent(at, &here.tangent));
                let (Some(at), Some(tangent)) = (at, tangent) else {
                    length *= 0.5;
                    continue;
                };
                next = Place { at, tangent };
                end = Some(End::LeftRange);
            }
            match inspect(self, &here, &next, length) {
                Verdict::Halve => {
                    length *= 0.5;
                    continue;
                }
                Verdict::Stop(reason) => end = Some(reason),
                Verdict::Keep => {}
            }
            if end.is_none() && places.len() > 8 && self.passes(&here.at, &next, start) {
                end = Some(End::Closed);
            }
            let turn = dot(&here.tangent, &next.tangent);
            self.meet(&mut next);
            places.push(next.clone());
            if let Some(end) = end {
                return (places, end);
            }
            here = next;
            if rounds <= 4 && turn > STRAIGHT {
                length = (1.5 * length).min(LARGEST);
            } else if rounds > 6 {
                length *= 0.7;
            }
        }
    }

    /// A step of a length, with the rounds that it took; `None` where the curve turns too sharply for it.
    fn step(&self, here: &Place, length: f64) -> Option<(Place, usize)> {
        let ahead = here.at.iter().zip(&here.tangent).zip(&self.scales);
        let guess: Vec<f64> = ahead.map(|((at, tangent), scale)| at + length * tangent * scale).collect();
        let condition = Condition { row: &here.tangent, base: &guess };
        let (at, rounds) = self.problem.solve(&guess, &[condition], &self.scales)?;
        let moved: Vec<f64> =
            at.iter().zip(&guess).zip(&self.scales).map(|((a, b), scale)| (a - b) / scale).collect();
        let tangent = self.tangent(&at, &here.tangent)?;
        let turn = dot(&here.tangent, &tangent);
        let is_smooth = norm(&moved) <= 0.5 * length && turn >= SHARP;
        let is_corner = length < CORNER && norm(&moved) <= 2.0 * length;
        (is_smooth || is_corner).then_some((Place { at, tangent }, rounds))
    }

    /// The range that a step leaves first, and the end where it does.
    fn crossed(&self, here: &[f64], next: &[f64]) -> Option<(Bounded, f64)> {
        let mut first: Option<(f64, Bounded, f64)> = None;
        for &bounded in &self.bounded {
            let (a, b) = (here[bounded.unknown], next[bounded.unknown]);
            let bound = if b > bounded.to { bounded.to } else { bounded.from };
            if b < bounded.from || b > bounded.to {
                let part = (bound - a) / (b - a);
                if first.is_none_or(|(known, ..)| part < known) {
                    first = Some((part, bounded, bound));
                }
            }
        }
        first.map(|(_, bounded, bound)| (bounded, bound))
    }

    /// Whether a step passes the start in the start's own direction.
    fn passes(&self, here: &[f64], next: &Place, start: &Place) -> bool {
        let way = |at: &[f64]| -> Vec<f64> {
            self.outer.iter().map(|&place| (at[place] - start.at[place]) / self.scales[place]).collect()
        };
        let (before, after) = (way(here), way(&next.at));
        let direction =
            |tangent: &[f64]| -> Vec<f64> { self.outer.iter().map(|&place| tangent[place]).collect() };
        let began = direction(&start.tangent);
        norm(&after) < 4.0 * LARGEST
            && dot(&before, &began) < 0.0
            && dot(&after, &began) >= 0.0
            && dot(&direction(&next.tangent), &began) > 0.0
    }
}
