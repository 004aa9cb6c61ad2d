//! Points that kill their process: found by the journals of the dead, isolated, and not attempted again. The process that dies is this
//! test program itself, started anew.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;
mod patience;

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use formula::{Formula, identity, open, space};
use ictus::experiment::{Experiment, Rows, Status};
use ictus::schedule::{Stop, joined, local};
use ictus::space::Space;
use ictus::store::status::Record;
use ictus::store::{Fate, Folder};
use ictus::table::{Quantity, Table};
use patience::{bytes_of_journals, wait_for_bytes};

/// signal(7) on Linux.
const ABORT: i32 = 6;

const LENGTHS: [u64; 2] = [60, 70];

/// The formula, but for points that abort the process.
struct Deadly {
    formula: Formula,
    points: Vec<Vec<f64>>,
}

impl Experiment for Deadly {
    fn quantities(&self) -> &[Quantity] {
        self.formula.quantities()
    }

    fn measure(&self, points: &Table) -> Rows {
        for row in 0..points.rows() {
            let point: Vec<f64> = points.columns().iter().map(|column| column[row]).collect();
            if self.points.contains(&point) {
                std::process::abort();
            }
        }
        self.formula.measure(points)
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.formula.classify(status, features)
    }
}

fn deadly(space: &Space, points: &[u64]) -> Deadly {
    let values = |&point: &u64| space.values(&space.coordinates(point));
    Deadly { formula: Formula::new(), points: points.iter().map(values).collect() }
}

/// What the process that may die does: measures a folder that the environment names.
#[test]
#[ignore = "is started by the other tests"]
fn a_process_that_may_die() {
    let Ok(folder) = std::env::var("ICTUS_TEST_FOLDER") else { return };
    let points: Vec<u64> = std::env::var("ICTUS_TEST_POINTS")
        .unwrap()
        .split_whitespace()
        .map(|point| point.parse().unwrap())
        .collect();
    let threads = std::env::var("ICTUS_TEST_THREADS").unwrap().parse().unwrap();
    let is_shared = std::env::var("ICTUS_TEST_SHARED").is_ok();
    let space = space(&LENGTHS);
    let experiment = deadly(&space, &points);
    let stop = Stop::new();
    if is_shared {
        let expiry = ictus::store::EXPIRY;
        let (mut folder, mut membership) =
            Folder::join(Path::new(&folder), &identity(&space), &space, 3, expiry, None).unwrap();
        let options = joined::Options {
            threads: Some(threads),
            stop,
            watch: &mut |_| (),
            record: &|progress, _| Record::begin(progress.points, 0),
        };
        let outcome = joined::run(&experiment, &space, &mut folder, &mut membership, options).unwrap();
        assert_eq!(outcome.ending, joined::Ending::Complete);
        membership.vanish();
    } else {
        let mut folder = open(Path::new(&folder), &space);
        let options = local::Options { threads: Some(threads), stop, watch: &mut |_| () };
        assert!(local::run(&experiment, &space, &mut folder, options).unwrap().is_complete);
    }
}

fn process(folder: &Path, points: &str, threads: u32) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "a_process_that_may_die"])
        .env("ICTUS_TEST_FOLDER", folder)
        .env("ICTUS_TEST_POINTS", points)
        .env("ICTUS_TEST_THREADS", threads.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Starts a process again and again until one lives; gives how many died.
fn deaths(mut start: impl FnMut() -> ExitStatus) -> u32 {
    for deaths in 0..30 {
        let ended = start();
        if ended.success() {
            return deaths;
        }
        assert_eq!(ended.signal(), Some(ABORT), "{ended:?}");
    }
    panic!("it dies again and again");
}

/// The statuses that the journals of a folder hold, by point. No map is written: a child would inherit what HDF5 has open.
fn statuses(folder: &Path, space: &Space) -> Vec<u8> {
    let folder = Folder::open(folder, &identity(space), space, 3, Fate::Resume).unwrap();
    assert_eq!(space.cells().count(), 1);
    folder.index().cell(space, &space.cells().cell(0), Status::NotComputed as u8).unwrap().status
}

fn check(statuses: &[u8], space: &Space, quarantined: &[u64]) {
    for (point, &status) in (0..).zip(statuses) {
        let expected = if quarantined.contains(&point) {
            Status::Quarantined
        } else {
            Formula::row(&space.values(&space.coordinates(point))).0
        };
        assert_eq!(status, expected as u8, "point {point}");
    }
}

/// A point dies in a tile, in a block, twice in its block alone and twice alone. Two may die in one process at first; the very first
/// death of a run may leave no note.
fn is_expected(deaths: u32, points: &[u64]) -> bool {
    let points = points.len() as u32;
    (4 * points + 2..=6 * points + 1).contains(&deaths)
}

#[test]
fn a_point_that_kills_its_process_is_isolated_and_quarantined() {
    let space = space(&LENGTHS);
    for (threads, points) in [(1, &[1234][..]), (2, &[1234]), (2, &[7, 4199])] {
        let folder = tempfile::tempdir().unwrap();
        let names = points.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
        let deaths = deaths(|| process(folder.path(), &names, threads).status().unwrap());
        assert!(is_expected(deaths, points), "{deaths} deaths with {threads} threads and {points:?}");
        check(&statuses(folder.path(), &space), &space, points);
    }
}

#[test]
fn processes_that_share_a_folder_quarantine_a_point_that_kills_them() {
    let space = space(&LENGTHS);
    let folder = tempfile::tempdir().unwrap();
    let died = std::thread::scope(|scope| {
        let line =
            || deaths(|| process(folder.path(), "1234", 1).env("ICTUS_TEST_SHARED", "1").status().unwrap());
        let threads = [scope.spawn(line), scope.spawn(line)];
        threads.map(|thread| thread.join().unwrap()).into_iter().sum::<u32>()
    });
    assert!((6..=10).contains(&died), "{died} deaths");
    check(&statuses(folder.path(), &space), &space, &[1234]);
}

#[test]
fn processes_that_are_killed_from_outside_quarantine_nothing() {
    let space = space(&LENGTHS);
    let folder = tempfile::tempdir().unwrap();
    let rows = 4 * LENGTHS.iter().product::<u64>();
    for kill in 0..12 {
        let mut child = process(folder.path(), "", 2).spawn().unwrap();
        // The first as soon as they begin, the others after more and more of the rows are written.
        wait_for_bytes(folder.path(), bytes_of_journals(folder.path()) + rows * kill / 12, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(process(folder.path(), "", 2).status().unwrap().success());
    check(&statuses(folder.path(), &space), &space, &[]);
}

#[test]
fn what_the_dead_had_in_hand_is_remembered_when_journals_become_one() {
    let space = space(&LENGTHS);
    let folder = tempfile::tempdir().unwrap();
    let mut counts = Vec::new();
    let died = deaths(|| {
        let ended = process(folder.path(), "1234 77 3000", 1).status().unwrap();
        counts.push(std::fs::read_dir(folder.path().join("journals")).unwrap().count());
        ended
    });
    assert!(is_expected(died, &[1234, 77, 3000]), "{died} deaths");
    assert!(counts.iter().all(|&count| count <= 4), "{counts:?}");
    check(&statuses(folder.path(), &space), &space, &[1234, 77, 3000]);
}
