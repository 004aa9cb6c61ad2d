//! Which parameters an outcome depends on: Sobol' indices and Shapley effects of the labels and features of a finished map, exactly,
//! since a full grid has every combination of its values once. Knows neither how a map was computed nor how a report looks.
//!
//! Every value of an axis has the same weight; a logarithmic axis is therefore uniform in the logarithm. Where points are excluded or
//! values undefined the inputs are no longer independent, and the correlation ratio of the groups of one input takes the first
//! order's place.

mod decomposition;
pub mod expected;
mod file;
mod outputs;
pub mod sampled;
mod sums;
mod table;

use std::collections::BTreeMap;

use crate::analyse::AnalyseError;
use crate::analyse::cut::place;
use crate::analyse::pieces::pieces;
use crate::analyse::shares::Tally;
use crate::experiment::Status;
use crate::store::map::Map;
use crate::table::Quantity;

use decomposition::{Decomposition, MOST_FOR_SHAPLEY, kept};
use outputs::{Output, Outputs, Value};
use sums::{Grid, Sums};

pub use file::indices;
pub use outputs::{REGIMES, SEIZING};

/// So many sums are held at once, of all outputs of one pass over the map: 128 MiB.
const MOST_SUMS: u128 = 1 << 24;
/// Where one output needs more sums than these (512 MiB), its ST is not computed.
const MOST_FOR_TOTALS: u128 = 1 << 26;
/// When more than this part of an output's values is undefined, its indices are not computed.
const MOST_UNDEFINED: f64 = 0.01;

/// What to analyse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The outputs, by name without regard to case; all where none is named.
    pub of: Vec<String>,
    /// Where axes stand, as `name=value`; all others are inputs.
    pub at: Vec<String>,
    /// What undefined values of features count as.
    pub fill: Option<f64>,
}

/// A parameter that varies.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The axis' own quantity, then those linked to it, which vary together and count as one.
    pub columns: Vec<Quantity>,
    /// How many values it has.
    pub length: u64,
    /// Its first and last value.
    pub range: [f64; 2],
    /// Whether its values have equal ratios, so that equal weights are uniform in the logarithm.
    pub is_logarithmic: bool,
    /// The names of its values, where they have names.
    pub labels: Vec<String>,
}

impl Input {
    /// The name of the axis.
    pub fn name(&self) -> &str {
        &self.columns[0].name
    }

    /// What its values are.
    pub fn range(&self) -> String {
        let [low, high] = self.range;
        match (&self.labels[..], self.is_logarithmic) {
            ([], false) => format!("{} values from {low} to {high}", self.length),
            ([], true) => format!("{} values from {low} to {high}, of equal ratios", self.length),
            (names, _) => names.join(", "),
        }
    }
}

/// The value at which an axis stands.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Place {
    /// A number.
    Number(f64),
    /// A name.
    Name(String),
}

/// How indices were computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimator {
    /// Balanced analysis of variance of a full grid: exact.
    Anova,
    /// Means of groups of points, where values are missing: exact for the points there are; inputs are then dependent.
    Groups,
}

impl Estimator {
    /// Every estimator, in the order of its number in a file.
    pub const ALL: [Self; 2] = [Self::Anova, Self::Groups];

    /// Its name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anova => "anova",
            Self::Groups => "groups",
        }
    }
}

/// The indices of one input for one output; `None` of a constant, and of what cannot be known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Indices {
    /// The first order, S1.
    pub first: Option<f64>,
    /// The total order, ST.
    pub total: Option<f64>,
    /// The Shapley effect.
    pub shapley: Option<f64>,
}

/// What was found for one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The output's name.
    pub output: String,
    /// Values used.
    pub points: u64,
    /// Undefined values, which were left out.
    pub dropped: u64,
    /// Mean and variance; `None` of all labels together, and of an output without a defined value.
    pub moments: Option<[f64; 2]>,
    /// Whether it has one value only.
    pub is_constant: bool,
    /// How it was computed.
    pub estimator: Estimator,
    /// The indices, in the order of the inputs.
    pub indices: Vec<Indices>,
    /// The second order S2 of every pair of inputs, the first before the second.
    pub pairs: Vec<(usize, usize, Option<f64>)>,
    /// Why indices are missing.
    pub remark: Option<String>,
}

/// An analysis of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The title of the map.
    pub title: String,
    /// What varies.
    pub inputs: Vec<Input>,
    /// Where the other axes stand.
    pub at: Vec<(String, Place)>,
    /// Points that the study's `where` excludes.
    pub excluded: u64,
    /// The outputs.
    pub outputs: Vec<Analysis>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// The `identity_hash` of the map.
    pub identity: Option<String>,
}

/// The part of a map that is analysed: a grid, and where it lies.
struct Domain<'map> {
    map: &'map Map,
    /// For every axis of the map, where it stands; `None` of an input.
    stands: Vec<Option<u64>>,
    grid: Grid,
}

impl<'map> Domain<'map> {
    fn new(map: &'map Map, at: &[String]) -> Result<Self, AnalyseError> {
        let mut stands: Vec<Option<u64>> =
            map.axes().iter().map(|axis| (axis.length == 1).then_some(0)).collect();
        let mut chosen = Vec::new();
        for text in at {
            let (axis, index) = place(map, text)?;
            if chosen.contains(&axis) {
                return Err(AnalyseError::HeldTwice { name: map.axes()[axis].columns[0].name.clone() });
            }
            chosen.push(axis);
            stands[axis] = Some(index);
        }
        let lengths = map.axes().iter().zip(&stands).filter(|(_, stands)| stands.is_none());
        let grid = Grid::new(lengths.map(|(axis, _)| axis.length).collect());
        if grid.inputs() == 0 {
            return Err(AnalyseError::NothingVaries);
        }
        Ok(Self { map, stands, grid })
    }

    /// The boxes in which the map is read: begin and extent in the map, and the same along the inputs alone.
    fn boxes(&self) -> Result<impl Iterator<Item = [Vec<u64>; 4]> + '_, AnalyseError> {
        let shape: Vec<u64> = self
            .map
            .shape()
            .iter()
            .zip(&self.stands)
            .map(|(&length, stands)| stands.map_or(length, |_| 1))
            .collect();
        let chunk: Vec<u64> =
            self.map.chunk()?.iter().zip(&shape).map(|(&side, &length)| side.min(length)).collect();
        let of_inputs = |sides: &[u64]| -> Vec<u64> {
            let inputs = sides.iter().zip(&self.stands).filter(|(_, stands)| stands.is_none());
            inputs.map(|(&side, _)| side).collect()
        };
        Ok(pieces(&shape, &chunk).map(move |(start, count)| {
            let (inner, extent) = (of_inputs(&start), of_inputs(&count));
            let place = |(start, stands): (&u64, &Option<u64>)| stands.unwrap_or(*start);
            [start.iter().zip(&self.stands).map(place).collect(), count, inner, extent]
        }))
    }

    fn inputs(&self) -> Result<Vec<Input>, AnalyseError> {
        let mut inputs = Vec::new();
        for (number, axis) in self.map.axes().iter().enumerate() {
            if self.stands[number].is_none() {
                let value = |index| Ok::<_, AnalyseError>(self.map.values(number, 0, index..index + 1)?[0]);
                inputs.push(Input {
                    columns: axis.columns.clone(),
                    length: axis.length,
                    range: [value(0)?, value(axis.length - 1)?],
                    is_logarithmic: axis.is_logarithmic,
                    labels: axis.labels.clone(),
                });
            }
        }
        Ok(inputs)
    }

    fn places(&self) -> Result<Vec<(String, Place)>, AnalyseError> {
        let mut places = Vec::new();
        for (number, axis) in self.map.axes().iter().enumerate() {
            let Some(index) = self.stands[number] else { continue };
            let place = match axis.labels.get(index as usize) {
                Some(name) => Place::Name(name.clone()),
                None => Place::Number(self.map.values(number, 0, index..index + 1)?[0]),
            };
            places.push((axis.columns[0].name.clone(), place));
        }
        Ok(places)
    }

    /// How many points have each regime, and how many are excluded.
    fn count(&self) -> Result<(Tally, u64), AnalyseError> {
        let (mut regimes, mut statuses) = (Tally::default(), Tally::default());
        for [start, count, ..] in self.boxes()? {
            regimes.add(&self.map.regime(&start, &count)?);
            statuses.add(&self.map.status(&start, &count)?);
        }
        let absent = statuses.count(Status::NotComputed as u8);
        if absent > 0 {
            return Err(AnalyseError::Unfinished { points: absent });
        }
        Ok((regimes, statuses.count(Status::Excluded as u8)))
    }
}

/// Analyses a map. Memory goes with the map's points divided by its shortest axis, not with its outputs; every value is read once.
///
/// # Errors
/// When a name or a place is not of the map, nothing varies, points are not computed yet, an output that is asked for by name is
/// undefined at more than 1 % of the points, or the map cannot be read.
pub fn analyse(map: &Map, request: &Request) -> Result<Report, AnalyseError> {
    let domain = Domain::new(map, &request.at)?;
    let (regimes, excluded) = domain.count()?;
    let Outputs { list, unknown } = Outputs::of(map, &regimes, &request.of)?;
    let wanted = kept(&domain.grid, MOST_FOR_TOTALS);
    let each = wanted.iter().map(|&set| domain.grid.size(set)).sum::<u128>().max(1);
    let at_once = usize::try_from(MOST_SUMS / each).unwrap_or(usize::MAX).max(1);
    let labels = sums_of_labels(&domain, &list, &wanted, at_once)?;
    let mut found = Vec::new();
    for batch in list.chunks(at_once) {
        let values: Vec<&Value> = batch.iter().map(|output| &output.value).collect();
        let sums = sum(&domain, &values, &wanted, request.fill)?;
        for (output, sums) in batch.iter().zip(sums) {
            found.push(if output.value == Value::Together {
                together(output, &labels, excluded)
            } else {
                analysis(output, &sums, &domain.grid, excluded)?
            });
        }
    }
    let notes = notes(&domain, &found, unknown, excluded);
    Ok(Report {
        title: map.attribute("title").unwrap_or("A map without a title").to_owned(),
        inputs: domain.inputs()?,
        at: domain.places()?,
        excluded,
        outputs: found,
        notes,
        identity: map.attribute("identity_hash").map(str::to_owned),
    })
}

/// The decompositions of all labels of a map, and how many points they are of; nothing where they are not wanted together.
fn sums_of_labels(
    domain: &Domain<'_>,
    list: &[Output],
    sets: &[sums::Set],
    at_once: usize,
) -> Result<Vec<(Decomposition, u64)>, AnalyseError> {
    let mut found = Vec::new();
    if list.iter().any(|output| output.value == Value::Together) {
        let labels = domain.map.labels().len();
        let fact = |label, other| f64::from(u8::from(other == label));
        let values: Vec<Value> = (0..labels)
            .map(|label| Value::Label((0..labels).map(|other| fact(label, other)).collect()))
            .collect();
        for batch in values.chunks(at_once) {
            for sums in sum(domain, &batch.iter().collect::<Vec<_>>(), sets, None)? {
                found.push((Decomposition::of(&sums, &domain.grid), sums.defined()));
            }
        }
    }
    Ok(found)
}

/// Sums outputs in one pass over the map.
fn sum(
    domain: &Domain<'_>,
    outputs: &[&Value],
    sets: &[sums::Set],
    fill: Option<f64>,
) -> Result<Vec<Sums>, AnalyseError> {
    let mut all: Vec<Sums> = outputs.iter().map(|_| Sums::new(&domain.grid, sets)).collect();
    for [start, count, inner, extent] in domain.boxes()? {
        let regimes = domain.map.regime(&start, &count)?;
        let statuses = domain.map.status(&start, &count)?;
        for (value, sums) in outputs.iter().zip(&mut all) {
            let mut values: Vec<f64> = match value {
                Value::Label(numbers) => regimes.iter().map(|&label| numbers[usize::from(label)]).collect(),
                Value::Feature(number) => domain.map.slab(*number, &start, &count)?,
                Value::Together => continue,
            };
            if let (Some(fill), Value::Feature(_)) = (fill, value) {
                values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = fill);
            }
            for (value, &status) in values.iter_mut().zip(&statuses) {
                if status == Status::Excluded as u8 {
                    *value = f64::NAN;
                }
            }
            sums.add(&inner, &extent, &mut values);
        }
    }
    Ok(all)
}

/// Why a grid that is not full has no ST.
fn without_balance(excluded: u64, undefined: u64) -> String {
    let why = match (excluded, undefined) {
        (0, undefined) => format!("{undefined} values are undefined"),
        (excluded, 0) => format!("the study's `where` excludes {excluded} points"),
        (excluded, undefined) => {
            format!("the study's `where` excludes {excluded} points and {undefined} values are undefined")
        }
    };
    format!(
        "{why}: the inputs are not independent there, so ST and S2 are not defined; S1 is the correlation ratio of the groups, and may sum to more than 1"
    )
}

const TOO_LARGE: &str = "ST would need more sums than memory is given for; hold an axis with --at";

fn analysis(output: &Output, sums: &Sums, grid: &Grid, excluded: u64) -> Result<Analysis, AnalyseError> {
    // Excluded points are undefined too.
    let dropped = sums.undefined() - excluded;
    let share = dropped as f64 / ((sums.defined() + dropped) as f64).max(1.0);
    let by_label = matches!(output.value, Value::Label(_));
    if share > MOST_UNDEFINED && !by_label {
        if output.is_wanted {
            return Err(AnalyseError::Undefined { name: output.name.clone(), percent: 100.0 * share });
        }
        let remark =
            format!("undefined at {:.3} % of the points, left out; --fill 0 counts them as 0", 100.0 * share);
        return Ok(Analysis {
            output: output.name.clone(),
            points: sums.defined(),
            dropped,
            moments: None,
            is_constant: false,
            estimator: Estimator::Groups,
            indices: vec![Indices::default(); grid.inputs()],
            pairs: Vec::new(),
            remark: Some(remark),
        });
    }
    let moments = (sums.defined() > 0).then(|| [sums.mean(), sums.variance()]);
    let decomposition = Decomposition::of(sums, grid);
    let is_constant = sums.defined() == 0 || sums.variance() <= 0.0;
    Ok(described(
        output,
        &decomposition,
        grid.inputs(),
        (sums.defined(), dropped, excluded),
        moments,
        is_constant,
    ))
}

fn together(output: &Output, labels: &[(Decomposition, u64)], excluded: u64) -> Analysis {
    let parts: Vec<&Decomposition> = labels.iter().map(|(part, _)| part).collect();
    let whole = Decomposition::together(&parts).expect("a map has labels");
    let points = labels[0].1;
    let is_constant = whole.is_constant();
    described(output, &whole, whole.inputs(), (points, 0, excluded), None, is_constant)
}

/// `counts`: points used, dropped, excluded.
fn described(
    output: &Output,
    decomposition: &Decomposition,
    inputs: usize,
    (points, dropped, excluded): (u64, u64, u64),
    moments: Option<[f64; 2]>,
    is_constant: bool,
) -> Analysis {
    let of = |input| Indices {
        first: decomposition.first(input),
        total: decomposition.total(input),
        shapley: decomposition.shapley(input),
    };
    let indices: Vec<Indices> = (0..inputs).map(of).collect();
    let is_balanced = decomposition.is_balanced();
    let pairs = (0..inputs).flat_map(|one| (one + 1..inputs).map(move |other| (one, other)));
    let remark = match () {
        () if is_constant => None,
        () if !is_balanced => Some(without_balance(excluded, dropped)),
        () if indices[0].total.is_none() => Some(TOO_LARGE.to_owned()),
        () => None,
    };
    Analysis {
        output: output.name.clone(),
        points,
        dropped,
        moments,
        is_constant,
        estimator: if is_balanced { Estimator::Anova } else { Estimator::Groups },
        indices,
        pairs: pairs.map(|(one, other)| (one, other, decomposition.second(one, other))).collect(),
        remark,
    }
}

fn notes(domain: &Domain<'_>, found: &[Analysis], unknown: f64, excluded: u64) -> Vec<String> {
    let mut notes = Vec::new();
    if excluded > 0 {
        notes.push(format!(
            "the study's `where` excludes {excluded} points, which are not part of any output"
        ));
    }
    if domain.grid.inputs() > MOST_FOR_SHAPLEY {
        notes.push(format!("Shapley effects are computed of at most {MOST_FOR_SHAPLEY} inputs"));
    }
    let own = |name: &str| found.iter().find(|analysis| analysis.output == name);
    let three =
        [SEIZING.to_owned(), format!("{SEIZING}_unknown_as_1"), format!("{SEIZING}_unknown_left_out")];
    let ways: Vec<&Analysis> = three.iter().filter_map(|name| own(name)).collect();
    if ways.len() == three.len() {
        let orders: Vec<Vec<usize>> = ways.iter().map(|analysis| order(analysis)).collect();
        let verdict = if orders.iter().all(|order| *order == orders[0]) {
            "the order of the parameters by S1 is the same in all three"
        } else {
            "not told: the order of the parameters by S1 depends on it"
        };
        notes.push(format!(
            "{:.3} % of the points are unclassified (unsettled, diverged or failed); `seizing` counts them as 0, {} as 1, {} not at all: {verdict}",
            100.0 * unknown, three[1], three[2]
        ));
    }
    notes
}

/// The inputs from the largest first-order index to the smallest.
fn order(analysis: &Analysis) -> Vec<usize> {
    let first = |input: &usize| analysis.indices[*input].first.unwrap_or(0.0);
    let mut order: Vec<usize> = (0..analysis.indices.len()).collect();
    order.sort_by(|one, other| first(other).total_cmp(&first(one)));
    order
}

impl Report {
    /// One object an output and parameter, then one an output and pair of parameters; numbers that cannot be known are `null`.
    pub fn to_json(&self) -> Vec<serde_json::Value> {
        let at: BTreeMap<&str, &Place> = self.at.iter().map(|(name, place)| (name.as_str(), place)).collect();
        let mut objects = Vec::new();
        for analysis in &self.outputs {
            // Indices of a grid are exact: their intervals have no width.
            let half = |index: Option<f64>| index.map(|_| 0.0);
            let estimator = analysis.estimator.name();
            for (input, own) in self.inputs.iter().zip(&analysis.indices) {
                objects.push(serde_json::json!({
                    "output": analysis.output, "parameter": input.name(),
                    "S1": own.first, "S1_half": half(own.first), "ST": own.total, "ST_half": half(own.total),
                    "Shapley": own.shapley, "n": analysis.points, "at": at, "estimator": estimator,
                    "dropped": analysis.dropped,
                }));
            }
            for &(one, other, second) in &analysis.pairs {
                objects.push(serde_json::json!({
                    "output": analysis.output, "parameter": self.inputs[one].name(),
                    "parameter_2": self.inputs[other].name(), "S2": second, "S2_half": half(second),
                    "n": analysis.points, "at": at, "estimator": estimator, "dropped": analysis.dropped,
                }));
            }
        }
        objects
    }
}
