//! How much room a run needs on its disk, and how much there is. Knows nothing of what is written.

use std::path::Path;

use super::StoreError;

/// An upper bound of the bytes still to be written: a journal of `missing` points and a map of `points`, uncompressed.
pub fn needed_bytes(missing: u64, points: u64, quantities: usize) -> u128 {
    // Headers, attributes and coordinates.
    const TEXTS: u128 = 1 << 20;
    let row = 2 + 8 * quantities as u128;
    TEXTS + (u128::from(missing) + u128::from(points)) * row
}

/// How many bytes the disk of a folder has left for this user.
///
/// # Errors
/// When the file system does not say.
pub fn free_bytes(path: &Path) -> Result<u128, StoreError> {
    let disk = rustix::fs::statvfs(path).map_err(|error| StoreError::Io {
        action: "ask for the free space of",
        path: path.to_owned(),
        source: error.into(),
    })?;
    Ok(u128::from(disk.f_bavail) * u128::from(disk.f_frsize))
}
