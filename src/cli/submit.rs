//! `ictus submit`: a study becomes a job of a cluster. Shows what it submits; script and size are made by the room `slurm`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::complaint::words_of;
use crate::schedule::launch::library;
use crate::slurm::cluster;
use crate::slurm::{self, Form, Job, Launcher, Profile, Scheduler, Size, Taken};
use crate::store::aside;
use crate::store::provenance::Prediction;
use crate::study::Study;

use super::arguments::{Queue, StudyArguments};
use super::console::Console;
use super::estimate::Estimate;
use super::plan::{self, Allowed};
use super::{Failure, studies, until, words};

/// The names of the scripts in a run's folder.
const JOB: &str = "job.sh";
const MAP_JOB: &str = "map_job.sh";

/// More jobs than this in a chain are a slip of the finger.
const LONGEST_CHAIN: u64 = 100;

/// What `ictus submit` was asked for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) study: &'a StudyArguments,
    pub(super) profile: &'a Path,
    pub(super) output: Option<&'a Path>,
    pub(super) nodes: Option<u64>,
    pub(super) time: &'a str,
    /// 0 for as many as nodes.
    pub(super) array: Option<u64>,
    /// Several nodes are one job whose processes share the folder.
    pub(super) join: bool,
    pub(super) chain: u64,
    pub(super) scheduler: Option<Queue>,
    pub(super) threads: Option<usize>,
    pub(super) pilot: Duration,
    pub(super) dry_run: bool,
    pub(super) json: bool,
    pub(super) extra: &'a [String],
}

/// What is going to be submitted.
struct Draft {
    profile: Profile,
    folder: PathBuf,
    job: Job,
    prediction: Prediction,
    chain: u64,
}

/// Makes a job of a study and gives it to the queue.
pub(super) fn submit(request: &Request<'_>, console: &mut Console) -> Result<(), Failure> {
    let study = studies::load(request.study)?;
    for warning in study.warnings() {
        console.warn(warning);
    }
    let profile = load(request)?;
    if request.chain == 0 || request.chain > LONGEST_CHAIN {
        let message = format!("`--chain {}`: give a number of jobs from 1 to {LONGEST_CHAIN}", request.chain);
        return Err(Failure::Wrong(message));
    }
    let folder = request.output.map_or_else(|| study.directory().to_owned(), Path::to_owned);
    check_names(request, &folder, profile.scheduler)?;
    let is_printed_only = profile.scheduler == Scheduler::Pbs || request.dry_run;
    if folder.join("map.nc").exists() && !is_printed_only {
        return Err(Failure::Wrong(format!(
            "{} holds a map already; give another folder with --output, or run the study here to complete it",
            folder.display()
        )));
    }
    let mut allowed = Allowed::by(&profile)?;
    if is_printed_only {
        allowed.assume(&profile, console);
    } else if let Some(silence) = allowed.silence {
        return Err(silence.into());
    }
    let wish = wish(request, &profile)?;
    slurm::check(&wish, &profile, &allowed.limits, &allowed.place)?;
    // A design that doubles is planned for the size that it will probably need.
    let (likely, until) = until::as_likely(studies::load(request.study)?)?;
    if let Some(until) = until {
        console.note(until);
    }
    let estimate = Estimate::pilot(&likely, request.threads, request.pilot)?;
    let size = slurm::size(&estimate.work, &wish, &profile, &allowed.limits, &allowed.place)?;
    let draft = draft(request, &study, profile, folder, &estimate, (&size, allowed.limits.memory))?;
    if draft.lacks_mpi() {
        let message = "this ictus is built without MPI, and several ranks would each compute everything; give --join or --array, so that \
                       the nodes share the folder, or build it with `cargo build --release --features mpi`";
        if !is_printed_only {
            return Err(Failure::Wrong(message.to_owned()));
        }
        console.warn(format!("warning: {message}"));
    }
    for line in plan::size_lines(&estimate, &size, &draft.profile) {
        console.note(line);
    }
    if size.is_cut && !draft.profile.requeue && draft.chain == 1 {
        console.warn(
            "warning: the work may take longer than the job, which may not requeue itself; give --chain N",
        );
    }
    let processes = size.processes_on_a_node(&draft.profile);
    let needed = processes * estimate.memory(size.cores / processes);
    if draft.profile.memory_bytes().is_some_and(|bytes| bytes < needed) {
        console.warn(format!(
            "warning: the profile's `memory` is less than the {} that a node may need; raise it, or the job may be killed",
            words::bytes(needed.into())
        ));
    }
    if let Some(mebibytes) = allowed.limits.memory.filter(|own| *own > 1 && *own << 20 < needed) {
        console.warn(format!(
            "warning: a node may need {}, and {} has nodes of {}; use fewer ranks a node, or another partition",
            words::bytes(needed.into()),
            allowed.place,
            words::bytes((mebibytes << 20).into())
        ));
    }
    if is_printed_only && request.json {
        let map_script = draft.map_script();
        console.say_json(&json!({
            "script_text": draft.script(),
            "map_script_text": map_script,
            "folder": draft.folder,
            "cluster": plan::size_json(&estimate, &size, &draft.profile),
        }));
        return Ok(());
    }
    if is_printed_only {
        draft.show(console);
        return Ok(());
    }
    let submitted = draft.submit()?;
    draft.warn(&submitted, console);
    if request.json {
        let report = json!({
            "jobs": submitted.jobs,
            "map_job": submitted.map_job,
            "unread": submitted.unread,
            "not_submitted": submitted.left,
            "script": draft.folder.join(JOB),
            "folder": draft.folder,
            "cluster": plan::size_json(&estimate, &size, &draft.profile),
        });
        console.say_json(&report);
    } else {
        draft.tell(&submitted, console);
    }
    Ok(())
}

fn load(request: &Request<'_>) -> Result<Profile, Failure> {
    let mut profile = Profile::load(request.profile)?;
    if let Some(queue) = request.scheduler {
        profile.scheduler = match queue {
            Queue::Slurm => Scheduler::Slurm,
            Queue::Pbs => Scheduler::Pbs,
        };
    }
    if request.join {
        profile.launcher = Launcher::Join;
    }
    if profile.scheduler == Scheduler::Pbs && matches!(profile.launcher, Launcher::Srun | Launcher::Join) {
        let message = "PBS has no `srun`; set `launcher` in the profile to \"mpirun\", or to \"none\" for an array of jobs that share \
                       the folder, and leave --join out";
        return Err(Failure::Wrong(message.to_owned()));
    }
    Ok(profile)
}

fn wish(request: &Request<'_>, profile: &Profile) -> Result<slurm::Wish, Failure> {
    let time = match request.time {
        "auto" => None,
        text => Some(text.parse()?),
    };
    // Without MPI several nodes are an array: each its own process, sharing the folder.
    let array = request.array.is_some() || !profile.is_one_job();
    let nodes = request.array.filter(|&jobs| jobs > 0).or(request.nodes);
    Ok(slurm::Wish { nodes, time, array })
}

fn draft(
    request: &Request<'_>,
    study: &Study,
    profile: Profile,
    folder: PathBuf,
    estimate: &Estimate,
    (size, memory_of_a_node): (&Size, Option<u64>),
) -> Result<Draft, Failure> {
    let program = match &profile.program {
        Some(program) => program.clone(),
        None => own_path()?,
    };
    let stem = request.study.study.file_stem().map_or_else(|| "study".into(), |stem| stem.to_string_lossy());
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let overrides = request.study.overrides.iter().flat_map(|text| ["--set".to_owned(), text.clone()]);
    let hours = estimate.work.core_hours;
    let is_array = request.array.is_some() || (size.nodes > 1 && !profile.is_one_job());
    let job = Job {
        name: format!("ictus-{}", stem.chars().map(plain).collect::<String>()),
        about: format!("{}: {} core-hours.", study.title(), hours),
        program,
        study: std::iter::once(path_word(&request.study.study)).chain(overrides).collect(),
        folder: path_word(&folder),
        form: if is_array { Form::Array } else { Form::One },
        nodes: size.nodes,
        cores: size.cores,
        time: size.time,
        map_apart: (estimate.work.points > profile.map_apart_above).then_some(size.map_time),
        memory: estimate.memory_to_ask(size.processes_on_a_node(&profile), size.cores, memory_of_a_node),
        extra: request.extra.to_vec(),
    };
    let prediction = Prediction { core_hours: hours.likely, low: hours.low, high: hours.high };
    Ok(Draft { profile, folder, job, prediction, chain: request.chain })
}

/// Refuses names that no line of a script takes.
fn check_names(request: &Request<'_>, folder: &Path, scheduler: Scheduler) -> Result<(), Failure> {
    let check = |what: &str, name: &OsStr, remedy: &str| {
        let reason = match name.to_str() {
            None => "is not text (UTF-8)",
            Some(name) if name.contains(char::is_control) => "has control characters",
            Some(_) => return Ok(()),
        };
        let name = name.to_string_lossy();
        Err(Failure::Wrong(format!("{what} {name:?} {reason}, which no batch script can hold; {remedy}")))
    };
    check("the study's name", request.study.study.as_os_str(), "rename it")?;
    check("the folder's name", folder.as_os_str(), "give another one with --output")?;
    for option in request.extra {
        check("the option", option.as_ref(), "write it in one line")?;
    }
    if scheduler == Scheduler::Slurm && folder.to_str().is_some_and(|folder| folder.contains('\\')) {
        return Err(Failure::Wrong(format!(
            "the folder's name {} has a backslash, which Slurm reads as a sign of its own; give another one with --output",
            folder.display()
        )));
    }
    Ok(())
}

/// A path as a word that is not an option.
fn path_word(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') { format!("./{text}") } else { text }
}

/// Where this program is: a job starts the same.
fn own_path() -> Result<String, Failure> {
    std::env::current_exe().map(|path| path.display().to_string()).map_err(|error| {
        Failure::Machine(format!(
            "the program's own path cannot be told: {}; set `program` in the profile",
            words_of(&error)
        ))
    })
}

/// The numbers of jobs.
struct Submitted {
    jobs: Vec<String>,
    map_job: Option<String>,
    /// What `sbatch` said when it took a job and gave no number that could be read.
    unread: Option<String>,
    /// How many jobs were not submitted, since they wait for one whose number is not known.
    left: u64,
}

impl Draft {
    /// Whether it would start several ranks of a program that knows nothing of ranks; of another program nothing is known.
    fn lacks_mpi(&self) -> bool {
        let ranks = self.job.nodes * self.profile.ranks_per_node;
        let is_of_ranks = self.profile.has_ranks() && self.job.form == Form::One && ranks > 1;
        is_of_ranks && self.profile.program.is_none() && library().is_none()
    }

    /// Prints the scripts.
    fn show(&self, console: &mut Console) {
        console.write(&self.script());
        if let Some(script) = self.map_script() {
            console.note("The map is made by a second job:");
            console.write(&script);
        }
    }

    fn script(&self) -> String {
        match self.profile.scheduler {
            Scheduler::Slurm => slurm::batch(&self.job, &self.profile),
            Scheduler::Pbs => slurm::pbs(&self.job, &self.profile),
        }
    }

    /// The script of the job that makes the map, where one does.
    fn map_script(&self) -> Option<String> {
        let time = self.job.map_apart.filter(|_| self.profile.scheduler == Scheduler::Slurm)?;
        Some(slurm::map_job(&self.job, time, &self.profile))
    }

    /// Leaves the scripts in the run's folder and gives them to the queue.
    fn submit(&self) -> Result<Submitted, Failure> {
        std::fs::create_dir_all(&self.folder).map_err(|error| {
            let (folder, words) = (self.folder.display(), words_of(&error));
            Failure::Machine(format!("cannot make {folder}: {words}; give another folder with --output"))
        })?;
        let write = |name: &str, text: String| -> Result<PathBuf, Failure> {
            let path = self.folder.join(name);
            aside::write(&path, &text)?;
            Ok(path)
        };
        let script = write(JOB, slurm::batch(&self.job, &self.profile))?;
        self.prediction.leave(&self.folder)?;
        let map = self.map_script().map(|text| write(MAP_JOB, text)).transpose()?;
        let all = self.chain + u64::from(map.is_some());
        let mut done = Submitted { jobs: Vec::new(), map_job: None, unread: None, left: 0 };
        for number in 0..all {
            let before = done.jobs.last();
            let is_map = number == self.chain;
            let (script, after) = match (&map, before) {
                (Some(map), Some(run)) if is_map => {
                    (map, vec![format!("--dependency=afterok:{run}"), "--kill-on-invalid-dep=yes".to_owned()])
                }
                _ => (
                    &script,
                    before.map(|before| format!("--dependency=afterany:{before}")).into_iter().collect(),
                ),
            };
            match cluster::submit(script, &after) {
                Ok(Taken::Number(job)) if is_map => done.map_job = Some(job),
                Ok(Taken::Number(job)) => done.jobs.push(job),
                Ok(Taken::Words(words)) => {
                    done.unread = Some(words);
                    done.left = all - number - 1;
                    break;
                }
                Err(error) if done.jobs.is_empty() => return Err(error.into()),
                Err(error) => {
                    let jobs = done.jobs.join(" ");
                    let message = format!(
                        "{error}\nthe jobs before it are submitted already; `scancel {jobs}` takes them back"
                    );
                    let is_wrong = error.is_callers_fault();
                    return Err(if is_wrong { Failure::Wrong(message) } else { Failure::Machine(message) });
                }
            }
        }
        Ok(done)
    }

    /// Warns of a job whose number nobody knows.
    fn warn(&self, submitted: &Submitted, console: &mut Console) {
        let Some(words) = &submitted.unread else { return };
        let mut text = format!(
            "warning: sbatch has taken the job and said `{words}`, in which no number can be read; `squeue --me` shows it, and it \
             need not be submitted again"
        );
        if submitted.left > 0 {
            let map =
                if self.job.map_apart.is_some() { ", the one that makes the map among them" } else { "" };
            let _ = write!(
                text,
                "; {} jobs that wait for it by its number were not submitted{map}",
                submitted.left
            );
        }
        console.warn(text);
    }

    /// Says what was submitted, and what to do next.
    fn tell(&self, submitted: &Submitted, console: &mut Console) {
        let folder = slurm::quoted(self.folder.display().to_string());
        let first = submitted.jobs.first().map_or("*", String::as_str);
        let log = match self.job.form {
            Form::One => format!("slurm-{first}.log"),
            Form::Array => format!("slurm-{first}_*.log"),
        };
        let all: Vec<&str> = submitted.jobs.iter().chain(&submitted.map_job).map(String::as_str).collect();
        console.note(format!("script    {}", self.folder.join(JOB).display()));
        let unread = submitted.unread.as_ref().map(|_| "one job, number unread");
        console.say(format!("submitted {}", all.iter().copied().chain(unread).collect::<Vec<_>>().join(" ")));
        console.note(format!("look      ictus status {folder}"));
        console.note(format!("log       {folder}/{log}"));
        if all.is_empty() {
            return;
        }
        console.note(format!(
            "stop      scancel {}   (what is finished stays; submit again to go on)",
            all.join(" ")
        ));
    }
}
