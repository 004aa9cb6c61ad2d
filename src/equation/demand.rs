//! Which values of a network are wanted of every node: what nodes say to each other, what is read at each in the end, and all that
//! these are made of. The others are read at the first node, and need not be computed elsewhere. Knows neither instructions nor registers.

use std::collections::HashSet;

use super::graph::{Graph, Node, Operation, Symbol};

/// The values and states that every node must have.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    values: HashSet<Node>,
    states: HashSet<Symbol>,
}

impl Demand {
    /// `roots` is everything that is ever computed, `ends` what is read at every node in the end, `changes` what each state may
    /// become and on which condition.
    pub(crate) fn new(graph: &Graph, roots: &[Node], ends: &[Node], changes: &[(Symbol, Vec<Node>)]) -> Self {
        let said = graph.reachable(roots).into_iter().filter_map(|node| match graph.operation(node) {
            Operation::Meet(_, said) => Some(said),
            _ => None,
        });
        let mut demand = Self::default();
        let mut open: Vec<Node> = said.chain(ends.iter().copied()).collect();
        while let Some(node) = open.pop() {
            if !demand.values.insert(node) {
                continue;
            }
            let operation = graph.operation(node);
            open.extend(operation.operands());
            if let Operation::Symbol(symbol) = operation
                && demand.states.insert(symbol)
            {
                let own = changes.iter().filter(|(target, _)| *target == symbol);
                open.extend(own.flat_map(|(_, nodes)| nodes));
            }
        }
        demand
    }

    /// Whether every node must have a value.
    pub(crate) fn is_of_all(&self, value: Node) -> bool {
        self.values.contains(&value)
    }

    /// Whether every node must have a state.
    pub(crate) fn is_state_of_all(&self, state: Symbol) -> bool {
        self.states.contains(&state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equation::graph::Meeting;

    #[test]
    fn what_is_said_is_wanted_of_all_and_what_is_made_of_the_heard_is_not() {
        let mut graph = Graph::new();
        let [said, slow, sum] = ["said", "slow", "sum"].map(|name| graph.symbol(name));
        let [own, slowly, total] = [said, slow, sum].map(|symbol| graph.read(symbol));
        let heard = graph.meet(Meeting(0), own);
        let next = graph.add(slowly, own);
        let next_sum = graph.add(total, heard);
        let changes = vec![(said, vec![next]), (slow, vec![slowly]), (sum, vec![next_sum])];
        let demand = Demand::new(&graph, &[next, slowly, next_sum], &[], &changes);
        // `said` becomes `slow + said`, so both are wanted, and so is their sum.
        assert!([said, slow].into_iter().all(|state| demand.is_state_of_all(state)));
        assert!(demand.is_of_all(next));
        assert!(!demand.is_state_of_all(sum));
        assert!(!demand.is_of_all(heard) && !demand.is_of_all(next_sum));
        // What is read at every node is wanted of all, and so is what it is made of.
        let demand = Demand::new(&graph, &[next, slowly, next_sum, total], &[total], &changes);
        assert!(demand.is_state_of_all(sum) && demand.is_of_all(heard));
    }
}
