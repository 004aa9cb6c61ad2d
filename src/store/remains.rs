//! What earlier runs have left in a folder: results to be kept aside, files that were not finished. Knows names, not contents.

use std::fs;
use std::path::{Path, PathBuf};

use super::journals::JOURNALS;
use super::{StoreError, aside, checkpoint, create_folder, journal, map, status, sync_folder};

/// Moves the map, the journals and what is unfinished into `old-N`; gives that folder if there was anything to move.
pub(super) fn put_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    // The journals last: as long as they are here, an interrupted move has lost nothing.
    let present: Vec<&str> = [map::FILE, checkpoint::FOLDER, journal::HEADER, JOURNALS]
        .into_iter()
        .filter(|name| path.join(name).exists())
        .collect();
    if present.is_empty() {
        return Ok(None);
    }
    let aside = place_aside(path);
    create_folder(&aside)?;
    for name in present {
        fs::rename(path.join(name), aside.join(name))
            .map_err(StoreError::io("move aside", &path.join(name)))?;
    }
    sync_folder(&aside)?;
    sync_folder(path)?;
    Ok(Some(aside))
}

/// Moves journals into `old-N`; gives that folder if there are any.
pub(super) fn put_journals_aside(path: &Path, journals: &[PathBuf]) -> Result<Option<PathBuf>, StoreError> {
    if journals.is_empty() {
        return Ok(None);
    }
    let aside = place_aside(path);
    let folder = aside.join(JOURNALS);
    create_folder(&folder)?;
    for journal in journals {
        let place = folder.join(journal.file_name().unwrap_or_default());
        fs::rename(journal, place).map_err(StoreError::io("move aside", journal))?;
    }
    sync_folder(&folder)?;
    Ok(Some(aside))
}

/// The first of `old-1`, `old-2` and so on that is not there.
fn place_aside(path: &Path) -> PathBuf {
    let mut number = 1;
    while path.join(format!("old-{number}")).exists() {
        number += 1;
    }
    path.join(format!("old-{number}"))
}

/// Removes maps and records that a killed run has not finished; the claim says that nobody is writing them.
pub(super) fn remove(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        let names = [map::FILE, status::RECORD, status::LINE, journal::HEADER];
        let is_ours =
            entry.file_name().to_str().is_some_and(|name| names.iter().any(|ours| name.starts_with(ours)));
        if is_ours && path.extension().is_some_and(|ending| ending == aside::PART) {
            // If it stays it is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}
