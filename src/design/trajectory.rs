//! Morris' trajectories: from a random point of a grid one group after the other moves by half of the grid, in a random order
//! (Morris 1991, "Factorial sampling plans for preliminary computational experiments", Technometrics 33:161). Knows no blocks.

use super::draws;
use super::scramble::{key, whole};

/// One input of trajectories.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moving {
    /// The levels of the grid, an even number; they stand at `level / (levels - 1)`.
    pub(super) levels: u64,
    /// How many groups move.
    pub(super) groups: usize,
    /// The input's number.
    pub(super) input: usize,
    /// Its group.
    pub(super) group: usize,
}

impl Moving {
    /// Where the input stands in the trajectories `first ..` once the group `last` has moved: it has moved itself where its group
    /// comes no later. A step is `levels / (2 (levels - 1))`, upwards from the lower half of the grid, downwards from the upper.
    pub(super) fn fill(self, own: u64, last: Option<usize>, first: u32, unit: &mut [f64]) {
        let half = self.levels / 2;
        let mut ranks = Vec::with_capacity(self.groups);
        for (number, place) in unit.iter_mut().enumerate() {
            let trajectory = key(own, u64::from(first) + number as u64);
            let start = whole(key(key(trajectory, 0), self.input as u64), self.levels);
            let has_moved = last.is_some_and(|last| {
                draws::ranks(key(trajectory, 1), self.groups, &mut ranks);
                ranks[self.group] <= ranks[last]
            });
            let level = match (has_moved, start < half) {
                (false, _) => start,
                (true, true) => start + half,
                (true, false) => start - half,
            };
            *place = level as f64 / (self.levels - 1) as f64;
        }
    }
}
