//! Blocks that are measured at once: where their points stand, and what a checkpoint keeps of them. Knows neither what is measured nor by
//! which thread.

use std::time::{Duration, Instant};

use crate::experiment::Standing;
use crate::schedule::threads::seconds_of_this_thread;
use crate::space::{Cell, Tile};
use crate::store::{Checkpoints, StoreError};

/// The blocks of a tile, so many at once.
pub(super) fn parts(tile: Tile, blocks: u32) -> impl Iterator<Item = Tile> {
    let blocks = blocks.max(1);
    (0..tile.count).step_by(blocks as usize).map(move |from| Tile {
        first: tile.first + from,
        count: blocks.min(tile.count - from),
        ..tile
    })
}

/// Blocks that are measured at once, and where their points stand.
pub(super) struct Piece {
    pub(super) tile: Tile,
    /// The tile that was begun, of which they are a part.
    pub(super) begun: Tile,
    /// `[point]`, or nothing while no point is begun.
    pub(super) standings: Vec<Standing>,
    /// The blocks that a checkpoint is kept of.
    pub(super) kept: Vec<Tile>,
    /// How long it took the last time to keep where they stand.
    pub(super) keeping: Duration,
    /// The seconds of a core that earlier processes have spent on them, ...
    pub(super) spent: f64,
    /// ... and what this thread had used when it began.
    used: f64,
}

impl Piece {
    /// Blocks as an earlier process has left them.
    pub(super) fn of(tile: Tile, begun: Tile, cell: &Cell, checkpoints: &Checkpoints) -> Self {
        let used = seconds_of_this_thread();
        let mut piece = Self {
            tile,
            begun,
            standings: Vec::new(),
            kept: Vec::new(),
            keeping: Duration::ZERO,
            spent: 0.0,
            used,
        };
        let (first, points) = cell.points_of(tile);
        for block in parts(tile, 1) {
            let (from, count) = cell.points_of(block);
            let Some((seconds, standings)) = checkpoints.load(block, count) else { continue };
            piece.spent += seconds;
            piece.standings.resize(points as usize, Standing::Ahead);
            for (place, standing) in standings.into_iter().enumerate() {
                piece.standings[(from - first) as usize + place] = standing;
            }
            piece.kept.push(block);
        }
        piece
    }

    /// The seconds of a core that this thread has spent on them.
    pub(super) fn cost(&self) -> f64 {
        seconds_of_this_thread() - self.used
    }

    /// Keeps where the points stand.
    ///
    /// # Errors
    /// When the disk refuses; then a later process begins them anew.
    pub(super) fn keep(&mut self, cell: &Cell, checkpoints: &Checkpoints) -> Result<(), StoreError> {
        let began = Instant::now();
        let first = cell.points_of(self.tile).0;
        let own = parts(self.tile, 1).map(|block| {
            let (from, count) = cell.points_of(block);
            (block, &self.standings[(from - first) as usize..][..count as usize])
        });
        let is_begun = |standings: &[Standing]| standings.iter().any(|own| *own != Standing::Ahead);
        let begun: Vec<_> = own.filter(|(_, standings)| is_begun(standings)).collect();
        let seconds = (self.spent + self.cost()) / begun.len().max(1) as f64;
        let mut refused = None;
        for (block, standings) in begun {
            match checkpoints.keep(block, seconds, standings) {
                Ok(()) if !self.kept.contains(&block) => self.kept.push(block),
                Ok(()) => {}
                Err(error) => refused = Some(error),
            }
        }
        self.keeping = began.elapsed();
        refused.map_or(Ok(()), Err)
    }
}
