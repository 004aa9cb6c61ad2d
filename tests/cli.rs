//! The program as a person meets it: what it says, and the exit code a shell sees. Runs the real binary.

mod decay;
mod outcome;
mod patience;

use std::path::Path;
use std::process::Command;

use decay::{MODEL, STUDY};
use outcome::{outcome, texts};
use patience::{bytes_of_journals, wait_for_bytes};

fn folder(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), study);
    folder
}

#[track_caller]
fn assert_wrong(study: &str, wanted: &[&str]) {
    let folder = folder(study);
    for verb in ["check", "run"] {
        let (code, _, said) = outcome(folder.path(), &[verb, "study.toml"]);
        assert_eq!(code, 2, "{verb}: {said}");
        for wanted in wanted {
            assert!(said.contains(wanted), "`{wanted}` is not in: {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        let errors = said.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "one clear message: {said}");
    }
    assert!(!folder.path().join("runs").exists(), "nothing is written for a wrong study");
}

#[test]
fn a_study_that_is_right_passes_the_check() {
    let folder = folder(STUDY);
    let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("4 k x 3 a = 12 points of decay"), "{said}");
}

#[test]
fn a_misspelt_key_is_told_with_what_was_meant() {
    assert_wrong(
        &STUDY.replace("transient", "transent"),
        &["study.toml:13:1", "no key `transent`", "did you mean `transient`?"],
    );
}

#[test]
fn a_misspelt_model_is_told_with_what_was_meant() {
    let study = STUDY.replace("file = \"decay.ode\"", "name = \"jansen_ritt\"");
    let folder = folder(&study);
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!(code, 2);
    assert!(said.contains("no model `jansen_ritt`") && said.contains("did you mean `jansen_rit`?"), "{said}");
}

#[test]
fn a_missing_model_file_is_told_with_its_path() {
    assert_wrong(&STUDY.replace("decay.ode", "decoy.ode"), &["decoy.ode cannot be read", "study.toml:4:8"]);
}

#[test]
fn a_model_outside_the_studys_folder_is_refused() {
    assert_wrong(&STUDY.replace("decay.ode", "../decay.ode"), &["lies outside the study's folder"]);
}

#[test]
fn a_misspelt_parameter_is_told_with_what_was_meant() {
    assert_wrong(&STUDY.replace("a = { from", "b = { from"), &["no parameter `b`", "study.toml:8:1"]);
}

#[test]
fn a_misspelt_feature_is_told_with_what_was_meant() {
    assert_wrong(
        &STUDY.replace("extrema", "extremes"),
        &["no feature `extremes`", "did you mean `extrema`?"],
    );
}

#[test]
fn a_misspelt_method_is_told_with_what_was_meant() {
    assert_wrong(&STUDY.replace("\"rk4\"", "\"rk5\""), &["no method `rk5`", "did you mean `rk4`?"]);
}

#[test]
fn a_wrong_unit_is_told() {
    assert_wrong(&STUDY.replace("step = 0.1", "step = \"0.1 ms\""), &["has a unit", "`#@ time ms`"]);
}

#[test]
fn from_above_to_is_told() {
    assert_wrong(
        &STUDY.replace("from = 0.5, to = 2", "from = 2, to = 0.5"),
        &["`from` 2 must be below `to` 0.5"],
    );
}

#[test]
fn an_axis_without_values_is_told() {
    assert_wrong(&STUDY.replace("n = 3", "n = 0"), &["`n` of the axis `a` is 0"]);
}

#[test]
fn a_logarithmic_axis_through_0_is_told() {
    assert_wrong(&STUDY.replace("n = 3", "n = 3, scale = \"log\""), &["runs through 0"]);
}

#[test]
fn a_rule_over_an_unknown_feature_is_told_at_its_place() {
    assert_wrong(
        &STUDY.replace("maximum >", "maximun >"),
        &["study.toml:21:9", "the rule `high`", "no feature `maximun`", "did you mean `maximum`?"],
    );
}

#[test]
fn a_rule_over_a_parameter_or_a_signal_is_told_how_to_make_a_feature_of_it() {
    assert_wrong(
        &STUDY.replace("maximum >", "k >"),
        &["study.toml:21:9", "`k` is a parameter", "write `k_here = \"k\"` under `[derive]`"],
    );
    assert_wrong(&STUDY.replace("maximum >", "x >"), &["`x` is a signal over time", "`x_final`"]);
    // What is told to do is right.
    let study =
        STUDY.replace("maximum >", "k_here >").replace("[[regime]]", "[derive]\nk_here = \"k\"\n[[regime]]");
    let (code, _, said) = outcome(folder(&study).path(), &["check", "study.toml"]);
    assert_eq!(code, 0, "{said}");
    let only = "[stability]\nonly = true\n[[regime]]\nname = \"high\"\nwhen = \"k > 1\"\n";
    let study = format!("{}{only}", &STUDY[..STUDY.find("[time]").expect("the section")]);
    let (code, _, said) = outcome(folder(&study).path(), &["check", "study.toml"]);
    assert_eq!(code, 2);
    assert!(said.contains("`k_here = \"k\"` under `[derive]`"), "{said}");
}

#[test]
fn a_network_of_a_model_whose_rules_are_of_one_node_is_told_to_have_its_own() {
    let study = "[model]\nname = \"epileptor\"\n[network.channels.all]\nmatrix = { generator = \"ring\", n = 4 }\nfrom = \"x1\"\n\
                 to = \"h1\"\n[space.axes]\nx0 = { from = -2.4, to = -1, n = 3 }\n[time]\nmethod = \"rk4\"\nstep = 0.1\ntransient = 0\nwindow = 10\n";
    let ports = ictus::model::find("epileptor").expect("the model").parse().expect("a model");
    let study = study
        .replace("\"x1\"", &format!("{:?}", ports.outputs[0]))
        .replace("\"h1\"", &format!("{:?}", ports.inputs[0]));
    assert_wrong(
        &study,
        &[
            "study.toml:3:",
            "this study is of a network",
            "give the study rules of its own",
            "mean_x1_minimum < -1 and mean_x1_maximum > 0",
        ],
    );
    let own = "[[regime]]\nname = \"recurrent_seizures\"\nwhen = \"mean_x1_minimum < -1 and mean_x1_maximum > 0\"\n";
    let (code, _, said) = outcome(folder(&format!("{study}{own}")).path(), &["check", "study.toml"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn many_warnings_of_one_kind_are_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let prose = "this is a line of prose\n".repeat(20);
    let text = format!("#: T\n#@ time 1\n#@ signal x\n{prose}#: [1] x\nx'=-x\n@ bound=100\ndone\n");
    std::fs::write(folder.path().join("model.ode"), text).expect("a file");
    let (code, _, said) = outcome(folder.path(), &["check", "model.ode"]);
    assert_eq!((code, said.matches("warning:").count()), (0, 1), "{said}");
    assert!(said.contains("(and 19 more like it: lines 5, 6, 7, 8, 9, 10, 11, 12 ..)"), "{said}");
}

#[test]
fn a_rule_that_is_no_formula_is_told_at_its_place() {
    assert_wrong(&STUDY.replace("maximum > 0.5", "maximum > > 0.5"), &["study.toml:21:"]);
}

#[test]
fn a_negative_step_is_told() {
    assert_wrong(&STUDY.replace("step = 0.1", "step = -0.1"), &["`step` is -0.1"]);
}

#[test]
fn a_window_shorter_than_a_step_is_told() {
    assert_wrong(&STUDY.replace("window = 10", "window = 0.01"), &["shorter than a step"]);
}

#[test]
fn an_error_in_the_model_is_told_with_its_file_and_line() {
    let folder = folder(STUDY);
    std::fs::write(folder.path().join("decay.ode"), MODEL.replace("a-k*x", "a-k*")).expect("the model");
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!(code, 2);
    assert!(said.contains("decay.ode:8:"), "{said}");
}

#[test]
fn every_mistake_of_a_study_is_told_at_once() {
    let study = STUDY.replace("rk4", "rk5").replace("n = 3", "n = 0").replace("maximum >", "maximun >");
    let folder = folder(&study);
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!(code, 2);
    for wanted in ["rk5", "`n` of the axis `a`", "maximun"] {
        assert!(said.contains(wanted), "`{wanted}` is not in: {said}");
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    assert_wrong(&STUDY.replace("window = 10", "window = = 10"), &["study.toml:14:", "not TOML"]);
}

#[test]
fn a_study_that_is_not_there_is_told() {
    let folder = folder(STUDY);
    let (code, _, said) = outcome(folder.path(), &["run", "stady.toml"]);
    assert_eq!(code, 2);
    assert!(said.contains("stady.toml cannot be read") && said.contains("ictus init"), "{said}");
}

#[test]
fn an_override_is_told_in_the_same_form() {
    let folder = folder(STUDY);
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml", "--set", "time.step=-1"]);
    assert_eq!(code, 2);
    assert!(said.contains("--set:1:11") && said.contains("`step` is -1"), "{said}");
}

#[test]
fn a_check_can_be_read_by_a_tool() {
    let folder = folder(&STUDY.replace("n = 3", "n = 0"));
    let (code, said, _) = outcome(folder.path(), &["check", "--json", "study.toml"]);
    assert_eq!(code, 2);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let complaint = &report[0]["complaints"][0];
    assert_eq!((&complaint["line"], &complaint["severity"]), (&8.into(), &"error".into()));
}

#[test]
fn what_init_writes_passes_the_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, ..) = outcome(folder.path(), &["init", "new"]);
    assert_eq!(code, 0);
    let (code, _, said) = outcome(folder.path(), &["check", "new/my_study.toml", "new/my_model.ode"]);
    assert_eq!((code, said.as_str()), (0, ""));
    let (code, _, said) = outcome(folder.path(), &["init", "new"]);
    assert_eq!(code, 2);
    assert!(said.contains("is there already"), "{said}");
}

#[test]
fn a_verb_that_is_not_there_ends_with_2_and_help_with_0() {
    let folder = folder(STUDY);
    assert_eq!(outcome(folder.path(), &["rnu", "study.toml"]).0, 2);
    let (code, said, _) = outcome(folder.path(), &["--help"]);
    assert_eq!(code, 0);
    assert!(said.contains("75 stopped early"), "{said}");
}

#[test]
fn completions_are_printed_for_every_shell() {
    let folder = folder(STUDY);
    for shell in ["bash", "zsh", "fish"] {
        let (code, said, _) = outcome(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(said.contains("relabel"), "{shell}");
    }
}

/// The study with an output folder, run to its end.
fn finished(study: &str) -> tempfile::TempDir {
    let folder = folder(study);
    let (code, said, errors) = outcome(folder.path(), &["run", "study.toml", "--threads", "1"]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(said.trim(), "runs/study/map.nc");
    folder
}

#[test]
fn a_run_writes_a_map_that_every_verb_reads() {
    let folder = finished(STUDY);
    let map = "runs/study/map.nc";
    let (code, said, _) = outcome(folder.path(), &["info", map]);
    assert_eq!(code, 0);
    assert!(said.contains("12 points") && said.contains("high") && said.contains("maximum"), "{said}");
    let (code, said, _) = outcome(folder.path(), &["info", "--json", map]);
    let summary: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &summary["points"]), (0, &12.into()));
    let (code, said, _) = outcome(folder.path(), &["plot", map]);
    assert_eq!(code, 0);
    assert!(said.contains("high"), "{said}");
    for picture in ["map.png", "map.svg"] {
        let (code, said, errors) = outcome(folder.path(), &["plot", map, "-o", picture]);
        assert_eq!((code, said.trim()), (0, picture), "{errors}");
        assert!(folder.path().join(picture).metadata().expect("the picture").len() > 1000);
    }
    let (code, said, errors) = outcome(folder.path(), &["traces", map, "--sample", "2", "--per", "regime"]);
    assert_eq!((code, said.trim()), (0, "traces.nc"), "{errors}");
    assert!(errors.contains("5 traces"), "{errors}");
}

#[test]
fn a_finished_run_is_not_computed_again() {
    let folder = finished(STUDY);
    let before = std::fs::read_dir(folder.path().join("runs/study/journals")).expect("journals").count();
    let (code, said, _) = outcome(folder.path(), &["run", "study.toml", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &report["taken"], &report["computed"]), (0, &12.into(), &0.into()));
    let after = std::fs::read_dir(folder.path().join("runs/study/journals")).expect("journals").count();
    assert_eq!(before, after, "no new journal for no new points");
}

#[test]
fn the_status_of_a_run_says_how_far_it_is_and_what_it_cost() {
    let folder = finished(STUDY);
    let (code, said, _) = outcome(folder.path(), &["status", "runs/study"]);
    assert_eq!(code, 0);
    for wanted in
        ["state      finished", "points     12 of 12 (100.0 %)", "high ", "core-hours", "left, 12 points"]
    {
        assert!(said.contains(wanted), "`{wanted}`: {said}");
    }
    let (_, said, _) = outcome(folder.path(), &["status", "runs/study", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(
        (&status["state"], &status["done"], &status["taken"]),
        (&"finished".into(), &12.into(), &0.into())
    );
    assert!(status["core_hours_used"].as_f64().expect("hours") > 0.0, "{status}");
    let line = std::fs::read_to_string(folder.path().join("runs/study/status.txt")).expect("the line");
    assert!(line.starts_with("ictus status=finished points=12 done=12 "), "{line}");
    let (code, _, errors) = outcome(folder.path(), &["status", "."]);
    assert!(code == 2 && errors.contains("no record of a run"), "{errors}");
}

#[test]
fn a_time_limit_is_read_and_a_wrong_one_refused() {
    let folder = folder(STUDY);
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml", "--time-limit", "1 s"]);
    assert!(
        code == 75 && errors.contains("stopped before the time limit (--time-limit) at 0 of 12 points"),
        "{errors}"
    );
    let (code, ..) = outcome(folder.path(), &["run", "study.toml", "--time-limit", "00:10:00"]);
    assert_eq!(code, 0);
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml", "--time-limit", "soon"]);
    assert!(code == 2 && errors.contains("30 min"), "{errors}");
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml", "--join", "--claim-expiry", "0 s"]);
    assert!(code == 2 && errors.contains("at least 1 s"), "{errors}");
}

#[test]
fn fresh_computes_anew_and_keeps_the_older_results() {
    let folder = finished(STUDY);
    let (code, _, said) = outcome(folder.path(), &["run", "study.toml", "--fresh"]);
    assert_eq!(code, 0);
    assert!(said.contains("older results are kept in") && said.contains("12 points in"), "{said}");
}

#[test]
fn results_of_another_study_are_refused_with_the_lines_that_differ() {
    let folder = finished(STUDY);
    let (code, _, said) = outcome(folder.path(), &["run", "study.toml", "--set", "time.step=0.05"]);
    assert_eq!(code, 2);
    for wanted in ["-step = 0.1", "+step = 0.05", "--output", "--fresh"] {
        assert!(
            said.replace("- step", "-step").replace("+ step", "+step").contains(wanted),
            "`{wanted}`: {said}"
        );
    }
}

#[test]
fn other_rules_are_no_other_study() {
    let folder = finished(STUDY);
    let (code, _, said) = outcome(folder.path(), &["run", "study.toml", "--set", "regime.0.name=raised"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("12 points taken") && said.contains("raised"), "{said}");
}

#[test]
fn a_map_alone_reproduces_its_run() {
    let folder = finished(STUDY);
    let away = tempfile::tempdir().expect("a folder");
    std::fs::copy(folder.path().join("runs/study/map.nc"), away.path().join("map.nc")).expect("the map");
    let (code, _, said) = outcome(away.path(), &["run", "map.nc", "--output", "again"]);
    assert_eq!(code, 0, "{said}");
    let (code, said, _) = outcome(away.path(), &["diff", "--bits", "map.nc", "again/map.nc"]);
    assert_eq!(code, 0, "{said}");
    let (code, said, _) =
        outcome(away.path(), &["run", "map.nc", "--output", "other", "--set", "space.axes.a.n=4"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(outcome(away.path(), &["diff", "map.nc", "other/map.nc"]).0, 1);
}

#[test]
fn a_map_is_made_from_the_journals_alone() {
    let folder = finished(STUDY);
    std::fs::remove_file(folder.path().join("study.toml")).expect("the study");
    std::fs::remove_file(folder.path().join("decay.ode")).expect("the model");
    let (code, said, errors) = outcome(folder.path(), &["map", "runs/study", "-o", "second.nc"]);
    assert_eq!((code, said.trim()), (0, "second.nc"), "{errors}");
    assert_eq!(outcome(folder.path(), &["diff", "--bits", "second.nc", "runs/study/map.nc"]).0, 0);
    let (code, _, said) = outcome(folder.path(), &["map", "."]);
    assert_eq!(code, 2);
    assert!(said.contains("no journal"), "{said}");
}

#[test]
fn relabelling_gives_what_running_with_the_new_rules_gives() {
    let folder = finished(STUDY);
    let other = STUDY.replace("\"high\"", "\"higher\"").replace("> 0.5", "> 0.7");
    std::fs::write(folder.path().join("other.toml"), other).expect("the rules");
    let (code, _, said) = outcome(
        folder.path(),
        &["relabel", "runs/study/map.nc", "--rules", "other.toml", "-o", "relabelled.nc"],
    );
    assert_eq!(code, 0, "{said}");
    assert_eq!(outcome(folder.path(), &["run", "other.toml"]).0, 0);
    let (code, said, _) = outcome(folder.path(), &["diff", "--bits", "relabelled.nc", "runs/other/map.nc"]);
    assert_eq!(code, 0, "{said}");
    let (code, _, said) = outcome(
        folder.path(),
        &["relabel", "runs/study/map.nc", "--rules", "other.toml", "-o", "relabelled.nc", "--quiet"],
    );
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(outcome(folder.path(), &["run", "relabelled.nc", "--output", "again"]).0, 0);
    let (code, said, _) = outcome(folder.path(), &["diff", "--bits", "again/map.nc", "runs/other/map.nc"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_map_is_relabelled_by_a_file_of_rules_alone() {
    let folder = finished(STUDY);
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    let (before, rules) = STUDY.split_at(STUDY.find("[[regime]]").expect("a rule"));
    let rules = rules.replace("\"high\"", "\"higher\"").replace("> 0.5", "> 0.7");
    put("other.toml", &format!("{before}{rules}"));
    put("rules.toml", &format!("# rules alone\n\n{rules}"));
    assert_eq!(outcome(folder.path(), &["run", "other.toml"]).0, 0);
    let relabel = |rules: &str| {
        let arguments = ["relabel", "runs/study/map.nc", "--rules", rules, "-o", "relabelled.nc"];
        outcome(folder.path(), &arguments)
    };
    let (code, _, said) = relabel("rules.toml");
    assert_eq!(code, 0, "{said}");
    let (code, said, _) = outcome(folder.path(), &["diff", "--bits", "relabelled.nc", "runs/other/map.nc"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(outcome(folder.path(), &["run", "relabelled.nc", "--output", "again"]).0, 0);
    let (code, said, _) = outcome(folder.path(), &["diff", "--bits", "again/map.nc", "runs/other/map.nc"]);
    assert_eq!(code, 0, "{said}");
    // What is wrong is told at its place in the file of rules.
    put("wrong.toml", &format!("\n{}", rules.replace("maximum", "maximun")));
    let (code, _, said) = relabel("wrong.toml");
    assert_eq!(code, 2);
    assert!(said.contains("wrong.toml:4:9") && said.contains("did you mean `maximum`?"), "{said}");
    put("broken.toml", "[[regime]]\nname = high\n");
    let (code, _, said) = relabel("broken.toml");
    assert_eq!(code, 2);
    assert!(said.contains("broken.toml:2:"), "{said}");
    put("nothing.toml", "# none\n");
    assert_eq!(relabel("nothing.toml").0, 2);
}

#[test]
fn a_map_of_a_network_says_what_its_nodes_are_called() {
    let study = "[model]\nname = \"linear\"\n[network.channels.all]\nmatrix = { file = \"w.csv\" }\n[space.axes]\na = { values = [1, 2] }\n\
                 [time]\nmethod = \"rk4\"\nstep = 0.1\ntransient = 0\nwindow = 1\n";
    let folder = folder(study);
    std::fs::write(folder.path().join("w.csv"), "lh.caudal,rh.insula\n0,1\n1,0\n").expect("a matrix");
    let (code, _, said) = outcome(folder.path(), &["run", "study.toml"]);
    assert_eq!(code, 0, "{said}");
    let (code, said, _) = outcome(folder.path(), &["info", "runs/study/map.nc"]);
    assert_eq!(code, 0);
    assert!(said.contains("node.0") && said.contains("lh.caudal") && said.contains("rh.insula"), "{said}");
    let (_, said, _) = outcome(folder.path(), &["info", "runs/study/map.nc", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(report["nodes"], serde_json::json!(["lh.caudal", "rh.insula"]));
}

#[test]
fn a_point_has_the_bits_of_the_maps_row_and_says_why() {
    let folder = finished(STUDY);
    let (code, said, _) = outcome(folder.path(), &["point", "study.toml", "k=0.5", "a=1", "--json"]);
    assert_eq!(code, 0);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let map = ictus::store::map::Map::open(&folder.path().join("runs/study/map.nc")).expect("the map");
    let number = map.feature("maximum").expect("the feature");
    let value = map.slab(number, &[0, 2], &[1, 1]).expect("a value")[0];
    assert_eq!(report["features"]["maximum"].as_f64().map(f64::to_bits), Some(value.to_bits()));
    assert_eq!((&report["regime"], &report["rules"][0]["holds"]), (&"high".into(), &true.into()));
    let (code, said, _) = outcome(folder.path(), &["point", "study.toml", "k=2", "a=0", "--why"]);
    assert_eq!(code, 0);
    assert!(said.contains("high when maximum > 0.5") && said.contains("does not hold: maximum = "), "{said}");
    assert!(said.contains("So: no rule holds"), "{said}");
    let (code, said, _) = outcome(folder.path(), &["point", "study.toml", "--trace", "trace.nc"]);
    assert_eq!(code, 0, "{said}");
    assert!(folder.path().join("trace.nc").exists());
    let (code, _, said) = outcome(folder.path(), &["point", "study.toml", "kk=1"]);
    assert_eq!(code, 2);
    assert!(said.contains("did you mean `k`?"), "{said}");
}

#[test]
fn a_point_says_how_its_trajectory_ended_early() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    let study = "[time]\nstep = 0.25\ntransient = 0\nwindow = 20\nmethod = \"euler\"\n";
    put("a.ode", "par k=1\ninit x=1,y=0\nx'=k*(x-1)/(x-1)\ny'=1\ndone\n");
    put("a.toml", &format!("model = {{ file = \"a.ode\" }}\n{study}"));
    // By Euler's method y is 1 + 2, .. 2^n after n steps of 1/4: 4 y is added, and 128 is beyond 100 at the seventh.
    put("b.ode", "par k=4\ninit x=0,y=1\nx'=0\ny'=k*y\ndone\n");
    put(
        "b.toml",
        &format!("model = {{ file = \"b.ode\" }}\n[space.axes]\nk = {{ values = [0, 4] }}\n{study}"),
    );
    let point = |arguments: &[&str]| {
        let (code, said, complaints) = outcome(folder.path(), &[&["point"], arguments, &["--json"]].concat());
        assert_eq!(code, 0, "{complaints}");
        serde_json::from_str::<serde_json::Value>(&said).expect("JSON")
    };
    let report = point(&["a.toml"]);
    assert_eq!((&report["status"], &report["regime"]), (&"singular".into(), &"singular".into()));
    let ending = &report["ending"];
    assert_eq!((&ending["variable"], ending["time"].as_f64()), (&"x".into(), Some(0.25)));
    assert_eq!(
        (&ending["value"], &ending["expression"]),
        (&serde_json::Value::Null, &"(k*(x-1))/(x-1)".into())
    );
    let report = point(&["b.toml", "k=4"]);
    assert_eq!((&report["status"], &report["ending"]["variable"]), (&"diverged".into(), &"y".into()));
    assert_eq!(
        (report["ending"]["time"].as_f64(), report["ending"]["value"].as_f64()),
        (Some(1.75), Some(128.0))
    );
    assert_eq!(report["ending"]["bound"].as_f64(), Some(100.0));
    assert_eq!(point(&["b.toml", "k=0"])["ending"], serde_json::Value::Null);
    // Why there is no number, and what to do about it.
    for (field, expression, cause, advice) in [
        ("k*(x-1)/(x-1)", "(k*(x-1))/(x-1)", "zero_by_zero", "write the limit"),
        ("exp(1000*k)-exp(2000*k)", "exp(1000*k)-exp(2000*k)", "overflow", "infinities cancelled"),
        ("exp(1000*k)/(1+exp(1000*k))", "exp(1000*k)/(1+exp(1000*k))", "overflow", "infinities cancelled"),
        ("exp(y/0.001)-exp(y/0.001)*k", "exp(y/0.001)-exp(y/0.001)*k", "overflow", "infinities cancelled"),
        ("k/(x-1)-1/(x-1)", "k/(x-1)-1/(x-1)", "division_by_zero", "keep the divisor away from 0"),
        ("k*sqrt(-x/2)", "sqrt(-x/2)", "outside_domain", "where it is defined"),
        ("1/0-k/0", "1/0-k/0", "division_by_zero", "keep the divisor away from 0"),
    ] {
        put("c.ode", &format!("par k=1\ninit x=1,y=1\nx'={field}\ny'=0\ndone\n"));
        put("c.toml", &format!("model = {{ file = \"c.ode\" }}\n{study}"));
        let ending = point(&["c.toml"])["ending"].clone();
        assert_eq!(ending["cause"], cause, "{field}: {ending}");
        let plain = |text: &str| text.replace(['(', ')'], "");
        assert_eq!(plain(ending["expression"].as_str().unwrap_or_default()), plain(expression), "{ending}");
        let (_, said, _) = outcome(folder.path(), &["point", "c.toml"]);
        assert!(said.contains(advice), "{field}: {said}");
    }
    let (_, said, _) = outcome(folder.path(), &["check", "b.toml"]);
    assert!(said.contains("a variable beyond 100, XPPAUT's own, has diverged"), "{said}");
    let (_, said, complaints) = outcome(folder.path(), &["check", "a.ode"]);
    assert!(said.contains("no `@ bound`") && complaints.contains("divides by 0"), "{said}{complaints}");
}

#[test]
fn a_plan_can_be_read_by_a_person_and_by_a_tool() {
    let folder = folder(STUDY);
    let (code, said, _) = outcome(folder.path(), &["plan", "study.toml"]);
    assert_eq!(code, 0);
    assert!(said.contains("points    12 (4 k x 3 a)") && said.contains("disk"), "{said}");
    let (code, said, _) = outcome(folder.path(), &["plan", "study.toml", "--json", "--threads", "1"]);
    let plan: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &plan["points"], &plan["steps_a_point"]), (0, &12.into(), &200.into()));
    assert!(!folder.path().join("runs").exists(), "a plan writes nothing");
}

#[test]
fn a_stopped_run_ends_with_75_and_goes_on_to_the_same_bits() {
    // Some seconds of work, so that it can be stopped in the midst of it.
    let long = ["--set", "space.axes.k.n=150", "--set", "space.axes.a.n=150", "--set", "time.transient=2000"];
    let folder = folder(STUDY);
    let start = |output: &str| {
        let mut arguments = vec!["run", "study.toml", "--output", output];
        arguments.extend(long);
        Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(arguments)
            .current_dir(folder.path())
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program starts")
    };
    let stopped = start("runs/stopped");
    let journals = folder.path().join("runs/stopped/journals");
    let has_begun = || {
        std::fs::read_dir(&journals).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.metadata().is_ok_and(|metadata| metadata.len() > 20_000))
        })
    };
    while !has_begun() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let (code, _, said) =
        outcome(folder.path(), &[&["run", "study.toml", "--output", "runs/stopped"], &long[..]].concat());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("is in use by"), "{said}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&stopped), rustix::process::Signal::TERM)
        .expect("a signal");
    let output = stopped.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains("run the same command to resume"), "{said}");
    assert!(!folder.path().join("runs/stopped/map.nc").exists());

    let (code, _, said) = outcome(folder.path(), &["map", "runs/stopped", "-o", "partial.nc"]);
    assert_eq!(code, 2);
    assert!(said.contains("--partial"), "{said}");
    let (code, ..) = outcome(folder.path(), &["map", "runs/stopped", "--partial", "-o", "partial.nc"]);
    assert_eq!(code, 0);

    let resumed = start("runs/stopped").wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert_eq!(resumed.status.code(), Some(0), "{said}");
    assert!(said.contains("resuming: "), "{said}");
    assert_eq!(start("runs/whole").wait_with_output().expect("an end").status.code(), Some(0));
    let (code, said, _) =
        outcome(folder.path(), &["diff", "--bits", "runs/stopped/map.nc", "runs/whole/map.nc"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn an_output_below_a_file_is_a_mistake_of_the_call() {
    let folder = folder(STUDY);
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let (code, _, said) = outcome(folder.path(), &["run", "study.toml", "--output", "file/inside"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("file cannot be written: there is a file of that name already"), "{said}");
}

#[test]
fn what_is_no_map_is_told() {
    let folder = folder(STUDY);
    std::fs::write(folder.path().join("no.nc"), "not a map").expect("a file");
    for verb in ["info", "plot", "run", "traces"] {
        let (code, _, said) = outcome(folder.path(), &[verb, "no.nc"]);
        assert_eq!(code, 2, "{verb}: {said}");
        assert!(said.contains("no.nc is not a map of ictus"), "{verb}: {said}");
    }
}

#[test]
fn too_many_failures_end_with_3_and_the_map_is_there() {
    // Growth beyond the bound everywhere.
    let folder = folder(&STUDY.replace("from = 0.5, to = 2", "from = -3, to = -2"));
    let (code, _, said) = outcome(folder.path(), &["run", "study.toml"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("diverged") && said.contains("allowed_failures"), "{said}");
    assert!(folder.path().join("runs/study/map.nc").exists());
    let (code, ..) = outcome(folder.path(), &["run", "study.toml", "--set", "output.allowed_failures=1"]);
    assert_eq!(code, 0);
}

#[test]
fn points_that_a_study_excludes_are_no_failures() {
    let folder = folder(STUDY);
    let (code, said, errors) = outcome(
        folder.path(),
        &["run", "study.toml", "--json", "--set", "space.where=\"a > 0.4 and k < 1.2\""],
    );
    assert_eq!(code, 0, "{errors}");
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&report["statuses"]["excluded"], &report["statuses"]["ok"]), (&8.into(), &4.into()));
    assert_eq!(report["regimes"]["excluded"], 8);
}

#[test]
fn named_states_are_a_dimension_of_the_map() {
    let study = format!("{STUDY}\n[initial.states]\nlow = {{ x = 0 }}\nfar = {{ x = 50 }}\n");
    let folder = finished(&study);
    let map = ictus::store::map::Map::open(&folder.path().join("runs/study/map.nc")).expect("the map");
    assert_eq!(map.shape(), [2, 4, 3]);
    assert_eq!(map.axes()[0].labels, ["low", "far"]);
    let (code, said, _) = outcome(folder.path(), &["point", "study.toml", "start=far", "k=2", "a=1"]);
    assert_eq!(code, 0);
    assert!(said.contains("start=far k=2 a=1"), "{said}");
    let (code, _, said) = outcome(folder.path(), &["point", "study.toml", "start=near"]);
    assert_eq!(code, 2);
    assert!(said.contains("low, far"), "{said}");
}

#[test]
fn where_drawn_starts_end_is_drawn() {
    use ictus::analyse::{basins::Basin, cut::Cut};
    let study = STUDY.replace("[time]", "[initial]\nbox = { x = [-1, 2] }\nstarts = 5\n\n[time]");
    let folder = finished(&study);
    let map = ictus::store::map::Map::open(&folder.path().join("runs/study/map.nc")).expect("a map");
    // Whatever the start, x goes to a/k.
    let high = Basin::Of("high".into()).cut(&map, &Cut::default()).expect("a slice");
    let (axes, shares) =
        ((&high.x.values, &high.y.as_ref().expect("two axes").values), &high.panels[0].features[0]);
    assert_eq!((high.x.quantity.name.as_str(), shares.values.dim()), ("a", (4, 3)));
    let ends = Basin::Attractors.cut(&map, &Cut::default()).expect("a slice");
    let is = |one: f64, other: f64| one.to_bits() == other.to_bits();
    for ((row, column), share) in shares.values.indexed_iter() {
        let (end, ends) = (axes.0[column] / axes.1[row], ends.panels[0].features[0].values[[row, column]]);
        // Where all end at 0.5 itself, those that come from above are above; where k = 0.5 they still come.
        assert!(is(end, 0.5) || is(*share, f64::from(u8::from(end > 0.5))), "{end}: {share}");
        assert!(is(end, 0.5) || is(axes.1[row], 0.5) || is(ends, 1.0), "{end}: {ends}");
    }
    let shown = |more: &[&str]| outcome(folder.path(), &[&["plot", "runs/study/map.nc"], more].concat());
    // Nothing seizes in this study: how many ends there are is what is drawn.
    for (more, wanted) in [
        (&[][..], "attractors"),
        (&["--feature", "attractors"], "attractors"),
        (&["--basin", "high"], "basin of high"),
        (&["--basin", "high", "--at", "k=1"], "Cut at k = 1"),
        (&["--at", "start=start_2"], "Cut at start = start 2"),
    ] {
        let (code, said, errors) = shown(more);
        assert!(code == 0 && said.contains(wanted), "{more:?}: {said}{errors}");
    }
    let (code, _, errors) = shown(&["--basin", "hihg"]);
    assert!(code == 2 && errors.contains("did you mean `high`?"), "{errors}");
    let other = finished(STUDY);
    let (code, _, errors) = outcome(other.path(), &["plot", "runs/study/map.nc", "--basin", "high"]);
    assert!(code == 2 && errors.contains("no basins") && errors.contains("[initial] box"), "{errors}");
}

#[test]
fn what_init_writes_runs_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(outcome(folder.path(), &["init"]).0, 0);
    let small = ["run", "my_study.toml", "--set", "space.axes.b.n=6", "--set", "space.axes.input.n=8"];
    let (code, said, errors) = outcome(folder.path(), &small);
    assert_eq!((code, said.trim()), (0, "runs/my_study/map.nc"), "{errors}");
    assert!(errors.contains("spiking"), "{errors}");
}

#[test]
fn every_model_prints_a_study_that_passes_the_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, said, _) = outcome(folder.path(), &["models", "--json"]);
    let models: Vec<serde_json::Value> = serde_json::from_str(&said).expect("JSON");
    assert!(models.len() >= 7);
    for model in models {
        let name = model["name"].as_str().expect("a name");
        let (code, text, _) = outcome(folder.path(), &["models", name, "--study"]);
        assert_eq!(code, 0);
        std::fs::write(folder.path().join("s.toml"), text).expect("the study");
        let (code, _, said) = outcome(folder.path(), &["check", "s.toml"]);
        // A model with two attractors is told to be one; nothing else is there to say.
        let is_quiet = said.is_empty() || said.contains("from the model's state");
        assert!(code == 0 && is_quiet && said.matches("warning").count() <= 1, "{name}: {said}");
    }
    let (code, said, _) = outcome(folder.path(), &["models", "jansen_rit"]);
    assert_eq!(code, 0);
    for wanted in ["y3'=", "3.25", "mV", "Jansen & Rit (1995)", "spike_wave", "signal"] {
        assert!(said.contains(wanted), "{wanted}");
    }
    let (code, _, said) = outcome(folder.path(), &["models", "jansen_rot"]);
    assert_eq!(code, 2);
    assert!(said.contains("did you mean `jansen_rit`?"), "{said}");
}

#[test]
fn the_doctor_looks_at_the_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said, _) = outcome(folder.path(), &["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(code, 0);
    assert!(report["netcdf"].as_str().is_some_and(|text| text.contains("netcdf 4.")), "{report}");
    assert!(report["cores"].as_u64().is_some_and(|cores| cores > 0));
    assert!(report["processors_of_the_job"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(report["ranks"], 0, "the test has no launcher");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is left behind");
    assert_eq!(outcome(folder.path(), &["doctor", "nowhere"]).0, 4);
}

/// The program with its standard output in a file, and what it said besides.
fn into(folder: &Path, output: std::fs::File, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ictus"))
        .args(arguments)
        .current_dir(folder)
        .stdout(output)
        .output()
        .expect("the program starts");
    let (code, _, said) = texts(output);
    (code, said)
}

#[test]
fn results_that_cannot_be_written_are_a_failure_of_every_verb() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let folder = folder(STUDY);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "r", "--quiet"]).0, 0);
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["completions", "bash"],
        &["models"],
        &["models", "jansen_rit", "--json"],
        &["models", "jansen_rit", "--study"],
        &["check", "study.toml"],
        &["check", "study.toml", "--json"],
        &["run", "study.toml", "--output", "r", "--json"],
        &["map", "r"],
        &["status", "r", "--json"],
        &["info", "r/map.nc"],
        &["plot", "r/map.nc"],
        &["report", "r/map.nc", "-o", "r.html"],
        &["diff", "r/map.nc", "r/map.nc"],
        &["relabel", "r/map.nc", "--rules", "study.toml", "-o", "again.nc"],
        &["traces", "r/map.nc", "--sample", "1", "-o", "t.nc"],
        &["point", "study.toml"],
        &["export", "--xpp", "study.toml"],
        &["init", "new"],
        &["doctor", "--json"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let (code, said) = into(folder.path(), full, arguments);
        assert_eq!(code, 4, "{arguments:?}: {said}");
        assert!(said.contains("the disk is full") && !said.contains("os error"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_reader_that_goes_away_is_nobodys_error() {
    let folder = folder(STUDY);
    for arguments in ["--help", "models jansen_rit", "check study.toml --json"] {
        let line = format!("\"$0\" {arguments} | true; exit ${{PIPESTATUS[0]}}");
        let output = Command::new("bash")
            .args(["-c", &line, env!("CARGO_BIN_EXE_ictus")])
            .current_dir(folder.path())
            .output()
            .expect("bash");
        let (code, _, said) = texts(output);
        assert_eq!((code, said.as_str()), (0, ""), "{arguments}");
    }
}

#[test]
fn a_mistyped_path_is_the_callers_fault_and_says_so() {
    let folder = folder(STUDY);
    std::fs::write(folder.path().join("empty.nc"), "").expect("a file");
    std::fs::write(folder.path().join("text.nc"), "a text").expect("a file");
    std::fs::create_dir(folder.path().join("dir.nc")).expect("a folder");
    for (map, reason) in [
        ("none.nc", "there is no such file or folder"),
        ("study.toml/none.nc", "a part of the path is a file"),
        ("dir.nc", "it is a folder"),
        ("empty.nc", "it is empty"),
        ("text.nc", "it cannot be read as NetCDF"),
        ("/dev/null", "it is not a plain file"),
    ] {
        for arguments in [
            &["info", map][..],
            &["plot", map],
            &["report", map, "-o", "r.html"],
            &["diff", map, map],
            &["relabel", map, "--rules", "study.toml"],
            &["traces", map, "--sample", "1", "-o", "t.nc"],
        ] {
            let (code, _, said) = outcome(folder.path(), arguments);
            assert_eq!(code, 2, "{arguments:?}: {said}");
            // A folder stands for the map of its run.
            let is_of_run = ["plot", "report"].contains(&arguments[0]) && map == "dir.nc";
            let reason = if is_of_run { "there is no such file or folder" } else { reason };
            assert!(said.contains(reason), "{arguments:?}: {said}");
            assert!(!said.contains("os error") && !said.contains("the disk"), "{arguments:?}: {said}");
        }
    }
    for path in ["none", "none.ode", "none.toml", "dir.nc"] {
        for arguments in [
            &["check", path][..],
            &["run", path],
            &["map", path],
            &["status", path],
            &["export", "--xpp", path],
        ] {
            let (code, _, said) = outcome(folder.path(), arguments);
            assert_eq!(code, 2, "{arguments:?}: {said}");
            assert!(!said.contains("os error"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn words_of_a_stranger_command_no_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}";
    let folder = folder(STUDY);
    let name = format!("{hostile}.toml");
    for arguments in [&["check", &name][..], &["info", &name], &["plot", &name], &["--no-such\u{1b}[31m"]] {
        let (code, said, errors) = outcome(folder.path(), arguments);
        assert_eq!(code, 2, "{errors}");
        for text in [said, errors] {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
        }
    }
}

#[test]
fn a_model_that_a_link_leads_out_to_is_refused() {
    let folder = folder(STUDY);
    let other = tempfile::tempdir().expect("a folder");
    std::fs::write(other.path().join("secret.ode"), MODEL).expect("a file");
    std::fs::remove_file(folder.path().join("decay.ode")).expect("the model");
    std::os::unix::fs::symlink(other.path().join("secret.ode"), folder.path().join("decay.ode"))
        .expect("a link");
    let (code, _, said) = outcome(folder.path(), &["check", "study.toml"]);
    assert_eq!(code, 2);
    assert!(said.contains("lies outside the study's folder"), "{said}");
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let folder = folder(STUDY);
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "r", "--quiet"]).0, 0);
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("a file").file_name())
            .collect();
        names.sort();
        names
    };
    let before = names();
    for arguments in [
        "init new",
        "init .",
        "plot r/map.nc -o map.png",
        "plot r/map.nc -o map.svg",
        "report r/map.nc -o r.html",
        "traces r/map.nc --sample 1 -o t.nc",
        "relabel r/map.nc --rules study.toml -o again.nc",
        "export --xpp study.toml -o rest.ode",
    ] {
        // As a disk without room: no file takes a byte.
        let line = format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" {arguments}");
        let output = Command::new("bash")
            .args(["-c", &line, env!("CARGO_BIN_EXE_ictus")])
            .current_dir(folder.path())
            .output()
            .expect("bash");
        let (code, _, said) = texts(output);
        assert_eq!(code, 4, "{arguments}: {said}");
        assert!(!said.contains("os error"), "{arguments}: {said}");
        assert_eq!(names(), before, "{arguments}");
    }
    assert_eq!(outcome(folder.path(), &["init", "."]).0, 0, "nothing blocks the next try");
}

#[test]
fn a_run_whose_terminal_is_closed_can_be_resumed_unless_it_was_told_to_go_on() {
    // Minutes of work, of which a few frames are seen.
    let study = STUDY
        .replace("window = 10", "window = 4000")
        .replace("n = 4", "n = 4000")
        .replace("n = 3", "n = 300");
    let folder = folder(&study);
    // Whoever runs this test may ignore the signal too.
    for (option, goes_on) in [("--default-signal=HUP", false), ("--ignore-signal=HUP", true)] {
        let output = format!("r{goes_on}");
        let mut run = Command::new("env")
            .args([option, env!("CARGO_BIN_EXE_ictus"), "run", "study.toml", "--threads", "1", "--output"])
            .arg(&output)
            .current_dir(folder.path())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("env");
        let journals = folder.path().join(&output);
        wait_for_bytes(&journals, 20_000, &mut run);
        let signal = |name: &str| {
            let kill = Command::new("kill").args([name, &run.id().to_string()]).status();
            assert!(kill.expect("kill").success());
        };
        signal("-HUP");
        if goes_on {
            // It measures on, and says so in its journal.
            let bytes = bytes_of_journals(&journals);
            wait_for_bytes(&journals, bytes + 40_000, &mut run);
            assert!(run.try_wait().expect("a child").is_none(), "it goes on");
            let kill = Command::new("kill").args(["-TERM", &run.id().to_string()]).status();
            assert!(kill.expect("kill").success());
        }
        assert_eq!(run.wait().expect("an end").code(), Some(75), "{option}");
    }
}
