//! Everything a study is made from, as text: so that a map that holds these texts makes its study again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::complaint::{Complaints, Source, text_of, text_of_any_encoding};
use crate::model::{self, Model, default_study};

use super::document::LONGEST_TEXT;
use super::subject::LONGEST_MODEL;

/// The texts of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// What to call the study's text in a message: its path as given.
    pub name: String,
    /// The study.
    pub study: String,
    /// Overrides `key=value`, in order.
    pub overrides: Vec<String>,
    /// The model, where its text is known already; else the study says where it stands.
    pub model: Option<String>,
    /// The matrices of a network that come from files, as far as they are known already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matrices: Vec<MatrixFile>,
    /// The table of points from a file, as far as it is known already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableFile>,
    /// The folder of the study, from which relative paths count.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A matrix from a file: what a map holds of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixFile {
    /// The file's path, as the study gives it.
    pub file: String,
    /// Which one of an archive, where the study says it.
    pub array: Option<String>,
    /// The SHA-256 of the file.
    pub hash: String,
    /// Where it was published, in the study's words.
    pub source: Option<String>,
    /// What may be done with it, in the study's words.
    pub licence: Option<String>,
    /// The matrix as comma-separated text, row = target; `None` where a map is to hold its hash alone.
    pub text: Option<String>,
}

/// A table of points from a file: what a map holds of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// The file's path, as the study gives it.
    pub file: String,
    /// The SHA-256 of the file.
    pub hash: String,
    /// The file itself; `None` where it is too long for a map.
    pub text: Option<String>,
    /// Of a file that is too long its points: rows may be added to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<TablePoints>,
}

/// How to find points again in a longer file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePoints {
    /// How many rows there were.
    pub rows: u64,
    /// The SHA-256 of their numbers, column by column.
    pub hash: String,
}

impl MatrixFile {
    /// Whether it is that array of that file.
    pub(super) fn is(&self, file: &str, array: Option<&str>) -> bool {
        self.file == file && self.array.as_deref() == array
    }
}

/// All matrices, as a table of TOML.
#[derive(Serialize, Deserialize)]
struct Matrices {
    matrix: Vec<MatrixFile>,
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
    /// What a map or a journal holds is not a study.
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
    /// Reads a study's file. A model's file, or the name of a model that comes with the program, stands for a study of that model
    /// alone, as its file says.
    ///
    /// # Errors
    /// When it cannot be read, or the model is wrong.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        let unreadable = |reason: String| StudyError::Unreadable { path: path.to_owned(), reason };
        let entry = path.to_str().filter(|_| !path.exists()).and_then(model::find);
        if let Some(entry) = entry {
            return Ok(Self::of_model(path, entry.text, &default_study(&entry.parse()?, None), overrides));
        }
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ode")) {
            return Self::of_model_file(path, overrides);
        }
        let study = text_of(path, LONGEST_TEXT as u64).map_err(unreadable)?;
        if is_model(&study) {
            return Self::of_model_file(path, overrides);
        }
        Ok(Self {
            name: path.display().to_string(),
            study,
            overrides: overrides.to_vec(),
            model: None,
            matrices: Vec::new(),
            table: None,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        })
    }

    fn of_model_file(path: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        let unreadable = |reason: String| StudyError::Unreadable { path: path.to_owned(), reason };
        let text = text_of_any_encoding(path, LONGEST_MODEL).map_err(unreadable)?;
        let name = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
        let model = Model::parse(&Source::new(path.display().to_string(), text.as_str()), &name)?;
        let file = path.file_name().map_or_else(|| "model.ode".into(), |file| file.to_string_lossy());
        Ok(Self::of_model(path, &text, &default_study(&model, Some(&file)), overrides))
    }

    fn of_model(path: &Path, model: &str, study: &str, overrides: &[String]) -> Self {
        Self {
            name: path.display().to_string(),
            study: study.to_owned(),
            overrides: overrides.to_vec(),
            model: Some(model.to_owned()),
            matrices: Vec::new(),
            table: None,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        }
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
        toml::from_str(text).map_err(|error| unrecoverable(&error))
    }

    /// The matrices as one text, for an attribute of a map; `None` where there are none.
    ///
    /// # Panics
    /// Never: lists of texts are TOML.
    pub fn matrices_to_text(&self) -> Option<String> {
        let matrices = Matrices { matrix: self.matrices.clone() };
        (!self.matrices.is_empty()).then(|| toml::to_string(&matrices).expect("lists of texts are TOML"))
    }

    /// The table of points as one text, for an attribute of a map; `None` where there is none.
    ///
    /// # Panics
    /// Never: texts are TOML.
    pub fn table_to_text(&self) -> Option<String> {
        self.table.as_ref().map(|table| toml::to_string(table).expect("texts are TOML"))
    }

    /// The table from [`Texts::table_to_text`].
    ///
    /// # Errors
    /// When it is another text.
    pub fn table_from_text(text: &str) -> Result<TableFile, StudyError> {
        toml::from_str(text).map_err(|error| unrecoverable(&error))
    }

    /// The matrices from [`Texts::matrices_to_text`].
    ///
    /// # Errors
    /// When it is another text.
    pub fn matrices_from_text(text: &str) -> Result<Vec<MatrixFile>, StudyError> {
        toml::from_str(text).map(|matrices: Matrices| matrices.matrix).map_err(|error| unrecoverable(&error))
    }
}

/// Whether a text is that of a model: it has an equation and ends with `done`, as no TOML does.
fn is_model(text: &str) -> bool {
    let is_equation = |line: &str| {
        let left = line.split('=').next().unwrap_or_default().trim_end();
        line.contains('=')
            && (left.ends_with('\'') && left.len() > 1 || left.to_ascii_lowercase().ends_with("/dt"))
    };
    let is_end = |line: &str| matches!(line.trim().to_ascii_lowercase().as_str(), "done" | "d");
    text.lines().any(is_equation) && text.lines().any(is_end)
}

fn unrecoverable(error: &toml::de::Error) -> StudyError {
    StudyError::Unrecoverable { reason: error.message().to_owned() }
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
            matrices: vec![MatrixFile {
                file: "w.npz".into(),
                array: Some("weights".into()),
                hash: "0".into(),
                source: None,
                licence: Some("\"CC0\"".into()),
                text: Some("\"a\",\"b\"\n0,1e-300\n-0,0\n".into()),
            }],
            table: Some(TableFile {
                file: "p.csv".into(),
                hash: "1".into(),
                text: Some("p\n\"1\"\n".into()),
                points: None,
            }),
            folder: PathBuf::new(),
        };
        assert_eq!(Texts::from_text(&texts.to_text()).expect("the same"), texts);
        assert!(Texts::from_text("x = 1").is_err());
        let matrices = texts.matrices_to_text().expect("one");
        assert_eq!(Texts::matrices_from_text(&matrices).expect("the same"), texts.matrices);
        let table = texts.table_to_text().expect("one");
        assert_eq!(Some(Texts::table_from_text(&table).expect("the same")), texts.table);
    }
}
