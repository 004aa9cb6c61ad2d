//! The shelf of steppers: a stepper is a tableau and its reference, and turns the graph of a vector field into the graph of one
//! whole step. One file a stepper, one line in the list. Knows neither models nor the machine; the loop belongs to the program.

mod euler;
mod heun;
mod runge_kutta;

use std::collections::HashMap;

use crate::equation::graph::{Fused, Graph, Node, Symbol};

/// An explicit Runge-Kutta method: `k_i = f(t + c_i h, y + h sum_j a_ij k_j)`, `y' = y + h sum_i b_i k_i`.
#[derive(Clone, Copy, Debug)]
pub struct Tableau {
    /// The word in a study's `method`.
    pub name: &'static str,
    /// The power of the step with which the error of a run falls.
    pub order: u32,
    /// Where it comes from.
    pub reference: &'static str,
    /// `c_i`
    pub nodes: &'static [f64],
    /// `a_ij` for `j < i`, row by row.
    pub coefficients: &'static [&'static [f64]],
    /// `b_i`
    pub weights: &'static [f64],
}

/// Every stepper.
pub fn catalog() -> [&'static Tableau; 3] {
    [&euler::EULER, &heun::HEUN, &runge_kutta::RUNGE_KUTTA]
}

/// The stepper of that name.
pub fn find(name: &str) -> Option<&'static Tableau> {
    catalog().into_iter().find(|tableau| tableau.name == name)
}

/// A vector field in a graph: the derivative of each variable, over the variables' symbols and the time's.
#[derive(Clone, Debug)]
pub struct Field {
    /// The variables.
    pub variables: Vec<Symbol>,
    /// Their derivatives, in the same order.
    pub derivatives: Vec<Node>,
    /// The time.
    pub time: Symbol,
}

/// One step as a graph over the same symbols.
#[derive(Clone, Debug)]
pub struct Step {
    /// The variables after the step.
    pub next: Vec<Node>,
    /// The derivatives at its beginning.
    pub first_stage: Vec<Node>,
}

impl Tableau {
    /// The graph of one step of length `step`.
    ///
    /// The coefficients `h a_ij` and `h b_i` are rounded once, here; sums run in the order of the stages, one fused
    /// multiply-add for each.
    pub fn step(&self, graph: &mut Graph, field: &Field, step: f64) -> Step {
        let old: Vec<Node> = field.variables.iter().map(|variable| graph.read(*variable)).collect();
        let time = graph.read(field.time);
        let mut stages: Vec<Vec<Node>> = vec![field.derivatives.clone()];
        for (row, node) in self.coefficients.iter().zip(self.nodes).skip(1) {
            let mut replacements: HashMap<Symbol, Node> = HashMap::new();
            for (at, variable) in field.variables.iter().enumerate() {
                replacements.insert(*variable, combine(graph, old[at], row, &stages, at, step));
            }
            let shift = graph.constant(node * step);
            replacements.insert(field.time, graph.add(time, shift));
            stages.push(graph.substitute(&field.derivatives, &replacements));
        }
        let next =
            (0..old.len()).map(|at| combine(graph, old[at], self.weights, &stages, at, step)).collect();
        Step { next, first_stage: stages.swap_remove(0) }
    }
}

/// `y + sum_j (h a_j) k_j` for the variable at a position.
fn combine(graph: &mut Graph, old: Node, row: &[f64], stages: &[Vec<Node>], at: usize, step: f64) -> Node {
    let mut sum = old;
    for (coefficient, stage) in row.iter().zip(stages) {
        if *coefficient != 0.0 {
            let factor = graph.constant(coefficient * step);
            sum = graph.fused(Fused::MultiplyAdd, factor, stage[at], sum);
        }
    }
    sum
}
