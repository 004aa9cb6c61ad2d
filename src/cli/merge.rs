//! `ictus merge`: one folder of several runs. Knows how to say it, not how it is done.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::run::{self, Phase};
use crate::schedule::Stop;
use crate::slurm::quoted;

use super::console::Console;
use super::progress::Teller;
use super::words::typed;
use super::{Failure, run::command, words};

/// Puts what several runs have measured into a new folder.
pub(super) fn merge(
    folders: &[PathBuf],
    output: &Path,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let stop = Stop::on_signals().map_err(|error| Failure::Machine(words::no_signals(&error)))?;
    let mut teller = Teller::new(Vec::new(), console);
    let merged = run::merge(folders, output, command(), &stop, &mut |phase: Phase<'_>| {
        teller.tell(phase, console);
    });
    teller.finish();
    let merged = merged?;
    console.note(format!("{} of {} points are there", merged.points, merged.of));
    if json {
        console.say_json(&json!({
            "folder": output,
            "map": merged.map,
            "points": merged.of,
            "done": merged.points,
            "overrides": merged.overrides,
        }));
    }
    if let Some(map) = merged.map {
        if !json {
            console.say(map.display().to_string());
        }
        return Ok(());
    }
    if !json {
        console.say(output.display().to_string());
    }
    let set: Vec<String> = merged.overrides.iter().map(|line| format!(" --set {}", quoted(line))).collect();
    console.note(format!("Measure the rest: ictus run STUDY{} --output {}", set.concat(), typed(output)));
    Ok(())
}
