//! A picture before it is one: marks in pixels, later ones over earlier ones. Knows no file format.

use crate::show::colours::{BOUNDARY, Colour, INK, PAPER};

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// The width of the thickest line that is drawn as a rectangle.
const THICKEST: i32 = 3;

/// Something to draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// A filled rectangle; `right` and `bottom` are the first pixels outside.
    Rectangle { left: i32, top: i32, right: i32, bottom: i32, colour: Colour, opacity: f64 },
    /// A filled disc.
    Disc { x: i32, y: i32, radius: u32, colour: Colour },
    /// A line of straight pieces with round ends.
    Path { points: Vec<(f64, f64)>, width: f64, colour: Colour },
    /// A line of text with its baseline at `y`; `size` is that of the em square. A turned text reads upwards.
    Text { text: String, x: f64, y: f64, size: f64, anchor: Anchor, is_turned: bool, colour: Colour },
}

/// All marks of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// The marks, in order of drawing.
    pub(super) marks: Vec<Mark>,
}

impl Scene {
    /// A picture without marks.
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, height, marks: Vec::new() }
    }

    /// The same picture with other units, `factor` of which are one of these. Lines keep one width wherever they stand.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        if (factor - 1.0).abs() < 1e-9 {
            return self.clone();
        }
        let place = |at: i32| (f64::from(at) * factor).round() as i32;
        let size = |own: u32| (f64::from(own) * factor).round().max(1.0) as u32;
        // A line is a rectangle of a few units, rounded up so that no paper shows beside it; cells of colour meet.
        let ends = |from: i32, to: i32, colour: Colour| {
            let is_line = to - from <= THICKEST && [INK, BOUNDARY].contains(&colour);
            let thick = (f64::from(to - from) * factor).ceil() as i32;
            let own = if is_line { thick } else { place(to) - place(from) };
            (place(from), place(from) + own)
        };
        let mark = |mark: &Mark| match mark.clone() {
            Mark::Rectangle { left, top, right, bottom, colour, opacity } => {
                let ((left, right), (top, bottom)) = (ends(left, right, colour), ends(top, bottom, colour));
                Mark::Rectangle { left, top, right, bottom, colour, opacity }
            }
            Mark::Disc { x, y, radius, colour } => {
                Mark::Disc { x: place(x), y: place(y), radius: size(radius), colour }
            }
            Mark::Path { points, width, colour } => {
                let points = points.iter().map(|(x, y)| (x * factor, y * factor)).collect();
                Mark::Path { points, width: width * factor, colour }
            }
            Mark::Text { text, x, y, size, anchor, is_turned, colour } => {
                let (x, y, size) = (x * factor, y * factor, size * factor);
                Mark::Text { text, x, y, size, anchor, is_turned, colour }
            }
        };
        Self {
            width: size(self.width),
            height: size(self.height),
            marks: self.marks.iter().map(mark).collect(),
        }
    }

    /// Adds a filled rectangle.
    pub(super) fn rectangle(&mut self, [left, top, right, bottom]: [i32; 4], colour: Colour) {
        self.marks.push(Mark::Rectangle { left, top, right, bottom, colour, opacity: 1.0 });
    }

    /// Adds the four sides of a rectangle, `width` wide and outside of it.
    pub(super) fn frame(&mut self, [left, top, right, bottom]: [i32; 4], width: i32, colour: Colour) {
        self.rectangle([left - width, top - width, right + width, top], colour);
        self.rectangle([left - width, bottom, right + width, bottom + width], colour);
        self.rectangle([left - width, top, left, bottom], colour);
        self.rectangle([right, top, right + width, bottom], colour);
    }

    /// Adds a disc, or a ring with paper inside.
    pub(super) fn dot(&mut self, (x, y): (i32, i32), radius: u32, is_filled: bool, colour: Colour) {
        self.marks.push(Mark::Disc { x, y, radius, colour });
        if !is_filled {
            self.marks.push(Mark::Disc { x, y, radius: radius.saturating_sub(2), colour: PAPER });
        }
    }

    /// Adds a line of straight pieces.
    pub(super) fn path(&mut self, points: &[(f64, f64)], width: f64, colour: Colour) {
        self.marks.push(Mark::Path { points: points.to_vec(), width, colour });
    }

    /// Adds a level line of text.
    pub(super) fn text(&mut self, text: &str, (x, y): (f64, f64), size: f64, anchor: Anchor, colour: Colour) {
        self.marks.push(Mark::Text { text: text.to_owned(), x, y, size, anchor, is_turned: false, colour });
    }

    /// Adds a line of text that reads upwards, its middle at the place.
    pub(super) fn turned_text(&mut self, text: &str, (x, y): (f64, f64), size: f64, colour: Colour) {
        let anchor = Anchor::Middle;
        self.marks.push(Mark::Text { text: text.to_owned(), x, y, size, anchor, is_turned: true, colour });
    }
}
