//! The wire without messages: several processes share the work of one run folder. Each takes some seconds of tiles at a time,
//! measures them with its own crew, and learns from the journals what the others have finished. Knows of the folder only who holds
//! what; nothing of what is measured.

use std::time::{Duration, Instant};

use crate::experiment::Experiment;
use crate::schedule::careful::Careful;
use crate::schedule::{Board, Crew, Planner, Progress, ScheduleError, Stop, physical_cores};
use crate::space::{Space, Tile};
use crate::store::status::{Activity, Record};
use crate::store::{
    Choice, Finished, Folder, Lonely, Member, Membership, StoreError, Suspects, is_tile_of,
    most_points_of_a_frame,
};

/// How often is looked whether more tiles are needed.
const LOOK: Duration = Duration::from_millis(20);

/// How often the watcher is told.
const TELL: Duration = Duration::from_millis(100);

/// The longest pause before it is looked again what the others have finished.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A process takes tiles for so many seconds of its crew at most...
const MOST_SECONDS: f64 = 20.0;

/// ...and at least, even if less than its part of the rest is left...
const FEWEST_SECONDS: f64 = 0.25;

/// ...and towards the end no more than such a part of what is left for it.
const PART_OF_THE_REST: f64 = 4.0;

/// A process looks for more when its crew has fewer seconds of work than this...
const LOW_SECONDS: f64 = 0.5;

/// ...and never takes more tiles than this at once, so that what it writes down of them is short.
const MOST_TILES: usize = 2000;

/// How a process should share a run.
pub struct Options<'run> {
    /// How many threads compute; one a physical core if not given.
    pub threads: Option<usize>,
    /// The wish to stop.
    pub stop: Stop,
    /// Told how it goes, about ten times a second.
    pub watch: &'run mut dyn FnMut(&Progress),
    /// Makes what the others may know of this process, when they should.
    pub record: &'run dyn Fn(&Progress, Activity) -> Record,
}

/// How sharing has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every point is in the journals.
    Complete,
    /// It should stop.
    Stopped,
    /// The others take this process for dead, since it was silent for too long; it should enter anew.
    Lost,
}

/// What a process did while it shared a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it has ended.
    pub ending: Ending,
    /// How far the run has come; `computed` is of this process.
    pub progress: Progress,
    /// How many threads computed.
    pub threads: usize,
}

/// Measures, among others, what the folder's journals do not hold, until they hold everything; leaves this process' journal synced.
///
/// # Errors
/// When the disk refuses, or threads cannot be started.
///
/// # Panics
/// When the experiment gives rows of another length than it was asked for.
pub fn run(
    experiment: &dyn Experiment,
    space: &Space,
    folder: &mut Folder,
    membership: &mut Membership,
    options: Options<'_>,
) -> Result<Outcome, ScheduleError> {
    let Options { threads, stop, watch, record } = options;
    let threads = threads.unwrap_or_else(physical_cores).max(1);
    let quantities = experiment.quantities().len();
    let start = Progress::at_start(space, folder);
    if start.taken == space.points() {
        return Ok(Outcome { ending: Ending::Complete, progress: start, threads });
    }
    folder.check_room(space, quantities)?;
    let most = most_points_of_a_frame(quantities);
    let known: Vec<(Tile, f32)> = folder.index().tiles().collect();
    let planner = Planner::new(space.cells(), folder.finished().clone(), known.into_iter(), threads, most);
    let writer = folder.writer(2 * threads)?;
    let queue = Careful::open(&stop);
    let mut share = Share { space, folder, membership, planner, queue: &queue, threads, waits_for: None };
    let mut ended: Result<Ending, StoreError> = Ok(Ending::Stopped);
    let mut pace = Pace::new();
    let crew = Crew { experiment, space, threads, stop: &stop };
    let measured = crew.work(&queue, &writer.inlet(), &mut |board: &Board| {
        if queue.is_closed() {
            return LOOK;
        }
        if writer.has_ended() || board.is_broken() {
            // The disk has refused, or a thread has panicked: what it says is heard once the threads are home.
            queue.close();
            return LOOK;
        }
        let activity = board.activity();
        let progress = share.progress(board.progress(), &start);
        match share.attend(&mut pace, stop.is_requested(), &|| record(&progress, activity)) {
            Ok(None) => {}
            Ok(Some(ending)) => {
                ended = Ok(ending);
                queue.close();
            }
            Err(error) => {
                ended = Err(error);
                queue.close();
            }
        }
        if pace.is_time_to_tell() {
            watch(&progress);
        }
        LOOK
    });
    let progress =
        share.progress(measured.as_ref().map_or_else(|_| Progress::default(), Clone::clone), &start);
    folder.close(writer)?;
    measured?;
    watch(&progress);
    Ok(Outcome { ending: ended?, progress, threads })
}

/// When to look again and when to tell.
struct Pace {
    told: Instant,
    looked: Option<Instant>,
    pause: Duration,
}

impl Pace {
    fn new() -> Self {
        Self { told: Instant::now(), looked: None, pause: LOOK }
    }

    fn is_time_to_tell(&mut self) -> bool {
        let is_time = self.told.elapsed() >= TELL;
        if is_time {
            self.told = Instant::now();
        }
        is_time
    }

    fn is_time_to_look(&self) -> bool {
        self.looked.is_none_or(|looked| looked.elapsed() >= self.pause)
    }

    /// After a look that was in vain the next one comes later.
    fn looked(&mut self, in_vain: bool) {
        self.looked = Some(Instant::now());
        self.pause = if in_vain { (2 * self.pause).min(LONGEST_PAUSE) } else { LOOK };
    }
}

/// This process' share of a run.
struct Share<'run> {
    space: &'run Space,
    folder: &'run mut Folder,
    membership: &'run mut Membership,
    planner: Planner,
    queue: &'run Careful<'run>,
    threads: usize,
    /// Whom this process waits for, if it has nothing else to do.
    waits_for: Option<String>,
}

impl Share<'_> {
    /// Shows that this process is alive, and takes more tiles if its crew will need some soon.
    fn attend(
        &mut self,
        pace: &mut Pace,
        is_stopping: bool,
        record: &dyn Fn() -> Record,
    ) -> Result<Option<Ending>, StoreError> {
        for (tile, seconds) in self.queue.completed_tiles() {
            self.planner.completed(tile, seconds);
        }
        if self.membership.is_due() {
            // Before it is shown again that this process is alive: nobody else may have what is in its hands.
            if self.is_lost()? {
                return Ok(Some(Ending::Lost));
            }
            self.membership.beat(record())?;
        }
        // Once it should stop the threads go home by themselves.
        if is_stopping || !self.is_low() || !pace.is_time_to_look() {
            return Ok(None);
        }
        if self.is_lost()? {
            return Ok(Some(Ending::Lost));
        }
        learn(self.folder, &mut self.planner)?;
        if self.folder.is_behind() {
            // More is read at once, but others are attended to in between.
            return Ok(None);
        }
        if self.folder.finished().points() == self.space.points() {
            return Ok(Some(Ending::Complete));
        }
        let (space, threads) = (self.space, self.threads);
        let (folder, planner) = (&mut *self.folder, &mut self.planner);
        let before = folder.finished().clone();
        let is_open = |tile: &Tile| !before.missing(*tile).is_empty();
        let mut lonely = None;
        let mut is_after_a_death = false;
        self.membership.note(record());
        let mut holders = None;
        let choice = self.membership.choose(&is_open, &mut |own, others| {
            learn(folder, planner)?;
            if folder.is_behind() {
                return Ok(Vec::new());
            }
            is_after_a_death = folder.is_after_a_death(others);
            let suspects = folder.suspects(space, others);
            let held =
                own.iter().chain(others.iter().filter(|other| other.is_alive).flat_map(|other| &other.held));
            let mut taken = folder.finished().clone();
            // What is no tile of this space somebody else has written.
            held.filter(|&&tile| is_tile_of(tile, space.cells())).for_each(|&tile| {
                taken.add(tile);
            });
            let processes = 1 + others.iter().filter(|other| other.is_alive).count();
            let wish = Wish { planner, threads, processes };
            let (tiles, alone) = wish.choose(taken, &suspects, space);
            lonely = alone;
            if tiles.is_empty() && own.is_empty() {
                holders = holders_of_the_rest(folder.finished(), others, space);
            }
            Ok(tiles)
        })?;
        match choice {
            Choice::Taken(mut tiles) => {
                self.waits_for = holders;
                pace.looked(tiles.is_empty());
                if is_after_a_death {
                    self.queue.be_careful();
                }
                if let Some(lonely) = lonely {
                    tiles.clear();
                    self.queue.add_lonely(lonely);
                }
                self.queue.add(tiles);
                Ok(None)
            }
            Choice::Busy(holder) => {
                if self.queue.waiting().is_empty() {
                    self.waits_for = Some(format!("{holder}, to choose what it measures"));
                }
                Ok(None)
            }
            Choice::Lost => Ok(Some(Ending::Lost)),
        }
    }

    /// Whether the others may take this process for dead.
    fn is_lost(&self) -> Result<bool, StoreError> {
        if self.membership.is_silent() {
            return Ok(true);
        }
        // Nobody has a right to remove the journal of a process that was heard of.
        self.folder.check_place()?;
        Ok(self.membership.is_lost())
    }

    /// Whether the crew will soon have nothing to do.
    fn is_low(&self) -> bool {
        let waiting = self.queue.waiting();
        let seconds: Option<f64> = waiting.iter().map(|&tile| self.planner.seconds_of(tile)).sum();
        waiting.is_empty() || seconds.is_some_and(|seconds| seconds < LOW_SECONDS * self.threads as f64)
    }

    /// How far the whole run is, from what this process has done and has seen of the others.
    fn progress(&self, own: Progress, start: &Progress) -> Progress {
        let finished = self.folder.finished().points().max(start.taken + own.computed).min(start.points);
        let elsewhere = finished.saturating_sub(start.taken + own.computed);
        let rate = (finished - start.taken) as f64 / own.elapsed.as_secs_f64().max(1e-9);
        let progress = Progress { elsewhere, waits_for: self.waits_for.clone(), ..start.and(own) };
        let rest = progress.told((rate > 0.0).then(|| (start.points - finished) as f64 / rate), 0.0);
        Progress { rest, ..progress }
    }
}

/// Reads what the journals hold by now.
fn learn(folder: &mut Folder, planner: &mut Planner) -> Result<(), StoreError> {
    for (tile, seconds) in folder.catch_up()? {
        planner.completed(tile, f64::from(seconds));
    }
    Ok(())
}

/// Who has in hand what is not finished, in words.
fn holders_of_the_rest(finished: &Finished, others: &[Member], space: &Space) -> Option<String> {
    let is_open = |tile: &&Tile| is_tile_of(**tile, space.cells()) && !finished.missing(**tile).is_empty();
    let holds = |other: &&Member| other.is_alive && other.held.iter().any(|tile| is_open(&tile));
    let names: Vec<String> = others
        .iter()
        .filter(holds)
        .map(|other| format!("{} (last heard of {} s ago)", other.name, other.silence.as_secs()))
        .collect();
    (!names.is_empty()).then(|| format!("{}, to measure the rest", names.join(", ")))
}

/// What a process wants.
struct Wish<'run> {
    planner: &'run mut Planner,
    threads: usize,
    /// How many processes work, this one among them.
    processes: usize,
}

impl Wish<'_> {
    /// The tiles to take: those that the planner would grant next of what nobody has finished or in hand, for a part of the time
    /// that everything will take. When there are none, what was in hand when one process died; when there is none of this either,
    /// a block that must be measured alone.
    fn choose(self, taken: Finished, suspects: &Suspects, space: &Space) -> (Vec<Tile>, Option<Lonely>) {
        let is_free = |tile: Tile| !taken.missing(tile).is_empty();
        let (once, lonely) = suspects.sort(space.cells());
        let once: Vec<Tile> = once.into_iter().filter(|&tile| is_free(tile)).collect();
        let lonely = lonely.into_iter().find(|lonely| is_free(lonely.tile));
        let mut all = taken;
        for block in suspects.blocks(space.cells()) {
            all.add(block);
        }
        let Self { planner, threads, processes } = self;
        planner.replan(all, threads * processes);
        let tiles = granted(planner, threads, processes);
        if !tiles.is_empty() {
            return (tiles, None);
        }
        if !once.is_empty() {
            let part = once.len().div_ceil(processes).min(MOST_TILES);
            return (once[..part].to_vec(), None);
        }
        (lonely.iter().map(|lonely| lonely.tile).collect(), lonely)
    }
}

/// What a planner grants to a process of some threads.
fn granted(planner: &mut Planner, threads: usize, processes: usize) -> Vec<Tile> {
    let most = MOST_SECONDS * threads as f64;
    let fewest = FEWEST_SECONDS * threads as f64;
    let budget = planner
        .estimate()
        .map(|seconds| (seconds / (PART_OF_THE_REST * processes as f64)).max(fewest).min(most));
    let mut tiles = Vec::new();
    let mut seconds = 0.0;
    while tiles.len() < MOST_TILES {
        let is_enough = match budget {
            Some(budget) => seconds >= budget,
            // Nothing was measured yet: something for everybody.
            None => tiles.len() >= 2 * threads,
        };
        if is_enough {
            break;
        }
        let Some(tile) = planner.grant() else { break };
        seconds += planner.seconds_of(tile).unwrap_or(0.0);
        tiles.push(tile);
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale};
    use crate::table::Quantity;

    fn space() -> Space {
        let axis = |name: &str| {
            let quantity = Quantity::real(name, "1", "a test axis");
            let scale = Scale::Linear { from: 0.0, to: 1.0 };
            Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], 512).unwrap()
        };
        Space::new(vec![axis("x"), axis("y")]).unwrap()
    }

    fn points(space: &Space, tiles: &[Tile]) -> u64 {
        tiles.iter().map(|&tile| u64::from(space.cells().cell(tile.cell).points_of(tile).1)).sum()
    }

    #[test]
    fn processes_that_see_each_others_tiles_take_every_point_once_in_pieces_that_shrink() {
        let space = space();
        let nothing = Finished::new(space.cells());
        let mut planner = Planner::new(space.cells(), nothing.clone(), std::iter::empty(), 2, 4096);
        let mut taken = nothing;
        let mut pieces = Vec::new();
        loop {
            let wish = Wish { planner: &mut planner, threads: 2, processes: 3 };
            let (tiles, lonely) = wish.choose(taken.clone(), &Suspects::default(), &space);
            assert_eq!(lonely, None);
            if tiles.is_empty() {
                break;
            }
            for &tile in &tiles {
                let (_, points) = space.cells().cell(tile.cell).points_of(tile);
                assert_eq!(taken.add(tile), u64::from(points), "nobody else has a point of it");
                planner.completed(tile, 0.05 * f64::from(tile.count));
            }
            pieces.push(points(&space, &tiles));
        }
        assert_eq!(taken.points(), space.points());
        assert_eq!(pieces.iter().sum::<u64>(), space.points());
        // The first piece is a sample; the second is an even part of an estimate, the last are what few seconds hold.
        assert!(pieces[1] > pieces[pieces.len() - 1], "{pieces:?}");
        assert!(pieces[1] <= space.points() / 3, "{pieces:?}");
    }
}
