//! A file of sensitivity indices beside a map. Knows how they are stored and not how they are computed.
//!
//! # The format
//! NetCDF-4 classic model, CF-1.11. Dimensions `output`, `input` and `input_2`, the last two of the same names; their coordinates are
//! the names, in letters. `distribution` says of each input how it varies. All numbers are doubles, NaN where undefined. Where indices were
//! computed at every point of other axes, these are the first dimensions of every number, with their coordinates: doubles, or names.

use std::path::Path;

use super::container::{Attribute, Container, ContainerWriter, Storage, Values, Variable};
use super::{StoreError, aside, text};
use crate::table::Quantity;

/// The dimension of outputs.
pub const OUTPUT: &str = "output";
/// The dimension of inputs.
pub const INPUT: &str = "input";
/// The dimension of the second input of a pair.
pub const INPUT_2: &str = "input_2";
/// How each input varies.
const DISTRIBUTION: &str = "distribution";
/// How the indices of an output were computed.
const ESTIMATOR: &str = "estimator";

/// Numbers over some of the dimensions, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// The dimensions, in order.
    pub dimensions: Vec<String>,
    /// The values; NaN is undefined.
    pub values: Vec<f64>,
}

/// An axis at each of whose values there are indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Along {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// Its values.
    pub values: Vec<f64>,
    /// The names of its values, where they have names.
    pub labels: Vec<String>,
}

/// All of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Indices {
    /// One line.
    pub title: String,
    /// The axes of the places at which there are indices, in order; none where there is one place.
    pub along: Vec<Along>,
    /// The outputs.
    pub outputs: Vec<String>,
    /// The inputs.
    pub inputs: Vec<String>,
    /// How each input varies, in words.
    pub distributions: Vec<String>,
    /// The estimator of each output, at each place, as a place in the list of their names.
    pub estimators: (Vec<u8>, Vec<String>),
    /// The numbers.
    pub numbers: Vec<Numbers>,
    /// Further attributes of the file.
    pub attributes: Vec<(String, String)>,
}

impl Indices {
    /// The numbers of a name over the last dimensions at a place of the first ones; nothing where there are none.
    pub fn at(&self, name: &str, place: usize) -> Option<&[f64]> {
        let numbers = self.numbers.iter().find(|own| own.quantity.name == name)?;
        let places: usize = self.along.iter().map(|own| own.values.len()).product();
        let each = numbers.values.len() / places.max(1);
        numbers.values.get(place * each..(place + 1) * each)
    }
}

/// Whether indices can be put at a place.
///
/// # Errors
/// When something else than a file of indices is there, or there is no folder for it.
pub fn check(path: &Path) -> Result<(), StoreError> {
    aside::check_over(path, "indices", |file| file.has(&[OUTPUT, INPUT, ESTIMATOR]))
}

/// Writes a file beside its place, syncs it and renames it.
///
/// # Errors
/// When the disk or the library refuses.
pub fn write(indices: &Indices, path: &Path) -> Result<(), StoreError> {
    aside::replace(path, |beside| fill(indices, beside).map(Some)).map(|_| ())
}

fn fill(indices: &Indices, path: &Path) -> Result<(), StoreError> {
    let mut file = ContainerWriter::create(path)?;
    file.attribute("Conventions", &"CF-1.11 ACDD-1.3".into())?;
    file.attribute("title", &indices.title.as_str().into())?;
    for (name, text) in &indices.attributes {
        file.attribute(name, &text.as_str().into())?;
    }
    let names = names_along(indices);
    let coordinates = [
        (OUTPUT, "what depends", &indices.outputs),
        (INPUT, "the parameter that varies", &indices.inputs),
        (INPUT_2, "the second parameter of a pair", &indices.inputs),
    ];
    for (name, own) in names.iter().zip(&indices.along) {
        file.dimension(name, own.values.len() as u64)?;
        if own.labels.is_empty() {
            number(&mut file, name, &[name], &own.quantity, false)?;
        } else {
            text::define(&mut file, name, name, &own.labels, meaning(&own.quantity.meaning))?;
        }
    }
    for (name, what, texts) in coordinates {
        file.dimension(name, texts.len() as u64)?;
        text::define(&mut file, name, name, texts, meaning(what))?;
    }
    text::define(
        &mut file,
        DISTRIBUTION,
        INPUT,
        &indices.distributions,
        meaning("how the parameter varies, in its unit"),
    )?;
    let all = |dimensions: &[String]| -> Vec<String> { names.iter().chain(dimensions).cloned().collect() };
    let dimensions = all(&[OUTPUT.to_owned()]);
    let mut attributes = meaning("how the indices were computed");
    attributes.extend(text::flags(&indices.estimators.1));
    file.variable(&Variable {
        name: ESTIMATOR,
        storage: Storage::Byte,
        may_be_undefined: false,
        dimensions: &dimensions.iter().map(String::as_str).collect::<Vec<_>>(),
        chunk: None,
        attributes,
    })?;
    for Numbers { quantity, dimensions, .. } in &indices.numbers {
        let dimensions = all(dimensions);
        let dimensions: Vec<&str> = dimensions.iter().map(String::as_str).collect();
        number(&mut file, &quantity.name, &dimensions, quantity, true)?;
    }
    file.end_definitions()?;
    for (name, own) in names.iter().zip(&indices.along) {
        if own.labels.is_empty() {
            file.put(name, &[0], &[own.values.len() as u64], Values::Doubles(&own.values))?;
        } else {
            text::put(&mut file, name, &own.labels)?;
        }
    }
    for (name, _, texts) in coordinates {
        text::put(&mut file, name, texts)?;
    }
    text::put(&mut file, DISTRIBUTION, &indices.distributions)?;
    let sides = |dimensions: &[&str]| -> Vec<u64> {
        let own = dimensions.iter().map(|dimension| match *dimension {
            OUTPUT => indices.outputs.len(),
            _ => indices.inputs.len(),
        });
        let along = indices.along.iter().map(|own| own.values.len());
        along.chain(own).map(|length| length as u64).collect()
    };
    let estimators: Vec<i8> = indices.estimators.0.iter().map(|place| place.cast_signed()).collect();
    let count = sides(&[OUTPUT]);
    file.put(ESTIMATOR, &vec![0; count.len()], &count, Values::Bytes(&estimators))?;
    for Numbers { quantity, dimensions, values } in &indices.numbers {
        let count = sides(&dimensions.iter().map(String::as_str).collect::<Vec<_>>());
        file.put(&quantity.name, &vec![0; count.len()], &count, Values::Doubles(values))?;
    }
    file.close()
}

/// Reads a file of indices.
///
/// # Errors
/// When the file cannot be read, or holds no indices.
pub fn read(path: &Path) -> Result<Indices, StoreError> {
    let file = Container::open(path)?;
    let variables = file.variables();
    let lacks =
        |what: &str| StoreError::NotAMap { path: path.to_owned(), reason: format!("it has no {what}") };
    for name in [OUTPUT, INPUT, DISTRIBUTION, ESTIMATOR] {
        if !variables.iter().any(|own| own == name) {
            return Err(lacks(&format!("variable `{name}`, as indices of `ictus sense` have")));
        }
    }
    let is_text = |name: &str| Ok::<bool, StoreError>(file.storage(name)? == Some(Storage::Letter));
    for name in [OUTPUT, INPUT, DISTRIBUTION] {
        if !is_text(name)? {
            return Err(lacks(&format!("names in its variable `{name}`; make it again by `ictus sense`")));
        }
    }
    let dimensions: Vec<String> = file.dimensions(ESTIMATOR)?.into_iter().map(|(name, _)| name).collect();
    let first = dimensions.len().saturating_sub(1);
    let mut along = Vec::new();
    for name in &dimensions[..first] {
        let labels = if is_text(name)? { text::read(&file, name)? } else { Vec::new() };
        let values = if labels.is_empty() {
            let count: Vec<u64> = file.dimensions(name)?.into_iter().map(|(_, length)| length).collect();
            file.doubles(name, &vec![0; count.len()], &count)?
        } else {
            (0..labels.len()).map(|index| index as f64).collect()
        };
        along.push(Along { quantity: quantity(&file, name)?, values, labels });
    }
    let mut numbers = Vec::new();
    for name in &variables {
        let own = file.dimensions(name)?;
        let is_of_indices = own.len() > first
            && own[..first].iter().zip(&dimensions).all(|((one, _), other)| one == other)
            && own[first..].iter().all(|(name, _)| [OUTPUT, INPUT, INPUT_2].contains(&name.as_str()));
        if file.storage(name)? == Some(Storage::Double) && is_of_indices {
            let count: Vec<u64> = own.iter().map(|(_, length)| *length).collect();
            numbers.push(Numbers {
                quantity: quantity(&file, name)?,
                dimensions: own[first..].iter().map(|(name, _)| name.clone()).collect(),
                values: file.doubles(name, &vec![0; count.len()], &count)?,
            });
        }
    }
    let count: Vec<u64> = file.dimensions(ESTIMATOR)?.into_iter().map(|(_, length)| length).collect();
    let places = file.bytes(ESTIMATOR, &vec![0; count.len()], &count)?;
    let words = text_of(&file.attributes_of(ESTIMATOR)?, "flag_meanings");
    let mut attributes = Vec::new();
    for (name, value) in file.attributes() {
        if let Attribute::Text(text) = value {
            attributes.push((name, text));
        }
    }
    let title = attributes.iter().find(|(name, _)| name == "title").map(|(_, text)| text.clone());
    Ok(Indices {
        title: title.unwrap_or_default(),
        along,
        outputs: text::read(&file, OUTPUT)?,
        inputs: text::read(&file, INPUT)?,
        distributions: text::read(&file, DISTRIBUTION)?,
        estimators: (
            places.into_iter().map(i8::cast_unsigned).collect(),
            words.split_whitespace().map(str::to_owned).collect(),
        ),
        numbers,
        attributes,
    })
}

fn text_of(attributes: &[(String, Attribute)], name: &str) -> String {
    let found = attributes.iter().find_map(|(own, value)| match value {
        Attribute::Text(text) if own == name => Some(text.clone()),
        _ => None,
    });
    found.unwrap_or_default()
}

fn quantity(file: &Container, name: &str) -> Result<Quantity, StoreError> {
    let attributes = file.attributes_of(name)?;
    Ok(Quantity::real(name, text_of(&attributes, "units"), text_of(&attributes, "long_name")))
}

fn meaning(text: &str) -> Vec<(String, Attribute)> {
    vec![("long_name".into(), text.into())]
}

/// The names of the first dimensions, told apart from those of the numbers.
fn names_along(indices: &Indices) -> Vec<String> {
    let taken = |name: &str| {
        let numbers = indices.numbers.iter().map(|own| own.quantity.name.as_str());
        let mut others = numbers.chain([OUTPUT, INPUT, INPUT_2, ESTIMATOR, DISTRIBUTION]);
        others.any(|other| other.eq_ignore_ascii_case(name) || text::letters(other) == name)
    };
    let name = |own: &Along| {
        let mut name = own.quantity.name.clone();
        while taken(&name) {
            name.push('_');
        }
        name
    };
    indices.along.iter().map(name).collect()
}

fn number(
    file: &mut ContainerWriter,
    name: &str,
    dimensions: &[&str],
    quantity: &Quantity,
    may_be_undefined: bool,
) -> Result<(), StoreError> {
    let mut attributes = meaning(&quantity.meaning);
    attributes.push(("units".into(), quantity.unit.as_str().into()));
    let storage = Storage::Double;
    file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk: None, attributes })
}
