//! Where a fold or a Hopf point stands as two parameters vary: a curve in their plane, and the points on it where more happens.
//! Knows nothing of how its first point was found.

use super::branch::{across, extended};
use super::linear::{Factors, Matrix, dot, norm, null_vectors, unit};
use super::normal_form::Forms;
use super::problem::Problem;
use super::search::is_about;
use super::walk::{Bounded, End, Place, Verdict, Walk};

/// A point of a curve in the plane of two parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct LocusPoint {
    /// The first parameter.
    pub along: f64,
    /// The second parameter.
    pub with: f64,
    /// The values of the variables.
    pub state: Vec<f64>,
    /// Of a Hopf point, radian per time unit.
    pub angular_frequency: Option<f64>,
    /// Of a Hopf point, the first Lyapunov coefficient where it is defined.
    pub lyapunov: Option<f64>,
}

/// What lies on a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    BogdanovTakens,
    Cusp,
    GeneralisedHopf,
}

/// A point on a curve where more happens, solved.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) meeting: Meeting,
    /// State, first and second parameter.
    pub(super) at: Vec<f64>,
    pub(super) angular_frequency: Option<f64>,
    pub(super) residual: f64,
    /// For a Bogdanov-Takens point: the vectors `v` and `u`.
    pub(super) chain: Option<(Vec<f64>, Vec<f64>)>,
}

/// A curve as it was followed: the places of its problem's unknowns, and why it ends on both sides.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) places: Vec<Vec<f64>>,
    pub(super) ends: [End; 2],
    pub(super) met: Vec<Met>,
}

/// The problems in the plane of two parameters.
#[derive(Clone, Debug)]
pub(super) struct Loci {
    pub(super) equilibrium: Problem,
    pub(super) fold: Problem,
    pub(super) hopf: Problem,
    pub(super) bogdanov_takens: Problem,
    pub(super) forms: Forms,
    /// The ranges of both parameters.
    pub(super) ranges: [(f64, f64); 2],
    pub(super) bound: f64,
    /// The square root of the number of nodes.
    pub(super) spread: f64,
}

impl Loci {
    pub(super) fn dimension(&self) -> usize {
        self.equilibrium.unknowns() - 2
    }

    fn jacobian(&self, at: &[f64]) -> Matrix {
        let size = self.dimension();
        self.equilibrium.evaluate(at).1.corner(size, size)
    }

    /// State and parameters of a place of a problem.
    pub(super) fn outer<'a>(&self, place: &'a [f64]) -> Vec<f64> {
        let (size, end): (usize, &'a [f64]) = (self.dimension(), &place[place.len() - 2..]);
        [&place[..size], end].concat()
    }

    fn walk(&self, problem: &Problem, start: &[f64]) -> Walk {
        let (size, all) = (self.dimension(), start.len());
        let bounded = [all - 2, all - 1].into_iter().zip(self.ranges);
        let bounded = bounded.map(|(unknown, (from, to))| Bounded { unknown, from, to }).collect();
        let mut walk = Walk::new(problem.clone(), bounded, start, self.spread);
        // The components of a vector have one size, that of the vector.
        let mut block = size;
        while block + size <= all - 2 {
            let part = &start[block..block + size];
            let length = norm(part).max(f64::MIN_POSITIVE);
            walk.scales[block..block + size].fill(length);
            block += size;
        }
        walk.outer = (0..size).chain([all - 2, all - 1]).collect();
        walk
    }

    fn is_beyond(&self, at: &[f64]) -> bool {
        at[..self.dimension()].iter().any(|value| value.abs() > self.bound)
    }

    /// The curve of folds through one: unknowns `x`, `v` and both parameters.
    pub(super) fn folds(&self, start: &[f64]) -> Option<Track> {
        let mut walk = self.walk(&self.fold, start);
        self.both_ways(&mut walk, start, Self::follow_folds)
    }

    /// The curve of Hopf points through one: unknowns `x`, `v`, `u`, `k` and both parameters.
    pub(super) fn hopfs(&self, start: &[f64]) -> Option<Track> {
        let size = self.dimension();
        let mut walk = self.walk(&self.hopf, start);
        walk.problem.settings = across(&start[2 * size..3 * size], &start[size..2 * size]);
        let settings = walk.problem.settings.clone();
        self.both_ways(&mut walk, start, |loci, walk, place| {
            let half = loci.follow_hopfs(walk, place);
            walk.problem.settings.clone_from(&settings);
            half
        })
    }

    /// The curve of Hopf points that begins at a Bogdanov-Takens point.
    pub(super) fn hopfs_from(&self, met: &Met) -> Option<Track> {
        let size = self.dimension();
        let (v, u) = met.chain.as_ref()?;
        let length = norm(v);
        let part = |vector: &[f64]| -> Vec<f64> { vector.iter().map(|value| value / length).collect() };
        let (v, u) = (part(v), part(u));
        let start = [&met.at[..size], &v, &u, &[0.0], &met.at[size..]].concat();
        let mut walk = self.walk(&self.hopf, &start);
        walk.scales[3 * size] = dot(&u, &u);
        walk.problem.settings = across(&u, &v);
        let mut towards = vec![0.0; start.len()];
        towards[3 * size] = 1.0;
        let place = walk.place(&start, &towards)?;
        let (mut places, end, met) = self.follow_hopfs(&mut walk, &place);
        places.insert(0, start);
        Some(Track { places, ends: [End::BogdanovTakens, end], met })
    }

    fn both_ways(
        &self,
        walk: &mut Walk,
        start: &[f64],
        follow: impl Fn(&Self, &mut Walk, &Place) -> (Vec<Vec<f64>>, End, Vec<Met>),
    ) -> Option<Track> {
        let mut towards = vec![0.0; start.len()];
        let last = start.len() - 1;
        towards[last] = 1.0;
        let way = walk.way(&walk.place(start, &towards)?);
        let back: Vec<f64> = way.iter().map(|value| -value).collect();
        let place = walk.place(start, &back)?;
        let (mut places, first, mut met) = follow(self, walk, &place);
        places.reverse();
        places.push(start.to_vec());
        if first == End::Closed {
            return Some(Track { places, ends: [End::Closed, End::Closed], met });
        }
        // The first half has changed the scales.
        let place = walk.place(start, &way)?;
        let (forwards, end, more) = follow(self, walk, &place);
        places.extend(forwards);
        met.extend(more);
        Some(Track { places, ends: [first, end], met })
    }

    fn follow_folds(&self, walk: &mut Walk, start: &Place) -> (Vec<Vec<f64>>, End, Vec<Met>) {
        let size = self.dimension();
        let null = |at: &[f64], before: Option<&Vec<f64>>| {
            let (_, mut left) = null_vectors(&self.jacobian(&self.outer(at)));
            if before.is_some_and(|before| dot(before, &left) < 0.0) {
                for value in &mut left {
                    *value = -*value;
                }
            }
            left
        };
        let chain = |at: &[f64], left: &[f64]| dot(left, &at[size..2 * size]);
        let curvature = |at: &[f64], left: &[f64]| {
            let v = &at[size..2 * size];
            dot(left, &self.forms.quadratic(&self.outer(at), v, v))
        };
        let mut left = null(&start.at, None);
        let mut events = Vec::new();
        let (places, end) = walk.follow(start, |_, here, next, length| {
            let own = null(&next.at, Some(&left));
            if dot(&own, &left) < 0.9 && length > 1e-7 {
                return Verdict::Halve;
            }
            if chain(&here.at, &left) * chain(&next.at, &own) < 0.0 {
                events.push((Meeting::BogdanovTakens, here.at.clone(), next.at.clone(), left.clone()));
            }
            if curvature(&here.at, &left) * curvature(&next.at, &own) < 0.0 {
                events.push((Meeting::Cusp, here.at.clone(), next.at.clone(), left.clone()));
            }
            left = own;
            if self.is_beyond(&next.at) { Verdict::Stop(End::LeftBound) } else { Verdict::Keep }
        });
        let met = events.into_iter().filter_map(|(meeting, a, b, left)| {
            let value = |at: &[f64]| {
                let own = null(at, Some(&left));
                if meeting == Meeting::Cusp { curvature(at, &own) } else { chain(at, &own) }
            };
            let at = bisect(walk, &a, &b, value)?;
            if meeting == Meeting::BogdanovTakens {
                let u = at[size..2 * size].to_vec();
                let v = self.generalised(&self.jacobian(&self.outer(&at)), &u, &null(&at, None))?;
                return self.solve_bogdanov_takens(walk, &self.outer(&at), &v, &u);
            }
            let residual = super::linear::largest(&self.fold.values(&at));
            Some(Met { meeting, at: self.outer(&at), angular_frequency: None, residual, chain: None })
        });
        let met = met.collect();
        (places.into_iter().map(|place| place.at).collect(), end, met)
    }

    /// The vector `v` across `u` with `J v = u`, from a system that the null vectors border.
    fn generalised(&self, jacobian: &Matrix, u: &[f64], left: &[f64]) -> Option<Vec<f64>> {
        let size = self.dimension();
        let mut matrix = Matrix::zeros(size + 1, size + 1);
        for row in 0..size {
            for column in 0..size {
                matrix[(row, column)] = jacobian[(row, column)];
            }
            matrix[(row, size)] = left[row];
            matrix[(size, row)] = u[row];
        }
        let mut v = Factors::of(&matrix).solve(&[u, &[0.0]].concat());
        v.truncate(size);
        v.iter().all(|value| value.is_finite()).then_some(v)
    }

    fn solve_bogdanov_takens(&self, walk: &Walk, outer: &[f64], v: &[f64], u: &[f64]) -> Option<Met> {
        let size = self.dimension();
        let guess = [&outer[..size], v, u, &outer[size..]].concat();
        let last = walk.scales.len();
        let scales = [&walk.scales[..size], &walk.scales[last - 2..]].concat();
        let scales = extended(&scales, size, &[v, u]);
        let (at, _) = self.bogdanov_takens.solve(&guess, &[], &scales)?;
        let at = self.bogdanov_takens.polish(at, &[], &scales);
        let residual = super::linear::largest(&self.bogdanov_takens.values(&at));
        let chain = Some((at[size..2 * size].to_vec(), at[2 * size..3 * size].to_vec()));
        let angular_frequency = Some(0.0);
        Some(Met {
            meeting: Meeting::BogdanovTakens,
            at: self.outer(&at),
            angular_frequency,
            residual,
            chain,
        })
    }

    fn follow_hopfs(&self, walk: &mut Walk, start: &Place) -> (Vec<Vec<f64>>, End, Vec<Met>) {
        let size = self.dimension();
        let mut events = Vec::new();
        let mut lyapunov = self.lyapunov(&start.at);
        let (places, end) = walk.follow(start, |walk, here, next, _| {
            let own = self.lyapunov(&next.at);
            if next.at[3 * size] <= 0.0 {
                return Verdict::Stop(End::BogdanovTakens);
            }
            if let (Some(before), Some(after)) = (lyapunov, own)
                && before * after < 0.0
            {
                events.push((here.at.clone(), next.at.clone(), walk.problem.settings.clone()));
            }
            lyapunov = own;
            walk.problem.settings = across(&next.at[2 * size..3 * size], &next.at[size..2 * size]);
            if self.is_beyond(&next.at) { Verdict::Stop(End::LeftBound) } else { Verdict::Keep }
        });
        let mut places: Vec<Vec<f64>> = places.into_iter().map(|place| place.at).collect();
        let mut met = Vec::new();
        if end == End::BogdanovTakens
            && let Some(last) = places.pop()
        {
            let (v, u) = (&last[size..2 * size], &last[2 * size..3 * size]);
            let length = norm(u);
            let u = unit(u);
            let slope = dot(v, &u);
            let v: Vec<f64> = v.iter().zip(&u).map(|(v, u)| (v - slope * u) / length).collect();
            if let Some(own) = self.solve_bogdanov_takens(walk, &self.outer(&last), &v, &u) {
                let (v, u) = own.chain.clone().unwrap_or_default();
                let length = norm(&v);
                let part =
                    |vector: &[f64]| -> Vec<f64> { vector.iter().map(|value| value / length).collect() };
                places.push([&own.at[..size], &part(&v), &part(&u), &[0.0], &own.at[size..]].concat());
                met.push(own);
            }
        }
        for (a, b, settings) in events {
            walk.problem.settings = settings;
            let value = |at: &[f64]| self.lyapunov(at).unwrap_or(f64::NAN);
            let (left, right) = (value(&a).abs(), value(&b).abs());
            if let Some(at) = bisect(walk, &a, &b, value)
                && value(&at).abs() < left.max(right)
            {
                let residual = super::linear::largest(&walk.problem.values(&at));
                let angular_frequency = Some(at[3 * size].sqrt());
                let meeting = Meeting::GeneralisedHopf;
                met.push(Met { meeting, at: self.outer(&at), angular_frequency, residual, chain: None });
            }
        }
        (places, end, met)
    }

    /// The first Lyapunov coefficient at a place of the Hopf problem.
    fn lyapunov(&self, at: &[f64]) -> Option<f64> {
        let size = self.dimension();
        let square = at[3 * size];
        let outer = self.outer(at);
        if square <= 0.0 || self.forms.is_near_switch(&outer) {
            return None;
        }
        let frequency = square.sqrt();
        let q =
            (at[size..2 * size].to_vec(), at[2 * size..3 * size].iter().map(|u| -u / frequency).collect());
        Some(self.forms.lyapunov(&outer, &self.jacobian(&outer), frequency, &q)?.value)
    }

    /// A place of the fold problem for a file.
    pub(super) fn fold_point(&self, at: &[f64]) -> LocusPoint {
        let size = self.dimension();
        LocusPoint {
            along: at[at.len() - 2],
            with: at[at.len() - 1],
            state: at[..size].to_vec(),
            angular_frequency: None,
            lyapunov: None,
        }
    }

    /// A place of the Hopf problem for a file.
    pub(super) fn hopf_point(&self, at: &[f64]) -> LocusPoint {
        let frequency = at[3 * self.dimension()].max(0.0).sqrt();
        LocusPoint { angular_frequency: Some(frequency), lyapunov: self.lyapunov(at), ..self.fold_point(at) }
    }

    /// Whether a curve goes through a place of its problem, at the same value of the second parameter.
    pub(super) fn passes(&self, problem: &Problem, track: &Track, at: &[f64]) -> bool {
        let size = self.dimension();
        let (last, with) = (at.len() - 1, at[at.len() - 1]);
        let mut walk = self.walk(problem, at);
        track.places.windows(2).any(|pair| {
            let (a, b) = (&pair[0], &pair[1]);
            if (a[last] - b[last]).abs() == 0.0
                || (a[last] - with) * (b[last] - with) > 0.0
                || !is_about(&a[..size], &b[..size], &at[..size])
            {
                return false;
            }
            if !walk.problem.settings.is_empty() {
                walk.problem.settings = across(&a[2 * size..3 * size], &a[size..2 * size]);
            }
            let crossing = walk.crossing(a, b, last, with);
            crossing.is_some_and(|crossing| {
                walk.outer
                    .iter()
                    .all(|&place| (crossing[place] - at[place]).abs() < 1e-6 * walk.scales[place])
            })
        })
    }
}

/// The place of a curve between two where a value changes its sign.
fn bisect(walk: &Walk, a: &[f64], b: &[f64], value: impl Fn(&[f64]) -> f64) -> Option<Vec<f64>> {
    let (mut low, mut high) = (0.0, 1.0);
    let sign = value(a).is_sign_negative();
    let mut place = None;
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let at = walk.between(a, b, middle)?;
        let own = value(&at);
        if own == 0.0 {
            return Some(at);
        }
        if own.is_sign_negative() == sign {
            low = middle;
        } else {
            high = middle;
        }
        place = Some(at);
        if high - low < 1e-15 {
            break;
        }
    }
    place
}
