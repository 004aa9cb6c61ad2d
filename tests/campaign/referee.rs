//! What a study must come to, whatever has disturbed it, and whether it has. Knows nothing of how it was disturbed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ictus::experiment::Status;
use ictus::space::Cells;
use ictus::store::map::Map;
use ictus::study::Study;

use crate::formula::variables;
use crate::held::{self, Held, Tag};
use crate::kinds::{Before, Kind};
use crate::wires::{Extras, Programs, Wire, start};

/// What stands in the folder of a finished run.
const RIGHT: [&str; 6] = ["journals", "journals.header", "map.nc", "processes", "status.json", "status.txt"];

/// Many journals are made one: three, and of each of two processes its own and one that it made of others.
const MOST_JOURNALS: usize = 7;

/// A study, and what an undisturbed run of it gives.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) cells: Cells,
    /// The seconds of the run alone.
    pub(crate) took: Duration,
    /// Bytes of a journal before its first note, of all of it, and frames in it.
    pub(crate) header: u64,
    pub(crate) bytes: u64,
    pub(crate) frames: usize,
    /// What tells its frames from others.
    pub(crate) tag: Tag,
    /// The folder as it is before the study is run for the first time, where something was measured there.
    pub(crate) before: Option<tempfile::TempDir>,
    variables: Vec<(String, Vec<u64>)>,
}

/// Copies a folder and what is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &place);
        } else {
            fs::copy(&path, &place).unwrap();
        }
    }
}

/// Runs the program in the place of a study; it succeeds.
fn ictus(programs: &Programs, place: &Path, arguments: &[&str]) {
    let output = Command::new(&programs.plain).args(arguments).current_dir(place).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What was measured before, in a folder of its own.
fn before(kind: &Kind, programs: &Programs, place: &Path) -> Option<tempfile::TempDir> {
    let run = |output: &str, changes: &[&str]| {
        let set = changes.iter().flat_map(|line| ["--set", line]);
        let words: Vec<&str> = ["run", "study.toml", "--output", output].into_iter().chain(set).collect();
        ictus(programs, place, &words);
    };
    match kind.before {
        Before::Nothing => return None,
        Before::Smaller(changes) => run("before", changes),
        Before::Parts([one, other]) => {
            run("one", one);
            run("other", other);
            ictus(programs, place, &["merge", "one", "other", "--output", "before"]);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&place.join("before"), folder.path());
    Some(folder)
}

/// Writes a study and what stands beside it.
pub(crate) fn write(kind: &Kind, place: &Path) {
    fs::write(place.join("study.toml"), kind.text()).unwrap();
    for (name, text) in kind.files() {
        fs::write(place.join(name), text).unwrap();
    }
}

impl Reference {
    /// Runs a study undisturbed.
    pub(crate) fn of(kind: &Kind, programs: &Programs) -> Self {
        let place = tempfile::tempdir().unwrap();
        write(kind, place.path());
        let folder = place.path().join("sound");
        let began = Instant::now();
        let mut job = start(programs, Wire::Alone, place.path(), &folder, &Extras::default());
        while !job.is_over() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(job.codes(), [0], "the study {} is not sound:\n{}", kind.name, job.said());
        let took = began.elapsed();
        let at_the_end: Vec<String> = kind.at_the_end.iter().map(|&line| line.to_owned()).collect();
        let study = Study::load(&place.path().join("study.toml"), &at_the_end).unwrap();
        let cells = study.space().cells().clone();
        let tag = held::tag(&folder);
        let held = Held::read(&folder, &cells, tag);
        assert_eq!(held.points, study.space().points(), "{}: the journals are not read rightly", kind.name);
        Self {
            cells,
            took,
            header: held::length_of_the_header(&folder),
            bytes: held::bytes(&folder),
            frames: held.frames,
            tag,
            before: before(kind, programs, place.path()),
            variables: variables(&folder.join("map.nc")),
        }
    }

    /// What is wrong with a folder whose run says that it is finished, and what its status says that its map does not.
    pub(crate) fn faults_of(&self, folder: &Path, programs: &Programs) -> [Vec<String>; 2] {
        let map = folder.join("map.nc");
        if !map.is_file() {
            return [vec!["a finished run has no map".to_owned()], Vec::new()];
        }
        let mut faults = Vec::new();
        let found = variables(&map);
        if found != self.variables {
            let mut what = Vec::new();
            for ((name, right), (_, values)) in self.variables.iter().zip(&found) {
                let differ = right.iter().zip(values).filter(|(right, value)| right != value).count();
                if differ > 0 {
                    what.push(format!("{differ} of {name}"));
                }
            }
            faults.push(format!("the map differs: {}", what.join(", ")));
        }
        let names = |folder: &Path| -> Vec<String> {
            let entries = fs::read_dir(folder).map(|entries| entries.filter_map(Result::ok).collect());
            let entries: Vec<fs::DirEntry> = entries.unwrap_or_default();
            entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        let left: Vec<String> =
            names(folder).into_iter().filter(|name| !RIGHT.contains(&name.as_str())).collect();
        if !left.is_empty() {
            faults.push(format!("left over: {}", left.join(", ")));
        }
        let journals = names(&folder.join("journals"));
        if journals.len() > MOST_JOURNALS || journals.iter().any(|name| !name.ends_with(".journal")) {
            faults.push(format!("{} journals: {}", journals.len(), journals.join(", ")));
        }
        [faults, disagreements(&map, &status(folder, programs))]
    }
}

/// What `ictus status --json` says of a folder; null if it says nothing.
pub(crate) fn status(folder: &Path, programs: &Programs) -> serde_json::Value {
    let said = Command::new(&programs.plain).args(["status", "--json"]).arg(folder).output().unwrap();
    serde_json::from_slice(&said.stdout).unwrap_or_default()
}

/// Where the status of a finished run does not say what its map says.
fn disagreements(map: &Path, status: &serde_json::Value) -> Vec<String> {
    let map = Map::open(map).unwrap();
    let shape = map.shape();
    let zero = vec![0; shape.len()];
    let (regimes, statuses) = (map.regime(&zero, &shape).unwrap(), map.status(&zero, &shape).unwrap());
    let count = |codes: &[u8], names: &[String], wanted: &dyn Fn(usize) -> bool| -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for &code in codes.iter().filter(|&&code| wanted(usize::from(code))) {
            *counts.entry(names[usize::from(code)].clone()).or_default() += 1;
        }
        counts
    };
    let labels: Vec<String> = map.labels().iter().map(|label| label.name.clone()).collect();
    let is_failure = |code: usize| Status::from_code(code as u8).is_some_and(Status::is_failure);
    let said = |key: &str| -> BTreeMap<String, u64> {
        let counts = status[key].as_object().into_iter().flatten();
        let counts = counts.map(|(name, count)| (name.clone(), count.as_u64().unwrap_or(0)));
        counts.filter(|&(_, count)| count > 0).collect()
    };
    let mut faults = Vec::new();
    for (key, right) in [
        ("regimes", count(&regimes, &labels, &|_| true)),
        ("failed", count(&statuses, map.statuses(), &is_failure)),
    ] {
        if said(key) != right {
            faults.push(format!("status: {key} are {:?}, the map has {right:?}", said(key)));
        }
    }
    let points: u64 = shape.iter().product();
    if status["done"].as_u64() != Some(points) || status["state"] != "finished" {
        faults.push(format!("status: {} and {} of {points} points done", status["state"], status["done"]));
    }
    faults
}

/// The programs: the one of these tests, and one with MPI where the environment names it.
pub(crate) fn programs() -> Programs {
    Programs {
        plain: PathBuf::from(env!("CARGO_BIN_EXE_ictus")),
        ranked: std::env::var_os("ICTUS_MPI_PROGRAM").map(PathBuf::from),
    }
}
