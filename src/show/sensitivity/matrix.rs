//! Indices of pairs of parameters as a matrix, first-order indices on its diagonal. Knows no file format.

use super::{Chosen, wrong};
use crate::show::ShowError;
use crate::show::bar::Bar;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{Colour, INK, PAPER};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{CAPTION, SMALL, Scale, set};
use crate::show::words;
use crate::table::Quantity;

/// The figure.
pub(super) fn matrix(own: &Chosen<'_>) -> Result<Scene, ShowError> {
    let count = own.indices.inputs.len();
    let has_any = |output: &&usize| {
        own.row("S2", **output).is_some_and(|row| row.iter().any(|value| value.is_finite()))
    };
    let outputs: Vec<usize> = own.outputs.iter().filter(has_any).copied().collect();
    if outputs.is_empty() {
        return Err(wrong("there are no indices of pairs; run the design with `second_order = true`: the runs that are there stay as they are".into()));
    }
    let value = |output: usize, row: usize, column: usize| {
        if row == column { own.told("S1", output, row) } else { own.told("S2", output, row * count + column) }
    };
    let all = outputs
        .iter()
        .flat_map(|&output| (0..count * count).map(move |at| value(output, at / count, at % count)[0]));
    let high = all.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let bar =
        Bar::new(&Quantity::real("part of the variance", "1", ""), 0.0, if high > 0.0 { high } else { 1.0 });
    let names: Vec<String> = own.indices.inputs.iter().map(|name| words::plain(name)).collect();
    let cell = |output: &usize| {
        let text = words::label(&own.indices.outputs[*output]);
        let flat = Scale { low: 0.0, high: 0.0, is_log: false, is_negative: false, text: String::new() };
        Cell::new(text, flat.clone(), flat)
    };
    let cells: Vec<Cell> = outputs.iter().map(cell).collect();
    let names = words::distinct(&names, 300.0, |text| font::width(text, SMALL));
    let wanted = (900.0 / count as f64).clamp(46.0, 110.0);
    let widest = names.iter().map(|name| font::width(name, SMALL)).fold(40.0, f64::max);
    let all: Vec<f64> = outputs
        .iter()
        .flat_map(|&output| {
            (0..count).flat_map(move |row| (0..=row).map(move |column| (output, row, column)))
        })
        .map(|(output, row, column)| value(output, row, column)[0])
        .collect();
    let letters = |side: f64| Letters::fitting(&all, side - 10.0);
    let caption = format!(
        "Below the diagonal S2, what two parameters explain beyond their two S1, which stand on the diagonal. {}{} {}",
        if letters(own.page.wide().map_or(wanted, |width| wanted.min(0.5 * width / count as f64))).is_some() {
            "Numbers are pale where their 95 % interval holds 0, or where they have none."
        } else {
            "There is no room for numbers; `ictus sense` prints the largest, and its file holds all."
        },
        own.stands(),
        own.ranges()
    );
    let mut board = Board::new(&Plan {
        page: own.page,
        title: &own.indices.title,
        cells: &cells,
        places: Places::Rows(cells.len().min(2)),
        size: [wanted * count as f64; 2],
        keeps_height: false,
        left: widest,
        legend: [bar.width(), 400.0],
        caption: &caption,
        shares_y: false,
    })?;
    for (&output, frame) in outputs.iter().zip(board.frames.clone()) {
        let [left, top, right, bottom] = frame.corners;
        let side = f64::from((right - left).min(bottom - top)) / count as f64;
        let letters = letters(side);
        for (row, name) in names.iter().enumerate() {
            let middle = f64::from(top) + side * (row as f64 + 0.5) + 0.36 * SMALL;
            board.scene.text(name, (f64::from(left) - 16.0, middle), SMALL, Anchor::End, INK);
            for column in 0..=row {
                let corner = |at: usize| (side * at as f64).round() as i32;
                let corners = [
                    left + corner(column),
                    top + corner(row),
                    left + corner(column + 1),
                    top + corner(row + 1),
                ];
                let told = value(output, row, column);
                let colour = bar.colour(told[0].max(0.0));
                board.scene.rectangle(corners, colour);
                if let Some(letters) = letters {
                    letters.say(&mut board.scene, told, corners, colour);
                }
            }
            // Above its cell of the diagonal the column's name, where nothing but other names stands to the right.
            if row > 0 {
                let x = f64::from(left) + side * row as f64 + 6.0;
                let room = side * (count - row) as f64 + 60.0;
                let (short, size) = set(name, room, 1, &[CAPTION, 21.0, 18.0, 15.0]);
                let y = f64::from(top) + side * row as f64 - 10.0;
                board.scene.text(&short[0], (x, y), size, Anchor::Start, INK);
            }
        }
    }
    let (left, top) = board.legend_at;
    let bottom = board.frames[0].corners[3].max(top as i32 + 360);
    bar.draw(&mut board.scene, left as i32, top as i32, bottom, false);
    Ok(board.scene)
}

/// How numbers are written into cells: all with the same letters.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Letters {
    /// Whether small numbers have a third decimal.
    is_fine: bool,
    size: f64,
}

impl Letters {
    /// The largest in which every number fits a width; none where they would be too small to be read.
    fn fitting(numbers: &[f64], width: f64) -> Option<Self> {
        let ways =
            [(true, [SMALL, CAPTION, 21.0].as_slice()), (false, &[SMALL, CAPTION, 21.0, 18.0, 16.0, 14.0])];
        ways.into_iter()
            .flat_map(|(is_fine, sizes)| sizes.iter().map(move |&size| Self { is_fine, size }))
            .find(|own| numbers.iter().all(|number| font::width(&own.text(*number), own.size) <= width))
    }

    fn text(self, value: f64) -> String {
        if !value.is_finite() {
            return String::new();
        }
        let digits = if self.is_fine && value.abs() < 0.01 { 3 } else { 2 };
        let text = format!("{value:.digits$}");
        let is_zero = !text.contains(|letter: char| ('1'..='9').contains(&letter));
        if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
    }

    /// Writes a number into its cell.
    fn say(self, scene: &mut Scene, told: [f64; 3], [left, top, right, bottom]: [i32; 4], ground: Colour) {
        let place = (
            f64::midpoint(f64::from(left), f64::from(right)),
            f64::midpoint(f64::from(top), f64::from(bottom)) + 0.36 * self.size,
        );
        scene.text(&self.text(told[0]), place, self.size, Anchor::Middle, ink(told, ground));
    }
}

/// The colour of a number with the ends of its interval: pale where it may be 0, or nobody knows. An interval without width is exact.
fn ink([_, low, high]: [f64; 3], ground: Colour) -> Colour {
    let is_dark =
        0.2126 * f64::from(ground.0) + 0.7152 * f64::from(ground.1) + 0.0722 * f64::from(ground.2) < 130.0;
    let is_told = low > 0.0 || high < 0.0 || (high - low).abs() < f64::MIN_POSITIVE;
    match (is_dark, is_told) {
        (true, true) => PAPER,
        (true, false) => Colour(0x9a, 0x9a, 0xb8),
        (false, true) => INK,
        (false, false) => Colour(0x70, 0x70, 0x70),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_reach_beyond_their_cells() {
        let numbers: Vec<f64> = vec![-0.003, 0.512, 0.0, f64::NAN, -0.0001];
        let all = |width: f64| {
            let letters = Letters::fitting(&numbers, width);
            letters.map(|own| (numbers.iter().map(|&number| own.text(number)).collect::<Vec<_>>(), own.size))
        };
        assert_eq!(
            all(100.0),
            Some((["−0.003", "0.51", "0.000", "", "0.000"].map(String::from).to_vec(), SMALL))
        );
        for side in [110.0, 81.0, 65.0, 46.0] {
            let (texts, size) = all(side - 10.0).unwrap_or_else(|| panic!("{side}"));
            assert!(
                texts.iter().all(|text| font::width(text, size) <= side - 10.0),
                "{side}: {texts:?} {size}"
            );
        }
        assert_eq!(all(36.0).expect("letters").0, ["0.00", "0.51", "0.00", "", "0.00"]);
        assert_eq!(all(20.0), None);
    }

    #[test]
    fn what_has_no_interval_is_pale_and_what_is_exact_is_not() {
        for (ground, told, pale) in
            [(PAPER, INK, Colour(0x70, 0x70, 0x70)), (INK, PAPER, Colour(0x9a, 0x9a, 0xb8))]
        {
            assert_eq!(ink([0.0, f64::NAN, f64::NAN], ground), pale);
            assert_eq!(ink([0.3, f64::NAN, f64::NAN], ground), pale);
            assert_eq!(ink([0.1, -0.1, 0.3], ground), pale);
            assert_eq!(ink([0.0, 0.0, 0.0], ground), told);
            assert_eq!(ink([0.2, 0.1, 0.3], ground), told);
            assert_eq!(ink([-0.2, -0.3, -0.1], ground), told);
        }
    }
}
