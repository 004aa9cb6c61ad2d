//! Parameters that have another value for a while: what each is during a step. A step lies wholly inside such a time or wholly
//! outside, so that a stepper never sees a jump and keeps its order. Knows nothing of what a parameter does.

use std::collections::HashMap;

use crate::equation::graph::{Binary, Graph, Node, Symbol};

/// A formula over parameters.
#[derive(Clone, Debug)]
pub struct Formula {
    /// As the study writes it.
    pub text: String,
    /// A graph whose symbols are parameters.
    pub graph: Graph,
    /// The value in it.
    pub node: Node,
}

/// A parameter that has another value from one time to another, counted from the beginning of the transient.
#[derive(Clone, Debug)]
pub struct Stimulus {
    /// The parameter of the model or the network.
    pub parameter: String,
    /// What it is in that time.
    pub value: Formula,
    /// The first instant, rounded to the beginning of a step.
    pub from: Formula,
    /// The end: the first instant at which it is not that any more, rounded alike.
    pub to: Formula,
}

/// What each stimulated parameter is during the step that begins at the clock's time; of two stimuli at once the later in the list
/// counts.
pub(super) fn during_a_step(
    stimuli: &[Stimulus],
    clock: Symbol,
    step: f64,
    graph: &mut Graph,
) -> HashMap<Symbol, Node> {
    let mut held: HashMap<Symbol, Node> = HashMap::new();
    let (begin, half) = (graph.read(clock), graph.constant(0.5 * step));
    // Begin and end of a stimulus are multiples of the step up to rounding, and the middle of a step is far from all of them.
    let middle = graph.add(begin, half);
    for stimulus in stimuli {
        let symbol = graph.symbol(&stimulus.parameter);
        let [value, from, to] = [&stimulus.value, &stimulus.from, &stimulus.to]
            .map(|formula| graph.import(&formula.graph, &[formula.node])[0]);
        let has_begun = graph.binary(Binary::LessOrEqual, from, middle);
        let lasts = graph.binary(Binary::Less, middle, to);
        let is_on = graph.binary(Binary::And, has_begun, lasts);
        let otherwise = held.get(&symbol).copied().unwrap_or_else(|| graph.read(symbol));
        let now = graph.select(is_on, value, otherwise);
        held.insert(symbol, now);
    }
    held
}
