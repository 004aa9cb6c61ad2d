//! What a study measures at a point: a trajectory, its equilibria, or both and whether they agree. Knows neither how the one is
//! integrated nor how the others are found.

use super::derived::Derived;
use super::{Derivation, Equilibria, Protocol, Rest, Simulation, SimulationError};
use crate::equation::Level;
use crate::experiment::{Experiment, Rows, Status};
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
            quantities.extend(features::quantities(&equilibria.rest().model.time_unit));
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
        let rows = self.measured(points);
        match &self.derived {
            Some(derived) => derived.extend(points, rows),
            None => rows,
        }
    }

    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.rules.as_ref().map_or(0, |rules| rules.classify(status, features))
    }
}

impl Survey {
    /// The rows without what follows from them.
    fn measured(&self, points: &Table) -> Rows {
        let Some(finder) = &self.equilibria else {
            return self.simulation.as_ref().expect("a study measures something").measure(points);
        };
        let (mut rows, ends) = if let Some(simulation) = &self.simulation {
            simulation.measure_to_the_end(points)
        } else {
            let status = vec![Status::Ok; points.rows()];
            (Rows { status, features: Table::undefined(0, points.rows()) }, Vec::new())
        };
        let (found, wanted) = finder.find(points, &ends);
        let width = self.quantities.len() - self.derived.as_ref().map_or(0, |derived| derived.width);
        let mut columns = vec![vec![f64::NAN; points.rows()]; width];
        let of_trajectory = rows.features.width();
        for (column, measured) in columns.iter_mut().zip(rows.features.into_columns()) {
            *column = measured;
        }
        for (point, equilibria) in found.iter().enumerate() {
            if !wanted[point] {
                rows.status[point] = Status::Excluded;
            }
            if rows.status[point] != Status::Ok {
                continue;
            }
            let own = features::row(equilibria);
            if ends.len() == finder.dimension() {
                let row: Vec<f64> = columns[..of_trajectory].iter().map(|column| column[point]).collect();
                let end: Vec<f64> = ends.iter().map(|column| column[point]).collect();
                columns[of_trajectory + own.len()][point] = self.disagrees(&row, &end, equilibria);
            }
            for (column, value) in columns[of_trajectory..].iter_mut().zip(own) {
                column[point] = value;
            }
        }
        rows.features = Table::from_columns(columns);
        rows
    }
}
