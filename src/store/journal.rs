//! A journal: the file in which one process notes what it has finished, frame after frame. Nobody ever writes another's.
//! Knows rows as bytes only.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use crate::space::Tile;
use crate::store::disk::{open_regular, read_regular};
use crate::store::frame::{
    self, FRAME_HEAD, FRAME_MAGIC, FRAME_TAIL, Form, Head, NOTE_MAGIC, Name, Note, Tag,
};
use crate::store::{Beat, Identity, StoreError, aside, sync_folder};

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

/// A journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// Where the last whole frame ends.
    length: u64,
    /// Where the last frame of rows ends, or the header: only notes follow.
    notes_from: u64,
}

impl Journal {
    /// Creates a journal of its own for this process, with its header, and makes it survive a power loss.
    pub(super) fn create(folder: &Path, stem: &str, identity: &Identity) -> Result<Self, StoreError> {
        let journal = Self::begin(folder, stem, ENDING, identity)?;
        journal.sync()?;
        sync_folder(folder)?;
        Ok(journal)
    }

    /// Creates a journal, with its header, that nobody takes for one before [`Journal::take_its_place`].
    pub(super) fn create_aside(folder: &Path, stem: &str, identity: &Identity) -> Result<Self, StoreError> {
        Self::begin(folder, stem, ASIDE, identity)
    }

    fn begin(folder: &Path, stem: &str, ending: &str, identity: &Identity) -> Result<Self, StoreError> {
        let (file, path) = create_new(folder, stem, ending)?;
        let mut journal = Self { file, path, length: 0, notes_from: 0 };
        if let Err(error) = journal.append(&frame::encode_header(&Header::of(identity))) {
            // A journal without a header tells nobody anything.
            let _ = journal.remove();
            return Err(error);
        }
        journal.notes_from = journal.length;
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
        if bytes.starts_with(&FRAME_MAGIC) {
            self.notes_from = self.length;
        }
        Ok(offset)
    }

    /// Ends in good order after something has failed, as far as the disk lets it: what was not written whole is cut off, and so are
    /// the last notes of what was in hand, which makes room for the note that nothing is.
    pub(super) fn abandon(&mut self, tag: Tag) {
        if self.file.set_len(self.notes_from).is_ok() {
            self.length = self.notes_from;
        }
        // Without the note too nothing that was alone in hand is left in the journal.
        let _ = self.append(&frame::encode_note(tag, Note::Closed)).and_then(|_| self.sync());
        let _ = self.file.set_len(self.length);
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
    /// The journals that this one has replaced, should they still be there.
    pub(super) replaced: Vec<Name>,
    /// The length of the file, and its time, when nothing more could be read from it.
    seen: Option<(u64, Option<SystemTime>)>,
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
            Note::Kept { tile } => self.in_hand.retain(|begun| !begun.is_own || begun.tile != tile),
            Note::Closed => self.is_closed = true,
            Note::Replaced { journal } => self.replaced.push(journal),
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
    let file = open_regular(path).map_err(StoreError::io("open", path))?;
    Ok(read_header(&file, path)?.map(|(header, _)| header))
}

/// Beside the folder of journals stands their header once more: what they measure can be told when their own beginnings are damaged.
pub(super) const HEADER: &str = "journals.header";

/// Keeps a header in a run's folder, unless it is there.
pub(super) fn keep_header(folder: &Path, identity: &Identity) -> Result<(), StoreError> {
    let (path, bytes) = (folder.join(HEADER), frame::encode_header(&Header::of(identity)));
    if read_regular(&path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let fill =
        |beside: &Path| std::fs::write(beside, &bytes).map(Some).map_err(StoreError::io("write", &path));
    aside::replace(&path, fill).map(|_| ())
}

/// The header that is kept in a run's folder.
pub(super) fn kept_header(folder: &Path) -> Result<Option<Header>, StoreError> {
    header(&folder.join(HEADER))
}

/// What may begin at a place of a journal.
enum Item {
    Note(Note),
    Rows { tile: Tile, seconds: f32 },
}

/// A journal as it is read.
struct Reader<'form> {
    file: File,
    form: &'form Form,
    end: u64,
    bytes: Vec<u8>,
}

impl Reader<'_> {
    /// The sound frame that begins at a position, and where the next may begin; `None` if none does.
    fn item(&mut self, position: u64) -> std::io::Result<Option<(Item, u64)>> {
        if read_frame(&self.file, position, self.end, &mut self.bytes)?.is_none() {
            return Ok(None);
        }
        let next = position + self.bytes.len() as u64;
        let item = if self.bytes.starts_with(&NOTE_MAGIC) {
            frame::decode_note(&self.bytes, self.form).map(Item::Note)
        } else {
            let rows = frame::check(&self.bytes, self.form);
            rows.map(|rows| Item::Rows { tile: rows.tile, seconds: rows.seconds })
        };
        Ok(item.map(|item| (item, next)))
    }

    /// Whether what was read last is a sound frame of this study in an earlier format.
    fn is_of_earlier_format(&self) -> bool {
        frame::is_of_first_format(&self.bytes, &self.form.hash)
    }
}

/// Reads a journal through. A frame that is not as it was written is left out, and the search goes on at the next magic. `beat` is
/// called again and again meanwhile.
///
/// # Errors
/// When the journal is of another format, `beat` ends it, or the file system refuses.
pub(super) fn scan(path: &Path, form: &Form, beat: &mut Beat<'_>) -> Result<Scan, StoreError> {
    let file = open_regular(path).map_err(StoreError::io("open", path))?;
    let end = file.metadata().map_err(StoreError::io("look at", path))?.len();
    let mut scan = Scan::default();
    let mut position = 0;
    if let Some((header, length)) = read_header(&file, path)? {
        scan.header = Some(header);
        position = length;
    }
    let mut reader = Reader { file, form, end, bytes: Vec::new() };
    // Where the bytes begin that are no frame, while no frame follows.
    let mut lost_from = None;
    while position < end {
        beat()?;
        reader.bytes.clear();
        if let Some((item, next)) = reader.item(position).map_err(StoreError::io("read", path))? {
            if let Some(from) = lost_from.take() {
                scan.damaged += 1;
                scan.damaged_bytes += position - from;
            }
            match item {
                Item::Note(note) => scan.tail.note(note),
                Item::Rows { tile, seconds } => {
                    scan.tail.finished(tile);
                    scan.frames.push(Found { offset: position, tile, seconds });
                }
            }
            position = next;
        } else if reader.is_of_earlier_format() {
            return Err(StoreError::Format { journal: path.to_owned(), version: '1' });
        } else {
            lost_from.get_or_insert(position);
            position = find_magic(&reader.file, position + 1, end).map_err(StoreError::io("read", path))?;
        }
    }
    scan.torn_bytes = lost_from.map_or(0, |from| end - from);
    scan.tail.end = end - scan.torn_bytes;
    Ok(scan)
}

/// Reads the frames of rows that begin at a place or behind it, as [`scan`] finds them, while `take` wants more; gives where the
/// next one may begin, or `None` if the journal ends before that place.
///
/// # Errors
/// When the journal is of another format, or the file system refuses.
pub(super) fn rows_after(
    path: &Path,
    from: u64,
    form: &Form,
    take: &mut dyn FnMut(&Rows) -> bool,
) -> Result<Option<u64>, StoreError> {
    let file = open_regular(path).map_err(StoreError::io("open", path))?;
    let end = file.metadata().map_err(StoreError::io("look at", path))?.len();
    if end < from {
        return Ok(None);
    }
    let begin = if from == 0 { read_header(&file, path)?.map_or(0, |(_, length)| length) } else { from };
    let (mut position, mut next) = (begin, begin);
    let mut reader = Reader { file, form, end, bytes: Vec::new() };
    let mut wants_more = true;
    while position < end && wants_more {
        reader.bytes.clear();
        match reader.item(position).map_err(StoreError::io("read", path))? {
            Some((Item::Rows { .. }, behind)) => {
                wants_more = frame::decode(&reader.bytes, form).as_ref().is_none_or(&mut *take);
                (position, next) = (behind, behind);
            }
            // Notes may be cut off again and are read once more; rows stay.
            Some((Item::Note(_), behind)) => position = behind,
            None if reader.is_of_earlier_format() => {
                return Err(StoreError::Format { journal: path.to_owned(), version: '1' });
            }
            None => {
                position =
                    find_magic(&reader.file, position + 1, end).map_err(StoreError::io("read", path))?;
            }
        }
    }
    Ok(Some(next))
}

/// What was appended to a journal since its tail was read; reads no further once `until` is past. A frame that is not whole yet, or
/// not yet to be seen here, is left for the next time, unless a sound one follows it: then it is damaged. Gives whether everything
/// was read.
pub(super) fn catch_up(
    path: &Path,
    tail: &mut Tail,
    form: &Form,
    until: Instant,
    found: &mut Vec<(Tile, f32)>,
) -> Result<bool, StoreError> {
    let file = open_regular(path).map_err(StoreError::io("open", path))?;
    let about = file.metadata().map_err(StoreError::io("look at", path))?;
    let (end, seen) = (about.len(), Some((about.len(), about.modified().ok())));
    if tail.seen == seen {
        return Ok(true);
    }
    if end < tail.end {
        // Its process has cut off what it could not write, and the notes before it.
        *tail = Tail::default();
    }
    if tail.end == 0 {
        match read_header(&file, path)? {
            Some((header, length)) if header.hash == form.hash => tail.end = length,
            _ => return Ok(true),
        }
    }
    let mut reader = Reader { file, form, end, bytes: Vec::new() };
    let mut position = tail.end;
    while position < end {
        if let Some((item, next)) = reader.item(position).map_err(StoreError::io("read", path))? {
            match item {
                Item::Note(note) => tail.note(note),
                Item::Rows { tile, seconds } => {
                    tail.finished(tile);
                    found.push((tile, seconds));
                }
            }
            position = next;
            tail.end = next;
            if Instant::now() >= until {
                return Ok(false);
            }
        } else {
            position = find_magic(&reader.file, position + 1, end).map_err(StoreError::io("read", path))?;
        }
    }
    tail.seen = seen;
    Ok(true)
}

/// The header and where the frames begin.
fn read_header(file: &File, path: &Path) -> Result<Option<(Header, u64)>, StoreError> {
    let error = StoreError::io("read", path);
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        let end = file.metadata()?.len();
        let mut start = [0; 12];
        if end < 16 {
            return Ok(None);
        }
        file.read_exact_at(&mut start, 0)?;
        let (magic, length) = start.split_first_chunk::<8>().expect("12 bytes begin with 8");
        let length = u64::from(u32::from_le_bytes(*length.first_chunk().expect("4 are left of 12")));
        if !frame::is_journal(*magic) || length > MOST_BYTES_OF_A_HEADER || 16 + length > end {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize + 16];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(Some(bytes))
    };
    let Some(bytes) = read().map_err(error)? else { return Ok(None) };
    match frame::decode_header::<Header>(&bytes) {
        Head::Sound(header) => Ok(Some((header, bytes.len() as u64))),
        Head::OfFormat(version) => Err(StoreError::Format { journal: path.to_owned(), version }),
        Head::Damaged => Ok(None),
    }
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

/// Where the next frame may begin, or the end; does not look further than what is read in a moment.
fn find_magic(file: &File, from: u64, end: u64) -> std::io::Result<u64> {
    const FIRST_WINDOW: u64 = 1 << 6;
    const LAST_WINDOW: u64 = 1 << 16;
    const MOST: u64 = 1 << 26;
    let mut bytes = Vec::new();
    let mut position = from;
    // What is full of magics is read once, not a whole window for each.
    let mut window = FIRST_WINDOW;
    while position < end {
        let length = window.min(end - position);
        window = LAST_WINDOW.min(2 * window);
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
        if position - from >= MOST {
            return Ok(position);
        }
    }
    Ok(end)
}
