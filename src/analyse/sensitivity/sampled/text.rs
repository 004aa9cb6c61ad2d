//! An analysis of runs as a table with bars and intervals, for a person. Knows nothing of how indices were computed.

use std::fmt;

use crate::analyse::sensitivity::table::{constants, short, significant};

use super::{Analysis, Estimate, Indices, Method, Parameter, Report};

/// Letters of a bar that stands for 1.
const BAR: usize = 24;
/// A shorter one tells nothing.
const LEAST_BAR: usize = 6;
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

/// The same of numbers of any size; in a narrow column with four digits that count.
fn of_any_size(own: Estimate, is_narrow: bool) -> String {
    let (told, width, after) =
        if is_narrow { (narrow as fn(f64) -> String, 10, 9) } else { (compact as _, 12, 11) };
    match (own.value, own.half) {
        (Some(value), Some(half)) => format!("{:>width$} ±{:<after$}", told(value), told(half)),
        (Some(value), None) => format!("{:>width$}  {:<after$}", told(value), ""),
        (None, _) => format!("{:>width$}  {:<after$}", "-", ""),
    }
}

fn narrow(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits = if size == 0.0 { 3 } else { (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize };
    format!("{value:.digits$}")
}

fn compact(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

/// How long the bar of 1 is after so many letters, in lines of so many: shorter where they are narrow, at last nothing.
fn room(columns: Option<usize>, before: usize) -> usize {
    let room = columns.map_or(BAR, |columns| columns.saturating_sub(before + 2).min(BAR));
    if room < LEAST_BAR { 0 } else { room }
}

/// S1 as a full bar, which goes on as a light one to ST.
fn bar(first: Option<f64>, total: Option<f64>, whole: usize) -> String {
    let letters = |index: Option<f64>| (index.unwrap_or(0.0).clamp(0.0, 1.0) * whole as f64).round() as usize;
    let (first, total) = (letters(first), letters(total));
    format!("{}{}", "█".repeat(first), "░".repeat(total.saturating_sub(first)))
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| format!("{:>8}", "-"), |value| format!("{value:>8.4}"))
}

impl Report {
    fn lines(&self, analysis: &Analysis, columns: Option<usize>) -> Vec<String> {
        match self.method {
            Method::PickFreeze => self.of_indices(analysis, columns),
            Method::Elementary => self.of_effects(analysis, columns),
            Method::Given => self.of_given(analysis, columns),
        }
    }

    fn each<'a>(&'a self, analysis: &'a Analysis) -> impl Iterator<Item = (&'a str, &'a Indices)> {
        self.parameters.iter().map(|own| own.name.as_str()).zip(&analysis.indices)
    }

    /// The letters of the longest name, or of the column of names.
    fn widest(&self) -> usize {
        self.parameters.iter().map(|own| own.name.chars().count()).fold(NAME, usize::max)
    }

    fn of_indices(&self, analysis: &Analysis, columns: Option<usize>) -> Vec<String> {
        let room = room(columns, 2 + self.widest() + 36);
        let mut lines = vec![format!("  {:<NAME$} {:>8}          {:>8}", "", "S1", "ST")];
        for (name, own) in self.each(analysis) {
            let (first, total) = (with_interval(own.first), with_interval(own.total));
            let bar = bar(own.first.value, own.total.value, room);
            lines.push(format!("  {name:<NAME$} {first} {total}  {bar}"));
        }
        if let Some((Some(floor), _)) = analysis.floor {
            lines.push(format!("  {:<NAME$} {floor:>8.4}", "(no effect)"));
        }
        lines
    }

    fn of_effects(&self, analysis: &Analysis, columns: Option<usize>) -> Vec<String> {
        let is_narrow = columns.is_some_and(|columns| columns < 2 + self.widest() + 73 + BAR);
        let room = room(columns, 2 + self.widest() + if is_narrow { 61 } else { 71 });
        let [mean, deviation] = if is_narrow { [10, 21] } else { [12, 24] };
        let mut lines = vec![format!(
            "  {:<NAME$} {:>mean$} {:>deviation$} {:>deviation$}  sign",
            "", "mu*", "mu", "sigma"
        )];
        let largest = analysis.indices.iter().filter_map(|own| own.effects?.size.value).fold(0.0, f64::max);
        for (name, own) in self.each(analysis) {
            let effects = own.effects.unwrap_or_default();
            let told = if is_narrow { narrow } else { compact };
            let deviation = effects.deviation.map_or_else(|| "-".to_owned(), told);
            let part = effects.size.value.filter(|_| largest > 0.0).map(|size| size / largest);
            lines.push(format!(
                "  {name:<NAME$} {} {} {deviation:>10}  {:<4}  {}",
                of_any_size(effects.size, is_narrow),
                of_any_size(effects.mean, is_narrow),
                effects.sign(),
                bar(part, None, room)
            ));
        }
        lines
    }

    fn of_given(&self, analysis: &Analysis, columns: Option<usize>) -> Vec<String> {
        let room = room(columns, 2 + self.widest() + 54);
        let columns = ["RSA", "PAWN", "delta", "PRCC"].map(|name| format!("{name:>8}")).join(" ");
        let mut lines = vec![format!("  {:<NAME$} {:>8}          {columns}", "", "S1")];
        for (name, own) in self.each(analysis) {
            let given = own.given.unwrap_or_default();
            let measures = [given.regional, given.pawn, given.variation, given.partial].map(plain).join(" ");
            lines.push(format!(
                "  {name:<NAME$} {} {measures}  {}",
                with_interval(own.first),
                bar(own.first.value, None, room)
            ));
        }
        if let Some((first, given)) = analysis.floor {
            let measures = [given.regional, given.pawn, given.variation].map(plain).join(" ");
            lines.push(format!("  {:<NAME$} {}          {measures}", "(no effect)", plain(first)));
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
        for line in self.lines(analysis, formatter.width()) {
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
                "elementary effects: change of the output per full range of a parameter\nmu* mean absolute effect, mu mean, sigma standard deviation; ± half of the 95 % interval".to_owned()
            }
            Method::Given => format!(
                "given points: S1 ({estimators}), RSA, PAWN, total variation (delta), partial rank correlation (PRCC)\n(no effect): the largest of ten dummy parameters"
            ),
        }
    }
}

impl fmt::Display for Report {
    /// A width that is asked for (`{report:80}`) is that of the lines of tables; texts are as long as they are.
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
