//! The section `[time]`: how a point is stepped and how long. Knows steppers by name only.

use crate::complaint::Complaint;
use crate::integrate;

use super::document::Value;
use super::duration;
use super::fields::{Fields, Sink, did_you_mean};

/// How a point is stepped, in the model's time unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The stepper's name.
    pub method: String,
    /// The length of a step.
    pub step: f64,
    /// How many steps are thrown away.
    pub transient_steps: u64,
    /// How many steps are measured; even, since the window has two halves.
    pub window_steps: u64,
    /// Beyond it a variable has diverged, if not what the model says.
    pub bound: Option<f64>,
}

impl Timing {
    /// Where the stepper comes from.
    pub fn reference(&self) -> Option<&'static str> {
        integrate::find(&self.method).map(|tableau| tableau.reference)
    }
}

/// What the model says about its time.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// `s`, `ms` or `1`.
    pub(super) unit: String,
    /// The default step.
    pub(super) step: Option<f64>,
    /// The default stepper, by XPPAUT's name or ours.
    pub(super) method: Option<String>,
}

/// More steps than this per phase no run can ever make.
const MOST_STEPS: f64 = 1e15;

/// Reads the section. Without `clock` (the model could not be read) times are not looked at.
pub(super) fn read(
    section: Option<Fields<'_>>,
    clock: Option<&Clock>,
    sink: &mut Sink,
    warnings: &mut Vec<Complaint>,
) -> Option<Timing> {
    let mut fields = section?;
    let before = sink.len();
    let unit = clock.map_or("1", |clock| clock.unit.as_str());
    let example = |number: &str| if unit == "1" { number.to_owned() } else { format!("\"{number} {unit}\"") };
    let default_method = clock.and_then(|clock| clock.method.as_deref()).and_then(of_xppaut);
    let method = match fields.get("method") {
        Some(value) => method(value, sink),
        None => default_method.map(str::to_owned),
    };
    if method.is_none() && sink.len() == before && clock.is_some() {
        fields.require("method", "\"rk4\"", sink);
    }
    let mut time = |value: Option<&Value>, what: &str| match (value, clock) {
        (Some(value), Some(_)) => duration::read(value, what, unit, sink),
        _ => None,
    };
    let step_value = fields.get("step");
    let step =
        time(step_value, "`step`").or(clock.filter(|_| step_value.is_none()).and_then(|clock| clock.step));
    let transient_value = fields.get("transient");
    let transient = time(transient_value, "`transient`");
    let window_value = fields.get("window");
    let window = time(window_value, "`window`");
    if step.is_none() && step_value.is_none() && clock.is_some() {
        fields.require("step", &example("0.01"), sink);
    }
    if transient_value.is_none() {
        fields.require("transient", &example("10"), sink);
    }
    if window_value.is_none() {
        fields.require("window", &example("10"), sink);
    }
    let bound_value = fields.get("bound");
    let bound = bound_value.and_then(|value| value.number("`bound`", sink));
    if let (Some(bound), Some(value)) = (bound, bound_value)
        && bound <= 0.0
    {
        let message = format!("`bound` is {bound}; no variable is within it");
        sink.push(value.place.error(message, "write the largest size that a variable may have, above 0"));
    }
    let budget_value = fields.get("budget");
    let budget = budget_value.and_then(|value| value.count("`budget`", 1, sink));
    let place = fields.place().clone();
    fields.finish(sink);
    let (step, transient, window) = (step?, transient?, window?);
    if step <= 0.0 {
        let place = step_value.map_or(place, |value| value.place.clone());
        sink.push(place.error("the step is 0", "write a step above 0"));
        return None;
    }
    let window_place = window_value.map_or(&place, |value| &value.place);
    if window < step * (1.0 - 1e-9) {
        let message = format!("the window {window} is shorter than a step {step}");
        sink.push(window_place.error(message, "make the window longer; it should hold several cycles"));
        return None;
    }
    if transient / step > MOST_STEPS || window / step > MOST_STEPS {
        sink.push(
            place.error(
                "a point would take more than 1e15 steps",
                "make the step longer or the times shorter",
            ),
        );
        return None;
    }
    let transient_steps = (transient / step).round() as u64;
    let window_steps = 2 * ((window / step / 2.0).round() as u64).max(1);
    let mut rounded = |value: Option<&Value>, what: &str, wanted: f64, steps: u64, kind: &str| {
        let given = steps as f64 * step;
        if (given - wanted).abs() > (1e-3 * step).max(1e-12 * wanted)
            && let Some(value) = value
        {
            let message = format!("{what} is not {kind} of steps; {steps} steps are taken, {given}");
            warnings.push(value.place.error(message, "choose a multiple of the step").as_warning());
        }
    };
    rounded(transient_value, "`transient`", transient, transient_steps, "a whole number");
    rounded(window_value, "`window`", window, window_steps, "an even number");
    if let (Some(budget), Some(value)) = (budget, budget_value)
        && transient_steps + window_steps > budget
    {
        let message = format!(
            "a point takes {} steps, more than the budget of {budget}",
            transient_steps + window_steps
        );
        sink.push(value.place.error(message, "raise `budget`, or make the step longer or the times shorter"));
        return None;
    }
    let is_bounded = bound_value.is_none() || bound.is_some_and(|bound| bound > 0.0);
    let method = method.filter(|_| is_bounded)?;
    Some(Timing { method, step, transient_steps, window_steps, bound })
}

fn method(value: &Value, sink: &mut Sink) -> Option<String> {
    let name = value.text("`method`", sink)?;
    if integrate::find(name).is_some() {
        return Some(name.to_owned());
    }
    let remedy = did_you_mean(name, integrate::catalog().map(|tableau| tableau.name));
    sink.push(value.place.error(format!("there is no method `{name}`"), remedy));
    None
}

/// Our name of a stepper that a model file names as XPPAUT does.
fn of_xppaut(name: &str) -> Option<&'static str> {
    let name = match name.to_lowercase().as_str() {
        "runge" | "runge-kutta" | "rungekutta" => "rk4",
        "modeuler" | "modifiedeuler" => "heun",
        other => return integrate::find(other).map(|tableau| tableau.name),
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::study::document;

    fn timing(text: &str, unit: &str) -> (Option<Timing>, Vec<String>, usize) {
        let value = document::read(&Source::new("study.toml", text)).expect("TOML");
        let (mut sink, mut warnings) = (Sink::new(), Vec::new());
        let clock = Clock { unit: unit.into(), step: Some(0.001), method: Some("Runge-Kutta".into()) };
        let fields = Fields::of("[time]", &value, &mut sink);
        let timing = read(fields, Some(&clock), &mut sink, &mut warnings);
        (timing, sink.into_iter().map(|complaint| complaint.message).collect(), warnings.len())
    }

    #[test]
    fn times_become_whole_steps() {
        let text = "method = \"heun\"\nstep = \"0.1 ms\"\ntransient = \"2 s\"\nwindow = \"3 s\"";
        let (timing, complaints, warnings) = timing(text, "s");
        assert_eq!((complaints.len(), warnings), (0, 0));
        let wanted = Timing {
            method: "heun".into(),
            step: 1e-4,
            transient_steps: 20_000,
            window_steps: 30_000,
            bound: None,
        };
        assert_eq!(timing, Some(wanted));
    }

    #[test]
    fn step_and_method_are_the_models_where_the_study_has_none() {
        let (timing, ..) = timing("transient = 1\nwindow = 1", "1");
        let timing = timing.expect("a timing");
        assert_eq!((timing.method.as_str(), timing.transient_steps), ("rk4", 1000));
    }

    #[test]
    fn times_that_are_no_whole_steps_are_rounded_with_a_warning() {
        let (timing, complaints, warnings) = timing("step = 0.3\ntransient = 1\nwindow = 1", "1");
        assert!(complaints.is_empty());
        assert_eq!(warnings, 2);
        let timing = timing.expect("a timing");
        assert_eq!((timing.transient_steps, timing.window_steps), (3, 4));
        let (timing, _, warnings) = self::timing("step = 0.001\ntransient = 1\nwindow = 3000.001", "1");
        assert_eq!((timing.expect("a timing").window_steps, warnings), (3_000_002, 1), "one step of many");
        let (timing, _, warnings) = self::timing("step = 0.1\ntransient = 0.3\nwindow = 100000", "1");
        assert_eq!((timing.expect("a timing").window_steps, warnings), (1_000_000, 0));
    }

    #[test]
    fn each_mistake_has_one_message() {
        let cases = [
            ("method = \"rk5\"\ntransient = 1\nwindow = 1", "no method `rk5`"),
            ("step = -0.1\ntransient = 1\nwindow = 1", "`step` is -0.1"),
            ("step = 0\ntransient = 1\nwindow = 1", "the step is 0"),
            ("step = 1\ntransient = 1\nwindow = 0.5", "shorter than a step"),
            ("step = \"0.1 ms\"\ntransient = 1\nwindow = 1", "has none"),
            ("transient = 1", "needs `window`"),
            ("window = 1", "needs `transient`"),
            ("transient = 1\nwidow = 1", "no key `widow`"),
            ("transient = 1\nwindow = 1\nbudget = 100", "more than the budget"),
            ("transient = 1e300\nwindow = 1", "1e15"),
            ("transient = 1\nwindow = 1\nbound = 0", "`bound` is 0"),
            ("transient = 1\nwindow = 1\nbound = \"far\"", "`bound`"),
        ];
        for (text, wanted) in cases {
            let (timing, complaints, _) = timing(text, "1");
            assert_eq!(timing, None, "{text}");
            assert_eq!(complaints.len(), 1, "{text}: {complaints:?}");
            assert!(complaints[0].contains(wanted), "{text}: {complaints:?}");
        }
    }
}
