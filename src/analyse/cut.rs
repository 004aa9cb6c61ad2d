//! Cuts a slice out of a map: which axes are shown, where the others stand. Knows nothing of colours.

use ndarray::Array2;

use crate::analyse::AnalyseError;
use crate::analyse::panels::Panels;
use crate::analyse::slice::{Coordinate, Feature, Held, Label, Panel, Slice, Why};
use crate::store::map::{Map, MapAxis};

/// So many values are read at once, unless a line has more.
const MOST_AT_ONCE: u64 = 1 << 22;
/// A line of more values than these is not read.
const LONGEST_LINE: u64 = 1 << 26;
/// More values than these along an axis are thinned: no picture is so wide.
const MOST_VALUES: u64 = 4096;

/// What to cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cut {
    /// The horizontal axis; by default the last one free.
    pub x: Option<String>,
    /// The vertical axis; by default the last one free but for the horizontal one.
    pub y: Option<String>,
    /// Where other axes stand, as `name=value`; those not named stand in their middle.
    pub at: Vec<String>,
    /// The axis whose values are panels, as `name` or `name=value,value`; by default one of names that stands nowhere.
    pub panel: Option<String>,
}

/// A direction of a slice: an axis of the map and the column of it that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direction {
    pub(super) axis: usize,
    pub(super) column: usize,
}

/// Where everything stands before values are read.
#[derive(Clone, Debug)]
pub struct Layout {
    x: Direction,
    y: Option<Direction>,
    /// The values that have a panel each.
    panels: Option<Panels>,
    /// The index at which every other axis stands, and why.
    stands: Vec<Option<(u64, Why)>>,
    /// The axis over whose values a share was taken, which stands nowhere.
    summed: Option<usize>,
}

impl Layout {
    /// Lays out a cut.
    ///
    /// # Errors
    /// When a name or a place is not of the map, or an axis cannot be drawn along.
    pub fn new(map: &Map, cut: &Cut) -> Result<Self, AnalyseError> {
        Self::over(map, cut, None)
    }

    /// Lays out a cut of what is known of all values of an axis together.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) fn over(map: &Map, cut: &Cut, summed: Option<usize>) -> Result<Self, AnalyseError> {
        let axes = map.axes();
        let stands = |(number, axis): (usize, &MapAxis)| {
            (axis.length == 1 || summed == Some(number)).then_some((0, Why::Fixed))
        };
        let mut stands: Vec<Option<(u64, Why)>> = axes.iter().enumerate().map(stands).collect();
        for text in &cut.at {
            let (axis, index) = place(map, text)?;
            if matches!(stands[axis], Some((_, Why::Chosen))) {
                return Err(AnalyseError::Twice { name: axes[axis].columns[0].name.clone() });
            }
            stands[axis] = Some((index, Why::Chosen));
        }
        let asked = cut.panel.as_deref().map(|text| Panels::new(map, text)).transpose()?;
        let wanted = |name: &Option<String>| name.as_deref().map(|name| direction(map, name)).transpose();
        let (x, y) = (wanted(&cut.x)?, wanted(&cut.y)?);
        for direction in x.iter().chain(&y) {
            if matches!(stands[direction.axis], Some((_, Why::Chosen)))
                || x.map(|x| x.axis) == y.map(|y| y.axis)
            {
                return Err(AnalyseError::Twice { name: axes[direction.axis].columns[0].name.clone() });
            }
        }
        let is_panel = |axis: usize| asked.as_ref().is_some_and(|panels| panels.axis == axis);
        let of_panels = asked.iter().map(|panels| panels.axis);
        if let Some(axis) = of_panels.into_iter().find(|&axis| {
            let is_shown = [x, y].into_iter().flatten().any(|direction| direction.axis == axis);
            is_shown || matches!(stands[axis], Some((_, Why::Chosen)))
        }) {
            return Err(AnalyseError::Twice { name: axes[axis].columns[0].name.clone() });
        }
        let is_taken = |axis: usize, other: Option<Direction>| {
            other.is_some_and(|other| other.axis == axis) || is_panel(axis)
        };
        let free = |other: Option<Direction>| {
            let free = (0..axes.len()).rev().find(|&axis| {
                stands[axis].is_none() && axes[axis].labels.is_empty() && !is_taken(axis, other)
            });
            free.map(|axis| Direction { axis, column: 0 })
        };
        // A map of one point has no free axis: its last one is drawn, one cell wide.
        let only = || (0..axes.len()).rev().find(|&axis| axes[axis].labels.is_empty() && !is_taken(axis, y));
        let x = x.or_else(|| free(y)).or_else(|| only().map(|axis| Direction { axis, column: 0 }));
        let x = x.ok_or(AnalyseError::NoAxis)?;
        let y = y.or_else(|| free(Some(x)));
        for axis in [Some(x), y].into_iter().flatten().map(|direction| &axes[direction.axis]) {
            if axis.length > LONGEST_LINE {
                return Err(AnalyseError::Long { name: axis.columns[0].name.clone(), length: axis.length });
            }
        }
        let shown = |axis: usize| axis == x.axis || y.is_some_and(|y| y.axis == axis);
        let of_names =
            || (0..axes.len()).find(|&axis| !axes[axis].labels.is_empty() && stands[axis].is_none());
        let panels = match asked {
            Some(asked) => Some(asked),
            None => of_names().map(|axis| Panels::of_names(map, axis)).transpose()?,
        };
        for axis in 0..axes.len() {
            if shown(axis) || panels.as_ref().is_some_and(|panels| panels.axis == axis) {
                stands[axis] = None;
            } else if stands[axis].is_none() {
                let middle = if axes[axis].labels.is_empty() { axes[axis].length / 2 } else { 0 };
                stands[axis] = Some((middle, Why::Middle));
            }
        }
        Ok(Self { x, y, panels, stands, summed })
    }

    /// Of how many values of the horizontal and the vertical axis one is read.
    fn every(&self, map: &Map) -> [u64; 2] {
        let steps = |direction: Direction| map.axes()[direction.axis].length.div_ceil(MOST_VALUES);
        [steps(self.x), self.y.map_or(1, steps)]
    }

    /// Whether the slice has one axis only.
    pub fn is_line(&self) -> bool {
        self.y.is_none()
    }
}

/// Reads a slice.
///
/// # Errors
/// When a feature is not of the map, or the map cannot be read.
pub fn cut(map: &Map, layout: &Layout, features: &[String]) -> Result<Slice, AnalyseError> {
    let numbers = features.iter().map(|name| feature(map, name)).collect::<Result<Vec<_>, _>>()?;
    let mut read_panels = Vec::new();
    for (index, name) in panels(map, layout) {
        let window = Window::new(map, layout, index);
        let regimes = window.read(|start, count| Ok(map.regime(start, count)?))?;
        let mut read = Vec::new();
        for &number in &numbers {
            let values = window.read(|start, count| Ok(map.slab(number, start, count)?))?;
            read.push(Feature { quantity: map.features()[number].clone(), values });
        }
        read_panels.push(Panel { name, regimes, features: read });
    }
    slice(map, layout, read_panels)
}

/// The numbers of the panels, with their names where they have some.
pub(super) fn panels(map: &Map, layout: &Layout) -> Vec<(u64, Option<String>)> {
    layout.panels.as_ref().map_or_else(|| vec![(0, None)], |panels| panels.each(map))
}

/// Panels with what is known of their axes.
pub(super) fn slice(map: &Map, layout: &Layout, panels: Vec<Panel>) -> Result<Slice, AnalyseError> {
    let every = layout.every(map);
    let slice = Slice {
        title: map.attribute("title").unwrap_or("A map without a title").to_owned(),
        x: coordinate(map, layout.x, every[0])?,
        y: layout.y.map(|y| coordinate(map, y, every[1])).transpose()?,
        labels: Label::all(map.labels()),
        panels,
        across: layout.panels.as_ref().map(|panels| panels.across(map)).transpose()?.flatten(),
        signal: None,
        held: held(map, layout)?,
        every,
    };
    Ok(slice.sorted())
}

/// The number of a feature.
///
/// # Errors
/// When the map has no such feature.
pub fn feature(map: &Map, name: &str) -> Result<usize, AnalyseError> {
    map.feature(name).map_err(|_| {
        AnalyseError::unknown("feature", name, map.features().iter().map(|quantity| quantity.name.as_str()))
    })
}

/// The plane of one panel.
pub(super) struct Window<'a> {
    map: &'a Map,
    layout: &'a Layout,
    panel: u64,
    every: [u64; 2],
}

impl<'a> Window<'a> {
    pub(super) fn new(map: &'a Map, layout: &'a Layout, panel: u64) -> Self {
        Self { map, layout, panel, every: layout.every(map) }
    }

    /// Reads the plane, `[y x x]`; where rows are thinned, band by band, so that what is left out is not kept.
    pub(super) fn read<T: Clone>(
        &self,
        slab: impl Fn(&[u64], &[u64]) -> Result<Vec<T>, AnalyseError>,
    ) -> Result<Array2<T>, AnalyseError> {
        let Self { map, layout, .. } = self;
        let lengths = map.shape();
        let mut start: Vec<u64> =
            layout.stands.iter().map(|stands| stands.map_or(0, |(index, _)| index)).collect();
        let mut count = vec![1; start.len()];
        if let Some(panels) = &layout.panels {
            start[panels.axis] = self.panel;
        }
        let (x, y) = (layout.x.axis, layout.y.map(|y| y.axis));
        count[x] = lengths[x];
        let height = y.map_or(1, |y| lengths[y]);
        // Of an axis that is thinned no more is read at once than its chunks, and than a piece may have.
        let most = (MOST_AT_ONCE / lengths[x].max(1)).max(1);
        let band = match y {
            _ if self.every == [1, 1] => height,
            Some(y) => map.chunk()?[y].min(height).min(most),
            None => 1,
        };
        let mut kept: Vec<T> = Vec::new();
        let mut first = 0;
        while first < height {
            let rows = band.min(height - first);
            if let Some(y) = y {
                (start[y], count[y]) = (first, rows);
            }
            let values = slab(&start, &count)?;
            let at = |row: u64, column: u64| {
                let number =
                    if y.is_some_and(|y| y > x) { column * rows + row } else { row * lengths[x] + column };
                values[number as usize].clone()
            };
            for row in (0..rows).filter(|row| (first + row).is_multiple_of(self.every[1])) {
                kept.extend((0..lengths[x]).step_by(self.every[0] as usize).map(|column| at(row, column)));
            }
            first += rows;
        }
        let width = lengths[x].div_ceil(self.every[0]) as usize;
        let height = height.div_ceil(self.every[1]) as usize;
        Ok(Array2::from_shape_vec((height, width), kept).expect("every kept row has every kept column"))
    }
}

fn coordinate(map: &Map, direction: Direction, every: u64) -> Result<Coordinate, AnalyseError> {
    let axis = &map.axes()[direction.axis];
    let values = map.values(direction.axis, direction.column, 0..axis.length)?;
    let values = values.into_iter().step_by(every as usize).collect();
    Ok(Coordinate::new(axis.columns[direction.column].clone(), values))
}

/// Every parameter that has one value on the slice.
fn held(map: &Map, layout: &Layout) -> Result<Vec<Held>, AnalyseError> {
    let mut held = Vec::new();
    for (number, axis) in map.axes().iter().enumerate() {
        let Some((index, why)) = layout.stands[number].filter(|_| layout.summed != Some(number)) else {
            continue;
        };
        for (column, quantity) in axis.columns.iter().enumerate() {
            let word = axis.labels.get(index as usize).cloned();
            let value =
                if word.is_some() { index as f64 } else { map.values(number, column, index..index + 1)?[0] };
            held.push(Held { name: quantity.name.clone(), unit: quantity.unit.clone(), value, word, why });
        }
    }
    let fixed = map.fixed().iter().map(|(quantity, value)| Held {
        name: quantity.name.clone(),
        unit: quantity.unit.clone(),
        value: *value,
        word: None,
        why: Why::Fixed,
    });
    held.extend(fixed);
    Ok(held)
}

/// The axis and the column with a name, without regard to case.
fn direction(map: &Map, name: &str) -> Result<Direction, AnalyseError> {
    let direction = column(map, name)?;
    let axis = &map.axes()[direction.axis];
    match axis.labels.first() {
        Some(example) => {
            Err(AnalyseError::Names { name: axis.columns[0].name.clone(), example: example.clone() })
        }
        None => Ok(direction),
    }
}

pub(super) fn column(map: &Map, name: &str) -> Result<Direction, AnalyseError> {
    for (axis, of_map) in map.axes().iter().enumerate() {
        let found = of_map.columns.iter().position(|quantity| quantity.name.eq_ignore_ascii_case(name));
        if let Some(column) = found {
            return Ok(Direction { axis, column });
        }
    }
    if let Some((quantity, value)) =
        map.fixed().iter().find(|(quantity, _)| quantity.name.eq_ignore_ascii_case(name))
    {
        return Err(AnalyseError::Fixed { name: quantity.name.clone(), value: *value });
    }
    let known = map.axes().iter().flat_map(|axis| &axis.columns).map(|quantity| quantity.name.as_str());
    Err(AnalyseError::unknown("axis", name, known))
}

/// The axis and the index that `name=value` means.
pub(super) fn place(map: &Map, text: &str) -> Result<(usize, u64), AnalyseError> {
    let malformed = || AnalyseError::Place { text: text.to_owned() };
    let (name, value) = text.split_once('=').ok_or_else(malformed)?;
    let (name, value) = (name.trim(), value.trim());
    let Direction { axis, column } = column(map, name)?;
    let of_map: &MapAxis = &map.axes()[axis];
    if !of_map.labels.is_empty() {
        let index = of_map.labels.iter().position(|label| label.eq_ignore_ascii_case(value));
        let index = index
            .ok_or_else(|| AnalyseError::unknown("state", value, of_map.labels.iter().map(String::as_str)))?;
        return Ok((axis, index as u64));
    }
    let value: f64 = value.parse().map_err(|_| malformed())?;
    let coordinate = coordinate(map, Direction { axis, column }, 1)?;
    let nearest = (0..).zip(&coordinate.values).min_by(|(_, one), (_, other)| {
        let distance = |of: f64| (coordinate.scaled(of) - coordinate.scaled(value)).abs();
        distance(**one).total_cmp(&distance(**other))
    });
    let (low, high) = coordinate
        .values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    // Half a cell beyond the last value still belongs to it.
    let mut sorted = coordinate.clone();
    sorted.values.sort_by(f64::total_cmp);
    let edges = sorted.edges();
    let is_inside = (edges[0]..=edges[edges.len() - 1]).contains(&coordinate.scaled(value));
    match nearest {
        Some((index, _)) if is_inside => Ok((axis, index)),
        _ => {
            let name = of_map.columns[column].name.clone();
            Err(AnalyseError::Outside { name, value, from: low, to: high })
        }
    }
}

/// What a person should know of the places that a cut was asked for: those that no value of an axis has, for each the value that was
/// taken instead.
///
/// # Errors
/// When a place is not of the map, or the map cannot be read.
pub fn moved(map: &Map, cut: &Cut) -> Result<Vec<String>, AnalyseError> {
    let mut moved = Vec::new();
    let of_panels = cut.panel.iter().filter_map(|text| text.split_once('='));
    let of_panels =
        of_panels.flat_map(|(name, values)| values.split(',').map(move |value| format!("{name}={value}")));
    for text in &cut.at.iter().cloned().chain(of_panels).collect::<Vec<_>>() {
        let (axis, index) = place(map, text)?;
        let of_map = &map.axes()[axis];
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let (Direction { column, .. }, Ok(asked)) = (column(map, name.trim())?, value.trim().parse::<f64>())
        else {
            continue;
        };
        if !of_map.labels.is_empty() {
            continue;
        }
        let own = map.values(axis, column, index..index + 1)?[0];
        // Decimals of a call are not always the bits of an axis.
        if (own - asked).abs() > 1e-9 * own.abs().max(asked.abs()) {
            let name = &of_map.columns[column].name;
            moved.push(format!(
                "the map has no {name} = {asked}; the cut is at the nearest value, {name} = {own}"
            ));
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::samples::{Sample, write};

    fn with_map<T>(sample: &Sample, ask: impl FnOnce(&Map) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.nc");
        write(sample, &path);
        ask(&Map::open(&path).unwrap())
    }

    fn slice(map: &Map, x: Option<&str>, y: Option<&str>, at: &[&str]) -> Result<Slice, AnalyseError> {
        let at = at.iter().map(|text| (*text).to_owned()).collect();
        let wanted = Cut { x: x.map(Into::into), y: y.map(Into::into), at, panel: None };
        cut(map, &Layout::new(map, &wanted)?, &["amplitude".to_owned()])
    }

    const SOLID: Sample = Sample { starts: 2, depths: 5, rows: 4, columns: 6, threshold: 3.0, zero: 0.0 };

    #[test]
    fn without_a_wish_the_last_two_axes_are_shown_at_the_middle_of_the_others() {
        let slice = with_map(&SOLID, |map| slice(map, None, None, &[]).unwrap());
        assert_eq!((slice.x.quantity.name.as_str(), slice.y.unwrap().quantity.name.as_str()), ("p", "B"));
        let names: Vec<&str> = slice.panels.iter().filter_map(|panel| panel.name.as_deref()).collect();
        assert_eq!(names, ["rest", "excited"]);
        let held: Vec<(&str, f64, Why)> =
            slice.held.iter().map(|held| (held.name.as_str(), held.value, held.why)).collect();
        assert_eq!(held, [("A", 3.5, Why::Middle), ("C", 135.0, Why::Fixed)]);
        assert_eq!(slice.panels[0].regimes.dim(), (4, 6));
        // p = 140, B = 20: 0.02 (p - 80) + 0.05 (B - 10) = 1.7.
        assert!((slice.panels[0].features[0].values[[1, 2]] - 1.7).abs() < 1e-12);
        assert!((slice.panels[1].features[0].values[[1, 2]] - 2.5).abs() < 1e-12);
    }

    #[test]
    fn exchanged_axes_give_the_transposed_plane() {
        with_map(&Sample::default(), |map| {
            let upright = slice(map, None, None, &[]).unwrap();
            let turned = slice(map, Some("B"), Some("p"), &[]).unwrap();
            assert_eq!(turned.panels[0].regimes, upright.panels[0].regimes.t());
            assert_eq!(turned.x.values, [10.0, 20.0, 30.0, 40.0]);
        });
    }

    #[test]
    fn a_place_that_is_no_value_of_its_axis_is_said_to_be_moved() {
        with_map(&SOLID, |map| {
            let moved = |at: &[&str]| {
                let at = at.iter().map(|text| (*text).to_owned()).collect();
                moved(map, &Cut { at, ..Cut::default() }).unwrap()
            };
            assert_eq!(
                moved(&["a=3.3", "start=excited", "B=20"]),
                ["the map has no A = 3.3; the cut is at the nearest value, A = 3.25"]
            );
            assert_eq!(moved(&["B = 20.000000000001", "A=3.5"]), Vec::<String>::new());
        });
    }

    #[test]
    fn a_place_is_the_nearest_value_of_the_axis() {
        let slice =
            with_map(&SOLID, |map| slice(map, None, None, &["a=3.3", "start = Excited", "B=21"]).unwrap());
        assert!(slice.y.is_none(), "B is held, A too: only p is left");
        assert_eq!(slice.panels.len(), 1);
        let chosen: Vec<(&str, f64, Option<&str>)> = slice
            .held
            .iter()
            .filter(|held| held.why == Why::Chosen)
            .map(|held| (held.name.as_str(), held.value, held.word.as_deref()))
            .collect();
        assert_eq!(chosen, [("start", 1.0, Some("excited")), ("A", 3.25, None), ("B", 20.0, None)]);
    }

    #[test]
    fn a_linked_parameter_can_stand_for_its_axis() {
        let slice = with_map(&Sample::default(), |map| slice(map, Some("r"), None, &[]).unwrap());
        assert_eq!((slice.x.quantity.name.as_str(), slice.x.values[5]), ("r", 0.6));
    }

    #[test]
    fn a_map_of_one_point_is_a_slice_too() {
        let point = Sample { rows: 1, columns: 1, ..Sample::default() };
        let slice = with_map(&point, |map| slice(map, None, None, &[]).unwrap());
        assert_eq!(slice.panels[0].regimes.dim(), (1, 1));
        assert_eq!(slice.x.edges().len(), 2);
    }

    #[test]
    fn a_wide_map_is_thinned_and_says_so() {
        let wide = Sample { rows: 3, columns: 10_000, ..Sample::default() };
        let slice = with_map(&wide, |map| slice(map, None, None, &[]).unwrap());
        assert_eq!(slice.every, [3, 1]);
        assert_eq!(slice.x.values.len(), 3334);
        assert_eq!(slice.panels[0].regimes.dim(), (3, 3334));
        let (p, b) = (slice.x.values[2000], slice.y.unwrap().values[1]);
        let expected = 0.02 * (p - 80.0) + 0.05 * (b - 10.0);
        assert!((slice.panels[0].features[0].values[[1, 2000]] - expected).abs() < 1e-9);
    }

    #[test]
    fn every_wrong_question_gets_its_remedy() {
        let refusals = with_map(&Sample { starts: 5, ..SOLID }, |map| {
            let refused = |x, y, at: &[&str]| slice(map, x, y, at).unwrap_err().to_string();
            [
                (refused(Some("q"), None, &[]), "it has start, A, B, p, r"),
                (refused(None, None, &["a0=3"]), "did you mean `A`?"),
                (refused(None, None, &["C=135"]), "leave it out of --at"),
                (refused(None, None, &["A=7"]), "choose a value from 3 to 4"),
                (refused(None, None, &["A"]), "write it as name=value"),
                (refused(None, None, &["A=much"]), "write it as name=value"),
                (refused(None, None, &["start=exited"]), "did you mean `excited`?"),
                (refused(Some("p"), Some("p"), &[]), "name it once"),
                (refused(Some("p"), Some("r"), &[]), "name it once"),
                (refused(Some("p"), None, &["p=3"]), "name it once"),
                (refused(Some("start"), None, &[]), "--at start=rest"),
                (refused(None, None, &[]), "5 values, too many for one picture"),
            ]
        });
        for (message, remedy) in refusals {
            assert!(message.contains(remedy), "{message}");
        }
        let message = with_map(&Sample::default(), |map| feature(map, "amplitud").unwrap_err().to_string());
        assert!(message.contains("did you mean `amplitude`?"), "{message}");
    }
}
