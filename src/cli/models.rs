//! `ictus models`: the models that come with the program, one of them in full, or a study to start from.

use serde_json::{Value, json};

use crate::complaint::nearest;
use crate::model::{self, Model};
use crate::table::Quantity;

use super::Failure;
use super::console::Console;

/// Lists the models, or prints one.
pub(super) fn models(
    name: Option<&str>,
    (study, ode): (bool, bool),
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    match name {
        None if json => {
            let models: Vec<Value> =
                all().map(|model| json!({ "name": model.name, "title": model.title })).collect();
            console.say_json(&models);
        }
        None => {
            for model in all() {
                console.say(format!("{:<20} {}", model.name, model.title));
            }
            console.note("\nictus models NAME prints one of them, with --ode its file, with --study a study to start from.");
        }
        Some(name) => {
            let model = find(name)?;
            if ode {
                console.write(&model.text);
            } else if study {
                console.say(starter(&model).trim_end());
            } else if json {
                console.say_json(&in_json(&model));
            } else {
                console.say(described(&model).trim_end());
            }
        }
    }
    Ok(())
}

fn all() -> impl Iterator<Item = Model> {
    model::catalog().iter().map(|entry| entry.parse().expect("a shipped model is in order"))
}

fn find(name: &str) -> Result<Model, Failure> {
    if let Some(entry) = model::find(name) {
        return Ok(entry.parse().expect("a shipped model is in order"));
    }
    let remedy = match nearest(name, model::catalog().iter().map(|entry| entry.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`ictus models` lists them".to_owned(),
    };
    Err(Failure::Wrong(format!("there is no model `{name}`; {remedy}")))
}

/// A model as a person reads it.
fn described(model: &Model) -> String {
    let mut lines = vec![format!("{}: {}", model.name, model.title), String::new()];
    lines.extend(model.sources.iter().map(|source| format!("source   {source}")));
    let time = if model.time_unit == "1" { "no unit" } else { &model.time_unit };
    lines.push(format!("time     {time}"));
    lines.push(format!("signal   {}", observed(model)));
    lines.extend(ports(model).map(|ports| format!("network  {ports}")));
    lines.extend(["", "Equations"].map(str::to_owned));
    lines.extend(equations(&model.text).map(|line| format!("    {line}")));
    lines.extend(["", "Parameters"].map(str::to_owned));
    for parameter in &model.parameters {
        let Quantity { name, unit, meaning, .. } = &parameter.quantity;
        lines.push(format!("    {name:<10} {:<12} {unit:<8} {meaning}", parameter.default));
    }
    lines.extend(["", "Variables"].map(str::to_owned));
    for variable in &model.variables {
        let Quantity { name, unit, meaning, .. } = &variable.quantity;
        lines.push(format!("    {name:<10} {unit:<8} {meaning}"));
    }
    if !model.states.is_empty() {
        lines.extend(["", "Named states"].map(str::to_owned));
    }
    for state in &model.states {
        let values: Vec<String> =
            state.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(format!("    {:<10} {}", state.name, values.join(" ")));
    }
    lines.extend(["", "Regimes, the first that holds"].map(str::to_owned));
    for rule in &model.rules {
        let seizing = if rule.seizing { " (seizing)" } else { "" };
        lines.push(format!("    {:<20} {}{seizing}", rule.name, rule.when.text()));
    }
    lines.push("    else unsettled, fixed_point or oscillation".to_owned());
    lines.join("\n")
}

/// The ports of a node of a network, where it has any.
fn ports(model: &Model) -> Option<String> {
    let named =
        |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    let phase = model.phase.as_ref().map(|phase| format!("its phase is {phase}"));
    let parts = [named("receives through", &model.inputs), named("sends", &model.outputs), phase];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn observed(model: &Model) -> String {
    let quantity = model.observable(&model.signal);
    let text = quantity.map(|Quantity { name, unit, meaning, .. }| format!("{name} [{unit}] {meaning}"));
    text.unwrap_or_else(|| model.signal.clone())
}

/// The lines of a model file that are mathematics, as its author wrote them.
fn equations(text: &str) -> impl Iterator<Item = &str> {
    const OTHERS: [&str; 10] = ["#", "@", "par", "param", "number", "init", "done", "wiener", "set", "p "];
    text.lines().map(str::trim).filter(|line| {
        let lower = line.to_lowercase();
        !line.is_empty() && line.contains('=') && !OTHERS.iter().any(|other| lower.starts_with(other))
    })
}

fn in_json(model: &Model) -> Value {
    let quantity = |quantity: &Quantity| json!({ "name": quantity.name, "unit": quantity.unit, "meaning": quantity.meaning });
    let parameter = |parameter: &model::Parameter| {
        let mut value = quantity(&parameter.quantity);
        value["default"] = json!(parameter.default);
        value
    };
    json!({
        "name": model.name,
        "title": model.title,
        "sources": model.sources,
        "time_unit": model.time_unit,
        "signal": model.signal,
        "inputs": model.inputs,
        "outputs": model.outputs,
        "phase": model.phase,
        "parameters": model.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "variables": model.variables.iter().map(|variable| quantity(&variable.quantity)).collect::<Vec<_>>(),
        "auxiliaries": model.auxiliaries.iter().map(|auxiliary| quantity(&auxiliary.quantity)).collect::<Vec<_>>(),
        "equations": equations(&model.text).collect::<Vec<_>>(),
        "states": model.states.iter().map(|state| &state.name).collect::<Vec<_>>(),
        "regimes": model.rules.iter().map(|rule| {
            json!({ "name": rule.name, "when": rule.when.text(), "seizing": rule.seizing })
        }).collect::<Vec<_>>(),
    })
}

/// A study to start from: the first two parameters around their defaults.
fn starter(model: &Model) -> String {
    let time = |value: f64| {
        if model.time_unit == "1" { format!("{value}") } else { format!("\"{value} {}\"", model.time_unit) }
    };
    let total = model.total.unwrap_or(100.0);
    let axes: Vec<String> = model.parameters.iter().take(2).map(axis).collect();
    let regimes: Vec<String> = model
        .rules
        .iter()
        .map(|rule| {
            let seizing = if rule.seizing { "\n# seizing = true" } else { "" };
            format!("# [[regime]]\n# name = \"{}\"\n# when = \"{}\"{seizing}\n", rule.name, rule.when.text())
        })
        .collect();
    let states: Vec<String> = model.states.iter().map(|state| format!("\"{}\"", state.name)).collect();
    let initial = if states.len() > 1 {
        format!("\n# [initial]\n# states = [{}]   # the map gets a dimension `start`\n", states.join(", "))
    } else {
        String::new()
    };
    format!(
        "title = \"{title}\"\n\n[model]\nname = \"{name}\"\n# set = {{ }}   # parameters that differ from the model's\n\n\
         [space.axes]\n{axes}\n\n[time]\nmethod = \"{method}\"\nstep = {step}\ntransient = {transient}\nwindow = {window}\n\n\
         [observe]\nfeatures = [\"extrema\", \"moments\", \"cycles\"]\n\n# The model's own regimes; a study's take their place.\n\
         {regimes}{initial}\n[output]\ndirectory = \"runs/{name}\"\n",
        title = model.title.replace('"', "'"),
        name = model.name,
        axes = axes.join("\n"),
        method = model.method.as_deref().unwrap_or("rk4"),
        step = time(model.step.unwrap_or(0.01)),
        transient = time(total),
        window = time(total),
        regimes = regimes.join("\n"),
    )
}

fn axis(parameter: &model::Parameter) -> String {
    let (name, value) = (&parameter.quantity.name, parameter.default);
    let half = if value == 0.0 { 1.0 } else { value.abs() / 2.0 };
    let (from, to) = (value - half, value + half);
    format!(
        "{name} = {{ from = {from}, to = {to}, n = 64 }}   # [{}] {}",
        parameter.quantity.unit, parameter.quantity.meaning
    )
}
