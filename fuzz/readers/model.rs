//! Any text is a model or a list of complaints; reading it ends, and every complaint has a place that can be shown.

use ictus::complaint::Source;
use ictus::model::Model;

/// One input.
pub(crate) fn model(text: &str) {
    match Model::parse(&Source::new("fuzz.ode", text), "fuzz") {
        Ok(model) => {
            // What a study does next with a stranger's model.
            let _ = model.jacobian();
            for warning in &model.warnings {
                let _ = warning.to_string();
            }
        }
        Err(complaints) => assert!(!complaints.to_string().is_empty()),
    }
}
