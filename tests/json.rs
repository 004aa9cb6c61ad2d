//! Every verb that prints a result prints it with `--json` as one JSON document: numbers as numbers, what is undefined as null.
//! docs/json.md describes each. Runs the real binary.

mod decay;
mod outcome;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use decay::STUDY;
use outcome::outcome;

/// A design of the decay's rate and start.
const DESIGN: &str = "[model]\nfile = \"decay.ode\"\n[space]\ndesign = \"saltelli\"\nbase = 8\n[space.parameters]\n\
                      k = { uniform = [0.5, 2.0] }\na = { uniform = [0.0, 1.0] }\n[time]\nstep = 0.1\ntransient = 1\nwindow = 4\n";

/// What a verb prints with `--json`, and nothing else on its standard output.
#[track_caller]
fn printed(folder: &Path, arguments: &[&str]) -> Value {
    let (code, said, errors) = outcome(folder, &[arguments, &["--json"]].concat());
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{arguments:?}: {error} in {said}"))
}

/// The keys of an object, or of the first of an array of objects.
fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_array().map_or(Some(value), |list| list.first());
    object.and_then(Value::as_object).map(|own| own.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// Whether a number stands somewhere as a text.
fn number_as_text(value: &Value) -> Option<String> {
    match value {
        // Times, versions and names of folders are texts that may look like numbers; those of points and features may not.
        Value::String(text) if text.parse::<f64>().is_ok() => Some(text.clone()),
        Value::Array(list) => list.iter().find_map(number_as_text),
        Value::Object(own) => own.values().find_map(number_as_text),
        _ => None,
    }
}

#[test]
fn every_verb_prints_its_result_as_json() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    decay::write(folder, STUDY);
    std::fs::write(folder.join("design.toml"), DESIGN).expect("a file");
    std::fs::write(folder.join("cluster.toml"), "scheduler = \"pbs\"\ncores_per_node = 2\n").expect("a file");

    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut verb = |arguments: &[&'static str], wanted: &[&str]| {
        let value = printed(folder, arguments);
        let found = keys(&value);
        for key in wanted {
            assert!(found.contains(key), "{arguments:?}: no `{key}` among {found:?}");
        }
        seen.insert(arguments[0]);
        value
    };
    assert_eq!(verb(&["init", "new"], &["files"])["files"][0], "new/my_study.toml");
    let checked = verb(&["check", "study.toml"], &["file", "ok", "summary", "complaints"]);
    assert_eq!(checked[0]["ok"], true);
    assert_eq!(verb(&["plan", "study.toml"], &["points", "seconds", "memory_bytes"])["points"], 12);
    assert_eq!(verb(&["run", "study.toml", "--output", "r"], &["map", "points", "regimes"])["computed"], 12);
    verb(&["run", "design.toml", "--output", "d"], &["map", "elsewhere", "statuses"]);
    verb(&["submit", "study.toml", "--profile", "cluster.toml", "--dry-run"], &["script_text", "cluster"]);
    assert_eq!(verb(&["status", "r"], &["state", "points", "done"])["state"], "finished");
    assert_eq!(verb(&["map", "r", "-o", "again.nc"], &["map"])["map"], "again.nc");
    verb(&["run", "study.toml", "--output", "r2"], &["map"]);
    let merged = verb(&["merge", "r", "r2", "-o", "m"], &["folder", "map", "points", "done", "overrides"]);
    assert_eq!((&merged["points"], &merged["done"]), (&json!(12), &json!(12)));
    verb(&["point", "study.toml"], &["point", "status", "regime", "features", "rules"]);
    assert_eq!(verb(&["traces", "r/map.nc", "--sample", "2"], &["file", "traces"])["traces"], 2);
    verb(&["models"], &["name", "title"]);
    verb(&["models", "wendling"], &["parameters", "equations", "regimes"]);
    verb(&["info", "r/map.nc"], &["points", "axes", "regimes", "unmatched"]);
    verb(&["boundary", "r/map.nc", "-o", "b.csv"], &["file", "points", "touch_unsettled"]);
    verb(&["report", "r/map.nc"], &["file", "bytes", "coarser_quantities"]);
    verb(&["sense", "r"], &[]);
    verb(&["sense", "d"], &[]);
    verb(&["curves", "study.toml", "--along", "k"], &[]);
    let same = verb(&["diff", "r/map.nc", "again.nc"], &["variables", "regimes"]);
    assert_eq!(same["only_in_first"], json!([]));
    assert_eq!(
        verb(&["relabel", "r/map.nc", "--rules", "study.toml", "-o", "b.nc"], &["map"])["map"],
        "b.nc"
    );
    let design = verb(&["design", "design.toml", "-o", "d.csv"], &["file", "inputs", "runs"]);
    // Saltelli's design without S2 has A, B and one block an input: 8 (2 + 2) runs a replicate.
    let replicates = design["replicates"].as_u64().expect("a number");
    assert_eq!((&design["inputs"], design["runs"].as_u64()), (&json!(["k", "a"]), Some(32 * replicates)));
    verb(&["doctor"], &["version", "netcdf", "disk_free_bytes"]);

    // Whatever verb the program has is here, but for those whose result is a file's text or a picture.
    let help = Command::new(env!("CARGO_BIN_EXE_ictus")).arg("--help").output().expect("the help");
    let help = String::from_utf8(help.stdout).expect("text");
    let verbs =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let verbs = verbs.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let verbs: BTreeSet<&str> = verbs.filter_map(|line| line.split_whitespace().next()).collect();
    let without = BTreeSet::from(["completions", "export", "help", "plot"]);
    let left: Vec<&&str> = verbs.difference(&seen).filter(|verb| !without.contains(*verb)).collect();
    assert!(left.is_empty() && verbs.len() > 20, "no test of --json: {left:?} of {verbs:?}");
    let page = std::fs::read_to_string("docs/json.md").expect("the page");
    for verb in &seen {
        assert!(page.contains(&format!("`{verb}`")), "docs/json.md does not describe `{verb}`");
    }
}

#[test]
fn numbers_are_numbers_and_what_is_undefined_is_null() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    decay::write(folder, STUDY);
    // A decay has no cycles, so its frequency is undefined.
    let study = STUDY.replace("features = [", "features = [\"cycles\", ");
    assert!(study.contains("cycles"), "{study}");
    std::fs::write(folder.join("study.toml"), study).expect("a file");
    let point = printed(folder, &["point", "study.toml", "k=0.5"]);
    assert_eq!(point["point"]["k"], json!(0.5));
    assert_eq!(point["features"]["frequency"], Value::Null, "{point}");
    assert!(point["features"]["maximum"].is_f64(), "{point}");
    assert_eq!(number_as_text(&point["point"]).or(number_as_text(&point["features"])), None, "{point}");
}

#[test]
fn a_failure_prints_no_json_and_says_why() {
    let place = tempfile::tempdir().expect("a folder");
    for arguments in
        [&["info", "none.nc", "--json"][..], &["run", "none.toml", "--json"], &["status", "none", "--json"]]
    {
        let (code, said, errors) = outcome(place.path(), arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.starts_with("error"), "{arguments:?}: {errors}");
    }
}
