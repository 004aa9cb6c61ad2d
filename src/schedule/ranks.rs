//! A run over ranks: the main thread of each speaks with the others while its threads compute. Rank 0 coordinates beside its own
//! work, which it does as every other rank does, over a wire that ends in the same thread. Knows nothing of MPI.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant, SystemTime};

use crate::experiment::Experiment;
use crate::schedule::careful::Careful;
use crate::schedule::coordinator::{Coordinator, Failure};
use crate::schedule::local::Outcome;
use crate::schedule::mailbox::{self, Beat, MOST_REGIMES, Mailbox, Message, Slot};
use crate::schedule::{Board, Crew, Grants, Holding, Planner, Progress, ScheduleError, Stop, local, seats};
use crate::space::Space;
use crate::store::provenance::date;
use crate::store::status::Worker;
use crate::store::{Folder, most_points_of_a_frame};

/// A main thread looks for messages as often as this while some come...
const SHORTEST_PAUSE: Duration = Duration::from_micros(30);

/// ...and as rarely as this while none come. To wait for one inside MPI would keep a core busy.
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// The same once there is nothing to do but to wait for the others.
const IDLE_PAUSE: Duration = Duration::from_millis(10);

/// How often a rank says how it is.
const BEAT: Duration = Duration::from_secs(1);

/// A rank says it no more than so many times without having been heard, so that messages do not pile up before a rank that sleeps.
const MOST_UNHEARD: u32 = 20;

/// How often the watcher is told.
const TELL: Duration = Duration::from_millis(100);

/// How often it is asked whether a rank has stalled.
const WATCH: Duration = Duration::from_secs(1);

/// How long what other ranks have written may take to be seen here, on a file system over a network.
const SIGHT: Duration = Duration::from_secs(60);

/// The exit code of a job that is ended since a rank does not go on.
const STALLED: u8 = 4;

/// The exit code of a program that has panicked.
const PANICKED: u8 = 101;

/// How a run should be done.
pub struct Options<'run> {
    /// How many threads of this rank compute; one a physical core if not given.
    pub threads: Option<usize>,
    /// The wish to stop.
    pub stop: Stop,
    /// How long a rank may be silent or wait for its disk; if not given, ten times the slowest tile, and at least five minutes.
    pub patience: Option<Duration>,
    /// Told how it goes, about ten times a second.
    pub watch: &'run mut dyn FnMut(&Progress),
    /// Told what a person should know.
    pub tell: &'run mut dyn FnMut(&str),
}

/// How rarely messages are looked for: ever more so while none come.
#[derive(Debug)]
struct Pause(Duration);

impl Pause {
    fn after(&mut self, is_busy: bool, longest: Duration) -> Duration {
        self.0 = if is_busy { SHORTEST_PAUSE } else { (self.0 * 2).min(longest) };
        self.0
    }
}

/// The main thread of a rank, as a worker.
struct Clerk<'run> {
    mailbox: &'run mut dyn Mailbox,
    holding: &'run Holding,
    stop: &'run Stop,
    beaten: Instant,
    unheard: u32,
    /// When the coordinator was last heard of.
    heard: Instant,
    notes: usize,
    has_said_stop: bool,
    is_dismissed: bool,
}

impl<'run> Clerk<'run> {
    fn new(mailbox: &'run mut dyn Mailbox, holding: &'run Holding, stop: &'run Stop) -> Self {
        let now = Instant::now();
        Self {
            mailbox,
            holding,
            stop,
            beaten: now,
            unheard: 0,
            heard: now,
            notes: 0,
            has_said_stop: false,
            is_dismissed: false,
        }
    }

    /// Reads and answers what has come, and says what has happened; gives whether there was anything.
    fn attend(&mut self, board: &Board) -> bool {
        let mut is_busy = self.read();
        for (tile, seconds) in self.holding.take_done() {
            self.mailbox.send(0, &Message::Done { tile, seconds });
            is_busy = true;
        }
        if self.stop.is_requested() && !std::mem::replace(&mut self.has_said_stop, true) {
            self.mailbox.send(0, &Message::Stopping);
        }
        if board.is_broken() {
            self.mailbox.abort(PANICKED);
            self.stop.request();
        }
        if self.beaten.elapsed() >= BEAT && self.unheard < MOST_UNHEARD {
            self.beat(board.computing(), board.writing(), &board.progress());
        }
        is_busy
    }

    fn read(&mut self) -> bool {
        let mut is_busy = false;
        while let Some((_, message)) = self.mailbox.receive() {
            is_busy = true;
            self.heard = Instant::now();
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
        if self.mailbox.rank() > 0 && self.mailbox.lost().contains(&0) {
            self.is_dismissed = true;
            self.stop.request();
        }
        is_busy
    }

    fn beat(&mut self, computing: usize, writing: usize, progress: &Progress) {
        self.beaten = Instant::now();
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

    /// The last words: the journal is closed, or could not be.
    fn close(&mut self, measured: &Result<Progress, ScheduleError>, closed: &Result<(), ScheduleError>) {
        for (tile, seconds) in self.holding.take_done() {
            self.mailbox.send(0, &Message::Done { tile, seconds });
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

/// Works for the coordinator until it says farewell. The folder is one that is written to under the coordinator's claim.
///
/// # Errors
/// When the disk refuses, or threads cannot be started; the coordinator has been told.
///
/// # Panics
/// When the experiment gives rows of another length than it was asked for.
pub fn work(
    experiment: &dyn Experiment,
    space: &Space,
    folder: &mut Folder,
    mailbox: &mut dyn Mailbox,
    threads: Option<usize>,
    stop: &Stop,
) -> Result<(), ScheduleError> {
    let seat = seats::here(threads);
    let threads = seat.threads as usize;
    let writer = match folder.writer(2 * threads) {
        Ok(writer) => writer,
        Err(error) => {
            mailbox.send(0, &Message::Failed(error.to_string()));
            mailbox.send(0, &Message::Closed);
            await_farewell(mailbox);
            return Err(error.into());
        }
    };
    let holding = Holding::new(grants(experiment, space, threads), stop.clone());
    mailbox.send(0, &Message::Ready(seat));
    let mut clerk = Clerk::new(mailbox, &holding, stop);
    let mut pause = Pause(SHORTEST_PAUSE);
    let crew = Crew { experiment, space, threads, stop };
    let measured = crew.work(&holding, &writer.inlet(), &mut |board| {
        let is_busy = clerk.attend(board);
        pause.after(is_busy, LONGEST_PAUSE)
    });
    let closed = folder.close(writer).map_err(ScheduleError::from);
    clerk.close(&measured, &closed);
    if !clerk.is_dismissed {
        await_farewell(clerk.mailbox);
    }
    measured.and(closed)
}

/// Waits until rank 0 wants nothing more, or is no more: only then may a rank leave.
pub fn await_farewell(mailbox: &mut dyn Mailbox) {
    let mut pause = Pause(SHORTEST_PAUSE);
    loop {
        match mailbox.receive() {
            Some((_, Message::Farewell)) => return,
            Some(_) => {}
            None if mailbox.lost().contains(&0) => return,
            None => std::thread::sleep(pause.after(false, IDLE_PAUSE)),
        }
    }
}

/// The grants of a rank, in parts that fit a frame.
fn grants(experiment: &dyn Experiment, space: &Space, threads: usize) -> Grants {
    let points = most_points_of_a_frame(experiment.quantities().len());
    let widest = points / u64::from(space.cells().points_of_a_block());
    Grants::new(threads, u32::try_from(widest).unwrap_or(u32::MAX))
}

/// The main thread of rank 0, as the coordinator.
struct Office<'run> {
    coordinator: Coordinator,
    outside: &'run mut dyn Mailbox,
    /// The wire to the worker that rank 0 is too.
    inside: Slot,
    began: Instant,
    start: Progress,
    told: Instant,
    watched: Instant,
    notes: Vec<String>,
    stalled: Option<String>,
}

impl Office<'_> {
    /// Serves everybody once; gives whether there was anything to do.
    fn serve(&mut self) -> bool {
        let now = self.began.elapsed().as_secs_f64();
        let mut is_busy = false;
        while let Some((_, message)) = self.inside.receive() {
            self.coordinator.receive(0, &message, now);
            is_busy = true;
        }
        while let Some((from, message)) = self.outside.receive() {
            self.coordinator.receive(from, &message, now);
            is_busy = true;
        }
        for rank in self.outside.lost() {
            self.coordinator.lose(rank, now);
        }
        while let Some((to, message)) = self.coordinator.outgoing() {
            let (mailbox, to): (&mut dyn Mailbox, usize) =
                if to == 0 { (&mut self.inside, 1) } else { (self.outside, to) };
            mailbox.send(to, &message);
        }
        is_busy
    }

    /// A coordinator that panics takes the whole job with it at once: the others would wait for ever.
    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> bool) -> bool {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(is_busy) => is_busy,
            Err(panic) => {
                self.outside.abort(PANICKED);
                resume_unwind(panic)
            }
        }
    }

    /// Says how it goes, and ends the job if a rank does not go on.
    fn supervise(&mut self, watch: &mut dyn FnMut(&Progress), tell: &mut dyn FnMut(&str)) {
        for remark in self.coordinator.take_remarks() {
            tell(&remark);
        }
        for note in self.coordinator.take_notes() {
            self.notes.push(note);
        }
        if self.told.elapsed() >= TELL {
            self.told = Instant::now();
            watch(&self.progress());
        }
        if self.watched.elapsed() >= WATCH && self.stalled.is_none() {
            self.watched = Instant::now();
            let now = self.began.elapsed().as_secs_f64();
            if let Some(report) = self.coordinator.stalled(now) {
                let error = ScheduleError::Stalled(report.clone());
                tell(&format!("error: {error}"));
                self.outside.abort(STALLED);
                self.stalled = Some(report);
            }
        }
    }

    /// How far all ranks have come together.
    fn progress(&self) -> Progress {
        let mut progress = Progress {
            elapsed: self.began.elapsed(),
            rest: self.coordinator.rest().map(Duration::from_secs_f64),
            panics: self.notes.clone(),
            ..self.start.clone()
        };
        let (now, elapsed) = (SystemTime::now(), self.began.elapsed().as_secs_f64());
        for (rank, worker) in self.coordinator.workers().iter().enumerate() {
            progress.add(worker.beat.computed, worker.beat.statuses, &worker.beat.regimes, Vec::new());
            let silence = Duration::from_secs_f64((elapsed - worker.heard).max(0.0));
            progress.workers.push(Worker {
                rank: rank as u32,
                host: worker.seat.host.clone(),
                process: worker.seat.process,
                threads: worker.seat.threads,
                done: worker.beat.computed,
                heard: date(now - silence),
                activity: worker.activity(elapsed),
            });
        }
        progress
    }

    fn threads(&self) -> usize {
        self.coordinator.workers().iter().map(|worker| worker.seat.threads as usize).sum()
    }
}

/// Measures, together with all other ranks, every point that the folder's journals do not hold yet; when it returns, the journals
/// of all ranks are synced and read. The others still wait for their farewell.
///
/// # Errors
/// When a rank refuses to take part, fails or stalls; when the disk refuses, or threads cannot be started.
///
/// # Panics
/// When the experiment gives rows of another length than it was asked for.
pub fn coordinate(
    experiment: &dyn Experiment,
    space: &Space,
    folder: &mut Folder,
    mailbox: &mut dyn Mailbox,
    options: Options<'_>,
) -> Result<Outcome, ScheduleError> {
    let Options { threads, stop, patience, watch, tell } = options;
    let seat = seats::here(threads);
    let own_threads = seat.threads as usize;
    let quantities = experiment.quantities().len();
    let start = Progress { points: space.points(), taken: folder.finished().points(), ..Progress::default() };
    folder.check_room(space, quantities)?;
    let known = folder.index().tiles();
    let suspects = folder.suspects(space, &[]);
    let mut taken = folder.finished().clone();
    for block in suspects.blocks(space.cells()) {
        taken.add(block);
    }
    let planner = Planner::new(space.cells(), taken, known, own_threads, u64::MAX);
    let (once, lonely) = suspects.sort(space.cells());
    let mut slots = mailbox::memory(2);
    let (mut own, inside) = (slots.remove(1), slots.remove(0));
    let now = Instant::now();
    let mut office = Office {
        coordinator: Coordinator::new(planner, mailbox.ranks(), patience, 0.0),
        outside: mailbox,
        inside,
        began: now,
        start,
        told: now,
        watched: now,
        notes: Vec::new(),
        stalled: None,
    };
    office.coordinator.add_last(once);
    let is_after_a_death = folder.is_after_a_death(&[]);
    let writer = folder.writer(2 * own_threads)?;
    let holding = Holding::new(grants(experiment, space, own_threads), stop.clone());
    let source = Careful::after(&holding, &stop, (Vec::new(), lonely), is_after_a_death);
    own.send(0, &Message::Ready(seat));
    let mut clerk = Clerk::new(&mut own, &holding, &stop);
    let mut pause = Pause(SHORTEST_PAUSE);
    let crew = Crew { experiment, space, threads: own_threads, stop: &stop };
    let measured = crew.work(&source, &writer.inlet(), &mut |board| {
        let is_busy = office.guarded(|office| {
            let is_busy = office.serve();
            office.supervise(watch, tell);
            is_busy
        });
        if office.stalled.is_some() {
            stop.request();
        }
        let is_busy = clerk.attend(board) || is_busy;
        pause.after(is_busy, LONGEST_PAUSE)
    });
    let closed = folder.close(writer).map_err(ScheduleError::from);
    clerk.close(&measured, &closed);
    while !office.coordinator.is_over() && office.stalled.is_none() {
        let is_busy = office.guarded(|office| {
            let is_busy = office.serve();
            office.supervise(watch, tell);
            is_busy
        });
        std::thread::sleep(pause.after(is_busy, IDLE_PAUSE));
    }
    office.supervise(watch, tell);
    let (progress, threads) = (office.progress(), office.threads());
    let Office { coordinator, stalled, .. } = office;
    watch(&progress);
    measured.and(closed)?;
    match (stalled, coordinator.failure()) {
        (Some(report), _) => return Err(ScheduleError::Stalled(report)),
        (_, Some(Failure::Refusal(why))) => return Err(ScheduleError::Refused(why.clone())),
        (_, Some(Failure::Breakdown(why))) => return Err(ScheduleError::Rank(why.clone())),
        (None, None) => {}
    }
    let outcome = Outcome { is_complete: false, progress, threads };
    gather(experiment, space, folder, &coordinator, Rest { stop, watch, tell, own_threads }, outcome)
}

/// What is needed to see to the rest.
struct Rest<'run> {
    stop: Stop,
    watch: &'run mut dyn FnMut(&Progress),
    tell: &'run mut dyn FnMut(&str),
    own_threads: usize,
}

/// Reads what all ranks have written. What a lost node had not synced is measured again.
fn gather(
    experiment: &dyn Experiment,
    space: &Space,
    folder: &mut Folder,
    coordinator: &Coordinator,
    rest: Rest<'_>,
    mut outcome: Outcome,
) -> Result<Outcome, ScheduleError> {
    let quantities = experiment.quantities().len();
    let began = Instant::now();
    let missing = loop {
        folder.refresh(space, quantities)?;
        let missing = space.points() - folder.finished().points();
        let may_be_seen_later = missing > 0 && coordinator.lost() == 0 && !coordinator.is_stopped();
        if !may_be_seen_later {
            break missing;
        }
        if began.elapsed() > SIGHT {
            return Err(ScheduleError::Unseen { missing, folder: folder.path().to_owned() });
        }
        std::thread::sleep(WATCH);
    };
    outcome.is_complete = missing == 0;
    if missing == 0 || coordinator.is_stopped() {
        return Ok(outcome);
    }
    (rest.tell)(&format!("{missing} points that a lost rank had not yet made safe are measured again"));
    let before = outcome.progress.computed;
    let options = local::Options { threads: Some(rest.own_threads), stop: rest.stop, watch: rest.watch };
    let again = local::run(experiment, space, folder, options)?;
    let mut progress = outcome.progress;
    progress.computed = before + again.progress.computed;
    Ok(Outcome { is_complete: again.is_complete, progress, ..outcome })
}
