//! Which parameters an outcome depends on, from the runs of a design: Sobol' indices of pick-freeze blocks and of group means, elementary
//! effects of trajectories, measures of given points. Knows neither where outcomes come from nor how a report looks.

mod conditional;
mod elementary;
mod file;
mod frozen;
mod given;
mod intervals;
mod moments;
mod outputs;
mod runs;
mod strata;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::analyse::AnalyseError;
use crate::analyse::sensitivity::SEIZING;
use crate::analyse::sensitivity::table::short;
use crate::store::outcomes::{Block, Column, Outcomes};

use elementary::Moves;
use frozen::{Plan, Tallies};
use given::{DUMMIES, Points};
use outputs::{Output, Outputs, Source, Treatment};
use strata::Strata;

pub use conditional::{Conditional, Conditioning, Cumulative, Curve, Pair, Parts, Told};
pub use elementary::Effects;
pub use file::indices;
pub use given::Given;
pub use intervals::widening;
pub use moments::{First, Total};
pub use runs::{Layout, Place, axis_of_runs, first_rows, of_map, places};

/// When more than this part of an output's pairs of rows is undefined, its indices are not computed.
const MOST_UNDEFINED: f64 = 0.01;
/// Of fewer rows over all replicates estimates can agree by chance alone, so that an interval would be far too narrow.
const LEAST_ROWS: usize = 32;
/// What is less than this is not seen in four digits.
const SHOWN: f64 = 5e-5;
/// A rank regression that explains less than this part tells little.
const LEAST_EXPLAINED: f64 = 0.5;
/// An input whose group means explain so much more than its rank correlation is not monotone.
const NOT_MONOTONE: f64 = 0.05;

/// What to analyse, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The outputs, by name without regard to case; all where none is named.
    pub of: Vec<String>,
    /// The labels that count as seizing.
    pub seizing: Vec<String>,
    /// What undefined values count as.
    pub fill: Option<f64>,
    /// The label within which columns of numbers are analysed.
    pub within: Option<String>,
    /// The estimator of the first order, unless the default.
    pub first: Option<First>,
    /// The estimator of the total order, unless the default.
    pub total: Option<Total>,
    /// Whether the second order is wanted, so that it is an error where it cannot be.
    pub second: bool,
    /// Where each input of each run stands in its distribution, from 0 to 1, in the order of the inputs' own values; where it is not known,
    /// elementary effects are per unit of the range that occurs.
    pub places: Option<Vec<Vec<f64>>>,
    /// Whether the points are known to be Sobol' points; else their values are looked at.
    pub is_of_sobol: bool,
}

/// A number with half the width of its 95 % interval; nothing where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: Option<f64>,
    /// Half the width.
    pub half: Option<f64>,
}

impl Estimate {
    fn new(value: f64, half: f64) -> Self {
        let told = |number: f64| number.is_finite().then_some(number);
        Self { value: told(value), half: told(value).and(told(half)) }
    }

    /// With an interval of this half width where it has none of its own: estimates of few changes may agree by chance.
    fn resolved_to(self, resolution: f64) -> Self {
        Self { half: self.half.map(|half| if half > 0.0 { half } else { resolution }), ..self }
    }
}

/// How runs are laid out, which decides what can be computed of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Two samples, and rows with a group from the other one.
    PickFreeze,
    /// Points from which one group after another moves.
    Elementary,
    /// One sample.
    Given,
}

/// What varies as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its columns, with the least and the largest value of each.
    pub columns: Vec<(String, [f64; 2])>,
    /// How each column varies, in words of a study, where the study is known.
    pub distributions: Vec<String>,
}

impl Parameter {
    /// How it varies: by its distributions where they are known, else by what occurs.
    pub fn distribution(&self) -> String {
        let one = |(column, (name, [low, high])): (usize, &(String, [f64; 2]))| {
            let own = self.distributions.get(column).cloned();
            let told = own.unwrap_or_else(|| format!("{} to {}", short(*low), short(*high)));
            if self.columns.len() == 1 { told } else { format!("{name} {told}") }
        };
        self.columns.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// What was found for one output and parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Indices {
    /// The first order, S1.
    pub first: Estimate,
    /// The total order, ST.
    pub total: Estimate,
    /// S1 after Saltelli et al. 2010 and after Janon et al. 2014, and ST after Jansen 1999.
    pub published: [Estimate; 3],
    /// Elementary effects.
    pub effects: Option<Effects>,
    /// Measures of given points.
    pub given: Option<Given>,
    /// The names of the estimators, `S1+ST`.
    pub estimator: String,
    /// Pairs of rows, or moves, or runs, that were left out since a value is undefined.
    pub dropped: u64,
}

/// What was found for one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The output's name.
    pub output: String,
    /// Runs with a value.
    pub runs: u64,
    /// Runs without.
    pub undefined: u64,
    /// Mean and variance, over the samples that are independent; none of all labels together.
    pub moments: Option<[f64; 2]>,
    /// Whether it has one value only.
    pub is_constant: bool,
    /// Whether runs are left out for what came of them, so that the inputs are not independent among those that are left.
    pub is_conditional: bool,
    /// In the order of the parameters.
    pub indices: Vec<Indices>,
    /// The second order of pairs of parameters.
    pub pairs: Vec<(usize, usize, Estimate)>,
    /// The largest measures of ten dummies: S1 of group means, and those of given points.
    pub floor: Option<(Option<f64>, Given)>,
    /// What should be known about it.
    pub remarks: Vec<String>,
}

impl Analysis {
    /// Leaves the numbers without intervals.
    fn drop_intervals(&mut self) {
        let of_pairs = self.pairs.iter_mut().map(|(_, _, own)| own);
        let of_indices = self
            .indices
            .iter_mut()
            .flat_map(|own| [&mut own.first, &mut own.total].into_iter().chain(&mut own.published));
        of_indices.chain(of_pairs).for_each(|own| own.half = None);
    }
}

/// An analysis of the runs of a design.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// One line.
    pub title: String,
    /// What can be computed.
    pub method: Method,
    /// Replicates, rows of a block, blocks.
    pub size: [usize; 3],
    /// What varies.
    pub parameters: Vec<Parameter>,
    /// The outputs.
    pub outputs: Vec<Analysis>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// The `identity_hash` of the study.
    pub identity: Option<String>,
    /// Where the other axes of the map stand: their names with a number, or with the name of a value.
    pub at: BTreeMap<String, serde_json::Value>,
}

/// What is the same for all outputs.
struct Setting<'runs> {
    runs: &'runs Outcomes,
    method: Method,
    plan: Plan<'runs>,
    moves: Option<Moves>,
    points: Option<Points>,
    first: Vec<First>,
    total: Total,
    /// Why there is no ST, where that is so.
    no_total: Option<String>,
    has_ba: bool,
}

/// Analyses the runs of a design.
///
/// # Errors
/// When an output or a label is unknown, an estimator cannot be had from these runs, or an output that is asked for is undefined in more
/// than 1 % of the pairs.
pub fn analyse(runs: &Outcomes, title: &str, request: &Request) -> Result<Report, AnalyseError> {
    let setting = Setting::new(runs, request)?;
    let treatment = Treatment { fill: request.fill, within: within(runs, request.within.as_deref())? };
    let Outputs { mut list, unknown } = Outputs::of(runs, &request.seizing, &request.of)?;
    if setting.method == Method::Elementary {
        list.retain(|output| output.is_wanted || !matches!(output.source, Source::Together(_)));
    }
    let mut found = Vec::new();
    for output in &list {
        found.push(setting.analysis(output, &treatment)?);
    }
    let parameters = runs
        .groups
        .iter()
        .map(|(name, members)| Parameter {
            name: name.clone(),
            columns: members
                .iter()
                .map(|&input| (runs.inputs[input].0.clone(), range(&runs.inputs[input].1)))
                .collect(),
            distributions: Vec::new(),
        })
        .collect();
    let notes = setting.notes(&found, unknown, request);
    Ok(Report {
        title: title.to_owned(),
        method: setting.method,
        size: [runs.replicates, runs.base, runs.blocks.len()],
        parameters,
        outputs: found,
        notes,
        identity: None,
        at: BTreeMap::new(),
    })
}

fn range(values: &[f64]) -> [f64; 2] {
    let wider = |[low, high]: [f64; 2], value: &f64| [low.min(*value), high.max(*value)];
    values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], wider)
}

/// Which runs have a label.
fn within(runs: &Outcomes, label: Option<&str>) -> Result<Option<Vec<bool>>, AnalyseError> {
    let Some(label) = label else { return Ok(None) };
    let mut known = Vec::new();
    for (_, column) in &runs.outputs {
        if let Column::Labels(codes, names) = column {
            if let Some(wanted) = names.iter().position(|name| name == label) {
                return Ok(Some(codes.iter().map(|&code| usize::from(code) == wanted).collect()));
            }
            known.extend(names.iter().map(String::as_str));
        }
    }
    Err(AnalyseError::not_in_table("label", label, known))
}

/// The values of an input at A, and at B where it is kept of it too, `[replicate][block][row]`.
fn of_samples(runs: &Outcomes, input: usize) -> Cow<'_, [f64]> {
    let (base, kept) = (runs.base, runs.blocks_of_inputs);
    let blocks = if runs.blocks.contains(&Block::B) { 2 } else { 1 };
    let values = &runs.inputs[input].1;
    if blocks == kept {
        return Cow::Borrowed(values);
    }
    (0..runs.replicates)
        .flat_map(|replicate| {
            values[replicate * kept * base..(replicate * kept + blocks) * base].iter().copied()
        })
        .collect()
}

impl<'runs> Setting<'runs> {
    fn new(runs: &'runs Outcomes, request: &Request) -> Result<Self, AnalyseError> {
        let has = |block: fn(&Block) -> bool| runs.blocks.iter().any(block);
        let (has_b, has_ab) = (has(|block| *block == Block::B), has(|block| matches!(block, Block::Ab(_))));
        let has_ba = has(|block| matches!(block, Block::Ba(_)));
        let method = match (has_b, has_ab) {
            (true, _) => Method::PickFreeze,
            (false, true) => Method::Elementary,
            (false, false) => Method::Given,
        };
        // Of Morris' trajectories the points of all blocks are moves and no sample.
        let samples: Vec<Cow<'_, [f64]>> = if method == Method::Elementary {
            runs.inputs.iter().map(|(_, values)| Cow::Borrowed(values.as_slice())).collect()
        } else {
            (0..runs.inputs.len()).map(|input| of_samples(runs, input)).collect()
        };
        let is_of_several: Vec<bool> = runs
            .groups
            .iter()
            .map(|(_, members)| {
                members[1..].iter().any(|&other| !given::go_together(&samples[members[0]], &samples[other]))
            })
            .collect();
        let is_of_sobol = || {
            let firsts: Vec<&[f64]> =
                samples.iter().map(|values| &values[..runs.base.min(values.len())]).collect();
            request.is_of_sobol || method == Method::PickFreeze || given::is_of_sobol(&firsts, runs.base)
        };
        refuse(request, method, has_ab, has_ba, &is_of_sobol)?;
        let heads: Vec<&[f64]> = runs.groups.iter().map(|(_, members)| &*samples[members[0]]).collect();
        let independent = samples[0].len() / runs.base;
        let correlated = if method == Method::PickFreeze {
            given::correlated_inputs(&heads, independent)
        } else {
            Vec::new()
        };
        let name = |group: usize| &runs.groups[group].0;
        let no_total = correlated.first().map(|&(one, other, value)| {
            format!(
                "{} and {} are correlated (rank correlation {value:.2}): swapping one alone makes points that do not occur, so ST and S2 are not defined; S1 is that of group means, and may sum to more than 1",
                name(one), name(other)
            )
        });
        let default = |several: bool| match (several, has_ab, has_ba) {
            (false, ..) | (true, false, _) => First::GroupMeans,
            (true, true, true) => First::AzziniRosati,
            (true, true, false) => First::Martinez,
        };
        let first: Vec<First> = is_of_several
            .iter()
            .map(|&several| match request.first {
                Some(own) if !(several && own.is_of_groups()) && no_total.is_none() => own,
                _ => default(several),
            })
            .collect();
        let is_plain = runs.replicates == 1 || request.first == Some(First::PlainGroupMeans);
        let is_floored = method != Method::Elementary && (runs.replicates == 1 || method == Method::Given);
        let dummies = if is_floored {
            given::dummies(independent, runs.base, is_of_sobol(), 2 * runs.inputs.len())
        } else {
            Vec::new()
        };
        let strata = if method == Method::Elementary {
            Vec::new()
        } else {
            let most = strata::groups_of(samples[0].len() / runs.replicates, is_plain);
            let grouped = |values: &[f64]| {
                if is_plain { Strata::new(values, most) } else { Strata::in_cells(values, most) }
            };
            let own =
                heads.iter().zip(&is_of_several).map(|(values, several)| (!several).then(|| grouped(values)));
            let dummies = dummies.iter().map(|values| Some(grouped(values)));
            own.chain(dummies).collect()
        };
        let points =
            (method == Method::Given).then(|| Points::new(&heads, &dummies, independent, is_of_sobol()));
        let moves = (method == Method::Elementary)
            .then(|| Moves::new(runs, request.places.as_deref(), is_of_several))
            .transpose()?;
        let plan = Plan::new(runs, strata, is_plain);
        let total = request.total.unwrap_or(Total::Martinez);
        Ok(Self { runs, method, plan, moves, points, first, total, no_total, has_ba })
    }

    fn analysis(&self, output: &Output, treatment: &Treatment) -> Result<Analysis, AnalyseError> {
        let components = outputs::components(self.runs, &output.source);
        let mut whole = Tallies::default();
        let (mut is_constant, mut moments, mut defined, mut single) = (true, None, 0, Vec::new());
        for component in 0..components {
            let mut values = outputs::values(self.runs, &output.source, treatment, component);
            defined = values.iter().filter(|value| value.is_finite()).count() as u64;
            let samples =
                if self.method == Method::Elementary { values.clone() } else { self.plan.samples(&values) };
            let [low, high] = range(&samples);
            is_constant &= low >= high;
            moments = moments.or_else(|| moments_of(&samples));
            drop(samples);
            if self.method != Method::Elementary && low < high {
                // What is not looked at again is not copied.
                let is_kept = self.method == Method::Given;
                let own = if is_kept { values.clone() } else { std::mem::take(&mut values) };
                whole.add(self.plan.tally(own));
            }
            single = values;
        }
        let is_together = matches!(output.source, Source::Together(_));
        let mut analysis = Analysis {
            output: output.name.clone(),
            runs: defined,
            undefined: (self.runs.replicates * self.runs.blocks.len() * self.runs.base) as u64 - defined,
            moments: moments.filter(|_| !is_together),
            is_constant,
            is_conditional: treatment.within.is_some() && matches!(output.source, Source::Numbers(_))
                || output.name.ends_with("_unknown_left_out"),
            indices: vec![
                Indices { estimator: self.estimator(0), ..Indices::default() };
                self.runs.groups.len()
            ],
            pairs: Vec::new(),
            floor: None,
            remarks: Vec::new(),
        };
        let is_within = treatment.within.is_some() && matches!(output.source, Source::Numbers(_));
        if is_within {
            analysis.remarks.push("within one label: the inputs are not independent there, so indices are about pairs of rows that both have it".into());
        }
        if is_constant {
            return Ok(analysis);
        }
        if is_together && self.method == Method::Elementary {
            let remark = "an elementary effect is of one number, so there is none of all labels together";
            analysis.remarks.push(remark.into());
            return Ok(analysis);
        }
        if let Some(moves) = &self.moves {
            for (own, effects) in analysis.indices.iter_mut().zip(moves.effects(&single)) {
                own.dropped = effects.dropped;
                own.effects = Some(effects);
            }
        } else {
            self.fill(&mut analysis, &whole);
            if self.has_few_rows() {
                analysis.drop_intervals();
            }
        }
        if self.method == Method::Given {
            self.measure(&mut analysis, output, &single, treatment);
        }
        let dropped = analysis.indices.iter().map(|own| own.dropped).max().unwrap_or(0);
        let share = dropped as f64 / self.comparisons();
        let by_label = !matches!(output.source, Source::Numbers(_));
        if share > MOST_UNDEFINED && !by_label && !is_within {
            let percent = 100.0 * share;
            if output.is_wanted {
                return Err(AnalyseError::UndefinedPairs { name: output.name.clone(), percent });
            }
            let none = Indices { estimator: self.estimator(0), ..Indices::default() };
            analysis.indices =
                analysis.indices.iter().map(|own| Indices { dropped: own.dropped, ..none.clone() }).collect();
            analysis.pairs.clear();
            analysis.floor = None;
            analysis.remarks.push(format!(
                "{percent:.3} % of what is compared is undefined, more than 1 %: no indices; --fill 0 counts it as 0, --within LABEL looks at one regime"
            ));
        }
        self.remark(&mut analysis);
        Ok(analysis)
    }

    /// How many groups S1 of one replicate is made of.
    fn groups(&self) -> usize {
        let samples = if self.method == Method::PickFreeze { 2 } else { 1 };
        strata::groups_of(samples * self.runs.base, true)
    }

    fn has_few_rows(&self) -> bool {
        self.runs.base * self.runs.replicates < LEAST_ROWS
    }

    /// How many comparisons an index of one parameter is made of.
    fn comparisons(&self) -> f64 {
        (self.runs.base * self.runs.replicates) as f64
    }

    fn estimator(&self, group: usize) -> String {
        let first = match self.first[group] {
            First::GroupMeans if self.runs.replicates == 1 => First::PlainGroupMeans.name(),
            own => own.name(),
        };
        match self.method {
            Method::Elementary => "elementary_effects".to_owned(),
            Method::PickFreeze if self.has_total(group) => format!("{first}+{}", self.total.name()),
            _ => first.to_owned(),
        }
    }

    fn has_total(&self, group: usize) -> bool {
        self.no_total.is_none() && self.runs.blocks.contains(&Block::Ab(group))
    }

    fn fill(&self, analysis: &mut Analysis, tallies: &Tallies) {
        for (group, own) in analysis.indices.iter_mut().enumerate() {
            own.estimator = self.estimator(group);
            own.dropped = tallies.dropped.get(group).copied().unwrap_or(0);
            own.first = self.plan.first(tallies, group, self.first[group]);
            if self.has_total(group) {
                own.total = self.plan.total(tallies, group, self.total);
                own.published = [
                    self.plan.first(tallies, group, First::Saltelli),
                    self.plan.first(tallies, group, First::Janon),
                    self.plan.total(tallies, group, Total::Jansen),
                ];
            }
        }
        if self.has_ba && self.no_total.is_none() {
            let pairs = self.plan.pairs().into_iter().enumerate();
            analysis.pairs = pairs
                .map(|(at, (one, other))| (one, other, self.plan.second(tallies, at, [one, other])))
                .collect();
        }
        let dummies = &tallies.strata[self.runs.groups.len().min(tallies.strata.len())..];
        if !dummies.is_empty() {
            let largest = dummies
                .iter()
                .filter_map(|ratios| self.plan.between(ratios).value)
                .fold(f64::NEG_INFINITY, f64::max);
            analysis.floor = Some((largest.is_finite().then_some(largest), Given::default()));
        }
    }

    /// The measures of given points.
    fn measure(&self, analysis: &mut Analysis, output: &Output, values: &[f64], treatment: &Treatment) {
        let Some(points) = &self.points else { return };
        let undefined = values.iter().filter(|value| !value.is_finite()).count() as u64;
        let groups = self.runs.groups.len();
        let measures = if let Source::Together(_) = output.source {
            let labels: Vec<Vec<f64>> = (0..outputs::components(self.runs, &output.source))
                .map(|label| outputs::values(self.runs, &output.source, treatment, label))
                .collect();
            points
                .variations(&labels)
                .into_iter()
                .map(|own| Given { variation: Some(own), ..Given::default() })
                .collect()
        } else {
            points.measures(values)
        };
        for (group, own) in analysis.indices.iter_mut().enumerate() {
            own.given = Some(measures[group]);
            own.dropped = undefined;
            if self.first[group] == First::Rank {
                let value =
                    points.rank(group, values).filter(|_| !matches!(output.source, Source::Together(_)));
                own.first = Estimate { value, half: None };
            }
        }
        let largest = |of: fn(&Given) -> Option<f64>| {
            measures[groups..].iter().filter_map(of).map(f64::abs).reduce(f64::max)
        };
        let first = if self.first.contains(&First::Rank) {
            (groups..groups + DUMMIES).filter_map(|at| points.rank(at, values)).reduce(f64::max)
        } else {
            analysis.floor.and_then(|(first, _)| first)
        };
        let floor = Given {
            regional: largest(|own| own.regional),
            pawn: largest(|own| own.pawn),
            variation: largest(|own| own.variation),
            partial: None,
        };
        analysis.floor = Some((first, floor));
        if measures.iter().any(|own| own.partial.is_some()) {
            self.warn_of_ranks(analysis, points, values);
        }
    }

    /// Says where partial rank correlations mislead.
    fn warn_of_ranks(&self, analysis: &mut Analysis, points: &Points, values: &[f64]) {
        let Some(explained) = points.explained(values) else { return };
        // Of correlated parameters S1 holds what others do as well, and is no measure of what ranks miss.
        let is_comparable = points.correlated().is_empty();
        let hidden: Vec<&str> = (0..self.runs.groups.len())
            .filter(|_| is_comparable)
            .filter(|&group| {
                let own = &analysis.indices[group];
                let partial = own.given.and_then(|given| given.partial).unwrap_or(0.0);
                let floor = analysis.floor.and_then(|(first, _)| first).unwrap_or(0.0).max(0.0);
                own.first.value.is_some_and(|first| first > partial.powi(2) + floor + NOT_MONOTONE)
                    && points.turns(group, values)
            })
            .map(|group| self.runs.groups[group].0.as_str())
            .collect();
        if !hidden.is_empty() {
            analysis.remarks.push(format!(
                "PRCC misleads here: the output does not rise or fall throughout with {}, which S1 shows",
                hidden.join(", ")
            ));
        } else if explained < LEAST_EXPLAINED {
            analysis.remarks.push(format!(
                "PRCC tells little here: a plane in the ranks explains {:.0} % of the variance of the ranks; thresholds and interactions are not seen by it",
                100.0 * explained
            ));
        }
    }

    /// Says what was left out.
    fn remark(&self, analysis: &mut Analysis) {
        let dropped = analysis.indices.iter().map(|own| own.dropped).max().unwrap_or(0);
        if dropped > 0 {
            analysis.remarks.push(format!(
                "up to {dropped} of {} comparisons of a parameter left out, since a value is undefined",
                self.comparisons()
            ));
        }
    }

    fn notes(&self, found: &[Analysis], unknown: f64, request: &Request) -> Vec<String> {
        let mut notes = Vec::new();
        if self.has_few_rows() && self.method != Method::Elementary {
            let rows = self.runs.base * self.runs.replicates;
            notes.push(format!(
                "{rows} rows a block in all are too few for intervals, which take {LEAST_ROWS}, and for indices to mean anything"
            ));
        } else if self.runs.replicates == 1 && self.method == Method::PickFreeze {
            notes.push(format!("one replicate: intervals are a bootstrap over its base rows, which overstates the error of Sobol' points (up to 4.5 times); S1 is that of {} groups, and too small where the output changes within one; 8 replicates tell both", self.groups()));
        }
        if self.method == Method::PickFreeze
            && self.runs.replicates == 2
            && !self.has_few_rows()
            && self.first.contains(&First::GroupMeans)
        {
            notes.push("two replicates: the intervals of S1 are a bootstrap over base rows".to_owned());
        }
        if self.method == Method::Elementary && request.places.is_none() {
            notes.push("effects are per unit of the range that occurs in the table; the study of the design, `ictus sense STUDY --table FILE`, tells the whole range".to_owned());
        }
        if let Some(why) = &self.no_total {
            notes.push(why.clone());
        }
        if self.method == Method::Given {
            let inputs: Vec<usize> = (0..self.runs.inputs.len()).collect();
            notes.extend(conditional::not_independent(self.runs, &inputs));
        }
        if self.method == Method::Given && self.runs.replicates == 1 {
            notes.push(format!("one replicate: S1 is that of {} groups, too large by up to the S1 of dummy parameters and too small where the output changes within a group, which its interval does not cover; 8 replicates reduce both", self.groups()));
        }
        if let Some(points) = &self.points {
            let name = |group: usize| &self.runs.groups[group].0;
            let pairs: Vec<String> = points
                .correlated()
                .iter()
                .map(|&(one, other, value)| format!("{} and {} ({value:.2})", name(one), name(other)))
                .collect();
            if pairs.is_empty() {
                notes.push("given points: ST and S2 need rows in which one parameter alone differs, as a saltelli design has".to_owned());
            } else {
                notes.push(format!("correlated parameters (of ranks): {}; S1 then holds what others do as well and may sum to more than 1, and ST is not defined", pairs.join(", ")));
            }
        }
        let several: Vec<&str> = self
            .runs
            .groups
            .iter()
            .zip(&self.first)
            .filter(|(_, first)| {
                self.method == Method::PickFreeze
                    && !first.is_of_groups()
                    && request.first.is_none_or(First::is_of_groups)
            })
            .map(|((name, _), _)| name.as_str())
            .collect();
        if !several.is_empty() {
            notes.push(format!("groups of several inputs have no group means of one coordinate; S1 of {} is by pairs of rows", several.join(", ")));
        }
        let own = |name: &str| found.iter().find(|analysis| analysis.output == name);
        let three =
            [SEIZING.to_owned(), format!("{SEIZING}_unknown_as_1"), format!("{SEIZING}_unknown_left_out")];
        let ways: Vec<&Analysis> = three.iter().filter_map(|name| own(name)).collect();
        if ways.len() == three.len() {
            let verdict = match have_one_order(&ways) {
                None => "their intervals tell no order of the parameters by S1",
                Some(true) => {
                    "parameters whose intervals of S1 do not overlap have the same order in all three"
                }
                Some(false) => "not told: the order of the parameters by S1 depends on it",
            };
            notes.push(format!(
                "{:.3} % of the runs are unclassified (unsettled, diverged or failed); `seizing` counts them as 0, {} as 1, {} not at all: {verdict}",
                100.0 * unknown, three[1], three[2]
            ));
        }
        notes
    }
}

/// Refuses what these runs cannot give.
fn refuse(
    request: &Request,
    method: Method,
    has_ab: bool,
    has_ba: bool,
    sobol: &dyn Fn() -> bool,
) -> Result<(), AnalyseError> {
    let no = |what: &str| Err(AnalyseError::Estimator { what: what.to_owned() });
    if request.first == Some(First::Rank) {
        if sobol() {
            return no(
                "the rank estimator is wrong on Sobol' points, scrambled or not: it needs independent neighbours; use the default, or a latin hypercube or random design",
            );
        }
        if method == Method::Elementary {
            return no(
                "the rank estimator needs independent points, and trajectories are none; use a latin hypercube or random design",
            );
        }
    }
    let needs_ba = request.first == Some(First::AzziniRosati) || request.total == Some(Total::AzziniRosati);
    if needs_ba && !has_ba {
        return no(
            "Azzini & Rosati's estimators need the blocks BA; write the design with `second_order = true`, or choose another estimator",
        );
    }
    if request.second && !has_ba {
        return no(
            "S2 needs the blocks BA, and there are none; write the design with `second_order = true`: the rows that are there stay as they are",
        );
    }
    let needs_ab = request.total.is_some()
        || request.first.is_some_and(|first| !first.is_of_groups() && first != First::Rank);
    if needs_ab && (method != Method::PickFreeze || !has_ab) {
        return no(
            "this estimator needs the blocks A, B and AB of a saltelli design; write one, or leave the estimator to the program",
        );
    }
    Ok(())
}

fn moments_of(values: &[f64]) -> Option<[f64; 2]> {
    let defined: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let count = defined.len() as f64;
    let mean = defined.iter().sum::<f64>() / count;
    let variance = defined.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (count > 0.0).then_some([mean, variance])
}

/// Whether no two parameters whose intervals of S1 are apart come in opposite orders; nothing where no intervals are apart.
fn have_one_order(ways: &[&Analysis]) -> Option<bool> {
    let order = |analysis: &Analysis, one: usize, other: usize| {
        let [one, other] = [one, other].map(|group| analysis.indices[group].first);
        let apart = one.value? - other.value?;
        (apart.abs() > one.half? + other.half?).then_some(apart > 0.0)
    };
    let count = ways.first().map_or(0, |analysis| analysis.indices.len());
    let mut pairs =
        (0..count).flat_map(|one| (0..one).map(move |other| (one, other))).filter_map(|(one, other)| {
            let mut told = ways.iter().filter_map(|analysis| order(analysis, one, other));
            let first = told.next()?;
            Some(told.all(|own| own == first))
        });
    let first = pairs.next()?;
    Some(pairs.fold(first, |all, own| all && own))
}

impl Report {
    /// Says how columns vary, by name.
    pub fn describe(&mut self, distribution: &dyn Fn(&str) -> Option<String>) {
        for parameter in &mut self.parameters {
            let all: Option<Vec<String>> =
                parameter.columns.iter().map(|(name, _)| distribution(name)).collect();
            parameter.distributions = all.unwrap_or_default();
        }
    }

    /// What is odd about an output's indices.
    fn oddities(&self, analysis: &Analysis) -> Vec<String> {
        let mut oddities = Vec::new();
        let of = |is: &dyn Fn(&Indices) -> bool| -> Vec<&str> {
            let own = self.parameters.iter().zip(&analysis.indices).filter(|(_, own)| is(own));
            own.map(|(parameter, _)| parameter.name.as_str()).collect()
        };
        let negative = of(&|own| own.first.value.is_some_and(|value| value < 0.0));
        let beyond = of(&|own| {
            let half = |own: Estimate| own.half.unwrap_or(0.0);
            let both = own.first.value.zip(own.total.value);
            both.is_some_and(|(first, total)| first > total + half(own.first) + half(own.total))
        });
        if !negative.is_empty() {
            oddities.push(format!(
                "S1 below 0 of {}: an estimate of a number that is 0 or nearly so",
                negative.join(", ")
            ));
        }
        if !beyond.is_empty() {
            let remedy = if analysis.is_conditional {
                "inputs are not independent where runs are left out"
            } else {
                "take a larger `base`"
            };
            oddities
                .push(format!("S1 above ST of {} by more than both intervals: {remedy}", beyond.join(", ")));
        }
        let above = of(&|own| {
            own.first.value.zip(own.total.value).is_some_and(|(first, total)| first > total + SHOWN)
        });
        let within: Vec<&str> = above.into_iter().filter(|name| !beyond.contains(name)).collect();
        if !within.is_empty() {
            oddities.push(format!("S1 above ST of {}, within their intervals", within.join(", ")));
        }
        if let Some((Some(floor), _)) = analysis.floor {
            let low = of(&|own| own.first.value.is_some_and(|value| value <= floor));
            if !low.is_empty() {
                oddities.push(format!(
                    "not told from noise by S1: {} (the largest S1 of ten dummy parameters is {floor:.4})",
                    low.join(", ")
                ));
            }
        }
        oddities
    }

    /// Puts the estimators of the literature in the place of the own ones: S1 after Saltelli et al. 2010, or Janon's, and ST after Jansen.
    pub fn publish(&mut self, janon: bool) {
        if self.method != Method::PickFreeze {
            return;
        }
        for analysis in &mut self.outputs {
            // The floor is one of group means.
            analysis.floor = None;
            for own in &mut analysis.indices {
                if own.published.iter().any(|own| own.value.is_some()) {
                    own.first = own.published[usize::from(janon)];
                    own.total = own.published[2];
                    let name = if janon { "janon+jansen" } else { "saltelli+jansen" };
                    name.clone_into(&mut own.estimator);
                }
            }
        }
    }

    /// One object an output and parameter, then one an output and pair of parameters; numbers that cannot be known are `null`.
    pub fn to_json(&self) -> Vec<serde_json::Value> {
        let mut objects = Vec::new();
        for analysis in &self.outputs {
            let common = |object: &mut serde_json::Value, estimator: &str, dropped: u64| {
                object["n"] = analysis.runs.into();
                object["at"] = serde_json::json!(self.at);
                object["estimator"] = estimator.into();
                object["dropped"] = dropped.into();
            };
            for (parameter, own) in self.parameters.iter().zip(&analysis.indices) {
                let mut object =
                    serde_json::json!({ "output": analysis.output, "parameter": parameter.name });
                if self.method == Method::Elementary {
                    let effects = own.effects.unwrap_or_default();
                    object["mu"] = effects.mean.value.into();
                    object["mu_half"] = effects.mean.half.into();
                    object["mu_star"] = effects.size.value.into();
                    object["mu_star_half"] = effects.size.half.into();
                    object["sigma"] = effects.deviation.into();
                    object["positive"] = effects.positive.into();
                } else {
                    object["S1"] = own.first.value.into();
                    object["S1_half"] = own.first.half.into();
                    object["ST"] = own.total.value.into();
                    object["ST_half"] = own.total.half.into();
                }
                if self.method == Method::Given {
                    let given = own.given.unwrap_or_default();
                    let (first, floor) = analysis.floor.unwrap_or_default();
                    object["S1_floor"] = first.into();
                    for (name, value, floor) in [
                        ("RSA", given.regional, floor.regional),
                        ("PAWN", given.pawn, floor.pawn),
                        ("delta", given.variation, floor.variation),
                    ] {
                        object[name] = value.into();
                        object[format!("{name}_floor")] = floor.into();
                    }
                    object["PRCC"] = given.partial.into();
                }
                common(&mut object, &own.estimator, own.dropped);
                objects.push(object);
            }
            for &(one, other, second) in &analysis.pairs {
                let mut object = serde_json::json!({
                    "output": analysis.output, "parameter": self.parameters[one].name,
                    "parameter_2": self.parameters[other].name, "S2": second.value, "S2_half": second.half,
                });
                let dropped = analysis.indices[one].dropped.max(analysis.indices[other].dropped);
                common(&mut object, "saltelli_symmetric", dropped);
                objects.push(object);
            }
        }
        objects
    }
}

#[cfg(test)]
mod known;
#[cfg(test)]
mod tests;
