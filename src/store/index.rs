//! The index of the frames of all journals of a folder: at most 32 bytes a frame, whatever a frame holds.
//! Knows where rows are, not what they mean.

use std::fs::File;
use std::path::PathBuf;

use crate::space::{Cell, Space, Tile};
use crate::store::disk::open_regular;
use crate::store::frame::{self, Form};
use crate::store::journal::{self, Found};
use crate::store::{Finished, StoreError};

/// Where the rows of a tile are.
#[derive(Clone, Copy, Debug)]
struct Entry {
    cell: u64,
    offset: u64,
    seconds: f32,
    file: u32,
    first: u32,
    count: u32,
}

const _: () = assert!(size_of::<Entry>() <= 32, "an entry of the index has at most 32 bytes");

/// Where every finished row is.
#[derive(Debug)]
pub struct Index {
    files: Vec<PathBuf>,
    entries: Vec<Entry>,
    form: Form,
}

/// The rows of one cell.
#[derive(Debug)]
pub struct CellRows {
    /// How each point ended, `[point]`; `absent` where no journal holds it.
    pub status: Vec<u8>,
    /// What was measured, `[quantity][point]`.
    pub features: Vec<Vec<f64>>,
}

impl Index {
    /// An index without frames.
    pub(super) fn new(form: Form) -> Self {
        Self { files: Vec::new(), entries: Vec::new(), form }
    }

    /// What its frames hold.
    pub(super) fn form(&self) -> &Form {
        &self.form
    }

    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.entries.len()
    }

    /// Adds the frames of a journal.
    pub(super) fn add(&mut self, path: PathBuf, frames: &[Found]) {
        let file = self.files.len() as u32;
        self.files.push(path);
        self.entries.extend(frames.iter().map(|found| Entry {
            cell: found.tile.cell,
            offset: found.offset,
            seconds: found.seconds,
            file,
            first: found.tile.first,
            count: found.tile.count,
        }));
    }

    /// Brings the entries into the order in which [`Index::cell`] wants them.
    pub(super) fn sort(&mut self) {
        self.entries.sort_unstable_by_key(|entry| (entry.cell, entry.first, entry.file, entry.offset));
    }

    /// The blocks that the journals hold.
    pub fn finished(&self, space: &Space) -> Finished {
        let mut finished = Finished::new(space.cells());
        for (tile, _) in self.tiles() {
            finished.add(tile);
        }
        finished
    }

    /// Every tile that the journals hold, and how many seconds it took one thread.
    pub fn tiles(&self) -> impl Iterator<Item = (Tile, f32)> {
        self.entries
            .iter()
            .map(|&Entry { cell, first, count, seconds, .. }| (Tile { cell, first, count }, seconds))
    }

    /// Reads the rows of a cell. Points that several frames hold must be equal bit for bit in all of them.
    ///
    /// # Errors
    /// When a journal cannot be read, has changed since it was indexed, or contradicts another.
    pub fn cell(&self, space: &Space, cell: &Cell, absent: u8) -> Result<CellRows, StoreError> {
        let points = cell.points() as usize;
        let mut rows = CellRows {
            status: vec![absent; points],
            features: vec![vec![f64::NAN; points]; self.form.quantities],
        };
        let start = self.entries.partition_point(|entry| entry.cell < cell.number());
        let entries = self.entries[start..].iter().take_while(|entry| entry.cell == cell.number());
        let mut open: Option<(u32, File)> = None;
        let mut latest = None;
        for entry in entries {
            let path = &self.files[entry.file as usize];
            if open.as_ref().is_none_or(|(file, _)| *file != entry.file) {
                open = Some((entry.file, open_regular(path).map_err(StoreError::io("open", path))?));
            }
            let Some((_, file)) = &open else { continue };
            let tile = Tile { cell: entry.cell, first: entry.first, count: entry.count };
            let (first, _) = cell.points_of(tile);
            let bytes = journal::read_found(file, entry.offset, self.form.length(tile))
                .map_err(StoreError::io("read", path))?;
            let body =
                frame::decode(&bytes, &self.form).filter(|body| body.tile == tile).ok_or_else(|| {
                    StoreError::Io {
                        action: "read",
                        path: path.clone(),
                        source: std::io::Error::other("it changed after it was checked"),
                    }
                })?;
            if let Some(point) = rows.take(first as usize, &body, absent) {
                let values = space.values(&cell.coordinates(point as u32));
                let names = space
                    .columns()
                    .iter()
                    .zip(values)
                    .map(|(column, value)| format!("{} = {value}", column.name));
                return Err(StoreError::Contradiction {
                    point: names.collect::<Vec<_>>().join(", "),
                    first: self.files[latest.unwrap_or(entry.file) as usize].clone(),
                    second: path.clone(),
                });
            }
            latest = Some(entry.file);
        }
        Ok(rows)
    }
}

impl CellRows {
    /// Takes the rows of a frame; gives a point that was there before with other bits, if there is one.
    fn take(&mut self, first: usize, body: &frame::Body, absent: u8) -> Option<usize> {
        for (offset, &status) in body.status.iter().enumerate() {
            let point = first + offset;
            if self.status[point] != absent {
                let differs = self.status[point] != status
                    || self
                        .features
                        .iter()
                        .zip(&body.features)
                        .any(|(column, new)| column[point].to_bits() != new[offset].to_bits());
                if differs {
                    return Some(point);
                }
            }
            self.status[point] = status;
        }
        for (column, new) in self.features.iter_mut().zip(&body.features) {
            column[first..first + new.len()].copy_from_slice(new);
        }
        None
    }
}
