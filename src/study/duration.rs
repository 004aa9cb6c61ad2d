//! Times with units: `"0.1 ms"`, `"2 s"`, or a plain number where the model's time has no unit. Knows nothing of steps.

use super::document::{Content, Value};
use super::fields::{Sink, listing};

/// Units of time that a study may use, with what they are in seconds: a power of ten, and a factor.
const UNITS: [(&str, i32, f64); 6] =
    [("s", 0, 1.0), ("ms", -3, 1.0), ("us", -6, 1.0), ("µs", -6, 1.0), ("min", 0, 60.0), ("h", 0, 3600.0)];

/// A time in the model's unit (`s`, `ms` or `1`), which must be at least 0 and finite.
///
/// Scaling by powers of ten happens on the written number, so `"0.1 ms"` is the `f64` nearest to `0.0001` s.
pub(super) fn read(value: &Value, what: &str, time_unit: &str, sink: &mut Sink) -> Option<f64> {
    let time = match &value.content {
        Content::Number { value: number, .. } if time_unit == "1" => *number,
        Content::Number { spelling, .. } => {
            let message = format!("{what} needs a unit: the time of this model is in {time_unit}");
            sink.push(value.place.error(message, format!("write \"{spelling} {time_unit}\"")));
            return None;
        }
        Content::Text(text) => match of_text(text, time_unit) {
            Ok(time) => time,
            Err((message, remedy)) => {
                sink.push(value.place.error(format!("{what}: {message}"), remedy));
                return None;
            }
        },
        other => {
            let message = format!("{what} is {}, and should be a time", other.kind());
            let example = if time_unit == "1" { "100".to_owned() } else { format!("\"2 {time_unit}\"") };
            sink.push(value.place.error(message, format!("write for instance {example}")));
            return None;
        }
    };
    if time.is_finite() && time >= 0.0 {
        return Some(time);
    }
    sink.push(value.place.error(format!("{what} is {time}"), "a time is finite and not negative"));
    None
}

/// A time that is written with its unit, as [`read`] reads it; else message and remedy.
pub(super) fn of_text(text: &str, time_unit: &str) -> Result<f64, (String, String)> {
    let text = text.trim();
    let at = text.rfind(|letter: char| letter.is_ascii_digit() || letter == '.').map_or(0, |at| at + 1);
    let (number, unit) = (text[..at].trim(), text[at..].trim());
    if number.parse::<f64>().is_err() {
        let example = if time_unit == "1" { "100".to_owned() } else { format!("\"2 {time_unit}\"") };
        return Err((format!("`{text}` is not a time"), format!("write for instance {example}")));
    }
    if time_unit == "1" {
        let message = format!("`{text}` has a unit, and the time of this model has none");
        return if unit.is_empty() {
            Ok(number.parse().unwrap_or(f64::NAN))
        } else {
            Err((
                message,
                "declare its unit, as by the line `#@ time ms` in the model's file, or write a number in the model's own time"
                    .to_owned(),
            ))
        };
    }
    if unit.is_empty() {
        let message = format!("`{text}` needs a unit: the time of this model is in {time_unit}");
        return Err((message, format!("write \"{number} {time_unit}\"")));
    }
    let scale_of = |unit: &str| UNITS.iter().find(|(name, ..)| *name == unit);
    let Some(&(_, power, factor)) = scale_of(unit) else {
        let remedy =
            format!("use {}", listing(UNITS.iter().map(|(name, ..)| *name).filter(|name| *name != "µs")));
        return Err((format!("`{unit}` is not a unit of time"), remedy));
    };
    let model_power = scale_of(time_unit).map_or(0, |(_, power, _)| *power);
    Ok(scaled(number, power - model_power) * factor)
}

/// A written number times a power of ten, correctly rounded.
fn scaled(number: &str, power: i32) -> f64 {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or(0).saturating_add(power);
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::study::document;

    fn time(text: &str, unit: &str) -> Result<f64, String> {
        let value = document::read(&Source::new("s", format!("t = {text}"))).expect("TOML");
        let Content::Table(entries) = &value.content else { panic!("a table") };
        let mut sink = Sink::new();
        read(&entries[0].value, "`t`", unit, &mut sink).ok_or_else(|| sink[0].message.clone())
    }

    #[test]
    fn a_time_becomes_the_nearest_number_of_the_models_unit() {
        assert_eq!(time("\"0.1 ms\"", "s"), Ok(0.0001));
        assert_eq!(time("\"0.3ms\"", "s"), Ok(0.0003));
        assert_eq!(time("\"2 s\"", "ms"), Ok(2000.0));
        assert_eq!(time("\"1e-1 ms\"", "s"), Ok(0.0001));
        assert_eq!(time("\"2 min\"", "s"), Ok(120.0));
        assert_eq!(time("0.05", "1"), Ok(0.05));
        assert_eq!(time("3000", "1"), Ok(3000.0));
    }

    #[test]
    fn a_wrong_or_missing_unit_is_an_error() {
        assert!(time("0.1", "s").expect_err("no unit").contains("needs a unit"));
        assert!(time("\"2\"", "s").expect_err("no unit").contains("needs a unit"));
        assert!(time("\"2 s\"", "1").expect_err("a unit").contains("has none"));
        assert!(time("\"2 mV\"", "s").expect_err("no time").contains("not a unit of time"));
        assert!(time("\"two s\"", "s").expect_err("no number").contains("not a time"));
        assert!(time("-1", "1").expect_err("negative").contains("-1"));
        assert!(time("\"-1 s\"", "s").expect_err("negative").contains("-1"));
        assert!(time("nan", "1").is_err());
        assert!(time("true", "s").expect_err("a truth").contains("should be a time"));
    }
}
