//! Runs an experiment over the threads of one machine, and says beforehand how long it would take. Knows nothing of what is
//! measured, and of the disk only the queue before the writer.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::experiment::{Attempt, Experiment, Interruption};
use crate::schedule::careful::Careful;
use crate::schedule::threads::seconds_of_this_thread;
use crate::schedule::{Board, Crew, Planner, Progress, ScheduleError, Shared, Source, Stop, physical_cores};
use crate::schedule::{crew, panics};
use crate::space::{Cell, Space, Tile};
use crate::store::{Folder, most_points_of_a_frame};

/// How often the watcher is told.
const TELL: Duration = Duration::from_millis(100);

/// How a run should be done.
pub struct Options<'run> {
    /// How many threads compute; one a physical core if not given.
    pub threads: Option<usize>,
    /// The wish to stop.
    pub stop: Stop,
    /// Told how it goes, about ten times a second.
    pub watch: &'run mut dyn FnMut(&Progress),
}

/// How a run has ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether every point of the space is in the journals now; if not, it was stopped and can be resumed.
    pub is_complete: bool,
    /// How far it has come.
    pub progress: Progress,
    /// How many threads computed.
    pub threads: usize,
}

/// Measures every point that the folder's journals do not hold yet, and leaves them synced.
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
    options: Options<'_>,
) -> Result<Outcome, ScheduleError> {
    let Options { threads, stop, watch } = options;
    let threads = threads.unwrap_or_else(physical_cores).max(1);
    let quantities = experiment.quantities().len();
    let start = Progress::at_start(space, folder);
    if start.taken == space.points() {
        return Ok(Outcome { is_complete: true, progress: start, threads });
    }
    folder.check_room(space, quantities)?;
    let suspects = folder.suspects(space, &[]);
    let mut taken = folder.finished().clone();
    for block in suspects.blocks(space.cells()) {
        taken.add(block);
    }
    let planned = Shared::new(Planner::new(
        space.cells(),
        taken,
        folder.index().tiles(),
        threads,
        most_points_of_a_frame(quantities),
    ));
    let source = Careful::after(&planned, &stop, suspects.sort(space.cells()), folder.is_after_a_death(&[]));
    let writer = folder.writer(2 * threads)?;
    let whole = |own: Progress, tile: f64| {
        let progress = start.and(own);
        let rest = progress.told(source.rest().map(|rest| rest / threads as f64), tile);
        Progress { rest, ..progress }
    };
    let crew = Crew { experiment, space, threads, stop: &stop };
    let measured = crew.work(&source, &writer.inlet(), &mut |board: &Board| {
        watch(&whole(board.progress(), board.tiles().long()));
        TELL
    });
    folder.close(writer)?;
    let progress = whole(measured?, 0.0);
    watch(&progress);
    Ok(Outcome { is_complete: folder.finished().points() == space.points(), progress, threads })
}

/// What a whole space would cost, from a sample.
#[derive(Clone, Copy, Debug)]
pub struct Forecast {
    /// Seconds of a core of its own that a thread needs for a point, while the others compute too: other work on this machine,
    /// as on a login node, does not count.
    pub seconds_a_point: f64,
    /// How far that may be off: two standard errors of the sample, a part of it.
    pub uncertainty: f64,
    /// How long the whole space takes here, at the load that there is.
    pub duration: Duration,
    /// How many points the sample had.
    pub sampled: u64,
}

/// How long a sample is taken.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// So long at most.
    pub most: Duration,
    /// No longer than until it is as certain as this.
    pub uncertainty: f64,
}

/// Tiles and what they cost, as the sums that a ratio and its error need.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    tiles: u64,
    points: f64,
    elapsed: f64,
    seconds: f64,
    points_squared: f64,
    seconds_squared: f64,
    mixed: f64,
}

impl Sample {
    fn add(&mut self, points: f64, elapsed: f64, seconds: f64) {
        self.tiles += 1;
        self.elapsed += elapsed;
        self.points += points;
        self.seconds += seconds;
        self.points_squared += points * points;
        self.seconds_squared += seconds * seconds;
        self.mixed += points * seconds;
    }

    /// Seconds a point.
    fn ratio(&self) -> f64 {
        self.seconds / self.points
    }

    /// Two standard errors of the ratio, a part of it: of the ratio estimator over tiles drawn at random (Cochran, Sampling
    /// Techniques, 1977, section 6.4). Tiles that are spread evenly are rather more certain.
    fn uncertainty(&self) -> f64 {
        let (count, ratio) = (self.tiles as f64, self.ratio());
        let rest = self.seconds_squared - 2.0 * ratio * self.mixed + ratio * ratio * self.points_squared;
        if self.tiles < 2 {
            return f64::INFINITY;
        }
        2.0 * (rest.max(0.0) * count / (count - 1.0)).sqrt() / self.seconds
    }
}

/// A sample of a study needs no more than this part of its points...
const LARGEST_PART: f64 = 0.25;

/// ...unless these take less than this, since less tells nothing.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(250);

/// Fewer tiles than this tell nothing of what tiles have in common.
const FEWEST_TILES: u64 = 64;

/// The most tiles of a sample.
const MOST_TILES: u64 = 4096;

/// How often is looked whether a sample has taken its time.
const LOOK: Duration = Duration::from_millis(10);

/// Measures blocks spread over the space for a while, on all threads at once, and tells what the whole space would take. When its
/// time is up it ends at once: blocks that are not measured to their end then count for as far as they have come.
///
/// # Errors
/// When threads cannot be started.
///
/// # Panics
/// Never: no thread panics while it holds the sample.
pub fn forecast(
    experiment: &dyn Experiment,
    space: &Space,
    threads: Option<usize>,
    patience: Patience,
) -> Result<Forecast, ScheduleError> {
    let threads = threads.unwrap_or_else(physical_cores).max(1);
    let pool = crew::pool(threads)?;
    let pilot = Pilot {
        experiment,
        space,
        uncertainty: patience.uncertainty,
        began: Instant::now(),
        next: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        sample: Mutex::default(),
    };
    let began = Instant::now();
    let (finish, finished) = sync_channel::<()>(1);
    panics::listen();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pool.broadcast(|_| pilot.measure());
            let _ = finish.send(());
        });
        while finished.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            if began.elapsed() >= patience.most {
                pilot.is_over.store(true, Ordering::Relaxed);
            }
        }
    });
    panics::ignore();
    let sample = pilot.sample.into_inner().expect("no thread panics while it holds the sample");
    let seconds = sample.elapsed / sample.points * space.points() as f64 / threads as f64;
    Ok(Forecast {
        seconds_a_point: sample.ratio(),
        uncertainty: sample.uncertainty(),
        duration: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        sampled: sample.points.ceil() as u64,
    })
}

/// A sample that is being measured.
struct Pilot<'run> {
    experiment: &'run dyn Experiment,
    space: &'run Space,
    /// It ends when it is as certain as this.
    uncertainty: f64,
    began: Instant,
    next: AtomicU64,
    is_over: AtomicBool,
    sample: Mutex<Sample>,
}

impl Interruption for Pilot<'_> {
    fn is_wished(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn is_urgent(&self) -> bool {
        self.is_wished()
    }
}

impl Pilot<'_> {
    /// Measures tiles, as one thread of several, until there are enough.
    fn measure(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (cell, tile) = self.tile(number);
            let (first, points) = cell.points_of(tile);
            let table = self.space.table(&cell, first, points);
            let (measured, used) = (Instant::now(), seconds_of_this_thread());
            let part = match crew::attempt(self.experiment, &table, Vec::new(), self) {
                Ok(Attempt::Interrupted { part, .. }) => part,
                // A panic is as dear as what went before it.
                Ok(Attempt::Measured(_)) | Err(_) => 1.0,
            };
            let (elapsed, seconds) = (measured.elapsed().as_secs_f64(), seconds_of_this_thread() - used);
            let mut sample = self.sample.lock().expect("no thread panics while it holds the sample");
            // Something has always been done, however little of a large whole it is.
            sample.add(f64::from(points) * part.max(1e-9), elapsed, seconds);
            let is_certain = sample.tiles >= FEWEST_TILES && sample.uncertainty() <= self.uncertainty;
            // To say what a short study costs should not cost as much.
            let is_large = sample.points >= LARGEST_PART * self.space.points() as f64
                && self.began.elapsed() >= SHORTEST_SAMPLE;
            if is_certain || is_large || number + 1 >= MOST_TILES {
                self.is_over.store(true, Ordering::Relaxed);
            }
            if self.is_wished() {
                return;
            }
        }
    }

    /// A tile of the sample: as many points as are measured side by side.
    fn tile(&self, number: u64) -> (Cell, Tile) {
        let cells = self.space.cells();
        // Multiples of the golden ratio fill the unit interval evenly at any number of them.
        let place = (number as f64 * 0.618_033_988_749_894_9).fract();
        let point = ((place * self.space.points() as f64) as u64).min(self.space.points() - 1);
        let (cell, inside) = cells.locate(&self.space.coordinates(point));
        let first = inside / cells.points_of_a_block();
        let count = cells.blocks_side_by_side().min(cell.blocks() - first);
        let tile = Tile { cell: cell.number(), first, count };
        (cell, tile)
    }
}
