//! What is found: special points, and all that a diagram holds. Knows nothing of how.

use super::branch::{Branch, BranchPoint};
use super::locus::LocusPoint;
use super::walk::End;

/// The kind of a special point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Two equilibria meet and vanish.
    Fold,
    /// A pair of complex eigenvalues crosses the imaginary axis.
    Hopf,
    /// An eigenvalue goes through 0 where the branch does not turn.
    BranchPoint,
    /// A Hopf curve ends on a fold curve with frequency 0.
    BogdanovTakens,
    /// Two fold curves meet.
    Cusp,
    /// The first Lyapunov coefficient vanishes.
    GeneralisedHopf,
}

impl Kind {
    /// Every kind, in the order of its number in files.
    pub const ALL: [Self; 6] =
        [Self::Fold, Self::Hopf, Self::BranchPoint, Self::BogdanovTakens, Self::Cusp, Self::GeneralisedHopf];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fold => "fold",
            Self::Hopf => "hopf",
            Self::BranchPoint => "branch_point",
            Self::BogdanovTakens => "bogdanov_takens",
            Self::Cusp => "cusp",
            Self::GeneralisedHopf => "generalised_hopf",
        }
    }
}

/// Which cycles are born at a Hopf point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criticality {
    /// Cycles that attract within the centre manifold, on the side of the unstable equilibrium.
    Supercritical,
    /// Cycles that repel, on the side of the stable equilibrium.
    Subcritical,
    /// The first Lyapunov coefficient is 0 but for rounding.
    Degenerate,
    /// One of the model's own switches is so near that its derivatives say nothing, or several pairs of eigenvalues cross at
    /// once.
    Undefined,
}

impl Criticality {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supercritical => "supercritical",
            Self::Subcritical => "subcritical",
            Self::Degenerate => "degenerate",
            Self::Undefined => "undefined",
        }
    }
}

/// A point at which something changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Special {
    /// What it is.
    pub kind: Kind,
    /// The first parameter.
    pub along: f64,
    /// The second parameter, where two vary.
    pub with: Option<f64>,
    /// The values of the variables.
    pub state: Vec<f64>,
    /// Of a Hopf point: radian per time unit.
    pub angular_frequency: Option<f64>,
    /// Of a Hopf point: the first Lyapunov coefficient, for an eigenvector of length 1.
    pub lyapunov: Option<f64>,
    /// Of a Hopf point.
    pub criticality: Option<Criticality>,
    /// How many eigenvalues, or at a Hopf point pairs of them, cross at once: more than one where nodes of a network are alike.
    /// Such points are located by their eigenvalues, not solved.
    pub multiplicity: usize,
    /// The largest absolute value of the equations that it solves.
    pub residual: f64,
    /// The branch it lies on, or, of a point that needs two parameters, the curve.
    pub curve: usize,
}

/// A curve of folds, Hopf points or branch points in the plane of two parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Locus {
    /// [`Kind::Fold`], [`Kind::Hopf`] or [`Kind::BranchPoint`].
    pub kind: Kind,
    /// How many eigenvalues, or at Hopf points pairs of them, cross at once.
    pub multiplicity: usize,
    /// Its points, in the order of the curve.
    pub points: Vec<LocusPoint>,
    /// Why it ends at its beginning and at its end.
    pub ends: [End; 2],
}

/// What was not followed, and what may not have been found.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Remainder {
    /// Equilibria that lie on no branch that was followed.
    pub equilibria: usize,
    /// Values of the second parameter at which beginnings of curves were not looked for to the end.
    pub sections: Vec<f64>,
    /// Special points whose curve was not followed.
    pub points: usize,
    /// Of the starts that came to an equilibrium along the first parameter, how many.
    pub starts: usize,
    /// And how many of them came to one that no other start came to: their share is about the chance that one more start finds a
    /// further equilibrium (I. J. Good, Biometrika 40:237, 1953).
    pub alone: usize,
}

impl Remainder {
    /// Whether something that was found was not followed.
    pub fn is_some(&self) -> bool {
        self.equilibria > 0 || self.points > 0 || !self.sections.is_empty()
    }
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Diagram {
    /// Branches of equilibria along the first parameter; none where no equilibrium was found.
    pub branches: Vec<Branch>,
    /// Special points: those on the branches by branch and parameter, then those on the curves.
    pub points: Vec<Special>,
    /// Curves in the plane of both parameters.
    pub loci: Vec<Locus>,
    /// Where no branch was found: an equilibrium that is one of a continuum of them, if there is one.
    pub continuum: Option<BranchPoint>,
    /// What is not in it.
    pub remainder: Remainder,
    /// Special points were not looked for, since the model has too many variables.
    pub is_coarse: bool,
}
