//! When a lane ends. A program looks now and then whether its lanes are worth going on with; where it finds one that is not, the
//! steps since the last look are made again with a look after each, so that the lane ends at the first of them. A lane that has
//! come back by the time of the look has not ended. Knows nothing of what makes an end.

use super::journey::{Journey, Position};
use super::lanes::Strip;
use super::program::{Beside, Stage};
use super::trip::Trip;

/// Where the last look was, and all states there.
#[derive(Debug, Default)]
pub(super) struct Mark {
    position: Position,
    /// `[state][lane of the strip]`, one after the other.
    states: Vec<f64>,
    /// Room for those of the next one.
    next: Vec<f64>,
}

impl Trip<'_> {
    /// Looks, after the steps that lead to `now`, which are made again where a lane is found to have ended.
    pub(super) fn look(&self, strip: &mut Strip, mark: &mut Mark, now: Position, look: &Beside, time: f64) {
        let machine = self.machine;
        let states = &machine.program.states;
        let (width, count) = (strip.width(), self.lanes.len());
        let place = |register: u32| (register - states.start) as usize * width;
        let halt = machine.program.halt.expect("a look changes the state that ends lanes");
        self.copy_states(strip, &mut mark.next);
        machine.pass(&look.passage, time, self.points, strip);
        let here = &mut mark.next;
        let has_ended_now = |(before, after): (&f64, &f64)| before.is_nan() && !after.is_nan();
        let before = &here[place(halt)..][..count];
        if before.iter().zip(strip.lanes(halt)).any(has_ended_now) && !mark.states.is_empty() {
            let ends: Vec<bool> = before.iter().zip(strip.lanes(halt)).map(has_ended_now).collect();
            self.put(strip, &mark.states);
            self.go_again(strip, mark.position, now, look);
            // Of the others the closer looks have nothing to say.
            for &register in &look.changes {
                let kept = &here[place(register)..][..width];
                for (lane, (own, kept)) in strip.lanes_mut(register).iter_mut().zip(kept).enumerate() {
                    if ends.get(lane % self.points) != Some(&true) {
                        *own = *kept;
                    }
                }
            }
            self.copy_states(strip, here);
        } else {
            for &register in &look.changes {
                here[place(register)..][..width].copy_from_slice(strip.lanes(register));
            }
        }
        mark.position = now;
        std::mem::swap(&mut mark.states, &mut mark.next);
    }

    /// The steps between two looks once more, with a look after each.
    fn go_again(&self, strip: &mut Strip, from: Position, to: Position, look: &Beside) {
        let machine = self.machine;
        for (number, stage) in machine.program.stages.iter().enumerate().take(to.stage + 1).skip(from.stage) {
            match stage {
                Stage::Once { passage, time } => machine.pass(passage, *time, self.points, strip),
                Stage::Repeat { steps, passage, start, step, besides } => {
                    let at = |number: u64| (number as f64).mul_add(*step, *start);
                    let first = if number == from.stage { from.step } else { 0 };
                    let last = if number == to.stage { to.step } else { *steps };
                    let beside = |strip: &mut Strip, done: u64, is_wanted: &dyn Fn(usize) -> bool| {
                        for (place, own) in besides.iter().enumerate() {
                            if own.changes.is_empty() && own.is_due(done, *steps) && is_wanted(place) {
                                machine.pass(&own.passage, at(done), self.points, strip);
                            }
                        }
                    };
                    let looks =
                        besides.iter().position(|own| !own.changes.is_empty()).unwrap_or(besides.len());
                    for done in first..last {
                        // What stands before the look was done when the states were kept.
                        let is_mark = number == from.stage && done == first;
                        beside(strip, done, &|place| !is_mark || place > looks);
                        machine.pass(passage, at(done), self.points, strip);
                        machine.pass(&look.passage, at(done + 1), self.points, strip);
                    }
                    let is_end = number == to.stage;
                    beside(strip, last, &|place| !is_end || place < looks);
                }
            }
        }
    }

    /// All states, `[state][lane of the strip]`, into room that is used again and again.
    fn copy_states(&self, strip: &Strip, room: &mut Vec<f64>) {
        room.clear();
        for state in self.machine.program.states.clone() {
            room.extend_from_slice(strip.lanes(state));
        }
    }

    fn put(&self, strip: &mut Strip, states: &[f64]) {
        let width = strip.width();
        for (register, kept) in self.machine.program.states.clone().zip(states.chunks(width)) {
            strip.lanes_mut(register).copy_from_slice(kept);
        }
    }

    /// Keeps a mark for a lane that is interrupted: at which of the strip's `places` it stands.
    pub(super) fn keep_mark(&self, mark: &Mark, width: usize, place: usize, journey: &mut Journey) {
        let nodes = self.machine.program.nodes;
        journey.mark = mark.position;
        let of_state = |states: &[f64]| -> Vec<f64> {
            (0..nodes).map(|node| states[node * self.points + place]).collect()
        };
        journey.behind = mark.states.chunks(width).flat_map(of_state).collect();
    }

    /// The mark of lanes that go on after an interruption; they were interrupted at one place, and so looked at at one.
    pub(super) fn mark(&self, strip: &Strip, journeys: &[Journey]) -> Mark {
        let program = &*self.machine.program;
        let first = &journeys[self.lanes[0]];
        if first.behind.is_empty() {
            return Mark::default();
        }
        let value = |state: usize, place: usize| {
            let lane = self.lanes[(place % self.points).min(self.lanes.len() - 1)];
            let node = (place / self.points).min(program.nodes - 1);
            journeys[lane].behind[state * program.nodes + node]
        };
        let places = 0..strip.width();
        let states =
            (0..program.states.len()).flat_map(|state| places.clone().map(move |place| (state, place)));
        let states = states.map(|(state, place)| value(state, place)).collect();
        Mark { position: first.mark, states, next: Vec::new() }
    }
}
