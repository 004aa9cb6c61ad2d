//! Measures of given points, whatever design they are of: what values of one input at a time tell of an output. Knows no blocks.
//!
//! Every measure of a finite sample is above 0 where an input does nothing. Ten dummies, which are numbers drawn by a hash, show by how much.

use crate::design::{MOST_COORDINATES, idle_coordinate};

use super::intervals::{hash, unit};
use super::strata::Strata;

/// Inputs that do nothing, to compare with.
pub(super) const DUMMIES: usize = 10;
/// Intervals of an input between which distributions are compared.
const INTERVALS: usize = 10;
/// Independent samples show larger rank correlations than this many standard errors in one of many millions of cases.
const ERRORS: f64 = 5.0;
/// Correlations below this change no index by much.
const LEAST_CORRELATION: f64 = 0.05;

/// What values of an input tell of an output.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Given {
    /// Regional sensitivity (Hornberger & Spear 1981): the largest distance between the distributions of the input where the output is 1 and
    /// where it is 0, positive where the input is larger where the output is 1. Of outputs that are 0 or 1.
    pub regional: Option<f64>,
    /// PAWN (Pianosi & Wagener 2015, 2018): the median over ten intervals of the input of the largest distance between the distribution
    /// of the output there and everywhere.
    pub pawn: Option<f64>,
    /// Total variation: half of the mean over values of the input of the summed changes of the probabilities of all labels. Of labels.
    pub variation: Option<f64>,
    /// Partial rank correlation (Iman & Conover 1979), of numbers.
    pub partial: Option<f64>,
}

/// Points with their order along every input and dummy.
pub(super) struct Points {
    /// Of each input, then of each dummy: the points by rising value, and the rank of each.
    orders: Vec<Vec<u32>>,
    intervals: Vec<Strata>,
    ranks: Vec<Vec<f64>>,
    inputs: usize,
    correlated: Vec<(usize, usize, f64)>,
}

impl Points {
    /// `inputs`: the values of each that is one of its own, and of each dummy, of independent samples one after the other; those of Sobol'
    /// points are independent whatever a few of them look like.
    pub(super) fn new(inputs: &[&[f64]], dummies: &[Vec<f64>], samples: usize, is_of_sobol: bool) -> Self {
        let all: Vec<&[f64]> = inputs.iter().copied().chain(dummies.iter().map(Vec::as_slice)).collect();
        let orders: Vec<Vec<u32>> = all.iter().map(|values| order(values)).collect();
        let ranks: Vec<Vec<f64>> =
            all.iter().zip(&orders).map(|(values, order)| ranks(values, order)).collect();
        let intervals = all.iter().map(|values| Strata::new(values, INTERVALS)).collect();
        let correlated = if is_of_sobol { Vec::new() } else { correlated(&ranks[..inputs.len()], samples) };
        Self { orders, intervals, ranks, inputs: inputs.len(), correlated }
    }

    /// The measures of each input, then of each dummy (which have no partial correlation).
    pub(super) fn measures(&self, output: &[f64]) -> Vec<Given> {
        let is_fact = output.iter().all(|value| !value.is_finite() || [0.0, 1.0].contains(value));
        let pawn = Pawn::new(output);
        let partial = self.partial(output);
        let of = |at: usize| Given {
            regional: is_fact.then(|| regional(&self.orders[at], &self.ranks[at], output)).flatten(),
            pawn: pawn.distance(&self.intervals[at]),
            variation: None,
            partial: partial.get(at).copied().flatten(),
        };
        (0..self.orders.len()).map(of).collect()
    }

    /// The total variation of all labels, of each input and then each dummy, from the values of each label.
    pub(super) fn variations(&self, labels: &[Vec<f64>]) -> Vec<f64> {
        let of = |strata: &Strata| {
            let mut sum = 0.0;
            for label in labels {
                let count = label.len() as f64;
                let mean = label.iter().sum::<f64>() / count;
                let mut cells = vec![[0.0; 2]; strata.count()];
                for (&group, value) in strata.of().iter().zip(label) {
                    cells[group as usize][0] += 1.0;
                    cells[group as usize][1] += value;
                }
                sum += cells.iter().map(|[number, own]| (own - number * mean).abs()).sum::<f64>() / count;
            }
            sum / 2.0
        };
        self.intervals.iter().map(of).collect()
    }

    /// The rank estimator of a first-order index: `(mean of y_i y_next - mean^2) / V`, where the next is that with the next larger value of
    /// the input, and after the last comes the first.
    pub(super) fn rank(&self, input: usize, output: &[f64]) -> Option<f64> {
        let order: Vec<f64> =
            self.orders[input].iter().map(|&at| output[at as usize]).filter(|y| y.is_finite()).collect();
        let count = order.len() as f64;
        let mean = order.iter().sum::<f64>() / count;
        let variance = order.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / count;
        let next = order.iter().skip(1).chain(order.first());
        let product = order.iter().zip(next).map(|(y, next)| (y - mean) * (next - mean)).sum::<f64>() / count;
        (variance > 0.0).then(|| product / variance)
    }

    /// Partial rank correlations; nothing of inputs that are functions of others.
    fn partial(&self, output: &[f64]) -> Vec<Option<f64>> {
        let Some(inverse) = self.inverse(output) else { return vec![None; self.inputs] };
        let last = self.inputs;
        (0..last)
            .map(|input| Some(-inverse[input][last] / (inverse[input][input] * inverse[last][last]).sqrt()))
            .collect()
    }

    /// Which part of the variance of the ranks of an output a plane in the ranks of the inputs explains.
    pub(super) fn explained(&self, output: &[f64]) -> Option<f64> {
        let inverse = self.inverse(output)?;
        Some(1.0 - 1.0 / inverse[self.inputs][self.inputs])
    }

    /// The inverse of the rank correlations of the inputs and, last, the output.
    fn inverse(&self, output: &[f64]) -> Option<Vec<Vec<f64>>> {
        if output.iter().any(|value| !value.is_finite()) || self.inputs + 2 > output.len() {
            return None;
        }
        let own = ranks(output, &order(output));
        let all: Vec<&[f64]> =
            self.ranks[..self.inputs].iter().map(Vec::as_slice).chain([own.as_slice()]).collect();
        let size = all.len();
        let mut matrix = vec![vec![0.0; 2 * size]; size];
        for row in 0..size {
            for column in 0..=row {
                let value = correlation(all[row], all[column]);
                (matrix[row][column], matrix[column][row]) = (value, value);
            }
            matrix[row][size + row] = 1.0;
        }
        inverted(matrix)
    }

    /// The pairs of inputs whose ranks are correlated by more than chance.
    pub(super) fn correlated(&self) -> &[(usize, usize, f64)] {
        &self.correlated
    }

    /// Whether an output both rises and falls along an input, by more than three standard errors of its means over intervals.
    pub(super) fn turns(&self, input: usize, output: &[f64]) -> bool {
        let strata = &self.intervals[input];
        let mut sums = vec![[0.0; 3]; strata.count()];
        for (&group, &value) in strata.of().iter().zip(output).filter(|(_, value)| value.is_finite()) {
            let own = &mut sums[group as usize];
            *own = [own[0] + 1.0, own[1] + value, own[2] + value * value];
        }
        let told = sums.into_iter().filter(|[count, ..]| *count > 1.0).map(|[count, sum, squares]| {
            let mean = sum / count;
            (mean, (squares / count - mean * mean).max(0.0) / (count - 1.0))
        });
        let told: Vec<(f64, f64)> = told.collect();
        let is_apart =
            |(from, error): (f64, f64), (to, other): (f64, f64)| to - from > 3.0 * (error + other).sqrt();
        let pairs = || (0..told.len()).flat_map(|one| (one + 1..told.len()).map(move |other| (one, other)));
        pairs().any(|(one, other)| is_apart(told[one], told[other]))
            && pairs().any(|(one, other)| is_apart(told[other], told[one]))
    }
}

/// The pairs of lists of ranks that are correlated by more than chance, of independent samples one after the other.
fn correlated(ranks: &[Vec<f64>], samples: usize) -> Vec<(usize, usize, f64)> {
    let count = ranks.first().map_or(0, Vec::len);
    let limit = LEAST_CORRELATION.max(ERRORS / (count as f64).sqrt());
    let rows = (count / samples.max(1)).max(1);
    let mut pairs = Vec::new();
    for one in 0..ranks.len() {
        for other in one + 1..ranks.len() {
            let own = correlation(&ranks[one], &ranks[other]);
            if own.abs() > limit {
                let single = ranks[one].chunks(rows).zip(ranks[other].chunks(rows));
                let single: Vec<f64> =
                    single.map(|(one, other)| correlation(one, other) * own.signum()).collect();
                if is_of_all(&single) {
                    pairs.push((one, other, own));
                }
            }
        }
    }
    pairs
}

/// Whether correlations of independent samples are of one kind. Few Sobol' points in many dimensions are correlated by themselves, up or down as
/// their scrambling has it; what is correlated in truth is so in every sample.
fn is_of_all(single: &[f64]) -> bool {
    let count = single.len() as f64;
    let mean = single.iter().sum::<f64>() / count;
    let variance = single.iter().map(|own| (own - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let rising = single.iter().filter(|own| **own > 0.0).count() as f64;
    rising >= 0.875 * count && mean >= ERRORS * (variance / count).sqrt() * f64::from(u8::from(count > 2.0))
}

/// The pairs of inputs whose ranks are correlated by more than chance, of independent samples one after the other.
pub(super) fn correlated_inputs(inputs: &[&[f64]], samples: usize) -> Vec<(usize, usize, f64)> {
    let ranks: Vec<Vec<f64>> = inputs.iter().map(|values| ranks(values, &order(values))).collect();
    correlated(&ranks, samples)
}

/// Whether one list rises, or falls, with the other throughout: one is a function of the other.
pub(super) fn go_together(one: &[f64], other: &[f64]) -> bool {
    let order = order(one);
    let along = |pair: &[u32]| {
        let at = |list: &[f64], place: u32| list[place as usize];
        let rise = at(other, pair[1]) - at(other, pair[0]);
        (at(one, pair[0]) - at(one, pair[1]) == 0.0, rise)
    };
    let steps: Vec<(bool, f64)> =
        order.windows(2).map(along).filter(|(is_equal, rise)| !is_equal || *rise != 0.0).collect();
    steps.iter().all(|(is_equal, rise)| !is_equal && *rise >= 0.0)
        || steps.iter().all(|(is_equal, rise)| !is_equal && *rise <= 0.0)
}

/// The values of ten dummies at the points of some samples of `base` rows each, one after the other. Those of Sobol' points are scrambled
/// coordinates behind the `used` ones, since regular points have smaller errors; others are independent draws.
pub(super) fn dummies(samples: usize, base: usize, sobol: bool, used: usize) -> Vec<Vec<f64>> {
    let is_regular = sobol && base.is_power_of_two() && used + 2 * DUMMIES <= MOST_COORDINATES;
    let of = |number: usize| {
        let mut values: Vec<f64> =
            (0..(samples * base) as u64).map(|point| unit(hash(point, 1000 + number as u64))).collect();
        if is_regular {
            for (sample, rows) in values.chunks_mut(base).enumerate() {
                // A and B have coordinates of their own, replicates a scrambling.
                idle_coordinate(used + 2 * number + sample % 2, sample as u64 / 2, rows);
            }
        }
        values
    };
    (0..DUMMIES).map(of).collect()
}

/// Whether points stand in the order of a Sobol' sequence: of the first 2^m, the first half has one value in each pair of
/// neighbours, in every coordinate, as no other design has.
pub(super) fn is_of_sobol(inputs: &[&[f64]], base: usize) -> bool {
    let count = if base.is_power_of_two() { base } else { base.next_power_of_two() / 2 };
    if count < 16 {
        return false;
    }
    let mut is_told = false;
    for values in inputs {
        let values = &values[..count];
        let order = order(values);
        if order.windows(2).any(|pair| values[pair[0] as usize] - values[pair[1] as usize] == 0.0) {
            continue;
        }
        is_told = true;
        if order.chunks(2).any(|pair| (pair[0] as usize) < count / 2 && (pair[1] as usize) < count / 2) {
            return false;
        }
    }
    is_told
}

fn order(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by(|&one, &other| values[one as usize].total_cmp(&values[other as usize]));
    order
}

/// Ranks, equal values having their mean rank.
fn ranks(values: &[f64], order: &[u32]) -> Vec<f64> {
    let (mut ranks, mut start) = (vec![0.0; values.len()], 0);
    while start < order.len() {
        let value = values[order[start] as usize];
        let mut end = start + 1;
        while end < order.len() && values[order[end] as usize].total_cmp(&value).is_eq() {
            end += 1;
        }
        let rank = (start + end - 1) as f64 / 2.0;
        order[start..end].iter().for_each(|&at| ranks[at as usize] = rank);
        start = end;
    }
    ranks
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
    let means = [mean(one), mean(other)];
    let sum = |one: (&[f64], f64), other: (&[f64], f64)| -> f64 {
        one.0.iter().zip(other.0).map(|(a, b)| (a - one.1) * (b - other.1)).sum()
    };
    let (one, other) = ((one, means[0]), (other, means[1]));
    let whole = (sum(one, one) * sum(other, other)).sqrt();
    if whole > 0.0 { sum(one, other) / whole } else { 0.0 }
}

/// The right half of `[matrix | 1]` after elimination with pivots; nothing of a singular matrix.
fn inverted(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|&one, &other| matrix[one][column].abs().total_cmp(&matrix[other][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-10 {
            return None;
        }
        matrix.swap(column, pivot);
        let scale = matrix[column][column];
        matrix[column].iter_mut().for_each(|value| *value /= scale);
        let own = matrix[column].clone();
        for (row, values) in matrix.iter_mut().enumerate() {
            let factor = values[column];
            if row != column {
                values.iter_mut().zip(&own).for_each(|(value, own)| *value -= factor * own);
            }
        }
    }
    Some(matrix.into_iter().map(|row| row[size..].to_vec()).collect())
}

/// An input of many values each of which comes several times, as in designs whose rows repeat others but for one input: a value and how often
/// it comes. Such rows are not independent points.
pub(super) fn repeated(values: &[f64]) -> Option<(f64, usize)> {
    /// Discrete inputs have fewer values.
    const MANY: usize = 64;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let runs: Vec<&[f64]> = sorted.chunk_by(|one, other| one.total_cmp(other).is_eq()).collect();
    let single = runs.iter().filter(|run| run.len() == 1).count();
    let most = runs.iter().max_by_key(|run| run.len())?;
    (runs.len() > MANY && 10 * single < runs.len()).then(|| (most[0], most.len()))
}

/// The signed largest distance between the distributions of an input where an output is 1 and where it is 0.
pub(super) fn distance(input: &[f64], output: &[f64]) -> Option<f64> {
    let order = order(input);
    regional(&order, &ranks(input, &order), output)
}

/// The signed largest distance between the distributions of an input where an output is 1 and where it is 0, whose values come in the
/// input's order.
fn regional(order: &[u32], ranks: &[f64], output: &[f64]) -> Option<f64> {
    let of = |wanted: f64| output.iter().filter(|value| (**value - wanted).abs() < 0.5).count() as f64;
    let (inside, outside) = (of(1.0), of(0.0));
    if inside == 0.0 || outside == 0.0 {
        return None;
    }
    let (mut distance, mut largest) = (0.0_f64, 0.0_f64);
    for (place, &at) in order.iter().enumerate() {
        let value = output[at as usize];
        if value.is_finite() {
            distance += if value > 0.5 { -1.0 / inside } else { 1.0 / outside };
        }
        // Equal values are passed at once. Larger inputs where the output is 1: outside has risen first.
        let is_last = order.get(place + 1).is_none_or(|&next| ranks[next as usize] > ranks[at as usize]);
        if is_last && distance.abs() > largest.abs() {
            largest = distance;
        }
    }
    Some(largest)
}

/// An output in its order, for distances between distributions.
struct Pawn {
    /// The rank of each point's value among the distinct values; the last place of all is for undefined ones.
    places: Vec<u32>,
    /// How many points have a value of at most each.
    whole: Vec<f64>,
}

impl Pawn {
    fn new(output: &[f64]) -> Self {
        let mut defined: Vec<u32> =
            (0..output.len() as u32).filter(|&at| output[at as usize].is_finite()).collect();
        defined.sort_by(|&one, &other| output[one as usize].total_cmp(&output[other as usize]));
        let (mut places, mut whole) = (vec![u32::MAX; output.len()], Vec::new());
        let mut last = f64::NAN;
        for (number, &at) in defined.iter().enumerate() {
            let value = output[at as usize];
            if value.total_cmp(&last).is_ne() {
                whole.push(0.0);
                last = value;
            }
            *whole.last_mut().expect("a value") = number as f64 + 1.0;
            places[at as usize] = whole.len() as u32 - 1;
        }
        Self { places, whole }
    }

    /// The median over the groups of an input of the distance between their distribution and that of all.
    fn distance(&self, strata: &Strata) -> Option<f64> {
        let total = *self.whole.last()?;
        let mut distances = Vec::new();
        let mut counts = vec![0.0; self.whole.len()];
        for group in 0..strata.count() as u32 {
            counts.fill(0.0);
            let own = strata
                .of()
                .iter()
                .zip(&self.places)
                .filter(|(own, place)| **own == group && **place != u32::MAX);
            let mut number = 0.0;
            for (_, &place) in own {
                counts[place as usize] += 1.0;
                number += 1.0;
            }
            if number == 0.0 {
                continue;
            }
            let (mut sum, mut largest) = (0.0, 0.0);
            for (count, whole) in counts.iter().zip(&self.whole) {
                sum += count;
                largest = f64::max(largest, (sum / number - whole / total).abs());
            }
            distances.push(largest);
        }
        distances.sort_by(f64::total_cmp);
        let middle = distances.len() / 2;
        match distances.len() {
            0 => None,
            even if even % 2 == 0 => Some(f64::midpoint(distances[middle - 1], distances[middle])),
            _ => Some(distances[middle]),
        }
    }
}
