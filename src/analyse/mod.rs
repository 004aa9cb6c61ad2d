//! A map read back: slices of it, boundaries and shares of its regimes, its comparison with another map, new labels for it.
//! Knows neither how a map was computed nor how it is drawn.

pub mod boundaries;
pub mod shares;
pub mod slice;
