//! Slices of a map as a person sees them: pictures (PNG, SVG) and drawings in the terminal, and reports as pages. The only room that names plotters.
//! Knows nothing of NetCDF, of models or of how a map was computed.

mod bar;
mod board;
pub mod colours;
mod font;
mod legend;
mod map_figure;
mod orbit_figure;
mod overlay;
mod paints;
mod picture;
pub mod report;
mod scene;
pub mod sensitivity;
mod sheet;
pub mod terminal;
mod ticks;
mod words;

#[cfg(test)]
mod samples;

use std::path::{Path, PathBuf};

use crate::analyse::AnalyseError;
use crate::analyse::basins::{self, Basin};
use crate::analyse::cut::{self, Cut, Layout};
use crate::analyse::over_starts::cut_over_starts;
use crate::analyse::slice::Slice;
use crate::store::aside;
use crate::store::curves::Plane;
use crate::store::map::{Map, OVER_STARTS};

use overlay::Overlay;

/// What can go wrong between a map and its picture.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The request does not fit the map, or the map cannot be read.
    #[error(transparent)]
    Analyse(#[from] AnalyseError),
    /// The file's ending names no format.
    #[error("`{}`: a picture's name ends in .png or .svg; give `-o` such a name", path.display())]
    Ending {
        /// The file as asked for.
        path: PathBuf,
    },
    /// Curves of other parameters than those of the picture's axes.
    #[error(
        "the curves lie in the plane of {curves}, the picture shows {map}; give `--x` and `--y`, or curves made with `--along` and `--with` of these axes"
    )]
    OtherPlane {
        /// The parameters of the curves.
        curves: String,
        /// The axes of the picture.
        map: String,
    },
    /// Curves where no regimes are drawn.
    #[error("curves are drawn over regimes in a picture; leave `--feature` out, and give `-o map.png`")]
    NoRoomForCurves,
    /// The picture cannot be written.
    #[error("`{}`: the picture could not be written: {reason}; see to the disk, or name another file", path.display())]
    Write {
        /// The file as asked for.
        path: PathBuf,
        /// What the machine said.
        reason: String,
    },
}

impl ShowError {
    /// Whether the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Analyse(error) => error.is_callers_fault(),
            Self::Ending { .. } | Self::OtherPlane { .. } | Self::NoRoomForCurves => true,
            Self::Write { .. } => false,
        }
    }
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

/// What a person asks to see of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlotRequest {
    /// Which axes are shown, and where the others stand.
    pub cut: Cut,
    /// A feature to be shown instead of regimes. Along one axis it may be the name of a signal or the beginning of the names
    /// of two features, `y1` for `y1_minimum` and `y1_maximum`.
    pub feature: Option<String>,
    /// Of starts that were drawn from a box, the share that ends in a regime of this name is shown instead of regimes.
    pub basin: Option<String>,
    /// What all starts of a point are called together is shown instead of regimes.
    pub over_starts: bool,
    /// Curves to be drawn over the regimes of a picture.
    pub curves: Option<Plane>,
}

/// Draws a map into a PNG or SVG file: its regimes, one feature, or, along one axis, the orbit diagram. Gives what a person should
/// know of the picture.
///
/// # Errors
/// When the request does not fit the map, the map cannot be read, or the file cannot be written.
pub fn plot(map: &Map, request: &PlotRequest, path: &Path) -> Result<Option<String>, ShowError> {
    // A wrong ending should not wait for a large map to be read.
    picture::Format::of(path)?;
    aside::check(path).map_err(AnalyseError::from)?;
    let (slice, shown) = slice(map, request)?;
    let Some(plane) = &request.curves else { return draw(&slice, shown, path).map(|()| None) };
    if shown != Shown::Regimes {
        return Err(ShowError::NoRoomForCurves);
    }
    picture::write(&map_figure::regimes(&slice, Some(&Overlay::new(plane, &slice)?)), path)?;
    Ok(overlay::elsewhere(plane, &slice))
}

/// Draws a map as text for a terminal.
///
/// # Errors
/// When the request does not fit the map, or the map cannot be read.
pub fn plot_text(map: &Map, request: &PlotRequest, screen: terminal::Screen) -> Result<String, ShowError> {
    if request.curves.is_some() {
        return Err(ShowError::NoRoomForCurves);
    }
    let (slice, shown) = slice(map, request)?;
    Ok(terminal::draw_text(&slice, shown, screen))
}

/// What a person should know of where a request cuts the map: the places that were moved to a value of their axis.
///
/// # Errors
/// When a place is not of the map, or the map cannot be read.
pub fn moved(map: &Map, request: &PlotRequest) -> Result<Vec<String>, ShowError> {
    Ok(cut::moved(map, &request.cut)?)
}

/// Reads what a request wants, and decides how it is shown.
fn slice(map: &Map, request: &PlotRequest) -> Result<(Slice, Shown), ShowError> {
    // It is a flag as the regimes are: by its name it is drawn with labels, not as a number.
    let is_over = |name: &String| map.over_starts().is_some() && name.eq_ignore_ascii_case(OVER_STARTS);
    if request.over_starts || request.feature.as_ref().is_some_and(is_over) {
        return Ok((cut_over_starts(map, &request.cut)?, Shown::Regimes));
    }
    if let Some(basin) = basin(map, request) {
        return Ok((basin.cut(map, &request.cut)?, Shown::Feature));
    }
    let layout = Layout::new(map, &request.cut)?;
    let has = |name: &str| cut::feature(map, name).is_ok();
    let pair = |prefix: &str| ["minimum", "maximum"].map(|word| format!("{prefix}{word}"));
    let (features, shown) = match &request.feature {
        None if layout.is_line() && pair("").iter().all(|name| has(name)) => {
            (pair("").to_vec(), Shown::Orbits)
        }
        None => (Vec::new(), Shown::Regimes),
        Some(name) if layout.is_line() => {
            let of_signal = pair(&format!("{name}_"));
            let is_signal = !has(name) && of_signal.iter().all(|name| has(name));
            (if is_signal { of_signal.to_vec() } else { vec![name.clone()] }, Shown::Orbits)
        }
        Some(name) => (vec![name.clone()], Shown::Feature),
    };
    Ok((cut::cut(map, &layout, &features)?, shown))
}

/// What of drawn starts a request wants, if it does: without a wish, and without one start that it chose, their default.
fn basin(map: &Map, request: &PlotRequest) -> Option<Basin> {
    let start = map.axes().last().filter(|_| map.has_basins()).map(|axis| axis.name.as_str());
    let is_start = |text: &String| text.split('=').next().map(str::trim) == start;
    match (&request.basin, &request.feature) {
        (Some(name), _) => Some(Basin::Of(name.clone())),
        (None, Some(name)) if start.is_some() && name.eq_ignore_ascii_case(basins::ATTRACTORS) => {
            Some(Basin::Attractors)
        }
        (None, None) if start.is_some() && !request.cut.at.iter().any(is_start) => {
            Some(Basin::by_default(map))
        }
        _ => None,
    }
}

/// Writes a picture of a slice to a PNG or SVG file.
///
/// # Errors
/// When the name's ending is neither, or the file cannot be written.
pub fn draw(slice: &Slice, shown: Shown, path: &Path) -> Result<(), ShowError> {
    let scene = match shown {
        Shown::Regimes => map_figure::regimes(slice, None),
        Shown::Feature => map_figure::feature(slice, &slice.panels[0].features[0].quantity),
        Shown::Orbits => orbit_figure::orbits(slice),
    };
    picture::write(&scene, path)
}
