//! How many nodes of a network a level was ever passed at. Knows nothing of when.

use std::sync::Arc;

use super::options::{Options, RequestError};
use super::{Observer, Scene};
use crate::equation::graph::{Binary, Node};
use crate::table::{Kind, Quantity};

/// `ever_above`: how many nodes' own signal was above a level at any instant of the window; of a model alone 1 or 0.
#[derive(Clone, Debug)]
pub(super) struct EverAbove {
    level: f64,
    /// What its quantity is called.
    word: String,
}

pub(super) const QUANTITIES: &[&str] = &["ever_above"];

impl EverAbove {
    /// From the options of a request.
    pub(super) fn build(options: &Options<'_>) -> Result<Arc<dyn Observer>, RequestError> {
        options.allow(&["level", "name"])?;
        let level = options.required("level")?;
        let word = options.name_or(QUANTITIES[0])?;
        Ok(Arc::new(Self { level, word }))
    }
}

impl Observer for EverAbove {
    fn name(&self) -> &'static str {
        "ever_above"
    }

    fn options(&self) -> String {
        let Self { level, word } = self;
        let name = if word == QUANTITIES[0] { String::new() } else { format!(", name={word}") };
        format!("level={level}{name}")
    }

    fn is_of_each_node(&self) -> bool {
        true
    }

    fn quantities(&self) -> Vec<String> {
        vec![self.word.clone()]
    }

    fn observe(&self, scene: &mut Scene<'_>, _unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        let [_, largest] = scene.range();
        let graph = &mut *scene.graph;
        let level = graph.constant(self.level);
        let is_above = graph.binary(Binary::Less, level, largest);
        let meaning = format!("how many nodes were above {} at any time of the window", self.level);
        vec![(Quantity::real(self.word.clone(), "1", meaning).of_kind(Kind::Count), is_above)]
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that are exact by construction")]
mod tests {
    use super::super::trial::{Wave, measure, sine};

    #[test]
    fn a_level_between_two_samples_of_a_top_is_passed() {
        // Four samples a cycle, none of them nearer to the top than cos(pi/4).
        let wave = sine(0.0, 1.0, 1.0, 0.125);
        let above = |level: &str| {
            measure(&[&format!("ever_above(level={level})")], &wave, &Wave::window(32, 8.0)).0["ever_above"]
        };
        assert_eq!([above("0.9"), above("1.1"), above("-1.5")], [1.0, 0.0, 1.0]);
    }
}
