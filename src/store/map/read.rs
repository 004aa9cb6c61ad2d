//! A map read back: axes, labels, features and slabs of values. Reads what [`super::write()`] writes and says clearly when a file is
//! something else. Knows nothing of studies or models; their texts are attributes.

use std::ops::Range;
use std::path::Path;

use super::basins;
use super::over_starts::OVER_STARTS;
use super::write::UNDEFINED_FACT;
use super::{
    FEATURE, FIXED, INPUT, KIND, LINKED, Label, QUANTITY, REGIME, ROLE, STATUS, appearance, kind_of,
};
use crate::space::MOST_POINTS;
use crate::store::StoreError;
use crate::store::container::{Attribute, Container, Storage};
use crate::store::index::CellRows;
use crate::store::text;
use crate::table::{Kind, Quantity};

/// One dimension of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapAxis {
    /// The name of its dimension and coordinate variable.
    pub name: String,
    /// What varies: the axis' own quantity, then those linked to it.
    pub columns: Vec<Quantity>,
    /// How many values it has.
    pub length: u64,
    /// Whether its values have equal ratios rather than equal differences.
    pub is_logarithmic: bool,
    /// The names of its values, where they have names.
    pub labels: Vec<String>,
    /// The distributions of the columns, as a study writes them; empty for what is not an input of a design.
    pub distributions: Vec<String>,
    /// The variables of the columns.
    variables: Vec<String>,
}

/// A feature of a map and the variable that holds it.
#[derive(Clone, Debug)]
struct Feature {
    variable: String,
    storage: Storage,
}

/// An open map.
#[derive(Debug)]
pub struct Map {
    container: Container,
    axes: Vec<MapAxis>,
    labels: Vec<Label>,
    /// The axis of the starts, and what all starts of a point can be called.
    over_starts: Option<(usize, Vec<Label>)>,
    statuses: Vec<String>,
    quantities: Vec<Quantity>,
    features: Vec<Feature>,
    fixed: Vec<(Quantity, f64)>,
    attributes: Vec<(String, String)>,
}

/// Pieces of a map that are read at once have at most so many points.
const MOST_AT_ONCE: u64 = 1 << 20;

/// The sides of a piece, made shorter until it has no more points than are read at once; the first axes first, so that what lies
/// together in the file stays together.
pub fn bounded(mut sides: Vec<u64>) -> Vec<u64> {
    for axis in 0..sides.len() {
        let others: u64 = sides[axis + 1..].iter().fold(1, |product, &side| product.saturating_mul(side));
        let before: u64 = sides[..axis].iter().product();
        let room = MOST_AT_ONCE / before.saturating_mul(others).clamp(1, MOST_AT_ONCE);
        sides[axis] = sides[axis].clamp(1, room.max(1));
    }
    sides
}

/// A variable's attributes, to be asked by name.
struct Attributes(Vec<(String, Attribute)>);

impl Attributes {
    fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Attribute::Text(text) => Some(text),
            _ => None,
        }
    }

    fn words(&self, name: &str) -> Vec<String> {
        self.text(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// The labels of a flag.
    fn labels(&self) -> Vec<Label> {
        let seizing = match self.get("seizing") {
            Some(Attribute::Bytes(bytes)) => bytes.clone(),
            _ => Vec::new(),
        };
        let [texts, colours] = [appearance::LABELS, appearance::COLOURS].map(|name| self.text(name));
        let label = |(number, name): (usize, String)| Label {
            appearance: appearance::of(&name, texts, colours),
            name,
            seizing: seizing.get(number) == Some(&1),
        };
        self.words("flag_meanings").into_iter().enumerate().map(label).collect()
    }

    fn quantity(&self, variable: &str) -> Quantity {
        Quantity {
            name: self.text(QUANTITY).unwrap_or(variable).to_owned(),
            unit: self.text("units").unwrap_or("1").to_owned(),
            meaning: self.text("long_name").unwrap_or_default().to_owned(),
            kind: kind_of(self.text(KIND).unwrap_or_default()),
        }
    }
}

impl Map {
    /// Opens a map.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a map of this program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let container = Container::open(path)?;
        let lacks =
            |what: &str| StoreError::NotAMap { path: path.to_owned(), reason: format!("it has no {what}") };
        let variables = container.variables();
        for needed in [REGIME, STATUS] {
            if !variables.iter().any(|name| name == needed) {
                return Err(lacks(&format!("variable `{needed}`")));
            }
        }
        let regime = Attributes(container.attributes_of(REGIME)?);
        if regime.text(ROLE) != Some(REGIME) {
            return Err(lacks("attribute `role` at its variable `regime`"));
        }
        let labels = regime.labels();
        let statuses = Attributes(container.attributes_of(STATUS)?).words("flag_meanings");
        let text = |(name, value)| match value {
            Attribute::Text(text) => Some((name, text)),
            _ => None,
        };
        let attributes = container.attributes().into_iter().filter_map(text).collect();
        let mut map = Self {
            axes: Vec::new(),
            labels,
            over_starts: None,
            statuses,
            quantities: Vec::new(),
            features: Vec::new(),
            fixed: Vec::new(),
            attributes,
            container,
        };
        map.read_axes(&variables)?;
        map.check(&variables)?;
        map.over_starts = map.read_over_starts(&variables)?;
        map.read_variables(&variables)?;
        Ok(map)
    }

    fn unfit<T>(&self, reason: String) -> Result<T, StoreError> {
        Err(StoreError::NotAMap { path: self.path().to_owned(), reason })
    }

    /// Whether the axes and flags are such as [`super::write()`] writes: everybody else relies on it.
    fn check(&self, variables: &[String]) -> Result<(), StoreError> {
        let mut points = 1_u64;
        for axis in &self.axes {
            if axis.length == 0 {
                return self.unfit(format!("its dimension `{}` has no values", axis.name));
            }
            points = points.checked_mul(axis.length).filter(|&points| points <= MOST_POINTS).unwrap_or(0);
            if points == 0 {
                return self.unfit("it has more points than any map can have".to_owned());
            }
            if !axis.labels.is_empty() && axis.labels.len() as u64 != axis.length {
                let (name, names) = (&axis.name, axis.labels.len());
                return self.unfit(format!("its axis `{name}` has {} values and {names} names", axis.length));
            }
            for variable in &axis.variables {
                let dimensions = self.container.dimensions(variable)?;
                let storage = self.container.storage(variable)?;
                let is_alone = matches!(&dimensions[..], [(name, _)] if *name == axis.name);
                if self.is_of_names(variable)? {
                    continue;
                }
                if !is_alone || matches!(storage, None | Some(Storage::Letter)) {
                    return self.unfit(format!(
                        "its coordinate `{variable}` is not a list of numbers along `{}`",
                        axis.name
                    ));
                }
            }
        }
        let shape = self.container.dimensions(REGIME)?;
        for flag in [REGIME, STATUS] {
            let is_flag = self.container.storage(flag)? == Some(Storage::Byte);
            if !is_flag || self.container.dimensions(flag)? != shape {
                return self.unfit(format!("its variable `{flag}` has another type or shape than a map's"));
            }
            self.check_flag(flag, &Attributes(self.container.attributes_of(flag)?))?;
        }
        if variables.iter().any(|name| name == basins::FRACTION) {
            let of_starts = shape.len().saturating_sub(1);
            let lengths = |dimensions: Vec<(String, u64)>| dimensions.into_iter().map(|(_, length)| length);
            let own: Vec<u64> = lengths(shape.clone()).take(of_starts).collect();
            let of_basins: Vec<u64> = lengths(self.container.dimensions(basins::FRACTION)?).collect();
            let of_attractors: Vec<u64> = if variables.iter().any(|name| name == basins::ATTRACTORS) {
                lengths(self.container.dimensions(basins::ATTRACTORS)?).collect()
            } else {
                own.clone()
            };
            let wanted = [&own[..], &[self.labels.len() as u64]].concat();
            if shape.is_empty() || of_basins != wanted || of_attractors != own {
                return self
                    .unfit(format!("its variable `{}` has another shape than a map's", basins::FRACTION));
            }
        }
        Ok(())
    }

    /// Whether a variable holds names along its first dimension.
    fn is_of_names(&self, variable: &str) -> Result<bool, StoreError> {
        let is_text = self.container.storage(variable)? == Some(Storage::Letter);
        Ok(is_text && self.container.dimensions(variable)?.len() == 2)
    }

    fn check_flag(&self, flag: &str, attributes: &Attributes) -> Result<(), StoreError> {
        let meanings = attributes.words("flag_meanings").len();
        let counted = |values: &[i8]| (0..).zip(values).all(|(at, &value)| i64::from(value) == at);
        let fits = match attributes.get("flag_values") {
            Some(Attribute::Bytes(values)) => values.len() == meanings && counted(values),
            Some(_) => false,
            None => true,
        };
        if meanings > 0 && fits {
            return Ok(());
        }
        self.unfit(format!("the `flag_meanings` of its variable `{flag}` do not fit its `flag_values`"))
    }

    /// The axis of the starts and the labels of all starts together, if the map has such labels.
    fn read_over_starts(&self, variables: &[String]) -> Result<Option<(usize, Vec<Label>)>, StoreError> {
        if !variables.iter().any(|name| name == OVER_STARTS) {
            return Ok(None);
        }
        let attributes = Attributes(self.container.attributes_of(OVER_STARTS)?);
        if attributes.text(ROLE) != Some(OVER_STARTS) {
            return Ok(None);
        }
        let mut dimensions = self.container.dimensions(REGIME)?;
        let axis = dimensions.iter().position(|(name, _)| name == "start");
        axis.map(|axis| dimensions.remove(axis));
        let is_flag = self.container.storage(OVER_STARTS)? == Some(Storage::Byte);
        let Some(axis) = axis
            .filter(|_| is_flag && self.container.dimensions(OVER_STARTS).is_ok_and(|own| own == dimensions))
        else {
            return self
                .unfit(format!("its variable `{OVER_STARTS}` has another type or shape than a map's"));
        };
        self.check_flag(OVER_STARTS, &attributes)?;
        Ok(Some((axis, attributes.labels())))
    }

    fn read_axes(&mut self, variables: &[String]) -> Result<(), StoreError> {
        for (name, length) in self.container.dimensions(REGIME)? {
            if !variables.contains(&name) {
                let reason = format!("its dimension `{name}` has no coordinate");
                return Err(StoreError::NotAMap { path: self.container.path().to_owned(), reason });
            }
            let attributes = Attributes(self.container.attributes_of(&name)?);
            let labels = if self.is_of_names(&name)? {
                text::read(&self.container, &name)?
            } else {
                // Earlier versions wrote flags.
                attributes.words("flag_meanings")
            };
            let mut axis = MapAxis {
                columns: vec![attributes.quantity(&name)],
                length,
                is_logarithmic: attributes.text("scale") == Some("log"),
                labels,
                distributions: vec![String::new()],
                variables: vec![name.clone()],
                name,
            };
            for other in variables {
                let attributes = Attributes(self.container.attributes_of(other)?);
                let dimensions = self.container.dimensions(other)?;
                if attributes.text(ROLE).is_some_and(|role| role == LINKED || role == INPUT)
                    && dimensions.iter().any(|(name, _)| *name == axis.name)
                {
                    axis.columns.push(attributes.quantity(other));
                    axis.distributions.push(attributes.text("distribution").unwrap_or_default().to_owned());
                    axis.variables.push(other.clone());
                }
            }
            self.axes.push(axis);
        }
        Ok(())
    }

    fn read_variables(&mut self, variables: &[String]) -> Result<(), StoreError> {
        let shape = self.container.dimensions(REGIME)?;
        for variable in variables {
            let attributes = Attributes(self.container.attributes_of(variable)?);
            match attributes.text(ROLE) {
                Some(FEATURE) => {
                    let storage = self.container.storage(variable)?;
                    let Some(storage) =
                        storage.filter(|_| self.container.dimensions(variable).is_ok_and(|d| d == shape))
                    else {
                        let reason =
                            format!("its feature `{variable}` has another type or shape than a map's");
                        return Err(StoreError::NotAMap { path: self.container.path().to_owned(), reason });
                    };
                    self.quantities.push(attributes.quantity(variable));
                    self.features.push(Feature { variable: variable.clone(), storage });
                }
                Some(FIXED) => {
                    let is_number = self.container.storage(variable)?.is_some();
                    if !is_number || !self.container.dimensions(variable)?.is_empty() {
                        return self
                            .unfit(format!("its fixed parameter `{variable}` is not a single number"));
                    }
                    let value =
                        self.container.doubles(variable, &[], &[])?.first().copied().unwrap_or(f64::NAN);
                    self.fixed.push((attributes.quantity(variable), value));
                }
                // Axes and flags were read before; variables without a role are a user's own.
                _ => {}
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.container.path()
    }

    /// The dimensions, in order; the last varies fastest.
    pub fn axes(&self) -> &[MapAxis] {
        &self.axes
    }

    /// The lengths of the dimensions.
    pub fn shape(&self) -> Vec<u64> {
        self.axes.iter().map(|axis| axis.length).collect()
    }

    /// The regimes, by number.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The names of the statuses, by number.
    pub fn statuses(&self) -> &[String] {
        &self.statuses
    }

    /// The features, in order; a feature's place here is its number.
    pub fn features(&self) -> &[Quantity] {
        &self.quantities
    }

    /// The parameters that do not vary.
    pub fn fixed(&self) -> &[(Quantity, f64)] {
        &self.fixed
    }

    /// The text attributes of the file, in order.
    pub fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }

    /// A text attribute of the file.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }

    /// The sides of pieces in which reading is fast and takes little memory: the map's chunks, or parts of them where they are
    /// large, as of a file without chunks.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn chunk(&self) -> Result<Vec<u64>, StoreError> {
        Ok(bounded(self.container.chunk(REGIME)?.unwrap_or_else(|| self.shape())))
    }

    /// The number of a feature by its name, without regard to case.
    ///
    /// # Errors
    /// When the map has no such feature.
    pub fn feature(&self, name: &str) -> Result<usize, StoreError> {
        let found = self.quantities.iter().position(|quantity| quantity.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            self.absent("feature", name, self.quantities.iter().map(|quantity| quantity.name.as_str()))
        })
    }

    /// The number of an axis by its name, without regard to case.
    ///
    /// # Errors
    /// When the map has no such axis.
    pub fn axis(&self, name: &str) -> Result<usize, StoreError> {
        let found = self.axes.iter().position(|axis| axis.columns[0].name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            self.absent("axis", name, self.axes.iter().map(|axis| axis.columns[0].name.as_str()))
        })
    }

    fn absent<'a>(&self, what: &str, name: &str, present: impl Iterator<Item = &'a str>) -> StoreError {
        StoreError::Absent {
            path: self.path().to_owned(),
            what: format!("{what} `{name}`"),
            present: present.collect::<Vec<_>>().join(", "),
        }
    }

    /// The values of a column of an axis at a range of indices.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn values(&self, axis: usize, column: usize, range: Range<u64>) -> Result<Vec<f64>, StoreError> {
        if !self.axes[axis].labels.is_empty() {
            // Names count from 0.
            return Ok(range.map(|index| index as f64).collect());
        }
        let variable = &self.axes[axis].variables[column];
        self.container.doubles(variable, &[range.start], &[range.end - range.start])
    }

    /// The regimes of a slab, row-major.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn regime(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, StoreError> {
        self.flags(REGIME, self.labels.len(), start, count)
    }

    /// The axis that counts starts, and what all starts of a point are called together, by number; `None` where no rules are
    /// over starts.
    pub fn over_starts(&self) -> Option<(usize, &[Label])> {
        self.over_starts.as_ref().map(|(axis, labels)| (*axis, &labels[..]))
    }

    /// What all starts are called together at a slab of the axes but that of the starts, row-major.
    ///
    /// # Errors
    /// When the file cannot be read, or has no such labels.
    pub fn regime_over_starts(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, StoreError> {
        let meanings = self.over_starts.as_ref().map_or(0, |(_, labels)| labels.len());
        self.flags(OVER_STARTS, meanings, start, count)
    }

    /// The statuses of a slab, row-major.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn status(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, StoreError> {
        self.flags(STATUS, self.statuses.len(), start, count)
    }

    /// Values of a flag, each of which has a meaning.
    fn flags(
        &self,
        flag: &str,
        meanings: usize,
        start: &[u64],
        count: &[u64],
    ) -> Result<Vec<u8>, StoreError> {
        let values = self.container.bytes(flag, start, count)?;
        if let Some(wrong) =
            values.iter().find(|&&value| usize::try_from(value).map_or(true, |value| value >= meanings))
        {
            return self.unfit(format!(
                "its variable `{flag}` holds {wrong}, which has no meaning in `flag_meanings`"
            ));
        }
        Ok(values.into_iter().map(i8::cast_unsigned).collect())
    }

    /// A feature, by its number, at a slab, row-major; `NaN` where undefined.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn slab(&self, feature: usize, start: &[u64], count: &[u64]) -> Result<Vec<f64>, StoreError> {
        let Feature { variable, storage } = &self.features[feature];
        if *storage != Storage::Byte {
            return self.container.doubles(variable, start, count);
        }
        let fact = |byte| if byte == UNDEFINED_FACT { f64::NAN } else { f64::from(byte) };
        Ok(self.container.bytes(variable, start, count)?.into_iter().map(fact).collect())
    }

    /// Whether its last axis counts starts that were drawn from a box, so that it knows what share of them ended where.
    pub fn has_basins(&self) -> bool {
        self.container.variables().iter().any(|name| name == basins::FRACTION)
    }

    /// The share of the drawn starts that end in a regime, by its number, at a slab of the axes but the last, row-major; `NaN`
    /// where none was computed.
    ///
    /// # Errors
    /// When the file cannot be read, or has no such shares.
    pub fn basin(&self, label: usize, start: &[u64], count: &[u64]) -> Result<Vec<f64>, StoreError> {
        let (start, count) = ([start, &[label as u64]].concat(), [count, &[1]].concat());
        self.container.doubles(basins::FRACTION, &start, &count)
    }

    /// How many different ends the drawn starts have, at a slab of the axes but the last, row-major; `NaN` where none was
    /// computed.
    ///
    /// # Errors
    /// When the file cannot be read, or has no such numbers.
    pub fn attractors(&self, start: &[u64], count: &[u64]) -> Result<Vec<f64>, StoreError> {
        self.container.doubles(basins::ATTRACTORS, start, count)
    }

    /// All that was measured at a slab, in the order of [`Map::features`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rows(&self, start: &[u64], count: &[u64]) -> Result<CellRows, StoreError> {
        let features = (0..self.features.len())
            .map(|feature| self.slab(feature, start, count))
            .collect::<Result<_, _>>()?;
        Ok(CellRows { status: self.status(start, count)?, features })
    }

    /// Whether a feature holds whole numbers, yes or no, or any value.
    pub fn kind(&self, feature: usize) -> &Kind {
        &self.quantities[feature].kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_map_are_small() {
        for sides in [vec![100_000, 100_000], vec![1 << 50], vec![3, 1 << 40, 1 << 40], vec![64, 64], vec![]]
        {
            let piece = bounded(sides.clone());
            assert!(piece.iter().product::<u64>() <= MOST_AT_ONCE, "{sides:?}: {piece:?}");
            assert!(piece.iter().zip(&sides).all(|(piece, side)| *piece > 0 && piece <= side));
        }
        assert_eq!(bounded(vec![64, 64]), [64, 64]);
        assert_eq!(bounded(vec![100_000, 100_000]), [10, 100_000]);
    }
}
