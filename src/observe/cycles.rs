//! How often a signal repeats, and how many maxima a repetition has.
//! Knows nothing of the shape of a cycle beyond that.

use super::{Extrema, Half, Observer, STILL, Scene, Trigger, Turn, names};
use crate::equation::graph::{Binary, Node, Symbol};
use crate::table::Quantity;

/// The signal must go this fraction of the first half's range below the mid level between two crossings.
const HYSTERESIS: f64 = 0.1;

/// A maximum counts when the signal rises to it and falls from it by this fraction of the first half's range.
const PROMINENCE: f64 = 0.01;

/// Crossings that a frequency needs: two cycles.
const FEWEST_CROSSINGS: f64 = 3.0;

/// `frequency` and `maxima_per_cycle`. The first half of the window gives the mid level `(minimum + maximum)/2`; in the second
/// half its upward crossings are timed: `(crossings - 1) / (last - first)`, undefined below three crossings and where the
/// first half's range is below [`STILL`] of the scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cycles;

pub(super) const QUANTITIES: &[&str] = &["frequency", "maxima_per_cycle"];

impl Observer for Cycles {
    fn name(&self) -> &'static str {
        "cycles"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    fn observe(&self, scene: &mut Scene<'_>, _unit: &str, time_unit: &str) -> Vec<(Quantity, Node)> {
        let levels = levels(scene);
        let maxima = count_maxima(scene, levels.prominence);
        let trigger = scene.trigger("cycles", Half::Second, [levels.upper, levels.lower], levels.lower);
        let crossings = Crossings::count(scene, &trigger, maxima);

        let graph = &mut *scene.graph;
        let (one, fewest) = (graph.constant(1.0), graph.constant(FEWEST_CROSSINGS));
        let undefined = graph.constant(f64::NAN);
        let cycles = graph.sub(crossings.number, one);
        let span = graph.sub(crossings.last, crossings.first);
        let span = match scene.seconds_per_time_unit {
            Some(seconds) => {
                let seconds = graph.constant(seconds);
                graph.mul(span, seconds)
            }
            None => span,
        };
        let is_defined = graph.binary(Binary::LessOrEqual, fewest, crossings.number);
        let frequency = graph.div(cycles, span);
        let frequency = graph.select(is_defined, frequency, undefined);
        let counted = graph.sub(crossings.maxima_at_last, crossings.maxima_at_first);
        let maxima = graph.div(counted, cycles);
        let maxima = graph.select(is_defined, maxima, undefined);

        let unit = match (scene.seconds_per_time_unit, time_unit) {
            (Some(_), _) => "Hz".to_owned(),
            (None, "1") => "1".to_owned(),
            (None, other) => format!("{other}-1"),
        };
        vec![
            (
                Quantity::real(
                    "frequency",
                    unit,
                    "cycles per time: upward crossings of the mid level, hysteresis 10 % of the range",
                ),
                frequency,
            ),
            (
                Quantity::real(
                    "maxima_per_cycle",
                    "1",
                    "maxima per cycle that stand out by 1 % of the range",
                ),
                maxima,
            ),
        ]
    }
}

/// What the first half teaches; to be read when the second half is entered.
struct Levels {
    upper: Node,
    lower: Node,
    prominence: Node,
}

fn levels(scene: &mut Scene<'_>) -> Levels {
    let Extrema { minimum: [minimum, _], maximum: [maximum, _] } = scene.extrema();
    let floor = scene.graph.constant(STILL * scene.scale);
    let graph = &mut *scene.graph;
    let (half, never) = (graph.constant(0.5), graph.constant(f64::NEG_INFINITY));
    let (hysteresis, prominence) = (graph.constant(HYSTERESIS), graph.constant(PROMINENCE));
    let range = graph.sub(maximum, minimum);
    let above = graph.mul(half, range);
    let upper = graph.add(minimum, above);
    let depth = graph.mul(hysteresis, range);
    let lower = graph.sub(upper, depth);
    let moves = graph.binary(Binary::Less, floor, range);
    // A still signal is taken to be up, and never comes down.
    let lower = graph.select(moves, lower, never);
    let prominence = graph.mul(prominence, range);
    Levels { upper, lower, prominence }
}

/// Counts the maxima of the second half: a maximum is counted at the first minimum that lies deep enough below it.
fn count_maxima(scene: &mut Scene<'_>, prominence: Node) -> Node {
    let Turn { happens, is_maximum, value: turning, .. } = scene.turn();
    let (zero, none) = (scene.graph.constant(0.0), scene.graph.constant(f64::NEG_INFINITY));
    let (depth_symbol, depth) = scene.accumulator("maxima.prominence", zero);
    scene.on_entering_second_half(depth_symbol, prominence);
    let (peak_symbol, peak) = scene.accumulator("maxima.peak", none);
    let (trough_symbol, trough) = scene.accumulator("maxima.trough", zero);
    scene.on_entering_second_half(trough_symbol, scene.interval.value);
    let (count_symbol, count) = scene.accumulator("maxima.count", zero);

    let graph = &mut *scene.graph;
    let one = graph.constant(1.0);
    // At a maximum: it becomes the peak, if it is the highest since the last deep minimum and high enough above that.
    let rise = graph.sub(turning, trough);
    let is_high = graph.binary(Binary::Less, depth, rise);
    let highest = graph.binary(Binary::Maximum, peak, turning);
    let climbed = graph.select(is_high, highest, peak);
    // At a minimum: if it is deep enough below the peak, the peak counts and the search for the next begins.
    let fall = graph.sub(peak, turning);
    let is_deep = graph.binary(Binary::Less, depth, fall);
    let left = graph.select(is_deep, none, peak);
    let lowest = graph.binary(Binary::Minimum, trough, turning);
    let deepest = graph.select(is_deep, turning, lowest);
    let more = graph.add(count, one);
    let counted = graph.select(is_deep, more, count);

    let next_peak = graph.select(is_maximum, climbed, left);
    let next_trough = graph.select(is_maximum, trough, deepest);
    let next_count = graph.select(is_maximum, count, counted);
    for (symbol, next) in [(peak_symbol, next_peak), (trough_symbol, next_trough), (count_symbol, next_count)]
    {
        scene.change_when(Half::Second, happens, symbol, next);
    }
    count
}

/// The upward crossings of the second half, after the window.
struct Crossings {
    number: Node,
    first: Node,
    last: Node,
    maxima_at_first: Node,
    maxima_at_last: Node,
}

impl Crossings {
    fn count(scene: &mut Scene<'_>, trigger: &Trigger, maxima: Node) -> Self {
        let (zero, one) = (scene.graph.constant(0.0), scene.graph.constant(1.0));
        let (number_symbol, number) = scene.accumulator("cycles.number", zero);
        let graph = &mut *scene.graph;
        let is_first = graph.binary(Binary::Equal, number, zero);
        let more = graph.add(number, one);
        let next = graph.select(trigger.rises, more, number);
        scene.change_when(Half::Second, trigger.happens, number_symbol, next);
        let mut keep = |name: &str, value: Node, which: Option<Node>| {
            let (symbol, now): (Symbol, Node) = scene.accumulator(name, zero);
            let taken = which.map_or(value, |which| scene.graph.select(which, value, now));
            let next = scene.graph.select(trigger.rises, taken, now);
            scene.change_when(Half::Second, trigger.happens, symbol, next);
            now
        };
        Self {
            number,
            first: keep("cycles.first", trigger.time, Some(is_first)),
            last: keep("cycles.last", trigger.time, None),
            maxima_at_first: keep("cycles.maxima_at_first", maxima, Some(is_first)),
            maxima_at_last: keep("cycles.maxima_at_last", maxima, None),
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use std::f64::consts::TAU;

    use super::super::trial::{Wave, close, measure, sine};

    #[test]
    fn the_frequency_of_a_sine_is_found_to_nine_digits() {
        let wave = Wave::window(8000, 4.0).in_seconds(1.0);
        let (measured, _) = measure(&["cycles"], &sine(1.0, 2.0, 10.3, 0.3), &wave);
        close(measured["frequency"], 10.3, 1e-9 * 10.3);
        assert_eq!(measured["maxima_per_cycle"], 1.0);
    }

    #[test]
    fn the_frequency_is_in_hertz_where_time_has_a_unit() {
        let signal = sine(1.0, 2.0, 0.0103, 0.3);
        let (measured, _) = measure(&["cycles"], &signal, &Wave::window(8000, 4000.0).in_seconds(1e-3));
        close(measured["frequency"], 10.3, 1e-7);
        let (measured, _) = measure(&["cycles"], &signal, &Wave::window(8000, 4000.0));
        close(measured["frequency"], 0.0103, 1e-10);
    }

    #[test]
    fn crossing_times_are_found_to_fourth_order() {
        let errors = [500, 1000, 2000].map(|steps| {
            let (measured, _) = measure(&["cycles"], &sine(0.2, 2.0, 10.3, 0.3), &Wave::window(steps, 4.0));
            (measured["frequency"] - 10.3).abs()
        });
        // The errors of two crossings add with phases that vary from step to step.
        assert!(errors[2] < errors[0] / 50.0, "{errors:?}");
    }

    /// Like a spike-and-wave complex: the second harmonic makes a second maximum, above the mid level.
    fn spike_and_wave(t: f64) -> (f64, f64) {
        let phase = TAU * 2.4 * t;
        let value = phase.sin() + 0.8 * (2.0 * phase).cos();
        (value, TAU * 2.4 * (phase.cos() - 1.6 * (2.0 * phase).sin()))
    }

    #[test]
    fn a_cycle_with_two_maxima_is_one_cycle() {
        let signal = |t: f64| {
            let (value, slope) = spike_and_wave(t);
            (-value, -slope)
        };
        for signal in [&signal as &dyn Fn(f64) -> (f64, f64), &spike_and_wave] {
            let (measured, _) = measure(&["cycles"], signal, &Wave::window(6000, 6.0).in_seconds(1.0));
            assert_eq!(measured["maxima_per_cycle"], 2.0);
        }
        let (measured, _) = measure(&["cycles"], &signal, &Wave::window(6000, 6.0).in_seconds(1.0));
        close(measured["frequency"], 2.4, 1e-8);
    }

    #[test]
    fn a_sharp_spike_of_a_slow_cycle_has_five_digits_of_frequency_at_a_tenth_of_a_millisecond() {
        // exp(k (cos - 1)) with k = 200: a spike 40 ms wide every 419 ms.
        let signal = |t: f64| {
            let phase = TAU * 2.384_566_2 * t;
            let value = (200.0 * (phase.cos() - 1.0)).exp();
            (10.0 * value, -10.0 * value * 200.0 * phase.sin() * TAU * 2.384_566_2)
        };
        let (measured, _) = measure(&["cycles"], &signal, &Wave::window(30_000, 3.0).in_seconds(1.0));
        close(measured["frequency"], 2.384_566_2, 1e-9);
        assert_eq!(measured["maxima_per_cycle"], 1.0);
    }

    #[test]
    fn a_ripple_below_the_hysteresis_makes_no_crossing_and_below_the_prominence_no_maximum() {
        let signal = |t: f64| {
            let (slow, fast) = (TAU * 1.5 * t, TAU * 40.0 * t);
            (slow.sin() + 0.004 * fast.sin(), TAU * (1.5 * slow.cos() + 0.16 * fast.cos()))
        };
        let (measured, _) = measure(&["cycles"], &signal, &Wave::window(8000, 8.0).in_seconds(1.0));
        close(measured["frequency"], 1.5, 5e-3);
        assert_eq!(measured["maxima_per_cycle"], 1.0);
    }

    #[test]
    fn two_crossings_make_no_frequency_and_three_do() {
        // Upward crossings at 1, 2, 3, ... and the second half is [2.5, 5].
        let wave = Wave::window(500, 5.0);
        let (measured, _) = measure(&["cycles"], &sine(0.0, 1.0, 1.0, 0.0), &wave);
        assert!(measured["frequency"].is_nan() && measured["maxima_per_cycle"].is_nan());
        let (measured, _) = measure(&["cycles"], &sine(0.0, 1.0, 1.0, 0.1), &Wave::window(700, 7.0));
        close(measured["frequency"], 1.0, 1e-7);
    }

    #[test]
    fn what_moves_less_than_the_floor_has_no_frequency() {
        for amplitude in [0.0, 1e-16, 0.4e-4] {
            let (measured, _) =
                measure(&["cycles"], &sine(3.0, amplitude, 10.0, 0.1), &Wave::window(2000, 2.0));
            assert!(measured["frequency"].is_nan(), "{amplitude}");
        }
        let (measured, _) = measure(&["cycles"], &sine(3.0, 0.6e-4, 10.0, 0.1), &Wave::window(2000, 2.0));
        close(measured["frequency"], 10.0, 1e-5);
    }
}
