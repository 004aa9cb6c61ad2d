//! What nodes are called: lists of labels, beside a matrix or in a file of their own, and whether they can be names. Knows no
//! matrices.

use std::io::BufRead;

use super::lines::{Cell, Divider, LONGEST_LINE, Lines, shortened};
use super::{MOST_NODES, ReadError};

/// The longest label of a node, in bytes.
pub(super) const LONGEST_LABEL: usize = 1000;

/// What a list of labels says of its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// The nodes' order alone: 0, 1, 2 .. or 1, 2, 3 ..
    Counted,
    /// One name for each node: words, or whole numbers that no node has by its order.
    Names(Vec<String>),
}

/// Why a list of labels gives no names: of which label, from 0, with message and remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) remedy: &'static str,
}

impl Labels {
    /// From a list as long as there are nodes.
    pub(super) fn of(labels: &[String]) -> Result<Self, Unfit> {
        let numbers: Vec<Option<f64>> = labels.iter().map(|label| label.parse().ok()).collect();
        let counts_from = |first: usize| {
            numbers.iter().enumerate().all(|(at, number)| *number == Some((first + at) as f64))
        };
        if counts_from(0) || counts_from(1) {
            return Ok(Self::Counted);
        }
        let unfit = |at: usize, message: String, remedy| Err(Unfit { at, message, remedy });
        if let Some(at) = labels.iter().position(String::is_empty) {
            return unfit(at, "a node has no name".to_owned(), "give each a name, or leave the names out");
        }
        // A node's number by its order is from 0, so that a number of 90 or more is nobody's else among 90 nodes.
        let is_apart = |label: &String| {
            label.bytes().all(|byte| byte.is_ascii_digit())
                && label.parse().is_ok_and(|number: u64| number >= labels.len() as u64)
        };
        if !labels.iter().all(is_apart)
            && let Some(at) = numbers.iter().position(Option::is_some)
        {
            let message = format!("a node is called `{}`, which is a number", shortened(&labels[at]));
            return unfit(at, message, "give each a name that is none, or leave the names out");
        }
        let mut sorted: Vec<(&String, usize)> = labels.iter().zip(0..).collect();
        sorted.sort();
        if let Some(pair) =
            sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0).min_by_key(|pair| pair[1].1)
        {
            let message = format!("two nodes are called `{}`", shortened(pair[0].0));
            return unfit(pair[1].1, message, "give each a name of its own");
        }
        if let Some(at) = labels.iter().position(|label| label.len() > LONGEST_LABEL) {
            return unfit(at, format!("a name is longer than {LONGEST_LABEL} bytes"), "give shorter names");
        }
        if let Some(at) = labels.iter().position(|label| label.contains(char::is_control)) {
            return unfit(at, "a name has letters that cannot be written".to_owned(), "give plain names");
        }
        // They are written into one line.
        if labels.iter().map(|label| 2 * label.len() + 3).sum::<usize>() > LONGEST_LINE {
            return unfit(0, "the names are too long together".to_owned(), "give shorter names");
        }
        Ok(Self::Names(labels.to_vec()))
    }

    /// The names; none where nodes are only counted.
    pub(super) fn names(self) -> Vec<String> {
        match self {
            Self::Counted => Vec::new(),
            Self::Names(names) => names,
        }
    }
}

/// Whether R has made these names of columns by counting: `V1`, `V2` .. or `X1`, `X2` ..
pub(super) fn are_made_up(labels: &[String]) -> bool {
    ["V", "X"]
        .iter()
        .any(|letter| labels.iter().zip(1..).all(|(label, number)| *label == format!("{letter}{number}")))
}

/// A name as R makes it of one of a column: letters, digits, `.` and `_` stay, and an `X` comes before what is not a letter.
pub(super) fn as_column_of_r(name: &str) -> String {
    let keeps = |letter: char| letter.is_alphanumeric() || letter == '.' || letter == '_';
    let kept: String = name.chars().map(|letter| if keeps(letter) { letter } else { '.' }).collect();
    let mut letters = kept.chars();
    let begins_well = match (letters.next(), letters.next()) {
        (Some('.'), second) => second.is_none_or(|letter| !letter.is_numeric()),
        (Some(first), _) => first.is_alphabetic(),
        (None, _) => false,
    };
    if begins_well { kept } else { format!("X{kept}") }
}

/// The labels in a text of one line for each node: its first cell, or with blanks between cells its words up to the coordinates, which are
/// not looked at. A line of names of columns may stand above numbers, and a column that counts before the labels.
pub(super) fn read(bytes: impl BufRead) -> Result<Vec<String>, ReadError> {
    let mut lines = Lines::of(bytes);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut labels = Vec::new();
    let mut above: Option<Vec<Cell>> = None;
    while let Some((line, text)) = lines.next()? {
        if rows.len() > MOST_NODES {
            return Err(ReadError::Large { nodes: rows.len() });
        }
        let divider = Divider::of(&text);
        let cells = divider.cells(&text);
        if rows.len() == 1 && above.as_ref().is_some_and(|above| is_heading(above, &cells)) {
            rows.clear();
            labels.clear();
        }
        let words = if divider == Divider::Blanks { words(&cells) } else { cells.clone() };
        above = Some(cells);
        let first = words.first().map(|cell| cell.text.clone()).unwrap_or_default();
        if first.len() > LONGEST_LABEL {
            let message = format!("a name is longer than {LONGEST_LABEL} bytes");
            return Err(ReadError::Text { line, column: 1, message, remedy: "give shorter names" });
        }
        rows.push(words);
        labels.push(first);
    }
    let is_named_behind = |row: &Vec<Cell>| row.get(1).is_some_and(|cell| !cell.is_number());
    if Labels::of(&labels) == Ok(Labels::Counted) && rows.iter().all(is_named_behind) {
        labels = rows.iter().map(|row| row[1].text.clone()).collect();
    }
    Ok(labels)
}

/// Whether a line names columns: over the first numbers, and has none itself.
fn is_heading(above: &[Cell], below: &[Cell]) -> bool {
    let (above, below) = (above.get(1..).unwrap_or_default(), below.get(1..).unwrap_or_default());
    !above.is_empty()
        && !above.iter().any(Cell::is_number)
        && !below.is_empty()
        && below.iter().all(Cell::is_number)
}

/// A line's cells with the words of its label in one. Fewer than three numbers at its end belong to a label of several words, as in
/// `Brodmann area 4`.
fn words(cells: &[Cell]) -> Vec<Cell> {
    const COORDINATES: usize = 3;
    let (before, label) = cells.split_at(cells.iter().take(1).filter(|cell| cell.is_number()).count());
    let behind = label.iter().rev().take_while(|cell| cell.is_number()).count();
    let of_label = match label.len() - behind {
        0 | 1 => label.len() - behind,
        words => {
            if behind < COORDINATES {
                label.len()
            } else {
                words
            }
        }
    };
    let text = label[..of_label].iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ");
    let is_quoted = label.first().is_some_and(|cell| cell.is_quoted);
    let joined = (of_label > 0).then_some(Cell { text, is_quoted });
    before.iter().cloned().chain(joined).chain(label[of_label..].iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn numbers_that_count_are_no_names_and_those_that_no_node_has_are() {
        assert_eq!(Labels::of(&list(&["0", "1", "2"])), Ok(Labels::Counted));
        assert_eq!(Labels::of(&list(&["1", "2", "3"])), Ok(Labels::Counted));
        let apart = list(&["1001", "1002", "2001"]);
        assert_eq!(Labels::of(&apart), Ok(Labels::Names(apart)));
        for (labels, at, wanted) in [
            (["2", "1", "0"], 0, "a node is called `2`, which is a number"),
            (["a", "7", "b"], 1, "a node is called `7`"),
            (["1.5", "7", "8"], 0, "a node is called `1.5`"),
            (["a", "b", "a"], 2, "two nodes are called `a`"),
            (["a", "", "c"], 1, "a node has no name"),
        ] {
            let unfit = Labels::of(&list(&labels)).expect_err("unfit");
            assert!(unfit.at == at && unfit.message.contains(wanted), "{labels:?}: {unfit:?}");
        }
    }

    #[test]
    fn the_first_cells_of_lines_are_labels() {
        for text in [
            "a 1 2 3\nb 4 5 6\n",
            "\u{feff}a,1,2,3\r\nb,4,5,6\r\n",
            "# name x y z\na\t1\t2\t3\nb\t4\t5\t6\n",
            "name x y z\na 1 2 3\nb 4 5 6\n",
            "a\rb\r",
            "\n\"a\"\n\"b\"\n",
        ] {
            assert_eq!(read(text.as_bytes()), Ok(list(&["a", "b"])), "{text:?}");
        }
        // With tabs, and without: a name of two words.
        assert_eq!(read(&b"gyrus a\t1\ngyrus b\t2\n"[..]), Ok(list(&["gyrus a", "gyrus b"])));
    }

    /// R 4.2: `make.names(c("lh.a-b", "1001", "a b", ".1", "_a", "lh_a"))`.
    #[test]
    fn names_of_columns_are_known_as_r_writes_them() {
        let names = ["lh.a-b", "1001", "a b", ".1", "_a", "lh_a"].map(as_column_of_r);
        assert_eq!(names, ["lh.a.b", "X1001", "a.b", "X.1", "X_a", "lh_a"]);
    }

    #[test]
    fn a_label_of_several_words_is_read_whole_and_a_column_that_counts_is_none() {
        let read = |text: &str| super::read(text.as_bytes()).unwrap();
        assert_eq!(read("Left Hippocampus\nRight X\nc d\n"), ["Left Hippocampus", "Right X", "c d"]);
        assert_eq!(
            read("Brodmann area 4 -2 1.5 3\nBrodmann area 6 1 2 3\n"),
            ["Brodmann area", "Brodmann area"]
        );
        assert_eq!(read("Brodmann area 4\nBrodmann area 6\n"), ["Brodmann area 4", "Brodmann area 6"]);
        assert_eq!(read("rA1 4.0 -2 1\nrA2 5 6 7\n"), ["rA1", "rA2"]);
        assert_eq!(read("1,a\n2,b\n3,c\n"), ["a", "b", "c"]);
        assert_eq!(read("0 left one\n1 right one\n"), ["left one", "right one"]);
        assert_eq!(read("1 a 0 0 0\n2 b 1 2 3\n"), ["a", "b"]);
        assert_eq!(read("1\n2\n"), ["1", "2"], "they count");
        assert_eq!(read("1 0.5 0 0\n2 1 2 3\n"), ["1", "2"], "coordinates are not names");
        assert_eq!(read("1001 lh bank\n1002 lh cac\n"), ["1001", "1002"], "numbers that do not count");
        assert_eq!(read("name x y z\na 1 2 3\n"), ["a"]);
        assert_eq!(read("\"Left A\" 1 2 3\n\"Left B\" 1 2 3\n"), ["Left A", "Left B"]);
    }
}
