//! What stands behind the first word of a line: names with their values, options, sets. Knows how XPPAUT cuts such lines into
//! pieces, not what the names mean.
//!
//! What XPPAUT 6.11 does, tried: pieces are cut at blanks and commas, so that blanks around `=` make it read 0 or stop; a piece
//! without `=` declares a name that is 0; of a value the digits count that it begins with; an option without a value, or glued to
//! the `@`, is ignored.

use std::ops::Range;

use super::declaration::{Assignment, Declaration, Outcome, Reader, Word};
use super::lexer::{name_length, number_length};

impl Reader<'_> {
    /// `aux name=formula`, where the name may have any sign but `=`.
    pub(super) fn auxiliary(&self, rest: &Range<usize>) -> Outcome<Declaration> {
        let text = self.text(rest);
        let sign = text.find('=').unwrap_or(0);
        let name = self.trimmed(rest.start..rest.start + sign);
        if name.is_empty() {
            return self.error(rest.clone(), "`aux` needs a name and a formula", "write `aux name=formula`");
        }
        let formula = self.formula(rest.start + sign + 1..rest.end)?;
        Ok(Declaration::Auxiliary(Word { text: self.text(&name).to_owned(), span: name }, formula))
    }

    /// Pieces between blanks and commas.
    fn pieces(&self, rest: &Range<usize>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let mut at = rest.start;
        for piece in self.text(rest).split([' ', ',', '\t', '\r', '\n', '\\']) {
            if !piece.is_empty() {
                pieces.push(at..at + piece.len());
            }
            at += piece.len() + 1;
        }
        pieces
    }

    pub(super) fn assignments(&mut self, rest: Range<usize>) -> Outcome<Vec<Assignment>> {
        if rest.is_empty() {
            return self.error(rest, "nothing is declared here", "write `name=number`");
        }
        let pieces = self.pieces(&rest);
        let mut assignments = Vec::new();
        for (place, piece) in pieces.iter().enumerate() {
            let next = pieces.get(place + 1).map_or("", |next| self.text(next));
            if next.starts_with('=') {
                return self.blanks(piece.start..pieces[place + 1].end);
            }
            let text = self.text(piece);
            if text.starts_with(['#', ';', '%', '"']) || text.starts_with("//") {
                self.remark(piece.start..rest.end)?;
                break;
            }
            assignments.extend(self.assignment(piece.clone())?);
        }
        Ok(assignments)
    }

    fn blanks<T>(&self, piece: Range<usize>) -> Outcome<T> {
        let remedy = "XPPAUT needs `name=number` without blanks around the `=`";
        let message = format!("`{}` is not `name=number`", self.text(&piece));
        self.error(piece, message, remedy)
    }

    /// A comment behind a declaration, whose words XPPAUT takes for names that are 0.
    fn remark(&mut self, span: Range<usize>) -> Outcome<()> {
        let remedy = "XPPAUT reads what follows as declarations; give the comment a line of its own";
        if self.text(&span).contains('=') {
            return self.error(span, "a comment stands behind a declaration", remedy);
        }
        self.warn(span, "a comment stands behind a declaration", remedy);
        Ok(())
    }

    fn assignment(&mut self, piece: Range<usize>) -> Outcome<Option<Assignment>> {
        let text = self.text(&piece);
        let length = name_length(text);
        let name = Word { text: text[..length].to_owned(), span: piece.start..piece.start + length };
        if length > 0 && length == text.len() {
            let message = format!("`{text}` has no value; it is 0, as XPPAUT takes it");
            self.warn(piece, message, "write `name=number`");
            return Ok(Some(Assignment { name, value: 0.0 }));
        }
        if !text.contains('=') {
            let message = format!("`{text}` declares nothing, and is ignored");
            self.warn(piece, message, "remove it; a comment has a line of its own");
            return Ok(None);
        }
        if text[length..].starts_with('.')
            && let Some(complaint) = self.dotted(name.span.end)
        {
            return Err(complaint);
        }
        if length == 0 || !text[length..].starts_with('=') || text.len() == length + 1 {
            return self.blanks(piece);
        }
        let value = piece.start + length + 1..piece.end;
        let lower = self.text(&value).to_ascii_lowercase();
        let value = match lower.as_str() {
            "inf" | "+inf" | "infinity" => self.infinite(value, f64::MAX),
            "-inf" | "-infinity" => self.infinite(value, f64::MIN),
            // A `;` at the end is no part of the number.
            _ => self.number(value.start..value.end - usize::from(lower.ends_with(';')))?,
        };
        Ok(Some(Assignment { name, value }))
    }

    fn infinite(&mut self, span: Range<usize>, value: f64) -> f64 {
        self.warn(span, "an infinite value is taken as 1.8e308, the largest number", "write a number");
        value
    }

    /// A number with its sign.
    pub(super) fn number(&self, span: Range<usize>) -> Outcome<f64> {
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

    pub(super) fn names(&mut self, rest: Range<usize>) -> Outcome<Vec<Word>> {
        if rest.is_empty() {
            return self.error(rest, "nothing is declared here", "write `wiener name`");
        }
        let mut words = Vec::new();
        for piece in self.pieces(&rest) {
            let text = self.text(&piece);
            let length = name_length(text);
            if text.starts_with('#') {
                self.remark(piece.start..rest.end)?;
                break;
            }
            if length == 0 || !(length == text.len() || text[length..].starts_with('=')) {
                return self.error(
                    piece.clone(),
                    format!("`{text}` is not a name"),
                    "a name has letters, digits and `_`, a letter first",
                );
            }
            words.push(Word { text: text[..length].to_owned(), span: piece.start..piece.start + length });
        }
        Ok(words)
    }

    /// `set name {a=1,b=2,total=50}`
    pub(super) fn set(&self, rest: Range<usize>) -> Outcome<Declaration> {
        let text = self.text(&rest);
        let length = text.find(|letter: char| letter.is_whitespace() || letter == '{').unwrap_or(text.len());
        let name = Word { text: text[..length].to_owned(), span: rest.start..rest.start + length };
        let body = self.trimmed(name.span.end..rest.end);
        let inner = self.text(&body);
        let Some(close) = inner.find('}').filter(|_| length > 0 && inner.starts_with('{')) else {
            return self.error(rest, "this is not a set of values", "write `set name {a=1,b=2}`");
        };
        let mut values = Vec::new();
        for piece in self.pieces(&(body.start + 1..body.start + close)) {
            let Some(value) = self.pair(&piece) else { return self.blanks(piece) };
            values.push(value);
        }
        Ok(Declaration::Set(name, values))
    }

    /// `name=value`, if a piece is one.
    fn pair(&self, piece: &Range<usize>) -> Option<(Word, Word)> {
        let (name, value) = self.text(piece).split_once('=')?;
        let middle = piece.start + name.len();
        let is_whole = !name.is_empty() && !value.is_empty();
        is_whole.then(|| {
            let name = Word { text: name.to_ascii_lowercase(), span: piece.start..middle };
            (name, Word { text: value.to_owned(), span: middle + 1..piece.end })
        })
    }

    /// `@ name=value,name=value`
    pub(super) fn options(&mut self, span: Range<usize>) -> Outcome<Declaration> {
        let mut options = Vec::new();
        let pieces = self.pieces(&span);
        for (place, piece) in pieces.iter().enumerate() {
            let text = self.text(piece);
            if place == 0 && piece.start == span.start && text.contains('=') {
                let message = format!("`{text}` is ignored, since it is glued to the `@`");
                self.warn(piece.clone(), message, "XPPAUT ignores it too; write a blank after the `@`");
                continue;
            }
            if text.starts_with('=') || text.ends_with('=') {
                let remedy = "XPPAUT needs `name=value` without blanks around the `=`";
                return self.error(piece.clone(), format!("`{text}` is not an option"), remedy);
            }
            let option = self.pair(piece).filter(|(name, _)| name_length(&name.text) == name.text.len());
            if option.is_none() {
                let is_split = pieces.get(place + 1).is_some_and(|next| self.text(next).starts_with('='));
                let message = format!("`{text}` is not an option, and is ignored");
                if !is_split {
                    self.warn(piece.clone(), message, "XPPAUT ignores it too; an option is `name=value`");
                }
            }
            options.extend(option);
        }
        Ok(Declaration::Options(options))
    }
}
