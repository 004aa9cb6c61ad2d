//! Files that are made beside their place and put there when they are whole, so that there never is half of one. Knows nothing
//! of what they hold.

use std::path::{Path, PathBuf};

use crate::complaint::words_of;

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
        Ok(_) => unfit(format!("{} is no folder", folder_of(path).display())),
        Err(error) => unfit(format!("its folder {}: {}", folder_of(path).display(), words_of(&error))),
    }
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
