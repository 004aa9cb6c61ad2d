//! `ictus curves`: branches of equilibria and what changes along them, as a table, as JSON, and as a file. Knows how to say it,
//! not how it is found.

mod file;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::stability::curves::{self, Branch, CurvesError, Diagram, End, Kind, Range, Request, Special};

use super::Failure;
use super::arguments::StudyArguments;
use super::console::Console;
use super::subject::{Purpose, Subject};
use super::words;

impl From<CurvesError> for Failure {
    fn from(error: CurvesError) -> Self {
        Self::Wrong(error.to_string())
    }
}

/// States of more variables are not printed in the table.
const MOST_SHOWN: usize = 16;

/// Where more than one in so many starts comes to rest alone, there is more than was found.
const MANY: usize = 4;

/// What `ictus curves` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) study: &'a StudyArguments,
    pub(super) along: &'a str,
    pub(super) with: Option<&'a str>,
    /// `--from` and `--to`.
    pub(super) range: [Option<f64>; 2],
    /// `--with-from` and `--with-to`.
    pub(super) with_range: [Option<f64>; 2],
    pub(super) at: &'a [String],
    /// Operations after which no further curve is begun.
    pub(super) work: Option<f64>,
    pub(super) output: Option<&'a PathBuf>,
    pub(super) json: bool,
}

/// A diagram and what it is of.
pub(super) struct Report<'a> {
    pub(super) subject: &'a Subject,
    pub(super) along: &'a Range,
    pub(super) with: Option<&'a Range>,
    pub(super) diagram: &'a Diagram,
}

/// Follows equilibria and says what was found.
pub(super) fn curves(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    if let Some(work) = wish.work.filter(|work| work.is_nan() || *work <= 0.0) {
        let message =
            format!("`--work {work}` is not a number of operations; write a positive one such as `1e12`");
        return Err(Failure::Wrong(message));
    }
    if let Some(path) = wish.output {
        crate::store::curves::check(path)?;
    }
    let subject = Subject::load(wish.study, wish.at, Purpose::Curves)?;
    let along = subject.range(wish.along, wish.range, ["--from", "--to"])?;
    let with = wish
        .with
        .map(|name| subject.range(name, wish.with_range, ["--with-from", "--with-to"]))
        .transpose()?;
    let diagram = curves::follow(&Request {
        model: &subject.model,
        nodes: subject.nodes,
        values: subject.values.clone(),
        along: along.clone(),
        with: with.clone(),
        starts: subject.starts.clone(),
        step: subject.step,
        work: wish.work.unwrap_or(curves::USUAL_WORK),
    })?;
    let report = Report { subject: &subject, along: &along, with: with.as_ref(), diagram: &diagram };
    if let Some(path) = wish.output {
        file::write(&report, path)?;
    }
    if wish.json {
        console.say_json(&report.to_json());
    } else {
        report.print(console);
    }
    let mut found = Vec::new();
    if let Some(own) = &diagram.continuum {
        let name = &subject.model.name;
        found.push(format!(
            "{name} has equilibria, one at {} = {}, but they are not isolated: the Jacobian is singular there, and at every other that was found. \
             Such equilibria fill a line or more, as where a sum of variables is conserved or only differences of phases count, and no branch goes through \
             them. Write one of these variables by the others, `x = total - y`, and follow what is left",
            along.name, own.parameter
        ));
    } else if diagram.branches.is_empty() {
        found.push(format!(
            "no equilibrium of {} was found for {} from {} to {}; give another range, or an initial state near one in the study's [initial]",
            subject.model.name, along.name, along.from, along.to
        ));
    }
    if let Some(remainder) = report.remainder() {
        found.push(format!("not all: {remainder}"));
    }
    for line in found {
        // JSON holds it all.
        if wish.json { console.note(line) } else { console.find(line) }
    }
    if subject.is_constrained {
        console.note("the study's `where` leaves points out of its map; curves go through them all the same");
    }
    if diagram.is_coarse {
        console.note(
            "the model has too many variables to look for folds and Hopf points; the branches are there",
        );
    }
    Ok(())
}

impl Report<'_> {
    /// Cycles per time unit, and per second where the model's time has a unit.
    pub(super) fn frequency(&self, angular: f64) -> f64 {
        let per_unit = angular / std::f64::consts::TAU;
        self.subject.model.seconds_per_time_unit().map_or(per_unit, |seconds| per_unit / seconds)
    }

    /// The unit of [`Report::frequency`].
    pub(super) fn frequency_unit(&self) -> &'static str {
        if self.subject.model.seconds_per_time_unit().is_some() { "Hz" } else { "1" }
    }

    /// The value of the second parameter on the branches.
    fn second(&self) -> Option<(&str, f64)> {
        self.with.map(|with| (with.name.as_str(), self.subject.value(&with.name)))
    }

    fn state(&self, state: &[f64]) -> Value {
        let names = self.subject.variables().map(|quantity| quantity.name);
        names.zip(state).map(|(name, value)| (name, json!(value))).collect::<Map<_, _>>().into()
    }

    /// An object with the parameters under their own names and in `parameters`.
    fn placed(&self, kind: &str, along: f64, with: Option<f64>) -> Map<String, Value> {
        let mut parameters = Map::from_iter([(self.along.name.clone(), json!(along))]);
        if let Some((name, own)) = self.second() {
            parameters.insert(name.to_owned(), json!(with.unwrap_or(own)));
        }
        let mut object = Map::from_iter([("kind".to_owned(), json!(kind))]);
        object.extend(parameters.clone());
        // A parameter may have that name too; it is among `parameters` all the same.
        object.insert("kind".into(), json!(kind));
        object.insert("along".into(), json!(self.along.name));
        object.insert("with".into(), json!(self.with.map(|with| &with.name)));
        object.insert("parameters".into(), parameters.into());
        object
    }

    fn point(&self, point: &Special) -> Value {
        let mut object = self.placed(point.kind.name(), point.along, point.with);
        let needs_two = point.with.is_some();
        object.extend([
            ("state".to_owned(), self.state(&point.state)),
            ("frequency".to_owned(), json!(point.angular_frequency.map(|angular| self.frequency(angular)))),
            ("frequency_unit".to_owned(), json!(point.angular_frequency.map(|_| self.frequency_unit()))),
            ("angular_frequency".to_owned(), json!(point.angular_frequency)),
            ("criticality".to_owned(), json!(point.criticality.map(curves::Criticality::name))),
            ("lyapunov".to_owned(), json!(point.lyapunov)),
            ("multiplicity".to_owned(), json!(point.multiplicity)),
            ("residual".to_owned(), json!(point.residual)),
            (if needs_two { "curve" } else { "branch" }.to_owned(), json!(point.curve)),
        ]);
        object.into()
    }

    fn ends(&self, number: usize, branch: &Branch) -> Vec<Value> {
        let ends = [branch.points.first(), branch.points.last()].into_iter().flatten().zip(&branch.ends);
        ends.map(|(point, end)| {
            let mut object = self.placed("end", point.parameter, None);
            object.insert("reason".into(), json!(end.name()));
            object.insert("unstable".into(), json!(point.unstable));
            object.insert("critical".into(), json!(point.is_critical));
            object.insert("branch".into(), json!(number));
            object.insert("state".into(), self.state(&point.state));
            object.into()
        })
        .collect()
    }

    /// What was found and not followed, and whether more is there than was found; in words.
    pub(super) fn remainder(&self) -> Option<String> {
        let left = &self.diagram.remainder;
        let mut parts = Vec::new();
        if left.equilibria > 0 {
            parts.push(format!(
                "{} equilibria that were found along {} lie on no branch that was followed: there are too many branches",
                left.equilibria, self.along.name
            ));
        }
        if let (Some(with), false) = (self.with, left.sections.is_empty()) {
            let values: Vec<String> = left.sections.iter().map(f64::to_string).collect();
            parts.push(format!(
                "at {} = {} curves were not looked for on all branches",
                with.name,
                values.join(", ")
            ));
        }
        if left.points > 0 {
            parts.push(format!(
                "the curves of {} folds, Hopf points or branch points were not followed",
                left.points
            ));
        }
        // A model alone has an equilibrium that one start finds now and then; many of them are a sign.
        if self.subject.nodes > 1 && MANY * left.alone > left.starts {
            parts.push(format!(
                "of {} starts that came to rest, {} did where no other did: there are more equilibria than were found",
                left.starts, left.alone
            ));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What [`Report::remainder`] says, as an object.
    fn not_followed(&self) -> Option<Value> {
        let left = &self.diagram.remainder;
        self.remainder().map(|text| {
            json!({
                "kind": "not_followed", "along": self.along.name, "with": self.with.map(|with| &with.name),
                "equilibria": left.equilibria, "points": left.points, "sections": left.sections,
                "starts": left.starts, "starts_alone": left.alone, "text": text,
            })
        })
    }

    /// One array: every special point, then the ends of the branches, then what was not followed.
    pub(super) fn to_json(&self) -> Value {
        let mut all: Vec<Value> = self.diagram.points.iter().map(|point| self.point(point)).collect();
        for (number, branch) in self.diagram.branches.iter().enumerate() {
            all.extend(self.ends(number, branch));
        }
        if self.diagram.branches.is_empty() {
            let with = self.with.map(|with| &with.name);
            all.push(match &self.diagram.continuum {
                None => json!({
                    "kind": "end", "along": self.along.name, "with": with, "reason": "no_equilibrium_found",
                }),
                Some(own) => json!({
                    "kind": "end", "along": self.along.name, "with": with, "reason": "not_isolated",
                    &self.along.name: own.parameter, "parameters": { &self.along.name: own.parameter },
                    "state": self.state(&own.state),
                }),
            });
        }
        all.extend(self.not_followed());
        all.into()
    }

    fn print(&self, console: &mut Console) {
        let Range { name, from, to } = self.along;
        console.say(format!("{} along {name} from {from} to {to}", self.subject.model.name));
        let others: Vec<String> = self
            .subject
            .model
            .parameters
            .iter()
            .map(|parameter| parameter.quantity.name.as_str())
            .filter(|other| other != name)
            .map(|other| format!("{other} = {}", self.subject.value(other)))
            .collect();
        if !others.is_empty() {
            console.say(format!("with {}", others.join(", ")));
        }
        for (number, branch) in self.diagram.branches.iter().enumerate() {
            console.say(format!("\nbranch {number}, {} equilibria", branch.points.len()));
            for (from, to, unstable) in pieces(branch) {
                let kind = match unstable {
                    None => "critical: a mode neither grows nor decays".to_owned(),
                    Some(0) => "stable".to_owned(),
                    Some(1) => "1 unstable direction".to_owned(),
                    Some(many) => format!("{many} unstable directions"),
                };
                console.say(format!("    {name} {from:>14.8} to {to:>14.8}  {kind}"));
            }
            let ends: Vec<&str> = branch.ends.iter().copied().map(said).collect();
            console.say(format!("    begins: {}; ends: {}", ends[0], ends[1]));
        }
        self.table(console);
        for (number, locus) in self.diagram.loci.iter().enumerate() {
            let ends: Vec<&str> = locus.ends.iter().copied().map(said).collect();
            let (kind, count) = (locus.kind.name(), locus.points.len());
            let kind = kind.trim_end_matches("_point");
            let several = several(locus.multiplicity);
            console.say(format!(
                "curve {number} of {kind} points{several}, {count} of them; begins: {}; ends: {}",
                ends[0], ends[1]
            ));
        }
    }

    /// The special points as a table.
    fn table(&self, console: &mut Console) {
        if self.diagram.points.is_empty() {
            return;
        }
        let with = self.with.map(|with| with.name.as_str());
        let mut head = vec!["kind".to_owned(), self.along.name.clone()];
        head.extend(with.map(str::to_owned));
        head.push(if self.frequency_unit() == "Hz" { "Hz" } else { "frequency" }.to_owned());
        head.push("criticality".to_owned());
        let shown = if self.subject.model.variables.len() > MOST_SHOWN { 0 } else { MOST_SHOWN };
        head.extend(self.subject.variables().take(shown).map(|quantity| quantity.name));
        let mut rows = vec![head];
        for point in &self.diagram.points {
            let mut row = vec![point.kind.name().to_owned(), format!("{:.9}", point.along)];
            row.extend(self.second().map(|(_, own)| format!("{:.9}", point.with.unwrap_or(own))));
            row.push(
                point
                    .angular_frequency
                    .map_or_else(String::new, |angular| format!("{:.6}", self.frequency(angular))),
            );
            let criticality = point.criticality.map_or("", |own| own.name());
            row.push(format!("{criticality}{}", several(point.multiplicity)));
            row.extend(point.state.iter().take(shown).map(|value| words::places(*value, 8)));
            rows.push(row);
        }
        let columns = rows[0].len();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        console.say("");
        for row in &rows {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            console.say(cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        if shown == 0 {
            console
                .note("\nThe states have too many variables to be printed; `--json` and `-o` contain them.");
        }
        if self.diagram.points.iter().any(|point| point.kind == Kind::Fold) {
            console.note(
                "\nA fold on a cycle (SNIC) is not distinguished from other folds: that needs the cycle.",
            );
        }
    }
}

/// How many cross at once, where that is more than one.
fn several(multiplicity: usize) -> String {
    if multiplicity > 1 { format!(" ({multiplicity} at once)") } else { String::new() }
}

/// The pieces of a branch with one number of unstable directions each: first and last parameter, and the number; `None` where the
/// branch is critical along a way, and not at one point that it passes.
fn pieces(branch: &Branch) -> Vec<(f64, f64, Option<usize>)> {
    let points = &branch.points;
    let mut pieces: Vec<(f64, f64, Option<usize>)> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| points.get(at));
        let stays = point.is_critical && beside.clone().any(|point| point.is_critical);
        let kind = (!stays).then_some(point.unstable);
        match pieces.last_mut() {
            Some((_, to, known)) if *known == kind => *to = point.parameter,
            _ => pieces.push((point.parameter, point.parameter, kind)),
        }
    }
    pieces
}

/// Why a curve ends, for a person.
fn said(end: End) -> &'static str {
    match end {
        End::LeftRange => "at the end of the range",
        End::LeftBound => "beyond the model's bound",
        End::Closed => "closed",
        End::BogdanovTakens => "in a Bogdanov-Takens point",
        End::Switch => "at a corner, by one of the model's switches",
        End::StepTooSmall => "lost: no step was small enough",
        End::TooManyPoints => "given up: too many points",
    }
}
