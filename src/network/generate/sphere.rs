//! Ninety nodes on a sphere, spread by the golden angle and joined over short distances: as many as a common atlas of the human
//! brain has regions, with none of its data. Knows no hemispheres.

use super::super::{Matrix, spectral_radius};
use crate::equation::elementary;
use crate::equation::graph::Unary;

/// How many nodes there are.
pub(super) const NODES: usize = 90;

/// Nodes farther apart are not joined; the radius of the sphere is 1. No distance is within 1e-4 of it.
const REACH: f64 = 0.8;

/// The distance at which a weight has fallen by `e`.
const DECAY: f64 = 0.5;

/// The inverse of the golden ratio, whose multiples fill the unit interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The points `z = 1 - (2i + 1)/n` at multiples of the golden angle, on the unit sphere (R. Swinbank & R. J. Purser, Q. J. R.
/// Meteorol. Soc. 132:1769, 2006, doi:10.1256/qj.05.227).
fn points() -> Vec<[f64; 3]> {
    let golden_angle = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let point = |node: usize| {
        let height = 1.0 - (2 * node + 1) as f64 / NODES as f64;
        let radius = (1.0 - height * height).sqrt();
        let angle = golden_angle * node as f64;
        let (cosine, sine) = (elementary::unary(Unary::Cosine, angle), elementary::unary(Unary::Sine, angle));
        [radius * cosine, radius * sine, height]
    };
    (0..NODES).map(point).collect()
}

/// The distance of two points.
pub(super) fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    let [x, y, z] = [one[0] - other[0], one[1] - other[1], one[2] - other[2]];
    (x * x + y * y + z * z).sqrt()
}

/// Weights between points: `exp(-d/decay)` where the distance is below `reach`, else 0.
pub(super) fn falling_with_distance(points: &[[f64; 3]], decay: f64, reach: f64) -> Matrix {
    let weight = |target: usize, source: usize| {
        let distance = distance(points[target], points[source]);
        let joined = target != source && distance < reach;
        if joined { elementary::unary(Unary::Exponential, -distance / decay) } else { 0.0 }
    };
    let nodes = points.len();
    Matrix::new(nodes, (0..nodes * nodes).map(|at| weight(at / nodes, at % nodes)).collect())
}

/// The undirected network.
pub(super) fn undirected() -> Matrix {
    falling_with_distance(&points(), DECAY, REACH)
}

/// The same with spectral radius 1, each weight times a number between 0.25 and 1.75, and one in five negative: effective
/// connectivity, which is not symmetric. The numbers are `frac((90 i + j + 1)/golden ratio)`.
pub(super) fn directed() -> Matrix {
    let matrix = undirected();
    let radius = spectral_radius(&matrix);
    let weight = |target: usize, source: usize| {
        let multiple = GOLDEN * (NODES * target + source + 1) as f64;
        let factor = 0.25 + 1.5 * (multiple - multiple.floor());
        let sign = if (target + 2 * source).is_multiple_of(5) { -1.0 } else { 1.0 };
        // A weight of 0 stays a plain 0: a negative one would differ in its bits alone.
        let weight = matrix.weight(target, source) / radius;
        if weight == 0.0 { 0.0 } else { weight * factor * sign }
    };
    Matrix::new(NODES, (0..NODES * NODES).map(|at| weight(at / NODES, at % NODES)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::spectrum_of_tests::{largest_of_laplacian, second_of_laplacian};
    use super::*;

    fn assert_close(found: f64, wanted: f64, tolerance: f64) {
        assert!((found - wanted).abs() <= tolerance, "{found} and not {wanted}");
    }

    #[test]
    fn the_sphere_has_the_edges_sums_and_spectrum_that_numpy_finds() {
        let matrix = undirected();
        let edges = matrix.entries().iter().filter(|&&weight| weight > 0.0).count() / 2;
        assert_eq!(edges, 634);
        assert_close(matrix.entries().iter().sum(), 416.846_845, 5e-7);
        assert_close(matrix.row_sum(0), 4.463_933_931, 5e-10);
        assert_close(matrix.row_sum(45), 4.188_980_216, 5e-10);
        let neighbours = |node: usize| matrix.row(node).iter().filter(|&&weight| weight > 0.0).count();
        assert_eq!((neighbours(0), neighbours(45)), (13, 12));
        assert_close(spectral_radius(&matrix), 4.638_669_645, 5e-10);
        assert_close(largest_of_laplacian(&matrix), 5.833_284_810, 5e-9);
        assert_close(second_of_laplacian(&matrix), 0.675_259_832, 5e-9);
    }

    #[test]
    fn no_distance_is_so_near_the_reach_that_a_last_bit_would_decide() {
        let points = points();
        let pairs = (0..NODES).flat_map(|one| (0..one).map(move |other| (one, other)));
        let gaps = pairs.map(|(one, other)| (distance(points[one], points[other]) - REACH).abs());
        assert_close(gaps.fold(f64::INFINITY, f64::min), 1.2e-4, 5e-6);
    }

    #[test]
    fn the_directed_network_has_the_signs_and_factors_of_its_formula() {
        let (matrix, plain) = (directed(), undirected());
        assert!(matrix.weight(0, 1) != 0.0 || matrix.weight(1, 0) == 0.0, "joined where the sphere is");
        let radius = 4.638_669_645;
        // i + 2j = 5 for the target 1 and the source 2, 4 for the target 2 and the source 1.
        for (target, source, sign) in [(1, 3, 1.0), (1, 2, -1.0), (2, 1, 1.0), (5, 0, -1.0), (13, 8, 1.0)] {
            let multiple = 0.618_033_988_749_894_9 * (90.0 * f64::from(target) + f64::from(source) + 1.0);
            let wanted = plain.weight(target as usize, source as usize) / radius
                * (0.25 + 1.5 * multiple.fract())
                * sign;
            assert_close(matrix.weight(target as usize, source as usize), wanted, 1e-9);
        }
    }

    #[test]
    fn the_rightmost_eigenvalue_of_the_directed_network_is_that_which_numpy_finds() {
        // Far to the right of 0 the rightmost eigenvalue, which is real, is also the largest. At 0.8 G it is 0.526312050.
        let (matrix, shift) = (directed(), 4.0);
        let shifted =
            |at: usize| matrix.entries()[at] + if at.is_multiple_of(NODES + 1) { shift } else { 0.0 };
        let shifted = Matrix::new(NODES, (0..NODES * NODES).map(shifted).collect());
        assert_close(0.8 * (spectral_radius(&shifted) - shift), 0.526_312_050, 5e-9);
    }
}
