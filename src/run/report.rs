//! The record of a run while it goes on: what the run's folder says about it to `ictus status`. Knows names of regimes and
//! statuses, and when to write; not what the numbers mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::experiment::Status;
use crate::schedule::Progress;
use crate::store::StoreError;
use crate::store::provenance::{date, host};
use crate::store::status::{Activity, Record, State, Worker};

/// How often the record is written.
const INTERVAL: Duration = Duration::from_secs(10);

/// Makes the records of a run of one process.
#[derive(Clone, Debug)]
pub(super) struct Reporter {
    labels: Vec<String>,
    threads: usize,
    started: SystemTime,
    began: Instant,
}

impl Reporter {
    /// For a run that begins now, on so many threads, of a study whose points can be called so.
    pub(super) fn new(labels: Vec<String>, threads: usize) -> Self {
        Self { labels, threads, started: SystemTime::now(), began: Instant::now() }
    }

    /// How far the run is.
    pub(super) fn record(&self, progress: &Progress, state: State, activity: Activity) -> Record {
        let seconds = self.began.elapsed().as_secs_f64();
        let counted = |(count, name): (u64, &str)| (count > 0).then(|| (name.to_owned(), count));
        let statuses = Status::ALL.iter().filter(|status| status.is_failure());
        let now = date(SystemTime::now());
        let is_running = state == State::Running;
        let worker = Worker {
            rank: 0,
            host: host(),
            process: std::process::id(),
            threads: self.threads as u32,
            done: progress.computed,
            heard: now.clone(),
            activity: if is_running { activity } else { Activity::Left },
        };
        Record {
            state,
            note: String::new(),
            points: progress.points,
            done: progress.done(),
            taken: progress.taken,
            failed: statuses
                .filter_map(|&status| counted((progress.statuses[status as usize], status.name())))
                .collect(),
            regimes: progress
                .regimes
                .iter()
                .copied()
                .zip(self.labels.iter().map(String::as_str))
                .filter_map(counted)
                .collect::<BTreeMap<_, _>>(),
            rate: progress.rate(),
            seconds_left: progress.rest.filter(|_| is_running).map(|rest| rest.as_secs_f64()),
            started: date(self.started),
            updated: now,
            seconds,
            core_seconds: seconds * self.threads as f64,
            node_seconds: seconds,
            workers: vec![worker],
        }
    }
}

/// Keeps the record of a run that works alone into its folder, now and then.
#[derive(Debug)]
pub(super) struct Chronicle {
    reporter: Reporter,
    folder: PathBuf,
    latest: Progress,
    written: Option<Instant>,
    /// Why it could not be written, once.
    failure: Option<StoreError>,
}

impl Chronicle {
    /// For a run in a folder.
    pub(super) fn new(reporter: Reporter, folder: &Path) -> Self {
        let latest = Progress::default();
        Self { reporter, folder: folder.to_owned(), latest, written: None, failure: None }
    }

    /// Takes note of how it goes; gives whether it could be written, if it was time to.
    pub(super) fn note(&mut self, progress: &Progress) -> bool {
        self.latest = progress.clone();
        if self.failure.is_none() && self.written.is_none_or(|written| written.elapsed() >= INTERVAL) {
            self.written = Some(Instant::now());
            self.failure = self.write(State::Running, "").err();
        }
        self.failure.is_none()
    }

    /// Writes how it has ended.
    pub(super) fn end(&mut self, state: State, note: &str) -> Result<(), StoreError> {
        self.failure.take().map_or(Ok(()), Err)?;
        self.write(state, note)
    }

    fn write(&self, state: State, note: &str) -> Result<(), StoreError> {
        let record = self.reporter.record(&self.latest, state, Activity::Computing);
        Record { note: note.to_owned(), ..record }.write(&self.folder)
    }
}
