//! Matrices in files of others: text (CSV, TSV, blanks), `NumPy`'s `.npy` and `.npz`, MAT-files, HDF5, and the zip archives of The
//! Virtual Brain. What kind a file is shows in its first bytes. A file from a stranger is data: sizes are checked before memory is
//! taken. Knows no options.

mod archive;
mod foreign;
mod hdf5;
mod labels;
mod lines;
mod mat;
mod npy;
mod numbers;
mod text;

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use crate::complaint::words_of;

use super::{MOST_NODES, Matrix};
use labels::Labels;

/// The longest file that is read, in bytes.
pub const LONGEST_FILE: u64 = 512 << 20;

/// What weights are called by those who make archives.
const WEIGHTS: &str = "weights";

/// What lists of labels are called by those who make archives.
const LISTS_OF_LABELS: [&str; 10] = [
    "centres",
    "centers",
    "labels",
    "names",
    "regions",
    "region_labels",
    "region_names",
    "roi_labels",
    "roi_names",
    "node_labels",
];

/// A matrix, and what its nodes are called.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The matrix; a weight of a node on itself that is missing is not a number.
    pub matrix: Matrix,
    /// One name for each node; empty where the file has none.
    pub names: Vec<String>,
}

/// Why a file gives no matrix. The message goes on from the file's name, and ends with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("holds no numbers; export the matrix again")]
    Empty,
    /// Something at a place of a text.
    #[error("{message} in line {line}, column {column}; {remedy}")]
    Text {
        /// From 1.
        line: usize,
        /// Of the line's cells, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Rows and columns differ.
    #[error(
        "has {rows} rows and {columns} columns, and row = target, column = source of the same nodes; give a square matrix"
    )]
    NotSquare {
        /// How many rows.
        rows: usize,
        /// How many columns.
        columns: usize,
    },
    /// A number that is none.
    #[error("has the weight {weight} in row {row}, column {column} (from 0); replace what is missing by 0")]
    NotFinite {
        /// From 0.
        row: usize,
        /// From 0.
        column: usize,
        /// As it is shown.
        weight: String,
    },
    /// Too many nodes.
    #[error("has {nodes} nodes; a network has at most {MOST_NODES}")]
    Large {
        /// How many.
        nodes: usize,
    },
    /// A list of names of another length.
    #[error("names {names} nodes and has {nodes}; give each a name, or none")]
    Names {
        /// How many names.
        names: usize,
        /// How many nodes.
        nodes: usize,
    },
    /// Not an array that can be read.
    #[error(
        "is not an array of numbers that can be read: {reason}; save it by `numpy.save(\"weights.npy\", array.astype(float))`"
    )]
    Npy {
        /// Why.
        reason: String,
    },
    /// Not a MAT-file that can be read.
    #[error(
        "is not a MAT-file that can be read: {reason}; save the full, real matrix by `save -v7 weights.mat W`"
    )]
    Mat {
        /// Why.
        reason: String,
    },
    /// Not a file of HDF5 that can be read.
    #[error(
        "is not a file of HDF5 that can be read: {reason}; save the matrix alone, as an array of float64 without filters but gzip"
    )]
    Hdf5 {
        /// Why.
        reason: String,
    },
    /// Labels beside a matrix that do not fit it.
    #[error(
        "has labels in its `{list}` that do not fit: {reason}; mend them, or take the matrix into a file of its own"
    )]
    Labels {
        /// Where they stand.
        list: String,
        /// Why.
        reason: String,
    },
    /// Not an archive that can be read.
    #[error("is not an archive that can be read: {reason}; unpack it, and name the file with the weights")]
    Archive {
        /// Why.
        reason: String,
    },
    /// Of a format that is known and not read.
    #[error("is {kind}, which is not read; {remedy}")]
    Foreign {
        /// Which.
        kind: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A table of something else.
    #[error("{message}; {remedy}")]
    Table {
        /// What it looks like.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Which of several.
    #[error("{message}; say which one by `array = \"..\"`, one of {known}")]
    Which {
        /// What is not known.
        message: String,
        /// What there is.
        known: String,
    },
    /// A name where there is but one.
    #[error("is not an archive, so there is no `{array}` in it; leave `array` out")]
    NoArchive {
        /// What was asked for.
        array: String,
    },
}

impl ReadError {
    /// What is wrong with a list of labels, of which only the reason is kept.
    fn of_labels(self, list: &str) -> Self {
        let reason = match self {
            Self::Mat { reason }
            | Self::Hdf5 { reason }
            | Self::Npy { reason }
            | Self::Archive { reason } => reason,
            Self::Text { line, message, .. } => format!("{message} in line {line}"),
            Self::Large { .. } => format!("there are more than {MOST_NODES}"),
            other => return other,
        };
        Self::Labels { list: list.to_owned(), reason }
    }
}

/// Whether an array or a variable of this name is a list of labels.
fn is_list_of_labels(name: &str) -> bool {
    LISTS_OF_LABELS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A matrix with the names in lists of labels beside it, which must agree with each other and with those that it has already.
fn named(labelled: Labelled, lists: Vec<(String, Vec<String>)>) -> Result<Labelled, ReadError> {
    let Labelled { matrix, names } = labelled;
    let mut known: Option<(String, Vec<String>)> =
        (!names.is_empty()).then(|| ("the matrix".to_owned(), names));
    for (list, labels) in lists {
        let unfit = |reason: String| ReadError::Labels { list: list.clone(), reason };
        let (count, nodes) = (labels.len(), matrix.nodes());
        if count != nodes {
            return Err(unfit(format!("there are {count}, and the matrix has {nodes} nodes")));
        }
        let found =
            Labels::of(&labels).map_err(|wrong| unfit(format!("{} (label {})", wrong.message, wrong.at)))?;
        let found = found.names();
        match &known {
            Some((other, names)) if !found.is_empty() => {
                if let Some(at) = (0..nodes).find(|&at| names[at] != found[at]) {
                    let reason =
                        format!("node {at} is `{}` there and `{}` in `{other}`", found[at], names[at]);
                    return Err(unfit(reason));
                }
            }
            None if !found.is_empty() => known = Some((list, found)),
            _ => {}
        }
    }
    Ok(Labelled { matrix, names: known.map(|(_, names)| names).unwrap_or_default() })
}

/// Reads a matrix from the bytes of a file; `array` is the name of one of an archive or a MAT-file.
///
/// # Errors
/// When the bytes are not a square matrix of finite numbers; only on the diagonal numbers may be missing.
pub fn read(bytes: &[u8], array: Option<&str>) -> Result<Labelled, ReadError> {
    if archive::MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return archive::read(bytes, array);
    }
    if hdf5::is_one(bytes) {
        return hdf5::read(bytes, array);
    }
    if mat::is_one(bytes) {
        return mat::read(bytes, array);
    }
    match array {
        Some(array) => Err(ReadError::NoArchive { array: array.to_owned() }),
        None => read_array(bytes),
    }
}

/// Reads what is not an archive, bit by bit and no further than it makes sense: a few bytes of an archive may be gigabytes.
fn read_array(bytes: impl BufRead) -> Result<Labelled, ReadError> {
    let (head, mut whole) = unpacked(bytes)?;
    if head.starts_with(npy::MAGIC) {
        return npy::read(whole).map(|matrix| Labelled { matrix, names: Vec::new() });
    }
    if mat::is_one(&head) {
        let mut bytes = Vec::new();
        whole.read_to_end(&mut bytes).map_err(|error| broken(&error))?;
        return mat::read(&bytes, None);
    }
    foreign::refused(&head)?;
    text::read(whole)
}

/// Reads a list of labels.
fn read_labels(bytes: impl BufRead) -> Result<Vec<String>, ReadError> {
    let (head, whole) = unpacked(bytes)?;
    if head.starts_with(npy::MAGIC) { npy::read_labels(whole) } else { labels::read(whole) }
}

/// The first bytes of a file, and all of it; what is compressed by itself is unpacked, once.
fn unpacked<'a>(bytes: impl BufRead + 'a) -> Result<(Vec<u8>, Box<dyn BufRead + 'a>), ReadError> {
    let packed = |head: &[u8]| head.starts_with(b"\x1f\x8b") || head.starts_with(b"BZh");
    let (mut head, mut whole) = peeked(bytes)?;
    if packed(&head) {
        let unpacked: Box<dyn Read + 'a> = if head[0] == 0x1f {
            Box::new(MultiGzDecoder::new(whole))
        } else {
            Box::new(MultiBzDecoder::new(whole))
        };
        (head, whole) = peeked(BufReader::new(Bounded { reader: unpacked, left: LONGEST_FILE }))?;
    }
    let reason = if archive::MAGIC.iter().any(|magic| head.starts_with(magic)) {
        "it is an archive itself"
    } else if packed(&head) {
        "it is compressed twice"
    } else if hdf5::is_one(&head) {
        "it is a file of HDF5, which is read by itself only"
    } else {
        return Ok((head, whole));
    };
    Err(ReadError::Archive { reason: reason.to_owned() })
}

/// The first bytes, and all of them.
fn peeked<'a>(mut bytes: impl BufRead + 'a) -> Result<(Vec<u8>, Box<dyn BufRead + 'a>), ReadError> {
    let mut head = Vec::new();
    bytes.by_ref().take(mat::HEAD as u64).read_to_end(&mut head).map_err(|error| broken(&error))?;
    Ok((head.clone(), Box::new(io::Cursor::new(head).chain(bytes))))
}

/// A reader that fails once it has given so many bytes.
struct Bounded<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let too_long = || io::Error::other(format!("it has more than {LONGEST_FILE} bytes"));
        self.left = self.left.checked_sub(count as u64).ok_or_else(too_long)?;
        Ok(count)
    }
}

/// What a reader says; only those of archives can fail.
fn broken(error: &io::Error) -> ReadError {
    ReadError::Archive { reason: words_of(error) }
}

/// A matrix as a text that [`read`] makes it of again, to the last bit: a line of names, where there are any, and the rows.
pub fn write(labelled: &Labelled) -> String {
    let Labelled { matrix, names } = labelled;
    let mut text = String::new();
    if !names.is_empty() {
        text.push_str(&text::header(names));
    }
    for target in 0..matrix.nodes() {
        let row = matrix.row(target);
        let cells: Vec<String> = if target == 0 && names.is_empty() {
            row.iter().map(|&weight| text::first(weight, row[0])).collect()
        } else {
            row.iter().map(ToString::to_string).collect()
        };
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A matrix of entries row after row, once their number and values are checked. What is missing on the diagonal stays missing: it
/// may become 0.
fn checked(rows: usize, columns: usize, entries: Vec<f64>) -> Result<Matrix, ReadError> {
    if entries.is_empty() {
        return Err(ReadError::Empty);
    }
    if rows != columns {
        return Err(ReadError::NotSquare { rows, columns });
    }
    if rows > MOST_NODES {
        return Err(ReadError::Large { nodes: rows });
    }
    let mut entries = entries;
    for at in (0..entries.len()).filter(|&at| !entries[at].is_finite()).collect::<Vec<_>>() {
        let (row, column, weight) = (at / columns, at % columns, entries[at].to_string());
        if row != column {
            return Err(ReadError::NotFinite { row, column, weight });
        }
        entries[at] = f64::NAN;
    }
    Ok(Matrix::new(rows, entries))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What texts, arrays and archives are made of, so that the readers get far.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"0,1\n".to_vec()),
            Just(b"\"a\";".to_vec()),
            Just(b"1e300 nan\t".to_vec()),
            Just(b"\x93NUMPY\x01\x00\x46\x00".to_vec()),
            Just(b"{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1), }".to_vec()),
            Just(b"PK\x03\x04".to_vec()),
            Just(b"PK\x01\x02".to_vec()),
            Just(b"PK\x05\x06".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..24),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_matrix_or_one_message_with_a_remedy(bytes in pieces(), is_named in any::<bool>()) {
            match read(&bytes, is_named.then_some("weights")) {
                Ok(labelled) => prop_assert!(labelled.matrix.entries().iter().all(|weight| !weight.is_infinite())),
                Err(error) => prop_assert!(error.to_string().contains("; ")),
            }
        }

        #[test]
        fn what_is_written_is_read_again_to_the_last_bit(
            entries in proptest::collection::vec(any::<f64>().prop_filter("a weight", |weight| weight.is_finite()), 9),
            letters in "[a-z \",;#]{3}",
        ) {
            let names = letters.chars().enumerate().map(|(at, letter)| format!("n{letter}{at}")).collect();
            let labelled = Labelled { matrix: Matrix::new(3, entries), names };
            let again = read(write(&labelled).as_bytes(), None).expect("what was written");
            let bits = |of: &Labelled| of.matrix.entries().iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&again), bits(&labelled));
            prop_assert_eq!(again.names, labelled.names);
        }
    }
}
