//! A NetCDF file of variables along one dimension as rows of texts, as a table of commas has them: so whoever reads tables reads both. Knows
//! nothing of what the columns mean, but for the flags and names by which `ictus design` says where a run stands.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::StoreError;
use super::container::{Attribute, Container, Packing, Storage};
use super::text;

/// So many rows are read at once.
const ROWS_AT_ONCE: u64 = 1 << 16;
/// The attribute of a column whose numbers are places among names, as `swapped` has it.
const INPUTS: &str = "inputs";

/// Whether a file begins as NetCDF files do.
pub fn is_netcdf(path: &Path) -> bool {
    let mut first = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(4).read_to_end(&mut first));
    opened.is_ok() && (first.starts_with(b"\x89HDF") || first.starts_with(b"CDF"))
}

/// How the values of a column become texts.
enum Texts {
    /// With the digits that give them back; what is missing is empty.
    Numbers(Packing),
    /// By a list of words; what is not in it is empty.
    Words(Vec<String>),
    /// As they are.
    Own,
}

/// A column.
struct Column {
    name: String,
    variable: String,
    texts: Texts,
}

/// The rows of a file.
pub(super) struct Rows {
    file: Container,
    columns: Vec<Column>,
    /// The names of variables that are not columns, since they lie along other dimensions.
    left_out: Vec<String>,
    length: u64,
}

impl Rows {
    /// Opens a file, whose rows lie along the dimension that most of its variables have alone.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = Container::open(path)?;
        let unfit = |reason: &str| StoreError::NotAMap { path: path.to_owned(), reason: reason.to_owned() };
        let mut counts: Vec<(String, u64, usize)> = Vec::new();
        let variables = file.variables();
        for variable in &variables {
            if let [(name, length)] = &file.dimensions(variable)?[..] {
                match counts.iter_mut().find(|(known, ..)| known == name) {
                    Some((.., count)) => *count += 1,
                    None => counts.push((name.clone(), *length, 1)),
                }
            }
        }
        let (dimension, length, _) = counts
            .into_iter()
            .rev()
            .max_by_key(|(.., count)| *count)
            .ok_or_else(|| unfit("it has no variables along one dimension; write a column a variable"))?;
        let (mut columns, mut left_out) = (Vec::new(), Vec::new());
        for variable in variables {
            let dimensions = file.dimensions(&variable)?;
            let is_along = dimensions.first().is_some_and(|(name, _)| *name == dimension);
            let is_text = file.is_of_texts(&variable)?;
            // The coordinate of the rows numbers them.
            if variable == dimension {
                continue;
            }
            if !is_along || dimensions.len() > if is_text { 2 } else { 1 } {
                left_out.push(variable);
                continue;
            }
            let attributes = file.attributes_of(&variable)?;
            let said = |key: &str| {
                attributes.iter().find_map(|(name, value)| match value {
                    Attribute::Text(text) if name == key => Some(text.clone()),
                    _ => None,
                })
            };
            let texts = match said("flag_meanings") {
                _ if is_text => Texts::Own,
                Some(words) => Texts::Words(words.split_whitespace().map(str::to_owned).collect()),
                None => match said(INPUTS) {
                    Some(names) => Texts::Words(names.split_whitespace().map(str::to_owned).collect()),
                    None => Texts::Numbers(file.packing(&variable)?),
                },
            };
            columns.push(Column {
                name: said("quantity").unwrap_or_else(|| variable.clone()),
                variable,
                texts,
            });
        }
        Ok(Self { file, columns, left_out, length })
    }

    /// The names of variables that are not columns.
    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Calls with every row, from 0 on, and the texts of its cells.
    pub(super) fn each<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(u64, &csv::StringRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first = 0;
        let mut record = csv::StringRecord::new();
        while first < self.length {
            let count = ROWS_AT_ONCE.min(self.length - first);
            let cells: Vec<Vec<String>> = self
                .columns
                .iter()
                .map(|column| self.texts(column, first, count))
                .collect::<Result<_, _>>()?;
            for row in 0..count {
                record.clear();
                for column in &cells {
                    record.push_field(&column[row as usize]);
                }
                visit(first + row, &record)?;
            }
            first += count;
        }
        Ok(())
    }

    fn texts(&self, column: &Column, first: u64, count: u64) -> Result<Vec<String>, StoreError> {
        if matches!(column.texts, Texts::Own) {
            return self.file.texts_of(&column.variable, first, count);
        }
        let numbers = self.file.doubles(&column.variable, &[first], &[count])?;
        let value = |stored: f64| match &column.texts {
            Texts::Numbers(packing) => packing.value(stored),
            _ => stored,
        };
        let text = |number: f64| match &column.texts {
            Texts::Words(words) => {
                let is_place = number >= 0.0 && number.fract() == 0.0;
                is_place.then(|| words.get(number as usize).cloned()).flatten().unwrap_or_default()
            }
            _ if number.is_nan() => String::new(),
            _ if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
            _ => format!("{number:?}"),
        };
        Ok(numbers.into_iter().map(value).map(text).collect())
    }
}

/// What is wrong with names above columns that no table of commas with a heading has, and what to do.
pub(super) fn fault_of_heading(names: &[String]) -> Option<String> {
    let separators = [(';', "`;`"), ('\t', "tabs"), ('|', "`|`")];
    if let [only] = names
        && let Some((_, told)) = separators.into_iter().find(|(own, _)| only.contains(*own))
    {
        return Some(format!(
            "has columns that are separated by {told}; separate them by commas, with points in the numbers"
        ));
    }
    let is_number = |name: &String| name.parse::<f64>().is_ok();
    (!names.is_empty() && names.iter().all(is_number)).then(|| {
        format!(
            "has the numbers {} where the names of its columns should be; write a header above them",
            names.join(", ")
        )
    })
}

/// A file of points as a table of commas.
///
/// # Errors
/// When the file cannot be read, or has no variables along one dimension.
pub fn csv_of_netcdf(path: &Path) -> Result<Vec<u8>, StoreError> {
    let rows = Rows::open(path)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |error: &dyn std::fmt::Display| StoreError::NotAMap {
        path: path.to_owned(),
        reason: format!("it cannot be written as a table ({error})"),
    };
    writer.write_record(rows.names()).map_err(|error| wrong(&error))?;
    rows.each(|_, record| writer.write_record(record).map_err(|error| wrong(&error)))?;
    writer.into_inner().map_err(|error| wrong(&error))
}

impl Container {
    /// Whether a variable holds texts: letters along its last dimension, or strings.
    fn is_of_texts(&self, variable: &str) -> Result<bool, StoreError> {
        Ok(self.storage(variable)? == Some(Storage::Letter) || self.is_of_strings(variable)?)
    }

    /// Some texts of a variable.
    fn texts_of(&self, variable: &str, first: u64, count: u64) -> Result<Vec<String>, StoreError> {
        if self.is_of_strings(variable)? {
            return self.strings(variable, first, count);
        }
        text::read_some(self, variable, first, count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::container::{ContainerWriter, Values, Variable};
    use super::*;

    #[test]
    fn missing_and_packed_numbers_are_what_they_stand_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("packed.nc");
        let mut file = ContainerWriter::create(&path).expect("a file");
        file.dimension("row", 3).expect("a dimension");
        file.dimension("other", 2).expect("a dimension");
        let number = |name: &str, value: f64| (name.to_owned(), Attribute::Doubles(vec![value]));
        let packed =
            vec![number("scale_factor", 0.5), number("add_offset", 100.0), number("missing_value", -9.0)];
        let unsigned = vec![("_Unsigned".to_owned(), Attribute::from("true"))];
        for (name, storage, dimension, attributes) in [
            ("p", Storage::Int, "row", packed),
            ("q", Storage::Byte, "row", unsigned),
            ("r", Storage::Double, "row", vec![number("missing_value", -999.0)]),
            ("elsewhere", Storage::Double, "other", Vec::new()),
        ] {
            let (may_be_undefined, dimensions, chunk) = (false, &[dimension][..], None);
            let own = Variable { name, storage, may_be_undefined, dimensions, chunk, attributes };
            file.variable(&own).expect("a variable");
        }
        file.end_definitions().expect("an end");
        file.put("p", &[0], &[3], Values::Ints(&[40, -9, 1])).expect("numbers");
        file.put("q", &[0], &[3], Values::Bytes(&[1, -1, -128])).expect("numbers");
        // The last one is what the library fills in where nothing was written.
        file.put("r", &[0], &[3], Values::Doubles(&[-999.0, -0.0, 9.969_209_968_386_869e36]))
            .expect("numbers");
        file.close().expect("a file");
        let rows = Rows::open(&path).expect("a table");
        assert_eq!(rows.left_out(), ["elsewhere"]);
        let text = String::from_utf8(csv_of_netcdf(&path).expect("a table")).expect("text");
        assert_eq!(text, "p,q,r\n120,1,\n,255,-0\n100.5,128,\n");
    }

    #[test]
    fn columns_of_numbers_flags_and_texts_become_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.nc");
        let mut file = ContainerWriter::create(&path).expect("a file");
        file.dimension("row", 3).expect("a dimension");
        let labels = ["low", "", "spike_wave"].map(str::to_owned);
        text::define(&mut file, "label", "row", &labels, Vec::new()).expect("labels");
        let words: Vec<(String, Attribute)> = text::flags(&["A", "AB"].map(str::to_owned)).into();
        let quantity = vec![("quantity".to_owned(), Attribute::from("init.x"))];
        for (name, storage, attributes) in [
            ("block", Storage::Byte, words),
            ("swapped", Storage::Int, vec![(INPUTS.to_owned(), Attribute::from("A init.x"))]),
            ("init_x", Storage::Double, quantity),
        ] {
            let (may_be_undefined, dimensions, chunk) = (false, &["row"], None);
            let own = Variable { name, storage, may_be_undefined, dimensions, chunk, attributes };
            file.variable(&own).expect("a variable");
        }
        file.end_definitions().expect("an end");
        text::put(&mut file, "label", &labels).expect("labels");
        file.put("block", &[0], &[3], Values::Bytes(&[0, 1, 1])).expect("flags");
        file.put("swapped", &[0], &[3], Values::Ints(&[-1, 0, 1])).expect("places");
        file.put("init_x", &[0], &[3], Values::Doubles(&[0.1, -3.0, f64::NAN])).expect("numbers");
        file.close().expect("a file");
        assert!(is_netcdf(&path));
        let text = String::from_utf8(csv_of_netcdf(&path).expect("a table")).expect("text");
        assert_eq!(text, "label,block,swapped,init.x\nlow,A,,0.1\n,AB,A,-3\nspike_wave,AB,init.x,\n");
    }
}
