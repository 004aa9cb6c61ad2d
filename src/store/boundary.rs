//! A file of boundaries between regimes, as CSV or NetCDF: a row for each pair of neighbouring points that are called differently. Knows how
//! it is stored and not how it is found.

use std::path::Path;

use super::curves::{Column, Curves, Group};
use super::{StoreError, aside, curves};
use crate::table::Quantity;

/// The values of one axis at each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What they are of.
    pub quantity: Quantity,
    /// The values, or the places of their names.
    pub values: Vec<f64>,
    /// The names, where values have names.
    pub names: Vec<String>,
}

/// Columns of equal length, `[row]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The axis along which the two are neighbours, as a number of `places`.
    pub axis: Vec<u8>,
    /// A column an axis of the map: where the pair stands, and along `axis` the middle between them.
    pub places: Vec<Place>,
    /// Half the distance between the two, in the unit of `axis`.
    pub half_cell: Vec<f64>,
    /// The regime at the smaller value.
    pub below: Vec<u8>,
    /// The regime at the larger value.
    pub above: Vec<u8>,
    /// 1 where one of the two, or a point beside one of them, is unsettled.
    pub touches_unsettled: Vec<u8>,
    /// The names of the regimes.
    pub labels: Vec<String>,
}

const AXIS: &str = "axis";
const GROUP: &str = "boundary";

impl Boundary {
    /// No rows yet.
    pub fn new(axes: &[Quantity], labels: Vec<String>) -> Self {
        let place =
            |quantity: &Quantity| Place { quantity: quantity.clone(), values: Vec::new(), names: Vec::new() };
        Self {
            axis: Vec::new(),
            places: axes.iter().map(place).collect(),
            half_cell: Vec::new(),
            below: Vec::new(),
            above: Vec::new(),
            touches_unsettled: Vec::new(),
            labels,
        }
    }

    /// The columns with what they mean.
    fn columns(&self) -> Vec<(Quantity, Column)> {
        let words = |name: &str, meaning: &str, values: &[u8], words: &[String]| {
            let column = Column::Words { values: values.to_vec(), words: words.to_vec() };
            (Quantity::real(name, "1", meaning), column)
        };
        let axes: Vec<String> = self.places.iter().map(|own| own.quantity.name.clone()).collect();
        let mut columns =
            vec![words(AXIS, "axis along which the two points are neighbours", &self.axis, &axes)];
        for own in &self.places {
            let column = if own.names.is_empty() {
                Column::Reals(own.values.clone())
            } else {
                let values = own.values.iter().map(|value| *value as u8).collect();
                Column::Words { values, words: own.names.clone() }
            };
            columns.push((own.quantity.clone(), column));
        }
        let meaning = "half the distance between the two points, in the unit of their axis";
        columns.push((Quantity::real("half_cell", "1", meaning), Column::Reals(self.half_cell.clone())));
        columns.push(words("below", "regime at the smaller value of the axis", &self.below, &self.labels));
        columns.push(words("above", "regime at the larger value of the axis", &self.above, &self.labels));
        let (no_yes, meaning) = (
            ["no", "yes"].map(str::to_owned),
            "whether one of the two points, or one beside them, is unsettled",
        );
        columns.push(words("touches_unsettled", meaning, &self.touches_unsettled, &no_yes));
        columns
    }
}

/// Whether a file of boundaries can be put at a place.
///
/// # Errors
/// When something else than boundaries is there, or there is no folder for it.
pub fn check(path: &Path, is_csv: bool) -> Result<(), StoreError> {
    if is_csv {
        return aside::check(path);
    }
    aside::check_over(path, "boundaries", |file| file.has(&[&format!("{GROUP}_{AXIS}")]))
}

/// Writes a NetCDF file beside its place, syncs it and renames it.
///
/// # Errors
/// When the disk or the library refuses.
pub fn write_netcdf(
    boundary: &Boundary,
    title: &str,
    attributes: Vec<(String, String)>,
    path: &Path,
) -> Result<(), StoreError> {
    let group = Group { name: GROUP, columns: boundary.columns() };
    let file = Curves { title: title.to_owned(), groups: vec![group], fixed: Vec::new(), attributes };
    curves::write(&file, path)
}

/// Writes a CSV file beside its place, syncs it and renames it. Numbers are written with the digits that give them back.
///
/// # Errors
/// When the disk refuses.
pub fn write_csv(boundary: &Boundary, path: &Path) -> Result<(), StoreError> {
    let wrong = |error: csv::Error| {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            other => std::io::Error::other(format!("{other:?}")),
        };
        StoreError::io("write", path)(source)
    };
    let columns = boundary.columns();
    let fill = |beside: &Path| {
        let mut file = csv::Writer::from_path(beside).map_err(wrong)?;
        file.write_record(columns.iter().map(|(quantity, _)| &quantity.name)).map_err(wrong)?;
        for row in 0..boundary.axis.len() {
            for (_, column) in &columns {
                match column {
                    Column::Reals(values) => file.write_field(format!("{:?}", values[row])),
                    Column::Counts(values) => {
                        file.write_field(values[row].map_or_else(String::new, |value| value.to_string()))
                    }
                    Column::Words { values, words } => file.write_field(&words[usize::from(values[row])]),
                }
                .map_err(wrong)?;
            }
            file.write_record(None::<&[u8]>).map_err(wrong)?;
        }
        file.flush().map_err(StoreError::io("write", path))?;
        Ok(Some(()))
    };
    aside::replace(path, fill).map(|_| ())
}
