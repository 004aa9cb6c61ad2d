//! Slices of a map as a person sees them: pictures (PNG, SVG, PDF) and drawings in the terminal, and reports as pages. The only room that names plotters and svg2pdf.
//! Knows nothing of NetCDF, of models or of how a map was computed.

mod bar;
mod board;
mod branches;
pub mod colours;
mod font;
mod legend;
mod map_figure;
mod orbit_figure;
mod overlay;
mod page;
mod paints;
mod pdf;
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
use crate::store::curves::{Branches, Plane};
use crate::store::map::{Map, OVER_STARTS};

use overlay::Overlay;

pub use page::Page;

/// What can go wrong between a map and its picture.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The request does not fit the map, or the map cannot be read.
    #[error(transparent)]
    Analyse(#[from] AnalyseError),
    /// The file's ending names no format.
    #[error("`{}`: a picture's name ends in .png, .svg or .pdf; give `-o` such a name", path.display())]
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
    /// Branches along another parameter than the picture's axis.
    #[error(
        "the curves follow `{curves}`, the picture shows `{map}`; give `--x {curves}`, or curves made with `--along {map}`"
    )]
    OtherLine {
        /// The parameter of the curves.
        curves: String,
        /// The axis of the picture.
        map: String,
    },
    /// Curves in a panel that is another place.
    #[error(
        "the curves are at {axis} = {curves}, and a panel is at {axis} = {panel}, where they are not true; leave `--panel` out and cut by `--at {axis}={curves}`, or draw each panel with curves of its own"
    )]
    OtherPanel {
        /// The axis of the panels.
        axis: String,
        /// Where the curves are.
        curves: f64,
        /// Where a panel is.
        panel: f64,
    },
    /// Curves where no regimes are drawn.
    #[error(
        "curves are drawn into a file, over regimes or over the minimum and maximum of a signal; leave `--feature` out, and give `-o map.png`"
    )]
    NoRoomForCurves,
    /// A page on which a picture does not fit.
    #[error(
        "the picture does not fit: at this size of letters it needs a {direction} of about {millimetres} mm; give `--{direction} {millimetres}mm`, a smaller `--font-size`, or draw less"
    )]
    TooSmall {
        /// `width` or `height`.
        direction: &'static str,
        /// What would do.
        millimetres: f64,
    },
    /// A raster image that no program opens at ease.
    #[error(
        "the picture would have {pixels} pixels along a side, and at most {most} are drawn; give `--dpi {dpi}`, or a name that ends in .pdf"
    )]
    TooManyPixels {
        /// How many it would have.
        pixels: u64,
        /// How many it may have.
        most: u64,
        /// The resolution that would do.
        dpi: f64,
    },
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
            Self::Ending { .. }
            | Self::OtherPlane { .. }
            | Self::NoRoomForCurves
            | Self::OtherLine { .. }
            | Self::OtherPanel { .. }
            | Self::TooSmall { .. }
            | Self::TooManyPixels { .. } => true,
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
    /// A file of curves to be drawn over the regimes of a picture, or over the orbits along one axis.
    pub curves: Option<PathBuf>,
    /// The size on paper, and what stands around the frames.
    pub page: Page,
    /// What the model calls its signal, if it is known.
    pub signal: Option<String>,
}

/// Draws a map into a PNG, SVG or PDF file: its regimes, one feature, or, along one axis, the orbit diagram. Gives what a person should
/// know of the picture.
///
/// # Errors
/// When the request does not fit the map, the map cannot be read, or the file cannot be written.
pub fn plot(map: &Map, request: &PlotRequest, path: &Path) -> Result<Option<String>, ShowError> {
    // A wrong ending should not wait for a large map to be read.
    picture::Format::of(path)?;
    aside::check(path).map_err(AnalyseError::from)?;
    let (slice, shown) = slice(map, request)?;
    let page = &request.page;
    let Some(curves) = &request.curves else { return draw(&slice, shown, page, path).map(|()| None) };
    let opened = |error| ShowError::from(AnalyseError::from(error));
    let (scene, fixed) = match (shown, &slice.panels[0].features[..]) {
        (Shown::Regimes, _) => {
            let plane = Plane::open(curves).map_err(opened)?;
            overlay::check_panels(&plane.fixed, &slice)?;
            (map_figure::regimes(&slice, Some(&Overlay::new(&plane, &slice)?), page)?, plane.fixed)
        }
        (Shown::Orbits, [low, _]) => {
            // `minimum` is of the signal, `y1_minimum` of another one.
            let of = low.quantity.name.strip_suffix("_minimum");
            let branches = Branches::open(curves, of).map_err(opened)?;
            branches::check(&branches, &slice)?;
            overlay::check_panels(&branches.fixed, &slice)?;
            (orbit_figure::orbits(&slice, Some(&branches), page)?, branches.fixed)
        }
        _ => return Err(ShowError::NoRoomForCurves),
    };
    picture::write(&scene, page, path)?;
    Ok(overlay::elsewhere(&fixed, &slice))
}

/// Draws the branches of a file of curves, of one variable or of the model's signal, into a PNG, SVG or PDF file.
///
/// # Errors
/// When the file is none of curves or has no such variable, or the picture cannot be written.
pub fn plot_branches(curves: &Path, of: Option<&str>, page: &Page, path: &Path) -> Result<(), ShowError> {
    picture::Format::of(path)?;
    aside::check(path).map_err(AnalyseError::from)?;
    let branches = Branches::open(curves, of).map_err(AnalyseError::from)?;
    picture::write(&branches::diagram(&branches, page)?, page, path)
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
    let slice = Slice { signal: request.signal.clone(), ..cut::cut(map, &layout, &features)? };
    Ok((slice, shown))
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

/// Writes a picture of a slice to a PNG, SVG or PDF file.
///
/// # Errors
/// When the name's ending is none of these, the page is too small, or the file cannot be written.
pub fn draw(slice: &Slice, shown: Shown, page: &Page, path: &Path) -> Result<(), ShowError> {
    let scene = match shown {
        Shown::Regimes => map_figure::regimes(slice, None, page)?,
        Shown::Feature => map_figure::feature(slice, &slice.panels[0].features[0].quantity, page)?,
        Shown::Orbits => orbit_figure::orbits(slice, None, page)?,
    };
    picture::write(&scene, page, path)
}
