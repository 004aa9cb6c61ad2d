//! What an observer writes on while it sets itself up, and what several observers share: turning points, extrema, triggers,
//! the running sum. Knows none of the observers.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Accumulator, Change, Conclusion, Extrema, HALVES, Half, Interval, Record, Setup, Turn};
use crate::equation::graph::{Binary, Fused, Graph, Node, Symbol};

/// What an observer writes on while it sets itself up for one signal.
#[derive(Debug)]
pub struct Scene<'graph> {
    /// The graph of the whole step.
    pub graph: &'graph mut Graph,
    /// The interval just completed.
    pub interval: Interval,
    /// Length of the window in time units, as a literal.
    pub duration: f64,
    /// Time unit in seconds (1 for `s`, 0.001 for `ms`), `None` where time has no unit.
    pub seconds_per_time_unit: Option<f64>,
    /// How large the signal's changes are when they matter, in the signal's unit: the floor of [`super::STILL`] is a fraction
    /// of it.
    pub scale: f64,
    /// The logarithm of how much a small difference has grown since the beginning of the run, where an observer needs it.
    pub growth: Option<Node>,
    /// Whether the signal may stop being a number while the variables are numbers, as `log(x)` does.
    pub may_be_undefined: bool,
    /// Prefix of accumulator names, unique per signal.
    prefix: String,
    accumulators: Vec<Accumulator>,
    changes: Vec<Change>,
    leaving: Vec<Change>,
    records: Vec<Record>,
    extrema: Option<Extrema>,
    turn: Option<Turn>,
    shared: HashMap<&'static str, Node>,
}

/// A Schmitt trigger: it rises when the signal reaches the upper level, and can rise again only after the signal has been
/// down to the lower one.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    /// Whether it rises or falls in the interval just completed. The other nodes mean something only where this is not 0.
    pub happens: Node,
    /// Whether it rises (else it falls).
    pub rises: Node,
    /// When the signal went through the level that was waited for, counted from the beginning of the window.
    pub time: Node,
    /// -1 while it is up, 1 while it is down.
    pub side: Node,
}

impl<'graph> Scene<'graph> {
    /// A scene for one signal; `prefix` keeps the accumulators of several signals apart.
    pub fn new(
        graph: &'graph mut Graph,
        prefix: impl Into<String>,
        interval: Interval,
        duration: f64,
        seconds_per_time_unit: Option<f64>,
        scale: f64,
    ) -> Self {
        Self {
            graph,
            interval,
            duration,
            seconds_per_time_unit,
            scale,
            growth: None,
            may_be_undefined: false,
            prefix: prefix.into(),
            accumulators: Vec::new(),
            changes: Vec::new(),
            leaving: Vec::new(),
            records: Vec::new(),
            extrema: None,
            turn: None,
            shared: HashMap::new(),
        }
    }

    /// What was set up.
    pub fn finish(self) -> Setup {
        let Self { accumulators, changes, leaving, records, .. } = self;
        Setup { accumulators, changes, leaving, records }
    }

    /// A new accumulator, by its initial value; gives its symbol and the node that reads it.
    ///
    /// # Panics
    /// When the scene has an accumulator of that name.
    pub fn accumulator(&mut self, name: &str, initial: Node) -> (Symbol, Node) {
        let symbol = self.graph.symbol(&format!("{}.{name}", self.prefix));
        assert!(
            self.accumulators.iter().all(|known| known.symbol != symbol),
            "two accumulators are called `{name}`"
        );
        self.accumulators.push(Accumulator { symbol, initial, second: None });
        (symbol, self.graph.read(symbol))
    }

    /// Sets an accumulator when the second half is entered.
    ///
    /// # Panics
    /// When the accumulator is not of this scene.
    pub fn on_entering_second_half(&mut self, target: Symbol, value: Node) {
        let accumulator = self
            .accumulators
            .iter_mut()
            .find(|accumulator| accumulator.symbol == target)
            .expect("an own accumulator");
        accumulator.second = Some(value);
    }

    /// Changes an accumulator at every interval of a half.
    pub fn change(&mut self, half: Half, target: Symbol, value: Node) {
        self.changes.push(Change { half, target, value, when: None });
    }

    /// Changes an accumulator at those intervals of a half where `when` is not 0.
    pub fn change_when(&mut self, half: Half, when: Node, target: Symbol, value: Node) {
        self.changes.push(Change { half, target, value, when: Some(when) });
    }

    /// Changes an accumulator once, when a half is over and its last interval has been seen; [`Interval::value`] and
    /// [`Interval::slope`] are then those of the half's last instant.
    pub fn on_leaving(&mut self, half: Half, target: Symbol, value: Node) {
        self.leaving.push(Change { half, target, value, when: None });
    }

    /// Has `value` sampled, and gives nodes that read the results `names` of the samples, in the order of `conclusion`.
    pub fn record(
        &mut self,
        every: u64,
        value: Node,
        names: &[&str],
        conclusion: Arc<dyn Conclusion>,
    ) -> Vec<Node> {
        let undefined = self.graph.constant(f64::NAN);
        let (results, nodes) = names.iter().map(|name| self.accumulator(name, undefined)).unzip();
        self.records.push(Record { every, value, results, conclusion });
        nodes
    }

    /// A node that several observers of the signal share, made at the first call.
    pub fn shared(&mut self, name: &'static str, make: impl FnOnce(&mut Self) -> Node) -> Node {
        if let Some(&node) = self.shared.get(name) {
            return node;
        }
        let node = make(self);
        self.shared.insert(name, node);
        node
    }

    /// The turning point inside the interval, if there is one.
    ///
    /// Between `d_0` and `d_1` of opposite signs the place is where the straight line between them is 0; the cubic Hermite
    /// interpolant is flat there to first order, so its value has the interpolant's own order, four.
    pub fn turn(&mut self) -> Turn {
        if let Some(turn) = self.turn {
            return turn;
        }
        let Interval { previous_slope: d0, slope: d1, .. } = self.interval;
        let graph = &mut *self.graph;
        let zero = graph.constant(0.0);
        // A product of the slopes would be shorter, but 0 wherever the signal rests.
        let (fell, falls) = (graph.binary(Binary::Less, d0, zero), graph.binary(Binary::Less, d1, zero));
        let happens = graph.binary(Binary::NotEqual, fell, falls);
        let difference = graph.sub(d0, d1);
        let place = graph.div(d0, difference);
        let value = Cubic::of(graph, &self.interval).value(graph, place);
        let time = self.time_at(place);
        let turn = Turn { happens, is_maximum: falls, value, time };
        self.turn = Some(turn);
        turn
    }

    /// The extrema of both halves. They change at turning points only, so the ends of the halves are put in when a half is
    /// entered and left.
    pub fn extrema(&mut self) -> Extrema {
        if let Some(extrema) = self.extrema {
            return extrema;
        }
        let turn = self.turn();
        let Interval { previous_value, value, .. } = self.interval;
        let mut sides = [[turn.value; 2]; 2];
        for (side, kind) in [Binary::Minimum, Binary::Maximum].into_iter().enumerate() {
            let word = if side == 0 { "minimum" } else { "maximum" };
            let ends = self.graph.binary(kind, previous_value, value);
            let reached = self.graph.binary(kind, turn.value, ends);
            for (number, half) in HALVES.into_iter().enumerate() {
                let (symbol, now) = self.accumulator(&format!("{word}.{number}"), value);
                if half == Half::Second {
                    self.on_entering_second_half(symbol, value);
                }
                let next = self.graph.binary(kind, reached, now);
                self.change_when(half, turn.happens, symbol, next);
                // The half's own end may lie on a slope.
                let with_end = self.graph.binary(kind, value, now);
                self.on_leaving(half, symbol, with_end);
                sides[side][number] = now;
            }
        }
        let extrema = Extrema { minimum: sides[0], maximum: sides[1] };
        self.extrema = Some(extrema);
        extrema
    }

    /// The extrema of the whole window, smallest and largest, to be read after it.
    pub fn range(&mut self) -> [Node; 2] {
        let Extrema { minimum, maximum } = self.extrema();
        let smallest = self.graph.binary(Binary::Minimum, minimum[0], minimum[1]);
        let largest = self.graph.binary(Binary::Maximum, maximum[0], maximum[1]);
        [smallest, largest]
    }

    /// A trigger between an upper and a lower level, set when the half `from` is entered and at work from there on. It starts
    /// up where the signal then is at or above `up_from`. The levels are read at that moment only.
    pub fn trigger(&mut self, name: &str, from: Half, [upper, lower]: [Node; 2], up_from: Node) -> Trigger {
        let value = self.interval.value;
        let graph = &mut *self.graph;
        let (up, down, never) = (graph.constant(-1.0), graph.constant(1.0), graph.constant(f64::INFINITY));
        let is_up = graph.binary(Binary::LessOrEqual, up_from, value);
        let to_fall = graph.neg(lower);
        // One comparison finds both events: the signal, seen from its side, reaches the target.
        let first_side = graph.select(is_up, up, down);
        let first_target = graph.select(is_up, to_fall, upper);
        let first_other = graph.select(is_up, upper, to_fall);
        let [(side_symbol, side), (target_symbol, target), (other_symbol, other)] =
            [("side", first_side, down), ("target", first_target, never), ("other", first_other, never)].map(
                |(word, first, idle)| {
                    let name = format!("{name}.{word}");
                    if from == Half::First {
                        return self.accumulator(&name, first);
                    }
                    let (symbol, node) = self.accumulator(&name, idle);
                    self.on_entering_second_half(symbol, first);
                    (symbol, node)
                },
            );
        let graph = &mut *self.graph;
        let zero = graph.constant(0.0);
        let seen = graph.mul(side, value);
        let happens = graph.binary(Binary::LessOrEqual, target, seen);
        let rises = graph.binary(Binary::Less, zero, side);
        let level = graph.mul(side, target);
        let other_side = graph.neg(side);
        let time = self.crossing_time(level);
        for &half in halves_from(from) {
            self.change_when(half, happens, side_symbol, other_side);
            self.change_when(half, happens, target_symbol, other);
            self.change_when(half, happens, other_symbol, target);
        }
        Trigger { happens, rises, time, side }
    }

    /// When the signal goes through `level` inside the interval: where the straight line between the ends does, improved by
    /// one step of Newton's method on the cubic Hermite interpolant, which gives the interpolant's own order, four.
    fn crossing_time(&mut self, level: Node) -> Node {
        let Interval { previous_value: v0, value: v1, .. } = self.interval;
        let graph = &mut *self.graph;
        let (zero, one) = (graph.constant(0.0), graph.constant(1.0));
        let (part, rise) = (graph.sub(level, v0), graph.sub(v1, v0));
        let straight = graph.div(part, rise);
        let positive = graph.binary(Binary::Maximum, straight, zero);
        let straight = graph.binary(Binary::Minimum, positive, one);
        let cubic = Cubic::of(graph, &self.interval);
        let (value, slope) = (cubic.value(graph, straight), cubic.slope(graph, straight));
        let excess = graph.sub(value, level);
        let correction = graph.div(excess, slope);
        let improved = graph.sub(straight, correction);
        let after = graph.binary(Binary::LessOrEqual, zero, improved);
        let before = graph.binary(Binary::LessOrEqual, improved, one);
        let is_inside = graph.binary(Binary::And, after, before);
        let place = graph.select(is_inside, improved, straight);
        self.time_at(place)
    }

    /// The time at a place from 0 to 1 of the interval.
    fn time_at(&mut self, place: Node) -> Node {
        let Interval { time, step, .. } = self.interval;
        let one = self.graph.constant(1.0);
        let rest = self.graph.sub(one, place);
        let back = self.graph.mul(rest, step);
        self.graph.sub(time, back)
    }

    /// The signal at a place from 0 to 1 of the interval.
    pub fn value_at(&mut self, place: Node) -> Node {
        Cubic::of(self.graph, &self.interval).value(self.graph, place)
    }

    /// The signal at the window's beginning.
    pub fn shift(&mut self) -> Node {
        let value = self.interval.value;
        self.shared("shift", |scene| scene.accumulator("shift", value).1)
    }

    /// The signal above its value at the window's beginning. A sum of its squares loses at most as many digits to
    /// cancellation as the number of intervals has, because that value is one of those summed.
    pub fn shifted(&mut self) -> Node {
        let shift = self.shift();
        self.graph.sub(self.interval.value, shift)
    }

    /// The running sum of [`Scene::shifted`] at the ends of the window's intervals, without the interval just completed and with
    /// it.
    pub fn sum(&mut self) -> [Node; 2] {
        let shifted = self.shifted();
        let sum = self.shared("sum", |scene| {
            let zero = scene.graph.constant(0.0);
            let (symbol, sum) = scene.accumulator("sum", zero);
            let next = scene.graph.add(sum, shifted);
            for half in HALVES {
                scene.change(half, symbol, next);
            }
            sum
        });
        [sum, self.graph.add(sum, shifted)]
    }

    /// Whether the signal was a number at every instant of the window, to be read after it; `None` where it always is one. A sum
    /// stays undefined from the first term that is.
    pub fn is_number(&mut self) -> Option<Node> {
        if !self.may_be_undefined {
            return None;
        }
        let [sum, _] = self.sum();
        Some(self.graph.binary(Binary::Equal, sum, sum))
    }
}

/// The cubic Hermite interpolant of an interval: `value + s (slope + s (square + s cube))`, `s` from 0 to 1.
struct Cubic {
    value: Node,
    slope: Node,
    square: Node,
    cube: Node,
}

impl Cubic {
    fn of(graph: &mut Graph, interval: &Interval) -> Self {
        let &Interval { previous_value: v0, previous_slope: d0, value: v1, slope: d1, step, .. } = interval;
        // With m = h d: square = 3 (v1 - v0) - 2 m0 - m1, cube = m0 + m1 - 2 (v1 - v0).
        let (two, three) = (graph.constant(2.0), graph.constant(3.0));
        let rise = graph.sub(v1, v0);
        let (m0, m1) = (graph.mul(d0, step), graph.mul(d1, step));
        let sum = graph.add(m0, m1);
        let slopes = graph.add(sum, m0);
        let square = graph.fused(Fused::MultiplySubtract, three, rise, slopes);
        let cube = graph.fused(Fused::NegatedMultiplyAdd, two, rise, sum);
        Self { value: v0, slope: m0, square, cube }
    }

    fn value(&self, graph: &mut Graph, place: Node) -> Node {
        let inner = graph.fused(Fused::MultiplyAdd, place, self.cube, self.square);
        let middle = graph.fused(Fused::MultiplyAdd, place, inner, self.slope);
        graph.fused(Fused::MultiplyAdd, place, middle, self.value)
    }

    /// The slope per interval.
    fn slope(&self, graph: &mut Graph, place: Node) -> Node {
        let (two, three) = (graph.constant(2.0), graph.constant(3.0));
        let (twice, thrice) = (graph.mul(two, self.square), graph.mul(three, self.cube));
        let inner = graph.fused(Fused::MultiplyAdd, place, thrice, twice);
        graph.fused(Fused::MultiplyAdd, place, inner, self.slope)
    }
}

/// The halves from one on.
fn halves_from(half: Half) -> &'static [Half] {
    match half {
        Half::First => &HALVES,
        Half::Second => &HALVES[1..],
    }
}
