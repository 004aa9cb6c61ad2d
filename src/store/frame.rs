//! The bytes of journals: headers and frames, each between a magic number and a checksum. The only file that names bincode.
//! Knows nothing of files.
//!
//! A frame holds either the rows of a tile or a note, told apart by the magic. It is: 8 bytes of magic, the body's length (u32), the
//! 8 bytes of a [`Tag`], the body, and the CRC-32 of everything after the magic. All numbers are little-endian. A frame names its
//! study and its format itself, so that it can be trusted when the header of its file is damaged. A right checksum is not enough: a
//! frame whose rows are not what its tile says, or that holds what no measurement gives, is neither written nor read.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};

use sha2::Digest as _;

use crate::experiment::Status;
use crate::space::{Cells, Tile};
use crate::table::Table;

/// How a frame begins.
pub(super) const FRAME_MAGIC: [u8; 8] = *b"\x89ICTUSF\n";
/// How a note begins.
pub(super) const NOTE_MAGIC: [u8; 8] = *b"\x89ICTUSN\n";
/// How a journal begins; its last character but one is the version of the format, of headers and frames alike.
pub(super) const FILE_MAGIC: [u8; 8] = *b"\x89ICTUJ2\n";
/// The version of the format, in words.
pub(super) const VERSION_NAME: char = FILE_MAGIC[VERSION] as char;
/// Where the version stands in the magic of a file.
const VERSION: usize = 6;
/// The first format, whose checksums of headers leave the magic out, and whose frames are tagged by the study alone.
const FIRST_VERSION: u8 = b'1';
/// Magic, length and tag.
pub(super) const FRAME_HEAD: usize = 8 + 4 + 8;
/// The checksum.
pub(super) const FRAME_TAIL: usize = 4;
/// A frame of several blocks is kept below this, so that threads and queues hold little.
const USUAL_BYTES_OF_A_FRAME: usize = 4 << 20;
/// No frame is larger; one block alone may be as large.
pub const MOST_BYTES_OF_A_FRAME: usize = 16 << 20;
/// No tile takes longer: three hundred years.
const MOST_SECONDS: f32 = 1e10;

/// The tile, the seconds and the length of the list of statuses.
const BODY_HEAD: u64 = 16 + 4 + 8;

const FORMAT: Configuration<LittleEndian, Fixint> =
    bincode::config::standard().with_little_endian().with_fixed_int_encoding();

/// The same to read by: a length that somebody has written is no reason to take all memory.
const READING: Configuration<LittleEndian, Fixint, Limit<{ 1 << 30 }>> = FORMAT.with_limit::<{ 1 << 30 }>();

/// What tells the frames of a study, in this format, from all others.
pub(super) type Tag = [u8; 8];

/// The tag of the study whose identity has this hash.
pub(super) fn tag(hash: &[u8; 32]) -> Tag {
    let digest = sha2::Sha256::new().chain_update(FILE_MAGIC).chain_update(hash).finalize();
    std::array::from_fn(|index| digest[index])
}

/// The tag that the frames of a study had in the first format.
fn first_tag(hash: &[u8; 32]) -> Tag {
    std::array::from_fn(|index| hash[index])
}

/// What the frames of a study hold.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// SHA-256 of the study's identity.
    pub(super) hash: [u8; 32],
    /// Of whose frames.
    pub(super) tag: Tag,
    /// Of which points.
    pub(super) cells: Cells,
    /// How many numbers of each.
    pub(super) quantities: usize,
}

impl Form {
    /// Of the study whose identity has this hash.
    pub(super) fn new(hash: [u8; 32], cells: &Cells, quantities: usize) -> Self {
        Self { hash, tag: tag(&hash), cells: cells.clone(), quantities }
    }

    fn points(&self, tile: Tile) -> u32 {
        self.cells.cell(tile.cell).points_of(tile).1
    }

    /// How long the frame of a tile is.
    pub(super) fn length(&self, tile: Tile) -> usize {
        length(u64::from(self.points(tile)), self.quantities)
    }
}

/// Whether a measurement can have ended so. That a point is not computed only a map says, and the number of the budget of steps is
/// reserved for what earlier programs wrote.
fn is_outcome(code: u8) -> bool {
    let not_of_a_measurement = [Status::StepBudget, Status::NotComputed];
    Status::from_code(code).is_some_and(|status| !not_of_a_measurement.contains(&status))
}

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
    /// All that another journal holds, by what [`name`] makes of its name, is in this one too; what it says of deaths is said here.
    Replaced { journal: Name },
    /// What was done of a tile that was begun is kept: whoever dies after that did not die of beginning it.
    Kept { tile: Tile },
}

/// A journal's name, as a note has it.
pub(super) type Name = [u8; 16];

/// The name of a journal, without folder and ending, as a note has it.
pub(super) fn name(stem: &[u8]) -> Name {
    let digest = sha2::Sha256::digest(stem);
    std::array::from_fn(|index| digest[index])
}

/// The bytes of a note.
pub(super) fn encode_note(tag: Tag, note: Note) -> Vec<u8> {
    let mut bytes = begin(NOTE_MAGIC, tag, 64);
    bincode::serde::encode_into_std_write(note, &mut bytes, FORMAT).expect("a vector takes any bytes");
    end(bytes)
}

/// The note in these bytes, if every byte of it is as it was written and it is about this study.
pub(super) fn decode_note(frame: &[u8], form: &Form) -> Option<Note> {
    let body = content(frame, form.tag)?;
    let (note, read) = bincode::serde::decode_from_slice::<Note, _>(body, READING).ok()?;
    let is_sound = match note {
        Note::Begun { tile, point } | Note::Died { tile, point, .. } => {
            let lies_inside = |point: u32| {
                let (first, count) = form.cells.cell(tile.cell).points_of(tile);
                (first..first + count).contains(&point)
            };
            is_of(tile, &form.cells) && point.is_none_or(lies_inside)
        }
        Note::Kept { tile } => is_of(tile, &form.cells),
        Note::Closed | Note::Replaced { .. } => true,
    };
    (read == body.len() && is_sound).then_some(note)
}

/// Whether a tile lies in one of these cells.
pub fn is_of(tile: Tile, cells: &Cells) -> bool {
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

/// Whether these bytes are a sound frame of the study with this hash in the first format.
pub(super) fn is_of_first_format(frame: &[u8], hash: &[u8; 32]) -> bool {
    content(frame, first_tag(hash)).is_some()
}

/// The bytes of a frame. `NaN` becomes the one canonical `NaN`, so that equal rows have equal bytes.
///
/// # Panics
/// When the rows are not those of the tile, or a point has ended as no measurement can: nothing was written then.
pub(super) fn encode(form: &Form, tile: Tile, seconds: f32, status: &[u8], features: &Table) -> Vec<u8> {
    assert!(is_of(tile, &form.cells), "a frame is of a tile of its space, not of {tile:?}");
    let points = form.points(tile) as usize;
    assert_eq!(status.len(), points, "a frame of {tile:?} has as many statuses as the tile has points");
    assert_eq!(features.columns().len(), form.quantities, "a frame has a column a quantity");
    for column in features.columns() {
        assert_eq!(column.len(), points, "a column of a frame of {tile:?} is as long as the tile has points");
    }
    assert!(
        status.iter().copied().all(is_outcome),
        "a point of a frame ends as a measurement can: {status:?}"
    );
    let seconds = if seconds.is_finite() { seconds.clamp(0.0, MOST_SECONDS) } else { 0.0 };
    let canonical = |&value: &f64| if value.is_nan() { f64::NAN } else { value };
    let columns: Vec<Vec<f64>> =
        features.columns().iter().map(|column| column.iter().map(canonical).collect()).collect();
    let body = BodyOut { tile, seconds, status, features: &columns };
    let capacity = status.len() * (1 + 8 * columns.len()) + 8 * columns.len() + 64;
    let mut bytes = begin(FRAME_MAGIC, form.tag, capacity);
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

/// What a frame that begins with these bytes says, if every byte of it is as it was written, it is about this study's points, and its
/// rows are what its tile says. `frame` reaches from the magic to the checksum.
pub(super) fn check(frame: &[u8], form: &Form) -> Option<Beginning> {
    let body = content(frame, form.tag)?;
    let (beginning, head) = bincode::serde::decode_from_slice::<Beginning, _>(body, READING).ok()?;
    if !is_of(beginning.tile, &form.cells) || !(0.0..=MOST_SECONDS).contains(&beginning.seconds) {
        return None;
    }
    let points = u64::from(form.points(beginning.tile));
    let mut rest = body.get(head..)?;
    let status = list(&mut rest, points, 1)?;
    let columns = length_of(&mut rest)?;
    let is_whole = columns == form.quantities as u64
        && (0..columns).all(|_| list(&mut rest, points, 8).is_some())
        && rest.is_empty();
    (is_whole && status.iter().copied().all(is_outcome)).then_some(beginning)
}

/// The length of the list that begins here; what follows is left.
fn length_of(bytes: &mut &[u8]) -> Option<u64> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*length))
}

/// The bytes of the list that begins here, if it has so many entries of so many bytes; what follows is left.
fn list<'bytes>(bytes: &mut &'bytes [u8], entries: u64, size: usize) -> Option<&'bytes [u8]> {
    if length_of(bytes)? != entries {
        return None;
    }
    let (list, rest) = bytes.split_at_checked(usize::try_from(entries).ok()?.checked_mul(size)?)?;
    *bytes = rest;
    Some(list)
}

/// The rows of a frame; `None` where [`check`] refuses it.
pub(super) fn decode(frame: &[u8], form: &Form) -> Option<Body> {
    check(frame, form)?;
    let (body, _) = bincode::serde::decode_from_slice::<Body, _>(content(frame, form.tag)?, READING).ok()?;
    Some(body)
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
    let (thing, read) = bincode::serde::decode_from_slice::<T, _>(body, READING).ok()?;
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
    let (thing, read) = bincode::serde::decode_from_slice::<T, _>(bytes, READING).ok()?;
    (read == bytes.len()).then_some(thing)
}

/// The bytes of a file's header: magic, length (u32), content, CRC-32 of everything before it.
pub(super) fn encode_header<T: serde::Serialize>(header: &T) -> Vec<u8> {
    let content = bincode::serde::encode_to_vec(header, FORMAT).expect("a vector takes any bytes");
    let mut bytes = FILE_MAGIC.to_vec();
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&content);
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// What the beginning of a file says.
#[derive(Debug)]
pub(super) enum Head<T> {
    /// It is a header of this format.
    Sound(T),
    /// It is a whole header of another format, with this version.
    OfFormat(char),
    /// It is no header, or a damaged one.
    Damaged,
}

/// Whether a file that begins so is a journal, of whatever format.
pub(super) fn is_journal(magic: [u8; 8]) -> bool {
    magic[..VERSION] == FILE_MAGIC[..VERSION] && magic[VERSION + 1] == FILE_MAGIC[VERSION + 1]
}

/// A header from its bytes, magic and checksum among them.
pub(super) fn decode_header<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Head<T> {
    let Some((content, crc)) = bytes.split_last_chunk::<4>() else { return Head::Damaged };
    let crc = u32::from_le_bytes(*crc);
    let Some((magic, content)) = content.split_first_chunk::<8>() else { return Head::Damaged };
    let version = magic[VERSION];
    let is_sound = if version == FIRST_VERSION {
        crc32fast::hash(content) == crc
    } else {
        crc32fast::hash(&bytes[..bytes.len() - 4]) == crc
    };
    if !is_sound || !is_journal(*magic) {
        return Head::Damaged;
    }
    if *magic != FILE_MAGIC {
        return Head::OfFormat(char::from(version));
    }
    let content = content.get(4..).unwrap_or_default();
    match bincode::serde::decode_from_slice::<T, _>(content, READING) {
        Ok((header, read)) if read == content.len() => Head::Sound(header),
        _ => Head::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
    use crate::table::Quantity;

    fn form() -> Form {
        let quantity = Quantity::real("x", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        let space = Space::new(vec![Axis::new(vec![column], 4096).unwrap()]).unwrap();
        Form::new([7; 32], space.cells(), 2)
    }

    fn tile(count: u32) -> Tile {
        Tile { cell: 0, first: 1, count }
    }

    fn rows(points: usize) -> (Vec<u8>, Table) {
        (vec![0; points], Table::from_columns(vec![vec![0.5; points]; 2]))
    }

    fn sealed(mut frame: Vec<u8>) -> Vec<u8> {
        let end = frame.len() - FRAME_TAIL;
        let crc = crc32fast::hash(&frame[8..end]);
        frame[end..].copy_from_slice(&crc.to_le_bytes());
        frame
    }

    #[test]
    fn a_length_that_somebody_has_written_takes_no_memory() {
        let mut bytes = encode_header(&("text".to_owned(), 7_u64));
        assert!(matches!(decode_header::<(String, u64)>(&bytes), Head::Sound((text, 7)) if text == "text"));
        bytes[12..20].copy_from_slice(&(1_u64 << 62).to_le_bytes());
        let end = bytes.len() - 4;
        let crc = crc32fast::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(&crc.to_le_bytes());
        assert!(matches!(decode_header::<(String, u64)>(&bytes), Head::Damaged));
    }

    #[test]
    fn rows_that_are_not_those_of_their_tile_never_become_a_frame() {
        let form = form();
        let points = form.points(tile(2)) as usize;
        let refused = |status: &[u8], features: &Table, tile: Tile| {
            catch_unwind(AssertUnwindSafe(|| encode(&form, tile, 1.0, status, features))).is_err()
        };
        let (status, features) = rows(points);
        assert!(!refused(&status, &features, tile(2)));
        assert!(refused(&status, &features, tile(3)), "part of a tile under the name of the whole");
        assert!(refused(&status[1..], &features, tile(2)));
        assert!(refused(&status, &rows(points - 1).1, tile(2)));
        assert!(refused(&status, &Table::from_columns(vec![vec![0.5; points]]), tile(2)));
        assert!(refused(&status, &features, Tile { cell: 99, ..tile(2) }));
        for code in [2, 5, 8, 200] {
            assert!(refused(&vec![code; points], &features, tile(2)), "{code}");
        }
    }

    #[test]
    fn a_right_checksum_does_not_make_a_frame_of_what_no_measurement_gives() {
        let form = form();
        let points = form.points(tile(2)) as usize;
        let (status, features) = rows(points);
        let frame = encode(&form, tile(2), 1.0, &status, &features);
        assert!(check(&frame, &form).is_some());
        let status_at = FRAME_HEAD + 16 + 4 + 8;
        let changed = |at: usize, bytes: &[u8]| {
            let mut frame = frame.clone();
            frame[at..at + bytes.len()].copy_from_slice(bytes);
            sealed(frame)
        };
        for code in [0, 1, 3, 4, 6, 7] {
            assert!(check(&changed(status_at + 3, &[code]), &form).is_some(), "{code}");
        }
        for code in [2, 5, 8, 200] {
            let frame = changed(status_at + 3, &[code]);
            assert!(check(&frame, &form).is_none() && decode(&frame, &form).is_none(), "{code}");
        }
        for seconds in [f32::NAN, f32::INFINITY, -1.0, 2.0 * MOST_SECONDS] {
            assert!(check(&changed(FRAME_HEAD + 16, &seconds.to_le_bytes()), &form).is_none());
        }
        // A tile of another size, as when part of a block was named a whole one.
        assert!(check(&changed(FRAME_HEAD + 12, &3u32.to_le_bytes()), &form).is_none());
        // As many bytes, otherwise shared out: one point less, and eight times as many quantities more or less.
        let (short, rest) = (points as u64 - 8, FRAME_HEAD + 16 + 4);
        assert!(check(&changed(rest, &short.to_le_bytes()), &form).is_none());
        let other = Form { quantities: 3, ..form.clone() };
        assert!(check(&frame, &other).is_none());
        let other = Form { tag: first_tag(&form.hash), ..form };
        assert!(check(&frame, &other).is_none());
    }

    #[test]
    fn a_right_checksum_does_not_make_a_frame_or_a_note_of_a_tile_outside_of_the_space() {
        let form = form();
        let last = form.cells.cell(0).blocks();
        let whole = encode(
            &form,
            tile(2),
            1.0,
            &rows(form.points(tile(2)) as usize).0,
            &rows(form.points(tile(2)) as usize).1,
        );
        for outside in [
            Tile { cell: form.cells.count(), first: 0, count: 1 },
            Tile { cell: u64::MAX, first: 0, count: 1 },
            Tile { cell: 0, first: last, count: 1 },
            Tile { cell: 0, first: last - 1, count: 2 },
            Tile { cell: 0, first: u32::MAX, count: 2 },
            Tile { cell: 0, first: 1, count: 0 },
        ] {
            assert!(!is_of(outside, &form.cells), "{outside:?}");
            let mut frame = whole.clone();
            frame[FRAME_HEAD..FRAME_HEAD + 8].copy_from_slice(&outside.cell.to_le_bytes());
            frame[FRAME_HEAD + 8..FRAME_HEAD + 12].copy_from_slice(&outside.first.to_le_bytes());
            frame[FRAME_HEAD + 12..FRAME_HEAD + 16].copy_from_slice(&outside.count.to_le_bytes());
            assert!(check(&sealed(frame), &form).is_none(), "{outside:?}");
            for note in [
                Note::Begun { tile: outside, point: None },
                Note::Died { tile: outside, point: None, times: 1 },
                Note::Kept { tile: outside },
            ] {
                assert_eq!(decode_note(&encode_note(form.tag, note), &form), None, "{note:?}");
            }
        }
        let inside = Note::Kept { tile: Tile { cell: 0, first: last - 1, count: 1 } };
        assert_eq!(decode_note(&encode_note(form.tag, inside), &form), Some(inside));
    }

    #[test]
    fn a_header_of_another_format_is_told_from_a_damaged_one() {
        let bytes = encode_header(&"a header".to_owned());
        assert!(matches!(decode_header::<String>(&bytes), Head::Sound(text) if text == "a header"));
        // Of a later program.
        let mut later = bytes.clone();
        later[VERSION] = b'7';
        assert!(matches!(decode_header::<String>(&later), Head::Damaged), "a flipped bit");
        let end = later.len() - 4;
        let crc = crc32fast::hash(&later[..end]);
        later[end..].copy_from_slice(&crc.to_le_bytes());
        assert!(matches!(decode_header::<String>(&later), Head::OfFormat('7')));
        // Of the first.
        let mut first = bytes;
        first[VERSION] = FIRST_VERSION;
        let crc = crc32fast::hash(&first[8..end]);
        first[end..].copy_from_slice(&crc.to_le_bytes());
        assert!(matches!(decode_header::<String>(&first), Head::OfFormat('1')));
    }

    #[test]
    fn seconds_that_are_none_are_written_as_none_at_all() {
        let form = form();
        let (status, features) = rows(form.points(tile(1)) as usize);
        let written = |seconds| {
            let frame = encode(&form, tile(1), seconds, &status, &features);
            decode(&frame, &form).unwrap().seconds.to_bits()
        };
        assert_eq!(written(2.5), 2.5f32.to_bits());
        for seconds in [-1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(written(seconds), 0, "{seconds}");
        }
    }

    #[test]
    fn as_many_points_as_a_frame_may_hold_fit_and_one_more_does_not() {
        for quantities in [1, 12, 500] {
            let most = most_points(quantities);
            assert!(length(most, quantities) <= USUAL_BYTES_OF_A_FRAME);
            assert!(length(most + 1, quantities) > USUAL_BYTES_OF_A_FRAME);
            let most = most_points_of_a_block(quantities);
            assert!(length(most, quantities) <= MOST_BYTES_OF_A_FRAME);
            assert!(length(most + 1, quantities) > MOST_BYTES_OF_A_FRAME);
        }
    }

    #[test]
    fn a_frame_of_the_first_format_is_told_by_the_hash_of_its_study() {
        let hash = [7; 32];
        let first = |hash: &[u8; 32]| end(begin(FRAME_MAGIC, first_tag(hash), 64));
        assert!(is_of_first_format(&first(&hash), &hash));
        assert!(!is_of_first_format(&first(&[8; 32]), &hash));
        assert!(!is_of_first_format(&end(begin(FRAME_MAGIC, tag(&hash), 64)), &hash));
        let mut damaged = first(&hash);
        damaged[12] ^= 1;
        assert!(!is_of_first_format(&damaged, &hash));
    }

    #[test]
    fn what_is_packed_is_unpacked_and_nothing_else() {
        let thing = (3u64, vec![0.5f64, -0.0], "text".to_owned());
        let bytes = pack(&thing);
        assert_eq!(unpack::<(u64, Vec<f64>, String)>(&bytes), Some(thing));
        assert_eq!(unpack::<(u64, Vec<f64>, String)>(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unpack::<(u64, Vec<f64>, String)>(&[bytes, vec![0]].concat()), None, "a byte too many");
    }

    #[test]
    fn a_journal_is_told_by_its_first_bytes_whatever_its_version() {
        for version in [b'1', b'2', b'9'] {
            let mut magic = FILE_MAGIC;
            magic[VERSION] = version;
            assert!(is_journal(magic));
        }
        for at in (0..8).filter(|&at| at != VERSION) {
            let mut magic = FILE_MAGIC;
            magic[at] ^= 1;
            assert!(!is_journal(magic), "byte {at}");
        }
        assert!(!is_journal(FRAME_MAGIC));
    }
}
