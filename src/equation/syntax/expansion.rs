//! Arrays (`x[1..10]'=...`) and loops (`%[1..10]` ... `%`) of a model file written out line by line, as XPPAUT does it before it
//! reads anything else. Knows brackets and numbers, not what a line declares.
//!
//! What XPPAUT 6.11 does, tried: of several ranges in a line the last counts; `[j]`, `[j+1]`, `[j-1]` and `[j*2]` become numbers,
//! and of whatever else stands in brackets the digits that it begins with, else 0; a loop begins and ends with `%` in the first
//! column; the lines of a loop are repeated together.

use std::ops::Range;
use std::sync::Arc;

use super::Dialect;
use super::made::Made;
use super::ode::{is_done, logical_line};
use super::parser::parse_expression;
use super::{LONGEST_FILE, MOST_COPIES};
use crate::complaint::{Complaint, Source};

/// A text written out, the places of lines that could not be, and what is wrong with them.
pub(super) struct Expanded {
    pub(super) source: Arc<Source>,
    pub(super) failed: Vec<Range<usize>>,
    pub(super) complaints: Vec<Complaint>,
}

/// Writes arrays and loops out. A text without any is itself.
pub(super) fn expanded(source: &Arc<Source>) -> Expanded {
    let mut writer = Writer { source, made: Made::default(), failed: Vec::new(), complaints: Vec::new() };
    if !source.text.contains('[') {
        let (failed, complaints) = (writer.failed, writer.complaints);
        return Expanded { source: Arc::clone(source), failed, complaints };
    }
    writer.file();
    let Writer { made, failed, complaints, .. } = writer;
    Expanded { source: made.finish(source), failed, complaints }
}

/// What an index `[...]` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Index {
    Fixed(i64),
    /// `[j+2]`
    Shifted(i64),
    /// `[j*2]`
    Scaled(i64),
}

impl Index {
    fn at(self, j: i64) -> i64 {
        match self {
            Self::Fixed(value) => value,
            Self::Shifted(by) => j.saturating_add(by),
            Self::Scaled(by) => j.saturating_mul(by),
        }
    }
}

/// A part of a line.
enum Part {
    Text(Range<usize>),
    Index(Range<usize>, Index),
    /// `[1..10]`
    Span(Range<usize>, i64, i64),
}

type Outcome<T> = Result<T, Complaint>;

/// What stands before the initial value of an element of an array, the value, and its place.
type Initial = (Vec<Part>, String, Range<usize>);

struct Writer<'a> {
    source: &'a Arc<Source>,
    made: Made,
    failed: Vec<Range<usize>>,
    complaints: Vec<Complaint>,
}

impl Writer<'_> {
    fn error<T>(&self, span: Range<usize>, message: impl Into<String>, remedy: &str) -> Outcome<T> {
        Err(Complaint::error(self.source, span, message, remedy))
    }

    fn file(&mut self) {
        let text = &self.source.text;
        let mut at = 0;
        while at < text.len() {
            let line = logical_line(text, at);
            at = (line.end + 1).min(text.len());
            let own = &text[line.clone()];
            if is_done(own.trim()) {
                // What follows is not read.
                self.made.copy(text, line.start..text.len());
                return;
            }
            if own.starts_with('%') && own.contains('[') {
                let body = self.body(at);
                at = body.last().map_or(at, |last| (last.end + 1).min(text.len()));
                if let Err(complaint) = self.repeat(&line, &body) {
                    self.complaints.push(complaint);
                    self.failed.extend(body);
                }
                continue;
            }
            let is_plain = own.trim_start().starts_with(['#', '"', '@']) || !own.contains('[');
            if is_plain {
                self.copy(&line);
                continue;
            }
            if let Err(complaint) = self.line(&line) {
                self.complaints.push(complaint);
                self.failed.push(line);
            }
        }
    }

    fn copy(&mut self, line: &Range<usize>) {
        self.made.copy(&self.source.text, line.start..(line.end + 1).min(self.source.text.len()));
    }

    /// The lines of a loop, with the line that ends it if there is one.
    fn body(&self, from: usize) -> Vec<Range<usize>> {
        let text = &self.source.text;
        let (mut lines, mut at) = (Vec::new(), from);
        while at < text.len() {
            let line = logical_line(text, at);
            at = (line.end + 1).min(text.len());
            lines.push(line.clone());
            if text[line].starts_with('%') {
                break;
            }
        }
        lines
    }

    /// `%[1..10]`, the lines of the loop, `%`
    fn repeat(&mut self, head: &Range<usize>, body: &[Range<usize>]) -> Outcome<()> {
        let parts = self.parts(head)?;
        let Some((from, to)) = self.range(&parts)? else {
            let remedy = "write `%[1..10]`, the lines of the loop, and `%` alone on a line to end it";
            return self.error(head.clone(), "this loop has no range", remedy);
        };
        let Some((_, body)) =
            body.split_last().filter(|(last, _)| self.source.text[(*last).clone()].starts_with('%'))
        else {
            let remedy = "write `%` alone in the first column of the line after the loop";
            return self.error(head.clone(), "this loop does not end", remedy);
        };
        let mut lines = Vec::new();
        for line in body {
            let is_comment = self.source.text[line.clone()].trim_start().starts_with(['#', '"']);
            if is_comment {
                continue;
            }
            let parts = self.parts(line)?;
            if let Some(Part::Span(span, ..)) = parts.iter().find(|part| matches!(part, Part::Span(..))) {
                let remedy = "XPPAUT does not nest ranges; write the inner one out";
                return self.error(span.clone(), "a range stands in a loop", remedy);
            }
            lines.push(parts);
        }
        for j in steps(from, to) {
            for parts in &lines {
                self.write(parts, Some(j))?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &Range<usize>) -> Outcome<()> {
        let parts = self.parts(line)?;
        let Some((from, to)) = self.range(&parts)? else { return self.write(&parts, None) };
        for j in steps(from, to) {
            let initial = self.initial(line, &parts, j)?;
            match initial {
                Some((name, value, place)) => {
                    self.write_parts(&name, Some(j))?;
                    self.made.put(&value, place);
                    self.made.put("\n", line.end..line.end);
                }
                None => self.write(&parts, Some(j))?,
            }
        }
        Ok(())
    }

    /// `x[1..10](0)=[j]/10`: XPPAUT computes such a formula, where it is an array's. What stands before it, its value, its place.
    fn initial(&self, line: &Range<usize>, parts: &[Part], j: i64) -> Outcome<Option<Initial>> {
        let own = &self.source.text[line.clone()];
        let Some(at) = own.find("](0)").map(|at| line.start + at + 4) else { return Ok(None) };
        let rest = &self.source.text[at..line.end];
        if !rest.trim_start().starts_with('=') {
            return Ok(None);
        }
        let start = at + rest.find('=').unwrap_or(0) + 1;
        let (before, formula) = divided(parts, start);
        let mut text = Made::default();
        for part in &formula {
            self.put(&mut text, part, Some(j))?;
        }
        let made = text.finish(self.source);
        let expression = parse_expression(&made, 0..made.text.len(), Dialect::Xpp)?;
        match expression.number(&|_| None) {
            Some(value) => Ok(Some((before, format!("{value:?}"), start..line.end))),
            None => self.error(
                start..line.end,
                "the initial values of this array are not numbers",
                "write numbers here, made of `[j]` at most; values that depend on parameters are not supported",
            ),
        }
    }

    /// The only range of a line, if it has one.
    fn range(&self, parts: &[Part]) -> Outcome<Option<(i64, i64)>> {
        let mut found = None;
        for part in parts {
            let Part::Span(span, from, to) = part else { continue };
            if found.is_some() {
                let remedy = "XPPAUT looks at the last range of a line only; write `[j]` for the index at the other places";
                return self.error(span.clone(), "this line has a second range", remedy);
            }
            if from.abs_diff(*to) >= MOST_COPIES {
                let message = format!("this range has more than {MOST_COPIES} indices");
                return self.error(span.clone(), message, "XPPAUT has no room for so many; make it smaller");
            }
            found = Some((*from, *to));
        }
        Ok(found)
    }

    fn parts(&self, line: &Range<usize>) -> Outcome<Vec<Part>> {
        let text = &self.source.text;
        let (mut parts, mut at) = (Vec::new(), line.start);
        while let Some(open) = text[at..line.end].find('[').map(|length| at + length) {
            // `int[0.5]{...}` is an integral, which is refused as one.
            if text[line.start..open].to_ascii_lowercase().ends_with("int") {
                parts.push(Part::Text(at..open + 1));
                at = open + 1;
                continue;
            }
            parts.push(Part::Text(at..open));
            let Some(close) = text[open..line.end].find(']').map(|length| open + length) else {
                return self.error(open..open + 1, "this bracket is not closed", "add a `]`");
            };
            parts.push(self.index(open..close + 1)?);
            at = close + 1;
        }
        parts.push(Part::Text(at..line.end));
        Ok(parts)
    }

    /// What stands in brackets.
    fn index(&self, span: Range<usize>) -> Outcome<Part> {
        let inside = &self.source.text[span.start + 1..span.end - 1];
        if let Some((from, to)) = inside.split_once("..") {
            let end = |text: &str| text.trim().parse::<i32>().map(i64::from);
            if let (Ok(from), Ok(to)) = (end(from), end(to)) {
                return Ok(Part::Span(span, from, to));
            }
            let remedy = "XPPAUT reads whole numbers only; write them, such as `[1..10]`";
            return self.error(span, format!("`[{inside}]` is not a range of whole numbers"), remedy);
        }
        if let Some(bounds) = self.slider(&span, inside) {
            return Ok(Part::Index(span, Index::Fixed(bounds)));
        }
        let number = |text: &str| text.trim().parse::<u32>().ok().map(i64::from);
        let index = match inside.strip_prefix('j').map(str::trim) {
            Some("") => Some(Index::Shifted(0)),
            Some(rest) => match rest.split_at_checked(1) {
                Some(("+", by)) => number(by).map(Index::Shifted),
                Some(("-", by)) => number(by).map(|by| Index::Shifted(-by)),
                Some(("*", by)) => number(by).map(Index::Scaled),
                _ => None,
            },
            None => inside.trim().parse::<i32>().ok().map(|value| Index::Fixed(i64::from(value))),
        };
        if inside.contains(',') {
            let remedy = "XPPAUT appends the first number to the value before it, `2[0,5]` is 20; write the value alone";
            return self.error(span, format!("`[{inside}]` cannot stand here"), remedy);
        }
        let remedy = "an index is `[j]`, `[j+1]`, `[j-1]`, `[j*2]` with a small `j`, or a whole number; XPPAUT reads another thing here";
        match index {
            Some(index) => Ok(Part::Index(span, index)),
            None => self.error(span, format!("`[{inside}]` is not an index"), remedy),
        }
    }

    /// `par a=1.5[0,2]`, a value and its range for a slider: XPPAUT appends the first number to the value, which must not matter.
    fn slider(&self, span: &Range<usize>, inside: &str) -> Option<i64> {
        let before = &self.source.text[..span.start];
        let value = &before[before.rfind(['=', ' ', ',', '\n']).map_or(0, |at| at + 1)..];
        let first = inside.split_once(',')?.0.trim();
        let digits = first.find(|c: char| !c.is_ascii_digit()).unwrap_or(first.len());
        let appended: i64 = first[..digits].parse().unwrap_or(0);
        let (own, read) = (value.parse::<f64>().ok()?, format!("{value}{appended}").parse::<f64>().ok()?);
        ((own - read).abs() <= 0.0).then_some(appended)
    }

    fn write(&mut self, parts: &[Part], j: Option<i64>) -> Outcome<()> {
        self.write_parts(parts, j)?;
        let end = match parts.last() {
            Some(Part::Text(span)) => span.end,
            _ => 0,
        };
        self.made.put("\n", end..end);
        Ok(())
    }

    fn write_parts(&mut self, parts: &[Part], j: Option<i64>) -> Outcome<()> {
        let mut made = std::mem::take(&mut self.made);
        let written = parts.iter().try_for_each(|part| self.put(&mut made, part, j));
        let is_small = made.length() <= LONGEST_FILE;
        self.made = made;
        written?;
        match parts.first() {
            Some(Part::Text(span)) if !is_small => {
                let message = format!("the model written out has more than {LONGEST_FILE} bytes");
                self.error(span.clone(), message, "make its arrays smaller")
            }
            _ => Ok(()),
        }
    }

    fn put(&self, made: &mut Made, part: &Part, j: Option<i64>) -> Outcome<()> {
        match part {
            Part::Text(span) => made.copy(&self.source.text, span.clone()),
            Part::Index(span, Index::Fixed(value)) => made.put(&value.to_string(), span.clone()),
            Part::Index(span, index) => {
                let Some(j) = j else {
                    let remedy = "declare an array in the same line, `x[1..10]'=...`, or put the line into a loop `%[1..10]`";
                    return self.error(span.clone(), "`[j]` stands in a line without a range", remedy);
                };
                made.put(&index.at(j).to_string(), span.clone());
            }
            Part::Span(span, ..) => made.put(&j.unwrap_or(0).to_string(), span.clone()),
        }
        Ok(())
    }
}

/// The indices of a range, downwards where it is written so.
fn steps(from: i64, to: i64) -> impl Iterator<Item = i64> {
    let sign = if to < from { -1 } else { 1 };
    (0..=i64::try_from(from.abs_diff(to)).unwrap_or(0)).map(move |step| from + sign * step)
}

/// What stands before a place, and what stands after it.
fn divided(parts: &[Part], at: usize) -> (Vec<Part>, Vec<Part>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Text(span) => {
                let middle = at.clamp(span.start, span.end);
                before.push(Part::Text(span.start..middle));
                after.push(Part::Text(middle..span.end));
            }
            Part::Index(span, index) => {
                let side = if span.start < at { &mut before } else { &mut after };
                side.push(Part::Index(span.clone(), *index));
            }
            Part::Span(span, from, to) => {
                let side = if span.start < at { &mut before } else { &mut after };
                side.push(Part::Span(span.clone(), *from, *to));
            }
        }
    }
    (before, after)
}
