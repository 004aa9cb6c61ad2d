//! Several processes share one run folder without talking to each other: they are killed, stopped, woken and added, and the map has
//! the bits of a run alone.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;
mod patience;
mod rhythm;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use formula::variables;
use patience::{bytes_of_journals, wait_until};
use rustix::process::{Pid, Signal, kill_process};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self::of([120, 100])
    }

    fn of(axes: [u32; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("study.toml"), rhythm::study(axes)).unwrap();
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

/// The only journal of a folder.
fn journal(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("journals")).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_process_that_joins_a_folder_whose_last_rows_are_damaged_measures_them_again_and_ends() {
    let place = Place::new();
    let map = place.alone();
    let whole = fs::read(journal(&place.path("alone"))).unwrap();
    let cut = whole.len() - 1500;
    let zeros = [&whole[..cut], &[0; 1500][..]].concat();
    let mut flipped = whole.clone();
    flipped[cut] ^= 4;
    for (number, bytes) in [zeros, flipped].into_iter().enumerate() {
        let folder = format!("damaged-{number}");
        fs::create_dir_all(place.path(&format!("{folder}/journals"))).unwrap();
        fs::write(place.path(&format!("{folder}/journals/0.journal")), bytes).unwrap();
        let ended = place.join(&folder, &[]).wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        assert_eq!(said(&ended).matches("resuming").count(), 1, "{ended:?}");
        assert!(variables(&place.path(&format!("{folder}/map.nc"))) == variables(&map));
    }
}

#[test]
fn a_process_whose_folder_is_taken_away_ends_and_says_so() {
    let place = Place::new();
    let long = ["--set", "space.axes.A.n=2000"];
    for what in ["journals", "."] {
        let process = place.join("folder", &long);
        wait_for_rows(&place.path("folder"));
        let taken = if what == "." { place.path("folder") } else { place.path("folder").join(what) };
        fs::rename(taken, place.path("away")).unwrap();
        let ended = process.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(4), "{ended:?}");
        assert!(said(&ended).contains("is gone") || said(&ended).contains("cannot "), "{ended:?}");
        let _ = fs::remove_dir_all(place.path("folder"));
        fs::remove_dir_all(place.path("away")).unwrap();
    }
}

#[test]
fn a_pipe_named_like_a_journal_or_a_page_holds_nobody_up() {
    let place = Place::new();
    for name in ["journals/x.journal", "processes/x.json"] {
        let path = place.path("folder").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let ended = place.join("folder", &["--set", "space.axes.A.n=20"]).wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
fn a_heartbeat_in_the_future_holds_nobody_up_for_longer_than_its_expiry_and_is_named_meanwhile() {
    // So few that the process which comes later is done with the rest long before the expiry.
    let place = Place::of([30, 40]);
    let map = place.alone();
    let mut killed = place.join("folder", &[]);
    wait_for_rows(&place.path("folder"));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let entry = fs::read_dir(place.path("folder/processes")).unwrap().map(|entry| entry.unwrap().path());
    let path =
        entry.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap();
    let mut page: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    page["holder"]["host"] = "elsewhere".into();
    page["expiry"] = 7.0.into();
    assert!(!page["held"].as_array().unwrap().is_empty(), "it had something in hand: {page}");
    fs::write(&path, page.to_string()).unwrap();
    let ahead = std::time::SystemTime::now() + Duration::from_secs(9000);
    fs::File::options().write(true).open(&path).unwrap().set_modified(ahead).unwrap();
    let ended = place.join("folder", &[]).wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        said(&ended).contains("waiting for process") && said(&ended).contains("on elsewhere"),
        "{ended:?}"
    );
    assert!(variables(&place.path("folder/map.nc")) == variables(&map));
}
