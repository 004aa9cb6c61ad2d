//! How this process was started: alone, or as one of several ranks by a launcher; and wrong launches, with their remedy. Knows the
//! variables that launchers set, and no wire but by name.

use crate::schedule::mailbox::Mailbox;
use crate::schedule::seats;

/// What this process is in its run.
pub enum Role {
    /// The only process.
    Alone,
    /// Rank 0 of several.
    Coordinator(Box<dyn Mailbox>),
    /// Another rank.
    Worker(Box<dyn Mailbox>),
}

/// Why a launch is refused.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// Several copies without a wire.
    #[error(
        "this ictus was started as {ranks} processes and is built without MPI, so that each would compute everything; give --join, so that they share the folder, start it once, or build it with `cargo build --release --features mpi` (docs/install.md)"
    )]
    WithoutMpi {
        /// How many the launcher has started.
        ranks: usize,
    },
    /// A launcher of another MPI.
    #[error(
        "the launcher has started {ranks} processes, and the MPI library of this ictus ({library}) sees only itself: they are of different makes; start it with the launcher of that library, or build ictus anew with MPICC set to the compiler beside this launcher"
    )]
    OtherMpi {
        /// How many the launcher has started.
        ranks: usize,
        /// What the library calls itself.
        library: String,
    },
    /// The library does not start.
    #[error("MPI does not start: {reason}; see to the MPI installation, or run without a launcher")]
    Mpi {
        /// What it says.
        reason: String,
    },
    /// Where it was put.
    #[error("{0}")]
    Seat(String),
}

/// What a launcher has said in variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// How many processes it has started; 0 without a launcher.
    pub ranks: usize,
    /// Which of them this is.
    pub rank: usize,
}

/// Variables with the number of processes and the own number, the most certain first. `SLURM_STEP_NUM_TASKS` comes last, as what
/// another launcher starts inside a step inherits it.
const VARIABLES: [(&str, &str); 4] = [
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("PMI_SIZE", "PMI_RANK"),
    ("PALS_SIZE", "PALS_RANKID"),
    ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
];

impl Launch {
    /// Reads what a launcher has said.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| variable(name)?.trim().parse::<usize>().ok();
        let said = |(size, rank): (&str, &str)| Some(Self { ranks: number(size)?, rank: number(rank)? });
        VARIABLES.into_iter().find_map(said).unwrap_or_default()
    }

    /// Reads what the launcher of this process has said.
    pub fn of_this_process() -> Self {
        Self::read(&|name| std::env::var(name).ok())
    }

    /// Whether this process is the one that speaks to the user.
    pub fn speaks(self) -> bool {
        self.rank == 0
    }
}

/// Finds out what this process is, and joins the others if there are some. `threads` is what was asked for.
///
/// # Errors
/// When the launch cannot have been meant.
pub fn discover(launch: Launch, threads: Option<usize>) -> Result<Role, LaunchError> {
    if launch.ranks == 0 {
        return Ok(Role::Alone);
    }
    let role = join(launch)?;
    if matches!(role, Role::Alone)
        && let Some(conflict) = seats::conflict(&[&seats::here(threads)])
    {
        return Err(LaunchError::Seat(conflict));
    }
    Ok(role)
}

#[cfg(feature = "mpi")]
fn join(launch: Launch) -> Result<Role, LaunchError> {
    let wire = super::mpi::Wire::start().map_err(|reason| LaunchError::Mpi { reason })?;
    match (wire.ranks(), wire.rank()) {
        (1, _) if launch.ranks > 1 => {
            let library = super::mpi::library();
            Err(LaunchError::OtherMpi { ranks: launch.ranks, library })
        }
        (1, _) => Ok(Role::Alone),
        (_, 0) => Ok(Role::Coordinator(Box::new(wire))),
        _ => Ok(Role::Worker(Box::new(wire))),
    }
}

#[cfg(not(feature = "mpi"))]
fn join(launch: Launch) -> Result<Role, LaunchError> {
    let Launch { ranks, .. } = launch;
    if ranks > 1 { Err(LaunchError::WithoutMpi { ranks }) } else { Ok(Role::Alone) }
}

/// What is wrong with where this process was put, if anything is: on one core of a node of many, for instance.
pub fn misplacement() -> Option<String> {
    seats::conflict(&[&seats::here(None)])
}

/// What the MPI library calls itself, where the program has one.
pub fn library() -> Option<String> {
    #[cfg(feature = "mpi")]
    return Some(super::mpi::library());
    #[cfg(not(feature = "mpi"))]
    None
}

/// What the MPI library says that threads may do, while this process has a wire.
pub fn threading() -> Option<&'static str> {
    #[cfg(feature = "mpi")]
    return super::mpi::threading();
    #[cfg(not(feature = "mpi"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Launch {
        Launch::read(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_launcher_says_how_many_it_has_started() {
        assert_eq!(read(&[]), Launch { ranks: 0, rank: 0 });
        assert_eq!(read(&[("PMI_SIZE", "3"), ("PMI_RANK", "2")]), Launch { ranks: 3, rank: 2 });
        let inside_a_step = [
            ("SLURM_STEP_NUM_TASKS", "2"),
            ("SLURM_PROCID", "1"),
            ("OMPI_COMM_WORLD_SIZE", "8"),
            ("OMPI_COMM_WORLD_RANK", "5"),
        ];
        assert_eq!(read(&inside_a_step), Launch { ranks: 8, rank: 5 });
        assert_eq!(read(&inside_a_step[..2]), Launch { ranks: 2, rank: 1 });
    }

    #[test]
    fn a_batch_script_of_a_large_allocation_is_no_rank() {
        assert_eq!(read(&[("SLURM_NTASKS", "64"), ("SLURM_PROCID", "0")]).ranks, 0);
    }
}
