//! Who measures what, and when. The order of work ([`Planner`]) is pure logic; [`local`] runs it over the threads of one machine.
//! Knows neither physics nor files: an experiment measures, a folder keeps.

pub mod local;
mod planner;
mod stop;
mod threads;

pub use planner::Planner;
pub use stop::{Stop, end};
pub use threads::physical_cores;

use crate::store::StoreError;

/// Why a run has ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The folder, a journal or the disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No threads.
    #[error("cannot start {threads} threads: {reason}; give fewer with --threads")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// What the system says.
        reason: String,
    },
}

impl ScheduleError {
    /// Whether the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Store(error) => error.is_callers_fault(),
            Self::Threads { .. } => false,
        }
    }
}
