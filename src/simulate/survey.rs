//! What a study measures at a point: a trajectory, its equilibria, or both and whether they agree. Knows neither how the one is
//! integrated nor how the others are found.

use super::derived::Derived;
use super::measure::{Trajectories, Travelled};
use super::{Derivation, Equilibria, Protocol, Rest, Simulation, SimulationError};
use crate::equation::Level;
use crate::experiment::{Attempt, Experiment, Interruption, Rows, Standing, Status, Undisturbed};
use crate::regime::{Classifier, STILL};
use crate::stability::{Equilibrium, features};
use crate::table::{Kind, Quantity, Table};

/// A trajectory that ends nearer than this to an equilibrium, relative to the scale of each variable, rests there.
const RESTS: f64 = 1e-3;

/// What measures a study's points.
#[derive(Debug)]
pub struct Survey {
    simulation: Option<Simulation>,
    equilibria: Option<Equilibria>,
    /// Measured, then derived ones.
    quantities: Vec<Quantity>,
    derived: Option<Derived>,
    rules: Option<Classifier>,
}

impl Survey {
    /// Compiles what is wanted: `protocol` for trajectories, `rest` for equilibria.
    ///
    /// # Errors
    /// When names do not fit the model, times make no sense, or the model cannot rest.
    pub fn new(
        protocol: Option<Protocol>,
        rest: Option<Rest>,
        level: Level,
    ) -> Result<Self, SimulationError> {
        let simulation =
            protocol.map(|protocol| Simulation::compile(protocol, level, rest.is_some())).transpose()?;
        let equilibria = rest.map(|rest| Equilibria::new(rest, level)).transpose()?;
        let mut quantities = simulation.as_ref().map_or(Vec::new(), |own| own.quantities().to_vec());
        if let Some(equilibria) = &equilibria {
            quantities.extend(equilibria.quantities());
            if simulation.is_some() {
                quantities.push(disagreement());
            }
        }
        Ok(Self { simulation, equilibria, quantities, derived: None, rules: None })
    }

    /// The same, with quantities that follow from those of a row; `columns` are those of the space, `fixed` the parameters that do
    /// not vary.
    #[must_use]
    pub fn deriving(
        mut self,
        derivations: &[Derivation],
        columns: &[String],
        fixed: &[(String, f64)],
        level: Level,
    ) -> Self {
        if !derivations.is_empty() {
            self.derived = Some(Derived::new(derivations, &self.quantities, columns, fixed, level));
            self.quantities.extend(derivations.iter().map(|own| own.quantity.clone()));
        }
        self
    }

    /// The same, with rules that name regimes; they were compiled for [`Survey::quantities`].
    #[must_use]
    pub fn with_rules(self, rules: Classifier) -> Self {
        Self { rules: Some(rules), ..self }
    }

    /// The same with another strip width for its trajectories.
    #[must_use]
    pub fn with_strip_width(self, width: usize) -> Self {
        Self { simulation: self.simulation.map(|own| own.with_strip_width(width)), ..self }
    }

    /// What a row holds, in order.
    pub fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    /// The rules, if they have been given.
    pub fn rules(&self) -> Option<&Classifier> {
        self.rules.as_ref()
    }

    /// Steps of a point that runs to the end; 0 where nothing is integrated.
    pub fn steps(&self) -> u64 {
        self.simulation.as_ref().map_or(0, Simulation::steps)
    }

    /// What computes the trajectories.
    ///
    /// # Errors
    /// When the study has none.
    pub fn simulation(&self) -> Result<&Simulation, SimulationError> {
        self.simulation.as_ref().ok_or(SimulationError::NoTrajectory)
    }

    /// Whether a settled trajectory and its point's equilibria contradict each other; NaN where there is nothing to compare.
    fn disagrees(&self, row: &[f64], end: &[f64], equilibria: &[Equilibrium]) -> f64 {
        let (Some(simulation), Some(finder)) = (&self.simulation, &self.equilibria) else { return f64::NAN };
        let value = |name: &str| {
            let at = simulation.quantities().iter().position(|quantity| quantity.name == name);
            at.map_or(f64::NAN, |at| row[at])
        };
        let (settled, amplitude) = (value("settled"), value("amplitude"));
        if settled.is_nan() || settled == 0.0 || amplitude.is_nan() {
            return f64::NAN;
        }
        let is_stable = |own: &Equilibrium| own.spectrum.is_some_and(|spectrum| spectrum.is_stable());
        let disagrees = if amplitude < STILL * simulation.protocol().model.scale {
            let rests_at = equilibria
                .iter()
                .find(|own| end.len() == own.state.len() && finder.distance(end, own) <= RESTS);
            // Where it stands still the signal alone may do so, as a growth rate does; then the state is somewhere else.
            rests_at.is_some_and(|own| {
                own.spectrum.is_some_and(|spectrum| !spectrum.is_stable() && !spectrum.is_critical())
            })
        } else {
            !equilibria.is_empty() && equilibria.iter().all(is_stable)
        };
        f64::from(u8::from(disagrees))
    }
}

/// The quantity that compares spectrum and trajectory.
fn disagreement() -> Quantity {
    let meaning = "the trajectory rests at an unstable equilibrium, or moves although every equilibrium found is stable";
    Quantity::real(super::DISAGREES, "1", meaning).of_kind(Kind::Fact)
}

impl Experiment for Survey {
    fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    fn measure(&self, points: &Table) -> Rows {
        match self.attempt(points, Vec::new(), &Undisturbed) {
            Attempt::Measured(rows) => rows,
            Attempt::Interrupted { .. } => unreachable!("nobody interrupts"),
        }
    }

    fn attempt(&self, points: &Table, standings: Vec<Standing>, interruption: &dyn Interruption) -> Attempt {
        let mut standings = standings;
        standings.resize(points.rows(), Standing::Ahead);
        let is_open = |point: &usize| !matches!(standings[*point], Standing::Ended(..));
        let open: Vec<usize> = (0..points.rows()).filter(is_open).collect();
        if open.len() == points.rows() {
            return self.follow(points, &standings, interruption);
        }
        let own: Vec<Standing> = open.iter().map(|&point| std::mem::take(&mut standings[point])).collect();
        match self.follow(&points.chosen(&open), &own, interruption) {
            Attempt::Measured(rows) => {
                for (row, &point) in open.iter().enumerate() {
                    standings[point] = Standing::Ended(rows.status[row], rows.features.row(row));
                }
                Attempt::Measured(self.rows(standings))
            }
            Attempt::Interrupted { standings: own, part } => {
                let ended = points.rows() - open.len();
                let part = (ended as f64 + part * open.len() as f64) / points.rows() as f64;
                open.into_iter().zip(own).for_each(|(point, own)| standings[point] = own);
                Attempt::Interrupted { standings, part }
            }
        }
    }

    fn points_of_a_chain(&self) -> u32 {
        let chain = self.simulation.as_ref().and_then(|own| own.protocol().chain.as_ref());
        chain.map_or(1, |chain| 2 * chain.length() as u32)
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.rules.as_ref().map_or(0, |rules| rules.classify(status, features))
    }
}

/// The part of the work that trajectories are, where equilibria are looked for besides: a guess, since neither cost is known.
const PART_OF_TRAJECTORIES: f64 = 0.9;

impl Survey {
    /// Follows trajectories, then looks for equilibria.
    fn follow(&self, points: &Table, standings: &[Standing], interruption: &dyn Interruption) -> Attempt {
        let mut trajectories = None;
        if let Some(simulation) = &self.simulation {
            match simulation.travel(points, standings, interruption) {
                Travelled::Arrived(arrived) => trajectories = Some(arrived),
                Travelled::Interrupted { standings, part } => {
                    return Attempt::Interrupted { standings, part };
                }
            }
        }
        let Some(finder) = &self.equilibria else {
            let rows = trajectories.expect("a study measures something").rows;
            return Attempt::Measured(self.derive(points, rows));
        };
        let mut rows = self.rows_of_trajectories(trajectories.as_ref(), points.rows());
        let ends = trajectories.as_ref().map_or(&[][..], |own| &own.ends);
        for block in finder.blocks(points.rows()) {
            let (first, found) =
                (block.start, finder.find_in_block(points, ends, block, &|| interruption.is_urgent()));
            if interruption.is_urgent() || (first > 0 && interruption.is_wished()) {
                return self.interrupted(points, &rows, trajectories, first);
            }
            self.take(finder, ends, first, found, &mut rows);
        }
        Attempt::Measured(self.derive(points, rows))
    }

    /// Rows with room for what is said of equilibria.
    fn rows_of_trajectories(&self, trajectories: Option<&Trajectories>, points: usize) -> Rows {
        let width = self.quantities.len() - self.derived.as_ref().map_or(0, |derived| derived.width);
        let mut features = Table::undefined(width, points);
        let Some(Trajectories { rows, .. }) = trajectories else {
            return Rows { status: vec![Status::Ok; points], features };
        };
        for (column, measured) in rows.features.columns().iter().enumerate() {
            features.column_mut(column).copy_from_slice(measured);
        }
        Rows { status: rows.status.clone(), features }
    }

    /// Takes the equilibria of a block of points, which begins at some point, into the rows.
    fn take(
        &self,
        finder: &Equilibria,
        ends: &[Vec<f64>],
        first: usize,
        (found, wanted): (Vec<Vec<Equilibrium>>, Vec<bool>),
        rows: &mut Rows,
    ) {
        let of_trajectory = self.simulation.as_ref().map_or(0, |own| own.quantities().len());
        let width = finder.quantities().len();
        for (place, (equilibria, is_wanted)) in found.iter().zip(wanted).enumerate() {
            let point = first + place;
            if !is_wanted {
                rows.status[point] = Status::Excluded;
            }
            if rows.status[point] != Status::Ok {
                continue;
            }
            let own = features::row(equilibria, width);
            if ends.len() == finder.dimension() {
                let row = rows.features.row(point);
                let end: Vec<f64> = ends.iter().map(|column| column[point]).collect();
                let disagrees = self.disagrees(&row[..of_trajectory], &end, equilibria);
                rows.features.column_mut(of_trajectory + own.len())[point] = disagrees;
            }
            for (column, value) in own.into_iter().enumerate() {
                rows.features.column_mut(of_trajectory + column)[point] = value;
            }
        }
    }

    /// Where points stand whose trajectories have ended, when the equilibria of the first `done` are known.
    fn interrupted(
        &self,
        points: &Table,
        rows: &Rows,
        trajectories: Option<Trajectories>,
        done: usize,
    ) -> Attempt {
        let is_done: Vec<bool> = (0..points.rows()).map(|point| point < done).collect();
        let chosen: Vec<usize> = (0..done).collect();
        let own = Rows { status: rows.status[..done].to_vec(), features: rows.features.chosen(&chosen) };
        let own = self.derive(&points.chosen(&chosen), own);
        let (mut standings, before) = match (&self.simulation, trajectories) {
            (Some(simulation), Some(own)) => {
                (simulation.standings_at_the_end(own, &is_done), PART_OF_TRAJECTORIES)
            }
            _ => (vec![Standing::Ahead; points.rows()], 0.0),
        };
        for (point, &status) in own.status.iter().enumerate() {
            standings[point] = Standing::Ended(status, own.features.row(point));
        }
        let part = before + (1.0 - before) * done as f64 / points.rows() as f64;
        Attempt::Interrupted { standings, part }
    }

    /// Adds what follows from rows.
    fn derive(&self, points: &Table, rows: Rows) -> Rows {
        match &self.derived {
            Some(derived) => derived.extend(points, rows),
            None => rows,
        }
    }

    /// The rows of points that have all ended.
    fn rows(&self, standings: Vec<Standing>) -> Rows {
        let mut features = Table::undefined(self.quantities.len(), standings.len());
        let mut status = Vec::with_capacity(standings.len());
        for (point, standing) in standings.into_iter().enumerate() {
            let Standing::Ended(own, values) = standing else { unreachable!("all points have ended") };
            status.push(own);
            for (column, value) in values.into_iter().enumerate() {
                features.column_mut(column)[point] = value;
            }
        }
        Rows { status, features }
    }
}
