//! The order of one segment, and the register of every value in it: what all need first, then the guarded groups, then the
//! writes. Simultaneous assignments become instructions one after the other; an old state that is still read when its register
//! is written is kept aside. Knows nothing of parts, clocks or inputs.

use std::collections::{HashMap, HashSet};

use super::code::{Code, Instruction, Kernel, Place, Register, light_form};
use super::graph::{Graph, Node};
use super::tile::{Facts, Shape, Tiling};

/// A value to be left in a register at the end of a segment, or where `when` is met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(crate) register: u32,
    pub(crate) value: Node,
    pub(crate) when: Option<Node>,
}

/// What a segment is made from.
pub(crate) struct Scope<'a> {
    pub(crate) graph: &'a Graph,
    /// Whether the segment computes a value.
    pub(crate) made: &'a dyn Fn(Node) -> bool,
    /// The register of a value that is there before.
    pub(crate) standing: &'a dyn Fn(Node) -> Register,
    /// The register of the state that a node reads, if it reads one.
    pub(crate) state: &'a dyn Fn(Node) -> Option<u32>,
}

impl Scope<'_> {
    fn is_uniform(&self, node: Node) -> bool {
        !(self.made)(node) && matches!((self.standing)(node), Register::Uniform(_))
    }

    /// All values that the segment computes for `roots`.
    fn needed(&self, roots: impl Iterator<Item = Node>) -> HashSet<Node> {
        let mut seen = HashSet::new();
        let mut open: Vec<Node> = roots.filter(|root| (self.made)(*root)).collect();
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                open.extend(self.graph.operation(node).operands().filter(|operand| (self.made)(*operand)));
            }
        }
        seen
    }
}

/// Where a line puts its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// A value of the segment.
    Value(Node),
    /// An old state or a spread uniform, kept aside under a number.
    Kept(u32),
    /// A register that outlives the segment.
    Register(u32),
    /// Nowhere: a guard.
    Nowhere,
}

/// What a line reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Value(Node),
    Kept(u32),
    Register(u32),
}

/// An instruction before registers are chosen.
#[derive(Clone, Debug)]
struct Line {
    kernel: Kernel,
    target: Target,
    sources: Vec<Source>,
}

impl Line {
    fn of(shape: &Shape, target: Target) -> Self {
        Self {
            kernel: shape.kernel,
            target,
            sources: shape.operands.iter().map(|node| Source::Value(*node)).collect(),
        }
    }

    fn copy(source: Source, target: Target) -> Self {
        Self { kernel: Kernel::Copy, target, sources: vec![source] }
    }

    /// Whether the line reads the old value of a state.
    fn reads(&self, register: u32, scope: &Scope<'_>) -> bool {
        self.sources
            .iter()
            .any(|source| matches!(source, Source::Value(node) if (scope.state)(*node) == Some(register)))
    }
}

/// Writes that share a guard, and the values that only they need.
struct Group {
    when: Node,
    writes: Vec<Write>,
    values: HashSet<Node>,
}

/// Code for simultaneous writes; registers from `temporaries` on may be used. Gives the number of registers as well.
pub(crate) fn lower(scope: &Scope<'_>, writes: &[Write], temporaries: u32) -> (Code, u32) {
    let always: Vec<Write> = writes.iter().copied().filter(|write| write.when.is_none()).collect();
    let mut groups: Vec<Group> = Vec::new();
    for write in writes {
        let Some(when) = write.when else { continue };
        match groups.iter_mut().find(|group| group.when == when) {
            Some(group) => group.writes.push(*write),
            None => groups.push(Group { when, writes: vec![*write], values: HashSet::new() }),
        }
    }
    let roots: Vec<Node> =
        always.iter().map(|write| write.value).chain(groups.iter().map(|group| group.when)).collect();
    let main = scope.needed(roots.iter().copied());
    for group in &mut groups {
        group.values = scope.needed(group.writes.iter().map(|write| write.value));
        group.values.retain(|node| !main.contains(node));
    }

    let readers = count_readers(scope, &main, &groups, &roots);
    let facts = Facts {
        graph: scope.graph,
        readers: &readers,
        made: scope.made,
        uniform: &|node| scope.is_uniform(node),
    };
    let everything = main.iter().chain(groups.iter().flat_map(|group| &group.values)).copied();
    let tiling = Tiling::new(&facts, everything);

    // A value that one write reads and nobody else is computed right into the write's register.
    let last: HashMap<Node, u32> = always
        .iter()
        .filter(|write| main.contains(&write.value) && readers[&write.value] == ROOT)
        .map(|write| (write.value, write.register))
        .collect();
    let mut lines: Vec<Line> = order(&tiling, &roots, &main, &last)
        .into_iter()
        .map(|node| Line::of(tiling.shape(node), Target::Value(node)))
        .collect();
    let mut spread = Vec::new();
    for group in in_safe_order(groups.iter().map(|group| group_lines(scope, &tiling, group)).collect(), scope)
    {
        lines.extend(guarded(scope, group, &mut spread));
    }
    let finals = always
        .iter()
        .map(|write| {
            let target = Target::Register(write.register);
            let line = if last.contains_key(&write.value) {
                Line::of(tiling.shape(write.value), target)
            } else {
                Line::copy(Source::Value(write.value), target)
            };
            Block { when: None, lines: vec![line] }
        })
        .collect();
    lines.extend(in_safe_order(finals, scope).into_iter().flat_map(|block| block.lines));
    let kept = keep_old_states(scope, &mut lines, spread.len() as u32);
    let lines = kept.into_iter().chain(spread).chain(lines).collect::<Vec<_>>();
    place(scope, &lines, temporaries)
}

/// What a root counts as in the number of readers: it must stay a value of its own.
const ROOT: u32 = 1 << 16;

fn count_readers(
    scope: &Scope<'_>,
    main: &HashSet<Node>,
    groups: &[Group],
    roots: &[Node],
) -> HashMap<Node, u32> {
    let mut readers: HashMap<Node, u32> = HashMap::new();
    for node in main.iter().chain(groups.iter().flat_map(|group| &group.values)) {
        for operand in scope.graph.operation(*node).operands() {
            *readers.entry(operand).or_default() += 1;
        }
    }
    let guarded = groups.iter().flat_map(|group| group.writes.iter().map(|write| write.value));
    for root in roots.iter().copied().chain(guarded) {
        *readers.entry(root).or_default() += ROOT;
    }
    readers
}

/// Lines that belong together, with the guard before them if there is one.
struct Block {
    when: Option<Node>,
    lines: Vec<Line>,
}

fn group_lines(scope: &Scope<'_>, tiling: &Tiling, group: &Group) -> Block {
    let roots: Vec<Node> = group.writes.iter().map(|write| write.value).collect();
    let mut lines: Vec<Line> = order(tiling, &roots, &group.values, &HashMap::new())
        .into_iter()
        .map(|node| Line::of(tiling.shape(node), Target::Value(node)))
        .collect();
    let writes = group
        .writes
        .iter()
        .map(|write| {
            let sources =
                vec![Source::Value(group.when), Source::Value(write.value), Source::Register(write.register)];
            Block {
                when: None,
                lines: vec![Line {
                    kernel: Kernel::Select,
                    target: Target::Register(write.register),
                    sources,
                }],
            }
        })
        .collect();
    lines.extend(in_safe_order(writes, scope).into_iter().flat_map(|block| block.lines));
    Block { when: Some(group.when), lines }
}

/// Puts a guard before a group. A condition that is the same in all lanes is spread over them first.
fn guarded(scope: &Scope<'_>, block: Block, spread: &mut Vec<Line>) -> Vec<Line> {
    let Some(when) = block.when else { return block.lines };
    let mut condition = Source::Value(when);
    if scope.is_uniform(when) {
        let number = spread.len() as u32;
        spread.push(Line::copy(Source::Value(when), Target::Kept(number)));
        condition = Source::Kept(number);
    }
    let kernel = Kernel::SkipUnlessAny(block.lines.len() as u32);
    let mut lines = vec![Line { kernel, target: Target::Nowhere, sources: vec![condition] }];
    lines.extend(block.lines);
    lines
}

/// Blocks in an order in which a state is written after all others have read it, as far as there is one.
fn in_safe_order(mut open: Vec<Block>, scope: &Scope<'_>) -> Vec<Block> {
    let mut done = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let is_free = |at: usize| {
            open[at].lines.iter().all(|line| match line.target {
                Target::Register(register) => open.iter().enumerate().all(|(other, block)| {
                    other == at || !block.lines.iter().any(|line| line.reads(register, scope))
                }),
                _ => true,
            })
        };
        // A circle has no such order: `keep_old_states` then keeps the old value aside.
        let next = (0..open.len()).find(|&at| is_free(at)).unwrap_or(0);
        done.push(open.remove(next));
    }
    done
}

/// Where a line reads an old state after its register was written, the state is kept aside first.
fn keep_old_states(scope: &Scope<'_>, lines: &mut [Line], first_number: u32) -> Vec<Line> {
    let mut written: HashSet<u32> = HashSet::new();
    let mut kept: HashMap<u32, u32> = HashMap::new();
    let mut copies = Vec::new();
    for line in lines {
        for source in &mut line.sources {
            let Source::Value(node) = *source else { continue };
            let Some(register) = (scope.state)(node).filter(|register| written.contains(register)) else {
                continue;
            };
            let number = *kept.entry(register).or_insert_with(|| {
                let number = first_number + copies.len() as u32;
                copies.push(Line::copy(Source::Value(node), Target::Kept(number)));
                number
            });
            *source = Source::Kept(number);
        }
        if let Target::Register(register) = line.target {
            written.insert(register);
        }
    }
    copies
}

/// The values of `inside` that `roots` need, operands first. After each value those of its readers come at once that are
/// ready and let a value go, so that few values are alive together. Values of `last` are left out: the writes compute them.
fn order(tiling: &Tiling, roots: &[Node], inside: &HashSet<Node>, last: &HashMap<Node, u32>) -> Vec<Node> {
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

    /// Depth first, without recursion: texts of strangers may be deep.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Temporary {
    Value(Node),
    Kept(u32),
}

/// Which operands each line finds held, and which values must be stored since somebody reads them from a register.
struct Holding {
    /// By line: whether it reads what is held, by operand.
    held: Vec<Vec<bool>>,
    /// By line: whether it leaves held what it found there, since the next line reads that as well.
    keeps: Vec<bool>,
    stored: HashSet<Temporary>,
}

impl Holding {
    fn new(scope: &Scope<'_>, lines: &[Line]) -> Self {
        // What is held is lost where code may be entered by a jump.
        let mut entries: HashSet<usize> = HashSet::new();
        for (at, line) in lines.iter().enumerate() {
            if let Kernel::SkipUnlessAny(count) = line.kernel {
                entries.extend([at + 1, at + 1 + count as usize]);
            }
        }
        let mut held: Vec<Vec<bool>> = Vec::with_capacity(lines.len());
        let mut keeps = vec![false; lines.len()];
        let mut now: Option<Node> = None;
        for (at, line) in lines.iter().enumerate() {
            now = now.filter(|_| !entries.contains(&at));
            let choice = now.and_then(|value| read_as_held(scope, line, value));
            let is_light = |held: &[bool]| light_form(line.kernel, &places(scope, line, held)).is_some();
            let next = lines.get(at + 1).filter(|_| !entries.contains(&(at + 1)));
            let goes_on = |value: Node| next.is_some_and(|next| read_as_held(scope, next, value).is_some());
            keeps[at] = choice.is_some() && now.is_some_and(goes_on);
            let choice = choice.unwrap_or_else(|| vec![false; line.sources.len()]);
            if !keeps[at] {
                now = match line.target {
                    Target::Value(value) if is_light(&choice) => Some(value),
                    _ => None,
                };
            }
            held.push(choice);
        }
        let mut stored = HashSet::new();
        for (at, line) in lines.iter().enumerate() {
            if let (Target::Value(value), true) = (line.target, keeps[at]) {
                stored.insert(Temporary::Value(value));
            }
            for (source, &held) in line.sources.iter().zip(&held[at]) {
                match *source {
                    Source::Value(node) if (scope.made)(node) && !held => {
                        stored.insert(Temporary::Value(node));
                    }
                    Source::Kept(number) => {
                        stored.insert(Temporary::Kept(number));
                    }
                    _ => {}
                }
            }
        }
        Self { held, keeps, stored }
    }
}

/// Where the operands of a line are, if these are held.
fn places(scope: &Scope<'_>, line: &Line, held: &[bool]) -> Vec<Place> {
    let place = |(source, held): (&Source, &bool)| match source {
        _ if *held => Place::Held,
        Source::Value(node) if !(scope.made)(*node) => Place::of(Some((scope.standing)(*node))),
        _ => Place::Lane,
    };
    line.sources.iter().zip(held).map(place).collect()
}

/// Which operands of a line can be read as what is held, if it is this value: all that are it, or else one of them.
fn read_as_held(scope: &Scope<'_>, line: &Line, value: Node) -> Option<Vec<bool>> {
    let all: Vec<bool> = line.sources.iter().map(|source| *source == Source::Value(value)).collect();
    let one = |at: usize| (0..all.len()).map(|other| other == at).collect::<Vec<bool>>();
    let singles = (0..all.len()).filter(|&at| all[at]).map(one);
    let choices = std::iter::once(all.clone()).filter(|all| all.contains(&true)).chain(singles);
    let mut possible = choices.filter(|choice| light_form(line.kernel, &places(scope, line, choice)).is_some());
    possible.next()
}

/// Chooses registers: a value's register is free again after its last reader, which may write to it at once.
fn place(scope: &Scope<'_>, lines: &[Line], temporaries: u32) -> (Code, u32) {
    let temporary = |source: Source| match source {
        Source::Value(node) if (scope.made)(node) => Some(Temporary::Value(node)),
        Source::Kept(number) => Some(Temporary::Kept(number)),
        Source::Value(_) | Source::Register(_) => None,
    };
    let holding = Holding::new(scope, lines);
    let mut last_reader: HashMap<Temporary, usize> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        for value in line.sources.iter().copied().filter_map(temporary) {
            last_reader.insert(value, at);
        }
    }
    let mut next = temporaries;
    let mut free: Vec<u32> = Vec::new();
    let mut register_of: HashMap<Temporary, u32> = HashMap::new();
    let mut instructions = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let sources: Vec<Option<Register>> = line
            .sources
            .iter()
            .zip(&holding.held[at])
            .map(|(source, &is_held)| match (temporary(*source), *source) {
                _ if is_held => None,
                (Some(value), _) => Some(Register::Lane(register_of[&value])),
                (None, Source::Register(register)) => Some(Register::Lane(register)),
                (None, Source::Value(node)) => Some((scope.standing)(node)),
                (None, Source::Kept(_)) => unreachable!("what is kept is a temporary"),
            })
            .collect();
        for value in line.sources.iter().copied().filter_map(temporary) {
            if last_reader[&value] == at
                && let Some(register) = register_of.remove(&value)
            {
                free.push(register);
            }
        }
        let mut fresh = |value: Temporary| {
            holding.stored.contains(&value).then(|| {
                let register = free.pop().unwrap_or_else(|| {
                    next += 1;
                    next - 1
                });
                register_of.insert(value, register);
                register
            })
        };
        let target = match line.target {
            Target::Value(node) => fresh(Temporary::Value(node)),
            Target::Kept(number) => fresh(Temporary::Kept(number)),
            Target::Register(register) => Some(register),
            Target::Nowhere => None,
        };
        let instruction = Instruction::new(line.kernel, target, &sources);
        instructions.push(if holding.keeps[at] { instruction.keeping() } else { instruction });
    }
    (Code::new(instructions), next)
}
