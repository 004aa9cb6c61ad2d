//! The time by which ranks judge each other: the machine's, or one that a test plays. Knows nothing of what is judged.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A clock; its clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Hand);

#[derive(Clone, Debug)]
enum Hand {
    Machine(Instant),
    Played(Arc<Mutex<f64>>),
}

impl Clock {
    /// The machine's time, from now on.
    pub fn of_the_machine() -> Self {
        Self(Hand::Machine(Instant::now()))
    }

    /// A time that stands still until [`Clock::advance`].
    pub fn played() -> Self {
        Self(Hand::Played(Arc::default()))
    }

    /// Seconds since it was made.
    pub fn seconds(&self) -> f64 {
        match &self.0 {
            Hand::Machine(began) => began.elapsed().as_secs_f64(),
            Hand::Played(seconds) => *seconds.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Lets so many seconds pass on a played clock; the machine's goes its own way.
    pub fn advance(&self, seconds: f64) {
        if let Hand::Played(own) = &self.0 {
            *own.lock().unwrap_or_else(PoisonError::into_inner) += seconds;
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::of_the_machine()
    }
}
