//! What was finished stays finished, and nothing wrong is ever taken for finished: interrupted, damaged and repeated runs.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;

use std::fs;
use std::path::{Path, PathBuf};

use formula::{Formula, complete, identity, measure, open, space, variables};
use ictus::experiment::Status;
use ictus::schedule::{Progress, Stop};

use ictus::space::Space;
use ictus::store::{Fate, Folder, Identity, StoreError};

/// As in `Folder`.
fn journals(folder: &Path) -> Vec<PathBuf> {
    let mut journals: Vec<PathBuf> =
        fs::read_dir(folder.join("journals")).unwrap().map(|entry| entry.unwrap().path()).collect();
    journals.sort();
    journals
}

#[test]
fn the_map_has_the_same_bits_with_one_two_and_three_threads() {
    let space = space(&[300, 500]);
    let maps = [1, 2, 3].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let outcome = complete(&Formula::new(), &space, folder.path(), threads);
        assert!(outcome.is_complete);
        assert_eq!(outcome.progress.computed, 150_000);
        variables(&folder.path().join("map.nc"))
    });
    assert!(maps[0] == maps[1] && maps[1] == maps[2]);
}

#[test]
fn a_stopped_run_is_resumed_and_computes_nothing_twice() {
    let space = space(&[200, 400]);
    let (disturbed, undisturbed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    complete(&Formula::new(), &space, undisturbed.path(), 2);
    let slow = Formula { rounds: 2_000, ..Formula::new() };
    let mut taken = 0;
    for _ in 0..2 {
        let mut folder = open(disturbed.path(), &space);
        assert_eq!(folder.finished().points(), taken);
        let stop = Stop::new();
        let mut watch = |progress: &Progress| {
            if progress.computed > 0 {
                stop.request();
            }
        };
        let outcome = measure(&slow, &space, &mut folder, 2, &stop, &mut watch).unwrap();
        assert!(!outcome.is_complete);
        assert_eq!(outcome.progress.taken, taken);
        assert!(outcome.progress.computed > 0);
        taken += outcome.progress.computed;
    }
    let outcome = complete(&Formula::new(), &space, disturbed.path(), 2);
    assert_eq!(outcome.progress.computed + taken, space.points());
    assert_eq!(outcome.progress.taken, taken);
    let map = |folder: &tempfile::TempDir| variables(&folder.path().join("map.nc"));
    assert!(map(&disturbed) == map(&undisturbed));
    // Once more: everything is there.
    assert_eq!(complete(&Formula::new(), &space, disturbed.path(), 2).progress.computed, 0);
}

#[test]
fn a_panic_becomes_the_status_of_its_own_point_only() {
    let space = space(&[30, 11]);
    let folder = tempfile::tempdir().unwrap();
    let at = space.values(&[7, 0])[0];
    let experiment = Formula { panics_at: Some(at), ..Formula::new() };
    let outcome = complete(&experiment, &space, folder.path(), 2);
    assert_eq!(outcome.progress.statuses[Status::Panic as usize], 11);
    assert_eq!(outcome.progress.failed(), 11 + outcome.progress.statuses[Status::Diverged as usize]);
    assert!(outcome.progress.panics[0].contains("cannot be measured"), "{:?}", outcome.progress.panics);
    let map = ictus::store::map::Map::open(&folder.path().join("map.nc")).unwrap();
    let rows = map.rows(&[0, 0], &[30, 11]).unwrap();
    for point in 0..space.points() {
        let values = space.values(&space.coordinates(point));
        let expected =
            if values[0].to_bits() == at.to_bits() { Status::Panic } else { Formula::row(&values).0 };
        assert_eq!(rows.status[point as usize], expected as u8);
    }
}

/// Every point that the journals of a folder hold is as the formula says; gives how many there are.
fn check_rows(folder: &Folder, space: &Space) -> u64 {
    let mut held = 0;
    for number in 0..space.cells().count() {
        let cell = space.cells().cell(number);
        let rows = folder.index().cell(space, &cell, Status::NotComputed as u8).unwrap();
        for (point, &status) in rows.status.iter().enumerate() {
            if status == Status::NotComputed as u8 {
                continue;
            }
            held += 1;
            let (expected, features) = Formula::row(&space.values(&cell.coordinates(point as u32)));
            assert_eq!(status, expected as u8);
            for (column, value) in rows.features.iter().zip(features) {
                assert_eq!(column[point].to_bits(), value.to_bits());
            }
        }
    }
    assert_eq!(held, folder.finished().points());
    held
}

/// A folder with one small journal, and the journal's bytes.
fn small_journal(space: &Space) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    measure(&Formula::new(), space, &mut open(folder.path(), space), 1, &Stop::new(), &mut |_| ()).unwrap();
    let journal = journals(folder.path()).remove(0);
    let bytes = fs::read(&journal).unwrap();
    (folder, journal, bytes)
}

#[test]
fn a_journal_cut_at_every_byte_keeps_what_is_before_the_cut() {
    let space = space(&[14, 16]);
    let (folder, journal, bytes) = small_journal(&space);
    let mut before = 0;
    for length in 0..bytes.len() {
        fs::write(&journal, &bytes[..length]).unwrap();
        let read = Folder::read(folder.path(), &identity(&space), &space, 3).unwrap();
        let held = check_rows(&read, &space);
        assert!(held >= before, "a longer piece holds no fewer points");
        before = held;
        let recovery = read.recovery();
        assert_eq!((recovery.journals, recovery.points, recovery.damaged), (1, held, 0));
    }
    assert_eq!(before, space.points(), "the last bytes are the note that the journal was closed");
    // What was cut off is computed again.
    fs::write(&journal, &bytes[..bytes.len() * 3 / 4]).unwrap();
    let before = check_rows(&open(folder.path(), &space), &space);
    assert!(before < space.points());
    assert_eq!(complete(&Formula::new(), &space, folder.path(), 1).progress.taken, before);
    assert_eq!(check_rows(&open(folder.path(), &space), &space), space.points());
}

#[test]
fn a_journal_with_any_byte_changed_never_gives_a_wrong_row_and_keeps_every_other_frame() {
    let space = space(&[14, 16]);
    let (folder, journal, bytes) = small_journal(&space);
    let block = u64::from(space.cells().points_of_a_block());
    let frames = bytes.windows(7).filter(|window| window == b"\x89ICTUSF").count() as u64;
    assert!(frames >= 3, "the test wants several frames");
    for place in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= mask;
            fs::write(&journal, &changed).unwrap();
            let read = Folder::read(folder.path(), &identity(&space), &space, 3).unwrap();
            let held = check_rows(&read, &space);
            let recovery = read.recovery();
            assert_eq!(recovery.damaged + recovery.torn, 1, "the loss at byte {place} is counted");
            assert!(read.index().frames() as u64 >= frames - 1, "one frame is lost at most");
            assert!(held + block * u64::from(space.cells().most_blocks_of_a_cell()) >= space.points());
        }
    }
}

/// What stands in the journals of a folder: name and bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    journals(folder).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn write(journals: &[(PathBuf, Vec<u8>)]) {
    for (path, bytes) in journals {
        fs::write(path, bytes).unwrap();
    }
}

fn remove(folder: &Path) {
    for journal in journals(folder) {
        fs::remove_file(journal).unwrap();
    }
}

#[test]
fn many_journals_become_one_and_a_kill_at_any_moment_loses_nothing() {
    let space = space(&[200, 400]);
    let place = tempfile::tempdir().unwrap();
    let slow = Formula { rounds: 10_000, ..Formula::new() };
    for _ in 0..4 {
        let stop = Stop::new();
        let mut watch = |progress: &Progress| {
            if progress.computed > 0 {
                stop.request();
            }
        };
        let mut folder = open(place.path(), &space);
        measure(&slow, &space, &mut folder, 1, &stop, &mut watch).unwrap();
    }
    let before = contents(place.path());
    assert_eq!(before.len(), 4);
    let held = check_rows(&Folder::read(place.path(), &identity(&space), &space, 3).unwrap(), &space);
    let compacted = open(place.path(), &space);
    assert_eq!((compacted.recovery().compacted, check_rows(&compacted, &space)), (4, held));
    drop(compacted);
    let after = contents(place.path());
    assert_eq!(after.len(), 1);
    let whole = &after[0];

    // A kill while the new journal is written aside: any part of it, and all old ones.
    fs::remove_file(&whole.0).unwrap();
    for part in 0..8 {
        write(&before);
        let aside = whole.0.with_extension("part");
        fs::write(&aside, &whole.1[..whole.1.len() * part / 7]).unwrap();
        let resumed = open(place.path(), &space);
        assert_eq!((resumed.recovery().compacted, check_rows(&resumed, &space)), (4, held));
        assert!(!aside.exists());
        remove(place.path());
    }
    // A kill while the old ones are removed: the new one, and any of them.
    for kept in 0..=before.len() {
        write(&before[kept..]);
        write(&after);
        let resumed = open(place.path(), &space);
        assert_eq!(check_rows(&resumed, &space), held);
        assert!(journals(place.path()).len() <= 3);
        let bytes: u64 = journals(place.path()).iter().map(|journal| journal.metadata().unwrap().len()).sum();
        let twice: usize = if resumed.recovery().compacted > 0 {
            0
        } else {
            before[kept..].iter().map(|(_, bytes)| bytes.len()).sum()
        };
        assert!(bytes <= (whole.1.len() + twice) as u64, "what is there twice is left out when copied");
        remove(place.path());
    }
}

#[test]
#[ignore = "takes long: `make soak`"]
fn the_journals_of_ten_million_points_are_read_in_seconds() {
    let space = space(&[3163, 3162]);
    let place = tempfile::tempdir().unwrap();
    let mut folder = open(place.path(), &space);
    let outcome = measure(&Formula::new(), &space, &mut folder, 2, &Stop::new(), &mut |_| ()).unwrap();
    assert!(outcome.is_complete);
    drop(folder);
    let began = std::time::Instant::now();
    let folder = open(place.path(), &space);
    assert_eq!(folder.finished().points(), space.points());
    let seconds = began.elapsed().as_secs_f64();
    println!("the journals of {} points were read in {seconds:.2} s", space.points());
}

#[test]
fn a_journal_of_another_study_is_refused_with_the_lines_that_differ() {
    let space = space(&[6, 9]);
    let (folder, _, _) = small_journal(&space);
    let canonical = identity(&space).canonical.replace("formula", "another");
    let other = Identity { canonical, origin: String::new() };
    let error = Folder::open(folder.path(), &other, &space, 3, Fate::Resume).unwrap_err();
    assert!(error.is_callers_fault());
    let text = error.to_string();
    assert!(text.contains("- experiment = formula\n  + experiment = another"), "{text}");
    assert!(text.contains("--fresh"), "{text}");
    assert!(!text.contains("shape"), "{text}");
    // With `--fresh` it begins anew, and the old results are kept.
    let fresh = Folder::open(folder.path(), &other, &space, 3, Fate::Fresh).unwrap();
    assert_eq!(fresh.finished().points(), 0);
    assert_eq!(fresh.recovery().kept_aside.as_deref(), Some(&*folder.path().join("old-1")));
    assert_eq!(journals(&folder.path().join("old-1")).len(), 1);
}

#[test]
fn points_in_two_journals_must_be_equal_bit_for_bit() {
    let space = space(&[6, 9]);
    let (folder, journal, bytes) = small_journal(&space);
    fs::write(journal.with_file_name("copy.journal"), &bytes).unwrap();
    assert_eq!(check_rows(&open(folder.path(), &space), &space), space.points());
    // A journal of a machine that counts wrongly.
    fs::remove_file(journal.with_file_name("copy.journal")).unwrap();
    let wrong = tempfile::tempdir().unwrap();
    let panicky = Formula { panics_at: Some(space.values(&[3, 0])[0]), ..Formula::new() };
    measure(&panicky, &space, &mut open(wrong.path(), &space), 1, &Stop::new(), &mut |_| ()).unwrap();
    fs::copy(&journals(wrong.path())[0], journal.with_file_name("wrong.journal")).unwrap();
    let mut both = open(folder.path(), &space);
    let map = both.map();
    let result = both.consolidate(&formula::describe(&space), &formula::classify, &map, &mut |_, _| true);
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::Contradiction { .. }) && !error.is_callers_fault());
    assert!(error.to_string().contains("x0 = 2.4, x1 = 0"), "{error}");
    assert!(!map.exists());
}

#[test]
fn a_journal_in_which_nothing_was_noted_is_removed() {
    let (space, path) = (space(&[20, 20]), tempfile::tempdir().unwrap());
    let mut folder = open(path.path(), &space);
    let writer = folder.writer(2).unwrap();
    let count = || std::fs::read_dir(path.path().join("journals")).unwrap().count();
    assert_eq!(count(), 1);
    folder.close(writer).unwrap();
    assert_eq!(count(), 0);
    drop(folder);
    assert!(complete(&Formula::new(), &space, path.path(), 1).is_complete);
}

#[test]
fn a_folder_of_an_earlier_format_is_refused_with_one_message_and_kept_aside_by_fresh() {
    let space = space(&[6, 9]);
    let (folder, journal, mut bytes) = small_journal(&space);
    // The first format said so in its magic, and left that out of the checksum.
    bytes[6] = b'1';
    let length = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let checksum = crc32fast::hash(&bytes[8..12 + length]).to_le_bytes();
    bytes[12 + length..16 + length].copy_from_slice(&checksum);
    fs::write(&journal, &bytes).unwrap();
    let error = Folder::open(folder.path(), &identity(&space), &space, 3, Fate::Resume).unwrap_err();
    let text = error.to_string();
    assert!(error.is_callers_fault() && text.contains("--fresh") && text.contains("number 1"), "{text}");
    assert!(ictus::store::headers(folder.path()).is_err());
    let fresh = Folder::open(folder.path(), &identity(&space), &space, 3, Fate::Fresh).unwrap();
    assert_eq!(fresh.finished().points(), 0);
}
