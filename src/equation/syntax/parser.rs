//! Tokens to an [`Expression`]. Knows the grammar, not what names stand for.
//!
//! XPPAUT 6.11 (tried) gives `<`, `==` and the like the same strength as `^`, `&` that of `*`, `|` that of `+`, all from the
//! left, and takes a minus sign only at the beginning of a formula, of a parenthesis or of an operand. So `2^3^2` is 64 and
//! `-2^2` is -4, in both dialects. Where a textbook reads a formula otherwise than XPPAUT (`a+1<b`), the Xpp dialect asks for
//! parentheses.

use std::ops::Range;
use std::sync::Arc;

use super::expression::{Expression, Term};
use super::lexer::{Kind, Token, tokens};
use super::words::{FUNCTIONS, Function, function, unsupported_function};
use super::{DEEPEST_NESTING, Dialect, LARGEST_WEIGHT};
use crate::complaint::{Complaint, Source, nearest};
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
    let mut parser = Parser { source, dialect, tokens, at: 0, depth: 0, terms: Vec::new() };
    parser.disjunction()?;
    parser.expect_end()?;
    Ok(Expression::new(source, start..end, parser.terms))
}

/// How a term was written, which says what may be made of it without parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
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
struct Part {
    index: usize,
    shape: Shape,
    span: Range<usize>,
}

struct Parser<'a> {
    source: &'a Arc<Source>,
    dialect: Dialect,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    terms: Vec<(Term, Range<usize>)>,
}

impl Parser<'_> {
    fn kind(&self) -> Kind {
        self.tokens[self.at].kind
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.at].span.clone()
    }

    fn text(&self) -> &str {
        &self.source.text[self.span()]
    }

    /// The next token's text in lower case if it is a name, else nothing.
    fn word(&self) -> String {
        if self.kind() == Kind::Name { self.text().to_ascii_lowercase() } else { String::new() }
    }

    fn is_study_word(&self, word: &str) -> bool {
        self.dialect == Dialect::Study && self.kind() == Kind::Name && self.text() == word
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>, remedy: impl Into<String>) -> Complaint {
        Complaint::error(self.source, span, message, remedy)
    }

    fn push(&mut self, term: Term, shape: Shape, span: Range<usize>) -> Part {
        self.terms.push((term, span.clone()));
        Part { index: self.terms.len() - 1, shape, span }
    }

    fn pair(&mut self, kind: Binary, shape: Shape, left: &Part, right: &Part) -> Part {
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

    fn enter(&mut self) -> Result<(), Complaint> {
        self.depth += 1;
        if self.depth > DEEPEST_NESTING {
            let message = format!("the formula is nested deeper than {DEEPEST_NESTING}");
            return Err(self.error(self.span(), message, "name parts of it as fixed quantities"));
        }
        Ok(())
    }

    fn disjunction(&mut self) -> Result<Part, Complaint> {
        let mut left = self.conjunction()?;
        while self.kind() == Kind::Or || self.is_study_word("or") {
            let sign = self.span();
            self.advance();
            let right = self.conjunction()?;
            let allowed = [Shape::Closed, Shape::Comparison, Shape::Conjunction, Shape::Disjunction];
            self.demand_shapes(&sign, [&left, &right], &allowed)?;
            left = self.pair(Binary::Or, Shape::Disjunction, &left, &right);
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Part, Complaint> {
        let mut left = self.negation()?;
        while self.kind() == Kind::And || self.is_study_word("and") {
            let sign = self.span();
            self.advance();
            let right = self.negation()?;
            let allowed = [Shape::Closed, Shape::Comparison, Shape::Conjunction];
            self.demand_shapes(&sign, [&left, &right], &allowed)?;
            left = self.pair(Binary::And, Shape::Conjunction, &left, &right);
        }
        Ok(left)
    }

    /// In the Xpp dialect: parentheses where XPPAUT would read another formula than the one that a textbook reads.
    fn demand_shapes(
        &self,
        sign: &Range<usize>,
        sides: [&Part; 2],
        allowed: &[Shape],
    ) -> Result<(), Complaint> {
        if self.dialect == Dialect::Study {
            return Ok(());
        }
        match sides.into_iter().find(|side| !allowed.contains(&side.shape)) {
            None => Ok(()),
            Some(side) => {
                let written = &self.source.text[side.span.clone()];
                let sign = &self.source.text[sign.clone()];
                let message = format!("XPPAUT does not read `{written}` as one side of `{sign}`");
                Err(self.error(side.span.clone(), message, format!("put it in parentheses: `({written})`")))
            }
        }
    }

    fn negation(&mut self) -> Result<Part, Complaint> {
        if self.word() != "not" {
            return self.comparison();
        }
        let start = self.span().start;
        self.advance();
        if self.dialect == Dialect::Xpp && self.kind() != Kind::Open {
            return Err(self.error(self.span(), "`not` needs parentheses", "write `not(...)`"));
        }
        self.enter()?;
        let inner = match self.dialect {
            Dialect::Xpp => self.primary()?,
            Dialect::Study => self.negation()?,
        };
        self.depth -= 1;
        Ok(self.push(Term::Unary(Unary::Not, inner.index), Shape::Negation, start..inner.span.end))
    }

    fn comparison(&mut self) -> Result<Part, Complaint> {
        let left = self.sum()?;
        let Some((kind, is_swapped)) = comparison(self.kind()) else { return Ok(left) };
        let sign = self.span();
        self.advance();
        let right = self.sum()?;
        self.demand_shapes(&sign, [&left, &right], &[Shape::Closed])?;
        if comparison(self.kind()).is_some() {
            let remedy = "write two comparisons joined by `&` (in a study, by `and`)";
            return Err(self.error(self.span(), "comparisons cannot be chained", remedy));
        }
        let (first, second) = if is_swapped { (&right, &left) } else { (&left, &right) };
        Ok(self.pair(kind, Shape::Comparison, first, second))
    }

    fn sum(&mut self) -> Result<Part, Complaint> {
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

    fn product(&mut self) -> Result<Part, Complaint> {
        let mut left = self.signed()?;
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

    fn signed(&mut self) -> Result<Part, Complaint> {
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

    fn power(&mut self) -> Result<Part, Complaint> {
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

    fn primary(&mut self) -> Result<Part, Complaint> {
        let span = self.span();
        match self.kind() {
            Kind::Number(value) => {
                self.advance();
                Ok(self.push(Term::Number(value), Shape::Closed, span))
            }
            Kind::Open => {
                let inner = self.parenthesis()?;
                let end = self.tokens[self.at - 1].span.end;
                Ok(Part { index: inner.index, shape: Shape::Closed, span: span.start..end })
            }
            Kind::Name => self.named(),
            Kind::End => {
                let remedy = "complete it; a sign such as `+` needs something on either side";
                Err(self.error(span, "the formula ends too early", remedy))
            }
            _ => {
                let message = format!("`{}` stands where a number, a name or `(` should", self.text());
                Err(self.error(span, message, "remove it, or write what is missing before it"))
            }
        }
    }

    /// `( ... )`, with the parentheses taken away.
    fn parenthesis(&mut self) -> Result<Part, Complaint> {
        let open = self.span();
        self.advance();
        self.enter()?;
        let inner = self.disjunction()?;
        self.depth -= 1;
        self.close(&open)?;
        Ok(inner)
    }

    fn close(&mut self, open: &Range<usize>) -> Result<(), Complaint> {
        match self.kind() {
            Kind::Close => {
                self.advance();
                Ok(())
            }
            Kind::End => Err(self.error(open.clone(), "this parenthesis is not closed", "add a `)`")),
            _ => Err(self.unexpected("a sign or `)`")),
        }
    }

    fn unexpected(&self, wanted: &str) -> Complaint {
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

    fn expect_end(&self) -> Result<(), Complaint> {
        if self.kind() == Kind::End { Ok(()) } else { Err(self.unexpected("the end of the formula")) }
    }

    fn named(&mut self) -> Result<Part, Complaint> {
        let span = self.span();
        let word = self.word();
        match word.as_str() {
            "if" => return self.choice(),
            "not" => {
                let remedy = "put it in parentheses: `(not(...))`";
                return Err(self.error(span, "`not` cannot stand here", remedy));
            }
            "then" | "else" => {
                let remedy = "a choice is `if(condition)then(value)else(value)`, each in parentheses";
                return Err(self.error(span, format!("`{word}` without its `if`"), remedy));
            }
            _ => {}
        }
        let is_call = self.tokens[self.at + 1].kind == Kind::Open;
        if let Some(function) = function(&word) {
            if !is_call {
                let remedy = format!("write its operands in parentheses: `{word}(...)`");
                return Err(self.error(span, format!("the function `{word}` has no operands"), remedy));
            }
            self.advance();
            let operands = self.operands()?;
            return self.apply(&word, function, span, &operands);
        }
        if let Some(remedy) = unsupported_function(&word) {
            return Err(self.error(span, format!("`{word}` is not supported"), remedy));
        }
        self.advance();
        if is_call {
            return self.call(span);
        }
        if word == "pi" {
            return Ok(self.push(Term::Number(std::f64::consts::PI), Shape::Closed, span));
        }
        Ok(self.push(Term::Name, Shape::Closed, span))
    }

    /// A call of a function that only the model knows.
    fn call(&mut self, name: Range<usize>) -> Result<Part, Complaint> {
        if self.dialect == Dialect::Study {
            let text = &self.source.text[name.clone()];
            let known = FUNCTIONS.iter().map(|(name, _)| *name);
            let remedy = nearest(text, known.clone()).map_or_else(
                || format!("the functions are {}", known.collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(self.error(name, format!("unknown function `{text}`"), remedy));
        }
        let operands = self.operands()?;
        let span = name.start..self.tokens[self.at - 1].span.end;
        let operands = operands.iter().map(|operand| operand.index).collect();
        Ok(self.push(Term::Call(name, operands), Shape::Closed, span))
    }

    fn operands(&mut self) -> Result<Vec<Part>, Complaint> {
        let open = self.span();
        self.advance();
        self.enter()?;
        let mut operands = vec![self.disjunction()?];
        while self.kind() == Kind::Comma {
            self.advance();
            operands.push(self.disjunction()?);
        }
        self.depth -= 1;
        self.close(&open)?;
        Ok(operands)
    }

    fn apply(
        &mut self,
        word: &str,
        function: Function,
        name: Range<usize>,
        operands: &[Part],
    ) -> Result<Part, Complaint> {
        let wanted = function.arity();
        if operands.len() != wanted {
            let message =
                format!("`{word}` takes {wanted} operand{}, not {}", plural(wanted), operands.len());
            return Err(self.error(name, message, "correct the number of operands"));
        }
        let span = name.start..self.tokens[self.at - 1].span.end;
        let x = operands[0].index;
        let term = match function {
            Function::One(kind) => Term::Unary(kind, x),
            Function::Two(kind) => {
                let y = operands[1].index;
                if kind == Binary::Modulo && matches!(self.terms[y].0, Term::Unary(Unary::Negate, _)) {
                    let remedy =
                        "XPPAUT's remainder by a negative number has no use; write the modulus positive";
                    return Err(self.error(operands[1].span.clone(), "`mod` by a negative number", remedy));
                }
                Term::Binary(kind, x, y)
            }
            Function::Heaviside => {
                let zero = self.push(Term::Number(0.0), Shape::Closed, span.clone());
                Term::Binary(Binary::LessOrEqual, zero.index, x)
            }
        };
        Ok(self.push(term, Shape::Closed, span))
    }

    /// `if(condition)then(value)else(value)`
    fn choice(&mut self) -> Result<Part, Complaint> {
        let start = self.span().start;
        let mut parts = [0; 3];
        for (part, word) in parts.iter_mut().zip(["if", "then", "else"]) {
            if self.word() != word {
                let message = format!("a choice lacks its `{word}(...)`");
                return Err(self.error(self.span(), message, "write `if(condition)then(value)else(value)`"));
            }
            self.advance();
            if self.kind() != Kind::Open {
                let message = format!("`{word}` needs parentheses");
                return Err(self.error(self.span(), message, "write `if(condition)then(value)else(value)`"));
            }
            *part = self.parenthesis()?.index;
        }
        let span = start..self.tokens[self.at - 1].span.end;
        Ok(self.push(Term::Select(parts[0], parts[1], parts[2]), Shape::Closed, span))
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
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
