//! Runs an experiment over the threads of one machine, and says beforehand how long it would take. Knows nothing of what is
//! measured, and of the disk only the queue before the writer.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::experiment::Experiment;
use crate::schedule::careful::Careful;
use crate::schedule::crew::{self, WIDTH, measure, panics};
use crate::schedule::threads::seconds_of_this_thread;
use crate::schedule::{Board, Crew, Planner, Progress, ScheduleError, Shared, Source, Stop, physical_cores};
use crate::space::{Space, Tile};
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
    fn add(&mut self, points: u64, elapsed: f64, seconds: f64) {
        let points = points as f64;
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

/// Fewer tiles than this tell nothing of what tiles have in common.
const FEWEST_TILES: u64 = 64;

/// Measures blocks spread over the space for a while, on all threads at once, and tells what the whole space would take.
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
    let began = Instant::now();
    let next = std::sync::atomic::AtomicU64::new(0);
    let stop = Stop::new();
    let sample = Mutex::new(Sample::default());
    panics::listen();
    pool.broadcast(|_| {
        loop {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            // Multiples of the golden ratio fill the unit interval evenly at any number of them.
            let place = (number as f64 * 0.618_033_988_749_894_9).fract();
            let point = ((place * space.points() as f64) as u64).min(space.points() - 1);
            let (cell, inside) = space.cells().locate(&space.coordinates(point));
            let first = inside / space.cells().points_of_a_block();
            let count = (WIDTH / space.cells().points_of_a_block()).max(1).min(cell.blocks() - first);
            let tile = Tile { cell: cell.number(), first, count };
            let (measured, used) = (Instant::now(), seconds_of_this_thread());
            let (_, part, _) = measure(experiment, space, &cell, tile, &stop);
            let (elapsed, seconds) = (measured.elapsed().as_secs_f64(), seconds_of_this_thread() - used);
            let mut sample = sample.lock().expect("no thread panics while it holds the sample");
            sample.add(u64::from(cell.points_of(part).1), elapsed, seconds);
            let is_certain = sample.tiles >= FEWEST_TILES && sample.uncertainty() <= patience.uncertainty;
            if is_certain || began.elapsed() >= patience.most || number >= 4096 {
                return;
            }
        }
    });
    panics::ignore();
    let sample = sample.into_inner().expect("no thread panics while it holds the sample");
    let seconds = sample.elapsed / sample.points * space.points() as f64 / threads as f64;
    Ok(Forecast {
        seconds_a_point: sample.ratio(),
        uncertainty: sample.uncertainty(),
        duration: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        sampled: sample.points as u64,
    })
}
