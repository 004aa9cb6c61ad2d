//! `[observe]`, `[derive]` and `[[regime]]`: what a study wants to know of every point. Knows nothing of how it is measured.

use crate::complaint::Complaint;
use crate::model::Model;
use crate::observe::Request;
use crate::regime::Rules;
use crate::simulate::Derivation;

use super::derived;
use super::document::{Place, Value};
use super::features;
use super::fields::{Fields, Sink};
use super::network::Signals;

/// What a study wants to know, as far as its own text says.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    requests: Vec<Request>,
    derive: Option<&'a Value>,
    rules: features::RuleTexts,
}

/// What a study wants to know, with all that this needs.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) requests: Vec<Request>,
    pub(super) derivations: Vec<Derivation>,
    /// What a point is called.
    pub(super) rules: Rules,
    /// What all starts of a point are called together, where the study says it.
    pub(super) over_starts: Option<Rules>,
    /// Which of the rules can name no point.
    pub(super) warnings: Vec<Complaint>,
}

impl<'a> Wanted<'a> {
    /// Reads the three tables. `signals` are what can be observed; `None` where the model could not be read. Without a window
    /// nothing is integrated.
    pub(super) fn read(
        fields: &mut Fields<'a>,
        observe: Option<&'a Value>,
        signals: Option<&Signals>,
        window: Option<&features::Span<'_>>,
        sink: &mut Sink,
    ) -> Self {
        let section = observe.and_then(|value| Fields::of("[observe]", value, sink));
        let requests =
            window.map_or_else(Vec::new, |window| features::requests(section, signals, window, sink));
        Self { requests, derive: fields.get("derive"), rules: features::rules(fields.get("regime"), sink) }
    }

    /// With what derivations and rules need; the rules are the model's own where the study has none. Rules over the
    /// starts of a point need several. `network` is where the study says that it is of one.
    pub(super) fn complete(
        mut self,
        model: &Model,
        ground: &derived::Ground<'_>,
        network: Option<&Place>,
        has_several_starts: bool,
        sink: &mut Sink,
    ) -> Complete {
        let derivations = derived::read(self.derive, ground, &mut self.requests, sink);
        let mut known = ground.measured.to_vec();
        known.extend(derivations.iter().map(|own| own.quantity.name.clone()));
        let (texts, (requests, rules)) = if let Some(signals) = ground.signals {
            let is_models = self.rules.of_points.is_none();
            let mut rules = self.rules.of_points.unwrap_or_else(|| model.rules.clone());
            if let Some(place) = network.filter(|_| is_models)
                && let Some((message, remedy)) =
                    features::of_one_node(&rules, &known, &self.requests, signals)
            {
                sink.push(place.error(message, remedy));
                rules.clear();
            }
            let found = features::Found { measured: &known, parameters: ground.parameters, signals };
            let complete = features::complete(self.requests, &rules, &found, model.scale, sink);
            (rules, complete)
        } else {
            // A model's own rules look at trajectories.
            let rules = self.rules.of_points.unwrap_or_default();
            let compiled = features::of_equilibria(&rules, &known, ground.parameters, sink);
            (rules, (self.requests, compiled))
        };
        let over = &self.rules.over_starts;
        let over_starts = features::over_starts(over, &rules.labels(), has_several_starts, sink);
        let mut warnings = features::in_vain(&texts, &rules);
        if let Some(compiled) = &over_starts {
            let texts: Vec<_> = over.iter().map(|(rule, _)| rule.clone()).collect();
            warnings.extend(features::in_vain(&texts, compiled));
        }
        Complete { requests, derivations, rules, over_starts, warnings }
    }
}
