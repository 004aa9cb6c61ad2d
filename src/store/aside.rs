//! Files that are made beside their place and put there when they are whole, so that there never is half of one. Knows nothing
//! of what they hold.

use std::path::{Path, PathBuf};

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

/// Lets `fill` make a file beside its place, syncs it and renames it. Gives what `fill` gave and the size of the file; `None` when
/// `fill` gave none.
///
/// # Errors
/// When `fill` fails, or the disk refuses.
pub(super) fn replace<T>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<Option<T>, StoreError>,
) -> Result<Option<(T, u64)>, StoreError> {
    let beside = Part(part(path));
    let Some(made) = fill(&beside.0)? else {
        return Ok(None);
    };
    let file = std::fs::File::open(&beside.0).map_err(StoreError::io("open", &beside.0))?;
    file.sync_all().map_err(StoreError::io("sync", &beside.0))?;
    let bytes = file.metadata().map_err(StoreError::io("look at", &beside.0))?.len();
    std::fs::rename(&beside.0, path).map_err(StoreError::io("rename", &beside.0))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync_folder(folder)?;
    Ok(Some((made, bytes)))
}
