//! A sheet of many frames, each with axes of its own: title above, caption below, room for a legend at the right. Knows nothing of what is
//! drawn inside a frame.

use crate::show::colours::{FAINT, INK};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{
    CAPTION, Frame, LABEL, LINE, MARGIN, SIZES, SMALL, Scale, TITLE, horizontal, set, vertical, wanted,
    width_of,
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
    /// The horizontal and the vertical ticks, where they are others than those of any such scale.
    pub(super) marks: [Option<Vec<Tick>>; 2],
}

impl Cell {
    /// A frame with the ticks of its scales.
    pub(super) fn new(name: String, x: Scale, y: Scale) -> Self {
        Self { name, x, y, marks: [None, None] }
    }
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
    /// The width and the height that a legend needs.
    pub(super) legend: [f64; 2],
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

/// Below a frame: what ticks say, and what the axis says.
const BELOW: f64 = 22.0 + SMALL + 20.0 + LABEL + 26.0;
/// Between two columns of frames.
const GAP: f64 = 76.0;
/// From line to line of a text, in parts of its size.
const PITCH: f64 = 1.25;
/// The lines of a title, of what stands above a frame and beside it, and of a caption.
const MOST_LINES: [usize; 4] = [3, 3, 2, 40];
/// Sizes of titles, and of what stands above a frame.
const TITLES: [f64; 3] = [TITLE, 32.0, 27.0];
const NAMES: [f64; 3] = [CAPTION, 21.0, 18.0];

/// Lines of a text with the size of their letters.
type Set = (Vec<String>, f64);

/// What is said at frames, set in their room.
struct Said {
    /// Above each.
    names: Vec<Set>,
    /// Beside each.
    sides: Vec<Set>,
    /// The vertical ticks of each.
    ticks: Vec<Vec<Tick>>,
}

impl Said {
    fn new(plan: &Plan<'_>) -> Self {
        let [width, height] = plan.size;
        let of = |cell: &Cell| {
            let ticks = cell.marks[1].clone().unwrap_or_else(|| cell.y.ticks((height / 90.0) as usize));
            (
                (
                    set(&words::plain(&cell.name), width + GAP - 20.0, MOST_LINES[1], &NAMES),
                    set(&cell.y.text, height + 30.0, MOST_LINES[2], &SIZES),
                ),
                ticks,
            )
        };
        let ((names, sides), ticks) = plan.cells.iter().map(of).unzip();
        Self { names, sides, ticks }
    }

    /// The height of what stands above frames.
    fn above(&self) -> f64 {
        let height = |(lines, size): &Set| lines.len() as f64 * PITCH * size + 0.35 * CAPTION;
        self.names.iter().map(height).fold(0.0, f64::max)
    }

    /// The width of what stands beside frames, without and with what ticks say.
    fn beside(&self) -> f64 {
        let says = self.sides.iter().any(|(lines, _)| lines.iter().any(|line| !line.is_empty()));
        let width = |(lines, size): &Set| (lines.len() as f64 - 1.0) * PITCH * size;
        let lines = self.sides.iter().map(width).fold(0.0, f64::max);
        let ticks = self.ticks.iter().map(|ticks| width_of(ticks)).fold(0.0, f64::max);
        ticks + 22.0 + if says { lines + LABEL + 22.0 } else { 0.0 }
    }
}

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
        let said = Said::new(plan);
        let (above, beside) = (said.above(), said.beside());
        // A column that does not speak needs no room for it.
        let lefts: Vec<f64> = (0..columns)
            .map(|column| plan.left + if column == 0 || !plan.shares_y { beside } else { 0.0 })
            .collect();
        let inner: f64 = lefts.iter().map(|left| left + plan.size[0] + GAP).sum::<f64>() - GAP;
        let legend = if plan.legend[0] > 0.0 { plan.legend[0] + GAP } else { 0.0 };
        let width = (2.0 * MARGIN + inner + legend).max(1100.0);
        let title = words::plain_up_to(plan.title, 600);
        let (title, size) = set(&title, width - 2.0 * MARGIN, MOST_LINES[0], &TITLES);
        let top = MARGIN + title.len() as f64 * (size + 8.0) + 12.0;
        let measure = |text: &str| font::width(text, CAPTION);
        let caption = words::wrap(plan.caption, width - 2.0 * MARGIN, MOST_LINES[3], measure);
        let each = above + plan.size[1] + BELOW;
        let foot = top + (rows as f64 * each).max(above + plan.legend[1]) + 20.0;
        let height = foot + 1.4 * CAPTION * caption.len() as f64 + 0.5 * MARGIN;
        let mut scene = Scene::new(width as u32, height as u32);
        for (number, line) in title.iter().enumerate() {
            let baseline = MARGIN + (number as f64 + 1.0) * (size + 8.0) - 8.0 - 0.2 * size;
            scene.text(line, (MARGIN, baseline), size, Anchor::Start, INK);
        }
        for (number, line) in caption.iter().enumerate() {
            let baseline = foot + 1.4 * CAPTION * (number as f64 + 0.6);
            scene.text(line, (MARGIN, baseline), CAPTION, Anchor::Start, FAINT);
        }
        let mut frames = Vec::new();
        for (number, &(row, column)) in places.iter().enumerate() {
            let before: f64 = lefts[..column].iter().map(|left| left + plan.size[0] + GAP).sum();
            let left = MARGIN + before + lefts[column];
            let top = top + row as f64 * each + above;
            let corners = [left, top, left + plan.size[0], top + plan.size[1]].map(|edge| edge as i32);
            let frame = Frame { corners };
            let speaks = column == 0 || !plan.shares_y;
            draw(&mut scene, &frame, (&plan.cells[number], &said, number), speaks.then_some(beside));
            frames.push(frame);
        }
        Self { scene, frames, legend_left: MARGIN + inner + GAP }
    }
}

/// Draws a frame with its axes and what stands around it; beside it there is so much room, where it speaks.
fn draw(scene: &mut Scene, frame: &Frame, (cell, said, number): (&Cell, &Said, usize), beside: Option<f64>) {
    let [left, top, right, bottom] = frame.corners.map(f64::from);
    scene.frame(frame.corners, LINE, INK);
    let (lines, size) = &said.names[number];
    for (at, line) in lines.iter().rev().enumerate() {
        let place = (f64::midpoint(left, right), top - 12.0 - PITCH * size * at as f64);
        scene.text(line, place, *size, Anchor::Middle, FAINT);
    }
    match &cell.marks[0] {
        Some(ticks) => horizontal(scene, frame, (&cell.x, ticks)),
        None => horizontal(scene, frame, (&cell.x, &cell.x.ticks(wanted(frame)))),
    }
    vertical(scene, frame, (&cell.y, &said.ticks[number]), beside.is_some());
    let Some(beside) = beside else { return };
    let (lines, size) = &said.sides[number];
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let place = (left - beside + LABEL - 6.0 + PITCH * size * at as f64, f64::midpoint(top, bottom));
        scene.turned_text(line, place, *size, INK);
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
        _ => (5, [350.0, 250.0]),
    }
}
