//! `ictus export`: a model or a network at one place of its parameters, resting, as a file for XPPAUT. Knows how to say it, not how it is done.

use std::path::PathBuf;

use crate::model::{self, TooLarge};
use crate::stability::curves::{self, Rest};
use crate::store::aside;

use super::Failure;
use super::arguments::StudyArguments;
use super::console::Console;
use super::run::command;
use super::subject::{MOST_VARIABLES, Purpose, Subject};

impl From<TooLarge> for Failure {
    fn from(error: TooLarge) -> Self {
        Self::Wrong(error.to_string())
    }
}

/// Writes the model's file, or that of a network written out, with the parameters and an equilibrium as its start.
pub(super) fn export(
    study: &StudyArguments,
    at: &[String],
    output: Option<&PathBuf>,
    console: &mut Console,
) -> Result<(), Failure> {
    if let Some(path) = output {
        aside::check(path)?;
        let ends = |wanted| path.extension().is_some_and(|end| end.eq_ignore_ascii_case(wanted));
        if ["toml", "nc", "csv"].into_iter().any(ends) {
            let message = format!(
                "{} has the ending of another kind of file; name one that ends in .ode",
                path.display()
            );
            return Err(Failure::Wrong(message));
        }
    }
    let subject = Subject::load(study, at, Purpose::Export)?;
    let (state, remark) = start(&subject, console)?;
    let mut remarks = vec![format!("Made by: {}", command()), remark];
    let text = match &subject.heard {
        None => model::export(&subject.model, &subject.values, &state, &remarks),
        Some(heard) => {
            remarks.push(format!(
                "{} nodes: what ends in _3 is of node 3. q1, q2 .. are parts of formulas.",
                subject.nodes
            ));
            model::write(&subject.model, heard, &subject.values, &state, &remarks)?
        }
    };
    match output {
        Some(path) => {
            aside::write(path, &text)?;
            console.say(path.display().to_string());
        }
        None => console.write(&text),
    }
    Ok(())
}

/// The state that the file begins at, and what it is.
fn start(subject: &Subject, console: &mut Console) -> Result<(Vec<f64>, String), Failure> {
    let variables = subject.model.variables.len();
    if variables > MOST_VARIABLES {
        let remark = format!(
            "No equilibrium was looked for of {variables} variables, more than {MOST_VARIABLES}; it begins at the initial state."
        );
        console.note(&remark);
        return Ok((subject.starts[0].clone(), remark));
    }
    let rests = curves::rests(&subject.model, &subject.values, &subject.starts, subject.step)?;
    let chosen = rests.iter().min_by_key(|rest| (rest.unstable, rest.is_critical));
    let remark = match chosen {
        Some(Rest { is_critical: true, .. }) => {
            "It begins at an equilibrium that is critical: neither stable nor unstable.".to_owned()
        }
        Some(Rest { unstable: 0, .. }) => "It begins at a stable equilibrium.".to_owned(),
        Some(Rest { unstable, .. }) => {
            format!(
                "It begins at an equilibrium with {unstable} unstable directions; no stable one was found."
            )
        }
        None => "No equilibrium was found; it begins at the initial state.".to_owned(),
    };
    if chosen.is_none_or(|rest| rest.unstable > 0 || rest.is_critical) {
        console.note(&remark);
    }
    Ok((chosen.map_or_else(|| subject.starts[0].clone(), |rest| rest.state.clone()), remark))
}
