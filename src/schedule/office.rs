//! The main thread of rank 0, as the coordinator's hands: it carries messages to and from it, tells how the run goes, and ends a
//! job that has stalled. Knows clocks and mailboxes; who is granted what, the coordinator decides.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, SystemTime};

use crate::schedule::clerk::PANICKED;
use crate::schedule::clock::Clock;
use crate::schedule::coordinator::Coordinator;
use crate::schedule::mailbox::{Mailbox, Slot};
use crate::schedule::{Progress, ScheduleError};
use crate::store::provenance::date;
use crate::store::status::Worker;

/// How often the watcher is told.
const TELL: Duration = Duration::from_millis(100);

/// How often it is asked whether a rank has stalled.
pub(super) const WATCH: Duration = Duration::from_secs(1);

/// The exit code of a job that is ended since a rank does not go on.
pub(super) const STALLED: u8 = 4;

/// The main thread of rank 0, as the coordinator.
pub(super) struct Office<'run> {
    pub(super) coordinator: Coordinator,
    pub(super) outside: &'run mut dyn Mailbox,
    /// The wire to the worker that rank 0 is too.
    pub(super) inside: Slot,
    pub(super) clock: Clock,
    pub(super) start: Progress,
    /// When, by the clock.
    pub(super) told: f64,
    pub(super) watched: f64,
    pub(super) notes: Vec<String>,
    pub(super) stalled: Option<String>,
}

impl Office<'_> {
    /// Serves everybody once; gives whether there was anything to do.
    pub(super) fn serve(&mut self) -> bool {
        let now = self.clock.seconds();
        let mut is_busy = false;
        while let Some((_, message)) = self.inside.receive() {
            self.coordinator.receive(0, &message, now);
            is_busy = true;
        }
        while let Some((from, message)) = self.outside.receive() {
            self.coordinator.receive(from, &message, now);
            is_busy = true;
        }
        for rank in self.outside.lost() {
            self.coordinator.lose(rank, now);
        }
        while let Some((to, message)) = self.coordinator.outgoing() {
            let (mailbox, to): (&mut dyn Mailbox, usize) =
                if to == 0 { (&mut self.inside, 1) } else { (self.outside, to) };
            mailbox.send(to, &message);
        }
        is_busy
    }

    /// A coordinator that panics takes the whole job with it at once: the others would wait for ever.
    pub(super) fn guarded(&mut self, work: impl FnOnce(&mut Self) -> bool) -> bool {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(is_busy) => is_busy,
            Err(panic) => {
                self.outside.abort(PANICKED);
                resume_unwind(panic)
            }
        }
    }

    /// Says how it goes, and ends the job if a rank does not go on.
    pub(super) fn supervise(&mut self, watch: &mut dyn FnMut(&Progress), tell: &mut dyn FnMut(&str)) {
        for remark in self.coordinator.take_remarks() {
            tell(&remark);
        }
        for note in self.coordinator.take_notes() {
            self.notes.push(note);
        }
        let now = self.clock.seconds();
        if now - self.told >= TELL.as_secs_f64() {
            self.told = now;
            watch(&self.progress());
        }
        if now - self.watched >= WATCH.as_secs_f64() && self.stalled.is_none() {
            self.watched = now;
            if let Some(report) = self.coordinator.stalled(now) {
                let error = ScheduleError::Stalled(report.clone());
                tell(&format!("error: {error}"));
                self.outside.abort(STALLED);
                self.stalled = Some(report);
            }
        }
    }

    /// How far all ranks have come together.
    pub(super) fn progress(&self) -> Progress {
        let (now, elapsed) = (SystemTime::now(), self.clock.seconds());
        let mut progress = Progress {
            elapsed: Duration::from_secs_f64(elapsed),
            panics: self.notes.clone(),
            ..self.start.clone()
        };
        for (rank, worker) in self.coordinator.workers().iter().enumerate() {
            progress.add(worker.beat.computed, worker.beat.statuses, &worker.beat.regimes, Vec::new());
            let silence = Duration::from_secs_f64((elapsed - worker.heard).max(0.0));
            progress.workers.push(Worker {
                rank: rank as u32,
                host: worker.seat.host.clone(),
                process: worker.seat.process,
                threads: worker.seat.threads,
                done: worker.beat.computed,
                journal: String::new(),
                heard: date(now - silence),
                activity: worker.activity(elapsed),
            });
        }
        let slowest = self.coordinator.workers().iter().map(|worker| worker.beat.slowest).fold(0.0, f64::max);
        progress.rest = progress.told(self.coordinator.rest(), slowest);
        progress
    }

    pub(super) fn threads(&self) -> usize {
        self.coordinator.workers().iter().map(|worker| worker.seat.threads as usize).sum()
    }
}
