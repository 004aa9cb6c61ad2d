//! The list `[[stimulus]]`: parameters that have another value from one time to another. Knows nothing of how they are switched.

use crate::complaint::Complaint;
use crate::simulate::{Formula, Stimulus};

use super::document::{Content, Value};
use super::duration;
use super::fields::{Fields, Sink, did_you_mean};
use super::formula::{self, Known};
use super::timing::Timing;

/// What stimuli stand on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// Every parameter of the model and the network; `None` where the model could not be read.
    pub(super) parameters: Option<&'a [String]>,
    /// `s`, `ms` or `1`.
    pub(super) time_unit: &'a str,
    /// How points are stepped, where that could be read.
    pub(super) timing: Option<&'a Timing>,
}

/// Reads the list; none where the study has none.
pub(super) fn read(value: Option<&Value>, ground: Ground<'_>, sink: &mut Sink) -> Vec<Stimulus> {
    let items = value.and_then(|value| value.list("`[[stimulus]]`", sink));
    items.unwrap_or_default().iter().filter_map(|item| stimulus(item, ground, sink)).collect()
}

fn stimulus(item: &Value, ground: Ground<'_>, sink: &mut Sink) -> Option<Stimulus> {
    let mut fields = Fields::of("[[stimulus]]", item, sink)?;
    let parameter = fields.require("parameter", "\"g\"", sink).and_then(|value| {
        let name = value.text("`parameter`", sink)?;
        if let Some(known) = ground.parameters
            && !known.iter().any(|known| known == name)
        {
            let message = format!("there is no parameter `{name}` to stimulate");
            sink.push(value.place.error(message, did_you_mean(name, known.iter().map(String::as_str))));
            return None;
        }
        Some(name.to_owned())
    });
    let known = Known { names: ground.parameters, what: "parameter" };
    let value = fields.require("value", "2", sink);
    let value = value.and_then(|value| formula::read(value, "`value`", known, sink));
    let example = |time: &str| {
        if ground.time_unit == "1" { time.to_owned() } else { format!("\"{time} {}\"", ground.time_unit) }
    };
    let from_value = fields.require("from", &example("10"), sink);
    let from = from_value.and_then(|value| time(value, "`from`", ground, sink));
    let to = fields.require("to", &example("20"), sink).and_then(|value| time(value, "`to`", ground, sink));
    let place = fields.place().clone();
    fields.finish(sink);
    let stimulus = Stimulus { parameter: parameter?, value: value?, from: from?, to: to? };
    if let [Some(from), Some(to)] = [&stimulus.from, &stimulus.to].map(fixed)
        && from >= to
    {
        let message = format!("the stimulus ends at {to}, and begins at {from}");
        sink.push(place.error(message, "let `to` be after `from`"));
        return None;
    }
    Some(stimulus)
}

/// Warns of stimuli that begin when all is over.
pub(super) fn late(value: &Value, stimuli: &[Stimulus], timing: &Timing) -> Vec<Complaint> {
    let end = timing.step * (timing.transient_steps + timing.window_steps) as f64;
    let over = stimuli.iter().filter_map(|own| fixed(&own.from).map(|from| (own, from)));
    over.filter(|(_, from)| *from >= end)
        .map(|(own, from)| {
            let message = format!(
                "the stimulus of `{}` begins at {from}, and transient and window together end at {end}",
                own.parameter
            );
            value.place.error(message, "let it begin earlier, or the window end later").as_warning()
        })
        .collect()
}

fn fixed(formula: &Formula) -> Option<f64> {
    formula.graph.literal(formula.node)
}

/// A time with its unit, which must be a multiple of the step; or a formula over parameters, in the model's unit.
fn time(value: &Value, what: &str, ground: Ground<'_>, sink: &mut Sink) -> Option<Formula> {
    if let Content::Text(text) = &value.content
        && text.trim_start().starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '(')
    {
        let known = Known { names: ground.parameters, what: "parameter" };
        return formula::read(value, what, known, sink);
    }
    // Without the model its unit is not known, and the time cannot be read.
    ground.parameters?;
    let time = duration::read(value, what, ground.time_unit, sink)?;
    if let Some(Timing { step, .. }) = ground.timing {
        let steps = (time / step).round();
        if (steps * step - time).abs() > 1e-6 * step {
            let message = format!("{what} is {time}, inside a step of {step}");
            let remedy = format!(
                "write {} or {}, or let the step divide it",
                step * (time / step).floor(),
                step * (time / step).ceil()
            );
            sink.push(value.place.error(message, remedy));
            return None;
        }
    }
    Some(formula::number(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::study::document;

    fn stimuli(text: &str, unit: &str) -> (Vec<Stimulus>, Vec<String>) {
        let value =
            document::read(&Source::new("study.toml", format!("stimulus = [{{ {text} }}]"))).expect("TOML");
        let mut sink = Sink::new();
        let mut fields = Fields::of("a study", &value, &mut sink).expect("a table");
        let parameters = ["g".to_owned(), "onset".to_owned()];
        let timing =
            Timing { method: "rk4".into(), step: 0.25, transient_steps: 0, window_steps: 400, bound: None };
        let ground = Ground { parameters: Some(&parameters), time_unit: unit, timing: Some(&timing) };
        let stimuli = read(fields.get("stimulus"), ground, &mut sink);
        (
            stimuli,
            sink.into_iter()
                .map(|complaint| format!("{}; {}", complaint.message, complaint.remedy))
                .collect(),
        )
    }

    #[test]
    fn times_are_numbers_with_the_models_unit_or_formulas() {
        let (read, complaints) =
            stimuli("parameter = \"g\", value = \"2*onset\", from = \"onset\", to = 20", "1");
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(
            [&read[0].value, &read[0].from, &read[0].to].map(|formula| formula.text.as_str()),
            ["2*onset", "onset", "20.0"]
        );
        let (read, complaints) =
            stimuli("parameter = \"g\", value = 2, from = \"500 ms\", to = \"20 s\"", "s");
        assert_eq!((complaints.len(), fixed(&read[0].from)), (0, Some(0.5)));
    }

    #[test]
    fn each_mistake_has_one_message() {
        let cases = [
            ("parameter = \"h\", value = 2, from = 1, to = 2", "no parameter `h` to stimulate"),
            ("parameter = \"g\", value = \"onst\", from = 1, to = 2", "did you mean `onset`?"),
            ("parameter = \"g\", value = true, from = 1, to = 2", "`value` is true or false"),
            ("parameter = \"g\", value = 2, from = 1.1, to = 2", "inside a step of 0.25; write 1 or 1.25"),
            ("parameter = \"g\", value = 2, from = 3, to = 2", "ends at 2, and begins at 3"),
            ("parameter = \"g\", value = 2, from = -1, to = 2", "`from` is -1"),
            ("parameter = \"g\", value = 2, from = 1", "needs `to`"),
            ("parameter = \"g\", value = 2, from = 1, to = 2, unil = 3", "no key `unil`"),
        ];
        for (text, wanted) in cases {
            let (read, complaints) = stimuli(text, "1");
            assert!(read.is_empty() || text.contains("unil"), "{text}");
            assert!(complaints.len() == 1 && complaints[0].contains(wanted), "{text}: {complaints:?}");
        }
    }
}
