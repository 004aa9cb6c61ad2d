//! The largest Lyapunov exponent: how fast neighbouring trajectories part.
//! Knows nothing of equations: how much a small difference has grown is told by the scene.

use std::sync::Arc;

use super::{Conclusion, Observer, Scene, names};
use crate::equation::graph::Node;
use crate::table::Quantity;

/// `lyapunov`, the mean growth of a small difference over the window, and `lyapunov_error`, one standard error of it.
///
/// The difference follows the exact linearised equations (the tangent flow) beside the trajectory, and its length is brought
/// back to 1 after every step (Benettin et al. 1980, doi:10.1007/BF02128236). The error is that of the mean over [`BATCHES`]
/// stretches of the window, so it is honest only where a stretch is longer than the motion remembers. Motion is chaotic where
/// `lyapunov > 3*lyapunov_error`. At a switch (`heav`, `if`, `abs`) the jump of the difference is left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lyapunov;

pub(super) const QUANTITIES: &[&str] = &["lyapunov", "lyapunov_error"];

/// Stretches of the window.
const BATCHES: usize = 16;

impl Observer for Lyapunov {
    fn name(&self) -> &'static str {
        "lyapunov"
    }

    fn quantities(&self) -> Vec<String> {
        names(QUANTITIES)
    }

    fn needs_tangent(&self) -> bool {
        true
    }

    /// It is of the trajectory, not of the signal.
    fn is_of_whole_window(&self) -> bool {
        false
    }

    fn observe(&self, scene: &mut Scene<'_>, _unit: &str, time_unit: &str) -> Vec<(Quantity, Node)> {
        let step = scene.graph.literal(scene.interval.step).expect("the step is a literal");
        let steps = (scene.duration / step).round();
        let every = (steps / BATCHES as f64).floor().max(1.0);
        let growth = scene.growth.expect("the scene of an observer that needs a tangent has one");
        let results =
            scene.record(every as u64, growth, QUANTITIES, Arc::new(Batches { time: every * step }));
        let unit = if time_unit == "1" { "1".to_owned() } else { format!("{time_unit}-1") };
        let meanings = [
            "largest Lyapunov exponent: growth of a small difference per time",
            "standard error of the exponent",
        ];
        let described = QUANTITIES.iter().zip(meanings).zip(results);
        described.map(|((&name, meaning), node)| (Quantity::real(name, &unit, meaning), node)).collect()
    }
}

/// From the logarithm of a difference's growth, sampled between the batches, to mean and error.
#[derive(Debug)]
struct Batches {
    /// The length of a batch.
    time: f64,
}

impl Conclusion for Batches {
    fn conclude(&self, samples: &[f64]) -> Vec<f64> {
        let rates: Vec<f64> = samples.windows(2).map(|pair| (pair[1] - pair[0]) / self.time).collect();
        let count = rates.len() as f64;
        if rates.len() < 2 {
            return vec![f64::NAN; 2];
        }
        let mean = rates.iter().sum::<f64>() / count;
        let square = rates.iter().map(|rate| (rate - mean) * (rate - mean)).sum::<f64>();
        vec![mean, (square / (count - 1.0) / count).sqrt()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_between_samples_becomes_mean_and_error() {
        // Rates 1, 3, 2 per unit: mean 2, standard deviation 1, error 1/sqrt(3).
        let batches = Batches { time: 2.0 };
        let [mean, error] = batches.conclude(&[5.0, 7.0, 13.0, 17.0])[..] else { panic!("two results") };
        assert!((mean - 2.0).abs() < 1e-15);
        assert!((error - 1.0 / 3.0_f64.sqrt()).abs() < 1e-15);
        assert!(batches.conclude(&[1.0]).iter().all(|value| value.is_nan()));
    }
}
