//! How a trajectory ended early: which variable went beyond the bound or stopped being a number, when, and by which expression.
//! Knows one point at a time.

use super::{Protocol, Simulation};
use crate::equation::graph::{Binary, Node, Operation};
use crate::equation::print::print;
use crate::experiment::{Experiment, Status};
use crate::model::Model;
use crate::table::Table;

/// Why an expression is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It divides 0 by 0.
    ZeroByZero,
    /// It divides another number by 0, and infinities cancel.
    DivisionByZero,
    /// A part of it is too large for a number, and infinities cancel.
    Overflow,
    /// It is not defined there, as the root of a negative number.
    OutsideDomain,
}

impl Cause {
    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ZeroByZero => "zero_by_zero",
            Self::DivisionByZero => "division_by_zero",
            Self::Overflow => "overflow",
            Self::OutsideDomain => "outside_domain",
        }
    }
}

/// Why a point's trajectory is not followed further.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// When, in the model's time unit from the beginning of the transient.
    pub time: f64,
    /// The variable, where it is known.
    pub variable: Option<String>,
    /// Its node, in a network.
    pub node: Option<usize>,
    /// Its value then; NaN where it is none.
    pub value: f64,
    /// What it may not exceed.
    pub bound: f64,
    /// The expression of the model that was not a number although all in it were, where it is known.
    pub expression: Option<String>,
    /// Why it was none.
    pub cause: Option<Cause>,
}

impl Simulation {
    /// How the trajectory of a point ends, if it ends early: the point is followed once more. Of a point that goes on from another only
    /// the time is known.
    ///
    /// # Panics
    /// When `points` is not one point.
    pub fn ending(&self, points: &Table) -> Option<Ending> {
        assert_eq!(points.rows(), 1, "one point ends at a time");
        let rows = self.measure(points);
        if !matches!(rows.status[0], Status::Diverged | Status::Singular) {
            return None;
        }
        let protocol = self.protocol();
        let at = self.quantities().iter().position(|quantity| quantity.name == "diverged_at");
        let time = rows.features.column(at.expect("every row says so"))[0];
        let mut ending = Ending {
            time,
            variable: None,
            node: None,
            value: f64::NAN,
            bound: protocol.model.bound,
            expression: None,
            cause: None,
        };
        let steps = (time / protocol.step).round() as u64;
        if protocol.chain.is_some() {
            return Some(ending);
        }
        let Some(states) = self.variables_after(points, steps) else { return Some(ending) };
        let is_outside = |value: &f64| value.is_nan() || value.abs() > protocol.model.bound;
        let beyond = |value: &f64| value.abs() > protocol.model.bound;
        let place = states.iter().position(beyond).or_else(|| states.iter().position(is_outside));
        if let Some(place) = place {
            let nodes = self.machine().program().nodes();
            ending.variable = Some(protocol.model.variables[place / nodes].quantity.name.clone());
            ending.node = (nodes > 1).then_some(place % nodes);
            ending.value = states[place];
        }
        if rows.status[0] == Status::Singular && protocol.network.is_none() {
            let before = steps.checked_sub(1).and_then(|steps| self.variables_after(points, steps));
            let begin = time - protocol.step;
            if let Some((expression, cause)) = before.and_then(|state| self.culprit(points, &state, begin)) {
                (ending.expression, ending.cause) = (expression, Some(cause));
            }
        }
        Some(ending)
    }

    /// The variables of all nodes after so many steps, `[variable * nodes + node]`.
    fn variables_after(&self, points: &Table, steps: u64) -> Option<Vec<f64>> {
        let inputs = self.inputs(points, &[0]);
        let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        let mut states = self.machine().states_after(&inputs, steps)?;
        // Variables are the first states.
        states.truncate(self.protocol().model.variables.len() * self.machine().program().nodes());
        Some(states)
    }

    /// The first expression of the model that is not a number while its operands are, at one of the stages of a step, as far as it can
    /// be printed, and why.
    fn culprit(&self, points: &Table, state: &[f64], time: f64) -> Option<(Option<String>, Cause)> {
        let protocol = self.protocol();
        let model = &*protocol.model;
        let slopes = |state: &[f64], time: f64| Stage { protocol, points, state, time }.slopes(model);
        let step = protocol.step;
        let moved = |slope: &[f64], part: f64| -> Vec<f64> {
            state.iter().zip(slope).map(|(value, slope)| value + part * step * slope).collect()
        };
        // The stages of the steppers there are: at the beginning, in the middle, at the end.
        let first = slopes(state, time);
        let middle = moved(&first, 0.5);
        let second = slopes(&middle, time + 0.5 * step);
        let stages = [
            (state.to_vec(), 0.0),
            (middle, 0.5),
            (moved(&second, 0.5), 0.5),
            (moved(&second, 1.0), 1.0),
            (moved(&first, 1.0), 1.0),
        ];
        stages.into_iter().find_map(|(state, part)| {
            Stage { protocol, points, state: &state, time: time + part * step }.culprit(model)
        })
    }
}

/// The values at one stage of a step.
struct Stage<'a> {
    protocol: &'a Protocol,
    points: &'a Table,
    state: &'a [f64],
    time: f64,
}

impl Stage<'_> {
    fn value(&self, name: &str) -> f64 {
        let model = &self.protocol.model;
        if name == "t" {
            return self.time;
        }
        if let Some(at) = model.variables.iter().position(|variable| variable.quantity.name == name) {
            return self.state[at];
        }
        if let Some(column) = self.protocol.columns.iter().position(|column| column == name) {
            return self.points.column(column)[0];
        }
        let fixed = self.protocol.fixed.iter().rev().find(|(known, _)| known == name);
        let default = || model.parameter(name).map_or(f64::NAN, |parameter| parameter.default);
        fixed.map_or_else(default, |(_, value)| *value)
    }

    fn slopes(&self, model: &Model) -> Vec<f64> {
        let roots: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
        model.graph.evaluate(&roots, |symbol| self.value(model.graph.name(symbol)))
    }

    fn culprit(&self, model: &Model) -> Option<(Option<String>, Cause)> {
        let graph = &model.graph;
        let roots: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
        let all = graph.reachable(&roots);
        let values = graph.evaluate(&all, |symbol| self.value(graph.name(symbol)));
        let value = |node: Node| all.iter().position(|own| *own == node).map_or(0.0, |at| values[at]);
        let operands = |node: Node| graph.operation(node).operands();
        let is_first = |node: &&Node| value(**node).is_nan() && operands(**node).all(|x| !value(x).is_nan());
        let begins = |node: &Node| !value(*node).is_finite() && operands(*node).all(|x| value(x).is_finite());
        let first = *all.iter().find(is_first).or_else(|| all.iter().find(|node| begins(node)))?;
        // An infinity that has cancelled comes from a part.
        let part = graph.reachable(&[first]).into_iter().find(begins).unwrap_or(first);
        let divides_by_zero = match graph.operation(part) {
            Operation::Binary(Binary::Divide | Binary::Modulo, _, divisor) => value(divisor) == 0.0,
            // Numbers are finite as they are written, so that one that is not is a quotient such as `1/0`.
            Operation::Constant(_) => true,
            _ => false,
        };
        let cause = match (divides_by_zero, value(part).is_nan()) {
            (true, true) => Cause::ZeroByZero,
            (true, false) => Cause::DivisionByZero,
            (false, true) => Cause::OutsideDomain,
            (false, false) => Cause::Overflow,
        };
        Some((print(graph, first), cause))
    }
}
