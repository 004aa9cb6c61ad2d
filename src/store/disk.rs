//! How much room a run needs on its disk, and how much there is; how a file that may be anything is opened. Knows nothing of what
//! is written.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::{StoreError, aside};
#[cfg(feature = "maps")]
use crate::complaint::words_of;

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

/// Why a file cannot grow, where its disk or the limit for files says so: of a library that does not.
#[cfg(feature = "maps")]
pub(super) fn why_full(path: &Path) -> Option<String> {
    /// What a file grows by at a time, at most, as a library writes it.
    const MOST: u64 = 1 << 20;
    let length = std::fs::metadata(path).map_or(0, |about| about.len());
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let kind = if limit.is_some_and(|limit| limit < length + MOST) {
        io::ErrorKind::FileTooLarge
    } else if free_bytes(folder).is_ok_and(|free| free < u128::from(MOST)) {
        io::ErrorKind::StorageFull
    } else {
        return None;
    };
    Some(words_of(&kind.into()))
}

/// Opens a file to read it. What is not a regular file, such as a pipe, which would be waited for, counts as absent.
///
/// # Errors
/// When it is absent, or the file system refuses.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(at_once).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// The whole of a file, if it is a regular one.
///
/// # Errors
/// As [`open_regular`].
pub(super) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut open_regular(path)?, &mut bytes)?;
    Ok(bytes)
}

/// Whether files in a folder, or where it will be, can be locked. Where that cannot be tried they can.
pub fn has_locks(folder: &Path) -> bool {
    let here = std::path::absolute(folder).or_else(|_| std::env::current_dir()).unwrap_or_default();
    let Some(present) = here.ancestors().find(|above| above.is_dir()) else { return true };
    aside::remove_leftovers(&present.join(".ictus"));
    let trial = present.join(format!(".ictus.{}.part", std::process::id()));
    let Ok(file) = OpenOptions::new().write(true).create_new(true).open(&trial) else { return true };
    let locked = file.try_lock();
    // If it stays it is in nobody's way.
    let _ = std::fs::remove_file(&trial);
    !is_without_locks(locked)
}

/// Whether a file's system knows no locks.
#[cfg(feature = "maps")]
pub(super) fn lacks_locks(file: &File) -> bool {
    is_without_locks(file.try_lock_shared())
}

fn is_without_locks(locked: Result<(), std::fs::TryLockError>) -> bool {
    let Err(std::fs::TryLockError::Error(error)) = locked else { return false };
    let without = [rustix::io::Errno::NOLCK, rustix::io::Errno::OPNOTSUPP, rustix::io::Errno::NOSYS];
    without.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Whether another program has locked a file for itself, as HDF5 does with one that it writes.
#[cfg(feature = "maps")]
pub(super) fn is_locked(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
}
