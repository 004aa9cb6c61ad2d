//! Equilibria and eigenvalues of the shipped models at published and computed values. "Continuation" marks values that were
//! computed for this project by Newton's method and pseudo-arclength continuation (residual below 1e-9).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bits;
mod measured;
mod near;
mod written;

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use bits::{bits, levels};
use ictus::equation::Level;
use ictus::experiment::{Experiment, Status};
use ictus::model;
use ictus::simulate::{Equilibria, Rest, Survey};
use ictus::stability::{Equilibrium, Spectrum};
use ictus::study::{Study, Texts};
use ictus::table::Table;
use measured::column;
use near::assert_near;

fn owned(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// Where equilibria of a shipped model are looked for.
fn rest(name: &str, fixed: &[(&str, f64)], columns: &[&str], initial: &[(&str, f64)]) -> Rest {
    Rest {
        model: Arc::new(model::find(name).expect("a shipped model").parse().expect("a right model")),
        network: None,
        fixed: owned(fixed),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        initial: owned(initial),
        starts: vec![],
        constraint: None,
        spread: 8,
        ranges: vec![],
        places: ictus::stability::features::Places::OfModel,
    }
}

/// The equilibria at each value of the one column.
fn along(rest: Rest, values: &[f64]) -> Vec<Vec<Equilibrium>> {
    let finder = Equilibria::new(rest, Level::best()).unwrap();
    finder.find(&Table::from_columns(vec![values.to_vec()]), &[]).0
}

fn spectrum(equilibrium: &Equilibrium) -> Spectrum {
    equilibrium.spectrum.expect("eigenvalues are found")
}

/// At a printed Hopf point the leading pair crosses the imaginary axis with the printed angular frequency.
#[track_caller]
fn assert_hopf(rest: Rest, at: f64, near: f64, loses_stability: bool, omega: f64) {
    let found = along(rest, &[at - near, at, at + near]);
    let [before, here, after] = [0, 1, 2].map(|point| spectrum(&found[point][0]));
    let expected = if loses_stability { [false, true] } else { [true, false] };
    assert_eq!([before.max_re > 0.0, after.max_re > 0.0], expected, "{} {}", before.max_re, after.max_re);
    assert!(here.is_critical(), "{}", here.max_re);
    assert_near(here.omega, omega, 1e-5 * omega);
}

/// A state near the upper equilibria of Jansen-Rit.
const UPPER: &[(&str, f64)] = &[("y0", 0.1), ("y1", 20.0), ("y2", 13.0)];

#[test]
fn jansen_rit_crosses_at_its_three_hopf_points() {
    // Continuation; Grimbert & Faugeras (2006): 89.83 and 315.70. The frequencies are in Hz.
    for (p, loses, frequency) in [
        (-12.147_492_348, false, 7.239_482),
        (89.829_107_970, true, 10.377_059),
        (315.696_428_069, false, 11.163_571),
    ] {
        let rest = rest("jansen_rit", &[], &["p"], UPPER);
        assert_hopf(rest, p, 1e-6, loses, TAU * frequency);
    }
}

#[test]
fn jansen_rit_has_three_equilibria_between_its_folds_and_one_beyond() {
    // Continuation: folds at p = -41.301410 and 113.586273; between -12.147 and 89.829 two of the three are stable.
    let mut rest = rest("jansen_rit", &[], &["p"], UPPER);
    rest.spread = 64;
    let range = |name: &str, to: f64| (name.to_owned(), [0.0, to]);
    rest.ranges = vec![range("y0", 0.2), range("y1", 40.0), range("y2", 40.0)];
    let found = along(rest, &[50.0, 100.0, 150.0]);
    let counts =
        found.iter().map(|own| (own.len(), own.iter().filter(|own| spectrum(own).is_stable()).count()));
    assert_eq!(counts.collect::<Vec<_>>(), [(3, 2), (3, 1), (1, 0)]);
}

/// Three between the folds that continuation finds (in another program), and one beyond: Jansen and Rit's from p = -41.3014 to 113.5863,
/// Wendling's at A = 5, G = 25 from B = 37.6637 to 64.4198.
#[test]
fn all_equilibria_of_columns_are_found_without_a_box() {
    let counts =
        |rest: Rest, values: &[f64]| -> Vec<usize> { along(rest, values).iter().map(Vec::len).collect() };
    let inputs: Vec<f64> = (0..43).map(|number| -60.0 + 5.0 * f64::from(number)).collect();
    let expected: Vec<usize> =
        inputs.iter().map(|p| if (-41.301_4..113.586_3).contains(p) { 3 } else { 1 }).collect();
    assert_eq!(counts(rest("jansen_rit", &[], &["p"], &[]), &inputs), expected);
    let gains: Vec<f64> = (0..17).map(|number| 34.0 + 2.0 * f64::from(number)).collect();
    let expected: Vec<usize> =
        gains.iter().map(|gain| if (37.663_7..64.419_8).contains(gain) { 3 } else { 1 }).collect();
    assert_eq!(counts(rest("wendling", &[("A", 5.0), ("G", 25.0)], &["B"], &[]), &gains), expected);
}

/// Lorenz (1963), J Atmos Sci 20:130: beside the origin two equilibria at `x = y = +-sqrt(8/3 (r - 1))`, stable for 1 < r < 24.74. The
/// initial state says little of how far they are.
#[test]
fn equilibria_far_from_the_initial_state_are_found() {
    let lorenz = "par r=28\nx'=10*(y-x)\ny'=x*(r-z)-y\nz'=x*y-8/3*z\ninit x=1,y=1,z=1\n@ bound=1000\ndone\n";
    let text = "model = { file = \"m.ode\" }\n[space.axes]\nr = { values = [0.5, 1.5, 5, 10, 20, 28] }\n[stability]\nonly = true\n";
    let study = study(text, Some(lorenz));
    let found = features(&study, &[&[0.5, 1.5, 5.0, 10.0, 20.0, 28.0]], &["n_equilibria", "n_stable"]);
    assert_eq!(found[0], [1.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
    assert_eq!(found[1], [1.0, 2.0, 2.0, 2.0, 2.0, 0.0]);
}

#[test]
fn wilson_cowan_and_wendling_cross_at_their_hopf_points() {
    // Continuation: P with k = 1, time constants 8 ms; B at A = 5 mV, p = 90 1/s without noise.
    let wilson_cowan =
        || rest("wilson_cowan", &[("ke", 1.0), ("ki", 1.0)], &["P"], &[("E", 0.25), ("I", 0.2)]);
    assert_hopf(wilson_cowan(), 1.909_252_718, 1e-6, false, TAU * 0.053_623_58);
    for (gain, at, loses, frequency) in
        [(25.0, 13.076_020_6, true, 12.140_49), (50.0, 14.186_246_6, true, 12.802_18)]
    {
        let fixed = [("A", 5.0), ("G", gain), ("p", 90.0)];
        let rest = rest("wendling", &fixed, &["B"], &[("y1", 30.0), ("y2", 10.0)]);
        assert_hopf(rest, at, 1e-5, loses, TAU * frequency);
    }
}

#[test]
fn the_epileptor_in_two_dimensions_crosses_at_both_ends_of_its_cycle() {
    // Continuation at r = 0.00035: both points have omega = 0.0374149 per time unit.
    for (x0, loses) in [(-2.061_949_535_1, true), (-1.025_087_501_9, false)] {
        let rest = rest("epileptor_2d", &[("r", 0.000_35)], &["x0"], &[]);
        assert_hopf(rest, x0, 1e-6, loses, 0.037_414_9);
    }
}

#[test]
fn montbrio_pazo_roxin_has_the_eigenvalues_of_its_formula() {
    // Montbrio, Pazo & Roxin (2015): 2 V +- sqrt(2 r (J - 2 pi^2 r)); three equilibria at J = 15, eta = -5.
    let mut rest = rest("montbrio_pazo_roxin", &[("J", 15.0)], &["eta"], &[]);
    rest.ranges = vec![("r".to_owned(), [0.0, 5.0]), ("V".to_owned(), [-5.0, 5.0])];
    let found = along(rest, &[-5.0, -7.0, -2.0]);
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, [3, 1, 1]);
    for own in found.iter().flatten() {
        let [r, v] = own.state[..] else { panic!("two variables") };
        let square = 2.0 * r * (15.0 - 2.0 * PI * PI * r);
        let (re, im) = if square < 0.0 { (0.0, (-square).sqrt()) } else { (square.sqrt(), 0.0) };
        assert_near(spectrum(own).max_re, 2.0 * v + re, 1e-12);
        assert_near(spectrum(own).omega, im, 1e-12);
    }
    let rates: Vec<f64> = found[0].iter().map(|own| own.state[0]).collect();
    for wanted in [0.081_134_442_0, 0.472_980_340_7, 1.030_596_798_8] {
        assert!(rates.iter().any(|rate| (rate - wanted).abs() < 1e-10), "{rates:?}");
    }
}

#[test]
fn two_regions_have_the_eigenvalues_of_trace_and_determinant() {
    // Fagerholm et al. (2020): J = [[a11 + s s12, a12 - s s12], [a21 - s s21, a22 + s s21]].
    // The re-entrant pair, stable for 0.2/2.3 < sigma < 1 only.
    let fixed = [("a11", -1.0), ("a12", 4.0), ("a21", 0.3), ("a22", -1.0)];
    let found = along(rest("two_region", &fixed, &["sigma"], &[]), &[0.0, 0.05, 0.1, 0.3, 0.9, 1.1]);
    let wanted = [0.095_445_115, 0.043_730_346, -0.016_823_913, -0.7, -0.1, 0.1];
    for (own, wanted) in found.iter().zip(wanted) {
        assert_near(spectrum(&own[0]).max_re, wanted, 5e-10);
    }
    let s = 0.2 / 2.3;
    let edge = along(rest("two_region", &fixed, &["sigma"], &[]), &[s - 1e-5, s, s + 1e-5]);
    let [before, at, after] = [0, 1, 2].map(|point| spectrum(&edge[point][0]));
    assert!(before.max_re > 0.0 && at.is_critical() && after.is_stable());
    // A Hopf point at sigma = 1 with omega = sqrt(Delta) = 0.591607978.
    let fixed = [("a11", -0.5), ("a12", 1.2), ("a21", -2.0), ("a22", -1.5)];
    assert_hopf(rest("two_region", &fixed, &["sigma"], &[]), 1.0, 1e-6, true, 0.591_607_978);
}

/// The texts of a study; `model` is the text of `m.ode`.
fn texts(text: &str, model: Option<&str>) -> Texts {
    Texts { model: model.map(str::to_owned), ..written::texts(text) }
}

fn study(text: &str, model: Option<&str>) -> Study {
    written::study(texts(text, model))
}

/// A study of two regions by their eigenvalues.
fn two_regions(axes: &str) -> (Study, Survey) {
    let text =
        format!("model = {{ name = \"two_region\" }}\nstability = {{ only = true }}\n[space.axes]\n{axes}");
    let study = study(&text, None);
    let survey = study.survey().unwrap();
    (study, survey)
}

/// How many points have each label.
fn shares(axes: &str) -> Vec<(String, usize)> {
    let (study, survey) = two_regions(axes);
    let space = study.space();
    let coordinates: Vec<Vec<u64>> = (0..space.points()).map(|point| space.coordinates(point)).collect();
    let rows = survey.measure(&space.table_at(&coordinates));
    assert!(rows.status.iter().all(|status| *status == Status::Ok));
    let labels = survey.rules().unwrap().labels();
    let mut counts: Vec<(String, usize)> = labels.iter().map(|label| (label.name.clone(), 0)).collect();
    for point in 0..rows.status.len() {
        let row: Vec<f64> = rows.features.columns().iter().map(|column| column[point]).collect();
        counts[usize::from(survey.classify(rows.status[point], &row))].1 += 1;
    }
    counts.retain(|(_, count)| *count > 0);
    counts
}

#[test]
fn the_symmetric_pair_is_stable_in_exactly_a_quarter_of_its_map() {
    // Stable for k < 1 and sigma < (1 + k)/2: 30000 of these 120000 cell centres, none of them on a border.
    let counts = shares(
        "k = { from = 0, to = 1.5, n = 300, at = \"centres\" }\nsigma = { from = 0, to = 2, n = 400, at = \"centres\" }",
    );
    let stable: usize =
        counts.iter().filter(|(name, _)| name.starts_with("stable")).map(|(_, count)| count).sum();
    assert_eq!(stable, 30_000, "{counts:?}");
}

#[test]
fn the_oscillating_pair_has_its_five_classes() {
    // sigma - 1 +- sqrt(sigma^2 - b^2): areas 3/2, 1/6, 1/2, 0.101282526 and sqrt(3) of 4; to a cell along the borders.
    let counts = shares(
        "b = { from = 0, to = 2, n = 199, at = \"centres\" }\nsigma = { from = 0, to = 2, n = 200, at = \"centres\" }",
    );
    for (name, area) in [
        ("stable_spiral", 1.5),
        ("stable_node", 1.0 / 6.0),
        ("unstable_spiral", 0.5),
        ("unstable_node", 0.101_282_526),
        ("saddle", 3.0_f64.sqrt()),
    ] {
        let count = counts.iter().find(|(own, _)| own == name).map_or(0, |(_, count)| *count);
        assert_near(count as f64 * 4.0 / 39_800.0, area, 0.01);
    }
    assert_eq!(counts.len(), 5, "{counts:?}");
}

#[test]
fn a_row_depends_neither_on_its_neighbours_nor_on_the_instruction_set() {
    let values: Vec<f64> = (0..97).map(|at| f64::from(at) * 4.0 - 50.0).collect();
    let find = |level: Level, values: &[f64]| {
        let finder = Equilibria::new(rest("jansen_rit", &[], &["p"], &[]), level).unwrap();
        finder.find(&Table::from_columns(vec![values.to_vec()]), &[]).0
    };
    let all = find(Level::best(), &values);
    for level in levels() {
        for (at, value) in values.iter().enumerate().step_by(13) {
            assert_eq!(find(level, &[*value])[0], all[at], "{} {value}", level.name());
        }
    }
}

/// Benjamin et al. (2012), J Math Neurosci 2:1: `z' = (lambda - 1 + i w) z + 2 z |z|^2 - z |z|^4`. The origin has the
/// eigenvalues `lambda - 1 +- i w`; for 0 < lambda < 1 a stable cycle of radius^2 = 1 + sqrt(lambda) lives beside it.
const SWITCH: &str = "par lambda=0.5,w=20\ng(x,y)=lambda-1+2*(x*x+y*y)-(x*x+y*y)^2\nx'=g(x,y)*x-w*y\n\
                      y'=g(x,y)*y+w*x\ninit x=0.1,y=0\n@ dt=0.001,meth=rk4\ndone\n";

/// What a row of the switch says, by name.
fn switch(sections: &str, point: &[f64], names: &[&str]) -> Vec<f64> {
    let text = format!(
        "model = {{ file = \"m.ode\" }}\n[space.axes]\nlambda = {{ values = [0.5, 1.5] }}\n\
         \"init.x\" = {{ values = [0, 1.2] }}\n{sections}"
    );
    let survey = study(&text, Some(SWITCH)).survey().unwrap();
    let rows = survey.measure(&Table::from_columns(point.iter().map(|&value| vec![value]).collect()));
    assert_eq!(rows.status, [Status::Ok]);
    names.iter().map(|name| column(&survey, &rows, name)[0]).collect()
}

#[test]
fn a_trajectory_beside_a_stable_equilibrium_and_rest_at_an_unstable_one_are_told() {
    let both = "[stability]\n[time]\ntransient = 60\nwindow = 10\n";
    let names = ["max_re", "omega", "n_equilibria", "disagrees"];
    for (point, rate, disagrees) in [
        // On the cycle, while the origin is stable; at the origin, which is stable; at the origin, which is not; on the cycle,
        // while the origin is unstable.
        ([0.5, 1.2], -0.5, 1.0),
        ([0.5, 0.0], -0.5, 0.0),
        ([1.5, 0.0], 0.5, 1.0),
        ([1.5, 1.2], 0.5, 0.0),
    ] {
        let found = switch(both, &point, &names);
        assert_near(found[0], rate, 1e-12);
        assert_near(found[1], 20.0, 1e-12);
        assert_eq!(found[2..], [1.0, disagrees], "{point:?}");
    }
    // One that is still on its way to the cycle says nothing, though it moves while the origin is stable.
    let found =
        switch("[stability]\n[time]\ntransient = 0\nwindow = 1\n", &[0.5, 1.2], &["settled", "disagrees"]);
    assert!(found[0] == 0.0 && found[1].is_nan(), "{found:?}");
    // A trajectory changes nothing of what equilibria say.
    let alone = switch("[stability]\nonly = true\n", &[0.5, 1.2], &names[..3]);
    assert_eq!(alone, switch(both, &[0.5, 1.2], &names[..3]));
}

/// Two nodes of `x' = x - x^3` that even out differences with the strength `g`. They rest alike at 0 and +-1, and apart at
/// `x_0 = -x_1` with `x^2 = 1 - 2 g`, where the eigenvalues are `1 - 3 x^2 = 6 g - 2` and `4 g - 2`.
const APART: &str = "par g=0.1\npar heard=0\nx'=x-x^3+heard\ninit x=0.05\n@ bound=10\n\
                     #@ input heard\n#@ output x\ndone\n";

fn pair(model: &str, gain: &str, sections: &str) -> Study {
    let text = format!(
        "model = {{ file = \"m.ode\" }}\n[network.channels.pair]\nmatrix = {{ generator = \"complete\", n = 2 }}\n\
         kind = \"diffusive\"\ngain = \"{gain}\"\n{sections}"
    );
    study(&text, Some(model))
}

/// Some features at points, `[feature][point]`.
fn features(study: &Study, columns: &[&[f64]], names: &[&str]) -> Vec<Vec<f64>> {
    let survey = study.survey().unwrap();
    let rows = survey.measure(&Table::from_columns(columns.iter().map(|column| column.to_vec()).collect()));
    assert!(rows.status.iter().all(|status| *status == Status::Ok));
    names.iter().map(|name| column(&survey, &rows, name).to_vec()).collect()
}

/// A star whose differences are amplified by its largest eigenvalue, 90, over 90: what leaks at 1 is just balanced, in one direction. A
/// matrix of rank 1 and nodes that neither leak nor grow: in all directions but one nothing changes.
#[test]
fn equilibria_of_networks_with_a_singular_jacobian_are_found() {
    let text = |network: &str| {
        format!(
            "[model]\nname = \"linear\"\n[stability]\nonly = true\n[space.axes]\na = {{ values = [0, 0.5, 1] }}\n[network]\n\
             {network}\n"
        )
    };
    let star = "[network.channels.edges]\nmatrix = { generator = \"star\", n = 90 }\nkind = \"diffusive\"\n\
                gain = \"-1/90\"\n";
    let mean = "size = 12\n[network.channels.edges]\nmatrix = \"mean\"\ngain = -1\n";
    for (network, max_re) in [(star, [1.0, 0.5, 0.0]), (mean, [0.0, -0.5, -1.0])] {
        let found = features(
            &study(&text(network), None),
            &[&[0.0, 0.5, 1.0]],
            &["n_equilibria", "max_re", "critical", "residual"],
        );
        assert_eq!(found[0], [1.0; 3], "{network}");
        for at in 0..3 {
            assert_near(found[1][at], max_re[at], 1e-9);
            assert_eq!(found[2][at] > 0.5, max_re[at] == 0.0, "{network}: {found:?}");
            assert!(found[3][at] < 1e-12, "{network}: {found:?}");
        }
    }
}

#[test]
fn the_equilibrium_of_a_network_is_the_one_in_which_its_trajectory_ends() {
    let sections = |nodes: &str| {
        format!(
            "[network.nodes]\ninit.x = {nodes}\n[space.axes]\ng = {{ from = 0.1, to = 0.3, n = 3 }}\n\
             [stability]\nstarts = 0\n[time]\nmethod = \"rk4\"\nstep = 0.05\ntransient = 200\nwindow = 50\n"
        )
    };
    let names = ["max_re", "n_equilibria", "disagrees"];
    let strengths: &[f64] = &[0.1, 0.2, 0.3];
    // Beside the origin, from where Newton's method alone finds the origin.
    let apart = features(&pair(APART, "g", &sections("[0.05, -0.05]")), &[strengths], &names);
    for (at, g) in strengths.iter().enumerate() {
        assert_near(apart[0][at], 6.0 * g - 2.0, 1e-12);
        assert!(apart[1][at] >= 2.0, "the initial state leads to the origin too");
        assert_eq!(apart[2][at].to_bits(), 0.0_f64.to_bits());
    }
    let alike = features(&pair(APART, "g", &sections("[0.05, 0.06]")), &[strengths], &names);
    assert!(alike[0].iter().all(|rate| (rate + 2.0).abs() < 1e-12), "{alike:?}");
    // Exactly at the origin, which has the eigenvalues 1 and 1 - 2 g, it rests though that is unstable.
    let still = features(&pair(APART, "g", &sections("[0, 0]")), &[strengths], &names);
    assert!(still[0].iter().all(|rate| (rate - 1.0).abs() < 1e-12), "{still:?}");
    assert_eq!(still[2], [1.0, 1.0, 1.0]);
}

/// Two switches without coupling: eigenvalues `lambda - 1 +- 20 i`, twice.
#[test]
fn a_network_that_moves_beside_a_stable_equilibrium_is_told_and_one_whose_mean_is_still_is_not_at_rest() {
    let model = SWITCH.replace("par lambda", "par heard=0\n#@ input heard\n#@ output x\npar lambda");
    let model = model.replace("*x-w*y", "*x-w*y+heard");
    let sections = |nodes: &str| {
        format!(
            "[network.nodes]\ninit.x = {nodes}\n[space.axes]\nlambda = {{ values = [0.5, 1.5] }}\n\
             [stability]\n[time]\ntransient = 60\nwindow = 10\n"
        )
    };
    let told = |nodes: &str| {
        features(&pair(&model, "0", &sections(nodes)), &[&[0.5, 1.5]], &["disagrees"])[0].clone()
    };
    // One node on its cycle: beside a stable origin, and beside an unstable one.
    assert_eq!(told("[1.2, 0]"), [1.0, 0.0]);
    assert_eq!(told("[0, 0]"), [0.0, 1.0]);
    // Both on the cycle against each other: the mean stands still, but the nodes are nowhere near the origin.
    assert_eq!(told("[1.2, -1.2]")[1].to_bits(), 0.0_f64.to_bits());
}

/// Networks whose points go on from each other, and whose starts are drawn.
#[test]
fn rows_of_networks_with_equilibria_have_the_same_bits_at_every_level_and_width() {
    let ring = "[network.channels.ring]\nmatrix = { generator = \"ring\", n = 5 }\ngain = 0.3\n[stability]\nstarts = 3\n\
                [time]\nmethod = \"rk4\"\nstep = \"0.5 ms\"\ntransient = \"100 ms\"\nwindow = \"50 ms\"\n";
    for own in [
        "[space]\ncontinue = \"P\"\n[space.axes]\nQ = { from = -1, to = 1, n = 5 }\nP = { from = 0.8, to = 2, n = 7 }\n",
        "[space.axes]\nP = { from = 0.5, to = 1.5, n = 11 }\n[initial]\nbox = { E = [0, 0.4], I = [0, 0.4] }\nstarts = 6\n",
    ] {
        let study = study(&format!("[model]\nname = \"wilson_cowan\"\n{own}{ring}"), None);
        let space = study.space();
        let all: Vec<Vec<u64>> = (0..space.points()).map(|point| space.coordinates(point)).collect();
        let points = space.table_at(&all);
        let survey = study.survey().unwrap();
        let rows = survey.measure(&points);
        assert!(column(&survey, &rows, "max_re").iter().all(|rate| !rate.is_nan()));
        let expected = bits(&rows);
        for level in levels() {
            for width in [64, 320] {
                let other =
                    Survey::new(study.protocol(), study.rest(), level).unwrap().with_strip_width(width);
                assert_eq!(bits(&other.measure(&points)), expected, "{} at {width} lanes", level.name());
            }
        }
        for row in (0..points.rows()).step_by(13) {
            let alone =
                Table::from_columns(points.columns().iter().map(|column| vec![column[row]]).collect());
            let wanted: Vec<Vec<u64>> = expected.1.iter().map(|column| vec![column[row]]).collect();
            assert_eq!(bits(&survey.measure(&alone)), (vec![expected.0[row]], wanted), "point {row} alone");
        }
    }
}

#[test]
fn rules_look_at_equilibria_and_their_labels_follow() {
    let text =
        |rules: &str| format!("model = {{ name = \"two_region\" }}\nstability = {{ only = true }}\n{rules}");
    let rule = "[[regime]]\nname = \"slow\"\nwhen = \"stable and max_re > -0.1\"\n";
    let study_of = |rules: &str| study(&text(rules), None);
    let labels: Vec<String> = study_of(rule).rules().labels().into_iter().map(|label| label.name).collect();
    let wanted = [
        "slow",
        "no_equilibrium",
        "critical",
        "saddle",
        "stable_node",
        "stable_spiral",
        "unstable_node",
        "unstable_spiral",
        "undetermined",
        "diverged",
        "failed",
        "excluded",
        "not_computed",
        "singular",
    ];
    assert_eq!(labels, wanted);
    assert_ne!(
        study_of("").identity().canonical,
        study("model = { name = \"two_region\" }\n[stability]\nonly = true\nstarts = 2\n", None)
            .identity()
            .canonical
    );
    assert_eq!(study_of("").identity().canonical, study_of(rule).identity().canonical);
}

#[test]
fn what_cannot_be_asked_of_equilibria_is_refused_at_its_place() {
    let refused = |text: &str, model: Option<&str>| {
        Study::from_texts(texts(text, model)).expect_err("it is wrong").to_string()
    };
    let alone = "model = { name = \"two_region\" }\nstability = { only = true }\n";
    let rule = "[[regime]]\nname = \"large\"\nwhen = \"amplitude > 1\"\n";
    assert!(refused(&format!("{alone}{rule}"), None).contains("not measured where nothing is integrated"));
    let timed = "x'=sin(t)-x\ndone\n";
    let found = refused("model = { file = \"m.ode\" }\nstability = { only = true }\n", Some(timed));
    assert!(found.contains("depend on the time"), "{found}");
    // Without `only` there is a trajectory, which needs its times; with it they are not used.
    let both = "model = { name = \"two_region\" }\n[stability]\nstarts = 2\n";
    assert!(refused(both, None).contains("needs `time`"));
    let unused = study(&format!("{alone}[time]\ntransient = 1\nwindow = 1\n"), None);
    assert!(unused.warnings().iter().any(|warning| warning.message.contains("integrates nothing")));
    assert!(unused.timing().is_none());
    // Newton's method may lead anywhere: an equilibrium that it finds from a start says nothing of that start's basin, nor does
    // one at one point say where a trajectory goes from it at the next.
    let chained = "[space]\ncontinue = \"k\"\n[space.axes]\nk = { values = [0, 1] }\n";
    assert!(
        refused(&format!("{alone}{chained}"), None)
            .contains("`continue` starts points from the ends of trajectories")
    );
    let drawn = "[initial]\nbox = { x1 = [0, 1] }\nstarts = 8\n";
    assert!(refused(&format!("{alone}{drawn}"), None).contains("starts are drawn for trajectories"));
}

#[test]
fn a_stimulus_without_effect_is_told() {
    let stimulus = "[[stimulus]]\nparameter = \"k\"\nvalue = 2\nfrom = 20\nto = 30\n";
    let told = |sections: &str| {
        let study = study(&format!("model = {{ name = \"two_region\" }}\n{sections}{stimulus}"), None);
        study.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>().join("\n")
    };
    assert!(told("[stability]\nonly = true\n").contains("`[[stimulus]]` is not used"));
    assert!(
        told("[time]\ntransient = 10\nwindow = 10\n")
            .contains("begins at 20, and transient and window together end at 20")
    );
    assert_eq!(told("[time]\ntransient = 10\nwindow = 11\n"), "");
}

/// `x' = a - x` and `y' = x^2 - 2 y` rest at `(a, a^2/2)`.
#[test]
fn a_row_says_where_the_model_rests() {
    let model = "par a=1\ninit x=0,y=0\nx'=a-x\ny'=x^2-2*y\ndone\n";
    let text = "model = { file = \"m.ode\" }\nstability = { only = true }\n[space.axes]\na = { from = 1, to = 3, n = 3 }\n\
                [derive]\nhalf = \"equilibrium_x/2\"\n[[regime]]\nname = \"high\"\nwhen = \"equilibrium_y > 2.1\"\n";
    let study = study(text, Some(model));
    let places = features(&study, &[&[1.0, 2.0, 3.0]], &["equilibrium_x", "equilibrium_y", "half"]);
    for (at, a) in [1.0, 2.0, 3.0].into_iter().enumerate() {
        assert_near(places[0][at], a, 1e-14);
        assert_near(places[1][at], a * a / 2.0, 1e-14);
        assert_near(places[2][at], a / 2.0, 1e-14);
    }
}

/// Blocks of a linear field have the eigenvalues of its blocks: `r`, `-0.5 +- 2i` and `-3 +- w i`, where `w` may be 0 and turns the last
/// into two real ones.
#[test]
fn the_least_damped_pair_is_told_beside_a_leading_real_eigenvalue() {
    let model = "par r=-0.1,w=7,on=1\nx'=r*x\ny'=if(on>0)then(-0.5*y-2*z)else(-0.5*y)\nz'=if(on>0)then(2*y-0.5*z)else(-0.5*z)\n\
                 u'=-3*u-w*v\nv'=w*u-3*v\ndone\n";
    let text = "model = { file = \"m.ode\" }\nstability = { only = true }\n[space.axes]\nr = { from = -1, to = 1, n = 5 }\n\
                w = { from = 0, to = 7, n = 2 }\non = { from = 0, to = 1, n = 2 }\n";
    let study = study(text, Some(model));
    let columns: [&[f64]; 3] =
        [&[-0.1, -1.0, 1.0, -0.1, -0.1], &[7.0, 7.0, 7.0, 7.0, 0.0], &[1.0, 1.0, 1.0, 0.0, 0.0]];
    let found = features(&study, &columns, &["max_re", "omega", "pair_re", "pair_omega", "stable"]);
    let wanted = [
        [-0.1, 0.0, -0.5, 2.0, 1.0],
        [-0.5, 2.0, -0.5, 2.0, 1.0],
        [1.0, 0.0, -0.5, 2.0, 0.0],
        [-0.1, 0.0, -3.0, 7.0, 1.0],
        [-0.1, 0.0, f64::NAN, 0.0, 1.0],
    ];
    for (point, wanted) in wanted.iter().enumerate() {
        for (quantity, &wanted) in wanted.iter().enumerate() {
            let own = found[quantity][point];
            assert!(
                (own - wanted).abs() < 1e-12 || own.is_nan() && wanted.is_nan(),
                "{point} {quantity}: {own}, not {wanted}"
            );
        }
    }
}

/// `x_i' = a_i - x_i + g (x_j - x_i)`: the sum is `a_0 + a_1`, the difference `(a_0 - a_1)/(1 + 2 g)`.
#[test]
fn a_row_says_where_each_node_of_a_network_rests_if_asked() {
    let model =
        "par a=1,g=0\npar heard=0\nx'=a-x+heard\ny'=x-2*y\ninit x=0,y=0\n#@ input heard\n#@ output x\ndone\n";
    let sections = |stability: &str| {
        format!(
            "[network.nodes]\na = [1, 3]\n[space.axes]\ng = {{ values = [0, 0.5, 2] }}\n[derive]\n\
             twice = \"2*node_1_equilibrium_y\"\n[stability]\nonly = true\n{stability}\n"
        )
    };
    let names = ["x", "y"].map(|name| [0, 1].map(|node| format!("node_{node}_equilibrium_{name}"))).concat();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["twice"]).collect();
    let strengths = [0.0, 0.5, 2.0];
    let found = features(&pair(model, "g", &sections("places = true")), &[&strengths], &names);
    for (at, g) in strengths.into_iter().enumerate() {
        let half = 1.0 / (1.0 + 2.0 * g);
        for (values, exact) in
            found.iter().zip([2.0 - half, 2.0 + half, 1.0 - half / 2.0, 1.0 + half / 2.0, 2.0 + half])
        {
            assert_near(values[at], exact, 1e-14);
        }
    }
}

#[test]
fn places_of_nodes_that_are_none_or_too_many_are_refused() {
    let refusal = |text: &str| Study::from_texts(texts(text, None)).unwrap_err().to_string();
    let stability = "[stability]\nonly = true\nplaces = true\n";
    let alone = refusal(&format!("model = {{ name = \"two_region\" }}\n{stability}"));
    assert!(alone.contains("and there is none"), "{alone}");
    let large = refusal(&format!(
        "model = {{ name = \"wilson_cowan\" }}\n[network.channels.ring]\nmatrix = {{ generator = \"ring\", n = 129 }}\n{stability}"
    ));
    assert!(large.contains("at most 256"), "{large}");
}
