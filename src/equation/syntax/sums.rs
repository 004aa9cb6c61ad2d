//! Sums over arrays, `sum(0,9)of(shift(x0,i')*w)`: the terms are read once for each index and added up. Knows no array; what
//! `shift` leads to is told by the order of declarations.
//!
//! What XPPAUT 6.11 does, tried: the sum begins with 0 and goes upwards; `shift(x,n)` is the n-th name declared after `x`, among the
//! variables and fixed quantities, or among parameters and numbers; `n` is cut to a whole number; a sum in a sum changes the outer
//! `i'` too.

use std::ops::Range;

use super::MOST_TERMS;
use super::expression::{Term, values};
use super::lexer::Kind;
use super::parser::{Parser, Part, Shape};
use crate::complaint::Complaint;
use crate::equation::graph::Binary;

const EXAMPLE: &str = "write for instance `sum(0,9)of(shift(x0,i'))`";

impl Parser<'_> {
    /// `i'`
    pub(super) fn index(&mut self, span: Range<usize>) -> Result<Part, Complaint> {
        let Some(index) = self.index else {
            let remedy = "it is the index of `sum(a,b)of(...)`, and stands inside of one only";
            return Err(self.error(span, "`i'` stands outside of a sum", remedy));
        };
        self.advance();
        Ok(self.push(Term::Number(index as f64), Shape::Closed, span))
    }

    /// `sum(from,to)of(term)`
    pub(super) fn sum_of(&mut self) -> Result<Part, Complaint> {
        let start = self.span();
        if self.index.is_some() {
            let remedy =
                "XPPAUT has one `i'` for both; name the inner sum as a fixed quantity on a line of its own";
            return Err(self.error(start, "a sum stands in a sum", remedy));
        }
        self.advance();
        self.expect_open("sum")?;
        let bounds = self.operands()?;
        let [from, to] = bounds.as_slice() else {
            return Err(self.error(start, "a sum needs two bounds", EXAMPLE));
        };
        let (from, to) = (self.whole(from)?, self.whole(to)?);
        if to < from {
            return Err(self.error(
                start,
                format!("the sum from {from} to {to} is empty"),
                "correct its bounds",
            ));
        }
        if self.word() != "of" {
            return Err(self.error(self.span(), "a sum lacks its `of(...)`", EXAMPLE));
        }
        self.advance();
        self.expect_open("of")?;
        let term = self.at;
        let zero = self.push(Term::Number(0.0), Shape::Closed, start.clone());
        let mut sum = zero;
        for index in from..=to {
            if self.terms.len() > MOST_TERMS {
                let message = format!("the sum has more than {MOST_TERMS} operations when it is written out");
                return Err(self.error(start, message, "make the array smaller"));
            }
            self.at = term;
            self.index = Some(index);
            let part = self.parenthesis();
            self.index = None;
            sum = self.pair(Binary::Add, Shape::Arithmetic, &sum, &part?);
        }
        let span = start.start..self.tokens[self.at - 1].span.end;
        Ok(Part { shape: Shape::Closed, span, ..sum })
    }

    /// `shift(name,number)`
    pub(super) fn shift(&mut self) -> Result<Part, Complaint> {
        let start = self.span();
        self.advance();
        self.expect_open("shift")?;
        self.advance();
        let name = self.span();
        if self.kind() != Kind::Name || self.tokens[self.at + 1].kind != Kind::Comma {
            return Err(self.error(
                name,
                "`shift` needs a name and a number",
                "write for instance `shift(x0,i')`",
            ));
        }
        self.advance();
        self.advance();
        self.enter()?;
        let by = self.disjunction()?;
        self.depth -= 1;
        if self.kind() != Kind::Close {
            return Err(self.unexpected("`)`"));
        }
        self.advance();
        let by = self.number(&by)?.trunc();
        let span = start.start..self.tokens[self.at - 1].span.end;
        Ok(self.push(Term::Shift(name, by as i64), Shape::Closed, span))
    }

    fn expect_open(&self, word: &str) -> Result<(), Complaint> {
        if self.kind() == Kind::Open {
            return Ok(());
        }
        Err(self.error(self.span(), format!("`{word}` needs parentheses"), EXAMPLE))
    }

    /// The value of a part that is made of numbers.
    fn number(&self, part: &Part) -> Result<f64, Complaint> {
        let known = values(self.source, &self.terms, &|_| None);
        known[part.index].filter(|value| value.abs() < 1e9).ok_or_else(|| {
            let written = &self.source.text[part.span.clone()];
            let message = format!("`{written}` is not a number");
            self.error(
                part.span.clone(),
                message,
                "write a number here, made of `i'` at most: an array has a fixed size",
            )
        })
    }

    fn whole(&self, part: &Part) -> Result<i64, Complaint> {
        let value = self.number(part)?;
        if (value - value.trunc()).abs() > 0.0 {
            return Err(self.error(part.span.clone(), format!("{value} is not a whole number"), EXAMPLE));
        }
        Ok(value as i64)
    }
}
