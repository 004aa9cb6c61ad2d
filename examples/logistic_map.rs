//! An experiment of one's own, run by the machinery of *ictus*: nothing but a formula, here the logistic map
//! x -> r x (1 - x) (May 1976, doi:10.1038/261459a0), over its parameter and its start.
//!
//! ```sh
//! cargo run --release --example logistic_map -- runs/logistic 2 600
//! ```
//! Arguments: folder, threads, points a side, and perhaps `--fresh`. Prints how many points were taken and computed; exits with
//! 0, 2, 4 or 75 as `ictus` does. Stop it with Ctrl-C, or kill it, and run it again.

use std::path::PathBuf;
use std::process::ExitCode;

use ictus::experiment::{Experiment, Rows, Status};
use ictus::schedule::{Stop, local};
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space, SpaceError};
use ictus::store::map::{Description, Label};
use ictus::store::provenance::Provenance;
use ictus::store::{Fate, Folder, Identity};
use ictus::table::{Kind, Quantity, Table};

const LABELS: [&str; 5] = ["diverged", "fixed_point", "cycle", "chaos", "not_computed"];

struct LogisticMap {
    quantities: Vec<Quantity>,
}

impl LogisticMap {
    fn new() -> Self {
        Self {
            quantities: vec![
                Quantity::real("exponent", "1", "Lyapunov exponent, of the natural logarithm, a step"),
                Quantity::real("period", "1", "length of the cycle reached").of_kind(Kind::Count),
                Quantity::real("visits_left", "1", "whether the orbit ends below one half")
                    .of_kind(Kind::Fact),
            ],
        }
    }

    fn orbit(r: f64, start: f64) -> (Status, [f64; 3]) {
        let step = |x: f64| r * x * (1.0 - x);
        let mut x = start;
        for _ in 0..200 {
            x = step(x);
        }
        let (anchor, mut exponent, mut period) = (x, 0.0, f64::NAN);
        for number in 1..=64u32 {
            exponent += (r * (1.0 - 2.0 * x)).abs().ln() / 64.0;
            x = step(x);
            if period.is_nan() && (x - anchor).abs() < 1e-6 {
                period = f64::from(number);
            }
        }
        if x.abs() < 1e3 {
            (Status::Ok, [exponent, period, f64::from(x < 0.5)])
        } else {
            (Status::Diverged, [f64::NAN; 3])
        }
    }
}

impl Experiment for LogisticMap {
    fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    fn measure(&self, points: &Table) -> Rows {
        let mut status = Vec::with_capacity(points.rows());
        let mut features = Table::undefined(self.quantities.len(), points.rows());
        for row in 0..points.rows() {
            let (ended, values) = Self::orbit(points.column(0)[row], points.column(1)[row]);
            status.push(ended);
            for (column, value) in values.into_iter().enumerate() {
                features.column_mut(column)[row] = value;
            }
        }
        Rows { status, features }
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        match status {
            Status::NotComputed => 4,
            Status::Ok if features[1].is_nan() => 3,
            Status::Ok => 1 + u8::from(features[1] > 1.0),
            _ => 0,
        }
    }
}

fn space(side: u64) -> Result<Space, SpaceError> {
    let axis = |name: &str, meaning: &str, from, to| {
        let scale = Scale::Linear { from, to };
        let column =
            AxisColumn { quantity: Quantity::real(name, "1", meaning), scale, placement: Placement::Ends };
        Axis::new(vec![column], side)
    };
    Space::new(vec![axis("r", "growth", 2.5, 4.1)?, axis("start", "first value", 0.05, 0.95)?])
}

fn describe(space: Space, quantities: &[Quantity], provenance: &Provenance) -> Description {
    Description {
        title: "Orbits of the logistic map".to_owned(),
        space,
        quantities: quantities.to_vec(),
        statuses: Status::ALL.iter().map(|status| status.name().to_owned()).collect(),
        not_computed: Status::NotComputed as u8,
        labels: LABELS
            .iter()
            .map(|&name| Label { name: name.to_owned(), seizing: name == "chaos", ..Label::default() })
            .collect(),
        fixed: vec![(Quantity::real("steps_before", "1", "steps before anything is measured"), 200.0)],
        draws: None,
        over_starts: None,
        attributes: provenance.attributes(),
    }
}

fn run(arguments: &[String]) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let [folder, threads, side, ..] = arguments else {
        return Err("give a folder, how many threads, and how many points a side".into());
    };
    let (threads, side): (usize, u64) = (threads.parse()?, side.parse()?);
    let started = std::time::SystemTime::now();
    let experiment = LogisticMap::new();
    let space = space(side)?;
    let identity = Identity {
        canonical: format!("experiment = logistic map 1\nside = {side}\n"),
        origin: String::new(),
    };
    let fate = if arguments.contains(&"--fresh".to_owned()) { Fate::Fresh } else { Fate::Resume };
    let stop = Stop::on_signals()?;
    let mut folder =
        match Folder::open(&PathBuf::from(folder), &identity, &space, experiment.quantities.len(), fate) {
            Ok(folder) => folder,
            Err(error) => return Ok(complain(&error, error.is_callers_fault())),
        };
    let options = local::Options { threads: Some(threads), stop: stop.clone(), watch: &mut |_| () };
    let outcome = match local::run(&experiment, &space, &mut folder, options) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(complain(&error, error.is_callers_fault())),
    };
    let (taken, computed) = (outcome.progress.taken, outcome.progress.computed);
    say(&format!("taken {taken} computed {computed} damaged {}", folder.recovery().damaged));
    if !outcome.is_complete {
        return Ok(ExitCode::from(75));
    }
    let provenance = Provenance {
        command: "logistic_map".to_owned(),
        started,
        threads,
        taken,
        computed,
        core_hours: folder.index().tiles().map(|(_, seconds)| f64::from(seconds)).sum::<f64>() / 3600.0,
        prediction: None,
    };
    let description = describe(space, &experiment.quantities, &provenance);
    let classify =
        |status, row: &[f64]| experiment.classify(Status::from_code(status).expect("a known status"), row);
    let map = folder.map();
    match folder.consolidate(&description, &classify, &map, &mut |_, _| !stop.is_requested()) {
        Ok(Some(_)) => Ok(ExitCode::SUCCESS),
        Ok(None) => Ok(ExitCode::from(75)),
        Err(error) => Ok(complain(&error, error.is_callers_fault())),
    }
}

fn complain(error: &dyn std::error::Error, is_callers_fault: bool) -> ExitCode {
    say(&format!("error: {error}"));
    ExitCode::from(if is_callers_fault { 2 } else { 4 })
}

#[expect(clippy::print_stdout, reason = "an example speaks to its user")]
fn say(line: &str) {
    println!("{line}");
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let code = run(&arguments).unwrap_or_else(|error| complain(&*error, true));
    if code == ExitCode::from(4) {
        ictus::schedule::end(4);
    }
    code
}
