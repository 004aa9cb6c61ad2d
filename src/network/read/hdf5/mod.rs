//! A data set of an HDF5 file, as h5py, netCDF, Octave and MATLAB (`-v7.3`) write it: arrays of real numbers, plain or in chunks
//! that are compressed by deflate, and lists of labels beside them. The file is read here and by no library, since those that there
//! are follow a cyclic file without end. Knows no other data sets.

mod data;
mod objects;

use super::labels::LONGEST_LABEL;
use super::{Labelled, MOST_NODES, ReadError, WEIGHTS, checked, is_list_of_labels, named};
use data::{Data, Element};
use objects::File;

/// The most objects of a file that are looked at.
const MOST_OBJECTS: usize = 1000;

/// How deep groups are looked into.
const DEEPEST: usize = 4;

/// The attribute by which a group of Octave shows what it is: an array `value` beside its `type`.
const VALUE: &str = "value";

/// Whether bytes are a file of HDF5.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    objects::place(bytes).is_some()
}

fn wrong(reason: impl Into<String>) -> ReadError {
    ReadError::Hdf5 { reason: reason.into() }
}

/// Reads the array that is asked for, else the only square one, else `weights`; with the labels beside it.
pub(super) fn read(bytes: &[u8], array: Option<&str>) -> Result<Labelled, ReadError> {
    let arrays = arrays(File::open(bytes)?)?;
    let chosen = choose(&arrays, array)?;
    let of_array = |error| match error {
        ReadError::Hdf5 { reason } => wrong(format!("its data set `{}`: {reason}", chosen.name)),
        other => other,
    };
    let &[rows, columns] = &chosen.data.lengths[..] else {
        return Err(of_array(wrong("it has not two dimensions")));
    };
    if rows != columns {
        return Err(ReadError::NotSquare { rows, columns });
    }
    if rows > MOST_NODES {
        return Err(ReadError::Large { nodes: rows });
    }
    let mut entries = chosen.data.numbers().map_err(of_array)?;
    if chosen.has_columns_first {
        entries = (0..rows * columns).map(|at| entries[at % columns * rows + at / columns]).collect();
    }
    let matrix = checked(rows, columns, entries)?;
    let mut lists = Vec::new();
    for list in lists_beside(&arrays, chosen) {
        let labels = list.labels().map_err(|error| error.of_labels(&list.name))?;
        lists.push((list.name.clone(), labels));
    }
    named(Labelled { matrix, names: Vec::new() }, lists)
}

/// The lists of labels in the group of an array; where it has none, in the nearest group around it.
fn lists_beside<'v, 'a>(arrays: &'v [Array<'a>], chosen: &Array<'a>) -> Vec<&'v Array<'a>> {
    let mut group = chosen.group();
    loop {
        let is_beside = |list: &&Array<'a>| is_list_of_labels(list.stem()) && list.group() == group;
        let lists: Vec<&Array<'a>> =
            arrays.iter().filter(is_beside).filter(|list| list.name != chosen.name).collect();
        if !lists.is_empty() || group.is_empty() {
            return lists;
        }
        let around = group[..group.len() - 1].rfind('/').map_or(0, |at| at + 1);
        group = &group[..around];
    }
}

/// A data set of a file.
#[derive(Debug)]
struct Array<'a> {
    file: File<'a>,
    /// With the groups it is in.
    name: String,
    data: Data<'a>,
    /// Whether it is stored column after column, since its author counts so.
    has_columns_first: bool,
    /// In Octave's way: the texts of the cells of a list.
    cells: Option<Vec<Data<'a>>>,
}

impl Array<'_> {
    /// Its name without groups.
    fn stem(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The groups it is in, with the stroke at their end.
    fn group(&self) -> &str {
        self.name.rfind('/').map_or("", |at| &self.name[..=at])
    }

    fn is_square(&self) -> bool {
        matches!(self.data.lengths[..], [rows, columns] if rows == columns && (1..=MOST_NODES).contains(&rows))
            && matches!(self.data.element, Element::Number(_))
    }

    /// The texts of a list of labels.
    fn labels(&self) -> Result<Vec<String>, ReadError> {
        if let Some(cells) = &self.cells {
            return cells.iter().map(Data::letters).collect();
        }
        let long = self.data.lengths.iter().copied().max().unwrap_or(0);
        let is_list = self.data.lengths.iter().filter(|&&length| length != 1).count() <= 1;
        if long > MOST_NODES {
            return Err(wrong("it is not a list of texts"));
        }
        match (self.data.element, &self.data.lengths[..]) {
            (Element::Reference, _) if is_list => {
                let texts = self.data.references()?.into_iter().map(|address| {
                    let data = Data::of(self.file, &self.file.messages(address)?)?;
                    data.ok_or_else(|| wrong("there are cells that are not texts"))?.letters()
                });
                texts.collect()
            }
            // Rows of letters, column after column.
            (Element::Number(_), &[columns, rows]) if self.has_columns_first && !is_list => {
                if columns > LONGEST_LABEL {
                    return Err(wrong("it is not a list of texts"));
                }
                let units = self.data.numbers()?;
                let letter = |unit: f64| char::from_u32(unit as u32).unwrap_or('?');
                let row = |row: usize| {
                    (0..columns).map(|column| letter(units[column * rows + row])).collect::<String>()
                };
                Ok((0..rows).map(|at| row(at).trim().to_owned()).collect())
            }
            _ if is_list => self.data.texts(),
            _ => Err(wrong("it is not a list of texts")),
        }
    }
}

/// All data sets of a file. Each object is looked at once: groups may hold each other.
fn arrays(file: File<'_>) -> Result<Vec<Array<'_>>, ReadError> {
    let mut arrays = Vec::new();
    let mut seen = vec![file.root];
    let mut groups = vec![(String::new(), file.root, 0)];
    while let Some((path, address, depth)) = groups.pop() {
        let messages = file.messages(address)?;
        let mut members = file.members(&messages)?;
        // Whatever the order in a file, a message offers names in one.
        members.sort_by(|one, other| other.name.cmp(&one.name));
        for member in members {
            // What MATLAB's cells refer to has no names of its own.
            if seen.contains(&member.address) || member.name == "#refs#" || member.name == "#subsystem#" {
                continue;
            }
            if seen.len() == MOST_OBJECTS {
                return Err(wrong(format!("it has more than {MOST_OBJECTS} data sets and groups")));
            }
            seen.push(member.address);
            let name = format!("{path}{}", member.name);
            let messages = file.messages(member.address)?;
            if let Some(data) = Data::of(file, &messages)? {
                let has_columns_first = data.is_of_matlab;
                arrays.push(Array { file, name, data, has_columns_first, cells: None });
            } else if let Some(array) = of_octave(file, &name, &messages)? {
                arrays.push(array);
            } else if depth < DEEPEST {
                groups.push((format!("{name}/"), member.address, depth + 1));
            }
        }
    }
    arrays.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(arrays)
}

/// A variable of Octave: a group with its `type` and its `value`, which is a data set, or a group of cells.
fn of_octave<'a>(
    file: File<'a>,
    name: &str,
    messages: &[objects::Message<'a>],
) -> Result<Option<Array<'a>>, ReadError> {
    let members = file.members(messages)?;
    let member = |members: &[objects::Member], name: &str| {
        members.iter().find(|member| member.name == name).map(|member| member.address)
    };
    let (Some(_), Some(value), 2) = (member(&members, "type"), member(&members, VALUE), members.len()) else {
        return Ok(None);
    };
    let messages = file.messages(value)?;
    let name = name.to_owned();
    if let Some(data) = Data::of(file, &messages)? {
        return Ok(Some(Array { file, name, data, has_columns_first: true, cells: None }));
    }
    let inner = file.members(&messages)?;
    let Some(lengths) = member(&inner, "dims") else { return Ok(None) };
    let Some(data) = Data::of(file, &file.messages(lengths)?)? else { return Ok(None) };
    let mut cells = Vec::new();
    for number in 0..inner.len().saturating_sub(1).min(MOST_NODES) {
        let Some(cell) = member(&inner, &format!("_{number}")) else { return Ok(None) };
        let messages = file.messages(cell)?;
        let Some(text) = member(&file.members(&messages)?, VALUE) else { return Ok(None) };
        let Some(text) = Data::of(file, &file.messages(text)?)? else { return Ok(None) };
        cells.push(text);
    }
    Ok(Some(Array { file, name, data, has_columns_first: true, cells: Some(cells) }))
}

fn choose<'v, 'a>(arrays: &'v [Array<'a>], array: Option<&str>) -> Result<&'v Array<'a>, ReadError> {
    let square: Vec<&Array<'a>> = arrays.iter().filter(|array| array.is_square()).collect();
    let which = |message: String| {
        let known: Vec<String> = square.iter().take(20).map(|array| format!("`{}`", array.name)).collect();
        if known.is_empty() {
            return Err(wrong(format!("it {message}, and no square array of numbers")));
        }
        Err(ReadError::Which { message, known: known.join(", ") })
    };
    if let Some(wanted) = array {
        let wanted = wanted.trim_matches('/');
        let whole = arrays.iter().find(|array| array.name == wanted);
        let by_stem: Vec<&Array<'a>> = arrays.iter().filter(|array| array.stem() == wanted).collect();
        return match (whole, &by_stem[..]) {
            (Some(array), _) => Ok(array),
            (None, [only]) => Ok(only),
            (None, []) => which(format!("has no data set `{wanted}`")),
            (None, several) => which(format!("has {} data sets `{wanted}`", several.len())),
        };
    }
    let weights: Vec<&Array<'a>> = square.iter().copied().filter(|array| array.stem() == WEIGHTS).collect();
    match (&square[..], &weights[..]) {
        ([only], _) | (_, [only]) => Ok(only),
        _ => which(format!("has {} data sets, none of them `{WEIGHTS}`", arrays.len())),
    }
}
