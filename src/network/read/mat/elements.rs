//! The data elements that a MAT-file is made of: a tag with a type and a number of bytes, the bytes, and zeros up to a multiple of
//! eight (`MathWorks`, MAT-File Format, version 5). Knows no matrices.

use std::io::Read;

use super::super::numbers::{Kind, Number};
use super::super::{ReadError, broken};
use super::wrong;

/// The type of whole numbers with a sign, of four bytes each.
pub(super) const WHOLE_OF_FOUR_BYTES: u32 = 5;
/// The type of a matrix.
pub(super) const MATRIX: u32 = 14;
/// The type of a compressed element.
pub(super) const COMPRESSED: u32 = 15;

/// The beginning of a data element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    /// The type of its data.
    pub(super) kind: u32,
    /// How many bytes of data it has.
    pub(super) bytes: u32,
    /// The data themselves, where they are at most four bytes and stand in the tag.
    small: Option<[u8; 4]>,
}

/// Elements, one after the other.
pub(super) struct Elements<R> {
    reader: R,
    is_big_endian: bool,
}

impl<R: Read> Elements<R> {
    /// Those of some bytes.
    pub(super) fn of(reader: R, is_big_endian: bool) -> Self {
        Self { reader, is_big_endian }
    }

    fn word(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// The next tag.
    pub(super) fn tag(&mut self) -> Result<Tag, ReadError> {
        let (mut first, mut second) = ([0; 4], [0; 4]);
        for part in [&mut first, &mut second] {
            self.reader.read_exact(part).map_err(|_| wrong("it is cut short"))?;
        }
        let word = self.word(first);
        // The upper half of the first word is the length of what stands in the second.
        if word >> 16 != 0 {
            let bytes = word >> 16;
            if bytes > 4 {
                return Err(wrong("a short element has more than four bytes"));
            }
            return Ok(Tag { kind: word & 0xffff, bytes, small: Some(second) });
        }
        Ok(Tag { kind: word, bytes: self.word(second), small: None })
    }

    /// The bytes of an element, at most so many.
    pub(super) fn data(&mut self, tag: Tag, most: usize) -> Result<Vec<u8>, ReadError> {
        let length = tag.bytes as usize;
        if length > most {
            return Err(wrong(format!("an element has {length} bytes, and at most {most} are expected")));
        }
        if let Some(small) = tag.small {
            return Ok(small[..length].to_vec());
        }
        let mut data = Vec::new();
        self.reader.by_ref().take(length as u64).read_to_end(&mut data).map_err(|error| broken(&error))?;
        if data.len() < length {
            return Err(wrong("it is cut short"));
        }
        let padding = (8 - length % 8) % 8;
        // At the end of a variable nobody misses it.
        std::io::copy(&mut self.reader.by_ref().take(padding as u64), &mut std::io::sink())
            .map_err(|error| broken(&error))?;
        Ok(data)
    }

    /// The next element as whole numbers, at most so many.
    pub(super) fn whole(&mut self, most: usize) -> Result<Vec<i64>, ReadError> {
        let tag = self.tag()?;
        let data = self.data(tag, 8 * most)?;
        Ok(self.numbers(tag, &data)?.into_iter().map(|number| number as i64).collect())
    }

    /// The element behind a tag as numbers, exactly so many.
    pub(super) fn values(&mut self, tag: Tag, count: usize) -> Result<Vec<f64>, ReadError> {
        let data = self.data(tag, 8 * count)?;
        let values = self.numbers(tag, &data)?;
        if values.len() != count {
            return Err(wrong(format!("{count} numbers should be in it, and {} are", values.len())));
        }
        Ok(values)
    }

    /// Bytes as numbers of the type that their tag says.
    pub(super) fn numbers(&self, tag: Tag, data: &[u8]) -> Result<Vec<f64>, ReadError> {
        let (kind, bytes) = match tag.kind {
            1 => (Kind::Signed, 1),
            2 => (Kind::Unsigned, 1),
            3 => (Kind::Signed, 2),
            4 => (Kind::Unsigned, 2),
            WHOLE_OF_FOUR_BYTES => (Kind::Signed, 4),
            6 => (Kind::Unsigned, 4),
            7 => (Kind::Float, 4),
            9 => (Kind::Float, 8),
            12 => (Kind::Signed, 8),
            13 => (Kind::Unsigned, 8),
            other => return Err(wrong(format!("its numbers are of the unknown type {other}"))),
        };
        let number = Number { kind, bytes, is_big_endian: self.is_big_endian };
        number.values(data).ok_or_else(|| wrong("a whole number in it is too large"))
    }

    /// The next element as letters, at most so many.
    pub(super) fn letters(&mut self, most: usize) -> Result<Vec<char>, ReadError> {
        let tag = self.tag()?;
        let data = self.data(tag, 4 * most)?;
        let text = match tag.kind {
            // Bytes of text, and UTF-8.
            1 | 2 | 16 => String::from_utf8(data).ok(),
            4 | 17 => {
                let number = Number { kind: Kind::Unsigned, bytes: 2, is_big_endian: self.is_big_endian };
                let units: Option<Vec<u16>> =
                    data.chunks_exact(2).map(|unit| Some(number.value(unit)? as u16)).collect();
                units.and_then(|units| String::from_utf16(&units).ok())
            }
            _ => None,
        };
        text.map(|text| text.chars().collect()).ok_or_else(|| wrong("there are letters that are not text"))
    }
}
