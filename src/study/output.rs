//! `[output]`: where a run is kept, and how much of it may fail. Knows nothing of what is written.

use std::path::{Path, PathBuf};

use super::fields::{Fields, Sink};
use super::subject::stays_inside;

/// The part of points that may fail where a study does not say: beyond it the study itself is likely wrong.
const ALLOWED_FAILURES: f64 = 0.5;

/// Reads the table: the directory, and the part of points that may fail. `name` is that of the study's file.
pub(super) fn read(section: Option<Fields<'_>>, name: &str, sink: &mut Sink) -> (PathBuf, f64) {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut directory = Path::new("runs").join(stem.unwrap_or_else(|| "study".into()));
    let mut allowed = ALLOWED_FAILURES;
    let Some(mut fields) = section else { return (directory, allowed) };
    if let Some(value) = fields.get("directory")
        && let Some(text) = value.text("`directory`", sink)
    {
        if text.is_empty() || !stays_inside(Path::new(text)) {
            let message = format!("the directory `{text}` lies outside the one that ictus is called in");
            sink.push(
                value.place.error(message, "name one below it, or use `--output DIR`, which may be anywhere"),
            );
        }
        directory = PathBuf::from(text);
    }
    if let Some(value) = fields.get("allowed_failures")
        && let Some(part) = value.number("`allowed_failures`", sink)
    {
        if !(0.0..=1.0).contains(&part) {
            sink.push(value.place.error(format!("`allowed_failures` is {part}"), "write a part from 0 to 1"));
        }
        allowed = part;
    }
    fields.finish(sink);
    (directory, allowed)
}
