//! Points that go on from each other along an axis, up and down. All of a chain is run for whichever of its points is wanted, so that
//! a row depends on its own point alone. Knows nothing of what is measured.

use std::collections::HashMap;

use super::{Chain, Simulation};
use crate::equation::journey::Journey;
use crate::equation::machine::{Conclude, Machine, Measured, Travel};
use crate::table::Table;

/// Which chains some points belong to.
pub(super) struct Chains {
    /// The first point of each chain.
    pub(super) points: Vec<usize>,
    /// For every run along a chain the points that ask for it: number of the chain, and row.
    pub(super) rows: Vec<Vec<(usize, usize)>>,
}

impl Chains {
    pub(super) fn new(chain: &Chain, points: &Table, lanes: &[usize]) -> Self {
        let length = chain.length();
        let is_along =
            |column: usize| column == chain.direction || chain.columns.iter().any(|(own, _)| *own == column);
        let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut chains = Self { points: Vec::new(), rows: vec![Vec::new(); 2 * length] };
        let (column, values) = &chain.columns[0];
        for &point in lanes {
            let others = (0..points.width()).filter(|column| !is_along(*column));
            let key = others.map(|column| points.column(column)[point].to_bits()).collect();
            let number = *known.entry(key).or_insert_with(|| {
                chains.points.push(point);
                chains.points.len() - 1
            });
            let own = points.column(*column)[point];
            let at = values.iter().position(|value| value.to_bits() == own.to_bits());
            let at = at.expect("a point has a value of its axis");
            let is_on_the_way_back = (points.column(chain.direction)[point] != 0.0) != chain.falls;
            let run = if is_on_the_way_back { 2 * length - 1 - at } else { at };
            chains.rows[run].push((number, point));
        }
        chains
    }
}

impl Simulation {
    /// Runs each point with all that go before it in its chain.
    pub(super) fn ends_of_chains(&self, machine: &Machine, chain: &Chain, points: &Table) -> Measured {
        let ends = (0..points.rows()).map(|point| {
            let chains = Chains::new(chain, points, &[point]);
            let run = chains.rows.iter().position(|rows| !rows.is_empty()).expect("a point has its run");
            let journeys = vec![Journey::default(); chains.points.len()];
            match self.run_chains(machine, chain, points, &chains, run + 1, journeys, None, &|| false) {
                Travel::Arrived(mut measured) => measured.swap_remove(run),
                Travel::Interrupted(_) => unreachable!("nobody interrupts"),
            }
        });
        let join = |mut all: Measured, one: Measured| {
            all.results.iter_mut().zip(one.results).for_each(|(all, one)| all.extend(one));
            all.ends.iter_mut().zip(one.ends).for_each(|(all, one)| all.extend(one));
            all.records.iter_mut().zip(one.records).for_each(|(all, one)| all.extend(one));
            all
        };
        ends.reduce(join).expect("there is a point")
    }

    /// Runs all chains side by side, up and down, as far as so many runs: `[run]`, from where each is.
    #[expect(clippy::too_many_arguments, reason = "what is run, on what, how far, and from where")]
    pub(super) fn run_chains(
        &self,
        machine: &Machine,
        chain: &Chain,
        points: &Table,
        chains: &Chains,
        runs: usize,
        journeys: Vec<Journey>,
        conclude: Option<&Conclude<'_>>,
        is_interrupted: &dyn Fn() -> bool,
    ) -> Travel {
        let length = chain.length();
        let of_chains = |column: &Vec<f64>| chains.points.iter().map(|&point| column[point]).collect();
        let mut own = Table::from_columns(points.columns().iter().map(of_chains).collect());
        let lanes: Vec<usize> = (0..chains.points.len()).collect();
        let inputs: Vec<Vec<Vec<f64>>> = (0..runs)
            .map(|run| {
                let at = if run < length { run } else { 2 * length - 1 - run };
                for (column, values) in &chain.columns {
                    own.column_mut(*column).fill(values[at]);
                }
                self.inputs(&own, &lanes)
            })
            .collect();
        let runs: Vec<Vec<&[f64]>> =
            inputs.iter().map(|inputs| inputs.iter().map(Vec::as_slice).collect()).collect();
        machine.travel(&runs, journeys, conclude, is_interrupted)
    }
}
