//! From a checked study to what measures it and what its map says. Knows neither threads nor folders.

use std::sync::Arc;

use crate::equation::Level;
use crate::equation::graph::{Graph, Node};
use crate::model::NamedState;
use crate::simulate::{Chain, Protocol, Rest, Simulation, SimulationError, Survey};
use crate::space::{Axis, Space};
use crate::store::fingerprint;
use crate::store::map::{Draws, Label, OverStarts};
use crate::table::Quantity;

use super::Study;

impl Study {
    /// What is simulated at every point, if something is.
    pub fn protocol(&self) -> Option<Protocol> {
        let timing = self.timing()?;
        Some(Protocol {
            model: self.model().clone(),
            fixed: self.fixed_with_network(),
            columns: self.column_names(),
            method: timing.method.clone(),
            step: timing.step,
            transient_steps: timing.transient_steps,
            window_steps: timing.window_steps,
            requests: self.requests().to_vec(),
            initial: self.initial_values(),
            starts: self.several_starts(),
            constraint: self.lowered_constraint(),
            chain: self.chain(),
            network: self.network().cloned().map(Arc::new),
            stimuli: self.stimuli().to_vec(),
        })
    }

    /// Where equilibria are looked for at every point, if they are.
    pub fn rest(&self) -> Option<Rest> {
        let stability = self.stability()?;
        Some(Rest {
            model: self.model().clone(),
            network: self.network().cloned().map(Arc::new),
            fixed: self.fixed_with_network(),
            columns: self.column_names(),
            initial: self.initial_values(),
            starts: self.several_starts(),
            constraint: self.lowered_constraint(),
            spread: stability.starts,
            ranges: stability.ranges.clone(),
            places: stability.places_of(self.network().map(|network| network.nodes)),
        })
    }

    /// What measures the study's points and names their regimes.
    ///
    /// # Errors
    /// When the model cannot be simulated, or has no equilibria to look for.
    ///
    /// # Panics
    /// Never: what rules look at is measured.
    pub fn survey(&self) -> Result<Survey, SimulationError> {
        let survey = Survey::new(self.protocol(), self.rest(), Level::best())?;
        let (columns, fixed) = (self.column_names(), self.fixed_with_network());
        let survey = survey.deriving(self.derivations(), &columns, &fixed, Level::best());
        let classifier = self.rules().bind(survey.quantities()).expect("what rules look at is measured");
        Ok(survey.with_rules(classifier))
    }

    fn column_names(&self) -> Vec<String> {
        self.space().columns().iter().map(|column| column.name.clone()).collect()
    }

    fn several_starts(&self) -> Vec<NamedState> {
        if self.starts().len() > 1 { self.starts().to_vec() } else { Vec::new() }
    }

    /// What simulates the study's points and names their regimes, without their equilibria.
    ///
    /// # Errors
    /// When the model cannot be simulated, or nothing is to be.
    ///
    /// # Panics
    /// When rules look at equilibria.
    pub fn simulation(&self) -> Result<Simulation, SimulationError> {
        let protocol = self.protocol().ok_or(SimulationError::NoTrajectory)?;
        let simulation = Simulation::new(protocol, Level::best())?;
        let classifier = self.rules().bind(simulation.quantities()).expect("what rules look at is measured");
        Ok(simulation.with_rules(classifier))
    }

    /// Where the variables start at every point; a single named state is not a dimension, and stands here.
    fn initial_values(&self) -> Vec<(String, f64)> {
        let mut values = self.initial().to_vec();
        if let [state] = self.starts() {
            values.retain(|(name, _)| !state.values.iter().any(|(known, _)| known == name));
            values.extend(state.values.iter().cloned());
        }
        values
    }

    /// The columns along which points go on from each other.
    fn chain(&self) -> Option<Chain> {
        self.is_chained().then_some(())?;
        let axis = self.space().axes().last()?;
        let first = self.space().columns().len() - axis.columns().len();
        let values = |column: usize| (0..axis.length()).map(|index| axis.value(column, index)).collect();
        let columns = (0..axis.columns().len()).map(|column| (first + column, values(column))).collect();
        Some(Chain { direction: first - 1, columns, falls: axis.falls() })
    }

    /// Every parameter that neither varies nor differs from node to node.
    fn fixed_with_network(&self) -> Vec<(String, f64)> {
        let own = self.network_parameters().iter().map(|(quantity, value)| (quantity.name.clone(), *value));
        self.fixed().iter().cloned().chain(own).collect()
    }

    /// When two drawn starts have ended alike, where the study draws them; `quantities` are those of a row.
    pub fn drawn(&self, quantities: &[Quantity]) -> Option<Draws> {
        let features = ["minimum", "maximum"].into_iter();
        let place = |name: &str| quantities.iter().position(|quantity| quantity.name == name);
        let draws = || Draws {
            features: features.filter_map(place).collect(),
            tolerance: 0.01 * self.model().scale,
            settled: place("settled"),
        };
        self.is_drawn().then(draws)
    }

    /// How all starts of a point of a space are called together, where the study says it and the space has several.
    pub fn naming_of_starts(&self, space: &Space) -> Option<OverStarts> {
        let rules = self.over_starts()?;
        let axis = space.axes().iter().position(|axis| axis.name() == "start")?;
        let label = |own: &crate::regime::Label| Label {
            name: own.name.clone(),
            seizing: own.seizing,
            appearance: own.appearance.clone(),
        };
        Some(OverStarts {
            axis,
            labels: rules.labels().iter().map(label).collect(),
            classify: Arc::new(move |statuses, regimes| rules.classify(statuses, regimes)),
        })
    }

    fn lowered_constraint(&self) -> Option<(Graph, Node)> {
        let constraint = self.constraint()?;
        let mut graph = Graph::new();
        let node = constraint.lower(&mut graph, &mut |graph, name| Some(graph.input(name)));
        Some((graph, node.expect("the names of the constraint were checked")))
    }

    /// The fixed parameters of the model and of the network with unit and meaning, for the map; not those that differ from
    /// node to node.
    pub fn fixed_quantities(&self) -> Vec<(Quantity, f64)> {
        let quantity = |name: &str| self.model().parameter(name).map(|parameter| parameter.quantity.clone());
        let models = self.fixed().iter().filter_map(|(name, value)| Some((quantity(name)?, *value)));
        let varies = |name: &str| self.space().columns().iter().any(|column| column.name == name);
        let own = self.network_parameters().iter().filter(|(quantity, _)| !varies(&quantity.name)).cloned();
        let differs = |name: &str| {
            self.network().is_some_and(|network| network.values.iter().any(|(known, _)| known == name))
        };
        models.chain(own).filter(|(quantity, _)| !differs(&quantity.name)).collect()
    }

    /// The texts that make the study again, as attributes of a map.
    pub fn attributes(&self) -> Vec<(String, String)> {
        let texts = self.texts();
        let model_text = texts.model.clone().unwrap_or_default();
        let identity = self.identity();
        let matrices = texts.matrices_to_text().map(|text| ("matrices".to_owned(), text));
        let table = texts.table_to_text().map(|text| ("table".to_owned(), text));
        [
            ("study_name", texts.name.clone()),
            ("study", texts.study.clone()),
            ("overrides", texts.overrides.join("\n")),
            ("model_name", self.model().name.clone()),
            ("model_hash", fingerprint(model_text.as_bytes())),
            ("model", model_text),
            ("references", self.model().sources.join("; ")),
            ("identity_hash", identity.hexadecimal()),
            ("identity", identity.canonical),
        ]
        .map(|(name, text)| (name.to_owned(), text))
        .into_iter()
        .chain(matrices)
        .chain(table)
        .collect()
    }

    /// The values of all columns at the middle of every axis, and at the medians of inputs; a point is asked for by what differs.
    pub fn middle(space: &Space) -> Vec<f64> {
        let middle = |axis: &Axis| -> Vec<f64> {
            (0..axis.columns().len()).map(|column| axis.middle(column)).collect()
        };
        space.axes().iter().flat_map(middle).collect()
    }
}
