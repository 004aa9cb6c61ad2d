//! Studies that a test writes as texts. Knows nothing of what they are for.

use std::path::PathBuf;

use ictus::study::{Study, Texts};

/// The texts of a study that needs no file beside it.
pub(crate) fn texts(study: impl Into<String>) -> Texts {
    Texts {
        name: "study.toml".into(),
        study: study.into(),
        overrides: Vec::new(),
        model: None,
        matrices: Vec::new(),
        table: None,
        folder: PathBuf::new(),
    }
}

/// The study of texts that are right.
#[track_caller]
pub(crate) fn study(texts: Texts) -> Study {
    Study::from_texts(texts).unwrap_or_else(|complaints| panic!("{complaints}"))
}
