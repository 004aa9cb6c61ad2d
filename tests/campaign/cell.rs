//! One cell of the table: a kind of study, a wire and a way, played until it was stopped often enough. Knows no table.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::held::{self, Held};
use crate::kinds::Kind;
use crate::referee::{self, Reference};
use crate::ways::{Scene, Way};
use crate::wires::{Extras, Job, LOOK, Programs, Wire, heeds, start};

/// A run ends within this after the last point that can be measured, whatever has happened.
const BOUND: Duration = Duration::from_secs(60);

/// A wish to stop is obeyed within this, on a machine that is not busy with other things, ...
const OBEDIENCE: Duration = Duration::from_secs(5);

/// ... and on one that is.
const BUSY_OBEDIENCE: Duration = Duration::from_secs(10);

/// A run begins so many seconds before its limit to come to an end; it is learned again where a run is too quick for it.
const USUAL_MARGIN: f64 = 3.0;

/// A study under time limits that it does not fit into is finished after this many starts, each of which has this part of a second of
/// it done.
const LEAST_PROGRESS: f64 = 0.25;

/// So much is told of a cell.
const MOST_REMARKS: usize = 10;

/// What has happened in a cell.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tally {
    /// Runs that were stopped or disturbed.
    pub(crate) stops: u32,
    /// Runs that were over before.
    pub(crate) missed: u32,
    /// Studies.
    pub(crate) studies: u32,
    /// Times that something finished was gone.
    pub(crate) lost: u32,
    /// Times that something was not as it must be.
    pub(crate) wrong: u32,
    /// Times that the status said something else than the journals and the map.
    pub(crate) status: u32,
    /// Runs that did not end in time.
    pub(crate) hung: u32,
    /// Times that something finished was measured again.
    pub(crate) twice: u32,
    /// The longest that a process took to end after it was disturbed, in seconds.
    pub(crate) slowest: f64,
    /// Seconds that the cell took.
    pub(crate) seconds: f64,
}

/// A cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) kind: &'static Kind,
    pub(crate) wire: Wire,
    pub(crate) way: Way,
}

impl Cell {
    /// Its name in reports.
    pub(crate) fn name(&self) -> String {
        format!("{} / {} / {}", self.kind.name, self.wire.name(), self.way.name())
    }

    /// Whether a person can be told of it by a word of each of its names.
    pub(crate) fn is_meant_by(&self, words: &str) -> bool {
        words.split('/').all(|word| self.name().contains(word.trim()))
    }
}

/// A cell being played.
pub(crate) struct Play<'a> {
    pub(crate) cell: Cell,
    pub(crate) programs: &'a Programs,
    pub(crate) reference: &'a Reference,
    pub(crate) shim: &'a Path,
    pub(crate) chance: Chance,
    pub(crate) tally: Tally,
    /// What went wrong, in words.
    pub(crate) remarks: Vec<String>,
    margin: f64,
}

/// How a round has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Processes say that all is done.
    Finished,
    /// Not yet.
    Stopped,
    /// The study is of no more use.
    Spoilt,
}

/// Where a study is disturbed.
struct Stage {
    place: tempfile::TempDir,
    folder: PathBuf,
    mark: PathBuf,
    full: PathBuf,
    round: u32,
}

impl Stage {
    fn new(kind: &Kind, reference: &Reference) -> Self {
        let place = tempfile::tempdir().unwrap();
        referee::write(kind, place.path());
        let path = |name: &str| place.path().join(name);
        if let Some(before) = &reference.before {
            referee::copy(before.path(), &path("run"));
        }
        Self { folder: path("run"), mark: path("mark"), full: path("full"), round: 0, place }
    }
}

/// Whether others keep the processors of this machine busy.
fn is_busy() -> bool {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    // Two threads of our own and the launcher's.
    load > processors as f64 + 2.0
}

impl<'a> Play<'a> {
    pub(crate) fn new(
        cell: Cell,
        programs: &'a Programs,
        reference: &'a Reference,
        shim: &'a Path,
        chance: Chance,
    ) -> Self {
        let tally = Tally::default();
        Self { cell, programs, reference, shim, chance, tally, remarks: Vec::new(), margin: USUAL_MARGIN }
    }

    /// Disturbs studies until it has happened so often.
    pub(crate) fn play(&mut self, stops: u32) {
        let began = Instant::now();
        // A cell that hangs takes a minute each time.
        while self.tally.stops < stops && self.tally.studies < 2 * stops + 4 && self.tally.hung < 3 {
            self.tally.studies += 1;
            self.study(stops);
        }
        self.tally.seconds = began.elapsed().as_secs_f64();
    }

    fn remark(&mut self, stage: &Stage, what: &str, said: &str) {
        let said: String =
            said.lines().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" | ");
        if self.remarks.len() == MOST_REMARKS {
            return;
        }
        let study = self.tally.studies;
        self.remarks.push(format!("study {study}, round {}: {what} [{said}]", stage.round));
    }

    fn scene<'s>(&self, stage: &'s Stage) -> Scene<'s>
    where
        'a: 's,
    {
        let Reference { header, bytes, frames, .. } = *self.reference;
        let frame = (bytes - header) / frames.max(1) as u64;
        Scene {
            folder: &stage.folder,
            shim: self.shim,
            mark: &stage.mark,
            full: &stage.full,
            header,
            frame,
            // A long piece has hardly any other frame than its last.
            room: if self.cell.kind.is_long { frame * 3 / 4 } else { frame * 2 },
        }
    }

    /// One study: stopped several times, then finished undisturbed.
    fn study(&mut self, stops: u32) {
        let mut stage = Stage::new(self.cell.kind, self.reference);
        let way = self.cell.way;
        let must_finish = self.cell.kind.is_long && way == Way::TimeLimit;
        let mut most = way.stops_of_a_study(self.cell.wire == Wire::Ranks);
        if must_finish {
            most = 5 + (self.reference.took.as_secs_f64() / LEAST_PROGRESS).ceil() as u32;
        }
        let mut held = Held::default();
        let mut ended = Ended::Stopped;
        while stage.round < most && ended == Ended::Stopped {
            // Those that look deadly after many deaths are to be seen.
            if self.tally.stops >= stops && !way.is_at_once() && !must_finish {
                break;
            }
            stage.round += 1;
            ended = self.round(&stage, &mut held);
        }
        match ended {
            Ended::Spoilt => return,
            Ended::Stopped if must_finish => {
                self.tally.hung += 1;
                self.remark(&stage, "not finished under limits shorter than the study", "");
            }
            Ended::Stopped => {
                stage.round += 1;
                let wire = if self.chance.once_in(4) { self.cell.wire } else { Wire::Alone };
                let mut job =
                    start(self.programs, wire, stage.place.path(), &stage.folder, &Extras::default());
                if !self.waited(&stage, &mut job, self.bound()) {
                    return;
                }
                if job.codes().iter().any(|&code| code != 0) && !job.is_launcher_lost {
                    self.tally.wrong += 1;
                    self.remark(&stage, &format!("ended undisturbed with {:?}", job.codes()), &job.said());
                    return;
                }
                self.compare(&stage, &mut held, &job.said());
            }
            Ended::Finished => {}
        }
        let [faults, disagreements] = self.reference.faults_of(&stage.folder, self.programs);
        self.tally.wrong += u32::from(!faults.is_empty());
        self.tally.status += u32::from(!disagreements.is_empty());
        for fault in faults.into_iter().chain(disagreements) {
            self.remark(&stage, &fault, "");
        }
    }

    /// As long as a run may take that measures everything.
    fn bound(&self) -> Duration {
        BOUND + self.reference.took * 6
    }

    /// Waits for the end; a job that does not end in time has hung.
    fn waited(&mut self, stage: &Stage, job: &mut Job, bound: Duration) -> bool {
        let began = Instant::now();
        while !job.is_over() {
            let obedience = if !self.cell.way.asks() {
                self.bound()
            } else if is_busy() {
                BUSY_OBEDIENCE
            } else {
                OBEDIENCE
            };
            if job.is_late(obedience) || began.elapsed() > bound {
                job.kill();
                self.tally.hung += 1;
                self.remark(
                    stage,
                    &format!("no end after {:.1} s", began.elapsed().as_secs_f64()),
                    &job.said(),
                );
                return false;
            }
            std::thread::sleep(LOOK);
        }
        true
    }

    /// Waits until it is time to disturb; says whether somebody is there to be disturbed.
    fn awaited(&mut self, stage: &Stage, job: &mut Job, since: Duration) -> bool {
        let took = self.reference.took.as_secs_f64();
        let Scene { folder, frame, .. } = self.scene(stage);
        let before = held::bytes(folder);
        let is_long = self.cell.kind.is_long;
        // After some frames, or after some time, most often before a third of the study is done.
        let by_rows = !is_long && self.chance.once_in(2);
        let frames = self.chance.below(self.reference.frames / 4 + 1) as u64;
        let pause = self.chance.part() * took / self.reference.frames as f64;
        let rest = self.chance.part() * took / if is_long { 6.0 } else { 3.0 };
        let mut due = None;
        // A launcher takes its time, and is of no interest.
        let mut seen = None;
        loop {
            if job.is_over() {
                return false;
            }
            if seen.is_none() && job.alive().iter().any(|&(_, process)| self.is_up(process)) {
                seen = Some(job.age());
            }
            let Some(seen) = seen.map(|seen| seen.max(since)) else {
                std::thread::sleep(LOOK);
                continue;
            };
            let now = job.age();
            if due.is_none() {
                let is_journal = held::bytes(folder) >= before + self.reference.header;
                if self.cell.way.is_at_once() {
                    due = is_journal.then_some(now);
                } else if by_rows {
                    let is_far = held::bytes(folder) >= before + self.reference.header + frames * frame;
                    due = is_far.then(|| now + Duration::from_secs_f64(pause));
                } else {
                    due = Some(seen + Duration::from_secs_f64(rest));
                }
            }
            if due.is_some_and(|due| now >= due) {
                return true;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Whether a process is far enough to be disturbed.
    fn is_up(&self, process: u32) -> bool {
        !matches!(self.cell.way, Way::Signal(..)) || heeds(process)
    }

    /// One run that is disturbed.
    fn round(&mut self, stage: &Stage, held: &mut Held) -> Ended {
        let Cell { kind, wire, way } = self.cell;
        let took = self.reference.took.as_secs_f64();
        let _ = fs::remove_file(&stage.mark);
        let limit = if kind.is_long { 5.0 } else { self.margin + self.chance.part() * took / 3.0 };
        let scene = self.scene(stage);
        let mut extras = way.extras(scene, wire.seats(), limit, &mut self.chance);
        extras.is_hasty = !self.chance.once_in(4);
        let mut job = start(self.programs, wire, stage.place.path(), &stage.folder, &extras);
        let mut was_struck = false;
        if !way.is_set_at_the_start() {
            // One after the other, or all at once; now and then one is spared.
            let spares = wire == Wire::Join && self.chance.once_in(6);
            let mut since = Duration::ZERO;
            while self.awaited(stage, &mut job, since) {
                let mut victims = job.alive();
                victims.retain(|&(_, process)| self.is_up(process));
                let is_single = wire == Wire::Ranks || self.chance.once_in(2);
                if victims.len() > 1 && is_single && !way.is_at_once() && way != Way::FullDisk {
                    victims = vec![victims[self.chance.below(victims.len())]];
                }
                if victims.is_empty() {
                    break;
                }
                way.happen(scene, &mut job, &victims, &mut self.chance);
                was_struck = true;
                if wire != Wire::Join || spares || way.removes() || way == Way::FullDisk {
                    break;
                }
                // The one who was struck is about to end.
                since = job.age();
                let patience = Instant::now();
                while victims.iter().any(|victim| job.alive().contains(victim))
                    && patience.elapsed() < BUSY_OBEDIENCE
                {
                    std::thread::sleep(LOOK);
                }
            }
        } else if way == Way::TimeLimit {
            // Whoever is told a time is told from the beginning.
            while !job.is_over() && job.age().as_secs_f64() < limit {
                std::thread::sleep(LOOK);
            }
            for (place, _) in job.alive() {
                job.strike(place);
            }
        }
        let has_ended = self.waited(stage, &mut job, self.bound());
        let _ = fs::remove_file(&stage.full);
        if !has_ended {
            return Ended::Spoilt;
        }
        self.tally.slowest = self.tally.slowest.max(job.slowest().as_secs_f64());
        let codes = job.codes();
        let has_hit = way.has_hit(scene, was_struck, &codes);
        self.tally.stops += u32::from(has_hit);
        self.tally.missed += u32::from(!has_hit);
        if codes.iter().any(|&code| !way.allows(code)) && !job.is_launcher_lost {
            self.tally.wrong += 1;
            self.remark(stage, &format!("ended with {codes:?}"), &job.said());
        }
        if way.removes() && was_struck {
            *held = Held::default();
        }
        let is_sound = self.compare(stage, held, &job.said());
        // One has left the map to another, which could not write it: the next run will.
        let is_left_to_another =
            codes.iter().any(|&code| code != 0) && !stage.folder.join("map.nc").is_file();
        let is_finished = codes.contains(&0) && !is_left_to_another && !job.is_launcher_lost;
        if is_finished && !has_hit && way == Way::TimeLimit {
            self.margin *= 0.6;
        }
        match (is_sound, is_finished) {
            (false, _) => Ended::Spoilt,
            (true, true) => Ended::Finished,
            (true, false) => Ended::Stopped,
        }
    }

    /// Compares what journals hold with what they held before, and with what the status says; says whether it is worth going on.
    fn compare(&mut self, stage: &Stage, held: &mut Held, said: &str) -> bool {
        let now = Held::read(&stage.folder, &self.reference.cells, self.reference.tag);
        let lost = held.missing_in(&now);
        if lost > 0 {
            self.tally.lost += 1;
            self.remark(stage, &format!("{lost} finished blocks are gone"), said);
        }
        let twice = held.measured_again_in(&now);
        if twice > 0 {
            self.tally.twice += 1;
            self.remark(stage, &format!("{twice} finished blocks were measured again"), said);
        }
        let mut faults = Vec::new();
        if now.untrue > 0 {
            faults.push(format!("{} frames hold other rows than they say", now.untrue));
        }
        if now.quarantined > 0 {
            faults.push(format!("{} points are quarantined", now.quarantined));
        }
        // A folder without a record says nothing, and a removed one has none.
        let done = referee::status(&stage.folder, self.programs)["done"].as_u64();
        if now.points > 0 && done != Some(now.points) {
            self.tally.status += 1;
            let what = format!("status says {done:?} points are done, the journals hold {}", now.points);
            self.remark(stage, &what, said);
        }
        let is_sound = now.untrue + now.quarantined == 0;
        self.tally.wrong += u32::from(!faults.is_empty());
        for fault in faults {
            self.remark(stage, &fault, said);
        }
        *held = now;
        is_sound
    }
}
