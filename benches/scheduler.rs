//! The real coordinator in simulated time: how much of a cluster computes, and how many grants a second rank 0 must give, on a cost
//! map with clusters (coefficient of variation 0.85, dearest over mean 12) and on one measured from a shipped study.
//! `cargo bench --bench scheduler`; the clock is simulated, so that a busy machine changes only the measured map.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/cluster/mod.rs"]
mod cluster;

use std::path::Path;
use std::time::Instant;

use cluster::{Cluster, Rank};
use ictus::experiment::Experiment;
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
use ictus::study::Study;
use ictus::table::Quantity;

/// What is granted is blocks; this is the mean cost of one, in seconds of a thread.
const MEAN: f64 = 1.0;

/// A message over the network with the pause of the one who looks for it, and what rank 0 needs for one, as measured over TCP.
const LATENCY: f64 = 1e-3;
const SERVICE: f64 = 5e-5;

const VARIATION: f64 = 0.85;
const DEAREST: f64 = 12.0;

/// The sides of a cost map.
const SIDE: usize = 512;

/// Threads of the cluster, and of a rank.
const CLUSTERS: [(u32, u32); 6] = [(64, 8), (512, 32), (4096, 64), (8192, 64), (32_768, 128), (100_096, 128)];

/// Costs over the unit square, `[row][column]`, of mean 1.
struct Field {
    side: usize,
    values: Vec<f64>,
}

impl Field {
    fn new(side: usize, values: Vec<f64>) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Self { side, values: values.into_iter().map(|value| value / mean).collect() }
    }

    fn at(&self, row: f64, column: f64) -> f64 {
        let place = |part: f64| ((part * self.side as f64) as usize).min(self.side - 1);
        self.values[place(row) * self.side + place(column)]
    }

    /// Coefficient of variation, and the dearest.
    fn shape(&self) -> (f64, f64) {
        let count = self.values.len() as f64;
        let variance = self.values.iter().map(|value| (value - 1.0).powi(2)).sum::<f64>() / count;
        (variance.sqrt(), self.values.iter().copied().fold(0.0, f64::max))
    }

    /// Dear hills of different breadth and height on a cheap plain, bent until variation and dearest are as wanted.
    fn clustered() -> Self {
        let mut state = 1u64;
        let mut random = || {
            // Knuth's linear congruential generator (MMIX).
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let hills: Vec<[f64; 4]> =
            (0..40).map(|_| [random(), random(), 0.02 + 0.1 * random(), random()]).collect();
        let height = |place: usize| {
            let (row, column) = ((place / SIDE) as f64 / SIDE as f64, (place % SIDE) as f64 / SIDE as f64);
            let hill = |[y, x, breadth, height]: &[f64; 4]| {
                height * (-((row - y).powi(2) + (column - x).powi(2)) / (2.0 * breadth * breadth)).exp()
            };
            hills.iter().map(hill).sum::<f64>()
        };
        let heights: Vec<f64> = (0..SIDE * SIDE).map(height).collect();
        let highest = heights.iter().copied().fold(0.0, f64::max);
        let bent = |bend: f64, scale: f64| {
            let value = |height: &f64| 1.0 + scale * (height / highest).powf(bend);
            Self::new(SIDE, heights.iter().map(value).collect())
        };
        let scaled = |bend: f64| {
            let scale = bisect(0.0, 1e4, |scale| bent(bend, scale).shape().0 > VARIATION);
            bent(bend, scale)
        };
        scaled(bisect(0.2, 8.0, |bend| scaled(bend).shape().1 > DEAREST))
    }

    /// What blocks of a study cost here, on a coarse lattice of its two last axes.
    fn measured(path: &str) -> Self {
        let study = Study::load(Path::new(path), &[]).expect("a shipped study");
        let simulation = study.simulation().expect("a shipped study");
        let space = study.space();
        let shape = space.shape();
        let side = 12;
        let cost = |place: usize| {
            let mut coordinates: Vec<u64> = shape.iter().map(|length| length / 2).collect();
            let axes = shape.len();
            coordinates[axes - 2] = (place / side) as u64 * (shape[axes - 2] - 1) / (side as u64 - 1);
            coordinates[axes - 1] = (place % side) as u64 * (shape[axes - 1] - 1) / (side as u64 - 1);
            let points = space.table_at(&vec![coordinates; 64]);
            let began = Instant::now();
            std::hint::black_box(simulation.measure(&points));
            began.elapsed().as_secs_f64()
        };
        Self::new(side, (0..side * side).map(cost).collect())
    }
}

/// Where a fact begins to hold.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..22 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// A square of about so many blocks.
fn square(blocks: u64) -> Space {
    let side = ((blocks * 256) as f64).sqrt() as u64;
    let axis = |name: &str| {
        let quantity = Quantity::real(name, "1", "a side");
        let scale = Scale::Linear { from: 0.0, to: 1.0 };
        Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], side)
    };
    let axes = [axis("y"), axis("x")].into_iter().collect::<Result<Vec<_>, _>>();
    Space::new(axes.expect("two axes")).expect("a square")
}

fn main() {
    let study = "configs/quickstart.toml";
    for (name, field) in [("clustered", Field::clustered()), (study, Field::measured(study))] {
        let (variation, dearest) = field.shape();
        println!("{name}: coefficient of variation {variation:.2}, dearest over mean {dearest:.1}");
        println!(" threads  ranks  blocks a thread  efficiency  grants/s  load of rank 0");
        for (threads, of_a_rank) in CLUSTERS {
            for share in [100, 30] {
                simulate(&field, threads, of_a_rank, share);
            }
        }
    }
}

fn simulate(field: &Field, threads: u32, of_a_rank: u32, share: u64) {
    let space = square(u64::from(threads) * share);
    let cells = space.cells();
    let side = space.shape()[0] as f64;
    let places: Vec<[f64; 3]> = (0..cells.count())
        .map(|number| {
            let cell = cells.cell(number);
            [cell.origin()[0] as f64 / side, cell.origin()[1] as f64 / side, cell.extent()[1] as f64]
        })
        .collect();
    let cost = |cell: u64, block: u32| {
        let [row, column, width] = places[cell as usize];
        let point = f64::from(block) * f64::from(cells.points_of_a_block());
        let inside = (point / width).floor();
        MEAN * field.at(row + inside / side, column + (point - inside * width) / side)
    };
    let ranks = vec![Rank::of(of_a_rank); (threads / of_a_rank) as usize];
    let course =
        cluster::run(&Cluster { space: &space, cost: &cost, ranks, latency: LATENCY, service: SERVICE });
    println!(
        "{threads:8} {:6} {:16.1} {:11.4} {:9.0} {:11.1} %",
        threads / of_a_rank,
        course.blocks as f64 / f64::from(threads),
        course.efficiency,
        course.grants as f64 / course.end,
        100.0 * course.load
    );
}
