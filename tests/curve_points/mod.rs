//! Points on curves as the program prints them. Knows nothing of which curves they are on.

#[path = "../outcome/mod.rs"]
mod outcome;

use std::path::Path;

pub(crate) use outcome::outcome;
use serde_json::Value;

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
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}
