//! Rules that can name no point: those whose condition contradicts itself, and those whose points an earlier rule has taken. Decides
//! as far as conditions are made of comparisons of an expression with a number, of `and`, `or` and `not`; everything else may hold or
//! not, as an expression of its own. Knows nothing of what a feature can be.

use std::cmp::Ordering;

use crate::equation::graph::{Binary, Graph, Node, Operation, Unary};

/// More alternatives of one condition than this are not looked at.
const MOST_TERMS: usize = 256;

/// Why a rule names no point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vain {
    /// Its condition never holds.
    Contradiction,
    /// Where it holds an earlier one holds too: the rule of this number, or several of which this is the first.
    Shadowed(usize),
}

/// Where an expression may lie, as the ends of an interval and whether each belongs to it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Interval {
    low: (f64, bool),
    high: (f64, bool),
}

impl Interval {
    const ALL: Self = Self { low: (f64::NEG_INFINITY, true), high: (f64::INFINITY, true) };

    fn below(value: f64, with_end: bool) -> Self {
        Self { high: (value, with_end), ..Self::ALL }
    }

    fn above(value: f64, with_end: bool) -> Self {
        Self { low: (value, with_end), ..Self::ALL }
    }

    fn at(value: f64) -> Self {
        Self { low: (value, true), high: (value, true) }
    }

    fn and(self, other: Self) -> Self {
        let tighter = |one: (f64, bool), two: (f64, bool), is_inside: bool| match one.0.partial_cmp(&two.0) {
            Some(Ordering::Equal) => (one.0, one.1 && two.1),
            _ if is_inside => one,
            _ => two,
        };
        Self {
            low: tighter(self.low, other.low, self.low.0 > other.low.0),
            high: tighter(self.high, other.high, self.high.0 < other.high.0),
        }
    }

    fn is_empty(self) -> bool {
        match self.low.0.partial_cmp(&self.high.0) {
            Some(Ordering::Less) => false,
            Some(Ordering::Equal) => !(self.low.1 && self.high.1),
            _ => true,
        }
    }

    fn lies_in(self, other: Self) -> bool {
        self.and(other) == self
    }
}

/// Expressions and where each must lie, all at once.
type Term = Vec<(Node, Interval)>;

/// One of these holds where the condition does; `None` where there are too many.
type Alternatives = Option<Vec<Term>>;

/// The rules among `conditions`, in the order in which they are tried, that can name no point.
pub(super) fn vain(graph: &Graph, conditions: &[Node]) -> Vec<(usize, Vain)> {
    let mut found = Vec::new();
    let mut earlier: Vec<Vec<Term>> = Vec::new();
    for (number, &condition) in conditions.iter().enumerate() {
        let terms = holds(graph, condition, true);
        if let Some(terms) = &terms {
            let taker =
                |term: &Term| earlier.iter().position(|rule| rule.iter().any(|wider| implies(term, wider)));
            let takers: Option<Vec<usize>> = terms.iter().map(taker).collect();
            match takers {
                _ if terms.is_empty() => found.push((number, Vain::Contradiction)),
                Some(takers) => {
                    found.push((number, Vain::Shadowed(takers.into_iter().min().unwrap_or_default())));
                }
                None => {}
            }
        }
        earlier.push(terms.unwrap_or_default());
    }
    found
}

/// When a condition holds, or, for `truth` false, when it is known not to.
fn holds(graph: &Graph, node: Node, truth: bool) -> Alternatives {
    match graph.operation(node) {
        Operation::Constant(_) => {
            let value = graph.literal(node).unwrap_or(f64::NAN);
            let is_so = !value.is_nan() && (value != 0.0) == truth;
            Some(if is_so { vec![Term::new()] } else { Vec::new() })
        }
        Operation::Unary(Unary::Not, inner) => holds(graph, inner, !truth),
        Operation::Binary(Binary::And, x, y) if truth => {
            both(holds(graph, x, true)?, &holds(graph, y, true)?)
        }
        Operation::Binary(Binary::Or, x, y) if !truth => {
            both(holds(graph, x, false)?, &holds(graph, y, false)?)
        }
        Operation::Binary(Binary::And | Binary::Or, x, y) => {
            let mut terms = holds(graph, x, truth)?;
            terms.extend(holds(graph, y, truth)?);
            (terms.len() <= MOST_TERMS).then_some(terms)
        }
        Operation::Binary(operation, x, y) => {
            let compared = compared(graph, (operation, x, y), truth);
            Some(compared.unwrap_or_else(|| lying(node, &nonzero(truth))))
        }
        _ => Some(lying(node, &nonzero(truth))),
    }
}

/// A comparison of an expression with a number.
fn compared(graph: &Graph, (operation, x, y): (Binary, Node, Node), truth: bool) -> Option<Vec<Term>> {
    let (expression, value, is_left) = match (graph.literal(x), graph.literal(y)) {
        (None, Some(value)) => (x, value, true),
        (Some(value), None) => (y, value, false),
        _ => return None,
    };
    if value.is_nan() {
        return None;
    }
    let intervals = match (operation, is_left == truth) {
        (Binary::Equal, _) if truth => vec![Interval::at(value)],
        (Binary::NotEqual, _) if !truth => vec![Interval::at(value)],
        (Binary::Equal | Binary::NotEqual, _) => {
            vec![Interval::below(value, false), Interval::above(value, false)]
        }
        // `value < expression` is `expression > value`, and so is the denial of `expression <= value`.
        (Binary::Less, true) => vec![Interval::below(value, !truth)],
        (Binary::Less, false) => vec![Interval::above(value, !truth)],
        (Binary::LessOrEqual, true) => vec![Interval::below(value, truth)],
        (Binary::LessOrEqual, false) => vec![Interval::above(value, truth)],
        _ => return None,
    };
    Some(lying(expression, &intervals))
}

fn nonzero(truth: bool) -> Vec<Interval> {
    if truth {
        vec![Interval::below(0.0, false), Interval::above(0.0, false)]
    } else {
        vec![Interval::at(0.0)]
    }
}

fn lying(node: Node, intervals: &[Interval]) -> Vec<Term> {
    intervals.iter().filter(|own| !own.is_empty()).map(|&interval| vec![(node, interval)]).collect()
}

/// Each of the one with each of the other, without those that never hold.
fn both(one: Vec<Term>, other: &[Term]) -> Alternatives {
    if one.len() * other.len() > MOST_TERMS {
        return None;
    }
    let mut terms = Vec::new();
    for term in one {
        for more in other {
            let mut joined = term.clone();
            for &(node, interval) in more {
                match joined.iter_mut().find(|(own, _)| *own == node) {
                    Some((_, own)) => *own = own.and(interval),
                    None => joined.push((node, interval)),
                }
            }
            if !joined.iter().any(|(_, interval)| interval.is_empty()) {
                terms.push(joined);
            }
        }
    }
    Some(terms)
}

/// Whether where the one holds the wider one does.
fn implies(term: &Term, wider: &Term) -> bool {
    wider.iter().all(|(node, room)| term.iter().any(|(own, interval)| own == node && interval.lies_in(*room)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::equation::tape::Tape;
    use crate::regime::kleene::{Kleene, verdict};

    /// Conditions over `a` and `b`, drawn.
    #[derive(Clone, Debug)]
    enum Drawn {
        Compare(Binary, bool, usize, f64),
        Itself(usize),
        Not(Box<Drawn>),
        Join(Binary, Box<Drawn>, Box<Drawn>),
    }

    impl Drawn {
        fn put(&self, graph: &mut Graph) -> Node {
            let names = ["a", "b"];
            match self {
                Self::Compare(operation, is_left, feature, value) => {
                    let (feature, value) = (graph.input(names[*feature]), graph.constant(*value));
                    let (x, y) = if *is_left { (feature, value) } else { (value, feature) };
                    graph.binary(*operation, x, y)
                }
                Self::Itself(feature) => graph.input(names[*feature]),
                Self::Not(inner) => {
                    let inner = inner.put(graph);
                    graph.unary(Unary::Not, inner)
                }
                Self::Join(operation, x, y) => {
                    let (x, y) = (x.put(graph), y.put(graph));
                    graph.binary(*operation, x, y)
                }
            }
        }
    }

    const VALUES: [f64; 4] = [f64::NAN, 0.0, 1.0, 2.0];

    fn condition() -> impl Strategy<Value = Drawn> {
        let operations =
            prop::sample::select(vec![Binary::Less, Binary::LessOrEqual, Binary::Equal, Binary::NotEqual]);
        let compare = (operations, any::<bool>(), 0..2_usize, 0..3_u8).prop_map(
            |(operation, is_left, feature, value)| {
                Drawn::Compare(operation, is_left, feature, f64::from(value))
            },
        );
        let leaf = prop_oneof![4 => compare, 1 => (0..2_usize).prop_map(Drawn::Itself)];
        leaf.prop_recursive(4, 16, 2, |inner| {
            let joins = prop::sample::select(vec![Binary::And, Binary::Or]);
            prop_oneof![
                inner.clone().prop_map(|own| Drawn::Not(Box::new(own))),
                (joins, inner.clone(), inner).prop_map(|(join, x, y)| Drawn::Join(
                    join,
                    Box::new(x),
                    Box::new(y)
                )),
            ]
        })
    }

    proptest! {
        /// What is called vain names no point of a fine grid, undefined features among its values.
        #[test]
        fn what_is_vain_names_no_point(drawn in prop::collection::vec(condition(), 1..4)) {
            let mut graph = Graph::new();
            let conditions: Vec<Node> = drawn.iter().map(|own| own.put(&mut graph)).collect();
            let found = vain(&graph, &conditions);
            let column = |symbol| usize::from(graph.name(symbol) == "b");
            let tape = Tape::new(&graph, &conditions, column);
            let between = VALUES.iter().flat_map(|&value| [value - 0.5, value, value + 0.5]);
            let between: Vec<f64> = between.collect();
            for &a in &between {
                for &b in &between {
                    let mut values = vec![0.0; tape.len()];
                    tape.fill(&Kleene, |column| [a, b][column], &mut values);
                    let named = tape.outputs().iter().position(|&at| verdict(values[at]) == Some(true));
                    if let Some(number) = named {
                        prop_assert!(!found.iter().any(|(own, _)| *own == number), "{drawn:?} at {a} {b}: {found:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn contradictions_and_shadows_are_found() {
        use Binary::{And, Less, LessOrEqual, Or};
        let less = |value| Box::new(Drawn::Compare(Less, true, 0, value));
        let more = |value| Box::new(Drawn::Compare(Less, false, 0, value));
        let other = || Box::new(Drawn::Compare(LessOrEqual, true, 1, 1.0));
        let join = |operation, x: &Drawn, y: &Drawn| {
            Drawn::Join(operation, Box::new(x.clone()), Box::new(y.clone()))
        };
        let of = |rules: &[Drawn]| {
            let mut graph = Graph::new();
            let conditions: Vec<Node> = rules.iter().map(|own| own.put(&mut graph)).collect();
            vain(&graph, &conditions)
        };
        // a < 1 and a > 2; a < 1 and a > 1.
        assert_eq!(of(&[join(And, &less(1.0), &more(2.0))]), [(0, Vain::Contradiction)]);
        assert_eq!(of(&[join(And, &less(1.0), &more(1.0))]), [(0, Vain::Contradiction)]);
        assert_eq!(of(&[join(And, &less(2.0), &more(1.0))]), []);
        // After a < 2: a < 1, a < 1 and b <= 1, but not a < 3, nor a < 1 or b <= 1.
        let first = *less(2.0);
        assert_eq!(of(&[first.clone(), *less(1.0)]), [(1, Vain::Shadowed(0))]);
        assert_eq!(of(&[first.clone(), join(And, &less(1.0), &other())]), [(1, Vain::Shadowed(0))]);
        assert_eq!(of(&[first.clone(), *less(3.0)]), []);
        assert_eq!(of(&[first.clone(), join(Or, &less(1.0), &other())]), []);
        // Taken by two together.
        assert_eq!(of(&[first, *other(), join(Or, &less(1.0), &other())]), [(2, Vain::Shadowed(0))]);
    }
}
