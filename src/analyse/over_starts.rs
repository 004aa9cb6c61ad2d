//! Cuts a slice out of what all starts of a point are called together. Knows nothing of colours.

use crate::analyse::AnalyseError;
use crate::analyse::cut::{Cut, Layout, Window, panels, slice};
use crate::analyse::slice::{Held, Label, Panel, Slice, Why};
use crate::store::map::Map;

/// Reads a slice whose regimes and labels are those of all starts together.
///
/// # Errors
/// When the map has no such labels, the cut chooses a start or does not fit the map, or it cannot be read.
pub fn cut_over_starts(map: &Map, cut: &Cut) -> Result<Slice, AnalyseError> {
    let (axis, labels) = map.over_starts().ok_or(AnalyseError::NoRulesOverStarts)?;
    let is_start = |text: &String| {
        text.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(&map.axes()[axis].name))
    };
    if cut.at.iter().any(is_start) {
        return Err(AnalyseError::OneOfAllStarts);
    }
    let layout = Layout::over(map, cut, Some(axis))?;
    let kept = |all: &[u64]| [&all[..axis], &all[axis + 1..]].concat();
    let mut read = Vec::new();
    for (index, name) in panels(map, &layout) {
        let window = Window::new(map, &layout, index);
        let regimes = window.read(|start, count| Ok(map.regime_over_starts(&kept(start), &kept(count))?))?;
        read.push(Panel { name, regimes, features: Vec::new() });
    }
    let labels = Label::all(labels);
    let mut slice = Slice { labels, ..slice(map, &layout, read)? };
    let all = Held {
        name: map.axes()[axis].name.clone(),
        unit: "1".to_owned(),
        value: f64::NAN,
        word: Some("all".to_owned()),
        why: Why::Chosen,
    };
    slice.held.insert(0, all);
    Ok(slice)
}
