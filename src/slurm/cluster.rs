//! The cluster's own commands: what it allows is asked of `scontrol` and `sinfo`, jobs go to `sbatch`. The only file of the room
//! that starts a process.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use crate::complaint::words_of;

use super::limits::SINFO_FORMAT;
use super::{Cluster, NoSuchPartition};

/// Why the cluster did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The command is not there.
    #[error(
        "there is no `{command}` here; call this on a login node of the cluster, or look at the script with --dry-run"
    )]
    Absent {
        /// The command.
        command: &'static str,
    },
    /// The command says no.
    #[error("{command} refused: {message}")]
    Refused {
        /// The command.
        command: &'static str,
        /// What it says.
        message: String,
    },
    /// The partition of the profile is not there.
    #[error(transparent)]
    Partition(#[from] NoSuchPartition),
}

impl ClusterError {
    /// Whether the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        matches!(self, Self::Partition(_))
    }
}

/// Asks the cluster what it allows in a partition, or in its default one.
///
/// # Errors
/// When there is no Slurm here, it does not answer, or the partition is not there.
pub fn ask(partition: Option<&str>) -> Result<Cluster, ClusterError> {
    let format = format!("--format={SINFO_FORMAT}");
    let sinfo = said("sinfo", &["--noheader", &format])?;
    let config = said("scontrol", &["show", "config"])?;
    Ok(Cluster::read(&config, &sinfo, partition)?)
}

/// A job that the queue has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its number.
    Number(String),
    /// What `sbatch` said instead of a number that could be read.
    Words(String),
}

impl Taken {
    /// From what `sbatch --parsable` prints: `job`, or `job;cluster` where several clusters are served, on a line of its own;
    /// wrappers that forget the option print `Submitted batch job 7`.
    fn read(said: &str) -> Self {
        let number = |text: &str| {
            let job = text.split(';').next().unwrap_or_default().trim();
            (!job.is_empty() && job.bytes().all(|byte| byte.is_ascii_digit())).then(|| job.to_owned())
        };
        let alone = said.lines().rev().find_map(number);
        let in_words = || {
            let rest =
                said.lines().rev().find_map(|line| line.trim().strip_prefix("Submitted batch job "))?;
            number(rest.split_whitespace().next()?)
        };
        alone.or_else(in_words).map_or_else(|| Self::Words(said.trim().to_owned()), Self::Number)
    }
}

/// Gives a script to `sbatch`; `options` come before it. The number of the job, as far as it can be read.
///
/// # Errors
/// When there is no `sbatch` here, or it refuses.
pub fn submit(script: &Path, options: &[String]) -> Result<Taken, ClusterError> {
    let mut arguments: Vec<&str> = vec!["--parsable"];
    arguments.extend(options.iter().map(String::as_str));
    let script = script.to_string_lossy();
    arguments.push(&script);
    Ok(Taken::read(&said("sbatch", &arguments)?))
}

/// What a command prints.
fn said(command: &'static str, arguments: &[&str]) -> Result<String, ClusterError> {
    let Output { status, stdout, stderr } = match Command::new(command).args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ClusterError::Absent { command });
        }
        Err(error) => return Err(ClusterError::Refused { command, message: words_of(&error) }),
    };
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&stderr);
    let message = match words.trim() {
        "" => format!("it ended with {status}"),
        words => words.to_owned(),
    };
    Err(ClusterError::Refused { command, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_job_is_read_from_whatever_sbatch_says_around_it() {
        for said in ["7\n", "7;west\n", "welcome\n7\n", "7\nhave a nice day\n", "Submitted batch job 7\n"] {
            assert_eq!(Taken::read(said), Taken::Number("7".to_owned()), "{said}");
        }
        assert_eq!(Taken::read("queued as seven\n"), Taken::Words("queued as seven".to_owned()));
        assert_eq!(Taken::read(""), Taken::Words(String::new()));
    }
}
