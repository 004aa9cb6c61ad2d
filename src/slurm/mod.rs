//! From a study's cost and a cluster's profile to a job: how large, how long, which script. Everything but [`cluster`] is pure
//! text and numbers. Knows neither how points are measured nor how cost is told.

pub mod cluster;
mod limits;
mod pbs;
mod profile;
mod script;
mod size;
mod walltime;

pub use cluster::Taken;
pub use limits::{Cluster, NoSuchPartition};
pub use pbs::pbs;
pub use profile::{Charge, Export, Launcher, Limits, Profile, ProfileError, Scheduler};
pub use script::{Form, Job, batch, map_job, quoted};
pub use size::{Beyond, CoreHours, Size, Wish, Work, check, hours, size};
pub use walltime::{NoWalltime, Walltime};
