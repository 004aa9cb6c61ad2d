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
use crate::show::page::Page;
use crate::show::picture;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{SMALL, Scale};
use crate::show::ticks::Tick;
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
    /// What its values are called, where they are names: those of 0, 1, ...
    pub names: Vec<String>,
    /// Its values, where they are a list.
    values: Vec<f64>,
}

impl Axis {
    /// An axis; a distribution of logarithms is drawn so.
    pub fn new(quantity: Quantity, distribution: String, ends: Option<[f64; 2]>) -> Self {
        let is_log = distribution.starts_with("log");
        let values = listed(&distribution).map(|(values, _)| values).unwrap_or_default();
        let values = values.into_iter().filter_map(|value| value.parse().ok()).collect();
        Self { quantity, is_log, distribution, ends, names: Vec::new(), values }
    }

    /// The same of values that have names, as named states have.
    #[must_use]
    pub fn named(mut self, names: Vec<String>) -> Self {
        self.distribution = with_names(&self.distribution, &names);
        self.names = names;
        self
    }

    /// A value's place on the drawn scale.
    fn scaled(&self, value: f64) -> f64 {
        if self.is_log { value.log10() } else { value }
    }

    /// Whether it has a list of values.
    fn is_discrete(&self) -> bool {
        !self.values.is_empty()
    }

    /// Ticks at its values, where it has a short list of values.
    fn marks(&self) -> Option<Vec<Tick>> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.is_empty() || values.len() > MOST_VALUES {
            return None;
        }
        let text = |value: f64| match self.names.get(value as usize) {
            Some(name) => words::label(name),
            None => words::number(value),
        };
        Some(
            values
                .into_iter()
                .map(|value| Tick { at: self.scaled(value), text: Some(text(value)) })
                .collect(),
        )
    }

    /// A scale over its range, else over what occurs.
    fn scale(&self, low: f64, high: f64) -> Scale {
        let [from, to] = self.ends.unwrap_or([low, high]);
        let [low, high] = [low.min(from), high.max(to)].map(|value| self.scaled(value));
        // Of one value alone.
        let [low, high] = if low < high { [low, high] } else { [low - 0.5, low + 0.5] };
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
    /// The size on paper, and what stands around the frames.
    pub page: Page,
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
        if let [one, other] = &asked.inputs[..]
            && one.eq_ignore_ascii_case(other)
        {
            return Err(wrong(format!("`--x` and `--y` are both `{one}`; name two parameters")));
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
        ranges(told.map(|axis| (axis.quantity.name.as_str(), axis.distribution.as_str())))
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

/// How a list of values begins among distributions.
const DISCRETE: &str = "discrete = [";
/// So many values of a list have a tick each.
const MOST_VALUES: usize = 7;

/// The values of a list, and what is said of them besides.
fn listed(distribution: &str) -> Option<(Vec<&str>, &str)> {
    let (list, rest) = distribution.strip_prefix(DISCRETE)?.split_once(']')?;
    Some((list.split(',').map(str::trim).collect(), rest))
}

/// A list of values that have names by their names.
pub fn with_names(distribution: &str, names: &[String]) -> String {
    let Some((values, rest)) = listed(distribution) else { return distribution.to_owned() };
    let name = |value: &&str| {
        let place = value.parse::<f64>().ok().filter(|place| *place >= 0.0);
        place
            .and_then(|place| names.get(place as usize))
            .map_or((*value).to_owned(), |name| words::plain(name))
    };
    format!("{DISCRETE}{}]{rest}", values.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// How an input varies, for a reader: of a long list of values how many there are, of equal weights nothing, of long numbers four digits.
fn heading(distribution: &str) -> String {
    let text = words::with_short_numbers(distribution);
    let Some((values, rest)) = listed(&text) else { return text };
    let weights = rest.strip_prefix(", weights = [").and_then(|rest| rest.strip_suffix(']'));
    let weights: Vec<f64> = weights
        .into_iter()
        .flat_map(|list| list.split(','))
        .filter_map(|own| own.trim().parse().ok())
        .collect();
    let is_even =
        weights.len() == values.len() && weights.iter().all(|own| (own - weights[0]).abs() < 1e-3 * own);
    match (values.first(), values.last()) {
        (Some(first), Some(last)) if values.len() > 4 => {
            let how = if is_even { "" } else { ", not equally probable" };
            format!("{} values, {first} to {last}{how}", values.len())
        }
        _ if is_even => format!("{DISCRETE}{}]", values.join(", ")),
        _ => text,
    }
}

/// How inputs vary, for a caption.
fn ranges<'a>(inputs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let told: Vec<String> =
        inputs.map(|(name, distribution)| format!("{name} {}", heading(distribution))).collect();
    format!("Ranges, as they were chosen: {}.", words::plain_list(&told))
}

fn wrong(what: String) -> ShowError {
    AnalyseError::Estimator { what }.into()
}

/// Draws a figure of runs into a PNG, SVG or PDF file.
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
    picture::write(&scene, &asked.page, path)
}

/// Draws the probabilities of runs as text for a terminal: a line a parameter, of letters whose height is the probability;
/// texts are broken into lines of so many letters, if it is said.
///
/// # Errors
/// When the runs do not have what is asked for.
pub fn plot_runs_text(
    subject: &Subject<'_>,
    asked: &Asked,
    columns: Option<usize>,
) -> Result<String, ShowError> {
    curves::text(subject, asked, columns)
}

/// Draws a figure of indices, at one of the places that they are of, into a PNG, SVG or PDF file.
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
    picture::write(&scene, &asked.page, path)
}

fn check(path: &Path) -> Result<(), ShowError> {
    picture::Format::of(path)?;
    Ok(aside::check(path).map_err(AnalyseError::from)?)
}

/// Indices at a place, of some outputs.
struct Chosen<'a> {
    page: &'a Page,
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
    fn new(indices: &'a Indices, place: usize, asked: &'a Asked) -> Result<Self, ShowError> {
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
        let mut own = Self { page: &asked.page, indices, place, outputs: Vec::new(), left_out: 0 };
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
        ranges(own.map(|(name, distribution)| (name.as_str(), distribution.as_str())))
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

/// The widest name in a list of names.
const LONGEST_NAME: f64 = 360.0;
/// From name to name in a list.
const OF_A_NAME: f64 = 1.5 * SMALL;

/// Names with a colour each, cut to the room of a list so that they still differ.
fn in_colours(names: &[String], colours: &[Colour]) -> Vec<(String, Colour)> {
    let names: Vec<String> = names.iter().map(|name| words::plain(name)).collect();
    let names = words::distinct(&names, LONGEST_NAME, |text| font::width(text, SMALL));
    names.into_iter().zip(colours.iter().copied()).collect()
}

/// The room that a list of names beside strokes of their colours needs.
fn size_of_names(names: &[(String, Colour)]) -> [f64; 2] {
    let width = names.iter().map(|(name, _)| 60.0 + font::width(name, SMALL)).fold(100.0, f64::max);
    [width, OF_A_NAME * names.len() as f64]
}

/// Lists names beside strokes of their colours.
fn list_names(board: &mut Board, names: &[(String, Colour)]) {
    let (left, top) = board.legend_at;
    let mut baseline = top + 0.8 * SMALL;
    for (name, colour) in names {
        let middle = baseline - 0.36 * SMALL;
        board.scene.path(&[(left, middle), (left + 40.0, middle)], 5.0, *colour);
        board.scene.text(name, (left + 56.0, baseline), SMALL, Anchor::Start, INK);
        baseline += OF_A_NAME;
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

/// A line of strokes from one place to another.
fn dashed(scene: &mut Scene, [from, to]: [(f64, f64); 2], width: f64, colour: Colour) {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let length = across.hypot(down);
    let place = |at: f64| (from.0 + across * at / length, from.1 + down * at / length);
    let mut at = 0.0;
    while at < length {
        scene.path(&[place(at), place((at + 12.0).min(length))], width, colour);
        at += 22.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_short_and_keeps_the_range() {
        assert_eq!(heading("uniform = [-3.141592653589793, 3.141592653589793]"), "uniform = [-3.142, 3.142]");
        assert_eq!(
            heading("normal = [220.0, 50.0], truncated = [120.0, 320.0]"),
            "normal = [220.0, 50.0], truncated = [120.0, 320.0]"
        );
        assert_eq!(heading("discrete = [1.0, 2.0], weights = [0.5, 0.5]"), "discrete = [1.0, 2.0]");
        assert_eq!(
            heading("discrete = [1.0, 2.0], weights = [0.25, 0.75]"),
            "discrete = [1.0, 2.0], weights = [0.25, 0.75]"
        );
        let weights = ", weights = [0.2, 0.2, 0.2, 0.2, 0.2]";
        assert_eq!(
            heading(&format!("discrete = [1.0, 2.0, 3.0, 4.0, 5.0]{weights}")),
            "5 values, 1.0 to 5.0"
        );
    }

    #[test]
    fn named_states_have_ticks_with_their_names_and_lists_of_numbers_their_values() {
        let quantity = Quantity::real("start", "1", "initial state");
        let axis = Axis::new(
            quantity.clone(),
            "discrete = [0.0, 2.0], weights = [0.5, 0.5]".into(),
            Some([0.0, 2.0]),
        )
        .named(["rest", "middle", "spiking_fast"].map(String::from).to_vec());
        assert_eq!(heading(&axis.distribution), "discrete = [rest, spiking_fast]");
        let marks = axis.marks().expect("ticks");
        let told: Vec<(f64, &str)> =
            marks.iter().map(|tick| (tick.at, tick.text.as_deref().unwrap_or_default())).collect();
        assert_eq!(told, [(0.0, "rest"), (2.0, "spiking fast")]);
        let list = Axis::new(quantity.clone(), "discrete = [4.0, 1.5], weights = [0.5, 0.5]".into(), None);
        assert_eq!(list.marks().expect("ticks")[0].text.as_deref(), Some("1.5"));
        assert_eq!(Axis::new(quantity, "uniform = [0.0, 1.0]".into(), None).marks(), None);
    }
}
