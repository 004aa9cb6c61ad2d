//! A file of sensitivity indices beside a map. Knows how they are stored and not how they are computed.
//!
//! # The format
//! NetCDF-4 classic model, CF-1.11. Dimensions `output`, `input` and `input_2`, the last two of the same names; their coordinates are
//! byte flags whose `flag_meanings` are the names. All numbers are doubles, NaN where undefined.

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

/// All of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Indices {
    /// One line.
    pub title: String,
    /// The outputs, at most [`MOST_NAMES`].
    pub outputs: Vec<String>,
    /// The inputs.
    pub inputs: Vec<String>,
    /// The estimator of each output, as a place in the list of their names.
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
    for dimension in [OUTPUT, INPUT, INPUT_2] {
        file.dimension(dimension, length(dimension))?;
    }
    let coordinates = [
        (OUTPUT, "what depends", &indices.outputs),
        (INPUT, "the parameter that varies", &indices.inputs),
        (INPUT_2, "the second parameter of a pair", &indices.inputs),
    ];
    for (name, meaning, names) in coordinates {
        flags(&mut file, name, &[name], meaning, names)?;
    }
    flags(&mut file, "estimator", &[OUTPUT], "how the indices were computed", &indices.estimators.1)?;
    for Numbers { quantity, dimensions, .. } in &indices.numbers {
        let attributes = vec![
            ("long_name".into(), quantity.meaning.as_str().into()),
            ("units".into(), quantity.unit.as_str().into()),
        ];
        file.variable(&Variable {
            name: &quantity.name,
            storage: Storage::Double,
            may_be_undefined: true,
            dimensions,
            chunk: None,
            attributes,
        })?;
    }
    file.end_definitions()?;
    for (name, _, names) in coordinates {
        let places: Vec<i8> = (0..names.len()).map(|place| place as i8).collect();
        file.put(name, &[0], &[length(name)], Values::Bytes(&places))?;
    }
    let estimators: Vec<i8> = indices.estimators.0.iter().map(|place| place.cast_signed()).collect();
    file.put("estimator", &[0], &[length(OUTPUT)], Values::Bytes(&estimators))?;
    for Numbers { quantity, dimensions, values } in &indices.numbers {
        let count: Vec<u64> = dimensions.iter().map(|dimension| length(dimension)).collect();
        file.put(&quantity.name, &vec![0; count.len()], &count, Values::Doubles(values))?;
    }
    file.close()
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
