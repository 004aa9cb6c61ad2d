//! New labels for the points of a map, from its stored features alone. Knows no rules: what a row is called comes from outside.

use std::path::Path;

use crate::analyse::AnalyseError;
use crate::space::Space;
use crate::store::StoreError;
use crate::store::map::{self, Description, Draws, Label, Map, OverStarts, Recipe, Summary};

/// How rows are called now.
pub struct Naming<'a> {
    /// The space of the map, as its study says it.
    pub space: Space,
    /// The new labels.
    pub labels: Vec<Label>,
    /// The label of a row, from its status and its features in the map's order.
    pub classify: &'a dyn Fn(u8, &[f64]) -> u8,
    /// Where the last axis counts drawn starts: when two of them have ended alike.
    pub draws: Option<Draws>,
    /// How all starts of a point are called together now, if they are.
    pub over_starts: Option<OverStarts>,
    /// Attributes of the file that change, such as the study's text and the history.
    pub attributes: Vec<(String, String)>,
}

/// Writes a map with the rows of another and new labels. All but regimes and the given attributes stays, byte for byte. Gives
/// `None` when `watch`, told how many cells are done and how many there are, answered `false`.
///
/// # Errors
/// When the space is not the map's, or a map cannot be read or written. The new map may replace the old one: it is written
/// aside first.
pub fn relabel(
    map: &Map,
    naming: Naming<'_>,
    path: &Path,
    watch: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Summary>, AnalyseError> {
    if naming.space.shape() != map.shape() {
        let reason = format!(
            "its shape is {:?} and that of the study {:?}; give the map's own study, with other rules",
            map.shape(),
            naming.space.shape()
        );
        return Err(AnalyseError::Relabel { reason });
    }
    let not_computed = map.statuses().iter().position(|name| name == "not_computed");
    let description = Description {
        title: map.attribute("title").unwrap_or_default().to_owned(),
        space: naming.space,
        quantities: map.features().to_vec(),
        statuses: map.statuses().to_vec(),
        not_computed: not_computed.map_or(u8::MAX, |status| status as u8),
        labels: naming.labels,
        fixed: map.fixed().to_vec(),
        draws: naming.draws,
        over_starts: naming.over_starts,
        attributes: merged(map.attributes(), naming.attributes),
    };
    let recipe = Recipe {
        description: &description,
        rows: &mut |cell| -> Result<_, StoreError> { map.rows(cell.origin(), cell.extent()) },
        classify: naming.classify,
        watch,
    };
    Ok(map::write(recipe, path)?)
}

/// The old attributes with new values where there are some, then the new names. Those that every map gets are left out.
fn merged(old: &[(String, String)], new: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut merged: Vec<(String, String)> =
        old.iter().filter(|(name, _)| name != "Conventions" && name != "title").cloned().collect();
    for (name, text) in new {
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = text,
            None => merged.push((name, text)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::compare::{Strictness, compare};
    use crate::analyse::samples::{Sample, write};

    #[test]
    fn relabelling_gives_what_running_with_the_new_rules_gives() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let (old, new) = (Sample::default(), Sample { threshold: 6.0, ..Sample::default() });
        write(&old, &place("old.nc"));
        write(&new, &place("run.nc"));
        let map = Map::open(&place("old.nc")).unwrap();
        let naming = Naming {
            space: new.space(),
            labels: Sample::labels(),
            draws: None,
            over_starts: None,
            classify: &|status, row| new.classify(status, row),
            attributes: vec![("history".into(), "relabelled".into())],
        };
        let summary = relabel(&map, naming, &place("relabelled.nc"), &mut |_, _| true).unwrap();
        assert!(summary.is_some());
        let relabelled = Map::open(&place("relabelled.nc")).unwrap();
        let found = compare(&Map::open(&place("run.nc")).unwrap(), &relabelled, Strictness::Bits).unwrap();
        assert!(found.is_none(), "{found}");
        assert_eq!(relabelled.attribute("history"), Some("relabelled"));
        assert_eq!(relabelled.attribute("model"), map.attribute("model"));
    }

    #[test]
    fn a_study_of_another_shape_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.nc");
        write(&Sample::default(), &path);
        let naming = Naming {
            space: Sample { columns: 9, ..Sample::default() }.space(),
            labels: Sample::labels(),
            draws: None,
            over_starts: None,
            classify: &|_, _| 0,
            attributes: vec![],
        };
        let error = relabel(&Map::open(&path).unwrap(), naming, &path, &mut |_, _| true).unwrap_err();
        assert!(error.to_string().contains("[4, 6]"), "{error}");
    }
}
