//! The computing threads of a process: each draws a tile from a source, measures it, hands its rows to the writer's queue, and
//! draws again. The only file that names rayon. Knows nothing of what is measured, of who hands out the work, or of the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::experiment::{Attempt, Experiment, Interruption, Rows, Standing, Status};
use crate::schedule::piece::{Piece, parts};
use crate::schedule::threads::seconds_of_this_thread;
use crate::schedule::{Care, Durations, Progress, ScheduleError, Source, Stop, panics};
use crate::space::{Cell, Space, Tile};
use crate::store::status::Activity;
use crate::store::{Inlet, Lonely, most_points_of_a_frame};
use crate::table::Table;

/// What takes longer is saved again and again.
const SAVE: Duration = Duration::from_secs(30);

/// The same for what was in hand when a process died: what kills its process does so again where it was saved last, and whoever kills
/// processes from outside lets it go on from there.
const SAVE_SUSPECTED: Duration = Duration::from_millis(100);

/// Of the time of what is suspected, saving takes at most one part of so many.
const SHARE_OF_SAVING: u32 = 20;

/// Work of less than so many seconds of a core is not worth saving when the run should stop.
const WORTH_SAVING: f64 = 0.1;

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
    /// Milliseconds since the run began, as far as whoever attends has looked: to read it costs a thread nothing.
    clock: AtomicU64,
}

impl Board {
    /// Of threads that begin now.
    fn new(threads: usize) -> Self {
        Self {
            began: Instant::now(),
            threads,
            progress: Mutex::default(),
            tiles: Mutex::default(),
            computing: AtomicUsize::new(0),
            writing: AtomicUsize::new(0),
            is_broken: AtomicBool::new(false),
            clock: AtomicU64::new(0),
        }
    }

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

    /// What they are at, together.
    pub fn activity(&self) -> Activity {
        if self.computing() > 0 {
            Activity::Computing
        } else if self.writing() > 0 {
            Activity::Writing
        } else {
            Activity::Waiting
        }
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
        let board = Board::new(self.threads);
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
                board.clock.store(board.began.elapsed().as_millis() as u64, Ordering::Relaxed);
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

/// There is no use in going on.
struct WriterFailed;

/// What was measured of a tile.
struct Part {
    /// The blocks that are measured to their end, from the tile's first.
    tile: Tile,
    rows: Rows,
    /// Blocks of it that a checkpoint is kept of.
    kept: Vec<Tile>,
    /// The seconds of a core that earlier processes have spent on them.
    spent: f64,
    /// What panics said.
    notes: Vec<String>,
}

impl Thread<'_> {
    /// Draws tiles, measures them and hands them over, until there are none or it should stop.
    fn work(&self, inlet: &Inlet) {
        let _note = OnPanic(|| self.board.is_broken.store(true, Ordering::Release));
        while !self.crew.stop.is_requested() {
            let Some(tile) = self.source.next() else { return };
            let (began, used) = (Instant::now(), seconds_of_this_thread());
            let Some(Part { tile: part, rows, kept, spent, notes }) = self.measure(tile, inlet) else {
                self.source.given_back(tile);
                return;
            };
            // The journal keeps what the tile costs a core of its own, whatever else goes on there, and whoever began it.
            let (seconds, cost) = (began.elapsed().as_secs_f64(), spent + seconds_of_this_thread() - used);
            if part.count > 0 {
                if !counted(&self.board.writing, || self.hand_over(inlet, part, cost, &rows, kept)) {
                    self.source.given_back(tile);
                    return;
                }
                self.note(&rows, notes, seconds);
                self.source.completed(part, seconds);
            }
            if part.count < tile.count {
                let (first, count) = (tile.first + part.count, tile.count - part.count);
                self.source.given_back(Tile { first, count, ..tile });
            }
        }
    }

    /// Hands over the rows of a tile, in frames that are not too large. Gives `false` when the writer has failed.
    fn hand_over(&self, inlet: &Inlet, tile: Tile, seconds: f64, rows: &Rows, kept: Vec<Tile>) -> bool {
        let space = self.crew.space;
        let most = most_points_of_a_frame(self.crew.experiment.quantities().len());
        let blocks = (most / u64::from(space.cells().points_of_a_block())).max(1) as u32;
        let codes: Vec<u8> = rows.status.iter().map(|&status| status as u8).collect();
        if tile.count <= blocks {
            return inlet.hand_over(tile, seconds as f32, &codes, &rows.features) && inlet.forget(kept);
        }
        let cell = space.cells().cell(tile.cell);
        let mut row = 0;
        for part in parts(tile, blocks) {
            let points = cell.points_of(part).1 as usize;
            let chosen: Vec<usize> = (row..row + points).collect();
            let seconds = seconds * points as f64 / codes.len() as f64;
            let features = rows.features.chosen(&chosen);
            if !inlet.hand_over(part, seconds as f32, &codes[row..row + points], &features) {
                return false;
            }
            row += points;
        }
        inlet.forget(kept)
    }

    /// Measures a tile with the care it needs, as far as it comes before the wish to stop; `None` if the writer has failed.
    fn measure(&self, tile: Tile, inlet: &Inlet) -> Option<Part> {
        let Crew { experiment, space, stop, .. } = *self.crew;
        let cell = space.cells().cell(tile.cell);
        let width = experiment.quantities().len();
        let care = self.source.care(tile);
        let lonely = match &care {
            Care::PointByPoint(lonely) => Some(lonely),
            care => {
                if !self.begin(inlet, tile, None, *care == Care::Noted) {
                    return None;
                }
                None
            }
        };
        let mut status = Vec::new();
        let mut columns = vec![Vec::new(); width];
        let mut part = Part {
            tile: Tile { count: 0, ..tile },
            rows: Rows { status: Vec::new(), features: Table::undefined(width, 0) },
            kept: Vec::new(),
            spent: 0.0,
            notes: Vec::new(),
        };
        for own in parts(tile, space.cells().blocks_side_by_side()) {
            if stop.is_requested() {
                break;
            }
            let mut piece = Piece::of(own, tile, &cell, inlet.checkpoints());
            let rows = match lonely {
                Some(lonely) => {
                    self.point_by_point(&mut piece, lonely, &cell, inlet, &mut part.notes).ok()?
                }
                None => counted(&self.board.computing, || {
                    self.side_by_side(&mut piece, &cell, inlet, care != Care::Usual, &mut part.notes)
                }),
            };
            let Some(rows) = rows else { break };
            status.extend(rows.status);
            for (column, values) in columns.iter_mut().zip(rows.features.columns()) {
                column.extend_from_slice(values);
            }
            part.tile.count += own.count;
            part.kept.extend(piece.kept);
            part.spent += piece.spent;
        }
        part.rows = Rows { status, features: Table::from_columns(columns) };
        Some(part)
    }

    /// Notes what is about to be measured. A thread may wait here for the disk, and must not seem to compute meanwhile.
    fn begin(&self, inlet: &Inlet, tile: Tile, point: Option<u32>, is_awaited: bool) -> bool {
        counted(&self.board.writing, || inlet.begin(tile, point, is_awaited))
    }

    /// Measures the points of a piece at once; `None` if the wish to stop came before their end.
    fn side_by_side(
        &self,
        piece: &mut Piece,
        cell: &Cell,
        inlet: &Inlet,
        is_suspected: bool,
        notes: &mut Vec<String>,
    ) -> Option<Rows> {
        let Crew { experiment, space, .. } = *self.crew;
        let (first, points) = cell.points_of(piece.tile);
        let table = space.table(cell, first, points);
        let mut is_apart = false;
        loop {
            let pause = self.pause(piece, is_suspected);
            let standings = piece.standings.clone();
            let attempted = if is_apart {
                apart(self.crew, &table, standings, &pause, notes)
            } else {
                attempt(experiment, &table, standings, &pause).unwrap_or_else(|_| {
                    is_apart = true;
                    apart(self.crew, &table, piece.standings.clone(), &pause, notes)
                })
            };
            match attempted {
                Attempt::Measured(rows) => return Some(rows),
                Attempt::Interrupted { standings, .. } => {
                    piece.standings = standings;
                    if self.is_over(piece, cell, inlet) {
                        return None;
                    }
                }
            }
        }
    }

    /// The next pause of a piece.
    fn pause(&self, piece: &Piece, is_suspected: bool) -> Pause<'_> {
        let save =
            if is_suspected { SAVE_SUSPECTED.max(piece.keeping * SHARE_OF_SAVING).min(SAVE) } else { SAVE };
        let until = self.board.clock.load(Ordering::Relaxed) + save.as_millis() as u64;
        Pause { stop: self.crew.stop, clock: &self.board.clock, until }
    }

    /// Keeps where a piece stands after an interruption, and gives whether it was for good.
    fn is_over(&self, piece: &mut Piece, cell: &Cell, inlet: &Inlet) -> bool {
        let is_over = self.crew.stop.is_requested();
        if !is_over || !piece.kept.is_empty() || piece.cost() >= WORTH_SAVING {
            counted(&self.board.writing, || {
                match piece.keep(cell, inlet.checkpoints()) {
                    // A writer that has failed is found out at the end of the tile.
                    Ok(()) => drop(inlet.kept(piece.begun)),
                    Err(error) => {
                        let mut progress =
                            self.board.progress.lock().expect("no thread panics while it holds the progress");
                        progress.unkept = Some(error.to_string());
                    }
                }
            });
        }
        is_over
    }

    /// Measures the points of a block each for itself, or each chain of them, but for those that are known to kill the process, and
    /// notes each in the journal before it is begun; no rows if the wish to stop came before their end.
    fn point_by_point(
        &self,
        piece: &mut Piece,
        lonely: &Lonely,
        cell: &Cell,
        inlet: &Inlet,
        notes: &mut Vec<String>,
    ) -> Result<Option<Rows>, WriterFailed> {
        let Crew { experiment, space, stop, .. } = *self.crew;
        let (first, count) = cell.points_of(lonely.tile);
        let width = experiment.quantities().len();
        let together = experiment.points_of_a_chain();
        piece.standings.resize(count as usize, Standing::Ahead);
        for point in lonely.order((first..first + count).step_by(together as usize)) {
            let own = (point - first) as usize..(point - first + together).min(count) as usize;
            if lonely.is_deadly(point) {
                let values = space.values(&cell.coordinates(point));
                let place = place(space, &values);
                notes.push(format!("at {place}: the process died, twice with nothing else in hand"));
                piece.standings[own.clone()]
                    .fill(Standing::Ended(Status::Quarantined, vec![f64::NAN; width]));
            }
            let mut is_begun = false;
            while !piece.standings[own.clone()].iter().all(|own| matches!(own, Standing::Ended(..))) {
                if stop.is_requested() {
                    self.is_over(piece, cell, inlet);
                    return Ok(None);
                }
                // Once: after a pause it is noted that what was done is kept, and to die later is no death of the point.
                if !is_begun && !self.begin(inlet, lonely.tile, Some(point), true) {
                    return Err(WriterFailed);
                }
                is_begun = true;
                let table = space.table(cell, point, own.len() as u32);
                let pause = self.pause(piece, true);
                let standings = piece.standings[own.clone()].to_vec();
                let attempted = counted(&self.board.computing, || {
                    attempt(experiment, &table, standings.clone(), &pause)
                        .unwrap_or_else(|_| apart(self.crew, &table, standings, &pause, notes))
                });
                let standings = match attempted {
                    Attempt::Interrupted { standings, .. } => standings,
                    Attempt::Measured(rows) => {
                        let of = |(row, &status)| Standing::Ended(status, rows.features.row(row));
                        rows.status.iter().enumerate().map(of).collect()
                    }
                };
                piece.standings[own.clone()].clone_from_slice(&standings);
                if pause.is_wished() {
                    self.is_over(piece, cell, inlet);
                }
            }
        }
        Ok(Some(rows_of(&piece.standings, width)))
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

/// A pause of a measurement: when the run should stop, or it is time to save what was done.
struct Pause<'run> {
    stop: &'run Stop,
    /// Milliseconds since the run began.
    clock: &'run AtomicU64,
    until: u64,
}

impl Interruption for Pause<'_> {
    fn is_wished(&self) -> bool {
        self.clock.load(Ordering::Relaxed) >= self.until || self.is_urgent()
    }

    fn is_urgent(&self) -> bool {
        self.stop.is_requested()
    }
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

/// Measures points; gives what a panic says if there is one.
pub(super) fn attempt(
    experiment: &dyn Experiment,
    points: &Table,
    standings: Vec<Standing>,
    interruption: &dyn Interruption,
) -> Result<Attempt, String> {
    let attempt = || experiment.attempt(points, standings, interruption);
    panics::in_experiment(|| catch_unwind(AssertUnwindSafe(attempt)))
}

/// Measures points each for itself, so that a panic becomes the status of its own point only.
fn apart(
    crew: &Crew<'_>,
    points: &Table,
    mut standings: Vec<Standing>,
    interruption: &dyn Interruption,
    notes: &mut Vec<String>,
) -> Attempt {
    let experiment = crew.experiment;
    let width = experiment.quantities().len();
    standings.resize(points.rows(), Standing::Ahead);
    for row in 0..points.rows() {
        if matches!(standings[row], Standing::Ended(..)) {
            continue;
        }
        let own = vec![std::mem::take(&mut standings[row])];
        standings[row] = match attempt(experiment, &points.chosen(&[row]), own, interruption) {
            Ok(Attempt::Measured(rows)) => Standing::Ended(rows.status[0], rows.features.row(0)),
            Ok(Attempt::Interrupted { mut standings, .. }) => standings.swap_remove(0),
            Err(note) => {
                notes.push(format!("at {}: {note}", place(crew.space, &points.row(row))));
                Standing::Ended(Status::Panic, vec![f64::NAN; width])
            }
        };
        if interruption.is_wished() && !standings.iter().all(|own| matches!(own, Standing::Ended(..))) {
            return Attempt::Interrupted { standings, part: row as f64 / points.rows() as f64 };
        }
    }
    Attempt::Measured(rows_of(&standings, width))
}

/// Where a point is, as a user reads it.
fn place(space: &Space, values: &[f64]) -> String {
    let named = space.columns().iter().zip(values).map(|(column, value)| match column.unit.as_str() {
        "1" | "" => format!("{} = {value}", column.name),
        unit => format!("{} = {value} {unit}", column.name),
    });
    named.collect::<Vec<_>>().join(", ")
}

/// The rows of points that have ended; those that have not are no rows.
fn rows_of(standings: &[Standing], width: usize) -> Rows {
    let mut status = Vec::with_capacity(standings.len());
    let mut columns = vec![Vec::with_capacity(standings.len()); width];
    for standing in standings {
        let Standing::Ended(own, features) = standing else { continue };
        status.push(*own);
        columns.iter_mut().zip(features).for_each(|(column, value)| column.push(*value));
    }
    Rows { status, features: Table::from_columns(columns) }
}

#[cfg(test)]
mod tests;
