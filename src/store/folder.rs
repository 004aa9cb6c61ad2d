//! The folder of a run: its claim, its journals, and what they hold together. Knows nothing of models or of the map's format.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::space::{Cell, Space, Tile};
use crate::store::aside;
use crate::store::claim::{self, Claim, Purpose};
use crate::store::frame;
use crate::store::journal::{self, Header, Journal, Scan, Tail};
use crate::store::map::{self, Description, Recipe, Summary};
use crate::store::members;
use crate::store::status::Record;
use crate::store::writer::Writer;
use crate::store::{
    Finished, Identity, Index, Member, Membership, StoreError, Suspects, compact, create_folder, status,
    sync_folder,
};

/// Where the journals stand in a folder.
const JOURNALS: &str = "journals";
/// The map's name in a folder.
pub(super) const MAP: &str = "map.nc";

/// What happens to results that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They are taken, and only what is missing is computed.
    Resume,
    /// They are kept aside in `old-N`, and everything is computed anew.
    Fresh,
}

/// What was found when the journals were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// How many journals there were.
    pub journals: u64,
    /// How many points they hold.
    pub points: u64,
    /// How many places inside journals were damaged; what stood there is computed again.
    pub damaged: u64,
    /// How many bytes those places have.
    pub damaged_bytes: u64,
    /// How many journals end in the middle of a frame, as a kill leaves them.
    pub torn: u64,
    /// How many bytes those ends have.
    pub torn_bytes: u64,
    /// Where `--fresh` has put the older results.
    pub kept_aside: Option<PathBuf>,
    /// Of how many journals one was made.
    pub compacted: u64,
    /// How many journals were left by processes that died, as by a kill or a crash, with work in hand.
    pub deaths: u64,
}

/// A run's folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    role: Role,
    identity: Identity,
    index: Index,
    finished: Finished,
    recovery: Recovery,
    /// The name of this process' journal, without the ending, once it has one.
    own: Option<String>,
    /// How each journal ends, as far as it was read.
    tails: BTreeMap<PathBuf, Tail>,
}

/// What this process may do in a folder.
#[derive(Debug)]
enum Role {
    /// Read.
    Reader,
    /// Work alone.
    Owner(Claim),
    /// Write a journal under the claim of another process.
    Guest,
    /// Work among others; the name of its journal.
    Sharer(String),
    /// The owner's claim is with the writer.
    Writing,
    /// Write the map of what several have measured.
    Keeper(Claim),
}

impl Folder {
    /// Makes the folder if it is not there, claims it, and reads its journals.
    ///
    /// # Errors
    /// When another process works there, a journal belongs to another study, or the file system refuses.
    pub fn open(
        path: &Path,
        identity: &Identity,
        space: &Space,
        quantities: usize,
        fate: Fate,
    ) -> Result<Self, StoreError> {
        create_folder(path)?;
        let mut claim = Claim::take(path, Purpose::FOLDER)?;
        if let Some(holder) = members::living(path)? {
            return Err(StoreError::Shared { folder: path.to_owned(), holder });
        }
        let kept_aside = match fate {
            Fate::Resume => None,
            Fate::Fresh => put_aside(path)?,
        };
        create_folder(&path.join(JOURNALS))?;
        remove_leftovers(path);
        let journals = Journals { path, identity, space, quantities };
        let folder = journals.compacted(&BTreeSet::new(), &mut || claim.beat())?;
        let recovery = Recovery { kept_aside, ..folder.recovery };
        Ok(Self { role: Role::Owner(claim), recovery, ..folder })
    }

    /// Makes the folder if it is not there, enters it among others who may be at work, and reads the journals. A process that was
    /// silent for `expiry` is dead; `since` is when this one entered for the first time, if it enters anew.
    ///
    /// # Errors
    /// When a run works there alone, a journal belongs to another study, or the file system refuses.
    pub fn join(
        path: &Path,
        identity: &Identity,
        space: &Space,
        quantities: usize,
        expiry: Duration,
        since: Option<SystemTime>,
    ) -> Result<(Self, Membership), StoreError> {
        create_folder(path)?;
        create_folder(&path.join(JOURNALS))?;
        let stem = stem();
        let mut membership = Membership::enter(path, &stem, expiry, Record::begin(space.points(), 0), since)?;
        let in_use = membership.journals_in_use()?;
        let journals = Journals { path, identity, space, quantities };
        let folder = match membership.upkeep()? {
            Ok(mut claim) => {
                journals.compacted(&in_use, &mut || claim.beat().and_then(|()| membership.touch()))?
            }
            Err(_) => journals.read(&in_use)?.0,
        };
        Ok((Self { role: Role::Sharer(stem), ..folder }, membership))
    }

    /// Reads the journals of a folder without claiming it, even while a run is writing there.
    ///
    /// # Errors
    /// When a journal belongs to another study, or the file system refuses.
    pub fn read(
        path: &Path,
        identity: &Identity,
        space: &Space,
        quantities: usize,
    ) -> Result<Self, StoreError> {
        Ok(Journals { path, identity, space, quantities }.read(&BTreeSet::new())?.0)
    }

    /// Reads again what several processes have written, to write the map of it as the only one; if another process does so or has
    /// done so since this one entered, gives who it is.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep(
        &mut self,
        space: &Space,
        quantities: usize,
        membership: &Membership,
    ) -> Result<Keeping, StoreError> {
        let claim = match membership.upkeep()? {
            Ok(claim) => claim,
            Err(holder) => return Ok(Keeping::Elsewhere(holder)),
        };
        if membership.is_overtaken(&self.path)? && self.map().exists() {
            return Ok(Keeping::Done);
        }
        remove_leftovers(&self.path);
        let journals = Journals { path: &self.path, identity: &self.identity, space, quantities };
        let folder = journals.read(&membership.journals_in_use()?)?.0;
        let recovery = self.recovery.clone();
        *self = Self { role: Role::Keeper(claim), recovery, ..folder };
        Ok(Keeping::Mine)
    }

    /// Ends what [`Folder::keep`] began: the run is finished, and what its dead processes have left is removed.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn finish(&mut self, membership: &Membership, record: &Record) -> Result<(), StoreError> {
        record.write(&self.path)?;
        membership.clear_all()?;
        claim::clear(&self.path, Purpose::FOLDER)?;
        self.role = Role::Reader;
        Ok(())
    }

    /// Reads what was appended to the journals since they were read, by this process and by others; gives the new tiles and how
    /// many seconds they took one thread.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn catch_up(&mut self, space: &Space, quantities: usize) -> Result<Vec<(Tile, f32)>, StoreError> {
        let tag = journal::tag(&self.identity);
        let mut news = Vec::new();
        for journal in journals(&self.path)? {
            let tail = self.tails.entry(journal.clone()).or_default();
            let read = journal::skim(&journal, tail, tag, space.cells(), quantities);
            news.extend(if_there(read)?.unwrap_or_default());
        }
        for &(tile, _) in &news {
            self.finished.add(tile);
        }
        Ok(news)
    }

    /// A folder that another process has claimed for this one too, as a rank of the same run: it gets a journal of its own, and
    /// none is read.
    ///
    /// # Errors
    /// When the claim is not seen here, which is to say that this is another folder.
    pub fn under_claim(
        path: &Path,
        claim: &str,
        identity: &Identity,
        space: &Space,
        quantities: usize,
    ) -> Result<Self, StoreError> {
        if !path.join(claim).exists() {
            return Err(StoreError::NotShared { folder: path.to_owned(), host: claim::host() });
        }
        Ok(Self {
            path: path.to_owned(),
            role: Role::Guest,
            identity: identity.clone(),
            index: Index::new(quantities),
            finished: Finished::new(space.cells()),
            recovery: Recovery::default(),
            own: None,
            tails: BTreeMap::new(),
        })
    }

    /// The name of the file that claims the folder for this process, if it does.
    pub fn claim(&self) -> Option<String> {
        match &self.role {
            Role::Owner(claim) => Some(claim.name()),
            _ => None,
        }
    }

    /// Reads the journals again, those of other ranks too. Repairs nothing and keeps the claim.
    ///
    /// # Errors
    /// When a journal belongs to another study, or the file system refuses.
    pub fn refresh(&mut self, space: &Space, quantities: usize) -> Result<(), StoreError> {
        let read = Self::read(&self.path, &self.identity, space, quantities)?;
        self.index = read.index;
        self.finished = read.finished;
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its map is, or will be.
    pub fn map(&self) -> PathBuf {
        self.path.join(MAP)
    }

    /// What was found in the journals when the folder was opened.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Where every finished row is.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Which blocks are finished.
    pub fn finished(&self) -> &Finished {
        &self.finished
    }

    /// Refuses when the disk has not the room for what is still to come.
    ///
    /// # Errors
    /// When the points that are measured as one piece have too many features, when journals and map may need more than the disk has free, or the file system does not say.
    pub fn check_room(&self, space: &Space, quantities: usize) -> Result<(), StoreError> {
        let (block, most) =
            (u64::from(space.cells().points_of_a_block()), frame::most_points_of_a_block(quantities));
        if block > most {
            return Err(StoreError::WideBlock { block, most, quantities });
        }
        let needed = needed_bytes(space.points() - self.finished.points(), space.points(), quantities);
        let free = free_bytes(&self.path)?;
        if needed > free {
            Err(StoreError::TooLarge { folder: self.path.clone(), needed, free })
        } else {
            Ok(())
        }
    }

    /// What processes had in hand when they died and is not finished. All processes of the run are dead but this one and `others`.
    pub fn suspects(&self, space: &Space, others: &[Member]) -> Suspects {
        let mut suspects = Suspects::default();
        for tail in self.of_the_dead(others) {
            tail.died().for_each(|died| suspects.add(died));
        }
        suspects.forget(&self.finished, space.cells());
        suspects
    }

    /// Whether a process has died without having closed its journal. All are dead but this one and `others`.
    pub fn is_after_a_death(&self, others: &[Member]) -> bool {
        self.of_the_dead(others).any(|tail| !tail.is_closed)
    }

    fn of_the_dead(&self, others: &[Member]) -> impl Iterator<Item = &Tail> {
        let mut in_use: BTreeSet<String> =
            others.iter().filter(|other| other.is_alive).map(|other| other.journal.clone()).collect();
        in_use.extend(self.own.clone());
        let tails = self.tails.iter().filter(move |(journal, _)| !is_named(journal, &in_use));
        tails.map(|(_, tail)| tail)
    }

    /// Starts the writer of a new journal.
    ///
    /// # Errors
    /// When the journal cannot be created.
    ///
    /// # Panics
    /// When the folder was only read, or a writer is at work already.
    pub fn writer(&mut self, queue: usize) -> Result<Writer, StoreError> {
        let (stem, claim) = match std::mem::replace(&mut self.role, Role::Writing) {
            Role::Owner(claim) => (stem(), Some(claim)),
            Role::Sharer(stem) => (stem, None),
            Role::Guest => (stem(), None),
            Role::Reader | Role::Writing | Role::Keeper(_) => {
                panic!("a folder that this process works in, without a writer")
            }
        };
        let journal = Journal::create(&self.path.join(JOURNALS), &stem, &self.identity)?;
        self.own = Some(stem);
        Ok(Writer::start(journal, claim, journal::tag(&self.identity), queue))
    }

    /// Closes a writer, syncs its journal and takes its frames into the index. A journal in which nothing was noted is removed.
    ///
    /// # Errors
    /// When the writer has failed; what it had written before is in the journal.
    pub fn close(&mut self, writer: Writer) -> Result<(), StoreError> {
        let work = writer.close();
        self.role = work.claim.map_or(Role::Reader, Role::Owner);
        work.result?;
        for found in &work.found {
            self.finished.add(found.tile);
        }
        if !work.found.is_empty() {
            self.index.add(work.journal.path().to_owned(), &work.found);
            self.index.sort();
        }
        Ok(())
    }

    /// Writes the map of what the journals hold. Gives `None` when `watch`, which is told how many cells are done and how many
    /// there are, stopped it.
    ///
    /// # Errors
    /// When the journals cannot be read or contradict each other, or the disk refuses.
    pub fn consolidate(
        &mut self,
        description: &Description,
        classify: &dyn Fn(u8, &[f64]) -> u8,
        path: &Path,
        watch: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Option<Summary>, StoreError> {
        let (index, role) = (&self.index, &mut self.role);
        let mut rows = |cell: &Cell| {
            role.beat()?;
            index.cell(&description.space, cell, description.not_computed)
        };
        map::write(Recipe { description, rows: &mut rows, classify, watch }, path)
    }

    /// Keeps the claim alive during long work that is not the writer's.
    ///
    /// # Errors
    /// When the claim is lost or cannot be touched.
    pub fn beat(&mut self) -> Result<(), StoreError> {
        self.role.beat()
    }
}

impl Role {
    fn beat(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Owner(claim) | Self::Keeper(claim) => claim.beat(),
            Self::Reader | Self::Guest | Self::Sharer(_) | Self::Writing => Ok(()),
        }
    }
}

/// Who writes the map of a run that several processes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// This process.
    Mine,
    /// Another one is at it.
    Elsewhere(String),
    /// Another one has done it.
    Done,
}

/// What it takes to read the journals of a folder.
struct Journals<'a> {
    path: &'a Path,
    identity: &'a Identity,
    space: &'a Space,
    quantities: usize,
}

impl Journals<'_> {
    /// Reads all journals. Those whose names are in use belong to processes that are alive.
    fn read(&self, in_use: &BTreeSet<String>) -> Result<(Folder, Vec<(PathBuf, Scan)>), StoreError> {
        let Self { path, identity, space, quantities } = *self;
        let mut scans = Vec::new();
        for journal in journals(path)? {
            // One that is gone was copied into another since the list was made.
            let Some(scan) =
                if_there(journal::scan(&journal, journal::tag(identity), space.cells(), quantities))?
            else {
                return self.read(in_use);
            };
            if let Some(header) = scan.header.as_ref().filter(|header| header.hash != identity.hash()) {
                let difference = difference(&header.canonical, &identity.canonical);
                return Err(StoreError::Foreign { journal, difference });
            }
            scans.push((journal, scan));
        }
        let mut index = Index::new(quantities);
        let mut recovery = Recovery::default();
        let mut tails = BTreeMap::new();
        for (journal, scan) in &scans {
            recovery.journals += 1;
            recovery.damaged += scan.damaged;
            recovery.damaged_bytes += scan.damaged_bytes;
            recovery.torn += u64::from(scan.torn_bytes > 0);
            recovery.torn_bytes += scan.torn_bytes;
            index.add(journal.clone(), &scan.frames);
            tails.insert(journal.clone(), scan.tail.clone());
            recovery.deaths += u64::from(!is_named(journal, in_use) && scan.tail.died().next().is_some());
        }
        index.sort();
        let finished = index.finished(space);
        recovery.points = finished.points();
        let identity = identity.clone();
        let (path, role) = (path.to_owned(), Role::Reader);
        Ok((Folder { path, role, identity, index, finished, recovery, own: None, tails }, scans))
    }

    /// Reads all journals, and makes one of those that belong to no living process if there are many. Whoever calls this must be
    /// the only one to do so.
    fn compacted(
        &self,
        in_use: &BTreeSet<String>,
        beat: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<Folder, StoreError> {
        let journals = self.path.join(JOURNALS);
        compact::remove_leftovers(&journals);
        let (folder, scans) = self.read(in_use)?;
        let old: Vec<(PathBuf, u64)> = scans
            .iter()
            .filter(|(journal, _)| !is_named(journal, in_use))
            .map(|(journal, scan)| (journal.clone(), scan.tail.end + scan.torn_bytes))
            .collect();
        let chosen = compact::choose(&old);
        if chosen.is_empty() {
            return Ok(folder);
        }
        let scans: Vec<(PathBuf, Scan)> =
            scans.into_iter().filter(|(journal, _)| chosen.contains(journal)).collect();
        let mut suspects = Suspects::default();
        scans.iter().flat_map(|(_, scan)| scan.tail.died()).for_each(|died| suspects.add(died));
        suspects.forget(&folder.finished, self.space.cells());
        let what = (self.identity, self.space.cells(), self.quantities);
        compact::compact(&journals, &scans, &suspects, what, &stem(), beat)?;
        let recovery = Recovery { compacted: chosen.len() as u64, ..folder.recovery };
        Ok(Folder { recovery, ..self.read(in_use)?.0 })
    }
}

/// Whether a journal's name, without the ending, is among these.
fn is_named(journal: &Path, names: &BTreeSet<String>) -> bool {
    journal.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| names.contains(stem))
}

/// What was read of a journal, unless it is gone.
fn if_there<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// The name of a journal of this process, without the ending. Names sort by time.
fn stem() -> String {
    format!("{}-{}-{}", timestamp(), plain(&claim::host()), std::process::id())
}

/// The headers of a folder's journals, oldest first; damaged ones are left out.
///
/// # Errors
/// When the folder or a journal cannot be read.
pub fn headers(path: &Path) -> Result<Vec<Header>, StoreError> {
    journals(path)?.iter().filter_map(|journal| journal::header(journal).transpose()).collect()
}

/// An upper bound of the bytes still to be written: a journal of `missing` points and a map of `points`, uncompressed.
pub fn needed_bytes(missing: u64, points: u64, quantities: usize) -> u128 {
    // Headers, attributes and coordinates.
    const TEXTS: u128 = 1 << 20;
    let row = 2 + 8 * quantities as u128;
    TEXTS + (u128::from(missing) + u128::from(points)) * row
}

/// How many bytes the disk of a folder has left for this user.
///
/// # Errors
/// When the file system does not say.
pub fn free_bytes(path: &Path) -> Result<u128, StoreError> {
    let disk = rustix::fs::statvfs(path).map_err(|error| StoreError::Io {
        action: "ask for the free space of",
        path: path.to_owned(),
        source: error.into(),
    })?;
    Ok(u128::from(disk.f_bavail) * u128::from(disk.f_frsize))
}

/// The journals of a folder, by name and so by time.
fn journals(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let folder = path.join(JOURNALS);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StoreError::Io { action: "list", path: folder, source }),
    };
    let mut journals = Vec::new();
    for entry in entries {
        let journal = entry.map_err(StoreError::io("list", &folder))?.path();
        if journal.extension().is_some_and(|ending| ending == journal::ENDING) {
            journals.push(journal);
        }
    }
    journals.sort();
    Ok(journals)
}

/// Moves the map and the journals into `old-N`; gives that folder if there was anything to move.
fn put_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    // The journals last: as long as they are here, an interrupted move has lost nothing.
    let present: Vec<&str> = [MAP, JOURNALS].into_iter().filter(|name| path.join(name).exists()).collect();
    if present.is_empty() {
        return Ok(None);
    }
    let mut number = 1;
    while path.join(format!("old-{number}")).exists() {
        number += 1;
    }
    let aside = path.join(format!("old-{number}"));
    create_folder(&aside)?;
    for name in present {
        fs::rename(path.join(name), aside.join(name))
            .map_err(StoreError::io("move aside", &path.join(name)))?;
    }
    sync_folder(&aside)?;
    sync_folder(path)?;
    Ok(Some(aside))
}

/// Removes maps and records that a killed run has not finished; the claim says that nobody is writing them.
fn remove_leftovers(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        let names = [MAP, status::RECORD, status::LINE];
        let is_ours =
            entry.file_name().to_str().is_some_and(|name| names.iter().any(|ours| name.starts_with(ours)));
        if is_ours && path.extension().is_some_and(|ending| ending == aside::PART) {
            // If it stays it is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}

/// The lines that two texts do not share.
fn difference(theirs: &str, ours: &str) -> String {
    const MOST_LINES: usize = 20;
    let only = |sign: char, text: &str, other: &str| -> Vec<String> {
        let other: std::collections::HashSet<&str> = other.lines().collect();
        text.lines().filter(|line| !other.contains(line)).map(|line| format!("  {sign} {line}")).collect()
    };
    let mut lines = only('-', theirs, ours);
    lines.extend(only('+', ours, theirs));
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("  and {more} lines more"));
    }
    lines.join("\n")
}

/// Nanoseconds since 1970 as 16 hexadecimal digits, so that names sort by time.
fn timestamp() -> String {
    let since = SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:016x}", since.as_nanos())
}

/// A host's name as part of a file's name.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
