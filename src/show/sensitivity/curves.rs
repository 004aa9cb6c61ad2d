//! The probability of every regime, or the mean of a feature, over each parameter. Knows no file format.

use super::{Asked, Subject, heading};
use crate::analyse::sensitivity::SEIZING;
use crate::analyse::sensitivity::sampled::{Conditional, Conditioning, Curve};
use crate::show::ShowError;
use crate::show::board::{Board, Cell, Places, Plan, arrangement};
use crate::show::colours::Colour;
use crate::show::legend::Legend;
use crate::show::scene::{Mark, Scene};
use crate::show::sheet::{Frame, Scale};
use crate::show::words;

/// The letters of a curve in a terminal, by height.
const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

fn found(subject: &Subject<'_>, asked: &Asked) -> Result<(Vec<Conditional>, String), ShowError> {
    let own = Conditioning::new(subject.runs, subject.request)?;
    let inputs = subject.inputs(asked, &own)?;
    let of = match &asked.of[..] {
        [] => None,
        _ => Some(subject.output(asked)?),
    };
    let found = own.curves(of.as_deref(), &inputs)?;
    let is_of_facts = found.iter().flat_map(|own| &own.curves).all(|curve| curve.label.is_some());
    let intervals = if own.has_replicates() {
        "over the replicates"
    } else if is_of_facts {
        "of independent draws (Wilson)"
    } else {
        ""
    };
    let bands =
        if intervals.is_empty() { String::new() } else { format!("; bands: 95 % intervals {intervals}") };
    let caption = format!(
        "Means over parts of equal probability of each parameter, all others as the study lets them vary, of {}{bands}. Over each frame how its parameter varies.",
        subject.sample(&own)
    );
    Ok((found, caption))
}

/// The figure.
pub(super) fn curves(subject: &Subject<'_>, asked: &Asked) -> Result<Scene, ShowError> {
    let (found, caption) = found(subject, asked)?;
    let first = &found[0].curves;
    let is_of_labels = first.iter().any(|curve| curve.label.is_some());
    let y = vertical(subject, &found, is_of_labels);
    let cells: Vec<Cell> = found
        .iter()
        .map(|own| {
            let axis = &subject.axes[own.parts.input];
            let ends = [own.parts.edges[0], own.parts.edges[own.parts.count()]];
            Cell { name: heading(&axis.distribution), x: axis.scale(ends[0], ends[1]), y: y.clone() }
        })
        .collect();
    let colours: Vec<Colour> = first.iter().map(|curve| subject.colour(curve.label.as_ref())).collect();
    let entries: Vec<_> = first
        .iter()
        .zip(&colours)
        .filter_map(|(curve, colour)| Some((curve.label.clone()?, *colour, words::per_cent(curve.whole))))
        .collect();
    let legend = Legend::of_labels(&entries);
    let (columns, size) = arrangement(cells.len());
    let mut board = Board::new(&Plan {
        title: subject.title,
        cells: &cells,
        places: Places::Rows(columns),
        size,
        left: 0.0,
        legend: if entries.is_empty() { 0.0 } else { legend.width() },
        caption: &caption,
        shares_y: true,
    });
    for ((own, frame), cell) in found.iter().zip(board.frames.clone()).zip(&cells) {
        let axis = &subject.axes[own.parts.input];
        let edges: Vec<f64> = own.parts.edges.iter().map(|edge| axis.scaled(*edge)).collect();
        let middles: Vec<f64> = own.parts.middles.iter().map(|middle| axis.scaled(*middle)).collect();
        for (curve, colour) in own.curves.iter().zip(&colours) {
            band(&mut board.scene, (&frame, cell), &edges, curve, *colour);
        }
        for (curve, colour) in own.curves.iter().zip(&colours) {
            line(&mut board.scene, (&frame, cell), &middles, curve, *colour);
        }
    }
    if !entries.is_empty() {
        let top = f64::from(board.frames[0].corners[1]);
        legend.draw(&mut board.scene, board.legend_left, top);
    }
    Ok(board.scene)
}

/// The scale of probabilities, or of all means with their intervals.
fn vertical(subject: &Subject<'_>, found: &[Conditional], is_of_labels: bool) -> Scale {
    let output = &found[0].curves[0].output;
    let (low, high, text) = if is_of_labels {
        (0.0, 1.0, "probability".to_owned())
    } else {
        let ends = found.iter().flat_map(|own| &own.curves).flat_map(|curve| &curve.parts);
        let ends = ends.flat_map(|told| [told.value, told.low, told.high]).filter(|end| end.is_finite());
        let (low, high) =
            ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| (low.min(end), high.max(end)));
        let is_fact = low >= 0.0 && high <= 1.0 && found[0].curves[0].whole <= 1.0;
        let margin = if low < high { 0.06 * (high - low) } else { 0.5 };
        if low > high {
            (0.0, 1.0, subject.mean_of(output))
        } else if is_fact && output == SEIZING {
            (0.0, 1.0, "probability of a seizure".to_owned())
        } else {
            (low - margin, high + margin, subject.mean_of(output))
        }
    };
    Scale { low, high, is_log: false, is_negative: false, text: words::plain(&text) }
}

fn band(scene: &mut Scene, (frame, cell): (&Frame, &Cell), edges: &[f64], curve: &Curve, colour: Colour) {
    for (part, told) in curve.parts.iter().enumerate() {
        if !(told.low.is_finite() && told.high > told.low) {
            continue;
        }
        let [low, high] = [told.low, told.high].map(|end| end.clamp(cell.y.low, cell.y.high));
        scene.marks.push(Mark::Rectangle {
            left: frame.across(&cell.x, edges[part]),
            top: frame.up(&cell.y, high),
            right: frame.across(&cell.x, edges[part + 1]),
            bottom: frame.up(&cell.y, low).max(frame.up(&cell.y, high) + 1),
            colour,
            opacity: 0.22,
        });
    }
}

fn line(scene: &mut Scene, (frame, cell): (&Frame, &Cell), middles: &[f64], curve: &Curve, colour: Colour) {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (middle, told) in middles.iter().zip(&curve.parts) {
        let place = (frame.across_exact(&cell.x, *middle), frame.up_exact(&cell.y, told.value));
        if told.value.is_finite() {
            pieces.last_mut().expect("a piece").push(place);
        } else {
            pieces.push(Vec::new());
        }
    }
    for piece in pieces.iter().filter(|piece| piece.len() > 1) {
        scene.path(piece, 4.0, colour);
    }
    for (x, y) in pieces.into_iter().filter(|piece| piece.len() == 1 || middles.len() <= 8).flatten() {
        scene.dot((x as i32, y as i32), 6, true, colour);
    }
}

/// The same as letters: what seizes, or one output, over each parameter.
pub(super) fn text(subject: &Subject<'_>, asked: &Asked) -> Result<String, ShowError> {
    let asked = Asked { of: vec![subject.output(asked)?], inputs: asked.inputs.clone() };
    let (found, caption) = found(subject, &asked)?;
    let scale = vertical(subject, &found, found[0].curves[0].label.is_some());
    let widest = |of: &dyn Fn(&Conditional) -> usize| found.iter().map(of).max().unwrap_or(0);
    let ends = |own: &Conditional| {
        let occurring = [own.parts.edges[0], own.parts.edges[own.parts.count()]];
        subject.axes[own.parts.input].ends.unwrap_or(occurring).map(words::number)
    };
    let name = |own: &Conditional| words::plain(&subject.axes[own.parts.input].quantity.name);
    let names = widest(&|own| name(own).chars().count());
    let lows = widest(&|own| ends(own)[0].chars().count());
    let mut lines = vec![
        words::plain(subject.title),
        format!("{}, from {} to {}", scale.text, words::number(scale.low), words::number(scale.high)),
    ];
    for own in &found {
        let letter = |value: f64| {
            let part = (value - scale.low) / (scale.high - scale.low);
            let height = (part * 8.0).round().clamp(0.0, 8.0) as usize;
            // What is there is seen.
            let height = if value > scale.low { height.max(1) } else { height };
            if value.is_finite() { HEIGHTS[height] } else { '?' }
        };
        let curve: String = own.curves[0].parts.iter().map(|told| letter(told.value)).collect();
        let [low, high] = ends(own);
        let unit = words::unit(&subject.axes[own.parts.input].quantity.unit);
        lines.push(
            format!("{:<names$}  {low:>lows$} |{curve}| {high} {unit}", name(own)).trim_end().to_owned(),
        );
    }
    lines.push(caption.split("; bands").next().unwrap_or_default().trim_end_matches('.').to_owned() + ".");
    Ok(lines.join("\n"))
}
