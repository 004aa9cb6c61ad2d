//! A cut through a map along one or two of its axes, all other axes held at a value: what a picture shows.
//! Knows neither files nor colours.

use ndarray::{Array2, Axis};

use crate::store::map;
use crate::table::{Appearance, Quantity};

/// What the label of a regime says about a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The point seizes.
    Seizing,
    /// The point was told, and does not seize.
    Quiet,
    /// The point could not be told: it failed, did not settle, was excluded or not computed.
    Unclassified,
}

/// Names of labels that say why a point could not be told.
const UNCLASSIFIED: [&str; 7] =
    ["unsettled", "undetermined", "diverged", "singular", "failed", "excluded", "not_computed"];

/// A regime's name and whether it is a seizure.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Label {
    /// The word in the map's `flag_meanings`.
    pub name: String,
    /// Whether the study calls it a seizure.
    pub is_seizing: bool,
    /// How it is written and coloured, where the study says it.
    #[serde(skip)]
    pub appearance: Appearance,
}

impl Label {
    /// A label.
    pub fn new(name: impl Into<String>, is_seizing: bool) -> Self {
        Self { name: name.into(), is_seizing, appearance: Appearance::default() }
    }

    /// The labels of a map.
    pub fn all(labels: &[map::Label]) -> Vec<Self> {
        let label = |own: &map::Label| Self {
            name: own.name.clone(),
            is_seizing: own.seizing,
            appearance: own.appearance.clone(),
        };
        labels.iter().map(label).collect()
    }

    /// What the label says about a point.
    pub fn role(&self) -> Role {
        if self.is_seizing {
            Role::Seizing
        } else if UNCLASSIFIED.contains(&self.name.as_str()) {
            Role::Unclassified
        } else {
            Role::Quiet
        }
    }
}

/// An axis of a slice: increasing values, each the middle of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinate {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// The values, increasing.
    pub values: Vec<f64>,
    /// Whether they are drawn on a logarithmic scale.
    pub is_log: bool,
}

impl Coordinate {
    /// An axis; it is drawn logarithmically where its values are spaced so: of one sign, three at least, with equal ratios.
    pub fn new(quantity: Quantity, values: Vec<f64>) -> Self {
        let is_log = is_geometric(&values);
        Self { quantity, values, is_log }
    }

    /// Whether the values are drawn by the logarithms of their sizes, the larger ones first.
    pub fn is_negative_log(&self) -> bool {
        self.is_log && self.values.first().is_some_and(|value| *value < 0.0)
    }

    /// A value's place on the drawn scale; NaN where it has none.
    pub fn scaled(&self, value: f64) -> f64 {
        match (self.is_log, self.is_negative_log()) {
            (false, _) => value,
            (true, false) => value.log10(),
            (true, true) => -(-value).log10(),
        }
    }

    /// The cells' ends on the drawn scale, one more than values: halfway between neighbours, and as far outside the first and
    /// the last value as inside.
    pub fn edges(&self) -> Vec<f64> {
        let middles: Vec<f64> = self.values.iter().map(|value| self.scaled(*value)).collect();
        let [first, .., last] = middles[..] else {
            let only = middles.first().copied().unwrap_or(0.0);
            let reach = if only == 0.0 || self.is_log { 0.5 } else { 0.05 * only.abs() };
            return vec![only - reach, only + reach];
        };
        let between: Vec<f64> = middles.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        let (low, high) = (2.0 * first - between[0], 2.0 * last - between[between.len() - 1]);
        std::iter::once(low).chain(between).chain([high]).collect()
    }

    /// The order of indices in which the values increase, if they do not already.
    fn order(&self) -> Option<Vec<usize>> {
        if self.values.is_sorted() {
            return None;
        }
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|&a, &b| self.values[a].total_cmp(&self.values[b]));
        Some(order)
    }
}

/// Whether values are of one sign, at least three, and have equal ratios (to rounding) but unequal differences.
fn is_geometric(values: &[f64]) -> bool {
    let is_of_one_sign = values.iter().all(|value| *value > 0.0) || values.iter().all(|value| *value < 0.0);
    if values.len() < 3 || !is_of_one_sign || values.iter().any(|value| !value.is_finite()) {
        return false;
    }
    let is_even = |steps: Vec<f64>| {
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        mean != 0.0 && steps.iter().all(|step| ((step - mean) / mean).abs() < 1e-6)
    };
    let differences = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let ratios = values.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    is_even(ratios) && !is_even(differences)
}

/// A measured quantity on a slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Name, unit, meaning and kind.
    pub quantity: Quantity,
    /// The values, `[y x x]`; NaN where undefined.
    pub values: Array2<f64>,
}

/// Why a parameter has the value it has on a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The study fixed it.
    Fixed,
    /// The caller chose this value of an axis.
    Chosen,
    /// It is the middle of an axis that nobody spoke of.
    Middle,
}

/// A parameter that has one value on the whole slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its value.
    pub value: f64,
    /// Its value's name, where values have names.
    pub word: Option<String>,
    /// Why it has this value.
    pub why: Why,
}

/// One picture's worth of a map: for a map with the dimension `start`, the runs from one start.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The name of the start, where the map has several.
    pub name: Option<String>,
    /// The labels' indices, `[y x x]`.
    pub regimes: Array2<u8>,
    /// The quantities asked for, each `[y x x]`.
    pub features: Vec<Feature>,
}

/// The values of an axis that have a panel each.
#[derive(Clone, Debug, PartialEq)]
pub struct Across {
    /// Name, unit and meaning.
    pub quantity: Quantity,
    /// The value of each panel.
    pub values: Vec<f64>,
}

/// A cut through a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// What the study calls itself.
    pub title: String,
    /// The horizontal axis.
    pub x: Coordinate,
    /// The vertical axis; a slice along one axis has none, and its arrays have one row.
    pub y: Option<Coordinate>,
    /// The labels that regimes are indices of.
    pub labels: Vec<Label>,
    /// One panel a start, or a value of the axis across which panels stand.
    pub panels: Vec<Panel>,
    /// What panels stand for, where it is a number.
    pub across: Option<Across>,
    /// What the model calls its signal, of which features without another name are, if it is known.
    pub signal: Option<String>,
    /// What was held.
    pub held: Vec<Held>,
    /// Of how many values of the horizontal and of the vertical axis the slice has one: 1 unless the map is larger than any
    /// picture.
    pub every: [u64; 2],
}

impl Slice {
    /// The slice with both axes increasing: a list of values may stand in any order in a study.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        let columns = self.x.order();
        let rows = self.y.as_ref().and_then(Coordinate::order);
        for (order, axis) in [(rows, Axis(0)), (columns, Axis(1))] {
            let Some(order) = order else { continue };
            for panel in &mut self.panels {
                panel.regimes = panel.regimes.select(axis, &order);
                for feature in &mut panel.features {
                    feature.values = feature.values.select(axis, &order);
                }
            }
            if let Some(coordinate) = if axis == Axis(1) { Some(&mut self.x) } else { self.y.as_mut() } {
                coordinate.values = order.iter().map(|index| coordinate.values[*index]).collect();
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coordinate(values: &[f64]) -> Coordinate {
        Coordinate::new(Quantity::real("p", "s-1", "input"), values.to_vec())
    }

    #[test]
    fn a_cell_ends_halfway_to_its_neighbours() {
        assert_eq!(coordinate(&[0.0, 1.0, 3.0]).edges(), [-0.5, 0.5, 2.0, 4.0]);
        assert_eq!(coordinate(&[7.0]).edges().len(), 2);
    }

    #[test]
    fn an_axis_with_equal_ratios_is_logarithmic() {
        assert!(coordinate(&[0.1, 1.0, 10.0]).is_log);
        assert!(!coordinate(&[1.0, 2.0, 3.0]).is_log);
        assert!(!coordinate(&[0.0, 1.0, 10.0]).is_log);
        assert!(!coordinate(&[2.0, 4.0]).is_log, "two values have no spacing");
        let negative = coordinate(&[-100.0, -10.0, -1.0]);
        assert!(negative.is_log);
        assert_eq!(negative.edges(), [-2.5, -1.5, -0.5, 0.5]);
        let edges = coordinate(&[0.1, 1.0, 10.0]).edges();
        assert!((edges[0] + 1.5).abs() < 1e-12 && (edges[3] - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_list_in_any_order_is_drawn_in_increasing_order() {
        let slice = Slice {
            title: String::new(),
            x: coordinate(&[2.0, 1.0, 3.0]),
            y: None,
            labels: vec![Label::new("a", false), Label::new("b", true)],
            panels: vec![Panel {
                name: None,
                regimes: ndarray::array![[1, 0, 1]],
                features: vec![Feature {
                    quantity: Quantity::real("mean", "mV", ""),
                    values: ndarray::array![[20.0, 10.0, 30.0]],
                }],
            }],
            across: None,
            signal: None,
            held: vec![],
            every: [1, 1],
        };
        let sorted = slice.sorted();
        assert_eq!(sorted.x.values, [1.0, 2.0, 3.0]);
        assert_eq!(sorted.panels[0].regimes, ndarray::array![[0, 1, 1]]);
        assert_eq!(sorted.panels[0].features[0].values, ndarray::array![[10.0, 20.0, 30.0]]);
    }

    #[test]
    fn a_label_says_seizing_quiet_or_unclassified() {
        assert_eq!(Label::new("spike_wave", true).role(), Role::Seizing);
        assert_eq!(Label::new("fixed_point", false).role(), Role::Quiet);
        assert_eq!(Label::new("unsettled", false).role(), Role::Unclassified);
    }
}
