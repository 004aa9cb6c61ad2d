//! A file of the points of a design, as CSV or NetCDF: where each stands and what its inputs are. Knows how they are stored and not
//! how they are made.
//!
//! # The format
//! CSV: a heading, then one line a run: `replicate`, `base_row`, `block` (a word), `swapped` (the name of what comes from the other
//! sample, or nothing), and the inputs by name. NetCDF-4 classic model: the same as variables along the dimension `sample`; `block` is
//! a flag, `swapped` a place in the words of its attribute `inputs`, or -1.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::container::{Attribute, ContainerWriter, Storage, Values, Variable};
use super::{StoreError, aside, text};
use crate::table::{Quantity, Table};

/// So many runs are made and written at once.
const RUNS_AT_ONCE: u64 = 1 << 16;
/// Bytes of a heading, at most.
const MOST_OF_A_HEADING: u64 = 1 << 20;

/// What a file says besides its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    /// One line.
    pub title: String,
    /// Further attributes of a NetCDF file.
    pub attributes: Vec<(String, String)>,
    /// What varies, with its distribution in words.
    pub inputs: Vec<(Quantity, String)>,
    /// The words for kinds of blocks.
    pub blocks: Vec<String>,
    /// The names of what can come from the other sample.
    pub swapped: Vec<String>,
    /// How many runs there are.
    pub runs: u64,
}

/// Some runs, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// Their replicates.
    pub replicates: Vec<i32>,
    /// Their rows in their blocks.
    pub base_rows: Vec<u32>,
    /// Places in the heading's `blocks`.
    pub blocks: Vec<u8>,
    /// Places in the heading's `swapped`; -1 for none.
    pub swapped: Vec<i32>,
    /// The values of the inputs, `[input][run]`.
    pub values: Table,
}

/// The columns that say where a run stands.
const OWN: [&str; 4] = ["replicate", "base_row", "block", "swapped"];

/// Whether a table of these columns, or a NetCDF file, can be put at a place.
///
/// # Errors
/// When something else than a design is there, or there is no folder for it.
pub fn check(path: &Path, heading: &Heading, is_csv: bool) -> Result<(), StoreError> {
    if !is_csv {
        // Maps have the same columns, and the status of every run.
        return aside::check_over(path, "design", |file| file.has(&OWN) && !file.has(&["status"]));
    }
    aside::check(path)?;
    let Ok(file) = File::open(path) else { return Ok(()) };
    let inputs = heading.inputs.iter().map(|(quantity, _)| quantity.name.as_str());
    let columns: Vec<&str> = OWN.into_iter().chain(inputs).collect();
    let mut reader = csv::Reader::from_reader(file.take(MOST_OF_A_HEADING));
    // With further columns it holds what somebody has computed at the points.
    let is_own = reader.headers().is_ok_and(|own| own.iter().eq(columns));
    if is_own { Ok(()) } else { Err(aside::taken(path, "design of these inputs alone")) }
}

/// Gives the runs `first .. first + count`.
pub type MakeRuns<'a> = dyn FnMut(u64, usize) -> Runs + 'a;

/// Writes a CSV file beside its place, syncs it and renames it. Numbers are written with the digits that give them back.
///
/// # Errors
/// When the disk refuses.
pub fn write_csv(heading: &Heading, path: &Path, make: &mut MakeRuns<'_>) -> Result<(), StoreError> {
    let wrong = |error: csv::Error| {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            other => std::io::Error::other(format!("{other:?}")),
        };
        StoreError::io("write", path)(source)
    };
    let fill = |beside: &Path| {
        let mut file = csv::Writer::from_path(beside).map_err(wrong)?;
        let inputs = heading.inputs.iter().map(|(quantity, _)| quantity.name.as_str());
        file.write_record(OWN.into_iter().chain(inputs)).map_err(wrong)?;
        for (first, count) in pieces(heading.runs) {
            let runs = make(first, count);
            for run in 0..count {
                file.write_field(runs.replicates[run].to_string()).map_err(wrong)?;
                file.write_field(runs.base_rows[run].to_string()).map_err(wrong)?;
                file.write_field(&heading.blocks[usize::from(runs.blocks[run])]).map_err(wrong)?;
                let swapped = usize::try_from(runs.swapped[run]).ok();
                file.write_field(swapped.map_or("", |place| &heading.swapped[place])).map_err(wrong)?;
                for column in runs.values.columns() {
                    file.write_field(format!("{:?}", column[run])).map_err(wrong)?;
                }
                file.write_record(None::<&[u8]>).map_err(wrong)?;
            }
        }
        file.flush().map_err(StoreError::io("write", path))?;
        Ok(Some(()))
    };
    aside::replace(path, fill).map(|_| ())
}

/// Writes a NetCDF file beside its place, syncs it and renames it.
///
/// # Errors
/// When the disk or the library refuses.
///
/// # Panics
/// When there are more than 127 words for blocks.
pub fn write_netcdf(heading: &Heading, path: &Path, make: &mut MakeRuns<'_>) -> Result<(), StoreError> {
    aside::replace(path, |beside| fill_netcdf(heading, beside, make).map(Some)).map(|_| ())
}

/// Runs in pieces: the first and how many.
fn pieces(runs: u64) -> impl Iterator<Item = (u64, usize)> {
    let starts = (0..runs.div_ceil(RUNS_AT_ONCE)).map(|piece| piece * RUNS_AT_ONCE);
    starts.map(move |first| (first, RUNS_AT_ONCE.min(runs - first) as usize))
}

fn fill_netcdf(heading: &Heading, path: &Path, make: &mut MakeRuns<'_>) -> Result<(), StoreError> {
    let mut file = ContainerWriter::create(path)?;
    file.attribute("Conventions", &"CF-1.11 ACDD-1.3".into())?;
    file.attribute("title", &heading.title.as_str().into())?;
    for (name, text) in &heading.attributes {
        file.attribute(name, &text.as_str().into())?;
    }
    file.dimension("sample", heading.runs)?;
    let words = heading.swapped.join(" ");
    // An index of more than 31 bits is exact as a double.
    let own = [
        (OWN[0], Storage::Int, "number of the replicate", Vec::new()),
        (OWN[1], Storage::Double, "row in its block, or number of the trajectory", Vec::new()),
        (OWN[2], Storage::Byte, "sample that the row is of", text::flags(&heading.blocks).into()),
        (
            OWN[3],
            Storage::Int,
            "which of `inputs` comes from the other sample; -1 for none",
            vec![("inputs".to_owned(), Attribute::from(words.as_str()))],
        ),
    ];
    let chunk = [heading.runs.clamp(1, RUNS_AT_ONCE)];
    for (name, storage, meaning, further) in own {
        let mut attributes: Vec<(String, Attribute)> = vec![("long_name".into(), meaning.into())];
        attributes.extend(further);
        if storage != Storage::Byte {
            attributes.push(("units".into(), "1".into()));
        }
        let (may_be_undefined, dimensions, chunk) = (false, ["sample"].as_slice(), Some(chunk.as_slice()));
        file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk, attributes })?;
    }
    let mut names: Vec<String> = Vec::new();
    for (quantity, distribution) in &heading.inputs {
        let mut name = text::variable(&quantity.name);
        while OWN
            .iter()
            .copied()
            .chain(names.iter().map(String::as_str))
            .any(|other| other.eq_ignore_ascii_case(&name))
        {
            name.push('_');
        }
        let meaning = if quantity.meaning.is_empty() { &quantity.name } else { &quantity.meaning };
        let mut attributes: Vec<(String, Attribute)> = vec![
            ("long_name".into(), meaning.as_str().into()),
            ("role".into(), "input".into()),
            ("distribution".into(), distribution.as_str().into()),
            ("units".into(), quantity.unit.as_str().into()),
        ];
        if quantity.name != name {
            attributes.push(("quantity".into(), quantity.name.as_str().into()));
        }
        let (storage, may_be_undefined) = (Storage::Double, false);
        let (dimensions, chunk) = (["sample"].as_slice(), Some(chunk.as_slice()));
        file.variable(&Variable { name: &name, storage, may_be_undefined, dimensions, chunk, attributes })?;
        names.push(name);
    }
    file.end_definitions()?;
    for (first, count) in pieces(heading.runs) {
        let runs = make(first, count);
        let (start, count) = ([first], [count as u64]);
        let rows: Vec<f64> = runs.base_rows.iter().map(|&row| f64::from(row)).collect();
        let blocks: Vec<i8> = runs.blocks.iter().map(|block| block.cast_signed()).collect();
        file.put(OWN[0], &start, &count, Values::Ints(&runs.replicates))?;
        file.put(OWN[1], &start, &count, Values::Doubles(&rows))?;
        file.put(OWN[2], &start, &count, Values::Bytes(&blocks))?;
        file.put(OWN[3], &start, &count, Values::Ints(&runs.swapped))?;
        for (name, column) in names.iter().zip(runs.values.columns()) {
            file.put(name, &start, &count, Values::Doubles(column))?;
        }
    }
    file.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Container;

    fn heading(runs: u64) -> Heading {
        Heading {
            title: "a test".into(),
            attributes: vec![("model_name".into(), "decay".into())],
            inputs: vec![
                (Quantity::real("init.x", "mV", "initial value of x"), "uniform = [0.0, 1.0]".into()),
                (Quantity::real("Block", "1", ""), "normal = [0.0, 1.0]".into()),
            ],
            blocks: ["A", "AB"].map(str::to_owned).into(),
            swapped: ["init.x", "Block"].map(str::to_owned).into(),
            runs,
        }
    }

    fn make(first: u64, count: usize) -> Runs {
        let all = || first..first + count as u64;
        let column = |factor: f64| all().map(|run| factor * run as f64).collect();
        Runs {
            replicates: all().map(|run| (run % 3) as i32).collect(),
            base_rows: all().map(|run| u32::MAX - run as u32).collect(),
            blocks: all().map(|run| (run % 2) as u8).collect(),
            swapped: all().map(|run| (run % 3) as i32 - 1).collect(),
            values: Table::from_columns(vec![column(0.1), column(1e-300)]),
        }
    }

    #[test]
    fn a_table_has_a_heading_and_numbers_that_come_back_bit_for_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("design.csv");
        write_csv(&heading(70_000), &path, &mut make).expect("a file");
        let text = std::fs::read_to_string(&path).expect("a file");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 70_001);
        assert_eq!(lines[0], "replicate,base_row,block,swapped,init.x,Block");
        assert_eq!(lines[1], "0,4294967295,A,,0.0,0.0");
        assert_eq!(lines[4], "0,4294967292,AB,,0.30000000000000004,3e-300");
        assert_eq!(lines[3], "2,4294967293,A,Block,0.2,2e-300");
        let last: f64 = lines[70_000].split(',').nth(4).expect("a column").parse().expect("a number");
        assert_eq!(last.to_bits(), (0.1 * 69_999.0_f64).to_bits());
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            1,
            "nothing half written is left"
        );
    }

    #[test]
    fn a_netcdf_file_holds_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("design.nc");
        write_netcdf(&heading(70_000), &path, &mut make).expect("a file");
        let file = Container::open(&path).expect("a file");
        assert_eq!(file.variables(), ["replicate", "base_row", "block", "swapped", "init_x", "Block_"]);
        assert_eq!(file.dimensions("Block_").expect("there"), [("sample".to_owned(), 70_000)]);
        let at = |name: &str| file.doubles(name, &[69_998], &[2]).expect("values");
        let wanted = make(69_998, 2);
        assert_eq!(at("init_x"), wanted.values.column(0));
        assert_eq!(at("base_row"), wanted.base_rows.iter().map(|&row| f64::from(row)).collect::<Vec<_>>());
        assert_eq!(at("swapped"), wanted.swapped.iter().map(|&place| f64::from(place)).collect::<Vec<_>>());
        let attributes = file.attributes_of("init_x").expect("there");
        assert!(attributes.contains(&("quantity".to_owned(), "init.x".into())), "{attributes:?}");
        assert!(attributes.contains(&("distribution".to_owned(), "uniform = [0.0, 1.0]".into())));
    }
}
