//! Points on curves as the program prints them. Knows nothing of which curves they are on.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Exit code, standard output, standard error.
pub(crate) fn outcome(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ictus"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

/// What `ictus curves` prints.
pub(crate) fn points(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["curves"], arguments, &["--json"]].concat();
    let (code, said, remarks) = outcome(folder, &arguments);
    assert_eq!(code, 0, "{remarks}");
    serde_json::from_str(&said).expect("a JSON array")
}

/// The points of a kind.
pub(crate) fn of_kind<'a>(points: &'a [Value], kind: &str) -> Vec<&'a Value> {
    points.iter().filter(|point| point["kind"] == kind).collect()
}

/// A value that is a number.
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
