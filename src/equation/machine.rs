//! Runs a program over blocks of lanes: strips that fit the first cache, one after the other. Knows nothing of what the numbers
//! mean, nor of vectors. A lane's bits depend neither on the strip's width, nor on the other lanes, nor on the level.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::journey::{Journey, Landing, Position};
use super::lanes::{self, Level, Strip, WIDTH_STEP};
use super::program::{Passage, Program, Stage};
use super::trip::Trip;

/// Bytes of the first cache that the registers of a strip may fill; the rest is for the table of `exp`, the code's own data
/// and the uniform registers. Processors of today have 32 KiB at least.
const CACHE_SHARE: usize = 28 << 10;

/// The widest strip: beyond it the cost of an instruction's own overhead is gone.
const WIDEST: usize = 128;

/// Over so many lanes of a strip a piece of code goes before the next: a network's strips are wider, and the start and the last
/// results of a general loop cost the less the more lanes it sees.
pub(super) const SPAN: usize = 512;

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

impl Measured {
    /// Room for what a program gives for so many lanes.
    fn of(program: &Program, lanes: usize) -> Self {
        Self {
            results: vec![vec![f64::NAN; lanes]; program.results.len()],
            ends: vec![vec![f64::NAN; lanes]; program.ends()],
            records: vec![vec![Vec::new(); lanes]; program.records()],
        }
    }

    /// Puts what a run has given for a lane in its place.
    pub(super) fn put(&mut self, lane: usize, landing: &Landing) {
        let columns = self.results.iter_mut().zip(&landing.results);
        columns
            .chain(self.ends.iter_mut().zip(&landing.ends))
            .for_each(|(column, value)| column[lane] = *value);
        for (record, samples) in self.records.iter_mut().zip(&landing.records) {
            record[lane].clone_from(samples);
        }
    }

    /// Takes out what a run has given for a lane.
    pub fn take(&mut self, lane: usize) -> Landing {
        let values = |columns: &[Vec<f64>]| columns.iter().map(|column| column[lane]).collect();
        Landing {
            results: values(&self.results),
            ends: values(&self.ends),
            records: self.records.iter_mut().map(|record| std::mem::take(&mut record[lane])).collect(),
        }
    }
}

/// Makes results of the records of a lane whose run is done.
pub type Conclude<'a> = dyn Fn(&Landing) -> Vec<Vec<f64>> + 'a;

/// How far a machine has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Travel {
    /// All runs of all lanes are done: what each gave, `[run]`.
    Arrived(Vec<Measured>),
    /// It was interrupted: where each lane is.
    Interrupted(Vec<Journey>),
}

/// A program, and how this processor runs it.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) program: Arc<Program>,
    pub(super) level: Level,
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
        match self.travel(runs, vec![Journey::default(); lanes], None, &|| false) {
            Travel::Arrived(measured) => measured,
            Travel::Interrupted(_) => unreachable!("nobody interrupts"),
        }
    }

    /// The same from where each lane is, until `is_interrupted`, which is asked before every step. Where `conclude` is given, what
    /// it makes of a lane's records takes their place as soon as a run of it is done, so that samples of one strip at most are kept.
    ///
    /// # Panics
    /// When an input has not a value for each lane, or their number is not the program's.
    pub fn travel(
        &self,
        runs: &[Vec<&[f64]>],
        mut lanes: Vec<Journey>,
        conclude: Option<&Conclude<'_>>,
        is_interrupted: &dyn Fn() -> bool,
    ) -> Travel {
        for inputs in runs {
            let columns = self.program.inputs + self.program.own.len();
            assert_eq!(inputs.len(), columns, "one column an input");
            assert!(inputs.iter().all(|column| column.len() == lanes.len()), "one value a lane");
        }
        let mut measured = vec![Measured::of(&self.program, lanes.len()); runs.len()];
        let mut together: BTreeMap<Position, Vec<usize>> = BTreeMap::new();
        for (number, lane) in lanes.iter().enumerate() {
            for (landing, measured) in lane.done.iter().zip(&mut measured) {
                measured.put(number, landing);
            }
            together.entry(lane.position).or_default().push(number);
        }
        let end = Position { run: runs.len(), ..Position::default() };
        // Lanes that are equally far go side by side.
        for (start, members) in together.range(..end) {
            // As many strips as are needed, of one width: a narrow rest would cost as much as a wide one.
            let points = self.points(members.len());
            let points = self.rounded(members.len().div_ceil(members.len().div_ceil(points)));
            let width = (points * self.program.nodes).next_multiple_of(WIDTH_STEP);
            let registers = self.program.lane_registers.max(1);
            let mut strip = Strip::new(registers, width, self.program.uniforms.clone());
            for own in members.chunks(points) {
                let trip = Trip { machine: self, runs, lanes: own, points, conclude, is_interrupted };
                let reached = trip.run(&mut strip, *start, &mut lanes, &mut measured);
                for &lane in own {
                    // What was kept at an interruption stays.
                    let kept =
                        if reached < end { std::mem::take(&mut lanes[lane]) } else { Journey::default() };
                    lanes[lane] = Journey { position: reached, ..kept };
                }
                if reached < end {
                    for (number, lane) in lanes.iter_mut().enumerate() {
                        let done = measured[..lane.position.run].iter_mut();
                        lane.done = done.map(|measured| measured.take(number)).collect();
                    }
                    return Travel::Interrupted(lanes);
                }
            }
        }
        Travel::Arrived(measured)
    }

    /// The states of one lane of one run after so many steps, `[state * nodes + node]`; `None` where the program has no more steps
    /// than that.
    ///
    /// # Panics
    /// When an input has not one value, or their number is not the program's.
    pub fn states_after(&self, inputs: &[&[f64]], steps: u64) -> Option<Vec<f64>> {
        // It is asked before every step, and once more after the last of each stage.
        let (mut before, mut left) = (0, steps);
        for stage in 0..self.program.stages.len() {
            if !matches!(self.program.stages[stage], Stage::Repeat { .. }) {
                continue;
            }
            let own = self.program.steps_of(stage);
            if left < own {
                break;
            }
            (before, left) = (before + own + 1, left - own);
        }
        let asked = Cell::new(0);
        let is_there = || {
            asked.set(asked.get() + 1);
            asked.get() > before + left
        };
        match self.travel(&[inputs.to_vec()], vec![Journey::default()], None, &is_there) {
            Travel::Interrupted(mut lanes) => Some(lanes.swap_remove(0).states),
            Travel::Arrived(_) => None,
        }
    }

    /// The part of all runs that a lane has behind it, from 0 to 1.
    pub fn part(&self, lane: &Journey, runs: usize) -> f64 {
        let Position { run, stage, step } = lane.position;
        let all: u64 = (0..self.program.stages.len()).map(|stage| self.program.steps_of(stage)).sum();
        let done = (0..stage).map(|stage| self.program.steps_of(stage)).sum::<u64>() + step;
        if all == 0 {
            return if run < runs { 0.0 } else { 1.0 };
        }
        (run as f64 + done as f64 / all as f64) / runs as f64
    }

    /// Whether a lane can go on from here through so many runs: whether all of it has the sizes of this program.
    pub fn accepts(&self, lane: &Journey, runs: usize) -> bool {
        let program = &*self.program;
        let Position { run, stage, step } = lane.position;
        let is_between = stage == 0 && step == 0;
        let is_sound = |landing: &Landing| {
            landing.results.len() == program.results.len()
                && landing.ends.len() == program.ends()
                && landing.records.len() == program.records()
        };
        let states = if run == runs { 0 } else { program.states.len() * program.nodes };
        run <= runs
            && (run < runs || is_between)
            && stage < program.stages.len().max(1)
            && step <= program.steps_of(stage)
            && lane.states.len() == states
            && (lane.behind.is_empty() || lane.behind.len() == states)
            && (lane.behind.is_empty() || (lane.mark.stage, lane.mark.step) <= (stage, step))
            && (lane.behind.is_empty() || lane.mark.step <= program.steps_of(lane.mark.stage))
            && (run == runs || lane.records.len() == program.records())
            && lane.done.len() == run
            && lane.done.iter().all(is_sound)
    }

    /// What tells the program from others, see [`Journey::pack`].
    pub fn fingerprint(&self) -> u64 {
        self.program.fingerprint
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
    pub(super) fn pass(&self, passage: &Passage, time: f64, points: usize, strip: &mut Strip) {
        let program = &*self.program;
        // The lanes of the first node, and as many more as fill the loops; those need valid inputs too, so that they never diverge on their own.
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

    /// Whether no lane of the first so many is worth going on with.
    pub(super) fn is_halted(&self, strip: &Strip, count: usize) -> bool {
        self.program
            .halt
            .is_some_and(|register| strip.lanes(register)[..count].iter().all(|value| !value.is_nan()))
    }
}
