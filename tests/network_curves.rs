//! `ictus curves` of networks, as a person meets them: values from closed forms and from the single model. Runs the real binary.

mod curve_points;
mod near;

use curve_points::{number, of_kind, outcome, points};
use ictus::store::Container;
use near::assert_near;
use serde_json::Value;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

/// Linear regions `x' = -x + sum of A x - sigma (differences)`, with the matrix A in `a.csv`.
fn regions(matrix: &str, gain: &str, diffusive: &str, axes: &str) -> tempfile::TempDir {
    let study = format!(
        "[model]\nname = \"linear\"\n[network]\nparameters = {{ b = 1, sigma = 0.5 }}\n[network.channels.effective]\n\
         matrix = {{ file = \"a.csv\" }}\ndiagonal = \"keep\"\ngain = \"{gain}\"\n[network.channels.structural]\n\
         matrix = {{ generator = \"complete\", n = 2 }}\nkind = \"diffusive\"\ngain = \"{diffusive}\"\n\
         [space.axes]\n{axes}\n[stability]\nonly = true\n"
    );
    folder(&[("study.toml", &study), ("a.csv", matrix)])
}

/// Fagerholm et al. (2020): the matrix `A + sigma L` of two regions. With `A = [[-a, k], [k, -a]]` its eigenvalues are `k - a` and
/// `2 sigma - a - k`; with differences evened out, `A - D L`, the border is `D* = det A / (sum of A)`.
#[test]
fn two_regions_lose_their_rest_where_trace_and_determinant_say() {
    let axes = "sigma = { from = 0, to = 2, n = 5 }\nb = { from = 0, to = 2.2, n = 5 }";
    let symmetric = regions("0,1\n1,0\n", "b", "-sigma", axes);
    let along = |at: &str, name: &str| points(symmetric.path(), &["study.toml", "--along", name, "--at", at]);
    for (k, border) in [(0.5, 0.75), (0.3, 0.65)] {
        let found = along(&format!("b={k}"), "sigma");
        assert_eq!(of_kind(&found, "end").len(), 2, "one branch");
        let crossing = of_kind(&found, "branch_point");
        assert_eq!(crossing.len(), 1);
        assert_near(number(&crossing[0]["sigma"]), border, 1e-9);
    }
    // Of the parameter of the model: a = k, and before it a = 2 sigma - k.
    let found = points(
        symmetric.path(),
        &["study.toml", "--along", "a", "--at", "b=0.5", "--at", "sigma=0.6", "--from", "0.1", "--to", "1.3"],
    );
    let crossings: Vec<f64> = of_kind(&found, "branch_point").iter().map(|own| number(&own["a"])).collect();
    assert_eq!(crossings.len(), 2);
    assert_near(crossings[0], 0.5, 1e-9);
    assert_near(crossings[1], 0.7, 1e-9);
    // A = [[1, 4], [-1, -2]]: det 2 over the sum 2.
    let forward = regions("2,4\n-1,-1\n", "1", "sigma", axes);
    let found = points(forward.path(), &["study.toml", "--along", "sigma"]);
    let crossing = of_kind(&found, "branch_point");
    assert_eq!(crossing.len(), 1);
    assert_near(number(&crossing[0]["sigma"]), 1.0, 1e-9);
}

/// `A = [[-1, b], [-b, -1]]`: eigenvalues `sigma - 1 +- sqrt(sigma^2 - b^2)`, so a Hopf point at sigma = 1 with the frequency
/// `sqrt(b^2 - 1)`, which vanishes where the window of oscillations ends, at b = 1.
#[test]
fn two_regions_oscillate_in_their_window() {
    let axes = "sigma = { from = 0, to = 2, n = 5 }\nb = { from = 0, to = 2.2, n = 5 }";
    let turning = regions("0,1\n-1,0\n", "b", "-sigma", axes);
    let found = points(
        turning.path(),
        &["study.toml", "--along", "sigma", "--with", "b", "--at", "b=2", "-o", "c.nc"],
    );
    let hopf = of_kind(&found, "hopf");
    assert_eq!(hopf.len(), 1);
    assert_near(number(&hopf[0]["sigma"]), 1.0, 1e-12);
    assert_near(number(&hopf[0]["angular_frequency"]), 3.0_f64.sqrt(), 1e-12);
    assert_eq!(hopf[0]["criticality"], "degenerate");
    assert_eq!(hopf[0]["multiplicity"], 1);
    let state = hopf[0]["state"].as_object().expect("a state");
    assert_eq!(state.keys().collect::<Vec<_>>(), ["node_0_x", "node_1_x"]);
    let (code, said, remarks) =
        outcome(turning.path(), &["curves", "study.toml", "--along", "sigma", "--with", "b", "--at", "b=2"]);
    assert_eq!(code, 0, "{remarks}");
    assert!(said.contains("begins: in a Bogdanov-Takens point; ends: at the end of the range"), "{said}");
    assert!(turning.path().join("c.nc").exists());
}

/// A pair of Wilson & Cowan that rests at E = I = 1/2 with the Jacobian `[[w/4 - 1, -2.5], [1.25, -0.5]]`.
const PAIR: &str = "#: pair\npar w=3\npar hE=0,hI=0\nF(x)=1/(1+exp(-x))\nE'=-E+F(w*E-10*I+(10-w)/2)+hE\n\
                    I'=(-I+F(10*E-5))/2+hI\ninit E=0.52,I=0.49\n#@ input hE\n#@ input hI\n#@ output E\n#@ output I\n\
                    @ bound=10,dt=0.05\ndone\n";

fn ring(nodes: usize) -> tempfile::TempDir {
    let channel = |name: &str| {
        format!(
            "[network.channels.{name}]\nmatrix = {{ generator = \"ring\", n = {nodes} }}\nkind = \"diffusive\"\n\
             gain = \"-sigma\"\nfrom = \"{name}\"\nto = \"h{name}\"\n"
        )
    };
    let study = format!(
        "[model]\nfile = \"pair.ode\"\n[network]\nparameters = {{ sigma = 0.05 }}\n{}{}[space.axes]\n\
         sigma = {{ from = 0, to = 0.25, n = 6 }}\nw = {{ from = 0, to = 5.5, n = 7 }}\n[stability]\nonly = true\n",
        channel("E"),
        channel("I"),
    );
    folder(&[("ring.toml", &study), ("pair.ode", PAIR)])
}

/// The spectrum is that of the pair with `sigma l_m` added, and `l_m = 2 - 2 cos(2 pi m/90)` are the eigenvalues of the ring's
/// Laplacian, all but the first and the last twice: at w = 3 the pair has -0.375 +- 1.76334 i.
#[test]
fn a_ring_of_ninety_pairs_loses_its_modes_one_after_the_other() {
    let ring = ring(90);
    let found = points(ring.path(), &["ring.toml", "--along", "sigma", "--at", "w=3"]);
    let hopf = of_kind(&found, "hopf");
    let expected =
        (0..=45).rev().map(|mode| 2.0 - 2.0 * (std::f64::consts::TAU * f64::from(mode) / 90.0).cos());
    let expected: Vec<f64> = expected.map(|own| 0.375 / own).take_while(|sigma| *sigma < 0.25).collect();
    assert_eq!(hopf.len(), expected.len());
    for (number_of_mode, (point, sigma)) in hopf.iter().zip(expected).enumerate() {
        assert_near(number(&point["sigma"]), sigma, 1e-9);
        assert_near(number(&point["angular_frequency"]), (3.25_f64 - 0.375 * 0.375).sqrt(), 1e-9);
        assert_eq!(point["multiplicity"], if number_of_mode == 0 { 1 } else { 2 });
        assert!(number(&point["residual"]) < 1e-9);
        let state = point["state"].as_object().expect("a state");
        assert_eq!(state.len(), 180);
        assert!(state.values().all(|value| (number(value) - 0.5).abs() < 1e-9));
    }
    assert_eq!(hopf[0]["criticality"], "supercritical");
    assert_eq!(hopf[1]["criticality"], "undefined");
}

/// At w = 2 the pair has -0.5 +- 1.76777 i, and the second modes of a ring of twelve have `l_m = 1`: they cross at the end.
#[test]
fn modes_that_cross_at_the_end_of_the_range_are_counted() {
    let ring = ring(12);
    let found = points(ring.path(), &["ring.toml", "--along", "sigma", "--at", "w=2", "--to", "0.5"]);
    let hopf = of_kind(&found, "hopf");
    let last = hopf.last().expect("Hopf points");
    assert_near(number(&last["sigma"]), 0.5, 1e-9);
    assert_eq!(last["multiplicity"], 2);
}

/// The curve of the last mode is `sigma = (6 - w)/32`.
#[test]
fn the_border_of_a_ring_is_the_line_of_its_formula() {
    let ring = ring(4);
    for (w, sigma) in [("0", 0.1875), ("3", 0.093_75), ("5", 0.031_25)] {
        let at = format!("w={w}");
        let found =
            points(ring.path(), &["ring.toml", "--along", "sigma", "--with", "w", "--at", &at, "-o", "c.nc"]);
        assert_near(number(&of_kind(&found, "hopf")[0]["sigma"]), sigma, 1e-12);
    }
    let found = curves(&ring.path().join("c.nc"), "sigma", "w");
    let alone: Vec<_> = found.iter().filter(|(_, several, _)| *several < 2.0).collect();
    assert_eq!(alone.len(), 1);
    assert!(alone[0].2.len() > 50);
    for [sigma, w] in &alone[0].2 {
        assert_near(*sigma, (6.0 - w) / 32.0, 1e-9);
    }
}

/// A curve in a file: kind, multiplicity, and its points in the plane.
fn curves(path: &std::path::Path, along: &str, with: &str) -> Vec<(f64, f64, Vec<[f64; 2]>)> {
    let file = Container::open(path).expect("a file");
    let column = |name: &str| {
        let length = file.dimensions(name).expect("the variable")[0].1;
        file.doubles(name, &[0], &[length]).expect("its values")
    };
    let (kinds, several) = (column("curve_kind"), column("curve_multiplicity"));
    let (x, y) = (column(&format!("curve_point_{along}")), column(&format!("curve_point_{with}")));
    let points = |number: usize| {
        let own = column("curve_point_curve").into_iter().zip(x.iter().zip(&y));
        own.filter(|(curve, _)| *curve as usize == number).map(|(_, (x, y))| [*x, *y]).collect()
    };
    (0..kinds.len()).map(|number| (kinds[number], several[number], points(number))).collect()
}

/// All modes of the ring, those that come in twos too: mode m crosses at `sigma = (6 - w)/(8 l_m)`, `l_m = 2 - 2 cos(2 pi m/n)`.
#[test]
fn modes_that_cross_at_once_are_followed_along_their_lines() {
    for (nodes, modes) in [
        (6, vec![(1, 4.0), (2, 3.0), (2, 1.0)]),
        (5, vec![(2, 3.618_033_988_749_895), (2, 1.381_966_011_250_105)]),
    ] {
        let ring = ring(nodes);
        points(ring.path(), &["ring.toml", "--along", "sigma", "--with", "w", "-o", "c.nc"]);
        let found = curves(&ring.path().join("c.nc"), "sigma", "w");
        assert_eq!(found.len(), modes.len(), "{nodes} nodes");
        for (multiplicity, mode) in modes {
            let is_its = |curve: &&(f64, f64, Vec<[f64; 2]>)| {
                curve.2.iter().all(|[sigma, w]| (sigma - (6.0 - w) / (8.0 * mode)).abs() < 1e-12)
            };
            let its: Vec<_> = found.iter().filter(is_its).collect();
            assert_eq!(its.len(), 1, "{nodes} nodes, mode {mode}");
            let (_, several, points) = its[0];
            assert_near(*several, f64::from(multiplicity), 0.0);
            // From end to end of the plane.
            let ends = [points[0], points[points.len() - 1]];
            let leaves = |w: f64| ends.iter().any(|end| (end[1] - w).abs() < 1e-9);
            assert!(points.len() > 100 && leaves(5.5) && leaves((6.0 - 2.0 * mode).max(0.0)), "{ends:?}");
        }
    }
}

/// Fagerholm et al. (2020): of N regions that are all joined, with `-a` and `k`, N - 1 modes lose their rest at `(a + k)/N`; steady
/// ones, so that branches cross.
#[test]
fn all_modes_but_one_of_a_complete_graph_are_followed_as_one_curve() {
    let study = "[model]\nname = \"linear\"\n[network]\nparameters = { k = 0.1, sigma = 0.1 }\n[network.channels.effective]\n\
                 matrix = { generator = \"complete\", n = 5 }\ngain = \"k\"\n[network.channels.structural]\n\
                 matrix = { generator = \"complete\", n = 5 }\nkind = \"diffusive\"\ngain = \"-sigma\"\n[space.axes]\n\
                 sigma = { from = 0, to = 0.5, n = 5 }\nk = { from = 0, to = 0.2, n = 5 }\n[stability]\nonly = true\n";
    let folder = folder(&[("all.toml", study)]);
    for (with, range, border) in [
        ("k", ["0", "0.2"], (|k| (1.0 + k) / 5.0) as fn(f64) -> f64),
        ("a", ["0.5", "1.5"], |a| (a + 0.1) / 5.0),
    ] {
        let found = points(
            folder.path(),
            &[
                "all.toml",
                "--along",
                "sigma",
                "--with",
                with,
                "--with-from",
                range[0],
                "--with-to",
                range[1],
                "-o",
                "c.nc",
            ],
        );
        let crossing = of_kind(&found, "branch_point");
        assert_eq!(crossing[0]["multiplicity"], 4);
        let found = curves(&folder.path().join("c.nc"), "sigma", with);
        assert_eq!(found.len(), 1);
        let (kind, several, points) = &found[0];
        assert_eq!((*kind, *several), (2.0, 4.0));
        assert!(points.len() > 100);
        for [sigma, with] in points {
            assert_near(*sigma, border(*with), 1e-12);
        }
    }
}

/// Two nodes of a shipped model; `ports` are put into its file.
fn two(model: &str, ports: &str, gain: &str, axis: &str) -> tempfile::TempDir {
    let text = ictus::model::find(model).expect("a shipped model").text;
    let (equations, _) = text.rsplit_once("done").expect("its end");
    let study = format!(
        "[model]\nfile = \"one.ode\"\n[network.channels.pair]\nmatrix = {{ generator = \"complete\", n = 2 }}\n\
         kind = \"diffusive\"\ngain = {gain}\n[space.axes]\n{axis}\n[stability]\nonly = true\n"
    );
    folder(&[("two.toml", &study), ("one.ode", &format!("{equations}{ports}done\n"))])
}

/// Parameters of the points of a kind, each once.
fn places(points: &[Value], kind: &str, parameter: &str) -> Vec<f64> {
    let mut all: Vec<f64> = of_kind(points, kind).iter().map(|point| number(&point[parameter])).collect();
    all.sort_by(f64::total_cmp);
    all.dedup_by(|a, b| (*a - *b).abs() < 1e-7);
    all
}

#[test]
fn two_copies_without_coupling_have_the_points_of_one() {
    for (model, ports, axis, parameter) in [
        ("jansen_rit", "#@ input p\n#@ output y1\n", "p = { from = -50, to = 400, n = 4 }", "p"),
        ("wilson_cowan", "", "P = { from = 0, to = 4, n = 4 }", "P"),
    ] {
        let copies = two(model, ports, "0", axis);
        let found = points(copies.path(), &["two.toml", "--along", parameter]);
        let ends = if model == "jansen_rit" { ["-50", "400"] } else { ["0", "4"] };
        let alone = points(copies.path(), &[model, "--along", parameter, "--from", ends[0], "--to", ends[1]]);
        for kind in ["hopf", "fold"] {
            let (copies, one) = (places(&found, kind, parameter), places(&alone, kind, parameter));
            assert_eq!(copies.len(), one.len(), "{model} {kind}: {copies:?} {one:?}");
            copies.iter().zip(one).for_each(|(copy, one)| assert_near(*copy, one, 1e-8));
        }
    }
}

/// Where all nodes are alike nobody hears a difference.
#[test]
fn nodes_that_even_out_differences_keep_the_equilibria_in_which_they_are_alike() {
    let pair = two("wilson_cowan", "", "0.5", "P = { from = 0, to = 4, n = 4 }");
    let found = points(pair.path(), &["two.toml", "--along", "P"]);
    let alone = points(pair.path(), &["wilson_cowan", "--along", "P"]);
    for wanted in alone.iter().filter(|point| point["kind"] == "fold" || point["kind"] == "hopf") {
        let is_same = |point: &&Value| {
            point["kind"] == wanted["kind"]
                && (number(&point["P"]) - number(&wanted["P"])).abs() < 1e-9
                && ["node_0_E", "node_1_E"]
                    .iter()
                    .all(|name| (number(&point["state"][name]) - number(&wanted["state"]["E"])).abs() < 1e-7)
        };
        let own = found.iter().find(is_same).unwrap_or_else(|| panic!("{wanted} is not there"));
        assert_eq!(own["criticality"], wanted["criticality"]);
    }
}

/// Twelve bistable nodes (Montbrio et al. 2015) that hardly hear each other: 3^12 equilibria where one node has three.
#[test]
fn what_is_not_followed_of_a_bistable_network_is_said() {
    let study = "[model]\nname = \"montbrio_pazo_roxin\"\n[network]\nparameters = { g = 0.02 }\n[network.channels.all]\n\
                 matrix = { generator = \"ring\", n = 12 }\ngain = \"g\"\n[space.axes]\n\
                 eta = { from = -10, to = 0, n = 5 }\ng = { from = 0, to = 0.1, n = 5 }\n[stability]\nonly = true\n";
    let folder = folder(&[("bistable.toml", study)]);
    let arguments =
        ["bistable.toml", "--along", "eta", "--with", "g", "--at", "g=0.02", "--work", "1e6", "-o", "c.nc"];
    let found = points(folder.path(), &arguments);
    let left = of_kind(&found, "not_followed");
    assert_eq!(left.len(), 1);
    assert!(number(&left[0]["equilibria"]) > 0.0, "{}", left[0]);
    assert!(number(&left[0]["points"]) > 0.0, "{}", left[0]);
    assert!(!left[0]["sections"].as_array().expect("values of g").is_empty());
    let said = left[0]["text"].as_str().expect("a text");
    let file = Container::open(&folder.path().join("c.nc")).expect("a file");
    let kept = file.attributes().into_iter().find(|(name, _)| name == "not_followed");
    assert_eq!(kept.map(|(_, text)| text), Some(said.into()));
    let (code, _, remarks) = outcome(folder.path(), &[&["curves"][..], &arguments].concat());
    assert_eq!(code, 0, "{remarks}");
    assert!(remarks.contains(&format!("not all: {said}")), "{remarks}");
    // A ring that has one equilibrium has nothing to say.
    let ring = ring(4);
    assert!(of_kind(&points(ring.path(), &["ring.toml", "--along", "sigma"]), "not_followed").is_empty());
    let (code, _, remarks) =
        outcome(ring.path(), &["curves", "ring.toml", "--along", "sigma", "--work", "0"]);
    assert_eq!(code, 2);
    assert!(remarks.contains("write a positive one such as `1e12`"), "{remarks}");
}

#[test]
fn what_cannot_be_followed_of_a_network_is_refused_with_a_remedy() {
    let large = ring(200);
    let (code, _, said) = outcome(large.path(), &["curves", "ring.toml", "--along", "sigma"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("400 variables, 2 at each of 200 nodes"), "{said}");
    let small = ring(4);
    let (code, _, said) = outcome(small.path(), &["curves", "ring.toml", "--along", "sigmo"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("did you mean `sigma`?"), "{said}");
    let study = std::fs::read_to_string(small.path().join("ring.toml")).expect("just written");
    let study = study.replace("w = { from = 0, to = 5.5, n = 7 }\n", "");
    let differing = study.replace("[space.axes]", "[network.nodes]\nw = { 2 = 4 }\n[space.axes]");
    std::fs::write(small.path().join("ring.toml"), differing).expect("the same place");
    let (code, _, said) =
        outcome(small.path(), &["curves", "ring.toml", "--along", "w", "--from", "0", "--to", "1"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("`w` differs from node to node"), "{said}");
}
