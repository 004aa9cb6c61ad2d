//! The course of a point: transient, then the two halves of the window with what is observed in them. Knows no model: variables
//! advance as they are told to.

use super::{Protocol, STEPS_BETWEEN_CHECKS};
use crate::equation::graph::{Graph, Node, Symbol};
use crate::equation::program::{Assignment, Part, Periodic, Recording};
use crate::observe::{Change, HALVES, Half, Setup};

/// A signal under observation.
pub(super) struct Observed {
    pub(super) previous: [Symbol; 2],
    pub(super) value: Node,
    pub(super) slope: Node,
    pub(super) setup: Setup,
}

/// The course of a point from its initial values to its end.
pub(super) struct Course<'a> {
    pub(super) protocol: &'a Protocol,
    /// What a step assigns to the variables.
    pub(super) advance: &'a [Assignment],
    pub(super) observed: &'a [Observed],
    /// What is assigned where a variable is found outside of the bound.
    pub(super) check: &'a [Assignment],
    pub(super) tracing: Option<Periodic>,
}

impl Course<'_> {
    pub(super) fn parts(&self, states: &mut Vec<Symbol>, graph: &mut Graph) -> Vec<Part> {
        let protocol = self.protocol;
        let mut parts = vec![self.repeat(0, protocol.transient_steps, self.advance(), vec![])];
        let first = protocol.window_steps / 2;
        let lengths = [first, protocol.window_steps - first];
        let mut begin = protocol.transient_steps;
        let samples: Vec<(u64, Assignment)> = self.samples(states, graph);
        for (half, length) in HALVES.into_iter().zip(lengths) {
            let passed = begin - protocol.transient_steps;
            parts.push(self.once(self.remember(), begin));
            parts.push(self.once(self.enter(half), begin));
            // The half's first step has no interval behind it.
            parts.push(self.repeat(begin, 1, self.advance(), vec![]));
            let mut watched = self.advance();
            watched.extend(self.remember());
            watched.extend(self.changes(half));
            let records = samples.iter().enumerate().map(|(number, (every, sample))| Periodic {
                every: *every,
                phase: passed + 1,
                at_end: true,
                assignments: vec![*sample],
                record: Some(Recording { number, state: sample.target }),
            });
            parts.push(self.repeat(begin + 1, length - 1, watched, records.collect()));
            begin += length;
            let mut last = self.changes(half);
            last.extend(self.remember());
            parts.push(self.once(last, begin));
            parts.push(self.once(self.leave(half), begin));
        }
        // After the last step, once more.
        let mut last = self.check(0);
        last.at_end = true;
        let start = self.time(begin);
        let step = protocol.step;
        parts.push(Part::Repeat { steps: 0, assignments: Vec::new(), start, step, besides: vec![last] });
        parts
    }

    fn time(&self, steps: u64) -> f64 {
        steps as f64 * self.protocol.step
    }

    fn once(&self, assignments: Vec<Assignment>, steps: u64) -> Part {
        Part::Once { assignments, time: self.time(steps) }
    }

    fn repeat(
        &self,
        begin: u64,
        steps: u64,
        assignments: Vec<Assignment>,
        mut besides: Vec<Periodic>,
    ) -> Part {
        besides.push(self.check(begin));
        if let Some(tracing) = &self.tracing {
            besides.push(Periodic { phase: begin, ..tracing.clone() });
        }
        Part::Repeat { steps, assignments, start: self.time(begin), step: self.protocol.step, besides }
    }

    /// The look at the bound, in steps that begin after so many.
    fn check(&self, begin: u64) -> Periodic {
        Periodic {
            every: STEPS_BETWEEN_CHECKS,
            phase: begin,
            at_end: false,
            assignments: self.check.to_vec(),
            record: None,
        }
    }

    fn advance(&self) -> Vec<Assignment> {
        self.advance.to_vec()
    }

    fn remember(&self) -> Vec<Assignment> {
        let of = |observed: &Observed| {
            [(observed.previous[0], observed.value), (observed.previous[1], observed.slope)]
        };
        self.observed.iter().flat_map(of).map(|(target, value)| Assignment::always(target, value)).collect()
    }

    fn enter(&self, half: Half) -> Vec<Assignment> {
        let accumulators = self.observed.iter().flat_map(|observed| &observed.setup.accumulators);
        accumulators
            .filter_map(|accumulator| {
                let value = if half == Half::First { Some(accumulator.initial) } else { accumulator.second };
                value.map(|value| Assignment::always(accumulator.symbol, value))
            })
            .collect()
    }

    fn of_half(changes: &[Change], half: Half) -> impl Iterator<Item = Assignment> {
        changes.iter().filter(move |change| change.half == half).map(|change| Assignment {
            target: change.target,
            value: change.value,
            when: change.when,
        })
    }

    fn changes(&self, half: Half) -> Vec<Assignment> {
        self.observed.iter().flat_map(|observed| Self::of_half(&observed.setup.changes, half)).collect()
    }

    fn leave(&self, half: Half) -> Vec<Assignment> {
        self.observed.iter().flat_map(|observed| Self::of_half(&observed.setup.leaving, half)).collect()
    }

    /// One state for each record, with how often it is sampled.
    fn samples(&self, states: &mut Vec<Symbol>, graph: &mut Graph) -> Vec<(u64, Assignment)> {
        let records = self.observed.iter().flat_map(|observed| &observed.setup.records);
        records
            .enumerate()
            .map(|(number, record)| {
                let symbol = graph.symbol(&format!("state sample {number}"));
                states.push(symbol);
                (record.every, Assignment::always(symbol, record.value))
            })
            .collect()
    }
}
