//! Numerical continuation: branches of equilibria along one parameter, the folds and Hopf points on them, and the curves of
//! these in the plane of two parameters. Every special point is the solution of equations of its own, whose derivatives are
//! exact. Knows nothing of cycles, studies or files.

mod border;
mod branch;
mod diagram;
mod effort;
mod field;
mod hidden;
mod line;
mod linear;
mod locus;
mod normal_form;
mod plane;
mod problem;
mod search;
mod several;
mod switches;
mod walk;

#[cfg(test)]
mod tests;

use crate::complaint::nearest;
use crate::model::Model;

use branch::{Equilibria, Found};
use effort::Effort;
use field::Field;
use locus::Loci;
use normal_form::Forms;
use problem::Problem;
use search::Search;
use switches::Switches;
use walk::Bounded;

pub use branch::{Branch, BranchPoint};
pub use diagram::{Criticality, Diagram, Kind, Locus, Remainder, Special};
pub use effort::USUAL_WORK;
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
    /// The model; of a network, as [`flatten`](crate::stability::flatten) writes it out.
    pub model: &'a Model,
    /// How many nodes it is written out of; 1 for a model alone.
    pub nodes: usize,
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
    /// Operations after which no further branch is begun, and no further curve of a kind; [`USUAL_WORK`].
    pub work: f64,
}

impl Request<'_> {
    /// Where a parameter stands that does not vary; NaN of one that the model does not have.
    fn value(&self, name: &str) -> f64 {
        let given = self.values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value);
        let own = || self.model.parameter(name).map_or(f64::NAN, |parameter| parameter.default);
        given.unwrap_or_else(own)
    }
}

/// Where in the range of a parameter is looked for beginnings: at its ends, and between them where no round number is.
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
    let too_large = || CurvesError::TooLarge { model: request.model.name.clone() };
    let (equilibria, forms) = section(request, &request.values)?;
    let mut diagram = Diagram { is_coarse: equilibria.hopf.is_none(), ..Diagram::default() };
    let with_value = request.with.as_ref().map_or(f64::NAN, |with| request.value(&with.name));
    let mut found = Vec::new();
    let mut remainder = Remainder::default();
    let branches = line::branches(request, &equilibria, &mut Effort::of(request.work), &mut remainder);
    diagram.remainder = remainder;
    for (mut branch, own) in branches {
        line::name_switches(&mut branch, &forms);
        let number = diagram.branches.len();
        let mut points: Vec<(Special, Found)> = own
            .into_iter()
            .map(|found| (line::special(&equilibria, &forms, &found, number), found))
            .collect();
        points.retain(|(point, _)| {
            !diagram
                .points
                .iter()
                .any(|known| line::is_one(known, point, request.along.to - request.along.from))
        });
        points.sort_by(|(a, _), (b, _)| a.along.total_cmp(&b.along));
        for (point, own) in points {
            diagram.points.push(point);
            found.push((own, with_value));
        }
        diagram.branches.push(branch);
    }
    if diagram.branches.is_empty() {
        diagram.continuum = line::continuum(request, &equilibria);
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
            spread: (request.nodes as f64).sqrt(),
        };
        // Curves that the branches do not meet are begun from other values of the second parameter.
        let mut effort = Effort::of(request.work);
        for station in STATIONS {
            let value = with.from + (with.to - with.from) * station;
            let mut values = request.values.clone();
            values.push((with.name.clone(), value));
            let (equilibria, _) = section(request, &values)?;
            let mut left = Remainder::default();
            let branches = line::branches(request, &equilibria, &mut effort, &mut left);
            if left.equilibria > 0 {
                diagram.remainder.sections.push(value);
            }
            found.extend(branches.into_iter().flat_map(|(_, own)| own).map(|own| (own, value)));
        }
        plane::curves(&loci, &found, request.work, &mut diagram);
    }
    Ok(diagram)
}

/// The problems along the first parameter at values of the others.
fn section(request: &Request<'_>, values: &[(String, f64)]) -> Result<(Equilibria, Forms), CurvesError> {
    let mut field = Field::of(request.model, values, &[&request.along.name])?;
    let too_large = || CurvesError::TooLarge { model: request.model.name.clone() };
    let equilibria = Equilibria {
        equilibrium: Problem::equilibrium(&field).ok_or_else(too_large)?,
        fold: Problem::fold(&field),
        hopf: Problem::hopf(&field),
        range: Bounded { unknown: field.dimension(), from: request.along.from, to: request.along.to },
        bound: request.model.bound,
        spread: (request.nodes as f64).sqrt(),
        switches: Switches::of(&mut field),
    };
    Ok((equilibria, Forms::of(&field)))
}

/// An equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The values of the variables.
    pub state: Vec<f64>,
    /// How many eigenvalues have a positive real part.
    pub unstable: usize,
    /// The largest real part is 0 to within 1e-6 per time unit.
    pub is_critical: bool,
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
    let rest = |state: Vec<f64>| {
        let (unstable, is_critical) = branch::counted(&problem.evaluate(&state).1);
        Rest { state, unstable, is_critical }
    };
    Ok(states.into_iter().map(|(state, _)| rest(state)).collect())
}
