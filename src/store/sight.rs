//! How long files have been silent: the heartbeats of other processes are the times of their files, which a file server gives by a
//! clock that may differ from this one's, and that may be set back. So what this process has seen itself counts, by its own
//! clock, which only goes forward. Knows nothing of what the files hold.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// What a process has seen of the times of files.
#[derive(Debug, Default)]
pub(super) struct Sight(RefCell<BTreeMap<PathBuf, Seen>>);

#[derive(Clone, Copy, Debug)]
struct Seen {
    touched: SystemTime,
    /// When that time was seen first.
    since: Instant,
    /// Whether another time was seen before.
    has_changed: bool,
}

impl Sight {
    /// For how long a file that was last touched at `touched` has been silent, given the time by the clock of the file server. A file
    /// that was seen to change is judged by this process' own clock; one that was not, also by what its time says, unless that lies
    /// in the future.
    pub(super) fn silence(&self, path: &Path, touched: SystemTime, now: SystemTime) -> Duration {
        self.silence_at(path, touched, now, Instant::now())
    }

    fn silence_at(&self, path: &Path, touched: SystemTime, now: SystemTime, own: Instant) -> Duration {
        let mut files = self.0.borrow_mut();
        let first = Seen { touched, since: own, has_changed: false };
        let seen = files.entry(path.to_owned()).or_insert(first);
        if seen.touched != touched {
            *seen = Seen { touched, since: own, has_changed: true };
        }
        let watched = own.saturating_duration_since(seen.since);
        if seen.has_changed {
            return watched;
        }
        watched.max(now.duration_since(touched).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_counted_by_the_own_clock_once_a_file_was_seen_and_never_waits_for_a_time_in_the_future() {
        let (path, second) = (Path::new("file"), Duration::from_secs(1));
        let (now, own) = (SystemTime::now(), Instant::now());
        let sight = Sight::default();
        // Never seen before: what its time says.
        assert_eq!(sight.silence_at(path, now - 50 * second, now, own), 50 * second);
        assert_eq!(sight.silence_at(path, now - 50 * second, now, own + 60 * second), 60 * second);
        // The clock of the file server jumps; the file was touched just now all the same.
        let touched = now + 5000 * second;
        assert_eq!(sight.silence_at(path, touched, now + 9000 * second, own + 61 * second), Duration::ZERO);
        assert_eq!(sight.silence_at(path, touched, now + 9000 * second, own + 71 * second), 10 * second);
        // A time in the future, and nobody touches the file any more.
        let ahead = Path::new("ahead");
        assert_eq!(sight.silence_at(ahead, now + 9000 * second, now, own), Duration::ZERO);
        assert_eq!(sight.silence_at(ahead, now + 9000 * second, now, own + 180 * second), 180 * second);
    }
}
