//! The tiles that a rank was granted, and how its threads share them. Pure logic ([`Grants`]), and the same behind a lock, where
//! threads wait for more ([`Holding`]). Knows nothing of who grants.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::schedule::mailbox::Message;
use crate::schedule::{Source, Stop};
use crate::space::Tile;

/// A thread takes at most one in so many of its share of what is left in hand.
const PARTS_OF_A_SHARE: u64 = 2;

/// One block lies ready for so many threads, at least...
pub(super) const THREADS_OF_A_READY_BLOCK: u64 = 8;

/// ...and work for all of them to bridge the way of a message there and back, in seconds.
pub(super) const LAG: f64 = 0.005;

/// With work for all threads for so many seconds, which is several of those ways, a rank need not hurry to say or hear anything.
const EASE: f64 = 0.05;

/// When less than that is ready, a rank says how far it is each time that it has measured such a part of it.
const PARTS_OF_WHAT_IS_READY: u64 = 2;

/// How often a waiting thread looks whether the run should stop.
const LOOK: Duration = Duration::from_millis(20);

/// Granted tiles, drawn in parts.
#[derive(Debug)]
pub struct Grants {
    threads: u64,
    /// The fewest blocks of a part, where there are as many.
    fewest: u32,
    /// The most blocks of a part.
    widest: u32,
    held: VecDeque<Held>,
    /// Granted tiles that are measured, with the seconds of all threads.
    done: Vec<(Tile, f64)>,
    /// Blocks measured of the held tiles, and how many of them were told.
    ahead: u32,
    told: u32,
    /// What the block that came back last has cost, in seconds.
    pace: f64,
    /// The longest that a part has taken.
    slowest: f64,
    /// Blocks not drawn.
    left: u64,
}

/// A granted tile.
#[derive(Debug)]
struct Held {
    tile: Tile,
    /// Blocks drawn, from its beginning.
    drawn: u32,
    /// Blocks measured.
    measured: u32,
    seconds: f64,
}

impl Grants {
    /// Nothing, for so many threads that take parts of at most so many blocks.
    pub fn new(threads: usize, widest: u32) -> Self {
        Self {
            threads: threads.max(1) as u64,
            fewest: 1,
            widest: widest.max(1),
            held: VecDeque::new(),
            done: Vec::new(),
            ahead: 0,
            told: 0,
            pace: f64::INFINITY,
            slowest: 0.0,
            left: 0,
        }
    }

    /// The same with parts of so many blocks at least, where there are as many.
    #[must_use]
    pub fn in_parts_of(self, fewest: u32) -> Self {
        Self { fewest: fewest.max(1), widest: self.widest.max(fewest), ..self }
    }

    /// Takes a tile in hand.
    pub fn add(&mut self, tile: Tile) {
        self.left += u64::from(tile.count);
        self.held.push_back(Held { tile, drawn: 0, measured: 0, seconds: 0.0 });
    }

    /// A part of the oldest tile that is not drawn to its end.
    pub fn draw(&mut self) -> Option<Tile> {
        let share = self.left / (PARTS_OF_A_SHARE * self.threads);
        let held = self.held.iter_mut().find(|held| held.drawn < held.tile.count)?;
        let most = u64::from(self.widest.min(held.tile.count - held.drawn));
        let count = share.clamp(u64::from(self.fewest).min(most), most) as u32;
        let part = Tile { first: held.tile.first + held.drawn, count, ..held.tile };
        held.drawn += count;
        self.left -= u64::from(count);
        Some(part)
    }

    /// A part, or its beginning, is measured.
    pub fn completed(&mut self, part: Tile, seconds: f64) {
        self.slowest = self.slowest.max(seconds);
        let holds = |held: &Held| {
            let Tile { cell, first, count } = held.tile;
            cell == part.cell && (first..first + count).contains(&part.first)
        };
        let Some(place) = self.held.iter().position(holds) else { return };
        let held = &mut self.held[place];
        held.measured += part.count;
        held.seconds += seconds;
        self.ahead += part.count;
        self.pace = seconds / f64::from(part.count.max(1));
        if held.measured == held.tile.count {
            self.done.push((held.tile, held.seconds));
            self.ahead -= held.tile.count;
            self.held.remove(place);
        }
    }

    /// The tiles that were finished since the last call, as they were granted, with the seconds of all threads together; and how
    /// many blocks of the others are measured, if whoever grants should know: some were finished, or little is left to begin.
    fn take_done(&mut self) -> (Vec<(Tile, f64)>, Option<u32>) {
        let done = std::mem::take(&mut self.done);
        let in_the_lag = (LAG / self.pace.max(1e-9)).min(64.0) * self.threads as f64;
        let ready = (self.threads / THREADS_OF_A_READY_BLOCK).max(in_the_lag as u64).max(1);
        let enough = (ready / PARTS_OF_WHAT_IS_READY).max(1);
        let is_hungry = self.left < ready && u64::from(self.ahead.saturating_sub(self.told)) >= enough;
        if done.is_empty() && !is_hungry {
            return (done, None);
        }
        self.told = self.ahead;
        (done, Some(self.ahead))
    }

    /// What was measured since the last call, for whoever grants: tiles as they were granted, and how far the others are.
    pub fn news(&mut self) -> Vec<Message> {
        let (done, ahead) = self.take_done();
        let Some(ahead) = ahead else { return Vec::new() };
        if done.is_empty() {
            return vec![Message::Ahead(ahead)];
        }
        done.into_iter().map(|(tile, seconds)| Message::Done { tile, seconds, ahead }).collect()
    }

    /// The longest that a part has taken, in seconds.
    pub fn slowest(&self) -> f64 {
        self.slowest
    }

    /// Whether so much is left to begin that no thread would wait, even if an answer were late.
    pub fn is_at_ease(&self) -> bool {
        self.pace.is_finite() && self.left as f64 * self.pace > EASE * self.threads as f64
    }
}

/// Grants that threads share: the source of work of a rank.
#[derive(Debug)]
pub struct Holding {
    state: Mutex<State>,
    changed: Condvar,
    stop: Stop,
}

#[derive(Debug)]
struct State {
    grants: Grants,
    /// Whether more may come.
    is_open: bool,
}

impl Holding {
    /// Grants behind a lock, until the wish to stop.
    pub fn new(grants: Grants, stop: Stop) -> Self {
        Self { state: Mutex::new(State { grants, is_open: true }), changed: Condvar::new(), stop }
    }

    /// Takes a tile in hand.
    pub fn add(&self, tile: Tile) {
        self.state().grants.add(tile);
        self.changed.notify_all();
    }

    /// No more will come.
    pub fn close(&self) {
        self.state().is_open = false;
        self.changed.notify_all();
    }

    /// See [`Grants::news`].
    pub fn news(&self) -> Vec<Message> {
        self.state().grants.news()
    }

    /// See [`Grants::slowest`].
    pub fn slowest(&self) -> f64 {
        self.state().grants.slowest()
    }

    /// See [`Grants::is_at_ease`].
    pub fn is_at_ease(&self) -> bool {
        self.state().grants.is_at_ease()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the grants")
    }
}

impl Source for Holding {
    fn next(&self) -> Option<Tile> {
        let mut state = self.state();
        while !self.stop.is_requested() {
            if let Some(part) = state.grants.draw() {
                return Some(part);
            }
            if !state.is_open {
                return None;
            }
            let waited = self.changed.wait_timeout(state, LOOK);
            state = waited.expect("no thread panics while it holds the grants").0;
        }
        None
    }

    fn completed(&self, tile: Tile, seconds: f64) {
        self.state().grants.completed(tile, seconds);
    }

    // The tile that it belongs to is never done, so that the coordinator knows; the next run finds what is missing.
    fn given_back(&self, _tile: Tile) {}

    // The coordinator knows.
    fn rest(&self) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_grant_once_and_it_is_done_when_the_last_is_measured() {
        let mut grants = Grants::new(4, 1000);
        let tiles = [Tile { cell: 3, first: 10, count: 100 }, Tile { cell: 3, first: 110, count: 50 }];
        for tile in tiles {
            grants.add(tile);
        }
        let mut parts = Vec::new();
        while let Some(part) = grants.draw() {
            parts.push(part);
        }
        assert!(parts.len() > 8, "no thread takes more than half of its share");
        let blocks: Vec<u32> = parts.iter().flat_map(|part| part.first..part.first + part.count).collect();
        assert_eq!(blocks, (10..160).collect::<Vec<u32>>());
        parts.reverse();
        let (last, others) = parts.split_last().unwrap();
        for part in others {
            grants.completed(*part, 0.5);
        }
        assert_eq!(
            grants.take_done().0,
            [(tiles[1], others.iter().filter(|part| part.first >= 110).count() as f64 / 2.0)]
        );
        let others_of_the_first = others.iter().filter(|part| part.first < 110).count() as f64 / 2.0;
        grants.completed(*last, 2.0);
        assert_eq!(grants.take_done(), (vec![(tiles[0], 2.0 + others_of_the_first)], Some(0)));
        assert!((grants.slowest() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_rank_that_has_little_left_to_begin_says_how_far_it_is() {
        let mut grants = Grants::new(2, 1);
        grants.add(Tile { cell: 0, first: 0, count: 4 });
        let parts: Vec<Tile> = (0..3).map(|_| grants.draw().unwrap()).collect();
        grants.completed(parts[0], 1.0);
        assert_eq!(grants.news(), [], "a block is left to begin");
        let last = grants.draw().unwrap();
        grants.completed(parts[1], 1.0);
        assert_eq!(grants.news(), [Message::Ahead(2)]);
        assert_eq!(grants.news(), []);
        grants.completed(parts[2], 1.0);
        grants.completed(last, 9.0);
        let tile = Tile { cell: 0, first: 0, count: 4 };
        assert_eq!(grants.news(), [Message::Done { tile, seconds: 12.0, ahead: 0 }]);
    }

    #[test]
    fn a_rank_is_at_ease_while_it_knows_that_work_for_long_is_in_hand() {
        let mut grants = Grants::new(2, 1);
        grants.add(Tile { cell: 0, first: 0, count: 8 });
        assert!(!grants.is_at_ease(), "nobody knows yet how long a block takes");
        let part = grants.draw().unwrap();
        grants.completed(part, 0.02);
        assert!(grants.is_at_ease(), "seven blocks of 20 ms for two threads");
        grants.draw();
        grants.draw();
        assert!(!grants.is_at_ease(), "five blocks last no longer than the answers may take");
    }

    #[test]
    fn threads_that_share_grants_hear_of_all_of_them() {
        let holding = Holding::new(Grants::new(2, 1), Stop::new());
        holding.add(Tile { cell: 0, first: 0, count: 8 });
        assert!(!holding.is_at_ease(), "nobody knows yet how long a block takes");
        let part = holding.next().unwrap();
        holding.completed(part, 0.02);
        assert!(holding.is_at_ease());
        assert!((holding.slowest() - 0.02).abs() < 1e-12);
        let part = holding.next().unwrap();
        holding.completed(part, 3.0);
        assert!((holding.slowest() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_waiting_thread_goes_home_when_no_more_will_come_or_the_run_should_stop() {
        let stop = Stop::new();
        let tile = Tile { cell: 0, first: 0, count: 1 };
        let (closed, stopped) =
            (Holding::new(Grants::new(1, 1), Stop::new()), Holding::new(Grants::new(1, 1), stop.clone()));
        std::thread::scope(|scope| {
            let waiting = [
                scope.spawn(|| (closed.next(), closed.next())),
                scope.spawn(|| (stopped.next(), stopped.next())),
            ];
            closed.add(tile);
            stopped.add(tile);
            closed.close();
            let [first, second] = waiting;
            assert_eq!(first.join().unwrap(), (Some(tile), None));
            while stopped.state().grants.left > 0 {
                std::thread::yield_now();
            }
            stop.request();
            assert_eq!(second.join().unwrap().1, None);
        });
    }
}
