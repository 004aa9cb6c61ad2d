//! Indices of a design that is still being run: those of the replicates that are whole. Knows how to find and say them, not how they are
//! computed.

use std::path::Path;

use crate::analyse::sensitivity::SEIZING;
use crate::analyse::sensitivity::sampled::{self, Method, Report};
use crate::run::{Present, present};
use crate::store::map::REGIME;
use crate::store::outcomes::{Block, Column, Outcomes};

use super::arguments::RunsArguments;
use super::{Failure, sense};

/// So many parameters are named in a line, the strongest first.
const MOST_NAMED: usize = 8;

/// Indices so far.
#[derive(Debug)]
pub(super) struct SoFar {
    /// How many replicates are whole.
    pub(super) replicates: usize,
    /// How many there will be.
    pub(super) of: usize,
    /// Their indices of what seizes, else of all regimes together.
    pub(super) report: Report,
}

/// The indices of a folder so far; nothing where no replicate is whole, or its study has no such indices.
pub(super) fn so_far(folder: &Path) -> Result<Option<SoFar>, Failure> {
    let Some(Present { study, labels }) = present(folder)? else { return Ok(None) };
    let Some(design) = study.design() else { return Ok(None) };
    let layout = sense::layout(design);
    let each = layout.base * layout.blocks.len();
    let whole: Vec<usize> = (0..layout.replicates)
        .filter(|replicate| labels[replicate * each..(replicate + 1) * each].iter().all(Option::is_some))
        .collect();
    if whole.is_empty() {
        return Ok(None);
    }
    let kept = if layout.blocks.contains(&Block::B) { 2 } else { layout.blocks.len() };
    let mut inputs: Vec<(String, Vec<f64>)> =
        design.columns().map(|(quantity, _)| (quantity.name.clone(), Vec::new())).collect();
    let mut codes = Vec::new();
    for &replicate in &whole {
        let table = design.table((replicate * each) as u64, kept * layout.base);
        inputs.iter_mut().zip(table.columns()).for_each(|((_, all), own)| all.extend_from_slice(own));
        codes.extend(labels[replicate * each..(replicate + 1) * each].iter().flatten());
    }
    let names = study.rules().labels().into_iter().map(|label| label.name).collect();
    let runs = Outcomes {
        replicates: whole.len(),
        base: layout.base,
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
    Ok(Some(SoFar { replicates: whole.len(), of: layout.replicates, report }))
}

impl SoFar {
    /// In one line.
    pub(super) fn line(&self) -> Option<String> {
        let own = self.report.outputs.first()?;
        let so_far = format!("of {}, {} of {} replicates", own.output, self.replicates, self.of);
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
