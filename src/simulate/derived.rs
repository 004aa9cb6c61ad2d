//! Quantities that follow from what was measured at a point and from its parameters: a closed form, a difference, a ratio. Knows
//! nothing of how anything is measured.

use std::collections::HashMap;
use std::sync::Arc;

use super::Formula;
use crate::equation::Level;
use crate::equation::graph::{Graph, Node, Symbol};
use crate::equation::machine::Machine;
use crate::equation::program::{Draft, Program};
use crate::experiment::{Rows, Status};
use crate::table::{Quantity, Table};

/// A quantity and its formula over parameters, measured quantities, and derived ones that stand before it.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// How it follows; of a parameter and a measured quantity of one name the latter is meant.
    pub formula: Formula,
}

/// The program of all formulas.
#[derive(Debug)]
pub(super) struct Derived {
    machine: Machine,
    /// Columns of the space that are looked at.
    columns: Vec<usize>,
    /// How many formulas there are.
    pub(super) width: usize,
}

impl Derived {
    /// Compiles the formulas; `measured` are the quantities of a row, `columns` those of the space, `fixed` the parameters that do
    /// not vary.
    pub(super) fn new(
        derivations: &[Derivation],
        measured: &[Quantity],
        columns: &[String],
        fixed: &[(String, f64)],
        level: Level,
    ) -> Self {
        let mut graph = Graph::new();
        let clock = graph.symbol("t");
        let is_measured = |name: &str| measured.iter().any(|quantity| quantity.name == name);
        let mut inputs: Vec<Symbol> = measured.iter().map(|quantity| graph.symbol(&quantity.name)).collect();
        let columns: Vec<(usize, &String)> =
            columns.iter().enumerate().filter(|(_, name)| !is_measured(name)).collect();
        inputs.extend(columns.iter().map(|(_, name)| graph.symbol(name)));
        let fixed = fixed
            .iter()
            .map(|(name, value)| (graph.symbol(name), *value))
            .filter(|(symbol, _)| !inputs.contains(symbol))
            .collect();
        let mut known: HashMap<Symbol, Node> = HashMap::new();
        let mut results = Vec::new();
        for Derivation { quantity, formula } in derivations {
            let node = graph.import(&formula.graph, &[formula.node])[0];
            let node = graph.substitute(&[node], &known)[0];
            known.insert(graph.symbol(&quantity.name), node);
            results.push(node);
        }
        let draft = Draft { fixed, ..Draft::of_results(graph, inputs, clock, results) };
        let machine = Machine::new(Arc::new(Program::new(draft)), level);
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        Self { machine, columns, width: derivations.len() }
    }

    /// Adds the derived columns to rows; of a point that could not be measured nothing follows.
    pub(super) fn extend(&self, points: &Table, rows: Rows) -> Rows {
        let Rows { status, features } = rows;
        let mut columns = features.into_columns();
        let given = self.columns.iter().map(|&column| points.column(column));
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).chain(given).collect();
        let derived = self.machine.run(&inputs, points.rows()).results;
        columns.extend(derived.into_iter().map(|column| {
            let of = |(value, status): (f64, &Status)| {
                if *status == Status::Ok && !value.is_nan() { value } else { f64::NAN }
            };
            column.into_iter().zip(&status).map(of).collect::<Vec<f64>>()
        }));
        Rows { status, features: Table::from_columns(columns) }
    }
}
