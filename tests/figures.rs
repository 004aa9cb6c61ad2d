//! Pictures of what outcomes depend on, as a person asks for them, tables in NetCDF, and indices of a run that is not finished. Runs the real
//! binary; an SVG file holds its texts as text.

mod decay;
mod outcome;

use std::path::Path;

use outcome::outcome;

/// The study of a decay, with a design instead of its axes.
fn study(space: &str) -> String {
    let (before, rest) = decay::STUDY.split_once("[space.axes]").expect("axes");
    let (_, after) = rest.split_once("\n\n").expect("more");
    format!("{before}{space}\n\n{after}")
}

const SALTELLI: &str = "[space]
design = \"saltelli\"
base = 64
replicates = 4
second_order = true

[space.parameters]
k = { loguniform = [0.5, 2] }
\"init.x\" = { normal = [0, 1] }
a = { uniform = [0, 1] }";

const MORRIS: &str = "[space]
design = \"morris\"
base = 16
replicates = 4

[space.parameters]
k = { uniform = [0.5, 2] }
a = { uniform = [0, 1] }";

fn finished(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), study);
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml"]);
    assert_eq!(code, 0, "{errors}");
    folder
}

/// The texts of a picture.
fn drawn(folder: &Path, arguments: &[&str]) -> String {
    let (code, said, errors) =
        outcome(folder, &[&["plot", "runs/study"], arguments, &["-o", "picture.svg"]].concat());
    assert_eq!((code, said.trim()), (0, "picture.svg"), "{arguments:?}: {errors}");
    std::fs::read_to_string(folder.join("picture.svg")).expect("a picture")
}

/// The texts of a picture in one line, wherever they are broken.
fn words(picture: &str) -> String {
    picture.lines().filter(|line| !line.starts_with('<')).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_picture_of_a_design_says_what_it_shows_and_over_which_ranges() {
    let folder = finished(&study(SALTELLI));
    for (arguments, wanted) in [
        (&[][..], &["probability", "high", "512 independent runs", "loguniform = [0.5, 2.0]"][..]),
        (&["--of", "high"], &["high", "normal = [0.0, 1.0]", "over the replicates"]),
        (&["--feature", "maximum"], &["mean of maximum", "uniform = [0.0, 1.0]"]),
        (&["--x", "k"], &["loguniform = [0.5, 2.0]"]),
        (&["--x", "k", "--y", "a", "--of", "high"], &["probability of high", "k loguniform", "runs each"]),
        (&["--kind", "pairs", "--feature", "maximum"], &["mean of maximum", "init.x"]),
        (&["--kind", "indices"], &["S1, alone", "ST, in all ways", "init.x", "a uniform = [0.0, 1.0]"]),
        (&["--kind", "second-order", "--of", "high"], &["Below the diagonal S2", "high"]),
        (&["--kind", "distributions", "--of", "high"], &["KS", "not high", "part below"]),
        (
            &["--kind", "growth", "--of", "high"],
            &["rows of a block", "ST of high", "8 blocks of 4 replicates"],
        ),
    ] {
        let text = drawn(folder.path(), arguments);
        for wanted in wanted {
            assert!(text.contains(wanted), "{arguments:?}: `{wanted}` is missing in\n{text}");
        }
    }
    let (code, said, errors) = outcome(folder.path(), &["plot", "runs/study", "--of", "maximum"]);
    assert!(code == 0 && said.contains("init.x") && said.contains("the smallest "), "{said}{errors}");
    // The faster the decay, the smaller what is left of it: letters of rising height stand in the order of their codes.
    let row = said.lines().find(|line| line.starts_with("k ")).expect("a row of k");
    let bars: Vec<char> = row.split('|').nth(1).expect("bars").chars().collect();
    assert!(bars.is_sorted_by(|one, next| one >= next) && bars[0] > bars[bars.len() - 1], "{row}");
    // A file of indices is drawn as the map is.
    let (code, _, errors) = outcome(folder.path(), &["sense", "runs/study"]);
    assert_eq!(code, 0, "{errors}");
    let of_map = drawn(folder.path(), &["--kind", "indices", "--of", "high"]);
    let arguments = ["plot", "runs/study/sense.nc", "--of", "high", "-o", "again.svg"];
    assert_eq!(outcome(folder.path(), &arguments).0, 0);
    let of_file = std::fs::read_to_string(folder.path().join("again.svg")).expect("a picture");
    assert_eq!(of_map, of_file);
}

#[test]
fn a_mean_in_the_terminal_says_what_its_ends_are_and_a_probability_its_own() {
    let folder = finished(&study(SALTELLI));
    let lines = |arguments: &[&str]| {
        let (code, said, errors) = outcome(folder.path(), &[&["plot", "runs/study"], arguments].concat());
        assert_eq!(code, 0, "{errors}");
        said.lines().map(String::from).collect::<Vec<_>>()
    };
    let said = lines(&["--feature", "maximum"]);
    let ends: Vec<&str> =
        said[1].split(": the smallest ").nth(1).expect("ends").split(" (▁), the largest ").collect();
    let ends: Vec<f64> = ends
        .iter()
        .map(|end| end.trim_end_matches(" (█)").replace('−', "-").parse().expect("a number"))
        .collect();
    // The mean of a/k over its parts lies between 0 and 1 (1/k over 1/2 .. 2 has the mean 1.08), and no mean of maxima is below 0.
    assert!(ends[0] > 0.0 && ends[1] < 1.5 && ends[0] < ends[1], "{said:?}");
    assert!(
        said.iter().any(|line| line.contains('▁')) && said.iter().any(|line| line.contains('█')),
        "{said:?}"
    );
    let curves = said.iter().filter_map(|line| line.split('|').nth(1));
    assert!(curves.filter(|curve| !curve.contains(' ')).count() == 3, "{said:?}");
    let said = lines(&["--of", "high"]);
    assert_eq!(said[1], "probability, from 0 (blank) to 1 (█)");
}

#[test]
fn named_states_are_ticks_with_their_names_and_ranges_of_lists_are_short() {
    let space = SALTELLI.replace(
        "\"init.x\" = { normal = [0, 1] }",
        "start = { discrete = [\"low\", \"far_away\"] }\nb = { discrete = [1, 2, 3, 4, 5] }",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let states = "\n[initial.states]\nlow = { x = 0 }\nfar_away = { x = 20 }\n";
    decay::write(folder.path(), &(study(&space) + states));
    let model = decay::MODEL
        .replace("par a=0.5", "par a=0.5\n#: [1] does nothing\npar b=1")
        .replace("a-k*x", "a-k*x+0*b");
    std::fs::write(folder.path().join("decay.ode"), model).expect("the model");
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml"]);
    assert_eq!(code, 0, "{errors}");
    for arguments in [
        &["--of", "high"][..],
        &["--kind", "distributions", "--of", "high"],
        &["--kind", "pairs", "--x", "start", "--y", "k", "--of", "high"],
    ] {
        let text = drawn(folder.path(), arguments);
        for tick in ["\nlow\n", "\nfar away\n"] {
            assert!(text.contains(tick), "{arguments:?}: `{tick}` is missing in\n{text}");
        }
        assert!(text.contains("discrete = [low, far_away]"), "{arguments:?}: {text}");
        assert!(!text.contains("weights"), "{arguments:?}: {text}");
    }
    let text = drawn(folder.path(), &["--kind", "indices", "--of", "high"]);
    assert!(
        text.contains("start discrete = [low, far_away]") && words(&text).contains("b 5 values, 1.0 to 5.0"),
        "{text}"
    );
}

#[test]
fn a_group_of_parameters_has_a_line_and_no_spread() {
    let groups = MORRIS.replace(
        "[space.parameters]",
        "groups = { both = [\"k\", \"init.x\"] }\n\n[space.parameters]\n\"init.x\" = { uniform = [0, 1] }",
    );
    let folder = finished(&study(&groups));
    let text = drawn(folder.path(), &["--of", "maximum"]);
    assert!(text.contains("a group of parameters, which has mu* alone and no sigma"), "{text}");
    // The name in the legend and beside the line.
    assert_eq!(text.matches("\nboth\n").count(), 2, "{text}");
    let folder = finished(&study(MORRIS));
    assert!(!drawn(folder.path(), &["--of", "maximum"]).contains("a group of parameters"));
}

#[test]
fn trajectories_are_drawn_by_their_effects_and_grids_by_their_indices() {
    let folder = finished(&study(MORRIS));
    let text = drawn(folder.path(), &[]);
    assert!(text.contains("mean size of effects") && text.contains("k uniform"), "{text}");
    let (code, _, errors) =
        outcome(folder.path(), &["plot", "runs/study", "--kind", "probabilities", "-o", "p.png"]);
    assert!(code == 2 && errors.contains("not a sample of the inputs"), "{errors}");
    let folder = finished(decay::STUDY);
    let text = drawn(folder.path(), &["--kind", "indices"]);
    assert!(text.contains("exact for its values") && text.contains("high"), "{text}");
    assert!(drawn(folder.path(), &["--kind", "second-order", "--of", "high"]).contains("Below the diagonal"));
}

#[test]
fn what_cannot_be_drawn_is_told_with_what_can() {
    let folder = finished(&study(SALTELLI));
    assert_eq!(outcome(folder.path(), &["sense", "runs/study"]).0, 0);
    for (arguments, wanted) in [
        (&["plot", "runs/study", "--kind", "indices"][..], "-o indices.png"),
        (&["plot", "runs/study", "--kind", "pairs", "--of", "high"], "name a file by -o"),
        (&["plot", "runs/study", "--kind", "effects", "-o", "p.png"], "design = \"morris\""),
        (&["plot", "runs/study", "--kind", "pairs", "-o", "p.png"], "name an output by --of"),
        (&["plot", "runs/study", "--of", "hihg", "-o", "p.png"], "high"),
        (&["plot", "runs/study", "--x", "kk", "-o", "p.png"], "parameter"),
        (
            &["plot", "runs/study", "--x", "k", "--y", "K", "--of", "high", "-o", "p.png"],
            "are both `k`; name two",
        ),
        (
            &[
                "plot",
                "runs/study",
                "--x",
                "k",
                "--y",
                "k",
                "--kind",
                "distributions",
                "--of",
                "high",
                "-o",
                "p.png",
            ],
            "are both `k`",
        ),
        (
            &["plot", "runs/study", "--x", "a", "--y", "a", "--of", "high", "--kind", "probabilities"],
            "are both `a`",
        ),
        (&["plot", "runs/study", "--of", "high", "-o", "p.gif"], ".png, .svg or .pdf"),
        (&["plot", "runs/study", "--basin", "high", "-o", "p.png"], "`--basin` is for maps over axes"),
        (&["plot", "runs/study", "--kind", "distributions", "--of", "maximum", "-o", "p.png"], "is a number"),
        (&["plot", "runs/study/sense.nc", "--kind", "growth", "-o", "p.png"], "name the map of the design"),
        (&["plot", "runs/study/sense.nc", "--at", "k=1", "-o", "p.png"], "they stand at one place"),
        (&["plot", "runs/study/sense.nc", "--x", "k", "-o", "p.png"], "leave --x and --y out"),
    ] {
        let (code, _, errors) = outcome(folder.path(), arguments);
        assert!(code == 2 && errors.contains(wanted), "{arguments:?}: {code} {errors}");
        assert!(!folder.path().join("p.png").exists(), "{arguments:?}");
    }
    let folder = finished(decay::STUDY);
    let (code, _, errors) =
        outcome(folder.path(), &["plot", "runs/study", "--kind", "growth", "-o", "p.png"]);
    assert!(code == 2 && errors.contains("`second-order`"), "{errors}");
    let (code, _, errors) = outcome(folder.path(), &["plot", "runs/study", "--of", "high"]);
    assert!(code == 2 && errors.contains("--feature"), "{errors}");
}

#[test]
fn a_table_in_netcdf_is_what_the_same_table_in_csv_is() {
    let folder = finished(&study(SALTELLI));
    let single = study(SALTELLI).replace("saltelli", "sobol").replace("second_order = true\n", "");
    std::fs::write(folder.path().join("single.toml"), single).expect("a study");
    for name in ["points.csv", "points.nc"] {
        assert_eq!(outcome(folder.path(), &["design", "study.toml", "-o", name]).0, 0);
        // Of one sample, whose rows nothing is compared with.
        let one = format!("sample_{name}");
        let (code, _, errors) = outcome(folder.path(), &["design", "single.toml", "-o", &one]);
        assert_eq!(code, 0, "{errors}");
    }
    let json = |arguments: &[&str]| {
        let (code, said, errors) = outcome(folder.path(), &[&["sense"], arguments, &["--json"]].concat());
        assert_eq!(code, 0, "{errors}");
        said
    };
    // An input taken for an output.
    let of = |table| json(&["--table", table, "--column", "a", "-o", "own.nc"]);
    assert_eq!(of("sample_points.csv"), of("sample_points.nc"));
    let table = |file: &str| study(&format!("[space]\ndesign = \"table\"\ntable = \"{file}\""));
    for file in ["csv", "nc"] {
        std::fs::write(folder.path().join(format!("{file}.toml")), table(&format!("points.{file}")))
            .expect("a study");
        let (code, _, errors) =
            outcome(folder.path(), &["run", &format!("{file}.toml"), "--output", &format!("runs/{file}")]);
        assert_eq!(code, 0, "{errors}");
    }
    let (code, said, _) = outcome(folder.path(), &["diff", "runs/csv/map.nc", "runs/nc/map.nc", "--bits"]);
    assert_eq!(code, 0, "{said}");
    // What is not a table is told so.
    std::fs::copy(folder.path().join("runs/csv/map.nc"), folder.path().join("cut.nc")).expect("a copy");
    let bytes = std::fs::read(folder.path().join("cut.nc")).expect("bytes");
    std::fs::write(folder.path().join("cut.nc"), &bytes[..bytes.len() / 2]).expect("half a file");
    let (code, _, errors) = outcome(folder.path(), &["sense", "--table", "cut.nc"]);
    assert!(code == 2 && errors.contains("cut.nc"), "{code} {errors}");
    std::fs::write(folder.path().join("cut.toml"), table("cut.nc")).expect("a study");
    let (code, _, errors) = outcome(folder.path(), &["check", "cut.toml"]);
    assert!(code == 2 && errors.contains("cut.nc"), "{code} {errors}");
}

#[test]
fn the_status_of_a_design_that_is_not_finished_has_the_indices_of_the_rows_that_are_there() {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), &study(&SALTELLI.replace("base = 64", "base = 1024")));
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--threads", "1"]).0, 0);
    let journals: Vec<_> = std::fs::read_dir(folder.path().join("runs/study/journals"))
        .expect("journals")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let [journal] = &journals[..] else { panic!("one journal: {journals:?}") };
    let file = std::fs::OpenOptions::new().write(true).open(journal).expect("the journal");
    let length = file.metadata().expect("its length").len();
    file.set_len(length * 2 / 3).expect("a shorter journal");
    std::fs::remove_file(folder.path().join("runs/study/map.nc")).expect("no map");
    let (code, said, errors) = outcome(folder.path(), &["status", "runs/study"]);
    assert_eq!(code, 0, "{errors}");
    let line = said.lines().find(|line| line.starts_with("indices")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains(" of 4 replicates: ST ") && line.contains("init.x"), "{line}");
    let (code, said, _) = outcome(folder.path(), &["status", "runs/study", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let found = value["indices"].as_array().expect("indices");
    assert!(code == 0 && found.iter().any(|own| own["parameter"] == "k" && own["ST"].is_number()), "{said}");
}

#[test]
fn a_plan_of_a_design_says_how_many_points_could_not_be_told_and_what_a_rule_will_need() {
    let folder = tempfile::tempdir().expect("a folder");
    let growing =
        study(SALTELLI) + "\n[sense]\nuntil = { half_width = 0.05, output = \"high\", at_most = \"2^12\" }\n";
    decay::write(folder.path(), &growing.replace("base = 64", "base = \"2^6\""));
    let (code, said, errors) = outcome(folder.path(), &["plan", "study.toml", "--threads", "1"]);
    assert_eq!(code, 0, "{errors}");
    // Slow decays are still under way after ten units of time.
    assert!(said.contains("of 256 points tried are unclassified") && said.contains("three ways"), "{said}");
    // Errors of 0.034 at 1024 rows of one replicate, twice that for 95 %, and by Student's t of three degrees of freedom
    // 1.62 times as much: 0.05 takes 2048 rows of four, 512 would be enough if the spread were known.
    assert!(
        said.contains("ST of `high` is known to 0.05: base 64 to begin with, 4096 at most; planned for 2048"),
        "{said}"
    );
    assert!(said.contains("points    65536"), "{said}");
}
