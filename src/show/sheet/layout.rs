//! Where title, frames, legend and caption stand on a sheet: one frame a panel, in one row or in several. Knows nothing of what is drawn inside a
//! frame.

use super::{CAPTION, Frame, HEIGHT, LABEL, LINE, SIZES, SMALL, Scale, WIDEST_BESIDE};
use super::{caption, horizontal, label, overhang, set, vertical, wanted, width_of};
use crate::analyse::slice::Slice;
use crate::show::ShowError;
use crate::show::colours::{FAINT, INK};
use crate::show::font;
use crate::show::page::Page;
use crate::show::scene::{Anchor, Scene};
use crate::show::ticks::Tick;
use crate::show::words;

/// A sheet with its title, its empty frames with axes, and its caption.
pub(in crate::show) struct Sheet {
    /// The picture so far.
    pub(in crate::show) scene: Scene,
    /// The frames, one a panel.
    pub(in crate::show) frames: Vec<Frame>,
    /// Where the room for a legend begins: beside the frames and as high as they are, or below them.
    pub(in crate::show) legend_at: (f64, f64),
    /// The width of that room where it lies below the frames.
    pub(in crate::show) below: Option<f64>,
}

/// What a sheet is laid out from.
pub(in crate::show) struct Plan<'a> {
    /// The slice to show.
    pub(in crate::show) slice: &'a Slice,
    /// The page.
    pub(in crate::show) page: &'a Page,
    /// The horizontal scale.
    pub(in crate::show) x: &'a Scale,
    /// The vertical scale; without it the axis has no ticks.
    pub(in crate::show) y: Option<&'a Scale>,
    /// The names of the panels, empty where there is one without a name.
    pub(in crate::show) panels: Vec<String>,
    /// What the legend needs.
    pub(in crate::show) legend: Legend<'a>,
    /// What the caption says first.
    pub(in crate::show) remark: String,
}

/// The room that a legend needs.
pub(in crate::show) struct Legend<'a> {
    /// Its width and its height beside the frames.
    pub(in crate::show) beside: [f64; 2],
    /// Its height below the frames in a width, where it can stand there.
    pub(in crate::show) below: Option<&'a dyn Fn(f64) -> f64>,
}

/// The narrowest and the lowest frame.
const LEAST: [f64; 2] = [230.0, 150.0];
/// Frames that share a sheet of a given width are no narrower than this where there may be fewer beside each other.
const AT_EASE: f64 = 330.0;
/// So many panels stand in one row where no width is given.
const MOST_IN_A_ROW: usize = 4;
/// The part of a sheet's width that its frames have at least where the legend stands beside them.
const LEAST_PART: f64 = 0.6;
/// From a frame to the legend beside or below it.
const TO_LEGEND: f64 = 40.0;
/// Between frames beside each other.
const GAP: f64 = 64.0;
/// Below a frame: what its ticks say; what its axis says.
const OF_TICKS: f64 = 22.0 + SMALL;
const OF_AXIS: f64 = 20.0 + LABEL;

/// How the frames of a sheet stand.
struct Places {
    width: f64,
    left: f64,
    columns: usize,
    rows: usize,
    each: f64,
    is_beside: bool,
    count: usize,
}

impl Places {
    fn new(plan: &Plan<'_>, tick_width: f64) -> Result<Self, ShowError> {
        let (page, margin) = (plan.page, plan.page.margin());
        let count = plan.panels.len().max(1);
        let usual = if count <= MOST_IN_A_ROW {
            count
        } else {
            count.isqrt() + usize::from(count.isqrt().pow(2) < count)
        };
        let [legend_width, _] = plan.legend.beside;
        let beyond = (legend_width - WIDEST_BESIDE - 160.0 * (usual as f64 - 1.0)).max(0.0);
        let by_default = 1600.0 + 600.0 * (usual - 1).min(4) as f64 + beyond.floor();
        let width = page.wide().unwrap_or(by_default);
        let label_room = if plan.y.is_some() { LABEL + 22.0 } else { 0.0 };
        let left = margin + label_room + tick_width + 22.0;
        let beside = width - margin - legend_width - TO_LEGEND - left;
        let alone = width - margin.max(overhang(&plan.x.ticks(6))) - left;
        let is_beside = plan.legend.below.is_none() || !page.is_sized() || beside >= LEAST_PART * width;
        let room = if is_beside { beside } else { alone };
        let each_of = |columns: usize| (room - GAP * (columns as f64 - 1.0)) / columns as f64;
        let mut columns = usual;
        while page.is_sized() && columns > 1 && each_of(columns) < AT_EASE {
            columns -= 1;
        }
        let each = each_of(columns);
        if each < LEAST[0] {
            return Err(page.too_small("width", width + LEAST[0] - each));
        }
        Ok(Self { width, left, columns, rows: count.div_ceil(columns), each, is_beside, count })
    }

    /// Whether nothing stands below a panel.
    fn is_last(&self, panel: usize) -> bool {
        panel + self.columns >= self.count
    }
}

impl Sheet {
    /// Lays out a sheet and draws all of it but the insides of the frames and the legend.
    ///
    /// # Errors
    /// When the page is too small.
    pub(in crate::show) fn new(plan: &Plan<'_>) -> Result<Self, ShowError> {
        let (page, margin) = (plan.page, plan.page.margin());
        let y_ticks = plan.y.map(|scale| scale.ticks(6)).unwrap_or_default();
        let places = Places::new(plan, width_of(&y_ticks))?;
        let inner = places.width - 2.0 * margin;
        let title = words::plain(if page.without_title { "" } else { &plan.slice.title });
        let size = page.title();
        let title = words::wrap(&title, inner, 2, |text| font::width(text, size));
        let title: Vec<String> = title.into_iter().filter(|line| !line.is_empty()).collect();
        let is_named = plan.panels.iter().any(|name| !name.is_empty());
        let above = if is_named { 26.0 + LABEL } else { 26.0 };
        let top = margin + title.len() as f64 * (size + 8.0) + above;
        let caption = if page.without_caption { String::new() } else { caption(plan.slice, &plan.remark) };
        let most = if page.is_sized() { 12 } else { 3 };
        let caption = words::wrap(&caption, inner, most, |text| font::width(text, CAPTION));
        let caption: Vec<String> = caption.into_iter().filter(|line| !line.is_empty()).collect();
        let pitch = 1.4 * CAPTION;
        let of_caption =
            if caption.is_empty() { 0.0 } else { CAPTION + 30.0 + pitch * (caption.len() as f64 - 1.0) };
        let foot = if page.is_sized() { 0.0 } else { 6.0 };
        let legend_below =
            plan.legend.below.filter(|_| !places.is_beside).map(|height| TO_LEGEND + height(inner));
        let rest = OF_TICKS + OF_AXIS + 2.0 + legend_below.unwrap_or(0.0) + of_caption + margin - foot;
        // Between rows of frames, of which those without one below have what the axis says.
        let is_ragged = places.count % places.columns != 0;
        let between = OF_TICKS
            + 20.0
            + if is_ragged { OF_AXIS } else { 0.0 }
            + if is_named { LABEL + 20.0 } else { 0.0 };
        let rows = places.rows as f64;
        let of_gaps = between * (rows - 1.0);
        let natural = || {
            let beside = if places.is_beside { plan.legend.beside[1] } else { 0.0 };
            let frames = (0.75 * places.each * rows + of_gaps).max(beside);
            (top + frames + rest).ceil()
        };
        let usual = HEIGHT + (rows - 1.0) * 600.0;
        let height = page.high().unwrap_or_else(|| if page.is_sized() { natural() } else { usual });
        let high = (height - top - rest - of_gaps) / rows;
        if high < LEAST[1] {
            return Err(page.too_small("height", height + rows * (LEAST[1] - high)));
        }
        let mut scene = Scene::new(places.width as u32, height as u32);
        for (number, line) in title.iter().enumerate() {
            let baseline = margin + (number as f64 + 1.0) * size + number as f64 * 8.0 - 0.2 * size;
            scene.text(line, (margin, baseline), size, Anchor::Start, INK);
        }
        let first = height - margin + foot - pitch * (caption.len() as f64 - 1.0);
        for (number, line) in caption.iter().enumerate() {
            scene.text(line, (margin, first + pitch * number as f64), CAPTION, Anchor::Start, FAINT);
        }
        let frame = |panel: usize| {
            let (row, column) = ((panel / places.columns) as f64, (panel % places.columns) as f64);
            let (begin, top) = (places.left + column * (places.each + GAP), top + row * (high + between));
            Frame { corners: [begin, top, begin + places.each, top + high].map(|edge| edge as i32) }
        };
        let frames: Vec<Frame> = (0..places.count).map(frame).collect();
        let bottom = top + rows * high + of_gaps;
        let legend_at = if places.is_beside {
            (places.width - margin - plan.legend.beside[0], top)
        } else {
            (margin, bottom + OF_TICKS + OF_AXIS + TO_LEGEND)
        };
        let mut sheet = Self { scene, frames, legend_at, below: (!places.is_beside).then_some(inner) };
        sheet.axes(plan, &y_ticks, &places);
        Ok(sheet)
    }

    /// Frames, ticks and what the axes say.
    fn axes(&mut self, plan: &Plan<'_>, y_ticks: &[Tick], places: &Places) {
        let sizes = plan.page.sizes(&SIZES);
        let silent = Scale { text: String::new(), ..plan.x.clone() };
        for (index, frame) in self.frames.clone().into_iter().enumerate() {
            let [left, top, right, bottom] = frame.corners;
            self.scene.frame(frame.corners, LINE, INK);
            let middle = f64::midpoint(f64::from(left), f64::from(right));
            if let Some(name) = plan.panels.get(index).filter(|name| !name.is_empty()) {
                let (name, size) = set(name, f64::from(right - left) + GAP - 10.0, 1, &SIZES[..3]);
                self.scene.text(&name[0], (middle, f64::from(top) - 18.0), size, Anchor::Middle, INK);
            }
            let x = if places.is_last(index) { plan.x } else { &silent };
            horizontal(&mut self.scene, &frame, (x, &x.ticks(wanted(&frame))), sizes);
            let is_first = index % places.columns == 0;
            if let Some(scale) = plan.y {
                vertical(&mut self.scene, &frame, (scale, y_ticks), is_first);
            }
            if let (Some(scale), true) = (plan.y, is_first) {
                let place =
                    (plan.page.margin() + LABEL - 6.0, f64::midpoint(f64::from(top), f64::from(bottom)));
                let (text, size) = label(&scale.text, f64::from(bottom - top), sizes);
                self.scene.turned_text(&text, place, size, INK);
            }
        }
    }
}
