//! Text to tokens. Knows the signs of the language, not its grammar.

use std::ops::Range;
use std::sync::Arc;

use super::Dialect;
use crate::complaint::{Complaint, Source};

/// What a token is. A name's text is that of its span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Name,
    Plus,
    Minus,
    Star,
    Slash,
    Caret,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
    Open,
    Close,
    Comma,
    /// `"rest"`, a word in quotes of either kind.
    Quoted,
    /// `i'`, the index of a sum.
    Index,
    End,
}

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// Whether a name may begin with the character.
pub(super) fn begins_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

/// Whether a name may go on with the character.
pub(super) fn continues_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The length in bytes of the name that a text begins with; 0 where it begins with something else.
pub(super) fn name_length(text: &str) -> usize {
    if !text.starts_with(begins_name) {
        return 0;
    }
    text.find(|character| !continues_name(character)).unwrap_or(text.len())
}

/// The length in bytes of the unsigned number that a text begins with, as far as it is well formed; 0 where there is none.
pub(super) fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut length = whole;
    let mut fraction = 0;
    if bytes.get(length) == Some(&b'.') {
        fraction = digits(length + 1);
        length += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = if length + 1 + sign <= bytes.len() { digits(length + 1 + sign) } else { 0 };
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// The length in bytes of the word in quotes that a text begins with; 0 where there is none.
fn quoted_length(text: &str) -> usize {
    let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) else { return 0 };
    let length = name_length(&text[1..]);
    if length > 0 && text[1 + length..].starts_with(quote) { length + 2 } else { 0 }
}

/// The tokens of a piece of a text, ended by [`Kind::End`]. A line continued by `\` counts as one.
pub(super) fn tokens(
    source: &Arc<Source>,
    span: Range<usize>,
    dialect: Dialect,
) -> Result<Vec<Token>, Complaint> {
    let mut found = Vec::new();
    let mut at = span.start;
    while at < span.end {
        let rest = &source.text[at..span.end];
        let character = rest.chars().next().expect("the rest is not empty");
        let length = match character {
            '\\' => rest.find('\n').map_or(rest.len(), |newline| newline + 1),
            _ if character.is_ascii_whitespace() => 1,
            _ => {
                let (kind, length) = token(source, rest, at, dialect)?;
                found.push(Token { kind, span: at..at + length });
                length
            }
        };
        at += length;
    }
    found.push(Token { kind: Kind::End, span: span.end..span.end });
    Ok(found)
}

fn token(source: &Arc<Source>, rest: &str, at: usize, dialect: Dialect) -> Result<(Kind, usize), Complaint> {
    let length = name_length(rest);
    if length == 1 && dialect == Dialect::Xpp && rest.starts_with(['i', 'I']) && rest[1..].starts_with('\'') {
        return Ok((Kind::Index, 2));
    }
    if length > 0 {
        return Ok((Kind::Name, length));
    }
    let length = number_length(rest);
    if length > 0 {
        return number(source, rest, at, length);
    }
    if dialect == Dialect::Study && quoted_length(rest) > 0 {
        return Ok((Kind::Quoted, quoted_length(rest)));
    }
    let two = rest.get(..2).unwrap_or("");
    let sign = match two {
        "**" => Some((Kind::Caret, 2)),
        "<=" => Some((Kind::LessOrEqual, 2)),
        ">=" => Some((Kind::GreaterOrEqual, 2)),
        "==" => Some((Kind::Equal, 2)),
        "!=" if dialect == Dialect::Study => Some((Kind::NotEqual, 2)),
        "!=" | "&&" | "||" => None,
        _ => match rest.as_bytes()[0] {
            b'+' => Some((Kind::Plus, 1)),
            b'-' => Some((Kind::Minus, 1)),
            b'*' => Some((Kind::Star, 1)),
            b'/' => Some((Kind::Slash, 1)),
            b'^' => Some((Kind::Caret, 1)),
            b'<' => Some((Kind::Less, 1)),
            b'>' => Some((Kind::Greater, 1)),
            b'&' => Some((Kind::And, 1)),
            b'|' => Some((Kind::Or, 1)),
            b'(' => Some((Kind::Open, 1)),
            b')' => Some((Kind::Close, 1)),
            b',' => Some((Kind::Comma, 1)),
            _ => None,
        },
    };
    sign.ok_or_else(|| unreadable(source, rest, at, dialect))
}

fn number(source: &Arc<Source>, rest: &str, at: usize, length: usize) -> Result<(Kind, usize), Complaint> {
    let text = &rest[..length];
    let next = rest[length..].chars().next();
    if next.is_some_and(|character| continues_name(character) || character == '.') {
        let word =
            rest[length..].find(|c| !continues_name(c) && c != '.').map_or(rest, |end| &rest[..length + end]);
        let remedy = format!("for a product write `{text}*...`; names begin with a letter");
        return Err(Complaint::error(
            source,
            at..at + word.len(),
            format!("`{word}` is not a number"),
            remedy,
        ));
    }
    let value: f64 = text.parse().expect("digits, a point and an exponent are a number");
    if value.is_infinite() {
        let message = format!("`{text}` is too large for a number");
        return Err(Complaint::error(
            source,
            at..at + length,
            message,
            "the largest number is about 1.8e308",
        ));
    }
    Ok((Kind::Number(value), length))
}

/// What is wrong with a name that a dot at this place is a part of, if it is: XPPAUT reads such names.
pub(super) fn dotted_name(source: &Arc<Source>, dot: usize) -> Option<Complaint> {
    let text = &source.text;
    let before = text[..dot].trim_end_matches(continues_name);
    let start = before.len();
    let end = text[dot..]
        .find(|letter| !continues_name(letter) && letter != '.')
        .map_or(text.len(), |length| dot + length);
    let is_name = text[start..].starts_with(begins_name) && text[dot + 1..end].starts_with(continues_name);
    let name = &text[start..end];
    let remedy = format!(
        "names are made of letters, digits and `_`: write `{}` wherever it stands",
        name.replace('.', "_")
    );
    is_name
        .then(|| Complaint::error(source, start..end, format!("the name `{name}` has a dot in it"), remedy))
}

fn unreadable(source: &Arc<Source>, rest: &str, at: usize, dialect: Dialect) -> Complaint {
    let character = rest.chars().next().expect("the rest is not empty");
    let two = rest.get(..2).unwrap_or("");
    let remedy = match (two, character) {
        ("!=", _) => "XPPAUT does not read `2!=x`; write `not(x==y)`",
        ("&&", _) if dialect == Dialect::Xpp => "write `&`",
        ("||", _) if dialect == Dialect::Xpp => "write `|`",
        ("&&", _) => "write `and`",
        ("||", _) => "write `or`",
        (_, '=') => "to compare write `==`; a definition stands alone on its line",
        (_, '#') => "XPPAUT reads a comment as part of the formula; give the comment a line of its own",
        (_, '[' | ']' | '$' | '%') => {
            "arrays are not supported here, only in the lines of a model file; use parentheses `( )` to group"
        }
        (_, '{' | '}') => "use parentheses `( )` to group",
        (_, '\'') => {
            "a derivative cannot be used in a formula; repeat its right-hand side, or make it a fixed quantity"
        }
        (_, '"') => "a word stands in quotes only as the name of a regime, `share(\"rest\")`",
        (_, '~') => "for a negative write `(-x)`",
        (_, '!') => "write `not(x)`",
        (_, ';') => "one declaration a line; remove the `;`",
        (_, '\u{2212}' | '\u{2013}' | '\u{2014}') => "this is a typographic dash; type the minus sign `-`",
        (_, '\u{d7}' | '\u{b7}') => "for a product write `*`",
        (_, '.') => "a number has digits",
        _ => "formulas are made of names, numbers, `+ - * / ^ ( ) , < > <= >= == & |`",
    };
    if dialect == Dialect::Xpp
        && character == '.'
        && let Some(complaint) = dotted_name(source, at)
    {
        return complaint;
    }
    let length = if matches!(two, "!=" | "&&" | "||") { 2 } else { character.len_utf8() };
    let message = format!("`{}` cannot stand in a formula", &rest[..length]);
    Complaint::error(source, at..at + length, message, remedy)
}
