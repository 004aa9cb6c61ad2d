//! Small maps for tests: made files, not runs.

use std::path::Path;

use crate::experiment::Status;
use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
use crate::store::CellRows;
use crate::store::map::{self, Description, Label, Recipe};
use crate::table::{Kind, Quantity};

/// A map of amplitudes that grow with `p` and `B`.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// How many named states there are; none means no such axis.
    pub(crate) starts: usize,
    /// How many values of `A` there are; none means no such axis.
    pub(crate) depths: u64,
    /// How many values of `B`.
    pub(crate) rows: u64,
    /// How many values of `p`.
    pub(crate) columns: u64,
    /// The amplitude above which a point seizes.
    pub(crate) threshold: f64,
    /// The mean of points at rest.
    pub(crate) zero: f64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { starts: 0, depths: 0, rows: 4, columns: 6, threshold: 3.0, zero: 0.0 }
    }
}

impl Sample {
    pub(crate) fn space(&self) -> Space {
        let axis = |quantities: Vec<(Quantity, Scale)>, length| {
            let column = |(quantity, scale)| AxisColumn { quantity, scale, placement: Placement::Ends };
            Axis::new(quantities.into_iter().map(column).collect(), length).unwrap()
        };
        let linear = |from, to| Scale::Linear { from, to };
        let mut axes = Vec::new();
        if self.starts > 0 {
            let names = ["rest", "excited", "third", "fourth", "fifth"][..self.starts]
                .iter()
                .map(|name| (*name).into());
            axes.push(
                Axis::labelled(Quantity::real("start", "1", "initial state"), names.collect()).unwrap(),
            );
        }
        if self.depths > 0 {
            let gain = Quantity::real("A", "mV", "excitatory gain");
            axes.push(axis(vec![(gain, linear(3.0, 4.0))], self.depths));
        }
        let gain = Quantity::real("B", "mV", "inhibitory gain");
        axes.push(axis(vec![(gain, linear(10.0, 40.0))], self.rows));
        let input = (Quantity::real("p", "s-1", "mean input rate"), linear(0.0, 350.0));
        let linked = (Quantity::real("r", "mV-1", "steepness"), linear(0.5, 0.6));
        axes.push(axis(vec![input, linked], self.columns));
        Space::new(axes).unwrap()
    }

    pub(crate) fn labels() -> Vec<Label> {
        [("spike_wave", true), ("fixed_point", false), ("oscillation", false), ("diverged", false)]
            .map(|(name, seizing)| Label { name: name.into(), seizing, ..Label::default() })
            .to_vec()
    }

    pub(crate) fn quantities() -> Vec<Quantity> {
        let real = |name: &str| Quantity::real(name, "mV", format!("{name} of eeg"));
        let steps = Quantity::real("steps", "1", "steps taken").of_kind(Kind::Count);
        let settled = Quantity::real("settled", "1", "whether both halves agree").of_kind(Kind::Fact);
        vec![real("minimum"), real("maximum"), real("amplitude"), real("mean"), steps, settled]
    }

    pub(crate) fn classify(&self, status: u8, row: &[f64]) -> u8 {
        match () {
            () if status != Status::Ok as u8 => 3,
            () if row[2] > self.threshold => 0,
            () if row[2] <= 0.0 => 1,
            () => 2,
        }
    }

    fn row(&self, values: &[f64]) -> (u8, Vec<f64>) {
        let [.., b, p, _] = values else { unreachable!("a sample has B, p and r") };
        let start = if self.starts > 0 { values[0] } else { 0.0 };
        if *p > 340.0 && *b > 39.0 {
            return (Status::Diverged as u8, vec![f64::NAN; 6]);
        }
        let amplitude = (0.02 * (p - 80.0 + 40.0 * start) + 0.05 * (b - 10.0)).max(0.0);
        let mean = if amplitude > 0.0 { 0.1 * p } else { self.zero };
        (Status::Ok as u8, vec![mean - 0.4 * amplitude, mean + 0.6 * amplitude, amplitude, mean, 300.0, 1.0])
    }
}

/// Writes a map.
pub(crate) fn write(sample: &Sample, path: &Path) {
    let space = sample.space();
    let description = Description {
        title: "A made map: input × gain".into(),
        space: space.clone(),
        quantities: Sample::quantities(),
        statuses: Status::ALL.iter().map(|status| status.name().to_owned()).collect(),
        not_computed: Status::NotComputed as u8,
        labels: Sample::labels(),
        fixed: vec![(Quantity::real("C", "1", "connectivity"), 135.0)],
        draws: None,
        over_starts: None,
        attributes: vec![("model".into(), "par p=220\n".into())],
    };
    let mut rows = |cell: &crate::space::Cell| {
        let mut rows =
            CellRows { status: Vec::new(), features: vec![Vec::new(); description.quantities.len()] };
        for point in 0..cell.points() {
            let (status, row) = sample.row(&space.values(&cell.coordinates(point as u32)));
            rows.status.push(status);
            rows.features.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        Ok(rows)
    };
    let recipe = Recipe {
        description: &description,
        rows: &mut rows,
        classify: &|status, row| sample.classify(status, row),
        watch: &mut |_, _| true,
    };
    map::write(recipe, path).unwrap().unwrap();
}
