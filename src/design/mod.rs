//! Points that are not a grid: Sobol' points, pick-freeze blocks, latin hypercubes, independent draws, trajectories, and the
//! distributions that turn them into values. A point is a function of seed, replicate and identity; nothing is materialised but the
//! rows of a table. Knows nothing of models, files or threads.

mod distribution;
mod draws;
mod identity;
mod normal;
mod scramble;
mod sobol_points;
mod trajectory;

use crate::table::{Quantity, Table};

pub use distribution::{Bounds, Distribution, DistributionError, Shape};
pub use identity::{Block, MOST_GROUPS, MOST_POINTS, MOST_REPLICATES, PointIdentity};
pub use sobol_points::MOST_COORDINATES;

use scramble::{key, mix};
use sobol_points::Directions;

/// The most levels of a trajectory's grid.
pub const MOST_LEVELS: u64 = 1 << 16;

/// So many points of a coordinate are made at once, for the first cache.
const PIECE: usize = 1024;

/// Which points a design takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Sobol' points.
    Sobol,
    /// Two samples A and B of Sobol' points, and A with each group from B; with `second_order` also B with each group from A.
    Saltelli {
        /// Whether the blocks BA are there.
        second_order: bool,
    },
    /// Latin hypercubes.
    LatinHypercube,
    /// Independent draws.
    Random,
    /// One group moves after the other, over a grid of so many levels (Morris 1991).
    Trajectory {
        /// The levels, an even number.
        levels: u64,
    },
    /// Each group moves from the same Sobol' point to its place in another one (Campolongo, Saltelli & Cariboni 2011).
    Radial,
    /// The rows of a table.
    Table,
}

impl Sampling {
    /// As a study calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sobol => "sobol",
            Self::Saltelli { .. } => "saltelli",
            Self::LatinHypercube => "lhs",
            Self::Random => "random",
            Self::Trajectory { .. } | Self::Radial => "morris",
            Self::Table => "table",
        }
    }

    /// Whether points are rows of a Sobol' sequence.
    pub fn is_of_sobol(self) -> bool {
        matches!(self, Self::Sobol | Self::Saltelli { .. } | Self::Radial)
    }

    /// Whether there are a sample A and a sample B.
    fn is_paired(self) -> bool {
        matches!(self, Self::Saltelli { .. } | Self::Radial)
    }
}

/// What varies as one: a quantity, and those linked to it, which have the same place in distributions of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The quantities with their distributions; the input has the name of the first.
    pub columns: Vec<(Quantity, Distribution)>,
}

impl Input {
    /// Its name.
    ///
    /// # Panics
    /// When it has no column.
    pub fn name(&self) -> &str {
        &self.columns.first().expect("an input has a column").0.name
    }
}

/// Inputs that are swapped or moved together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name; that of its input where it has one.
    pub name: String,
    /// The places of its inputs.
    pub inputs: Vec<usize>,
}

/// How many points, and what decides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Points of a block, or trajectories.
    pub base: u64,
    /// Independent repetitions of the whole.
    pub replicates: u64,
    /// What all draws and scramblings depend on.
    pub seed: u64,
    /// Whether Sobol' points are scrambled; without it they are `k/2^32` and all replicates would be equal.
    pub is_scrambled: bool,
}

/// Why a design cannot be. The message ends with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    /// Sobol' points are balanced in blocks of powers of two.
    #[error(
        "`base` is {base}, and Sobol' points are balanced for powers of two only; take {below} or {above}"
    )]
    NotAPowerOfTwo {
        /// What was asked for.
        base: u64,
        /// The power below.
        below: u64,
        /// The power above.
        above: u64,
    },
    /// Too many points of a block.
    #[error("`base` is {base}, and a block has at most 2^32 points; take fewer")]
    TooManyPoints {
        /// What was asked for.
        base: u64,
    },
    /// Too many replicates.
    #[error(
        "there are {replicates} replicates, and at most {MOST_REPLICATES} are supported; take fewer, and a larger `base`"
    )]
    TooManyReplicates {
        /// What was asked for.
        replicates: u64,
    },
    /// More coordinates than the table of direction numbers has.
    #[error(
        "{inputs} inputs need more than the {MOST_COORDINATES} coordinates of Sobol' points; take at most {most}, or design = \"lhs\""
    )]
    TooManyInputs {
        /// How many there are.
        inputs: usize,
        /// How many there may be.
        most: usize,
    },
    /// More groups than an identity counts.
    #[error(
        "there are {groups} groups, and at most {MOST_GROUPS} are supported; put inputs together in `groups`"
    )]
    TooManyGroups {
        /// How many there are.
        groups: usize,
    },
    /// A grid of an odd number of levels.
    #[error(
        "`levels` is {levels}, and half of the levels must lie above the middle; take an even number from 2 to {MOST_LEVELS}"
    )]
    OddLevels {
        /// How many.
        levels: u64,
    },
    /// Replicates without scrambling.
    #[error(
        "without scrambling all {replicates} replicates are the same points; take `replicates = 1`, or `scramble = \"owen\"`"
    )]
    EqualReplicates {
        /// How many.
        replicates: u64,
    },
    /// An infinite value at an end that the points reach.
    #[error(
        "{points} reach the ends of distributions, and `{input}` has none; give it `truncated = [lo, hi]`, or {instead}"
    )]
    Unbounded {
        /// The quantity.
        input: String,
        /// Which points.
        points: &'static str,
        /// What else could be done.
        instead: &'static str,
    },
}

/// A design: which points, of which inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    sampling: Sampling,
    inputs: Vec<Input>,
    groups: Vec<Group>,
    /// The place of each input's group.
    group_of: Vec<usize>,
    size: Size,
    directions: Directions,
    /// Of a table its rows, `[column][row]`.
    rows: Table,
}

impl Design {
    /// Whether a design of this kind may have this size, whatever its inputs are.
    ///
    /// # Errors
    /// When it has too many points, or numbers that do not fit its kind.
    pub fn check(sampling: Sampling, size: Size) -> Result<(), DesignError> {
        let Size { base, replicates, is_scrambled, .. } = size;
        if base > MOST_POINTS {
            return Err(DesignError::TooManyPoints { base });
        }
        if sampling.is_of_sobol() && !base.is_power_of_two() {
            let above = base.next_power_of_two();
            return Err(DesignError::NotAPowerOfTwo { base, below: (above / 2).max(1), above });
        }
        if replicates > MOST_REPLICATES {
            return Err(DesignError::TooManyReplicates { replicates });
        }
        if let Sampling::Trajectory { levels } = sampling
            && (levels % 2 == 1 || !(2..=MOST_LEVELS).contains(&levels))
        {
            return Err(DesignError::OddLevels { levels });
        }
        if sampling.is_of_sobol() && !is_scrambled && replicates > 1 {
            return Err(DesignError::EqualReplicates { replicates });
        }
        Ok(())
    }

    /// A design. Every input is in exactly one of the groups; a design that neither swaps nor moves any has no use for them.
    ///
    /// # Errors
    /// When it has too many points, inputs or groups, or numbers that do not fit its kind.
    ///
    /// # Panics
    /// When an input is in no group or in several, or there is none.
    pub fn new(
        sampling: Sampling,
        inputs: Vec<Input>,
        groups: Vec<Group>,
        size: Size,
    ) -> Result<Self, DesignError> {
        let mut members: Vec<usize> = groups.iter().flat_map(|group| group.inputs.iter().copied()).collect();
        members.sort_unstable();
        assert!(
            members == (0..inputs.len()).collect::<Vec<_>>() && !inputs.is_empty(),
            "groups part the inputs"
        );
        Self::check(sampling, size)?;
        if groups.len() > MOST_GROUPS {
            return Err(DesignError::TooManyGroups { groups: groups.len() });
        }
        let is_scrambled = size.is_scrambled;
        let needed = inputs.len() * if sampling.is_paired() { 2 } else { 1 };
        if sampling.is_of_sobol() && needed > MOST_COORDINATES {
            let most = MOST_COORDINATES / (needed / inputs.len());
            return Err(DesignError::TooManyInputs { inputs: inputs.len(), most });
        }
        let reaches = match sampling {
            Sampling::Trajectory { .. } => Some(("Morris' trajectories", "`scheme = \"radial\"`")),
            _ if sampling.is_of_sobol() && !is_scrambled => {
                Some(("Sobol' points that are not scrambled", "`scramble = \"owen\"`"))
            }
            _ => None,
        };
        let unbounded = inputs.iter().flat_map(|input| &input.columns).find(|(_, own)| own.is_unbounded());
        if let (Some((points, instead)), Some((quantity, _))) = (reaches, unbounded) {
            return Err(DesignError::Unbounded { input: quantity.name.clone(), points, instead });
        }
        let directions = Directions::new(if sampling.is_of_sobol() { needed } else { 0 });
        let mut group_of = vec![0; inputs.len()];
        for (place, group) in groups.iter().enumerate() {
            group.inputs.iter().for_each(|&input| group_of[input] = place);
        }
        Ok(Self { sampling, inputs, groups, group_of, size, directions, rows: Table::default() })
    }

    /// The rows of a table as points: `rows[quantity][row]`, all finite.
    ///
    /// # Errors
    /// When there are too many.
    ///
    /// # Panics
    /// When there is no row, or another number of quantities than of columns.
    pub fn of_table(quantities: Vec<Quantity>, rows: Table) -> Result<Self, DesignError> {
        assert!(rows.rows() > 0 && rows.width() == quantities.len(), "a table of these quantities");
        let of_column = |(quantity, values): (Quantity, &Vec<f64>)| Input {
            columns: vec![(quantity, Distribution::listed(values))],
        };
        let inputs: Vec<Input> = quantities.into_iter().zip(rows.columns()).map(of_column).collect();
        let group =
            |(place, input): (usize, &Input)| Group { name: input.name().to_owned(), inputs: vec![place] };
        let groups = inputs.iter().enumerate().map(group).collect();
        let size = Size { base: rows.rows() as u64, replicates: 1, seed: 0, is_scrambled: false };
        Ok(Self { rows, ..Self::new(Sampling::Table, inputs, groups, size)? })
    }

    /// The rows of a table, `[column][row]`; of any other design none.
    pub fn rows(&self) -> &Table {
        &self.rows
    }

    /// Which points they are.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// What varies.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What is swapped or moved together.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many points, and what decides them.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All quantities that vary, with their distributions, in the order of the inputs, linked ones behind theirs.
    pub fn columns(&self) -> impl Iterator<Item = &(Quantity, Distribution)> {
        self.inputs.iter().flat_map(|input| &input.columns)
    }

    /// How many blocks a replicate has: 1, g + 1, g + 2 or 2g + 2 for g groups.
    pub fn blocks(&self) -> usize {
        let groups = self.groups.len();
        match self.sampling {
            Sampling::Sobol | Sampling::LatinHypercube | Sampling::Random | Sampling::Table => 1,
            Sampling::Trajectory { .. } | Sampling::Radial => groups + 1,
            Sampling::Saltelli { second_order: false } => groups + 2,
            Sampling::Saltelli { second_order: true } => 2 * groups + 2,
        }
    }

    /// A block by its place in a replicate: A, then B, then of each group AB and BA, as far as there are such; so the numbers of
    /// identities rise with the rows.
    fn block(&self, place: usize) -> Block {
        match self.sampling {
            _ if place == 0 => Block::A,
            Sampling::Saltelli { .. } if place == 1 => Block::B,
            Sampling::Saltelli { second_order: true } if place % 2 == 1 => Block::Ba(place / 2 - 1),
            Sampling::Saltelli { second_order: true } => Block::Ab(place / 2 - 1),
            Sampling::Saltelli { second_order: false } => Block::Ab(place - 2),
            _ => Block::Ab(place - 1),
        }
    }

    /// How many runs there are, below 2^53 as identities are.
    pub fn runs(&self) -> u64 {
        self.size.base * self.blocks() as u64 * self.size.replicates
    }

    /// Where a run stands: by replicate, block and row.
    pub fn identity(&self, run: u64) -> PointIdentity {
        let (block, base_row) = (run / self.size.base, run % self.size.base);
        let blocks = self.blocks() as u64;
        PointIdentity {
            replicate: block / blocks,
            block: self.block((block % blocks) as usize),
            base_row: base_row as u32,
        }
    }

    /// The run that stands somewhere, if there is one.
    pub fn run(&self, own: PointIdentity) -> Option<u64> {
        let PointIdentity { replicate, block, base_row } = own;
        let Size { base, replicates, .. } = self.size;
        let place = self.place(block)? as u64;
        let is_there = replicate < replicates && u64::from(base_row) < base;
        is_there.then(|| (replicate * self.blocks() as u64 + place) * base + u64::from(base_row))
    }

    /// The place of a block in a replicate, if there is such a block.
    fn place(&self, block: Block) -> Option<usize> {
        let place = match (self.sampling, block) {
            (_, Block::A) => 0,
            (Sampling::Saltelli { .. }, Block::B) => 1,
            (Sampling::Saltelli { second_order: true }, Block::Ab(group)) => 2 * group + 2,
            (Sampling::Saltelli { second_order: true }, Block::Ba(group)) => 2 * group + 3,
            (Sampling::Saltelli { second_order: false }, Block::Ab(group)) => group + 2,
            (Sampling::Trajectory { .. } | Sampling::Radial, Block::Ab(group)) => group + 1,
            _ => return None,
        };
        (place < self.blocks()).then_some(place)
    }

    /// The values of all columns at the runs `first .. first + count`, `[column][run]`.
    ///
    /// # Panics
    /// When there are not so many runs.
    pub fn table(&self, first: u64, count: usize) -> Table {
        let columns = self.columns().count();
        let mut table = Table::undefined(columns, count);
        (0..columns).for_each(|column| self.column(column, first, table.column_mut(column)));
        table
    }

    /// The values of a column at the runs from `first` on.
    ///
    /// # Panics
    /// When there are not so many runs, or no such column.
    pub fn column(&self, column: usize, first: u64, values: &mut [f64]) {
        assert!(first + values.len() as u64 <= self.runs(), "runs of the design");
        if self.sampling == Sampling::Table {
            return values.copy_from_slice(&self.rows.column(column)[first as usize..][..values.len()]);
        }
        let columns = self.inputs.iter().enumerate();
        let mut columns =
            columns.flat_map(|(place, input)| input.columns.iter().map(move |own| (place, own)));
        let (input, (_, distribution)) = columns.nth(column).expect("a column of the design");
        let mut done = 0;
        while done < values.len() {
            let own = self.identity(first + done as u64);
            let left = (self.size.base - u64::from(own.base_row)).min((values.len() - done) as u64) as usize;
            let piece = &mut values[done..done + left.min(PIECE)];
            self.unit(own, input, piece);
            distribution.quantiles(piece);
            done += piece.len();
        }
    }

    /// Where some points of a block stand in the distribution of an input, numbers of [0, 1].
    fn unit(&self, own: PointIdentity, input: usize, unit: &mut [f64]) {
        let replicate = key(mix(self.size.seed), own.replicate);
        let group = self.group_of[input];
        match self.sampling {
            Sampling::Table => unreachable!("a table has its values"),
            Sampling::Random => draws::random(key(replicate, input as u64), own.base_row, unit),
            Sampling::LatinHypercube => {
                draws::latin(key(replicate, input as u64), self.size.base, own.base_row, unit);
            }
            Sampling::Trajectory { levels } => {
                let groups = self.groups.len();
                let moving = trajectory::Moving { levels, groups, input, group };
                moving.fill(replicate, own.block.swapped(), own.base_row, unit);
            }
            Sampling::Sobol | Sampling::Saltelli { .. } | Sampling::Radial => {
                let is_of_b = match own.block {
                    Block::A => false,
                    Block::B => true,
                    Block::Ab(swapped) => swapped == group,
                    Block::Ba(swapped) => swapped != group,
                };
                let coordinate = input + if is_of_b { self.inputs.len() } else { 0 };
                let key = self.size.is_scrambled.then(|| key(replicate, coordinate as u64));
                self.coordinate(coordinate, key, own.base_row, unit);
            }
        }
    }

    /// A coordinate of Sobol' points: with a key scrambled, and in the middle of cells of 2^-32; else as they are.
    fn coordinate(&self, coordinate: usize, key: Option<u64>, first: u32, unit: &mut [f64]) {
        const CELL: f64 = 1.0 / 4_294_967_296.0; // 2^-32
        let mut points = [0; PIECE];
        let points = &mut points[..unit.len()];
        self.directions.fill(coordinate, first, points);
        match key {
            Some(key) => {
                for (place, &point) in unit.iter_mut().zip(&*points) {
                    *place = scramble::middle(scramble::owen(point, key));
                }
            }
            None => {
                for (place, point) in unit.iter_mut().zip(&*points) {
                    *place = f64::from(point.reverse_bits()) * CELL;
                }
            }
        }
    }
}

/// The first points of one coordinate of the Sobol' sequence, scrambled by a seed: an input that an analysis can compare with, which has what
/// makes Sobol' points regular, and nothing depends on.
///
/// # Panics
/// When there is no such coordinate, or there are more than 2^32 points.
pub fn idle_coordinate(coordinate: usize, seed: u64, unit: &mut [f64]) {
    let directions = Directions::new(coordinate + 1);
    let key = key(mix(seed), coordinate as u64);
    let mut points = [0; PIECE];
    for (piece, unit) in unit.chunks_mut(PIECE).enumerate() {
        let points = &mut points[..unit.len()];
        let first = u32::try_from(piece * PIECE).expect("at most 2^32 points");
        directions.fill(coordinate, first, points);
        for (place, &point) in unit.iter_mut().zip(&*points) {
            *place = scramble::middle(scramble::owen(point, key));
        }
    }
}

#[cfg(test)]
mod tests;
