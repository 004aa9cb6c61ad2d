//! What a test simulates, where it says only what differs from the simplest case. Knows nothing of what is measured.

use std::sync::Arc;

use ictus::model::Model;
use ictus::observe::parse_request;
use ictus::simulate::Protocol;

/// One model alone, by the classical Runge-Kutta method, at its own values; nothing varies. `[transient, window]` in steps.
pub(crate) fn protocol(
    model: impl Into<Arc<Model>>,
    step: f64,
    [transient_steps, window_steps]: [u64; 2],
    features: &[&str],
) -> Protocol {
    Protocol {
        model: model.into(),
        fixed: vec![],
        columns: vec![],
        method: "rk4".to_owned(),
        step,
        transient_steps,
        window_steps,
        requests: features.iter().map(|text| parse_request(text).expect("a known feature")).collect(),
        initial: vec![],
        starts: vec![],
        constraint: None,
        chain: None,
        network: None,
        stimuli: vec![],
    }
}
