//! The lines of one segment: what all need first, then the guarded groups, then the writes. Simultaneous assignments become
//! instructions one after the other; an old state that is still read when its register is written is kept aside. Knows nothing
//! of parts, clocks or inputs.

use std::collections::{HashMap, HashSet};

use super::code::{Code, Kernel};
use super::graph::Node;
use super::line::{Line, Scope, Source, Target, Write};
use super::order::order;
use super::placing::place;
use super::tile::{Facts, Tiling};

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
