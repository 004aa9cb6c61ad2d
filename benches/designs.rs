//! How fast points of a design are made: 12 inputs, uniform and normal, of every kind. `cargo bench --bench designs`. Prints points a
//! second of one thread.

#![expect(clippy::print_stdout, reason = "a benchmark says what it has found")]

use std::time::Instant;

use ictus::design::{Bounds, Design, Distribution, Group, Input, Sampling, Shape, Size};
use ictus::table::Quantity;

const INPUTS: usize = 12;
const BASE: u64 = 1 << 20;

fn main() {
    let shapes = [("uniform", Shape::Uniform([2.6, 3.9])), ("normal", Shape::Normal([3.0, 0.5]))];
    let samplings = [
        Sampling::Sobol,
        Sampling::Saltelli { second_order: false },
        Sampling::LatinHypercube,
        Sampling::Random,
        Sampling::Trajectory { levels: 4 },
    ];
    for sampling in samplings {
        for (name, shape) in &shapes {
            // Trajectories reach the ends of distributions.
            let bounds = match shape {
                Shape::Normal(_) if matches!(sampling, Sampling::Trajectory { .. }) => {
                    Bounds::Truncated([1.0, 5.0])
                }
                _ => Bounds::None,
            };
            let distribution = Distribution::new(shape.clone(), bounds, false).expect("a distribution");
            let input = |place| (Quantity::real(format!("x{place}"), "1", ""), distribution.clone());
            let inputs: Vec<Input> = (0..INPUTS).map(|place| Input { columns: vec![input(place)] }).collect();
            let group = |place| Group { name: format!("x{place}"), inputs: vec![place] };
            let size = Size { base: BASE, replicates: 1, seed: 1, is_scrambled: true };
            let design =
                Design::new(sampling, inputs, (0..INPUTS).map(group).collect(), size).expect("a design");
            let started = Instant::now();
            let mut sum = 0.0;
            let runs = design.runs().min(2 * BASE);
            for first in (0..runs).step_by(1 << 14) {
                sum += design.table(first, 1 << 14).column(INPUTS - 1)[0];
            }
            let rate = runs as f64 / started.elapsed().as_secs_f64() / 1e6;
            println!("{:<9} {name:<8} {INPUTS} inputs: {rate:6.2} M points/s ({sum:.3})", sampling.name());
        }
    }
}
