//! Indices of a design that is still being run: those of the rows that are there in every block. Knows how to find and say them, not how they
//! are computed.

use std::path::Path;

use crate::analyse::sensitivity::SEIZING;
use crate::analyse::sensitivity::sampled::{self, Method, Report};
use crate::run::{Present, present};
use crate::store::map::REGIME;
use crate::store::outcomes::{Block, Column, Outcomes};

use super::arguments::RunsArguments;
use super::{Failure, sense};

/// Fewer rows tell nothing.
const LEAST_ROWS: usize = 16;
/// So many parameters are named in a line, the strongest first.
const MOST_NAMED: usize = 8;

/// Indices so far.
#[derive(Debug)]
pub(super) struct SoFar {
    /// Rows of a block and replicates that they are of.
    pub(super) size: [usize; 2],
    /// How many of both there will be.
    pub(super) of: [usize; 2],
    /// Their indices of what seizes, else of all regimes together.
    pub(super) report: Report,
}

/// The indices of a folder so far; nothing where too few rows are there in every block, or its study has no such indices.
pub(super) fn so_far(folder: &Path) -> Result<Option<SoFar>, Failure> {
    let Some(Present { study, labels }) = present(folder)? else { return Ok(None) };
    let Some(design) = study.design() else { return Ok(None) };
    let layout = sense::layout(design);
    let blocks = layout.blocks.len();
    let slot = |replicate: usize, block: usize, row: usize| (replicate * blocks + block) * layout.base + row;
    let is_there = |replicate: usize, row: &usize| {
        (0..blocks).all(|block| labels[slot(replicate, block, *row)].is_some())
    };
    let rows: Vec<Vec<usize>> = (0..layout.replicates)
        .map(|replicate| (0..layout.base).filter(|row| is_there(replicate, row)).collect())
        .collect();
    let Some((replicates, base)) = largest(&rows) else { return Ok(None) };
    let kept = if layout.blocks.contains(&Block::B) { 2 } else { blocks };
    let mut inputs: Vec<(String, Vec<f64>)> =
        design.columns().map(|(quantity, _)| (quantity.name.clone(), Vec::new())).collect();
    let mut codes = Vec::new();
    for &replicate in &replicates {
        for block in 0..blocks {
            let own = &rows[replicate][..base];
            codes.extend(own.iter().filter_map(|&row| labels[slot(replicate, block, row)]));
            if block < kept {
                let table = design.table(slot(replicate, block, 0) as u64, layout.base);
                for ((_, all), column) in inputs.iter_mut().zip(table.columns()) {
                    all.extend(own.iter().map(|&row| column[row]));
                }
            }
        }
    }
    let names = study.rules().labels().into_iter().map(|label| label.name).collect();
    let runs = Outcomes {
        replicates: replicates.len(),
        base,
        blocks: layout.blocks,
        groups: layout.groups,
        inputs,
        blocks_of_inputs: kept,
        outputs: vec![(REGIME.to_owned(), Column::Labels(codes, names))],
    };
    let mut request =
        sense::request(&RunsArguments::default(), (&[], None), (&runs, Some(&study)), Vec::new());
    let has_seizures = !request.seizing.is_empty();
    request.of = vec![if has_seizures { SEIZING.to_owned() } else { study.rules().labels()[0].name.clone() }];
    // Where trajectories stand in their distributions is told for whole designs alone.
    request.places = None;
    let mut report = sense::report(&runs, &study, study.title(), &request)?;
    let wanted = request.of[0].clone();
    report.outputs.retain(|own| own.output == wanted);
    Ok(Some(SoFar { size: [base, replicates.len()], of: [layout.base, layout.replicates], report }))
}

/// The replicates, and how many rows of each, that have the most rows together where each gives the same number.
fn largest(rows: &[Vec<usize>]) -> Option<(Vec<usize>, usize)> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&replicate| (std::cmp::Reverse(rows[replicate].len()), replicate));
    let size = |count: usize| count * rows[order[count - 1]].len();
    let count = (1..=order.len()).max_by_key(|&count| size(count))?;
    let base = rows[order[count - 1]].len();
    let mut replicates = order[..count].to_vec();
    replicates.sort_unstable();
    (base >= LEAST_ROWS).then_some((replicates, base))
}

impl SoFar {
    /// In one line.
    pub(super) fn line(&self) -> Option<String> {
        let own = self.report.outputs.first()?;
        let ([rows, replicates], [base, all]) = (self.size, self.of);
        let so_far =
            format!("of {}, from {rows} of {base} rows of {replicates} of {all} replicates", own.output);
        if own.is_constant {
            return Some(format!("{so_far}: the same in every run so far"));
        }
        let (name, index): (&str, fn(&sampled::Indices) -> sampled::Estimate) = match self.report.method {
            Method::PickFreeze if own.indices.iter().any(|own| own.total.value.is_some()) => {
                ("ST", |own| own.total)
            }
            Method::Elementary => ("mu*", |own| own.effects.map(|own| own.size).unwrap_or_default()),
            _ => ("S1", |own| own.first),
        };
        let mut told: Vec<(&str, f64, Option<f64>)> = self
            .report
            .parameters
            .iter()
            .zip(&own.indices)
            .filter_map(|(parameter, own)| {
                let own = index(own);
                Some((parameter.name.as_str(), own.value?, own.half))
            })
            .collect();
        told.sort_by(|one, other| other.1.total_cmp(&one.1));
        let more = told.len().saturating_sub(MOST_NAMED);
        let one = |(name, value, half): &(&str, f64, Option<f64>)| {
            let half = half.map_or(String::new(), |half| format!(" ±{half:.3}"));
            format!("{name} {value:.3}{half}")
        };
        let told: Vec<String> = told.iter().take(MOST_NAMED).map(one).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{so_far}: {name} {}{more}", told.join(", ")))
    }
}
