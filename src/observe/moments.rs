//! The mean and the standard deviation of a signal over the window.
//! Knows nothing of what the signal does meanwhile.

use super::{HALVES, Half, Observer, Scene, names};
use crate::equation::graph::{Binary, Fused, Node, Unary};
use crate::table::Quantity;

/// `mean` and `standard_deviation`: averages over time (not over samples) by the trapezoidal rule with the first
/// Euler-Maclaurin correction of its ends, so to fourth order in the step.
///
/// Sums are of the signal above its value at the window's beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments;

pub(super) const QUANTITIES: &[&str] = &["mean", "standard_deviation"];

impl Observer for Moments {
    fn name(&self) -> &'static str {
        "moments"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    fn observe(&self, scene: &mut Scene<'_>, unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        let (shift, shifted, [sum, _]) = (scene.shift(), scene.shifted(), scene.sum());
        let (slope, step, duration) = (scene.interval.slope, scene.interval.step, scene.duration);
        let zero = scene.graph.constant(0.0);
        let (squares_symbol, squares) = scene.accumulator("squares", zero);
        let more = scene.graph.fused(Fused::MultiplyAdd, shifted, shifted, squares);
        for half in HALVES {
            scene.change(half, squares_symbol, more);
        }
        let (_, first_slope) = scene.accumulator("first_slope", slope);
        let (last_symbol, last) = scene.accumulator("last", zero);
        let (last_slope_symbol, last_slope) = scene.accumulator("last_slope", slope);
        scene.on_leaving(Half::Second, last_symbol, shifted);
        scene.on_leaving(Half::Second, last_slope_symbol, slope);

        // Both sums begin with the weight 1/2 of a zero, and end with a weight of 1 that should be 1/2. The correction is
        // -h/12 times the change of the integrand's slope, which for the square is 2 u u' and begins with 0.
        let graph = &mut *scene.graph;
        let (half, one, two, twelve) =
            (graph.constant(0.5), graph.constant(1.0), graph.constant(2.0), graph.constant(12.0));
        let duration = graph.constant(duration);
        let weight = graph.div(step, duration);
        let end = graph.div(step, twelve);
        let twice = graph.mul(two, last);
        let slopes = [(one, first_slope), (twice, zero)];
        let averages =
            [(sum, one), (squares, last)].into_iter().zip(slopes).map(|((total, factor), (chain, start))| {
                let surplus = graph.mul(last, factor);
                let trapezoid = graph.fused(Fused::NegatedMultiplyAdd, half, surplus, total);
                let stop = graph.mul(chain, last_slope);
                let change = graph.sub(stop, start);
                let corrected = graph.fused(Fused::NegatedMultiplyAdd, end, change, trapezoid);
                graph.mul(corrected, weight)
            });
        let averages: Vec<Node> = averages.collect();
        let mean = graph.add(shift, averages[0]);
        let variance = graph.fused(Fused::NegatedMultiplyAdd, averages[0], averages[0], averages[1]);
        // In this order NaN stays NaN.
        let variance = graph.binary(Binary::Maximum, zero, variance);
        let deviation = graph.unary(Unary::SquareRoot, variance);
        vec![
            (Quantity::real("mean", unit, "mean over the window"), mean),
            (Quantity::real("standard_deviation", unit, "standard deviation over the window"), deviation),
        ]
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::super::trial::{Wave, close, measure, sine};

    #[test]
    fn the_mean_and_deviation_of_whole_periods_of_a_sine_are_exact() {
        let (measured, _) = measure(&["moments"], &sine(5.0, 2.0, 3.0, 0.3), &Wave::window(600, 2.0));
        close(measured["mean"], 5.0, 1e-12);
        close(measured["standard_deviation"], 2.0_f64.sqrt(), 1e-12);
    }

    #[test]
    fn part_of_a_period_is_averaged_to_fourth_order() {
        // The mean of cos over [0, 1] is sin 1, that of its square 1/2 + sin(2)/4.
        let mean = 1.0_f64.sin();
        let deviation = (0.5 + 2.0_f64.sin() / 4.0 - mean * mean).sqrt();
        let errors = [16, 32, 64].map(|steps| {
            let (measured, _) =
                measure(&["moments"], &|t: f64| (t.cos(), -t.sin()), &Wave::window(steps, 1.0));
            [(measured["mean"] - mean).abs(), (measured["standard_deviation"] - deviation).abs()]
        });
        for pair in errors.windows(2) {
            for (coarse, fine) in pair[0].iter().zip(&pair[1]) {
                let order = (coarse / fine).log2();
                assert!((3.5..4.5).contains(&order), "order {order} of errors {errors:?}");
            }
        }
    }

    #[test]
    fn a_small_ripple_on_a_large_offset_keeps_its_deviation() {
        let (measured, _) = measure(&["moments"], &sine(1e6, 1e-3, 3.0, 1.0), &Wave::window(6000, 2.0));
        close(measured["standard_deviation"], 1e-3 / 2.0_f64.sqrt(), 1e-9);
    }

    #[test]
    fn a_constant_signal_is_its_mean_and_does_not_deviate() {
        let (measured, _) = measure(&["moments"], &|_| (0.1, 0.0), &Wave::window(77, 1.0));
        assert_eq!([measured["mean"], measured["standard_deviation"]], [0.1, 0.0]);
    }
}
