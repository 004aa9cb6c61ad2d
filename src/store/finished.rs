//! Which blocks of a space are finished, as runs: memory goes with the number of gaps, never with the number of points.
//! Knows nothing of what was measured.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::space::{Cells, Tile};

/// A set of blocks. Whole cells beside each other melt into one run.
#[derive(Clone, Debug)]
pub struct Finished {
    cells: Cells,
    /// A block's key is `cell * stride + block`.
    stride: u64,
    /// From the first key of a run to the key after its last.
    runs: BTreeMap<u64, u64>,
    points: u64,
}

impl Finished {
    /// No block.
    pub fn new(cells: &Cells) -> Self {
        Self {
            cells: cells.clone(),
            stride: u64::from(cells.most_blocks_of_a_cell()),
            runs: BTreeMap::new(),
            points: 0,
        }
    }

    /// How the space is cut.
    pub(super) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// How many points the blocks have.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// Adds a tile; gives how many of its points were not there before.
    pub fn add(&mut self, tile: Tile) -> u64 {
        let cell = self.cells.cell(tile.cell);
        let mut added = 0;
        for gap in self.missing(tile) {
            let (_, points) = cell.points_of(gap);
            added += u64::from(points);
        }
        let base = tile.cell * self.stride;
        let mut start = base + u64::from(tile.first);
        // A short cell at the edge ends where the next cell's keys begin.
        let last = tile.first + tile.count;
        let mut end = base + if last == cell.blocks() { self.stride } else { u64::from(last) };
        if let Some((&before, &until)) = self.runs.range(..=start).next_back()
            && until >= start
        {
            start = before;
            end = end.max(until);
        }
        while let Some((&next, &until)) = self.runs.range(start..=end).next() {
            self.runs.remove(&next);
            end = end.max(until);
        }
        self.runs.insert(start, end);
        self.points += added;
        added
    }

    /// The parts of a tile that are not finished, in order.
    pub fn missing(&self, tile: Tile) -> Vec<Tile> {
        let base = tile.cell * self.stride;
        let wanted = base + u64::from(tile.first)..base + u64::from(tile.first + tile.count);
        let part = |range: Range<u64>| Tile {
            cell: tile.cell,
            first: (range.start - base) as u32,
            count: (range.end - range.start) as u32,
        };
        let mut gaps = Vec::new();
        let mut position = wanted.start;
        if let Some((_, &until)) = self.runs.range(..=position).next_back() {
            position = position.max(until);
        }
        for (&start, &until) in self.runs.range(wanted.clone()) {
            if start > position {
                gaps.push(part(position..start));
            }
            position = position.max(until);
        }
        if position < wanted.end {
            gaps.push(part(position..wanted.end));
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
    use crate::table::Quantity;

    fn space(length: u64) -> Space {
        let quantity = Quantity::real("x", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        Space::new(vec![Axis::new(vec![column], length).unwrap()]).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_not_finished_is_missing_and_the_points_are_counted_once(
            length in 200_000u64..400_000,
            tiles in prop::collection::vec((0u64..8, 0u32..600, 1u32..300), 0..40),
        ) {
            let space = space(length);
            let cells = space.cells();
            let mut finished = Finished::new(cells);
            let mut seen = std::collections::BTreeSet::new();
            for (cell, first, count) in tiles {
                let cell = cells.cell(cell % cells.count());
                let first = first % cell.blocks();
                let tile = Tile { cell: cell.number(), first, count: count.min(cell.blocks() - first) };
                finished.add(tile);
                seen.extend((tile.first..tile.first + tile.count).map(|block| (tile.cell, block)));
            }
            let mut points = 0;
            for number in 0..cells.count() {
                let cell = cells.cell(number);
                let missing = finished.missing(Tile { cell: number, first: 0, count: cell.blocks() });
                let missing: std::collections::BTreeSet<u32> =
                    missing.iter().flat_map(|gap| gap.first..gap.first + gap.count).collect();
                for block in 0..cell.blocks() {
                    prop_assert_eq!(missing.contains(&block), !seen.contains(&(number, block)));
                    if !missing.contains(&block) {
                        points += u64::from(cell.points_of(Tile { cell: number, first: block, count: 1 }).1);
                    }
                }
            }
            prop_assert_eq!(points, finished.points());
        }
    }

    #[test]
    fn finished_cells_beside_each_other_are_one_run() {
        let space = space(10_000_000);
        let mut finished = Finished::new(space.cells());
        for number in 0..space.cells().count() {
            let cell = space.cells().cell(number);
            finished.add(Tile { cell: number, first: 0, count: cell.blocks() });
        }
        assert_eq!((finished.points(), finished.runs.len()), (10_000_000, 1));
    }
}
