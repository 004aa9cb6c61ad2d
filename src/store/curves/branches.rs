//! Branches of equilibria along one parameter, as a picture needs them: one variable against the parameter. Knows nothing of how they are
//! drawn.

use std::path::Path;

use super::{Reader, opened};
use crate::store::StoreError;
use crate::store::container::{Attribute, Container};
use crate::store::text;
use crate::table::Quantity;

/// An equilibrium of a branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equilibrium {
    /// The parameter and the variable.
    pub at: [f64; 2],
    /// Whether no direction grows.
    pub is_stable: bool,
}

/// A point at which something changes along a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `fold`, `hopf` or `branch_point`.
    pub kind: String,
    /// Which cycles are born: `supercritical`, `subcritical`, `degenerate`, `undefined` or `none`.
    pub criticality: String,
    /// The parameter and the variable.
    pub at: [f64; 2],
}

/// The branches of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Branches {
    /// The title of the file.
    pub title: String,
    /// The parameter along which they were followed.
    pub along: Quantity,
    /// What is shown of their states.
    pub value: Quantity,
    /// The equilibria of each branch in their order.
    pub branches: Vec<Vec<Equilibrium>>,
    /// What changes on them.
    pub changes: Vec<Change>,
    /// The values of all other parameters.
    pub fixed: Vec<(String, f64)>,
}

/// What of a branch is not a variable of the model.
const OWN: [&str; 3] = ["branch", "n_unstable", "critical"];

impl Branches {
    /// Reads the branches of a file: the variable or observable of a name, else the model's signal.
    ///
    /// # Errors
    /// When it cannot be read, is not a file of curves, has no branch, or no such variable.
    pub fn open(path: &Path, of: Option<&str>) -> Result<Self, StoreError> {
        let file = opened(path)?;
        let wrong = |reason: String| StoreError::NotCurves { path: path.to_owned(), reason };
        let attribute = |name: &str| text_of(&file.attributes(), name);
        let along = attribute("along").ok_or_else(|| {
            wrong("it has no attribute `along`; give a file that `ictus curves -o` wrote".into())
        })?;
        let reader = Reader { file: &file };
        if !reader.has("branch_point_branch") {
            return Err(wrong("it has no branch; follow equilibria over a range that has some".into()));
        }
        let prefix = "branch_point_";
        let known: Vec<String> = file
            .variables()
            .iter()
            .filter_map(|name| name.strip_prefix(prefix).map(str::to_owned))
            .filter(|name| !OWN.contains(&name.as_str()) && *name != text::variable(&along))
            .collect();
        let wanted = of.map(str::to_owned).or_else(|| attribute("signal")).or_else(|| known.first().cloned());
        let found = wanted.as_ref().and_then(|wanted| {
            let wanted = text::variable(wanted);
            known.iter().find(|own| own.eq_ignore_ascii_case(&wanted)).cloned()
        });
        let Some(value) = found else {
            let wanted = wanted.unwrap_or_default();
            return Err(wrong(format!(
                "its branches have no `{wanted}`; they have {}: name one by --feature, or make the file again",
                known.join(", ")
            )));
        };
        let quantity = |group: &str, name: &str| -> Result<Quantity, StoreError> {
            let attributes = file.attributes_of(&text::variable(&format!("{group}{name}")))?;
            let own = |name: &str| text_of(&attributes, name);
            let (unit, meaning) = (own("units").unwrap_or_default(), own("long_name").unwrap_or_default());
            Ok(Quantity::real(name, unit, if meaning == name { String::new() } else { meaning }))
        };
        let columns = |group: &str| -> Result<[Vec<f64>; 2], StoreError> {
            Ok([reader.reals(&format!("{group}{along}"))?, reader.reals(&format!("{group}{value}"))?])
        };
        let numbers = reader.reals("branch_point_branch")?;
        let unstable = reader.reals("branch_point_n_unstable")?;
        let [x, y] = columns(prefix)?;
        let count = numbers.iter().fold(0.0_f64, |most, number| most.max(number + 1.0)) as usize;
        let mut branches = vec![Vec::new(); count];
        for (place, &number) in numbers.iter().enumerate() {
            let own = Equilibrium { at: [x[place], y[place]], is_stable: unstable[place] < 0.5 };
            branches[number as usize].push(own);
        }
        let mut changes = Vec::new();
        if reader.has("point_kind") {
            let (kinds, how) = (reader.words("point_kind")?, reader.words("point_criticality")?);
            let of_branch = reader.reals("point_branch")?;
            let [x, y] = columns("point_")?;
            for (place, (kind, criticality)) in kinds.into_iter().zip(how).enumerate() {
                // Points that need a second parameter lie on no branch.
                if !of_branch[place].is_nan() {
                    changes.push(Change { kind, criticality, at: [x[place], y[place]] });
                }
            }
        }
        Ok(Self {
            title: attribute("title").unwrap_or_default(),
            along: quantity(prefix, &along)?,
            value: quantity(prefix, &value)?,
            branches,
            changes,
            fixed: reader.fixed()?,
        })
    }
}

/// Whether a file is one of curves.
pub fn is_of_curves(path: &Path) -> bool {
    Container::open(path).is_ok_and(|file| text_of(&file.attributes(), "along").is_some())
}

fn text_of(attributes: &[(String, Attribute)], name: &str) -> Option<String> {
    attributes.iter().find_map(|(known, value)| match value {
        Attribute::Text(text) if known == name => Some(text.clone()),
        _ => None,
    })
}
