//! What `ictus status` says of a folder is what a map of its journals holds, whatever has happened to the run: alone and shared,
//! running, killed, stopped, resumed, finished, failed, and run again.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod decay;
mod outcome;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use decay::STUDY;
use ictus::run::Watcher;
use outcome::texts;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

struct Place(tempfile::TempDir);

impl Place {
    /// A study of about a second, a third of whose points diverge.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let study = STUDY
            .replace("from = 0.5, to = 2, n = 4", "from = -1, to = 2, n = 60")
            .replace("n = 3", "n = 60")
            .replace("transient = 10", "transient = 10000")
            .replace("[[regime]]", "[output]\nallowed_failures = 1\n\n[[regime]]");
        decay::write(folder.path(), &study);
        Self(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ictus"));
        command.args(arguments).current_dir(self.0.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn ictus(&self, arguments: &[&str]) -> (i32, String, String) {
        texts(self.command(arguments).output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (code, said, errors) = self.ictus(arguments);
        assert_eq!(code, 0, "{arguments:?}: {errors}");
        serde_json::from_str(&said).unwrap()
    }

    fn run(&self, more: &[&str]) -> Child {
        let arguments = ["run", "study.toml", "--threads", "1", "--output", "out"];
        self.command(&[&arguments[..], more].concat()).spawn().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What the journals hold has grown by so many bytes.
    fn wait_for_rows(&self) {
        let bytes = || -> u64 {
            let entries = fs::read_dir(self.path("out/journals")).into_iter().flatten().flatten();
            entries.filter_map(|entry| entry.metadata().ok()).map(|journal| journal.len()).sum()
        };
        let before = bytes();
        for _ in 0..12_000 {
            if bytes() > before + 12_000 {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no rows come");
    }

    /// So many processes have said that they are there.
    fn wait_for_processes(&self, count: usize) {
        for _ in 0..1000 {
            let status = self.json(&["status", "--json", "out"]);
            if status["workers"].as_array().is_some_and(|workers| workers.len() == count) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("not all come");
    }

    /// The status, after it was compared with what a map of the journals holds.
    #[track_caller]
    fn agreed(&self, what: &str) -> Value {
        let status = self.json(&["status", "--json", "out"]);
        let (code, _, errors) = self.ictus(&["map", "out", "--partial", "--output", "partial.nc"]);
        assert_eq!(code, 0, "{what}: {errors}");
        let map = self.json(&["info", "--json", "partial.nc"]);
        let shares = |of: &str| -> Vec<(String, u64)> {
            let all = map[of].as_array().unwrap().iter();
            let all =
                all.map(|one| (one["name"].as_str().unwrap().to_owned(), one["points"].as_u64().unwrap()));
            all.filter(|(name, points)| *points > 0 && name != "not_computed").collect()
        };
        let told = |of: &str| -> Vec<(String, u64)> {
            let all = status[of].as_object().unwrap().iter();
            all.map(|(name, count)| (name.clone(), count.as_u64().unwrap())).collect()
        };
        let sorted = |mut list: Vec<(String, u64)>| {
            list.sort();
            list
        };
        let statuses = shares("statuses");
        let done: u64 = statuses.iter().map(|(_, points)| points).sum();
        assert_eq!((&status["points"], &status["done"]), (&map["points"], &done.into()), "{what}: {status}");
        assert_eq!(sorted(told("regimes")), sorted(shares("regimes")), "{what}: {status}");
        let failed = statuses.into_iter().filter(|(name, _)| name != "ok" && name != "excluded").collect();
        assert_eq!(sorted(told("failed")), sorted(failed), "{what}: {status}");
        let attributes = map["attributes"].as_array().unwrap();
        let hours = attributes.iter().find(|pair| pair[0] == "core_hours_used").unwrap();
        let hours: f64 = hours[1].as_str().unwrap().parse().unwrap();
        assert!((status["core_hours_used"].as_f64().unwrap() - hours).abs() < 1e-6, "{what}: {status}");
        let of_processes: u64 =
            status["workers"].as_array().unwrap().iter().map(|worker| worker["done"].as_u64().unwrap()).sum();
        assert_eq!(of_processes + status["taken"].as_u64().unwrap(), done, "{what}: {status}");
        let (_, said, _) = self.ictus(&["status", "out"]);
        assert!(!said.contains("-0.") && !said.contains("died: "), "{what}: {said}");
        status
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Stops a process so that it can be compared with what it has written.
fn held<T>(child: &Child, look: impl FnOnce() -> T) -> T {
    signal(child, Signal::STOP);
    let seen = look();
    signal(child, Signal::CONT);
    seen
}

#[test]
fn the_status_of_a_run_alone_is_what_its_journals_hold() {
    let place = Place::new();
    let mut run = place.run(&[]);
    place.wait_for_rows();
    let running = held(&run, || place.agreed("running"));
    assert_eq!(running["state"], "running");
    run.kill().unwrap();
    run.wait().unwrap();
    let killed = place.agreed("killed");
    assert_eq!((&killed["state"], &killed["seconds_left"]), (&"died".into(), &Value::Null));
    assert!(killed["done"].as_u64() > Some(0), "{killed}");
    let run = place.run(&[]);
    place.wait_for_rows();
    let resumed = held(&run, || place.agreed("resumed"));
    assert_eq!(resumed["taken"], killed["done"]);
    signal(&run, Signal::TERM);
    let (code, _, errors) = texts(run.wait_with_output().unwrap());
    let stopped = place.agreed("stopped");
    assert!(code == 75 && stopped["state"] == "stopped", "{errors}{stopped}");
    let text = fs::read_to_string(place.path("out/status.txt")).unwrap();
    let told = format!("ictus status=stopped points=3600 done={} taken={}", stopped["done"], killed["done"]);
    assert!(text.starts_with(&told), "{text}");
    assert!(place.run(&[]).wait().unwrap().success());
    let finished = place.agreed("finished");
    assert_eq!((&finished["state"], &finished["taken"]), (&"finished".into(), &stopped["done"]));
    assert!(place.run(&[]).wait().unwrap().success());
    let again = place.agreed("run again");
    assert_eq!((&again["state"], &again["done"]), (&"finished".into(), &3600.into()));
    assert_eq!(again["failed"], finished["failed"]);
    fs::remove_file(place.path("out/status.json")).unwrap();
    assert_eq!(place.agreed("without a record")["state"], "finished");
}

#[test]
fn who_watches_a_folder_sees_the_study_that_took_the_place_of_another() {
    let place = Place::new();
    assert!(place.run(&["--set", "time.transient=10"]).wait().unwrap().success());
    let mut watcher = Watcher::new(&place.path("out"));
    let points = |watcher: &mut Watcher| watcher.look().unwrap().unwrap().points;
    assert_eq!(points(&mut watcher), 3600);
    fs::remove_dir_all(place.path("out")).unwrap();
    assert!(
        place.run(&["--set", "time.transient=10", "--set", "space.axes.k.n=2"]).wait().unwrap().success()
    );
    assert_eq!(points(&mut watcher), 120);
}

#[test]
fn a_journal_of_another_study_beside_those_of_a_run_is_no_part_of_its_status() {
    let place = Place::new();
    assert!(place.run(&["--set", "time.transient=10"]).wait().unwrap().success());
    let journals = |folder: &str| -> Vec<PathBuf> {
        fs::read_dir(place.path(folder)).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let own = journals("out/journals");
    let kept = place.path("kept.journal");
    fs::copy(&own[0], &kept).unwrap();
    fs::remove_dir_all(place.path("out")).unwrap();
    assert!(place.run(&["--set", "time.transient=20"]).wait().unwrap().success());
    // Its name comes before the other's, so that the status is of the other's study.
    fs::copy(&kept, place.path("out/journals/0-a.journal")).unwrap();
    let (code, said, errors) = place.ictus(&["status", "out"]);
    assert_eq!(code, 2, "{said}{errors}");
    assert!(errors.contains("0-a.journal") && errors.contains("transient"), "{errors}");
}

#[test]
fn a_folder_that_holds_a_whole_map_has_neither_died_nor_failed() {
    let place = Place::new();
    assert!(place.run(&["--set", "time.transient=10"]).wait().unwrap().success());
    let record = fs::read_to_string(place.path("out/status.json")).unwrap();
    for state in ["running", "failed"] {
        let said = record
            .replace("\"finished\"", &format!("\"{state}\""))
            .replace("\"note\": \"\"", "\"note\": \"cannot open x\"");
        fs::write(place.path("out/status.json"), said).unwrap();
        let status = place.agreed(state);
        assert_eq!((&status["state"], &status["note"]), (&"finished".into(), &"".into()));
    }
    // The last words of a process that comes to its limit while another one writes the map are younger than it.
    fs::write(place.path("out/status.json"), record.replace("\"finished\"", "\"stopped\"")).unwrap();
    let journal = fs::read_dir(place.path("out/journals")).unwrap().next().unwrap().unwrap().path();
    let later = std::time::SystemTime::now() + Duration::from_secs(5);
    fs::File::options().append(true).open(&journal).unwrap().set_modified(later).unwrap();
    assert_eq!(place.agreed("last words")["state"], "finished");
    let map = fs::read(place.path("out/map.nc")).unwrap();
    fs::write(place.path("out/map.nc"), "no map").unwrap();
    fs::File::options().append(true).open(&journal).unwrap().set_modified(later).unwrap();
    let said = place.json(&["status", "out", "--json"]);
    assert_eq!(said["state"], "stopped", "what is there is no map");
    fs::write(place.path("out/map.nc"), map).unwrap();
    let said =
        record.replace("\"finished\"", "\"failed\"").replace("\"note\": \"\"", "\"note\": \"cannot open x\"");
    fs::write(place.path("out/status.json"), said).unwrap();
    // Its map is gone: then it has.
    fs::remove_file(place.path("out/map.nc")).unwrap();
    let status = place.agreed("without a map");
    assert_eq!((&status["state"], &status["note"]), (&"failed".into(), &"cannot open x".into()));
}

#[test]
fn a_journal_whose_beginning_is_damaged_is_counted_like_a_sound_one() {
    let place = Place::new();
    let mut run = place.run(&[]);
    place.wait_for_rows();
    run.kill().unwrap();
    run.wait().unwrap();
    let sound = place.agreed("killed");
    assert!(sound["done"].as_u64() > Some(0), "{sound}");
    let journal = fs::read_dir(place.path("out/journals")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&journal).unwrap();
    // In the texts of the header, behind its length.
    bytes[40] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let damaged = place.agreed("damaged");
    assert_eq!((&damaged["done"], &damaged["regimes"]), (&sound["done"], &sound["regimes"]));
    let (code, said, _) = texts(place.run(&[]).wait_with_output().unwrap());
    assert_eq!(code, 0, "{said}");
    assert_eq!(place.agreed("finished")["state"], "finished");
}

#[test]
fn a_run_of_a_finished_folder_keeps_its_header_anew() {
    let place = Place::new();
    assert!(place.run(&["--set", "time.transient=10"]).wait().unwrap().success());
    let journal = fs::read_dir(place.path("out/journals")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&journal).unwrap();
    bytes[40] ^= 1;
    fs::write(&journal, bytes).unwrap();
    for join in [&["--set", "time.transient=10"][..], &["--set", "time.transient=10", "--join"]] {
        fs::write(place.path("out/journals.header"), "nothing").unwrap();
        let (code, _, errors) = texts(place.run(join).wait_with_output().unwrap());
        assert_eq!(code, 0, "{errors}");
        assert_eq!(place.agreed("run again")["state"], "finished");
    }
}

#[test]
fn what_is_no_file_where_a_record_is_looked_for_is_waited_for_by_nobody() {
    let place = Place::new();
    fs::create_dir(place.path("out")).unwrap();
    for name in ["status.json", "prediction", "journals.header"] {
        let made = Command::new("mkfifo").arg(place.path("out").join(name)).status().unwrap();
        assert!(made.success());
    }
    let (code, _, errors) = place.ictus(&["status", "out"]);
    assert_eq!(code, 2, "{errors}");
    // What a run writes itself must not stand in its way.
    let (code, _, errors) = texts(place.run(&[]).wait_with_output().unwrap());
    assert!(code == 2 && errors.contains("journals.header cannot be written"), "{errors}");
    fs::remove_file(place.path("out/journals.header")).unwrap();
    for join in [&["--set", "time.transient=10"][..], &["--set", "time.transient=10", "--join"]] {
        let (code, _, errors) = texts(place.run(join).wait_with_output().unwrap());
        assert_eq!(code, 0, "{errors}");
    }
}

#[test]
fn where_only_the_map_is_left_the_status_says_so() {
    let place = Place::new();
    place.run(&[]).wait().unwrap();
    fs::remove_dir_all(place.path("out/journals")).unwrap();
    let (code, said, errors) = place.ictus(&["status", "out"]);
    assert_eq!(code, 0, "{errors}");
    assert!(said.contains("its journals are gone, map.nc is left"), "{said}");
}

#[test]
fn a_run_that_cannot_write_its_map_says_how_far_it_is_all_the_same() {
    let place = Place::new();
    fs::create_dir_all(place.path("out/map.nc/in_the_way")).unwrap();
    let (code, _, errors) = texts(place.run(&["--set", "time.transient=10"]).wait_with_output().unwrap());
    assert_eq!(code, 2, "{errors}");
    let status = place.agreed("failed");
    assert_eq!((&status["state"], &status["done"]), (&"failed".into(), &3600.into()));
    assert!(status["note"].as_str().unwrap().contains("map.nc"), "{status}");
}

#[test]
fn the_status_of_a_shared_run_is_what_all_of_its_journals_hold() {
    let place = Place::new();
    let join = || place.run(&["--join"]);
    let (mut first, second) = (join(), join());
    place.wait_for_rows();
    place.wait_for_processes(2);
    let both = held(&first, || held(&second, || place.agreed("shared")));
    assert_eq!((&both["state"], both["workers"].as_array().unwrap().len()), (&"running".into(), 2));
    first.kill().unwrap();
    first.wait().unwrap();
    signal(&second, Signal::TERM);
    assert_eq!(texts(second.wait_with_output().unwrap()).0, 75);
    let stopped = place.agreed("one killed and one stopped");
    assert_eq!(stopped["state"], "stopped");
    let (third, fourth) = (join(), join());
    for process in [third, fourth] {
        let (code, _, errors) = texts(process.wait_with_output().unwrap());
        assert_eq!(code, 0, "{errors}");
    }
    let finished = place.agreed("shared and finished");
    assert_eq!((&finished["state"], &finished["done"]), (&"finished".into(), &3600.into()));
    let measured =
        finished["workers"].as_array().unwrap().iter().filter(|worker| worker["done"] != 0).count();
    assert!(measured >= 3, "everybody who measured is named: {finished}");
    // A run alone after it is one of its own.
    assert!(place.run(&[]).wait().unwrap().success());
    let alone = place.agreed("alone after shared");
    assert_eq!((&alone["state"], &alone["taken"]), (&"finished".into(), &3600.into()));
}

#[test]
fn a_time_that_has_outlived_its_job_stops_nothing_and_a_limit_that_stops_is_named() {
    let place = Place::new();
    let quick = ["run", "study.toml", "--output", "out", "--set", "time.transient=10"];
    let stale = place
        .command(&quick)
        .env("SLURM_JOB_END_TIME", "1000000000")
        .env_remove("SLURM_JOB_ID")
        .output()
        .unwrap();
    let (code, _, errors) = texts(stale);
    assert!(code == 0 && errors.contains("SLURM_JOB_END_TIME is not believed"), "{errors}");
    let (code, _, errors) = place.ictus(&[&quick[..], &["--fresh", "--time-limit", "1 s"]].concat());
    assert!(code == 75 && errors.contains("(--time-limit)"), "{errors}");
}

/// The seconds that a process has computed for.
fn computed_for(child: &Child) -> f64 {
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    times.map(|times| times.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9).sum()
}

#[test]
fn what_a_stopped_process_has_spent_on_unfinished_points_is_counted() {
    let place = Place::new();
    decay::write(place.0.path(), &STUDY.replace("transient = 10", "transient = 4e6"));
    let used = |place: &Place| {
        let status = place.agreed("finished");
        assert_eq!(status["state"], "finished");
        status["core_hours_used"].as_f64().unwrap() * 3600.0
    };
    assert!(place.run(&[]).wait().unwrap().success());
    let whole = used(&place);
    let mut child = place.run(&["--fresh"]);
    while computed_for(&child) < 0.6 * whole {
        assert_eq!(child.try_wait().unwrap(), None, "it has ended in far less than {whole} s");
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert_eq!(place.json(&["status", "--json", "out"])["done"], 0);
    assert!(place.run(&[]).wait().unwrap().success());
    let in_parts = used(&place);
    // The part that was left is 0.4; machines with other things to do are off by some tenths.
    assert!(in_parts > 0.55 * whole, "{in_parts} s in two parts, {whole} s at once");
}
