//! Points in, rows out: excluded points are left out of the lanes, diverged ones keep nothing but when they did.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::chains::Chains;
use super::{Concluded, Feed, Output, Simulation, SimulationError, draft};
use crate::equation::journey::{Journey, Landing};
use crate::equation::machine::{Conclude, Machine, Measured, Travel};
use crate::equation::program::Program;
use crate::experiment::{Experiment, Halfway, Interruption, Rows, Standing, Status, Undisturbed};
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
        match self.travel(points, &[], &Undisturbed) {
            Travelled::Arrived(trajectories) => trajectories.rows,
            Travelled::Interrupted { .. } => unreachable!("nobody interrupts"),
        }
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.rules.as_ref().map_or(0, |rules| rules.classify(status, features))
    }
}

/// What came of an attempt to follow trajectories.
pub(super) enum Travelled {
    Arrived(Trajectories),
    Interrupted {
        /// `[point]`
        standings: Vec<Standing>,
        /// The part of all steps that is done, from 0 to 1.
        part: f64,
    },
}

/// Trajectories that have been followed to their ends.
pub(super) struct Trajectories {
    /// What was measured.
    pub(super) rows: Rows,
    /// Where each variable of each node ends, `[node * variables + variable][point]`: NaN where nothing was computed, no columns
    /// where it is not wanted.
    pub(super) ends: Vec<Vec<f64>>,
    /// What the machine gave, `[run]`.
    measured: Vec<Measured>,
    /// The lane of each point that has one; of chains, of each point's chain.
    lane_of: Vec<Option<usize>>,
}

impl Simulation {
    /// Follows the trajectories of points from where they stand, or from the beginning where nothing is given.
    pub(super) fn travel(
        &self,
        points: &Table,
        standings: &[Standing],
        interruption: &dyn Interruption,
    ) -> Travelled {
        let is_interrupted = &|| interruption.is_wished();
        let mut status = vec![Status::Ok; points.rows()];
        let mut features = Table::undefined(self.quantities.len(), points.rows());
        self.exclude(points, &mut status);
        let mut ends = vec![vec![f64::NAN; points.rows()]; self.machine.program().ends()];
        let lanes: Vec<usize> = (0..points.rows()).filter(|&point| status[point] == Status::Ok).collect();
        let mut lane_of = vec![None; points.rows()];
        if lanes.is_empty() {
            let rows = Rows { status, features };
            return Travelled::Arrived(Trajectories { rows, ends, measured: Vec::new(), lane_of });
        }
        let chains = self.protocol.chain.as_ref().map(|chain| Chains::new(chain, points, &lanes));
        // What stands in a lane, and which rows its runs give.
        let (leaders, rows) = match &chains {
            None => (lanes.clone(), vec![lanes.iter().copied().enumerate().collect::<Vec<_>>()]),
            Some(chains) => (chains.points.clone(), chains.rows.clone()),
        };
        for &(lane, point) in rows.iter().flatten() {
            lane_of[point] = Some(lane);
        }
        let journeys = leaders.iter().map(|&point| self.journey(standings.get(point), rows.len())).collect();
        let conclude: &Conclude<'_> = &|landing| self.conclude(landing);
        let conclude = Some(conclude);
        let (machine, runs) = (&self.machine, rows.len());
        let travelled = if let (Some(chain), Some(chains)) = (&self.protocol.chain, &chains) {
            self.run_chains(machine, chain, points, chains, runs, journeys, conclude, is_interrupted)
        } else {
            let inputs = self.inputs(points, &lanes);
            let inputs = inputs.iter().map(Vec::as_slice).collect();
            machine.travel(&[inputs], journeys, conclude, is_interrupted)
        };
        let measured = match travelled {
            Travel::Arrived(measured) => measured,
            Travel::Interrupted(journeys) => {
                let mut standings = vec![Standing::Ahead; points.rows()];
                let parts = journeys.iter().map(|journey| self.machine.part(journey, rows.len()));
                let part = parts.sum::<f64>() / journeys.len() as f64;
                for (&point, journey) in leaders.iter().zip(&journeys) {
                    standings[point] = self.standing(journey);
                }
                return Travelled::Interrupted { standings, part };
            }
        };
        for (measured, rows) in measured.iter().zip(&rows) {
            self.read_off(measured, rows, &mut status, &mut features);
            for (column, end) in ends.iter_mut().zip(&measured.ends) {
                for &(lane, point) in rows {
                    column[point] = end[lane];
                }
            }
        }
        Travelled::Arrived(Trajectories { rows: Rows { status, features }, ends, measured, lane_of })
    }

    fn standing(&self, journey: &Journey) -> Standing {
        if *journey == Journey::default() {
            return Standing::Ahead;
        }
        let (counts, values) = journey.pack(self.machine.fingerprint());
        Standing::Begun(Halfway { counts, values })
    }

    /// What the machine goes on from: the beginning, unless this very program has left something else.
    fn journey(&self, standing: Option<&Standing>, runs: usize) -> Journey {
        let Some(Standing::Begun(Halfway { counts, values })) = standing else { return Journey::default() };
        let journey = Journey::unpack(self.machine.fingerprint(), counts, values);
        journey.filter(|journey| self.machine.accepts(journey, runs)).unwrap_or_default()
    }

    /// Where the points stand whose trajectories have ended, but for those that are `done`, `[point]`. Of a chain the first point
    /// that is not done stands for all.
    pub(super) fn standings_at_the_end(&self, trajectories: Trajectories, is_done: &[bool]) -> Vec<Standing> {
        let Trajectories { mut measured, lane_of, .. } = trajectories;
        let mut packed = BTreeSet::new();
        let of_point = |(point, lane): (usize, &Option<usize>)| {
            let lane = lane.filter(|lane| !is_done[point] && packed.insert(*lane));
            lane.map_or(Standing::Ahead, |lane| {
                self.standing(&Journey::arrived(measured.iter_mut().map(|measured| measured.take(lane))))
            })
        };
        lane_of.iter().enumerate().map(of_point).collect()
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
        for &(lane, point) in rows {
            let diverged_at = measured.results[draft::DIVERGED_AT][lane];
            let has_diverged = !diverged_at.is_nan();
            if has_diverged {
                let is_singular = measured.results[draft::IS_SINGULAR][lane] > 0.0;
                status[point] = if is_singular { Status::Singular } else { Status::Diverged };
            }
            for (column, output) in self.outputs.iter().enumerate() {
                let value = match *output {
                    Output::Result(draft::DIVERGED_AT) => diverged_at,
                    Output::Steps if has_diverged => (diverged_at / self.protocol.step).round(),
                    Output::Steps => self.steps() as f64,
                    _ if has_diverged => f64::NAN,
                    Output::Result(result) => measured.results[result][lane],
                    Output::Concluded { record, number } => measured.records[record][lane][number],
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

    /// What the samples of a lane come to, `[record][result]`; nothing where it has diverged.
    fn conclude(&self, landing: &Landing) -> Vec<Vec<f64>> {
        let has_diverged = !landing.results[draft::DIVERGED_AT].is_nan();
        let of_record = |(concluded, samples): (&Concluded, &Vec<f64>)| -> Vec<f64> {
            if has_diverged {
                return Vec::new();
            }
            let results = concluded.conclusion.conclude(samples);
            debug_assert_eq!(results.len(), concluded.results, "as many results as accumulators");
            results.into_iter().map(|value| if value.is_nan() { f64::NAN } else { value }).collect()
        };
        self.conclusions.iter().zip(&landing.records).map(of_record).collect()
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
