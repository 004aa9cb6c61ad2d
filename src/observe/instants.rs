//! The signal at one instant of the window. Knows nothing of what it does before and after.

use std::sync::Arc;

use super::options::{Options, RequestError};
use super::{HALVES, Half, Interval, Observer, Scene, names};
use crate::equation::graph::{Binary, Node};
use crate::table::Quantity;

/// An instant as near to the window's end as this part of the window is the end.
const AT_END: f64 = 1e-9;

/// `final`: the signal when the window ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Final;

pub(super) const OF_FINAL: &[&str] = &["final"];

impl Observer for Final {
    fn name(&self) -> &'static str {
        "final"
    }

    fn quantities(&self) -> Vec<String> {
        names(OF_FINAL)
    }

    /// It is of one instant.
    fn is_of_whole_window(&self) -> bool {
        false
    }

    fn observe(&self, scene: &mut Scene<'_>, unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        vec![(Quantity::real("final", unit, "value at the end of the window"), at_end(scene))]
    }
}

/// The signal at the window's last instant.
fn at_end(scene: &mut Scene<'_>) -> Node {
    scene.shared("final", |scene| {
        let value = scene.interval.value;
        let (symbol, last) = scene.accumulator("final", value);
        scene.on_leaving(Half::Second, symbol, value);
        last
    })
}

/// `value`: the signal at an instant, by the cubic Hermite polynomial of the interval in which it lies.
#[derive(Clone, Debug)]
pub(super) struct ValueAt {
    /// From the window's beginning.
    at: f64,
    /// What its quantity is called.
    word: String,
}

pub(super) const OF_VALUE: &[&str] = &["value"];

impl ValueAt {
    /// From the options of a request.
    pub(super) fn build(options: &Options<'_>) -> Result<Arc<dyn Observer>, RequestError> {
        options.allow(&["at", "name"])?;
        let at =
            options.time("at")?.ok_or(RequestError::MissingOption { observer: "value", option: "at" })?;
        if at < 0.0 {
            return Err(options.refused("at", "a time from the window's beginning, 0 or more"));
        }
        let word = options.name_or(OF_VALUE[0])?;
        Ok(Arc::new(Self { at, word }))
    }

    fn node(&self, scene: &mut Scene<'_>) -> Node {
        if self.at >= scene.duration * (1.0 - AT_END) {
            return at_end(scene);
        }
        let Interval { value, time, step, .. } = scene.interval;
        let undefined = scene.graph.constant(f64::NAN);
        let initial = if self.at == 0.0 { value } else { undefined };
        let (symbol, known) = scene.accumulator(&format!("value.{}", self.word), initial);
        if self.at == 0.0 {
            return known;
        }
        let (zero, one) = (scene.graph.constant(0.0), scene.graph.constant(1.0));
        let (taken, is_taken) = scene.accumulator(&format!("value.{}.taken", self.word), zero);
        let graph = &mut *scene.graph;
        let at = graph.constant(self.at);
        let is_reached = graph.binary(Binary::LessOrEqual, at, time);
        // The value that is kept may itself be undefined.
        let is_new = graph.binary(Binary::Equal, is_taken, zero);
        let happens = graph.binary(Binary::And, is_reached, is_new);
        let back = graph.sub(time, at);
        let back = graph.div(back, step);
        let place = graph.sub(one, back);
        // Times are rounded.
        let place = graph.binary(Binary::Maximum, place, zero);
        let place = graph.binary(Binary::Minimum, place, one);
        let value = scene.value_at(place);
        for half in HALVES {
            scene.change_when(half, happens, symbol, value);
            scene.change_when(half, happens, taken, one);
        }
        known
    }
}

impl Observer for ValueAt {
    fn name(&self) -> &'static str {
        "value"
    }

    fn options(&self) -> String {
        let Self { at, word } = self;
        let name = if word == OF_VALUE[0] { String::new() } else { format!(", name={word}") };
        format!("at={at}{name}")
    }

    fn quantities(&self) -> Vec<String> {
        vec![self.word.clone()]
    }

    fn latest(&self) -> Option<f64> {
        Some(self.at)
    }

    /// It is of one instant.
    fn is_of_whole_window(&self) -> bool {
        false
    }

    fn observe(&self, scene: &mut Scene<'_>, unit: &str, time_unit: &str) -> Vec<(Quantity, Node)> {
        let node = self.node(scene);
        let unit_of_time = if time_unit == "1" { String::new() } else { format!(" {time_unit}") };
        let meaning = format!("value {}{unit_of_time} after the window's beginning", self.at);
        vec![(Quantity::real(self.word.clone(), unit, meaning), node)]
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::super::trial::{Wave, close, measure};

    #[test]
    fn a_cubic_is_known_at_every_instant_of_the_window() {
        let cubic = |t: f64| (t * t * t - 2.0 * t + 1.0, 3.0 * t * t - 2.0);
        for steps in [7, 8, 100] {
            for at in [0.0, 0.001, 0.5, 1.0, 1.3, 1.999_999, 2.0] {
                let asked = format!("value(at={at})");
                let (measured, _) = measure(&[&asked, "final"], &cubic, &Wave::window(steps, 2.0));
                close(measured["value"], cubic(at).0, 1e-13);
                assert_eq!(measured["final"], cubic(2.0).0);
            }
        }
    }

    #[test]
    fn two_instants_have_two_names() {
        let asked = ["value(at=0.25)", "value(at=0.75, name=late)"];
        let (measured, _) = measure(&asked, &|t| (4.0 * t, 4.0), &Wave::window(16, 1.0));
        assert_eq!([measured["value"], measured["late"]], [1.0, 3.0]);
    }

    #[test]
    fn an_instant_at_which_the_signal_is_no_number_has_no_value_and_others_have_theirs() {
        let gap = |t: f64| if (0.4..0.6).contains(&t) { (f64::NAN, f64::NAN) } else { (4.0 * t, 4.0) };
        let asked = ["value(at=0.5)", "value(at=0.25, name=early)", "value(at=0.75, name=late)", "final"];
        let (measured, _) = measure(&asked, &gap, &Wave::window(16, 1.0).with_gaps());
        assert!(measured["value"].is_nan());
        assert_eq!([measured["early"], measured["late"], measured["final"]], [1.0, 3.0, 4.0]);
    }
}
