//! `[figure]`: what `ictus plot` draws of the study's map, and how large it is on paper. It decides no number of the map, and flags of the
//! command line win over it. Knows nothing of how pictures are drawn.

use super::document::{Content, Value};
use super::fields::{Fields, Sink, did_you_mean};

/// What a study wants of its figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// The horizontal axis.
    pub x: Option<String>,
    /// The vertical axis.
    pub y: Option<String>,
    /// Where other axes stand, each as `name=value`.
    pub at: Vec<String>,
    /// The axis over whose values there is a panel each, as `name` or `name=value,value`.
    pub panel: Option<String>,
    /// A feature that is drawn instead of regimes.
    pub feature: Option<String>,
    /// The width on paper, in millimetres.
    pub width: Option<f64>,
    /// The height on paper, in millimetres.
    pub height: Option<f64>,
    /// Dots per inch of a PNG file.
    pub dpi: Option<f64>,
    /// The size of the letters at ticks and in legends, in points.
    pub font_size: Option<f64>,
    /// Whether the title is left out.
    pub without_title: bool,
    /// Whether the caption is left out.
    pub without_caption: bool,
}

/// Units of length, in millimetres.
const UNITS: [(&str, f64); 4] = [("mm", 1.0), ("cm", 10.0), ("in", 25.4), ("pt", 25.4 / 72.0)];

/// The length of a text such as `85 mm`, in millimetres.
fn length(text: &str) -> Option<f64> {
    let text = text.trim();
    let (unit, factor) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let number = text.strip_suffix(unit)?.trim_end();
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

/// A size of a page, in millimetres, from a text such as `85 mm`, `8.5cm`, `3.3in`.
///
/// # Errors
/// What is wrong with the text, and what to write.
pub fn page_length(text: &str) -> Result<f64, String> {
    let found = length(text).ok_or_else(|| {
        format!("`{text}` is not a length with a unit; write for instance 85mm, 8.5cm or 3.3in")
    })?;
    if (20.0..=2000.0).contains(&found) {
        return Ok(found);
    }
    Err(format!(
        "`{text}` is {found:.1} mm, and a picture has 20 mm to 2000 mm; a column of a journal has about 85mm"
    ))
}

/// A size of letters, in points, from a text such as `8 pt`.
///
/// # Errors
/// What is wrong with the text, and what to write.
pub fn letters(text: &str) -> Result<f64, String> {
    let found = length(text).map(|found| found / 25.4 * 72.0);
    let found =
        found.ok_or_else(|| format!("`{text}` is no size of letters with a unit; write for instance 8pt"))?;
    if (3.999..=72.001).contains(&found) {
        return Ok(found);
    }
    Err(format!("`{text}` is {found:.1} pt, and letters have 4 pt to 72 pt; write for instance 8pt"))
}

/// Dots per inch, from a text.
///
/// # Errors
/// What is wrong with the text, and what to write.
pub fn resolution(text: &str) -> Result<f64, String> {
    let found = text.trim().parse::<f64>().ok().filter(|dpi| (30.0..=2400.0).contains(dpi));
    found.ok_or_else(|| {
        format!("`{text}` is not a number of dots per inch from 30 to 2400; write for instance 300")
    })
}

/// Reads the table; `axes` are the names of what varies.
pub(super) fn read(section: Option<Fields<'_>>, axes: &[String], sink: &mut Sink) -> Figure {
    let Some(mut fields) = section else { return Figure::default() };
    let mut axis = |key: &'static str, sink: &mut Sink| {
        let value = fields.get(key)?;
        let text = value.text(&format!("`{key}`"), sink)?;
        let name = text.split('=').next().unwrap_or_default().trim();
        check(name, value, axes, sink);
        Some(text.to_owned())
    };
    let (x, y, panel) = (axis("x", sink), axis("y", sink), axis("panel", sink));
    let at = fields.get("at").map(|value| places(value, axes, sink)).unwrap_or_default();
    let feature = fields.get("feature").and_then(|value| value.text("`feature`", sink)).map(str::to_owned);
    let mut measure = |key: &'static str, read: fn(&str) -> Result<f64, String>, sink: &mut Sink| {
        let value = fields.get(key)?;
        let text = match &value.content {
            Content::Text(text) | Content::Number { spelling: text, .. } => text,
            _ => value.text(&format!("`{key}`"), sink)?,
        };
        read(text).map_err(|wrong| sink.push(complaint(value, key, &wrong))).ok()
    };
    let (width, height) = (measure("width", page_length, sink), measure("height", page_length, sink));
    let (font_size, dpi) = (measure("font_size", letters, sink), measure("dpi", resolution, sink));
    let mut is_off = |key: &'static str, sink: &mut Sink| {
        let value = fields.get(key).and_then(|value| value.truth(&format!("`{key}`"), sink));
        value == Some(false)
    };
    let (without_title, without_caption) = (is_off("title", sink), is_off("caption", sink));
    fields.finish(sink);
    Figure { x, y, at, panel, feature, width, height, dpi, font_size, without_title, without_caption }
}

fn complaint(value: &Value, key: &str, wrong: &str) -> crate::complaint::Complaint {
    let (message, remedy) = wrong.rsplit_once("; ").unwrap_or((wrong, "give another value"));
    value.place.error(format!("`{key}`: {message}"), remedy)
}

/// Complains of a name that does not vary.
fn check(name: &str, value: &Value, axes: &[String], sink: &mut Sink) {
    let is_known = axes.iter().any(|own| own.eq_ignore_ascii_case(name)) || name == "start";
    // Of a study whose axes could not be read there is another complaint.
    if !is_known && !axes.is_empty() {
        let remedy = did_you_mean(name, axes.iter().map(String::as_str));
        sink.push(value.place.error(format!("`{name}` is not an axis of the study"), remedy));
    }
}

/// `at = { A = 3.25, start = "rest" }`.
fn places(value: &Value, axes: &[String], sink: &mut Sink) -> Vec<String> {
    let mut found = Vec::new();
    for entry in value.entries("`at`", sink).unwrap_or_default() {
        let at = match &entry.value.content {
            Content::Number { spelling, .. } => spelling.as_str(),
            _ => match entry.value.text(&format!("`{}`", entry.key), sink) {
                Some(text) => text,
                None => continue,
            },
        };
        check(&entry.key, &entry.value, axes, sink);
        found.push(format!("{}={at}", entry.key));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units() {
        for (text, wanted) in [("85mm", 85.0), ("8.5 cm", 85.0), ("2in", 50.8), (" 144 pt ", 50.8)] {
            let found = page_length(text).unwrap_or_else(|wrong| panic!("{wrong}"));
            assert!((found - wanted).abs() < 1e-9, "{text}: {found}");
        }
        for text in ["85", "mm", "-85mm", "nanmm", "1e9mm", "1mm", ""] {
            let wrong = page_length(text).expect_err(text);
            assert!(wrong.contains("mm") && wrong.contains("; "), "{wrong}");
        }
        assert!((letters("8pt").unwrap_or(0.0) - 8.0).abs() < 1e-9);
        assert!((letters("4pt").unwrap_or(0.0) - 4.0).abs() < 1e-9);
        assert!(letters("8").is_err() && letters("400pt").is_err());
        assert!(resolution("300").is_ok() && resolution("3").is_err() && resolution("many").is_err());
    }
}
