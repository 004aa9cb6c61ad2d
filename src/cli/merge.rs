//! `ictus merge`: one folder of several runs. Knows how to say it, not how it is done.

use std::path::{Path, PathBuf};

use crate::run::{self, Phase};
use crate::schedule::Stop;

use super::console::Console;
use super::progress::Teller;
use super::{Failure, run::command, words};

/// Puts what several runs have measured into a new folder.
pub(super) fn merge(folders: &[PathBuf], output: &Path, console: &mut Console) -> Result<(), Failure> {
    let stop = Stop::on_signals().map_err(|error| Failure::Machine(words::no_signals(&error)))?;
    let mut teller = Teller::new(Vec::new(), console);
    let merged = run::merge(folders, output, command(), &stop, &mut |phase: Phase<'_>| {
        teller.tell(phase, console);
    });
    teller.finish();
    let merged = merged?;
    console.note(format!("{} of {} points are there", merged.points, merged.of));
    if let Some(map) = merged.map {
        console.say(map.display().to_string());
        return Ok(());
    }
    console.say(output.display().to_string());
    let set: Vec<String> = merged.overrides.iter().map(|line| format!(" --set '{line}'")).collect();
    console.note(format!("Measure the rest: ictus run STUDY{} --output {}", set.concat(), output.display()));
    Ok(())
}
