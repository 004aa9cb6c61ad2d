//! A table of points from elsewhere: a heading of names, then a row a point. Knows text, not what the names mean.

use crate::table::Table;

/// The columns by which `ictus design` says where a run stands: they are no inputs.
const OWN: [&str; 4] = ["replicate", "base_row", "block", "swapped"];

/// The points of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// The names of the columns.
    pub names: Vec<String>,
    /// Their values, `[column][row]`, all finite.
    pub values: Table,
}

/// What is wrong with a table of points. The message ends with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointsError {
    /// With all of it.
    #[error("{0}")]
    Table(String),
    /// With a row or a cell.
    #[error("row {row} (line {line}){place}: {what}")]
    Row {
        /// From 1.
        row: u64,
        /// Of the file, from 1.
        line: u64,
        /// The column, where it is about one.
        place: String,
        /// What is wrong.
        what: String,
    },
}

/// Reads the points; `number` gives the value of a column that a text stands for.
///
/// # Errors
/// When the text is no table, a name stands in two columns, or a cell is missing or no finite number.
pub fn read_points(bytes: &[u8], number: &dyn Fn(&str, &str) -> Option<f64>) -> Result<Points, PointsError> {
    let wrong = |what: String| PointsError::Table(what);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let of_csv = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Utf8 { pos, .. } => wrong(format!(
            "line {} is no UTF-8 text; save the table as UTF-8",
            pos.map_or(0, |place| place.line())
        )),
        other => wrong(format!("is no table of commas ({other:?}); export it as CSV")),
    };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.trim(csv::Trim::All).flexible(true).comment(Some(b'#')).from_reader(bytes);
    let heading: Vec<String> = reader.headers().map_err(of_csv)?.iter().map(str::to_owned).collect();
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
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); chosen.len()];
    let (mut record, mut row) = (csv::StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(of_csv)? {
        row += 1;
        let begin = record.position().map_or(0, csv::Position::byte);
        let error = |place: String, what: String| PointsError::Row {
            row,
            line: line_of(bytes, begin as usize),
            place,
            what,
        };
        if record.len() != heading.len() {
            let (own, all) = (record.len(), heading.len());
            let what = format!(
                "there are {own} cells, and the heading has {all}; give each point all of its values"
            );
            return Err(error(String::new(), what));
        }
        for (column, &at) in columns.iter_mut().zip(&chosen) {
            let (name, text) = (heading[at].as_str(), &record[at]);
            let value = number(name, text).filter(|value| value.is_finite()).ok_or_else(|| {
                let what = if text.is_empty() {
                    "there is nothing".to_owned()
                } else {
                    format!("`{text}` is no finite number")
                };
                error(
                    format!(", column `{name}`"),
                    format!("{what}; give the point a value, or leave it out"),
                )
            })?;
            column.push(value);
        }
    }
    if row == 0 {
        return Err(wrong("has no rows below its heading; write one a point".to_owned()));
    }
    let names = chosen.iter().map(|&at| heading[at].clone()).collect();
    Ok(Points { names, values: Table::from_columns(columns) })
}

/// The line of a row that the reader has begun at a byte, where empty lines and remarks may stand before it.
fn line_of(bytes: &[u8], begin: usize) -> u64 {
    let mut line = bytes[..begin].split(|&byte| byte == b'\n').count() as u64;
    for own in bytes[begin..].split(|&byte| byte == b'\n') {
        if !own.trim_ascii().is_empty() && !own.starts_with(b"#") {
            break;
        }
        line += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Points, PointsError> {
        read_points(text.as_bytes(), &|_, text| text.parse().ok())
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
            ("p,A\n1,2\n\n3,nan\n", "row 2 (line 4), column `A`: `nan` is no finite number"),
            ("p,A\r\n1,2\r\n# a remark\r\n\r\n3\r\n", "row 2 (line 5)"),
            ("p,A\n1,\n", "row 1 (line 2), column `A`: there is nothing"),
            ("p,A\n1,2.5.1\n", "`2.5.1` is no finite number"),
            ("p,A\ninf,2\n", "column `p`: `inf`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains("; "), "{text:?}: {error}");
        }
        assert!(read_points(b"p\n\xff\n", &|_, _| None).unwrap_err().to_string().contains("UTF-8"));
    }
}
