//! What all pictures share: title, frames with axes, a caption of what was held, and where on the sheet each of them stands.
//! Knows nothing of what is drawn inside a frame.

mod layout;

use crate::analyse::slice::{Held, Slice, Why};
use crate::show::colours::INK;
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::ticks::{Tick, ticks};
use crate::show::words;

pub(super) use layout::{Legend, Plan, Sheet};

/// Sizes of text: the em square in pixels.
pub(super) const TITLE: f64 = 38.0;
/// Axis labels and panel names.
pub(super) const LABEL: f64 = 30.0;
/// Ticks and legends.
pub(super) const SMALL: f64 = 27.0;
/// The caption.
pub(super) const CAPTION: f64 = 24.0;
/// The width of lines of axes and frames.
pub(super) const LINE: i32 = 2;

const HEIGHT: f64 = 1200.0;
/// What stays free at the edges of a sheet.
pub(super) const MARGIN: f64 = 44.0;
/// A legend that is wider than this makes the sheet wider, not the frames smaller.
const WIDEST_BESIDE: f64 = 560.0;

/// The scale of an axis: from its low to its high end, as drawn.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// The low end on the drawn scale.
    pub(super) low: f64,
    /// The high end on the drawn scale.
    pub(super) high: f64,
    /// Whether the drawn scale is that of decimal logarithms, ...
    pub(super) is_log: bool,
    /// ... of the sizes of negative values, the larger ones first.
    pub(super) is_negative: bool,
    /// What the axis says of itself.
    pub(super) text: String,
}

impl Scale {
    /// Its ticks, about `wanted` of which speak.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<Tick> {
        if !self.is_negative {
            return ticks(self.low, self.high, self.is_log, wanted);
        }
        let mirrored = ticks(-self.high, -self.low, self.is_log, wanted).into_iter().rev();
        mirrored
            .map(|Tick { at, text }| Tick { at: -at, text: text.map(|text| format!("-{text}")) })
            .collect()
    }
}

/// A rectangle with two axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Left, top, right and bottom; the last two are the first pixels outside.
    pub(super) corners: [i32; 4],
}

impl Frame {
    /// The horizontal place on the sheet of a place on the drawn scale.
    pub(super) fn across_exact(&self, scale: &Scale, at: f64) -> f64 {
        let [left, _, right, _] = self.corners.map(f64::from);
        left + (right - left) * (at - scale.low) / (scale.high - scale.low)
    }

    /// The vertical place on the sheet of a place on the drawn scale.
    pub(super) fn up_exact(&self, scale: &Scale, at: f64) -> f64 {
        let [_, top, _, bottom] = self.corners.map(f64::from);
        bottom - (bottom - top) * (at - scale.low) / (scale.high - scale.low)
    }

    /// The column of pixels of a place on the drawn scale of the horizontal axis.
    pub(super) fn across(&self, scale: &Scale, at: f64) -> i32 {
        let [left, _, right, _] = self.corners;
        left + (f64::from(right - left) * (at - scale.low) / (scale.high - scale.low)).round() as i32
    }

    /// The row of pixels of a place on the drawn scale of the vertical axis.
    pub(super) fn up(&self, scale: &Scale, at: f64) -> i32 {
        let [_, top, _, bottom] = self.corners;
        bottom - (f64::from(bottom - top) * (at - scale.low) / (scale.high - scale.low)).round() as i32
    }
}

/// What an axis says of itself in one line of a width: all of it, or else what it says without its meaning.
pub(super) fn label(text: &str, width: f64, sizes: &[f64]) -> (String, f64) {
    let (whole, size) = set(text, width, 1, sizes);
    if whole[0] == text {
        return (whole[0].clone(), size);
    }
    let (short, size) = set(words::without_meaning(text), width, 1, sizes);
    (short[0].clone(), size)
}

/// How many ticks of a horizontal axis speak.
pub(super) fn wanted(frame: &Frame) -> usize {
    let [left, _, right, _] = frame.corners;
    // Narrow frames need two that speak to be read at all.
    ((right - left) / 150).max((right - left).min(450) / 90).max(2) as usize
}

/// How far the last number below a frame may reach beyond it.
pub(super) fn overhang(ticks: &[Tick]) -> f64 {
    0.5 * width_of(ticks)
}

/// Ticks below a frame, and what its axis says of itself.
pub(super) fn horizontal(scene: &mut Scene, frame: &Frame, (scale, ticks): (&Scale, &[Tick]), sizes: &[f64]) {
    let [left, _, right, bottom] = frame.corners;
    let mut end_of_last = f64::NEG_INFINITY;
    for tick in ticks {
        let at = frame.across(scale, tick.at);
        let length = if tick.text.is_some() { 12 } else { 6 };
        scene.rectangle([at - 1, bottom + LINE, at + 1, bottom + LINE + length], INK);
        let Some(text) = &tick.text else { continue };
        let half = 0.5 * font::width(text, SMALL);
        if f64::from(at) - half > end_of_last + 12.0 {
            let place = (f64::from(at), f64::from(bottom) + 22.0 + SMALL);
            scene.text(text, place, SMALL, Anchor::Middle, INK);
            end_of_last = f64::from(at) + half;
        }
    }
    let middle = f64::midpoint(f64::from(left), f64::from(right));
    let place = (middle, f64::from(bottom) + 22.0 + SMALL + 20.0 + LABEL);
    let (text, size) = label(&scale.text, f64::from(right - left) + 60.0, sizes);
    if !text.is_empty() {
        scene.text(&text, place, size, Anchor::Middle, INK);
    }
}

/// Ticks left of a frame, which say what they stand for or do not.
pub(super) fn vertical(scene: &mut Scene, frame: &Frame, (scale, ticks): (&Scale, &[Tick]), speaks: bool) {
    let left = frame.corners[0];
    for tick in ticks {
        let at = frame.up(scale, tick.at);
        let length = if tick.text.is_some() { 12 } else { 6 };
        scene.rectangle([left - LINE - length, at - 1, left - LINE, at + 1], INK);
        if let Some(text) = tick.text.as_ref().filter(|_| speaks) {
            let place = (f64::from(left) - 22.0, f64::from(at) + 0.36 * SMALL);
            scene.text(text, place, SMALL, Anchor::End, INK);
        }
    }
}

/// The room that what ticks say needs beside a frame.
pub(super) fn width_of(ticks: &[Tick]) -> f64 {
    spoken(ticks).map(|text| font::width(text, SMALL)).fold(0.0, f64::max)
}

fn spoken(ticks: &[Tick]) -> impl Iterator<Item = &str> {
    ticks.iter().filter_map(|tick| tick.text.as_deref())
}

/// Sizes of what an axis says of itself, the largest first.
pub(super) const SIZES: [f64; 5] = [LABEL, 27.0, 24.0, 21.0, 18.0];

/// A text in at most so many lines of a width: in the largest of some sizes in which all of it stands there, else cut in the smallest.
pub(super) fn set(text: &str, width: f64, lines: usize, sizes: &[f64]) -> (Vec<String>, f64) {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let whole = words.join(" ");
    let mut found = (Vec::new(), LABEL);
    for &size in sizes {
        found = (words::wrap(text, width, lines, |text| font::width(text, size)), size);
        if found.0.join(" ") == whole {
            break;
        }
    }
    found
}

/// What was held, in words: first what cuts the space, then what the study fixed.
pub(super) fn caption(slice: &Slice, remark: &str) -> String {
    let held = &slice.held;
    let equation = |held: &Held| {
        let unit = words::unit(&held.unit);
        let note = match (held.why, &held.word) {
            (Why::Middle, None) => " (middle of its axis)",
            (Why::Middle, Some(_)) => " (the first)",
            _ => "",
        };
        // Spaces that do not break a line keep a value with its name.
        let value = held.word.as_deref().map_or_else(|| words::number(held.value), words::label);
        let text = format!("{} = {value} {unit}", words::plain(&held.name));
        format!("{}{note}", text.trim_end().replace(' ', "\u{a0}"))
    };
    let list = |wanted: &dyn Fn(&Held) -> bool| {
        held.iter().filter(|held| wanted(held)).map(equation).collect::<Vec<_>>().join(", ")
    };
    let mut parts = vec![remark.to_owned()];
    let names = [Some(&slice.x), slice.y.as_ref()];
    for (coordinate, every) in names.into_iter().zip(slice.every) {
        if let Some(coordinate) = coordinate.filter(|_| every > 1) {
            parts.push(format!(
                "Drawn from one in {every} values of {}.",
                words::plain(&coordinate.quantity.name)
            ));
        }
    }
    for (opening, text) in [
        ("Cut at", list(&|held| held.why != Why::Fixed)),
        ("Held fixed:", list(&|held| held.why == Why::Fixed)),
    ] {
        if !text.is_empty() {
            parts.push(format!("{opening} {text}."));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_set_whole_where_letters_can_be_smaller() {
        let text = "mean of frequency (Hz)";
        assert_eq!(set(text, 400.0, 1, &SIZES), (vec![text.to_owned()], LABEL));
        let (lines, size) = set(text, 240.0, 1, &SIZES);
        assert!(lines == [text] && size < LABEL, "{lines:?} {size}");
        let (lines, size) = set(text, 170.0, 2, &SIZES);
        assert!(
            lines == ["mean of", "frequency (Hz)"] || lines == ["mean of frequency", "(Hz)"],
            "{lines:?} {size}"
        );
        assert!(set(text, 60.0, 1, &SIZES).0[0].ends_with('…'));
    }

    #[test]
    fn a_caption_says_first_what_cuts_the_space() {
        let held =
            |name: &str, value, why| Held { name: name.into(), unit: "1/s".into(), value, word: None, why };
        let mut slice = crate::show::samples::tongues(2, 3, &[]);
        slice.held = vec![held("C", 135.0, Why::Fixed), held("A", 3.25, Why::Middle)];
        slice.every = [3, 1];
        let text = caption(&slice, "");
        assert_eq!(
            text.replace('\u{a0}', " "),
            "Drawn from one in 3 values of p. Cut at A = 3.25 s⁻¹ (middle of its axis). Held fixed: C = 135 s⁻¹."
        );
    }
}
