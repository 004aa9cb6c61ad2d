//! A profile: what one cluster wants to know of a job, read from TOML as strictly as a study. Knows nothing of studies.

use std::path::{Path, PathBuf};

use crate::complaint::{Complaints, Source, text_of};
use crate::study::document::{self, LONGEST_TEXT, Value};
use crate::study::fields::{Fields, Sink, did_you_mean};

use super::Walltime;

/// The system that a cluster's queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheduler {
    /// Slurm: jobs are submitted.
    #[default]
    Slurm,
    /// PBS: a script is printed.
    Pbs,
}

/// How the processes of a job are started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Launcher {
    /// No MPI: one process a job.
    #[default]
    None,
    /// Slurm's own.
    Srun,
    /// The MPI library's own.
    Mpirun,
    /// No MPI: Slurm's own starts processes in one job, which share the folder.
    Join,
}

/// What a job finds in its environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Export {
    /// What the shell had that submitted it.
    #[default]
    All,
    /// What a new login has.
    None,
}

/// What a cluster counts when it charges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charge {
    /// The hours of each core that a job has.
    #[default]
    Core,
    /// The hours of each node, whole.
    Node,
}

/// What a cluster, or a profile in its place, says is the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The longest a job may take.
    pub time: Option<Walltime>,
    /// The most nodes a job may have.
    pub nodes: Option<u64>,
    /// The cores of a node.
    pub cores: Option<u64>,
    /// The most processes of an array.
    pub array: Option<u64>,
    /// The memory of a node in MiB, as the cluster says it; 1 where its Slurm was not told.
    pub memory: Option<u64>,
}

/// What one cluster wants to know of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The queue.
    pub scheduler: Scheduler,
    /// Who pays.
    pub account: Option<String>,
    /// The part of the cluster.
    pub partition: Option<String>,
    /// The quality of service.
    pub qos: Option<String>,
    /// What nodes must have.
    pub constraint: Option<String>,
    /// The memory of a node, as sbatch's `--mem`; `default` for the cluster's own. Where it is not given, what the study needs is asked for.
    pub memory: Option<String>,
    /// Whether nodes are for this job alone.
    pub exclusive: bool,
    /// Further options of sbatch.
    pub extra: Vec<String>,
    /// How many cores of a node to use; as many as the cluster says if not given.
    pub cores_per_node: Option<u64>,
    /// How many MPI processes a node runs.
    pub ranks_per_node: u64,
    /// What is charged.
    pub charge: Charge,
    /// What starts the processes.
    pub launcher: Launcher,
    /// The flavour of MPI that srun speaks.
    pub mpi: Option<String>,
    /// What srun binds a process to.
    pub cpu_bind: Option<String>,
    /// The program, where it is not the one that submits.
    pub program: Option<String>,
    /// Modules to load.
    pub modules: Vec<String>,
    /// Whether modules that are loaded already are unloaded before.
    pub purge: bool,
    /// What a job finds in its environment.
    pub export: Export,
    /// Lines of shell before the program.
    pub prologue: Vec<String>,
    /// Further options of `ictus run`.
    pub arguments: Vec<String>,
    /// How many seconds before its end a job gets the early signal.
    pub early_signal: u64,
    /// Whether a job puts itself back into the queue.
    pub requeue: bool,
    /// How often at most.
    pub restarts: u64,
    /// An advised size finishes within this.
    pub aim: Walltime,
    /// Maps of more points are made by a job of their own.
    pub map_apart_above: u64,
    /// What counts instead of the cluster's own limits.
    pub limits: Limits,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("the profile {} {reason}; copy slurm/profiles/generic.toml and describe your cluster", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The profile is wrong.
    #[error(transparent)]
    Wrong(#[from] Complaints),
}

impl Profile {
    /// Reads a profile's file.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it is wrong.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let text = text_of(path, LONGEST_TEXT as u64)
            .map_err(|reason| ProfileError::Unreadable { path: path.to_owned(), reason })?;
        Ok(Self::parse(&path.display().to_string(), &text)?)
    }

    /// Whether a job is one program of several ranks of MPI.
    pub fn has_ranks(&self) -> bool {
        matches!(self.launcher, Launcher::Srun | Launcher::Mpirun)
    }

    /// Whether several nodes are one job, rather than a job a node.
    pub fn is_one_job(&self) -> bool {
        self.launcher != Launcher::None
    }

    /// The memory of a node that it asks for, in bytes; `None` where it asks for none, for all of it, or in words that only sbatch
    /// knows.
    pub fn memory_bytes(&self) -> Option<u64> {
        let text = self.memory.as_deref()?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        // Powers of 1024, megabytes where nothing is said (sbatch(1), `--mem`).
        let unit = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
            "K" => 1 << 10,
            "" | "M" => 1 << 20,
            "G" => 1 << 30,
            "T" => 1 << 40,
            _ => return None,
        };
        digits.parse::<u64>().ok().filter(|&count| count > 0)?.checked_mul(unit)
    }

    /// Reads a profile's text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    ///
    /// # Panics
    /// Never: a text in TOML is a table.
    pub fn parse(name: &str, text: &str) -> Result<Self, Complaints> {
        let root = document::read(&Source::new(name, text)).map_err(Complaints)?;
        let mut sink = Sink::new();
        let fields = Fields::of("a profile", &root, &mut sink).expect("a document is a table");
        let profile = read(fields, &mut sink);
        if sink.is_empty() { Ok(profile) } else { Err(Complaints(sink)) }
    }
}

/// Seconds before its end at which a job is asked to stop, where a profile does not say: tiles take at most a few.
const EARLY_SIGNAL: u64 = 120;
/// The longest that sbatch takes for `--signal`.
const EARLIEST_SIGNAL: u64 = 65_535;
/// Restarts where a profile does not say.
const RESTARTS: u64 = 20;
/// Two hours: long enough that starting costs nothing, short enough for a queue to fit in.
const AIM: u64 = 7200;
/// So many points are put together in about a minute.
const MAP_APART_ABOVE: u64 = 20_000_000;

fn read(mut fields: Fields<'_>, sink: &mut Sink) -> Profile {
    let scheduler =
        choice(&mut fields, "scheduler", &[("slurm", Scheduler::Slurm), ("pbs", Scheduler::Pbs)], sink);
    let launchers = [
        ("none", Launcher::None),
        ("srun", Launcher::Srun),
        ("mpirun", Launcher::Mpirun),
        ("join", Launcher::Join),
    ];
    let export = choice(&mut fields, "export", &[("all", Export::All), ("none", Export::None)], sink);
    let launcher = choice(&mut fields, "launcher", &launchers, sink);
    let charge = choice(&mut fields, "charge", &[("core", Charge::Core), ("node", Charge::Node)], sink);
    let word = |fields: &mut Fields<'_>, key, sink: &mut Sink| {
        fields.get(key).and_then(|value| word(value, key, sink))
    };
    let lines = |fields: &mut Fields<'_>, key, sink: &mut Sink| {
        fields.get(key).map(|value| lines(value, key, sink)).unwrap_or_default()
    };
    let early_signal = count(&mut fields, "early_signal", 1, sink);
    if let Some(value) = fields.get("early_signal")
        && early_signal.is_some_and(|seconds| seconds > EARLIEST_SIGNAL)
    {
        let message = format!("`early_signal` is more than Slurm's {EARLIEST_SIGNAL} s");
        sink.push(value.place.error(message, "write a few minutes at most, in seconds"));
    }
    let extra = lines(&mut fields, "extra", sink);
    if let Some(value) = fields.get("extra")
        && let Some(wrong) = extra.iter().find(|option| !option.starts_with('-'))
    {
        let message = format!("`extra` holds `{wrong}`, which is not an option of sbatch");
        sink.push(
            value
                .place
                .error(message, "write each option with its value as one text, as \"--mail-type=END\""),
        );
    }
    let profile = Profile {
        scheduler: scheduler.unwrap_or_default(),
        account: word(&mut fields, "account", sink),
        partition: word(&mut fields, "partition", sink),
        qos: word(&mut fields, "qos", sink),
        constraint: word(&mut fields, "constraint", sink),
        memory: word(&mut fields, "memory", sink),
        exclusive: truth(&mut fields, "exclusive", sink).unwrap_or(false),
        extra,
        cores_per_node: count(&mut fields, "cores_per_node", 1, sink),
        ranks_per_node: count(&mut fields, "ranks_per_node", 1, sink).unwrap_or(1),
        charge: charge.unwrap_or_default(),
        launcher: launcher.unwrap_or_default(),
        mpi: word(&mut fields, "mpi", sink),
        cpu_bind: word(&mut fields, "cpu_bind", sink),
        program: word(&mut fields, "program", sink),
        modules: lines(&mut fields, "modules", sink),
        purge: truth(&mut fields, "purge", sink).unwrap_or(true),
        export: export.unwrap_or_default(),
        prologue: lines(&mut fields, "prologue", sink),
        arguments: lines(&mut fields, "arguments", sink),
        early_signal: early_signal.unwrap_or(EARLY_SIGNAL),
        requeue: truth(&mut fields, "requeue", sink).unwrap_or(true),
        restarts: count(&mut fields, "restarts", 0, sink).unwrap_or(RESTARTS),
        aim: walltime(&mut fields, "aim", sink).unwrap_or(Walltime::from_seconds(AIM)),
        map_apart_above: count(&mut fields, "map_apart_above", 0, sink).unwrap_or(MAP_APART_ABOVE),
        limits: fields.table("limits", sink).map(|fields| limits(fields, sink)).unwrap_or_default(),
    };
    fields.finish(sink);
    profile
}

fn limits(mut fields: Fields<'_>, sink: &mut Sink) -> Limits {
    let limits = Limits {
        time: walltime(&mut fields, "time", sink),
        nodes: count(&mut fields, "nodes", 1, sink),
        cores: count(&mut fields, "cores", 1, sink),
        array: count(&mut fields, "array", 1, sink),
        memory: None,
    };
    fields.finish(sink);
    limits
}

/// One of a few words.
fn choice<T: Copy>(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[(&'static str, T)],
    sink: &mut Sink,
) -> Option<T> {
    let value = fields.get(key)?;
    let text = value.text(&format!("`{key}`"), sink)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let remedy = did_you_mean(text, words.iter().map(|(word, _)| *word));
        sink.push(value.place.error(format!("there is no {key} `{text}`"), remedy));
    }
    found
}

fn count(fields: &mut Fields<'_>, key: &'static str, least: u64, sink: &mut Sink) -> Option<u64> {
    fields.get(key)?.count(&format!("`{key}`"), least, sink)
}

fn truth(fields: &mut Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<bool> {
    fields.get(key)?.truth(&format!("`{key}`"), sink)
}

fn walltime(fields: &mut Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<Walltime> {
    let value = fields.get(key)?;
    match value.text(&format!("`{key}`"), sink)?.parse() {
        Ok(time) => Some(time),
        Err(error) => {
            sink.push(value.place.error(format!("`{key}`: {error}"), "write for instance \"02:00:00\""));
            None
        }
    }
}

/// A text without blanks: it becomes a part of one option of sbatch.
fn word<'a>(value: &'a Value, key: &str, sink: &mut Sink) -> Option<String> {
    let text: &'a str = value.text(&format!("`{key}`"), sink)?;
    if !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(text.to_owned());
    }
    let message = format!("`{key}` is {text:?}, and should be one word");
    sink.push(value.place.error(message, "leave the key out if it has no value"));
    None
}

/// A list of texts of one line each.
fn lines(value: &Value, key: &str, sink: &mut Sink) -> Vec<String> {
    let what = format!("`{key}`");
    let mut lines = Vec::new();
    for item in value.list(&what, sink).unwrap_or_default() {
        let Some(text) = item.text(&format!("an item of {what}"), sink) else { continue };
        if text.contains(char::is_control) {
            sink.push(
                item.place
                    .error(format!("an item of {what} has more than one line"), "write each line as a text"),
            );
            continue;
        }
        lines.push(text.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<(String, String, (usize, usize))> {
        let Complaints(list) = Profile::parse("x.toml", text).expect_err("wrong");
        list.into_iter()
            .map(|complaint| (complaint.message.clone(), complaint.remedy.clone(), complaint.position()))
            .collect()
    }

    #[test]
    fn the_generic_profile_says_what_an_empty_one_means() {
        let generic = Profile::parse("generic.toml", include_str!("../../slurm/profiles/generic.toml"));
        assert_eq!(generic, Profile::parse("empty.toml", ""));
    }

    #[test]
    fn every_key_that_stands_in_a_comment_of_the_generic_profile_is_known() {
        let text = include_str!("../../slurm/profiles/generic.toml");
        let uncommented: Vec<&str> = text
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
            .collect();
        let profile = Profile::parse("generic.toml", &uncommented.join("\n")).expect("every key is known");
        assert_eq!(profile.partition.as_deref(), Some("compute"));
        assert_eq!(profile.limits.array, Some(1000));
    }

    #[test]
    fn memory_is_read_as_sbatch_reads_it() {
        let bytes = |text: &str| {
            Profile::parse("x", &format!("memory = \"{text}\"")).expect("a profile").memory_bytes()
        };
        assert_eq!([bytes("8G"), bytes("512"), bytes("2t")], [Some(8 << 30), Some(512 << 20), Some(2 << 40)]);
        assert_eq!([bytes("0"), bytes("all"), bytes("1.5G")], [None; 3]);
        assert_eq!(Profile::parse("x", "").expect("a profile").memory_bytes(), None);
    }

    #[test]
    fn a_misspelt_key_is_refused_at_its_place_with_the_right_one() {
        let found = complaints("account = \"a\"\npartitoin = \"b\"\n[limits]\ntimes = \"1\"\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].1, "did you mean `time`?");
        assert_eq!((found[1].1.as_str(), found[1].2), ("did you mean `partition`?", (2, 1)));
    }

    #[test]
    fn each_mistake_has_one_message() {
        for (text, wanted) in [
            ("launcher = \"srn\"", "no launcher `srn`"),
            ("charge = 1", "should be a text"),
            ("account = \"my project\"", "one word"),
            ("extra = [\"mail\"]", "not an option of sbatch"),
            ("prologue = [\"a\\nb\"]", "more than one line"),
            ("modules = \"gcc\"", "a list"),
            ("aim = \"2 h\"", "not a time that Slurm reads"),
            ("ranks_per_node = 0", "from 1"),
            ("early_signal = 100000", "more than Slurm's"),
            ("requeue = \"yes\"", "true or false"),
        ] {
            let found = complaints(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].0.contains(wanted), "{text}: {found:?}");
        }
    }
}
