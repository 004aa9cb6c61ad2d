//! How a space is cut: cells (the chunks of the map), blocks of points in them (the smallest piece of work), and tiles (runs of
//! blocks). Fixed by the shape alone, so that it is the same for every run, rank and thread; knows no axis values.

use crate::space::digits;

/// A cell has at most this many points; a space of more is cut into cells of at least half of it, but for its edges.
const MOST_POINTS_OF_A_CELL: u64 = 1 << 17;

/// The most points of a block, as wide as the machine likes to run.
const WIDEST_BLOCK: u64 = 256;

/// The fewest points of a block: fewer cost a vector machine as much as these.
const NARROWEST_BLOCK: u64 = 64;

/// A small space is cut into about this many blocks, so that it too can be shared among the cores of a machine.
const ENOUGH_BLOCKS: u64 = 512;

/// So many chains are measured as quickly as one, side by side.
const CHAINS_SIDE_BY_SIDE: u64 = 64;

/// A cell of chains has room for so many side by side, unless it had more points than this.
const MOST_POINTS_OF_A_CELL_OF_CHAINS: u64 = 1 << 20;

/// A block of chains has at most about so many points, where a chain is not longer itself.
const MOST_POINTS_OF_CHAINS: u64 = 1 << 15;

/// The cut of a space into cells and blocks. Cells are numbered row-major, and so are the points inside one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    shape: Vec<u64>,
    extent: Vec<u64>,
    counts: Vec<u64>,
    count: u64,
    block: u32,
    /// How many blocks fill the lanes of a machine.
    side_by_side: u32,
    is_chained: bool,
}

impl Cells {
    /// Cuts a space of the given axis lengths, halving the longest side until a cell is small enough. The last `whole` axes are
    /// never cut: no cell and no block ends within them.
    pub(super) fn new(shape: &[u64], whole: usize) -> Self {
        let chain: u64 = shape[shape.len() - whole..].iter().product();
        let free = shape.len() - whole;
        let mut parts = vec![1u64; shape.len()];
        let mut extent = shape.to_vec();
        let points = |extent: &[u64]| extent.iter().fold(1u64, |product, &side| product.saturating_mul(side));
        let side_by_side = CHAINS_SIDE_BY_SIDE.saturating_mul(chain).min(MOST_POINTS_OF_A_CELL_OF_CHAINS);
        let most = if whole == 0 { MOST_POINTS_OF_A_CELL } else { MOST_POINTS_OF_A_CELL.max(side_by_side) };
        while points(&extent) > most {
            let Some(longest) =
                (0..free).rev().max_by_key(|&axis| extent[axis]).filter(|&axis| extent[axis] > 1)
            else {
                break;
            };
            parts[longest] *= 2;
            extent[longest] = shape[longest].div_ceil(parts[longest]);
        }
        let counts: Vec<u64> =
            shape.iter().zip(&extent).map(|(&length, &side)| length.div_ceil(side)).collect();
        let count = counts.iter().product();
        let wanted = (points(shape) / ENOUGH_BLOCKS).clamp(NARROWEST_BLOCK, WIDEST_BLOCK);
        let block = if whole == 0 {
            1 << wanted.ilog2()
        } else {
            let chains = (points(shape) / chain / ENOUGH_BLOCKS).clamp(NARROWEST_BLOCK, WIDEST_BLOCK);
            chain * chains.min(MOST_POINTS_OF_CHAINS / chain).max(1)
        };
        let block = u32::try_from(block).expect("a chain has fewer than 2^32 points");
        let together = if whole == 0 { WIDEST_BLOCK } else { side_by_side };
        let side_by_side = (together / u64::from(block)).max(1) as u32;
        Self { shape: shape.to_vec(), extent, counts, count, block, side_by_side, is_chained: whole > 0 }
    }

    /// How many cells there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many points all cells have together.
    pub fn points(&self) -> u64 {
        self.shape.iter().product()
    }

    /// The sides of a whole cell, one an axis; cells at the far edges may be shorter.
    pub fn extent(&self) -> &[u64] {
        &self.extent
    }

    /// How many consecutive points of a cell make a block; the last block of a cell may be shorter.
    pub fn points_of_a_block(&self) -> u32 {
        self.block
    }

    /// How many consecutive blocks are best measured at once: together they fill the lanes of a machine.
    pub fn blocks_side_by_side(&self) -> u32 {
        self.side_by_side
    }

    /// How many consecutive blocks cost as much as one, and are therefore best not parted: chains go side by side.
    pub fn blocks_together(&self) -> u32 {
        if self.is_chained { self.side_by_side } else { 1 }
    }

    /// How many blocks a whole cell has; no cell has more.
    pub fn most_blocks_of_a_cell(&self) -> u32 {
        (self.extent.iter().product::<u64>().div_ceil(u64::from(self.block))) as u32
    }

    /// A cell by its number.
    ///
    /// # Panics
    /// When there is no such cell.
    pub fn cell(&self, number: u64) -> Cell {
        assert!(number < self.count, "a cell of the space");
        let mut origin = digits(number, &self.counts);
        let mut extent = self.extent.clone();
        for (axis, start) in origin.iter_mut().enumerate() {
            *start *= self.extent[axis];
            extent[axis] = extent[axis].min(self.shape[axis] - *start);
        }
        Cell { number, origin, extent, block: self.block }
    }

    /// The cell a point lies in, by its integer coordinates, and the point's number inside that cell.
    pub fn locate(&self, coordinates: &[u64]) -> (Cell, u32) {
        let number = coordinates
            .iter()
            .zip(&self.extent)
            .zip(&self.counts)
            .fold(0, |number, ((coordinate, side), count)| number * count + coordinate / side);
        let cell = self.cell(number);
        let inside = coordinates
            .iter()
            .zip(&cell.origin)
            .zip(&cell.extent)
            .fold(0, |point, ((coordinate, origin), side)| point * side + (coordinate - origin));
        (cell, inside as u32)
    }
}

/// A hyper-block of points: a chunk of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    number: u64,
    origin: Vec<u64>,
    extent: Vec<u64>,
    block: u32,
}

impl Cell {
    /// Its number among the cells of its space.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The integer coordinates of its first point.
    pub fn origin(&self) -> &[u64] {
        &self.origin
    }

    /// Its sides, one an axis.
    pub fn extent(&self) -> &[u64] {
        &self.extent
    }

    /// How many points it has.
    pub fn points(&self) -> u64 {
        self.extent.iter().product()
    }

    /// How many blocks it has.
    pub fn blocks(&self) -> u32 {
        self.points().div_ceil(u64::from(self.block)) as u32
    }

    /// The points of a run of blocks of this cell, as the number of the first and how many.
    pub fn points_of(&self, tile: Tile) -> (u32, u32) {
        let first = tile.first * self.block;
        let end = (u64::from(tile.first + tile.count) * u64::from(self.block)).min(self.points()) as u32;
        (first, end - first)
    }

    /// The integer coordinates of a point given by its number inside the cell.
    pub fn coordinates(&self, point: u32) -> Vec<u64> {
        let inside = digits(u64::from(point), &self.extent);
        inside.into_iter().zip(&self.origin).map(|(digit, origin)| digit + origin).collect()
    }
}

/// A run of blocks of one cell: what one thread measures before it asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Tile {
    /// The number of its cell.
    pub cell: u64,
    /// Its first block.
    pub first: u32,
    /// How many blocks it has.
    pub count: u32,
}
