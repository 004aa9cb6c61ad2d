//! Conditions of three values: true, false and unknown, which is NaN. Knows neither rules nor features.
//!
//! A comparison with an undefined number is unknown. Unknown is carried through `not`, arithmetic and `if`, and through `and` and
//! `or` unless the other side decides alone (Kleene 1952, Introduction to Metamathematics, section 64).

use crate::equation::elementary;
use crate::equation::graph::{Binary, Unary};
use crate::equation::tape::Arithmetic;

/// Whether a condition's value is true; `None` is unknown.
pub(super) fn verdict(value: f64) -> Option<bool> {
    if value.is_nan() { None } else { Some(value != 0.0) }
}

/// The arithmetic of conditions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kleene;

impl Arithmetic for Kleene {
    fn unary(&self, operation: Unary, x: f64) -> f64 {
        if x.is_nan() { f64::NAN } else { elementary::unary(operation, x) }
    }

    fn binary(&self, operation: Binary, x: f64, y: f64) -> f64 {
        let decides = match operation {
            Binary::And => Some(false),
            Binary::Or => Some(true),
            _ => None,
        };
        match decides {
            Some(alone) if verdict(x) == Some(alone) || verdict(y) == Some(alone) => {
                f64::from(u8::from(alone))
            }
            _ if x.is_nan() || y.is_nan() => f64::NAN,
            _ => elementary::binary(operation, x, y),
        }
    }

    fn select(&self, condition: f64, x: f64, y: f64) -> f64 {
        match verdict(condition) {
            None => f64::NAN,
            Some(true) => x,
            Some(false) => y,
        }
    }
}
