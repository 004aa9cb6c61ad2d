//! Where a model rests, and whether it stays there: the vector field with its exact Jacobian over many points at once
//! ([`System`]), the equilibria that Newton's method reaches ([`Search`]), their eigenvalues, and what a row says of them
//! ([`features`]). Knows models and networks; knows nothing of studies, steppers, files or threads.

mod affine;
mod coupling;
mod equilibria;
mod factors;
pub mod features;
mod newton;
#[cfg(test)]
mod samples;
mod spectrum;
mod starts;
mod system;

pub use equilibria::{CRITICAL, Equilibrium, Search, Spectrum};
pub use spectrum::{Eigenvalue, eigenvalues};
pub use starts::{Range, place, surroundings};
pub use system::{Evaluation, System, SystemError};
