//! `ictus plan`: what a study costs, on this machine or on a cluster, told from a sample. Knows how to say it; what it costs is told
//! by `estimate`, and the size of a job chosen by the room `slurm`.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::analyse::sensitivity::expected::{self, Expected};
use crate::design::Sampling;
use crate::schedule::physical_cores;
use crate::slurm::cluster::{self, ClusterError};
use crate::slurm::{self, Beyond, Charge, Limits, NoWalltime, Profile, ProfileError, Scheduler, Size};
use crate::space::Axis;
use crate::study::Study;

use super::arguments::StudyArguments;
use super::console::Console;
use super::estimate::Estimate;
use super::{Failure, pilot, studies, until, words};

/// So many chains of points a thread works on side by side at least, where there are as many.
const LANES: usize = 64;

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
    let (study, until) = until::as_likely(studies::load(request.study)?)?;
    if let Some(until) = until.filter(|_| !request.json) {
        console.tell(until);
    }
    let Some(path) = request.profile else {
        let estimate = Estimate::glance(&study, request.threads)?;
        if request.json {
            console.say_json(&estimate_json(&study, &estimate));
        } else {
            tell(&study, &estimate, console);
            console.tell(memory_here(&estimate));
        }
        return Ok(());
    };
    let profile = Profile::load(path)?;
    let mut allowed = Allowed::by(&profile)?;
    allowed.assume(&profile, console);
    let wish = slurm::Wish { nodes: request.nodes, array: !profile.is_one_job(), ..slurm::Wish::default() };
    // Refused before a sample is taken.
    slurm::check(&wish, &profile, &allowed.limits, &allowed.place)?;
    let estimate = Estimate::pilot(&study, request.threads, request.pilot)?;
    let size = slurm::size(&estimate.work, &wish, &profile, &allowed.limits, &allowed.place)?;
    if request.json {
        let Value::Object(mut report) = estimate_json(&study, &estimate) else {
            unreachable!("it is a table")
        };
        report.insert("cluster".to_owned(), size_json(&estimate, &size, &profile));
        console.say_json(&report);
        return Ok(());
    }
    tell(&study, &estimate, console);
    for line in size_lines(&estimate, &size, &profile) {
        console.tell(line);
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
    let cut = if size.is_cut { ", and continues in another job" } else { "" };
    let charge = match profile.charge {
        Charge::Core => "core-hours",
        Charge::Node => "node-hours",
    };
    let processes = size.processes_on_a_node(profile);
    let threads = size.cores / processes;
    let memory = estimate.memory(threads);
    let of_a_process = words::bytes(memory.into());
    let of_a_node = words::bytes((processes * memory).into());
    vec![
        format!(
            "work      {} core-hours, from a pilot of {} points on {} here",
            estimate.work.core_hours,
            estimate.sampled,
            words::threads(estimate.threads)
        ),
        format!("size      {choice}"),
        format!("walltime  {}{cut}", size.time),
        format!(
            "memory    about {of_a_process} a process of {}, {of_a_node} a node",
            words::threads(threads)
        ),
        format!("charge    about {} {charge}", slurm::hours(size.charge)),
        format!("files     {} a start, and the map", size.nodes * processes),
    ]
}

/// A job's size for a tool.
pub(super) fn size_json(estimate: &Estimate, size: &Size, profile: &Profile) -> Value {
    let processes = size.processes_on_a_node(profile);
    let memory = estimate.memory(size.cores / processes);
    json!({
        "nodes": size.nodes,
        "advised_nodes": size.advised,
        "cores_per_node": size.cores,
        "seconds": size.duration.as_secs_f64(),
        "time": size.time.to_string(),
        "goes_on_afterwards": size.is_cut,
        "memory_bytes_a_process": memory,
        "memory_bytes_a_node": processes * memory,
        "charge": size.charge,
        "charge_unit": match profile.charge { Charge::Core => "core-hours", Charge::Node => "node-hours" },
    })
}

fn estimate_json(study: &Study, estimate: &Estimate) -> Value {
    let space = study.space();
    let hours = estimate.work.core_hours;
    json!({
        "points": space.points(),
        "half_width_of_s1": expected(study).map(|expected| expected.s1),
        "half_width_of_st": expected(study).and_then(|expected| expected.st),
        "shape": space.shape(),
        "axes": space.axes().iter().map(Axis::name).collect::<Vec<_>>(),
        "steps_a_point": estimate.steps,
        "threads": estimate.threads,
        "seconds": estimate.here.likely,
        "seconds_range": [estimate.here.low, estimate.here.high],
        "core_hours": hours.likely,
        "core_hours_range": [hours.low, hours.high],
        "memory_bytes": estimate.memory(estimate.threads),
        "disk_bytes": u64::try_from(estimate.disk()).unwrap_or(u64::MAX),
        "sampled_points": estimate.sampled,
    })
}

/// Says what a study costs on this machine.
fn tell(study: &Study, estimate: &Estimate, console: &mut Console) {
    let space = study.space();
    let sides: Vec<String> =
        space.axes().iter().map(|axis| format!("{} {}", axis.length(), axis.name())).collect();
    let sides = if sides.is_empty() { String::new() } else { format!(" ({})", sides.join(" x ")) };
    console.tell(format!("points    {}{sides}", space.points()));
    let steps = if estimate.steps == 0 { "none".to_owned() } else { format!("{} a point", estimate.steps) };
    console.tell(format!("steps     {steps}, {} features kept", estimate.quantities));
    let time = |seconds| words::duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    let [likely, low, high] = [estimate.here.likely, estimate.here.low, estimate.here.high].map(time);
    console
        .tell(format!("time      {likely} ({low} to {high}) on {} here", words::threads(estimate.threads)));
    if let Some(Expected { s1, st }) = expected(study) {
        let total = st.map_or_else(String::new, |st| format!(" and ST to {}", rounded(st)));
        console.tell(format!("accuracy  S1 of a binary outcome to about {}{total} (95 %)", rounded(s1)));
    }
    if let Some(line) = untold(study) {
        console.tell(line);
    }
    if let Some(warning) = few_chains(study, estimate.threads) {
        console.warn(warning);
    }
    let disk = words::bytes(estimate.disk());
    console.tell(format!("disk      at most {disk} (journals and map, before compression)"));
}

/// How well the indices of a binary outcome will be known, where a design of Sobol' points gives such.
fn expected(study: &Study) -> Option<Expected> {
    let design = study.design()?;
    let size = design.size();
    let is_paired = match design.sampling() {
        Sampling::Saltelli { .. } => true,
        Sampling::Sobol => false,
        _ => return None,
    };
    size.is_scrambled.then(|| expected::of_binary(size.base, size.replicates, is_paired))
}

/// That more than a hundredth of the points of a design could not be told, where that is so.
fn untold(study: &Study) -> Option<String> {
    study.design()?;
    let [unknown, tried] = pilot::unknown(study)?;
    let is_much = 100 * unknown > tried;
    is_much.then(|| {
        format!(
            "unknown   {unknown} of {tried} points tried are unclassified (unsettled, diverged or failed): more than 1 %, so `seizing` will be analysed in three ways; a longer transient classifies more of the unsettled ones"
        )
    })
}

/// Two digits of a number.
fn rounded(value: f64) -> String {
    let digits = (1.0 - value.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{value:.digits$}")
}

/// A warning where the points that go on from each other make fewer chains than a machine has lanes.
fn few_chains(study: &Study, threads: usize) -> Option<String> {
    let axis = study.space().axes().last().filter(|_| study.is_chained())?;
    let chains = study.space().points() / (2 * axis.length());
    let lanes = (LANES * threads) as u64;
    (chains < lanes).then(|| {
        format!(
            "warning: `continue` makes {chains} chains of points, and {} could work on {lanes} side by side; make the other axes \
             longer, or the continued one shorter: it takes {} points one after the other",
            words::threads(threads),
            2 * axis.length()
        )
    })
}

fn memory_here(estimate: &Estimate) -> String {
    let memory = words::bytes(estimate.memory(estimate.threads).into());
    format!("memory    about {memory} a process of {}", words::threads(estimate.threads))
}
