//! Files that are made beside their place and put there when they are whole, so that there never is half of one. Knows nothing
//! of what they hold.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::complaint::words_of;

use super::container::Container;
use super::{StoreError, sync_folder};

/// The ending of a file that is not finished.
pub(super) const PART: &str = "part";

/// A file that is removed unless it was renamed.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // It is gone when all went well.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{PART}", std::process::id()));
    path.with_file_name(name)
}

/// So long nobody has written to what a process has left.
const UNTOUCHED: Duration = Duration::from_secs(60);

/// Removes what processes that were killed have left beside a place. A process of another machine may have a number that none has
/// here, and writes on.
pub(super) fn remove_leftovers(path: &Path) {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
    let Ok(entries) = std::fs::read_dir(folder_of(path)) else { return };
    for entry in entries.flatten() {
        let left = entry.file_name();
        let process = left.to_str().and_then(|left| {
            left.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(PART)?.strip_suffix('.')
        });
        let is_gone = process
            .and_then(|process| process.parse().ok())
            .and_then(Pid::from_raw)
            .is_some_and(|process| test_kill_process(process) == Err(Errno::SRCH));
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_gone && age().is_some_and(|age| age > UNTOUCHED) {
            // If it stays it is in nobody's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether a file can be put at a place: so much can be said before anything is computed.
///
/// # Errors
/// When something else than a file is there, or there is no folder for it.
pub fn check(path: &Path) -> Result<(), StoreError> {
    let unfit = |reason: String| Err(StoreError::NoPlace { path: path.to_owned(), reason });
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return unfit("it is a folder".to_owned()),
        // A device or a pipe would be replaced by a file.
        Ok(there) if !there.is_file() => return unfit("something else than a file is there".to_owned()),
        _ => {}
    }
    match std::fs::metadata(folder_of(path)) {
        Ok(folder) if folder.is_dir() => Ok(()),
        Ok(_) => unfit(format!("{} is not a folder", folder_of(path).display())),
        Err(error) => unfit(format!("its folder {}: {}", folder_of(path).display(), words_of(&error))),
    }
}

/// Whether a NetCDF file can be put at a place: as [`check`], and a file that is there already has to be of the same kind.
///
/// # Errors
/// When something else is there: it might be what somebody has computed for days.
pub fn check_over(
    path: &Path,
    what: &str,
    is_of_kind: impl Fn(&Container) -> bool,
) -> Result<(), StoreError> {
    check(path)?;
    if !path.exists() || Container::open(path).is_ok_and(|file| is_of_kind(&file)) {
        return Ok(());
    }
    Err(taken(path, what))
}

/// That a file of another kind is at a place.
pub(super) fn taken(path: &Path, what: &str) -> StoreError {
    let reason = format!("a file is there that holds no {what}");
    StoreError::NoPlace { path: path.to_owned(), reason }
}

/// The folder that a file lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a text beside its place, syncs it and renames it.
///
/// # Errors
/// When the disk refuses.
pub fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let fill = |beside: &Path| std::fs::write(beside, text).map(Some).map_err(StoreError::io("write", path));
    replace(path, fill).map(|_| ())
}

/// Lets `fill` make a file beside its place, syncs it and renames it. Gives what `fill` gave and the size of the file; `None` when
/// `fill` gave none.
///
/// # Errors
/// When `fill` fails, or the disk refuses.
pub fn replace<T>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<Option<T>, StoreError>,
) -> Result<Option<(T, u64)>, StoreError> {
    check(path)?;
    remove_leftovers(path);
    let beside = Part(part(path));
    let Some(made) = fill(&beside.0)? else {
        return Ok(None);
    };
    let file = std::fs::File::open(&beside.0).map_err(StoreError::io("open", &beside.0))?;
    file.sync_all().map_err(StoreError::io("sync", &beside.0))?;
    let bytes = file.metadata().map_err(StoreError::io("look at", &beside.0))?.len();
    std::fs::rename(&beside.0, path).map_err(StoreError::io("rename", &beside.0))?;
    sync_folder(folder_of(path))?;
    Ok(Some((made, bytes)))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_a_killed_process_has_left_goes_when_the_file_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let of = |process: u32| folder.path().join(format!("a.nc.{process}.part"));
        let others = [of(1), folder.path().join("a.nc.x.part"), folder.path().join("b.nc.5.part")];
        let long_ago = SystemTime::now() - 2 * UNTOUCHED;
        for left in [&of(child.id())].into_iter().chain(&others) {
            std::fs::write(left, "half").unwrap();
            std::fs::File::options().write(true).open(left).unwrap().set_modified(long_ago).unwrap();
        }
        write(&folder.path().join("a.nc"), "whole").unwrap();
        assert!(!of(child.id()).exists(), "nobody writes it");
        assert!(others.iter().all(|other| other.exists()), "a living process, no number, another file");
        std::fs::write(of(child.id()), "half").unwrap();
        write(&folder.path().join("a.nc"), "whole").unwrap();
        assert!(of(child.id()).exists(), "it was written to a moment ago");
    }
}
