//! Functions whose indices are known, as models that the engine runs: design, simulation, map and `ictus sense` in one. Each study of
//! `tests/known` is run as it stands there, and S1, ST, S2 of numbers, regimes and all regimes together are compared with exact values, at three
//! times the half of the 95 % interval. The inputs are drawn from a fixed seed, so that a test always gives the same. Runs the real binary.

mod outcome;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use outcome::outcome;
use serde_json::Value;

/// What is known of one output.
struct Exact {
    output: &'static str,
    first: Vec<f64>,
    total: Vec<f64>,
    /// Two places and S2.
    pairs: Vec<(usize, usize, f64)>,
}

impl Exact {
    fn new(output: &'static str, first: &[f64], total: &[f64], pairs: &[(usize, usize, f64)]) -> Self {
        Self { output, first: first.to_vec(), total: total.to_vec(), pairs: pairs.to_vec() }
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known").join(name)
}

/// The objects of `ictus sense --json` for a study that is run in a folder.
fn indices(folder: &Path, study: &Path) -> Vec<Value> {
    let study = study.to_str().expect("a path");
    let (code, _, errors) = outcome(folder, &["run", study, "--output", "run"]);
    assert_eq!(code, 0, "{errors}");
    let (code, said, errors) = outcome(folder, &["sense", "run", "--json"]);
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str(&said).expect("JSON")
}

#[track_caller]
fn assert_within(object: &Value, index: &str, exact: f64) {
    let number =
        |name: &str| object[name].as_f64().unwrap_or_else(|| panic!("{name} is not a number in {object}"));
    let (value, half) = (number(index), number(&format!("{index}_half")));
    assert!((value - exact).abs() <= 3.0 * half + 1e-9, "{index} instead of {exact}: {object}");
}

/// Runs a study of `tests/known` and compares.
#[track_caller]
fn compare(name: &str, exact: &[Exact]) {
    let folder = tempfile::tempdir().expect("a folder");
    let objects = indices(folder.path(), &file(&format!("{name}.toml")));
    for Exact { output, first, total, pairs } in exact {
        let (of_two, of_one): (Vec<&Value>, Vec<&Value>) = objects
            .iter()
            .filter(|object| object["output"] == *output)
            .partition(|object| object.get("parameter_2").is_some());
        assert_eq!((of_one.len(), total.len()), (first.len(), first.len()), "{name}: inputs of {output}");
        for (place, object) in of_one.iter().enumerate() {
            assert_within(object, "S1", first[place]);
            assert_within(object, "ST", total[place]);
        }
        for &(one, other, wanted) in pairs {
            let names = [&of_one[one]["parameter"], &of_one[other]["parameter"]];
            let pair = of_two.iter().find(|object| {
                let own = [&object["parameter"], &object["parameter_2"]];
                own == names || own == [names[1], names[0]]
            });
            assert_within(pair.unwrap_or_else(|| panic!("{name}: no pair of {names:?}")), "S2", wanted);
        }
    }
}

#[test]
fn ishigami_and_where_it_is_above_5() {
    // Ishigami & Homma 1990 with a = 7, b = 0.1: V1 = (1 + b pi^4/5)^2/2, V2 = a^2/8, V13 = b^2 pi^8 (1/18 - 1/50). Above 5: quadrature of the
    // probability in one input, which is of closed form, over the other two on 8000 x 8000 points.
    let exact = [
        Exact::new(
            "final",
            &[0.313_905_191_1, 0.442_411_144_8, 0.0, 0.0],
            &[0.557_588_855_2, 0.442_411_144_8, 0.243_683_664_1, 0.0],
            &[(0, 1, 0.0), (0, 2, 0.243_683_664_1), (1, 2, 0.0), (2, 3, 0.0)],
        ),
        Exact::new(
            "above",
            &[0.157_190, 0.445_095, 0.005_364, 0.0],
            &[0.467_723, 0.755_414, 0.287_273, 0.0],
            &[(0, 3, 0.0)],
        ),
    ];
    compare("ishigami", &exact);
}

#[test]
fn the_product_of_sobol_alone_and_in_groups() {
    // Sobol' 1993: V_i = 1/(3 (1 + a_i)^2), V + 1 the product of all 1 + V_i.
    let parts = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0].map(|a: f64| 1.0 / (3.0 * (1.0 + a).powi(2)));
    let product: f64 = parts.iter().map(|part| 1.0 + part).product();
    let variance = product - 1.0;
    let first = parts.map(|part| part / variance);
    let total = parts.map(|part| part * product / (1.0 + part) / variance);
    assert!((first[0] - 0.716_192).abs() < 1e-6 && (total[3] - 0.010_460).abs() < 1e-6, "as published");
    let pairs: Vec<_> = (0..8)
        .flat_map(|one| (one + 1..8).map(move |other| (one, other, parts[one] * parts[other] / variance)))
        .collect();
    compare("sobol_g", &[Exact::new("final", &first, &total, &pairs)]);

    // x1 with x4, x2 with x3, x5 with x6: the V of a group is that of its product.
    let groups = [(0, 3), (1, 2), (4, 5)].map(|(one, other)| (1.0 + parts[one]) * (1.0 + parts[other]) - 1.0);
    let product: f64 = groups.iter().map(|part| 1.0 + part).product();
    let variance = product - 1.0;
    let first = groups.map(|part| part / variance);
    let total = groups.map(|part| part * product / (1.0 + part) / variance);
    let pairs =
        [(0, 1), (0, 2), (1, 2)].map(|(one, other)| (one, other, groups[one] * groups[other] / variance));
    assert!((first[0] - 0.725_893_759).abs() < 1e-9 && (pairs[0].2 - 0.069_156_545).abs() < 1e-9);
    compare("sobol_g_groups", &[Exact::new("final", &first, &total, &pairs)]);
}

#[test]
fn a_sum_of_products_of_alternating_sign() {
    // Bratley, Fox & Niederreiter 1992; integrals of polynomials.
    let exact = Exact::new(
        "final",
        &[0.607_560_756_1, 0.218_721_872_2, 0.024_302_430_2, 0.024_302_430_2],
        &[0.705_670_567_1, 0.316_831_683_2, 0.057_605_760_6, 0.057_605_760_6],
        &[
            (0, 1, 0.072_907_290_7),
            (0, 2, 0.008_100_810_1),
            (0, 3, 0.008_100_810_1),
            (1, 2, 0.008_100_810_1),
            (1, 3, 0.008_100_810_1),
            (2, 3, 0.008_100_810_1),
        ],
    );
    compare("bratley_4", &[exact]);
}

#[test]
fn twenty_inputs_of_morris() {
    // Morris 1991, the random coefficients 0 or of alternating sign; integrals of one input at a time.
    let mut first = vec![
        0.005_019_989_5,
        0.008_936_945_4,
        0.016_856_384_2,
        0.008_936_945_4,
        0.016_856_384_2,
        0.000_222_126_6,
        0.068_537_703_3,
        0.100_277_080_8,
        0.150_323_827_4,
        0.100_277_080_8,
    ];
    first.extend([0.000_320_974_4; 10]);
    let mut total = vec![
        0.253_476_659_9,
        0.257_393_615_8,
        0.112_872_303_9,
        0.257_393_615_8,
        0.112_733_015,
        0.093_952_424_4,
        0.069_438_802_4,
        0.102_081_358_3,
        0.152_128_104_9,
        0.102_081_358_3,
    ];
    total.extend([0.002_125_251_8; 10]);
    compare("morris_20", &[Exact::new("final", &first, &total, &[])]);
}

#[test]
fn a_rare_regime_beyond_a_plane() {
    // Integrals of the multivariate normal distribution. The fifth input does nothing: its ST and its pairs are exactly 0.
    let exact = Exact::new(
        "beyond",
        &[0.307_117_652, 0.093_784_663, 0.018_427_850_3, 0.004_318_483_3, 0.0],
        &[0.864_711_653_8, 0.613_355_444_5, 0.316_120_993_7, 0.159_155_306_2, 0.0],
        &[
            (0, 1, 0.246_496_094_4),
            (0, 2, 0.043_951_771_4),
            (0, 3, 0.010_428_304_7),
            (0, 4, 0.0),
            (1, 2, 0.014_243_582_1),
            (1, 3, 0.003_463_317_2),
            (1, 4, 0.0),
            (2, 3, 0.000_779_644_4),
            (2, 4, 0.0),
            (3, 4, 0.0),
        ],
    );
    compare("half_plane_rare", &[exact]);
}

#[test]
fn regimes_inside_a_circle_and_in_two_of_four_quarters() {
    // S1 = (2/3 - pi^2/16) / (pi/4 - pi^2/16), and what both decide together is the rest.
    let square = std::f64::consts::PI.powi(2) / 16.0;
    let first = (2.0 / 3.0 - square) / (std::f64::consts::FRAC_PI_4 - square);
    let pairs = [(0, 1, 1.0 - 2.0 * first), (0, 2, 0.0), (1, 2, 0.0)];
    let [both, neither] = [[first, first, 0.0], [1.0 - first, 1.0 - first, 0.0]];
    // The indices of the other regime are the same, since it is 1 less the first.
    let exact = ["inside", "outside", "regimes"].map(|output| Exact::new(output, &both, &neither, &pairs));
    compare("disc", &exact);
    compare("parity_2", &[Exact::new("same", &[0.0, 0.0], &[1.0, 1.0], &[(0, 1, 1.0)])]);
}

#[test]
fn three_regimes_one_by_one_and_together() {
    // Red where x1 < 1/4, green where x1 + x2 < 1, blue elsewhere: P = 8/32, 9/32, 15/32, variances of conditional probabilities by hand.
    let exact = [
        Exact::new("red", &[1.0, 0.0, 0.0], &[1.0, 0.0, 0.0], &[(0, 1, 0.0)]),
        Exact::new("green", &[7.0 / 23.0, 7.0 / 23.0, 0.0], &[16.0 / 23.0, 16.0 / 23.0, 0.0], &[]),
        Exact::new("blue", &[37.0 / 85.0, 21.0 / 85.0, 0.0], &[64.0 / 85.0, 48.0 / 85.0, 0.0], &[]),
        Exact::new(
            "regimes",
            &[61.0 / 109.0, 21.0 / 109.0, 0.0],
            &[88.0 / 109.0, 48.0 / 109.0, 0.0],
            &[(0, 1, 27.0 / 109.0), (0, 2, 0.0), (1, 2, 0.0)],
        ),
    ];
    compare("three_regimes", &exact);
}

#[test]
fn a_sum_of_inputs_of_four_distributions() {
    // Variances: 1/12 of a unit interval, sd^2, 1/6 of this triangle (a^2 + b^2 + c^2 - ab - ac - bc) / 18, 36/12.
    let parts = [9.0 / 12.0, 0.25 * 4.0, 4.0 / 6.0, 3.0];
    let whole: f64 = parts.iter().sum();
    let own = parts.map(|part| part / whole);
    let pairs: Vec<_> = (0..4).flat_map(|one| (one + 1..4).map(move |other| (one, other, 0.0))).collect();
    compare("linear", &[Exact::new("final", &own, &own, &pairs)]);
}

#[test]
fn two_regions_where_eigenvalues_say_that_they_are_stable() {
    // Stable where k < 1 and sigma < (1 + k)/2 (Fagerholm et al. 2020): E(stable | k) = (1 + k)/4 below 1, E(stable | sigma) = 2/3 below
    // 1/2 and (4/3)(1 - sigma) up to 1, P = 1/4.
    let [first, total] = [[5.0 / 27.0, 37.0 / 81.0], [44.0 / 81.0, 22.0 / 27.0]];
    let pairs = [(0, 1, 29.0 / 81.0)];
    compare(
        "two_regions",
        &["stable", "seizing", "regimes"].map(|output| Exact::new(output, &first, &total, &pairs)),
    );
}

#[test]
fn five_kinds_of_equilibrium_one_by_one_and_together() {
    // Eigenvalues sigma - 1 +- sqrt(sigma^2 - b^2) (Fagerholm et al. 2020): a spiral where b > sigma, else a saddle where sigma > (1 + b^2)/2, else a
    // node; stable where sigma < 1. Lengths of these intervals at a given b or sigma, squared and integrated over 16 000 values. Of two
    // inputs ST of one is what S1 of the other leaves, and S2 what both leave.
    let exact = [
        ("regimes", 0.199_395, 0.423_357),
        ("saddle", 0.294_517, 0.381_854),
        ("stable_spiral", 1.0 / 9.0, 29.0 / 45.0),
        ("stable_node", 0.113_043, 0.113_043),
        ("unstable_node", 0.059_743, 0.059_743),
    ];
    let exact = exact.map(|(output, b, sigma)| {
        Exact::new(output, &[b, sigma], &[1.0 - sigma, 1.0 - b], &[(0, 1, 1.0 - b - sigma)])
    });
    compare("five_kinds", &exact);
}

#[test]
fn a_table_of_correlated_inputs_has_first_indices_alone() {
    // x1 + x2 + x3 of normal inputs with standard deviations 1, 1, 2, of which the last two have the correlation 0.9 (Iooss & Prieur 2019): V = 9.6 and
    // Var E(y | x) = 1, 2.8^2, (2 + 0.9)^2.
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["correlated.ode", "correlated.toml"] {
        std::fs::copy(file(name), folder.path().join(name)).expect("a copy");
    }
    let text = std::fs::read_to_string(file("correlated.toml")).expect("the study");
    let (before, after) = text.split_once("[space]").expect("a space");
    let (_, after) = after.split_once("[time]").expect("times");
    let normal = "{ normal = [0, 1] }";
    let space = format!(
        "[space]\ndesign = \"sobol\"\nbase = 16384\nreplicates = 1\n[space.parameters]\nx1 = {normal}\nx2 = {normal}\nx3 = {normal}"
    );
    std::fs::write(folder.path().join("normal.toml"), format!("{before}{space}\n[time]{after}"))
        .expect("a study");
    let (code, _, errors) = outcome(folder.path(), &["design", "normal.toml", "-o", "normal.csv"]);
    assert_eq!(code, 0, "{errors}");
    let normal = std::fs::read_to_string(folder.path().join("normal.csv")).expect("a design");
    let mut table = "x1,x2,x3\n".to_owned();
    for row in normal.lines().skip(1) {
        let x: Vec<f64> = row.split(',').skip(4).map(|cell| cell.parse().expect("a number")).collect();
        let third = 2.0 * (0.9 * x[1] + f64::sqrt(1.0 - 0.81) * x[2]);
        writeln!(table, "{:?},{:?},{third:?}", x[0], x[1]).expect("a text");
    }
    std::fs::write(folder.path().join("correlated.csv"), table).expect("a table");
    let objects = indices(folder.path(), Path::new("correlated.toml"));
    let of_sum: Vec<&Value> = objects.iter().filter(|object| object["output"] == "final").collect();
    assert_eq!(of_sum.len(), 3);
    for (object, variance) in of_sum.iter().zip([1.0, 2.8 * 2.8, 2.9 * 2.9]) {
        assert_within(object, "S1", variance / 9.6);
        assert_eq!(object["ST"], Value::Null);
    }
    let (_, said, _) = outcome(folder.path(), &["sense", "run", "--of", "final"]);
    assert!(said.contains("correlated parameters (of ranks): x2 and x3"), "{said}");
}

#[test]
fn every_study_of_the_folder_is_compared() {
    let own = include_str!("indices.rs");
    for entry in std::fs::read_dir(file("")).expect("the folder") {
        let name = entry.expect("a file").file_name().into_string().expect("a name");
        let name = name.strip_suffix(".toml").map(str::to_owned);
        assert!(name.is_none_or(
            |name| own.contains(&format!("\"{name}\"")) || own.contains(&format!("\"{name}.toml\""))
        ));
    }
}
