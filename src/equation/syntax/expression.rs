//! A formula as it was written: its terms, operands first, each with its place in the text. It becomes nodes of a graph, or
//! (a rule over measured features) a value. Knows no grammar, and no names but `pi`.

use std::ops::Range;
use std::sync::Arc;

use super::super::elementary;
use super::super::graph::{Binary, Graph, Node, Unary};
use super::LARGEST_GRAPH;
use super::words::unknown_name;
use crate::complaint::{Complaint, Source};

/// The function of a regime's name that tells which part of several starts has the regime.
pub(super) const SHARE: &str = "share";

/// What a term is; operands are positions of earlier terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Number(f64),
    /// A name; its text is that of the span.
    Name,
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Select(usize, usize, usize),
    /// A function that is not the language's own; the name's place, and the operands.
    Call(Range<usize>, Vec<usize>),
    /// `shift(x0,3)`: the name's place, and how many names later.
    Shift(Range<usize>, i64),
    /// `share("rest")`: the place of the name.
    Share(Range<usize>),
}

/// A formula. Its terms are a list with operands first, so nothing here goes by recursion.
#[derive(Clone, Debug)]
pub struct Expression {
    source: Arc<Source>,
    span: Range<usize>,
    terms: Vec<(Term, Range<usize>)>,
}

/// What names and calls of a formula stand for.
pub trait Scope {
    /// The node of a name, written as in the text; `None` where it is unknown.
    ///
    /// # Errors
    /// When the name is known but may not be used here.
    fn name(&mut self, graph: &mut Graph, name: &str, span: &Range<usize>)
    -> Result<Option<Node>, Complaint>;

    /// The node of the name so many declarations after another one; `None` where nothing is known of declarations.
    ///
    /// # Errors
    /// When there is none.
    fn shifted(
        &mut self,
        graph: &mut Graph,
        name: &str,
        span: &Range<usize>,
        by: i64,
    ) -> Result<Option<Node>, Complaint> {
        let _ = (graph, name, span, by);
        Ok(None)
    }

    /// The node of the share of a regime; `None` where there are no shares.
    ///
    /// # Errors
    /// When there is no such regime.
    fn share(
        &mut self,
        graph: &mut Graph,
        regime: &str,
        span: &Range<usize>,
    ) -> Result<Option<Node>, Complaint> {
        let _ = (graph, regime, span);
        Ok(None)
    }

    /// The node of a call of a function that is not the language's own; `None` where it is unknown.
    ///
    /// # Errors
    /// When the call cannot be made.
    fn call(
        &mut self,
        graph: &mut Graph,
        name: &str,
        span: &Range<usize>,
        operands: &[Node],
    ) -> Result<Option<Node>, Complaint>;
}

/// A scope of names alone.
struct Names<'a>(&'a mut dyn FnMut(&mut Graph, &str) -> Option<Node>);

impl Scope for Names<'_> {
    fn name(&mut self, graph: &mut Graph, name: &str, _: &Range<usize>) -> Result<Option<Node>, Complaint> {
        Ok((self.0)(graph, name))
    }

    fn call(
        &mut self,
        _: &mut Graph,
        _: &str,
        _: &Range<usize>,
        _: &[Node],
    ) -> Result<Option<Node>, Complaint> {
        Ok(None)
    }
}

impl Expression {
    pub(super) fn new(source: &Arc<Source>, span: Range<usize>, terms: Vec<(Term, Range<usize>)>) -> Self {
        debug_assert!(!terms.is_empty(), "a formula has a term");
        Self { source: Arc::clone(source), span, terms }
    }

    /// The text it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Its place there.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// It as it was written.
    pub fn text(&self) -> &str {
        &self.source.text[self.span.clone()]
    }

    /// How many terms it has.
    pub fn term_count(&self) -> usize {
        self.terms.len()
    }

    /// Every name it uses and where, in the order of the text; not `pi`, and not functions.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        self.terms
            .iter()
            .filter(|(term, _)| *term == Term::Name)
            .map(|(_, span)| (&self.source.text[span.clone()], span.clone()))
            .collect()
    }

    /// Every `shift(x0,3)`: the name, where, and how many names later.
    pub fn shifts(&self) -> Vec<(&str, Range<usize>, i64)> {
        let shift = |term: &Term| match term {
            Term::Shift(span, by) => Some((&self.source.text[span.clone()], span.clone(), *by)),
            _ => None,
        };
        self.terms.iter().filter_map(|(term, _)| shift(term)).collect()
    }

    /// Every `share("rest")`: the regime's name, and where it stands.
    pub fn shares(&self) -> Vec<(&str, Range<usize>)> {
        let share = |term: &Term| match term {
            Term::Share(span) => Some((&self.source.text[span.clone()], span.clone())),
            _ => None,
        };
        self.terms.iter().filter_map(|(term, _)| share(term)).collect()
    }

    /// Every call of a function that is not the language's own: its name, where, and the number of operands.
    pub fn calls(&self) -> Vec<(&str, Range<usize>, usize)> {
        let call = |term: &Term| match term {
            Term::Call(span, operands) => {
                Some((&self.source.text[span.clone()], span.clone(), operands.len()))
            }
            _ => None,
        };
        self.terms.iter().filter_map(|(term, _)| call(term)).collect()
    }

    /// The node it is in a graph. Operands keep the order of the text.
    ///
    /// # Errors
    /// A name or function that `resolve` does not know, or a graph that grows beyond [`LARGEST_GRAPH`].
    pub fn lower(
        &self,
        graph: &mut Graph,
        resolve: &mut dyn FnMut(&mut Graph, &str) -> Option<Node>,
    ) -> Result<Node, Complaint> {
        self.lower_in(graph, &mut Names(resolve))
    }

    /// The same, where functions of the user may be called.
    ///
    /// # Errors
    /// As [`Expression::lower`], and what the scope complains of.
    pub fn lower_in(&self, graph: &mut Graph, scope: &mut dyn Scope) -> Result<Node, Complaint> {
        let mut nodes: Vec<Node> = Vec::with_capacity(self.terms.len());
        for (term, span) in &self.terms {
            let node = match term {
                Term::Number(value) => graph.constant(*value),
                Term::Name => {
                    let found = scope.name(graph, &self.source.text[span.clone()], span)?;
                    found.ok_or_else(|| unknown_name(&self.source, span.clone(), "name", []))?
                }
                Term::Unary(kind, x) => graph.unary(*kind, nodes[*x]),
                Term::Binary(kind, x, y) => graph.binary(*kind, nodes[*x], nodes[*y]),
                Term::Select(condition, x, y) => graph.select(nodes[*condition], nodes[*x], nodes[*y]),
                Term::Call(name, operands) => {
                    let operands: Vec<Node> = operands.iter().map(|&operand| nodes[operand]).collect();
                    let found = scope.call(graph, &self.source.text[name.clone()], span, &operands)?;
                    found.ok_or_else(|| unknown_name(&self.source, name.clone(), "function", []))?
                }
                Term::Share(regime) => {
                    let found = scope.share(graph, &self.source.text[regime.clone()], regime)?;
                    found.ok_or_else(|| unknown_name(&self.source, span.clone(), "function", []))?
                }
                Term::Shift(name, by) => {
                    let found = scope.shifted(graph, &self.source.text[name.clone()], span, *by)?;
                    found.ok_or_else(|| unknown_name(&self.source, name.clone(), "name", []))?
                }
            };
            if graph.len() > LARGEST_GRAPH {
                let message =
                    format!("the model has more than {LARGEST_GRAPH} operations when functions are put in");
                return Err(Complaint::error(&self.source, span.clone(), message, "make the model smaller"));
            }
            nodes.push(node);
        }
        Ok(last(&nodes))
    }

    /// Its value, with `None` for what is unknown or undefined (NaN). `and`, `or` are decided where one side decides them.
    pub fn number(&self, value_of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
        last(&values(&self.source, &self.terms, value_of))
    }

    /// Whether it holds (is not 0); `None` where an unknown or undefined value leaves that open.
    pub fn truth(&self, value_of: &dyn Fn(&str) -> Option<f64>) -> Option<bool> {
        self.number(value_of).map(|value| value != 0.0)
    }
}

/// The value of every term, with `None` for what is unknown or undefined.
pub(super) fn values(
    source: &Source,
    terms: &[(Term, Range<usize>)],
    value_of: &dyn Fn(&str) -> Option<f64>,
) -> Vec<Option<f64>> {
    let mut values: Vec<Option<f64>> = Vec::with_capacity(terms.len());
    for (term, span) in terms {
        let value = match term {
            Term::Number(value) => Some(*value),
            Term::Name => value_of(&source.text[span.clone()]),
            Term::Unary(kind, x) => values[*x].map(|x| elementary::unary(*kind, x)),
            Term::Binary(Binary::And, x, y) => both(values[*x], values[*y]),
            Term::Binary(Binary::Or, x, y) => {
                both(values[*x].map(negation), values[*y].map(negation)).map(negation)
            }
            Term::Binary(kind, x, y) => {
                values[*x].zip(values[*y]).map(|(x, y)| elementary::binary(*kind, x, y))
            }
            Term::Select(condition, x, y) => values[*condition]
                .and_then(|condition| if condition == 0.0 { values[*y] } else { values[*x] }),
            Term::Call(..) | Term::Shift(..) | Term::Share(..) => None,
        };
        values.push(value.filter(|value| !value.is_nan()));
    }
    values
}

/// The value of the whole formula, which is that of its last term.
fn last<T: Copy>(values: &[T]) -> T {
    *values.last().expect("a formula has a term")
}

fn negation(value: f64) -> f64 {
    f64::from(u8::from(value == 0.0))
}

/// Kleene's "and": no if one side is no, yes if both are yes, else unknown.
fn both(x: Option<f64>, y: Option<f64>) -> Option<f64> {
    match (x, y) {
        (Some(0.0), _) | (_, Some(0.0)) => Some(0.0),
        (Some(_), Some(_)) => Some(1.0),
        _ => None,
    }
}
