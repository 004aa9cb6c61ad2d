//! The bytes of journals: headers and frames, each between a magic number and a checksum. The only file that names bincode.
//! Knows nothing of files.
//!
//! A frame holds either the rows of a tile or a note, told apart by the magic. It is: 8 bytes of magic, the body's length (u32), 8 bytes of the identity's hash, the body, and the CRC-32 of everything
//! after the magic. All numbers are little-endian. A frame names its study itself, so that it can be trusted when the header of
//! its file is damaged.

use bincode::config::{Configuration, Fixint, LittleEndian};

use crate::space::{Cells, Tile};
use crate::table::Table;

/// How a frame begins.
pub(super) const FRAME_MAGIC: [u8; 8] = *b"\x89ICTUSF\n";
/// How a note begins.
pub(super) const NOTE_MAGIC: [u8; 8] = *b"\x89ICTUSN\n";
/// How a journal begins; its last character but one is the version of the format.
pub(super) const FILE_MAGIC: [u8; 8] = *b"\x89ICTUJ1\n";
/// Magic, length and tag.
pub(super) const FRAME_HEAD: usize = 8 + 4 + 8;
/// The checksum.
pub(super) const FRAME_TAIL: usize = 4;
/// A frame of several blocks is kept below this, so that threads and queues hold little.
const USUAL_BYTES_OF_A_FRAME: usize = 4 << 20;
/// No frame is larger; one block alone may be as large.
pub const MOST_BYTES_OF_A_FRAME: usize = 16 << 20;
/// The tile, the seconds and the length of the list of statuses.
const BODY_HEAD: u64 = 16 + 4 + 8;

const FORMAT: Configuration<LittleEndian, Fixint> =
    bincode::config::standard().with_little_endian().with_fixed_int_encoding();

/// The first bytes of the identity's hash.
pub(super) type Tag = [u8; 8];

/// The body of a frame as it is written.
#[derive(serde::Serialize)]
struct BodyOut<'rows> {
    tile: Tile,
    seconds: f32,
    status: &'rows [u8],
    features: &'rows [Vec<f64>],
}

/// The rows of a tile, read back.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Body {
    /// Which points.
    pub(super) tile: Tile,
    /// How long they took one thread.
    pub(super) seconds: f32,
    /// How they ended, `[point]`.
    pub(super) status: Vec<u8>,
    /// What was measured, `[quantity][point]`.
    pub(super) features: Vec<Vec<f64>>,
}

/// The beginning of a body: what an index keeps.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Beginning {
    /// Which points.
    pub(super) tile: Tile,
    /// How long they took one thread.
    pub(super) seconds: f32,
}

/// What a journal says between its rows, so that a later process can tell what was in hand when this one died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Note {
    /// A tile is about to be measured; with a point's number inside its cell: that point of it, while nothing else is in hand.
    Begun { tile: Tile, point: Option<u32> },
    /// So often a process has died with this in hand, say journals that are gone.
    Died { tile: Tile, point: Option<u32>, times: u32 },
    /// The process has ended in good order; nothing is in hand.
    Closed,
}

/// The bytes of a note.
pub(super) fn encode_note(tag: Tag, note: Note) -> Vec<u8> {
    let mut bytes = begin(NOTE_MAGIC, tag, 64);
    bincode::serde::encode_into_std_write(note, &mut bytes, FORMAT).expect("a vector takes any bytes");
    end(bytes)
}

/// The note in these bytes, if every byte of it is as it was written and it is about this study.
pub(super) fn decode_note(frame: &[u8], tag: Tag, cells: &Cells) -> Option<Note> {
    let body = content(frame, tag)?;
    let (note, read) = bincode::serde::decode_from_slice::<Note, _>(body, FORMAT).ok()?;
    let is_sound = match note {
        Note::Begun { tile, point } | Note::Died { tile, point, .. } => {
            is_of(tile, cells) && point.is_none_or(|point| u64::from(point) < cells.cell(tile.cell).points())
        }
        Note::Closed => true,
    };
    (read == body.len() && is_sound).then_some(note)
}

/// Whether a tile lies in one of these cells.
fn is_of(tile: Tile, cells: &Cells) -> bool {
    let Tile { cell, first, count } = tile;
    cell < cells.count()
        && count > 0
        && first.checked_add(count).is_some_and(|end| end <= cells.cell(cell).blocks())
}

/// The beginning of a frame, its length left open.
fn begin(magic: [u8; 8], tag: Tag, capacity: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(capacity);
    bytes.extend_from_slice(&magic);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&tag);
    bytes
}

/// The whole frame, with its length and checksum.
fn end(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(bytes.len() - FRAME_HEAD).expect("a frame is below its limit");
    bytes[8..12].copy_from_slice(&length.to_le_bytes());
    let crc = crc32fast::hash(&bytes[8..]);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// The body of a frame whose checksum and tag are right.
fn content(frame: &[u8], tag: Tag) -> Option<&[u8]> {
    let (content, crc) = frame.get(8..)?.split_last_chunk::<FRAME_TAIL>()?;
    let is_sound = crc32fast::hash(content) == u32::from_le_bytes(*crc) && content.get(4..12)? == tag;
    is_sound.then(|| &content[12..])
}

/// Magic, length, tag, and the beginning of a body.
pub(super) const GLANCE: usize = FRAME_HEAD + 16 + 4;

/// What a frame of rows that begins with these bytes seems to say, and the length of all of it. Its rows and its checksum are not
/// looked at.
pub(super) fn glance(head: &[u8; GLANCE], tag: Tag, cells: &Cells, quantities: usize) -> Option<Beginning> {
    let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    let (beginning, _) =
        bincode::serde::decode_from_slice::<Beginning, _>(&head[FRAME_HEAD..], FORMAT).ok()?;
    if head[..8] != FRAME_MAGIC || head[12..20] != tag || !is_of(beginning.tile, cells) {
        return None;
    }
    let (_, points) = cells.cell(beginning.tile.cell).points_of(beginning.tile);
    (u64::from(length) == body_length(u64::from(points), quantities)).then_some(beginning)
}

/// The bytes of a frame. `NaN` becomes the one canonical `NaN`, so that equal rows have equal bytes.
pub(super) fn encode(tag: Tag, tile: Tile, seconds: f32, status: &[u8], features: &Table) -> Vec<u8> {
    let canonical = |&value: &f64| if value.is_nan() { f64::NAN } else { value };
    let columns: Vec<Vec<f64>> =
        features.columns().iter().map(|column| column.iter().map(canonical).collect()).collect();
    let body = BodyOut { tile, seconds, status, features: &columns };
    let capacity = status.len() * (1 + 8 * columns.len()) + 8 * columns.len() + 64;
    let mut bytes = begin(FRAME_MAGIC, tag, capacity);
    bincode::serde::encode_into_std_write(body, &mut bytes, FORMAT).expect("a vector takes any bytes");
    end(bytes)
}

/// How long the body of a frame of some points is.
pub(super) fn body_length(points: u64, quantities: usize) -> u64 {
    BODY_HEAD + points + 8 + quantities as u64 * (8 + 8 * points)
}

/// How long a frame of some points is.
pub(super) fn length(points: u64, quantities: usize) -> usize {
    FRAME_HEAD + body_length(points, quantities) as usize + FRAME_TAIL
}

/// How many points of several blocks fit into one frame.
pub fn most_points(quantities: usize) -> u64 {
    points_in(USUAL_BYTES_OF_A_FRAME, quantities)
}

/// How many points a block may have.
pub(super) fn most_points_of_a_block(quantities: usize) -> u64 {
    points_in(MOST_BYTES_OF_A_FRAME, quantities)
}

fn points_in(bytes: usize, quantities: usize) -> u64 {
    let room = bytes as u64 - BODY_HEAD - 8 - 8 * quantities as u64 - (FRAME_HEAD + FRAME_TAIL) as u64;
    room / (1 + 8 * quantities as u64)
}

/// What a frame that begins with these bytes says, if every byte of it is as it was written and it is about this study's points.
/// `frame` reaches from the magic to the checksum.
pub(super) fn check(frame: &[u8], tag: Tag, cells: &Cells, quantities: usize) -> Option<Beginning> {
    let body = content(frame, tag)?;
    let (beginning, _) = bincode::serde::decode_from_slice::<Beginning, _>(body, FORMAT).ok()?;
    if !is_of(beginning.tile, cells) {
        return None;
    }
    let (_, points) = cells.cell(beginning.tile.cell).points_of(beginning.tile);
    (body.len() as u64 == body_length(u64::from(points), quantities)).then_some(beginning)
}

/// The rows of a frame that [`check`] has accepted; `None` if it is not whole.
pub(super) fn decode(frame: &[u8], points: u32, quantities: usize) -> Option<Body> {
    let (content, crc) = frame.get(8..)?.split_last_chunk::<FRAME_TAIL>()?;
    if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (body, _) = bincode::serde::decode_from_slice::<Body, _>(content.get(12..)?, FORMAT).ok()?;
    let points = points as usize;
    let is_whole = body.status.len() == points
        && body.features.len() == quantities
        && body.features.iter().all(|column| column.len() == points);
    is_whole.then_some(body)
}

/// Something of a study as bytes, between a magic number and a checksum as a frame is.
pub(super) fn seal<T: serde::Serialize>(magic: [u8; 8], tag: Tag, thing: &T) -> Vec<u8> {
    let mut bytes = begin(magic, tag, 1 << 16);
    bincode::serde::encode_into_std_write(thing, &mut bytes, FORMAT).expect("a vector takes any bytes");
    end(bytes)
}

/// What [`seal`] has sealed, if every byte of it is as it was written.
pub(super) fn unseal<T: serde::de::DeserializeOwned>(magic: [u8; 8], tag: Tag, bytes: &[u8]) -> Option<T> {
    let body = content(bytes, tag).filter(|_| bytes.starts_with(&magic))?;
    let (thing, read) = bincode::serde::decode_from_slice::<T, _>(body, FORMAT).ok()?;
    (read == body.len()).then_some(thing)
}

/// Something as bytes, for another process of this program.
///
/// # Panics
/// Never: a vector takes any bytes.
pub fn pack<T: serde::Serialize>(thing: &T) -> Vec<u8> {
    bincode::serde::encode_to_vec(thing, FORMAT).expect("a vector takes any bytes")
}

/// What [`pack`] has packed; `None` for other bytes.
pub fn unpack<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (thing, read) = bincode::serde::decode_from_slice::<T, _>(bytes, FORMAT).ok()?;
    (read == bytes.len()).then_some(thing)
}

/// The bytes of a file's header: magic, length (u32), content, CRC-32 of everything after the magic.
pub(super) fn encode_header<T: serde::Serialize>(header: &T) -> Vec<u8> {
    let content = bincode::serde::encode_to_vec(header, FORMAT).expect("a vector takes any bytes");
    let mut bytes = FILE_MAGIC.to_vec();
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&content);
    let crc = crc32fast::hash(&bytes[8..]);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// A header from the bytes after the magic: length, content, CRC-32.
pub(super) fn decode_header<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (content, crc) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (header, read) = bincode::serde::decode_from_slice::<T, _>(content.get(4..)?, FORMAT).ok()?;
    (read == content.len() - 4).then_some(header)
}
