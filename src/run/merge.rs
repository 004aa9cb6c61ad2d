//! One folder of several campaigns of a study: what each of them has measured, in the journals of a study that has the points of all.

use std::path::{Path, PathBuf};

use crate::schedule::Stop;
use crate::space::Correspondence;
use crate::store::carry::carry;
use crate::store::{StoreError, headers};
use crate::study::{Study, StudyError, Texts};

use super::extend::{Extent, earlier};
use super::{Phase, RunError};

/// What a folder of several campaigns holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Points that were measured by any of them.
    pub points: u64,
    /// All points of the study.
    pub of: u64,
    /// What the study of all was changed in against that of the first, as overrides.
    pub overrides: Vec<String>,
    /// The map, where every point is there.
    pub map: Option<PathBuf>,
}

/// Puts what the runs in several folders have measured into a new one; where that is every point of the study that has the points of
/// all, its map is written.
///
/// # Errors
/// When a folder holds no run, the new one holds one, the studies differ in more than their extent, a point has other rows in one of them than
/// in another, or the machine fails.
pub fn merge(
    folders: &[PathBuf],
    output: &Path,
    command: String,
    stop: &Stop,
    watch: &mut dyn FnMut(Phase<'_>),
) -> Result<Merged, RunError> {
    if !headers(output)?.is_empty() {
        return Err(RunError::NotNew { folder: output.to_owned() });
    }
    let mut extents = Vec::new();
    for folder in folders {
        let own = Extent::of_folder(folder, None)?;
        if own.is_empty() {
            return Err(RunError::NoRun { folder: folder.clone() });
        }
        extents.extend(own);
    }
    let study = united(&extents)?;
    let identities: Vec<_> = extents.iter().map(|extent| extent.study.identity()).collect();
    let correspondences =
        extents.iter().map(|extent| extent.within(&study)).collect::<Result<Vec<Correspondence>, _>>()?;
    let earlier = earlier(&extents, &identities, &correspondences);
    let width = study.survey()?.quantities().len();
    let goes_on = || !stop.is_requested();
    let is_new = !output.exists();
    let carried = carry(output, &study.identity(), (study.space(), width), &earlier, &goes_on);
    if carried.is_err() && is_new {
        // What is not whole is nothing, and the same command can be given again.
        let _ = std::fs::remove_dir_all(output);
    }
    let carried = carried.map_err(|error| match error {
        StoreError::Contradiction { point, first, second } => RunError::Differ { point, first, second },
        error => error.into(),
    })?;
    let (points, of) = (carried.points, study.space().points());
    let first = extents[0].study.texts().overrides.len();
    let overrides = study.texts().overrides.get(first..).unwrap_or_default().to_vec();
    let map = if points == of { Some(super::map(output, false, None, command, watch)?.0) } else { None };
    Ok(Merged { points, of, overrides, map })
}

/// The study that has the points of all: one of them, if it has.
fn united(extents: &[Extent]) -> Result<Study, RunError> {
    for candidate in extents {
        let mut has_all = true;
        for other in extents {
            let within = other.within(&candidate.study).map_err(|error| match error {
                RunError::Store(StoreError::Foreign { journal, difference }) => {
                    RunError::Unlike { folder: journal, first: candidate.folder.clone(), difference }
                }
                error => error,
            })?;
            has_all &= within.keeps_all();
        }
        if has_all {
            return Ok(candidate.study.clone());
        }
    }
    let studies: Vec<&Study> = extents.iter().map(|extent| &extent.study).collect();
    let texts: Texts = Study::union(&studies)?;
    Ok(Study::from_texts(texts).map_err(StudyError::from)?)
}
