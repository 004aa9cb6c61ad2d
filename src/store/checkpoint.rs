//! Blocks that take long and are not measured to their end: where each of their points stands, so that a later process goes on from
//! there. Knows nothing of what is kept of a point; the journals alone say what is finished.
//!
//! A file a block, made aside and renamed. What it is worth is time: one that is damaged, or that another program has left, is
//! passed over, and the block is measured from its beginning.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::experiment::Standing;
use crate::space::{Cells, Tile};
use crate::store::frame::{self, Tag};
use crate::store::{Finished, StoreError, aside, hexadecimal};

/// Where they stand in a run's folder.
pub(super) const FOLDER: &str = "unfinished";

/// How a file begins; its last character but one is the version of the format.
const MAGIC: [u8; 8] = *b"\x89ICTUC2\n";

/// The ending of a file's name.
const ENDING: &str = "checkpoint";

/// A larger file is none of ours.
const MOST_BYTES: u64 = 1 << 32;

/// The unfinished blocks of a run's folder.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    tag: Tag,
}

impl Checkpoints {
    /// Those of a run's folder, which need not have any.
    pub(super) fn new(run: &Path, tag: Tag) -> Self {
        Self { folder: run.join(FOLDER), tag }
    }

    fn path(&self, block: Tile) -> PathBuf {
        let tag = hexadecimal(&self.tag);
        self.folder.join(format!("{tag}-{}-{}.{ENDING}", block.cell, block.first))
    }

    /// The seconds of a core that were spent on a block, and where its points stand, `[point]`; `None` where nothing is known of them.
    pub fn load(&self, block: Tile, points: u32) -> Option<(f64, Vec<Standing>)> {
        let path = self.path(block);
        let length = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let bytes = (length <= MOST_BYTES).then(|| fs::read(&path).ok())??;
        let (own, seconds, standings): (Tile, f64, Vec<Standing>) = frame::unseal(MAGIC, self.tag, &bytes)?;
        (own == block && standings.len() == points as usize).then_some((seconds, standings))
    }

    /// Keeps the seconds of a core that were spent on a block, and where its points stand, `[point]`, instead of what was kept before.
    ///
    /// # Errors
    /// When the disk refuses; what was kept before is still there.
    pub fn keep(&self, block: Tile, seconds: f64, standings: &[Standing]) -> Result<(), StoreError> {
        let bytes = frame::seal(MAGIC, self.tag, &(block, seconds, standings));
        let put = || {
            // Where the run's folder is gone there is nowhere to keep it: what was moved away is not made again.
            match fs::create_dir(&self.folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(StoreError::io("create", &self.folder)(error));
                }
                _ => {}
            }
            aside::replace(&self.path(block), |path| {
                fs::write(path, &bytes).map_err(StoreError::io("write", path))?;
                Ok(Some(()))
            })
        };
        // The folder may have been removed in between, when it was empty.
        put().or_else(|_| put()).map(|_| ())
    }

    /// Removes what is kept of blocks whose rows are in a journal.
    pub(super) fn forget(&self, blocks: &[Tile]) {
        for block in blocks {
            // If it stays it is in nobody's way, and goes when the folder is opened the next time.
            let _ = fs::remove_file(self.path(*block));
        }
        // It stays while something is in it.
        let _ = fs::remove_dir(&self.folder);
    }

    /// Removes what is kept of blocks that are finished, what is of another study, and what kills have left. No other process works
    /// in the folder.
    pub(super) fn clear(&self, finished: &Finished, cells: &Cells) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let block = name.to_str().and_then(|name| block_of(name, self.tag, cells));
            if block.is_none_or(|block| finished.missing(block).is_empty()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        // It stays while something is in it.
        let _ = fs::remove_dir(&self.folder);
    }
}

/// The block that a file's name is about, if it is about one of these cells of the study with this tag.
fn block_of(name: &str, tag: Tag, cells: &Cells) -> Option<Tile> {
    let own = name.strip_suffix(ENDING)?.strip_suffix('.')?.strip_prefix(&hexadecimal(&tag))?;
    let (cell, first) = own.strip_prefix('-')?.split_once('-')?;
    let (cell, first) = (cell.parse().ok()?, first.parse().ok()?);
    (cell < cells.count() && first < cells.cell(cell).blocks()).then_some(Tile { cell, first, count: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Halfway, Status};
    use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
    use crate::table::Quantity;

    const TAG: Tag = [7; 8];

    fn standings() -> Vec<Standing> {
        let halfway = Halfway { counts: vec![1, u64::MAX], values: vec![0.5, -0.0, f64::INFINITY] };
        vec![Standing::Ahead, Standing::Begun(halfway), Standing::Ended(Status::Ok, vec![2.0])]
    }

    #[test]
    fn what_is_kept_is_there_until_it_is_forgotten_and_only_for_its_own_study_and_block() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path(), TAG);
        let block = Tile { cell: 2, first: 5, count: 1 };
        assert_eq!(checkpoints.load(block, 3), None);
        checkpoints.keep(block, 2.5, &standings()).unwrap();
        assert_eq!(checkpoints.load(block, 3), Some((2.5, standings())));
        assert_eq!(checkpoints.load(block, 4), None, "another number of points");
        assert_eq!(checkpoints.load(Tile { first: 6, ..block }, 3), None);
        assert_eq!(Checkpoints::new(folder.path(), [8; 8]).load(block, 3), None);
        checkpoints.forget(&[block]);
        assert_eq!(checkpoints.load(block, 3), None);
    }

    #[test]
    fn one_that_is_damaged_at_any_byte_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path(), TAG);
        let block = Tile { cell: 0, first: 0, count: 1 };
        checkpoints.keep(block, 2.5, &standings()).unwrap();
        let whole = fs::read(checkpoints.path(block)).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(checkpoints.path(block), &bytes).unwrap();
            assert_eq!(checkpoints.load(block, 3), None, "byte {at}");
            fs::write(checkpoints.path(block), &whole[..at]).unwrap();
            assert_eq!(checkpoints.load(block, 3), None, "{at} bytes");
        }
    }

    #[test]
    fn what_is_left_of_finished_blocks_and_of_kills_is_cleared_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path(), TAG);
        let quantity = Quantity::real("x", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        let space = Space::new(vec![Axis::new(vec![column], 4096).unwrap()]).unwrap();
        let block = |first: u32| Tile { cell: 0, first, count: 1 };
        let blocks = space.cells().cell(0).blocks();
        assert!(blocks > 2);
        let mut finished = Finished::new(space.cells());
        finished.add(block(1));
        let beyond = Tile { cell: space.cells().count(), ..block(0) };
        for own in [block(0), block(1), block(blocks), beyond] {
            checkpoints.keep(own, 2.5, &standings()).unwrap();
        }
        let place = checkpoints.path(block(0));
        let leftover = place.with_extension("part");
        fs::write(&leftover, "half").unwrap();
        let of_another = Checkpoints::new(folder.path(), [8; 8]);
        of_another.keep(block(0), 2.5, &standings()).unwrap();
        assert!(of_another.load(block(0), 3).is_some(), "beside that of this study");
        checkpoints.clear(&finished, space.cells());
        assert_eq!(of_another.load(block(0), 3), None, "another study's");
        assert_eq!(checkpoints.load(block(0), 3), Some((2.5, standings())), "an unfinished block's");
        for own in [block(1), block(blocks), beyond] {
            assert_eq!(checkpoints.load(own, 3), None, "{own:?}");
        }
        assert!(!leftover.exists());
        finished.add(block(0));
        checkpoints.clear(&finished, space.cells());
        assert!(!place.parent().unwrap().exists(), "the folder goes when nothing is in it");
    }
}
