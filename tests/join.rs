//! Several processes share one run folder without talking to each other: they are killed, stopped, woken and added, and the map has
//! the bits of a run alone.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;
mod patience;
mod rhythm;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use formula::variables;
use patience::{bytes_of_journals, wait_until};
use rustix::process::{Pid, Signal, kill_process};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("study.toml"), rhythm::study([120, 100])).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ictus(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ictus"));
        command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn join(&self, output: &str, more: &[&str]) -> Child {
        let mut command = self.ictus(&["run", "study.toml", "--join", "--threads", "1", "--output", output]);
        command.args(more).spawn().unwrap()
    }

    fn status(&self, output: &str) -> serde_json::Value {
        let said = self.ictus(&["status", "--json", output]).output().unwrap();
        serde_json::from_slice(&said.stdout).unwrap_or_default()
    }

    /// The map of a run alone.
    fn alone(&self) -> PathBuf {
        let ended = self.ictus(&["run", "study.toml", "--output", "alone"]).output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        self.path("alone/map.nc")
    }

    fn assert_equal(&self, one: &str, other: &str) {
        let compared = self.ictus(&["diff", "--bits", one, other]).output().unwrap();
        assert!(compared.status.success(), "{compared:?}");
    }
}

/// Waits until a run has written rows.
fn wait_for_rows(folder: &Path) {
    wait_until("rows", || bytes_of_journals(folder) > 40_000);
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn three_processes_one_killed_and_one_added_make_the_map_of_a_run_alone() {
    let place = Place::new();
    place.alone();
    let mut processes: Vec<Child> = (0..3).map(|_| place.join("shared", &[])).collect();
    wait_for_rows(&place.path("shared"));
    let mut killed = processes.remove(0);
    killed.kill().unwrap();
    killed.wait().unwrap();
    processes.push(place.join("shared", &[]));
    let outputs: Vec<Output> =
        processes.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
    assert!(outputs.iter().all(|output| output.status.success()), "{outputs:?}");
    let wrote = outputs.iter().filter(|output| !output.stdout.is_empty()).count();
    assert_eq!(wrote, 1, "one of them writes the map: {outputs:?}");
    let quiet =
        outputs.iter().filter(|output| said(output).contains("all 12000 points are measured")).count();
    assert_eq!(quiet, 2, "{outputs:?}");
    assert!(variables(&place.path("shared/map.nc")) == variables(&place.path("alone/map.nc")));
    place.assert_equal("shared/map.nc", "alone/map.nc");
    let status = place.status("shared");
    assert_eq!((&status["state"], &status["done"]), (&"finished".into(), &12_000.into()), "{status}");
    // Once more: everything is there.
    let again = place.join("shared", &[]).wait_with_output().unwrap();
    assert!(again.status.success(), "{again:?}");
    place.assert_equal("shared/map.nc", "alone/map.nc");
}

#[test]
fn a_process_that_slept_past_its_claim_wakes_up_to_a_finished_run_and_spoils_nothing() {
    let place = Place::new();
    place.alone();
    let expiry = ["--claim-expiry", "2 s"];
    let sleeper = place.join("shared", &expiry);
    wait_for_rows(&place.path("shared"));
    signal(&sleeper, Signal::STOP);
    let finisher = place.join("shared", &expiry).wait_with_output().unwrap();
    assert!(finisher.status.success(), "{finisher:?}");
    assert!(!finisher.stdout.is_empty(), "it has measured everything and written the map: {finisher:?}");
    let map = fs::read(place.path("shared/map.nc")).unwrap();
    let status = place.status("shared");
    assert_eq!((&status["state"], &status["done"]), (&"finished".into(), &12_000.into()), "{status}");
    signal(&sleeper, Signal::CONT);
    let woken = sleeper.wait_with_output().unwrap();
    assert!(woken.status.success(), "{woken:?}");
    place.assert_equal("shared/map.nc", "alone/map.nc");
    // All that it has written is right as well: a map of all journals is the same.
    assert!(place.ictus(&["map", "shared", "--output", "again.nc"]).status().unwrap().success());
    place.assert_equal("again.nc", "alone/map.nc");
    assert!(map == fs::read(place.path("shared/map.nc")).unwrap(), "the map was written once");
}

#[test]
fn a_process_that_slept_past_its_claim_wakes_up_in_the_middle_and_goes_on() {
    let place = Place::new();
    place.alone();
    let expiry = ["--claim-expiry", "1 s"];
    let sleeper = place.join("shared", &expiry);
    wait_for_rows(&place.path("shared"));
    signal(&sleeper, Signal::STOP);
    let other = place.join("shared", &expiry);
    wait_until("the sleeper is given up", || {
        let status = place.status("shared");
        let lost = |worker: &serde_json::Value| worker["activity"] == "lost";
        let is_given_up = status["workers"].as_array().is_some_and(|workers| workers.iter().any(lost));
        // Who is quick has finished before he is looked at: the sleeper was given up then too.
        is_given_up || status["state"] == "finished"
    });
    signal(&sleeper, Signal::CONT);
    for process in [sleeper, other] {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    place.assert_equal("shared/map.nc", "alone/map.nc");
}

#[test]
fn a_run_alone_and_a_shared_run_refuse_each_other_unless_the_other_is_dead() {
    let place = Place::new();
    // Long enough that nobody is done before he is looked at.
    let long = ["--set", "space.axes.A.n=2000"];
    let alone = ["run", "study.toml", "--threads", "1", "--output", "folder", long[0], long[1]];
    let mut sharing = place.join("folder", &long);
    wait_for_rows(&place.path("folder"));
    let refused = place.ictus(&alone).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(said(&refused).contains(&format!("process {}", sharing.id())), "{refused:?}");
    assert!(said(&refused).contains("--join"), "{refused:?}");
    sharing.kill().unwrap();
    sharing.wait().unwrap();
    assert_eq!(place.status("folder")["state"], "died");
    let mut owner = place.ictus(&alone).spawn().unwrap();
    wait_until("the run alone begins", || place.status("folder")["state"] == "running");
    let refused = place.join("folder", &long).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(said(&refused).contains(&format!("process {}", owner.id())), "{refused:?}");
    owner.kill().unwrap();
    owner.wait().unwrap();
    let last = place.join("folder", &["--time-limit", "1 s", long[0], long[1]]).wait_with_output().unwrap();
    assert_eq!(last.status.code(), Some(75), "{last:?}");
    assert!(said(&last).contains("stopped before the time limit"), "{last:?}");
    assert_eq!(place.status("folder")["state"], "stopped");
}
