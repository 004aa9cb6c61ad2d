//! Branches of equilibria against their parameter: solid where they are stable, broken where they are not, with folds and Hopf points. Alone, or
//! over an orbit diagram. Knows nothing of how they were found.

use crate::analyse::slice::Slice;
use crate::show::board::{Board, Cell, Places, Plan};
use crate::show::colours::{FAINT, INK, PAPER};
use crate::show::overlay::{CROSSING, FOLD, HOPF, dashes};
use crate::show::page::Page;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{Frame, SMALL, Scale};
use crate::show::{ShowError, font, words};
use crate::store::curves::{Branches, Change};

/// The width of a branch, and of the paper under it.
const WIDTH: f64 = 4.0;
const HALO: f64 = 7.0;
/// The radius of a point.
const RADIUS: u32 = 9;
/// From line to line of the legend.
const PITCH: f64 = 1.55 * SMALL;

/// What a point of a branch means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Fold,
    Supercritical,
    Subcritical,
    /// Hopf points whose cycles were not told, as where several cross at once.
    Hopf,
    Crossing,
}

impl Mark {
    const ALL: [Self; 5] = [Self::Fold, Self::Supercritical, Self::Subcritical, Self::Hopf, Self::Crossing];

    fn of(change: &Change) -> Option<Self> {
        Some(match (change.kind.as_str(), change.criticality.as_str()) {
            ("fold", _) => Self::Fold,
            ("hopf", "supercritical") => Self::Supercritical,
            ("hopf", "subcritical") => Self::Subcritical,
            ("hopf", _) => Self::Hopf,
            ("branch_point", _) => Self::Crossing,
            _ => return None,
        })
    }

    fn text(self) -> &'static str {
        match self {
            Self::Fold => "fold",
            Self::Supercritical => "Hopf, supercritical",
            Self::Subcritical => "Hopf, subcritical",
            Self::Hopf => "Hopf",
            Self::Crossing => "branches cross",
        }
    }

    fn draw(self, scene: &mut Scene, place: (i32, i32)) {
        let (is_filled, colour) = match self {
            Self::Fold => (true, FOLD),
            Self::Supercritical | Self::Hopf => (true, HOPF),
            Self::Subcritical => (false, HOPF),
            Self::Crossing => (false, CROSSING),
        };
        scene.dot(place, RADIUS + 3, true, PAPER);
        scene.dot(place, RADIUS, is_filled, colour);
    }
}

/// That branches belong to other parameters than a picture.
pub(super) fn check(branches: &Branches, slice: &Slice) -> Result<(), ShowError> {
    let shown = &slice.x.quantity.name;
    if branches.along.name == *shown {
        return Ok(());
    }
    Err(ShowError::OtherLine { curves: branches.along.name.clone(), map: shown.clone() })
}

/// The smallest and the largest value of the branches within a range of the parameter.
pub(super) fn extent(branches: &Branches, from: f64, to: f64) -> [f64; 2] {
    let all = branches.branches.iter().flatten().map(|own| own.at);
    let inside = all.filter(|at| (from..=to).contains(&at[0]) && at[1].is_finite()).map(|at| at[1]);
    inside.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], own| [low.min(own), high.max(own)])
}

/// Draws branches into a frame; `place` is where a value of the parameter stands on the horizontal scale.
pub(super) fn draw(
    scene: &mut Scene,
    branches: &Branches,
    frame: &Frame,
    (x, y): (&Scale, &Scale),
    place: impl Fn(f64) -> f64,
) {
    let pixel = |at: [f64; 2]| (frame.across_exact(x, place(at[0])), frame.up_exact(y, at[1]));
    let [left, top, right, bottom] = frame.corners.map(f64::from);
    let is_inside = |(x, y): (f64, f64)| (left..=right).contains(&x) && (top..=bottom).contains(&y);
    let mut lines: Vec<(bool, Vec<(f64, f64)>)> = Vec::new();
    for branch in &branches.branches {
        for run in branch.chunk_by(|one, other| one.is_stable == other.is_stable) {
            // The point where it changes belongs to both.
            let begin = run.as_ptr_range().start;
            let before = branch.iter().take_while(|own| !std::ptr::eq(*own, begin)).last();
            let pixels: Vec<_> = before.into_iter().chain(run).map(|own| pixel(own.at)).collect();
            for part in pixels.split(|place| !is_inside(*place)).filter(|part| part.len() > 1) {
                lines.push((run[0].is_stable, part.to_vec()));
            }
        }
    }
    for (_, line) in &lines {
        scene.path(line, HALO, PAPER);
    }
    for (is_stable, line) in &lines {
        stroke(scene, line, *is_stable);
    }
    for change in &branches.changes {
        let at = pixel(change.at);
        if let Some(mark) = Mark::of(change).filter(|_| is_inside(at)) {
            mark.draw(scene, (at.0.round() as i32, at.1.round() as i32));
        }
    }
}

fn stroke(scene: &mut Scene, line: &[(f64, f64)], is_stable: bool) {
    if is_stable {
        scene.path(line, WIDTH, INK);
    } else {
        for dash in dashes(line) {
            scene.path(&dash, WIDTH, INK);
        }
    }
}

/// The lines of the legend: what is drawn, in words.
fn entries(branches: &Branches) -> (Vec<bool>, Vec<Mark>) {
    let all = || branches.branches.iter().flatten();
    let lines = [true, false].into_iter().filter(|kind| all().any(|own| own.is_stable == *kind)).collect();
    let is_there = |mark: &Mark| branches.changes.iter().any(|own| Mark::of(own) == Some(*mark));
    (lines, Mark::ALL.into_iter().filter(is_there).collect())
}

fn text_of_line(is_stable: bool) -> &'static str {
    if is_stable { "stable" } else { "unstable" }
}

/// The width and the height of the legend.
pub(super) fn legend_size(branches: &Branches) -> [f64; 2] {
    let (lines, marks) = entries(branches);
    let texts = lines.iter().map(|own| text_of_line(*own)).chain(marks.iter().map(|own| own.text()));
    let width = 66.0 + texts.map(|text| font::width(text, SMALL)).fold(0.0, f64::max);
    [width, PITCH * (lines.len() + marks.len() + 1) as f64 + 0.5 * SMALL]
}

/// Draws the legend.
pub(super) fn legend(scene: &mut Scene, branches: &Branches, left: f64, top: f64) {
    let (lines, marks) = entries(branches);
    let mut baseline = top + 0.8 * SMALL;
    scene.text("equilibria", (left, baseline), SMALL, Anchor::Start, FAINT);
    for is_stable in lines {
        baseline += PITCH;
        let middle = baseline - 0.36 * SMALL;
        stroke(scene, &[(left, middle), (left + 50.0, middle)], is_stable);
        scene.text(text_of_line(is_stable), (left + 66.0, baseline), SMALL, Anchor::Start, INK);
    }
    for mark in marks {
        baseline += PITCH;
        mark.draw(scene, (left as i32 + 25, (baseline - 0.36 * SMALL) as i32));
        scene.text(mark.text(), (left + 66.0, baseline), SMALL, Anchor::Start, INK);
    }
}

/// A diagram of branches alone.
///
/// # Errors
/// When the page is too small.
pub(super) fn diagram(branches: &Branches, page: &Page) -> Result<Scene, ShowError> {
    let all = || branches.branches.iter().flatten().map(|own| own.at[0]);
    let (from, to) =
        all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), own| (low.min(own), high.max(own)));
    let [low, high] = extent(branches, from, to);
    let spread = |low: f64, high: f64| if low < high { 0.05 * (high - low) } else { 0.5 };
    let (across, up) = (if from < to { 0.0 } else { 0.5 }, spread(low, high));
    let scale = |low, high, text| Scale { low, high, is_log: false, is_negative: false, text };
    let x = scale(from - across, to + across, words::axis(&branches.along));
    let y = scale(low - up, high + up, words::axis(&branches.value));
    let cells = [Cell::new(String::new(), x.clone(), y.clone())];
    let fixed: Vec<String> = branches
        .fixed
        .iter()
        .map(|(name, value)| format!("{} = {}", words::plain(name), words::number(*value)))
        .collect();
    let caption = if fixed.is_empty() { String::new() } else { format!("Held fixed: {}.", fixed.join(", ")) };
    let mut board = Board::new(&Plan {
        page,
        title: &branches.title,
        cells: &cells,
        places: Places::Rows(1),
        size: [1000.0, 700.0],
        keeps_height: false,
        left: 0.0,
        legend: legend_size(branches),
        caption: &caption,
        shares_y: false,
    })?;
    let frame = board.frames[0];
    draw(&mut board.scene, branches, &frame, (&x, &y), |at| at);
    let (left, top) = board.legend_at;
    legend(&mut board.scene, branches, left, top);
    Ok(board.scene)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::scene::Mark as Drawn;
    use crate::store::curves::Equilibrium;
    use crate::table::Quantity;

    fn branches() -> Branches {
        // x' = p - x^2: a fold at 0, stable above.
        let point = |x: f64| Equilibrium { at: [x * x, x], is_stable: x > 0.0 };
        Branches {
            title: "A fold".into(),
            along: Quantity::real("p", "1", ""),
            value: Quantity::real("x", "mV", ""),
            branches: vec![(-20..=20).map(|step| point(f64::from(step) / 20.0)).collect()],
            changes: vec![Change { kind: "fold".into(), criticality: "none".into(), at: [0.0, 0.0] }],
            fixed: vec![("q".into(), 2.0)],
        }
    }

    #[test]
    fn what_is_stable_is_one_line_and_what_is_not_is_broken() {
        let scene = diagram(&branches(), &Page::default()).expect("a picture");
        let lines = |wanted: f64| {
            let is = |mark: &&Drawn| matches!(mark, Drawn::Path { width, colour, .. } if (width - wanted).abs() < 1e-9 && *colour == INK);
            scene.marks.iter().filter(is).count()
        };
        // One of the branch and one of the legend; many dashes.
        assert!(lines(WIDTH) > 10, "{}", lines(WIDTH));
        let texts: Vec<&str> = scene
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Drawn::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        for wanted in ["stable", "unstable", "fold", "p", "x (mV)", "Held fixed: q = 2."] {
            assert!(texts.contains(&wanted), "{wanted}: {texts:?}");
        }
        assert!(!texts.contains(&"Hopf, supercritical"));
        let discs =
            scene.marks.iter().filter(|mark| matches!(mark, Drawn::Disc { colour, .. } if *colour == FOLD));
        assert_eq!(discs.count(), 2, "the fold, and that of the legend");
    }
}
