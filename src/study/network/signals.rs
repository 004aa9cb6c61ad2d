//! What can be observed, by name: a model's variables and auxiliaries, or of a network what its nodes have in common and each
//! node alone, of the model's signal (`mean`, `node.45`) or of any other variable (`mean.y1`, `node.45.y1`). Knows no features.

use crate::model::Model;
use crate::study::fields::did_you_mean;

/// What all nodes have in common, at every moment: the mean, the largest and the smallest of their signals, the length of the
/// mean of `exp(i phase)` (Y. Kuramoto, 1984), and how many are above a level.
const COMMON: [&str; 5] = ["mean", "largest", "smallest", "order", "above"];

/// Those of them that can be of any variable.
const OF_VARIABLES: [&str; 3] = ["mean", "largest", "smallest"];

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
    /// What the nodes are called; empty where nothing says so.
    regions: Vec<String>,
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
    pub(super) fn of_network(
        model: Option<&Model>,
        nodes: Option<usize>,
        regions: &[String],
        has_level: bool,
    ) -> Self {
        let mut missing = Vec::new();
        if model.is_some_and(|model| model.phase.is_none()) {
            let remedy =
                "write a line `#@ phase NAME` in the model's file, with the variable that is the phase";
            missing.push(("order", "the order of a network needs a phase, and the model names none", remedy));
        }
        if !has_level {
            let remedy = "add `above = 0.5` to [network], the level in the unit of the model's signal";
            missing.push(("above", "the level of the signal `above` is missing", remedy));
        }
        let common = COMMON.iter().filter(|name| missing.iter().all(|(without, ..)| without != *name));
        Self {
            names: common.map(|&name| name.to_owned()).collect(),
            network: Some(OfNetwork {
                nodes: nodes.unwrap_or(usize::MAX),
                regions: regions.to_vec(),
                variables: model.map(observables).unwrap_or_default(),
                missing,
            }),
        }
    }

    /// The signal that is meant, as it is spelt: in rules, where a dot means nothing, `node_45` is `node.45`, and `mean_y1`
    /// is `mean.y1`.
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
        if let Some((node, variable)) = name.strip_prefix("node.").and_then(|rest| network.region(rest)) {
            variable.map_or(Ok(()), |variable| network.check("node", variable))?;
            return Ok(variable.map_or(format!("node.{node}"), |variable| format!("node.{node}.{variable}")));
        }
        // A rule cannot name every region by its letters; which node is meant is found all the same, so that it can be said.
        if let Some(node) = name.strip_prefix("node_").and_then(|rest| network.region_of_word(rest)) {
            return Ok(format!("node.{node}"));
        }
        let (signal, variable) = parted(name);
        if let Some(unknown) = name.strip_prefix("node.").filter(|_| !has_number(signal)) {
            return Err(network.no_node(unknown));
        }
        if let Some(variable) = variable {
            network.check(signal, variable)?;
        }
        let of = variable.map_or_else(String::new, |variable| format!(".{variable}"));
        if variable.is_some() && OF_VARIABLES.contains(&signal) {
            return Ok(format!("{signal}{of}"));
        }
        let number = signal.strip_prefix("node.").or_else(|| signal.strip_prefix("node_"));
        match number.map(str::parse::<usize>) {
            Some(Ok(number)) if number < network.nodes => return Ok(format!("node.{number}{of}")),
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
            return Err((
                message,
                format!("write `mean.{name}`, `largest.{name}`, `smallest.{name}` or `node.0.{name}`"),
            ));
        }
        let known: Vec<&str> = self.known().into_iter().chain(["node.0"]).collect();
        Err((format!("the network has no signal `{name}` to observe"), did_you_mean(name, known)))
    }

    /// The variable or auxiliary of that name, which every node has its own of.
    ///
    /// # Errors
    /// Message and remedy, where there is none.
    pub(in crate::study) fn of_each_node(&self, name: &str) -> Result<String, (String, String)> {
        let known = self.network.as_ref().map_or(&self.names, |network| &network.variables);
        if known.is_empty() || known.iter().any(|known| known == name) {
            return Ok(name.to_owned());
        }
        let message = format!("the model has no variable or aux `{name}` to observe at each node");
        Err((message, did_you_mean(name, known.iter().map(String::as_str))))
    }

    /// Whether a name is that of a signal which this very network lacks.
    pub(in crate::study) fn is_lacking(&self, name: &str) -> bool {
        let Some(network) = &self.network else { return false };
        let is_node = name.starts_with("node.") || name.starts_with("node_");
        is_node
            || parted(name).1.is_some_and(|variable| network.variables.iter().any(|known| known == variable))
            || network.missing.iter().any(|(missing, ..)| *missing == name)
            || network.variables.iter().any(|variable| variable == name)
    }

    fn known(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }
}

impl OfNetwork {
    /// The node of a region's name, and the variable behind the name, if there is one.
    fn region<'n>(&self, text: &'n str) -> Option<(usize, Option<&'n str>)> {
        let rest_of = |region: &String| {
            let rest = text.strip_prefix(region.as_str())?;
            if rest.is_empty() { Some(None) } else { rest.strip_prefix('.').map(Some) }
        };
        // Names may begin alike and have dots of their own: the longest is meant.
        let found =
            self.regions.iter().enumerate().filter_map(|(node, region)| Some((node, rest_of(region)?)));
        found.max_by_key(|(node, _)| self.regions[*node].len())
    }

    /// The node of a region's name with `_` for what is not a letter or digit.
    fn region_of_word(&self, word: &str) -> Option<usize> {
        let as_word = |region: &String| {
            let letters = region.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' });
            letters.eq(word.chars())
        };
        self.regions.iter().position(as_word)
    }

    /// What is wrong with the name of a node, and the remedy.
    fn no_node(&self, name: &str) -> (String, String) {
        if self.regions.is_empty() {
            let message = format!("there is no node `{name}` to observe: the matrix has no names");
            return (message, "give the node's number, from 0, or a file with a line of names".to_owned());
        }
        let remedy = did_you_mean(name, self.regions.iter().map(String::as_str).collect::<Vec<_>>());
        (format!("the matrix has no node `{name}` to observe"), remedy)
    }

    /// Refuses what cannot be of a variable, and a variable that is none; without a model nothing is looked up.
    fn check(&self, signal: &str, variable: &str) -> Result<(), (String, String)> {
        if matches!(signal, "order" | "above") {
            let message =
                format!("`{signal}` is of the model's own phase or signal, and not of `{variable}`");
            return Err((message, format!("write `{signal}`, or for instance `mean.{variable}`")));
        }
        let is_known = self.variables.is_empty() || self.variables.iter().any(|known| known == variable);
        if is_known {
            return Ok(());
        }
        let message = format!("the model has no variable or aux `{variable}` to observe at its nodes");
        Err((message, did_you_mean(variable, self.variables.iter().map(String::as_str).collect::<Vec<_>>())))
    }
}

/// Whether a node is meant by its number.
fn has_number(signal: &str) -> bool {
    let number = signal.strip_prefix("node.").or_else(|| signal.strip_prefix("node_"));
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

/// What is made of all nodes, or which node, and of which variable, if a name says so.
fn parted(name: &str) -> (&str, Option<&str>) {
    let is_separator = |letter: char| matches!(letter, '.' | '_');
    let (first, rest) = name.split_once(is_separator).unwrap_or((name, ""));
    if first == "node" {
        let after = rest.find(is_separator).map(|at| first.len() + 1 + at);
        return after.map_or((name, None), |at| (&name[..at], Some(&name[at + 1..])));
    }
    if COMMON.contains(&first) && !rest.is_empty() { (first, Some(rest)) } else { (name, None) }
}

fn observables(model: &Model) -> Vec<String> {
    let variables = model.variables.iter().map(|variable| &variable.quantity);
    let auxiliaries = model.auxiliaries.iter().map(|auxiliary| &auxiliary.quantity);
    variables.chain(auxiliaries).map(|quantity| quantity.name.clone()).collect()
}
