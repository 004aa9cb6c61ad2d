//! How many nodes of a network a level was ever passed at. Knows nothing of when.

use std::sync::Arc;

use super::options::{Options, RequestError};
use super::{HALVES, Observer, Scene};
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

impl EverAbove {
    /// Whether the signal was above, where it may have stopped being a number: 1 where it was seen above, else undefined.
    fn despite_gaps(&self, scene: &mut Scene<'_>, is_above: Node) -> Node {
        let Some(is_number) = scene.is_number() else { return is_above };
        let turn = scene.turn();
        let value = scene.interval.value;
        let graph = &mut *scene.graph;
        let (zero, one) = (graph.constant(0.0), graph.constant(1.0));
        let (level, never) = (graph.constant(self.level), graph.constant(f64::INFINITY));
        let begins_above = graph.binary(Binary::Less, level, value);
        let first_target = graph.select(begins_above, never, level);
        // The level, until a sample has been above it.
        let (target_symbol, target) = scene.accumulator(&format!("above.{}.target", self.word), first_target);
        let (crest_symbol, crest) = scene.accumulator(&format!("above.{}.crest", self.word), zero);
        let graph = &mut *scene.graph;
        let rises = graph.binary(Binary::Less, target, value);
        let is_crest = graph.binary(Binary::Less, level, turn.value);
        let next_crest = graph.binary(Binary::Or, crest, is_crest);
        for half in HALVES {
            scene.change_when(half, rises, target_symbol, never);
            scene.change_when(half, turn.happens, crest_symbol, next_crest);
        }
        let graph = &mut *scene.graph;
        let is_sample = graph.binary(Binary::Equal, target, never);
        let was_above = graph.binary(Binary::Or, is_sample, crest);
        let undefined = graph.constant(f64::NAN);
        let otherwise = graph.select(was_above, one, undefined);
        graph.select(is_number, is_above, otherwise)
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

    /// Above once is above, whatever the signal becomes.
    fn is_of_whole_window(&self) -> bool {
        false
    }

    fn observe(&self, scene: &mut Scene<'_>, _unit: &str, _time_unit: &str) -> Vec<(Quantity, Node)> {
        let [_, largest] = scene.range();
        let graph = &mut *scene.graph;
        let level = graph.constant(self.level);
        let is_above = graph.binary(Binary::Less, level, largest);
        let is_above = self.despite_gaps(scene, is_above);
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

    #[test]
    fn a_signal_that_stops_being_a_number_was_above_or_nobody_knows() {
        let above = |signal: &dyn Fn(f64) -> (f64, f64), level: f64| {
            let asked = format!("ever_above(level={level})");
            measure(&[&asked], signal, &Wave::window(100, 1.0).with_gaps()).0["ever_above"]
        };
        let until = |end: f64| move |t: f64| if t < end { (t, 1.0) } else { (f64::NAN, f64::NAN) };
        // In either half, and from the first instant.
        for end in [0.3, 0.8] {
            assert_eq!(above(&until(end), 0.2), 1.0);
            assert!(above(&until(end), 0.9).is_nan());
        }
        assert!(above(&until(0.0), -1.0).is_nan());
        assert_eq!([above(&|t| (t, 1.0), 0.2), above(&|t| (t, 1.0), 1.2)], [1.0, 0.0]);
        // A top between two samples, and a gap behind it.
        let wave = sine(0.0, 1.0, 1.0, 0.125);
        let top = |t: f64| if t < 2.0 { wave(t) } else { (f64::NAN, f64::NAN) };
        let asked = |level: &str| {
            let asked = format!("ever_above(level={level})");
            measure(&[&asked], &top, &Wave::window(16, 4.0).with_gaps()).0["ever_above"]
        };
        assert_eq!(asked("0.9"), 1.0);
        assert!(asked("1.1").is_nan());
    }
}
