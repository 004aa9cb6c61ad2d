//! Every call with which a run opens, writes, syncs or renames a file of its folder is made to fail once, as a full disk, a spent
//! quota or a broken device does: the run must end clearly with exit code 4, and the next one complete with equal bits.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests too")]

mod formula;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use formula::variables;

/// errno(3) on Linux: input/output error, no space left on device, disk quota exceeded.
const ERRORS: [(&str, &str); 3] = [("EIO", "5"), ("ENOSPC", "28"), ("EDQUOT", "122")];

/// The shim, compiled.
fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("fault.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fault/fault.c");
    let compiler = std::env::var("CC").unwrap_or("cc".into());
    let compiled = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .status();
    assert!(compiled.unwrap().success(), "a C compiler is needed");
    library
}

const STUDY: &str = r#"
title = "Faults"
[model]
name = "wilson_cowan"
[space.axes]
P = { from = 0, to = 2, n = 20 }
Q = { from = 0, to = 1, n = 21 }
[time]
method = "euler"
step = "1 ms"
transient = "10 ms"
window = "20 ms"
[observe]
features = ["extrema"]
"#;

/// A run of a small space into a folder; a fault's number and kind, if there is to be one.
struct Run<'a> {
    study: &'a Path,
    shim: &'a Path,
    folder: &'a Path,
    mark: &'a Path,
}

impl Run<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ictus"));
        command.arg("run").arg(self.study).args(["--threads", "1", "--output"]).arg(self.folder);
        command
    }

    fn with_fault(&self, number: usize, error: &str, lasting: bool) -> Output {
        let mut command = self.command();
        command
            .env("LD_PRELOAD", self.shim)
            .env("FAULT_ROOT", self.folder)
            .env("FAULT_AT", number.to_string())
            .env("FAULT_ERRNO", error)
            .env("FAULT_MARK", self.mark);
        if lasting {
            command.env("FAULT_LASTING", "1");
        }
        command.output().unwrap()
    }
}

/// A frame of a journal is at most 16 MiB and holds whole chains: 24 bytes around it, 36 before its rows, a byte and eight for each
/// quantity a point. As many points as may go on from each other fit with seven quantities, and not with these.
#[test]
fn points_that_go_on_from_each_other_are_refused_where_no_frame_holds_them() {
    let place = tempfile::tempdir().unwrap();
    let study = place.path().join("study.toml");
    let text = STUDY
        .replace("n = 20 }", "n = 131072 }")
        .replace("[space.axes]", "[space]\ncontinue = \"P\"\n[space.axes]");
    std::fs::write(
        &study,
        text.replace("Q = { from = 0, to = 1, n = 21 }\n", "")
            .replace("\"extrema\"", "\"extrema\", \"moments\", \"cycles\", \"settled\""),
    )
    .unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_ictus"))
        .arg("run")
        .arg(&study)
        .args(["--threads", "1", "--output"])
        .arg(place.path().join("run"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(run.status.code(), Some(2), "{said}");
    let (_, rest) = said.split_once("and with ").expect("how many features");
    let quantities: u64 = rest.split_once(' ').unwrap().0.parse().unwrap();
    let most = ((16 << 20) - 24 - 36 - 8 * quantities) / (1 + 8 * quantities);
    let wanted = format!(
        "262144 points are measured as one piece, and with {quantities} features a piece holds at most {most};"
    );
    assert!(said.contains(&wanted) && said.contains("a shorter axis under `continue`"), "{said}");
}

#[test]
fn a_fault_at_any_call_ends_the_run_clearly_and_the_next_run_completes() {
    let place = tempfile::tempdir().unwrap();
    let (study, shim) = (place.path().join("study.toml"), shim(place.path()));
    std::fs::write(&study, STUDY).unwrap();
    let sound = place.path().join("sound");
    let mark = place.path().join("mark");
    let run = Run { study: &study, shim: &shim, folder: &sound, mark: &mark };
    assert!(run.command().status().unwrap().success());
    let expected = variables(&sound.join("map.nc"));
    let every = std::env::var("ICTUS_ALL_FAULTS").is_ok();
    let mut number = 0;
    let (mut faults, mut coped) = (0, 0);
    'calls: loop {
        number += 1;
        for (turn, (name, error)) in ERRORS.iter().enumerate() {
            // In turn, unless all are wanted.
            if !every && number % ERRORS.len() != turn {
                continue;
            }
            for lasting in [false, true] {
                let folder = place.path().join(format!("folder-{number}-{name}-{lasting}"));
                let run = Run { folder: &folder, ..run };
                let output = run.with_fault(number, error, lasting);
                if !mark.exists() {
                    assert!(output.status.success());
                    break 'calls;
                }
                std::fs::remove_file(&mark).unwrap();
                faults += 1;
                let said = String::from_utf8_lossy(&output.stderr);
                let at = format!("{name} at call {number}, lasting: {lasting}: {output:?}");
                if output.status.success() {
                    // HDF5 tries to open a file before it creates it, and does not mind why that fails.
                    assert!(variables(&folder.join("map.nc")) == expected, "{at}");
                    coped += 1;
                } else {
                    assert_eq!(output.status.code(), Some(4), "{at}");
                    assert!(said.contains("cannot ") && said.ends_with("is lost\n"), "{at}");
                }
                let next = run.command().output().unwrap();
                assert!(next.status.success(), "after {at}: {next:?}");
                assert!(variables(&folder.join("map.nc")) == expected, "after {at}");
                std::fs::remove_dir_all(&folder).unwrap();
            }
        }
    }
    assert!(coped * 20 <= faults, "{coped} of {faults} faults did not end the run");
    assert!(faults >= 40, "only {faults} faults: the shim does not see the calls");
}

/// Where the rows of a journal begin: the limit of a file's size with which notes fit and rows do not.
fn first_rows(folder: &Path) -> usize {
    let journal = std::fs::read_dir(folder.join("journals")).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(journal).unwrap();
    bytes.windows(8).position(|window| window == b"\x89ICTUSF\n").unwrap()
}

#[test]
fn a_disk_that_refuses_rows_and_takes_notes_quarantines_nothing() {
    let place = tempfile::tempdir().unwrap();
    let study = place.path().join("study.toml");
    std::fs::write(&study, STUDY).unwrap();
    let run = |folder: &str, limit: Option<usize>| {
        let mut command = match limit {
            None => Command::new(env!("CARGO_BIN_EXE_ictus")),
            Some(bytes) => {
                let mut command = Command::new("prlimit");
                command.arg(format!("--fsize={bytes}")).arg(env!("CARGO_BIN_EXE_ictus"));
                command
            }
        };
        command.arg("run").arg(&study).args(["--threads", "1", "--output"]).arg(place.path().join(folder));
        command.output().unwrap()
    };
    assert!(run("sound", None).status.success());
    let rows = first_rows(&place.path().join("sound"));
    // With room for the note that the end was in good order, and without.
    for room in [4000, 20] {
        let folder = format!("folder-{room}");
        for _ in 0..8 {
            let ended = run(&folder, Some(rows + room));
            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(4), "{ended:?}");
            assert!(said.contains("cannot write"), "{said}");
        }
        let last = run(&folder, None);
        assert!(last.status.success(), "{last:?}");
        let map = |folder: &str| variables(&place.path().join(folder).join("map.nc"));
        assert!(map(&folder) == map("sound"), "nothing is quarantined");
    }
}

#[test]
fn a_process_that_shares_a_folder_ends_when_its_disk_refuses_rows_whichever_they_are() {
    let place = tempfile::tempdir().unwrap();
    let (study, shim) = (place.path().join("study.toml"), shim(place.path()));
    std::fs::write(&study, STUDY).unwrap();
    let (sound, mark) = (place.path().join("sound"), place.path().join("mark"));
    let run = Run { study: &study, shim: &shim, folder: &sound, mark: &mark };
    assert!(run.command().status().unwrap().success());
    let expected = variables(&sound.join("map.nc"));
    let mut frames = 0;
    loop {
        let folder = place.path().join(format!("folder-{frames}"));
        let run = Run { folder: &folder, ..run };
        let mut command = run.command();
        command.arg("--join").env("LD_PRELOAD", &shim).env("FAULT_FRAME", (frames + 1).to_string());
        let ended = command.output().unwrap();
        if ended.status.success() {
            break;
        }
        frames += 1;
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(4), "{ended:?}");
        assert!(said.contains("cannot write"), "{said}");
        let next = run.command().arg("--join").output().unwrap();
        assert!(next.status.success(), "{next:?}");
        assert!(variables(&folder.join("map.nc")) == expected);
    }
    assert!(frames >= 2, "only {frames} frames: the shim does not see them");
}

#[test]
fn a_file_system_without_locks_loses_no_map() {
    let place = tempfile::tempdir().unwrap();
    let (study, shim) = (place.path().join("study.toml"), shim(place.path()));
    std::fs::write(&study, STUDY).unwrap();
    let (folder, mark) = (place.path().join("folder"), place.path().join("mark"));
    let run = Run { study: &study, shim: &shim, folder: &folder, mark: &mark };
    let ended = run.command().env("LD_PRELOAD", &shim).env("FAULT_LOCKS", "1").output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert!(folder.join("map.nc").exists());
}
