//! All branches along one parameter, and what is said of the points on them. Knows nothing of a second parameter.

use super::branch::{Branch, BranchPoint, Equilibria, Event, Found};
use super::diagram::{Criticality, Kind, Remainder, Special};
use super::effort::Effort;
use super::linear::largest;
use super::normal_form::Forms;
use super::search::{Search, is_about, is_same};
use super::walk::End;
use super::{Range, Request, STATIONS};

/// Every branch that goes through an equilibrium which was found at one of the stations or where the parameter stands, each once;
/// where none was found there, between them. Ends when the effort is spent: what is left is added to `remainder`.
pub(super) fn branches(
    request: &Request<'_>,
    equilibria: &Equilibria,
    effort: &mut Effort,
    remainder: &mut Remainder,
) -> Vec<(Branch, Vec<Found>)> {
    let Range { from, to, .. } = request.along;
    let own = request.value(&request.along.name);
    let stations = STATIONS.map(|part| if part < 1.0 { from + (to - from) * part } else { to });
    let stations: Vec<f64> = stations.into_iter().chain((from..=to).contains(&own).then_some(own)).collect();
    let branches = through(request, equilibria, &stations, effort, remainder);
    if !branches.is_empty() {
        return branches;
    }
    let between: Vec<f64> =
        (0..CLOSE).map(|part| from + (to - from) * (f64::from(part) + 0.5) / f64::from(CLOSE)).collect();
    through(request, equilibria, &between, effort, remainder)
}

/// How many stations there are where a few found nothing.
const CLOSE: u32 = 40;

/// Every branch that goes through an equilibrium which was found at one of the values of the parameter, each once.
fn through(
    request: &Request<'_>,
    equilibria: &Equilibria,
    values: &[f64],
    effort: &mut Effort,
    remainder: &mut Remainder,
) -> Vec<(Branch, Vec<Found>)> {
    let search = search(request, equilibria);
    let mut branches: Vec<(Branch, Vec<Found>)> = Vec::new();
    for &parameter in values {
        for (state, starts) in search.at(&[parameter]) {
            remainder.starts += starts;
            remainder.alone += usize::from(starts == 1);
            let start = [&state[..], &[parameter]].concat();
            if branches.iter().any(|(branch, _)| passes(equilibria, branch, &start)) {
                continue;
            }
            if effort.is_spent() {
                remainder.equilibria += 1;
                continue;
            }
            let (branch, found) = equilibria.branch(&start);
            effort.add(branch.points.len(), start.len());
            branches.push((branch, found));
        }
    }
    branches
}

fn search<'a>(request: &'a Request<'_>, equilibria: &'a Equilibria) -> Search<'a> {
    Search {
        problem: &equilibria.equilibrium,
        starts: &request.starts,
        step: request.step,
        bound: request.model.bound,
    }
}

/// An equilibrium that is not isolated, the first that is found.
pub(super) fn continuum(request: &Request<'_>, equilibria: &Equilibria) -> Option<BranchPoint> {
    let Range { from, to, .. } = request.along;
    let search = search(request, equilibria);
    STATIONS.into_iter().find_map(|part| {
        let parameter = from + (to - from) * part;
        let state = search.of_a_continuum(&[parameter])?;
        Some(equilibria.point(&[&state[..], &[parameter]].concat()))
    })
}

/// A branch that was lost beside one of the model's switches was lost because of it.
pub(super) fn name_switches(branch: &mut Branch, forms: &Forms) {
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
pub(super) fn is_one(a: &Special, b: &Special, range: f64) -> bool {
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
            && is_about(&pair[0].state, &pair[1].state, &start[..size])
            && walk
                .crossing(&place(&pair[0]), &place(&pair[1]), size, start[size])
                .is_some_and(|at| is_same(&at[..size], &start[..size]))
    })
}

/// A point on a branch with all that is said of it.
pub(super) fn special(equilibria: &Equilibria, forms: &Forms, found: &Found, curve: usize) -> Special {
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
        multiplicity: found.multiplicity,
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
                _ if found.multiplicity > 1 || forms.is_near_switch(&outer) => Criticality::Undefined,
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
