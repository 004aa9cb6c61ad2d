//! The shelf of observers: what is measured of a signal while it runs. An observer is a graph: accumulators, how they change
//! in a step, and how they end as quantities. One file an observer, one line in the list. Knows no model, stepper or machine.
//!
//! # How an observer sees a signal
//! The window has two halves. At the start of a running step the signal `v_n` and its slope `d_n` (from the stepper's first
//! stage, so without an extra evaluation) complete the interval `[n-1, n]`, whose beginning was kept as `previous_*`. Each
//! half is entered once (accumulators may be set from what the first half left), then every interval of it is seen once, then
//! it is left once (the place for what belongs to the half's last instant). All steps of a window are equal.
//!
//! A change may be guarded by a condition: where no lane of a strip meets it, the machine skips all its work. So an observer
//! that acts at rare events (an extremum, a crossing) costs no more than its condition. There are few conditions, so that
//! the changes of many observers are skipped together: [`Turn::happens`] for all that happens at extrema, and one for each
//! [`Trigger`].
//!
//! An observer may also have a signal sampled ([`Scene::record`]); its samples are concluded after the window, outside the
//! graph.

mod bands;
mod catalog;
mod cycles;
mod episodes;
mod extrema;
mod instants;
mod line_length;
mod lyapunov;
mod moments;
mod options;
mod reach;
mod request;
mod scene;
mod settled;
mod spectrum;
#[cfg(test)]
mod trial;

use std::sync::Arc;

pub use catalog::{Entry, catalog};
pub use options::RequestError;
pub use request::{Request, Times, gather, parse_request, parse_request_with, provider};
pub use scene::{Scene, Trigger};

use crate::equation::graph::{Node, Symbol};
use crate::table::Quantity;

/// A signal that varies by less than this fraction of the model's scale is still: it counts as a fixed point, and has no
/// frequency.
pub const STILL: f64 = 1e-4;

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
    /// The interval's length, a literal.
    pub step: Node,
}

/// A change of an accumulator, simultaneous with all others: every node reads the accumulators as they were before the step.
/// In one half an accumulator is the target of one change at most.
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
    /// Its value when the second half is entered; `None` carries it over. May read the same, and what the first half left.
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

/// A turning point of the signal inside the interval just completed.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Whether there is one: the slope changed its sign, where 0 counts as positive. A flat signal does not turn, and every
    /// turning point belongs to one interval. The other nodes mean something only where this is not 0.
    pub happens: Node,
    /// Whether it is a maximum (else a minimum).
    pub is_maximum: Node,
    /// The signal there, of the cubic Hermite interpolant.
    pub value: Node,
    /// Its time, counted from the beginning of the window.
    pub time: Node,
}

/// What becomes of a signal's samples when the window is over.
pub trait Conclusion: std::fmt::Debug + Send + Sync {
    /// The results of one lane's samples, in the order of [`Record::results`]; NaN where undefined.
    fn conclude(&self, samples: &[f64]) -> Vec<f64>;
}

/// Samples to be kept of every lane: `[sample]`, one at each interval whose number (from 1, through both halves) is a
/// multiple of `every`. When the window has been left, the results of each lane are written into its accumulators; then the
/// observers' quantities are read.
#[derive(Clone, Debug)]
pub struct Record {
    /// How many intervals lie between two samples.
    pub every: u64,
    /// What is sampled; like a change's value it reads the accumulators as they were before the step. May read
    /// [`Interval::value`], [`Scene::growth`] and accumulators, but no other node of the interval.
    pub value: Node,
    /// The accumulators that take the results, in the order of [`Conclusion::conclude`].
    pub results: Vec<Symbol>,
    /// From the samples to the results.
    pub conclusion: Arc<dyn Conclusion>,
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
    /// All records of samples; most setups have none.
    pub records: Vec<Record>,
}

/// What is measured, and how it ends.
pub trait Observer: std::fmt::Debug + Send + Sync {
    /// The word in a study's `features`, for instance `extrema`.
    fn name(&self) -> &'static str;

    /// The options it was asked for with, as they stand in a study's `features`: `on=1, off=0.5`. Observers of the same name
    /// and options measure the same.
    fn options(&self) -> String {
        String::new()
    }

    /// Whether it looks at [`Scene::growth`], how a small difference grows along the trajectory.
    fn needs_tangent(&self) -> bool {
        false
    }

    /// Whether it observes every node of a network by itself; its quantities are then summed over the nodes.
    fn is_of_each_node(&self) -> bool {
        false
    }

    /// Whether all its quantities are undefined where the signal stops being a number at some instant of the window.
    fn is_of_whole_window(&self) -> bool {
        true
    }

    /// The latest instant that it was asked about, from the window's beginning, if it was asked about one.
    fn latest(&self) -> Option<f64> {
        None
    }

    /// The names of the quantities it measures, in order.
    fn quantities(&self) -> Vec<String>;

    /// Sets itself up on a scene and gives the quantities it measures, each with the node that is its value after the window
    /// (NaN where undefined). Names are without a prefix (`amplitude`); `unit` is the signal's, `time_unit` that of time.
    fn observe(&self, scene: &mut Scene<'_>, unit: &str, time_unit: &str) -> Vec<(Quantity, Node)>;
}

/// The names of a fixed list of quantities.
fn names(quantities: &[&str]) -> Vec<String> {
    quantities.iter().map(|&name| name.to_owned()).collect()
}

/// The unit of a slope: `mV s-1`, `s-1` for a pure number, the signal's own where time has no unit.
fn unit_per_time(unit: &str, time_unit: &str) -> String {
    match (unit, time_unit) {
        (_, "1") => unit.to_owned(),
        ("1", _) => format!("{time_unit}-1"),
        _ => format!("{unit} {time_unit}-1"),
    }
}

/// The unit of a square: `mV^2`, `(s-1)^2`.
fn unit_squared(unit: &str) -> String {
    if unit == "1" {
        unit.to_owned()
    } else if unit.chars().all(char::is_alphabetic) {
        format!("{unit}^2")
    } else {
        format!("({unit})^2")
    }
}
