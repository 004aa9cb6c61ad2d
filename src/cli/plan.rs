//! `ictus plan`: what a study costs, on this machine or on a cluster, told from a sample. Knows how to say it; the size of a job is
//! chosen by the room `slurm`.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::run::RunError;
use crate::schedule::local::{self, Forecast, Patience};
use crate::schedule::physical_cores;
use crate::slurm::cluster::{self, ClusterError};
use crate::slurm::{
    self, Beyond, Charge, CoreHours, Limits, NoWalltime, Profile, ProfileError, Scheduler, Size, Work,
};
use crate::space::Axis;
use crate::store::needed_bytes;
use crate::study::Study;

use super::arguments::StudyArguments;
use super::console::Console;
use super::run::check_threads;
use super::{Failure, studies, words};

/// How long the sample for this machine is measured.
const GLANCE: Patience = Patience { most: Duration::from_secs(2), uncertainty: 0.0 };

/// The sample for a cluster is measured until it is as certain as this, a part of it.
const CERTAIN_ENOUGH: f64 = 0.03;

/// What a sample cannot see: other processors, other loads, what starting costs. A part of the estimate.
const UNSEEN: f64 = 0.1;

/// What `ictus plan` was asked for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) study: &'a StudyArguments,
    pub(super) threads: Option<usize>,
    pub(super) profile: Option<&'a Path>,
    pub(super) nodes: Option<u64>,
    pub(super) pilot: Duration,
    pub(super) json: bool,
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<Beyond> for Failure {
    fn from(error: Beyond) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<NoWalltime> for Failure {
    fn from(error: NoWalltime) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        let text = error.to_string();
        if error.is_callers_fault() { Self::Wrong(text) } else { Self::Machine(text) }
    }
}

/// What a study costs, from a sample on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    threads: usize,
    steps: u64,
    quantities: usize,
    forecast: Forecast,
    /// What it asks of any machine.
    pub(super) work: Work,
}

impl Estimate {
    /// Measures a sample long enough to plan jobs by.
    pub(super) fn pilot(study: &Study, threads: Option<usize>, most: Duration) -> Result<Self, Failure> {
        Self::new(study, threads, Patience { most, uncertainty: CERTAIN_ENOUGH })
    }

    fn new(study: &Study, threads: Option<usize>, patience: Patience) -> Result<Self, Failure> {
        check_threads(threads)?;
        let survey = study.survey().map_err(|error| Failure::from(RunError::from(error)))?;
        let threads = threads.unwrap_or_else(physical_cores);
        let points = study.space().points();
        let forecast = local::forecast(&survey, study.space(), Some(threads), patience)
            .map_err(|error| Failure::from(RunError::from(error)))?;
        let likely = forecast.seconds_a_point * points as f64 / 3600.0;
        let margin = forecast.uncertainty.min(1.0) + UNSEEN;
        let core_hours =
            CoreHours { likely, low: likely * (1.0 - margin).max(0.0), high: likely * (1.0 + margin) };
        Ok(Self {
            threads,
            steps: survey.steps(),
            quantities: survey.quantities().len(),
            forecast,
            work: Work { core_hours, points },
        })
    }

    fn disk(&self) -> u128 {
        needed_bytes(self.work.points, self.work.points, self.quantities)
    }
}

/// A profile's limits and the cluster's, and what to call them.
#[derive(Debug)]
pub(super) struct Allowed {
    pub(super) limits: Limits,
    pub(super) place: String,
    /// Why the cluster has not answered, if it has not.
    pub(super) silence: Option<ClusterError>,
}

impl Allowed {
    /// Asks the cluster what it allows; a profile's own limits come first, and stand alone where there is no answer. A profile
    /// of PBS asks nobody.
    pub(super) fn by(profile: &Profile) -> Result<Self, Failure> {
        let silence = match profile.scheduler {
            Scheduler::Pbs => None,
            Scheduler::Slurm => match cluster::ask(profile.partition.as_deref()) {
                Ok(cluster) => {
                    let limits = profile.limits.or(cluster.limits);
                    let place = format!("partition `{}`", cluster.partition);
                    return Ok(Self { limits, place, silence: None });
                }
                Err(error) if error.is_callers_fault() => return Err(error.into()),
                Err(error) => Some(error),
            },
        };
        Ok(Self { limits: profile.limits, place: "the profile".to_owned(), silence })
    }

    /// Says that limits are the profile's alone, and takes nodes for such as this machine where it does not say how large they
    /// are.
    pub(super) fn assume(&mut self, profile: &Profile, console: &mut Console) {
        if let Some(silence) = &self.silence {
            let words = silence.to_string();
            let first = words.lines().next().unwrap_or_default();
            console
                .note(format!("No cluster answers here, so the limits are those of the profile. ({first})"));
        }
        if profile.cores_per_node.is_none() && self.limits.cores.is_none() {
            let cores = physical_cores();
            console.note(format!(
                "`cores_per_node` is not set: a node is taken to have {cores} cores, as this machine."
            ));
            self.limits.cores = Some(cores as u64);
        }
    }
}

/// Says what a study costs.
pub(super) fn plan(request: &Request<'_>, console: &mut Console) -> Result<(), Failure> {
    let study = studies::load(request.study)?;
    let Some(path) = request.profile else {
        let estimate = Estimate::new(&study, request.threads, GLANCE)?;
        if request.json {
            console.say(estimate_json(&study, &estimate).to_string());
        } else {
            tell(&study, &estimate, console);
        }
        return Ok(());
    };
    let profile = Profile::load(path)?;
    let mut allowed = Allowed::by(&profile)?;
    allowed.assume(&profile, console);
    let wish = slurm::Wish { nodes: request.nodes, array: !profile.has_ranks(), ..slurm::Wish::default() };
    // Refused before a sample is taken.
    slurm::check(&wish, &profile, &allowed.limits, &allowed.place)?;
    let estimate = Estimate::pilot(&study, request.threads, request.pilot)?;
    let size = slurm::size(&estimate.work, &wish, &profile, &allowed.limits, &allowed.place)?;
    if request.json {
        let Value::Object(mut report) = estimate_json(&study, &estimate) else {
            unreachable!("it is a table")
        };
        report.insert("cluster".to_owned(), size_json(&size, &profile));
        console.say(Value::Object(report).to_string());
        return Ok(());
    }
    tell(&study, &estimate, console);
    for line in size_lines(&estimate, &size, &profile) {
        console.say(line);
    }
    Ok(())
}

/// A study's cost on a cluster, line by line.
pub(super) fn size_lines(estimate: &Estimate, size: &Size, profile: &Profile) -> Vec<String> {
    let nodes = |count: u64| if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") };
    let advised = estimate.work.core_hours.likely * 3600.0 / (size.advised * size.cores) as f64;
    let advised = words::duration(Duration::try_from_secs_f64(advised).unwrap_or(Duration::MAX));
    let takes = words::duration(size.duration);
    let chosen = format!("{} of {} cores: about {takes}", nodes(size.nodes), size.cores);
    let choice = if size.nodes == size.advised && size.nodes == 1 {
        format!("{chosen}; one node is enough")
    } else if size.nodes == size.advised {
        format!("{chosen}; advised")
    } else {
        let are = if size.advised == 1 { "is" } else { "are" };
        format!("{chosen}; {} {are} enough, and would take {advised}", nodes(size.advised))
    };
    let choice = if size.nodes < size.advised {
        format!("{chosen}; {} are advised, and would take {advised}", nodes(size.advised))
    } else {
        choice
    };
    let cut = if size.is_cut { ", and goes on in another job" } else { "" };
    let charge = match profile.charge {
        Charge::Core => "core-hours",
        Charge::Node => "node-hours",
    };
    let processes = size.nodes * if profile.has_ranks() { profile.ranks_per_node } else { 1 };
    vec![
        format!(
            "work      {} core-hours, from a pilot of {} points on {} threads here",
            estimate.work.core_hours, estimate.forecast.sampled, estimate.threads
        ),
        format!("size      {choice}"),
        format!("walltime  {}{cut}", size.time),
        format!("charge    about {} {charge}", slurm::hours(size.charge)),
        format!("files     {processes} a start, and the map"),
    ]
}

/// A job's size for a tool.
pub(super) fn size_json(size: &Size, profile: &Profile) -> Value {
    json!({
        "nodes": size.nodes,
        "advised_nodes": size.advised,
        "cores_per_node": size.cores,
        "seconds": size.duration.as_secs_f64(),
        "time": size.time.to_string(),
        "goes_on_afterwards": size.is_cut,
        "charge": size.charge,
        "charge_unit": match profile.charge { Charge::Core => "core-hours", Charge::Node => "node-hours" },
    })
}

fn estimate_json(study: &Study, estimate: &Estimate) -> Value {
    let space = study.space();
    let hours = estimate.work.core_hours;
    json!({
        "points": space.points(),
        "shape": space.shape(),
        "axes": space.axes().iter().map(Axis::name).collect::<Vec<_>>(),
        "steps_a_point": estimate.steps,
        "threads": estimate.threads,
        "seconds": estimate.forecast.duration.as_secs_f64(),
        "core_hours": hours.likely,
        "core_hours_range": [hours.low, hours.high],
        "memory_bytes": memory(estimate.threads, estimate.quantities, space.points()) as u64,
        "disk_bytes": u64::try_from(estimate.disk()).unwrap_or(u64::MAX),
        "sampled_points": estimate.forecast.sampled,
    })
}

/// Says what a study costs on this machine.
fn tell(study: &Study, estimate: &Estimate, console: &mut Console) {
    let (space, threads) = (study.space(), estimate.threads);
    let sides: Vec<String> =
        space.axes().iter().map(|axis| format!("{} {}", axis.length(), axis.name())).collect();
    let sides = if sides.is_empty() { String::new() } else { format!(" ({})", sides.join(" x ")) };
    console.say(format!("points    {}{sides}", space.points()));
    let steps = if estimate.steps == 0 { "none".to_owned() } else { format!("{} a point", estimate.steps) };
    console.say(format!("steps     {steps}, {} features kept", estimate.quantities));
    let each = if threads == 1 { "thread" } else { "threads" };
    console
        .say(format!("time      {} on {threads} {each} here", words::duration(estimate.forecast.duration)));
    let memory = memory(threads, estimate.quantities, space.points());
    console.say(format!("memory    about {} a process of {threads} {each}", words::bytes(memory)));
    let disk = words::bytes(estimate.disk());
    console.say(format!("disk      at most {disk} (journals and map, before compression)"));
}

/// About how much memory a process takes: it does not grow with points, but for 32 bytes a finished tile.
fn memory(threads: usize, quantities: usize, points: u64) -> u128 {
    const PROGRAM: u128 = 40_000_000;
    // A cell of the map (2^17 points at most) is put together whole; a thread holds a tile and its program's strip.
    let cell = u128::from(points.min(1 << 17)) * (2 + 8 * quantities as u128) * 2;
    PROGRAM + cell + threads as u128 * 6_000_000
}
