//! Where an axis has its ticks, and what they say. Knows nothing of pictures.

use crate::show::words;

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Its place on the drawn scale: the value, or its decimal logarithm.
    pub(super) at: f64,
    /// What it says; `None` for a small tick between two that speak.
    pub(super) text: Option<String>,
}

/// Ticks of an axis whose drawn scale goes from `low` to `high`, about `wanted` of which speak.
pub(super) fn ticks(low: f64, high: f64, is_log: bool, wanted: usize) -> Vec<Tick> {
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Vec::new();
    }
    if is_log && high - low >= 0.7 {
        logarithmic(low, high, wanted)
    } else {
        linear(low, high, is_log, wanted)
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear(low: f64, high: f64, is_log: bool, wanted: usize) -> Vec<Tick> {
    // A logarithmic axis much shorter than a decade is read like a linear one, at its own places.
    let (from, to) = if is_log { (10_f64.powf(low), 10_f64.powf(high)) } else { (low, high) };
    let rough = (to - from) / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let (step, parts) = [(1.0, 5), (2.0, 4), (5.0, 5), (10.0, 5)]
        .into_iter()
        .map(|(multiple, parts)| (multiple * power, parts))
        .find(|(step, _)| *step >= rough * 0.9)
        .unwrap_or((10.0 * power, 5));
    let small = step / f64::from(parts);
    let slack = 1e-9 * (to - from);
    let first = ((from - slack) / small).ceil() as i64;
    let last = ((to + slack) / small).floor() as i64;
    (first..=last)
        .map(|index| {
            let value = index as f64 * small;
            let text = (index % i64::from(parts) == 0).then(|| words::number(cleaned(value, step)));
            Tick { at: if is_log { value.log10() } else { value }, text }
        })
        .collect()
}

/// A multiple of a step without the noise of its last bits.
fn cleaned(value: f64, step: f64) -> f64 {
    if value.abs() < 1e-6 * step { 0.0 } else { value }
}

/// Powers of ten speak, and where these are few also 2 and 5 times them; the other digits are small ticks.
fn logarithmic(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let decades = high - low;
    let stride = (decades / wanted.max(1) as f64).ceil().max(1.0) as i64;
    let speaking: &[i64] = if decades < 1.5 {
        &[1, 2, 5]
    } else if decades < 2.5 {
        &[1, 3]
    } else {
        &[1]
    };
    let mut marks = Vec::new();
    for decade in low.floor() as i64..=high.ceil() as i64 {
        for digit in 1..10 {
            let at = decade as f64 + (digit as f64).log10();
            if at < low - 1e-9 || at > high + 1e-9 || (stride > 1 && digit > 1) {
                continue;
            }
            let speaks = speaking.contains(&digit) && decade % stride == 0;
            let text = speaks.then(|| words::number(digit as f64 * 10_f64.powi(decade as i32)));
            marks.push(Tick { at, text });
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(low: f64, high: f64, is_log: bool) -> Vec<String> {
        ticks(low, high, is_log, 6).into_iter().filter_map(|tick| tick.text).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(spoken(0.0, 350.0, false), ["0", "100", "200", "300"]);
        assert_eq!(spoken(-1.2, 1.1, false), ["−1", "−0.5", "0", "0.5", "1"]);
        assert_eq!(spoken(0.0, 0.003, false), ["0", "0.0005", "0.001", "0.0015", "0.002", "0.0025", "0.003"]);
    }

    #[test]
    fn a_logarithmic_axis_says_its_decades() {
        assert_eq!(spoken(-3.0, 2.0, true), ["0.001", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(spoken(0.0, 1.0, true), ["1", "2", "5", "10"]);
        assert_eq!(spoken(-12.0, 12.0, true).len(), 7);
    }

    #[test]
    fn an_empty_axis_has_no_ticks() {
        assert!(ticks(1.0, 1.0, false, 6).is_empty());
        assert!(ticks(f64::NAN, 1.0, false, 6).is_empty());
    }
}
