//! `ictus sense`: the indices of finished maps against values worked out by hand and a published closed form, and what is said where there
//! are none. Runs the real binary.

mod decay;
mod outcome;

use std::path::Path;

use decay::STUDY;
use ictus::store::Container;
use outcome::outcome;
use serde_json::Value;

/// Where a decay is called high: of rates k (rows) 0.5, 1, 1.5, 2 and drives a (columns) 0, 0.5, 1 those with a/k > 0.45,
///     0 1 1
///     0 1 1
///     0 0 1
///     0 0 1
fn study() -> String {
    STUDY.replace("maximum > 0.5", "maximum > 0.45")
}

const MAP: &str = "runs/study/map.nc";

fn finished(study: &str, overrides: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), study);
    let (code, _, errors) = outcome(folder.path(), &[&["run", "study.toml"], overrides].concat());
    assert_eq!(code, 0, "{errors}");
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let (code, said, errors) = outcome(folder, &[&["sense", MAP, "--json"], arguments].concat());
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str(&said).expect("JSON")
}

fn of<'a>(objects: &'a [Value], output: &str, parameter: &str) -> &'a Value {
    let found = objects.iter().find(|object| {
        object["output"] == output && object["parameter"] == parameter && object.get("parameter_2").is_none()
    });
    found.unwrap_or_else(|| panic!("{output} of {parameter} is not in {objects:?}"))
}

#[track_caller]
fn assert_near(found: &Value, expected: f64, tolerance: f64) {
    let number = found.as_f64().unwrap_or_else(|| panic!("{found} is not a number"));
    assert!((number - expected).abs() < tolerance, "{number} instead of {expected}");
}

#[test]
fn a_full_grid_has_the_indices_of_an_analysis_of_variance_by_hand() {
    let folder = finished(&study(), &[]);
    let before = std::fs::read(folder.path().join(MAP)).expect("the map");
    let objects = json(folder.path(), &[]);
    // Mean 1/2, V = 1/4. Means of rows 2/3, 2/3, 1/3, 1/3: V_k = 1/36. Means of columns 0, 1/2, 1: V_a = 1/6.
    let (k, a) = (of(&objects, "high", "k"), of(&objects, "high", "a"));
    for (object, first, total, shapley) in
        [(k, 1.0 / 9.0, 1.0 / 3.0, 2.0 / 9.0), (a, 2.0 / 3.0, 8.0 / 9.0, 7.0 / 9.0)]
    {
        assert_near(&object["S1"], first, 1e-10);
        assert_near(&object["ST"], total, 1e-10);
        assert_near(&object["Shapley"], shapley, 1e-10);
        assert_eq!((&object["S1_half"], &object["ST_half"]), (&0.0.into(), &0.0.into()));
        assert_eq!((&object["n"], &object["dropped"]), (&12.into(), &0.into()));
        assert_eq!((&object["estimator"], &object["at"]), (&"anova".into(), &serde_json::json!({})));
    }
    let pair = objects.iter().find(|object| object["output"] == "high" && object["parameter_2"] == "a");
    assert_near(&pair.expect("a pair")["S2"], 2.0 / 9.0, 1e-10);
    // Nothing seizes, nothing diverges: constants have no number.
    for output in ["seizing", "diverged", "oscillation", "steps"] {
        assert_eq!(
            (&of(&objects, output, "k")["S1"], &of(&objects, output, "k")["ST"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert_eq!(
        std::fs::read(folder.path().join(MAP)).expect("the map"),
        before,
        "a finished map is not changed"
    );
}

#[test]
fn all_regimes_together_weigh_each_by_its_variance() {
    let folder = finished(&study(), &[]);
    let map = ictus::store::map::Map::open(&folder.path().join(MAP)).expect("the map");
    let regimes = map.regime(&[0, 0], &[4, 3]).expect("regimes");
    let (mut whole, mut of_rows, mut of_columns) = (0.0, 0.0, 0.0);
    for label in 0..map.labels().len() {
        let share = |points: &[u8]| {
            points.iter().filter(|&&point| usize::from(point) == label).count() as f64 / points.len() as f64
        };
        let mean = share(&regimes);
        whole += mean * (1.0 - mean);
        of_rows += regimes.chunks(3).map(|row| (share(row) - mean).powi(2)).sum::<f64>() / 4.0;
        let column = |number| regimes.iter().skip(number).step_by(3).copied().collect::<Vec<u8>>();
        of_columns += (0..3).map(|number| (share(&column(number)) - mean).powi(2)).sum::<f64>() / 3.0;
    }
    assert!(
        map.labels().len() > 2 && regimes.iter().max() > Some(&1),
        "more than two regimes occur: {regimes:?}"
    );
    let objects = json(folder.path(), &["--of", "regimes"]);
    for (parameter, first, total) in
        [("k", of_rows / whole, 1.0 - of_columns / whole), ("a", of_columns / whole, 1.0 - of_rows / whole)]
    {
        assert_near(&of(&objects, "regimes", parameter)["S1"], first, 1e-10);
        assert_near(&of(&objects, "regimes", parameter)["ST"], total, 1e-10);
    }
}

#[test]
fn a_feature_has_the_indices_of_its_values_in_the_map() {
    let folder = finished(&study(), &[]);
    let map = ictus::store::map::Map::open(&folder.path().join(MAP)).expect("the map");
    let values = map.slab(map.feature("maximum").expect("a feature"), &[0, 0], &[4, 3]).expect("values");
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance =
        |values: &[f64]| mean(&values.iter().map(|value| (value - mean(values)).powi(2)).collect::<Vec<_>>());
    let rows: Vec<f64> = values.chunks(3).map(mean).collect();
    let columns: Vec<f64> = (0..3)
        .map(|column| mean(&values.iter().skip(column).step_by(3).copied().collect::<Vec<_>>()))
        .collect();
    let (whole, k, a) = (variance(&values), variance(&rows), variance(&columns));
    let objects = json(folder.path(), &["--of", "MAXIMUM"]);
    assert!(objects.iter().all(|object| object["output"] == "maximum"), "{objects:?}");
    assert_near(&of(&objects, "maximum", "k")["S1"], k / whole, 1e-10);
    assert_near(&of(&objects, "maximum", "a")["S1"], a / whole, 1e-10);
    assert_near(&of(&objects, "maximum", "k")["ST"], 1.0 - a / whole, 1e-10);
    assert_near(&of(&objects, "maximum", "a")["ST"], 1.0 - k / whole, 1e-10);
}

#[test]
fn an_axis_is_an_input_unless_it_is_held() {
    let states = "\n[initial.states]\nlow = { x = 0 }\nfar = { x = 50 }\n";
    let folder = finished(&(study() + states), &[]);
    let all = json(folder.path(), &[]);
    // Where a decay ends does not depend on where it starts; how high it still is does.
    assert_eq!(
        (&of(&all, "high", "start")["S1"], &of(&all, "high", "start")["ST"]),
        (&0.0.into(), &0.0.into())
    );
    assert_near(&of(&all, "high", "k")["ST"], 1.0 / 3.0, 1e-10);
    assert!(of(&all, "maximum", "start")["ST"].as_f64().expect("a number") > 0.0);
    let held = json(folder.path(), &["--at", "start=low", "--of", "high", "--of", "maximum"]);
    assert_eq!(of(&held, "high", "k")["at"], serde_json::json!({ "start": "low" }));
    assert_near(&of(&held, "high", "k")["S1"], 1.0 / 9.0, 1e-10);
    assert!(held.iter().all(|object| object["n"] == 12 && object["parameter"] != "start"), "{held:?}");
    let line = json(folder.path(), &["--at", "start=low", "--at", "k=0.5", "--of", "high"]);
    assert_eq!(
        (&of(&line, "high", "a")["ST"], &of(&line, "high", "a")["at"]["k"]),
        (&1.0.into(), &0.5.into())
    );
}

#[test]
fn excluded_points_leave_the_measures_of_groups_and_the_reason() {
    // Three of the twelve points are excluded; of the others 4 of 9 are high, V = 20/81.
    let folder = finished(&study(), &["--set", "space.where=\"a + k < 2.4\""]);
    let objects = json(folder.path(), &["--of", "high"]);
    // Means of rows 2/3 (of 3), 2/3 (of 3), 0 (of 2), 0 (of 1): 8/81. Means of columns 0 (of 4), 2/3 (of 3), 1 (of 2): 14/81.
    for (parameter, first) in [("k", 0.4), ("a", 0.7)] {
        let object = of(&objects, "high", parameter);
        assert_near(&object["S1"], first, 1e-10);
        assert_eq!((&object["ST"], &object["Shapley"]), (&Value::Null, &Value::Null));
        assert_eq!(
            (&object["n"], &object["dropped"], &object["estimator"]),
            (&9.into(), &0.into(), &"groups".into())
        );
    }
    let (code, said, _) = outcome(folder.path(), &["sense", MAP]);
    assert_eq!(code, 0);
    assert!(said.contains("excludes 3 points: the inputs are not independent"), "{said}");
}

#[test]
fn what_could_not_be_told_is_counted_in_three_ways_and_failures_are_always_said() {
    // Drives 0, 50, 100: all points of the first are low, all of the second high, and of the third those that do not leave the bound of 100,
    // which is where the rate is 0.5.
    let study = study().replace("from = 0, to = 1, n = 3", "from = 0, to = 100, n = 3").replace(
        "name = \"high\"",
        "name = \"low\"\nwhen = \"maximum <= 0.45\"\n\n[[regime]]\nname = \"high\"\nseizing = true",
    );
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), &study);
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml"]);
    assert_eq!(code, 0, "{errors}");
    let objects = json(folder.path(), &[]);
    // As 0: mean 7/12, V = 35/144; means of columns 0, 1, 3/4 and of rows 1/3, 2/3, 2/3, 2/3.
    assert_near(&of(&objects, "seizing", "a")["S1"], 26.0 / 35.0, 1e-10);
    assert_near(&of(&objects, "seizing", "k")["S1"], 3.0 / 35.0, 1e-10);
    // As 1, and left out, the drive alone tells.
    for (output, points) in [("seizing_unknown_as_1", 12), ("seizing_unknown_left_out", 11)] {
        assert_near(&of(&objects, output, "a")["S1"], 1.0, 1e-10);
        assert_eq!(of(&objects, output, "a")["n"], points);
    }
    assert_eq!(of(&objects, "seizing_unknown_as_1", "k")["ST"], 0.0);
    let (code, said, _) = outcome(folder.path(), &["sense", MAP, "--of", "high"]);
    assert_eq!(code, 0);
    assert!(said.contains("\ndiverged   mean 0.083333"), "{said}");
    let (code, said, _) = outcome(folder.path(), &["sense", MAP]);
    assert_eq!(code, 0);
    assert!(
        said.contains("8.333 % of the points are unclassified") && said.contains("is the same in all three"),
        "{said}"
    );
}

#[test]
fn a_map_that_is_not_finished_is_refused() {
    let folder = finished(&study(), &[]);
    // A journal that lost its end, as after a power loss, and the map of what is left.
    let run = folder.path().join("runs/study");
    for entry in std::fs::read_dir(run.join("journals")).expect("the journals") {
        let path = entry.expect("a journal").path();
        let bytes = std::fs::read(&path).expect("a journal");
        std::fs::write(&path, &bytes[..bytes.len() * 3 / 4]).expect("a shorter journal");
    }
    std::fs::remove_file(run.join("map.nc")).expect("the map");
    let (code, _, errors) = outcome(folder.path(), &["map", "runs/study", "--partial"]);
    assert_eq!(code, 0, "{errors}");
    let (code, said, errors) = outcome(folder.path(), &["sense", MAP]);
    assert_eq!((code, said.as_str()), (2, ""), "{errors}");
    assert!(
        errors.contains("points of the map are not computed yet; finish it with `ictus run`"),
        "{errors}"
    );
    assert!(!run.join("sense.nc").exists(), "nothing is written");
}

#[test]
fn the_table_has_bars_and_the_file_has_what_is_printed() {
    let folder = finished(&study(), &[]);
    // A run's folder stands for its map.
    let (code, said, errors) = outcome(folder.path(), &["sense", "runs/study", "--of", "high"]);
    assert_eq!(code, 0, "{errors}");
    for wanted in [
        "k                  0.1111   0.3333   0.2222  ███░░░░░\n",
        "pairs (S2): k x a 0.2222",
        "exact",
        "3 values from 0 to 1",
    ] {
        assert!(said.contains(wanted), "`{wanted}` is not in\n{said}");
    }
    let file = Container::open(&folder.path().join("runs/study/sense.nc")).expect("the file of indices");
    let total = file.doubles("ST", &[0, 0], &[1, 2]).expect("ST");
    assert!((total[0] - 1.0 / 3.0).abs() < 1e-10 && (total[1] - 8.0 / 9.0).abs() < 1e-10, "{total:?}");
    let pairs = file.doubles("S2_high", &[0, 0, 0], &[1, 2, 2]).expect("S2_high");
    assert!(
        pairs[0].is_nan() && pairs[1].to_bits() == pairs[2].to_bits() && (pairs[1] - 2.0 / 9.0).abs() < 1e-10
    );
    let map = ictus::store::map::Map::open(&folder.path().join(MAP)).expect("the map");
    let hash = map.attribute("identity_hash").expect("a hash");
    assert!(file.attributes().contains(&("identity_hash".into(), hash.into())), "{:?}", file.attributes());
}

#[test]
fn two_regions_have_the_indices_of_their_closed_form() {
    // Stable where k < 1 and sigma < (1 + k)/2 (Fagerholm et al. 2020, PLoS Comput Biol 16:e1008448), of k in [0, 1.5] and sigma in [0, 2]
    // a quarter: V = 3/16. E(stable | k) = (1 + k)/4 below 1, whose variance is 5/144; E(stable | sigma) = 2/3 below 1/2 and (2 - 2 sigma)/1.5 up
    // to 1, of variance 37/432. So S1 = 5/27 and 37/81. A grid of 200 x 150 cell centres is that to about the inverse of its sides.
    let folder = tempfile::tempdir().expect("a folder");
    let study = std::fs::read_to_string("configs/two_region_stability.toml").expect("the study");
    std::fs::write(folder.path().join("study.toml"), study).expect("the study");
    let run =
        ["run", "study.toml", "--set", "time.transient=20", "--set", "time.window=5", "-o", "runs/study"];
    let (code, _, errors) = outcome(folder.path(), &run);
    assert_eq!(code, 0, "{errors}");
    let objects = json(folder.path(), &["--of", "stable"]);
    for (parameter, first, total) in [("k", 5.0 / 27.0, 44.0 / 81.0), ("sigma", 37.0 / 81.0, 22.0 / 27.0)] {
        assert_near(&of(&objects, "stable", parameter)["S1"], first, 2e-3);
        assert_near(&of(&objects, "stable", parameter)["ST"], total, 2e-3);
    }
}

#[test]
fn a_wrong_question_ends_with_2_and_its_remedy() {
    let folder = finished(&study(), &[]);
    for (arguments, wanted) in [
        (&["--of", "hihg"][..], "did you mean `high`?"),
        (&["--of", "diverged_at"], "give its value there with --fill"),
        (&["--at", "k=0.5", "--at", "k=1"], "the axis `k` is held twice"),
        (&["--at", "k=0.5", "--at", "a=1"], "nothing varies"),
        (&["--at", "q=1"], "the map has no axis `q`"),
        (&["--fill", "nan"], "not a finite number"),
        (&["-o", MAP], "is the map itself"),
        (&["-o", "nowhere/sense.nc"], "name another file"),
    ] {
        let (code, said, errors) = outcome(folder.path(), &[&["sense", MAP], arguments].concat());
        assert_eq!(code, 2, "{arguments:?}: {errors}");
        assert!(errors.contains(wanted) && said.is_empty(), "{arguments:?}: `{wanted}` is not in {errors}");
    }
    let filled = json(folder.path(), &["--of", "diverged_at", "--fill", "-1"]);
    assert_eq!(
        (&of(&filled, "diverged_at", "k")["n"], &of(&filled, "diverged_at", "k")["S1"]),
        (&12.into(), &Value::Null)
    );
}
