//! A model's own switches (`if`, `abs`, `min`, `heav` ...): on which sides of them a state is, and whether one is so near that
//! derivatives say nothing. Knows nothing of what the sides do.

use super::field::Field;
use super::linear::norm;
use crate::equation::graph::{Binary, Graph, Node, Operation, Unary};
use crate::equation::tape::Tape;

/// A distance to a switch, relative to the size of the state, that counts as near.
const NEAR: f64 = 1e-3;

/// Quantities whose signs choose between the sides of a model's switches, with their derivatives by the variables.
#[derive(Clone, Debug)]
pub(super) struct Switches {
    /// For every switch, its quantity and its derivatives.
    tape: Tape<usize>,
    count: usize,
}

impl Switches {
    /// All switches that depend on the state; `None` where there are none.
    pub(super) fn of(field: &mut Field) -> Option<Self> {
        let equations = field.equations.clone();
        let margins = margins(&mut field.graph, &equations);
        let mut roots = Vec::new();
        let mut count = 0;
        for margin in margins {
            let graph = &mut field.graph;
            let depends = graph.reachable(&[margin]).iter().any(|&node| match graph.operation(node) {
                Operation::Symbol(symbol) => field.variables.contains(&symbol),
                _ => false,
            });
            if depends {
                roots.push(margin);
                let mut any = usize::MAX;
                roots.extend(graph.gradient(margin, &field.variables, &mut any).expect("any work will do"));
                count += 1;
            }
        }
        let inputs = [&field.variables[..], &field.parameters].concat();
        (count > 0).then(|| Self { tape: Tape::over(&field.graph, &roots, &inputs), count })
    }

    /// Whether two states with their parameters are on different sides of a switch.
    pub(super) fn are_between(&self, a: &[f64], b: &[f64], dimension: usize) -> bool {
        let (a, b) = (self.tape.values(a), self.tape.values(b));
        a.iter().zip(&b).step_by(dimension + 1).any(|(a, b)| (*a < 0.0) != (*b < 0.0))
    }

    /// Whether one is so near to a state with its parameters that derivatives say nothing.
    pub(super) fn are_near(&self, at: &[f64], dimension: usize) -> bool {
        let values = self.tape.values(at);
        let size = norm(&at[..dimension]).max(f64::MIN_POSITIVE);
        (0..self.count).any(|switch| {
            let own = &values[switch * (dimension + 1)..][..=dimension];
            own[0].abs() <= NEAR * size * norm(&own[1..])
        })
    }
}

/// What changes its sign where an expression switches. A side that a literal has decided against is no switch.
fn margins(graph: &mut Graph, roots: &[Node]) -> Vec<Node> {
    let mut margins = Vec::new();
    let mut open = roots.to_vec();
    let mut seen = std::collections::HashSet::new();
    while let Some(node) = open.pop() {
        if !seen.insert(node) {
            continue;
        }
        let operation = graph.operation(node);
        let decided =
            |graph: &Graph, x: Node, value: bool| graph.literal(x).is_some_and(|own| (own != 0.0) == value);
        match operation {
            Operation::Select(condition, x, y) => {
                let chosen = choice(graph, condition);
                open.extend(
                    [chosen != Some(false), chosen != Some(true)]
                        .iter()
                        .zip([x, y])
                        .filter(|(is, _)| **is)
                        .map(|(_, side)| side),
                );
                if chosen.is_none() {
                    open.push(condition);
                }
                continue;
            }
            Operation::Binary(Binary::Or, x, y) if decided(graph, x, true) || decided(graph, y, true) => {
                continue;
            }
            Operation::Binary(Binary::And, x, y) if decided(graph, x, false) || decided(graph, y, false) => {
                continue;
            }
            Operation::Binary(
                Binary::Less
                | Binary::LessOrEqual
                | Binary::Minimum
                | Binary::Maximum
                | Binary::Equal
                | Binary::NotEqual,
                x,
                y,
            ) => margins.push(graph.sub(x, y)),
            Operation::Unary(Unary::Absolute | Unary::Sign, x) => margins.push(x),
            _ => {}
        }
        open.extend(operation.operands());
    }
    margins
}

/// What a condition is, where literals decide it whatever the rest is.
fn choice(graph: &Graph, condition: Node) -> Option<bool> {
    if let Some(value) = graph.literal(condition) {
        return Some(value != 0.0);
    }
    match graph.operation(condition) {
        Operation::Binary(Binary::Or, x, y) => match (choice(graph, x), choice(graph, y)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            _ => None,
        },
        Operation::Binary(Binary::And, x, y) => match (choice(graph, x), choice(graph, y)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            _ => None,
        },
        Operation::Unary(Unary::Not, x) => choice(graph, x).map(|value| !value),
        _ => None,
    }
}
