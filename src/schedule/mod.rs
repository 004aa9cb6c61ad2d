//! Who measures what, and when. The order of work ([`Planner`]) is pure logic; a [`Crew`] of threads measures what a [`Source`]
//! hands out; [`local`] puts them together on one machine, [`joined`] in a folder
//! that several processes share. What may kill a process is measured last, and alone. Knows neither physics nor files: an experiment
//! measures, a folder keeps.

mod careful;
mod crew;
mod deadline;
pub mod joined;
pub mod local;
mod planner;
mod source;
mod stop;
mod threads;

pub use crew::{Board, Crew, Progress};
pub use deadline::{Deadline, Durations, read_limit};
pub use planner::Planner;
pub use source::{Care, Shared, Source};
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
