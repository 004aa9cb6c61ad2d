//! The list of all observers: to add one, add its file and a line here. Knows nothing of how they are asked for.

use std::sync::Arc;

use super::options::{Options, RequestError};
use super::{
    Observer, bands, cycles, episodes, extrema, instants, line_length, lyapunov, moments, reach, settled,
};

/// A line of the list of observers.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The word in a study's `features`.
    pub name: &'static str,
    /// What may stand in the parentheses after it beside a signal's name; empty where nothing may.
    pub options: &'static str,
    /// One line of meaning.
    pub meaning: &'static str,
    /// The names of its quantities, as they are without a name of a signal or options.
    pub quantities: &'static [&'static str],
    pub(super) build: fn(&Options<'_>) -> Result<Arc<dyn Observer>, RequestError>,
}

/// Every observer there is.
pub(super) static CATALOG: &[Entry] = &[
    Entry {
        name: "extrema",
        options: "",
        meaning: "smallest and largest value of the window, and their distance",
        quantities: extrema::QUANTITIES,
        build: |options| without_options(options, extrema::Range),
    },
    Entry {
        name: "moments",
        options: "",
        meaning: "mean and standard deviation over the window",
        quantities: moments::QUANTITIES,
        build: |options| without_options(options, moments::Moments),
    },
    Entry {
        name: "cycles",
        options: "",
        meaning: "frequency, and how many maxima a cycle has",
        quantities: cycles::QUANTITIES,
        build: |options| without_options(options, cycles::Cycles),
    },
    Entry {
        name: "line_length",
        options: "",
        meaning: "way of the signal up and down per time",
        quantities: line_length::QUANTITIES,
        build: |options| without_options(options, line_length::LineLength),
    },
    Entry {
        name: "settled",
        options: "",
        meaning: "whether the halves of the window agree in their extrema",
        quantities: settled::QUANTITIES,
        build: |options| without_options(options, settled::Settled),
    },
    Entry {
        name: "episodes",
        options: "on=, off=, gap=0, minimum=0, name=episode",
        meaning: "times above a threshold: how many, when, how long",
        quantities: episodes::QUANTITIES,
        build: episodes::Episodes::build,
    },
    Entry {
        name: "final",
        options: "",
        meaning: "value at the end of the window",
        quantities: instants::OF_FINAL,
        build: |options| without_options(options, instants::Final),
    },
    Entry {
        name: "value",
        options: "at=, name=value",
        meaning: "value at a time of the window",
        quantities: instants::OF_VALUE,
        build: instants::ValueAt::build,
    },
    Entry {
        name: "ever_above",
        options: "level=, name=ever_above",
        meaning: "how many nodes are above a level at any time of the window",
        quantities: reach::QUANTITIES,
        build: reach::EverAbove::build,
    },
    Entry {
        name: "bands",
        options: "",
        meaning: "power in the bands of the electroencephalogram, and the dominant frequency",
        quantities: bands::QUANTITIES,
        build: |options| without_options(options, bands::Bands),
    },
    Entry {
        name: "lyapunov",
        options: "",
        meaning: "largest Lyapunov exponent, and its error",
        quantities: lyapunov::QUANTITIES,
        build: |options| without_options(options, lyapunov::Lyapunov),
    },
];

/// Every observer there is.
pub fn catalog() -> &'static [Entry] {
    CATALOG
}

fn without_options(
    options: &Options<'_>,
    observer: impl Observer + 'static,
) -> Result<Arc<dyn Observer>, RequestError> {
    options.allow(&[])?;
    Ok(Arc::new(observer))
}
