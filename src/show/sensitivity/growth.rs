//! Indices of the first rows of every block against their number: whether there are enough. Knows no file format.

use super::{Asked, Subject, list_names, whisker, width_of_names, wrong};
use crate::analyse::sensitivity::sampled::{Estimate, Report, Request, analyse, first_rows};
use crate::show::ShowError;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{Colour, distinct};
use crate::show::scene::Scene;
use crate::show::sheet::{Frame, Scale};
use crate::show::words;
use crate::store::outcomes::Block;

/// The fewest rows of a block that are analysed.
const LEAST: usize = 32;

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

impl Growth {
    fn new(subject: &Subject<'_>, output: String) -> Result<Self, ShowError> {
        let request = Request { of: vec![output.clone()], places: None, ..subject.request.clone() };
        let base = subject.runs.base;
        let mut sizes: Vec<usize> = std::iter::successors(Some(LEAST), |size| Some(2 * size))
            .take_while(|&size| size < base)
            .collect();
        sizes.push(base);
        if sizes.len() < 2 {
            let what = format!("a base of {base} is too small to be looked at in parts; take 64 or more");
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

    /// The orders that there are, over one scale of values.
    fn cells(&self) -> Vec<(Order, Cell)> {
        let orders: Vec<Order> =
            [Order::First, Order::Total].into_iter().filter(|&order| !self.all(order).is_empty()).collect();
        let ends = orders.iter().flat_map(|&order| self.all(order)).flat_map(|own| {
            let (value, half) = (own.value.unwrap_or(0.0), own.half.unwrap_or(0.0));
            [value - half, value + half]
        });
        let (low, high) = ends.fold((0.0_f64, 0.1_f64), |(low, high), end| (low.min(end), high.max(end)));
        let (low, high) = (low.max(-0.5), high.min(1.5));
        let margin = 0.04 * (high - low);
        let scale = |low, high, is_log, text| Scale { low, high, is_log, is_negative: false, text };
        let [first, last] = [0, self.reports.len() - 1].map(|at| self.reports[at].0 as f64);
        let cell = |order: Order| {
            let name = if order == Order::First { "S1" } else { "ST" };
            let text = format!("{name} of {}", words::label(&self.output));
            let x = scale((first * 0.8).log10(), (last * 1.25).log10(), true, "rows of a block".to_owned());
            (order, Cell { name: String::new(), x, y: scale(low - margin, high + margin, false, text) })
        };
        orders.into_iter().map(cell).collect()
    }

    /// Draws the lines of all parameters, side by side, so that intervals do not cover each other.
    fn draw(&self, scene: &mut Scene, frame: &Frame, (order, cell): &(Order, Cell), colours: &[Colour]) {
        for (input, colour) in colours.iter().enumerate() {
            let shift = (input as f64 - 0.5 * (colours.len() as f64 - 1.0)) * 0.012;
            let up = |value: f64| frame.up_exact(&cell.y, value.clamp(cell.y.low, cell.y.high));
            let mut line = Vec::new();
            for (size, report) in &self.reports {
                let own = self.index(report, *order, input);
                let Some(value) = own.value else { continue };
                let x = frame.across_exact(&cell.x, (*size as f64).log10() + shift);
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
    if cells.is_empty() {
        let what = format!("`{}` has no indices in these runs; `ictus sense` says why", own.output);
        return Err(wrong(what));
    }
    let names: Vec<(String, Colour)> =
        own.parameters.iter().cloned().zip(distinct(own.parameters.len())).collect();
    let colours: Vec<Colour> = names.iter().map(|(_, colour)| *colour).collect();
    let [replicates, _, blocks] = own.reports[0].1.size;
    let caption = format!(
        "Indices of the first rows of each of {blocks} blocks of {replicates} replicates, with their 95 % intervals. A line that has not come to rest within its intervals asks for a larger base."
    );
    let mut board = Board::new(&Plan {
        title: subject.title,
        cells: &cells,
        places: Places::Rows(cells.len()),
        size: [640.0, (40.0 * names.len() as f64).clamp(520.0, 900.0)],
        left: 0.0,
        legend: width_of_names(&names),
        caption: &caption,
        shares_y: false,
    });
    for (frame, cell) in board.frames.clone().iter().zip(orders.into_iter().zip(cells)) {
        own.draw(&mut board.scene, frame, &cell, &colours);
    }
    list_names(&mut board, &names);
    Ok(board.scene)
}
