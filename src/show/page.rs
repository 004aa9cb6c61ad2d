//! The page of a picture: how large it is on paper, and its letters with it. Knows nothing of what is drawn.
//!
//! A picture is laid out in units of which [`SMALL`] make the em of its ticks and legends. Without a wish a unit is a pixel at 300 dots
//! per inch; a size of letters on paper says how many millimetres a unit has, and a width how many units there are.

use crate::show::ShowError;
use crate::show::sheet::{LABEL, MARGIN, SMALL, TITLE};

const MILLIMETRES_PER_INCH: f64 = 25.4;
const POINTS_PER_INCH: f64 = 72.0;
/// Dots per inch where nothing is said: what journals ask of pictures in colour at least.
const DPI: f64 = 300.0;
/// The size of letters, in points, of a picture whose size is given.
const FONT_SIZE: f64 = 8.0;
/// The width of a picture without a wish, in units.
const WIDTH: f64 = 1600.0;
/// What stays free at the edges where a size is given: a journal has margins of its own.
const SIZED_MARGIN: f64 = 10.0;
/// A raster image has no more pixels than this along a side.
const MOST_PIXELS: f64 = 20_000.0;

/// What a person asks of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The width in millimetres.
    pub width: Option<f64>,
    /// The height in millimetres; without it the picture is as high as it needs to be.
    pub height: Option<f64>,
    /// Dots per inch of a PNG file.
    pub dpi: Option<f64>,
    /// The size of the letters at ticks and in legends, in points.
    pub font_size: Option<f64>,
    /// Whether the title is left out.
    pub without_title: bool,
    /// Whether the caption is left out: what was held, and where.
    pub without_caption: bool,
}

impl Page {
    /// Whether it has a size on paper.
    pub(super) fn is_sized(&self) -> bool {
        self.width.is_some() || self.height.is_some() || self.font_size.is_some()
    }

    /// Whether a file should tell its size on paper.
    pub(super) fn tells_size(&self) -> bool {
        self.is_sized() || self.dpi.is_some()
    }

    /// Points (1/72 inch) in a unit.
    fn points(&self) -> f64 {
        if self.is_sized() { self.font_size.unwrap_or(FONT_SIZE) / SMALL } else { POINTS_PER_INCH / DPI }
    }

    /// Millimetres in a unit.
    fn millimetres(&self) -> f64 {
        self.points() / POINTS_PER_INCH * MILLIMETRES_PER_INCH
    }

    /// Points in a unit of a picture of so many, so that it has exactly the width that was asked for.
    pub(super) fn points_of(&self, width: u32) -> f64 {
        let asked = self.width.map(|own| own / MILLIMETRES_PER_INCH * POINTS_PER_INCH / f64::from(width));
        asked.unwrap_or_else(|| self.points())
    }

    /// Millimetres in a unit of a picture of so many.
    pub(super) fn millimetres_of(&self, width: u32) -> f64 {
        self.points_of(width) / POINTS_PER_INCH * MILLIMETRES_PER_INCH
    }

    /// Pixels in a unit of a picture of so many.
    pub(super) fn pixels_of(&self, width: u32) -> f64 {
        if self.tells_size() {
            self.dpi.unwrap_or(DPI) / POINTS_PER_INCH * self.points_of(width)
        } else {
            1.0
        }
    }

    /// Pixels in a metre.
    pub(super) fn pixels_per_metre(&self) -> u32 {
        (self.dpi.unwrap_or(DPI) / MILLIMETRES_PER_INCH * 1000.0).round() as u32
    }

    /// The width in units, where the page has a size.
    pub(super) fn wide(&self) -> Option<f64> {
        let usual = WIDTH / DPI * MILLIMETRES_PER_INCH;
        self.is_sized().then(|| (self.width.unwrap_or(usual) / self.millimetres()).round())
    }

    /// The height in units, where it was asked for.
    pub(super) fn high(&self) -> Option<f64> {
        self.height.map(|height| (height / self.millimetres()).round())
    }

    /// What stays free at its edges, in units.
    pub(super) fn margin(&self) -> f64 {
        if self.is_sized() { SIZED_MARGIN } else { MARGIN }
    }

    /// The size of the title's letters, in units.
    pub(super) fn title(&self) -> f64 {
        if self.is_sized() { LABEL } else { TITLE }
    }

    /// The sizes in which an axis may be labelled, in units; letters whose size was asked for hardly shrink.
    pub(super) fn sizes<'a>(&self, all: &'a [f64]) -> &'a [f64] {
        if self.is_sized() { &all[..2.min(all.len())] } else { all }
    }

    /// That so many units do not hold what is drawn.
    pub(super) fn too_small(&self, direction: &'static str, needed: f64) -> ShowError {
        let millimetres = needed * self.millimetres();
        ShowError::TooSmall { direction, millimetres: (millimetres / 5.0).ceil() * 5.0 }
    }

    /// Checks that a raster image of so many units has not too many pixels.
    pub(super) fn check_pixels(&self, width: u32, height: u32) -> Result<(), ShowError> {
        let pixels = f64::from(width.max(height)) * self.pixels_of(width);
        let dpi = self.dpi.unwrap_or(DPI);
        if pixels <= MOST_PIXELS {
            return Ok(());
        }
        Err(ShowError::TooManyPixels {
            pixels: pixels.round() as u64,
            most: MOST_PIXELS as u64,
            dpi: (dpi * MOST_PIXELS / pixels).floor(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_width_on_paper_that_was_asked_for() {
        let page = Page { width: Some(85.0), font_size: Some(8.0), ..Page::default() };
        // 85 mm are 240.945 pt, and an em of 8 pt has 27 units.
        assert_eq!(page.wide(), Some((240.945_f64 / 8.0 * 27.0).round()));
        assert!((f64::from(813) * page.millimetres_of(813) - 85.0).abs() < 1e-9);
        let dense = Page { dpi: Some(600.0), ..page.clone() };
        assert!((dense.pixels_of(813) / page.pixels_of(813) - 2.0).abs() < 1e-12);
        // 300 dots per inch are 11 811 per metre.
        assert_eq!(page.pixels_per_metre(), 11_811);
    }

    #[test]
    fn without_a_wish_a_unit_is_a_pixel() {
        let page = Page::default();
        assert!(page.wide().is_none() && (page.pixels_of(1600) - 1.0).abs() < f64::EPSILON);
        assert!((Page { dpi: Some(300.0), ..page }.pixels_of(1600) - 1.0).abs() < 1e-12);
    }
}
