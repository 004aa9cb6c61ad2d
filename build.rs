//! Notes the commit and the compiler, which every map names.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for place in [".git/HEAD", ".git/logs/HEAD"] {
        if std::path::Path::new(place).exists() {
            println!("cargo:rerun-if-changed={place}");
        }
    }
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    let compiler = said(&std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()), &["--version"]);
    println!("cargo:rustc-env=ICTUS_COMMIT={commit}");
    println!("cargo:rustc-env=ICTUS_COMPILER={compiler}");
}

/// What a command prints, `unknown` where it cannot.
fn said(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output().ok().filter(|output| output.status.success());
    let text =
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "unknown".to_owned() } else { text }
}
