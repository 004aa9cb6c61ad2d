//! Tokens to operands: numbers, names, calls, parentheses, choices. Knows the functions of the language, not the strength of
//! its signs.

use std::ops::Range;

use super::Dialect;
use super::expression::{SHARE, Term};
use super::lexer::Kind;
use super::parser::{Parser, Part, Shape};
use super::words::{FUNCTIONS, Function, function, unsupported_function};
use crate::complaint::{Complaint, nearest};
use crate::equation::graph::{Binary, Unary};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Part, Complaint> {
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
            Kind::Index => self.index(span),
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
    pub(super) fn parenthesis(&mut self) -> Result<Part, Complaint> {
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

    fn named(&mut self) -> Result<Part, Complaint> {
        let span = self.span();
        let word = self.word();
        match word.as_str() {
            "if" => return self.choice(),
            "not" => return Err(self.misplaced_not()),
            SHARE if self.dialect == Dialect::Study && self.tokens[self.at + 1].kind == Kind::Open => {
                return self.share();
            }
            "sum" if self.dialect == Dialect::Xpp => return self.sum_of(),
            "shift" if self.dialect == Dialect::Xpp => return self.shift(),
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

    /// `share("rest")`
    fn share(&mut self) -> Result<Part, Complaint> {
        let name = self.span();
        self.advance();
        let open = self.span();
        self.advance();
        if self.kind() != Kind::Quoted {
            let message = format!("`{SHARE}` takes the name of a regime in quotes");
            return Err(self.error(name, message, format!("write for instance `{SHARE}(\"fixed_point\")`")));
        }
        let quoted = self.span();
        self.advance();
        self.close(&open)?;
        let span = name.start..self.tokens[self.at - 1].span.end;
        Ok(self.push(Term::Share(quoted.start + 1..quoted.end - 1), Shape::Closed, span))
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

    pub(super) fn operands(&mut self) -> Result<Vec<Part>, Complaint> {
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
                if kind == Binary::Modulo && matches!(self.term(y), Term::Unary(Unary::Negate, _)) {
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
