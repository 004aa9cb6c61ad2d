//! `ictus design`: the points of a study's design, written out without running them. Knows no distribution and no format.

use std::path::Path;

use serde_json::json;

use crate::design::{Block, Design};
use crate::store::design::{Heading, Runs, check, write_csv, write_netcdf};
use crate::study::Study;

use super::Failure;
use super::arguments::StudyArguments;
use super::console::Console;
use super::run::command;
use super::studies;

/// Writes the points into a file.
pub(super) fn design(
    study: &StudyArguments,
    output: &Path,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let has_ending = |wanted| output.extension().is_some_and(|end| end.eq_ignore_ascii_case(wanted));
    let is_csv = has_ending("csv");
    if !is_csv && !has_ending("nc") {
        let message =
            format!("{} ends neither in .csv nor in .nc; name a file of one of the two", output.display());
        return Err(Failure::Wrong(message));
    }
    let name = &study.study;
    let study = studies::load(study)?;
    for warning in study.warnings() {
        console.warn(warning);
    }
    let Some(design) = study.design() else {
        let message = format!(
            "{} takes a grid and has no design; write `design = \"saltelli\"`, `base` and [space.parameters] (docs/designs.md)",
            name.display()
        );
        return Err(Failure::Wrong(message));
    };
    let heading = heading(&study, design);
    check(output, &heading, is_csv)?;
    let mut make = |first: u64, count: usize| runs(design, first, count);
    if is_csv {
        write_csv(&heading, output, &mut make)?;
    } else {
        write_netcdf(&heading, output, &mut make)?;
    }
    console.note(summary(design));
    let points = study.space().points() / design.runs();
    if points > 1 {
        console.note(format!("the same at each of the {points} points of the grid"));
    }
    if json {
        let inputs: Vec<&str> = design.columns().map(|(quantity, _)| quantity.name.as_str()).collect();
        let size = design.size();
        console.say_json(&json!({
            "file": output,
            "design": design.sampling().name(),
            "inputs": inputs,
            "base": size.base,
            "blocks": design.blocks(),
            "replicates": size.replicates,
            "runs": design.runs(),
            "points_of_the_grid": points,
        }));
    } else {
        console.say(output.display().to_string());
    }
    Ok(())
}

/// How many runs a design has, and why: `saltelli design of 3 inputs: 1024 points x 5 blocks x 8 replicates = 40960 runs`.
pub(super) fn summary(design: &Design) -> String {
    let (size, blocks) = (design.size(), design.blocks());
    let counted = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut factors = vec![counted(size.base, "point")];
    if blocks > 1 {
        factors.push(counted(blocks as u64, "block"));
    }
    factors.push(counted(size.replicates, "replicate"));
    let inputs = design.inputs().len();
    let groups = design.groups().len();
    let groups =
        if groups < inputs { format!(" in {}", counted(groups as u64, "group")) } else { String::new() };
    let inputs = counted(inputs as u64, "input");
    let runs = counted(design.runs(), "run");
    format!("{} design of {inputs}{groups}: {} = {runs}", design.sampling().name(), factors.join(" x "))
}

fn heading(study: &Study, design: &Design) -> Heading {
    let mut attributes = study.attributes();
    attributes.push(("history".into(), command()));
    Heading {
        title: study.title().to_owned(),
        attributes,
        inputs: design.columns().map(|(quantity, own)| (quantity.clone(), own.to_string())).collect(),
        blocks: Block::KINDS.map(str::to_owned).into(),
        swapped: design.groups().iter().map(|group| group.name.clone()).collect(),
        runs: design.runs(),
    }
}

fn runs(design: &Design, first: u64, count: usize) -> Runs {
    let mut runs = Runs {
        replicates: Vec::with_capacity(count),
        base_rows: Vec::with_capacity(count),
        blocks: Vec::with_capacity(count),
        swapped: Vec::with_capacity(count),
        values: design.table(first, count),
    };
    for run in first..first + count as u64 {
        let own = design.identity(run);
        runs.replicates.push(i32::try_from(own.replicate).expect("there are at most 512 replicates"));
        runs.base_rows.push(own.base_row);
        runs.blocks.push(own.block.kind() as u8);
        let place = |group| i32::try_from(group).expect("there are at most 2047 groups");
        runs.swapped.push(own.block.swapped().map_or(-1, place));
    }
    runs
}
