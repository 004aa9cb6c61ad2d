//! What survives: the journals (the truth), the map made from them (a view), and the claim on a folder. Knows rows and cells,
//! but neither models nor studies: statuses are numbers, and a study is the text of its identity.

pub mod aside;
pub mod boundary;
pub mod carry;
mod checkpoint;
mod claim;
mod compact;
mod container;
#[cfg(feature = "maps")]
mod crash;
pub mod curves;
pub mod design;
mod disk;
mod finished;
mod folder;
mod frame;
mod index;
pub mod indices;
mod journal;
mod journals;
mod look;
pub mod map;
mod members;
pub mod outcomes;
pub mod points;
pub mod provenance;
mod remains;
pub mod rows;
mod sight;
pub mod status;
mod suspects;
mod tally;
mod text;
mod writer;

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use crate::complaint::words_of;

pub use checkpoint::Checkpoints;
pub use claim::EXPIRY;
pub use container::{Attribute, Container, ContainerWriter, Storage, Values, Variable, library_version};
pub use disk::{free_bytes, has_locks, needed_bytes};
pub use finished::Finished;
pub use folder::{Fate, Folder, Keeping};
pub use frame::{
    MOST_BYTES_OF_A_FRAME, is_of as is_tile_of, most_points as most_points_of_a_frame, pack, unpack,
};
pub use index::{CellRows, Index};
pub use journal::Header;
pub use journals::{Recovery, difference, headers};
pub use look::{has_journals, has_whole_map, look};
pub use members::{Choice, Choose, Member, Membership};
use provenance::date;
pub use suspects::{Lonely, Suspects};
pub use tally::{Classify, Counts, Tally};
pub use writer::{Inlet, Writer};

/// What went wrong with a folder, a journal or a map.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process works in the folder.
    #[error("{} is in use by {holder}; wait for it, stop it, or give another folder with --output", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// Several processes share the folder.
    #[error(
        "{} is shared by processes that were started with --join, {holder} among them; start this one with --join as well, or wait until they are done",
        folder.display()
    )]
    Shared {
        /// The folder.
        folder: PathBuf,
        /// One of them.
        holder: String,
    },
    /// A run works in the folder alone.
    #[error(
        "{} cannot be joined: a run without --join works there, {holder}; wait for it, or stop it and start it again with --join",
        folder.display()
    )]
    Alone {
        /// The folder.
        folder: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// A folder that another rank works in is not seen here.
    #[error(
        "the folder {} of rank 0 is not the one that {host} sees; give with --output a folder on a file system that all nodes share",
        folder.display()
    )]
    NotShared {
        /// The folder.
        folder: PathBuf,
        /// This machine.
        host: String,
    },
    /// A journal of another study.
    #[error(
        "{} holds results of another study; they differ in\n{difference}\ngive another folder with --output, or start anew with --fresh (the old results are kept aside)",
        journal.display()
    )]
    Foreign {
        /// The journal.
        journal: PathBuf,
        /// The lines that differ, `-` before those of the journal and `+` before those of the study.
        difference: String,
    },
    /// Journals of the same study with points that this one has not.
    #[error(
        "{} holds more of this study than is asked for now: {missing}; give another folder with --output, or ask for as much",
        folder.display()
    )]
    Larger {
        /// The run's folder.
        folder: PathBuf,
        /// What is there and not here, in words.
        missing: String,
    },
    /// A journal of another version of its format.
    #[error(
        "{} was written by another version of ictus: its format is number {version}, and this program reads and writes number {}; give another folder with --output, or start anew with --fresh (the old results are kept aside)",
        journal.display(), frame::VERSION_NAME
    )]
    Format {
        /// The journal.
        journal: PathBuf,
        /// Its version.
        version: char,
    },
    /// A wish to stop came during long work.
    #[error("stopped while {work}; run the same command to resume")]
    Interrupted {
        /// What was being done.
        work: &'static str,
    },
    /// What this process writes to is there no more.
    #[error(
        "{} is gone: it was removed or moved during the run; restore the folder and run the same command again, what the removed files held is measured again",
        path.display()
    )]
    Gone {
        /// The file or folder.
        path: PathBuf,
    },
    /// What was finished cannot be read back.
    #[error(
        "what was written to {} cannot be read back, again and again; see to its disk or give another folder with --output",
        folder.display()
    )]
    Unreadable {
        /// The folder.
        folder: PathBuf,
    },
    /// A file that is not a map of this program.
    #[error("{} is not a map of ictus: {reason}; give a map.nc that `ictus run` wrote", path.display())]
    NotAMap {
        /// The file.
        path: PathBuf,
        /// What is missing in it.
        reason: String,
    },
    /// A file that another program has locked.
    #[error("{} is held open by another program, which may be writing it; close it there and run the same command again", path.display())]
    Held {
        /// The file.
        path: PathBuf,
    },
    /// A file system without the locks that the NetCDF library asks for.
    #[error("{} lies on a file system without locks, and the NetCDF library wants them; set HDF5_USE_FILE_LOCKING=FALSE and run the same command again", path.display())]
    NoLocks {
        /// The file.
        path: PathBuf,
    },
    /// A place where no file can be written.
    #[error("{} cannot be written: {reason}; name another file", path.display())]
    NoPlace {
        /// The place.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file that holds no curves in a plane.
    #[error("{} cannot be drawn over a map: {reason}", path.display())]
    NotCurves {
        /// The file.
        path: PathBuf,
        /// What is missing, and what to do.
        reason: String,
    },
    /// Something asked of a map that it does not hold.
    #[error("{} has no {what}; it has {present}", path.display())]
    Absent {
        /// The map.
        path: PathBuf,
        /// What was asked for.
        what: String,
        /// What could be asked for.
        present: String,
    },
    /// Points that are measured as one piece, with more numbers than a frame of a journal takes.
    #[error(
        "{block} points are measured as one piece, and with {quantities} features a piece holds at most {most}; use fewer features, or a shorter axis under `continue`"
    )]
    WideBlock {
        /// Points of a block.
        block: u64,
        /// The most that it may have.
        most: u64,
        /// What is kept of each.
        quantities: usize,
    },
    /// The disk is too small.
    #[error("{} needs up to {needed} bytes and its disk has {free} free; use fewer points or features, or another disk", folder.display())]
    TooLarge {
        /// The folder.
        folder: PathBuf,
        /// Journals and map, uncompressed.
        needed: u128,
        /// What the disk has left.
        free: u128,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {}; {}", path.display(), words_of(source), remedy(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The NetCDF library refused.
    #[error("cannot {action} {}: {reason}; see to the disk and run again, nothing that was finished is lost", path.display())]
    Container {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the library says.
        reason: String,
    },
    /// This library was built without NetCDF.
    #[error("cannot {action} {}: this build of ictus reads and writes no NetCDF; build it with the feature `maps`", path.display())]
    WithoutNetcdf {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
    },
    /// A table of outcomes that cannot be.
    #[error(transparent)]
    Outcomes(#[from] outcomes::TableError),
    /// Two journals disagree about a point.
    #[error(
        "two results for {point} differ although the same numbers must come out everywhere: a machine that computed {} or {} is faulty; compute anew with --fresh on a sound one",
        first.display(), second.display()
    )]
    Contradiction {
        /// The point, by its values.
        point: String,
        /// A journal that holds it.
        first: PathBuf,
        /// Another one, or the same.
        second: PathBuf,
    },
}

/// What to do where the operating system has refused. What was finished is where it was, unless the place itself is gone.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => {
            "somebody has removed or moved it, or its folder; put it back, or run again to begin anew"
        }
        _ => "see to the disk or its permissions and run again, nothing that was finished is lost",
    }
}

impl StoreError {
    /// Whether the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        matches!(
            self,
            Self::InUse { .. }
                | Self::Shared { .. }
                | Self::Alone { .. }
                | Self::NotShared { .. }
                | Self::Foreign { .. }
                | Self::Larger { .. }
                | Self::Format { .. }
                | Self::NotAMap { .. }
                | Self::Held { .. }
                | Self::NoLocks { .. }
                | Self::NotCurves { .. }
                | Self::NoPlace { .. }
                | Self::Absent { .. }
                | Self::WideBlock { .. }
                | Self::WithoutNetcdf { .. }
                | Self::Outcomes(_)
        )
    }

    /// Whether a wish to stop was heeded (exit code 75).
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted { .. })
    }

    /// Names what was tried, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Called again and again during long work, to show that this process is alive; an error ends the work.
type Beat<'a> = dyn FnMut() -> Result<(), StoreError> + 'a;

/// Whether long work should go on, from a wish to stop.
pub type GoesOn<'a> = dyn Fn() -> bool + 'a;

/// An interruption unless the work should go on.
fn heed(goes_on: &GoesOn<'_>, work: &'static str) -> Result<(), StoreError> {
    if goes_on() { Ok(()) } else { Err(StoreError::Interrupted { work }) }
}

/// What decides every number of a run, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Lines `key = value` of everything that the numbers depend on, and of nothing else. Results of another text are foreign.
    pub canonical: String,
    /// Whatever is needed to make the map from the journals alone; takes no part in the identity.
    pub origin: String,
}

impl Identity {
    /// The SHA-256 of the canonical text.
    pub fn hash(&self) -> [u8; 32] {
        sha2::Sha256::digest(self.canonical.as_bytes()).into()
    }

    /// The hash as lower-case hexadecimal digits.
    pub fn hexadecimal(&self) -> String {
        hexadecimal(&self.hash())
    }
}

/// The SHA-256 of some bytes as lower-case hexadecimal digits.
pub fn fingerprint(bytes: &[u8]) -> String {
    hexadecimal(&sha2::Sha256::digest(bytes))
}

/// The SHA-256 of what a reader gives, as hexadecimal digits.
///
/// # Errors
/// When it cannot be read.
pub fn fingerprint_of(mut reader: impl std::io::Read) -> std::io::Result<String> {
    let mut hash = sha2::Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => hash.update(&piece[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hexadecimal(&hash.finalize()))
}

/// The SHA-256 of numbers, one column behind the other, each as its eight bytes, the lowest first.
pub fn fingerprint_of_numbers(columns: &[Vec<f64>]) -> String {
    let mut hash = sha2::Sha256::new();
    for piece in columns.iter().flat_map(|column| column.chunks(512)) {
        let bytes: Vec<u8> = piece.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
        hash.update(bytes);
    }
    hexadecimal(&hash.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

/// Makes what was created or renamed in a folder survive a power loss.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    std::fs::File::open(folder).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", folder))
}

/// Makes a folder and those above it, and makes them survive a power loss.
fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        create_folder(above)?;
    }
    match std::fs::create_dir(path) {
        // Another run may make the same folder at the same time; the claim decides between them.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {}
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Err(StoreError::NoPlace { path: path.to_owned(), reason: words_of(&error) });
        }
        made => made.map_err(StoreError::io("create", path))?,
    }
    sync_folder(above.unwrap_or(Path::new(".")))
}
