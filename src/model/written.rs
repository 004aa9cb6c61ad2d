//! A model written as a file for XPPAUT from its expressions, where no author's text says the same. Knows what XPPAUT 6.11 has room
//! for, not where the model comes from.
//!
//! What fits was tried with XPPAUT 6.11: 1947 variables, quantities and auxiliaries together; 293 parameters, of which later ones
//! are read and then not understood in formulas; between 3000 and 6000 lines, beyond which it crashes; names of ten letters.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::Model;
use super::export::{line_of, number};
use crate::equation::graph::Node;
use crate::equation::pieces::pieces;
use crate::equation::syntax::is_reserved;
use crate::table::Quantity;

/// Variables, quantities and auxiliaries together: so their lines are fewer than 4600 too.
const MOST_NAMES: usize = 1900;
/// Parameters.
const MOST_PARAMETERS: usize = 280;
/// Letters of a name.
const LONGEST_NAME: usize = 10;
/// Rows that XPPAUT keeps of a trajectory where it runs longer than that of a usual file.
const MOST_ROWS: f64 = 200_000.0;

/// Why a file for XPPAUT cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file would have {found} {what}, and XPPAUT takes {most} at most; {remedy}")]
pub struct TooLarge {
    /// How many there are.
    pub found: usize,
    /// Of what.
    pub what: &'static str,
    /// How many fit.
    pub most: usize,
    /// What to do.
    pub remedy: &'static str,
}

/// The text of a model that begins at a state, `[variable]`, with values of parameters; `remarks` are its first lines. A name with
/// dots, `node.3.x`, becomes `x_3`. `quantities` are parts of the equations that get names of their own.
///
/// # Errors
/// When XPPAUT has no room for it.
pub fn write(
    model: &Model,
    quantities: &[(String, Node)],
    values: &[(String, f64)],
    state: &[f64],
    remarks: &[String],
) -> Result<String, TooLarge> {
    let parameters = model.parameters.len();
    if parameters > MOST_PARAMETERS {
        let remedy = "let fewer parameters differ from node to node, or take fewer nodes";
        return Err(TooLarge { found: parameters, what: "parameters", most: MOST_PARAMETERS, remedy });
    }
    let mut names = Names::of(model, quantities);
    let roots: Vec<Node> = (model.variables.iter().map(|variable| variable.derivative))
        .chain(model.auxiliaries.iter().map(|auxiliary| auxiliary.value))
        .collect();
    let named: Vec<(String, Node)> =
        quantities.iter().map(|(name, node)| (names.short(name).to_owned(), *node)).collect();
    let Names { short, taken } = &mut names;
    let mut count = 0;
    let fresh = || loop {
        count += 1;
        let name = format!("q{count}");
        if taken.insert(name.clone()) {
            break name;
        }
    };
    let short = |name: &str| short.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let written = pieces(&model.graph, &roots, &named, short, fresh);
    let found = roots.len() + written.quantities.len();
    if found > MOST_NAMES {
        let remedy = "take fewer nodes, or a sparser matrix";
        let what = "variables, quantities and auxiliaries";
        return Err(TooLarge { found, what, most: MOST_NAMES, remedy });
    }
    let (derivatives, auxiliaries) = written.roots.split_at(model.variables.len());
    let mut page = Page { text: String::new() };
    page.head(model, &short, remarks);
    for parameter in &model.parameters {
        let name = &parameter.quantity.name;
        let value = values.iter().rev().find(|(known, _)| known == name);
        let value = value.map_or(parameter.default, |(_, value)| *value);
        page.documented(&parameter.quantity, &format!("par {}={}", short(name), number(value)));
    }
    for noise in &model.noises {
        page.documented(noise, &format!("wiener {}", short(&noise.name)));
    }
    for (name, formula) in &written.quantities {
        page.line(&format!("{name}={formula}"));
    }
    for (variable, formula) in model.variables.iter().zip(derivatives) {
        page.documented(&variable.quantity, &format!("{}'={formula}", short(&variable.quantity.name)));
    }
    let initial = model.variables.iter().zip(state);
    page.line(&line_of("init", initial.map(|(variable, value)| (short(&variable.quantity.name), *value))));
    for (auxiliary, formula) in model.auxiliaries.iter().zip(auxiliaries) {
        page.documented(&auxiliary.quantity, &format!("aux {}={formula}", short(&auxiliary.quantity.name)));
    }
    page.options(model);
    page.line("done");
    Ok(page.text)
}

struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn documented(&mut self, quantity: &Quantity, line: &str) {
        let Quantity { unit, meaning, .. } = quantity;
        self.line(format!("#: [{unit}] {}", plain(meaning)).trim_end());
        self.line(line);
    }

    fn head(&mut self, model: &Model, short: &impl Fn(&str) -> String, remarks: &[String]) {
        self.line(&format!("#: {}", plain(&model.title)));
        for remark in remarks {
            self.line(&format!("# {}", plain(remark)));
        }
        for source in &model.sources {
            self.line(&format!("#@ source {}", plain(source)));
        }
        self.line(&format!("#@ time {}", model.time_unit));
        self.line(&format!("#@ signal {}", short(&model.signal)));
        self.line(&format!("#@ scale {}", number(model.scale)));
        for range in &model.ranges {
            let (from, to) = (number(range.from), number(range.to));
            self.line(&format!("#@ range {} {from} {to}", short(&range.name)));
        }
    }

    fn options(&mut self, model: &Model) {
        let mut options = format!("@ bound={}", number(model.bound));
        let method = model.method.as_deref().map(|own| if own == "heun" { "modeuler" } else { own });
        if let Some(method) = method {
            write!(options, ",meth={method}").expect("a text can be written to");
        }
        for (name, value) in [("total", model.total), ("dt", model.step)] {
            if let Some(value) = value {
                write!(options, ",{name}={}", number(value)).expect("a text can be written to");
            }
        }
        if model.transient > 0.0 {
            write!(options, ",trans={}", number(model.transient)).expect("a text can be written to");
        }
        let rows = model.total.zip(model.step).map_or(0.0, |(total, step)| (total / step).ceil() + 10.0);
        write!(options, ",maxstor={}", rows.max(MOST_ROWS)).expect("a text can be written to");
        self.line(&options);
    }
}

/// A text that stays in its line: XPPAUT takes the next one in after a `\`.
fn plain(text: &str) -> String {
    text.replace(|letter: char| letter == '\\' || letter.is_control(), " ")
}

/// The names in the file, without regard to case.
struct Names {
    /// By the model's names.
    short: HashMap<String, String>,
    /// All of them in lower case.
    taken: HashSet<String>,
}

impl Names {
    /// Gives every name of the model and the quantities one in the file. Those of one stem are shortened alike.
    fn of(model: &Model, quantities: &[(String, Node)]) -> Self {
        let own = (model.parameters.iter().map(|parameter| &parameter.quantity))
            .chain(model.variables.iter().map(|variable| &variable.quantity))
            .chain(&model.noises)
            .chain(model.auxiliaries.iter().map(|auxiliary| &auxiliary.quantity));
        let all: Vec<&str> = own
            .map(|quantity| quantity.name.as_str())
            .chain(quantities.iter().map(|(name, _)| name.as_str()))
            .collect();
        let mut stems: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut place: HashMap<&str, usize> = HashMap::new();
        // What has no node keeps its name where it can, so it comes first.
        let (plain, numbered): (Vec<&str>, Vec<&str>) = all.into_iter().partition(|name| !name.contains('.'));
        for name in plain {
            stems.push((name, vec![""]));
        }
        for name in numbered {
            let (before, stem) = name.rsplit_once('.').unwrap_or(("", name));
            let number = before.rsplit('.').next().unwrap_or_default();
            let at = *place.entry(stem).or_insert_with(|| {
                stems.push((stem, Vec::new()));
                stems.len() - 1
            });
            stems[at].1.push(number);
        }
        let mut names = Self { short: HashMap::new(), taken: HashSet::new() };
        for (stem, numbers) in stems {
            names.give(stem, &numbers);
        }
        names
    }

    /// The names of a stem with its numbers; where one is taken, with a digit more.
    fn give(&mut self, stem: &str, numbers: &[&str]) {
        let longest = numbers.iter().map(|number| number.len()).max().unwrap_or(0);
        let room = LONGEST_NAME - if longest > 0 { longest + 1 } else { 0 };
        for attempt in 1.. {
            let more = if attempt == 1 { String::new() } else { attempt.to_string() };
            let own = format!("{}{more}", &stem[..stem.len().min(room - more.len())]);
            let in_file =
                |number: &str| if number.is_empty() { own.clone() } else { format!("{own}_{number}") };
            let names: Vec<String> = numbers.iter().map(|number| in_file(number)).collect();
            let is_free =
                |name: &String| !is_reserved(name) && !self.taken.contains(&name.to_ascii_lowercase());
            if names.iter().all(is_free) {
                for (number, name) in numbers.iter().zip(names) {
                    self.taken.insert(name.to_ascii_lowercase());
                    let own =
                        if number.is_empty() { stem.to_owned() } else { format!("node.{number}.{stem}") };
                    self.short.insert(own, name);
                }
                return;
            }
        }
    }

    fn short(&self, name: &str) -> &str {
        self.short.get(name).map_or("", String::as_str)
    }
}
