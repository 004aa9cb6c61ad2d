//! A study: what is computed, read from TOML and checked against its model, all errors at once, each with its place and remedy.
//! The only room that names `toml`. Knows nothing of threads, journals or maps.

mod axes;
mod derived;
mod design;
pub(crate) mod document;
mod duration;
mod features;
pub(crate) mod fields;
mod figure;
mod files;
mod formula;
mod identity;
mod initial;
mod network;
mod output;
mod reading;
mod rules_alone;
mod sense;
mod simulation;
mod stability;
mod stimulus;
mod subject;
mod texts;
mod timing;
mod union;
mod wanted;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::complaint::{Complaint, Complaints};
use crate::design::Design;
use crate::equation::syntax::Expression;
use crate::model::{Model, NamedState};
use crate::network::Network;
use crate::observe::Request;
use crate::regime::{OverStarts, Rules};
use crate::simulate::{Derivation, Stimulus};
use crate::space::{Axis, Space};
use crate::table::Quantity;

pub use figure::{Figure, letters, page_length, resolution};
pub use sense::{Order, Until};
pub use stability::Stability;
#[cfg(feature = "front-end")]
pub(crate) use subject::LONGEST_MODEL;
pub use texts::{MatrixFile, StudyError, TableFile, Texts};
pub use timing::Timing;
pub use union::UnionError;

/// A checked study.
#[derive(Clone, Debug)]
pub struct Study {
    title: String,
    texts: Texts,
    model: Arc<Model>,
    /// Every parameter that does not vary, with its value.
    fixed: Vec<(String, f64)>,
    network: Option<Network>,
    /// The network's own parameters.
    network_parameters: Vec<(Quantity, f64)>,
    /// What the nodes of the network are called, where a matrix names them.
    regions: Vec<String>,
    space: Space,
    is_chained: bool,
    is_drawn: bool,
    constraint: Option<Expression>,
    timing: Option<Timing>,
    stability: Option<Stability>,
    stimuli: Vec<Stimulus>,
    requests: Vec<Request>,
    derivations: Vec<Derivation>,
    rules: Rules,
    over_starts: Option<Rules>,
    starts: Vec<NamedState>,
    initial: Vec<(String, f64)>,
    directory: PathBuf,
    allowed_failures: f64,
    until: Option<Until>,
    figure: Figure,
    warnings: Vec<Complaint>,
}

impl Study {
    /// Reads a study's file and its model's, with overrides `key=value` put in.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it is wrong.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        Ok(Self::from_texts(Texts::load(path, overrides)?)?)
    }

    /// Makes a study from its texts.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_texts(texts: Texts) -> Result<Self, Complaints> {
        reading::read(texts)
    }

    /// The title, for pictures and maps.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Everything it was made from, which makes it again.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Every parameter that does not vary, with its value, in the model's order.
    pub fn fixed(&self) -> &[(String, f64)] {
        &self.fixed
    }

    /// The network, where the study has one.
    pub fn network(&self) -> Option<&Network> {
        self.network.as_ref()
    }

    /// The network's own parameters with their values, which axes may vary; none without a network.
    pub fn network_parameters(&self) -> &[(Quantity, f64)] {
        &self.network_parameters
    }

    /// What the nodes of the network are called; empty where no matrix names them.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// Where it measures.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The points that are taken at each point of the space, where the study has inputs with distributions.
    pub fn design(&self) -> Option<&Design> {
        self.space().axes().iter().find_map(Axis::design)
    }

    /// Whether the points of the last axis go on from each other, in the two directions that the axis before it counts.
    pub fn is_chained(&self) -> bool {
        self.is_chained
    }

    /// Whether the starts are drawn from a box; they are the last axis then.
    pub fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// The condition on parameters below which a point is measured at all.
    pub fn constraint(&self) -> Option<&Expression> {
        self.constraint.as_ref()
    }

    /// How a point is stepped, where something is integrated.
    pub fn timing(&self) -> Option<&Timing> {
        self.timing.as_ref()
    }

    /// How equilibria are looked for, where they are.
    pub fn stability(&self) -> Option<&Stability> {
        self.stability.as_ref()
    }

    /// Parameters that have another value for a while.
    pub fn stimuli(&self) -> &[Stimulus] {
        &self.stimuli
    }

    /// What is measured.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The names of what is measured.
    pub fn features(&self) -> Vec<String> {
        let of_rest = self.stability.iter().flat_map(|own| {
            stability::measured(own, &self.model, self.network.as_ref().map(|network| network.nodes))
        });
        let derived = self.derivations.iter().map(|own| own.quantity.name.clone());
        self.requests.iter().flat_map(Request::quantities).chain(of_rest).chain(derived).collect()
    }

    /// What follows from what is measured.
    pub fn derivations(&self) -> &[Derivation] {
        &self.derivations
    }

    /// When its design is large enough, where it says so: until then its base is doubled.
    pub fn until(&self) -> Option<&Until> {
        self.until.as_ref()
    }

    /// What it is called: the study's own rules, or else the model's.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What all starts of a point are called together, where it says it.
    pub fn over_starts(&self) -> Option<OverStarts> {
        self.over_starts.as_ref().map(|rules| OverStarts::new(rules, &self.rules.labels()))
    }

    /// The named initial states; two or more are the dimension `start`.
    pub fn starts(&self) -> &[NamedState] {
        &self.starts
    }

    /// Variables that start elsewhere than the model says.
    pub fn initial(&self) -> &[(String, f64)] {
        &self.initial
    }

    /// Where its results go, if nothing else is asked for.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The part of points that may fail before the run counts as failed.
    pub fn allowed_failures(&self) -> f64 {
        self.allowed_failures
    }

    /// What is drawn of its map, and how large.
    pub fn figure(&self) -> &Figure {
        &self.figure
    }

    /// What its author should know.
    pub fn warnings(&self) -> &[Complaint] {
        &self.warnings
    }
}
