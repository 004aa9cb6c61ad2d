//! The section `[model]`: which equations are studied, and their fixed parameters. Reads a model's file, or takes the text that
//! a map holds. Knows nothing of what equations mean.

use std::path::{Component, Path};
use std::sync::Arc;

use crate::complaint::{Complaint, Source, text_of_any_encoding};
use crate::model::{self, Model};

use super::document::{Entry, Value};
use super::fields::{Fields, Sink, did_you_mean};

/// The longest model file that is read, in bytes.
pub(crate) const LONGEST_MODEL: u64 = 1 << 20;

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
    if !stays_inside(path) || !lies_inside(folder, path) {
        let message = format!("the model's file `{file}` lies outside the study's folder");
        sink.push(
            value
                .place
                .error(message, "copy it into the folder: a study is moved and kept together with its model"),
        );
        return None;
    }
    let path = folder.join(path);
    match text_of_any_encoding(&path, LONGEST_MODEL) {
        Ok(text) => Some((stem, Source::new(path.display().to_string(), text))),
        Err(message) => {
            let remedy = "give the path from the study's folder, or `name` for a model that comes with ictus";
            sink.push(value.place.error(format!("the model {} {message}", path.display()), remedy));
            None
        }
    }
}

/// Whether a path neither is absolute nor climbs out.
pub(super) fn stays_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Whether a file of a folder lies in it when all links are followed; one that is not there leads nowhere.
pub(super) fn lies_inside(folder: &Path, path: &Path) -> bool {
    let of_here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match (of_here.canonicalize(), of_here.join(path).canonicalize()) {
        (Ok(folder), Ok(file)) => file.starts_with(folder),
        // Reading it says what is wrong.
        _ => true,
    }
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
            let message = format!("`{name}` varies in [space], and cannot be set as well");
            sink.push(entry.place.error(message, "leave it out of `set`, or out of [space]"));
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

    #[test]
    fn a_link_that_leads_out_is_seen() {
        let place = tempfile::tempdir().expect("a folder");
        let inside = place.path().join("study");
        std::fs::create_dir(&inside).expect("a folder");
        std::fs::write(place.path().join("secret"), "x").expect("a file");
        std::fs::write(inside.join("own"), "x").expect("a file");
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, inside.join(name)).expect("a link");
        };
        link("../secret", "out.ode");
        link("own", "within.ode");
        link("..", "above");
        assert!(!lies_inside(&inside, Path::new("out.ode")));
        assert!(!lies_inside(&inside, Path::new("above/secret")));
        assert!(lies_inside(&inside, Path::new("within.ode")) && lies_inside(&inside, Path::new("missing")));
        // The folder itself may be reached by a link.
        std::os::unix::fs::symlink(&inside, place.path().join("alias")).expect("a link");
        assert!(lies_inside(&place.path().join("alias"), Path::new("own")));
    }
}
