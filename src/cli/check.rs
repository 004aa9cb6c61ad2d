//! `ictus check`: are studies and models in order? Every file is looked at, whatever is wrong with the ones before.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::complaint::{Complaint, Complaints, Severity, Source, text_of_any_encoding};
use crate::model::{Model, default_study};
use crate::study::{LONGEST_MODEL, Study, StudyError, Texts};

use super::console::Console;
use super::{Failure, design, pilot};

/// Checks files and says what they are.
pub(super) fn check(
    files: &[PathBuf],
    overrides: &[String],
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let mut wrong = 0;
    let mut reports = Vec::new();
    for file in files {
        let verdict = verdict(file, overrides);
        wrong += usize::from(verdict.error.is_some());
        if json {
            reports.push(verdict.to_json(file));
        } else {
            verdict.print(file, console);
        }
    }
    if json {
        console.say_json(&reports);
    }
    match wrong {
        0 => Ok(()),
        1 if files.len() == 1 => Err(Failure::Said(2)),
        _ => Err(Failure::Wrong(format!(
            "{wrong} of {} files are wrong; mend them and check again",
            files.len()
        ))),
    }
}

/// What was found in one file.
struct Verdict {
    summary: String,
    warnings: Vec<Complaint>,
    error: Option<StudyError>,
}

fn verdict(file: &Path, overrides: &[String]) -> Verdict {
    let result = if file.extension().is_some_and(|end| end.eq_ignore_ascii_case("ode")) {
        model(file)
    } else {
        study(file, overrides)
    };
    match result {
        Ok((summary, warnings)) => Verdict { summary, warnings, error: None },
        Err(error) => Verdict { summary: String::new(), warnings: Vec::new(), error: Some(error) },
    }
}

fn study(file: &Path, overrides: &[String]) -> Result<(String, Vec<Complaint>), StudyError> {
    let study = Study::load(file, overrides)?;
    let sides: Vec<String> =
        study.space().axes().iter().map(|axis| format!("{} {}", axis.length(), axis.name())).collect();
    let sides = if sides.is_empty() { "a single point".to_owned() } else { sides.join(" x ") };
    let features = study.features().len();
    let nodes = study.network().map_or_else(String::new, |network| format!("{} nodes of ", network.nodes));
    let (points, model) = (study.space().points(), &study.model().name);
    let bound = if study.timing().is_some_and(|timing| timing.bound.is_none()) {
        bound_of_xppaut(study.model())
    } else {
        String::new()
    };
    let points = match study.design() {
        None => format!("{sides} = {points} points"),
        Some(own) if points == own.runs() => design::summary(own),
        Some(own) => format!("{}; {sides} = {points} points", design::summary(own)),
    };
    let summary = format!("{points} of {nodes}{model}, {features} features{bound}");
    let tried = pilot::disagreement(&study);
    let warnings = study.warnings().iter().cloned().chain(tried);
    Ok((summary, warnings.collect()))
}

/// What is said of a model without a bound of its own.
fn bound_of_xppaut(model: &Model) -> String {
    if model.has_bound {
        return String::new();
    }
    format!("; it has no `@ bound`, so a variable beyond {}, XPPAUT's own, has diverged", model.bound)
}

fn model(file: &Path) -> Result<(String, Vec<Complaint>), StudyError> {
    let unreadable = |reason| StudyError::Unreadable { path: file.to_owned(), reason };
    let text = text_of_any_encoding(file, LONGEST_MODEL).map_err(unreadable)?;
    let name = file.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    let source = Source::new(file.display().to_string(), text);
    let model = Model::parse(&source, &name)?;
    rules(&model, &source)?;
    let summary = format!(
        "{} variables, {} parameters{}",
        model.variables.len(),
        model.parameters.len(),
        bound_of_xppaut(&model)
    );
    Ok((summary, model.warnings.into_iter().chain(model.noise).collect()))
}

/// What a study of the model would complain of in its file: the features and names of its rules.
fn rules(model: &Model, source: &Source) -> Result<(), StudyError> {
    let texts = Texts {
        name: source.name.clone(),
        study: default_study(model, Some(&source.name)),
        overrides: Vec::new(),
        model: Some(model.text.clone()),
        matrices: Vec::new(),
        table: None,
        folder: PathBuf::new(),
    };
    let Err(Complaints(mut wrong)) = Study::from_texts(texts) else { return Ok(()) };
    let noise = model.noise.as_ref().map(|noise| noise.message.clone());
    wrong.retain(|complaint| {
        complaint.source.text == model.text && Some(&complaint.message) != noise.as_ref()
    });
    if wrong.is_empty() { Ok(()) } else { Err(Complaints(wrong).into()) }
}

impl Verdict {
    fn print(&self, file: &Path, console: &mut Console) {
        for warning in &self.warnings {
            console.warn(warning);
        }
        match &self.error {
            Some(error) => console.complain(&Failure::Wrong(error.to_string())),
            None => console.say(format!("{}: {}", file.display(), self.summary)),
        }
    }

    fn to_json(&self, file: &Path) -> Value {
        let mut complaints: Vec<Value> = self.warnings.iter().map(complaint_json).collect();
        match &self.error {
            Some(StudyError::Wrong(Complaints(errors))) => {
                complaints.extend(errors.iter().map(complaint_json));
            }
            Some(other) => complaints.push(json!({ "severity": "error", "message": other.to_string() })),
            None => {}
        }
        json!({ "file": file, "ok": self.error.is_none(), "summary": self.summary, "complaints": complaints })
    }
}

fn complaint_json(complaint: &Complaint) -> Value {
    let (line, column) = complaint.position();
    json!({
        "severity": match complaint.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "file": complaint.source.name,
        "line": line,
        "column": column,
        "message": complaint.message,
        "remedy": complaint.remedy,
    })
}
