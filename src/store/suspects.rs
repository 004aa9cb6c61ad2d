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

/// A block or a point is believed to kill its process when so many processes have died with it in hand.
const TIMES: u32 = 2;

/// So many processes may have died with a block in hand before it is measured point by point, which costs many times as much: two with
/// whatever else they had in hand, and two with it alone.
const TIMES_AS_A_WHOLE: u32 = 2 * TIMES;

/// A block that must be measured while its process has nothing else in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lonely {
    /// The block.
    pub tile: Tile,
    /// Whether all of its points may be measured at once; else one after the other.
    pub is_whole: bool,
    /// How many processes died while a point, by its number inside the cell, was all that they had in hand.
    deaths: BTreeMap<u32, u32>,
}

impl Lonely {
    /// A block to be measured point by point, none of which was alone when a process died.
    pub fn of(tile: Tile) -> Self {
        Self { tile, is_whole: false, deaths: BTreeMap::new() }
    }

    /// A block to be measured alone, all of its points at once.
    pub fn whole(tile: Tile) -> Self {
        Self { is_whole: true, ..Self::of(tile) }
    }

    /// Whether a point kills its process, beyond reasonable doubt: it is not measured again.
    pub fn is_deadly(&self, point: u32) -> bool {
        self.deaths.get(&point).is_some_and(|&deaths| deaths >= TIMES)
    }

    /// The points of a run in the order in which they should be measured: those with a death last, so that whoever kills processes
    /// for other reasons does not hit the same one again.
    pub fn order(&self, points: impl Iterator<Item = u32>) -> Vec<u32> {
        let (suspected, others): (Vec<u32>, Vec<u32>) =
            points.partition(|point| self.deaths.contains_key(point));
        others.into_iter().chain(suspected).collect()
    }
}

impl Suspects {
    /// Takes note of what a process had in hand when it died.
    pub(super) fn add(&mut self, died: &InHand) {
        let Tile { cell, first, count } = died.tile;
        match died.point {
            Some(point) => {
                let deaths = self.points.entry((cell, point)).or_default();
                *deaths = deaths.saturating_add(died.times);
            }
            None => (first..first + count).for_each(|block| {
                let deaths = self.blocks.entry((cell, block)).or_default();
                *deaths = deaths.saturating_add(died.times);
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

    /// What is suspected, in the order of the space: blocks that were in hand when one process died, which may well have been killed
    /// from outside, and those that must be measured while nothing else is in hand, at once or point by point.
    pub fn sort(&self, cells: &Cells) -> (Vec<Tile>, Vec<Lonely>) {
        let block = cells.points_of_a_block();
        let mut lonely: BTreeMap<(u64, u32), Lonely> = BTreeMap::new();
        let tile = |cell, first| Tile { cell, first, count: 1 };
        for (&(cell, point), &times) in &self.points {
            let first = point / block;
            let of_block = Lonely::of(tile(cell, first));
            lonely.entry((cell, first)).or_insert(of_block).deaths.insert(point, times);
        }
        let mut once = Vec::new();
        for (&(cell, first), &times) in &self.blocks {
            if times >= TIMES {
                let is_whole = times < TIMES_AS_A_WHOLE;
                let of_block = if is_whole { Lonely::whole } else { Lonely::of }(tile(cell, first));
                lonely.entry((cell, first)).or_insert(of_block);
            } else if !lonely.contains_key(&(cell, first)) {
                once.push(tile(cell, first));
            }
        }
        (once, lonely.into_values().collect())
    }

    /// What is suspected, as blocks.
    pub fn blocks(&self, cells: &Cells) -> Vec<Tile> {
        let block = cells.points_of_a_block();
        let of_points = self.points.keys().map(|&(cell, point)| (cell, point / block));
        let blocks = self.blocks.keys().copied().chain(of_points);
        blocks.map(|(cell, first)| Tile { cell, first, count: 1 }).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
    use crate::table::Quantity;

    #[test]
    fn a_block_is_suspected_once_then_lonely_and_a_point_deadly_after_two_deaths_alone() {
        let quantity = Quantity::real("x", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        let space = Space::new(vec![Axis::new(vec![column], 4096).unwrap()]).unwrap();
        let cells = space.cells();
        let block = cells.points_of_a_block();
        let tile = |first, count| Tile { cell: 0, first, count };
        let mut suspects = Suspects::default();
        assert!(suspects.is_empty());
        suspects.add(&InHand::of(tile(2, 3), None));
        assert!(!suspects.is_empty());
        suspects.add(&InHand::of(tile(9, 1), None));
        assert_eq!(suspects.sort(cells).0, [tile(2, 1), tile(3, 1), tile(4, 1), tile(9, 1)]);
        suspects.add(&InHand::of(tile(3, 1), None));
        let (once, lonely) = suspects.sort(cells);
        assert_eq!(once, [tile(2, 1), tile(4, 1), tile(9, 1)]);
        assert_eq!((lonely.len(), lonely[0].tile), (1, tile(3, 1)));
        for is_whole in [true, true, false] {
            assert_eq!(suspects.sort(cells).1[0].is_whole, is_whole, "two deaths alone, then point by point");
            suspects.add(&InHand::of(tile(3, 1), None));
        }
        let point = 3 * block + 5;
        suspects.add(&InHand::of(tile(3, 1), Some(point)));
        let lonely = suspects.sort(cells).1.remove(0);
        assert!(!lonely.is_deadly(point));
        assert_eq!(lonely.order(point - 1..point + 3), [point - 1, point + 1, point + 2, point]);
        suspects.add(&InHand::of(tile(3, 1), Some(point)));
        assert!(suspects.sort(cells).1[0].is_deadly(point));
        let mut finished = Finished::new(cells);
        finished.add(tile(2, 3));
        suspects.forget(&finished, cells);
        assert_eq!(suspects.sort(cells), (vec![tile(9, 1)], vec![]));
        let mut of_a_point = Suspects::default();
        of_a_point.add(&InHand::of(tile(3, 1), Some(point)));
        assert!(!of_a_point.is_empty());
    }
}
