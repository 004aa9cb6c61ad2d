//! What outcomes are where an input is known: probabilities and means over parts of equal probability of one input or of two, distributions of
//! inputs where an output is 1 and where it is not. Of the runs that are independent points alone: of a Saltelli design the blocks A and B, since
//! the others repeat their rows. Knows nothing of pictures.

use super::intervals::of_replicates;
use super::outputs::{self, Output, Outputs, Source, Treatment};
use super::strata::Strata;
use super::{Request, given, of_samples, range};
use crate::analyse::AnalyseError;
use crate::analyse::slice::Label;
use crate::store::map::wilson;
use crate::store::outcomes::{Block, Column, Outcomes};

/// Parts of an input's range: no more of them, and no fewer unless there are few points.
const PARTS: [usize; 2] = [6, 32];
/// Runs of a cell of two inputs, about.
const RUNS_OF_A_CELL: f64 = 96.0;
/// So many rows of one value are compared with each other.
const MOST_COMPARED: usize = 64;
/// Steps of a drawn distribution.
const STEPS: usize = 240;

/// A number with the ends of its 95 % interval; NaN where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// The number.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Parts of the range of an input that are equally probable, or its values where these are few.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The place of the input among those of the runs.
    pub input: usize,
    /// The ends of the parts, one more than parts.
    pub edges: Vec<f64>,
    /// The mean of the input in each part.
    pub middles: Vec<f64>,
    /// The part of each point.
    of: Vec<u32>,
}

impl Parts {
    fn new(input: usize, values: &[f64], most: usize) -> Self {
        let strata = Strata::new(values, most);
        let count = strata.count();
        let (mut ends, mut sums) =
            (vec![[f64::INFINITY, f64::NEG_INFINITY]; count], vec![[0.0_f64; 2]; count]);
        for (&part, &value) in strata.of().iter().zip(values) {
            let (ends, sums) = (&mut ends[part as usize], &mut sums[part as usize]);
            *ends = [ends[0].min(value), ends[1].max(value)];
            *sums = [sums[0] + 1.0, sums[1] + value];
        }
        let between: Vec<f64> = ends.windows(2).map(|pair| f64::midpoint(pair[0][1], pair[1][0])).collect();
        let is_discrete = ends.iter().all(|[low, high]| high - low == 0.0);
        let outer = |own: [f64; 2], end: usize, inner: Option<&f64>| match inner {
            Some(inner) if is_discrete => 2.0 * own[end] - inner,
            _ => own[end],
        };
        let first = outer(ends[0], 0, between.first());
        let last = outer(ends[count - 1], 1, between.last());
        Self {
            input,
            edges: std::iter::once(first).chain(between).chain([last]).collect(),
            middles: sums.iter().map(|[number, sum]| sum / number).collect(),
            of: strata.of().to_vec(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.middles.len()
    }
}

/// One output over the parts of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The output.
    pub output: String,
    /// The label that it is of, if it is a probability.
    pub label: Option<Label>,
    /// Its mean over all points.
    pub whole: f64,
    /// Its mean in each part.
    pub parts: Vec<Told>,
}

/// Outputs over one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// The parts.
    pub parts: Parts,
    /// The outputs.
    pub curves: Vec<Curve>,
}

/// An output over two inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The parts along the first input.
    pub x: Parts,
    /// The parts along the second.
    pub y: Parts,
    /// The output's name.
    pub output: String,
    /// Its mean in each cell, `[y][x]`; NaN where no point lies.
    pub cells: Vec<Told>,
}

/// Distributions of an input where an output is 1 and where it is 0: places and which part of the points lies below.
#[derive(Clone, Debug, PartialEq)]
pub struct Cumulative {
    /// The place of the input among those of the runs.
    pub input: usize,
    /// Where the output is 1.
    pub inside: Vec<(f64, f64)>,
    /// Where it is 0.
    pub outside: Vec<(f64, f64)>,
    /// The largest distance between the two; positive where the input is larger inside.
    pub distance: f64,
}

/// Independent points with their outputs.
pub struct Conditioning<'runs> {
    runs: &'runs Outcomes,
    request: &'runs Request,
    /// The inputs that vary by themselves.
    heads: Vec<usize>,
    /// How many points there are.
    points: usize,
}

impl<'runs> Conditioning<'runs> {
    /// Of runs, with what is asked of them.
    ///
    /// # Errors
    /// When the runs are trajectories, whose points are no sample.
    pub fn new(runs: &'runs Outcomes, request: &'runs Request) -> Result<Self, AnalyseError> {
        let has_b = runs.blocks.contains(&Block::B);
        if !has_b && runs.blocks.len() > 1 {
            return Err(AnalyseError::Estimator {
                what: "the points of trajectories are not a sample of the inputs, so there are no probabilities over a parameter; draw their effects, `--kind effects`, or take a sobol or saltelli design".to_owned(),
            });
        }
        let mut heads: Vec<usize> = Vec::new();
        for (_, members) in &runs.groups {
            for &input in members {
                let values = of_samples(runs, input);
                let is_linked = members.iter().any(|&other| {
                    other < input
                        && heads.contains(&other)
                        && given::go_together(&of_samples(runs, other), &values)
                });
                if !is_linked {
                    heads.push(input);
                }
            }
        }
        if let Some(reason) = not_independent(runs, &heads) {
            return Err(AnalyseError::Estimator { what: reason });
        }
        let points = of_samples(runs, heads.first().copied().unwrap_or(0)).len();
        Ok(Self { runs, request, heads, points })
    }

    /// The inputs that vary by themselves, by their places among those of the runs.
    pub fn inputs(&self) -> &[usize] {
        &self.heads
    }

    /// How many independent points there are.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Whether intervals come from replicates, not from the numbers of points.
    pub fn has_replicates(&self) -> bool {
        self.runs.replicates > 1
    }

    /// All labels that occur, or one output that is asked for, over each of some inputs.
    ///
    /// # Errors
    /// When the output is not of the runs, or there are no labels.
    pub fn curves(&self, of: Option<&str>, inputs: &[usize]) -> Result<Vec<Conditional>, AnalyseError> {
        let outputs = match of {
            Some(name) => vec![self.output(name)?],
            None => self.labels()?,
        };
        let values: Vec<Vec<f64>> = outputs.iter().map(|(output, _)| self.values(output)).collect();
        let most = ((self.points as f64).sqrt() / 4.0) as usize;
        let over = |&input: &usize| {
            let parts = Parts::new(input, &of_samples(self.runs, input), most.clamp(PARTS[0], PARTS[1]));
            let curve = |((output, label), values): (&(Output, Option<Label>), &Vec<f64>)| Curve {
                output: output.name.clone(),
                label: label.clone(),
                whole: mean(values),
                parts: self.told(values, &parts.of, parts.count(), is_fact(output)),
            };
            let curves = outputs.iter().zip(&values).map(curve).collect();
            Conditional { parts, curves }
        };
        Ok(inputs.iter().map(over).collect())
    }

    /// An output over two inputs.
    ///
    /// # Errors
    /// When the output is not of the runs.
    pub fn pair(&self, of: &str, [x, y]: [usize; 2]) -> Result<Pair, AnalyseError> {
        let (output, _) = self.output(of)?;
        let side = ((self.points as f64 / RUNS_OF_A_CELL).sqrt() as usize).clamp(4, PARTS[1]);
        let [x, y] = [x, y].map(|input| Parts::new(input, &of_samples(self.runs, input), side));
        let columns = x.count() as u32;
        let cell: Vec<u32> = x.of.iter().zip(&y.of).map(|(x, y)| y * columns + x).collect();
        let cells = self.told(&self.values(&output), &cell, x.count() * y.count(), is_fact(&output));
        Ok(Pair { x, y, output: output.name, cells })
    }

    /// The distributions of inputs where an output is 1 and where it is 0.
    ///
    /// # Errors
    /// When the output is not of the runs, is not a fact, or is one everywhere.
    pub fn cumulative(&self, of: &str) -> Result<Vec<Cumulative>, AnalyseError> {
        let (output, _) = self.output(of)?;
        if !is_fact(&output) {
            return Err(AnalyseError::Estimator {
                what: format!(
                    "`{of}` is a number, and distributions inside and outside are of a regime; name one by --of"
                ),
            });
        }
        let values = self.values(&output);
        if [0.0, 1.0].iter().any(|wanted| !values.iter().any(|value| (value - wanted).abs() < 0.5)) {
            return Err(AnalyseError::Estimator {
                what: format!(
                    "`{of}` is the same in every run, so there is no inside and outside; name another regime by --of"
                ),
            });
        }
        let of_input = |&input: &usize| {
            let own = of_samples(self.runs, input);
            let mut order: Vec<u32> = (0..own.len() as u32).collect();
            order.sort_by(|&one, &other| own[one as usize].total_cmp(&own[other as usize]));
            let side = |is_inside: bool| -> Vec<f64> {
                let is_there = |value: f64| if is_inside { value > 0.5 } else { value < 0.5 };
                let there = order.iter().filter(|&&at| is_there(values[at as usize]));
                there.map(|&at| own[at as usize]).collect()
            };
            let (inside, outside) = (side(true), side(false));
            let distance = given::distance(&own, &values).unwrap_or(f64::NAN);
            Cumulative { input, inside: steps(&inside), outside: steps(&outside), distance }
        };
        Ok(self.heads.iter().map(of_input).collect())
    }

    fn output(&self, name: &str) -> Result<(Output, Option<Label>), AnalyseError> {
        let list = Outputs::of(self.runs, &self.request.seizing, &[name.to_owned()])?.list;
        let mut found = list.into_iter().filter(|output| output.name.eq_ignore_ascii_case(name));
        let output = found.next().expect("an output that is known");
        if matches!(output.source, Source::Together(_)) {
            return Err(AnalyseError::Estimator {
                what: format!(
                    "`{name}` is all labels together and has no probability; name one of them, or leave --of out"
                ),
            });
        }
        let label = self.label(&output);
        Ok((output, label))
    }

    /// Each label that occurs.
    fn labels(&self) -> Result<Vec<(Output, Option<Label>)>, AnalyseError> {
        let all = Outputs::of(self.runs, &self.request.seizing, &[])?.list;
        let labelled = all.into_iter().filter_map(|output| {
            let label = self.label(&output)?;
            self.values(&output).iter().any(|value| *value > 0.5).then_some((output, Some(label)))
        });
        let mut labelled: Vec<(Output, Option<Label>)> = labelled.collect();
        labelled.sort_by_key(|(output, _)| match &output.source {
            // In the order of the study.
            Source::Facts(place, facts) => (*place, facts.iter().position(|fact| *fact > 0.5)),
            _ => (0, None),
        });
        if labelled.is_empty() {
            return Err(AnalyseError::Estimator {
                what: "the runs have no regimes; name a feature by --of".to_owned(),
            });
        }
        Ok(labelled)
    }

    /// The label that an output is of, if it is of one.
    fn label(&self, output: &Output) -> Option<Label> {
        let Source::Facts(place, facts) = &output.source else { return None };
        let Column::Labels(_, names) = &self.runs.outputs[*place].1 else { return None };
        let own: Vec<usize> = (0..facts.len()).filter(|&at| facts[at] > 0.5).collect();
        let [own] = own[..] else { return None };
        let is_its_own = output.name == names[own] || output.name.ends_with(&format!(".{}", names[own]));
        let is_seizing = self.request.seizing.contains(&names[own]);
        is_its_own.then(|| Label::new(names[own].clone(), is_seizing))
    }

    /// An output at the independent points.
    fn values(&self, output: &Output) -> Vec<f64> {
        let treatment = Treatment { fill: self.request.fill, within: None };
        let values = outputs::values(self.runs, &output.source, &treatment, 0);
        let (base, blocks) = (self.runs.base, self.runs.blocks.len());
        let kept = if self.runs.blocks.contains(&Block::B) { 2 } else { 1 };
        let of_replicate = |replicate: usize| {
            values[replicate * blocks * base..(replicate * blocks + kept) * base].iter().copied()
        };
        (0..self.runs.replicates).flat_map(of_replicate).collect()
    }

    /// The mean of an output in each part with its interval.
    fn told(&self, values: &[f64], parts: &[u32], count: usize, is_fact: bool) -> Vec<Told> {
        let replicates = self.runs.replicates;
        let each = values.len() / replicates;
        let mut sums = vec![[0.0_f64; 2]; count * replicates];
        for (point, (&value, &part)) in values.iter().zip(parts).enumerate() {
            if value.is_finite() {
                let own = &mut sums[part as usize * replicates + point / each];
                *own = [own[0] + 1.0, own[1] + value];
            }
        }
        let one = |sums: &[[f64; 2]]| {
            let total = sums.iter().fold([0.0; 2], |all, own| [all[0] + own[0], all[1] + own[1]]);
            let value = total[1] / total[0];
            let means: Vec<f64> = sums.iter().filter(|own| own[0] > 0.0).map(|own| own[1] / own[0]).collect();
            let is_at_an_end = value <= 0.0 || value >= 1.0;
            if is_fact && (replicates == 1 || is_at_an_end) {
                let [_, low, high] = wilson(total[1] as usize, total[0] as usize);
                return Told { value, low, high };
            }
            let half = if means.len() > 1 { of_replicates(&means) } else { f64::NAN };
            let ends = [value - half, value + half];
            let [low, high] = if is_fact { ends.map(|end| end.clamp(0.0, 1.0)) } else { ends };
            Told { value, low, high }
        };
        sums.chunks(replicates).map(one).collect()
    }
}

/// Why the rows of one sample are not independent points, where they are not.
pub(super) fn not_independent(runs: &Outcomes, inputs: &[usize]) -> Option<String> {
    if runs.blocks.len() > 1 {
        return None;
    }
    inputs.iter().find_map(|&input| {
        let (value, times) = given::repeated(&runs.inputs[input].1)?;
        // Values may be rounded; rows that differ in one input alone were made so.
        let own = &runs.inputs[input].1;
        let rows: Vec<usize> = (0..own.len()).filter(|&row| own[row].total_cmp(&value).is_eq()).take(MOST_COMPARED).collect();
        let differing = |one: usize, other: usize| {
            runs.inputs.iter().filter(|(_, values)| values[one].total_cmp(&values[other]).is_ne()).count()
        };
        let is_made = rows
            .iter()
            .enumerate()
            .any(|(at, &one)| rows[at + 1..].iter().any(|&other| differing(one, other) == 1));
        is_made.then(|| format!(
            "the rows are not independent: `{}` has the value {value:?} in {times} of them, as rows of Saltelli's or Morris' designs do; add the columns replicate, base_row, block and swapped to the outputs, and give them to `ictus sense --table`",
            runs.inputs[input].0
        ))
    })
}

fn is_fact(output: &Output) -> bool {
    matches!(output.source, Source::Facts(..))
}

fn mean(values: &[f64]) -> f64 {
    let defined = values.iter().filter(|value| value.is_finite());
    let (number, sum) = defined.fold((0.0, 0.0), |(number, sum), value| (number + 1.0, sum + value));
    sum / number
}

/// A distribution as steps that can be drawn.
fn steps(sorted: &[f64]) -> Vec<(f64, f64)> {
    let count = sorted.len();
    let [low, high] = range(sorted);
    let stride = count.div_ceil(STEPS).max(1);
    let inner = (0..count).step_by(stride).map(|at| (sorted[at], at as f64 / count as f64));
    std::iter::once((low, 0.0)).chain(inner).chain([(high, 1.0)]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::known::Known;
    use super::*;
    use crate::design::Sampling;

    fn three_regimes(replicates: usize) -> Outcomes {
        Known::named("three_regimes").runs(1 << 10, replicates, 4, false)
    }

    #[test]
    fn probabilities_over_a_parameter_are_those_of_the_closed_form() {
        let (runs, request) =
            (three_regimes(8), Request { seizing: vec!["red".into()], ..Request::default() });
        let own = Conditioning::new(&runs, &request).expect("a sample");
        assert_eq!((own.inputs(), own.points()), (&[0, 1, 2][..], 2 << 13));
        let over = own.curves(None, &[0, 1]).expect("curves");
        let names: Vec<&str> = over[0].curves.iter().map(|curve| curve.output.as_str()).collect();
        assert_eq!(names, ["red", "green", "blue"]);
        assert!(over[0].curves[0].label.as_ref().is_some_and(|label| label.is_seizing));
        // Red below a quarter of x1; else green with probability 1 - x1 and blue with x1. Over x2: 1/4 red,
        // blue where x1 is above the larger of 1/4 and 1 - x2.
        for (part, &x) in over[0].parts.middles.iter().enumerate() {
            let wanted = if x < 0.25 { [1.0, 0.0, 0.0] } else { [0.0, 1.0 - x, x] };
            for (curve, wanted) in over[0].curves.iter().zip(wanted) {
                let told = curve.parts[part];
                assert!((told.value - wanted).abs() < 0.03, "{x}: {told:?} {wanted}");
                assert!(told.low <= told.value && told.value <= told.high, "{told:?}");
            }
        }
        for (part, &x) in over[1].parts.middles.iter().enumerate() {
            let told = over[1].curves[2].parts[part];
            assert!((told.value - x.min(0.75)).abs() < 0.04, "{x}: {told:?}");
        }
    }

    #[test]
    fn a_pair_has_the_regime_of_each_cell_and_distributions_its_distance() {
        let (runs, request) = (three_regimes(8), Request::default());
        let own = Conditioning::new(&runs, &request).expect("a sample");
        let pair = own.pair("green", [0, 1]).expect("a pair");
        for (row, y) in pair.y.middles.iter().enumerate() {
            for (column, x) in pair.x.middles.iter().enumerate() {
                let told = pair.cells[row * pair.x.count() + column];
                if (x + y - 1.0).abs() > 0.1 && (x - 0.25).abs() > 0.05 {
                    let wanted = if *x > 0.25 && x + y < 1.0 { 1.0 } else { 0.0 };
                    assert!((told.value - wanted).abs() < 1e-12, "{x} {y}: {told:?}");
                    assert!(told.high - told.low < 0.5 && told.high > told.low, "{told:?}");
                }
            }
        }
        // Largest distances between the distributions inside and outside: 1 and 0 of red; of green .34782 and -.54348.
        let of = |name: &str| own.cumulative(name).expect("distributions");
        let distances: Vec<f64> = of("green").iter().map(|own| own.distance).collect();
        assert!((distances[0].abs() - 0.34782).abs() < 0.01, "{distances:?}");
        assert!((distances[1] + 0.54348).abs() < 0.01 && distances[2].abs() < 0.02, "{distances:?}");
        let red = &of("red")[0];
        assert!((red.distance + 1.0).abs() < 1e-9 && red.inside.last().is_some_and(|own| own.0 < 0.25));
    }

    #[test]
    fn rows_that_repeat_others_but_for_one_input_are_no_independent_points() {
        let known = Known::named("three_regimes");
        let made = known.runs(1 << 8, 1, 4, false);
        // The blocks A, B and AB one after another, as another program's table of points has them.
        let mut inputs: Vec<Vec<f64>> = made.inputs.iter().map(|(_, values)| values.clone()).collect();
        let sides: Vec<(Vec<f64>, Vec<f64>)> =
            inputs.iter().map(|values| (values[..256].to_vec(), values[256..512].to_vec())).collect();
        for group in 0..3 {
            for (input, values) in inputs.iter_mut().enumerate() {
                values.extend_from_slice(if input == group { &sides[input].1 } else { &sides[input].0 });
            }
        }
        let sample = known.runs_of(Sampling::Random, 5 * 256, 1, 4);
        let replaced = |inputs: &[Vec<f64>]| Outcomes {
            inputs: sample
                .inputs
                .iter()
                .zip(inputs)
                .map(|((name, _), own)| (name.clone(), own.clone()))
                .collect(),
            ..sample.clone()
        };
        let reason = not_independent(&replaced(&inputs), &[0, 1, 2]).expect("a reason");
        assert!(reason.contains("`x1` has the value") && reason.contains("in 3 of them"), "{reason}");
        // Whole numbers come several times, and no row repeats another.
        assert_eq!(not_independent(&sample, &[0, 1, 2]), None);
        let mut rounded: Vec<Vec<f64>> = sample.inputs.iter().map(|(_, values)| values.clone()).collect();
        rounded[0].iter_mut().for_each(|value| *value = (*value * 100.0).round());
        assert_eq!(not_independent(&replaced(&rounded), &[0, 1, 2]), None);
    }

    #[test]
    fn trajectories_and_all_labels_together_are_refused() {
        let request = Request::default();
        let known = Known::named("three_regimes");
        let moves = known.runs_of(Sampling::Trajectory { levels: 4 }, 8, 2, 1);
        assert!(Conditioning::new(&moves, &request).is_err());
        let runs = three_regimes(1);
        let own = Conditioning::new(&runs, &request).expect("a sample");
        assert!(own.curves(Some("regimes"), &[0]).is_err() && own.curves(Some("mauve"), &[0]).is_err());
        // One replicate: intervals of independent draws.
        let told = own.curves(Some("red"), &[1]).expect("a curve")[0].curves[0].parts[0];
        assert!(told.low < 0.25 && told.high > 0.25, "{told:?}");
    }
}
