//! The section `[derive]`: quantities that follow from parameters and from what is measured, such as a closed form and how far the
//! measured value is from it. Knows nothing of how they are computed.

use crate::equation::syntax::is_reserved;
use crate::observe::Request;
use crate::simulate::Derivation;
use crate::table::Quantity;

use super::document::{Content, Entry, Value};
use super::features;
use super::fields::{Fields, Sink};
use super::formula::{self, Known};
use super::network::Signals;

/// Names that a map has for itself, besides those of what is measured.
const NAMES_OF_A_MAP: [&str; 4] = ["regime", "status", "start", "regime_over_starts"];

/// What formulas may look at.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    /// Parameters that have one value at a point.
    pub(super) parameters: &'a [String],
    /// Every other name that a map may show.
    pub(super) taken: &'a [String],
    /// What is measured without a request.
    pub(super) measured: &'a [String],
    /// What trajectories can be asked for, where there are some.
    pub(super) signals: Option<&'a Signals>,
}

/// Reads the section in its order; features that formulas look at are added to the requests.
pub(super) fn read(
    value: Option<&Value>,
    ground: &Ground<'_>,
    requests: &mut Vec<Request>,
    sink: &mut Sink,
) -> Vec<Derivation> {
    let Some(entries) = value.and_then(|value| value.entries("[derive]", sink)) else { return Vec::new() };
    let mut known = ground.parameters.to_vec();
    known.extend_from_slice(ground.measured);
    known.extend(requests.iter().flat_map(Request::quantities));
    if ground.signals.is_some() {
        known.extend(features::ALWAYS.map(str::to_owned));
    }
    let mut derivations = Vec::new();
    for entry in entries {
        refuse_name(entry, &known, ground, sink);
        if let Some(derivation) = derivation(entry, &mut known, ground, requests, sink) {
            derivations.push(derivation);
        }
        // One that is wrong is known too: what follows from it is not wrong as well.
        known.push(entry.key.clone());
    }
    derivations
}

fn refuse_name(entry: &Entry, known: &[String], ground: &Ground<'_>, sink: &mut Sink) {
    let name = entry.key.as_str();
    let is_word = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_word || is_reserved(name) {
        let message = format!("`{name}` cannot be the name of a quantity");
        let remedy =
            "write one word of letters, digits and `_` that means nothing else, such as `closed_form`";
        sink.push(entry.place.error(message, remedy));
    } else if known
        .iter()
        .chain(ground.taken)
        .map(String::as_str)
        .chain(NAMES_OF_A_MAP)
        .any(|known| known.eq_ignore_ascii_case(name))
    {
        let message = format!("`{name}` is there already");
        sink.push(entry.place.error(message, "choose another name"));
    }
}

/// `name = "max_re - closed_form"`, or `name = { formula = "..", unit = "1/s", meaning = ".." }`
fn derivation(
    entry: &Entry,
    known: &mut Vec<String>,
    ground: &Ground<'_>,
    requests: &mut Vec<Request>,
    sink: &mut Sink,
) -> Option<Derivation> {
    let name = &entry.key;
    let what = format!("`{name}`");
    let (value, unit, meaning) = match &entry.value.content {
        Content::Table(_) => {
            let mut fields = Fields::of(&what, &entry.value, sink)?;
            let value = fields.require("formula", "\"max_re - closed_form\"", sink);
            let [unit, meaning] = ["unit", "meaning"]
                .map(|key| fields.get(key).and_then(|value| value.text(&format!("`{key}`"), sink)));
            fields.finish(sink);
            (value?, unit, meaning)
        }
        _ => (&entry.value, None, None),
    };
    ask(value, known, ground, requests);
    let formula =
        formula::read(value, &what, Known { names: Some(known), what: "parameter or feature" }, sink)?;
    let meaning = meaning.map_or_else(|| formula.text.clone(), str::to_owned);
    Some(Derivation { quantity: Quantity::real(name, unit.unwrap_or("1"), meaning), formula })
}

/// Asks for features that the formula looks at, where trajectories have them.
fn ask(value: &Value, known: &mut Vec<String>, ground: &Ground<'_>, requests: &mut Vec<Request>) {
    let (Some(signals), Content::Text(text)) = (ground.signals, &value.content) else { return };
    let (source, span) = value.letters(text);
    let Ok(expression) = formula::expression(&source, span) else { return };
    for (name, _) in expression.names() {
        if !known.iter().any(|known| known == name)
            && let Ok(request) = features::provided(name, signals)
        {
            known.extend(request.quantities());
            requests.push(request);
        }
    }
}
