//! Signals over time: chosen points of a map computed again, their signals thinned out and written to a NetCDF file.

use std::path::Path;

use crate::simulate::Survey;
use crate::space::Space;
use crate::store::map::Map;
use crate::store::{Attribute, ContainerWriter, Storage, StoreError, Values, Variable, aside};
use crate::study::{Study, StudyError};
use crate::table::{Quantity, Table};

use super::RunError;

/// A trace keeps at most about so many samples.
const MOST_SAMPLES: u64 = 20_000;

/// What traces are taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// The whole map.
    Map,
    /// Each regime that occurs.
    Regime,
    /// Each status that occurs.
    Status,
}

/// Points whose signals are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The values of their columns, `[point][column]`.
    pub values: Vec<Vec<f64>>,
    /// Their regimes, by number.
    pub regimes: Vec<u8>,
}

/// A table of one point, given by the values of its columns.
pub fn single(values: &[f64]) -> Table {
    if values.is_empty() {
        return Table::undefined(0, 1);
    }
    Table::from_columns(values.iter().map(|&value| vec![value]).collect())
}

/// Whether traces can be put at a place.
///
/// # Errors
/// When something else than traces is there, or there is no folder for them.
fn check(path: &Path) -> Result<(), RunError> {
    Ok(aside::check_over(path, "traces", |file| file.has(&["time", "regime"]) && !file.has(&["status"]))?)
}

/// Computes points of a map again and keeps their signals: `sample` points of each, spread evenly. Gives their number.
///
/// # Errors
/// When the map does not fit the study, or cannot be read, or the traces cannot be written.
pub fn traces(study: &Study, map: &Map, sample: usize, each: Each, path: &Path) -> Result<usize, RunError> {
    check(path)?;
    let survey = study.survey()?;
    let space = study.space();
    if map.shape() != space.shape() {
        let reason = format!("{} has other axes than the study it holds", map.path().display());
        return Err(StudyError::Unrecoverable { reason }.into());
    }
    let kinds = match each {
        Each::Map => 1,
        Each::Regime => map.labels().len(),
        Each::Status => map.statuses().len(),
    };
    let mut counts = vec![0_u64; kinds];
    every_point(space, map, each, &mut |_, kind, _| counts[kind] += 1)?;
    let mut seen = vec![0_u64; kinds];
    let (mut coordinates, mut regimes) = (Vec::new(), Vec::new());
    every_point(space, map, each, &mut |point, kind, regime| {
        let wanted = (sample as u64).min(counts[kind]);
        let rank = seen[kind];
        seen[kind] += 1;
        // `wanted` of `count` points, evenly: where the running part of them passes the next whole number.
        let part = |rank: u64| u128::from(rank) * u128::from(wanted) / u128::from(counts[kind]);
        if part(rank) != part(rank + 1) {
            coordinates.push(space.coordinates(point));
            regimes.push(regime);
        }
    })?;
    let table = space.table_at(&coordinates);
    let values = (0..coordinates.len())
        .map(|row| table.columns().iter().map(|column| column[row]).collect())
        .collect();
    let chosen = Chosen { values, regimes };
    write(study, &survey, &chosen, path)?;
    Ok(coordinates.len())
}

/// Visits every point of a map with its kind and its regime, a cell at a time.
fn every_point(
    space: &Space,
    map: &Map,
    each: Each,
    visit: &mut dyn FnMut(u64, usize, u8),
) -> Result<(), StoreError> {
    for number in 0..space.cells().count() {
        let cell = space.cells().cell(number);
        let regimes = map.regime(cell.origin(), cell.extent())?;
        let statuses = match each {
            Each::Status => map.status(cell.origin(), cell.extent())?,
            _ => Vec::new(),
        };
        for (inside, &regime) in regimes.iter().enumerate() {
            let kind = match each {
                Each::Map => 0,
                Each::Regime => usize::from(regime),
                Each::Status => usize::from(statuses[inside]),
            };
            let point =
                space.point(&cell.coordinates(u32::try_from(inside).expect("a cell has fewer points")));
            visit(point, kind, regime);
        }
    }
    Ok(())
}

/// Computes chosen points and writes their signals: `[point x time]`, with the points' coordinates and regimes.
///
/// # Errors
/// When the simulation refuses, or the file cannot be written.
pub fn write(study: &Study, survey: &Survey, chosen: &Chosen, path: &Path) -> Result<(), RunError> {
    check(path)?;
    let simulation = survey.simulation()?;
    let every = simulation.steps().div_ceil(MOST_SAMPLES).max(1);
    let width = study.space().columns().len();
    let column = |column: usize| chosen.values.iter().map(|row| row[column]).collect::<Vec<f64>>();
    let points = match width {
        0 => Table::undefined(0, chosen.values.len()),
        _ => Table::from_columns((0..width).map(column).collect()),
    };
    let trace = simulation.trace(&points, every)?;
    let signal = simulation.signal();
    let fill = |beside: &Path| fill(study, chosen, (&trace.times, &trace.samples), &signal, beside).map(Some);
    aside::replace(path, fill)?;
    Ok(())
}

/// Writes the file.
fn fill(
    study: &Study,
    chosen: &Chosen,
    (times, samples): (&[f64], &[Vec<f64>]),
    signal: &Quantity,
    path: &Path,
) -> Result<(), StoreError> {
    let model = study.model();
    let column = |column: usize| chosen.values.iter().map(|row| row[column]).collect::<Vec<f64>>();
    let (count, length) = (chosen.values.len() as u64, times.len() as u64);
    let mut file = ContainerWriter::create(path)?;
    file.attribute("Conventions", &"CF-1.11".into())?;
    file.attribute("title", &format!("Signals of: {}", study.title()).as_str().into())?;
    for (name, text) in study.attributes() {
        file.attribute(&name, &text.as_str().into())?;
    }
    file.dimension("point", count)?;
    file.dimension("time", length)?;
    let mut define = |name: &str, dimensions: &[&str], storage, attributes: Vec<(String, Attribute)>| {
        file.variable(&Variable {
            name,
            storage,
            may_be_undefined: dimensions.len() == 2, // a signal ends where its point diverges
            dimensions,
            chunk: None,
            attributes,
        })
    };
    let unit = if model.time_unit == "1" { "1" } else { &model.time_unit };
    define("time", &["time"], Storage::Double, described("time from the beginning of the transient", unit))?;
    for quantity in study.space().columns() {
        define(
            &plain(&quantity.name),
            &["point"],
            Storage::Double,
            described(&quantity.meaning, &quantity.unit),
        )?;
    }
    define("regime", &["point"], Storage::Byte, regime_attributes(study))?;
    define(
        &plain(&signal.name),
        &["point", "time"],
        Storage::Double,
        described(&signal.meaning, &signal.unit),
    )?;
    file.end_definitions()?;

    file.put("time", &[0], &[length], Values::Doubles(times))?;
    for (number, quantity) in study.space().columns().iter().enumerate() {
        file.put(&plain(&quantity.name), &[0], &[count], Values::Doubles(&column(number)))?;
    }
    let regimes: Vec<i8> =
        chosen.regimes.iter().map(|&regime| i8::try_from(regime).unwrap_or(i8::MAX)).collect();
    file.put("regime", &[0], &[count], Values::Bytes(&regimes))?;
    for (point, values) in samples.iter().enumerate() {
        file.put(&plain(&signal.name), &[point as u64, 0], &[1, length], Values::Doubles(values))?;
    }
    file.close()
}

fn described(meaning: &str, unit: &str) -> Vec<(String, Attribute)> {
    let meaning = if meaning.is_empty() { "no description" } else { meaning };
    vec![("long_name".into(), meaning.into()), ("units".into(), unit.into())]
}

fn regime_attributes(study: &Study) -> Vec<(String, Attribute)> {
    let labels = study.rules().labels();
    let values = (0..labels.len()).map(|value| i8::try_from(value).unwrap_or(i8::MAX)).collect();
    let names: Vec<String> = labels.into_iter().map(|label| label.name).collect();
    vec![
        ("long_name".into(), "regime".into()),
        ("flag_values".into(), Attribute::Bytes(values)),
        ("flag_meanings".into(), names.join(" ").as_str().into()),
    ]
}

/// A name as NetCDF takes it.
fn plain(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect()
}
