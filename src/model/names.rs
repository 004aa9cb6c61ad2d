//! What the names of a model file stand for, without regard to case, and what is wrong with them. Knows the traps of XPPAUT
//! with names, not units or rules.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::complaint::{Complaint, Source};
use crate::equation::graph::Node;
use crate::equation::syntax::{Expression, Word, is_reserved, unknown_name};

/// XPPAUT looks at the first ten characters of a name only.
const LONGEST_NAME: usize = 10;
/// XPPAUT has room for 50 functions.
const MOST_FUNCTIONS: usize = 50;
/// Names that the file of a map needs for itself.
const NAMES_OF_A_MAP: [&str; 2] = ["regime", "status"];

/// What a name stands for; numbers are positions among their kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Parameter(usize),
    Variable(usize),
    Noise(usize),
    Number(f64),
    Derived(usize),
    Fixed(usize),
    Auxiliary(usize),
    Function(usize),
}

/// A function of the file.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: Word,
    pub(super) arguments: Vec<Word>,
    pub(super) body: Expression,
}

/// All names of a file.
#[derive(Debug)]
pub(super) struct Names {
    source: Arc<Source>,
    entries: HashMap<String, (Word, Meaning)>,
    /// Auxiliaries, which XPPAUT keeps apart from all other names: the word, and the name that it goes by here.
    auxiliaries: Vec<(Word, String)>,
    /// Names, in lower case, that a line declares which was refused.
    doubtful: HashSet<String>,
    /// Variables, then fixed quantities, in the order of the file: what `shift` counts along.
    running: [Vec<String>; 2],
    /// Everything that has a value before a run, in the order of the file.
    settled: Vec<String>,
    pub(super) functions: Vec<Function>,
    /// Nodes of fixed quantities and derived parameters, as far as they are there, by place.
    pub(super) fixed: Vec<Option<Node>>,
    pub(super) derived: Vec<Option<Node>>,
    /// Terms that have been put in for calls of functions.
    pub(super) work: Cell<usize>,
}

impl Names {
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            entries: HashMap::new(),
            auxiliaries: Vec::new(),
            doubtful: HashSet::new(),
            running: [Vec::new(), Vec::new()],
            settled: Vec::new(),
            functions: Vec::new(),
            fixed: Vec::new(),
            derived: Vec::new(),
            work: Cell::new(0),
        }
    }

    pub(super) fn error<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Result<T, Complaint> {
        Err(Complaint::error(&self.source, span, message, remedy))
    }

    pub(super) fn complaint(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Complaint {
        Complaint::error(&self.source, span, message, remedy)
    }

    /// Takes a declared name in; one that is refused is known to be declared.
    pub(super) fn declare(&mut self, word: &Word, meaning: Meaning) -> Result<(), Complaint> {
        let taken = self.take(word, meaning);
        if taken.is_err() {
            self.doubtful.insert(word.text.to_ascii_lowercase());
        }
        taken
    }

    /// Whether a line declares the name that was refused.
    pub(super) fn is_doubtful(&self, name: &str) -> bool {
        self.doubtful.contains(&name.to_ascii_lowercase())
    }

    /// Whether a line that declares a name was refused.
    pub(super) fn has_doubtful(&self) -> bool {
        !self.doubtful.is_empty()
    }

    fn take(&mut self, word: &Word, meaning: Meaning) -> Result<(), Complaint> {
        self.check_spelling(word)?;
        let lower = word.text.to_ascii_lowercase();
        if let Some((first, _)) = self.entries.get(&lower) {
            let line = Complaint::error(&self.source, first.span.clone(), "", "").position().0;
            let (message, remedy) = if first.text == word.text {
                (
                    format!("`{}` is declared a second time; the first is in line {line}", word.text),
                    "remove one, or rename it",
                )
            } else {
                let message = format!(
                    "`{}` differs from `{}` of line {line} in case only, and XPPAUT takes them for one name",
                    word.text, first.text
                );
                (
                    message,
                    "rename one: the rate `a` beside the gain `A` is `ad` in the models shipped with ictus",
                )
            };
            return self.error(word.span.clone(), message, remedy);
        }
        match meaning {
            Meaning::Variable(_) => self.running[0].push(word.text.clone()),
            Meaning::Fixed(_) => {
                self.running[1].push(word.text.clone());
                self.fixed.push(None);
            }
            Meaning::Derived(_) => {
                self.settled.push(word.text.clone());
                self.derived.push(None);
            }
            Meaning::Parameter(_) | Meaning::Number(_) | Meaning::Noise(_) => {
                self.settled.push(word.text.clone());
            }
            Meaning::Auxiliary(_) | Meaning::Function(_) => {}
        }
        self.entries.insert(lower, (word.clone(), meaning));
        Ok(())
    }

    /// Takes an auxiliary in, when all other names are known, and gives the name that it goes by: its own with other signs than
    /// letters, digits and `_` replaced, and something added where a variable or a map has it.
    pub(super) fn declare_auxiliary(&mut self, word: &Word) -> String {
        let mut name: String =
            word.text.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect();
        if !name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
            name.insert_str(0, "aux_");
        }
        let is_taken = |name: &str| {
            let of_a_map = NAMES_OF_A_MAP.iter().any(|own| own.eq_ignore_ascii_case(name));
            of_a_map
                || is_reserved(name)
                || self.running[0].iter().any(|variable| variable == name)
                || self.auxiliaries.iter().any(|(_, other)| other == name)
        };
        if is_taken(&name) {
            name += "_aux";
        }
        let stem = name.clone();
        let mut number = 1;
        while is_taken(&name) {
            number += 1;
            name = format!("{stem}{number}");
        }
        self.auxiliaries.push((word.clone(), name.clone()));
        name
    }

    /// The name so many declarations after another, as `shift` of XPPAUT counts them.
    pub(super) fn shifted(&self, name: &str, by: i64) -> Option<&str> {
        let place = |names: &[String]| names.iter().position(|known| known.eq_ignore_ascii_case(name));
        let running: Vec<String> = self.running.concat();
        let names = if place(&running).is_some() { &running } else { &self.settled };
        let target = i64::try_from(place(names)?).ok()?.checked_add(by)?;
        let target = &names[..].get(usize::try_from(target).ok()?)?;
        self.find_declared(target).map(|(declared, _)| declared)
    }

    fn check_spelling(&self, word: &Word) -> Result<(), Complaint> {
        if word.text.len() > LONGEST_NAME {
            let message = format!("the name `{}` has {} characters", word.text, word.text.len());
            let remedy = format!(
                "XPPAUT reads {LONGEST_NAME} at most; shorten it to, say, `{}`",
                &word.text[..LONGEST_NAME]
            );
            return self.error(word.span.clone(), message, remedy);
        }
        if is_reserved(&word.text) {
            let message = format!("the name `{}` belongs to the language", word.text);
            return self.error(word.span.clone(), message, "choose another name");
        }
        if NAMES_OF_A_MAP.contains(&word.text.to_ascii_lowercase().as_str()) {
            let message = format!("the name `{}` belongs to the variables of a map", word.text);
            return self.error(word.span.clone(), message, "choose another name");
        }
        Ok(())
    }

    /// Takes a function in.
    pub(super) fn declare_function(&mut self, function: Function) -> Result<(), Complaint> {
        self.declare(&function.name, Meaning::Function(self.functions.len()))?;
        // What is declared is there, whatever else is wrong with it: calls look it up.
        let checked = self.check_function(&function);
        self.functions.push(function);
        checked
    }

    fn check_function(&self, function: &Function) -> Result<(), Complaint> {
        if self.functions.len() == MOST_FUNCTIONS {
            let message = format!("the file has more than {MOST_FUNCTIONS} functions");
            let remedy = "XPPAUT has no room for more; put some in by hand";
            return self.error(function.name.span.clone(), message, remedy);
        }
        for (index, argument) in function.arguments.iter().enumerate() {
            // XPPAUT has names of its own for arguments, `arg1`, and lets `t` be one.
            let lower = argument.text.to_ascii_lowercase();
            let is_free =
                lower == "t" || lower.strip_prefix("arg").is_some_and(|number| number.parse::<u8>().is_ok());
            if !is_free {
                self.check_spelling(argument)?;
            }
            if function.arguments[..index].iter().any(|other| other.text.eq_ignore_ascii_case(&argument.text))
            {
                let message = format!("the argument `{}` stands twice", argument.text);
                return self.error(argument.span.clone(), message, "rename one");
            }
        }
        Ok(())
    }

    /// What a name stands for, whatever its case.
    pub(super) fn find(&self, name: &str) -> Option<Meaning> {
        self.find_declared(name).map(|(_, meaning)| meaning)
    }

    /// The same, with the name as declared.
    pub(super) fn find_declared(&self, name: &str) -> Option<(&str, Meaning)> {
        self.entries.get(&name.to_ascii_lowercase()).map(|(word, meaning)| (word.text.as_str(), *meaning))
    }

    /// Names as declared, of the kinds wanted.
    pub(super) fn known(&self, is_wanted: impl Fn(Meaning) -> bool) -> impl Iterator<Item = &str> {
        self.entries
            .values()
            .filter(move |(_, meaning)| is_wanted(*meaning))
            .map(|(word, _)| word.text.as_str())
    }

    /// What a word stands for, or the complaint with the nearest name of the kinds wanted.
    pub(super) fn demand(
        &self,
        word: &Word,
        kind: &str,
        is_wanted: impl Fn(Meaning) -> bool + Copy,
    ) -> Result<(String, Meaning), Complaint> {
        let auxiliary = |is: &dyn Fn(&str) -> bool| {
            let place = self.auxiliaries.iter().position(|(own, name)| is(name) || is(&own.text))?;
            let found = (self.auxiliaries[place].1.clone(), Meaning::Auxiliary(place));
            is_wanted(found.1).then_some(found)
        };
        let is_variable = self.running[0].contains(&word.text);
        if let Some(found) = auxiliary(&|name| name == word.text).filter(|_| !is_variable) {
            return Ok(found);
        }
        match self.entries.get(&word.text.to_ascii_lowercase()) {
            Some((declared, meaning)) if is_wanted(*meaning) => Ok((declared.text.clone(), *meaning)),
            _ => auxiliary(&|name| name.eq_ignore_ascii_case(&word.text)).ok_or_else(|| {
                let all = self.auxiliaries.iter().enumerate();
                let wanted = all.filter(|(place, _)| is_wanted(Meaning::Auxiliary(*place)));
                let known = self.known(is_wanted).chain(wanted.map(|(_, (_, name))| name.as_str()));
                unknown_name(&self.source, word.span.clone(), kind, known)
            }),
        }
    }

    fn is_auxiliary(&self, name: &str) -> bool {
        self.auxiliaries.iter().any(|(word, _)| word.text.eq_ignore_ascii_case(name))
    }

    /// Everything wrong with the names and calls of a formula, given its own arguments.
    pub(super) fn check(&self, expression: &Expression, arguments: &[Word]) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let is_argument = |name: &str| arguments.iter().any(|word| word.text.eq_ignore_ascii_case(name));
        for (name, span) in expression.names() {
            if is_argument(name) || name.eq_ignore_ascii_case("t") || self.is_doubtful(name) {
                continue;
            }
            match self.find(name) {
                Some(Meaning::Function(_)) => {
                    let message = format!("the function `{name}` has no operands");
                    complaints.push(Complaint::error(
                        &self.source,
                        span,
                        message,
                        format!("write them: `{name}(...)`"),
                    ));
                }
                None if self.is_auxiliary(name) => {
                    let message = format!("the auxiliary `{name}` cannot be used in a formula");
                    let remedy =
                        format!("XPPAUT knows `aux` for output only; declare `q=...` and `aux {name}=q`");
                    complaints.push(Complaint::error(&self.source, span, message, remedy));
                }
                Some(_) => {}
                None => {
                    let known = self.known(|meaning| !matches!(meaning, Meaning::Function(_)));
                    let known =
                        known.chain(arguments.iter().map(|word| word.text.as_str())).chain(["t", "pi"]);
                    complaints.push(unknown_name(&self.source, span, "name", known));
                }
            }
        }
        for (name, span, by) in expression.shifts() {
            if self.shifted(name, by).is_some() || self.is_doubtful(name) {
                continue;
            }
            complaints.push(if self.find(name).is_some() {
                let message = format!("`shift` by {by} from `{name}` leads to no name");
                let remedy = "correct the bounds of the sum, or the number: it counts the names declared after this one";
                Complaint::error(&self.source, span, message, remedy)
            } else {
                unknown_name(&self.source, span, "name", self.known(|_| true))
            });
        }
        for (name, span, count) in expression.calls() {
            if self.is_doubtful(name) {
                continue;
            }
            match self.find(name) {
                Some(Meaning::Function(index)) => {
                    let wanted = self.functions[index].arguments.len();
                    if wanted != count {
                        let message =
                            format!("`{name}` is declared with {wanted} arguments, and called with {count}");
                        complaints.push(Complaint::error(&self.source, span, message, "correct the call"));
                    }
                }
                Some(_) => {
                    let message = format!("`{name}` is not a function");
                    complaints.push(Complaint::error(&self.source, span, message, "for a product write `*`"));
                }
                None => {
                    let known = self.known(|meaning| matches!(meaning, Meaning::Function(_)));
                    let own = ["exp", "log", "sin", "cos", "tanh", "sqrt", "abs", "heav", "max", "min"];
                    complaints.push(unknown_name(&self.source, span, "function", known.chain(own)));
                }
            }
        }
        complaints
    }

    /// The complaint about functions that call themselves, by whatever way.
    pub(super) fn check_recursion(&self) -> Result<(), Complaint> {
        for (index, function) in self.functions.iter().enumerate() {
            let mut open = vec![index];
            let mut seen = vec![false; self.functions.len()];
            while let Some(at) = open.pop() {
                for (name, _, _) in self.functions[at].body.calls() {
                    let Some(Meaning::Function(next)) = self.find(name) else { continue };
                    if next == index {
                        let message = format!("the function `{}` calls itself", function.name.text);
                        let remedy =
                            "XPPAUT crashes on it; write the repetition out, or use a differential equation";
                        return self.error(function.name.span.clone(), message, remedy);
                    }
                    if !std::mem::replace(&mut seen[next], true) {
                        open.push(next);
                    }
                }
            }
        }
        Ok(())
    }
}
