//! Rows to the bit, and the levels that should agree in them. Knows nothing of what is measured.

#![allow(dead_code, reason = "every test program that includes this file uses its own part of it")]

use ictus::equation::Level;
use ictus::experiment::{Rows, Status};

/// Status and features of rows, `[feature][row]`.
pub(crate) fn bits(rows: &Rows) -> (Vec<Status>, Vec<Vec<u64>>) {
    let of = |column: &Vec<f64>| column.iter().map(|value| value.to_bits()).collect();
    (rows.status.clone(), rows.features.columns().iter().map(of).collect())
}

/// The levels that this processor has.
pub(crate) fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|level| level.is_available())
}
