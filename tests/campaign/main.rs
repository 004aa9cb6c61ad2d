//! One campaign: every kind of study x every wire x every way to stop or to disturb a run. Whatever happens, what was finished is kept
//! and not measured again, the map has the bits of an undisturbed run, the status says what the map says, and every run ends.
//!
//! `SOAK_SEED` is the seed of everything that is drawn; `SOAK_PART=k/n` plays the k-th of n parts, which add up; `SOAK_CELL` names some cells by
//! words of their names, `chains / join / SIG` for instance; `SOAK_STOPS` is how often each is stopped.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "the functions that tests share are tests too")]

mod cell;
mod chance;
#[path = "../formula/mod.rs"]
mod formula;
mod held;
mod kinds;
mod referee;
mod table;
mod ways;
mod wires;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use cell::{Cell, Play};
use chance::Chance;
use kinds::KINDS;
use referee::{Reference, programs};
use table::Table;
use ways::WAYS;
use wires::{Programs, Wire};

/// The seed where none is given.
const SEED: u64 = 20_261_128;

/// A whole campaign stops and disturbs runs so often, ...
const MOST_WANTED: u32 = 2000;

/// ... and every cell at least so often.
const LEAST: u32 = 5;

/// Every cell: a way that needs rows is none of a kind whose rows take long.
fn cells() -> impl Iterator<Item = Cell> {
    let wires = Wire::ALL.into_iter().flat_map(|wire| WAYS.iter().map(move |&way| (wire, way)));
    let cells = wires.flat_map(|(wire, way)| KINDS.iter().map(move |kind| Cell { kind, wire, way }));
    cells.filter(|cell| !cell.kind.is_long || cell.way.can_be_in_the_middle())
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

fn seed() -> u64 {
    variable("SOAK_SEED").unwrap_or(SEED)
}

/// The shim, compiled.
fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("fault.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fault/fault.c");
    let compiler = std::env::var("CC").unwrap_or("cc".into());
    let mut compiler = Command::new(compiler);
    compiler
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl");
    assert!(compiler.status().unwrap().success(), "a C compiler is needed");
    library
}

/// Plays cells, each stopped so often.
fn play(part: [u32; 2], cells: &[(Cell, u32)], programs: &Programs, mut keep: impl FnMut(&Table)) -> Table {
    let place = tempfile::tempdir().unwrap();
    let shim = shim(place.path());
    let seed = seed();
    let mut references: BTreeMap<&str, Reference> = BTreeMap::new();
    let mut table = Table { seed, part, ..Table::default() };
    for &(cell, stops) in cells {
        let reference =
            references.entry(cell.kind.name).or_insert_with(|| Reference::of(cell.kind, programs));
        let chance = Chance::new(seed, &[&cell.name(), &format!("{}/{}", part[0], part[1])]);
        let mut play = Play::new(cell, programs, reference, &shim, chance);
        play.play(stops);
        let name = cell.name();
        println!("{name}: {:?}", play.tally);
        for remark in &play.remarks {
            println!("    {remark}");
        }
        table.cells.insert(name.clone(), play.tally);
        if !play.remarks.is_empty() {
            table.remarks.insert(name, play.remarks);
        }
        keep(&table);
    }
    table
}

/// What `make test` plays: something of every kind of cell.
const FEW: &[&str] = &[
    "chains / alone / SIGTERM",
    "drawn starts / alone / SIGINT",
    "grid / join / kill",
    "failures / join / rows fail for ever",
    "named starts / alone / full disk",
    "equilibria / alone / size limit",
    "network / alone / journals removed",
    "both / join / SIGUSR1",
    "failures / alone / folder removed",
];

#[test]
fn a_few_runs_that_are_stopped_and_disturbed_end_with_the_bits_of_undisturbed_ones() {
    let named = |words: &&str| cells().find(|cell| cell.name() == **words).expect("a cell of the table");
    let few: Vec<(Cell, u32)> = FEW.iter().map(|words| (named(words), 2)).collect();
    let table = play([1, 1], &few, &programs(), |_| ());
    println!("{}", table.text());
    assert_eq!(table.hit_less_than(2), [""; 0], "they were over before they were disturbed");
    assert!(table.is_clean(), "seed {}:\n{}", table.seed, table.text());
}

/// What `tests/mpi.sh` plays.
const FEW_OF_RANKS: &[&str] = &[
    "chains / ranks / SIGTERM",
    "drawn starts / ranks / kill",
    "network / ranks / full disk",
    "grid / ranks / journals removed",
];

#[test]
#[ignore = "tests/mpi.sh names a program with MPI in ICTUS_MPI_PROGRAM"]
fn a_few_ranks_that_are_stopped_and_disturbed_end_with_the_bits_of_undisturbed_ones() {
    let named = |words: &&str| cells().find(|cell| cell.name() == **words).expect("a cell of the table");
    let few: Vec<(Cell, u32)> = FEW_OF_RANKS.iter().map(|words| (named(words), 2)).collect();
    let table = play([1, 1], &few, &programs(), |_| ());
    println!("{}", table.text());
    assert_eq!(table.hit_less_than(2), [""; 0], "they were over before they were disturbed");
    assert!(table.is_clean(), "seed {}:\n{}", table.seed, table.text());
}

/// Which part, of how many.
fn part() -> [u32; 2] {
    let Ok(text) = std::env::var("SOAK_PART") else { return [1, 1] };
    let numbers =
        text.split_once('/').and_then(|(part, parts)| Some([part.parse().ok()?, parts.parse().ok()?]));
    numbers.filter(|[part, parts]| (1..=*parts).contains(part)).expect("SOAK_PART is k/n, as in 1/3")
}

#[test]
#[ignore = "an hour; tests/soak.sh names a program with MPI in ICTUS_MPI_PROGRAM"]
fn all_runs_that_are_stopped_and_disturbed_end_with_the_bits_of_undisturbed_ones() {
    let programs = programs();
    let [part, parts] = part();
    let chosen = std::env::var("SOAK_CELL").ok();
    let all: Vec<Cell> =
        cells().filter(|cell| chosen.as_ref().is_none_or(|words| cell.is_meant_by(words))).collect();
    assert!(!all.is_empty(), "SOAK_CELL names no cell");
    let is_ranked = programs.ranked.is_some() || all.iter().all(|cell| cell.wire != Wire::Ranks);
    assert!(is_ranked, "ICTUS_MPI_PROGRAM is the path of a program with Open MPI");
    let least = variable("SOAK_STOPS").unwrap_or_else(|| LEAST.max(MOST_WANTED.div_ceil(all.len() as u32)));
    // The stops of all cells in a row are dealt out like cards.
    let own =
        |number: u32| (0..least).filter(|stop| (number * least + stop) % parts == part - 1).count() as u32;
    let dealt: Vec<(Cell, u32)> =
        (0..).zip(&all).map(|(number, &cell)| (cell, own(number))).filter(|&(_, stops)| stops > 0).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/soak");
    let is_whole = chosen.is_none();
    let table = play([part, parts], &dealt, &programs, |table| {
        if is_whole {
            table.write(&folder);
        }
    });
    let (sum, missing) = if is_whole { table.sum(&folder) } else { (table.clone(), Vec::new()) };
    println!("{}", sum.text());
    println!(
        "seed {}, part {part} of {parts}, {} stops; parts that are missing: {missing:?}",
        sum.seed,
        sum.stops()
    );
    let short: Vec<String> = dealt
        .iter()
        .filter(|(cell, stops)| table.cells[&cell.name()].stops < *stops)
        .map(|(cell, _)| cell.name())
        .collect();
    assert!(short.is_empty(), "these could not be provoked: {short:?}");
    if missing.is_empty() && is_whole {
        assert_eq!(sum.hit_less_than(least), [""; 0]);
        assert_eq!(sum.cells.len(), all.len());
        assert!(sum.stops() >= MOST_WANTED.min(least * all.len() as u32));
    }
    assert!(sum.is_clean(), "something was lost, wrong, hung or measured twice");
}
