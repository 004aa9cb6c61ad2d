//! What the fuzzers of the readers begin with is read as they read it: their inputs, and every shipped model and study.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "the readers are tests too")]

#[path = "../fuzz/readers/journal.rs"]
mod journal;
#[path = "../fuzz/readers/matrix.rs"]
mod matrix;
#[path = "../fuzz/readers/model.rs"]
mod model;
#[path = "../fuzz/readers/study.rs"]
mod study;

use std::fs;

/// Gives the content of every file in these folders to a reader; there are so many at least.
fn each(folders: &[&str], least: usize, read: impl Fn(&[u8])) {
    let mut count = 0;
    for folder in folders {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                read(&fs::read(&path).unwrap());
                count += 1;
            }
        }
    }
    assert!(count >= least, "{count} files in {folders:?}");
}

#[test]
fn models_are_read_or_refused() {
    each(&["fuzz/seeds/model", "models"], 15, |bytes| model::model(str::from_utf8(bytes).unwrap()));
}

#[test]
fn studies_are_read_or_refused() {
    each(&["fuzz/seeds/study", "configs"], 20, |bytes| {
        if let Ok(text) = str::from_utf8(bytes) {
            study::study(text);
        }
    });
}

#[test]
fn damaged_journals_give_no_wrong_row() {
    each(&["fuzz/seeds/journal"], 4, journal::journal);
}

#[test]
fn matrices_are_read_or_refused() {
    each(&["fuzz/seeds/matrix"], 9, matrix::matrix);
}
