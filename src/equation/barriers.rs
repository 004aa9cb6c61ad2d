//! Where the nodes of a network meet on the way to some values: which meetings can happen together, and which values outlive the
//! barriers between. Knows neither instructions nor what a meeting makes.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, Meeting, Node, Operation};

/// What happens up to one barrier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stretch {
    /// The meeting, what is said, the node that is heard, and the last stretch that reads it (as many as there are stretches: what
    /// comes after the last barrier).
    pub(crate) meets: Vec<(Meeting, Node, Node, usize)>,
}

/// The stretches that end in barriers, first to last; none where nobody meets.
pub(crate) fn stretches(graph: &Graph, roots: &[Node]) -> Vec<Stretch> {
    let mut depth: HashMap<Node, usize> = HashMap::new();
    let mut stretches: Vec<Stretch> = Vec::new();
    for node in graph.reachable(roots) {
        let operation = graph.operation(node);
        let below = operation.operands().map(|operand| depth[&operand]).max().unwrap_or(0);
        let own = if let Operation::Meet(meeting, said) = operation {
            if stretches.len() <= below {
                stretches.resize(below + 1, Stretch::default());
            }
            stretches[below].meets.push((meeting, said, node, 0));
            below + 1
        } else {
            below
        };
        depth.insert(node, own);
    }
    let targets: Vec<Vec<Node>> = targets(&stretches, roots);
    let last = last_readers(graph, &targets);
    for meet in stretches.iter_mut().flat_map(|stretch| &mut stretch.meets) {
        meet.3 = last.get(&meet.2).copied().unwrap_or(0);
    }
    stretches
}

/// What each stretch, and what comes after the last barrier, must have computed at its end.
fn targets(stretches: &[Stretch], roots: &[Node]) -> Vec<Vec<Node>> {
    let said = stretches.iter().map(|stretch| stretch.meets.iter().map(|meet| meet.1).collect());
    said.chain([roots.to_vec()]).collect()
}

/// Everything that each stretch would compute from values that are there, by the first stretch that needs it.
fn cones(graph: &Graph, targets: &[Vec<Node>]) -> Vec<HashSet<Node>> {
    let mut done: HashSet<Node> = HashSet::new();
    let mut cones = Vec::with_capacity(targets.len());
    for own in targets {
        let mut cone = HashSet::new();
        let mut open: Vec<Node> = own.clone();
        while let Some(node) = open.pop() {
            let operation = graph.operation(node);
            if done.contains(&node) || matches!(operation, Operation::Meet(..)) || !cone.insert(node) {
                continue;
            }
            open.extend(operation.operands());
        }
        done.extend(&cone);
        cones.push(cone);
    }
    cones
}

/// The last stretch in which each value is read.
fn last_readers(graph: &Graph, targets: &[Vec<Node>]) -> HashMap<Node, usize> {
    let mut last = HashMap::new();
    for (number, (cone, own)) in cones(graph, targets).iter().zip(targets).enumerate() {
        for &node in cone {
            for operand in graph.operation(node).operands() {
                last.insert(operand, number);
            }
        }
        for &target in own {
            last.insert(target, number);
        }
    }
    last
}

/// For each stretch the values that it computes and that later ones read, with the last of those.
pub(crate) fn crossing(
    graph: &Graph,
    stretches: &[Stretch],
    roots: &[Node],
    is_made: impl Fn(Node) -> bool,
) -> Vec<Vec<(Node, usize)>> {
    let targets = targets(stretches, roots);
    let last = last_readers(graph, &targets);
    let of = |(number, cone): (usize, &HashSet<Node>)| {
        let crosses = |node: &Node| is_made(*node) && last.get(node).is_some_and(|last| *last > number);
        let mut crossing: Vec<(Node, usize)> =
            cone.iter().copied().filter(crosses).map(|node| (node, last[&node])).collect();
        crossing.sort_unstable();
        crossing
    };
    cones(graph, &targets).iter().enumerate().take(stretches.len()).map(of).collect()
}

/// Registers for values that outlive a barrier, taken again when nobody reads them any more.
pub(crate) struct Room {
    end: u32,
    /// Registers and the last stretch that reads them.
    taken: Vec<(u32, usize)>,
    free: Vec<u32>,
}

impl Room {
    /// Registers from `first` on.
    pub(crate) fn new(first: u32) -> Self {
        Self { end: first, taken: Vec::new(), free: Vec::new() }
    }

    /// Begins a stretch: what only earlier ones read is free.
    pub(crate) fn free(&mut self, stretch: usize) {
        self.free
            .extend(self.taken.iter().filter(|(_, last)| *last < stretch).map(|(register, _)| *register));
        self.taken.retain(|(_, last)| *last >= stretch);
    }

    /// A register that is read up to a stretch.
    pub(crate) fn take(&mut self, last: usize) -> u32 {
        let register = self.free.pop().unwrap_or_else(|| {
            self.end += 1;
            self.end - 1
        });
        self.taken.push((register, last));
        register
    }

    /// The first register that was never taken.
    pub(crate) fn end(&self) -> u32 {
        self.end
    }
}
