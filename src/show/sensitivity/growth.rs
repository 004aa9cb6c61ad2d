//! Indices of the first rows of every block against their number: whether there are enough. Knows no file format.

use super::{Asked, Subject, in_colours, list_names, size_of_names, whisker, wrong};
use crate::analyse::sensitivity::sampled::{Estimate, Method, Report, Request, analyse, first_rows};
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{Colour, FAINT, distinct};
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{CAPTION, Frame, SMALL, Scale};
use crate::show::ticks::Tick;
use crate::show::{ShowError, font, words};
use crate::store::outcomes::Block;

/// The fewest rows of a block that are analysed.
const LEAST: usize = 32;

/// Width and height of a frame.
const SIZE: [f64; 2] = [760.0, 560.0];
/// The part of the room of a number of rows that its points are spread over.
const SPREAD: f64 = 0.76;
/// Lines between numbers of rows.
const BETWEEN: Colour = Colour(0xe2, 0xe2, 0xe2);

/// Indices of one output by the number of rows.
struct Growth {
    output: String,
    parameters: Vec<String>,
    /// The rows of a block, and what they give.
    reports: Vec<(usize, Report)>,
}

/// S1 or ST.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    First,
    Total,
}

impl Order {
    fn name(self) -> &'static str {
        match self {
            Self::First => "S1",
            Self::Total => "ST",
        }
    }
}

impl Growth {
    fn new(subject: &Subject<'_>, output: String) -> Result<Self, ShowError> {
        let request = Request { of: vec![output.clone()], places: None, ..subject.request.clone() };
        let base = subject.runs.base;
        let mut sizes: Vec<usize> = std::iter::successors(Some(LEAST), |size| Some(2 * size))
            .take_while(|&size| size < base)
            .collect();
        sizes.push(base);
        if sizes.len() < 2 {
            let what = format!("a base of {base} is too small to be analysed in parts; take 64 or more");
            return Err(wrong(what));
        }
        let report = |size: usize| analyse(&first_rows(subject.runs, size), subject.title, &request);
        let reports =
            sizes.into_iter().map(|size| Ok((size, report(size)?))).collect::<Result<Vec<_>, ShowError>>()?;
        let parameters = reports[0].1.parameters.iter().map(|own| words::plain(&own.name)).collect();
        Ok(Self { output, parameters, reports })
    }

    fn index(&self, report: &Report, order: Order, input: usize) -> Estimate {
        let found = report.outputs.iter().find(|own| own.output.eq_ignore_ascii_case(&self.output));
        let own = found.and_then(|own| own.indices.get(input));
        own.map(|own| if order == Order::First { own.first } else { own.total }).unwrap_or_default()
    }

    fn all(&self, order: Order) -> Vec<Estimate> {
        let of = |(_, report): &(usize, Report)| {
            (0..self.parameters.len()).map(|input| self.index(report, order, input)).collect::<Vec<_>>()
        };
        self.reports.iter().flat_map(of).filter(|own| own.value.is_some()).collect()
    }

    /// Why all runs have no index of an order, where they have none; smaller parts of them then say nothing of it either.
    fn why_none(&self, order: Order) -> Option<String> {
        let (_, whole) = self.reports.last()?;
        let has_any = (0..self.parameters.len()).any(|input| self.index(whole, order, input).value.is_some());
        if has_any {
            return None;
        }
        let found = whole.outputs.iter().find(|own| own.output.eq_ignore_ascii_case(&self.output));
        let remarks = found.map(|own| own.remarks.as_slice()).unwrap_or_default();
        let is_of_it = |text: &&String| text.contains(order.name()) || text.contains("no indices");
        let why = remarks.iter().chain(&whole.notes).find(is_of_it);
        Some(why.map_or_else(
            || format!("no {} of these runs; `ictus sense` tells of them", order.name()),
            |why| format!("No {}: {why}.", order.name()),
        ))
    }

    /// The orders that there are, over one scale of values; of paired blocks ST too where there is none.
    fn cells(&self) -> Vec<(Order, Cell)> {
        let is_paired = self.reports.iter().any(|(_, report)| report.method == Method::PickFreeze);
        let orders: Vec<Order> = [Order::First, Order::Total]
            .into_iter()
            .filter(|&order| is_paired || self.why_none(order).is_none())
            .collect();
        let drawn = orders.iter().filter(|order| self.why_none(**order).is_none());
        let ends = drawn.flat_map(|&order| self.all(order)).flat_map(|own| {
            let (value, half) = (own.value.unwrap_or(0.0), own.half.unwrap_or(0.0));
            [value - half, value + half]
        });
        let (low, high) = ends.fold((0.0_f64, 0.1_f64), |(low, high), end| (low.min(end), high.max(end)));
        let (low, high) = (low.max(-0.5), high.min(1.5));
        let margin = 0.04 * (high - low);
        let scale = |low, high, text| Scale { low, high, is_log: false, is_negative: false, text };
        let cell = |order: Order| {
            let text = format!("{} of {}", order.name(), words::label(&self.output));
            let x = scale(-0.5, self.reports.len() as f64 - 0.5, "rows of a block".to_owned());
            let mut cell = Cell::new(String::new(), x, scale(low - margin, high + margin, text));
            cell.marks[0] = Some(self.marks());
            (order, cell)
        };
        orders.into_iter().map(cell).collect()
    }

    /// A tick at every number of rows; where they are many, every second or third speaks, counted from the last.
    fn marks(&self) -> Vec<Tick> {
        let count = self.reports.len();
        let widest = self.reports.iter().map(|(rows, _)| font::width(&rows.to_string(), SMALL));
        let room = SIZE[0] / count as f64;
        let stride = ((widest.fold(0.0, f64::max) + 14.0) / room).ceil().max(1.0) as usize;
        let tick = |(place, (rows, _)): (usize, &(usize, Report))| Tick {
            at: place as f64,
            text: (count - 1 - place).is_multiple_of(stride).then(|| rows.to_string()),
        };
        self.reports.iter().enumerate().map(tick).collect()
    }

    /// Draws the lines of all parameters, side by side around the tick of their rows, so that intervals do not cover each other.
    fn draw(&self, scene: &mut Scene, frame: &Frame, (order, cell): &(Order, Cell), colours: &[Colour]) {
        let [left, top, right, bottom] = frame.corners;
        if let Some(why) = self.why_none(*order) {
            let room = f64::from(right - left) - 60.0;
            for (at, line) in
                words::wrap(&why, room, 12, |text| font::width(text, CAPTION)).iter().enumerate()
            {
                let place = (f64::from(left) + 30.0, f64::from(top) + 50.0 + 1.4 * CAPTION * at as f64);
                scene.text(line, place, CAPTION, Anchor::Start, FAINT);
            }
            return;
        }
        for place in 1..self.reports.len() {
            let x = frame.across(&cell.x, place as f64 - 0.5);
            scene.rectangle([x, top, x + 1, bottom], BETWEEN);
        }
        let step = (SPREAD / colours.len() as f64).min(0.08);
        for (input, colour) in colours.iter().enumerate() {
            let shift = (input as f64 - 0.5 * (colours.len() as f64 - 1.0)) * step;
            let up = |value: f64| frame.up_exact(&cell.y, value.clamp(cell.y.low, cell.y.high));
            let mut line = Vec::new();
            for (place, (_, report)) in self.reports.iter().enumerate() {
                let own = self.index(report, *order, input);
                let Some(value) = own.value else { continue };
                let x = frame.across_exact(&cell.x, place as f64 + shift);
                if let Some(half) = own.half.filter(|half| *half > 0.0) {
                    whisker(scene, [(x, up(value - half)), (x, up(value + half))], 2.0, *colour);
                }
                scene.dot((x as i32, up(value) as i32), 6, true, *colour);
                line.push((x, up(value)));
            }
            if line.len() > 1 {
                scene.path(&line, 3.0, *colour);
            }
        }
    }
}

/// The figure.
pub(super) fn growth(subject: &Subject<'_>, asked: &Asked) -> Result<Scene, ShowError> {
    let output = subject.output(asked)?;
    if !asked.inputs.is_empty() {
        return Err(wrong("this picture shows all parameters; leave --x and --y out".into()));
    }
    if subject.runs.blocks.len() > 1 && !subject.runs.blocks.contains(&Block::B) {
        return Err(wrong("trajectories have effects and no indices; draw them by `--kind effects`".into()));
    }
    let own = Growth::new(subject, output)?;
    let (orders, cells): (Vec<Order>, Vec<Cell>) = own.cells().into_iter().unzip();
    if orders.iter().all(|&order| own.why_none(order).is_some()) {
        let why = own.why_none(Order::First).unwrap_or_default();
        let what = format!("`{}` has no indices in these runs: {}", own.output, why.trim_end_matches('.'));
        return Err(wrong(what));
    }
    let colours = distinct(own.parameters.len());
    let names = in_colours(&own.parameters, &colours);
    let [replicates, _, blocks] = own.reports[0].1.size;
    let caption = format!(
        "Indices of the first rows of each of {blocks} blocks of {replicates} replicates, with their 95 % intervals; those of one number of rows stand side by side around its tick. A line that has not converged within its intervals needs a larger base.{}",
        if orders.contains(&Order::Total) {
            ""
        } else {
            " There is no ST: it needs rows in which one parameter alone differs."
        }
    );
    let mut board = Board::new(&Plan {
        page: &asked.page,
        title: subject.title,
        cells: &cells,
        places: Places::Rows(cells.len()),
        size: SIZE,
        keeps_height: false,
        left: 0.0,
        legend: size_of_names(&names),
        caption: &caption,
        shares_y: false,
    })?;
    for (frame, cell) in board.frames.clone().iter().zip(orders.into_iter().zip(cells)) {
        own.draw(&mut board.scene, frame, &cell, &colours);
    }
    list_names(&mut board, &names);
    Ok(board.scene)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::sensitivity::Axis;
    use crate::store::outcomes::{Column, Outcomes};
    use crate::table::Quantity;

    const ROWS: usize = 256;

    /// Blocks A, B and AB of two inputs, whose output is their sum.
    fn runs(is_correlated: bool) -> Outcomes {
        // Two sequences of golden ratios, and what makes them one.
        let part = |row: usize, step: f64| (row as f64 * step).fract();
        let first = |row: usize| part(row + 1, 0.618_033_988_749_894_9);
        let second = |row: usize| {
            let own = part(row + 1, 0.754_877_666_246_692_8);
            if is_correlated { 0.9 * first(row) + 0.1 * own } else { own }
        };
        let rows = || 0..2 * ROWS;
        let inputs = [rows().map(first).collect::<Vec<_>>(), rows().map(second).collect()];
        let at = |group: usize, input: usize, row: usize| {
            inputs[input][row + if input == group { ROWS } else { 0 }]
        };
        let mixed = |group: usize| (0..ROWS).map(move |row| (group, row));
        let samples = rows().map(|row| inputs[0][row] + inputs[1][row]);
        let swapped = mixed(0).chain(mixed(1)).map(|(group, row)| at(group, 0, row) + at(group, 1, row));
        let values = samples.chain(swapped).collect();
        let [first, second] = inputs.clone();
        Outcomes {
            replicates: 1,
            base: ROWS,
            blocks: vec![Block::A, Block::B, Block::Ab(0), Block::Ab(1)],
            groups: vec![("x".into(), vec![0]), ("y".into(), vec![1])],
            inputs: vec![("x".into(), first), ("y".into(), second)],
            blocks_of_inputs: 2,
            outputs: vec![("sum".into(), Column::Numbers(values))],
        }
    }

    fn drawn(runs: &Outcomes) -> Scene {
        let axes: Vec<Axis> = ["x", "y"]
            .map(|name| {
                Axis::new(Quantity::real(name, "1", ""), "uniform = [0.0, 1.0]".into(), Some([0.0, 1.0]))
            })
            .to_vec();
        let request = Request::default();
        let subject =
            Subject { title: "A sum", runs, request: &request, axes: &axes, labels: &[], features: &[] };
        growth(&subject, &Asked { of: vec!["sum".into()], inputs: Vec::new(), ..Asked::default() })
            .expect("a picture")
    }

    fn texts(scene: &Scene) -> String {
        let texts = scene.marks.iter().filter_map(|mark| match mark {
            crate::show::scene::Mark::Text { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_stand_at_the_numbers_of_rows_that_are_drawn() {
        let scene = drawn(&runs(false));
        let texts = texts(&scene);
        assert!(texts.contains("32 64 128 256 rows of a block"), "{texts}");
        assert!(texts.contains("ST of sum") && !texts.contains("No ST"), "{texts}");
    }

    #[test]
    fn a_frame_without_total_indices_says_why() {
        let texts = texts(&drawn(&runs(true)));
        assert!(texts.contains("No ST: x and y are correlated (rank correlation"), "{texts}");
        assert!(texts.contains("S1 of sum") && !texts.contains("No S1"), "{texts}");
    }
}
