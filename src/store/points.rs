//! A table of points from elsewhere: a heading of names, then a row a point. Knows text, not what the names mean.

use std::io::{BufRead, Seek};
use std::path::Path;

use crate::complaint::words_of;
use crate::table::Table;

use super::StoreError;
use super::rows::{Rows, fault_of_heading};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The columns by which `ictus design` says where a run stands: they are not inputs.
const OWN: [&str; 4] = ["replicate", "base_row", "block", "swapped"];

/// The points of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// The names of the columns.
    pub names: Vec<String>,
    /// Their values, `[column][row]`, all finite.
    pub values: Table,
    /// Of a NetCDF file the variables that are not columns, since they lie along other dimensions.
    pub left_out: Vec<String>,
}

/// What is wrong with a table of points. The message ends with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointsError {
    /// With all of it.
    #[error("{0}")]
    Table(String),
    /// With a row or a cell.
    #[error("row {row}{}{place}: {what}", line.map_or_else(String::new, |line| format!(" (line {line})")))]
    Row {
        /// From 1.
        row: u64,
        /// Of the file, from 1, where it has lines.
        line: Option<u64>,
        /// The column, where it is about one.
        place: String,
        /// What is wrong.
        what: String,
    },
}

/// What value a column's text stands for, or what is wrong with the text.
pub type Number<'a> = &'a dyn Fn(&str, &str) -> Result<f64, String>;

/// The value of a text that is a finite number.
///
/// # Errors
/// What is wrong, and the remedy.
pub fn finite(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .ok_or_else(|| format!("`{text}` is not a finite number; give the point a value, or leave it out"))
}

/// Reads the points of a table of commas, row by row; `number` gives the value of a column that a text stands for.
///
/// # Errors
/// When the text is not a table, a name stands in two columns, or a cell is missing or no finite number.
pub fn read_points<R: BufRead + Seek>(mut text: R, number: Number<'_>) -> Result<Points, PointsError> {
    let unreadable = |error: std::io::Error| {
        PointsError::Table(format!("cannot be read: {}; try again", words_of(&error)))
    };
    let mark = text.fill_buf().map_err(unreadable)?.starts_with(BYTE_ORDER_MARK);
    let begin = if mark { BYTE_ORDER_MARK.len() } else { 0 };
    text.consume(begin);
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.trim(csv::Trim::All).flexible(true).comment(Some(b'#')).from_reader(&mut text);
    let mut gathered = Gathered::of(reader.headers().map_err(of_csv)?)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(of_csv)? {
        if let Err((place, what)) = gathered.push(&record, number) {
            let begun = record.position().map_or(0, csv::Position::byte) + begin as u64;
            drop(reader);
            let line = line_of(&mut text, begun).map_err(unreadable)?;
            return Err(PointsError::Row { row: gathered.rows + 1, line: Some(line), place, what });
        }
    }
    gathered.finish()
}

/// Reads the points of a NetCDF file, whose columns are variables along one dimension.
///
/// # Errors
/// When the file cannot be read or has no such variables, and as [`read_points`].
pub fn read_points_of_netcdf(path: &Path, number: Number<'_>) -> Result<Points, PointsError> {
    let rows = Rows::open(path)?;
    let mut gathered = Gathered::of(&rows.names().into())?;
    rows.each(|row, record| {
        let of_row = |(place, what)| PointsError::Row { row: row + 1, line: None, place, what };
        gathered.push(record, number).map_err(of_row)
    })?;
    Ok(Points { left_out: rows.left_out().to_vec(), ..gathered.finish()? })
}

/// The values of the rows so far.
struct Gathered {
    heading: Vec<String>,
    /// The columns that are inputs.
    chosen: Vec<usize>,
    columns: Vec<Vec<f64>>,
    rows: u64,
}

impl Gathered {
    fn of(heading: &csv::StringRecord) -> Result<Self, PointsError> {
        let wrong = |what: String| PointsError::Table(what);
        let heading: Vec<String> = heading.iter().map(str::to_owned).collect();
        if let Some(fault) = fault_of_heading(&heading) {
            return Err(wrong(fault));
        }
        if let Some(at) = (1..heading.len())
            .find(|&at| heading[..at].iter().any(|name| name.eq_ignore_ascii_case(&heading[at])))
        {
            return Err(wrong(format!("has two columns `{}`; leave one out", heading[at])));
        }
        if let Some(at) = heading.iter().position(String::is_empty) {
            return Err(wrong(format!("has no name above column {}; name it, or leave it out", at + 1)));
        }
        let has_places = OWN.iter().all(|own| heading.iter().any(|name| name == own));
        let is_input = |name: &str| !(has_places && OWN.contains(&name));
        let chosen: Vec<usize> = (0..heading.len()).filter(|&at| is_input(&heading[at])).collect();
        if chosen.is_empty() {
            return Err(wrong("has no columns; write a heading of names, then a row a point".to_owned()));
        }
        let columns = vec![Vec::new(); chosen.len()];
        Ok(Self { heading, chosen, columns, rows: 0 })
    }

    /// Takes a row, or says in which column what is wrong with it.
    fn push(&mut self, record: &csv::StringRecord, number: Number<'_>) -> Result<(), (String, String)> {
        if record.len() != self.heading.len() {
            let (own, all) = (record.len(), self.heading.len());
            let what = format!(
                "there are {own} cells, and the heading has {all}; give each point all of its values"
            );
            return Err((String::new(), what));
        }
        for (column, &at) in self.columns.iter_mut().zip(&self.chosen) {
            let (name, text) = (self.heading[at].as_str(), &record[at]);
            let value = if text.is_empty() {
                Err("there is nothing; give the point a value, or leave it out".to_owned())
            } else {
                number(name, text)
            };
            column.push(value.map_err(|what| (format!(", column `{name}`"), what))?);
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> Result<Points, PointsError> {
        if self.rows == 0 {
            let what = "has no rows below its heading; write one a point";
            return Err(PointsError::Table(what.to_owned()));
        }
        let names = self.chosen.iter().map(|&at| self.heading[at].clone()).collect();
        Ok(Points { names, values: Table::from_columns(self.columns), left_out: Vec::new() })
    }
}

fn of_csv(error: csv::Error) -> PointsError {
    PointsError::Table(match error.into_kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.map_or(0, |place| place.line());
            format!("line {line} is not UTF-8 text; save the table as UTF-8")
        }
        csv::ErrorKind::Io(error) => format!("cannot be read: {}; try again", words_of(&error)),
        other => format!("is not a table of commas ({other:?}); export it as CSV"),
    })
}

impl From<StoreError> for PointsError {
    fn from(error: StoreError) -> Self {
        let reason = match error {
            StoreError::NotAMap { reason, .. } => reason,
            other => other.to_string(),
        };
        let remedy = "write each input as a variable along one dimension, or the points as CSV";
        Self::Table(format!("cannot be used: {reason}; {remedy}"))
    }
}

/// The line of a row that the reader has begun at a byte, where the end of a line, empty lines and remarks may stand before it.
fn line_of<R: BufRead + Seek>(text: &mut R, begin: u64) -> std::io::Result<u64> {
    text.rewind()?;
    let (mut at, mut line, mut own) = (0, 1, Vec::new());
    loop {
        own.clear();
        let read = text.read_until(b'\n', &mut own)?;
        let before = begin.saturating_sub(at).min(read as u64) as usize;
        let of_row = own[before..].trim_ascii();
        if read == 0 || !(of_row.is_empty() || of_row.starts_with(b"#")) {
            return Ok(line);
        }
        at += read as u64;
        line += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(text: &str) -> Result<Points, PointsError> {
        read_points(Cursor::new(text), &|_, text| finite(text))
    }

    #[test]
    fn rows_are_points_and_columns_have_names() {
        let table =
            |columns: &[&[f64]]| Table::from_columns(columns.iter().map(|column| column.to_vec()).collect());
        for text in [
            "p,A\n1,2.5\n-3e2,4\n",
            "\u{feff}p, A\r\n 1 ,2.5\r\n# a remark\r\n-300,4",
            "\"p\",\"A\"\n\"1\",\"2.5\"\n-300,4.0\n",
        ] {
            let points = read(text).unwrap();
            assert_eq!(
                (&points.names[..], &points.values),
                (&["p".to_owned(), "A".to_owned()][..], &table(&[&[1.0, -300.0], &[2.5, 4.0]]))
            );
        }
        // As `ictus design` writes it.
        let points = read("replicate,base_row,block,swapped,p\n0,0,A,,1\n0,0,AB,p,2\n").unwrap();
        assert_eq!((points.names, points.values), (vec!["p".to_owned()], table(&[&[1.0, 2.0]])));
    }

    #[test]
    fn what_is_wrong_has_its_place_and_a_remedy() {
        for (text, wanted) in [
            ("", "has no columns"),
            ("p,A\n", "has no rows"),
            ("p,A,P\n1,2,3\n", "two columns `P`"),
            ("p,\n1,2\n", "no name above column 2"),
            ("p,A\n1,2\n3\n", "row 2 (line 3): there are 1 cells, and the heading has 2"),
            ("p,A\n1,2\n\n3,nan\n", "row 2 (line 4), column `A`: `nan` is not a finite number"),
            ("p,A\r\n1,2\r\n# a remark\r\n\r\n3\r\n", "row 2 (line 5)"),
            ("\u{feff}p,A\r\n\r\n1,2\r\n3\r\n", "row 2 (line 4)"),
            ("p,A\n1,\n", "row 1 (line 2), column `A`: there is nothing"),
            ("p,A\n1,2.5.1\n", "`2.5.1` is not a finite number"),
            ("p;A\n1;2\n", "separated by `;`"),
            ("p\tA\n1\t2\n", "separated by tabs"),
            ("120,3.25\n220,3.5\n", "has the numbers 120, 3.25 where the names"),
            ("p,A\ninf,2\n", "column `p`: `inf`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains("; "), "{text:?}: {error}");
        }
        assert!(
            read_points(Cursor::new(b"p\n\xff\n"), &|_, text| finite(text))
                .unwrap_err()
                .to_string()
                .contains("UTF-8")
        );
    }
}
