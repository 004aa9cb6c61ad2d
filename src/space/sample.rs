//! The points of a design as one dimension of a space. Knows which point a number is, not what is done with it.

use std::sync::Arc;

use crate::design::{Block, Design};
use crate::table::{Kind, Quantity};

/// The name of the dimension.
pub const SAMPLE: &str = "sample";

/// What the points of a design are along a column: the values of an input, or the numbers of their identities, which rise.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    design: Arc<Design>,
    /// The place among the design's columns; none for the identities.
    column: Option<usize>,
}

impl Sampled {
    /// The identities of a design's points.
    pub(super) fn identities(design: &Arc<Design>) -> Self {
        Self { design: Arc::clone(design), column: None }
    }

    /// The values of a column of a design.
    pub(super) fn column(design: &Arc<Design>, column: usize) -> Self {
        Self { design: Arc::clone(design), column: Some(column) }
    }

    /// The values at the points from `first` on.
    pub fn fill(&self, first: u64, values: &mut [f64]) {
        match self.column {
            Some(column) => self.design.column(column, first, values),
            None => {
                for (value, run) in values.iter_mut().zip(first..) {
                    *value = self.design.identity(run).number() as f64;
                }
            }
        }
    }

    /// The value at a point.
    pub(super) fn value(&self, point: u64) -> f64 {
        let mut value = [0.0];
        self.fill(point, &mut value);
        value[0]
    }

    /// The median of an input; of the identities the first.
    pub(super) fn median(&self) -> f64 {
        let Some((_, distribution)) = self.column.and_then(|column| self.design.columns().nth(column)) else {
            return self.value(0);
        };
        let mut median = [0.5];
        distribution.quantiles(&mut median);
        median[0]
    }

    /// Between which values the points lie: those of the first ones, as a design may have a great many.
    pub fn range(&self) -> (f64, f64) {
        const FIRST: u64 = 4096;
        let mut values = vec![0.0; self.design.runs().min(FIRST) as usize];
        self.fill(0, &mut values);
        let ends = |(low, high): (f64, f64), &value: &f64| (low.min(value), high.max(value));
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends)
    }

    /// The distribution of an input, as a study writes it.
    pub fn distribution(&self) -> Option<String> {
        let (_, distribution) = self.design.columns().nth(self.column?)?;
        Some(distribution.to_string())
    }
}

/// What a map says of each point of a design besides its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The independent repetition.
    Replicate,
    /// The row of the block, or the number of the trajectory.
    BaseRow,
    /// Which sample the point is of: a place in [`Mark::words`].
    Block,
    /// Which group comes from the other sample, or has moved: a place in [`Mark::words`], or -1.
    Swapped,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Replicate, Self::BaseRow, Self::Block, Self::Swapped];

    /// Name, unit and meaning.
    pub fn quantity(self) -> Quantity {
        let (name, meaning) = match self {
            Self::Replicate => ("replicate", "number of the replicate"),
            Self::BaseRow => ("base_row", "row in its block, or number of the trajectory"),
            Self::Block => ("block", "sample that the row is of"),
            Self::Swapped => ("swapped", "which of `inputs` comes from the other sample; -1 for none"),
        };
        Quantity { kind: Kind::Count, ..Quantity::real(name, "1", meaning) }
    }

    /// What its numbers stand for, where they count words.
    pub fn words(self, design: &Design) -> Vec<String> {
        match self {
            Self::Replicate | Self::BaseRow => Vec::new(),
            Self::Block => Block::KINDS.map(str::to_owned).into(),
            Self::Swapped => design.groups().iter().map(|group| group.name.clone()).collect(),
        }
    }

    /// Its number at a point.
    pub fn value(self, design: &Design, point: u64) -> f64 {
        let own = design.identity(point);
        match self {
            Self::Replicate => own.replicate as f64,
            Self::BaseRow => f64::from(own.base_row),
            Self::Block => own.block.kind() as f64,
            Self::Swapped => own.block.swapped().map_or(-1.0, |group| group as f64),
        }
    }
}
