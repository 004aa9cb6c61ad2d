//! From what a person names to a study: a study's file, or a map, which holds its study's texts. Knows no verb.

use std::path::Path;

use crate::store::map::Map;
use crate::study::{Study, StudyError, Texts};

use super::Failure;
use super::arguments::StudyArguments;

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        let text = error.to_string();
        if error.is_callers_fault() { Self::Wrong(text) } else { Self::Machine(text) }
    }
}

/// The study that a person named.
pub(super) fn load(arguments: &StudyArguments) -> Result<Study, Failure> {
    if is_map(&arguments.study) {
        let map = Map::open(&arguments.study)?;
        let mut texts = texts_of(&map)?;
        texts.overrides.extend(arguments.overrides.iter().cloned());
        return Ok(Study::from_texts(texts).map_err(StudyError::from)?);
    }
    Ok(Study::load(&arguments.study, &arguments.overrides)?)
}

/// Whether a name is that of a map rather than of a study.
pub(super) fn is_map(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("nc"))
}

/// The names that a study's rules give, in their order.
pub(super) fn names_of_rules(study: &Study) -> Vec<String> {
    let rules = study.rules().rules().iter().map(|rule| rule.name.clone());
    let over_starts = study.over_starts();
    let over_starts = over_starts.iter().flat_map(|own| own.names_of_rules().map(str::to_owned));
    let mut names: Vec<String> = Vec::new();
    for name in rules.chain(over_starts) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The texts that a map holds.
pub(super) fn texts_of(map: &Map) -> Result<Texts, Failure> {
    let text = |name: &str| {
        map.attribute(name).map(str::to_owned).ok_or_else(|| {
            let path = map.path().display();
            Failure::Wrong(format!(
                "{path} does not hold its study (no attribute `{name}`); run the study's file instead"
            ))
        })
    };
    let overrides = text("overrides")?;
    Ok(Texts {
        name: text("study_name")?,
        study: text("study")?,
        overrides: overrides.lines().map(str::to_owned).collect(),
        model: Some(text("model")?),
        matrices: map.attribute("matrices").map_or(Ok(Vec::new()), Texts::matrices_from_text)?,
        table: map.attribute("table").map(Texts::table_from_text).transpose()?,
        // A matrix of which the map holds the hash alone is looked for beside it.
        folder: map.path().parent().map(Path::to_owned).unwrap_or_default(),
    })
}
