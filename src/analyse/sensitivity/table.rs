//! An analysis as a table with bars, for a person. Knows nothing of how indices were computed.

use std::fmt;

use super::{Analysis, Estimator, Input, Place, Report};

/// Letters of a bar that stands for 1.
const BAR: usize = 24;
/// So many pairs are listed, the strongest first.
const MOST_PAIRS: usize = 5;
/// Pairs below this part of the variance are not listed.
const LEAST_PAIR: f64 = 0.005;

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => write!(formatter, "{value}"),
            Self::Name(name) => write!(formatter, "{name}"),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        write!(formatter, "{:<16} ", names.join(", "))?;
        if self.labels.is_empty() {
            let [from, to] = self.range;
            let scale = if self.is_logarithmic { ", uniform in the logarithm" } else { "" };
            let unit = if self.columns[0].unit == "1" { "" } else { &self.columns[0].unit };
            let separator = if unit.is_empty() { "" } else { " " };
            write!(formatter, "{} values from {from} to {to}{separator}{unit}{scale}", self.length)
        } else {
            write!(formatter, "{}", self.labels.join(", "))
        }
    }
}

/// A number in six digits or so.
pub(super) fn significant(value: f64) -> String {
    let is_plain = value == 0.0 || (1e-3..1e7).contains(&value.abs());
    if is_plain { format!("{value:.6}") } else { format!("{value:.5e}") }
}

/// A number without zeros at its end.
pub(super) fn short(value: f64) -> String {
    let text = significant(value);
    if text.contains('e') || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An index in a column of 8 letters.
fn number(index: Option<f64>) -> String {
    index.map_or_else(|| format!("{:>8}", "-"), |index| format!("{index:>8.4}"))
}

/// S1 as a full bar, which goes on as a light one to ST.
fn bar(first: Option<f64>, total: Option<f64>) -> String {
    let letters = |index: Option<f64>| (index.unwrap_or(0.0).clamp(0.0, 1.0) * BAR as f64).round() as usize;
    let (first, total) = (letters(first), letters(total));
    format!("{}{}", "█".repeat(first), "░".repeat(total.saturating_sub(first)))
}

impl Report {
    fn table(&self, analysis: &Analysis, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "
{}",
            analysis.output
        )?;
        if let Some([mean, variance]) = analysis.moments {
            write!(formatter, "   mean {}   variance {}", significant(mean), significant(variance))?;
        }
        write!(formatter, "   n = {}", analysis.points)?;
        if analysis.dropped > 0 {
            write!(formatter, ", {} undefined", analysis.dropped)?;
        }
        writeln!(formatter)?;
        if analysis.indices.iter().any(|own| own.first.is_some()) {
            writeln!(formatter, "  {:<16} {:>8} {:>8} {:>8}", "", "S1", "ST", "Shapley")?;
            for (input, own) in self.inputs.iter().zip(&analysis.indices) {
                let line = format!(
                    "  {:<16} {} {} {}  {}",
                    input.name(),
                    number(own.first),
                    number(own.total),
                    number(own.shapley),
                    bar(own.first, own.total)
                );
                writeln!(formatter, "{}", line.trim_end())?;
            }
        }
        let mut pairs: Vec<(usize, usize, f64)> = analysis
            .pairs
            .iter()
            .filter_map(|&(one, other, value)| Some((one, other, value?)))
            .filter(|(.., value)| *value >= LEAST_PAIR)
            .collect();
        pairs.sort_by(|one, other| other.2.total_cmp(&one.2));
        if !pairs.is_empty() {
            let name = |input: usize| self.inputs[input].name();
            let shown = pairs.iter().take(MOST_PAIRS);
            let texts: Vec<String> = shown
                .map(|&(one, other, value)| format!("{} x {} {value:.4}", name(one), name(other)))
                .collect();
            writeln!(formatter, "  pairs (S2): {}", texts.join(", "))?;
        }
        if let Some(remark) = &analysis.remark {
            writeln!(formatter, "  {remark}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        writeln!(formatter, "\ninputs, every value with the same weight")?;
        for input in &self.inputs {
            writeln!(formatter, "  {input}")?;
        }
        if !self.at.is_empty() {
            let places: Vec<String> =
                self.at.iter().map(|(name, place)| format!("{name} = {place}")).collect();
            writeln!(formatter, "at {}", places.join(", "))?;
        }
        if self.outputs.iter().any(|analysis| analysis.estimator == Estimator::Anova) {
            writeln!(
                formatter,
                "\nindices of a full grid are exact for these values: their intervals have no width"
            )?;
            writeln!(formatter, "█ S1: of the parameter alone   ░ up to ST: with all others")?;
        }
        for analysis in self.outputs.iter().filter(|analysis| !analysis.is_constant) {
            self.table(analysis, formatter)?;
        }
        let constant = self.outputs.iter().filter(|analysis| analysis.is_constant);
        let constant = constant.map(|own| (own.output.as_str(), own.moments.map(|[mean, _]| mean)));
        write!(formatter, "{}", constants(constant))?;
        for note in &self.notes {
            writeln!(formatter, "\nnote: {note}")?;
        }
        Ok(())
    }
}

/// The outputs that have one value only, those of each value in one line.
pub(super) fn constants<'a>(outputs: impl Iterator<Item = (&'a str, Option<f64>)>) -> String {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, value) in outputs {
        let value = value.map_or_else(|| "no value".to_owned(), short);
        match lines.iter_mut().find(|(known, _)| *known == value) {
            Some((_, names)) => names.push(name),
            None => lines.push((value, vec![name])),
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let line = |(value, names): &(String, Vec<&str>)| format!("  {value}: {}\n", names.join(", "));
    format!("\nconstant, without indices:\n{}", lines.iter().map(line).collect::<String>())
}
