//! Panels beside each other: an axis over whose values a cut is repeated. Knows nothing of how they are drawn.

use crate::analyse::AnalyseError;
use crate::analyse::cut::{column, place};
use crate::analyse::slice::Across;
use crate::store::map::{Map, MapAxis};

/// More named values than these do not fit one picture side by side.
const MOST_NAMES: u64 = 4;
/// More panels than these cannot be read on one page.
const MOST: u64 = 12;

/// An axis and the indices of its values that have a panel each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Panels {
    pub(super) axis: usize,
    /// The column of the axis whose values name the panels.
    column: usize,
    indices: Vec<u64>,
}

impl Panels {
    /// The panels of a text `name` or `name=value,value`.
    ///
    /// # Errors
    /// When the axis or a value is not of the map, or there are too many.
    pub(super) fn new(map: &Map, text: &str) -> Result<Self, AnalyseError> {
        let (name, values) = text.split_once('=').map_or((text, None), |(name, values)| (name, Some(values)));
        let found = column(map, name.trim())?;
        let own = &map.axes()[found.axis];
        let indices: Vec<u64> = match values {
            None => (0..own.length.min(MOST + 1)).collect(),
            Some(values) => {
                let mut indices = Vec::new();
                for value in values.split(',') {
                    let (_, index) = place(map, &format!("{name}={value}"))?;
                    if !indices.contains(&index) {
                        indices.push(index);
                    }
                }
                indices
            }
        };
        if indices.len() as u64 > MOST {
            let count = if values.is_none() { own.length } else { indices.len() as u64 };
            return Err(Self::too_many(map, own, (found.axis, found.column), count));
        }
        Ok(Self { axis: found.axis, column: found.column, indices })
    }

    /// The panels of an axis of names that is neither shown nor held.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn of_names(map: &Map, axis: usize) -> Result<Self, AnalyseError> {
        let own = &map.axes()[axis];
        if own.length > MOST_NAMES {
            let (name, example) = (own.columns[0].name.clone(), own.labels[0].clone());
            return Err(AnalyseError::Panels { name, count: own.length, example });
        }
        Ok(Self { axis, column: 0, indices: (0..own.length).collect() })
    }

    fn too_many(map: &Map, own: &MapAxis, (axis, column): (usize, usize), count: u64) -> AnalyseError {
        let value = |index: u64| match own.labels.get(index as usize) {
            Some(label) => Ok(label.clone()),
            None => map.values(axis, column, index..index + 1).map(|values| values[0].to_string()),
        };
        let few = [0, own.length / 2, own.length - 1].map(value).map(Result::unwrap_or_default);
        let name = own.columns[column].name.clone();
        AnalyseError::ManyPanels { example: format!("{name}={}", few.join(",")), name, count, most: MOST }
    }

    /// The index of each panel, with its name where it has one.
    pub(super) fn each(&self, map: &Map) -> Vec<(u64, Option<String>)> {
        let labels = &map.axes()[self.axis].labels;
        self.indices.iter().map(|&index| (index, labels.get(index as usize).cloned())).collect()
    }

    /// What a panel stands for, where it is a number.
    pub(super) fn across(&self, map: &Map) -> Result<Option<Across>, AnalyseError> {
        let own = &map.axes()[self.axis];
        if !own.labels.is_empty() {
            return Ok(None);
        }
        let value = |&index: &u64| Ok(map.values(self.axis, self.column, index..index + 1)?[0]);
        let values = self.indices.iter().map(value).collect::<Result<_, AnalyseError>>()?;
        Ok(Some(Across { quantity: own.columns[self.column].clone(), values }))
    }
}
