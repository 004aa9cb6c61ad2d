//! Diffusion and stability of networks, after Fagerholm et al. (2020, doi:10.1371/journal.pcbi.1008448), against closed forms that
//! follow from the equation of the code that accompanies the paper, `x' = (A + sigma L) x` with a Laplacian `L`. Values without a
//! formula were computed for this project with other software (eigenvalues of the same matrices).

#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

mod near;
mod written;

use std::path::Path;

use ictus::experiment::{Experiment, Status};
use ictus::study::Study;
use ictus::table::Table;
use near::assert_near;

/// What is measured at the points of a study, by name.
struct Measured {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Measured {
    fn all(&self, name: &str) -> Vec<f64> {
        let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| panic!("no {name}"));
        self.rows.iter().map(|row| row[at]).collect()
    }

    fn one(&self, name: &str) -> f64 {
        self.all(name)[0]
    }
}

fn shipped(name: &str, overrides: &[&str]) -> Study {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    Study::load(&Path::new("configs").join(name), &overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn study(text: String) -> Study {
    written::study(written::texts(text))
}

/// Measures a study at points, each with a value for every axis.
fn measure(study: &Study, points: &[&[(&str, f64)]]) -> Measured {
    let survey = study.survey().unwrap_or_else(|error| panic!("{error}"));
    let columns = study.space().columns().iter().map(|column| {
        let value = |point: &&[(&str, f64)]| {
            let own = point.iter().find(|(name, _)| *name == column.name);
            own.unwrap_or_else(|| panic!("no value of {}", column.name)).1
        };
        points.iter().map(value).collect()
    });
    let columns: Vec<Vec<f64>> = columns.collect();
    let table =
        if columns.is_empty() { Table::undefined(0, points.len()) } else { Table::from_columns(columns) };
    let rows = survey.measure(&table);
    assert!(rows.status.iter().all(|status| *status == Status::Ok), "{:?}", rows.status);
    let names = survey.quantities().iter().map(|quantity| quantity.name.clone()).collect();
    let row = |point| rows.features.columns().iter().map(|column| column[point]).collect();
    Measured { names, rows: (0..points.len()).map(row).collect() }
}

/// The values of all cells of a shipped study.
fn whole(study: &Study) -> Measured {
    let space = study.space();
    let shape = space.shape();
    let names: Vec<String> = space.columns().iter().map(|column| column.name.clone()).collect();
    let points: Vec<Vec<(&str, f64)>> = (0..space.points())
        .map(|number| {
            let mut rest = number;
            let mut place: Vec<u64> = shape
                .iter()
                .rev()
                .map(|length| {
                    let own = rest % length;
                    rest /= length;
                    own
                })
                .collect();
            place.reverse();
            names.iter().map(String::as_str).zip(space.values(&place)).collect()
        })
        .collect();
    measure(study, &points.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Numbers between 0 and 1 that fill a plane evenly.
fn plane(number: u32) -> [f64; 2] {
    [0.754_877_666_246_693, 0.569_840_290_998_053].map(|step| (step * f64::from(number + 1)).fract())
}

/// `max_re` of the pair with some connections and diffusion.
fn pair(set: &str, sigma: f64) -> f64 {
    let text = format!(
        "[model]\nname = \"two_region\"\nset = {{ {set}, sigma = {sigma:?} }}\n[stability]\nonly = true\n"
    );
    measure(&study(text), &[&[]]).one("max_re")
}

/// Where `max_re` of something crosses 0, between two values.
fn border(of: impl Fn(f64) -> f64, [mut low, mut high]: [f64; 2]) -> f64 {
    let sign = of(low) > 0.0;
    assert_ne!(sign, of(high) > 0.0, "no border");
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if (of(middle) > 0.0) == sign { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[test]
fn maps_of_the_pair_are_their_closed_forms() {
    for name in [
        "fagerholm_stability.toml",
        "fagerholm_oscillation.toml",
        "fagerholm_window.toml",
        "fagerholm_forward.toml",
    ] {
        let cells = whole(&shipped(name, &[]));
        let worst = cells.all("difference").into_iter().fold(0.0, |worst: f64, own| worst.max(own.abs()));
        // At a double eigenvalue rounding of 1e-16 becomes its root.
        assert!(worst < 1e-7, "{name}: {worst}");
    }
}

#[test]
fn a_quarter_of_the_stability_map_is_stable() {
    // Cell centres below k = 1 and sigma = (1 + k)/2: 30 000 of 120 000.
    let cells = whole(&shipped("fagerholm_stability.toml", &[]));
    assert_eq!(cells.all("stable").iter().sum::<f64>(), 30_000.0);
    assert_eq!(cells.rows.len(), 120_000);
}

#[test]
fn the_oscillation_map_has_five_classes_with_their_areas() {
    let study = shipped("fagerholm_oscillation.toml", &[]);
    let survey = study.survey().unwrap();
    let rules = survey.rules().unwrap();
    let cells = whole(&study);
    assert_eq!(cells.rows.len(), 39_800);
    let labels = rules.labels();
    let mut counts = std::collections::HashMap::new();
    for row in &cells.rows {
        let label = labels[usize::from(rules.classify(Status::Ok, row))].name.clone();
        *counts.entry(label).or_insert(0_u32) += 1;
    }
    // Cell by cell in integers, at sigma = s/200 and b = q/199: borders are sigma = b, sigma = 1 and sigma = (1 + b^2)/2.
    let mut exact = std::collections::HashMap::new();
    for s in (1..400_i64).step_by(2) {
        for q in (1..398).step_by(2) {
            let label = match (199 * s < 200 * q, s < 200, 100 * (199 * 199 + q * q) > 199 * 199 * s) {
                (true, true, _) => "decaying_spiral",
                (true, false, _) => "growing_spiral",
                (false, true, true) => "decaying_node",
                (false, false, true) => "growing_node",
                (false, _, false) => "growing_saddle",
            };
            *exact.entry(label.to_owned()).or_insert(0) += 1;
        }
    }
    assert_eq!(counts, exact);
    // Integrals over [0, 2]^2 with the borders sigma = b, sigma = 1 and sigma = (1 + b^2)/2.
    let expected = [
        ("decaying_spiral", 1.5),
        ("decaying_node", 1.0 / 6.0),
        ("growing_spiral", 0.5),
        ("growing_node", 0.101_282_526),
        ("growing_saddle", 3.0_f64.sqrt()),
    ];
    for (label, area) in expected {
        assert_near(f64::from(counts[label]) * 4.0 / 39_800.0, area, 0.015);
    }
}

#[test]
fn a_symmetric_pair_loses_stability_where_the_difference_grows() {
    // max(k - a, 2 sigma - a - k), at values printed to six digits and at others.
    for (sigma, expected) in [(0.0, -0.5), (0.5, -0.5), (0.6, -0.3), (0.9, 0.3), (1.0, 0.5)] {
        assert_near(pair("k = 0.5", sigma), expected, 1e-12);
    }
    for (set, expected) in [
        ("k = 0.3", 0.65),
        ("k = 0.1, a11 = -0.25, a22 = -0.25", 0.175),
        ("a11 = -0.0625, a22 = -0.0625", 0.031_25),
    ] {
        assert_near(border(|sigma| pair(set, sigma), [0.0, 2.0]), expected, 1e-9);
    }
    for number in 0..40 {
        let [k, sigma] = plane(number).map(|part| 1.5 * part);
        let a = 0.2 + plane(number + 100)[0];
        let set = format!("k = {k:?}, a11 = {:?}, a22 = {:?}", -a, -a);
        assert_near(pair(&set, sigma), (k - a).max(2.0 * sigma - a - k), 1e-12);
    }
}

#[test]
fn borders_of_other_pairs_are_where_trace_or_determinant_vanish() {
    let uneven = "a12 = 0.5, a21 = 0.4, s21 = 0.25";
    assert_near(border(|sigma| pair(uneven, sigma), [0.0, 2.0]), 0.8 / 0.725, 1e-9);
    let hopf = "a11 = -0.5, a12 = 1.2, a21 = -2, a22 = -1.5";
    assert_near(border(|sigma| pair(hopf, sigma), [0.0, 1.5]), 1.0, 1e-9);
    let omega = |sigma: f64| {
        let text = format!(
            "[model]\nname = \"two_region\"\nset = {{ {hopf}, sigma = {sigma:?} }}\n[stability]\nonly = true\n"
        );
        measure(&study(text), &[&[]]).one("omega")
    };
    assert_near(omega(1.0), 0.35_f64.sqrt(), 1e-9); // sqrt(Delta) = 0.591607978
    // Oscillation strictly inside m +- R, m = (a12 + a21)/2, R = sqrt((a12 - a21)^2 - (a11 - a22)^2)/2.
    let (m, r) = (-0.4, (3.2_f64.powi(2) - 1.0).sqrt() / 2.0);
    assert_near(m + r, 1.119_868_415, 1e-9);
    assert!(omega(m + r - 1e-6) > 0.0 && omega(m + r + 1e-6) == 0.0);
    assert!(omega(m - r + 1e-6) > 0.0 && omega(m - r - 1e-6) == 0.0);
}

#[test]
fn lowering_diffusion_may_destabilise() {
    let set = "a12 = 4, a21 = 0.3";
    let values = [
        (0.0, 0.095_445_115),
        (0.05, 0.043_730_346),
        (0.1, -0.016_823_913),
        (0.3, -0.7),
        (0.9, -0.1),
        (1.1, 0.1),
    ];
    for (sigma, expected) in values {
        assert_near(pair(set, sigma), expected, 1e-9);
    }
    assert_near(border(|sigma| pair(set, sigma), [0.0, 0.5]), 0.2 / 2.3, 1e-9);
    assert_near(border(|sigma| pair(set, sigma), [0.5, 1.5]), 1.0, 1e-9);
}

#[test]
fn physical_diffusion_may_destabilise_too() {
    // D* = det A / (sum of A) = 1, since the sum is above 0.
    let set = "direction = -1, a11 = 1, a12 = 4, a21 = -1, a22 = -2";
    for (sigma, expected) in [(0.0, -0.5), (0.5, -1.0), (2.0, 0.372_281_323)] {
        assert_near(pair(set, sigma), expected, 1e-9);
    }
    assert_near(border(|sigma| pair(set, sigma), [0.5, 2.0]), 1.0, 1e-9);
}

#[test]
fn an_oscillating_pair_has_the_printed_eigenvalues() {
    // sigma - 1 +- sqrt(sigma^2 - b^2) with b = 2.
    for sigma in [0.0, 0.5, 0.9, 1.0, 1.5, 2.5, 3.0_f64] {
        let root = sigma * sigma - 4.0;
        let study = study(format!(
            "[model]\nname = \"two_region\"\nset = {{ b = 2, sigma = {sigma:?} }}\n[stability]\nonly = true\n"
        ));
        let found = measure(&study, &[&[]]);
        assert_near(found.one("max_re"), sigma - 1.0 + root.max(0.0).sqrt(), 1e-12);
        assert_near(found.one("omega"), (-root).max(0.0).sqrt(), 1e-12);
    }
}

/// A network of linear regions that excite each other along a graph and diffuse along it.
fn network(matrix: &str, lines: &str, set: &[(&str, f64)]) -> f64 {
    let value = |name: &str, otherwise: f64| {
        set.iter().find(|(known, _)| *known == name).map_or(otherwise, |(_, value)| *value)
    };
    let text = format!(
        "[model]\nname = \"linear\"\nset = {{ a = {:?}, site = 0, eps = {:?} }}\n[stability]\nonly = true\n\
         [network]\nparameters = {{ k = {:?}, sigma = {:?}, g = {:?} }}\n\
         [network.channels.effective]\nmatrix = {matrix}\ngain = \"k\"\n\
         [network.channels.diffusion]\nmatrix = {matrix}\nkind = \"diffusive\"\ngain = \"-sigma\"\n{lines}",
        value("a", 1.0),
        value("eps", 0.0),
        value("k", 0.0),
        value("sigma", 0.0),
        value("g", 0.0)
    );
    let text = if matrix == "FIB90" {
        text.replace("FIB90\n", "\"fib90\"\nnormalise = \"spectral_radius\"\n")
    } else {
        text
    };
    measure(&study(text), &[&[]]).one("max_re")
}

#[test]
fn regular_graphs_have_their_closed_form() {
    // A = -a + k S, d-regular S with smallest eigenvalue m: the larger of k d - a and sigma d + (k - sigma) m - a.
    let ring = |n: u32| {
        if n.is_multiple_of(2) {
            -2.0
        } else {
            2.0 * (std::f64::consts::PI * f64::from(n - 1) / f64::from(n)).cos()
        }
    };
    let graphs = [
        ("{ generator = \"ring\", n = 90 }", 2.0, ring(90), 0.3, [0.4, -0.4, 0.32]),
        ("{ generator = \"ring\", n = 91 }", 2.0, ring(91), 0.3, [0.400_029_802, -0.4, 0.319_928_497]),
        ("{ generator = \"complete\", n = 90 }", 89.0, -1.0, 0.005, [0.011_166_667, -0.5025, 0.201]),
        ("{ generator = \"torus\", n = 8 }", 4.0, -4.0, 0.1, [0.175, -0.6, 0.28]),
        ("{ generator = \"hypercube\", d = 6 }", 6.0, -6.0, 0.1, [0.133_333_333, -0.4, 0.32]),
    ];
    for (matrix, d, m, k, [at, before, after]) in graphs {
        let star = (1.0 - k * m) / (d - m);
        assert_near(star, at, 1e-9);
        let of = |sigma: f64| network(matrix, "", &[("k", k), ("sigma", sigma)]);
        let closed = |sigma: f64| (k * d - 1.0).max(sigma * d + (k - sigma) * m - 1.0);
        assert_near(of(0.5 * star), before, 1e-9);
        // Printed digits of the ring of 91 belong to 1.2 times the exact border.
        assert_near(of(1.2 * star), after, 1e-8);
        for part in [0.3, 0.77, 1.61] {
            assert_near(of(part * star), closed(part * star), 1e-9);
        }
    }
}

#[test]
fn regions_that_only_diffuse_lose_stability_at_the_largest_eigenvalue_of_the_laplacian() {
    let (pi, cos) = (std::f64::consts::PI, f64::cos);
    let graphs = [
        ("{ generator = \"complete\", n = 90 }", 90.0),
        ("{ generator = \"star\", n = 90 }", 90.0),
        ("{ generator = \"ring\", n = 90 }", 4.0),
        ("{ generator = \"ring\", n = 91 }", 2.0 - 2.0 * cos(pi * 90.0 / 91.0)),
        ("{ generator = \"path\", n = 90 }", 2.0 + 2.0 * cos(pi / 90.0)),
        ("{ generator = \"path\", n = 8 }", 3.847_759_065),
        ("{ generator = \"torus\", n = 8 }", 8.0),
        ("{ generator = \"hypercube\", d = 6 }", 12.0),
        ("{ generator = \"bipartite\", a = 5, b = 7 }", 12.0),
    ];
    for (matrix, largest) in graphs {
        assert_near(network(matrix, "", &[("sigma", 1.3 / largest)]), 0.3, 1e-9);
    }
    for (k, star) in [(0.0, 0.795_207_125), (0.5, 0.878_194_070)] {
        assert_near(network("FIB90", "", &[("k", k), ("sigma", star)]), 0.0, 1e-8);
    }
}

#[test]
fn self_connections_that_are_needed_on_the_sphere() {
    for (sigma, a) in [(0.0, 0.5), (0.5, 0.540_172_909), (1.0, 1.152_072_462)] {
        let found = measure(&shipped("fagerholm_fib90.toml", &[]), &[&[("sigma", sigma), ("a", a)]]);
        assert_near(found.one("max_re"), 0.0, 1e-8);
        assert!(found.one("above_bound") > 0.0);
    }
    let directed = shipped("fagerholm_directed.toml", &[]);
    for (sigma, a, expected) in [(0.0, 0.526_312_050, 0.0), (0.5, 0.838_663_986, 0.0), (0.9, 1.0, 0.274_624)]
    {
        let found = measure(&directed, &[&[("sigma", sigma), ("a", a)]]).one("max_re");
        assert_near(found, expected, if expected == 0.0 { 1e-8 } else { 1e-6 });
    }
}

#[test]
fn one_pathological_region_needs_less_where_diffusion_is_strong() {
    const SITE: &str = "[network.nodes]\nsite = { 0 = 1 }\n";
    let at = |matrix: &str, sigma: f64, eps: f64| network(matrix, SITE, &[("sigma", sigma), ("eps", eps)]);
    let complete = |n: f64, sigma: f64| (1.0 - n * sigma) / (1.0 - sigma);
    for (n, sigma, printed) in
        [(2, 0.3, 0.571_428_571), (10, 0.05, 0.526_315_789), (90, 0.005, 0.552_763_819)]
    {
        assert_near(complete(f64::from(n), sigma), printed, 1e-9);
        assert_near(at(&format!("{{ generator = \"complete\", n = {n} }}"), sigma, printed), 0.0, 1e-8);
    }
    // A ring so long that its ends do not matter: sqrt(a (a - 4 sigma)).
    for (sigma, eps) in [(0.1, 0.774_596_669), (0.2, 0.447_213_595)] {
        assert_near(at("{ generator = \"ring\", n = 90 }", sigma, eps), 0.0, 1e-8);
    }
    assert_near(at("FIB90", 0.3, 0.702_997_862), 0.0, 1e-8);
    let study = shipped("fagerholm_pathological.toml", &["space.axes.sigma.n=12", "space.axes.eps.n=11"]);
    assert!(whole(&study).all("difference").iter().all(|own| own.abs() < 1e-9));
}

/// A channel by which all that hear a node see its mirror image.
fn mirror(matrix: &str, node: usize) -> String {
    format!(
        "[network.channels.mirroring]\nmatrix = {matrix}\nmirror = {node}\nkind = \"diffusive\"\ngain = \"g\"\n"
    )
}

#[test]
fn mirroring_lowers_the_diffusion() {
    // On a complete graph every mode but the uniform one is at N sigma - a - k - g.
    for (n, k, sigma, needed) in [(2, 0.5, 1.0, 0.5), (10, 0.05, 0.15, 0.45), (90, 0.005, 0.02, 0.795)] {
        let matrix = format!("{{ generator = \"complete\", n = {n} }}");
        let of = |g: f64| network(&matrix, &mirror(&matrix, 0), &[("k", k), ("sigma", sigma), ("g", g)]);
        assert_near(of(needed), 0.0, 1e-9);
        assert_near(of(0.5 * needed), 0.5 * needed, 1e-9);
        assert!(of(1.01 * needed) < 0.0);
    }
    let study = shipped("fagerholm_mirror.toml", &["space.axes.sigma.n=12", "space.axes.g.n=11"]);
    assert!(whole(&study).all("difference").iter().all(|own| own.abs() < 1e-9));
}

#[test]
fn neighbours_that_are_clamped_to_a_pathological_region_leave_it_alone_with_itself() {
    let lines = format!("[network.nodes]\nsite = {{ 45 = 1 }}\n{}", mirror("\"fib90\"", 45));
    let of = |g: f64| network("FIB90", &lines, &[("eps", 0.8), ("sigma", 0.3), ("g", g)]);
    assert_near(of(0.0), 0.078_185_396, 1e-9);
    assert_near(of(0.5), -0.027_741_898, 1e-9);
    // Slaved neighbours: exactly eps - a; a finite gain falls short of that by about 1/g.
    let [near, nearer] = [1e5, 1e7].map(|g| of(g) + 0.2);
    assert!(near.abs() < 1e-3 && nearer.abs() < 1e-5 && nearer.abs() < near.abs(), "{near} {nearer}");
}

/// The pair of the time course: `x_1`, `x_2` at a time, with a stimulus of a gain.
fn course(channel: &str, gain: f64, time: f64) -> [f64; 2] {
    const STEP: f64 = 1.0 / 256.0;
    let pair = "{ generator = \"complete\", n = 2 }";
    let text = format!(
        "[model]\nname = \"linear\"\n[network]\nparameters = {{ g = 0 }}\n\
         [network.channels.effective]\nmatrix = {pair}\ngain = 0.5\n\
         [network.channels.diffusion]\nmatrix = {pair}\nkind = \"diffusive\"\ngain = -1\n{channel}\
         [network.nodes]\n\"init.x\" = [1, 0]\n\
         [[stimulus]]\nparameter = \"g\"\nvalue = {gain:?}\nfrom = 10\nto = 20\n\
         [time]\nmethod = \"rk4\"\nstep = {STEP}\ntransient = {:?}\nwindow = {:?}\n\
         [observe]\nfeatures = [\"extrema(node.0)\", \"extrema(node.1)\"]\n",
        time - 2.0 * STEP,
        2.0 * STEP
    );
    let found = measure(&study(text), &[&[]]);
    // The window's last instant: there `x_1` grows until the stimulus and falls after it, and `x_2` always falls.
    let x = found.one(if time <= 10.0 { "node_0_maximum" } else { "node_0_minimum" });
    [x, found.one("node_1_minimum")]
}

#[test]
fn mirroring_for_a_while_postpones_the_growth() {
    let channel = mirror("{ generator = \"complete\", n = 2 }", 0);
    // Before it cosh(t/2); the difference is e^(t/2) before, falls by e^(-3/2 t) while it lasts.
    for (time, printed) in [(1.0, 1.127_625_965), (5.0, 6.132_289_480), (10.0, 74.209_948_525)] {
        let [x, y] = course(&channel, 2.0, time);
        assert_near(x, printed, 1e-6);
        assert_near(x - y, (time / 2.0).exp(), 1e-6);
    }
    let [x, y] = course(&channel, 2.0, 20.0);
    assert_near(x, 1.0, 1e-6);
    assert_near(y, 0.999_954_600, 1e-6);
    assert_near(x - y, (-10.0_f64).exp(), 1e-8);
    let [x, y] = course(&channel, 2.0, 30.0);
    assert_near(x, 0.010_106_768, 1e-6);
    assert_near(y, 0.003_368_821, 1e-6);
    assert_near(x - y, (-5.0_f64).exp(), 1e-8);
}

#[test]
fn an_opposed_stimulus_does_not_help() {
    // u_2 = -g (x_1 + x_2) = g (x_1 - x_2) - 2 g x_1: 2 sigma - a - k = 1/2 stays an eigenvalue for every gain.
    let pair = "{ generator = \"complete\", n = 2 }";
    let lines = format!(
        "{}[network.channels.opposed]\nmatrix = {pair}\nmirror = 0\ngain = \"-2*g\"\n",
        mirror(pair, 0)
    );
    for g in [0.0, 0.3, 1.0, 2.0, 17.0] {
        assert_near(network(pair, &lines, &[("k", 0.5), ("sigma", 1.0), ("g", g)]), 0.5, 1e-9);
    }
}

#[test]
fn a_stimulus_ends_and_begins_between_steps_whatever_the_step() {
    // In 10 units of time with step 0.1 rounding of times must not cost a step: the difference is e^(t/2) exactly at rate 1/2 - g.
    let text = |step: f64| {
        format!(
            "[model]\nname = \"linear\"\nset = {{ a = 1 }}\n[network]\nsize = 1\nparameters = {{ g = 0 }}\n\
             [network.channels.own]\nmatrix = \"mean\"\ngain = \"g\"\n\
             [[stimulus]]\nparameter = \"g\"\nvalue = 3\nfrom = 0.3\nto = 0.9\n\
             [time]\nmethod = \"rk4\"\nstep = {step:?}\ntransient = 1.2\nwindow = 0.6\n[observe]\nfeatures = [\"extrema\"]\n"
        )
    };
    // x = e^(-0.3) e^(2 * 0.6) e^(-0.9) at t = 1.8 is its minimum in the window.
    for step in [0.1, 0.05, 0.03, 0.01, 0.005] {
        let found = measure(&study(text(step)), &[&[]]).one("minimum");
        assert_near(found, 1.0, 2.0 * step.powi(4));
    }
}

#[test]
fn simulated_growth_is_the_largest_real_part() {
    // Long-run growth of |x| from the simulation of the pair against the closed form, at the printed tolerance of a window.
    for (k, sigma) in [(0.5, 0.9), (0.3, 0.2), (1.2, 0.4)] {
        let text = format!(
            "[model]\nname = \"two_region\"\nset = {{ k = {k:?}, sigma = {sigma:?} }}\n\
             [time]\nstep = 0.05\ntransient = 150\nwindow = 50\n[observe]\nfeatures = [\"moments\"]\n"
        );
        let found = measure(&study(text), &[&[]]).one("mean");
        assert_near(found, (k - 1.0_f64).max(2.0 * sigma - 1.0 - k), 1e-6);
    }
}

#[test]
fn a_balanced_mean_field_loses_its_rest_where_formulas_say() {
    let cells = whole(&shipped("ei_balance.toml", &["space.axes.wie.n=40", "space.axes.wee.n=40"]));
    assert!(cells.all("difference").iter().all(|own| own.abs() < 1e-7));
    // (wii, taue, taui, wei, wie): Hopf point at wee = 4 + (taue/taui)(4 + wii), omega = sqrt(det J), and wee = 4 + wei wie/(4 + wii).
    let rows = [
        ([0.0, 1.0, 2.0, 10.0, 10.0], 6.0, 1.695_582_496, 29.0),
        ([2.0, 1.0, 1.0, 12.0, 12.0], 10.0, 2.598_076_211, 28.0),
        ([4.0, 10.0, 20.0, 15.0, 13.0], 8.0, 0.225_693_376, 28.375),
    ];
    for ([wii, taue, taui, wei, wie], hopf, omega, fold) in rows {
        let at = |wee: f64| {
            let text = format!(
                "[model]\nname = \"ei_mean_field\"\nset = {{ wee = {wee:?}, wii = {wii:?}, taue = {taue:?}, taui = {taui:?}, wei = {wei:?}, wie = {wie:?} }}\n\
                 [initial]\nE = 0.5\nI = 0.5\n[stability]\nonly = true\nstarts = 0\n"
            );
            measure(&study(text), &[&[]])
        };
        assert_near(at(hopf).one("max_re"), 0.0, 1e-9);
        assert_near(at(hopf).one("omega"), omega, 1e-8);
        // Beyond both borders one eigenvalue is above 0: a saddle.
        assert_eq!([fold - 1e-3, fold + 1e-3].map(|wee| at(wee).one("n_unstable")), [2.0, 1.0]);
    }
}

#[test]
fn diffusion_between_mean_fields_moves_the_border() {
    let study = shipped("ei_diffusion.toml", &[]);
    for number in 0..60 {
        let [sigma, wee] = plane(number);
        let found = measure(&study, &[&[("sigma", 0.25 * sigma), ("wee", 8.0 * wee)]]);
        assert_near(found.one("difference"), 0.0, 1e-9);
    }
    for (wee, star) in [(0.0, 0.1875), (3.0, 0.09375), (5.0, 0.03125)] {
        assert_near(measure(&study, &[&[("sigma", star), ("wee", wee)]]).one("max_re"), 0.0, 1e-9);
    }
    // Of the cell centres 44 850 lie below the border sigma = (6 - wee)/32, and none on it.
    let cells = whole(&study);
    assert_eq!((cells.all("stable").iter().sum::<f64>(), cells.rows.len()), (44_850.0, 159_600));
}
