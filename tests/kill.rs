//! Runs that are killed, stopped by a signal, or started twice, each a process of its own. Apart from the tests that write maps in
//! their own process: a child inherits what HDF5 has open and locked.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;
mod patience;
mod rhythm;

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use formula::variables;
use patience::{bytes_of_journals, wait_for_bytes, wait_until};

/// A study of about a second, and its run into a folder.
struct Program {
    place: tempfile::TempDir,
}

impl Program {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("study.toml"), rhythm::study([90, 80])).unwrap();
        Self { place }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn run(&self, folder: &Path, threads: u32) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ictus"));
        command.args(["run", "study.toml", "--threads", &threads.to_string(), "--output"]).arg(folder);
        command.current_dir(self.place.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// How many blocks the journals hold, and how many of them more than once with another measuring time. The bytes of a frame: 8 of magic,
/// 4 of the body's length, 8 of the study's hash; cell (8), first block (4), how many (4), seconds (4), the rows; a checksum (4).
fn blocks(journals: &Path) -> (usize, usize) {
    let mut blocks = std::collections::BTreeMap::new();
    let mut twice = 0;
    for entry in fs::read_dir(journals).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let number = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        for at in bytes.windows(8).enumerate().filter(|(_, magic)| magic == b"\x89ICTUSF\n").map(|(at, _)| at)
        {
            let whole = 24 + number(at + 8) as usize;
            if at + whole > bytes.len() {
                continue;
            }
            let (cell, first, count, seconds) =
                (number(at + 20), number(at + 28), number(at + 32), number(at + 36));
            for block in first..first + count {
                // A copy of the same frame is no work done twice: a kill may come between a journal and those it was made of.
                let before = blocks.insert((cell, block), seconds);
                twice += usize::from(before.is_some_and(|before| before != seconds));
            }
        }
    }
    (blocks.len(), twice)
}

#[test]
fn a_run_killed_at_random_instants_ends_with_the_bits_of_an_undisturbed_one() {
    let kills: u32 = std::env::var("ICTUS_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let program = Program::new();
    let (disturbed, undisturbed) = (program.folder("disturbed"), program.folder("undisturbed"));
    assert!(program.run(&undisturbed, 2).status().unwrap().success());
    let whole = bytes_of_journals(&undisturbed) as f64;
    let mut killed = 0;
    for number in 0..kills {
        // A hash with random keys: a random number.
        let random = RandomState::new().hash_one(number) as f64 / u64::MAX as f64;
        // In turn alone and as a process that would share the folder, on one to three threads.
        let mut command = program.run(&disturbed, 1 + number % 3);
        if number % 2 == 1 {
            command.arg("--join");
        }
        let said = program.folder("said");
        command.stderr(fs::File::create(&said).unwrap());
        let mut child = command.spawn().unwrap();
        // Instants by what is written, not by a clock: on a busy machine too some are early and some in the middle of rows.
        let part = random * whole * 2.0 / f64::from(kills);
        wait_for_bytes(&disturbed, bytes_of_journals(&disturbed) + part as u64, &mut child);
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        // It may have been done before.
        assert!(ended.code().is_none_or(|code| code == 0), "{ended}: {}", fs::read_to_string(said).unwrap());
        killed += u32::from(ended.code().is_none());
    }
    assert!(killed > 0);
    assert!(program.run(&disturbed, 2).arg("--join").status().unwrap().success());
    assert!(variables(&disturbed.join("map.nc")) == variables(&undisturbed.join("map.nc")));
    let (blocks, twice) = blocks(&disturbed.join("journals"));
    println!("{killed} kills: of {blocks} blocks {twice} were computed twice");
    assert_eq!(twice, 0, "what was in a journal is not computed again, and what was in flight is in none");
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&disturbed),
        ["journals", "journals.header", "map.nc", "processes", "status.json", "status.txt"]
    );
    assert_eq!(names(&disturbed.join("processes")), [""; 0]);
    let journals = names(&disturbed.join("journals"));
    assert!(journals.len() <= 4, "old journals are made one: {journals:?}");
}

/// How many notes the journals of a folder hold.
fn notes(journals: &Path) -> usize {
    let bytes = fs::read_dir(journals)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read(entry.path()).ok());
    bytes.map(|bytes| bytes.windows(8).filter(|magic| magic == b"\x89ICTUSN\n").count()).sum()
}

/// When a process has kept where unfinished points stand, for the last time.
fn last_kept(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder.join("unfinished")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max()
}

#[test]
fn a_chain_that_is_killed_again_and_again_goes_on_where_it_was_and_is_not_suspected_of_it() {
    let program = Program::new();
    let study = rhythm::study([2, 12]).replace("[space.axes]", "[space]\ncontinue = \"p\"\n[space.axes]");
    let study = study.replace("0.2 ms", "0.05 ms").replace("transient = \"1 s\"", "transient = \"5 s\"");
    fs::write(program.folder("study.toml"), study).unwrap();
    let (disturbed, undisturbed) = (program.folder("disturbed"), program.folder("undisturbed"));
    assert!(program.run(&undisturbed, 1).status().unwrap().success());
    // One tile. The first to die has just begun it; it is suspected from then on.
    let mut child = program.run(&disturbed, 1).spawn().unwrap();
    wait_until("a note of what is begun", || notes(&disturbed.join("journals")) > 0);
    let mut kills = 0;
    loop {
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        if let Some(code) = ended.code() {
            assert_eq!(code, 0);
            break;
        }
        kills += 1;
        let before = last_kept(&disturbed);
        child = program.run(&disturbed, 1).spawn().unwrap();
        wait_until("a step further", || {
            last_kept(&disturbed) != before || child.try_wait().unwrap().is_some()
        });
        // The note of it follows: to be killed in between is a death of the chain, and six of those in turn would be too many.
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(kills > 5, "{kills}: each process should have gone on from the one before, for a moment");
    assert!(program.run(&disturbed, 1).status().unwrap().success());
    assert!(variables(&disturbed.join("map.nc")) == variables(&undisturbed.join("map.nc")));
}

/// The ranks that a launcher has started.
fn ranks_of(launcher: u32) -> Vec<u32> {
    let mut ranks = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process may be gone before it is looked at. Its name stands in brackets, then its state and its parent.
        let text = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let mut words = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let (state, parent) = (words.next(), words.next().and_then(|word| word.parse().ok()));
        if parent == Some(launcher) && state != Some("Z") {
            ranks.push(process);
        }
    }
    ranks
}

/// Waits for a launcher whose rank was killed. Open MPI's (4.1.4) was seen to hang while it ended itself, in a lock of its own, when
/// all ranks were gone.
fn await_launcher(mut launcher: Child) {
    const PATIENCE: Duration = Duration::from_secs(30);
    let began = Instant::now();
    let mut last_seen = began;
    while launcher.try_wait().unwrap().is_none() {
        if !ranks_of(launcher.id()).is_empty() {
            last_seen = Instant::now();
            assert!(began.elapsed() < 4 * PATIENCE, "a rank hangs after another was killed");
        } else if last_seen.elapsed() > PATIENCE {
            launcher.kill().unwrap();
            last_seen = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "a campaign of minutes; tests/soak.sh names a program with MPI in ICTUS_MPI_PROGRAM"]
fn ranks_killed_at_random_instants_leave_what_any_number_of_ranks_or_processes_finishes() {
    let kills: u32 = std::env::var("ICTUS_KILLS").map_or(50, |kills| kills.parse().unwrap());
    let ranked = std::env::var("ICTUS_MPI_PROGRAM").expect("the path of a program with Open MPI");
    let program = Program::new();
    fs::write(program.folder("study.toml"), rhythm::study([1440, 320])).unwrap();
    let (disturbed, undisturbed) = (program.folder("disturbed"), program.folder("undisturbed"));
    assert!(program.run(&undisturbed, 2).status().unwrap().success());
    let slice = bytes_of_journals(&undisturbed) as f64 / f64::from(kills);
    let mut killed = [0, 0];
    for number in 0..kills {
        let random = |salt: u32| RandomState::new().hash_one((number, salt));
        let part = random(0) as f64 / u64::MAX as f64;
        let (ranks, threads) = (2 + random(1) % 2, 1 + random(2) % 2);
        let is_joined = random(3) % 4 == 0;
        let mut command = if is_joined {
            let mut command = program.run(&disturbed, threads as u32);
            command.arg("--join");
            command
        } else {
            let mut command = Command::new("mpirun.openmpi");
            command.args(["--oversubscribe", "--bind-to", "none", "-n", &ranks.to_string(), &ranked]);
            command.args(["run", "study.toml", "--threads", &threads.to_string(), "--output"]);
            command.arg(&disturbed).current_dir(program.place.path());
            command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let mut child = command.spawn().unwrap();
        // The launcher takes its time; then a rank may be killed at any moment, also before it has joined the others.
        wait_until("ranks", || {
            is_joined || !ranks_of(child.id()).is_empty() || child.try_wait().unwrap().is_some()
        });
        wait_for_bytes(&disturbed, bytes_of_journals(&disturbed) + (part * slice) as u64, &mut child);
        let victims = if is_joined { vec![child.id()] } else { ranks_of(child.id()) };
        if !victims.is_empty() {
            let victim = victims[(random(4) % victims.len() as u64) as usize];
            let victim = rustix::process::Pid::from_raw(victim.cast_signed()).unwrap();
            if rustix::process::kill_process(victim, rustix::process::Signal::KILL).is_ok() {
                killed[usize::from(is_joined)] += 1;
            }
        }
        if is_joined {
            child.wait().unwrap();
        } else {
            await_launcher(child);
        }
    }
    assert!(killed.iter().sum::<u32>() * 10 >= kills * 9, "{killed:?}: the run was over too early");
    assert!(program.run(&disturbed, 2).status().unwrap().success());
    assert!(variables(&disturbed.join("map.nc")) == variables(&undisturbed.join("map.nc")));
    let (blocks, twice) = blocks(&disturbed.join("journals"));
    let [ranks, processes] = killed;
    println!(
        "{ranks} kills of a rank, {processes} of a process: of {blocks} blocks {twice} were computed twice"
    );
    assert_eq!(twice, 0, "what was in a journal is not computed again, and what was in flight is in none");
}

#[test]
fn a_second_run_of_a_folder_in_use_is_refused_and_a_signal_makes_the_first_resumable() {
    let program = Program::new();
    let folder = program.folder("shared");
    let first = program.run(&folder, 1).spawn().unwrap();
    wait_until("a claimed folder", || folder.join("journals").is_dir());
    let second = program.run(&folder, 1).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains(&format!("in use by process {}", first.id())), "{said}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&first), rustix::process::Signal::TERM)
        .unwrap();
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(75));
}
