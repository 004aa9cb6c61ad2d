//! The bar that says which number a colour stands for. Knows nothing of what stands beside it.

use crate::show::colours::{Colour, INK, UNDEFINED, ramp};
use crate::show::font;
use crate::show::scene::{Anchor, Scene};
use crate::show::sheet::{Frame, LABEL, LINE, SIZES, SMALL, Scale, set};
use crate::show::ticks::{Tick, ticks};
use crate::show::words;
use crate::table::{Kind, Quantity};

/// What the colours of numbers mean.
pub(super) struct Bar {
    kind: Kind,
    scale: Scale,
}

impl Bar {
    /// A bar for the values of a quantity from `low` to `high`.
    pub(super) fn new(quantity: &Quantity, low: f64, high: f64) -> Self {
        let (low, high) = match quantity.kind {
            Kind::Fact => (0.0, 1.0),
            _ if low < high => (low, high),
            _ if low.is_finite() => (low - 0.5, low + 0.5),
            _ => (0.0, 1.0),
        };
        let scale = Scale { low, high, is_log: false, is_negative: false, text: words::scale(quantity) };
        Self { kind: quantity.kind.clone(), scale }
    }

    /// The colour of a value.
    pub(super) fn colour(&self, value: f64) -> Colour {
        if !value.is_finite() {
            return UNDEFINED;
        }
        let part = (value - self.scale.low) / (self.scale.high - self.scale.low);
        match self.kind {
            Kind::Fact => ramp(0.15 + 0.7 * part.round()),
            // 128 steps are more than an eye tells apart, and keep a picture's file small.
            _ => ramp((part * 127.0).round() / 127.0),
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        let mut ticks = ticks(self.scale.low, self.scale.high, false, 6);
        if self.kind == Kind::Count {
            ticks.retain(|tick| (tick.at - tick.at.round()).abs() < 1e-9);
        }
        ticks
    }

    fn tick_width(&self) -> f64 {
        let widths =
            self.ticks().into_iter().filter_map(|tick| tick.text).map(|text| font::width(&text, SMALL));
        widths.fold(if self.kind == Kind::Fact { font::width("yes", SMALL) } else { 0.0 }, f64::max)
    }

    /// The room it needs.
    pub(super) fn width(&self) -> f64 {
        (44.0 + 22.0 + self.tick_width() + 24.0 + LABEL).max(44.0 + 16.0 + font::width("undefined", SMALL))
    }

    /// Draws it from one height to another.
    pub(super) fn draw(&self, scene: &mut Scene, left: i32, top: i32, bottom: i32, has_undefined: bool) {
        let foot = if has_undefined { bottom - 90 } else { bottom };
        let corners = [left, top, left + 44, foot];
        let frame = Frame { corners };
        if self.kind == Kind::Fact {
            for (value, word) in [(0.0, "no"), (1.0, "yes")] {
                let middle = f64::midpoint(f64::from(top), f64::from(foot)) as i32;
                let [high, low] = if value == 0.0 { [middle, foot] } else { [top, middle] };
                scene.rectangle([left, high, left + 44, low], self.colour(value));
                let baseline = f64::midpoint(f64::from(high), f64::from(low)) + 0.36 * SMALL;
                scene.text(word, (f64::from(left) + 66.0, baseline), SMALL, Anchor::Start, INK);
            }
        } else {
            for row in top..foot {
                let part = f64::from(foot - row) / f64::from(foot - top);
                scene.rectangle([left, row, left + 44, (row + 2).min(foot)], ramp(part));
            }
            for tick in self.ticks() {
                let at = frame.up(&self.scale, tick.at);
                let length = if tick.text.is_some() { 12 } else { 6 };
                scene.rectangle([left + 44 + LINE, at - 1, left + 44 + LINE + length, at + 1], INK);
                if let Some(text) = tick.text {
                    let place = (f64::from(left) + 66.0, f64::from(at) + 0.36 * SMALL);
                    scene.text(&text, place, SMALL, Anchor::Start, INK);
                }
            }
        }
        scene.frame(corners, LINE, INK);
        let right = f64::from(left) + 66.0 + self.tick_width() + 24.0 + 0.8 * LABEL;
        let middle = f64::midpoint(f64::from(top), f64::from(foot));
        let (text, size) = set(&self.scale.text, f64::from(foot - top), 1, &SIZES);
        scene.turned_text(&text[0], (right, middle), size, INK);
        if has_undefined {
            let corners = [left, bottom - 36, left + 44, bottom];
            scene.frame(corners, LINE, INK);
            scene.rectangle(corners, UNDEFINED);
            let place = (f64::from(left) + 60.0, f64::from(bottom) - 18.0 + 0.36 * SMALL);
            scene.text("undefined", place, SMALL, Anchor::Start, INK);
        }
    }
}
