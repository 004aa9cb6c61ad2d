//! The one seam between the machinery (schedule, store) and the physics (simulate): points in, rows out.
//! Knows neither how points are chosen nor what is measured at them.

use crate::table::{Quantity, Table};

/// How a point ended. The numbers are those of the journal and of the map's flag variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum Status {
    /// Measured.
    Ok = 0,
    /// A variable left the model's bound; `diverged_at` says when.
    Diverged = 1,
    /// Reserved: earlier versions wrote it where a budget of steps was used up. No experiment gives it.
    StepBudget = 2,
    /// The program panicked at this point; the journal's log says where.
    Panic = 3,
    /// The study's `where` excludes the point.
    Excluded = 4,
    /// Not computed (yet): only a map says this, no experiment does.
    NotComputed = 5,
    /// The process died each time it measured the point, even when it measured nothing else; it is not attempted again.
    Quarantined = 6,
    /// A variable stopped being a number while all were inside the bound, as by 0/0; `diverged_at` says when.
    Singular = 7,
}

impl Status {
    /// Every status, in the order of its number.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Diverged,
        Self::StepBudget,
        Self::Panic,
        Self::Excluded,
        Self::NotComputed,
        Self::Quarantined,
        Self::Singular,
    ];

    /// The word in a map's `flag_meanings`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Diverged => "diverged",
            Self::StepBudget => "step_budget",
            Self::Panic => "panic",
            Self::Excluded => "excluded",
            Self::NotComputed => "not_computed",
            Self::Quarantined => "quarantined",
            Self::Singular => "singular",
        }
    }

    /// The status of a number, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Whether the point was attempted and could not be measured.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Diverged | Self::StepBudget | Self::Panic | Self::Quarantined | Self::Singular)
    }
}

/// What was measured at a run of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// How each point ended, `[point]`.
    pub status: Vec<Status>,
    /// The measured quantities, `[quantity][point]`, in the order of [`Experiment::quantities`]. NaN is canonical.
    pub features: Table,
}

/// How far a point has come that is not measured to its end: what an experiment goes on from, in its own terms.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Halfway {
    /// Whole numbers: which program this is about, positions in it, lengths, counters of random numbers.
    pub counts: Vec<u64>,
    /// Numbers: states, accumulators, samples, histories.
    pub values: Vec<f64>,
}

/// Where the measurement of a point stands.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Standing {
    /// It is not begun.
    #[default]
    Ahead,
    /// It is begun.
    Begun(Halfway),
    /// It has ended: its status, and its features in the order of [`Experiment::quantities`].
    Ended(Status, Vec<f64>),
}

/// What came of an attempt to measure points.
#[derive(Clone, Debug, PartialEq)]
pub enum Attempt {
    /// All of them are measured.
    Measured(Rows),
    /// It was interrupted.
    Interrupted {
        /// So far each of them has come, `[point]`.
        standings: Vec<Standing>,
        /// About the part of all their work that is done, from 0 to 1.
        part: f64,
    },
}

/// Whether a measurement should be interrupted. Asked again and again; it costs next to nothing.
pub trait Interruption {
    /// Whether it should pause wherever it can say where it stands.
    fn is_wished(&self) -> bool;

    /// Whether it should end at once, even where what it is at is lost.
    fn is_urgent(&self) -> bool;
}

/// No interruption.
#[derive(Clone, Copy, Debug)]
pub struct Undisturbed;

impl Interruption for Undisturbed {
    fn is_wished(&self) -> bool {
        false
    }

    fn is_urgent(&self) -> bool {
        false
    }
}

/// Points in, rows out. It cannot fail: a point that goes wrong gets a [`Status`].
pub trait Experiment: Sync {
    /// What a row holds, in order.
    fn quantities(&self) -> &[Quantity];

    /// Measures points given by their coordinates, `[column of the space][point]`. A row depends on its own point only,
    /// never on the points beside it, nor on how many there are.
    fn measure(&self, points: &Table) -> Rows;

    /// The same from where each point stands, `[point]`, or from the beginning where nothing is given, until an interruption.
    /// Rows do not depend on how often that happens. What another program has left in a [`Standing`] is not taken.
    ///
    /// An experiment whose points are quick may leave this out: it is then never interrupted.
    fn attempt(
        &self,
        points: &Table,
        _standings: Vec<Standing>,
        _interruption: &dyn Interruption,
    ) -> Attempt {
        Attempt::Measured(self.measure(points))
    }

    /// How many consecutive points go on from each other, and are therefore measured together or not at all; they do not begin
    /// within such a run.
    fn points_of_a_chain(&self) -> u32 {
        1
    }

    /// The regime of a row, as an index into the study's labels; used for progress, and for the map.
    fn classify(&self, status: Status, features: &[f64]) -> u8;
}
