//! One thread of a crew, with an experiment that can be interrupted before each of its steps, and a clock that the test sets.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::*;
use crate::experiment::Halfway;
use crate::space::{Axis, AxisColumn, Placement, Scale};
use crate::store::{Fate, Folder, Identity};
use crate::table::Quantity;

/// How many steps a point takes.
const STEPS: u64 = 3;

/// Gives `[10 x, 10 x, ..]` at a point x, after some steps.
struct Stepwise<'t> {
    quantities: Vec<Quantity>,
    stop: Stop,
    board: &'t Board,
    /// A step takes a core so many seconds.
    lasts: f64,
    /// Before the step of this number, counted over all points, something happens.
    event: (usize, Event),
    /// The point at which it panics.
    panics_at: Option<f64>,
    /// Steps made so far, ...
    steps: AtomicUsize,
    /// ... and how often it was called with several points.
    calls: AtomicUsize,
    /// The steps that points had behind them when they were begun, where there were any.
    resumed: Mutex<Vec<u64>>,
    /// Where checkpoints are kept; whether some were, at each step.
    unfinished: PathBuf,
    was_kept: Mutex<Vec<bool>>,
    /// Called before the first step after the event.
    after: Option<Box<dyn Fn() + Sync + 't>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Event {
    Nothing,
    Stop,
    HalfAMinute,
}

impl<'t> Stepwise<'t> {
    fn new(width: usize, board: &'t Board, folder: &Path) -> Self {
        Self {
            quantities: (0..width)
                .map(|number| Quantity::real(format!("f{number}"), "1", "ten times x"))
                .collect(),
            stop: Stop::new(),
            board,
            lasts: 0.0,
            event: (0, Event::Nothing),
            panics_at: None,
            steps: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            resumed: Mutex::default(),
            unfinished: folder.join("unfinished"),
            was_kept: Mutex::default(),
            after: None,
        }
    }

    fn step(&self) {
        assert_eq!(self.board.computing(), 1, "who measures is counted");
        let began = seconds_of_this_thread();
        while seconds_of_this_thread() - began < self.lasts {
            std::hint::spin_loop();
        }
        let number = self.steps.fetch_add(1, Ordering::Relaxed);
        self.was_kept.lock().unwrap().push(self.unfinished.exists());
        if let Some(after) = self.after.as_ref().filter(|_| number == self.event.0 + 1) {
            after();
        }
        match self.event {
            (at, Event::Stop) if at == number => self.stop.request(),
            (at, Event::HalfAMinute) if at == number => {
                self.board.clock.fetch_add(SAVE.as_millis() as u64 + 1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

impl Experiment for Stepwise<'_> {
    fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    fn measure(&self, _: &Table) -> Rows {
        unreachable!("a crew attempts")
    }

    fn attempt(&self, points: &Table, mut standings: Vec<Standing>, pause: &dyn Interruption) -> Attempt {
        self.calls.fetch_add(usize::from(points.rows() > 1), Ordering::Relaxed);
        standings.resize(points.rows(), Standing::Ahead);
        for row in 0..points.rows() {
            let x = points.row(row)[0];
            let mut done = match &standings[row] {
                Standing::Ahead => 0,
                Standing::Begun(halfway) => halfway.counts[0],
                Standing::Ended(..) => continue,
            };
            if done > 0 {
                self.resumed.lock().unwrap().push(done);
            }
            while done < STEPS {
                if pause.is_wished() {
                    standings[row] = Standing::Begun(Halfway { counts: vec![done], values: vec![] });
                    return Attempt::Interrupted { standings, part: 0.5 };
                }
                self.step();
                assert!(self.panics_at != Some(x), "this point cannot be measured");
                done += 1;
            }
            standings[row] = Standing::Ended(Status::Ok, vec![10.0 * x; self.quantities.len()]);
        }
        Attempt::Measured(rows_of(&standings, self.quantities.len()))
    }

    fn classify(&self, status: Status, _: &[f64]) -> u8 {
        u8::from(status != Status::Ok)
    }
}

/// Hands out tiles, and remembers what became of them.
#[derive(Default)]
struct List {
    tiles: Mutex<VecDeque<Tile>>,
    lonely: Option<Lonely>,
    completed: Mutex<Vec<Tile>>,
    given_back: Mutex<Vec<Tile>>,
}

impl List {
    fn of(tiles: &[Tile]) -> Self {
        Self { tiles: Mutex::new(tiles.iter().copied().collect()), ..Self::default() }
    }
}

impl Source for List {
    fn next(&self) -> Option<Tile> {
        self.tiles.lock().unwrap().pop_front()
    }
    fn completed(&self, tile: Tile, seconds: f64) {
        assert!(seconds >= 0.0);
        self.completed.lock().unwrap().push(tile);
    }
    fn care(&self, _: Tile) -> Care {
        self.lonely.clone().map_or(Care::Usual, Care::PointByPoint)
    }
    fn given_back(&self, tile: Tile) {
        self.given_back.lock().unwrap().push(tile);
    }
    fn rest(&self) -> Option<f64> {
        None
    }
}

fn space() -> Space {
    let quantity = Quantity::real("x", "1", "a test axis");
    let scale = Scale::Linear { from: 0.0, to: 4095.0 };
    Space::new(vec![
        Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], 4096).unwrap(),
    ])
    .unwrap()
}

fn identity() -> Identity {
    Identity { canonical: "experiment = stepwise\n".into(), origin: "a test".into() }
}

fn open(path: &Path, width: usize) -> Folder {
    Folder::open(path, &identity(), &space(), width, Fate::Resume).unwrap()
}

fn tile(first: u32, count: u32) -> Tile {
    Tile { cell: 0, first, count }
}

/// Lets one thread work on this test's own, and closes the journal.
fn work(experiment: &Stepwise<'_>, source: &List, folder: &mut Folder) {
    let space = space();
    let writer = folder.writer(4).unwrap();
    let crew = Crew { experiment, space: &space, threads: 1, stop: &experiment.stop };
    Thread { crew: &crew, source, board: experiment.board }.work(&writer.inlet());
    folder.close(writer).unwrap();
}

/// The first feature of the points that a folder holds, by their number.
fn held(folder: &Folder) -> Vec<(usize, f64)> {
    let (space, absent) = (space(), Status::NotComputed as u8);
    let rows = folder.index().cell(&space, &space.cells().cell(0), absent).unwrap();
    let is_there = |point: &usize| rows.status[*point] != absent;
    (0..rows.status.len()).filter(is_there).map(|point| (point, rows.features[0][point])).collect()
}

/// What points of blocks should give.
fn expected(tile: Tile) -> Vec<(usize, f64)> {
    let (first, count) = space().cells().cell(0).points_of(tile);
    (first..first + count).map(|point| (point as usize, 10.0 * f64::from(point))).collect()
}

#[test]
fn a_tile_is_measured_at_once_and_leaves_no_checkpoint() {
    let (place, board) = (tempfile::tempdir().unwrap(), Board::new(1));
    let experiment = Stepwise::new(1, &board, place.path());
    let (source, mut folder) = (List::of(&[tile(0, 1)]), open(place.path(), 1));
    work(&experiment, &source, &mut folder);
    assert_eq!(held(&folder), expected(tile(0, 1)));
    assert_eq!(experiment.calls.load(Ordering::Relaxed), 1);
    assert_eq!(*source.completed.lock().unwrap(), [tile(0, 1)]);
    assert!(source.given_back.lock().unwrap().is_empty());
    assert!(!experiment.was_kept.lock().unwrap().contains(&true));
    let progress = board.progress();
    assert_eq!(
        (progress.computed, progress.statuses[0]),
        (expected(tile(0, 1)).len() as u64, progress.computed)
    );
    assert_eq!(progress.regimes, [progress.computed]);
}

#[test]
fn what_a_stop_leaves_of_a_tile_is_given_back_and_goes_on_where_it_was() {
    let (place, of_board) = (tempfile::tempdir().unwrap(), Board::new(1));
    let side_by_side = space().cells().blocks_side_by_side();
    let (whole, rest) = (tile(0, side_by_side + 1), tile(side_by_side, 1));
    let first = expected(tile(0, side_by_side)).len();
    let mut experiment = Stepwise::new(1, &of_board, place.path());
    // In the middle of the second point after the first part.
    experiment.event = (STEPS as usize * (first + 1) + 1, Event::Stop);
    let (source, mut folder) = (List::of(&[whole, tile(9, 1)]), open(place.path(), 1));
    work(&experiment, &source, &mut folder);
    assert_eq!(*source.completed.lock().unwrap(), [tile(0, side_by_side)]);
    assert_eq!(*source.given_back.lock().unwrap(), [rest]);
    assert_eq!(source.tiles.lock().unwrap().len(), 1, "nothing more is begun");
    assert_eq!(held(&folder), expected(tile(0, side_by_side)));
    assert!(!experiment.unfinished.exists(), "what took so short a time is not worth keeping");
    // The same with steps that take their time.
    let mut experiment = Stepwise::new(1, &of_board, place.path());
    experiment.lasts = WORTH_SAVING / 4.0;
    experiment.event = (4, Event::Stop);
    let source = List::of(&[rest]);
    work(&experiment, &source, &mut folder);
    assert!(source.completed.lock().unwrap().is_empty());
    assert!(experiment.unfinished.exists());
    let experiment = Stepwise::new(1, &of_board, place.path());
    work(&experiment, &List::of(&[rest]), &mut folder);
    assert_eq!(*experiment.resumed.lock().unwrap(), [2], "the second point had two steps behind it");
    assert_eq!(experiment.steps.load(Ordering::Relaxed), expected(rest).len() * STEPS as usize - 5);
    assert_eq!(held(&folder), expected(whole));
    assert!(!experiment.unfinished.exists(), "what is in a journal is not kept twice");
}

#[test]
fn work_that_takes_long_is_kept_again_and_again_and_a_death_after_that_is_no_death_of_it() {
    let (place, elsewhere, board) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), Board::new(1));
    let mut experiment = Stepwise::new(1, &board, place.path());
    experiment.event = (7, Event::HalfAMinute);
    let mut folder = open(place.path(), 1);
    let space = space();
    let writer = folder.writer(4).unwrap();
    let inlet = writer.inlet();
    let crew = Crew { experiment: &experiment, space: &space, threads: 1, stop: &experiment.stop };
    let source = List::of(&[tile(3, 1)]);
    let thread = Thread { crew: &crew, source: &source, board: &board };
    let cell = space.cells().cell(0);
    // Up to the checkpoint, by hand: a copy of the folder is what a kill would leave.
    assert!(inlet.begin(tile(3, 1), None, true));
    let mut piece = Piece::of(tile(3, 1), tile(3, 1), &cell, inlet.checkpoints());
    let halfway = Halfway { counts: vec![1], values: vec![] };
    piece.standings = vec![Standing::Ahead; expected(tile(3, 1)).len()];
    piece.standings[5] = Standing::Begun(halfway);
    assert!(!thread.is_over(&mut piece, &cell, &inlet), "nobody wishes to stop");
    assert!(inlet.begin(tile(5, 1), None, true), "a note that is written after all others");
    copy(place.path(), elsewhere.path());
    let dead = Folder::read(elsewhere.path(), &identity(), &space, 1).unwrap();
    assert_eq!(dead.suspects(&space, &[]).blocks(space.cells()), [tile(5, 1)]);
    // And as a whole.
    thread.work(&inlet);
    drop(inlet);
    folder.close(writer).unwrap();
    assert_eq!(held(&folder), expected(tile(3, 1)));
    assert_eq!(
        *experiment.resumed.lock().unwrap(),
        [2, 1],
        "where it was interrupted, and what was there before"
    );
    assert!(!experiment.unfinished.exists());
}

/// The files of a folder and of those in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else if !entry.file_name().to_string_lossy().starts_with("claim") {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

#[test]
fn a_panic_costs_its_own_point_and_is_not_asked_for_twice_in_company() {
    let (place, board) = (tempfile::tempdir().unwrap(), Board::new(1));
    let mut experiment = Stepwise::new(1, &board, place.path());
    let point = expected(tile(2, 1))[4].0;
    experiment.panics_at = Some(point as f64);
    // While points are measured each for itself.
    experiment.event = (STEPS as usize * 6, Event::HalfAMinute);
    let (source, mut folder) = (List::of(&[tile(2, 1)]), open(place.path(), 1));
    panics::listen();
    work(&experiment, &source, &mut folder);
    panics::ignore();
    let rows = held(&folder);
    assert!(rows.iter().all(|(number, value)| value.is_nan() == (*number == point)));
    assert_eq!(rows.len(), expected(tile(2, 1)).len());
    assert_eq!(experiment.calls.load(Ordering::Relaxed), 1, "once together, then apart");
    let progress = board.progress();
    assert_eq!(progress.statuses[Status::Panic as usize], 1);
    assert!(progress.panics.len() == 1 && progress.panics[0].contains("this point cannot be measured"));
    assert_eq!((progress.failed(), progress.done()), (1, rows.len() as u64));
}

#[test]
fn points_alone_are_kept_only_when_it_is_time() {
    for event in [Event::Nothing, Event::HalfAMinute] {
        let (place, board) = (tempfile::tempdir().unwrap(), Board::new(1));
        let mut experiment = Stepwise::new(1, &board, place.path());
        experiment.event = (STEPS as usize, event);
        let source = List { lonely: Some(Lonely::of(tile(1, 1))), ..List::of(&[tile(1, 1)]) };
        let mut folder = open(place.path(), 1);
        work(&experiment, &source, &mut folder);
        assert_eq!(held(&folder), expected(tile(1, 1)));
        assert_eq!(*source.completed.lock().unwrap(), [tile(1, 1)]);
        let was_kept = experiment.was_kept.lock().unwrap();
        assert_eq!(was_kept.contains(&true), event == Event::HalfAMinute);
        assert!(!experiment.unfinished.exists());
    }
}

#[test]
fn to_die_after_a_point_alone_was_kept_is_no_death_of_it() {
    let (place, elsewhere, board) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), Board::new(1));
    let space = space();
    // As often as a kill would leave it: the note may still be on its way.
    let is_innocent = || {
        let dead = elsewhere.path().join("dead");
        let _ = std::fs::remove_dir_all(&dead);
        copy(place.path(), &dead);
        Folder::read(&dead, &identity(), &space, 1).unwrap().suspects(&space, &[]).is_empty()
    };
    let mut experiment = Stepwise::new(1, &board, place.path());
    experiment.event = (1, Event::HalfAMinute);
    let was_innocent = AtomicBool::new(false);
    experiment.after = Some(Box::new(|| {
        let began = Instant::now();
        while !is_innocent() && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        was_innocent.store(is_innocent(), Ordering::Relaxed);
    }));
    let source = List { lonely: Some(Lonely::of(tile(1, 1))), ..List::of(&[tile(1, 1)]) };
    let mut folder = open(place.path(), 1);
    work(&experiment, &source, &mut folder);
    drop(experiment);
    assert!(was_innocent.into_inner());
    assert_eq!(held(&folder), expected(tile(1, 1)));
}

#[test]
fn rows_of_many_quantities_go_over_in_frames_that_are_not_too_large() {
    const WIDTH: usize = 200;
    let (place, board) = (tempfile::tempdir().unwrap(), Board::new(1));
    let experiment = Stepwise::new(WIDTH, &board, place.path());
    let space = space();
    let (block, most) = (u64::from(space.cells().points_of_a_block()), most_points_of_a_frame(WIDTH));
    assert!(block <= most && most < space.points(), "the tile is larger than a frame");
    let whole = tile(0, space.cells().cell(0).blocks());
    let (source, mut folder) = (List::of(&[whole]), open(place.path(), WIDTH));
    work(&experiment, &source, &mut folder);
    assert_eq!(held(&folder), expected(whole));
    assert_eq!(folder.index().frames() as u64, u64::from(whole.count).div_ceil(most / block));
}

#[test]
fn a_thread_that_panics_outside_of_the_experiment_is_noticed() {
    struct Broken;
    impl Source for Broken {
        fn next(&self) -> Option<Tile> {
            panic!("a mistake of the program")
        }
        fn completed(&self, _: Tile, _: f64) {}
        fn given_back(&self, _: Tile) {}
        fn rest(&self) -> Option<f64> {
            None
        }
    }
    let (place, board) = (tempfile::tempdir().unwrap(), Board::new(1));
    let experiment = Stepwise::new(1, &board, place.path());
    let mut folder = open(place.path(), 1);
    let (space, writer) = (space(), folder.writer(4).unwrap());
    let crew = Crew { experiment: &experiment, space: &space, threads: 1, stop: &experiment.stop };
    let thread = Thread { crew: &crew, source: &Broken, board: &board };
    assert!(!board.is_broken());
    catch_unwind(AssertUnwindSafe(|| thread.work(&writer.inlet()))).unwrap_err();
    assert!(board.is_broken());
    folder.close(writer).unwrap();
}

#[test]
fn a_board_says_what_threads_are_at() {
    let board = Board { computing: AtomicUsize::new(3), writing: AtomicUsize::new(2), ..Board::new(5) };
    assert_eq!((board.threads(), board.computing(), board.writing()), (5, 3, 2));
    let gauge = AtomicUsize::new(0);
    assert_eq!(counted(&gauge, || gauge.load(Ordering::Relaxed)), 1);
    assert_eq!(gauge.load(Ordering::Relaxed), 0);
}

#[test]
fn a_pause_is_wished_when_it_is_time_or_the_run_should_stop_and_sooner_for_what_is_suspected() {
    let place = tempfile::tempdir().unwrap();
    let board = Board { clock: AtomicU64::new(500), ..Board::new(1) };
    let experiment = Stepwise::new(1, &board, place.path());
    let mut folder = open(place.path(), 1);
    let (space, writer) = (space(), folder.writer(4).unwrap());
    let crew = Crew { experiment: &experiment, space: &space, threads: 1, stop: &experiment.stop };
    let thread = Thread { crew: &crew, source: &List::of(&[]), board: &board };
    let inlet = writer.inlet();
    let mut piece = Piece::of(tile(3, 1), tile(3, 1), &space.cells().cell(0), inlet.checkpoints());
    let pause = thread.pause(&piece, false);
    // Of a piece that takes so long to keep: when is it wished?
    for (keeping, after) in [(0, 100), (5, 100), (20, 400), (60_000, 30_000)] {
        piece.keeping = Duration::from_millis(keeping);
        let pause = thread.pause(&piece, true);
        board.clock.fetch_add(after - 1, Ordering::Relaxed);
        assert!(!pause.is_wished(), "{keeping} ms");
        board.clock.fetch_add(1, Ordering::Relaxed);
        assert!(pause.is_wished() && !pause.is_urgent(), "{keeping} ms");
        board.clock.store(500, Ordering::Relaxed);
    }
    board.clock.store(30_499, Ordering::Relaxed);
    assert!(!pause.is_wished() && !pause.is_urgent());
    board.clock.store(30_500, Ordering::Relaxed);
    assert!(pause.is_wished() && !pause.is_urgent());
    assert!(!thread.pause(&piece, false).is_wished());
    experiment.stop.request();
    assert!(thread.pause(&piece, false).is_wished() && pause.is_urgent());
}

#[test]
fn threads_compute_or_wait_for_the_disk_or_for_work() {
    let board = Board::new(2);
    assert_eq!(board.activity(), Activity::Waiting);
    counted(&board.writing, || assert_eq!(board.activity(), Activity::Writing));
    counted(&board.writing, || {
        counted(&board.computing, || assert_eq!(board.activity(), Activity::Computing));
    });
}
