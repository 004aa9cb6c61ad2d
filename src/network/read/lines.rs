//! Lines of a text, one after the other and no further than they make sense, and their cells. A line ends with a line feed, a
//! carriage return, or both. Knows nothing of what the cells mean.

use std::io::BufRead;

use super::{ReadError, broken};

/// The longest line that is read, in bytes: so many nodes of 255 letters each.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// The lines that hold anything, with their numbers; comments, which begin with `#`, are left out.
pub(super) struct Lines<R> {
    bytes: R,
    number: usize,
    /// Whether the line before ended with a carriage return, to which a line feed may belong.
    after_return: bool,
}

impl<R: BufRead> Lines<R> {
    /// Those of a text.
    pub(super) fn of(bytes: R) -> Self {
        Self { bytes, number: 0, after_return: false }
    }

    /// The next line without blanks around it, and its number from 1; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(usize, String)>, ReadError> {
        loop {
            let Some(line) = self.raw()? else { return Ok(None) };
            self.number += 1;
            let wrong = |message: String, remedy: &'static str| {
                Err(ReadError::Text { line: self.number, column: 1, message, remedy })
            };
            if line.len() > LONGEST_LINE {
                let message = format!("the line has more than {LONGEST_LINE} bytes");
                return wrong(message, "give a matrix of at most 4096 nodes, a line each");
            }
            let Ok(text) = std::str::from_utf8(&line) else {
                let remedy = "give a text (UTF-8), or a file of NumPy (.npy, .npz), MATLAB (from version 5 on: `save -v7`) or HDF5";
                return wrong("there are bytes that are not text".to_owned(), remedy);
            };
            // Spreadsheets begin their texts with this mark.
            let text = if self.number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
            if text.strip_prefix("# type: ").is_some_and(|kind| kind.starts_with("sparse")) {
                let remedy = "save the full matrix: `W = full (W); save -v7 weights.mat W`";
                return wrong("a sparse matrix in Octave's own text begins".to_owned(), remedy);
            }
            // A tab at an end stands beside an empty cell.
            let text = text.trim_matches(|letter: char| letter.is_whitespace() && letter != '\t');
            if !text.trim().is_empty() && !text.trim_start().starts_with('#') {
                return Ok(Some((self.number, text.to_owned())));
            }
        }
    }

    /// The bytes up to the end of a line, or one more than are read.
    fn raw(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let mut line = Vec::new();
        let mut has_begun = false;
        loop {
            let buffer = self.bytes.fill_buf().map_err(|error| broken(&error))?;
            let Some(&first) = buffer.first() else { return Ok(has_begun.then_some(line)) };
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                self.bytes.consume(1);
                continue;
            }
            has_begun = true;
            let end = buffer.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            let length = end.unwrap_or(buffer.len());
            line.extend(&buffer[..length.min(LONGEST_LINE + 1 - line.len())]);
            self.after_return = end.is_some_and(|end| buffer[end] == b'\r');
            self.bytes.consume(length + usize::from(end.is_some()));
            if end.is_some() || line.len() > LONGEST_LINE {
                return Ok(Some(line));
            }
        }
    }
}

/// A cell of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Without the quotes around it.
    pub(super) text: String,
    /// Whether there were any: then it is a name, even where it looks like a number.
    pub(super) is_quoted: bool,
}

impl Cell {
    /// `1e-3`, `.5`, `NaN`; not what stands in quotes.
    pub(super) fn is_number(&self) -> bool {
        !self.is_quoted && self.text.parse::<f64>().is_ok()
    }

    fn of(text: &str) -> Self {
        let text = text.trim();
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(inner) => Self { text: inner.replace("\"\"", "\""), is_quoted: true },
            None => Self { text: text.to_owned(), is_quoted: false },
        }
    }
}

/// What stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Divider {
    /// One sign.
    Sign(char),
    /// Any number of blanks.
    Blanks,
}

impl Divider {
    /// As a line shows. A semicolon or a tab goes before a comma, which then may be part of a name; all before blanks.
    pub(super) fn of(line: &str) -> Self {
        // Between quotes, which are every second piece, stand names.
        let pieces = line.trim().split('"').step_by(2);
        let has = |sign: char| pieces.clone().any(|piece| piece.contains(sign));
        let sign = [';', '\t', ','].into_iter().find(|&sign| has(sign));
        sign.map_or(Self::Blanks, Self::Sign)
    }

    /// The cells of a line.
    pub(super) fn cells(self, line: &str) -> Vec<Cell> {
        let divides = |letter: char| match self {
            Self::Sign(sign) => letter == sign,
            Self::Blanks => letter.is_whitespace(),
        };
        let line = if self == Self::Sign('\t') { line } else { line.trim() };
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        for letter in line.chars() {
            is_quoted ^= letter == '"';
            match cells.last_mut() {
                Some(cell) if is_quoted || !divides(letter) => cell.push(letter),
                _ => cells.push(String::new()),
            }
        }
        if self == Self::Blanks {
            cells.retain(|cell| !cell.is_empty());
        }
        cells.iter().map(|cell| Cell::of(cell)).collect()
    }
}

/// A cell as a message shows it.
pub(super) fn shortened(cell: &str) -> String {
    if cell.chars().count() <= 40 {
        cell.to_owned()
    } else {
        cell.chars().take(37).chain("...".chars()).collect()
    }
}
