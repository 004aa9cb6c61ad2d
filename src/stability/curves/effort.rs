//! How much is done before no further curve is begun: a network of bistable nodes has more equilibria than can be followed. Counted in
//! operations and not in seconds, so that the same is found on every machine.

/// Operations after which no further curve of a kind is begun, where nothing else is said; some three minutes of one core.
pub const USUAL_WORK: f64 = 1e12;
/// Numbers that are kept; a quarter of a gigabyte.
const MOST_NUMBERS: f64 = 3.2e7;
/// Operations of a step, over the cube of the unknowns: Newton's method, the tangent, the eigenvalues.
const PER_STEP: f64 = 12.0;
/// Operations of one curve.
const MOST_OF_ONE: f64 = 6e11;

/// What was done.
#[derive(Clone, Debug)]
pub(super) struct Effort {
    most: f64,
    work: f64,
    numbers: f64,
}

impl Effort {
    /// Nothing done yet, of at most so many operations.
    pub(super) fn of(most: f64) -> Self {
        Self { most, work: 0.0, numbers: 0.0 }
    }

    /// Takes a curve in: how many points, and of how many unknowns.
    pub(super) fn add(&mut self, points: usize, unknowns: usize) {
        self.work += points as f64 * step(unknowns);
        self.numbers += (points * unknowns) as f64;
    }

    /// Whether no further curve is to be begun.
    pub(super) fn is_spent(&self) -> bool {
        self.work > self.most || self.numbers > MOST_NUMBERS
    }
}

/// The most points of one curve.
pub(super) fn most_points(unknowns: usize) -> usize {
    const MOST: f64 = 20_000.0;
    const LEAST: f64 = 1000.0;
    (MOST_OF_ONE / step(unknowns)).clamp(LEAST, MOST) as usize
}

fn step(unknowns: usize) -> f64 {
    PER_STEP * (unknowns as f64).powi(3)
}
