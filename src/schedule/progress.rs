//! How far a run has come, and how it is told. Knows neither threads nor wires.

use std::time::Duration;

use crate::experiment::Status;
use crate::space::Space;
use crate::store::Folder;
use crate::store::status::Worker;

/// So many panics are kept in words.
const MOST_NOTES: usize = 20;

/// How far a run has come.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// All points of the space.
    pub points: u64,
    /// Those that the journals held already.
    pub taken: u64,
    /// Those measured by this run.
    pub computed: u64,
    /// Those measured meanwhile by other processes that share the run.
    pub elsewhere: u64,
    /// How points ended, by the number of the status: those that were counted in the journals before, and those measured by this run.
    pub statuses: [u64; Status::ALL.len()],
    /// The regimes of the same points, by number.
    pub regimes: Vec<u64>,
    /// Since the run began.
    pub elapsed: Duration,
    /// How much longer it will take, once that can be said.
    pub rest: Option<Duration>,
    /// The processes that work, where they are more than this one.
    pub workers: Vec<Worker>,
    /// Whom this process waits for, if it has nothing else to do.
    pub waits_for: Option<String>,
    /// Why the disk has refused to keep where unfinished points stand, the last time.
    pub unkept: Option<String>,
    /// Where an experiment has panicked and what it said, for the first few.
    pub panics: Vec<String>,
}

/// Before so long nothing is said of how long a run will take.
const FIRST_WORDS: Duration = Duration::from_secs(1);

impl Progress {
    /// Before anything is measured, in a folder whose journals hold something already.
    pub fn at_start(space: &Space, folder: &Folder) -> Self {
        let (taken, counts) = (folder.finished().points(), folder.counts());
        let mut statuses = [0; Status::ALL.len()];
        statuses.iter_mut().zip(&counts.statuses).for_each(|(own, &count)| *own = count);
        Self { points: space.points(), taken, statuses, regimes: counts.regimes, ..Self::default() }
    }

    /// The same with what a crew that has just begun has measured since.
    #[must_use]
    pub(super) fn and(&self, own: Self) -> Self {
        let Self { points, taken, .. } = *self;
        let mut sum = Self { points, taken, statuses: self.statuses, regimes: self.regimes.clone(), ..own };
        let computed = std::mem::take(&mut sum.computed);
        sum.add(computed, own.statuses, &own.regimes, Vec::new());
        sum
    }

    /// How much longer it will take, once that can be said: so long for what is not begun, and half of a long tile for what is in hand.
    pub(super) fn told(&self, not_begun: Option<f64>, tile: f64) -> Option<Duration> {
        let is_left = self.done() < self.points;
        let has_something_to_say = self.computed + self.elsewhere > 0 && self.elapsed >= FIRST_WORDS;
        let seconds = not_begun.filter(|_| has_something_to_say)? + if is_left { tile / 2.0 } else { 0.0 };
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Counts so many points as taken of all that are done: those of blocks that were measured in part alone count as computed before.
    pub fn credit(&mut self, carried: u64) {
        let moved = carried.saturating_sub(self.taken).min(self.computed);
        self.taken += moved;
        self.computed -= moved;
    }

    /// How many of the points whose status is known have failed.
    pub fn failed(&self) -> u64 {
        Status::ALL
            .iter()
            .filter(|status| status.is_failure())
            .map(|&status| self.statuses[status as usize])
            .sum()
    }

    /// How many points the journals hold, as far as is known.
    pub fn done(&self) -> u64 {
        self.taken + self.computed + self.elsewhere
    }

    /// Points a second.
    pub fn rate(&self) -> f64 {
        self.computed as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Adds what was measured somewhere.
    pub(super) fn add(
        &mut self,
        points: u64,
        statuses: [u64; Status::ALL.len()],
        regimes: &[u64],
        notes: Vec<String>,
    ) {
        self.computed += points;
        for (sum, count) in self.statuses.iter_mut().zip(statuses) {
            *sum += count;
        }
        if self.regimes.len() < regimes.len() {
            self.regimes.resize(regimes.len(), 0);
        }
        for (sum, count) in self.regimes.iter_mut().zip(regimes) {
            *sum += count;
        }
        let room = MOST_NOTES.saturating_sub(self.panics.len());
        self.panics.extend(notes.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_before_something_is_known_and_a_tile_in_hand_counts_half() {
        let early = Progress {
            points: 100,
            computed: 10,
            elapsed: Duration::from_millis(999),
            ..Progress::default()
        };
        assert_eq!(early.told(Some(4.0), 2.0), None);
        let later = Progress { elapsed: FIRST_WORDS, ..early };
        assert_eq!(later.told(Some(4.0), 2.0), Some(Duration::from_secs(5)));
        assert_eq!(later.told(None, 2.0), None);
        assert_eq!(Progress { computed: 0, ..later.clone() }.told(Some(4.0), 2.0), None);
        let of_others = Progress { computed: 0, elsewhere: 10, ..later.clone() };
        assert_eq!(of_others.told(Some(4.0), 2.0), Some(Duration::from_secs(5)));
        let done = Progress { computed: 100, ..later };
        assert_eq!(done.told(Some(0.0), 2.0), Some(Duration::ZERO), "nothing is in hand");
    }

    #[test]
    fn what_was_measured_somewhere_is_added_up() {
        let mut progress =
            Progress { taken: 5, elsewhere: 2, elapsed: Duration::from_secs(4), ..Progress::default() };
        let mut statuses = [0; Status::ALL.len()];
        statuses[Status::Diverged as usize] = 2;
        statuses[Status::Ok as usize] = 6;
        let notes = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
        progress.add(8, statuses, &[1, 7], notes(15));
        progress.add(8, statuses, &[0, 1, 7], notes(15));
        assert_eq!((progress.computed, progress.done(), progress.failed()), (16, 23, 4));
        assert_eq!(progress.regimes, [1, 8, 7]);
        assert_eq!(progress.panics.len(), MOST_NOTES);
        assert!((progress.rate() - 4.0).abs() < 1e-12);
    }
}
