//! A journal: the file in which one process notes what it has finished, frame after frame. Nobody ever writes another's.
//! Knows rows as bytes only.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::space::{Cells, Tile};
use crate::store::frame::{
    self, FILE_MAGIC, FRAME_HEAD, FRAME_MAGIC, FRAME_TAIL, GLANCE, NOTE_MAGIC, Note, Tag,
};
use crate::store::{Identity, StoreError, sync_folder};

pub(super) use crate::store::frame::Body as Rows;

/// The ending of a journal's name.
pub(super) const ENDING: &str = "journal";

/// The ending of a journal that is made of others and not whole yet.
pub(super) const ASIDE: &str = "part";

/// The longest header that is believed, for the texts of a study and its inputs.
const MOST_BYTES_OF_A_HEADER: u64 = 1 << 30;

/// What stands at the beginning of a journal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Header {
    /// SHA-256 of the canonical text.
    pub hash: [u8; 32],
    /// What the numbers depend on, see [`Identity::canonical`].
    pub canonical: String,
    /// Where it came from, see [`Identity::origin`].
    pub origin: String,
    /// The version of the program that wrote it.
    pub program: String,
}

impl Header {
    fn of(identity: &Identity) -> Self {
        Self {
            hash: identity.hash(),
            canonical: identity.canonical.clone(),
            origin: identity.origin.clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The tag of a study's frames.
pub(super) fn tag(identity: &Identity) -> Tag {
    let hash = identity.hash();
    std::array::from_fn(|index| hash[index])
}

/// A journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Journal {
    /// Creates a journal of its own for this process, with its header, and makes it survive a power loss.
    pub(super) fn create(folder: &Path, stem: &str, identity: &Identity) -> Result<Self, StoreError> {
        let (file, path) = create_new(folder, stem, ENDING)?;
        let mut journal = Self { file, path, length: 0 };
        journal.append(&frame::encode_header(&Header::of(identity)))?;
        journal.sync()?;
        sync_folder(folder)?;
        Ok(journal)
    }

    /// Creates a journal, with its header, that nobody takes for one before [`Journal::take_its_place`].
    pub(super) fn create_aside(folder: &Path, stem: &str, identity: &Identity) -> Result<Self, StoreError> {
        let (file, path) = create_new(folder, stem, ASIDE)?;
        let mut journal = Self { file, path, length: 0 };
        journal.append(&frame::encode_header(&Header::of(identity)))?;
        Ok(journal)
    }

    /// Makes a journal of what was written aside.
    pub(super) fn take_its_place(&mut self) -> Result<(), StoreError> {
        let path = self.path.with_extension(ENDING);
        std::fs::rename(&self.path, &path).map_err(StoreError::io("rename", &self.path))?;
        self.path = path;
        Ok(())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends bytes; gives where they begin.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<u64, StoreError> {
        self.file.write_all(bytes).map_err(StoreError::io("write", &self.path))?;
        let offset = self.length;
        self.length += bytes.len() as u64;
        Ok(offset)
    }

    /// Removes it: nothing stands in it that anybody would miss.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        std::fs::remove_file(&self.path).map_err(StoreError::io("remove", &self.path))
    }

    /// Makes what was appended survive a power loss.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(StoreError::io("sync", &self.path))
    }
}

/// Creates a file that is not there yet, numbering the name if it must.
fn create_new(folder: &Path, stem: &str, ending: &str) -> Result<(File, PathBuf), StoreError> {
    let mut number = 0u32;
    loop {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{suffix}.{ending}"));
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(StoreError::Io { action: "create", path, source }),
        }
    }
}

/// A frame found in a journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Where it begins.
    pub(super) offset: u64,
    /// Which points it holds.
    pub(super) tile: Tile,
    /// How long they took one thread.
    pub(super) seconds: f32,
}

/// What reading a journal through gave.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The header, if it is whole.
    pub(super) header: Option<Header>,
    /// The whole frames.
    pub(super) frames: Vec<Found>,
    /// How many places inside were damaged.
    pub(super) damaged: u64,
    /// How many bytes those places have.
    pub(super) damaged_bytes: u64,
    /// How many bytes at the end are no whole frame, as a kill leaves them.
    pub(super) torn_bytes: u64,
    /// How it ends.
    pub(super) tail: Tail,
}

/// How a journal ends, as far as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// Where the next frame may begin.
    pub(super) end: u64,
    /// Whether the process has ended in good order.
    pub(super) is_closed: bool,
    in_hand: Vec<InHand>,
}

/// What a process has in hand, or had when it died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InHand {
    /// Which points.
    pub(super) tile: Tile,
    /// The only one of them that was being measured, while the process measured nothing else.
    pub(super) point: Option<u32>,
    /// How many processes have died with it, the writer of the journal among them if it is dead.
    pub(super) times: u32,
    /// Whether the writer of the journal had it in hand, or has only told of others.
    is_own: bool,
}

#[cfg(test)]
impl InHand {
    /// As of one process.
    pub(super) fn of(tile: Tile, point: Option<u32>) -> Self {
        Self { tile, point, times: 1, is_own: true }
    }
}

impl Tail {
    /// What processes had in hand when they died, if the writer of the journal is dead.
    pub(super) fn died(&self) -> impl Iterator<Item = &InHand> {
        self.in_hand.iter().filter(|begun| !begun.is_own || !self.is_closed)
    }

    /// Takes a note. What is about the same points and about the same process replaces an earlier one.
    fn note(&mut self, note: Note) {
        match note {
            Note::Begun { tile, point } => {
                self.is_closed = false;
                self.in_hand.retain(|earlier| earlier.tile != tile || !earlier.is_own);
                self.in_hand.push(InHand { tile, point, times: 1, is_own: true });
            }
            Note::Died { tile, point, times } => {
                self.in_hand.push(InHand { tile, point, times, is_own: false });
            }
            Note::Closed => self.is_closed = true,
        }
    }

    /// Takes a frame: what it holds is in hand no more.
    fn finished(&mut self, tile: Tile) {
        let Tile { cell, first, count } = tile;
        let is_inside =
            |tile: Tile| tile.cell == cell && tile.first >= first && tile.first + tile.count <= first + count;
        self.in_hand.retain(|begun| !is_inside(begun.tile));
    }
}

/// Reads the header of a journal, if it is whole.
pub(super) fn header(path: &Path) -> Result<Option<Header>, StoreError> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    Ok(read_header(&file, path)?.map(|(header, _)| header))
}

/// Reads a journal through. A frame that is not as it was written is left out, and the search goes on at the next magic.
pub(super) fn scan(path: &Path, tag: Tag, cells: &Cells, quantities: usize) -> Result<Scan, StoreError> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let end = file.metadata().map_err(StoreError::io("look at", path))?.len();
    let mut scan = Scan::default();
    let mut position = 0;
    if let Some((header, length)) = read_header(&file, path)? {
        scan.header = Some(header);
        position = length;
    }
    let mut bytes = Vec::new();
    // Where the bytes begin that are no frame, while no frame follows.
    let mut lost_from = None;
    while position < end {
        let may_be = read_frame(&file, position, end, &mut bytes).map_err(StoreError::io("read", path))?;
        let is_note = bytes.starts_with(&NOTE_MAGIC);
        let note = may_be.filter(|()| is_note).and_then(|()| frame::decode_note(&bytes, tag, cells));
        let rows = may_be.filter(|()| !is_note).and_then(|()| frame::check(&bytes, tag, cells, quantities));
        if note.is_some() || rows.is_some() {
            if let Some(from) = lost_from.take() {
                scan.damaged += 1;
                scan.damaged_bytes += position - from;
            }
            if let Some(note) = note {
                scan.tail.note(note);
            }
            if let Some(rows) = rows {
                scan.tail.finished(rows.tile);
                scan.frames.push(Found { offset: position, tile: rows.tile, seconds: rows.seconds });
            }
            position += bytes.len() as u64;
        } else {
            lost_from.get_or_insert(position);
            position = find_magic(&file, position + 1, end).map_err(StoreError::io("read", path))?;
        }
    }
    scan.torn_bytes = lost_from.map_or(0, |from| end - from);
    scan.tail.end = end - scan.torn_bytes;
    Ok(scan)
}

/// Reads the frames of rows that begin at a place or behind it, as [`scan`] finds them, while `take` wants more; gives where the
/// next one may begin, or `None` if the journal ends before that place.
pub(super) fn rows_after(
    path: &Path,
    from: u64,
    tag: Tag,
    cells: &Cells,
    quantities: usize,
    take: &mut dyn FnMut(&Rows) -> bool,
) -> Result<Option<u64>, StoreError> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let end = file.metadata().map_err(StoreError::io("look at", path))?.len();
    if end < from {
        return Ok(None);
    }
    let begin = if from == 0 { read_header(&file, path)?.map_or(0, |(_, length)| length) } else { from };
    let (mut position, mut next) = (begin, begin);
    let mut bytes = Vec::new();
    let mut wants_more = true;
    while position < end && wants_more {
        let may_be = read_frame(&file, position, end, &mut bytes).map_err(StoreError::io("read", path))?;
        let is_note = bytes.starts_with(&NOTE_MAGIC);
        let is_whole = may_be.is_some()
            && if is_note {
                frame::decode_note(&bytes, tag, cells).is_some()
            } else {
                let beginning = frame::check(&bytes, tag, cells, quantities);
                let points = beginning.map(|own| cells.cell(own.tile.cell).points_of(own.tile).1);
                let rows = points.and_then(|points| frame::decode(&bytes, points, quantities));
                wants_more = rows.as_ref().is_none_or(&mut *take);
                rows.is_some()
            };
        if is_whole {
            position += bytes.len() as u64;
            // Notes may be cut off again and are read once more; rows stay.
            next = if is_note { next } else { position };
        } else {
            position = find_magic(&file, position + 1, end).map_err(StoreError::io("read", path))?;
        }
    }
    Ok(Some(next))
}

/// What was appended to a journal since its tail was read, by the beginnings of its frames only. A frame that is not whole yet is
/// left for the next time, and so is everything behind one that is damaged.
pub(super) fn skim(
    path: &Path,
    tail: &mut Tail,
    tag: Tag,
    cells: &Cells,
    quantities: usize,
) -> Result<Vec<(Tile, f32)>, StoreError> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let end = file.metadata().map_err(StoreError::io("look at", path))?.len();
    if tail.end == 0 {
        match read_header(&file, path)? {
            Some((header, length)) if header.hash.starts_with(&tag) => tail.end = length,
            _ => return Ok(Vec::new()),
        }
    }
    let mut found = Vec::new();
    let mut bytes = Vec::new();
    let mut head = [0; GLANCE];
    while tail.end + (FRAME_HEAD + FRAME_TAIL) as u64 <= end {
        let length = (end - tail.end).min(GLANCE as u64) as usize;
        file.read_exact_at(&mut head[..length], tail.end).map_err(StoreError::io("read", path))?;
        let body = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        let next = tail.end + u64::from(body) + (FRAME_HEAD + FRAME_TAIL) as u64;
        if next > end {
            break;
        }
        if head.starts_with(&NOTE_MAGIC) {
            let read = read_frame(&file, tail.end, end, &mut bytes).map_err(StoreError::io("read", path))?;
            let Some(note) = read.and_then(|()| frame::decode_note(&bytes, tag, cells)) else { break };
            tail.note(note);
        } else {
            let Some(rows) = frame::glance(&head, tag, cells, quantities) else { break };
            tail.finished(rows.tile);
            found.push((rows.tile, rows.seconds));
        }
        tail.end = next;
    }
    Ok(found)
}

/// The header and where the frames begin.
fn read_header(file: &File, path: &Path) -> Result<Option<(Header, u64)>, StoreError> {
    let error = StoreError::io("read", path);
    let read = || -> std::io::Result<Option<(Header, u64)>> {
        let end = file.metadata()?.len();
        let mut start = [0; 12];
        if end < 16 {
            return Ok(None);
        }
        file.read_exact_at(&mut start, 0)?;
        let length = *start.last_chunk::<4>().expect("12 bytes end with 4");
        let length = u64::from(u32::from_le_bytes(length));
        if start[..8] != FILE_MAGIC || length > MOST_BYTES_OF_A_HEADER || 16 + length > end {
            return Ok(None);
        }
        let mut rest = vec![0; length as usize + 8];
        file.read_exact_at(&mut rest, 8)?;
        Ok(frame::decode_header::<Header>(&rest).map(|header| (header, 16 + length)))
    };
    read().map_err(error)
}

/// Reads what may be a frame at a position, from its magic to its checksum; `None` if none can begin there.
fn read_frame(file: &File, position: u64, end: u64, bytes: &mut Vec<u8>) -> std::io::Result<Option<()>> {
    let mut head = [0; FRAME_HEAD];
    if end - position < (FRAME_HEAD + FRAME_TAIL) as u64 {
        return Ok(None);
    }
    file.read_exact_at(&mut head, position)?;
    let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
    let whole = FRAME_HEAD + length + FRAME_TAIL;
    let is_frame = head.starts_with(&FRAME_MAGIC) || head.starts_with(&NOTE_MAGIC);
    if !is_frame || whole > frame::MOST_BYTES_OF_A_FRAME || whole as u64 > end - position {
        return Ok(None);
    }
    bytes.resize(whole, 0);
    bytes[..FRAME_HEAD].copy_from_slice(&head);
    file.read_exact_at(&mut bytes[FRAME_HEAD..], position + FRAME_HEAD as u64)?;
    Ok(Some(()))
}

/// Reads a frame that a scan has found.
pub(super) fn read_found(file: &File, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

/// Where the next frame may begin, or the end.
fn find_magic(file: &File, from: u64, end: u64) -> std::io::Result<u64> {
    const WINDOW: u64 = 1 << 16;
    let mut bytes = Vec::new();
    let mut position = from;
    while position < end {
        let length = WINDOW.min(end - position);
        bytes.resize(length as usize, 0);
        file.read_exact_at(&mut bytes, position)?;
        let is_magic = |window: &[u8]| window == FRAME_MAGIC || window == NOTE_MAGIC;
        if let Some(at) = bytes.windows(FRAME_MAGIC.len()).position(is_magic) {
            return Ok(position + at as u64);
        }
        if position + length == end {
            break;
        }
        // A magic may lie across two windows.
        position += length - (FRAME_MAGIC.len() as u64 - 1);
    }
    Ok(end)
}
