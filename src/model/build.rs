//! From the lines of a file to a [`Model`]: names are declared, checked and put in; units are taken from the `#:` lines.
//! Knows what may follow what, not how lines are read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::directive::{self, Spoken};
use super::names::{Function, Meaning, Names};
use super::options::{self, Options};
use super::scope::{ModelScope, Stage};
use super::{Auxiliary, LARGEST_JACOBIAN, Model, Parameter, Variable, jacobian_within};
use crate::complaint::{Complaint, Complaints, Severity, Source};
use crate::equation::graph::{Graph, Node};
use crate::equation::syntax::{
    Assignment, Declaration, Document, Documentation, Expression, Item, Word, read,
};
use crate::table::Quantity;

/// Reads a text to the end, or tells everything that is wrong with it.
pub(super) fn build(source: &Arc<Source>, name: &str) -> Result<Model, Complaints> {
    let (document, complaints) = read(source);
    let mut builder = Builder {
        source,
        complaints,
        names: Names::new(source),
        graph: Graph::new(),
        quantities: Quantities::default(),
        initials: Vec::new(),
        documented: HashMap::new(),
    };
    builder.declare(&document);
    builder.check(&document);
    let spoken = directive::read_all(source, &document, &builder.names, &mut builder.complaints);
    let options = options::read_all(source, &document, &mut builder.complaints);
    if builder.has_errors() {
        return Err(builder.errors());
    }
    let mut model = builder.model(name, &document, spoken, options)?;
    if jacobian_within(&model.graph, &model.variables, LARGEST_JACOBIAN).is_none() {
        let message = format!("the model's Jacobian has more than {LARGEST_JACOBIAN} operations");
        return Err(Complaints(vec![Complaint::error(source, 0..0, message, "make the model smaller")]));
    }
    model.warnings.sort_by_key(|complaint| complaint.span.start);
    Ok(model)
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
}

impl Builder<'_> {
    fn has_errors(&self) -> bool {
        self.complaints.iter().any(|complaint| complaint.severity == Severity::Error)
    }

    /// The errors in the order of the text.
    fn errors(self) -> Complaints {
        let mut errors = self.complaints;
        errors.retain(|complaint| complaint.severity == Severity::Error);
        errors.sort_by_key(|complaint| complaint.span.start);
        Complaints(errors)
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
            let message = format!("`{}` has no unit", word.text);
            let remedy = "write a line `#: [mV] meaning` above it; the unit of a pure number is `[1]`";
            self.complaints
                .push(Complaint::error(self.source, word.span.clone(), message, remedy).as_warning());
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
        if self.quantities.variables.is_empty() {
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
            Declaration::Auxiliary(name, _) => {
                if self.name(name, Meaning::Auxiliary(self.quantities.auxiliaries.len())) {
                    let quantity = self.quantity(name, documentation);
                    self.quantities.auxiliaries.push(quantity);
                }
            }
            Declaration::Noises(words) => {
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
            Declaration::Initials(_) => {}
            Declaration::Set(..) | Declaration::Options(_) => {
                if let Some(documentation) = documentation {
                    let remedy =
                        "document parameters, equations and auxiliaries; for a plain comment write `#`";
                    self.error(documentation.span.clone(), "this `#:` line documents nothing", remedy);
                }
            }
        }
    }

    fn take_initials(&mut self, assignments: &[Assignment]) {
        for Assignment { name, value } in assignments {
            match self.names.demand(name, "variable", |meaning| matches!(meaning, Meaning::Variable(_))) {
                Ok((_, Meaning::Variable(index))) => {
                    if self.initials[index].replace(*value).is_some() {
                        let message = format!("`{}` has two initial values", name.text);
                        self.error(name.span.clone(), message, "remove one");
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
                    let is_wanted = |meaning| matches!(meaning, Meaning::Parameter(_) | Meaning::Variable(_));
                    for assignment in assignments {
                        if let Err(complaint) = self.names.demand(&assignment.name, "parameter", is_wanted) {
                            self.complaints.push(complaint);
                        }
                    }
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

    fn lower(&mut self, formula: &Expression, stage: Stage) -> Result<Node, Complaints> {
        let mut scope = ModelScope { names: &self.names, stage, arguments: Vec::new() };
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
        for item in &document.items {
            if let Declaration::Derived(_, formula) = &item.declaration {
                let node = self.lower(formula, Stage::Derived)?;
                self.names.derived.push(node);
            }
        }
        for item in &document.items {
            if let Declaration::Fixed(_, formula) = &item.declaration {
                let node = self.lower(formula, Stage::Running)?;
                self.names.fixed.push(node);
            }
        }
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
        let signal = self.signal(spoken.signal, &variables, &auxiliaries);
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
            step: options.step,
            method: options.method,
            total: options.total,
            ranges: spoken.ranges,
            rules: spoken.rules,
            states: spoken.states,
            inputs: spoken.inputs,
            outputs: spoken.outputs,
            phase: spoken.phase,
            noises: quantities.noises,
            warnings: self.complaints,
        })
    }

    fn signal(
        &mut self,
        spoken: Option<String>,
        variables: &[Variable],
        auxiliaries: &[Auxiliary],
    ) -> String {
        spoken.unwrap_or_else(|| {
            let first = auxiliaries.first().map_or(&variables[0].quantity, |auxiliary| &auxiliary.quantity);
            let message = format!("the file does not say what its signal is; `{}` is taken", first.name);
            let remedy = "write a line `#@ signal name` with a variable or an auxiliary";
            self.complaints.push(Complaint::error(self.source, 0..0, message, remedy).as_warning());
            first.name.clone()
        })
    }
}
