//! Whether expressions are affine in some symbols: then Newton's first step arrives, and there is one root at most.

use crate::equation::graph::{Binary, Graph, Node, Operation, Symbol, Unary};

/// Whether `values` are affine in `symbols`, given that `slopes` are all their derivatives by them. Looks at shapes alone: what
/// cancels only in numbers counts as not affine.
pub(super) fn is_affine(graph: &Graph, values: &[Node], slopes: &[Node], symbols: &[Symbol]) -> bool {
    let roots: Vec<Node> = values.iter().chain(slopes).copied().collect();
    let order = graph.reachable(&roots);
    let place = |node: Node| order.binary_search(&node).expect("operands come before what is made of them");
    let mut varies = vec![false; order.len()];
    for (at, &node) in order.iter().enumerate() {
        let operation = graph.operation(node);
        varies[at] = match operation {
            Operation::Symbol(symbol) => symbols.contains(&symbol),
            other => other.operands().any(|operand| varies[place(operand)]),
        };
        // The slope of a jump is 0 on both of its sides.
        if varies[at] && jumps(operation) {
            return false;
        }
    }
    !slopes.iter().any(|&slope| varies[place(slope)])
}

fn jumps(operation: Operation) -> bool {
    match operation {
        Operation::Select(..) => true,
        Operation::Unary(kind, _) => {
            matches!(kind, Unary::Floor | Unary::Sign | Unary::Not | Unary::Absolute)
        }
        Operation::Binary(kind, ..) => matches!(
            kind,
            Binary::Minimum
                | Binary::Maximum
                | Binary::Modulo
                | Binary::Less
                | Binary::LessOrEqual
                | Binary::Equal
                | Binary::NotEqual
                | Binary::And
                | Binary::Or
        ),
        _ => false,
    }
}
