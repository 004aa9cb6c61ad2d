//! The draft of a study's program: its inputs, the step of its model or network, what is observed, and what is read in the end.

use std::collections::{BTreeSet, HashMap};

use super::course::{Course, Observed};
use super::network::{self, Nodes};
use super::{
    Concluded, Feed, Output, Protocol, SAMPLE, SimulationError, check, stimulus, tangent, undefined,
};
use crate::equation::graph::{Binary, Graph, Node, Operation, Symbol, Unary};
use crate::equation::program::{Assignment, Draft, Part, Periodic, Recording};
use crate::integrate::{Field, Tableau};
use crate::observe::{Interval, Request, Scene, Setup};
use crate::table::Quantity;

/// The result of the program that says when a lane diverged.
pub(super) const DIVERGED_AT: usize = 0;
/// The result that says whether a variable was then no number, while none was beyond the bound.
pub(super) const IS_SINGULAR: usize = 1;

/// A program and what its inputs and results are.
pub(super) struct Built {
    pub(super) draft: Draft,
    pub(super) feeds: Vec<Feed>,
    pub(super) quantities: Vec<Quantity>,
    pub(super) outputs: Vec<Output>,
    pub(super) conclusions: Vec<Concluded>,
}

struct Builder<'a> {
    protocol: &'a Protocol,
    nodes: Option<Nodes<'a>>,
    /// What the inputs of a network's node become.
    heard: HashMap<Symbol, Node>,
    graph: Graph,
    clock: Symbol,
    variables: Vec<Symbol>,
    derivatives: Vec<Node>,
    states: Vec<Symbol>,
    /// The logarithm of how much a small difference has grown, where an observer needs it.
    growth: Option<Node>,
    /// What stimulated parameters are during a step.
    held: HashMap<Symbol, Node>,
}

/// What is fed to a program.
struct Fed {
    /// Inputs that differ by lane.
    inputs: Vec<Symbol>,
    /// Where each comes from, then each of `own`.
    feeds: Vec<Feed>,
    /// Which input of which node has a value of its own.
    own: Vec<(Symbol, usize)>,
    /// The assignment of the initial values.
    initial: Vec<Assignment>,
}

/// The draft of a protocol; with `trace` it also records the signal every so many steps, from the first step on.
pub(super) fn build(
    protocol: &Protocol,
    tableau: &Tableau,
    trace: Option<u64>,
) -> Result<Built, SimulationError> {
    check::check(protocol)?;
    let model = &protocol.model;
    let mut graph = model.graph.clone();
    let clock = graph.symbol("t");
    let variables: Vec<Symbol> =
        model.variables.iter().map(|variable| graph.symbol(&variable.quantity.name)).collect();
    let derivatives = model.variables.iter().map(|variable| variable.derivative).collect();
    let states = variables.clone();
    let nodes = protocol.network.as_ref().map(|network| Nodes::new(network, model, &mut graph));
    let heard = HashMap::new();
    let held = stimulus::during_a_step(&protocol.stimuli, clock, protocol.step, &mut graph);
    let mut builder =
        Builder { protocol, nodes, heard, graph, clock, variables, derivatives, states, growth: None, held };
    builder.couple()?;
    let Fed { inputs, feeds, own, mut initial } = builder.inputs();
    let fixed = fixed_values(protocol).map(|(name, value)| (builder.graph.symbol(&name), value)).collect();
    let mut field =
        Field { variables: builder.variables.clone(), derivatives: builder.derivatives.clone(), time: clock };
    let tangent = protocol.requests.iter().any(Request::needs_tangent);
    let tangent = tangent.then(|| tangent::Tangent::new(protocol, &mut builder.graph, &mut field));
    let step = tableau.step(&mut builder.graph, &field, protocol.step);
    let mut advance: Vec<Assignment> = field
        .variables
        .iter()
        .zip(&step.next)
        .map(|(variable, next)| Assignment::always(*variable, *next))
        .collect();
    if let Some(tangent) = &tangent {
        let own = tangent.begin(&mut builder.graph, builder.nodes.as_mut());
        initial.extend(own);
        builder.states.extend(tangent.states());
        tangent.shorten(&mut advance, &mut builder.graph, builder.nodes.as_mut());
        builder.growth = Some(builder.graph.read(tangent.growth));
    }
    for assignment in &mut advance {
        assignment.value = builder.hold(assignment.value);
    }

    let diverged_at = builder.state("diverged_at");
    let undefined = builder.graph.constant(f64::NAN);
    let is_singular = builder.state("is_singular");
    let again = if protocol.chain.is_some() { builder.again(&initial, diverged_at) } else { Vec::new() };
    let mut begin: Vec<Assignment> = initial;
    begin.push(Assignment::always(diverged_at, undefined));
    let zero = builder.graph.constant(0.0);
    begin.push(Assignment::always(is_singular, zero));
    let check = builder.divergence_check(diverged_at, is_singular);

    let mut results = vec![builder.graph.read(diverged_at), builder.graph.read(is_singular)];
    let (observed, quantities, outputs, conclusions) = builder.observe(&mut results)?;
    let mut parts = vec![Part::Once { assignments: begin, time: 0.0 }];
    let tracing = trace.map(|every| builder.trace(every, conclusions.len())).transpose()?;
    let course = Course { protocol, advance: &advance, observed: &observed, check: &check, tracing };
    parts.extend(course.parts(&mut builder.states, &mut builder.graph));
    let (meetings, nodal) = builder.nodes.map(|nodes| (nodes.meetings, nodes.nodal)).unwrap_or_default();
    let draft = Draft {
        graph: builder.graph,
        inputs,
        fixed,
        nodes: protocol.network.as_ref().map_or(1, |network| network.nodes),
        nodal,
        own,
        meetings,
        clock,
        states: builder.states,
        parts,
        again,
        results,
        ends: Vec::new(),
        halt: Some(diverged_at),
    };
    Ok(Built { draft, feeds, quantities, outputs, conclusions })
}

/// A program whose only result says whether a point is wanted.
pub(super) fn constraint(protocol: &Protocol) -> Option<Draft> {
    let (own, condition) = protocol.constraint.as_ref()?;
    let mut graph = Graph::new();
    let condition = graph.import(own, &[*condition])[0];
    let inputs: Vec<Symbol> = protocol.columns.iter().map(|name| graph.symbol(name)).collect();
    let fixed = fixed_values(protocol)
        .filter(|(name, _)| !protocol.columns.contains(name))
        .map(|(name, value)| (graph.symbol(&name), value))
        .collect();
    let clock = graph.symbol("t");
    Some(Draft { fixed, ..Draft::of_results(graph, inputs, clock, vec![condition]) })
}

/// Every parameter of the model and of the network with the value that the protocol gives it.
fn fixed_values(protocol: &Protocol) -> impl Iterator<Item = (String, f64)> {
    let model =
        protocol.model.parameters.iter().map(|parameter| (&parameter.quantity.name, parameter.default));
    let network = protocol.network.iter().flat_map(|network| &network.parameters);
    model.chain(network.map(|(name, value)| (name, *value))).map(|(name, default)| {
        let own = protocol.fixed.iter().rev().find(|(known, _)| known == name);
        (name.clone(), own.map_or(default, |(_, value)| *value))
    })
}

impl Builder<'_> {
    fn state(&mut self, name: &str) -> Symbol {
        // A space keeps the name apart from everything that a model can declare.
        let symbol = self.graph.symbol(&format!("state {name}"));
        self.states.push(symbol);
        symbol
    }

    /// Substitutes the coupling for the inputs of the nodes of a network.
    fn couple(&mut self) -> Result<(), SimulationError> {
        if let Some(nodes) = &mut self.nodes {
            self.heard = nodes.inputs(&mut self.graph)?;
            self.derivatives = self.graph.substitute(&self.derivatives, &self.heard);
        }
        Ok(())
    }

    /// The columns that give one node a value of its own, with where that comes from.
    fn own_of_nodes(&mut self) -> Vec<((Symbol, usize), Feed)> {
        let protocol = self.protocol;
        let Some(nodes) = &mut self.nodes else { return Vec::new() };
        let fixed: HashMap<String, f64> = fixed_values(protocol).collect();
        let mut own = Vec::new();
        for (column, name) in protocol.columns.iter().enumerate() {
            let Some((node, name)) = network::of_one_node(name) else { continue };
            let symbol = if protocol.columns.iter().any(|column| column == name) {
                self.graph.symbol(name)
            } else {
                // An initial value that no node has of its own is undefined, and made as without nodes.
                let value = fixed.get(name).copied().unwrap_or(f64::NAN);
                nodes.differing(name, value, &mut self.graph)
            };
            own.push(((symbol, node), Feed::Column(column)));
        }
        own
    }

    /// The inputs that differ by lane, where they come from, and the assignment of the initial values.
    fn inputs(&mut self) -> Fed {
        let protocol = self.protocol;
        let (mut inputs, mut feeds, mut initial) = (Vec::new(), Vec::new(), Vec::new());
        let own = self.own_of_nodes();
        let mut start_column = None;
        let mut own_initial: HashMap<&str, Symbol> = HashMap::new();
        for (column, name) in protocol.columns.iter().enumerate() {
            let is_direction = protocol.chain.as_ref().is_some_and(|chain| chain.direction == column);
            if is_direction || name == SAMPLE || network::of_one_node(name).is_some() {
                continue;
            }
            if name == "start" {
                start_column = Some(column);
                continue;
            }
            let symbol = self.graph.symbol(name);
            if let Some(variable) = name.strip_prefix("init.") {
                own_initial.insert(variable, symbol);
            }
            inputs.push(symbol);
            feeds.push(Feed::Column(column));
        }
        for (name, _) in protocol.network.iter().flat_map(|network| &network.values) {
            if let Some(variable) = name.strip_prefix("init.") {
                own_initial.insert(variable, self.graph.symbol(name));
            }
        }
        for (variable, symbol) in protocol.model.variables.iter().zip(self.variables.clone()) {
            let name = variable.quantity.name.as_str();
            let of_all =
                protocol.initial.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value);
            let of_start = |start: usize| {
                let values = &protocol.starts[start].values;
                values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
            };
            let otherwise = if let Some(input) = own_initial.get(name) {
                self.graph.read(*input)
            } else if let Some(column) = start_column
                && (0..protocol.starts.len()).any(|start| of_start(start).is_some())
            {
                // A start that does not name the variable takes what the file says, or the study for all.
                let input = self.graph.symbol(&format!("start.{name}"));
                // What the file says may depend on parameters, and so on the point.
                let otherwise = of_all.or_else(|| self.graph.literal(variable.initial));
                let values: Vec<f64> = (0..protocol.starts.len())
                    .map(|start| of_start(start).or(otherwise).unwrap_or(f64::NAN))
                    .collect();
                let is_open = values.iter().any(|value| value.is_nan());
                inputs.push(input);
                feeds.push(Feed::Start { column, values });
                let given = self.graph.read(input);
                if is_open {
                    let is_given = self.graph.binary(Binary::Equal, given, given);
                    self.graph.select(is_given, given, variable.initial)
                } else {
                    given
                }
            } else {
                of_all.map_or(variable.initial, |value| self.graph.constant(value))
            };
            let value = if own_initial.contains_key(name) {
                otherwise
            } else {
                self.of_the_nodes_that_have_one(&format!("init.{name}"), otherwise)
            };
            initial.push(Assignment::always(symbol, value));
        }
        let (own, of_nodes): (Vec<(Symbol, usize)>, Vec<Feed>) = own.into_iter().unzip();
        feeds.extend(of_nodes);
        Fed { inputs, feeds, own, initial }
    }

    /// What some nodes have of their own, else what all have.
    fn of_the_nodes_that_have_one(&mut self, name: &str, otherwise: Node) -> Node {
        let symbol = self.graph.symbol(name);
        let nodal = self.nodes.iter().flat_map(|nodes| &nodes.nodal);
        if !nodal.into_iter().any(|(known, _)| *known == symbol) {
            return otherwise;
        }
        let given = self.graph.read(symbol);
        let is_given = self.graph.binary(Binary::Equal, given, given);
        self.graph.select(is_given, given, otherwise)
    }

    /// What happens before a point that goes on from the end of another: nothing, unless that one has diverged.
    fn again(&mut self, initial: &[Assignment], diverged_at: Symbol) -> Vec<Assignment> {
        let graph = &mut self.graph;
        let (known, undefined) = (graph.read(diverged_at), graph.constant(f64::NAN));
        let has_diverged = graph.binary(Binary::Equal, known, known);
        let back = initial.iter().map(|assignment| Assignment { when: Some(has_diverged), ..*assignment });
        back.chain([Assignment::always(diverged_at, undefined)]).collect()
    }

    /// Notes the time where a variable is not inside the bound for the first time, and whether none is beyond it: NaN is neither.
    fn divergence_check(&mut self, diverged_at: Symbol, is_singular: Symbol) -> [Assignment; 2] {
        let graph = &mut self.graph;
        let bound = graph.constant(self.protocol.model.bound);
        let mut all: Option<[Node; 2]> = None;
        for variable in &self.variables {
            let value = graph.read(*variable);
            let size = graph.unary(Unary::Absolute, value);
            let holds = graph.binary(Binary::LessOrEqual, size, bound);
            let exceeds = graph.binary(Binary::Less, bound, size);
            all = Some(match all {
                None => [holds, exceeds],
                Some([inside, beyond]) => {
                    [graph.binary(Binary::And, inside, holds), graph.binary(Binary::Or, beyond, exceeds)]
                }
            });
        }
        let [is_inside, mut is_beyond] = all.expect("a model has a variable");
        let mut is_outside = graph.unary(Unary::Not, is_inside);
        if let Some(nodes) = &mut self.nodes {
            // A network has diverged where one node has.
            [is_outside, is_beyond] = [is_outside, is_beyond].map(|fact| nodes.any(fact, graph));
        }
        let known = graph.read(diverged_at);
        let is_new = graph.binary(Binary::NotEqual, known, known);
        let when = graph.binary(Binary::And, is_outside, is_new);
        let (time, is_undefined) = (graph.read(self.clock), graph.unary(Unary::Not, is_beyond));
        [(diverged_at, time), (is_singular, is_undefined)].map(|(target, value)| Assignment {
            target,
            value,
            when: Some(when),
        })
    }

    /// An expression with stimulated parameters as they are during the step that begins.
    fn hold(&mut self, node: Node) -> Node {
        if self.held.is_empty() { node } else { self.graph.substitute(&[node], &self.held)[0] }
    }

    /// A signal's value and its slope along the trajectory, where a stimulus jumps those that it goes on with.
    fn signal(&mut self, name: Option<&str>) -> Result<(Node, Node), SimulationError> {
        let (value, slope) = self.signal_unheld(name)?;
        Ok((self.hold(value), self.hold(slope)))
    }

    /// The same without stimuli; of a network, the value and slope that all nodes make together.
    fn signal_unheld(&mut self, name: Option<&str>) -> Result<(Node, Node), SimulationError> {
        let model = &self.protocol.model;
        let unknown = |name: &str| SimulationError::UnknownName {
            model: model.name.clone(),
            what: "quantity",
            name: name.to_owned(),
        };
        let Some(network) = &self.protocol.network else {
            let name = name.unwrap_or(&model.signal);
            let value = model.expression(name).ok_or_else(|| unknown(name))?;
            return Ok((value, self.slope(value)));
        };
        let name = name.unwrap_or(&network.signal);
        if name == "order" {
            let nodes = self.nodes.as_mut().expect("a network has nodes");
            let phase = model.phase.as_deref().ok_or_else(|| unknown(name))?;
            let at = model.variables.iter().position(|variable| variable.quantity.name == phase);
            let at = at.ok_or_else(|| unknown(phase))?;
            let phase = self.graph.read(self.variables[at]);
            return Ok(nodes.order(phase, self.derivatives[at], &mut self.graph));
        }
        let (name, variable) = network::parted(name);
        let own = self.at_each_node(variable)?;
        let nodes = self.nodes.as_mut().expect("a network has nodes");
        nodes.signal(name, own, &mut self.graph).ok_or_else(|| unknown(name))
    }

    /// A variable's value and slope at each node, or those of the model's signal.
    fn at_each_node(&mut self, variable: Option<&str>) -> Result<(Node, Node), SimulationError> {
        let model = &self.protocol.model;
        let name = variable.unwrap_or(&model.signal);
        let value = model.expression(name).ok_or_else(|| SimulationError::UnknownName {
            model: model.name.clone(),
            what: "quantity",
            name: name.to_owned(),
        })?;
        let value = self.graph.substitute(&[value], &self.heard)[0];
        let mut rates: HashMap<Symbol, Node> =
            self.variables.iter().copied().zip(self.derivatives.iter().copied()).collect();
        rates.insert(self.clock, self.graph.constant(1.0));
        let slope = self.graph.change(value, &rates);
        Ok((value, slope))
    }

    /// How fast a value changes along the trajectory.
    fn slope(&mut self, value: Node) -> Node {
        let graph = &mut self.graph;
        let mut slope = graph.derivative(value, self.clock);
        for (variable, derivative) in self.variables.iter().zip(&self.derivatives) {
            let partial = graph.derivative(value, *variable);
            let term = graph.mul(partial, *derivative);
            slope = graph.add(slope, term);
        }
        slope
    }

    /// Sets all observers up, signal by signal.
    #[expect(clippy::type_complexity, reason = "four lists that one caller takes apart")]
    fn observe(
        &mut self,
        results: &mut Vec<Node>,
    ) -> Result<(Vec<Observed>, Vec<Quantity>, Vec<Output>, Vec<Concluded>), SimulationError> {
        let protocol = self.protocol;
        let model = &protocol.model;
        let (mut observed, mut quantities, mut outputs, mut conclusions) = (vec![], vec![], vec![], vec![]);
        // Of a network, what is observed at each node is told from what its nodes have in common.
        let is_network = protocol.network.is_some();
        let scene_of = |request: &Request| (is_network && request.is_of_each_node(), request.of.clone());
        let scenes: BTreeSet<(bool, Option<String>)> = protocol.requests.iter().map(scene_of).collect();
        let mut columns: Vec<(usize, Vec<(Quantity, Output)>)> = Vec::new();
        for (is_of_each, of) in scenes {
            let of = of.as_deref();
            let (value, slope) = if is_of_each {
                let (value, slope) = self.at_each_node(of)?;
                (self.hold(value), self.hold(slope))
            } else {
                self.signal(of)?
            };
            let prefix = of.map_or_else(|| "signal".to_owned(), |name| format!("of {name}"));
            let prefix = if is_of_each { format!("each {prefix}") } else { prefix };
            let previous = [self.state(&format!("{prefix} value")), self.state(&format!("{prefix} slope"))];
            let interval = self.interval(previous, value, slope);
            let unit = self.unit(of);
            let duration = protocol.window_steps as f64 * protocol.step;
            let seconds = model.seconds_per_time_unit();
            let may_be_undefined = undefined::may_be(&self.graph, value);
            let mut scene = Scene::new(&mut self.graph, prefix, interval, duration, seconds, model.scale);
            scene.may_be_undefined = may_be_undefined;
            scene.growth = self.growth;
            let mut measured = Vec::new();
            let own = protocol.requests.iter().enumerate();
            for (at, request) in
                own.filter(|(_, request)| scene_of(request) == (is_of_each, of.map(str::to_owned)))
            {
                measured.push((at, request.observe(&mut scene, &unit, &model.time_unit)));
            }
            let setup = scene.finish();
            for (at, own) in measured {
                let own = own.into_iter().map(|(quantity, node)| {
                    let node = match &mut self.nodes {
                        Some(nodes) if is_of_each => nodes.total(node, &mut self.graph),
                        _ => node,
                    };
                    (quantity, self.output(node, &setup, conclusions.len(), results))
                });
                columns.push((at, own.collect()));
            }
            conclusions.extend(setup.records.iter().map(|record| Concluded {
                conclusion: record.conclusion.clone(),
                results: record.results.len(),
            }));
            self.states.extend(setup.accumulators.iter().map(|accumulator| accumulator.symbol));
            observed.push(Observed { previous, value, slope, setup });
        }
        columns.sort_by_key(|(at, _)| *at);
        for (quantity, output) in columns.into_iter().flat_map(|(_, own)| own) {
            quantities.push(quantity);
            outputs.push(output);
        }
        Ok((observed, quantities, outputs, conclusions))
    }

    /// The unit of a signal; of a network's, that of what its nodes say, but for numbers of nodes.
    fn unit(&self, of: Option<&str>) -> String {
        let model = &self.protocol.model;
        let of_network = self.protocol.network.as_ref().map(|network| of.unwrap_or(&network.signal));
        if matches!(of_network, Some("above" | "order")) {
            return "1".to_owned();
        }
        let variable = of_network.map_or(of, |name| network::parted(name).1);
        let named =
            variable.and_then(|name| model.observable(name)).or_else(|| model.observable(&model.signal));
        named.map_or_else(|| "1".to_owned(), |quantity| quantity.unit.clone())
    }

    /// Where a quantity's value is found: in a result of the program, or in what samples were concluded to.
    fn output(&self, node: Node, setup: &Setup, first_record: usize, results: &mut Vec<Node>) -> Output {
        if let Operation::Symbol(symbol) = self.graph.operation(node) {
            for (at, record) in setup.records.iter().enumerate() {
                if let Some(number) = record.results.iter().position(|result| *result == symbol) {
                    return Output::Concluded { record: first_record + at, number };
                }
            }
        }
        results.push(node);
        Output::Result(results.len() - 1)
    }

    fn interval(&mut self, previous: [Symbol; 2], value: Node, slope: Node) -> Interval {
        let protocol = self.protocol;
        let graph = &mut self.graph;
        let now = graph.read(self.clock);
        let begin = graph.constant(protocol.transient_steps as f64 * protocol.step);
        Interval {
            previous_value: graph.read(previous[0]),
            previous_slope: graph.read(previous[1]),
            value,
            slope,
            time: graph.sub(now, begin),
            step: graph.constant(protocol.step),
        }
    }

    /// What a trace samples: the model's signal.
    fn trace(&mut self, every: u64, number: usize) -> Result<Periodic, SimulationError> {
        let (value, _) = self.signal(None)?;
        let trace = self.state("trace");
        let assignments = vec![Assignment::always(trace, value)];
        // Every instant belongs to the part that begins with it, so that none is sampled twice.
        Ok(Periodic {
            every,
            phase: 0,
            at_end: false,
            assignments,
            record: Some(Recording { number, state: trace }),
        })
    }
}
