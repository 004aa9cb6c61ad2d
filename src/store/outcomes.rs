//! A table of the runs of a design and what came out of them, as CSV or NetCDF: the columns of `ictus design` and one or more outputs. A run is
//! found by what it says of itself, never by its line. Knows how such a table is stored and not what is made of it.
//!
//! The file is read twice, line by line: first where each run stands, which tells sizes and finds what is missing or doubled; then the
//! values, each into its place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::rows::{Rows, fault_of_heading, is_netcdf};

/// The columns that say where a run stands.
pub const OWN: [&str; 4] = ["replicate", "base_row", "block", "swapped"];
/// The words for blocks.
const KINDS: [&str; 4] = ["A", "B", "AB", "BA"];
/// Labels of a column have a byte each.
const MOST_LABELS: usize = 255;
/// How cells say that a value is undefined.
const UNDEFINED: [&str; 6] = ["", "nan", "na", "n/a", "null", "none"];
/// Bytes of a heading, at most.
const MOST_OF_A_HEADING: u64 = 1 << 20;
/// Numbers that went through another program may have lost their last digits.
const ROUNDING: f64 = 1e-9;

/// What is wrong with a table. The message ends with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("{path} cannot be read: {words}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        words: String,
    },
    /// It is not a table.
    #[error("{path}: {what}")]
    Table {
        /// The file.
        path: String,
        /// What is wrong, and the remedy.
        what: String,
    },
    /// A cell.
    #[error("{path}: row {row} (line {line}), column `{column}`: {what}")]
    Cell {
        /// The file.
        path: String,
        /// Its row, the first below the heading being 1.
        row: u64,
        /// Its line in the file.
        line: u64,
        /// Its column.
        column: String,
        /// What is wrong, and the remedy.
        what: String,
    },
}

/// How a table is to be read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The columns that vary by design, where they are known.
    pub inputs: Option<Vec<String>>,
    /// The columns that are outputs, where they are named.
    pub outputs: Vec<String>,
    /// Columns of numbers that stand for labels.
    pub labels: Vec<String>,
    /// Whether rows are independent points, that do not say where they stand.
    pub is_given: bool,
}

/// The values of an output, in the order of the runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; NaN is undefined.
    Numbers(Vec<f64>),
    /// Places in a list of names.
    Labels(Vec<u8>, Vec<String>),
}

/// A kind of block and which of the groups comes from the other sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// The first sample.
    A,
    /// The second sample.
    B,
    /// A with a group from B, or the point that moving a group has led to.
    Ab(usize),
    /// B with a group from A.
    Ba(usize),
}

/// A table that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    /// How many replicates there are.
    pub replicates: usize,
    /// Rows of a block.
    pub base: usize,
    /// The blocks of each replicate: A, then B where it is, then AB and BA of each group.
    pub blocks: Vec<Block>,
    /// What is swapped or moved together: a name, and the places of its inputs.
    pub groups: Vec<(String, Vec<usize>)>,
    /// The inputs, `[replicate][block][row]`, of the first `blocks_of_inputs` blocks.
    pub inputs: Vec<(String, Vec<f64>)>,
    /// How many of the blocks inputs are kept of: A and B where both are there, else all.
    pub blocks_of_inputs: usize,
    /// The outputs, `[replicate][block][row]`.
    pub outputs: Vec<(String, Column)>,
}

/// Reads a table.
///
/// # Errors
/// When the file cannot be read, columns are missing, runs are missing or doubled, or a cell is wrong.
pub fn read(path: &Path, reading: &Reading) -> Result<Outcomes, TableError> {
    let file = Source::new(path)?;
    let heading = Heading::new(&file, reading)?;
    let layout = Layout::of(&file, &heading)?;
    let roles = Roles::new(&file, &heading, &layout, reading)?;
    Filling::new(&file, &heading, &layout, &roles, reading).read()
}

/// Why no further rows are read: the file, or whoever looks at them.
struct Stop(Option<StoreError>);

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self(Some(error))
    }
}

struct Source {
    path: PathBuf,
    /// Where the table is a NetCDF file.
    rows: Option<Rows>,
    /// Whether lines end as on Windows, after which a reader counts one line less.
    is_of_windows: bool,
}

impl Source {
    fn new(path: &Path) -> Result<Self, TableError> {
        let mut own = Self { path: path.to_owned(), rows: None, is_of_windows: false };
        let file = File::open(path).map_err(|error| own.unreadable(&error))?;
        let is_file = file.metadata().map_err(|error| own.unreadable(&error))?.is_file();
        if !is_file {
            return Err(own.wrong("is not a regular file, and a table is read twice; write it into a file"));
        }
        if is_netcdf(path) {
            own.rows = Some(Rows::open(path).map_err(|error| own.of_netcdf(&error))?);
            return Ok(own);
        }
        let mut first = Vec::new();
        let mut lines = BufReader::new(file.take(MOST_OF_A_HEADING));
        lines.read_until(b'\n', &mut first).map_err(|error| own.unreadable(&error))?;
        own.is_of_windows = first.ends_with(b"\r\n");
        Ok(own)
    }

    /// The names above the columns.
    fn names(&self) -> Result<Vec<String>, TableError> {
        if let Some(rows) = &self.rows {
            return Ok(rows.names());
        }
        let mut reader = self.reader()?;
        let headers = reader.headers().map_err(|error| self.of_csv(error))?;
        Ok(headers.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect())
    }

    fn of_netcdf(&self, error: &StoreError) -> TableError {
        let StoreError::NotAMap { reason, .. } = error else { return self.wrong(error.to_string()) };
        self.wrong(reason.clone())
    }

    fn reader(&self) -> Result<csv::Reader<File>, TableError> {
        let file = File::open(&self.path).map_err(|error| self.unreadable(&error))?;
        let mut reader = csv::ReaderBuilder::new();
        reader.trim(csv::Trim::All).flexible(true).comment(Some(b'#')).buffer_capacity(1 << 18);
        Ok(reader.from_reader(file))
    }

    fn unreadable(&self, error: &std::io::Error) -> TableError {
        let path = self.path.display().to_string();
        TableError::Unreadable { path, words: crate::complaint::words_of(error) }
    }

    fn wrong(&self, what: impl Into<String>) -> TableError {
        TableError::Table { path: self.path.display().to_string(), what: what.into() }
    }

    fn cell(&self, (row, line): (u64, u64), column: &str, what: impl Into<String>) -> TableError {
        let path = self.path.display().to_string();
        TableError::Cell { path, row, line, column: column.to_owned(), what: what.into() }
    }

    fn of_csv(&self, error: csv::Error) -> TableError {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => self.unreadable(&error),
            csv::ErrorKind::Utf8 { pos, .. } => {
                let line = pos.map_or(0, |place| place.line());
                self.wrong(format!("line {line} is not UTF-8 text; save the table as UTF-8"))
            }
            other => self.wrong(format!("is not a table of commas: {other:?}")),
        }
    }

    /// Calls with every row: its number and line, and its cells.
    fn each(
        &self,
        width: usize,
        mut visit: impl FnMut((u64, u64), &csv::StringRecord) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        if let Some(rows) = &self.rows {
            let mut found = Ok(());
            let all = rows.each(|row, record| {
                // A NetCDF file has no lines; its heading counts as one.
                found = visit((row + 1, row + 2), record);
                if found.is_ok() { Ok(()) } else { Err(Stop(None)) }
            });
            return match all {
                Err(Stop(Some(error))) => Err(self.of_netcdf(&error)),
                _ => found,
            };
        }
        let mut reader = self.reader()?;
        reader.headers().map_err(|error| self.of_csv(error))?;
        let (mut record, mut row) = (csv::StringRecord::new(), 0);
        while reader.read_record(&mut record).map_err(|error| self.of_csv(error))? {
            row += 1;
            let line = record.position().map_or(0, csv::Position::line) + u64::from(self.is_of_windows);
            if record.len() != width {
                return Err(self.wrong(format!(
                    "row {row} (line {line}) has {} cells, and the heading has {width}; write the missing ones, undefined values as nan",
                    record.len()
                )));
            }
            visit((row, line), &record)?;
        }
        Ok(())
    }
}

/// The first line.
struct Heading {
    names: Vec<String>,
    /// The places of the columns that say where a run stands; none where rows are independent points.
    own: Option<[usize; 4]>,
}

impl Heading {
    fn new(file: &Source, reading: &Reading) -> Result<Self, TableError> {
        let names = file.names()?;
        if let Some(fault) = fault_of_heading(&names) {
            return Err(file.wrong(fault));
        }
        if let Some(at) = (1..names.len()).find(|&at| names[..at].contains(&names[at])) {
            return Err(file.wrong(format!("has two columns `{}`; give each a name of its own", names[at])));
        }
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let missing: Vec<&str> = OWN.into_iter().filter(|name| place(name).is_none()).collect();
        let own = match missing.len() {
            _ if reading.is_given => None,
            0 => Some(OWN.map(|name| place(name).unwrap_or_default())),
            1 => {
                return Err(file.wrong(format!(
                    "has no column `{}`; keep the columns of `ictus design`, a run is found by replicate, base_row, block and swapped",
                    missing[0]
                )));
            }
            _ => {
                return Err(file.wrong(format!(
                    "has no columns {}; keep the columns of `ictus design`, or give --given if rows are independent points",
                    missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )));
            }
        };
        Ok(Self { names, own })
    }

    fn of(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }
}

/// Where runs stand.
struct Layout {
    replicates: BTreeMap<u64, usize>,
    base: usize,
    blocks: Vec<Block>,
    /// The names of groups in the order of their numbers.
    swapped: Vec<String>,
    runs: usize,
}

impl Layout {
    fn of(file: &Source, heading: &Heading) -> Result<Self, TableError> {
        let width = heading.names.len();
        let Some(own) = heading.own else {
            let mut runs = 0;
            file.each(width, |_, _| {
                runs += 1;
                Ok(())
            })?;
            if runs == 0 {
                return Err(file.wrong("has no rows below its heading; write one a run"));
            }
            let replicates = BTreeMap::from([(0, 0)]);
            return Ok(Self { replicates, base: runs, blocks: vec![Block::A], swapped: Vec::new(), runs });
        };
        let mut names = Names::default();
        let mut places: Vec<Place> = Vec::new();
        file.each(width, |at, record| {
            places.push(Place::read(file, at, record, own, &mut names)?);
            Ok(())
        })?;
        if places.is_empty() {
            return Err(file.wrong("has no rows below its heading; write one a run"));
        }
        // The order of groups is that of their columns, then of their names; not that of rows.
        let order = names.in_order(heading);
        for place in &mut places {
            place.block = place.block.renumbered(&order);
        }
        let mut swapped = vec![String::new(); order.len()];
        for (name, &number) in &names.numbers {
            swapped[order[number]].clone_from(name);
        }
        let numbers: BTreeSet<u64> = places.iter().map(|place| place.replicate).collect();
        let replicates: BTreeMap<u64, usize> =
            numbers.into_iter().enumerate().map(|(at, number)| (number, at)).collect();
        let kinds: BTreeSet<(usize, usize)> = places.iter().map(|place| place.block.order()).collect();
        let blocks: Vec<Block> = kinds.into_iter().map(Block::of_order).collect();
        let base = places.iter().map(|place| place.base_row).max().unwrap_or(0) as usize + 1;
        let layout = Self { replicates, base, blocks, swapped, runs: places.len() };
        layout.complete(file, &places)?;
        layout.has_its_blocks(file)?;
        Ok(layout)
    }

    /// Whether every run is there once.
    fn complete(&self, file: &Source, places: &[Place]) -> Result<(), TableError> {
        let wanted = self.replicates.len() as u128 * self.blocks.len() as u128 * self.base as u128;
        let slot = |place: &Place| {
            let block = self.blocks.iter().position(|block| *block == place.block).unwrap_or_default();
            (
                (self.replicates[&place.replicate] * self.blocks.len() + block) as u64,
                u64::from(place.base_row),
            )
        };
        let says = |(block, row): (u64, u64)| {
            let (replicate, block) = (block as usize / self.blocks.len(), block as usize % self.blocks.len());
            let (number, _) = self.replicates.iter().nth(replicate).expect("a replicate");
            format!("replicate {number}, base_row {row}, {}", self.says(self.blocks[block]))
        };
        let mut order: Vec<(u64, u64, u32)> = Vec::new();
        if places.windows(2).any(|pair| slot(&pair[0]) >= slot(&pair[1])) || wanted != places.len() as u128 {
            order = places
                .iter()
                .enumerate()
                .map(|(row, place)| {
                    let (block, base_row) = slot(place);
                    (block, base_row, row as u32)
                })
                .collect();
            order.sort_unstable();
        }
        if let Some(pair) = order.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            return Err(file.wrong(format!(
                "rows {} and {} are the same run: {}; keep one of them",
                pair[0].2 + 1,
                pair[1].2 + 1,
                says((pair[0].0, pair[0].1))
            )));
        }
        if wanted != places.len() as u128 {
            let mut expected = (0_u64, 0_u64);
            for &(block, row, _) in &order {
                if (block, row) != expected {
                    break;
                }
                expected = if row + 1 < self.base as u64 { (block, row + 1) } else { (block + 1, 0) };
            }
            return Err(file.wrong(format!(
                "has {} rows, and its design has {wanted} (replicates {}, blocks {}, rows of a block {}); write all of them, the first that is missing is {}",
                places.len(),
                self.replicates.len(),
                self.blocks.len(),
                self.base,
                says(expected)
            )));
        }
        Ok(())
    }

    /// Whether there is what the other blocks are compared with, and BA of every group or of none.
    fn has_its_blocks(&self, file: &Source) -> Result<(), TableError> {
        if self.blocks[0] != Block::A {
            return Err(file
                .wrong("has no block A, with which the others are compared; write all rows of the design"));
        }
        let has = |block: Block| self.blocks.contains(&block);
        for group in 0..self.swapped.len() {
            let with_ba = (0..self.swapped.len()).any(|other| has(Block::Ba(other)));
            for block in [Block::Ab(group), Block::Ba(group)] {
                let is_wanted = matches!(block, Block::Ab(_)) || with_ba;
                if is_wanted && !has(block) {
                    return Err(file.wrong(format!(
                        "has no {}, and has such blocks of others; write all rows of the design",
                        self.says(block)
                    )));
                }
            }
            if has(Block::Ba(group)) && !has(Block::B) {
                return Err(file.wrong("has blocks BA and no block B; write all rows of the design"));
            }
        }
        Ok(())
    }

    fn says(&self, block: Block) -> String {
        let name = |group: usize| self.swapped[group].clone();
        match block {
            Block::A => "block A".to_owned(),
            Block::B => "block B".to_owned(),
            Block::Ab(group) => format!("block AB, swapped `{}`", name(group)),
            Block::Ba(group) => format!("block BA, swapped `{}`", name(group)),
        }
    }
}

impl Block {
    fn order(self) -> (usize, usize) {
        match self {
            Self::A => (0, 0),
            Self::B => (0, 1),
            Self::Ab(group) => (group + 1, 0),
            Self::Ba(group) => (group + 1, 1),
        }
    }

    fn of_order(order: (usize, usize)) -> Self {
        match order {
            (0, 0) => Self::A,
            (0, _) => Self::B,
            (group, 0) => Self::Ab(group - 1),
            (group, _) => Self::Ba(group - 1),
        }
    }

    fn renumbered(self, order: &[usize]) -> Self {
        match self {
            Self::Ab(group) => Self::Ab(order[group]),
            Self::Ba(group) => Self::Ba(order[group]),
            other => other,
        }
    }

    /// The group that comes from the other sample.
    pub fn swapped(self) -> Option<usize> {
        match self {
            Self::Ab(group) | Self::Ba(group) => Some(group),
            _ => None,
        }
    }
}

/// Names of groups as they come.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, usize>,
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.numbers.len();
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// For each number the place of its name among all.
    fn in_order(&self, heading: &Heading) -> Vec<usize> {
        let mut names: Vec<(usize, &String, usize)> = self
            .numbers
            .iter()
            .map(|(name, &number)| (heading.of(name).unwrap_or(usize::MAX), name, number))
            .collect();
        names.sort_unstable();
        let mut order = vec![0; names.len()];
        for (place, (.., number)) in names.iter().enumerate() {
            order[*number] = place;
        }
        order
    }
}

/// Where a run says that it stands.
#[derive(Clone, Copy)]
struct Place {
    replicate: u64,
    base_row: u32,
    block: Block,
}

impl Place {
    fn read(
        file: &Source,
        at: (u64, u64),
        record: &csv::StringRecord,
        own: [usize; 4],
        names: &mut Names,
    ) -> Result<Self, TableError> {
        let whole = |which: usize, most: u64| -> Result<u64, TableError> {
            let text = &record[own[which]];
            // Other programs write whole numbers as 3.0.
            let number = text.parse::<u64>().ok().or_else(|| {
                let number = text.parse::<f64>().ok()?;
                (number >= 0.0 && number.fract() == 0.0 && number < 9e15).then_some(number as u64)
            });
            number.filter(|number| *number < most).ok_or_else(|| {
                file.cell(
                    at,
                    OWN[which],
                    format!(
                        "`{text}` is not a whole number from 0 to {}; write the one of `ictus design`",
                        most - 1
                    ),
                )
            })
        };
        let (replicate, base_row) = (whole(0, 1 << 32)?, whole(1, 1 << 32)? as u32);
        let (word, swapped) = (&record[own[2]], &record[own[3]]);
        let is_none = swapped.is_empty() || swapped == "-1" || swapped.eq_ignore_ascii_case("nan");
        let block = match word {
            "A" | "B" if is_none => {
                if word == "A" {
                    Block::A
                } else {
                    Block::B
                }
            }
            "A" | "B" => {
                let what = format!(
                    "block {word} is a sample of its own, and `{swapped}` stands in `swapped`; leave the cell empty"
                );
                return Err(file.cell(at, OWN[3], what));
            }
            "AB" | "BA" if is_none => {
                let what =
                    format!("is empty, and block {word} has something from the other sample; write which");
                return Err(file.cell(at, OWN[3], what));
            }
            "AB" => Block::Ab(names.number(swapped)),
            "BA" => Block::Ba(names.number(swapped)),
            other => {
                let what = format!("`{other}` is not a block; write one of {}", KINDS.join(", "));
                return Err(file.cell(at, OWN[2], what));
            }
        };
        Ok(Self { replicate, base_row, block })
    }
}

/// Which columns are inputs and which are outputs.
struct Roles {
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

impl Roles {
    fn new(file: &Source, heading: &Heading, layout: &Layout, reading: &Reading) -> Result<Self, TableError> {
        let known = |name: &String| {
            heading.of(name).ok_or_else(|| {
                let near = crate::complaint::nearest(name, heading.names.iter().map(String::as_str));
                let remedy = near.map_or_else(
                    || format!("it has {}", heading.names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                file.wrong(format!("has no column `{name}`; {remedy}"))
            })
        };
        let is_own = |place: &usize| heading.own.is_some_and(|own| own.contains(place));
        for name in &reading.labels {
            known(name)?;
        }
        let named = reading.outputs.iter().map(known).collect::<Result<Vec<usize>, _>>()?;
        if let Some(at) = named.iter().find(|place| is_own(place)) {
            return Err(file.wrong(format!("`{}` identifies a run and is not an output", heading.names[*at])));
        }
        let by_name: Option<Vec<usize>> = layout.swapped.iter().map(|name| heading.of(name)).collect();
        let inputs: Vec<usize> = match (&reading.inputs, by_name) {
            (Some(inputs), _) => inputs.iter().map(known).collect::<Result<_, _>>()?,
            (None, Some(inputs)) if !inputs.is_empty() && named.is_empty() => inputs,
            _ if !named.is_empty() => {
                (0..heading.names.len()).filter(|place| !is_own(place) && !named.contains(place)).collect()
            }
            _ => {
                return Err(file.wrong(
                                        "does not determine which of its columns are outputs; name the study of the design, `ictus sense STUDY --table FILE`, or each output with --column",
                ));
            }
        };
        if let Some(&both) = inputs.iter().find(|input| named.contains(input)) {
            return Err(
                file.wrong(format!("`{}` is an input of the design and not an output", heading.names[both]))
            );
        }
        let others = (0..heading.names.len()).filter(|place| !is_own(place) && !inputs.contains(place));
        let outputs: Vec<usize> = if named.is_empty() { others.collect() } else { named };
        if inputs.is_empty() {
            return Err(file.wrong("has no column that varies by design; keep the columns of `ictus design`"));
        }
        if outputs.is_empty() {
            return Err(file.wrong("has no output; add a column with what came out of each run"));
        }
        Ok(Self { inputs, outputs })
    }
}

/// The second reading.
struct Filling<'a> {
    file: &'a Source,
    heading: &'a Heading,
    layout: &'a Layout,
    roles: &'a Roles,
    slots: HashMap<Block, usize>,
    groups: HashMap<String, usize>,
    kept: usize,
    inputs: Vec<Vec<f64>>,
    outputs: Vec<Option<Column>>,
    is_label: Vec<bool>,
    /// Of each group and input what its rows have shown: whether it comes from the other sample.
    moved: Vec<Vec<Option<bool>>>,
    /// Rows that came before those that they are compared with.
    waiting: Vec<(Place, (u64, u64), Vec<f64>)>,
}

impl<'a> Filling<'a> {
    fn new(
        file: &'a Source,
        heading: &'a Heading,
        layout: &'a Layout,
        roles: &'a Roles,
        reading: &Reading,
    ) -> Self {
        let is_paired = layout.blocks.get(1) == Some(&Block::B);
        let kept = if is_paired { 2 } else { layout.blocks.len() };
        let cells = layout.replicates.len() * kept * layout.base;
        let labels = |place: &usize| reading.labels.contains(&heading.names[*place]);
        Self {
            file,
            heading,
            layout,
            roles,
            slots: layout.blocks.iter().enumerate().map(|(at, block)| (*block, at)).collect(),
            groups: layout.swapped.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect(),
            kept,
            inputs: vec![vec![f64::NAN; cells]; roles.inputs.len()],
            outputs: vec![None; roles.outputs.len()],
            is_label: roles.outputs.iter().map(labels).collect(),
            moved: vec![vec![None; roles.inputs.len()]; layout.swapped.len()],
            waiting: Vec::new(),
        }
    }

    fn read(mut self) -> Result<Outcomes, TableError> {
        let (file, heading) = (self.file, self.heading);
        let mut names = Names { numbers: self.groups.clone() };
        let mut values = vec![0.0; self.roles.inputs.len()];
        file.each(heading.names.len(), |at, record| {
            let place = match heading.own {
                Some(own) => Place::read(file, at, record, own, &mut names)?,
                None => Place { replicate: 0, base_row: (at.0 - 1) as u32, block: Block::A },
            };
            for (value, &column) in values.iter_mut().zip(&self.roles.inputs) {
                *value = self.input(at, column, &record[column])?;
            }
            let (replicate, block) = (self.layout.replicates[&place.replicate], self.slots[&place.block]);
            if block < self.kept {
                let slot = (replicate * self.kept + block) * self.layout.base + place.base_row as usize;
                self.inputs.iter_mut().zip(&values).for_each(|(column, value)| column[slot] = *value);
            } else if !self.compared(place, at, &values)? {
                self.waiting.push((place, at, values.clone()));
            }
            let slot =
                (replicate * self.layout.blocks.len() + block) * self.layout.base + place.base_row as usize;
            self.outputs(at, record, slot)
        })?;
        for (place, at, values) in std::mem::take(&mut self.waiting) {
            self.compared(place, at, &values)?;
        }
        let groups = self.members()?;
        let name = |place: &usize| heading.names[*place].clone();
        let outputs = self.roles.outputs.iter().map(name).zip(self.outputs.into_iter().flatten());
        Ok(Outcomes {
            replicates: self.layout.replicates.len(),
            base: self.layout.base,
            blocks: self.layout.blocks.clone(),
            groups,
            inputs: self.roles.inputs.iter().map(name).zip(self.inputs).collect(),
            blocks_of_inputs: self.kept,
            outputs: outputs.collect(),
        })
    }

    fn input(&self, at: (u64, u64), column: usize, text: &str) -> Result<f64, TableError> {
        let what = match text.parse::<f64>() {
            Ok(value) if value.is_finite() => return Ok(value),
            Ok(_) => format!(
                "`{text}` is not a finite number, and inputs have one in every run; write the value of the design"
            ),
            Err(_) if text.is_empty() => "is empty; write the value of the design".to_owned(),
            Err(_) => format!("`{text}` is not a number; write the value of the design"),
        };
        Err(self.file.cell(at, &self.heading.names[column], what))
    }

    fn outputs(&mut self, at: (u64, u64), record: &csv::StringRecord, slot: usize) -> Result<(), TableError> {
        for (number, &column) in self.roles.outputs.iter().enumerate() {
            let text = &record[column];
            let value = number_of(text);
            let is_label = self.is_label[number];
            let values = self.outputs[number].get_or_insert_with(|| {
                if value.is_some() && !is_label {
                    Column::Numbers(vec![f64::NAN; self.layout.runs])
                } else {
                    Column::Labels(vec![0; self.layout.runs], Vec::new())
                }
            });
            let wrong = |what: String| Err(self.file.cell(at, &self.heading.names[column], what));
            match values {
                Column::Numbers(numbers) => match value {
                    Some(value) => numbers[slot] = if value.is_finite() { value } else { f64::NAN },
                    None => {
                        return wrong(format!(
                            "`{text}` is not a number, and the column begins with one; write a number, or nan where it is undefined"
                        ));
                    }
                },
                Column::Labels(..) if text.is_empty() => {
                    return wrong("is empty, and the column has labels; write one".to_owned());
                }
                Column::Labels(codes, names) => {
                    let code = match names.iter().position(|name| name == text) {
                        Some(code) => code,
                        None if names.len() < MOST_LABELS => {
                            names.push(text.to_owned());
                            names.len() - 1
                        }
                        None => {
                            return wrong(format!(
                                "`{text}` is the 256th label, and a column has at most {MOST_LABELS}; write fewer, or numbers"
                            ));
                        }
                    };
                    codes[slot] = code as u8;
                }
            }
        }
        Ok(())
    }

    /// Compares a row of AB or BA with those of A and B that it is made of; says whether both are there.
    fn compared(&mut self, place: Place, at: (u64, u64), values: &[f64]) -> Result<bool, TableError> {
        let replicate = self.layout.replicates[&place.replicate];
        let slot = |block: usize| (replicate * 2 + block) * self.layout.base + place.base_row as usize;
        if self.inputs[0][slot(0)].is_nan() || self.inputs[0][slot(1)].is_nan() {
            return Ok(false);
        }
        let (is_ab, group) = match place.block {
            Block::Ab(group) => (true, group),
            Block::Ba(group) => (false, group),
            _ => return Ok(true),
        };
        for (input, &value) in values.iter().enumerate() {
            let (a, b) = (self.inputs[input][slot(0)], self.inputs[input][slot(1)]);
            let (own, other) = if is_ab { (a, b) } else { (b, a) };
            let is_near = |one: f64, two: f64| (one - two).abs() <= ROUNDING * one.abs().max(two.abs());
            let (stays, moves) = (is_near(value, own), is_near(value, other));
            let seen = self.moved[group][input];
            if stays && moves {
                continue;
            }
            if (!stays && !moves) || seen.is_some_and(|seen| seen != moves) {
                let samples = if is_ab { ["A", "B"] } else { ["B", "A"] };
                let expected = match (seen, stays || moves) {
                    (Some(true), _) => format!("{other}, that of {}", samples[1]),
                    (Some(false), _) => format!("{own}, that of {}", samples[0]),
                    (None, _) => format!("{own}, that of {}, or {other}, that of {}", samples[0], samples[1]),
                };
                let what = format!(
                    "{value} does not fit {} of base_row {}, which has {expected}; the inputs and the columns that identify their rows are mixed up, write the table anew from the design",
                    self.layout.says(place.block),
                    place.base_row
                );
                return Err(self.file.cell(at, &self.heading.names[self.roles.inputs[input]], what));
            }
            self.moved[group][input] = Some(moves);
        }
        Ok(true)
    }

    /// The groups with their inputs.
    fn members(&self) -> Result<Vec<(String, Vec<usize>)>, TableError> {
        let name = |input: usize| &self.heading.names[self.roles.inputs[input]];
        let is_paired = self.kept == 2 && self.layout.blocks.get(1) == Some(&Block::B);
        if self.layout.swapped.is_empty() {
            return Ok((0..self.roles.inputs.len())
                .map(|input| (name(input).clone(), vec![input]))
                .collect());
        }
        let mut groups: Vec<(String, Vec<usize>)> =
            self.layout.swapped.iter().map(|name| (name.clone(), Vec::new())).collect();
        for input in 0..self.roles.inputs.len() {
            let of: Vec<usize> = if is_paired {
                (0..groups.len()).filter(|&group| self.moved[group][input] == Some(true)).collect()
            } else {
                self.moving(input)
            };
            if let [one, other, ..] = of[..] {
                return Err(self.file.wrong(format!(
                    "groups `{}` and `{}` overlap: both change `{}`; write a design whose groups share nothing",
                    groups[one].0,
                    groups[other].0,
                    name(input)
                )));
            }
            if let [one] = of[..] {
                groups[one].1.push(input);
            }
        }
        if let Some((name, _)) = groups.iter().find(|(_, members)| members.is_empty()) {
            return Err(self.file.wrong(format!(
                "no input changes where `{name}` is swapped; name the inputs by the study of the design, `ictus sense STUDY --table FILE`, or the outputs with --column"
            )));
        }
        // By their first columns, which is the order of the inputs.
        Ok(groups)
    }

    /// The groups whose move changes an input of trajectories: those after which it differs from what it was before, which is the point
    /// with one group fewer.
    fn moving(&self, input: usize) -> Vec<usize> {
        let (blocks, base) = (self.layout.blocks.len(), self.layout.base);
        let mut votes = vec![0_usize; self.layout.swapped.len()];
        for replicate in 0..self.layout.replicates.len() {
            for row in 0..base {
                let slot = |block: usize| (replicate * blocks + block) * base + row;
                let at = |block: usize, input: usize| self.inputs[input][slot(block)];
                let moved = |block: usize| {
                    (0..self.inputs.len()).filter(|&input| !same(at(block, input), at(0, input))).count()
                };
                let changed: Vec<usize> =
                    (1..blocks).filter(|&block| !same(at(block, input), at(0, input))).collect();
                let first = changed.into_iter().min_by_key(|&block| moved(block));
                if let Some(Block::Ab(group)) = first.map(|block| self.layout.blocks[block]) {
                    votes[group] += 1;
                }
            }
        }
        // Moves that change no value, as of a discrete input, may be taken for another group's.
        let most = votes.iter().copied().max().unwrap_or(0);
        (0..votes.len()).filter(|&group| votes[group] > 0 && 4 * votes[group] >= most).collect()
    }
}

/// Whether two inputs are the same number but for the last digits that other programs may lose.
pub fn same(one: f64, other: f64) -> bool {
    (one - other).abs() <= ROUNDING * one.abs().max(other.abs())
}

/// A number; NaN where a cell says that there is none; nothing of another text.
fn number_of(text: &str) -> Option<f64> {
    match text.parse::<f64>() {
        Ok(value) => Some(value),
        Err(_) if UNDEFINED.iter().any(|word| text.eq_ignore_ascii_case(word)) => Some(f64::NAN),
        Err(_) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(1.0),
            "false" => Some(0.0),
            _ => None,
        },
    }
}
