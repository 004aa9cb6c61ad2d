//! The lines of a model file: how they are continued and ended, and what our own lines (`#:`, `#@`) say. Knows neither what a
//! declaration looks like nor what the names mean together.
//!
//! What XPPAUT 6.11 does, tried: a `\` in any line, also in a comment, takes the next line in; everything after `done` is
//! skipped; without `done` it reads on.

use std::ops::Range;
use std::sync::Arc;

use super::declaration::{Declaration, Word, declared, trimmed};
use super::{LONGEST_FILE, LONGEST_LINE};
use crate::complaint::{Complaint, Source};

/// What a `#:` line says of the next line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documentation {
    /// The unit between brackets, `1` for a pure number.
    pub unit: Option<String>,
    /// The rest of the line.
    pub meaning: String,
    /// The place of both.
    pub span: Range<usize>,
}

/// A line that declares something.
#[derive(Clone, Debug)]
pub struct Item {
    /// What.
    pub declaration: Declaration,
    /// The `#:` line above it.
    pub documentation: Option<Documentation>,
    /// The whole line, continuations included, without blanks around it.
    pub span: Range<usize>,
}

/// A `#@` line: its word, and the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The word after `#@`.
    pub word: Word,
    /// The place of what follows it, without blanks around it.
    pub rest: Range<usize>,
}

/// A model file, line by line.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The first `#:` line.
    pub title: Option<Documentation>,
    /// The declarations, in order.
    pub items: Vec<Item>,
    /// The `#@` lines, in order.
    pub directives: Vec<Directive>,
}

/// Reads a model file. Everything that is wrong is told, with what could be read beside it.
pub fn read(source: &Arc<Source>) -> (Document, Vec<Complaint>) {
    let mut reader = Reader {
        source,
        document: Document::default(),
        complaints: Vec::new(),
        above: None,
        has_title: false,
    };
    if source.text.len() > LONGEST_FILE {
        let message = format!("the file has {} bytes, more than {LONGEST_FILE}", source.text.len());
        reader.complain(0..0, message, "a model file is a page of equations; is it the right file?");
    } else {
        reader.file();
    }
    (reader.document, reader.complaints)
}

type Outcome<T> = Result<T, Complaint>;

struct Reader<'a> {
    source: &'a Arc<Source>,
    document: Document,
    complaints: Vec<Complaint>,
    above: Option<Documentation>,
    has_title: bool,
}

impl Reader<'_> {
    fn complain(&mut self, span: Range<usize>, message: impl Into<String>, remedy: impl Into<String>) {
        self.complaints.push(Complaint::error(self.source, span, message, remedy));
    }

    fn error<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Outcome<T> {
        Err(Complaint::error(self.source, span, message, remedy))
    }

    fn text(&self, span: &Range<usize>) -> &str {
        &self.source.text[span.clone()]
    }

    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        trimmed(&self.source.text, span)
    }

    fn file(&mut self) {
        let mut at = 0;
        while at < self.source.text.len() {
            let line = self.line(at);
            at = line.end + 1;
            let trimmed = self.trimmed(line.clone());
            if trimmed.is_empty() {
                self.drop_documentation();
            } else if self.text(&trimmed).starts_with('#') {
                self.comment(&trimmed);
            } else if self.text(&trimmed).starts_with('"') {
                self.drop_documentation();
            } else if matches!(self.text(&trimmed).to_ascii_lowercase().as_str(), "done" | "d") {
                self.drop_documentation();
                self.after_done(at);
                return;
            } else {
                self.declaration(&line, trimmed);
            }
        }
        let end = self.source.text.trim_end().len();
        self.complain(
            end..end,
            "the file has no last line `done`",
            "XPPAUT reads on without it; add the line `done`",
        );
    }

    /// The line that begins at a place, with the lines that continue it.
    fn line(&mut self, start: usize) -> Range<usize> {
        let text = &self.source.text;
        let mut from = start;
        loop {
            let end = text[from..].find('\n').map_or(text.len(), |length| from + length);
            let Some(backslash) = text[from..end].find('\\').map(|length| from + length) else {
                return start..end;
            };
            let is_comment = text[start..end].trim_start().starts_with('#');
            if is_comment || start == 0 || !text[backslash + 1..end].trim().is_empty() || end == text.len() {
                let remedy = if is_comment {
                    "XPPAUT joins the next line to a comment that holds a `\\`; remove it"
                } else {
                    "a line is continued by a `\\` at its end; XPPAUT drops what follows one"
                };
                self.complain(backslash..backslash + 1, "a `\\` cannot stand here", remedy);
                return start..end;
            }
            from = end + 1;
        }
    }

    fn drop_documentation(&mut self) {
        if let Some(documentation) = self.above.take() {
            let remedy = "a `#:` line stands directly above what it documents; for a plain comment write `#`";
            self.complain(documentation.span, "this `#:` line documents nothing", remedy);
        }
    }

    fn comment(&mut self, line: &Range<usize>) {
        let after = line.start + 2..line.end.max(line.start + 2);
        if self.text(line).starts_with("#:") {
            self.drop_documentation();
            let rest = self.trimmed(after);
            match self.documentation(&rest) {
                Ok(documentation) if self.has_title => self.above = Some(documentation),
                Ok(documentation) => self.document.title = Some(documentation),
                Err(complaint) => self.complaints.push(complaint),
            }
            self.has_title = true;
        } else if self.text(line).starts_with("#@") {
            self.drop_documentation();
            let rest = self.trimmed(after);
            let length = self.text(&rest).find(char::is_whitespace).unwrap_or(rest.len());
            let span = rest.start..rest.start + length;
            let word = Word { text: self.text(&span).to_owned(), span: span.clone() };
            let rest = self.trimmed(span.end..rest.end);
            self.document.directives.push(Directive { word, rest });
        } else {
            self.drop_documentation();
            if self.text(line).to_ascii_lowercase().starts_with("#include") {
                let remedy = "copy the lines of the other file to this place";
                self.complain(
                    line.clone(),
                    "XPPAUT reads another file here; `#include` is not supported",
                    remedy,
                );
            }
        }
    }

    fn documentation(&self, rest: &Range<usize>) -> Outcome<Documentation> {
        let text = self.text(rest);
        if text.is_empty() {
            return self.error(rest.clone(), "this `#:` line is empty", "write `#: [unit] meaning`");
        }
        let Some(inner) = text.strip_prefix('[') else {
            return Ok(Documentation { unit: None, meaning: text.to_owned(), span: rest.clone() });
        };
        let Some((unit, meaning)) = inner.split_once(']') else {
            return self.error(
                rest.clone(),
                "the unit is not closed",
                "write `#: [unit] meaning`, for instance `#: [mV] potential`",
            );
        };
        let unit = unit.trim();
        let is_unit =
            !unit.is_empty() && unit.len() <= 40 && unit.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if !is_unit {
            let remedy =
                "units are written as UDUNITS reads them: `mV`, `1/s`, `mV s`, and `1` for a pure number";
            return self.error(
                rest.start..rest.start + inner.find(']').map_or(1, |at| at + 2),
                "this is not a unit",
                remedy,
            );
        }
        Ok(Documentation {
            unit: Some(unit.to_owned()),
            meaning: meaning.trim().to_owned(),
            span: rest.clone(),
        })
    }

    fn after_done(&mut self, at: usize) {
        let rest = self.trimmed(at.min(self.source.text.len())..self.source.text.len());
        let is_silent =
            self.text(&rest).lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if !is_silent {
            let end = rest.start + self.text(&rest).lines().next().map_or(0, str::len);
            let remedy = "XPPAUT does not read them either; put `done` last, or make them comments with `#`";
            let complaint =
                Complaint::error(self.source, rest.start..end, "lines after `done` are not read", remedy);
            self.complaints.push(complaint.as_warning());
        }
    }

    fn declaration(&mut self, line: &Range<usize>, trimmed: Range<usize>) {
        let documentation = self.above.take();
        if trimmed.len() > LONGEST_LINE {
            let message = format!("the line has {} bytes, more than {LONGEST_LINE}", trimmed.len());
            let remedy =
                "XPPAUT cuts such lines; name parts of the formula as fixed quantities on lines of their own";
            self.complain(trimmed.start..trimmed.start + 1, message, remedy);
            return;
        }
        match declared(self.source, line, &trimmed) {
            Ok(declaration) => {
                self.document.items.push(Item { declaration, documentation, span: trimmed });
            }
            Err(complaint) => self.complaints.push(complaint),
        }
    }
}
