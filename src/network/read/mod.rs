//! Matrices in files of others: text (CSV, TSV, blanks), `NumPy`'s `.npy` and `.npz`, and the zip archives of The Virtual Brain.
//! What kind a file is shows in its first bytes. A file from a stranger is data: sizes are checked before memory is taken. Knows
//! no options.

mod archive;
mod npy;
mod text;

use std::io::{self, BufRead, Read as _};

use crate::complaint::words_of;

use super::{MOST_NODES, Matrix};

/// The longest file that is read, in bytes.
pub const LONGEST_FILE: u64 = 512 << 20;

/// A matrix, and what its nodes are called.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The matrix.
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
    /// Not an archive that can be read.
    #[error("is not an archive that can be read: {reason}; unpack it, and name the file with the weights")]
    Archive {
        /// Why.
        reason: String,
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
    #[error("is no archive, so there is no `{array}` in it; leave `array` out")]
    NoArchive {
        /// What was asked for.
        array: String,
    },
}

/// Reads a matrix from the bytes of a file; `array` is the name of one of an archive.
///
/// # Errors
/// When the bytes are no square matrix of finite numbers.
pub fn read(bytes: &[u8], array: Option<&str>) -> Result<Labelled, ReadError> {
    if archive::MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return archive::read(bytes, array);
    }
    match array {
        Some(array) => Err(ReadError::NoArchive { array: array.to_owned() }),
        None => read_array(bytes),
    }
}

/// Reads what is no archive, bit by bit and no further than it makes sense: a few bytes of an archive may be gigabytes.
fn read_array(mut bytes: impl BufRead) -> Result<Labelled, ReadError> {
    let mut head = Vec::new();
    bytes.by_ref().take(npy::MAGIC.len() as u64).read_to_end(&mut head).map_err(|error| broken(&error))?;
    if archive::MAGIC.iter().any(|magic| head.starts_with(magic)) {
        return Err(ReadError::Archive { reason: "it is an archive itself".to_owned() });
    }
    if head.starts_with(&[0x1f, 0x8b]) || head.starts_with(b"BZh") {
        return Err(ReadError::Archive { reason: "it is compressed by itself".to_owned() });
    }
    let is_npy = head.starts_with(npy::MAGIC);
    let whole = head.as_slice().chain(bytes);
    if is_npy {
        return npy::read(whole).map(|matrix| Labelled { matrix, names: Vec::new() });
    }
    text::read(whole)
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
        let cells: Vec<String> = matrix.row(target).iter().map(ToString::to_string).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A matrix of entries row after row, once their number and values are checked.
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
    if let Some(at) = entries.iter().position(|weight| !weight.is_finite()) {
        let (row, column, weight) = (at / columns, at % columns, entries[at].to_string());
        return Err(ReadError::NotFinite { row, column, weight });
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
                Ok(labelled) => prop_assert!(labelled.matrix.entries().iter().all(|weight| weight.is_finite())),
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
