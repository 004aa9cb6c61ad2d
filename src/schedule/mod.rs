//! Distribution of work. The order of work ([`Planner`]) is pure logic; a [`Crew`] of threads measures what a [`Source`]
//! hands out; [`local`] puts them together on one machine, [`joined`] in a folder
//! that several processes share. What may kill a process is measured last, and alone. Knows neither physics nor files: an experiment
//! measures, a folder keeps.

mod careful;
mod clerk;
mod clock;
mod coordinator;
mod crew;
mod deadline;
pub mod exchange;
mod grants;
pub mod joined;
pub mod launch;
pub mod local;
pub mod mailbox;
#[cfg(feature = "mpi")]
pub mod mpi;
mod office;
mod panics;
mod piece;
mod planner;
mod progress;
pub mod ranks;
pub mod seats;
mod source;
mod stop;
mod threads;

pub use clock::Clock;
pub use coordinator::{Condition, Coordinator, Failure, Worker};
pub use crew::{Board, Crew};
pub use deadline::{Deadline, Durations, Limit, read_limit};
pub use grants::{Grants, Holding};
pub use planner::Planner;
pub use progress::Progress;
pub use source::{Care, Shared, Source};
pub use stop::{Stop, end, survive_limits_of_size};
pub use threads::{cores_of_the_machine, physical_cores};

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
    /// A rank cannot take part.
    #[error("{0}")]
    Refused(String),
    /// Something broke at another rank.
    #[error("{0}")]
    Rank(String),
    /// A rank does not go on.
    #[error(
        "{0}\nthe job is ended; see to these nodes and run the same command to resume, nothing that was finished is lost"
    )]
    Stalled(String),
    /// What other ranks have finished is not seen here.
    #[error(
        "{missing} points that other ranks have written are not to be seen in {}; give with --output a folder on a file system that all nodes share, or run the same command again once it shows them",
        folder.display()
    )]
    Unseen {
        /// How many.
        missing: u64,
        /// The folder.
        folder: std::path::PathBuf,
    },
}

impl ScheduleError {
    /// Whether the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Store(error) => error.is_callers_fault(),
            Self::Refused(_) => true,
            Self::Threads { .. } | Self::Rank(_) | Self::Stalled(_) | Self::Unseen { .. } => false,
        }
    }
}
