//! A model, or a network of it, as a system of equations: its field and its exact Jacobian over many points at once. Knows
//! nothing of what is done with them.
//!
//! The state of a network is `state[node * variables + variable]`; one model alone is a network of one node. A lane is one
//! node of one point, so that a point's numbers do not depend on the points beside it.

use super::error::SystemError;
use super::formulas::machine;

use super::affine::is_affine;
use super::coupling::Coupling;
use crate::equation::Level;
use crate::equation::graph::{Node, Operation, Symbol};
use crate::equation::machine::Machine;
use crate::model::Model;
use crate::network::Network;

/// A vector field with its Jacobian.
#[derive(Debug)]
pub struct System {
    parameters: Vec<String>,
    /// How many of the parameters are the model's own: the first.
    own: usize,
    variables: usize,
    nodes: usize,
    field: Machine,
    full: Machine,
    /// `(equation, variable)` of the entries that are not 0 by structure, in the order of the results of `full`.
    entries: Vec<(usize, usize)>,
    coupling: Option<Coupling>,
    of_node: Vec<OwnValue>,
    is_affine: bool,
}

/// A parameter that has a value of its own at one node: the columns it comes from and goes to.
#[derive(Debug)]
struct OwnValue {
    from: usize,
    to: usize,
    node: usize,
}

/// The field and its Jacobian at some points. NaN where they are not defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Change per time unit, `[component][point]`.
    pub field: Vec<Vec<f64>>,
    /// The derivative of component `row` by component `column`, `[row * dimension + column][point]`.
    pub jacobian: Vec<Vec<f64>>,
}

impl System {
    /// Compiles a model, or the nodes of a network of it, for a level of the processor. Noise is left out.
    ///
    /// # Errors
    /// When the equations depend on the time, or the network does not fit the model.
    pub fn new(model: &Model, network: Option<&Network>, level: Level) -> Result<Self, SystemError> {
        Self::with_own(model, network, &[], level)
    }

    /// The same with further parameters, each the value of a parameter at one node alone: its name, the node and what it is of.
    ///
    /// # Errors
    /// As [`System::new`], and when there is no such parameter or node.
    pub fn with_own(
        model: &Model,
        network: Option<&Network>,
        of_nodes: &[(String, usize, String)],
        level: Level,
    ) -> Result<Self, SystemError> {
        Self::check(model)?;
        let (graph, rows) = model.jacobian();
        let derivatives: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
        let mut parameters: Vec<String> =
            model.parameters.iter().map(|parameter| parameter.quantity.name.clone()).collect();
        let own = parameters.len();
        parameters.extend(
            network.iter().flat_map(|network| network.parameters.iter().map(|(name, _)| name.clone())),
        );
        let own_of_nodes = of_nodes.iter().enumerate().map(|(number, (name, node, of))| {
            let column = parameters.iter().position(|known| known == of);
            let nodes = network.map_or(0, |network| network.nodes);
            let column = column.filter(|_| *node < nodes);
            let from = parameters.len() + number;
            column
                .map(|to| OwnValue { from, to, node: *node })
                .ok_or(SystemError::Parameter { name: name.clone() })
        });
        let of_node: Vec<OwnValue> = own_of_nodes.collect::<Result<_, _>>()?;
        parameters.extend(of_nodes.iter().map(|(name, ..)| name.clone()));
        let names: Vec<&str> = parameters[..own].iter().map(String::as_str).collect();
        let (mut results, mut entries) = (derivatives.clone(), Vec::new());
        for (equation, row) in rows.iter().enumerate() {
            for (variable, &node) in row.iter().enumerate() {
                if graph.literal(node) != Some(0.0) {
                    entries.push((equation, variable));
                    results.push(node);
                }
            }
        }
        let (mut graph, mut coupling) = (graph, None);
        if let Some(network) = network {
            let (made, heard) = Coupling::new(model, network, &mut graph, &parameters, level)?;
            results.extend(heard);
            coupling = Some(made);
        }
        let variables: Vec<Symbol> =
            model.variables.iter().map(|variable| graph.symbol(&variable.quantity.name)).collect();
        let (values, slopes) = results.split_at(derivatives.len());
        let is_affine = is_affine(&graph, values, slopes, &variables)
            && coupling.as_ref().is_none_or(Coupling::is_affine);
        Ok(Self {
            is_affine,
            own,
            variables: model.variables.len(),
            nodes: network.map_or(1, |network| network.nodes),
            field: machine(model, &graph, &names, derivatives, level),
            full: machine(model, &graph, &names, results, level),
            entries,
            coupling,
            of_node,
            parameters,
        })
    }

    /// Whether a model can have equilibria at all.
    ///
    /// # Errors
    /// When its equations depend on the time.
    pub fn check(model: &Model) -> Result<(), SystemError> {
        let derivatives: Vec<Node> = model.variables.iter().map(|variable| variable.derivative).collect();
        let reads_time = |node: &Node| match model.graph.operation(*node) {
            Operation::Symbol(symbol) => model.graph.name(symbol) == "t",
            _ => false,
        };
        if model.graph.reachable(&derivatives).iter().any(reads_time) {
            return Err(SystemError::Time { model: model.name.clone() });
        }
        Ok(())
    }

    /// How many components a state has: variables times nodes.
    pub fn dimension(&self) -> usize {
        self.variables * self.nodes
    }

    /// How many variables a node has.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// How many nodes there are; 1 without a network.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The parameters in the order in which their values are given: the model's, the network's, then those of single nodes.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// Whether the field is affine in the state by its shape: then there is one equilibrium at most.
    pub fn is_affine(&self) -> bool {
        self.is_affine
    }

    /// The field, `[component][point]`, at `parameters[parameter][point]` and `states[component][point]`.
    ///
    /// # Panics
    /// When there is not one column a parameter and a component, all of one length.
    pub fn field(&self, parameters: &[Vec<f64>], states: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.check_columns(parameters, states);
        let points = states[0].len();
        let Some(coupling) = &self.coupling else { return self.run(&self.field, parameters, states) };
        let mut lanes = self.lanes(parameters, states);
        coupling.place(&mut lanes);
        self.place(&mut lanes);
        coupling.speak(&lanes).hear(&mut lanes);
        let results = self.run(&self.field, &lanes[..self.own], &lanes[self.parameters.len()..]);
        by_component(&results, self.nodes, points)
    }

    /// The field and its Jacobian at `parameters[parameter][point]` and `states[component][point]`.
    ///
    /// # Panics
    /// When there is not one column a parameter and a component, all of one length.
    pub fn evaluate(&self, parameters: &[Vec<f64>], states: &[Vec<f64>]) -> Evaluation {
        self.check_columns(parameters, states);
        let (points, dimension) = (states[0].len(), self.dimension());
        let mut jacobian = vec![Vec::new(); dimension * dimension];
        let Some(coupling) = &self.coupling else {
            let mut field = self.run(&self.full, parameters, states);
            for (&(row, column), values) in self.entries.iter().zip(field.split_off(self.variables)) {
                jacobian[row * dimension + column] = values;
            }
            jacobian.iter_mut().filter(|entry| entry.is_empty()).for_each(|entry| entry.resize(points, 0.0));
            return Evaluation { field, jacobian };
        };
        let mut lanes = self.lanes(parameters, states);
        coupling.place(&mut lanes);
        self.place(&mut lanes);
        let spoken = coupling.speak(&lanes);
        spoken.hear(&mut lanes);
        let mut field = self.run(&self.full, &lanes[..self.own], &lanes[self.parameters.len()..]);
        let mut own = field.split_off(self.variables);
        let heard = own.split_off(self.entries.len());
        for entry in &mut jacobian {
            entry.resize(points, 0.0);
        }
        for (&(equation, variable), values) in self.entries.iter().zip(&own) {
            for node in 0..self.nodes {
                let (row, column) = (node * self.variables + equation, node * self.variables + variable);
                let target = &mut jacobian[row * dimension + column];
                target.iter_mut().zip(values[node..].iter().step_by(self.nodes)).for_each(|(to, &v)| *to = v);
            }
        }
        spoken.add_to(&mut jacobian, &heard, self.variables);
        Evaluation { field: by_component(&field, self.nodes, points), jacobian }
    }

    /// Puts what single nodes have of their own into the lanes.
    fn place(&self, lanes: &mut [Vec<f64>]) {
        for own in &self.of_node {
            for lane in (own.node..lanes[own.to].len()).step_by(self.nodes) {
                lanes[own.to][lane] = lanes[own.from][lane];
            }
        }
    }

    fn check_columns(&self, parameters: &[Vec<f64>], states: &[Vec<f64>]) {
        assert_eq!(parameters.len(), self.parameters.len(), "one column a parameter");
        assert_eq!(states.len(), self.dimension(), "one column a component");
    }

    /// One lane a node of a point, nodes of a point side by side: parameters, then variables.
    fn lanes(&self, parameters: &[Vec<f64>], states: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let spread = |column: &Vec<f64>| -> Vec<f64> {
            column.iter().flat_map(|&value| std::iter::repeat_n(value, self.nodes)).collect()
        };
        let mut lanes: Vec<Vec<f64>> = parameters.iter().map(spread).collect();
        let points = states[0].len();
        for variable in 0..self.variables {
            let value = |lane: usize| {
                let (point, node) = (lane / self.nodes, lane % self.nodes);
                states[node * self.variables + variable][point]
            };
            lanes.push((0..points * self.nodes).map(value).collect());
        }
        lanes
    }

    fn run(&self, machine: &Machine, parameters: &[Vec<f64>], variables: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let lanes = variables[0].len();
        let inputs: Vec<&[f64]> = parameters[..self.own].iter().chain(variables).map(Vec::as_slice).collect();
        machine.run(&inputs, lanes).results
    }
}

/// `[variable][lane]` to `[component][point]`.
fn by_component(results: &[Vec<f64>], nodes: usize, points: usize) -> Vec<Vec<f64>> {
    let of = |node: usize, column: &Vec<f64>| (0..points).map(|point| column[point * nodes + node]).collect();
    (0..nodes).flat_map(|node| results.iter().map(move |column| of(node, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::model;
    use crate::network::Kind;
    use crate::stability::samples::{complete, diffusive_line};

    fn columns(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|&value| vec![value]).collect()
    }

    fn defaults(model: &Model) -> Vec<f64> {
        model.parameters.iter().map(|parameter| parameter.default).collect()
    }

    #[test]
    fn a_linear_model_has_its_matrix_as_jacobian() {
        // Fagerholm et al. (2020): the matrix A + sigma L of two regions.
        let entry = model::find("two_region").expect("in the catalog");
        let model = Model::parse(&Source::new("two_region.ode", entry.text), "two_region").expect("a model");
        let system = System::new(&model, None, Level::best()).expect("autonomous");
        let (sigma, k) = (0.6, 0.3);
        let mut parameters = defaults(&model);
        for (name, value) in [("sigma", sigma), ("k", k)] {
            parameters[system.parameters().iter().position(|known| known == name).expect("there")] = value;
        }
        let found = system.evaluate(&columns(&parameters), &columns(&[2.0, -1.0]));
        let entries: Vec<f64> = found.jacobian.iter().map(|entry| entry[0]).collect();
        let wanted = [-1.0 + sigma, k - sigma, k - sigma, -1.0 + sigma];
        assert!(
            entries.iter().zip(wanted).all(|(entry, wanted)| (entry - wanted).abs() < 1e-15),
            "{entries:?}"
        );
        let field = [2.0 * wanted[0] - wanted[1], 2.0 * wanted[2] - wanted[3]];
        assert!(found.field.iter().zip(field).all(|(value, wanted)| (value[0] - wanted).abs() < 1e-15));
        assert_eq!(found.field, system.field(&columns(&parameters), &columns(&[2.0, -1.0])));
    }

    #[test]
    fn a_diffusive_network_has_the_laplacian_in_its_jacobian() {
        let (model, network) = diffusive_line(&complete(3));
        let system = System::new(&model, Some(&network), Level::best()).expect("it fits");
        assert_eq!((system.dimension(), system.nodes()), (3, 3));
        assert_eq!(system.parameters(), ["a", "heard", "sigma"]);
        let found = system.evaluate(&columns(&[1.0, 0.0, 0.25]), &columns(&[1.0, 2.0, 4.0]));
        let entries: Vec<f64> = found.jacobian.iter().map(|entry| entry[0]).collect();
        // -a + sigma * (degree on the diagonal, -1 beside it)
        assert_eq!(entries, [-0.5, -0.25, -0.25, -0.25, -0.5, -0.25, -0.25, -0.25, -0.5]);
        let field: Vec<f64> = found.field.iter().map(|value| value[0]).collect();
        assert_eq!(field, [-1.0 - 0.25 * 4.0, -2.0 - 0.25, -4.0 + 0.25 * 5.0]);
    }

    #[test]
    fn the_jacobian_of_a_network_is_that_of_differences_of_its_field() {
        let mut network = diffusive_line(&complete(4)).1;
        let text = "par p=0.3\npar heard=0\nS(v)=1/(1+exp(-v))\nx'=-x+S(y+heard)*p\ny'=x*x-y+heard*y\n\
                    aux said=S(x-y)\n#@ input heard\n#@ output said\n";
        let source = Source::new("m.ode", format!("{text}done\n"));
        let model = Model::parse(&source, "m").expect("a model");
        for kind in [Kind::Additive, Kind::Diffusive] {
            network.channels[0].kind = kind;
            network.channels[0].from = "said".into();
            let system = System::new(&model, Some(&network), Level::best()).expect("it fits");
            let (parameters, state) = ([0.3, 0.1, 0.7], [0.1, 0.4, -0.3, 0.9, 1.3, -0.8, 0.2, 0.5]);
            let found = system.evaluate(&columns(&parameters), &columns(&state));
            for column in 0..system.dimension() {
                let at = |step: f64| {
                    let mut moved = state;
                    moved[column] += step;
                    system.field(&columns(&parameters), &columns(&moved))
                };
                let (up, down) = (at(1e-5), at(-1e-5));
                for row in 0..system.dimension() {
                    let slope = (up[row][0] - down[row][0]) / 2e-5;
                    let exact = found.jacobian[row * system.dimension() + column][0];
                    assert!((slope - exact).abs() < 1e-9, "{kind:?} {row} {column}: {slope} {exact}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_rest_or_does_not_fit_is_refused() {
        let (model, network) = diffusive_line(&complete(3));
        let parse = |text: &str| Model::parse(&Source::new("m.ode", text), "m").expect("a model");
        let error = |model: &Model, network: &Network| {
            System::new(model, Some(network), Level::best()).expect_err("it does not fit")
        };
        let timed = parse("x'=sin(t)-x\ndone\n");
        assert!(matches!(System::new(&timed, None, Level::best()), Err(SystemError::Time { .. })));
        let looped =
            parse("par heard=0\nx'=heard-x\naux said=x+heard\n#@ input heard\n#@ output said\ndone\n");
        let mut own = network.clone();
        own.channels[0].from = "said".into();
        assert!(matches!(error(&looped, &own), SystemError::Loop { .. }));
        own.channels[0].from = "nothing".into();
        assert!(matches!(error(&model, &own), SystemError::Port { what: "output", .. }));
        let own = Network { nodes: 4, ..network.clone() };
        assert!(matches!(error(&model, &own), SystemError::Size { found: 3, nodes: 4, .. }));
        let own = Network { parameters: vec![], ..network };
        assert!(matches!(error(&model, &own), SystemError::Parameter { .. }));
    }
}
