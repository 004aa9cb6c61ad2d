//! The identity of a point of a design: a number that says where it stands, whatever the design's size. Knows no values.

/// Points of a block, at most: the identity keeps an index in 32 bits.
pub const MOST_POINTS: u64 = 1 << 32;
/// Groups, at most: the identity keeps a block in 12 bits.
pub const MOST_GROUPS: usize = 2047;
/// Replicates, at most, so that an identity is exact as a double.
pub const MOST_REPLICATES: u64 = 512;

/// Which rows of a pick-freeze design a block is; groups count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// The first independent sample; the only block of a design that swaps nothing, and the first points of trajectories.
    A,
    /// The second independent sample.
    B,
    /// A with a group from B; of a trajectory, the point that moving this group has led to.
    Ab(usize),
    /// B with a group from A.
    Ba(usize),
}

impl Block {
    /// The words for the four kinds, in the order of [`Block::kind`].
    pub const KINDS: [&'static str; 4] = ["A", "AB", "BA", "B"];

    /// The place of its word in [`Block::KINDS`].
    pub fn kind(self) -> usize {
        match self {
            Self::A => 0,
            Self::Ab(_) => 1,
            Self::Ba(_) => 2,
            Self::B => 3,
        }
    }

    /// The group that comes from the other sample, where one does.
    pub fn swapped(self) -> Option<usize> {
        match self {
            Self::A | Self::B => None,
            Self::Ab(group) | Self::Ba(group) => Some(group),
        }
    }

    /// Its number: 0 for A, 1 for B, 2j for `AB_j` and 2j + 1 for `BA_j`, j from 1.
    fn number(self) -> u64 {
        match self {
            Self::A => 0,
            Self::B => 1,
            Self::Ab(group) => 2 * (group as u64 + 1),
            Self::Ba(group) => 2 * (group as u64 + 1) + 1,
        }
    }

    fn of_number(number: u64) -> Self {
        let group = (number / 2).wrapping_sub(1) as usize;
        match number {
            0 => Self::A,
            1 => Self::B,
            even if even % 2 == 0 => Self::Ab(group),
            _ => Self::Ba(group),
        }
    }
}

/// Where a point stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointIdentity {
    /// The replicate, below [`MOST_REPLICATES`].
    pub replicate: u64,
    /// The block.
    pub block: Block,
    /// The row of the block, or the number of the trajectory.
    pub base_row: u32,
}

impl PointIdentity {
    /// As one number: `replicate * 2^44 + block * 2^32 + base_row`.
    pub fn number(self) -> u64 {
        self.replicate << 44 | self.block.number() << 32 | u64::from(self.base_row)
    }

    /// From its number.
    pub fn of_number(number: u64) -> Self {
        Self {
            replicate: number >> 44,
            block: Block::of_number(number >> 32 & 0xfff),
            base_row: number as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_the_stated_sum_and_is_found_again() {
        let number = |replicate, block, base_row| {
            let own = PointIdentity { replicate, block, base_row };
            assert_eq!(PointIdentity::of_number(own.number()), own);
            own.number()
        };
        assert_eq!(number(0, Block::A, 7), 7);
        assert_eq!(number(0, Block::B, 0), 1 << 32);
        assert_eq!(number(2, Block::Ab(0), 3), 2 * (1 << 44) + 2 * (1 << 32) + 3);
        assert_eq!(number(0, Block::Ba(4), 0), 11 * (1 << 32));
        let last = number(MOST_REPLICATES - 1, Block::Ba(MOST_GROUPS - 1), u32::MAX);
        assert_eq!(last, (1 << 53) - 1, "exact as a double");
    }
}
