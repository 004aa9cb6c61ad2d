//! Rules over all starts of a point together: what they look at are the parts of the starts that have a regime each. Knows nothing
//! of where starts come from.

use super::{Classifier, Label, Rules};
use crate::experiment::Status;
use crate::table::Quantity;

/// Rules over starts bound to the labels that a single start can have.
#[derive(Clone, Debug)]
pub struct OverStarts {
    classifier: Classifier,
    /// How many labels a single start can have.
    regimes: usize,
}

impl OverStarts {
    /// Binds rules whose symbols are names of `labels`, those of a single start.
    ///
    /// # Panics
    /// When a rule looks at another label; a study's reader refuses it.
    pub fn new(rules: &Rules, labels: &[Label]) -> Self {
        let share = |label: &Label| Quantity::real(&label.name, "1", "part of the starts");
        let quantities: Vec<Quantity> = labels.iter().map(share).collect();
        let classifier = rules.bind(&quantities).expect("rules over starts look at labels");
        Self { classifier, regimes: labels.len() }
    }

    /// Everything that the starts of a point can be called together.
    pub fn labels(&self) -> &[Label] {
        self.classifier.labels()
    }

    /// The names that the rules give, in the order in which they are tried.
    pub fn names_of_rules(&self) -> impl Iterator<Item = &str> {
        self.classifier.rules.iter().map(|rule| rule.source.name.as_str())
    }

    /// What the starts of a point are called together, as an index into [`Self::labels`], from the code of the status and the
    /// regime of every start. Shares are parts of the starts that were attempted; where none was, they are unknown.
    pub fn classify(&self, statuses: &[u8], regimes: &[u8]) -> u8 {
        let mut counts = vec![0.0; self.regimes];
        let (mut known, mut is_excluded) = (0.0, false);
        for (&status, &regime) in statuses.iter().zip(regimes) {
            match Status::from_code(status).unwrap_or(Status::NotComputed) {
                Status::NotComputed => {}
                Status::Excluded => is_excluded = true,
                _ => {
                    known += 1.0;
                    counts[usize::from(regime)] += 1.0;
                }
            }
        }
        let status = match (known > 0.0, is_excluded) {
            (true, _) => Status::Ok,
            (false, true) => Status::Excluded,
            (false, false) => Status::NotComputed,
        };
        for count in &mut counts {
            *count /= known;
        }
        self.classifier.classify(status, &counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equation::graph::Binary;

    /// `mixed` when some starts are `a` and not all.
    fn mixed() -> OverStarts {
        let mut rules = Rules::over_starts();
        let added: Result<(), std::convert::Infallible> = rules.add("mixed", "", true, |graph| {
            let (share, none, all) = (graph.input("a"), graph.constant(0.0), graph.constant(1.0));
            let (some, part) =
                (graph.binary(Binary::Less, none, share), graph.binary(Binary::Less, share, all));
            Ok(graph.binary(Binary::And, some, part))
        });
        added.expect("nothing can fail");
        let label = |name: &str| Label {
            name: name.into(),
            meaning: String::new(),
            seizing: false,
            appearance: crate::table::Appearance::default(),
        };
        OverStarts::new(&rules, &["a", "b", "not_computed"].map(label))
    }

    #[test]
    fn starts_of_several_regimes_are_told_from_starts_of_one() {
        let over = mixed();
        let names: Vec<&str> = over.labels().iter().map(|label| label.name.as_str()).collect();
        assert_eq!(names, ["mixed", "undetermined", "excluded", "not_computed"]);
        let told = |starts: &[(Status, u8)]| {
            let (statuses, regimes): (Vec<u8>, Vec<u8>) =
                starts.iter().map(|&(status, regime)| (status as u8, regime)).unzip();
            names[usize::from(over.classify(&statuses, &regimes))]
        };
        assert_eq!(told(&[(Status::Ok, 0), (Status::Ok, 1)]), "mixed");
        assert_eq!(told(&[(Status::Ok, 0), (Status::Ok, 0)]), "undetermined");
        assert_eq!(
            told(&[(Status::Ok, 0), (Status::NotComputed, 2)]),
            "undetermined",
            "it is all of those known"
        );
        assert_eq!(told(&[(Status::Diverged, 1), (Status::Ok, 0)]), "mixed", "a failure is a regime too");
        assert_eq!(told(&[(Status::NotComputed, 2)]), "not_computed");
        assert_eq!(told(&[(Status::Excluded, 2), (Status::Excluded, 2)]), "excluded");
    }
}
