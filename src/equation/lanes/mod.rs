//! Vectors of lanes ([`vector`], [`x86`]), what one instruction does to a group of them ([`run`]), how nodes of a
//! network exchange values ([`meet`]), and the registers of a strip ([`strip`]). The room of `unsafe`: vector intrinsics and the loops over registers, which may be read and written in place,
//! cannot be said otherwise.
//!
//! Three ways to compute give equal bits: AVX-512, AVX2 with FMA, and plain arrays (any other architecture; without hardware
//! FMA the fused operations go through the C library's exact one, which is slow).

mod meet;
mod run;
mod strip;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use strip::Level;
pub(crate) use strip::{Strip, WIDTH_STEP, exchange, execute};
pub(crate) use vector::Lanes;
