//! Named rules over measured features: what a point's dynamics is called. Knows neither models nor how features are measured.
//!
//! # Order of labels
//! A point that could not be measured is called after its status (`diverged`, `singular`, `failed`, `excluded`, `not_computed`). Else the
//! study's rules are tried in their order, and the first that is true names the point. Else it is `unsettled` where the two
//! halves of the window differ, `fixed_point` where the signal's amplitude is below 1e-4 of the model's scale, and
//! `oscillation` otherwise; `undetermined` where these two features are themselves undefined.
//!
//! All starts of a point together have rules of their own (`starts`): `undetermined` where none holds, `excluded`, `not_computed`.
//!
//! A comparison with an undefined feature is unknown (`kleene`), and only what is true matches a rule.

mod kleene;
mod starts;
mod vain;

use crate::equation::graph::{Graph, Node, Operation};
use crate::equation::tape::Tape;
use crate::experiment::Status;
use crate::table::{Appearance, Quantity};
use kleene::{Kleene, verdict};

pub use starts::OverStarts;
pub use vain::Vain;

/// The part of a model's scale below which an amplitude counts as no motion.
pub const STILL: f64 = 1e-4;

/// The quantities that the built-in labels look at; they are measured in every study.
pub const NEEDED: [&str; 2] = ["amplitude", "settled"];

/// The built-in labels, in the order in which they follow the rules' own.
const BUILT_IN: [(&str, &str); 9] = [
    ("fixed_point", "no motion: the amplitude is below 1e-4 of the model's scale"),
    ("oscillation", "settled motion that no rule names"),
    ("unsettled", "the two halves of the window differ: a longer transient may tell"),
    ("undetermined", "the features that would tell are undefined"),
    ("diverged", "a variable left the model's bound"),
    ("failed", "not measured: the status says why"),
    ("excluded", "excluded by the study's constraint"),
    ("not_computed", "not computed yet"),
    ("singular", "a variable stopped being a number, as by 0/0"),
];

/// How many of them, the first, name motion.
const OF_MOTION: usize = 3;

/// What is named, which says which of the built-in labels follow the rules' own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// A trajectory.
    Motion,
    /// The equilibria of a point.
    Equilibria,
    /// All starts of a point together.
    Starts,
}

impl Subject {
    /// The label that stands for the built-in one of that number.
    fn label(self, at: usize) -> &'static str {
        const UNDETERMINED: &str = BUILT_IN[OF_MOTION].0;
        let name = BUILT_IN[at].0;
        match self {
            Self::Equilibria if at < OF_MOTION => UNDETERMINED,
            Self::Motion | Self::Equilibria => name,
            Self::Starts if ["excluded", "not_computed"].contains(&name) => name,
            Self::Starts => UNDETERMINED,
        }
    }
}

/// Labels that a rule may not take, since they tell of points that were never measured or could not be told.
pub const RESERVED: [&str; 6] =
    ["undetermined", "diverged", "failed", "excluded", "not_computed", "singular"];

/// A rule: a name, and a condition on features.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The regime it names. Several rules may name one regime, also `fixed_point`, `oscillation` and `unsettled`.
    pub name: String,
    /// The condition, in the graph that the rules share; its symbols are names of quantities.
    pub condition: Node,
    /// The condition as written.
    pub text: String,
    /// Whether the regime counts as seizing.
    pub seizing: bool,
}

/// What a point can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The word in a map's `flag_meanings`.
    pub name: String,
    /// When a point is called so.
    pub meaning: String,
    /// Whether it counts as seizing.
    pub seizing: bool,
    /// How it is written and coloured, where its rule says it.
    pub appearance: Appearance,
}

/// A rule over a quantity that is not measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule `{rule}` looks at `{name}`, which is not measured; measure it with `[observe] features`")]
pub struct UnknownFeature {
    /// The rule.
    pub rule: String,
    /// The name that is not measured.
    pub name: String,
}

/// How one rule judged one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The rule's name.
    pub rule: String,
    /// Its condition as written.
    pub condition: String,
    /// Whether it holds; `None` is unknown.
    pub verdict: Option<bool>,
    /// The features it looked at, with their values.
    pub features: Vec<(String, f64)>,
}

/// Why a point is called what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The index of the label.
    pub label: u8,
    /// The rules that were tried, in order; where one matched it is the last.
    pub tried: Vec<Judgement>,
    /// What decided, in words.
    pub reason: String,
}

/// The rules of a study or a model, not yet bound to the columns of a table.
#[derive(Clone, Debug)]
pub struct Rules {
    graph: Graph,
    list: Vec<Rule>,
    /// How some regimes are written and coloured.
    appearances: Vec<(String, Appearance)>,
    scale: f64,
    subject: Subject,
}

impl Rules {
    /// No rules yet. `scale` is the model's: the size of its signal, in the signal's unit.
    pub fn new(scale: f64) -> Self {
        Self {
            graph: Graph::new(),
            list: Vec::new(),
            appearances: Vec::new(),
            scale,
            subject: Subject::Motion,
        }
    }

    /// No rules yet, for points whose equilibria are named and that no trajectory is computed for: what no rule names is
    /// `undetermined`.
    pub fn without_motion() -> Self {
        Self { subject: Subject::Equilibria, ..Self::new(1.0) }
    }

    /// No rules yet, for all starts of a point together; symbols of conditions are names of labels that a start can have.
    pub fn over_starts() -> Self {
        Self { subject: Subject::Starts, ..Self::new(1.0) }
    }

    /// Puts a rule behind those that are there. `condition` makes the condition's node in the rules' graph, whose symbols are
    /// names of quantities; `text` is the condition as written.
    ///
    /// # Errors
    /// Those of `condition`.
    pub fn add<E>(
        &mut self,
        name: &str,
        text: &str,
        seizing: bool,
        condition: impl FnOnce(&mut Graph) -> Result<Node, E>,
    ) -> Result<(), E> {
        let condition = condition(&mut self.graph)?;
        self.list.push(Rule { name: name.to_owned(), condition, text: text.to_owned(), seizing });
        Ok(())
    }

    /// Says how a regime is written and coloured; of several rules of one regime, the first that says it.
    pub fn appear(&mut self, name: &str, appearance: &Appearance) {
        match self.appearances.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.or(appearance),
            None => self.appearances.push((name.to_owned(), appearance.clone())),
        }
    }

    /// The rules, in the order in which they are tried.
    pub fn rules(&self) -> &[Rule] {
        &self.list
    }

    /// The rules that can name no point, by their numbers, as far as that can be told from the conditions alone.
    pub fn vain(&self) -> Vec<(usize, Vain)> {
        let conditions: Vec<Node> = self.list.iter().map(|rule| rule.condition).collect();
        vain::vain(&self.graph, &conditions)
    }

    /// The quantities that must be measured: those that the rules look at, and those of the built-in labels.
    pub fn needs(&self) -> Vec<String> {
        let needed = if self.subject == Subject::Motion { &NEEDED[..] } else { &[] };
        let mut names: Vec<String> = needed.iter().map(|&name| name.to_owned()).collect();
        for rule in &self.list {
            names.extend(self.looked_at(rule).map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names
    }

    fn looked_at(&self, rule: &Rule) -> impl Iterator<Item = &str> {
        self.graph.reachable(&[rule.condition]).into_iter().filter_map(|node| self.symbol_name(node))
    }

    fn symbol_name(&self, node: Node) -> Option<&str> {
        match self.graph.operation(node) {
            Operation::Symbol(symbol) => Some(self.graph.name(symbol)),
            _ => None,
        }
    }

    /// Everything a point can be called: the rules' names in their order, then the built-in labels.
    pub fn labels(&self) -> Vec<Label> {
        labels_of(&self.list, &self.appearances, self.subject).0
    }

    /// Binds the rules to rows of `quantities`.
    ///
    /// # Errors
    /// When a rule looks at something that is not among the quantities.
    ///
    /// # Panics
    /// When there are more than 200 rules; a study's reader refuses them.
    pub fn bind(&self, quantities: &[Quantity]) -> Result<Classifier, UnknownFeature> {
        let column_of = |name: &str| quantities.iter().position(|quantity| quantity.name == name);
        for rule in &self.list {
            if let Some(name) = self.looked_at(rule).find(|name| column_of(name).is_none()) {
                return Err(UnknownFeature { rule: rule.name.clone(), name: name.to_owned() });
            }
        }
        let roots: Vec<Node> = self.list.iter().map(|rule| rule.condition).collect();
        let column = |symbol| column_of(self.graph.name(symbol)).expect("every rule's features were found");
        let tape = Tape::new(&self.graph, &roots, column);
        let (labels, built_in) = labels_of(&self.list, &self.appearances, self.subject);
        let compile = |(rule, &at): (&Rule, &usize)| Compiled {
            source: rule.clone(),
            label: label_of(&labels, &rule.name),
            at,
            columns: self.looked_at(rule).filter_map(column_of).collect(),
        };
        Ok(Classifier {
            rules: self.list.iter().zip(tape.outputs()).map(compile).collect(),
            tape,
            names: quantities.iter().map(|quantity| quantity.name.clone()).collect(),
            settled: column_of("settled"),
            amplitude: column_of("amplitude"),
            still: STILL * self.scale,
            labels,
            built_in,
        })
    }
}

/// Rules bound to the columns of a table: a straight line of operations over one row, and what each rule's result means.
#[derive(Clone, Debug)]
pub struct Classifier {
    labels: Vec<Label>,
    tape: Tape<usize>,
    rules: Vec<Compiled>,
    names: Vec<String>,
    settled: Option<usize>,
    amplitude: Option<usize>,
    still: f64,
    /// Labels of the built-ins, in the order of [`BUILT_IN`].
    built_in: [u8; BUILT_IN.len()],
}

#[derive(Clone, Debug)]
struct Compiled {
    source: Rule,
    label: u8,
    /// The step whose value is the verdict.
    at: usize,
    /// The columns it looks at.
    columns: Vec<usize>,
}

impl Classifier {
    /// Everything a point can be called: the rules' names in their order, then the built-in labels.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What a row is called, as an index into [`Classifier::labels`].
    pub fn classify(&self, status: Status, features: &[f64]) -> u8 {
        if let Some(label) = self.label_of_status(status) {
            return label;
        }
        let matched = self.evaluate(features, |values| {
            self.rules.iter().find(|rule| verdict(values[rule.at]) == Some(true)).map(|rule| rule.label)
        });
        matched.unwrap_or_else(|| self.built_in_label(features))
    }

    /// What a row is called, and why.
    pub fn explain(&self, status: Status, features: &[f64]) -> Explanation {
        let label = self.classify(status, features);
        if status != Status::Ok {
            let reason = format!("the status is `{}`, and no rule is asked", status.name());
            return Explanation { label, tried: Vec::new(), reason };
        }
        let verdicts = self.evaluate(features, |values| {
            self.rules.iter().map(|rule| verdict(values[rule.at])).collect::<Vec<_>>()
        });
        let mut tried = Vec::new();
        for (compiled, verdict) in self.rules.iter().zip(verdicts) {
            tried.push(Judgement {
                rule: compiled.source.name.clone(),
                condition: compiled.source.text.clone(),
                verdict,
                features: compiled.columns.iter().map(|&at| (self.names[at].clone(), features[at])).collect(),
            });
            if verdict == Some(true) {
                let reason = format!("the rule `{}` is the first that holds", compiled.source.name);
                return Explanation { label, tried, reason };
            }
        }
        let name = &self.labels[usize::from(label)].name;
        let meaning = BUILT_IN.iter().find(|(word, _)| word == name).map_or("", |(_, meaning)| *meaning);
        let begin = if tried.is_empty() { "there are no rules" } else { "no rule holds" };
        Explanation { label, tried, reason: format!("{begin}; {meaning}") }
    }

    fn label_of_status(&self, status: Status) -> Option<u8> {
        let [.., diverged, failed, excluded, not_computed, singular] = self.built_in;
        match status {
            Status::Ok => None,
            Status::Diverged => Some(diverged),
            Status::Singular => Some(singular),
            Status::StepBudget | Status::Panic | Status::Quarantined => Some(failed),
            Status::Excluded => Some(excluded),
            Status::NotComputed => Some(not_computed),
        }
    }

    fn built_in_label(&self, features: &[f64]) -> u8 {
        let [fixed_point, oscillation, unsettled, undetermined, ..] = self.built_in;
        let value = |column: Option<usize>| column.map_or(f64::NAN, |column| features[column]);
        let (settled, amplitude) = (value(self.settled), value(self.amplitude));
        if settled == 0.0 {
            unsettled
        } else if settled.is_nan() || amplitude.is_nan() {
            undetermined
        } else if amplitude < self.still {
            fixed_point
        } else {
            oscillation
        }
    }

    /// Judges one row. Most studies' rules fit the stack: the heap would cost as much as the rules.
    fn evaluate<T>(&self, features: &[f64], read: impl FnOnce(&[f64]) -> T) -> T {
        const ROOM: usize = 48;
        let mut stack = [0.0; ROOM];
        let mut heap = Vec::new();
        let values = if self.tape.len() <= ROOM {
            &mut stack[..self.tape.len()]
        } else {
            heap.resize(self.tape.len(), 0.0);
            &mut heap[..]
        };
        self.tape.fill(&Kleene, |column| features[column], values);
        read(values)
    }
}

fn label_of(labels: &[Label], name: &str) -> u8 {
    let at = labels.iter().position(|label| label.name == name).expect("every rule and built-in has a label");
    u8::try_from(at).expect("at most 200 rules")
}

/// The labels of rules and built-ins, and where the built-ins stand.
fn labels_of(
    rules: &[Rule],
    appearances: &[(String, Appearance)],
    subject: Subject,
) -> (Vec<Label>, [u8; BUILT_IN.len()]) {
    let mut labels: Vec<Label> = Vec::new();
    for rule in rules {
        match labels.iter_mut().find(|label| label.name == rule.name) {
            Some(label) => {
                label.meaning = format!("{} or {}", label.meaning, rule.text);
                label.seizing |= rule.seizing;
            }
            None => labels.push(Label {
                name: rule.name.clone(),
                meaning: rule.text.clone(),
                seizing: rule.seizing,
                appearance: Appearance::default(),
            }),
        }
    }
    let own = |&(at, &(name, _)): &(usize, &(&str, &str))| subject.label(at) == name;
    for (_, &(name, meaning)) in BUILT_IN.iter().enumerate().filter(own) {
        match labels.iter_mut().find(|label| label.name == name) {
            Some(label) => label.meaning = format!("{}; or {meaning}", label.meaning),
            None => labels.push(Label {
                name: name.into(),
                meaning: meaning.into(),
                seizing: false,
                appearance: Appearance::default(),
            }),
        }
    }
    for label in &mut labels {
        if let Some((_, own)) = appearances.iter().find(|(name, _)| *name == label.name) {
            label.appearance = own.clone();
        }
    }
    let mut places = [0; BUILT_IN.len()];
    for (at, place) in places.iter_mut().enumerate() {
        *place = label_of(&labels, subject.label(at));
    }
    (labels, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equation::graph::{Binary, Unary};
    use proptest::prelude::*;

    fn quantities() -> Vec<Quantity> {
        ["amplitude", "frequency", "settled"].map(|name| Quantity::real(name, "1", name)).to_vec()
    }

    /// `spike_wave` when amplitude > 5 and frequency < 6; `other` when not (frequency < 6).
    fn rules() -> Classifier {
        let slow = |graph: &mut Graph| {
            let (frequency, six) = (graph.input("frequency"), graph.constant(6.0));
            graph.binary(Binary::Less, frequency, six)
        };
        let mut rules = Rules::new(10.0);
        add(&mut rules, "spike_wave", true, |graph| {
            let (amplitude, five) = (graph.input("amplitude"), graph.constant(5.0));
            let large = graph.binary(Binary::Less, five, amplitude);
            let slow = slow(graph);
            graph.binary(Binary::And, large, slow)
        });
        add(&mut rules, "other", false, |graph| {
            let slow = slow(graph);
            graph.unary(Unary::Not, slow)
        });
        rules.bind(&quantities()).expect("all features are measured")
    }

    fn add(rules: &mut Rules, name: &str, seizing: bool, condition: impl FnOnce(&mut Graph) -> Node) {
        let text = format!("text of {name}");
        let added =
            rules.add(name, &text, seizing, |graph| Ok::<_, std::convert::Infallible>(condition(graph)));
        added.expect("nothing fails");
    }

    fn name(rules: &Classifier, status: Status, row: [f64; 3]) -> String {
        rules.labels()[usize::from(rules.classify(status, &row))].name.clone()
    }

    #[test]
    fn the_first_rule_that_holds_names_a_point() {
        let rules = rules();
        assert_eq!(name(&rules, Status::Ok, [6.0, 3.0, 1.0]), "spike_wave");
        assert_eq!(name(&rules, Status::Ok, [6.0, 10.0, 1.0]), "other");
        assert_eq!(name(&rules, Status::Ok, [6.0, 3.0, 0.0]), "spike_wave");
    }

    #[test]
    fn where_no_rule_holds_the_built_in_labels_do() {
        let rules = rules();
        assert_eq!(name(&rules, Status::Ok, [1.0, 3.0, 0.0]), "unsettled");
        assert_eq!(name(&rules, Status::Ok, [0.000_9, f64::NAN, 1.0]), "fixed_point");
        assert_eq!(name(&rules, Status::Ok, [0.001_1, f64::NAN, 1.0]), "oscillation");
        assert_eq!(name(&rules, Status::Ok, [f64::NAN, 3.0, 1.0]), "undetermined");
    }

    #[test]
    fn every_status_has_a_label() {
        let rules = rules();
        let names = Status::ALL.map(|status| name(&rules, status, [1.0, 3.0, 1.0]));
        assert_eq!(
            names,
            ["oscillation", "diverged", "failed", "failed", "excluded", "not_computed", "failed", "singular"]
        );
    }

    #[test]
    fn unknown_never_matches_and_under_not_neither() {
        let rules = rules();
        // frequency < 6 is unknown, so `other`, which is its `not`, is unknown too.
        assert_eq!(name(&rules, Status::Ok, [8.0, f64::NAN, 1.0]), "oscillation");
        let explanation = rules.explain(Status::Ok, &[8.0, f64::NAN, 1.0]);
        assert_eq!(explanation.tried.iter().map(|rule| rule.verdict).collect::<Vec<_>>(), [None, None]);
        // amplitude > 5 is false, which decides the `and` alone.
        assert_eq!(rules.explain(Status::Ok, &[1.0, f64::NAN, 1.0]).tried[0].verdict, Some(false));
    }

    #[test]
    fn an_explanation_ends_with_the_rule_that_holds() {
        let explanation = rules().explain(Status::Ok, &[1.0, 10.0, 1.0]);
        assert_eq!(explanation.tried.len(), 2);
        assert_eq!(explanation.tried[0].verdict, Some(false));
        assert_eq!(explanation.tried[0].features, [("amplitude".into(), 1.0), ("frequency".into(), 10.0)]);
        assert_eq!(explanation.tried[1].verdict, Some(true));
        assert!(explanation.reason.contains("`other`"));
    }

    #[test]
    fn two_rules_of_one_name_share_a_label_and_a_built_in_name_may_be_taken() {
        let mut rules = Rules::new(1.0);
        for name in ["a", "a", "oscillation"] {
            add(&mut rules, name, true, |graph| graph.input("amplitude"));
        }
        let rules = rules.bind(&quantities()).expect("all features are measured");
        assert_eq!(rules.labels().len(), 1 + BUILT_IN.len());
        assert!(rules.labels().iter().any(|label| label.name == "oscillation" && label.seizing));
    }

    #[test]
    fn a_rule_over_what_is_not_measured_is_refused() {
        let mut rules = Rules::new(1.0);
        add(&mut rules, "r", false, |graph| graph.input("amplitud"));
        assert_eq!(rules.needs(), ["amplitud", "amplitude", "settled"]);
        let error = rules.bind(&quantities()).expect_err("not measured");
        assert_eq!(error, UnknownFeature { rule: "r".into(), name: "amplitud".into() });
    }

    proptest! {
        #[test]
        fn explaining_and_classifying_agree(row in prop::array::uniform3(prop_oneof![
            Just(f64::NAN), Just(0.0), Just(1.0), -10.0..20.0f64,
        ])) {
            let rules = rules();
            prop_assert_eq!(rules.classify(Status::Ok, &row), rules.explain(Status::Ok, &row).label);
        }
    }
}
