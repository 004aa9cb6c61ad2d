//! `ictus design` as a person meets it: the files it writes, and one message for each mistake in a design. Runs the real binary.

mod decay;
mod outcome;

use ictus::store::Container;
use outcome::outcome;

/// The study of a decay, with a design instead of its axes.
fn study(space: &str) -> String {
    let (before, rest) = decay::STUDY.split_once("[space.axes]").expect("axes");
    let (_, after) = rest.split_once("\n\n").expect("more");
    format!("{before}{space}\n\n{after}")
}

const SALTELLI: &str = "[space]
design = \"saltelli\"
base = 4
replicates = 2
seed = 7

[space.parameters]
k = { uniform = [0.5, 2] }
\"init.x\" = { normal = [0, 1] }
a = { uniform = [1, 0], with = \"k\" }";

fn folder(space: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), &study(space));
    folder
}

#[test]
fn a_design_is_written_as_a_table_of_where_each_run_stands() {
    let folder = folder(SALTELLI);
    let (code, said, remarks) = outcome(folder.path(), &["design", "study.toml", "-o", "points.csv"]);
    assert_eq!((code, said.as_str()), (0, "points.csv\n"), "{remarks}");
    let wanted = "saltelli design of 2 inputs: 4 points x 4 blocks x 2 replicates = 32 runs";
    assert!(remarks.contains(wanted), "{remarks}");
    let text = std::fs::read_to_string(folder.path().join("points.csv")).expect("a table");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["replicate", "base_row", "block", "swapped", "k", "a", "init.x"]);
    assert_eq!(rows.len(), 33);
    let at = |replicate: &str, row: &str, block: &str, swapped: &str| -> Vec<f64> {
        let found: Vec<_> =
            rows.iter().filter(|cells| cells[..4] == [replicate, row, block, swapped]).collect();
        assert_eq!(found.len(), 1, "{replicate} {row} {block} {swapped}");
        found[0][4..].iter().map(|cell| cell.parse().expect("a number")).collect()
    };
    for replicate in ["0", "1"] {
        for row in ["0", "1", "2", "3"] {
            let (a, b) = (at(replicate, row, "A", ""), at(replicate, row, "B", ""));
            assert_eq!(at(replicate, row, "AB", "k"), [b[0], b[1], a[2]], "the linked one goes along");
            assert_eq!(at(replicate, row, "AB", "init.x"), [a[0], a[1], b[2]]);
            assert!((0.5..2.0).contains(&a[0]) && ((a[0] - 0.5) / 1.5 - (1.0 - a[1])).abs() < 1e-14);
        }
    }
}

#[test]
fn a_netcdf_file_holds_the_same_points_and_what_they_are_of() {
    let folder = folder(SALTELLI);
    for name in ["points.csv", "points.nc"] {
        let (code, _, said) = outcome(folder.path(), &["design", "study.toml", "--output", name]);
        assert_eq!(code, 0, "{said}");
    }
    let text = std::fs::read_to_string(folder.path().join("points.csv")).expect("a table");
    let column = |place: usize| -> Vec<f64> {
        let cell =
            |line: &str| line.split(',').nth(place).and_then(|cell| cell.parse().ok()).expect("a number");
        text.lines().skip(1).map(cell).collect()
    };
    let file = Container::open(&folder.path().join("points.nc")).expect("a file");
    for (name, place) in [("replicate", 0), ("base_row", 1), ("k", 4), ("a", 5), ("init_x", 6)] {
        assert_eq!(file.doubles(name, &[0], &[32]).expect("a column"), column(place), "{name}");
    }
    let names: Vec<String> = file.attributes().into_iter().map(|(name, _)| name).collect();
    for wanted in ["study", "model", "identity_hash", "history"] {
        assert!(names.iter().any(|name| name == wanted), "{names:?}");
    }
}

#[test]
fn the_same_study_gives_the_same_bytes_and_more_points_keep_the_first() {
    let folder = folder(SALTELLI);
    let write = |name: &str, set: &[&str]| {
        let mut arguments = vec!["design", "study.toml", "-o", name];
        for set in set {
            arguments.extend(["--set", set]);
        }
        let (code, _, said) = outcome(folder.path(), &arguments);
        assert_eq!(code, 0, "{said}");
        std::fs::read_to_string(folder.path().join(name)).expect("a table")
    };
    let first = write("a.csv", &[]);
    assert_eq!(write("b.csv", &[]), first);
    assert_ne!(write("c.csv", &["space.seed=8"]), first);
    let more = write("d.csv", &["space.base=8", "space.replicates=3", "space.second_order=true"]);
    let more: Vec<&str> = more.lines().collect();
    assert_eq!(more.len(), 1 + 8 * 6 * 3);
    assert!(first.lines().all(|line| more.contains(&line)), "every row is found again");
}

#[test]
fn the_check_says_how_many_runs_a_design_has_and_no_verb_runs_it() {
    let folder = folder(SALTELLI);
    let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("4 points x 4 blocks x 2 replicates = 32 runs of decay"), "{said}");
    let verbs: [&[&str]; 6] = [
        &["run", "study.toml"],
        &["run", "study.toml", "--join"],
        &["plan", "study.toml"],
        &["point", "study.toml"],
        &["curves", "study.toml", "--along", "k"],
        &["export", "--xpp", "study.toml"],
    ];
    for arguments in verbs {
        let (code, said, errors) = outcome(folder.path(), arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}: {errors}");
        assert!(errors.contains("saltelli design") && errors.contains("ictus design"), "{errors}");
        assert_eq!(errors.lines().filter(|line| line.starts_with("error")).count(), 1, "{errors}");
    }
    assert!(!folder.path().join("runs").exists(), "nothing is written");
}

#[test]
fn a_design_stands_beside_axes_of_a_grid() {
    let beside = SALTELLI
        .replace("a = { uniform = [1, 0], with = \"k\" }", "[space.axes]\na = { values = [0, 1, 2] }");
    let folder = folder(&beside);
    let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("32 runs, at each of 3 a = 3 points of decay"), "{said}");
}

#[test]
fn a_call_that_cannot_be_is_told_what_to_do() {
    let folder = folder(SALTELLI);
    std::fs::write(folder.path().join("grid.toml"), decay::STUDY).expect("a study");
    for (arguments, wanted) in [
        (["design", "study.toml", "-o", "points.txt"], ".csv nor in .nc"),
        (["design", "study.toml", "-o", "nowhere/points.csv"], "no such file or folder"),
        (["design", "grid.toml", "-o", "points.csv"], "takes a grid"),
    ] {
        let (code, said, errors) = outcome(folder.path(), &arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(wanted) && errors.lines().count() == 1, "{errors}");
    }
}

/// Asserts that each section `[space]` is refused with one message that has these words and this place.
#[track_caller]
fn assert_refused(cases: Vec<(String, &str, &str)>) {
    let mut wrong = Vec::new();
    for (space, wanted, place) in cases {
        let folder = folder(&space);
        let (code, _, said) = outcome(folder.path(), &["design", "study.toml", "-o", "points.csv"]);
        let errors = said.lines().filter(|line| line.starts_with("error")).count();
        let is_written = folder.path().join("points.csv").exists();
        if (code, errors, is_written) != (2, 1, false) || !said.contains(wanted) || !said.contains(place) {
            wrong.push(format!("`{wanted}` at {place}, exit code {code}:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_mistake_in_the_keys_of_a_design_has_one_message_at_its_place() {
    let with = |line: &str| format!("{SALTELLI}\n{line}");
    let head = |line: &str| SALTELLI.replace("seed = 7", line);
    let other = |design: &str, lines: &str| {
        SALTELLI.replace("design = \"saltelli\"", &format!("design = \"{design}\"\n{lines}"))
    };
    assert_refused(vec![
        (SALTELLI.replace("base = 4", "base = 1000"), "take 512 or 1024", "study.toml:8:8"),
        (SALTELLI.replace("base = 4\n", ""), "needs `base`", "study.toml:6"),
        (SALTELLI.replace("base = 4", "base = 0"), "whole number", "study.toml:8:8"),
        (head("where = \"k > 1\""), "`where` leaves runs out", "study.toml:10"),
        (SALTELLI.replace("replicates = 2", "replicates = 1000"), "at most 512", "study.toml:9"),
        (head("scramble = \"oven\""), "did you mean `owen`", "study.toml:10"),
        (head("scramble = \"none\""), "the same points", "study.toml:9"),
        (head("levels = 4"), "belongs to Morris' trajectories", "study.toml:10"),
        (
            head("groups = { g = [\"k\"], h = [\"k\"] }"),
            "groups `g` and `h` overlap: both have `k`",
            "study.toml:10",
        ),
        (head("groups = { g = [\"q\"] }"), "names `q`, which is no input", "study.toml:10"),
        (head("groups = { g = [\"a\"] }"), "goes along with another input", "study.toml:10"),
        (head("groups = { k = [\"k\"] }"), "has the name of an input", "study.toml:10"),
        (head("groups = { g = [] }"), "has no input", "study.toml:10"),
        (with("[space.axes]\nk = { values = [1, 2] }"), "an axis of the grid and an input", "study.toml:13"),
        (other("random", "scramble = \"owen\""), "belongs to Sobol' points", "study.toml:8"),
        (other("lhs", "groups = { g = [\"k\"] }"), "belongs to a saltelli", "study.toml:8"),
        (other("morris", "levels = 5"), "even number", "study.toml:8"),
        (other("morris", "scheme = \"radical\""), "did you mean `radial`", "study.toml:8"),
        (
            other("morris", "scheme = \"radial\"\nlevels = 4"),
            "belongs to Morris' trajectories",
            "study.toml:9",
        ),
        (other("morris", ""), "`init.x` has none", "study.toml"),
        (other("sobel", ""), "did you mean `sobol`", "study.toml:7"),
        (SALTELLI.replace("design = \"saltelli\"\n", ""), "a grid has none", "study.toml"),
        ("[space]\ndesign = \"random\"\nbase = 4\n".into(), "needs `parameters`", "study.toml:6"),
        ("[space]\ndesign = \"random\"\nbase = 4\nparameters = {}\n".into(), "is empty", "study.toml:9"),
    ]);
}

#[test]
fn each_mistake_in_an_input_has_one_message_at_its_place() {
    assert_refused(vec![
        (SALTELLI.replace("[0.5, 2]", "[2, 0.5]"), "swap them", "study.toml:13"),
        (SALTELLI.replace("[0.5, 2]", "[2, 2]"), "nothing varies", "study.toml:13"),
        (SALTELLI.replace("[0.5, 2]", "[2]"), "has 1 numbers, and should have 2", "study.toml:13"),
        (
            SALTELLI.replace("uniform = [0.5, 2]", "unifrom = [0.5, 2]"),
            "did you mean `uniform`",
            "study.toml:13",
        ),
        (SALTELLI.replace("uniform = [0.5, 2]", ""), "has no distribution", "study.toml:13"),
        (
            SALTELLI.replace("uniform = [0.5, 2]", "uniform = [1, 2], normal = [0, 1]"),
            "two distributions",
            "study.toml:13",
        ),
        (
            SALTELLI.replace("uniform = [0.5, 2]", "uniform = [1, 2], weights = [0, 1]"),
            "belong to listed values",
            "study.toml:13",
        ),
        (
            SALTELLI.replace("uniform = [0.5, 2]", "uniform = [1, 2], truncated = [1, 1.5]"),
            "narrower range",
            "study.toml:13",
        ),
        (
            SALTELLI.replace("uniform = [0.5, 2]", "discrete = [1, 2], winsorised = [1, 1.5]"),
            "narrower list",
            "study.toml:13",
        ),
        (
            SALTELLI.replace("uniform = [0.5, 2]", "discrete = [1, 2], weights = [1]"),
            "one for each",
            "study.toml:13",
        ),
        (
            SALTELLI.replace("[0, 1]", "[0, 1], truncated = [0, 1], winsorised = [0, 1]"),
            "either `truncated` or",
            "study.toml:14",
        ),
        (SALTELLI.replace("[0, 1]", "[0, -1]"), "standard deviation", "study.toml:14"),
        (SALTELLI.replace("with = \"k\"", "with = \"q\""), "no input `q`", "study.toml:15"),
        (SALTELLI.replace("init.x", "init.y"), "no variable `y`", "study.toml:14"),
        (
            SALTELLI.replace("\nk =", "\nkk =").replace("with = \"k\"", "with = \"kk\""),
            "no parameter `kk`",
            "study.toml:13",
        ),
        (SALTELLI.replace("\"init.x\"", "x"), "is a variable", "study.toml:14"),
        (SALTELLI.replace("\"init.x\"", "start"), "no named states", "study.toml:14"),
    ]);
}

#[test]
fn where_stands_beside_designs_that_compare_no_rows() {
    for design in ["sobol", "lhs", "random"] {
        let space = SALTELLI
            .replace("\"saltelli\"", &format!("\"{design}\""))
            .replace("seed = 7", "where = \"k > 1\"");
        let folder = folder(&space);
        let (code, _, said) = outcome(folder.path(), &["design", "study.toml", "-o", "points.csv"]);
        assert_eq!(code, 0, "{said}");
    }
}

#[test]
fn named_states_and_fixed_values_fit_a_design() {
    let space = SALTELLI.replace(
        "\"init.x\" = { normal = [0, 1] }",
        "start = { discrete = [\"low\", \"high\"], weights = [1, 3] }",
    );
    let states = "\n[initial.states]\nlow = { x = 0 }\nhigh = { x = 2 }\n";
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), &(study(&space) + states));
    let arguments = ["design", "study.toml", "-o", "points.csv", "--set", "space.base=64"];
    let (code, _, said) = outcome(folder.path(), &arguments);
    assert_eq!(code, 0, "{said}");
    let text = std::fs::read_to_string(folder.path().join("points.csv")).expect("a table");
    let starts: Vec<&str> =
        text.lines().skip(1).map(|line| line.rsplit(',').next().expect("a cell")).collect();
    // Scrambled points share out exactly.
    let high = starts.iter().filter(|start| **start == "1.0").count();
    assert_eq!((starts.len(), 4 * high), (512, 3 * 512));
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml", "--set", "model.set.k=1"]);
    assert_eq!(code, 2);
    assert!(said.contains("`k` varies in [space], and cannot be set as well"), "{said}");
}
