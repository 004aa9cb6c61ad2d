//! When a run has to be over, and when it must therefore stop handing out work: numbers only. Who imposes the limit it learns from
//! the environment of a batch system, or from a person. Knows no threads and no files.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A tile that is begun must have so many times the duration of a long one left...
const MARGIN: f64 = 1.5;

/// ...but no more seconds than this: what takes longer is saved and goes on in the next run.
const MOST_OF_A_TILE: f64 = 2.0;

/// Seconds that are kept for the journal's last frames and their sync.
const FLUSH: f64 = 3.0;

/// Of a hundred tiles, so many take no longer than what counts as a long one.
const PERCENT: u64 = 99;

/// How long the scheduler's own program may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who says when a run has to be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A person.
    Wish,
    /// Slurm, by a variable.
    SlurmEnd,
    /// Slurm, by what `squeue` says.
    Squeue,
    /// PBS.
    Pbs,
}

impl Limit {
    /// Where it is set.
    fn name(self) -> &'static str {
        match self {
            Self::Wish => "--time-limit",
            Self::SlurmEnd => "Slurm's SLURM_JOB_END_TIME",
            Self::Squeue => "what squeue says is left of the Slurm job",
            Self::Pbs => "PBS_WALLTIME",
        }
    }

    /// Why a run has stopped before it, as words after "stopped".
    pub fn words(self) -> &'static str {
        match self {
            Self::Wish => "before the time limit (--time-limit)",
            Self::SlurmEnd => "before the time limit (Slurm's SLURM_JOB_END_TIME)",
            Self::Squeue => "before the time limit (what squeue says is left of the Slurm job)",
            Self::Pbs => "before the time limit (PBS_WALLTIME)",
        }
    }
}

/// When a run has to be over, if ever.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadline(Option<(Instant, Limit)>);

impl Deadline {
    /// So long from now, by the wish of a person.
    pub fn after(limit: Duration) -> Self {
        Self::by(limit, Limit::Wish)
    }

    fn by(limit: Duration, whose: Limit) -> Self {
        Self(Instant::now().checked_add(limit).map(|end| (end, whose)))
    }

    /// The earlier of a person's limit and what the batch system has granted: Slurm (its variable, and what `squeue` says of the
    /// job), or a PBS that tells a job its time in seconds. What a variable says is told and not believed where it belongs to no
    /// running job; the words are for a person.
    pub fn discover(limit: Option<Duration>) -> (Self, Option<String>) {
        let variable = |name: &str| std::env::var(name).ok();
        // Asking takes its time, which is none of what is left.
        let answer = variable("SLURM_JOB_ID").as_deref().and_then(ask_slurm);
        let Granted { left, remark } = granted(variable, SystemTime::now(), |_| answer.clone());
        let wished = limit.map(|limit| (limit, Limit::Wish));
        let first = wished.into_iter().chain(left).min_by_key(|(left, _)| *left);
        let remark = remark.or_else(|| first.and_then(|(left, whose)| too_short(left, whose)));
        (first.map_or(Self(None), |(left, whose)| Self::by(left, whose)), remark)
    }

    /// Who has set it, if anybody.
    pub fn limit(&self) -> Option<Limit> {
        self.0.map(|(_, whose)| whose)
    }

    /// How long is left, if there is a limit.
    pub fn left(&self) -> Option<Duration> {
        self.0.map(|(end, _)| end.saturating_duration_since(Instant::now()))
    }

    /// Whether no tile should be begun any more.
    pub fn is_near(&self, tiles: &Durations) -> bool {
        self.left().is_some_and(|left| is_too_late(left, tiles))
    }
}

/// Whether a tile should not be begun when so much time is left.
fn is_too_late(left: Duration, tiles: &Durations) -> bool {
    left.as_secs_f64() < (MARGIN * tiles.long()).min(MOST_OF_A_TILE) + FLUSH
}

/// How long tiles took, in classes of a quarter of an octave.
#[derive(Clone, Debug)]
pub struct Durations {
    counts: [u64; Self::CLASSES],
}

impl Default for Durations {
    fn default() -> Self {
        Self { counts: [0; Self::CLASSES] }
    }
}

impl Durations {
    const CLASSES: usize = 128;
    /// The seconds at which the first class ends.
    const SHORTEST: f64 = 1e-3;

    /// Takes note of a tile.
    pub fn add(&mut self, seconds: f64) {
        // What is not a number or negative falls into the first class.
        let class = ((seconds / Self::SHORTEST).log2() * 4.0).ceil() as usize;
        self.counts[class.min(Self::CLASSES - 1)] += 1;
    }

    /// The seconds that 99 of 100 tiles do not exceed; 0 while none is known.
    pub fn long(&self) -> f64 {
        let all: u64 = self.counts.iter().sum();
        let rank = (all * PERCENT).div_ceil(100);
        let mut below = 0;
        for (class, count) in self.counts.iter().enumerate() {
            below += count;
            if all > 0 && below >= rank {
                return Self::SHORTEST * (class as f64 / 4.0).exp2();
            }
        }
        0.0
    }
}

/// No job is granted more than this: ten years.
const ABSURD: Duration = Duration::from_secs(10 * 366 * 86_400);

/// The variable and `squeue` may tell of the same moment so differently.
const SAME: Duration = Duration::from_secs(120);

/// What a batch system has granted to this job from now on, if it says so, and what is to be said of what was not believed.
#[derive(Debug, Default, PartialEq)]
struct Granted {
    left: Option<(Duration, Limit)>,
    remark: Option<String>,
}

/// Variables outlive their jobs, in shells and in what these start: a time that is over, or that `squeue` does not know of, is not
/// that of this process.
fn granted(
    variable: impl Fn(&str) -> Option<String>,
    now: SystemTime,
    ask_slurm: impl Fn(&str) -> Option<String>,
) -> Granted {
    let number = |name: &str| variable(name)?.trim().parse::<u64>().ok();
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let end = variable("SLURM_JOB_END_TIME");
    let job = variable("SLURM_JOB_ID");
    if end.is_none() && job.is_none() {
        // Counted from the start of the job, which is about now.
        let Some(seconds) = number("PBS_WALLTIME") else { return Granted::default() };
        if variable("PBS_JOBID").is_none() {
            let remark = not_believed(Limit::Pbs, "there is no PBS_JOBID, so that it belongs to no job");
            return Granted { left: None, remark: Some(remark) };
        }
        return Granted { left: Some((Duration::from_secs(seconds), Limit::Pbs)), remark: None };
    }
    let told = number("SLURM_JOB_END_TIME").map(Duration::from_secs).and_then(|end| end.checked_sub(now));
    let told = told.filter(|left| !left.is_zero() && *left < ABSURD);
    let answer = job.as_deref().and_then(ask_slurm);
    let queued = answer.as_deref().and_then(|answer| read_clock(answer.trim()));
    let is_told = told.is_some();
    let is_no_number = end.is_some() && number("SLURM_JOB_END_TIME").is_none();
    match (told, queued) {
        (Some(told), Some(queued)) if told.abs_diff(queued) <= SAME => {
            Granted { left: Some((told, Limit::SlurmEnd)), remark: None }
        }
        (_, Some(queued)) => {
            let why = "squeue gives another limit for this job, which is used";
            let remark = end.map(|_| not_believed(Limit::SlurmEnd, why));
            Granted { left: Some((queued, Limit::Squeue)), remark }
        }
        // Where nobody else can be asked.
        (Some(told), None) if answer.is_none() => {
            Granted { left: Some((told, Limit::SlurmEnd)), remark: None }
        }
        _ => {
            let why = match job {
                _ if is_told => "squeue knows no limit of this job",
                _ if is_no_number => "it is not a number of seconds",
                None => {
                    "it is not in the future, and there is no SLURM_JOB_ID, so that it belongs to no running job"
                }
                Some(_) => "it is not in the future, as in an environment that has outlived its job",
            };
            Granted { left: None, remark: end.map(|_| not_believed(Limit::SlurmEnd, why)) }
        }
    }
}

/// What is told of a limit that leaves no time to measure anything.
fn too_short(left: Duration, limit: Limit) -> Option<String> {
    (left.as_secs_f64() <= FLUSH).then(|| {
        format!(
            "warning: the time limit ({}) leaves {:.1} s, and the last {FLUSH} s before a limit are kept for writing: nothing is \
             begun",
            limit.name(),
            left.as_secs_f64()
        )
    })
}

fn not_believed(limit: Limit, why: &str) -> String {
    format!(
        "warning: the time limit of {} is not believed: {why}; give --time-limit if this run has one",
        limit.name()
    )
}

/// The time left for a job as Slurm writes it, nothing where it knows of no such job; `None` when Slurm does not answer in time, or cannot
/// be reached.
fn ask_slurm(job: &str) -> Option<String> {
    let mut child = Command::new("squeue")
        .args(["--noheader", "--format=%L", "--jobs", job])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if child.try_wait().ok()?.is_some() {
            let output = child.wait_with_output().ok()?;
            return answered(output.status.success(), &output.stdout, &output.stderr);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Whether it can be ended or not, it is waited for no longer.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// What `squeue` has answered: a job that is over or was never there is unknown to it, and anything else that goes wrong is no answer.
fn answered(is_success: bool, said: &[u8], complained: &[u8]) -> Option<String> {
    if is_success {
        return String::from_utf8(said.to_vec()).ok();
    }
    String::from_utf8_lossy(complained).contains("Invalid job id").then(String::new)
}

/// A duration as batch systems write it: `days-hours:minutes:seconds`, from the right; `None` for a word such as `UNLIMITED`.
fn read_clock(text: &str) -> Option<Duration> {
    let (days, clock) =
        text.split_once('-').map_or((Some(0), text), |(days, clock)| (days.parse().ok(), clock));
    let days: u64 = days?;
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<u64>>>()?;
    let has_days = text.contains('-');
    match parts.len() {
        // With days before it, a clock begins with hours.
        1 if has_days => parts.extend([0, 0]),
        2 if has_days => parts.push(0),
        2 => parts.insert(0, 0),
        3 => {}
        _ => return None,
    }
    let seconds = days.checked_mul(86_400)?.checked_add(parts[0].checked_mul(3600)?)?;
    Some(Duration::from_secs(seconds.checked_add(parts[1].checked_mul(60)?)?.checked_add(parts[2])?))
}

/// A duration as a person writes it: `90 s`, `30 min`, `1 h 30 min`, `2 d`, or a clock, `00:30:00`, `1-12:00:00`.
///
/// # Errors
/// When it is none; the message says how to write one.
pub fn read_limit(text: &str) -> Result<Duration, String> {
    let refused = || {
        format!(
            "`{text}` is not a duration; write for instance \"30 min\", \"1 h 30 min\", 00:30:00 or 1-12:00:00"
        )
    };
    if text.contains(':') {
        return read_clock(text.trim()).ok_or_else(refused);
    }
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(refused());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refused)?;
        let number: f64 = rest[..end].parse().map_err(|_| refused())?;
        rest = rest[end..].trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..end] {
                "s" => 1.0,
                "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return Err(refused()),
            };
        rest = rest[end..].trim_start();
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn work_is_handed_out_until_one_and_a_half_long_tiles_and_the_flush_are_left() {
        let mut tiles = Durations::default();
        for _ in 0..990 {
            tiles.add(0.5);
        }
        for _ in 0..10 {
            tiles.add(60.0);
        }
        // One in a hundred is longer than what counts as long. 0.5 s lies in the class that ends at 2^9 ms = 0.512 s.
        assert!((tiles.long() - 0.512).abs() < 1e-12, "{}", tiles.long());
        let left = |seconds| Duration::from_secs_f64(seconds);
        assert!(!is_too_late(left(1.5 * 0.512 + FLUSH + 0.001), &tiles));
        assert!(is_too_late(left(1.5 * 0.512 + FLUSH - 0.001), &tiles));
        for _ in 0..10 {
            tiles.add(60.0);
        }
        assert!(tiles.long() > 60.0 && tiles.long() < 60.0 * 1.19, "{}", tiles.long());
        assert!(!is_too_late(left(MOST_OF_A_TILE + FLUSH + 0.001), &tiles), "what takes longer is saved");
        assert!(is_too_late(left(MOST_OF_A_TILE + FLUSH - 0.001), &tiles));
    }

    #[test]
    fn before_any_tile_is_known_only_the_flush_counts() {
        let tiles = Durations::default();
        assert!(tiles.long().abs() < f64::MIN_POSITIVE);
        assert!(is_too_late(Duration::from_secs_f64(FLUSH - 0.1), &tiles));
        assert!(!is_too_late(Duration::from_secs_f64(FLUSH + 0.1), &tiles));
        assert!(!Deadline::default().is_near(&tiles));
        assert!(Deadline::after(Duration::ZERO).is_near(&tiles));
    }

    #[test]
    fn a_limit_that_leaves_no_time_to_measure_is_told() {
        let told = too_short(Duration::from_secs(2), Limit::Wish).unwrap();
        assert!(
            told.contains("--time-limit") && told.contains("2.0 s") && told.contains("the last 3 s"),
            "{told}"
        );
        assert_eq!(too_short(Duration::from_secs(4), Limit::Wish), None);
    }

    #[test]
    fn durations_of_any_size_have_a_class() {
        let mut tiles = Durations::default();
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9, 1e300] {
            tiles.add(seconds);
        }
        assert!(tiles.long() > 1e6);
    }

    #[test]
    fn the_time_granted_is_read_from_the_environment_or_asked_of_slurm() {
        let environment = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let silent = |_: &str| None;
        let seconds = Duration::from_secs;
        let left = |granted: Granted| {
            assert_eq!(granted.remark, None);
            granted.left
        };
        let told = || environment(&[("SLURM_JOB_ID", "7"), ("SLURM_JOB_END_TIME", "1600")]);
        assert_eq!(left(granted(told(), after(1000), silent)), Some((seconds(600), Limit::SlurmEnd)));
        let agrees = |_: &str| Some("9:58\n".to_owned());
        assert_eq!(left(granted(told(), after(1000), agrees)), Some((seconds(600), Limit::SlurmEnd)));
        let only_job = || environment(&[("SLURM_JOB_ID", "7")]);
        let asked = |job: &str| (job == "7").then(|| "1-02:03:04\n".to_owned());
        assert_eq!(left(granted(only_job(), after(0), asked)), Some((seconds(93_784), Limit::Squeue)));
        assert_eq!(left(granted(only_job(), after(0), silent)), None);
        assert_eq!(left(granted(only_job(), after(0), |_| Some("UNLIMITED\n".into()))), None);
        let pbs = environment(&[("PBS_WALLTIME", "3600"), ("PBS_JOBID", "9.server")]);
        assert_eq!(left(granted(pbs, after(0), silent)), Some((seconds(3600), Limit::Pbs)));
        assert_eq!(left(granted(environment(&[]), after(0), silent)), None);
    }

    #[test]
    fn a_time_that_belongs_to_no_running_job_stops_nothing_and_is_told() {
        let environment = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let silent = |_: &str| None;
        let refused = |granted: Granted, wanted: &str| {
            assert!(granted.remark.as_ref().is_some_and(|remark| remark.contains(wanted)), "{granted:?}");
            granted.left
        };
        let stale = || environment(&[("SLURM_JOB_END_TIME", "1600")]);
        assert_eq!(refused(granted(stale(), after(2000), silent), "no SLURM_JOB_ID"), None);
        let absurd = || environment(&[("SLURM_JOB_END_TIME", "18446744073709551615")]);
        assert_eq!(refused(granted(absurd(), after(2000), silent), "no SLURM_JOB_ID"), None);
        let words = environment(&[("SLURM_JOB_END_TIME", "soon")]);
        assert_eq!(refused(granted(words, after(2000), silent), "not a number of seconds"), None);
        let of_a_job = || environment(&[("SLURM_JOB_ID", "7"), ("SLURM_JOB_END_TIME", "1600")]);
        assert_eq!(refused(granted(of_a_job(), after(2000), silent), "outlived its job"), None);
        // `squeue` says nothing of a job that is over.
        let over = |_: &str| Some(String::new());
        assert_eq!(refused(granted(of_a_job(), after(1000), over), "knows no limit"), None);
        // The variable is that of another job.
        let other = |_: &str| Some("1:00:00".to_owned());
        for now in [1000, 2000] {
            let left = refused(granted(of_a_job(), after(now), other), "another limit");
            assert_eq!(left, Some((Duration::from_secs(3600), Limit::Squeue)));
        }
        let pbs = environment(&[("PBS_WALLTIME", "3600")]);
        assert_eq!(refused(granted(pbs, after(0), silent), "no PBS_JOBID"), None);
    }

    #[test]
    fn a_queue_that_cannot_be_asked_says_nothing_and_one_that_knows_no_such_job_says_so() {
        assert_eq!(answered(true, b"1:00:00\n", b""), Some("1:00:00\n".to_owned()));
        assert_eq!(answered(true, b"", b""), Some(String::new()));
        let unknown = b"slurm_load_jobs error: Invalid job id specified\n";
        assert_eq!(answered(false, b"", unknown), Some(String::new()));
        let unreachable = b"slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n";
        assert_eq!(answered(false, b"", unreachable), None);
    }

    #[test]
    fn limits_are_read_as_people_and_batch_systems_write_them() {
        let limit = |text: &str| read_limit(text).map(|limit| limit.as_secs());
        assert_eq!(limit("30 min"), Ok(1800));
        assert_eq!(limit("90s"), Ok(90));
        assert_eq!(limit("1 h 30 min"), Ok(5400));
        assert_eq!(limit("2d"), Ok(172_800));
        assert_eq!(limit("1.5 h"), Ok(5400));
        assert_eq!(limit("00:30:00"), Ok(1800));
        assert_eq!(limit("30:00"), Ok(1800));
        assert_eq!(limit("1-12:00:00"), Ok(129_600));
        assert_eq!(limit("1-12:30"), Ok(131_400));
        // Days alone need hours to be a clock; `squeue` writes them so.
        assert_eq!(read_clock("1-12"), Some(Duration::from_secs(129_600)));
        assert_eq!(read_clock("12"), None);
        for wrong in ["", "30", "soon", "30 parsecs", "1:2:3:4", "-5 s", "1e400 s", ":", "min"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
