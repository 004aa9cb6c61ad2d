//! What a run has done, in words or as JSON. Knows not how it was done.

use std::path::Path;

use serde_json::json;

use crate::experiment::Status;
use crate::regime::OverStarts;
use crate::run::Outcome;
use crate::study::Study;

use super::console::Console;
use super::words::typed;
use super::{studies, words};

/// What points can be called, in order.
pub(super) fn names(study: &Study) -> Vec<String> {
    study.rules().labels().into_iter().map(|label| label.name).collect()
}

/// What all starts of a point can be called together, in order; nothing where no rules are over starts.
fn names_over_starts(study: &Study) -> Vec<String> {
    let rules = study.over_starts();
    rules.iter().flat_map(OverStarts::labels).map(|label| label.name.clone()).collect()
}

/// Says what a run has done, for a person.
pub(super) fn tell(study: &Study, outcome: &Outcome, folder: &Path, console: &mut Console) {
    let progress = &outcome.progress;
    if progress.computed > 0 {
        let steps = study.timing().map(|timing| timing.transient_steps + timing.window_steps);
        let threads = if outcome.threads == 1 { "thread" } else { "threads" };
        let of_steps = steps.map_or(String::new(), |steps| {
            format!(", {} point-steps/s", words::rate(progress.rate() * steps as f64))
        });
        console.note(format!(
            "{} points in {} on {} {threads}: {} points/s{of_steps}",
            progress.computed,
            words::duration(progress.elapsed),
            outcome.threads,
            words::rate(progress.rate()),
        ));
    } else {
        console.note(format!("all {} points were there already", progress.points));
    }
    if let Some(summary) = &outcome.summary {
        shares(&names(study), &summary.regimes, console);
        if !summary.over_starts.is_empty() {
            console.note("over all starts:");
            shares(&names_over_starts(study), &summary.over_starts, console);
        }
        let unmatched = unmatched(study, &summary.regimes, &summary.over_starts);
        if !unmatched.is_empty() {
            console.note(format!("  no point matches: {}", unmatched.join(", ")));
        }
        if outcome.failed_part() > 0.0 {
            let (points, failed) = outcome.measured_and_failed();
            console.note(format!("  {failed} of {points} points failed"));
        }
    }
    if let Some(map) = &outcome.map {
        console.say(map.display().to_string());
        let verb = if study.design().is_some() { "sense" } else { "plot" };
        console.note(format!("Look at it: ictus {verb} {}", typed(map)));
    } else {
        console.note(format!("Make the map: ictus map {}", typed(folder)));
    }
}

/// The names of rules that no point has.
fn unmatched(study: &Study, regimes: &[u64], over_starts: &[u64]) -> Vec<String> {
    let counts = names(study).into_iter().zip(regimes);
    let counts: Vec<(String, &u64)> =
        counts.chain(names_over_starts(study).into_iter().zip(over_starts)).collect();
    let is_unmatched = |name: &String| !counts.iter().any(|(own, count)| own == name && **count > 0);
    studies::names_of_rules(study).into_iter().filter(is_unmatched).collect()
}

fn shares(names: &[String], counts: &[u64], console: &mut Console) {
    let whole: u64 = counts.iter().sum();
    let mut shares: Vec<(u64, &String)> = counts.iter().copied().zip(names).collect();
    shares.retain(|(count, _)| *count > 0);
    shares.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    for (count, name) in shares {
        console.note(format!("  {name:<20} {:>8}", words::percentage(count, whole)));
    }
}

/// What a run has done, for a tool.
pub(super) fn to_json(study: &Study, outcome: &Outcome) -> serde_json::Value {
    let summary = outcome.summary.as_ref();
    let by_name = |names: Vec<String>, counts: &[u64]| -> serde_json::Value {
        names
            .into_iter()
            .zip(counts)
            .map(|(name, count)| (name, json!(count)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let statuses = Status::ALL.map(|status| status.name().to_owned()).to_vec();
    json!({
        "map": outcome.map,
        "elsewhere": outcome.elsewhere,
        "points": outcome.progress.points,
        "taken": outcome.progress.taken,
        "computed": outcome.progress.computed,
        "seconds": outcome.progress.elapsed.as_secs_f64(),
        "threads": outcome.threads,
        "regimes": summary.map(|summary| by_name(names(study), &summary.regimes)),
        "over_starts": summary
            .filter(|summary| !summary.over_starts.is_empty())
            .map(|summary| by_name(names_over_starts(study), &summary.over_starts)),
        "statuses": summary.map(|summary| by_name(statuses, &summary.statuses)),
    })
}
