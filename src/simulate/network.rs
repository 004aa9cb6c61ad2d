//! The nodes of a network in the graph of one: a node's inputs are replaced by its coupling, and the signals of the whole are made
//! from those of all. Knows nothing of steps, nor of where the weights came from.

use std::collections::HashMap;
use std::sync::Arc;

use super::SimulationError;
use crate::equation::graph::{Binary, Graph, Meeting, Node, Operation, Symbol, Unary};
use crate::equation::meeting::{Meet, Weights};
use crate::model::Model;
use crate::network::{self, Channel, Kind, Network};
use crate::table::Quantity;

/// A network while its graph is built.
pub(super) struct Nodes<'a> {
    network: &'a Network,
    model: &'a Model,
    /// What the graph's meetings are, by number.
    pub(super) meetings: Vec<Meet>,
    /// Inputs that differ by node.
    pub(super) nodal: Vec<(Symbol, Vec<f64>)>,
    /// The same matrix is one meeting, however many channels use it.
    products: Vec<(Arc<network::Matrix>, Meeting)>,
}

/// What is made of all nodes, or which node, and of which variable where a signal names one: `mean.y1`, `node.45.y1`.
pub(super) fn parted(signal: &str) -> (&str, Option<&str>) {
    let head = signal.strip_prefix("node.").map_or(0, |_| "node.".len());
    match signal[head..].find('.') {
        Some(at) => (&signal[..head + at], Some(&signal[head + at + 1..])),
        None => (signal, None),
    }
}

/// Which node a column gives a value of its own, and of what: `node.45.eps`, `node.45.init.x`.
pub(super) fn of_one_node(column: &str) -> Option<(usize, &str)> {
    let (node, own) = column.strip_prefix("node.")?.split_once('.')?;
    Some((node.parse().ok()?, own))
}

/// The signal of a network.
pub(super) fn signal(network: &Network, model: &Model) -> Quantity {
    let (what, named) = parted(&network.signal);
    let variable = super::variable(model, named.unwrap_or(&model.signal));
    let (name, nodes) = (&variable.name, network.nodes);
    let count = |text: String| Quantity::real(what, "1", text);
    let of =
        |text: String| Quantity::real(format!("{}_{name}", what.replace('.', "_")), &*variable.unit, text);
    match what {
        "order" => count(format!("order parameter of {nodes} phases: 1 where all are equal")),
        "above" => {
            let level = network.above.unwrap_or(f64::NAN);
            count(format!("how many of {nodes} nodes have {name} above {level}"))
        }
        "mean" => of(format!("mean of {name} over {nodes} nodes")),
        "largest" | "smallest" => of(format!("{what} {name} of {nodes} nodes")),
        node => {
            let number = node.strip_prefix("node.").unwrap_or(node);
            of(format!("{} at node {number}", variable.meaning))
        }
    }
}

impl<'a> Nodes<'a> {
    pub(super) fn new(network: &'a Network, model: &'a Model, graph: &mut Graph) -> Self {
        let nodal =
            network.values.iter().map(|(name, values)| (graph.symbol(name), values.clone())).collect();
        Self { network, model, meetings: Vec::new(), nodal, products: Vec::new() }
    }

    /// An input that differs by node, which is made where it is the same so far; its values are not looked at where points vary it.
    pub(super) fn differing(&mut self, name: &str, value: f64, graph: &mut Graph) -> Symbol {
        let symbol = graph.symbol(name);
        if !self.nodal.iter().any(|(known, _)| *known == symbol) {
            self.nodal.push((symbol, vec![value; self.network.nodes]));
        }
        symbol
    }

    /// A meeting of the graph; each kind is there once.
    fn meeting(&mut self, wanted: Meet) -> Meeting {
        let same = |known: &Meet| match (known, &wanted) {
            (Meet::Sum, Meet::Sum)
            | (Meet::Mean, Meet::Mean)
            | (Meet::Largest, Meet::Largest)
            | (Meet::Smallest, Meet::Smallest) => true,
            (Meet::Node(a), Meet::Node(b)) => a == b,
            _ => false,
        };
        let number = self.meetings.iter().position(same).unwrap_or_else(|| {
            self.meetings.push(wanted);
            self.meetings.len() - 1
        });
        Meeting(u16::try_from(number).expect("fewer than 2^16 kinds of meetings"))
    }

    fn product(&mut self, matrix: &Arc<network::Matrix>) -> Meeting {
        if let Some((_, meeting)) = self.products.iter().find(|(known, _)| **known == **matrix) {
            return *meeting;
        }
        let weights = Weights::new(matrix.nodes(), matrix.entries());
        let meeting = self.meeting(Meet::Product(Arc::new(weights)));
        self.products.push((Arc::clone(matrix), meeting));
        meeting
    }

    /// What each input of a node becomes: the parameter itself, and the sums of all channels that lead to it.
    pub(super) fn inputs(&mut self, graph: &mut Graph) -> Result<HashMap<Symbol, Node>, SimulationError> {
        let mut heard: HashMap<Symbol, Node> = HashMap::new();
        for channel in &self.network.channels {
            let input = self.known_input(channel)?;
            let symbol = graph.symbol(input);
            let own = self.channel(channel, graph)?;
            let before = heard.get(&symbol).copied().unwrap_or_else(|| graph.read(symbol));
            heard.insert(symbol, graph.add(before, own));
        }
        Ok(heard)
    }

    fn known_input(&self, channel: &'a Channel) -> Result<&'a str, SimulationError> {
        if self.model.inputs.contains(&channel.to) {
            return Ok(&channel.to);
        }
        Err(SimulationError::UnknownName {
            model: self.model.name.clone(),
            what: "input",
            name: channel.to.clone(),
        })
    }

    /// The coupling input of a node through a channel.
    fn channel(&mut self, channel: &Channel, graph: &mut Graph) -> Result<Node, SimulationError> {
        let unknown = || SimulationError::UnknownName {
            model: self.model.name.clone(),
            what: "output",
            name: channel.from.clone(),
        };
        let said = self.model.expression(&channel.from).ok_or_else(unknown)?;
        let hears_inside =
            graph.reachable(&[said]).into_iter().find_map(|node| match graph.operation(node) {
                Operation::Symbol(symbol) => {
                    self.model.inputs.iter().find(|input| *input == graph.name(symbol)).cloned()
                }
                _ => None,
            });
        if let Some(input) = hears_inside {
            return Err(SimulationError::Echo { output: channel.from.clone(), input });
        }
        let (meeting, row_sums) = match &channel.weights {
            network::Weights::Mean => (self.meeting(Meet::Mean), None),
            network::Weights::Matrix(matrix) => {
                let sums = (0..matrix.nodes()).map(|node| matrix.row_sum(node)).collect();
                (self.product(matrix), Some(sums))
            }
        };
        let mut sum = graph.meet(meeting, said);
        if channel.kind == Kind::Diffusive {
            let own = match row_sums {
                None => said,
                Some(sums) => {
                    let symbol = graph.symbol(&format!("row sums {}", channel.name));
                    self.nodal.push((symbol, sums));
                    let row_sum = graph.read(symbol);
                    graph.mul(row_sum, said)
                }
            };
            sum = graph.sub(sum, own);
        }
        let gain = graph.import(&channel.gain.graph, &[channel.gain.node])[0];
        Ok(graph.mul(gain, sum))
    }

    /// A signal of the whole network, from the value and the slope of one node's: `mean`, `largest`, `smallest`, `above` or
    /// `node.45`.
    pub(super) fn signal(
        &mut self,
        name: &str,
        own: (Node, Node),
        graph: &mut Graph,
    ) -> Option<(Node, Node)> {
        let (value, slope) = own;
        match name {
            "mean" => Some(self.of_all(Meet::Mean, own, graph)),
            "largest" => Some(self.extreme(Meet::Largest, own, f64::NEG_INFINITY, graph)),
            "smallest" => Some(self.extreme(Meet::Smallest, own, f64::INFINITY, graph)),
            "above" => {
                let threshold = graph.constant(self.network.above?);
                let is_above = graph.binary(Binary::Less, threshold, value);
                let sum = self.meeting(Meet::Sum);
                Some((graph.meet(sum, is_above), graph.constant(0.0)))
            }
            _ => {
                let node: u32 = name.strip_prefix("node.")?.parse().ok()?;
                ((node as usize) < self.network.nodes).then_some(())?;
                Some(self.of_all(Meet::Node(node), (value, slope), graph))
            }
        }
    }

    /// The sum over all nodes.
    pub(super) fn total(&mut self, own: Node, graph: &mut Graph) -> Node {
        let sum = self.meeting(Meet::Sum);
        graph.meet(sum, own)
    }

    fn of_all(&mut self, meet: Meet, (value, slope): (Node, Node), graph: &mut Graph) -> (Node, Node) {
        let meeting = self.meeting(meet);
        (graph.meet(meeting, value), graph.meet(meeting, slope))
    }

    /// The extreme of all nodes, and the slope where it is; of several nodes there, that which leaves the others behind.
    fn extreme(&mut self, meet: Meet, own: (Node, Node), beyond: f64, graph: &mut Graph) -> (Node, Node) {
        let (value, slope) = own;
        let meeting = self.meeting(meet);
        let extreme = graph.meet(meeting, value);
        let is_there = graph.binary(Binary::Equal, value, extreme);
        let beyond = graph.constant(beyond);
        let slope = graph.select(is_there, slope, beyond);
        (extreme, graph.meet(meeting, slope))
    }

    /// The order parameter `|<exp(i phase)>|`.
    pub(super) fn order(&mut self, phase: Node, velocity: Node, graph: &mut Graph) -> (Node, Node) {
        let mean = self.meeting(Meet::Mean);
        let (cosine, sine) = (graph.unary(Unary::Cosine, phase), graph.unary(Unary::Sine, phase));
        let (x, y) = (graph.meet(mean, cosine), graph.meet(mean, sine));
        let down = graph.mul(sine, velocity);
        let (up, down) = (graph.mul(cosine, velocity), graph.neg(down));
        let (dx, dy) = (graph.meet(mean, down), graph.meet(mean, up));
        let (xx, yy) = (graph.mul(x, x), graph.mul(y, y));
        let square = graph.add(xx, yy);
        let order = graph.unary(Unary::SquareRoot, square);
        let (left, right) = (graph.mul(x, dx), graph.mul(y, dy));
        let change = graph.add(left, right);
        let least = graph.constant(f64::MIN_POSITIVE);
        let size = graph.binary(Binary::Maximum, order, least);
        (order, graph.div(change, size))
    }

    /// A number of each node's own, between -1 and 1.
    pub(super) fn parts(&mut self, graph: &mut Graph) -> Node {
        let symbol = graph.symbol("parts");
        let part = |node: usize| 2.0 * (0.754_877_666_246_693 * (node + 1) as f64).fract() - 1.0;
        self.nodal.push((symbol, (0..self.network.nodes).map(part).collect()));
        graph.read(symbol)
    }

    /// The sum over all nodes.
    pub(super) fn sum(&mut self, value: Node, graph: &mut Graph) -> Node {
        let sum = self.meeting(Meet::Sum);
        graph.meet(sum, value)
    }

    /// The same where it holds for some node.
    pub(super) fn any(&mut self, fact: Node, graph: &mut Graph) -> Node {
        let largest = self.meeting(Meet::Largest);
        graph.meet(largest, fact)
    }
}
