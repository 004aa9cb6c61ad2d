//! `ictus info`, `diff` and `relabel`: the verbs that read maps. Knows how to say it, not how it is done.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::analyse::AnalyseError;
use crate::analyse::compare::{Strictness, compare};
use crate::analyse::relabel::{Naming, relabel as write_relabelled};
use crate::analyse::summary::{Summary, summary};
use crate::experiment::Status;
use crate::store::aside;
use crate::store::map::{Label, Map};
use crate::study::{Study, StudyError, Texts};

use super::console::Console;
use super::run::command;
use super::{Failure, studies};

impl From<AnalyseError> for Failure {
    fn from(error: AnalyseError) -> Self {
        let text = error.to_string();
        if error.is_callers_fault() { Self::Wrong(text) } else { Self::Machine(text) }
    }
}

/// Says what a map holds.
pub(super) fn info(path: &Path, json: bool, console: &mut Console) -> Result<(), Failure> {
    let map = Map::open(path)?;
    let mut summary = summary(&map)?;
    // A map from elsewhere may lack its study's texts; what it holds is shown all the same.
    if let Some(study) = studies::texts_of(&map).ok().and_then(|texts| Study::from_texts(texts).ok()) {
        summary.nodes = study.regions().to_vec();
        summary.unmatched = unmatched(&study, &summary);
    }
    if json {
        console.say_json(&summary);
    } else {
        console.tell(summary.to_string());
    }
    Ok(())
}

/// The rules' names that no point of a whole map has.
fn unmatched(study: &Study, summary: &Summary) -> Vec<String> {
    let is_whole =
        !summary.statuses.iter().any(|share| share.label.name == "not_computed" && share.points > 0);
    // A map that was labelled anew has names of other rules.
    let is_unmatched = |name: &String| {
        let mut shares = summary.regimes.iter().chain(&summary.over_starts);
        let counts: Vec<u64> =
            shares.by_ref().filter(|own| own.label.name == *name).map(|own| own.points).collect();
        !counts.is_empty() && counts.iter().all(|&count| count == 0)
    };
    let names = studies::names_of_rules(study).into_iter();
    if is_whole { names.filter(is_unmatched).collect() } else { Vec::new() }
}

/// Compares two maps; ends with 1 where they differ.
pub(super) fn diff(
    first: &Path,
    second: &Path,
    bits: bool,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let strictness = if bits { Strictness::Bits } else { Strictness::Values };
    let difference = compare(&Map::open(first)?, &Map::open(second)?, strictness)?;
    if json {
        console.say_json(&difference);
    } else {
        console.say(difference.to_string());
    }
    if difference.is_none() { Ok(()) } else { Err(Failure::Said(1)) }
}

/// Names the regimes of a map anew by the rules of a study.
pub(super) fn relabel(
    path: &Path,
    rules: &Path,
    output: Option<&PathBuf>,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let map = Map::open(path)?;
    aside::check_over(output.map_or(path, PathBuf::as_path), "map", |file| file.has(&["status"]))?;
    let own = Study::from_texts(studies::texts_of(&map)?).map_err(StudyError::from)?;
    let new = match Texts::rules_alone(rules)? {
        Some(text) => own.with_rules(rules, &text)?,
        None => Study::load(rules, &[])?,
    };
    let classifier = new.rules().bind(map.features()).map_err(|error| {
        let measured: Vec<&str> = map.features().iter().map(|quantity| quantity.name.as_str()).collect();
        Failure::Wrong(format!("{error}, and run the study again; the map holds {}", measured.join(", ")))
    })?;
    let over_starts = new.naming_of_starts(own.space());
    if new.over_starts().is_some() && over_starts.is_none() {
        let message = "the rules are over all starts, and the map has one start; leave rules with `over` out";
        return Err(Failure::Wrong(message.to_owned()));
    }
    let label = |label: &crate::regime::Label| Label {
        name: label.name.clone(),
        seizing: label.seizing,
        appearance: label.appearance.clone(),
    };
    let version = env!("CARGO_PKG_VERSION");
    let now = crate::store::provenance::date(std::time::SystemTime::now());
    let line = format!("{now} {} (ictus {version})", command());
    let history = map.attribute("history").map_or_else(|| line.clone(), |older| format!("{line}\n{older}"));
    let mut attributes = vec![("history".into(), history), ("rules".into(), new.texts().study.clone())];
    if new.identity().canonical == own.identity().canonical {
        // A study of the same numbers takes the old one's place, so that the map, run again, keeps its new labels.
        attributes.extend(new.attributes());
    }
    let naming = Naming {
        space: own.space().clone(),
        draws: own.drawn(map.features()),
        over_starts,
        labels: classifier.labels().iter().map(label).collect(),
        classify: &|status, row| {
            classifier.classify(Status::from_code(status).unwrap_or(Status::NotComputed), row)
        },
        attributes,
    };
    let place = output.map_or(path, PathBuf::as_path);
    write_relabelled(&map, naming, place, &mut |_, _| true)?;
    if json {
        console.say_json(&json!({ "map": place }));
    } else {
        console.say(place.display().to_string());
    }
    Ok(())
}
