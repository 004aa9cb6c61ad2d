//! The lines of a model file: how they are continued and ended, and what our own lines (`#:`, `#@`) say. Knows neither what a
//! declaration looks like nor what the names mean together.
//!
//! What XPPAUT 6.11 does, tried: a `\` in any line but the first, also in a comment, takes the next line in; everything after
//! `done` is skipped; without `done` it reads to the end; a line whose first word it does not know is skipped, and so is one that
//! begins with `%` and a blank.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::declaration::{Declaration, Read, Word, declared, trimmed};
use super::expansion::{Expanded, expanded};
use super::lexer::name_length;
use super::old_format;
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
#[derive(Clone, Debug)]
pub struct Document {
    /// The text that all places refer to: the file's own, or that with arrays, loops and the old format written out.
    pub source: Arc<Source>,
    /// The first `#:` line.
    pub title: Option<Documentation>,
    /// The declarations, in order.
    pub items: Vec<Item>,
    /// The `#@` lines, in order.
    pub directives: Vec<Directive>,
    /// Every name, in lower case, of the lines that could not be read: what is unknown elsewhere may be declared there.
    pub doubtful: HashSet<String>,
}

impl Document {
    /// Whether a name may be declared in a line that could not be read, alone or as an array.
    pub fn is_doubtful(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let stem = lower.trim_end_matches(|letter: char| letter.is_ascii_digit());
        self.doubtful.contains(&lower) || self.doubtful.contains(stem)
    }
}

/// Reads a model file. Everything that is wrong is told, with what could be read beside it.
pub fn read(source: &Arc<Source>) -> (Document, Vec<Complaint>) {
    if source.text.len() > LONGEST_FILE {
        let message = format!("the file has {} bytes, more than {LONGEST_FILE}", source.text.len());
        let remedy = "a model file is a page of equations; is it the right file?";
        return (Document::of(source), vec![Complaint::error(source, 0..0, message, remedy)]);
    }
    if old_format::is_old(&source.text) {
        return match old_format::converted(source) {
            Ok(today) => Reader::read(&today),
            Err(complaint) => (Document::of(source), vec![complaint]),
        };
    }
    let Expanded { source: written, failed, complaints } = expanded(source);
    let (mut document, mut own) = Reader::read(&written);
    for line in failed {
        document.doubt(&source.text[line]);
    }
    own.extend(complaints);
    (document, own)
}

/// The line that begins at a place, with the lines that continue it.
pub(super) fn logical_line(text: &str, start: usize) -> Range<usize> {
    let mut from = start;
    loop {
        let end = text[from..].find('\n').map_or(text.len(), |length| from + length);
        let is_comment = text[start..end].trim_start().starts_with(['#', '"', '%']);
        if is_comment || end == text.len() || !text[from..end].contains('\\') {
            return start..end;
        }
        from = end + 1;
    }
}

impl Document {
    fn of(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            title: None,
            items: Vec::new(),
            directives: Vec::new(),
            doubtful: HashSet::new(),
        }
    }

    fn doubt(&mut self, line: &str) {
        let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        self.doubtful.extend(words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase));
        // `dx/dt` declares `x`.
        let rates = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let rates = rates.filter_map(|word| word.strip_prefix(['d', 'D'])).filter(|word| !word.is_empty());
        self.doubtful.extend(rates.map(str::to_ascii_lowercase));
    }
}

type Outcome<T> = Result<T, Complaint>;

struct Reader<'a> {
    source: &'a Arc<Source>,
    document: Document,
    complaints: Vec<Complaint>,
    above: Option<Documentation>,
    has_title: bool,
    /// How many rows of a table that was refused may follow.
    skipped: usize,
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

    fn read(source: &Arc<Source>) -> (Document, Vec<Complaint>) {
        let document = Document::of(source);
        let mut reader =
            Reader { source, document, complaints: Vec::new(), above: None, has_title: false, skipped: 0 };
        reader.file();
        (reader.document, reader.complaints)
    }

    fn file(&mut self) {
        let mut at = 0;
        while at < self.source.text.len() {
            let line = logical_line(&self.source.text, at);
            at = line.end + 1;
            self.check_continuation(&line);
            let trimmed = self.trimmed(line.clone());
            let text = self.text(&trimmed);
            if trimmed.is_empty() {
                self.drop_documentation();
            } else if text.starts_with('#') {
                self.comment(&trimmed);
                at = self.swallowed(&trimmed, at);
            } else if text.starts_with('"') || is_remark(text) {
                self.drop_documentation();
                at = self.swallowed(&trimmed, at);
            } else if text.starts_with('{') && self.skipped > 0 {
                // A row of the table of a Markov variable, which is refused as a whole.
                self.skipped -= 1;
            } else if is_done(text) {
                let is_equation = is_equation_behind_d(text);
                self.drop_documentation();
                if is_equation {
                    let remedy = "XPPAUT ends the file at a line that begins with the word `d`: write `dy/dt=` without blanks, or `y'=`";
                    self.complain(trimmed, "an equation stands behind the word `d`", remedy);
                    return;
                }
                self.after_done(at);
                return;
            } else {
                self.declaration(&line, trimmed);
            }
        }
        self.drop_documentation();
    }

    /// Complains about a `\` that does not end its line.
    fn check_continuation(&mut self, line: &Range<usize>) {
        let text = self.text(line);
        if text.trim_start().starts_with(['#', '"', '%']) {
            return;
        }
        let is_last = |part: &str| part.split_once('\\').is_some_and(|(_, rest)| rest.trim().is_empty());
        let mut from = line.start;
        for part in text.split('\n') {
            let ends_file = from + part.len() == self.source.text.len();
            if let Some(at) = part.find('\\')
                && (!is_last(part) || ends_file)
            {
                let remedy = "a line is continued by a `\\` at its end; XPPAUT drops what follows one";
                self.complain(from + at..from + at + 1, "a `\\` cannot stand here", remedy);
                return;
            }
            from += part.len() + 1;
        }
    }

    /// Where reading goes on after a comment: XPPAUT takes the next line for a part of one that holds a `\`, unless it is the
    /// first of the file.
    fn swallowed(&mut self, comment: &Range<usize>, mut next: usize) -> usize {
        let mut own = comment.clone();
        while own.start > 0 && next < self.source.text.len() {
            let Some(backslash) = self.text(&own).find('\\').map(|at| own.start + at) else { return next };
            let end = self.source.text[next..].find('\n').map_or(self.source.text.len(), |at| next + at);
            let line = self.trimmed(next..end);
            let text = self.text(&line);
            if text.is_empty() || text.starts_with(['#', '"']) {
                return next;
            }
            let is_needed = !text.starts_with(['@', '%']) && text.contains('=') && !text.starts_with("init");
            let message = "this `\\` makes the next line a part of the comment";
            let remedy = "XPPAUT joins the next line to a comment that holds a `\\`; remove it";
            let complaint = Complaint::error(self.source, backslash..backslash + 1, message, remedy);
            if is_needed {
                let swallowed = self.text(&line).to_owned();
                self.document.doubt(&swallowed);
                self.complaints.push(complaint);
            } else {
                self.complaints.push(complaint.as_warning());
            }
            own = next..end;
            next = end + 1;
        }
        next
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
            // An author's own `#@ total=100` is an option that is commented out.
            if self.text(&span).contains('=') {
                return;
            }
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
            Ok(Read { declaration, warnings }) => {
                self.complaints.extend(warnings);
                if let Some(declaration) = declaration {
                    self.document.items.push(Item { declaration, documentation, span: trimmed });
                }
            }
            Err(complaint) => {
                let text = self.text(&trimmed).to_owned();
                self.skipped = rows_of_a_table(&text);
                self.document.doubt(&text);
                self.complaints.push(complaint);
            }
        }
    }
}

/// Whether a line is `% a remark`: XPPAUT takes what follows a `%` for a name where a `=`, `'`, `(` or `/` comes before any blank.
fn is_remark(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('%') else { return false };
    let end = rest.find(|letter: char| letter.is_whitespace() || "=/'(".contains(letter));
    end.is_none_or(|at| {
        rest[at..].starts_with(char::is_whitespace) && !rest[at..].trim_start().starts_with('=')
    })
}

/// Whether a line is the last one: `d`, `done`, or a word that begins with `done`.
pub(super) fn is_done(text: &str) -> bool {
    let word = text.split(char::is_whitespace).next().unwrap_or_default().to_ascii_lowercase();
    let rest = text[word.len()..].trim_start();
    let is_word = word == "d" || (word.starts_with("done") && !word.contains(['=', '/', '\'', '(']));
    is_word && !rest.starts_with('=')
}

/// Whether the last line was not meant as one: `d y/dt = -y`.
fn is_equation_behind_d(text: &str) -> bool {
    text.len() > 1 && text[1..].contains('=')
}

/// How many rows a table that a refused line announces has: `markov z 2`.
fn rows_of_a_table(text: &str) -> usize {
    let is_markov = text[..name_length(text)].to_ascii_lowercase().starts_with("ma");
    let number = text.split_whitespace().nth(2).and_then(|number| number.parse().ok());
    if is_markov { number.unwrap_or(0) } else { 0 }
}
