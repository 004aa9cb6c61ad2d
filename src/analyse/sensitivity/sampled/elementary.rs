//! Elementary effects (Morris 1991, Technometrics 33:161): what a move of one group changes, per unit of its range. Knows no distributions.

use crate::store::outcomes::{Block, Outcomes, same};

use crate::analyse::AnalyseError;

use super::Estimate;
use super::intervals;

/// A coordinate with at most so many values is taken for levels of a grid.
const MOST_LEVELS: usize = 64;

/// What the effects of one group are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effects {
    /// Their mean; none of a group of several inputs, which move in different directions.
    pub mean: Estimate,
    /// The mean of their sizes (Campolongo, Cariboni & Saltelli 2007).
    pub size: Estimate,
    /// Their standard deviation; none of a group.
    pub deviation: Option<f64>,
    /// Which part of those that are not 0 is positive; none where all are 0, and of a group.
    pub positive: Option<f64>,
    /// How many there are.
    pub count: u64,
    /// Moves with an undefined value at an end.
    pub dropped: u64,
}

impl Effects {
    /// `+` or `-` where all effects have that sign, `+-` where they have both, `0` where there are none.
    pub fn sign(&self) -> &'static str {
        match self.positive {
            Some(part) if part >= 1.0 => "+",
            Some(part) if part <= 0.0 => "-",
            Some(_) => "+-",
            None if self.size.value == Some(0.0) => "0",
            None => "",
        }
    }
}

/// The moves of a design of trajectories.
pub(super) struct Moves {
    /// For each group its moves: replicate, the places of the runs before and after, and the step.
    of: Vec<Vec<Move>>,
    /// Whether a group has several coordinates, whose moves have no common sign.
    is_of_several: Vec<bool>,
    replicates: usize,
}

#[derive(Clone, Copy)]
struct Move {
    replicate: u32,
    from: u32,
    to: u32,
    step: f64,
}

impl Moves {
    /// Finds the order of moves: each point has more inputs moved than the one before. Of Morris' trajectories each goes on from
    /// the last; of a radial design all start at the first point.
    ///
    /// # Errors
    /// When something else moves too.
    pub(super) fn new(
        runs: &Outcomes,
        places: Option<&[Vec<f64>]>,
        is_of_several: Vec<bool>,
    ) -> Result<Self, AnalyseError> {
        let (blocks, base) = (runs.blocks.len(), runs.base);
        let is_radial = is_radial(runs);
        let scales: Vec<Scale> =
            runs.inputs.iter().map(|(_, values)| Scale::new(values, is_radial)).collect();
        let place = |input: usize, slot: usize| match places {
            Some(places) => places[input][slot],
            None => scales[input].place(runs.inputs[input].1[slot]),
        };
        let mut of = vec![Vec::new(); runs.groups.len()];
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(blocks);
        for replicate in 0..runs.replicates {
            for row in 0..base {
                let slot = |block: usize| (replicate * blocks + block) * base + row;
                let value = |block: usize, input: usize| runs.inputs[input].1[slot(block)];
                order.clear();
                order.extend((0..blocks).map(|block| {
                    let moved = |input: &usize| !same(value(block, *input), value(0, *input));
                    ((0..runs.inputs.len()).filter(moved).count(), block)
                }));
                order.sort_unstable();
                for &(moved, block) in &order {
                    let Block::Ab(group) = runs.blocks[block] else { continue };
                    let before =
                        order.iter().rev().find(|(fewer, _)| *fewer < moved).map_or(0, |&(_, before)| before);
                    let members = &runs.groups[group].1;
                    let strays = |input: &usize| {
                        !members.contains(input) && !same(value(block, *input), value(before, *input))
                    };
                    if let Some(input) = (0..runs.inputs.len()).find(strays) {
                        return Err(AnalyseError::Trajectory {
                            replicate,
                            row,
                            swapped: runs.groups[group].0.clone(),
                            input: runs.inputs[input].0.clone(),
                        });
                    }
                    let steps = runs.groups[group]
                        .1
                        .iter()
                        .map(|&input| place(input, slot(block)) - place(input, slot(before)));
                    let step = if is_of_several[group] {
                        let (count, sum) =
                            steps.fold((0.0, 0.0), |(count, sum), step| (count + 1.0, sum + step.abs()));
                        sum / count
                    } else {
                        steps.take(1).sum()
                    };
                    of[group].push(Move {
                        replicate: replicate as u32,
                        from: slot(before) as u32,
                        to: slot(block) as u32,
                        step,
                    });
                }
            }
        }
        Ok(Self { of, is_of_several, replicates: runs.replicates })
    }

    /// The effects of each group on an output.
    pub(super) fn effects(&self, output: &[f64]) -> Vec<Effects> {
        self.of
            .iter()
            .zip(&self.is_of_several)
            .map(|(moves, &several)| self.of_group(moves, several, output))
            .collect()
    }

    fn of_group(&self, moves: &[Move], is_of_several: bool, output: &[f64]) -> Effects {
        let mut effects = vec![Vec::new(); self.replicates];
        let mut dropped = 0;
        for own in moves {
            let change = output[own.to as usize] - output[own.from as usize];
            // A move that changed nothing, as of a discrete input, has no effect per unit.
            if !change.is_finite() {
                dropped += 1;
            } else if own.step != 0.0 {
                effects[own.replicate as usize].push(change / own.step);
            }
        }
        let all: Vec<f64> = effects.iter().flatten().copied().collect();
        let count = all.len() as f64;
        if all.is_empty() {
            return Effects { dropped, ..Effects::default() };
        }
        let mean = all.iter().sum::<f64>() / count;
        let deviation =
            (all.iter().map(|effect| (effect - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let (positive, negative) = (
            all.iter().filter(|effect| **effect > 0.0).count(),
            all.iter().filter(|effect| **effect < 0.0).count(),
        );
        let moving = positive + negative;
        let single = |value| (!is_of_several).then_some(value);
        Effects {
            mean: if is_of_several { Estimate::default() } else { estimate(&effects, |effect| effect) },
            size: estimate(&effects, f64::abs),
            deviation: single(deviation).filter(|deviation| deviation.is_finite()),
            positive: (moving > 0 && !is_of_several).then(|| positive as f64 / moving as f64),
            count: all.len() as u64,
            dropped,
        }
    }
}

/// The mean of something of the effects, by replicates where there are several, else by trajectories.
fn estimate(effects: &[Vec<f64>], of: impl Fn(f64) -> f64) -> Estimate {
    let mean = |values: &[f64]| values.iter().map(|&value| of(value)).sum::<f64>() / values.len() as f64;
    let all: Vec<f64> = effects.iter().flatten().copied().collect();
    let half = match effects {
        [own] => intervals::of_replicates(&own.iter().map(|&value| of(value)).collect::<Vec<f64>>()),
        _ => intervals::of_replicates(&effects.iter().map(|own| mean(own)).collect::<Vec<f64>>()),
    };
    Estimate::new(mean(&all), half)
}

/// Whether all moves of a row start at its first point: then no point has all inputs moved that move at all.
fn is_radial(runs: &Outcomes) -> bool {
    let base = runs.base;
    let differs = |block: usize, input: usize| {
        let values = &runs.inputs[input].1;
        !same(values[block * base], values[0])
    };
    let blocks = 1..runs.blocks.len();
    let inputs = || 0..runs.inputs.len();
    let moving = inputs().filter(|&input| blocks.clone().any(|block| differs(block, input))).count();
    let most = blocks.clone().map(|block| inputs().filter(|&input| differs(block, input)).count()).max();
    blocks.len() > 1 && most.is_some_and(|most| most < moving)
}

/// Where a value stands in the range of its coordinate, from 0 to 1.
enum Scale {
    /// Levels of a grid, which have equal distances whatever the distribution is.
    Levels(Vec<f64>),
    /// Between the least and the largest value.
    Range(f64, f64),
}

impl Scale {
    fn new(values: &[f64], is_radial: bool) -> Self {
        let range = || {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            Self::Range(low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        if is_radial {
            return range();
        }
        let mut levels: Vec<f64> = Vec::new();
        for &value in values {
            if !levels.iter().any(|level| same(*level, value)) {
                levels.push(value);
                if levels.len() > MOST_LEVELS {
                    return range();
                }
            }
        }
        levels.sort_by(f64::total_cmp);
        Self::Levels(levels)
    }

    fn place(&self, value: f64) -> f64 {
        match self {
            Self::Levels(levels) => {
                let place = levels.iter().position(|level| same(*level, value)).unwrap_or(0);
                place as f64 / (levels.len() - 1).max(1) as f64
            }
            Self::Range(low, high) => (value - low) / (high - low),
        }
    }
}
