//! The times that a signal spends above a threshold: how many, when, how long.
//! Knows nothing of what happens in between.

use std::sync::Arc;

use super::options::{Options, RequestError};
use super::{HALVES, Half, Observer, Scene, Trigger};
use crate::equation::graph::{Binary, Graph, Node, Symbol};
use crate::table::{Kind, Quantity};

/// Episodes of the window. One begins when the signal reaches `on`, and ends when it has come down to `off`; two are one where
/// the pause between them is shorter than `gap`; what is then shorter than `minimum` is none.
///
/// An episode that the window cuts is counted by what is seen of it. It takes no part in the mean duration, and if its beginning
/// is not seen neither in the mean interval; `episode_censored` says that there is one. A pause shorter than `gap` between an
/// episode and an end of the window may be one within an episode: that one is cut too.
#[derive(Clone, Debug)]
pub(super) struct Episodes {
    on: f64,
    off: f64,
    gap: f64,
    minimum: f64,
    /// What the names of its quantities begin with.
    word: String,
}

pub(super) const QUANTITIES: &[&str] = &[
    "episode_count",
    "episode_first_onset",
    "episode_last_offset",
    "episode_total_duration",
    "episode_mean_duration",
    "episode_mean_interval",
    "episode_censored",
];

/// The word in [`QUANTITIES`], without an option `name`.
const WORD: &str = "episode";

impl Episodes {
    /// From the options of a request.
    pub(super) fn build(options: &Options<'_>) -> Result<Arc<dyn Observer>, RequestError> {
        options.allow(&["on", "off", "gap", "minimum", "name"])?;
        let (on, off) = (options.required("on")?, options.required("off")?);
        if off > on {
            return Err(options.refused("off", "at most `on`"));
        }
        let [gap, minimum] =
            [options.time("gap")?, options.time("minimum")?].map(|given| given.unwrap_or(0.0));
        for (option, length) in [("gap", gap), ("minimum", minimum)] {
            if length < 0.0 {
                return Err(options.refused(option, "a length of time, 0 or more"));
            }
        }
        let word = options.name_or(WORD)?;
        Ok(Arc::new(Self { on, off, gap, minimum, word }))
    }
}

impl Observer for Episodes {
    fn name(&self) -> &'static str {
        "episodes"
    }

    fn options(&self) -> String {
        let Self { on, off, gap, minimum, word } = self;
        let name = if word == WORD { String::new() } else { format!(", name={word}") };
        format!("on={on}, off={off}, gap={gap}, minimum={minimum}{name}")
    }

    fn quantities(&self) -> Vec<String> {
        QUANTITIES.iter().map(|name| name.replacen(WORD, &self.word, 1)).collect()
    }

    fn observe(&self, scene: &mut Scene<'_>, _unit: &str, time_unit: &str) -> Vec<(Quantity, Node)> {
        let (on, off) = (scene.graph.constant(self.on), scene.graph.constant(self.off));
        let prefix = format!("episodes.{}", self.word);
        let trigger = scene.trigger(&prefix, Half::First, [on, off], on);
        let sum = Summary::keep(scene, self, &prefix, &trigger);

        let graph = &mut *scene.graph;
        let (zero, one) = (graph.constant(0.0), graph.constant(1.0));
        let or_undefined = |graph: &mut Graph, condition: Node, value: Node| {
            let undefined = graph.constant(f64::NAN);
            graph.select(condition, value, undefined)
        };
        let is_any = graph.binary(Binary::Less, zero, sum.count);
        let first_onset = or_undefined(graph, is_any, sum.first_onset);
        let last_offset = or_undefined(graph, is_any, sum.last_offset);
        let is_any_whole = graph.binary(Binary::Less, zero, sum.whole_count);
        let mean_duration = graph.div(sum.whole_total, sum.whole_count);
        let mean_duration = or_undefined(graph, is_any_whole, mean_duration);
        let intervals = graph.sub(sum.onset_count, one);
        let is_any_interval = graph.binary(Binary::Less, zero, intervals);
        let span = graph.sub(sum.last_seen_onset, sum.first_seen_onset);
        let mean_interval = graph.div(span, intervals);
        let mean_interval = or_undefined(graph, is_any_interval, mean_interval);

        let unit = time_unit;
        let described = [
            (sum.count, "1", Kind::Count, "number of episodes"),
            (first_onset, unit, Kind::Real, "beginning of the first episode, from the window's beginning"),
            (last_offset, unit, Kind::Real, "end of the last episode, from the window's beginning"),
            (sum.total, unit, Kind::Real, "time in episodes"),
            (mean_duration, unit, Kind::Real, "mean duration of the episodes that the window does not cut"),
            (mean_interval, unit, Kind::Real, "mean time from one episode's beginning to the next one's"),
            (sum.censored, "1", Kind::Fact, "an episode is cut by the beginning or the end of the window"),
        ];
        let thresholds = format!("on at {}, off at {}", self.on, self.off);
        let names = self.quantities().into_iter();
        names
            .zip(described)
            .map(|(name, (node, unit, kind, meaning))| {
                (Quantity::real(name, unit, format!("{meaning}; {thresholds}")).of_kind(kind), node)
            })
            .collect()
    }
}

/// What is known of all episodes so far.
#[derive(Clone, Copy)]
struct Summary {
    count: Node,
    first_onset: Node,
    last_offset: Node,
    total: Node,
    whole_count: Node,
    whole_total: Node,
    onset_count: Node,
    first_seen_onset: Node,
    last_seen_onset: Node,
    censored: Node,
}

/// An episode that may still grow.
struct Pending {
    onset: Node,
    offset: Node,
    /// Whether its beginning was seen.
    is_seen: Node,
    /// Whether its end was seen.
    is_over: Node,
}

impl Summary {
    /// Keeps the summary in accumulators, and the last episode aside until it is sure to have ended.
    fn keep(scene: &mut Scene<'_>, episodes: &Episodes, prefix: &str, trigger: &Trigger) -> Self {
        let graph = &mut *scene.graph;
        let (zero, one) = (graph.constant(0.0), graph.constant(1.0));
        let none = graph.constant(f64::NEG_INFINITY);
        let gap = graph.constant(episodes.gap);
        let on = graph.constant(episodes.on);
        let begins_inside = graph.binary(Binary::LessOrEqual, on, scene.interval.value);
        let begins_outside = graph.sub(one, begins_inside);
        let first_pending = graph.select(begins_inside, zero, none);

        let mut accumulator =
            |name: &str, initial: Node| scene.accumulator(&format!("{prefix}.{name}"), initial);
        let (onset_symbol, onset) = accumulator("onset", first_pending);
        let (offset_symbol, offset) = accumulator("offset", none);
        let (seen_symbol, is_seen) = accumulator("seen", begins_outside);
        let names = ["count", "first_onset", "last_offset", "total", "whole_count", "whole_total"];
        let more = ["onset_count", "first_seen_onset", "last_seen_onset"];
        let (symbols, nodes): (Vec<Symbol>, Vec<Node>) =
            names.iter().chain(&more).map(|name| accumulator(name, zero)).unzip();
        let (censored_symbol, censored) = accumulator("censored", begins_inside);
        let now = Self::of(&nodes, censored);

        // The signal rises: the pending episode goes on after a short pause, or it has ended and the next begins.
        let Trigger { happens, rises, time, side } = *trigger;
        let graph = &mut *scene.graph;
        let pause = graph.sub(time, offset);
        let is_pause = graph.binary(Binary::LessOrEqual, gap, pause);
        let is_next = graph.binary(Binary::And, rises, is_pause);
        let new_onset = graph.select(is_next, time, onset);
        let new_offset = graph.select(rises, offset, time);
        // The first may go on from one before the window, of which nothing is known.
        let is_first = graph.binary(Binary::Less, onset, zero);
        let is_early = graph.binary(Binary::Less, time, gap);
        let is_cut = graph.binary(Binary::And, is_first, is_early);
        let begins_seen = graph.sub(one, is_cut);
        let new_seen = graph.select(is_next, begins_seen, is_seen);
        let cut_at_begin = graph.binary(Binary::And, is_next, is_cut);
        let new_censored = graph.binary(Binary::Or, censored, cut_at_begin);
        let pending = Pending { onset, offset, is_seen, is_over: one };
        let added = now.with(graph, &pending, episodes.minimum);
        for half in HALVES {
            scene.change_when(half, happens, onset_symbol, new_onset);
            scene.change_when(half, happens, offset_symbol, new_offset);
            scene.change_when(half, happens, seen_symbol, new_seen);
            scene.change_when(half, happens, censored_symbol, new_censored);
            for ((&symbol, &old), new) in symbols.iter().zip(&nodes).zip(added.counted()) {
                let next = scene.graph.select(is_next, new, old);
                scene.change_when(half, happens, symbol, next);
            }
        }

        // The window ends, perhaps inside an episode, or in a pause that may be one within an episode.
        let end = scene.interval.time;
        let graph = &mut *scene.graph;
        let is_inside = graph.binary(Binary::Less, side, zero);
        let pause = graph.sub(end, offset);
        let is_short = graph.binary(Binary::Less, pause, gap);
        let goes_on = graph.binary(Binary::Or, is_inside, is_short);
        let is_over = graph.sub(one, goes_on);
        let offset = graph.select(is_inside, end, offset);
        let pending = Pending { onset, offset, is_seen, is_over };
        let final_sum = now.with(graph, &pending, episodes.minimum);
        let cut = graph.binary(Binary::Or, censored, goes_on);
        for (&symbol, new) in symbols.iter().zip(final_sum.counted()) {
            scene.on_leaving(Half::Second, symbol, new);
        }
        scene.on_leaving(Half::Second, censored_symbol, cut);
        now
    }

    fn of(nodes: &[Node], censored: Node) -> Self {
        let [count, first_onset, last_offset, total, whole_count, whole_total, onset_count, first, last] =
            *nodes
        else {
            unreachable!("one node for each number that is kept")
        };
        Self {
            count,
            first_onset,
            last_offset,
            total,
            whole_count,
            whole_total,
            onset_count,
            first_seen_onset: first,
            last_seen_onset: last,
            censored,
        }
    }

    /// What is kept of every episode, in the order of [`Summary::of`].
    fn counted(&self) -> [Node; 9] {
        [
            self.count,
            self.first_onset,
            self.last_offset,
            self.total,
            self.whole_count,
            self.whole_total,
            self.onset_count,
            self.first_seen_onset,
            self.last_seen_onset,
        ]
    }

    /// The summary with one episode more, if it is long enough to be one (no episode is: its length is not a number).
    fn with(&self, graph: &mut Graph, pending: &Pending, minimum: f64) -> Self {
        let &Pending { onset, offset, is_seen, is_over } = pending;
        let (zero, minimum) = (graph.constant(0.0), graph.constant(minimum));
        let length = graph.sub(offset, onset);
        let counts = graph.binary(Binary::LessOrEqual, minimum, length);
        let is_whole = graph.binary(Binary::And, is_seen, is_over);
        let whole_counts = graph.binary(Binary::And, counts, is_whole);
        let onset_counts = graph.binary(Binary::And, counts, is_seen);
        let is_first = graph.binary(Binary::Equal, self.count, zero);
        let is_first = graph.binary(Binary::And, counts, is_first);
        let is_first_seen = graph.binary(Binary::Equal, self.onset_count, zero);
        let is_first_seen = graph.binary(Binary::And, onset_counts, is_first_seen);
        let mut longer = |condition: Node, total: Node| {
            let sum = graph.add(total, length);
            graph.select(condition, sum, total)
        };
        let (total, whole_total) = (longer(counts, self.total), longer(whole_counts, self.whole_total));
        Self {
            count: graph.add(self.count, counts),
            first_onset: graph.select(is_first, onset, self.first_onset),
            last_offset: graph.select(counts, offset, self.last_offset),
            total,
            whole_count: graph.add(self.whole_count, whole_counts),
            whole_total,
            onset_count: graph.add(self.onset_count, onset_counts),
            first_seen_onset: graph.select(is_first_seen, onset, self.first_seen_onset),
            last_seen_onset: graph.select(onset_counts, onset, self.last_seen_onset),
            censored: self.censored,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::trial::{Wave, close, measure};

    /// A signal that is 1 in the given stretches and 0 elsewhere, with flanks of 0.02 whose middles are the given times.
    fn stretches(times: &'static [(f64, f64)]) -> impl Fn(f64) -> (f64, f64) {
        move |t| {
            let flank = |at: f64| {
                let place = ((t - at) / 0.02 + 0.5).clamp(0.0, 1.0);
                (place * place * (3.0 - 2.0 * place), 6.0 * place * (1.0 - place) / 0.02)
            };
            times.iter().fold((0.0, 0.0), |(value, slope), &(from, to)| {
                let (up, down) = (flank(from), flank(to));
                (value + up.0 - down.0, slope + up.1 - down.1)
            })
        }
    }

    fn episodes(options: &str, times: &'static [(f64, f64)]) -> HashMap<String, f64> {
        let text = format!("episodes(on=0.5, off=0.5{options})");
        measure(&[&text], &stretches(times), &Wave::window(2500, 5.0)).0
    }

    #[track_caller]
    fn check(found: &HashMap<String, f64>, expected: [f64; 7]) {
        for (name, value) in super::QUANTITIES.iter().zip(expected) {
            if value.is_nan() {
                assert!(found[*name].is_nan(), "{name} is {}", found[*name]);
            } else {
                assert!((found[*name] - value).abs() < 1e-9, "{name} is {}, not {value}", found[*name]);
            }
        }
    }

    const NAN: f64 = f64::NAN;
    const THREE: &[(f64, f64)] = &[(0.5, 1.0), (1.1, 1.7), (3.0, 3.2)];

    #[test]
    fn episodes_are_counted_timed_and_measured() {
        check(&episodes("", THREE), [3.0, 0.5, 3.2, 1.3, 1.3 / 3.0, 1.25, 0.0]);
    }

    #[test]
    fn short_pauses_are_bridged() {
        check(&episodes(", gap=0.2", THREE), [2.0, 0.5, 3.2, 1.4, 0.7, 2.5, 0.0]);
    }

    #[test]
    fn short_episodes_do_not_count_but_first_they_are_joined() {
        check(&episodes(", minimum=0.55", THREE), [1.0, 1.1, 1.7, 0.6, 0.6, NAN, 0.0]);
        check(&episodes(", minimum=0.55, gap=0.2", THREE), [1.0, 0.5, 1.7, 1.2, 1.2, NAN, 0.0]);
    }

    #[test]
    fn an_episode_that_the_window_cuts_is_counted_but_not_averaged() {
        const CUT: &[(f64, f64)] = &[(-1.0, 0.4), (1.0, 1.3), (2.0, 2.5), (4.0, 9.0)];
        check(&episodes("", CUT), [4.0, 0.0, 5.0, 2.2, 0.4, 1.5, 1.0]);
        check(&episodes("", &[(-1.0, 9.0)]), [1.0, 0.0, 5.0, 5.0, NAN, NAN, 1.0]);
    }

    #[test]
    fn a_short_pause_at_an_end_of_the_window_may_be_one_within_an_episode() {
        const EARLY: &[(f64, f64)] = &[(0.1, 0.5), (2.0, 2.5), (3.0, 3.2)];
        const LATE: &[(f64, f64)] = &[(1.0, 1.5), (3.0, 3.2), (4.0, 4.9)];
        check(&episodes("", LATE), [3.0, 1.0, 4.9, 1.6, 1.6 / 3.0, 1.5, 0.0]);
        check(&episodes(", gap=0.09", LATE), [3.0, 1.0, 4.9, 1.6, 1.6 / 3.0, 1.5, 0.0]);
        check(&episodes(", gap=0.2", LATE), [3.0, 1.0, 4.9, 1.6, 0.35, 1.5, 1.0]);
        check(&episodes(", gap=0.09", EARLY), [3.0, 0.1, 3.2, 1.1, 1.1 / 3.0, 1.45, 0.0]);
        check(&episodes(", gap=0.2", EARLY), [3.0, 0.1, 3.2, 1.1, 0.35, 1.0, 1.0]);
        // Bursts of a wave for half of every 20, seen up to the middle of a wave of the sixth.
        let burst = |t: f64| {
            let turn = std::f64::consts::TAU;
            let is_on = t.rem_euclid(20.0) < 10.0;
            if is_on { ((turn * t).sin(), turn * (turn * t).cos()) } else { (-1.0, 0.0) }
        };
        let (found, _) = measure(&["episodes(on=0.5, off=0, gap=2)"], &burst, &Wave::window(10_570, 105.7));
        close(found["episode_mean_duration"], 9.5 - 1.0 / 12.0, 1e-4);
        close(found["episode_count"], 6.0, 0.0);
        close(found["episode_censored"], 1.0, 0.0);
    }

    #[test]
    fn a_quiet_window_has_no_episode() {
        check(&episodes("", &[]), [0.0, NAN, NAN, 0.0, NAN, NAN, 0.0]);
        check(&episodes(", gap=10", &[]), [0.0, NAN, NAN, 0.0, NAN, NAN, 0.0]);
    }

    #[test]
    fn an_episode_ends_at_its_own_threshold() {
        // A triangle from 0 to 1 and back in 2.
        let triangle = |t: f64| {
            let phase = t.rem_euclid(2.0);
            if phase < 1.0 { (phase, 1.0) } else { (2.0 - phase, -1.0) }
        };
        let (found, _) = measure(&["episodes(on=0.755, off=0.255)"], &triangle, &Wave::window(400, 4.0));
        check(&found, [2.0, 0.755, 3.745, 1.98, 0.99, 2.0, 0.0]);
    }

    #[test]
    fn two_kinds_of_episode_have_names_of_their_own() {
        let texts = ["episodes(on=0.5, off=0.5, name=short)", "episodes(on=0.5, off=0.5, gap=0.2)"];
        let (found, _) = measure(&texts, &stretches(THREE), &Wave::window(2500, 5.0));
        close(found["short_count"], 3.0, 0.0);
        close(found["episode_count"], 2.0, 0.0);
    }
}
