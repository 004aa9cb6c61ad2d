//! The folder of a run: its claim, its journals, and what they hold together. Knows nothing of models or of the map's format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::space::{Cell, Space, Tile};
use crate::store::claim::{self, Claim, Purpose};
use crate::store::journal::{self, Journal, Tail};
use crate::store::journals::{self, Held, JOURNALS, Journals, Recovery};
use crate::store::map::{self, Description, Recipe, Summary};
use crate::store::status::Record;
use crate::store::writer::Writer;
use crate::store::{
    Checkpoints, Classify, Counts, Finished, Identity, Index, Member, Membership, StoreError, Suspects,
    Tally, create_folder, disk, frame, members, remains,
};

/// What happens to results that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They are taken, and only what is missing is computed.
    Resume,
    /// They are kept aside in `old-N`, and everything is computed anew.
    Fresh,
}

/// A run's folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    role: Role,
    identity: Identity,
    /// What the journals hold, as far as they were read.
    held: Held,
    /// The name of this process' journal, without the ending, once it has one.
    own: Option<String>,
    /// What the rows in the journals are, once it was counted.
    tally: Option<Tally>,
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
            Fate::Fresh => remains::put_aside(path)?,
        };
        create_folder(&path.join(JOURNALS))?;
        remains::remove(path);
        let journals = Journals { path, identity, space, quantities };
        let mut held = journals.compacted(&BTreeSet::new(), &mut || claim.beat())?;
        held.recovery.kept_aside = kept_aside;
        Checkpoints::new(path, journal::tag(identity)).clear(&held.finished, space.cells());
        Ok(Self::new(path, Role::Owner(claim), identity, held))
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
        let stem = journals::stem();
        let mut membership = Membership::enter(path, &stem, expiry, Record::begin(space.points(), 0), since)?;
        let in_use = membership.journals_in_use()?;
        let journals = Journals { path, identity, space, quantities };
        let held = match membership.upkeep()? {
            Ok(mut claim) => {
                journals.compacted(&in_use, &mut || claim.beat().and_then(|()| membership.touch()))?
            }
            Err(_) => journals.read(&in_use)?.0,
        };
        Ok((Self::new(path, Role::Sharer(stem), identity, held), membership))
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
        let (held, _) = Journals { path, identity, space, quantities }.read(&BTreeSet::new())?;
        Ok(Self::new(path, Role::Reader, identity, held))
    }

    fn new(path: &Path, role: Role, identity: &Identity, held: Held) -> Self {
        Self { path: path.to_owned(), role, identity: identity.clone(), held, own: None, tally: None }
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
        remains::remove(&self.path);
        let journals = Journals { path: &self.path, identity: &self.identity, space, quantities };
        let (held, _) = journals.read(&membership.journals_in_use()?)?;
        let recovery = std::mem::take(&mut self.held.recovery);
        *self = Self::new(&self.path, Role::Keeper(claim), &self.identity, Held { recovery, ..held });
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
        let tag = journal::tag(&self.identity);
        Checkpoints::new(&self.path, tag).clear(&self.held.finished, self.held.finished.cells());
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
        for journal in journals::list(&self.path)? {
            let tail = self.held.tails.entry(journal.clone()).or_default();
            let read = journal::skim(&journal, tail, tag, space.cells(), quantities);
            news.extend(journals::if_there(read)?.unwrap_or_default());
        }
        for &(tile, _) in &news {
            self.held.finished.add(tile);
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
        Ok(Self::new(path, Role::Guest, identity, Held::nothing(space, quantities)))
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
        let read = Self::read(&self.path, &self.identity, space, quantities)?.held;
        self.held.index = read.index;
        self.held.finished = read.finished;
        Ok(())
    }

    /// Counts what the journals hold by now, unless it should not go on, and keeps the counts; gives whether everything was counted.
    ///
    /// # Errors
    /// When a journal belongs to another study, or the file system refuses.
    pub fn count(
        &mut self,
        space: &Space,
        quantities: usize,
        classify: &Classify<'_>,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<bool, StoreError> {
        let new = || Tally::new(&self.path, &self.identity, space, quantities);
        self.tally.get_or_insert_with(new).catch_up(classify, goes_on)
    }

    /// What was counted last; nothing before it was.
    pub fn counts(&self) -> Counts {
        self.tally.as_ref().map(|tally| tally.counts().clone()).unwrap_or_default()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its map is, or will be.
    pub fn map(&self) -> PathBuf {
        self.path.join(map::FILE)
    }

    /// What was found in the journals when the folder was opened.
    pub fn recovery(&self) -> &Recovery {
        &self.held.recovery
    }

    /// Where every finished row is.
    pub fn index(&self) -> &Index {
        &self.held.index
    }

    /// Which blocks are finished.
    pub fn finished(&self) -> &Finished {
        &self.held.finished
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
        let needed =
            disk::needed_bytes(space.points() - self.held.finished.points(), space.points(), quantities);
        let free = disk::free_bytes(&self.path)?;
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
        suspects.forget(&self.held.finished, space.cells());
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
        let tails = self.held.tails.iter().filter(move |(journal, _)| !journals::is_named(journal, &in_use));
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
            Role::Owner(claim) => (journals::stem(), Some(claim)),
            Role::Sharer(stem) => (stem, None),
            Role::Guest => (journals::stem(), None),
            Role::Reader | Role::Writing | Role::Keeper(_) => {
                panic!("a folder that this process works in, without a writer")
            }
        };
        let journal = Journal::create(&self.path.join(JOURNALS), &stem, &self.identity)?;
        self.own = Some(stem);
        let tag = journal::tag(&self.identity);
        Ok(Writer::start(journal, claim, tag, Checkpoints::new(&self.path, tag), queue))
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
            self.held.finished.add(found.tile);
        }
        if !work.found.is_empty() {
            self.held.index.add(work.journal.path().to_owned(), &work.found);
            self.held.index.sort();
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
        let (index, role) = (&self.held.index, &mut self.role);
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
