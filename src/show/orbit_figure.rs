//! The orbit diagram of a map along one axis: the smallest and the largest value of the signal against the parameter,
//! coloured by regime. Knows no file format.

use crate::analyse::slice::{Feature, Panel, Slice};
use crate::show::colours::{Colour, FAINT, INK, PAPER, UNDEFINED, mixed, regime_colours, strong};
use crate::show::font;
use crate::show::legend::Legend;
use crate::show::map_figure::{panel_labels, scale_of};
use crate::show::page::Page;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{Frame, Legend as Room, Plan, SMALL, Scale, Sheet};
use crate::show::words;
use crate::show::{ShowError, branches};
use crate::store::curves::Branches;
use crate::table::Quantity;

/// The diagram of the features of a slice's panels: of two, the range between them is shaded. Runs from several starts stand
/// in one frame, the first as discs, the others as rings.
///
/// # Errors
/// When the page is too small.
pub(super) fn orbits(slice: &Slice, curves: Option<&Branches>, page: &Page) -> Result<Scene, ShowError> {
    let colours = regime_colours(&slice.labels);
    let legend = Legend::of(slice, &colours, slice.panels.len() + 1);
    let x = scale_of(&slice.x);
    let y = value_scale_with(slice, curves);
    // Values of an axis have a frame each, starts share one.
    let has_frames = slice.across.is_some();
    let mut starts = panel_labels(slice);
    starts.retain(|name| !has_frames && !name.is_empty());
    let starts_width = starts.iter().map(|name| 50.0 + font::width(&from(name), SMALL)).fold(0.0, f64::max);
    let of_starts = (0.5 + 1.75 * starts.len() as f64) * SMALL;
    let [of_curves, room] = curves.map_or([0.0; 2], branches::legend_size);
    let of_starts = of_starts + room;
    let below = |width: f64| legend.clone().below(width).height() + of_starts;
    let mut sheet = Sheet::new(&Plan {
        slice,
        page,
        x: &x,
        y: Some(&y),
        panels: if has_frames { panel_labels(slice) } else { Vec::new() },
        legend: Room {
            beside: [legend.width().max(starts_width).max(of_curves), legend.height() + of_starts],
            below: Some(&below),
        },
        remark: remark(&slice.panels[0].features),
    })?;
    let frames = sheet.frames.clone();
    let frame_of = |index: usize| frames[if has_frames { index } else { 0 }];
    for (index, panel) in slice.panels.iter().enumerate() {
        shade(&mut sheet.scene, slice, panel, &colours, (&frame_of(index), &x, &y));
    }
    for (index, panel) in slice.panels.iter().enumerate().rev() {
        let is_filled = has_frames || index == 0;
        dots(&mut sheet.scene, slice, panel, &colours, (&frame_of(index), &x, &y), is_filled);
    }
    if let Some(curves) = curves {
        for frame in &frames {
            branches::draw(&mut sheet.scene, curves, frame, (&x, &y), |at| slice.x.scaled(at));
        }
    }
    let (left, top) = sheet.legend_at;
    let legend = match sheet.below {
        Some(width) => legend.below(width),
        None => legend,
    };
    let mut baseline = legend.draw(&mut sheet.scene, left, top) + 0.5 * SMALL;
    for (index, name) in starts.iter().enumerate() {
        let place = (left as i32 + 17, (baseline - 0.36 * SMALL) as i32);
        sheet.scene.dot(place, 7, index == 0, FAINT);
        sheet.scene.text(&from(name), (left + 50.0, baseline), SMALL, Anchor::Start, INK);
        baseline += 1.75 * SMALL;
    }
    if let Some(curves) = curves {
        branches::legend(&mut sheet.scene, curves, left, baseline - 0.5 * SMALL);
    }
    Ok(sheet.scene)
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
    value_scale_with(slice, None)
}

/// The same with branches within the range of the axis.
fn value_scale_with(slice: &Slice, curves: Option<&Branches>) -> Scale {
    let features = &slice.panels[0].features;
    let values =
        slice.panels.iter().flat_map(|panel| &panel.features).flat_map(|feature| feature.values.iter());
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let ends = [slice.x.values.first(), slice.x.values.last()].map(|end| end.copied().unwrap_or(f64::NAN));
    let [least, most] = curves.map_or([low, high], |curves| branches::extent(curves, ends[0], ends[1]));
    let (low, high) = (low.min(least), high.max(most));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let margin = if low < high { 0.05 * (high - low) } else { 0.5 };
    let quantity = &features[0].quantity;
    let text = match &features[..] {
        [_, _] => {
            let unit = words::unit(&quantity.unit);
            let of = signal(quantity, slice).map(|signal| format!(" of {signal}")).unwrap_or_default();
            let what = format!("minimum and maximum{of}");
            if unit.is_empty() { what } else { format!("{what} ({unit})") }
        }
        _ => words::scale(quantity),
    };
    Scale { low: low - margin, high: high + margin, is_log: false, is_negative: false, text }
}

/// The signal whose minimum this is: `y1` of `y1_minimum`, else the model's own.
fn signal(minimum: &Quantity, slice: &Slice) -> Option<String> {
    let of_name = minimum.name.strip_suffix("_minimum").map(words::label);
    let of_meaning = || minimum.meaning.rsplit_once(" of ").map(|(_, signal)| words::plain(signal));
    of_name.or_else(|| slice.signal.as_deref().map(words::plain)).or_else(of_meaning)
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
