//! Runs a program over blocks of lanes: strips that fit the first cache, one after the other. Knows nothing of what the numbers
//! mean, nor of vectors. A lane's bits depend neither on the strip's width, nor on the other lanes, nor on the level.

use std::sync::Arc;

use super::code::Register;
use super::lanes::{self, Level, Strip, WIDTH_STEP};
use super::program::{Program, Stage};

/// Bytes of the first cache that the registers of a strip may fill; the rest is for the table of `exp`, the code's own data
/// and the uniform registers. Processors of today have 32 KiB at least.
const CACHE_SHARE: usize = 28 << 10;

/// The widest strip: beyond it the cost of an instruction's own overhead is gone.
const WIDEST: usize = 128;

/// What a block of lanes gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The program's results, `[result][lane]`; NaN is canonical.
    pub results: Vec<Vec<f64>>,
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

    /// The same with another strip width, rounded up to a possible one.
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
        assert_eq!(inputs.len(), self.program.inputs, "one column an input");
        assert!(inputs.iter().all(|column| column.len() == lanes), "one value a lane");
        let mut results = vec![Vec::with_capacity(lanes); self.program.results.len()];
        let mut records = vec![Vec::with_capacity(lanes); self.program.records()];
        // As many strips as are needed, of one width: a narrow rest would cost as much as a wide one.
        let strips = lanes.div_ceil(self.width).max(1);
        let width = lanes.div_ceil(strips).next_multiple_of(WIDTH_STEP);
        let mut strip = Strip::new(
            self.program.lane_registers.max(1),
            width.max(WIDTH_STEP),
            self.program.uniforms.clone(),
        );
        let mut first = 0;
        while first < lanes {
            let count = strip.width().min(lanes - first);
            for (register, column) in inputs.iter().enumerate() {
                let target = strip.lanes_mut(register as u32);
                target[..count].copy_from_slice(&column[first..first + count]);
                // Lanes beyond the last point repeat it: they cost nothing and meet no surprises.
                let last = column[first + count - 1];
                target[count..].fill(last);
            }
            self.run_strip(&mut strip, count, &mut results, &mut records);
            first += count;
        }
        Measured { results, records }
    }

    fn run_strip(
        &self,
        strip: &mut Strip,
        count: usize,
        results: &mut [Vec<f64>],
        records: &mut [Vec<Vec<f64>>],
    ) {
        let program = &*self.program;
        program.tick(&program.prologue, 0.0, &mut strip.uniforms);
        lanes::execute(self.level, &program.prologue.code, strip);
        let mut time = 0.0;
        let mut is_halted = false;
        let old = records.first().map_or(0, Vec::len);
        for record in &mut *records {
            record.resize(old + count, Vec::new());
        }
        for stage in &program.stages {
            match stage {
                Stage::Once { segment, time: own } => {
                    time = *own;
                    program.tick(segment, time, &mut strip.uniforms);
                    lanes::execute(self.level, &segment.code, strip);
                }
                Stage::Repeat { steps, segment, start, step, besides } => {
                    let at = |number: u64| (number as f64).mul_add(*step, *start);
                    let mut number = 0;
                    while !is_halted {
                        for beside in besides {
                            let is_due = (number + beside.phase).is_multiple_of(beside.every);
                            if is_due && (number < *steps || beside.at_end) {
                                program.tick(&beside.segment, at(number), &mut strip.uniforms);
                                lanes::execute(self.level, &beside.segment.code, strip);
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
                        program.tick(segment, at(number), &mut strip.uniforms);
                        lanes::execute(self.level, &segment.code, strip);
                        number += 1;
                    }
                    time = at(*steps);
                }
            }
        }
        program.tick(&program.epilogue, time, &mut strip.uniforms);
        lanes::execute(self.level, &program.epilogue.code, strip);
        for (result, register) in results.iter_mut().zip(&program.results) {
            let canonical = |value: f64| if value.is_nan() { f64::NAN } else { value };
            match *register {
                Register::Lane(register) => {
                    result.extend(strip.lanes(register)[..count].iter().map(|&v| canonical(v)));
                }
                Register::Uniform(register) => {
                    result.extend(std::iter::repeat_n(canonical(strip.uniforms[register as usize]), count));
                }
            }
        }
    }

    fn is_halted(&self, strip: &Strip, count: usize) -> bool {
        self.program
            .halt
            .is_some_and(|register| strip.lanes(register)[..count].iter().all(|value| !value.is_nan()))
    }
}
