//! Who may import whom, and where each outside library is named: the rules are the three tables below, the rest reads the
//! sources and compares. Knows nothing of what the rooms do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Room, and the rooms it may name. Every room may name the two on the ground floor.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("design", &[]),
    ("equation", &[]),
    ("experiment", &[]),
    ("space", &["design"]),
    ("model", &["equation"]),
    ("network", &["equation"]),
    ("integrate", &["equation"]),
    ("observe", &["equation"]),
    ("regime", &["equation", "experiment"]),
    ("stability", &["equation", "model", "network"]),
    (
        "simulate",
        &["equation", "experiment", "integrate", "model", "network", "observe", "regime", "stability"],
    ),
    ("store", &["experiment", "space"]),
    ("schedule", &["experiment", "space", "store"]),
    ("analyse", &["design", "experiment", "space", "store"]),
    ("show", &["analyse", "store"]),
    (
        "study",
        &[
            "design",
            "equation",
            "integrate",
            "model",
            "network",
            "observe",
            "regime",
            "simulate",
            "space",
            "stability",
            "store",
        ],
    ),
    ("slurm", &["study"]),
    ("run", &["experiment", "schedule", "simulate", "space", "store", "study"]),
    (
        "cli",
        &[
            "analyse",
            "design",
            "equation",
            "experiment",
            "model",
            "regime",
            "run",
            "schedule",
            "show",
            "simulate",
            "slurm",
            "space",
            "stability",
            "store",
            "study",
        ],
    ),
    ("main", &["cli"]),
];

/// The rooms that everybody stands on, and that stand on nothing.
const GROUND: &[&str] = &["complaint", "table"];

/// Outside library, and the files or rooms (ending in `/`) that may name it. A room is also the file of its name.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("ab_glyph", &["src/show/"]),
    ("annotate_snippets", &["src/complaint.rs"]),
    ("bincode", &["src/store/"]),
    ("bzip2", &["src/network/read/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/manual.rs"]),
    ("crc32fast", &["src/show/picture.rs", "src/store/"]),
    (
        "csv",
        &[
            "src/store/boundary.rs",
            "src/store/design.rs",
            "src/store/outcomes.rs",
            "src/store/points.rs",
            "src/store/rows.rs",
        ],
    ),
    ("flate2", &["src/network/read/", "src/show/report/layer.rs"]),
    ("indicatif", &["src/cli/"]),
    ("libm", &["src/design/", "src/equation/elementary.rs", "src/space/axis.rs"]),
    ("mpi", &["src/schedule/mpi/"]),
    ("ndarray", &["src/analyse/", "src/show/"]),
    ("netcdf", &["src/store/container/netcdf_file.rs"]),
    ("netcdf_sys", &["src/store/container/netcdf_file.rs"]),
    ("plotters", &["src/show/"]),
    ("rawzip", &["src/network/read/"]),
    ("rayon", &["src/schedule/", "src/store/container/netcdf_file.rs"]),
    ("rustix", &["src/cli/", "src/schedule/", "src/store/"]),
    ("serde", &["src/"]),
    ("serde_json", &["src/analyse/", "src/cli/", "src/show/report/", "src/store/"]),
    ("sha2", &["src/store/"]),
    ("shlex", &["src/slurm/script.rs"]),
    ("signal_hook", &["src/schedule/stop.rs", "src/store/crash.rs"]),
    ("signal_hook_registry", &["src/store/crash.rs"]),
    ("sobol", &["src/design/sobol_points.rs"]),
    ("statrs", &["src/analyse/sensitivity/sampled/intervals.rs"]),
    ("strsim", &["src/complaint.rs"]),
    ("svg2pdf", &["src/show/pdf.rs"]),
    ("thiserror", &["src/"]),
    ("toml", &["src/study/"]),
];

/// Libraries that one single file names, whichever file of the room it is.
const IN_ONE_FILE: &[&str] = &["annotate_snippets", "bincode", "netcdf", "netcdf_sys", "strsim", "svg2pdf"];

/// The only files, or rooms (ending in `/`), with `unsafe` code; each file says why at its top.
const UNSAFE: &[&str] = &[
    "src/equation/lanes/",
    "src/schedule/mpi/survivors.rs",
    "src/store/container/netcdf_file.rs",
    "src/store/crash.rs",
];

/// The only files with state of the whole process: statics that can change or are made at first use, and what each thread has of its
/// own. Beside it only the handlers of signals, `schedule/stop.rs` and `store/crash.rs`, are the process'.
const GLOBAL_STATE: &[(&str, &str)] = &[
    ("src/observe/bands.rs", "meanings, made at first use"),
    ("src/schedule/panics.rs", "what a panic at a point has said, and the hook that keeps it"),
    ("src/show/font.rs", "the font, read at first use"),
    ("src/store/container/netcdf_file.rs", "the one thread that calls the NetCDF library"),
];

#[test]
fn every_room_imports_only_what_the_table_allows() {
    assert_clean(&imports_that_are_not_allowed(&sources()));
}

#[test]
fn every_outside_library_is_named_only_where_the_table_says() {
    assert_clean(&libraries_out_of_place(&sources()));
}

#[test]
fn every_dependency_has_its_place_in_the_table() {
    let manifest: toml::Table = fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    let named: BTreeSet<String> =
        manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect();
    let listed: BTreeSet<String> = LIBRARIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named, listed, "Cargo.toml on the left, LIBRARIES in tests/architecture.rs on the right");
}

#[test]
fn every_room_of_the_tables_exists_and_every_permission_is_used() {
    assert_clean(&rooms_that_do_not_exist(&sources()));
    assert_clean(&permissions_that_nobody_uses(&sources()));
}

#[test]
fn unsafe_code_stands_only_where_the_table_says() {
    assert_clean(&unsafe_out_of_place(&sources()));
}

#[test]
fn state_of_the_whole_process_is_only_where_the_table_says() {
    assert_clean(&global_state_out_of_place(&sources()));
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    assert_clean(&files_without_an_opening(&sources()));
}

#[test]
fn the_import_table_has_no_circle() {
    let mut settled: BTreeSet<&str> = GROUND.iter().copied().collect();
    loop {
        let next: Vec<&str> = MAY_IMPORT
            .iter()
            .filter(|(room, needs)| {
                !settled.contains(room) && needs.iter().all(|need| settled.contains(need))
            })
            .map(|(room, _)| *room)
            .collect();
        if next.is_empty() {
            break;
        }
        settled.extend(next);
    }
    assert_eq!(
        settled.len(),
        MAY_IMPORT.len() + GROUND.len(),
        "a circle, or an unknown name, among the other rooms"
    );
}

#[test]
fn each_kind_of_violation_is_found() {
    let found = |path: &str, text: &str| {
        let files = BTreeMap::from([(path.to_owned(), text.to_owned())]);
        let mut found = imports_that_are_not_allowed(&files);
        found.extend(libraries_out_of_place(&files));
        found.extend(unsafe_out_of_place(&files));
        found.extend(files_without_an_opening(&files));
        found
    };
    let good = "//! A file.\nuse crate::{table::Table, complaint::{self, Complaint}};\n// crate::cli, unsafe, clap::Parser\n\
                const A: &str = \"crate::cli \\\" unsafe clap::Parser\"; fn f<'a>(c: char) -> bool { c == '\"' }\n\
                mod tests { use super::*; mod inner { use super::super::*; } }\n";
    assert_eq!(found("src/store/journal.rs", good), Vec::<String>::new());

    for (path, text) in [
        ("src/store/journal.rs", "//! A file.\nuse crate::study::Study;\n"),
        ("src/store/journal.rs", "//! A file.\nuse crate::{table::Table,\n    study::{self, Study},\n};\n"),
        ("src/store/journal.rs", "//! A file.\nfn f() { g(crate::study::STUDY, br#\"\"\"#) }\n"),
        ("src/store/journal.rs", "//! A file.\nfn f() -> crate::study::Study { todo!() }\n"),
        ("src/store/journal.rs", "//! A file.\nuse super::super::study::Study;\n"),
        ("src/regime.rs", "//! A file.\nuse super::study::Study;\n"),
        ("src/unheard/of.rs", "//! A file.\nuse crate::table::Table;\n"),
        ("src/table.rs", "//! A file.\nuse crate::space::Space;\n"),
        ("src/main.rs", "//! A file.\nuse ictus::store::Journal;\n"),
        ("src/store/journal.rs", "//! A file.\nfn f() { let x = netcdf::create(\"x\"); }\n"),
        ("src/store/journal.rs", "//! A file.\nuse toml;\n"),
        ("src/schedule/ranks.rs", "//! A file.\nuse mpi::Rank;\n"),
        ("src/store/journal.rs", "//! A file.\nfn f() { unsafe { g() } }\n"),
        ("src/store/journal.rs", "use std::fs;\n"),
    ] {
        assert_eq!(found(path, text).len(), 1, "{path}: {text}");
    }
    let twice: BTreeMap<String, String> = ["src/store/a.rs", "src/store/b.rs"]
        .map(|path| (path.to_owned(), "//! A file.\nuse bincode::Encode;\n".to_owned()))
        .into();
    assert_eq!(libraries_out_of_place(&twice).len(), 1);

    for (path, text, violations) in [
        ("src/store/a.rs", "static A: Mutex<u8> = Mutex::new(0);", 1),
        ("src/store/a.rs", "pub(crate) static A: std::sync::OnceLock<u8> = std::sync::OnceLock::new();", 1),
        ("src/store/a.rs", "static COUNT: AtomicU64 = AtomicU64::new(0);", 1),
        ("src/store/a.rs", "thread_local! { static A: Cell<bool> = const { Cell::new(false) }; }", 2),
        (
            "src/store/a.rs",
            "static NAMES: &[&'static str] = &[\"static A: Mutex\"]; fn f() -> &'static str { NAMES[0] }",
            0,
        ),
        ("src/store/container/netcdf_file.rs", "static A: LazyLock<u8> = LazyLock::new(|| 1);", 0),
    ] {
        let mut files = BTreeMap::from([(path.to_owned(), format!("//! A file.\n{text}\n"))]);
        for (listed, _) in GLOBAL_STATE.iter().filter(|(listed, _)| *listed != path) {
            files.insert((*listed).to_owned(), "static A: Mutex<u8> = Mutex::new(0);".to_owned());
        }
        assert_eq!(global_state_out_of_place(&files).len(), violations, "{text}");
    }
    assert_eq!(global_state_out_of_place(&BTreeMap::new()).len(), GLOBAL_STATE.len());

    // Sources of nothing use no permission and have no room; a permission is used where it is named in code, not in words.
    let nothing = BTreeMap::new();
    let permissions = MAY_IMPORT.iter().map(|(_, rooms)| rooms.len()).sum::<usize>()
        + LIBRARIES.iter().map(|(_, places)| places.len()).sum::<usize>()
        + UNSAFE.len();
    assert_eq!(permissions_that_nobody_uses(&nothing).len(), permissions);
    assert_eq!(rooms_that_do_not_exist(&nothing).len(), MAY_IMPORT.len() + GROUND.len());
    let with = |path: &str, text: &str| BTreeMap::from([(path.to_owned(), format!("//! A file.\n{text}\n"))]);
    for (path, text, used) in [
        ("src/analyse/cut.rs", "use crate::{space::Space, store::Folder};", 2),
        ("src/analyse/cut.rs", "// crate::space\nconst A: &str = \"crate::store\";", 0),
        ("src/store/container/netcdf_file.rs", "use netcdf::File;", 1),
        ("src/schedule/mpi.rs", "use mpi::Rank;", 1),
        ("src/equation/lanes/x86.rs", "fn f() { unsafe { g() } }", 1),
    ] {
        let left = permissions_that_nobody_uses(&with(path, text)).len();
        assert_eq!(permissions - left, used, "{path}: {text}");
    }
}

fn assert_clean(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Every source file of the program, path to text.
fn sources() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![Path::new("src").to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                files.insert(path.display().to_string(), text);
            }
        }
    }
    assert!(files.len() > 5, "the sources were not found");
    files
}

/// `src/store/map.rs` and `src/store.rs` are in the room `store`.
fn room(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// Whether a file is the place, or in the room (ending in `/`) or the file of its name.
fn is_in(path: &str, place: &str) -> bool {
    let of_a_room = |room| path.starts_with(place) || path == format!("{room}.rs");
    path == place || place.strip_suffix('/').is_some_and(of_a_room)
}

fn imports_that_are_not_allowed(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in files {
        let here = room(path);
        if here == "lib" {
            continue;
        }
        let Some(allowed) = GROUND
            .contains(&here)
            .then_some(&[] as &[&str])
            .or_else(|| MAY_IMPORT.iter().find(|(name, _)| *name == here).map(|(_, rooms)| *rooms))
        else {
            violations
                .push(format!("{path}: the room `{here}` is not in the table of tests/architecture.rs"));
            continue;
        };
        for (line, wanted) in rooms_named(path, text) {
            if wanted != here && !GROUND.contains(&wanted.as_str()) && !allowed.contains(&wanted.as_str()) {
                violations.push(format!("{path}:{line}: `{here}` may not import `{wanted}`"));
            }
        }
    }
    violations
}

/// Rooms of the two tables without a source.
fn rooms_that_do_not_exist(files: &BTreeMap<String, String>) -> Vec<String> {
    let there: BTreeSet<&str> = files.keys().map(|path| room(path)).collect();
    let named = MAY_IMPORT.iter().map(|(room, _)| room).chain(GROUND);
    named
        .filter(|room| !there.contains(*room))
        .map(|room| format!("`{room}` stands in tests/architecture.rs and not in src; remove it"))
        .collect()
}

/// Rows of the tables that allow what no source does.
fn permissions_that_nobody_uses(files: &BTreeMap<String, String>) -> Vec<String> {
    let arrows: BTreeSet<(&str, String)> = files
        .iter()
        .flat_map(|(path, text)| rooms_named(path, text).into_iter().map(|(_, wanted)| (room(path), wanted)))
        .collect();
    let words: Vec<(&String, Vec<Word>)> = files.iter().map(|(path, text)| (path, words(text))).collect();
    let any = |place: &str, is_used: &dyn Fn(&[Word]) -> bool| {
        words.iter().any(|(path, words)| is_in(path, place) && is_used(words))
    };
    let mut unused = Vec::new();
    for (room, rooms) in MAY_IMPORT {
        for wanted in rooms.iter().filter(|wanted| !arrows.contains(&(*room, (**wanted).to_owned()))) {
            unused.push(format!("`{room}` may import `{wanted}` and does not; remove it from MAY_IMPORT"));
        }
    }
    for (library, places) in LIBRARIES {
        for place in
            places.iter().filter(|place| !any(place, &|words| line_that_names(library, words).is_some()))
        {
            unused.push(format!("`{library}` may be named in {place} and is not; remove it from LIBRARIES"));
        }
    }
    for place in
        UNSAFE.iter().filter(|place| !any(place, &|words| words.iter().any(|word| word.text == "unsafe")))
    {
        unused.push(format!("{place} may have `unsafe` code and has none; remove it from UNSAFE"));
    }
    unused
}

fn libraries_out_of_place(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut violations = Vec::new();
    let words: Vec<(&String, Vec<Word>)> = files.iter().map(|(path, text)| (path, words(text))).collect();
    for (library, places) in LIBRARIES {
        let naming: Vec<(&String, usize)> = words
            .iter()
            .filter_map(|(path, words)| Some((*path, line_that_names(library, words)?)))
            .collect();
        for (path, line) in &naming {
            let allowed = places.iter().any(|place| is_in(path, place));
            if !allowed {
                violations.push(format!("{path}:{line}: `{library}` is named only in {}", places.join(", ")));
            }
        }
        if IN_ONE_FILE.contains(library) && naming.len() > 1 {
            let paths: Vec<&str> = naming.iter().map(|(path, _)| path.as_str()).collect();
            violations.push(format!("`{library}` is named in one file only, not in {}", paths.join(", ")));
        }
    }
    violations
}

fn unsafe_out_of_place(files: &BTreeMap<String, String>) -> Vec<String> {
    files
        .iter()
        .filter(|(path, _)| !UNSAFE.iter().any(|place| path.starts_with(place)))
        .flat_map(|(path, text)| {
            words(text).into_iter().filter(|word| word.text == "unsafe").map(move |word| {
                format!("{path}:{}: `unsafe` stands only in {}", word.line, UNSAFE.join(", "))
            })
        })
        .collect()
}

/// Statics of a type that can change or is made at first use, and what threads have of their own; and places of the table without any.
fn global_state_out_of_place(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut violations = Vec::new();
    let mut with_state = BTreeSet::new();
    for (path, text) in files {
        let words = words(text);
        for (at, word) in words.iter().enumerate() {
            let in_the_type = || words[at..].iter().take_while(|word| word.text != "=" && word.text != ";");
            let is_state = match word.text.as_str() {
                "static" => in_the_type().any(|word| can_change(&word.text)),
                "thread_local" => true,
                _ => false,
            };
            if is_state {
                with_state.insert(path.as_str());
                if !GLOBAL_STATE.iter().any(|(place, _)| place == path) {
                    violations.push(format!("{path}:{}: state of the whole process; pass it in", word.line));
                }
            }
        }
    }
    for (place, _) in GLOBAL_STATE.iter().filter(|(place, _)| !with_state.contains(place)) {
        violations.push(format!("{place} has no state of the whole process; remove it from GLOBAL_STATE"));
    }
    violations
}

/// Whether a type of this name holds what changes, or what is made later.
fn can_change(name: &str) -> bool {
    ["mut", "Mutex", "RwLock", "Cell", "RefCell", "UnsafeCell"].contains(&name)
        || ["Atomic", "Once", "Lazy"].iter().any(|beginning| name.starts_with(beginning))
}

fn files_without_an_opening(files: &BTreeMap<String, String>) -> Vec<String> {
    files
        .iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| format!("{path}: opens with `//!` and a sentence that says what it is"))
        .collect()
}

/// The rooms that a file names by `crate::`, by `ictus::` or by climbing out with `super::`, each with its line.
fn rooms_named(path: &str, text: &str) -> Vec<(usize, String)> {
    let words = words(text);
    let mut named = Vec::new();
    let mut depth_of_file = path.strip_prefix("src/").unwrap_or(path).matches('/').count() + 1;
    if path.ends_with("/mod.rs") {
        depth_of_file -= 1;
    }
    // Where inline modules open, as depths of braces.
    let (mut braces, mut modules) = (0_usize, Vec::new());
    for (at, word) in words.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map_or("", |at| words[at].text.as_str());
        match word.text.as_str() {
            "{" => {
                braces += 1;
                if before(2) == "mod" {
                    modules.push(braces);
                }
            }
            "}" => {
                if modules.last() == Some(&braces) {
                    modules.pop();
                }
                braces = braces.saturating_sub(1);
            }
            "crate" | "ictus" if before(1) != "::" && before(1) != "$" => {
                named.extend(first_names(&words[at + 1..]));
            }
            "super" if before(1) != "::" => {
                let chain = words[at..].chunks(2).take_while(|pair| pair[0].text == "super").count();
                if chain >= depth_of_file + modules.len() {
                    named.extend(first_names(&words[at + 2 * chain - 1..]));
                }
            }
            _ => {}
        }
    }
    named
}

/// The names that follow `crate`: one in `::a::b`, several in `::{a::b, c::{d, e}}`.
fn first_names(after: &[Word]) -> Vec<(usize, String)> {
    let name = |word: &Word| (word.line, word.text.clone());
    match after {
        [colons, brace, rest @ ..] if colons.text == "::" && brace.text == "{" => {
            let mut names = Vec::new();
            let (mut depth, mut expected) = (1, true);
            for word in rest {
                match word.text.as_str() {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "," => expected = depth == 1,
                    _ if expected => {
                        names.push(name(word));
                        expected = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            names
        }
        [colons, first, ..] if colons.text == "::" => vec![name(first)],
        _ => Vec::new(),
    }
}

/// The first line that names an outside library: as `library::`, or by `use library`.
fn line_that_names(library: &str, words: &[Word]) -> Option<usize> {
    words.iter().enumerate().find_map(|(at, word)| {
        let before = at.checked_sub(1).map_or("", |at| words[at].text.as_str());
        let after = words.get(at + 1).map_or("", |word| word.text.as_str());
        let named = word.text == library && before != "::" && (after == "::" || before == "use");
        named.then_some(word.line)
    })
}

/// An identifier, `::`, or a single other sign, and its line.
struct Word {
    line: usize,
    text: String,
}

/// The words of a Rust text without its comments, strings, characters and lifetimes.
fn words(text: &str) -> Vec<Word> {
    let signs: Vec<char> = text.chars().collect();
    let sign = |at: usize| signs.get(at).copied().unwrap_or('\0');
    let is_name = |sign: char| sign.is_alphanumeric() || sign == '_';
    let (mut at, mut line, mut words) = (0, 1, Vec::new());
    while at < signs.len() {
        let start = at;
        match sign(at) {
            '/' if sign(at + 1) == '/' => at = find(&signs, at, "\n").unwrap_or(signs.len()),
            '/' if sign(at + 1) == '*' => at = find(&signs, at, "*/").map_or(signs.len(), |end| end + 2),
            'b' if sign(at + 1) == 'r' && matches!(sign(at + 2), '#' | '"') => at += 1,
            'r' if sign(at + 1) == '"' || (sign(at + 1) == '#' && matches!(sign(at + 2), '#' | '"')) => {
                let hashes = signs[at + 1..].iter().take_while(|sign| **sign == '#').count();
                let end = format!("\"{}", "#".repeat(hashes));
                at = find(&signs, at + hashes + 2, &end).map_or(signs.len(), |found| found + hashes + 1);
            }
            '"' => {
                at += 1;
                while at < signs.len() && sign(at) != '"' {
                    at += if sign(at) == '\\' { 2 } else { 1 };
                }
                at += 1;
            }
            // A character ends two or more signs later with another quote; a lifetime does not.
            '\'' if sign(at + 1) == '\\' => at = find(&signs, at + 3, "'").map_or(signs.len(), |end| end + 1),
            '\'' if sign(at + 2) == '\'' => at += 3,
            '\'' => at += 1 + signs[at + 1..].iter().take_while(|sign| is_name(**sign)).count(),
            first if is_name(first) => {
                at += signs[at..].iter().take_while(|sign| is_name(**sign)).count();
                words.push(Word { line, text: signs[start..at].iter().collect() });
            }
            ':' if sign(at + 1) == ':' => {
                at += 2;
                words.push(Word { line, text: "::".to_owned() });
            }
            first => {
                at += 1;
                if !first.is_whitespace() {
                    words.push(Word { line, text: first.to_string() });
                }
            }
        }
        line += signs[start..at.min(signs.len())].iter().filter(|sign| **sign == '\n').count();
    }
    words
}

fn find(signs: &[char], from: usize, wanted: &str) -> Option<usize> {
    let wanted: Vec<char> = wanted.chars().collect();
    (from..signs.len()).find(|at| signs[*at..].starts_with(&wanted))
}
