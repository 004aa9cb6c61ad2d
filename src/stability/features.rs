//! What a row says of a point's equilibria, and what a point is called by them. Knows nothing of trajectories.

use super::equilibria::Equilibrium;
use crate::model::Model;
use crate::table::{Kind, Quantity};

/// How many quantities there are besides the place of the equilibrium.
const WIDTH: usize = 13;

/// Names and conditions of what an equilibrium is called where no rule names it, in the order in which they are tried.
pub const LABELS: [(&str, &str); 7] = [
    ("no_equilibrium", "n_equilibria == 0"),
    ("critical", "critical"),
    ("saddle", "saddle"),
    ("stable_node", "stable and node"),
    ("stable_spiral", "stable and spiral"),
    ("unstable_node", "not stable and node"),
    ("unstable_spiral", "not stable and spiral"),
];

/// Whose state at the equilibrium is a part of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// That of a model alone.
    OfModel,
    /// That of every node of a network of this many, node by node.
    OfNodes(usize),
    /// That of nothing: a network has many nodes.
    Absent,
}

/// What is said of a model, or of a network of its nodes, in order; last the places, `[node][variable]`.
pub fn quantities(model: &Model, places: Places) -> Vec<Quantity> {
    let at = |node: Option<usize>| {
        model.variables.iter().map(move |variable| {
            let Quantity { name, unit, meaning, .. } = &variable.quantity;
            let meaning = if meaning.is_empty() { name } else { meaning };
            let (prefix, of) = node
                .map_or_else(Default::default, |node| (format!("node_{node}_"), format!(" of node {node}")));
            let meaning = format!("{meaning}{of}, at the equilibrium");
            Quantity::real(format!("{prefix}equilibrium_{name}"), unit.clone(), meaning)
        })
    };
    let mut all = Vec::from(of_spectrum(&model.time_unit));
    match places {
        Places::OfModel => all.extend(at(None)),
        Places::OfNodes(nodes) => all.extend((0..nodes).flat_map(|node| at(Some(node)))),
        Places::Absent => {}
    }
    all
}

fn of_spectrum(time_unit: &str) -> [Quantity; WIDTH] {
    let (rate, frequency) = match time_unit {
        "1" => ("1".to_owned(), "rad".to_owned()),
        unit => (format!("1/{unit}"), format!("rad/{unit}")),
    };
    let count = |name: &str, meaning: &str| Quantity::real(name, "1", meaning).of_kind(Kind::Count);
    let fact = |name: &str, meaning: &str| Quantity::real(name, "1", meaning).of_kind(Kind::Fact);
    [
        Quantity::real("max_re", rate.clone(), "largest real part of the eigenvalues at the equilibrium"),
        Quantity::real(
            "omega",
            frequency.clone(),
            "imaginary part of the leading eigenvalue; 0 where that is real",
        ),
        Quantity::real("pair_re", rate.clone(), "real part of the least damped pair of eigenvalues"),
        Quantity::real(
            "pair_omega",
            frequency,
            "imaginary part of the least damped pair of eigenvalues; 0 where all are real",
        ),
        count("n_unstable", "eigenvalues at the equilibrium whose real part is above 0"),
        count("n_equilibria", "distinct equilibria that were found"),
        count("n_stable", "stable ones among the equilibria that were found"),
        fact("stable", "every eigenvalue at the equilibrium has a real part below 0"),
        fact("critical", "the largest real part is 0 to within 1e-6 per time unit"),
        fact("node", "the leading eigenvalue is real, and the equilibrium no saddle"),
        fact("spiral", "the leading eigenvalues are a pair: a spiral"),
        fact("saddle", "the leading eigenvalue is real and above 0, and another below 0"),
        Quantity::real(
            "residual",
            rate,
            "largest change left at the equilibrium, each over its variable's scale",
        ),
    ]
}

/// What is said of a point's equilibria, `count` numbers; the first of them is the one that the row speaks of. What does not exist
/// is NaN.
pub fn row(equilibria: &[Equilibrium], count: usize) -> Vec<f64> {
    let state = equilibria.first().map_or(&[][..], |own| &own.state);
    let places = state.iter().copied().chain(std::iter::repeat(f64::NAN));
    spectral(equilibria).into_iter().chain(places).take(count).collect()
}

fn spectral(equilibria: &[Equilibrium]) -> [f64; WIDTH] {
    let fact = |holds: bool| f64::from(u8::from(holds));
    let stable = |own: &&Equilibrium| own.spectrum.is_some_and(|spectrum| spectrum.is_stable());
    let found = equilibria.len() as f64;
    let n_stable = equilibria.iter().filter(stable).count() as f64;
    let own = equilibria.first();
    let residual = own.map_or(f64::NAN, |own| own.residual);
    let Some(spectrum) = own.and_then(|own| own.spectrum) else {
        let none = f64::NAN;
        return [none, none, none, none, none, found, n_stable, none, none, none, none, none, residual];
    };
    let is_spiral = spectrum.omega > 0.0;
    let is_saddle = !is_spiral && spectrum.unstable > 0 && spectrum.unstable < spectrum.dimension;
    [
        spectrum.max_re,
        spectrum.omega,
        spectrum.pair.map_or(f64::NAN, |pair| pair.re),
        spectrum.pair.map_or(0.0, |pair| pair.im),
        spectrum.unstable as f64,
        found,
        n_stable,
        fact(spectrum.is_stable()),
        fact(spectrum.is_critical()),
        fact(!is_spiral && !is_saddle),
        fact(is_spiral),
        fact(is_saddle),
        residual,
    ]
}
