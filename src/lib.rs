//! *ictus* maps where a brain model is stable and where it seizes.

pub mod analyse;
pub mod cli;
pub mod complaint;
pub mod design;
pub mod equation;
pub mod experiment;
pub mod integrate;
pub mod model;
pub mod network;
pub mod observe;
pub mod regime;
pub mod run;
pub mod schedule;
pub mod show;
pub mod simulate;
pub mod slurm;
pub mod space;
pub mod stability;
pub mod store;
pub mod study;
pub mod table;
