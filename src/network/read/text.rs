//! A matrix as text: cells between commas, semicolons, tabs or blanks; if there are names, in a first row, a first column or
//! both, as people write them and as pandas and R export them. Knows no other format.

use std::io::BufRead;

use super::labels::{self, LONGEST_LABEL, Labels, Unfit, as_column_of_r};
use super::lines::{Cell, Divider, Lines, shortened};
use super::{Labelled, MOST_NODES, ReadError, checked};

/// Reads the text, line by line: what is wrong with one is said before the next is read.
pub(super) fn read(bytes: impl BufRead) -> Result<Labelled, ReadError> {
    let mut lines = Lines::of(bytes);
    let Some((line, text)) = lines.next()? else { return Err(ReadError::Empty) };
    let divider = Divider::of(&text);
    let mut table = Table::beginning_with(Row::of(line, divider, &text, None)?);
    while let Some((line, text)) = lines.next()? {
        table.add(Row::of(line, divider, &text, Some(&table))?)?;
    }
    table.finish()
}

/// A line of the text.
struct Row {
    line: usize,
    cells: Vec<Cell>,
}

impl Row {
    /// The cells of a line, the first one of the text where there is no table yet. A divider behind the last cell is none.
    fn of(line: usize, divider: Divider, text: &str, table: Option<&Table>) -> Result<Self, ReadError> {
        let mut cells = divider.cells(text);
        let is_behind = divider != Divider::Blanks
            && cells.last().is_some_and(|cell| cell.text.is_empty() && !cell.is_quoted)
            && match table {
                None => cells.len() > 1,
                Some(table) => cells.len() == table.cells_of_row() + 1,
            };
        if is_behind {
            cells.pop();
        }
        if cells.iter().any(|cell| cell.text.len() > LONGEST_LABEL) {
            let message = format!("a cell is longer than {LONGEST_LABEL} bytes");
            return Err(ReadError::Text { line, column: 1, message, remedy: "give shorter names" });
        }
        if cells.len() > MOST_NODES + 1 {
            return Err(ReadError::Large { nodes: cells.len() });
        }
        Ok(Self { line, cells })
    }

    /// Whether all of it are words or in quotes, as names of columns are.
    fn is_header(&self) -> bool {
        self.cells.iter().all(|cell| !cell.is_number())
            && self.cells.iter().any(|cell| !cell.text.is_empty() && !is_missing(cell))
    }
}

/// From here on whole numbers are taken for labels of regions, which begin with 1001 in many atlases.
const LEAST_LABEL: f64 = 1000.0;

/// How a missing weight is written; it may be one of a node on itself.
fn is_missing(cell: &Cell) -> bool {
    !cell.is_quoted
        && (matches!(cell.text.as_str(), "" | "NA")
            || cell.text.parse::<f64>().is_ok_and(|number| !number.is_finite()))
}

/// A cell that is not a weight, or a missing one.
struct Unread {
    line: usize,
    /// Behind the first row.
    row: usize,
    /// From 0.
    cell: usize,
    text: Cell,
}

impl Unread {
    fn error(&self) -> ReadError {
        let text = &self.text.text;
        let (message, remedy) = if text.is_empty() {
            ("there is no number".to_owned(), "write 0 where there is no weight")
        } else if is_missing(&self.text) {
            (format!("`{text}` is not a weight"), "replace what is missing by 0")
        } else if text.contains(',') {
            (format!("`{text}` is not a number"), "write decimals with a point")
        } else {
            (format!("`{}` is not a number", shortened(text)), "names stand in the first row and column only")
        };
        ReadError::Text { line: self.line, column: self.cell + 1, message, remedy }
    }
}

/// How the first row and the first column are to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    /// The first row holds names of columns ..
    has_header: bool,
    /// .. behind what stands above the names of rows.
    has_corner: bool,
    /// The first column holds names of rows.
    has_labels: bool,
}

/// The first row, and the numbers of all others: what the first row and column are shows in how many others there are.
struct Table {
    first: Row,
    /// How many cells each row behind the first has.
    cells: Option<usize>,
    /// The first cells of the rows behind the first, with their lines.
    column: Vec<(usize, Cell)>,
    /// The numbers behind them, row after row; not a number where there is none.
    entries: Vec<f64>,
    /// The cells of these that are not numbers, up to so many that one of them is of two nodes.
    unread: Vec<Unread>,
    /// Whether all cells stand in quotes, so that these say nothing.
    ignores_quotes: bool,
}

impl Table {
    fn beginning_with(first: Row) -> Self {
        let (column, entries, unread) = (Vec::new(), Vec::new(), Vec::new());
        Self { first, cells: None, column, entries, unread, ignores_quotes: false }
    }

    fn cells_of_row(&self) -> usize {
        self.cells.unwrap_or(self.first.cells.len())
    }

    fn add(&mut self, row: Row) -> Result<(), ReadError> {
        let Row { line, mut cells } = row;
        if self.cells.is_none() {
            let numbers = &cells[usize::from(cells.len() > 1)..];
            self.ignores_quotes =
                numbers.iter().any(|cell| cell.is_quoted && cell.text.parse::<f64>().is_ok());
            unquote(&mut self.first.cells, self.ignores_quotes);
        }
        unquote(&mut cells, self.ignores_quotes);
        let is_header = self.first.is_header();
        let wanted = match self.cells {
            Some(wanted) => wanted,
            // Names of columns may be more or fewer than the cells of a row; what is wrong with that is said at the end.
            None if is_header => cells.len(),
            None => self.first.cells.len(),
        };
        self.cells = Some(wanted);
        let is_named = !cells[0].is_number();
        if is_named && cells.len() == 1 {
            let message = "there is no number behind the name".to_owned();
            return Err(ReadError::Text { line, column: 1, message, remedy: "give every row its weights" });
        }
        if cells.len() != wanted {
            let of_name = usize::from(is_named && !is_missing(&cells[0]));
            let (own, first) = (cells.len() - of_name, wanted - of_name);
            let message = format!("the row has {own} numbers and the first {first},");
            let column = cells.len().min(wanted) + 1;
            return Err(ReadError::Text { line, column, message, remedy: "give every row the same" });
        }
        if self.column.len() == MOST_NODES {
            return Err(ReadError::Large { nodes: self.column.len() + 1 });
        }
        let row = self.column.len();
        let mut cells = cells.into_iter();
        self.column.extend(cells.next().map(|cell| (line, cell)));
        for (cell, text) in (1..).zip(cells) {
            self.number(Unread { line, row, cell, text })?;
        }
        Ok(())
    }

    /// Takes a number in, or what stands in its place.
    fn number(&mut self, cell: Unread) -> Result<(), ReadError> {
        let number = cell.text.text.parse::<f64>().ok().filter(|number| number.is_finite());
        self.entries.push(number.unwrap_or(f64::NAN));
        if number.is_some() {
            return Ok(());
        }
        if !is_missing(&cell.text) {
            // `source,target,weight`
            let is_list =
                self.first.is_header() && self.first.cells.len() == 3 && cell.row == 0 && cell.cell == 1;
            return Err(if is_list { list_of_connections() } else { cell.error() });
        }
        // A row has one weight of a node on itself.
        if self.unread.len() <= 2 * MOST_NODES {
            self.unread.push(cell);
        }
        Ok(())
    }

    /// What the first row and column are.
    fn form(&self) -> Result<Form, ReadError> {
        let first = &self.first;
        let (others, cells) = (self.column.len(), self.cells_of_row());
        let is_header = first.is_header();
        let plain = Form { has_header: false, has_corner: false, has_labels: false };
        if others == 0 {
            let has_labels = !first.cells[0].is_number() && !is_missing(&first.cells[0]);
            return Ok(Form { has_labels, ..plain });
        }
        let below = &self.column[0].1;
        let has_labels = !below.is_number() && !is_missing(below);
        if others + 1 == cells && first.cells.len() + 1 == cells && (is_header || has_labels) {
            return Ok(Form { has_header: true, has_corner: false, has_labels: true });
        }
        if others + 1 == cells && first.cells.len() == cells && self.is_bordered()? {
            return Ok(Form { has_header: true, has_corner: true, has_labels: true });
        }
        if is_header {
            // The sizes do not fit, or there are no names of rows: what is told of them is of what it looks like.
            let has_corner = has_labels && first.cells.len() == cells;
            return Ok(Form { has_header: true, has_corner, has_labels });
        }
        let begins = &first.cells[0];
        Ok(Form { has_labels: !begins.is_number() && !is_missing(begins), ..plain })
    }

    /// Whether the first row and column of a square of cells are names of nodes and no weights.
    fn is_bordered(&self) -> Result<bool, ReadError> {
        let [corner, above @ ..] = &self.first.cells[..] else { return Ok(false) };
        if self.first.is_header() || !(corner.is_number() || is_missing(corner)) {
            return Ok(true);
        }
        let beside = || self.column.iter().map(|(_, cell)| cell);
        let are_equal = above.iter().all(is_whole) && above.iter().eq(beside());
        if corner.text.is_empty() {
            // Without a name of its index pandas leaves the corner empty.
            let counts = |cells: &mut dyn Iterator<Item = &Cell>| {
                let list: Vec<String> = cells.map(|cell| cell.text.clone()).collect();
                Labels::of(&list) == Ok(Labels::Counted)
            };
            let are_words = || beside().all(|cell| !cell.is_number() && !is_missing(cell));
            return Ok(are_equal || counts(&mut above.iter()) || counts(&mut beside()) || are_words());
        }
        let grow = above.windows(2).all(|pair| number(&pair[0]) < number(&pair[1]));
        if !are_equal || !grow || above.len() < 2 {
            return Ok(false);
        }
        if is_missing(corner) {
            // Where weights of nodes on themselves are missing, others are too.
            return Ok(!self.unread.iter().any(|unread| unread.cell == unread.row + 1));
        }
        // Symmetric weights might do the same, but hardly in whole numbers that grow from node to node above all others.
        let largest = self.entries.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
        let first = above.first().map_or(0.0, number);
        if first >= LEAST_LABEL && first > largest {
            let message = format!(
                "the first row and column are the whole numbers from {} to {}, which may be labels of nodes or weights",
                above[0].text,
                above[above.len() - 1].text
            );
            let remedy =
                "leave the corner empty if they are labels, or write them as `1001.0` if they are weights";
            return Err(ReadError::Text { line: self.first.line, column: 2, message, remedy });
        }
        Ok(false)
    }

    fn finish(mut self) -> Result<Labelled, ReadError> {
        let form = self.form()?;
        if self.column.is_empty() && self.first.cells.iter().all(|cell| !cell.is_number()) {
            return Err(ReadError::Empty);
        }
        let (entries, rows, columns) = self.square(form)?;
        if rows != columns {
            self.refuse_table(rows, columns)?;
        }
        let header = form.has_header.then(|| std::mem::take(&mut self.first.cells));
        let matrix = checked(rows, columns, entries)?;
        let label = |(line, cell): (usize, Cell)| (line, cell.text);
        let mut beside: Vec<(usize, String)> = Vec::new();
        if form.has_labels {
            if !form.has_header {
                let first = std::mem::take(&mut self.first.cells);
                beside.extend(first.into_iter().take(1).map(|cell| (self.first.line, cell.text)));
            }
            beside.extend(self.column.into_iter().map(label));
        }
        let header = header.map(|cells| {
            let cells = cells.into_iter().skip(usize::from(form.has_corner));
            cells.map(|cell| cell.text).collect::<Vec<_>>()
        });
        let first = usize::from(form.has_corner) + 1;
        let names = names(header.map(|header| (self.first.line, first, header)), &beside, columns)?;
        Ok(Labelled { matrix, names })
    }

    /// What is not a square of weights and looks like something else that people have is refused by that.
    fn refuse_table(&self, rows: usize, columns: usize) -> Result<(), ReadError> {
        let first = &self.first.cells;
        let counts =
            |from: u32| first.iter().zip(from..).all(|(cell, number)| cell.text.parse() == Ok(number));
        if rows == columns + 1 && columns > 2 && first.len() == columns && (counts(0) || counts(1)) {
            let message =
                format!("has the numbers of its columns in its first row, and {columns} rows of weights");
            return Err(ReadError::Table { message, remedy: "remove that row, or write names" });
        }
        let is_node = |number: f64| number.fract() == 0.0 && number >= 0.0;
        let pairs =
            self.column.iter().zip(self.entries.chunks(2)).map(|((_, cell), pair)| [number(cell), pair[0]]);
        let has_header = rows == self.column.len();
        let begins = || has_header || first.iter().take(2).all(|cell| is_node(number(cell)));
        if columns == 3 && rows > 3 && begins() && pairs.flatten().all(is_node) {
            return Err(list_of_connections());
        }
        Ok(())
    }

    /// The weights, and how many rows and columns they have.
    fn square(&self, form: Form) -> Result<(Vec<f64>, usize, usize), ReadError> {
        let cells = self.cells_of_row();
        let columns = cells - usize::from(form.has_labels);
        let rows = self.column.len() + usize::from(!form.has_header);
        if columns > MOST_NODES || rows > MOST_NODES {
            return Err(ReadError::Large { nodes: columns.max(rows) });
        }
        let skipped = usize::from(form.has_labels);
        let weight = |line: usize, (row, cell): (usize, usize), text: &Cell| {
            let number = text.text.parse::<f64>().ok().filter(|number| number.is_finite());
            let is_of_itself = rows == columns && row + skipped == cell;
            match number {
                Some(number) => Ok(number),
                None if is_of_itself && is_missing(text) => Ok(f64::NAN),
                None => Err(Unread { line, row, cell, text: text.clone() }.error()),
            }
        };
        let mut entries = Vec::with_capacity(rows * columns);
        if !form.has_header {
            for (at, cell) in self.first.cells.iter().enumerate().skip(skipped) {
                entries.push(weight(self.first.line, (0, at), cell)?);
            }
        }
        let behind = usize::from(!form.has_header);
        let of_two = |unread: &&Unread| rows != columns || unread.row + behind + skipped != unread.cell;
        if let Some(unread) = self.unread.iter().find(of_two) {
            return Err(unread.error());
        }
        for (row, (line, first)) in self.column.iter().enumerate() {
            if !form.has_labels {
                entries.push(weight(*line, (row + behind, 0), first)?);
            }
            entries.extend(&self.entries[row * (cells - 1)..][..cells - 1]);
        }
        Ok((entries, rows, columns))
    }
}

fn list_of_connections() -> ReadError {
    let message = "is a list of connections, one in a row, and no matrix".to_owned();
    ReadError::Table {
        message,
        remedy: "make it a square, row = target, column = source: in Python `W[target, source] = weight`",
    }
}

fn unquote(cells: &mut [Cell], is_wanted: bool) {
    cells.iter_mut().filter(|_| is_wanted).for_each(|cell| cell.is_quoted = false);
}

/// Digits alone, as labels of regions are; weights often have a point.
fn is_whole(cell: &Cell) -> bool {
    !cell.text.is_empty() && cell.text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(cell: &Cell) -> f64 {
    cell.text.parse().unwrap_or(f64::NAN)
}

/// The names of nodes, from those above and those beside the weights; `header` with its line and the column of its first name.
fn names(
    header: Option<(usize, usize, Vec<String>)>,
    beside: &[(usize, String)],
    nodes: usize,
) -> Result<Vec<String>, ReadError> {
    let rows: Vec<String> = beside.iter().map(|(_, label)| label.clone()).collect();
    let of_rows = |unfit: Unfit| {
        let Unfit { at, message, remedy } = unfit;
        ReadError::Text { line: beside[at].0, column: 1, message, remedy }
    };
    let Some((line, first, columns)) = header else {
        return if rows.is_empty() { Ok(rows) } else { Ok(Labels::of(&rows).map_err(of_rows)?.names()) };
    };
    if columns.len() != nodes {
        return Err(ReadError::Names { names: columns.len(), nodes });
    }
    if !rows.is_empty() && labels::are_made_up(&columns) {
        return Ok(Labels::of(&rows).map_err(of_rows)?.names());
    }
    if !rows.is_empty() && rows != columns && rows.iter().map(|row| as_column_of_r(row)).eq(columns.clone()) {
        return Ok(Labels::of(&rows).map_err(of_rows)?.names());
    }
    let of_columns = Labels::of(&columns).map_err(|Unfit { at, message, remedy }| ReadError::Text {
        line,
        column: first + at,
        message,
        remedy,
    });
    if rows.is_empty() {
        return Ok(of_columns?.names());
    }
    match (of_columns?, Labels::of(&rows).map_err(of_rows)?) {
        (Labels::Counted, other) | (other, Labels::Counted) => Ok(other.names()),
        (Labels::Names(columns), Labels::Names(rows)) => {
            let Some(at) = (0..nodes).find(|&at| columns[at] != rows[at]) else { return Ok(columns) };
            let message = format!(
                "column `{}` and row `{}` are one node",
                shortened(&columns[at]),
                shortened(&rows[at])
            );
            let remedy = "bring rows and columns into one order";
            Err(ReadError::Text { line: beside[at].0, column: 1, message, remedy })
        }
    }
}

/// A weight of the first row of a matrix without names, behind its corner: with a point where it would be taken for a label.
pub(super) fn first(weight: f64, corner: f64) -> String {
    let text = weight.to_string();
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole && (corner.is_nan() || weight >= LEAST_LABEL) { text + ".0" } else { text }
}

/// A line of names, each in quotes.
pub(super) fn header(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    format!("{}\n", quoted.join(","))
}

#[cfg(test)]
mod tests;
