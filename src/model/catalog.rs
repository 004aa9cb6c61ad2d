//! The models that come with the program: the files of `models/`, embedded. Knows only their names and texts.

use std::sync::Arc;

use super::Model;
use crate::complaint::{Complaints, Source};

/// A model that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// Its name in a study.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

impl CatalogEntry {
    /// Its text, under the name of its file.
    pub fn source(&self) -> Arc<Source> {
        Source::new(format!("models/{}.ode", self.name), self.text)
    }

    /// The model.
    ///
    /// # Errors
    /// None: every file is read in the tests.
    pub fn parse(&self) -> Result<Model, Complaints> {
        Model::parse(&self.source(), self.name)
    }
}

macro_rules! entries {
    ($($name:literal),* $(,)?) => {
        &[$(CatalogEntry { name: $name, text: include_str!(concat!("../../models/", $name, ".ode")) }),*]
    };
}

static CATALOG: &[CatalogEntry] = entries![
    "ei_mean_field",
    "epileptor",
    "epileptor_2d",
    "hoppensteadt_izhikevich",
    "jansen_rit",
    "kuramoto",
    "liley",
    "linear",
    "montbrio_pazo_roxin",
    "two_region",
    "wendling",
    "wilson_cowan",
];

/// All models that come with the program, in alphabetical order.
pub fn catalog() -> &'static [CatalogEntry] {
    CATALOG
}

/// The model of that name.
pub fn find(name: &str) -> Option<&'static CatalogEntry> {
    CATALOG.iter().find(|entry| entry.name == name)
}
