//! The record of a run: how far it is, what it found so far, who works on it. Made by whoever speaks for the run, read by
//! anybody. Knows numbers and names; what a regime is, and how points are measured, it does not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::store::disk::read_regular;
use crate::store::{StoreError, date};

/// The record's name in a folder.
pub(super) const RECORD: &str = "status.json";

/// The name of the line for `grep` in a folder.
pub(super) const LINE: &str = "status.txt";

/// What a run is doing, so far as it says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It computes, or writes its map.
    Running,
    /// It was stopped and can be resumed.
    Stopped,
    /// Every point is measured and the map is written.
    Finished,
    /// The machine failed; `note` says how.
    Failed,
    /// It says that it is running, its processes are gone, and something is left to do. No record says this of itself.
    Died,
}

impl State {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Died => "died",
        }
    }
}

/// What one process of a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activity {
    /// It measures points.
    Computing,
    /// Its results wait for the disk.
    Writing,
    /// It has nothing to do until others are done.
    Waiting,
    /// It was not heard of for longer than it should be.
    Silent,
    /// It is gone; what it had in hand is measured by others.
    Lost,
    /// It has left in good order.
    Left,
}

impl Activity {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Computing => "computing",
            Self::Writing => "writing",
            Self::Waiting => "waiting",
            Self::Silent => "silent",
            Self::Lost => "lost",
            Self::Left => "left",
        }
    }
}

/// One process of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// Its number among the processes of the run.
    pub rank: u32,
    /// The machine it runs on.
    pub host: String,
    /// Its number on that machine.
    pub process: u32,
    /// How many threads it computes with.
    pub threads: u32,
    /// How many points it has measured.
    pub done: u64,
    /// The name of its journal, without the ending, where it has shared a folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub journal: String,
    /// When it was last heard of, in UTC as ISO 8601.
    pub heard: String,
    /// What it is doing.
    pub activity: Activity,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What it is doing.
    pub state: State,
    /// Why it has ended, or another word about it; empty if there is none.
    #[serde(default)]
    pub note: String,
    /// All points of the space.
    pub points: u64,
    /// Those that the journals hold, these included that were there before.
    pub done: u64,
    /// Those that were there before.
    pub taken: u64,
    /// How many of the points that the journals hold have failed, by the name of the status.
    pub failed: BTreeMap<String, u64>,
    /// The regimes of the points that the journals hold, by name.
    pub regimes: BTreeMap<String, u64>,
    /// Seconds of a processor that it took to measure what the journals hold, by this run and by those before it.
    #[serde(default)]
    pub measuring_seconds: f64,
    /// Points a second.
    pub rate: f64,
    /// Seconds until everything is measured, once that can be said.
    pub seconds_left: Option<f64>,
    /// When the run began, in UTC as ISO 8601.
    pub started: String,
    /// When this was written, in UTC as ISO 8601.
    pub updated: String,
    /// Seconds since the run began.
    pub seconds: f64,
    /// Seconds that threads were kept busy by this run, computing or not.
    pub core_seconds: f64,
    /// Seconds that machines were kept busy by this run.
    pub node_seconds: f64,
    /// The processes, by rank.
    pub workers: Vec<Worker>,
}

impl Record {
    /// The record of a run that begins now.
    pub fn begin(points: u64, taken: u64) -> Self {
        let now = date(SystemTime::now());
        Self {
            state: State::Running,
            note: String::new(),
            points,
            done: taken,
            taken,
            failed: BTreeMap::new(),
            regimes: BTreeMap::new(),
            measuring_seconds: 0.0,
            rate: 0.0,
            seconds_left: None,
            started: now.clone(),
            updated: now,
            seconds: 0.0,
            core_seconds: 0.0,
            node_seconds: 0.0,
            workers: Vec::new(),
        }
    }

    /// How many machines work on it.
    pub fn nodes(&self) -> usize {
        let hosts: std::collections::BTreeSet<&str> =
            self.working().map(|worker| worker.host.as_str()).collect();
        hosts.len()
    }

    /// How many threads work on it.
    pub fn cores(&self) -> u64 {
        self.working().map(|worker| u64::from(worker.threads)).sum()
    }

    fn working(&self) -> impl Iterator<Item = &Worker> {
        self.workers.iter().filter(|worker| !matches!(worker.activity, Activity::Lost | Activity::Left))
    }

    /// How many points have failed.
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Core-hours that the measuring has used so far, as a map says, and those that it will still use once that can be said.
    pub fn core_hours(&self) -> (f64, Option<f64>) {
        (self.measuring_seconds / 3600.0, self.seconds_left.map(|left| left * self.cores() as f64 / 3600.0))
    }

    /// Hours for which this run has kept threads, computing or not.
    pub fn core_hours_kept(&self) -> f64 {
        self.core_seconds / 3600.0
    }

    /// Node-hours used so far, and those that will still be used once that can be said.
    pub fn node_hours(&self) -> (f64, Option<f64>) {
        (self.node_seconds / 3600.0, self.seconds_left.map(|left| left * self.nodes() as f64 / 3600.0))
    }

    /// One line for `grep`: `key=value`, in a fixed order, without spaces in a value.
    pub fn line(&self) -> String {
        let mut line = format!(
            "ictus status={} points={} done={} taken={} failed={} rate={:.1}",
            self.state.name(),
            self.points,
            self.done,
            self.taken,
            self.failures(),
            self.rate
        );
        let left = self.seconds_left.map_or("unknown".to_owned(), |seconds| format!("{seconds:.0}"));
        write!(line, " seconds_left={left} workers={} updated={}", self.workers.len(), self.updated)
            .expect("a string takes any text");
        line
    }

    /// Writes the record and its line into a folder, each aside and renamed, so that a reader never sees half of one.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        replace(&folder.join(RECORD), json(self).as_bytes())?;
        replace(&folder.join(LINE), format!("{}\n", self.line()).as_bytes())
    }

    /// Reads the record of a folder; `None` if there is none, or none that this version understands.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join(RECORD);
        match read_regular(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Io { action: "read", path, source }),
        }
    }
}

/// A record as JSON.
pub(super) fn json<T: Serialize>(record: &T) -> String {
    serde_json::to_string_pretty(record).expect("a record has names for keys")
}

/// Writes a small file aside and renames it. It is not synced: after a power loss an older one, or none, tells less.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let aside = path.with_file_name(name);
    let written = fs::File::create(&aside).and_then(|mut file| file.write_all(bytes));
    let done = written
        .map_err(StoreError::io("write", &aside))
        .and_then(|()| fs::rename(&aside, path).map_err(StoreError::io("rename", &aside)));
    if done.is_err() {
        // What could not be written is in nobody's way.
        let _ = fs::remove_file(&aside);
    }
    done
}

/// When something was heard of that has been silent for so long.
pub fn heard(age: Duration) -> String {
    date(SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let worker = |rank, host: &str, threads| Worker {
            rank,
            host: host.into(),
            process: 100 + rank,
            threads,
            done: 250,
            journal: String::new(),
            heard: heard(Duration::ZERO),
            activity: Activity::Computing,
        };
        Record {
            done: 600,
            failed: BTreeMap::from([("diverged".into(), 3), ("panic".into(), 1)]),
            rate: 12.34,
            seconds_left: Some(32.4),
            seconds: 1800.0,
            core_seconds: 1800.0 * 16.0,
            node_seconds: 1800.0 * 2.0,
            workers: vec![worker(0, "a", 4), worker(1, "a", 4), worker(2, "b", 8)],
            ..Record::begin(1000, 100)
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(folder.path()).unwrap(), None);
        record().write(folder.path()).unwrap();
        let mut read = Record::read(folder.path()).unwrap().unwrap();
        assert_eq!(read, record_at(&read));
        read.state = State::Finished;
        read.write(folder.path()).unwrap();
        assert_eq!(Record::read(folder.path()).unwrap().unwrap().state, State::Finished);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left aside");
    }

    /// The record with the times of another.
    fn record_at(other: &Record) -> Record {
        let mut record = record();
        record.started.clone_from(&other.started);
        record.updated.clone_from(&other.updated);
        for (worker, like) in record.workers.iter_mut().zip(&other.workers) {
            worker.heard.clone_from(&like.heard);
        }
        record
    }

    #[test]
    fn the_line_can_be_searched() {
        let line = record().line();
        let head = "ictus status=running points=1000 done=600 taken=100 failed=4 rate=12.3 seconds_left=32 workers=3";
        assert!(line.starts_with(head), "{line}");
        assert!(line.contains(" updated=20") && !line.contains('\n'), "{line}");
    }

    #[test]
    fn hours_are_counted_by_machine_and_by_thread() {
        let record = record();
        assert_eq!((record.nodes(), record.cores()), (2, 16));
        assert!((record.node_hours().0 - 1.0).abs() < 1e-12);
        assert!((record.core_hours().1.unwrap() - 0.144).abs() < 1e-12);
    }

    #[test]
    fn a_record_that_is_damaged_or_of_another_version_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(RECORD), "{\"state\":").unwrap();
        assert_eq!(Record::read(folder.path()).unwrap(), None);
    }
}
