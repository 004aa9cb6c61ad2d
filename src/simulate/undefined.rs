//! Whether an expression may stop being a number while its inputs are numbers inside a bound. Knows shapes alone: `x/(1+y^2)`
//! counts as one that may.

use crate::equation::graph::{Binary, Graph, Node, Operation, Unary};

/// Whether an expression may be not a number, as `log(x)` is for negative `x`.
pub fn may_be(graph: &Graph, value: Node) -> bool {
    graph.reachable(&[value]).into_iter().any(|node| match graph.operation(node) {
        Operation::Unary(kind, _) => matches!(
            kind,
            Unary::SquareRoot
                | Unary::Logarithm
                | Unary::Logarithm10
                | Unary::ArcSine
                | Unary::ArcCosine
                // Infinite ones may cancel.
                | Unary::Exponential
                | Unary::HyperbolicSine
                | Unary::HyperbolicCosine
        ),
        Operation::Binary(Binary::Divide | Binary::Modulo, _, divisor) => !is_away_from_0(graph, divisor),
        Operation::Binary(Binary::Power, _, exponent) => {
            graph.literal(exponent).is_none_or(|exponent| exponent < 0.0 || exponent.fract() != 0.0)
        }
        _ => false,
    })
}

/// Whether a divisor is never 0 by its shape: a number, or `max(x, 1e-300)`.
fn is_away_from_0(graph: &Graph, divisor: Node) -> bool {
    match graph.operation(divisor) {
        Operation::Binary(Binary::Maximum, x, y) => {
            [x, y].into_iter().any(|side| graph.literal(side).is_some_and(|least| least > 0.0))
        }
        _ => graph.literal(divisor).is_some_and(|divisor| divisor != 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_logarithms_and_quotients_may_be_undefined_and_polynomials_may_not() {
        let mut graph = Graph::new();
        let (x, y, two) = (graph.input("x"), graph.input("y"), graph.constant(2.0));
        let (root, wave) = (graph.unary(Unary::SquareRoot, x), graph.unary(Unary::HyperbolicTangent, x));
        let (half, quotient) = (graph.div(x, two), graph.div(x, y));
        let (square, power) = (graph.binary(Binary::Power, x, two), graph.binary(Binary::Power, x, y));
        let sum = graph.add(root, y);
        let least = graph.constant(1e-300);
        let floor = graph.binary(Binary::Maximum, square, least);
        let normed = graph.div(x, floor);
        for node in [root, quotient, power, sum] {
            assert!(may_be(&graph, node));
        }
        for node in [x, half, wave, square, normed] {
            assert!(!may_be(&graph, node));
        }
    }
}
