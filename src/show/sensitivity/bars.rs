//! First-order and total-order indices as bars with their intervals, and what parameters that do nothing reach. Knows no file format.

use super::{Chosen, dashed, whisker, wrong};
use crate::show::ShowError;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{Colour, FAINT, INK};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{CAPTION, SMALL, Scale};
use crate::show::words;

const FIRST: Colour = Colour(0x2c, 0x6f, 0xb3);
const TOTAL: Colour = Colour(0xc6, 0xdf, 0xf4);
const FLOOR: Colour = Colour(0xd5, 0x5e, 0x00);
/// The height of a parameter's row.
const ROW: f64 = 66.0;

/// The figure.
pub(super) fn bars(own: &Chosen<'_>) -> Result<Scene, ShowError> {
    let inputs = &own.indices.inputs;
    if own.indices.at("S1", own.place).is_none() {
        return Err(wrong(
            "there are effects of trajectories and no indices of variance; draw them by `--kind effects`"
                .into(),
        ));
    }
    let told = |name: &str| {
        own.outputs
            .iter()
            .flat_map(|&output| (0..inputs.len()).map(move |input| (output, input)))
            .map(|(output, input)| own.told(name, output, input))
            .collect::<Vec<_>>()
    };
    let has_total = told("ST").iter().any(|told| told[0].is_finite());
    let ends = told("S1").into_iter().chain(told("ST")).flatten().filter(|end| end.is_finite());
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
    let x = || {
        let (low, high) =
            (if low < -0.01 { low * 1.05 } else { 0.0 }, if high > 0.0 { 1.05 * high } else { 1.0 });
        Scale { low, high, is_log: false, is_negative: false, text: "part of the variance".into() }
    };
    let flat = || Scale { low: 0.0, high: 0.0, is_log: false, is_negative: false, text: String::new() };
    let cells: Vec<Cell> = own
        .outputs
        .iter()
        .map(|&output| Cell::new(words::label(&own.indices.outputs[output]), x(), flat()))
        .collect();
    let names: Vec<String> = inputs.iter().map(|name| words::plain(name)).collect();
    let longest = own.page.wide().map_or(420.0, |width| 0.3 * width);
    let names = words::distinct(&names, longest, |text| font::width(text, SMALL));
    let widest = names.iter().map(|name| font::width(name, SMALL)).fold(60.0, f64::max);
    let columns = cells.len().min(3);
    let size = [[760.0, 520.0, 420.0][columns - 1], 24.0 + ROW * inputs.len() as f64];
    let has_floor = own.outputs.iter().any(|&output| floor(own, output).is_some());
    let caption = caption(own, has_floor);
    let mut board = Board::new(&Plan {
        page: own.page,
        title: &own.indices.title,
        cells: &cells,
        places: Places::Rows(columns),
        size,
        keeps_height: true,
        left: widest,
        legend: [330.0, if has_floor { 200.0 } else { 100.0 }],
        caption: &caption,
        shares_y: false,
    })?;
    for ((&output, frame), cell) in own.outputs.iter().zip(board.frames.clone()).zip(&cells) {
        let across = |value: f64| frame.across_exact(&cell.x, value.clamp(cell.x.low, cell.x.high));
        let [left, top, _, bottom] = frame.corners;
        let row = (f64::from(bottom - top) - 24.0) / inputs.len() as f64;
        let half = (24.0 / ROW * row).min(24.0);
        for (input, name) in names.iter().enumerate() {
            let middle = f64::from(top) + 12.0 + row * (input as f64 + 0.5);
            let place = (f64::from(left) - 16.0, middle + 0.36 * SMALL);
            board.scene.text(name, place, SMALL, Anchor::End, INK);
            let [first, total] = ["S1", "ST"].map(|name| own.told(name, output, input));
            for (told, colour, from, to) in [
                (total, TOTAL, if has_total { 2.0 } else { 0.0 }, half),
                (first, FIRST, -half, if has_total { -2.0 } else { half }),
            ] {
                if !told[0].is_finite() {
                    continue;
                }
                let ends = [across(0.0), across(told[0])];
                let corners = [
                    ends[0].min(ends[1]),
                    middle + from,
                    ends[0].max(ends[1]).max(ends[0].min(ends[1]) + 2.0),
                    middle + to,
                ];
                board.scene.rectangle(corners.map(|edge| edge.round() as i32), colour);
                let at = middle + f64::midpoint(from, to);
                if told[2] > told[1] {
                    whisker(&mut board.scene, [(across(told[1]), at), (across(told[2]), at)], 3.0, INK);
                }
            }
            if !first[0].is_finite() && !total[0].is_finite() {
                let place = (across(0.0) + 12.0, middle + 0.36 * CAPTION);
                board.scene.text("no index", place, CAPTION, Anchor::Start, FAINT);
            }
        }
        if let Some(floor) = floor(own, output) {
            let at = across(floor);
            dashed(&mut board.scene, [(at, f64::from(top)), (at, f64::from(bottom))], 3.0, FLOOR);
        }
    }
    legend(&mut board, has_total, has_floor);
    Ok(board.scene)
}

/// What ten parameters that do nothing reach.
fn floor(own: &Chosen<'_>, output: usize) -> Option<f64> {
    own.row("S1_floor", output).and_then(|row| row.first().copied()).filter(|floor| floor.is_finite())
}

fn legend(board: &mut Board, has_total: bool, has_floor: bool) {
    let (left, top) = board.legend_at;
    let mut baseline = top + 0.8 * SMALL;
    let entries = [(FIRST, "S1, alone", true), (TOTAL, "ST, in all ways", has_total)];
    for (colour, text, _) in entries.into_iter().filter(|entry| entry.2) {
        let (x, y) = (left as i32, (baseline - 0.36 * SMALL) as i32);
        board.scene.rectangle([x, y - 14, x + 34, y + 14], colour);
        board.scene.text(text, (left + 50.0, baseline), SMALL, Anchor::Start, INK);
        baseline += 1.75 * SMALL;
    }
    if has_floor {
        let ends = [baseline - 0.9 * SMALL, baseline + 0.2 * SMALL];
        dashed(&mut board.scene, ends.map(|end| (left + 17.0, end)), 3.0, FLOOR);
        board.scene.text("S1 of what does", (left + 50.0, baseline), SMALL, Anchor::Start, INK);
        board.scene.text(
            "nothing (largest",
            (left + 50.0, baseline + 1.3 * SMALL),
            SMALL,
            Anchor::Start,
            INK,
        );
        board.scene.text("of ten)", (left + 50.0, baseline + 2.6 * SMALL), SMALL, Anchor::Start, INK);
    }
}

fn caption(own: &Chosen<'_>, has_floor: bool) -> String {
    let is_exact = own.indices.estimators.1.iter().any(|name| name == "anova");
    let lines =
        if is_exact { "Indices of a full grid, exact for its values." } else { "Lines: 95 % intervals." };
    let floor = if has_floor { " Below the broken line a parameter is not told from noise." } else { "" };
    format!("{lines}{floor}{} {}", own.stands(), own.ranges())
}
