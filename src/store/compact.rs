//! Makes one journal of many, so that a run which was stopped and resumed for weeks leaves few files. Knows frames as bytes.
//!
//! The new journal is written aside, synced and renamed before the old ones are removed: whenever a kill comes, every frame is in
//! a journal. If it comes in between, frames are there twice, which is legal, and the next time one of them is left out; and so that no
//! death is counted twice, the new journal says which ones it replaces.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::space::Tile;
use crate::store::disk::open_regular;
use crate::store::frame::{self, Form, Name, Note};
use crate::store::journal::{self, Journal, Scan};
use crate::store::{Beat, Identity, StoreError, Suspects, sync_folder};

/// So many journals may stand in a folder before they are made one.
const MOST_JOURNALS: usize = 3;

/// A journal of fewer bytes is always copied together with others.
const SMALL: u64 = 64 << 20;

/// Which journals should become one: none while there are few, and never one that is longer than all shorter ones together, since
/// copying it again and again would cost more than a file is worth.
pub(super) fn choose(sizes: &[(PathBuf, u64)]) -> Vec<PathBuf> {
    if sizes.len() <= MOST_JOURNALS {
        return Vec::new();
    }
    let mut sizes = sizes.to_vec();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let mut rest: u64 = sizes.iter().map(|(_, size)| size).sum();
    let mut chosen = Vec::new();
    for (path, size) in sizes {
        rest -= size;
        if !chosen.is_empty() || size <= SMALL || size <= rest {
            chosen.push(path);
        }
    }
    if chosen.len() > 1 { chosen } else { Vec::new() }
}

/// What is said in a new journal beside the rows.
pub(super) struct Words {
    /// What processes had in hand when they died, by all journals that are copied.
    pub(super) suspects: Suspects,
    /// The journals that it replaces.
    pub(super) replaced: Vec<Name>,
}

/// Copies the frames of journals into a new one and removes the old ones. `beat` is called again and again meanwhile.
pub(super) fn compact(
    folder: &Path,
    old: &[(PathBuf, Scan)],
    words: &Words,
    (identity, form): (&Identity, &Form),
    stem: &str,
    beat: &mut Beat<'_>,
) -> Result<(), StoreError> {
    let tag = form.tag;
    let mut new = Aside::new(Journal::create_aside(folder, stem, identity)?);
    let new = &mut new;
    let mut copied: HashSet<(Tile, [u8; frame::FRAME_TAIL])> = HashSet::new();
    for (path, scan) in old {
        let file = open_regular(path).map_err(StoreError::io("open", path))?;
        for found in &scan.frames {
            let length = form.length(found.tile);
            let bytes =
                journal::read_found(&file, found.offset, length).map_err(StoreError::io("read", path))?;
            // One that has become unreadable since it was checked is left out, and its points are computed again.
            let checksum = *bytes.last_chunk().expect("a frame has a checksum");
            if frame::check(&bytes, form).is_some() && copied.insert((found.tile, checksum)) {
                new.append(&bytes)?;
            }
            beat()?;
        }
    }
    for &journal in &words.replaced {
        new.append(&frame::encode_note(tag, Note::Replaced { journal }))?;
    }
    for (tile, point, times) in words.suspects.notes(&form.cells) {
        new.append(&frame::encode_note(tag, Note::Died { tile, point, times }))?;
    }
    new.append(&frame::encode_note(tag, Note::Closed))?;
    new.take_its_place()?;
    sync_folder(folder)?;
    for (path, _) in old {
        match fs::remove_file(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed.map_err(StoreError::io("remove", path))?,
        }
    }
    sync_folder(folder)
}

/// A journal that is removed unless it takes its place.
pub(super) struct Aside(Option<Journal>);

impl Aside {
    pub(super) fn new(journal: Journal) -> Self {
        Self(Some(journal))
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.as_mut().map_or(Ok(()), |journal| journal.append(bytes).map(|_| ()))
    }

    pub(super) fn take_its_place(&mut self) -> Result<(), StoreError> {
        if let Some(journal) = &mut self.0 {
            journal.sync()?;
            journal.take_its_place()?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(journal) = &self.0 {
            // If it stays it is removed the next time.
            let _ = journal.remove();
        }
    }
}

/// Removes what a kill has left of a new journal that was not whole. Whoever calls this must be the only one to make any.
pub(super) fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|ending| ending == journal::ASIDE) {
            // If it stays it is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
    use crate::table::{Quantity, Table};

    fn chosen(sizes: &[u64]) -> Vec<usize> {
        let sizes: Vec<(PathBuf, u64)> =
            sizes.iter().enumerate().map(|(number, &size)| (number.to_string().into(), size << 20)).collect();
        let mut chosen: Vec<usize> =
            choose(&sizes).iter().map(|path| path.to_str().unwrap().parse().unwrap()).collect();
        chosen.sort_unstable();
        chosen
    }

    #[test]
    fn few_journals_stay_and_many_small_ones_become_one() {
        assert!(chosen(&[1, 1, 1]).is_empty());
        assert_eq!(chosen(&[1, 30, 2, 1]), [0, 1, 2, 3]);
    }

    #[test]
    fn a_journal_longer_than_all_shorter_ones_together_is_not_copied() {
        assert_eq!(chosen(&[10, 90_000, 50, 10]), [0, 2, 3]);
        assert_eq!(chosen(&[90_000, 40_000, 50, 10]), [2, 3]);
        assert_eq!(chosen(&[900, 800, 200, 10]), [0, 1, 2, 3]);
        assert!(chosen(&[8000, 4000, 2000, 1000]).is_empty());
        assert!(chosen(&[8000, 4000, 2000, 10]).is_empty(), "one alone stays as it is");
        assert_eq!(chosen(&[900, 300, 300, 300]), [0, 1, 2, 3], "as long as all others");
        assert_eq!(chosen(&[8000, 64, 20, 10]), [1, 2, 3], "just small");
    }

    /// Points of one axis.
    fn space() -> Space {
        let quantity = Quantity::real("x", "1", "a test axis");
        let scale = Scale::Linear { from: 0.0, to: 1.0 };
        let column = AxisColumn { quantity, scale, placement: Placement::Ends };
        Space::new(vec![Axis::new(vec![column], 4096).unwrap()]).unwrap()
    }

    #[test]
    fn a_new_journal_that_does_not_take_its_place_goes_and_what_kills_have_left_too() {
        let identity = Identity { canonical: "a test\n".into(), origin: "a test".into() };
        let place = tempfile::tempdir().unwrap();
        let files = || fs::read_dir(place.path()).unwrap().count();
        let aside = || Journal::create_aside(place.path(), "1-a", &identity).unwrap();
        drop(Aside(Some(aside())));
        assert_eq!(files(), 0);
        drop((aside(), Journal::create(place.path(), "2-b", &identity).unwrap()));
        assert_eq!(files(), 2);
        remove_leftovers(place.path());
        assert_eq!(files(), 1);
    }

    #[test]
    fn a_frame_is_copied_once_unless_it_is_damaged_and_a_journal_that_is_gone_already_is_no_error() {
        let (space, identity) = (space(), Identity { canonical: "a test\n".into(), origin: "a test".into() });
        let form = Form::new(identity.hash(), space.cells(), 1);
        let place = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(place.path(), "2-b", &identity).unwrap();
        let rows = vec![0.5; space.cells().points_of_a_block() as usize];
        let (status, features) = (vec![0; rows.len()], Table::from_columns(vec![rows]));
        let tile = |first| Tile { cell: 0, first, count: 1 };
        journal.append(&frame::encode(&form, tile(3), 1.0, &status, &features)).unwrap();
        let last = journal.append(&frame::encode(&form, tile(4), 1.0, &status, &features)).unwrap();
        let old = journal.path().to_owned();
        let scanned = |path: &Path| journal::scan(path, &form, &mut || Ok(())).unwrap();
        let twice = [(old.clone(), scanned(&old)), (old.clone(), scanned(&old))];
        assert_eq!(twice[0].1.frames.len(), 2);
        // Since it was read.
        let mut bytes = fs::read(&old).unwrap();
        bytes[last as usize + 60] ^= 1;
        fs::write(&old, bytes).unwrap();
        let words = Words { suspects: Suspects::default(), replaced: Vec::new() };
        compact(place.path(), &twice, &words, (&identity, &form), "3-c", &mut || Ok(())).unwrap();
        let left: Vec<PathBuf> =
            fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.len() == 1 && left[0] != old);
        let tiles: Vec<Tile> = scanned(&left[0]).frames.iter().map(|found| found.tile).collect();
        assert_eq!(tiles, [tile(3)]);
        assert_eq!(scanned(&left[0]).damaged, 0);
    }
}
