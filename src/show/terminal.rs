//! A slice as lines of text: half-block characters in colour, or letters where there is none. Knows no file format, and asks
//! nothing of the terminal: its caller says how wide it is and what it can show.

use std::fmt::Write as _;

use crate::analyse::slice::{Coordinate, Panel, Slice};
use crate::show::Shown;
use crate::show::colours::Colours;
use crate::show::map_figure::{panel_names, scale_of};
use crate::show::orbit_figure::value_scale;
use crate::show::paints::{Paint, escape, level, number_paints, range, regime_paints};
use crate::show::sheet::{Scale, caption};
use crate::show::words;

/// The room that a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Letters in a line.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
    /// Its colours.
    pub colours: Colours,
}

/// A frame's inside: one number a pixel, an index of a paint, from the top row down.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Option<usize>>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![None; width * height] }
    }
}

/// Lines of a frame beside its inside: the name of the vertical axis, the horizontal axis, its numbers and its name.
const AROUND_A_FRAME: usize = 4;

/// A slice as text with line breaks, fit for a screen.
pub fn draw_text(slice: &Slice, shown: Shown, screen: Screen) -> String {
    let x = scale_of(&slice.x);
    let y = match (shown, &slice.y) {
        (Shown::Orbits, _) => Some(value_scale(slice)),
        (_, Some(coordinate)) => Some(scale_of(coordinate)),
        _ => None,
    };
    let (paints, legend) = match shown {
        Shown::Regimes | Shown::Orbits => regime_paints(slice, screen.colours),
        Shown::Feature => number_paints(slice, screen.colours),
    };
    let side = y.as_ref().map_or(1, label_width) + 2;
    let width = fitting(screen.columns.saturating_sub(side + 1).max(10), slice.x.values.len());
    let per_line = if screen.colours == Colours::None { 1 } else { 2 };
    let title = words::plain(&slice.title);
    let note = words::wrap(&caption(slice, ""), screen.columns as f64, 3, |text| text.chars().count() as f64);
    let panels: Vec<(usize, String)> = match shown {
        Shown::Orbits => vec![(0, String::new())],
        _ => panel_names(slice).into_iter().enumerate().collect(),
    };
    let lines = if y.is_some() {
        // Title, legend and note with what parts them, the line of the next prompt, and around each frame its names and numbers.
        let around = title.chars().count().div_ceil(screen.columns.max(1)).max(1)
            + legend.lines().count()
            + note.len()
            + 2;
        let names = panels.iter().filter(|(_, name)| !name.is_empty()).count();
        let left = screen.rows.saturating_sub(around + 2 * names + AROUND_A_FRAME * panels.len());
        (left / panels.len().max(1)).clamp(6, (width / 3).max(6))
    } else {
        3
    };
    let mut text = format!("{title}\n");
    for (index, name) in panels {
        if !name.is_empty() {
            let _ = writeln!(text, "\n{name}");
        }
        let mut canvas = Canvas::new(width, lines * per_line);
        match shown {
            Shown::Orbits => scatter(&mut canvas, slice, &x, y.as_ref()),
            _ => fill(&mut canvas, slice, &slice.panels[index], shown, (&x, y.as_ref())),
        }
        write_frame(&mut text, &canvas, &paints, (&x, y.as_ref()), (side, screen.colours));
    }
    text.push('\n');
    text.push_str(&legend);
    for line in note {
        let _ = writeln!(text, "{}", line.replace('\u{a0}', " "));
    }
    text
}

/// The largest multiple of the number of cells that fits, so that all cells look equally wide; the room itself where there are
/// more cells than room.
fn fitting(room: usize, cells: usize) -> usize {
    if cells == 0 || cells > room { room } else { cells * (room / cells) }
}

/// The widest number at a vertical axis.
fn label_width(scale: &Scale) -> usize {
    let marks = scale.ticks(4);
    marks.iter().filter_map(|tick| tick.text.as_ref()).map(|text| text.chars().count()).max().unwrap_or(0)
}

/// The index of the cell at a place on the drawn scale.
fn cell_at(edges: &[f64], at: f64) -> usize {
    edges.partition_point(|edge| *edge <= at).saturating_sub(1).min(edges.len() - 2)
}

fn middle(scale: &Scale, index: usize, count: usize) -> f64 {
    scale.low + (scale.high - scale.low) * (index as f64 + 0.5) / count as f64
}

fn fill(canvas: &mut Canvas, slice: &Slice, panel: &Panel, shown: Shown, (x, y): (&Scale, Option<&Scale>)) {
    let (x_edges, y_edges) = (slice.x.edges(), slice.y.as_ref().map(Coordinate::edges));
    let range = (shown == Shown::Feature).then(|| range(slice));
    for row in 0..canvas.height {
        let line = match (&y_edges, y) {
            (Some(edges), Some(scale)) => {
                cell_at(edges, middle(scale, canvas.height - 1 - row, canvas.height))
            }
            _ => 0,
        };
        for column in 0..canvas.width {
            let place = [line, cell_at(&x_edges, middle(x, column, canvas.width))];
            let paint = match range {
                Some(range) => level(panel.features[0].values[place], range),
                None => usize::from(panel.regimes[place]),
            };
            canvas.pixels[row * canvas.width + column] = Some(paint);
        }
    }
}

/// The values of all panels against the axis; later panels first, so that the first one's stand on top.
fn scatter(canvas: &mut Canvas, slice: &Slice, x: &Scale, y: Option<&Scale>) {
    let Some(y) = y else { return };
    let edges = slice.x.edges();
    for panel in slice.panels.iter().rev() {
        for feature in &panel.features {
            for column in 0..canvas.width {
                let cell = cell_at(&edges, middle(x, column, canvas.width));
                let part = (feature.values[[0, cell]] - y.low) / (y.high - y.low);
                if part.is_finite() {
                    let row = ((1.0 - part) * canvas.height as f64) as usize;
                    let place = row.min(canvas.height - 1) * canvas.width + column;
                    canvas.pixels[place] = Some(usize::from(panel.regimes[[0, cell]]));
                }
            }
        }
    }
}

/// Writes a canvas with its axes.
fn write_frame(
    text: &mut String,
    canvas: &Canvas,
    paints: &[Paint],
    (x, y): (&Scale, Option<&Scale>),
    (side, colours): (usize, Colours),
) {
    let per_line = if colours == Colours::None { 1 } else { 2 };
    let lines = canvas.height / per_line;
    let mut labels = vec![String::new(); lines];
    if let Some(scale) = y {
        let _ = writeln!(text, "{}", scale.text);
        for tick in scale.ticks(4) {
            let part = (tick.at - scale.low) / (scale.high - scale.low);
            let line = (((1.0 - part) * lines as f64) as usize).min(lines - 1);
            labels[line] = tick.text.unwrap_or_else(|| std::mem::take(&mut labels[line]));
        }
    }
    for (line, label) in labels.iter().enumerate() {
        let _ = write!(text, "{label:>width$} │", width = side - 2);
        let row = |part: usize| {
            let begin = (line * per_line + part) * canvas.width;
            &canvas.pixels[begin..begin + canvas.width]
        };
        if colours == Colours::None {
            text.extend(
                row(0)
                    .iter()
                    .map(|paint| paint.and_then(|paint| paints.get(paint)).map_or(' ', |paint| paint.letter)),
            );
        } else {
            write_half_blocks(text, row(0), row(1), paints, colours);
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    write_foot(text, x, canvas.width, side);
}

/// Writes two rows of pixels as one line: the upper half block has the upper pixel's colour, its ground the lower one's.
fn write_half_blocks(
    text: &mut String,
    upper: &[Option<usize>],
    lower: &[Option<usize>],
    paints: &[Paint],
    colours: Colours,
) {
    let colour = |pixel: Option<usize>| pixel.and_then(|pixel| paints.get(pixel)).map(|paint| paint.colour);
    let mut before = None;
    for (up, down) in upper.iter().zip(lower) {
        let pair = (colour(*up), colour(*down));
        if before != Some(pair) {
            text.push_str("\u{1b}[0m");
            let (front, back) = if pair.0.is_none() { (pair.1, None) } else { pair };
            if let Some(front) = front {
                text.push_str(&escape(front, false, colours));
            }
            if let Some(back) = back {
                text.push_str(&escape(back, true, colours));
            }
            before = Some(pair);
        }
        text.push(match pair {
            (None, None) => ' ',
            (None, Some(_)) => '▄',
            _ => '▀',
        });
    }
    text.push_str("\u{1b}[0m");
}

/// Writes the horizontal axis.
fn write_foot(text: &mut String, x: &Scale, width: usize, side: usize) {
    let mut line: Vec<char> = vec!['─'; width];
    let mut numbers: Vec<char> = vec![' '; side + width + 8];
    let mut end_of_last = 0;
    for tick in x.ticks((width / 10).max(2)) {
        let Some(label) = tick.text else { continue };
        let at = (((tick.at - x.low) / (x.high - x.low) * width as f64) as usize).min(width - 1);
        line[at] = '┬';
        let length = label.chars().count();
        let begin = (side + at).saturating_sub(length / 2);
        if begin > end_of_last && begin + length <= numbers.len() {
            for (place, letter) in numbers[begin..].iter_mut().zip(label.chars()) {
                *place = letter;
            }
            end_of_last = begin + length;
        }
    }
    let _ = writeln!(text, "{:>side$}{}", "└", line.iter().collect::<String>());
    let _ = writeln!(text, "{}", numbers.iter().collect::<String>().trim_end());
    let _ = writeln!(text, "{:side$}{}", "", x.text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::samples::{branches, tongues};

    const LETTERS: Screen = Screen { columns: 60, rows: 40, colours: Colours::None };

    #[test]
    fn without_colours_a_map_is_drawn_in_letters() {
        let drawn = draw_text(&tongues(12, 24, &[]), Shown::Regimes, LETTERS);
        println!("{drawn}");
        assert_eq!(drawn, include_str!("samples/tongues.txt"));
    }

    #[test]
    fn without_colours_orbits_are_drawn_in_letters() {
        let drawn = draw_text(&branches(48), Shown::Orbits, LETTERS);
        println!("{drawn}");
        assert_eq!(drawn, include_str!("samples/branches.txt"));
    }

    #[test]
    fn numbers_are_drawn_as_digits() {
        let drawn = draw_text(&tongues(12, 24, &[]), Shown::Feature, LETTERS);
        assert!(drawn.contains('9') && drawn.contains("? undefined"), "{drawn}");
    }

    #[test]
    fn no_line_is_longer_than_the_screen() {
        for columns in [30, 61, 80, 200] {
            let screen = Screen { columns, ..LETTERS };
            for (slice, shown) in [
                (tongues(12, 24, &["rest", "excited"]), Shown::Regimes),
                (tongues(300, 400, &[]), Shown::Feature),
                (branches(48), Shown::Orbits),
            ] {
                let drawn = draw_text(&slice, shown, screen);
                let longest = drawn.lines().map(|line| line.chars().count()).max().unwrap();
                assert!(longest <= columns.max(60), "{longest} of {columns}:\n{drawn}");
            }
        }
    }

    #[test]
    fn colours_end_with_their_line() {
        for colours in [Colours::Few, Colours::All] {
            let drawn = draw_text(&tongues(12, 24, &[]), Shown::Regimes, Screen { colours, ..LETTERS });
            for line in drawn.lines().filter(|line| line.contains('\u{1b}')) {
                let last = line.rfind('\u{1b}').unwrap();
                assert!(line[last..].starts_with("\u{1b}[0m"), "{line:?}");
            }
        }
    }

    #[test]
    fn colours_are_shown_only_where_they_are_wanted() {
        let term = Some("xterm-256color");
        assert_eq!(Colours::of(true, None, term, Some("truecolor")), Colours::All);
        assert_eq!(Colours::of(true, None, term, None), Colours::Few);
        assert_eq!(Colours::of(true, Some("1"), term, None), Colours::None);
        assert_eq!(
            Colours::of(true, Some(""), term, None),
            Colours::Few,
            "no-color.org: an empty NO_COLOR says nothing"
        );
        assert_eq!(Colours::of(false, None, term, None), Colours::None);
        assert_eq!(Colours::of(true, None, Some("dumb"), None), Colours::None);
    }
}
