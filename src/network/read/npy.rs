//! One array of `NumPy`'s format `.npy`, versions 1 to 3: numbers of either order of bytes, in C or Fortran order, or texts, which
//! are labels (the format is described in `numpy.lib.format`). Knows no archives.

use std::io::Read;

use super::labels::LONGEST_LABEL;
use super::numbers::{Kind, Number};
use super::{MOST_NODES, Matrix, ReadError, broken, checked};

/// How a file begins.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads the array.
pub(super) fn read(mut bytes: impl Read) -> Result<Matrix, ReadError> {
    let header = header(&mut bytes)?;
    let header = header.as_str();
    let number = number(header)?;
    let lengths = lengths(header)?;
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
    let data = data(bytes, rows * columns * number.bytes)?;
    let values = number.values(&data).ok_or_else(|| wrong("a whole number in it is too large"))?;
    let entries = match field(header, "fortran_order") {
        Some(order) if order.starts_with("False") => values,
        Some(order) if order.starts_with("True") => {
            (0..rows * columns).map(|at| values[at % columns * rows + at / columns]).collect()
        }
        _ => return Err(wrong("its header does not say its order")),
    };
    checked(rows, columns, entries)
}

/// Reads a list of labels: texts, or numbers as texts.
pub(super) fn read_labels(mut bytes: impl Read) -> Result<Vec<String>, ReadError> {
    let header = header(&mut bytes)?;
    let lengths = lengths(&header)?.unwrap_or_default();
    // A list, or a table of one row or column.
    let ([count] | [count, 1] | [1, count]) = lengths[..] else {
        return Err(wrong("labels stand in one row"));
    };
    if count > MOST_NODES {
        return Err(ReadError::Large { nodes: count });
    }
    let element = element(&header)?;
    let order = element.chars().next().filter(|order| matches!(order, '<' | '>' | '|' | '='));
    let text = element.trim_start_matches(['<', '>', '|', '=']);
    let size = |text: &str| text.parse::<usize>().ok().filter(|&size| (1..=LONGEST_LABEL).contains(&size));
    if let Some(size) = text.strip_prefix('U').and_then(size) {
        let point = Number { kind: Kind::Unsigned, bytes: 4, is_big_endian: order == Some('>') };
        let data = data(bytes, count * size * 4)?;
        let letter = |bytes: &[u8]| point.value(bytes).and_then(|point| char::from_u32(point as u32));
        let label = |bytes: &[u8]| bytes.chunks_exact(4).map(letter).collect::<Option<String>>();
        let labels: Option<Vec<String>> = data.chunks_exact(size * 4).map(label).collect();
        let labels = labels.ok_or_else(|| wrong("there are bytes that are not text"))?;
        return Ok(labels.iter().map(|label| label.trim_end_matches('\0').trim().to_owned()).collect());
    }
    if let Some(size) = text.strip_prefix('S').and_then(size) {
        let data = data(bytes, count * size)?;
        let label =
            |bytes: &[u8]| Some(std::str::from_utf8(bytes).ok()?.trim_end_matches('\0').trim().to_owned());
        let labels: Option<Vec<String>> = data.chunks_exact(size).map(label).collect();
        return labels.ok_or_else(|| wrong("there are bytes that are not text"));
    }
    let number = number(&header)?;
    let data = data(bytes, count * number.bytes)?;
    let values = number.values(&data).ok_or_else(|| wrong("a whole number in it is too large"))?;
    Ok(values.iter().map(ToString::to_string).collect())
}

/// The bytes behind the header, as many as should be there.
fn data(mut bytes: impl Read, wanted: usize) -> Result<Vec<u8>, ReadError> {
    let mut data = Vec::new();
    // One byte more tells what is too long from what fits; the end of an archive's file has its checksum.
    bytes.by_ref().take(wanted as u64 + 1).read_to_end(&mut data).map_err(|error| broken(&error))?;
    let rest = if data.len() > wanted { std::io::copy(&mut bytes, &mut std::io::sink()) } else { Ok(0) };
    let found = data.len() as u64 + rest.map_err(|error| broken(&error))?;
    if data.len() != wanted {
        return Err(wrong(format!("{wanted} bytes should follow its header, and {found} do")));
    }
    Ok(data)
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
    String::from_utf8(header).map_err(|_| wrong("its header is not text"))
}

/// What follows a key in the header, which is a dictionary of Python: `{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }`.
fn field<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let at = ['\'', '"'].iter().find_map(|quote| {
        let key = format!("{quote}{key}{quote}");
        header.find(&key).map(|at| at + key.len())
    })?;
    Some(header[at..].trim_start().strip_prefix(':')?.trim_start())
}

/// The lengths of the dimensions; `None` where they are none.
fn lengths(header: &str) -> Result<Option<Vec<usize>>, ReadError> {
    let shape = field(header, "shape").ok_or_else(|| wrong("its header does not say its shape"))?;
    let shape = shape.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(inner, _)| inner);
    let lengths = shape.unwrap_or_default().split(',').map(str::trim).filter(|length| !length.is_empty());
    Ok(lengths.map(|length| length.parse().ok()).collect())
}

/// What the header says of the elements: `<f8`, `|i1`, `>u2`, `|b1`, `<U5` ..
fn element(header: &str) -> Result<&str, ReadError> {
    let text =
        field(header, "descr").ok_or_else(|| wrong("its header does not say what its elements are"))?;
    let text = text.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    text.ok_or_else(|| wrong("its elements are records"))
}

/// What elements are that are not numbers which can be read.
fn called(kind: &str) -> &'static str {
    match kind.chars().next() {
        // The same letters stand for numbers of 80 bits on one processor and of 128 on another.
        Some('f' | 'g') => ", floating-point numbers (`longdouble`) that differ from processor to processor",
        Some('c') => ", complex numbers",
        Some('O') => ", objects of Python",
        Some('U' | 'S' | 'a') => ", texts",
        Some('M' | 'm') => ", dates or times",
        _ => "",
    }
}

fn number(header: &str) -> Result<Number, ReadError> {
    let text = element(header)?;
    let is_big_endian = text.starts_with('>');
    let (kind, bytes) = match text.trim_start_matches(['<', '>', '|', '=']) {
        "f8" => (Kind::Float, 8),
        "f4" => (Kind::Float, 4),
        "f2" => (Kind::Float, 2),
        "i8" => (Kind::Signed, 8),
        "i4" => (Kind::Signed, 4),
        "i2" => (Kind::Signed, 2),
        "i1" => (Kind::Signed, 1),
        "u8" => (Kind::Unsigned, 8),
        "u4" => (Kind::Unsigned, 4),
        "u2" => (Kind::Unsigned, 2),
        "u1" | "b1" => (Kind::Unsigned, 1),
        other => return Err(wrong(format!("its elements are `{text}`{}", called(other)))),
    };
    Ok(Number { kind, bytes, is_big_endian })
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
            (DOUBLES.replace("f8", "c16"), &zeros[..], "its elements are `<c16`"),
            (DOUBLES.replace("<f8", "|O"), &zeros, "its elements are `|O`, objects of Python"),
            (
                DOUBLES.replace("f8", "f16"),
                &[0; 64],
                "its elements are `<f16`, floating-point numbers (`longdouble`)",
            ),
            (DOUBLES.replace("f8", "U4"), &[0; 64], "its elements are `<U4`, texts"),
            (DOUBLES.replace("'<f8'", "[('w', '<f8')]"), &zeros, "its elements are records"),
            (DOUBLES.replace("(2, 2)", "(4,)"), &zeros, "not two dimensions"),
            (DOUBLES.replace("(2, 2)", "(2, -2)"), &zeros, "not two dimensions"),
            (DOUBLES.replace("(2, 2)", "(1, 4)"), &zeros, "1 rows and 4 columns"),
            (DOUBLES.replace("(2, 2)", "(5000, 5000)"), &zeros, "has 5000 nodes"),
            (DOUBLES.replace("(2, 2)", "(0, 0)"), &[], "holds no numbers"),
            (DOUBLES.replace("shape", "form"), &zeros, "does not say its shape"),
            (DOUBLES.replace("False", "0"), &zeros, "does not say its order"),
            (DOUBLES.to_owned(), &zeros[1..], "32 bytes should follow its header, and 31 do"),
            (DOUBLES.replace("f8", "i8"), &[0x7f; 32], "too large"),
            (DOUBLES.to_owned(), &[0xff; 32], "the weight NaN in row 0, column 1"),
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
