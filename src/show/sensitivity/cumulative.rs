//! Distributions of parameters inside and outside of a regime (regional sensitivity analysis). Knows no file format.

use super::{Asked, Axis, Subject, heading, in_colours, list_names, size_of_names};
use crate::analyse::sensitivity::sampled::Conditioning;
use crate::show::ShowError;
use crate::show::board::{Board, Cell, Places, Plan, arrangement};
use crate::show::colours::{Colour, FAINT, INK};
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{SMALL, Scale};
use crate::show::words;

/// Inside, where an output has no colour of its own.
const INSIDE: Colour = Colour(0xd5, 0x5e, 0x00);

/// The figure.
pub(super) fn cumulative(subject: &Subject<'_>, asked: &Asked) -> Result<Scene, ShowError> {
    let output = subject.output(asked)?;
    let own = Conditioning::new(subject.runs, subject.request)?;
    let inputs = subject.inputs(asked, &own)?;
    let mut found = own.cumulative(&output)?;
    found.retain(|one| inputs.contains(&one.input));
    let cells: Vec<Cell> = found
        .iter()
        .map(|own| {
            let axis = &subject.axes[own.input];
            let ends = own.inside.iter().chain(&own.outside).map(|(value, _)| *value);
            let (low, high) = ends
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| (low.min(end), high.max(end)));
            let text = if axis.is_discrete() { "part up to it" } else { "part below" }.to_owned();
            let y = Scale { low: 0.0, high: 1.0, is_log: false, is_negative: false, text };
            let mut cell = Cell::new(heading(&axis.distribution), axis.scale(low, high), y);
            if axis.is_discrete() {
                // A step at the end of its range is seen.
                let margin = 0.2 * (cell.x.high - cell.x.low);
                (cell.x.low, cell.x.high) = (cell.x.low - margin, cell.x.high + margin);
                cell.marks[0] = axis.marks();
            }
            cell
        })
        .collect();
    let label = subject.labels.iter().find(|label| label.name.eq_ignore_ascii_case(&output));
    let colour = label.map_or(INSIDE, |label| subject.colour(Some(label)));
    let name = words::label(&output);
    let names = in_colours(&[name.clone(), format!("not {name}")], &[colour, FAINT]);
    let caption = format!(
        "Which part of the runs lies below each value: of those that are {name}, and of the others, of {}. KS: their largest distance; above 0 where the parameter is larger inside. A parameter whose two curves are one may still matter together with others. Over each frame how its parameter varies.",
        subject.sample(&own)
    );
    let (columns, size) = arrangement(cells.len());
    let mut board = Board::new(&Plan {
        page: &asked.page,
        title: subject.title,
        cells: &cells,
        places: Places::Rows(columns),
        size,
        keeps_height: false,
        left: 0.0,
        legend: size_of_names(&names),
        caption: &caption,
        shares_y: true,
    })?;
    for ((own, frame), cell) in found.iter().zip(board.frames.clone()).zip(&cells) {
        let axis = &subject.axes[own.input];
        for (steps, colour) in [(&own.outside, FAINT), (&own.inside, colour)] {
            let place = |(value, part): (f64, f64)| {
                (frame.across_exact(&cell.x, value), frame.up_exact(&cell.y, part))
            };
            let line = drawn(steps, axis, [cell.x.low, cell.x.high]);
            board.scene.path(&line.into_iter().map(place).collect::<Vec<_>>(), 4.0, colour);
        }
        let [_, _, right, bottom] = frame.corners;
        let place = (f64::from(right) - 16.0, f64::from(bottom) - 18.0);
        let text = format!("KS {}", words::number((own.distance * 1e3).round() / 1e3));
        board.scene.text(&text, place, SMALL, Anchor::End, INK);
    }
    list_names(&mut board, &names);
    Ok(board.scene)
}

/// A distribution as a line on the drawn scale: of a list of values steps, level between the values.
fn drawn(steps: &[(f64, f64)], axis: &Axis, [low, high]: [f64; 2]) -> Vec<(f64, f64)> {
    let steps = steps.iter().map(|(value, part)| (axis.scaled(*value), *part));
    if !axis.is_discrete() {
        return steps.collect();
    }
    let mut line = vec![(low, 0.0)];
    let mut values: Vec<(f64, f64)> = Vec::new();
    // What lies below a value is what lies at those before it.
    for (value, part) in steps {
        match values.last_mut().filter(|(own, _)| *own >= value) {
            Some(_) => {}
            None => values.push((value, part)),
        }
    }
    let after = values.iter().skip(1).map(|(_, part)| *part).chain([1.0]).collect::<Vec<_>>();
    let mut before = 0.0;
    for ((value, _), after) in values.into_iter().zip(after) {
        line.extend([(value, before), (value, after)]);
        before = after;
    }
    line.push((high, 1.0));
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Quantity;

    #[test]
    fn a_list_of_values_has_steps_and_a_range_a_line() {
        let axis = |distribution: &str| Axis::new(Quantity::real("x", "1", ""), distribution.into(), None);
        // 2 of 8 at 1, 4 at 2, 2 at 4.
        let steps = [
            (1.0, 0.0),
            (1.0, 0.0),
            (1.0, 0.125),
            (2.0, 0.25),
            (2.0, 0.5),
            (4.0, 0.75),
            (4.0, 0.875),
            (4.0, 1.0),
        ];
        let discrete = axis("discrete = [1.0, 2.0, 4.0], weights = [0.25, 0.5, 0.25]");
        assert_eq!(
            drawn(&steps, &discrete, [0.5, 4.5]),
            [
                (0.5, 0.0),
                (1.0, 0.0),
                (1.0, 0.25),
                (2.0, 0.25),
                (2.0, 0.75),
                (4.0, 0.75),
                (4.0, 1.0),
                (4.5, 1.0)
            ]
        );
        assert_eq!(drawn(&steps, &axis("uniform = [1.0, 4.0]"), [1.0, 4.0]), steps);
    }
}
