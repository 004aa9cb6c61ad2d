//! Text to numbers: the hash-consed graph ([`graph`]), its elementary functions ([`elementary`]), and the machine that runs
//! it over blocks of lanes. Knows nothing of models, studies or files.

mod barriers;
mod code;
mod compiler;
mod demand;
mod derivative;
mod draft;
pub mod elementary;
pub mod graph;
pub mod journey;
mod lanes;
mod line;
mod look;
pub mod machine;
pub mod meeting;
mod operation;
mod order;
pub mod pieces;
mod placing;
mod plan;
pub mod print;
pub mod program;
pub mod syntax;
pub mod tape;
mod tile;
mod trip;

pub use lanes::Level;
