//! The record of a run while it goes on: what the run's folder says about it to `ictus status`. Knows names of regimes and
//! statuses, and when to write; not what the numbers mean.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crate::schedule::Progress;
use crate::store::provenance::{date, host};
use crate::store::status::{Activity, Record, State, Worker};
use crate::store::{Counts, StoreError, has_whole_map};

use super::look::{put, settle};

/// How often the record is written...
const INTERVAL: Duration = Duration::from_secs(10);

/// ...and how often at first, when a run that has just begun says more every second.
const FIRST_INTERVAL: Duration = Duration::from_secs(1);

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
        let now = date(SystemTime::now());
        let is_running = state == State::Running;
        let worker = Worker {
            rank: 0,
            host: host(),
            process: std::process::id(),
            threads: self.threads as u32,
            done: progress.computed,
            journal: String::new(),
            heard: now.clone(),
            activity: if is_running { activity } else { Activity::Left },
        };
        let workers = if progress.workers.is_empty() { vec![worker] } else { progress.workers.clone() };
        let threads: u64 = workers.iter().map(|worker| u64::from(worker.threads)).sum();
        let hosts: BTreeSet<&str> = workers.iter().map(|worker| worker.host.as_str()).collect();
        let nodes = hosts.len();
        let counts = Counts {
            points: progress.done(),
            statuses: progress.statuses.to_vec(),
            regimes: progress.regimes.clone(),
            ..Counts::default()
        };
        let mut record = Record {
            state,
            rate: if progress.computed > 0 { progress.rate() } else { 0.0 },
            seconds_left: progress.rest.filter(|_| is_running).map(|rest| rest.as_secs_f64()),
            started: date(self.started),
            updated: now,
            seconds,
            core_seconds: seconds * threads as f64,
            node_seconds: seconds * nodes as f64,
            workers,
            ..Record::begin(progress.points, progress.taken)
        };
        put(&mut record, &counts, &self.labels);
        record
    }
}

/// Keeps the record of a run in its folder up to date, on a thread of its own: who measures or coordinates never waits for a disk.
#[derive(Debug)]
pub(super) struct Chronicle {
    reporter: Reporter,
    folder: PathBuf,
    latest: Progress,
    written: Option<Instant>,
    records: SyncSender<Record>,
    /// Ends with why it could not be written, if it could not.
    thread: JoinHandle<Result<(), StoreError>>,
}

impl Chronicle {
    /// For a run in a folder.
    pub(super) fn new(reporter: Reporter, folder: &Path, start: Progress) -> Self {
        let (records, received) = sync_channel::<Record>(1);
        let folder = folder.to_owned();
        let into = folder.clone();
        let thread = std::thread::spawn(move || received.iter().try_for_each(|record| record.write(&into)));
        Self { reporter, folder, latest: start, written: None, records, thread }
    }

    /// Takes note of how it goes. Gives `false` when the record cannot be written.
    pub(super) fn note(&mut self, progress: &Progress) -> bool {
        self.latest = progress.clone();
        // A quarter more every time: a record that is 10 s old says little of a run of 12 s.
        let interval = (progress.elapsed / 4).clamp(FIRST_INTERVAL, INTERVAL);
        if self.written.is_some_and(|written| written.elapsed() < interval) {
            return true;
        }
        self.written = Some(Instant::now());
        let record = self.reporter.record(progress, State::Running, Activity::Computing);
        // Where the disk is slow a record is left out.
        !matches!(self.records.try_send(record), Err(TrySendError::Disconnected(_)))
    }

    /// Writes how it has ended, and what the journals hold.
    pub(super) fn end(self, state: State, note: &str, counts: &Counts) -> Result<(), StoreError> {
        drop(self.records);
        self.thread.join().expect("to write a record does not panic")?;
        let record = self.reporter.record(&self.latest, state, Activity::Left);
        let mut record = Record { state, note: note.to_owned(), ..record };
        let has_whole_map = has_whole_map(&self.folder).unwrap_or(false);
        settle(&mut record, counts, &self.reporter.labels, self.latest.points, has_whole_map);
        record.write(&self.folder)
    }
}
