//! `ictus point`: one point measured, its features, its regime, and why it is called so.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::complaint::nearest;
use crate::experiment::{Experiment, Status};
use crate::model::Model;
use crate::regime::{Explanation, Judgement};
use crate::run::{self, RunError};
use crate::simulate::{Cause, Ending, Survey};
use crate::space::SAMPLE;
use crate::study::{Study, StudyError};
use crate::table::{Kind, Quantity};

use super::Failure;
use super::arguments::StudyArguments;
use super::console::Console;
use super::studies;

/// What `ictus point` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) study: &'a StudyArguments,
    pub(super) at: &'a [String],
    pub(super) why: bool,
    pub(super) trace: Option<&'a PathBuf>,
    /// All digits of every number.
    pub(super) exact: bool,
    pub(super) json: bool,
}

/// Measures one point and says what was found.
pub(super) fn point(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    let study = studies::load(wish.study)?;
    for warning in study.warnings() {
        console.warn(warning);
    }
    let (study, values) = place(study, wish.at)?;
    let survey = study.survey().map_err(|error| Failure::from(RunError::from(error)))?;
    let rows = survey.measure(&run::single(&values));
    let row: Vec<f64> = rows.features.columns().iter().map(|column| column[0]).collect();
    let classifier = survey.rules().expect("a study's survey has rules");
    let explanation = classifier.explain(rows.status[0], &row);
    let has_ended_early = matches!(rows.status[0], Status::Diverged | Status::Singular);
    let simulation = survey.simulation().ok().filter(|_| has_ended_early);
    let ending = simulation.and_then(|simulation| simulation.ending(&run::single(&values)));
    let regime = &classifier.labels()[usize::from(explanation.label)].name;
    if let Some(path) = wish.trace {
        write_trace(&study, &survey, &values, explanation.label, path)?;
    }
    if wish.json {
        let report = json!({
            "point": coordinates(&study, &values).into_iter().collect::<serde_json::Map<_, _>>(),
            "status": rows.status[0].name(),
            "regime": regime,
            "seizing": classifier.labels()[usize::from(explanation.label)].seizing,
            "ending": ending.as_ref().map(ending_json),
            "features": features_json(survey.quantities(), &row),
            "reason": explanation.reason,
            "rules": explanation.tried.iter().map(judgement_json).collect::<Vec<_>>(),
        });
        console.say_json(&report);
        return Ok(());
    }
    let digits = if wish.exact { Digits::All } else { Digits::Six };
    // A coordinate is whole, so that it can be typed again.
    let at: Vec<String> = coordinates(&study, &values)
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            value => format!("{name}={}", Digits::All.of(value.as_f64().unwrap_or(f64::NAN))),
        })
        .collect();
    console.say(format!(
        "{} at {}",
        study.model().name,
        if at.is_empty() { "its one point".into() } else { at.join(" ") }
    ));
    console.say(format!("regime                {regime}"));
    console.say(format!("status                {}", rows.status[0].name()));
    if let Some(ending) = &ending {
        console.say(format!("{:<21} {}", "", ending_said(ending, study.model(), digits)));
    }
    for (quantity, value) in survey.quantities().iter().zip(&row) {
        console.say(format!("{:<21} {}", quantity.name, shown(quantity, *value, digits)));
    }
    if wish.why {
        explain(&explanation, digits, console);
    }
    Ok(())
}

/// The values of a point's columns, and the study in which everything else that was asked for is fixed.
fn place(study: Study, at: &[String]) -> Result<(Study, Vec<f64>), Failure> {
    let mut wanted = Vec::new();
    let mut overrides = Vec::new();
    for text in at {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::Wrong(format!("`{text}` is not a coordinate; write `name=value`, for instance `p=120`"))
        })?;
        if study.space().columns().iter().any(|column| column.name == name) {
            wanted.push((name, value));
        } else {
            overrides.push(fixed(&study, name, value)?);
        }
    }
    let study = if overrides.is_empty() {
        study
    } else {
        let mut texts = study.texts().clone();
        texts.overrides.extend(overrides);
        Study::from_texts(texts).map_err(StudyError::from)?
    };
    let mut values = Study::middle(study.space());
    for (name, value) in wanted {
        let columns = study.space().columns();
        let column = columns.iter().position(|column| column.name == name).expect("looked up above");
        values[column] = column_value(&study, name, value)?;
    }
    Ok((study, values))
}

/// The override that fixes what is not an axis.
fn fixed(study: &Study, name: &str, value: &str) -> Result<String, Failure> {
    let model = study.model();
    if model.parameter(name).is_some() {
        return Ok(format!("model.set.{name}={value}"));
    }
    if study.network_parameters().iter().any(|(quantity, _)| quantity.name == name) {
        return Ok(format!("network.parameters.{name}={value}"));
    }
    if name == "start" {
        return Ok(format!("initial.states=[\"{value}\"]"));
    }
    if let Some(variable) = name.strip_prefix("init.") {
        return Ok(format!("initial.{variable}={value}"));
    }
    let known = model.parameters.iter().map(|parameter| parameter.quantity.name.as_str());
    let known = known.chain(study.network_parameters().iter().map(|(quantity, _)| quantity.name.as_str()));
    let remedy = match nearest(name, known.chain(["start"])) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`ictus models {}` lists its parameters", model.name),
    };
    Err(Failure::Wrong(format!("the model has no parameter `{name}`; {remedy}")))
}

fn column_value(study: &Study, name: &str, value: &str) -> Result<f64, Failure> {
    if name == "start" {
        let states: Vec<&str> = study.starts().iter().map(|state| state.name.as_str()).collect();
        return states.iter().position(|state| *state == value).map(|index| index as f64).ok_or_else(|| {
            Failure::Wrong(format!("there is no state `{value}`; take one of {}", states.join(", ")))
        });
    }
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => {
            Err(Failure::Wrong(format!("`{name}={value}` is not a number; write for instance `{name}=120`")))
        }
    }
}

/// The columns' names and values; a state by its name.
fn coordinates(study: &Study, values: &[f64]) -> Vec<(String, Value)> {
    let text = |name: &str, value: f64| match study.starts().get(value as usize) {
        Some(state) if name == "start" => json!(state.name),
        _ => json!(value),
    };
    // The number of a run is no property of a point.
    let columns = study.space().columns().iter().zip(values).filter(|(column, _)| column.name != SAMPLE);
    columns.map(|(column, value)| (column.name.clone(), text(&column.name, *value))).collect()
}

/// How a trajectory ended, in words.
fn ending_said(ending: &Ending, model: &Model, digits: Digits) -> String {
    let unit = if model.time_unit == "1" { String::new() } else { format!(" {}", model.time_unit) };
    let when = format!("at t = {}{unit}", ending.time);
    let Some(variable) = &ending.variable else { return when };
    let who = match ending.node {
        Some(node) => format!("`{variable}` of node {node}"),
        None => format!("`{variable}`"),
    };
    if !ending.value.is_nan() {
        return format!(
            "{who} is {} {when}, beyond the bound {}",
            digits.of(ending.value),
            digits.of(ending.bound)
        );
    }
    let by = ending.expression.as_ref().map_or_else(String::new, |text| format!(", by `{text}`"));
    let advice = match ending.cause {
        Some(Cause::ZeroByZero) => {
            "; where it divides 0 by 0, XPPAUT divides by 2.23e-15 and ictus does not: write the limit, as in `if(..)then(..)else(..)`"
        }
        Some(Cause::DivisionByZero) => {
            "; where it divides by 0, XPPAUT divides by 2.23e-15 and ictus does not: keep the divisor away from 0"
        }
        Some(Cause::Overflow) => {
            "; a part of it is larger than any number (1.8e308), and infinities cancelled: write it so that no part overflows, as \
             `1/(1+exp(-x))` for `exp(x)/(1+exp(x))`"
        }
        Some(Cause::OutsideDomain) => "; keep what it takes where it is defined, as by `max(x, 0)`",
        None => "",
    };
    format!("{who} is not a number {when}{by}{advice}")
}

fn ending_json(ending: &Ending) -> Value {
    let value = if ending.value.is_finite() { json!(ending.value) } else { Value::Null };
    json!({
        "time": ending.time, "variable": ending.variable, "node": ending.node, "value": value,
        "bound": ending.bound, "expression": ending.expression, "cause": ending.cause.map(Cause::name),
    })
}

fn shown(quantity: &Quantity, value: f64, digits: Digits) -> String {
    if value.is_nan() {
        return "undefined".to_owned();
    }
    match quantity.kind {
        Kind::Fact => if value == 0.0 { "no" } else { "yes" }.to_owned(),
        Kind::Count => format!("{value}"),
        Kind::Real if quantity.unit == "1" => digits.of(value),
        Kind::Real => format!("{} {}", digits.of(value), quantity.unit),
    }
}

/// How many digits of a number are shown.
#[derive(Clone, Copy, Debug)]
enum Digits {
    /// Six that count.
    Six,
    /// So many that they are read as the same number.
    All,
}

impl Digits {
    /// A number, with an exponent instead of many zeros.
    fn of(self, value: f64) -> String {
        let (value, usual) = match self {
            Self::Six => (format!("{value:.5e}").parse().unwrap_or(value), 1e-4..1e6),
            Self::All => (value, 1e-6..1e16),
        };
        let size = value.abs();
        if size.is_finite() && size != 0.0 && !usual.contains(&size) {
            format!("{value:e}")
        } else {
            format!("{value}")
        }
    }
}

fn features_json(quantities: &[Quantity], row: &[f64]) -> Value {
    let value = |quantity: &Quantity, value: f64| match quantity.kind {
        _ if value.is_nan() => Value::Null,
        Kind::Fact => json!(value != 0.0),
        Kind::Count => json!(value as u64),
        Kind::Real => json!(value),
    };
    let pairs = quantities.iter().zip(row);
    pairs
        .map(|(quantity, &number)| (quantity.name.clone(), value(quantity, number)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn verdict(judgement: &Judgement) -> &'static str {
    match judgement.verdict {
        Some(true) => "holds",
        Some(false) => "does not hold",
        None => "unknown, since a feature is undefined",
    }
}

fn judgement_json(judgement: &Judgement) -> Value {
    let features = judgement.features.iter();
    json!({
        "rule": judgement.rule,
        "when": judgement.condition,
        "holds": judgement.verdict,
        "features": features.map(|(name, value)| (name.clone(), if value.is_nan() { Value::Null } else { json!(value) })).collect::<serde_json::Map<_, _>>(),
    })
}

fn explain(explanation: &Explanation, digits: Digits, console: &mut Console) {
    console.say("");
    for judgement in &explanation.tried {
        let values: Vec<String> = judgement
            .features
            .iter()
            .map(|(name, value)| {
                if value.is_nan() {
                    format!("{name} is undefined")
                } else {
                    format!("{name} = {}", digits.of(*value))
                }
            })
            .collect();
        console.say(format!("{} when {}", judgement.rule, judgement.condition));
        console.say(format!("    {}: {}", verdict(judgement), values.join(", ")));
    }
    console.say(format!("So: {}.", explanation.reason));
}

fn write_trace(
    study: &Study,
    survey: &Survey,
    values: &[f64],
    regime: u8,
    path: &Path,
) -> Result<(), Failure> {
    let chosen = run::Chosen { values: vec![values.to_vec()], regimes: vec![regime] };
    Ok(run::write_traces(study, survey, &chosen, path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_shown_and_all_of_them_where_they_are_asked_for() {
        let six = |value| Digits::Six.of(value);
        assert_eq!(six(0.123_456_789), "0.123457");
        assert_eq!(six(-123_456.789), "-123457");
        assert_eq!([six(0.0), six(2.0), six(0.1 + 0.2)], ["0", "2", "0.3"]);
        assert_eq!([six(12_345_678.9), six(1.234_567_8e-9)], ["1.23457e7", "1.23457e-9"]);
        assert_eq!([six(f64::INFINITY), six(999_999.9)], ["inf", "1e6"]);
        for value in [0.1 + 0.2, 1e300 / 3.0, -2.0 / 3.0] {
            assert_eq!(Digits::All.of(value).parse(), Ok(value));
        }
    }
}
