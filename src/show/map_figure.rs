//! The picture of a map: cells of colour, boundaries between regimes, and a legend of regimes or a bar of numbers.
//! Knows no file format.

use ndarray::Array2;

use crate::analyse::boundaries::boundaries;
use crate::analyse::shares::{Share, Tally};
use crate::analyse::slice::{Coordinate, Label, Role, Slice};
use crate::show::colours::{BOUNDARY, Colour, FAINT, INK, UNDEFINED, ramp, regime_colours};
use crate::show::font;
use crate::show::scene::{Anchor, Mark, Scene};
use crate::show::sheet::{Frame, LABEL, LINE, Plan, SMALL, Scale, Sheet};
use crate::show::ticks::ticks;
use crate::show::words;
use crate::table::{Kind, Quantity};

/// The regimes of a slice.
pub(super) fn regimes(slice: &Slice) -> Scene {
    let colours = regime_colours(&slice.labels);
    let legend = Legend::of(slice, &colours);
    let (x, y) = scales(slice);
    let mut sheet = Sheet::new(&Plan {
        slice,
        x: &x,
        y: y.as_ref(),
        panels: panel_names(slice),
        legend_width: legend.width(),
        remark: String::new(),
    });
    for (panel, frame) in slice.panels.iter().zip(sheet.frames.clone()) {
        let grid = Grid::new(slice, &frame, &x, y.as_ref());
        grid.fill(&mut sheet.scene, |row, column| {
            colours.get(usize::from(panel.regimes[[row, column]])).copied().unwrap_or(UNDEFINED)
        });
        grid.outline(&mut sheet.scene, &panel.regimes);
    }
    let top = f64::from(sheet.frames[0].corners[1]);
    let left = sheet.legend_left;
    legend.draw(&mut sheet.scene, left, top);
    sheet.scene
}

/// A measured quantity of a slice, the first feature of its panels, with the boundaries between regimes over it.
pub(super) fn feature(slice: &Slice, quantity: &Quantity) -> Scene {
    let defined = slice.panels.iter().flat_map(|panel| panel.features[0].values.iter());
    let (low, high) = defined
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let bar = Bar::new(quantity, low, high);
    let (x, y) = scales(slice);
    let mut sheet = Sheet::new(&Plan {
        slice,
        x: &x,
        y: y.as_ref(),
        panels: panel_names(slice),
        legend_width: bar.width(),
        remark: format!("{} Lines: boundaries between regimes.", words::meaning(quantity)).trim().to_owned(),
    });
    let mut has_undefined = false;
    for (panel, frame) in slice.panels.iter().zip(sheet.frames.clone()) {
        let grid = Grid::new(slice, &frame, &x, y.as_ref());
        let values = &panel.features[0].values;
        has_undefined |= values.iter().any(|value| !value.is_finite());
        grid.fill(&mut sheet.scene, |row, column| bar.colour(values[[row, column]]));
        grid.outline(&mut sheet.scene, &panel.regimes);
    }
    let [_, top, _, bottom] = sheet.frames[0].corners;
    let left = sheet.legend_left;
    bar.draw(&mut sheet.scene, left as i32, top, bottom, has_undefined);
    sheet.scene
}

/// The names over the panels.
pub(super) fn panel_names(slice: &Slice) -> Vec<String> {
    let name = |name: &Option<String>| name.as_deref().map(|name| format!("start: {}", words::label(name)));
    slice.panels.iter().map(|panel| name(&panel.name).unwrap_or_default()).collect()
}

/// The scales of both axes, from the outer edge of the first cell to that of the last.
fn scales(slice: &Slice) -> (Scale, Option<Scale>) {
    (scale_of(&slice.x), slice.y.as_ref().map(scale_of))
}

/// The scale of an axis of the space.
pub(super) fn scale_of(coordinate: &Coordinate) -> Scale {
    let edges = coordinate.edges();
    let text = words::axis(&coordinate.quantity);
    Scale { low: edges[0], high: edges[edges.len() - 1], is_log: coordinate.is_log, text }
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

/// What the colours of regimes mean, and how much of every panel each takes.
pub(super) struct Legend {
    entries: Vec<Entry>,
    /// Names of the columns of shares; one empty name where there is one panel.
    headings: Vec<String>,
}

struct Entry {
    name: String,
    role: Role,
    colour: Colour,
    shares: Vec<String>,
}

const SWATCH: f64 = 34.0;
const LONGEST_NAME: f64 = 330.0;
// Wide enough for a viewer that has none of our letters and takes wider ones.
const COLUMN_GAP: f64 = 46.0;

impl Legend {
    /// The legend of the regimes that a slice has.
    pub(super) fn of(slice: &Slice, colours: &[Colour]) -> Self {
        let shares: Vec<Vec<Share>> = slice
            .panels
            .iter()
            .map(|panel| {
                let mut tally = Tally::default();
                tally.add(&panel.regimes);
                tally.shares(&slice.labels)
            })
            .collect();
        let entry = |(index, label): (usize, &Label)| {
            let of_panels: Vec<&Share> = shares.iter().map(|shares| &shares[index]).collect();
            of_panels.iter().any(|share| share.points > 0).then(|| Entry {
                name: words::wrap(&words::label(&label.name), LONGEST_NAME, 1, |text| {
                    font::width(text, SMALL)
                })
                .remove(0),
                role: label.role(),
                colour: colours[index],
                shares: of_panels.iter().map(|share| words::per_cent(share.fraction)).collect(),
            })
        };
        let headings =
            slice.panels.iter().map(|panel| panel.name.as_deref().map(words::label).unwrap_or_default());
        Self {
            entries: slice.labels.iter().enumerate().filter_map(entry).collect(),
            headings: headings.collect(),
        }
    }

    fn name_width(&self) -> f64 {
        self.entries.iter().map(|entry| font::width(&entry.name, SMALL)).fold(110.0, f64::max)
    }

    fn column_width(&self, column: usize) -> f64 {
        let heading = font::width(&self.headings[column], SMALL);
        self.entries.iter().map(|entry| font::width(&entry.shares[column], SMALL)).fold(heading, f64::max)
            + COLUMN_GAP
    }

    /// The room it needs.
    pub(super) fn width(&self) -> f64 {
        let columns: f64 = (0..self.headings.len()).map(|column| self.column_width(column)).sum();
        SWATCH + 16.0 + self.name_width() + columns
    }

    /// Draws it below a height; gives its lower end.
    pub(super) fn draw(&self, scene: &mut Scene, left: f64, top: f64) -> f64 {
        let pitch = 1.75 * SMALL;
        let mut baseline = top + 0.8 * SMALL;
        let ends: Vec<f64> = (0..self.headings.len())
            .scan(left + SWATCH + 16.0 + self.name_width(), |end, column| {
                *end += self.column_width(column);
                Some(*end)
            })
            .collect();
        if self.headings.iter().any(|heading| !heading.is_empty()) {
            for (heading, end) in self.headings.iter().zip(&ends) {
                scene.text(heading, (*end, baseline), SMALL, Anchor::End, FAINT);
            }
        }
        for (role, heading) in
            [(Role::Seizing, "seizing"), (Role::Quiet, "not seizing"), (Role::Unclassified, "unclassified")]
        {
            let entries: Vec<&Entry> = self.entries.iter().filter(|entry| entry.role == role).collect();
            if entries.is_empty() {
                continue;
            }
            scene.text(heading, (left, baseline), SMALL, Anchor::Start, FAINT);
            baseline += pitch;
            for entry in entries {
                let (x, y) = (left as i32, (baseline - 0.36 * SMALL) as i32);
                let half = (SWATCH / 2.0) as i32;
                let corners = [x + LINE, y - half + 4, x + 2 * half, y + half - 4];
                scene.frame(corners, LINE, INK);
                scene.rectangle(corners, entry.colour);
                scene.text(&entry.name, (left + SWATCH + 16.0, baseline), SMALL, Anchor::Start, INK);
                for (share, end) in entry.shares.iter().zip(&ends) {
                    scene.text(share, (*end, baseline), SMALL, Anchor::End, INK);
                }
                baseline += pitch;
            }
            baseline += 0.5 * SMALL;
        }
        baseline
    }
}

/// What the colours of numbers mean.
struct Bar {
    kind: Kind,
    scale: Scale,
}

impl Bar {
    fn new(quantity: &Quantity, low: f64, high: f64) -> Self {
        let (low, high) = match quantity.kind {
            Kind::Fact => (0.0, 1.0),
            _ if low < high => (low, high),
            _ if low.is_finite() => (low - 0.5, low + 0.5),
            _ => (0.0, 1.0),
        };
        let scale = Scale { low, high, is_log: false, text: words::scale(quantity) };
        Self { kind: quantity.kind.clone(), scale }
    }

    fn colour(&self, value: f64) -> Colour {
        if !value.is_finite() {
            return UNDEFINED;
        }
        let part = (value - self.scale.low) / (self.scale.high - self.scale.low);
        match self.kind {
            Kind::Fact => ramp(0.15 + 0.7 * part.round()),
            // 128 steps are more than an eye tells apart, and keep a picture's file small.
            _ => ramp((part * 127.0).round() / 127.0),
        }
    }

    fn ticks(&self) -> Vec<crate::show::ticks::Tick> {
        ticks(self.scale.low, self.scale.high, false, 6)
    }

    fn tick_width(&self) -> f64 {
        let widths =
            self.ticks().into_iter().filter_map(|tick| tick.text).map(|text| font::width(&text, SMALL));
        widths.fold(if self.kind == Kind::Fact { font::width("yes", SMALL) } else { 0.0 }, f64::max)
    }

    fn width(&self) -> f64 {
        (44.0 + 22.0 + self.tick_width() + 24.0 + LABEL).max(44.0 + 16.0 + font::width("undefined", SMALL))
    }

    fn draw(&self, scene: &mut Scene, left: i32, top: i32, bottom: i32, has_undefined: bool) {
        let foot = if has_undefined { bottom - 90 } else { bottom };
        let corners = [left, top, left + 44, foot];
        let frame = Frame { corners };
        if self.kind == Kind::Fact {
            for (value, word) in [(0.0, "no"), (1.0, "yes")] {
                let middle = f64::midpoint(f64::from(top), f64::from(foot)) as i32;
                let [high, low] = if value == 0.0 { [middle, foot] } else { [top, middle] };
                scene.rectangle([left, high, left + 44, low], self.colour(value));
                let baseline = f64::midpoint(f64::from(high), f64::from(low)) + 0.36 * SMALL;
                scene.text(word, (f64::from(left) + 66.0, baseline), SMALL, Anchor::Start, INK);
            }
        } else {
            for row in top..foot {
                let part = f64::from(foot - row) / f64::from(foot - top);
                scene.rectangle([left, row, left + 44, (row + 2).min(foot)], ramp(part));
            }
            for tick in self.ticks() {
                let at = frame.up(&self.scale, tick.at);
                let length = if tick.text.is_some() { 12 } else { 6 };
                scene.rectangle([left + 44 + LINE, at - 1, left + 44 + LINE + length, at + 1], INK);
                if let Some(text) = tick.text {
                    let place = (f64::from(left) + 66.0, f64::from(at) + 0.36 * SMALL);
                    scene.text(&text, place, SMALL, Anchor::Start, INK);
                }
            }
        }
        scene.frame(corners, LINE, INK);
        let right = f64::from(left) + 66.0 + self.tick_width() + 24.0 + 0.8 * LABEL;
        let middle = f64::midpoint(f64::from(top), f64::from(foot));
        let text = words::wrap(&self.scale.text, f64::from(foot - top), 1, |text| font::width(text, LABEL))
            .remove(0);
        scene.turned_text(&text, (right, middle), LABEL, INK);
        if has_undefined {
            let corners = [left, bottom - 36, left + 44, bottom];
            scene.frame(corners, LINE, INK);
            scene.rectangle(corners, UNDEFINED);
            let place = (f64::from(left) + 60.0, f64::from(bottom) - 18.0 + 0.36 * SMALL);
            scene.text("undefined", place, SMALL, Anchor::Start, INK);
        }
    }
}
