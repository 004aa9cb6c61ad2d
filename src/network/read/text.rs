//! A matrix as text: cells between commas, semicolons, tabs or blanks; if there are names, in a first row, a first column or
//! both. Knows no other format.

use std::io::{BufRead, Read as _};

use super::{Labelled, MOST_NODES, ReadError, broken, checked};

/// The longest line that is read, in bytes: so many nodes of 255 letters each.
const LONGEST_LINE: u64 = 1 << 20;

/// The longest name of a node, in bytes.
const LONGEST_NAME: usize = 1000;

/// Reads the text, line by line: what is wrong with one is said before the next is read.
pub(super) fn read(mut bytes: impl BufRead) -> Result<Labelled, ReadError> {
    let mut table = Table { header: None, names: Vec::new(), columns: 0, entries: Vec::new() };
    let mut divider = None;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = bytes.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut line);
        if length.map_err(|error| broken(&error))? == 0 {
            break;
        }
        let wrong = |message: String, remedy: &'static str| {
            Err(ReadError::Text { line: number, column: 1, message, remedy })
        };
        if line.len() as u64 > LONGEST_LINE {
            let message = format!("the line has more than {LONGEST_LINE} bytes");
            return wrong(message, "give a matrix of at most 4096 nodes, a line each");
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            let remedy = "give a text (UTF-8), or a file of NumPy (.npy, .npz)";
            return wrong("there are bytes that are no text".to_owned(), remedy);
        };
        // Spreadsheets begin their texts with this mark.
        let text = if number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let is_first = divider.is_none();
        let cells = divider.get_or_insert_with(|| Divider::of(text)).cells(text);
        if cells.iter().any(|cell| cell.len() > LONGEST_NAME) {
            return wrong(format!("a cell is longer than {LONGEST_NAME} bytes"), "give shorter names");
        }
        let has_names =
            cells.iter().all(|cell| !is_number(cell)) && cells.iter().any(|cell| !cell.is_empty());
        if is_first && has_names {
            table.header = Some(cells);
        } else {
            table.add(number, cells)?;
        }
    }
    if divider.is_none() {
        return Err(ReadError::Empty);
    }
    table.finish()
}

/// What stands between cells.
#[derive(Clone, Copy)]
enum Divider {
    Sign(char),
    Blanks,
}

impl Divider {
    /// As the first line shows. A semicolon or a tab goes before a comma, which then may be part of a name; all before blanks.
    fn of(line: &str) -> Self {
        // Between quotes, which are every second piece, stand names.
        let pieces = line.split('"').step_by(2);
        let has = |sign: char| pieces.clone().any(|piece| piece.contains(sign));
        let sign = [';', '\t', ','].into_iter().find(|&sign| has(sign));
        sign.map_or(Self::Blanks, Self::Sign)
    }

    /// The cells of a line, without the quotes around them.
    fn cells(self, line: &str) -> Vec<String> {
        let divides = |letter: char| match self {
            Self::Sign(sign) => letter == sign,
            Self::Blanks => letter.is_whitespace(),
        };
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        for letter in line.chars() {
            is_quoted ^= letter == '"';
            match cells.last_mut() {
                Some(cell) if is_quoted || !divides(letter) => cell.push(letter),
                _ => cells.push(String::new()),
            }
        }
        if matches!(self, Self::Blanks) {
            // Any number of blanks is one divider.
            cells.retain(|cell| !cell.is_empty());
        }
        cells.iter().map(|cell| bare(cell)).collect()
    }
}

fn bare(cell: &str) -> String {
    let cell = cell.trim();
    let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
    inner.map_or_else(|| cell.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// `1e-3`, `.5`, `NaN`; not `infinity`, which might be a name, and is no weight either.
fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
}

struct Table {
    header: Option<Vec<String>>,
    /// Of the first column.
    names: Vec<String>,
    /// How many numbers a row has.
    columns: usize,
    entries: Vec<f64>,
}

impl Table {
    fn rows(&self) -> usize {
        self.entries.len().checked_div(self.columns).unwrap_or(0)
    }

    fn add(&mut self, line: usize, mut cells: Vec<String>) -> Result<(), ReadError> {
        let is_first = self.columns == 0;
        let is_named = if is_first { !is_number(&cells[0]) } else { !self.names.is_empty() };
        if is_named {
            self.names.push(cells.remove(0));
        }
        if cells.is_empty() {
            let message = "there is no number behind the name".to_owned();
            return Err(ReadError::Text { line, column: 1, message, remedy: "give every row its weights" });
        }
        if is_first {
            self.columns = cells.len();
        }
        let of_name = usize::from(is_named);
        if cells.len() != self.columns {
            let message = format!("the row has {} numbers and the first {},", cells.len(), self.columns);
            let column = cells.len().min(self.columns) + of_name + 1;
            return Err(ReadError::Text { line, column, message, remedy: "give every row the same" });
        }
        if self.columns > MOST_NODES || self.rows() == MOST_NODES {
            return Err(ReadError::Large { nodes: self.columns.max(self.rows() + 1) });
        }
        for (at, cell) in cells.iter().enumerate() {
            let wrong = |message: String, remedy: &'static str| {
                Err(ReadError::Text { line, column: at + of_name + 1, message, remedy })
            };
            match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => self.entries.push(number),
                Ok(_) => return wrong(format!("`{cell}` is no weight"), "replace what is missing by 0"),
                Err(_) if cell.is_empty() => {
                    return wrong("there is no number".to_owned(), "write 0 where there is no weight");
                }
                Err(_) if cell.contains(',') => {
                    return wrong(format!("`{cell}` is no number"), "write decimals with a point");
                }
                Err(_) => {
                    return wrong(
                        format!("`{}` is no number", shortened(cell)),
                        "names stand in the first row and column only",
                    );
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Labelled, ReadError> {
        let (rows, columns) = (self.rows(), self.columns);
        let matrix = checked(rows, columns, std::mem::take(&mut self.entries))?;
        let names = match self.header {
            None => self.names,
            Some(mut header) => {
                // Above a column of names stands nothing, or what they are.
                if header.len() == columns + 1 && !self.names.is_empty() {
                    header.remove(0);
                }
                if header.len() != columns {
                    return Err(ReadError::Names { names: header.len(), nodes: columns });
                }
                if !self.names.is_empty() && self.names != header {
                    let at = header.iter().zip(&self.names).position(|(one, other)| one != other);
                    let at = at.unwrap_or_default();
                    let message =
                        format!("column `{}` and row `{}` are one node", header[at], self.names[at]);
                    let remedy = "bring rows and columns into one order";
                    return Err(ReadError::Text { line: at + 2, column: 1, message, remedy });
                }
                header
            }
        };
        let wrong = |at: usize, message: String, remedy: &'static str| {
            Err(ReadError::Text { line: 1, column: at + 1, message, remedy })
        };
        if let Some(at) = names.iter().position(|name| is_number(name)) {
            let message = format!("a node is called `{}`, which is a number", shortened(&names[at]));
            return wrong(at, message, "give each a name that is none, or leave the names out");
        }
        if let Some(at) = names.iter().position(String::is_empty) {
            let message = "a node has no name".to_owned();
            return wrong(at, message, "give each a name, or leave the names out");
        }
        if let Some(at) = (0..names.len()).find(|&at| names[..at].contains(&names[at])) {
            let message = format!("two nodes are called `{}`", shortened(&names[at]));
            return wrong(at, message, "give each a name of its own");
        }
        Ok(Labelled { matrix, names })
    }
}

fn shortened(cell: &str) -> String {
    if cell.chars().count() <= 40 {
        cell.to_owned()
    } else {
        cell.chars().take(37).chain("...".chars()).collect()
    }
}

/// A line of names, each in quotes.
pub(super) fn header(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    format!("{}\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::super::{read as read_any, write};
    use super::*;

    fn entries(text: &str) -> Vec<f64> {
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).matrix.entries().to_vec()
    }

    fn names(text: &str) -> Vec<String> {
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).names
    }

    #[test]
    fn numbers_stand_between_commas_semicolons_tabs_or_blanks() {
        for text in [
            "0,1\n2.5,0\n",
            "0;1\n2.5;0",
            "0\t1\r\n2.5\t0\r\n",
            "  0  1\n\n 2.5 0.000e+00 \n",
            "\u{feff}0 , 1\n# a comment\n2.5,0",
        ] {
            assert_eq!(entries(text), [0.0, 1.0, 2.5, 0.0], "{text}");
        }
    }

    #[test]
    fn a_row_is_a_target_and_a_column_a_source() {
        let labelled = read(&b"0,2,0\n0,0,0\n7,0,0\n"[..]).expect("a matrix");
        assert_eq!((labelled.matrix.weight(0, 1), labelled.matrix.weight(2, 0)), (2.0, 7.0));
        assert_eq!(labelled.matrix.row(2), [7.0, 0.0, 0.0]);
    }

    #[test]
    fn names_stand_in_the_first_row_or_column_or_both() {
        for text in [
            "lh.a,rh.a\n0,1\n2,0\n",
            "lh.a,0,1\nrh.a,2,0\n",
            ",lh.a,rh.a\nlh.a,0,1\nrh.a,2,0\n",
            "region;lh.a;rh.a\nlh.a;0;1\nrh.a;2;0\n",
            "\"lh.a\",\"rh.a\"\n0,1\n2,0\n",
            "lh.a rh.a\n0 1\n2 0\n",
        ] {
            assert_eq!(names(text), ["lh.a", "rh.a"], "{text}");
            assert_eq!(entries(text), [0.0, 1.0, 2.0, 0.0], "{text}");
        }
        assert_eq!(names("\"gyrus, left\",\"a \"\"b\"\"\"\n0,1\n2,0\n"), ["gyrus, left", "a \"b\""]);
        assert_eq!(names("\"gyrus left\"  \"b\"\n0 1\n2 0\n"), ["gyrus left", "b"]);
        assert_eq!(names("\"all of it\"\n2\n"), ["all of it"]);
        assert_eq!(names("\"a; b\",\"c\"\n0,1\n2,0\n"), ["a; b", "c"]);
        assert!(names("0,1\n2,0\n").is_empty());
    }

    #[test]
    fn what_is_no_matrix_is_refused_with_its_place() {
        for (text, wanted) in [
            ("", "holds no numbers"),
            ("\n# nothing\n", "holds no numbers"),
            ("a,b\n", "holds no numbers"),
            ("0,1\n2\n", "the row has 1 numbers and the first 2, in line 2, column 2"),
            ("0,1\n2,x\n", "`x` is no number in line 2, column 2"),
            ("a,0,1\nb,2,x\n", "`x` is no number in line 2, column 3"),
            ("0,1\n2,\n", "there is no number in line 2, column 2"),
            (";2\n", "a node has no name in line 1, column 1; give each a name"),
            ("\"\"\n+\n7\n", "there is no number behind the name in line 1, column 1; give every row"),
            ("0;1,5\n2;0\n", "`1,5` is no number in line 1, column 2; write decimals with a point"),
            ("0,1\n2,nan\n", "`nan` is no weight in line 2, column 2; replace"),
            ("0,inf\n2,0\n", "`inf` is no weight in line 1, column 2"),
            ("0,1\n2,0\n3,4\n", "has 3 rows and 2 columns"),
            ("0,1,2\n2,0,1\n", "has 2 rows and 3 columns"),
            ("a,b,c\n0,1\n2,0\n", "names 3 nodes and has 2"),
            (",a,b\nb,0,1\na,2,0\n", "column `a` and row `b` are one node"),
            ("a,a\n0,1\n2,0\n", "two nodes are called `a`"),
            ("a,0,1\n7,2,0\n", "a node is called `7`, which is a number"),
            (",0,1\n0,0,1\n1,2,0\n", "has 3 rows and 2 columns"),
        ] {
            let message = read(text.as_bytes()).expect_err(text).to_string();
            assert!(message.starts_with(wanted), "{text}: {message}");
        }
        assert!(read(&b"0,1\n2,\xff\n"[..]).expect_err("no text").to_string().contains("line 2"));
        let wide = format!("{}\n", vec!["0"; 4097].join(","));
        assert_eq!(
            read(wide.as_bytes()).expect_err("too large").to_string(),
            "has 4097 nodes; a network has at most 4096"
        );
    }

    #[test]
    fn a_matrix_is_written_and_read_again_to_the_last_bit() {
        let entries = vec![0.1 + 0.2, -0.0, 5e-324, 1.797_693_134_862_315_7e308];
        for names in
            [Vec::new(), vec!["a".to_owned(), "b".to_owned()], vec!["a, b".to_owned(), "\"".to_owned()]]
        {
            let labelled = Labelled { matrix: super::super::Matrix::new(2, entries.clone()), names };
            let again = read_any(write(&labelled).as_bytes(), None).unwrap_or_else(|error| panic!("{error}"));
            let bits = |matrix: &super::super::Matrix| {
                matrix.entries().iter().map(|entry| entry.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!((bits(&again.matrix), again.names), (bits(&labelled.matrix), labelled.names));
        }
    }
}
