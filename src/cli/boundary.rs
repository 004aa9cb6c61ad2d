//! `ictus boundary`: the boundaries between regimes of a map, as points in a file. Knows how to say it, not how they are found.

use std::path::Path;
use std::time::SystemTime;

use serde_json::json;

use crate::analyse::boundary_points;
use crate::analyse::cut::{Cut, moved};
use crate::store::boundary;
use crate::store::map::Map;
use crate::store::provenance::origin;

use super::Failure;
use super::console::Console;
use super::run::command;
use super::sense::map_of;

/// Writes the boundaries of a map.
pub(super) fn boundary(
    map: &Path,
    output: &Path,
    at: &[String],
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let ends = |wanted| output.extension().is_some_and(|end| end.eq_ignore_ascii_case(wanted));
    if !ends("csv") && !ends("nc") {
        let message = format!("`{}` ends neither in .csv nor in .nc; name such a file", output.display());
        return Err(Failure::Wrong(message));
    }
    boundary::check(output, ends("csv"))?;
    let map = Map::open(&map_of(map))?;
    let found = boundary_points::boundary(&map, at)?;
    if ends("csv") {
        boundary::write_csv(&found, output)?;
    } else {
        let title = format!("{}: boundaries between regimes", map.attribute("title").unwrap_or("A map"));
        boundary::write_netcdf(&found, &title, origin(&command(), SystemTime::now()), output)?;
    }
    for remark in moved(&map, &Cut { at: at.to_vec(), ..Cut::default() })? {
        console.warn(&remark);
    }
    let unsettled = found.touches_unsettled.iter().map(|own| usize::from(*own)).sum::<usize>();
    if json {
        console
            .say_json(&json!({ "file": output, "points": found.axis.len(), "touch_unsettled": unsettled }));
    } else {
        console.say(output.display().to_string());
    }
    console.note(format!(
        "{} points of boundaries, {unsettled} of which touch unsettled ones",
        found.axis.len()
    ));
    Ok(())
}
