//! `ictus init`: a commented study and a model to start from.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::Failure;
use super::console::Console;

/// What is written: a name, and a text that runs as it is.
pub(super) const FILES: [(&str, &str); 2] =
    [("my_study.toml", include_str!("init/study.toml")), ("my_model.ode", include_str!("init/model.ode"))];

/// Writes the files into a folder, and never over one that is there.
pub(super) fn init(folder: &Path, console: &mut Console) -> Result<(), Failure> {
    if let Some((name, _)) = FILES.iter().find(|(name, _)| folder.join(name).exists()) {
        let path = folder.join(name);
        return Err(Failure::Wrong(format!("{} is there already; name another folder", path.display())));
    }
    let machine = |path: &Path, error: &std::io::Error| {
        Failure::Machine(format!("{} cannot be written: {error}; name another folder", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| machine(folder, &error))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| machine(&path, &error))?;
        console.say(path.display().to_string());
    }
    console.note(format!("Now: ictus run {}", folder.join(FILES[0].0).display()));
    Ok(())
}
