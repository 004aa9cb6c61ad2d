//! From graphs to a straight-line program: which values are computed once, which in every step, in what order, and where they
//! are kept. Knows nothing of models, steppers or observers, and nothing of vectors.
//!
//! Every value belongs to one of four classes, by what it is made of:
//! *settled* (fixed inputs only: computed once, when the program is made), *ticking* (also the clock: computed once a step for
//! all lanes), *hoisted* (inputs of the lane: computed once a block, the prologue) and *running* (states: computed for every
//! lane in every step). Where a value is computed never changes its bits.

use std::collections::{HashMap, HashSet};

use super::barriers;
use super::code::{Code, Register};
use super::demand::Demand;
use super::draft::{Assignment, Draft, Part, Periodic};
use super::graph::{Graph, Node, Operation, Symbol};
use super::line::{Scope, Write};
use super::plan;
use super::program::{Beside, Encounter, Passage, Program, Segment, Stage, UniformStep, value_of};

impl Program {
    /// Compiles a draft.
    pub fn new(mut draft: Draft) -> Self {
        contract(&mut draft);
        Compiler::new(&draft).compile(&draft)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Settled,
    Ticking,
    Hoisted,
    Running,
}

/// Puts every expression of a draft through [`Graph::contract`].
fn contract(draft: &mut Draft) {
    let nodal = draft.nodal.iter().map(|(symbol, _)| *symbol);
    let fixed: HashSet<Symbol> = draft
        .inputs
        .iter()
        .copied()
        .chain(nodal)
        .chain(draft.fixed.iter().map(|(symbol, _)| *symbol))
        .collect();
    let graph = &mut draft.graph;
    let mut change = |node: &mut Node| *node = graph.contract(&[*node], |symbol| fixed.contains(&symbol))[0];
    let mut change_all = |assignments: &mut Vec<Assignment>| {
        for assignment in assignments {
            change(&mut assignment.value);
            if let Some(when) = &mut assignment.when {
                change(when);
            }
        }
    };
    for part in &mut draft.parts {
        match part {
            Part::Once { assignments, .. } => change_all(assignments),
            Part::Repeat { assignments, besides, .. } => {
                change_all(assignments);
                for beside in besides {
                    change_all(&mut beside.assignments);
                }
            }
        }
    }
    change_all(&mut draft.again);
    draft.results.iter_mut().chain(&mut draft.ends).for_each(change);
}

struct Compiler<'draft> {
    graph: &'draft Graph,
    class: Vec<Class>,
    inputs: HashMap<Symbol, u32>,
    states: HashMap<Symbol, u32>,
    clock: Symbol,
    uniforms: Vec<f64>,
    uniform_of: HashMap<Node, u32>,
    fixed: HashMap<Symbol, f64>,
    /// Hoisted values that other code reads, with their registers.
    hoisted: HashMap<Node, u32>,
    demand: Demand,
    /// Values that earlier segments of the same passage have left, with their registers.
    left: HashMap<Node, u32>,
    /// The first register for values that live inside one segment only.
    temporaries: u32,
    lane_registers: u32,
}

impl<'draft> Compiler<'draft> {
    fn new(draft: &'draft Draft) -> Self {
        let number = |symbols: &[Symbol], from: usize| -> HashMap<Symbol, u32> {
            symbols.iter().enumerate().map(|(at, symbol)| (*symbol, (from + at) as u32)).collect()
        };
        let of_lanes: Vec<Symbol> =
            draft.inputs.iter().copied().chain(draft.nodal.iter().map(|(symbol, _)| *symbol)).collect();
        let inputs = number(&of_lanes, 0);
        let states = number(&draft.states, of_lanes.len());
        let fixed: HashMap<Symbol, f64> = draft.fixed.iter().copied().collect();
        let mut compiler = Self {
            graph: &draft.graph,
            class: Vec::with_capacity(draft.graph.len()),
            inputs,
            states,
            clock: draft.clock,
            uniforms: vec![0.0],
            uniform_of: HashMap::new(),
            fixed,
            hoisted: HashMap::new(),
            demand: Demand::default(),
            left: HashMap::new(),
            temporaries: 0,
            lane_registers: 0,
        };
        compiler.classify();
        compiler
    }

    fn classify(&mut self) {
        for index in 0..self.graph.len() {
            let operation = self.graph.operation_at(index);
            let class = match operation {
                Operation::Constant(_) => Class::Settled,
                Operation::Symbol(symbol) if symbol == self.clock => Class::Ticking,
                Operation::Symbol(symbol) if self.inputs.contains_key(&symbol) => Class::Hoisted,
                Operation::Symbol(symbol) if self.fixed.contains_key(&symbol) => Class::Settled,
                Operation::Symbol(_) | Operation::Meet(..) => Class::Running,
                other => other.operands().fold(Class::Settled, |class, operand| {
                    match (class, self.class[operand.index()]) {
                        (Class::Ticking, Class::Hoisted) | (Class::Hoisted, Class::Ticking) => Class::Running,
                        (a, b) => a.max(b),
                    }
                }),
            };
            self.class.push(class);
        }
    }

    fn class(&self, node: Node) -> Class {
        self.class[node.index()]
    }

    fn is_lane(&self, node: Node) -> bool {
        matches!(self.class(node), Class::Hoisted | Class::Running)
    }

    fn compile(mut self, draft: &Draft) -> Program {
        let (lists, read) = (all_lists(draft), draft.read());
        let roots = all_roots(&lists, &read);
        let own = |a: &Assignment| (a.target, a.when.into_iter().chain([a.value]).collect());
        let changes: Vec<(Symbol, Vec<Node>)> = lists.iter().copied().flatten().map(own).collect();
        self.demand = Demand::new(self.graph, &roots, &draft.ends, &changes);
        self.settle(&roots);
        self.choose_hoisted(&roots);
        let prologue = self.prologue();
        let mut live_registers = 0;
        let stages = draft
            .parts
            .iter()
            .map(|part| match part {
                Part::Once { assignments, time } => {
                    Stage::Once { passage: self.passage(assignments), time: *time }
                }
                Part::Repeat { steps, assignments, start, step, besides } => {
                    let passage = self.passage(assignments);
                    live_registers = live_registers.max(touched(&passage));
                    let besides = besides.iter().map(|periodic| self.beside(periodic, draft.halt)).collect();
                    Stage::Repeat { steps: *steps, passage, start: *start, step: *step, besides }
                }
            })
            .collect();
        let own = draft.own.iter().map(|&(symbol, node)| (self.inputs[&symbol], node)).collect();
        let again = self.passage(&draft.again);
        let (epilogue, mut results) = self.epilogue(&read);
        let ends = results.split_off(draft.results.len());
        Program {
            inputs: draft.inputs.len(),
            nodes: draft.nodes,
            nodal: draft.nodal.iter().map(|(_, values)| values.clone()).collect(),
            own,
            meetings: draft.meetings.clone(),
            prologue,
            stages,
            again,
            epilogue,
            results,
            ends,
            halt: draft.halt.map(|symbol| self.states[&symbol]),
            states: {
                let first = self.inputs.len() as u32;
                first..first + draft.states.len() as u32
            },
            fingerprint: fingerprint(draft),
            clock: 0,
            uniforms: self.uniforms,
            lane_registers: self.lane_registers as usize,
            live_registers,
        }
    }

    /// Gives a register to every value that is the same in all lanes, and computes the settled ones.
    fn settle(&mut self, roots: &[Node]) {
        for node in self.graph.reachable(roots) {
            if self.is_lane(node) {
                continue;
            }
            let operation = self.graph.operation(node);
            let register = match operation {
                Operation::Symbol(symbol) if symbol == self.clock => 0,
                _ => {
                    let value = match operation {
                        Operation::Symbol(symbol) => self.fixed[&symbol],
                        _ if self.class(node) == Class::Ticking => 0.0,
                        other => value_of(
                            other,
                            self.operand_registers(other).map(|register| self.uniforms[register as usize]),
                        ),
                    };
                    self.uniforms.push(value);
                    (self.uniforms.len() - 1) as u32
                }
            };
            self.uniform_of.insert(node, register);
        }
    }

    /// The uniform registers of an operation's operands; 0 where it has fewer than three.
    fn operand_registers(&self, operation: Operation) -> [u32; 3] {
        let mut registers = [0; 3];
        for (register, operand) in registers.iter_mut().zip(operation.operands()) {
            *register = self.uniform_of[&operand];
        }
        registers
    }

    /// Hoisted values that are read by code outside the prologue get registers of their own.
    fn choose_hoisted(&mut self, roots: &[Node]) {
        let mut next = (self.inputs.len() + self.states.len()) as u32;
        let mut wanted: Vec<Node> = roots.to_vec();
        for node in self.graph.reachable(roots) {
            if self.class(node) == Class::Running {
                wanted.extend(self.graph.operation(node).operands());
            }
        }
        for node in wanted {
            let is_input = matches!(self.graph.operation(node), Operation::Symbol(_));
            if self.class(node) == Class::Hoisted && !is_input && !self.hoisted.contains_key(&node) {
                self.hoisted.insert(node, next);
                next += 1;
            }
        }
        self.temporaries = next;
        self.lane_registers = next;
    }

    fn prologue(&mut self) -> Segment {
        let mut outputs: Vec<(Node, u32)> =
            self.hoisted.iter().map(|(node, register)| (*node, *register)).collect();
        outputs.sort_unstable_by_key(|(_, register)| *register);
        let kept = std::mem::take(&mut self.hoisted);
        let writes =
            outputs.iter().map(|(node, register)| Write { register: *register, value: *node, when: None });
        let writes: Vec<Write> = writes.collect();
        let segment = self.segment(&[], &writes, |compiler, node| compiler.class(node) == Class::Hoisted);
        self.hoisted = kept;
        segment
    }

    fn beside(&mut self, periodic: &Periodic, halt: Option<Symbol>) -> Beside {
        let targets = || periodic.assignments.iter().map(|assignment| assignment.target);
        let is_look = targets().any(|target| Some(target) == halt);
        Beside {
            changes: targets().filter(|_| is_look).map(|target| self.states[&target]).collect(),
            every: periodic.every,
            phase: periodic.phase,
            at_end: periodic.at_end,
            passage: self.passage(&periodic.assignments),
            record: periodic.record.map(|record| (record.number, self.states[&record.state])),
        }
    }

    fn passage(&mut self, assignments: &[Assignment]) -> Passage {
        let (of_all, of_first): (Vec<&Assignment>, Vec<&Assignment>) =
            assignments.iter().partition(|assignment| self.demand.is_state_of_all(assignment.target));
        let write = |assignment: &&Assignment| Write {
            register: self.states[&assignment.target],
            value: assignment.value,
            when: assignment.when,
        };
        let [of_first, of_all] = [of_first, of_all].map(|own| own.iter().map(write).collect::<Vec<_>>());
        self.passage_of(&of_first, &of_all)
    }

    /// Segments for writes of the first node and for those of all, with a barrier wherever nodes meet on the way to them.
    fn passage_of(&mut self, of_first: &[Write], of_all: &[Write]) -> Passage {
        let roots: Vec<Node> = roots_of(of_first.iter().chain(of_all));
        let stretches = barriers::stretches(self.graph, &roots);
        let is_made = |compiler: &Self, node: Node| {
            compiler.class(node) == Class::Running && !compiler.left.contains_key(&node)
        };
        let first = self.temporaries;
        let mut passage = Vec::with_capacity(stretches.len() + 1);
        let plan = barriers::crossing(self.graph, &stretches, &roots, |node| {
            let is_leaf = matches!(self.graph.operation(node), Operation::Symbol(_) | Operation::Constant(_));
            !is_leaf && self.class(node) == Class::Running
        });
        let mut room = barriers::Room::new(first);
        for (number, (stretch, crossing)) in stretches.iter().zip(&plan).enumerate() {
            room.free(number);
            let mut own: Vec<Write> = Vec::new();
            let mut left: Vec<(Node, u32)> = Vec::new();
            for &(node, last) in crossing {
                let register = room.take(last);
                own.push(Write { register, value: node, when: None });
                left.push((node, register));
            }
            let mut barrier = Vec::new();
            let mut heard = Vec::new();
            for &(meeting, said, node, last) in &stretch.meets {
                let standing = left.iter().find(|(known, _)| *known == said).map(|(_, register)| *register);
                let source = standing.or_else(|| match self.is_there(said) {
                    Some(Register::Lane(register)) => Some(register),
                    _ => None,
                });
                let source = source.unwrap_or_else(|| {
                    let register = room.take(number);
                    own.push(Write { register, value: said, when: None });
                    left.push((said, register));
                    register
                });
                let target = room.take(last);
                barrier.push(Encounter { meeting, source, target, is_for_all: self.demand.is_of_all(node) });
                heard.push((node, target));
            }
            self.temporaries = room.end();
            let (of_all, of_first): (Vec<Write>, Vec<Write>) =
                own.iter().partition(|write| self.demand.is_of_all(write.value));
            let mut segment = self.segment(&of_first, &of_all, is_made);
            segment.barrier = barrier;
            passage.push(segment);
            self.left.extend(left);
            self.left.extend(heard);
        }
        self.temporaries = room.end();
        passage.push(self.segment(of_first, of_all, is_made));
        self.left.clear();
        self.temporaries = first;
        passage
    }

    /// The register of a value that no segment has to compute any more.
    fn is_there(&self, node: Node) -> Option<Register> {
        let is_symbol = matches!(self.graph.operation(node), Operation::Symbol(_));
        let is_there = is_symbol || self.class(node) != Class::Running || self.left.contains_key(&node);
        is_there.then(|| self.standing(node))
    }

    /// The results are read after the last part; each gets a register that nothing else writes.
    fn epilogue(&mut self, results: &[Node]) -> (Passage, Vec<Register>) {
        let mut registers = Vec::with_capacity(results.len());
        let mut writes = Vec::new();
        let mut next = self.temporaries;
        for &result in results {
            if self.is_lane(result) {
                writes.push(Write { register: next, value: result, when: None });
                registers.push(Register::Lane(next));
                next += 1;
            } else {
                registers.push(Register::Uniform(self.uniform_of[&result]));
            }
        }
        let first = std::mem::replace(&mut self.temporaries, next);
        let (of_all, of_first): (Vec<Write>, Vec<Write>) =
            writes.into_iter().partition(|write| self.demand.is_of_all(write.value));
        let passage = self.passage_of(&of_first, &of_all);
        self.temporaries = first;
        self.lane_registers = self.lane_registers.max(next);
        (passage, registers)
    }

    /// The register of a value that exists before a segment begins.
    fn standing(&self, node: Node) -> Register {
        if let Some(register) = self.uniform_of.get(&node) {
            return Register::Uniform(*register);
        }
        if let Some(register) = self.hoisted.get(&node).or_else(|| self.left.get(&node)) {
            return Register::Lane(*register);
        }
        match self.graph.operation(node) {
            Operation::Symbol(symbol) => Register::Lane(
                *self.inputs.get(&symbol).or_else(|| self.states.get(&symbol)).expect("a known symbol"),
            ),
            _ => unreachable!("a value made of other values is computed before it is read"),
        }
    }

    /// A segment of writes of the first node and of all. `is_made` says which values the segment computes itself.
    fn segment(
        &mut self,
        of_first: &[Write],
        of_all: &[Write],
        is_made: impl Fn(&Self, Node) -> bool,
    ) -> Segment {
        let [first, code] = [of_first, of_all].map(|writes| self.lower(writes, &is_made));
        let roots = roots_of(of_first.iter().chain(of_all));
        let ticks = self.graph.reachable(&roots).into_iter().filter_map(|node| {
            let operation = self.graph.operation(node);
            let ticks = self.class(node) == Class::Ticking && !matches!(operation, Operation::Symbol(_));
            ticks.then(|| UniformStep {
                target: self.uniform_of[&node],
                operation,
                operands: self.operand_registers(operation),
            })
        });
        Segment { ticks: ticks.collect(), first, code, barrier: Vec::new() }
    }

    /// Orders, tiles and places code.
    fn lower(&mut self, writes: &[Write], is_made: impl Fn(&Self, Node) -> bool) -> Code {
        let scope = Scope {
            graph: self.graph,
            made: &|node| {
                let is_leaf =
                    matches!(self.graph.operation(node), Operation::Symbol(_) | Operation::Constant(_));
                !is_leaf && is_made(self, node)
            },
            standing: &|node| self.standing(node),
            state: &|node| match self.graph.operation(node) {
                Operation::Symbol(symbol) => self.states.get(&symbol).copied(),
                _ => None,
            },
        };
        let (code, registers) = plan::lower(&scope, writes, self.temporaries);
        self.lane_registers = self.lane_registers.max(registers);
        code
    }
}

/// A number that differs where states or stages have another meaning, another order or another length (FNV-1a, 64 bits).
fn fingerprint(draft: &Draft) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for &byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    draft.states.iter().for_each(|state| take(draft.graph.name(*state).as_bytes()));
    for part in &draft.parts {
        match part {
            Part::Once { time, .. } => take(&time.to_le_bytes()),
            Part::Repeat { steps, start, step, besides, .. } => {
                take(&steps.to_le_bytes());
                take(&start.to_le_bytes());
                take(&step.to_le_bytes());
                for beside in besides {
                    take(&beside.every.to_le_bytes());
                    take(&beside.phase.to_le_bytes());
                }
            }
        }
    }
    let sizes = [draft.nodes, draft.inputs.len(), draft.results.len(), draft.ends.len()];
    for size in sizes {
        take(&(size as u64).to_le_bytes());
    }
    hash
}

/// What writes depend on.
fn roots_of<'a>(writes: impl Iterator<Item = &'a Write>) -> Vec<Node> {
    writes.flat_map(|write| write.when.into_iter().chain([write.value])).collect()
}

/// Everything that a draft computes.
fn all_roots(lists: &[&[Assignment]], results: &[Node]) -> Vec<Node> {
    let of_lists = lists.iter().copied().flatten().flat_map(|own| [own.value].into_iter().chain(own.when));
    results.iter().copied().chain(of_lists).collect()
}

fn all_lists(draft: &Draft) -> Vec<&[Assignment]> {
    let mut lists: Vec<&[Assignment]> = vec![&draft.again];
    for part in &draft.parts {
        match part {
            Part::Once { assignments, .. } => lists.push(assignments),
            Part::Repeat { assignments, besides, .. } => {
                lists.push(assignments);
                lists.extend(besides.iter().map(|periodic| periodic.assignments.as_slice()));
            }
        }
    }
    lists
}

fn touched(passage: &Passage) -> usize {
    let mut registers = HashSet::new();
    for instruction in passage.iter().flat_map(Segment::instructions) {
        registers.insert(instruction.target);
        for (position, &number) in instruction.operands.iter().enumerate() {
            if instruction.uniform >> position & 1 == 0 {
                registers.insert(number);
            }
        }
    }
    registers.len()
}
