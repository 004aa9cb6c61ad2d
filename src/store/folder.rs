//! The folder of a run: its claim, its journals, and what they hold together. Knows nothing of models or of the map's format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::space::{Cell, Space, Tile};
use crate::store::claim::{self, Claim, Purpose};
use crate::store::frame::Form;
use crate::store::journal::{self, Journal, Tail};
use crate::store::journals::{self, Held, JOURNALS, Journals, Recovery};
use crate::store::map::{self, Description, Recipe, Summary};
use crate::store::status::Record;
use crate::store::writer::Writer;
use crate::store::{
    Checkpoints, Classify, Counts, Finished, GoesOn, Identity, Index, Member, Membership, StoreError,
    Suspects, Tally, create_folder, disk, frame, heed, members, remains,
};

/// Journals are read for so long at most before somebody looks up from them.
const GLANCE: Duration = Duration::from_millis(200);

/// What is done when a wish to stop is heeded.
const READING: &str = "the journals were read";

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
    /// Whether journals hold more than was read of them.
    is_behind: bool,
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
        Self::open_while(path, identity, (space, quantities), fate, &|| true)
    }

    /// The same, as long as it should go on.
    ///
    /// # Errors
    /// The same, and when it should not go on.
    pub fn open_while(
        path: &Path,
        identity: &Identity,
        (space, quantities): (&Space, usize),
        fate: Fate,
        goes_on: &GoesOn<'_>,
    ) -> Result<Self, StoreError> {
        create_folder(path)?;
        let mut claim = Claim::take(path, Purpose::FOLDER)?;
        if let Some(holder) = members::living(path)? {
            return Err(StoreError::Shared { folder: path.to_owned(), holder });
        }
        if let Some(holder) = claim::holder(path, Purpose::EXTENSION)? {
            return Err(StoreError::InUse { folder: path.to_owned(), holder });
        }
        claim::clear(path, Purpose::EXTENSION)?;
        let kept_aside = match fate {
            Fate::Resume => None,
            Fate::Fresh => remains::put_aside(path)?,
        };
        create_folder(&path.join(JOURNALS))?;
        remains::remove(path);
        let journals = Journals { path, identity, space, quantities };
        journal::keep_header(path, identity)?;
        let mut held = journals
            .compacted(&BTreeSet::new(), &mut || heed(goes_on, READING).and_then(|()| claim.beat()))?;
        held.recovery.kept_aside = kept_aside;
        Checkpoints::new(path, frame::tag(&identity.hash())).clear(&held.finished, space.cells());
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
        Self::join_while(path, identity, (space, quantities), (expiry, since), &|| true)
    }

    /// The same, as long as it should go on.
    ///
    /// # Errors
    /// The same, and when it should not go on.
    pub fn join_while(
        path: &Path,
        identity: &Identity,
        (space, quantities): (&Space, usize),
        (expiry, since): (Duration, Option<SystemTime>),
        goes_on: &GoesOn<'_>,
    ) -> Result<(Self, Membership), StoreError> {
        heed(goes_on, READING)?;
        if since.is_none() {
            create_folder(path)?;
            create_folder(&path.join(JOURNALS))?;
        } else if !path.join(JOURNALS).is_dir() {
            return Err(StoreError::Gone { path: path.join(JOURNALS) });
        }
        let stem = journals::stem();
        let mut membership = Membership::enter(path, &stem, expiry, Record::begin(space.points(), 0), since)?;
        let journals = Journals { path, identity, space, quantities };
        let read = Self::read_among(&journals, &mut membership, goes_on)
            .and_then(|held| journal::keep_header(path, identity).map(|()| held));
        match read {
            Ok(held) => Ok((Self::new(path, Role::Sharer(stem), identity, held), membership)),
            Err(error) => {
                membership.vanish();
                Err(error)
            }
        }
    }

    fn read_among(
        journals: &Journals<'_>,
        membership: &mut Membership,
        goes_on: &GoesOn<'_>,
    ) -> Result<Held, StoreError> {
        let in_use = membership.journals_in_use()?;
        if let Ok(mut claim) = membership.upkeep()? {
            return journals.compacted(&in_use, &mut || {
                heed(goes_on, READING)?;
                claim.beat()?;
                membership.touch()
            });
        }
        let mut beat = || heed(goes_on, READING).and_then(|()| membership.touch());
        Ok(journals.read(&in_use, &mut beat)?.0)
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
        let journals = Journals { path, identity, space, quantities };
        let (held, _) = journals.read(&BTreeSet::new(), &mut || Ok(()))?;
        Ok(Self::new(path, Role::Reader, identity, held))
    }

    fn new(path: &Path, role: Role, identity: &Identity, held: Held) -> Self {
        Self {
            path: path.to_owned(),
            role,
            identity: identity.clone(),
            held,
            own: None,
            tally: None,
            is_behind: false,
        }
    }

    /// Reads again what several processes have written, to write the map of it as the only one; if another process does so or has
    /// done so since this one entered, gives who it is.
    ///
    /// # Errors
    /// When the file system refuses, or it should not go on.
    pub fn keep(
        &mut self,
        space: &Space,
        quantities: usize,
        membership: &mut Membership,
        goes_on: &GoesOn<'_>,
    ) -> Result<Keeping, StoreError> {
        let mut claim = match membership.upkeep()? {
            Ok(claim) => claim,
            Err(holder) => return Ok(Keeping::Elsewhere(holder)),
        };
        if membership.is_overtaken(&self.path)? && self.map().exists() {
            return Ok(Keeping::Done);
        }
        remains::remove(&self.path);
        let journals = Journals { path: &self.path, identity: &self.identity, space, quantities };
        let in_use = membership.journals_in_use()?;
        let (held, _) = journals.read(&in_use, &mut || {
            heed(goes_on, READING)?;
            claim.beat()?;
            membership.touch()
        })?;
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
        claim::clear(&self.path, Purpose::EXTENSION)?;
        let tag = frame::tag(&self.identity.hash());
        Checkpoints::new(&self.path, tag).clear(&self.held.finished, self.held.finished.cells());
        self.role = Role::Reader;
        Ok(())
    }

    /// Reads what was appended to the journals since they were read, by this process and by others, but only for a moment, see
    /// [`Folder::is_behind`]; gives the tiles that are new and how many seconds they took one thread.
    ///
    /// # Errors
    /// When this process' own journal is gone, or the file system refuses.
    pub fn catch_up(&mut self) -> Result<Vec<(Tile, f32)>, StoreError> {
        let until = Instant::now() + GLANCE;
        let listed = journals::list(&self.path)?;
        self.check_place()?;
        // What a journal that is gone has said stands in the one that has replaced it.
        self.held.tails.retain(|journal, _| listed.contains(journal));
        let form = self.held.index.form();
        let mut news = Vec::new();
        self.is_behind = false;
        for journal in listed {
            let mut tail = self.held.tails.remove(&journal).unwrap_or_default();
            let read = journal::catch_up(&journal, &mut tail, form, until, &mut news);
            if let Some(is_whole) = journals::if_there(read)? {
                self.held.tails.insert(journal, tail);
                self.is_behind |= !is_whole;
            }
        }
        news.retain(|&(tile, _)| self.held.finished.add(tile) > 0);
        Ok(news)
    }

    /// Whether the journals hold more than [`Folder::catch_up`] has read.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Refuses when this process' own journal is no longer where it was made: nobody would ever find what it writes.
    ///
    /// # Errors
    /// When it is gone.
    pub fn check_place(&self) -> Result<(), StoreError> {
        let Some(own) = &self.own else { return Ok(()) };
        let journal = self.path.join(JOURNALS).join(format!("{own}.{}", journal::ENDING));
        if journal.exists() { Ok(()) } else { Err(StoreError::Gone { path: journal }) }
    }

    /// Refuses when the folder of the journals is gone, with all that was written there.
    ///
    /// # Errors
    /// When it is gone.
    pub fn check_journals(&self) -> Result<(), StoreError> {
        let path = self.path.join(JOURNALS);
        if path.is_dir() { Ok(()) } else { Err(StoreError::Gone { path }) }
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
        let form = Form::new(identity.hash(), space.cells(), quantities);
        Ok(Self::new(path, Role::Guest, identity, Held::nothing(space, form)))
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
        self.refresh_while(space, quantities, &|| true)
    }

    /// The same, as long as it should go on.
    ///
    /// # Errors
    /// The same, and when it should not go on.
    pub fn refresh_while(
        &mut self,
        space: &Space,
        quantities: usize,
        goes_on: &GoesOn<'_>,
    ) -> Result<(), StoreError> {
        let journals = Journals { path: &self.path, identity: &self.identity, space, quantities };
        let mut beat = || heed(goes_on, READING).and_then(|()| self.role.beat());
        let (read, _) = journals.read(&BTreeSet::new(), &mut beat)?;
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
        let tails = journals::that_count(&self.held.tails);
        tails.filter(move |(journal, _)| !journals::is_named(journal, &in_use)).map(|(_, tail)| tail)
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
        // Numbered, if another had the name.
        self.own = journal.path().file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let form = self.held.index.form().clone();
        let checkpoints = Checkpoints::new(&self.path, form.tag);
        Ok(Writer::start(journal, claim, form, checkpoints, queue))
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
    /// When the journals cannot be read, contradict each other or are gone, or the disk refuses.
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
        let made = map::write(Recipe { description, rows: &mut rows, classify, watch }, path);
        if made.is_err() {
            // Whatever it met first, this is why.
            self.check_journals()?;
        }
        made
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale};
    use crate::store::frame::{Note, encode_note, tag};
    use crate::store::sight::Sight;
    use crate::store::status::{Activity, Worker};
    use crate::table::{Quantity, Table};

    fn space() -> Space {
        let quantity = Quantity::real("x", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        Space::new(vec![Axis::new(vec![column], 4096).unwrap()]).unwrap()
    }

    fn identity() -> Identity {
        Identity { canonical: "a test\n".into(), origin: String::new() }
    }

    fn tile(first: u32) -> Tile {
        Tile { cell: 0, first, count: 1 }
    }

    /// The journal of a process that died with something in hand.
    fn dead(folder: &Path, stem: &str, tile: Tile, point: Option<u32>) -> PathBuf {
        create_folder(&folder.join(JOURNALS)).unwrap();
        let mut journal = Journal::create(&folder.join(JOURNALS), stem, &identity()).unwrap();
        journal.append(&encode_note(tag(&identity().hash()), Note::Begun { tile, point })).unwrap();
        journal.path().to_owned()
    }

    fn join(path: &Path) -> (Folder, Membership) {
        Folder::join(path, &identity(), &space(), 1, claim::EXPIRY, None).unwrap()
    }

    fn journals_of(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let list = journals::list(path).unwrap();
        list.into_iter().map(|journal| (journal.clone(), std::fs::read(journal).unwrap())).collect()
    }

    /// Block 5 was in hand at two deaths, and one point of it, alone, at one; block 9 at one.
    fn three_dead(path: &Path) -> (u32, [PathBuf; 3]) {
        let point = 5 * space().cells().points_of_a_block() + 3;
        let journals = [
            dead(path, "1-a", tile(5), None),
            dead(path, "2-b", tile(5), None),
            dead(path, "3-c", tile(5), Some(point)),
        ];
        (point, journals)
    }

    fn check(suspects: &Suspects, point: u32) {
        let (once, lonely) = suspects.sort(space().cells());
        assert_eq!(once, [tile(9)]);
        assert_eq!(lonely.len(), 1);
        assert!(!lonely[0].is_deadly(point), "one death was counted twice");
        assert_eq!(lonely[0].order(point..point + 2), [point + 1, point], "but it was counted once");
    }

    #[test]
    fn a_folder_that_beats_shows_that_its_process_lives() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(place.path(), &identity(), &space(), 1, Fate::Resume).unwrap();
        let silence = |folder: &Folder| {
            let Role::Owner(claim) = &folder.role else { panic!("it has a claim") };
            SystemTime::now().duration_since(claim.touched().unwrap()).unwrap_or_default()
        };
        let Role::Owner(claim) = &mut folder.role else { panic!("it has a claim") };
        claim.age(Duration::from_secs(60));
        assert!(silence(&folder) >= Duration::from_secs(60));
        folder.beat().unwrap();
        assert!(silence(&folder) < Duration::from_secs(50));
    }

    #[test]
    fn a_process_that_shares_a_folder_says_what_it_does_and_writes_it_now_and_then() {
        let place = tempfile::tempdir().unwrap();
        let (_folder, mut membership) = join(place.path());
        assert!(!membership.is_due(), "it was written just now");
        membership.age(claim::EXPIRY / 2);
        assert!(membership.is_due() && !membership.is_lost());
        let mut record = Record::begin(space().points(), 0);
        record.workers.push(Worker {
            rank: 0,
            host: "here".into(),
            process: 7,
            threads: 1,
            done: 0,
            journal: String::new(),
            heard: String::new(),
            activity: Activity::Computing,
        });
        membership.beat(record).unwrap();
        let now = SystemTime::now();
        for (silence, wanted) in [
            (Duration::ZERO, Activity::Computing),
            (claim::EXPIRY.mul_f64(0.7), Activity::Silent),
            (claim::EXPIRY.mul_f64(1.3), Activity::Lost),
        ] {
            let folder = place.path().join(members::MEMBERS);
            let all = members::members(&folder, now + silence, &Sight::default()).unwrap();
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].record.workers[0].activity, wanted, "{silence:?}");
        }
    }

    #[test]
    fn deaths_are_counted_once_when_another_process_makes_one_of_the_journals_that_were_read() {
        let place = tempfile::tempdir().unwrap();
        let (point, journals) = three_dead(place.path());
        let (mut first, membership) = join(place.path());
        let others = membership.members().unwrap();
        let (_, lonely) = first.suspects(&space(), &others).sort(space().cells());
        assert_eq!(lonely.len(), 1);
        // Another one enters and is killed.
        dead(place.path(), "4-d", tile(9), None);
        first.catch_up().unwrap();
        check(&first.suspects(&space(), &others), point);
        // A third makes one of the journals of the dead.
        let (third, _third) = join(place.path());
        assert_eq!(third.recovery().compacted, 4);
        assert!(journals.iter().all(|journal| !journal.exists()));
        check(&third.suspects(&space(), &others), point);
        first.catch_up().unwrap();
        check(&first.suspects(&space(), &others), point);
    }

    #[test]
    fn to_die_after_what_was_done_is_kept_is_no_death_of_what_was_in_hand() {
        let place = tempfile::tempdir().unwrap();
        let tag = tag(&identity().hash());
        // Three processes that a limit kills, each after it has kept what it did.
        for stem in ["1-a", "2-b", "3-c"] {
            let path = dead(place.path(), stem, tile(5), None);
            let mut journal = std::fs::File::options().append(true).open(path).unwrap();
            journal.write_all(&encode_note(tag, Note::Kept { tile: tile(5) })).unwrap();
        }
        let (folder, membership) = join(place.path());
        assert!(folder.is_after_a_death(&membership.members().unwrap()));
        assert!(folder.suspects(&space(), &membership.members().unwrap()).is_empty());
        drop((folder, membership));
        // One that kept nothing dies of it all the same.
        dead(place.path(), "4-d", tile(5), None);
        let (folder, membership) = join(place.path());
        assert_eq!(
            folder.suspects(&space(), &membership.members().unwrap()).sort(space().cells()).0,
            [tile(5)]
        );
    }

    #[test]
    fn deaths_are_counted_once_after_a_kill_between_the_new_journal_and_the_removal_of_the_old_ones() {
        let place = tempfile::tempdir().unwrap();
        let (point, _) = three_dead(place.path());
        dead(place.path(), "4-d", tile(9), None);
        let before = journals_of(place.path());
        let open = || {
            Folder::open(place.path(), &identity(), &space(), 1, Fate::Resume)
                .unwrap()
                .suspects(&space(), &[])
        };
        check(&open(), point);
        assert_eq!(journals_of(place.path()).len(), 1);
        for kept in 0..before.len() {
            for (journal, bytes) in &before[kept..] {
                std::fs::write(journal, bytes).unwrap();
            }
            let read = Folder::read(place.path(), &identity(), &space(), 1).unwrap();
            check(&read.suspects(&space(), &[]), point);
            // Whether they are made one again or not.
            check(&open(), point);
            check(&open(), point);
        }
    }

    #[test]
    fn after_a_write_that_failed_every_whole_frame_is_there_and_nobody_has_died() {
        let place = tempfile::tempdir().unwrap();
        let (reader, _membership) = join(place.path());
        let form = reader.held.index.form().clone();
        let block = space().cells().points_of_a_block() as usize;
        let rows = Table::from_columns(vec![vec![0.25; block]]);
        let mut journal = Journal::create(&place.path().join(JOURNALS), "9-z", &identity()).unwrap();
        let begun = |first: u32| encode_note(form.tag, Note::Begun { tile: tile(first), point: None });
        for first in [3, 4] {
            journal.append(&begun(first)).unwrap();
            journal.append(&frame::encode(&form, tile(first), 1.0, &vec![0; block], &rows)).unwrap();
        }
        let whole = std::fs::metadata(journal.path()).unwrap().len();
        journal.append(&begun(5)).unwrap();
        // A disk that takes a part of a frame and refuses the rest.
        let torn = frame::encode(&form, tile(5), 1.0, &vec![0; block], &rows);
        let mut file = std::fs::OpenOptions::new().append(true).open(journal.path()).unwrap();
        file.write_all(&torn[..torn.len() / 2]).unwrap();
        journal.abandon(form.tag);
        let closed = encode_note(form.tag, Note::Closed).len() as u64;
        let length = std::fs::metadata(journal.path()).unwrap().len();
        assert_eq!(length, whole + closed, "to the end of the last frame, and the note that it is closed");
        let read = Folder::read(place.path(), &identity(), &space(), 1).unwrap();
        let Recovery { points, torn, damaged, deaths, .. } = *read.recovery();
        assert_eq!((points, torn, damaged, deaths), (2 * block as u64, 0, 0, 0));
        assert!(read.suspects(&space(), &[]).is_empty());
    }

    #[test]
    fn who_has_read_what_was_cut_off_since_reads_what_stands_there_now() {
        let place = tempfile::tempdir().unwrap();
        let (mut reader, _membership) = join(place.path());
        let tag = reader.held.index.form().tag;
        let mut journal = Journal::create(&place.path().join(JOURNALS), "9-z", &identity()).unwrap();
        for first in [3, 4] {
            journal.append(&encode_note(tag, Note::Begun { tile: tile(first), point: None })).unwrap();
        }
        reader.catch_up().unwrap();
        assert!(reader.is_after_a_death(&[]), "as long as it has not said that it is closed");
        journal.abandon(tag);
        reader.catch_up().unwrap();
        assert!(!reader.is_after_a_death(&[]));
    }

    #[test]
    fn a_frame_of_the_first_format_ends_the_reading_with_its_version() {
        let place = tempfile::tempdir().unwrap();
        drop(join(place.path()));
        let journal = Journal::create(&place.path().join(JOURNALS), "9-z", &identity()).unwrap();
        // Length, the first bytes of the study's hash, the body, and a checksum of all three.
        let body = [7; 40];
        let content = [&40u32.to_le_bytes()[..], &identity().hash()[..8], &body].concat();
        let bytes = [&frame::FRAME_MAGIC[..], &content, &crc32fast::hash(&content).to_le_bytes()].concat();
        let mut file = std::fs::OpenOptions::new().append(true).open(journal.path()).unwrap();
        file.write_all(&bytes).unwrap();
        let read = Folder::read(place.path(), &identity(), &space(), 1);
        assert!(matches!(read, Err(StoreError::Format { version: '1', .. })), "{:?}", read.map(|_| ()));
    }

    #[test]
    fn a_frame_that_is_damaged_is_not_learned_and_what_follows_it_is() {
        let place = tempfile::tempdir().unwrap();
        let (mut writing, _one) = join(place.path());
        let (mut learning, _other) = join(place.path());
        let writer = writing.writer(4).unwrap();
        let block = space().cells().points_of_a_block() as usize;
        let rows = Table::from_columns(vec![vec![0.25; block]]);
        for first in [3, 4] {
            assert!(writer.inlet().hand_over(tile(first), 1.0, &vec![0; block], &rows));
        }
        writing.close(writer).unwrap();
        let (journal, sound) = journals_of(place.path()).remove(0);
        let length = frame::length(block as u64, 1);
        let first = sound.windows(8).position(|window| window == frame::FRAME_MAGIC).unwrap();
        // The last frame is full of zeros, as after a power loss.
        let mut bytes = sound[..first + 2 * length].to_vec();
        bytes[first + length + 100..].fill(0);
        std::fs::write(&journal, &bytes).unwrap();
        let tiles = |news: Vec<(Tile, f32)>| news.into_iter().map(|(tile, _)| tile.first).collect::<Vec<_>>();
        assert_eq!(tiles(learning.catch_up().unwrap()), [3]);
        assert!(tiles(learning.catch_up().unwrap()).is_empty());
        // It comes to be seen after all, as over a network.
        std::fs::write(&journal, &sound).unwrap();
        assert_eq!(tiles(learning.catch_up().unwrap()), [4]);
        // One that is damaged in the middle is left out, and what follows is not.
        let (mut late, _late) = join(place.path());
        let mut bytes = sound;
        bytes[first + 60] ^= 1;
        std::fs::write(&journal, &bytes).unwrap();
        late.held = Held::nothing(&space(), late.held.index.form().clone());
        assert_eq!(tiles(late.catch_up().unwrap()), [4]);
    }

    #[test]
    fn a_writer_whose_disk_refuses_rows_leaves_no_death() {
        let place = tempfile::tempdir().unwrap();
        create_folder(&place.path().join(JOURNALS)).unwrap();
        let path = dead(place.path(), "1-a", tile(5), Some(5 * space().cells().points_of_a_block()));
        let mut journal = Journal::create(&place.path().join(JOURNALS), "2-b", &identity()).unwrap();
        let tag = tag(&identity().hash());
        journal.append(&encode_note(tag, Note::Begun { tile: tile(5), point: None })).unwrap();
        // As a write that stopped in the middle.
        std::fs::OpenOptions::new()
            .append(true)
            .open(journal.path())
            .and_then(|mut file| std::io::Write::write_all(&mut file, &frame::FRAME_MAGIC))
            .unwrap();
        journal.abandon(tag);
        std::fs::remove_file(path).unwrap();
        let read = Folder::read(place.path(), &identity(), &space(), 1).unwrap();
        assert!(read.suspects(&space(), &[]).is_empty() && !read.is_after_a_death(&[]));
        assert_eq!(read.recovery().torn, 0);
    }

    #[test]
    fn what_is_named_like_a_journal_and_is_none_is_not_read() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(JOURNALS);
        create_folder(&folder.join("folder.journal")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("link.journal")).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(folder.join("pipe.journal")).status();
        assert!(pipe.unwrap().success());
        let opened = Folder::open(place.path(), &identity(), &space(), 1, Fate::Resume).unwrap();
        assert_eq!(opened.recovery().journals, 0);
        drop(opened);
        join(place.path()).0.catch_up().unwrap();
    }

    #[test]
    fn a_wish_to_stop_is_heeded_while_journals_are_read_and_leaves_the_folder_free() {
        let place = tempfile::tempdir().unwrap();
        three_dead(place.path());
        let what = (&space(), 1);
        for _ in 0..2 {
            let error =
                Folder::open_while(place.path(), &identity(), what, Fate::Resume, &|| false).unwrap_err();
            assert!(error.is_interruption(), "{error}");
            let when = (claim::EXPIRY, None);
            let error = Folder::join_while(place.path(), &identity(), what, when, &|| false).unwrap_err();
            assert!(error.is_interruption(), "{error}");
        }
        Folder::open(place.path(), &identity(), &space(), 1, Fate::Resume).unwrap();
    }

    #[test]
    fn a_process_whose_journal_was_removed_says_so() {
        let place = tempfile::tempdir().unwrap();
        let (mut folder, _member) = join(place.path());
        let writer = folder.writer(2).unwrap();
        folder.catch_up().unwrap();
        std::fs::remove_dir_all(place.path().join(JOURNALS)).unwrap();
        let error = folder.catch_up().unwrap_err();
        assert!(matches!(error, StoreError::Gone { .. }) && !error.is_callers_fault(), "{error}");
        drop(writer);
        let again =
            Folder::join(place.path(), &identity(), &space(), 1, claim::EXPIRY, Some(SystemTime::now()));
        assert!(matches!(again.unwrap_err(), StoreError::Gone { .. }), "it does not begin anew by itself");
    }
}
