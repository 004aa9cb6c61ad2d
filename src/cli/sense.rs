//! `ictus sense`: which parameters the outcomes of a map depend on. Knows how to say it, not how it is computed.

use std::path::{Path, PathBuf};

use crate::analyse::cut::{Cut, moved};
use crate::analyse::sensitivity::{self, Request};
use crate::store::aside;
use crate::store::map::Map;
use crate::store::provenance::date;

use super::Failure;
use super::console::Console;
use super::run::command;

/// The map in a run's folder, and the file of indices beside it.
const MAP: &str = "map.nc";
const INDICES: &str = "sense.nc";

/// What `ictus sense` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    /// A map, or the folder of its run.
    pub(super) map: &'a Path,
    pub(super) of: &'a [String],
    pub(super) at: &'a [String],
    pub(super) fill: Option<f64>,
    pub(super) output: Option<&'a PathBuf>,
    pub(super) json: bool,
}

/// Analyses a map, writes the indices beside it and prints them.
pub(super) fn sense(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    if let Some(fill) = wish.fill.filter(|fill| !fill.is_finite()) {
        return Err(Failure::Wrong(format!("`--fill {fill}` is no finite number; write one such as `0`")));
    }
    let path = if wish.map.is_dir() { wish.map.join(MAP) } else { wish.map.to_owned() };
    let place = wish.output.cloned().unwrap_or_else(|| path.with_file_name(INDICES));
    let map = Map::open(&path)?;
    if place.exists() && place.canonicalize().ok() == path.canonicalize().ok() {
        let message = format!("{} is the map itself; name another file with --output", place.display());
        return Err(Failure::Wrong(message));
    }
    aside::check(&place)?;
    let request = Request { of: wish.of.to_vec(), at: wish.at.to_vec(), fill: wish.fill };
    let report = sensitivity::analyse(&map, &request)?;
    let now = date(std::time::SystemTime::now());
    let history = format!("{now} {} (ictus {})", command(), env!("CARGO_PKG_VERSION"));
    sensitivity::write(&report, &history, &place)?;
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
