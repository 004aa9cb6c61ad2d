//! The features of a signal that is known by formula, through the same path as a study: model, stepper, machine, observers.

mod near;
mod protocol;

use std::f64::consts::TAU;

use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::experiment::{Experiment, Status};
use ictus::model::Model;
use ictus::observe::gather;
use ictus::simulate::{Protocol, Simulation};
use ictus::table::{Quantity, Table};
use near::assert_near;
use protocol::protocol;

/// `v = 2 + 3 sin(2 pi f t)`, and the other coordinate of its circle.
const ROTATION: &str = "\
#@ time s
#@ signal v
#: [1/s] frequency
par f=10
#: [1] abscissa
init x=0
#: [1] ordinate
init y=1
x'=2*pi*f*y
y'=-2*pi*f*x
#: [mV] signal
aux v=2+3*x
@ dt=0.0005,total=1,meth=rk4,bound=1000,maxstor=100000
done
";

const EVERYTHING: &[&str] = &[
    "extrema",
    "moments",
    "cycles",
    "line_length",
    "settled",
    "bands",
    "episodes(on=3.5, off=0.5)",
    "episodes(on=4.5, off=4.5, gap=0.01, minimum=0.02, name=long)",
    "final",
    "value(at=1.25)",
    "value(y, at=2, name=late)",
    "ever_above(level=4.9)",
    "ever_above(level=5.1, name=beyond)",
    "extrema(y)",
    "cycles(y)",
    "bands(y)",
];

/// Some features of the rotation at several frequencies, over 2 s after 0.25 s.
fn measured(features: &[&str], frequencies: &[f64]) -> (Vec<Quantity>, Table) {
    let source = Source::new("rotation.ode", ROTATION);
    let model = Model::parse(&source, "rotation").expect("a right model");
    let protocol = protocol(model, 5e-4, [500, 4001], features);
    let requests = gather(protocol.requests).expect("distinct names");
    let protocol = Protocol { columns: vec!["f".to_owned()], requests, ..protocol };
    let simulation = Simulation::new(protocol, Level::best()).expect("a right protocol");
    let rows = simulation.measure(&Table::from_columns(vec![frequencies.to_vec()]));
    assert!(rows.status.iter().all(|status| *status == Status::Ok));
    (simulation.quantities().to_vec(), rows.features)
}

#[test]
fn every_feature_of_a_sine_is_what_its_formula_says() {
    let frequencies = [10.0, 10.37, 5.5, 21.3];
    let (quantities, rows) = measured(EVERYTHING, &frequencies);
    for (row, frequency) in frequencies.into_iter().enumerate() {
        let check = |name: &str, expected: f64, tolerance: f64| {
            let column = quantities.iter().position(|quantity| quantity.name == name).expect(name);
            let found = rows.column(column)[row];
            assert!(
                (found - expected).abs() <= tolerance,
                "{name} at {frequency} Hz: {found} is not {expected}"
            );
        };
        // The stepper itself loses (2 pi f h)^6/144 of the amplitude in a step, at most 3e-6 in the whole run, and
        // (2 pi f h)^4/120 of the frequency, at most 2e-7.
        check("minimum", -1.0, 1e-5);
        check("maximum", 5.0, 1e-5);
        check("amplitude", 6.0, 2e-5);
        check("settled", 1.0, 0.0);
        check("frequency", frequency, 1e-6 * frequency);
        check("maxima_per_cycle", 1.0, 0.0);
        check("y_amplitude", 2.0, 1e-5);
        check("y_frequency", frequency, 1e-6 * frequency);
        check("dominant_frequency", frequency, 0.01);
        check("y_dominant_frequency", frequency, 0.01);
        let [theta, alpha, beta] =
            [4.0..8.0, 8.0..13.0, 13.0..30.0].map(|band| if band.contains(&frequency) { 4.5 } else { 0.0 });
        check("theta_power", theta, 0.01);
        check("alpha_power", alpha, 0.01);
        check("beta_power", beta, 0.01);
        check("y_alpha_power", alpha / 9.0, 0.001);
        check("gamma_power", 0.0, 0.01);

        // Integrals over [0.25, 2.2505] s of the sine itself.
        let (from, to) = (0.25, 0.25 + 4001.0 * 5e-4);
        let (rate, length) = (TAU * frequency, to - from);
        let mean = 3.0 * ((rate * from).cos() - (rate * to).cos()) / (rate * length);
        let square =
            4.5 * (1.0 - ((2.0 * rate * to).sin() - (2.0 * rate * from).sin()) / (2.0 * rate * length));
        check("mean", 2.0 + mean, 1e-5);
        check("standard_deviation", (square - mean * mean).sqrt(), 1e-5);
        // The sine turns at a quarter and three quarters of each cycle.
        let way = |t: f64| {
            let turns = (2.0 * frequency * t + 0.5).floor();
            let side = if turns % 2.0 == 0.0 { 1.0 } else { -1.0 };
            3.0 * (2.0 * turns + side * (rate * t).sin())
        };
        check("line_length", (way(to) - way(from)) / length, 3e-6 * 12.0 * frequency);

        // At 21.3 Hz the stepper's phase is off by 1.7e-7 of it, 5e-5 radian in 2.25 s.
        check("final", 2.0 + 3.0 * (rate * to).sin(), 2e-4);
        check("value", 2.0 + 3.0 * (rate * (from + 1.25)).sin(), 2e-4);
        check("y_late", (rate * (from + 2.0)).cos(), 1e-4);
        check("ever_above", 1.0, 0.0);
        check("beyond", 0.0, 0.0);

        // 2 + 3 sin is at 3.5 on its way up at asin(1/2) = 1/12 of a cycle, and at 0.5 on its way down at 7/12.
        let phases = |at: f64| (at + (frequency * from - at).ceil(), at + (frequency * to - at).floor());
        let ((first, last_on), (_, last_off)) = (phases(1.0 / 12.0), phases(7.0 / 12.0));
        let begins_up = 2.0 + 3.0 * (rate * from).sin() >= 3.5;
        let ends_up = last_on > last_off;
        let onsets = (last_on - first).round() + 1.0;
        check("episode_count", onsets + f64::from(begins_up), 0.0);
        check("episode_first_onset", if begins_up { 0.0 } else { first / frequency - from }, 1e-6);
        check("episode_last_offset", if ends_up { length } else { last_off / frequency - from }, 1e-6);
        check("episode_mean_duration", 0.5 / frequency, 1e-6);
        check("episode_mean_interval", 1.0 / frequency, 1e-6);
        check("episode_censored", f64::from(begins_up || ends_up), 0.0);

        // Above 4.5 the sine stays for (pi - 2 asin(5/6)) of a cycle's 2 pi; only slow cycles make that 20 ms.
        let stay = (0.5 - (5.0_f64 / 6.0).asin() / (TAU / 2.0)) / frequency;
        if stay < 0.02 {
            check("long_count", 0.0, 0.0);
        } else {
            check("long_mean_duration", stay, 1e-6);
        }
    }
}

#[test]
fn a_feature_has_the_same_bits_alone_and_in_company() {
    let frequencies: Vec<f64> = (0..37).map(|point| 2.0 + 0.73 * f64::from(point)).collect();
    let (all, company) = measured(EVERYTHING, &frequencies);
    for feature in EVERYTHING {
        let (own, alone) = measured(&[feature], &frequencies);
        for (column, quantity) in own.iter().enumerate() {
            let place = all.iter().position(|known| known.name == quantity.name).unwrap();
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(alone.column(column)), bits(company.column(place)), "{}", quantity.name);
        }
    }
}

/// One variable from 1 on; `at` of a feature at every rate.
fn of_growth(
    features: &[&str],
    equation: &str,
    steps: [u64; 2],
    rates: &[f64],
) -> (Vec<Status>, Vec<Quantity>, Table) {
    let text = format!("par k=1\n{equation}\ninit x=1\n#@ signal x\n#@ time 1\n@ bound=100\ndone\n");
    let model = Model::parse(&Source::new("growth.ode", text.as_str()), "growth").expect("a right model");
    let protocol = Protocol { columns: vec!["k".to_owned()], ..protocol(model, 0.01, steps, features) };
    let simulation = Simulation::new(protocol, Level::best()).expect("a right protocol");
    let rows = simulation.measure(&Table::from_columns(vec![rates.to_vec()]));
    (rows.status, simulation.quantities().to_vec(), rows.features)
}

fn named<'a>(quantities: &[Quantity], table: &'a Table, name: &str) -> &'a [f64] {
    table.column(quantities.iter().position(|quantity| quantity.name == name).expect(name))
}

/// `x = e^(k t)` leaves 100 at `t = 4.605/k`, between two steps of 0.01. A point that has left early is carried along while others
/// of its strip go on, and leaves but once.
#[test]
fn a_divergence_has_the_time_of_the_first_step_outside() {
    let rates = [10.0, 1.0, 0.0, 5.0, 2.0];
    let (status, quantities, table) = of_growth(&["maximum"], "x'=k*x", [128, 896], &rates);
    let diverged = |at: usize| status[at] == Status::Diverged;
    assert_eq!([0, 1, 2, 3, 4].map(diverged), [true, true, false, true, true]);
    let expected = [0.47, 4.61, f64::NAN, 0.93, 2.31];
    let times = named(&quantities, &table, "diverged_at");
    for (at, (time, expected)) in times.iter().zip(expected).enumerate() {
        assert!((time - expected).abs() < 1e-9 || (time.is_nan() && expected.is_nan()), "{at}: {time}");
        let alone = of_growth(&["maximum"], "x'=k*x", [128, 896], &rates[at..=at]).2;
        assert_eq!(named(&quantities, &alone, "diverged_at")[0].to_bits(), time.to_bits(), "{at} alone");
    }
    let steps: Vec<f64> = named(&quantities, &table, "steps").to_vec();
    assert_eq!(steps, [47.0, 461.0, 1024.0, 93.0, 231.0]);
    assert!(named(&quantities, &table, "maximum")[0].is_nan(), "what was measured until then means nothing");
}

/// A quotient that is 0/0 at the beginning, or at a time of a step, is not a number there, and by the bound nothing has diverged. What is
/// beyond the bound by then has, and so has what overflows.
#[test]
fn a_variable_that_stops_being_a_number_inside_the_bound_is_singular() {
    let run = |field: &str, rates: &[f64]| of_growth(&["maximum"], field, [16, 112], rates);
    let (status, quantities, table) = run("x'=k*(x-1)/(x-1)", &[1.0, 0.0, -3.0]);
    assert_eq!(status, [Status::Singular; 3]);
    assert_near(named(&quantities, &table, "diverged_at")[0], 0.01, 1e-12);
    assert!(named(&quantities, &table, "maximum")[0].is_nan());
    let (status, quantities, table) = run("x'=k*(t-0.5)/(t-0.5)", &[1.0, 1e3, -1.0, 100.0]);
    assert_eq!(status, [Status::Singular, Status::Diverged, Status::Singular, Status::Singular]);
    let times = named(&quantities, &table, "diverged_at");
    // The last stage of one step, or the first of the next, falls on 0.5; 1 + 1000 t is beyond 100 at 0.1.
    assert_near(times[0], 0.5, 0.01 + 1e-12);
    assert_near(times[1], 0.1, 1e-12);
    assert_eq!(run("x'=k*x^3", &[1.0, 1e3, 1e30, 1e300]).0, [Status::Diverged; 4]);
}

/// A signal that stops being a number while its model goes on: `log(1 - k t)` is one until `t = 1/k`.
#[test]
fn features_of_a_signal_that_stops_being_a_number_are_undefined_unless_they_are_of_an_instant() {
    let text = "par k=0\nx'=k\ninit x=0\naux v=log(1-x)\n#@ signal v\n#@ time 1\n@ bound=100\ndone\n";
    let model = Model::parse(&Source::new("log.ode", text), "log").expect("a right model");
    let asked = [
        "extrema",
        "moments",
        "cycles",
        "settled",
        "line_length",
        "final",
        "value(at=0.5)",
        "episodes(on=-0.1, off=-0.2)",
        "ever_above(level=-0.5)",
        "ever_above(level=0.5, name=never)",
    ];
    let protocol = Protocol { columns: vec!["k".to_owned()], ..protocol(model, 0.01, [0, 1000], &asked) };
    let simulation = Simulation::new(protocol, Level::best()).expect("a right protocol");
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.05, 1.0, 1.5]]));
    assert_eq!(rows.status, [Status::Ok; 3]);
    let of = |name: &str| named(simulation.quantities(), &rows.features, name).to_vec();
    for name in [
        "maximum",
        "amplitude",
        "mean",
        "frequency",
        "settled",
        "line_length",
        "final",
        "episode_count",
        "episode_total_duration",
    ] {
        let found = of(name);
        assert!(found[1].is_nan() && found[2].is_nan(), "{name}: {found:?}");
        assert!(name == "frequency" || !found[0].is_nan(), "{name}: {found:?}");
    }
    assert_near(of("final")[0], 0.5_f64.ln(), 1e-9);
    for (found, k) in of("value").into_iter().zip([0.05_f64, 1.0, 1.5]) {
        assert_near(found, (1.0 - 0.5 * k).ln(), 1e-6);
    }
    assert_eq!(of("ever_above"), [1.0; 3]);
    let never = of("never");
    assert!(never[0] == 0.0 && never[1].is_nan() && never[2].is_nan(), "{never:?}");
}

/// `final` asks for the last instant alone: `log((1 - t)^2 - 0.01)` is not a number from 0.9 to 1.1.
#[test]
fn a_signal_that_was_no_number_for_a_while_has_a_final_value_and_no_mean() {
    let text = "par k=0\nx'=k\ninit x=0\naux v=log((1-x)^2-.01)\n#@ signal v\n#@ time 1\n@ bound=100\ndone\n";
    let model = Model::parse(&Source::new("log.ode", text), "log").expect("a right model");
    let protocol = Protocol {
        columns: vec!["k".to_owned()],
        ..protocol(model, 0.01, [0, 1000], &["mean", "final", "value(at=4)"])
    };
    let simulation = Simulation::new(protocol, Level::best()).expect("a right protocol");
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.5]]));
    let of = |name: &str| named(simulation.quantities(), &rows.features, name)[0];
    assert!(of("mean").is_nan());
    assert_near(of("final"), (16.0_f64 - 0.01).ln(), 1e-9);
    assert_near(of("value"), (1.0_f64 - 0.01).ln(), 1e-9);
}

/// One that comes back inside was outside all the same: `x = e^(10 sin(k t))` is beyond 100 while `sin > 0.46`.
#[test]
fn a_trajectory_that_comes_back_has_left_at_its_first_time() {
    let (status, quantities, table) = of_growth(&["maximum"], "x'=10*k*cos(k*t)*x", [0, 1000], &[1.0, 0.0]);
    assert_eq!(status, [Status::Diverged, Status::Ok]);
    assert!((named(&quantities, &table, "diverged_at")[0] - 0.48).abs() < 1e-9);
}

/// Half-windows that differ in their minima alone, in their maxima alone, in both and in neither.
#[test]
fn settled_looks_at_both_halves_of_the_window_and_at_both_of_their_ends() {
    // A cycle of period 1 and amplitude 1; in the second half of the window of 10, what `k` adds to one side.
    let halves = "x'=2*pi*cos(2*pi*t)\naux v=s\n";
    let of = |signal: &str| {
        let text =
            format!("par k=0\n{halves}init x=0\ns={signal}\n#@ signal v\n#@ time 1\n@ bound=100\ndone\n");
        let model = Model::parse(&Source::new("halves.ode", text.as_str()), "halves").expect("a right model");
        let protocol =
            Protocol { columns: vec!["k".to_owned()], ..protocol(model, 0.01, [0, 1000], &["settled"]) };
        let simulation = Simulation::new(protocol, Level::best()).expect("a right protocol");
        let rows = simulation.measure(&Table::from_columns(vec![vec![0.0, 0.1]]));
        named(simulation.quantities(), &rows.features, "settled").to_vec()
    };
    assert_eq!(of("x+k*(t>5)*max(x,0)"), [1.0, 0.0], "maxima alone");
    assert_eq!(of("x+k*(t>5)*min(x,0)"), [1.0, 0.0], "minima alone");
    assert_eq!(of("x+k*(t>5)"), [1.0, 0.0], "both");
    assert_eq!(of("x+k"), [1.0, 1.0], "neither");
    assert_eq!(of("x+k*(t<5)*max(x,0)"), [1.0, 0.0], "the first half is the one that differs");
}
