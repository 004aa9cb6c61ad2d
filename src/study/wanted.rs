//! `[observe]`, `[derive]` and `[[regime]]`: what a study wants to know of every point. Knows nothing of how it is measured.

use crate::model::{Model, RuleText};
use crate::observe::Request;
use crate::regime::Rules;
use crate::simulate::Derivation;

use super::derived;
use super::document::Value;
use super::features;
use super::fields::{Fields, Sink};
use super::network::Signals;

/// What a study wants to know, as far as its own text says.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    requests: Vec<Request>,
    derive: Option<&'a Value>,
    rules: Option<Vec<RuleText>>,
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

    /// With what derivations and rules need; the rules are the model's own where the study has none.
    pub(super) fn complete(
        mut self,
        model: &Model,
        ground: &derived::Ground<'_>,
        sink: &mut Sink,
    ) -> (Vec<Request>, Vec<Derivation>, Rules) {
        let derivations = derived::read(self.derive, ground, &mut self.requests, sink);
        let mut known = ground.measured.to_vec();
        known.extend(derivations.iter().map(|own| own.quantity.name.clone()));
        let (requests, rules) = match ground.signals {
            Some(signals) => {
                let rules = self.rules.unwrap_or_else(|| model.rules.clone());
                features::complete(self.requests, &rules, &known, model.scale, signals, sink)
            }
            // A model's own rules look at trajectories.
            None => (self.requests, features::of_equilibria(&self.rules.unwrap_or_default(), &known, sink)),
        };
        (requests, derivations, rules)
    }
}
