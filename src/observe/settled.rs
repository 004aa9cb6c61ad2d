//! Whether a signal still changes its ways within the window.
//! Knows nothing of what it does otherwise.

use super::{Extrema, Observer, STILL, Scene, names};
use crate::equation::graph::{Binary, Node, Unary};
use crate::table::{Kind, Quantity};

/// How far the extrema of the two halves may differ, as a fraction of the window's range.
const TOLERANCE: f64 = 1e-3;

/// `settled`: the minima of the two halves differ by at most 1e-3 of the range plus [`STILL`] of the scale, and the maxima
/// likewise. Means are not compared: over a part of a period they differ in a settled cycle too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settled;

pub(super) const QUANTITIES: &[&str] = &["settled"];

impl Observer for Settled {
    fn name(&self) -> &'static str {
        "settled"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    fn observe(&self, scene: &mut Scene<'_>, _unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        let Extrema { minimum, maximum } = scene.extrema();
        let [smallest, largest] = scene.range();
        let floor = scene.graph.constant(STILL * scene.scale);
        let graph = &mut *scene.graph;
        let tolerance = graph.constant(TOLERANCE);
        let range = graph.sub(largest, smallest);
        let share = graph.mul(tolerance, range);
        let allowed = graph.add(floor, share);
        let [low, high] = [minimum, maximum].map(|[first, second]| {
            let difference = graph.sub(second, first);
            let difference = graph.unary(Unary::Absolute, difference);
            graph.binary(Binary::LessOrEqual, difference, allowed)
        });
        let both = graph.binary(Binary::And, low, high);
        // A comparison cannot say "undefined".
        let is_number = graph.binary(Binary::Equal, range, range);
        let undefined = graph.constant(f64::NAN);
        let settled = graph.select(is_number, both, undefined);
        let meaning = "minimum and maximum agree between the halves of the window";
        vec![(Quantity::real("settled", "1", meaning).of_kind(Kind::Fact), settled)]
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::super::trial::{Wave, measure, sine};

    fn settled(signal: &dyn Fn(f64) -> (f64, f64)) -> f64 {
        measure(&["settled"], signal, &Wave::window(4000, 4.0)).0["settled"]
    }

    #[test]
    fn a_cycle_and_a_constant_are_settled_and_a_ramp_is_not() {
        assert_eq!(settled(&sine(1.0, 2.0, 3.3, 0.3)), 1.0);
        assert_eq!(settled(&|_| (1.0, 0.0)), 1.0);
        assert_eq!(settled(&|t| (t, 1.0)), 0.0);
    }

    #[test]
    fn a_decay_is_settled_when_it_is_slow_or_small_enough() {
        let decaying = |amplitude: f64, rate: f64| {
            move |t: f64| {
                let (value, slope) = sine(0.0, amplitude, 5.0, 0.1)(t);
                let envelope = (-rate * t).exp();
                (envelope * value, envelope * (slope - rate * value))
            }
        };
        // Over half of the window the envelope falls by 2 * rate, of which half the range is one side.
        assert_eq!(settled(&decaying(1.0, 0.9e-3)), 1.0);
        assert_eq!(settled(&decaying(1.0, 2e-3)), 0.0);
        assert_eq!(settled(&decaying(0.5e-4, 1.0)), 1.0);
    }

    #[test]
    fn an_undefined_signal_is_neither_settled_nor_unsettled() {
        assert!(settled(&|_| (f64::NAN, f64::NAN)).is_nan());
    }
}
