//! What a line of a model file declares. Knows the declarations of XPPAUT and the traps in their spelling, not what the names
//! mean together.
//!
//! What XPPAUT 6.11 does, tried: a tab after a keyword is not seen as a blank; `@` counts in the first column only; a line that
//! begins with an unknown word is skipped, and where its first letter is that of a declaration (`p w n i b g d`) taken for it.

use std::ops::Range;
use std::sync::Arc;

use super::Dialect;
use super::expression::Expression;
use super::lexer::{dotted_name, name_length};
use super::parser::parse_expression;
use super::refused;
use super::words::unknown_name;
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

/// What a line declares.
#[derive(Clone, Debug)]
pub enum Declaration {
    /// `par a=1,b=2`
    Parameters(Vec<Assignment>),
    /// `number a=1`: constants that are not parameters
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
    /// `set name {a=1,b=2,total=50}`: parameters, variables and options, each with its text
    Set(Word, Vec<(Word, Word)>),
    /// `@ dt=0.1,meth=rk4`: each name with its text
    Options(Vec<(Word, Word)>),
}

pub(super) type Outcome<T> = Result<T, Complaint>;

/// What was read of a line.
pub(super) struct Read {
    /// What it declares; `None` where XPPAUT skips it.
    pub(super) declaration: Option<Declaration>,
    pub(super) warnings: Vec<Complaint>,
}

/// What a line declares; `trimmed` is the line without blanks around it.
pub(super) fn declared(source: &Arc<Source>, line: &Range<usize>, trimmed: &Range<usize>) -> Outcome<Read> {
    let mut reader = Reader { source, warnings: Vec::new() };
    let declaration = reader.declared(line, trimmed)?;
    Ok(Read { declaration, warnings: reader.warnings })
}

/// A piece of a text without blanks at its ends.
pub(super) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let piece = &text[span.clone()];
    let start = span.start + (piece.len() - piece.trim_start().len());
    start..(start + piece.trim().len())
}

/// Reads one line.
pub(super) struct Reader<'a> {
    source: &'a Arc<Source>,
    warnings: Vec<Complaint>,
}

impl Reader<'_> {
    pub(super) fn error<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Outcome<T> {
        Err(Complaint::error(self.source, span, message, remedy))
    }

    /// What is wrong with a name that a dot at this place is a part of, if it is.
    pub(super) fn dotted(&self, dot: usize) -> Option<Complaint> {
        dotted_name(self.source, dot)
    }

    pub(super) fn warn(&mut self, span: Range<usize>, message: impl Into<String>, remedy: impl Into<String>) {
        self.warnings.push(Complaint::error(self.source, span, message, remedy).as_warning());
    }

    pub(super) fn text(&self, span: &Range<usize>) -> &str {
        &self.source.text[span.clone()]
    }

    pub(super) fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        trimmed(&self.source.text, span)
    }

    fn declared(&mut self, line: &Range<usize>, trimmed: &Range<usize>) -> Outcome<Option<Declaration>> {
        let (start, end) = (trimmed.start, trimmed.end);
        let text = self.text(trimmed);
        if text.starts_with('@') {
            if start != line.start {
                let remedy = "XPPAUT reads options in the first column only; remove the blanks before `@`";
                return self.error(start..start + 1, "`@` is not in the first column", remedy);
            }
            return self.options(start + 1..end).map(Some);
        }
        if let Some((sign, what, remedy)) = refused::sign(text) {
            return self.error(start..start + sign.len(), what, remedy);
        }
        let is_derived = text.starts_with('!');
        let from = start + usize::from(is_derived);
        let word =
            Word { text: text[from - start..][..name_length(&text[from - start..])].to_owned(), span: 0..0 };
        let word = Word { span: from..from + word.text.len(), ..word };
        if word.text.is_empty() {
            if !is_derived && !text.contains('=') {
                return Ok(self.skip(trimmed.clone()));
            }
            let remedy =
                "a line declares something (`par`, `x'=`, `f(x)=`, `q=`, `aux`, `init`), or is a comment `#`";
            return self.error(from..from + 1, "this line begins with no name", remedy);
        }
        let rest = self.trimmed(word.span.end..end);
        let is_adjacent = rest.start == word.span.end;
        let after = self.text(&rest);
        if after.starts_with('=') && !after.starts_with("==") {
            let value = self.formula(rest.start + 1..end)?;
            return Ok(Some(if is_derived {
                Declaration::Derived(word, value)
            } else {
                Declaration::Fixed(word, value)
            }));
        }
        if is_derived {
            return self.error(word.span, "`!` declares a derived parameter", "write `!name=formula`");
        }
        match after.chars().next() {
            // A word and a blank: XPPAUT skips what it does not know.
            Some('(') if !is_adjacent && !after.contains('=') => self.command(&word, rest),
            Some(sign @ ('\'' | '(' | '/')) if !is_adjacent => {
                let message = format!("a blank stands before `{sign}`");
                self.error(
                    word.span.end..rest.start + 1,
                    message,
                    "XPPAUT reads another thing so; remove the blank",
                )
            }
            Some('\'') => self.equation(word, rest.start + 1..end).map(Some),
            Some('/') => self.quotient(&word, rest).map(Some),
            Some('(') => self.function(word, rest).map(Some),
            _ => self.command(&word, rest),
        }
    }

    pub(super) fn formula(&self, span: Range<usize>) -> Outcome<Expression> {
        if let Some((at, message, remedy)) = refused::integral(self.text(&span)) {
            return self.error(span.start + at..span.start + at + "int".len(), message, remedy);
        }
        parse_expression(self.source, span, Dialect::Xpp)
    }

    /// A line that XPPAUT skips.
    fn skip(&mut self, line: Range<usize>) -> Option<Declaration> {
        self.warn(
            line,
            "this line declares nothing, and XPPAUT skips it",
            "make it a comment: begin it with `#`",
        );
        None
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
            let (message, remedy) = refused::MAP;
            return self.error(name.span.start..inside.end + 1, message, remedy);
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

    fn command(&mut self, word: &Word, rest: Range<usize>) -> Outcome<Option<Declaration>> {
        let gap = self.text(&(word.span.end..rest.start));
        if !rest.is_empty() && !gap.starts_with(' ') {
            let is_prose = !self.text(&rest).contains('=') && command(&word.text).is_none();
            if is_prose && !gap.starts_with('\t') {
                return self.unknown(word, &rest);
            }
            let remedy = "write a blank after the first word of the line";
            let message = if gap.starts_with('\t') {
                "XPPAUT does not see a tab as a blank"
            } else {
                "this is not a declaration"
            };
            return self.error(word.span.start..rest.start.max(word.span.end + 1), message, remedy);
        }
        Ok(match command(&word.text) {
            Some(Command::Parameters) => Some(Declaration::Parameters(self.assignments(rest)?)),
            Some(Command::Numbers) => Some(Declaration::Numbers(self.assignments(rest)?)),
            Some(Command::Initials) => Some(Declaration::Initials(self.assignments(rest)?)),
            Some(Command::Auxiliary) => Some(self.auxiliary(&rest)?),
            Some(Command::Noises) => Some(Declaration::Noises(self.names(rest)?)),
            Some(Command::Set) => Some(self.set(rest)?),
            // XPPAUT integrates all the same, and shows all the same in its table.
            Some(Command::Boundary) => {
                let remedy =
                    "they are of use to XPPAUT's boundary value solver alone, and nothing here looks at them";
                self.warn(word.span.clone(), "boundary conditions are ignored", remedy);
                None
            }
            Some(Command::Only) => None,
            None => return self.unknown(word, &rest),
        })
    }

    /// A line whose first word is not a declaration.
    fn unknown(&mut self, word: &Word, rest: &Range<usize>) -> Outcome<Option<Declaration>> {
        let lower = word.text.to_ascii_lowercase();
        if let Some((what, remedy)) = refused::command(&lower) {
            return self.error(word.span.clone(), what, remedy);
        }
        if !self.text(rest).contains('=') {
            let first = lower.chars().next().unwrap_or_default();
            let taken = match first {
                'p' => "par",
                'w' => "wiener",
                'n' => "number",
                'i' => "init",
                'b' => "bndry",
                'g' => "global",
                'd' => "done",
                _ => return Ok(self.skip(word.span.start..rest.end.max(word.span.end))),
            };
            let message = format!("XPPAUT takes `{}` for `{taken}`, whose first letter it has", word.text);
            return self.error(word.span.clone(), message, "make this line a comment: begin it with `#`");
        }
        let known = ["par", "param", "number", "init", "aux", "wiener", "set", "done"];
        Err(unknown_name(self.source, word.span.clone(), "declaration", known))
    }
}

/// A declaration that begins with a word.
enum Command {
    Parameters,
    Numbers,
    Initials,
    Auxiliary,
    Noises,
    Set,
    Boundary,
    Only,
}

/// The declaration of a word, which may be shortened or go on.
fn command(word: &str) -> Option<Command> {
    let lower = word.to_ascii_lowercase();
    let is = |whole: &str, stem: &str| whole.starts_with(&lower) || lower.starts_with(stem);
    Some(match lower.as_str() {
        _ if is("parameters", "par") => Command::Parameters,
        _ if is("numbers", "num") => Command::Numbers,
        _ if is("initials", "init") => Command::Initials,
        _ if is("wiener", "wie") => Command::Noises,
        _ if lower.starts_with("au") => Command::Auxiliary,
        "set" => Command::Set,
        "bc" | "bcs" => Command::Boundary,
        _ if is("boundary", "boundar") || is("bndry", "bndr") || is("bdry", "bdr") => Command::Boundary,
        "only" => Command::Only,
        _ => return None,
    })
}
