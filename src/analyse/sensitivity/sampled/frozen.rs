//! The tallies of one output over the blocks of a design: sums over all rows, over each replicate, over resamples; and the estimates with
//! their intervals that follow. Knows no names.
//!
//! Tallies of several outputs may be added: that is the analysis of all of them together (Gamboa, Janon, Klein & Lagnoux 2014, Electron J
//! Stat 8:575), `sum of V_i` over `sum of V`.

use crate::store::outcomes::{Block, Outcomes};

use super::Estimate;
use super::intervals::{self, RESAMPLES};
use super::moments::{COMPARED, First, Moments, PairProducts, Products, Ratio, Total, Weighted};
use super::strata::{Between, GroupSums, Strata};

/// An index that is so near to 1 is 1.
const EXACT: f64 = 1e-9;

/// What is the same for all outputs: where blocks stand, and the groups of points of each input.
pub(super) struct Plan<'runs> {
    runs: &'runs Outcomes,
    /// Of each group of inputs the places of AB and BA.
    blocks: Vec<(Option<usize>, Option<usize>)>,
    /// The place of B.
    second: Option<usize>,
    /// Of each group that has one coordinate, and of dummies behind them.
    strata: Vec<Option<Strata>>,
    is_plain: bool,
    /// Of each row the part that is drawn again with it, and how often each part comes in each resample; empty where replicates tell.
    part_of: Vec<u16>,
    resamples: Vec<Vec<f64>>,
}

impl<'runs> Plan<'runs> {
    pub(super) fn new(runs: &'runs Outcomes, strata: Vec<Option<Strata>>, is_plain: bool) -> Self {
        let place = |wanted| runs.blocks.iter().position(|block| *block == wanted);
        let blocks =
            (0..runs.groups.len()).map(|group| (place(Block::Ab(group)), place(Block::Ba(group)))).collect();
        let is_plain = is_plain || runs.replicates == 1;
        let (mut part_of, mut resamples) = (Vec::new(), Vec::new());
        if runs.replicates <= 2 {
            part_of = (0..runs.base).map(|row| intervals::part_of(row, runs.base) as u16).collect();
            let parts = runs.base.min(intervals::MOST_PARTS);
            let weights = |resample| (0..parts).map(|part| intervals::weight(resample, part)).collect();
            resamples = (0..RESAMPLES).map(weights).collect();
        }
        Self { runs, blocks, second: place(Block::B), strata, is_plain, part_of, resamples }
    }

    /// One block of an output in one replicate.
    fn block<'y>(&self, output: &'y [f64], replicate: usize, block: usize) -> &'y [f64] {
        let base = self.runs.base;
        let start = (replicate * self.runs.blocks.len() + block) * base;
        &output[start..start + base]
    }

    /// The outputs of A and B, `[replicate][A, B][row]`.
    pub(super) fn samples(&self, output: &[f64]) -> Vec<f64> {
        let mut samples = Vec::with_capacity(2 * self.runs.replicates * self.runs.base);
        for replicate in 0..self.runs.replicates {
            samples.extend_from_slice(self.block(output, replicate, 0));
            if let Some(second) = self.second {
                samples.extend_from_slice(self.block(output, replicate, second));
            }
        }
        samples
    }

    /// Into how many parts rows are drawn again; 0 where replicates tell.
    fn parts(&self) -> usize {
        if self.runs.replicates > 1 { 0 } else { self.runs.base.min(intervals::MOST_PARTS) }
    }

    /// The tallies of an output.
    pub(super) fn tally(&self, mut output: Vec<f64>) -> Tallies {
        let mut samples = self.samples(&output);
        let (count, sum) = samples
            .iter()
            .filter(|value| value.is_finite())
            .fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
        let centre = if count > 0.0 { sum / count } else { 0.0 };
        let [low, high] = super::range(&samples);
        let is_of_two = |value: &f64| value.total_cmp(&low).is_eq() || value.total_cmp(&high).is_eq();
        let is_high_rare = low + high > 2.0 * centre;
        let is_fact = output.iter().all(|value| !value.is_finite() || is_of_two(value));
        output.iter_mut().chain(&mut samples).for_each(|value| *value -= centre);
        let resolution = 0.5 * (high - low).powi(2) / self.runs.base as f64;
        let mut tallies = Tallies { resolution, ..Tallies::default() };
        for &(ab, ba) in &self.blocks {
            let (frozen, dropped) = match ab {
                Some(ab) => self.frozen(&output, ab, ba),
                None => (Vec::new(), 0),
            };
            let unresolved = ab
                .filter(|_| is_fact)
                .map_or([0.0; 2], |ab| self.unresolved((&output, is_high_rare), ab, resolution));
            tallies.unresolved.push(unresolved);
            tallies.frozen.push(frozen);
            tallies.dropped.push(dropped);
        }
        for (one, other) in self.pairs() {
            tallies.pairs.push(self.pair(&output, one, other));
        }
        let groups = self.blocks.len();
        let strata = self.strata.iter().enumerate();
        let tally = |(at, strata): (usize, &Option<Strata>)| {
            strata.as_ref().map_or_else(Vec::new, |strata| self.groups(strata, &samples, at >= groups))
        };
        tallies.strata = strata.map(tally).collect();
        tallies
    }

    /// The pairs of groups that BA tells of.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let has = |group: usize| matches!(self.blocks[group], (Some(_), Some(_)));
        let groups = self.blocks.len();
        let pairs = (0..groups).flat_map(|one| (one + 1..groups).map(move |other| (one, other)));
        pairs.filter(|&(one, other)| has(one) && has(other)).collect()
    }

    /// Gives every row of a replicate to the sums of its part, or of the replicate.
    fn sums<S: Copy + Default>(&self, mut add: impl FnMut(&mut S, usize, usize)) -> Vec<S> {
        let parts = self.parts();
        let mut sums = vec![S::default(); if parts == 0 { self.runs.replicates } else { parts }];
        for replicate in 0..self.runs.replicates {
            for row in 0..self.runs.base {
                let at = if parts == 0 { replicate } else { usize::from(self.part_of[row]) };
                add(&mut sums[at], replicate, row);
            }
        }
        sums
    }

    /// The moments of a group: of all rows, of each replicate, of all but each; or of all rows and of resamples. And of how many rows a
    /// value of A, B or AB is undefined.
    fn frozen(&self, output: &[f64], ab: usize, ba: Option<usize>) -> (Vec<Moments>, u64) {
        let Some(second) = self.second else { return (Vec::new(), 0) };
        let of = |replicate: usize| {
            let block = |block| self.block(output, replicate, block);
            [block(0), block(second), block(ab), block(ba.unwrap_or(second))]
        };
        let blocks: Vec<[&[f64]; 4]> = (0..self.runs.replicates).map(of).collect();
        let is_defined = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let has = |kind: usize| blocks.iter().all(|own| is_defined(own[kind]));
        let sums = |needed: [bool; 4]| -> Vec<Products> {
            let sums: Vec<Products> = self.sums(|sums: &mut Products, replicate, row| {
                let own = blocks[replicate].map(|block| block[row]);
                if own.iter().zip(needed).all(|(value, needed)| !needed || value.is_finite()) {
                    let [a, b, x, z] = own.map(|value| if value.is_finite() { value } else { 0.0 });
                    sums.row(a, b, x, z);
                }
            });
            self.variants(&sums)
        };
        if (0..4).all(has) {
            return (sums([true; 4]).iter().map(Products::moments).collect(), 0);
        }
        let compared = COMPARED.map(sums);
        let variants = 0..compared[0].len();
        let moments = variants.map(|at| Moments::of_defined(std::array::from_fn(|kind| &compared[kind][at])));
        let is_undefined =
            |own: &[&[f64]; 4], row: usize| own[..3].iter().any(|block| !block[row].is_finite());
        let rows = blocks.iter().flat_map(|own| (0..self.runs.base).filter(|&row| is_undefined(own, row)));
        (moments.collect(), rows.count() as u64)
    }

    /// How far the mean products with AB, of A and of B, may be off where an output has two values and all replicates have the same number of
    /// rows with the rarer one in both: half a row. Regular points count alike in every scrambling, and then replicates do not tell.
    fn unresolved(&self, (output, is_high_rare): (&[f64], bool), ab: usize, resolution: f64) -> [f64; 2] {
        let Some(second) = self.second.filter(|_| self.runs.replicates > 1) else { return [0.0; 2] };
        let is_rare = |value: f64| (value > 0.0) == is_high_rare;
        [0, second].map(|block| {
            let count = |replicate: usize| {
                let pairs =
                    self.block(output, replicate, block).iter().zip(self.block(output, replicate, ab));
                pairs.filter(|(own, x)| is_rare(**own) && is_rare(**x)).count()
            };
            let first = count(0);
            let is_same = (1..self.runs.replicates).all(|replicate| count(replicate) == first);
            if is_same { resolution } else { 0.0 }
        })
    }

    fn pair(&self, output: &[f64], one: usize, other: usize) -> Vec<Ratio> {
        let of = |replicate: usize| {
            let block =
                |block: Option<usize>| self.block(output, replicate, block.expect("a pair has its blocks"));
            let group = |group: usize| [block(self.blocks[group].0), block(self.blocks[group].1)];
            (block(Some(0)), block(self.second), group(one), group(other))
        };
        let blocks: Vec<_> = (0..self.runs.replicates).map(of).collect();
        let sums: Vec<PairProducts> = self.sums(|sums: &mut PairProducts, replicate, row| {
            let (a, b, one, other) = blocks[replicate];
            let (a, b) = (a[row], b[row]);
            let (one, other) = ([one[0][row], one[1][row]], [other[0][row], other[1][row]]);
            if (a + b + one[0] + one[1] + other[0] + other[1]).is_finite() {
                sums.row(a, b, one, other);
            }
        });
        self.variants(&sums).iter().map(PairProducts::parts).collect()
    }

    /// All rows, each replicate, all but each; or all rows and resamples.
    fn variants<S>(&self, sums: &[S]) -> Vec<S>
    where
        S: Copy + Default + std::ops::Add<Output = S> + std::ops::Sub<Output = S> + Weighted,
    {
        let whole = sums.iter().fold(S::default(), |whole, own| whole + *own);
        let mut variants = vec![whole];
        if self.runs.replicates > 1 {
            variants.extend_from_slice(sums);
            for without in 0..sums.len() {
                let others = sums.iter().enumerate().filter(|(own, _)| *own != without);
                variants.push(others.fold(S::default(), |left, (_, own)| left + *own));
            }
        } else {
            for weights in &self.resamples {
                let weighted = sums.iter().zip(weights).map(|(own, weight)| own.weighted(*weight));
                variants.push(weighted.fold(S::default(), |sum, own| sum + own));
            }
        }
        variants
    }

    /// The part of the variance between groups: of all points, then without each replicate, for each place where groups begin, and for each width; of one or two
    /// replicates and of plain groups of resamples, or without each replicate. A dummy's interval is not asked for.
    fn groups(&self, strata: &Strata, samples: &[f64], is_dummy: bool) -> Vec<Ratio> {
        let replicates = self.runs.replicates;
        let sums = strata.sums(samples, replicates, None);
        if replicates > 2 && !self.is_plain {
            let Between { all, without, beginnings, widths } = sums.between();
            return std::iter::once(all).chain(without).chain(beginnings).chain(widths).collect();
        }
        let ratio = |sums: &GroupSums, without| {
            if self.is_plain { sums.plain(without) } else { sums.between().all }
        };
        let mut ratios = vec![ratio(&sums, None)];
        if replicates > 2 {
            ratios.extend((0..replicates).map(|without| ratio(&sums, Some(without))));
        } else if !is_dummy {
            for weights in &self.resamples {
                // The rows of A and B with the same number are drawn together.
                let weights = Some((&self.part_of[..], &weights[..]));
                ratios.push(ratio(&strata.sums(samples, replicates, weights), None));
            }
        }
        ratios
    }

    /// An estimate with its interval, from values of all rows, of each replicate and of all but each, or of all rows and of resamples.
    fn estimate(&self, values: &[f64]) -> Estimate {
        let Some((&whole, others)) = values.split_first() else { return Estimate::default() };
        let replicates = self.runs.replicates;
        let half = if replicates > 1 {
            let (single, left) = others.split_at(replicates);
            // Where a label is rare a replicate alone may be constant.
            if single.iter().all(|own| own.is_finite()) || replicates == 2 {
                intervals::of_replicates(single)
            } else {
                intervals::of_left_out(left)
            }
        } else {
            intervals::of_resamples(others)
        };
        Estimate::new(whole, half)
    }

    /// A first-order index of a group.
    pub(super) fn first(&self, tallies: &Tallies, group: usize, estimator: First) -> Estimate {
        if estimator.is_of_groups() {
            let own = self.between(&tallies.strata[group]);
            let is_all = own.value.is_some_and(|value| (value - 1.0).abs() < EXACT);
            let is_exact = tallies.frozen[group].first().map_or(is_all, Moments::is_exact);
            let whole = tallies.strata[group].first().map_or(f64::NAN, |ratio| ratio.whole);
            return own.resolved_to(if is_exact { 0.0 } else { tallies.resolution / whole });
        }
        let values: Vec<f64> = tallies.frozen[group].iter().map(|own| own.first(estimator)).collect();
        self.of_pairs(&values, tallies, group, 1)
    }

    /// An estimate from pairs of rows with A (0) or B (1).
    fn of_pairs(&self, values: &[f64], tallies: &Tallies, group: usize, with: usize) -> Estimate {
        let Some(whole) = tallies.frozen[group].first() else { return Estimate::default() };
        let own = self.estimate(values);
        // Of pairs that are equal nothing is counted.
        if [whole.does_nothing(), whole.does_all()][with] {
            return own;
        }
        let unresolved = tallies.unresolved[group][with] / whole.variance();
        let own = Estimate { half: own.half.map(|half| half.hypot(unresolved)), ..own };
        own.resolved_to(tallies.resolution / whole.variance())
    }

    /// The part of the variance between groups of points, of an input or a dummy.
    pub(super) fn between(&self, ratios: &[Ratio]) -> Estimate {
        let values: Vec<f64> = ratios.iter().map(Ratio::index).collect();
        let Some((&whole, others)) = values.split_first() else { return Estimate::default() };
        let replicates = self.runs.replicates;
        let half = if others.is_empty() {
            f64::NAN
        } else if replicates > 2 {
            let (left, beginnings) = others.split_at(replicates);
            intervals::of_left_out(left) + lost(beginnings)
        } else {
            intervals::of_resamples(others)
        };
        Estimate::new(whole, half)
    }

    /// A total-order index of a group.
    pub(super) fn total(&self, tallies: &Tallies, group: usize, estimator: Total) -> Estimate {
        let values: Vec<f64> = tallies.frozen[group].iter().map(|own| own.total(estimator)).collect();
        self.of_pairs(&values, tallies, group, 0)
    }

    /// The second-order index of the pair of two groups, by its place among [`Plan::pairs`].
    pub(super) fn second(&self, tallies: &Tallies, pair: usize, groups: [usize; 2]) -> Estimate {
        let values: Vec<f64> = tallies.pairs[pair].iter().map(Ratio::index).collect();
        let does_nothing = |group: usize| tallies.frozen[group].first().is_some_and(Moments::does_nothing);
        let is_exact = groups.into_iter().any(does_nothing);
        let whole = tallies.pairs[pair].first().map_or(f64::NAN, |ratio| ratio.whole);
        self.estimate(&values).resolved_to(if is_exact { 0.0 } else { tallies.resolution / whole })
    }
}

/// What of E(Y | x) inside a group may be left. Of a jump: its estimates differ by a quarter of its square per wide group, and their mean is off by a
/// nineteenth of that at most, since the second Bernoulli polynomial, averaged over n equal steps, is 1/n^2 of itself. Of what is smooth: what is
/// lost is as the square of the width, so two thirds of the difference between the widths, and the estimates do not differ.
fn lost(told: &[f64]) -> f64 {
    let [beginnings @ .., narrow, wide] = told else { return 0.0 };
    let [low, high] = super::range(beginnings);
    let apart = high - low;
    apart / 16.0 + (2.0 / 3.0 * (narrow - wide).abs() - apart).max(0.0)
}

/// What is known of an output.
#[derive(Clone, Debug, Default)]
pub(super) struct Tallies {
    /// `[group][variant]`.
    pub(super) frozen: Vec<Vec<Moments>>,
    /// `[pair][variant]`.
    pub(super) pairs: Vec<Vec<Ratio>>,
    /// `[group, then dummy][variant]`.
    pub(super) strata: Vec<Vec<Ratio>>,
    /// Pairs of rows that were left out, of each group.
    pub(super) dropped: Vec<u64>,
    /// What a change of half a row of a block makes, in units of the variance.
    pub(super) resolution: f64,
    /// How far products with A and with B may be off without being seen, of each group.
    pub(super) unresolved: Vec<[f64; 2]>,
}

impl Tallies {
    /// Adds those of another output.
    pub(super) fn add(&mut self, other: Self) {
        fn each<S: Copy + std::ops::AddAssign>(own: &mut [Vec<S>], other: &[Vec<S>]) {
            let pairs = own.iter_mut().flatten().zip(other.iter().flatten());
            pairs.for_each(|(own, other)| *own += *other);
        }
        if self.dropped.is_empty() {
            *self = other;
            return;
        }
        self.resolution += other.resolution;
        let pairs = self.unresolved.iter_mut().zip(&other.unresolved);
        pairs.for_each(|(own, other)| *own = [own[0] + other[0], own[1] + other[1]]);
        each(&mut self.frozen, &other.frozen);
        each(&mut self.pairs, &other.pairs);
        each(&mut self.strata, &other.strata);
    }
}
