//! Hands out, after everything else, what was in hand when a process died: blocks that were so once, which may well have been killed
//! from outside, and then those that must be measured while nothing else is. Knows no files; who died, the journals have told.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::schedule::{Care, Source, Stop};
use crate::space::Tile;
use crate::store::Lonely;

/// How long a thread waits before it looks whether it should stop.
const LOOK: Duration = Duration::from_millis(100);

/// A source that hands out what is suspected after what is not.
pub(super) struct Careful<'run> {
    /// What comes first, if not everything is added by hand.
    first: Option<&'run dyn Source>,
    stop: &'run Stop,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    /// What any thread may have at any time.
    waiting: VecDeque<Tile>,
    /// What any thread may have once the first source has nothing more.
    once: Vec<Tile>,
    /// What a thread may have while no other has anything.
    lonely: VecDeque<Lonely>,
    /// What a thread has while no other has anything.
    alone: Option<Lonely>,
    /// Whether the first source has nothing more.
    is_exhausted: bool,
    /// Whether nothing more is added.
    is_closed: bool,
    /// Whether it is noted and waited for what is begun.
    is_noted: bool,
    /// How many threads ask the first source, and how many blocks are being measured.
    asking: u32,
    blocks: u64,
    completed: Vec<(Tile, f64)>,
}

impl<'run> Careful<'run> {
    /// Hands out what another source has, then these.
    pub(super) fn after(
        first: &'run dyn Source,
        stop: &'run Stop,
        (once, lonely): (Vec<Tile>, Vec<Lonely>),
        is_noted: bool,
    ) -> Self {
        let state = State { once, lonely: lonely.into(), is_closed: true, is_noted, ..State::default() };
        Self { first: Some(first), stop, state: Mutex::new(state), news: Condvar::new() }
    }

    /// Hands out what is added, until it is closed.
    pub(super) fn open(stop: &'run Stop) -> Self {
        let state = State { is_exhausted: true, ..State::default() };
        Self { first: None, stop, state: Mutex::new(state), news: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the tiles")
    }

    /// Adds what any thread may have.
    pub(super) fn add(&self, tiles: Vec<Tile>) {
        self.state().waiting.extend(tiles);
        self.news.notify_all();
    }

    /// Adds a block that must be measured alone.
    pub(super) fn add_lonely(&self, lonely: Lonely) {
        self.state().lonely.push_back(lonely);
        self.news.notify_all();
    }

    /// From now on what is begun is noted before.
    pub(super) fn be_careful(&self) {
        self.state().is_noted = true;
    }

    /// Sends the threads home when they have measured what they are at.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting.clear();
        state.lonely.clear();
        self.news.notify_all();
    }

    /// Whether the threads are being sent home.
    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// What no thread has yet.
    pub(super) fn waiting(&self) -> Vec<Tile> {
        let state = self.state();
        state.waiting.iter().copied().chain(state.lonely.iter().map(|lonely| lonely.tile)).collect()
    }

    /// What was measured since this was asked, but for what was measured alone, and how many seconds it took.
    pub(super) fn completed_tiles(&self) -> Vec<(Tile, f64)> {
        std::mem::take(&mut self.state().completed)
    }

    /// A tile has come back, or a part of it.
    fn back(&self, tile: Tile) -> bool {
        let mut state = self.state();
        let was_alone = state.alone.as_ref().is_some_and(|lonely| lonely.tile == tile);
        if was_alone {
            state.alone = None;
        } else {
            state.blocks -= u64::from(tile.count);
        }
        self.news.notify_all();
        was_alone
    }
}

/// What a thread should do next.
enum Step {
    Measure(Tile),
    Ask,
    Wait,
    Leave,
}

impl State {
    fn step(&mut self) -> Step {
        if self.alone.is_some() {
            return Step::Wait;
        }
        if let Some(tile) = self.waiting.pop_front() {
            self.blocks += u64::from(tile.count);
            return Step::Measure(tile);
        }
        if !self.is_exhausted {
            self.asking += 1;
            return Step::Ask;
        }
        if self.lonely.is_empty() {
            return if self.is_closed && self.asking == 0 { Step::Leave } else { Step::Wait };
        }
        if self.blocks > 0 || self.asking > 0 {
            return Step::Wait;
        }
        self.alone = self.lonely.pop_front();
        self.alone.as_ref().map_or(Step::Wait, |lonely| Step::Measure(lonely.tile))
    }

    /// What the first source has answered.
    fn answered(&mut self, tile: Option<Tile>) {
        self.asking -= 1;
        if let Some(tile) = tile {
            self.blocks += u64::from(tile.count);
            return;
        }
        self.is_exhausted = true;
        self.is_noted |= !self.once.is_empty();
        let once = std::mem::take(&mut self.once);
        self.waiting.extend(once);
    }
}

impl Source for Careful<'_> {
    fn next(&self) -> Option<Tile> {
        while !self.stop.is_requested() {
            let mut state = self.state();
            match state.step() {
                Step::Measure(tile) => return Some(tile),
                Step::Leave => return None,
                Step::Wait => drop(self.news.wait_timeout(state, LOOK)),
                Step::Ask => {
                    drop(state);
                    let tile = self.first.and_then(Source::next);
                    self.state().answered(tile);
                    self.news.notify_all();
                    if tile.is_some() {
                        return tile;
                    }
                }
            }
        }
        None
    }

    fn care(&self, tile: Tile) -> Care {
        let state = self.state();
        match &state.alone {
            Some(lonely) if lonely.tile == tile && !lonely.is_whole => Care::PointByPoint(lonely.clone()),
            Some(lonely) if lonely.tile == tile => Care::Noted,
            _ if state.is_noted => Care::Noted,
            _ => Care::Usual,
        }
    }

    fn completed(&self, tile: Tile, seconds: f64) {
        // What a point costs alone says little of what a block costs.
        if self.back(tile) {
            return;
        }
        match self.first {
            Some(first) => first.completed(tile, seconds),
            None => self.state().completed.push((tile, seconds)),
        }
    }

    fn given_back(&self, tile: Tile) {
        if !self.back(tile)
            && let Some(first) = self.first
        {
            first.given_back(tile);
        }
    }

    fn rest(&self) -> Option<f64> {
        self.first.and_then(Source::rest)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::Lonely;

    fn tile(first: u32) -> Tile {
        Tile { cell: 0, first, count: 1 }
    }

    struct List(Mutex<Vec<Tile>>);

    impl Source for List {
        fn next(&self) -> Option<Tile> {
            self.0.lock().unwrap().pop()
        }
        fn completed(&self, _: Tile, _: f64) {}
        fn given_back(&self, _: Tile) {}
        fn rest(&self) -> Option<f64> {
            None
        }
    }

    #[test]
    fn what_is_suspected_comes_last_and_what_is_lonely_comes_alone() {
        let first = List(Mutex::new((0..20).map(tile).collect()));
        let stop = Stop::new();
        let lonely = vec![Lonely::of(tile(30)), Lonely::of(tile(31))];
        let source = Careful::after(&first, &stop, (vec![tile(20), tile(21)], lonely), false);
        let in_hand = Mutex::new(BTreeSet::new());
        let order = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(tile) = source.next() {
                        {
                            let mut in_hand = in_hand.lock().unwrap();
                            in_hand.insert(tile.first);
                            let is_alone = matches!(source.care(tile), Care::PointByPoint(_));
                            assert_eq!(is_alone, tile.first >= 30);
                            assert!(!in_hand.iter().any(|&first| first >= 30) || in_hand.len() == 1);
                            order.lock().unwrap().push(tile.first);
                        }
                        std::thread::sleep(Duration::from_millis(2));
                        in_hand.lock().unwrap().remove(&tile.first);
                        source.completed(tile, 1.0);
                    }
                });
            }
        });
        let order = order.into_inner().unwrap();
        assert_eq!(order.iter().copied().collect::<BTreeSet<u32>>().len(), 24, "{order:?}");
        assert_eq!(order[22..], [30, 31]);
        assert!(order[..18].iter().all(|&first| first < 20), "{order:?}");
    }

    #[test]
    fn threads_that_wait_for_company_to_leave_see_the_wish_to_stop() {
        let first = List(Mutex::new(vec![tile(0)]));
        let stop = Stop::new();
        let source = Careful::after(&first, &stop, (vec![], vec![Lonely::of(tile(30))]), false);
        assert_eq!(source.next(), Some(tile(0)));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| source.next());
            std::thread::sleep(Duration::from_millis(20));
            stop.request();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }

    /// Remembers what became of its tiles.
    #[derive(Default)]
    struct Remembering(Mutex<Vec<(Tile, Option<f64>)>>);

    impl Source for Remembering {
        fn next(&self) -> Option<Tile> {
            None
        }
        fn completed(&self, tile: Tile, seconds: f64) {
            self.0.lock().unwrap().push((tile, Some(seconds)));
        }
        fn given_back(&self, tile: Tile) {
            self.0.lock().unwrap().push((tile, None));
        }
        fn rest(&self) -> Option<f64> {
            Some(7.5)
        }
    }

    #[test]
    fn the_first_source_is_told_of_everything_but_what_was_alone() {
        let (first, stop) = (Remembering::default(), Stop::new());
        let lonely = vec![Lonely::whole(tile(30)), Lonely::of(tile(31))];
        let source = Careful::after(&first, &stop, (vec![tile(20), tile(21)], lonely), false);
        assert_eq!(source.rest(), Some(7.5));
        assert_eq!(source.care(tile(1)), Care::Usual);
        assert_eq!((source.next(), source.next()), (Some(tile(20)), Some(tile(21))));
        assert_eq!(source.care(tile(20)), Care::Noted, "from the first that is suspected on");
        source.completed(tile(20), 2.0);
        source.given_back(tile(21));
        assert_eq!(source.next(), Some(tile(30)));
        assert_eq!(source.care(tile(30)), Care::Noted, "alone, but as a whole");
        source.completed(tile(30), 3.0);
        assert_eq!(source.next(), Some(tile(31)));
        assert_eq!(source.care(tile(31)), Care::PointByPoint(Lonely::of(tile(31))));
        source.given_back(tile(31));
        assert_eq!(source.next(), None);
        assert_eq!(*first.0.lock().unwrap(), [(tile(20), Some(2.0)), (tile(21), None)]);
    }

    #[test]
    fn what_is_added_by_hand_is_handed_out_until_it_is_closed() {
        let stop = Stop::new();
        let source = Careful::open(&stop);
        source.add(vec![tile(1), tile(2), tile(3)]);
        source.add_lonely(Lonely::of(tile(30)));
        assert_eq!(source.next(), Some(tile(1)));
        assert_eq!(source.waiting(), [tile(2), tile(3), tile(30)]);
        assert!(source.completed_tiles().is_empty() && !source.is_closed());
        assert_eq!((source.rest(), source.care(tile(1))), (None, Care::Usual));
        source.be_careful();
        assert_eq!(source.care(tile(1)), Care::Noted);
        source.completed(tile(1), 2.0);
        assert_eq!(source.completed_tiles(), [(tile(1), 2.0)]);
        assert!(source.completed_tiles().is_empty(), "it was told");
        source.close();
        assert!(source.is_closed() && source.waiting().is_empty());
        assert_eq!(source.next(), None);
    }
}
