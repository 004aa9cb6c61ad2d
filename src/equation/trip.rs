//! The way of one strip of lanes through the runs of a program, from where its lanes are to the end or to an interruption. Knows
//! nothing of how lanes were brought together.

use super::code::Register;
use super::journey::{Journey, Position};
use super::lanes::{self, Strip};
use super::look::Mark;
use super::machine::{Conclude, Machine, Measured, SPAN};
use super::program::Stage;

/// One strip of lanes that are equally far.
pub(super) struct Trip<'run> {
    pub(super) machine: &'run Machine,
    /// What is fed to the program, `[run][input][lane]`.
    pub(super) runs: &'run [Vec<&'run [f64]>],
    /// Which lanes they are, at most as many as there are points in the strip.
    pub(super) lanes: &'run [usize],
    /// How many points lie side by side.
    pub(super) points: usize,
    /// What is made of records.
    pub(super) conclude: Option<&'run Conclude<'run>>,
    pub(super) is_interrupted: &'run dyn Fn() -> bool,
}

impl Trip<'_> {
    /// Goes as far as it can, and gives how far that is.
    pub(super) fn run(
        &self,
        strip: &mut Strip,
        start: Position,
        journeys: &mut [Journey],
        measured: &mut [Measured],
    ) -> Position {
        let program = &*self.machine.program;
        for (number, values) in program.nodal.iter().enumerate() {
            let register = (program.inputs + number) as u32;
            self.fill(strip, register, |_, node| values[node.min(program.nodes - 1)]);
        }
        let mut position = start;
        let mut mark = Mark::default();
        while position.run < self.runs.len() {
            let (columns, of_nodes) = self.runs[position.run].split_at(program.inputs);
            for (register, column) in columns.iter().enumerate() {
                self.fill(strip, register as u32, |lane, _| column[lane]);
            }
            for (column, &(register, node)) in of_nodes.iter().zip(&program.own) {
                self.fill_node(strip, register, node, column);
            }
            program.tick(&program.prologue, 0.0, &mut strip.uniforms);
            lanes::execute(self.machine.level, &program.prologue.code, strip, [strip.width(), SPAN]);
            let own = &mut measured[position.run];
            if position == start && start > Position::default() {
                self.restore(strip, journeys, own);
                mark = self.mark(strip, journeys);
            }
            if let Some(reached) = self.pass_stages(strip, position, &mut mark, own) {
                self.keep(strip, &mark, journeys, own);
                return reached;
            }
            mark = Mark::default();
            position = Position { run: position.run + 1, ..Position::default() };
        }
        position
    }

    /// Goes through the stages of a run; gives where it was interrupted, if it was.
    fn pass_stages(
        &self,
        strip: &mut Strip,
        start: Position,
        mark: &mut Mark,
        measured: &mut Measured,
    ) -> Option<Position> {
        let (machine, program) = (self.machine, &*self.machine.program);
        let mut time = 0.0;
        let mut is_halted = false;
        for (number, stage) in program.stages.iter().enumerate().skip(start.stage) {
            match stage {
                Stage::Once { passage, time: own } => {
                    time = *own;
                    let goes_on = start.run > 0 && number == 0;
                    machine.pass(if goes_on { &program.again } else { passage }, time, self.points, strip);
                }
                Stage::Repeat { steps, passage, start: first, step, besides } => {
                    let at = |number: u64| (number as f64).mul_add(*step, *first);
                    let mut done = if number == start.stage { start.step } else { 0 };
                    while !is_halted {
                        if (self.is_interrupted)() {
                            return Some(Position { stage: number, step: done, ..start });
                        }
                        for beside in besides {
                            if beside.is_due(done, *steps) {
                                if beside.changes.is_empty() {
                                    machine.pass(&beside.passage, at(done), self.points, strip);
                                } else {
                                    let now = Position { stage: number, step: done, ..start };
                                    self.look(strip, mark, now, beside, at(done));
                                    is_halted |= machine.is_halted(strip, self.lanes.len());
                                }
                                if let Some((record, register)) = beside.record {
                                    let samples = &mut measured.records[record];
                                    for (&lane, value) in self.lanes.iter().zip(strip.lanes(register)) {
                                        samples[lane].push(*value);
                                    }
                                }
                            }
                        }
                        if done == *steps {
                            break;
                        }
                        machine.pass(passage, at(done), self.points, strip);
                        done += 1;
                    }
                    time = at(*steps);
                }
            }
        }
        machine.pass(&program.epilogue, time, self.points, strip);
        for (column, register) in measured.results.iter_mut().zip(&program.results) {
            self.read(strip, *register, 0, column);
        }
        for (node, own) in measured.ends.chunks_mut(program.ends.len().max(1)).enumerate() {
            for (column, register) in own.iter_mut().zip(&program.ends) {
                self.read(strip, *register, node, column);
            }
        }
        if let Some(conclude) = self.conclude.filter(|_| !measured.records.is_empty()) {
            for &lane in self.lanes {
                let mut landing = measured.take(lane);
                landing.records = conclude(&landing);
                measured.put(lane, &landing);
            }
        }
        None
    }

    /// Keeps what the lanes need to go on after an interruption.
    fn keep(&self, strip: &Strip, mark: &Mark, journeys: &mut [Journey], measured: &mut Measured) {
        let (states, nodes) = (self.machine.program.states.clone(), self.machine.program.nodes);
        for (place, &lane) in self.lanes.iter().enumerate() {
            let of_state = |state: u32| {
                let values = strip.lanes(state);
                (0..nodes).map(move |node| values[node * self.points + place])
            };
            journeys[lane].states = states.clone().flat_map(of_state).collect();
            self.keep_mark(mark, strip.width(), place, &mut journeys[lane]);
            journeys[lane].records =
                measured.records.iter_mut().map(|record| std::mem::take(&mut record[lane])).collect();
        }
    }

    /// Brings back what was kept.
    fn restore(&self, strip: &mut Strip, journeys: &[Journey], measured: &mut Measured) {
        let nodes = self.machine.program.nodes;
        for (number, register) in self.machine.program.states.clone().enumerate() {
            self.fill(strip, register, |lane, node| {
                journeys[lane].states[number * nodes + node.min(nodes - 1)]
            });
        }
        for (number, record) in measured.records.iter_mut().enumerate() {
            for &lane in self.lanes {
                record[lane] = journeys[lane].records.get(number).cloned().unwrap_or_default();
            }
        }
    }

    /// Fills a register, whose lanes are `[node][point]`, by lane and node. Padding lanes repeat the last one, so
    /// they never diverge on their own.
    fn fill(&self, strip: &mut Strip, register: u32, value: impl Fn(usize, usize) -> f64) {
        for (place, own) in strip.lanes_mut(register).iter_mut().enumerate() {
            let lane = self.lanes[(place % self.points).min(self.lanes.len() - 1)];
            *own = value(lane, place / self.points);
        }
    }

    /// Fills the lanes of one node alone.
    fn fill_node(&self, strip: &mut Strip, register: u32, node: usize, column: &[f64]) {
        for (place, own) in strip.lanes_mut(register)[node * self.points..].iter_mut().enumerate() {
            // Padding behind the last node is as that node.
            let is_beyond = node + 1 == self.machine.program.nodes;
            if place < self.points || is_beyond {
                *own = column[self.lanes[(place % self.points).min(self.lanes.len() - 1)]];
            }
        }
    }

    /// Reads a register of a node into the places of the lanes.
    fn read(&self, strip: &Strip, register: Register, node: usize, column: &mut [f64]) {
        for (place, &lane) in self.lanes.iter().enumerate() {
            let value = match register {
                Register::Lane(register) => strip.lanes(register)[node * self.points + place],
                Register::Uniform(register) => strip.uniforms[register as usize],
            };
            column[lane] = if value.is_nan() { f64::NAN } else { value };
        }
    }
}
