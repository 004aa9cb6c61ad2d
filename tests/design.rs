//! `ictus design` as a person meets it: the files it writes, and one message for each mistake in a design. Runs the real binary.

mod decay;
mod outcome;

use std::fmt::Write as _;

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

/// The cells of a table without its heading.
fn cells(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

/// `x' = a - k x` from `x(0)`: it comes nearer to `a/k` all the time, so that its largest value after `t = 10` is at one of the ends.
fn largest(k: f64, a: f64, x: f64) -> f64 {
    let at = |t: f64| a / k + (x - a / k) * (-k * t).exp();
    at(10.0).max(at(20.0))
}

#[test]
fn a_design_is_run_at_the_points_that_it_writes_down() {
    let folder = folder(SALTELLI);
    let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("4 points x 4 blocks x 2 replicates = 32 runs of decay"), "{said}");
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    assert_eq!(outcome(folder.path(), &["design", "study.toml", "-o", "points.csv"]).0, 0);
    let text = std::fs::read_to_string(folder.path().join("points.csv")).expect("a table");
    let file = Container::open(&folder.path().join("out/map.nc")).expect("a map");
    let along = |name: &str| file.doubles(name, &[0], &[32]).expect("values");
    let [replicates, rows, blocks, swapped] = ["replicate", "base_row", "block", "swapped"].map(along);
    let [identities, k, a, x, maximum] = ["sample", "k", "a", "init_x", "maximum"].map(along);
    for (run, cells) in cells(&text).iter().enumerate() {
        let own = [replicates[run], rows[run]].map(|number| number.to_string());
        assert_eq!(own, [cells[0], cells[1]]);
        assert_eq!(["A", "AB", "BA", "B"][blocks[run] as usize], cells[2]);
        let group = ["", "k", "init.x"][(swapped[run] + 1.0) as usize];
        assert_eq!(group, cells[3]);
        let block = match cells[2] {
            "A" => 0.0,
            "B" => 1.0,
            _ => 2.0 * (swapped[run] + 1.0),
        };
        let identity = replicates[run] * 2f64.powi(44) + block * 2f64.powi(32) + rows[run];
        assert_eq!(identities[run].to_bits(), identity.to_bits());
        let values = [k[run], a[run], x[run]];
        assert_eq!(values.map(|value| format!("{value:?}")), [cells[4], cells[5], cells[6]]);
        assert!((maximum[run] - largest(k[run], a[run], x[run])).abs() < 1e-5, "{values:?}");
    }
    let attributes = file.attributes_of("init_x").expect("there");
    assert!(attributes.contains(&("role".to_owned(), "input".into())), "{attributes:?}");
    assert!(
        attributes.contains(&("distribution".to_owned(), "normal = [0.0, 1.0]".into())),
        "{attributes:?}"
    );
}

#[test]
fn a_plan_says_how_well_the_indices_of_a_binary_outcome_will_be_known() {
    let folder = folder(SALTELLI);
    // Twice the largest errors measured, 0.0037 at 8 x 1024 rows and 0.034 at 1024, times the roots of 1024 and 128.
    let (code, said, errors) = outcome(folder.path(), &["plan", "study.toml"]);
    assert!(
        code == 0 && said.contains("S1 of a binary outcome to about 0.24 and ST to 0.77 (95 %)"),
        "{said}{errors}"
    );
    let (_, said, _) = outcome(folder.path(), &["plan", "study.toml", "--set", "space.design=lhs"]);
    assert!(!said.contains("accuracy"), "{said}");
}

#[test]
fn what_is_wrong_with_the_size_is_told_beside_what_is_wrong_with_inputs() {
    let folder = folder(
        "[space]\ndesign = \"saltelli\"\nbase = 100\nparameters = { q = { uniform = [0, 1] }, k = { uniform = [1, 0] } }",
    );
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, said.matches("error: ").count()), (2, 3), "{said}");
    for wanted in ["take 64 or 128", "no parameter `q`", "are not in order"] {
        assert!(said.contains(wanted), "{said}");
    }
}

const TABLE: &str = "[space]\ndesign = \"table\"\ntable = \"points.csv\"";

#[test]
fn a_table_of_points_is_run_row_by_row_and_analysed_and_goes_with_its_map() {
    let folder = folder(TABLE);
    let rows: Vec<[f64; 3]> = (0..200)
        .map(|row| f64::from(row) + 0.5)
        .map(|u| [0.5 + u / 100.0, (u * 0.618).fract(), (u * 0.755).fract()])
        .collect();
    let line = |[k, a, x]: &[f64; 3]| format!("{a},{x},{k}\n");
    let text = format!("a,init.x,k\n{}", rows.iter().map(line).collect::<String>());
    std::fs::write(folder.path().join("points.csv"), &text).expect("a table");
    let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("table design of 3 inputs: 200 points x 1 replicate = 200 runs"), "{said}");
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    let file = Container::open(&folder.path().join("out/map.nc")).expect("a map");
    let along = |name: &str| file.doubles(name, &[0], &[200]).expect("values");
    let [numbers, k, a, x, maximum] = ["sample", "k", "a", "init_x", "maximum"].map(along);
    for (row, own) in rows.iter().enumerate() {
        assert_eq!((numbers[row] as usize, [k[row], a[row], x[row]]), (row, *own), "bit by bit");
        assert!((maximum[row] - largest(own[0], own[1], own[2])).abs() < 1e-8);
    }
    drop(file);
    // As independent points: no index of total order, whatever the columns are.
    let (code, said, errors) = outcome(folder.path(), &["sense", "out/map.nc", "--of", "maximum"]);
    assert_eq!(code, 0, "{errors}");
    assert!([said, errors].concat().contains("given points: ST and S2 need rows"));
    // The map makes its study again, without the file.
    std::fs::remove_file(folder.path().join("points.csv")).expect("it was there");
    let (code, _, errors) = outcome(folder.path(), &["run", "out/map.nc", "--output", "again"]);
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) = outcome(folder.path(), &["diff", "out/map.nc", "again/map.nc", "--bits"]);
    assert_eq!(code, 0, "{errors}");
    // Another table is another study.
    std::fs::write(folder.path().join("points.csv"), text.replace("a,init.x,k", "init.x,a,k"))
        .expect("a table");
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml", "--output", "out"]);
    assert_eq!(code, 2, "{errors}");
}

#[test]
fn a_design_that_was_written_down_is_run_as_a_table_of_the_same_points() {
    let folder = folder(SALTELLI);
    assert_eq!(outcome(folder.path(), &["design", "study.toml", "-o", "points.csv"]).0, 0);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "made"]).0, 0);
    std::fs::write(folder.path().join("table.toml"), study(TABLE)).expect("a study");
    assert_eq!(outcome(folder.path(), &["run", "table.toml", "--output", "read"]).0, 0);
    let values = |folder_of: &str, name: &str| {
        let file = Container::open(&folder.path().join(folder_of).join("map.nc")).expect("a map");
        file.doubles(name, &[0], &[32]).expect("values")
    };
    for name in ["k", "a", "init_x", "maximum", "regime"] {
        assert_eq!(values("made", name), values("read", name), "{name}");
    }
}

#[test]
fn each_mistake_in_a_table_of_points_has_one_message_at_its_place() {
    let folder = folder(TABLE);
    for (text, wanted) in [
        ("k,a\n1,2\n3,nan\n", "row 2 (line 3), column `a`: `nan` is not a finite number"),
        ("k,a\n1,\n", "column `a`: there is nothing"),
        ("k,a\n1\n", "there are 1 cells, and the heading has 2"),
        ("k,K\n1,2\n", "two columns `K`"),
        ("k,q\n1,2\n", "no parameter `q` to be an input"),
        ("k,start\n1,rest\n", "column `start`"),
        ("k,a\n", "has no rows below its heading"),
    ] {
        std::fs::write(folder.path().join("points.csv"), text).expect("a table");
        let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
        assert_eq!((code, said.matches("error: ").count()), (2, 1), "{text}: {said}");
        assert!(
            said.contains(wanted) && said.contains("study.toml:") && said.contains("help: "),
            "{text}: {said}"
        );
    }
    std::fs::remove_file(folder.path().join("points.csv")).expect("it was there");
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
    assert!(code == 2 && said.contains("the table points.csv cannot be read"), "{said}");
    assert_refused(vec![
        ("[space]\ndesign = \"table\"".to_owned(), "`table`", "points.csv"),
        (
            "[space]\ndesign = \"table\"\ntable = \"../points.csv\"".to_owned(),
            "outside the study's folder",
            "copy it",
        ),
        ("[space]\ndesign = \"table\"\ntable = 3".to_owned(), "should be a text", ""),
        ("[space]\ntable = \"points.csv\"".to_owned(), "`table` belongs to a design", "add `design"),
        (
            "[space]\ndesign = \"sobol\"\nbase = 4\nparameters = { k = { uniform = [0, 1] } }\ntable = \"points.csv\""
                .to_owned(),
            "`table` belongs to design",
            "leave it out",
        ),
    ]);
}

#[test]
fn a_table_that_is_too_long_for_a_map_is_known_by_its_hash() {
    let folder = folder(TABLE);
    let path = folder.path().join("points.csv");
    let write = |last: f64| {
        let line =
            |row: u32| format!("{:.40000},{:.40000}\r\n", 0.5 + f64::from(row) / 64.0, f64::from(row) / 64.0);
        let text = format!("\u{feff}k,init.x\r\n{}{last},2\r\n", (0..59).map(line).collect::<String>());
        assert!(text.len() > 4 << 20, "{} bytes", text.len());
        std::fs::write(&path, text).expect("a table");
    };
    write(1.5);
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml", "--output", "out"]);
    assert_eq!(code, 0, "{errors}");
    let values = |name: &str| {
        let file = Container::open(&folder.path().join(name).join("map.nc")).expect("a map");
        file.doubles("maximum", &[0], &[60]).expect("values")
    };
    for (row, own) in values("out").into_iter().enumerate().take(59) {
        let u = row as f64 / 64.0;
        assert!((own - largest(0.5 + u, 0.5, u)).abs() < 1e-8, "row {row}");
    }
    let again = ["run", "out/map.nc", "--output", "again"];
    assert_eq!(outcome(folder.path(), &again).0, 0);
    assert_eq!(values("again"), values("out"));
    // More rows at its end: the old ones are found again, by the run that is extended and by the map.
    let text = std::fs::read_to_string(&path).expect("a table");
    std::fs::write(&path, format!("{text}0.75,1\r\n")).expect("a table");
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml", "--output", "out"]);
    assert!(code == 0 && errors.contains("60 of 61 points were measured"), "{errors}");
    assert_eq!(outcome(folder.path(), &["run", "again/map.nc", "--output", "third"]).0, 0);
    assert_eq!(values("third"), values("out"));
    write(1.25);
    let (code, _, errors) = outcome(folder.path(), &["run", "again/map.nc", "--output", "fourth"]);
    assert!(
        code == 2 && errors.contains("has other points than those that the run was made from"),
        "{errors}"
    );
    std::fs::remove_file(&path).expect("it was there");
    let (code, _, errors) = outcome(folder.path(), &["run", "again/map.nc", "--output", "fourth"]);
    assert!(code == 2 && errors.contains("points.csv cannot be read"), "{errors}");
}

#[test]
fn a_design_that_lacks_points_of_the_folder_is_refused() {
    let folder = folder(SALTELLI);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    // As many runs, of other points.
    let other =
        ["run", "study.toml", "--output", "out", "--set", "space.base=8", "--set", "space.replicates=1"];
    let (code, _, errors) = outcome(folder.path(), &other);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("a number of `replicates` of 2, and here it is 1"), "{errors}");
}

/// The indices of an output, of each parameter.
fn indices(folder: &std::path::Path, arguments: &[&str]) -> Vec<[f64; 4]> {
    let (code, said, errors) =
        outcome(folder, &[&["sense", "--json", "--of", "maximum"], arguments].concat());
    assert_eq!(code, 0, "{errors}");
    let all: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let all = all.as_array().expect("a list").iter();
    let all = all.filter(|own| own["output"] == "maximum" && own.get("parameter_2").is_none());
    let numbers = |own: &serde_json::Value| {
        ["S1", "S1_half", "ST", "ST_half"]
            .map(|key| own[key].as_f64().unwrap_or_else(|| panic!("{key}: {own}")))
    };
    all.map(numbers).collect()
}

#[test]
fn a_map_of_a_design_and_a_table_of_its_runs_have_the_same_indices() {
    let folder =
        folder(&SALTELLI.replace("base = 4", "base = 256").replace("replicates = 2", "replicates = 4"));
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    assert_eq!(outcome(folder.path(), &["design", "study.toml", "-o", "points.csv"]).0, 0);
    let text = std::fs::read_to_string(folder.path().join("points.csv")).expect("a table");
    let number = |cell: &str| cell.parse::<f64>().expect("a number");
    let mut table = format!("{},maximum\n", text.lines().next().expect("a heading"));
    for (line, cells) in text.lines().skip(1).zip(cells(&text)) {
        let output = largest(number(cells[4]), number(cells[5]), number(cells[6]));
        writeln!(table, "{line},{output:?}").expect("a text takes every line");
    }
    std::fs::write(folder.path().join("outputs.csv"), table).expect("a table");
    let of_map = indices(folder.path(), &["out"]);
    let of_table = indices(folder.path(), &["study.toml", "--table", "outputs.csv"]);
    assert_eq!((of_map.len(), of_table.len()), (2, 2));
    for (one, other) in of_map.iter().flatten().zip(of_table.iter().flatten()) {
        // What is measured differs from the solution by the error of the stepper.
        assert!((one - other).abs() < 1e-4, "{one} {other}");
    }
    assert!(folder.path().join("out/sense.nc").exists());
}

#[test]
fn runs_of_a_design_at_several_places_of_a_grid_are_analysed_at_each_or_at_one() {
    let beside = SALTELLI
        .replace("base = 4", "base = 64")
        .replace("a = { uniform = [1, 0], with = \"k\" }", "[space.axes]\na = { values = [0, 1, 2] }");
    let folder = folder(&beside);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    // At each: the objects of one place after those of the other, and the places as a dimension of the file.
    let json = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let (code, said, errors) =
            outcome(folder.path(), &[&["sense", "out", "--of", "maximum", "--json"], arguments].concat());
        assert_eq!(code, 0, "{errors}");
        serde_json::from_str(&said).expect("JSON")
    };
    let all = json(&[]);
    let one_by_one: Vec<_> = ["a=0", "a=1", "a=2"].iter().flat_map(|place| json(&["--at", place])).collect();
    assert_eq!(all, one_by_one);
    assert_eq!(all[0]["at"], serde_json::json!({ "a": 0.0 }));
    json(&[]);
    let file = Container::open(&folder.path().join("out/sense.nc")).expect("a file of indices");
    let shape = file.dimensions("ST").expect("a variable");
    let told: Vec<(&str, u64)> = shape.iter().map(|(name, length)| (name.as_str(), *length)).collect();
    assert_eq!(told, [("a", 3), ("output", 1), ("input", 2)]);
    assert_eq!(file.doubles("a", &[0], &[3]).expect("values"), [0.0, 1.0, 2.0]);
    let of_file = file.doubles("ST", &[0, 0, 0], &[3, 1, 2]).expect("values");
    let of_json: Vec<f64> = all.iter().map(|own| own["ST"].as_f64().expect("a number")).collect();
    // What reads JSON may err in the last bit.
    let is_near = |(one, other): (&f64, &f64)| (one - other).abs() <= 1e-15 * other.abs();
    assert!(of_file.iter().zip(&of_json).all(is_near), "{of_file:?} {of_json:?}");
    drop(file);
    let (code, said, _) = outcome(folder.path(), &["sense", "out", "--of", "maximum"]);
    assert!(code == 0 && ["at a=0", "at a=1", "at a=2"].iter().all(|place| said.contains(place)), "{said}");
    // Without a drive the largest value is x(0) e^(-10 k) above 0 and x(0) e^(-20 k) below: of both alike.
    for place in ["a=0", "a=2"] {
        let found = indices(folder.path(), &["out", "--at", place]);
        assert_eq!(found.len(), 2);
        assert!(found.iter().flatten().all(|number| number.is_finite()), "{found:?}");
    }
    // At a = 2 nearly all of it is 2/k.
    let of_drive = indices(folder.path(), &["out", "--at", "a=2"]);
    assert!(of_drive[0][2] > 0.9 && of_drive[1][2] < 0.1, "{of_drive:?}");
    let (code, _, errors) = outcome(folder.path(), &["sense", "out", "--at", "a=2", "--at", "sample=3"]);
    assert!(code == 2 && errors.contains("leave it out of --at"), "{errors}");
}

#[test]
fn trajectories_that_were_run_give_elementary_effects_of_features_and_of_regimes() {
    let space = "[space]\ndesign = \"morris\"\nbase = 20\nreplicates = 4\n[space.parameters]\n\
                 k = { uniform = [0.5, 2] }\na = { uniform = [0.5, 1] }\n\"init.x\" = { uniform = [0, 1] }";
    let folder = folder(space);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    let effects = |of: &[&str]| -> Vec<serde_json::Value> {
        let (code, said, errors) = outcome(folder.path(), &[&["sense", "out", "--json"], of].concat());
        assert_eq!(code, 0, "{errors}");
        let all: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        all.as_array().expect("a list").clone()
    };
    // a/k falls with k and rises with a; what it begins with is forgotten.
    let all = effects(&["--of", "maximum"]);
    assert!(all.iter().all(|own| own["output"] == "maximum"), "nothing has failed: {all:?}");
    let mean = |name: &str| {
        all.iter().find(|own| own["parameter"] == name).expect("there")["mu"].as_f64().expect("a number")
    };
    assert!(mean("k") < -0.5 && mean("a") > 0.2 && mean("init.x").abs() < 0.02, "{all:?}");
    assert!(effects(&["--of", "high"]).iter().all(|own| own["mu_star"].is_number()));
    // All outputs, and all labels together, of which there is none.
    assert!(effects(&[]).iter().all(|own| own["output"] != "regimes"));
    assert!(effects(&["--of", "regimes"]).iter().all(|own| own["mu"].is_null()));
}

#[test]
fn runs_that_a_condition_excludes_are_left_out_of_the_analysis() {
    let space = "[space]\ndesign = \"sobol\"\nbase = 256\nreplicates = 2\nwhere = \"k < 1.25\"\n[space.parameters]\n\
                 k = { uniform = [0.5, 2] }\na = { uniform = [0, 1] }";
    let folder = folder(space);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    let (code, said, errors) = outcome(folder.path(), &["sense", "out", "--json", "--of", "maximum"]);
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("256 runs that `where` excludes are left out"), "{errors}");
    assert!(said.contains("\"n\":256") || said.contains("\"n\": 256"), "{said}");
}

#[test]
fn what_chooses_an_estimator_is_refused_for_a_full_grid() {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), decay::STUDY);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "out"]).0, 0);
    let (code, _, errors) = outcome(folder.path(), &["sense", "out", "--s1", "janon"]);
    assert!(code == 2 && errors.contains("`--s1`") && errors.contains("leave it out"), "{errors}");
}

#[test]
fn a_design_stands_beside_axes_of_a_grid() {
    let beside = SALTELLI
        .replace("a = { uniform = [1, 0], with = \"k\" }", "[space.axes]\na = { values = [0, 1, 2] }");
    let folder = folder(&beside);
    let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("32 runs; 3 a x 32 sample = 96 points of decay"), "{said}");
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
        (head("groups = { g = [\"q\"] }"), "names `q`, which is not an input", "study.toml:10"),
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
