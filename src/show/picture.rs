//! A scene as a PNG, SVG or PDF file: the only file that names plotters. Knows nothing of maps.
//!
//! Text goes into an SVG file as text, so that it can be searched and edited, and from there into a PDF file ([`pdf`](super::pdf)); into a
//! PNG file it is drawn by [`font`](super::font), because the bitmap text of plotters places letters at whole pixels and drops their side
//! bearings.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, Circle, Color as _, DrawingArea, DrawingAreaErrorKind, DrawingBackend,
    IntoDrawingArea as _, PathElement, RGBAColor, RGBColor, Rectangle, SVGBackend, ShapeStyle, Text,
    TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform};

use crate::analyse::AnalyseError;
use crate::complaint::{words_of, words_of_library};
use crate::show::ShowError;
use crate::show::colours::{Colour, PAPER};
use crate::show::font;
use crate::show::page::Page;
use crate::show::pdf;
use crate::show::scene::{Anchor, Mark, Scene};
use crate::store;

/// A kind of picture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Pixels.
    Png,
    /// Shapes and text.
    Svg,
    /// The same on a page.
    Pdf,
}

impl Format {
    /// The format that a file's name asks for.
    pub(super) fn of(path: &Path) -> Result<Self, ShowError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "png" => Ok(Self::Png),
            "svg" => Ok(Self::Svg),
            "pdf" => Ok(Self::Pdf),
            _ => Err(ShowError::Ending { path: path.into() }),
        }
    }
}

/// Writes a picture beside its place and puts it there when it is whole.
pub(super) fn write(scene: &Scene, page: &Page, path: &Path) -> Result<(), ShowError> {
    let failed = |reason: String| ShowError::Write { path: path.into(), reason };
    let cannot = |error: io::Error| failed(words_of(&error));
    let format = Format::of(path)?;
    if format == Format::Png {
        page.check_pixels(scene.width, scene.height)?;
    }
    store::aside::check(path).map_err(AnalyseError::from)?;
    let aside = Partial(aside(path));
    match format {
        Format::Svg => std::fs::write(&aside.0, sized(svg(scene), scene, page)).map_err(cannot)?,
        Format::Pdf => {
            let bytes = pdf::of_svg(&svg(scene), page.points_of(scene.width)).map_err(failed)?;
            std::fs::write(&aside.0, bytes).map_err(cannot)?;
        }
        Format::Png => {
            let scene = &scene.scaled(page.pixels_of(scene.width));
            {
                let area = BitMapBackend::new(&aside.0, (scene.width, scene.height)).into_drawing_area();
                draw(scene, &area, rasterised)
                    .and_then(|()| area.present())
                    .map_err(|error| failed(words_of_library(&error.to_string())))?;
            }
            let bytes = std::fs::read(&aside.0).map_err(cannot)?;
            if !is_whole(&bytes) {
                return Err(failed("the disk has taken a part of it only".to_owned()));
            }
            if page.tells_size() {
                std::fs::write(&aside.0, with_resolution(&bytes, page)).map_err(cannot)?;
            }
        }
    }
    // Some file systems tell only now that they are full.
    std::fs::File::open(&aside.0).and_then(|file| file.sync_all()).map_err(cannot)?;
    std::fs::rename(&aside.0, path).map_err(cannot)
}

/// A file that is removed unless it was renamed.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // It is gone when all went well.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Whether the bytes of a PNG file end as they should: the encoder may not hear of what its buffer could not write.
fn is_whole(bytes: &[u8]) -> bool {
    bytes.ends_with(b"IEND\xaeB`\x82")
}

/// The bytes of a PNG file with the chunk that says how many pixels a metre has (PNG specification, 11.3.4.3), behind the header.
fn with_resolution(bytes: &[u8], page: &Page) -> Vec<u8> {
    // The signature has 8 bytes, the header's chunk 25.
    let (header, rest) = bytes.split_at(33);
    let each = page.pixels_per_metre().to_be_bytes();
    // The last byte: the unit is the metre.
    let chunk = [&b"pHYs"[..], &each, &each, &[1]].concat();
    let length = (chunk.len() as u32 - 4).to_be_bytes();
    [header, &length, &chunk, &crc32fast::hash(&chunk).to_be_bytes(), rest].concat()
}

/// The text of an SVG file with its size on paper, where the page has one.
fn sized(text: String, scene: &Scene, page: &Page) -> String {
    if !page.is_sized() {
        return text;
    }
    let [width, height] =
        [scene.width, scene.height].map(|own| f64::from(own) * page.millimetres_of(scene.width));
    let own = format!("width=\"{}\" height=\"{}\"", scene.width, scene.height);
    text.replacen(&own, &format!("width=\"{width:.2}mm\" height=\"{height:.2}mm\""), 1)
}

/// A name in the same folder with the same ending, which the encoder goes by.
fn aside(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{stem}.{}.partial.{ending}", std::process::id()))
}

/// A picture as the text of an SVG file.
pub(super) fn svg(scene: &Scene) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (scene.width, scene.height)).into_drawing_area();
        draw(scene, &area, written).and_then(|()| area.present()).expect("drawing into a string cannot fail");
    }
    text
}

type Area<B> = DrawingArea<B, Shift>;
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Draws every mark; those that are not made of level and upright edges as `draw_round` does.
fn draw<B: DrawingBackend>(
    scene: &Scene,
    area: &Area<B>,
    draw_round: impl Fn(&Area<B>, &Mark) -> Drawn<B>,
) -> Drawn<B> {
    area.fill(&rgb(PAPER))?;
    for mark in &scene.marks {
        match mark {
            Mark::Rectangle { left, top, right, bottom, colour, opacity } => {
                if left < right && top < bottom {
                    let corners = [(*left, *top), (*right, *bottom)];
                    area.draw(&Rectangle::new(corners, filled(rgb(*colour).mix(*opacity))))?;
                }
            }
            Mark::Disc { .. } | Mark::Path { .. } | Mark::Text { .. } => draw_round(area, mark)?,
        }
    }
    Ok(())
}

fn rgb(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

fn filled(color: RGBAColor) -> ShapeStyle {
    ShapeStyle { color, filled: true, stroke_width: 0 }
}

/// Text as text, discs as discs, lines as lines: a viewer of the SVG file draws them.
fn written<B: DrawingBackend>(area: &Area<B>, mark: &Mark) -> Drawn<B> {
    if let Mark::Disc { x, y, radius, colour } = mark {
        return area.draw(&Circle::new((*x, *y), *radius, filled(rgb(*colour).to_rgba())));
    }
    if let Mark::Path { points, width, colour } = mark {
        let style =
            ShapeStyle { color: rgb(*colour).to_rgba(), filled: false, stroke_width: width.round() as u32 };
        let points: Vec<(i32, i32)> =
            points.iter().map(|(x, y)| (x.round() as i32, y.round() as i32)).collect();
        return area.draw(&PathElement::new(points, style));
    }
    let Mark::Text { text, x, y, size, anchor, is_turned, colour } = mark else { return Ok(()) };
    let transform = if *is_turned { FontTransform::Rotate270 } else { FontTransform::None };
    // The backend divides sizes by 1.24, and puts the baseline of text anchored at its top 0.76 em below its place.
    let font =
        FontDesc::new(FontFamily::Name(font::FAMILY), size * 1.24, FontStyle::Normal).transform(transform);
    let horizontal = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let colour = rgb(*colour);
    let style = TextStyle::from(font).color(&colour).pos(Pos::new(horizontal, VPos::Top));
    let drop = 0.76 * size;
    let place = if *is_turned { (x - drop, *y) } else { (*x, y - drop) };
    area.draw(&Text::new(text.as_str(), (place.0.round() as i32, place.1.round() as i32), style))
}

/// Text, discs and lines as pixels with smooth edges.
fn rasterised<B: DrawingBackend>(area: &Area<B>, mark: &Mark) -> Drawn<B> {
    if let Mark::Disc { x, y, radius, colour } = mark {
        let reach = radius.cast_signed() + 1;
        for (across, down) in
            (-reach..=reach).flat_map(|down| (-reach..=reach).map(move |across| (across, down)))
        {
            let coverage =
                (f64::from(*radius) + 0.5 - f64::from(across).hypot(f64::from(down))).clamp(0.0, 1.0);
            if coverage > 0.0 {
                area.draw_pixel((x + across, y + down), &rgb(*colour).mix(coverage))?;
            }
        }
        return Ok(());
    }
    if let Mark::Path { points, width, colour } = mark {
        return stroke(area, points, *width, rgb(*colour));
    }
    let Mark::Text { text, x, y, size, anchor, is_turned, colour } = mark else { return Ok(()) };
    let width = font::width(text, *size);
    let before = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => 0.5 * width,
        Anchor::End => width,
    };
    let begin = if *is_turned { -before - y } else { x - before };
    let (across, baseline) = (begin.fract(), begin.trunc() as i32);
    let mut outcome = Ok(());
    font::rasterise(text, *size, across, |along, down, coverage| {
        let place = if *is_turned {
            (x.round() as i32 + down, -(baseline + along))
        } else {
            (baseline + along, y.round() as i32 + down)
        };
        if outcome.is_ok() && coverage > 0.0 {
            outcome = area.draw_pixel(place, &rgb(*colour).mix(coverage.min(1.0)));
        }
    });
    outcome
}

/// A line as pixels: each has the coverage of the piece that is nearest, so that pieces do not darken where they meet.
fn stroke<B: DrawingBackend>(
    area: &Area<B>,
    points: &[(f64, f64)],
    width: f64,
    colour: RGBColor,
) -> Drawn<B> {
    let mut coverages: BTreeMap<(i32, i32), f64> = BTreeMap::new();
    let reach = 0.5 * width + 1.0;
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let (across, down) = (x1 - x0, y1 - y0);
        let square = across * across + down * down;
        for y in (y0.min(y1) - reach).floor() as i32..=(y0.max(y1) + reach).ceil() as i32 {
            for x in (x0.min(x1) - reach).floor() as i32..=(x0.max(x1) + reach).ceil() as i32 {
                let (from_x, from_y) = (f64::from(x) - x0, f64::from(y) - y0);
                let part = if square > 0.0 {
                    ((from_x * across + from_y * down) / square).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let distance = (from_x - part * across).hypot(from_y - part * down);
                let coverage = (0.5 * width + 0.5 - distance).clamp(0.0, 1.0);
                if coverage > 0.0 {
                    let known = coverages.entry((x, y)).or_default();
                    *known = known.max(coverage);
                }
            }
        }
    }
    coverages.into_iter().try_for_each(|(place, coverage)| area.draw_pixel(place, &colour.mix(coverage)))
}
