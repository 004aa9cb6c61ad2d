//! `ictus init`: a commented study and a model to start from.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::json;

use crate::complaint::words_of;
use crate::store::aside;

use super::Failure;
use super::console::Console;
use super::words::typed;

/// What is written: a name, and a text that runs as it is.
pub(super) const FILES: [(&str, &str); 2] =
    [("my_study.toml", include_str!("init/study.toml")), ("my_model.ode", include_str!("init/model.ode"))];

/// Makes a folder where it is not there.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let message =
            format!("{} cannot be made: {}; name another folder", folder.display(), words_of(&error));
        let is_misnamed = matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists);
        if is_misnamed { Failure::Wrong(message) } else { Failure::Machine(message) }
    })
}

/// Writes the files into a folder, and never over one that is there.
pub(super) fn init(folder: &Path, json: bool, console: &mut Console) -> Result<(), Failure> {
    // A link that leads nowhere is there too.
    let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok();
    if let Some((name, _)) = FILES.iter().find(|(name, _)| is_there(name)) {
        let path = folder.join(name);
        return Err(Failure::Wrong(format!("{} is there already; name another folder", path.display())));
    }
    let is_new = !folder.exists();
    make(folder)?;
    for (name, text) in FILES {
        if let Err(error) = aside::write(&folder.join(name), text) {
            // Half of it would block the next try.
            for (name, _) in FILES {
                let _ = std::fs::remove_file(folder.join(name));
            }
            if is_new {
                let _ = std::fs::remove_dir(folder);
            }
            return Err(error.into());
        }
    }
    if json {
        console.say_json(&json!({ "files": FILES.map(|(name, _)| folder.join(name)) }));
    } else {
        for (name, _) in FILES {
            console.say(folder.join(name).display().to_string());
        }
    }
    console.note(format!("Now: ictus run {}", typed(&folder.join(FILES[0].0))));
    Ok(())
}
