//! What a map holds, in a screenful or as data. Knows nothing of how it looks as a picture.

use std::fmt;

use crate::analyse::AnalyseError;
use crate::analyse::pieces::pieces;
use crate::analyse::shares::{Share, Tally};
use crate::analyse::slice::Label;
use crate::store::map::Map;
use crate::table::Quantity;

/// An axis of a map.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AxisSummary {
    /// The quantities that vary along it: its own, then those linked to it.
    pub columns: Vec<ColumnSummary>,
    /// How many values it has.
    pub length: u64,
    /// The names of its values, where they have names.
    pub names: Vec<String>,
}

/// A quantity that varies along an axis.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ColumnSummary {
    /// The quantity.
    #[serde(flatten)]
    pub quantity: Quantity,
    /// Its first value.
    pub from: f64,
    /// Its last value.
    pub to: f64,
    /// Its distribution, of an input of a design.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub distribution: String,
}

/// A parameter that does not vary.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FixedSummary {
    /// The parameter.
    #[serde(flatten)]
    pub quantity: Quantity,
    /// Its value.
    pub value: f64,
}

/// What a map holds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The study's title.
    pub title: String,
    /// How many points it has.
    pub points: u64,
    /// The axes, in the order of the map's dimensions.
    pub axes: Vec<AxisSummary>,
    /// The regimes and how many points have each.
    pub regimes: Vec<Share>,
    /// What all starts of a point are called together, and how many points are; none where no rules are over starts.
    pub over_starts: Vec<Share>,
    /// The statuses and how many points have each.
    pub statuses: Vec<Share>,
    /// The features.
    pub features: Vec<Quantity>,
    /// The parameters that do not vary.
    pub fixed: Vec<FixedSummary>,
    /// What the nodes of a network are called; empty where they have no names.
    pub nodes: Vec<String>,
    /// The rules' names that no point has, where that is known.
    pub unmatched: Vec<String>,
    /// Attributes of the file, without the long texts of study and model.
    pub attributes: Vec<(String, String)>,
}

/// Longer attributes are left out of a summary.
const LONGEST_ATTRIBUTE: usize = 200;

/// Reads what a map holds; goes through all its regimes and statuses once.
///
/// # Errors
/// When the map cannot be read.
pub fn summary(map: &Map) -> Result<Summary, AnalyseError> {
    let (mut regimes, mut statuses) = (Tally::default(), Tally::default());
    for (start, count) in pieces(&map.shape(), &map.chunk()?) {
        regimes.add(&map.regime(&start, &count)?);
        statuses.add(&map.status(&start, &count)?);
    }
    let over_starts = over_starts(map)?;
    let mut axes = Vec::new();
    for (number, axis) in map.axes().iter().enumerate() {
        let mut columns = Vec::new();
        if axis.labels.is_empty() {
            for (column, quantity) in axis.columns.iter().enumerate() {
                let from = map.values(number, column, 0..1)?[0];
                let to = map.values(number, column, axis.length - 1..axis.length)?[0];
                let distribution = plain(&axis.distributions[column]);
                columns.push(ColumnSummary { quantity: quantity.clone(), from, to, distribution });
            }
        } else {
            let to = (axis.length - 1) as f64;
            let (quantity, distribution) = (axis.columns[0].clone(), String::new());
            columns.push(ColumnSummary { quantity, from: 0.0, to, distribution });
        }
        axes.push(AxisSummary { columns, length: axis.length, names: axis.labels.clone() });
    }
    let labels: Vec<Label> = Label::all(map.labels());
    let status_labels: Vec<Label> = map.statuses().iter().map(|name| Label::new(name, false)).collect();
    let is_short = |(_, text): &&(String, String)| text.len() <= LONGEST_ATTRIBUTE && !text.contains('\n');
    Ok(Summary {
        title: map.attribute("title").unwrap_or_default().to_owned(),
        points: map.shape().iter().product(),
        axes,
        regimes: regimes.shares(&labels),
        over_starts,
        statuses: statuses.shares(&status_labels),
        features: map.features().to_vec(),
        fixed: map
            .fixed()
            .iter()
            .map(|(quantity, value)| FixedSummary { quantity: quantity.clone(), value: *value })
            .collect(),
        nodes: Vec::new(),
        unmatched: Vec::new(),
        attributes: map
            .attributes()
            .iter()
            .filter(|(name, _)| name != "title")
            .filter(is_short)
            .cloned()
            .collect(),
    })
}

/// The shares of what all starts of a point are called together.
fn over_starts(map: &Map) -> Result<Vec<Share>, AnalyseError> {
    let Some((axis, labels)) = map.over_starts() else { return Ok(Vec::new()) };
    let (mut shape, mut chunk) = (map.shape(), map.chunk()?);
    shape.remove(axis);
    chunk.remove(axis);
    let mut tally = Tally::default();
    for (start, count) in pieces(&shape, &chunk) {
        tally.add(&map.regime_over_starts(&start, &count)?);
    }
    let labels: Vec<Label> = Label::all(labels);
    Ok(tally.shares(&labels))
}

/// The unit of a quantity after its value; nothing for a pure number.
fn unit(quantity: &Quantity) -> String {
    if quantity.unit == "1" { String::new() } else { format!(" {}", plain(&quantity.unit)) }
}

/// A text of the file without control characters: a map may come from a stranger.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", plain(&self.title))?;
        let lengths: Vec<String> = self.axes.iter().map(|axis| axis.length.to_string()).collect();
        writeln!(formatter, "{} points = {}", self.points, lengths.join(" x "))?;
        writeln!(formatter, "\naxes")?;
        for axis in &self.axes {
            for (number, column) in axis.columns.iter().enumerate() {
                let ColumnSummary { quantity, from, to, distribution } = column;
                let along = match number {
                    0 => format!("{} values", axis.length),
                    _ if distribution.is_empty() => "linked".into(),
                    _ => "input".into(),
                };
                let range = if !distribution.is_empty() {
                    format!("{}{}", plain(distribution), unit(quantity))
                } else if axis.names.is_empty() {
                    format!("{from} to {to}{}", unit(quantity))
                } else {
                    plain(&axis.names.join(", "))
                };
                let (name, meaning) = (plain(&quantity.name), plain(&quantity.meaning));
                writeln!(formatter, "  {name:<14} {along:<12} {range}: {meaning}")?;
            }
        }
        let shares = [
            ("regimes", &self.regimes),
            ("regimes over all starts", &self.over_starts),
            ("statuses", &self.statuses),
        ];
        for (heading, shares) in shares.into_iter().filter(|(_, shares)| !shares.is_empty()) {
            writeln!(formatter, "\n{heading}")?;
            for share in shares.iter().filter(|share| share.points > 0) {
                let seizing = if share.label.is_seizing { "  seizing" } else { "" };
                let (name, per_cent) = (plain(&share.label.name), 100.0 * share.fraction);
                writeln!(formatter, "  {name:<24} {:>12} {per_cent:>7.3} %{seizing}", share.points)?;
            }
        }
        if !self.unmatched.is_empty() {
            let names: Vec<String> = self.unmatched.iter().map(|name| plain(name)).collect();
            writeln!(formatter, "\nrules that match no point: {}", names.join(", "))?;
        }
        writeln!(formatter, "\nfeatures")?;
        for quantity in &self.features {
            let text = format!("{}{}", plain(&quantity.name), unit(quantity));
            writeln!(formatter, "  {text:<24} {}", plain(&quantity.meaning))?;
        }
        if !self.fixed.is_empty() {
            writeln!(formatter, "\nfixed")?;
            for FixedSummary { quantity, value } in &self.fixed {
                let text = format!("{} = {value}{}", plain(&quantity.name), unit(quantity));
                writeln!(formatter, "  {text:<24} {}", plain(&quantity.meaning))?;
            }
        }
        if !self.nodes.is_empty() {
            writeln!(formatter, "\nnodes")?;
            for (number, name) in self.nodes.iter().enumerate() {
                writeln!(formatter, "  {:<24} {}", format!("node.{number}"), plain(name))?;
            }
        }
        writeln!(formatter, "\nfile")?;
        for (name, text) in &self.attributes {
            writeln!(formatter, "  {:<24} {}", plain(name), plain(text))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::samples::{Sample, write};

    #[test]
    fn a_summary_tells_axes_shares_features_and_fixed_parameters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.nc");
        write(&Sample { starts: 2, ..Sample::default() }, &path);
        let summary = summary(&Map::open(&path).unwrap()).unwrap();
        assert_eq!(summary.points, 48);
        assert_eq!(summary.regimes.iter().map(|share| share.points).sum::<u64>(), 48);
        let text = summary.to_string();
        for wanted in
            ["48 points = 2 x 4 x 6", "rest, excited", "10 to 40 mV", "spike_wave", "seizing", "C = 135"]
        {
            assert!(text.contains(wanted), "{wanted} is missing:\n{text}");
        }
        let data = serde_json::to_value(&summary).unwrap();
        assert_eq!(data["axes"][2]["columns"][0]["name"], "p");
        assert_eq!(data["regimes"][0]["name"], "spike_wave");
        assert_eq!(data["fixed"][0]["value"], 135.0);
    }
}
