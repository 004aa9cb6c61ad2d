//! XPPAUT as a reference: runs a model file in it and reads what it writes. Knows nothing of ictus.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What XPPAUT writes for a file: rows of the time, the variables and the auxiliaries, as f32; what it says instead where it
/// writes nothing.
pub(crate) fn try_xppaut(text: &str) -> Result<Vec<Vec<f64>>, String> {
    const LIMIT: Duration = Duration::from_secs(120);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("model.ode"), text).expect("a file");
    let log = std::fs::File::create(folder.path().join("log")).expect("a file");
    let mut child = Command::new("xppaut")
        .args(["model.ode", "-silent"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| {
            panic!("XPPAUT cannot be started ({error}); install it: apt-get install xppaut")
        });
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        assert!(start.elapsed() < LIMIT || child.kill().is_err(), "XPPAUT does not end\n{text}");
        std::thread::sleep(Duration::from_millis(5));
    }
    // It exits with 0 also when it fails; what counts is the output.
    read_rows(&folder.path().join("output.dat")).ok_or_else(|| {
        let log = std::fs::read(folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    })
}

fn read_rows(path: &Path) -> Option<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().map(|line| line.split_whitespace().map(|word| word.parse().ok()).collect()).collect()
}

/// Half the width of the band around a column in which another one agrees with it, `[row]`: a millionth of its range, and what
/// XPPAUT has rounded to f32 (whose smallest number is about 1e-38) and to eight digits.
pub(crate) fn bands(column: &[f64]) -> Vec<f64> {
    let finite = column.iter().filter(|value| value.is_finite());
    let (lowest, highest) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    column.iter().map(|value| 1e-6 * (highest - lowest).max(0.0) + 1.2e-7 * value.abs() + 1e-37).collect()
}
