//! A run over ranks: the main thread of each speaks with the others while its threads compute. Rank 0 coordinates beside its own
//! work, which it does as every other rank does, over a wire that ends in the same thread. Knows nothing of MPI.

use std::time::{Duration, Instant};

use crate::experiment::Experiment;
use crate::schedule::careful::Careful;
use crate::schedule::clerk::{Clerk, IDLE_PAUSE, PANICKED, Pause, SHORTEST_PAUSE};
use crate::schedule::clock::Clock;
use crate::schedule::coordinator::{Coordinator, Failure, patience_of};
use crate::schedule::local::Outcome;
use crate::schedule::mailbox::{self, Mailbox, Message};
use crate::schedule::office::{Office, STALLED, WATCH};
use crate::schedule::{Crew, Grants, Holding, Planner, Progress, ScheduleError, Stop, local, seats};
use crate::space::Space;
use crate::store::{Folder, Writer, most_points_of_a_frame};

/// How long what other ranks have written may take to be seen here, on a file system over a network: NFS believes what it knows of a
/// folder that has just changed for 30 s.
const SIGHT: Duration = Duration::from_secs(45);

/// How a rank should do its part.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// How many threads of this rank compute; one a physical core if not given.
    pub threads: Option<usize>,
    /// The wish to stop.
    pub stop: Stop,
    /// How long a rank may be silent or wait for its disk; if not given, ten times the slowest tile, and at least five minutes.
    pub patience: Option<Duration>,
    /// By what time silence is judged.
    pub clock: Clock,
}

/// How a run should be done.
pub struct Options<'run> {
    /// How rank 0 does its part.
    pub terms: Terms,
    /// Told how it goes, about ten times a second.
    pub watch: &'run mut dyn FnMut(&Progress),
    /// Told what a person should know.
    pub tell: &'run mut dyn FnMut(&str),
}

/// What rank 0 has said when it has no more work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastWord {
    /// Nothing more is wanted.
    Farewell,
    /// Another study will be shared.
    Again,
    /// Nothing: it is lost.
    None,
}

/// Works for the coordinator until it says farewell or calls again. The folder is one that is written to under the coordinator's claim.
///
/// # Errors
/// When the disk refuses, or threads cannot be started; the coordinator has been told. When the coordinator itself is lost.
///
/// # Panics
/// When the experiment gives rows of another length than it was asked for.
pub fn work(
    experiment: &dyn Experiment,
    space: &Space,
    folder: &mut Folder,
    mailbox: &mut dyn Mailbox,
    terms: Terms,
    tell: &mut dyn FnMut(&str),
) -> Result<LastWord, ScheduleError> {
    let Terms { threads, stop, patience, clock } = terms;
    let seat = seats::here(threads);
    let threads = seat.threads as usize;
    let mut writer = match folder.writer(2 * threads) {
        Ok(writer) => writer,
        Err(error) => {
            mailbox.send(0, &Message::Failed(error.to_string()));
            mailbox.send(0, &Message::Closed);
            await_last_word(mailbox);
            return Err(error.into());
        }
    };
    let holding = Holding::new(grants(experiment, space, threads), stop.clone());
    mailbox.send(0, &Message::Ready(seat));
    let mut clerk = Clerk::new(mailbox, &holding, &stop, clock);
    let mut pause = Pause(SHORTEST_PAUSE);
    let crew = Crew { experiment, space, threads, stop: &stop };
    // It looks itself whether others are silent, and so has the first word.
    let mut has_ended_the_job = false;
    let mut look_after_rank_0 = |clerk: &mut Clerk<'_>, may_tell: bool| {
        let silence = clerk.silence();
        if silence > 2.0 * patience_of(patience, holding.slowest()) && may_tell && !has_ended_the_job {
            has_ended_the_job = true;
            tell(&format!(
                "error: rank 0 was not heard of for {silence:.0} s; the job is ended, run the same command to resume"
            ));
            clerk.mailbox.abort(STALLED);
            stop.request();
        }
    };
    let measured = crew.work(&holding, &writer.inlet(), &mut |board| {
        let is_busy = clerk.attend(board);
        look_after_rank_0(&mut clerk, !stop.is_requested());
        if writer.has_ended() {
            // The disk has refused: there is no use in going on.
            holding.close();
        }
        pause.while_computing(is_busy, holding.is_at_ease())
    });
    // The disk may never answer. Rank 0 takes the silence of this one for what it is, and is looked after meanwhile.
    writer.seal();
    while !writer.has_ended() {
        let is_busy = clerk.read();
        look_after_rank_0(&mut clerk, true);
        std::thread::sleep(pause.after(is_busy, IDLE_PAUSE));
    }
    let closed = folder.close(writer).map_err(ScheduleError::from);
    clerk.close(&measured, &closed);
    let word = match (clerk.is_dismissed, clerk.is_orphaned) {
        (true, true) => LastWord::None,
        (true, false) => LastWord::Farewell,
        (false, _) => await_last_word(clerk.mailbox),
    };
    measured.and(closed)?;
    if word == LastWord::None {
        // Nobody else says it, and launchers that outlive a rank would call the job a success.
        let message = "rank 0 is lost; the job is ended, run the same command to resume, nothing that was finished is lost";
        return Err(ScheduleError::Rank(message.to_owned()));
    }
    Ok(word)
}

/// Waits until rank 0 wants nothing more, calls again, or is no more: only then may a rank leave.
pub fn await_last_word(mailbox: &mut dyn Mailbox) -> LastWord {
    let mut pause = Pause(SHORTEST_PAUSE);
    loop {
        // Before messages are read: what rank 0 has said before it was lost counts.
        let is_rank_0_lost = mailbox.lost().contains(&0);
        while let Some((_, message)) = mailbox.receive() {
            match message {
                Message::Farewell => return LastWord::Farewell,
                Message::Again => return LastWord::Again,
                _ => {}
            }
        }
        if is_rank_0_lost {
            return LastWord::None;
        }
        std::thread::sleep(pause.after(false, IDLE_PAUSE));
    }
}

/// The grants of a rank, in parts that fit a frame.
fn grants(experiment: &dyn Experiment, space: &Space, threads: usize) -> Grants {
    let points = most_points_of_a_frame(experiment.quantities().len());
    let widest = points / u64::from(space.cells().points_of_a_block());
    let grants = Grants::new(threads, u32::try_from(widest).unwrap_or(u32::MAX));
    grants.in_parts_of(space.cells().blocks_together())
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
    let Options { terms: Terms { threads, stop, patience, clock }, watch, tell } = options;
    let seat = seats::here(threads);
    let own_threads = seat.threads as usize;
    let quantities = experiment.quantities().len();
    let start = Progress::at_start(space, folder);
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
    let now = clock.seconds();
    let mut office = Office {
        coordinator: Coordinator::new(planner, mailbox.ranks(), patience, now),
        outside: mailbox,
        inside,
        clock: clock.clone(),
        start,
        told: f64::NEG_INFINITY,
        watched: now,
        notes: Vec::new(),
        stalled: None,
    };
    office.coordinator.add_last(once);
    let is_after_a_death = folder.is_after_a_death(&[]);
    let mut writer = folder.writer(2 * own_threads)?;
    let holding = Holding::new(grants(experiment, space, own_threads), stop.clone());
    let source = Careful::after(&holding, &stop, (Vec::new(), lonely), is_after_a_death);
    own.send(0, &Message::Ready(seat));
    let mut clerk = Clerk::new(&mut own, &holding, &stop, clock);
    let mut pause = Pause(SHORTEST_PAUSE);
    let crew = Crew { experiment, space, threads: own_threads, stop: &stop };
    let measured = crew.work(&source, &writer.inlet(), &mut |board| {
        let is_busy = office.guarded(|office| {
            let is_busy = office.serve();
            office.supervise(watch, tell);
            is_busy
        });
        if board.is_broken() {
            office.outside.abort(PANICKED);
        }
        if office.stalled.is_some() {
            stop.request();
        }
        if writer.has_ended() {
            // The disk has refused: there is no use in going on.
            stop.request();
        }
        let is_busy = clerk.attend(board) || is_busy;
        pause.while_computing(is_busy, holding.is_at_ease() && office.coordinator.is_at_ease())
    });
    writer.seal();
    if !await_end(&writer, &mut office, &mut pause, &mut *watch, &mut *tell) {
        let report = office.stalled.take().unwrap_or_default();
        watch(&office.progress());
        return Err(ScheduleError::Stalled(report));
    }
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
        (_, Some(Failure::Refusal(why))) => {
            // A rank does not find a folder that was removed either.
            folder.check_journals()?;
            return Err(ScheduleError::Refused(why.clone()));
        }
        (_, Some(Failure::Breakdown(why))) => return Err(ScheduleError::Rank(why.clone())),
        (None, None) => {}
    }
    let outcome = Outcome { is_complete: false, progress, threads };
    gather(experiment, space, folder, &coordinator, Rest { stop, watch, tell, own_threads }, outcome)
}

/// Waits, at the coordinator's desk, until the writer of rank 0 has closed its journal: others are served and looked after meanwhile,
/// and rank 0 is silent as a worker. Gives `false` if it was so for too long, as where a disk does not answer.
fn await_end(
    writer: &Writer,
    office: &mut Office<'_>,
    pause: &mut Pause,
    watch: &mut dyn FnMut(&Progress),
    tell: &mut dyn FnMut(&str),
) -> bool {
    while !writer.has_ended() {
        if office.stalled.is_some() {
            return false;
        }
        let is_busy = office.guarded(|office| {
            let is_busy = office.serve();
            office.supervise(watch, tell);
            is_busy
        });
        std::thread::sleep(pause.after(is_busy, IDLE_PAUSE));
    }
    true
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
    if coordinator.is_stopped() && outcome.progress.done() < space.points() {
        // Nobody waits for what the journals hold.
        return Ok(outcome);
    }
    let missing = loop {
        let is_stopped = coordinator.is_stopped();
        folder.refresh_while(space, quantities, &|| is_stopped || !rest.stop.is_requested())?;
        let missing = space.points() - folder.finished().points();
        let may_be_seen_later = missing > 0 && coordinator.lost() == 0 && !coordinator.is_stopped();
        if !may_be_seen_later {
            break missing;
        }
        folder.check_journals()?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::mailbox::Seat;
    use crate::space::{Axis, AxisColumn, Placement, Scale};
    use crate::store::{Fate, Finished, Identity};
    use crate::table::Quantity;

    #[test]
    fn a_worker_goes_when_it_is_told_to_or_when_nobody_can_tell_it() {
        let mut ranks = mailbox::memory(2);
        let mut worker = ranks.remove(1);
        ranks[0].send(1, &Message::Stop);
        ranks[0].send(1, &Message::Farewell);
        assert_eq!(await_last_word(&mut worker), LastWord::Farewell);
        ranks[0].call_again();
        assert_eq!(await_last_word(&mut worker), LastWord::Again);
        let mut ranks = mailbox::memory(2);
        let mut worker = ranks.remove(1);
        drop(ranks);
        assert_eq!(await_last_word(&mut worker), LastWord::None, "rank 0 is gone");
    }

    #[test]
    fn a_journal_of_rank_0_that_never_closes_ends_the_job_and_others_are_served_until_then() {
        let quantity = Quantity::real("x", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        let space = Space::new(vec![Axis::new(vec![column], 4096).unwrap()]).unwrap();
        let place = tempfile::tempdir().unwrap();
        let identity = Identity { canonical: "a test\n".into(), origin: String::new() };
        let mut folder = Folder::open(place.path(), &identity, &space, 1, Fate::Resume).unwrap();
        let mut writer = folder.writer(2).unwrap();
        // As long as somebody may hand something over, the writer does not end: as one whose disk does not answer.
        let _inlet = writer.inlet();
        writer.seal();
        let (mut outside, mut inside) = (mailbox::memory(2), mailbox::memory(2));
        let (mut other, mut own) = (outside.remove(1), inside.remove(1));
        let finished = Finished::new(space.cells());
        let planner = Planner::new(space.cells(), finished, std::iter::empty(), 1, u64::MAX);
        let clock = Clock::of_the_machine();
        let mut office = Office {
            coordinator: Coordinator::new(planner, 2, Some(Duration::from_millis(10)), 0.0),
            outside: &mut outside[0],
            inside: inside.remove(0),
            clock: clock.clone(),
            start: Progress::default(),
            told: clock.seconds(),
            watched: clock.seconds(),
            notes: Vec::new(),
            stalled: None,
        };
        let seat = |process| Seat { process, threads: 1, ..Seat::default() };
        own.send(0, &Message::Ready(seat(1)));
        other.send(0, &Message::Ready(seat(2)));
        let mut told = Vec::new();
        let mut pause = Pause(SHORTEST_PAUSE);
        let ended = await_end(&writer, &mut office, &mut pause, &mut |_| (), &mut |words| {
            told.push(words.to_owned());
        });
        assert!(!ended && office.stalled.is_some());
        assert!(told.iter().any(|words| words.contains("rank 0")), "{told:?}");
        assert!(matches!(other.receive(), Some((0, Message::Grant(_)))), "the other was served");
    }
}
