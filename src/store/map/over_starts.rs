//! What all starts of a point are called together: a flag over all axes but that of the starts. Knows no rules: the name comes from
//! outside.

use std::fmt;
use std::sync::Arc;

use super::{Description, Label, ROLE};
use crate::space::{Cell, Cells};
use crate::store::StoreError;
use crate::store::container::{Attribute, ContainerWriter, Storage, Values, Variable};
use crate::store::text;

/// The variable, and its role.
pub const OVER_STARTS: &str = "regime_over_starts";

/// Gives the label of a point from the statuses and the regimes of its starts, in their order.
type Name = dyn Fn(&[u8], &[u8]) -> u8 + Send + Sync;

/// How all starts of a point are called.
#[derive(Clone)]
pub struct OverStarts {
    /// The axis of the space that counts starts.
    pub axis: usize,
    /// The labels, by number; at most 127.
    pub labels: Vec<Label>,
    /// The label of a point, from statuses and regimes.
    pub classify: Arc<Name>,
}

impl fmt::Debug for OverStarts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { axis, labels, .. } = self;
        formatter
            .debug_struct("OverStarts")
            .field("axis", axis)
            .field("labels", labels)
            .finish_non_exhaustive()
    }
}

/// All of a list but the item of the axis.
fn without<T: Copy>(all: &[T], axis: usize) -> Vec<T> {
    [&all[..axis], &all[axis + 1..]].concat()
}

impl OverStarts {
    /// Makes the variable. `attributes` are those that every measured variable has.
    pub(super) fn define(
        &self,
        file: &mut ContainerWriter,
        description: &Description,
        dimensions: &[&str],
        attributes: Vec<(String, Attribute)>,
    ) -> Result<(), StoreError> {
        let names: Vec<String> = self.labels.iter().map(|label| label.name.clone()).collect();
        let seizing = self.labels.iter().map(|label| i8::from(label.seizing)).collect();
        let own = [
            ("long_name".to_owned(), Attribute::from("regime of all starts together")),
            (ROLE.to_owned(), OVER_STARTS.into()),
        ];
        let seizing = ("seizing".to_owned(), Attribute::Bytes(seizing));
        let extent = without(description.space.cells().extent(), self.axis);
        file.variable(&Variable {
            name: OVER_STARTS,
            storage: Storage::Byte,
            may_be_undefined: true,
            dimensions: &without(dimensions, self.axis),
            chunk: (!extent.is_empty()).then_some(&extent),
            attributes: own
                .into_iter()
                .chain(text::flags(&names))
                .chain([seizing])
                .chain(super::appearance::attributes(&self.labels))
                .chain(attributes)
                .collect(),
        })
    }

    /// The cells that hold the starts of the points of `first`, which holds the first start: it and those behind it.
    pub(super) fn group(&self, cells: &Cells, first: &Cell, starts: u64) -> Vec<Cell> {
        let at = |start: usize| {
            let mut place = first.origin().to_vec();
            place[self.axis] = start as u64;
            cells.locate(&place).0
        };
        (0..starts as usize).step_by(first.extent()[self.axis] as usize).map(at).collect()
    }
}

/// What is known of the starts of the points of some cells, side by side.
#[derive(Debug)]
pub(super) struct Group<'a> {
    over: &'a OverStarts,
    starts: usize,
    origin: Vec<u64>,
    extent: Vec<u64>,
    /// `[point][start]`
    statuses: Vec<u8>,
    /// `[point][start]`
    regimes: Vec<u8>,
}

impl<'a> Group<'a> {
    /// Nothing yet, of the points of a cell that holds the first of so many starts.
    pub(super) fn new(over: &'a OverStarts, first: &Cell, starts: u64) -> Self {
        let extent = without(first.extent(), over.axis);
        let starts = starts as usize;
        let count = starts * extent.iter().product::<u64>() as usize;
        let origin = without(first.origin(), over.axis);
        Self { over, starts, origin, extent, statuses: vec![0; count], regimes: vec![0; count] }
    }

    /// Takes note of a cell of the group.
    pub(super) fn add(&mut self, cell: &Cell, statuses: &[u8], regimes: &[u8]) {
        let axis = self.over.axis;
        let (first, own) = (cell.origin()[axis] as usize, cell.extent()[axis] as usize);
        let inner = cell.extent()[axis + 1..].iter().product::<u64>() as usize;
        for (number, (&status, &regime)) in statuses.iter().zip(regimes).enumerate() {
            let (outer, start, inside) = (number / (inner * own), number / inner % own, number % inner);
            let at = (outer * inner + inside) * self.starts + first + start;
            (self.statuses[at], self.regimes[at]) = (status, regime);
        }
    }

    /// Writes what the points are called, and counts it.
    pub(super) fn put(&self, file: &mut ContainerWriter, counts: &mut [u64]) -> Result<(), StoreError> {
        let points = self.statuses.chunks(self.starts).zip(self.regimes.chunks(self.starts));
        let mut flags = Vec::with_capacity(self.regimes.len() / self.starts);
        for (statuses, regimes) in points {
            let label = (self.over.classify)(statuses, regimes);
            counts[usize::from(label)] += 1;
            flags.push(label.cast_signed());
        }
        file.put(OVER_STARTS, &self.origin, &self.extent, Values::Bytes(&flags))
    }
}
