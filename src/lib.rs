//! *ictus* maps where a brain model is stable and where it seizes.
//!
//! The program of that name is one front end of this library. Without its default features the crate is the library alone, without the
//! NetCDF library, argument parsing and pictures: `ictus = { version = "0.1", default-features = false }`. The feature `maps` adds maps and
//! tables in NetCDF, `front-end` the program, `mpi` the ranks of a cluster.
//!
//! # From a text to rows
//!
//! A [`study::Study`] is read from texts, its own and its model's. Its [`survey`](study::Study::survey) is an
//! [`experiment::Experiment`]: points in, rows out.
//!
//! ```
//! use ictus::experiment::{Experiment, Status};
//! use ictus::study::{Study, Texts};
//! use ictus::table::Table;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The normal form of a supercritical Hopf bifurcation: for mu > 0 a cycle of radius sqrt(mu).
//! let model = "par mu=1\n\
//!              init x=0.5,y=0\n\
//!              x'=mu*x-y-x*(x^2+y^2)\n\
//!              y'=x+mu*y-y*(x^2+y^2)\n\
//!              #@ time 1\n\
//!              #@ signal x\n\
//!              done\n";
//! let text = "model = { file = \"hopf.ode\" }\n\
//!             [space.axes]\n\
//!             mu = { from = -1, to = 1, n = 201 }\n\
//!             [time]\n\
//!             method = \"rk4\"\n\
//!             step = 0.01\n\
//!             transient = 60\n\
//!             window = 20\n\
//!             [observe]\n\
//!             features = [\"extrema\"]\n";
//! let study = Study::from_texts(Texts { study: text.into(), model: Some(model.into()), ..Texts::default() })?;
//! let survey = study.survey()?;
//!
//! // [column of the space][point]
//! let rows = survey.measure(&Table::from_columns(vec![vec![-0.5, 0.25, 1.0]]));
//! assert_eq!(rows.status, [Status::Ok; 3]);
//!
//! let maximum = survey.quantities().iter().position(|quantity| quantity.name == "maximum").ok_or("no maximum")?;
//! for (found, exact) in rows.features.column(maximum).iter().zip([0.0, 0.5, 1.0]) {
//!     assert!((found - exact).abs() < 1e-4);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # From points to a folder that survives
//!
//! [`schedule::local::run`] measures every point of a [`space::Space`] by any [`experiment::Experiment`] on the threads of a machine, into
//! journals in a [`store::Folder`] that a killed process loses nothing of. `examples/logistic_map.rs` is a whole program around an
//! experiment of its own. In small:
//!
//! ```
//! use ictus::experiment::{Experiment, Rows, Status};
//! use ictus::schedule::{Stop, local};
//! use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
//! use ictus::store::{Fate, Folder, Identity};
//! use ictus::table::{Quantity, Table};
//!
//! struct Square([Quantity; 1]);
//!
//! impl Experiment for Square {
//!     fn quantities(&self) -> &[Quantity] {
//!         &self.0
//!     }
//!
//!     fn measure(&self, points: &Table) -> Rows {
//!         let squares = points.column(0).iter().map(|x| x * x).collect();
//!         Rows { status: vec![Status::Ok; points.rows()], features: Table::from_columns(vec![squares]) }
//!     }
//!
//!     fn classify(&self, _: Status, _: &[f64]) -> u8 {
//!         0
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let quantity = Quantity::real("x", "1", "what is squared");
//! let column = AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
//! let space = Space::new(vec![Axis::new(vec![column], 10_000)?])?;
//! let experiment = Square([Quantity::real("square", "1", "its square")]);
//! # let place = tempfile::tempdir()?;
//! # let path = place.path().join("run");
//! // Whatever the rows depend on; a folder of another text is refused.
//! let identity = Identity { canonical: "squares, 1\n".to_owned(), origin: String::new() };
//! let mut folder = Folder::open(&path, &identity, &space, 1, Fate::Resume)?;
//! let options = local::Options { threads: Some(2), stop: Stop::new(), watch: &mut |_| () };
//! let outcome = local::run(&experiment, &space, &mut folder, options)?;
//! assert!(outcome.is_complete && outcome.progress.computed == 10_000);
//!
//! // Opened again, it holds every point.
//! drop(folder);
//! let mut folder = Folder::open(&path, &identity, &space, 1, Fate::Resume)?;
//! assert_eq!(folder.finished().points(), 10_000);
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//!
//! - The question: [`study`] reads what is asked, [`model`] equations, [`network`] matrices, [`space`] and [`design`] the points.
//! - The answer at a point: [`equation`] compiles equations into programs over lanes of points, [`integrate`] steps them, [`observe`]
//!   measures features, [`stability`] finds equilibria and curves of them, [`regime`] names what was found, [`simulate`] puts them together.
//! - All points: [`schedule`] gives them to threads, processes and ranks, [`store`] keeps rows, [`run`] joins both.
//! - What follows: [`analyse`] reads maps, for shares, boundaries, indices of sensitivity; `show` draws, `cli` is the program, [`slurm`] writes
//!   jobs.
//!
//! [`complaint`] and [`table`] stand below them all. ARCHITECTURE.md says more.
//!
//! # What is stable
//!
//! Nothing yet: the version is 0.1. What studies and maps hold changes less often than this interface, and CHANGELOG.md says when.

pub mod analyse;
#[cfg(feature = "front-end")]
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
#[cfg(feature = "front-end")]
pub mod show;
pub mod simulate;
pub mod slurm;
pub mod space;
pub mod stability;
pub mod store;
pub mod study;
pub mod table;
