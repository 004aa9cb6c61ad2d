//! A study of more points takes what it has measured with fewer: nothing twice, and the map is that of a run of its whole size to the bit. Several
//! campaigns become one folder.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;
mod outcome;
mod patience;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use formula::{Formula, identity, space, variables};
use ictus::experiment::{Attempt, Experiment, Interruption, Rows, Standing, Status};
use ictus::schedule::{Stop, local};
use ictus::space::{Correspondence, Space};
use ictus::store::carry::{Carried, Earlier, carry};
use ictus::store::{Fate, Folder, Identity};
use ictus::study::Study;
use ictus::table::{Quantity, Table};
use outcome::{outcome, texts};
use patience::wait_until;
use rustix::process::{Pid, Signal, kill_process};

/// The formula, and at how many points it was asked for.
struct Counting(Formula, AtomicU64);

impl Counting {
    fn new() -> Self {
        Self(Formula::new(), AtomicU64::new(0))
    }
}

impl Experiment for Counting {
    fn quantities(&self) -> &[Quantity] {
        self.0.quantities()
    }

    fn measure(&self, points: &Table) -> Rows {
        self.1.fetch_add(points.rows() as u64, Ordering::Relaxed);
        self.0.measure(points)
    }

    fn attempt(&self, points: &Table, mut standings: Vec<Standing>, _: &dyn Interruption) -> Attempt {
        standings.resize(points.rows(), Standing::Ahead);
        let mut rows = Rows { status: Vec::new(), features: Table::undefined(3, points.rows()) };
        for (row, standing) in standings.into_iter().enumerate() {
            let (status, features) = if let Standing::Ended(status, features) = standing {
                (status, features)
            } else {
                let own = self.measure(&points.chosen(&[row]));
                (own.status[0], own.features.row(0))
            };
            rows.status.push(status);
            for (column, value) in features.into_iter().enumerate() {
                rows.features.column_mut(column)[row] = value;
            }
        }
        Attempt::Measured(rows)
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.0.classify(status, features)
    }
}

/// Measures what a folder lacks; gives how many points that took.
fn measure(space: &Space, path: &Path) -> u64 {
    let experiment = Counting::new();
    let mut folder = Folder::open(path, &identity(space), space, 3, Fate::Resume).unwrap();
    let options = local::Options { threads: Some(2), stop: Stop::new(), watch: &mut |_| () };
    assert!(local::run(&experiment, space, &mut folder, options).unwrap().is_complete);
    experiment.1.into_inner()
}

fn take(earlier: &[(&Space, &Path)], later: &Space, path: &Path) -> Carried {
    let identities: Vec<_> = earlier.iter().map(|(space, _)| identity(space)).collect();
    let found: Vec<_> = earlier.iter().map(|(space, _)| Correspondence::new(space, later).unwrap()).collect();
    let all: Vec<Earlier<'_>> = earlier
        .iter()
        .zip(&identities)
        .zip(&found)
        .map(|((&(space, folder), identity), correspondence)| Earlier {
            folder,
            identity,
            space,
            correspondence,
        })
        .collect();
    carry(path, &identity(later), (later, 3), &all, &|| true).unwrap()
}

#[test]
fn a_refined_grid_measures_its_new_points_alone_and_holds_the_rows_of_both() {
    for (coarse, fine) in [([13, 21], [25, 41]), ([700, 3], [1399, 3]), ([300, 3], [300, 5])] {
        let place = tempfile::tempdir().unwrap();
        let (coarse, fine) = (space(&coarse), space(&fine));
        assert_eq!(measure(&coarse, place.path()), coarse.points());
        let carried = take(&[(&coarse, place.path())], &fine, place.path());
        assert_eq!(carried, Carried { points: coarse.points(), kept_aside: None });
        assert_eq!(measure(&fine, place.path()), fine.points() - coarse.points());
        let folder = Folder::read(place.path(), &identity(&fine), &fine, 3).unwrap();
        for point in 0..fine.points() {
            let (cell, inside) = fine.cells().locate(&fine.coordinates(point));
            let rows = folder.index().cell(&fine, &cell, Status::NotComputed as u8).unwrap();
            let (status, row) = Formula::row(&fine.values(&fine.coordinates(point)));
            assert_eq!(rows.status[inside as usize], status as u8);
            for (column, value) in rows.features.iter().zip(row) {
                assert_eq!(column[inside as usize].to_bits(), value.to_bits());
            }
            if point > 2000 {
                break;
            }
        }
    }
}

#[test]
fn what_was_taken_is_not_taken_again_though_a_kill_has_left_the_old_journals() {
    let place = tempfile::tempdir().unwrap();
    let (coarse, fine) = (space(&[500, 4]), space(&[999, 4]));
    measure(&coarse, place.path());
    let journals = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path.join("journals")).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let old = journals(place.path());
    let kept: Vec<Vec<u8>> = old.iter().map(|journal| fs::read(journal).unwrap()).collect();
    take(&[(&coarse, place.path())], &fine, place.path());
    assert!(old.iter().all(|journal| !journal.exists()));
    // Between the new journal and the removal of the old ones.
    for (journal, bytes) in old.iter().zip(&kept) {
        fs::write(journal, bytes).unwrap();
    }
    Folder::read(place.path(), &identity(&fine), &fine, 3).unwrap();
    take(&[(&coarse, place.path())], &fine, place.path());
    assert!(old.iter().all(|journal| !journal.exists()));
    assert_eq!(measure(&fine, place.path()), fine.points() - coarse.points());
}

#[test]
fn what_was_taken_and_not_yet_gone_on_with_is_taken_once_more_by_a_larger_extent() {
    let place = tempfile::tempdir().unwrap();
    let (first, second, third) = (space(&[60, 31]), space(&[119, 31]), space(&[119, 61]));
    measure(&first, place.path());
    take(&[(&first, place.path())], &second, place.path());
    assert!(place.path().join("unfinished").exists(), "blocks of which some points are known");
    assert_eq!(take(&[(&second, place.path())], &third, place.path()).points, first.points());
    assert_eq!(measure(&third, place.path()), third.points() - first.points());
    assert!(!place.path().join("unfinished").exists());
}

#[test]
fn nothing_is_lost_or_measured_again_when_the_taking_is_stopped_anywhere() {
    let (coarse, fine) = (space(&[60, 60]), space(&[119, 60]));
    let mut after = 0;
    loop {
        let place = tempfile::tempdir().unwrap();
        measure(&coarse, place.path());
        let found = Correspondence::new(&coarse, &fine).unwrap();
        let (was, is) = (identity(&coarse), identity(&fine));
        let earlier =
            Earlier { folder: place.path(), identity: &was, space: &coarse, correspondence: &found };
        let asked = AtomicU64::new(0);
        let goes_on = || asked.fetch_add(1, Ordering::Relaxed) < after;
        let stopped = carry(place.path(), &is, (&fine, 3), &[earlier], &goes_on).is_err();
        if stopped {
            assert_eq!(take(&[(&coarse, place.path())], &fine, place.path()).points, coarse.points());
        }
        assert_eq!(measure(&fine, place.path()), fine.points() - coarse.points(), "after {after} looks");
        if !stopped {
            assert!(after > 10);
            return;
        }
        after += 1 + after / 3;
    }
}

/// A study of a decay, whose runs take milliseconds.
const MODEL: &str =
    "par k=1,a=0.5,b=0,c=1\ninit x=1\nx'=a-k*x+b*sin(c*t)\n@ total=10,dt=0.1,meth=rk4,bound=100\ndone\n";

const REST: &str = "[time]\nmethod = \"rk4\"\nstep = 0.1\ntransient = 1\nwindow = 2\n[observe]\nfeatures = [\"extrema\"]\n[[regime]]\nname = \"high\"\nwhen = \"maximum > 0.6\"\nseizing = true\n";

const SALTELLI: &str = "[space]\ndesign = \"saltelli\"\nbase = 16\nreplicates = 2\nseed = 5\n[space.parameters]\nk = { uniform = [0.5, 2] }\na = { normal = [0.5, 0.1] }\nb = { uniform = [0, 1] }\n";
const GRID: &str = "[space.axes]\nk = { from = 0.5, to = 2, n = 9 }\na = { from = 0, to = 1, n = 5 }\nb = { from = 0, to = 2, with = \"a\" }\n";

struct Place(tempfile::TempDir);

impl Place {
    fn new(space: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("decay.ode"), MODEL).unwrap();
        place.write("study.toml", space);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, space: &str) {
        fs::write(self.path(name), format!("[model]\nfile = \"decay.ode\"\n{space}{REST}")).unwrap();
    }

    fn ictus(&self, arguments: &[&str]) -> (i32, String, String) {
        outcome(self.0.path(), arguments)
    }

    #[track_caller]
    fn run(&self, study: &str, output: &str, set: &[&str]) -> String {
        let set: Vec<&str> = set.iter().flat_map(|line| ["--set", line]).collect();
        let arguments = ["run", study, "--threads", "1", "--output", output];
        let (code, _, errors) = self.ictus(&[&arguments[..], &set].concat());
        assert_eq!(code, 0, "{errors}");
        errors
    }

    /// The map in a folder is that of a run of its whole size, and so are its indices.
    #[track_caller]
    fn is_as_if_new(&self, study: &str, set: &[&str]) {
        self.run(study, "new", set);
        assert!(variables(&self.path("out/map.nc")) == variables(&self.path("new/map.nc")), "other rows");
        let of = |folder: &str| {
            let (_, said, errors) = self.ictus(&["sense", &format!("{folder}/map.nc"), "--json"]);
            (said, errors.replace(folder, ""))
        };
        assert_eq!(of("out"), of("new"));
        fs::remove_dir_all(self.path("new")).unwrap();
    }
}

#[test]
fn a_larger_design_takes_the_runs_of_the_smaller_one() {
    let place = Place::new(SALTELLI);
    place.run("study.toml", "out", &[]);
    let mut set = Vec::new();
    for (line, taken, of) in [
        ("space.base=64", 160, 640),
        ("space.replicates=3", 640, 960),
        ("space.second_order=true", 960, 1536),
        ("space.base=512", 1536, 12288),
    ] {
        set.push(line);
        let said = place.run("study.toml", "out", &set);
        assert!(said.contains(&format!("{taken} of {of} points were measured by an earlier run")), "{said}");
        place.is_as_if_new("study.toml", &set);
    }
}

#[test]
fn a_parameter_of_a_group_gets_runs_of_its_own_and_those_of_the_group_are_kept() {
    let grouped = SALTELLI.replace("seed = 5\n", "seed = 5\ngroups = { both = [\"a\", \"b\"] }\n");
    let place = Place::new(&grouped);
    place.run("study.toml", "out", &[]);
    place.write("alone.toml", SALTELLI);
    let said = place.run("alone.toml", "out", &[]);
    // A, B and AB of k: 3 of 5 blocks.
    assert!(said.contains("96 of 160 points") && said.contains("old-1"), "{said}");
    place.is_as_if_new("alone.toml", &[]);
    let (code, _, errors) = place.ictus(&["map", "out/old-1", "--output", "old.nc"]);
    assert_eq!(code, 0, "{errors}");
}

#[test]
fn a_finer_grid_takes_the_points_of_the_coarser_one_with_what_is_linked() {
    let place = Place::new(GRID);
    place.run("study.toml", "out", &[]);
    let set = ["space.axes.k.n=17", "space.axes.a.n=9"];
    let said = place.run("study.toml", "out", &set);
    assert!(said.contains("45 of 153 points"), "{said}");
    place.is_as_if_new("study.toml", &set);
    // What is linked goes with other values.
    let (code, _, errors) =
        place.ictus(&["run", "study.toml", "--output", "out", "--set", "space.axes.b.to=3"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("out holds more of this study") && errors.contains("`a`"), "{errors}");
}

#[test]
fn a_table_grows_at_its_end() {
    let table = "[space]\ndesign = \"table\"\ntable = \"points.csv\"\n";
    let place = Place::new(table);
    fs::write(place.path("points.csv"), "k,a\n1,0.5\n2,0.25\n").unwrap();
    place.run("study.toml", "out", &[]);
    fs::write(place.path("points.csv"), "k,a\n1,0.5\n2,0.25\n1.5,0\n").unwrap();
    assert!(place.run("study.toml", "out", &[]).contains("2 of 3 points"));
    place.is_as_if_new("study.toml", &[]);
}

#[test]
fn what_is_no_larger_extent_of_the_same_study_is_refused_with_its_reason() {
    let place = Place::new(SALTELLI);
    place.run("study.toml", "out", &[]);
    let before = variables(&place.path("out/map.nc"));
    place.write("fewer.toml", &SALTELLI.replace("b = { uniform = [0, 1] }\n", ""));
    for (study, set, wanted) in [
        ("study.toml", "space.base=8", "a `base` of 16, and here it is 8"),
        ("study.toml", "space.replicates=1", "a number of `replicates` of 2, and here it is 1"),
        ("study.toml", "space.seed=6", "- design.seed = 5"),
        ("study.toml", "model.set={c=2}", "+ parameter.c = 2"),
        ("study.toml", "space.parameters.k={uniform=[0.5,3]}", "k uniform = [0.5, 3.0]"),
        ("fewer.toml", "space.base=32", "`b` is fixed in one of them and varies in the other"),
    ] {
        let (code, said, errors) = place.ictus(&["run", study, "--output", "out", "--set", set]);
        assert_eq!((code, said.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(wanted), "{set}: {errors}");
    }
    assert!(variables(&place.path("out/map.nc")) == before);
    assert!(place.run("study.toml", "out", &[]).contains("were there already"));
}

#[test]
fn processes_that_share_a_folder_extend_it_once_however_many_begin_together() {
    let place = Place::new(SALTELLI);
    place.run("study.toml", "out", &[]);
    let set = ["space.base=256", "space.replicates=4"];
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(["run", "study.toml", "--threads", "1", "--output", "out", "--join"])
            .args(set.iter().flat_map(|line| ["--set", line]))
            .current_dir(place.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let all: Vec<_> = (0..4).map(|_| start()).collect();
    for process in all {
        let (code, _, errors) = texts(process.wait_with_output().unwrap());
        assert_eq!(code, 0, "{errors}");
    }
    place.is_as_if_new("study.toml", &set);
}

#[test]
fn who_waits_for_processes_at_a_smaller_extent_says_so_and_heeds_a_signal() {
    let place = Place::new(SALTELLI);
    let start = |base: &str| {
        Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(["run", "study.toml", "--threads", "1", "--output", "out", "--join"])
            .args(["--set", "time.window=1e8", "--set", base])
            .current_dir(place.0.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut first = start("space.base=16");
    wait_until("a journal", || {
        fs::read_dir(place.path("out/journals")).is_ok_and(|mut entries| entries.next().is_some())
    });
    let mut second = start("space.base=32");
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines();
    let said = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("waiting for"))).unwrap();
    assert!(said.unwrap().contains("is at an earlier extent of this study"));
    kill_process(Pid::from_child(&second), Signal::TERM).unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(75));
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn campaigns_of_other_sizes_become_one_whole_map() {
    let place = Place::new(SALTELLI);
    place.run("study.toml", "few", &["space.base=32"]);
    place.run("study.toml", "many", &["space.replicates=3", "space.base=64"]);
    let (code, said, errors) = place.ictus(&["merge", "few", "many", "--output", "out"]);
    assert_eq!((code, said.trim()), (0, "out/map.nc"), "{errors}");
    assert!(errors.contains("960 of 960 points are there"), "{errors}");
    place.is_as_if_new("study.toml", &["space.replicates=3", "space.base=64"]);
    // What is there already is not written over.
    let (code, _, errors) = place.ictus(&["merge", "few", "many", "--output", "out"]);
    assert!(code == 2 && errors.contains("holds a run already"), "{errors}");
}

#[test]
fn parts_of_a_grid_become_one_and_what_neither_has_is_measured_by_a_run() {
    let place = Place::new(GRID);
    place.run("study.toml", "left", &["space.axes.k={values=[0.5, 1]}"]);
    place.run("study.toml", "right", &["space.axes.k={values=[1, 1.5, 2]}", "space.axes.a.n=9"]);
    let (code, said, errors) = place.ictus(&["merge", "left", "right", "--output", "out"]);
    assert_eq!((code, said.trim()), (0, "out"), "{errors}");
    // 2 x 5 and 3 x 9 points, 5 of them both.
    assert!(errors.contains("32 of 36 points are there"), "{errors}");
    let set: Vec<&str> = errors.split('\'').skip(1).step_by(2).collect();
    assert!(!set.is_empty(), "{errors}");
    place.run("study.toml", "out", &set);
    place.is_as_if_new("study.toml", &["space.axes.k={values=[0.5, 1, 1.5, 2]}", "space.axes.a.n=9"]);
}

#[test]
fn what_cannot_be_one_campaign_is_refused_and_nothing_is_left() {
    let place = Place::new(SALTELLI);
    place.run("study.toml", "one", &[]);
    place.run("study.toml", "seed", &["space.seed=6"]);
    place.run("study.toml", "groups", &["space.groups={both=[\"a\",\"b\"]}", "space.base=64"]);
    let forged = place.path("forged");
    fs::create_dir(&forged).unwrap();
    for (others, wanted) in [
        (["one", "seed"], "- design.seed = 6"),
        (["one", "groups"], "they swap other groups of inputs"),
        (["one", "forged"], "forged holds no journal of a run"),
        (["one", "nowhere"], "nowhere"),
    ] {
        let (code, said, errors) = place.ictus(&[&["merge"][..], &others, &["--output", "out"]].concat());
        assert_eq!((code, said.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(wanted), "{errors}");
        assert!(!place.path("out").exists(), "{others:?}");
    }
}

#[test]
fn what_another_version_of_the_program_has_measured_is_not_mixed_with_what_this_one_does() {
    let place = Place::new(GRID);
    place.run("study.toml", "one", &[]);
    let study = Study::load(&place.path("study.toml"), &[]).unwrap();
    let own = study.identity();
    let earlier = Identity { canonical: own.canonical.replace("numerics = ", "numerics = 1"), ..own };
    let experiment = Formula::new();
    for name in ["other", "out"] {
        let mut folder = Folder::open(&place.path(name), &earlier, study.space(), 3, Fate::Resume).unwrap();
        let options = local::Options { threads: Some(1), stop: Stop::new(), watch: &mut |_| () };
        local::run(&experiment, study.space(), &mut folder, options).unwrap();
    }
    let merge = ["merge", "one", "other", "--output", "merged"];
    let extend = ["run", "study.toml", "--output", "out", "--set", "space.axes.k.n=17"];
    for arguments in [&merge[..], &extend] {
        let (code, said, errors) = place.ictus(arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{errors}");
        assert!(errors.contains("- numerics = 1"), "{errors}");
    }
    assert!(!place.path("merged").exists());
}

#[test]
fn campaigns_that_contradict_each_other_are_told_by_the_first_point() {
    let place = tempfile::tempdir().unwrap();
    let [one, other] = [space(&[41, 3]), space(&[81, 3])];
    let [first, second, out] = ["one", "other", "out"].map(|name| place.path().join(name));
    measure(&one, &first);
    let mut folder = Folder::open(&second, &identity(&other), &other, 3, Fate::Resume).unwrap();
    let stop = Stop::new();
    let options = local::Options { threads: Some(1), stop, watch: &mut |_| () };
    local::run(&Wrong(Formula::new()), &other, &mut folder, options).unwrap();
    drop(folder);
    let found = [Correspondence::new(&one, &other).unwrap(), Correspondence::new(&other, &other).unwrap()];
    let identities = [identity(&one), identity(&other)];
    let earlier = [
        Earlier { folder: &first, identity: &identities[0], space: &one, correspondence: &found[0] },
        Earlier { folder: &second, identity: &identities[1], space: &other, correspondence: &found[1] },
    ];
    let error = carry(&out, &identity(&other), (&other, 3), &earlier, &|| true).unwrap_err().to_string();
    assert!(error.contains("x0 = 2, x1 = 4") && error.contains("one") && error.contains("other"), "{error}");
}

/// Another height where the first value is 2 and the second 4.
struct Wrong(Formula);

impl Experiment for Wrong {
    fn quantities(&self) -> &[Quantity] {
        self.0.quantities()
    }

    fn measure(&self, points: &Table) -> Rows {
        let mut rows = self.0.measure(points);
        for row in 0..points.rows() {
            if points.row(row)[..2] == [2.0, 4.0] {
                rows.features.column_mut(0)[row] += 1e-15;
            }
        }
        rows
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.0.classify(status, features)
    }
}

fn until(half_width: f64, at_most: u64) -> String {
    format!(
        "[sense]\nuntil = {{ half_width = {half_width}, output = \"seizing\", at_most = {at_most} }}\n{}",
        SALTELLI.replace("replicates = 2", "replicates = 8")
    )
}

fn base_of(said: &str) -> u64 {
    let line = said.lines().rfind(|line| line.contains("base ")).unwrap();
    line.split("base ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap()
}

#[test]
fn a_design_is_doubled_until_its_intervals_are_narrow_and_is_then_one_of_that_size() {
    let place = Place::new(&until(0.05, 4096));
    let said = place.run("study.toml", "out", &[]);
    let base = base_of(&said);
    assert!(said.contains("that is enough") && (32..4096).contains(&base), "{said}");
    place.write("plain.toml", &SALTELLI.replace("replicates = 2", "replicates = 8"));
    place.is_as_if_new("plain.toml", &[&format!("space.base={base}")]);
    let again = place.run("study.toml", "out", &[]);
    assert!(base_of(&again) == base && again.contains("were there already"), "{again}");
    // The intervals say so themselves: every half width of this design is narrow, and not of the one before.
    let widest = |base: u64| {
        place.run("plain.toml", "one", &[&format!("space.base={base}")]);
        let (_, said, _) = place.ictus(&["sense", "one/map.nc", "--of", "seizing", "--json"]);
        fs::remove_dir_all(place.path("one")).unwrap();
        let all: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
        let half = |own: &serde_json::Value| own["ST_half"].as_f64().unwrap_or(f64::INFINITY);
        all.iter().filter(|own| own["output"] == "seizing").map(half).fold(0.0, f64::max)
    };
    assert!(widest(base) <= 0.05 && widest(base / 2) > 0.05);
    let most =
        place.run("study.toml", "few", &["sense.until.at_most=\"2^5\"", "sense.until.half_width=0.01"]);
    assert!(base_of(&most) == 32 && most.contains("`at_most` is reached"), "{most}");
}

#[test]
fn a_design_that_grows_is_the_same_after_kills_and_in_a_shared_folder() {
    let place = Place::new(&until(0.03, 4096));
    let whole = place.run("study.toml", "whole", &[]);
    let start = |output: &str, more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(["run", "study.toml", "--threads", "1", "--output", output])
            .args(more)
            .current_dir(place.0.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut kills = 0;
    for number in 0..40_u64 {
        let mut process = start("killed", &[]);
        let bytes = || -> u64 {
            let journals = fs::read_dir(place.path("killed/journals")).into_iter().flatten().flatten();
            journals.filter_map(|entry| entry.metadata().ok()).map(|about| about.len()).sum()
        };
        // Wherever it is by then.
        let before = bytes();
        while process.try_wait().unwrap().is_none() && bytes() < before + 500 + 3000 * number {
            std::thread::yield_now();
        }
        if process.try_wait().unwrap().is_none() {
            process.kill().unwrap();
            kills += 1;
        }
        process.wait().unwrap();
    }
    let said = place.run("study.toml", "killed", &[]);
    assert!(kills > 3, "{kills} kills");
    assert_eq!(base_of(&said), base_of(&whole));
    assert!(variables(&place.path("killed/map.nc")) == variables(&place.path("whole/map.nc")));
    let all: Vec<_> = (0..3).map(|_| start("shared", &["--join"])).collect();
    for process in all {
        let (code, _, errors) = texts(process.wait_with_output().unwrap());
        assert_eq!(code, 0, "{errors}");
        assert_eq!(base_of(&errors), base_of(&whole), "{errors}");
    }
    assert!(variables(&place.path("shared/map.nc")) == variables(&place.path("whole/map.nc")));
}

#[test]
fn each_mistake_in_a_stop_rule_has_one_message_at_its_place() {
    let rule = "[sense]\nuntil = { half_width = 0.25, output = \"seizing\", at_most = 2048 }\n";
    let good = until(0.25, 2048);
    for (from, to, wanted) in [
        ("half_width = 0.25", "half_width = 0", "`half_width` is 0, and indices lie between 0 and 1"),
        ("half_width = 0.25, ", "", "`until` needs `half_width`"),
        ("output = \"seizing\"", "output = \"seising\"", "there is no output `seising`"),
        ("at_most = 2048", "at_most = 2000", "a power of two up to 2^32"),
        ("at_most = 2048", "at_most = \"2^40\"", "a power of two up to 2^32"),
        ("at_most = 2048", "at_most = 8", "the design begins with `base` = 16, more than `at_most`"),
        ("output =", "of = \"S3\", output =", "there is no index `S3` to wait for"),
        ("output =", "of = \"S2\", output =", "S2 needs `second_order = true`"),
        ("until =", "untill =", "did you mean `until`?"),
        ("design = \"saltelli\"", "design = \"sobol\"", "`until` waits for Sobol' indices"),
    ] {
        let place = Place::new(&good.replacen(from, to, 1));
        let (code, _, errors) = place.ictus(&["check", "study.toml"]);
        assert_eq!(code, 2, "{to}: {errors}");
        assert!(errors.contains(wanted) && errors.matches("error:").count() == 1, "{to}: {errors}");
    }
    let place = Place::new(&format!("{rule}{GRID}"));
    let (code, _, errors) = place.ictus(&["check", "study.toml"]);
    assert!(code == 2 && errors.contains("`until` waits for Sobol' indices"), "{errors}");
    let place = Place::new(&good);
    let (code, _, errors) = place.ictus(&["run", "study.toml", "--no-map"]);
    assert!(code == 2 && errors.contains("`until` looks at the map"), "{errors}");
}
