//! What the program says and how it ends. Knows no verb.

#![allow(dead_code, reason = "every test program that includes this file uses its own part of it")]

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder: exit code, standard output, standard error.
pub(crate) fn outcome(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ictus"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    texts(output)
}

/// Exit code (-1 after a signal), standard output, standard error.
pub(crate) fn texts(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}
