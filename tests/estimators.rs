//! `ictus sense --table`: the indices of runs that were made elsewhere. The sample that other programs have analysed, to ten digits, closed forms, and one
//! message for each mistake in a table. Runs the real binary.

mod outcome;

use std::f64::consts::PI;
use std::fmt::Write as _;
use std::path::Path;

use ictus::store::Container;
use outcome::outcome;
use serde_json::Value;

/// A model with four parameters that stand for the inputs of functions.
const MODEL: &str = "par x1=0,x2=0,x3=0,x4=0\ninit y=1\ny'=-y\n@ total=1,dt=0.1,meth=rk4,bound=100\ndone\n";

fn study(space: &str, ends: [f64; 2]) -> String {
    let inputs: String = (1..5).fold(String::new(), |mut text, place| {
        writeln!(text, "x{place} = {{ uniform = [{:?}, {:?}] }}", ends[0], ends[1]).expect("a text");
        text
    });
    format!(
        "title = \"Points\"\n[model]\nfile = \"points.ode\"\n[space]\n{space}\n[space.parameters]\n{inputs}[time]\nmethod = \"rk4\"\nstep = 0.1\ntransient = 1\nwindow = 1\n[observe]\nfeatures = [\"extrema\"]\n[[regime]]\nname = \"high\"\nwhen = \"maximum > 0.5\"\nseizing = true\n"
    )
}

/// A design written by the program, and a table of it with more columns.
struct Made {
    folder: tempfile::TempDir,
    heading: String,
    rows: Vec<String>,
}

impl Made {
    fn new(space: &str, ends: [f64; 2], columns: &str, of: impl Fn(&[f64]) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("points.ode"), MODEL).expect("a model");
        std::fs::write(folder.path().join("study.toml"), study(space, ends)).expect("a study");
        let (code, _, errors) = outcome(folder.path(), &["design", "study.toml", "-o", "design.csv"]);
        assert_eq!(code, 0, "{errors}");
        let text = std::fs::read_to_string(folder.path().join("design.csv")).expect("a design");
        let (heading, rows) = text.split_once('\n').expect("a heading");
        let with = |row: &str| {
            let values: Vec<f64> =
                row.split(',').skip(4).map(|cell| cell.parse().expect("a number")).collect();
            format!("{row},{}", of(&values))
        };
        Self { heading: format!("{heading},{columns}"), rows: rows.lines().map(with).collect(), folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, rows: &[String]) {
        let text = format!("{}\n{}\n", self.heading, rows.join("\n"));
        std::fs::write(self.path().join(name), text).expect("a table");
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.write("outputs.csv", &self.rows);
        let (code, said, errors) =
            outcome(self.path(), &[&["sense", "--table", "outputs.csv", "--json"], arguments].concat());
        assert_eq!(code, 0, "{errors}");
        serde_json::from_str(&said).expect("JSON")
    }
}

fn ishigami(x: &[f64]) -> f64 {
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

/// The four columns of outputs: a number, whether it is above 5, a label, and the same label as a number.
fn outputs(x: &[f64]) -> String {
    let y = ishigami(x);
    let label = usize::from(y >= 0.0) + usize::from(y >= 5.0);
    format!("{y:?},{},{},{label}", u8::from(y > 5.0), ["low", "middle", "high"][label])
}

const COLUMNS: &str = "y,seizes,regime,code";

/// Points of Sobol' as they are, N = 1024, d = 4.
fn same_sample() -> Made {
    let space =
        "design = \"saltelli\"\nbase = 1024\nreplicates = 1\nscramble = \"none\"\nsecond_order = true";
    Made::new(space, [-PI, PI], COLUMNS, outputs)
}

fn of<'a>(objects: &'a [Value], output: &str, parameter: &str) -> &'a Value {
    let found = objects.iter().find(|object| {
        object["output"] == output && object["parameter"] == parameter && object.get("parameter_2").is_none()
    });
    found.unwrap_or_else(|| panic!("{output} of {parameter} is not in {objects:?}"))
}

#[track_caller]
fn assert_near(found: &Value, wanted: f64, tolerance: f64) {
    let number = found.as_f64().unwrap_or_else(|| panic!("{found} is not a number"));
    assert!((number - wanted).abs() < tolerance, "{number} instead of {wanted}");
}

const INPUTS: [&str; 4] = ["x1", "x2", "x3", "x4"];

#[test]
fn the_estimators_give_what_salib_openturns_and_plain_formulas_give_of_the_same_sample() {
    // 1{ishigami > 5} at this sample by SALib 1.6.0 (ST of Jansen, to twelve digits), OpenTURNS 1.27 (Martinez) and the published formulas.
    let made = same_sample();
    let first = [
        ("jansen", [0.159_996_693_942, 0.435_060_748_822, -0.024_084_635_093_8, -0.015_621_125_712_9]),
        ("martinez", [0.159_709_892_791, 0.436_497_682_335, -0.026_410_780_551_6, -0.015_422_273_168_6]),
        ("janon", [0.159_502_600_4, 0.436_048_328_46, -0.026_511_134_676_6, -0.015_621_125_712_9]),
        ("azzini-rosati", [0.161_087_866_109, 0.456_725_755_996, -0.012_644_889_357_2, 0.0]),
        ("saltelli", [0.175_030_994_297, 0.452_442_350_607, -0.010_810_810_810_8, 0.0]),
    ];
    for (estimator, wanted) in first {
        let objects = made.json(&["--of", "seizes", "--s1", estimator]);
        for (input, wanted) in INPUTS.iter().zip(wanted) {
            assert_near(&of(&objects, "seizes", input)["S1"], wanted, 1e-10);
        }
    }
    let total = [
        ("jansen", [0.450_681_874_535, 0.768_063_476_32, 0.300_454_583_023, 0.0]),
        ("martinez", [0.447_345_612_762, 0.760_690_085_909, 0.298_702_669_265, 0.0]),
        ("janon", [0.447_347_290_375, 0.760_701_820_448, 0.298_732_408_834, 0.0]),
        ("azzini-rosati", [0.453_974_895_397, 0.760_166_840_459, 0.268_703_898_841, 0.0]),
    ];
    for (estimator, wanted) in total {
        let objects = made.json(&["--of", "seizes", "--st", estimator]);
        for (input, wanted) in INPUTS.iter().zip(wanted) {
            assert_near(&of(&objects, "seizes", input)["ST"], wanted, 1e-10);
        }
        // What does nothing has no total effect at all.
        assert_eq!(of(&objects, "seizes", "x4")["ST"], 0.0);
    }
    let published = made.json(&["--of", "seizes", "--published"]);
    let own = of(&published, "seizes", "x1");
    assert_near(&own["S1"], 0.175_030_994_297, 1e-10);
    assert_near(&own["ST"], 0.450_681_874_535, 1e-10);
    assert_eq!(
        (&own["estimator"], &own["n"], &own["dropped"]),
        (&"saltelli+jansen".into(), &10_240.into(), &0.into())
    );
    assert_eq!(own["at"], serde_json::json!({}));
}

#[test]
fn rows_are_found_by_what_they_say_and_an_offset_changes_nothing() {
    let mut made = same_sample();
    let sorted = made.json(&["--of", "y", "--s1", "saltelli"]);
    let count = made.rows.len();
    // 10 240 and 6151 have no common divisor.
    made.rows = (0..count).map(|row| made.rows[row * 6151 % count].clone()).collect();
    assert_eq!(made.json(&["--of", "y", "--s1", "saltelli"]), sorted);
    let moved = Made::new(
        "design = \"saltelli\"\nbase = 1024\nreplicates = 1\nscramble = \"none\"\nsecond_order = true",
        [-PI, PI],
        "y",
        |x| format!("{:?}", ishigami(x) + 1000.0),
    );
    for (own, other) in moved.json(&["--s1", "saltelli"]).iter().zip(&sorted) {
        for name in ["S1", "S1_half", "ST", "ST_half", "S2", "S2_half"] {
            if let Some(wanted) = other.get(name) {
                assert_near(&own[name], wanted.as_f64().expect("a number"), 1e-10);
            }
        }
    }
}

#[test]
fn a_column_of_labels_is_an_output_for_each_all_of_them_and_what_seizes() {
    let made = same_sample();
    let plain = made.json(&[]);
    let names = |objects: &[Value]| {
        let mut names: Vec<String> =
            objects.iter().map(|own| own["output"].as_str().expect("a name").to_owned()).collect();
        names.dedup();
        names
    };
    assert_eq!(names(&plain), ["y", "seizes", "regimes", "high", "low", "middle", "code"]);
    let told = made.json(&["study.toml"]);
    assert_eq!(names(&told), ["y", "seizes", "regimes", "seizing", "high", "low", "middle", "code"]);
    assert_eq!(of(&told, "seizing", "x2")["S1"], of(&told, "high", "x2")["S1"]);
    assert_eq!(names(&made.json(&["--seizing", "high"])), names(&told));
    assert_eq!(of(&plain, "high", "x1")["ST"], of(&plain, "seizes", "x1")["ST"]);
    // Numbers that stand for labels.
    let codes = made.json(&["--labels", "code", "--of", "code.2"]);
    assert_eq!(of(&codes, "code.2", "x1")["ST"], of(&plain, "high", "x1")["ST"]);
}

#[test]
fn undefined_values_drop_from_what_they_are_compared_in_up_to_one_percent() {
    let mut made = same_sample();
    let cells: Vec<Vec<String>> =
        made.rows.iter().map(|row| row.split(',').map(str::to_owned).collect()).collect();
    let with = |is: &dyn Fn(&[String]) -> bool, value: &str| -> Vec<String> {
        let own = |cells: &Vec<String>| {
            let mut cells = cells.clone();
            if is(&cells) {
                value.clone_into(&mut cells[8]);
            }
            cells.join(",")
        };
        cells.iter().map(own).collect()
    };
    // Five rows of AB of x1 alone.
    let whole = made.rows.clone();
    let full = made.json(&["--of", "y"]);
    made.rows = with(
        &|cells| cells[2] == "AB" && cells[3] == "x1" && cells[1].parse::<u32>().expect("a row") < 5,
        "nan",
    );
    let holed = made.json(&["--of", "y"]);
    assert_eq!(
        (&of(&holed, "y", "x1")["dropped"], &of(&holed, "y", "x2")["dropped"]),
        (&5.into(), &0.into())
    );
    assert_eq!(of(&holed, "y", "x2")["ST"], of(&full, "y", "x2")["ST"]);
    assert_ne!(of(&holed, "y", "x1")["ST"], of(&full, "y", "x1")["ST"]);
    assert_eq!(of(&holed, "y", "x1")["n"], 10_235);
    // Twenty rows of A are in every comparison.
    made.rows = with(&|cells| cells[2] == "A" && cells[1].parse::<u32>().expect("a row") < 20, "");
    made.write("outputs.csv", &made.rows);
    let (code, said, errors) = outcome(made.path(), &["sense", "--table", "outputs.csv", "--of", "y"]);
    assert_eq!((code, said.as_str()), (2, ""));
    assert!(
        errors.contains("undefined in 1.953 %") && errors.contains("--fill") && errors.contains("--within"),
        "{errors}"
    );
    let filled = made.json(&["--of", "y", "--fill", "0"]);
    assert_eq!(
        (&of(&filled, "y", "x1")["dropped"], &of(&filled, "y", "x1")["n"]),
        (&0.into(), &10_240.into())
    );
    // Among others an output without indices is said and ends nothing.
    assert_eq!(of(&made.json(&[]), "y", "x1")["ST"], Value::Null);
    made.rows = whole;
    let within = made.json(&["--of", "y", "--within", "high"]);
    assert!(of(&within, "y", "x1")["dropped"].as_u64().expect("a count") > 500);
    assert!(of(&within, "y", "x1")["ST"].is_number());
}

#[test]
fn the_table_shows_intervals_and_bars_and_the_file_holds_the_published_ones_too() {
    let space = "design = \"saltelli\"\nbase = 256\nreplicates = 4\nsecond_order = true";
    let made = Made::new(space, [-PI, PI], COLUMNS, outputs);
    made.write("outputs.csv", &made.rows);
    let (code, said, errors) = outcome(made.path(), &["sense", "study.toml", "--table", "outputs.csv"]);
    assert_eq!(code, 0, "{errors}");
    for wanted in [
        "256 rows x 10 blocks x 4 replicates = 10240 runs",
        "group_means+martinez",
        "pairs (S2): x1 x x3",
        "±",
        "█",
        "░",
    ] {
        assert!(said.contains(wanted), "`{wanted}` is not in\n{said}");
    }
    let file = Container::open(&made.path().join("sense.nc")).expect("the file of indices");
    let at = |name: &str| file.doubles(name, &[0, 0], &[1, 4]).expect(name);
    let (low, value, high) = (at("ST_low"), at("ST"), at("ST_high"));
    assert!((value[0] - 0.5576).abs() < 0.05 && low[0] < value[0] && value[0] < high[0], "{value:?}");
    for name in ["S1_saltelli", "S1_janon", "ST_jansen"] {
        assert!((at(name)[1] - 0.4424).abs() < 0.05, "{name}");
    }
    assert!(file.attributes().iter().any(|(name, _)| name == "identity_hash"));
    let again = outcome(made.path(), &["sense", "study.toml", "--table", "outputs.csv"]);
    assert_eq!(again.1, said, "two calls give the same");
}

#[test]
fn one_replicate_has_intervals_of_resampled_rows_that_are_the_same_in_every_call() {
    let made = same_sample();
    let (one, other) = (made.json(&["--of", "y"]), made.json(&["--of", "y"]));
    assert_eq!(one, other);
    let (code, said, _) = outcome(made.path(), &["sense", "--table", "outputs.csv", "--of", "y"]);
    assert!(
        code == 0 && said.contains("bootstrap over its base rows") && said.contains("no effect"),
        "{said}"
    );
}

#[test]
fn linear_functions_have_effects_without_spread() {
    for (space, is_whole) in [
        ("design = \"morris\"\nbase = 10\nreplicates = 1", true),
        ("design = \"morris\"\nbase = 16\nreplicates = 2\nscheme = \"radial\"", false),
    ] {
        let mut made =
            Made::new(space, [-1.0, 3.0], "y", |x| format!("{:?}", 3.0 * x[0] - 2.0 * x[1] + 0.5 * x[2]));
        made.rows.reverse();
        // mu_i = c_i (b_i - a_i) per unit of the range, sigma = 0 (as SALib has them).
        for (arguments, is_exact) in [(&["study.toml"][..], true), (&[], is_whole)] {
            let objects = made.json(arguments);
            for (input, wanted) in INPUTS.iter().zip([12.0, -8.0, 2.0, 0.0]) {
                let own = of(&objects, "y", input);
                let tolerance = if is_exact { 1e-9 } else { 0.2 * f64::abs(wanted) + 1e-9 };
                assert_near(&own["mu"], wanted, tolerance);
                assert_near(&own["mu_star"], f64::abs(wanted), tolerance);
                assert_near(&own["sigma"], 0.0, 1e-9);
                let part = [Value::from(1.0), 0.0.into(), 1.0.into(), Value::Null];
                let place = INPUTS.iter().position(|own| own == input).expect("an input");
                assert_eq!(own["positive"], part[place], "{input}");
            }
        }
    }
}

#[test]
fn a_group_moves_as_one_and_has_sizes_alone() {
    let space = "design = \"morris\"\nbase = 12\nreplicates = 1\ngroups = { both = [\"x1\", \"x2\"] }";
    let made = Made::new(space, [0.0, 1.0], "y", |x| format!("{:?}", 5.0 * x[0] + 5.0 * x[1] + x[2]));
    let objects = made.json(&["study.toml"]);
    let both = of(&objects, "y", "both");
    assert_eq!((&both["mu"], &both["sigma"]), (&Value::Null, &Value::Null));
    // Both up or down is 10 a unit, one up and one down 0.
    let size = both["mu_star"].as_f64().expect("a size");
    assert!(
        (0.0..=10.0).contains(&size)
            && (size * 12.0 / 10.0).fract().min(1.0 - (size * 12.0 / 10.0).fract()) < 1e-9,
        "{size}"
    );
    assert_near(&of(&objects, "y", "x3")["mu"], 1.0, 1e-9);
}

#[test]
fn given_points_have_the_distances_of_closed_forms() {
    // Red where x1 < 1/4, green where x1 + x2 < 1, blue elsewhere. Distances of distributions inside and outside to 1e-5, by integrals.
    let label = |x: &[f64]| match x {
        [x1, ..] if *x1 < 0.25 => "red",
        [x1, x2, ..] if x1 + x2 < 1.0 => "green",
        _ => "blue",
    };
    for design in ["lhs", "random", "sobol"] {
        let space = format!("design = \"{design}\"\nbase = 4096\nreplicates = 4\nseed = 1");
        let made = Made::new(&space, [0.0, 1.0], "regime", |x| label(x).to_owned());
        let objects = made.json(&["study.toml"]);
        for (name, wanted) in [
            ("red", [-0.999_99, 0.0, 0.0]),
            ("green", [-0.347_82, -0.543_48, 0.0]),
            ("blue", [0.566_67, 0.441_18, 0.0]),
        ] {
            for (input, wanted) in INPUTS.iter().zip(wanted) {
                let own = of(&objects, name, input);
                // Green lies between in x1: its largest distance may have either sign.
                let found = own["RSA"].as_f64().expect("a distance");
                assert!((found.abs() - f64::abs(wanted)).abs() < 0.03, "{design} {name} {input}: {found}");
                assert_eq!(own["ST"], Value::Null);
            }
        }
        // Sobol' indices of the labels: 61/109 and 21/109 together.
        assert_near(&of(&objects, "regimes", "x1")["S1"], 61.0 / 109.0, 0.02);
        assert_near(&of(&objects, "regimes", "x2")["S1"], 21.0 / 109.0, 0.02);
        // Half of the mean of |changes|. In ten intervals of x1: below 1/5 the changes are 3/4, 9/32, 15/32; in [0.2, 0.3], half of it red, 1/4,
        // 0.08125, 0.33125; above, 1/4 of red, and of green and blue the distances of the middle from 23/32 and 15/32.
        let above: f64 = (3..10)
            .map(|interval| {
                let middle = 0.1 * f64::from(interval) + 0.05;
                0.25 + f64::abs(middle - 23.0 / 32.0) + f64::abs(middle - 15.0 / 32.0)
            })
            .sum();
        let wanted = 0.5 * (0.2 * 1.5 + 0.1 * 0.6625 + 0.1 * above);
        assert_near(&of(&objects, "regimes", "x1")["delta"], wanted, 0.01);
        assert!(
            of(&objects, "regimes", "x4")["delta"].as_f64()
                <= of(&objects, "regimes", "x4")["delta_floor"].as_f64().map(|floor| 2.0 * floor)
        );
        let (code, said, errors) =
            outcome(made.path(), &["sense", "study.toml", "--table", "outputs.csv", "--s1", "rank"]);
        if design == "sobol" {
            assert_eq!((code, said.as_str()), (2, ""));
            assert!(errors.contains("wrong on Sobol' points"), "{errors}");
        } else {
            assert_eq!(code, 0, "{errors}");
            let ranks = made.json(&["study.toml", "--s1", "rank"]);
            assert_near(&of(&ranks, "green", "x2")["S1"], 0.304_347_826_1, 0.05);
        }
    }
}

#[test]
fn rank_correlations_are_given_with_their_warning() {
    let space = "design = \"lhs\"\nbase = 2000\nreplicates = 1";
    let made =
        Made::new(space, [-PI, PI], "y,sum", |x| format!("{:?},{:?}", ishigami(x), (x[0] + x[1]).exp()));
    let objects = made.json(&["study.toml"]);
    // exp is monotone: its ranks are those of x1 + x2.
    assert!(of(&objects, "sum", "x1")["PRCC"].as_f64().expect("a number") > 0.9);
    assert_near(&of(&objects, "sum", "x3")["PRCC"], 0.0, 0.1);
    let (_, said, _) = outcome(made.path(), &["sense", "study.toml", "--table", "outputs.csv"]);
    let y = said.split("\ny ").nth(1).and_then(|rest| rest.split("\nsum ").next()).expect("a table");
    assert!(
        y.contains("PRCC misleads here")
            && !said.split("\nsum ").nth(1).expect("a table").contains("PRCC misleads"),
        "{said}"
    );
}

#[test]
fn correlated_columns_have_no_total_order_and_the_reason_is_said() {
    // x1 and x2 rise together in A and in B, as in a table from elsewhere.
    let mut made = Made::new("design = \"saltelli\"\nbase = 256\nreplicates = 2", [0.0, 1.0], "y", |x| {
        format!("{:?}", x[0] + x[1])
    });
    let value = |row: &str, place: usize| -> f64 {
        row.split(',').nth(place).expect("a cell").parse().expect("a number")
    };
    let mixed = |own: f64, other: f64| 0.9 * own + 0.1 * other;
    let find = |block: &str, swapped: &str, row: &str| -> Vec<String> {
        let place = made.rows.iter().find(|own| {
            let (own, wanted): (Vec<&str>, Vec<&str>) = (own.split(',').collect(), row.split(',').collect());
            own[..2] == wanted[..2] && own[2] == block && own[3] == swapped
        });
        place.expect("a row").split(',').map(str::to_owned).collect()
    };
    made.rows = made
        .rows
        .iter()
        .map(|row| {
            let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
            // x2 of A and of B is nearly x1 of the same sample, wherever it has gone.
            let of = |cells: &[String]| mixed(value(&cells.join(","), 4), value(&cells.join(","), 5));
            let is_of_b = (cells[2] == "B") != (cells[3] == "x2");
            let source = find(if is_of_b { "B" } else { "A" }, "", row);
            cells[5] = format!("{:?}", of(&source));
            cells.join(",")
        })
        .collect();
    let objects = made.json(&["--of", "y"]);
    assert_eq!(
        (&of(&objects, "y", "x1")["ST"], &of(&objects, "y", "x3")["ST"]),
        (&Value::Null, &Value::Null)
    );
    let (_, said, _) = outcome(made.path(), &["sense", "--table", "outputs.csv"]);
    assert!(
        said.contains("x1 and x2 are correlated") && said.contains("ST and S2 are not defined"),
        "{said}"
    );
}

#[test]
fn each_mistake_in_a_table_has_one_message() {
    let made = Made::new("design = \"saltelli\"\nbase = 16\nreplicates = 2", [0.0, 1.0], "y,regime", |x| {
        format!("{:?},rest", x[0])
    });
    let good = &made.rows;
    let edited = |row: usize, cell: usize, text: &str| {
        let mut rows = good.clone();
        let mut cells: Vec<&str> = good[row].split(',').collect();
        cells[cell] = text;
        rows[row] = cells.join(",");
        rows
    };
    let without = |row: usize| [&good[..row], &good[row + 1..]].concat();
    // Rows 0 to 15 are A, 16 to 31 B, 32 to 47 AB of x1.
    let cases: Vec<(Vec<String>, &[&str], &str)> = vec![
        (
            [good.as_slice(), &good[3..4]].concat(),
            &[],
            "rows 4 and 193 are the same run: replicate 0, base_row 3, block A",
        ),
        (without(40), &[], "the first that is missing is replicate 0, base_row 8, block AB, swapped `x1`"),
        (without(32), &[], "the first that is missing is replicate 0, base_row 0, block AB, swapped `x1`"),
        (without(31), &[], "the first that is missing is replicate 0, base_row 15, block B"),
        // As many rows as there should be.
        (
            [&good[..5], &good[4..5], &good[6..]].concat(),
            &[],
            "rows 5 and 6 are the same run: replicate 0, base_row 4, block A",
        ),
        (edited(2, 4, "nan"), &[], "row 3 (line 4), column `x1`: `nan` is not a finite number"),
        (edited(2, 6, ""), &[], "row 3 (line 4), column `x3`: is empty"),
        (edited(5, 8, "fast"), &[], "row 6 (line 7), column `y`: `fast` is not a number"),
        (edited(5, 9, ""), &[], "row 6 (line 7), column `regime`: is empty"),
        (
            edited(33, 5, "0.123"),
            &[],
            "row 34 (line 35), column `x2`: 0.123 does not fit block AB, swapped `x1` of base_row 1",
        ),
        (edited(33, 2, "AC"), &[], "`AC` is not a block"),
        (edited(33, 3, ""), &[], "block AB has something from the other sample"),
        (edited(3, 3, "x1"), &[], "block A is a sample of its own"),
        (edited(3, 1, "3.5"), &[], "`3.5` is not a whole number"),
        (
            edited(33, 3, "x5"),
            &[],
            "the first that is missing is replicate 0, base_row 1, block AB, swapped `x1`",
        ),
        (good.clone(), &["--second-order"], "S2 needs the blocks BA"),
        (good.clone(), &["--s1", "azzini-rosati"], "need the blocks BA"),
        (good.clone(), &["--s1", "rank"], "wrong on Sobol' points"),
        (good.clone(), &["--of", "yy"], "the table has no output `yy`"),
        (good.clone(), &["--column", "z"], "has no column `z`"),
        (good.clone(), &["--column", "block"], "identifies a run"),
        (good.clone(), &["--within", "fast"], "the table has no label `fast`"),
        (good.clone(), &["--seizing", "fast"], "the table has no label `fast`"),
        (good.clone(), &["-o", "outputs.csv"], "is the table itself"),
        (good.iter().filter(|row| !row.contains(",A,")).cloned().collect(), &[], "has no block A"),
        (Vec::new(), &[], "has no rows"),
    ];
    let mut wrong = Vec::new();
    for (rows, arguments, wanted) in cases {
        made.write("outputs.csv", &rows);
        let (code, said, errors) =
            outcome(made.path(), &[&["sense", "--table", "outputs.csv"], arguments].concat());
        if code != 2 || !said.is_empty() || !errors.contains(wanted) || errors.lines().count() != 1 {
            wrong.push(format!("{code}, `{wanted}`: {errors}{said}"));
        }
    }
    let heading = |from: &str, to: &str| {
        let text = format!("{}\n{}\n", made.heading.replace(from, to), good.join("\n"));
        std::fs::write(made.path().join("outputs.csv"), text).expect("a table");
        outcome(made.path(), &["sense", "--table", "outputs.csv"])
    };
    for (from, to, wanted) in [
        ("base_row", "row", "has no column `base_row`"),
        ("replicate,base_row", "a,b", "has no columns `replicate`, `base_row`"),
        ("y,regime", "y,y", "has two columns `y`"),
        ("y,regime", "y", "has 10 cells, and the heading has 9"),
    ] {
        let (code, _, errors) = heading(from, to);
        if code != 2 || !errors.contains(wanted) || errors.lines().count() != 1 {
            wrong.push(format!("{code}, `{wanted}`: {errors}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_of_both_samples_say_in_three_ways_that_nothing_is_swapped() {
    let made = Made::new("design = \"saltelli\"\nbase = 16\nreplicates = 2", [0.0, 1.0], "y", |x| {
        format!("{:?}", x[0])
    });
    let expected = made.json(&[]);
    for none in ["-1", "nan", "NaN"] {
        let word = |row: &String| {
            row.replace(",A,,", &format!(",A,{none},")).replace(",B,,", &format!(",B,{none},"))
        };
        let rows: Vec<String> = made.rows.iter().map(word).collect();
        assert_ne!(rows, made.rows);
        made.write("outputs.csv", &rows);
        let (code, said, errors) = outcome(made.path(), &["sense", "--table", "outputs.csv", "--json"]);
        assert_eq!(code, 0, "{errors}");
        assert_eq!(serde_json::from_str::<Vec<Value>>(&said).expect("JSON"), expected, "{none}");
    }
}

#[test]
fn swaps_into_the_second_sample_need_it() {
    let space = "design = \"saltelli\"\nbase = 16\nreplicates = 2\nsecond_order = true";
    let made = Made::new(space, [0.0, 1.0], "y", |x| format!("{:?}", x[0]));
    let rows: Vec<String> = made.rows.iter().filter(|row| !row.contains(",B,")).cloned().collect();
    made.write("outputs.csv", &rows);
    let (code, _, errors) = outcome(made.path(), &["sense", "--table", "outputs.csv"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("has blocks BA and no block B; write all rows of the design"), "{errors}");
}

#[test]
fn groups_that_overlap_are_refused() {
    // A row of AB of x1 that brings x2 from B as well, which AB of x2 does too.
    let made = Made::new("design = \"saltelli\"\nbase = 4\nreplicates = 1", [0.0, 1.0], "y", |x| {
        format!("{:?}", x[0])
    });
    let cells: Vec<Vec<&str>> = made.rows.iter().map(|row| row.split(',').collect()).collect();
    let of_b = |row: &str| cells.iter().find(|own| own[1] == row && own[2] == "B").expect("a row")[5];
    let rows: Vec<String> = cells
        .iter()
        .map(|own| {
            let mut own = own.clone();
            if own[3] == "x1" {
                own[5] = of_b(own[1]);
            }
            own.join(",")
        })
        .collect();
    made.write("outputs.csv", &rows);
    let (code, _, errors) = outcome(made.path(), &["sense", "--table", "outputs.csv"]);
    assert_eq!(code, 2);
    assert!(errors.contains("groups `x1` and `x2` overlap: both change `x2`"), "{errors}");
}

#[test]
fn what_could_not_be_told_is_counted_in_three_ways_and_failures_are_always_said() {
    let label = |x: &[f64]| match x {
        [x1, ..] if *x1 < 0.25 => "diverged",
        [_, x2, ..] if *x2 < 0.5 => "fast",
        _ => "rest",
    };
    let space = "design = \"saltelli\"\nbase = 256\nreplicates = 4";
    let made = Made::new(space, [0.0, 1.0], "regime", |x| label(x).to_owned());
    let objects = made.json(&["--seizing", "fast"]);
    // As 0: fast where x1 > 1/4 and x2 < 1/2, P = 3/8, V = 15/64, E(. | x1) = 1/2 above 1/4: V_1 = 3/64, V_2 = 9/64.
    assert_near(&of(&objects, "seizing", "x1")["S1"], 0.2, 0.01);
    assert_near(&of(&objects, "seizing", "x2")["S1"], 0.6, 0.01);
    // As 1: P = 5/8, E(. | x1) = 1 and 1/2: V_1 = 3/64; E(. | x2) = 1 and 1/4: V_2 = 9/64, V = 15/64. Left out, x2 alone tells.
    assert_near(&of(&objects, "seizing_unknown_as_1", "x2")["S1"], 0.6, 0.01);
    let left = |input: &str| &of(&objects, "seizing_unknown_left_out", input)["ST"];
    assert_near(left("x2"), 1.0, 0.1);
    assert_eq!((left("x1"), left("x3")), (&0.0.into(), &0.0.into()));
    let one = made.json(&["--of", "fast"]);
    assert_near(&of(&one, "diverged", "x1")["S1"], 1.0, 0.005);
    assert_near(&of(&one, "diverged", "x1")["ST"], 1.0, 0.05);
    let (_, said, _) = outcome(made.path(), &["sense", "--table", "outputs.csv", "--seizing", "fast"]);
    assert!(
        said.contains("% of the runs are unclassified") && said.contains("have the same order in all three"),
        "{said}"
    );
}
