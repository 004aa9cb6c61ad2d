//! From texts to a study: every section is read, and every complaint is kept until the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::complaint::{Complaint, Complaints, Source};
use crate::equation::syntax::Expression;
use crate::model::{Model, NamedState};
use crate::space::Space;
use crate::table::Quantity;

use super::axes::{self, Varying};
use super::derived;
use super::document::{self, Value};
use super::features;
use super::fields::{Fields, Sink, did_you_mean};
use super::formula;
use super::initial;
use super::network::{self, Signals, Surroundings};
use super::stability;
use super::stimulus;
use super::subject::{self, stays_inside};
use super::timing::{self, Clock};
use super::{Study, Texts};

/// The part of points that may fail where a study does not say: beyond it the study itself is likely wrong.
const ALLOWED_FAILURES: f64 = 0.5;

#[expect(
    clippy::too_many_lines,
    reason = "a list: one section after the other, each read in a room of its own"
)]
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
    let network = network::read(fields.table("network", &mut sink), model.as_ref(), &texts, &mut sink);
    let own = network.as_ref().map(|network| &network.parameters[..]).unwrap_or_default();
    let names = model.as_ref().map(|model| Names::of(model, own));

    let own_states = names.as_ref().map_or(&[][..], |names| &names.states);
    let variables = names.as_ref().map(|names| &names.variables[..]);
    let initial = initial::read(fields.get("initial"), variables, own_states, &mut sink);
    let starts: Vec<String> = initial.states.iter().map(|state| state.name.clone()).collect();

    let space_fields = fields.table("space", &mut sink);
    let varying = names.as_ref().map(|names| &names.varying);
    let space = axes::read(space_fields, varying, (&starts, initial.is_drawn), &mut sink);
    let is_chained = space.is_chained;
    let axis_names: Vec<String> = space.names.iter().map(|(name, _)| name.clone()).collect();
    let parameters = names.as_ref().map(|names| &names.parameters[..]);
    let settings = subject::settings(subject.set, parameters, &axis_names, &mut sink);
    let varying = varying.map(|varying| &varying.parameters[..]);
    let constraint = space.constraint.and_then(|value| constraint(value, varying, &mut sink));

    let stability_value = fields.get("stability");
    let stability_fields = stability_value.and_then(|value| Fields::of("[stability]", value, &mut sink));
    let stability = stability::read(stability_fields, variables, &mut sink);
    let integrates = !stability.as_ref().is_some_and(|stability| stability.only);

    let clock = names.as_ref().map(|names| &names.clock);
    let (time_value, observe_value) = if integrates {
        (fields.require("time", "{ transient = .., window = .. }", &mut sink), fields.get("observe"))
    } else {
        for section in ["time", "observe"] {
            if let Some(value) = fields.get(section) {
                warnings.push(unused(section, value));
            }
        }
        (None, None)
    };
    let time_fields = time_value.and_then(|value| Fields::of("[time]", value, &mut sink));
    let timing = timing::read(time_fields, clock, &mut sink, &mut warnings);

    let all: Option<Vec<String>> =
        varying.map(|varying| varying.iter().map(|quantity| quantity.name.clone()).collect());
    let ground = stimulus::Ground {
        parameters: all.as_deref(),
        time_unit: clock.map_or("1", |clock| clock.unit.as_str()),
        timing: timing.as_ref(),
    };
    let stimuli = stimulus::read(fields.get("stimulus"), ground, &mut sink);

    let signals = match &network {
        Some(network) => network.signals(model.as_ref()),
        None => model.as_ref().map(Signals::of_model).unwrap_or_default(),
    };
    let known = model.as_ref().map(|_| &signals);
    let observe_fields = observe_value.and_then(|value| Fields::of("[observe]", value, &mut sink));
    let requests = if integrates { features::requests(observe_fields, known, &mut sink) } else { Vec::new() };
    let derive_value = fields.get("derive");
    let own_rules = features::rules(fields.get("regime"), &mut sink);
    let output_fields = fields.table("output", &mut sink);
    let (directory, allowed_failures) = output(output_fields, &texts, &mut sink);
    fields.finish(&mut sink);

    let Some(model) = model else { return Err(Complaints(sink)) };
    if let Some(noise) = model.noises.first() {
        sink.push(no_noise(&model, &noise.name));
    }
    if let Some(value) = stability_value
        && let Some(refusal) = stability::refusal(value, &model)
    {
        sink.push(refusal);
    }
    let mut of_rest = stability.as_ref().map(stability::measured).unwrap_or_default();
    let mut requests = requests;
    let taken: Vec<String> = names.iter().flat_map(|names| names.variables.clone()).collect();
    let differs = |name: &String| network.as_ref().is_some_and(|network| network.differs(name));
    let single: Vec<String> = all.unwrap_or_default().into_iter().filter(|name| !differs(name)).collect();
    let ground = derived::Ground {
        parameters: &single,
        taken: &taken,
        measured: &of_rest,
        signals: integrates.then_some(&signals),
    };
    let derivations = derived::read(derive_value, &ground, &mut requests, &mut sink);
    of_rest.extend(derivations.iter().map(|own| own.quantity.name.clone()));
    let (requests, rules) = if integrates {
        let rules = own_rules.unwrap_or_else(|| model.rules.clone());
        features::complete(requests, &rules, &of_rest, model.scale, &signals, &mut sink)
    } else {
        // A model's own rules look at trajectories.
        (requests, features::of_equilibria(&own_rules.unwrap_or_default(), &of_rest, &mut sink))
    };
    let around = Surroundings {
        model: &model,
        axes: &axis_names,
        settings: &settings,
        initial: &initial.values,
        starts: &initial.states,
    };
    let network_parameters = own.to_vec();
    let network = network.and_then(|network| network.finish(&around, &mut sink));
    let (network, matrices) =
        network.map_or((None, Vec::new()), |(network, matrices)| (Some(network), matrices));
    warnings.splice(0..0, model.warnings.iter().cloned());
    let (Some(space), true) = (space.space, sink.is_empty() && timing.is_some() == integrates) else {
        return Err(Complaints(sink));
    };
    let fixed = fixed(&model, &space, &settings);
    let starts = initial.states;
    let texts = Texts { model: subject.text, matrices, ..texts };
    Ok(Study {
        title: if title.is_empty() { model.title.clone() } else { title },
        texts,
        fixed,
        network,
        network_parameters,
        space,
        is_chained,
        is_drawn: initial.is_drawn,
        constraint,
        timing,
        stability,
        stimuli,
        requests,
        derivations,
        rules,
        starts,
        initial: initial.values,
        directory,
        allowed_failures,
        warnings,
        model: Arc::new(model),
    })
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
    variables: Vec<String>,
    states: Vec<NamedState>,
    varying: Varying,
    clock: Clock,
}

impl Names {
    /// With the parameters of a network, which may vary as the model's do.
    fn of(model: &Model, own: &[(Quantity, f64)]) -> Self {
        let parameters: Vec<_> =
            model.parameters.iter().map(|parameter| parameter.quantity.clone()).collect();
        let variables: Vec<_> = model.variables.iter().map(|variable| variable.quantity.clone()).collect();
        let own = own.iter().map(|(quantity, _)| quantity.clone());
        Self {
            parameters: parameters.iter().map(|quantity| quantity.name.clone()).collect(),
            variables: variables.iter().map(|quantity| quantity.name.clone()).collect(),
            states: model.states.clone(),
            varying: Varying { parameters: parameters.into_iter().chain(own).collect(), variables },
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
            let message = format!("`where` looks at `{name}`, which is no parameter of the model");
            let remedy = did_you_mean(name, parameters.iter().map(|known| known.name.as_str()));
            sink.push(Complaint::error(&source, span, message, remedy));
        }
    }
    Some(expression)
}

fn output(section: Option<Fields<'_>>, texts: &Texts, sink: &mut Sink) -> (PathBuf, f64) {
    let stem = Path::new(&texts.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut directory = Path::new("runs").join(stem.unwrap_or_else(|| "study".into()));
    let mut allowed = ALLOWED_FAILURES;
    let Some(mut fields) = section else { return (directory, allowed) };
    if let Some(value) = fields.get("directory")
        && let Some(text) = value.text("`directory`", sink)
    {
        if text.is_empty() || !stays_inside(Path::new(text)) {
            let message = format!("the directory `{text}` lies outside the one that ictus is called in");
            sink.push(
                value.place.error(message, "name one below it, or use `--output DIR`, which may be anywhere"),
            );
        }
        directory = PathBuf::from(text);
    }
    if let Some(value) = fields.get("allowed_failures")
        && let Some(part) = value.number("`allowed_failures`", sink)
    {
        if !(0.0..=1.0).contains(&part) {
            sink.push(value.place.error(format!("`allowed_failures` is {part}"), "write a part from 0 to 1"));
        }
        allowed = part;
    }
    fields.finish(sink);
    (directory, allowed)
}

/// A section that says how trajectories are computed or observed, where there are none.
fn unused(section: &str, value: &Value) -> Complaint {
    let message = format!("`[{section}]` is not used: `only = true` under `[stability]` integrates nothing");
    value.place.error(message, "leave one of the two out").as_warning()
}

fn no_noise(model: &Model, noise: &str) -> Complaint {
    let source = Source::new(format!("{}.ode", model.name), &model.text);
    let at = model.text.find("wiener").unwrap_or(0);
    let message = format!("the model has noise (`wiener {noise}`), which is not simulated yet");
    Complaint::error(&source, at..at + "wiener".len(), message, format!("write `number {noise}=0` instead"))
}

/// Every parameter that no axis varies, with its value.
fn fixed(model: &Model, space: &Space, settings: &[(String, f64)]) -> Vec<(String, f64)> {
    let varies = |name: &str| space.columns().iter().any(|column| column.name == name);
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
