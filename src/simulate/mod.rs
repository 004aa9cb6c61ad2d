//! Builds the program of a study and runs blocks of points through it; finds equilibria beside it, or instead of it. Knows the
//! model, the stepper, the observers and the rules; knows nothing of files, threads, or how points are chosen.

mod chains;
mod check;
mod course;
mod derived;
mod draft;
mod ending;
mod equilibria;
mod measure;
mod network;
mod stimulus;
mod survey;
mod tangent;
mod undefined;

use std::sync::Arc;

use crate::equation::Level;
use crate::equation::graph::{Graph, Node};
use crate::equation::machine::Machine;
use crate::equation::program::Program;
use crate::integrate;
use crate::model::{Model, NamedState};
use crate::network::Network;
use crate::observe::{Conclusion, Request};
use crate::regime::Classifier;
use crate::stability::SystemError;
use crate::table::{Kind, Quantity};

pub use derived::Derivation;
pub use ending::{Cause, Ending};
pub use equilibria::{Equilibria, Rest};
pub use stimulus::{Formula, Stimulus};
pub use survey::Survey;
pub use undefined::may_be as may_be_undefined;

/// The column that numbers the points of a design: nothing is computed of it.
const SAMPLE: &str = "sample";

/// How often a trajectory is asked whether it is still inside the model's bound, in steps.
pub const STEPS_BETWEEN_CHECKS: u64 = 64;

/// What changes the bits of a result without being part of a study: elementary functions, contraction rules, steppers,
/// observers, how equilibria are found, and what a row says of them. Raised whenever one of them changes.
pub const NUMERICS_VERSION: u32 = 6;

/// The name of the quantity that compares a trajectory with the equilibria of its point.
pub const DISAGREES: &str = "disagrees";

/// What is simulated at every point, and what is measured.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The model.
    pub model: Arc<Model>,
    /// Parameters that differ from the model's defaults, the same at all points.
    pub fixed: Vec<(String, f64)>,
    /// The columns of the space, in order: a parameter, `init.NAME` for the initial value of a variable, or `start` for the
    /// index of a start.
    pub columns: Vec<String>,
    /// The stepper's name.
    pub method: String,
    /// The step in the model's time unit.
    pub step: f64,
    /// Steps before the window.
    pub transient_steps: u64,
    /// Steps of the window, at least two.
    pub window_steps: u64,
    /// What is observed.
    pub requests: Vec<Request>,
    /// Initial values that differ from the model's, the same at all points.
    pub initial: Vec<(String, f64)>,
    /// Named initial states, which the column `start` numbers.
    pub starts: Vec<NamedState>,
    /// A condition over the space's columns and the parameters: points where it is not true are excluded.
    pub constraint: Option<(Graph, Node)>,
    /// Points that go on from each other's end; `None` where every point begins for itself.
    pub chain: Option<Chain>,
    /// The network whose nodes are models; `None` for one model alone.
    pub network: Option<Arc<Network>>,
    /// Parameters that have another value for a while.
    pub stimuli: Vec<Stimulus>,
}

/// Points along one axis, of which each begins in the state that the one before has ended in: from the first value, which begins
/// as the study says, to the last, and from there back again. After a divergence the next point begins as the first one did.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The column of the space that counts the directions: 0 up, 1 down.
    pub direction: usize,
    /// The columns of the axis, each with its values in the order of the axis.
    pub columns: Vec<(usize, Vec<f64>)>,
    /// Whether the axis falls, so that its first value is where it goes down from.
    pub falls: bool,
}

impl Chain {
    /// How many values the axis has.
    pub fn length(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }
}

/// Why a protocol cannot be simulated.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SimulationError {
    /// No such stepper.
    #[error("there is no method `{name}`; take one of {known}")]
    UnknownMethod {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A name that the model does not have.
    #[error("the model `{model}` has no {what} `{name}`; `ictus models {model}` lists them")]
    UnknownName {
        /// The model.
        model: String,
        /// `parameter`, `variable` or `quantity`.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// A column `start` without starts, or the other way round.
    #[error("the column `start` needs named states in `[initial.states]`")]
    NoStarts,
    /// Noise.
    #[error(
        "the model `{model}` has noise (`wiener {name}`), which no stepper of this version integrates; remove it"
    )]
    Noise {
        /// The model.
        model: String,
        /// The noise.
        name: String,
    },
    /// An output that depends on an input.
    #[error(
        "the output `{output}` depends on the input `{input}`, an algebraic loop; define the output from state variables only"
    )]
    Echo {
        /// The output.
        output: String,
        /// The input.
        input: String,
    },
    /// A matrix of another size.
    #[error("the channel `{channel}` joins {found} nodes in a network of {nodes}")]
    Nodes {
        /// The channel.
        channel: String,
        /// Rows of its matrix.
        found: usize,
        /// Nodes of the network.
        nodes: usize,
    },
    /// A model that has no equilibria to look for.
    #[error(transparent)]
    Equilibria(#[from] SystemError),
    /// A trajectory where none is computed.
    #[error(
        "the study has `only = true` under `[stability]`, so there is no trajectory; leave it out to have one"
    )]
    NoTrajectory,
    /// Steps or window that make no sense.
    #[error("the step must be a positive number and the window at least two steps long")]
    Time,
}

/// A program for a study's points, and what its rows mean.
#[derive(Debug)]
pub struct Simulation {
    protocol: Protocol,
    machine: Machine,
    constraint: Option<Machine>,
    feeds: Vec<Feed>,
    quantities: Vec<Quantity>,
    outputs: Vec<Output>,
    conclusions: Vec<Concluded>,
    rules: Option<Classifier>,
}

/// Where the values of an input come from.
#[derive(Clone, Debug)]
enum Feed {
    /// A column of the space.
    Column(usize),
    /// The value for each start, by the index in a column of the space.
    Start { column: usize, values: Vec<f64> },
}

/// Where the values of a row's quantity come from.
#[derive(Clone, Copy, Debug)]
enum Output {
    /// A result of the program.
    Result(usize),
    /// The result of samples: which record, and which of its results.
    Concluded { record: usize, number: usize },
    /// The steps that were taken.
    Steps,
}

/// How the samples of a record end.
#[derive(Clone, Debug)]
struct Concluded {
    conclusion: Arc<dyn Conclusion>,
    results: usize,
}

impl Simulation {
    /// Compiles a protocol for a level of the processor.
    ///
    /// # Errors
    /// When names do not fit the model, or times make no sense.
    pub fn new(protocol: Protocol, level: Level) -> Result<Self, SimulationError> {
        Self::compile(protocol, level, false)
    }

    /// The same; with `tells_end` it also says where the variables of every node end.
    fn compile(protocol: Protocol, level: Level, tells_end: bool) -> Result<Self, SimulationError> {
        let tableau = integrate::find(&protocol.method).ok_or_else(|| SimulationError::UnknownMethod {
            name: protocol.method.clone(),
            known: integrate::catalog().map(|tableau| tableau.name).join(", "),
        })?;
        let mut built = draft::build(&protocol, tableau, None)?;
        if tells_end {
            built.draft.ends.extend(protocol.model.variables.iter().map(|variable| variable.value));
        }
        let machine = Machine::new(Arc::new(Program::new(built.draft)), level);
        let constraint =
            draft::constraint(&protocol).map(|draft| Machine::new(Arc::new(Program::new(draft)), level));
        let time_unit = protocol.model.time_unit.clone();
        let mut quantities = built.quantities;
        let mut outputs = built.outputs;
        let result = |number| Output::Result(number);
        quantities.push(Quantity::real(
            "diverged_at",
            time_unit,
            "time at which a variable was first outside the bound, or no number",
        ));
        outputs.push(result(draft::DIVERGED_AT));
        quantities
            .push(Quantity::real("steps", "1", "steps of the stepper that were taken").of_kind(Kind::Count));
        outputs.push(Output::Steps);
        Ok(Self {
            protocol,
            machine,
            constraint,
            feeds: built.feeds,
            quantities,
            outputs,
            conclusions: built.conclusions,
            rules: None,
        })
    }

    /// The same, with rules that name regimes; they were compiled for [`Simulation::quantities`].
    #[must_use]
    pub fn with_rules(self, rules: Classifier) -> Self {
        Self { rules: Some(rules), ..self }
    }

    /// The same with another strip width.
    #[must_use]
    pub fn with_strip_width(self, width: usize) -> Self {
        Self { machine: self.machine.with_width(width), ..self }
    }

    /// What is simulated.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The rules, if they have been given.
    pub fn rules(&self) -> Option<&Classifier> {
        self.rules.as_ref()
    }

    /// What a row holds, in order.
    pub fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What a trace holds: the signal that features are of where they name nothing.
    pub fn signal(&self) -> Quantity {
        let model = &self.protocol.model;
        match &self.protocol.network {
            Some(network) => network::signal(network, model),
            None => variable(model, &model.signal),
        }
    }

    /// Steps of a point that runs to the end.
    pub fn steps(&self) -> u64 {
        self.protocol.transient_steps + self.protocol.window_steps
    }
}

/// A variable of a model, or an `aux`.
fn variable(model: &Model, name: &str) -> Quantity {
    model.observable(name).cloned().unwrap_or_else(|| Quantity::real(name, "1", "signal"))
}
