//! What the script of a page reads: axes, labels, colours, curves and the packed layers, as JSON. Knows nothing of what is written around it.

use serde_json::{Value, json};

use crate::analyse::AnalyseError;
use crate::analyse::digest::Digest;
use crate::analyse::slice::Label;
use crate::show::colours::{Colour, UNDEFINED, ramp, regime_colours};
use crate::show::words;
use crate::store::map::Map;

use super::choice::Layer;
use super::companions;
use super::page::Facts;

/// An axis of a map as a page shows it.
#[derive(Debug)]
pub(super) struct PageAxis {
    /// The values of every column that are kept; empty for names.
    pub(super) columns: Vec<Places>,
    /// The first and the last value of every column, of the whole axis.
    pub(super) ends: Vec<[f64; 2]>,
}

/// Where the kept values of a column stand.
#[derive(Debug)]
pub(super) enum Places {
    /// At equal distances, to the last bit.
    Even,
    /// Anywhere.
    Listed(Vec<f64>),
}

/// The name of the axis that counts the runs of a design.
const SAMPLE: &str = "sample";
/// Longer axes are not read for a page.
const LONGEST_AXIS: u64 = 1 << 24;
/// So many values that do not stand at equal distances are listed, of all columns of an axis.
const MOST_LISTED: u64 = 40_000;

/// How many values of each axis may be kept, whatever is measured there.
///
/// # Errors
/// When an axis is longer than any page, or the map cannot be read.
pub(super) fn longest(map: &Map) -> Result<Vec<u64>, AnalyseError> {
    let longest = |(number, axis): (usize, &crate::store::map::MapAxis)| {
        if axis.length > LONGEST_AXIS {
            return Err(AnalyseError::Long { name: axis.columns[0].name.clone(), length: axis.length });
        }
        if !axis.labels.is_empty() {
            return Ok(MOST_LISTED);
        }
        let mut listed = 0;
        for column in 0..axis.columns.len() {
            listed += u64::from(!is_even(&map.values(number, column, 0..axis.length)?));
        }
        Ok(MOST_LISTED.checked_div(listed).unwrap_or(u64::MAX))
    };
    map.axes().iter().enumerate().map(longest).collect()
}

/// Whether values stand at equal distances, as a page computes them.
fn is_even(values: &[f64]) -> bool {
    let [from, .., to] = values else { return false };
    let last = (values.len() - 1) as f64;
    let place = |at: usize| from + (to - from) * (at as f64 / last);
    values.iter().enumerate().all(|(at, value)| value.to_bits() == place(at).to_bits())
}

/// The axes of a map.
///
/// # Errors
/// When the map cannot be read.
pub(super) fn axes(map: &Map, digest: &Digest<'_>) -> Result<Vec<PageAxis>, AnalyseError> {
    let mut axes = Vec::new();
    for (number, axis) in map.axes().iter().enumerate() {
        let (mut columns, mut ends) = (Vec::new(), Vec::new());
        for column in 0..if axis.labels.is_empty() { axis.columns.len() } else { 0 } {
            let values = map.values(number, column, 0..axis.length)?;
            ends.push([values[0], values[values.len() - 1]]);
            columns.push(if is_even(&values) {
                Places::Even
            } else {
                Places::Listed(values.into_iter().step_by(digest.every()[number] as usize).collect())
            });
        }
        axes.push(PageAxis { columns, ends });
    }
    Ok(axes)
}

/// Everything but the layers.
pub(super) fn frame(facts: &Facts<'_>) -> Value {
    let map = facts.map;
    let axis = |(number, own): (usize, &PageAxis)| {
        let axis = &map.axes()[number];
        let column = |(at, places): (usize, &Places)| {
            let quantity = &axis.columns[at];
            let mut value = json!({
                "name": quantity.name,
                "shown": words::axis(quantity),
                "unit": words::unit(&quantity.unit),
                "from": own.ends[at][0],
                "to": own.ends[at][1],
            });
            if let Places::Listed(values) = places {
                value["values"] = json!(values);
            }
            value
        };
        let labels = axis.labels.iter().step_by(facts.every[number] as usize);
        json!({
            "name": axis.columns[0].name,
            "shown": words::axis(&axis.columns[0]),
            "length": axis.length,
            "every": facts.every[number],
            "log": axis.is_logarithmic,
            "sample": axis.name == SAMPLE,
            "labels": labels.collect::<Vec<_>>(),
            "columns": own.columns.iter().enumerate().map(column).collect::<Vec<_>>(),
        })
    };
    json!({
        "subject": facts.account.subject,
        "chained": facts.account.is_chained,
        "axes": facts.axes.iter().enumerate().map(axis).collect::<Vec<_>>(),
        "labels": labels(facts, facts.shares),
        "over": labels(facts, facts.over_starts.unwrap_or_default()),
        "statuses": map.statuses(),
        "ramp": (0..=255).map(|at| hexadecimal(ramp(f64::from(at) / 255.0))).collect::<String>(),
        "undefined": hexadecimal(UNDEFINED),
        "curves": facts.companions.curves.as_ref().map(companions::curves_json),
    })
}

fn labels(facts: &Facts<'_>, shares: &[crate::analyse::shares::Share]) -> Value {
    let labels: Vec<Label> = shares.iter().map(|share| share.label.clone()).collect();
    let label = |(label, colour): (&Label, Colour)| {
        json!({
            "name": label.name,
            "shown": words::regime(label),
            "seizing": label.is_seizing,
            "colour": hexadecimal(colour),
            "when": facts.reason(&label.name),
        })
    };
    labels.iter().zip(regime_colours(&labels)).map(label).collect()
}

/// The layers that are chosen.
pub(super) fn layers(layers: &[Layer], chosen: &[Option<usize>]) -> Value {
    let layer = |(layer, choice): (&Layer, &Option<usize>)| {
        let (packed, _) = layer.chosen(*choice)?;
        Some(json!({
            "sort": layer.sort,
            "name": layer.quantity.name,
            "shown": words::scale(&layer.quantity),
            "unit": words::unit(&layer.quantity.unit),
            "meaning": layer.quantity.meaning,
            "kind": layer.quantity.kind,
            "packed": packed,
        }))
    };
    layers.iter().zip(chosen).filter_map(layer).collect()
}

/// A colour as CSS has it, without its sign.
pub(super) fn hexadecimal(Colour(red, green, blue): Colour) -> String {
    format!("{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_equal_distances_are_told_by_their_ends() {
        let even: Vec<f64> = (0..7).map(|at| 0.1 + (0.9 - 0.1) * (f64::from(at) / 6.0)).collect();
        assert!(is_even(&even));
        assert!(!is_even(&[0.0, 1.0, 3.0]));
        assert!(!is_even(&[2.0]));
    }
}
