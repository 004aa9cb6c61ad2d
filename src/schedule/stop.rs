//! The wish that a run should stop, from a signal or from the program itself, and the end of the program.
//! Knows nothing of what is stopped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};

/// The exit code of a run that was stopped and can be resumed.
const RESUMABLE: i32 = 75;

/// Ends the program at once, after what it has printed is out, without the farewells that libraries have registered: after a
/// disk has failed, HDF5 would try to write what it could not write before, and may crash in it.
pub fn end(code: u8) -> ! {
    // Nobody is left to be told of a failure.
    let _ = io::Write::flush(&mut io::stdout());
    signal_hook::low_level::exit(i32::from(code))
}

/// A wish that can be made once and seen by all threads.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A wish that nobody has made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A wish that SIGINT, SIGTERM and SIGUSR1 make. A second signal ends the process at once, and loses what is in flight.
    ///
    /// # Errors
    /// When the system does not let signals be caught.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM, SIGUSR1] {
            // In this order, so that the first signal finds the wish not made yet.
            signal_hook::flag::register_conditional_shutdown(signal, RESUMABLE, Arc::clone(&stop.0))?;
            signal_hook::flag::register(signal, Arc::clone(&stop.0))?;
        }
        Ok(stop)
    }

    /// Makes the wish.
    pub fn request(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the wish was made.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
