//! Everything a study is made from, as text: so that a map that holds these texts makes its study again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::complaint::Complaints;

use super::document::LONGEST_TEXT;

/// The texts of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// What to call the study's text in a message: its path as given.
    pub name: String,
    /// The study.
    pub study: String,
    /// Overrides `key=value`, in order.
    pub overrides: Vec<String>,
    /// The model, where its text is known already; else the study says where it stands.
    pub model: Option<String>,
    /// The folder of the study, from which relative paths count.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Why a study cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The file cannot be read.
    #[error("the study {} {reason}; give the path of a study, or make one with `ictus init`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What a map or a journal holds is no study.
    #[error("the texts of the study cannot be read back: {reason}; run the study's own file instead")]
    Unrecoverable {
        /// Why.
        reason: String,
    },
    /// The study is wrong.
    #[error(transparent)]
    Wrong(#[from] Complaints),
}

impl Texts {
    /// Reads a study's file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        let unreadable = |reason: String| StudyError::Unreadable { path: path.to_owned(), reason };
        let metadata =
            std::fs::metadata(path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        if metadata.len() > LONGEST_TEXT as u64 {
            return Err(unreadable(format!(
                "has {} bytes, and at most {LONGEST_TEXT} are read",
                metadata.len()
            )));
        }
        let study =
            std::fs::read_to_string(path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        Ok(Self {
            name: path.display().to_string(),
            study,
            overrides: overrides.to_vec(),
            model: None,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        })
    }

    /// One text that holds them all, for a journal's header.
    ///
    /// # Panics
    /// Never: texts and lists of texts are TOML.
    pub fn to_text(&self) -> String {
        toml::to_string(self).expect("texts and lists of texts are TOML")
    }

    /// The texts from [`Texts::to_text`].
    ///
    /// # Errors
    /// When it is another text.
    pub fn from_text(text: &str) -> Result<Self, StudyError> {
        toml::from_str(text).map_err(|error| StudyError::Unrecoverable { reason: error.message().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let texts = Texts {
            name: "a.toml".into(),
            study: "title = \"\"\"x\"\"\"\n# '''\n".into(),
            overrides: vec!["a=\"b\"".into()],
            model: Some("x'=-x\ndone\n".into()),
            folder: PathBuf::new(),
        };
        assert_eq!(Texts::from_text(&texts.to_text()).expect("the same"), texts);
        assert!(Texts::from_text("x = 1").is_err());
    }
}
