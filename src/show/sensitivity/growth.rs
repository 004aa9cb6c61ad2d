//! Indices of the first rows of every block against their number: whether there are enough. Knows no file format.

use super::{Asked, Subject, whisker, wrong};
use crate::analyse::sensitivity::sampled::{Estimate, Report, Request, analyse, first_rows};
use crate::show::ShowError;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{INK, distinct};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{SMALL, Scale};
use crate::show::words;

/// The fewest rows of a block that are analysed.
const LEAST: usize = 32;

/// The figure.
pub(super) fn growth(subject: &Subject<'_>, asked: &Asked) -> Result<Scene, ShowError> {
    let output = subject.output(asked)?;
    if !asked.inputs.is_empty() {
        return Err(wrong("this picture shows all parameters; leave --x and --y out".into()));
    }
    let request = Request { of: vec![output.clone()], places: None, ..subject.request.clone() };
    let mut sizes: Vec<usize> = std::iter::successors(Some(LEAST), |size| Some(2 * size))
        .take_while(|&size| size < subject.runs.base)
        .collect();
    sizes.push(subject.runs.base);
    if sizes.len() < 2 {
        return Err(wrong(format!(
            "a base of {} is too small to be looked at in parts; take 64 or more",
            subject.runs.base
        )));
    }
    let mut reports: Vec<(usize, Report)> = Vec::new();
    for &size in &sizes {
        reports.push((size, analyse(&first_rows(subject.runs, size), subject.title, &request)?));
    }
    let parameters: Vec<String> = reports[0].1.parameters.iter().map(|own| own.name.clone()).collect();
    let index = |report: &Report, which: usize, input: usize| -> Estimate {
        let found = report.outputs.iter().find(|own| own.output.eq_ignore_ascii_case(&output));
        let own = found.and_then(|own| own.indices.get(input));
        own.map(|own| if which == 0 { own.first } else { own.total }).unwrap_or_default()
    };
    let is_told = |which: usize| {
        reports
            .iter()
            .any(|(_, report)| (0..parameters.len()).any(|input| index(report, which, input).value.is_some()))
    };
    let shown: Vec<usize> = (0..2).filter(|&which| is_told(which)).collect();
    if shown.is_empty() {
        return Err(wrong(format!("`{output}` has no indices in these runs; `ictus sense` says why")));
    }
    let ends = shown.iter().flat_map(|&which| {
        let index = &index;
        reports.iter().flat_map(move |(_, report)| {
            (0..parameters_count(report)).map(move |input| index(report, which, input))
        })
    });
    let ends = ends
        .flat_map(|own| {
            own.value.map(|value| [value - own.half.unwrap_or(0.0), value + own.half.unwrap_or(0.0)])
        })
        .flatten();
    let (low, high) = ends.fold((0.0_f64, 0.1_f64), |(low, high), end| (low.min(end), high.max(end)));
    let (low, high) = (low.max(-0.5), high.min(1.5));
    let cells: Vec<Cell> = shown
        .iter()
        .map(|which| {
            let margin = 0.04 * (high - low);
            let name = ["S1", "ST"][*which];
            let x = Scale {
                low: (sizes[0] as f64 * 0.8).log10(),
                high: (sizes[sizes.len() - 1] as f64 * 1.25).log10(),
                is_log: true,
                is_negative: false,
                text: "rows of a block".into(),
            };
            let text = format!("{name} of {}", words::label(&output));
            let y = Scale { low: low - margin, high: high + margin, is_log: false, is_negative: false, text };
            Cell { name: String::new(), x, y }
        })
        .collect();
    let colours = distinct(parameters.len());
    let names: Vec<String> = parameters.iter().map(|name| words::plain(name)).collect();
    let legend = names.iter().map(|name| 60.0 + font::width(name, SMALL)).fold(100.0, f64::max).min(420.0);
    let [replicates, _, blocks] = reports[0].1.size;
    let caption = format!(
        "Indices of the first rows of each of {blocks} blocks of {replicates} replicates, with their 95 % intervals. A line that has not come to rest within its intervals asks for a larger base: `ictus run` takes what is there."
    );
    let mut board = Board::new(&Plan {
        title: subject.title,
        cells: &cells,
        places: Places::Rows(cells.len()),
        size: [640.0, (40.0 * names.len() as f64).clamp(520.0, 900.0)],
        left: 0.0,
        legend,
        caption: &caption,
        shares_y: false,
    });
    for ((&which, frame), cell) in shown.iter().zip(board.frames.clone()).zip(&cells) {
        for (input, colour) in colours.iter().enumerate() {
            // Side by side, so that intervals do not cover each other.
            let shift = (input as f64 - 0.5 * (colours.len() as f64 - 1.0)) * 0.012;
            let mut line = Vec::new();
            for (size, report) in &reports {
                let own = index(report, which, input);
                let Some(value) = own.value else { continue };
                let x = frame.across_exact(&cell.x, (*size as f64).log10() + shift);
                let up = |value: f64| frame.up_exact(&cell.y, value.clamp(cell.y.low, cell.y.high));
                if let Some(half) = own.half.filter(|half| *half > 0.0) {
                    whisker(&mut board.scene, [(x, up(value - half)), (x, up(value + half))], 2.0, *colour);
                }
                board.scene.dot((x as i32, up(value) as i32), 6, true, *colour);
                line.push((x, up(value)));
            }
            if line.len() > 1 {
                board.scene.path(&line, 3.0, *colour);
            }
        }
    }
    let mut baseline = f64::from(board.frames[0].corners[1]) + 0.8 * SMALL;
    for (name, colour) in names.iter().zip(&colours) {
        let (left, middle) = (board.legend_left, baseline - 0.36 * SMALL);
        board.scene.path(&[(left, middle), (left + 40.0, middle)], 4.0, *colour);
        board.scene.text(name, (left + 56.0, baseline), SMALL, Anchor::Start, INK);
        baseline += 1.4 * SMALL;
    }
    Ok(board.scene)
}

fn parameters_count(report: &Report) -> usize {
    report.parameters.len()
}
