//! The legend of a picture of regimes. Knows nothing of what stands beside it.

use crate::analyse::shares::Share;
use crate::analyse::slice::{Label, Role, Slice};
use crate::show::colours::{Colour, FAINT, INK};
use crate::show::font;
use crate::show::map_figure::panel_labels;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{LINE, SMALL};
use crate::show::words;

/// What the colours of regimes mean, and how much of every panel each takes.
#[derive(Clone)]
pub(super) struct Legend {
    entries: Vec<Entry>,
    /// Names of the columns of shares; one empty name where there is one panel.
    headings: Vec<String>,
    /// What stands below each other.
    columns: Vec<Vec<Line>>,
}

#[derive(Clone)]
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
/// The gap between columns of entries.
const GAP: f64 = 44.0;
/// The most lines that stand below each other at ease, and that fit beside a frame at all.
const MOST_LINES: [usize; 2] = [17, 22];

/// A line of the legend.
#[derive(Clone, Copy)]
enum Line {
    /// What the entries below have in common.
    Heading(&'static str),
    /// The number of an entry.
    Entry(usize),
}

impl Legend {
    /// The legend of the regimes that a slice has; of the height beside the frames `reserved` lines are somebody else's.
    pub(super) fn of(slice: &Slice, colours: &[Colour], reserved: usize) -> Self {
        let shares = Share::of_panels(slice);
        let is_there = |index: &usize| shares.iter().any(|shares| shares[*index].points > 0);
        let shown: Vec<usize> = (0..slice.labels.len()).filter(is_there).collect();
        let names: Vec<String> = shown.iter().map(|&index| words::regime(&slice.labels[index])).collect();
        let names = words::distinct(&names, LONGEST_NAME, |text| font::width(text, SMALL));
        let entry = |(index, name): (usize, String)| Entry {
            name,
            role: slice.labels[index].role(),
            colour: colours[index],
            shares: shares.iter().map(|shares| words::per_cent(shares[index].fraction)).collect(),
        };
        let mut legend = Self {
            entries: shown.into_iter().zip(names).map(entry).collect(),
            headings: panel_labels(slice),
            columns: Vec::new(),
        };
        legend.columns = legend.columns(reserved);
        legend
    }

    /// The same below a picture of a width: in as many columns as stand beside each other there.
    pub(super) fn below(mut self, width: f64) -> Self {
        let most = ((width + GAP) / (self.width_of_one() + GAP)).floor().max(1.0) as usize;
        let lines = |columns: &Vec<Vec<Line>>| columns.iter().map(Vec::len).max().unwrap_or(0);
        // A group's heading may make one column too many.
        let candidates = (1..=self.entries.len() + 3).map(|height| self.of_height(height));
        let fitting = candidates.filter(|columns| columns.len() <= most);
        if let Some(columns) = fitting.min_by_key(lines) {
            self.columns = columns;
        }
        self
    }

    /// The legend of labels with what is said of each, in one column.
    pub(super) fn of_labels(labels: &[(Label, Colour, String)]) -> Self {
        let names: Vec<String> = labels.iter().map(|(label, ..)| words::regime(label)).collect();
        let names = words::distinct(&names, LONGEST_NAME, |text| font::width(text, SMALL));
        let entry = |((label, colour, share), name): (&(Label, Colour, String), String)| Entry {
            name,
            role: label.role(),
            colour: *colour,
            shares: vec![share.clone()],
        };
        let entries: Vec<Entry> = labels.iter().zip(names).map(entry).collect();
        let mut legend = Self { entries, headings: vec![String::new()], columns: Vec::new() };
        legend.columns = legend.columns(0);
        legend
    }

    /// The lines in columns that are about equally long.
    fn columns(&self, reserved: usize) -> Vec<Vec<Line>> {
        let [at_ease, most] = MOST_LINES.map(|lines| lines.saturating_sub(reserved).max(4));
        let lines: usize = self.groups().iter().map(|(_, entries)| 1 + entries.len()).sum();
        // A group that goes on in the next column has its heading there again.
        let wanted = if lines <= at_ease { 1 } else { lines.div_ceil(most - 1) };
        self.of_height(if wanted == 1 { lines } else { lines.div_ceil(wanted) + 1 })
    }

    /// The entries of each role that occurs, with its heading.
    fn groups(&self) -> Vec<(&'static str, Vec<usize>)> {
        [(Role::Seizing, "seizing"), (Role::Quiet, "not seizing"), (Role::Unclassified, "unclassified")]
            .into_iter()
            .map(|(role, heading)| {
                let of_role = |at: &usize| self.entries[*at].role == role;
                (heading, (0..self.entries.len()).filter(of_role).collect::<Vec<_>>())
            })
            .filter(|(_, entries)| !entries.is_empty())
            .collect()
    }

    /// The lines in columns of at most so many lines.
    fn of_height(&self, height: usize) -> Vec<Vec<Line>> {
        let mut columns: Vec<Vec<Line>> = vec![Vec::new()];
        for (heading, entries) in self.groups() {
            for (at, entry) in entries.into_iter().enumerate() {
                let is_full = |column: &Vec<Line>| column.len() + usize::from(at == 0) >= height;
                let opens = columns.last().is_some_and(is_full);
                if opens {
                    columns.push(Vec::new());
                }
                let Some(column) = columns.last_mut() else { continue };
                if at == 0 || opens {
                    column.push(Line::Heading(heading));
                }
                column.push(Line::Entry(entry));
            }
        }
        columns
    }

    fn name_width(&self) -> f64 {
        self.entries.iter().map(|entry| font::width(&entry.name, SMALL)).fold(110.0, f64::max)
    }

    fn column_width(&self, column: usize) -> f64 {
        let heading = font::width(&self.headings[column], SMALL);
        self.entries.iter().map(|entry| font::width(&entry.shares[column], SMALL)).fold(heading, f64::max)
            + COLUMN_GAP
    }

    /// The room that a column of entries needs.
    fn width_of_one(&self) -> f64 {
        let columns: f64 = (0..self.headings.len()).map(|column| self.column_width(column)).sum();
        SWATCH + 16.0 + self.name_width() + columns
    }

    /// The room it needs.
    pub(super) fn width(&self) -> f64 {
        let count = self.columns.len() as f64;
        count * self.width_of_one() + (count - 1.0) * GAP
    }

    /// The height it needs.
    pub(super) fn height(&self) -> f64 {
        self.draw(&mut Scene::new(1, 1), 0.0, 0.0)
    }

    /// Draws it below a height; gives its lower end.
    pub(super) fn draw(&self, scene: &mut Scene, left: f64, top: f64) -> f64 {
        let ends = self.columns.iter().enumerate().map(|(number, column)| {
            let left = left + number as f64 * (self.width_of_one() + GAP);
            self.draw_column(scene, column, left, top)
        });
        ends.fold(top, f64::max)
    }

    fn draw_column(&self, scene: &mut Scene, lines: &[Line], left: f64, top: f64) -> f64 {
        let is_alone = self.columns.len() == 1;
        let (pitch, between) = if is_alone { (1.75 * SMALL, 0.5 * SMALL) } else { (1.42 * SMALL, 0.0) };
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
        for (at, line) in lines.iter().enumerate() {
            match line {
                Line::Heading(heading) => {
                    baseline += if at == 0 { 0.0 } else { between };
                    scene.text(heading, (left, baseline), SMALL, Anchor::Start, FAINT);
                }
                Line::Entry(entry) => {
                    let entry = &self.entries[*entry];
                    let (x, y) = (left as i32, (baseline - 0.36 * SMALL) as i32);
                    let half = (SWATCH / 2.0) as i32;
                    let corners = [x + LINE, y - half + 4, x + 2 * half, y + half - 4];
                    scene.frame(corners, LINE, INK);
                    scene.rectangle(corners, entry.colour);
                    scene.text(&entry.name, (left + SWATCH + 16.0, baseline), SMALL, Anchor::Start, INK);
                    for (share, end) in entry.shares.iter().zip(&ends) {
                        scene.text(share, (*end, baseline), SMALL, Anchor::End, INK);
                    }
                }
            }
            baseline += pitch;
        }
        baseline + between
    }
}
