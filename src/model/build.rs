//! From the lines of a file to a [`Model`]: names are declared, checked and put in; units are taken from the `#:` lines.
//! Knows what may follow what, not how lines are read.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::beginning;
use super::directive::{self, Spoken};
use super::names::{Function, Meaning, Names};
use super::options::{self, Options};
use super::scope::{ModelScope, Stage};
use super::sorted::sorted;
use super::{Auxiliary, LARGEST_JACOBIAN, Model, Parameter, Variable, jacobian_within};
use crate::complaint::{Complaint, Complaints, Severity, Source, gathered, plain_lines};
use crate::equation::graph::{Graph, Node};
use crate::equation::syntax::{
    Assignment, Declaration, Document, Documentation, Expression, Item, MAPS_ARE_REFUSED, Word, read,
};
use crate::table::Quantity;

/// Reads a text to the end, or tells everything that is wrong with it.
pub(super) fn build(source: &Arc<Source>, name: &str) -> Result<Model, Complaints> {
    let lines = plain_lines(&source.text);
    let plain = if lines == source.text { Arc::clone(source) } else { Source::new(&source.name, lines) };
    let (document, complaints) = read(&plain);
    // Places refer to the text as it was read: with arrays, loops and the old format written out.
    let source = &document.source;
    let mut builder = Builder {
        source,
        complaints,
        names: Names::new(source),
        graph: Graph::new(),
        quantities: Quantities::default(),
        initials: Vec::new(),
        documented: HashMap::new(),
        without_unit: Vec::new(),
        start: 0.0,
        noise: None,
    };
    builder.declare(&document);
    builder.check(&document);
    let spoken = directive::read_all(source, &document, &builder.names, &mut builder.complaints);
    let options = options::read_all(source, &document, &mut builder.complaints);
    builder.start = options.start;
    builder.drop_follow_ons(&document);
    builder.keep_map();
    if builder.has_errors() {
        return Err(builder.errors());
    }
    let mut model = builder.model(name, &document, spoken, options)?;
    model.text.clone_from(&plain.text);
    model.warnings.extend(beginning::warning(&model, &document));
    if jacobian_within(&model.graph, &model.variables, LARGEST_JACOBIAN).is_none() {
        let message = format!("the model's Jacobian has more than {LARGEST_JACOBIAN} operations");
        return Err(Complaints(vec![Complaint::error(source, 0..0, message, "make the model smaller")]));
    }
    model.warnings.sort_by_key(|complaint| complaint.span.start);
    model.warnings = gathered(model.warnings);
    Ok(model)
}

/// The name that a complaint misses: should a line that could not be read declare it, the complaint only follows from that line.
fn follow_on(message: &str) -> Option<&str> {
    if let Some(auxiliary) = message.strip_prefix("the auxiliary `") {
        return auxiliary.strip_suffix("` cannot be used in a formula");
    }
    let (kind, rest) = message.strip_prefix("unknown ")?.split_once(" `")?;
    // An unknown declaration is a cause, not a follow-on.
    let is_cause = matches!(kind, "declaration" | "option") || kind.starts_with("word");
    (!is_cause).then(|| rest.trim_end_matches('`'))
}

fn says_map(complaint: &Complaint) -> bool {
    complaint.message.contains(MAPS_ARE_REFUSED)
}

/// What the declared names are called and measured in, by kind.
#[derive(Default)]
struct Quantities {
    parameters: Vec<Parameter>,
    variables: Vec<Quantity>,
    auxiliaries: Vec<Quantity>,
    noises: Vec<Quantity>,
    fixed: usize,
    derived: usize,
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    complaints: Vec<Complaint>,
    names: Names,
    graph: Graph,
    quantities: Quantities,
    /// Values at the beginning, `[variable]`.
    initials: Vec<Option<f64>>,
    /// What `#:` lines above an `init` say, by the variable in lower case.
    documented: HashMap<String, Documentation>,
    /// Where names are declared of which no unit is known.
    without_unit: Vec<Word>,
    /// The time at the beginning.
    start: f64,
    /// What says that there is noise.
    noise: Option<Complaint>,
}

impl Builder<'_> {
    fn has_errors(&self) -> bool {
        self.complaints.iter().any(|complaint| complaint.severity == Severity::Error)
    }

    /// The errors in the order of the text.
    fn errors(self) -> Complaints {
        let mut errors = self.complaints;
        errors.retain(|complaint| complaint.severity == Severity::Error);
        errors.sort_by_key(|complaint| (!says_map(complaint), complaint.span.start));
        // One cause is told once, at its first place.
        let mut told: HashSet<(String, String)> = HashSet::new();
        errors.retain(|complaint| told.insert((complaint.message.clone(), complaint.remedy.clone())));
        // So is one place, which an array or a loop repeats.
        let mut places: HashSet<Range<usize>> = HashSet::new();
        errors.retain(|complaint| complaint.span.is_empty() || places.insert(complaint.span.clone()));
        Complaints(errors)
    }

    /// Drops what only follows from lines that could not be read: names that may be declared there.
    fn drop_follow_ons(&mut self, document: &Document) {
        self.complaints.retain(|complaint| {
            let Some(name) = follow_on(&complaint.message) else { return true };
            !(document.is_doubtful(name) || self.names.is_doubtful(name))
        });
    }

    /// A map is refused as one, once; beside it only what else is not supported counts.
    fn keep_map(&mut self) {
        let maps = self.complaints.iter().filter(|complaint| says_map(complaint));
        let Some(first) = maps.min_by_key(|complaint| complaint.span.start).cloned() else { return };
        self.complaints
            .retain(|complaint| !says_map(complaint) && complaint.message.contains("not supported"));
        self.complaints.push(first);
    }

    fn error(&mut self, span: Range<usize>, message: impl Into<String>, remedy: impl Into<String>) {
        self.complaints.push(Complaint::error(self.source, span, message, remedy));
    }

    fn name(&mut self, word: &Word, meaning: Meaning) -> bool {
        self.names.declare(word, meaning).map_err(|complaint| self.complaints.push(complaint)).is_ok()
    }

    /// The quantity of a declared name; without a unit its author is warned.
    fn quantity(&mut self, word: &Word, documentation: Option<&Documentation>) -> Quantity {
        let unit = documentation.and_then(|documentation| documentation.unit.clone());
        if unit.is_none() {
            self.without_unit.push(word.clone());
        }
        let meaning = documentation.map_or_else(String::new, |documentation| documentation.meaning.clone());
        Quantity::real(word.text.clone(), unit.unwrap_or_else(|| "1".to_owned()), meaning)
    }

    /// Takes all names in.
    fn declare(&mut self, document: &Document) {
        for item in &document.items {
            if let (Declaration::Initials(assignments), Some(documentation)) =
                (&item.declaration, &item.documentation)
            {
                let names = assignments.iter().map(|assignment| assignment.name.text.to_ascii_lowercase());
                self.documented.extend(names.map(|name| (name, documentation.clone())));
            }
        }
        for item in &document.items {
            self.declare_item(item);
        }
        self.initials = vec![None; self.quantities.variables.len()];
        for item in &document.items {
            if let Declaration::Initials(assignments) = &item.declaration {
                self.take_initials(assignments);
            }
        }
        self.declare_auxiliaries(document);
        self.warn_of_units();
        // An equation that could not be read is told already.
        let is_told = !document.doubtful.is_empty()
            || self.names.has_doubtful()
            || self.complaints.iter().any(|complaint| complaint.severity == Severity::Error);
        if self.quantities.variables.is_empty() && !is_told {
            let end = self.source.text.trim_end().len();
            self.error(end..end, "the file has no equation", "write at least one: `x'=formula`");
        }
    }

    fn declare_item(&mut self, item: &Item) {
        let documentation = item.documentation.as_ref();
        match &item.declaration {
            Declaration::Parameters(assignments) => {
                for Assignment { name, value } in assignments {
                    if self.name(name, Meaning::Parameter(self.quantities.parameters.len())) {
                        let quantity = self.quantity(name, documentation);
                        self.quantities.parameters.push(Parameter { quantity, default: *value });
                    }
                }
            }
            Declaration::Numbers(assignments) => {
                for Assignment { name, value } in assignments {
                    self.name(name, Meaning::Number(*value));
                }
            }
            Declaration::Equation(name, _) => {
                if self.name(name, Meaning::Variable(self.quantities.variables.len())) {
                    let elsewhere = self.documented.get(&name.text.to_ascii_lowercase()).cloned();
                    if let (Some(_), Some(second)) = (&elsewhere, documentation) {
                        let message = format!("`{}` is documented twice", name.text);
                        self.error(
                            second.span.clone(),
                            message,
                            "remove the `#:` line above its `init`, or this one",
                        );
                    }
                    let quantity = self.quantity(name, documentation.or(elsewhere.as_ref()));
                    self.quantities.variables.push(quantity);
                }
            }
            Declaration::Noises(words) => {
                if let Some(first) = words.first() {
                    let message =
                        format!("the model has noise (`wiener {}`), which is not simulated yet", first.text);
                    let remedy = format!(
                        "studies of it are refused; without the noise write `number {}=0`",
                        first.text
                    );
                    let complaint = Complaint::error(self.source, first.span.clone(), message, remedy);
                    self.noise.get_or_insert(complaint.as_warning());
                }
                for word in words {
                    if self.name(word, Meaning::Noise(self.quantities.noises.len())) {
                        let meaning = documentation
                            .map_or("white noise", |documentation| documentation.meaning.as_str());
                        let unit = documentation
                            .and_then(|documentation| documentation.unit.as_deref())
                            .unwrap_or("1");
                        self.quantities.noises.push(Quantity::real(word.text.clone(), unit, meaning));
                    }
                }
            }
            Declaration::Fixed(name, _) => {
                if self.name(name, Meaning::Fixed(self.quantities.fixed)) {
                    self.quantities.fixed += 1;
                }
            }
            Declaration::Derived(name, _) => {
                if self.name(name, Meaning::Derived(self.quantities.derived)) {
                    self.quantities.derived += 1;
                }
            }
            Declaration::Function(name, arguments, body) => {
                let function =
                    Function { name: name.clone(), arguments: arguments.clone(), body: body.clone() };
                if let Err(complaint) = self.names.declare_function(function) {
                    self.complaints.push(complaint);
                }
            }
            Declaration::Initials(_) | Declaration::Auxiliary(..) => {}
            Declaration::Set(..) | Declaration::Options(_) => {
                if let Some(documentation) = documentation {
                    let remedy =
                        "document parameters, equations and auxiliaries; for a plain comment write `#`";
                    self.error(documentation.span.clone(), "this `#:` line documents nothing", remedy);
                }
            }
        }
    }

    /// Auxiliaries come last: XPPAUT keeps them apart, so that they may have the name of anything else.
    fn declare_auxiliaries(&mut self, document: &Document) {
        for item in &document.items {
            let Declaration::Auxiliary(word, _) = &item.declaration else { continue };
            let name = self.names.declare_auxiliary(word);
            if name != word.text {
                let message = format!("the auxiliary `{}` is called `{name}` here", word.text);
                let remedy = "a variable or a map has its name, or it has other signs than letters, digits and `_`; rename it";
                let complaint = Complaint::error(self.source, word.span.clone(), message, remedy);
                self.complaints.push(complaint.as_warning());
            }
            let word = Word { text: name, span: word.span.clone() };
            let quantity = self.quantity(&word, item.documentation.as_ref());
            self.quantities.auxiliaries.push(quantity);
        }
    }

    /// One warning for all names of which no unit is known.
    fn warn_of_units(&mut self) {
        const SHOWN: usize = 12;
        let Some(first) = self.without_unit.first() else { return };
        let names: Vec<String> =
            self.without_unit.iter().take(SHOWN).map(|word| format!("`{}`", word.text)).collect();
        let more = self.without_unit.len().saturating_sub(SHOWN);
        let message = match (names.as_slice(), more) {
            ([name], _) => format!("{name} has no unit"),
            ([others @ .., last], 0) => format!("{} and {last} have no unit", others.join(", ")),
            _ => format!("{} and {more} more have no unit", names.join(", ")),
        };
        let remedy = "write a line `#: [mV] meaning` above each; the unit of a pure number is `[1]`";
        self.complaints.push(Complaint::error(self.source, first.span.clone(), message, remedy).as_warning());
    }

    fn take_initials(&mut self, assignments: &[Assignment]) {
        for Assignment { name, value } in assignments {
            match self.names.demand(name, "variable", |meaning| matches!(meaning, Meaning::Variable(_))) {
                Ok((_, Meaning::Variable(index))) => {
                    if self.initials[index].replace(*value).is_some() {
                        let message =
                            format!("`{}` has two initial values; the last, {value}, counts", name.text);
                        let remedy = "XPPAUT takes the last too; remove the others";
                        let complaint = Complaint::error(self.source, name.span.clone(), message, remedy);
                        self.complaints.push(complaint.as_warning());
                    }
                }
                Ok(_) => unreachable!("only variables are wanted"),
                Err(complaint) => self.complaints.push(complaint),
            }
        }
    }

    /// Every formula's names and calls, and the sets.
    fn check(&mut self, document: &Document) {
        for item in &document.items {
            let (formula, arguments): (&Expression, &[Word]) = match &item.declaration {
                Declaration::Equation(_, formula)
                | Declaration::Fixed(_, formula)
                | Declaration::Derived(_, formula)
                | Declaration::Auxiliary(_, formula) => (formula, &[]),
                Declaration::Function(_, arguments, formula) => (formula, arguments),
                Declaration::Set(_, assignments) => {
                    self.check_set(assignments);
                    continue;
                }
                _ => continue,
            };
            self.complaints.extend(self.names.check(formula, arguments));
        }
        if let Err(complaint) = self.names.check_recursion() {
            self.complaints.push(complaint);
        }
    }

    /// The values of a set: numbers for parameters and variables, anything for options.
    fn check_set(&mut self, values: &[(Word, Word)]) {
        for (name, value) in values {
            let is_wanted = |meaning| matches!(meaning, Meaning::Parameter(_) | Meaning::Variable(_));
            match self.names.demand(name, "parameter", is_wanted) {
                Ok(_) if value.text.parse::<f64>().is_err() => {
                    let message = format!("`{}` is not a number", value.text);
                    self.error(value.span.clone(), message, "write a number such as `0.5` or `1e-3`");
                }
                Ok(_) => {}
                Err(_) if options::known(&name.text).is_some() => {}
                Err(complaint) => self.complaints.push(complaint),
            }
        }
    }

    /// Puts the fixed quantities, or the derived parameters, into the graph, each after those that it needs.
    fn quantities(&mut self, document: &Document, stage: Stage) -> Result<(), Complaints> {
        let all: Vec<(&Word, &Expression)> = document
            .items
            .iter()
            .filter_map(|item| match (&item.declaration, stage) {
                (Declaration::Derived(word, formula), Stage::Derived)
                | (Declaration::Fixed(word, formula), Stage::Running) => Some((word, formula)),
                _ => None,
            })
            .collect();
        let place = |meaning| match (meaning, stage) {
            (Meaning::Derived(place), Stage::Derived) | (Meaning::Fixed(place), Stage::Running) => {
                Some(place)
            }
            _ => None,
        };
        let (order, early) =
            sorted(&self.names, &all, place).map_err(|complaint| Complaints(vec![complaint]))?;
        if let Some(first) = early.first() {
            let others: Vec<String> = early[1..].iter().map(|own| format!("`{}`", own.name)).collect();
            let also =
                if others.is_empty() { String::new() } else { format!(" (so are {})", others.join(", ")) };
            let message = format!("`{}` is used before the line that declares it{also}", first.name);
            let remedy = "it is computed first here; XPPAUT computes with the value of the evaluation before, so move that line up \
                          for the same numbers there";
            let complaint = Complaint::error(self.source, first.span.clone(), message, remedy);
            self.complaints.push(complaint.as_warning());
        }
        for place in order {
            let node = self.lower(all[place].1, stage)?;
            match stage {
                Stage::Derived => self.names.derived[place] = Some(node),
                Stage::Running => self.names.fixed[place] = Some(node),
            }
        }
        Ok(())
    }

    fn lower(&mut self, formula: &Expression, stage: Stage) -> Result<Node, Complaints> {
        let mut scope = ModelScope { names: &self.names, stage, arguments: Vec::new(), start: self.start };
        formula.lower_in(&mut self.graph, &mut scope).map_err(|complaint| Complaints(vec![complaint]))
    }

    /// Puts everything together; all names are known now.
    fn model(
        mut self,
        name: &str,
        document: &Document,
        spoken: Spoken,
        options: Options,
    ) -> Result<Model, Complaints> {
        let quantities = std::mem::take(&mut self.quantities);
        for parameter in &quantities.parameters {
            self.graph.input(&parameter.quantity.name);
        }
        let read: Vec<Node> =
            quantities.variables.iter().map(|quantity| self.graph.input(&quantity.name)).collect();
        self.quantities(document, Stage::Derived)?;
        self.quantities(document, Stage::Running)?;
        let (mut derivatives, mut values) = (Vec::new(), Vec::new());
        for item in &document.items {
            match &item.declaration {
                Declaration::Equation(_, formula) => derivatives.push(self.lower(formula, Stage::Running)?),
                Declaration::Auxiliary(_, formula) => values.push(self.lower(formula, Stage::Running)?),
                _ => {}
            }
        }
        let initials: Vec<Node> =
            self.initials.iter().map(|initial| self.graph.constant(initial.unwrap_or(0.0))).collect();
        let parts = quantities.variables.into_iter().zip(read).zip(initials).zip(derivatives);
        let variables: Vec<Variable> = parts
            .map(|(((quantity, value), initial), derivative)| Variable {
                quantity,
                value,
                initial,
                derivative,
            })
            .collect();
        let auxiliaries: Vec<Auxiliary> = quantities
            .auxiliaries
            .into_iter()
            .zip(values)
            .map(|(quantity, value)| Auxiliary { quantity, value })
            .collect();
        let signal = self.signal(spoken.signal, &variables);
        Ok(Model {
            name: name.to_owned(),
            title: document.title.as_ref().map_or_else(|| name.to_owned(), |title| title.meaning.clone()),
            sources: spoken.sources,
            text: self.source.text.clone(),
            time_unit: spoken.time_unit,
            graph: self.graph,
            parameters: quantities.parameters,
            variables,
            auxiliaries,
            signal,
            scale: spoken.scale,
            bound: options.bound,
            has_bound: options.has_bound,
            step: options.step,
            method: options.method,
            is_method_missing: options.is_method_missing,
            total: options.total,
            transient: options.transient,
            ranges: spoken.ranges,
            rules: spoken.rules,
            states: spoken.states,
            inputs: spoken.inputs,
            outputs: spoken.outputs,
            phase: spoken.phase,
            noises: quantities.noises,
            noise: self.noise,
            warnings: self.complaints,
        })
    }

    /// What is observed where a study says nothing: what the file says, else its first variable.
    fn signal(&mut self, spoken: Option<String>, variables: &[Variable]) -> String {
        spoken.unwrap_or_else(|| {
            let first = &variables[0].quantity;
            let message = format!("the file does not say what its signal is; `{}` is taken", first.name);
            let remedy = "write a line `#@ signal name` with a variable or an auxiliary";
            self.complaints.push(Complaint::error(self.source, 0..0, message, remedy).as_warning());
            first.name.clone()
        })
    }
}
