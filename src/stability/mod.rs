//! Where a model rests, and whether it stays there: the vector field with its exact Jacobian over many points at once
//! ([`System`]), the equilibria that Newton's method reaches ([`Search`]), their eigenvalues, what a row says of them
//! ([`features`]), and the branches of equilibria along parameters ([`curves`]). Knows models and networks; knows nothing of
//! studies, steppers, files or threads.

mod affine;
mod coupling;
pub mod curves;
mod equilibria;
mod error;
mod factors;
pub mod features;
mod flat;
mod formulas;
mod newton;
#[cfg(test)]
mod samples;
mod spectrum;
mod starts;
mod system;

pub use equilibria::{CRITICAL, Equilibrium, Search, Spectrum};
pub use error::SystemError;
pub use flat::{Unrolled, at_node, flatten, unroll};
pub use spectrum::{Eigenvalue, eigenvalues};
pub use starts::{Range, place, surroundings};
pub use system::{Evaluation, System};
