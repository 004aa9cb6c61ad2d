//! `[network.nodes]`: parameters and initial values that differ from node to node, by a list, by the nodes' numbers or names, or
//! spread over a distribution. Knows no channels.

use crate::model::{Model, NamedState};
use crate::network::{self, Distribution};
use crate::study::document::{Content, Entry, Place, Value};
use crate::study::fields::{Fields, Sink, did_you_mean};

use super::word;

/// What the rest of the study says of the same names.
#[derive(Clone, Copy, Debug)]
pub(in crate::study) struct Surroundings<'a> {
    /// The model.
    pub(in crate::study) model: &'a Model,
    /// Names of what varies along axes or in a design.
    pub(in crate::study) axes: &'a [String],
    /// Fixed parameters that differ from the model's.
    pub(in crate::study) settings: &'a [(String, f64)],
    /// Variables that start elsewhere than the model says.
    pub(in crate::study) initial: &'a [(String, f64)],
    /// Named initial states.
    pub(in crate::study) starts: &'a [NamedState],
}

/// Reads the table: names with their values, `[node]`. `regions` are the names of nodes, where the matrix has them, and `own`
/// gives the value of a parameter of the network.
pub(super) fn read(
    entries: &[Entry],
    nodes: usize,
    regions: &[String],
    around: &Surroundings<'_>,
    own: &dyn Fn(&str) -> Option<f64>,
    sink: &mut Sink,
) -> Vec<(String, Vec<f64>)> {
    let mut values = Vec::new();
    for (name, entry) in flat(entries) {
        let Some(elsewhere) = elsewhere(&name, entry, around, own, sink) else { continue };
        let found = of_nodes(&name, &entry.value, nodes, regions, elsewhere, sink);
        if found.iter().flatten().any(|value| value.is_nan()) {
            let message = format!("the initial value of nodes that `{name}` does not list is a formula");
            let remedy = "give every node a value, or start the variable at a number under [initial]";
            sink.push(entry.place.error(message, remedy));
            continue;
        }
        values.extend(found.map(|found| (name, found)));
    }
    values
}

/// Entries by their full names: what TOML writes as `init.x = ..` is a table `init`.
fn flat(entries: &[Entry]) -> Vec<(String, &Entry)> {
    let mut flat = Vec::new();
    for entry in entries {
        match &entry.value.content {
            Content::Table(inner) if entry.key == "init" => {
                flat.extend(inner.iter().map(|entry| (format!("init.{}", entry.key), entry)));
            }
            _ => flat.push((entry.key.clone(), entry)),
        }
    }
    flat
}

/// The value of nodes that are not listed; complains where the name is unknown, or the study says otherwise elsewhere.
fn elsewhere(
    name: &str,
    entry: &Entry,
    around: &Surroundings<'_>,
    own: &dyn Fn(&str) -> Option<f64>,
    sink: &mut Sink,
) -> Option<f64> {
    let Surroundings { model, axes, settings, initial, starts } = *around;
    if axes.iter().any(|axis| axis == name) {
        let message = format!("`{name}` varies in [space], and cannot differ from node to node as well");
        let remedy = "let a parameter of its own differ, by which the model multiplies the one that varies";
        sink.push(entry.place.error(message, remedy));
        return None;
    }
    let listed = |list: &[(String, f64)], name: &str| {
        list.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
    };
    if let Some(variable) = name.strip_prefix("init.") {
        let Some(at) = model.variables.iter().position(|known| known.quantity.name == variable) else {
            let message = format!("the model has no variable `{variable}` to start from node to node");
            let names = model.variables.iter().map(|variable| variable.quantity.name.as_str());
            sink.push(entry.place.error(message, did_you_mean(variable, names.collect::<Vec<_>>())));
            return None;
        };
        if let Some(state) = starts.iter().find(|state| listed(&state.values, variable).is_some()) {
            let message =
                format!("the state `{}` says where `{variable}` starts, and so does `{name}`", state.name);
            sink.push(entry.place.error(message, "leave one of the two out"));
            return None;
        }
        // A formula has another value at every point.
        let of_model = || model.graph.literal(model.variables[at].initial).unwrap_or(f64::NAN);
        return Some(listed(initial, variable).unwrap_or_else(of_model));
    }
    let models = || listed(settings, name).or(model.parameter(name).map(|parameter| parameter.default));
    let value = own(name).or_else(models);
    if value.is_none() {
        let message = format!("neither the model nor the network has a parameter `{name}`");
        let is_variable = model.variables.iter().any(|variable| variable.quantity.name == name);
        let remedy = if is_variable {
            format!("`{name}` is a variable; where it starts is `init.{name}`")
        } else {
            let names = model.parameters.iter().map(|parameter| parameter.quantity.name.as_str());
            did_you_mean(name, names.collect::<Vec<_>>())
        };
        sink.push(entry.place.error(message, remedy));
    }
    value
}

/// The values of all nodes.
fn of_nodes(
    name: &str,
    value: &Value,
    nodes: usize,
    regions: &[String],
    elsewhere: f64,
    sink: &mut Sink,
) -> Option<Vec<f64>> {
    match &value.content {
        Content::List(items) => {
            let numbers: Option<Vec<f64>> =
                items.iter().map(|item| item.number(&format!("a value of `{name}`"), sink)).collect();
            if items.len() != nodes {
                let message = format!("`{name}` has {} values, and the network {nodes} nodes", items.len());
                let remedy = format!("give one for each, or those that differ: `{name} = {{ 45 = 0.8 }}`");
                sink.push(value.place.error(message, remedy));
                return None;
            }
            numbers
        }
        Content::Table(entries) => {
            let has = |key: &str| entries.iter().any(|entry| entry.key == key);
            if has("quantiles") {
                quantiles(name, value, nodes, sink)
            } else if has("spread") || has("even") {
                spread(name, value, nodes, sink)
            } else {
                by_node(name, entries, nodes, regions, elsewhere, sink)
            }
        }
        other => {
            let message = format!("`{name}` of all nodes is {}", other.kind());
            let remedy = "a value equal for all nodes belongs in `[model] set` or `[initial]`; write a list, or `{ 45 = 0.8 }`";
            sink.push(value.place.error(message, remedy));
            None
        }
    }
}

fn by_node(
    name: &str,
    entries: &[Entry],
    nodes: usize,
    regions: &[String],
    elsewhere: f64,
    sink: &mut Sink,
) -> Option<Vec<f64>> {
    let before = sink.len();
    let mut values = vec![elsewhere; nodes];
    let mut places: Vec<(usize, &Place)> = Vec::new();
    for Entry { key, place, value } in entries {
        let number = value.number(&format!("`{name}` of the node `{key}`"), sink);
        let Some(node) = node(key, place, nodes, regions, sink) else { continue };
        if places.iter().any(|(known, _)| *known == node) {
            sink.push(place.error(format!("node {node} is there twice"), "leave one out"));
        }
        places.push((node, place));
        values[node] = number.unwrap_or(f64::NAN);
    }
    (sink.len() == before).then_some(values)
}

/// The node of a number, or of a region's name.
pub(super) fn node(
    key: &str,
    place: &Place,
    nodes: usize,
    regions: &[String],
    sink: &mut Sink,
) -> Option<usize> {
    if let Some(node) = regions.iter().position(|region| region == key) {
        return Some(node);
    }
    match key.parse::<usize>() {
        Ok(node) if node < nodes => return Some(node),
        Ok(node) => {
            let message = format!("there is no node {node} in a network of {nodes}");
            sink.push(
                place.error(
                    message,
                    format!("count from 0 to {}, in the order of the matrix' rows", nodes - 1),
                ),
            );
        }
        Err(_) if regions.is_empty() => {
            let message = format!("there is no node `{key}`: the matrix has no names");
            sink.push(place.error(message, "give the node's number, from 0, or a file with a line of names"));
        }
        Err(_) => {
            let remedy = did_you_mean(key, regions.iter().map(String::as_str));
            sink.push(place.error(format!("the matrix has no node `{key}`"), remedy));
        }
    }
    None
}

/// `{ quantiles = "gaussian", centre = 1, scale = 2 }`
fn quantiles(name: &str, value: &Value, nodes: usize, sink: &mut Sink) -> Option<Vec<f64>> {
    let mut fields = Fields::of(format!("`{name}`"), value, sink)?;
    let before = sink.len();
    let words = [
        ("lorentzian", Distribution::Lorentzian),
        ("gaussian", Distribution::Gaussian),
        ("uniform", Distribution::Uniform),
        ("bimodal_lorentzian", Distribution::BimodalLorentzian { centre: 0.0 }),
    ];
    let distribution = word(fields.get("quantiles"), "quantiles", &words, sink);
    let is_bimodal = matches!(distribution, Some(Distribution::BimodalLorentzian { .. }));
    let scale = fields.get("scale").and_then(|value| value.number("`scale`", sink)).unwrap_or(1.0);
    let centre = if is_bimodal { fields.require("centre", "2", sink) } else { fields.get("centre") };
    let centre = centre.and_then(|value| value.number("`centre`", sink)).unwrap_or(0.0);
    fields.finish(sink);
    if is_bimodal && !nodes.is_multiple_of(2) {
        let message = format!("a network of {nodes} nodes has no two equal halves");
        sink.push(value.place.error(message, "take an even number of nodes"));
    }
    let (distribution, shift) = match distribution? {
        Distribution::BimodalLorentzian { .. } => (Distribution::BimodalLorentzian { centre }, 0.0),
        other => (other, centre),
    };
    let values = distribution.quantiles(nodes).into_iter().map(|quantile| shift + scale * quantile).collect();
    (sink.len() == before).then_some(values)
}

/// `{ spread = [0, 1] }`, `{ even = [0, 1] }`
fn spread(name: &str, value: &Value, nodes: usize, sink: &mut Sink) -> Option<Vec<f64>> {
    let mut fields = Fields::of(format!("`{name}`"), value, sink)?;
    let before = sink.len();
    let (spread, even) = (fields.get("spread"), fields.get("even"));
    fields.finish(sink);
    let (ends, parts) = match (spread, even) {
        (Some(ends), None) => (ends, network::golden_parts(nodes)),
        (None, Some(ends)) => (ends, network::even_parts(nodes)),
        _ => {
            sink.push(
                value.place.error(format!("`{name}` is both spread and even"), "leave one of the two out"),
            );
            return None;
        }
    };
    let Some([from, to]) = ends.list("the ends", sink) else {
        if sink.len() == before {
            sink.push(ends.place.error(format!("`{name}` is spread between two numbers"), "write `[0, 1]`"));
        }
        return None;
    };
    let (from, to) = (from.number("an end", sink), to.number("an end", sink));
    let (from, to) = (from?, to?);
    (sink.len() == before).then(|| parts.into_iter().map(|part| from + (to - from) * part).collect())
}
