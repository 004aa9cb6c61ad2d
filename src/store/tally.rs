//! What the rows are that a folder's journals hold: how many points, how they ended, what they are called, what they cost. Every
//! point counts once, as in the map; this is the only place where points are counted. Knows statuses and regimes as numbers.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::space::Space;
use crate::store::frame::Form;
use crate::store::journal::{self, Rows};
use crate::store::{Finished, Identity, StoreError, journals};

/// A journal that is listed and not there is looked for again so often, as on a file system over a network.
const MOST_ATTEMPTS: u32 = 3;

/// The regime of a row, from its status and features.
pub type Classify<'a> = dyn Fn(u8, &[f64]) -> u8 + 'a;

/// Counts of the points that journals hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// How many points.
    pub points: u64,
    /// How many have each status, by number.
    pub statuses: Vec<u64>,
    /// How many have each regime, by number.
    pub regimes: Vec<u64>,
    /// How many seconds of a processor it took to measure all that the journals hold, also what they hold twice.
    pub seconds: f64,
    /// How many points each journal has given, by its name without the ending.
    pub journals: BTreeMap<String, u64>,
}

/// Counts of what the journals of a folder hold, which grow with the journals: what was read once is not read again.
#[derive(Debug)]
pub struct Tally {
    folder: PathBuf,
    identity: Identity,
    form: Form,
    finished: Finished,
    counts: Counts,
    /// How far each journal was read.
    ends: BTreeMap<PathBuf, u64>,
}

impl Tally {
    /// Of the journals of a folder, of which none is read yet.
    pub fn new(folder: &Path, identity: &Identity, space: &Space, quantities: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            identity: identity.clone(),
            form: Form::new(identity.hash(), space.cells(), quantities),
            finished: Finished::new(space.cells()),
            counts: Counts::default(),
            ends: BTreeMap::new(),
        }
    }

    /// What was read so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Reads what the journals hold by now, unless it should not go on; gives whether all of it was read.
    ///
    /// # Errors
    /// When a journal belongs to another study, or the file system refuses.
    pub fn catch_up(
        &mut self,
        classify: &Classify<'_>,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<bool, StoreError> {
        let mut present = journals::list(&self.folder)?;
        // What was read of a journal that is gone stands in another one now, or nowhere.
        if self.ends.keys().any(|known| !present.contains(known)) {
            self.begin_anew();
        }
        let mut attempts = MOST_ATTEMPTS;
        present.reverse();
        while let Some(journal) = present.pop() {
            if !goes_on() {
                return Ok(false);
            }
            let from = self.ends.get(&journal).copied().unwrap_or(0);
            if from == 0 {
                self.check(&journal)?;
            }
            if let Some(end) = journals::if_there(self.read(&journal, from, classify, goes_on))?.flatten() {
                self.ends.insert(journal, end);
            } else if attempts > 0 {
                // It is gone, or shorter than it was: what was counted of it may be gone too.
                attempts -= 1;
                self.begin_anew();
                present = journals::list(&self.folder)?;
                present.reverse();
            }
        }
        Ok(goes_on())
    }

    /// Whether every journal that was read is still there.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn is_up_to_date(&self) -> Result<bool, StoreError> {
        let present = journals::list(&self.folder)?;
        Ok(self.ends.keys().all(|known| present.contains(known)))
    }

    /// Refuses a journal of another study.
    fn check(&self, journal: &Path) -> Result<(), StoreError> {
        let header = journals::if_there(journal::header(journal))?.flatten();
        match header.filter(|header| header.hash != self.identity.hash()) {
            // The rows of one that was replaced stand in another one already.
            Some(header) if !journals::is_replaced(&self.folder, journal, &self.form)? => {
                Err(StoreError::Foreign {
                    journal: journal.to_owned(),
                    difference: journals::difference(&header.canonical, &self.identity.canonical),
                })
            }
            _ => Ok(()),
        }
    }

    fn begin_anew(&mut self) {
        self.finished = Finished::new(&self.form.cells);
        self.counts = Counts::default();
        self.ends.clear();
    }

    /// Counts the rows of a journal from a place on; gives where the next ones may begin, `None` if it ends before that place.
    fn read(
        &mut self,
        path: &Path,
        from: u64,
        classify: &Classify<'_>,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<u64>, StoreError> {
        let Self { ref form, ref mut finished, ref mut counts, .. } = *self;
        let cells = &form.cells;
        let name = path.file_stem().map(OsStr::to_string_lossy).unwrap_or_default().into_owned();
        let mut row = vec![f64::NAN; form.quantities];
        journal::rows_after(path, from, form, &mut |rows: &Rows| {
            counts.seconds += f64::from(rows.seconds);
            let cell = cells.cell(rows.tile.cell);
            let (first, _) = cell.points_of(rows.tile);
            let mut new = 0;
            for gap in finished.missing(rows.tile) {
                let (start, count) = cell.points_of(gap);
                for point in (start - first) as usize..(start - first + count) as usize {
                    let status = rows.status[point];
                    for (value, column) in row.iter_mut().zip(&rows.features) {
                        *value = column[point];
                    }
                    add(&mut counts.statuses, status);
                    add(&mut counts.regimes, classify(status, &row));
                }
                new += u64::from(count);
            }
            finished.add(rows.tile);
            counts.points += new;
            *counts.journals.entry(name.clone()).or_default() += new;
            goes_on()
        })
    }
}

/// Counts one more of a number.
fn add(counts: &mut Vec<u64>, number: u8) {
    let number = usize::from(number);
    if counts.len() <= number {
        counts.resize(number + 1, 0);
    }
    counts[number] += 1;
}
