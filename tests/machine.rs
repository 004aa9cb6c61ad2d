//! The lane machine against a plain interpreter of the same graphs: equal bits at every level, strip width and number of lanes, for
//! lanes alone and for the nodes of networks.

#![expect(clippy::float_cmp, reason = "bits are what is tested")]

use std::collections::HashMap;
use std::sync::Arc;

use ictus::equation::Level;
use ictus::equation::elementary;
use ictus::equation::graph::{Binary, Fused, Graph, Meeting, Node, Operation, Symbol, Unary};
use ictus::equation::machine::{Machine, Measured};
use ictus::equation::meeting::{Meet, Weights};
use ictus::equation::program::{Assignment, Draft, Part, Periodic, Program, Recording};
use proptest::prelude::*;

/// A random expression, as instructions for a stack of nodes.
#[derive(Clone, Debug)]
enum Word {
    Input(usize),
    Literal(f64),
    Unary(Unary),
    Binary(Binary),
    Fused(Fused),
    Select,
    Logistic,
    Meet(u16),
}

const UNARY: [Unary; 18] = [
    Unary::Negate,
    Unary::Absolute,
    Unary::Sign,
    Unary::Floor,
    Unary::SquareRoot,
    Unary::Exponential,
    Unary::Logarithm,
    Unary::Logarithm10,
    Unary::Sine,
    Unary::Cosine,
    Unary::Tangent,
    Unary::ArcSine,
    Unary::ArcCosine,
    Unary::ArcTangent,
    Unary::HyperbolicSine,
    Unary::HyperbolicCosine,
    Unary::HyperbolicTangent,
    Unary::Not,
];
const BINARY: [Binary; 15] = [
    Binary::Add,
    Binary::Subtract,
    Binary::Multiply,
    Binary::Divide,
    Binary::Minimum,
    Binary::Maximum,
    Binary::Power,
    Binary::Modulo,
    Binary::ArcTangent2,
    Binary::Less,
    Binary::LessOrEqual,
    Binary::Equal,
    Binary::NotEqual,
    Binary::And,
    Binary::Or,
];
const FUSED: [Fused; 3] = [Fused::MultiplyAdd, Fused::MultiplySubtract, Fused::NegatedMultiplyAdd];

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        6 => (0usize..8).prop_map(Word::Input),
        2 => prop_oneof![Just(1.0), Just(0.5), Just(-2.0), -1e3..1e3].prop_map(Word::Literal),
        2 => (0usize..18).prop_map(|at| Word::Unary(UNARY[at])),
        4 => (0usize..4).prop_map(|at| Word::Binary(BINARY[at])),
        2 => (0usize..15).prop_map(|at| Word::Binary(BINARY[at])),
        3 => (0usize..3).prop_map(|at| Word::Fused(FUSED[at])),
        1 => Just(Word::Select),
        1 => Just(Word::Logistic),
    ]
}

fn word_of_a_network() -> impl Strategy<Value = Word> {
    prop_oneof![8 => word(), 1 => (0u16..7).prop_map(Word::Meet)]
}

/// Reads the words as a program for a stack; whatever is missing is the first symbol.
fn expression(graph: &mut Graph, symbols: &[Symbol], words: &[Word]) -> Node {
    let mut stack: Vec<Node> = Vec::new();
    for word in words {
        let first = graph.read(symbols[0]);
        let mut pop = || stack.pop().unwrap_or(first);
        let node = match *word {
            Word::Input(at) => graph.read(symbols[at % symbols.len()]),
            Word::Literal(value) => graph.constant(value),
            Word::Unary(kind) => {
                let x = pop();
                graph.unary(kind, x)
            }
            Word::Binary(kind) => {
                let (y, x) = (pop(), pop());
                graph.binary(kind, x, y)
            }
            Word::Fused(kind) => {
                let (z, y, x) = (pop(), pop(), pop());
                graph.fused(kind, x, y, z)
            }
            Word::Select => {
                let (z, y, x) = (pop(), pop(), pop());
                graph.select(x, y, z)
            }
            Word::Logistic => {
                let (gain, centre, x) = (pop(), pop(), pop());
                let one = graph.constant(1.0);
                let distance = graph.sub(centre, x);
                let exponent = graph.mul(gain, distance);
                let growth = graph.unary(Unary::Exponential, exponent);
                let sum = graph.add(one, growth);
                graph.div(gain, sum)
            }
            Word::Meet(number) => {
                let x = pop();
                graph.meet(Meeting(number), x)
            }
        };
        stack.push(node);
    }
    let mut sum = stack.pop().unwrap_or_else(|| graph.read(symbols[0]));
    while let Some(node) = stack.pop() {
        sum = graph.add(sum, node);
    }
    sum
}

/// A small program: two lane inputs, two fixed inputs, four states, a repeated step with guarded and unguarded assignments.
#[derive(Clone, Debug)]
struct Recipe {
    initial: Vec<Vec<Word>>,
    always: Vec<(usize, Vec<Word>)>,
    guarded: Vec<(usize, Vec<Word>, usize)>,
    conditions: Vec<Vec<Word>>,
    steps: u64,
}

fn recipe(word: impl Fn() -> BoxedStrategy<Word>) -> impl Strategy<Value = Recipe> {
    let words = || prop::collection::vec(word(), 1..14);
    (
        prop::collection::vec(words(), 4),
        prop::collection::vec(words(), 2),
        prop::collection::vec((words(), 0usize..2), 2),
        prop::collection::vec(words(), 2),
        0u64..6,
    )
        .prop_map(|(initial, always, guarded, conditions, steps)| Recipe {
            initial,
            always: always.into_iter().enumerate().collect(),
            guarded: guarded
                .into_iter()
                .enumerate()
                .map(|(at, (words, when))| (2 + at, words, when))
                .collect(),
            conditions,
            steps,
        })
}

const STEP: f64 = 0.25;

/// Weights between nodes: of every four, one (many) or three (few) are 0.
fn weights(nodes: usize, are_few: bool) -> Vec<f64> {
    let of = |at: usize| {
        let is_left_out = (at * 7 + 3) % 13 < if are_few { 11 } else { 3 };
        if is_left_out { 0.0 } else { (at * 37 % 101) as f64 / 50.0 - 1.0 }
    };
    (0..nodes * nodes).map(of).collect()
}

fn meetings(nodes: usize) -> Vec<Meet> {
    let product = |are_few| Meet::Product(Arc::new(Weights::new(nodes, &weights(nodes, are_few))));
    let node = Meet::Node(nodes as u32 / 2);
    vec![product(false), product(true), Meet::Sum, Meet::Mean, Meet::Largest, Meet::Smallest, node]
}

fn draft(recipe: &Recipe, nodes: usize) -> Draft {
    let mut graph = Graph::new();
    let inputs = vec![graph.symbol("a"), graph.symbol("b")];
    let nodal = vec![(graph.symbol("n"), (0..nodes).map(|node| 0.3 * node as f64 - 0.7).collect())];
    let fixed = vec![(graph.symbol("c"), 0.7), (graph.symbol("d"), -3.0)];
    let clock = graph.symbol("t");
    let states: Vec<Symbol> = (0..4).map(|at| graph.symbol(&format!("s{at}"))).collect();
    let outer = [inputs[0], inputs[1], fixed[0].0, fixed[1].0, nodal[0].0, clock];
    let all: Vec<Symbol> = states.iter().chain(&outer).copied().collect();
    let begin = recipe
        .initial
        .iter()
        .zip(&states)
        .map(|(words, state)| Assignment::always(*state, expression(&mut graph, &outer, words)))
        .collect();
    let conditions: Vec<Node> = recipe
        .conditions
        .iter()
        .map(|words| {
            let value = expression(&mut graph, &all, words);
            let zero = graph.constant(0.0);
            graph.binary(Binary::Less, zero, value)
        })
        .collect();
    let mut assignments: Vec<Assignment> = recipe
        .always
        .iter()
        .map(|(at, words)| Assignment::always(states[*at], expression(&mut graph, &all, words)))
        .collect();
    for (at, words, when) in &recipe.guarded {
        let value = expression(&mut graph, &all, words);
        assignments.push(Assignment { target: states[*at], value, when: Some(conditions[*when]) });
    }
    let besides = vec![Periodic {
        every: 2,
        phase: 1,
        at_end: true,
        assignments: vec![],
        record: Some(Recording { number: 0, state: states[2] }),
    }];
    let results: Vec<Node> = states.iter().map(|state| graph.read(*state)).chain(conditions).collect();
    let ends = results.iter().rev().copied().collect();
    let repeat = Part::Repeat { steps: recipe.steps, assignments, start: 1.0, step: STEP, besides };
    let parts = vec![Part::Once { assignments: begin, time: 0.5 }, repeat];
    let meetings = meetings(nodes);
    Draft {
        graph,
        inputs,
        fixed,
        nodes,
        nodal,
        own: vec![],
        meetings,
        clock,
        states,
        parts,
        again: vec![],
        results,
        ends,
        halt: None,
    }
}

/// The values of `roots`, `[root][node]`, at values of the symbols, `[node]`.
fn evaluate(draft: &Draft, graph: &Graph, roots: &[Node], values: &[HashMap<Symbol, f64>]) -> Vec<Vec<f64>> {
    let mut known: HashMap<Node, Vec<f64>> = HashMap::new();
    for inner in graph.reachable(roots) {
        let of = |node: usize| match graph.operation(inner) {
            Operation::Constant(bits) => f64::from_bits(bits),
            Operation::Symbol(symbol) => values[node][&symbol],
            Operation::Unary(kind, x) => elementary::unary(kind, known[&x][node]),
            Operation::Binary(kind, x, y) => elementary::binary(kind, known[&x][node], known[&y][node]),
            Operation::Fused(kind, x, y, z) => {
                elementary::fused(kind, known[&x][node], known[&y][node], known[&z][node])
            }
            Operation::Select(x, y, z) => {
                elementary::select(known[&x][node], known[&y][node], known[&z][node])
            }
            Operation::Meet(Meeting(number), x) => {
                let said = &known[&x];
                let nodes = said.len();
                match &draft.meetings[usize::from(number)] {
                    Meet::Product(weights) => {
                        let row = &self::weights(nodes, number == 1)[node * nodes..][..nodes];
                        let heard = row.iter().zip(said);
                        // What weighs nothing is left out of a sparse matrix, also where it is not a number.
                        heard
                            .filter(|(weight, _)| !weights.is_sparse() || **weight != 0.0)
                            .fold(0.0, |sum, (weight, value)| f64::mul_add(*weight, *value, sum))
                    }
                    Meet::Sum => said[1..].iter().fold(said[0], |sum, value| sum + value),
                    Meet::Mean => said[1..].iter().fold(said[0], |sum, value| sum + value) / nodes as f64,
                    Meet::Largest => {
                        said[1..].iter().fold(said[0], |best, &value| if best > value { best } else { value })
                    }
                    Meet::Smallest => {
                        said[1..].iter().fold(said[0], |best, &value| if best < value { best } else { value })
                    }
                    Meet::Node(other) => said[*other as usize],
                }
            }
        };
        let own = (0..values.len()).map(of).collect();
        known.insert(inner, own);
    }
    roots.iter().map(|root| known[root].clone()).collect()
}

/// What the machine must do, one point at a time and one assignment list at a time, over contracted expressions.
fn interpret(draft: &Draft, inputs: [f64; 2]) -> (Vec<u64>, Vec<u64>) {
    let mut graph = draft.graph.clone();
    let nodal = draft.nodal.iter().map(|(symbol, _)| *symbol);
    let is_fixed: Vec<Symbol> =
        draft.inputs.iter().copied().chain(nodal).chain(draft.fixed.iter().map(|(s, _)| *s)).collect();
    let mut contracted = |node: Node| graph.contract(&[node], |symbol| is_fixed.contains(&symbol))[0];
    let parts: Vec<Part> = draft
        .parts
        .iter()
        .cloned()
        .map(|mut part| {
            let (Part::Once { assignments, .. } | Part::Repeat { assignments, .. }) = &mut part;
            for assignment in assignments {
                assignment.value = contracted(assignment.value);
                assignment.when = assignment.when.map(&mut contracted);
            }
            part
        })
        .collect();
    let read: Vec<Node> = draft.results.iter().chain(&draft.ends).map(|node| contracted(*node)).collect();
    let at = |node: usize| -> HashMap<Symbol, f64> {
        let inputs = draft.inputs.iter().copied().zip(inputs);
        let nodal = draft.nodal.iter().map(|(symbol, values)| (*symbol, values[node]));
        let states = draft.states.iter().map(|state| (*state, 0.0));
        draft.fixed.iter().copied().chain(inputs).chain(nodal).chain(states).collect()
    };
    let mut values: Vec<HashMap<Symbol, f64>> = (0..draft.nodes).map(at).collect();
    let mut record = Vec::new();
    let tell = |values: &mut [HashMap<Symbol, f64>], time: f64| {
        for own in values {
            own.insert(draft.clock, time);
        }
    };
    let assign = |values: &mut [HashMap<Symbol, f64>], assignments: &[Assignment], time: f64| {
        tell(values, time);
        let of = |assignment: &Assignment| -> Vec<Option<f64>> {
            let roots = [assignment.when.unwrap_or(assignment.value), assignment.value];
            let computed = evaluate(draft, &graph, &roots, values);
            let happens = |node: &usize| assignment.when.is_none() || computed[0][*node] != 0.0;
            (0..draft.nodes).map(|node| happens(&node).then_some(computed[1][node])).collect()
        };
        let news: Vec<Vec<Option<f64>>> = assignments.iter().map(of).collect();
        for (assignment, new) in assignments.iter().zip(news) {
            for (own, new) in values.iter_mut().zip(new) {
                own.extend(new.map(|new| (assignment.target, new)));
            }
        }
    };
    for part in &parts {
        match part {
            Part::Once { assignments, time } => assign(&mut values, assignments, *time),
            Part::Repeat { steps, assignments, start, step, .. } => {
                for number in 0..=*steps {
                    if (number + 1).is_multiple_of(2) {
                        record.push(bits(values[0][&draft.states[2]]));
                    }
                    let time = (number as f64).mul_add(*step, *start);
                    if number < *steps {
                        assign(&mut values, assignments, time);
                    } else {
                        tell(&mut values, time);
                    }
                }
            }
        }
    }
    let read = evaluate(draft, &graph, &read, &values);
    let (results, ends) = read.split_at(draft.results.len());
    let of_all = (0..draft.nodes).flat_map(|node| ends.iter().map(move |of_nodes| of_nodes[node]));
    (results.iter().map(|of_nodes| of_nodes[0]).chain(of_all).map(bits).collect(), record)
}

fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn lane(measured: &Measured, lane: usize) -> (Vec<u64>, Vec<u64>) {
    let results = measured.results.iter().chain(&measured.ends).map(|result| bits(result[lane])).collect();
    let record =
        measured.records.first().map_or(vec![], |record| record[lane].iter().map(|v| bits(*v)).collect());
    (results, record)
}

fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|level| level.is_available())
}

/// Runs a recipe at every level and some widths and compares it with the interpreter, at as many points.
fn check(recipe: &Recipe, nodes: usize, points: usize, seed: u32) -> Result<(), TestCaseError> {
    let draft = draft(recipe, nodes);
    let number = |lane: usize, salt: usize| {
        ((lane * 7919 + salt * 104_729 + seed as usize) % 4001) as f64 / 400.0 - 5.0
    };
    let columns: Vec<Vec<f64>> =
        (0..2).map(|salt| (0..points).map(|lane| number(lane, salt)).collect()).collect();
    let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let program = Arc::new(Program::new(draft.clone()));
    let expected: Vec<_> =
        (0..points).map(|lane| interpret(&draft, [columns[0][lane], columns[1][lane]])).collect();
    for level in levels() {
        for width in [32, 64, 24 * nodes] {
            let measured = Machine::new(Arc::clone(&program), level).with_width(width).run(&inputs, points);
            for (at, expected) in expected.iter().enumerate() {
                prop_assert_eq!(
                    &lane(&measured, at),
                    expected,
                    "{} width {} point {}",
                    level.name(),
                    width,
                    at
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_level_and_width_gives_the_bits_of_the_plain_interpreter(
        recipe in recipe(|| word().boxed()),
        seed in any::<u32>(),
    ) {
        check(&recipe, 1, 45, seed)?;
    }

    #[test]
    fn nodes_of_a_network_meet_with_the_bits_of_the_plain_interpreter(
        recipe in recipe(|| word_of_a_network().boxed()),
        nodes in 1usize..20,
        points in 1usize..40,
        seed in any::<u32>(),
    ) {
        check(&recipe, nodes, points, seed)?;
    }
}

/// More nodes than a product goes through at once, and one target more than fill a panel.
#[test]
fn a_large_matrix_gives_the_sums_in_the_order_of_its_columns() {
    for are_few in [false, true] {
        let nodes = 265;
        let mut graph = Graph::new();
        let (clock, input, own) = (graph.symbol("t"), graph.symbol("a"), graph.symbol("n"));
        let (a, n) = (graph.read(input), graph.read(own));
        let said = graph.mul(a, n);
        let heard = graph.meet(Meeting(0), said);
        // Every node's own sum reaches node 0 by way of their largest.
        let largest = graph.meet(Meeting(1), heard);
        let values: Vec<f64> = (0..nodes).map(|node| (node * node % 97) as f64 / 31.0).collect();
        let matrix = weights(nodes, are_few);
        let draft = Draft {
            graph,
            inputs: vec![input],
            fixed: vec![],
            nodes,
            nodal: vec![(own, values.clone())],
            own: vec![],
            meetings: vec![Meet::Product(Arc::new(Weights::new(nodes, &matrix))), Meet::Largest],
            clock,
            states: vec![],
            parts: vec![],
            again: vec![],
            results: vec![heard, largest],
            ends: vec![],
            halt: None,
        };
        let program = Arc::new(Program::new(draft));
        let points: Vec<f64> = (0..19).map(|point| 0.1 * f64::from(point) - 0.7).collect();
        for level in levels() {
            let measured = Machine::new(Arc::clone(&program), level).run(&[&points], points.len());
            for (point, a) in points.iter().enumerate() {
                let sum = |row: &[f64]| {
                    row.iter().zip(&values).fold(0.0, |sum, (weight, n)| f64::mul_add(*weight, a * n, sum))
                };
                let sums: Vec<f64> = matrix.chunks(nodes).map(sum).collect();
                let largest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(measured.results[0][point], sums[0], "{}", level.name());
                assert_eq!(measured.results[1][point], largest, "{}", level.name());
            }
        }
    }
}

#[test]
fn assignments_are_simultaneous_also_in_a_circle() {
    let mut graph = Graph::new();
    let clock = graph.symbol("t");
    let states: Vec<Symbol> = ["x", "y", "z"].iter().map(|name| graph.symbol(name)).collect();
    let [x, y, z] = [0, 1, 2].map(|at: usize| graph.read(states[at]));
    let numbers: Vec<Node> = [1.0, 2.0, 3.0].iter().map(|value| graph.constant(*value)).collect();
    let begin =
        states.iter().zip(&numbers).map(|(state, value)| Assignment::always(*state, *value)).collect();
    let turn = states.iter().zip([y, z, x]).map(|(state, value)| Assignment::always(*state, value)).collect();
    let parts = vec![
        Part::Once { assignments: begin, time: 0.0 },
        Part::Repeat { steps: 4, assignments: turn, start: 0.0, step: 1.0, besides: vec![] },
    ];
    let draft = Draft {
        graph,
        inputs: vec![],
        fixed: vec![],
        nodes: 1,
        nodal: vec![],
        own: vec![],
        meetings: vec![],
        clock,
        states,
        parts,
        again: vec![],
        results: vec![x, y, z],
        ends: vec![],
        halt: None,
    };
    let measured = Machine::new(Arc::new(Program::new(draft)), Level::best()).run(&[], 3);
    let values: Vec<f64> = measured.results.iter().map(|result| result[2]).collect();
    assert_eq!(values, [2.0, 3.0, 1.0], "four turns of three places are one turn");
}

/// Distance in units of the last place of `expected`.
fn ulps(value: f64, expected: f64) -> f64 {
    if value == expected || (value.is_nan() && expected.is_nan()) {
        return 0.0;
    }
    let unit = (f64::from_bits(expected.abs().to_bits() + 1) - expected.abs()).max(5e-324);
    ((value - expected) / unit).abs()
}

#[test]
fn elementary_functions_stay_within_their_stated_error() {
    // The references are musl's functions, whose own error is below 1 ulp, so a stated 2 may be seen as 3.
    type Reference = fn(f64) -> f64;
    let functions: [(Unary, Reference, f64, f64); 5] = [
        (Unary::Exponential, libm::exp, -745.0, 709.7),
        (Unary::Logarithm, libm::log, 1e-3, 1e3),
        (Unary::Sine, libm::sin, -1e5, 1e5),
        (Unary::Cosine, libm::cos, -1e5, 1e5),
        (Unary::HyperbolicTangent, libm::tanh, -20.0, 20.0),
    ];
    for (kind, reference, from, to) in functions {
        let mut worst: f64 = 0.0;
        for step in 0..400_000 {
            // The golden ratio's multiples fill the range evenly; their squares look closely at its middle.
            let place = (f64::from(step) * 0.618_033_988_749_894_9).fract();
            let wide = from + (to - from) * place;
            let close =
                if kind == Unary::Logarithm { 1.0 + (place - 0.5) * 1e-3 } else { (place - 0.5) * 2.0 };
            for x in [wide, close] {
                worst = worst.max(ulps(ictus::equation::elementary::unary(kind, x), reference(x)));
            }
        }
        assert!(worst <= 3.0, "{kind:?}: {worst} ulp");
    }
}

#[test]
fn elementary_functions_have_their_values_at_the_ends_of_their_domains() {
    use ictus::equation::elementary::unary;
    let huge = f64::MAX;
    assert_eq!(unary(Unary::Exponential, 1000.0), f64::INFINITY);
    assert_eq!(unary(Unary::Exponential, f64::NEG_INFINITY), 0.0);
    assert_eq!(unary(Unary::Exponential, 0.0), 1.0);
    assert_eq!(unary(Unary::Exponential, -745.0), 5e-324, "the smallest number of all");
    assert_eq!(unary(Unary::Logarithm, 0.0), f64::NEG_INFINITY);
    assert!(unary(Unary::Logarithm, -1.0).is_nan());
    assert_eq!(unary(Unary::Logarithm, f64::INFINITY), f64::INFINITY);
    assert_eq!(unary(Unary::Logarithm, 5e-324), libm::log(5e-324));
    assert_eq!(unary(Unary::Logarithm, 1.0), 0.0);
    assert_eq!(unary(Unary::HyperbolicTangent, huge), 1.0);
    assert_eq!(unary(Unary::HyperbolicTangent, -huge), -1.0);
    assert_eq!(unary(Unary::Sine, huge), libm::sin(huge));
    assert!(unary(Unary::Cosine, f64::INFINITY).is_nan());
    assert_eq!(unary(Unary::Sine, -0.0).to_bits(), (-0.0f64).to_bits());
    for kind in UNARY {
        let value = unary(kind, f64::NAN);
        let is_told = matches!(kind, Unary::Not | Unary::Sign);
        assert!(value.is_nan() || is_told, "{kind:?} of NaN is {value}");
    }
}
