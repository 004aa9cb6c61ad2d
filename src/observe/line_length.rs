//! How far a signal travels up and down.
//! Knows nothing of levels or cycles.

use super::{HALVES, Half, Observer, Scene, Turn, names, unit_per_time};
use crate::equation::graph::{Node, Unary};
use crate::table::Quantity;

/// `line_length`: the total variation of the signal, `1/T` times the integral of the slope's absolute value. It is summed from
/// turning point to turning point, so it does not depend on a sampling rate, unlike the usual sum over samples, whose limit
/// it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineLength;

pub(super) const QUANTITIES: &[&str] = &["line_length"];

impl Observer for LineLength {
    fn name(&self) -> &'static str {
        "line_length"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    fn observe(&self, scene: &mut Scene<'_>, unit: &str, time_unit: &str) -> Vec<(Quantity, Node)> {
        let value = scene.interval.value;
        let Turn { happens, value: turning, .. } = scene.turn();
        let zero = scene.graph.constant(0.0);
        let (length_symbol, length) = scene.accumulator("length", zero);
        let (before_symbol, before) = scene.accumulator("length.before", value);
        let [at_turn, at_end] = [turning, value].map(|here| {
            let way = scene.graph.sub(here, before);
            let way = scene.graph.unary(Unary::Absolute, way);
            scene.graph.add(length, way)
        });
        for half in HALVES {
            scene.change_when(half, happens, length_symbol, at_turn);
            scene.change_when(half, happens, before_symbol, turning);
        }
        scene.on_leaving(Half::Second, length_symbol, at_end);
        let duration = scene.graph.constant(scene.duration);
        let per_time = scene.graph.div(length, duration);
        let meaning = "way of the signal up and down per time";
        vec![(Quantity::real("line_length", unit_per_time(unit, time_unit), meaning), per_time)]
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::super::trial::{Wave, close, measure, sine};

    #[test]
    fn a_sine_goes_four_amplitudes_a_period() {
        let (measured, _) = measure(&["line_length"], &sine(1.0, 2.0, 3.0, 0.3), &Wave::window(6000, 2.0));
        close(measured["line_length"], 4.0 * 2.0 * 3.0, 1e-8);
    }

    #[test]
    fn a_ramp_goes_its_slope_and_a_constant_nowhere() {
        let (measured, _) = measure(&["line_length"], &|t| (1.0 - 3.0 * t, -3.0), &Wave::window(60, 2.0));
        close(measured["line_length"], 3.0, 1e-14);
        let (measured, _) = measure(&["line_length"], &|_| (1.0, 0.0), &Wave::window(60, 2.0));
        assert_eq!(measured["line_length"], 0.0);
    }
}
