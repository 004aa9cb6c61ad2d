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

/// Where a file of a study is.
pub(super) fn place_of(file: &str, texts: &Texts) -> PathBuf {
    folder_of(file, texts).join(file)
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
    let unreadable = |reason: String| {
        let message = format!("the {what} {} {reason}", path.display());
        (message, "give the path from the study's folder".to_owned())
    };
    let cannot = |error: std::io::Error| unreadable(format!("cannot be read: {}", words_of(&error)));
    let metadata = std::fs::metadata(&path).map_err(cannot)?;
    if !metadata.is_file() {
        return Err(unreadable("is no file".to_owned()));
    }
    if metadata.len() > longest {
        return Err(unreadable(format!("has {} bytes, and at most {longest} are read", metadata.len())));
    }
    std::fs::read(&path).map_err(cannot)
}
