//! The section `[network]`: the number of nodes, the connections between the model's ports, and the values that differ between
//! nodes. It is read in two steps: its parameters may be axes, so they must be known before the axes are; and the values that
//! differ between nodes depend on what the rest of the study fixes. Knows nothing of how a network is simulated.

mod channels;
mod files;
mod ground;
mod nodes;
mod parameters;
mod signals;
#[cfg(test)]
mod tests;
mod weights;

use crate::model::Model;
use crate::network::{MOST_NODES, Network};
use crate::table::Quantity;

use super::document::{Entry, Place, Value};
use super::fields::{Fields, Sink, did_you_mean};
use super::texts::{MatrixFile, Texts};

pub(super) use nodes::Surroundings;
pub(super) use signals::Signals;

/// What the section says, as far as it can be read without the rest of the study.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// The network's own parameters, with their values.
    pub(super) parameters: Vec<(Quantity, f64)>,
    place: Place,
    pub(super) nodes: Option<usize>,
    channels: channels::Channels,
    values: &'a [Entry],
    signal: Option<&'a Value>,
    above: Option<f64>,
}

/// Reads the section; `texts` are the study's, with its folder and the matrices that are known already. Without a model (it
/// could not be read) names are not looked up.
pub(super) fn read<'a>(
    section: Option<Fields<'a>>,
    model: Option<&Model>,
    texts: &Texts,
    sink: &mut Sink,
) -> Option<Reading<'a>> {
    let mut fields = section?;
    let place = fields.place().clone();
    let parameters = parameters::read(fields.get("parameters"), model, sink);
    let size_value = fields.get("size");
    let size = size_value.and_then(|value| size(value, sink));
    let channels = fields.require("channels", "{ structural = { matrix = \"fib90\" } }", sink);
    let ground =
        ground::Ground { model, parameters: &parameters, size, is_sized: size_value.is_some(), texts };
    let channels = channels.map(|value| channels::read(value, &ground, sink)).unwrap_or_default();
    let values = fields.get("nodes").and_then(|value| value.entries("[network.nodes]", sink));
    let signal = fields.get("signal");
    let above = fields.get("above").and_then(|value| value.number("`above`", sink));
    fields.finish(sink);
    let nodes = size.or(channels.nodes);
    Some(Reading { parameters, place, nodes, channels, values: values.unwrap_or_default(), signal, above })
}

impl Reading<'_> {
    /// Whether a parameter has values of its own at some nodes.
    pub(super) fn differs(&self, name: &str) -> bool {
        self.values.iter().any(|entry| entry.key == name)
    }

    /// How many nodes there are, where that could be read.
    pub(super) fn nodes(&self) -> Option<usize> {
        self.nodes
    }

    /// What the nodes are called; empty where no matrix names them.
    pub(super) fn regions(&self) -> &[String] {
        &self.channels.names
    }

    /// What can be observed of the network.
    pub(super) fn signals(&self, model: Option<&Model>) -> Signals {
        Signals::of_network(model, self.nodes, &self.channels.names, self.above.is_some())
    }

    /// The network and what a map is to hold of its files, where all of it could be read.
    pub(super) fn finish(
        self,
        around: &Surroundings<'_>,
        sink: &mut Sink,
    ) -> Option<(Network, Vec<MatrixFile>)> {
        self.complain_of_silence(around, sink);
        let own = |name: &str| {
            self.parameters.iter().find(|(quantity, _)| quantity.name == name).map(|&(_, value)| value)
        };
        let nodes = self.nodes?;
        let values = nodes::read(self.values, nodes, &self.channels.names, around, &own, sink);
        let signal = match self.signal {
            Some(value) => {
                let name = value.text("`signal`", sink)?;
                let signals = self.signals(Some(around.model));
                signals
                    .find(name)
                    .map_err(|(message, remedy)| sink.push(value.place.error(message, remedy)))
                    .ok()?
            }
            None => "mean".to_owned(),
        };
        let network = Network {
            nodes,
            channels: self.channels.list,
            parameters: self.parameters.into_iter().map(|(quantity, value)| (quantity.name, value)).collect(),
            values,
            signal,
            above: self.above,
        };
        Some((network, self.channels.files))
    }

    /// Complains of inputs to which no channel leads, unless the study itself says what they are.
    fn complain_of_silence(&self, around: &Surroundings<'_>, sink: &mut Sink) {
        if !self.channels.are_complete {
            return;
        }
        for input in &around.model.inputs {
            let is_driven = self.channels.list.iter().any(|channel| channel.to == *input);
            let is_given =
                around.axes.contains(input) || around.settings.iter().any(|(name, _)| name == input);
            if !is_driven && !is_given {
                let message = format!("no channel leads to the model's input `{input}`");
                let remedy = format!(
                    "add a channel with `to = \"{input}\"`, or write `set = {{ {input} = 0 }}` in [model] for no input"
                );
                sink.push(self.place.error(message, remedy));
            }
        }
    }
}

fn size(value: &Value, sink: &mut Sink) -> Option<usize> {
    let size = value.count("`size`", 1, sink)? as usize;
    if size > MOST_NODES {
        let message = format!("a network of {size} nodes is too large");
        sink.push(value.place.error(message, format!("give at most {MOST_NODES}")));
        return None;
    }
    Some(size)
}

/// One of a few words, or a complaint.
fn word<T: Copy>(
    value: Option<&Value>,
    key: &str,
    words: &[(&'static str, T)],
    sink: &mut Sink,
) -> Option<T> {
    let value = value?;
    let text = value.text(&format!("`{key}`"), sink)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|&(_, meaning)| meaning);
    if found.is_none() {
        let message = format!("`{key}` cannot be `{text}`");
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        sink.push(value.place.error(message, did_you_mean(text, known)));
    }
    found
}

/// Whether a text is one word of letters, digits and `_`, a letter first.
fn is_word(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
