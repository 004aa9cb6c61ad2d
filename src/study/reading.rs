//! From texts to a study: every section is read, and every complaint is kept until the end.

use std::sync::Arc;

use crate::complaint::{Complaint, Complaints, Severity, Source, gathered};
use crate::equation::syntax::Expression;
use crate::model::{Model, NamedState};
use crate::observe::Request;
use crate::simulate::Stimulus;
use crate::space::{Axis, Space};
use crate::table::Quantity;

use super::axes::{self, Varying};
use super::derived;
use super::document::{self, Content, Entry, Value};
use super::features;
use super::fields::{Fields, Sink, did_you_mean};
use super::figure;
use super::formula;
use super::initial::{self, Initial};
use super::network::{self, Signals, Surroundings};
use super::output;
use super::sense;
use super::stability;
use super::stimulus;
use super::subject;
use super::timing::{self, Clock};
use super::wanted::{Complete, Wanted};
use super::{Stability, Study, TableFile, Texts, Timing, Until};

pub(super) fn read(texts: Texts) -> Result<Study, Complaints> {
    let mut sink = Sink::new();
    let mut warnings = Vec::new();
    let root = document(&texts)?;
    let mut fields = Fields::of("a study", &root, &mut sink).expect("a document is a table");

    let title =
        fields.get("title").and_then(|value| value.text("`title`", &mut sink)).unwrap_or_default().to_owned();
    let model_value = fields.require("model", "{ name = \"jansen_rit\" }", &mut sink);
    let model_fields = model_value.and_then(|value| Fields::of("[model]", value, &mut sink));
    let subject = subject::read(model_fields, &texts.folder, texts.model.as_deref(), &mut sink);
    let model = subject.model;
    let of_network = fields.get("network").map(|value| value.place.clone());
    let network = network::read(fields.table("network", &mut sink), model.as_ref(), &texts, &mut sink);
    let network_parameters = network.as_ref().map(|network| network.parameters.clone()).unwrap_or_default();
    let regions = network.as_ref().map(|network| network.regions().to_vec()).unwrap_or_default();
    let names = model.as_ref().map(|model| Names::of(model, &network_parameters, network.as_ref()));

    let variables = names.as_ref().map(|names| &names.variables[..]);
    let initial = initial_values(fields.get("initial"), names.as_ref(), &mut sink);
    let swept = Swept::read(&mut fields, names.as_ref(), &initial, (subject.set, &texts), &mut sink);
    let stability_value = fields.get("stability");
    let stability_fields = stability_value.and_then(|value| Fields::of("[stability]", value, &mut sink));
    let stability = stability::read(stability_fields, variables, &mut sink);
    let integrates = !stability.as_ref().is_some_and(|stability| stability.only);
    if !integrates {
        sink.extend(of_trajectories_alone(&root));
    }
    let (time, observe) = trajectory(&mut fields, integrates, &mut sink, &mut warnings);
    let time_fields = time.and_then(|value| Fields::of("[time]", value, &mut sink));
    let clock = names.as_ref().map(|names| &names.clock);
    let timing = timing::read(time_fields, clock, &mut sink, &mut warnings);
    let stimuli =
        stimuli(fields.get("stimulus"), names.as_ref(), timing.as_ref(), (&mut sink, &mut warnings));
    let of_model = || model.as_ref().map(Signals::of_model).unwrap_or_default();
    let signals = network.as_ref().map_or_else(of_model, |network| network.signals(model.as_ref()));
    let known = model.as_ref().map(|_| &signals);
    let window = features::Span::of(clock, timing.as_ref());
    let wanted = Wanted::read(&mut fields, observe, known, integrates.then_some(&window), &mut sink);
    let output_fields = fields.table("output", &mut sink);
    let (directory, allowed_failures) = output::read(output_fields, &texts.name, &mut sink);
    let until = sense::read(fields.table("sense", &mut sink), &mut sink);
    let figure = figure::read(fields.table("figure", &mut sink), &swept.axes, &mut sink);
    fields.finish(&mut sink);

    let (Some(mut model), Some(names)) = (model, names) else { return Err(Complaints(sink)) };
    initial.put_formulas(&mut model);
    let differs = |name: &String| network.as_ref().is_some_and(|network| network.differs(name));
    let single: Vec<String> = names.all.iter().filter(|name| !differs(name)).cloned().collect();
    // A network whose size could not be read was complained of.
    let nodes = network.as_ref().map(|network| network.nodes.unwrap_or(0));
    let of_rest = stability.as_ref().map(|own| stability::measured(own, &model, nodes)).unwrap_or_default();
    refuse(&model, stability_value.zip(stability.as_ref()), nodes, &mut sink);
    let ground = derived::Ground {
        parameters: &single,
        taken: &names.variables,
        measured: &of_rest,
        signals: integrates.then_some(&signals),
    };
    let wanted =
        wanted.complete(&model, &ground, of_network.as_ref(), initial.may_have_several_starts(), &mut sink);
    let around = Surroundings {
        model: &model,
        axes: &swept.axes,
        settings: &swept.settings,
        initial: &initial.values,
        starts: &initial.states,
    };
    let network = network.and_then(|network| network.finish(&around, &mut sink));
    let (network, matrices) =
        network.map_or((None, Vec::new()), |(network, matrices)| (Some(network), matrices));
    let until = until.and_then(|until| swept.check(until, &outputs(&wanted, of_rest), &mut sink));
    warnings.splice(0..0, model.warnings.iter().cloned());
    warnings.extend(wanted.warnings.iter().cloned());
    let (Some(space), true) = (swept.space, sink.is_empty() && timing.is_some() == integrates) else {
        return Err(Complaints(sink));
    };
    model.bound = timing.as_ref().and_then(|timing| timing.bound).unwrap_or(model.bound);
    Ok(Study {
        title: if title.is_empty() { model.title.clone() } else { title },
        fixed: fixed(&model, &swept.axes, &swept.settings),
        texts: Texts { model: subject.text, matrices, table: swept.table, ..texts },
        network,
        network_parameters,
        regions,
        space,
        is_chained: swept.is_chained,
        is_drawn: initial.is_drawn,
        constraint: swept.constraint,
        timing,
        stability,
        stimuli,
        requests: wanted.requests,
        derivations: wanted.derivations,
        rules: wanted.rules,
        over_starts: wanted.over_starts,
        starts: initial.states,
        initial: initial.values,
        directory,
        allowed_failures,
        until,
        figure,
        warnings: gathered(warnings),
        model: Arc::new(model),
    })
}

/// What indices can be of.
fn outputs(wanted: &Complete, of_rest: Vec<String>) -> Vec<String> {
    let labels = wanted.rules.labels().into_iter().map(|label| label.name);
    let features = wanted.requests.iter().flat_map(Request::quantities).chain(of_rest);
    let derived = wanted.derivations.iter().map(|own| own.quantity.name.clone());
    let together = ["seizing", "regimes"].map(str::to_owned);
    labels.chain(features).chain(derived).chain(together).collect()
}

/// `[initial]`.
fn initial_values(value: Option<&Value>, names: Option<&Names>, sink: &mut Sink) -> Initial {
    let variables = names.map(|names| &names.variables[..]);
    let parameters = names.map(|names| &names.all[..]);
    let states = names.map_or(&[][..], |names| &names.states);
    initial::read(value, initial::Ground { variables, parameters, states }, sink)
}

/// `[space]`, and the parameters that it leaves alone.
struct Swept {
    space: Option<Space>,
    is_chained: bool,
    /// The file of a table of points.
    table: Option<TableFile>,
    /// The names of what varies along axes or in a design.
    axes: Vec<String>,
    /// What `set` says of other parameters.
    settings: Vec<(String, f64)>,
    constraint: Option<Expression>,
}

impl Swept {
    /// When the design is large enough, if it is one that may wait for that.
    fn check(&self, until: sense::Reading, outputs: &[String], sink: &mut Sink) -> Option<Until> {
        let design = self.space.as_ref()?.axes().iter().find_map(Axis::design);
        until.check(design, outputs, sink)
    }

    fn read(
        fields: &mut Fields<'_>,
        names: Option<&Names>,
        initial: &Initial,
        (set, texts): (&[Entry], &Texts),
        sink: &mut Sink,
    ) -> Self {
        let starts: Vec<String> = initial.states.iter().map(|state| state.name.clone()).collect();
        let space_fields = fields.table("space", sink);
        let varying = names.map(|names| &names.varying);
        let found = axes::read(space_fields, varying, (&starts, initial.is_drawn), texts, sink);
        let axes: Vec<String> = found.names.iter().map(|(name, _)| name.clone()).collect();
        let parameters = names.map(|names| &names.parameters[..]);
        let settings = subject::settings(set, parameters, &axes, sink);
        let varying = varying.map(|varying| &varying.parameters[..]);
        let constraint = found.constraint.and_then(|value| constraint(value, varying, sink));
        let (space, is_chained, table) = (found.space, found.is_chained, found.table);
        Self { space, is_chained, table, axes, settings, constraint }
    }
}

/// `[time]` and `[observe]`, where anything is integrated.
fn trajectory<'a>(
    fields: &mut Fields<'a>,
    integrates: bool,
    sink: &mut Sink,
    warnings: &mut Vec<Complaint>,
) -> (Option<&'a Value>, Option<&'a Value>) {
    if integrates {
        return (fields.require("time", "{ transient = .., window = .. }", sink), fields.get("observe"));
    }
    for (section, shown) in [("time", "[time]"), ("observe", "[observe]"), ("stimulus", "[[stimulus]]")] {
        if let Some(value) = fields.get(section) {
            warnings.push(unused(shown, value));
        }
    }
    (None, None)
}

/// What a study wants of the ends of trajectories, where there are none: equilibria found from a start say nothing of its basin.
fn of_trajectories_alone(root: &Value) -> Vec<Complaint> {
    let entries = |value: &Value, key: &str| match &value.content {
        Content::Table(entries) => entries.iter().find(|entry| entry.key == key).cloned(),
        _ => None,
    };
    let needs = [
        (
            "space",
            "continue",
            "`continue` starts points from the ends of trajectories",
            "follow equilibria by `ictus curves`",
        ),
        (
            "initial",
            "box",
            "starts are drawn for trajectories",
            "give a `box` under `[stability]` in which equilibria are sought",
        ),
    ];
    let wrong = |(section, key, why, instead): (&str, &str, &str, &str)| {
        let entry = entries(&entries(root, section)?.value, key)?;
        let message = format!("{why}, and `only = true` under `[stability]` integrates nothing");
        Some(entry.place.error(message, format!("leave one of the two out; {instead}")))
    };
    needs.into_iter().filter_map(wrong).collect()
}

/// The stimuli, and warnings of those that come too late to be seen.
fn stimuli(
    value: Option<&Value>,
    names: Option<&Names>,
    timing: Option<&Timing>,
    (sink, warnings): (&mut Sink, &mut Vec<Complaint>),
) -> Vec<Stimulus> {
    let ground = stimulus::Ground {
        parameters: names.map(|names| &names.all[..]),
        time_unit: names.map_or("1", |names| names.clock.unit.as_str()),
        timing,
    };
    let stimuli = stimulus::read(value, ground, sink);
    if let Some((value, timing)) = value.zip(timing) {
        warnings.extend(stimulus::late(value, &stimuli, timing));
    }
    stimuli
}

/// Complains about a model that cannot be measured as the study wants it.
fn refuse(model: &Model, stability: Option<(&Value, &Stability)>, nodes: Option<usize>, sink: &mut Sink) {
    // It is a warning where a model is only read.
    sink.extend(model.noise.as_ref().map(|noise| Complaint { severity: Severity::Error, ..noise.clone() }));
    let Some((value, own)) = stability else { return };
    sink.extend(stability::refusal(value, model));
    sink.extend(stability::too_many_places(value, own, model, nodes));
}

/// The study's text as a tree, with the overrides put in.
fn document(texts: &Texts) -> Result<Value, Complaints> {
    let mut root = document::read(&Source::new(&texts.name, &texts.study)).map_err(Complaints)?;
    let set = |text: &String| document::set(&mut root, text).err();
    let wrong: Vec<Complaint> = texts.overrides.iter().filter_map(set).collect();
    if wrong.is_empty() { Ok(root) } else { Err(Complaints(wrong)) }
}

/// What a model has, by name.
struct Names {
    parameters: Vec<String>,
    /// The parameters of the network too.
    all: Vec<String>,
    variables: Vec<String>,
    states: Vec<NamedState>,
    varying: Varying,
    clock: Clock,
}

impl Names {
    /// With the network's own parameters, which may vary as the model's do.
    fn of(model: &Model, own: &[(Quantity, f64)], network: Option<&network::Reading<'_>>) -> Self {
        let parameters: Vec<_> =
            model.parameters.iter().map(|parameter| parameter.quantity.clone()).collect();
        let variables: Vec<_> = model.variables.iter().map(|variable| variable.quantity.clone()).collect();
        let own = own.iter().map(|(quantity, _)| quantity.clone());
        let all: Vec<_> = parameters.iter().cloned().chain(own).collect();
        let names = |quantities: &[Quantity]| quantities.iter().map(|own| own.name.clone()).collect();
        Self {
            parameters: names(&parameters),
            all: names(&all),
            variables: names(&variables),
            states: model.states.clone(),
            varying: Varying { parameters: all, variables, nodes: network.and_then(network::Reading::nodes) },
            clock: Clock { unit: model.time_unit.clone(), step: model.step, method: model.method.clone() },
        }
    }
}

fn constraint(value: &Value, parameters: Option<&[Quantity]>, sink: &mut Sink) -> Option<Expression> {
    let text = value.text("`where`", sink)?;
    let (source, span) = value.letters(text);
    let expression = match formula::expression(&source, span) {
        Ok(expression) => expression,
        Err(complaint) => {
            sink.push(complaint);
            return None;
        }
    };
    for (name, span) in expression.names() {
        if let Some(parameters) = parameters
            && !parameters.iter().any(|known| known.name == name)
        {
            let message = format!("`where` looks at `{name}`, which is not a parameter of the model");
            let remedy = did_you_mean(name, parameters.iter().map(|known| known.name.as_str()));
            sink.push(Complaint::error(&source, span, message, remedy));
        }
    }
    Some(expression)
}

/// A section that says how trajectories are computed or observed, where there are none.
fn unused(section: &str, value: &Value) -> Complaint {
    let message = format!("`{section}` is not used: `only = true` under `[stability]` integrates nothing");
    value.place.error(message, "leave one of the two out").as_warning()
}

/// Every parameter that does not vary, with its value.
fn fixed(model: &Model, varying: &[String], settings: &[(String, f64)]) -> Vec<(String, f64)> {
    let varies = |name: &str| varying.iter().any(|own| own == name);
    let value = |name: &str, default: f64| {
        settings.iter().find(|(known, _)| known == name).map_or(default, |(_, value)| *value)
    };
    model
        .parameters
        .iter()
        .map(|parameter| (parameter.quantity.name.clone(), parameter.default))
        .filter(|(name, _)| !varies(name))
        .map(|(name, default)| {
            let value = value(&name, default);
            (name, value)
        })
        .collect()
}
