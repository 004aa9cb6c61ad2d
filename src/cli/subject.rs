//! What is looked at without a sweep: the model that a person named by a study, a map, a model's file or its name, with the values
//! of its parameters and the states it may start from. Knows no verb.

use std::path::Path;
use std::sync::Arc;

use crate::complaint::{Source, nearest, text_of_any_encoding};
use crate::equation::graph::Node;
use crate::model::{self, Model, NamedState, Variable};
use crate::space::{Axis, Scale};
use crate::stability::curves::Range;
use crate::stability::{SystemError, Unrolled, flatten, unroll};
use crate::study::{LONGEST_MODEL, Study, StudyError};
use crate::table::Quantity;

use super::Failure;
use super::arguments::StudyArguments;
use super::studies;

/// More variables than this take too long to follow.
pub(super) const MOST_VARIABLES: usize = 256;

/// What a subject is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its equilibria are followed.
    Curves,
    /// It is written for another program.
    Export,
}

/// A model at a place in the space of its parameters.
#[derive(Debug)]
pub(super) struct Subject {
    /// The model; of a network, all nodes written out as one.
    pub(super) model: Arc<Model>,
    /// How many nodes there are; 1 for a model alone.
    pub(super) nodes: usize,
    /// Of a network that is written for another program: the coupling inputs, by name, as parts of the model's equations.
    pub(super) heard: Option<Vec<(String, Node)>>,
    /// Whether the study has a condition, at which nothing here looks.
    pub(super) is_constrained: bool,
    /// One line.
    pub(super) title: String,
    /// The value of every parameter.
    pub(super) values: Vec<(String, f64)>,
    /// Where parameters vary: the study's axes, then the ranges that the model proposes.
    pub(super) ranges: Vec<Range>,
    /// States to start from, `[start][variable]`.
    pub(super) starts: Vec<Vec<f64>>,
    /// A step for trajectories, in time units.
    pub(super) step: f64,
    /// The texts that it was made from, as attributes of a file.
    pub(super) attributes: Vec<(String, String)>,
    /// Names that vary in the study without being a parameter, such as `init.y0` or `start`.
    others: Vec<String>,
    /// Parameters that differ from node to node.
    differing: Vec<String>,
}

impl Subject {
    /// The subject that a person named. Parameters that vary in a study stand in the middle of their axis, as in `ictus point`;
    /// `at` sets any of them.
    ///
    /// # Errors
    /// When the study or the model cannot be read, or `at` does not fit.
    pub(super) fn load(arguments: &StudyArguments, at: &[String], purpose: Purpose) -> Result<Self, Failure> {
        let mut subject = match alone(&arguments.study)? {
            Some(_) if !arguments.overrides.is_empty() => {
                let message =
                    "`--set` changes a study, and this is a model; write `--at p=120` for its parameters";
                return Err(Failure::Wrong(message.to_owned()));
            }
            Some(model) => Self::of_model(model),
            None => {
                let study = studies::load(arguments)?;
                Self::of_study(&study, purpose)?
            }
        };
        for text in at {
            let value =
                text.split_once('=').and_then(|(name, value)| Some((name, value.parse::<f64>().ok()?)));
            let Some((name, value)) = value.filter(|(_, value)| value.is_finite()) else {
                let message =
                    format!("`--at {text}` is not a value of a parameter; write for instance `--at p=120`");
                return Err(Failure::Wrong(message));
            };
            subject.check(name)?;
            subject.values.retain(|(known, _)| known != name);
            subject.values.push((name.to_owned(), value));
        }
        Ok(subject)
    }

    fn of_model(model: Model) -> Self {
        let defaults = model.parameters.iter();
        Self {
            title: model.title.clone(),
            values: defaults.map(|parameter| (parameter.quantity.name.clone(), parameter.default)).collect(),
            ranges: ranges(&model),
            starts: starts(&model, &[], &[]),
            step: step(&model),
            attributes: vec![("model_name".into(), model.name.clone()), ("model".into(), model.text.clone())],
            others: Vec::new(),
            differing: Vec::new(),
            nodes: 1,
            heard: None,
            is_constrained: false,
            model: Arc::new(model),
        }
    }

    fn of_study(study: &Study, purpose: Purpose) -> Result<Self, Failure> {
        let (model, heard) = written_out(study, purpose)?;
        let mut values = study.fixed().to_vec();
        let of_network = study.network_parameters().iter();
        values.extend(of_network.map(|(quantity, value)| (quantity.name.clone(), *value)));
        values.retain(|(name, _)| model.parameter(name).is_some());
        let mut own = Vec::new();
        let mut others = Vec::new();
        let middle = Study::middle(study.space());
        let columns = study.space().axes().iter().flat_map(Axis::columns);
        for (column, middle) in columns.zip(middle) {
            let name = &column.quantity.name;
            if model.parameter(name).is_none() {
                others.push(name.clone());
                continue;
            }
            let (from, to) = match &column.scale {
                Scale::Linear { from, to } | Scale::Log { from, to } => (from.min(*to), from.max(*to)),
                Scale::Sample(sampled) => sampled.range(),
                Scale::List(list) => (
                    list.iter().copied().fold(f64::INFINITY, f64::min),
                    list.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                ),
            };
            values.retain(|(known, _)| known != name);
            values.push((name.clone(), middle));
            own.push(Range { name: name.clone(), from, to });
        }
        own.extend(ranges(&model));
        Ok(Self {
            title: study.title().to_owned(),
            values,
            ranges: own,
            starts: starts_on_every_node(study),
            step: study.timing().map_or_else(|| step(&model), |timing| timing.step),
            attributes: study.attributes(),
            others,
            differing: study.network().map_or_else(Vec::new, |network| {
                network.values.iter().map(|(name, _)| name.clone()).collect()
            }),
            nodes: study.network().map_or(1, |network| network.nodes),
            heard,
            is_constrained: study.constraint().is_some(),
            model,
        })
    }

    /// The variables as a map names them: `node_45_x` of a network.
    pub(super) fn variables(&self) -> impl Iterator<Item = Quantity> {
        let named = |variable: &Variable| {
            let name = variable.quantity.name.replace('.', "_");
            Quantity { name, ..variable.quantity.clone() }
        };
        self.model.variables.iter().map(named)
    }

    /// Refuses a name that is not a parameter.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn check(&self, name: &str) -> Result<(), Failure> {
        if self.model.parameter(name).is_some() {
            return Ok(());
        }
        let known = || self.model.parameters.iter().map(|parameter| parameter.quantity.name.as_str());
        let message = if self.others.iter().any(|other| other == name) {
            format!(
                "`{name}` is where a trajectory begins and changes no equilibrium; take a parameter: {}",
                known().collect::<Vec<_>>().join(", ")
            )
        } else if self.differing.iter().any(|differing| differing == name) {
            format!(
                "`{name}` differs from node to node and is not one number; let another parameter scale it in the model, or take it \
                 out of `[network.nodes]`"
            )
        } else {
            let remedy = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", known().collect::<Vec<_>>().join(", ")),
            };
            format!("the model `{}` has no parameter `{name}`; {remedy}", self.model.name)
        };
        Err(Failure::Wrong(message))
    }

    /// Where a parameter varies: between `from` and `to` where they are given, else as the study or the model says.
    ///
    /// # Errors
    /// When it is not a parameter, nobody says where it varies, or the range is none.
    pub(super) fn range(
        &self,
        name: &str,
        [from, to]: [Option<f64>; 2],
        options: [&str; 2],
    ) -> Result<Range, Failure> {
        self.check(name)?;
        let known = self.ranges.iter().find(|range| range.name == name);
        let end = |given: Option<f64>, known: Option<f64>, option: &str| {
            given.or(known).ok_or_else(|| {
                Failure::Wrong(format!(
                    "neither the study nor the model gives a range of `{name}`; give `{option}`"
                ))
            })
        };
        let from = end(from, known.map(|range| range.from), options[0])?;
        let to = end(to, known.map(|range| range.to), options[1])?;
        if !(from < to && (to - from).is_finite()) {
            return Err(Failure::Wrong(format!(
                "`{name}` cannot run from {from} to {to}; give two finite numbers, the smaller first, with `{}` and `{}`",
                options[0], options[1]
            )));
        }
        Ok(Range { name: name.to_owned(), from, to })
    }

    /// The value of a parameter.
    pub(super) fn value(&self, name: &str) -> f64 {
        self.values.iter().find(|(known, _)| known == name).map_or(f64::NAN, |(_, value)| *value)
    }
}

/// The model that a file or a name stands for, where it is not a study.
fn alone(path: &Path) -> Result<Option<Model>, Failure> {
    let is_file = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ode"));
    let parsed = if is_file {
        let unreadable = |reason| StudyError::Unreadable { path: path.to_owned(), reason };
        let text = text_of_any_encoding(path, LONGEST_MODEL).map_err(unreadable)?;
        let name = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
        Model::parse(&Source::new(path.display().to_string(), text), &name)
    } else {
        match path.to_str().filter(|_| !path.exists()).and_then(model::find) {
            Some(entry) => entry.parse(),
            None => return Ok(None),
        }
    };
    Ok(Some(parsed.map_err(StudyError::from)?))
}

fn ranges(model: &Model) -> Vec<Range> {
    let range =
        |range: &model::ParameterRange| Range { name: range.name.clone(), from: range.from, to: range.to };
    model.ranges.iter().map(range).collect()
}

/// The initial state and all named ones, the study's first.
fn starts(model: &Model, initial: &[(String, f64)], named: &[NamedState]) -> Vec<Vec<f64>> {
    let own = NamedState { name: String::new(), values: initial.to_vec() };
    let with_own = |state: &NamedState| {
        // What a state lists comes first, since the first that is found counts.
        let values = state.values.iter().chain(initial).cloned().collect();
        model.initial_values(Some(&NamedState { name: String::new(), values }))
    };
    let mut starts = vec![model.initial_values(Some(&own))];
    starts.extend(named.iter().map(with_own));
    starts.extend(model.states.iter().map(|state| model.initial_values(Some(state))));
    let mut once: Vec<Vec<f64>> = Vec::new();
    for start in starts {
        if !once.contains(&start) {
            once.push(start);
        }
    }
    once
}

/// A model, and the coupling inputs of its nodes where it is written for another program.
type WrittenOut = (Arc<Model>, Option<Vec<(String, Node)>>);

/// The model of a study, or all nodes of its network as one, unless that would be too large to follow.
fn written_out(study: &Study, purpose: Purpose) -> Result<WrittenOut, Failure> {
    let Some(network) = study.network() else { return Ok((study.model().clone(), None)) };
    let own = study.model().variables.len();
    if network.nodes * own > MOST_VARIABLES && purpose == Purpose::Curves {
        let message = format!(
            "the network has {} variables, {own} at each of {} nodes, and curves are followed of at most {MOST_VARIABLES}; \
             take fewer nodes, or map its equilibria with `[stability] only = true`",
            network.nodes * own,
            network.nodes
        );
        return Err(Failure::Wrong(message));
    }
    let wrong = |error: SystemError| Failure::Wrong(error.to_string());
    let (mut model, heard) = match purpose {
        Purpose::Curves => (flatten(study.model(), network).map_err(wrong)?, None),
        Purpose::Export => {
            let Unrolled { model, heard } = unroll(study.model(), network).map_err(wrong)?;
            (model, Some(heard))
        }
    };
    for parameter in &mut model.parameters {
        let known = study.network_parameters().iter();
        let known = known.map(|(quantity, _)| quantity).find(|own| own.name == parameter.quantity.name);
        parameter.quantity = known.cloned().unwrap_or_else(|| parameter.quantity.clone());
    }
    Ok((Arc::new(model), heard))
}

/// The initial state and all named ones of a study, on all nodes alike but for what differs from node to node.
fn starts_on_every_node(study: &Study) -> Vec<Vec<f64>> {
    let model = study.model();
    let of_one = starts(model, study.initial(), study.starts());
    let Some(network) = study.network() else { return of_one };
    let mut all: Vec<Vec<f64>> = Vec::new();
    for own in of_one {
        let mut state = own.repeat(network.nodes);
        for (place, variable) in model.variables.iter().enumerate() {
            let differs = network
                .values
                .iter()
                .find(|(name, _)| name.strip_prefix("init.") == Some(&variable.quantity.name));
            let values = differs.map(|(_, values)| values.as_slice()).unwrap_or_default();
            for (node, value) in values.iter().enumerate() {
                state[node * model.variables.len() + place] = *value;
            }
        }
        if !all.contains(&state) {
            all.push(state);
        }
    }
    all
}

/// A step for trajectories where no study gives one.
fn step(model: &Model) -> f64 {
    model.step.or(model.total.map(|total| total / 10_000.0)).unwrap_or(0.01)
}
