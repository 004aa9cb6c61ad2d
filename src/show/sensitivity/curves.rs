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
    let y = vertical(subject, &found, is_of_labels, true);
    let cells: Vec<Cell> = found
        .iter()
        .map(|own| {
            let axis = &subject.axes[own.parts.input];
            let ends = [own.parts.edges[0], own.parts.edges[own.parts.count()]];
            let mut cell = Cell::new(heading(&axis.distribution), axis.scale(ends[0], ends[1]), y.clone());
            cell.marks[0] = axis.marks();
            cell
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
        page: &asked.page,
        title: subject.title,
        cells: &cells,
        places: Places::Rows(columns),
        size,
        keeps_height: false,
        left: 0.0,
        legend: if entries.is_empty() { [0.0; 2] } else { [legend.width(), legend.height()] },
        caption: &caption,
        shares_y: true,
    })?;
    for ((own, frame), cell) in found.iter().zip(board.frames.clone()).zip(&cells) {
        let axis = &subject.axes[own.parts.input];
        let edges: Vec<f64> = own.parts.edges.iter().map(|edge| axis.scaled(*edge)).collect();
        let middles: Vec<f64> = own.parts.middles.iter().map(|middle| axis.scaled(*middle)).collect();
        for (curve, colour) in own.curves.iter().zip(&colours) {
            band(&mut board.scene, (&frame, cell), &edges, curve, *colour);
        }
        for (curve, colour) in own.curves.iter().zip(&colours) {
            if axis.is_discrete() {
                pieces(&mut board.scene, (&frame, cell), &edges, curve, *colour);
            } else {
                line(&mut board.scene, (&frame, cell), &middles, curve, *colour);
            }
        }
    }
    if !entries.is_empty() {
        let (left, top) = board.legend_at;
        legend.draw(&mut board.scene, left, top);
    }
    Ok(board.scene)
}

/// The scale of probabilities, or of all means with their intervals or without.
fn vertical(subject: &Subject<'_>, found: &[Conditional], is_of_labels: bool, has_intervals: bool) -> Scale {
    let output = &found[0].curves[0].output;
    let (low, high, text) = if is_of_labels {
        (0.0, 1.0, "probability".to_owned())
    } else {
        let ends = found.iter().flat_map(|own| &own.curves).flat_map(|curve| &curve.parts);
        let ends = ends
            .flat_map(|told| if has_intervals { [told.value, told.low, told.high] } else { [told.value; 3] })
            .filter(|end| end.is_finite());
        let (low, high) =
            ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| (low.min(end), high.max(end)));
        let is_fact = low >= 0.0 && high <= 1.0 && found[0].curves[0].whole <= 1.0;
        let margin = match (low < high, has_intervals) {
            (true, true) => 0.06 * (high - low),
            (true, false) => 0.0,
            _ => 0.5,
        };
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

/// Of a list of values each mean, level over its own part.
fn pieces(scene: &mut Scene, (frame, cell): (&Frame, &Cell), edges: &[f64], curve: &Curve, colour: Colour) {
    for (ends, told) in edges.windows(2).zip(&curve.parts).filter(|(_, told)| told.value.is_finite()) {
        let place = |x: f64| (frame.across_exact(&cell.x, x), frame.up_exact(&cell.y, told.value));
        let (from, to) = (place(ends[0]), place(ends[1]));
        scene.path(&[(from.0 + 3.0, from.1), (to.0 - 3.0, to.1)], 4.0, colour);
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
pub(super) fn text(
    subject: &Subject<'_>,
    asked: &Asked,
    columns: Option<usize>,
) -> Result<String, ShowError> {
    let asked = Asked { of: vec![subject.output(asked)?], inputs: asked.inputs.clone(), ..Asked::default() };
    let (found, caption) = found(subject, &asked)?;
    let is_probability = found[0].curves[0].label.is_some() || asked.of[0] == SEIZING;
    let scale = vertical(subject, &found, is_probability, false);
    let widest = |of: &dyn Fn(&Conditional) -> usize| found.iter().map(of).max().unwrap_or(0);
    let ends = |own: &Conditional| {
        let occurring = [own.parts.edges[0], own.parts.edges[own.parts.count()]];
        subject.axes[own.parts.input].ends.unwrap_or(occurring).map(words::number)
    };
    let name = |own: &Conditional| words::plain(&subject.axes[own.parts.input].quantity.name);
    let names = widest(&|own| name(own).chars().count());
    let lows = widest(&|own| ends(own)[0].chars().count());
    let [low, high] = [scale.low, scale.high].map(words::number);
    let what = if is_probability {
        format!("{}, from {low} (blank) to {high} (█)", scale.text)
    } else {
        // The ends are those of the means over parts of the parameters, whose intervals reach further.
        format!("{} in parts of each parameter: the smallest {low} (▁), the largest {high} (█)", scale.text)
    };
    let broken = |text: &str| match columns {
        Some(columns) => words::wrap(text, columns as f64, 40, |text| text.chars().count() as f64),
        None => vec![text.to_owned()],
    };
    let mut lines = broken(&words::plain_up_to(subject.title, 600));
    lines.extend(broken(&what));
    for own in &found {
        let letter = |value: f64| {
            let part = (value - scale.low) / (scale.high - scale.low);
            let height = (part * 8.0).round().clamp(0.0, 8.0) as usize;
            // What is there is seen.
            let height = if value > scale.low || !is_probability { height.max(1) } else { height };
            if value.is_finite() { HEIGHTS[height] } else { '?' }
        };
        let curve: String = own.curves[0].parts.iter().map(|told| letter(told.value)).collect();
        let [low, high] = ends(own);
        let unit = words::unit(&subject.axes[own.parts.input].quantity.unit);
        lines.push(
            format!("{:<names$}  {low:>lows$} |{curve}| {high} {unit}", name(own)).trim_end().to_owned(),
        );
    }
    let caption = caption
        .split("; bands")
        .next()
        .and_then(|text| text.split(" Over each frame").next())
        .unwrap_or_default();
    lines.extend(broken(&(caption.trim_end_matches('.').to_owned() + ".")));
    Ok(lines.join("\n"))
}
