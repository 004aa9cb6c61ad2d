//! The folder of a run: its claim, its journals, and what they hold together. Knows nothing of models or of the map's format.

use std::fs;
use std::path::{Path, PathBuf};

use crate::space::{Cell, Space};
use crate::store::claim::{self, Claim};
use crate::store::journal::{self, Header, Journal};
use crate::store::map::{self, Description, Recipe, Summary};
use crate::store::writer::Writer;
use crate::store::{Finished, Identity, Index, StoreError, sync_folder};

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
}

/// A run's folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    claim: Option<Claim>,
    /// Whether it is written to under the claim of another process.
    is_guest: bool,
    identity: Identity,
    index: Index,
    finished: Finished,
    recovery: Recovery,
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
        let claim = Claim::take(path)?;
        let kept_aside = match fate {
            Fate::Resume => None,
            Fate::Fresh => put_aside(path)?,
        };
        create_folder(&path.join(JOURNALS))?;
        let folder = Self::read(path, identity, space, quantities)?;
        remove_leftovers(path);
        let recovery = Recovery { kept_aside, ..folder.recovery };
        Ok(Self { claim: Some(claim), recovery, ..folder })
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
        let mut index = Index::new(quantities);
        let mut recovery = Recovery::default();
        for journal in journals(path)? {
            let scan = journal::scan(&journal, journal::tag(identity), space.cells(), quantities)?;
            if let Some(header) = scan.header.filter(|header| header.hash != identity.hash()) {
                let difference = difference(&header.canonical, &identity.canonical);
                return Err(StoreError::Foreign { journal, difference });
            }
            recovery.journals += 1;
            recovery.damaged += scan.damaged;
            recovery.damaged_bytes += scan.damaged_bytes;
            recovery.torn += u64::from(scan.torn_bytes > 0);
            recovery.torn_bytes += scan.torn_bytes;
            index.add(journal, &scan.frames);
        }
        index.sort();
        let finished = index.finished(space);
        recovery.points = finished.points();
        Ok(Self {
            path: path.to_owned(),
            claim: None,
            is_guest: false,
            identity: identity.clone(),
            index,
            finished,
            recovery,
        })
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
            claim: None,
            is_guest: true,
            identity: identity.clone(),
            index: Index::new(quantities),
            finished: Finished::new(space.cells()),
            recovery: Recovery::default(),
        })
    }

    /// The name of the file that claims the folder for this process, if it does.
    pub fn claim(&self) -> Option<String> {
        self.claim.as_ref().map(Claim::name)
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
    /// When journals and map may need more than the disk has free, or the file system does not say.
    pub fn check_room(&self, space: &Space, quantities: usize) -> Result<(), StoreError> {
        let needed = needed_bytes(space.points() - self.finished.points(), space.points(), quantities);
        let free = free_bytes(&self.path)?;
        if needed > free {
            Err(StoreError::TooLarge { folder: self.path.clone(), needed, free })
        } else {
            Ok(())
        }
    }

    /// Starts the writer of a new journal.
    ///
    /// # Errors
    /// When the journal cannot be created.
    ///
    /// # Panics
    /// When the folder was only read, or a writer is at work already.
    pub fn writer(&mut self, queue: usize) -> Result<Writer, StoreError> {
        let stem = format!("{}-{}-{}", timestamp(), plain(&claim::host()), std::process::id());
        let journal = Journal::create(&self.path.join(JOURNALS), &stem, &self.identity)?;
        let claim = self.claim.take();
        assert!(claim.is_some() || self.is_guest, "a claimed folder without a writer");
        Ok(Writer::start(journal, claim, journal::tag(&self.identity), queue))
    }

    /// Closes a writer, syncs its journal and takes its frames into the index.
    ///
    /// # Errors
    /// When the writer has failed; what it had written before is in the journal.
    pub fn close(&mut self, writer: Writer) -> Result<(), StoreError> {
        let work = writer.close();
        self.claim = work.claim;
        work.result?;
        for found in &work.found {
            self.finished.add(found.tile);
        }
        self.index.add(work.journal.path().to_owned(), &work.found);
        self.index.sort();
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
        let (index, claim) = (&self.index, &mut self.claim);
        let mut rows = |cell: &Cell| {
            claim.as_mut().map_or(Ok(()), Claim::beat)?;
            index.cell(&description.space, cell, description.not_computed)
        };
        map::write(Recipe { description, rows: &mut rows, classify, watch }, path)
    }

    /// Keeps the claim alive during long work that is not the writer's.
    ///
    /// # Errors
    /// When the claim is lost or cannot be touched.
    pub fn beat(&mut self) -> Result<(), StoreError> {
        self.claim.as_mut().map_or(Ok(()), Claim::beat)
    }
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

/// Makes a folder and those above it, and makes them survive a power loss.
fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        create_folder(above)?;
    }
    match fs::create_dir(path) {
        // Another run may make the same folder at the same time; the claim decides between them.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made.map_err(StoreError::io("create", path))?,
    }
    sync_folder(above.unwrap_or(Path::new(".")))
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

/// Removes maps that a killed run has not finished; the claim says that nobody is writing them.
fn remove_leftovers(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_of_map = entry.file_name().to_str().is_some_and(|name| name.starts_with(MAP));
        if is_of_map && path.extension().is_some_and(|ending| ending == map::PART) {
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
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:016x}", since.as_nanos())
}

/// A host's name as part of a file's name.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
