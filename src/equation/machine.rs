//! Runs a program over blocks of lanes: strips that fit the first cache, one after the other. Knows nothing of what the numbers
//! mean, nor of vectors. A lane's bits depend neither on the strip's width, nor on the other lanes, nor on the level.

use std::ops::Range;
use std::sync::Arc;

use super::code::Register;
use super::lanes::{self, Level, Strip, WIDTH_STEP};
use super::program::{Passage, Program, Stage};

/// Bytes of the first cache that the registers of a strip may fill; the rest is for the table of `exp`, the code's own data
/// and the uniform registers. Processors of today have 32 KiB at least.
const CACHE_SHARE: usize = 28 << 10;

/// The widest strip: beyond it the cost of an instruction's own overhead is gone.
const WIDEST: usize = 128;

/// Over so many lanes of a strip a piece of code goes before the next: a network's strips are wider, and the start and the last
/// results of a general loop cost the less the more lanes it sees.
const SPAN: usize = 512;

/// Points of a network go side by side in so many lanes: vectors never hold two nodes.
const POINTS_STEP: usize = 8;

/// ...and so many at least where there are as many: a product with a matrix reads a weight once for all of them.
const FEWEST_POINTS: usize = 16;

/// What a block of lanes gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The program's results, `[result][lane]`; NaN is canonical.
    pub results: Vec<Vec<f64>>,
    /// What is read at every node, `[node * ends + number][lane]`; NaN is canonical.
    pub ends: Vec<Vec<f64>>,
    /// What was recorded, `[record][lane][sample]`, in the order of the program's records.
    pub records: Vec<Vec<Vec<f64>>>,
}

/// A program, and how this processor runs it.
#[derive(Clone, Debug)]
pub struct Machine {
    program: Arc<Program>,
    level: Level,
    width: usize,
}

impl Machine {
    /// A machine at a level, with the strip width that the rule gives: as wide as the registers of a step fit the first cache.
    ///
    /// # Panics
    /// When the processor lacks the level.
    pub fn new(program: Arc<Program>, level: Level) -> Self {
        assert!(level.is_available(), "this processor cannot run {}", level.name());
        let width = CACHE_SHARE / (size_of::<f64>() * program.live_registers().max(1));
        let width = (width / WIDTH_STEP * WIDTH_STEP).clamp(WIDTH_STEP, WIDEST);
        Self { program, level, width }
    }

    /// The same with another strip width, rounded to a possible one.
    #[must_use]
    pub fn with_width(self, width: usize) -> Self {
        Self { width: width.max(1).next_multiple_of(WIDTH_STEP), ..self }
    }

    /// How many lanes a strip has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The instruction set.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Runs the program for every lane of `inputs`, `[input][lane]`; `lanes` says how many there are.
    ///
    /// # Panics
    /// When an input has not `lanes` values or their number is not the program's.
    pub fn run(&self, inputs: &[&[f64]], lanes: usize) -> Measured {
        self.run_on(&[inputs.to_vec()], lanes).swap_remove(0)
    }

    /// Runs the program again and again, `[run][input][lane]`; each run but the first goes on from the states that the one before
    /// has left.
    ///
    /// # Panics
    /// When an input has not `lanes` values or their number is not the program's.
    pub fn run_on(&self, runs: &[Vec<&[f64]>], lanes: usize) -> Vec<Measured> {
        for inputs in runs {
            assert_eq!(inputs.len(), self.program.inputs, "one column an input");
            assert!(inputs.iter().all(|column| column.len() == lanes), "one value a lane");
        }
        let empty = Measured {
            results: vec![Vec::with_capacity(lanes); self.program.results.len()],
            ends: vec![Vec::with_capacity(lanes); self.program.ends.len() * self.program.nodes],
            records: vec![Vec::with_capacity(lanes); self.program.records()],
        };
        let mut measured = vec![empty; runs.len()];
        // As many strips as are needed, of one width: a narrow rest would cost as much as a wide one.
        let points = self.points(lanes);
        let strips = lanes.div_ceil(points).max(1);
        let points = self.rounded(lanes.div_ceil(strips));
        let nodes = self.program.nodes;
        let width = (points * nodes).next_multiple_of(WIDTH_STEP);
        let mut strip = Strip::new(self.program.lane_registers.max(1), width, self.program.uniforms.clone());
        let mut first = 0;
        while first < lanes {
            let count = points.min(lanes - first);
            for (number, values) in self.program.nodal.iter().enumerate() {
                let register = (self.program.inputs + number) as u32;
                fill(strip.lanes_mut(register), points, |_, node| values[node.min(nodes - 1)]);
            }
            for (number, (inputs, measured)) in runs.iter().zip(&mut measured).enumerate() {
                for (register, column) in inputs.iter().enumerate() {
                    let value = |point: usize, _| column[first + point.min(count - 1)];
                    fill(strip.lanes_mut(register as u32), points, value);
                }
                self.run_strip(&mut strip, [count, points], number > 0, measured);
            }
            first += count;
        }
        measured
    }

    /// How many points go side by side at most.
    fn points(&self, lanes: usize) -> usize {
        let nodes = self.program.nodes;
        if nodes == 1 { self.width } else { (self.width / nodes).max(FEWEST_POINTS).min(self.rounded(lanes)) }
    }

    fn rounded(&self, points: usize) -> usize {
        let step = if self.program.nodes == 1 { WIDTH_STEP } else { POINTS_STEP };
        points.max(1).next_multiple_of(step)
    }

    /// Runs a passage: segments, and what the nodes exchange between them.
    fn pass(&self, passage: &Passage, time: f64, points: usize, strip: &mut Strip) {
        let program = &*self.program;
        // The lanes of the first node, and as many more as fill the loops; those must hear too, so that they meet no surprises.
        let first = points.next_multiple_of(WIDTH_STEP);
        for segment in passage {
            program.tick(segment, time, &mut strip.uniforms);
            lanes::execute(self.level, &segment.first, strip, [first, SPAN]);
            lanes::execute(self.level, &segment.code, strip, [strip.width(), SPAN]);
            for encounter in &segment.barrier {
                let few = first.div_ceil(points).min(program.nodes);
                let hearers = if encounter.is_for_all { program.nodes } else { few };
                let meet = &program.meetings[usize::from(encounter.meeting.0)];
                lanes::exchange(
                    self.level,
                    meet,
                    strip,
                    [encounter.source, encounter.target],
                    [program.nodes, hearers, points],
                );
            }
        }
    }

    fn run_strip(
        &self,
        strip: &mut Strip,
        [count, points]: [usize; 2],
        goes_on: bool,
        measured: &mut Measured,
    ) {
        let Measured { results, ends, records } = measured;
        let program = &*self.program;
        program.tick(&program.prologue, 0.0, &mut strip.uniforms);
        lanes::execute(self.level, &program.prologue.code, strip, [strip.width(), SPAN]);
        let mut time = 0.0;
        let mut is_halted = false;
        let old = records.first().map_or(0, Vec::len);
        for record in &mut *records {
            record.resize(old + count, Vec::new());
        }
        for (number, stage) in program.stages.iter().enumerate() {
            match stage {
                Stage::Once { time: own, .. } if goes_on && number == 0 => {
                    time = *own;
                    self.pass(&program.again, time, points, strip);
                }
                Stage::Once { passage, time: own } => {
                    time = *own;
                    self.pass(passage, time, points, strip);
                }
                Stage::Repeat { steps, passage, start, step, besides } => {
                    let at = |number: u64| (number as f64).mul_add(*step, *start);
                    let mut number = 0;
                    while !is_halted {
                        for beside in besides {
                            let is_due = (number + beside.phase).is_multiple_of(beside.every);
                            if is_due && (number < *steps || beside.at_end) {
                                self.pass(&beside.passage, at(number), points, strip);
                                is_halted |= self.is_halted(strip, count);
                                if let Some((record, register)) = beside.record {
                                    let samples = records[record][old..].iter_mut();
                                    samples
                                        .zip(strip.lanes(register))
                                        .for_each(|(lane, value)| lane.push(*value));
                                }
                            }
                        }
                        if number == *steps {
                            break;
                        }
                        self.pass(passage, at(number), points, strip);
                        number += 1;
                    }
                    time = at(*steps);
                }
            }
        }
        self.pass(&program.epilogue, time, points, strip);
        for (result, register) in results.iter_mut().zip(&program.results) {
            read(strip, *register, 0..count, result);
        }
        for (node, own) in ends.chunks_mut(program.ends.len().max(1)).enumerate() {
            for (end, register) in own.iter_mut().zip(&program.ends) {
                read(strip, *register, node * points..node * points + count, end);
            }
        }
    }

    fn is_halted(&self, strip: &Strip, count: usize) -> bool {
        self.program
            .halt
            .is_some_and(|register| strip.lanes(register)[..count].iter().all(|value| !value.is_nan()))
    }
}

/// Adds the lanes of a register to a column.
fn read(strip: &Strip, register: Register, lanes: Range<usize>, column: &mut Vec<f64>) {
    let canonical = |value: f64| if value.is_nan() { f64::NAN } else { value };
    match register {
        Register::Lane(register) => {
            column.extend(strip.lanes(register)[lanes].iter().map(|&value| canonical(value)));
        }
        Register::Uniform(register) => {
            column.extend(std::iter::repeat_n(canonical(strip.uniforms[register as usize]), lanes.len()));
        }
    }
}

/// Fills a register, whose lanes are `[node][point]`. Lanes beyond the last are as the last: they cost nothing and meet no surprises.
fn fill(register: &mut [f64], points: usize, value: impl Fn(usize, usize) -> f64) {
    for (lane, own) in register.iter_mut().enumerate() {
        *own = value(lane % points, lane / points);
    }
}
