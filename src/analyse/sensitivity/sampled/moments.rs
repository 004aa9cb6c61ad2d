//! Pick-freeze estimators: sums of products over the rows of A, B, AB and BA, and the indices that published formulas make of them.
//! Knows no replicates and no intervals.
//!
//! Outputs come with a constant taken off (their mean over A and B), without which an offset destroys the digits of products.

use std::ops::{Add, AddAssign, Sub};

/// How a first-order index is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Products of group means of different replicates, on A and B alone; of one replicate the variance of its group means.
    GroupMeans,
    /// The variance of the group means of each replicate by itself, on A and B alone.
    PlainGroupMeans,
    /// Azzini, Mara & Rosati 2021 (Environ Model Softw 144:105167), which needs BA.
    AzziniRosati,
    /// Saltelli et al. 2010 (Comput Phys Commun 181:259), table 2 (b), of centred outputs.
    Saltelli,
    /// Martinez 2011: a correlation (formula in Baudin et al. 2016, arXiv:1606.00189).
    Martinez,
    /// Jansen 1999 (Comput Phys Commun 117:35).
    Jansen,
    /// Janon et al. 2014 (ESAIM Probab Stat 18:342), after Monod et al. 2006.
    Janon,
    /// Ranks of neighbours (Chatterjee 2021; Gamboa et al. 2022, Electron J Stat 16:2540), of independent points alone.
    Rank,
}

/// How a total-order index is estimated; sources as for the first order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// One minus a correlation.
    Martinez,
    /// Half of the mean squared difference.
    Jansen,
    /// One minus Janon's ratio.
    Janon,
    /// Both squared differences, which needs BA.
    AzziniRosati,
}

impl First {
    /// Its name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::GroupMeans => "group_means",
            Self::PlainGroupMeans => "plain_group_means",
            Self::AzziniRosati => "azzini_rosati",
            Self::Saltelli => "saltelli",
            Self::Martinez => "martinez",
            Self::Jansen => "jansen",
            Self::Janon => "janon",
            Self::Rank => "rank",
        }
    }

    /// Whether it is made of group means and not of pairs of rows.
    pub(super) fn is_of_groups(self) -> bool {
        matches!(self, Self::GroupMeans | Self::PlainGroupMeans)
    }
}

impl Total {
    /// Its name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Martinez => "martinez",
            Self::Jansen => "jansen",
            Self::Janon => "janon",
            Self::AzziniRosati => "azzini_rosati",
        }
    }
}

/// Sums over rows: a of A, b of B, x of AB (A with a group from B), z of BA (B with that group from A).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Products {
    n: f64,
    a: f64,
    b: f64,
    x: f64,
    z: f64,
    aa: f64,
    bb: f64,
    xx: f64,
    zz: f64,
    ab: f64,
    ax: f64,
    bx: f64,
    az: f64,
    bz: f64,
    xz: f64,
}

/// Sums that can weigh more or less.
pub(super) trait Weighted {
    /// Every sum times a number.
    fn weighted(&self, weight: f64) -> Self;
}

/// Makes the operators that go field by field.
macro_rules! fieldwise {
    ($name:ident: $($field:ident)*) => {
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self { $($field: self.$field + other.$field),* }
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self { $($field: self.$field - other.$field),* }
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl Weighted for $name {
            fn weighted(&self, weight: f64) -> Self {
                Self { $($field: self.$field * weight),* }
            }
        }
    };
}

fieldwise!(Products: n a b x z aa bb xx zz ab ax bx az bz xz);
fieldwise!(Moments: variance variance_a variance_b variance_x variance_x_of_b covariance_ax covariance_bx difference_ax difference_bx saltelli
    janon_first janon_first_whole janon_total janon_total_whole azzini_first azzini_total azzini_whole);

impl Products {
    /// Adds a row.
    pub(super) fn row(&mut self, a: f64, b: f64, x: f64, z: f64) {
        self.n += 1.0;
        self.a += a;
        self.b += b;
        self.x += x;
        self.z += z;
        self.aa += a * a;
        self.bb += b * b;
        self.xx += x * x;
        self.zz += z * z;
        self.ab += a * b;
        self.ax += a * x;
        self.bx += b * x;
        self.az += a * z;
        self.bz += b * z;
        self.xz += x * z;
    }

    /// What the estimators are made of.
    ///
    /// Where x equals a in every row, their sums are equal bit for bit: every difference that an input without effect gives is exactly 0.
    pub(super) fn moments(&self) -> Moments {
        let n = self.n;
        let (a, b, x) = (self.a / n, self.b / n, self.x / n);
        let half = f64::midpoint;
        let (mean, mean_bx, mean_ax) = (half(a, b), half(b, x), half(a, x));
        Moments {
            variance: half(self.aa, self.bb) / n - mean * mean,
            variance_a: self.aa / n - a * a,
            variance_b: self.bb / n - b * b,
            variance_x: self.xx / n - x * x,
            variance_x_of_b: self.xx / n - x * x,
            covariance_ax: self.ax / n - a * x,
            covariance_bx: self.bx / n - b * x,
            difference_ax: (self.aa - 2.0 * self.ax + self.xx) / n,
            difference_bx: (self.bb - 2.0 * self.bx + self.xx) / n,
            saltelli: (self.bx - self.ab) / n,
            janon_first: self.bx / n - mean_bx * mean_bx,
            janon_first_whole: half(self.bb, self.xx) / n - mean_bx * mean_bx,
            janon_total: self.ax / n - mean_ax * mean_ax,
            janon_total_whole: half(self.aa, self.xx) / n - mean_ax * mean_ax,
            // 2 sum (a - x)(z - b), sum (a - x)^2 + (b - z)^2, sum (a - b)^2 + (x - z)^2.
            azzini_first: 2.0 * ((self.az - self.xz) + (self.bx - self.ab)) / n,
            azzini_total: ((self.aa - 2.0 * self.ax + self.xx) + (self.bb - 2.0 * self.bz + self.zz)) / n,
            azzini_whole: ((self.aa - 2.0 * self.ab + self.bb) + (self.xx - 2.0 * self.xz + self.zz)) / n,
        }
    }
}

/// What each estimator compares: of which of a, b, x and z values have to be defined.
pub(super) const COMPARED: [[bool; 4]; 6] = [
    [true, false, false, false],
    [false, true, false, false],
    [true, false, true, false],
    [false, true, true, false],
    [true, true, true, false],
    [true, true, true, true],
];

/// Moments of the four outputs; those of several outputs may be added, which makes the index of all together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    variance: f64,
    variance_a: f64,
    variance_b: f64,
    variance_x: f64,
    /// Over the rows that b is compared with, which are others where values are undefined.
    variance_x_of_b: f64,
    covariance_ax: f64,
    covariance_bx: f64,
    difference_ax: f64,
    difference_bx: f64,
    saltelli: f64,
    janon_first: f64,
    janon_first_whole: f64,
    janon_total: f64,
    janon_total_whole: f64,
    azzini_first: f64,
    azzini_total: f64,
    azzini_whole: f64,
}

impl Moments {
    /// Those of sums over the rows of each of [`COMPARED`]: a value that is undefined is missing in its own comparisons alone.
    pub(super) fn of_defined([a, b, ax, bx, abx, abxz]: [&Products; 6]) -> Self {
        let count = a.n + b.n;
        let mean = (a.a + b.b) / count;
        let variance = (a.aa + b.bb) / count - mean * mean;
        let (total, first, both, four) = (ax.moments(), bx.moments(), abx.moments(), abxz.moments());
        Self {
            variance,
            variance_b: first.variance_b,
            variance_x_of_b: first.variance_x,
            covariance_bx: first.covariance_bx,
            difference_bx: first.difference_bx,
            saltelli: both.saltelli,
            janon_first: first.janon_first,
            janon_first_whole: first.janon_first_whole,
            azzini_first: four.azzini_first,
            azzini_total: four.azzini_total,
            azzini_whole: four.azzini_whole,
            ..total
        }
    }

    /// Whether swapping the group changes nothing, or everything else does: then indices are exact, and have no interval.
    pub(super) fn is_exact(&self) -> bool {
        self.does_nothing() || self.does_all()
    }

    /// The variance over A and B.
    pub(super) fn variance(&self) -> f64 {
        self.variance
    }

    /// Whether swapping everything else changes nothing.
    pub(super) fn does_all(&self) -> bool {
        self.difference_bx == 0.0
    }

    /// Whether swapping the group changes nothing.
    pub(super) fn does_nothing(&self) -> bool {
        self.difference_ax == 0.0
    }

    /// The first-order index; no number where it is 0/0.
    pub(super) fn first(&self, estimator: First) -> f64 {
        match estimator {
            First::Saltelli => self.saltelli / self.variance,
            First::Martinez => self.covariance_bx / (self.variance_b * self.variance_x_of_b).sqrt(),
            First::Jansen => 1.0 - self.difference_bx / (2.0 * self.variance),
            First::Janon => self.janon_first / self.janon_first_whole,
            First::AzziniRosati => self.azzini_first / self.azzini_whole,
            First::GroupMeans | First::PlainGroupMeans | First::Rank => f64::NAN,
        }
    }

    /// The total-order index; no number where it is 0/0.
    pub(super) fn total(&self, estimator: Total) -> f64 {
        match estimator {
            Total::Martinez => {
                let whole = (self.variance_a * self.variance_x).sqrt();
                (whole - self.covariance_ax) / whole
            }
            Total::Jansen => self.difference_ax / (2.0 * self.variance),
            Total::Janon => (self.janon_total_whole - self.janon_total) / self.janon_total_whole,
            Total::AzziniRosati => self.azzini_total / self.azzini_whole,
        }
    }
}

/// Sums over rows for a pair of groups.
///
/// `S2 = sum((x_j - a)(z_k - b) + (x_k - a)(z_j - b)) / 2nV`: what swapping j in A and k in B changes together. Multiplied out it is
/// Saltelli's (2002, Comput Phys Commun 145:280) mean of products of BA and AB, over both orders of the pair, less the symmetric form of his
/// first-order terms with the same rows, so that it is exactly 0 where one of the pair does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PairProducts {
    n: f64,
    a: f64,
    b: f64,
    squares: f64,
    product: f64,
}

fieldwise!(PairProducts: n a b squares product);

impl PairProducts {
    /// Adds a row: a, b, and x and z of either group.
    pub(super) fn row(&mut self, a: f64, b: f64, one: [f64; 2], other: [f64; 2]) {
        self.n += 1.0;
        self.a += a;
        self.b += b;
        self.squares += a * a + b * b;
        self.product += (one[0] - a) * (other[1] - b) + (other[0] - a) * (one[1] - b);
    }

    /// The variance that the pair explains beyond its parts, and the whole.
    pub(super) fn parts(&self) -> Ratio {
        let mean = (self.a + self.b) / (2.0 * self.n);
        Ratio { part: self.product / (2.0 * self.n), whole: self.squares / (2.0 * self.n) - mean * mean }
    }
}

/// A part of a variance and the variance; those of several outputs may be added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ratio {
    pub(super) part: f64,
    pub(super) whole: f64,
}

fieldwise!(Ratio: part whole);

impl Ratio {
    /// The index.
    pub(super) fn index(&self) -> f64 {
        self.part / self.whole
    }
}
