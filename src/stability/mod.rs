//! Where a model is at rest, and how that changes with its parameters. Knows no study, no file and no thread.

pub mod curves;
mod spectrum;
