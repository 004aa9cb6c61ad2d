//! Curves of folds and Hopf points over the picture of a map. Knows nothing of how they were found.

use crate::analyse::slice::Slice;
use crate::show::ShowError;
use crate::show::colours::{Colour, FAINT, INK, PAPER};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{Frame, SMALL, Scale};
use crate::store::curves::{Outline, Plane};

/// Folds.
pub(super) const FOLD: Colour = Colour(0x11, 0x11, 0x11);
/// Hopf points.
pub(super) const HOPF: Colour = Colour(0xc4, 0x00, 0x2f);
/// Hopf points of several pairs.
const SEVERAL: Colour = Colour(0x9a, 0x3b, 0x8f);
/// Points where branches cross.
pub(super) const CROSSING: Colour = Colour(0x55, 0x55, 0x55);
/// The width of a curve, and of the paper under it.
const WIDTH: f64 = 4.0;
const HALO: f64 = 8.0;
/// Lengths of a dash and of the gap behind it.
const DASH: [f64; 2] = [18.0, 12.0];

/// Curves in the plane of a picture's axes, as places on its scales.
pub(super) struct Overlay {
    curves: Vec<Stroke>,
    points: Vec<(String, [f64; 2])>,
}

/// A part of a curve that is drawn in one way.
struct Stroke {
    points: Vec<[f64; 2]>,
    look: Look,
}

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Fold,
    Supercritical,
    Subcritical,
    /// Hopf points that have no criticality: several at once.
    Several,
    /// Branches cross.
    Crossing,
}

impl Look {
    const ALL: [Self; 5] =
        [Self::Fold, Self::Crossing, Self::Supercritical, Self::Subcritical, Self::Several];

    fn text(self) -> &'static str {
        match self {
            Self::Fold => "fold",
            Self::Supercritical => "Hopf, supercritical",
            Self::Subcritical => "Hopf, subcritical",
            Self::Several => "Hopf, several at once",
            Self::Crossing => "branches cross",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Self::Fold => FOLD,
            Self::Crossing => CROSSING,
            Self::Supercritical | Self::Subcritical => HOPF,
            Self::Several => SEVERAL,
        }
    }
}

/// The name of a point beside it, and in the legend.
const NAMES: [(&str, &str, &str); 3] = [
    ("bogdanov_takens", "BT", "Bogdanov-Takens"),
    ("cusp", "CP", "cusp"),
    ("generalised_hopf", "GH", "generalised Hopf"),
];

/// The parameters that stand elsewhere along curves than all over a slice, in words.
pub(super) fn elsewhere(fixed: &[(String, f64)], slice: &Slice) -> Option<String> {
    let apart = slice.held.iter().filter_map(|held| {
        let (_, value) = fixed.iter().find(|(name, _)| *name == held.name)?;
        let is_one = (value - held.value).abs() <= 1e-9 * value.abs().max(held.value.abs());
        (!is_one).then(|| format!("at {} = {value}, not {}", held.name, held.value))
    });
    let apart: Vec<String> = apart.collect();
    (!apart.is_empty()).then(|| {
        let apart = apart.join(", ");
        format!("the curves are {apart} as in the picture; `--at` moves the picture's cut, and that of `ictus curves` the curves")
    })
}

/// Refuses panels at other values of their axis than curves: each panel would show curves that are not its own.
pub(super) fn check_panels(fixed: &[(String, f64)], slice: &Slice) -> Result<(), ShowError> {
    let Some(across) = &slice.across else { return Ok(()) };
    let own = &across.quantity.name;
    let Some((_, at)) = fixed.iter().find(|(name, _)| name == own) else { return Ok(()) };
    match across.values.iter().find(|value| (*value - at).abs() > 1e-9 * at.abs().max(value.abs())) {
        Some(panel) => Err(ShowError::OtherPanel { axis: own.clone(), curves: *at, panel: *panel }),
        None => Ok(()),
    }
}

impl Overlay {
    /// The curves of a plane over a slice.
    ///
    /// # Errors
    /// When the slice shows other parameters.
    pub(super) fn new(plane: &Plane, slice: &Slice) -> Result<Self, ShowError> {
        let across = &slice.x.quantity.name;
        let shown = slice.y.as_ref().map(|y| (across.as_str(), y.quantity.name.as_str()));
        let own = (plane.along.as_str(), plane.with.as_str());
        let is_turned = shown == Some((own.1, own.0));
        let Some(y) = slice.y.as_ref().filter(|_| is_turned || shown == Some(own)) else {
            return Err(ShowError::OtherPlane {
                curves: format!("{} and {}", own.0, own.1),
                map: shown.map_or_else(|| across.clone(), |(x, y)| format!("{x} and {y}")),
            });
        };
        let place = |[along, with]: [f64; 2]| {
            let [across, up] = if is_turned { [with, along] } else { [along, with] };
            [slice.x.scaled(across), y.scaled(up)]
        };
        Ok(Self {
            curves: plane.curves.iter().flat_map(|curve| strokes(curve, place)).collect(),
            points: plane.points.iter().map(|(kind, at)| (kind.clone(), place(*at))).collect(),
        })
    }

    /// Draws the curves into a frame.
    pub(super) fn draw(&self, scene: &mut Scene, frame: &Frame, x: &Scale, y: &Scale) {
        let pixel = |[a, b]: [f64; 2]| (frame.across_exact(x, a), frame.up_exact(y, b));
        let [left, top, right, bottom] = frame.corners.map(f64::from);
        let is_inside = |(x, y): (f64, f64)| (left..=right).contains(&x) && (top..=bottom).contains(&y);
        let mut lines: Vec<(Look, Vec<(f64, f64)>)> = Vec::new();
        for stroke in &self.curves {
            let pixels: Vec<(f64, f64)> = stroke.points.iter().map(|point| pixel(*point)).collect();
            for part in pixels.split(|place| !is_inside(*place)).filter(|part| part.len() > 1) {
                lines.push((stroke.look, part.to_vec()));
            }
        }
        for (_, line) in &lines {
            scene.path(line, HALO, PAPER);
        }
        for (look, line) in &lines {
            if *look == Look::Subcritical {
                for dash in dashes(line) {
                    scene.path(&dash, WIDTH, look.colour());
                }
            } else {
                scene.path(line, WIDTH, look.colour());
            }
        }
        for (kind, at) in &self.points {
            let (place, name) = (pixel(*at), NAMES.iter().find(|(known, ..)| known == kind));
            let Some((_, name, _)) = name.filter(|_| is_inside(place)) else { continue };
            let (x, y) = (place.0.round() as i32, place.1.round() as i32);
            scene.dot((x, y), 12, true, PAPER);
            scene.dot((x, y), 9, true, INK);
            let is_right = place.0 + 60.0 < right;
            let (anchor, aside) = if is_right { (Anchor::Start, 18.0) } else { (Anchor::End, -18.0) };
            let above = if place.1 - 40.0 > top { -12.0 } else { 30.0 };
            for (across, down) in [(-2.0, 0.0), (2.0, 0.0), (0.0, -2.0), (0.0, 2.0)] {
                let shifted = (place.0 + aside + across, place.1 + above + down);
                scene.text(name, shifted, SMALL, anchor, PAPER);
            }
            scene.text(name, (place.0 + aside, place.1 + above), SMALL, anchor, INK);
        }
    }

    fn entries(&self) -> impl Iterator<Item = Look> {
        Look::ALL.into_iter().filter(|look| self.curves.iter().any(|stroke| stroke.look == *look))
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let is_there = |kind: &str| self.points.iter().any(|(own, _)| own == kind);
        NAMES.into_iter().filter(move |(kind, ..)| is_there(kind)).map(|(_, short, long)| (short, long))
    }

    /// The room that its legend needs.
    pub(super) fn width(&self) -> f64 {
        let texts = self.entries().map(Look::text).chain(self.named().map(|(_, long)| long));
        66.0 + texts.map(|text| font::width(text, SMALL)).fold(0.0, f64::max)
    }

    /// How many lines its legend has.
    pub(super) fn lines(&self) -> usize {
        1 + self.entries().count() + self.named().count()
    }

    /// The height of its legend.
    pub(super) fn height(&self) -> f64 {
        1.55 * SMALL * (self.lines() as f64 + 0.5)
    }

    /// Draws the legend below another.
    pub(super) fn legend(&self, scene: &mut Scene, left: f64, top: f64) {
        let pitch = 1.55 * SMALL;
        let mut baseline = top + pitch;
        scene.text("equilibria", (left, baseline), SMALL, Anchor::Start, FAINT);
        for look in self.entries() {
            baseline += pitch;
            let middle = baseline - 0.36 * SMALL;
            let line = [(left, middle), (left + 50.0, middle)];
            if look == Look::Subcritical {
                for dash in dashes(&line) {
                    scene.path(&dash, WIDTH, look.colour());
                }
            } else {
                scene.path(&line, WIDTH, look.colour());
            }
            scene.text(look.text(), (left + 66.0, baseline), SMALL, Anchor::Start, INK);
        }
        for (short, long) in self.named() {
            baseline += pitch;
            scene.text(short, (left, baseline), SMALL, Anchor::Start, INK);
            scene.text(long, (left + 66.0, baseline), SMALL, Anchor::Start, INK);
        }
    }
}

/// A curve in parts of one look each; the point where the look changes belongs to both.
fn strokes(curve: &Outline, place: impl Fn([f64; 2]) -> [f64; 2]) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    let has_coefficients = curve.lyapunov.iter().any(|lyapunov| !lyapunov.is_nan());
    for (point, lyapunov) in curve.points.iter().zip(&curve.lyapunov) {
        let at = place(*point);
        let look = match strokes.last() {
            _ if curve.kind == "branch_point" => Look::Crossing,
            _ if curve.kind != "hopf" => Look::Fold,
            _ if !has_coefficients => Look::Several,
            // At its ends a curve has no coefficient.
            Some(last) if lyapunov.is_nan() => last.look,
            _ if *lyapunov > 0.0 => Look::Subcritical,
            _ => Look::Supercritical,
        };
        match strokes.last_mut() {
            Some(last) if last.look == look => last.points.push(at),
            // The first point had no coefficient, the second says what both are.
            Some(last) if last.points.len() == 1 => {
                last.look = look;
                last.points.push(at);
            }
            Some(last) => {
                let shared = last.points[last.points.len() - 1];
                strokes.push(Stroke { points: vec![shared, at], look });
            }
            None => strokes.push(Stroke { points: vec![at], look }),
        }
    }
    strokes
}

/// A line cut into dashes.
pub(super) fn dashes(line: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let mut dashes = Vec::new();
    let Some(&first) = line.first() else { return dashes };
    let (mut dash, mut is_drawn, mut left) = (vec![first], true, DASH[0]);
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let rest = (to.0 - from.0).hypot(to.1 - from.1);
            if rest <= left {
                left -= rest;
                dash.push(to);
                break;
            }
            let part = left / rest;
            from = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
            dash.push(from);
            if is_drawn {
                dashes.push(std::mem::take(&mut dash));
            }
            dash = vec![from];
            is_drawn = !is_drawn;
            left = DASH[usize::from(!is_drawn)];
        }
    }
    if is_drawn && dash.len() > 1 {
        dashes.push(dash);
    }
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_part_of_a_line() {
        let dashes = dashes(&[(0.0, 0.0), (70.0, 0.0), (70.0, 20.0)]);
        let ends: Vec<_> = dashes.iter().map(|dash| (dash[0], dash[dash.len() - 1])).collect();
        assert_eq!(ends, [((0.0, 0.0), (18.0, 0.0)), ((30.0, 0.0), (48.0, 0.0)), ((60.0, 0.0), (70.0, 8.0))]);
    }

    #[test]
    fn a_curve_changes_its_look_where_its_coefficient_changes_sign() {
        let curve = Outline {
            kind: "hopf".into(),
            points: (0..5).map(|at| [f64::from(at), 0.0]).collect(),
            lyapunov: vec![f64::NAN, -1.0, -1.0, 1.0, f64::NAN],
        };
        let strokes = strokes(&curve, |at| at);
        let looks: Vec<_> = strokes.iter().map(|stroke| (stroke.look, stroke.points.len())).collect();
        assert_eq!(looks, [(Look::Supercritical, 3), (Look::Subcritical, 3)]);
    }
}
