//! A journal: the file in which one process notes what it has finished, frame after frame. Nobody ever writes another's.
//! Knows rows as bytes only.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::space::{Cells, Tile};
use crate::store::frame::{self, FILE_MAGIC, FRAME_HEAD, FRAME_MAGIC, FRAME_TAIL, Tag};
use crate::store::{Identity, StoreError, sync_folder};

/// The ending of a journal's name.
pub(super) const ENDING: &str = "journal";

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
        let (file, path) = create_new(folder, stem)?;
        let header = Header {
            hash: identity.hash(),
            canonical: identity.canonical.clone(),
            origin: identity.origin.clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let mut journal = Self { file, path, length: 0 };
        journal.append(&frame::encode_header(&header))?;
        journal.sync()?;
        sync_folder(folder)?;
        Ok(journal)
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

    /// Makes what was appended survive a power loss.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(StoreError::io("sync", &self.path))
    }
}

/// Creates a file that is not there yet, numbering the name if it must.
fn create_new(folder: &Path, stem: &str) -> Result<(File, PathBuf), StoreError> {
    let mut number = 0u32;
    loop {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{suffix}.{ENDING}"));
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
        let beginning = may_be.and_then(|()| frame::check(&bytes, tag, cells, quantities));
        if let Some(beginning) = beginning {
            if let Some(from) = lost_from.take() {
                scan.damaged += 1;
                scan.damaged_bytes += position - from;
            }
            scan.frames.push(Found { offset: position, tile: beginning.tile, seconds: beginning.seconds });
            position += bytes.len() as u64;
        } else {
            lost_from.get_or_insert(position);
            position = find_magic(&file, position + 1, end).map_err(StoreError::io("read", path))?;
        }
    }
    scan.torn_bytes = lost_from.map_or(0, |from| end - from);
    Ok(scan)
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
    if head[..8] != FRAME_MAGIC || whole > frame::MOST_BYTES_OF_A_FRAME || whole as u64 > end - position {
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
        if let Some(at) = bytes.windows(FRAME_MAGIC.len()).position(|window| window == FRAME_MAGIC) {
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
