//! A bench for observers: feeds them a signal given as a formula, one lane at a time, exactly as the contract of the shelf
//! says. Knows no machine; every node is evaluated by the graph itself.

use std::collections::HashMap;
use std::f64::consts::TAU;

use super::{Accumulator, Change, HALVES, Half, Interval, Request, Scene, Setup, gather, parse_request};
use crate::equation::graph::{Graph, Node, Symbol};

/// A window of equal steps.
pub(super) struct Wave {
    pub(super) steps: u64,
    pub(super) duration: f64,
    pub(super) seconds_per_time_unit: Option<f64>,
    pub(super) scale: f64,
    /// Whether the signal may stop being a number.
    pub(super) has_gaps: bool,
}

impl Wave {
    pub(super) fn window(steps: u64, duration: f64) -> Self {
        Self { steps, duration, seconds_per_time_unit: None, scale: 1.0, has_gaps: false }
    }

    pub(super) fn in_seconds(self, seconds: f64) -> Self {
        Self { seconds_per_time_unit: Some(seconds), ..self }
    }

    pub(super) fn with_gaps(self) -> Self {
        Self { has_gaps: true, ..self }
    }
}

/// `offset + amplitude * sin(2 pi (frequency t + phase))` and its slope.
pub(super) fn sine(offset: f64, amplitude: f64, frequency: f64, phase: f64) -> impl Fn(f64) -> (f64, f64) {
    move |t| {
        let angle = TAU * (frequency * t + phase);
        (offset + amplitude * angle.sin(), amplitude * TAU * frequency * angle.cos())
    }
}

/// Asserts that two numbers are near.
#[track_caller]
pub(super) fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not within {tolerance:e} of {expected}");
}

/// A lane: the values of all symbols.
struct Lane<'graph> {
    graph: &'graph Graph,
    values: HashMap<Symbol, f64>,
}

impl Lane<'_> {
    fn evaluate(&self, nodes: &[Node]) -> Vec<f64> {
        self.graph.evaluate(nodes, |symbol| {
            *self
                .values
                .get(&symbol)
                .unwrap_or_else(|| panic!("`{}` is read too early", self.graph.name(symbol)))
        })
    }

    fn write(&mut self, targets: &[Symbol], values: Vec<f64>) {
        self.values.extend(targets.iter().copied().zip(values));
    }

    fn set(&mut self, name: &str, value: f64) {
        let symbol = self.graph.find_symbol(name).expect("a symbol of the interval");
        self.values.insert(symbol, value);
    }

    /// Reads first, writes then: the changes are simultaneous.
    fn apply<'a>(&mut self, changes: impl Iterator<Item = &'a Change>) {
        let (targets, nodes): (Vec<Symbol>, Vec<Node>) =
            changes.map(|change| (change.target, change.value)).unzip();
        let values = self.evaluate(&nodes);
        self.write(&targets, values);
    }
}

/// The changes of one half, by their guards.
struct Guarded {
    always: Vec<Change>,
    groups: Vec<(Node, Vec<Change>)>,
}

impl Guarded {
    fn of(setup: &Setup, half: Half) -> Self {
        let mut guarded = Self { always: Vec::new(), groups: Vec::new() };
        let mut targets = Vec::new();
        for &change in setup.changes.iter().filter(|change| change.half == half) {
            assert!(!targets.contains(&change.target), "an accumulator changes by one change at most");
            targets.push(change.target);
            match change.when {
                None => guarded.always.push(change),
                Some(when) => match guarded.groups.iter_mut().find(|(known, _)| *known == when) {
                    Some((_, group)) => group.push(change),
                    None => guarded.groups.push((when, vec![change])),
                },
            }
        }
        guarded
    }
}

/// Measures `signal`, which gives value and slope at a time; also how many groups of guarded changes were worked.
pub(super) fn measure(
    features: &[&str],
    signal: &dyn Fn(f64) -> (f64, f64),
    wave: &Wave,
) -> (HashMap<String, f64>, u64) {
    let requests =
        gather(features.iter().map(|text| parse_request(text).expect(text))).expect("distinct requests");
    let mut graph = Graph::new();
    let step = wave.duration / wave.steps as f64;
    let interval = Interval {
        previous_value: graph.input("previous_value"),
        previous_slope: graph.input("previous_slope"),
        value: graph.input("value"),
        slope: graph.input("slope"),
        time: graph.input("time"),
        step: graph.constant(step),
    };
    let mut scene =
        Scene::new(&mut graph, "signal", interval, wave.duration, wave.seconds_per_time_unit, wave.scale);
    scene.may_be_undefined = wave.has_gaps;
    let mut names = Vec::new();
    let mut ends = Vec::new();
    for request in &requests {
        let promised = request.quantities();
        let measured = Request::observe(request, &mut scene, "mV", "s");
        assert_eq!(promised, measured.iter().map(|(quantity, _)| quantity.name.clone()).collect::<Vec<_>>());
        for (quantity, node) in measured {
            names.push(quantity.name);
            ends.push(node);
        }
    }
    let setup = scene.finish();
    let (setup, ends) = contracted(&mut graph, &setup, &ends);

    let mut lane = Lane { graph: &graph, values: HashMap::new() };
    let mut samples = vec![Vec::new(); setup.records.len()];
    let mut worked = 0;
    let mut number = 0;
    for (half, last) in [(Half::First, wave.steps / 2), (Half::Second, wave.steps)] {
        let guarded = Guarded::of(&setup, half);
        let (value, slope) = signal(number as f64 * step);
        lane.set("value", value);
        lane.set("slope", slope);
        enter(&mut lane, &setup.accumulators, half);
        while number < last {
            number += 1;
            let (previous, now) = (signal((number - 1) as f64 * step), signal(number as f64 * step));
            for (name, value) in [
                ("previous_value", previous.0),
                ("previous_slope", previous.1),
                ("value", now.0),
                ("slope", now.1),
                ("time", number as f64 * step),
            ] {
                lane.set(name, value);
            }
            let happening: Vec<&Change> = guarded
                .groups
                .iter()
                .filter(|(when, _)| lane.evaluate(&[*when])[0] != 0.0)
                .flat_map(|(_, group)| {
                    worked += 1;
                    group
                })
                .collect();
            for (record, samples) in setup.records.iter().zip(&mut samples) {
                if number % record.every == 0 {
                    samples.push(lane.evaluate(&[record.value])[0]);
                }
            }
            lane.apply(guarded.always.iter().chain(happening));
        }
        lane.apply(setup.leaving.iter().filter(|change| change.half == half));
    }
    for (record, samples) in setup.records.iter().zip(&samples) {
        lane.write(&record.results, record.conclusion.conclude(samples));
    }
    (names.into_iter().zip(lane.evaluate(&ends)).collect(), worked)
}

fn enter(lane: &mut Lane<'_>, accumulators: &[Accumulator], half: Half) {
    let node_of = |accumulator: &Accumulator| match half {
        Half::First => Some(accumulator.initial),
        Half::Second => accumulator.second,
    };
    let (targets, nodes): (Vec<Symbol>, Vec<Node>) =
        accumulators.iter().filter_map(|own| Some((own.symbol, node_of(own)?))).unzip();
    let values = lane.evaluate(&nodes);
    lane.write(&targets, values);
}

/// The same with every node contracted, as the machine runs them.
fn contracted(graph: &mut Graph, setup: &Setup, ends: &[Node]) -> (Setup, Vec<Node>) {
    let mut one = |node: Node| graph.contract(&[node], |_| false)[0];
    let mut setup = setup.clone();
    for accumulator in &mut setup.accumulators {
        accumulator.initial = one(accumulator.initial);
        accumulator.second = accumulator.second.map(&mut one);
    }
    for change in setup.changes.iter_mut().chain(&mut setup.leaving) {
        change.value = one(change.value);
        change.when = change.when.map(&mut one);
    }
    for record in &mut setup.records {
        record.value = one(record.value);
    }
    let ends = ends.iter().map(|&end| one(end)).collect();
    (setup, ends)
}

/// Every feature of the catalogue, with options where it needs some.
pub(super) const EVERYTHING: &[&str] = &[
    "extrema",
    "moments",
    "cycles",
    "line_length",
    "settled",
    "final",
    "ever_above(level=0.4)",
    "episodes(on=1.5, off=0.9, gap=0.02, minimum=0.01)",
    "bands",
];

/// A transient that ends in a cycle with several maxima.
fn lively(t: f64) -> (f64, f64) {
    let (fast, slow) = (sine(0.3, 1.0, 9.7, 0.2)(t), sine(0.0, 0.6, 2.1, 0.4)(t));
    let envelope = 1.0 - (-3.0 * t).exp();
    let value = envelope * fast.0 + slow.0;
    (value, envelope * fast.1 + 3.0 * (-3.0 * t).exp() * fast.0 + slow.1)
}

mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(features: &[&str]) -> HashMap<String, u64> {
        let wave = Wave::window(1200, 3.0).in_seconds(1.0);
        measure(features, &lively, &wave).0.into_iter().map(|(name, value)| (name, value.to_bits())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_bits_of_a_feature_do_not_depend_on_what_else_is_asked_for(
            chosen in prop::sample::subsequence(EVERYTHING, 1..EVERYTHING.len()).prop_shuffle()
        ) {
            let all = bits(EVERYTHING);
            for (name, value) in bits(&chosen) {
                prop_assert_eq!(all[&name], value, "{}", name);
            }
        }
    }

    #[test]
    fn a_lively_signal_leaves_nothing_undefined() {
        for (name, value) in measure(EVERYTHING, &lively, &Wave::window(1200, 3.0).in_seconds(1.0)).0 {
            assert!(value.is_finite(), "{name}");
        }
    }

    #[test]
    fn a_signal_that_stops_being_a_number_leaves_what_is_of_the_whole_window_undefined() {
        let wave = || Wave::window(1200, 3.0).in_seconds(1.0).with_gaps();
        for [from, to] in [[0.0, 0.1], [0.7, 0.9], [1.6, 1.7], [2.5, 3.1]] {
            let signal = |t: f64| if t >= from && t < to { (f64::NAN, f64::NAN) } else { lively(t) };
            for (name, value) in measure(EVERYTHING, &signal, &wave()).0 {
                let is_known = match name.as_str() {
                    "final" => to < 3.0,
                    "ever_above" => true,
                    _ => false,
                };
                assert_eq!(value.is_nan(), !is_known, "{name} is {value} with a gap from {from} to {to}");
            }
        }
        for (name, value) in measure(EVERYTHING, &lively, &wave()).0 {
            assert_eq!(value.to_bits(), bits(EVERYTHING)[&name], "{name} without a gap");
        }
    }

    #[test]
    fn a_still_signal_works_no_guarded_change() {
        let (_, worked) = measure(EVERYTHING, &|_| (0.5, 0.0), &Wave::window(100, 1.0).in_seconds(1.0));
        assert_eq!(worked, 0);
    }

    #[test]
    fn every_unguarded_operation_of_a_step_is_accounted_for() {
        // The cost of all features in a step without an event, in operations; docs/features.md states it.
        let mut graph = Graph::new();
        let names = ["previous_value", "previous_slope", "value", "slope", "time"];
        let [previous_value, previous_slope, value, slope, time] = names.map(|name| graph.input(name));
        let step = graph.constant(1e-4);
        let interval = Interval { previous_value, previous_slope, value, slope, time, step };
        let mut scene = Scene::new(&mut graph, "signal", interval, 3.0, Some(1.0), 1.0);
        for text in EVERYTHING {
            parse_request(text).unwrap().observe(&mut scene, "mV", "s");
        }
        let setup = scene.finish();
        for (half, operations) in HALVES.into_iter().zip([8, 10]) {
            let guarded = Guarded::of(&setup, half);
            let mut roots: Vec<Node> = guarded.always.iter().map(|change| change.value).collect();
            roots.extend(guarded.groups.iter().map(|(when, _)| *when));
            let work = graph.reachable(&roots);
            let count =
                work.iter().filter(|&&node| graph.operation(node).operands().next().is_some()).count();
            assert_eq!(count, operations, "{half:?}");
        }
    }
}
