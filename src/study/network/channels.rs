//! `[network.channels]`: each with its matrix, the two ports it joins, and its gain. Knows nothing of how weights are made.

use crate::equation::print::print_number;
use crate::model::Model;
use crate::network::{Channel, Gain, Kind, Weights};
use crate::study::document::{Content, Entry, Place, Value};
use crate::study::fields::{Fields, Sink, did_you_mean, listing};
use crate::study::formula;
use crate::study::texts::MatrixFile;

use super::ground::Ground;
use super::{is_word, weights, word};

/// The most channels: one for each of a few ports.
const MOST_CHANNELS: usize = 16;

/// All channels.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// In the order of the study.
    pub(super) list: Vec<Channel>,
    /// Whether every one could be read.
    pub(super) are_complete: bool,
    /// How many nodes the first matrix has.
    pub(super) nodes: Option<usize>,
    /// What the nodes are called, by the first matrix that names them; empty where none does.
    pub(super) names: Vec<String>,
    /// The files that matrices came from.
    pub(super) files: Vec<MatrixFile>,
}

impl Channels {
    /// Takes the names of a channel's nodes in; two matrices that call one node differently would have another node driven.
    fn name(&mut self, names: Vec<String>, channel: &str, place: &Place, sink: &mut Sink) {
        let (known, found) = (&self.names, &names);
        if known.is_empty() {
            self.names = names;
        } else if let Some(at) = (0..known.len().min(found.len())).find(|&at| known[at] != found[at]) {
            let message = format!(
                "node {at} is `{}` in the matrix of the channel `{channel}`, and `{}` in one before it",
                found[at], known[at]
            );
            sink.push(
                place.error(message, "bring the nodes of all matrices into one order, under one name each"),
            );
        }
    }

    /// Takes a file in; two channels may read one file, and it is held once.
    fn take(&mut self, file: MatrixFile) {
        match self.files.iter_mut().find(|known| known.is(&file.file, file.array.as_deref())) {
            Some(known) if known.text.is_none() => *known = file,
            Some(_) => {}
            None => self.files.push(file),
        }
    }
}

/// Reads the table of channels.
pub(super) fn read(value: &Value, ground: &Ground<'_>, sink: &mut Sink) -> Channels {
    let mut channels = Channels::default();
    let Some(entries) = value.entries("[network.channels]", sink) else { return channels };
    if entries.is_empty() || entries.len() > MOST_CHANNELS {
        let message =
            format!("a network has from 1 to {MOST_CHANNELS} channels, and here are {}", entries.len());
        sink.push(value.place.error(message, "write each as `[network.channels.NAME]` with its `matrix`"));
        return channels;
    }
    let before = sink.len();
    for entry in entries {
        let channel = channel(entry, ground, &mut channels, sink);
        channels.list.extend(channel);
    }
    if channels.nodes.is_none() && !ground.is_sized && sink.len() == before {
        let message = "the number of nodes of the network is missing";
        sink.push(value.place.error(message, "add `size = 90` to [network]"));
    }
    channels.are_complete = channels.list.len() == entries.len();
    channels
}

fn channel(entry: &Entry, ground: &Ground<'_>, all: &mut Channels, sink: &mut Sink) -> Option<Channel> {
    let name = entry.key.as_str();
    if !is_word(name) {
        let message = format!("`{name}` cannot be the name of a channel");
        sink.push(
            entry.place.error(message, "write one word of letters, digits and `_`, such as `structural`"),
        );
    }
    let mut fields = Fields::of(format!("the channel `{name}`"), &entry.value, sink)?;
    let kinds = [("additive", Kind::Additive), ("diffusive", Kind::Diffusive)];
    let kind = word(fields.get("kind"), "kind", &kinds, sink).unwrap_or(Kind::Additive);
    let from = port(&Port::OUTPUT, fields.get("from"), &entry.place, ground.model, sink);
    let to = port(&Port::INPUT, fields.get("to"), &entry.place, ground.model, sink);
    let gain = gain(fields.get("gain"), ground, sink);
    let found = weights::read(&mut fields, kind, ground, sink);
    fields.finish(sink);
    let found = found?;
    if let Weights::Matrix(matrix) = &found.weights {
        let wanted = ground.size.or(all.nodes).unwrap_or(matrix.nodes());
        if matrix.nodes() != wanted {
            let message = format!(
                "the matrix of the channel `{name}` has {} nodes, and the network has {wanted}",
                matrix.nodes()
            );
            sink.push(
                found
                    .place
                    .error(message, "give matrices of one size, and leave `size` out where they have it"),
            );
        }
        all.nodes = all.nodes.or(Some(matrix.nodes()));
    }
    all.name(found.names, name, &found.place, sink);
    if let Some(file) = found.file {
        all.take(file);
    }
    Some(Channel { name: name.to_owned(), from: from?, to: to?, weights: found.weights, kind, gain: gain? })
}

/// One of the two ends of a channel.
struct Port {
    key: &'static str,
    what: &'static str,
    declared: fn(&Model) -> &[String],
}

impl Port {
    const OUTPUT: Self = Self { key: "from", what: "output", declared: |model| &model.outputs };
    const INPUT: Self = Self { key: "to", what: "input", declared: |model| &model.inputs };
}

/// The port that a channel names, or the only one there is.
fn port(
    port: &Port,
    value: Option<&Value>,
    place: &Place,
    model: Option<&Model>,
    sink: &mut Sink,
) -> Option<String> {
    let Port { key, what, declared } = *port;
    let name = match value {
        Some(value) => Some(value.text(&format!("`{key}`"), sink)?),
        None => None,
    };
    let model = model?;
    let known = declared(model);
    match (name, known) {
        (_, []) => {
            let message = format!("the model `{}` has no {what} for a channel", model.name);
            let remedy = format!("name one in its file: a line `#@ {what} NAME`");
            sink.push(value.map_or(place, |value| &value.place).error(message, remedy));
            None
        }
        (None, [only]) => Some(only.clone()),
        (None, several) => {
            let message = format!(
                "the model `{}` has {} {what}s, and the channel names none",
                model.name,
                several.len()
            );
            let remedy = format!("add `{key} = ..`, one of {}", listing(several.iter().map(String::as_str)));
            sink.push(place.error(message, remedy));
            None
        }
        (Some(name), several) if several.iter().any(|known| known == name) => Some(name.to_owned()),
        (Some(name), several) => {
            let message = format!("the model `{}` has no {what} `{name}`", model.name);
            let remedy = did_you_mean(name, several.iter().map(String::as_str));
            sink.push(value.map_or(place, |value| &value.place).error(message, remedy));
            None
        }
    }
}

/// A number, or a formula over the parameters of the model and of the network; 1 where a study says nothing.
fn gain(value: Option<&Value>, ground: &Ground<'_>, sink: &mut Sink) -> Option<Gain> {
    let own = ground.parameters.iter().map(|(quantity, _)| quantity);
    let names = ground.model.map(|model| {
        let models = model.parameters.iter().map(|parameter| &parameter.quantity);
        own.chain(models).map(|quantity| quantity.name.clone()).collect::<Vec<_>>()
    });
    let unknown =
        |name: &str| format!("the gain uses `{name}`, which is not a parameter of the network or the model");
    let found = match value {
        Some(value) => formula::read_over(value, "`gain`", names.as_deref(), &unknown, sink)?,
        None => formula::number(1.0),
    };
    // The identity of a study holds it, in which a number is `1` and not `1.0`.
    let text = match value.map(|value| &value.content) {
        None => print_number(1.0),
        Some(Content::Number { value, .. }) => print_number(*value),
        Some(_) => found.text,
    };
    Some(Gain { text, graph: found.graph, node: found.node })
}
