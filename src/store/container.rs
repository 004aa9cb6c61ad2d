//! NetCDF files as this program uses them: variables of bytes, integers and doubles with attributes, written and read in slabs.
//! Knows nothing of regimes, cells or studies.
//!
//! The files are netCDF-4 of the *classic model*: no groups, enumerations, string or 64-bit integer types, unlimited dimensions
//! or filters but deflate, each of which one common reader or another cannot read.
//!
//! Without the feature `maps` no file can be opened or created, and the NetCDF library is not needed.

#[cfg(feature = "maps")]
mod netcdf_file;
#[cfg(not(feature = "maps"))]
mod without_netcdf;

#[cfg(feature = "maps")]
pub use netcdf_file::{Container, ContainerWriter, library_version};
#[cfg(not(feature = "maps"))]
pub use without_netcdf::{Container, ContainerWriter, library_version};

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// Text.
    Text(String),
    /// Bytes, one or more.
    Bytes(Vec<i8>),
    /// Doubles, one or more.
    Doubles(Vec<f64>),
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// How the values of a variable are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// 8-bit integers, for flags.
    Byte,
    /// 32-bit integers; the fill value [`Storage::UNDEFINED_INT`] stands for undefined.
    Int,
    /// 64-bit floats; `NaN` stands for undefined.
    Double,
    /// Letters of texts, bytes of UTF-8.
    Letter,
}

impl Storage {
    /// What stands for an undefined integer.
    pub const UNDEFINED_INT: i32 = i32::MIN;
}

/// A variable to be made.
#[derive(Clone, Debug)]
pub struct Variable<'names> {
    /// Its name.
    pub name: &'names str,
    /// How its values are stored.
    pub storage: Storage,
    /// Whether unwritten integers and doubles read as undefined; bytes never do.
    pub may_be_undefined: bool,
    /// Its dimensions, by name.
    pub dimensions: &'names [&'names str],
    /// The sides of its chunks; contiguous and uncompressed without.
    pub chunk: Option<&'names [u64]>,
    /// Its attributes, in order.
    pub attributes: Vec<(String, Attribute)>,
}

/// Values to be written.
#[derive(Clone, Copy, Debug)]
pub enum Values<'values> {
    /// Of a variable stored as [`Storage::Byte`].
    Bytes(&'values [i8]),
    /// Of a variable stored as [`Storage::Int`].
    Ints(&'values [i32]),
    /// Of a variable stored as [`Storage::Double`].
    Doubles(&'values [f64]),
    /// Of a variable stored as [`Storage::Letter`].
    Letters(&'values [u8]),
}

/// How the numbers of a variable stand for others.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct Packing {
    /// What stands for a missing value.
    missing: Vec<f64>,
    /// What is added to negative numbers, which stand for large ones.
    wrap: f64,
    scale: f64,
    offset: f64,
}

impl Packing {
    /// The number that a stored one stands for; NaN where it is missing.
    pub(in crate::store) fn value(&self, stored: f64) -> f64 {
        if self.missing.iter().any(|missing| missing.to_bits() == stored.to_bits()) {
            return f64::NAN;
        }
        let own = if stored < 0.0 { stored + self.wrap } else { stored };
        if self.scale.to_bits() == 1.0_f64.to_bits() && self.offset == 0.0 {
            return own;
        }
        own * self.scale + self.offset
    }
}
