//! The legend of a picture of regimes. Knows nothing of what stands beside it.

use crate::analyse::shares::Share;
use crate::analyse::slice::{Label, Role, Slice};
use crate::show::colours::{Colour, FAINT, INK};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{LINE, SMALL};
use crate::show::words;

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
        let shares = Share::of_panels(slice);
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
