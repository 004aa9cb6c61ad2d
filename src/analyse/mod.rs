//! A map read back: slices of it, boundaries and shares of its regimes, what these depend on, its comparison with another map, new
//! labels for it.
//! Knows neither how a map was computed nor how it is drawn.

pub mod basins;
pub mod boundaries;
pub mod boundary_points;
pub mod compare;
pub mod cut;
pub mod digest;
pub mod over_starts;
mod panels;
mod pieces;
pub mod relabel;
pub mod sensitivity;
pub mod shares;
pub mod slice;
pub mod summary;

#[cfg(test)]
pub(crate) mod samples;

use crate::complaint::nearest;
use crate::store::StoreError;

/// What can be wrong with a question to a map.
#[derive(Debug, thiserror::Error)]
pub enum AnalyseError {
    /// The map cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A name that the map does not know.
    #[error("the map has no {kind} `{name}`; {remedy}")]
    Unknown {
        /// What was looked for: an axis, a feature, a state.
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The nearest known name, or all of them.
        remedy: String,
    },
    /// A name that a table does not know.
    #[error("the table has no {kind} `{name}`; {remedy}")]
    NotInTable {
        /// What was looked for: an output, a label.
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The nearest known name, or all of them.
        remedy: String,
    },
    /// A parameter that does not vary was given a place.
    #[error("`{name}` is not an axis of the map, it is {value} everywhere; leave it out of --at")]
    Fixed {
        /// The parameter.
        name: String,
        /// Its only value.
        value: f64,
    },
    /// A place beside an axis.
    #[error("`{name}` = {value} is outside of its axis; choose a value from {from} to {to}")]
    Outside {
        /// The axis.
        name: String,
        /// The value as given.
        value: f64,
        /// The smallest value of the axis.
        from: f64,
        /// The largest value of the axis.
        to: f64,
    },
    /// A place that is not `name=value`.
    #[error("`{text}` is not a place on an axis; write it as name=value, for instance A=3.25 or start=rest")]
    Place {
        /// The text as given.
        text: String,
    },
    /// One axis asked to stand in two directions, or held and shown.
    #[error("the axis `{name}` is asked for twice; name it once among --x, --y, --panel and --at")]
    Twice {
        /// The axis.
        name: String,
    },
    /// An axis of names asked for as a direction of a picture.
    #[error(
        "the values of `{name}` are names, it cannot be an axis of a picture; choose another, or one of its values with --at {name}={example}"
    )]
    Names {
        /// The axis.
        name: String,
        /// One of its values.
        example: String,
    },
    /// More panels than a picture holds.
    #[error("`{name}` has {count} values, too many for one picture; choose one with --at {name}={example}")]
    Panels {
        /// The axis.
        name: String,
        /// How many values it has.
        count: u64,
        /// One of them.
        example: String,
    },
    /// More panels than a page holds.
    #[error(
        "`{name}` would have {count} panels, and a picture has at most {most}; choose values, for instance --panel {example}"
    )]
    ManyPanels {
        /// The axis.
        name: String,
        /// How many there would be.
        count: u64,
        /// How many there may be.
        most: u64,
        /// Some of them.
        example: String,
    },
    /// An axis of more values than are read for a picture.
    #[error("`{name}` has {length} values, too many for a picture; draw along another axis with --x and --y")]
    Long {
        /// The axis.
        name: String,
        /// How many values it has.
        length: u64,
    },
    /// A map without an axis of numbers.
    #[error("the map has no axis of numbers to draw along; `ictus info` lists its axes")]
    NoAxis,
    /// Basins asked of a map that has none.
    #[error(
        "the map has no basins, since its starts were not drawn from a box; give its study `[initial] box` and `starts`, or leave --basin out"
    )]
    NoBasins,
    /// Labels of all starts together asked of a map that has none.
    #[error(
        "the map has no rules over all starts; give its study a `[[regime]]` with `over = \"start\"`, or leave --over out"
    )]
    NoRulesOverStarts,
    /// One start chosen where all are looked at.
    #[error("--over start looks at all starts together; leave `start` out of --at, or --over out")]
    OneOfAllStarts,
    /// A map in which no point has a neighbour.
    #[error(
        "no axis of the map has neighbouring values, so there are no boundaries: the runs of a design, named states and axes that are held have none"
    )]
    NoNeighbours,
    /// More points than are looked at together.
    #[error(
        "these are {points} points, and at most {most} are looked at together; hold an axis with --at NAME=VALUE"
    )]
    ManyPoints {
        /// How many.
        points: u64,
        /// How many may be.
        most: u64,
    },
    /// An axis held at two places.
    #[error("the axis `{name}` is held twice; give one --at for it")]
    HeldTwice {
        /// The axis.
        name: String,
    },
    /// A map, or a part of it, of a single point.
    #[error(
        "nothing varies, so nothing depends on anything; hold fewer axes with --at, or analyse a map with axes"
    )]
    NothingVaries,
    /// The runs of a design are held at one of them.
    #[error("`sample` counts the runs of the design, and indices are of all of them; leave it out of --at")]
    HeldRuns,
    /// Points of a trajectory between which more than one group moves.
    #[error(
        "replicate {replicate}, base_row {row}: where `{swapped}` moves `{input}` moves too, and effects are of one at a time; keep the values of `ictus design` as they are"
    )]
    Trajectory {
        /// The replicate.
        replicate: usize,
        /// The trajectory.
        row: usize,
        /// What should move alone.
        swapped: String,
        /// What moves as well.
        input: String,
    },
    /// The runs of a design at several places.
    #[error(
        "the design was run at every value of {names}, and indices are of one; name a place of each: --at NAME=VALUE"
    )]
    OpenAxes {
        /// The axes that stand nowhere.
        names: String,
    },
    /// A map with points that are not computed yet.
    #[error("{points} points of the map are not computed yet; finish it with `ictus run`, then analyse it")]
    Unfinished {
        /// How many.
        points: u64,
    },
    /// A feature that is undefined at too many points to leave them out.
    #[error(
        "`{name}` is undefined at {percent:.3} % of the points, more than the 1 % that may be left out; give its value there with --fill, for instance --fill 0"
    )]
    Undefined {
        /// The feature.
        name: String,
        /// The part of the points, in per cent.
        percent: f64,
    },
    /// An output of a design that is undefined in too many comparisons to leave them out.
    #[error(
        "`{name}` is undefined in {percent:.3} % of the rows that are compared, more than the 1 % that may be left out; give its value there with --fill, for instance --fill 0, or restrict the analysis to one regime with --within LABEL"
    )]
    UndefinedPairs {
        /// The output.
        name: String,
        /// The part of the comparisons of a parameter, in per cent.
        percent: f64,
    },
    /// An estimator that the runs of a design do not have what it needs for.
    #[error("{what}")]
    Estimator {
        /// What is missing, and the remedy.
        what: String,
    },
    /// Features that are not there to be relabelled by.
    #[error("the map cannot be relabelled: {reason}")]
    Relabel {
        /// What does not fit, and the remedy.
        reason: String,
    },
}

impl AnalyseError {
    /// Whether the call is wrong (exit code 2) rather than the machine (exit code 4).
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Store(error) => error.is_callers_fault(),
            _ => true,
        }
    }

    /// A name that the map does not know, with what was meant or what there is.
    pub fn unknown<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Unknown { kind, name: name.to_owned(), remedy: Self::remedy(name, known) }
    }

    /// The same of a table.
    pub fn not_in_table<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::NotInTable { kind, name: name.to_owned(), remedy: Self::remedy(name, known) }
    }

    fn remedy<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
        let known: Vec<&str> = known.into_iter().collect();
        // Any one letter is near any other: that is no hint.
        let meant = nearest(name, known.iter().copied()).filter(|meant| name.len().max(meant.len()) > 1);
        match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => "it has none".to_owned(),
            None => format!("it has {}", known.join(", ")),
        }
    }
}
