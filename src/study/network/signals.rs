//! What can be observed, by name: a model's variables and auxiliaries, or of a network what its nodes have in common and each
//! node alone. Knows no features.

use crate::model::Model;
use crate::study::fields::{did_you_mean, listing};

/// What all nodes have in common, at every moment: the mean, the largest and the smallest of their signals, the length of the
/// mean of `exp(i phase)` (Y. Kuramoto, 1984), and how many are above a level.
const COMMON: [&str; 5] = ["mean", "largest", "smallest", "order", "above"];

/// The names.
#[derive(Clone, Debug, Default)]
pub(in crate::study) struct Signals {
    names: Vec<String>,
    /// In a network: its nodes, and what it cannot tell and why.
    network: Option<OfNetwork>,
}

#[derive(Clone, Debug)]
struct OfNetwork {
    nodes: usize,
    variables: Vec<String>,
    /// Names with what is missing for them, and the remedy.
    missing: Vec<(&'static str, &'static str, &'static str)>,
}

impl Signals {
    /// Those of a model alone.
    pub(in crate::study) fn of_model(model: &Model) -> Self {
        Self { names: observables(model), network: None }
    }

    /// Those of a network; without a model it is taken to have what it needs.
    pub(super) fn of_network(model: Option<&Model>, nodes: Option<usize>, has_level: bool) -> Self {
        let mut missing = Vec::new();
        if model.is_some_and(|model| model.phase.is_none()) {
            let remedy =
                "write a line `#@ phase NAME` in the model's file, with the variable that is the phase";
            missing.push(("order", "the order of a network needs a phase, and the model names none", remedy));
        }
        if !has_level {
            let remedy = "add `above = 0.5` to [network], the level in the unit of the model's signal";
            missing.push(("above", "nothing says what nodes are to be above of", remedy));
        }
        let common = COMMON.iter().filter(|name| missing.iter().all(|(without, ..)| without != *name));
        Self {
            names: common.map(|&name| name.to_owned()).collect(),
            network: Some(OfNetwork {
                nodes: nodes.unwrap_or(usize::MAX),
                variables: model.map(observables).unwrap_or_default(),
                missing,
            }),
        }
    }

    /// The signal that is meant, as it is spelt: in rules, where a dot means nothing, `node_45` is `node.45`.
    ///
    /// # Errors
    /// Message and remedy, where there is none.
    pub(in crate::study) fn find(&self, name: &str) -> Result<String, (String, String)> {
        if self.names.iter().any(|known| known == name) {
            return Ok(name.to_owned());
        }
        let Some(network) = &self.network else {
            return Err((
                format!("the model has no variable or aux `{name}` to observe"),
                did_you_mean(name, self.known()),
            ));
        };
        if let Some((_, message, remedy)) = network.missing.iter().find(|(missing, ..)| *missing == name) {
            return Err(((*message).to_owned(), (*remedy).to_owned()));
        }
        let number = name.strip_prefix("node.").or_else(|| name.strip_prefix("node_"));
        match number.map(str::parse::<usize>) {
            Some(Ok(number)) if number < network.nodes => return Ok(format!("node.{number}")),
            Some(Ok(number)) => {
                let message =
                    format!("there is no node {number} to observe in a network of {} nodes", network.nodes);
                return Err((message, "count from 0, in the order of the matrix' rows".to_owned()));
            }
            _ => {}
        }
        if network.variables.iter().any(|variable| variable == name) {
            let message =
                format!("`{name}` is a variable or aux of every node, and a feature is of one signal");
            let known = listing(self.known());
            return Err((message, format!("observe {known} of the model's signal, or one node as `node.0`")));
        }
        let known: Vec<&str> = self.known().into_iter().chain(["node.0"]).collect();
        Err((format!("the network has no signal `{name}` to observe"), did_you_mean(name, known)))
    }

    /// Whether a name is that of a signal which this very network lacks.
    pub(in crate::study) fn is_lacking(&self, name: &str) -> bool {
        let Some(network) = &self.network else { return false };
        let is_node = name.starts_with("node.") || name.starts_with("node_");
        is_node
            || network.missing.iter().any(|(missing, ..)| *missing == name)
            || network.variables.iter().any(|variable| variable == name)
    }

    fn known(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }
}

fn observables(model: &Model) -> Vec<String> {
    let variables = model.variables.iter().map(|variable| &variable.quantity);
    let auxiliaries = model.auxiliaries.iter().map(|auxiliary| &auxiliary.quantity);
    variables.chain(auxiliaries).map(|quantity| quantity.name.clone()).collect()
}
