//! The journals of a folder, and what they hold together. Knows nothing of who works in the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::space::Space;
use crate::store::frame::{self, Form, Name};
use crate::store::journal::{self, Header, Scan, Tail};
use crate::store::{Beat, Finished, Identity, Index, StoreError, Suspects, claim, compact};

/// Where the journals stand in a folder.
pub(super) const JOURNALS: &str = "journals";

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

/// What the journals of a folder hold together.
#[derive(Debug)]
pub(super) struct Held {
    /// Where every finished row is.
    pub(super) index: Index,
    pub(super) finished: Finished,
    pub(super) recovery: Recovery,
    /// How each journal ends, as far as it was read.
    pub(super) tails: BTreeMap<PathBuf, Tail>,
}

impl Held {
    /// That of a folder of which no journal was read.
    pub(super) fn nothing(space: &Space, form: Form) -> Self {
        let (index, finished) = (Index::new(form), Finished::new(space.cells()));
        Self { index, finished, recovery: Recovery::default(), tails: BTreeMap::new() }
    }
}

/// The journals whose words count, by their ends: not those that are there still although another has replaced them, as after a
/// kill in between. What they say of deaths the other one says too.
pub(super) fn that_count(tails: &BTreeMap<PathBuf, Tail>) -> impl Iterator<Item = (&PathBuf, &Tail)> {
    let replaced: BTreeSet<Name> = tails.values().flat_map(|tail| tail.replaced.iter().copied()).collect();
    tails.iter().filter(move |(journal, _)| !replaced.contains(&name(journal)))
}

/// What a note calls a journal.
pub(super) fn name(journal: &Path) -> Name {
    frame::name(journal.file_stem().unwrap_or_default().as_encoded_bytes())
}

/// Journals of a study as they were read, and those of others.
type Scanned = (Vec<(PathBuf, Scan)>, Vec<(PathBuf, Header)>);

/// What it takes to read the journals of a folder.
pub(super) struct Journals<'a> {
    pub(super) path: &'a Path,
    pub(super) identity: &'a Identity,
    pub(super) space: &'a Space,
    pub(super) quantities: usize,
}

/// Between two lists, where one was older than the file system.
const RELIST: std::time::Duration = std::time::Duration::from_millis(20);

/// So often the journals are listed anew since one of the list was gone. Where more go, the list itself is not to be trusted.
const MOST_LISTS: u32 = 100;

impl Journals<'_> {
    /// What their frames hold.
    pub(super) fn form(&self) -> Form {
        Form::new(self.identity.hash(), self.space.cells(), self.quantities)
    }

    /// Reads all journals. Those whose names are in use belong to processes that are alive. `beat` is called again and again.
    pub(super) fn read(
        &self,
        in_use: &BTreeSet<String>,
        beat: &mut Beat<'_>,
    ) -> Result<(Held, Vec<(PathBuf, Scan)>), StoreError> {
        let (scans, foreign) = self.scan(beat)?;
        let replaced: BTreeSet<Name> =
            scans.iter().flat_map(|(_, scan)| scan.tail.replaced.iter().copied()).collect();
        // The rows of one that was replaced stand in another one already.
        if let Some((journal, header)) =
            foreign.into_iter().find(|(journal, _)| !replaced.contains(&name(journal)))
        {
            let difference = difference(&header.canonical, &self.identity.canonical);
            return Err(StoreError::Foreign { journal, difference });
        }
        Ok(self.held(in_use, scans))
    }

    /// Reads those journals that are of this study, whatever else there is.
    pub(super) fn read_own(&self, beat: &mut Beat<'_>) -> Result<(Held, Vec<(PathBuf, Scan)>), StoreError> {
        Ok(self.held(&BTreeSet::new(), self.scan(beat)?.0))
    }

    fn held(&self, in_use: &BTreeSet<String>, scans: Vec<(PathBuf, Scan)>) -> (Held, Vec<(PathBuf, Scan)>) {
        let form = self.form();
        let mut index = Index::new(form);
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
        }
        let has_died =
            |(journal, tail): (&PathBuf, &Tail)| !is_named(journal, in_use) && tail.died().next().is_some();
        recovery.deaths = that_count(&tails).filter(|&end| has_died(end)).count() as u64;
        index.sort();
        let finished = index.finished(self.space);
        recovery.points = finished.points();
        (Held { index, finished, recovery, tails }, scans)
    }

    /// The journals of this study, and those of others.
    fn scan(&self, beat: &mut Beat<'_>) -> Result<Scanned, StoreError> {
        let form = self.form();
        let mut foreign: BTreeMap<PathBuf, Header> = BTreeMap::new();
        let mut scans: BTreeMap<PathBuf, Scan> = BTreeMap::new();
        for _ in 0..MOST_LISTS {
            beat()?;
            let list = list(self.path)?;
            // What is gone was copied into another one since the list was made.
            scans.retain(|journal, _| list.contains(journal));
            foreign.retain(|journal, _| list.contains(journal));
            let mut is_whole = true;
            for journal in list {
                if scans.contains_key(&journal) || foreign.contains_key(&journal) {
                    continue;
                }
                beat()?;
                let Some(header) = if_there(journal::header(&journal))? else {
                    is_whole = false;
                    continue;
                };
                if let Some(header) = header.filter(|header| header.hash != form.hash) {
                    foreign.insert(journal, header);
                    continue;
                }
                let Some(scan) = if_there(journal::scan(&journal, &form, beat))? else {
                    is_whole = false;
                    continue;
                };
                scans.insert(journal, scan);
            }
            if is_whole {
                break;
            }
            // A listing of a file system over a network may be older than the file system.
            std::thread::sleep(RELIST);
        }
        Ok((scans.into_iter().collect(), foreign.into_iter().collect()))
    }

    /// Reads all journals, and makes one of those that belong to no living process if there are many. Whoever calls this must be
    /// the only one to do so.
    pub(super) fn compacted(
        &self,
        in_use: &BTreeSet<String>,
        beat: &mut Beat<'_>,
    ) -> Result<Held, StoreError> {
        let journals = self.path.join(JOURNALS);
        compact::remove_leftovers(&journals);
        let (held, scans) = self.read(in_use, beat)?;
        let old: Vec<(PathBuf, u64)> = scans
            .iter()
            .filter(|(journal, _)| !is_named(journal, in_use))
            .map(|(journal, scan)| (journal.clone(), scan.tail.end + scan.torn_bytes))
            .collect();
        let chosen = compact::choose(&old);
        if chosen.is_empty() {
            return Ok(held);
        }
        let scans: Vec<(PathBuf, Scan)> =
            scans.into_iter().filter(|(journal, _)| chosen.contains(journal)).collect();
        let mut suspects = Suspects::default();
        let copied = that_count(&held.tails).filter(|(journal, _)| chosen.contains(journal));
        copied.flat_map(|(_, tail)| tail.died()).for_each(|died| suspects.add(died));
        suspects.forget(&held.finished, self.space.cells());
        // Those that one of them has replaced may be there still, too long to be copied once more.
        let of_earlier = scans.iter().flat_map(|(_, scan)| scan.tail.replaced.iter().copied());
        let present: BTreeSet<Name> = held.tails.keys().map(|journal| name(journal)).collect();
        let mut replaced: BTreeSet<Name> = of_earlier.filter(|name| present.contains(name)).collect();
        replaced.extend(chosen.iter().map(|journal| name(journal)));
        let words = compact::Words { suspects, replaced: replaced.into_iter().collect() };
        compact::compact(&journals, &scans, &words, (self.identity, &self.form()), &stem(), beat)?;
        let recovery = Recovery { compacted: chosen.len() as u64, ..held.recovery };
        Ok(Held { recovery, ..self.read(in_use, beat)?.0 })
    }
}

/// Whether another journal of a folder says that it has replaced this one.
pub(super) fn is_replaced(path: &Path, journal: &Path, form: &Form) -> Result<bool, StoreError> {
    for other in list(path)?.into_iter().filter(|other| other != journal) {
        let scan = if_there(journal::scan(&other, form, &mut || Ok(())))?;
        if scan.is_some_and(|scan| scan.tail.replaced.contains(&name(journal))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a journal's name, without the ending, is among these.
pub(super) fn is_named(journal: &Path, names: &BTreeSet<String>) -> bool {
    journal.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| names.contains(stem))
}

/// Whether a file is not there, or no more: file systems over a network also say it so.
fn is_absence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotFound, StaleNetworkFileHandle};
    matches!(error.kind(), NotFound | StaleNetworkFileHandle)
}

/// What was read of a journal, unless it is gone.
pub(super) fn if_there<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(StoreError::Io { source, .. }) if is_absence(&source) => Ok(None),
        other => other.map(Some),
    }
}

/// The name of a journal of this process, without the ending. Names sort by time.
pub(super) fn stem() -> String {
    format!("{}-{}-{}", timestamp(), plain(&claim::host()), std::process::id())
}

/// The headers of a folder's journals, oldest first; damaged ones are left out. Where all are, the one that was kept beside them.
///
/// # Errors
/// When the folder or a journal cannot be read.
pub fn headers(path: &Path) -> Result<Vec<Header>, StoreError> {
    let journals = list(path)?;
    let headers = journals.iter().map(|journal| if_there(journal::header(journal)).map(Option::flatten));
    let sound: Vec<Header> = headers.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    if journals.is_empty() || !sound.is_empty() {
        return Ok(sound);
    }
    Ok(if_there(journal::kept_header(path))?.flatten().into_iter().collect())
}

/// The journals of a folder, by name and so by time.
pub(super) fn list(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let folder = path.join(JOURNALS);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(source) => return Err(StoreError::Io { action: "list", path: folder, source }),
    };
    let mut journals = Vec::new();
    for entry in entries {
        let journal = entry.map_err(StoreError::io("list", &folder))?.path();
        // A link that leads nowhere, a pipe or a folder is not a journal, whatever its name.
        let is_file = || fs::metadata(&journal).is_ok_and(|about| about.is_file());
        if journal.extension().is_some_and(|ending| ending == journal::ENDING) && is_file() {
            journals.push(journal);
        }
    }
    journals.sort();
    Ok(journals)
}

/// The lines that two texts do not share.
pub fn difference(theirs: &str, ours: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_are_files_with_their_ending_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        assert!(list(place.path()).unwrap().is_empty(), "without a folder of journals");
        let folder = place.path().join(JOURNALS);
        fs::create_dir_all(folder.join("folder.journal")).unwrap();
        for name in ["b.journal", "a.journal", "a.journal.part", "journal", "notes.txt"] {
            fs::write(folder.join(name), "").unwrap();
        }
        std::os::unix::fs::symlink("nowhere", folder.join("link.journal")).unwrap();
        assert_eq!(
            list(place.path()).unwrap(),
            ["a", "b"].map(|stem| folder.join(format!("{stem}.journal")))
        );
    }

    #[test]
    fn the_name_of_a_host_is_part_of_a_files_name() {
        assert_eq!(plain("node-7.cluster"), "node_7_cluster");
    }
}
