//! The data sets of an HDF5 file: their lengths, what their elements are, and their bytes, which may stand in one piece or in
//! compressed chunks. Knows no groups.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::objects::{Cursor, File, MOST, Message};
use super::wrong;
use crate::network::LONGEST_FILE;
use crate::network::read::labels::LONGEST_LABEL;
use crate::network::read::numbers::{Kind, Number};
use crate::network::read::{MOST_NODES, ReadError};

/// What the elements of a data set are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Number(Number),
    /// Texts of so many bytes.
    Text(usize),
    /// Texts that stand in heaps.
    HeapText,
    /// Addresses of objects.
    Reference,
    Other,
}

/// How the bytes are stored.
#[derive(Clone, Debug)]
enum Layout<'a> {
    Inside(&'a [u8]),
    /// At an address; nowhere where nothing was written.
    Whole(Option<usize>),
    /// By a tree of chunks with these sides.
    Chunks(Option<usize>, Vec<usize>),
    /// One chunk at an address, of so many bytes once it is packed, with a mask of filters left out.
    Single(Option<usize>, Option<(usize, u64)>),
    Unknown,
}

/// A data set.
#[derive(Clone, Debug)]
pub(super) struct Data<'a> {
    file: File<'a>,
    pub(super) lengths: Vec<usize>,
    pub(super) element: Element,
    /// How many bytes an element takes.
    size: usize,
    layout: Layout<'a>,
    /// The numbers of the filters that were applied, in order.
    filters: Vec<u64>,
    /// Whether MATLAB wrote it, which has columns where others have rows.
    pub(super) is_of_matlab: bool,
    /// Whether its numbers stand for others, by `scale_factor` and `add_offset` (CF, section 8.1).
    is_packed: bool,
    /// The element that stands for none.
    missing: Option<&'a [u8]>,
}

/// From this size on a number that an array is filled with stands for none: NetCDF fills with 9.97e36, or with the smallest integers.
const FILLED_WITH: f64 = 9e36;

impl<'a> Data<'a> {
    /// The data set of an object's header; none of what is not a data set.
    pub(super) fn of(file: File<'a>, messages: &[Message<'a>]) -> Result<Option<Self>, ReadError> {
        let find = |kind: u64| messages.iter().find(|message| message.kind == kind);
        let (Some(space), Some(form), Some(layout)) = (find(0x01), find(0x03), find(0x08)) else {
            return Ok(None);
        };
        let lengths = lengths(space.data)?;
        let (element, size) = if form.is_shared { (Element::Other, 0) } else { element(form.data)? };
        let filters = find(0x0b).map_or(Ok(Vec::new()), |message| filters(message.data))?;
        let attributes = messages.iter().filter(|message| message.kind == 0x0c && !message.is_shared);
        let names: Vec<&[u8]> = attributes.filter_map(name_of_attribute).collect();
        let has = |names_of: &[&[u8]]| names.iter().any(|name| names_of.contains(name));
        let is_of_matlab = has(&[b"MATLAB_class"]);
        let is_packed = has(&[b"scale_factor", b"add_offset"]);
        let filled_with = find(0x05).and_then(|message| fill(message.data).ok().flatten());
        let stands_for_none = |bytes: &&[u8]| {
            let Element::Number(number) = element else { return false };
            let value = number.values(bytes).and_then(|values| values.first().copied());
            // What NetCDF fills integers of 32 bits with, where its users say nothing.
            let of_integers = f64::from(i32::MIN + 1).to_bits();
            let is_of_netcdf = |value: f64| value.abs() > FILLED_WITH || value.to_bits() == of_integers;
            bytes.len() == size && (has(&[b"_FillValue"]) || value.is_some_and(is_of_netcdf))
        };
        let missing = filled_with.filter(stands_for_none);
        let layout = stored(layout.data, lengths.len())?;
        Ok(Some(Self { file, lengths, element, size, layout, filters, is_of_matlab, is_packed, missing }))
    }

    /// All numbers, in the order of the file; NaN where none was written.
    pub(super) fn numbers(&self) -> Result<Vec<f64>, ReadError> {
        let Element::Number(number) = self.element else {
            return Err(wrong("it is not an array of numbers"));
        };
        if self.is_packed {
            return Err(wrong(
                "its numbers are packed by `scale_factor` or `add_offset`; write them as they are",
            ));
        }
        let bytes = self.bytes()?;
        let mut numbers = number.values(&bytes).ok_or_else(|| wrong("a whole number in it is too large"))?;
        if let Some(missing) = self.missing {
            let elements = bytes.chunks_exact(self.size);
            for (value, _) in numbers.iter_mut().zip(elements).filter(|(_, element)| *element == missing) {
                *value = f64::NAN;
            }
        }
        Ok(numbers)
    }

    /// How many elements there are.
    fn count(&self) -> usize {
        self.lengths.iter().fold(1, |count: usize, &length| count.saturating_mul(length))
    }

    /// All bytes, element after element; zeros where nothing was written.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, ReadError> {
        let length = self.count().saturating_mul(self.size);
        if length > LONGEST_FILE as usize || self.count() > MOST_NODES * MOST_NODES {
            return Err(wrong("it is too large"));
        }
        match &self.layout {
            Layout::Inside(bytes) => {
                bytes.get(..length).map(<[u8]>::to_vec).ok_or_else(|| wrong("it is cut short"))
            }
            Layout::Whole(None) | Layout::Single(None, _) | Layout::Chunks(None, _) => Ok(vec![0; length]),
            Layout::Whole(Some(address)) | Layout::Single(Some(address), None) => {
                Ok(self.file.block(*address, length)?.rest.to_vec())
            }
            Layout::Single(Some(address), Some((packed, mask))) => {
                self.unpacked(self.file.block(*address, *packed)?.rest, *mask, length)
            }
            Layout::Chunks(Some(tree), sides) => self.chunks(*tree, sides, length),
            Layout::Unknown => Err(wrong("it is stored in a way that is not read here")),
        }
    }

    /// The bytes of all chunks at their places.
    fn chunks(&self, tree: usize, sides: &[usize], length: usize) -> Result<Vec<u8>, ReadError> {
        let of_chunk = sides.iter().fold(self.size, |bytes, &side| bytes.saturating_mul(side));
        if self.size == 0 || of_chunk == 0 || of_chunk > LONGEST_FILE as usize / 2 {
            return Err(wrong("its chunks have a size that cannot be"));
        }
        let mut all = vec![0; length];
        let (mut seen, mut left) = (0, LONGEST_FILE as usize);
        let mut nodes = vec![(tree, None)];
        while let Some((address, above)) = nodes.pop() {
            seen += 1;
            let mut node = self.file.at(address)?;
            node.expect(b"TREE")?;
            node.take(1)?;
            let level = node.number(1)?;
            // Levels shrink from the root to the leaves, so that no tree is endless.
            if seen > 16 * MOST || above.is_some_and(|above| level >= above) {
                return Err(wrong("the tree of its chunks is endless"));
            }
            let used = node.number(2)?;
            node.address()?;
            node.address()?;
            for _ in 0..used {
                seen += 1;
                let (packed, mask) = (node.count(4)?, node.number(4)?);
                let place: Vec<usize> = sides.iter().map(|_| node.count(8)).collect::<Result<_, _>>()?;
                node.take(8)?;
                let Some(child) = node.address()? else { continue };
                if level > 0 {
                    nodes.push((child, Some(level)));
                    continue;
                }
                left = left.checked_sub(of_chunk).ok_or_else(|| wrong("it has too many chunks"))?;
                let chunk = self.unpacked(self.file.block(child, packed)?.rest, mask, of_chunk)?;
                self.put(&mut all, &chunk, &place, sides)?;
            }
        }
        Ok(all)
    }

    /// Copies what of a chunk is inside of the array to its place.
    fn put(&self, all: &mut [u8], chunk: &[u8], place: &[usize], sides: &[usize]) -> Result<(), ReadError> {
        let ([.., length], [.., side], [.., first]) = (&self.lengths[..], sides, place) else {
            return Err(wrong("its chunks have another number of dimensions"));
        };
        let width = side.min(&length.saturating_sub(*first)) * self.size;
        for (row, line) in chunk.chunks_exact(side * self.size).enumerate() {
            // The indices of a line in all dimensions but the last.
            let (mut rest, mut at, mut stride, mut is_inside) = (row, 0, 1, true);
            for dimension in (0..sides.len() - 1).rev() {
                let index = place[dimension].saturating_add(rest % sides[dimension]);
                rest /= sides[dimension];
                is_inside &= index < self.lengths[dimension];
                at += index.min(self.lengths[dimension]) * stride;
                stride *= self.lengths[dimension];
            }
            if is_inside && width > 0 {
                let begin = (at * length + first) * self.size;
                all[begin..begin + width].copy_from_slice(&line[..width]);
            }
        }
        Ok(())
    }

    /// A piece as it was before the filters.
    fn unpacked(&self, bytes: &[u8], mask: u64, length: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = bytes.to_vec();
        for (at, filter) in self.filters.iter().enumerate().rev() {
            if mask & 1 << at.min(63) != 0 {
                continue;
            }
            bytes = match filter {
                1 => {
                    let mut inflated = Vec::new();
                    let most = length as u64 + 5;
                    let inflating = ZlibDecoder::new(&bytes[..]).take(most).read_to_end(&mut inflated);
                    inflating.map_err(|_| wrong("a compressed piece of it is damaged"))?;
                    inflated
                }
                2 => unshuffled(&bytes, self.size),
                // A checksum of four bytes stands behind.
                3 => bytes[..bytes.len().saturating_sub(4)].to_vec(),
                4 => return Err(wrong("it is compressed by szip, which is not read here")),
                32000 => return Err(wrong("it is compressed by lzf, which is not read here")),
                other => {
                    return Err(wrong(format!(
                        "it is compressed by the filter {other}, which is not read here"
                    )));
                }
            };
        }
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err(wrong(format!("a piece of it has {} bytes, and should have {length}", bytes.len())))
        }
    }

    /// All elements as texts: those of texts themselves, numbers as they are written.
    pub(super) fn texts(&self) -> Result<Vec<String>, ReadError> {
        let no_text = || wrong("there are bytes that are not text");
        let plain = |bytes: &[u8]| {
            let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
            String::from_utf8(text.to_vec()).map(|text| text.trim().to_owned()).map_err(|_| no_text())
        };
        match self.element {
            Element::Text(size) if (1..=LONGEST_LABEL).contains(&size) => {
                self.bytes()?.chunks_exact(size).map(plain).collect()
            }
            Element::HeapText => {
                let bytes = self.bytes()?;
                let one = |element: &[u8]| {
                    let mut element = self.file.cursor(element);
                    let length = element.count(4)?;
                    match element.address()? {
                        Some(heap) if length > 0 => {
                            let number = element.number(4)?;
                            plain(self.file.of_heap(heap, number, length.min(LONGEST_LABEL))?)
                        }
                        _ => Ok(String::new()),
                    }
                };
                bytes.chunks_exact(self.size.max(1)).map(one).collect()
            }
            Element::Number(_) => Ok(self.numbers()?.iter().map(ToString::to_string).collect()),
            _ => Err(wrong("it is not a list of texts")),
        }
    }

    /// The letters of a text whose numbers are those of UTF-16 or of bytes, as MATLAB and Octave store it.
    pub(super) fn letters(&self) -> Result<String, ReadError> {
        if self.count() > LONGEST_LABEL {
            return Err(wrong("it is not a list of texts"));
        }
        let units: Vec<u16> = self.numbers()?.into_iter().map(|unit| unit as u16).collect();
        let text = String::from_utf16(&units).map_err(|_| wrong("there are letters that are not text"))?;
        Ok(text.trim_matches(['\0', ' ']).to_owned())
    }

    /// The addresses of the objects that it refers to.
    pub(super) fn references(&self) -> Result<Vec<usize>, ReadError> {
        let bytes = self.bytes()?;
        let one = |element: &[u8]| {
            self.file.cursor(element).address()?.ok_or_else(|| wrong("a cell of it is empty"))
        };
        bytes.chunks_exact(self.size.max(1)).map(one).collect()
    }
}

/// The lengths of the dimensions.
fn lengths(mut data: Cursor<'_>) -> Result<Vec<usize>, ReadError> {
    let version = data.number(1)?;
    let rank = data.number(1)?;
    data.take(if version < 2 { 6 } else { 2 })?;
    (0..rank).map(|_| data.length()).collect()
}

/// What the elements are, and how many bytes each takes.
fn element(mut data: Cursor<'_>) -> Result<(Element, usize), ReadError> {
    let class = data.number(1)? & 0x0f;
    let bits = data.number(3)?;
    let size = data.count(4)?;
    let is_big_endian = bits & 1 != 0;
    let number = |kind| Element::Number(Number { kind, bytes: size, is_big_endian });
    let element = match (class, size) {
        (0, 1 | 2 | 4 | 8) if bits & 8 != 0 => number(Kind::Signed),
        (0, 1 | 2 | 4 | 8) => number(Kind::Unsigned),
        // A middle byte first is an order of the VAX.
        (1, 2 | 4 | 8) if bits & 0x40 == 0 => number(Kind::Float),
        (3, _) => Element::Text(size),
        (7, _) => Element::Reference,
        // Truth values are numbers with names.
        (8, 1) => Element::Number(Number { kind: Kind::Unsigned, bytes: 1, is_big_endian: false }),
        (9, _) if bits & 0x0f == 1 => Element::HeapText,
        _ => Element::Other,
    };
    Ok((element, size))
}

/// Where the bytes are.
fn stored(mut data: Cursor<'_>, rank: usize) -> Result<Layout<'_>, ReadError> {
    let version = data.number(1)?;
    if !(3..=5).contains(&version) {
        return Ok(Layout::Unknown);
    }
    Ok(match data.number(1)? {
        0 => {
            let length = data.count(2)?;
            Layout::Inside(data.take(length)?)
        }
        1 => Layout::Whole(data.address()?),
        2 if version == 3 => {
            let dimensions = data.count(1)?;
            let tree = data.address()?;
            if dimensions != rank + 1 {
                return Err(wrong("its chunks have another number of dimensions"));
            }
            let sides = (0..rank).map(|_| data.count(4)).collect::<Result<Vec<_>, _>>()?;
            Layout::Chunks(tree, sides)
        }
        2 => {
            let flags = data.number(1)?;
            let dimensions = data.count(1)?;
            let bytes = data.count(1)?;
            data.take(dimensions * bytes)?;
            // Only one chunk for all needs no index of its own.
            if data.number(1)? != 1 {
                return Ok(Layout::Unknown);
            }
            let packed = if flags & 2 == 0 { None } else { Some((data.length()?, data.number(4)?)) };
            Layout::Single(data.address()?, packed)
        }
        _ => Layout::Unknown,
    })
}

/// The numbers of the filters.
fn filters(mut data: Cursor<'_>) -> Result<Vec<u64>, ReadError> {
    let version = data.number(1)?;
    let count = data.number(1)?;
    data.take(if version == 1 { 6 } else { 0 })?;
    let one = |_| {
        let filter = data.number(2)?;
        let of_name = if version == 1 || filter >= 256 { data.count(2)? } else { 0 };
        data.take(2)?;
        let values = data.count(2)?;
        data.take(if version == 1 { of_name.next_multiple_of(8) } else { of_name })?;
        data.take(4 * values + if version == 1 && values % 2 == 1 { 4 } else { 0 })?;
        Ok(filter)
    };
    (0..count).map(one).collect()
}

/// The bytes of the element that an array is filled with, if the message says one.
fn fill(mut data: Cursor<'_>) -> Result<Option<&[u8]>, ReadError> {
    let is_there = match data.number(1)? {
        1 | 2 => {
            data.take(2)?;
            data.number(1)? != 0
        }
        3 => data.number(1)? & 0x20 != 0,
        _ => false,
    };
    if !is_there {
        return Ok(None);
    }
    let length = data.count(4)?;
    data.take(length).map(Some)
}

/// The name of an attribute.
fn name_of_attribute<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let mut data = message.data;
    let version = data.number(1).ok()?;
    data.take(1).ok()?;
    let length = data.count(2).ok()?;
    data.take(if version == 3 { 5 } else { 4 }).ok()?;
    data.take(length).ok()?.split(|&byte| byte == 0).next()
}

/// Bytes whose first bytes of all elements stand first, in order again.
fn unshuffled(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len() / size.max(1);
    let mut whole = bytes.to_vec();
    for (at, byte) in bytes[..count * size].iter().enumerate() {
        whole[at % count * size + at / count] = *byte;
    }
    whole
}
