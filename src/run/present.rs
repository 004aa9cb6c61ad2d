//! What the runs of a design in a folder have come to so far, while others are still made. Knows nothing of indices.

use std::path::Path;

use crate::experiment::Status;
use crate::store::{Folder, headers};
use crate::study::{Study, StudyError, Texts};

use super::RunError;
use super::look::classify;

/// More points are not read for a look.
const MOST_POINTS: u64 = 1 << 23;

/// The runs of a design that are there, along its only axis.
#[derive(Debug)]
pub struct Present {
    /// The study.
    pub study: Study,
    /// The number of each run's label; `None` where it is not measured yet.
    pub labels: Vec<Option<u8>>,
}

/// Reads the runs of a folder; nothing where its study has no design, has other axes beside it, or more points than are read for a look.
///
/// # Errors
/// When the journals belong to another study than they say, or the file system refuses.
pub fn present(folder: &Path) -> Result<Option<Present>, RunError> {
    let journals = headers(folder)?;
    let Some(newest) = journals.last() else { return Ok(None) };
    let study = Study::from_texts(Texts::from_text(&newest.origin)?).map_err(StudyError::from)?;
    let space = study.space();
    let points = space.points();
    let is_of_design = space.axes().iter().all(|axis| axis.design().is_some() || axis.length() == 1);
    if study.design().is_none() || !is_of_design || points > MOST_POINTS {
        return Ok(None);
    }
    let survey = study.survey()?;
    let journals = Folder::read(folder, &study.identity(), space, survey.quantities().len())?;
    let absent = Status::NotComputed as u8;
    let mut labels = vec![None; points as usize];
    let mut row = vec![0.0; survey.quantities().len()];
    for number in 0..space.cells().count() {
        let cell = space.cells().cell(number);
        let rows = journals.index().cell(space, &cell, absent)?;
        for (point, &status) in rows.status.iter().enumerate() {
            if status != absent {
                row.iter_mut().zip(&rows.features).for_each(|(own, column)| *own = column[point]);
                let place = space.point(&cell.coordinates(point as u32));
                labels[place as usize] = Some(classify(&survey, status, &row));
            }
        }
    }
    drop(journals);
    Ok(Some(Present { study, labels }))
}
