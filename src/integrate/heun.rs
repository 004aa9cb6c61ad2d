//! Heun's method, the explicit trapezoidal rule.

use super::Tableau;

pub(super) const HEUN: Tableau = Tableau {
    name: "heun",
    order: 2,
    reference: "Heun, Z. Math. Phys. 45:23 (1900)",
    nodes: &[0.0, 1.0],
    coefficients: &[&[], &[1.0]],
    weights: &[0.5, 0.5],
};
