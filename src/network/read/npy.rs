//! One array of `NumPy`'s format `.npy`, versions 1 to 3: little-endian numbers in C or Fortran order (the format is described in
//! `numpy.lib.format`). Knows no archives.

use std::io::Read;

use super::{MOST_NODES, Matrix, ReadError, broken, checked};

/// How a file begins.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads the array.
pub(super) fn read(mut bytes: impl Read) -> Result<Matrix, ReadError> {
    let header = header(&mut bytes)?;
    let header = header.as_str();
    let element = Element::of(header)?;
    let shape = field(header, "shape").ok_or_else(|| wrong("its header does not say its shape"))?;
    let shape = shape.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(inner, _)| inner);
    let lengths = shape.unwrap_or_default().split(',').map(str::trim).filter(|length| !length.is_empty());
    let lengths: Option<Vec<usize>> = lengths.map(|length| length.parse().ok()).collect();
    let Some([rows, columns]) = lengths.as_deref() else {
        return Err(wrong("it has not two dimensions"));
    };
    let (rows, columns) = (*rows, *columns);
    if rows != columns {
        return Err(ReadError::NotSquare { rows, columns });
    }
    if rows > MOST_NODES {
        return Err(ReadError::Large { nodes: rows });
    }
    let wanted = rows * columns * element.bytes;
    let mut data = Vec::new();
    // One byte more tells what is too long from what fits; the end of an archive's file has its checksum.
    bytes.by_ref().take(wanted as u64 + 1).read_to_end(&mut data).map_err(|error| broken(&error))?;
    let rest = if data.len() > wanted { std::io::copy(&mut bytes, &mut std::io::sink()) } else { Ok(0) };
    let found = data.len() as u64 + rest.map_err(|error| broken(&error))?;
    if data.len() != wanted {
        return Err(wrong(format!("{wanted} bytes of numbers should follow its header, and {found} do")));
    }
    let values: Option<Vec<f64>> =
        data.chunks_exact(element.bytes).map(|bytes| element.value(bytes)).collect();
    let values = values.ok_or_else(|| wrong("a whole number in it is too large"))?;
    let entries = match field(header, "fortran_order") {
        Some(order) if order.starts_with("False") => values,
        Some(order) if order.starts_with("True") => {
            (0..rows * columns).map(|at| values[at % columns * rows + at / columns]).collect()
        }
        _ => return Err(wrong("its header does not say its order")),
    };
    checked(rows, columns, entries)
}

fn wrong(reason: impl Into<String>) -> ReadError {
    ReadError::Npy { reason: reason.into() }
}

/// The longest header that is read, in bytes; `NumPy` takes no more than 10 000 either.
const LONGEST_HEADER: u32 = 1 << 16;

/// The header's text.
fn header(bytes: &mut impl Read) -> Result<String, ReadError> {
    let cut = |_| wrong("its header is cut short");
    let mut start = [0; MAGIC.len() + 2];
    bytes.read_exact(&mut start).map_err(cut)?;
    let mut length = [0; 4];
    let of_length = if start[MAGIC.len()] == 1 { 2 } else { 4 };
    bytes.read_exact(&mut length[..of_length]).map_err(cut)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST_HEADER {
        return Err(wrong(format!("its header has {length} bytes, and at most {LONGEST_HEADER} are read")));
    }
    let mut header = vec![0; length as usize];
    bytes.read_exact(&mut header).map_err(cut)?;
    String::from_utf8(header).map_err(|_| wrong("its header is no text"))
}

/// What follows a key in the header, which is a dictionary of Python: `{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }`.
fn field<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let at = ['\'', '"'].iter().find_map(|quote| {
        let key = format!("{quote}{key}{quote}");
        header.find(&key).map(|at| at + key.len())
    })?;
    Some(header[at..].trim_start().strip_prefix(':')?.trim_start())
}

/// One kind of numbers.
#[derive(Clone, Copy)]
struct Element {
    kind: char,
    bytes: usize,
}

impl Element {
    /// From the header: `<f8`, `|i1`, `<u2`, `|b1` ..
    fn of(header: &str) -> Result<Self, ReadError> {
        let text =
            field(header, "descr").ok_or_else(|| wrong("its header does not say what its elements are"))?;
        let text = text.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
        let text = text.ok_or_else(|| wrong("its elements are records"))?;
        let plain = text.strip_prefix(['<', '|', '=']).unwrap_or(text);
        let element = match plain {
            "f8" | "f4" | "i8" | "i4" | "i2" | "i1" | "u8" | "u4" | "u2" | "u1" | "b1" => {
                Self { kind: char::from(plain.as_bytes()[0]), bytes: usize::from(plain.as_bytes()[1] - b'0') }
            }
            _ => return Err(wrong(format!("its elements are `{text}`"))),
        };
        Ok(element)
    }

    /// A number from its bytes; `None` where it is a whole one that a `f64` does not hold.
    fn value(self, bytes: &[u8]) -> Option<f64> {
        let mut wide = [0; 8];
        wide[..self.bytes].copy_from_slice(bytes);
        let bits = u64::from_le_bytes(wide);
        let unused = 64 - 8 * u32::try_from(self.bytes).ok()?;
        // The largest whole number below which a `f64` holds each.
        let most = 1_u64 << 53;
        match (self.kind, self.bytes) {
            ('f', 8) => Some(f64::from_bits(bits)),
            ('f', _) => Some(f64::from(f32::from_bits(bits as u32))),
            ('i', _) => {
                let value = (bits << unused).cast_signed() >> unused;
                (value.unsigned_abs() <= most).then_some(value as f64)
            }
            _ => (bits <= most).then_some(bits as f64),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A file as `NumPy` writes it: the header ends with a line break, on a multiple of 64 bytes.
    pub(in super::super) fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        let of_length = if version == 1 { 2 } else { 4 };
        let mut header = header.to_owned();
        while !(bytes.len() + of_length + header.len() + 1).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        bytes.extend(&(header.len() as u32).to_le_bytes()[..of_length]);
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    pub(in super::super) const DOUBLES: &str = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }";

    fn entries(version: u8, header: &str, data: &[u8]) -> Result<Vec<f64>, String> {
        read(file(version, header, data).as_slice())
            .map(|matrix| matrix.entries().to_vec())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_number_and_both_orders_are_read() {
        let doubles: Vec<u8> =
            [0.0, 1.5, -2.0, 0.0_f64].iter().flat_map(|value| value.to_le_bytes()).collect();
        for version in [1, 2, 3] {
            assert_eq!(
                entries(version, DOUBLES, &doubles),
                Ok(vec![0.0, 1.5, -2.0, 0.0]),
                "version {version}"
            );
        }
        let fortran = DOUBLES.replace("False", "True");
        assert_eq!(entries(1, &fortran, &doubles), Ok(vec![0.0, -2.0, 1.5, 0.0]));
        let floats: Vec<u8> =
            [0.0, 1.5, -2.0, 0.0_f32].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(entries(1, &DOUBLES.replace("f8", "f4"), &floats), Ok(vec![0.0, 1.5, -2.0, 0.0]));
        for (kind, bytes, wanted) in
            [("i1", 1, -2.0), ("i2", 2, -2.0), ("i4", 4, -2.0), ("i8", 8, -2.0), ("u1", 1, 254.0)]
        {
            let numbers = [0_i64, 1, -2, 0];
            let data: Vec<u8> =
                numbers.iter().flat_map(|value| value.to_le_bytes()[..bytes].to_vec()).collect();
            assert_eq!(
                entries(1, &DOUBLES.replace("f8", kind), &data),
                Ok(vec![0.0, 1.0, wanted, 0.0]),
                "{kind}"
            );
        }
        assert_eq!(entries(1, &DOUBLES.replace("<f8", "|b1"), &[0, 1, 1, 0]), Ok(vec![0.0, 1.0, 1.0, 0.0]));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let zeros = [0; 32];
        for (header, data, wanted) in [
            (DOUBLES.replace('<', ">"), &zeros[..], "its elements are `>f8`"),
            (DOUBLES.replace("f8", "c16"), &zeros, "its elements are `<c16`"),
            (DOUBLES.replace("'<f8'", "[('w', '<f8')]"), &zeros, "its elements are records"),
            (DOUBLES.replace("(2, 2)", "(4,)"), &zeros, "not two dimensions"),
            (DOUBLES.replace("(2, 2)", "(2, -2)"), &zeros, "not two dimensions"),
            (DOUBLES.replace("(2, 2)", "(1, 4)"), &zeros, "1 rows and 4 columns"),
            (DOUBLES.replace("(2, 2)", "(5000, 5000)"), &zeros, "has 5000 nodes"),
            (DOUBLES.replace("(2, 2)", "(0, 0)"), &[], "holds no numbers"),
            (DOUBLES.replace("shape", "form"), &zeros, "does not say its shape"),
            (DOUBLES.replace("False", "0"), &zeros, "does not say its order"),
            (DOUBLES.to_owned(), &zeros[1..], "32 bytes of numbers should follow its header, and 31 do"),
            (DOUBLES.replace("f8", "i8"), &[0x7f; 32], "too large"),
            (DOUBLES.to_owned(), &[0xff; 32], "the weight NaN in row 0, column 0"),
        ] {
            let message = entries(1, &header, data).expect_err(&header);
            assert!(message.contains(wanted), "{header}: {message}");
        }
        let whole = file(1, DOUBLES, &zeros);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}
