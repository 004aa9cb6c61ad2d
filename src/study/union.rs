//! The texts of a study that has the points of several studies of the same axes and inputs. Knows sizes and values of axes, as overrides of the
//! first study's text.

use crate::design::{Design, Sampling};
use crate::space::{Axis, AxisColumn};

use super::Study;
use super::texts::Texts;

/// Why there is no study of all points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnionError {
    /// Tables of points.
    #[error("they take points from tables of which none has all rows; put the rows into one table")]
    Tables,
    /// Groups of inputs.
    #[error("they swap other groups of inputs; give both the same `groups`")]
    Groups,
    /// Latin hypercubes.
    #[error("every point of a latin hypercube depends on how many there are; give both the same `base`")]
    Hypercubes,
    /// Columns that are linked in another way.
    #[error("`{0}` goes with other values in each of them; give both the same links")]
    Links(String),
}

impl Study {
    /// The texts of a study that has the points of these, which vary the same axes and inputs: those of the first of them that has
    /// all, or else of the first with larger designs and longer axes.
    ///
    /// # Errors
    /// When no study has the points of all.
    ///
    /// # Panics
    /// When there are none.
    pub fn union(studies: &[&Self]) -> Result<Texts, UnionError> {
        let first = studies.first().expect("a study");
        let mut texts = first.texts().clone();
        for (place, axis) in first.space().axes().iter().enumerate() {
            let all: Vec<&Axis> = studies.iter().map(|study| &study.space().axes()[place]).collect();
            if all.iter().all(|other| *other == axis) {
                continue;
            }
            let designs: Option<Vec<&Design>> = all.iter().map(|axis| axis.design()).collect();
            let lines = match designs {
                Some(designs) => of_designs(&designs)?,
                None => of_values(&all)?,
            };
            texts.overrides.extend(lines);
        }
        Ok(texts)
    }
}

fn of_designs(designs: &[&Design]) -> Result<Vec<String>, UnionError> {
    let first = designs[0];
    match first.sampling() {
        Sampling::Table => return Err(UnionError::Tables),
        Sampling::LatinHypercube if designs.iter().any(|own| own.size().base != first.size().base) => {
            return Err(UnionError::Hypercubes);
        }
        _ => {}
    }
    if designs.iter().any(|own| own.groups() != first.groups()) {
        return Err(UnionError::Groups);
    }
    let most = |of: fn(&Design) -> u64| designs.iter().map(|own| of(own)).max().unwrap_or_default();
    let mut lines = vec![
        format!("space.base={}", most(|own| own.size().base)),
        format!("space.replicates={}", most(|own| own.size().replicates)),
    ];
    if designs.iter().any(|own| own.sampling() == Sampling::Saltelli { second_order: true }) {
        lines.push("space.second_order=true".to_owned());
    }
    Ok(lines)
}

/// All values of axes of the same columns, in the order of the first.
fn of_values(axes: &[&Axis]) -> Result<Vec<String>, UnionError> {
    let columns = axes[0].columns();
    let rows = axes.iter().flat_map(|axis| {
        (0..axis.length()).map(|index| (0..columns.len()).map(|column| axis.value(column, index)).collect())
    });
    let mut rows: Vec<Vec<f64>> = rows.collect();
    rows.sort_by(|one, other| one[0].total_cmp(&other[0]));
    rows.dedup_by(|one, other| {
        one.iter().map(|value| value.to_bits()).eq(other.iter().map(|value| value.to_bits()))
    });
    if let Some(twice) = rows.windows(2).find(|pair| pair[0][0].to_bits() == pair[1][0].to_bits()) {
        let other =
            (0..columns.len()).find(|&column| twice[0][column].to_bits() != twice[1][column].to_bits());
        return Err(UnionError::Links(columns[other.unwrap_or_default()].quantity.name.clone()));
    }
    if axes[0].falls() {
        rows.reverse();
    }
    let line = |(place, column): (usize, &AxisColumn)| {
        let values: Vec<String> = rows.iter().map(|row| format!("{:?}", row[place])).collect();
        let link =
            if place == 0 { String::new() } else { format!(", with = {:?}", columns[0].quantity.name) };
        format!("space.axes.{:?}={{ values = [{}]{link} }}", column.quantity.name, values.join(", "))
    };
    Ok(columns.iter().enumerate().map(line).collect())
}
