//! A network written out as one model: every node's variables and equations under names of their own, what is heard as sums.
//! Knows nothing of what is done with it.

use std::collections::HashMap;

use super::coupling::{refuse_loops, symbols, weights};
use super::error::SystemError;
use crate::equation::graph::{Graph, Node, Symbol};
use crate::model::{Auxiliary, Model, NamedState, Parameter, Variable};
use crate::network::{Channel, Kind, Network};
use crate::table::Quantity;

/// The model whose variables are those of all nodes, node after node, named `node.0.x`. Parameters are the model's and then the
/// network's, but for those that differ from node to node, which have become numbers. It has neither auxiliaries nor rules, and
/// its text is still that of one node.
///
/// # Errors
/// When the network does not fit the model.
pub fn flatten(model: &Model, network: &Network) -> Result<Model, SystemError> {
    let Unrolled { model, .. } = written_out(model, network, Differing::Numbers)?;
    let signal = model.variables.first().map_or_else(String::new, |variable| variable.quantity.name.clone());
    Ok(Model { auxiliaries: Vec::new(), signal, ..model })
}

/// A network written out as one model to be read by others.
#[derive(Clone, Debug)]
pub struct Unrolled {
    /// The model. Everything of a node is named as `node.0.x`: variables, auxiliaries, noises and parameters that differ.
    pub model: Model,
    /// What arrives at each input to which channels lead, `node.0.hin` of the input `h`: parts of the model's equations.
    pub heard: Vec<(String, Node)>,
}

/// The same as [`flatten`], with auxiliaries and with a parameter for each value that differs.
///
/// # Errors
/// When the network does not fit the model.
pub fn unroll(model: &Model, network: &Network) -> Result<Unrolled, SystemError> {
    written_out(model, network, Differing::Parameters)
}

/// What becomes of parameters that differ from node to node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Differing {
    Numbers,
    Parameters,
}

fn written_out(model: &Model, network: &Network, differing: Differing) -> Result<Unrolled, SystemError> {
    let mut graph = model.graph.clone();
    let mut own = own_symbols(model, network, differing, &mut graph)?;
    let arriving = heard(model, network, &own, &mut graph)?;
    let mut heard = Vec::new();
    for (node, (own, arriving)) in own.iter_mut().zip(arriving).enumerate() {
        for input in &model.inputs {
            let part = graph.find_symbol(input).and_then(|symbol| arriving.get(&symbol));
            heard.extend(part.map(|part| (at_node(node, &format!("{input}in")), *part)));
        }
        own.extend(arriving);
    }
    let of_node = |node: usize, quantity: &Quantity| {
        let meaning = format!("{} (node {node})", quantity.meaning);
        Quantity {
            name: at_node(node, &quantity.name),
            meaning: meaning.trim().to_owned(),
            ..quantity.clone()
        }
    };
    let mut variables = Vec::with_capacity(network.nodes * model.variables.len());
    let mut auxiliaries = Vec::new();
    for (node, own) in own.iter().enumerate() {
        for variable in &model.variables {
            let roots = [variable.value, variable.initial, variable.derivative];
            let [value, initial, derivative] = graph.substitute(&roots, own)[..] else {
                unreachable!("three expressions stay three")
            };
            let name = &variable.quantity.name;
            let listed = network.values.iter().find(|(known, _)| known.strip_prefix("init.") == Some(name));
            let initial = listed.map_or(initial, |(_, values)| graph.constant(values[node]));
            variables.push(Variable {
                quantity: of_node(node, &variable.quantity),
                value,
                initial,
                derivative,
            });
        }
        for auxiliary in &model.auxiliaries {
            let value = graph.substitute(&[auxiliary.value], own)[0];
            auxiliaries.push(Auxiliary { quantity: of_node(node, &auxiliary.quantity), value });
        }
    }
    let differs = |name: &str| network.values.iter().any(|(known, _)| known == name);
    let of_network = network.parameters.iter().map(|(name, default)| Parameter {
        quantity: Quantity::real(name, "1", format!("{name} of the network")),
        default: *default,
    });
    let all: Vec<Parameter> = model.parameters.iter().cloned().chain(of_network).collect();
    let mut parameters: Vec<Parameter> =
        all.iter().filter(|parameter| !differs(&parameter.quantity.name)).cloned().collect();
    if differing == Differing::Parameters {
        for (name, values) in &network.values {
            let known = all.iter().find(|parameter| parameter.quantity.name == *name);
            let own = known.into_iter().flat_map(|known| {
                let of_nodes = values.iter().enumerate();
                of_nodes
                    .map(|(node, &default)| Parameter { quantity: of_node(node, &known.quantity), default })
            });
            parameters.extend(own);
        }
    }
    let noises = (0..network.nodes).flat_map(|node| model.noises.iter().map(move |own| of_node(node, own)));
    let on_every_node = |state: &NamedState| NamedState {
        name: state.name.clone(),
        values: (0..network.nodes)
            .flat_map(|node| state.values.iter().map(move |(name, value)| (at_node(node, name), *value)))
            .collect(),
    };
    let model = Model {
        graph,
        parameters,
        signal: at_node(0, &model.signal),
        variables,
        auxiliaries,
        noises: noises.collect(),
        ranges: model.ranges.iter().filter(|range| !differs(&range.name)).cloned().collect(),
        rules: Vec::new(),
        states: model.states.iter().map(on_every_node).collect(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        phase: None,
        ..model.clone()
    };
    Ok(Unrolled { model, heard })
}

/// What a variable of a node is called. A model declares no name with a dot.
pub fn at_node(node: usize, variable: &str) -> String {
    format!("node.{node}.{variable}")
}

/// What each node puts in for the variables, the noises, and the parameters that differ: `[node]`.
fn own_symbols(
    model: &Model,
    network: &Network,
    differing: Differing,
    graph: &mut Graph,
) -> Result<Vec<HashMap<Symbol, Node>>, SystemError> {
    let mut own: Vec<HashMap<Symbol, Node>> = vec![HashMap::new(); network.nodes];
    for (name, values) in &network.values {
        if values.len() != network.nodes {
            return Err(SystemError::Size { name: name.clone(), found: values.len(), nodes: network.nodes });
        }
        if name.starts_with("init.") {
            continue;
        }
        let symbol = graph.symbol(known(model, network, name)?);
        for (node, (own, &value)) in own.iter_mut().zip(values).enumerate() {
            let value = match differing {
                Differing::Numbers => graph.constant(value),
                Differing::Parameters => graph.input(&at_node(node, name)),
            };
            own.insert(symbol, value);
        }
    }
    for (node, own) in own.iter_mut().enumerate() {
        for variable in &model.variables {
            let name = &variable.quantity.name;
            let read = graph.input(&at_node(node, name));
            own.insert(graph.symbol(name), read);
        }
        for noise in &model.noises {
            let drawn = graph.input(&at_node(node, &noise.name));
            own.insert(graph.symbol(&noise.name), drawn);
        }
    }
    Ok(own)
}

/// A name that is a parameter.
fn known<'a>(model: &Model, network: &Network, name: &'a str) -> Result<&'a str, SystemError> {
    let is_known = model.parameter(name).is_some() || network.parameters.iter().any(|(own, _)| own == name);
    is_known.then_some(name).ok_or_else(|| SystemError::Parameter { name: name.to_owned() })
}

/// What each node puts in for the inputs to which channels lead: `[node]`.
fn heard(
    model: &Model,
    network: &Network,
    own: &[HashMap<Symbol, Node>],
    graph: &mut Graph,
) -> Result<Vec<HashMap<Symbol, Node>>, SystemError> {
    let mut heard: Vec<HashMap<Symbol, Node>> = vec![HashMap::new(); network.nodes];
    for channel in &network.channels {
        let Channel { name, from, to, kind, .. } = channel;
        let port =
            |port: &str, what| SystemError::Port { channel: name.clone(), port: port.to_owned(), what };
        if !model.inputs.contains(to) {
            return Err(port(to, "input"));
        }
        let said = model.expression(from).filter(|_| model.outputs.contains(from));
        let said = said.ok_or_else(|| port(from, "output"))?;
        refuse_loops(network, graph, from, said)?;
        for name in symbols(&channel.gain.graph, channel.gain.node) {
            known(model, network, &name)?;
        }
        let gain = graph.import(&channel.gain.graph, &[channel.gain.node])[0];
        let spoken: Vec<Node> = own.iter().map(|own| graph.substitute(&[said], own)[0]).collect();
        let weights = weights(name, &channel.weights, network.nodes)?;
        let input = graph.symbol(to);
        for (node, row) in weights.chunks(network.nodes).enumerate() {
            let mut sum = weighted(row, &spoken, graph);
            if *kind == Kind::Diffusive {
                let all = graph.constant(row.iter().sum());
                let own = graph.mul(all, spoken[node]);
                sum = graph.sub(sum, own);
            }
            let gain = graph.substitute(&[gain], &own[node])[0];
            let arriving = graph.mul(gain, sum);
            let before = heard[node].get(&input).or_else(|| own[node].get(&input)).copied();
            let before = before.unwrap_or_else(|| graph.read(input));
            heard[node].insert(input, graph.add(before, arriving));
        }
    }
    Ok(heard)
}

/// The sum of what is said, in pairs of pairs, so that few operations stand between a term and the whole.
fn weighted(row: &[f64], spoken: &[Node], graph: &mut Graph) -> Node {
    let mut terms = Vec::new();
    for (&weight, &said) in row.iter().zip(spoken).filter(|(weight, _)| **weight != 0.0) {
        let weight = graph.constant(weight);
        terms.push(graph.mul(weight, said));
    }
    while terms.len() > 1 {
        let pair = |pair: &[Node]| if let [one, other] = *pair { graph.add(one, other) } else { pair[0] };
        terms = terms.chunks(2).map(pair).collect();
    }
    terms.pop().unwrap_or_else(|| graph.constant(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::equation::Level;
    use crate::stability::System;
    use crate::stability::samples::{complete, diffusive_line};

    /// The same field, computed as one model and by the nodes' own machines.
    #[test]
    fn a_network_written_out_has_the_field_and_the_jacobian_of_the_network() {
        let text = "par p=0.3,q=2\npar heard=0.1\nS(v)=1/(1+exp(-v))\nx'=-x+S(y+heard)*p\ny'=x*x-q*y+heard*y\n\
                    aux said=S(x-y)\n#@ input heard\n#@ output said\ndone\n";
        let model = Model::parse(&Source::new("m.ode", text), "m").expect("a model");
        let mut network = diffusive_line(&complete(3)).1;
        network.values = vec![("q".into(), vec![1.0, 1.5, 2.0]), ("init.x".into(), vec![4.0, 5.0, 6.0])];
        let mut mean = network.channels[0].clone();
        mean.weights = crate::network::Weights::Mean;
        mean.kind = Kind::Additive;
        network.channels.push(mean);
        for channel in &mut network.channels {
            channel.from = "said".into();
        }
        let flat = flatten(&model, &network).expect("it fits");
        let parameters: Vec<&str> = flat.parameters.iter().map(|own| own.quantity.name.as_str()).collect();
        assert_eq!(parameters, ["p", "heard", "sigma"]);
        assert_eq!(flat.variables[3].quantity.name, "node.1.y");
        assert_eq!(flat.initial_values(None), [4.0, 0.0, 5.0, 0.0, 6.0, 0.0]);
        let column = |values: &[f64]| values.iter().map(|&value| vec![value]).collect::<Vec<_>>();
        let state = column(&[0.1, 0.4, -0.3, 0.9, 1.3, -0.8]);
        let whole = System::new(&model, Some(&network), Level::best()).expect("it fits");
        let expected = whole.evaluate(&column(&[0.3, f64::NAN, 0.1, 0.7]), &state);
        let alone = System::new(&flat, None, Level::best()).expect("it fits");
        let found = alone.evaluate(&column(&[0.3, 0.1, 0.7]), &state);
        let all = |own: &crate::stability::Evaluation| [own.field.concat(), own.jacobian.concat()].concat();
        for (one, other) in all(&found).iter().zip(all(&expected)) {
            assert!((one - other).abs() < 1e-14, "{one} {other}");
        }
    }
}
