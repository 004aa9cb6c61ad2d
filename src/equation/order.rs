//! The order in which the values of a segment are computed: few of them alive at once, and each read by the next one where that is
//! possible. Knows nothing of registers.

use std::collections::{HashMap, HashSet};

use super::graph::Node;
use super::tile::Tiling;

/// The values of `inside` that `roots` need, operands first. After each value those of its readers come at once that are
/// ready and let a value go, so that few values are alive together. Values of `last` are left out: the writes compute them.
pub(crate) fn order(
    tiling: &Tiling,
    roots: &[Node],
    inside: &HashSet<Node>,
    last: &HashMap<Node, u32>,
) -> Vec<Node> {
    let mut orderer = Orderer {
        tiling,
        inside,
        last,
        readers: HashMap::new(),
        waiting: HashMap::new(),
        done: Vec::new(),
        is_done: HashSet::new(),
    };
    orderer.learn(roots);
    for root in roots {
        orderer.compute(*root);
    }
    orderer.done
}

struct Orderer<'a> {
    tiling: &'a Tiling,
    inside: &'a HashSet<Node>,
    last: &'a HashMap<Node, u32>,
    /// Who reads a value.
    readers: HashMap<Node, Vec<Node>>,
    /// How many readers of a value are not computed yet.
    waiting: HashMap<Node, usize>,
    done: Vec<Node>,
    is_done: HashSet<Node>,
}

impl Orderer<'_> {
    fn operands(&self, node: Node) -> Vec<Node> {
        let mut operands: Vec<Node> = self
            .tiling
            .shape(node)
            .operands
            .iter()
            .copied()
            .filter(|operand| self.inside.contains(operand))
            .collect();
        operands.sort_unstable();
        operands.dedup();
        operands
    }

    fn learn(&mut self, roots: &[Node]) {
        let mut seen = HashSet::new();
        let mut open: Vec<Node> = roots.iter().copied().filter(|root| self.inside.contains(root)).collect();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            for operand in self.operands(node) {
                self.readers.entry(operand).or_default().push(node);
                *self.waiting.entry(operand).or_default() += 1;
                open.push(operand);
            }
        }
        for readers in self.readers.values_mut() {
            readers.sort_unstable();
        }
    }

    /// Depth first, without recursion: user expressions may be deeply nested.
    fn compute(&mut self, root: Node) {
        let mut stack = vec![root];
        while let Some(&node) = stack.last() {
            if !self.inside.contains(&node) || self.is_done.contains(&node) {
                stack.pop();
                continue;
            }
            if let Some(operand) =
                self.operands(node).into_iter().find(|operand| !self.is_done.contains(operand))
            {
                stack.push(operand);
                continue;
            }
            stack.pop();
            if !self.last.contains_key(&node) {
                self.finish(node);
            }
        }
    }

    fn finish(&mut self, node: Node) {
        let mut ready = vec![node];
        while let Some(node) = ready.pop() {
            if !self.is_done.insert(node) {
                continue;
            }
            self.done.push(node);
            let operands = self.operands(node);
            for operand in &operands {
                *self.waiting.get_mut(operand).expect("an operand has readers") -= 1;
            }
            let neighbours: Vec<Node> = [&node]
                .into_iter()
                .chain(&operands)
                .flat_map(|value| self.readers.get(value).into_iter().flatten())
                .copied()
                .collect();
            ready.extend(neighbours.into_iter().rev().filter(|reader| self.is_welcome(*reader)));
        }
    }

    /// Whether a value can be computed now and lets one of its operands go.
    fn is_welcome(&self, node: Node) -> bool {
        if self.is_done.contains(&node) || self.last.contains_key(&node) {
            return false;
        }
        let operands = self.operands(node);
        operands.iter().all(|operand| self.is_done.contains(operand))
            && operands.iter().any(|operand| self.waiting.get(operand) == Some(&1))
    }
}
