//! `ictus run`, `ictus map` and `ictus traces`: the verbs that measure. Knows how to say it, not how it is done.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::run::{self, Each, Options, Outcome, Phase, RunError, Sharing};
use crate::schedule::launch::{self, Launch, LaunchError, Role};
use crate::schedule::mailbox::Mailbox;
use crate::schedule::ranks::Terms;
use crate::schedule::{Deadline, Stop};
use crate::slurm::quoted;
use crate::store::map::Map;
use crate::store::{self, Fate, StoreError};
use crate::study::{Study, StudyError};

use super::arguments::{Per, StudyArguments};
use super::console::Console;
use super::progress::Teller;
use super::{Failure, outcome, studies, until, words};

/// How long a process that has nothing to say waits for the one that does.
pub(super) const COURTESY: Duration = Duration::from_millis(500);

/// With a shorter one a process could not show in time that it is alive.
const SHORTEST_EXPIRY: Duration = Duration::from_secs(1);

/// More often would only be a load on the file server.
const SHORTEST_BEAT: Duration = Duration::from_millis(100);

/// So often a process must have shown that it is alive before it would be taken for dead: one beat may be late.
const FEWEST_BEATS: u32 = 3;

/// Between two looks for a map that another process writes.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What `ictus run` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) study: &'a StudyArguments,
    pub(super) output: Option<&'a Path>,
    pub(super) threads: Option<usize>,
    pub(super) fresh: bool,
    pub(super) join: Option<Sharing>,
    pub(super) time_limit: Option<Duration>,
    pub(super) watchdog: Option<u64>,
    pub(super) no_map: bool,
    pub(super) json: bool,
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let text = error.to_string();
        if error.is_interruption() {
            Self::Stopped(text)
        } else if error.is_callers_fault() {
            Self::Wrong(text)
        } else {
            Self::Machine(text)
        }
    }
}

/// Measures a study and writes its map, alone or as one of several ranks.
pub(super) fn run(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    check_threads(wish.threads)?;
    if let Some(sharing) = wish.join {
        check_sharing(sharing)?;
    }
    if wish.join.is_some() || Launch::of_this_process().speaks() {
        let folder = wish.output.map(Path::to_owned);
        // What is wrong with the study is said later.
        let folder = folder.or_else(|| Some(studies::load(wish.study).ok()?.directory().to_owned()));
        do_without_locks(folder.as_deref());
    }
    let stop = Stop::on_signals().map_err(|error| Failure::Machine(words::no_signals(&error)))?;
    if wish.join.is_some() {
        // Processes that share a folder need no messages, however many a launcher has started.
        return lead(wish, None, stop, console);
    }
    let launch = Launch::of_this_process();
    match launch::discover(launch, wish.threads) {
        Ok(Role::Alone) => lead(wish, None, stop, console),
        Ok(Role::Coordinator(mut mailbox)) => lead(wish, Some(&mut *mailbox), stop, console),
        Ok(Role::Worker(mut mailbox)) => {
            let patience = wish.watchdog.map(Duration::from_secs);
            let terms = Terms { threads: wish.threads, stop, patience, ..Terms::default() };
            Ok(run::work(&mut *mailbox, &terms, &mut |remark| console.warn(remark))?)
        }
        Err(error) if launch.speaks() => Err(error.into()),
        Err(error) => {
            // Launchers end all processes as soon as one has failed: the one that speaks should have spoken.
            std::thread::sleep(COURTESY);
            Err(Failure::Said(Failure::from(error).code()))
        }
    }
}

/// Refuses what would let a process that works be taken for dead.
fn check_sharing(sharing: Sharing) -> Result<(), Failure> {
    if sharing.expiry < SHORTEST_EXPIRY {
        return Err(Failure::Wrong(
            "`--claim-expiry` is too short for a heartbeat; give at least 1 s".into(),
        ));
    }
    let longest = sharing.expiry / FEWEST_BEATS;
    match sharing.heartbeat {
        Some(interval) if interval < SHORTEST_BEAT || interval > longest => Err(Failure::Wrong(format!(
            "`--heartbeat`: {} is not between {} and a third of `--claim-expiry`, {}; give a time between them, or a longer `--claim-expiry` to all processes",
            words::duration(interval),
            words::duration(SHORTEST_BEAT),
            words::duration(longest)
        ))),
        _ => Ok(()),
    }
}

/// By this the NetCDF library is told to lock no file.
const LOCKING: &str = "HDF5_USE_FILE_LOCKING";

/// Where a folder's file system knows no locks, starts this program anew in this process, with the word to the NetCDF library to do
/// without: it reads it when it is loaded, and would otherwise refuse to write the map when all is measured.
fn do_without_locks(folder: Option<&Path>) {
    let Some(folder) = folder else { return };
    if std::env::var_os(LOCKING).is_some() || store::has_locks(folder) {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // It comes back only if it fails; then the run goes on as far as it can.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).env(LOCKING, "FALSE").exec();
    }
}

impl From<LaunchError> for Failure {
    fn from(error: LaunchError) -> Self {
        let text = error.to_string();
        if matches!(error, LaunchError::Mpi { .. }) { Self::Machine(text) } else { Self::Wrong(text) }
    }
}

/// Measures a study as the only process or as rank 0, and speaks for all.
fn lead(
    wish: &Wish<'_>,
    ranks: Option<&mut (dyn Mailbox + 'static)>,
    stop: Stop,
    console: &mut Console,
) -> Result<(), Failure> {
    let study = studies::load(wish.study)?;
    for warning in study.warnings() {
        console.warn(warning);
    }
    let folder = wish.output.map_or_else(|| study.directory().to_owned(), Path::to_owned);
    let (deadline, remark) = Deadline::discover(wish.time_limit);
    if let Some(remark) = remark {
        console.warn(remark);
    }
    let stop = stop.before(deadline);
    let leading = Leading { wish, folder: &folder, stop };
    let (study, outcome) = leading.measure(study, ranks, console)?;
    if wish.json {
        console.say_json(&outcome::to_json(&study, &outcome));
    }
    if outcome.elsewhere.is_some() {
        return Ok(());
    }
    if !wish.json {
        outcome::tell(&study, &outcome, &folder, console);
    }
    let failed = outcome.failed_part();
    if failed > study.allowed_failures() {
        let allowed = study.allowed_failures();
        let remedy = if outcome.are_mostly_singular() {
            "`ictus point` at one of them shows which formula is not a number there, and a remedy"
        } else {
            "take a smaller step"
        };
        return Err(Failure::TooManyFailed(format!(
            "{:.1} % of the points failed, and {:.1} % are allowed; {remedy}, or raise `[output] allowed_failures`",
            100.0 * failed,
            100.0 * allowed
        )));
    }
    Ok(())
}

/// What is the same for every base of a design.
struct Leading<'a> {
    wish: &'a Wish<'a>,
    folder: &'a Path,
    stop: Stop,
}

impl Leading<'_> {
    /// Measures a study, one whose design should be large enough as often as it takes; gives the last one and what came of it.
    fn measure(
        &self,
        mut study: Study,
        mut ranks: Option<&mut (dyn Mailbox + 'static)>,
        console: &mut Console,
    ) -> Result<(Study, Outcome), Failure> {
        let Some(rule) = study.until().cloned() else {
            let outcome = self.once(&study, ranks, Fate::from(self.wish), console)?;
            let outcome = self.ended(outcome, console)?;
            return Ok((study, outcome));
        };
        if self.wish.no_map {
            return Err(Failure::Wrong(
                "`until` looks at the map of each design, and `--no-map` makes none; leave one of the two out".into(),
            ));
        }
        let mut fate = Fate::from(self.wish);
        study = until::as_far_as(study, self.folder, fate)?;
        loop {
            let base = until::base(&study);
            let outcome = self.once(&study, ranks.as_deref_mut(), fate, console);
            fate = Fate::Resume;
            let outcome = match outcome {
                // Of the processes that share a folder another one is further.
                Err(RunError::Store(StoreError::Larger { .. })) if self.wish.join.is_some() => {
                    study = until::as_far_as(study, self.folder, fate)?;
                    continue;
                }
                other => self.ended(other?, console)?,
            };
            let map = match &outcome.map {
                Some(path) => Some(Map::open(path)?),
                None => until::whole_map(self.folder, &study),
            };
            let Some(map) = map else {
                // The process that writes it may be further already, or gone.
                study = until::as_far_as(study, self.folder, fate)?;
                std::thread::sleep(BETWEEN_LOOKS);
                continue;
            };
            let widest = until::widest(&map, &study, &rule)?;
            drop(map);
            let words = widest.words(&rule);
            if widest.half <= rule.half_width {
                console.note(format!("base {base}: {words}; that is enough"));
                return Ok((study, outcome));
            }
            if base >= rule.at_most {
                console.warn(format!(
                    "base {base}: {words}, and {} was wanted; `at_most` is reached",
                    rule.half_width
                ));
                return Ok((study, outcome));
            }
            console.note(format!("base {base}: {words}; going on with base {}", 2 * base));
            study = until::with_base(&study, 2 * base)?;
            if let Some(mailbox) = ranks.as_deref_mut().filter(|_| outcome.has_briefed) {
                mailbox.call_again();
            }
        }
    }

    /// Measures every point of a study, unless it should stop.
    fn once(
        &self,
        study: &Study,
        ranks: Option<&mut (dyn Mailbox + 'static)>,
        fate: Fate,
        console: &mut Console,
    ) -> Result<Outcome, RunError> {
        let wish = self.wish;
        let mut teller = Teller::new(outcome::names(study), console);
        let outcome = run::run(
            study,
            Options {
                folder: self.folder.to_owned(),
                threads: wish.threads,
                fate,
                join: wish.join,
                stop: self.stop.clone(),
                makes_map: !wish.no_map,
                command: command(),
                ranks,
                patience: wish.watchdog.map(Duration::from_secs),
                watch: &mut |phase| teller.tell(phase, console),
            },
        );
        teller.finish();
        outcome
    }

    /// Says what should be known of what was measured; that it was stopped is a failure.
    fn ended(&self, outcome: Outcome, console: &mut Console) -> Result<Outcome, Failure> {
        for panic in &outcome.progress.panics {
            console.warn(format!("warning: {panic}; please report it with the study"));
        }
        if let Some(reason) = outcome.progress.unkept.as_ref().filter(|_| !outcome.is_complete) {
            console.warn(format!(
                "warning: what was done of unfinished points is not kept, and is begun anew by the next run: {reason}"
            ));
        }
        if let Some(elsewhere) = &outcome.elsewhere {
            console.note(format!("all {} points are measured; {elsewhere}", outcome.progress.points));
        } else if !outcome.is_complete {
            let (done, points) = (outcome.progress.done(), outcome.progress.points);
            let why = self.stop.why();
            let message =
                format!("stopped {why} at {done} of {points} points; run the same command to resume");
            return Err(Failure::Stopped(message));
        }
        Ok(outcome)
    }
}

impl From<&Wish<'_>> for Fate {
    fn from(wish: &Wish<'_>) -> Self {
        if wish.fresh { Self::Fresh } else { Self::Resume }
    }
}

pub(super) fn check_threads(threads: Option<usize>) -> Result<(), Failure> {
    match threads {
        Some(0) => Err(Failure::Wrong("`--threads 0` would compute nothing; give at least 1".into())),
        Some(threads) if threads > 4096 => {
            Err(Failure::Wrong(format!("`--threads {threads}` is too many; give at most 4096")))
        }
        _ => Ok(()),
    }
}

/// The command line, for the map's history.
pub(super) fn command() -> String {
    let words = std::env::args().skip(1).map(quoted);
    std::iter::once("ictus".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// Makes the map from a folder's journals.
pub(super) fn map(
    folder: &Path,
    partial: bool,
    output: Option<&PathBuf>,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    do_without_locks(Some(output.and_then(|map| map.parent()).unwrap_or(folder)));
    let mut teller = Teller::new(Vec::new(), console);
    let made = run::map(folder, partial, output.map(PathBuf::as_path), command(), &mut |phase: Phase<'_>| {
        teller.tell(phase, console);
    });
    teller.finish();
    let (path, _) = made?;
    if json {
        console.say_json(&json!({ "map": path }));
    } else {
        console.say(path.display().to_string());
    }
    Ok(())
}

/// Computes chosen points of a map again and keeps their signals.
pub(super) fn traces(
    path: &Path,
    (sample, per): (usize, Option<Per>),
    output: &Path,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let map = Map::open(path)?;
    let study = Study::from_texts(studies::texts_of(&map)?).map_err(StudyError::from)?;
    let each = match per {
        None => Each::Map,
        Some(Per::Regime) => Each::Regime,
        Some(Per::Status) => Each::Status,
    };
    let count = run::traces(&study, &map, sample, each, output)?;
    console.note(format!("{count} traces"));
    if json {
        console.say_json(&json!({ "file": output, "traces": count }));
    } else {
        console.say(output.display().to_string());
    }
    Ok(())
}
