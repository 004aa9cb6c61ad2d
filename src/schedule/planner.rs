//! The order of work, as pure logic: tiles are granted and come back with what they cost. Knows no threads, clocks or rows, so
//! that threads of one machine and ranks of a cluster can be served by the same planner.
//!
//! The space is cut into at most [`MOST_REGIONS`] regions. A first pass measures one block of each, which gives a coarse map
//! early and the cost of every region. Then the regions come in order of cost, dearest first, in tiles that are long while much
//! is left and short towards the end. A region whose block has not come back yet counts as the dearest: the longer it stays out,
//! the more likely it is.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::space::{Cells, Tile};
use crate::store::Finished;

/// More regions than this are not told apart, so that a plan is small however large the space.
const MOST_REGIONS: u64 = 1 << 16;

/// A space of few cells is cut into about so many regions.
const ENOUGH_REGIONS: u64 = 1 << 12;

/// At most one block in so many belongs to the first pass, where cells are cut for it.
const COARSENESS: u64 = 16;

/// A region that costs little may have dear blocks, if one of so many regions before and after it in its cell is dear...
const REACH: usize = 3;

/// ...and counts as at least such a part of that.
const WEIGHT_OF_A_NEIGHBOUR: f64 = 0.7;

/// Multiples of it fall evenly between whole numbers.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_895;

/// The longest a tile should take: what a kill may cost.
const LONGEST: f64 = 2.0;

/// The shortest a tile should take, so that granting costs nothing.
const SHORTEST: f64 = 0.005;

/// Towards the end a tile is at most such a part of what is left for its thread.
const PART_OF_THE_REST: f64 = 4.0;

/// A tile of a region of unknown cost has one block for so many threads.
const THREADS_OF_AN_UNKNOWN_BLOCK: f64 = 8.0;

/// The class of regions of unknown cost.
const UNKNOWN: i64 = i64::MAX;

/// The class of regions with nothing left.
const EXHAUSTED: i64 = i64::MIN;

/// A tile of fewer points costs more a point, since vectors and their loops want company...
const EFFICIENT_POINTS: u64 = 128;

/// ...but towards the end no tile has more than such a part of what is left for its worker, as far as that.
const PARTS_OF_THE_LAST_POINTS: u64 = 2;

/// Grants tiles.
#[derive(Debug)]
pub struct Planner {
    cells: Cells,
    regions: Regions,
    /// What is finished or granted.
    taken: Finished,
    /// Seconds a block, by region, as its own kind of machine needs them; `NaN` where nothing was measured.
    costs: Vec<f32>,
    /// Which kind of machine has measured a region.
    kinds: Vec<u8>,
    /// How fast each kind of machine is, against the first.
    speeds: Vec<f64>,
    /// How many threads of the first kind of machine all workers are worth.
    workers: f64,
    /// The most blocks a tile may have.
    widest: u32,
    /// The sum of the known costs, and how many are known.
    known: (f64, u32),
    /// The next region of the first pass.
    coarse: u64,
    /// The regions of the second pass in their order, once it has begun.
    order: Option<Order>,
}

/// The second pass.
#[derive(Debug)]
struct Order {
    /// The regions that wait, by class of cost. An entry whose region is in another class by now is passed over.
    waiting: BTreeMap<i64, VecDeque<u32>>,
    /// The class of each region.
    classes: Vec<i64>,
    /// About how many blocks of each region are left.
    left: Vec<f32>,
    /// The regions of which something was granted.
    begun: HashMap<u32, Begun>,
    /// The region that was granted last.
    region: u32,
    /// How many seconds of one worker are left in regions of known cost.
    known_rest: f64,
    /// How many blocks are left in the others.
    unknown_blocks: f64,
}

/// What is left of a region.
#[derive(Debug)]
struct Begun {
    /// The cells that were not looked at yet.
    cells: std::ops::Range<u64>,
    /// The gaps left of the cell in hand.
    gaps: VecDeque<Tile>,
}

/// The class of a cost: a quarter of an octave, so that regions of nearly one cost stay in the order of the space.
fn class(cost: f64) -> i64 {
    if cost.is_nan() { UNKNOWN } else { (cost.max(1e-9).log2() * 4.0) as i64 }
}

impl Order {
    /// A region costs otherwise than was thought.
    fn revalue(&mut self, region: usize, before: f64, now: f64) {
        self.account(before, -f64::from(self.left[region]));
        self.account(now, f64::from(self.left[region]));
    }

    /// A region belongs to a class, which may be another than before.
    fn reclassify(&mut self, region: usize, class: i64) {
        if ![EXHAUSTED, class].contains(&self.classes[region]) {
            self.classes[region] = class;
            self.waiting.entry(class).or_default().push_back(region as u32);
        }
    }

    /// Adds blocks of a region to what is left, or takes them away.
    fn account(&mut self, cost: f64, blocks: f64) {
        if cost.is_nan() {
            self.unknown_blocks += blocks;
        } else {
            self.known_rest += cost * blocks;
        }
    }

    /// The dearest region that waits, taken out of its queue.
    fn dearest(&mut self) -> Option<u32> {
        loop {
            let mut dearest = self.waiting.last_entry()?;
            let class = *dearest.key();
            match dearest.get_mut().pop_front() {
                Some(region) if self.classes[region as usize] == class => return Some(region),
                Some(_) => {}
                None => drop(dearest.remove()),
            }
        }
    }
}

impl Planner {
    /// A plan for everything that is not finished, for so many workers; `known` gives tiles that were measured before and their
    /// seconds.
    pub fn new(
        cells: &Cells,
        finished: Finished,
        known: impl Iterator<Item = (Tile, f32)>,
        workers: usize,
        most_points_of_a_tile: u64,
    ) -> Self {
        let regions = Regions::new(cells);
        let block = u64::from(cells.points_of_a_block());
        let widest = (most_points_of_a_tile / block).max(cells.blocks_together().into());
        let mut planner = Self {
            cells: cells.clone(),
            costs: vec![f32::NAN; regions.count as usize],
            kinds: vec![0; regions.count as usize],
            speeds: vec![1.0],
            regions,
            taken: finished,
            workers: workers.max(1) as f64,
            widest: u32::try_from(widest).unwrap_or(u32::MAX),
            known: (0.0, 0),
            coarse: 0,
            order: None,
        };
        for (tile, seconds) in known {
            planner.completed(tile, f64::from(seconds));
        }
        planner
    }

    /// Learns what a tile has cost a worker.
    pub fn completed(&mut self, tile: Tile, seconds: f64) {
        self.completed_by(0, tile, seconds);
    }

    /// Learns what a tile has cost a worker on a kind of machine.
    pub fn completed_by(&mut self, kind: usize, tile: Tile, seconds: f64) {
        let region = self.regions.of(tile) as usize;
        let fresh = (seconds / f64::from(tile.count)) as f32;
        let (before, before_here) = (self.cost_of(region, 0), self.cost_of(region, kind) as f32);
        self.costs[region] = if before.is_nan() { fresh } else { f32::midpoint(before_here, fresh) };
        self.kinds[region] = kind as u8;
        let now = self.cost_of(region, 0);
        let (sum, count) = &mut self.known;
        *count += u32::from(before.is_nan());
        *sum += if before.is_nan() { now } else { now - before };
        if let Some(mut order) = self.order.take() {
            order.revalue(region, before, now);
            for near in self.regions.near(region) {
                order.reclassify(near, self.class_of(near));
            }
            self.order = Some(order);
        }
    }

    /// Learns how fast the kinds of machines are, against the first, and how many of its threads all workers are worth.
    pub fn set_workers(&mut self, speeds: &[f64], workers: f64) {
        self.speeds = speeds.to_vec();
        self.workers = workers.max(1.0);
    }

    /// What a tile is likely to cost a kind of machine, in seconds of one thread, if its region was measured by another kind.
    pub fn predicted_from_another_kind(&self, kind: usize, tile: Tile) -> Option<f64> {
        let region = self.regions.of(tile) as usize;
        let is_other = usize::from(self.kinds[region]) != kind && !self.costs[region].is_nan();
        is_other.then(|| self.cost_of(region, kind) * f64::from(tile.count))
    }

    /// What a block of a region costs a kind of machine; `NaN` where nothing was measured.
    fn cost_of(&self, region: usize, kind: usize) -> f64 {
        let speed = |kind: usize| self.speeds.get(kind).copied().unwrap_or(1.0);
        f64::from(self.costs[region]) * speed(usize::from(self.kinds[region])) / speed(kind)
    }

    /// When a region comes: by its own cost, or a little after its neighbours, since a dear place may begin beside its sample.
    fn class_of(&self, region: usize) -> i64 {
        let own = self.cost_of(region, 0);
        if own.is_nan() {
            return UNKNOWN;
        }
        let beside = self.regions.near(region).map(|near| WEIGHT_OF_A_NEIGHBOUR * self.cost_of(near, 0));
        class(beside.fold(own, f64::max))
    }

    /// Whether every region was seen, so that costs are known.
    pub fn is_past_the_first_pass(&self) -> bool {
        self.order.is_some()
    }

    /// About how many seconds of one thread a block costs that is granted now, once that can be said.
    pub fn cost_of_a_block(&self) -> Option<f64> {
        let known = self.cost_of(self.order.as_ref()?.region as usize, 0);
        if known.is_nan() { self.typical() } else { Some(known) }
    }

    /// About how many more blocks like the last one every worker will be granted, once that can be said.
    pub fn rounds(&self) -> Option<f64> {
        Some(self.rest()? / (self.cost_of_a_block()?.max(1e-9) * self.workers))
    }

    /// How many blocks are not granted yet, for each worker.
    pub fn blocks_of_a_worker(&self) -> f64 {
        self.unfinished_blocks() / self.workers
    }

    /// The next tile for one thread, if anything is left to be granted.
    pub fn grant(&mut self) -> Option<Tile> {
        self.grant_to(1.0, u32::MAX)
    }

    /// The next tile for a worker of so many threads of the first kind of machine, of at most so many blocks, if anything is left
    /// to be granted.
    pub fn grant_to(&mut self, threads: f64, most: u32) -> Option<Tile> {
        if self.order.is_none() {
            if let Some(tile) = self.grant_coarse() {
                self.taken.add(tile);
                return Some(tile);
            }
            self.order = Some(self.begin_second_pass());
        }
        let tile = self.grant_fine(threads, most)?;
        self.taken.add(tile);
        Some(tile)
    }

    /// How many seconds of one worker are left to be granted, once that can be said.
    pub fn rest(&self) -> Option<f64> {
        let (order, typical) = (self.order.as_ref()?, self.typical()?);
        Some((order.known_rest + order.unknown_blocks * typical).max(0.0))
    }

    /// Begins anew with what is finished or in hand now, for so many workers, and keeps what is known of costs.
    pub fn replan(&mut self, taken: Finished, workers: usize) {
        self.taken = taken;
        self.workers = workers.max(1) as f64;
        self.coarse = 0;
        self.order = None;
    }

    /// How many seconds one worker would take for all that is not taken; `None` while nothing was measured.
    pub fn estimate(&self) -> Option<f64> {
        Some(self.unfinished_blocks() * self.typical()?)
    }

    /// How many seconds one worker will take for a tile; `None` while nothing was measured.
    pub fn seconds_of(&self, tile: Tile) -> Option<f64> {
        let known = self.cost_of(self.regions.of(tile) as usize, 0);
        let cost = if known.is_nan() { self.typical()? } else { known };
        Some(cost * f64::from(tile.count))
    }

    /// The mean cost of a block over the regions where one is known.
    fn typical(&self) -> Option<f64> {
        let (sum, count) = self.known;
        (count > 0).then(|| sum / f64::from(count))
    }

    fn grant_coarse(&mut self) -> Option<Tile> {
        while self.coarse < self.regions.count {
            let region = self.coarse;
            self.coarse += 1;
            let sample = self.regions.sample(region, &self.cells);
            let is_known = !self.costs[region as usize].is_nan();
            if let Some(sample) = sample.filter(|_| !is_known)
                && let [gap] = self.taken.missing(sample)[..]
            {
                return Some(gap);
            }
        }
        None
    }

    fn begin_second_pass(&self) -> Order {
        let regions = self.costs.len();
        let mut order = Order {
            waiting: BTreeMap::new(),
            classes: vec![UNKNOWN; regions],
            left: vec![(self.unfinished_blocks() / regions as f64) as f32; regions],
            begun: HashMap::new(),
            region: 0,
            known_rest: 0.0,
            unknown_blocks: 0.0,
        };
        for region in 0..regions {
            let cost = self.cost_of(region, 0);
            let class = self.class_of(region);
            order.classes[region] = class;
            order.waiting.entry(class).or_default().push_back(region as u32);
            order.account(cost, f64::from(order.left[region]));
        }
        order
    }

    /// About how many blocks are not taken.
    fn unfinished_blocks(&self) -> f64 {
        let whole = self.cells.extent().iter().product::<u64>() as f64 * self.cells.count() as f64;
        // Short cells at the edges make it a little more than it is.
        (whole - self.taken.points() as f64).max(0.0) / f64::from(self.cells.points_of_a_block())
    }

    /// The fewest blocks that a tile should have.
    fn fewest_blocks(&self) -> u32 {
        let block = u64::from(self.cells.points_of_a_block());
        let left = self.cells.points().saturating_sub(self.taken.points());
        let share = left / (PARTS_OF_THE_LAST_POINTS * self.workers.ceil() as u64);
        let points = if self.workers <= 1.0 { EFFICIENT_POINTS } else { EFFICIENT_POINTS.min(share) };
        ((points / block) as u32).max(self.cells.blocks_together())
    }

    fn grant_fine(&mut self, threads: f64, most: u32) -> Option<Tile> {
        let most = most.clamp(1, self.widest);
        let fewest = self.fewest_blocks();
        let rest = self.rest();
        let (region, mut begun) = self.next_region()?;
        let cost = self.cost_of(region as usize, 0);
        let seconds = (rest.unwrap_or(0.0) / (PART_OF_THE_REST * self.workers)).clamp(SHORTEST, LONGEST);
        let blocks = if cost.is_nan() {
            (threads / THREADS_OF_AN_UNKNOWN_BLOCK) as u32
        } else if cost > 0.0 {
            (seconds * threads / cost) as u32
        } else {
            u32::MAX
        };
        let gap = begun.gaps.front_mut()?;
        let count = blocks.max(fewest).min(most).min(gap.count);
        let tile = Tile { count, ..*gap };
        gap.first += count;
        gap.count -= count;
        if gap.count == 0 {
            begun.gaps.pop_front();
        }
        let order = self.order.as_mut()?;
        let left = &mut order.left[region as usize];
        let granted = left.min(count as f32);
        *left -= granted;
        order.account(cost, -f64::from(granted));
        order.region = region;
        order.begun.insert(region, begun);
        let class = order.classes[region as usize];
        order.waiting.entry(class).or_default().push_front(region);
        Some(tile)
    }

    /// The dearest region with something left, and what that is.
    fn next_region(&mut self) -> Option<(u32, Begun)> {
        loop {
            let order = self.order.as_mut()?;
            let region = order.dearest()?;
            let whole =
                || Begun { cells: self.regions.cells_of(region.into(), &self.cells), gaps: VecDeque::new() };
            let mut begun = order.begun.remove(&region).unwrap_or_else(whole);
            while begun.gaps.is_empty()
                && let Some(number) = begun.cells.next()
            {
                let part = self.regions.part_of_cell(region.into(), number, &self.cells);
                begun.gaps.extend(part.into_iter().flat_map(|part| self.taken.missing(part)));
            }
            if !begun.gaps.is_empty() {
                return Some((region, begun));
            }
            // About as much as was thought to be left was not.
            let (cost, left) = (self.cost_of(region as usize, 0), self.order.as_ref()?.left[region as usize]);
            let order = self.order.as_mut()?;
            order.account(cost, -f64::from(left));
            order.left[region as usize] = 0.0;
            order.classes[region as usize] = EXHAUSTED;
        }
    }
}

/// How a space is cut into regions: either several cells are a region, or a cell is several regions. Costs no memory.
#[derive(Debug)]
struct Regions {
    count: u64,
    /// How many cells make a region.
    cells_of_a_region: u64,
    /// How many regions make a cell; 1 if a region is one or more cells.
    sections: u64,
    blocks_of_a_cell: u64,
}

impl Regions {
    fn new(cells: &Cells) -> Self {
        let blocks_of_a_cell = u64::from(cells.most_blocks_of_a_cell());
        let cells_of_a_region = cells.count().div_ceil(MOST_REGIONS);
        let most = (blocks_of_a_cell / COARSENESS).max(1);
        let sections = (ENOUGH_REGIONS / cells.count()).clamp(1, most);
        let count = cells.count().div_ceil(cells_of_a_region) * sections;
        Self { count, cells_of_a_region, sections, blocks_of_a_cell }
    }

    /// The region in which a tile begins.
    fn of(&self, tile: Tile) -> u64 {
        let section = u64::from(tile.first) * self.sections / self.blocks_of_a_cell;
        tile.cell / self.cells_of_a_region * self.sections + section
    }

    fn cells_of(&self, region: u64, cells: &Cells) -> std::ops::Range<u64> {
        let first = region / self.sections * self.cells_of_a_region;
        first..(first + self.cells_of_a_region).min(cells.count())
    }

    /// The blocks of a cell that belong to a region, if any do.
    fn part_of_cell(&self, region: u64, cell: u64, cells: &Cells) -> Option<Tile> {
        let section = region % self.sections;
        let bound = |section: u64| (section * self.blocks_of_a_cell).div_ceil(self.sections) as u32;
        let end = bound(section + 1).min(cells.cell(cell).blocks());
        let first = bound(section);
        (first < end).then(|| Tile { cell, first, count: end - first })
    }

    /// The regions of the same cells up to a few places before and after one, and itself.
    fn near(&self, region: usize) -> std::ops::Range<usize> {
        let sections = self.sections as usize;
        let first = region / sections * sections;
        region.saturating_sub(REACH).max(first)..(region + REACH + 1).min(first + sections)
    }

    /// The block that the first pass measures for a region: somewhere else in each, since blocks at one place of every region
    /// may all lie in a few columns of the cell.
    fn sample(&self, region: u64, cells: &Cells) -> Option<Tile> {
        let range = self.cells_of(region, cells);
        let part = self.part_of_cell(region, range.start.midpoint(range.end - 1), cells)?;
        let count = cells.blocks_together().min(part.count);
        let place = (0.5 + region as f64 * GOLDEN_RATIO).fract() * f64::from(part.count - count + 1);
        Some(Tile { first: part.first + (place as u32).min(part.count - count), count, ..part })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
    use crate::table::Quantity;

    fn space(lengths: &[u64]) -> Space {
        let axis = |(number, &length): (usize, &u64)| {
            let quantity = Quantity::real(format!("x{number}"), "1", "a test axis");
            let scale = Scale::Linear { from: 0.0, to: 1.0 };
            Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], length).unwrap()
        };
        Space::new(lengths.iter().enumerate().map(axis).collect()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_missing_block_is_granted_exactly_once_whatever_the_costs(
            lengths in prop::collection::vec(1u64..150, 1..4),
            costs in prop::collection::vec(0.0f64..0.3, 1..50),
            finished_part in 0u32..4,
            workers in 1usize..9,
        ) {
            let space = space(&lengths);
            prop_assume!(space.points() < 1 << 20);
            let cells = space.cells();
            let mut finished = Finished::new(cells);
            let mut granted = std::collections::BTreeSet::new();
            for cell in 0..cells.count() {
                let count = cells.cell(cell).blocks() * finished_part / 4;
                if count > 0 {
                    finished.add(Tile { cell, first: 0, count });
                    granted.extend((0..count).map(|block| (cell, block)));
                }
            }
            let mut planner = Planner::new(cells, finished, std::iter::empty(), workers, 1000);
            let mut number = 0;
            while let Some(tile) = planner.grant() {
                for block in tile.first..tile.first + tile.count {
                    prop_assert!(granted.insert((tile.cell, block)), "granted twice");
                }
                planner.completed(tile, costs[number % costs.len()] * f64::from(tile.count));
                number += 1;
            }
            let all: u64 = (0..cells.count()).map(|cell| u64::from(cells.cell(cell).blocks())).sum();
            prop_assert_eq!(granted.len() as u64, all);
        }
    }

    #[test]
    fn the_first_pass_sees_every_region_before_the_second_begins() {
        let space = space(&[512, 512]);
        let mut planner =
            Planner::new(space.cells(), Finished::new(space.cells()), std::iter::empty(), 2, u64::MAX);
        let regions = planner.regions.count;
        let sampled: std::collections::BTreeSet<u64> = (0..regions)
            .map(|_| planner.grant().unwrap())
            .collect::<Vec<_>>()
            .into_iter()
            .map(|tile| planner.regions.of(tile))
            .collect();
        assert_eq!(sampled.len() as u64, regions);
        assert!(planner.rest().is_none());
    }

    #[test]
    fn the_dearest_region_comes_first() {
        let space = space(&[512, 512]);
        let mut planner =
            Planner::new(space.cells(), Finished::new(space.cells()), std::iter::empty(), 2, u64::MAX);
        for number in 0..planner.regions.count {
            let tile = planner.grant().unwrap();
            planner.completed(tile, if number == 37 { 1.0 } else { 0.1 });
        }
        let tile = planner.grant().unwrap();
        assert_eq!(planner.regions.of(tile), 37);
    }

    #[test]
    fn tiles_shrink_towards_the_end_so_that_no_worker_waits_long() {
        let space = space(&[1000, 1000]);
        let mut planner =
            Planner::new(space.cells(), Finished::new(space.cells()), std::iter::empty(), 4, u64::MAX);
        let cost = |tile: Tile| 0.01 * f64::from(tile.count);
        let mut free = [0.0f64; 4];
        while let Some(tile) = planner.grant() {
            let worker = (0..4).min_by(|&a, &b| free[a].total_cmp(&free[b])).unwrap();
            free[worker] += cost(tile);
            planner.completed(tile, cost(tile));
        }
        let (first, last) =
            (free.iter().copied().fold(f64::MAX, f64::min), free.iter().copied().fold(0.0, f64::max));
        assert!(last - first < 0.1, "{free:?}");
    }

    #[test]
    fn a_plan_of_2_to_53_points_is_small_and_quick_to_make() {
        let space = space(&[1 << 26, 1 << 27]);
        let mut planner =
            Planner::new(space.cells(), Finished::new(space.cells()), std::iter::empty(), 2, u64::MAX);
        assert!(planner.regions.count <= MOST_REGIONS);
        assert!(planner.grant().is_some());
    }
}
