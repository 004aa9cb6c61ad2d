//! The wires over which processes work on one study, and the processes themselves: how they are started, found and awaited. Knows
//! nothing of what disturbs them.

use std::fs;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Between two looks at processes and files.
pub(crate) const LOOK: Duration = Duration::from_millis(2);

/// A launcher without ranks may take so long to end. Open MPI's (4.1.4) was seen to hang then, in a lock of its own.
const FAREWELL: Duration = Duration::from_secs(10);

/// How processes work on one study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// One process of two threads.
    Alone,
    /// Two processes of one thread that share the folder.
    Join,
    /// Two ranks of one thread.
    Ranks,
}

impl Wire {
    /// Every wire that there is.
    pub(crate) const ALL: [Self; 3] = [Self::Alone, Self::Join, Self::Ranks];

    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Join => "join",
            Self::Ranks => "ranks",
        }
    }

    /// How many processes measure.
    pub(crate) fn seats(self) -> usize {
        if self == Self::Alone { 1 } else { 2 }
    }
}

/// What a process is started with beside the study.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras {
    /// Arguments of `ictus run`.
    pub(crate) arguments: Vec<String>,
    /// Variables of the environment.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Only the process with this number gets the variables.
    pub(crate) seat: Option<usize>,
    /// Whether a launcher kills the others at once when a rank ends with an error, and not after two seconds.
    pub(crate) is_hasty: bool,
}

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The one that was built with these tests.
    pub(crate) plain: PathBuf,
    /// One with Open MPI.
    pub(crate) ranked: Option<PathBuf>,
}

/// A process and how it has ended.
#[derive(Debug)]
struct Process {
    child: Child,
    ended: Option<ExitStatus>,
    struck: Option<Instant>,
    took: Option<Duration>,
}

/// Processes at work. They end with it.
#[derive(Debug)]
pub(crate) struct Job {
    wire: Wire,
    processes: Vec<Process>,
    said: PathBuf,
    began: Instant,
    /// Since when the launcher has no ranks.
    deserted: Option<Instant>,
    /// Whether the launcher hung and its exit code says nothing.
    pub(crate) is_launcher_lost: bool,
}

/// Starts what works on `study.toml` of a place.
pub(crate) fn start(programs: &Programs, wire: Wire, place: &Path, folder: &Path, extras: &Extras) -> Job {
    let said = place.join("said");
    let log = fs::File::create(&said).unwrap();
    let arguments = |threads: &str| {
        let mut arguments: Vec<String> =
            ["run", "study.toml", "--threads", threads, "--output"].map(str::to_owned).into();
        arguments.push(folder.to_str().unwrap().to_owned());
        arguments.extend(extras.arguments.clone());
        arguments
    };
    let variables = |seat: usize| {
        let theirs = extras.seat.is_none_or(|chosen| chosen == seat);
        extras.variables.iter().filter(move |_| theirs).map(|(name, value)| (*name, value.as_str()))
    };
    let commands: Vec<Command> = match wire {
        Wire::Alone => {
            let mut command = Command::new(&programs.plain);
            command.args(arguments("2")).envs(variables(0));
            vec![command]
        }
        Wire::Join => {
            let one = |seat: usize| {
                let mut command = Command::new(&programs.plain);
                command.args(arguments("1")).args(["--join", "--claim-expiry", "2 s"]);
                command.envs(variables(seat));
                command
            };
            vec![one(0), one(1)]
        }
        Wire::Ranks => {
            let mut command = Command::new("mpirun.openmpi");
            command.args(["--oversubscribe", "--bind-to", "none"]);
            if extras.is_hasty {
                command.args(["--mca", "odls_base_sigkill_timeout", "0"]);
            }
            for seat in 0..2 {
                if seat > 0 {
                    command.arg(":");
                }
                // The launcher itself is not disturbed.
                command.args(["-n", "1", "env"]);
                command.args(variables(seat).map(|(name, value)| format!("{name}={value}")));
                command.arg(programs.ranked.as_ref().unwrap()).args(arguments("1"));
            }
            command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
            vec![command]
        }
    };
    let begin = |mut command: Command| {
        command.current_dir(place).env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(log.try_clone().unwrap()).process_group(0);
        Process { child: command.spawn().unwrap(), ended: None, struck: None, took: None }
    };
    let processes = commands.into_iter().map(begin).collect();
    Job { wire, processes, said, began: Instant::now(), deserted: None, is_launcher_lost: false }
}

/// The processes that another has started and that still run, by the names in /proc.
fn ranks_of(launcher: u32) -> Vec<u32> {
    let mut ranks = Vec::new();
    // Only the launcher's own thread has children.
    let listed = fs::read_to_string(format!("/proc/{launcher}/task/{launcher}/children")).unwrap_or_default();
    for process in listed.split_whitespace().filter_map(|word| word.parse::<u32>().ok()) {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
        // Before it is the program it is `mpirun` or `env`.
        if stat.contains("(ictus)") && state != Some("Z") {
            ranks.push(process);
        }
    }
    ranks
}

impl Job {
    /// Since when it runs.
    pub(crate) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// The processes that measure and still run, by their place among the processes of the job.
    pub(crate) fn alive(&mut self) -> Vec<(usize, u32)> {
        self.look();
        if self.wire == Wire::Ranks {
            return ranks_of(self.processes[0].child.id()).into_iter().map(|rank| (0, rank)).collect();
        }
        let processes = self.processes.iter().enumerate().filter(|(_, process)| process.ended.is_none());
        processes.map(|(place, process)| (place, process.child.id())).collect()
    }

    /// Takes note that a process was told to end now, if nobody has told it before.
    pub(crate) fn strike(&mut self, place: usize) {
        let process = &mut self.processes[place];
        process.struck.get_or_insert_with(Instant::now);
    }

    /// Whether all have ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.look();
        self.processes.iter().all(|process| process.ended.is_some())
    }

    fn look(&mut self) {
        for process in &mut self.processes {
            if process.ended.is_none() {
                process.ended = process.child.try_wait().unwrap();
                if process.ended.is_some() {
                    process.took = process.struck.map(|struck| struck.elapsed());
                }
            }
        }
        if self.wire != Wire::Ranks || self.processes[0].ended.is_some() {
            return;
        }
        // Before there are ranks it is no desert.
        if !ranks_of(self.processes[0].child.id()).is_empty() {
            self.deserted = None;
        } else if self.age() > FAREWELL {
            let since = *self.deserted.get_or_insert_with(Instant::now);
            if since.elapsed() > FAREWELL {
                self.is_launcher_lost = true;
                self.kill();
            }
        }
    }

    /// Whether a process that was told to end has not done so in time.
    pub(crate) fn is_late(&mut self, bound: Duration) -> bool {
        self.look();
        let is_late = |process: &Process| {
            process.ended.is_none() && process.struck.is_some_and(|struck| struck.elapsed() > bound)
        };
        self.deserted.is_none() && self.processes.iter().any(is_late)
    }

    /// Ends all of it at once.
    pub(crate) fn kill(&mut self) {
        for (_, process) in self.alive_quietly() {
            send(process, Signal::KILL);
        }
        for process in &mut self.processes {
            if process.ended.is_none() {
                let _ = process.child.kill();
                process.ended = process.child.wait().ok();
            }
        }
    }

    fn alive_quietly(&self) -> Vec<(usize, u32)> {
        let running = self.processes.iter().enumerate().filter(|(_, process)| process.ended.is_none());
        if self.wire == Wire::Ranks {
            return running
                .flat_map(|(place, launcher)| {
                    ranks_of(launcher.child.id()).into_iter().map(move |rank| (place, rank))
                })
                .collect();
        }
        running.map(|(place, process)| (place, process.child.id())).collect()
    }

    /// How each has ended: an exit code, or the number of a signal below 0.
    pub(crate) fn codes(&self) -> Vec<i32> {
        let code = |ended: ExitStatus| ended.code().unwrap_or_else(|| -ended.signal().unwrap_or(0));
        self.processes.iter().filter_map(|process| process.ended.map(code)).collect()
    }

    /// The longest that a process took to end after it was told to.
    pub(crate) fn slowest(&self) -> Duration {
        self.processes.iter().filter_map(|process| process.took).max().unwrap_or_default()
    }

    /// What they have said, without the lines of progress.
    pub(crate) fn said(&self) -> String {
        let said = String::from_utf8_lossy(&fs::read(&self.said).unwrap_or_default()).into_owned();
        let lines = said.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| line.rsplit('\r').next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether a process has begun to heed wishes to stop: before, a signal ends it as it ends any program.
pub(crate) fn heeds(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0);
    caught >> (Signal::TERM.as_raw() - 1) & 1 == 1
}

/// Sends a signal to a process that may be gone; says whether it was there.
pub(crate) fn send(process: u32, signal: Signal) -> bool {
    Pid::from_raw(process.cast_signed()).is_some_and(|process| kill_process(process, signal).is_ok())
}
