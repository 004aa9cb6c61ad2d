//! Published studies of many parameters, in small: shares that were computed by other programs lie within what as few runs can tell.
//! Runs the real binary on the files of `configs/`.

mod outcome;

use std::path::Path;

use ictus::store::Container;
use outcome::outcome;

/// The map of a study of this project with other values.
fn map(folder: &Path, study: &str, overrides: &[&str]) -> Container {
    let study = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(study);
    let study = study.to_string_lossy().into_owned();
    let mut arguments = vec!["run", study.as_str(), "-o", "runs/study"];
    arguments.extend(overrides.iter().flat_map(|value| ["--set", value]));
    let (code, _, errors) = outcome(folder, &arguments);
    assert_eq!(code, 0, "{errors}");
    Container::open(&folder.join("runs/study/map.nc")).expect("a map")
}

/// The part of the numbers of which something is true.
fn share(numbers: &[f64], is_true: fn(f64) -> bool) -> f64 {
    numbers.iter().filter(|number| is_true(**number)).count() as f64 / numbers.len() as f64
}

#[track_caller]
fn assert_within(value: f64, wanted: f64, tolerance: f64) {
    assert!((value - wanted).abs() <= tolerance, "{value} instead of {wanted} +- {tolerance}");
}

#[test]
fn liley_rests_as_often_as_a_scan_along_the_potential_finds() {
    // The scan takes every he in [-95, 15] mV, hi from its own equation, and all changes of sign: over 8192 points of the same ranges
    // some equilibrium is stable at 0.909 of them, and the one of the lowest he at 0.894. Tolerances are three standard deviations of 2048
    // independent points, and for the second share the part of points where another equilibrium may be found first. At 0.091 of 65 536
    // points that one is stable and the least damped pair of its eigenvalues has 8 to 13 Hz.
    let folder = tempfile::tempdir().expect("a folder");
    let map = map(folder.path(), "liley_sensitivity.toml", &["space.design=\"sobol\"", "space.base=256"]);
    let rests = map.doubles("rests", &[0], &[2048]).expect("a column");
    assert_within(share(&rests, |rests| rests > 0.5), 0.909, 0.019);
    let growth = map.doubles("max_re", &[0], &[2048]).expect("a column");
    assert!(growth.iter().all(|growth| growth.is_finite()), "an equilibrium is always there");
    assert_within(share(&growth, |growth| growth < 0.0), 0.894, 0.025);
    let mode = map.doubles("mode", &[0], &[2048]).expect("a column");
    let alpha =
        growth.iter().zip(&mode).filter(|(growth, mode)| **growth < 0.0 && (8.0..13.0).contains(*mode));
    assert_within(alpha.count() as f64 / 2048.0, 0.091, 0.019);
}

#[test]
fn wendlings_column_rests_at_more_than_three_fifths_of_wide_ranges() {
    // 0.621 by 160 000 points of this study, 0.628 by 20 000 of another program. Three standard deviations of 1000 points.
    let folder = tempfile::tempdir().expect("a folder");
    let map = map(folder.path(), "wendling_ranking.toml", &["space.base=1000"]);
    let amplitude = map.doubles("amplitude", &[0], &[1000]).expect("a column");
    assert_within(share(&amplitude, |amplitude| amplitude < 0.1), 0.622, 0.046);
}
