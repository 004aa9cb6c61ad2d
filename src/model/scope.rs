//! How the formulas of a model file look names up: without regard to case, functions put in where they are called, fixed
//! quantities as far as they are there. Knows names, not what they are measured in.

use std::ops::Range;

use super::names::{Meaning, Names};
use crate::complaint::Complaint;
use crate::equation::graph::{Graph, Node};
use crate::equation::syntax::Scope;

/// Terms that may be put in for calls of functions.
const MOST_WORK: usize = 1 << 20;

/// When a formula is evaluated, which says what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// When parameters change: parameters and earlier derived parameters.
    Derived,
    /// At every step: everything but later fixed quantities.
    Running,
}

/// Looks up the names of one formula.
pub(super) struct ModelScope<'a> {
    pub(super) names: &'a Names,
    pub(super) stage: Stage,
    /// Arguments of the function whose body this is, in lower case.
    pub(super) arguments: Vec<(String, Node)>,
    /// The time at the beginning.
    pub(super) start: f64,
}

impl ModelScope<'_> {
    fn early(&self, name: &str, span: &Range<usize>) -> Result<Option<Node>, Complaint> {
        let message = format!("`{name}` is used before the line that declares it");
        let remedy = "XPPAUT would use a stale value; move that line above this one (of two quantities that need each other, \
                      neither can be computed first)";
        self.names.error(span.clone(), message, remedy)
    }
}

impl Scope for ModelScope<'_> {
    fn name(
        &mut self,
        graph: &mut Graph,
        name: &str,
        span: &Range<usize>,
    ) -> Result<Option<Node>, Complaint> {
        let lower = name.to_ascii_lowercase();
        if let Some((_, node)) = self.arguments.iter().find(|(argument, _)| *argument == lower) {
            return Ok(Some(*node));
        }
        let Some((declared, meaning)) = self.names.find_declared(name) else {
            if lower == "t" && self.stage == Stage::Running {
                let passed = graph.input("t");
                if self.start.abs() <= 0.0 {
                    return Ok(Some(passed));
                }
                let start = graph.constant(self.start);
                return Ok(Some(graph.add(passed, start)));
            }
            let remedy = "XPPAUT computes `!q` when parameters change only; declare it without the `!`";
            return if lower == "t" {
                self.names.error(span.clone(), "the time cannot stand in `!q=...`", remedy)
            } else {
                Ok(None)
            };
        };
        match meaning {
            Meaning::Variable(_) | Meaning::Noise(_) | Meaning::Fixed(_) if self.stage == Stage::Derived => {
                let message = format!("`{name}` cannot stand in `!q=...`, which is made of parameters");
                let remedy = "XPPAUT computes `!q` when parameters change only; declare it without the `!`";
                self.names.error(span.clone(), message, remedy)
            }
            Meaning::Parameter(_) | Meaning::Variable(_) | Meaning::Noise(_) => {
                Ok(Some(graph.input(declared)))
            }
            Meaning::Number(value) => Ok(Some(graph.constant(value))),
            Meaning::Derived(index) => {
                self.names.derived[index].map_or_else(|| self.early(name, span), |node| Ok(Some(node)))
            }
            Meaning::Fixed(index) => {
                self.names.fixed[index].map_or_else(|| self.early(name, span), |node| Ok(Some(node)))
            }
            Meaning::Auxiliary(_) | Meaning::Function(_) => Ok(None),
        }
    }

    fn shifted(
        &mut self,
        graph: &mut Graph,
        name: &str,
        span: &Range<usize>,
        by: i64,
    ) -> Result<Option<Node>, Complaint> {
        match self.names.shifted(name, by) {
            Some(target) => self.name(graph, target, span),
            None => Ok(None),
        }
    }

    fn call(
        &mut self,
        graph: &mut Graph,
        name: &str,
        span: &Range<usize>,
        operands: &[Node],
    ) -> Result<Option<Node>, Complaint> {
        let Some(Meaning::Function(index)) = self.names.find(name) else { return Ok(None) };
        let function = &self.names.functions[index];
        let work = self.names.work.get() + function.body.term_count();
        self.names.work.set(work);
        if work > MOST_WORK {
            let message = format!("more than {MOST_WORK} terms are put in for calls of functions");
            return self.names.error(span.clone(), message, "make the model smaller");
        }
        let named = function.arguments.iter().map(|word| word.text.to_ascii_lowercase());
        let arguments = named.zip(operands.iter().copied()).collect();
        let mut scope = ModelScope { names: self.names, stage: self.stage, arguments, start: self.start };
        function.body.lower_in(graph, &mut scope).map(Some)
    }
}
