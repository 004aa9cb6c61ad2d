//! The one seam between the machinery (schedule, store) and the physics (simulate): points in, rows out.
//! Knows neither how points are chosen nor what is measured at them.

use crate::table::{Quantity, Table};

/// How a point ended. The numbers are those of the journal and of the map's flag variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum Status {
    /// Measured.
    Ok = 0,
    /// A variable left the model's bound or stopped being a number; `diverged_at` says when.
    Diverged = 1,
    /// The budget of steps was used up before the end of the window.
    StepBudget = 2,
    /// The program panicked at this point; the journal's log says where.
    Panic = 3,
    /// The study's `where` excludes the point.
    Excluded = 4,
    /// Not computed (yet): only a map says this, no experiment does.
    NotComputed = 5,
    /// The process died each time it measured the point, even when it measured nothing else; it is not attempted again.
    Quarantined = 6,
}

impl Status {
    /// Every status, in the order of its number.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Diverged,
        Self::StepBudget,
        Self::Panic,
        Self::Excluded,
        Self::NotComputed,
        Self::Quarantined,
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
        }
    }

    /// The status of a number, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Whether the point was attempted and could not be measured.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Diverged | Self::StepBudget | Self::Panic | Self::Quarantined)
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

/// Points in, rows out. It cannot fail: a point that goes wrong gets a [`Status`].
pub trait Experiment: Sync {
    /// What a row holds, in order.
    fn quantities(&self) -> &[Quantity];

    /// Measures points given by their coordinates, `[column of the space][point]`. A row depends on its own point only,
    /// never on the points beside it, nor on how many there are.
    fn measure(&self, points: &Table) -> Rows;

    /// The regime of a row, as an index into the study's labels; used for progress, and for the map.
    fn classify(&self, status: Status, features: &[f64]) -> u8;
}
