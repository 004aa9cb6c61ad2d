//! Files beside a study, or in the folder of the study that a map names. Knows not what is in them.

use std::path::{Path, PathBuf};

use crate::complaint::words_of;

use super::subject::{lies_inside, stays_inside};
use super::texts::Texts;

/// The folder that a file is looked for in: that of the study, or that of the place where the study's text was.
fn folder_of<'a>(file: &str, texts: &'a Texts) -> &'a Path {
    let mut folders = [Some(texts.folder.as_path()), Path::new(&texts.name).parent()].into_iter().flatten();
    folders.find(|folder| folder.join(file).exists()).unwrap_or(&texts.folder)
}

/// The bytes of a file in the study's folder, or in that of the study a map names.
///
/// # Errors
/// Message and remedy, of a file that is called so.
pub(super) fn bytes_of(
    what: &str,
    file: &str,
    longest: u64,
    texts: &Texts,
) -> Result<Vec<u8>, (String, String)> {
    let path = checked_place_of(what, file, texts)?;
    let cannot = |error: std::io::Error| unreadable(what, &path, &words_of(&error));
    let length = std::fs::metadata(&path).map_err(cannot)?.len();
    if length > longest {
        let message =
            format!("the {what} {} has {length} bytes, and at most {longest} are read", path.display());
        return Err((message, REMEDY.to_owned()));
    }
    std::fs::read(&path).map_err(cannot)
}

/// Where a file is that lies in the study's folder, or in that of the study a map names, and can be read.
///
/// # Errors
/// Message and remedy, of a file that is called so.
pub(super) fn checked_place_of(what: &str, file: &str, texts: &Texts) -> Result<PathBuf, (String, String)> {
    let outside = || {
        let message = format!("the {what} `{file}` lies outside the study's folder");
        let remedy = "copy it into the folder: a study is moved and kept together with its files";
        (message, remedy.to_owned())
    };
    if !stays_inside(Path::new(file)) {
        return Err(outside());
    }
    let folder = folder_of(file, texts);
    if !lies_inside(folder, Path::new(file)) {
        return Err(outside());
    }
    let path = folder.join(file);
    let metadata = std::fs::metadata(&path).map_err(|error| unreadable(what, &path, &words_of(&error)))?;
    if !metadata.is_file() {
        return Err((format!("the {what} {} is not a file", path.display()), REMEDY.to_owned()));
    }
    Ok(path)
}

/// What is said of a file that cannot be read.
pub(super) fn unreadable(what: &str, path: &Path, reason: &str) -> (String, String) {
    (format!("the {what} {} cannot be read: {reason}", path.display()), REMEDY.to_owned())
}

const REMEDY: &str = "give the path from the study's folder";
