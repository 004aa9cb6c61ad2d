//! Two maps side by side: where their variables differ, by how much, and which regimes became which. Works through pieces of
//! the maps, so that memory does not grow with them. Knows nothing of how a map was made: attributes of files, where dates and
//! hosts stand, are not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::analyse::AnalyseError;
use crate::analyse::pieces::{coordinates, pieces};
use crate::store::map::{Label, Map, OVER_STARTS, REGIME, bounded};
use crate::store::{Container, Storage};

/// What makes two values different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Another number, or a number against undefined.
    Values,
    /// Another bit.
    Bits,
}

/// How a variable differs.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct VariableDifference {
    /// The variable.
    pub name: String,
    /// How many values it has.
    pub values: u64,
    /// How many of them differ.
    pub differing: u64,
    /// The largest difference of two numbers, where the variable holds numbers.
    pub largest: Option<f64>,
    /// The first value that differs, by its indices.
    pub first_at: Option<Vec<u64>>,
}

/// A change of regime and how many points made it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The regime in the first map.
    pub from: String,
    /// The regime in the second map.
    pub to: String,
    /// How many points.
    pub points: u64,
}

/// All that differs between two maps.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Difference {
    /// Variables that only the first map has.
    pub only_in_first: Vec<String>,
    /// Variables that only the second map has.
    pub only_in_second: Vec<String>,
    /// Variables of another shape or type: what they are in the two maps.
    pub incomparable: Vec<(String, String, String)>,
    /// Variables that both have, in the first map's order, those without a difference too.
    pub variables: Vec<VariableDifference>,
    /// Regimes that changed, the most frequent change first.
    pub regimes: Vec<Change>,
    /// What all starts of a point are called together that changed, likewise.
    pub over_starts: Vec<Change>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_none(&self) -> bool {
        self.only_in_first.is_empty()
            && self.only_in_second.is_empty()
            && self.incomparable.is_empty()
            && self.variables.iter().all(|variable| variable.differing == 0)
    }
}

/// Compares two maps, variable by variable.
///
/// # Errors
/// When one of them cannot be read.
pub fn compare(first: &Map, second: &Map, strictness: Strictness) -> Result<Difference, AnalyseError> {
    let (one, other) = (Container::open(first.path())?, Container::open(second.path())?);
    let (of_one, of_other) = (one.variables(), other.variables());
    let names: BTreeSet<&String> = of_one.iter().collect();
    let others: BTreeSet<&String> = of_other.iter().collect();
    let without = |these: &[String], those: &BTreeSet<&String>| {
        these.iter().filter(|name| !those.contains(name)).cloned().collect()
    };
    let mut difference = Difference {
        only_in_first: without(&of_one, &others),
        only_in_second: without(&of_other, &names),
        ..Difference::default()
    };
    for name in of_one.iter().filter(|name| others.contains(name)) {
        let (kind_of_one, kind_of_other) = (Kind::of(&one, name)?, Kind::of(&other, name)?);
        if kind_of_one != kind_of_other || kind_of_one.storage.is_none() {
            let incomparable = (name.clone(), kind_of_one.to_string(), kind_of_other.to_string());
            difference.incomparable.push(incomparable);
            continue;
        }
        let pair = Pair { one: &one, other: &other, name, kind: &kind_of_one, strictness };
        let mut variable = pair.compare()?;
        // With other labels, equal numbers may mean other regimes.
        let labels_differ = first.labels() != second.labels();
        if name == REGIME && (variable.differing > 0 || labels_differ) {
            difference.regimes = changes(
                (&first.shape(), &first.chunk()?),
                (first.labels(), &|start, count| Ok(first.regime(start, count)?)),
                (second.labels(), &|start, count| Ok(second.regime(start, count)?)),
            )?;
            let changed: u64 = difference.regimes.iter().map(|change| change.points).sum();
            variable.differing = variable.differing.max(changed);
        }
        if name == OVER_STARTS
            && let (Some((axis, ours)), Some((_, theirs))) = (first.over_starts(), second.over_starts())
            && (variable.differing > 0 || ours != theirs)
        {
            let (mut shape, mut chunk) = (first.shape(), first.chunk()?);
            shape.remove(axis);
            chunk.remove(axis);
            difference.over_starts = changes(
                (&shape, &chunk),
                (ours, &|start, count| Ok(first.regime_over_starts(start, count)?)),
                (theirs, &|start, count| Ok(second.regime_over_starts(start, count)?)),
            )?;
            let changed: u64 = difference.over_starts.iter().map(|change| change.points).sum();
            variable.differing = variable.differing.max(changed);
        }
        difference.variables.push(variable);
    }
    Ok(difference)
}

/// What a variable is, apart from its values.
#[derive(Clone, Debug, PartialEq)]
struct Kind {
    storage: Option<Storage>,
    dimensions: Vec<(String, u64)>,
}

impl Kind {
    fn of(container: &Container, name: &str) -> Result<Self, AnalyseError> {
        Ok(Self { storage: container.storage(name)?, dimensions: container.dimensions(name)? })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let storage = match self.storage {
            Some(Storage::Byte) => "byte",
            Some(Storage::Int) => "int",
            Some(Storage::Double) => "double",
            Some(Storage::Letter) => "char",
            None => "a type that no map has",
        };
        let dimensions: Vec<String> =
            self.dimensions.iter().map(|(name, length)| format!("{name} = {length}")).collect();
        write!(formatter, "{storage} ({})", dimensions.join(", "))
    }
}

/// A variable of two files, of one kind.
struct Pair<'a> {
    one: &'a Container,
    other: &'a Container,
    name: &'a str,
    kind: &'a Kind,
    strictness: Strictness,
}

impl Pair<'_> {
    fn compare(&self) -> Result<VariableDifference, AnalyseError> {
        let shape: Vec<u64> = self.kind.dimensions.iter().map(|(_, length)| *length).collect();
        let mut chunk = self.one.chunk(self.name)?.unwrap_or_else(|| shape.clone());
        if shape.contains(&0) {
            // A variable of a user's own, without values.
            chunk = vec![1; shape.len()];
        }
        let chunk = bounded(chunk);
        let is_flag = matches!(self.kind.storage, Some(Storage::Byte | Storage::Letter));
        let mut found = VariableDifference {
            name: self.name.to_owned(),
            values: shape.iter().fold(1, |product: u64, &side| product.saturating_mul(side)),
            differing: 0,
            largest: (!is_flag).then_some(0.0),
            first_at: None,
        };
        for piece in pieces(&shape, &chunk) {
            let read = |container: &Container| -> Result<Vec<f64>, AnalyseError> {
                let (start, count) = &piece;
                if self.kind.storage == Some(Storage::Letter) {
                    let letters = container.letters(self.name, start, count)?;
                    return Ok(letters.into_iter().map(f64::from).collect());
                }
                if is_flag {
                    let bytes = container.bytes(self.name, start, count)?;
                    return Ok(bytes.into_iter().map(f64::from).collect());
                }
                Ok(container.doubles(self.name, start, count)?)
            };
            let (ours, theirs) = (read(self.one)?, read(self.other)?);
            for (number, (a, b)) in ours.iter().zip(&theirs).enumerate() {
                if self.is_same(*a, *b) {
                    continue;
                }
                found.differing += 1;
                found.first_at.get_or_insert_with(|| coordinates(&piece, number));
                if let Some(largest) = &mut found.largest {
                    // A number against undefined has no difference; `max` passes over it.
                    *largest = largest.max((a - b).abs());
                }
            }
        }
        Ok(found)
    }

    fn is_same(&self, a: f64, b: f64) -> bool {
        match self.strictness {
            Strictness::Bits => a.to_bits() == b.to_bits(),
            Strictness::Values => {
                a.partial_cmp(&b) == Some(std::cmp::Ordering::Equal) || (a.is_nan() && b.is_nan())
            }
        }
    }
}

/// The labels of a flag, and its values at a slab.
type Flag<'a> = (&'a [Label], &'a dyn Fn(&[u64], &[u64]) -> Result<Vec<u8>, AnalyseError>);

/// Counts the changes of a flag by name, for maps of one shape, in pieces of the given sides.
fn changes(
    (shape, chunk): (&[u64], &[u64]),
    (ours, read_ours): Flag<'_>,
    (theirs, read_theirs): Flag<'_>,
) -> Result<Vec<Change>, AnalyseError> {
    let mut counts: BTreeMap<(u8, u8), u64> = BTreeMap::new();
    for (start, count) in pieces(shape, chunk) {
        for pair in read_ours(&start, &count)?.into_iter().zip(read_theirs(&start, &count)?) {
            *counts.entry(pair).or_default() += 1;
        }
    }
    let name = |labels: &[Label], regime: u8| {
        labels.get(usize::from(regime)).map_or_else(|| format!("number {regime}"), |label| label.name.clone())
    };
    let mut by_name: BTreeMap<(String, String), u64> = BTreeMap::new();
    for ((from, to), points) in counts {
        *by_name.entry((name(ours, from), name(theirs, to))).or_default() += points;
    }
    let mut changes: Vec<Change> = by_name
        .into_iter()
        .filter(|((from, to), _)| from != to)
        .map(|((from, to), points)| Change { from, to, points })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.points));
    Ok(changes)
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            let values: u64 = self.variables.iter().map(|variable| variable.values).sum();
            return writeln!(
                formatter,
                "no difference in {} variables, {values} values",
                self.variables.len()
            );
        }
        for (names, which) in [(&self.only_in_first, "first"), (&self.only_in_second, "second")] {
            if !names.is_empty() {
                writeln!(formatter, "only in the {which} map: {}", names.join(", "))?;
            }
        }
        for (name, one, other) in &self.incomparable {
            writeln!(formatter, "{name}: {one} in the first map, {other} in the second")?;
        }
        for variable in self.variables.iter().filter(|variable| variable.differing > 0) {
            let VariableDifference { name, values, differing, .. } = variable;
            write!(formatter, "{name}: {differing} of {values} differ")?;
            if let Some(largest) = variable.largest {
                write!(formatter, ", by up to {largest:.6e}")?;
            }
            if let Some(place) = variable.first_at.as_ref().filter(|place| !place.is_empty()) {
                write!(formatter, ", first at {place:?}")?;
            }
            writeln!(formatter)?;
        }
        for (changes, of) in [(&self.regimes, ""), (&self.over_starts, " over all starts")] {
            for Change { from, to, points } in changes {
                writeln!(formatter, "  {from} -> {to}: {points} points{of}")?;
            }
        }
        let same = self.variables.iter().filter(|variable| variable.differing == 0).count();
        writeln!(formatter, "{same} variables without a difference")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::samples::{Sample, write};

    #[test]
    fn a_map_does_not_differ_from_its_copy() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("a.nc"), folder.path().join("b.nc"));
        for path in [&one, &other] {
            write(&Sample::default(), path);
        }
        for strictness in [Strictness::Values, Strictness::Bits] {
            let found = compare(&Map::open(&one).unwrap(), &Map::open(&other).unwrap(), strictness).unwrap();
            assert!(found.is_none(), "{found}");
            assert!(found.variables.len() >= 8, "{found:?}");
        }
    }

    #[test]
    fn what_differs_is_counted_and_measured() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("a.nc"), folder.path().join("b.nc"));
        write(&Sample::default(), &one);
        write(&Sample { threshold: 6.0, ..Sample::default() }, &other);
        let found =
            compare(&Map::open(&one).unwrap(), &Map::open(&other).unwrap(), Strictness::Values).unwrap();
        assert!(!found.is_none());
        let regime = found.variables.iter().find(|variable| variable.name == REGIME).unwrap();
        assert!(regime.differing > 0 && regime.largest.is_none());
        assert_eq!(found.regimes.len(), 1);
        assert_eq!(
            (found.regimes[0].from.as_str(), found.regimes[0].to.as_str()),
            ("spike_wave", "oscillation")
        );
        assert_eq!(found.regimes[0].points, regime.differing);
        assert!(found.to_string().contains("spike_wave -> oscillation"), "{found}");
    }

    #[test]
    fn a_sign_of_zero_is_a_difference_of_bits_only() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("a.nc"), folder.path().join("b.nc"));
        write(&Sample::default(), &one);
        write(&Sample { zero: -0.0, ..Sample::default() }, &other);
        let (one, other) = (Map::open(&one).unwrap(), Map::open(&other).unwrap());
        assert!(compare(&one, &other, Strictness::Values).unwrap().is_none());
        let found = compare(&one, &other, Strictness::Bits).unwrap();
        let differing: Vec<&str> = found
            .variables
            .iter()
            .filter(|variable| variable.differing > 0)
            .map(|variable| variable.name.as_str())
            .collect();
        assert_eq!(differing, ["minimum", "mean"]);
    }

    #[test]
    fn maps_of_other_spaces_are_not_comparable_and_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("a.nc"), folder.path().join("b.nc"));
        write(&Sample::default(), &one);
        write(&Sample { columns: 7, ..Sample::default() }, &other);
        let found =
            compare(&Map::open(&one).unwrap(), &Map::open(&other).unwrap(), Strictness::Values).unwrap();
        assert!(!found.is_none());
        assert!(found.to_string().contains("regime: byte (B = 4, p = 6) in the first map"), "{found}");
    }
}
