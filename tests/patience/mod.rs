//! Waiting for what will happen: as long as it takes, within one bound that no machine needs. Knows nothing of what is awaited.

#![allow(dead_code, reason = "every test program that includes this file uses its own part of it")]

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// So long waits a test before it says that what it waits for does not happen.
pub(crate) const MOST: Duration = Duration::from_secs(240);

/// Waits until something holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < MOST, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The bytes of all journals of a run; one that is removed meanwhile has none.
pub(crate) fn bytes_of_journals(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder.join("journals")).into_iter().flatten().flatten();
    entries.map(|entry| entry.metadata().map_or(0, |journal| journal.len())).sum()
}

/// Waits until the journals of a run have so many bytes, or the process is over. It is left for its owner to be waited for.
#[track_caller]
pub(crate) fn wait_for_bytes(folder: &Path, bytes: u64, child: &mut Child) {
    wait_until("rows", || bytes_of_journals(folder) >= bytes || child.try_wait().expect("a child").is_some());
}
