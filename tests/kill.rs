//! Runs that are killed, stopped by a signal, or started twice, each a process of its own. Apart from the tests that write maps in
//! their own process: a child inherits what HDF5 has open and locked.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use formula::variables;

/// The example, built.
fn program() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--example", "logistic_map"])
        // tests/timed_test.sh sets it for libtest alone; cargo would build everything anew with it.
        .env_remove("RUSTC_BOOTSTRAP")
        .status();
    assert!(built.unwrap().success());
    // target/release/deps/resume-1234 -> target/release/examples/logistic_map
    let this = std::env::current_exe().unwrap();
    this.parent().unwrap().parent().unwrap().join("examples").join("logistic_map")
}

#[test]
fn a_run_killed_at_random_instants_ends_with_the_bits_of_an_undisturbed_one() {
    let kills: u32 = std::env::var("ICTUS_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let program = program();
    let (disturbed, undisturbed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |folder: &Path| {
        let mut command = Command::new(&program);
        command.arg(folder).args(["2", "700"]).stdout(Stdio::null());
        command
    };
    let began = Instant::now();
    assert!(run(undisturbed.path()).status().unwrap().success());
    let whole = began.elapsed();
    let mut killed = 0;
    for number in 0..kills {
        // A hash with random keys: a random number.
        let random = RandomState::new().hash_one(number) as f64 / u64::MAX as f64;
        let mut child = run(disturbed.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs_f64(random * whole.as_secs_f64() * 3.0 / f64::from(kills)));
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        // It may have been done before.
        assert!(ended.code().is_none_or(|code| code == 0), "{ended}");
        killed += u32::from(ended.code().is_none());
    }
    assert!(killed > 0);
    assert!(run(disturbed.path()).status().unwrap().success());
    let map = |folder: &tempfile::TempDir| variables(&folder.path().join("map.nc"));
    assert!(map(&disturbed) == map(&undisturbed));
    let names: Vec<String> = fs::read_dir(disturbed.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "only journals and map.nc stay: {names:?}");
}

#[test]
fn a_second_run_of_a_folder_in_use_is_refused_and_a_signal_makes_the_first_resumable() {
    let program = program();
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let mut command = Command::new(&program);
        command.arg(folder.path()).args(["1", "2000"]).stdout(Stdio::piped());
        command
    };
    let first = run().spawn().unwrap();
    while !folder.path().join("journals").is_dir() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = run().output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8(second.stdout).unwrap();
    assert!(said.contains(&format!("in use by process {}", first.id())), "{said}");
    let sent = Command::new("kill").arg(first.id().to_string()).status().unwrap();
    assert!(sent.success());
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(75));
}
