//! `parameters` of the section `[network]`: numbers of the network besides those of the model, which gains use and axes may
//! vary. Knows no gains.

use crate::equation::syntax::is_reserved;
use crate::model::Model;
use crate::study::document::{Content, Entry, Value};
use crate::study::fields::{Fields, Sink};
use crate::table::Quantity;

use super::is_word;

/// Names that the file of a map needs for itself.
const NAMES_OF_A_MAP: [&str; 3] = ["regime", "status", "start"];

/// Reads the table: `name = 0.3`, or `name = { value = 0.3, unit = "1/s", meaning = ".." }`.
pub(super) fn read(value: Option<&Value>, model: Option<&Model>, sink: &mut Sink) -> Vec<(Quantity, f64)> {
    let Some(entries) = value.and_then(|value| value.entries("`parameters`", sink)) else {
        return Vec::new();
    };
    let mut parameters: Vec<(Quantity, f64)> = Vec::new();
    for entry in entries {
        let Some(parameter) = parameter(entry, model, sink) else { continue };
        let name = &parameter.0.name;
        if parameters.iter().any(|(known, _)| known.name.eq_ignore_ascii_case(name)) {
            let message = format!("`{name}` differs from another parameter in case only");
            sink.push(entry.place.error(message, "rename one"));
        }
        parameters.push(parameter);
    }
    parameters
}

fn parameter(entry: &Entry, model: Option<&Model>, sink: &mut Sink) -> Option<(Quantity, f64)> {
    let name = entry.key.as_str();
    let what = format!("the parameter `{name}` of the network");
    let lower = name.to_ascii_lowercase();
    if !is_word(name) || is_reserved(name) || NAMES_OF_A_MAP.contains(&&*lower) {
        let message = format!("`{name}` cannot be the name of a parameter");
        let remedy = "write one word of letters, digits and `_` that means nothing else, such as `coupling`";
        sink.push(entry.place.error(message, remedy));
        return None;
    }
    if let Some(known) = model.and_then(|model| namesake(model, name)) {
        let message =
            format!("the model has `{known}` already, and a parameter of the network has a name of its own");
        sink.push(entry.place.error(message, "rename it; gains may use parameters of the model as they are"));
        return None;
    }
    if let Content::Number { .. } = entry.value.content {
        let value = entry.value.number(&what, sink)?;
        return Some((Quantity::real(name, "1", format!("{name} of the network")), value));
    }
    let mut fields = Fields::of(&what, &entry.value, sink)?;
    let value = fields.require("value", "0.3", sink).and_then(|value| value.number("`value`", sink));
    let text = |value: Option<&Value>, what: &str, sink: &mut Sink| {
        value.and_then(|value| value.text(what, sink)).map(str::to_owned)
    };
    let unit = text(fields.get("unit"), "`unit`", sink).unwrap_or_else(|| "1".to_owned());
    let meaning = text(fields.get("meaning"), "`meaning`", sink);
    fields.finish(sink);
    Some((Quantity::real(name, unit, meaning.unwrap_or_else(|| format!("{name} of the network"))), value?))
}

/// What the model has of that name, whatever its case: files of maps are read where case does not count.
fn namesake<'a>(model: &'a Model, name: &str) -> Option<&'a str> {
    let parameters = model.parameters.iter().map(|parameter| &parameter.quantity);
    let variables = model.variables.iter().map(|variable| &variable.quantity);
    let auxiliaries = model.auxiliaries.iter().map(|auxiliary| &auxiliary.quantity);
    let mut names = parameters.chain(variables).chain(auxiliaries).map(|quantity| quantity.name.as_str());
    names.find(|known| known.eq_ignore_ascii_case(name))
}
