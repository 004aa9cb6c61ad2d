//! Whether a protocol names what its model and its network have. Knows nothing of how they are computed.

use super::network;
use super::{Protocol, SAMPLE, SimulationError};
use crate::network::Weights;

/// Refuses a protocol that cannot be computed.
pub(super) fn check(protocol: &Protocol) -> Result<(), SimulationError> {
    let model = &protocol.model;
    if !(protocol.step > 0.0 && protocol.step.is_finite()) || protocol.window_steps < 2 {
        return Err(SimulationError::Time);
    }
    if let Some(noise) = model.noises.first() {
        return Err(SimulationError::Noise { model: model.name.clone(), name: noise.name.clone() });
    }
    let unknown = |what, name: &str| SimulationError::UnknownName {
        model: model.name.clone(),
        what,
        name: name.to_owned(),
    };
    let is_parameter = |name: &str| {
        let of_network = protocol.network.iter().flat_map(|network| &network.parameters);
        model.parameters.iter().any(|parameter| parameter.quantity.name == name)
            || of_network.into_iter().any(|(known, _)| known == name)
    };
    let is_variable = |name: &str| model.variables.iter().any(|variable| variable.quantity.name == name);
    if let Some(network) = &protocol.network {
        for channel in &network.channels {
            if let Weights::Matrix(matrix) = &channel.weights
                && matrix.nodes() != network.nodes
            {
                let (channel, found) = (channel.name.clone(), matrix.nodes());
                return Err(SimulationError::Nodes { channel, found, nodes: network.nodes });
            }
        }
        for (name, values) in &network.values {
            let is_known = name.strip_prefix("init.").map_or_else(|| is_parameter(name), is_variable);
            if !is_known {
                return Err(unknown("parameter", name));
            }
            assert_eq!(values.len(), network.nodes, "one value a node");
        }
    }
    let stimulated = protocol.stimuli.iter().map(|stimulus| &stimulus.parameter);
    for name in protocol.fixed.iter().map(|(name, _)| name).chain(stimulated) {
        if !is_parameter(name) {
            return Err(unknown("parameter", name));
        }
    }
    let starts = protocol.starts.iter().flat_map(|start| &start.values);
    for (name, _) in protocol.initial.iter().chain(starts) {
        if !is_variable(name) {
            return Err(unknown("variable", name));
        }
    }
    for column in &protocol.columns {
        if let Some((node, own)) = network::of_one_node(column) {
            let nodes = protocol.network.as_ref().map_or(0, |network| network.nodes);
            let is_known = own.strip_prefix("init.").map_or_else(|| is_parameter(own), is_variable);
            if node >= nodes || !is_known {
                return Err(unknown("parameter", column));
            }
            continue;
        }
        match column.strip_prefix("init.") {
            Some(name) if !is_variable(name) => return Err(unknown("variable", name)),
            None if protocol
                .chain
                .as_ref()
                .is_some_and(|chain| protocol.columns[chain.direction] == *column) => {}
            None if column == "start" && protocol.starts.is_empty() => return Err(SimulationError::NoStarts),
            None if column == SAMPLE => {}
            None if column != "start" && !is_parameter(column) => return Err(unknown("parameter", column)),
            _ => {}
        }
    }
    Ok(())
}
