//! The lines of a model file: what each declares, and what our own lines (`#:`, `#@`) say. Knows the language of XPPAUT and
//! its traps, not what the names mean together.
//!
//! What XPPAUT 6.11 does, tried: a `\` in any line, also in a comment, takes the next line in; blanks around `=` of a
//! `par`, `number` or `init` make it read 0 or stop; so does a tab after a keyword; `@` counts in the first column only;
//! a line that begins with an unknown word is skipped; everything after `done` is.

use std::ops::Range;
use std::sync::Arc;

use super::expression::Expression;
use super::lexer::{name_length, number_length};
use super::parser::parse_expression;
use super::words::unknown_name;
use super::{Dialect, LONGEST_FILE, LONGEST_LINE};
use crate::complaint::{Complaint, Source};

/// A name and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The name as written.
    pub text: String,
    /// Its place.
    pub span: Range<usize>,
}

/// `name=number`
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The name.
    pub name: Word,
    /// The number.
    pub value: f64,
}

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

/// What a line declares.
#[derive(Clone, Debug)]
pub enum Declaration {
    /// `par a=1,b=2`
    Parameters(Vec<Assignment>),
    /// `number a=1`: constants that are no parameters
    Numbers(Vec<Assignment>),
    /// `init x=1` or `x(0)=1`
    Initials(Vec<Assignment>),
    /// `x'=...` or `dx/dt=...`
    Equation(Word, Expression),
    /// `f(x,y)=...`
    Function(Word, Vec<Word>, Expression),
    /// `q=...`, evaluated with the variables
    Fixed(Word, Expression),
    /// `!q=...`, evaluated when parameters change
    Derived(Word, Expression),
    /// `aux q=...`
    Auxiliary(Word, Expression),
    /// `wiener w`
    Noises(Vec<Word>),
    /// `set name {a=1,b=2}`
    Set(Word, Vec<Assignment>),
    /// `@ dt=0.1,meth=rk4`: each name with its text
    Options(Vec<(Word, Word)>),
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

    /// A piece of the text without blanks at its ends.
    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let text = &self.source.text[span.clone()];
        let start = span.start + (text.len() - text.trim_start().len());
        start..(start + text.trim().len())
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
        match self.declared(line, &trimmed) {
            Ok(declarations) => {
                for declaration in declarations {
                    let documentation = documentation.clone();
                    self.document.items.push(Item { declaration, documentation, span: trimmed.clone() });
                }
            }
            Err(complaint) => self.complaints.push(complaint),
        }
    }

    fn declared(&mut self, line: &Range<usize>, trimmed: &Range<usize>) -> Outcome<Vec<Declaration>> {
        let (start, end) = (trimmed.start, trimmed.end);
        let text = self.text(trimmed);
        if text.starts_with('@') {
            if start != line.start {
                let remedy = "XPPAUT reads options in the first column only; remove the blanks before `@`";
                return self.error(start..start + 1, "`@` is not in the first column", remedy);
            }
            return Ok(vec![self.options(start + 1..end)?]);
        }
        if let Some((sign, remedy)) = unsupported_sign(text) {
            return self.error(start..start + sign.len(), format!("`{sign}` is not supported"), remedy);
        }
        let is_derived = text.starts_with('!');
        let from = start + usize::from(is_derived);
        let word =
            Word { text: text[from - start..][..name_length(&text[from - start..])].to_owned(), span: 0..0 };
        let word = Word { span: from..from + word.text.len(), ..word };
        if word.text.is_empty() {
            let remedy =
                "a line declares something (`par`, `x'=`, `f(x)=`, `q=`, `aux`, `init`), or is a comment `#`";
            return self.error(from..from + 1, "this line begins with no name", remedy);
        }
        let rest = self.trimmed(word.span.end..end);
        let is_adjacent = rest.start == word.span.end;
        let after = self.text(&rest);
        if after.starts_with('=') && !after.starts_with("==") {
            let value = self.formula(rest.start + 1..end)?;
            return Ok(vec![if is_derived {
                Declaration::Derived(word, value)
            } else {
                Declaration::Fixed(word, value)
            }]);
        }
        if is_derived {
            return self.error(word.span, "`!` declares a derived parameter", "write `!name=formula`");
        }
        match after.chars().next() {
            Some(sign @ ('\'' | '(' | '/')) if !is_adjacent => {
                let message = format!("a blank stands before `{sign}`");
                self.error(
                    word.span.end..rest.start + 1,
                    message,
                    "XPPAUT reads another thing so; remove the blank",
                )
            }
            Some('\'') => self.equation(word, rest.start + 1..end).map(|equation| vec![equation]),
            Some('/') => self.quotient(&word, rest).map(|equation| vec![equation]),
            Some('(') => self.function(word, rest).map(|function| vec![function]),
            Some('[') => {
                let remedy = "arrays are not supported; write the equations out";
                self.error(rest.start..rest.start + 1, "`[` is not supported", remedy)
            }
            _ => self.command(&word, rest),
        }
    }

    fn formula(&self, span: Range<usize>) -> Outcome<Expression> {
        parse_expression(self.source, span, Dialect::Xpp)
    }

    /// `=...` after `x'` or `dx/dt`.
    fn equation(&self, name: Word, after: Range<usize>) -> Outcome<Declaration> {
        let rest = self.trimmed(after);
        if !self.text(&rest).starts_with('=') {
            let remedy = "write `x'=formula`; for a second derivative add a variable: `x'=v`, `v'=...`";
            return self.error(
                name.span.start..rest.start.max(name.span.end),
                "an equation lacks its `=`",
                remedy,
            );
        }
        Ok(Declaration::Equation(name, self.formula(rest.start + 1..rest.end)?))
    }

    /// `dx/dt=...`
    fn quotient(&self, word: &Word, rest: Range<usize>) -> Outcome<Declaration> {
        let after = &self.text(&rest)[1..];
        let is_rate = word.text.len() > 1 && word.text.starts_with(['d', 'D']);
        if !is_rate || name_length(after) != 2 || !after[..2].eq_ignore_ascii_case("dt") {
            let remedy = "an equation is `dx/dt=formula` or `x'=formula`";
            return self.error(word.span.start..rest.end, "this is not a declaration", remedy);
        }
        let name = Word { text: word.text[1..].to_owned(), span: word.span.start + 1..word.span.end };
        self.equation(name, rest.start + 3..rest.end)
    }

    /// `x(0)=1` or `f(x,y)=...`
    fn function(&self, name: Word, rest: Range<usize>) -> Outcome<Declaration> {
        let text = self.text(&rest);
        let Some(close) = text.find(')') else {
            return self.error(rest.start..rest.start + 1, "this parenthesis is not closed", "add a `)`");
        };
        let inside = rest.start + 1..rest.start + close;
        let after = self.trimmed(inside.end + 1..rest.end);
        if !self.text(&after).starts_with('=') {
            let remedy = "write `x(0)=number` or `f(x)=formula`";
            return self.error(name.span.start..inside.end + 1, "this is not a declaration", remedy);
        }
        let value = after.start + 1..after.end;
        let content = self.text(&inside);
        if content.trim() == "0" {
            let remedy =
                "XPPAUT reads a blank before the sign as 0; write `x(0)=-1` without blanks after the `=`";
            let number = self.trimmed(value.clone());
            if number.start > value.start && self.text(&number).starts_with('-') {
                return self.error(number, "a blank stands before the sign", remedy);
            }
            let value = self.number(number)?;
            return Ok(Declaration::Initials(vec![Assignment { name, value }]));
        }
        if content.replace(' ', "").eq_ignore_ascii_case("t+1") {
            let remedy = "maps are not supported, only differential equations `x'=formula`";
            return self.error(name.span.start..inside.end + 1, "a map cannot be read", remedy);
        }
        let mut arguments = Vec::new();
        let mut at = inside.start;
        for piece in content.split(',') {
            let span = at..at + piece.len();
            at = span.end + 1;
            if piece.trim() != piece {
                let remedy = "XPPAUT does not find such an argument again; remove the blanks: `f(x,y)=...`";
                return self.error(span, "a blank stands beside an argument", remedy);
            }
            if piece.is_empty() || name_length(piece) != piece.len() {
                return self.error(span, "an argument is not a name", "write `f(x,y)=formula`");
            }
            arguments.push(Word { text: piece.to_owned(), span });
        }
        Ok(Declaration::Function(name, arguments, self.formula(value)?))
    }

    fn command(&mut self, word: &Word, rest: Range<usize>) -> Outcome<Vec<Declaration>> {
        let gap = self.text(&(word.span.end..rest.start));
        if !rest.is_empty() && !gap.starts_with(' ') {
            let remedy = "write a blank after the first word of the line";
            let message = if gap.starts_with('\t') {
                "XPPAUT does not see a tab as a blank"
            } else {
                "this is not a declaration"
            };
            return self.error(word.span.start..rest.start.max(word.span.end + 1), message, remedy);
        }
        let lower = word.text.to_ascii_lowercase();
        let declaration = match lower.as_str() {
            "p" | "par" | "param" | "params" | "parameter" | "parameters" => {
                Declaration::Parameters(self.assignments(rest)?)
            }
            "n" | "number" | "numbers" => Declaration::Numbers(self.assignments(rest)?),
            "i" | "init" | "initial" => Declaration::Initials(self.assignments(rest)?),
            "aux" => self.auxiliary(rest)?,
            "w" | "wiener" => Declaration::Noises(self.names(rest)?),
            "set" => self.set(rest)?,
            other => {
                if let Some(remedy) = unsupported_command(other) {
                    return self.error(
                        word.span.clone(),
                        format!("`{}` is not supported", word.text),
                        remedy,
                    );
                }
                let known = ["par", "param", "number", "init", "aux", "wiener", "set", "done"];
                let complaint = unknown_name(self.source, word.span.clone(), "declaration", known);
                return Err(complaint);
            }
        };
        Ok(vec![declaration])
    }

    fn auxiliary(&self, rest: Range<usize>) -> Outcome<Declaration> {
        let text = self.text(&rest);
        let length = name_length(text);
        let name = Word { text: text[..length].to_owned(), span: rest.start..rest.start + length };
        let after = self.trimmed(name.span.end..rest.end);
        if length == 0 || !self.text(&after).starts_with('=') {
            return self.error(rest, "`aux` needs a name and a formula", "write `aux name=formula`");
        }
        Ok(Declaration::Auxiliary(name, self.formula(after.start + 1..after.end)?))
    }

    /// Pieces between blanks and commas.
    fn pieces(&self, rest: Range<usize>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let mut at = rest.start;
        for piece in self.text(&rest).split([' ', ',', '\t', '\r', '\n', '\\']) {
            if !piece.is_empty() {
                pieces.push(at..at + piece.len());
            }
            at += piece.len() + 1;
        }
        pieces
    }

    fn assignments(&self, rest: Range<usize>) -> Outcome<Vec<Assignment>> {
        if rest.is_empty() {
            return self.error(rest, "nothing is declared here", "write `name=number`");
        }
        self.pieces(rest).into_iter().map(|piece| self.assignment(piece)).collect()
    }

    fn assignment(&self, piece: Range<usize>) -> Outcome<Assignment> {
        let text = self.text(&piece);
        let length = name_length(text);
        if text.starts_with(['#', ';', '%']) {
            let remedy = "XPPAUT reads what follows as declarations; give the comment a line of its own";
            return self.error(piece, "a comment stands behind a declaration", remedy);
        }
        let has_sign = text[length..].starts_with('=');
        if length == 0 || !has_sign || text.len() == length + 1 {
            let remedy = "XPPAUT needs `name=number` without blanks around the `=`";
            return self.error(piece.clone(), format!("`{text}` is not `name=number`"), remedy);
        }
        let name = Word { text: text[..length].to_owned(), span: piece.start..piece.start + length };
        let value = self.number(piece.start + length + 1..piece.end)?;
        Ok(Assignment { name, value })
    }

    /// A number with its sign.
    fn number(&self, span: Range<usize>) -> Outcome<f64> {
        let text = self.text(&span);
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if number_length(unsigned) == unsigned.len() && !unsigned.is_empty() {
            let value: f64 = text.parse().expect("a sign, digits, a point and an exponent are a number");
            if value.is_finite() {
                return Ok(value);
            }
            return self.error(
                span.clone(),
                format!("`{text}` is too large for a number"),
                "the largest number is about 1.8e308",
            );
        }
        let remedy = "XPPAUT reads only the digits before the first sign here; write the number itself \
                      (or, for a quantity made of parameters, `name=formula` on a line of its own)";
        self.error(span.clone(), format!("`{text}` is not a number"), remedy)
    }

    fn names(&self, rest: Range<usize>) -> Outcome<Vec<Word>> {
        if rest.is_empty() {
            return self.error(rest, "nothing is declared here", "write `wiener name`");
        }
        let word = |piece: Range<usize>| {
            let text = self.text(&piece);
            if name_length(text) == text.len() {
                return Ok(Word { text: text.to_owned(), span: piece });
            }
            self.error(
                piece.clone(),
                format!("`{text}` is not a name"),
                "a name has letters, digits and `_`, a letter first",
            )
        };
        self.pieces(rest).into_iter().map(word).collect()
    }

    fn set(&self, rest: Range<usize>) -> Outcome<Declaration> {
        let text = self.text(&rest);
        let length = name_length(text);
        let name = Word { text: text[..length].to_owned(), span: rest.start..rest.start + length };
        let body = self.trimmed(name.span.end..rest.end);
        let inner = self.text(&body).strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
        if length == 0 || inner.is_none() {
            return self.error(rest, "this is not a set of values", "write `set name {a=1,b=2}`");
        }
        Ok(Declaration::Set(name, self.assignments(self.trimmed(body.start + 1..body.end - 1))?))
    }

    fn options(&self, span: Range<usize>) -> Outcome<Declaration> {
        let mut options = Vec::new();
        for piece in self.pieces(span) {
            let text = self.text(&piece);
            let Some((name, value)) =
                text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty())
            else {
                let remedy = "XPPAUT needs `name=value` without blanks around the `=`";
                return self.error(piece.clone(), format!("`{text}` is not an option"), remedy);
            };
            let middle = piece.start + name.len();
            let name = Word { text: name.to_ascii_lowercase(), span: piece.start..middle };
            options.push((name, Word { text: value.to_owned(), span: middle + 1..piece.end }));
        }
        Ok(Declaration::Options(options))
    }
}

/// Beginnings of lines that XPPAUT knows and we do not.
fn unsupported_sign(text: &str) -> Option<(&'static str, &'static str)> {
    if text.starts_with('%') {
        return Some(("%", "loops over arrays are not supported; write the equations out"));
    }
    let without_blanks: String = text.chars().filter(|c| !c.is_whitespace()).take(2).collect();
    (without_blanks == "0=").then_some((
        "0",
        "algebraic equations are not supported; solve for the quantity and write `q=formula`",
    ))
}

/// Why a declaration of XPPAUT is not read, and the remedy.
fn unsupported_command(word: &str) -> Option<&'static str> {
    let events =
        "jumps are not supported; write the switch into the equations with `if()then()else()` or `heav`";
    Some(match word {
        _ if word.starts_with("glo") => events,
        _ if word.starts_with("mark") => "Markov variables are not supported; declare `wiener` noise",
        _ if word.starts_with("tab") => "tables are not supported; write the function as a formula",
        _ if word.starts_with("bdr") || word == "b" => {
            "boundary value problems are not supported; remove the line"
        }
        _ if word.starts_with("vol") => {
            "integral equations are not supported; write a differential equation for the integral"
        }
        _ if word.starts_with("sol") => {
            "algebraic equations are not supported; solve for the quantity and write `q=formula`"
        }
        _ if word.starts_with("spec") || word.starts_with("vec") || word.starts_with("gro") => {
            "arrays are not supported; write the equations out"
        }
        _ if word.starts_with("exp") => "calls of C code are not supported; write the formula out",
        _ if word.starts_with("opt") => "options files are not supported; write `@ name=value` lines",
        "only" => "it chooses what XPPAUT shows; remove the line (a study says what is observed)",
        _ => return None,
    })
}
