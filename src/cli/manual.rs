//! `ictus manual`: the manual pages for `man`, made of what `--help` says, so that neither can differ from the other. For who packs the
//! program; it is not listed among the verbs.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::store::aside;

use super::Failure;
use super::arguments::Arguments;
use super::console::Console;
use super::init;

/// What stands at the foot of every page.
const PROGRAM: &str = concat!("ictus ", env!("CARGO_PKG_VERSION"));

/// Writes `ictus.1` and `ictus-VERB.1` of every listed verb into a folder. Pages that are there are replaced.
pub(super) fn manual(folder: &Path, console: &mut Console) -> Result<(), Failure> {
    init::make(folder)?;
    for (name, text) in pages() {
        let path = folder.join(name);
        aside::write(&path, &text)?;
        console.say(path.display().to_string());
    }
    Ok(())
}

/// File names and texts.
fn pages() -> Vec<(String, String)> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let verbs: Vec<Command> = program.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect();
    std::iter::once(program).chain(verbs).map(page).collect()
}

/// The page of the program, or of one verb.
fn page(command: Command) -> (String, String) {
    let is_a_verb = command.get_subcommands().next().is_none();
    let page = Man::new(command);
    let name = page.get_filename();
    // The library leaves an empty date out, and what follows would be taken for it. A date would differ from build to build.
    let title = name.trim_end_matches(".1");
    let title =
        format!(".TH \"{title}\" \"1\" \"\" \"{PROGRAM}\" \"Stability and seizure maps of brain models\"\n");
    let mut text = title.into_bytes();
    // By parts, since the version stands at the foot of the page already.
    let rendered = page
        .render_name_section(&mut text)
        .and_then(|()| page.render_synopsis_section(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| if is_a_verb { Ok(()) } else { page.render_subcommands_section(&mut text) })
        .and_then(|()| if is_a_verb { also().to_writer(&mut text) } else { Ok(()) });
    rendered.expect("a vector takes everything");
    (name, String::from_utf8_lossy(&text).into_owned())
}

/// Where the exit codes and the other verbs are.
fn also() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]).text([bold("ictus"), roman("(1), for exit codes and the other verbs")]);
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_verb_has_a_page_that_names_its_options() {
        let pages = pages();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "ictus.1");
        let listed = Arguments::command().get_subcommands().filter(|verb| !verb.is_hide_set()).count();
        assert_eq!(names.len(), listed + 1);
        assert!(names.contains(&"ictus-run.1") && !names.contains(&"ictus-manual.1"), "{names:?}");
        for verb in Arguments::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let wanted = format!("ictus-{}.1", verb.get_name());
            let (_, text) = pages.iter().find(|(name, _)| *name == wanted).expect("a page");
            let title = format!(".TH \"ictus-{}\" \"1\" \"\" \"{PROGRAM}\"", verb.get_name());
            assert!(text.starts_with(&title), "{text}");
            for option in verb.get_arguments().filter_map(clap::Arg::get_long) {
                let written = format!("\\-\\-{}", option.replace('-', "\\-"));
                assert!(text.contains(&written), "{wanted} does not name --{option}");
            }
        }
    }
}
