//! Where the computing threads of a process get their work: the seam between them and whoever hands it out, be it a planner on the
//! same machine, a coordinator on another, or a folder that several processes share. Knows neither threads nor wires.

use std::sync::{Mutex, MutexGuard};

use crate::schedule::Planner;
use crate::space::Tile;
use crate::store::Lonely;

/// How carefully a tile is measured: a point in it may kill the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Care {
    /// It is noted that the tile is begun; the note may still be on its way when the process dies.
    Usual,
    /// The note is in the journal before the tile is begun.
    Noted,
    /// The same for each of its points. Nothing else is measured meanwhile.
    PointByPoint(Lonely),
}

/// Hands out tiles, and is told what became of them. Every tile that [`Source::next`] has given comes back, whole or in two
/// parts, by [`Source::completed`] or [`Source::given_back`].
pub trait Source: Sync {
    /// The next tile for one thread. Waits where none is there and some may still come, but not once the run should stop;
    /// `None` sends the thread home.
    fn next(&self) -> Option<Tile>;

    /// A tile is measured and its rows are on their way to the journal; it took one thread so many seconds.
    fn completed(&self, tile: Tile, seconds: f64);

    /// How carefully a tile that [`Source::next`] has given should be measured.
    fn care(&self, _tile: Tile) -> Care {
        Care::Usual
    }

    /// A tile was not measured, since the run should stop or the writer has failed.
    fn given_back(&self, tile: Tile);

    /// How many seconds of one thread are left to be measured, once that can be said.
    fn rest(&self) -> Option<f64>;
}

/// A planner that the threads of one process share.
#[derive(Debug)]
pub struct Shared(Mutex<Planner>);

impl Shared {
    /// Hands out what the planner grants.
    pub fn new(planner: Planner) -> Self {
        Self(Mutex::new(planner))
    }

    fn planner(&self) -> MutexGuard<'_, Planner> {
        self.0.lock().expect("no thread panics while it holds the planner")
    }
}

impl Source for Shared {
    fn next(&self) -> Option<Tile> {
        self.planner().grant()
    }

    fn completed(&self, tile: Tile, seconds: f64) {
        self.planner().completed(tile, seconds);
    }

    // The journals do not hold it, so that the next run finds it missing.
    fn given_back(&self, _tile: Tile) {}

    fn rest(&self) -> Option<f64> {
        self.planner().rest()
    }
}
