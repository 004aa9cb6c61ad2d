//! What stands for a NetCDF file where this library is built without NetCDF: nothing opens one and nothing creates one, and what could
//! be done with one is never reached.

use std::convert::Infallible;
use std::path::Path;

use super::{Attribute, Packing, Storage, Values, Variable};
use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

fn refused<T>(action: &'static str, path: &Path) -> Result<T> {
    Err(StoreError::WithoutNetcdf { action, path: path.to_owned() })
}

/// Methods of a type that has no value.
macro_rules! never {
    ($($visibility:vis fn $name:ident($this:ty $(, $argument:ty)*) -> $result:ty;)*) => {$(
        /// Never called.
        ///
        /// # Errors
        /// Never.
        $visibility fn $name(self: $this $(, _: $argument)*) -> $result {
            match self.0 {}
        }
    )*};
}

/// A file being written.
#[derive(Debug)]
pub struct ContainerWriter(Infallible);

impl ContainerWriter {
    /// Creates no file.
    ///
    /// # Errors
    /// Always.
    pub fn create(path: &Path) -> Result<Self> {
        refused("create", path)
    }

    never! {
        pub fn dimension(&mut Self, &str, u64) -> Result<()>;
        pub fn attribute(&mut Self, &str, &Attribute) -> Result<()>;
        pub fn variable(&mut Self, &Variable<'_>) -> Result<()>;
        pub fn end_definitions(&mut Self) -> Result<()>;
        pub fn late_attributes(&mut Self, &str, &[(&str, Attribute)]) -> Result<()>;
        pub fn put(&mut Self, &str, &[u64], &[u64], Values<'_>) -> Result<()>;
        pub fn close(Self) -> Result<()>;
    }
}

/// A file being read.
#[derive(Debug)]
pub struct Container(Infallible);

impl Container {
    /// Opens no file.
    ///
    /// # Errors
    /// Always.
    pub fn open(path: &Path) -> Result<Self> {
        refused("open", path)
    }

    never! {
        pub fn path(&Self) -> &Path;
        pub fn variables(&Self) -> Vec<String>;
        pub fn has(&Self, &[&str]) -> bool;
        pub fn dimensions(&Self, &str) -> Result<Vec<(String, u64)>>;
        pub fn chunk(&Self, &str) -> Result<Option<Vec<u64>>>;
        pub fn storage(&Self, &str) -> Result<Option<Storage>>;
        pub fn attributes(&Self) -> Vec<(String, Attribute)>;
        pub fn attributes_of(&Self, &str) -> Result<Vec<(String, Attribute)>>;
        pub(in crate::store) fn packing(&Self, &str) -> Result<Packing>;
        pub fn doubles(&Self, &str, &[u64], &[u64]) -> Result<Vec<f64>>;
        pub fn bytes(&Self, &str, &[u64], &[u64]) -> Result<Vec<i8>>;
        pub fn letters(&Self, &str, &[u64], &[u64]) -> Result<Vec<u8>>;
        pub fn is_of_strings(&Self, &str) -> Result<bool>;
        pub fn strings(&Self, &str, u64, u64) -> Result<Vec<String>>;
    }
}

/// No version: there is no library.
///
/// # Errors
/// Always.
pub fn library_version(folder: &Path) -> Result<String> {
    refused("create", folder)
}
