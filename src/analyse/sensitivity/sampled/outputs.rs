//! Which numbers of the runs of a design are outputs: columns of numbers, labels as 0 or 1, `seizing`, all labels together. Knows nothing of
//! indices.

use crate::analyse::AnalyseError;
use crate::analyse::sensitivity::outputs::is_way_of;
use crate::analyse::sensitivity::{REGIMES, SEIZING};
use crate::analyse::slice::{Label, Role};
use crate::store::outcomes::{Column, Outcomes};

/// Labels that say that a run was made and failed.
const FAILURES: [&str; 3] = ["diverged", "singular", "failed"];
/// When more than this part of the runs could not be told, `seizing` is analysed in three ways.
const MANY_UNKNOWN: f64 = 0.01;

/// How the values of an output are made.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// A column of numbers.
    Numbers(usize),
    /// A number for every label of a column.
    Facts(usize, Vec<f64>),
    /// All labels of a column together.
    Together(usize),
}

/// An output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) source: Source,
    /// Whether it was asked for by its name, or is the only one.
    pub(super) is_wanted: bool,
}

/// What undefined numbers count as, and which runs numbers are looked at in.
#[derive(Clone, Debug, Default)]
pub(super) struct Treatment {
    pub(super) fill: Option<f64>,
    /// Whether each run has the label within which numbers are analysed.
    pub(super) within: Option<Vec<bool>>,
}

/// All outputs, and the part of the runs whose label says that they could not be told.
pub(super) struct Outputs {
    pub(super) list: Vec<Output>,
    pub(super) unknown: f64,
}

fn fact(is: bool) -> f64 {
    f64::from(u8::from(is))
}

impl Outputs {
    /// The outputs that are asked for, all where none is; labels of failures always.
    ///
    /// # Errors
    /// When a name is that of no output.
    pub(super) fn of(runs: &Outcomes, seizing: &[String], wanted: &[String]) -> Result<Self, AnalyseError> {
        let mut all: Vec<(String, Source, bool)> = Vec::new();
        let mut unknown = 0.0;
        let columns = runs.outputs.iter().filter(|(_, column)| matches!(column, Column::Labels(..))).count();
        for (place, (name, column)) in runs.outputs.iter().enumerate() {
            match column {
                Column::Numbers(_) => all.push((name.clone(), Source::Numbers(place), false)),
                Column::Labels(codes, names) => {
                    // Labels of several columns are told apart by the column's name.
                    let called =
                        |label: &str| if columns > 1 { format!("{name}.{label}") } else { label.to_owned() };
                    let facts = labels(place, codes, names, seizing, &called);
                    unknown = f64::max(unknown, facts.1);
                    all.extend(facts.0);
                }
            }
        }
        for number in 1..all.len() {
            let suffix = if matches!(all[number].1, Source::Numbers(_)) { "_feature" } else { "_label" };
            while all[..number].iter().any(|(other, ..)| other.eq_ignore_ascii_case(&all[number].0)) {
                all[number].0.push_str(suffix);
            }
        }
        let is_known = |name: &&String| all.iter().any(|(own, ..)| own.eq_ignore_ascii_case(name));
        if let Some(name) = wanted.iter().find(|name| !is_known(name)) {
            return Err(AnalyseError::not_in_table(
                "output",
                name,
                all.iter().map(|(name, ..)| name.as_str()),
            ));
        }
        let is_only = all.len() == 1;
        let list = all.into_iter().filter_map(|(name, source, is_failure)| {
            let is_wanted = wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name));
            // Of `seizing` all three ways, where there are such.
            let is_way = || wanted.iter().any(|wanted| is_way_of(&name, wanted));
            let is_listed = is_wanted || wanted.is_empty() || is_failure || is_way();
            is_listed.then_some(Output { name, source, is_wanted: is_wanted || is_only })
        });
        Ok(Self { list: list.collect(), unknown })
    }
}

/// The outputs of a column of labels, and the part of the runs that could not be told.
fn labels(
    place: usize,
    codes: &[u8],
    names: &[String],
    seizing: &[String],
    called: &dyn Fn(&str) -> String,
) -> (Vec<(String, Source, bool)>, f64) {
    let labels: Vec<Label> = names.iter().map(|name| Label::new(name, seizing.contains(name))).collect();
    let is_unknown = |label: &Label| label.role() == Role::Unclassified;
    let unclassified = codes.iter().filter(|&&code| is_unknown(&labels[usize::from(code)])).count();
    let unknown = unclassified as f64 / codes.len().max(1) as f64;
    let facts = |of: &dyn Fn(&Label) -> f64| Source::Facts(place, labels.iter().map(of).collect());
    let mut all = vec![(called(REGIMES), Source::Together(place), false)];
    if !seizing.is_empty() {
        all.push((called(SEIZING), facts(&|label| fact(label.is_seizing)), false));
        if unknown > MANY_UNKNOWN {
            let as_one = facts(&|label| fact(label.is_seizing || is_unknown(label)));
            all.push((called(&format!("{SEIZING}_unknown_as_1")), as_one, false));
            let left_out = facts(&|label| if is_unknown(label) { f64::NAN } else { fact(label.is_seizing) });
            all.push((called(&format!("{SEIZING}_unknown_left_out")), left_out, false));
        }
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    // By name: the order of rows means nothing.
    order.sort_by(|&one, &other| names[one].cmp(&names[other]));
    for label in order {
        let own = Source::Facts(place, (0..names.len()).map(|other| fact(other == label)).collect());
        // What occurs of them is always told.
        let has_failed =
            FAILURES.contains(&names[label].as_str()) && codes.iter().any(|&code| usize::from(code) == label);
        all.push((called(&names[label]), own, has_failed));
    }
    (all, unknown)
}

/// How many lists of values make an output: one, or of all labels together one for each.
pub(super) fn components(runs: &Outcomes, source: &Source) -> usize {
    match source {
        Source::Together(place) => match &runs.outputs[*place].1 {
            Column::Labels(_, names) => names.len(),
            Column::Numbers(_) => 0,
        },
        _ => 1,
    }
}

/// The values of an output in every run; of all labels together those of one of them.
pub(super) fn values(runs: &Outcomes, source: &Source, treatment: &Treatment, component: usize) -> Vec<f64> {
    let (place, facts) = match source {
        Source::Facts(place, facts) => (place, Some(facts)),
        Source::Numbers(place) | Source::Together(place) => (place, None),
    };
    match &runs.outputs[*place].1 {
        Column::Labels(codes, _) => codes
            .iter()
            .map(|&code| facts.map_or(fact(usize::from(code) == component), |facts| facts[usize::from(code)]))
            .collect(),
        Column::Numbers(numbers) => {
            let mut numbers = numbers.clone();
            if let Some(fill) = treatment.fill {
                numbers.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = fill);
            }
            if let Some(within) = &treatment.within {
                let outside = numbers.iter_mut().zip(within).filter(|(_, within)| !**within);
                outside.for_each(|(value, _)| *value = f64::NAN);
            }
            numbers
        }
    }
}
