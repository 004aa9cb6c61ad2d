//! How far the run of a folder is, said by anybody who can read it: what is counted is counted in the journals, and what only
//! processes know (what they do, whether they live, how long it will take) is what they say. Knows no verb.

use std::path::{Path, PathBuf};

use crate::experiment::{Experiment, Status};
use crate::simulate::Survey;
use crate::store::status::{Record, State};
use crate::store::{self, Counts, Tally, headers};
use crate::study::{Study, StudyError, Texts};

use super::RunError;

/// What is said of a folder where only the map is left.
const MAP_ALONE: &str =
    "its journals are gone, map.nc is left: `ictus info` summarises it; run again to measure everything anew";

/// Looks at a folder again and again; what it has counted once it does not count again.
#[derive(Debug)]
pub struct Watcher {
    folder: PathBuf,
    reading: Option<Reading>,
}

/// What it takes to count in the journals of a folder.
#[derive(Debug)]
struct Reading {
    study: Study,
    survey: Survey,
    tally: Tally,
}

impl Watcher {
    /// For a run's folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), reading: None }
    }

    /// How far the run is; `None` if there is none.
    ///
    /// # Errors
    /// When the journals belong to another study than they say, or the file system refuses.
    pub fn look(&mut self) -> Result<Option<Record>, RunError> {
        // What processes say comes first: whoever has said that all is done has written it before.
        let said = store::look(&self.folder)?;
        let is_known = match &self.reading {
            Some(reading) => reading.tally.is_up_to_date()?,
            None => false,
        };
        if !is_known {
            self.reading = Reading::of(&self.folder)?;
        }
        let Some(Reading { study, survey, tally }) = &mut self.reading else {
            let has_map = store::has_whole_map(&self.folder)?;
            let nothing = |mut record: Record| {
                let points = record.points;
                settle(&mut record, &Counts::default(), &[], points, false);
                if has_map && record.state != State::Running {
                    MAP_ALONE.clone_into(&mut record.note);
                }
                record
            };
            return Ok(said.map(nothing));
        };
        tally.catch_up(&|status, row| classify(survey, status, row), &|| true)?;
        let counts = tally.counts();
        let points = study.space().points();
        // Where nobody has said anything there are journals all the same.
        let begun = || Record { state: State::Stopped, ..Record::begin(points, counts.points) };
        let mut record = said.unwrap_or_else(begun);
        settle(&mut record, counts, &names(study), points, store::has_whole_map(&self.folder)?);
        Ok(Some(record))
    }
}

impl Reading {
    fn of(folder: &Path) -> Result<Option<Self>, RunError> {
        let journals = headers(folder)?;
        let Some(newest) = journals.last() else { return Ok(None) };
        let study = Study::from_texts(Texts::from_text(&newest.origin)?).map_err(StudyError::from)?;
        let survey = study.survey()?;
        let tally = Tally::new(folder, &study.identity(), study.space(), survey.quantities().len());
        Ok(Some(Self { study, survey, tally }))
    }
}

/// What points of a study can be called, in order.
pub(super) fn names(study: &Study) -> Vec<String> {
    study.rules().labels().into_iter().map(|label| label.name).collect()
}

/// The regime of a row in a journal.
pub(super) fn classify(survey: &Survey, status: u8, row: &[f64]) -> u8 {
    survey.classify(Status::from_code(status).unwrap_or(Status::NotComputed), row)
}

/// Puts counts into a record.
pub(super) fn put(record: &mut Record, counts: &Counts, labels: &[String]) {
    let counted = |(&count, name): (&u64, &str)| (count > 0).then(|| (name.to_owned(), count));
    let failures = Status::ALL.iter().filter(|status| status.is_failure());
    let failures =
        failures.filter_map(|&status| counted((counts.statuses.get(status as usize)?, status.name())));
    record.failed = failures.collect();
    record.regimes =
        counts.regimes.iter().zip(labels.iter().map(String::as_str)).filter_map(counted).collect();
    record.done = counts.points;
    record.measuring_seconds = counts.seconds;
}

/// Puts what is counted in journals into what processes have said, and makes both agree.
pub(super) fn settle(
    record: &mut Record,
    counts: &Counts,
    labels: &[String],
    points: u64,
    has_whole_map: bool,
) {
    put(record, counts, labels);
    record.points = points;
    for worker in &mut record.workers {
        // The journal of one who has left may be a part of another one by now.
        if let Some(&done) = counts.journals.get(&worker.journal) {
            worker.done = done;
        }
    }
    let is_shared = record.workers.iter().any(|worker| !worker.journal.is_empty());
    if is_shared {
        let of_processes = record.workers.iter().map(|worker| worker.done).sum();
        record.taken = counts.points.saturating_sub(of_processes);
    } else {
        record.taken = record.taken.min(counts.points);
        if let [alone] = &mut record.workers[..] {
            alone.done = counts.points - record.taken;
        }
    }
    let is_measured = counts.points == points && points > 0;
    record.state = match record.state {
        State::Died | State::Stopped | State::Failed if is_measured && has_whole_map => State::Finished,
        State::Finished if !is_measured => State::Stopped,
        state => state,
    };
    if record.state != State::Failed {
        record.note.clear();
    }
    if !(record.rate.is_finite() && record.rate > 0.0) {
        record.rate = 0.0;
    }
    let left = points.saturating_sub(counts.points);
    if record.state != State::Running || left == 0 {
        record.seconds_left = None;
    } else if is_shared {
        record.seconds_left = (record.rate > 0.0).then(|| left as f64 / record.rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(points: u64) -> Counts {
        Counts { points, statuses: vec![points - 1, 1], regimes: vec![0, points], ..Counts::default() }
    }

    fn settled(state: State, points: u64, has_whole_map: bool) -> Record {
        let mut record = Record { state, note: "cannot open x".into(), ..Record::begin(0, 900) };
        record.rate = -0.0;
        record.seconds_left = Some(0.2);
        settle(&mut record, &counts(points), &["a".into(), "b".into()], 12, has_whole_map);
        record
    }

    #[test]
    fn what_is_counted_is_what_journals_hold_whatever_processes_have_said() {
        let record = settled(State::Running, 8, false);
        assert_eq!((record.points, record.done, record.taken), (12, 8, 8));
        assert_eq!((record.regimes["b"], record.regimes.len(), record.failed["diverged"]), (8, 1, 1));
        assert_eq!((record.rate.to_bits(), record.seconds_left), (0, Some(0.2)), "no rate is -0");
    }

    #[test]
    fn only_a_folder_that_holds_everything_is_finished_and_no_such_folder_has_died() {
        let state = |state, points, has_whole_map| settled(state, points, has_whole_map).state;
        assert_eq!(state(State::Died, 12, true), State::Finished);
        assert_eq!(state(State::Failed, 12, true), State::Finished);
        assert_eq!(settled(State::Failed, 12, true).note, "", "a finished run has no error");
        assert_eq!(state(State::Died, 12, false), State::Died, "the map is missing");
        assert_eq!(state(State::Died, 11, true), State::Died, "an old map");
        assert_eq!(state(State::Finished, 11, true), State::Stopped, "a journal was removed");
        assert_eq!(settled(State::Failed, 11, true).note, "cannot open x");
        assert_eq!(settled(State::Running, 12, true).seconds_left, None);
    }
}
