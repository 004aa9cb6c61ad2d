//! What a model is: parameters, variables, equations as a graph, units, the signal that is observed, and the rules that name
//! its regimes; all of it read from one text. Knows no study, stepper or observer.

mod beginning;
mod build;
mod catalog;
mod describe;
mod directive;
mod export;
mod names;
mod options;
mod scope;
mod sorted;
mod starter;
mod written;

use std::sync::Arc;

use crate::complaint::{Complaint, Complaints, Source};
use crate::equation::graph::{Graph, Node, Operation};
use crate::equation::syntax::Expression;
use crate::table::{Appearance, Quantity};

pub use catalog::{CatalogEntry, catalog, find};
pub use describe::{describe, list};
pub use export::export;
pub use starter::{default_study, starter_study};
pub use written::{TooLarge, write};

/// A parameter and its value where a study says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name, unit, meaning.
    pub quantity: Quantity,
    /// The value in the file.
    pub default: f64,
}

/// A variable and its equation.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Name, unit, meaning.
    pub quantity: Quantity,
    /// The node that reads it.
    pub value: Node,
    /// The value at the beginning.
    pub initial: Node,
    /// Its change per time unit.
    pub derivative: Node,
}

/// A quantity that follows from the variables and can be observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Auxiliary {
    /// Name, unit, meaning.
    pub quantity: Quantity,
    /// What it is.
    pub value: Node,
}

/// Where a parameter is usually swept.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterRange {
    /// The parameter (as the model spells it).
    pub name: String,
    /// The smaller end.
    pub from: f64,
    /// The larger end.
    pub to: f64,
}

/// A rule that names a regime: the first that holds gives the label.
#[derive(Clone, Debug)]
pub struct RuleText {
    /// The label.
    pub name: String,
    /// The condition, over features and parameters.
    pub when: Expression,
    /// Whether the regime counts as seizing.
    pub seizing: bool,
    /// How the regime is written and coloured, where its author says it.
    pub appearance: Appearance,
}

/// Initial values with a name; variables that it does not list begin as the file says.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedState {
    /// Its name.
    pub name: String,
    /// Variables (as the model spells them) and their values.
    pub values: Vec<(String, f64)>,
}

/// A model. Parameters, variables, noises and `t` are symbols of its graph under their own names; constants and fixed
/// quantities have become parts of the expressions.
#[derive(Clone, Debug)]
pub struct Model {
    /// The name in a study: of a file without its ending.
    pub name: String,
    /// One line.
    pub title: String,
    /// Where it was published.
    pub sources: Vec<String>,
    /// The whole file.
    pub text: String,
    /// `s`, `ms`, or `1` where time has no unit.
    pub time_unit: String,
    /// The expressions.
    pub graph: Graph,
    /// In the order of the file.
    pub parameters: Vec<Parameter>,
    /// In the order of the file.
    pub variables: Vec<Variable>,
    /// In the order of the file.
    pub auxiliaries: Vec<Auxiliary>,
    /// The variable or auxiliary that is observed where a study says nothing.
    pub signal: String,
    /// What counts as large for the signal, in its unit: an amplitude below 1e-4 of it is none.
    pub scale: f64,
    /// A variable beyond it has diverged.
    pub bound: f64,
    /// Whether the file says so; else it is XPPAUT's.
    pub has_bound: bool,
    /// The step that the file proposes, in time units.
    pub step: Option<f64>,
    /// The stepper that the file proposes: `euler`, `heun` or `rk4`.
    pub method: Option<String>,
    /// Whether it proposes another one, which XPPAUT has and ictus has not; its steps are then no steps for these.
    pub is_method_missing: bool,
    /// The length of a run that the file proposes, in time units.
    pub total: Option<f64>,
    /// How much of it passes, in time units, before XPPAUT looks.
    pub transient: f64,
    /// In the order of the file; the first two make a first map.
    pub ranges: Vec<ParameterRange>,
    /// In the order of the file; the first that matches counts.
    pub rules: Vec<RuleText>,
    /// In the order of the file.
    pub states: Vec<NamedState>,
    /// The ports through which a node of a network receives: parameters, 0 without a channel. In the order of the file.
    pub inputs: Vec<String>,
    /// The ports through which a node of a network speaks: variables and auxiliaries. In the order of the file.
    pub outputs: Vec<String>,
    /// The variable that is a phase, in radian, if the file names one.
    pub phase: Option<String>,
    /// The `wiener` names: white noise of unit intensity, 0 where none is drawn.
    pub noises: Vec<Quantity>,
    /// What says, at its place, that there is noise, which is not simulated yet: a warning.
    pub noise: Option<Complaint>,
    /// What its author should know.
    pub warnings: Vec<Complaint>,
}

/// How many nodes the graph may have when the Jacobian is added.
pub const LARGEST_JACOBIAN: usize = 1 << 20;

impl Model {
    /// Reads a model from its text; `name` is what studies call it.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place and remedy.
    pub fn parse(source: &Arc<Source>, name: &str) -> Result<Self, Complaints> {
        build::build(source, name)
    }

    /// The expression of a variable (its own value) or auxiliary, by name as the model spells it.
    pub fn expression(&self, name: &str) -> Option<Node> {
        if let Some(auxiliary) = self.auxiliaries.iter().find(|auxiliary| auxiliary.quantity.name == name) {
            return Some(auxiliary.value);
        }
        self.variables.iter().find(|variable| variable.quantity.name == name).map(|variable| variable.value)
    }

    /// Name, unit and meaning of a variable or auxiliary.
    pub fn observable(&self, name: &str) -> Option<&Quantity> {
        let variables = self.variables.iter().map(|variable| &variable.quantity);
        let auxiliaries = self.auxiliaries.iter().map(|auxiliary| &auxiliary.quantity);
        variables.chain(auxiliaries).find(|quantity| quantity.name == name)
    }

    /// A parameter by name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.quantity.name == name)
    }

    /// The values at the beginning, `[variable]`; what a named state lists, and what the file says of the rest, where parameters
    /// have their defaults.
    pub fn initial_values(&self, state: Option<&NamedState>) -> Vec<f64> {
        let default = |symbol| {
            let name = self.graph.name(symbol);
            let known = self.parameters.iter().find(|parameter| parameter.quantity.name == name);
            known.map_or(f64::NAN, |parameter| parameter.default)
        };
        let value = |variable: &Variable| {
            let listed =
                state.and_then(|state| state.values.iter().find(|(name, _)| *name == variable.quantity.name));
            listed.map_or_else(|| self.graph.evaluate(&[variable.initial], default)[0], |&(_, value)| value)
        };
        self.variables.iter().map(value).collect()
    }

    /// Seconds in a time unit; `None` where time has no unit.
    pub fn seconds_per_time_unit(&self) -> Option<f64> {
        match self.time_unit.as_str() {
            "s" => Some(1.0),
            "ms" => Some(1e-3),
            _ => None,
        }
    }

    /// The exact Jacobian: a graph that continues the model's, and its nodes `[equation][variable]`.
    pub fn jacobian(&self) -> (Graph, Vec<Vec<Node>>) {
        jacobian_within(&self.graph, &self.variables, usize::MAX).unwrap_or_default()
    }
}

/// The Jacobian, unless the graph grows beyond `largest` nodes or the work beyond 2048 times that.
fn jacobian_within(graph: &Graph, variables: &[Variable], largest: usize) -> Option<(Graph, Vec<Vec<Node>>)> {
    let mut graph = graph.clone();
    let zero = graph.constant(0.0);
    let symbols: Vec<_> = variables.iter().map(|variable| graph.symbol(&variable.quantity.name)).collect();
    let mut work = 0_usize;
    let mut rows = Vec::with_capacity(variables.len());
    for variable in variables {
        let used = graph.reachable(&[variable.derivative]);
        let mut row = Vec::with_capacity(symbols.len());
        for &symbol in &symbols {
            let is_used = used.iter().any(|&node| graph.operation(node) == Operation::Symbol(symbol));
            work = work.saturating_add(used.len());
            if !is_used {
                row.push(zero);
                continue;
            }
            row.push(graph.derivative(variable.derivative, symbol));
            work = work.saturating_add(graph.len());
            if graph.len() > largest || work / 2048 > largest {
                return None;
            }
        }
        rows.push(row);
    }
    Some((graph, rows))
}
