//! Figures of what outcomes depend on: probabilities over parameters, indices with their intervals, effects, distributions. Knows neither how
//! they were computed nor where they are kept.

mod bars;
mod cumulative;
mod curves;
mod effects;
mod growth;
mod matrix;
mod pairs;

use std::path::Path;

use crate::analyse::AnalyseError;
use crate::analyse::sensitivity::sampled::{Conditioning, Request};
use crate::analyse::sensitivity::{REGIMES, SEIZING};
use crate::analyse::slice::Label;
use crate::show::board::Board;
use crate::show::colours::{Colour, INK, regime_colours, strong};
use crate::show::picture;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{SMALL, Scale};
use crate::show::{ShowError, font, words};
use crate::store::aside;
use crate::store::indices::Indices;
use crate::store::outcomes::Outcomes;
use crate::table::Quantity;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The probability of every regime, or the mean of a feature, over each parameter.
    Probabilities,
    /// The probability of a regime over pairs of parameters.
    Pairs,
    /// First-order and total-order indices.
    Indices,
    /// Indices of pairs of parameters.
    SecondOrder,
    /// Distributions of parameters inside and outside of a regime.
    Distributions,
    /// Sizes and spreads of elementary effects.
    Effects,
    /// Indices of the first 2^k rows of every block.
    Growth,
}

impl Kind {
    /// Whether it is drawn from runs, not from indices.
    pub fn is_of_runs(self) -> bool {
        matches!(self, Self::Probabilities | Self::Pairs | Self::Distributions | Self::Growth)
    }
}

/// An input as an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// Whether it is drawn by its logarithm.
    pub is_log: bool,
    /// How it varies, in words.
    pub distribution: String,
    /// The ends of its range, where it has ends.
    pub ends: Option<[f64; 2]>,
}

impl Axis {
    /// An axis; a distribution of logarithms is drawn so.
    pub fn new(quantity: Quantity, distribution: String, ends: Option<[f64; 2]>) -> Self {
        let is_log = distribution.starts_with("log");
        Self { quantity, is_log, distribution, ends }
    }

    /// A value's place on the drawn scale.
    fn scaled(&self, value: f64) -> f64 {
        if self.is_log { value.log10() } else { value }
    }

    /// A scale over its range, else over what occurs.
    fn scale(&self, low: f64, high: f64) -> Scale {
        let [from, to] = self.ends.unwrap_or([low, high]);
        let [low, high] = [low.min(from), high.max(to)].map(|value| self.scaled(value));
        let high = if low < high { high } else { low + 1.0 };
        let unit = words::unit(&self.quantity.unit);
        let name = words::plain(&self.quantity.name);
        let text = if unit.is_empty() { name } else { format!("{name} ({unit})") };
        Scale { low, high, is_log: self.is_log, is_negative: false, text }
    }
}

/// Runs to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The title.
    pub title: &'a str,
    /// The runs.
    pub runs: &'a Outcomes,
    /// How they are analysed.
    pub request: &'a Request,
    /// The axis of each input of the runs.
    pub axes: &'a [Axis],
    /// The labels of the study, which decide their colours.
    pub labels: &'a [Label],
    /// What is known of outputs that are numbers.
    pub features: &'a [Quantity],
}

/// What of a subject is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The outputs, by name.
    pub of: Vec<String>,
    /// Inputs, by name.
    pub inputs: Vec<String>,
}

impl Subject<'_> {
    /// The output that is asked for, else whatever seizes.
    fn output(&self, asked: &Asked) -> Result<String, ShowError> {
        match &asked.of[..] {
            [one] => Ok(one.clone()),
            [] if !self.request.seizing.is_empty() => Ok(SEIZING.to_owned()),
            [] => Err(wrong(
                "no regime of these runs seizes, so there is no default; name an output by --of".into(),
            )),
            _ => Err(wrong("this picture is of one output; name one by --of".into())),
        }
    }

    /// The mean of an output that is a number, as an axis or a bar says it.
    fn mean_of(&self, output: &str) -> String {
        let own = self.features.iter().find(|feature| feature.name.eq_ignore_ascii_case(output));
        let unit = own.map(|own| words::unit(&own.unit)).unwrap_or_default();
        let name = words::label(output);
        if unit.is_empty() { format!("mean of {name}") } else { format!("mean of {name} ({unit})") }
    }

    /// The places of the inputs that are asked for, else all that vary by themselves.
    fn inputs(&self, asked: &Asked, own: &Conditioning<'_>) -> Result<Vec<usize>, ShowError> {
        if asked.inputs.is_empty() {
            return Ok(own.inputs().to_vec());
        }
        let place = |name: &String| {
            let is = |axis: &Axis| axis.quantity.name.eq_ignore_ascii_case(name);
            self.axes.iter().position(is).ok_or_else(|| {
                let names = self.axes.iter().map(|axis| axis.quantity.name.as_str());
                ShowError::from(AnalyseError::not_in_table("parameter", name, names))
            })
        };
        asked.inputs.iter().map(place).collect()
    }

    /// The colour of each label, as in pictures of maps.
    fn colour(&self, label: Option<&Label>) -> Colour {
        let colours = regime_colours(self.labels);
        let place = label.and_then(|label| self.labels.iter().position(|own| own.name == label.name));
        strong(place.and_then(|place| colours.get(place)).copied().unwrap_or(INK))
    }

    /// How some inputs vary, for a caption.
    fn ranges(&self, inputs: &[usize]) -> String {
        let told = inputs.iter().map(|&input| &self.axes[input]);
        ranges(&told.map(|axis| format!("{} {}", axis.quantity.name, axis.distribution)).collect::<Vec<_>>())
    }

    /// Which runs means are over, in words.
    fn sample(&self, own: &Conditioning<'_>) -> String {
        let replicates = self.runs.replicates;
        let (points, is_paired) = (own.points(), self.runs.blocks.len() > 1);
        let blocks = if is_paired { ", the blocks A and B" } else { "" };
        let of = if replicates > 1 { format!(" of {replicates} replicates") } else { String::new() };
        format!("{points} independent runs{blocks}{of}")
    }
}

/// A distribution over a frame: of a long list of values how many there are.
fn heading(distribution: &str) -> String {
    let Some(list) = distribution.strip_prefix("discrete = [") else { return distribution.to_owned() };
    let values: Vec<&str> = list.split(']').next().unwrap_or_default().split(',').map(str::trim).collect();
    match (values.first(), values.last()) {
        (Some(first), Some(last)) if values.len() > 4 => {
            format!("{} values, {first} to {last}", values.len())
        }
        _ => distribution.to_owned(),
    }
}

/// How inputs vary, for a caption.
fn ranges(told: &[String]) -> String {
    format!("Ranges, as they were chosen: {}.", words::plain_list(told))
}

fn wrong(what: String) -> ShowError {
    AnalyseError::Estimator { what }.into()
}

/// Draws a figure of runs into a PNG or SVG file.
///
/// # Errors
/// When the runs do not have what is asked for, or the file cannot be written.
pub fn plot_runs(subject: &Subject<'_>, kind: Kind, asked: &Asked, path: &Path) -> Result<(), ShowError> {
    check(path)?;
    let scene = match kind {
        Kind::Pairs => pairs::pairs(subject, asked)?,
        Kind::Distributions => cumulative::cumulative(subject, asked)?,
        Kind::Growth => growth::growth(subject, asked)?,
        _ => curves::curves(subject, asked)?,
    };
    picture::write(&scene, path)
}

/// Draws the probabilities of runs as text for a terminal: a line a parameter, of letters whose height is the probability.
///
/// # Errors
/// When the runs do not have what is asked for.
pub fn plot_runs_text(subject: &Subject<'_>, asked: &Asked) -> Result<String, ShowError> {
    curves::text(subject, asked)
}

/// Draws a figure of indices, at one of the places that they are of, into a PNG or SVG file.
///
/// # Errors
/// When there are no such indices, or the file cannot be written.
pub fn plot_indices(
    indices: &Indices,
    place: usize,
    kind: Kind,
    asked: &Asked,
    path: &Path,
) -> Result<(), ShowError> {
    check(path)?;
    let own = Chosen::new(indices, place, asked)?;
    let scene = match kind {
        Kind::SecondOrder => matrix::matrix(&own)?,
        Kind::Effects => effects::effects(&own)?,
        _ => bars::bars(&own)?,
    };
    picture::write(&scene, path)
}

fn check(path: &Path) -> Result<(), ShowError> {
    picture::Format::of(path)?;
    Ok(aside::check(path).map_err(AnalyseError::from)?)
}

/// Indices at a place, of some outputs.
struct Chosen<'a> {
    indices: &'a Indices,
    place: usize,
    /// The numbers of the outputs.
    outputs: Vec<usize>,
    /// How many others vary, where none was named.
    left_out: usize,
}

/// So many outputs are drawn where none is named.
const MOST_OUTPUTS: usize = 6;

impl<'a> Chosen<'a> {
    fn new(indices: &'a Indices, place: usize, asked: &Asked) -> Result<Self, ShowError> {
        if !asked.inputs.is_empty() {
            return Err(wrong("this picture shows all parameters; leave --x and --y out".into()));
        }
        let named = |name: &String| {
            indices.outputs.iter().position(|own| own.eq_ignore_ascii_case(name)).ok_or_else(|| {
                let what = format!(
                    "these indices have no output `{name}`; they have {}",
                    indices.outputs.join(", ")
                );
                wrong(what)
            })
        };
        let mut own = Self { indices, place, outputs: Vec::new(), left_out: 0 };
        own.outputs = if asked.of.is_empty() {
            // What seizes comes first, features last; what is constant has no index, and the other ways to count what could not be told are
            // for `ictus sense` to print.
            let is_drawn = |output: &usize| {
                own.varies(*output) && !indices.outputs[*output].starts_with(&format!("{SEIZING}_unknown"))
            };
            let mut all: Vec<usize> = (0..indices.outputs.len()).filter(is_drawn).collect();
            // A probability has the variance of one; the larger regimes come first.
            let rank = |output: usize| -> (u8, f64) {
                let of =
                    |name| own.row(name, output).and_then(|row| row.first()).copied().unwrap_or(f64::NAN);
                let (mean, variance) = (of("mean"), of("variance"));
                let is_probability = (variance - mean * (1.0 - mean)).abs() < 1e-9;
                match indices.outputs[output].as_str() {
                    SEIZING => (0, 0.0),
                    REGIMES => (1, 0.0),
                    _ if is_probability => (2, -variance),
                    _ => (3, 0.0),
                }
            };
            all.sort_by(|&one, &other| {
                let (one, other) = (rank(one), rank(other));
                one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
            });
            own.left_out = all.len().saturating_sub(MOST_OUTPUTS);
            all.truncate(MOST_OUTPUTS);
            all
        } else {
            asked.of.iter().map(named).collect::<Result<_, _>>()?
        };
        if own.outputs.is_empty() {
            return Err(wrong("no output varies, so there are no indices to draw".into()));
        }
        Ok(own)
    }

    fn varies(&self, output: usize) -> bool {
        let told = |name| self.row(name, output).is_some_and(|row| row.iter().any(|value| value.is_finite()));
        told("S1") || told("mu_star")
    }

    /// A number of an output for every input, or for every pair of inputs.
    fn row(&self, name: &str, output: usize) -> Option<&'a [f64]> {
        let all = self.indices.at(name, self.place)?;
        let each = all.len() / self.indices.outputs.len().max(1);
        all.get(output * each..(output + 1) * each)
    }

    /// A number of an output and an input with the ends of its interval; NaN where there is none.
    fn told(&self, name: &str, output: usize, input: usize) -> [f64; 3] {
        ["", "_low", "_high"].map(|end| {
            self.row(&format!("{name}{end}"), output)
                .and_then(|row| row.get(input))
                .copied()
                .unwrap_or(f64::NAN)
        })
    }

    /// How each input varies, for a caption.
    fn ranges(&self) -> String {
        let own = self.indices.inputs.iter().zip(&self.indices.distributions);
        let told: Vec<String> = own.map(|(name, distribution)| format!("{name} {distribution}")).collect();
        ranges(&told)
    }

    /// Where the other axes stand, and how many outputs are not drawn.
    fn stands(&self) -> String {
        let mut rest = self.place;
        let mut told = Vec::new();
        for own in self.indices.along.iter().rev() {
            let (length, name) = (own.values.len().max(1), &own.quantity.name);
            let index = rest % length;
            rest /= length;
            told.push(match own.labels.get(index) {
                Some(label) => format!("{name} = {}", words::label(label)),
                None => format!("{name} = {}", words::number(own.values[index])),
            });
        }
        told.reverse();
        let at = if told.is_empty() { String::new() } else { format!(" At {}.", told.join(", ")) };
        if self.left_out == 0 {
            return at;
        }
        let all = self.outputs.len() + self.left_out;
        format!("{at} {} of {all} outputs; others by --of.", self.outputs.len())
    }
}

/// The room that a list of names beside strokes of their colours needs.
fn width_of_names(names: &[(String, Colour)]) -> f64 {
    names.iter().map(|(name, _)| 60.0 + font::width(name, SMALL)).fold(100.0, f64::max).min(420.0)
}

/// Lists names beside strokes of their colours.
fn list_names(board: &mut Board, names: &[(String, Colour)]) {
    let left = board.legend_left;
    let mut baseline = f64::from(board.frames[0].corners[1]) + 0.8 * SMALL;
    for (name, colour) in names {
        let middle = baseline - 0.36 * SMALL;
        board.scene.path(&[(left, middle), (left + 40.0, middle)], 5.0, *colour);
        board.scene.text(name, (left + 56.0, baseline), SMALL, Anchor::Start, INK);
        baseline += 1.5 * SMALL;
    }
}

/// A vertical line of an interval with short ends, or a level one.
fn whisker(scene: &mut Scene, [one, other]: [(f64, f64); 2], width: f64, colour: Colour) {
    if [one, other].iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return;
    }
    scene.path(&[one, other], width, colour);
    let is_level = (one.1 - other.1).abs() < 1e-9;
    for (x, y) in [one, other] {
        let ends = if is_level { [(x, y - 6.0), (x, y + 6.0)] } else { [(x - 6.0, y), (x + 6.0, y)] };
        scene.path(&ends, width, colour);
    }
}
