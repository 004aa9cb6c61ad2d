//! `ictus sense`: which parameters the outcomes of a map, or of the runs of a design, depend on. Knows how to say it, not how it is computed.

use std::path::{Path, PathBuf};

use crate::analyse::AnalyseError;
use crate::analyse::cut::{Cut, moved};
use crate::analyse::sensitivity::sampled::{self, First, Layout, Total};
use crate::analyse::sensitivity::{self, Request};
use crate::design::{self, Bounds, Design, Distribution, Input, Sampling, Shape};
use crate::store::StoreError;
use crate::store::indices::{self, Along};
use crate::store::map::Map;
use crate::store::outcomes::{self, Block, Column, Outcomes, Reading};
use crate::store::provenance::date;
use crate::study::Study;

use super::Failure;
use super::arguments::{FirstOrder, RunsArguments, StudyArguments, TotalOrder};
use super::console::Console;
use super::run::command;
use super::studies;
use super::words::typed;

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
        return Err(Failure::Wrong(format!("`--fill {fill}` is not a finite number; write one such as `0`")));
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
    if !place.extension().is_some_and(|end| end.eq_ignore_ascii_case("nc")) {
        let message = format!("{} does not end in .nc; name a NetCDF file with --output", place.display());
        return Err(Failure::Wrong(message));
    }
    indices::check(&place)?;
    Ok(place)
}

fn history() -> String {
    let now = date(std::time::SystemTime::now());
    format!("{now} {} (ictus {})", command(), env!("CARGO_PKG_VERSION"))
}

/// The map itself, or that in the folder of a run.
pub(super) fn map_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(MAP) } else { path.to_owned() }
}

/// That a run has no map yet.
pub(super) fn unfinished(folder: &Path) -> Failure {
    let typed = typed(folder);
    let folder = folder.display();
    Failure::Wrong(format!(
        "{folder} has no map yet; `ictus status {typed}` tells how far it is, with its indices once every block has rows, and `ictus run` finishes it"
    ))
}

fn of_map(wish: &Wish<'_>, map: &Path, console: &mut Console) -> Result<(), Failure> {
    let path = map_of(map);
    if map.is_dir() && !path.exists() && crate::store::has_journals(map) {
        return Err(unfinished(map));
    }
    let map = Map::open(&path)?;
    let place = place(wish, &path, "map")?;
    if let Some(axis) = sampled::axis_of_runs(&map) {
        return of_runs(wish, (&map, axis), &place, console);
    }
    if let Some(argument) = wish.runs.of_runs_only() {
        let message = format!(
            "`{argument}` is for the runs of a design, and {} is a full grid, of which indices are exact; leave it out",
            path.display()
        );
        return Err(Failure::Wrong(message));
    }
    let request = Request { of: wish.of.to_vec(), at: wish.at.to_vec(), fill: wish.fill };
    let report = sensitivity::analyse(&map, &request)?;
    indices::write(&sensitivity::indices(&report, &history()), &place)?;
    if wish.json {
        console.say_json(&report.to_json());
    } else {
        console.tell(report.to_string().trim_end());
    }
    for remark in moved(&map, &Cut { at: wish.at.to_vec(), ..Cut::default() })? {
        console.warn(&remark);
    }
    console.note(format!("written to {}", place.display()));
    Ok(())
}

/// The study of a map of runs, which has their design.
pub(super) fn study_of(map: &Map) -> Result<Study, Failure> {
    let study = Study::from_texts(studies::texts_of(map)?).map_err(crate::study::StudyError::from)?;
    if study.design().is_none() {
        let message = format!(
            "{} has runs of a design, and its study has none; run the study again",
            map.path().display()
        );
        return Err(Failure::Wrong(message));
    }
    Ok(study)
}

/// Analyses the runs of a design in a map.
fn of_runs(
    wish: &Wish<'_>,
    (map, axis): (&Map, usize),
    place: &Path,
    console: &mut Console,
) -> Result<(), Failure> {
    let study = study_of(map)?;
    let design = study.design().expect("a study of a design");
    let (places, along) = sampled::places(map, axis, wish.at)?;
    let mut reports = Vec::new();
    for own in places {
        let (read, excluded) = sampled::of_map(map, axis, &own.at, wish.of, &layout(design))?;
        if excluded > 0 {
            console.note(format!("{excluded} runs that `where` excludes are left out"));
        }
        let seizing = known(&read, &wish.runs.seizing)?;
        let mut report = analysed(wish, (&read, Some(&study)), (study.title(), seizing))?;
        if !own.at.is_empty() {
            report.title = format!("{}, at {}", report.title, own.at.join(", "));
        }
        report.at = own.values;
        reports.push(report);
    }
    for remark in moved(map, &Cut { at: wish.at.to_vec(), ..Cut::default() })? {
        console.warn(&remark);
    }
    tell(wish, reports, &along, place, console)
}

/// How the runs of a design stand one after another.
pub(super) fn layout(design: &Design) -> Layout {
    let size = design.size();
    let blocks = (0..design.blocks()).map(|place| block(design, place)).collect();
    let columns = linked(design);
    let groups = design.groups().iter().map(|group| {
        let members = group.inputs.iter().flat_map(|&input| columns[input].1.iter().copied());
        (group.name.clone(), members.collect())
    });
    let groups = if design.blocks() == 1 { columns.clone() } else { groups.collect() };
    Layout { replicates: size.replicates as usize, base: size.base as usize, blocks, groups }
}

/// The block at a place of a replicate.
fn block(design: &Design, place: usize) -> Block {
    match design.identity(place as u64 * design.size().base).block {
        design::Block::A => Block::A,
        design::Block::B => Block::B,
        design::Block::Ab(group) => Block::Ab(group),
        design::Block::Ba(group) => Block::Ba(group),
    }
}

fn of_table(wish: &Wish<'_>, table: &Path, console: &mut Console) -> Result<(), Failure> {
    let place = place(wish, table, "table")?;
    let study = match wish.subject {
        Some(path) => {
            let arguments = StudyArguments { study: path.to_owned(), overrides: Vec::new() };
            Some(studies::load(&arguments)?)
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
    let mut read = outcomes::read(table, &reading).map_err(StoreError::from)?;
    let design = study.as_ref().and_then(Study::design);
    if let Some(design) = design.filter(|_| read.blocks.len() == 1) {
        read.groups = linked(design);
    }
    let seizing = known(&read, &runs.seizing)?;
    let title = study.as_ref().map_or_else(|| table.display().to_string(), |study| study.title().to_owned());
    let report = analysed(wish, (&read, study.as_ref()), (&title, seizing))?;
    tell(wish, vec![report], &[], &place, console)
}

/// Analyses runs.
fn analysed(
    wish: &Wish<'_>,
    (read, study): (&Outcomes, Option<&Study>),
    (title, seizing): (&str, Vec<String>),
) -> Result<sampled::Report, Failure> {
    let request = request(wish.runs, (wish.of, wish.fill), (read, study), seizing);
    match study {
        Some(study) => report(read, study, title, &request),
        None => Ok(sampled::analyse(read, title, &request)?),
    }
}

/// What is asked of runs; what seizes is what the study says, and these labels.
pub(super) fn request(
    arguments: &RunsArguments,
    (of, fill): (&[String], Option<f64>),
    (read, study): (&Outcomes, Option<&Study>),
    mut seizing: Vec<String>,
) -> sampled::Request {
    if let Some(study) = study {
        let labels = study.rules().labels();
        seizing.extend(labels.into_iter().filter(|label| label.seizing).map(|label| label.name));
    }
    sampled::Request {
        of: of.to_vec(),
        seizing,
        fill,
        within: arguments.within.clone(),
        first: arguments.s1.map(first),
        total: arguments.st.map(total),
        second: arguments.second_order,
        places: study.and_then(Study::design).and_then(|design| places(design, read)),
        is_of_sobol: study.and_then(Study::design).is_some_and(|design| design.sampling().is_of_sobol()),
    }
}

/// Analyses the runs of a study, and says how its inputs vary.
pub(super) fn report(
    read: &Outcomes,
    study: &Study,
    title: &str,
    request: &sampled::Request,
) -> Result<sampled::Report, Failure> {
    let mut report = sampled::analyse(read, title, request)?;
    if let Some(design) = study.design() {
        let own = |name: &str| design.columns().find(|(quantity, _)| quantity.name == name);
        report.describe(&|name| own(name).map(|(_, distribution)| distribution.to_string()));
    }
    let attributes = study.attributes();
    report.identity = attributes.into_iter().find(|(name, _)| name == "identity_hash").map(|(_, hash)| hash);
    Ok(report)
}

/// Writes the indices of runs at every place and prints them.
fn tell(
    wish: &Wish<'_>,
    mut reports: Vec<sampled::Report>,
    along: &[Along],
    place: &Path,
    console: &mut Console,
) -> Result<(), Failure> {
    indices::write(&sampled::indices(&reports, along, &history()), place)?;
    if wish.runs.published {
        for report in &mut reports {
            report.publish(wish.runs.s1 == Some(FirstOrder::Janon));
        }
    }
    if wish.json {
        console.say_json(&reports.iter().flat_map(sampled::Report::to_json).collect::<Vec<_>>());
    } else {
        let text = |report: &sampled::Report| match console.columns() {
            Some(columns) => format!("{report:columns$}"),
            None => report.to_string(),
        };
        let texts: Vec<String> = reports.iter().map(|report| text(report).trim_end().to_owned()).collect();
        console.tell(texts.join("\n\n"));
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

/// The labels that are said to seize, each of which occurs.
fn known(read: &Outcomes, seizing: &[String]) -> Result<Vec<String>, Failure> {
    let labels = || {
        read.outputs.iter().flat_map(|(_, column)| match column {
            Column::Labels(_, names) => names.as_slice(),
            Column::Numbers(_) => &[],
        })
    };
    match seizing.iter().find(|name| !labels().any(|own| own == *name)) {
        Some(name) => Err(AnalyseError::not_in_table("label", name, labels().map(String::as_str)).into()),
        None => Ok(seizing.to_vec()),
    }
}

/// The inputs of a design with the columns that go along with each, by place.
fn linked(design: &Design) -> Vec<(String, Vec<usize>)> {
    let mut next = 0;
    let of = |input: &Input| {
        let first = next;
        next += input.columns.len();
        (input.name().to_owned(), (first..next).collect())
    };
    design.inputs().iter().map(of).collect()
}

/// Where the inputs of trajectories stand in their distributions; nothing where the table is not of this design.
fn places(design: &Design, read: &Outcomes) -> Option<Vec<Vec<f64>>> {
    if !matches!(design.sampling(), Sampling::Trajectory { .. } | Sampling::Radial) {
        return None;
    }
    let runs = read.replicates * read.blocks.len() * read.base;
    let is_of_its_size = design.runs() == runs as u64 && design.blocks() == read.blocks.len();
    if !is_of_its_size || read.blocks_of_inputs != read.blocks.len() {
        return None;
    }
    // The same design of uniform inputs from 0 to 1.
    let unit = Distribution::new(Shape::Uniform([0.0, 1.0]), Bounds::None, true).ok()?;
    let inputs = design.inputs().iter().map(|input| Input {
        columns: input.columns.iter().map(|(quantity, _)| (quantity.clone(), unit.clone())).collect(),
    });
    let units =
        Design::new(design.sampling(), inputs.collect(), design.groups().to_vec(), design.size()).ok()?;
    let mut places = vec![vec![f64::NAN; runs]; read.inputs.len()];
    for first in (0..runs).step_by(read.base) {
        let own = design.identity(first as u64);
        let block = match own.block {
            design::Block::A => Block::A,
            design::Block::B => Block::B,
            design::Block::Ab(group) | design::Block::Ba(group) => {
                let name = &design.groups()[group].name;
                Block::Ab(read.groups.iter().position(|(own, _)| own == name)?)
            }
        };
        let at = read.blocks.iter().position(|own| *own == block)?;
        let slot = (own.replicate as usize * read.blocks.len() + at) * read.base;
        let (values, units) = (design.table(first as u64, read.base), units.table(first as u64, read.base));
        for (input, place) in places.iter_mut().enumerate() {
            let told = &read.inputs[input].1[slot..slot + read.base];
            if !values.column(input).iter().zip(told).all(|(own, told)| outcomes::same(*own, *told)) {
                return None;
            }
            place[slot..slot + read.base].copy_from_slice(units.column(input));
        }
    }
    Some(places)
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
