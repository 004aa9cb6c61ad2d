//! The picture of a map: cells of colour, boundaries between regimes, and a legend of regimes or a bar of numbers.
//! Knows no file format.

use ndarray::Array2;

use crate::analyse::boundaries::boundaries;
use crate::analyse::slice::{Coordinate, Panel, Slice};
use crate::show::ShowError;
use crate::show::bar::Bar;
use crate::show::colours::{BOUNDARY, Colour, UNDEFINED, regime_colours};
use crate::show::legend::Legend;
use crate::show::overlay::Overlay;
use crate::show::page::Page;
use crate::show::scene::{Mark, Scene};
use crate::show::sheet::{Frame, Legend as Room, Plan, SMALL, Scale, Sheet};
use crate::show::words;
use crate::table::Quantity;

/// The height in which a bar of numbers is readable.
const LEAST_BAR: f64 = 260.0;

/// The regimes of a slice.
///
/// # Errors
/// When the page is too small.
pub(super) fn regimes(slice: &Slice, overlay: Option<&Overlay>, page: &Page) -> Result<Scene, ShowError> {
    let colours = regime_colours(&slice.labels);
    let legend = Legend::of(slice, &colours, overlay.map_or(0, Overlay::lines));
    let of_overlay = overlay.map_or(0.0, Overlay::height);
    let below = |width: f64| legend.clone().below(width).height() + of_overlay;
    let (x, y) = scales(slice);
    let mut sheet = Sheet::new(&Plan {
        slice,
        page,
        x: &x,
        y: y.as_ref(),
        panels: panel_names(slice),
        legend: Room {
            beside: [overlay.map_or(0.0, Overlay::width).max(legend.width()), legend.height() + of_overlay],
            below: Some(&below),
        },
        remark: String::new(),
    })?;
    for (panel, frame) in slice.panels.iter().zip(sheet.frames.clone()) {
        let grid = Grid::new(slice, &frame, &x, y.as_ref());
        grid.fill(&mut sheet.scene, |row, column| {
            colours.get(usize::from(panel.regimes[[row, column]])).copied().unwrap_or(UNDEFINED)
        });
        grid.outline(&mut sheet.scene, &panel.regimes);
        if let (Some(overlay), Some(y)) = (overlay, &y) {
            overlay.draw(&mut sheet.scene, &frame, &x, y);
        }
    }
    let (left, top) = sheet.legend_at;
    let legend = match sheet.below {
        Some(width) => legend.below(width),
        None => legend,
    };
    let end = legend.draw(&mut sheet.scene, left, top);
    if let Some(overlay) = overlay {
        overlay.legend(&mut sheet.scene, left, end - 0.5 * SMALL);
    }
    Ok(sheet.scene)
}

/// A measured quantity of a slice, the first feature of its panels, with the boundaries between regimes over it.
///
/// # Errors
/// When the page is too small.
pub(super) fn feature(slice: &Slice, quantity: &Quantity, page: &Page) -> Result<Scene, ShowError> {
    let defined = slice.panels.iter().flat_map(|panel| panel.features[0].values.iter());
    let (low, high) = defined
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let bar = Bar::new(quantity, low, high);
    let (x, y) = scales(slice);
    let has_lines =
        slice.panels.iter().any(|panel| panel.regimes.iter().any(|own| *own != panel.regimes[[0, 0]]));
    let lines = if has_lines { "Lines: boundaries between regimes." } else { "" };
    let mut sheet = Sheet::new(&Plan {
        slice,
        page,
        x: &x,
        y: y.as_ref(),
        panels: panel_names(slice),
        legend: Room { beside: [bar.width(), LEAST_BAR], below: None },
        remark: format!("{} {lines}", words::meaning(quantity)).trim().to_owned(),
    })?;
    let mut has_undefined = false;
    for (panel, frame) in slice.panels.iter().zip(sheet.frames.clone()) {
        let grid = Grid::new(slice, &frame, &x, y.as_ref());
        let values = &panel.features[0].values;
        has_undefined |= values.iter().any(|value| !value.is_finite());
        grid.fill(&mut sheet.scene, |row, column| bar.colour(values[[row, column]]));
        grid.outline(&mut sheet.scene, &panel.regimes);
    }
    let [_, top, _, bottom] = sheet.frames[0].corners;
    let (left, _) = sheet.legend_at;
    bar.draw(&mut sheet.scene, left as i32, top, bottom, has_undefined);
    Ok(sheet.scene)
}

/// The names over the panels.
pub(super) fn panel_names(slice: &Slice) -> Vec<String> {
    let prefix = if slice.across.is_some() { "" } else { "start: " };
    let name = |name: String| if name.is_empty() { name } else { format!("{prefix}{name}") };
    panel_labels(slice).into_iter().map(name).collect()
}

/// What each panel stands for: the name of a start, or a value with its name and unit; empty where there is one alone.
pub(super) fn panel_labels(slice: &Slice) -> Vec<String> {
    let Some(across) = &slice.across else {
        let of_start = |panel: &Panel| panel.name.as_deref().map(words::label).unwrap_or_default();
        return slice.panels.iter().map(of_start).collect();
    };
    let (name, unit) = (words::plain(&across.quantity.name), words::unit(&across.quantity.unit));
    let value = |value: &f64| format!("{name} = {} {unit}", words::number(*value)).trim_end().to_owned();
    across.values.iter().map(value).collect()
}

/// The scales of both axes, from the outer edge of the first cell to that of the last.
fn scales(slice: &Slice) -> (Scale, Option<Scale>) {
    (scale_of(&slice.x), slice.y.as_ref().map(scale_of))
}

/// The scale of an axis of the space.
pub(super) fn scale_of(coordinate: &Coordinate) -> Scale {
    let edges = coordinate.edges();
    let text = words::axis(&coordinate.quantity);
    Scale {
        low: edges[0],
        high: edges[edges.len() - 1],
        is_log: coordinate.is_log,
        is_negative: coordinate.is_negative_log(),
        text,
    }
}

/// The cells of a frame in pixels.
struct Grid {
    columns: Vec<i32>,
    /// From the bottom up.
    rows: Vec<i32>,
    frame: Frame,
}

impl Grid {
    fn new(slice: &Slice, frame: &Frame, x: &Scale, y: Option<&Scale>) -> Self {
        let [_, top, _, bottom] = frame.corners;
        let columns = slice.x.edges().into_iter().map(|edge| frame.across(x, edge)).collect();
        let rows = match (&slice.y, y) {
            (Some(coordinate), Some(scale)) => {
                coordinate.edges().into_iter().map(|edge| frame.up(scale, edge)).collect()
            }
            _ => vec![bottom, top],
        };
        Self { columns, rows, frame: *frame }
    }

    /// Fills the cells. Neighbours of one colour become one rectangle, and every rectangle reaches one pixel under those
    /// drawn after it, so that a viewer that smooths edges shows no seams.
    fn fill(&self, scene: &mut Scene, colour: impl Fn(usize, usize) -> Colour) {
        let [_, _, right, bottom] = self.frame.corners;
        let mut open: Vec<Strip> = Vec::new();
        let mut done: Vec<Strip> = Vec::new();
        for row in (0..self.rows.len() - 1).rev() {
            let (low, high) = (self.rows[row], self.rows[row + 1]);
            if low == high {
                continue;
            }
            let mut strips = self.strips(row, &colour);
            for strip in &mut strips {
                (strip.top, strip.bottom) = (high, low);
                if let Some(above) = open.iter().position(|above| above.is_above(strip)) {
                    strip.top = open.swap_remove(above).top;
                }
            }
            done.append(&mut open);
            open = strips;
        }
        done.append(&mut open);
        done.sort_by_key(|strip| (strip.top, strip.left));
        for strip in done {
            scene.rectangle(
                [strip.left, strip.top, (strip.right + 1).min(right), (strip.bottom + 1).min(bottom)],
                strip.colour,
            );
        }
    }

    /// A row's runs of one colour.
    fn strips(&self, row: usize, colour: &impl Fn(usize, usize) -> Colour) -> Vec<Strip> {
        let mut strips: Vec<Strip> = Vec::new();
        for column in 0..self.columns.len() - 1 {
            let (left, right) = (self.columns[column], self.columns[column + 1]);
            if left == right {
                continue;
            }
            let colour = colour(row, column);
            match strips.last_mut() {
                Some(last) if last.colour == colour => last.right = right,
                _ => strips.push(Strip { left, right, top: 0, bottom: 0, colour }),
            }
        }
        strips
    }

    /// Draws the boundaries between regimes along the edges of cells.
    fn outline(&self, scene: &mut Scene, regimes: &Array2<u8>) {
        let [left, top, right, bottom] = self.frame.corners;
        let cell = f64::from(right - left) / (self.columns.len() - 1) as f64;
        let cell = cell.min(f64::from(bottom - top) / (self.rows.len() - 1) as f64);
        let (before, after) = if cell < 4.0 { (0, 1) } else { (1, 1) };
        let opacity = if cell < 2.0 { 0.6 } else { 0.9 };
        let without_specks = (cell < 10.0).then(|| without_specks(regimes));
        for segment in boundaries(without_specks.as_ref().unwrap_or(regimes)) {
            let (from, to) = (segment.from, segment.to);
            let (x0, x1) = (self.columns[from.0], self.columns[to.0]);
            let (y0, y1) = (self.rows[to.1], self.rows[from.1]);
            // Both ends reach around the corner, so that corners are square.
            let corners = [x0 - before, y0 - before, x1 + after, y1 + after];
            let [x0, y0, x1, y1] =
                [corners[0].max(left), corners[1].max(top), corners[2].min(right), corners[3].min(bottom)];
            scene.marks.push(Mark::Rectangle {
                left: x0,
                top: y0,
                right: x1,
                bottom: y1,
                colour: BOUNDARY,
                opacity,
            });
        }
    }
}

/// The regimes without single cells that differ from all four neighbours: where cells are small, outlines would hide them.
fn without_specks(regimes: &Array2<u8>) -> Array2<u8> {
    let (rows, columns) = regimes.dim();
    let mut smooth = regimes.clone();
    for row in 1..rows.max(1) - 1 {
        for column in 1..columns.max(1) - 1 {
            let around = [[row, column - 1], [row, column + 1], [row - 1, column], [row + 1, column]];
            if around.iter().all(|place| regimes[*place] != regimes[[row, column]]) {
                smooth[[row, column]] = regimes[around[0]];
            }
        }
    }
    smooth
}

/// A rectangle of one colour.
struct Strip {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    colour: Colour,
}

impl Strip {
    fn is_above(&self, below: &Self) -> bool {
        (self.left, self.right, self.colour) == (below.left, below.right, below.colour)
            && self.bottom == below.top
    }
}
