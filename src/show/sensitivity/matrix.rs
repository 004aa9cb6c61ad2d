//! Indices of pairs of parameters as a matrix, first-order indices on its diagonal. Knows no file format.

use super::{Chosen, wrong};
use crate::show::ShowError;
use crate::show::bar::Bar;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{Colour, INK, PAPER};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{CAPTION, SMALL, Scale};
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
        Cell { name: text, x: flat.clone(), y: flat }
    };
    let cells: Vec<Cell> = outputs.iter().map(cell).collect();
    let side = (720.0 / count as f64).clamp(34.0, 110.0);
    let widest = names.iter().map(|name| font::width(name, SMALL)).fold(40.0, f64::max).min(300.0);
    let caption = format!(
        "Below the diagonal S2, what two parameters explain beyond their two S1, which stand on the diagonal. Numbers whose 95 % interval holds 0 are pale.{} {}",
        own.stands(),
        own.ranges()
    );
    let mut board = Board::new(&Plan {
        title: &own.indices.title,
        cells: &cells,
        places: Places::Rows(cells.len().min(2)),
        size: [side * count as f64; 2],
        left: widest,
        legend: bar.width(),
        caption: &caption,
        shares_y: false,
    });
    for (&output, frame) in outputs.iter().zip(board.frames.clone()) {
        let [left, top, ..] = frame.corners;
        for (row, name) in names.iter().enumerate() {
            let middle = f64::from(top) + side * (row as f64 + 0.5) + 0.36 * SMALL;
            let name = words::wrap(name, 300.0, 1, |text| font::width(text, SMALL)).remove(0);
            board.scene.text(&name, (f64::from(left) - 16.0, middle), SMALL, Anchor::End, INK);
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
                say(&mut board.scene, told, corners, colour);
            }
            // Above the diagonal, at the right end of its row, the column's name.
            let x = f64::from(left) + side * (row as f64 + 0.5);
            if row > 0 && side >= 34.0 {
                let short =
                    words::wrap(&names[row], 2.0 * side, 1, |text| font::width(text, CAPTION)).remove(0);
                let y = f64::from(top) + side * row as f64 - 10.0;
                board.scene.text(&short, (x, y), CAPTION, Anchor::Middle, INK);
            }
        }
    }
    let [_, top, _, bottom] = board.frames[0].corners;
    bar.draw(&mut board.scene, board.legend_left as i32, top, bottom.max(top + 360), false);
    Ok(board.scene)
}

/// Writes a number into its cell where there is room.
fn say(
    scene: &mut Scene,
    [value, low, high]: [f64; 3],
    [left, top, right, bottom]: [i32; 4],
    ground: Colour,
) {
    let room = f64::from(right - left);
    if !value.is_finite() || room < 60.0 {
        return;
    }
    let digits = if value.abs() < 0.01 { 3 } else { 2 };
    let text = format!("{value:.digits$}").replace("-0.000", "0.000");
    let is_dark =
        0.2126 * f64::from(ground.0) + 0.7152 * f64::from(ground.1) + 0.0722 * f64::from(ground.2) < 130.0;
    let holds_zero = low <= 0.0 && high >= 0.0 && high > low;
    let ink = match (is_dark, holds_zero) {
        (true, false) => PAPER,
        (true, true) => Colour(0x9a, 0x9a, 0xb8),
        (false, false) => INK,
        (false, true) => Colour(0x70, 0x70, 0x70),
    };
    let size = if room < 80.0 { CAPTION } else { SMALL };
    let place = (
        f64::midpoint(f64::from(left), f64::from(right)),
        f64::midpoint(f64::from(top), f64::from(bottom)) + 0.36 * size,
    );
    scene.text(&text, place, size, Anchor::Middle, ink);
}
