//! A file of sensitivity indices beside a map. Knows how they are stored and not how they are computed.
//!
//! # The format
//! NetCDF-4 classic model, CF-1.11. Dimensions `output`, `input` and `input_2`, the last two of the same names; their coordinates are
//! byte flags whose `flag_meanings` are the names. All numbers are doubles, NaN where undefined. Where indices were computed at every
//! point of other axes, these are the first dimensions of every number, with their coordinates: doubles, or flags of names.

use std::path::Path;

use super::container::{Attribute, ContainerWriter, Storage, Values, Variable};
use super::{StoreError, aside, text};
use crate::table::Quantity;

/// The dimension of outputs.
pub const OUTPUT: &str = "output";
/// The dimension of inputs.
pub const INPUT: &str = "input";
/// The dimension of the second input of a pair.
pub const INPUT_2: &str = "input_2";

/// Names along a dimension are flags, of which there are no more.
pub const MOST_NAMES: usize = 127;

/// Numbers over some of the dimensions, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// The dimensions, in order.
    pub dimensions: &'static [&'static str],
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
    /// The outputs, at most [`MOST_NAMES`].
    pub outputs: Vec<String>,
    /// The inputs.
    pub inputs: Vec<String>,
    /// The estimator of each output, at each place, as a place in the list of their names.
    pub estimators: (Vec<u8>, Vec<String>),
    /// The numbers.
    pub numbers: Vec<Numbers>,
    /// Further attributes of the file.
    pub attributes: Vec<(String, String)>,
}

/// Writes a file beside its place, syncs it and renames it.
///
/// # Errors
/// When the disk or the library refuses.
///
/// # Panics
/// When there are more than [`MOST_NAMES`] names along a dimension.
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
    let length = |dimension: &str| {
        (if dimension == OUTPUT { indices.outputs.len() } else { indices.inputs.len() }) as u64
    };
    let along = names_along(indices);
    let first: Vec<&str> = along.iter().map(String::as_str).collect();
    let counts: Vec<u64> = indices.along.iter().map(|own| own.values.len() as u64).collect();
    for (name, &count) in first.iter().zip(&counts) {
        file.dimension(name, count)?;
    }
    for dimension in [OUTPUT, INPUT, INPUT_2] {
        file.dimension(dimension, length(dimension))?;
    }
    for (name, own) in first.iter().zip(&indices.along) {
        if own.labels.is_empty() {
            number(&mut file, name, &[name], &own.quantity, false)?;
        } else {
            flags(&mut file, name, &[name], &own.quantity.meaning, &own.labels)?;
        }
    }
    let coordinates = [
        (OUTPUT, "what depends", &indices.outputs),
        (INPUT, "the parameter that varies", &indices.inputs),
        (INPUT_2, "the second parameter of a pair", &indices.inputs),
    ];
    for (name, meaning, names) in coordinates {
        flags(&mut file, name, &[name], meaning, names)?;
    }
    let all = |dimensions: &[&'static str]| [&first[..], dimensions].concat();
    flags(&mut file, "estimator", &all(&[OUTPUT]), "how the indices were computed", &indices.estimators.1)?;
    for Numbers { quantity, dimensions, .. } in &indices.numbers {
        number(&mut file, &quantity.name, &all(dimensions), quantity, true)?;
    }
    file.end_definitions()?;
    for (name, own) in first.iter().zip(&indices.along) {
        let count = [own.values.len() as u64];
        if own.labels.is_empty() {
            file.put(name, &[0], &count, Values::Doubles(&own.values))?;
        } else {
            let places: Vec<i8> = (0..own.labels.len()).map(|place| place as i8).collect();
            file.put(name, &[0], &count, Values::Bytes(&places))?;
        }
    }
    for (name, _, names) in coordinates {
        let places: Vec<i8> = (0..names.len()).map(|place| place as i8).collect();
        file.put(name, &[0], &[length(name)], Values::Bytes(&places))?;
    }
    let estimators: Vec<i8> = indices.estimators.0.iter().map(|place| place.cast_signed()).collect();
    let count = [&counts[..], &[length(OUTPUT)]].concat();
    file.put("estimator", &vec![0; count.len()], &count, Values::Bytes(&estimators))?;
    for Numbers { quantity, dimensions, values } in &indices.numbers {
        let own = dimensions.iter().map(|dimension| length(dimension));
        let count: Vec<u64> = counts.iter().copied().chain(own).collect();
        file.put(&quantity.name, &vec![0; count.len()], &count, Values::Doubles(values))?;
    }
    file.close()
}

/// The names of the first dimensions, told apart from those of the numbers.
fn names_along(indices: &Indices) -> Vec<String> {
    let taken = |name: &str| {
        let numbers = indices.numbers.iter().map(|own| own.quantity.name.as_str());
        let mut others = numbers.chain([OUTPUT, INPUT, INPUT_2, "estimator"]);
        others.any(|other| other.eq_ignore_ascii_case(name))
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
    let attributes = vec![
        ("long_name".into(), quantity.meaning.as_str().into()),
        ("units".into(), quantity.unit.as_str().into()),
    ];
    let storage = Storage::Double;
    file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk: None, attributes })
}

fn flags(
    file: &mut ContainerWriter,
    name: &str,
    dimensions: &[&str],
    meaning: &str,
    names: &[String],
) -> Result<(), StoreError> {
    let mut attributes: Vec<(String, Attribute)> = vec![("long_name".into(), meaning.into())];
    attributes.extend(text::flags(names));
    file.variable(&Variable {
        name,
        storage: Storage::Byte,
        may_be_undefined: false,
        dimensions,
        chunk: None,
        attributes,
    })
}
