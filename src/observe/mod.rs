//! The shelf of observers: what is measured of a signal while it runs. An observer is a graph: accumulators, how they change
//! in a step, and how they end as quantities. One file an observer, one line in the list. Knows no model, stepper or machine.
//!
//! # How an observer sees a signal
//! The window has two halves. At the start of a running step the signal `v_n` and its slope `d_n` (from the stepper's first
//! stage, so without an extra evaluation) complete the interval `[n-1, n]`, whose beginning was kept as `previous_*`. Each
//! half is entered once (accumulators may be set from what the first half left), then every interval of it is seen once, then
//! it is left once (the place for what belongs to the half's last instant).
//! A change may be guarded by a condition: where no lane of a strip meets it, the machine skips all its work. So an observer
//! that acts at rare events (an extremum, a crossing) costs no more than its condition.

use std::collections::HashMap;

use crate::equation::graph::{Binary, Fused, Graph, Node, Symbol, Unary};
use crate::table::Quantity;

/// A half of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// Its intervals come first; levels are learnt here.
    First,
    /// Its intervals come second; crossings are counted here.
    Second,
}

/// Both halves, in order.
pub const HALVES: [Half; 2] = [Half::First, Half::Second];

/// Nodes that describe the interval just completed.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    /// The signal at the interval's beginning.
    pub previous_value: Node,
    /// Its slope there, per time unit.
    pub previous_slope: Node,
    /// The signal at the interval's end.
    pub value: Node,
    /// Its slope there, per time unit.
    pub slope: Node,
    /// The time of the interval's end, counted from the beginning of the window.
    pub time: Node,
    /// The interval's length.
    pub step: Node,
}

/// A change of an accumulator, simultaneous with all others: every node reads the accumulators as they were before the step.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The half in which it happens.
    pub half: Half,
    /// The accumulator.
    pub target: Symbol,
    /// Its new value.
    pub value: Node,
    /// Where given, the change happens only where this is not 0.
    pub when: Option<Node>,
}

/// A number kept per lane through the window.
#[derive(Clone, Copy, Debug)]
pub struct Accumulator {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its value when the first half is entered; may read [`Interval::value`], [`Interval::slope`] of that moment.
    pub initial: Node,
    /// Its value when the second half is entered; `None` carries it over.
    pub second: Option<Node>,
}

/// The extrema of the signal in the two halves, as nodes to be read after the window (or, for the first half, from the
/// entry of the second half on).
#[derive(Clone, Copy, Debug)]
pub struct Extrema {
    /// Smallest value of each half.
    pub minimum: [Node; 2],
    /// Largest value of each half.
    pub maximum: [Node; 2],
}

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
    /// Prefix of accumulator names, unique per signal.
    prefix: String,
    accumulators: Vec<Accumulator>,
    changes: Vec<Change>,
    leaving: Vec<Change>,
    extrema: Option<Extrema>,
    turn: Option<Turn>,
    shared: HashMap<String, Node>,
}

/// A turning point of the signal inside the interval just completed.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Whether there is one: the slope changed its sign.
    pub happens: Node,
    /// Whether it is a maximum (else a minimum).
    pub is_maximum: Node,
    /// The signal there, of the cubic Hermite interpolant.
    pub value: Node,
    /// Its time, counted from the beginning of the window.
    pub time: Node,
}

/// What the observers of one signal need kept and changed.
#[derive(Clone, Debug)]
pub struct Setup {
    /// All accumulators.
    pub accumulators: Vec<Accumulator>,
    /// All changes at an interval, simultaneous.
    pub changes: Vec<Change>,
    /// All changes when a half is over, simultaneous, after its last interval.
    pub leaving: Vec<Change>,
}

impl<'graph> Scene<'graph> {
    /// A scene for one signal; `prefix` keeps the accumulators of several signals apart.
    pub fn new(
        graph: &'graph mut Graph,
        prefix: impl Into<String>,
        interval: Interval,
        duration: f64,
        seconds_per_time_unit: Option<f64>,
    ) -> Self {
        Self {
            graph,
            interval,
            duration,
            seconds_per_time_unit,
            prefix: prefix.into(),
            accumulators: Vec::new(),
            changes: Vec::new(),
            leaving: Vec::new(),
            extrema: None,
            turn: None,
            shared: HashMap::new(),
        }
    }

    /// What was set up.
    pub fn finish(self) -> Setup {
        Setup { accumulators: self.accumulators, changes: self.changes, leaving: self.leaving }
    }

    /// A new accumulator, by its initial value; gives its symbol and the node that reads it.
    pub fn accumulator(&mut self, name: &str, initial: Node) -> (Symbol, Node) {
        let symbol = self.graph.symbol(&format!("{}.{name}", self.prefix));
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

    /// Changes an accumulator once, when a half is over and its last interval has been seen; [`Interval::value`] is then the
    /// signal at the end of the half.
    pub fn on_leaving(&mut self, half: Half, target: Symbol, value: Node) {
        self.leaving.push(Change { half, target, value, when: None });
    }

    /// A node that several observers of the signal share, made at the first call.
    pub fn shared(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Node) -> Node {
        if let Some(&node) = self.shared.get(name) {
            return node;
        }
        let node = make(self);
        self.shared.insert(name.to_owned(), node);
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
        let Interval { previous_value: v0, previous_slope: d0, value: v1, slope: d1, time, step } =
            self.interval;
        let graph = &mut *self.graph;
        let zero = graph.constant(0.0);
        let product = graph.mul(d0, d1);
        let happens = graph.binary(Binary::LessOrEqual, product, zero);
        let is_maximum = graph.binary(Binary::Less, d1, d0);
        let difference = graph.sub(d0, d1);
        let place = graph.div(d0, difference);
        // Both slopes 0: any place of the flat interval will do.
        let is_flat = graph.binary(Binary::Equal, difference, zero);
        let place = graph.select(is_flat, zero, place);
        let value = hermite(graph, [v0, v1], [d0, d1], step, place);
        let one = graph.constant(1.0);
        let rest = graph.sub(one, place);
        let back = graph.mul(rest, step);
        let time = graph.sub(time, back);
        let turn = Turn { happens, is_maximum, value, time };
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
            for (number, half) in HALVES.into_iter().enumerate() {
                let (symbol, now) = self.accumulator(&format!("{word}.{number}"), value);
                if half == Half::Second {
                    self.on_entering_second_half(symbol, value);
                }
                let ends = self.graph.binary(kind, previous_value, value);
                let reached = self.graph.binary(kind, turn.value, ends);
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
}

/// The cubic Hermite interpolant between two values and slopes, at a place from 0 to 1 of an interval of length `step`.
pub fn hermite(graph: &mut Graph, [v0, v1]: [Node; 2], [d0, d1]: [Node; 2], step: Node, place: Node) -> Node {
    // v0 + s (h d0 + s (3 dv - h (2 d0 + d1) + s (h (d0 + d1) - 2 dv)))
    let (two, three) = (graph.constant(2.0), graph.constant(3.0));
    let rise = graph.sub(v1, v0);
    let (m0, m1) = (graph.mul(d0, step), graph.mul(d1, step));
    let sum = graph.add(m0, m1);
    let twice = graph.mul(two, rise);
    let cubic = graph.sub(sum, twice);
    let thrice = graph.mul(three, rise);
    let slopes = graph.add(sum, m0);
    let square = graph.sub(thrice, slopes);
    let inner = graph.fused(Fused::MultiplyAdd, place, cubic, square);
    let middle = graph.fused(Fused::MultiplyAdd, place, inner, m0);
    graph.fused(Fused::MultiplyAdd, place, middle, v0)
}

/// The absolute value, spelt for observers.
pub fn absolute(graph: &mut Graph, x: Node) -> Node {
    graph.unary(Unary::Absolute, x)
}

/// What is measured, and how it ends.
pub trait Observer: std::fmt::Debug + Send + Sync {
    /// The word in a study's `features`, for instance `extrema`.
    fn name(&self) -> &'static str;

    /// Sets itself up on a scene and gives the quantities it measures, each with the node that is its value after the window
    /// (NaN where undefined). Names are without a prefix (`amplitude`); `unit` is the signal's, `time_unit` that of time.
    fn observe(&self, scene: &mut Scene<'_>, unit: &str, time_unit: &str) -> Vec<(Quantity, Node)>;
}
