//! A first study of a model: a commented text that runs as it is. Knows how a study is written, not how it is read.

use std::fmt::Write as _;

use super::options::DEFAULT_TOTAL;
use super::{Model, ParameterRange, find};

/// The text of a study that sweeps the model's first two ranges.
pub fn starter_study(model: &Model) -> String {
    let is_shipped = find(&model.name).is_some_and(|entry| entry.text == model.text);
    let subject =
        if is_shipped { ("name", model.name.clone()) } else { ("file", format!("{}.ode", model.name)) };
    let axes = axes(model);
    let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    let mut text = String::new();
    write(&mut text, format_args!("# A first map of {}: {}", model.name, model.title));
    write(&mut text, format_args!("#\n#     ictus check study.toml     is it in order?"));
    write(
        &mut text,
        format_args!("#     ictus plan study.toml      how many points, how long on this machine?"),
    );
    write(
        &mut text,
        format_args!(
            "#     ictus run study.toml       compute; Ctrl-C stops it, the same command resumes it\n"
        ),
    );
    write(&mut text, format_args!("title = {}\n", quoted(&format!("{}: {}", model.name, names.join(" x ")))));
    write(&mut text, format_args!("[model]\n{} = {}", subject.0, quoted(&subject.1)));
    others(&mut text, model, &names);
    write(
        &mut text,
        format_args!(
            "\n[space.axes]{}# the order of the map's dimensions, the last varies fastest",
            " ".repeat(16)
        ),
    );
    for axis in &axes {
        let unit = model.parameter(&axis.name).map_or("1", |parameter| parameter.quantity.unit.as_str());
        let meaning = model.parameter(&axis.name).map_or("", |parameter| parameter.quantity.meaning.as_str());
        let (from, to) = (number(axis.from), number(axis.to));
        write(
            &mut text,
            format_args!("{} = {{ from = {from}, to = {to}, n = 64 }}  # [{unit}] {meaning}", axis.name),
        );
    }
    time(&mut text, model);
    write(
        &mut text,
        format_args!(
            "\n[observe]\nfeatures = [\"extrema\", \"moments\", \"cycles\"]  # of the signal, {}",
            model.signal
        ),
    );
    rules(&mut text, model);
    initial(&mut text, model);
    write(&mut text, format_args!("\n[output]\ndirectory = {}", quoted(&format!("runs/{}", model.name))));
    text
}

/// The text of a study that runs a model as its file says, at one point: that of a model that comes with the program by its name,
/// that of another one by its `file`.
pub fn default_study(model: &Model, file: Option<&str>) -> String {
    let mut text = String::new();
    write(&mut text, format_args!("title = {}\n", quoted(&model.title)));
    match file {
        Some(file) => write(&mut text, format_args!("[model]\nfile = {}", quoted(file))),
        None => write(&mut text, format_args!("[model]\nname = {}", quoted(&model.name))),
    }
    match file {
        Some(_) => time_of_a_file(&mut text, model),
        None => time(&mut text, model),
    }
    write(&mut text, format_args!("\n[output]\ndirectory = {}", quoted(&format!("runs/{}", model.name))));
    text
}

fn write(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a text can be written to");
}

/// The first two ranges; of a model without any, parameters around their values.
fn axes(model: &Model) -> Vec<ParameterRange> {
    let mut axes = model.ranges.clone();
    for parameter in &model.parameters {
        if axes.iter().all(|axis| axis.name != parameter.quantity.name) {
            let half = if parameter.default == 0.0 { 1.0 } else { parameter.default.abs() / 2.0 };
            let (from, to) = (parameter.default - half, parameter.default + half);
            axes.push(ParameterRange { name: parameter.quantity.name.clone(), from, to });
        }
    }
    axes.truncate(2);
    axes
}

/// The parameters that stay fixed, as a comment to change them.
fn others(text: &mut String, model: &Model, axes: &[&str]) {
    let is_other = |name: &&str| !axes.contains(name);
    let others = model.parameters.iter().filter(|parameter| is_other(&parameter.quantity.name.as_str()));
    let values: Vec<String> = others
        .map(|parameter| format!("{} = {}", parameter.quantity.name, number(parameter.default)))
        .collect();
    if !values.is_empty() {
        write(text, format_args!("# set = {{ {} }}", values.join(", ")));
    }
}

fn time(text: &mut String, model: &Model) {
    const STEPS: f64 = 10_000.0;
    let total = model.total.unwrap_or_else(|| model.step.map_or(100.0, |step| STEPS * step));
    let step = model.step.unwrap_or(total / STEPS);
    let method = model.method.as_deref().unwrap_or("rk4");
    write(text, format_args!("\n[time]\nmethod = {}\nstep = {}", quoted(method), duration(model, step)));
    write(
        text,
        format_args!("transient = {}  # thrown away", duration(model, whole_steps(0.4 * total, step))),
    );
    write(text, format_args!("window = {}  # measured", duration(model, whole_steps(0.6 * total, step))));
}

/// A method with steps of its own, or an implicit one, takes a file's `dt` as the time between two rows. In so many steps of ours
/// their curves are followed closely enough for most files.
const STEPS_OF_A_ROW: f64 = 20.0;

/// As XPPAUT takes a file: it ends where XPPAUT's run ends, and what it does not say is 20 long in steps of 0.05.
fn time_of_a_file(text: &mut String, model: &Model) {
    let (total, row) = (model.total.unwrap_or(DEFAULT_TOTAL), model.step.unwrap_or(0.05));
    let parts = if model.is_method_missing { STEPS_OF_A_ROW } else { 1.0 };
    let step = row / parts;
    let method = model.method.as_deref().unwrap_or("rk4");
    write(text, format_args!("\n[time]\nmethod = {}\nstep = {}", quoted(method), duration(model, step)));
    // XPPAUT 6.11 (tried) takes a tenth of a step for a whole one, and leaves out what is less.
    let rows = (total / row + 0.1).floor();
    if rows * parts < 2.0 {
        write(text, format_args!("# Two steps, the shortest run: the file says {}.", duration(model, total)));
    }
    let steps = (rows * parts).max(2.0);
    // The first row that XPPAUT shows is behind `trans`.
    let silent = ((model.transient / row + 1e-6).floor() * parts).min(steps - 2.0);
    // A window has two halves, so of an odd number of steps the first is not looked at.
    let silent = silent + (steps - silent) % 2.0;
    let window = whole_steps((steps - silent) * step, step);
    // Of a time with a unit, nothing has one too.
    let transient = duration(model, if silent > 0.0 { rounded(silent, step) } else { 0.0 });
    write(text, format_args!("transient = {transient}"));
    write(text, format_args!("window = {}", duration(model, window)));
}

/// The nearest number of whole steps, as a round decimal where it is one.
fn whole_steps(length: f64, step: f64) -> f64 {
    rounded((length / step).round().max(2.0), step)
}

/// So many steps, as a round decimal where it is one.
fn rounded(steps: f64, step: f64) -> f64 {
    let exact = steps * step;
    let round = (exact * 1e9).round() / 1e9;
    if (round - exact).abs() <= 1e-12 * exact { round } else { exact }
}

/// A time as a study writes it: with its unit, if it has one.
fn duration(model: &Model, value: f64) -> String {
    if model.time_unit == "1" {
        number(value)
    } else {
        quoted(&format!("{} {}", number(value), model.time_unit))
    }
}

fn rules(text: &mut String, model: &Model) {
    if model.rules.is_empty() {
        write(text, format_args!("\n# [[regime]]"));
        write(text, format_args!("# name = \"large_cycle\"\n# when = \"amplitude > 1\"\n# seizing = true"));
        return;
    }
    write(text, format_args!("\n# The model's own rules hold; rules written here take their place."));
    for rule in &model.rules {
        let when = quoted(rule.when.text());
        write(text, format_args!("#\n# [[regime]]\n# name = {}\n# when = {when}", quoted(&rule.name)));
        if rule.seizing {
            write(text, format_args!("# seizing = true"));
        }
    }
}

fn initial(text: &mut String, model: &Model) {
    if model.states.len() < 2 {
        return;
    }
    write(
        text,
        format_args!(
            "\n# Two states or more to begin with: the map gets a dimension `start`.\n# [initial.states]"
        ),
    );
    for state in &model.states {
        let values: Vec<String> =
            state.values.iter().map(|(name, value)| format!("{} = {}", name, number(*value))).collect();
        write(text, format_args!("# {} = {{ {} }}", state.name, values.join(", ")));
    }
}

/// A number as TOML writes it.
fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-4..1e15).contains(&size) { format!("{value}") } else { format!("{value:e}") }
}

/// A text in quotes, as TOML reads it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted.push(' '),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}
