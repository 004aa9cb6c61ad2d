//! A sheet of many frames, each with axes of its own: title above, caption below, room for a legend at the right. Knows nothing of what is
//! drawn inside a frame.

use crate::show::ShowError;
use crate::show::colours::{FAINT, INK};
use crate::show::font;
use crate::show::page::Page;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{
    CAPTION, Frame, LABEL, LINE, SIZES, SMALL, Scale, TITLE, horizontal, overhang, set, vertical, wanted,
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

    /// How far its last horizontal number may reach beyond its frame.
    fn overhang(&self) -> f64 {
        overhang(&self.marks[0].clone().unwrap_or_else(|| self.x.ticks(4)))
    }
}

/// What a board is laid out from.
pub(super) struct Plan<'a> {
    /// The page.
    pub(super) page: &'a Page,
    /// The title of all.
    pub(super) title: &'a str,
    /// What the frames are of, row by row.
    pub(super) cells: &'a [Cell],
    /// Frames beside each other, filled row by row; or the row and column of each frame.
    pub(super) places: Places<'a>,
    /// Width and height of a frame; where the page has a width, their proportions.
    pub(super) size: [f64; 2],
    /// Whether frames keep their height on a page of any width, as rows of text do.
    pub(super) keeps_height: bool,
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
    /// The left and the upper end of the room for a legend.
    pub(super) legend_at: (f64, f64),
}

/// Below a frame: what ticks say, and what the axis says.
const BELOW: f64 = 22.0 + SMALL + 20.0 + LABEL + 26.0;
/// Between two columns of frames.
const GAP: f64 = 76.0;
/// The narrowest and the lowest frame; the narrowest of several beside each other; the least part of a page that belongs to frames
/// beside a legend.
const LEAST: f64 = 160.0;
const LEAST_HEIGHT: f64 = 120.0;
const AT_EASE: f64 = 240.0;
const LEAST_PART: f64 = 0.45;
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
    fn new(plan: &Plan<'_>, [width, height]: [f64; 2]) -> Self {
        let of = |cell: &Cell| {
            let ticks = cell.marks[1].clone().unwrap_or_else(|| cell.y.ticks((height / 90.0) as usize));
            (
                (
                    set(&words::plain(&cell.name), width + GAP - 20.0, MOST_LINES[1], &NAMES),
                    set(&cell.y.text, height + 30.0, MOST_LINES[2], plan.page.sizes(&SIZES)),
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

/// Where frames stand on a board, and how large they are.
struct Layout {
    /// The row and the column of each frame.
    places: Vec<(usize, usize)>,
    rows: usize,
    columns: usize,
    size: [f64; 2],
    said: Said,
    /// The room left of each column.
    lefts: Vec<f64>,
    is_beside: bool,
}

impl Layout {
    fn new(plan: &Plan<'_>) -> Result<Self, ShowError> {
        let Some(width) = plan.page.wide() else {
            return Ok(Self::of(plan, plan.places.beside(plan.cells.len()), plan.size, true));
        };
        let margin = plan.page.margin();
        let beyond = plan.cells.iter().map(Cell::overhang).fold(margin, f64::max);
        let most = plan.places.beside(plan.cells.len());
        let is_fixed = matches!(plan.places, Places::At(_));
        let mut largest = Self::of(plan, 1, plan.size, false);
        for columns in (if is_fixed { most } else { 1 }..=most).rev() {
            for is_beside in [true, false] {
                let usual = Self::of(plan, columns, plan.size, is_beside);
                let legend = if is_beside && plan.legend[0] > 0.0 { plan.legend[0] + GAP } else { 0.0 };
                let room = width - margin - if legend > 0.0 { margin } else { beyond };
                let each = (room - legend - (usual.width() - columns as f64 * plan.size[0])) / columns as f64;
                let least = if columns == 1 || is_fixed { LEAST } else { AT_EASE };
                let is_wide = legend == 0.0 || each * columns as f64 >= LEAST_PART * room;
                if each >= least && is_wide {
                    let high = (each * plan.size[1] / plan.size[0]).max(LEAST_HEIGHT);
                    let size = [each, if plan.keeps_height { plan.size[1] } else { high }];
                    return Ok(Self::of(plan, columns, size, is_beside));
                }
                largest = usual;
            }
        }
        let needed = largest.width() - largest.columns as f64 * (plan.size[0] - LEAST);
        Err(plan.page.too_small("width", needed + margin + beyond))
    }

    fn of(plan: &Plan<'_>, columns: usize, size: [f64; 2], is_beside: bool) -> Self {
        let places: Vec<(usize, usize)> = match plan.places {
            Places::Rows(_) => {
                (0..plan.cells.len()).map(|number| (number / columns, number % columns)).collect()
            }
            Places::At(places) => places.to_vec(),
        };
        let count =
            |of: fn(&(usize, usize)) -> usize| places.iter().map(|place| of(place) + 1).max().unwrap_or(1);
        let (rows, columns) = (count(|place| place.0), count(|place| place.1));
        let said = Said::new(plan, size);
        let beside = said.beside();
        // A column that does not speak needs no room for it.
        let lefts = (0..columns)
            .map(|column| plan.left + if column == 0 || !plan.shares_y { beside } else { 0.0 })
            .collect();
        Self { places, rows, columns, size, said, lefts, is_beside }
    }

    /// The width of all frames with what stands between them.
    fn width(&self) -> f64 {
        self.lefts.iter().map(|left| left + self.size[0] + GAP).sum::<f64>() - GAP
    }
}

impl Places<'_> {
    /// How many frames stand beside each other at most.
    fn beside(&self, count: usize) -> usize {
        match self {
            Self::Rows(columns) => (*columns).min(count).max(1),
            Self::At(places) => places.iter().map(|place| place.1 + 1).max().unwrap_or(1),
        }
    }
}

impl Board {
    /// Lays out a board and draws all of it but the insides of the frames and the legend.
    ///
    /// # Errors
    /// When the page is too small.
    pub(super) fn new(plan: &Plan<'_>) -> Result<Self, ShowError> {
        let (page, margin) = (plan.page, plan.page.margin());
        let layout = Layout::new(plan)?;
        let Layout { places, rows, size: [wide, high], said, lefts, is_beside, .. } = &layout;
        let (above, beside, inner) = (said.above(), said.beside(), layout.width());
        let legend = if plan.legend[0] > 0.0 && *is_beside { plan.legend[0] + GAP } else { 0.0 };
        let width = page.wide().unwrap_or_else(|| (2.0 * margin + inner + legend).max(1100.0));
        let title = words::plain_up_to(if page.without_title { "" } else { plan.title }, 600);
        let titles = if page.is_sized() { &TITLES[2..] } else { &TITLES };
        let (title, size) = set(&title, width - 2.0 * margin, MOST_LINES[0], titles);
        let title: Vec<String> = title.into_iter().filter(|line| !line.is_empty()).collect();
        let top = margin + title.len() as f64 * (size + 8.0) + 12.0;
        let measure = |text: &str| font::width(text, CAPTION);
        let caption = if page.without_caption { "" } else { plan.caption };
        let caption = words::wrap(caption, width - 2.0 * margin, MOST_LINES[3], measure);
        let caption: Vec<String> = caption.into_iter().filter(|line| !line.is_empty()).collect();
        let below = if *is_beside || plan.legend[1] <= 0.0 { 0.0 } else { plan.legend[1] + 20.0 };
        let of_caption = 1.4 * CAPTION * caption.len() as f64 + 0.5 * margin;
        let of_frames = |high: f64| {
            let rows = *rows as f64 * (above + high + BELOW);
            if *is_beside { rows.max(above + plan.legend[1]) } else { rows + below }
        };
        let natural = top + of_frames(*high) + 20.0 + of_caption;
        let height = page.high().unwrap_or(natural);
        let high = high + (height - natural) / *rows as f64;
        if high < LEAST_HEIGHT {
            return Err(page.too_small("height", height + *rows as f64 * (LEAST_HEIGHT - high)));
        }
        let (each, foot) = (above + high + BELOW, height - of_caption);
        let mut scene = Scene::new(width as u32, height as u32);
        for (number, line) in title.iter().enumerate() {
            let baseline = margin + (number as f64 + 1.0) * (size + 8.0) - 8.0 - 0.2 * size;
            scene.text(line, (margin, baseline), size, Anchor::Start, INK);
        }
        for (number, line) in caption.iter().enumerate() {
            let baseline = foot + 1.4 * CAPTION * (number as f64 + 0.6);
            scene.text(line, (margin, baseline), CAPTION, Anchor::Start, FAINT);
        }
        let mut frames = Vec::new();
        for (number, &(row, column)) in places.iter().enumerate() {
            let before: f64 = lefts[..column].iter().map(|left| left + wide + GAP).sum();
            let left = margin + before + lefts[column];
            let top = top + row as f64 * each + above;
            let corners = [left, top, left + wide, top + high].map(|edge| edge as i32);
            let frame = Frame { corners };
            let speaks = column == 0 || !plan.shares_y;
            let cell = (&plan.cells[number], said, number);
            draw(&mut scene, &frame, cell, (speaks.then_some(beside), page));
            frames.push(frame);
        }
        let legend_at = if *is_beside {
            (margin + inner + GAP, frames.first().map_or(top, |frame| f64::from(frame.corners[1])))
        } else {
            (margin, top + *rows as f64 * each)
        };
        Ok(Self { scene, frames, legend_at })
    }
}

/// Draws a frame with its axes and what stands around it; beside it there is so much room, where it speaks.
fn draw(
    scene: &mut Scene,
    frame: &Frame,
    (cell, said, number): (&Cell, &Said, usize),
    (beside, page): (Option<f64>, &Page),
) {
    let sizes = page.sizes(&SIZES);
    let [left, top, right, bottom] = frame.corners.map(f64::from);
    scene.frame(frame.corners, LINE, INK);
    let (lines, size) = &said.names[number];
    for (at, line) in lines.iter().rev().enumerate() {
        let place = (f64::midpoint(left, right), top - 12.0 - PITCH * size * at as f64);
        scene.text(line, place, *size, Anchor::Middle, FAINT);
    }
    match &cell.marks[0] {
        Some(ticks) => horizontal(scene, frame, (&cell.x, ticks), sizes),
        None => horizontal(scene, frame, (&cell.x, &cell.x.ticks(wanted(frame))), sizes),
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
