//! A file of curves: branches of equilibria, the special points on them, and curves in the plane of two parameters. Knows how they
//! are stored and not how they are found.
//!
//! # The format
//! NetCDF-4 classic model, CF-1.11. A dimension for each group that is not empty: `branch`, `branch_point`, `point`, `curve`,
//! `curve_point`; its variables begin with its name. The attribute `role` of a variable is the group's name, or `fixed` for a
//! parameter that has one value; `quantity` gives a name that differs from the variable's. The file's attributes `along` and
//! `with` name the parameters that vary.

mod branches;

use std::path::Path;

use super::container::{Attribute, Container, ContainerWriter, Storage, Values, Variable};
use super::{StoreError, aside, text};
use crate::table::Quantity;

pub use branches::{Branches, Change, Equilibrium, is_of_curves};

/// Values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Measured ones; NaN is undefined.
    Reals(Vec<f64>),
    /// Counts or positions; `None` is undefined.
    Counts(Vec<Option<u32>>),
    /// Places in a list of words, at most 127.
    Words {
        /// The places.
        values: Vec<u8>,
        /// The words.
        words: Vec<String>,
    },
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Reals(values) => values.len(),
            Self::Counts(values) => values.len(),
            Self::Words { values, .. } => values.len(),
        }
    }
}

/// Columns of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name, and that of its dimension.
    pub name: &'static str,
    /// The columns, each with its name inside the group.
    pub columns: Vec<(Quantity, Column)>,
}

/// All of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// One line.
    pub title: String,
    /// The groups; empty ones are left out.
    pub groups: Vec<Group>,
    /// The parameters that do not vary.
    pub fixed: Vec<(Quantity, f64)>,
    /// Further attributes of the file.
    pub attributes: Vec<(String, String)>,
}

/// Whether curves can be put at a place.
///
/// # Errors
/// When something else than curves is there, or there is no folder for them.
pub fn check(path: &Path) -> Result<(), StoreError> {
    let is_own = |file: &Container| file.attributes().iter().any(|(name, _)| name == "along");
    aside::check_over(path, "curves", is_own)
}

/// Writes a file beside its place, syncs it and renames it.
///
/// # Errors
/// When the disk or the library refuses.
///
/// # Panics
/// When a column of words has more than 127.
pub fn write(curves: &Curves, path: &Path) -> Result<(), StoreError> {
    aside::replace(path, |beside| fill(curves, beside).map(Some)).map(|_| ())
}

fn fill(curves: &Curves, path: &Path) -> Result<(), StoreError> {
    let mut file = ContainerWriter::create(path)?;
    file.attribute("Conventions", &"CF-1.11 ACDD-1.3".into())?;
    file.attribute("title", &curves.title.as_str().into())?;
    for (name, text) in &curves.attributes {
        file.attribute(name, &text.as_str().into())?;
    }
    let mut named: Vec<(String, &Column)> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    let mut name = |wanted: String| {
        let mut name = text::variable(&wanted);
        while taken.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            name.push('_');
        }
        taken.push(name.clone());
        name
    };
    // A dimension without length would be an unlimited one.
    let length = |group: &Group| group.columns.first().map_or(0, |(_, column)| column.len());
    for group in curves.groups.iter().filter(|group| length(group) > 0) {
        file.dimension(group.name, length(group) as u64)?;
        for (quantity, column) in &group.columns {
            let name = name(format!("{}_{}", group.name, quantity.name));
            define(&mut file, &name, group.name, quantity, column)?;
            named.push((name, column));
        }
    }
    let mut scalars = Vec::new();
    for (quantity, value) in &curves.fixed {
        let name = name(quantity.name.clone());
        let mut attributes = described(quantity, &name, "fixed");
        attributes.push(("units".into(), quantity.unit.as_str().into()));
        let storage = Storage::Double;
        let (may_be_undefined, dimensions, chunk) = (false, [].as_slice(), None);
        file.variable(&Variable { name: &name, storage, may_be_undefined, dimensions, chunk, attributes })?;
        scalars.push((name, *value));
    }
    file.end_definitions()?;
    for (name, column) in named {
        let length = column.len() as u64;
        match column {
            Column::Reals(values) => file.put(&name, &[0], &[length], Values::Doubles(values))?,
            Column::Counts(values) => {
                let value = |value: &Option<u32>| value.map_or(Storage::UNDEFINED_INT, u32::cast_signed);
                let values: Vec<i32> = values.iter().map(value).collect();
                file.put(&name, &[0], &[length], Values::Ints(&values))?;
            }
            Column::Words { values, .. } => {
                let values: Vec<i8> = values.iter().map(|value| value.cast_signed()).collect();
                file.put(&name, &[0], &[length], Values::Bytes(&values))?;
            }
        }
    }
    for (name, value) in scalars {
        file.put(&name, &[], &[], Values::Doubles(&[value]))?;
    }
    file.close()
}

fn define(
    file: &mut ContainerWriter,
    name: &str,
    group: &str,
    quantity: &Quantity,
    column: &Column,
) -> Result<(), StoreError> {
    let mut attributes = described(quantity, name, group);
    let storage = match column {
        Column::Words { words, .. } => {
            attributes.extend(text::flags(words));
            Storage::Byte
        }
        Column::Counts(_) => Storage::Int,
        Column::Reals(_) => Storage::Double,
    };
    if storage != Storage::Byte {
        attributes.push(("units".into(), quantity.unit.as_str().into()));
    }
    let dimensions = &[group];
    file.variable(&Variable { name, storage, may_be_undefined: true, dimensions, chunk: None, attributes })
}

fn described(quantity: &Quantity, name: &str, role: &str) -> Vec<(String, Attribute)> {
    let meaning = if quantity.meaning.is_empty() { &quantity.name } else { &quantity.meaning };
    let mut attributes = vec![("long_name".into(), meaning.as_str().into()), ("role".into(), role.into())];
    if quantity.name != name {
        attributes.push(("quantity".into(), quantity.name.as_str().into()));
    }
    attributes
}

/// A curve in the plane of two parameters, as a picture needs it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Outline {
    /// `fold` or `hopf`.
    pub kind: String,
    /// First and second parameter.
    pub points: Vec<[f64; 2]>,
    /// The first Lyapunov coefficient at each point; NaN where there is none.
    pub lyapunov: Vec<f64>,
}

/// What of a file of curves lies in the plane of its two parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The first parameter.
    pub along: String,
    /// The second parameter.
    pub with: String,
    /// The curves.
    pub curves: Vec<Outline>,
    /// Points that need two parameters: kind, first and second parameter.
    pub points: Vec<(String, [f64; 2])>,
    /// The values of all other parameters.
    pub fixed: Vec<(String, f64)>,
}

impl Plane {
    /// Reads the plane of a file.
    ///
    /// # Errors
    /// When it cannot be read, is not a file of curves, or has one parameter only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = opened(path)?;
        let attribute = |name: &str| {
            file.attributes().into_iter().find_map(|(known, value)| match value {
                Attribute::Text(text) if known == name => Some(text),
                _ => None,
            })
        };
        let absent = |what: &str, remedy: &str| StoreError::NotCurves {
            path: path.to_owned(),
            reason: format!("it has no {what}; {remedy}"),
        };
        let along = attribute("along")
            .ok_or_else(|| absent("attribute `along`", "give a file that `ictus curves -o` wrote"))?;
        let with = attribute("with")
            .ok_or_else(|| absent("second parameter", "make it with `ictus curves --with NAME`"))?;
        let reader = Reader { file: &file };
        let mut curves: Vec<Outline> = Vec::new();
        if reader.has("curve_number") {
            let kinds = reader.words("curve_kind")?;
            let numbers = reader.reals("curve_point_curve")?;
            let columns = [format!("curve_point_{along}"), format!("curve_point_{with}")];
            let [x, y] = [reader.reals(&columns[0])?, reader.reals(&columns[1])?];
            let lyapunov = reader.reals("curve_point_lyapunov")?;
            curves = kinds.into_iter().map(|kind| Outline { kind, ..Outline::default() }).collect();
            for (place, &number) in numbers.iter().enumerate() {
                if let Some(curve) = curves.get_mut(number as usize) {
                    curve.points.push([x[place], y[place]]);
                    curve.lyapunov.push(lyapunov[place]);
                }
            }
        }
        let mut points = Vec::new();
        if reader.has("point_kind") {
            let kinds = reader.words("point_kind")?;
            let columns = [format!("point_{along}"), format!("point_{with}")];
            let [x, y] = [reader.reals(&columns[0])?, reader.reals(&columns[1])?];
            let curve = reader.reals("point_curve")?;
            let all = kinds.into_iter().zip(x.into_iter().zip(y)).zip(curve);
            points =
                all.filter(|(_, curve)| !curve.is_nan()).map(|((kind, (x, y)), _)| (kind, [x, y])).collect();
        }
        let fixed = reader.fixed()?;
        Ok(Self { along, with, curves, points, fixed })
    }
}

/// A file that should be one of curves.
fn opened(path: &Path) -> Result<Container, StoreError> {
    Container::open(path).map_err(|error| match error {
        StoreError::NotAMap { path, reason } => StoreError::NotCurves {
            path,
            reason: format!("{reason}; give a file that `ictus curves -o` wrote"),
        },
        other => other,
    })
}

/// Columns of a file, by the names that they were given.
struct Reader<'a> {
    file: &'a Container,
}

impl Reader<'_> {
    fn has(&self, name: &str) -> bool {
        self.file.variables().iter().any(|known| known == name)
    }

    /// The scalar variables, by name.
    fn fixed(&self) -> Result<Vec<(String, f64)>, StoreError> {
        let mut fixed = Vec::new();
        for name in self.file.variables() {
            if self.file.dimensions(&name)?.is_empty() {
                let value = self.file.doubles(&name, &[], &[])?;
                fixed.extend(value.first().map(|value| (name, *value)));
            }
        }
        Ok(fixed)
    }

    fn extent(&self, name: &str) -> Result<u64, StoreError> {
        Ok(self.file.dimensions(name)?.iter().map(|(_, length)| length).product())
    }

    fn reals(&self, name: &str) -> Result<Vec<f64>, StoreError> {
        let name = text::variable(name);
        self.file.doubles(&name, &[0], &[self.extent(&name)?])
    }

    fn words(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let attributes = self.file.attributes_of(name)?;
        let words: Vec<String> = attributes
            .into_iter()
            .find_map(|(known, value)| match value {
                Attribute::Text(text) if known == "flag_meanings" => Some(text),
                _ => None,
            })
            .map_or_else(Vec::new, |text| text.split(' ').map(str::to_owned).collect());
        let values = self.file.bytes(name, &[0], &[self.extent(name)?])?;
        let word = |value: i8| usize::try_from(value).ok().and_then(|place| words.get(place)).cloned();
        Ok(values.into_iter().map(|value| word(value).unwrap_or_default()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(with: Option<&str>) -> Curves {
        let real =
            |name: &str, values: &[f64]| (Quantity::real(name, "1", ""), Column::Reals(values.to_vec()));
        let count = |name: &str, values: &[Option<u32>]| {
            (Quantity::real(name, "1", ""), Column::Counts(values.to_vec()))
        };
        let words = |name: &str, values: &[u8]| {
            let words = ["fold", "hopf"].map(str::to_owned).into();
            (Quantity::real(name, "1", ""), Column::Words { values: values.to_vec(), words })
        };
        let mut attributes = vec![("along".to_owned(), "a".to_owned())];
        attributes.extend(with.map(|with| ("with".to_owned(), with.to_owned())));
        Curves {
            title: "a test".into(),
            groups: vec![
                Group { name: "branch", columns: Vec::new() },
                Group {
                    name: "point",
                    columns: vec![
                        words("kind", &[0, 1]),
                        real("a", &[1.0, 2.0]),
                        real("b", &[3.0, 4.0]),
                        count("curve", &[None, Some(1)]),
                    ],
                },
                Group {
                    name: "curve",
                    columns: vec![count("number", &[Some(0), Some(1)]), words("kind", &[1, 0])],
                },
                Group {
                    name: "curve_point",
                    columns: vec![
                        count("curve", &[Some(0), Some(0), Some(1)]),
                        real("a", &[0.0, 1.0, 2.0]),
                        real("b", &[0.5, 1.5, 2.5]),
                        real("lyapunov", &[-1.0, f64::NAN, f64::NAN]),
                    ],
                },
            ],
            fixed: vec![(Quantity::real("c", "mV", "a constant"), 7.0)],
            attributes,
        }
    }

    #[test]
    fn a_plane_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("c.nc");
        write(&curves(Some("b")), &path).expect("a file");
        let plane = Plane::open(&path).expect("a plane");
        assert_eq!((plane.along.as_str(), plane.with.as_str()), ("a", "b"));
        assert_eq!(plane.points, [("hopf".to_owned(), [2.0, 4.0])]);
        assert_eq!(plane.curves.len(), 2);
        assert_eq!((plane.curves[0].kind.as_str(), plane.curves[1].kind.as_str()), ("hopf", "fold"));
        assert_eq!(plane.curves[0].points, [[0.0, 0.5], [1.0, 1.5]]);
        assert!(plane.curves[0].lyapunov[1].is_nan());
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
        assert_eq!(names.len(), 1, "nothing half written is left");
    }

    #[test]
    fn a_file_without_a_plane_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("c.nc");
        write(&curves(None), &path).expect("a file");
        let error = Plane::open(&path).expect_err("no plane");
        assert!(error.is_callers_fault() && error.to_string().contains("--with"), "{error}");
    }
}
