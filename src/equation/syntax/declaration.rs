//! What a line of a model file declares. Knows the declarations of XPPAUT and the traps in their spelling, not what the names
//! mean together.
//!
//! What XPPAUT 6.11 does, tried: blanks around `=` of a `par`, `number` or `init` make it read 0 or stop; so does a tab after
//! a keyword; `@` counts in the first column only; a line that begins with an unknown word is skipped.

use std::ops::Range;
use std::sync::Arc;

use super::Dialect;
use super::expression::Expression;
use super::lexer::{name_length, number_length};
use super::parser::parse_expression;
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

type Outcome<T> = Result<T, Complaint>;

/// What a line declares; `trimmed` is the line without blanks around it.
pub(super) fn declared(
    source: &Arc<Source>,
    line: &Range<usize>,
    trimmed: &Range<usize>,
) -> Outcome<Declaration> {
    Reader { source }.declared(line, trimmed)
}

/// A piece of a text without blanks at its ends.
pub(super) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let piece = &text[span.clone()];
    let start = span.start + (piece.len() - piece.trim_start().len());
    start..(start + piece.trim().len())
}

struct Reader<'a> {
    source: &'a Arc<Source>,
}

impl Reader<'_> {
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

    fn declared(&self, line: &Range<usize>, trimmed: &Range<usize>) -> Outcome<Declaration> {
        let (start, end) = (trimmed.start, trimmed.end);
        let text = self.text(trimmed);
        if text.starts_with('@') {
            if start != line.start {
                let remedy = "XPPAUT reads options in the first column only; remove the blanks before `@`";
                return self.error(start..start + 1, "`@` is not in the first column", remedy);
            }
            return self.options(start + 1..end);
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
            return Ok(if is_derived {
                Declaration::Derived(word, value)
            } else {
                Declaration::Fixed(word, value)
            });
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
            Some('\'') => self.equation(word, rest.start + 1..end),
            Some('/') => self.quotient(&word, rest),
            Some('(') => self.function(word, rest),
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

    fn command(&self, word: &Word, rest: Range<usize>) -> Outcome<Declaration> {
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
        Ok(declaration)
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
