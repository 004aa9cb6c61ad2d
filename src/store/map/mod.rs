//! The map: one self-describing NetCDF file of everything a run has measured, written ([`write()`]) from the journals and read back
//! ([`Map`]). Knows no model and no rule: how a row is called comes from outside.
//!
//! # The format
//! NetCDF-4 classic model, CF-1.11. One dimension an axis, in order, the last varying fastest; a coordinate variable for each and
//! auxiliary ones for linked columns; the points of a design are the dimension `sample`, whose coordinate is a point's identity, with its
//! inputs and marks (`replicate`, `base_row`, `block`, `swapped`) along it; `status` and `regime` as flags; every feature over all dimensions; every fixed parameter
//! as a scalar. Where the last axis counts drawn starts, how many of them end in each regime. Where rules are over all starts, what these call a point is a flag over all other axes. The attribute `role` says which is
//! which: `axis`, `linked`, `input`, `mark`, `status`, `regime`, `feature`, `fixed`, `basin`, `regime_over_starts`. The attribute `quantity` gives a name that could not be a variable's name, `kind` what a feature's values are.

mod appearance;
mod basins;
mod over_starts;
mod read;
mod write;

pub use basins::{Draws, wilson};
pub use over_starts::{OVER_STARTS, OverStarts};
pub use read::{Map, MapAxis, bounded};
pub use write::{Recipe, Summary, write};

use crate::space::Space;
use crate::table::{Appearance, Kind, Quantity};

/// The map's name in the folder of its run.
pub const FILE: &str = "map.nc";

/// A name that rows can get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The name, one word.
    pub name: String,
    /// Whether it means a seizure.
    pub seizing: bool,
    /// How it is written and coloured, where the study says it.
    pub appearance: Appearance,
}

/// What a map says apart from the rows.
#[derive(Clone, Debug)]
pub struct Description {
    /// One line.
    pub title: String,
    /// Where was measured.
    pub space: Space,
    /// What was measured, in the order of the rows.
    pub quantities: Vec<Quantity>,
    /// The names of the statuses, by number.
    pub statuses: Vec<String>,
    /// The status of a point that no journal holds.
    pub not_computed: u8,
    /// The regimes, by number; at most 127.
    pub labels: Vec<Label>,
    /// The parameters that do not vary.
    pub fixed: Vec<(Quantity, f64)>,
    /// Where the last axis counts drawn starts: when two of them have ended alike.
    pub draws: Option<Draws>,
    /// How all starts of a point are called together, if they are.
    pub over_starts: Option<OverStarts>,
    /// Further attributes of the file: texts of the study and the model, versions, history.
    pub attributes: Vec<(String, String)>,
}

/// The attribute that says what a variable is for.
const ROLE: &str = "role";
/// The attribute with the quantity's own name, where the variable's name differs.
const QUANTITY: &str = "quantity";
/// The attribute that says what a feature's values are.
const KIND: &str = "kind";

const AXIS: &str = "axis";
const LINKED: &str = "linked";
/// What varies along the points of a design.
const INPUT: &str = "input";
/// What is said of each point of a design.
const MARK: &str = "mark";
const FEATURE: &str = "feature";
const FIXED: &str = "fixed";
/// The variable of the statuses.
pub const STATUS: &str = "status";
/// The variable of the regimes.
pub const REGIME: &str = "regime";

fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Real => "real",
        Kind::Count => "count",
        Kind::Fact => "fact",
    }
}

fn kind_of(name: &str) -> Kind {
    match name {
        "count" => Kind::Count,
        "fact" => Kind::Fact,
        _ => Kind::Real,
    }
}
