//! `[sense]`: when a design is large enough. Knows names of outputs, not how indices are computed.

use crate::design::{Design, MOST_POINTS, Sampling};

use super::document::{Content, Place, Value};
use super::fields::{Fields, Sink, did_you_mean};

/// The indices whose intervals may be waited for.
const ORDERS: [&str; 3] = ["S1", "ST", "S2"];

/// When a design is large enough: its base is doubled until the intervals of every parameter are narrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    /// Half the width that no 95 % interval should exceed.
    pub half_width: f64,
    /// Of which index.
    pub of: Order,
    /// Of which output: a regime, `seizing`, `regimes` or a feature.
    pub output: String,
    /// The largest base.
    pub at_most: u64,
}

/// An order of Sobol' indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// S1.
    First,
    /// ST.
    Total,
    /// S2.
    Second,
}

impl Order {
    /// As a study writes it.
    pub fn name(self) -> &'static str {
        ORDERS[self as usize]
    }
}

/// The rule, with the places of what is checked once the rest of the study is known.
#[derive(Debug)]
pub(super) struct Reading {
    until: Until,
    place: Place,
    output: Place,
    at_most: Place,
}

/// Reads the table.
pub(super) fn read(section: Option<Fields<'_>>, sink: &mut Sink) -> Option<Reading> {
    let mut fields = section?;
    let until = fields.get("until");
    fields.finish(sink);
    let value = until?;
    let mut fields = Fields::of("`until`", value, sink)?;
    let half = fields.require("half_width", "0.01", sink);
    let of = fields.get("of");
    let output = fields.require("output", "\"seizing\"", sink);
    let at_most = fields.require("at_most", "\"2^16\"", sink);
    fields.finish(sink);
    let before = sink.len();
    let half_width = half.and_then(|value| {
        let number = value.number("`half_width`", sink)?;
        if number > 0.0 && number < 1.0 {
            return Some(number);
        }
        let message = format!("`half_width` is {number}, and indices lie between 0 and 1");
        sink.push(value.place.error(message, "write a number above 0 and below 1, such as 0.01"));
        None
    });
    let order = match of.map(|value| (value, value.text("`of`", sink))) {
        None => Some(Order::Total),
        Some((_, None)) => None,
        Some((value, Some(name))) => {
            let found =
                [Order::First, Order::Total, Order::Second].into_iter().find(|own| own.name() == name);
            if found.is_none() {
                let message = format!("there is no index `{name}` to wait for");
                sink.push(value.place.error(message, did_you_mean(name, ORDERS)));
            }
            found
        }
    };
    let name = output.and_then(|value| value.text("`output`", sink));
    let most = at_most.and_then(|value| power(value, sink));
    if sink.len() > before {
        return None;
    }
    let until = Until { half_width: half_width?, of: order?, output: name?.to_owned(), at_most: most? };
    Some(Reading {
        until,
        place: value.place.clone(),
        output: output?.place.clone(),
        at_most: at_most?.place.clone(),
    })
}

/// A power of two, as a number or as `"2^16"`.
/// The number that a text such as `2^16` stands for.
pub(super) fn power_of_two(value: &Value) -> Option<u64> {
    let Content::Text(text) = &value.content else { return None };
    let exponent = text.strip_prefix("2^")?.parse::<u32>().ok()?;
    1_u64.checked_shl(exponent)
}

fn power(value: &Value, sink: &mut Sink) -> Option<u64> {
    let number = match &value.content {
        Content::Text(_) => power_of_two(value),
        _ => Some(value.count("`at_most`", 1, sink)?),
    };
    let found = number.filter(|number| number.is_power_of_two() && *number <= MOST_POINTS);
    if found.is_none() {
        sink.push(value.place.error(
            "`at_most` is the largest `base`, a power of two up to 2^32",
            "write one such as \"2^16\" or 65536",
        ));
    }
    found
}

impl Reading {
    /// The rule, if it fits the design and there is such an output.
    pub(super) fn check(self, design: Option<&Design>, outputs: &[String], sink: &mut Sink) -> Option<Until> {
        let Self { until, place, output, at_most } = self;
        let Some(design) = design.filter(|own| matches!(own.sampling(), Sampling::Saltelli { .. })) else {
            sink.push(place.error(
                "`until` waits for Sobol' indices, which design = \"saltelli\" gives",
                "take that design, or leave `until` out",
            ));
            return None;
        };
        let before = sink.len();
        if until.of == Order::Second && design.sampling() != (Sampling::Saltelli { second_order: true }) {
            sink.push(place.error("S2 needs `second_order = true` under [space]", "add it, or wait for ST"));
        }
        let base = design.size().base;
        if base > until.at_most {
            let message = format!("the design begins with `base` = {base}, more than `at_most`");
            sink.push(at_most.error(message, "begin with less, or allow more"));
        }
        if !outputs.iter().any(|own| own.eq_ignore_ascii_case(&until.output)) {
            let message = format!("there is no output `{}`", until.output);
            sink.push(output.error(message, did_you_mean(&until.output, outputs.iter().map(String::as_str))));
        }
        (sink.len() == before).then_some(until)
    }
}
