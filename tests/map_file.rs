//! What stands in a map: the same as in the rows it was made from, under the names, units and flags that readers need.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;

use std::path::Path;

use formula::{Formula, LABELS, classify, complete, describe, measure, open, space, variables};
use ictus::experiment::Status;
use ictus::schedule::Stop;
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
use ictus::store::map::{Description, Map, Recipe, write};
use ictus::store::{Attribute, CellRows, Container, ContainerWriter, Storage, StoreError, Values, Variable};
use ictus::table::Quantity;

fn column(name: &str, unit: &str, scale: Scale) -> AxisColumn {
    AxisColumn {
        quantity: Quantity::real(name, unit, format!("the {name}")),
        scale,
        placement: Placement::Ends,
    }
}

/// All values of an axis' own column.
fn values_of_axis(map: &Map, axis: usize) -> Vec<f64> {
    map.values(axis, 0, 0..map.shape()[axis]).unwrap()
}

/// Writes a map whose rows are the formula's.
fn write_formula(description: &Description, path: &Path) {
    let mut rows = |cell: &ictus::space::Cell| {
        let table = description.space.table(cell, 0, cell.points() as u32);
        let rows = ictus::experiment::Experiment::measure(&Formula::new(), &table);
        let status = rows.status.iter().map(|&status| status as u8).collect();
        Ok(CellRows { status, features: rows.features.into_columns() })
    };
    let recipe = Recipe { description, rows: &mut rows, classify: &classify, watch: &mut |_, _| true };
    write(recipe, path).unwrap().unwrap();
}

#[test]
fn a_map_reads_back_as_it_was_measured() {
    let place = tempfile::tempdir().unwrap();
    // Cells of several sizes, in three dimensions.
    let space = space(&[50, 70, 90]);
    complete(&Formula::new(), &space, place.path(), 2);
    let map = Map::open(&place.path().join("map.nc")).unwrap();
    assert_eq!(map.shape(), [50, 70, 90]);
    assert_eq!(map.labels().iter().map(|label| label.name.as_str()).collect::<Vec<_>>(), LABELS);
    assert!(map.labels()[2].seizing && !map.labels()[1].seizing);
    assert_eq!(map.features(), Formula::new().quantities);
    assert_eq!(map.fixed(), [(Quantity::real("gain", "mV", "a fixed parameter"), 3.25)]);
    assert_eq!(map.attribute("title"), Some("A formula"));
    assert_eq!(map.chunk().unwrap(), space.cells().extent());
    for (number, axis) in space.axes().iter().enumerate() {
        let expected: Vec<f64> = (0..axis.length()).map(|index| axis.value(0, index)).collect();
        assert_eq!(values_of_axis(&map, number), expected);
        assert_eq!(map.axes()[number].columns[0], axis.columns()[0].quantity);
    }
    let rows = map.rows(&[0, 0, 0], &[50, 70, 90]).unwrap();
    let regimes = map.regime(&[0, 0, 0], &[50, 70, 90]).unwrap();
    for point in 0..space.points() {
        let (status, features) = Formula::row(&space.values(&space.coordinates(point)));
        let point = point as usize;
        assert_eq!(rows.status[point], status as u8);
        assert_eq!(regimes[point], classify(status as u8, &features));
        for (column, value) in rows.features.iter().zip(features) {
            assert_eq!(column[point].to_bits(), value.to_bits());
        }
    }
    // A slab is a part of the whole.
    let slab = map.slab(map.feature("HEIGHT").unwrap(), &[49, 10, 5], &[1, 2, 3]).unwrap();
    let at = |j: u64, k: u64| rows.features[0][space.point(&[49, j, k]) as usize];
    assert_eq!(slab, [at(10, 5), at(10, 6), at(10, 7), at(11, 5), at(11, 6), at(11, 7)]);
}

#[test]
fn linked_listed_logarithmic_and_labelled_axes_read_back() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.nc");
    let linked = vec![
        column("a", "mV", Scale::Log { from: 1.0, to: 100.0 }),
        column("b", "1/s", Scale::Linear { from: 5.0, to: 1.0 }),
    ];
    let start = Quantity::real("start", "1", "initial state");
    let axes = vec![
        Axis::new(linked, 3).unwrap(),
        Axis::new(vec![column("init.y0", "mV", Scale::List(vec![4.0, 1.0]))], 2).unwrap(),
        Axis::labelled(start, vec!["rest".into(), "excited state".into()]).unwrap(),
    ];
    let space = Space::new(axes).unwrap();
    write_formula(&Description { space, ..describe(&formula::space(&[1])) }, &path);
    let map = Map::open(&path).unwrap();
    let names: Vec<Vec<&str>> = map
        .axes()
        .iter()
        .map(|axis| axis.columns.iter().map(|column| column.name.as_str()).collect())
        .collect();
    assert_eq!(names, [vec!["a", "b"], vec!["init.y0"], vec!["start"]]);
    assert_eq!(map.axes()[1].name, "init_y0");
    assert!(map.axes()[0].is_logarithmic && !map.axes()[1].is_logarithmic);
    assert_eq!(values_of_axis(&map, 0), [1.0, 10.0, 100.0]);
    assert_eq!(map.values(0, 1, 0..3).unwrap(), [5.0, 3.0, 1.0]);
    assert_eq!(values_of_axis(&map, 1), [4.0, 1.0]);
    assert_eq!(values_of_axis(&map, 2), [0.0, 1.0]);
    assert_eq!(map.axes()[2].labels, ["rest", "excited state"]);
    let file = Container::open(&path).unwrap();
    let attributes = file.attributes_of("regime").unwrap();
    assert!(attributes.contains(&("coordinates".into(), "b".into())), "{attributes:?}");
}

#[test]
fn names_that_would_clash_without_regard_to_case_are_told_apart() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.nc");
    let scale = || Scale::Linear { from: 0.0, to: 1.0 };
    let space = Space::new(vec![Axis::new(vec![column("Height", "1", scale())], 3).unwrap()]).unwrap();
    let fixed =
        vec![(Quantity::real("REGIME", "1", "a parameter"), 1.0), (Quantity::real("STEPS", "1", ""), 2.0)];
    write_formula(&Description { space, fixed, ..describe(&formula::space(&[1])) }, &path);
    let file = Container::open(&path).unwrap();
    let names: Vec<String> = file.variables();
    for wanted in ["height", "Height_parameter", "regime", "REGIME_parameter", "steps", "STEPS_parameter"] {
        assert!(names.iter().any(|name| name == wanted), "{wanted} in {names:?}");
    }
    let map = Map::open(&path).unwrap();
    assert_eq!(map.axes()[0].columns[0].name, "Height");
    assert_eq!(map.fixed()[0].0.name, "REGIME");
}

#[test]
fn flags_have_no_fill_value_and_features_have_units() {
    let place = tempfile::tempdir().unwrap();
    complete(&Formula::new(), &space(&[5, 6]), place.path(), 1);
    let file = Container::open(&place.path().join("map.nc")).unwrap();
    let get = |variable: &str, name: &str| {
        let attributes = file.attributes_of(variable).unwrap();
        attributes.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    };
    for flag in ["regime", "status", "is_high"] {
        assert_eq!(get(flag, "_FillValue"), None, "a reader would make floats of {flag}");
    }
    assert_eq!(get("regime", "flag_values"), Some(Attribute::Bytes(vec![0, 1, 2, 3])));
    assert_eq!(get("regime", "flag_meanings"), Some("failed low high not_computed".into()));
    assert_eq!(get("regime", "seizing"), Some(Attribute::Bytes(vec![0, 0, 1, 0])));
    assert_eq!(get("height", "units"), Some("mV".into()));
    assert_eq!(get("x0", "units"), Some("1/s".into()));
    let Some(Attribute::Doubles(share)) = get("regime", "share") else { panic!("shares of the regimes") };
    assert!((share.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn a_partial_map_says_what_is_not_computed() {
    let place = tempfile::tempdir().unwrap();
    let space = space(&[400, 500]);
    let mut folder = open(place.path(), &space);
    let stop = Stop::new();
    let slow = Formula { rounds: 2_000, ..Formula::new() };
    let mut watch = |progress: &ictus::schedule::Progress| {
        if progress.computed > 0 {
            stop.request();
        }
    };
    measure(&slow, &space, &mut folder, 2, &stop, &mut watch).unwrap();
    let path = folder.map();
    let summary = folder.consolidate(&describe(&space), &classify, &path, &mut |_, _| true).unwrap().unwrap();
    let missing = space.points() - folder.finished().points();
    assert!(missing > 0);
    assert_eq!(summary.statuses[Status::NotComputed as usize], missing);
    assert_eq!(summary.regimes[3], missing);
    let map = Map::open(&path).unwrap();
    let rows = map.rows(&[0, 0], &[400, 500]).unwrap();
    let absent: Vec<bool> = rows.status.iter().map(|&status| status == Status::NotComputed as u8).collect();
    assert_eq!(absent.iter().filter(|&&is_absent| is_absent).count() as u64, missing);
    for column in &rows.features {
        assert!(absent.iter().zip(column).all(|(&is_absent, value)| !is_absent || value.is_nan()));
    }
}

#[test]
fn a_map_made_again_from_a_map_has_the_same_variables() {
    let place = tempfile::tempdir().unwrap();
    let space = space(&[300, 500]);
    complete(&Formula::new(), &space, place.path(), 2);
    let (first, second) = (place.path().join("map.nc"), place.path().join("again.nc"));
    let map = Map::open(&first).unwrap();
    let mut rows = |cell: &ictus::space::Cell| map.rows(cell.origin(), cell.extent());
    let description = describe(&space);
    let recipe =
        Recipe { description: &description, rows: &mut rows, classify: &classify, watch: &mut |_, _| true };
    write(recipe, &second).unwrap().unwrap();
    assert!(variables(&first) == variables(&second));
}

#[test]
fn a_stopped_writing_leaves_no_map() {
    let place = tempfile::tempdir().unwrap();
    let space = space(&[600, 700]);
    let mut folder = open(place.path(), &space);
    measure(&Formula::new(), &space, &mut folder, 2, &Stop::new(), &mut |_| ()).unwrap();
    let path = folder.map();
    let written = folder.consolidate(&describe(&space), &classify, &path, &mut |done, _| done < 2).unwrap();
    assert_eq!(written, None);
    let names = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.filter(|name| name.to_str().unwrap().contains("map")).count() == 0);
}

#[test]
fn a_run_whose_folder_was_removed_says_so_where_it_would_write_the_map() {
    let place = tempfile::tempdir().unwrap();
    let space = space(&[600, 700]);
    let run = place.path().join("run");
    let mut folder = open(&run, &space);
    measure(&Formula::new(), &space, &mut folder, 2, &Stop::new(), &mut |_| ()).unwrap();
    let path = folder.map();
    std::fs::remove_dir_all(&run).unwrap();
    let error = folder.consolidate(&describe(&space), &classify, &path, &mut |_, _| true).unwrap_err();
    assert!(matches!(error, StoreError::Gone { .. }) && !error.is_callers_fault(), "{error}");
    assert!(!run.exists(), "nothing is made anew");
}

#[test]
fn a_text_of_a_megabyte_fits_into_an_attribute() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.nc");
    let text = "a line of a study: é\n".repeat(50_000);
    let attributes = vec![("study".to_owned(), text.clone())];
    write_formula(&Description { attributes, ..describe(&space(&[3])) }, &path);
    assert_eq!(Map::open(&path).unwrap().attribute("study"), Some(text.as_str()));
}

#[test]
fn a_file_that_is_not_a_map_is_refused_clearly() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("other.nc");
    let refused = |wanted: &str| {
        let error = Map::open(&path).unwrap_err();
        assert!(error.is_callers_fault() && matches!(error, StoreError::NotAMap { .. }), "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
    };
    std::fs::write(&path, "not a map at all").unwrap();
    refused("cannot be read as NetCDF");
    ictus::store::ContainerWriter::create(&path).unwrap().close().unwrap();
    refused("no variable `regime`");
    let missing = Map::open(&place.path().join("nothing.nc")).unwrap_err();
    assert!(missing.to_string().contains("there is no such file"), "{missing}");
}

/// Of every byte of a map one bit is turned, in turns: such a file is read, or refused as a map, and nothing else happens.
#[test]
fn a_map_with_a_bit_turned_is_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, damaged) = (folder.path().join("map.nc"), folder.path().join("damaged.nc"));
    write_formula(&describe(&space(&[7, 5])), &path);
    let bytes = std::fs::read(&path).expect("a map");
    let (mut read, mut refused) = (0, 0);
    for place in (0..bytes.len()).step_by(61) {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&damaged, bytes).expect("a file");
        let all = Map::open(&damaged).and_then(|map| {
            let shape = map.shape();
            if shape.iter().product::<u64>() > 1000 {
                return Ok(());
            }
            map.regime(&vec![0; shape.len()], &shape)?;
            (0..map.features().len())
                .try_for_each(|own| map.slab(own, &vec![0; shape.len()], &shape).map(|_| ()))
        });
        match all {
            Ok(()) => read += 1,
            Err(error) => {
                assert!(error.is_callers_fault(), "bit of byte {place}: {error}");
                refused += 1;
            }
        }
    }
    assert!(read > 50 && refused > 5, "{read} read, {refused} refused");
}

#[test]
fn a_map_that_another_program_holds_open_is_said_to_be_held() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.nc");
    write_formula(&describe(&space(&[3])), &path);
    // What HDF5 does to a file that it writes.
    let writer = std::fs::File::open(&path).unwrap();
    writer.lock().unwrap();
    let error = Map::open(&path).unwrap_err();
    assert!(error.is_callers_fault() && matches!(error, StoreError::Held { .. }), "{error}");
    assert!(error.to_string().contains("is held open by another program"), "{error}");
    drop(writer);
    assert!(Map::open(&path).is_ok());
}

#[test]
fn a_map_larger_than_the_disk_is_refused_with_the_number() {
    let place = tempfile::tempdir().unwrap();
    let space = space(&[1 << 22, 1 << 22]);
    let mut folder = open(place.path(), &space);
    let error = measure(&Formula::new(), &space, &mut folder, 1, &Stop::new(), &mut |_| ()).unwrap_err();
    // 2^44 points, each a byte and three doubles in the journal and two bytes more in the map.
    assert!(error.to_string().contains(" bytes and its disk has "), "{error}");
    assert!(!error.is_callers_fault());
}

/// Writes a small file of another make: dimensions, and what is said of `regime` and `status`.
fn write_foreign(path: &Path, length: u64, meanings: &str, flag_values: &[i8], of_axis: &[&str]) {
    let mut file = ContainerWriter::create(path).unwrap();
    file.dimension("p", length).unwrap();
    file.dimension("q", 3).unwrap();
    let mut define = |name: &str, storage, dimensions: &[&str], attributes: Vec<(String, Attribute)>| {
        let (may_be_undefined, chunk) = (false, None);
        file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk, attributes }).unwrap();
    };
    define("p", Storage::Double, of_axis, vec![("units".into(), "1".into())]);
    define("q", Storage::Double, &["q"], vec![("units".into(), "\u{1b}[31m".into())]);
    for name in ["regime", "status"] {
        let attributes = vec![
            ("role".into(), name.into()),
            ("flag_meanings".into(), meanings.into()),
            ("flag_values".into(), Attribute::Bytes(flag_values.to_vec())),
        ];
        define(name, Storage::Byte, &["p", "q"], attributes);
    }
    file.end_definitions().unwrap();
    for name in ["regime", "status"] {
        if length > 0 {
            file.put(name, &[0, 0], &[length, 3], Values::Bytes(&vec![1; 3 * length as usize])).unwrap();
        }
    }
    file.close().unwrap();
}

/// The same with numbers of basins over these dimensions; starts are the last axis.
fn write_foreign_basins(path: &Path, fraction: &[&str], attractors: &[&str]) {
    let mut file = ContainerWriter::create(path).unwrap();
    for (name, length) in [("p", 2), ("q", 3), ("label", 2)] {
        file.dimension(name, length).unwrap();
    }
    let mut define = |name: &str, storage, dimensions: &[&str], attributes: Vec<(String, Attribute)>| {
        let (may_be_undefined, chunk) = (false, None);
        file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk, attributes }).unwrap();
    };
    for name in ["p", "q"] {
        define(name, Storage::Double, &[name], vec![("units".into(), "1".into())]);
    }
    for name in ["regime", "status"] {
        let attributes = vec![
            ("role".into(), name.into()),
            ("flag_meanings".into(), "ok bad".into()),
            ("flag_values".into(), Attribute::Bytes(vec![0, 1])),
        ];
        define(name, Storage::Byte, &["p", "q"], attributes);
    }
    define("basin_fraction", Storage::Double, fraction, Vec::new());
    define("attractors", Storage::Byte, attractors, Vec::new());
    file.end_definitions().unwrap();
    file.close().unwrap();
}

#[test]
fn a_map_with_basins_of_another_shape_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.nc");
    write_foreign_basins(&path, &["p", "label"], &["p"]);
    Map::open(&path).unwrap();
    for (fraction, attractors) in
        [(&["p"][..], &["p"][..]), (&["p", "label"], &["q"]), (&["q", "label"], &["p"])]
    {
        write_foreign_basins(&path, fraction, attractors);
        let error = Map::open(&path).unwrap_err().to_string();
        assert!(error.contains("`basin_fraction` has another shape"), "{fraction:?} {attractors:?}: {error}");
    }
}

#[test]
fn a_map_of_another_make_is_refused_with_what_is_wrong() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.nc");
    for (length, meanings, values, of_axis, wanted) in [
        (0, "ok bad", &[0, 1][..], &["p"][..], "its dimension `p` has no values"),
        (2, "ok bad", &[0, 7], &["p"], "do not fit"),
        (2, "ok", &[0, 1], &["p"], "do not fit"),
        (2, "ok bad", &[0, 1], &["q"], "its coordinate `p`"),
        (2, "ok bad", &[0, 1], &[], "its coordinate `p`"),
    ] {
        write_foreign(&path, length, meanings, values, of_axis);
        match Map::open(&path) {
            Err(error @ StoreError::NotAMap { .. }) => assert!(error.to_string().contains(wanted), "{error}"),
            other => panic!("{wanted}: {other:?}"),
        }
    }
    write_foreign(&path, 2, "ok bad", &[0, 1], &["p"]);
    assert_eq!(Map::open(&path).unwrap().regime(&[0, 0], &[2, 3]).unwrap(), [1; 6]);
    // A value without a meaning is found when it is read.
    write_foreign(&path, 2, "ok", &[0], &["p"]);
    let error = Map::open(&path).unwrap().regime(&[0, 0], &[2, 3]).unwrap_err().to_string();
    assert!(error.contains("holds 1, which has no meaning"), "{error}");
}
