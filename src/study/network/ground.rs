//! What the channels of a network stand on while they are read.

use crate::model::Model;
use crate::study::Texts;
use crate::table::Quantity;

/// What channels stand on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// The model, where it could be read.
    pub(super) model: Option<&'a Model>,
    /// The network's own parameters.
    pub(super) parameters: &'a [(Quantity, f64)],
    /// `size`, where the study gives it.
    pub(super) size: Option<usize>,
    /// Whether it gives one, right or wrong.
    pub(super) is_sized: bool,
    /// The study's, with its folder and the matrices that are known already.
    pub(super) texts: &'a Texts,
}
