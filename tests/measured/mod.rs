//! What was measured, by name. Knows nothing of what measured it.

use ictus::experiment::{Experiment, Rows};

/// A feature in all rows.
#[track_caller]
pub(crate) fn column<'rows>(experiment: &impl Experiment, rows: &'rows Rows, feature: &str) -> &'rows [f64] {
    let at = experiment.quantities().iter().position(|quantity| quantity.name == feature);
    rows.features.column(at.unwrap_or_else(|| panic!("`{feature}` is not measured")))
}
