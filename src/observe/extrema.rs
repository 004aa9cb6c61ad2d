//! The smallest and the largest value of a signal in the window, and their distance.
//! Knows nothing of when they happen.

use super::{Observer, Scene, names};
use crate::equation::graph::Node;
use crate::table::Quantity;

/// `minimum`, `maximum`, `amplitude`: over the whole window, at the turning points of the cubic Hermite interpolant and at
/// the window's ends. The amplitude is peak to peak.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range;

pub(super) const QUANTITIES: &[&str] = &["minimum", "maximum", "amplitude"];

impl Observer for Range {
    fn name(&self) -> &'static str {
        "extrema"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    fn observe(&self, scene: &mut Scene<'_>, unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        let [smallest, largest] = scene.range();
        let amplitude = scene.graph.sub(largest, smallest);
        vec![
            (Quantity::real("minimum", unit, "smallest value in the window"), smallest),
            (Quantity::real("maximum", unit, "largest value in the window"), largest),
            (Quantity::real("amplitude", unit, "largest minus smallest value in the window"), amplitude),
        ]
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::super::trial::{Wave, close, measure, sine};

    /// The error of a maximum of 1, three tenths of a step behind a sample; the curve leans to one side.
    fn error_of_maximum(steps: u64) -> f64 {
        let peak = 2.0 / steps as f64 * (steps as f64 / 2.0 + 0.3);
        let signal = |t: f64| {
            let from_peak = t - peak;
            let value = from_peak.cos() + 0.2 * from_peak.powi(3);
            (value, -from_peak.sin() + 0.6 * from_peak.powi(2))
        };
        (measure(&["extrema"], &signal, &Wave::window(steps, 2.0)).0["maximum"] - 1.0).abs()
    }

    #[test]
    fn extrema_between_samples_are_found_to_fourth_order() {
        let errors: Vec<f64> = [10, 20, 40, 80, 160].map(error_of_maximum).to_vec();
        for pair in errors.windows(2) {
            let order = (pair[0] / pair[1]).log2();
            assert!((3.8..4.3).contains(&order), "order {order} of errors {errors:?}");
        }
    }

    #[test]
    fn the_amplitude_of_a_sine_is_found_between_its_samples() {
        let (measured, _) = measure(&["extrema"], &sine(1.0, 2.0, 3.1, 0.3), &Wave::window(620, 2.0));
        close(measured["amplitude"], 4.0, 1e-7);
        close(measured["minimum"], -1.0, 1e-7);
    }

    #[test]
    fn the_ends_of_a_ramp_are_its_extrema() {
        let (measured, _) = measure(&["extrema"], &|t| (2.0 * t - 1.0, 2.0), &Wave::window(100, 3.0));
        assert_eq!([measured["minimum"], measured["maximum"], measured["amplitude"]], [-1.0, 5.0, 6.0]);
    }

    #[test]
    fn an_extremum_on_a_sample_is_exact() {
        let (measured, _) =
            measure(&["extrema"], &|t| ((t - 1.0) * (t - 1.0), 2.0 * (t - 1.0)), &Wave::window(4, 2.0));
        assert_eq!([measured["minimum"], measured["maximum"]], [0.0, 1.0]);
    }

    #[test]
    fn a_constant_signal_has_no_amplitude() {
        let (measured, turns) = measure(&["extrema"], &|_| (0.7, 0.0), &Wave::window(50, 1.0));
        assert_eq!([measured["minimum"], measured["maximum"], measured["amplitude"]], [0.7, 0.7, 0.0]);
        assert_eq!(turns, 0, "guarded work is done at turning points only");
    }
}
