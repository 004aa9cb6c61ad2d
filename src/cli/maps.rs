//! `ictus info`, `plot`, `diff` and `relabel`: the verbs that read maps. Knows how to say it, not how it is done.

use std::path::{Path, PathBuf};

use crate::analyse::AnalyseError;
use crate::analyse::compare::{Strictness, compare};
use crate::analyse::cut::Cut;
use crate::analyse::relabel::{Naming, relabel as write_relabelled};
use crate::analyse::sensitivity::sampled::axis_of_runs;
use crate::analyse::summary::summary;
use crate::experiment::Status;
use crate::show::colours::Colours;
use crate::show::terminal::Screen;
use crate::show::{self, PlotRequest, ShowError};
use crate::store::aside;
use crate::store::curves::Plane;
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

impl From<ShowError> for Failure {
    fn from(error: ShowError) -> Self {
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
    }
    if json {
        console.say_json(&summary);
    } else {
        console.say(summary.to_string());
    }
    Ok(())
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

/// What `ictus plot` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) map: &'a Path,
    pub(super) output: Option<&'a PathBuf>,
    pub(super) x: Option<&'a String>,
    pub(super) y: Option<&'a String>,
    pub(super) at: &'a [String],
    pub(super) feature: Option<&'a String>,
    pub(super) basin: Option<&'a String>,
    pub(super) over_starts: bool,
    pub(super) curves: Option<&'a PathBuf>,
}

/// Draws a map into a file or the terminal.
pub(super) fn plot(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    let map = Map::open(wish.map)?;
    if axis_of_runs(&map).is_some() {
        let path = wish.map.display();
        return Err(Failure::Wrong(format!(
            "{path} holds the runs of a design, which have no order to be drawn in; `ictus sense {path}` tells what they depend on"
        )));
    }
    let request = PlotRequest {
        cut: Cut { x: wish.x.cloned(), y: wish.y.cloned(), at: wish.at.to_vec() },
        feature: wish.feature.cloned(),
        basin: wish.basin.cloned(),
        over_starts: wish.over_starts,
        curves: wish.curves.map(|path| Plane::open(path)).transpose()?,
    };
    if let Some(path) = wish.output {
        let remark = show::plot(&map, &request, path)?;
        console.say(path.display().to_string());
        for remark in show::moved(&map, &request)?.into_iter().chain(remark) {
            console.warn(&remark);
        }
        return Ok(());
    }
    let text = show::plot_text(&map, &request, screen(console))?;
    console.say_drawn(text.trim_end());
    for remark in show::moved(&map, &request)? {
        console.warn(&remark);
    }
    Ok(())
}

/// The terminal's size and colours.
fn screen(console: &Console) -> Screen {
    let variable = |name: &str| std::env::var(name).ok();
    let (columns, rows) = console.size();
    let colours = Colours::of(
        console.is_terminal(),
        variable("NO_COLOR").as_deref(),
        variable("TERM").as_deref(),
        variable("COLORTERM").as_deref(),
    );
    Screen { columns, rows, colours }
}

/// Names the regimes of a map anew by the rules of a study.
pub(super) fn relabel(
    path: &Path,
    rules: &Path,
    output: Option<&PathBuf>,
    console: &mut Console,
) -> Result<(), Failure> {
    let map = Map::open(path)?;
    aside::check(output.map_or(path, PathBuf::as_path))?;
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
    let label = |label: &crate::regime::Label| Label { name: label.name.clone(), seizing: label.seizing };
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
    console.say(place.display().to_string());
    Ok(())
}
