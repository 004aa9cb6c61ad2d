//! What a study of more points takes from what the same study of fewer has measured: a larger design, more replicates, a finer axis. Knows
//! which studies are the same but for their extent; which point is which, the space knows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::schedule::Stop;
use crate::space::Correspondence;
use crate::store::carry::{Carried, Earlier, carry};
use crate::store::{Header, Identity, StoreError, difference, headers};
use crate::study::{Study, StudyError, Texts};

use super::{Phase, RunError};

/// Between two attempts, while another process of the same run does it.
const PAUSE: Duration = Duration::from_millis(100);

/// Whom a process waits for is said after so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is done when a wish to stop is heeded.
const WAITING: &str = "others had left what they were at";

/// A study that has measured other points of the same axes and inputs.
pub(super) struct Extent {
    /// Where its journals are.
    pub(super) folder: PathBuf,
    /// The study.
    pub(super) study: Study,
}

impl Extent {
    /// The studies of a folder's journals, each once, but that of this hash.
    ///
    /// # Errors
    /// When the folder cannot be read, a study cannot be made again, or another version of the program has measured it.
    pub(super) fn of_folder(folder: &Path, but: Option<[u8; 32]>) -> Result<Vec<Self>, RunError> {
        let mut seen: HashSet<[u8; 32]> = but.into_iter().collect();
        let mut extents = Vec::new();
        for header in headers(folder)?.into_iter().filter(|header| seen.insert(header.hash)) {
            extents.push(Self { folder: folder.to_owned(), study: study_of(&header, folder)? });
        }
        Ok(extents)
    }

    /// How its points stand among those of another study.
    ///
    /// # Errors
    /// When their rows depend on different things.
    pub(super) fn within(&self, study: &Study) -> Result<Correspondence, RunError> {
        let (theirs, ours) = (self.study.identity_of_rows(), study.identity_of_rows());
        let foreign = |difference: String| -> RunError {
            StoreError::Foreign { journal: self.folder.clone(), difference }.into()
        };
        if theirs != ours {
            let why = changed(&self.study, study).into_iter().map(|name| {
                format!(
                    "\n  `{name}` is fixed in one of them and varies in the other, which changes every run"
                )
            });
            let difference = difference(&theirs, &ours) + &why.collect::<String>();
            return Err(foreign(difference));
        }
        let found = Correspondence::new(self.study.space(), study.space());
        found.ok_or_else(|| {
            let (theirs, ours) = (self.study.identity(), study.identity());
            foreign(difference(&theirs.canonical, &ours.canonical))
        })
    }
}

/// What is taken of extents, given who they are and how their points stand.
pub(super) fn earlier<'a>(
    extents: &'a [Extent],
    identities: &'a [Identity],
    correspondences: &'a [Correspondence],
) -> Vec<Earlier<'a>> {
    let of = |((extent, identity), correspondence): ((&'a Extent, _), _)| Earlier {
        folder: &extent.folder,
        identity,
        space: extent.study.space(),
        correspondence,
    };
    extents.iter().zip(identities).zip(correspondences).map(of).collect()
}

/// The study of a journal, whose rows this program would give again.
fn study_of(header: &Header, folder: &Path) -> Result<Study, RunError> {
    let study = Study::from_texts(Texts::from_text(&header.origin)?).map_err(StudyError::from)?;
    let identity = study.identity();
    if identity.hash() != header.hash {
        let difference = difference(&header.canonical, &identity.canonical);
        return Err(StoreError::Foreign { journal: folder.to_owned(), difference }.into());
    }
    Ok(study)
}

/// The names that vary in one of two studies and are fixed in the other.
fn changed(one: &Study, other: &Study) -> Vec<String> {
    let varies = |study: &Study, name: &str| study.space().columns().iter().any(|own| own.name == name);
    let is_fixed = |study: &Study, name: &str| {
        study.fixed().iter().any(|(own, _)| own == name) || study.initial().iter().any(|(own, _)| own == name)
    };
    let of = |varying: &Study, fixed: &Study| -> Vec<String> {
        let names = varying.space().columns().iter().map(|column| column.name.clone());
        names.filter(|name| is_fixed(fixed, name) && !varies(fixed, name)).collect()
    };
    [of(one, other), of(other, one)].concat()
}

/// Takes what the same study of a smaller extent has measured in a folder; gives how many points that are.
///
/// # Errors
/// When the folder holds points of the same study that this one has not, two runs of a point contradict each other, or the machine fails.
pub(super) fn take(
    study: &Study,
    folder: &Path,
    is_shared: bool,
    stop: &Stop,
    watch: &mut dyn FnMut(Phase<'_>),
) -> Result<u64, RunError> {
    let identity = study.identity();
    let (began, mut has_told) = (Instant::now(), false);
    loop {
        // One of another version of the program is told about when the journals are read.
        let Ok(extents) = Extent::of_folder(folder, Some(identity.hash())) else { return Ok(0) };
        if extents.is_empty() {
            return Ok(0);
        }
        let mut correspondences = Vec::new();
        for extent in &extents {
            let own = extent.within(study)?;
            if !own.missing().is_empty() {
                let missing = own.missing().join(", ");
                return Err(StoreError::Larger { folder: folder.to_owned(), missing }.into());
            }
            correspondences.push(own);
        }
        let identities: Vec<_> = extents.iter().map(|extent| extent.study.identity()).collect();
        let earlier = earlier(&extents, &identities, &correspondences);
        let width = study.survey()?.quantities().len();
        let goes_on = || !stop.is_requested();
        match carry(folder, &identity, (study.space(), width), &earlier, &goes_on) {
            Ok(carried) => {
                watch(Phase::Note(&remark(&carried, study.space().points())));
                return Ok(carried.points);
            }
            // Of the processes that share a folder one does it, when all have left what they were at.
            Err(StoreError::InUse { holder, .. } | StoreError::Shared { holder, .. }) if is_shared => {
                if stop.is_requested() {
                    return Err(StoreError::Interrupted { work: WAITING }.into());
                }
                if !has_told && began.elapsed() > PATIENCE {
                    watch(Phase::Remark(&format!(
                        "waiting for {holder}, which is at an earlier extent of this study"
                    )));
                    has_told = true;
                }
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The largest base of the designs by which a folder has measured what this study measures; `None` where there is none.
///
/// # Errors
/// When the folder cannot be read, or a study in it cannot be made again.
pub fn largest_base(folder: &Path, study: &Study) -> Result<Option<u64>, RunError> {
    let ours = study.identity_of_rows();
    let extents = Extent::of_folder(folder, None)?.into_iter();
    let alike = extents.filter(|extent| extent.study.identity_of_rows() == ours);
    Ok(alike.filter_map(|extent| Some(extent.study.design()?.size().base)).max())
}

fn remark(carried: &Carried, points: u64) -> String {
    let aside = carried.kept_aside.as_ref().map_or(String::new(), |aside| {
        format!("; runs of groups that are groups no more are kept in {}", aside.display())
    });
    format!(
        "{} of {points} points were measured by an earlier run of this study of another size{aside}",
        carried.points
    )
}
