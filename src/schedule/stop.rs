//! The wish that a run should stop, from a signal, a time limit or the program itself, and the end of the program.
//! Knows nothing of what is stopped.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};

use crate::schedule::{Deadline, Durations, Limit};

/// The exit code of a run that was stopped and can be resumed.
const RESUMABLE: i32 = 75;

/// Ends the program at once, after what it has printed is out, without the farewells that libraries have registered: after a
/// disk has failed, HDF5 would try to write what it could not write before, and may crash in it.
pub fn end(code: u8) -> ! {
    // Nobody is left to be told of a failure.
    let _ = io::Write::flush(&mut io::stdout());
    signal_hook::low_level::exit(i32::from(code))
}

/// Lets writes past a limit of the size of files fail, rather than end the program without a word.
///
/// # Errors
/// When the system does not let signals be caught.
pub fn survive_limits_of_size() -> io::Result<()> {
    // Nobody looks at the flag: the write says it too.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(|_| ())
}

/// A wish that can be made once and seen by all threads.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    wish: Arc<AtomicBool>,
    deadline: Deadline,
    why: Arc<OnceLock<&'static str>>,
}

impl Stop {
    /// A wish that nobody has made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A wish that SIGINT, SIGTERM and SIGUSR1 make, and SIGHUP, as of a terminal that is closed, unless whoever started the
    /// program wants it to be ignored (`nohup`). A second SIGINT, as of an impatient person, ends the process at once and loses
    /// what is in flight; batch systems repeat the other two of themselves.
    ///
    /// # Errors
    /// When the system does not let signals be caught.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::default();
        // In this order, so that the first signal finds the wish not made yet.
        signal_hook::flag::register_conditional_shutdown(SIGINT, RESUMABLE, Arc::clone(&stop.wish))?;
        // Where it cannot be told it is left as it is, so that `nohup` holds.
        let of_terminal = (is_ignored(SIGHUP) == Some(false)).then_some(SIGHUP);
        for signal in [SIGINT, SIGTERM, SIGUSR1].into_iter().chain(of_terminal) {
            signal_hook::flag::register(signal, Arc::clone(&stop.wish))?;
        }
        Ok(stop)
    }

    /// The same wish, made as well when too little time is left.
    #[must_use]
    pub fn before(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }

    /// Makes the wish.
    pub fn request(&self) {
        self.wish.store(true, Ordering::Release);
    }

    /// Makes the wish if too little time is left for another tile, given how long tiles took.
    pub fn look_at_the_clock(&self, tiles: &Durations) {
        if !self.is_requested() && self.deadline.is_near(tiles) {
            // The first reason counts.
            let limit = self.deadline.limit().map_or("before the time limit", Limit::words);
            let _ = self.why.set(limit);
            self.request();
        }
    }

    /// Why the wish was made, as words after "stopped".
    pub fn why(&self) -> &'static str {
        self.why.get().copied().unwrap_or("by a signal")
    }

    /// Whether the wish was made since too little time is left.
    pub fn is_by_the_clock(&self) -> bool {
        self.why.get().is_some()
    }

    /// Whether the wish was made.
    pub fn is_requested(&self) -> bool {
        self.wish.load(Ordering::Acquire)
    }
}

/// Whether this process ignores a signal; `None` where the system does not tell.
fn is_ignored(signal: i32) -> Option<bool> {
    ignores(&std::fs::read_to_string("/proc/self/status").ok()?, signal)
}

/// The same of the text of a process' status (`proc_pid_status(5)`).
fn ignores(status: &str, signal: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_ignored_signal_is_told_from_the_status_of_the_process() {
        let status = "Name:\tictus\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(
            [SIGHUP, SIGINT, 13].map(|signal| ignores(status, signal)),
            [Some(true), Some(false), Some(true)]
        );
        assert_eq!(ignores("Name:\tictus\n", SIGHUP), None);
    }

    #[test]
    fn too_little_time_makes_the_wish_and_says_so() {
        let stop = Stop::new().before(Deadline::after(Duration::from_secs(3600)));
        let mut tiles = Durations::default();
        stop.look_at_the_clock(&tiles);
        assert!(!stop.is_requested());
        tiles.add(2400.0);
        stop.look_at_the_clock(&tiles);
        assert!(!stop.is_requested(), "a long tile is saved");
        let stop = Stop::new().before(Deadline::after(Duration::from_secs(3)));
        stop.look_at_the_clock(&tiles);
        assert!(stop.is_requested());
        assert_eq!(stop.why(), "before the time limit (--time-limit)");
    }
}
