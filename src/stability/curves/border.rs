//! Curves in the plane of two parameters along which several eigenvalues cross at once, as the modes of a symmetric network do, or
//! on which branches cross: the condition is that the mean real part of these eigenvalues is 0, with the equilibrium solved inside.
//! The mean is smooth where single eigenvalues are not (Kato 1995, Perturbation Theory for Linear Operators, section II.2), and the
//! equations that a single eigenvector solves are singular there. Knows nothing of networks.

use super::branch::{Event, Found, spectrum};
use super::effort::most_points;
use super::linear::{Factors, Matrix, dot, largest, norm};
use super::locus::{Loci, LocusPoint};
use super::search::is_same;
use super::walk::End;
use crate::stability::Eigenvalue;

/// Eigenvalues that differ by less than this part of the largest are one that is there several times.
const ONE: f64 = 1e-7;
/// Steps, where a parameter's range has length 1.
const SMALLEST: f64 = 1e-7;
const FIRST: f64 = 1e-3;
const LARGEST: f64 = 5e-3;
/// How far apart parameters are from which a slope is taken.
const APART: f64 = 1e-5;
/// The cosine of the angle between neighbouring directions below which a step is made again.
const SHARP: f64 = 0.96;

/// A curve as it was followed.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    pub(super) event: Event,
    /// How many eigenvalues, or pairs of them, cross.
    pub(super) multiplicity: usize,
    places: Vec<Stand>,
    pub(super) ends: [End; 2],
}

/// An equilibrium and the eigenvalues that are followed.
#[derive(Clone, Debug)]
struct Stand {
    state: Vec<f64>,
    /// Both parameters.
    parameters: [f64; 2],
    /// The mean real part.
    rate: f64,
    /// The mean imaginary part, of those above the real axis.
    frequency: f64,
    /// The largest eigenvalue.
    size: f64,
}

struct Border<'a> {
    loci: &'a Loci,
    event: Event,
    multiplicity: usize,
}

/// The curve through a point at which several eigenvalues cross, or branches; `None` where it is no curve, as where two branches cross
/// at one value of the second parameter only.
pub(super) fn trail(loci: &Loci, found: &Found, with: f64) -> Option<Trail> {
    let border = Border { loci, event: found.event, multiplicity: found.multiplicity };
    let start = border.first(found, with)?;
    let across = border.slope(&start)?;
    let mut halves = Vec::new();
    for sign in [-1.0, 1.0] {
        let half = border.follow(&start, [-sign * across[1], sign * across[0]]);
        let is_closed = half.1 == End::Closed;
        halves.push(half);
        if is_closed {
            break;
        }
    }
    let (mut places, first) = halves.remove(0);
    places.reverse();
    places.push(start);
    let (more, last) = halves.pop().unwrap_or((Vec::new(), first));
    places.extend(more);
    // That it goes on beyond the point itself is what makes it a curve.
    (places.len() > 2).then_some(Trail {
        event: found.event,
        multiplicity: found.multiplicity,
        places,
        ends: [first, last],
    })
}

impl Trail {
    /// Whether the curve goes through a point, as near as its steps let see.
    pub(super) fn passes(&self, loci: &Loci, found: &Found, with: f64) -> bool {
        const NEAR: f64 = 1e-4;
        let size = loci.dimension();
        let point = scaled(loci, [found.at[found.at.len() - 1], with]);
        found.event == self.event
            && self.places.windows(2).any(|pair| {
                let (a, b) = (scaled(loci, pair[0].parameters), scaled(loci, pair[1].parameters));
                let (way, to) = ([b[0] - a[0], b[1] - a[1]], [point[0] - a[0], point[1] - a[1]]);
                let part = (dot(&way, &to) / dot(&way, &way)).clamp(0.0, 1.0);
                let between = |(a, b): (&f64, &f64)| a + part * (b - a);
                let state: Vec<f64> = pair[0].state.iter().zip(&pair[1].state).map(between).collect();
                let apart: Vec<f64> = state.iter().zip(&found.at[..size]).map(|(a, b)| a - b).collect();
                norm(&[to[0] - part * way[0], to[1] - part * way[1]]) < NEAR
                    && (is_same(&state, &found.at[..size]) || norm(&apart) <= NEAR * (norm(&state) + 1e-3))
            })
    }

    /// Whether as many cross at a point as along the curve.
    pub(super) fn is_of(&self, found: &Found) -> bool {
        found.multiplicity == self.multiplicity
    }

    /// How many points it has.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Its points for a file.
    pub(super) fn points(&self) -> Vec<LocusPoint> {
        let point = |stand: &Stand| LocusPoint {
            along: stand.parameters[0],
            with: stand.parameters[1],
            state: stand.state.clone(),
            angular_frequency: (self.event == Event::Hopf).then_some(stand.frequency),
            lyapunov: None,
        };
        self.places.iter().map(point).collect()
    }
}

/// Parameters as parts of their ranges.
fn scaled(loci: &Loci, parameters: [f64; 2]) -> [f64; 2] {
    let part = |place: usize| {
        let (from, to) = loci.ranges[place];
        (parameters[place] - from) / (to - from)
    };
    [part(0), part(1)]
}

impl Border<'_> {
    fn first(&self, found: &Found, with: f64) -> Option<Stand> {
        let size = self.loci.dimension();
        let along = found.at[found.at.len() - 1];
        let frequency = if self.event == Event::Hopf { found.at[3 * size].sqrt() } else { 0.0 };
        let near = Stand {
            state: found.at[..size].to_vec(),
            parameters: [along, with],
            rate: 0.0,
            frequency,
            size: 0.0,
        };
        let point = scaled(self.loci, near.parameters);
        let start = self.stand(&near, point)?;
        // Where branches cross the point is known to half of the digits only.
        let across = self.slope(&start)?;
        self.corrected(&start, point, across, APART.sqrt())
    }

    /// The equilibrium near another at parameters that are parts of their ranges.
    fn stand(&self, near: &Stand, point: [f64; 2]) -> Option<Stand> {
        let value = |place: usize| {
            let (from, to) = self.loci.ranges[place];
            from + (to - from) * point[place]
        };
        let parameters = [value(0), value(1)];
        let state = self.rest(&near.state, parameters)?;
        let jacobian = self.jacobian(&state, parameters);
        let modes = spectrum(&jacobian)?;
        let size = modes.iter().fold(0.0, |size: f64, own| size.max(own.re.hypot(own.im)));
        let wanted = Eigenvalue { re: 0.0, im: near.frequency };
        let own = self.group(&modes, wanted, ONE * size)?;
        Some(Stand { state, parameters, rate: own.re, frequency: own.im, size })
    }

    fn jacobian(&self, state: &[f64], parameters: [f64; 2]) -> Matrix {
        let size = state.len();
        self.loci.equilibrium.evaluate(&[state, &parameters].concat()).1.corner(size, size)
    }

    /// The mean of the eigenvalues that are one but for rounding, as many as are followed, which lie nearest to where they are wanted.
    fn group(&self, modes: &[Eigenvalue], wanted: Eigenvalue, one: f64) -> Option<Eigenvalue> {
        let is_pair = self.event == Event::Hopf;
        let able: Vec<&Eigenvalue> =
            modes.iter().filter(|own| if is_pair { own.im > one } else { own.im.abs() <= one }).collect();
        let apart = |a: &Eigenvalue, b: &Eigenvalue| (a.re - b.re).hypot(a.im - b.im);
        let groups = able.iter().filter_map(|own| {
            let group: Vec<_> = able.iter().filter(|other| apart(own, other) <= one).collect();
            let mean = |part: fn(&Eigenvalue) -> f64| {
                group.iter().map(|own| part(own)).sum::<f64>() / group.len() as f64
            };
            (group.len() == self.multiplicity).then(|| Eigenvalue {
                re: mean(|own| own.re),
                im: if is_pair { mean(|own| own.im) } else { 0.0 },
            })
        });
        groups.min_by(|a, b| apart(a, &wanted).total_cmp(&apart(b, &wanted)))
    }

    /// Newton's method for the equilibrium. Where an eigenvalue is 0 the step is the one of Tikhonov: what rounding leaves of the
    /// equations is not magnified along the null vectors.
    fn rest(&self, guess: &[f64], parameters: [f64; 2]) -> Option<Vec<f64>> {
        const MOST_ROUNDS: usize = 20;
        let size = guess.len();
        let mut state = guess.to_vec();
        for _ in 0..MOST_ROUNDS {
            let (values, all) = self.loci.equilibrium.evaluate(&[&state[..], &parameters].concat());
            let jacobian = all.corner(size, size);
            let change = if self.event == Event::Hopf {
                Factors::of(&jacobian).solve(&values)
            } else {
                tikhonov(&jacobian, &values)
            };
            let length = norm(&change);
            if !length.is_finite() || length > 0.5 * (norm(&state) + 1.0) {
                return None;
            }
            state.iter_mut().zip(&change).for_each(|(value, change)| *value -= change);
            if length <= 1e-12 * (norm(&state) + 1e-3) {
                let rest = largest(&self.loci.equilibrium.values(&[&state[..], &parameters].concat()));
                return (rest <= 1e-10 * largest(jacobian.values()) * (norm(&state) + 1e-3)).then_some(state);
            }
        }
        None
    }

    /// Whether branches do cross there and none of them turns: then what a parameter changes is in the range of the Jacobian.
    fn is_straight(&self, here: &Stand) -> bool {
        const NONE: f64 = 1e-5;
        if self.event == Event::Hopf {
            return true;
        }
        let size = here.state.len();
        let (_, all) = self.loci.equilibrium.evaluate(&[&here.state[..], &here.parameters].concat());
        let jacobian = all.corner(size, size);
        (size..size + 2).all(|parameter| {
            let pushed: Vec<f64> = (0..size).map(|row| all[(row, parameter)]).collect();
            let left = jacobian.times(&tikhonov(&jacobian, &pushed));
            let rest: Vec<f64> = left.iter().zip(&pushed).map(|(left, pushed)| left - pushed).collect();
            norm(&rest) <= NONE * norm(&pushed)
        })
    }

    /// The direction in which the rate grows, of length 1 in parts of the ranges.
    fn slope(&self, here: &Stand) -> Option<[f64; 2]> {
        let [x, y] = scaled(self.loci, here.parameters);
        // Inwards, so that no parameter leaves its range.
        let apart = |place: f64| if place > 0.5 { -APART } else { APART };
        let (dx, dy) = (apart(x), apart(y));
        let slope = [
            (self.stand(here, [x + dx, y])?.rate - here.rate) / dx,
            (self.stand(here, [x, y + dy])?.rate - here.rate) / dy,
        ];
        let length = norm(&slope);
        (length > 1e-9 * here.size).then(|| slope.map(|value| value / length))
    }

    /// The place of the curve that is met from a point on a straight line, at most `most` away: by secants.
    fn corrected(&self, near: &Stand, point: [f64; 2], way: [f64; 2], most: f64) -> Option<Stand> {
        let at = |part: f64| self.stand(near, [point[0] + part * way[0], point[1] + part * way[1]]);
        let (mut before, mut there) = (0.0, APART.min(0.1 * most));
        let mut known = at(before)?;
        let mut best = known.clone();
        for _ in 0..16 {
            if best.rate.abs() <= 4.0 * f64::EPSILON * best.size {
                break;
            }
            let own = at(there)?;
            if own.rate.abs() < best.rate.abs() {
                best = own.clone();
            }
            let change = own.rate * (there - before) / (own.rate - known.rate);
            if !change.is_finite() || change.abs() < 1e-15 {
                break;
            }
            (before, known) = (there, own);
            there -= change;
            if there.abs() > most {
                return None;
            }
        }
        (best.rate.abs() <= 1e-10 * best.size && self.is_straight(&best)).then_some(best)
    }

    fn follow(&self, start: &Stand, towards: [f64; 2]) -> (Vec<Stand>, End) {
        let mut places: Vec<Stand> = Vec::new();
        let (mut here, mut way, mut length) = (start.clone(), towards, FIRST);
        let begin = scaled(self.loci, start.parameters);
        let most = most_points(self.loci.dimension());
        loop {
            if places.len() > most {
                return (places, End::TooManyPoints);
            }
            if length < SMALLEST {
                let end = if self.has_slowed(&places) { End::BogdanovTakens } else { End::StepTooSmall };
                return (places, end);
            }
            let from = scaled(self.loci, here.parameters);
            let point = [from[0] + length * way[0], from[1] + length * way[1]];
            let Some(next) = self.corrected(&here, point, [-way[1], way[0]], 0.5 * length) else {
                length *= 0.5;
                continue;
            };
            let to = scaled(self.loci, next.parameters);
            let moved = [to[0] - from[0], to[1] - from[1]];
            let own = moved.map(|value| value / norm(&moved));
            if dot(&own, &way) < SHARP && length > 2.0 * SMALLEST {
                length *= 0.5;
                continue;
            }
            if let Some(place) = (0..2).find(|&place| !(0.0..=1.0).contains(&to[place])) {
                let end = self.at_the_end(&here, &next, place);
                places.extend(end);
                return (places, End::LeftRange);
            }
            if next.state.iter().any(|value| value.abs() > self.loci.bound) {
                places.push(next);
                return (places, End::LeftBound);
            }
            let back = [begin[0] - to[0], begin[1] - to[1]];
            let is_back = places.len() > 8 && norm(&back) < 1.5 * length && is_near(&next, start);
            here = next.clone();
            places.push(next);
            if is_back {
                places.push(start.clone());
                return (places, End::Closed);
            }
            way = own;
            length = (1.5 * length).min(LARGEST);
        }
    }

    /// Whether the frequency goes to 0 where a curve is lost.
    fn has_slowed(&self, places: &[Stand]) -> bool {
        let most = places.iter().map(|own| own.frequency).fold(0.0, f64::max);
        self.event == Event::Hopf && places.last().is_some_and(|last| last.frequency < 0.05 * most)
    }

    /// Where the curve leaves the range of a parameter between two places.
    fn at_the_end(&self, here: &Stand, next: &Stand, place: usize) -> Option<Stand> {
        let (from, to) = (scaled(self.loci, here.parameters), scaled(self.loci, next.parameters));
        let bound = if to[place] > 1.0 { 1.0 } else { 0.0 };
        let part = (bound - from[place]) / (to[place] - from[place]);
        let other = 1 - place;
        let mut point = [bound; 2];
        point[other] = from[other] + part * (to[other] - from[other]);
        let mut way = [0.0; 2];
        way[other] = 1.0;
        self.corrected(here, point, way, LARGEST)
    }
}

/// The solution of `matrix x = right` that does not grow along null vectors: `(M' M + small^2) x = M' right`.
fn tikhonov(matrix: &Matrix, right: &[f64]) -> Vec<f64> {
    const SMALL: f64 = 1e-7;
    let size = right.len();
    let turned = matrix.transposed();
    let mut square = Matrix::zeros(size, size);
    for row in 0..size {
        for column in 0..size {
            square[(row, column)] = dot(turned.row(row), turned.row(column));
        }
    }
    let small = (SMALL * largest(matrix.values())).powi(2);
    (0..size).for_each(|place| square[(place, place)] += small);
    Factors::of(&square).solve(&turned.times(right))
}

/// Whether two places have about one state.
fn is_near(a: &Stand, b: &Stand) -> bool {
    let apart: Vec<f64> = a.state.iter().zip(&b.state).map(|(a, b)| a - b).collect();
    norm(&apart) <= 0.1 * (norm(&a.state) + norm(&b.state) + 1e-3)
}

#[cfg(test)]
mod tests {
    use super::super::{Diagram, Kind, Range, Request, follow};
    use crate::complaint::Source;
    use crate::model::Model;

    fn plane(text: &str, along: (&str, f64, f64), with: (&str, f64, f64)) -> Diagram {
        let source = Source::new("test.ode", text);
        let model = Model::parse(&source, "test").unwrap_or_else(|complaints| panic!("{complaints}"));
        let range = |(name, from, to): (&str, f64, f64)| Range { name: name.to_owned(), from, to };
        let starts = vec![model.initial_values(None)];
        let (values, with) = (Vec::new(), Some(range(with)));
        follow(&Request {
            model: &model,
            nodes: 1,
            values,
            along: range(along),
            with,
            starts,
            step: 0.01,
            work: 1e12,
        })
        .expect("a request that fits")
    }

    /// Two oscillators: both cross where `m - r^2 c` is 0, `r` the distance of the second parameter from 0.3.
    fn pair(second: &str) -> String {
        let one = |x: &str, y: &str, rate: &str| {
            format!("{x}'=({rate})*{x}-2*{y}-{x}*({x}^2+{y}^2)\n{y}'=2*{x}+({rate})*{y}-{y}*({x}^2+{y}^2)\n")
        };
        let rate = "m-(c-0.3)^2";
        format!("par m=-1,c=0\n{}{}done\n", one("x", "y", rate), one("z", "w", &format!("{rate}{second}")))
    }

    #[test]
    fn two_pairs_that_cross_at_once_everywhere_make_one_curve() {
        let diagram = plane(&pair(""), ("m", -1.0, 1.7), ("c", -1.0, 1.5));
        assert_eq!(diagram.loci.len(), 1);
        let curve = &diagram.loci[0];
        assert_eq!((curve.kind, curve.multiplicity), (Kind::Hopf, 2));
        assert!(curve.points.len() > 100);
        for point in &curve.points {
            assert!((point.along - (point.with - 0.3).powi(2)).abs() < 1e-12, "{point:?}");
            assert!(point.angular_frequency.is_some_and(|own| (own - 2.0).abs() < 1e-12));
        }
    }

    /// Only where the second parameter is 0 do both cross at one value of the first.
    #[test]
    fn two_pairs_that_cross_at_once_by_chance_make_no_curve_of_both() {
        let diagram = plane(&pair("+0.5*c"), ("m", -1.0, 1.7), ("c", -1.0, 1.5));
        assert!(diagram.points.iter().any(|point| point.kind == Kind::Hopf && point.multiplicity == 2));
        assert!(diagram.loci.iter().all(|curve| curve.multiplicity == 1));
        assert_eq!(diagram.loci.len(), 2);
    }

    /// A pitchfork with its imperfection (Golubitsky & Schaeffer 1985): branches cross at `h = 0` alone; what goes on from there
    /// are two curves of folds, `h^2 = 4 p^3/27`.
    #[test]
    fn branches_that_cross_by_chance_make_no_curve_and_those_that_always_cross_make_one() {
        let diagram = plane("par p=-0.7,h=0\nx'=h+p*x-x^3\ndone\n", ("p", -1.0, 1.7), ("h", -0.5, 0.6));
        assert!(diagram.points.iter().any(|point| point.kind == Kind::BranchPoint));
        assert!(diagram.loci.iter().all(|curve| curve.kind == Kind::Fold) && !diagram.loci.is_empty());
        let diagram = plane("par p=-0.7,h=0\nx'=(p-h^3)*x-x^3\ndone\n", ("p", -1.0, 1.7), ("h", -0.5, 0.6));
        assert_eq!(diagram.loci.len(), 1);
        assert_eq!(diagram.loci[0].kind, Kind::BranchPoint);
        assert!(diagram.loci[0].points.iter().all(|point| (point.along - point.with.powi(3)).abs() < 1e-12));
    }
}
