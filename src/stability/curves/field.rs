//! A model's vector field with one or two free parameters, as expressions, and its derivatives along directions. Knows nothing
//! of equilibria.

use std::collections::HashMap;

use super::CurvesError;
use crate::equation::graph::{Graph, Node, Symbol};
use crate::model::Model;

/// The right sides of a model's equations over its variables and the free parameters; everything else is a number.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// All expressions.
    pub(super) graph: Graph,
    /// The variables.
    pub(super) variables: Vec<Symbol>,
    /// The free parameters.
    pub(super) parameters: Vec<Symbol>,
    /// The change of each variable per time unit.
    pub(super) equations: Vec<Node>,
}

impl Field {
    /// The field of a model; `values` are those of parameters that differ from the model's, `free` the names of those that vary.
    /// Noise is left out.
    ///
    /// # Errors
    /// When the model has no such parameter, or its equations depend on the time.
    pub(super) fn of(model: &Model, values: &[(String, f64)], free: &[&str]) -> Result<Self, CurvesError> {
        let mut graph = model.graph.clone();
        for &name in free {
            if model.parameter(name).is_none() {
                return Err(CurvesError::unknown(model, name));
            }
        }
        let mut settled: HashMap<Symbol, Node> = HashMap::new();
        for parameter in &model.parameters {
            let name = &parameter.quantity.name;
            if free.contains(&name.as_str()) {
                continue;
            }
            let given = values.iter().rev().find(|(known, _)| known == name);
            let value = graph.constant(given.map_or(parameter.default, |(_, value)| *value));
            let symbol = graph.symbol(name);
            settled.insert(symbol, value);
        }
        let zero = graph.constant(0.0);
        for noise in &model.noises {
            let symbol = graph.symbol(&noise.name);
            settled.insert(symbol, zero);
        }
        let roots: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
        let equations = graph.substitute(&roots, &settled);
        let variables: Vec<Symbol> =
            model.variables.iter().map(|variable| graph.symbol(&variable.quantity.name)).collect();
        let parameters: Vec<Symbol> = free.iter().map(|name| graph.symbol(name)).collect();
        let time = graph.input("t");
        if graph.reachable(&equations).contains(&time) {
            return Err(CurvesError::Time { model: model.name.clone() });
        }
        Ok(Self { graph, variables, parameters, equations })
    }

    /// How many variables there are.
    pub(super) fn dimension(&self) -> usize {
        self.variables.len()
    }

    /// Symbols that no model has, one a variable: `v:0`, `v:1` ...
    pub(super) fn vector(&mut self, name: &str) -> Vec<Symbol> {
        (0..self.dimension()).map(|place| self.graph.symbol(&format!("{name}:{place}"))).collect()
    }

    /// The nodes that read symbols.
    pub(super) fn read(&mut self, symbols: &[Symbol]) -> Vec<Node> {
        symbols.iter().map(|&symbol| self.graph.read(symbol)).collect()
    }

    /// The derivatives of `roots` along a direction of the state: `d/ds root(x + s direction)` at `s = 0`.
    pub(super) fn along(&mut self, roots: &[Node], direction: &[Node]) -> Vec<Node> {
        let graph = &mut self.graph;
        let step = graph.symbol("s:");
        let length = graph.read(step);
        let mut moved = HashMap::new();
        for (&variable, &direction) in self.variables.iter().zip(direction) {
            let way = graph.mul(length, direction);
            let here = graph.read(variable);
            moved.insert(variable, graph.add(here, way));
        }
        let away = graph.substitute(roots, &moved);
        let slopes: Vec<Node> = away.iter().map(|&root| graph.derivative(root, step)).collect();
        let back = HashMap::from([(step, graph.constant(0.0))]);
        graph.substitute(&slopes, &back)
    }

    /// `sum of x_i y_i - value`
    pub(super) fn product(&mut self, x: &[Node], y: &[Node], value: f64) -> Node {
        let mut sum = self.graph.constant(-value);
        for (&x, &y) in x.iter().zip(y) {
            let product = self.graph.mul(x, y);
            sum = self.graph.add(sum, product);
        }
        sum
    }
}
