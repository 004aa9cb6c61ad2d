//! The probability of a regime, or the mean of a feature, over two parameters: one pair, or all pairs of the strongest parameters. Knows no file
//! format.

use super::{Asked, Axis, Subject, wrong};
use crate::analyse::sensitivity::sampled::{Conditioning, Pair, Request, Told, analyse};
use crate::show::ShowError;
use crate::show::bar::Bar;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::scene::Scene;
use crate::show::sheet::Frame;
use crate::table::Quantity;

/// Of more parameters the strongest are drawn in pairs.
const MOST_INPUTS: usize = 5;

/// The least height of the bar of colours.
const LEAST_BAR: f64 = 520.0;

/// The figure.
pub(super) fn pairs(subject: &Subject<'_>, asked: &Asked) -> Result<Scene, ShowError> {
    let output = subject.output(asked)?;
    let own = Conditioning::new(subject.runs, subject.request)?;
    let mut inputs = subject.inputs(asked, &own)?;
    let mut left_out = String::new();
    if asked.inputs.is_empty() && inputs.len() > MOST_INPUTS {
        inputs = strongest(subject, &output, inputs)?;
        left_out = format!(" Of all parameters the {MOST_INPUTS} of largest total (else first) order.");
    }
    if inputs.len() < 2 {
        return Err(wrong("a picture of pairs needs two parameters; name them by --x and --y".into()));
    }
    // The lower triangle of all against all.
    let places: Vec<(usize, usize)> =
        (1..inputs.len()).flat_map(|y| (0..y).map(move |x| (y - 1, x))).collect();
    let chosen: Vec<[usize; 2]> = places.iter().map(|&(y, x)| [inputs[x], inputs[y + 1]]).collect();
    let found: Vec<Pair> = chosen.iter().map(|&pair| own.pair(&output, pair)).collect::<Result<_, _>>()?;
    let width = largest_half(found.iter().flat_map(|pair| &pair.cells));
    let defined =
        found.iter().flat_map(|pair| &pair.cells).map(|told| told.value).filter(|value| value.is_finite());
    let (low, high) =
        defined.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), own| (low.min(own), high.max(own)));
    let is_part = found[0].cells.iter().all(|told| !(told.value < 0.0 || told.value > 1.0))
        && !subject.runs.outputs.iter().any(|(name, column)| {
            name.eq_ignore_ascii_case(&output) && matches!(column, crate::store::outcomes::Column::Numbers(_))
        });
    let name = found[0].output.replace('_', " ");
    let bar = if is_part {
        Bar::new(&Quantity::real(format!("probability of {name}"), "1", ""), 0.0, 1.0)
    } else {
        Bar::new(&Quantity::real(subject.mean_of(&output), "1", ""), low, high)
    };
    let cells: Vec<Cell> = found.iter().map(|pair| cell(subject, pair)).collect();
    let size = if cells.len() == 1 { [900.0, 760.0] } else { [400.0, 320.0] };
    let caption = format!(
        "Means over cells of equal probability, about {} runs each, of {}; all other parameters as the study lets them vary. The widest 95 % interval of a cell reaches {width:.2} to one side.{left_out} {}",
        own.points() / (found[0].cells.len()).max(1),
        subject.sample(&own),
        subject.ranges(&inputs),
    );
    let mut board = Board::new(&Plan {
        page: &asked.page,
        title: subject.title,
        cells: &cells,
        places: Places::At(&places),
        size,
        keeps_height: false,
        left: 0.0,
        legend: [bar.width(), LEAST_BAR],
        caption: &caption,
        shares_y: false,
    })?;
    let mut has_undefined = false;
    for ((pair, frame), cell) in found.iter().zip(board.frames.clone()).zip(&cells) {
        has_undefined |= fill(&mut board.scene, (&frame, cell), pair, subject.axes, &bar);
    }
    let (left, top) = board.legend_at;
    let bottom = board.frames[0].corners[3].max((top + LEAST_BAR) as i32);
    bar.draw(&mut board.scene, left as i32, top as i32, bottom, has_undefined);
    Ok(board.scene)
}

fn cell(subject: &Subject<'_>, pair: &Pair) -> Cell {
    let [x, y] = [&pair.x, &pair.y]
        .map(|parts| subject.axes[parts.input].scale(parts.edges[0], parts.edges[parts.count()]));
    let mut cell = Cell::new(String::new(), x, y);
    cell.marks = [&pair.x, &pair.y].map(|parts| subject.axes[parts.input].marks());
    cell
}

fn fill(scene: &mut Scene, (frame, cell): (&Frame, &Cell), pair: &Pair, axes: &[Axis], bar: &Bar) -> bool {
    let place = |edge: &f64, input: usize| axes[input].scaled(*edge);
    let columns: Vec<i32> =
        pair.x.edges.iter().map(|edge| frame.across(&cell.x, place(edge, pair.x.input))).collect();
    let rows: Vec<i32> =
        pair.y.edges.iter().map(|edge| frame.up(&cell.y, place(edge, pair.y.input))).collect();
    let mut has_undefined = false;
    for (number, told) in pair.cells.iter().enumerate() {
        let (row, column) = (number / pair.x.count(), number % pair.x.count());
        has_undefined |= !told.value.is_finite();
        scene.rectangle(
            [columns[column], rows[row + 1], columns[column + 1], rows[row]],
            bar.colour(told.value),
        );
    }
    has_undefined
}

fn largest_half<'a>(cells: impl Iterator<Item = &'a Told>) -> f64 {
    let halves = cells.map(|told| (told.high - told.value).max(told.value - told.low));
    halves.filter(|half| half.is_finite()).fold(0.0, f64::max)
}

/// The inputs whose groups have the largest indices.
fn strongest(subject: &Subject<'_>, output: &str, inputs: Vec<usize>) -> Result<Vec<usize>, ShowError> {
    let request = Request { of: vec![output.to_owned()], ..subject.request.clone() };
    let report = analyse(subject.runs, subject.title, &request)?;
    let found = report.outputs.iter().find(|analysis| analysis.output.eq_ignore_ascii_case(output));
    let index = |input: usize| {
        let group = subject.runs.groups.iter().position(|(_, members)| members.contains(&input));
        let own = found.zip(group).and_then(|(analysis, group)| analysis.indices.get(group));
        own.and_then(|own| own.total.value.or(own.first.value)).unwrap_or(0.0)
    };
    let mut order = inputs;
    order.sort_by(|&one, &other| index(other).total_cmp(&index(one)));
    order.truncate(MOST_INPUTS);
    order.sort_unstable();
    Ok(order)
}
