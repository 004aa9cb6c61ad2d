//! What a few points of a study tell before it is run. Whether a study that starts from one state may miss another attractor: they are run
//! from the model's named states too, and their regimes compared; a map of a bistable model from one start is wrong science. And how many
//! could not be told, which indices suffer from.

use crate::analyse::slice::{self, Role};
use crate::complaint::{Complaint, Source};
use crate::equation::Level;
use crate::experiment::{Experiment, Status};
use crate::model::NamedState;
use crate::simulate::{Protocol, Simulation};
use crate::space::low_discrepancy;
use crate::study::Study;
use crate::table::Table;

/// Points that are tried, spread over the whole space.
const POINTS: u64 = 32;

/// Points of which it is asked how many cannot be told.
const UNTOLD: u64 = 256;

/// More steps of variables than this are not worth a check: about ten seconds of a core.
const MOST_WORK: f64 = 4e9;

/// A warning where the regimes differ; `None` where they agree, where the study has several starts already, where the model names no
/// other state, or where trying would take long.
pub(super) fn disagreement(study: &Study) -> Option<Complaint> {
    let protocol = study.protocol()?;
    if study.starts().len() > 1
        || study.is_chained()
        || protocol.columns.iter().any(|name| name.starts_with("init."))
    {
        return None;
    }
    let nodes = protocol.network.as_ref().map_or(1, |network| network.nodes);
    let steps = (protocol.transient_steps + protocol.window_steps) as f64;
    let tried = study.model().states.len() as f64 + 1.0;
    let lanes = POINTS.max(64) as f64;
    if steps * lanes * (nodes * study.model().variables.len()) as f64 * tried > MOST_WORK {
        return None;
    }
    let own = regimes(study, protocol.clone())?;
    let differing = study.model().states.iter().filter_map(|state| {
        let others = regimes(study, from(&protocol, state))?;
        let count = own.iter().zip(&others).filter(|(own, other)| own != other).count();
        (count > 0).then_some((state, count))
    });
    let (state, count) = differing.max_by_key(|(_, count)| *count)?;
    let text = &study.texts().study;
    let at = text.find("[initial]").or_else(|| text.find("[model]")).unwrap_or(0);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let message = format!(
        "from the model's state `{}`, {count} of {} points tried end in another regime: a map from one start shows one of several \
         attractors",
        state.name,
        own.len()
    );
    let names: Vec<String> = study.model().states.iter().map(|state| format!("\"{}\"", state.name)).collect();
    let remedy = format!(
        "write `states = [{}]` under [initial], or `box` and `starts`; or `continue` an axis under [space]",
        names.join(", ")
    );
    let source = Source::new(&study.texts().name, text);
    Some(Complaint::error(&source, at..end, message, remedy).as_warning())
}

/// How many of some points could not be told, and how many were tried; nothing where trying would take long.
pub(super) fn unknown(study: &Study) -> Option<[usize; 2]> {
    let survey = study.survey().ok()?;
    let variables = study.model().variables.len() * study.regions().len().max(1);
    if (survey.steps() * UNTOLD) as f64 * variables as f64 > MOST_WORK {
        return None;
    }
    let points = sample(study, UNTOLD)?;
    let rows = survey.measure(&points);
    let labels = study.rules().labels();
    let is_unknown = |point: usize| {
        let row: Vec<f64> = rows.features.columns().iter().map(|column| column[point]).collect();
        let status = rows.status[point];
        let label = &labels[usize::from(survey.classify(status, &row))];
        slice::Label::new(label.name.clone(), label.seizing).role() == Role::Unclassified
            && status != Status::Excluded
    };
    Some([(0..points.rows()).filter(|&point| is_unknown(point)).count(), points.rows()])
}

/// Some points, spread over the whole space.
fn sample(study: &Study, count: u64) -> Option<Table> {
    let space = study.space();
    let shape = space.shape();
    let place = |number: u64| -> Vec<u64> {
        let parts = low_discrepancy(shape.len(), number);
        parts.iter().zip(&shape).map(|(part, length)| (part * *length as f64) as u64).collect()
    };
    let points = space.table_at(&(0..count.min(space.points())).map(place).collect::<Vec<_>>());
    (points.width() > 0).then_some(points)
}

/// The same from another state.
fn from(protocol: &Protocol, state: &NamedState) -> Protocol {
    let mut protocol = protocol.clone();
    protocol.initial.retain(|(name, _)| !state.values.iter().any(|(known, _)| known == name));
    protocol.initial.extend(state.values.iter().cloned());
    protocol
}

/// The regimes of some points.
fn regimes(study: &Study, protocol: Protocol) -> Option<Vec<u8>> {
    let simulation = Simulation::new(protocol, Level::best()).ok()?;
    // Rules that look at equilibria too are left to the run.
    let classifier = study.rules().bind(simulation.quantities()).ok()?;
    let simulation = simulation.with_rules(classifier);
    let points = sample(study, POINTS)?;
    let rows = simulation.measure(&points);
    let of = |point: usize| {
        let row: Vec<f64> = rows.features.columns().iter().map(|column| column[point]).collect();
        simulation.classify(rows.status[point], &row)
    };
    Some((0..points.rows()).map(of).collect())
}
