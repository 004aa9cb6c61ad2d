//! Sizes of elementary effects against their spreads (Morris 1991). Knows no file format.

use super::{Chosen, dashed, in_colours, list_names, size_of_names, whisker, wrong};
use crate::show::ShowError;
use crate::show::board::{Board, Cell, Places, Plan, arrangement};
use crate::show::colours::{Colour, FAINT, INK, distinct, mixed};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{CAPTION, Frame, SMALL, Scale};
use crate::show::words;

/// Below the upper end of a frame the interval of the first group, and from one group to the next.
const GROUPS: [f64; 2] = [40.0, 36.0];

/// The figure.
pub(super) fn effects(own: &Chosen<'_>) -> Result<Scene, ShowError> {
    if own.indices.at("mu_star", own.place).is_none() {
        return Err(wrong("there are no elementary effects: they are of `design = \"morris\"`; draw indices by `--kind indices`".into()));
    }
    let inputs = &own.indices.inputs;
    let cell = |&output: &usize| {
        let all =
            (0..inputs.len()).map(|input| (own.told("mu_star", output, input), spread(own, output, input)));
        let (x, y) = all.fold((0.0_f64, 0.0_f64), |(x, y), (size, spread)| {
            let widest = if size[2].is_finite() { size[2] } else { size[0] };
            (
                if widest.is_finite() { x.max(widest) } else { x },
                if spread.is_finite() { y.max(spread) } else { y },
            )
        });
        let scale = |high: f64, text: &str| {
            let high = if high > 0.0 { 1.12 * high } else { 1.0 };
            Scale { low: 0.0, high, is_log: false, is_negative: false, text: text.to_owned() }
        };
        Cell::new(
            words::label(&own.indices.outputs[output]),
            scale(x, "mu*, mean size of effects"),
            scale(y.max(0.1 * x), "sigma, their spread"),
        )
    };
    let cells: Vec<Cell> = own.outputs.iter().map(cell).collect();
    let (columns, mut size) = arrangement(cells.len());
    if cells.len() == 1 {
        size = [860.0, 660.0];
    }
    let has_groups =
        own.outputs.iter().any(|&output| (0..inputs.len()).any(|input| is_group(own, output, input)));
    let groups = if has_groups {
        " Upright broken lines: a group of parameters, which has mu* alone and no sigma."
    } else {
        ""
    };
    let caption = format!(
        "Changes of the output when one parameter moves, per range of the parameter. Far to the right: it matters; high up: what it does depends on the others, or is not a straight line. Of an outcome of 0 and 1 sigma follows from mu and mu*, and tells no interaction. Level lines: 95 % intervals of mu*. Slanting broken line: sigma = mu*.{groups}{} {}",
        own.stands(),
        own.ranges()
    );
    let names = in_colours(inputs, &distinct(inputs.len()));
    let mut board = Board::new(&Plan {
        page: own.page,
        title: &own.indices.title,
        cells: &cells,
        places: Places::Rows(columns),
        size,
        keeps_height: false,
        left: 0.0,
        legend: size_of_names(&names),
        caption: &caption,
        shares_y: false,
    })?;
    for ((&output, frame), cell) in own.outputs.iter().zip(board.frames.clone()).zip(&cells) {
        draw(&mut board.scene, own, output, (&frame, cell), &names);
    }
    list_names(&mut board, &names);
    Ok(board.scene)
}

/// Draws the effects on an output.
fn draw(
    scene: &mut Scene,
    own: &Chosen<'_>,
    output: usize,
    (frame, cell): (&Frame, &Cell),
    names: &[(String, Colour)],
) {
    let place = |x: f64, y: f64| (frame.across_exact(&cell.x, x), frame.up_exact(&cell.y, y));
    let end = cell.x.high.min(cell.y.high);
    dashed(scene, [place(0.0, 0.0), place(end, end)], 2.0, FAINT);
    let mut dots = Vec::new();
    let mut taken: Vec<[f64; 4]> = Vec::new();
    let mut groups = 0;
    for (input, (name, colour)) in names.iter().enumerate() {
        let (size, spread) = (own.told("mu_star", output, input), spread(own, output, input));
        if !size[0].is_finite() {
            continue;
        }
        let mut at = place(size[0], spread);
        if !spread.is_finite() {
            // A group has no place up or down: a line of all heights, with its interval near its upper end.
            let [top, bottom] = [cell.y.high, 0.0].map(|end| place(size[0], end));
            dashed(scene, [top, bottom], 3.0, *colour);
            at = (at.0, top.1 + GROUPS[0] + GROUPS[1] * f64::from(groups));
            groups += 1;
        }
        let ends = [size[1].max(0.0), size[2]].map(|end| (frame.across_exact(&cell.x, end), at.1));
        whisker(scene, ends, 3.0, *colour);
        if spread.is_finite() {
            scene.dot((at.0 as i32, at.1 as i32), 9, true, *colour);
        }
        taken.push([at.0 - 12.0, at.1 - 12.0, at.0 + 12.0, at.1 + 12.0]);
        dots.push((name, mixed(*colour, INK, 0.35), at));
    }
    for (name, colour, at) in dots {
        label(scene, frame, (name, colour), at, &mut taken);
    }
}

/// Whether it has mu* and no sigma, as a group of several parameters has.
fn is_group(own: &Chosen<'_>, output: usize, input: usize) -> bool {
    own.told("mu_star", output, input)[0].is_finite() && !spread(own, output, input).is_finite()
}

fn spread(own: &Chosen<'_>, output: usize, input: usize) -> f64 {
    own.row("sigma", output).and_then(|row| row.get(input)).copied().unwrap_or(f64::NAN)
}

/// Writes a name beside its dot, where nothing else stands; left out where there is no room.
fn label(
    scene: &mut Scene,
    frame: &Frame,
    (name, colour): (&str, Colour),
    (x, y): (f64, f64),
    taken: &mut Vec<[f64; 4]>,
) {
    let size = if taken.len() > 14 { 0.8 * CAPTION } else { SMALL };
    let width = font::width(name, size);
    let [left, top, right, bottom] = frame.corners.map(f64::from);
    let places = [
        (x + 16.0, y - 8.0),
        (x + 16.0, y + 30.0),
        (x - 16.0 - width, y - 8.0),
        (x - 16.0 - width, y + 30.0),
        (x - 0.5 * width, y - 22.0),
        (x - 0.5 * width, y + 42.0),
    ];
    for (from, baseline) in places {
        let room = [from, baseline - 0.8 * size, from + width, baseline + 0.2 * size];
        let is_inside = room[0] > left && room[2] < right && room[1] > top && room[3] < bottom;
        let is_free = taken
            .iter()
            .all(|own| own[2] < room[0] || own[0] > room[2] || own[3] < room[1] || own[1] > room[3]);
        if is_inside && is_free {
            scene.text(name, (from, baseline), size, Anchor::Start, colour);
            taken.push(room);
            return;
        }
    }
}
