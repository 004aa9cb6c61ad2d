//! Slices of a map as a person sees them: pictures (PNG, SVG) and drawings in the terminal. The only room that names plotters.
//! Knows nothing of NetCDF, of models or of how a map was computed.

pub mod colours;
mod font;
mod map_figure;
mod orbit_figure;
mod picture;
mod scene;
mod sheet;
pub mod terminal;
mod ticks;
mod words;

#[cfg(test)]
mod samples;

use std::path::{Path, PathBuf};

use crate::analyse::slice::Slice;

/// What can go wrong between a map and its picture.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The file's ending names no format.
    #[error("`{}`: a picture's name ends in .png or .svg; give `-o` such a name", path.display())]
    Ending {
        /// The file as asked for.
        path: PathBuf,
    },
    /// The picture cannot be written.
    #[error("`{}`: the picture could not be written ({reason}); is the folder there, and is there room on the disk?", path.display())]
    Write {
        /// The file as asked for.
        path: PathBuf,
        /// What the machine said.
        reason: String,
    },
}

/// What of a slice is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Its regimes, each with a colour.
    Regimes,
    /// The first feature of its panels, with a scale of colours.
    Feature,
    /// The features of its panels against the only axis.
    Orbits,
}

/// Writes a picture of a slice to a PNG or SVG file.
///
/// # Errors
/// When the name's ending is neither, or the file cannot be written.
pub fn draw(slice: &Slice, shown: Shown, path: &Path) -> Result<(), ShowError> {
    let scene = match shown {
        Shown::Regimes => map_figure::regimes(slice),
        Shown::Feature => map_figure::feature(slice, &slice.panels[0].features[0].quantity),
        Shown::Orbits => orbit_figure::orbits(slice),
    };
    picture::write(&scene, path)
}
