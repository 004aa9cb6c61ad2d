//! `ictus doctor`: what this machine offers, and what may go wrong on it. Measures nothing that takes long.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::complaint::words_of;
use crate::equation::Level;
use crate::schedule::exchange::{self, Exchange};
use crate::schedule::launch::{self, Launch, LaunchError, Role};
use crate::schedule::{Clock, cores_of_the_machine, physical_cores, seats};
use crate::store;

use super::console::Console;
use super::run::COURTESY;
use super::{Failure, words};

/// So many syncs are timed; the median counts.
const SYNCS: usize = 9;

/// Looks at the machine, at the disk of a folder, and at how this process was started on a cluster; with `ranks`, sends messages between
/// all ranks.
pub(super) fn doctor(folder: &Path, ranks: bool, json: bool, console: &mut Console) -> Result<(), Failure> {
    let launch = Launch::of_this_process();
    // The role is held until the end: giving it up ends MPI.
    let mut role = launch::discover(launch, None);
    let exchange = if ranks { exchange(&mut role, launch, console)? } else { None };
    if !launch.speaks() {
        return Ok(());
    }
    let report = Report::new(folder, launch, &role, exchange)?;
    if json {
        console.say_json(&report.to_json());
    } else {
        report.tell(folder, console);
    }
    Ok(())
}

/// Sends messages between all ranks; `None` at those that only answer.
fn exchange(
    role: &mut Result<Role, LaunchError>,
    launch: Launch,
    console: &mut Console,
) -> Result<Option<Exchange>, Failure> {
    let error = match role {
        Ok(Role::Worker(mailbox)) => {
            exchange::answer(&mut **mailbox);
            return Ok(None);
        }
        Ok(Role::Coordinator(mailbox)) => match exchange::lead(&mut **mailbox, &Clock::of_the_machine()) {
            Ok(exchange) => return Ok(Some(exchange)),
            Err(error) => {
                let failure = Failure::Machine(error.to_string());
                console.complain(&failure);
                // To end MPI in good order would wait for the rank that does not answer.
                mailbox.abort(failure.code());
                return Err(Failure::Said(failure.code()));
            }
        },
        Ok(Role::Alone) => Failure::Wrong(ONE_RANK.to_owned()),
        Err(error) => std::mem::replace(error, LaunchError::Seat(String::new())).into(),
    };
    if launch.speaks() {
        return Err(error);
    }
    // Launchers end all processes as soon as one has failed: the one that speaks should have spoken.
    std::thread::sleep(COURTESY);
    Err(Failure::Said(error.code()))
}

/// What `--ranks` says where there is nobody to send anything to.
const ONE_RANK: &str = "--ranks sends messages between the ranks of one MPI job, and there is one process; start several by the launcher of \
                        the MPI library: `mpirun -n 2 ictus doctor --ranks`, or `srun -n 2 ictus doctor --ranks`";

/// What was found.
struct Report {
    level: &'static str,
    cores: usize,
    hardware: usize,
    allocated: usize,
    misplacement: Option<String>,
    netcdf: String,
    mpi: Option<String>,
    mpi_threads: Option<&'static str>,
    launcher: Option<String>,
    launch: Launch,
    launch_error: Option<String>,
    exchange: Option<Exchange>,
    free: u128,
    sync: Duration,
}

impl Report {
    fn new(
        folder: &Path,
        launch: Launch,
        role: &Result<Role, LaunchError>,
        exchange: Option<Exchange>,
    ) -> Result<Self, Failure> {
        let sync = sync_latency(folder).map_err(|error| {
            Failure::Machine(format!(
                "{} cannot be written: {}; name another folder",
                folder.display(),
                words_of(&error)
            ))
        });
        Ok(Self {
            level: Level::best().name(),
            cores: physical_cores(),
            hardware: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            allocated: cores_of_the_machine(),
            misplacement: match &exchange {
                Some(exchange) => seats::conflict(&exchange.seats.iter().collect::<Vec<_>>()),
                None => launch::misplacement(),
            },
            free: store::free_bytes(folder)?,
            sync: sync?,
            netcdf: store::library_version(folder)?,
            mpi: launch::library(),
            mpi_threads: launch::threading(),
            launcher: launcher(),
            launch,
            launch_error: role.as_ref().err().map(ToString::to_string),
            exchange,
        })
    }

    fn to_json(&self) -> serde_json::Value {
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "instructions": self.level,
            "cores": self.cores,
            "hardware_threads": self.hardware,
            "processors_of_the_job": self.allocated,
            "misplacement": self.misplacement,
            "netcdf": self.netcdf,
            "mpi": self.mpi,
            "mpi_threads": self.mpi_threads,
            "mpi_launcher": self.launcher,
            "ranks": self.launch.ranks,
            "launch_error": self.launch_error,
            "exchange": self.exchange.as_ref().map(|exchange| json!({
                "machines": exchange.machines(),
                "bytes": exchange.bytes,
                "round_trip_seconds": exchange.round_trips.iter().map(Duration::as_secs_f64).collect::<Vec<_>>(),
            })),
            "disk_free_bytes": u64::try_from(self.free).unwrap_or(u64::MAX),
            "sync_seconds": self.sync.as_secs_f64(),
        })
    }

    fn tell(&self, folder: &Path, console: &mut Console) {
        let version = env!("CARGO_PKG_VERSION");
        console.say(format!(
            "ictus         {version} on {} {}",
            std::env::consts::OS,
            std::env::consts::ARCH
        ));
        console.say(format!("instructions  {}", self.level));
        console.say(format!(
            "threads       {} (physical cores this process may use; {} hardware threads)",
            self.cores, self.hardware
        ));
        console.say(format!("allocation    {} processors of this machine are for this job", self.allocated));
        console.say(format!("netcdf        {}", self.netcdf));
        let none = "none: built without it, several nodes share a folder (--join)";
        console.say(format!("mpi           {}", self.mpi.as_deref().unwrap_or(none)));
        if let Some(launcher) = &self.launcher {
            console.say(format!("launcher      mpirun of {launcher}"));
        }
        match self.launch.ranks {
            0 => console.say("ranks         not started by a launcher"),
            ranks if self.launch_error.is_none() => console.say(format!(
                "ranks         {ranks}, as the launcher has started{}",
                self.mpi_threads.map_or_else(String::new, |provided| format!(
                    "; the library provides {provided}, and MPI_THREAD_FUNNELED is needed"
                ))
            )),
            ranks => console.say(format!("ranks         {ranks} were started, and cannot work together")),
        }
        if let Some(exchange) = &self.exchange {
            console.say(format!("exchange      {}", told(exchange)));
        }
        console.say(format!("disk          {} free in {}", words::bytes(self.free), folder.display()));
        let sync = self.sync.as_secs_f64() * 1e3;
        console.say(format!("sync          {sync:.1} ms a write that must survive a power loss"));
        self.warn(console);
    }

    fn warn(&self, console: &mut Console) {
        if self.sync > Duration::from_millis(200) {
            console
                .note("This disk is slow to sync; results of the last seconds may be lost in a power loss.");
        }
        if let (Some(library), Some(launcher)) = (&self.mpi, &self.launcher)
            && make(library) != make(launcher)
        {
            console.warn(format!(
                "warning: the MPI library is {library}, and the mpirun found first is of {launcher}: start ictus by that library's own launcher or by srun"
            ));
        }
        for text in self.misplacement.iter().chain(&self.launch_error) {
            console.warn(format!("warning: {text}"));
        }
    }
}

/// What came of the messages, in one line.
fn told(exchange: &Exchange) -> String {
    let ranks = exchange.seats.len();
    let on = match exchange.machines() {
        1 => "1 machine".to_owned(),
        several => format!("{several} machines"),
    };
    let bytes = words::bytes(exchange.bytes as u128);
    let trips = exchange.slowest().map_or_else(String::new, |(rank, time)| {
        let microseconds = time.as_secs_f64() * 1e6;
        format!("; a short message and its answer take at most {microseconds:.1} \u{b5}s (rank {rank})")
    });
    format!("{ranks} ranks on {on}: {bytes} from rank 0 arrived whole at each{trips}")
}

/// What the first `mpirun` in the PATH calls itself, in one line.
fn launcher() -> Option<String> {
    let output = std::process::Command::new("mpirun").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let make = make(&text)?;
    let version = text
        .split(|c: char| c.is_whitespace())
        .find(|word| word.contains('.') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    Some(version.map_or(make.to_owned(), |version| format!("{make} {version}")))
}

/// The make of an MPI, by what it says of itself: the launcher of MPICH is called Hydra.
fn make(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let makes = [
        ("intel", "Intel MPI"),
        ("open mpi", "Open MPI"),
        ("openrte", "Open MPI"),
        ("prte", "Open MPI"),
        ("mpich", "MPICH"),
        ("hydra", "MPICH"),
    ];
    makes.iter().find(|(word, _)| text.contains(word)).map(|(_, make)| *make)
}

/// How long a small write takes until it is on the disk.
fn sync_latency(folder: &Path) -> std::io::Result<Duration> {
    let path = folder.join(format!(".ictus-doctor-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    let timed = (0..SYNCS).try_for_each(|_| {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_all()?;
        times.push(began.elapsed());
        Ok(())
    });
    std::fs::remove_file(&path)?;
    timed.map(|()| {
        times.sort();
        times[SYNCS / 2]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_of_mpi_are_told_by_what_they_say() {
        assert_eq!(make("mpirun (Open MPI) 4.1.4"), Some("Open MPI"));
        assert_eq!(make("HYDRA build details:\n    Version: 4.0.2"), Some("MPICH"));
        assert_eq!(make("MPICH Version:\t4.0.2"), Some("MPICH"));
        assert_eq!(make("Intel(R) MPI Library for Linux* OS, based on Hydra"), Some("Intel MPI"));
        assert_eq!(make("something else"), None);
    }
}
