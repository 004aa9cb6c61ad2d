//! Why a model or a network has no equilibria that could be looked for.

/// Why a model has no equilibria that could be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// The equations name the time.
    #[error(
        "the equations of `{model}` depend on the time `t`, so there are no equilibria; make `t` a parameter, or simulate"
    )]
    Time {
        /// The model.
        model: String,
    },
    /// A channel names a port that the model does not have.
    #[error(
        "the channel `{channel}` names `{port}`, which is not an {what} of the model; declare it with `#@ {what} {port}`"
    )]
    Port {
        /// The channel.
        channel: String,
        /// The name.
        port: String,
        /// `input` or `output`.
        what: &'static str,
    },
    /// An algebraic loop: a node's output would depend on its input at the same instant.
    #[error(
        "the output `{output}` depends on the input `{input}`, an algebraic loop; define the output from state variables only"
    )]
    Loop {
        /// The output.
        output: String,
        /// The input.
        input: String,
    },
    /// A name in a gain, or in the values of nodes, that is not a parameter.
    #[error("the network names `{name}`, which is a parameter neither of the model nor of the network")]
    Parameter {
        /// The name.
        name: String,
    },
    /// A matrix or a list of values of another size.
    #[error("`{name}` has {found} nodes, and the network {nodes}; give one row, or one value, a node")]
    Size {
        /// The channel or the parameter.
        name: String,
        /// Its nodes.
        found: usize,
        /// The network's.
        nodes: usize,
    },
}
