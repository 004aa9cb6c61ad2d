//! Runs an experiment over the threads of one machine. The only file that names rayon. Knows nothing of what is measured, and of
//! the disk only the queue before the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::experiment::{Experiment, Rows, Status};
use crate::schedule::{Planner, ScheduleError, Stop, physical_cores};
use crate::space::{Cell, Space, Tile};
use crate::store::{Folder, Inlet, most_points_of_a_frame};
use crate::table::Table;

/// As many points are measured at once.
const WIDTH: u32 = 256;

/// How often the watcher is told.
const TELL: Duration = Duration::from_millis(100);

/// So many panics are kept in words.
const MOST_NOTES: usize = 20;

/// How a run should be done.
pub struct Options<'run> {
    /// How many threads compute; one a physical core if not given.
    pub threads: Option<usize>,
    /// The wish to stop.
    pub stop: Stop,
    /// Told how it goes, about ten times a second.
    pub watch: &'run mut dyn FnMut(&Progress),
}

/// How far a run has come.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// All points of the space.
    pub points: u64,
    /// Those that the journals held already.
    pub taken: u64,
    /// Those measured by this run.
    pub computed: u64,
    /// How the points measured by this run ended, by the number of the status.
    pub statuses: [u64; Status::ALL.len()],
    /// Their regimes, by number.
    pub regimes: Vec<u64>,
    /// Since the run began.
    pub elapsed: Duration,
    /// How much longer it will take, once that can be said.
    pub rest: Option<Duration>,
    /// Where an experiment has panicked and what it said, for the first few.
    pub panics: Vec<String>,
}

impl Progress {
    /// How many of the points measured by this run have failed.
    pub fn failed(&self) -> u64 {
        Status::ALL
            .iter()
            .filter(|status| status.is_failure())
            .map(|&status| self.statuses[status as usize])
            .sum()
    }

    /// Points a second.
    pub fn rate(&self) -> f64 {
        self.computed as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
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

/// What the threads share.
struct Board {
    planner: Planner,
    progress: Progress,
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
    let began = Instant::now();
    let Options { threads, stop, watch } = options;
    let threads = threads.unwrap_or_else(physical_cores).max(1);
    let quantities = experiment.quantities().len();
    let taken = folder.finished().points();
    let progress = Progress { points: space.points(), taken, ..Progress::default() };
    if taken == space.points() {
        return Ok(Outcome { is_complete: true, progress, threads });
    }
    folder.check_room(space, quantities)?;
    let pool = pool(threads)?;
    let planner = Planner::new(
        space.cells(),
        folder.finished().clone(),
        folder.index().tiles(),
        threads,
        most_points_of_a_frame(quantities),
    );
    let board = Mutex::new(Board { planner, progress });
    let writer = folder.writer(2 * threads)?;
    let inlet = writer.inlet();
    let (finish, finished) = sync_channel::<()>(1);
    let look = |board: &Mutex<Board>| {
        let board = board.lock().expect("no thread panics while it holds the board");
        let rest = board.planner.rest().map(|rest| Duration::from_secs_f64(rest / threads as f64));
        Progress { elapsed: began.elapsed(), rest, ..board.progress.clone() }
    };
    panics::listen();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let worker = Worker { experiment, space, board: &board, stop: &stop };
            pool.broadcast(|_| worker.work(&inlet.clone()));
            // The watcher may be gone if it has panicked.
            let _ = finish.send(());
        });
        while finished.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout) {
            watch(&look(&board));
        }
    });
    panics::ignore();
    drop(inlet);
    folder.close(writer)?;
    let progress = look(&board);
    watch(&progress);
    Ok(Outcome { is_complete: folder.finished().points() == space.points(), progress, threads })
}

/// What a whole space would cost, from a sample.
#[derive(Clone, Copy, Debug)]
pub struct Forecast {
    /// Seconds that one thread needs for a point, while the others compute too.
    pub seconds_a_point: f64,
    /// How far that may be off: two standard errors of the sample, a part of it.
    pub uncertainty: f64,
    /// How long the whole space takes.
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
    seconds: f64,
    points_squared: f64,
    seconds_squared: f64,
    mixed: f64,
}

impl Sample {
    fn add(&mut self, points: u64, seconds: f64) {
        let points = points as f64;
        self.tiles += 1;
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
    let pool = pool(threads)?;
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
            let count = (WIDTH / space.cells().points_of_a_block()).min(cell.blocks() - first);
            let tile = Tile { cell: cell.number(), first, count };
            let measured = Instant::now();
            let (_, part, _) = measure(experiment, space, &cell, tile, &stop);
            let seconds = measured.elapsed().as_secs_f64();
            let mut sample = sample.lock().expect("no thread panics while it holds the sample");
            sample.add(u64::from(cell.points_of(part).1), seconds);
            let is_certain = sample.tiles >= FEWEST_TILES && sample.uncertainty() <= patience.uncertainty;
            if is_certain || began.elapsed() >= patience.most || number >= 4096 {
                return;
            }
        }
    });
    panics::ignore();
    let sample = sample.into_inner().expect("no thread panics while it holds the sample");
    let seconds = sample.ratio() * space.points() as f64 / threads as f64;
    Ok(Forecast {
        seconds_a_point: sample.ratio(),
        uncertainty: sample.uncertainty(),
        duration: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        sampled: sample.points as u64,
    })
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, ScheduleError> {
    let builder = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("compute {number}"));
    builder.build().map_err(|error| ScheduleError::Threads { threads, reason: error.to_string() })
}

/// What a computing thread knows.
struct Worker<'run> {
    experiment: &'run dyn Experiment,
    space: &'run Space,
    board: &'run Mutex<Board>,
    stop: &'run Stop,
}

impl Worker<'_> {
    /// Asks for tiles, measures them and hands them over, until there are none or it should stop.
    fn work(&self, inlet: &Inlet) {
        while !self.stop.is_requested() {
            let tile = self.board.lock().expect("no thread panics while it holds the board").planner.grant();
            let Some(tile) = tile else { return };
            let began = Instant::now();
            let cell = self.space.cells().cell(tile.cell);
            let (rows, part, notes) = measure(self.experiment, self.space, &cell, tile, self.stop);
            if part.count == 0 {
                return;
            }
            let seconds = began.elapsed().as_secs_f64();
            let (statuses, regimes) = self.count(&rows);
            let codes: Vec<u8> = rows.status.iter().map(|&status| status as u8).collect();
            if !inlet.hand_over(part, seconds as f32, &codes, &rows.features) {
                return;
            }
            let mut board = self.board.lock().expect("no thread panics while it holds the board");
            board.planner.completed(part, seconds);
            board.progress.add(rows.status.len() as u64, statuses, &regimes, notes);
        }
    }

    fn count(&self, rows: &Rows) -> ([u64; Status::ALL.len()], Vec<u64>) {
        let mut statuses = [0; Status::ALL.len()];
        let mut regimes = Vec::new();
        let mut row = vec![f64::NAN; rows.features.width()];
        for (point, &status) in rows.status.iter().enumerate() {
            statuses[status as usize] += 1;
            for (value, column) in row.iter_mut().zip(rows.features.columns()) {
                *value = column[point];
            }
            let regime = usize::from(self.experiment.classify(status, &row));
            if regimes.len() <= regime {
                regimes.resize(regime + 1, 0);
            }
            regimes[regime] += 1;
        }
        (statuses, regimes)
    }
}

impl Progress {
    fn add(&mut self, points: u64, statuses: [u64; Status::ALL.len()], regimes: &[u64], notes: Vec<String>) {
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

/// Measures a tile; gives its rows, the part of it that was measured before a wish to stop was seen, and what panics said.
fn measure(
    experiment: &dyn Experiment,
    space: &Space,
    cell: &Cell,
    tile: Tile,
    stop: &Stop,
) -> (Rows, Tile, Vec<String>) {
    let (first, points) = cell.points_of(tile);
    let mut status = Vec::with_capacity(points as usize);
    let mut columns = vec![Vec::with_capacity(points as usize); experiment.quantities().len()];
    let mut notes = Vec::new();
    let mut done = 0;
    while done < points && (done == 0 || !stop.is_requested()) {
        let count = WIDTH.min(points - done);
        let table = space.table(cell, first + done, count);
        let rows = attempt(experiment, &table).unwrap_or_else(|_| one_by_one(experiment, &table, &mut notes));
        status.extend(rows.status);
        for (column, values) in columns.iter_mut().zip(rows.features.columns()) {
            column.extend_from_slice(values);
        }
        done += count;
    }
    let count = done.div_ceil(space.cells().points_of_a_block());
    (Rows { status, features: Table::from_columns(columns) }, Tile { count, ..tile }, notes)
}

/// Measures points; gives what a panic says if there is one.
fn attempt(experiment: &dyn Experiment, points: &Table) -> Result<Rows, String> {
    panics::in_experiment(|| catch_unwind(AssertUnwindSafe(|| experiment.measure(points))))
}

/// Measures points each for itself, so that a panic becomes the status of its own point only.
fn one_by_one(experiment: &dyn Experiment, points: &Table, notes: &mut Vec<String>) -> Rows {
    let quantities = experiment.quantities().len();
    let mut status = Vec::with_capacity(points.rows());
    let mut features = Table::undefined(quantities, points.rows());
    for row in 0..points.rows() {
        let values: Vec<f64> = points.columns().iter().map(|column| column[row]).collect();
        let mut single = Table::undefined(values.len(), 1);
        for (column, &value) in values.iter().enumerate() {
            single.column_mut(column)[0] = value;
        }
        match attempt(experiment, &single) {
            Ok(rows) => {
                status.push(rows.status[0]);
                for column in 0..quantities {
                    features.column_mut(column)[row] = rows.features.column(column)[0];
                }
            }
            Err(note) => {
                status.push(Status::Panic);
                notes.push(format!("at {values:?}: {note}"));
            }
        }
    }
    Rows { status, features }
}

/// What panics inside an experiment say: kept, rather than printed between the lines of a progress bar.
mod panics {
    use std::cell::{Cell, RefCell};
    use std::panic;
    use std::sync::Mutex;

    thread_local! {
        static IN_EXPERIMENT: Cell<bool> = const { Cell::new(false) };
        static LAST: RefCell<String> = const { RefCell::new(String::new()) };
    }

    /// How many runs are listening: the hook is the process', runs may overlap in tests.
    static LISTENERS: Mutex<usize> = Mutex::new(0);

    type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync>;

    static BEFORE: Mutex<Option<Hook>> = Mutex::new(None);

    /// Sets the hook.
    pub(super) fn listen() {
        let mut listeners = LISTENERS.lock().expect("nothing panics here");
        *listeners += 1;
        if *listeners > 1 {
            return;
        }
        *BEFORE.lock().expect("nothing panics here") = Some(panic::take_hook());
        panic::set_hook(Box::new(|info| {
            if IN_EXPERIMENT.get() {
                LAST.set(info.to_string());
            } else if let Some(before) = &*BEFORE.lock().expect("nothing panics here") {
                before(info);
            }
        }));
    }

    /// Gives the hook back.
    pub(super) fn ignore() {
        let mut listeners = LISTENERS.lock().expect("nothing panics here");
        *listeners -= 1;
        if *listeners == 0
            && let Some(before) = BEFORE.lock().expect("nothing panics here").take()
        {
            panic::set_hook(before);
        }
    }

    /// Runs what may panic; gives what the panic said.
    pub(super) fn in_experiment<T>(attempt: impl FnOnce() -> std::thread::Result<T>) -> Result<T, String> {
        IN_EXPERIMENT.set(true);
        let result = attempt();
        IN_EXPERIMENT.set(false);
        result.map_err(|_| LAST.take())
    }
}
