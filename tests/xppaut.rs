//! Every model file runs unchanged in XPPAUT 6.11 and gives what we compute with the same step and method; so do formulas.

mod exported;
mod protocol;
mod reference;

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::model::{Model, catalog};
use ictus::network::Network;
use ictus::simulate::{Protocol, Simulation};
use ictus::study::Study;
use ictus::table::Table;
use protocol::protocol;
use reference::{bands, try_xppaut};

/// What XPPAUT writes for a file: rows of the time, the variables and the auxiliaries, as f32.
fn run_xppaut(text: &str) -> Vec<Vec<f64>> {
    try_xppaut(text).unwrap_or_else(|log| panic!("XPPAUT wrote no output:\n{log}"))
}

/// The course of one quantity of a model, with the file's own step and method, `[step]`.
fn course(model: &Model, name: &str, steps: u64) -> Vec<f64> {
    let watched = Model { signal: name.to_owned(), ..model.clone() };
    let protocol = Protocol {
        method: model.method.clone().expect("a method"),
        ..protocol(watched, model.step.expect("a step"), [0, steps + 1], &[])
    };
    let simulation = Simulation::new(protocol, Level::best()).unwrap_or_else(|error| panic!("{error}"));
    let point = Table::from_columns(vec![vec![0.0]]);
    let trace = simulation.trace(&point, 1).unwrap_or_else(|error| panic!("{error}"));
    trace.samples[0].clone()
}

#[test]
fn every_model_file_runs_unchanged_in_xppaut_and_agrees_to_a_millionth_of_each_range() {
    for entry in catalog() {
        let model = entry.parse().unwrap_or_else(|complaints| panic!("{complaints}"));
        let rows = run_xppaut(entry.text);
        let step = model.step.expect("a step");
        let whole = (model.total.expect("a total") / step).round() as usize;
        assert_eq!(rows.len(), whole + 1, "{}: XPPAUT stopped early", entry.name);
        // One second, or ten time units where time has none.
        let compared = model.seconds_per_time_unit().map_or(10.0, |seconds| 1.0 / seconds);
        let steps = (compared / step).round() as usize;
        let variables = model.variables.iter().map(|variable| variable.quantity.name.as_str());
        let names =
            variables.chain(model.auxiliaries.iter().map(|auxiliary| auxiliary.quantity.name.as_str()));
        for (column, name) in names.enumerate() {
            let own = course(&model, name, steps as u64);
            let theirs: Vec<f64> = rows[..=steps].iter().map(|row| row[column + 1]).collect();
            assert!(own.len() > steps);
            for (number, ((own, theirs), allowed)) in own.iter().zip(&theirs).zip(bands(&theirs)).enumerate()
            {
                assert!(
                    (own - theirs).abs() <= allowed,
                    "{}: {name} is {own} at step {number}, in XPPAUT {theirs}",
                    entry.name
                );
            }
        }
    }
}

#[test]
fn an_exported_model_runs_in_xppaut_and_stays_at_its_equilibrium() {
    for (subject, at) in [
        ("jansen_rit", "p=60"),
        ("configs/quickstart.toml", "p=340 B=22"),
        ("wilson_cowan", "P=2.5"),
        ("epileptor", "x0=-2.3"),
        ("montbrio_pazo_roxin", "eta=-4"),
        ("hoppensteadt_izhikevich", "rx=-4"),
        ("ei_mean_field", "wee=5"),
        ("wendling", "B=5"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(["export", "--xpp", subject])
            .args(at.split(' ').flat_map(|place| ["--at", place]))
            .output()
            .expect("the program starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains("It begins at a stable equilibrium."), "{subject}: {text}");
        let rows = run_xppaut(&text);
        assert!(rows.len() > 100, "{subject}: XPPAUT stopped early");
        for row in &rows {
            for (value, first) in row[1..].iter().zip(&rows[0][1..]) {
                // XPPAUT writes f32.
                assert!(
                    (value - first).abs() <= 1e-6 * (1.0 + first.abs()),
                    "{subject}: {first} became {value}"
                );
            }
        }
    }
}

/// The course of every variable of every node, `[variable][step]`, as a study with the same step says, from a state.
fn courses(study: &Study, state: &[f64]) -> Vec<Vec<f64>> {
    let protocol = study.protocol().expect("a trajectory");
    let model = study.model();
    let network = study.network().expect("a network");
    let own = model.variables.len();
    let mut values = network.values.clone();
    values.retain(|(name, _)| !name.starts_with("init."));
    for (place, variable) in model.variables.iter().enumerate() {
        let of_nodes = state[place..].iter().step_by(own).copied().collect();
        values.push((format!("init.{}", variable.quantity.name), of_nodes));
    }
    let course = |place: usize| {
        let signal = format!("node.{}.{}", place / own, model.variables[place % own].quantity.name);
        let network = Network { values: values.clone(), signal, ..network.clone() };
        let protocol = Protocol { network: Some(Arc::new(network)), requests: vec![], ..protocol.clone() };
        let simulation = Simulation::new(protocol, Level::best()).unwrap_or_else(|error| panic!("{error}"));
        let point = Table::from_columns(vec![vec![0.0]]);
        simulation.trace(&point, 1).unwrap_or_else(|error| panic!("{error}")).samples[0].clone()
    };
    (0..state.len()).map(course).collect()
}

/// The text with other values in its lines `init`.
fn beginning_at(text: &str, state: &[f64]) -> String {
    let mut values = state.iter();
    let mut changed = String::new();
    for line in text.lines() {
        let Some(pairs) = line.strip_prefix("init ") else {
            writeln!(changed, "{line}").expect("a text");
            continue;
        };
        for pair in pairs.split(',') {
            let name = pair.split('=').next().expect("a name");
            writeln!(changed, "init {name}={}", values.next().expect("a value")).expect("a text");
        }
    }
    assert!(values.next().is_none());
    changed
}

#[test]
fn an_exported_network_runs_in_xppaut_as_ictus_simulates_it() {
    for case in exported::cases() {
        let folder = case.folder();
        let study =
            Study::load(&folder.path().join("study.toml"), &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
        let dimension = study.model().variables.len() * study.network().expect("a network").nodes;
        let state = case.state(dimension, 0.0);
        let rows = run_xppaut(&beginning_at(&case.text(folder.path()), &state));
        let own = courses(&study, &state);
        assert!(rows.len() > 400, "{}: XPPAUT stopped early", case.name);
        for (number, own) in own.iter().enumerate() {
            let theirs: Vec<f64> = rows[..own.len()].iter().map(|row| row[number + 1]).collect();
            for (step, ((own, theirs), allowed)) in own.iter().zip(&theirs).zip(bands(&theirs)).enumerate() {
                assert!(
                    (own - theirs).abs() <= allowed,
                    "{}: variable {number} is {own} at step {step}, in XPPAUT {theirs}",
                    case.name
                );
            }
            assert!(
                own.len() >= 400 && theirs.iter().any(|value| (value - theirs[0]).abs() > 0.0),
                "{}: variable {number}",
                case.name
            );
        }
    }
}

#[test]
fn formulas_of_every_kind_have_the_values_that_xppaut_gives_them() {
    let formulas = [
        "2^3^2",
        "-2^2",
        "a**b",
        "-a*b",
        "-a+b",
        "a-b-c",
        "a/b*c",
        "a/b/c",
        "a-(-b)",
        "a*b^c-c^b/a",
        "max(a,-b)",
        "min(a,b)-max(b,c)",
        "mod(-1,3)",
        "mod(7.5,a)",
        "heav(0)",
        "heav(-a)",
        "sign(-a)+sign(0)+sign(c)",
        "flr(-2.5)",
        "abs(a-c)",
        "sqrt(c)",
        "exp(-a)",
        "log(c)",
        "ln(c)",
        "log10(c)",
        "sin(a)",
        "cos(a)",
        "tan(a)",
        "asin(0.3)",
        "acos(0.3)",
        "atan(a)",
        "atan2(-1,-a)",
        "sinh(a)",
        "cosh(a)",
        "tanh(0.3)",
        "a<b&b<c",
        "a>b|b<c",
        "(a<b)+(a<=2)",
        "(a>=2)*(a==b)",
        "not(a<b)",
        "(not(0))&b",
        "not(not(0))",
        "not(a>1)*2-a*.5",
        "not(a>2)&(b>1)",
        "1-not(a>1)",
        "b-not(0)*c+not a",
        "b-not(a)^2",
        "not(0)<b",
        "not(b)==0|0",
        "a==(-2+4)",
        "2e0+.5+2.+1e-3",
        "pi*a",
        "if(a<b)then(c)else(1)+1",
        "2*if(a<b)then(c)else(1)*3",
        "2^if(a<b)then(c)else(1)",
        "if(a<b)then(if(c<b)then(1)else(7))else(2)",
        "f(a,b)",
        "f(f(1,a),q)^2",
        "g(a)",
        "q+w*2",
        "A+B",
    ];
    let mut text = String::from(
        "#: Formulas\npar a=2, b=3 c=5\nnumber w=1.5\n!v=a*w\nf(x,y)=x-y*c\ng(a)=f(a,a)+v\nq = g(b) - v\nx'=0\n",
    );
    for (number, formula) in formulas.iter().enumerate() {
        writeln!(text, "aux z{number}={formula}").expect("a text");
    }
    text += "aux long=a+ \\\n  b*c\n@ total=1,dt=1,meth=euler,bound=1e9,maxstor=1000\ndone\n";
    let theirs = &run_xppaut(&text)[0][2..];
    let model = Model::parse(&Source::new("formulas.ode", text), "formulas")
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    let roots: Vec<_> = model.auxiliaries.iter().map(|auxiliary| auxiliary.value).collect();
    let own = model.graph.evaluate(&roots, |symbol| {
        model.parameter(model.graph.name(symbol)).map_or(0.0, |parameter| parameter.default)
    });
    assert_eq!(own.len(), theirs.len());
    for ((own, theirs), auxiliary) in own.iter().zip(theirs).zip(&model.auxiliaries) {
        let number =
            auxiliary.quantity.name.strip_prefix('z').and_then(|number| number.parse::<usize>().ok());
        let formula = number.map_or("long", |number| formulas[number]);
        assert!((own - theirs).abs() <= 2e-7 * theirs.abs(), "{formula} is {own}, in XPPAUT {theirs}");
    }
}
