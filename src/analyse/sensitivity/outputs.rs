//! Which numbers of a map are outputs of an analysis: labels as 0 or 1, `seizing`, all labels together, features. Knows nothing of
//! indices.

use crate::analyse::AnalyseError;
use crate::analyse::shares::Tally;
use crate::analyse::slice::{Label, Role};
use crate::store::map::Map;

/// The output that is 1 where a point seizes.
pub const SEIZING: &str = "seizing";
/// The output of all labels together.
pub const REGIMES: &str = "regimes";

/// Labels that say that a point was measured and failed.
const FAILURES: [&str; 3] = ["diverged", "singular", "failed"];
/// Labels of points that were not measured on purpose, or not yet.
const UNMEASURED: [&str; 2] = ["excluded", "not_computed"];

/// When more than this part of the points could not be told, `seizing` is analysed in three ways.
const MANY_UNKNOWN: f64 = 0.01;

/// How a value of an output is made of a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A number for every label.
    Label(Vec<f64>),
    /// A feature, by its number.
    Feature(usize),
    /// All labels that are analysed, by their numbers, summed up.
    Together,
}

/// An output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) value: Value,
    /// Whether it was asked for by its name.
    pub(super) is_wanted: bool,
}

/// All outputs of a map.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) list: Vec<Output>,
    /// The part of the measured points whose label says that they could not be told.
    pub(super) unknown: f64,
}

impl Outputs {
    /// The outputs that are asked for, all where none is; labels that say that a point failed always, where they occur.
    ///
    /// # Errors
    /// When a name is that of no output.
    pub(super) fn of(map: &Map, regimes: &Tally, wanted: &[String]) -> Result<Self, AnalyseError> {
        let labels: Vec<Label> = Label::all(map.labels());
        let is_measured = |label: &Label| !UNMEASURED.contains(&label.name.as_str());
        let is_unknown = |label: &Label| is_measured(label) && label.role() == Role::Unclassified;
        let points = |of: &dyn Fn(&Label) -> bool| {
            let counts = labels.iter().enumerate().filter(|(_, label)| of(label));
            counts.map(|(number, _)| regimes.count(number as u8)).sum::<u64>()
        };
        let unknown = points(&is_unknown) as f64 / (points(&is_measured) as f64).max(1.0);
        let fact =
            |of: &dyn Fn(&Label) -> bool| labels.iter().map(|label| f64::from(u8::from(of(label)))).collect();

        let mut all: Vec<(String, Value)> = vec![(REGIMES.into(), Value::Together)];
        all.push((SEIZING.into(), Value::Label(fact(&|label| label.is_seizing))));
        if unknown > MANY_UNKNOWN {
            let left_out = |label: &Label| {
                if is_unknown(label) { f64::NAN } else { f64::from(u8::from(label.is_seizing)) }
            };
            all.push((
                format!("{SEIZING}_unknown_as_1"),
                Value::Label(fact(&|label| label.is_seizing || is_unknown(label))),
            ));
            all.push((
                format!("{SEIZING}_unknown_left_out"),
                Value::Label(labels.iter().map(left_out).collect()),
            ));
        }
        for label in labels.iter().filter(|label| is_measured(label)) {
            all.push((label.name.clone(), Value::Label(fact(&|other| other.name == label.name))));
        }
        for (number, quantity) in map.features().iter().enumerate() {
            all.push((quantity.name.clone(), Value::Feature(number)));
        }
        distinguish(&mut all);
        let is_known = |name: &&String| all.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if let Some(name) = wanted.iter().find(|name| !is_known(name)) {
            return Err(AnalyseError::unknown("output", name, all.iter().map(|(name, _)| name.as_str())));
        }
        let failed = |name: &str| {
            let number = labels.iter().position(|label| label.name == name && FAILURES.contains(&name));
            number.is_some_and(|number| regimes.count(number as u8) > 0)
        };
        let list = all.into_iter().filter_map(|(name, value)| {
            let is_wanted = wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name));
            // Of `seizing` all three ways, where there are such.
            let is_way = || wanted.iter().any(|wanted| is_way_of(&name, wanted));
            (is_wanted || wanted.is_empty() || failed(&name) || is_way()).then_some(Output {
                name,
                value,
                is_wanted,
            })
        });
        Ok(Self { list: list.collect(), unknown })
    }
}

/// Whether an output counts what could not be told in another way than the one that was asked for.
pub(super) fn is_way_of(name: &str, wanted: &str) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    let ways = ["_unknown_as_1", "_unknown_left_out"];
    wanted.ends_with(SEIZING) && ways.iter().any(|way| name.eq_ignore_ascii_case(&format!("{wanted}{way}")))
}

/// Gives features that are called as an output before them, without regard to case, a name of their own; and so labels that are called
/// as the outputs of this program.
fn distinguish(all: &mut [(String, Value)]) {
    for number in 1..all.len() {
        let suffix = if matches!(all[number].1, Value::Feature(_)) { "_feature" } else { "_label" };
        while all[..number].iter().any(|(other, _)| other.eq_ignore_ascii_case(&all[number].0)) {
            all[number].0.push_str(suffix);
        }
    }
}
