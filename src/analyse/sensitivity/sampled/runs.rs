//! The runs of a design as a map holds them: along its dimension `sample`, at one place of every other. Knows nothing of indices.

use std::collections::BTreeMap;

use crate::analyse::sensitivity::{REGIMES, SEIZING};
use crate::analyse::{AnalyseError, cut};
use crate::experiment::Status;
use crate::store::indices::Along;
use crate::store::map::{Map, REGIME};
use crate::store::outcomes::{Block, Column, Outcomes};

/// How the runs of a design stand in a map, one after another: by replicate, block and row.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// How many replicates there are.
    pub replicates: usize,
    /// Rows of a block.
    pub base: usize,
    /// The blocks of a replicate.
    pub blocks: Vec<Block>,
    /// What is swapped or moved together: a name, and the places of its inputs.
    pub groups: Vec<(String, Vec<usize>)>,
}

/// The axis of the runs of a design, if the map has one.
pub fn axis_of_runs(map: &Map) -> Option<usize> {
    map.axes().iter().position(|axis| axis.name == crate::space::SAMPLE)
}

/// Reads the runs of a map along an axis, where every other axis stands at one of the places `name=value`. Of a design of one block
/// those that the condition of the study excludes are left out; gives how many these are. Of the features those are read that may be among the
/// outputs `of`, all where none is named.
///
/// # Errors
/// When a place is not of the map, an axis of several values stands nowhere, runs are not computed yet, or the map cannot be read.
///
/// # Panics
/// When the layout is of another number of runs.
pub fn of_map(
    map: &Map,
    axis: usize,
    at: &[String],
    of: &[String],
    layout: &Layout,
) -> Result<(Outcomes, u64), AnalyseError> {
    let own = &map.axes()[axis];
    let Layout { replicates, base, ref blocks, ref groups } = *layout;
    assert_eq!(own.length, (replicates * base * blocks.len()) as u64, "the layout of the runs");
    let (start, count) = slab(map, axis, at)?;
    let statuses = map.status(&start, &count)?;
    let counted =
        |wanted: Status| -> u64 { statuses.iter().map(|&status| u64::from(status == wanted as u8)).sum() };
    let absent = counted(Status::NotComputed);
    if absent > 0 {
        return Err(AnalyseError::Unfinished { points: absent });
    }
    let is_paired = blocks.contains(&Block::B);
    let blocks_of_inputs = if is_paired { 2 } else { blocks.len() };
    let mut inputs = Vec::new();
    for (column, quantity) in own.columns.iter().enumerate().skip(1) {
        let mut values = Vec::with_capacity(replicates * blocks_of_inputs * base);
        for replicate in 0..replicates {
            let first = (replicate * blocks.len() * base) as u64;
            values.extend(map.values(axis, column, first..first + (blocks_of_inputs * base) as u64)?);
        }
        inputs.push((quantity.name.clone(), values));
    }
    let names = map.labels().iter().map(|label| label.name.clone()).collect();
    let mut outputs = vec![(REGIME.to_owned(), Column::Labels(map.regime(&start, &count)?, names))];
    let wanted = wanted(map, of);
    for (feature, quantity) in map.features().iter().enumerate().filter(|(feature, _)| wanted[*feature]) {
        let values = map.slab(feature, &start, &count)?;
        outputs.push((quantity.name.clone(), Column::Numbers(values)));
    }
    let mut runs = Outcomes {
        replicates,
        base,
        blocks: blocks.clone(),
        groups: groups.clone(),
        inputs,
        blocks_of_inputs,
        outputs,
    };
    let excluded = counted(Status::Excluded);
    if excluded > 0 && blocks.len() == 1 {
        let is_kept: Vec<bool> = statuses.iter().map(|&status| status != Status::Excluded as u8).collect();
        leave_out(&mut runs, &is_kept);
    }
    Ok((runs, excluded))
}

/// Where the axes of a map stand that are not that of the runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What [`of_map`] takes.
    pub at: Vec<String>,
    /// Their names with a number, or with the name of a value.
    pub values: BTreeMap<String, serde_json::Value>,
}

/// Every place at which runs of a map stand along an axis, where the other axes are not held; and the axes of these places, the last of which
/// varies fastest.
///
/// # Errors
/// When a place that is held is not of the map, or the map cannot be read.
pub fn places(map: &Map, axis: usize, at: &[String]) -> Result<(Vec<Place>, Vec<Along>), AnalyseError> {
    let mut places = vec![Place { at: Vec::new(), values: BTreeMap::new() }];
    let mut along = Vec::new();
    let held = at.iter().map(|text| cut::place(map, text)).collect::<Result<Vec<(usize, u64)>, _>>()?;
    for (number, own) in map.axes().iter().enumerate() {
        if held.iter().filter(|(held, _)| *held == number).count() > 1 {
            return Err(AnalyseError::HeldTwice { name: own.name.clone() });
        }
        if number == axis && held.iter().any(|(held, _)| *held == axis) {
            return Err(AnalyseError::HeldRuns);
        }
        if number == axis || own.length == 1 {
            continue;
        }
        let values = map.values(number, 0, 0..own.length)?;
        let name = &own.columns[0].name;
        let told = |index: usize| -> (String, serde_json::Value) {
            match own.labels.get(index) {
                Some(label) => (format!("{name}={label}"), label.as_str().into()),
                None => (format!("{name}={:?}", values[index]), values[index].into()),
            }
        };
        if let Some(&(_, index)) = held.iter().find(|(held, _)| *held == number) {
            let (text, value) = told(index as usize);
            for place in &mut places {
                place.at.push(text.clone());
                place.values.insert(name.clone(), value.clone());
            }
            continue;
        }
        let with = |place: &Place| {
            let mut all = Vec::new();
            for index in 0..values.len() {
                let (text, value) = told(index);
                let mut next = place.clone();
                next.at.push(text);
                next.values.insert(name.clone(), value);
                all.push(next);
            }
            all
        };
        places = places.iter().flat_map(with).collect();
        along.push(Along { quantity: own.columns[0].clone(), labels: own.labels.clone(), values });
    }
    Ok((places, along))
}

/// Which features are read: those that are asked for, all where nothing is, or where a name is that of no output, which has to be told with all
/// there are.
fn wanted(map: &Map, of: &[String]) -> Vec<bool> {
    let is_of = |name: &str, wanted: &String| {
        // A feature that is called as a label has more behind its name.
        wanted.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
            && wanted[name.len()..].replace("_feature", "").is_empty()
    };
    let names = map.features().iter().map(|quantity| quantity.name.as_str());
    let found: Vec<bool> = names.clone().map(|name| of.iter().any(|wanted| is_of(name, wanted))).collect();
    let is_known = |wanted: &String| {
        let of_labels = map.labels().iter().any(|label| is_of(&label.name, wanted));
        of_labels
            || wanted.to_ascii_lowercase().starts_with(SEIZING)
            || wanted.eq_ignore_ascii_case(REGIMES)
            || names.clone().any(|name| is_of(name, wanted))
    };
    if of.is_empty() || !of.iter().all(is_known) { vec![true; found.len()] } else { found }
}

/// Where the runs stand in the map: the first, and how many along each axis.
fn slab(map: &Map, axis: usize, at: &[String]) -> Result<(Vec<u64>, Vec<u64>), AnalyseError> {
    let mut stands: Vec<Option<u64>> = map.axes().iter().map(|own| (own.length == 1).then_some(0)).collect();
    for text in at {
        let (place, index) = cut::place(map, text)?;
        if place == axis {
            return Err(AnalyseError::HeldRuns);
        }
        stands[place] = Some(index);
    }
    stands[axis] = Some(0);
    let open: Vec<&str> = map
        .axes()
        .iter()
        .zip(&stands)
        .filter(|(_, stands)| stands.is_none())
        .map(|(own, _)| own.name.as_str())
        .collect();
    if !open.is_empty() {
        return Err(AnalyseError::OpenAxes { names: open.join(", ") });
    }
    let mut count = vec![1; stands.len()];
    count[axis] = map.axes()[axis].length;
    Ok((stands.into_iter().map(Option::unwrap_or_default).collect(), count))
}

/// The first rows of every block.
///
/// # Panics
/// When there are fewer.
pub fn first_rows(runs: &Outcomes, base: usize) -> Outcomes {
    fn kept<T: Copy>(values: &[T], from: usize, base: usize) -> Vec<T> {
        values.chunks(from).flat_map(|block| block[..base].iter().copied()).collect()
    }
    assert!(base <= runs.base, "as many rows as there are");
    let column = |column: &Column| match column {
        Column::Numbers(values) => Column::Numbers(kept(values, runs.base, base)),
        Column::Labels(codes, names) => Column::Labels(kept(codes, runs.base, base), names.clone()),
    };
    Outcomes {
        base,
        inputs: runs.inputs.iter().map(|(name, own)| (name.clone(), kept(own, runs.base, base))).collect(),
        outputs: runs.outputs.iter().map(|(name, own)| (name.clone(), column(own))).collect(),
        ..runs.clone()
    }
}

/// Keeps some runs of a design of one block: of every replicate the first ones, as many as each of them has.
fn leave_out(runs: &mut Outcomes, is_kept: &[bool]) {
    fn kept<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().map(|&row| values[row]).collect()
    }
    let all: Vec<Vec<usize>> = is_kept
        .chunks(runs.base.max(1))
        .enumerate()
        .map(|(replicate, own)| {
            let kept = own.iter().enumerate().filter(|(_, kept)| **kept);
            kept.map(|(row, _)| replicate * runs.base + row).collect()
        })
        .collect();
    let least = all.iter().map(Vec::len).min().unwrap_or(0);
    let rows: Vec<usize> = all.iter().flat_map(|own| own[..least].iter().copied()).collect();
    for (_, values) in &mut runs.inputs {
        *values = kept(values, &rows);
    }
    for (_, column) in &mut runs.outputs {
        match column {
            Column::Numbers(values) => *values = kept(values, &rows),
            Column::Labels(codes, _) => *codes = kept(codes, &rows),
        }
    }
    runs.base = least;
}
