//! The coordinator with late, slow, silent and dying workers: real ranks over threads of one process, and whole clusters in
//! simulated time.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod cluster;
mod formula;
mod patience;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cluster::{Cluster, Rank};
use formula::{Formula, complete, identity, open, space, variables};
use ictus::experiment::{Experiment, Rows, Status};
use ictus::schedule::local::Outcome;
use ictus::schedule::mailbox::{Beat, Mailbox, Message, Seat, Slot, memory};
use ictus::schedule::ranks::{self, Terms};
use ictus::schedule::{Clock, Condition, Coordinator, Planner, Progress, ScheduleError};
use ictus::space::{Space, Tile};
use ictus::store::status::Activity;
use ictus::store::{Finished, Folder};
use ictus::table::{Quantity, Table};
use patience::{bytes_of_journals, wait_until};

/// What a rank over a thread does.
type Play<'a> = Box<dyn FnOnce(Slot) + Send + 'a>;

/// A rank that works as it should.
fn worker<'a>(space: &'a Space, folder: &'a Path, experiment: &'a dyn Experiment) -> Play<'a> {
    Box::new(move |mut slot| {
        let claim = String::from_utf8(slot.share(Vec::new())).unwrap();
        let mut folder = Folder::under_claim(folder, &claim, &identity(space), space, 3).unwrap();
        let terms = Terms { threads: Some(1), ..Terms::default() };
        ranks::work(experiment, space, &mut folder, &mut slot, terms, &mut |_| ()).unwrap();
    })
}

/// Where a made-up rank sits.
fn seat() -> Seat {
    Seat { host: "elsewhere".into(), process: 7, threads: 1, is_asked: true, ..Seat::default() }
}

/// Waits for the next grant.
fn take_a_grant(slot: &mut Slot) -> Tile {
    let mut granted = None;
    wait_until("a grant", || {
        if let Some((0, Message::Grant(tile))) = slot.receive() {
            granted = Some(tile);
        }
        granted.is_some()
    });
    granted.unwrap()
}

/// Waits until rows have been written.
fn await_rows(folder: &Path) {
    wait_until("rows", || bytes_of_journals(folder) > 4000);
}

/// Rank 0 with other ranks, each on a thread; gives what was remarked too.
fn coordinate(
    experiment: &dyn Experiment,
    space: &Space,
    folder: &Path,
    others: Vec<Play<'_>>,
    watch: &mut dyn FnMut(&Progress),
) -> (Result<Outcome, ScheduleError>, Vec<String>) {
    coordinate_on(Terms::default(), experiment, space, folder, others, watch)
}

/// A time that a test plays: while it runs, it goes on by an eighth of a second whenever rank 0 has looked at everything.
struct Time {
    clock: Clock,
    is_running: AtomicBool,
}

impl Time {
    fn played() -> Self {
        Self { clock: Clock::played(), is_running: AtomicBool::new(false) }
    }

    fn run(&self, is_running: bool) {
        self.is_running.store(is_running, Ordering::Relaxed);
        self.clock.advance(0.125);
    }

    fn look(&self) {
        if self.is_running.load(Ordering::Relaxed) {
            self.clock.advance(0.125);
        }
    }
}

/// The same in a played time, in which rank 0 waits for 2 s.
fn coordinate_in_played_time(
    time: &Time,
    experiment: &dyn Experiment,
    space: &Space,
    folder: &Path,
    others: Vec<Play<'_>>,
) -> (Result<Outcome, ScheduleError>, Vec<String>) {
    let (patience, clock) = (Some(Duration::from_secs(2)), time.clock.clone());
    let terms = Terms { patience, clock, ..Terms::default() };
    coordinate_on(terms, experiment, space, folder, others, &mut |_| time.look())
}

fn coordinate_on(
    terms: Terms,
    experiment: &dyn Experiment,
    space: &Space,
    folder: &Path,
    others: Vec<Play<'_>>,
    watch: &mut dyn FnMut(&Progress),
) -> (Result<Outcome, ScheduleError>, Vec<String>) {
    let mut slots = memory(others.len() + 1);
    let mut own = slots.remove(0);
    let mut remarks = Vec::new();
    let outcome = std::thread::scope(|scope| {
        for (slot, play) in slots.into_iter().zip(others) {
            scope.spawn(move || play(slot));
        }
        let mut folder = open(folder, space);
        own.share(folder.claim().unwrap().into_bytes());
        let options = ranks::Options {
            terms: Terms { threads: Some(1), ..terms },
            watch,
            tell: &mut |remark| remarks.push(remark.to_owned()),
        };
        let outcome = ranks::coordinate(experiment, space, &mut folder, &mut own, options);
        if outcome.is_ok() {
            let description = formula::describe(space);
            let map = folder.map();
            folder.consolidate(&description, &formula::classify, &map, &mut |_, _| true).unwrap();
        }
        for other in 1..own.ranks() {
            own.send(other, &Message::Farewell);
        }
        outcome
    });
    (outcome, remarks)
}

/// The variables of the map that one process alone makes.
fn alone(space: &Space) -> Vec<(String, Vec<u64>)> {
    let folder = tempfile::tempdir().unwrap();
    complete(&Formula::new(), space, folder.path(), 1);
    variables(&folder.path().join("map.nc"))
}

#[test]
fn three_ranks_share_the_work_and_the_map_has_the_bits_of_one() {
    let (space, folder) = (space(&[200, 300]), tempfile::tempdir().unwrap());
    let slow = Formula { rounds: 500, ..Formula::new() };
    let others = vec![worker(&space, folder.path(), &slow), worker(&space, folder.path(), &slow)];
    let (outcome, remarks) = coordinate(&slow, &space, folder.path(), others, &mut |_| ());
    let outcome = outcome.unwrap();
    assert!(outcome.is_complete && remarks.is_empty(), "{remarks:?}");
    assert_eq!((outcome.threads, outcome.progress.computed), (3, space.points()));
    assert_eq!(outcome.progress.regimes.iter().sum::<u64>(), space.points());
    let journals: Vec<u64> = std::fs::read_dir(folder.path().join("journals"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .collect();
    assert!(journals.len() == 3 && journals.iter().all(|&length| length > 10_000), "{journals:?}");
    assert!(variables(&folder.path().join("map.nc")) == alone(&space));
}

#[test]
fn a_worker_that_comes_late_finds_work_or_goes_home() {
    let (space, folder) = (space(&[100, 100]), tempfile::tempdir().unwrap());
    let formula = Formula::new();
    let in_time = worker(&space, folder.path(), &formula);
    let path = folder.path();
    let late: Play<'_> = Box::new(move |slot| {
        await_rows(path);
        in_time(slot);
    });
    let (outcome, _) = coordinate(&formula, &space, path, vec![late], &mut |_| ());
    assert!(outcome.unwrap().is_complete);
    assert!(variables(&folder.path().join("map.nc")) == alone(&space));
}

#[test]
fn the_tiles_of_a_worker_that_dies_are_granted_again() {
    let (space, folder) = (space(&[100, 100]), tempfile::tempdir().unwrap());
    let slow = Formula { rounds: 2_000, ..Formula::new() };
    let dying: Play<'_> = Box::new(|mut slot| {
        slot.share(Vec::new());
        slot.send(0, &Message::Ready(seat()));
        take_a_grant(&mut slot);
    });
    let others = vec![dying, worker(&space, folder.path(), &slow)];
    let (outcome, remarks) = coordinate(&slow, &space, folder.path(), others, &mut |_| ());
    assert!(outcome.unwrap().is_complete);
    assert!(
        remarks.iter().any(|remark| remark.contains("rank 1 (elsewhere, process 7) is lost")),
        "{remarks:?}"
    );
    // They were granted, rather than found missing at the end and measured by rank 0 alone.
    assert!(!remarks.iter().any(|remark| remark.contains("measured again")), "{remarks:?}");
    assert!(variables(&folder.path().join("map.nc")) == alone(&space));
}

#[test]
fn what_a_lost_or_closed_rank_held_is_granted_to_the_others_and_nothing_else_is_granted_twice() {
    let space = space(&[300, 300]);
    for is_lost in [true, false] {
        let mut coordinator = coordinator(&space, 2, None);
        for rank in 0..2 {
            coordinator.receive(rank, &Message::Ready(seat()), 0.0);
        }
        let (mut granted, mut held) = (Vec::new(), Vec::new());
        let (mut now, mut is_gone) = (0.0, false);
        while let Some((to, message)) = coordinator.outgoing() {
            let Message::Grant(tile) = message else { continue };
            if to == 1 {
                assert!(!is_gone, "it is gone");
                held.push(tile);
                if held.len() == 2 {
                    is_gone = true;
                    if is_lost {
                        coordinator.lose(1, now);
                    } else {
                        coordinator.receive(1, &Message::Closed, now);
                    }
                }
            } else {
                now += 1.0;
                granted.push(tile);
                coordinator.receive(0, &Message::Done { tile, seconds: 1.0, ahead: 0 }, now);
            }
        }
        assert!(held.len() == 2 && held.iter().all(|tile| granted.contains(tile)), "{held:?}");
        let mut blocks: Vec<(u64, u32)> = granted
            .iter()
            .flat_map(|tile| (tile.first..tile.first + tile.count).map(|block| (tile.cell, block)))
            .collect();
        let count = blocks.len();
        blocks.sort_unstable();
        blocks.dedup();
        let cells = space.cells();
        let all: u64 = (0..cells.count()).map(|cell| u64::from(cells.cell(cell).blocks())).sum();
        assert_eq!((blocks.len(), blocks.len() as u64), (count, all));
    }
}

#[test]
fn what_a_lost_node_had_not_synced_is_measured_again() {
    let (space, folder) = (space(&[100, 100]), tempfile::tempdir().unwrap());
    let slow = Formula { rounds: 2_000, ..Formula::new() };
    let dying: Play<'_> = Box::new(|mut slot| {
        slot.share(Vec::new());
        slot.send(0, &Message::Ready(seat()));
        // It says that they are done, and nothing of them is ever read: its node has lost power with them in its memory.
        for _ in 0..3 {
            let tile = take_a_grant(&mut slot);
            slot.send(0, &Message::Done { tile, seconds: 0.01, ahead: 0 });
        }
    });
    let others = vec![dying, worker(&space, folder.path(), &slow)];
    let (outcome, remarks) = coordinate(&slow, &space, folder.path(), others, &mut |_| ());
    let outcome = outcome.unwrap();
    assert!(outcome.is_complete);
    assert_eq!(outcome.progress.computed, space.points());
    let is_said = |words: &str| remarks.iter().any(|remark| remark.contains(words));
    assert!(is_said("points that a lost rank had not yet made safe are measured again"), "{remarks:?}");
    assert!(variables(&folder.path().join("map.nc")) == alone(&space));
}

/// A formula that takes long for one of its points, in a played time.
struct Dear<'a> {
    formula: Formula,
    takes: f64,
    time: &'a Time,
}

impl Experiment for Dear<'_> {
    fn quantities(&self) -> &[Quantity] {
        self.formula.quantities()
    }
    fn measure(&self, points: &Table) -> Rows {
        if points.columns().iter().all(|column| column.contains(&0.0)) {
            let end = self.time.clock.seconds() + self.takes;
            self.time.run(true);
            wait_until("that time goes on", || self.time.clock.seconds() >= end);
            self.time.run(false);
        }
        self.formula.measure(points)
    }
    fn classify(&self, status: Status, features: &[f64]) -> u8 {
        self.formula.classify(status, features)
    }
}

#[test]
fn to_compute_for_longer_than_the_watchdog_waits_is_no_stall() {
    let (space, folder) = (space(&[100, 100]), tempfile::tempdir().unwrap());
    let time = Time::played();
    let dear = Dear { formula: Formula::new(), takes: 20.0, time: &time };
    let (outcome, remarks) = coordinate_in_played_time(&time, &dear, &space, folder.path(), vec![]);
    assert!(outcome.unwrap().is_complete && remarks.is_empty(), "{remarks:?}");
    assert!(variables(&folder.path().join("map.nc")) == alone(&space));
}

/// A coordinator of so many made-up ranks.
fn coordinator(space: &Space, ranks: usize, patience: Option<Duration>) -> Coordinator {
    let cells = space.cells();
    let planner = Planner::new(cells, Finished::new(cells), std::iter::empty(), ranks, u64::MAX);
    Coordinator::new(planner, ranks, patience, 0.0)
}

#[test]
fn a_rank_that_waits_for_its_disk_ends_the_job_and_one_that_computes_does_not() {
    let space = space(&[300, 300]);
    let mut coordinator = coordinator(&space, 2, Some(Duration::from_secs(2)));
    for rank in 0..2 {
        coordinator.receive(rank, &Message::Ready(seat()), 0.0);
    }
    let computes = Message::Beat(Beat { computing: 1, ..Beat::default() });
    let waits = Message::Beat(Beat { writing: 1, ..Beat::default() });
    for second in 1..=1000 {
        for rank in 0..2 {
            coordinator.receive(rank, &computes, f64::from(second));
        }
        assert_eq!(coordinator.stalled(f64::from(second) + 0.5), None);
    }
    for second in 1001..=1003 {
        assert_eq!(coordinator.stalled(f64::from(second) - 1.5), None);
        coordinator.receive(0, &computes, f64::from(second));
        coordinator.receive(1, &waits, f64::from(second));
    }
    let report = coordinator.stalled(1003.0).unwrap();
    let (first, rest) = report.split_once('\n').unwrap();
    assert_eq!(first, "stalled for more than 2 s:");
    let words =
        "rank 1 (elsewhere, process 7) waits for the disk, 3 s without progress; it holds cell 0 block";
    assert!(rest.trim_start().starts_with(words) && !rest.contains("rank 0"), "{report}");
}

#[test]
fn a_rank_is_at_what_it_said_last_until_it_was_silent_for_long() {
    let space = space(&[300, 300]);
    let mut coordinator = coordinator(&space, 1, None);
    coordinator.receive(0, &Message::Ready(seat()), 1000.0);
    let activity = |coordinator: &Coordinator, now| coordinator.workers()[0].activity(now);
    assert_eq!(activity(&coordinator, 1001.0), Activity::Waiting);
    for (beat, wanted) in [
        (Beat { computing: 1, writing: 1, ..Beat::default() }, Activity::Computing),
        (Beat { writing: 1, ..Beat::default() }, Activity::Writing),
        (Beat::default(), Activity::Waiting),
    ] {
        coordinator.receive(0, &Message::Beat(beat), 1001.0);
        assert_eq!(activity(&coordinator, 1030.0), wanted);
        assert_eq!(activity(&coordinator, 1032.0), Activity::Silent);
    }
}

#[test]
fn rank_0_hurries_until_all_are_at_work_and_when_little_is_left() {
    let space = space(&[1000, 1000]);
    let mut coordinator = coordinator(&space, 2, None);
    coordinator.receive(0, &Message::Ready(seat()), 0.0);
    let mut course = vec![coordinator.is_at_ease()];
    let mut now = 0.0;
    while let Some((from, message)) = coordinator.outgoing() {
        if let Message::Grant(tile) = message {
            let seconds = f64::from(tile.count) * 0.05;
            now += seconds / 2.0;
            coordinator.receive(from, &Message::Done { tile, seconds, ahead: 0 }, now);
            if now > 20.0 && coordinator.workers()[1].condition == Condition::Expected {
                assert!(!coordinator.is_at_ease(), "a rank may ask at any moment for the first time");
                coordinator.receive(1, &Message::Ready(seat()), now);
            }
            course.push(coordinator.is_at_ease());
        }
    }
    course.dedup();
    assert_eq!(course, [false, true, false]);
}

#[test]
fn a_worker_that_falls_silent_ends_the_job_which_names_it_and_what_it_holds() {
    let (space, folder) = (space(&[100, 100]), tempfile::tempdir().unwrap());
    let (time, formula) = (Time::played(), Formula::new());
    let silent: Play<'_> = Box::new(|mut slot| {
        slot.share(Vec::new());
        slot.send(0, &Message::Ready(seat()));
        await_rows(folder.path());
        time.run(true);
        wait_until("the farewell", || matches!(slot.receive(), Some((_, Message::Farewell))));
    });
    let (outcome, remarks) = coordinate_in_played_time(&time, &formula, &space, folder.path(), vec![silent]);
    let error = outcome.unwrap_err();
    assert!(matches!(error, ScheduleError::Stalled(_)) && !error.is_callers_fault());
    let text = error.to_string();
    assert!(
        text.contains("rank 1 (elsewhere, process 7) is silent for")
            && text.contains("it holds cell 0 block"),
        "{text}"
    );
    assert!(remarks.iter().any(|remark| remark.contains("stalled")), "{remarks:?}");
    // What was finished is there.
    let journals = Folder::read(folder.path(), &identity(&space), &space, 3).unwrap();
    assert!(journals.finished().points() > 0);
}

#[test]
fn a_worker_that_refuses_or_fails_ends_the_run_in_good_order() {
    let (space, formula) = (space(&[100, 100]), Formula::new());
    for (word, is_callers_fault) in
        [(Message::Refused("another version".into()), true), (Message::Failed("no room".into()), false)]
    {
        let folder = tempfile::tempdir().unwrap();
        let unable: Play<'_> = Box::new(|mut slot| {
            slot.share(Vec::new());
            slot.send(0, &word);
            slot.send(0, &Message::Closed);
            ranks::await_last_word(&mut slot);
        });
        let others = vec![unable, worker(&space, folder.path(), &formula)];
        let (outcome, _) = coordinate(&formula, &space, folder.path(), others, &mut |_| ());
        let error = outcome.unwrap_err();
        assert_eq!(error.is_callers_fault(), is_callers_fault, "{error}");
        assert!(error.to_string().starts_with("rank 1: "), "{error}");
    }
}

#[test]
fn a_signal_at_any_rank_stops_all_and_the_run_is_resumed_with_fewer() {
    let (space, folder) = (space(&[200, 300]), tempfile::tempdir().unwrap());
    let slow = Formula { rounds: 2_000, ..Formula::new() };
    let signalled: Play<'_> = Box::new(|mut slot| {
        slot.share(Vec::new());
        slot.send(0, &Message::Ready(seat()));
        take_a_grant(&mut slot);
        await_rows(folder.path());
        slot.send(0, &Message::Stopping);
        slot.send(0, &Message::Closed);
        ranks::await_last_word(&mut slot);
    });
    let others = vec![signalled, worker(&space, folder.path(), &slow)];
    let (outcome, _) = coordinate(&slow, &space, folder.path(), others, &mut |_| ());
    let outcome = outcome.unwrap();
    assert!(!outcome.is_complete && outcome.progress.computed > 0);
    let resumed = complete(&Formula::new(), &space, folder.path(), 2);
    assert_eq!(resumed.progress.taken, outcome.progress.computed);
    assert!(variables(&folder.path().join("map.nc")) == alone(&space));
}

#[test]
fn ranks_whose_coordinator_is_lost_close_their_journals_and_say_so() {
    let (space, folder) = (space(&[200, 300]), tempfile::tempdir().unwrap());
    let slow = Formula { rounds: 2_000, ..Formula::new() };
    let mut slots = memory(2);
    let (mut other, mut own) = (slots.remove(1), slots.remove(0));
    let owned = open(folder.path(), &space);
    let error = std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            let claim = String::from_utf8(other.share(Vec::new())).unwrap();
            let mut folder =
                Folder::under_claim(folder.path(), &claim, &identity(&space), &space, 3).unwrap();
            let terms = Terms { threads: Some(1), ..Terms::default() };
            ranks::work(&slow, &space, &mut folder, &mut other, terms, &mut |_| ()).unwrap_err()
        });
        own.share(owned.claim().unwrap().into_bytes());
        own.send(1, &Message::Grant(Tile { cell: 0, first: 0, count: 3 }));
        wait_until("a tile", || matches!(own.receive(), Some((1, Message::Done { .. }))));
        drop(own);
        working.join().unwrap()
    });
    assert!(error.to_string().starts_with("rank 0 is lost") && !error.is_callers_fault(), "{error}");
    drop(owned);
    let points = 3 * u64::from(space.cells().points_of_a_block());
    assert_eq!(open(folder.path(), &space).finished().points(), points);
}

/// Every block is measured; those that a lost rank had in hand may be so twice.
fn check(course: &cluster::Course, may_repeat: u64) {
    let counts = || course.measured.iter().flatten();
    assert!(counts().all(|&count| count > 0), "a block was left out");
    let repeated = counts().filter(|&&count| count > 1).count() as u64;
    assert!(repeated <= may_repeat, "{repeated} blocks were measured twice");
}

/// Costs in clusters: a fifth of the space is dear.
fn clustered(cell: u64, block: u32) -> f64 {
    let place = (cell as f64 * 0.37 + f64::from(block) * 0.002).sin();
    if place > 0.8 { 0.09 } else { 0.01 }
}

#[test]
fn in_simulated_time_every_block_is_measured_once_and_no_thread_idles_long() {
    let space = space(&[4000, 4000]);
    let ranks = vec![Rank::of(8); 16];
    let course =
        cluster::run(&Cluster { space: &space, cost: &clustered, ranks, latency: 1e-3, service: 1e-5 });
    check(&course, 0);
    assert!(course.efficiency > 0.97, "{:.3} of {} grants", course.efficiency, course.grants);
}

#[test]
fn in_simulated_time_ranks_that_die_or_come_late_cost_no_more_than_they_held() {
    let space = space(&[2000, 2000]);
    let mut ranks = vec![Rank::of(4); 12];
    for (number, rank) in ranks.iter_mut().enumerate().take(5) {
        rank.dies = Some(0.3 * number as f64 + 0.1);
    }
    ranks[7].ready = 5.0;
    ranks[8].ready = 1e4;
    let course =
        cluster::run(&Cluster { space: &space, cost: &clustered, ranks, latency: 1e-3, service: 1e-5 });
    assert_eq!(course.lost, 5);
    check(&course, course.blocks / 50);
}

#[test]
fn in_simulated_time_machines_of_different_speed_end_together() {
    let space = space(&[3000, 3000]);
    let fast = Rank::of(8);
    let slow = Rank { speed: 0.3, ..Rank::of(8) };
    let ranks = [vec![fast; 6], vec![slow; 6]].concat();
    let course =
        cluster::run(&Cluster { space: &space, cost: &clustered, ranks, latency: 1e-3, service: 1e-5 });
    check(&course, 0);
    assert!(course.efficiency > 0.95, "{:.3}", course.efficiency);
}
