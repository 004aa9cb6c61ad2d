//! Published and computed values of the shipped models, by simulation through the same path as a study.
//! "Continuation" marks values that were computed for this project by Newton's method and pseudo-arclength continuation
//! (equilibria, residual below 1e-9) or by an eighth-order method at 1e-10 after a long transient (cycles).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod measured;
mod near;
mod protocol;

use std::sync::Arc;

use ictus::equation::Level;
use ictus::experiment::{Experiment, Status};
use ictus::model::{self, Model};
use ictus::simulate::{Protocol, Simulation};
use ictus::table::Table;
use measured::column;
use near::assert_near;
use protocol::protocol;

/// One point of a model: parameters and initial values that differ from the file's.
#[derive(Clone, Copy)]
struct Point<'a> {
    model: &'a str,
    parameters: &'a [(&'a str, f64)],
    initial: &'a [(&'a str, f64)],
    step: f64,
    transient: f64,
    window: f64,
}

fn owned(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn shipped(name: &str) -> Arc<Model> {
    Arc::new(model::find(name).expect("a shipped model").parse().expect("a shipped model is right"))
}

/// The values of some features at one point.
fn measure<const N: usize>(point: &Point<'_>, features: [&str; N]) -> [f64; N] {
    let requests = ["extrema", "moments", "cycles", "line_length", "settled"];
    let steps = [point.transient, point.window].map(|time| (time / point.step).round() as u64);
    let protocol = Protocol {
        fixed: owned(point.parameters),
        initial: owned(point.initial),
        ..protocol(shipped(point.model), point.step, steps, &requests)
    };
    let simulation = Simulation::new(protocol, Level::best()).unwrap();
    // A study of one point has no axis, and so a table of no columns; one unused column gives it its one row.
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.0]]));
    assert_eq!(rows.status, [Status::Ok]);
    features.map(|name| column(&simulation, &rows, name)[0])
}

/// Minimum, maximum and frequency of a cycle, to be met in five digits.
#[track_caller]
fn assert_cycle(point: &Point<'_>, [minimum, maximum, frequency]: [f64; 3]) {
    let [lowest, highest, rate] = measure(point, ["minimum", "maximum", "frequency"]);
    let tolerance = 1e-5 * minimum.abs().max(maximum.abs());
    assert_near(lowest, minimum, tolerance);
    assert_near(highest, maximum, tolerance);
    assert_near(rate, frequency, 1e-5 * frequency);
}

const JANSEN_RIT: Point<'_> =
    Point { model: "jansen_rit", parameters: &[], initial: &[], step: 1e-4, transient: 3.0, window: 4.0 };

/// A state near the equilibrium between the second and third Hopf point, from which the alpha rhythm is reached.
const UPPER: &[(&str, f64)] = &[("y0", 0.1), ("y1", 20.0), ("y2", 13.0)];

#[test]
fn jansen_rit_from_zeros_spikes_below_the_fold_of_cycles() {
    // Continuation.
    for (p, cycle) in
        [(120.0, [1.226_069_5, 11.169_785_8, 2.384_566_2]), (130.0, [1.942_478_1, 11.463_238_6, 3.170_387_5])]
    {
        assert_cycle(&Point { parameters: &[("p", p)], ..JANSEN_RIT }, cycle);
    }
}

#[test]
fn jansen_rit_from_the_upper_state_shows_the_alpha_rhythm() {
    // Continuation.
    for (p, cycle) in [
        (120.0, [5.890_387_0, 7.955_603_2, 10.468_267_6]),
        (130.0, [5.833_559_9, 8.138_565_4, 10.517_479_4]),
        (200.0, [5.949_032_4, 8.922_146_8, 10.862_488_0]),
    ] {
        let point = Point { parameters: &[("p", p)], initial: UPPER, transient: 30.0, ..JANSEN_RIT };
        assert_cycle(&point, cycle);
    }
}

#[test]
fn jansen_rit_rests_below_the_saddle_node_on_its_circle_and_spikes_above() {
    // Continuation: the saddle-node is at p = 113.586273; Grimbert & Faugeras (2006): 113.58.
    let rest = Point { parameters: &[("p", 113.0)], step: 5e-4, transient: 20.0, window: 10.0, ..JANSEN_RIT };
    let [amplitude] = measure(&rest, ["amplitude"]);
    assert!(amplitude < 1e-4, "amplitude {amplitude}");
    let spikes =
        Point { parameters: &[("p", 114.2)], step: 5e-4, transient: 20.0, window: 20.0, ..JANSEN_RIT };
    let [amplitude, frequency] = measure(&spikes, ["amplitude", "frequency"]);
    assert!(amplitude > 8.0 && frequency < 2.0, "amplitude {amplitude}, frequency {frequency}");
}

#[test]
fn jansen_rit_has_the_alpha_rhythm_between_the_fold_of_cycles_and_the_third_hopf_point() {
    // Continuation: fold of the spike cycle at p = 137.379, Hopf point at 315.696.
    for p in [138.0, 150.0, 200.0, 250.0, 300.0, 312.0] {
        let point = Point { parameters: &[("p", p)], step: 5e-4, transient: 40.0, window: 4.0, ..JANSEN_RIT };
        let [amplitude, frequency] = measure(&point, ["amplitude", "frequency"]);
        assert!(amplitude > 0.5 && amplitude < 3.5, "p = {p}: amplitude {amplitude}");
        assert!(frequency > 10.0 && frequency < 11.5, "p = {p}: frequency {frequency}");
    }
    let beyond =
        Point { parameters: &[("p", 330.0)], step: 5e-4, transient: 60.0, window: 4.0, ..JANSEN_RIT };
    let [amplitude] = measure(&beyond, ["amplitude"]);
    assert!(amplitude < 1e-4, "amplitude {amplitude} beyond the Hopf point");
}

const WENDLING: Point<'_> =
    Point { model: "wendling", parameters: &[], initial: &[], step: 1e-4, transient: 10.0, window: 4.0 };

#[test]
fn wendling_has_its_cycles_from_zeros() {
    // Computed with an eighth-order method, A = 5 mV, p = 90 1/s without noise.
    for (b, g, cycle) in [
        (25.0, 15.0, [-5.425_787_8, 13.361_806_6, 4.483_925_4]),
        (15.0, 0.0, [3.070_926_5, 13.344_208_9, 11.035_359_8]),
        (20.0, 50.0, [1.911_604_6, 11.825_460_3, 11.212_449_5]),
    ] {
        let parameters = &[("A", 5.0), ("B", b), ("G", g), ("p", 90.0)];
        assert_cycle(&Point { parameters, ..WENDLING }, cycle);
    }
}

#[test]
fn wendling_has_its_fixed_points_from_zeros() {
    // Newton's method.
    for (b, g, value) in [(50.0, 15.0, -0.576_803_3), (5.0, 25.0, 10.869_687_9)] {
        let parameters = &[("A", 5.0), ("B", b), ("G", g), ("p", 90.0)];
        let [mean, amplitude] = measure(&Point { parameters, ..WENDLING }, ["mean", "amplitude"]);
        assert_near(mean, value, 1e-6);
        assert!(amplitude < 1e-6, "amplitude {amplitude}");
    }
}

const WILSON_COWAN: Point<'_> = Point {
    model: "wilson_cowan",
    parameters: &[],
    initial: &[],
    step: 0.02,
    transient: 3000.0,
    window: 2000.0,
};

#[test]
fn wilson_cowan_has_its_cycles_with_k_1() {
    // Computed with an eighth-order method: E and frequency in Hz, time constants 8 ms, Q = 0.
    for (p, cycle) in
        [(1.10, [0.077_000_6, 0.249_088_5, 13.360_481]), (1.25, [0.101_523_0, 0.271_487_3, 24.982_957])]
    {
        let point = Point { parameters: &[("P", p)], initial: &[("E", 0.0), ("I", 0.0)], ..WILSON_COWAN };
        assert_cycle(&point, cycle);
    }
}

#[test]
fn wilson_cowan_rests_from_zeros_where_the_cycle_coexists() {
    // Continuation: the lower fixed point is lost at P = 1.083016; the cycle lives from 1.065745 on.
    let zeros = &[("E", 0.0), ("I", 0.0)];
    let rest = Point { parameters: &[("P", 1.08)], initial: zeros, ..WILSON_COWAN };
    let [amplitude] = measure(&rest, ["amplitude"]);
    assert!(amplitude < 1e-5, "amplitude {amplitude}");
    let cycle = Point { initial: &[("E", 0.2), ("I", 0.1)], ..rest };
    assert_cycle(&cycle, [0.072_815_1, 0.244_398_4, 10.262_971]);
    let lost = Point { parameters: &[("P", 1.084)], initial: zeros, ..WILSON_COWAN };
    let [amplitude] = measure(&lost, ["amplitude"]);
    assert!(amplitude > 0.15, "amplitude {amplitude}");
}

const EPILEPTOR: Point<'_> = Point {
    model: "epileptor",
    parameters: &[],
    initial: &[],
    step: 0.05,
    transient: 8000.0,
    window: 2000.0,
};

#[test]
fn epileptor_rests_at_its_field_potentials() {
    // Newton's method; the potential is x2 - x1.
    for (x0, potential) in [(-2.5, 0.8112), (-2.2, 0.7044), (-2.1, 0.6577)] {
        let point = Point { parameters: &[("x0", x0)], transient: 25_000.0, ..EPILEPTOR };
        let [mean, amplitude] = measure(&point, ["mean", "amplitude"]);
        assert_near(mean, potential, 5e-5);
        assert!(amplitude < 1e-4, "amplitude {amplitude}");
    }
}

#[test]
fn epileptor_has_seizures_in_its_window_of_excitability_alone() {
    // Trajectories of 40 000 units: rest up to -2.0620, seizures to -0.96, the upper equilibrium to -0.72, a fast oscillation
    // to -0.62, divergence from -0.60 on.
    let long = Point { transient: 8000.0, window: 12_000.0, ..EPILEPTOR };
    for (x0, lowest, highest) in [(-2.0, -2.5395, 1.1106), (-1.6, -2.7384, 1.1090)] {
        // Extremes over several seizures, so to one part in a hundred.
        let [minimum, maximum] =
            measure(&Point { parameters: &[("x0", x0)], ..long }, ["minimum", "maximum"]);
        assert_near(minimum, lowest, 0.03);
        assert_near(maximum, highest, 0.03);
    }
    let [upper] = measure(&Point { parameters: &[("x0", -0.85)], ..long }, ["amplitude"]);
    assert!(upper < 1e-3, "amplitude {upper} at the upper equilibrium");
    let [fast] = measure(&Point { parameters: &[("x0", -0.65)], ..long }, ["amplitude"]);
    assert!(fast > 0.1, "amplitude {fast} of the fast oscillation");
}

#[test]
fn epileptor_in_two_dimensions_has_its_cycles_and_fixed_points() {
    // Computed with an eighth-order method at r = 0.00035: periods of the relaxation cycle, and the range of x at x0 = -2.
    let slow = Point { model: "epileptor_2d", step: 0.02, transient: 5000.0, window: 20_000.0, ..EPILEPTOR };
    for (x0, period) in [(-2.0, 2181.783), (-1.6, 1644.409)] {
        let parameters = &[("x0", x0), ("r", 0.000_35)];
        let [minimum, maximum, rate] =
            measure(&Point { parameters, ..slow }, ["minimum", "maximum", "frequency"]);
        assert_near(1.0 / rate, period, 1e-5 * period);
        if x0 < -1.9 {
            assert_near(minimum, -2.004_402, 1e-5);
            assert_near(maximum, 0.665_337, 1e-5);
        }
    }
    for (x0, x) in [(-2.1, -1.370_589), (-1.02, 0.004_988)] {
        let parameters = &[("x0", x0), ("r", 0.000_35)];
        let rest = Point { parameters, transient: 200_000.0, window: 200.0, step: 0.05, ..slow };
        let [mean] = measure(&rest, ["mean"]);
        assert_near(mean, x, 1e-6);
    }
}

#[test]
fn montbrio_pazo_roxin_has_its_two_stable_states() {
    // Montbrio, Pazo & Roxin (2015): eta(r) = pi^2 r^2 - J r - 1/(4 pi^2 r^2), solved for J = 15, eta = -5.
    let point = Point { model: "montbrio_pazo_roxin", step: 1e-3, transient: 80.0, window: 4.0, ..EPILEPTOR };
    for (initial, rate) in
        [(&[("r", 0.1), ("V", -2.0)], 0.081_134_442_0), (&[("r", 0.8), ("V", -0.2)], 1.030_596_798_8)]
    {
        let parameters = &[("eta", -5.0), ("J", 15.0)];
        let [mean, amplitude] = measure(&Point { parameters, initial, ..point }, ["mean", "amplitude"]);
        assert_near(mean, rate, 1e-9);
        assert!(amplitude < 1e-9, "amplitude {amplitude}");
    }
}

/// The mean growth rate of the two-region system on cell centres of `[0, x_end] x [0, 2]`, `[x][sigma]`.
fn growth(parameter: &str, x_end: f64, cells: [usize; 2]) -> Vec<Vec<f64>> {
    let centre = |end: f64, count: usize, at: usize| end * (at as f64 + 0.5) / count as f64;
    let protocol = Protocol {
        columns: vec![parameter.to_owned(), "sigma".to_owned()],
        ..protocol(shipped("two_region"), 0.05, [2000, 4000], &["moments"])
    };
    let simulation = Simulation::new(protocol, Level::best()).unwrap();
    let [xs, sigmas] = [0, 1].map(|axis: usize| {
        let of = |at: usize| {
            if axis == 0 {
                centre(x_end, cells[0], at / cells[1])
            } else {
                centre(2.0, cells[1], at % cells[1])
            }
        };
        (0..cells[0] * cells[1]).map(of).collect::<Vec<f64>>()
    });
    let rows = simulation.measure(&Table::from_columns(vec![xs, sigmas]));
    column(&simulation, &rows, "mean").chunks(cells[1]).map(<[f64]>::to_vec).collect()
}

#[test]
fn the_symmetric_pair_is_stable_where_its_closed_form_says() {
    // J = [[s-1, k-s], [k-s, s-1]]: eigenvalues k - 1 and 2 sigma - 1 - k, so stable for k < 1 and sigma < (1 + k)/2.
    let cells = [60, 80];
    let map = growth("k", 1.5, cells);
    let (dk, ds) = (1.5 / 60.0, 2.0 / 80.0);
    let (mut stable, mut judged) = (0, 0);
    for (i, row) in map.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let (k, sigma) = ((i as f64 + 0.5) * dk, (j as f64 + 0.5) * ds);
            let is_stable = |k: f64, sigma: f64| k < 1.0 && sigma < f64::midpoint(1.0, k);
            let here = is_stable(k, sigma);
            stable += usize::from(*value <= 0.0);
            // Within one cell of the line the two may differ.
            let near = [-dk, 0.0, dk]
                .into_iter()
                .any(|a| [-ds, 0.0, ds].into_iter().any(|b| is_stable(k + a, sigma + b) != here));
            if !near {
                judged += 1;
                assert_eq!(*value <= 0.0, here, "k = {k}, sigma = {sigma}: growth {value}");
            }
        }
    }
    assert!(judged > 4500, "{judged} cells of 4800 are away from the line");
    // The stable area is exactly a quarter; the line crosses about 100 of 4800 cells.
    assert!((stable as f64 / 4800.0 - 0.25).abs() < 100.0 / 4800.0, "{stable} stable cells");
}

#[test]
fn the_oscillating_pair_is_stable_where_its_closed_form_says() {
    // A = [[-1, b], [-b, -1]]: eigenvalues sigma - 1 +- sqrt(sigma^2 - b^2).
    let cells = [79, 80];
    let map = growth("b", 2.0, cells);
    let (db, ds) = (2.0 / 79.0, 2.0 / 80.0);
    let mut judged = 0;
    for (i, row) in map.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let (b, sigma) = ((i as f64 + 0.5) * db, (j as f64 + 0.5) * ds);
            let is_stable = |b: f64, sigma: f64| {
                let under = sigma * sigma - b * b;
                sigma - 1.0 + under.max(0.0).sqrt() < 0.0
            };
            let here = is_stable(b, sigma);
            let near = [-db, 0.0, db]
                .into_iter()
                .any(|x| [-ds, 0.0, ds].into_iter().any(|y| is_stable(b + x, sigma + y) != here));
            if !near {
                judged += 1;
                assert_eq!(*value <= 0.0, here, "b = {b}, sigma = {sigma}: growth {value}");
            }
        }
    }
    assert!(judged > 5800, "{judged} cells of 6320 are away from the line");
}
