//! The cluster's own commands: what it allows is asked of `scontrol` and `sinfo`, jobs go to `sbatch`. The only file of the room
//! that starts a process.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

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

/// Gives a script to `sbatch`; `options` come before it. The number of the job.
///
/// # Errors
/// When there is no `sbatch` here, or it refuses.
pub fn submit(script: &Path, options: &[String]) -> Result<String, ClusterError> {
    let mut arguments: Vec<&str> = vec!["--parsable"];
    arguments.extend(options.iter().map(String::as_str));
    let script = script.to_string_lossy();
    arguments.push(&script);
    let said = said("sbatch", &arguments)?;
    // `job`, or `job;cluster` where several clusters are served.
    let job = said.lines().last().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if job.is_empty() || !job.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("it printed `{}` instead of a job's number", said.trim());
        return Err(ClusterError::Refused { command: "sbatch", message });
    }
    Ok(job.to_owned())
}

/// What a command prints.
fn said(command: &'static str, arguments: &[&str]) -> Result<String, ClusterError> {
    let Output { status, stdout, stderr } = match Command::new(command).args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ClusterError::Absent { command });
        }
        Err(error) => return Err(ClusterError::Refused { command, message: error.to_string() }),
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
