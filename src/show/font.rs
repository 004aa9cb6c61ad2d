//! The letters of pictures: how wide a text is, and where its ink falls. Knows neither files nor layout.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};

/// The file of the font.
pub(super) const BYTES: &[u8] = include_bytes!("font/Arimo-Regular-subset.ttf");

/// Arimo, whose widths are Arial's and Helvetica's, so that a viewer of an SVG file lays out the text as measured here.
static ARIMO: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(BYTES).expect("the embedded font is whole"));

/// The same letters by the names that viewers of SVG files know.
pub(super) const FAMILY: &str = "Arimo, 'Liberation Sans', Arial, Helvetica, sans-serif";

/// The scale at which the em square is `size` pixels.
fn scale(size: f64) -> PxScale {
    let per_em =
        f64::from(ARIMO.height_unscaled()) / f64::from(ARIMO.units_per_em().expect("a font states its em"));
    PxScale::from((size * per_em) as f32)
}

/// The width of a text in pixels; `size` is that of the em square.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let font = ARIMO.as_scaled(scale(size));
    text.chars().map(|letter| f64::from(font.h_advance(font.glyph_id(letter)))).sum()
}

/// Calls `ink(x, y, coverage)` for every pixel that a text touches; its baseline begins at `(0, 0)`, y grows downwards.
pub(super) fn rasterise(text: &str, size: f64, shift: f64, mut ink: impl FnMut(i32, i32, f64)) {
    let scale = scale(size);
    let font = ARIMO.as_scaled(scale);
    let mut pen = shift as f32;
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        if let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, point(pen, 0.0))) {
            let (left, top) = (outline.px_bounds().min.x as i32, outline.px_bounds().min.y as i32);
            outline.draw(|x, y, coverage| {
                ink(left + x.cast_signed(), top + y.cast_signed(), f64::from(coverage));
            });
        }
        pen += font.h_advance(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_that_units_need_is_in_the_font() {
        for letter in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹·×−–°µμσκηΩ…→≤≥%".chars() {
            assert_ne!(ARIMO.glyph_id(letter).0, 0, "{letter}");
        }
    }

    #[test]
    fn ink_falls_within_the_measured_width() {
        let (mut left, mut right) = (i32::MAX, i32::MIN);
        rasterise("HHHH", 30.0, 0.0, |x, _, coverage| {
            if coverage > 0.0 {
                (left, right) = (left.min(x), right.max(x));
            }
        });
        assert!(left >= 0 && f64::from(right) < width("HHHH", 30.0), "{left} {right}");
    }
}
