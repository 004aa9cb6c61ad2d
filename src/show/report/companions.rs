//! What lies beside a map, on its page: curves in the plane of two parameters, and indices of what outcomes depend on. Knows neither how
//! they are found nor where they lie.

use serde_json::{Value, json};

use crate::show::words;
use crate::store::curves::Plane;
use crate::store::indices::{INPUT, Indices, OUTPUT};

use super::markup::{escaped, folded, paragraph, table};

/// What is told of each index: its name in a file, whose interval is named after it, and a head.
const NUMBERS: [(&str, &str); 9] = [
    ("S1", "S1, alone"),
    ("ST", "ST, in all ways"),
    ("Shapley", "Shapley effect"),
    ("mu_star", "mu*, mean size of effects"),
    ("sigma", "sigma, their spread"),
    ("RSA", "RSA"),
    ("PAWN", "PAWN"),
    ("delta", "delta"),
    ("PRCC", "PRCC"),
];
/// So many inputs of an output are told, the strongest first.
const MOST_INPUTS: usize = 25;
/// So many points of curves are told.
const MOST_POINTS: usize = 60;

/// The curves as the script draws them.
pub(super) fn curves_json(plane: &Plane) -> Value {
    let curve = |own: &crate::store::curves::Outline| {
        let lyapunov = own.lyapunov.iter().map(|value| {
            let value = if *value > 0.0 { 1 } else { -1 };
            Value::from(value)
        });
        let has_coefficients = own.lyapunov.iter().any(|value| !value.is_nan());
        json!({
            "kind": own.kind,
            "points": own.points,
            "signs": if has_coefficients { lyapunov.collect() } else { Vec::new() },
        })
    };
    let points = plane.points.iter().map(|(kind, at)| json!({ "kind": kind, "at": at }));
    let fixed: serde_json::Map<String, Value> =
        plane.fixed.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "along": plane.along,
        "with": plane.with,
        "curves": plane.curves.iter().map(curve).collect::<Vec<_>>(),
        "points": points.collect::<Vec<_>>(),
        "fixed": fixed,
    })
}

/// The curves in words and numbers.
pub(super) fn curves_words(plane: &Plane) -> String {
    let count = |kind: &str| plane.curves.iter().filter(|own| own.kind == kind).count();
    let (folds, hopf) = (count("fold"), count("hopf"));
    let others = plane.curves.len() - folds - hopf;
    let others = if others > 0 { format!(", {others} of other kinds") } else { String::new() };
    let along = format!(
        "Curves of equilibria in the plane of {} and {}: {folds} of folds, {hopf} of Hopf points{others}. The map draws them over the \
         regimes where it shows this plane.",
        plane.along, plane.with
    );
    let row = |(kind, [along, with]): &(String, [f64; 2])| {
        vec![escaped(&words::label(kind)), words::number(*along), words::number(*with)]
    };
    let rows: Vec<Vec<String>> = plane.points.iter().take(MOST_POINTS).map(row).collect();
    let more = plane.points.len().saturating_sub(MOST_POINTS);
    let more =
        if more > 0 { paragraph(&format!("{more} more are in the file of curves.")) } else { String::new() };
    paragraph(&along)
        + &table("Points that need two parameters", &["kind", &plane.along, &plane.with], &rows, &[1, 2])
        + &more
}

/// An index of every output and input: its head, its values and the ends of their intervals.
type Known<'a> = (&'static str, &'a [f64], [Option<&'a [f64]>; 2]);

/// The indices of every output at the first place, as tables: of what points are called first, of numbers to be unfolded.
pub(super) fn indices_words(found: &Indices, labels: &[&str]) -> String {
    let known = known(found);
    if known.is_empty() {
        return paragraph("The file of indices beside the map holds no number over its inputs.");
    }
    let inputs = found.inputs.len();
    let mut content = String::new();
    let places: usize = found.along.iter().map(|own| own.values.len()).product();
    if places > 1 {
        let names: Vec<&str> = found.along.iter().map(|own| own.quantity.name.as_str()).collect();
        let names = names.join(", ");
        content +=
            &paragraph(&format!("Indices stand at {places} places of {names}; these are of the first."));
    }
    let (mut of_features, mut without) = (String::new(), Vec::new());
    for (output, name) in found.outputs.iter().enumerate() {
        let own = output * inputs..(output + 1) * inputs;
        if known.iter().all(|(_, values, _)| values[own.clone()].iter().all(|value| value.is_nan())) {
            without.push(words::label(name));
            continue;
        }
        let first = name.split_whitespace().next().unwrap_or(name);
        let is_of_labels =
            labels.contains(&first) || first.starts_with("regime") || first.starts_with("seizing");
        let into = if is_of_labels { &mut content } else { &mut of_features };
        into.push_str(&indices_of(found, &known, output));
    }
    if !of_features.is_empty() {
        content += &folded("What features depend on", &of_features);
    }
    if !without.is_empty() {
        content += &paragraph(&format!(
            "The same everywhere, or undefined, and so without indices: {}.",
            without.join(", ")
        ));
    }
    content
}

/// The indices that a file has over its outputs and inputs.
fn known(found: &Indices) -> Vec<Known<'_>> {
    let size = found.outputs.len() * found.inputs.len();
    let of_inputs = |name: &str| {
        let own = found.numbers.iter().find(|own| own.quantity.name == name)?;
        let is_plain = own.dimensions == [OUTPUT, INPUT];
        found.at(name, 0).filter(|values| is_plain && values.len() == size)
    };
    let known = NUMBERS.iter().filter_map(|(name, head)| {
        let values = of_inputs(name)?;
        let ends = ["low", "high"].map(|end| of_inputs(&format!("{name}_{end}")));
        values.iter().any(|value| !value.is_nan()).then_some((*head, values, ends))
    });
    known.collect()
}

/// The indices of one output, the strongest input first.
fn indices_of(found: &Indices, known: &[Known<'_>], output: usize) -> String {
    let inputs = found.inputs.len();
    let at = |input: usize| output * inputs + input;
    let strongest = known.iter().find(|(head, ..)| head.starts_with("ST")).unwrap_or(&known[0]).1;
    let mut order: Vec<usize> = (0..inputs).collect();
    let size = |input: &usize| {
        let value = strongest[at(*input)];
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    };
    order.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let row = |&input: &usize| {
        let number = |(_, values, ends): &Known<'_>| {
            told(values[at(input)], ends.map(|end| end.map_or(f64::NAN, |end| end[at(input)])))
        };
        let distribution = found.distributions.get(input).map(String::as_str).unwrap_or_default();
        let names = [escaped(&found.inputs[input]), escaped(distribution)];
        names.into_iter().chain(known.iter().map(number)).collect()
    };
    let rows: Vec<Vec<String>> = order.iter().take(MOST_INPUTS).map(row).collect();
    let heads: Vec<&str> =
        ["parameter", "how it varies"].into_iter().chain(known.iter().map(|(head, ..)| *head)).collect();
    let numeric: Vec<usize> = (2..heads.len()).collect();
    let name = words::label(&found.outputs[output]);
    let more = if inputs > MOST_INPUTS {
        paragraph(&format!("{} weaker parameters are in sense.nc.", inputs - MOST_INPUTS))
    } else {
        String::new()
    };
    table(&format!("What {name} depends on"), &heads, &rows, &numeric) + &more
}

/// A number with three decimals, and its interval where it has one.
fn told(value: f64, [low, high]: [f64; 2]) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    let short = |value: f64| {
        let is_plain = value == 0.0 || (1e-3..1e5).contains(&value.abs());
        if is_plain { format!("{value:.3}").replace('-', "−") } else { words::number(value) }
    };
    let interval = if low < high { format!(" ({} to {})", short(low), short(high)) } else { String::new() };
    short(value) + &interval
}
