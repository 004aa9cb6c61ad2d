//! The program as a person meets it: what it says, and the exit code a shell sees. Runs the real binary.

use std::path::Path;
use std::process::{Command, Output};

/// A model of one variable, whose studies take milliseconds.
const MODEL: &str = "\
#: Decay to a level
#: [1] rate of decay
par k=1
#: [1] drive
par a=0.5
init x=1
#: [1] what decays
x'=a-k*x
#@ time 1
#@ signal x
@ total=10,dt=0.1,meth=rk4,bound=100
done
";

/// A study of it.
const STUDY: &str = "\
title = \"Decay\"

[model]
file = \"decay.ode\"

[space.axes]
k = { from = 0.5, to = 2, n = 4 }
a = { from = 0, to = 1, n = 3 }

[time]
method = \"rk4\"
step = 0.1
transient = 10
window = 10

[observe]
features = [\"extrema\"]

[[regime]]
name = \"high\"
when = \"maximum > 0.5\"
";

fn folder(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("decay.ode"), MODEL).expect("the model");
    std::fs::write(folder.path().join("study.toml"), study).expect("the study");
    folder
}

fn ictus(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ictus"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts")
}

/// Exit code, standard output, standard error.
fn outcome(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = ictus(folder, arguments);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
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
    assert_wrong(&STUDY.replace("step = 0.1", "step = \"0.1 ms\""), &["has a unit", "write 0.1"]);
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
