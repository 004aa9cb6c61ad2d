//! The tables of a page: axes, shares, features, fixed values, provenance. Knows no order of sections.

use std::fmt::Write as _;

use crate::analyse::shares::Share;
use crate::analyse::slice::{Label, Role};
use crate::show::colours::regime_colours;
use crate::show::words;
use crate::store::map::Map;
use crate::table::{Kind, Quantity};

use super::choice::{Layer, Sort};
use super::data::{PageAxis, hexadecimal};
use super::markup::{escaped, table};
use super::page::Facts;

/// A name as code.
pub(super) fn code(name: &str) -> String {
    format!("<code>{}</code>", escaped(name))
}

fn unit(quantity: &Quantity) -> String {
    let unit = words::unit(&quantity.unit);
    if unit.is_empty() { "–".to_owned() } else { escaped(&unit) }
}

/// Names of values that are told of an axis.
const MOST_NAMES: usize = 24;

/// The axes: what varies, from where to where, at how many values.
pub(super) fn axes(map: &Map, axes: &[PageAxis]) -> String {
    let mut rows = Vec::new();
    for (axis, own) in map.axes().iter().zip(axes) {
        if !axis.labels.is_empty() {
            let names: Vec<String> = axis.labels.iter().take(MOST_NAMES).cloned().collect();
            let more = if axis.labels.len() > MOST_NAMES { ", …" } else { "" };
            let names = format!("{}{more}", escaped(&names.join(", ")));
            let meaning = escaped(&axis.columns[0].meaning);
            let name = code(&axis.columns[0].name);
            rows.push(vec![name, meaning, "–".to_owned(), names, axis.length.to_string()]);
            continue;
        }
        for (column, quantity) in axis.columns.iter().enumerate() {
            let [from, to] = own.ends[column];
            let distribution = &axis.distributions[column];
            let range = match (distribution.is_empty(), axis.length) {
                (false, _) => escaped(distribution),
                (true, 1) => words::number(from),
                (true, _) => format!("{} to {}", words::number(from), words::number(to)),
            };
            let spacing = if axis.is_logarithmic && column == 0 { ", equal ratios" } else { "" };
            let count = match column {
                0 => axis.length.to_string(),
                _ if distribution.is_empty() => format!("with {}", escaped(&axis.columns[0].name)),
                _ => "input".to_owned(),
            };
            let meaning = escaped(&quantity.meaning);
            rows.push(vec![code(&quantity.name), meaning, unit(quantity), range + spacing, count]);
        }
    }
    table("What varies", &["name", "meaning", "unit", "range", "values"], &rows, &[4])
}

/// The shares of labels, with when a point is called so.
pub(super) fn shares(facts: &Facts<'_>, caption: &str, shares: &[Share]) -> String {
    let labels: Vec<Label> = shares.iter().map(|share| share.label.clone()).collect();
    let colours = regime_colours(&labels);
    let rows = shares.iter().zip(&colours).filter(|(share, _)| share.points > 0).map(|(share, colour)| {
        let swatch = format!(
            "<svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect width=\"10\" height=\"10\" fill=\"#{}\"/></svg> ",
            hexadecimal(*colour)
        );
        let kind = match share.label.role() {
            Role::Seizing => "seizing",
            Role::Quiet => "not seizing",
            Role::Unclassified => "unclassified",
        };
        vec![
            swatch + &escaped(&words::regime(&share.label)),
            kind.to_owned(),
            code(facts.reason(&share.label.name)),
            share.points.to_string(),
            words::per_cent(share.fraction),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table(caption, &["regime", "counts as", "a point is called so when", "points", "share"], &rows, &[3, 4])
}

/// Shares as one bar; the table beside it tells the same.
pub(super) fn bar(shares: &[Share]) -> String {
    let labels: Vec<Label> = shares.iter().map(|share| share.label.clone()).collect();
    let mut left = 0.0;
    let mut parts = String::new();
    for (share, colour) in shares.iter().zip(regime_colours(&labels)).filter(|(share, _)| share.points > 0) {
        let width = 1000.0 * share.fraction;
        let title = format!("{}: {}", words::regime(&share.label), words::per_cent(share.fraction));
        write!(
            parts,
            "<rect x=\"{left:.3}\" width=\"{width:.3}\" height=\"28\" fill=\"#{}\"><title>{}</title></rect>",
            hexadecimal(colour),
            escaped(&title)
        )
        .expect("a text can be written to");
        left += width;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 1000 28\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Shares of regimes; the table \
         has the numbers\">{parts}</svg>\n"
    )
}

/// Shares of statuses.
pub(super) fn statuses(shares: &[Share]) -> String {
    let there = shares.iter().filter(|share| share.points > 0);
    let rows: Vec<Vec<String>> = there
        .map(|share| {
            vec![
                escaped(&words::regime(&share.label)),
                share.points.to_string(),
                words::per_cent(share.fraction),
            ]
        })
        .collect();
    table("How measurements ended", &["status", "points", "share"], &rows, &[1, 2])
}

/// What was measured, with its range.
pub(super) fn features(facts: &Facts<'_>, points: u64) -> String {
    let row = |layer: &Layer| {
        let Layer { quantity, range: [low, high], undefined, .. } = layer;
        let number = |value: f64| match quantity.kind {
            _ if value.is_nan() => "–".to_owned(),
            Kind::Fact => if value == 0.0 { "no" } else { "yes" }.to_owned(),
            _ => words::number(value),
        };
        let part = *undefined as f64 / points.max(1) as f64;
        vec![
            code(&quantity.name),
            escaped(&quantity.meaning),
            unit(quantity),
            number(*low),
            number(*high),
            words::per_cent(part),
        ]
    };
    let of = |sort: Sort| -> Vec<Vec<String>> {
        facts.layers.iter().filter(|layer| layer.sort == sort).map(row).collect()
    };
    let heads = ["name", "meaning", "unit", "smallest", "largest", "undefined"];
    table("What was measured at every point", &heads, &of(Sort::Feature), &[3, 4, 5])
        + &table(
            "Where the drawn starts end, at every point of the other axes",
            &heads,
            &of(Sort::Basin),
            &[3, 4, 5],
        )
}

/// Parameters that have one value everywhere.
pub(super) fn fixed(map: &Map) -> String {
    let row = |(quantity, value): &(Quantity, f64)| {
        vec![code(&quantity.name), words::number(*value), unit(quantity), escaped(&quantity.meaning)]
    };
    let rows: Vec<Vec<String>> = map.fixed().iter().map(row).collect();
    table("Fixed values", &["name", "value", "unit", "meaning"], &rows, &[1])
}

/// Rows of two texts.
pub(super) fn pairs(caption: &str, heads: [&str; 2], rows: &[(String, String)]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|(name, text)| vec![escaped(name), escaped(text)]).collect();
    table(caption, &heads, &rows, &[])
}

/// Attributes that stand elsewhere on the page, or are too long for a table.
const TOLD_ELSEWHERE: [&str; 12] = [
    "title",
    "study",
    "study_name",
    "overrides",
    "model",
    "model_name",
    "references",
    "identity",
    "matrices",
    "table",
    "history",
    "rules",
];
/// Longer attributes are cut.
const LONGEST: usize = 300;

/// How the map came about: its attributes, and the version of the numerics.
pub(super) fn provenance(map: &Map) -> String {
    let numerics = map
        .attribute("identity")
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("numerics = ")).map(str::to_owned));
    let own = map
        .attributes()
        .iter()
        .filter(|(name, text)| !TOLD_ELSEWHERE.contains(&name.as_str()) && !text.trim().is_empty());
    let cut = |text: &str| {
        let is_long = text.chars().count() > LONGEST;
        text.chars().take(LONGEST).collect::<String>() + if is_long { "…" } else { "" }
    };
    let rows: Vec<(String, String)> = own
        .map(|(name, text)| (name.replace('_', " "), cut(text)))
        .chain(numerics.map(|text| ("version of the numerics".to_owned(), text)))
        .collect();
    pairs("What the map says of its making", ["what", "value"], &rows)
}
