//! Networks of coupled models, points that go on from each other, and starts from a box: values known from closed forms and from
//! the literature, and rows that depend on their own point alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bits;
mod measured;
mod near;
mod patience;
mod protocol;
mod written;

use std::sync::Arc;

use bits::{bits, levels};
use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::equation::graph::Graph;
use ictus::experiment::Experiment;
use ictus::model::{self, Model};
use ictus::network::{Channel, Gain, Kind, Matrix, Network, Weights};
use ictus::simulate::{Protocol, Simulation};
use ictus::study::{Study, Texts};
use ictus::table::Table;
use measured::column;
use near::assert_near;
use protocol::protocol;

fn study(text: &str) -> Study {
    written::study(written::texts(text))
}

/// All points of a study, in the order of its space, which is one cell.
fn points(study: &Study) -> Table {
    let cell = study.space().cells().cell(0);
    assert_eq!(cell.points(), study.space().points(), "a small study");
    study.space().table(&cell, 0, cell.points() as u32)
}

/// A feature at all points.
fn measure(study: &Study, feature: &str) -> Vec<f64> {
    let simulation = study.simulation().unwrap();
    column(&simulation, &simulation.measure(&points(study)), feature).to_vec()
}

fn channel(nodes: usize, entries: &[f64], kind: Kind) -> Channel {
    let mut graph = Graph::new();
    let node = graph.constant(1.0);
    Channel {
        name: "edges".into(),
        from: "x".into(),
        to: "h".into(),
        weights: Weights::Matrix(Arc::new(Matrix::new(nodes, entries.to_vec()))),
        kind,
        gain: Gain { text: "1".into(), graph, node },
    }
}

fn linear(network: Network, requests: &[&str]) -> Simulation {
    of_model(model::find("linear").unwrap().parse().unwrap(), network, requests)
}

fn of_model(model: Model, network: Network, requests: &[&str]) -> Simulation {
    let protocol = Protocol { network: Some(Arc::new(network)), ..protocol(model, 0.01, [0, 200], requests) };
    Simulation::new(protocol, Level::best()).unwrap()
}

/// Node 1 drives node 0, not the other way round: `x_1 = e^-t`, `x_0 = t e^-t`, whose maximum is `1/e` at `t = 1`.
#[test]
fn a_row_of_a_matrix_is_what_its_node_hears() {
    let network = Network {
        nodes: 2,
        channels: vec![channel(2, &[0.0, 1.0, 0.0, 0.0], Kind::Additive)],
        parameters: vec![],
        values: vec![("init.x".into(), vec![0.0, 1.0])],
        signal: "node.0".into(),
        above: None,
    };
    let simulation = linear(network, &["maximum", "maximum(node.1)", "minimum(node.1)"]);
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.0]]));
    let value = |column: usize| rows.features.column(column)[0];
    assert_near(value(0), (-1.0_f64).exp(), 1e-8);
    assert_near(value(1), 1.0, 1e-12);
    assert_near(value(2), (-2.0_f64).exp(), 1e-8);
}

/// A variable that is not the signal: `y = 2 e^-t` at one node and `e^-t` at the other, while x, the signal, rests at 0; `s = 3 y`.
#[test]
fn a_network_is_observed_by_any_variable() {
    const MODEL: &str = "#: two\n#: [mV] the signal\nx'=-x\n#: [Hz] another\ny'=-y+h\npar h=0\n#: [1] thrice\naux s=3*y\n\
                         #@ signal x\n#@ time 1\n#@ input h\n#@ output y\ndone\n";
    let model = Model::parse(&Source::new("m.ode", MODEL), "m").unwrap();
    let mut only = channel(2, &[0.0, 0.0, 0.0, 0.0], Kind::Additive);
    only.from = "y".into();
    let network = Network {
        nodes: 2,
        channels: vec![only],
        parameters: vec![],
        values: vec![("init.y".into(), vec![2.0, 1.0])],
        signal: "node.1.y".into(),
        above: None,
    };
    let requests = [
        "maximum",
        "maximum(largest.y)",
        "minimum(smallest.s)",
        "maximum(mean.y)",
        "maximum(node.0.y)",
        "maximum(mean)",
    ];
    let simulation = of_model(model, network, &requests);
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.0]]));
    let end = (-2.0_f64).exp();
    let names = [
        "maximum",
        "largest_y_maximum",
        "smallest_s_minimum",
        "mean_y_maximum",
        "node_0_y_maximum",
        "mean_maximum",
    ];
    for (at, (value, unit)) in
        [(1.0, "Hz"), (2.0, "Hz"), (3.0 * end, "1"), (1.5, "Hz"), (2.0, "Hz"), (0.0, "mV")]
            .into_iter()
            .enumerate()
    {
        assert_eq!(
            (&*simulation.quantities()[at].name, &*simulation.quantities()[at].unit),
            (names[at], unit)
        );
        assert_near(rows.features.column(at)[0], value, 1e-8);
    }
}

#[test]
fn the_signal_of_a_network_says_what_it_is() {
    let signal = |model: &str, signal: &str| {
        let channel = |name: &str, ports: &str| {
            format!("[network.channels.{name}]\nmatrix = \"mean\"\ngain = 0\n{ports}")
        };
        let channels = match model {
            "kuramoto" => {
                let to = |name: &str| channel(name, &format!("from = \"{name}\"\nto = \"h{name}\"\n"));
                to("s") + &to("c")
            }
            _ => channel("all", ""),
        };
        let text = format!(
            "[model]\nname = \"{model}\"\n[network]\nsize = 9\nsignal = \"{signal}\"\nabove = 0.5\n\
             {channels}[time]\nmethod = \"rk4\"\nstep = 0.01\n\
             transient = 1\nwindow = 1\n"
        );
        let own = study(&text).simulation().unwrap().signal();
        (own.name, own.unit, own.meaning)
    };
    let told = |name: &str, unit: &str, meaning: &str| (name.to_owned(), unit.to_owned(), meaning.to_owned());
    let order = told("order", "1", "order parameter of 9 phases: 1 where all are equal");
    assert_eq!(signal("kuramoto", "order"), order);
    assert_eq!(signal("epileptor_2d", "mean"), told("mean_x", "1", "mean of x over 9 nodes"));
    assert_eq!(signal("epileptor_2d", "largest.z"), told("largest_z", "1", "largest z of 9 nodes"));
    assert_eq!(signal("epileptor_2d", "above"), told("above", "1", "how many of 9 nodes have x above 0.5"));
    let (name, _, meaning) = signal("epileptor_2d", "node.4.z");
    assert!(name == "node_4_z" && meaning.ends_with(" at node 4"), "{name}: {meaning}");
}

#[test]
fn a_study_names_variables_of_its_nodes_in_features_and_rules() {
    let text = |feature: &str, rule: &str| {
        format!(
            "[model]\nname = \"wilson_cowan\"\n[network.channels.ring]\nmatrix = {{ generator = \"ring\", n = 4 }}\ngain = 0.1\n\
             [time]\nmethod = \"rk4\"\nstep = \"0.5 ms\"\ntransient = \"50 ms\"\nwindow = \"50 ms\"\n\
             [observe]\nfeatures = [\"{feature}\"]\n[[regime]]\nname = \"high\"\nwhen = \"{rule} > 0.2\"\n"
        )
    };
    let own = study(&text("maximum(mean.I)", "node_3_I_maximum"));
    let (mean, node) = (measure(&own, "mean_I_maximum"), measure(&own, "node_3_I_maximum"));
    // All nodes of a ring that begin alike stay alike.
    assert_near(mean[0], node[0], 1e-12);
    for (feature, wanted) in [
        ("mean(I)", "write `mean.I`"),
        ("mean(mean.J)", "no variable or aux `J`"),
        ("mean(order.I)", "`order` is of the model's own phase"),
        ("mean(node.4.I)", "there is no node 4"),
    ] {
        let texts = written::texts(text(feature, "amplitude"));
        let said = Study::from_texts(texts).expect_err("it is wrong").to_string();
        assert!(said.contains(wanted), "{feature}: {said}");
    }
}

/// Two nodes that exchange differences: their mean decays as `e^-t`, their difference as `e^-3t`.
/// What varies at one node is what `[network.nodes]` gives that node, to the last bit: of trajectories and of equilibria, beside a parameter
/// that varies for all, beside a list, and of an initial value that the others take from a named state.
#[test]
fn a_value_of_one_nodes_own_varies_as_it_would_be_given() {
    const STUDY: &str = "[model]\nname = \"epileptor_2d\"\n[network]\nsize = 5\nsignal = \"mean\"\n[network.channels.c]\nmatrix = \"mean\"\nfrom = \"x\"\nto = \"h\"\n";
    const REST: &str = "[time]\nmethod = \"rk4\"\nstep = 0.05\ntransient = 5\nwindow = 20\n[observe]\nfeatures = [\"extrema\", \"maximum(node.3)\", \"maximum(node.1)\"]\n";
    let rows = |axes: &str, nodes: &str, rest: &str| {
        let axes = if axes.is_empty() { String::new() } else { format!("[space.axes]\n{axes}\n") };
        let nodes = if nodes.is_empty() { String::new() } else { format!("[network.nodes]\n{nodes}\n") };
        let study = study(&format!("{STUDY}{nodes}{axes}{rest}"));
        let survey = study.survey().unwrap();
        bits(&survey.measure(&points(&study)))
    };
    let stability = "[stability]\nonly = true\n";
    for (rest, initial) in [(REST, "init.z"), (stability, "x0")] {
        let node = |number: usize, name: &str| format!("\"node.{number}.{name}\"");
        let varied = rows(
            &format!(
                "x0 = {{ values = [-2.2, -2.0] }}\n{} = {{ values = [-1.6, -2.1] }}\n{} = {{ values = [3.0, 3.5] }}",
                node(3, "x0"),
                node(1, initial)
            ),
            "",
            rest,
        );
        let mut at = 0;
        for all in [-2.2, -2.0] {
            for third in [-1.6, -2.1] {
                for first in [3.0, 3.5] {
                    let nodes = if initial == "x0" {
                        format!("x0 = [{all:?}, {first:?}, {all:?}, {third:?}, {all:?}]")
                    } else {
                        format!(
                            "x0 = [{all:?}, {all:?}, {all:?}, {third:?}, {all:?}]\ninit.z = {{ 1 = {first:?} }}"
                        )
                    };
                    let given = rows("", &nodes, rest);
                    assert_eq!(varied.0[at], given.0[0]);
                    let own: Vec<u64> = varied.1.iter().map(|column| column[at]).collect();
                    let wanted: Vec<u64> = given.1.iter().map(|column| column[0]).collect();
                    assert_eq!(own, wanted, "x0 = {all}, at node 3 {third}, {initial} at node 1 {first}");
                    at += 1;
                }
            }
        }
        let different: std::collections::BTreeSet<u64> = varied.1.iter().flatten().copied().collect();
        assert!(different.len() > 8, "the values matter");
        // Beside a list, whose other values stay.
        let list = "x0 = [-2.2, -2.1, -2.0, -1.9, -1.8]";
        let varied = rows("\"node.3.x0\" = { values = [-1.9, -1.6] }", list, rest);
        let given = rows("", list, rest);
        let column = |rows: &(Vec<_>, Vec<Vec<u64>>), at: usize| -> Vec<u64> {
            rows.1.iter().map(|own| own[at]).collect()
        };
        assert_eq!(column(&varied, 0), column(&given, 0));
        assert_ne!(column(&varied, 1), column(&given, 0));
    }
}

#[test]
fn diffusion_evens_out_differences_and_leaves_the_mean() {
    let network = Network {
        nodes: 2,
        channels: vec![channel(2, &[0.0, 1.0, 1.0, 0.0], Kind::Diffusive)],
        parameters: vec![],
        values: vec![("init.x".into(), vec![3.0, 1.0])],
        signal: "mean".into(),
        above: Some(0.5),
    };
    let requests = ["minimum", "minimum(node.0)", "maximum(largest)", "minimum(smallest)", "mean(above)"];
    let rows = linear(network, &requests).measure(&Table::from_columns(vec![vec![0.0]]));
    let value = |column: usize| rows.features.column(column)[0];
    let (mean, difference) = (2.0 * (-2.0_f64).exp(), (-6.0_f64).exp());
    assert_near(value(0), mean, 1e-8);
    assert_near(value(1), mean + difference, 1e-8);
    assert_near(value(2), 3.0, 1e-12);
    assert_near(value(3), mean - difference, 1e-8);
    // 2 e^-t + e^-3t = 0.5 at 1.4111, 2 e^-t - e^-3t = 0.5 at 1.3607: so long they are above.
    assert_near(value(4), f64::midpoint(1.4111, 1.3607), 0.01);
}

/// Fagerholm et al. (2020), the companion equation J = A + sigma L on a directed matrix: the long-run growth rate is the largest
/// real part of J's eigenvalues, computed by LAPACK.
#[test]
fn neighbouring_trajectories_of_a_linear_network_part_at_its_growth_rate() {
    let study = study(
        "[model]\nname = \"linear\"\n[network]\nparameters = { sigma = 0.9, w = 0.8 }\n\
         [network.channels.effective]\nmatrix = \"fib90_directed\"\ngain = \"w\"\n\
         [network.channels.structural]\nmatrix = \"fib90\"\nnormalise = \"spectral_radius\"\nkind = \"diffusive\"\n\
         gain = \"-sigma\"\n[time]\nmethod = \"rk4\"\nstep = 0.02\ntransient = 300\nwindow = 200\n\
         [observe]\nfeatures = [\"lyapunov\"]\n",
    );
    assert_near(measure(&study, "lyapunov")[0], 0.274_624, 2e-5);
}

/// Lorenz (1963) at 10, 28, 8/3: 0.9056 (Viswanath 1998, Lyapunov exponents from random Fibonacci sequences to the Lorenz
/// equations, table of chapter 4). A limit cycle has 0, a fixed point the largest real part of its eigenvalues.
#[test]
fn lyapunov_exponents_tell_chaos_cycles_and_rest_apart() {
    const LORENZ: &str = "par rho=28\nx'=10*(y-x)\ny'=x*(rho-z)-y\nz'=x*y-8/3*z\ninit x=1,y=1,z=20\n#@ signal x\n#@ time 1\n@ bound=1000\ndone\n";
    let model = Model::parse(&Source::new("lorenz.ode", LORENZ), "lorenz").unwrap();
    let protocol =
        Protocol { columns: vec!["rho".into()], ..protocol(model, 0.01, [5000, 400_000], &["lyapunov"]) };
    let simulation = Simulation::new(protocol, Level::best()).unwrap();
    let rows = simulation.measure(&Table::from_columns(vec![vec![28.0, 0.5, 160.0]]));
    let (exponent, error) = (rows.features.column(0), rows.features.column(1));
    assert!(error[0] < 0.01 && exponent[0] > 3.0 * error[0], "{exponent:?} {error:?}");
    assert_near(exponent[0], 0.9056, 0.02);
    // The origin: the largest root of s^2 + 11 s + 10 (1 - rho) = 0 at rho = 0.5.
    assert_near(exponent[1], f64::midpoint(-11.0, 101.0_f64.sqrt()), 1e-6);
    // rho = 160 has a stable cycle (Sparrow 1982).
    assert!(exponent[2].abs() < 0.01, "{exponent:?}");
}

const HYSTERESIS: &str = "[model]\nname = \"jansen_rit\"\n[space]\ncontinue = \"p\"\n[space.axes]\n\
     C = { values = [132, 135] }\np = { from = 80, to = 160, n = 41 }\n[time]\nmethod = \"rk4\"\nstep = \"0.5 ms\"\n\
     transient = \"8 s\"\nwindow = \"3 s\"\n[observe]\nfeatures = [\"amplitude\"]\n";

/// Grimbert & Faugeras (2006): spikes begin at the saddle-node on an invariant circle at p = 113.58, and the fold of their cycles
/// is at 137.38; between them lies the alpha rhythm too, which is born at 89.83.
#[test]
fn jansen_rit_shows_its_hysteresis_going_up_and_down() {
    let study = study(HYSTERESIS);
    let amplitude = measure(&study, "amplitude");
    let (up, down) = (&amplitude[82..123], &amplitude[123..164]);
    for at in 0..41 {
        let p = 80.0 + 2.0 * at as f64;
        assert_eq!(up[at] > 5.0, p > 113.586 && p < 137.380, "up at {p}: {}", up[at]);
        assert!(down[at] < 5.0, "down at {p}: {}", down[at]);
        assert!(down[at] > 0.1 || p < 92.0, "the alpha rhythm at {p}: {}", down[at]);
    }
}

/// The first sweep begins where a point alone begins. Of an axis that falls that is the way down, and so it is called.
#[test]
fn up_is_where_the_parameter_rises_whichever_way_the_axis_runs() {
    let axis = "C = { values = [132, 135] }\np = { from = 80, to = 160, n = 41 }";
    let chained = |values: &str| HYSTERESIS.replace(axis, &format!("p = {{ values = {values} }}"));
    let alone = chained("[80, 120, 160]").replace("[space]\ncontinue = \"p\"\n", "");
    let alone = measure(&study(&alone), "amplitude");
    for (values, falls) in [("[80, 120, 160]", false), ("[160, 120, 80]", true)] {
        let study = study(&chained(values));
        assert_eq!(study.space().axes().last().unwrap().falls(), falls);
        assert_eq!(study.identity().canonical.contains("chain = down and up"), falls);
        let amplitude = measure(&study, "amplitude");
        let (up, down) = amplitude.split_at(3);
        let first = |sweep: &[f64], of_alone: usize| sweep[0].to_bits() == alone[of_alone].to_bits();
        assert_eq!((first(up, 0), first(down, 2)), (!falls, falls), "{up:?} {down:?} {alone:?}");
    }
}

const NETWORKS: [&str; 2] = [
    "[model]\nname = \"wilson_cowan\"\n[network]\nparameters = { g = 0.1 }\nabove = 0.1\n\
     [network.channels.ring]\nmatrix = { generator = \"ring\", n = 11 }\ngain = \"g\"\n[space]\ncontinue = \"P\"\n\
     [space.axes]\nP = { from = 0.8, to = 2, n = 7 }\ng = { from = 0, to = 0.5, n = 13 }\n\
     [time]\nmethod = \"rk4\"\nstep = \"0.5 ms\"\ntransient = \"50 ms\"\nwindow = \"50 ms\"\n\
     [observe]\nfeatures = [\"extrema\", \"cycles\", \"mean(above)\", \"maximum(largest)\", \"extrema(node.3)\", \"lyapunov\"]\n",
    "[model]\nname = \"montbrio_pazo_roxin\"\n[space.axes]\neta = { from = -6, to = -3, n = 19 }\n\
     J = { from = 14, to = 16, n = 3 }\n\
     [initial]\nbox = { r = [0, 2], V = [-3, 2] }\nstarts = 8\n\
     [time]\nmethod = \"rk4\"\nstep = 0.005\ntransient = 2\nwindow = 2\n[observe]\nfeatures = [\"extrema\", \"moments\"]\n",
];

/// `x' = p x` from 1 is `e^(p t)`. What has diverged is nothing to go on from: the next point of the chain begins anew, and the one
/// after goes on from that.
#[test]
fn a_chain_begins_anew_after_a_point_that_diverged() {
    let text = "model = { file = \"growth.ode\" }\ntime = { transient = 0, window = 2 }\n\
                observe = { features = [\"final\"] }\n[space]\ncontinue = \"p\"\n[space.axes]\n\
                p = { values = [-1, -0.5, 5] }\n";
    let model = "par p=0\nx'=p*x\ninit x=1\n@ dt=0.01,meth=rk4,bound=100\ndone\n";
    let study = written::study(Texts { model: Some(model.to_owned()), ..written::texts(text) });
    let simulation = study.simulation().unwrap();
    let rows = simulation.measure(&points(&study));
    let ends = column(&simulation, &rows, "final");
    // In the order of the space: up, then down, each with p = -1, -0.5, 5.
    let diverged = [false, false, true, false, false, true];
    let expected = [-2.0, -3.0, f64::NAN, -3.0, -1.0, f64::NAN].map(f64::exp);
    for ((status, end), (diverged, expected)) in
        rows.status.iter().zip(ends).zip(diverged.into_iter().zip(expected))
    {
        assert_eq!(*status == ictus::experiment::Status::Diverged, diverged);
        if !diverged {
            assert_near(*end, expected, 1e-9);
        }
    }
}

#[test]
fn rows_of_networks_chains_and_draws_depend_on_their_own_point_alone() {
    for text in NETWORKS {
        // A shipped model has no ports unless it names them.
        let study = study(text);
        let simulation = study.simulation().unwrap();
        let all = points(&study);
        let expected = bits(&simulation.measure(&all));
        for level in levels().filter(|level| *level != Level::Baseline) {
            for width in [64, 192, 512] {
                let other =
                    Simulation::new(study.protocol().unwrap(), level).unwrap().with_strip_width(width);
                assert_eq!(bits(&other.measure(&all)), expected, "{} at {width} lanes", level.name());
            }
        }
        for row in (0..all.rows()).step_by(17) {
            let one = all.columns().iter().map(|column| vec![column[row]]).collect();
            let (status, features) = bits(&simulation.measure(&Table::from_columns(one)));
            assert_eq!(status[0], expected.0[row]);
            let wanted: Vec<Vec<u64>> = expected.1.iter().map(|column| vec![column[row]]).collect();
            assert_eq!(features, wanted, "point {row} alone");
        }
    }
}

/// Montbrio, Pazo & Roxin (2015): at J = 15 two states lie side by side for -5.7435 < eta < -3.1361.
#[test]
fn starts_from_a_box_find_both_states_of_a_bistable_cell() {
    let study = study(
        "[model]\nname = \"montbrio_pazo_roxin\"\n[space.axes]\neta = { values = [-5.85, -5.65, -4, -3.2, -3.1] }\n\
         [initial]\nbox = { r = [0, 2], V = [-3, 2] }\nstarts = 32\n\
         [time]\nmethod = \"rk4\"\nstep = 0.005\ntransient = 60\nwindow = 5\n[observe]\nfeatures = [\"maximum\"]\n",
    );
    let maximum = measure(&study, "maximum");
    let high = |cell: usize| maximum[cell * 32..][..32].iter().filter(|r| **r > 0.5).count();
    assert_eq!((high(0), high(4)), (0, 32));
    assert!(
        (1..32).contains(&high(1)) && (high(1)..32).contains(&high(2)) && (high(2)..32).contains(&high(3))
    );
}

/// The bits of a map's variables do not depend on threads, on a kill in the middle, or on who goes on.
#[test]
fn maps_of_networks_and_draws_survive_a_kill_with_the_same_bits() {
    let ictus = env!("CARGO_BIN_EXE_ictus");
    let place = tempfile::tempdir().unwrap();
    for (number, text) in NETWORKS.iter().enumerate() {
        let text = text.replace("g = { from = 0, to = 0.5, n = 13 }", "g = { from = 0, to = 0.5, n = 1500 }");
        let text = text.replace("n = 19 }", "n = 600 }");
        let study = place.path().join(format!("study{number}.toml"));
        std::fs::write(&study, text).unwrap();
        let run = |folder: &str, threads: &str| {
            let mut command = std::process::Command::new(ictus);
            command.current_dir(place.path()).arg("run").arg(&study);
            command.args(["--output", folder, "--threads", threads, "--quiet"]);
            command
        };
        let (whole, broken) = (format!("whole{number}"), format!("broken{number}"));
        assert!(run(&whole, "1").status().unwrap().success());
        let mut child = run(&broken, "2").spawn().unwrap();
        patience::wait_for_bytes(&place.path().join(&broken), 1 << 13, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(run(&broken, "1").status().unwrap().success());
        let map = |folder: &str| place.path().join(folder).join("map.nc");
        let mut diff = std::process::Command::new(ictus);
        diff.args(["diff", "--bits"]).arg(map(&whole)).arg(map(&broken));
        assert!(diff.status().unwrap().success(), "study {number}");
    }
}

/// The field of Montbrio, Pazo & Roxin (2015), equations 12, at Delta = 1, J = 15, eta = -5.
fn mean_field([r, v]: [f64; 2]) -> [f64; 2] {
    let pi = std::f64::consts::PI;
    [1.0 / pi + 2.0 * r * v, v * v - 5.0 + 15.0 * r - (pi * r) * (pi * r)]
}

/// The separatrix: the saddle's stable manifold, followed back in time on both sides.
fn separatrix() -> Vec<Vec<[f64; 2]>> {
    let pi = std::f64::consts::PI;
    // The saddle from its formula, and its eigenvalue 2V - sqrt(2r(J - 2 pi^2 r)) < 0 with the direction (2r, lambda - 2V).
    let r = 0.472_980_340_7;
    let v = -1.0 / (2.0 * pi * r);
    let eigenvalue = 2.0 * v - (2.0 * r * (15.0 - 2.0 * pi * pi * r)).sqrt();
    let follow = |side: f64| {
        let mut at = [r + side * 1e-5 * 2.0 * r, v + side * 1e-5 * (eigenvalue - 2.0 * v)];
        let mut line = vec![[r, v], at];
        for _ in 0..400_000 {
            let step = -1e-4;
            let shift =
                |slope: [f64; 2], part: f64| [at[0] + part * step * slope[0], at[1] + part * step * slope[1]];
            let first = mean_field(at);
            let second = mean_field(shift(first, 0.5));
            let third = mean_field(shift(second, 0.5));
            let fourth = mean_field(shift(third, 1.0));
            at = [0, 1]
                .map(|i| at[i] + step / 6.0 * (first[i] + 2.0 * second[i] + 2.0 * third[i] + fourth[i]));
            line.push(at);
            if at.iter().any(|value| value.abs() > 20.0) {
                break;
            }
        }
        line
    };
    vec![follow(1.0), follow(-1.0)]
}

/// Whether two segments cross.
fn cross(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> bool {
    let turn = |p: [f64; 2], q: [f64; 2], r: [f64; 2]| {
        (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]) > 0.0
    };
    turn(a, b, c) != turn(a, b, d) && turn(c, d, a) != turn(c, d, b)
}

/// Which drawn starts end in the active state is told by the separatrix: those that it divides from the state of rest.
#[test]
fn the_basins_of_the_mean_field_are_divided_by_its_separatrix() {
    let starts = 64;
    let study = study(&format!(
        "[model]\nname = \"montbrio_pazo_roxin\"\nset = {{ J = 15 }}\n[space.axes]\neta = {{ values = [-5] }}\n\
         [initial]\nbox = {{ r = [0, 2], V = [-3, 2] }}\nstarts = {starts}\n\
         [time]\nmethod = \"rk4\"\nstep = 0.005\ntransient = 60\nwindow = 5\n[observe]\nfeatures = [\"maximum\"]\n"
    ));
    let maximum = measure(&study, "maximum");
    let lines = separatrix();
    // The state of rest, from its formula.
    let rest = [0.081_134_442, -1.961_619_988_6];
    let mut active = 0;
    for (state, maximum) in study.starts().iter().zip(&maximum) {
        let start = [state.values[0].1, state.values[1].1];
        let crossings = lines
            .iter()
            .flat_map(|line| line.windows(2))
            .filter(|pair| cross(start, rest, pair[0], pair[1]))
            .count();
        assert_eq!(crossings % 2 == 1, *maximum > 0.5, "{start:?} ends at {maximum}");
        active += usize::from(crossings % 2 == 1);
    }
    assert!((5..60).contains(&active), "{active}");
}

/// Borisyuk & Kirillov (1992), the oscillating set with k = 1: rest and a cycle lie side by side between the homoclinic connection of
/// the cycle at P = 1.06574 and the fold of rest at 1.08302 (continuation).
#[test]
fn wilson_cowan_rests_and_cycles_in_its_window() {
    let study = study(
        "[model]\nname = \"wilson_cowan\"\n[space.axes]\nP = { values = [1.06, 1.068, 1.08, 1.0829, 1.0832] }\n\
         [initial]\nstates = [\"low\", \"cycle\"]\n[time]\nmethod = \"rk4\"\nstep = \"0.1 ms\"\n\
         transient = \"4 s\"\nwindow = \"2 s\"\n[observe]\nfeatures = [\"amplitude\"]\n",
    );
    let amplitude = measure(&study, "amplitude");
    let moves: Vec<bool> = amplitude.iter().map(|amplitude| *amplitude > 0.05).collect();
    assert_eq!(moves[..5], [false, false, false, false, true], "from rest: {amplitude:?}");
    assert_eq!(moves[5..], [false, true, true, true, true], "from the cycle: {amplitude:?}");
}

/// The same window of Jansen-Rit by two starts: spikes from zeros below the fold of cycles (137.38), the alpha rhythm from above.
#[test]
fn jansen_rit_spikes_from_zeros_and_not_from_the_excited_state() {
    let study = study(
        "[model]\nname = \"jansen_rit\"\n[space.axes]\np = { from = 112, to = 140, n = 15 }\n\
         [initial]\nstates = [\"rest\", \"excited\"]\n[time]\nmethod = \"rk4\"\nstep = \"0.5 ms\"\n\
         transient = \"10 s\"\nwindow = \"3 s\"\n[observe]\nfeatures = [\"amplitude\"]\n",
    );
    let amplitude = measure(&study, "amplitude");
    for at in 0..15 {
        let p = 112.0 + 2.0 * at as f64;
        assert_eq!(amplitude[at] > 5.0, p > 113.586 && p < 137.380, "from zeros at {p}: {}", amplitude[at]);
        assert!(amplitude[15 + at] < 5.0, "from above at {p}: {}", amplitude[15 + at]);
    }
}

/// Node `k` of five goes through one cycle of `k sin`, so that `k` is its top, between two samples.
#[test]
fn nodes_that_were_ever_above_a_level_are_counted() {
    let source = Source::new(
        "turns.ode",
        "par h=0\ninit x=0,y=1\nx'=y+h\ny'=-x\n@ dt=0.1,meth=rk4\n#@ input h\n#@ output x\ndone\n",
    );
    let model = Model::parse(&source, "turns").unwrap();
    let network = Network {
        nodes: 5,
        channels: vec![channel(5, &[0.0; 25], Kind::Additive)],
        parameters: vec![],
        values: vec![("init.y".into(), vec![0.0, 1.0, 2.0, 3.0, 4.0])],
        signal: "mean".into(),
        above: None,
    };
    let protocol = Protocol {
        network: Some(Arc::new(network)),
        ..protocol(
            model,
            0.1,
            [0, 70],
            &[
                "ever_above(level=2.9999)",
                "ever_above(y, level=-5, name=all)",
                "ever_above(level=3.5, name=few)",
                "amplitude",
            ],
        )
    };
    for level in levels() {
        let simulation = Simulation::new(protocol.clone(), level).unwrap();
        let rows = simulation.measure(&Table::from_columns(vec![vec![0.0; 3]]));
        let count = |name: &str| column(&simulation, &rows, name).to_vec();
        assert_eq!(
            [count("ever_above"), count("y_all"), count("few")],
            [vec![2.0; 3], vec![5.0; 3], vec![1.0; 3]]
        );
    }
}
