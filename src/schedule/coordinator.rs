//! Distribution of work over ranks, as pure logic: messages and the time go in, messages come out. Knows neither clocks, threads
//! nor transport, so that a cluster is tested without one.
//!
//! Every worker holds about two grants: while its threads share one, the next is there already. One that has little left to begin
//! says how far it is, so that no thread waits for the last block of a tile that others measure. The tiles of a worker that is
//! lost are granted again; should it have finished some of them all the same, equal points have equal rows.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use crate::schedule::grants::{LAG, THREADS_OF_A_READY_BLOCK};
use crate::schedule::mailbox::{Beat, Message, Seat};
use crate::schedule::{Planner, seats};
use crate::space::Tile;
use crate::store::status::Activity;

/// Grants that a worker holds: one being measured, one for when it is done.
const DEPTH: usize = 2;

/// When no thread will get more than so many blocks, nothing lies ready beyond that...
const LAST_ROUNDS: f64 = 1.5;

/// ...and no grant is made for less than such a part of a worker's threads.
const PARTS_OF_A_LAST_ROUND: u64 = 16;

/// While nothing is known of costs, a block lies ready for every thread where there are so many for each, at least.
const MANY_ROUNDS: f64 = 8.0;

/// The first passes of kinds of machines are compared after so many tiles of each...
const ENOUGH_TILES: u64 = 16;

/// ...and every later tile moves the ratio of their speeds by such a part.
const LEARNING: f64 = 0.05;

/// With so many seconds of work still to be granted to every thread, no worker is about to run out of it.
const EASE: f64 = 1.0;

/// Without another wish, a worker may be silent or wait for its disk for so many times the slowest tile...
const PATIENCE_IN_TILES: f64 = 10.0;

/// ...and at least so many seconds.
const LEAST_PATIENCE: f64 = 300.0;

/// A worker that was not heard of for so many seconds is shown as silent.
const LONG_SILENCE: f64 = 30.0;

/// How many tiles of a worker a report names.
const MOST_TILES_NAMED: usize = 4;

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It has not said yet that it is ready.
    Expected,
    /// It has work, or waits for some.
    Working,
    /// It was told to close its journal.
    Closing,
    /// Its journal is synced and closed.
    Closed,
    /// It is gone.
    Lost,
}

/// Why a run cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was started wrongly.
    Refusal(String),
    /// Something broke at a rank.
    Breakdown(String),
}

/// What the coordinator knows of a worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Where it runs.
    pub seat: Seat,
    /// What it is at.
    pub condition: Condition,
    /// When it was last heard of.
    pub heard: f64,
    /// What it said then.
    pub beat: Beat,
    /// When it last began, finished or computed something.
    pub moved: f64,
    held: Vec<Tile>,
    /// Blocks of these that are measured.
    ahead: u32,
    kind: usize,
}

/// What kind of machine several workers run on.
#[derive(Clone, Debug, Default)]
struct Kind {
    name: u64,
    /// Tiles of the first pass, and the sum of the logarithms of their costs a block.
    tiles: u64,
    logarithms: f64,
    /// The logarithm of its speed, against the first kind.
    speed: f64,
}

/// Grants tiles to workers.
#[derive(Debug)]
pub struct Coordinator {
    planner: Planner,
    workers: Vec<Worker>,
    kinds: Vec<Kind>,
    /// Tiles of lost workers.
    again: VecDeque<Tile>,
    /// Tiles that come after all others.
    last: VecDeque<Tile>,
    outgoing: VecDeque<(usize, Message)>,
    remarks: Vec<String>,
    notes: Vec<String>,
    failure: Option<Failure>,
    is_stopping: bool,
    /// How long a worker may be silent or wait for its disk.
    patience: Option<Duration>,
    granted: u64,
}

impl Coordinator {
    /// Grants what the planner has to so many workers; they count from 0. `now` is a time in seconds, as everywhere here.
    pub fn new(planner: Planner, workers: usize, patience: Option<Duration>, now: f64) -> Self {
        let worker = Worker {
            seat: Seat::default(),
            condition: Condition::Expected,
            heard: now,
            beat: Beat::default(),
            moved: now,
            held: Vec::new(),
            ahead: 0,
            kind: 0,
        };
        Self {
            planner,
            workers: vec![worker; workers],
            kinds: Vec::new(),
            again: VecDeque::new(),
            last: VecDeque::new(),
            outgoing: VecDeque::new(),
            remarks: Vec::new(),
            notes: Vec::new(),
            failure: None,
            is_stopping: false,
            patience,
            granted: 0,
        }
    }

    /// Grants these tiles too, after all others: the planner does not know them.
    pub fn add_last(&mut self, tiles: impl IntoIterator<Item = Tile>) {
        self.last.extend(tiles);
    }

    /// Takes note of what a worker says.
    pub fn receive(&mut self, from: usize, message: &Message, now: f64) {
        if self.workers[from].condition == Condition::Lost {
            // Its tiles are granted again already, and what it has finished will be found in its journal.
            return;
        }
        self.workers[from].heard = now;
        match message {
            Message::Ready(seat) => self.welcome(from, seat.clone(), now),
            Message::Done { tile, seconds, ahead } => {
                self.workers[from].ahead = *ahead;
                self.note_done(from, *tile, *seconds, now);
            }
            Message::Ahead(blocks) => {
                self.workers[from].ahead = *blocks;
                self.workers[from].moved = now;
            }
            Message::Beat(beat) => {
                let worker = &mut self.workers[from];
                if beat.computing > 0 || beat.computed > worker.beat.computed {
                    worker.moved = now;
                }
                worker.beat = *beat;
                self.outgoing.push_back((from, Message::Heard));
            }
            Message::Note(note) => self.notes.push(note.clone()),
            Message::Stopping => self.stop(),
            Message::Refused(why) | Message::Failed(why) => {
                let why = format!("{}: {why}", self.name(from));
                let failure = if matches!(message, Message::Refused(_)) {
                    self.workers[from].condition = Condition::Closed;
                    Failure::Refusal(why)
                } else {
                    Failure::Breakdown(why)
                };
                self.failure.get_or_insert(failure);
                self.stop();
            }
            Message::Closed => {
                self.workers[from].condition = Condition::Closed;
                // What it did not finish is in no journal.
                let held = std::mem::take(&mut self.workers[from].held);
                self.again.extend(held);
            }
            // What only a coordinator says.
            Message::Grant(_)
            | Message::Heard
            | Message::Finish
            | Message::Stop
            | Message::Farewell
            | Message::Again
            // What is said before a run alone.
            | Message::Echo(_) => {}
        }
        self.hand_out(from, now);
    }

    /// A worker is gone: what it held is granted again.
    pub fn lose(&mut self, worker: usize, now: f64) {
        if matches!(self.workers[worker].condition, Condition::Lost | Condition::Closed) {
            return;
        }
        let name = self.name(worker);
        let held = std::mem::take(&mut self.workers[worker].held);
        self.remarks.push(format!(
            "{name} is lost; {} tiles that it held are granted again, and the run continues without it",
            held.len()
        ));
        self.again.extend(held);
        self.workers[worker].condition = Condition::Lost;
        self.weigh();
        for other in 0..self.workers.len() {
            self.hand_out(other, now);
        }
    }

    /// No more tiles: everybody leaves what is not begun and closes its journal.
    pub fn stop(&mut self) {
        if std::mem::replace(&mut self.is_stopping, true) {
            return;
        }
        for worker in 0..self.workers.len() {
            if matches!(self.workers[worker].condition, Condition::Expected | Condition::Working) {
                self.workers[worker].condition = Condition::Closing;
                self.outgoing.push_back((worker, Message::Stop));
            }
        }
    }

    /// The next message to be sent, and to whom.
    pub fn outgoing(&mut self) -> Option<(usize, Message)> {
        self.outgoing.pop_front()
    }

    /// What should be said to the user since the last call.
    pub fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    /// What panics at points have said since the last call.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Whether the run was stopped before everything was done.
    pub fn is_stopped(&self) -> bool {
        self.is_stopping
    }

    /// Why the run cannot go on, if it cannot.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether every journal is closed, but for those of lost workers.
    pub fn is_over(&self) -> bool {
        self.workers.iter().all(|worker| matches!(worker.condition, Condition::Closed | Condition::Lost))
    }

    /// How many workers are lost.
    pub fn lost(&self) -> usize {
        self.workers.iter().filter(|worker| worker.condition == Condition::Lost).count()
    }

    /// The workers, by rank.
    pub fn workers(&self) -> &[Worker] {
        &self.workers
    }

    /// How many tiles were granted.
    pub fn granted(&self) -> u64 {
        self.granted
    }

    /// How much longer it will take, in seconds, once that can be said.
    pub fn rest(&self) -> Option<f64> {
        self.planner.rest().map(|rest| rest / self.strength().max(1.0))
    }

    /// Whether every worker is at work and will be for long, so that an answer to one may be late.
    pub fn is_at_ease(&self) -> bool {
        let is_expected = |worker: &Worker| worker.condition == Condition::Expected;
        // In the first pass too, when nobody knows the rest yet.
        let of_all = self.planner.rest().or_else(|| self.planner.estimate());
        of_all.is_some_and(|seconds| seconds > EASE * self.strength())
            && !self.workers.iter().any(is_expected)
    }

    /// Who has stalled, and what everybody is at, if somebody was silent or waited for the disk for too long. To compute for long
    /// is no stall.
    pub fn stalled(&self, now: f64) -> Option<String> {
        let slowest = self.workers.iter().map(|worker| worker.beat.slowest).fold(0.0, f64::max);
        let patience = patience_of(self.patience, slowest);
        let is_stalled = |worker: &Worker| {
            let is_silent = now - worker.heard > patience;
            let is_idle_with_work = !worker.held.is_empty() && now - worker.moved > patience;
            let is_at_work = !matches!(worker.condition, Condition::Closed | Condition::Lost);
            is_at_work && (is_silent || is_idle_with_work)
        };
        if !self.workers.iter().any(is_stalled) {
            return None;
        }
        let mut report = format!("stalled for more than {patience:.0} s:");
        for (number, worker) in self.workers.iter().enumerate().filter(|(_, worker)| is_stalled(worker)) {
            write!(report, "\n  {} {}", self.name(number), worker.at(now)).expect("a text takes every line");
        }
        Some(report)
    }

    fn name(&self, worker: usize) -> String {
        let Seat { host, process, .. } = &self.workers[worker].seat;
        if host.is_empty() {
            format!("rank {worker}")
        } else {
            format!("rank {worker} ({host}, process {process})")
        }
    }

    fn welcome(&mut self, from: usize, seat: Seat, now: f64) {
        let known = self.kinds.iter().position(|kind| kind.name == seat.kind);
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(Kind { name: seat.kind, ..Kind::default() });
            self.kinds.len() - 1
        });
        let worker = &mut self.workers[from];
        // More kinds than a cluster has are all taken for the last.
        worker.kind = kind.min(usize::from(u8::MAX));
        worker.seat = seat;
        worker.moved = now;
        if worker.condition == Condition::Expected {
            worker.condition = Condition::Working;
        }
        if let Some(conflict) = self.conflict() {
            self.failure.get_or_insert(Failure::Refusal(conflict));
            self.stop();
        }
        self.weigh();
    }

    /// What is wrong with where the workers sit, once all have said it.
    fn conflict(&self) -> Option<String> {
        let is_known = self.workers.iter().all(|worker| worker.condition != Condition::Expected);
        let sitting: Vec<&Seat> = self.workers.iter().map(|worker| &worker.seat).collect();
        if is_known { seats::conflict(&sitting) } else { None }
    }

    fn note_done(&mut self, from: usize, tile: Tile, seconds: f64, now: f64) {
        let worker = &mut self.workers[from];
        worker.moved = now;
        let kind = worker.kind;
        if let Some(place) = worker.held.iter().position(|held| *held == tile) {
            worker.held.swap_remove(place);
        }
        self.learn(kind, tile, seconds);
        self.planner.completed_by(kind, tile, seconds);
    }

    /// Learns how fast a kind of machine is: first from all that it measures in the first pass, which sees every part of the
    /// space; then from tiles whose regions another kind has measured before.
    fn learn(&mut self, kind: usize, tile: Tile, seconds: f64) {
        if self.kinds.len() < 2 || seconds <= 0.0 {
            return;
        }
        if !self.planner.is_past_the_first_pass() {
            let pace = &mut self.kinds[kind];
            pace.tiles += 1;
            pace.logarithms += (seconds / f64::from(tile.count)).ln();
            let (first, pace) = (&self.kinds[0], &self.kinds[kind]);
            if kind > 0 && first.tiles.min(pace.tiles) >= ENOUGH_TILES {
                self.kinds[kind].speed =
                    first.logarithms / first.tiles as f64 - pace.logarithms / pace.tiles as f64;
                self.weigh();
            }
        } else if let Some(predicted) = self.planner.predicted_from_another_kind(kind, tile)
            && kind > 0
            && predicted > 0.0
        {
            self.kinds[kind].speed += LEARNING * (predicted / seconds).ln();
            self.weigh();
        }
    }

    /// Tells the planner what the workers are worth.
    fn weigh(&mut self) {
        let speeds: Vec<f64> = self.kinds.iter().map(|kind| kind.speed.exp()).collect();
        self.planner.set_workers(&speeds, self.strength());
    }

    /// How many threads of the first kind of machine a worker is worth.
    fn threads(&self, worker: &Worker) -> f64 {
        f64::from(worker.seat.threads) * self.kinds.get(worker.kind).map_or(1.0, |kind| kind.speed.exp())
    }

    /// How many threads of the first kind of machine all workers are worth.
    fn strength(&self) -> f64 {
        let works = |worker: &&Worker| worker.condition == Condition::Working;
        self.workers.iter().filter(works).map(|worker| self.threads(worker)).sum()
    }

    /// Grants a worker what it should have in hand, and lets everybody go once everything is done.
    fn hand_out(&mut self, to: usize, now: f64) {
        while let Some(most) = self.wanted(to) {
            let threads = self.threads(&self.workers[to]);
            let tile = self.again.pop_front().or_else(|| self.planner.grant_to(threads, most));
            let Some(tile) = tile.or_else(|| self.last.pop_front()) else {
                self.finish_if_done();
                return;
            };
            let worker = &mut self.workers[to];
            if worker.held.is_empty() {
                worker.moved = now;
            }
            worker.held.push(tile);
            self.granted += 1;
            self.outgoing.push_back((to, Message::Grant(tile)));
        }
    }

    /// The most blocks that a worker should be granted now, if it should have any.
    fn wanted(&self, number: usize) -> Option<u32> {
        let worker = &self.workers[number];
        if worker.condition != Condition::Working || self.is_stopping {
            return None;
        }
        let threads = u64::from(worker.seat.threads);
        let blocks: u64 = worker.held.iter().map(|tile| u64::from(tile.count)).sum();
        let in_hand = blocks.saturating_sub(u64::from(worker.ahead));
        let in_the_lag =
            |cost: f64| (self.threads(worker) * LAG / cost.max(1e-9)).min(64.0 * threads as f64) as u64;
        let ready = self.planner.cost_of_a_block().map_or(0, in_the_lag);
        if self.planner.rounds().is_some_and(|rounds| rounds < LAST_ROUNDS) {
            // What lies ready at one worker is what another lacks.
            let wanted = (threads + ready).saturating_sub(in_hand);
            let is_worth_a_grant = wanted >= (threads / PARTS_OF_A_LAST_ROUND).max(1);
            return is_worth_a_grant.then(|| u32::try_from(wanted).unwrap_or(u32::MAX));
        }
        // At first all threads of all workers are done at about the same time, so that an answer takes long.
        let is_first_round =
            self.planner.rounds().is_none() && self.planner.blocks_of_a_worker() > MANY_ROUNDS;
        let ready =
            if is_first_round { threads } else { ready.max(threads / THREADS_OF_A_READY_BLOCK).max(1) };
        (worker.held.len() < DEPTH || in_hand < threads + ready).then_some(u32::MAX)
    }

    /// Nothing is left to grant and nobody holds anything.
    fn finish_if_done(&mut self) {
        let holds = |worker: &Worker| !worker.held.is_empty() && worker.condition == Condition::Working;
        if self.workers.iter().any(holds) {
            return;
        }
        for worker in 0..self.workers.len() {
            if matches!(self.workers[worker].condition, Condition::Expected | Condition::Working) {
                self.workers[worker].condition = Condition::Closing;
                self.outgoing.push_back((worker, Message::Finish));
            }
        }
    }
}

/// How many seconds a rank may be silent or wait for its disk, given what was asked for and how long the slowest tile took.
pub(super) fn patience_of(asked: Option<Duration>, slowest: f64) -> f64 {
    asked.map_or_else(|| LEAST_PATIENCE.max(PATIENCE_IN_TILES * slowest), |asked| asked.as_secs_f64())
}

impl Worker {
    /// What it is doing.
    pub fn activity(&self, now: f64) -> Activity {
        match self.condition {
            Condition::Lost => Activity::Lost,
            Condition::Closed => Activity::Left,
            _ if now - self.heard > LONG_SILENCE => Activity::Silent,
            _ if self.beat.computing > 0 => Activity::Computing,
            _ if self.beat.writing > 0 => Activity::Writing,
            _ => Activity::Waiting,
        }
    }

    /// What it was last heard to be at, for how long not, and what it holds.
    fn at(&self, now: f64) -> String {
        let silent = now - self.heard;
        let condition = if self.beat.writing > 0 && self.beat.computing == 0 {
            format!("waits for the disk, {:.0} s without progress", now - self.moved)
        } else if self.condition == Condition::Closing && silent >= 1.0 {
            format!("was told to close its journal and is silent for {silent:.0} s")
        } else if silent >= now - self.moved {
            format!("is silent for {silent:.0} s")
        } else {
            format!("holds work without computing for {:.0} s", now - self.moved)
        };
        let named: Vec<String> = self
            .held
            .iter()
            .take(MOST_TILES_NAMED)
            .map(|tile| format!("cell {} blocks {}..{}", tile.cell, tile.first, tile.first + tile.count))
            .collect();
        let more = self.held.len().saturating_sub(MOST_TILES_NAMED);
        match (named.is_empty(), more) {
            (true, _) => format!("{condition}; it holds nothing"),
            (_, 0) => format!("{condition}; it holds {}", named.join(", ")),
            _ => format!("{condition}; it holds {} and {more} more", named.join(", ")),
        }
    }
}
