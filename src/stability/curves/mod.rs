//! Numerical continuation: branches of equilibria along one parameter, the folds and Hopf points on them, and the curves of
//! these in the plane of two parameters. Every special point is the solution of equations of its own, whose derivatives are
//! exact. Knows nothing of cycles, studies or files.

mod branch;
mod field;
mod linear;
mod locus;
mod normal_form;
mod problem;
mod search;
mod tape;
mod walk;

#[cfg(test)]
mod tests;

use crate::complaint::nearest;
use crate::model::Model;

use branch::{Equilibria, Event, Found};
use field::Field;
use linear::largest;
use locus::{Loci, Meeting, Met, Track};
use normal_form::Forms;
use problem::Problem;
use search::{Search, is_same};
use walk::Bounded;

pub use branch::{Branch, BranchPoint};
pub use locus::LocusPoint;
pub use walk::End;

/// Why nothing can be followed.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CurvesError {
    /// A parameter that the model does not have.
    #[error("the model `{model}` has no parameter `{name}`; {remedy}")]
    Unknown {
        /// The model.
        model: String,
        /// What was asked for.
        name: String,
        /// What to do.
        remedy: String,
    },
    /// A range without ends or without length.
    #[error("`{name}` cannot run from {from} to {to}; give two finite numbers, the smaller first")]
    Range {
        /// The parameter.
        name: String,
        /// Its first end.
        from: f64,
        /// Its last end.
        to: f64,
    },
    /// Twice the same parameter.
    #[error("`{name}` cannot vary along itself; give `--with` another parameter")]
    Twice {
        /// The parameter.
        name: String,
    },
    /// Equations that change with time.
    #[error(
        "the equations of `{model}` depend on the time `t`, so it has no equilibria; take `t` out of them"
    )]
    Time {
        /// The model.
        model: String,
    },
    /// Too many variables.
    #[error("`{model}` is too large for curves of two parameters; leave `--with` out")]
    TooLarge {
        /// The model.
        model: String,
    },
}

impl CurvesError {
    pub(crate) fn unknown(model: &Model, name: &str) -> Self {
        let names = || model.parameters.iter().map(|parameter| parameter.quantity.name.as_str());
        let remedy = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
        };
        Self::Unknown { model: model.name.clone(), name: name.to_owned(), remedy }
    }
}

/// A parameter that varies, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The parameter, as the model spells it.
    pub name: String,
    /// The smaller end.
    pub from: f64,
    /// The larger end.
    pub to: f64,
}

/// What is to be followed.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The model.
    pub model: &'a Model,
    /// The values of parameters that differ from the model's.
    pub values: Vec<(String, f64)>,
    /// The parameter that varies.
    pub along: Range,
    /// The parameter with which folds and Hopf points are followed.
    pub with: Option<Range>,
    /// Initial states, from which equilibria are looked for.
    pub starts: Vec<Vec<f64>>,
    /// The step of trajectories, in time units.
    pub step: f64,
}

/// The kind of a special point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Two equilibria meet and vanish.
    Fold,
    /// A pair of complex eigenvalues crosses the imaginary axis.
    Hopf,
    /// An eigenvalue goes through 0 where the branch does not turn.
    BranchPoint,
    /// A Hopf curve ends on a fold curve with frequency 0.
    BogdanovTakens,
    /// Two fold curves meet.
    Cusp,
    /// The first Lyapunov coefficient vanishes.
    GeneralisedHopf,
}

impl Kind {
    /// Every kind, in the order of its number in files.
    pub const ALL: [Self; 6] =
        [Self::Fold, Self::Hopf, Self::BranchPoint, Self::BogdanovTakens, Self::Cusp, Self::GeneralisedHopf];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fold => "fold",
            Self::Hopf => "hopf",
            Self::BranchPoint => "branch_point",
            Self::BogdanovTakens => "bogdanov_takens",
            Self::Cusp => "cusp",
            Self::GeneralisedHopf => "generalised_hopf",
        }
    }
}

/// Which cycles are born at a Hopf point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criticality {
    /// Cycles that attract within the centre manifold, on the side of the unstable equilibrium.
    Supercritical,
    /// Cycles that repel, on the side of the stable equilibrium.
    Subcritical,
    /// The first Lyapunov coefficient is 0 but for rounding.
    Degenerate,
    /// One of the model's own switches is so near that its derivatives say nothing.
    Undefined,
}

impl Criticality {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supercritical => "supercritical",
            Self::Subcritical => "subcritical",
            Self::Degenerate => "degenerate",
            Self::Undefined => "undefined",
        }
    }
}

/// A point at which something changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Special {
    /// What it is.
    pub kind: Kind,
    /// The first parameter.
    pub along: f64,
    /// The second parameter, where two vary.
    pub with: Option<f64>,
    /// The values of the variables.
    pub state: Vec<f64>,
    /// Of a Hopf point: radian per time unit.
    pub angular_frequency: Option<f64>,
    /// Of a Hopf point: the first Lyapunov coefficient, for an eigenvector of length 1.
    pub lyapunov: Option<f64>,
    /// Of a Hopf point.
    pub criticality: Option<Criticality>,
    /// The largest absolute value of the equations that it solves.
    pub residual: f64,
    /// The branch it lies on, or, of a point that needs two parameters, the curve.
    pub curve: usize,
}

/// A curve of folds or of Hopf points in the plane of two parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Locus {
    /// [`Kind::Fold`] or [`Kind::Hopf`].
    pub kind: Kind,
    /// Its points, in the order of the curve.
    pub points: Vec<LocusPoint>,
    /// Why it ends at its beginning and at its end.
    pub ends: [End; 2],
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Diagram {
    /// Branches of equilibria along the first parameter; none where no equilibrium was found.
    pub branches: Vec<Branch>,
    /// Special points: those on the branches by branch and parameter, then those on the curves.
    pub points: Vec<Special>,
    /// Curves in the plane of both parameters.
    pub loci: Vec<Locus>,
    /// Special points were not looked for, since the model has too many variables.
    pub is_coarse: bool,
}

/// Where in the range of the first parameter equilibria are looked for: at its ends, and between them where no round number is.
const STATIONS: [f64; 5] = [0.0, 0.236, 0.487, 0.764, 1.0];

/// Follows what was asked for.
///
/// # Errors
/// When the request does not fit the model. That no equilibrium is found is no error.
pub fn follow(request: &Request<'_>) -> Result<Diagram, CurvesError> {
    for range in [Some(&request.along), request.with.as_ref()].into_iter().flatten() {
        if request.model.parameter(&range.name).is_none() {
            return Err(CurvesError::unknown(request.model, &range.name));
        }
        if !(range.from < range.to && (range.to - range.from).is_finite()) {
            let Range { name, from, to } = range.clone();
            return Err(CurvesError::Range { name, from, to });
        }
    }
    if let Some(with) = request.with.as_ref().filter(|with| with.name == request.along.name) {
        return Err(CurvesError::Twice { name: with.name.clone() });
    }
    let field = Field::of(request.model, &request.values, &[&request.along.name])?;
    let size = field.dimension();
    let too_large = || CurvesError::TooLarge { model: request.model.name.clone() };
    let equilibria = Equilibria {
        equilibrium: Problem::equilibrium(&field).ok_or_else(too_large)?,
        fold: Problem::fold(&field),
        hopf: Problem::hopf(&field),
        range: Bounded { unknown: size, from: request.along.from, to: request.along.to },
        bound: request.model.bound,
    };
    let forms = Forms::of(&field);
    let mut diagram = Diagram { is_coarse: equilibria.hopf.is_none(), ..Diagram::default() };
    let mut found = Vec::new();
    for (mut branch, own) in branches(request, &equilibria) {
        name_switches(&mut branch, &forms);
        let number = diagram.branches.len();
        let mut points: Vec<(Special, Found)> =
            own.into_iter().map(|found| (special(&equilibria, &forms, &found, number), found)).collect();
        points.retain(|(point, _)| {
            !diagram.points.iter().any(|known| is_one(known, point, request.along.to - request.along.from))
        });
        points.sort_by(|(a, _), (b, _)| a.along.total_cmp(&b.along));
        for (point, own) in points {
            diagram.points.push(point);
            found.push(own);
        }
        diagram.branches.push(branch);
    }
    if let Some(with) = &request.with {
        let field = Field::of(request.model, &request.values, &[&request.along.name, &with.name])?;
        let loci = Loci {
            equilibrium: Problem::equilibrium(&field).ok_or_else(too_large)?,
            fold: Problem::fold(&field).ok_or_else(too_large)?,
            hopf: Problem::hopf(&field).ok_or_else(too_large)?,
            bogdanov_takens: Problem::bogdanov_takens(&field).ok_or_else(too_large)?,
            forms: Forms::of(&field),
            ranges: [(request.along.from, request.along.to), (with.from, with.to)],
            bound: request.model.bound,
        };
        let value = request.values.iter().rev().find(|(name, _)| *name == with.name).map(|(_, value)| *value);
        let own = request.model.parameter(&with.name).map_or(f64::NAN, |parameter| parameter.default);
        curves(&loci, &found, value.unwrap_or(own), &mut diagram);
    }
    Ok(diagram)
}

/// An equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The values of the variables.
    pub state: Vec<f64>,
    /// How many eigenvalues have a positive real part.
    pub unstable: usize,
}

/// The equilibria that are found from `starts` at one place of the parameters, those that trajectories lead to first.
///
/// # Errors
/// When the model's equations depend on the time, or there is too much of them.
pub fn rests(
    model: &Model,
    values: &[(String, f64)],
    starts: &[Vec<f64>],
    step: f64,
) -> Result<Vec<Rest>, CurvesError> {
    let field = Field::of(model, values, &[])?;
    let too_large = || CurvesError::TooLarge { model: model.name.clone() };
    let problem = Problem::equilibrium(&field).ok_or_else(too_large)?;
    let states = Search { problem: &problem, starts, step, bound: model.bound }.at(&[]);
    let rest = |state: Vec<f64>| Rest { unstable: branch::unstable(&problem.evaluate(&state).1), state };
    Ok(states.into_iter().map(rest).collect())
}

/// Every branch that goes through an equilibrium which was found at one of the stations, each once.
fn branches(request: &Request<'_>, equilibria: &Equilibria) -> Vec<(Branch, Vec<Found>)> {
    let Range { from, to, .. } = request.along;
    let search = Search {
        problem: &equilibria.equilibrium,
        starts: &request.starts,
        step: request.step,
        bound: request.model.bound,
    };
    let mut branches: Vec<(Branch, Vec<Found>)> = Vec::new();
    for station in STATIONS {
        let parameter = if station < 1.0 { from + (to - from) * station } else { to };
        for state in search.at(&[parameter]) {
            let start = [&state[..], &[parameter]].concat();
            if !branches.iter().any(|(branch, _)| passes(equilibria, branch, &start)) {
                branches.push(equilibria.branch(&start));
            }
        }
    }
    branches
}

/// A branch that was lost beside one of the model's switches was lost because of it.
fn name_switches(branch: &mut Branch, forms: &Forms) {
    let ends = [branch.points.first(), branch.points.last()].into_iter().flatten();
    for (point, end) in ends.zip(&mut branch.ends) {
        if *end == End::StepTooSmall && forms.is_near_switch(&[&point.state[..], &[point.parameter]].concat())
        {
            *end = End::Switch;
        }
    }
}

/// Whether two points on branches are one. Where branches cross, the equations for their meeting are singular, and so its place is
/// known to half of the digits only.
fn is_one(a: &Special, b: &Special, range: f64) -> bool {
    let loose = if a.kind == Kind::BranchPoint { 1e3 } else { 1.0 };
    let apart = a.state.iter().zip(&b.state).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let size = a.state.iter().fold(1e-3, |size: f64, value| size.max(value.abs()));
    a.kind == b.kind && apart <= loose * 1e-6 * size && (a.along - b.along).abs() < loose * 1e-7 * range
}

/// Whether a branch goes through an equilibrium.
fn passes(equilibria: &Equilibria, branch: &Branch, start: &[f64]) -> bool {
    let size = start.len() - 1;
    let walk = equilibria.walk(start);
    let place = |point: &BranchPoint| [&point.state[..], &[point.parameter]].concat();
    let ends = [branch.points.first(), branch.points.last()];
    if ends
        .into_iter()
        .flatten()
        .any(|end| (end.parameter - start[size]).abs() == 0.0 && is_same(&end.state, &start[..size]))
    {
        return true;
    }
    branch.points.windows(2).any(|pair| {
        let (a, b) = (pair[0].parameter - start[size], pair[1].parameter - start[size]);
        a * b <= 0.0
            && (a - b).abs() > 0.0
            && walk
                .crossing(&place(&pair[0]), &place(&pair[1]), size, start[size])
                .is_some_and(|at| is_same(&at[..size], &start[..size]))
    })
}

/// A point on a branch with all that is said of it.
fn special(equilibria: &Equilibria, forms: &Forms, found: &Found, curve: usize) -> Special {
    let size = equilibria.equilibrium.unknowns() - 1;
    let at = &found.at;
    let along = at[at.len() - 1];
    let outer = [&at[..size], &[along]].concat();
    let mut special = Special {
        kind: Kind::BranchPoint,
        along,
        with: None,
        state: at[..size].to_vec(),
        angular_frequency: None,
        lyapunov: None,
        criticality: None,
        residual: largest(&equilibria.equilibrium.values(&outer)),
        curve,
    };
    match (found.event, &equilibria.fold, &equilibria.hopf) {
        (Event::Fold, Some(problem), _) => {
            special.kind = Kind::Fold;
            special.residual = largest(&problem.values(at));
        }
        (Event::Hopf, _, Some(problem)) => {
            special.kind = Kind::Hopf;
            let mut problem = problem.clone();
            problem.settings.clone_from(&found.settings);
            let frequency = at[3 * size].sqrt();
            let mut rest = problem.values(at);
            // The third block is `J u + w^2 v`, which is `w` times a part of `J q - i w q`.
            rest[2 * size..3 * size].iter_mut().for_each(|value| *value /= frequency);
            special.residual = largest(&rest);
            special.angular_frequency = Some(frequency);
            let q = (
                at[size..2 * size].to_vec(),
                at[2 * size..3 * size].iter().map(|u| -u / frequency).collect(),
            );
            let lyapunov = forms.lyapunov(&outer, &equilibria.jacobian(&outer), frequency, &q);
            special.criticality = Some(match lyapunov {
                _ if forms.is_near_switch(&outer) => Criticality::Undefined,
                None => Criticality::Undefined,
                Some(own) if own.is_degenerate => Criticality::Degenerate,
                Some(own) if own.value < 0.0 => Criticality::Supercritical,
                Some(_) => Criticality::Subcritical,
            });
            special.lyapunov =
                lyapunov.filter(|_| special.criticality != Some(Criticality::Undefined)).map(|own| own.value);
        }
        _ => {}
    }
    special
}

/// Follows every fold and Hopf point that was found, and the Hopf curves that begin where fold curves say so.
fn curves(loci: &Loci, found: &[Found], with: f64, diagram: &mut Diagram) {
    let mut tracks: Vec<(Kind, Track)> = Vec::new();
    for own in found {
        let start = [&own.at[..], &[with]].concat();
        let (kind, problem) = match own.event {
            Event::Fold => (Kind::Fold, &loci.fold),
            Event::Hopf => (Kind::Hopf, &loci.hopf),
            Event::Crossing => continue,
        };
        if tracks.iter().any(|(known, track)| *known == kind && loci.passes(problem, track, &start)) {
            continue;
        }
        let track = if kind == Kind::Fold { loci.folds(&start) } else { loci.hopfs(&start) };
        tracks.extend(track.map(|track| (kind, track)));
    }
    let mut met: Vec<(usize, Met)> = Vec::new();
    for (number, (_, track)) in tracks.iter().enumerate() {
        for own in &track.met {
            keep(&mut met, loci, number, own.clone());
        }
    }
    let chains: Vec<Met> = met
        .iter()
        .filter(|(_, own)| own.meeting == Meeting::BogdanovTakens)
        .map(|(_, own)| own.clone())
        .collect();
    for own in chains {
        let is_end = |track: &Track| {
            let ends = [track.places.first(), track.places.last()];
            ends.into_iter().flatten().any(|end| is_near(loci, &loci.outer(end), &own.at))
        };
        if tracks.iter().any(|(kind, track)| *kind == Kind::Hopf && is_end(track)) {
            continue;
        }
        if let Some(track) = loci.hopfs_from(&own) {
            for own in &track.met {
                keep(&mut met, loci, tracks.len(), own.clone());
            }
            tracks.push((Kind::Hopf, track));
        }
    }
    for (kind, track) in &tracks {
        let point =
            |at: &Vec<f64>| if *kind == Kind::Fold { loci.fold_point(at) } else { loci.hopf_point(at) };
        diagram.loci.push(Locus {
            kind: *kind,
            points: track.places.iter().map(point).collect(),
            ends: track.ends,
        });
    }
    let size = loci.dimension();
    diagram.points.extend(met.into_iter().map(|(curve, own)| Special {
        kind: match own.meeting {
            Meeting::BogdanovTakens => Kind::BogdanovTakens,
            Meeting::Cusp => Kind::Cusp,
            Meeting::GeneralisedHopf => Kind::GeneralisedHopf,
        },
        along: own.at[size],
        with: Some(own.at[size + 1]),
        state: own.at[..size].to_vec(),
        angular_frequency: own.angular_frequency,
        lyapunov: (own.meeting == Meeting::GeneralisedHopf).then_some(0.0),
        criticality: None,
        residual: own.residual,
        curve,
    }));
}

/// Adds a point unless it is known.
fn keep(met: &mut Vec<(usize, Met)>, loci: &Loci, curve: usize, own: Met) {
    if !met.iter().any(|(_, known)| known.meeting == own.meeting && is_near(loci, &known.at, &own.at)) {
        met.push((curve, own));
    }
}

fn is_near(loci: &Loci, a: &[f64], b: &[f64]) -> bool {
    let size = loci.dimension();
    let ranges = loci.ranges.iter().zip(a[size..].iter().zip(&b[size..]));
    is_same(&a[..size], &b[..size]) && { ranges }
        .all(|((from, to), (a, b))| (a - b).abs() < 1e-6 * (to - from))
}
