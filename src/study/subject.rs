//! The section `[model]`: which equations are studied, and their fixed parameters. Reads a model's file, or takes the text that
//! a map holds. Knows nothing of what equations mean.

use std::path::{Component, Path};
use std::sync::Arc;

use crate::complaint::{Complaint, Source};
use crate::model::{self, Model};

use super::document::{Entry, Value};
use super::fields::{Fields, Sink, did_you_mean};

/// The longest model file that is read, in bytes.
const LONGEST_MODEL: u64 = 1 << 20;

/// What the section says.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The model, where it could be read.
    pub(super) model: Option<Model>,
    /// Its text, to be embedded.
    pub(super) text: Option<String>,
    /// The entries of `set`.
    pub(super) set: &'a [Entry],
}

/// Reads the section. `folder` is the study's, in which a model's file must lie; `embedded` is the model's text where it is
/// known already, from a map.
pub(super) fn read<'a>(
    section: Option<Fields<'a>>,
    folder: &Path,
    embedded: Option<&str>,
    sink: &mut Sink,
) -> Subject<'a> {
    let mut subject = Subject { model: None, text: None, set: &[] };
    let Some(mut fields) = section else { return subject };
    let (name, file) = (fields.get("name"), fields.get("file"));
    if let Some(set) = fields.get("set").and_then(|value| value.entries("`set`", sink)) {
        subject.set = set;
    }
    let source = match (name, file) {
        (Some(_), Some(file)) => {
            sink.push(
                file.place.error("a model has either a `name` or a `file`", "leave one of the two out"),
            );
            None
        }
        (Some(name), None) => named(name, embedded, sink),
        (None, Some(file)) => from_file(file, folder, embedded, sink),
        (None, None) => {
            fields.require("name", "\"jansen_rit\"", sink);
            None
        }
    };
    fields.finish(sink);
    let Some((name, source)) = source else { return subject };
    match Model::parse(&source, &name) {
        Ok(model) => subject.model = Some(model),
        Err(complaints) => sink.extend(complaints.0),
    }
    subject.text = Some(source.text.clone());
    subject
}

fn named(value: &Value, embedded: Option<&str>, sink: &mut Sink) -> Option<(String, Arc<Source>)> {
    let name = value.text("`name`", sink)?;
    let catalog = model::catalog();
    let found = embedded.or_else(|| catalog.iter().find(|entry| entry.name == name).map(|entry| entry.text));
    if let Some(text) = found {
        return Some((name.to_owned(), Source::new(format!("{name}.ode"), text)));
    }
    let remedy = if Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("ode")) {
        format!("a file is given as `file = \"{name}\"`")
    } else {
        did_you_mean(name, catalog.iter().map(|entry| entry.name))
    };
    sink.push(value.place.error(format!("there is no model `{name}`"), remedy));
    None
}

fn from_file(
    value: &Value,
    folder: &Path,
    embedded: Option<&str>,
    sink: &mut Sink,
) -> Option<(String, Arc<Source>)> {
    let file = value.text("`file`", sink)?;
    let path = Path::new(file);
    let stem = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned());
    if let Some(text) = embedded {
        return Some((stem, Source::new(file, text)));
    }
    if !stays_inside(path) {
        let message = format!("the model's file `{file}` lies outside the study's folder");
        sink.push(
            value
                .place
                .error(message, "copy it into the folder: a study is moved and kept together with its model"),
        );
        return None;
    }
    let path = folder.join(path);
    match text_of(&path) {
        Ok(text) => Some((stem, Source::new(path.display().to_string(), text))),
        Err(message) => {
            let remedy = "give the path from the study's folder, or `name` for a model that comes with ictus";
            sink.push(value.place.error(format!("the model {} {message}", path.display()), remedy));
            None
        }
    }
}

/// The text of a file that is not too long.
pub(super) fn text_of(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if length > LONGEST_MODEL {
        return Err(format!("has {length} bytes, and at most {LONGEST_MODEL} are read"));
    }
    std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))
}

/// Whether a path neither is absolute nor climbs out.
pub(super) fn stays_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// The fixed parameters' values that differ from the model's, checked against the model and the axes.
pub(super) fn settings(
    set: &[Entry],
    parameters: Option<&[String]>,
    axes: &[String],
    sink: &mut Vec<Complaint>,
) -> Vec<(String, f64)> {
    let mut settings = Vec::new();
    for entry in set {
        let name = &entry.key;
        if let Some(parameters) = parameters
            && !parameters.contains(name)
        {
            let message = format!("the model has no parameter `{name}` to set");
            let remedy = did_you_mean(name, parameters.iter().map(String::as_str));
            sink.push(entry.place.error(message, remedy));
        } else if axes.contains(name) {
            let message = format!("`{name}` is an axis, and cannot be set as well");
            sink.push(entry.place.error(message, "leave it out of `set`, or take the axis out"));
        }
        if let Some(value) = entry.value.number(&format!("`{name}`"), sink) {
            settings.push((name.clone(), value));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_climbs_out_is_seen() {
        assert!(stays_inside(Path::new("models/mine.ode")));
        assert!(stays_inside(Path::new("./mine.ode")));
        assert!(!stays_inside(Path::new("../mine.ode")));
        assert!(!stays_inside(Path::new("/etc/passwd")));
        assert!(!stays_inside(Path::new("a/../../mine.ode")));
    }
}
