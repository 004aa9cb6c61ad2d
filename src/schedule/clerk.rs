//! The main thread of a rank, as a worker: it takes grants, says what is done and how the rank is. Knows the wire as a mailbox, and
//! nothing of who measures.

use std::time::Duration;

use crate::schedule::clock::Clock;
use crate::schedule::mailbox::{Beat, MOST_REGIMES, Mailbox, Message};
use crate::schedule::{Board, Holding, Progress, ScheduleError, Stop};

/// A main thread looks for messages as often as this while some come...
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_micros(30);

/// ...and as rarely as this while none come. To wait for one inside MPI would keep a core busy.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// The same while an answer may be late without a thread having to wait for it: every look takes a core from a computing thread.
pub(super) const CALM_PAUSE: Duration = Duration::from_millis(5);

/// The same once there is nothing to do but to wait for the others.
pub(super) const IDLE_PAUSE: Duration = Duration::from_millis(10);

/// How often a rank says how it is.
const BEAT: Duration = Duration::from_secs(1);

/// A rank says it no more than so many times without having been heard, so that messages do not pile up before a rank that sleeps.
const MOST_UNHEARD: u32 = 20;

/// The exit code of a program that has panicked.
pub(super) const PANICKED: u8 = 101;

/// How rarely messages are looked for: ever more so while none come.
#[derive(Debug)]
pub(super) struct Pause(pub(super) Duration);

impl Pause {
    /// How long to wait now, while threads compute.
    pub(super) fn while_computing(&mut self, is_busy: bool, is_calm: bool) -> Duration {
        self.after(is_busy, if is_calm { CALM_PAUSE } else { LONGEST_PAUSE })
    }

    /// How long to wait now, and at most so long.
    pub(super) fn after(&mut self, is_busy: bool, longest: Duration) -> Duration {
        self.0 = if is_busy { SHORTEST_PAUSE } else { (self.0 * 4).min(longest) };
        self.0
    }
}

/// The main thread of a rank, as a worker.
pub(super) struct Clerk<'run> {
    pub(super) mailbox: &'run mut dyn Mailbox,
    holding: &'run Holding,
    stop: &'run Stop,
    clock: Clock,
    beaten: f64,
    unheard: u32,
    /// When the coordinator was last heard of.
    heard: f64,
    notes: usize,
    has_said_stop: bool,
    pub(super) is_dismissed: bool,
    /// Whether that was since rank 0 is lost.
    pub(super) is_orphaned: bool,
}

impl<'run> Clerk<'run> {
    pub(super) fn new(
        mailbox: &'run mut dyn Mailbox,
        holding: &'run Holding,
        stop: &'run Stop,
        clock: Clock,
    ) -> Self {
        let now = clock.seconds();
        Self {
            mailbox,
            holding,
            stop,
            clock,
            beaten: now,
            unheard: 0,
            heard: now,
            notes: 0,
            has_said_stop: false,
            is_dismissed: false,
            is_orphaned: false,
        }
    }

    /// For how many seconds the coordinator was not heard of.
    pub(super) fn silence(&self) -> f64 {
        self.clock.seconds() - self.heard
    }

    /// Reads and answers what has come, and says what has happened; gives whether there was anything.
    pub(super) fn attend(&mut self, board: &Board) -> bool {
        let mut is_busy = self.read();
        for message in self.holding.news() {
            self.mailbox.send(0, &message);
            is_busy = true;
        }
        self.pass_on_stop();
        if board.is_broken() {
            self.mailbox.abort(PANICKED);
            self.stop.request();
        }
        if self.clock.seconds() - self.beaten >= BEAT.as_secs_f64() && self.unheard < MOST_UNHEARD {
            self.beat(board.computing(), board.writing(), &board.progress());
        }
        is_busy
    }

    /// Reads what has come; gives whether there was anything.
    pub(super) fn read(&mut self) -> bool {
        // Before messages are read: what rank 0 has said before it was lost counts.
        let is_rank_0_lost = self.mailbox.rank() > 0 && self.mailbox.lost().contains(&0);
        let mut is_busy = false;
        while let Some((_, message)) = self.mailbox.receive() {
            is_busy = true;
            self.heard = self.clock.seconds();
            match message {
                Message::Grant(tile) => self.holding.add(tile),
                Message::Heard => self.unheard = 0,
                Message::Finish => self.holding.close(),
                Message::Stop => {
                    self.has_said_stop = true;
                    self.stop.request();
                }
                Message::Farewell => {
                    self.has_said_stop = true;
                    self.is_dismissed = true;
                    self.stop.request();
                }
                _ => {}
            }
        }
        if is_rank_0_lost && !self.is_dismissed {
            self.is_orphaned = true;
            self.is_dismissed = true;
            self.stop.request();
        }
        is_busy
    }

    fn beat(&mut self, computing: usize, writing: usize, progress: &Progress) {
        self.beaten = self.clock.seconds();
        self.unheard += 1;
        let mut regimes = [0; MOST_REGIMES];
        for (count, &regime) in regimes.iter_mut().zip(&progress.regimes) {
            *count = regime;
        }
        let beat = Beat {
            computing: computing as u32,
            writing: writing as u32,
            computed: progress.computed,
            statuses: progress.statuses,
            regimes,
            slowest: self.holding.slowest(),
        };
        self.mailbox.send(0, &Message::Beat(beat));
        for note in progress.panics.iter().skip(self.notes) {
            self.mailbox.send(0, &Message::Note(note.clone()));
        }
        self.notes = progress.panics.len();
    }

    /// Says once that this rank was asked to stop, since then all do.
    fn pass_on_stop(&mut self) {
        if self.stop.is_requested() && !std::mem::replace(&mut self.has_said_stop, true) {
            self.mailbox.send(0, &Message::Stopping);
        }
    }

    /// The last words: the journal is closed, or could not be.
    pub(super) fn close(
        &mut self,
        measured: &Result<Progress, ScheduleError>,
        closed: &Result<(), ScheduleError>,
    ) {
        // The threads may have seen the wish, and ended, before this one looked.
        self.pass_on_stop();
        for message in self.holding.news() {
            self.mailbox.send(0, &message);
        }
        if let Ok(progress) = measured {
            self.beat(0, 0, progress);
        }
        for error in [measured.as_ref().err(), closed.as_ref().err()].into_iter().flatten() {
            self.mailbox.send(0, &Message::Failed(error.to_string()));
        }
        self.mailbox.send(0, &Message::Closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::grants::Grants;
    use crate::schedule::mailbox::memory;

    #[test]
    fn a_wish_to_stop_that_ended_the_threads_before_it_was_seen_is_passed_on_all_the_same() {
        let mut slots = memory(2);
        let (mut own, mut coordinator) = (slots.remove(1), slots.remove(0));
        let stop = Stop::new();
        let holding = Holding::new(Grants::new(1, 1), stop.clone());
        let mut clerk = Clerk::new(&mut own, &holding, &stop, Clock::default());
        stop.request();
        clerk.close(&Ok(Progress::default()), &Ok(()));
        let said: Vec<Message> =
            std::iter::from_fn(|| coordinator.receive()).map(|(_, message)| message).collect();
        assert_eq!(said.first(), Some(&Message::Stopping));
        assert_eq!(said.last(), Some(&Message::Closed));
    }

    #[test]
    fn messages_are_looked_for_ever_more_rarely_while_none_come_and_often_again_once_one_does() {
        let mut pause = Pause(SHORTEST_PAUSE);
        let waited: Vec<Duration> = (0..9).map(|_| pause.while_computing(false, true)).collect();
        assert!(waited.is_sorted() && waited[8] == CALM_PAUSE, "{waited:?}");
        assert_eq!(pause.while_computing(false, false), LONGEST_PAUSE, "somebody may be short of work");
        assert_eq!(pause.while_computing(true, true), SHORTEST_PAUSE);
    }
}
