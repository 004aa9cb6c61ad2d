//! Euler's method.

use super::Tableau;

pub(super) const EULER: Tableau = Tableau {
    name: "euler",
    order: 1,
    reference: "Euler, Institutiones calculi integralis (1768)",
    nodes: &[0.0],
    coefficients: &[&[]],
    weights: &[1.0],
};
