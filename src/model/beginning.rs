//! Whether a model can begin where its file says. Knows the equations as a graph, not how they are integrated.

use super::Model;
use crate::complaint::Complaint;
use crate::equation::graph::{Binary, Node, Operation};
use crate::equation::syntax::{Declaration, Document};

/// Warns of a model that divides by 0 at its own beginning: XPPAUT 6.11 divides by 2.2e-15 instead (tried), which is another model.
pub(super) fn warning(model: &Model, document: &Document) -> Option<Complaint> {
    let initial = model.initial_values(None);
    let value = |symbol| {
        let name = model.graph.name(symbol);
        let place = model.variables.iter().position(|variable| variable.quantity.name == name);
        let parameter = || model.parameter(name).map_or(0.0, |parameter| parameter.default);
        place.map_or_else(parameter, |place| initial[place])
    };
    let equations = document.items.iter().filter_map(|item| match &item.declaration {
        Declaration::Equation(word, formula) => Some((word, formula)),
        _ => None,
    });
    for ((word, formula), variable) in equations.zip(&model.variables) {
        let reached = model.graph.reachable(&[variable.derivative]);
        let divisors: Vec<Node> = reached
            .into_iter()
            .filter_map(|node| match model.graph.operation(node) {
                Operation::Binary(Binary::Divide, _, divisor) => Some(divisor),
                _ => None,
            })
            .collect();
        if divisors.is_empty() {
            continue;
        }
        let derivative = model.graph.evaluate(&[variable.derivative], value)[0];
        if derivative.is_finite()
            || model.graph.evaluate(&divisors, value).iter().all(|value| value.abs() > 0.0)
        {
            continue;
        }
        let message = format!("`{}'` divides by 0 at the initial values", word.text);
        let remedy = "a point that begins there is `singular`; XPPAUT divides by 2.2e-15 instead, which is another model: write the limit, \
                      `if(..)then(..)else(..)`, or begin elsewhere";
        return Some(Complaint::error(&document.source, formula.span(), message, remedy).as_warning());
    }
    None
}
