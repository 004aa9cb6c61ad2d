//! A made-up brain: nodes on the surface of two hemispheres, weights that fall with distance. The sizes are those of a human
//! brain, the wiring is nobody's. Knows no atlas.

use super::super::Matrix;
use super::sphere::falling_with_distance;
use crate::equation::elementary;
use crate::equation::graph::Unary;

/// Half of the width of a hemisphere, of the length and of the height of a brain, in mm.
const HALF_AXES: [f64; 3] = [65.0, 85.0, 60.0];

/// How far the inner face of a hemisphere is from the middle, in mm.
const CLEFT: f64 = 3.0;

/// The distance at which a weight has fallen by `e`, in mm.
const DECAY: f64 = 40.0;

/// Nodes farther apart are not joined, in mm: weights below 0.2 are left out.
const REACH: f64 = 64.0;

/// Weights `exp(-d/40 mm)` between `n` nodes, the left hemisphere first, node `i + n/2` the mirror image of node `i`.
pub(super) fn two_hemispheres(n: usize) -> Matrix {
    let half = n / 2;
    let golden_angle = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let right = (0..half).map(|node| {
        // The points of a sphere in even steps of the axis to the side, at multiples of the golden angle.
        let outward = (2 * node + 1) as f64 / n as f64;
        let radius = (1.0 - outward * outward).sqrt();
        let angle = golden_angle * node as f64;
        let (cosine, sine) = (elementary::unary(Unary::Cosine, angle), elementary::unary(Unary::Sine, angle));
        let [width, length, height] = HALF_AXES;
        [CLEFT + width * outward, length * radius * cosine, height * radius * sine]
    });
    let right: Vec<[f64; 3]> = right.collect();
    let left = right.iter().map(|&[x, y, z]| [-x, y, z]);
    let points: Vec<[f64; 3]> = left.chain(right.iter().copied()).collect();
    falling_with_distance(&points, DECAY, REACH)
}

#[cfg(test)]
mod tests {
    use super::super::super::spectrum_of_tests::second_of_laplacian;
    use super::*;

    #[test]
    fn a_brain_is_symmetric_in_two_ways_and_connected() {
        for n in [4, 30, 76, 90] {
            let (matrix, half) = (two_hemispheres(n), n / 2);
            let mirror = |node: usize| (node + half) % n;
            for (target, source) in (0..n).flat_map(|target| (0..n).map(move |source| (target, source))) {
                let weight = matrix.weight(target, source).to_bits();
                assert_eq!(weight, matrix.weight(source, target).to_bits());
                assert_eq!(weight, matrix.weight(mirror(target), mirror(source)).to_bits());
            }
            assert!(n < 30 || second_of_laplacian(&matrix) > 1e-3, "{n} nodes");
        }
    }

    #[test]
    fn weights_lie_between_the_threshold_and_one() {
        let matrix = two_hemispheres(90);
        assert!(matrix.entries().iter().all(|&weight| weight == 0.0 || (0.2..1.0).contains(&weight)));
    }
}
