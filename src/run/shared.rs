//! A run whose folder several processes share: enter, measure with the others, and let one of them write the map. Knows the order
//! of things; how tiles are shared, the schedule knows.

use std::time::{Duration, Instant, SystemTime};

use crate::schedule::joined::{self, Ending};
use crate::schedule::{Progress, physical_cores};
use crate::simulate::Survey;
use crate::store::provenance::{Prediction, Provenance};
use crate::store::status::{Activity, Record, State};
use crate::store::{Counts, Fate, Folder, GoesOn, Keeping, Membership, StoreError};
use crate::study::Study;

use super::look::{classify, names, settle};
use super::report::Reporter;
use super::{Options, Outcome, Phase, RunError, Sharing, core_hours, extend, write};

/// Whom a process waits for is said after so long, and then as often...
const PATIENCE: Duration = Duration::from_secs(2);

/// ...but ever more rarely, up to this.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);

/// Before it enters once more.
const PAUSE: Duration = Duration::from_millis(100);

/// So often rows may be missing that were finished before the map is given up.
const MOST_LOSSES: u32 = 5;

/// Measures, with all others that do so, every point that the folder's journals do not hold yet; one of them writes the map.
pub(super) fn run(study: &Study, options: Options<'_>, sharing: Sharing) -> Result<Outcome, RunError> {
    let survey = study.survey()?;
    let threads = options.threads.unwrap_or_else(physical_cores).max(1);
    let mut process = Process {
        study,
        survey,
        reporter: Reporter::new(names(study), threads),
        options,
        started: SystemTime::now(),
        sharing,
        since: None,
        losses: 0,
    };
    loop {
        // A process that was silent for too long enters anew, with another journal.
        if let Some(outcome) = process.take_part()? {
            return Ok(outcome);
        }
    }
}

struct Process<'study, 'run> {
    study: &'study Study,
    survey: Survey,
    reporter: Reporter,
    options: Options<'run>,
    started: SystemTime,
    sharing: Sharing,
    /// When it entered for the first time.
    since: Option<SystemTime>,
    /// How often rows were missing that were finished.
    losses: u32,
}

/// Says whom a process waits for, if it does for long.
struct Waiting {
    since: Option<Instant>,
    patience: Duration,
}

impl Waiting {
    fn note(&mut self, waits_for: Option<&str>, tell: &mut dyn FnMut(&str)) {
        let Some(whom) = waits_for else {
            *self = Self { since: None, patience: PATIENCE };
            return;
        };
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.patience {
            tell(&format!("waiting for {whom}"));
            self.since = Some(Instant::now());
            self.patience = (2 * self.patience).min(LONGEST_PATIENCE);
        }
    }
}

impl Process<'_, '_> {
    /// Enters the folder and stays until everything is measured or it should stop; gives `None` if it has to enter anew.
    fn take_part(&mut self) -> Result<Option<Outcome>, RunError> {
        let space = self.study.space();
        let width = self.survey.quantities().len();
        let wish = self.options.stop.clone();
        let Some((mut folder, mut membership)) = self.enter(&|| !wish.is_requested())? else {
            return Ok(None);
        };
        let classify = |status: u8, row: &[f64]| classify(&self.survey, status, row);
        // The others should not take it for dead meanwhile; the more is there, the less it matters that not all of it is counted.
        let (began, patience) = (Instant::now(), self.sharing.expiry / 6);
        let counts_on = || !wish.is_requested() && began.elapsed() < patience;
        folder.count(space, width, &classify, &counts_on)?;
        let begun = Progress::at_start(space, &folder);
        membership.beat(self.reporter.record(&begun, State::Running, Activity::Waiting))?;
        (self.options.watch)(Phase::Opened(&folder));
        let reporter = self.reporter.clone();
        let watch = &mut *self.options.watch;
        let mut waiting = Waiting { since: None, patience: PATIENCE };
        let sharing = joined::Options {
            threads: self.options.threads,
            stop: self.options.stop.clone(),
            watch: &mut |progress| {
                watch(Phase::Measuring(progress));
                waiting.note(progress.waits_for.as_deref(), &mut |remark| watch(Phase::Remark(remark)));
            },
            record: &|progress, activity| reporter.record(progress, State::Running, activity),
        };
        let measured = joined::run(&self.survey, space, &mut folder, &mut membership, sharing);
        let measured = match measured {
            Ok(measured) => measured,
            Err(error) => {
                let record = reporter.record(&begun, State::Failed, Activity::Left);
                // What is told is the first error.
                let _ = membership.leave(Record { note: error.to_string(), ..record });
                return Err(error.into());
            }
        };
        let record = |state| reporter.record(&measured.progress, state, Activity::Waiting);
        let mut outcome = Outcome {
            is_complete: matches!(measured.ending, Ending::Complete),
            map: None,
            summary: None,
            elsewhere: None,
            progress: measured.progress.clone(),
            threads: measured.threads,
            has_briefed: false,
        };
        match measured.ending {
            Ending::Lost => {
                membership.vanish();
                return Ok(None);
            }
            Ending::Stopped => {
                membership.leave(record(State::Stopped))?;
                return Ok(Some(outcome));
            }
            Ending::Complete if !self.options.makes_map => {
                membership.leave(record(State::Finished))?;
                return Ok(Some(outcome));
            }
            Ending::Complete => {}
        }
        membership.beat(record(State::Running))?;
        let keeping = match folder.keep(space, width, &mut membership, &|| !wish.is_requested()) {
            Err(error) if error.is_interruption() => {
                membership.leave(record(State::Stopped))?;
                return Err(error.into());
            }
            keeping => keeping?,
        };
        match keeping {
            Keeping::Elsewhere(holder) => {
                outcome.elsewhere = Some(format!("{holder}, writes the map"));
                membership.leave(record(State::Finished))?;
            }
            Keeping::Done => {
                outcome.elsewhere = Some("another process has written the map".to_owned());
                membership.vanish();
            }
            // Whoever was believed to have finished something may have lost it since, as by a power loss.
            Keeping::Mine if folder.finished().points() < space.points() => {
                membership.leave(record(State::Stopped))?;
                self.losses += 1;
                if self.losses > MOST_LOSSES {
                    return Err(StoreError::Unreadable { folder: self.options.folder.clone() }.into());
                }
                return Ok(None);
            }
            Keeping::Mine => {
                self.write_map(&mut folder, &mut membership, &mut outcome, &record)?;
                if outcome.is_complete {
                    membership.vanish();
                } else {
                    membership.leave(record(State::Stopped))?;
                }
            }
        }
        Ok(Some(outcome))
    }

    /// Enters the folder, after what an earlier extent of the study has measured there was taken; gives `None` if another process is at that.
    fn enter(&mut self, goes_on: &GoesOn<'_>) -> Result<Option<(Folder, Membership)>, RunError> {
        let Options { folder, stop, watch, fate, .. } = &mut self.options;
        if *fate == Fate::Resume {
            extend::take(self.study, folder, true, stop, &mut **watch)?;
        }
        let what = (self.study.space(), self.survey.quantities().len());
        match Folder::join_while(
            folder,
            &self.study.identity(),
            what,
            (self.sharing.expiry, self.since),
            goes_on,
        ) {
            Err(StoreError::InUse { .. }) if goes_on() => {
                std::thread::sleep(PAUSE);
                Ok(None)
            }
            entered => {
                let (folder, mut membership) = entered?;
                if let Some(interval) = self.sharing.heartbeat {
                    membership.beat_every(interval);
                }
                self.since = Some(membership.since());
                Ok(Some((folder, membership)))
            }
        }
    }

    fn write_map(
        &mut self,
        folder: &mut Folder,
        membership: &mut Membership,
        outcome: &mut Outcome,
        record: &dyn Fn(State) -> Record,
    ) -> Result<(), RunError> {
        let provenance = Provenance {
            command: self.options.command.clone(),
            started: self.started,
            threads: outcome.threads,
            taken: outcome.progress.taken,
            computed: outcome.progress.computed,
            core_hours: core_hours(folder),
            prediction: Prediction::find(folder.path()),
        };
        let path = folder.map();
        let mut beaten = Ok(());
        let watch = &mut *self.options.watch;
        let told = &mut |phase: Phase<'_>| {
            if membership.is_due() && beaten.is_ok() {
                beaten = membership.beat(record(State::Running));
            }
            watch(phase);
        };
        let stop = &self.options.stop;
        outcome.summary = write(self.study, &self.survey, &provenance, folder, (&path, stop), told)?;
        beaten?;
        if outcome.summary.is_none() {
            outcome.is_complete = false;
            return Ok(());
        }
        outcome.map = Some(path);
        let mut whole = membership.whole()?;
        if let Some(summary) = &outcome.summary {
            let counts = Counts {
                points: self.study.space().points(),
                statuses: summary.statuses.clone(),
                regimes: summary.regimes.clone(),
                seconds: 3600.0 * core_hours(folder),
                ..Counts::default()
            };
            settle(&mut whole, &counts, &names(self.study), counts.points, true);
        }
        folder.finish(membership, &whole)?;
        Ok(())
    }
}
