//! Distributions of parameters inside and outside of a regime (regional sensitivity analysis). Knows no file format.

use super::{Asked, Subject, heading, list_names, width_of_names};
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
            let text = "part below".to_owned();
            let y = Scale { low: 0.0, high: 1.0, is_log: false, is_negative: false, text };
            Cell { name: heading(&axis.distribution), x: axis.scale(low, high), y }
        })
        .collect();
    let label = subject.labels.iter().find(|label| label.name.eq_ignore_ascii_case(&output));
    let colour = label.map_or(INSIDE, |label| subject.colour(Some(label)));
    let name = words::label(&output);
    let names = [(name.clone(), colour), (format!("not {name}"), FAINT)];
    let caption = format!(
        "Which part of the runs lies below each value: of those that are {name}, and of the others, of {}. KS: their largest distance; above 0 where the parameter is larger inside. A parameter whose two curves are one may still matter together with others. Over each frame how its parameter varies.",
        subject.sample(&own)
    );
    let (columns, size) = arrangement(cells.len());
    let mut board = Board::new(&Plan {
        title: subject.title,
        cells: &cells,
        places: Places::Rows(columns),
        size,
        left: 0.0,
        legend: width_of_names(&names),
        caption: &caption,
        shares_y: true,
    });
    for ((own, frame), cell) in found.iter().zip(board.frames.clone()).zip(&cells) {
        let axis = &subject.axes[own.input];
        for (steps, colour) in [(&own.outside, FAINT), (&own.inside, colour)] {
            let place = |(value, part): &(f64, f64)| {
                (frame.across_exact(&cell.x, axis.scaled(*value)), frame.up_exact(&cell.y, *part))
            };
            board.scene.path(&steps.iter().map(place).collect::<Vec<_>>(), 4.0, colour);
        }
        let [_, _, right, bottom] = frame.corners;
        let place = (f64::from(right) - 16.0, f64::from(bottom) - 18.0);
        let text = format!("KS {}", words::number((own.distance * 1e3).round() / 1e3));
        board.scene.text(&text, place, SMALL, Anchor::End, INK);
    }
    list_names(&mut board, &names);
    Ok(board.scene)
}
