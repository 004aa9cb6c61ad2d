//! What decides every number of a study, as readable lines: two runs of equal lines give equal bits, and lines that differ say
//! why results of one cannot be used for the other. Titles, rules, outputs and threads decide no number.

use std::fmt::Write as _;

use crate::design::{Design, Sampling, Size};
use crate::equation::graph::Node;
use crate::equation::print::{print, print_number};
use crate::model::{Model, NamedState};
use crate::network::{Channel, Kind, Network, Weights};
use crate::observe::Request;
use crate::simulate::{NUMERICS_VERSION, Stimulus, may_be_undefined};
use crate::space::{Axis, AxisColumn, Placement, Scale};
use crate::store::{Identity, fingerprint, fingerprint_of_numbers};

use super::Study;

/// The axis of initial states.
const START: &str = "start";

/// How many numbers a line shows.
const FEW: usize = 16;

impl Study {
    /// The identity of every number that it measures.
    pub fn identity(&self) -> Identity {
        Identity { canonical: canonical(self, Extent::Told), origin: self.texts().to_text() }
    }

    /// What a row depends on beside its own point, as lines: the same for studies that measure other points, or more, of the same
    /// axes and inputs. Equal points of two studies with equal lines have equal rows.
    pub fn identity_of_rows(&self) -> String {
        canonical(self, Extent::Untold)
    }
}

/// Whether lines tell how many points there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Told,
    Untold,
}

/// Lines `key = value`, in a fixed order.
fn canonical(study: &Study, extent: Extent) -> String {
    let mut lines = Lines(String::new());
    lines.add("numerics", NUMERICS_VERSION);
    if let Some(timing) = study.timing() {
        lines.add("method", &timing.method);
        lines.add("step", print_number(timing.step));
        lines.add("transient_steps", timing.transient_steps);
        lines.add("window_steps", timing.window_steps);
    }
    if let Some(stability) = study.stability() {
        lines.add("stability.starts", stability.starts);
        for (name, [from, to]) in &stability.ranges {
            lines.add(&format!("stability.box.{name}"), format!("{from:?} {to:?}"));
        }
        if stability.places {
            lines.add("stability.places", "of every node");
        }
        // Newton's method starts from them too.
        for state in &study.model().states {
            lines.add(&format!("model.state.{}", state.name), state_text(state));
        }
    }
    let axes = study.space().axes();
    // A point of a chain goes on from the one before it, and starts are told apart by their places.
    let chain = axes.len() - if study.is_chained() { 2 } else { 0 };
    for (number, axis) in axes.iter().enumerate() {
        let is_part = number < chain && axis.labels().is_empty() && axis.name() != START;
        let text = if extent == Extent::Untold && is_part { names_of(axis) } else { axis_text(axis) };
        lines.add(&format!("axis.{number}"), text);
    }
    if let Some(design) = study.design() {
        design_lines(design, extent, &mut lines);
    }
    if study.is_chained() {
        let falls = study.space().axes().last().is_some_and(Axis::falls);
        lines.add("chain", if falls { "down and up the last axis" } else { "up and down the last axis" });
    }
    for (number, state) in study.starts().iter().enumerate() {
        lines.add(&format!("start.{number}"), state_text(state));
    }
    for (name, value) in study.initial() {
        lines.add(&format!("initial.{name}"), print_number(*value));
    }
    for (name, value) in study.fixed() {
        lines.add(&format!("parameter.{name}"), print_number(*value));
    }
    for (number, Stimulus { parameter, value, from, to }) in study.stimuli().iter().enumerate() {
        let text = format!("{parameter} is {} from {} to {}", value.text, from.text, to.text);
        lines.add(&format!("stimulus.{number}"), text);
    }
    if let Some(constraint) = study.constraint() {
        lines.add("where", constraint.text());
    }
    for (number, request) in study.requests().iter().enumerate() {
        lines.add(&format!("feature.{number}"), request);
    }
    if watches_gaps(study) {
        lines.add("feature.gaps", "undefined");
    }
    for own in study.derivations() {
        lines.add(&format!("derived.{}", own.quantity.name), &own.formula.text);
    }
    if let Some(network) = study.network() {
        network_lines(network, &mut lines);
    }
    model_lines(study.model(), &mut lines);
    lines.0
}

struct Lines(String);

impl Lines {
    fn add(&mut self, key: &str, value: impl std::fmt::Display) {
        writeln!(self.0, "{key} = {value}").expect("a text takes every line");
    }
}

/// Whether a signal may stop being a number, so that features look for it.
fn watches_gaps(study: &Study) -> bool {
    let model = study.model();
    let is_of = |request: &Request, name: &str| match &request.of {
        Some(of) => of == name || of.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
        None => name == model.signal,
    };
    // A signal of a network may be that of the model.
    let is_observed =
        |name: &str| name == model.signal || study.requests().iter().any(|request| is_of(request, name));
    model
        .auxiliaries
        .iter()
        .any(|own| is_observed(&own.quantity.name) && may_be_undefined(&model.graph, own.value))
}

fn state_text(state: &NamedState) -> String {
    let values: Vec<String> = state.values.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    values.join(" ")
}

fn axis_text(axis: &Axis) -> String {
    let columns: Vec<String> = axis.columns().iter().map(column_text).collect();
    let labels =
        if axis.labels().is_empty() { String::new() } else { format!(" ({})", axis.labels().join(" ")) };
    format!("{} values of {}{labels}", axis.length(), columns.join(" and "))
}

fn names_of(axis: &Axis) -> String {
    let names: Vec<&str> = axis.columns().iter().map(|column| column.quantity.name.as_str()).collect();
    names.join(" and ")
}

fn column_text(column: &AxisColumn) -> String {
    let name = &column.quantity.name;
    let placement = match column.placement {
        Placement::Ends => "ends",
        Placement::Centres => "centres",
    };
    match &column.scale {
        Scale::Linear { from, to } => format!("{name} linear {from:?} {to:?} {placement}"),
        Scale::Log { from, to } => format!("{name} log {from:?} {to:?} {placement}"),
        // The lines of the design tell.
        Scale::Sample(_) => name.clone(),
        Scale::List(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            format!("{name} list {}", values.join(" "))
        }
    }
}

/// How many points there are, and what decides the values at an identity.
fn design_lines(design: &Design, extent: Extent, lines: &mut Lines) {
    let Size { base, seed, is_scrambled, replicates } = design.size();
    if design.sampling() == Sampling::Table {
        let names: Vec<&str> = design.columns().map(|(quantity, _)| quantity.name.as_str()).collect();
        lines.add("design", "table");
        if extent == Extent::Told {
            lines.add("design.points", base);
        }
        lines.add("design.inputs", names.join(" "));
        if extent == Extent::Told {
            lines.add("design.values", fingerprint_of_numbers(design.rows().columns()));
        }
        return;
    }
    let kind = match design.sampling() {
        Sampling::Trajectory { levels } => format!("morris trajectory on {levels} levels"),
        Sampling::Radial => "morris radial".to_owned(),
        // Every point of a latin hypercube depends on how many there are.
        Sampling::LatinHypercube => format!("lhs of {base}"),
        other => other.name().to_owned(),
    };
    lines.add("design", kind);
    if extent == Extent::Told {
        lines.add(
            "design.points",
            format!("{base} of each of {} blocks, {replicates} times", design.blocks()),
        );
    }
    lines.add("design.seed", seed);
    lines.add("design.scramble", if is_scrambled { "owen" } else { "none" });
    for (number, input) in design.inputs().iter().enumerate() {
        let columns = input.columns.iter();
        let columns: Vec<String> =
            columns.map(|(quantity, own)| format!("{} {own}", quantity.name)).collect();
        lines.add(&format!("design.input.{number}"), columns.join(" and "));
    }
    // A trajectory moves one group after the other; a swap is told by what it swaps.
    if extent == Extent::Untold && matches!(design.sampling(), Sampling::Saltelli { .. }) {
        return;
    }
    for group in design.groups().iter().filter(|group| group.inputs.len() > 1) {
        lines.add(&format!("design.group.{}", group.name), format!("{:?}", group.inputs));
    }
}

fn network_lines(network: &Network, lines: &mut Lines) {
    lines.add("network.nodes", network.nodes);
    lines.add("network.signal", &network.signal);
    if let Some(level) = network.above {
        lines.add("network.above", print_number(level));
    }
    for (name, value) in &network.parameters {
        lines.add(&format!("network.parameter.{name}"), print_number(*value));
    }
    for (name, values) in &network.values {
        lines.add(&format!("network.{name}"), numbers(values));
    }
    for Channel { name, from, to, weights, kind, gain } in &network.channels {
        let kind = match kind {
            Kind::Additive => "additive",
            Kind::Diffusive => "diffusive",
        };
        let weights = match weights {
            Weights::Mean => "mean".to_owned(),
            Weights::Matrix(matrix) => numbers(matrix.entries()),
        };
        lines.add(&format!("network.channel.{name}"), format!("{from} to {to}, {kind}, times {}", gain.text));
        lines.add(&format!("network.channel.{name}.weights"), weights);
    }
}

/// A few numbers as they are, many as the hash of their bits.
fn numbers(values: &[f64]) -> String {
    if values.len() <= FEW {
        return values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" ");
    }
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    format!("{} numbers with SHA-256 {}", values.len(), fingerprint(&bytes))
}

fn model_lines(model: &Model, lines: &mut Lines) {
    lines.add("model.time", &model.time_unit);
    lines.add("model.scale", print_number(model.scale));
    lines.add("model.bound", print_number(model.bound));
    let text_of = |node: Node| print(&model.graph, node);
    let signal = model.expression(&model.signal).and_then(text_of);
    let signal = signal.unwrap_or_else(|| fingerprint(model.text.as_bytes()));
    lines.add("model.signal", format!("{} = {signal}", model.signal));
    for variable in &model.variables {
        let name = &variable.quantity.name;
        for (key, node) in
            [(format!("model.{name}(0)"), variable.initial), (format!("model.{name}'"), variable.derivative)]
        {
            // A formula too long to print stands for the whole text.
            let text = text_of(node).unwrap_or_else(|| fingerprint(model.text.as_bytes()));
            lines.add(&key, text);
        }
    }
}
