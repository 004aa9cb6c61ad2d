//! An analysis of runs as a table with bars and intervals, for a person. Knows nothing of how indices were computed.

use std::fmt;

use crate::analyse::sensitivity::table::{constants, short, significant};

use super::{Analysis, Estimate, Indices, Method, Parameter, Report};

/// Letters of a bar that stands for 1.
const BAR: usize = 24;
/// So many pairs are listed, the strongest first.
const MOST_PAIRS: usize = 5;
/// Pairs below this part of the variance are not listed.
const LEAST_PAIR: f64 = 0.005;
/// Letters of a parameter's name before it pushes the numbers aside.
const NAME: usize = 16;

impl fmt::Display for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.distributions.is_empty() {
            return write!(formatter, "{:<NAME$} {}", self.name, self.distribution());
        }
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, [low, high])| {
                let range = format!("{} to {}", short(*low), short(*high));
                if *name == self.name { range } else { format!("{name} {range}") }
            })
            .collect();
        write!(formatter, "{:<NAME$} {}", self.name, columns.join(", "))
    }
}

/// An index with its interval, in a column of 17 letters.
fn with_interval(own: Estimate) -> String {
    // What is 0 in four digits has no sign.
    let value = own.value.map(|value| if value.abs() < 5e-5 { 0.0 } else { value });
    match (value, own.half) {
        (Some(value), Some(half)) => format!("{value:>8.4} ±{half:<7.4}"),
        (Some(value), None) => format!("{value:>8.4}         "),
        (None, _) => format!("{:>8}         ", "-"),
    }
}

/// The same of numbers of any size.
fn of_any_size(own: Estimate) -> String {
    match (own.value, own.half) {
        (Some(value), Some(half)) => format!("{:>12} ±{:<11}", compact(value), compact(half)),
        (Some(value), None) => format!("{:>12}  {:<11}", compact(value), ""),
        (None, _) => format!("{:>12}  {:<11}", "-", ""),
    }
}

fn compact(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

/// S1 as a full bar, which goes on as a light one to ST.
fn bar(first: Option<f64>, total: Option<f64>) -> String {
    let letters = |index: Option<f64>| (index.unwrap_or(0.0).clamp(0.0, 1.0) * BAR as f64).round() as usize;
    let (first, total) = (letters(first), letters(total));
    format!("{}{}", "█".repeat(first), "░".repeat(total.saturating_sub(first)))
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| format!("{:>8}", "-"), |value| format!("{value:>8.4}"))
}

impl Report {
    fn lines(&self, analysis: &Analysis) -> Vec<String> {
        match self.method {
            Method::PickFreeze => self.of_indices(analysis),
            Method::Elementary => self.of_effects(analysis),
            Method::Given => self.of_given(analysis),
        }
    }

    fn each<'a>(&'a self, analysis: &'a Analysis) -> impl Iterator<Item = (&'a str, &'a Indices)> {
        self.parameters.iter().map(|own| own.name.as_str()).zip(&analysis.indices)
    }

    fn of_indices(&self, analysis: &Analysis) -> Vec<String> {
        let mut lines = vec![format!("  {:<NAME$} {:>8}          {:>8}", "", "S1", "ST")];
        for (name, own) in self.each(analysis) {
            let (first, total) = (with_interval(own.first), with_interval(own.total));
            lines.push(format!("  {name:<NAME$} {first} {total}  {}", bar(own.first.value, own.total.value)));
        }
        if let Some((Some(floor), _)) = analysis.floor {
            lines.push(format!("  {:<NAME$} {floor:>8.4}", "(does nothing)"));
        }
        lines
    }

    fn of_effects(&self, analysis: &Analysis) -> Vec<String> {
        let mut lines = vec![format!("  {:<NAME$} {:>12} {:>24} {:>24}  sign", "", "mu*", "mu", "sigma")];
        let largest = analysis.indices.iter().filter_map(|own| own.effects?.size.value).fold(0.0, f64::max);
        for (name, own) in self.each(analysis) {
            let effects = own.effects.unwrap_or_default();
            let deviation = effects.deviation.map_or_else(|| "-".to_owned(), compact);
            let part = effects.size.value.filter(|_| largest > 0.0).map(|size| size / largest);
            lines.push(format!(
                "  {name:<NAME$} {} {} {deviation:>10}  {:<4}  {}",
                of_any_size(effects.size),
                of_any_size(effects.mean),
                effects.sign(),
                bar(part, None)
            ));
        }
        lines
    }

    fn of_given(&self, analysis: &Analysis) -> Vec<String> {
        let columns = ["RSA", "PAWN", "delta", "PRCC"].map(|name| format!("{name:>8}")).join(" ");
        let mut lines = vec![format!("  {:<NAME$} {:>8}          {columns}", "", "S1")];
        for (name, own) in self.each(analysis) {
            let given = own.given.unwrap_or_default();
            let measures = [given.regional, given.pawn, given.variation, given.partial].map(plain).join(" ");
            lines.push(format!(
                "  {name:<NAME$} {} {measures}  {}",
                with_interval(own.first),
                bar(own.first.value, None)
            ));
        }
        if let Some((first, given)) = analysis.floor {
            let measures = [given.regional, given.pawn, given.variation].map(plain).join(" ");
            lines.push(format!("  {:<NAME$} {}          {measures}", "(does nothing)", plain(first)));
        }
        lines
    }

    fn table(&self, analysis: &Analysis, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\n{}", analysis.output)?;
        if let Some([mean, variance]) = analysis.moments {
            write!(formatter, "   mean {}   variance {}", significant(mean), significant(variance))?;
        }
        write!(formatter, "   n = {}", analysis.runs)?;
        if analysis.undefined > 0 {
            write!(formatter, ", {} undefined", analysis.undefined)?;
        }
        writeln!(formatter)?;
        for line in self.lines(analysis) {
            writeln!(formatter, "{}", line.trim_end())?;
        }
        let mut pairs: Vec<(usize, usize, Estimate)> = analysis.pairs.clone();
        pairs.retain(|(.., own)| own.value.is_some_and(|value| value >= LEAST_PAIR));
        pairs.sort_by(|one, other| other.2.value.unwrap_or(0.0).total_cmp(&one.2.value.unwrap_or(0.0)));
        if !pairs.is_empty() {
            let texts = pairs.iter().take(MOST_PAIRS).map(|&(one, other, own)| {
                let half = own.half.map(|half| format!(" ±{half:.4}")).unwrap_or_default();
                let name = |group: usize| &self.parameters[group].name;
                format!("{} x {} {:.4}{half}", name(one), name(other), own.value.unwrap_or(f64::NAN))
            });
            writeln!(formatter, "  pairs (S2): {}", texts.collect::<Vec<_>>().join(", "))?;
        }
        for remark in analysis.remarks.iter().chain(&self.oddities(analysis)) {
            writeln!(formatter, "  {remark}")?;
        }
        Ok(())
    }

    /// What the numbers are, in one or two lines.
    fn legend(&self) -> String {
        let mut estimators: Vec<&str> = Vec::new();
        for own in self.outputs.iter().flat_map(|analysis| &analysis.indices) {
            if !estimators.contains(&own.estimator.as_str()) {
                estimators.push(&own.estimator);
            }
        }
        let estimators = estimators.join(", ");
        match self.method {
            Method::PickFreeze => format!(
                "estimators (S1+ST): {estimators}; ± half of the 95 % interval\n█ S1: of the parameter alone   ░ up to ST: with all others"
            ),
            Method::Elementary => {
                "elementary effects: what a move over the whole range of a parameter would change\nmu* mean size, mu mean, sigma standard deviation; ± half of the 95 % interval".to_owned()
            }
            Method::Given => format!(
                "given points: S1 ({estimators}), RSA, PAWN, total variation (delta), partial rank correlation (PRCC)\n(does nothing): the largest of ten parameters that do nothing"
            ),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [replicates, base, blocks] = self.size;
        writeln!(formatter, "{}", self.title)?;
        let of = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        writeln!(
            formatter,
            "\n{} x {} x {} = {}",
            of(base, "row"),
            of(blocks, "block"),
            of(replicates, "replicate"),
            of(base * blocks * replicates, "run")
        )?;
        for parameter in &self.parameters {
            writeln!(formatter, "  {parameter}")?;
        }
        writeln!(formatter, "\n{}", self.legend())?;
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
