//! What processes had in hand when they died: the points among which one may kill its process. Knows how often, not why.

use std::collections::BTreeMap;

use crate::space::{Cells, Tile};
use crate::store::Finished;
use crate::store::journal::InHand;

/// Blocks and single points that were in hand when a process died, and how often that was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspects {
    /// By cell and block.
    blocks: BTreeMap<(u64, u32), u32>,
    /// By cell and number inside the cell: points that were the only one in hand.
    points: BTreeMap<(u64, u32), u32>,
}

impl Suspects {
    /// Takes note of what a process had in hand when it died.
    pub(super) fn add(&mut self, died: &InHand) {
        let Tile { cell, first, count } = died.tile;
        match died.point {
            Some(point) => *self.points.entry((cell, point)).or_default() += died.times,
            None => (first..first + count).for_each(|block| {
                *self.blocks.entry((cell, block)).or_default() += died.times;
            }),
        }
    }

    /// Forgets what is finished.
    pub(super) fn forget(&mut self, finished: &Finished, cells: &Cells) {
        let is_missing =
            |cell: u64, block: u32| !finished.missing(Tile { cell, first: block, count: 1 }).is_empty();
        self.blocks.retain(|&(cell, block), _| is_missing(cell, block));
        let block = cells.points_of_a_block();
        self.points.retain(|&(cell, point), _| is_missing(cell, point / block));
    }

    /// Whether nothing is suspected.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.points.is_empty()
    }

    /// The blocks that were in hand, or a point of which was, each with how many processes died while it was in hand as a whole.
    pub fn blocks(&self, cells: &Cells) -> Vec<(Tile, u32)> {
        let block = cells.points_of_a_block();
        let mut blocks = self.blocks.clone();
        for &(cell, point) in self.points.keys() {
            blocks.entry((cell, point / block)).or_default();
        }
        blocks.into_iter().map(|((cell, first), times)| (Tile { cell, first, count: 1 }, times)).collect()
    }

    /// How many processes died while a point was all that they had in hand.
    pub fn deaths_at(&self, cell: u64, point: u32) -> u32 {
        self.points.get(&(cell, point)).copied().unwrap_or(0)
    }

    /// Whether a point of a block was all that a process had in hand when it died.
    pub fn has_point_in(&self, tile: Tile, cells: &Cells) -> bool {
        let block = cells.points_of_a_block();
        let first = tile.first * block;
        self.points.range((tile.cell, first)..(tile.cell, first + tile.count * block)).next().is_some()
    }

    /// Everything, as a journal notes it.
    pub(super) fn notes(&self, cells: &Cells) -> Vec<(Tile, Option<u32>, u32)> {
        let block = cells.points_of_a_block();
        let blocks =
            self.blocks.iter().map(|(&(cell, first), &times)| (Tile { cell, first, count: 1 }, None, times));
        let points = self.points.iter().map(|(&(cell, point), &times)| {
            (Tile { cell, first: point / block, count: 1 }, Some(point), times)
        });
        blocks.chain(points).collect()
    }
}
