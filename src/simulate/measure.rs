//! Points in, rows out: excluded points are left out of the lanes, diverged ones keep nothing but when they did.

use std::sync::Arc;

use super::chains::Chains;
use super::{Concluded, Feed, Output, Simulation, SimulationError, draft};
use crate::equation::machine::{Machine, Measured};
use crate::equation::program::Program;
use crate::experiment::{Experiment, Rows, Status};
use crate::integrate;
use crate::table::{Quantity, Table};

/// A signal sampled along a trajectory.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Times of the samples, in the model's unit, from the beginning of the transient.
    pub times: Vec<f64>,
    /// The samples, `[point][sample]`; NaN after a divergence.
    pub samples: Vec<Vec<f64>>,
}

impl Experiment for Simulation {
    fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    fn measure(&self, points: &Table) -> Rows {
        self.measure_to_the_end(points).0
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.rules.as_ref().map_or(0, |rules| rules.classify(status, features))
    }
}

impl Simulation {
    /// The rows, and where each variable of each node ends, `[node * variables + variable][point]`: NaN where nothing was
    /// computed, no columns where it is not wanted.
    pub(super) fn measure_to_the_end(&self, points: &Table) -> (Rows, Vec<Vec<f64>>) {
        let mut status = vec![Status::Ok; points.rows()];
        let mut features = Table::undefined(self.quantities.len(), points.rows());
        self.exclude(points, &mut status);
        if self.protocol.budget.is_some_and(|budget| budget < self.steps()) {
            status.iter_mut().filter(|own| **own == Status::Ok).for_each(|own| *own = Status::StepBudget);
        }
        let lanes: Vec<usize> = (0..points.rows()).filter(|&point| status[point] == Status::Ok).collect();
        let mut ends = vec![vec![f64::NAN; points.rows()]; self.machine.program().ends()];
        if lanes.is_empty() {
            return (Rows { status, features }, ends);
        }
        let mut read_off = |measured: &Measured, rows: &[(usize, usize)]| {
            self.read_off(measured, rows, &mut status, &mut features);
            for (column, end) in ends.iter_mut().zip(&measured.ends) {
                for &(lane, point) in rows {
                    column[point] = end[lane];
                }
            }
        };
        match &self.protocol.chain {
            None => {
                let measured = self.run(&self.machine, points, &lanes);
                read_off(&measured, &lanes.iter().copied().enumerate().collect::<Vec<_>>());
            }
            Some(chain) => {
                let chains = Chains::new(chain, points, &lanes);
                let runs = self.run_chains(&self.machine, chain, points, &chains, 2 * chain.length());
                runs.iter().zip(&chains.rows).for_each(|(measured, rows)| read_off(measured, rows));
            }
        }
        (Rows { status, features }, ends)
    }
}

impl Simulation {
    /// Takes what was measured in some lanes as rows: `(lane, row)`.
    fn read_off(
        &self,
        measured: &Measured,
        rows: &[(usize, usize)],
        status: &mut [Status],
        features: &mut Table,
    ) {
        let lanes: Vec<usize> = rows.iter().map(|(lane, _)| *lane).collect();
        let concluded = self.conclude(measured, &lanes);
        for (number, &(lane, point)) in rows.iter().enumerate() {
            let diverged_at = measured.results[draft::DIVERGED_AT][lane];
            let has_diverged = !diverged_at.is_nan();
            if has_diverged {
                status[point] = Status::Diverged;
            }
            for (column, output) in self.outputs.iter().enumerate() {
                let value = match *output {
                    Output::Result(draft::DIVERGED_AT) => diverged_at,
                    Output::Steps if has_diverged => (diverged_at / self.protocol.step).round(),
                    Output::Steps => self.steps() as f64,
                    _ if has_diverged => f64::NAN,
                    Output::Result(result) => measured.results[result][lane],
                    Output::Concluded { record, number: result } => concluded[record][number][result],
                };
                features.column_mut(column)[point] = value;
            }
        }
    }

    fn exclude(&self, points: &Table, status: &mut [Status]) {
        let Some(machine) = &self.constraint else { return };
        let columns: Vec<&[f64]> = points.columns().iter().map(Vec::as_slice).collect();
        let measured = machine.run(&columns, points.rows());
        for (own, wanted) in status.iter_mut().zip(&measured.results[0]) {
            if *wanted == 0.0 || wanted.is_nan() {
                *own = Status::Excluded;
            }
        }
    }

    /// What the chosen points feed to the program, `[input][lane]`.
    pub(super) fn inputs(&self, points: &Table, lanes: &[usize]) -> Vec<Vec<f64>> {
        self.feeds
            .iter()
            .map(|feed| match feed {
                Feed::Column(column) => lanes.iter().map(|&point| points.column(*column)[point]).collect(),
                Feed::Start { column, values } => {
                    lanes.iter().map(|&point| values[points.column(*column)[point] as usize]).collect()
                }
            })
            .collect()
    }

    /// Runs the chosen points.
    fn run(&self, machine: &Machine, points: &Table, lanes: &[usize]) -> Measured {
        let inputs = self.inputs(points, lanes);
        machine.run(&inputs.iter().map(Vec::as_slice).collect::<Vec<_>>(), lanes.len())
    }

    /// Of some lanes, `[record][lane][result]`
    fn conclude(&self, measured: &Measured, lanes: &[usize]) -> Vec<Vec<Vec<f64>>> {
        let of_lane = |concluded: &Concluded, samples: &[f64]| -> Vec<f64> {
            let results = concluded.conclusion.conclude(samples);
            debug_assert_eq!(results.len(), concluded.results, "as many results as accumulators");
            results.into_iter().map(|value| if value.is_nan() { f64::NAN } else { value }).collect()
        };
        let of_record = |(record, concluded): (usize, &Concluded)| -> Vec<Vec<f64>> {
            lanes.iter().map(|&lane| of_lane(concluded, &measured.records[record][lane])).collect()
        };
        self.conclusions.iter().enumerate().map(of_record).collect()
    }

    /// The model's signal along the trajectories of some points, every `every` steps.
    ///
    /// # Errors
    /// As [`Simulation::new`].
    ///
    /// # Panics
    /// When `every` is 0.
    pub fn trace(&self, points: &Table, every: u64) -> Result<Trace, SimulationError> {
        assert!(every > 0, "a trace has a sample every so many steps");
        let tableau = integrate::find(&self.protocol.method)
            .expect("the method was found when the simulation was made");
        let built = draft::build(&self.protocol, tableau, Some(every))?;
        let machine = Machine::new(Arc::new(Program::new(built.draft)), self.machine.level());
        let lanes: Vec<usize> = (0..points.rows()).collect();
        let measured = match &self.protocol.chain {
            None => self.run(&machine, points, &lanes),
            Some(chain) => self.ends_of_chains(&machine, chain, points),
        };
        let count = self.steps().div_ceil(every);
        let times: Vec<f64> = (0..count).map(|sample| (sample * every) as f64 * self.protocol.step).collect();
        let recorded = &measured.records[self.conclusions.len()];
        let of_lane = |(lane, samples): (usize, &Vec<f64>)| -> Vec<f64> {
            let end = measured.results[draft::DIVERGED_AT][lane];
            let at = |sample: usize| samples.get(sample).copied().unwrap_or(f64::NAN);
            (0..times.len()).map(|sample| if times[sample] >= end { f64::NAN } else { at(sample) }).collect()
        };
        let samples = recorded.iter().enumerate().map(of_lane).collect();
        Ok(Trace { times, samples })
    }
}
