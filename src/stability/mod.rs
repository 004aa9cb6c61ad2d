//! Where a model rests, and whether it stays there: the vector field with its exact Jacobian over many points at once
//! ([`System`]), and the branches of equilibria along parameters ([`curves`]). Knows models and networks; knows nothing of
//! studies, steppers, files or threads.

mod coupling;
pub mod curves;
#[cfg(test)]
mod samples;
mod spectrum;
mod system;

pub use spectrum::{Eigenvalue, eigenvalues};
pub use system::{Evaluation, System, SystemError};
