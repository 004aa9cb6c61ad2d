//! An experiment that is a formula, for tests of what surrounds experiments, and what several of those tests need.

#![allow(dead_code, reason = "every test program that includes this file uses its own part of it")]
#![allow(clippy::unwrap_used, reason = "tests may, and this is one, though outside of a test function")]

use std::path::Path;
use std::time::SystemTime;

use ictus::experiment::{Experiment, Rows, Status};
use ictus::schedule::local::{self, Outcome};
use ictus::schedule::{Progress, ScheduleError, Stop};
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
use ictus::store::map::{Description, Label};
use ictus::store::provenance::Provenance;
use ictus::store::{Container, Fate, Folder, Identity};
use ictus::table::{Kind, Quantity, Table};

/// Features that are formulas of the point's values; some points diverge, some panic.
pub(crate) struct Formula {
    pub(crate) quantities: Vec<Quantity>,
    /// Panics at points whose first value is this.
    pub(crate) panics_at: Option<f64>,
    /// So many rounds of a loop a point, to take time.
    pub(crate) rounds: u32,
}

impl Formula {
    pub(crate) fn new() -> Self {
        let quantities = vec![
            Quantity::real("height", "mV", "a real number"),
            Quantity::real("steps", "1", "a whole number").of_kind(Kind::Count),
            Quantity::real("is_high", "1", "a fact").of_kind(Kind::Fact),
        ];
        Self { quantities, panics_at: None, rounds: 0 }
    }

    /// What is measured at a point.
    pub(crate) fn row(point: &[f64]) -> (Status, [f64; 3]) {
        let height = point.iter().enumerate().map(|(place, x)| x * (place as f64 + 1.0).sqrt()).sum::<f64>();
        if height > 9.0 {
            return (Status::Diverged, [f64::NAN; 3]);
        }
        let steps = if height < 0.5 { f64::NAN } else { (height * 1000.0).floor() };
        (Status::Ok, [height, steps, f64::from(height > 3.0)])
    }
}

impl Experiment for Formula {
    fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    fn measure(&self, points: &Table) -> Rows {
        let mut status = Vec::new();
        let mut features = Table::undefined(3, points.rows());
        for row in 0..points.rows() {
            let point: Vec<f64> = points.columns().iter().map(|column| column[row]).collect();
            assert!(point.first() != self.panics_at.as_ref(), "this point cannot be measured");
            let (ended, values) = Self::row(&point);
            std::hint::black_box(
                (0..self.rounds).fold(0.0, |sum: f64, round| (sum + f64::from(round)).sqrt()),
            );
            status.push(ended);
            for (column, value) in values.into_iter().enumerate() {
                features.column_mut(column)[row] = value;
            }
        }
        Rows { status, features }
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        match status {
            Status::Ok => 1 + u8::from(features[2] > 0.5),
            Status::NotComputed => 3,
            _ => 0,
        }
    }
}

pub(crate) const LABELS: [&str; 4] = ["failed", "low", "high", "not_computed"];

/// A space of axes from 0 to 4.
pub(crate) fn space(lengths: &[u64]) -> Space {
    let axis = |(number, &length): (usize, &u64)| {
        let quantity = Quantity::real(format!("x{number}"), "1/s", "a test axis");
        let scale = Scale::Linear { from: 0.0, to: 4.0 };
        Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], length).unwrap()
    };
    Space::new(lengths.iter().enumerate().map(axis).collect()).unwrap()
}

pub(crate) fn identity(space: &Space) -> Identity {
    Identity {
        canonical: format!("experiment = formula\nshape = {:?}\n", space.shape()),
        origin: "a test".into(),
    }
}

pub(crate) fn describe(space: &Space) -> Description {
    let provenance = Provenance {
        command: "a test".into(),
        started: SystemTime::now(),
        threads: 1,
        taken: 0,
        computed: 0,
        core_hours: 0.0,
        prediction: None,
    };
    Description {
        title: "A formula".into(),
        space: space.clone(),
        quantities: Formula::new().quantities,
        statuses: Status::ALL.iter().map(|status| status.name().to_owned()).collect(),
        not_computed: Status::NotComputed as u8,
        labels: LABELS
            .iter()
            .map(|&name| Label { name: name.into(), seizing: name == "high", ..Label::default() })
            .collect(),
        fixed: vec![(Quantity::real("gain", "mV", "a fixed parameter"), 3.25)],
        draws: None,
        over_starts: None,
        attributes: provenance.attributes(),
    }
}

pub(crate) fn open(path: &Path, space: &Space) -> Folder {
    Folder::open(path, &identity(space), space, 3, Fate::Resume).unwrap()
}

/// Measures what is missing, watched.
pub(crate) fn measure(
    experiment: &Formula,
    space: &Space,
    folder: &mut Folder,
    threads: usize,
    stop: &Stop,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Outcome, ScheduleError> {
    let options = local::Options { threads: Some(threads), stop: stop.clone(), watch };
    local::run(experiment, space, folder, options)
}

pub(crate) fn classify(status: u8, row: &[f64]) -> u8 {
    Formula::new().classify(Status::from_code(status).unwrap(), row)
}

/// Measures what is missing and writes the map.
pub(crate) fn complete(experiment: &Formula, space: &Space, path: &Path, threads: usize) -> Outcome {
    let mut folder = open(path, space);
    let outcome = measure(experiment, space, &mut folder, threads, &Stop::new(), &mut |_| ()).unwrap();
    let map = folder.map();
    folder.consolidate(&describe(space), &classify, &map, &mut |_, _| true).unwrap().unwrap();
    outcome
}

/// The bits of every variable of a file.
pub(crate) fn variables(path: &Path) -> Vec<(String, Vec<u64>)> {
    let file = Container::open(path).unwrap();
    let bits = |name: String| {
        let count: Vec<u64> = file.dimensions(&name).unwrap().into_iter().map(|(_, length)| length).collect();
        let start = vec![0; count.len()];
        let bits = match file.doubles(&name, &start, &count) {
            Ok(values) => values.into_iter().map(f64::to_bits).collect(),
            // Names are letters.
            Err(_) => file.letters(&name, &start, &count).unwrap().into_iter().map(u64::from).collect(),
        };
        (name, bits)
    };
    file.variables().into_iter().map(bits).collect()
}
