//! How many nodes for how long: what a study costs against what a cluster has. Knows no scripts.

use std::fmt;
use std::time::Duration;

use super::{Charge, Limits, Profile, Walltime};

/// Hours of one core: the most likely number, and between which two it very likely lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoreHours {
    /// The most likely.
    pub likely: f64,
    /// Hardly fewer.
    pub low: f64,
    /// Hardly more.
    pub high: f64,
}

/// What a study asks of a machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Computing.
    pub core_hours: CoreHours,
    /// How many points are measured.
    pub points: u64,
    /// How long one core then makes the map, while all others wait.
    pub map: Duration,
}

/// What a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// So many nodes, or processes of an array.
    pub nodes: Option<u64>,
    /// So long.
    pub time: Option<Walltime>,
    /// An array of jobs of one node each.
    pub array: bool,
}

/// How large a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Nodes, or processes of an array.
    pub nodes: u64,
    /// Whether these are an array of jobs of one node each, should they be several.
    pub is_array: bool,
    /// The nodes that are advised.
    pub advised: u64,
    /// Cores of a node.
    pub cores: u64,
    /// How long it most likely takes.
    pub duration: Duration,
    /// How long it is asked for.
    pub time: Walltime,
    /// Whether the time asked for is shorter than what the work may take, so that the job must go on afterwards.
    pub is_cut: bool,
    /// How long a job of one core is asked for that makes the map afterwards, where one does.
    pub map_time: Walltime,
    /// What is charged, most likely, in the cluster's own hours.
    pub charge: f64,
}

impl Size {
    /// How many processes of the program a node runs; each has an equal part of its cores.
    pub fn processes_on_a_node(&self, profile: &Profile) -> u64 {
        if self.is_array || !profile.is_one_job() { 1 } else { profile.ranks_per_node }
    }
}

/// A wish that the cluster does not fulfil.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// More than there is.
    #[error("{asked} {what} are more than the {most} that {place} allows; ask for at most {most}")]
    Most {
        /// Of what.
        what: &'static str,
        /// So many were wanted.
        asked: u64,
        /// So many there are.
        most: u64,
        /// The partition or the profile.
        place: String,
    },
    /// Longer than a job may take.
    #[error(
        "a time of {asked} is beyond the {most} that {place} allows; ask for at most that, the job resumes by itself"
    )]
    Time {
        /// So long.
        asked: Walltime,
        /// The longest.
        most: Walltime,
        /// The partition or the profile.
        place: String,
    },
    /// The early signal would come before the start.
    #[error(
        "a time of {asked} leaves nothing before the early signal, {signal} s before its end; ask for more, or set `early_signal` in the profile"
    )]
    TooShort {
        /// So long.
        asked: Walltime,
        /// The early signal.
        signal: u64,
    },
    /// Nothing, or nobody knows how much.
    #[error("{0}")]
    Unknown(&'static str),
}

/// A thread with fewer points than this waits for others towards the end.
const LEAST_POINTS_A_CORE: u64 = 100;

/// What starting a job, reading journals and writing the map take at most, in seconds.
const OVERHEAD: u64 = 300;

/// How long making a map may take, where the cluster allows that.
const MAP_TIME: Walltime = Walltime::from_hours(4);

/// Times are rounded up to multiples of this many seconds.
const ROUND: u64 = 300;

/// The part by which a time is longer than the upper end of the estimate: nodes differ.
const RESERVE: f64 = 1.25;

/// Refuses what is wanted beyond what is allowed, before anything is measured; `place` is what to call the limits in a message.
///
/// # Errors
/// When more is wanted than is allowed.
pub fn check(wish: &Wish, profile: &Profile, limits: &Limits, place: &str) -> Result<(), Beyond> {
    let cores = cores(profile, limits)?;
    let most = |what, asked: u64, most: Option<u64>| match most {
        Some(most) if asked > most => Err(Beyond::Most { what, asked, most, place: place.to_owned() }),
        _ => Ok(()),
    };
    most("cores of a node", cores, limits.cores)?;
    if profile.is_one_job() {
        most("ranks on a node", profile.ranks_per_node, Some(cores))?;
    }
    match wish.nodes {
        Some(0) => return Err(Beyond::Unknown("a job of no nodes computes nothing; ask for at least 1")),
        Some(jobs) if wish.array => most("jobs of an array", jobs, limits.array)?,
        Some(nodes) => most("nodes", nodes, limits.nodes)?,
        None => {}
    }
    match (wish.time, limits.time) {
        (Some(asked), Some(longest)) if asked > longest => {
            Err(Beyond::Time { asked, most: longest, place: place.to_owned() })
        }
        (Some(asked), _) if asked.seconds() <= profile.early_signal => {
            Err(Beyond::TooShort { asked, signal: profile.early_signal })
        }
        _ => Ok(()),
    }
}

/// The cores of a node that a job uses.
fn cores(profile: &Profile, limits: &Limits) -> Result<u64, Beyond> {
    profile.cores_per_node.or(limits.cores).ok_or(Beyond::Unknown(
        "how many cores a node has is not known here; set `cores_per_node` in the profile",
    ))
}

/// Chooses the size of a job; `place` is what to call the limits in a message.
///
/// # Errors
/// When more is wanted than is allowed.
pub fn size(
    work: &Work,
    wish: &Wish,
    profile: &Profile,
    limits: &Limits,
    place: &str,
) -> Result<Size, Beyond> {
    check(wish, profile, limits, place)?;
    let cores = cores(profile, limits)?;
    let advised = advised(work, cores, profile.aim, limits);
    let nodes = wish.nodes.unwrap_or(advised);
    let map = if work.points > profile.map_apart_above { 0.0 } else { work.map.as_secs_f64() };
    let seconds = |core_hours: f64| 3600.0 * core_hours / (nodes * cores) as f64 + map;
    let needed = (seconds(work.core_hours.high) * RESERVE) as u64 + OVERHEAD + profile.early_signal;
    let whole = Walltime::from_seconds(needed.div_ceil(ROUND) * ROUND);
    let time = wish.time.unwrap_or_else(|| limits.time.map_or(whole, |longest| whole.min(longest)));
    if time.seconds() <= profile.early_signal {
        return Err(Beyond::TooShort { asked: time, signal: profile.early_signal });
    }
    Ok(Size {
        nodes,
        is_array: wish.array,
        advised,
        cores,
        duration: Duration::try_from_secs_f64(seconds(work.core_hours.likely)).unwrap_or(Duration::MAX),
        time,
        is_cut: time.seconds() < seconds(work.core_hours.high) as u64 + profile.early_signal,
        // A queue keeps a job that asks for more than there is, and never starts it.
        map_time: limits.time.map_or(MAP_TIME, |longest| longest.min(MAP_TIME)),
        charge: seconds(work.core_hours.likely) / 3600.0
            * match profile.charge {
                Charge::Core => (nodes * cores) as f64,
                Charge::Node => nodes as f64,
            },
    })
}

/// The fewest nodes that finish within the aim, as far as there are nodes, and points enough to keep their cores busy.
fn advised(work: &Work, cores: u64, aim: Walltime, limits: &Limits) -> u64 {
    let wanted = (3600.0 * work.core_hours.high / (aim.seconds().max(1) * cores) as f64).ceil() as u64;
    let busy = work.points / (LEAST_POINTS_A_CORE * cores);
    wanted.min(busy).min(limits.nodes.unwrap_or(u64::MAX)).max(1)
}

impl fmt::Display for CoreHours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} to {})", hours(self.likely), hours(self.low), hours(self.high))
    }
}

/// Hours with two digits that count.
pub fn hours(hours: f64) -> String {
    if hours <= 0.0 || !hours.is_finite() {
        return format!("{hours}");
    }
    let digits = (1.0 - hours.log10().floor()).clamp(0.0, 4.0) as usize;
    format!("{hours:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(core_hours: f64, points: u64) -> Work {
        let core_hours = CoreHours { likely: core_hours, low: 0.9 * core_hours, high: 1.1 * core_hours };
        Work { core_hours, points, map: Duration::ZERO }
    }

    fn profile() -> Profile {
        Profile::parse("x", "cores_per_node = 50\naim = \"01:00:00\"\n").expect("a profile")
    }

    fn sized(work: &Work, wish: Wish, limits: &Limits) -> Result<Size, Beyond> {
        size(work, &wish, &profile(), limits, "partition `p`")
    }

    #[test]
    fn a_small_study_is_advised_one_node() {
        let size = sized(&work(10.0, 1_000_000), Wish::default(), &Limits::default()).expect("a size");
        assert_eq!((size.nodes, size.advised), (1, 1));
        // 11 h of 50 cores are 792 s, a quarter more 990, and 300 + 120 s before and after.
        assert_eq!(size.time, Walltime::from_seconds(1500));
        assert!(!size.is_cut);
    }

    #[test]
    fn a_large_study_is_advised_as_many_nodes_as_finish_within_the_aim() {
        let size = sized(&work(1000.0, 10_000_000), Wish::default(), &Limits::default()).expect("a size");
        assert_eq!(size.nodes, 22); // 1100 core-hours at the most, 50 an hour and node.
        let few = Limits { nodes: Some(4), time: Some(Walltime::from_seconds(3600)), ..Limits::default() };
        let size = sized(&work(1000.0, 10_000_000), Wish::default(), &few).expect("a size");
        assert_eq!((size.nodes, size.time.seconds(), size.is_cut), (4, 3600, true));
        assert_eq!(size.map_time.seconds(), 3600);
    }

    #[test]
    fn all_cores_are_paid_for_while_one_makes_the_map() {
        let wish = Wish { nodes: Some(4), ..Wish::default() };
        let map = Duration::from_secs(360);
        let with =
            |points| sized(&Work { map, ..work(10.0, points) }, wish, &Limits::default()).expect("a size");
        // 200 cores wait for a tenth of an hour; 10 h of them are 180 s of computing.
        assert_eq!((with(1000).duration.as_secs(), with(1000).charge.round()), (540, 30.0));
        // So large a map is made by a job of one core.
        assert_eq!((with(30_000_000).duration.as_secs(), with(30_000_000).charge.round()), (180, 10.0));
    }

    #[test]
    fn hours_have_two_digits_that_count() {
        assert_eq!(work(0.0325, 1).core_hours.to_string(), "0.033 (0.029 to 0.036)");
        assert_eq!(work(12_345.0, 1).core_hours.to_string(), "12345 (11110 to 13580)");
        assert_eq!(hours(1.25), "1.2");
    }

    #[test]
    fn no_more_nodes_are_advised_than_points_can_keep_busy() {
        let size = sized(&work(1000.0, 10_000), Wish::default(), &Limits::default()).expect("a size");
        assert_eq!(size.advised, 2);
    }

    #[test]
    fn what_is_beyond_the_cluster_is_refused_with_the_number() {
        let limits = Limits {
            time: Some(Walltime::from_seconds(3600)),
            nodes: Some(4),
            cores: Some(64),
            array: Some(1001),
            memory: None,
        };
        let refused =
            |wish: Wish| sized(&work(10.0, 1_000_000), wish, &limits).expect_err("beyond").to_string();
        let nodes = refused(Wish { nodes: Some(5), ..Wish::default() });
        assert!(nodes.contains("5 nodes") && nodes.contains("the 4 that partition `p`"), "{nodes}");
        let array = refused(Wish { nodes: Some(1002), array: true, ..Wish::default() });
        assert!(array.contains("1002 jobs") && array.contains("1001"), "{array}");
        let time = refused(Wish { time: Some(Walltime::from_seconds(7200)), ..Wish::default() });
        assert!(time.contains("02:00:00") && time.contains("01:00:00"), "{time}");
        let short = refused(Wish { time: Some(Walltime::from_seconds(60)), ..Wish::default() });
        assert!(short.contains("120 s"), "{short}");
        assert!(refused(Wish { nodes: Some(0), ..Wish::default() }).contains("at least 1"));
        let small = Limits { cores: Some(32), ..limits };
        let cores = sized(&work(1.0, 1000), Wish::default(), &small).expect_err("beyond").to_string();
        assert!(cores.contains("50 cores") && cores.contains("32"), "{cores}");
        let unknown = size(
            &work(1.0, 10),
            &Wish::default(),
            &Profile::parse("", "").expect("one"),
            &Limits::default(),
            "",
        );
        assert!(unknown.is_err());
    }
}
