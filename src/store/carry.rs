//! Takes the rows of points that an earlier extent of a study has measured into the journals of the present one: of a smaller design, of a
//! coarser axis, of another part of the same campaign. Knows which point is which from a [`Correspondence`]; computes nothing.
//!
//! Blocks of which every point is known become frames of a new journal, which is written aside, synced and renamed before anything is
//! removed; of blocks of which some points are known a checkpoint is kept. Whenever a kill comes, the next time goes on from what is there.

use std::path::{Path, PathBuf};

use crate::experiment::{Standing, Status};
use crate::space::{Cell, Correspondence, Space, Tile};
use crate::store::claim::{self, Claim, Purpose};
use crate::store::compact::{self, Aside};
use crate::store::frame::{self, Note};
use crate::store::journal::{Journal, Scan};
use crate::store::journals::{self, Held, JOURNALS, Journals};
use crate::store::{
    Beat, CellRows, Checkpoints, GoesOn, Identity, StoreError, create_folder, heed, members, remains,
    sync_folder,
};
use crate::table::Table;

/// What is done when a wish to stop is heeded.
const CARRYING: &str = "the rows of an earlier extent of the study were taken";

/// What says that a point is not known.
const ABSENT: u8 = Status::NotComputed as u8;

/// So many cells of an earlier space are held at once.
const MOST_CELLS: usize = 12;

/// An earlier extent of a study: whose journals stand in which folder.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Where its journals are.
    pub folder: &'a Path,
    /// Its identity.
    pub identity: &'a Identity,
    /// Where it has measured.
    pub space: &'a Space,
    /// Which of its points is which of the present space.
    pub correspondence: &'a Correspondence,
}

/// What was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// How many points.
    pub points: u64,
    /// Where the journals are whose points are not all points of the present study.
    pub kept_aside: Option<PathBuf>,
}

/// Takes what earlier extents of a study have measured into a folder. Journals of theirs in the same folder go, or are kept aside in
/// `old-N` where the present study has not all of their points.
///
/// # Errors
/// When another process works in the folder, two of them have other rows for a point, it should not go on, or the file system refuses.
pub fn carry(
    path: &Path,
    identity: &Identity,
    (space, quantities): (&Space, usize),
    earlier: &[Earlier<'_>],
    goes_on: &GoesOn<'_>,
) -> Result<Carried, StoreError> {
    create_folder(path)?;
    let mut claim = Claim::take(path, Purpose::EXTENSION)?;
    if let Some(holder) = claim::holder(path, Purpose::FOLDER)? {
        return Err(StoreError::Alone { folder: path.to_owned(), holder });
    }
    if let Some(holder) = members::living(path)? {
        return Err(StoreError::Shared { folder: path.to_owned(), holder });
    }
    let folder = path.join(JOURNALS);
    create_folder(&folder)?;
    compact::remove_leftovers(&folder);
    let mut beat = || heed(goes_on, CARRYING).and_then(|()| claim.beat());
    let present = Journals { path, identity, space, quantities };
    let (held, _) = present.read_own(&mut beat)?;
    let mut sources = Vec::new();
    for own in earlier {
        let journals = Journals { path: own.folder, identity: own.identity, space: own.space, quantities };
        let (held, scans) = journals.read_own(&mut beat)?;
        // One whose header is damaged is of this study if a frame is.
        let is_own = |scan: &Scan| scan.header.is_some() || !scan.frames.is_empty();
        let files = scans.into_iter().filter(|(_, scan)| is_own(scan)).map(|(file, _)| file);
        sources.push(Source::new(*own, held, files.collect()));
    }
    let mut taking = Taking {
        space,
        quantities,
        sources,
        sink: Sink { present: &present, journal: None, run: Run::default() },
        checkpoints: Checkpoints::new(path, present.form().tag),
        points: 0,
    };
    for number in 0..space.cells().count() {
        let cell = space.cells().cell(number);
        for gap in held.finished.missing(Tile { cell: number, first: 0, count: cell.blocks() }) {
            for block in gap.first..gap.first + gap.count {
                beat()?;
                taking.block(&cell, Tile { cell: number, first: block, count: 1 })?;
            }
        }
    }
    let Taking { sources, sink, points, .. } = taking;
    let old: Vec<&Source<'_>> = sources.iter().filter(|own| own.earlier.folder == path).collect();
    let replaced = || old.iter().flat_map(|own| &own.files);
    sink.end(replaced(), beat)?;
    sync_folder(&folder)?;
    let (gone, kept): (Vec<&Source<'_>>, Vec<&Source<'_>>) =
        old.iter().partition(|own| own.earlier.correspondence.keeps_all());
    let files = |of: &[&Source<'_>]| of.iter().flat_map(|own| own.files.clone()).collect::<Vec<_>>();
    let kept_aside = remains::put_journals_aside(path, &files(&kept))?;
    for file in files(&gone) {
        std::fs::remove_file(&file).map_err(StoreError::io("remove", &file))?;
    }
    sync_folder(&folder)?;
    Ok(Carried { points, kept_aside })
}

/// An earlier extent as it is read.
struct Source<'a> {
    earlier: Earlier<'a>,
    held: Held,
    files: Vec<PathBuf>,
    /// The cells that were read last, the latest at the end.
    cells: Vec<(u64, CellRows)>,
    /// What is kept of blocks that are not finished.
    checkpoints: Checkpoints,
    /// The seconds that one thread has needed for a point, on average.
    seconds: f64,
}

impl<'a> Source<'a> {
    fn new(earlier: Earlier<'a>, held: Held, files: Vec<PathBuf>) -> Self {
        let seconds: f64 = held.index.tiles().map(|(_, seconds)| f64::from(seconds)).sum();
        let seconds = seconds / held.finished.points().max(1) as f64;
        let checkpoints = Checkpoints::new(earlier.folder, frame::tag(&earlier.identity.hash()));
        Self { earlier, held, files, cells: Vec::new(), checkpoints, seconds }
    }

    /// The cell and the place in it at which a point of the present space is, if its row is there.
    fn find(&mut self, coordinates: &[u64]) -> Result<Option<(&CellRows, usize)>, StoreError> {
        let Some(own) = self.earlier.correspondence.earlier(coordinates) else { return Ok(None) };
        let (cell, place) = self.earlier.space.cells().locate(&own);
        let rows = self.cell(&cell)?;
        let is_there = rows.status[place as usize] != ABSENT;
        Ok(is_there.then_some((rows, place as usize)))
    }

    fn cell(&mut self, cell: &Cell) -> Result<&CellRows, StoreError> {
        if let Some(place) = self.cells.iter().position(|(number, _)| *number == cell.number()) {
            let own = self.cells.remove(place);
            self.cells.push(own);
        } else {
            if self.cells.len() == MOST_CELLS {
                self.cells.remove(0);
            }
            let mut rows = self.held.index.cell(self.earlier.space, cell, ABSENT)?;
            self.take_unfinished(cell, &mut rows);
            self.cells.push((cell.number(), rows));
        }
        Ok(&self.cells.last().expect("it was put there").1)
    }

    /// Puts in what is known of blocks that are not finished.
    fn take_unfinished(&self, cell: &Cell, rows: &mut CellRows) {
        let whole = Tile { cell: cell.number(), first: 0, count: cell.blocks() };
        for gap in self.held.finished.missing(whole) {
            for first in gap.first..gap.first + gap.count {
                let block = Tile { first, count: 1, ..gap };
                let (place, count) = cell.points_of(block);
                let Some((_, standings)) = self.checkpoints.load(block, count) else { continue };
                for (point, standing) in (place as usize..).zip(standings) {
                    let Standing::Ended(status, features) = standing else { continue };
                    rows.status[point] = status as u8;
                    for (column, value) in rows.features.iter_mut().zip(features) {
                        column[point] = value;
                    }
                }
            }
        }
    }
}

/// What is under way.
struct Taking<'a> {
    space: &'a Space,
    quantities: usize,
    sources: Vec<Source<'a>>,
    sink: Sink<'a>,
    checkpoints: Checkpoints,
    points: u64,
}

impl Taking<'_> {
    /// Takes what is known of a block.
    fn block(&mut self, cell: &Cell, block: Tile) -> Result<(), StoreError> {
        let (first, count) = cell.points_of(block);
        let mut rows = CellRows {
            status: vec![ABSENT; count as usize],
            features: vec![vec![f64::NAN; count as usize]; self.quantities],
        };
        let (mut known, mut seconds) = (0, 0.0);
        for point in 0..count {
            let coordinates = cell.coordinates(first + point);
            if let Some(own) = self.point(&coordinates, point as usize, &mut rows)? {
                known += 1;
                seconds += own;
            }
        }
        self.points += known;
        if known == u64::from(count) {
            return self.sink.push(block, seconds, rows);
        }
        if known > 0 {
            let earlier = self.checkpoints.load(block, count).map(|(_, standings)| standings);
            let mut standings = earlier.unwrap_or_else(|| vec![Standing::Ahead; count as usize]);
            for (point, standing) in standings.iter_mut().enumerate() {
                if let Some(status) =
                    Status::from_code(rows.status[point]).filter(|_| rows.status[point] != ABSENT)
                {
                    let features = rows.features.iter().map(|column| column[point]).collect();
                    *standing = Standing::Ended(status, features);
                }
            }
            self.checkpoints.keep(block, seconds, &standings)?;
        }
        Ok(())
    }

    /// Puts the row of a point where it belongs, if one is known; gives the seconds that it took. All that know it must have the
    /// same.
    fn point(
        &mut self,
        coordinates: &[u64],
        point: usize,
        rows: &mut CellRows,
    ) -> Result<Option<f64>, StoreError> {
        let mut first: Option<(usize, f64)> = None;
        for number in 0..self.sources.len() {
            let source = &mut self.sources[number];
            let seconds = source.seconds;
            let Some((found, place)) = source.find(coordinates)? else { continue };
            if let Some((other, _)) = first {
                let is_equal = found.status[place] == rows.status[point]
                    && found
                        .features
                        .iter()
                        .zip(&rows.features)
                        .all(|(one, other)| one[place].to_bits() == other[point].to_bits());
                if !is_equal {
                    return Err(StoreError::Contradiction {
                        point: place_of(self.space, coordinates),
                        first: self.sources[other].earlier.folder.to_owned(),
                        second: self.sources[number].earlier.folder.to_owned(),
                    });
                }
            } else {
                rows.status[point] = found.status[place];
                for (column, own) in rows.features.iter_mut().zip(&found.features) {
                    column[point] = own[place];
                }
                first = Some((number, seconds));
            }
        }
        Ok(first.map(|(_, seconds)| seconds))
    }
}

/// Where a point is, as a user reads it.
fn place_of(space: &Space, coordinates: &[u64]) -> String {
    let values = space.values(coordinates);
    let named =
        space.columns().iter().zip(values).map(|(column, value)| format!("{} = {value}", column.name));
    named.collect::<Vec<_>>().join(", ")
}

/// Blocks beside each other that become one frame.
#[derive(Default)]
struct Run {
    tile: Option<Tile>,
    seconds: f64,
    status: Vec<u8>,
    features: Vec<Vec<f64>>,
}

/// The journal that takes the rows, once there are any.
struct Sink<'a> {
    present: &'a Journals<'a>,
    journal: Option<Aside>,
    run: Run,
}

impl Sink<'_> {
    fn push(&mut self, block: Tile, seconds: f64, rows: CellRows) -> Result<(), StoreError> {
        let most = frame::most_points(self.present.quantities) as usize;
        let goes_on = self.run.tile.is_some_and(|tile| {
            (tile.cell, tile.first + tile.count) == (block.cell, block.first)
                && self.run.status.len() + rows.status.len() <= most
        });
        if !goes_on {
            self.flush()?;
            self.run.tile = Some(Tile { count: 0, ..block });
            self.run.features = vec![Vec::new(); rows.features.len()];
        }
        let run = &mut self.run;
        run.tile = run.tile.map(|tile| Tile { count: tile.count + 1, ..tile });
        run.seconds += seconds;
        run.status.extend(rows.status);
        for (column, own) in run.features.iter_mut().zip(rows.features) {
            column.extend(own);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let Run { tile: Some(tile), seconds, status, features } = std::mem::take(&mut self.run) else {
            return Ok(());
        };
        let bytes = frame::encode(
            &self.present.form(),
            tile,
            seconds as f32,
            &status,
            &Table::from_columns(features),
        );
        self.journal()?.append(&bytes)
    }

    fn journal(&mut self) -> Result<&mut Aside, StoreError> {
        if self.journal.is_none() {
            let folder = self.present.path.join(JOURNALS);
            let new = Journal::create_aside(&folder, &journals::stem(), self.present.identity)?;
            self.journal = Some(Aside::new(new));
        }
        Ok(self.journal.as_mut().expect("it was made"))
    }

    /// Ends the journal, which says which ones it replaces.
    fn end<'a>(
        mut self,
        replaced: impl Iterator<Item = &'a PathBuf>,
        mut beat: impl FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.flush()?;
        let tag = self.present.form().tag;
        let beat: &mut Beat<'_> = &mut beat;
        beat()?;
        for file in replaced {
            let note = frame::encode_note(tag, Note::Replaced { journal: journals::name(file) });
            self.journal()?.append(&note)?;
        }
        let Some(mut journal) = self.journal else { return Ok(()) };
        journal.append(&frame::encode_note(tag, Note::Closed))?;
        journal.take_its_place()
    }
}
