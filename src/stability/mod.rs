//! Where a model rests, and whether it stays there: the vector field with its exact Jacobian over many points at once
//! ([`System`]). Knows models and networks; knows nothing of studies, steppers, files or threads.

mod coupling;
#[cfg(test)]
mod samples;
mod spectrum;
mod system;

pub use spectrum::{Eigenvalue, eigenvalues};
pub use system::{Evaluation, System, SystemError};
