//! How long indices of the runs of a design take: 2 621 440 runs of 8 inputs and 5 outputs, from memory and from a table. `cargo bench
//! --bench sense`. Prints seconds of one thread and the most memory that was held.

#![expect(clippy::print_stdout, reason = "a benchmark says what it has found")]

use std::io::Write as _;

use rustix::time::{ClockId, clock_gettime};

use ictus::analyse::sensitivity::sampled::{Request, analyse};
use ictus::design::{Bounds, Design, Distribution, Group, Input, Sampling, Shape, Size};
use ictus::store::outcomes::{Reading, read};
use ictus::table::Quantity;

const INPUTS: usize = 8;
const OUTPUTS: usize = 5;
const BASE: u64 = 1 << 15;
const REPLICATES: u64 = 8;

fn main() {
    let unit = Distribution::new(Shape::Uniform([0.0, 1.0]), Bounds::None, false).expect("a distribution");
    let input = |place| Input { columns: vec![(Quantity::real(format!("x{place}"), "1", ""), unit.clone())] };
    let group = |place| Group { name: format!("x{place}"), inputs: vec![place] };
    let size = Size { base: BASE, replicates: REPLICATES, seed: 1, is_scrambled: true };
    let sampling = Sampling::Saltelli { second_order: false };
    let (inputs, groups) = ((0..INPUTS).map(input).collect(), (0..INPUTS).map(group).collect());
    let design = Design::new(sampling, inputs, groups, size).expect("a design");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("outputs.csv");
    write(&design, &path);
    println!("{} runs, {} MiB held by the designer", design.runs(), most_memory());

    let started = seconds();
    let runs = read(&path, &Reading::default()).expect("a table");
    println!("read from a table: {:.2} s, at most {} MiB", seconds() - started, most_memory());
    let started = seconds();
    let report = analyse(&runs, "", &Request::default()).expect("an analysis");
    println!("analysed from memory: {:.2} s, at most {} MiB", seconds() - started, most_memory());
    println!("S1 of x0 for y0: {:?}", report.outputs[0].indices[0].first);
}

fn write(design: &Design, path: &std::path::Path) {
    let file = std::fs::File::create(path).expect("a file");
    let mut file = std::io::BufWriter::new(file);
    let names = |letter: char, count: usize| (0..count).map(move |place| format!(",{letter}{place}"));
    let heading: String = names('x', INPUTS).chain(names('y', OUTPUTS)).collect();
    writeln!(file, "replicate,base_row,block,swapped{heading}").expect("a line");
    for first in (0..design.runs()).step_by(BASE as usize) {
        let table = design.table(first, BASE as usize);
        for row in 0..BASE as usize {
            let own = design.identity(first + row as u64);
            let (block, swapped) = (["A", "AB", "BA", "B"][own.block.kind()], own.block.swapped());
            let swapped = swapped.map(|group| format!("x{group}")).unwrap_or_default();
            write!(file, "{},{},{block},{swapped}", own.replicate, own.base_row).expect("a line");
            let x = table.row(row);
            for x in &x {
                write!(file, ",{x:?}").expect("a line");
            }
            for output in 0..OUTPUTS {
                let power =
                    |(place, x): (usize, &f64)| (0..=(place + output) % 3).map(|_| x).product::<f64>();
                let y = x.iter().enumerate().map(power).sum::<f64>();
                write!(file, ",{y:?}").expect("a line");
            }
            writeln!(file).expect("a line");
        }
    }
}

/// The processor's time of this thread, which a busy neighbour does not lengthen as much as the clock on the wall.
fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The most memory that this process has held, in MiB; 0 where the system does not say.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
