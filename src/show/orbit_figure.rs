//! The orbit diagram of a map along one axis: the smallest and the largest value of the signal against the parameter,
//! coloured by regime. Knows no file format.

use crate::analyse::slice::{Feature, Panel, Slice};
use crate::show::colours::{Colour, FAINT, INK, PAPER, UNDEFINED, mixed, regime_colours, strong};
use crate::show::font;
use crate::show::legend::Legend;
use crate::show::map_figure::scale_of;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{Frame, Plan, SMALL, Scale, Sheet};
use crate::show::words;

/// The diagram of the features of a slice's panels: of two, the range between them is shaded. Runs from several starts stand
/// in one frame, the first as discs, the others as rings.
pub(super) fn orbits(slice: &Slice) -> Scene {
    let colours = regime_colours(&slice.labels);
    let legend = Legend::of(slice, &colours, slice.panels.len() + 1);
    let x = scale_of(&slice.x);
    let y = value_scale(slice);
    let starts: Vec<String> =
        slice.panels.iter().filter_map(|panel| panel.name.as_deref()).map(words::label).collect();
    let starts_width = starts.iter().map(|name| 50.0 + font::width(&from(name), SMALL)).fold(0.0, f64::max);
    let mut sheet = Sheet::new(&Plan {
        slice,
        x: &x,
        y: Some(&y),
        panels: Vec::new(),
        legend_width: legend.width().max(starts_width),
        remark: remark(&slice.panels[0].features),
    });
    let frame = sheet.frames[0];
    for panel in &slice.panels {
        shade(&mut sheet.scene, slice, panel, &colours, (&frame, &x, &y));
    }
    for (index, panel) in slice.panels.iter().enumerate().rev() {
        dots(&mut sheet.scene, slice, panel, &colours, (&frame, &x, &y), index == 0);
    }
    let left = sheet.legend_left;
    let mut baseline = legend.draw(&mut sheet.scene, left, f64::from(frame.corners[1])) + 0.5 * SMALL;
    for (index, name) in starts.iter().enumerate() {
        let place = (left as i32 + 17, (baseline - 0.36 * SMALL) as i32);
        sheet.scene.dot(place, 7, index == 0, FAINT);
        sheet.scene.text(&from(name), (left + 50.0, baseline), SMALL, Anchor::Start, INK);
        baseline += 1.75 * SMALL;
    }
    sheet.scene
}

fn from(name: &str) -> String {
    format!("from {name}")
}

/// What is drawn, in words.
fn remark(features: &[Feature]) -> String {
    match features {
        [_, _] => "Smallest and largest value at every point; shaded between them.".into(),
        [feature] => words::meaning(&feature.quantity),
        _ => String::new(),
    }
}

/// The vertical scale: all defined values, with a margin.
pub(super) fn value_scale(slice: &Slice) -> Scale {
    let features = &slice.panels[0].features;
    let values =
        slice.panels.iter().flat_map(|panel| &panel.features).flat_map(|feature| feature.values.iter());
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let margin = if low < high { 0.05 * (high - low) } else { 0.5 };
    let quantity = &features[0].quantity;
    let text = match &features[..] {
        [_, _] => {
            let unit = words::unit(&quantity.unit);
            let names: Vec<String> =
                features.iter().map(|feature| words::plain(&feature.quantity.name)).collect();
            let names = names.join(" and ").replace('_', " ");
            if unit.is_empty() { names } else { format!("{names} ({unit})") }
        }
        _ => words::scale(quantity),
    };
    Scale { low: low - margin, high: high + margin, is_log: false, is_negative: false, text }
}

type Place<'a> = (&'a Frame, &'a Scale, &'a Scale);

fn colour_of(colours: &[Colour], panel: &Panel, column: usize) -> Colour {
    colours.get(usize::from(panel.regimes[[0, column]])).copied().unwrap_or(UNDEFINED)
}

/// Shades the range of the signal at every point that moves.
fn shade(scene: &mut Scene, slice: &Slice, panel: &Panel, colours: &[Colour], (frame, x, y): Place<'_>) {
    let [low, high] = &panel.features[..] else { return };
    let edges = slice.x.edges();
    for column in 0..slice.x.values.len() {
        let (bottom, top) = (low.values[[0, column]], high.values[[0, column]]);
        if bottom.is_finite() && top.is_finite() {
            let colour = mixed(colour_of(colours, panel, column), PAPER, 0.55);
            let corners = [
                frame.across(x, edges[column]),
                frame.up(y, top),
                frame.across(x, edges[column + 1]),
                frame.up(y, bottom),
            ];
            scene.rectangle(corners, colour);
        }
    }
}

/// Draws every value.
fn dots(
    scene: &mut Scene,
    slice: &Slice,
    panel: &Panel,
    colours: &[Colour],
    (frame, x, y): Place<'_>,
    is_filled: bool,
) {
    let radius = match slice.x.values.len() {
        0..=120 => 7,
        121..=400 => 5,
        _ => 3,
    };
    for feature in &panel.features {
        for (column, value) in slice.x.values.iter().enumerate() {
            let height = feature.values[[0, column]];
            if !height.is_finite() {
                continue;
            }
            let colour = strong(colour_of(colours, panel, column));
            let place = (frame.across(x, slice.x.scaled(*value)), frame.up(y, height));
            scene.dot(place, radius, is_filled, colour);
        }
    }
}
