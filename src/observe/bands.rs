//! The power of a signal in the bands of the electroencephalogram, and its dominant frequency.
//! Knows nothing of what a rhythm means.

use std::sync::{Arc, LazyLock};

use super::spectrum::Spectrum;
use super::{Conclusion, Observer, STILL, Scene, names, unit_squared};
use crate::equation::elementary;
use crate::equation::graph::{Node, Unary};
use crate::table::Quantity;

/// A band: its name, and from where to where it goes, in Hz; the upper edge belongs to the next.
struct Band {
    name: &'static str,
    from: f64,
    to: f64,
}

/// The bands, in order and without gaps.
const BANDS: [Band; 5] = [
    Band { name: "delta", from: 0.5, to: 4.0 },
    Band { name: "theta", from: 4.0, to: 8.0 },
    Band { name: "alpha", from: 8.0, to: 13.0 },
    Band { name: "beta", from: 13.0, to: 30.0 },
    Band { name: "gamma", from: 30.0, to: 80.0 },
];

/// Samples are taken at least this often, in Hz, where the step allows it.
const SAMPLING_RATE: f64 = 500.0;

/// Half of the width of a spectral line behind a Hann window, in periods of the record.
const HALF_LINE: f64 = 2.0;

/// `delta_power` to `gamma_power` and `dominant_frequency`.
///
/// The signal is averaged over stretches of `every` steps, so that little above half of the sampling rate is folded down; one
/// spectrum of the whole window is taken of the averages ([`Spectrum`]), and divided by what the averaging took away, which is
/// `(sin(every x) / (every sin x))^2` at `x = pi frequency step`. A band's power is the sum over its frequencies. The dominant
/// frequency is the top of the parabola through the logarithms of the largest power and its two neighbours.
///
/// A band is undefined where the window is shorter than a period of its lower edge, or so short that a line is wider than the
/// band, or where half of the sampling rate is below its upper edge. Everything is undefined where time has no unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bands;

pub(super) const QUANTITIES: &[&str] =
    &["delta_power", "theta_power", "alpha_power", "beta_power", "gamma_power", "dominant_frequency"];

/// What a map says of the quantities.
static MEANINGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of_band = |band: &Band| format!("power in the {} band, {} to {} Hz", band.name, band.from, band.to);
    let dominant = "frequency of the largest power between 0.5 and 80 Hz";
    BANDS.iter().map(of_band).chain(std::iter::once(dominant.to_owned())).collect()
});

impl Observer for Bands {
    fn name(&self) -> &'static str {
        "bands"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    /// A spectrum of samples that are not numbers is none.
    fn is_of_whole_window(&self) -> bool {
        false
    }

    fn observe(&self, scene: &mut Scene<'_>, unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        let results = if let Some(rhythm) = Rhythm::of(scene) {
            let [_, sum] = scene.sum();
            scene.record(rhythm.every, sum, QUANTITIES, Arc::new(rhythm))
        } else {
            vec![scene.graph.constant(f64::NAN); QUANTITIES.len()]
        };
        let units =
            std::iter::repeat_n(unit_squared(unit), BANDS.len()).chain(std::iter::once("Hz".to_owned()));
        let described = QUANTITIES.iter().zip(units).zip(MEANINGS.iter());
        described
            .zip(results)
            .map(|(((&name, unit), meaning), node)| (Quantity::real(name, unit, meaning.as_str()), node))
            .collect()
    }
}

/// From samples of a signal's running sum to the powers of its bands.
#[derive(Debug)]
struct Rhythm {
    every: u64,
    /// From one sample to the next, in seconds.
    interval: f64,
    spectrum: Spectrum,
    /// What the averaging left of each power, `[k]`, up to the highest band.
    left: Vec<f64>,
    /// Less power than this has no dominant frequency.
    floor: f64,
}

impl Rhythm {
    /// `None` where time has no unit, or the window is too short for any band.
    fn of(scene: &Scene<'_>) -> Option<Self> {
        let step = scene.graph.literal(scene.interval.step).expect("the step is a literal");
        let steps = (scene.duration / step).round();
        let step = step * scene.seconds_per_time_unit?;
        // A step that divides the interval may do so with a rounding error.
        let every = (1.0 / (SAMPLING_RATE * step) * (1.0 + 1e-9)).floor().max(1.0);
        let samples = (steps / every).floor() as usize;
        let interval = every * step;
        let highest = BANDS[BANDS.len() - 1].to;
        if (samples as f64 * interval) * (highest / 2.0) < HALF_LINE {
            return None;
        }
        let spectrum = Spectrum::new(samples);
        let sine = |x: f64| elementary::unary(Unary::Sine, x);
        let left = (0..spectrum.length() / 2)
            .map(|k| std::f64::consts::PI * k as f64 / spectrum.length() as f64)
            .take_while(|angle| angle / (std::f64::consts::PI * interval) <= highest)
            .map(|angle| if angle == 0.0 { 1.0 } else { sine(angle) / (every * sine(angle / every)) })
            .map(|amplitude| amplitude * amplitude);
        let left = left.collect();
        let still = STILL * scene.scale;
        // A sine of that distance from peak to peak.
        let floor = still * still / 8.0;
        Some(Self { every: every as u64, interval, spectrum, left, floor })
    }

    fn duration(&self) -> f64 {
        self.spectrum.samples() as f64 * self.interval
    }

    fn frequency(&self, k: f64) -> f64 {
        k / (self.spectrum.length() as f64 * self.interval)
    }

    fn power(&self, powers: &[f64], band: &Band) -> f64 {
        let shortest = (1.0 / band.from).max(2.0 * HALF_LINE / (band.to - band.from));
        if self.duration() < shortest || 2.0 * band.to * self.interval > 1.0 {
            return f64::NAN;
        }
        let inside = |k: &usize| (band.from..band.to).contains(&self.frequency(*k as f64));
        (0..powers.len()).filter(inside).map(|k| powers[k]).sum()
    }

    fn dominant_frequency(&self, powers: &[f64]) -> f64 {
        // Below, what is left of the mean's own line is not told from a rhythm.
        let lowest = BANDS[0].from.max(HALF_LINE / self.duration());
        let inside = (0..powers.len()).filter(|&k| self.frequency(k as f64) >= lowest);
        let Some(top) = inside.max_by(|&a, &b| powers[a].total_cmp(&powers[b])) else { return f64::NAN };
        let total: f64 = powers[1..].iter().sum();
        if top == 0 || top + 1 >= powers.len() || total.is_nan() || total < self.floor {
            return f64::NAN;
        }
        let [before, at, after] =
            [top - 1, top, top + 1].map(|k| elementary::unary(Unary::Logarithm, powers[k]));
        if before > at || after > at {
            // The power falls from the edge on: what dominates is slower.
            return f64::NAN;
        }
        let curvature = before - 2.0 * at + after;
        let offset = if curvature < 0.0 { 0.5 * (before - after) / curvature } else { 0.0 };
        self.frequency(top as f64 + offset)
    }
}

impl Conclusion for Rhythm {
    fn conclude(&self, samples: &[f64]) -> Vec<f64> {
        assert_eq!(
            samples.len(),
            self.spectrum.samples(),
            "a record has one sample for every so many intervals"
        );
        let mut before = 0.0;
        let averages: Vec<f64> = samples
            .iter()
            .map(|&sum| (sum - std::mem::replace(&mut before, sum)) / self.every as f64)
            .collect();
        let powers = self.spectrum.powers(&averages, self.left.len());
        let powers: Vec<f64> = powers.iter().zip(&self.left).map(|(power, left)| power / left).collect();
        let bands = BANDS.iter().map(|band| self.power(&powers, band));
        bands.chain(std::iter::once(self.dominant_frequency(&powers))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::trial::{Wave, close, measure, sine};
    use super::*;

    fn bands(signal: &dyn Fn(f64) -> (f64, f64), steps: u64, duration: f64) -> HashMap<String, f64> {
        measure(&["bands"], signal, &Wave::window(steps, duration).in_seconds(1.0)).0
    }

    #[test]
    fn a_sine_has_half_of_its_squared_amplitude_in_its_band_and_nothing_elsewhere() {
        for (band, frequency) in
            [("delta", 2.1), ("theta", 6.03), ("alpha", 10.4), ("beta", 21.7), ("gamma", 61.3)]
        {
            let measured = bands(&sine(5.0, 3.0, frequency, 0.2), 12_000, 3.0);
            close(measured["dominant_frequency"], frequency, 0.01);
            for own in &BANDS {
                let expected = if own.name == band { 4.5 } else { 0.0 };
                close(measured[&format!("{}_power", own.name)], expected, 4.5 * 2e-3);
            }
        }
    }

    #[test]
    fn the_powers_of_two_rhythms_stand_apart() {
        let signal = |t: f64| {
            let (slow, fast) = (sine(1.0, 2.0, 3.0, 0.1)(t), sine(0.0, 0.5, 40.0, 0.3)(t));
            (slow.0 + fast.0, slow.1 + fast.1)
        };
        let measured = bands(&signal, 20_000, 4.0);
        close(measured["delta_power"], 2.0, 4e-3);
        close(measured["gamma_power"], 0.125, 1e-3);
        close(measured["dominant_frequency"], 3.0, 1e-2);
    }

    #[test]
    fn a_rhythm_half_way_between_two_frequencies_is_found_there() {
        let spectrum = Spectrum::new(1024);
        let rhythm = Rhythm { every: 1, interval: 1e-3, spectrum, left: Vec::new(), floor: 0.0 };
        let mut powers = vec![1e-3; 40];
        powers[9..13].copy_from_slice(&[1.0, 4.0, 4.0, 1.0]);
        // By symmetry.
        close(rhythm.dominant_frequency(&powers), rhythm.frequency(10.5), 1e-12);
        powers[11] = 1.0;
        close(rhythm.dominant_frequency(&powers), rhythm.frequency(10.0), 1e-12);
    }

    #[test]
    fn what_is_below_the_floor_or_highest_at_the_last_frequency_has_no_dominant_one() {
        let spectrum = || Spectrum::new(1024);
        let of = |floor: f64, powers: &[f64]| {
            Rhythm { every: 1, interval: 1e-3, spectrum: spectrum(), left: Vec::new(), floor }
                .dominant_frequency(powers)
        };
        let mut powers = vec![1e-9; 40];
        powers[10] = 1e-6;
        assert!(of(1e-3, &powers).is_nan(), "less than the floor");
        assert!(of(1e-7, &powers) > 0.0);
        powers[39] = 1e-5;
        assert!(of(1e-7, &powers).is_nan(), "it may rise further on");
        powers[20] = f64::NAN;
        assert!(of(1e-7, &powers).is_nan());
    }

    #[test]
    fn what_is_faster_than_the_sampling_is_held_down() {
        // At 500 samples a second 460 Hz would look like 40 Hz.
        let measured = bands(&sine(0.0, 1.0, 460.0, 0.2), 30_000, 3.0);
        assert!(measured["gamma_power"] < 0.5 * 0.01, "{}", measured["gamma_power"]);
    }

    #[test]
    fn bands_that_the_window_cannot_resolve_are_undefined() {
        let measured = bands(&sine(0.0, 1.0, 10.0, 0.2), 5000, 1.0);
        assert!(measured["delta_power"].is_nan());
        close(measured["theta_power"] + measured["alpha_power"], 0.5, 5e-3);
        close(measured["dominant_frequency"], 10.0, 0.02);
        let measured = bands(&sine(0.0, 1.0, 10.0, 0.2), 500, 4.0);
        assert!(measured["gamma_power"].is_nan(), "125 samples a second do not reach 80 Hz");
        close(measured["alpha_power"], 0.5, 5e-3);
    }

    #[test]
    fn nothing_is_defined_where_time_has_no_unit_or_a_signal_rests() {
        let (measured, _) = measure(&["bands"], &sine(0.0, 1.0, 10.0, 0.2), &Wave::window(4000, 4.0));
        assert!(measured.values().all(|value| value.is_nan()));
        let measured = bands(&|_| (3.0, 0.0), 4000, 4.0);
        assert!(measured["dominant_frequency"].is_nan());
        close(measured["delta_power"], 0.0, 0.0);
    }

    #[test]
    fn a_drift_has_no_dominant_frequency() {
        let measured = bands(&|t| (t, 1.0), 4000, 4.0);
        assert!(measured["dominant_frequency"].is_nan(), "{}", measured["dominant_frequency"]);
    }
}
