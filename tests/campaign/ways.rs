//! The ways to stop or to disturb a run: one line each in the table. Knows nothing of studies.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};

use crate::chance::Chance;
use crate::held;
use crate::wires::{Extras, Job, send};

/// A way to stop or to disturb a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    /// A signal that asks for a stop, now and then several times.
    Signal(&'static str, Signal),
    /// A kill.
    Kill,
    /// `--time-limit`.
    TimeLimit,
    /// One frame of rows cannot be written, or only half of it.
    RowsOnce,
    /// Neither can any that follows.
    RowsForEver,
    /// From some moment on nothing can be written into the folder, as on a full disk.
    FullDisk,
    /// From some moment on no file may grow by more than a few rows.
    SizeLimit,
    /// From the start: notes fit, rows do not.
    NoRoomForRows,
    /// The journals are removed.
    JournalsRemoved,
    /// The folder is removed.
    FolderRemoved,
}

/// Every way that there is.
pub(crate) const WAYS: &[Way] = &[
    Way::Signal("SIGINT", Signal::INT),
    Way::Signal("SIGTERM", Signal::TERM),
    Way::Signal("SIGUSR1", Signal::USR1),
    Way::Signal("SIGHUP", Signal::HUP),
    Way::TimeLimit,
    Way::Kill,
    Way::RowsOnce,
    Way::RowsForEver,
    Way::FullDisk,
    Way::SizeLimit,
    Way::NoRoomForRows,
    Way::JournalsRemoved,
    Way::FolderRemoved,
];

/// What the way needs to know of the place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The run's folder.
    pub(crate) folder: &'a Path,
    /// The shim of tests/fault, compiled.
    pub(crate) shim: &'a Path,
    /// The shim makes this file when it has let something fail.
    pub(crate) mark: &'a Path,
    /// While this file is there the disk is full.
    pub(crate) full: &'a Path,
    /// How many bytes a journal has before its first note.
    pub(crate) header: u64,
    /// How many bytes a frame of rows has, about.
    pub(crate) frame: u64,
    /// By how many bytes at most a file may still grow where its size is limited.
    pub(crate) room: u64,
}

impl Way {
    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Signal(name, _) => name,
            Self::Kill => "kill",
            Self::TimeLimit => "time limit",
            Self::RowsOnce => "rows fail once",
            Self::RowsForEver => "rows fail for ever",
            Self::FullDisk => "full disk",
            Self::SizeLimit => "size limit",
            Self::NoRoomForRows => "no room for rows",
            Self::JournalsRemoved => "journals removed",
            Self::FolderRemoved => "folder removed",
        }
    }

    /// Whether it asks for a stop, which is to be obeyed within seconds.
    pub(crate) fn asks(self) -> bool {
        matches!(self, Self::Signal(..) | Self::TimeLimit)
    }

    /// Whether it takes away what was finished.
    pub(crate) fn removes(self) -> bool {
        matches!(self, Self::JournalsRemoved | Self::FolderRemoved)
    }

    /// Whether it happens by itself once the processes are started with its extras.
    pub(crate) fn is_set_at_the_start(self) -> bool {
        matches!(self, Self::TimeLimit | Self::RowsOnce | Self::RowsForEver)
    }

    /// Whether it happens as soon as there is a journal.
    pub(crate) fn is_at_once(self) -> bool {
        self == Self::NoRoomForRows
    }

    /// Whether it can happen in the middle of a piece of work, before its rows.
    pub(crate) fn can_be_in_the_middle(self) -> bool {
        !matches!(self, Self::RowsOnce | Self::RowsForEver | Self::NoRoomForRows)
    }

    /// How often one study is stopped in this way.
    pub(crate) fn stops_of_a_study(self, is_launched: bool) -> u32 {
        // Points look deadly only after several deaths.
        if self.is_at_once() && !is_launched { 24 } else { 6 }
    }

    /// The exit codes that a process or a launcher may have, and signals as numbers below 0.
    pub(crate) fn allows(self, code: i32) -> bool {
        match self {
            Self::Signal(..) | Self::TimeLimit => [0, 75].contains(&code),
            // A launcher says 128 + 9 of a killed rank, or ends by the same signal; Open MPI's (4.1.4) was seen to end by SIGPIPE as
            // it wrote to one that was gone. The one who is left may end of it with 4.
            Self::Kill => [0, 4, 75, -9, 9, 137, -13].contains(&code),
            _ => [0, 4, 75].contains(&code),
        }
    }

    /// What processes are started with.
    pub(crate) fn extras(self, scene: Scene<'_>, seats: usize, limit: f64, chance: &mut Chance) -> Extras {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut extras = Extras::default();
        match self {
            Self::TimeLimit => {
                extras.arguments = vec!["--time-limit".to_owned(), format!("{limit:.2} s")];
            }
            Self::RowsOnce | Self::RowsForEver => {
                extras.variables = vec![
                    ("LD_PRELOAD", text(scene.shim)),
                    ("FAULT_ROOT", text(scene.folder)),
                    ("FAULT_ROWS", (1 + chance.below(4)).to_string()),
                    ("FAULT_ERRNO", ["5", "28", "122"][chance.below(3)].to_owned()),
                    ("FAULT_MARK", text(scene.mark)),
                ];
                if self == Self::RowsForEver {
                    extras.variables.push(("FAULT_LASTING", "1".to_owned()));
                }
                if chance.once_in(2) {
                    extras.variables.push(("FAULT_TORN", "1".to_owned()));
                }
                extras.seat = (!chance.once_in(3)).then(|| chance.below(seats));
            }
            Self::FullDisk => {
                extras.variables = vec![
                    ("LD_PRELOAD", text(scene.shim)),
                    ("FAULT_ROOT", text(scene.folder)),
                    ("FAULT_WHILE", text(scene.full)),
                    ("FAULT_ERRNO", ["28", "122"][chance.below(2)].to_owned()),
                    ("FAULT_MARK", text(scene.mark)),
                ];
            }
            _ => {}
        }
        extras
    }

    /// Happens now, to these processes.
    pub(crate) fn happen(
        self,
        scene: Scene<'_>,
        job: &mut Job,
        victims: &[(usize, u32)],
        chance: &mut Chance,
    ) {
        for &(place, process) in victims {
            job.strike(place);
            match self {
                Self::Signal(_, signal) => {
                    send(process, signal);
                    // A second SIGINT is another wish: to end at once.
                    while chance.once_in(3) {
                        send(process, signal);
                    }
                }
                Self::Kill => {
                    send(process, Signal::KILL);
                }
                Self::SizeLimit => {
                    limit(process, held::longest(scene.folder) + (chance.part() * scene.room as f64) as u64);
                }
                // So much is room for a note or two.
                Self::NoRoomForRows => limit(process, scene.header + 40 + chance.below(140) as u64),
                _ => {}
            }
        }
        match self {
            Self::FullDisk => fs::write(scene.full, "").unwrap(),
            // It may be written into meanwhile.
            Self::JournalsRemoved => drop(fs::remove_dir_all(scene.folder.join("journals"))),
            Self::FolderRemoved => drop(fs::remove_dir_all(scene.folder)),
            _ => {}
        }
    }

    /// Whether it has happened: `codes` are those of the processes.
    pub(crate) fn has_hit(self, scene: Scene<'_>, was_struck: bool, codes: &[i32]) -> bool {
        match self {
            Self::RowsOnce | Self::RowsForEver | Self::FullDisk => scene.mark.exists(),
            Self::JournalsRemoved | Self::FolderRemoved => was_struck,
            _ => codes.iter().any(|&code| code != 0),
        }
    }
}

/// No file of a process may become longer than this; the process may be gone.
fn limit(process: u32, bytes: u64) {
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    let _ = prlimit(Pid::from_raw(process.cast_signed()), Resource::Fsize, limit);
}
