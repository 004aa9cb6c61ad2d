//! Tokens to an [`Expression`]: signs and their strength. Knows neither functions nor what names stand for.
//!
//! XPPAUT 6.11 (tried) gives `<`, `==` and the like the same strength as `^`, `&` that of `*`, `|` that of `+`, all from the
//! left, and takes a minus sign only at the beginning of a formula, of a parenthesis or of an operand. So `2^3^2` is 64 and
//! `-2^2` is -4, in both dialects. Where a textbook reads a formula otherwise than XPPAUT (`a+1<b`), the Xpp dialect asks for
//! parentheses.
//!
//! XPPAUT gives `not` the strength of `*`: `not(a)*b` is `(not(a))*b`, and `not(a)<b` is `not(a<b)`. It may begin a formula or
//! stand after `+`, `-`, `|`, `(` and `,`; after any other sign XPPAUT evaluates that sign first, without its second operand
//! (`b+c*not(a)` is `b*c+not(a)`), so there the parser asks for parentheses. A study reads `not` as weaker than comparisons
//! (`not a+1<b`), and as XPPAUT where nothing is compared (`not(a)*b`).

use std::ops::Range;
use std::sync::Arc;

use super::expression::{Expression, Term};
use super::lexer::{Kind, Token, tokens};
use super::{DEEPEST_NESTING, Dialect, LARGEST_WEIGHT};
use crate::complaint::{Complaint, Source};
use crate::equation::graph::{Binary, Unary};

/// Reads a formula from a piece of a text.
///
/// # Errors
/// What is wrong first, with its place and remedy.
pub fn parse_expression(
    source: &Arc<Source>,
    span: Range<usize>,
    dialect: Dialect,
) -> Result<Expression, Complaint> {
    let tokens = tokens(source, span.clone(), dialect)?;
    let [first, .., _] = tokens.as_slice() else {
        return Err(Complaint::error(source, span, "a formula is missing", "write one"));
    };
    let (start, end) = (first.span.start, tokens[tokens.len() - 2].span.end);
    let weight: usize =
        tokens.iter().map(|token| if matches!(token.kind, Kind::Number(_)) { 3 } else { 1 }).sum();
    if weight > LARGEST_WEIGHT {
        let message =
            format!("the formula weighs {weight} (a number 3, any other sign 1), more than {LARGEST_WEIGHT}");
        return Err(Complaint::error(
            source,
            start..end,
            message,
            "name parts of it as fixed quantities on lines of their own",
        ));
    }
    let mut parser = Parser { source, dialect, tokens, at: 0, depth: 0, index: None, terms: Vec::new() };
    parser.disjunction()?;
    parser.expect_end()?;
    Ok(Expression::new(source, start..end, parser.terms))
}

/// How a term was written, which says what may be made of it without parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A number, a name, a call, something in parentheses.
    Closed,
    /// Made of `+ - * / ^`.
    Arithmetic,
    Comparison,
    Conjunction,
    Disjunction,
    Negation,
}

/// A term just read.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) index: usize,
    pub(super) shape: Shape,
    pub(super) span: Range<usize>,
}

/// The way through the tokens.
pub(super) struct Parser<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) dialect: Dialect,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: usize,
    /// What `i'` is in the term of a sum that is being read.
    pub(super) index: Option<i64>,
    pub(super) terms: Vec<(Term, Range<usize>)>,
}

impl Parser<'_> {
    pub(super) fn kind(&self) -> Kind {
        self.tokens[self.at].kind
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.tokens[self.at].span.clone()
    }

    pub(super) fn text(&self) -> &str {
        &self.source.text[self.span()]
    }

    /// The next token's text in lower case if it is a name, else nothing.
    pub(super) fn word(&self) -> String {
        if self.kind() == Kind::Name { self.text().to_ascii_lowercase() } else { String::new() }
    }

    pub(super) fn is_study_word(&self, word: &str) -> bool {
        self.dialect == Dialect::Study && self.kind() == Kind::Name && self.text() == word
    }

    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    pub(super) fn error(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Complaint {
        Complaint::error(self.source, span, message, remedy)
    }

    pub(super) fn term(&self, index: usize) -> &Term {
        &self.terms[index].0
    }

    pub(super) fn push(&mut self, term: Term, shape: Shape, span: Range<usize>) -> Part {
        self.terms.push((term, span.clone()));
        Part { index: self.terms.len() - 1, shape, span }
    }

    pub(super) fn pair(&mut self, kind: Binary, shape: Shape, left: &Part, right: &Part) -> Part {
        let span = left.span.start.min(right.span.start)..left.span.end.max(right.span.end);
        let term = match kind {
            // `x != y` is `not (x == y)`, so that no formula needs an operation that XPPAUT cannot write.
            Binary::NotEqual => {
                let equal =
                    self.push(Term::Binary(Binary::Equal, left.index, right.index), shape, span.clone());
                Term::Unary(Unary::Not, equal.index)
            }
            _ => Term::Binary(kind, left.index, right.index),
        };
        self.push(term, shape, span)
    }

    pub(super) fn enter(&mut self) -> Result<(), Complaint> {
        self.depth += 1;
        if self.depth > DEEPEST_NESTING {
            let message = format!("the formula is nested deeper than {DEEPEST_NESTING}");
            return Err(self.error(self.span(), message, "name parts of it as fixed quantities"));
        }
        Ok(())
    }

    pub(super) fn disjunction(&mut self) -> Result<Part, Complaint> {
        let mut left = self.conjunction()?;
        while self.kind() == Kind::Or || self.is_study_word("or") {
            let sign = self.span();
            self.advance();
            let right = self.conjunction()?;
            let allowed =
                [Shape::Closed, Shape::Comparison, Shape::Conjunction, Shape::Disjunction, Shape::Negation];
            self.demand_shape(&sign, &left, &allowed)?;
            self.demand_shape(&sign, &right, &allowed)?;
            left = self.pair(Binary::Or, Shape::Disjunction, &left, &right);
        }
        Ok(left)
    }

    pub(super) fn conjunction(&mut self) -> Result<Part, Complaint> {
        let mut left = self.negation()?;
        while self.kind() == Kind::And || self.is_study_word("and") {
            let sign = self.span();
            self.advance();
            let right = self.negation()?;
            let allowed = [Shape::Closed, Shape::Comparison, Shape::Conjunction, Shape::Negation];
            self.demand_shape(&sign, &left, &allowed)?;
            // Behind a sign of its own strength XPPAUT reads `not` as the end of what stands before.
            self.demand_shape(&sign, &right, &allowed[..3])?;
            left = self.pair(Binary::And, Shape::Conjunction, &left, &right);
        }
        Ok(left)
    }

    /// In the Xpp dialect: parentheses where XPPAUT would read another formula than the one that a textbook reads.
    pub(super) fn demand_shape(
        &self,
        sign: &Range<usize>,
        side: &Part,
        allowed: &[Shape],
    ) -> Result<(), Complaint> {
        if self.dialect == Dialect::Study || allowed.contains(&side.shape) {
            return Ok(());
        }
        let written = &self.source.text[side.span.clone()];
        let sign = &self.source.text[sign.clone()];
        let message = format!("XPPAUT does not read `{written}` as one side of `{sign}`");
        Err(self.error(side.span.clone(), message, format!("put it in parentheses: `({written})`")))
    }

    pub(super) fn negation(&mut self) -> Result<Part, Complaint> {
        if self.dialect == Dialect::Xpp || self.word() != "not" || self.is_factor() {
            return self.comparison();
        }
        let start = self.span().start;
        self.advance();
        self.enter()?;
        let inner = self.negation()?;
        self.depth -= 1;
        Ok(self.push(Term::Unary(Unary::Not, inner.index), Shape::Negation, start..inner.span.end))
    }

    /// Whether what begins with `not(` here is a sum or product with no comparison in it.
    fn is_factor(&self) -> bool {
        if self.tokens[self.at + 1].kind != Kind::Open {
            return false;
        }
        let (mut depth, mut is_arithmetic) = (0_usize, false);
        for token in &self.tokens[self.at + 1..] {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth > 0 => depth -= 1,
                _ if depth > 0 => {}
                Kind::Plus | Kind::Minus | Kind::Star | Kind::Slash => is_arithmetic = true,
                Kind::Close | Kind::Comma | Kind::And | Kind::Or | Kind::End => break,
                Kind::Name if matches!(&self.source.text[token.span.clone()], "and" | "or") => break,
                kind if comparison(kind).is_some() => return false,
                _ => {}
            }
        }
        is_arithmetic
    }

    /// `not(x)` as the first factor of a product, with the powers and the comparison that it is stronger than.
    fn first_factor(&mut self) -> Result<Part, Complaint> {
        if self.word() != "not" {
            return self.signed();
        }
        let start = self.span().start;
        self.advance();
        self.enter()?;
        let inner = self.power()?;
        let inner = self.compared(inner)?;
        self.depth -= 1;
        Ok(self.push(Term::Unary(Unary::Not, inner.index), Shape::Negation, start..inner.span.end))
    }

    pub(super) fn comparison(&mut self) -> Result<Part, Complaint> {
        let left = self.sum()?;
        self.compared(left)
    }

    /// What has been read, compared with what follows if a sign of comparison does.
    fn compared(&mut self, left: Part) -> Result<Part, Complaint> {
        let Some((kind, is_swapped)) = comparison(self.kind()) else { return Ok(left) };
        let sign = self.span();
        self.advance();
        if self.word() == "not" {
            return Err(self.misplaced_not());
        }
        let right = self.sum()?;
        self.demand_shape(&sign, &left, &[Shape::Closed])?;
        self.demand_shape(&sign, &right, &[Shape::Closed])?;
        if comparison(self.kind()).is_some() {
            let remedy = "write two comparisons joined by `&` (in a study, by `and`)";
            return Err(self.error(self.span(), "comparisons cannot be chained", remedy));
        }
        let (first, second) = if is_swapped { (&right, &left) } else { (&left, &right) };
        Ok(self.pair(kind, Shape::Comparison, first, second))
    }

    /// The complaint about a `not` before which another sign is evaluated.
    pub(super) fn misplaced_not(&self) -> Complaint {
        let remedy =
            "XPPAUT evaluates the sign before it first, without it; put it in parentheses: `(not(...))`";
        self.error(self.span(), "`not` cannot stand here", remedy)
    }

    pub(super) fn sum(&mut self) -> Result<Part, Complaint> {
        let mut left = self.product()?;
        loop {
            let kind = match self.kind() {
                Kind::Plus => Binary::Add,
                Kind::Minus => Binary::Subtract,
                _ => return Ok(left),
            };
            self.advance();
            let right = self.product()?;
            left = self.pair(kind, Shape::Arithmetic, &left, &right);
        }
    }

    pub(super) fn product(&mut self) -> Result<Part, Complaint> {
        let mut left = self.first_factor()?;
        loop {
            let kind = match self.kind() {
                Kind::Star => Binary::Multiply,
                Kind::Slash => Binary::Divide,
                _ => return Ok(left),
            };
            self.advance();
            let right = self.signed()?;
            left = self.pair(kind, Shape::Arithmetic, &left, &right);
        }
    }

    pub(super) fn signed(&mut self) -> Result<Part, Complaint> {
        if self.kind() != Kind::Minus {
            return self.power();
        }
        let start = self.span().start;
        let stands_first = self.at == 0 || matches!(self.tokens[self.at - 1].kind, Kind::Open | Kind::Comma);
        if self.dialect == Dialect::Xpp && !stands_first {
            let remedy = "XPPAUT takes a minus sign only at the beginning or after `(` or `,`; write `(-x)`";
            return Err(self.error(self.span(), "a minus sign cannot stand after another sign", remedy));
        }
        self.advance();
        self.enter()?;
        let inner = self.signed()?;
        self.depth -= 1;
        Ok(self.push(Term::Unary(Unary::Negate, inner.index), Shape::Arithmetic, start..inner.span.end))
    }

    pub(super) fn power(&mut self) -> Result<Part, Complaint> {
        let mut left = self.primary()?;
        while self.kind() == Kind::Caret {
            self.advance();
            let right = if self.kind() == Kind::Minus {
                let start = self.span().start;
                if self.dialect == Dialect::Xpp {
                    let remedy = "write the exponent in parentheses: `x^(-y)`";
                    return Err(self.error(self.span(), "a minus sign cannot stand after `^`", remedy));
                }
                self.advance();
                let inner = self.primary()?;
                self.push(Term::Unary(Unary::Negate, inner.index), Shape::Arithmetic, start..inner.span.end)
            } else {
                self.primary()?
            };
            left = self.pair(Binary::Power, Shape::Arithmetic, &left, &right);
        }
        Ok(left)
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Complaint {
        let message = format!("`{}` stands where {wanted} should", self.text());
        let remedy = match self.kind() {
            Kind::Name if self.word() == "and" => "XPPAUT has no word for it; write `&`",
            Kind::Name if self.word() == "or" => "XPPAUT has no word for it; write `|`",
            Kind::Name | Kind::Number(_) | Kind::Open => {
                "for a product write `*`; two names need a sign between them"
            }
            Kind::Comma => "only the operands of a function are separated by commas",
            Kind::Close => "remove it, or open a parenthesis before",
            kind if comparison(kind).is_some() => "put what stands before it in parentheses",
            _ => "remove it",
        };
        self.error(self.span(), message, remedy)
    }

    pub(super) fn expect_end(&self) -> Result<(), Complaint> {
        if self.kind() == Kind::End { Ok(()) } else { Err(self.unexpected("the end of the formula")) }
    }
}

/// The comparison of a sign, and whether its sides are exchanged.
fn comparison(kind: Kind) -> Option<(Binary, bool)> {
    match kind {
        Kind::Less => Some((Binary::Less, false)),
        Kind::LessOrEqual => Some((Binary::LessOrEqual, false)),
        Kind::Greater => Some((Binary::Less, true)),
        Kind::GreaterOrEqual => Some((Binary::LessOrEqual, true)),
        Kind::Equal => Some((Binary::Equal, false)),
        Kind::NotEqual => Some((Binary::NotEqual, false)),
        _ => None,
    }
}
