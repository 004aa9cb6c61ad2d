//! Points in, equilibria out: where Newton's method starts at a point, and which of the equilibria its row speaks of. Knows
//! nothing of trajectories but where they end.

use std::ops::Range;
use std::sync::Arc;

use super::SimulationError;
use super::network::of_one_node;
use crate::equation::Level;
use crate::equation::graph::{Graph, Node, Symbol};
use crate::equation::machine::Machine;
use crate::equation::program::{Draft, Program};
use crate::model::{Model, NamedState};
use crate::network::Network;
use crate::stability::{self, Equilibrium, Search, System};
use crate::table::{Quantity, Table};

/// Jacobians of all points of a block together have about so many entries at most: more would leave the second cache.
const ENTRIES: usize = 1 << 17;

/// The most points of a block.
const WIDEST: usize = 4096;

/// Systems of more components do not look on where equilibria are missing: there are too many, such as 2^n of n bistable nodes.
const MOST_COMPLETED: usize = 16;

/// Where equilibria are looked for.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The model.
    pub model: Arc<Model>,
    /// The network whose nodes are such models, if it is one.
    pub network: Option<Arc<Network>>,
    /// Parameters that differ from the defaults, the same at all points.
    pub fixed: Vec<(String, f64)>,
    /// The columns of the space, in order: a parameter, `init.NAME`, or `start` for the index of a start.
    pub columns: Vec<String>,
    /// Initial values that differ from the model's, the same at all points.
    pub initial: Vec<(String, f64)>,
    /// Named initial states, which the column `start` numbers.
    pub starts: Vec<NamedState>,
    /// A condition over the parameters: points where it is not true are excluded.
    pub constraint: Option<(Graph, Node)>,
    /// How many points of the box are started from besides the initial state and the named ones.
    pub spread: usize,
    /// The box, where it is not what surrounds the known states: a variable and its range, outside of which an equilibrium does
    /// not count.
    pub ranges: Vec<(String, stability::Range)>,
    /// Whose state at the equilibrium is a part of the row.
    pub places: stability::features::Places,
}

/// What finds the equilibria of a study's points.
#[derive(Debug)]
pub struct Equilibria {
    rest: Rest,
    system: System,
    search: Search,
    /// Gives whether a point is wanted, and every variable's initial value, from the parameters.
    opening: Machine,
    /// States that are started from at every point after its own, `[start][component]`.
    common: Vec<Vec<f64>>,
    block: usize,
}

impl Equilibria {
    /// Compiles the field and its Jacobian for a level of the processor.
    ///
    /// # Errors
    /// When the equations depend on the time, or the network does not fit the model.
    pub fn new(rest: Rest, level: Level) -> Result<Self, SimulationError> {
        let of_nodes = rest.columns.iter().filter_map(|column| {
            let (node, own) = of_one_node(column)?;
            (!own.starts_with("init.")).then(|| (column.clone(), node, own.to_owned()))
        });
        let of_nodes: Vec<(String, usize, String)> = of_nodes.collect();
        let system = System::with_own(&rest.model, rest.network.as_deref(), &of_nodes, level)?;
        let known = rest.known_states();
        let ranges = rest.ranges(&known);
        let mut common = known[1..].to_vec();
        common.extend((0..rest.spread).map(|number| stability::place(&ranges, number)));
        let scale = |variable: usize| {
            let values = known.iter().map(|state| state[variable]).chain(ranges[variable]);
            let largest =
                values.filter(|value| value.is_finite()).fold(0.0_f64, |most, value| most.max(value.abs()));
            if largest == 0.0 { 1.0 } else { largest }
        };
        let scales: Vec<f64> = (0..system.variables()).map(scale).collect();
        let nodes = system.nodes();
        let bound = rest.model.bound;
        let inside: Vec<stability::Range> =
            rest.names().map(|name| rest.own_range(name).unwrap_or([-bound, bound])).collect();
        let dimension = system.dimension();
        let further = if dimension <= MOST_COMPLETED { rest.further(&ranges) } else { Vec::new() };
        let search = Search {
            scales: on_every_node(&scales, nodes),
            inside: on_every_node(&inside, nodes),
            further: further.iter().map(|state| on_every_node(state, nodes)).collect(),
        };
        Ok(Self {
            opening: opening(&rest, &system, level),
            common: common.iter().map(|state| on_every_node(state, nodes)).collect(),
            block: (ENTRIES / (dimension * dimension)).clamp(1, WIDEST),
            search,
            system,
            rest,
        })
    }

    /// Where equilibria are looked for.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// What a row says of equilibria, in order.
    pub fn quantities(&self) -> Vec<Quantity> {
        stability::features::quantities(&self.rest.model, self.rest.places)
    }

    /// How many components a state has.
    pub(super) fn dimension(&self) -> usize {
        self.system.dimension()
    }

    /// The relative distance of a state from an equilibrium.
    pub(super) fn distance(&self, state: &[f64], equilibrium: &Equilibrium) -> f64 {
        self.search.distance(state, &equilibrium.state)
    }

    /// Every point's equilibria, `[point][equilibrium]`, and whether the study wants the point; `ends[component][point]` are where
    /// trajectories ended, if there are any. The first equilibrium is the one that a row speaks of: the first that is reached
    /// from, in this order, the trajectory's end, the point's initial state, the named states, the points of the box.
    pub fn find(&self, points: &Table, ends: &[Vec<f64>]) -> (Vec<Vec<Equilibrium>>, Vec<bool>) {
        let (mut found, mut wanted) = (Vec::with_capacity(points.rows()), Vec::with_capacity(points.rows()));
        for block in self.blocks(points.rows()) {
            let (own, is_wanted) = self.find_in_block(points, ends, block, &|| false);
            found.extend(own);
            wanted.extend(is_wanted);
        }
        (found, wanted)
    }

    /// The pieces in which equilibria are looked for, so that their Jacobians stay in a cache.
    pub(super) fn blocks(&self, points: usize) -> impl Iterator<Item = Range<usize>> {
        let block = self.block;
        (0..points).step_by(block).map(move |first| first..points.min(first + block))
    }

    /// As [`Equilibria::find`], of one piece. Once `is_given_up` says so it ends early, and what it gives is of no use.
    pub(super) fn find_in_block(
        &self,
        points: &Table,
        ends: &[Vec<f64>],
        block: Range<usize>,
        is_given_up: &dyn Fn() -> bool,
    ) -> (Vec<Vec<Equilibrium>>, Vec<bool>) {
        let count = block.len();
        let column = |name: &str| {
            let at = self.rest.columns.iter().position(|known| known == name);
            at.map(|at| points.column(at)[block.clone()].to_vec())
        };
        let parameter = |name: &String| column(name).unwrap_or_else(|| vec![self.rest.value(name); count]);
        let all: Vec<Vec<f64>> = self.system.parameters().iter().map(parameter).collect();
        let inputs: Vec<&[f64]> = all.iter().map(Vec::as_slice).collect();
        let mut opened = self.opening.run(&inputs, count).results;
        let conditions = opened.remove(0);
        let wanted: Vec<bool> =
            conditions.iter().map(|condition| *condition != 0.0 && !condition.is_nan()).collect();
        let lanes: Vec<usize> = (0..count).filter(|&lane| wanted[lane]).collect();
        if lanes.is_empty() {
            return (vec![Vec::new(); count], wanted);
        }
        let initial = self.initial(opened, &column);
        let chosen = |columns: &[Vec<f64>]| -> Vec<Vec<f64>> {
            columns.iter().map(|column| lanes.iter().map(|&lane| column[lane]).collect()).collect()
        };
        let mut starts = Vec::new();
        // A place far away tells nothing of where an affine field rests.
        if ends.len() == self.system.dimension() && !self.system.is_affine() {
            let own: Vec<Vec<f64>> = ends.iter().map(|column| column[block.clone()].to_vec()).collect();
            starts.push(chosen(&own));
        }
        starts.push(chosen(&initial));
        let everywhere = |state: &Vec<f64>| state.iter().map(|&value| vec![value; lanes.len()]).collect();
        if !self.system.is_affine() {
            starts.extend(self.common.iter().map(everywhere));
        }
        let equilibria = self.search.equilibria(&self.system, &chosen(&all), &starts, is_given_up);
        let mut found = vec![Vec::new(); count];
        lanes.iter().zip(equilibria).for_each(|(&lane, own)| found[lane] = own);
        (found, wanted)
    }

    /// The points' own initial states, `[component][point]`: what the study says, else the point's start, else the model.
    fn initial(
        &self,
        mut values: Vec<Vec<f64>>,
        column: &impl Fn(&str) -> Option<Vec<f64>>,
    ) -> Vec<Vec<f64>> {
        let starts = column("start");
        for (variable, values) in self.rest.model.variables.iter().zip(&mut values) {
            let name = &variable.quantity.name;
            if let Some(value) = listed(&self.rest.initial, name) {
                values.fill(value);
            }
            if let Some(starts) = &starts {
                for (value, start) in values.iter_mut().zip(starts) {
                    *value = listed(&self.rest.starts[*start as usize].values, name).unwrap_or(*value);
                }
            }
            if let Some(own) = column(&format!("init.{name}")) {
                values.clone_from(&own);
            }
        }
        let variables = values.len();
        let mut states: Vec<Vec<f64>> =
            (0..self.system.nodes()).flat_map(|_| values.iter().cloned()).collect();
        for (name, of_nodes) in self.rest.network.iter().flat_map(|network| &network.values) {
            let at = self.rest.model.variables.iter().position(|variable| {
                name.strip_prefix("init.").is_some_and(|name| name == variable.quantity.name)
            });
            let Some(at) = at else { continue };
            for (node, &value) in of_nodes.iter().enumerate() {
                states[node * variables + at].fill(value);
            }
        }
        for name in &self.rest.columns {
            let Some((node, of)) = of_one_node(name) else { continue };
            let at =
                self.rest.model.variables.iter().position(|variable| {
                    of.strip_prefix("init.").is_some_and(|of| of == variable.quantity.name)
                });
            if let (Some(at), Some(own)) = (at, column(name)) {
                states[node * variables + at] = own;
            }
        }
        states
    }
}

impl Rest {
    /// A parameter's value where no axis varies it.
    fn value(&self, name: &str) -> f64 {
        let own = || self.model.parameter(name).map(|parameter| parameter.default);
        let of_network = || listed(&self.network.as_ref()?.parameters, name);
        listed(&self.fixed, name).or_else(own).or_else(of_network).unwrap_or(f64::NAN)
    }

    /// The initial state of a node as far as it is known without a point, then the named ones, `[state][variable]`.
    fn known_states(&self) -> Vec<Vec<f64>> {
        let state = |named: Option<&NamedState>| -> Vec<f64> {
            let mut values = self.model.initial_values(named);
            for (variable, value) in self.model.variables.iter().zip(&mut values) {
                let name = &variable.quantity.name;
                let own = named.and_then(|named| listed(&named.values, name));
                *value = own.or_else(|| listed(&self.initial, name)).unwrap_or(*value);
                if value.is_nan() {
                    *value = 0.0;
                }
            }
            values
        };
        let named = self.starts.iter().chain(&self.model.states);
        std::iter::once(None).chain(named.map(Some)).map(state).collect()
    }

    /// Starts for points that have not found all, `[start][variable]`: more of the box, then from around it.
    fn further(&self, ranges: &[stability::Range]) -> Vec<Vec<f64>> {
        let inside = (self.spread..5 * self.spread).map(|number| stability::place(ranges, number));
        inside.chain(self.around(ranges, 2 * self.spread)).collect()
    }

    /// Starts from two wider boxes on both sides of 0, so many of each; what the study gives stays as it is.
    fn around(&self, ranges: &[stability::Range], count: usize) -> Vec<Vec<f64>> {
        let wide = |factor: f64| -> Vec<stability::Range> {
            let widened = |(name, range): (&str, &stability::Range)| {
                let most = (factor * range[0].abs().max(range[1].abs())).min(self.model.bound);
                self.own_range(name).unwrap_or([-most, most])
            };
            self.names().zip(ranges).map(widened).collect()
        };
        let boxes = [8.0, 64.0].map(wide);
        boxes.iter().flat_map(|own| (0..count).map(|number| stability::place(own, number))).collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.model.variables.iter().map(|variable| variable.quantity.name.as_str())
    }

    fn own_range(&self, name: &str) -> Option<stability::Range> {
        self.ranges.iter().find(|(known, _)| known == name).map(|(_, range)| *range)
    }

    fn ranges(&self, known: &[Vec<f64>]) -> Vec<stability::Range> {
        let range = |(at, name): (usize, &str)| {
            let around = || stability::surroundings(known.iter().map(|state| state[at]));
            self.own_range(name).unwrap_or_else(around)
        };
        self.names().enumerate().map(range).collect()
    }
}

fn on_every_node<T: Copy>(of_one: &[T], nodes: usize) -> Vec<T> {
    std::iter::repeat_n(of_one, nodes).flatten().copied().collect()
}

fn listed(values: &[(String, f64)], name: &str) -> Option<f64> {
    values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
}

/// Whether a point is wanted, then the initial values, from all parameters.
fn opening(rest: &Rest, system: &System, level: Level) -> Machine {
    let mut graph = rest.model.graph.clone();
    let condition = match &rest.constraint {
        Some((own, condition)) => graph.import(own, &[*condition])[0],
        None => graph.constant(1.0),
    };
    let inputs: Vec<Symbol> = system.parameters().iter().map(|name| graph.symbol(name)).collect();
    let clock = graph.symbol("t");
    let mut results = vec![condition];
    results.extend(rest.model.variables.iter().map(|variable| variable.initial));
    let draft = Draft::of_results(graph, inputs, clock, results);
    Machine::new(Arc::new(Program::new(draft)), level)
}
