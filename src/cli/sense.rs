//! `ictus sense`: which parameters the outcomes of a map, or of the runs of a design, depend on. Knows how to say it, not how it is computed.

use std::path::{Path, PathBuf};

use crate::analyse::cut::{Cut, moved};
use crate::analyse::sensitivity::sampled::{self, First, Total};
use crate::analyse::sensitivity::{self, Request};
use crate::store::map::Map;
use crate::store::outcomes::{self, Reading};
use crate::store::provenance::date;
use crate::store::{StoreError, aside};
use crate::study::Study;

use super::Failure;
use super::arguments::{FirstOrder, RunsArguments, StudyArguments, TotalOrder};
use super::console::Console;
use super::run::command;
use super::studies;

/// The map in a run's folder, and the file of indices beside it.
const MAP: &str = "map.nc";
const INDICES: &str = "sense.nc";

/// What `ictus sense` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    /// A map, or the folder of its run; of a table the study.
    pub(super) subject: Option<&'a Path>,
    pub(super) of: &'a [String],
    pub(super) at: &'a [String],
    pub(super) fill: Option<f64>,
    pub(super) runs: &'a RunsArguments,
    pub(super) output: Option<&'a PathBuf>,
    pub(super) json: bool,
}

/// Analyses a map or a table, writes the indices beside it and prints them.
pub(super) fn sense(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    if let Some(fill) = wish.fill.filter(|fill| !fill.is_finite()) {
        return Err(Failure::Wrong(format!("`--fill {fill}` is no finite number; write one such as `0`")));
    }
    match (&wish.runs.table, wish.subject) {
        (Some(table), _) => of_table(wish, table, console),
        (None, Some(map)) => of_map(wish, map, console),
        (None, None) => Err(Failure::Wrong("neither a map nor a table is named; write one".to_owned())),
    }
}

/// Where indices go: beside what they are of, unless elsewhere; never onto it.
fn place(wish: &Wish<'_>, path: &Path, what: &str) -> Result<PathBuf, Failure> {
    let place = wish.output.cloned().unwrap_or_else(|| path.with_file_name(INDICES));
    if place.exists() && place.canonicalize().ok() == path.canonicalize().ok() {
        let message = format!("{} is the {what} itself; name another file with --output", place.display());
        return Err(Failure::Wrong(message));
    }
    aside::check(&place)?;
    Ok(place)
}

fn history() -> String {
    let now = date(std::time::SystemTime::now());
    format!("{now} {} (ictus {})", command(), env!("CARGO_PKG_VERSION"))
}

fn of_map(wish: &Wish<'_>, map: &Path, console: &mut Console) -> Result<(), Failure> {
    let path = if map.is_dir() { map.join(MAP) } else { map.to_owned() };
    let map = Map::open(&path)?;
    let place = place(wish, &path, "map")?;
    let request = Request { of: wish.of.to_vec(), at: wish.at.to_vec(), fill: wish.fill };
    let report = sensitivity::analyse(&map, &request)?;
    sensitivity::write(&report, &history(), &place)?;
    if wish.json {
        console.say_json(&report.to_json());
    } else {
        console.say(report.to_string().trim_end());
    }
    for remark in moved(&map, &Cut { at: wish.at.to_vec(), ..Cut::default() })? {
        console.warn(&remark);
    }
    console.note(format!("written to {}", place.display()));
    Ok(())
}

fn of_table(wish: &Wish<'_>, table: &Path, console: &mut Console) -> Result<(), Failure> {
    let place = place(wish, table, "table")?;
    let study = match wish.subject {
        Some(path) => {
            let arguments = StudyArguments { study: path.to_owned(), overrides: Vec::new() };
            Some(studies::load_any(&arguments)?)
        }
        None => None,
    };
    let runs = wish.runs;
    let reading = Reading {
        inputs: study.as_ref().map(|study| inputs(study, wish)).transpose()?,
        outputs: runs.column.clone(),
        labels: runs.labels.clone(),
        is_given: runs.given,
    };
    let read = outcomes::read(table, &reading).map_err(StoreError::from)?;
    let mut seizing = runs.seizing.clone();
    if let Some(study) = &study {
        let labels = study.rules().labels();
        seizing.extend(labels.into_iter().filter(|label| label.seizing).map(|label| label.name));
    }
    let request = sampled::Request {
        of: wish.of.to_vec(),
        seizing,
        fill: wish.fill,
        within: runs.within.clone(),
        first: runs.s1.map(first),
        total: runs.st.map(total),
        second: runs.second_order,
    };
    let title = study.as_ref().map_or_else(|| table.display().to_string(), |study| study.title().to_owned());
    let mut report = sampled::analyse(&read, &title, &request)?;
    let attributes = study.map(|study| study.attributes()).unwrap_or_default();
    report.identity = attributes.into_iter().find(|(name, _)| name == "identity_hash").map(|(_, hash)| hash);
    sampled::write(&report, &history(), &place)?;
    if runs.published {
        report.publish(runs.s1 == Some(FirstOrder::Janon));
    }
    if wish.json {
        console.say_json(&report.to_json());
    } else {
        console.say(report.to_string().trim_end());
    }
    console.note(format!("written to {}", place.display()));
    Ok(())
}

/// The columns that vary by the study's design.
fn inputs(study: &Study, wish: &Wish<'_>) -> Result<Vec<String>, Failure> {
    let Some(design) = study.design() else {
        let name = wish.subject.unwrap_or_else(|| Path::new("the study")).display();
        let message = format!(
            "{name} takes a grid and has no design; name the study that the table's design is of, or leave it out"
        );
        return Err(Failure::Wrong(message));
    };
    Ok(design.columns().map(|(quantity, _)| quantity.name.clone()).collect())
}

fn first(own: FirstOrder) -> First {
    match own {
        FirstOrder::GroupMeans => First::GroupMeans,
        FirstOrder::PlainGroupMeans => First::PlainGroupMeans,
        FirstOrder::AzziniRosati => First::AzziniRosati,
        FirstOrder::Saltelli => First::Saltelli,
        FirstOrder::Martinez => First::Martinez,
        FirstOrder::Jansen => First::Jansen,
        FirstOrder::Janon => First::Janon,
        FirstOrder::Rank => First::Rank,
    }
}

fn total(own: TotalOrder) -> Total {
    match own {
        TotalOrder::Martinez => Total::Martinez,
        TotalOrder::Jansen => Total::Jansen,
        TotalOrder::Janon => Total::Janon,
        TotalOrder::AzziniRosati => Total::AzziniRosati,
    }
}
