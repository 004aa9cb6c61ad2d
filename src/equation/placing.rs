//! The registers of a segment's values: which need one at all, and which is found held by the instruction that reads it. Knows
//! nothing of the order, which it takes as it is.

use std::collections::{HashMap, HashSet};

use super::code::{Code, Instruction, Kernel, Place, Register, light_form};
use super::graph::Node;
use super::line::{Line, Scope, Source, Target};

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
    let mut possible =
        choices.filter(|choice| light_form(line.kernel, &places(scope, line, choice)).is_some());
    possible.next()
}

/// Chooses registers: a value's register is free again after its last reader, which may write to it at once.
pub(crate) fn place(scope: &Scope<'_>, lines: &[Line], temporaries: u32) -> (Code, u32) {
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
