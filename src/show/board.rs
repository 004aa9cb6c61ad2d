//! A sheet of many frames, each with axes of its own: title above, caption below, room for a legend at the right. Knows nothing of what is
//! drawn inside a frame.

use crate::show::colours::{FAINT, INK};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{
    CAPTION, Frame, LABEL, LINE, MARGIN, SMALL, Scale, TITLE, fitted, horizontal, vertical, width_of,
};
use crate::show::ticks::Tick;
use crate::show::words;

/// One frame: what it is of, and its axes.
pub(super) struct Cell {
    /// Stands above it in small letters; may be empty.
    pub(super) name: String,
    /// The horizontal scale.
    pub(super) x: Scale,
    /// The vertical scale; where its ends are equal there are no ticks.
    pub(super) y: Scale,
}

/// What a board is laid out from.
pub(super) struct Plan<'a> {
    /// The title of all.
    pub(super) title: &'a str,
    /// What the frames are of, row by row.
    pub(super) cells: &'a [Cell],
    /// Frames beside each other, filled row by row; or the row and column of each frame.
    pub(super) places: Places<'a>,
    /// Width and height of a frame in pixels.
    pub(super) size: [f64; 2],
    /// Further room left of each column.
    pub(super) left: f64,
    /// The room that a legend needs.
    pub(super) legend: f64,
    /// What is said below.
    pub(super) caption: &'a str,
    /// Whether all frames have the vertical scale of the first, which then speaks in the first column alone.
    pub(super) shares_y: bool,
}

/// Where frames stand.
pub(super) enum Places<'a> {
    /// So many beside each other, filled row by row.
    Rows(usize),
    /// Each at a row and a column.
    At(&'a [(usize, usize)]),
}

/// A board with its title, its empty frames and its caption.
pub(super) struct Board {
    /// The picture so far.
    pub(super) scene: Scene,
    /// The frames, in the order of the cells.
    pub(super) frames: Vec<Frame>,
    /// The left end of the room for a legend.
    pub(super) legend_left: f64,
}

/// Above a frame.
const ABOVE: f64 = 1.6 * CAPTION;
/// Below a frame: what ticks say, and what the axis says.
const BELOW: f64 = 22.0 + SMALL + 20.0 + LABEL + 26.0;
/// Between two columns of frames.
const GAP: f64 = 76.0;

impl Board {
    /// Lays out a board and draws all of it but the insides of the frames and the legend.
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let places: Vec<(usize, usize)> = match plan.places {
            Places::Rows(columns) => {
                (0..plan.cells.len()).map(|number| (number / columns, number % columns)).collect()
            }
            Places::At(places) => places.to_vec(),
        };
        let count =
            |of: fn(&(usize, usize)) -> usize| places.iter().map(|place| of(place) + 1).max().unwrap_or(1);
        let (rows, columns) = (count(|place| place.0), count(|place| place.1));
        let ticks: Vec<Vec<Tick>> =
            plan.cells.iter().map(|cell| cell.y.ticks((plan.size[1] / 90.0) as usize)).collect();
        let says_y = plan.cells.iter().any(|cell| !cell.y.text.is_empty());
        let own = ticks.iter().map(|ticks| width_of(ticks)).fold(0.0, f64::max)
            + 22.0
            + if says_y { LABEL + 22.0 } else { 0.0 };
        // A column that does not speak needs no room for it.
        let lefts: Vec<f64> = (0..columns)
            .map(|column| plan.left + if column == 0 || !plan.shares_y { own } else { 0.0 })
            .collect();
        let inner: f64 = lefts.iter().map(|left| left + plan.size[0] + GAP).sum::<f64>() - GAP;
        let legend = if plan.legend > 0.0 { plan.legend + GAP } else { 0.0 };
        let width = (2.0 * MARGIN + inner + legend).max(1100.0);
        let measure = |size: f64| move |text: &str| font::width(text, size);
        let title = words::wrap(&words::plain(plan.title), width - 2.0 * MARGIN, 2, measure(TITLE));
        let caption = words::wrap(plan.caption, width - 2.0 * MARGIN, 8, measure(CAPTION));
        let top = MARGIN + title.len() as f64 * (TITLE + 8.0) + 12.0;
        let each = ABOVE + plan.size[1] + BELOW;
        let height = top + rows as f64 * each + 20.0 + 1.4 * CAPTION * caption.len() as f64 + 0.5 * MARGIN;
        let mut scene = Scene::new(width as u32, height as u32);
        for (number, line) in title.iter().enumerate() {
            let baseline = MARGIN + (number as f64 + 1.0) * (TITLE + 8.0) - 8.0 - 0.2 * TITLE;
            scene.text(line, (MARGIN, baseline), TITLE, Anchor::Start, INK);
        }
        for (number, line) in caption.iter().enumerate() {
            let baseline = top + rows as f64 * each + 20.0 + 1.4 * CAPTION * (number as f64 + 0.6);
            scene.text(line, (MARGIN, baseline), CAPTION, Anchor::Start, FAINT);
        }
        let mut frames = Vec::new();
        for ((cell, ticks), &(row, column)) in plan.cells.iter().zip(&ticks).zip(&places) {
            let before: f64 = lefts[..column].iter().map(|left| left + plan.size[0] + GAP).sum();
            let left = MARGIN + before + lefts[column];
            let above = top + row as f64 * each + ABOVE;
            let corners = [left, above, left + plan.size[0], above + plan.size[1]].map(|edge| edge as i32);
            let frame = Frame { corners };
            let speaks = column == 0 || !plan.shares_y;
            scene.frame(corners, LINE, INK);
            let middle = left + 0.5 * plan.size[0];
            let name = words::wrap(&words::plain(&cell.name), plan.size[0] + GAP, 1, measure(CAPTION));
            scene.text(&name[0], (middle, above - 12.0), CAPTION, Anchor::Middle, FAINT);
            horizontal(&mut scene, &frame, &cell.x);
            vertical(&mut scene, &frame, (&cell.y, ticks), speaks);
            if speaks && !cell.y.text.is_empty() {
                let place = (left - own + LABEL - 6.0, above + 0.5 * plan.size[1]);
                scene.turned_text(&fitted(&cell.y.text, plan.size[1]), place, LABEL, INK);
            }
            frames.push(frame);
        }
        Self { scene, frames, legend_left: MARGIN + inner + GAP }
    }
}

/// How many of so many frames stand beside each other, and their size: fewer and larger ones where there are few.
pub(super) fn arrangement(count: usize) -> (usize, [f64; 2]) {
    match count {
        0..=1 => (1, [1000.0, 700.0]),
        2 => (2, [640.0, 480.0]),
        3..=4 => (2, [560.0, 400.0]),
        5..=6 => (3, [460.0, 340.0]),
        7..=9 => (3, [420.0, 300.0]),
        10..=16 => (4, [380.0, 270.0]),
        _ => (6, [330.0, 240.0]),
    }
}
