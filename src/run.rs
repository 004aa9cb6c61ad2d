//! The whole program on one page: a study and a folder in, a map out. Knows the order of things; each of them is done by the
//! room it is named after.

mod extend;
mod look;
mod merge;
mod present;
mod ranks;
mod report;
mod shared;
mod traces;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::experiment::Status;
use crate::schedule::mailbox::Mailbox;
use crate::schedule::ranks::Terms;
use crate::schedule::{self, Progress, ScheduleError, Stop, local, physical_cores};
use crate::simulate::{SimulationError, Survey};
use crate::store::map::{Description, Label, Summary};
use crate::store::provenance::{Prediction, Provenance};
use crate::store::status::State;
use crate::store::{Counts, Fate, Folder, StoreError, headers};
use crate::study::{Study, StudyError, Texts, UnionError};

use look::{classify, names};
use report::{Chronicle, Reporter};

pub use extend::largest_base;
pub use look::Watcher;
pub use merge::{Merged, merge};
pub use present::{Present, present};
pub use ranks::work;
pub use traces::{Chosen, Each, single, traces, write as write_traces};

/// Journals are counted for so long before the claim is touched.
const BEFORE_A_BEAT: Duration = Duration::from_secs(5);

/// How a run should be done.
pub struct Options<'run> {
    /// The folder of journals and map.
    pub folder: PathBuf,
    /// How many threads compute; one a physical core if not given.
    pub threads: Option<usize>,
    /// What happens to results that are there already.
    pub fate: Fate,
    /// Whether the folder is shared with other processes, and how they hear of each other.
    pub join: Option<Sharing>,
    /// The wish to stop.
    pub stop: Stop,
    /// Whether the map is written at the end; it can be made from the journals later.
    pub makes_map: bool,
    /// The command line, for the map's history.
    pub command: String,
    /// The wire to the other ranks, where there are some; this is rank 0 then.
    pub ranks: Option<&'run mut (dyn Mailbox + 'static)>,
    /// How long a rank may be silent or wait for its disk before the job is ended; if not given, the schedule chooses.
    pub patience: Option<Duration>,
    /// Told how it goes.
    pub watch: &'run mut dyn FnMut(Phase<'_>),
}

/// How processes that share a folder hear of each other.
#[derive(Clone, Copy, Debug)]
pub struct Sharing {
    /// After this silence a process is dead.
    pub expiry: Duration,
    /// How often this one shows that it is alive; the store chooses if not given.
    pub heartbeat: Option<Duration>,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug)]
pub enum Phase<'run> {
    /// The folder was opened; so many points were taken from its journals, and this is what was found in them.
    Opened(&'run Folder),
    /// Points are measured.
    Measuring(&'run Progress),
    /// What is good to know.
    Note(&'run str),
    /// Something that a person should know.
    Remark(&'run str),
    /// The map is written: so many cells of so many.
    Writing(u64, u64),
}

/// How a run has ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether every point is measured; if not, the run was stopped and can be resumed.
    pub is_complete: bool,
    /// The map; `None` where the run was stopped before its end, no map was wanted, or another process writes it.
    pub map: Option<PathBuf>,
    /// Which other process writes the map, if one does.
    pub elsewhere: Option<String>,
    /// What the map holds.
    pub summary: Option<Summary>,
    /// How far the measuring has come.
    pub progress: Progress,
    /// How many threads computed.
    pub threads: usize,
    /// Whether the other ranks were told what to measure.
    pub has_briefed: bool,
}

impl Outcome {
    /// The part of the map's points that could not be measured; excluded ones do not count.
    pub fn failed_part(&self) -> f64 {
        let (measured, failed) = self.measured_and_failed();
        failed as f64 / measured.max(1) as f64
    }

    /// Whether most of the points that could not be measured are singular: no smaller step helps them.
    pub fn are_mostly_singular(&self) -> bool {
        let (_, failed) = self.measured_and_failed();
        let singular = self.summary.as_ref().map_or(0, |own| own.statuses[Status::Singular as usize]);
        2 * singular > failed
    }

    /// How many of the map's points were attempted, and how many of them could not be measured.
    pub fn measured_and_failed(&self) -> (u64, u64) {
        let Some(summary) = &self.summary else { return (0, 0) };
        let count = |wanted: fn(Status) -> bool| -> u64 {
            Status::ALL
                .iter()
                .filter(|&&status| wanted(status))
                .map(|&status| summary.statuses[status as usize])
                .sum()
        };
        (count(|status| status == Status::Ok || status.is_failure()), count(Status::is_failure))
    }
}

/// Why a run has ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The study.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The model cannot be simulated.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The folder or the map.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The threads, or the folder while they computed.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The folder holds no run.
    #[error("{} holds no journal of a run; give the folder that `ictus run` wrote", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder that should be new.
    #[error("{} holds a run already; give a folder that is not there", folder.display())]
    NotNew {
        /// The folder.
        folder: PathBuf,
    },
    /// Runs of studies that differ in more than how many points they measure.
    #[error(
        "{} holds a run of another study than {}; they differ in\n{difference}\nmerge runs of one study",
        folder.display(), first.display()
    )]
    Unlike {
        /// The run's folder.
        folder: PathBuf,
        /// The one that it is compared with.
        first: PathBuf,
        /// The lines that differ, `-` before those of the folder and `+` before those of the other one.
        difference: String,
    },
    /// Two runs of a study with other rows of a point.
    #[error(
        "{} and {} have other rows at {point}: they were made by programs that count differently, or one of them is damaged; measure the point with `ictus point`, and leave the wrong run out",
        first.display(), second.display()
    )]
    Differ {
        /// The point, by its values.
        point: String,
        /// A run's folder.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// Runs that have no study in common.
    #[error("no study has the points of all: {0}")]
    Union(#[from] UnionError),
    /// The run of the folder is not finished.
    #[error(
        "{} points of {points} are missing in {}; run the study again to measure them, or make a partial map with --partial",
        points - finished, folder.display()
    )]
    Incomplete {
        /// The folder.
        folder: PathBuf,
        /// Points that are there.
        finished: u64,
        /// All points.
        points: u64,
    },
}

impl RunError {
    /// Whether the study or the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Store(error) => error.is_callers_fault(),
            Self::Schedule(error) => error.is_callers_fault(),
            _ => true,
        }
    }

    /// Whether it is no failure: a wish to stop was heeded (exit code 75).
    pub fn is_interruption(&self) -> bool {
        match self {
            Self::Store(error) | Self::Schedule(ScheduleError::Store(error)) => error.is_interruption(),
            _ => false,
        }
    }
}

/// Measures every point that the folder's journals do not hold yet, then writes the map.
///
/// # Errors
/// When the study cannot be simulated, the folder is in use or holds another study's results, or the machine fails.
pub fn run(study: &Study, options: Options<'_>) -> Result<Outcome, RunError> {
    if let Some(sharing) = options.join {
        return shared::run(study, options, sharing);
    }
    let mut carried = 0;
    if options.fate == Fate::Resume {
        carried = extend::take(study, &options.folder, false, &options.stop, &mut *options.watch)?;
    }
    let survey = study.survey()?;
    let width = survey.quantities().len();
    let stop = options.stop.clone();
    let goes_on = move || !stop.is_requested();
    let what = (study.space(), width);
    let mut folder = Folder::open_while(&options.folder, &study.identity(), what, options.fate, &goes_on)?;
    (options.watch)(Phase::Opened(&folder));
    let classify = |status: u8, row: &[f64]| classify(&survey, status, row);
    let stop = options.stop.clone();
    let is_counted = loop {
        let began = Instant::now();
        let goes_on = || !stop.is_requested() && began.elapsed() < BEFORE_A_BEAT;
        if folder.count(study.space(), width, &classify, &goes_on)? {
            break true;
        }
        folder.beat()?;
        if stop.is_requested() {
            break false;
        }
    };
    let threads = options.threads.unwrap_or_else(physical_cores).max(1);
    let start = Progress::at_start(study.space(), &folder);
    let mut chronicle = Chronicle::new(Reporter::new(names(study), threads), folder.path(), start);
    let ended = owned(study, &survey, (&mut folder, carried), options, &mut chronicle);
    // Whoever stops a run that still counts does not want to wait for it; `ictus status` counts by itself.
    let counted = folder.count(study.space(), width, &classify, &|| is_counted).map(drop);
    let points = folder.finished().points();
    let counts = folder.counts();
    let counts = Counts { points: counts.points.max(points), ..counts };
    match &ended {
        Ok(outcome) if outcome.is_complete => chronicle.end(State::Finished, "", &counts)?,
        Ok(_) => chronicle.end(State::Stopped, "", &counts)?,
        Err(error) if error.is_interruption() => drop(chronicle.end(State::Stopped, "", &counts)),
        // What is told is the first error.
        Err(error) => drop(chronicle.end(State::Failed, &error.to_string(), &counts)),
    }
    if ended.is_ok() {
        counted?;
    }
    ended
}

/// Measures and writes the map in a folder that this process has claimed, alone or as rank 0 of several; so many points of an earlier extent
/// were taken there.
fn owned(
    study: &Study,
    survey: &Survey,
    (folder, carried): (&mut Folder, u64),
    options: Options<'_>,
    chronicle: &mut Chronicle,
) -> Result<Outcome, RunError> {
    let started = SystemTime::now();
    let Options { threads, stop, makes_map, command, ranks, patience, watch, .. } = options;
    let wish = stop.clone();
    // Both are told things, one at a time.
    let told = RefCell::new(&mut *watch);
    let mut tell_progress = |progress: &Progress| {
        if !chronicle.note(progress) {
            wish.request();
        }
        (told.borrow_mut())(Phase::Measuring(progress));
    };
    let is_complete = folder.finished().points() == study.space().points();
    let ranks = ranks.filter(|_| !is_complete);
    let has_briefed = ranks.is_some();
    let measured = if let Some(mailbox) = ranks {
        ranks::brief(study, folder, mailbox)?;
        let measuring = schedule::ranks::Options {
            terms: Terms { threads, stop, patience, ..Terms::default() },
            watch: &mut tell_progress,
            tell: &mut |remark| (told.borrow_mut())(Phase::Remark(remark)),
        };
        schedule::ranks::coordinate(survey, study.space(), folder, mailbox, measuring)?
    } else {
        let measuring = local::Options { threads, stop, watch: &mut tell_progress };
        local::run(survey, study.space(), folder, measuring)?
    };
    let mut outcome = Outcome {
        is_complete: measured.is_complete,
        map: None,
        elsewhere: None,
        summary: None,
        progress: measured.progress,
        threads: measured.threads,
        has_briefed,
    };
    if measured.is_complete {
        outcome.progress.credit(carried);
        chronicle.note(&outcome.progress);
    }
    if measured.is_complete && makes_map {
        let (taken, computed) = (outcome.progress.taken, outcome.progress.computed);
        let provenance = Provenance {
            command,
            started,
            threads: outcome.threads,
            taken,
            computed,
            core_hours: core_hours(folder),
            prediction: Prediction::find(folder.path()),
        };
        let path = folder.map();
        outcome.summary = write(study, survey, &provenance, folder, (&path, &wish), watch)?;
        outcome.is_complete = outcome.summary.is_some();
        outcome.map = outcome.is_complete.then_some(path);
    }
    Ok(outcome)
}

/// Makes the map from a folder's journals, without the study's file; a partial one also where points are missing.
///
/// # Errors
/// When the folder holds no run, points are missing and `is_partial` is not wanted, or the machine fails.
pub fn map(
    folder: &Path,
    is_partial: bool,
    output: Option<&Path>,
    command: String,
    watch: &mut dyn FnMut(Phase<'_>),
) -> Result<(PathBuf, Option<Summary>), RunError> {
    let started = SystemTime::now();
    let journals = headers(folder)?;
    let newest = journals.last().ok_or_else(|| RunError::NoRun { folder: folder.to_owned() })?;
    let study = Study::from_texts(Texts::from_text(&newest.origin)?).map_err(StudyError::from)?;
    let survey = study.survey()?;
    let width = survey.quantities().len();
    let mut journals = Folder::read(folder, &study.identity(), study.space(), width)?;
    let (finished, points) = (journals.finished().points(), study.space().points());
    if finished < points && !is_partial {
        return Err(RunError::Incomplete { folder: folder.to_owned(), finished, points });
    }
    let path = output.map_or_else(|| journals.map(), Path::to_owned);
    let provenance = Provenance {
        command,
        started,
        threads: 0,
        taken: finished,
        computed: 0,
        core_hours: core_hours(&journals),
        prediction: Prediction::find(folder),
    };
    let summary = write(&study, &survey, &provenance, &mut journals, (&path, &Stop::new()), watch)?;
    Ok((path, summary))
}

/// How many hours of one core the tiles in a folder's journals have taken.
fn core_hours(folder: &Folder) -> f64 {
    folder.index().tiles().map(|(_, seconds)| f64::from(seconds)).sum::<f64>() / 3600.0
}

fn write(
    study: &Study,
    survey: &Survey,
    provenance: &Provenance,
    folder: &mut Folder,
    (path, stop): (&Path, &Stop),
    watch: &mut dyn FnMut(Phase<'_>),
) -> Result<Option<Summary>, RunError> {
    let description = describe(study, survey, provenance);
    let classify = |status: u8, row: &[f64]| classify(survey, status, row);
    let summary = folder.consolidate(&description, &classify, path, &mut |cell, cells| {
        watch(Phase::Writing(cell, cells));
        // What is measured before a limit may well become a map before it, too.
        !stop.is_requested() || stop.is_by_the_clock()
    })?;
    Ok(summary)
}

/// What the map says apart from its rows.
pub fn describe(study: &Study, survey: &Survey, provenance: &Provenance) -> Description {
    let labels = study.rules().labels();
    let mut attributes = study.attributes();
    attributes.extend(provenance.attributes());
    Description {
        title: study.title().to_owned(),
        space: study.space().clone(),
        quantities: survey.quantities().to_vec(),
        statuses: Status::ALL.map(|status| status.name().to_owned()).into(),
        not_computed: Status::NotComputed as u8,
        labels: labels
            .into_iter()
            .map(|label| Label { name: label.name, seizing: label.seizing, appearance: label.appearance })
            .collect(),
        fixed: study.fixed_quantities(),
        draws: study.drawn(survey.quantities()),
        over_starts: study.naming_of_starts(study.space()),
        attributes,
    }
}
