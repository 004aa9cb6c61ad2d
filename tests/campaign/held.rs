//! What the journals of a run folder hold, read by the bytes of the frames and not by the program's own reader. Knows nothing of who
//! wrote them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ictus::experiment::Status;
use ictus::space::{Cells, Tile};

/// How a frame of rows begins.
const MAGIC: &[u8; 8] = b"\x89ICTUSF\n";

/// Magic, length and tag, see `src/store/frame.rs`; then the tile (16 bytes), the seconds (4) and the number of rows (8).
const HEAD: usize = 20;

/// A block: its cell, and its number in it.
pub(crate) type Block = (u64, u32);

/// What tells the frames of a study from those of others.
pub(crate) type Tag = [u8; 8];

/// Where the tag stands in a frame.
const TAG: usize = 12;

/// The blocks of whole frames.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// The measuring times of the frames that hold a block, as bits. A copy of a frame has the time of the frame.
    blocks: BTreeMap<Block, BTreeSet<u32>>,
    /// How many points they are.
    pub(crate) points: u64,
    /// How many rows say that their point is quarantined.
    pub(crate) quarantined: usize,
    /// Frames with fewer or more rows than their blocks have points.
    pub(crate) untrue: usize,
    /// How many frames there are.
    pub(crate) frames: usize,
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().unwrap())
}

/// The journals of a folder, as bytes.
fn journals(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder.join("journals")) else { return Vec::new() };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let journals = paths.filter(|path| path.extension().is_some_and(|ending| ending == "journal"));
    journals.filter_map(|path| fs::read(path).ok()).collect()
}

/// How many bytes the journals of a folder have, without reading them.
pub(crate) fn bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder.join("journals")) else { return 0 };
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|journal| journal.len()).sum()
}

/// How long the longest journal of a folder is.
pub(crate) fn longest(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder.join("journals")) else { return 0 };
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|journal| journal.len()).max().unwrap_or(0)
}

/// Where the first note or frame of a run's only journal begins.
pub(crate) fn length_of_the_header(folder: &Path) -> u64 {
    let journals = journals(folder);
    8 + 4 + 4 + u64::from(number(&journals[0], 8))
}

/// Where frames begin.
fn places(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.windows(8).enumerate().filter(|(_, magic)| magic == MAGIC).map(|(at, _)| at)
}

/// The tag of the frames of a finished run.
pub(crate) fn tag(folder: &Path) -> Tag {
    let journals = journals(folder);
    let bytes = journals.iter().find(|bytes| places(bytes).next().is_some()).unwrap();
    *bytes[places(bytes).next().unwrap() + TAG..].first_chunk().unwrap()
}

impl Held {
    /// Reads the frames of a study in the journals of a folder that may be missing.
    pub(crate) fn read(folder: &Path, cells: &Cells, tag: Tag) -> Self {
        let mut held = Self::default();
        for bytes in journals(folder) {
            for at in places(&bytes).filter(|at| bytes.get(at + TAG..at + TAG + 8) == Some(&tag)) {
                held.take(&bytes[at..], cells);
            }
        }
        held
    }

    /// Takes the frame that begins here, if it is whole.
    fn take(&mut self, bytes: &[u8], cells: &Cells) {
        const ROWS: usize = HEAD + 28;
        if bytes.len() < ROWS {
            return;
        }
        let end = HEAD + number(bytes, 8) as usize;
        if end < ROWS || bytes.len() < end + 4 || crc32fast::hash(&bytes[8..end]) != number(bytes, end) {
            return;
        }
        let cell = u64::from_le_bytes(*bytes[HEAD..].first_chunk().unwrap());
        let (first, count) = (number(bytes, HEAD + 8), number(bytes, HEAD + 12));
        let seconds = number(bytes, HEAD + 16);
        let rows = number(bytes, HEAD + 20);
        let (_, points) = cells.cell(cell).points_of(Tile { cell, first, count });
        self.frames += 1;
        if rows != points || end < ROWS + rows as usize {
            self.untrue += 1;
            return;
        }
        let is_quarantined = |&&status: &&u8| status == Status::Quarantined as u8;
        self.quarantined += bytes[ROWS..ROWS + rows as usize].iter().filter(is_quarantined).count();
        for block in first..first + count {
            let times = self.blocks.entry((cell, block)).or_default();
            if times.is_empty() {
                self.points += u64::from(cells.cell(cell).points_of(Tile { cell, first: block, count: 1 }).1);
            }
            times.insert(seconds);
        }
    }

    /// How many blocks of these are not among those.
    pub(crate) fn missing_in(&self, later: &Self) -> usize {
        self.blocks.keys().filter(|block| !later.blocks.contains_key(block)).count()
    }

    /// How many blocks of these were measured once more.
    pub(crate) fn measured_again_in(&self, later: &Self) -> usize {
        let again = |(block, times): &(&Block, &BTreeSet<u32>)| {
            later.blocks.get(block).is_some_and(|later| !later.is_subset(times))
        };
        self.blocks.iter().filter(again).count()
    }
}
