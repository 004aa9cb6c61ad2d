//! The processes that share one run folder without talking to each other. Each is a member: a small file of its own says who it
//! is, which tiles it has in hand, and how far it is; touching it is the heartbeat. Knows nothing of how tiles are chosen.
//!
//! Who wants tiles creates the file of the only claim to choose, which the file system lets one process do at a time, looks what
//! the others hold and what the journals say, writes its own file, and gives the claim back. A member is dead when its process is
//! gone or was silent for longer than the expiry; what it held is free then. Should it wake up all the same, nothing wrong comes
//! of it: it has written to its own journal only, and equal points have equal rows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::space::Tile;
use crate::store::claim::{self, Claim, Holder, Purpose};
use crate::store::disk::read_regular;
use crate::store::sight::Sight;
use crate::store::status::{Activity, Record, State, heard, json, replace};
use crate::store::{StoreError, create_folder, look, sync_folder};

/// Where the members' files stand in a folder.
pub(super) const MEMBERS: &str = "processes";

/// The ending of a member's file.
const ENDING: &str = "json";

/// Between two attempts to be the one who chooses.
const RETRY: Duration = Duration::from_millis(20);

/// For so long it is attempted at once; then the caller does something else.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many files of processes that have ended are kept for `ictus status`.
const MOST_ENDED: usize = 64;

/// A member's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Page {
    holder: Holder,
    /// The name of its journal, without the ending.
    journal: String,
    /// Seconds of silence after which it is dead.
    expiry: f64,
    held: Vec<Tile>,
    record: Record,
}

/// Another process of the run.
#[derive(Clone, Debug)]
pub struct Member {
    /// How it is called in messages.
    pub name: String,
    /// Whether it works, or may.
    pub is_alive: bool,
    /// How long nothing was heard of it.
    pub silence: Duration,
    /// The tiles it has in hand.
    pub held: Vec<Tile>,
    /// What it says of itself; a dead one is [`Activity::Lost`], one that has ended [`Activity::Left`].
    pub record: Record,
    /// The name of its journal, without the ending.
    pub(super) journal: String,
    /// When it has written its file, by the clock of the file server.
    pub(super) touched: SystemTime,
    path: PathBuf,
}

/// This process among the others.
#[derive(Debug)]
pub struct Membership {
    folder: PathBuf,
    path: PathBuf,
    page: Page,
    expiry: Duration,
    /// Between two beats.
    interval: Duration,
    beaten: Instant,
    entered: SystemTime,
    sight: Sight,
}

/// Chooses tiles, given those of this process that are still to be measured, and the other processes.
pub type Choose<'a> = dyn FnMut(&[Tile], &[Member]) -> Result<Vec<Tile>, StoreError> + 'a;

/// What came of an attempt to choose.
#[derive(Debug)]
pub enum Choice {
    /// These tiles are in hand now, beside those that were.
    Taken(Vec<Tile>),
    /// Another process is choosing, this one; try again later.
    Busy(String),
    /// This process was silent for too long: the others take it for dead, and may have what it had in hand.
    Lost,
}

impl Membership {
    /// Enters a folder, with the name that the journal will have; `since` is when this process entered for the first time, if it
    /// enters anew.
    ///
    /// # Errors
    /// When a run works there alone, or the file system refuses.
    pub(super) fn enter(
        run: &Path,
        journal: &str,
        expiry: Duration,
        record: Record,
        since: Option<SystemTime>,
    ) -> Result<Self, StoreError> {
        let folder = run.join(MEMBERS);
        create_folder(&folder)?;
        let path = folder.join(format!("{journal}.{ENDING}"));
        let holder = Holder::current();
        let page = Page {
            holder,
            journal: journal.to_owned(),
            expiry: expiry.as_secs_f64(),
            held: Vec::new(),
            record,
        };
        let now = SystemTime::now();
        let (beaten, sight) = (Instant::now(), Sight::default());
        let interval = claim::beat(expiry);
        let mut entered = Self { folder, path, page, expiry, interval, beaten, entered: now, sight };
        entered.write()?;
        // Whoever wants the folder alone looks for members after it has claimed it: at least one of the two sees the other.
        if let Some(holder) = claim::holder(run, Purpose::FOLDER)? {
            let _ = fs::remove_file(&entered.path);
            return Err(StoreError::Alone { folder: run.to_owned(), holder });
        }
        if let Some(holder) = claim::holder(run, Purpose::EXTENSION)? {
            let _ = fs::remove_file(&entered.path);
            return Err(StoreError::InUse { folder: run.to_owned(), holder });
        }
        sync_folder(&entered.folder)?;
        entered.entered = since.map_or_else(|| touched(&entered.path), Ok)?;
        entered.clear_away()?;
        Ok(entered)
    }

    fn write(&mut self) -> Result<(), StoreError> {
        self.beaten = Instant::now();
        replace(&self.path, json(&self.page).as_bytes())
    }

    /// Whether the others may take this process for dead: it was silent for too long, or its file is gone.
    pub fn is_lost(&self) -> bool {
        self.is_silent() || !self.path.exists()
    }

    /// Whether it was silent for too long.
    pub fn is_silent(&self) -> bool {
        self.beaten.elapsed() >= self.expiry
    }

    /// As if it had been shown so much earlier that this process is alive.
    #[cfg(test)]
    pub(super) fn age(&mut self, by: Duration) {
        self.beaten -= by;
    }

    /// Shows more or less often that this process is alive: by default every 10 s, or six times before it would be taken for dead.
    pub fn beat_every(&mut self, interval: Duration) {
        self.interval = interval;
    }

    /// Whether it is time for [`Membership::beat`].
    pub fn is_due(&self) -> bool {
        self.beaten.elapsed() >= self.interval
    }

    /// Shows that this process is alive, and how far it is.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn beat(&mut self, record: Record) -> Result<(), StoreError> {
        self.page.record = record;
        self.write()
    }

    /// Takes note of how far this process is, for when its file is written next.
    pub fn note(&mut self, record: Record) {
        self.page.record = record;
    }

    /// Takes tiles, as the only process to do so: `is_open` says which of those in hand the journals do not hold, `choose` sees these
    /// and the other processes, and gives what to take beside.
    ///
    /// # Errors
    /// When `choose` fails, or the file system refuses.
    pub fn choose(
        &mut self,
        is_open: &dyn Fn(&Tile) -> bool,
        choose: &mut Choose<'_>,
    ) -> Result<Choice, StoreError> {
        let claim = match self.claim(Self::choosing(self.expiry))? {
            Ok(claim) => claim,
            Err(holder) => return Ok(Choice::Busy(holder)),
        };
        if self.is_lost() {
            return Ok(Choice::Lost);
        }
        let now = claim.touched()?;
        let others = self.others(now)?;
        self.page.held.retain(is_open);
        let tiles = choose(&self.page.held, &others)?;
        self.page.held.extend_from_slice(&tiles);
        self.write()?;
        Ok(Choice::Taken(tiles))
    }

    /// The right to write the map or to make one journal of several, if no other process has it; else who has.
    pub(super) fn upkeep(&self) -> Result<Result<Claim, String>, StoreError> {
        let purpose = Purpose { prefix: "upkeep.", expiry: self.expiry, needs_beats: true };
        match Claim::take_in_sight(&self.folder, purpose, &self.sight) {
            Ok(claim) => Ok(Ok(claim)),
            Err(StoreError::InUse { holder, .. }) => Ok(Err(holder)),
            Err(error) => Err(error),
        }
    }

    fn choosing(expiry: Duration) -> Purpose {
        Purpose { prefix: "choosing.", expiry, needs_beats: true }
    }

    fn claim(&self, purpose: Purpose) -> Result<Result<Claim, String>, StoreError> {
        let began = Instant::now();
        loop {
            match Claim::take_in_sight(&self.folder, purpose, &self.sight) {
                Ok(claim) => return Ok(Ok(claim)),
                Err(StoreError::InUse { .. }) if began.elapsed() < PATIENCE => {
                    // Those who wait should not come back together.
                    std::thread::sleep(RETRY.mul_f64(0.5 + f64::from(std::process::id() % 16) / 16.0));
                }
                Err(StoreError::InUse { holder, .. }) => return Ok(Err(holder)),
                Err(error) => return Err(error),
            }
        }
    }

    /// The other processes, given the time by the clock of the file server.
    fn others(&self, now: SystemTime) -> Result<Vec<Member>, StoreError> {
        let mut members = members(&self.folder, now, &self.sight)?;
        members.retain(|member| member.path != self.path);
        Ok(members)
    }

    /// The other processes.
    #[cfg(test)]
    pub(super) fn members(&self) -> Result<Vec<Member>, StoreError> {
        self.others(touched(&self.path)?)
    }

    /// The time by the clock of the file server, as of this process's last beat. By that of this machine where another process has removed its
    /// file, taking it for one that has ended.
    fn now(&self) -> Result<SystemTime, StoreError> {
        match touched(&self.path) {
            Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(SystemTime::now())
            }
            other => other,
        }
    }

    /// The journals of processes that work, this one's among them, by name without the ending.
    pub(super) fn journals_in_use(&self) -> Result<BTreeSet<String>, StoreError> {
        // By the clock of the file server, which this one's may be far ahead of.
        let others = self.others(self.now()?)?;
        let mut names: BTreeSet<String> =
            others.into_iter().filter(|member| member.is_alive).map(|member| member.journal).collect();
        names.insert(self.page.journal.clone());
        Ok(names)
    }

    /// Whether a map was finished in this folder since this process entered.
    pub(super) fn is_overtaken(&self, run: &Path) -> Result<bool, StoreError> {
        let is_finished = Record::read(run)?.is_some_and(|record| record.state == State::Finished);
        Ok(is_finished && touched(&run.join(super::status::RECORD))? >= self.entered)
    }

    /// The record of the finished run, of this process and all others that have left a file.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn whole(&self) -> Result<Record, StoreError> {
        let members = members(&self.folder, SystemTime::now(), &self.sight)?;
        let mut whole = look::together(&members, None).unwrap_or_else(|| self.page.record.clone());
        whole.seconds = members.iter().map(|member| member.record.seconds).fold(0.0, f64::max);
        whole.rate = whole.points.saturating_sub(whole.taken) as f64 / whole.seconds.max(1e-9);
        for worker in &mut whole.workers {
            if worker.activity != Activity::Lost {
                worker.activity = Activity::Left;
            }
        }
        Ok(Record { state: State::Finished, seconds_left: None, ..whole })
    }

    /// When this process entered for the first time, by the clock of the file server.
    pub fn since(&self) -> SystemTime {
        self.entered
    }

    /// Shows that this process is alive, during long work.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(super) fn touch(&mut self) -> Result<(), StoreError> {
        if self.is_due() { self.write() } else { Ok(()) }
    }

    /// Leaves without a trace, once the map is written or to enter anew.
    pub fn vanish(self) {
        // If the file stays, its process is gone anyway.
        let _ = fs::remove_file(&self.path);
    }

    /// Leaves in good order; the file stays for `ictus status`.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn leave(mut self, record: Record) -> Result<(), StoreError> {
        self.page.held.clear();
        let left = self.beat(record);
        if left.is_err() {
            // Where nothing can be written its tiles are free all the same.
            let _ = fs::remove_file(&self.path);
        }
        left
    }

    /// Removes what processes that have ended have left: all of it, since the run is finished.
    pub(super) fn clear_all(&self) -> Result<(), StoreError> {
        let in_use = self.journals_in_use()?;
        for entry in fs::read_dir(&self.folder).map_err(StoreError::io("list", &self.folder))? {
            let path = entry.map_err(StoreError::io("list", &self.folder))?.path();
            // `JOURNAL.json`, or `JOURNAL.json.NUMBER.part` where a process died as it wrote.
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_in_use = in_use.iter().any(|journal| name.starts_with(journal.as_str()));
            if name.contains(&format!(".{ENDING}")) && !is_in_use {
                // If it stays it is in nobody's way.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// Removes the oldest files of processes that have ended, where there are many.
    fn clear_away(&self) -> Result<(), StoreError> {
        let mut others = self.others(self.now()?)?;
        others.retain(|member| !member.is_alive);
        let many = others.len().saturating_sub(MOST_ENDED);
        for member in &others[..many] {
            let _ = fs::remove_file(&member.path);
        }
        Ok(())
    }
}

/// Who shares a run folder and is alive, if anybody.
///
/// # Errors
/// When the file system refuses.
pub(super) fn living(run: &Path) -> Result<Option<String>, StoreError> {
    let members = members(&run.join(MEMBERS), SystemTime::now(), &Sight::default())?;
    Ok(members.into_iter().find(|member| member.is_alive).map(|member| member.name))
}

pub(super) fn touched(path: &Path) -> Result<SystemTime, StoreError> {
    fs::metadata(path).and_then(|entry| entry.modified()).map_err(StoreError::io("look at", path))
}

/// All members, by the time they entered. A file that cannot be understood belongs to nobody.
pub(super) fn members(folder: &Path, now: SystemTime, sight: &Sight) -> Result<Vec<Member>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StoreError::Io { action: "list", path: folder.to_owned(), source }),
    };
    let mut members = Vec::new();
    for entry in entries {
        let path = entry.map_err(StoreError::io("list", folder))?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            members.extend(member(path, now, sight)?);
        }
    }
    members.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(members)
}

fn member(path: PathBuf, now: SystemTime, sight: &Sight) -> Result<Option<Member>, StoreError> {
    let read = read_regular(&path).and_then(|bytes| Ok((bytes, fs::metadata(&path)?.modified()?)));
    let (bytes, touched) = match read {
        Ok(read) => read,
        // Its process has just left.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { action: "read", path, source }),
    };
    let Ok(page) = serde_json::from_slice::<Page>(&bytes) else { return Ok(None) };
    let Page { holder, journal, expiry, held, mut record } = page;
    let age = sight.silence(&path, touched, now);
    let has_ended = record.state != State::Running;
    let is_alive = !has_ended && age.as_secs_f64() < expiry && holder.is_alive() != Some(false);
    for worker in &mut record.workers {
        worker.journal.clone_from(&journal);
        worker.heard = heard(age);
        worker.activity = match worker.activity {
            _ if has_ended => Activity::Left,
            _ if !is_alive => Activity::Lost,
            _ if age.as_secs_f64() > expiry / 2.0 => Activity::Silent,
            activity => activity,
        };
    }
    Ok(Some(Member { name: holder.name(), is_alive, silence: age, held, record, journal, touched, path }))
}
