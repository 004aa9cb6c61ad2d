//! The computing threads of a process: each draws a tile from a source, measures it, hands its rows to the writer's queue, and
//! draws again. The only file that names rayon. Knows nothing of what is measured, of who hands out the work, or of the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::experiment::{Experiment, Rows, Status};
use crate::schedule::threads::seconds_of_this_thread;
use crate::schedule::{Care, Durations, ScheduleError, Source, Stop};
use crate::space::{Cell, Space, Tile};
use crate::store::status::Worker;
use crate::store::{Folder, Inlet, Lonely};
use crate::table::Table;

/// As many points are measured at once.
pub(super) const WIDTH: u32 = 256;

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
}

/// What the threads of a crew are at; whoever attends to them looks at it.
#[derive(Debug)]
pub struct Board {
    began: Instant,
    threads: usize,
    progress: Mutex<Progress>,
    tiles: Mutex<Durations>,
    computing: AtomicUsize,
    writing: AtomicUsize,
    is_broken: AtomicBool,
}

impl Board {
    /// How far they have come; `rest` is left to the source.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the progress.
    pub fn progress(&self) -> Progress {
        let progress = self.progress.lock().expect("no thread panics while it holds the progress").clone();
        Progress { elapsed: self.began.elapsed(), ..progress }
    }

    /// How long tiles took.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the durations.
    pub fn tiles(&self) -> Durations {
        self.tiles.lock().expect("no thread panics while it holds the durations").clone()
    }

    /// Whether a thread has panicked outside of the experiment, so that its tile will never be done.
    pub fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// How many of them are measuring.
    pub fn computing(&self) -> usize {
        self.computing.load(Ordering::Relaxed)
    }

    /// How many of them hand something to the writer: they wait there while the disk is slower than they are.
    pub fn writing(&self) -> usize {
        self.writing.load(Ordering::Relaxed)
    }
}

/// The computing threads of a process.
pub struct Crew<'run> {
    /// What is measured.
    pub experiment: &'run dyn Experiment,
    /// Where.
    pub space: &'run Space,
    /// How many threads compute, at least one.
    pub threads: usize,
    /// The wish to stop.
    pub stop: &'run Stop,
}

impl Crew<'_> {
    /// Lets the threads work until their source has nothing more or they should stop. Meanwhile the calling thread calls `attend`
    /// again and again; it says how long it wants to be left alone.
    ///
    /// # Errors
    /// When threads cannot be started.
    ///
    /// # Panics
    /// When the experiment gives rows of another length than it was asked for.
    pub fn work(
        &self,
        source: &dyn Source,
        inlet: &Inlet,
        attend: &mut dyn FnMut(&Board) -> Duration,
    ) -> Result<Progress, ScheduleError> {
        let pool = pool(self.threads)?;
        let board = Board {
            began: Instant::now(),
            threads: self.threads,
            progress: Mutex::default(),
            tiles: Mutex::default(),
            computing: AtomicUsize::new(0),
            writing: AtomicUsize::new(0),
            is_broken: AtomicBool::new(false),
        };
        let (finish, finished) = sync_channel::<()>(1);
        panics::listen();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let thread = Thread { crew: self, source, board: &board };
                pool.broadcast(|_| thread.work(&inlet.clone()));
                // Whoever attends may be gone if it has panicked.
                let _ = finish.send(());
            });
            // Should `attend` panic, no thread waits for work that nobody hands out any more.
            let _stop = OnPanic(|| self.stop.request());
            let mut pause = Duration::ZERO;
            while finished.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                self.stop.look_at_the_clock(&board.tiles());
                pause = attend(&board);
            }
        });
        panics::ignore();
        Ok(board.progress())
    }
}

/// Threads that wait for work.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, ScheduleError> {
    let builder = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("compute {number}"));
    builder.build().map_err(|error| ScheduleError::Threads { threads, reason: error.to_string() })
}

/// What a computing thread knows.
struct Thread<'run> {
    crew: &'run Crew<'run>,
    source: &'run dyn Source,
    board: &'run Board,
}

impl Thread<'_> {
    /// Draws tiles, measures them and hands them over, until there are none or it should stop.
    fn work(&self, inlet: &Inlet) {
        let _note = OnPanic(|| self.board.is_broken.store(true, Ordering::Release));
        while !self.crew.stop.is_requested() {
            let Some(tile) = self.source.next() else { return };
            let (began, used) = (Instant::now(), seconds_of_this_thread());
            let Some((rows, part, notes)) = self.measure(tile, inlet) else {
                self.source.given_back(tile);
                return;
            };
            // The journal keeps what the tile costs a core of its own, whatever else goes on there.
            let (seconds, cost) = (began.elapsed().as_secs_f64(), seconds_of_this_thread() - used);
            if part.count > 0 && !counted(&self.board.writing, || hand_over(inlet, part, cost, &rows)) {
                self.source.given_back(tile);
                return;
            }
            if part.count > 0 {
                self.note(&rows, notes, seconds);
                self.source.completed(part, seconds);
            }
            if part.count < tile.count {
                let (first, count) = (tile.first + part.count, tile.count - part.count);
                self.source.given_back(Tile { first, count, ..tile });
            }
        }
    }

    /// Measures a tile with the care it needs; `None` if the writer has failed.
    fn measure(&self, tile: Tile, inlet: &Inlet) -> Option<(Rows, Tile, Vec<String>)> {
        let Crew { experiment, space, stop, .. } = *self.crew;
        let cell = space.cells().cell(tile.cell);
        match self.source.care(tile) {
            Care::PointByPoint(lonely) => self.point_by_point(&lonely, &cell, inlet),
            care => self
                .begin(inlet, tile, None, care == Care::Noted)
                .then(|| counted(&self.board.computing, || measure(experiment, space, &cell, tile, stop))),
        }
    }

    /// Notes what is about to be measured. A thread may wait here for the disk, and must not seem to compute meanwhile.
    fn begin(&self, inlet: &Inlet, tile: Tile, point: Option<u32>, is_awaited: bool) -> bool {
        counted(&self.board.writing, || inlet.begin(tile, point, is_awaited))
    }

    /// Measures the points of a block each for itself, but for those that are known to kill the process, and notes each in the
    /// journal before it is begun. Gives no part of the block when it should stop.
    fn point_by_point(
        &self,
        lonely: &Lonely,
        cell: &Cell,
        inlet: &Inlet,
    ) -> Option<(Rows, Tile, Vec<String>)> {
        let Crew { experiment, space, stop, .. } = *self.crew;
        let (first, count) = cell.points_of(lonely.tile);
        let mut status = vec![Status::Quarantined; count as usize];
        let mut features = Table::undefined(experiment.quantities().len(), count as usize);
        let mut notes = Vec::new();
        for point in lonely.order(first..first + count) {
            if stop.is_requested() {
                return Some((
                    Rows { status: Vec::new(), features },
                    Tile { count: 0, ..lonely.tile },
                    notes,
                ));
            }
            if lonely.is_deadly(point) {
                let values = space.values(&cell.coordinates(point));
                notes.push(format!("at {values:?}: the process died, twice with nothing else in hand"));
                continue;
            }
            if !self.begin(inlet, lonely.tile, Some(point), true) {
                return None;
            }
            let table = space.table(cell, point, 1);
            let single = counted(&self.board.computing, || one_by_one(experiment, &table, &mut notes));
            let row = (point - first) as usize;
            status[row] = single.status[0];
            for (column, values) in single.features.columns().iter().enumerate() {
                features.column_mut(column)[row] = values[0];
            }
        }
        Some((Rows { status, features }, lonely.tile, notes))
    }

    fn note(&self, rows: &Rows, notes: Vec<String>, seconds: f64) {
        self.board.tiles.lock().expect("no thread panics while it holds the durations").add(seconds);
        let (statuses, regimes) = self.count(rows);
        let mut progress = self.board.progress.lock().expect("no thread panics while it holds the progress");
        progress.add(rows.status.len() as u64, statuses, &regimes, notes);
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
            let regime = usize::from(self.crew.experiment.classify(status, &row));
            if regimes.len() <= regime {
                regimes.resize(regime + 1, 0);
            }
            regimes[regime] += 1;
        }
        (statuses, regimes)
    }
}

fn hand_over(inlet: &Inlet, tile: Tile, seconds: f64, rows: &Rows) -> bool {
    let codes: Vec<u8> = rows.status.iter().map(|&status| status as u8).collect();
    inlet.hand_over(tile, seconds as f32, &codes, &rows.features)
}

/// Does something if the thread is panicking when this is dropped.
struct OnPanic<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.0)();
        }
    }
}

/// Does something while a gauge counts it.
fn counted<T>(gauge: &AtomicUsize, work: impl FnOnce() -> T) -> T {
    gauge.fetch_add(1, Ordering::Relaxed);
    let result = work();
    gauge.fetch_sub(1, Ordering::Relaxed);
    result
}

impl Progress {
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

/// Measures a tile; gives its rows, the part of it that was measured before a wish to stop was seen, and what panics said.
pub(super) fn measure(
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
pub(super) mod panics {
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
    pub(in crate::schedule) fn listen() {
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
    pub(in crate::schedule) fn ignore() {
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
