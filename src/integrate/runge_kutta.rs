//! The classical Runge-Kutta method.

use super::Tableau;

pub(super) const RUNGE_KUTTA: Tableau = Tableau {
    name: "rk4",
    order: 4,
    reference: "Kutta, Z. Math. Phys. 46:435 (1901)",
    nodes: &[0.0, 0.5, 0.5, 1.0],
    coefficients: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
    weights: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
};
