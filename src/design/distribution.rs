//! Distributions of inputs: from a number of (0, 1) to a value, by arithmetic and the crate `libm`, so that the bits are the same
//! everywhere. Knows nothing of points.

use std::fmt;

use super::normal;

/// The shape of a distribution.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Equally likely between two ends; linked inputs may fall from the first to the second.
    Uniform([f64; 2]),
    /// Its logarithm is uniform; both ends above 0.
    LogUniform([f64; 2]),
    /// Mean and standard deviation.
    Normal([f64; 2]),
    /// Mean and standard deviation of its logarithm.
    LogNormal([f64; 2]),
    /// Least, most likely and largest value.
    Triangular([f64; 3]),
    /// Values with the part of all cases that each and those before it make up; the last part is 1.
    Discrete(Vec<(f64, f64)>),
    /// The values of a table, or of a long one so many quantiles, in rising order, each as likely as any other.
    Listed(Vec<f64>),
}

/// What happens to the parts of a distribution beyond two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// The distribution goes as far as it does.
    None,
    /// What lies beyond does not occur; the rest is as likely as before, relative to each other.
    Truncated([f64; 2]),
    /// What lies beyond is moved to the bound.
    Winsorised([f64; 2]),
}

/// Why a distribution cannot be. The message ends with the remedy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// Ends in the wrong order, or equal.
    #[error("the ends {from} and {to} are not in order; swap them")]
    Ends {
        /// The first.
        from: f64,
        /// The second.
        to: f64,
    },
    /// Two equal ends.
    #[error(
        "both ends are {at}, so that nothing varies; give two different ends, or `set` the parameter in [model]"
    )]
    Equal {
        /// Both.
        at: f64,
    },
    /// Ends so far apart that their difference is infinite.
    #[error("the ends {from} and {to} are farther apart than numbers reach; give nearer ends")]
    TooFar {
        /// The first.
        from: f64,
        /// The second.
        to: f64,
    },
    /// A logarithm of what is not positive.
    #[error(
        "a log-uniform input needs two ends above 0, and one is {at}; give two such ends, or use `uniform`"
    )]
    NotPositive {
        /// The end.
        at: f64,
    },
    /// A standard deviation that is none.
    #[error("the standard deviation is {value}; give one above 0")]
    Spread {
        /// It.
        value: f64,
    },
    /// The mode lies outside.
    #[error("the mode {mode} does not lie between {from} and {to}; give `[least, mode, largest]`")]
    Mode {
        /// The mode.
        mode: f64,
        /// The least value.
        from: f64,
        /// The largest.
        to: f64,
    },
    /// Fewer than two values.
    #[error("a discrete input needs at least two values; give more, or `set` the parameter in [model]")]
    Few,
    /// The same value twice.
    #[error("the value {value} is listed twice; list it once, with a larger weight")]
    Twice {
        /// The value.
        value: f64,
    },
    /// Weights that are none.
    #[error("a weight is {weight}; give each value a finite weight above 0")]
    Weight {
        /// The weight.
        weight: f64,
    },
    /// Another number of weights than of values.
    #[error("there are {weights} weights of {values} values; give one for each")]
    Weights {
        /// How many weights.
        weights: usize,
        /// How many values.
        values: usize,
    },
    /// Values that are not numbers any more.
    #[error("its largest values are infinite; give a smaller mean or standard deviation")]
    Infinite,
    /// Bounds of a distribution that has ends or values of its own.
    #[error("{shape} is not truncated; write the narrower {instead} instead")]
    OwnEnds {
        /// The distribution.
        shape: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// Bounds between which nearly nothing lies.
    #[error("no part of the distribution lies between {from} and {to}; give bounds nearer to its middle")]
    Nothing {
        /// The lower bound.
        from: f64,
        /// The upper bound.
        to: f64,
    },
}

/// A distribution of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    shape: Shape,
    bounds: Bounds,
    /// Of a truncated one: the parts below its bounds and beyond them, and the part between.
    cut: Cut,
}

/// Parts of a distribution below the lower bound, above the upper bound, and between them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    below: f64,
    above: f64,
    between: f64,
}

/// So many quantiles of a table's values are kept.
const MOST_LISTED: usize = 4096;

const WHOLE: Cut = Cut { below: 0.0, above: 0.0, between: 1.0 };

impl Distribution {
    /// A distribution. Ends of a `linked` input may fall.
    ///
    /// # Errors
    /// When the numbers are none of such a distribution.
    pub fn new(shape: Shape, bounds: Bounds, linked: bool) -> Result<Self, DistributionError> {
        check(&shape, linked)?;
        let mut cut = WHOLE;
        if let Bounds::Truncated([from, to]) | Bounds::Winsorised([from, to]) = bounds {
            ordered(from, to)?;
            let is_cut = matches!(bounds, Bounds::Truncated(_));
            match shape {
                Shape::Discrete(_) | Shape::Listed(_) => {
                    return Err(DistributionError::OwnEnds {
                        shape: "a discrete input",
                        instead: "list of values",
                    });
                }
                Shape::Uniform(_) | Shape::LogUniform(_) if is_cut => {
                    let shape = if matches!(shape, Shape::Uniform(_)) {
                        "a uniform input"
                    } else {
                        "a log-uniform input"
                    };
                    return Err(DistributionError::OwnEnds { shape, instead: "range" });
                }
                _ => {}
            }
            if is_cut {
                cut = Cut::new(&shape, from, to);
                // Below the smallest normal number tails lose their digits.
                if cut.between < f64::MIN_POSITIVE {
                    return Err(DistributionError::Nothing { from, to });
                }
            }
        }
        Ok(Self { shape, bounds, cut })
    }

    /// Equally likely values, or by weights.
    ///
    /// # Errors
    /// When there are fewer than two values, one twice, or weights that are none.
    pub fn discrete(values: &[f64], weights: Option<&[f64]>) -> Result<Self, DistributionError> {
        if let Some(weights) = weights
            && weights.len() != values.len()
        {
            return Err(DistributionError::Weights { weights: weights.len(), values: values.len() });
        }
        if values.len() < 2 {
            return Err(DistributionError::Few);
        }
        let twice = values.iter().enumerate().find(|(number, value)| values[..*number].contains(value));
        if let Some((_, &value)) = twice {
            return Err(DistributionError::Twice { value });
        }
        let weight = |number: usize| weights.map_or(1.0, |weights| weights[number]);
        if let Some(weight) =
            (0..values.len()).map(weight).find(|weight| !(*weight > 0.0 && *weight < f64::INFINITY))
        {
            return Err(DistributionError::Weight { weight });
        }
        // Divided by the largest first, so that no sum is infinite.
        let largest = (0..values.len()).map(weight).fold(0.0, f64::max);
        let total: f64 = (0..values.len()).map(|number| weight(number) / largest).sum();
        let mut sum = 0.0;
        let steps = values.iter().enumerate().map(|(number, &value)| {
            sum += weight(number) / largest;
            (value, sum / total)
        });
        Self::new(Shape::Discrete(steps.collect()), Bounds::None, false)
    }

    /// The values of a table as they occur, finite and at least one; of a long one its quantiles.
    pub(super) fn listed(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        let (rows, last) = (values.len(), values[values.len() - 1]);
        if rows > MOST_LISTED {
            values = (0..MOST_LISTED).map(|place| values[place * rows / MOST_LISTED]).chain([last]).collect();
        }
        Self { shape: Shape::Listed(values), bounds: Bounds::None, cut: WHOLE }
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether `u` at 0 or 1 would give an infinite value.
    pub fn is_unbounded(&self) -> bool {
        matches!(self.shape, Shape::Normal(_) | Shape::LogNormal(_)) && self.bounds == Bounds::None
    }

    /// The ends of its range, the smaller first; nothing where it goes to infinity.
    pub fn ends(&self) -> Option<[f64; 2]> {
        let mut ends = [0.0, 1.0];
        self.quantiles(&mut ends);
        let [low, high] = [ends[0].min(ends[1]), ends[0].max(ends[1])];
        (low.is_finite() && high.is_finite()).then_some([low, high])
    }

    /// Turns numbers of [0, 1] into values, in place.
    pub fn quantiles(&self, u: &mut [f64]) {
        match self.shape {
            Shape::Uniform([from, to]) => {
                let span = to - from;
                each(u, |u| if u < 1.0 { from + span * u } else { to });
            }
            Shape::LogUniform([from, to]) => {
                let (start, span) = (libm::log(from), libm::log(to) - libm::log(from));
                let (low, high) = (from.min(to), from.max(to));
                let inner = |u: f64| libm::exp(start + span * u).clamp(low, high);
                each(u, |u| {
                    if u <= 0.0 {
                        from
                    } else if u < 1.0 {
                        inner(u)
                    } else {
                        to
                    }
                });
            }
            Shape::Normal([mean, deviation]) => {
                let cut = self.cut;
                each(u, |u| mean + deviation * cut.normal(u));
            }
            Shape::LogNormal([mean, deviation]) => {
                let cut = self.cut;
                each(u, |u| libm::exp(mean + deviation * cut.normal(u)));
            }
            Shape::Triangular(corners) => {
                let cut = self.cut;
                each(u, |u| {
                    let (below, above) = cut.parts(u);
                    triangular(corners, below, above)
                });
            }
            Shape::Discrete(ref steps) => each(u, |u| {
                let at = steps.partition_point(|(_, part)| *part <= u).min(steps.len() - 1);
                steps[at].0
            }),
            Shape::Listed(ref values) => {
                each(u, |u| values[((u * values.len() as f64) as usize).min(values.len() - 1)]);
            }
        }
        if let Bounds::Truncated([from, to]) | Bounds::Winsorised([from, to]) = self.bounds {
            each(u, |value| value.clamp(from, to));
        }
    }
}

fn each(values: &mut [f64], function: impl Fn(f64) -> f64) {
    for value in values {
        *value = function(*value);
    }
}

impl Cut {
    fn new(shape: &Shape, from: f64, to: f64) -> Self {
        let of_normal = |mean: f64, deviation: f64, from: f64, to: f64| {
            let (low, high) = ((from - mean) / deviation, (to - mean) / deviation);
            let (below, above) = (normal::below(low), normal::below(-high));
            // The difference of two small numbers rather than of two near 1.
            let between = if low > 0.0 {
                normal::below(-low) - above
            } else if high < 0.0 {
                normal::below(high) - below
            } else {
                1.0 - below - above
            };
            Self { below, above, between }
        };
        match *shape {
            Shape::Normal([mean, deviation]) => of_normal(mean, deviation, from, to),
            Shape::LogNormal([mean, deviation]) => {
                let log = |x: f64| if x > 0.0 { libm::log(x) } else { f64::NEG_INFINITY };
                of_normal(mean, deviation, log(from), log(to))
            }
            Shape::Triangular([least, mode, largest]) => {
                let side = |x: f64, end: f64, span: f64| (x - end) / (largest - least) * ((x - end) / span);
                let (from, to) = (from.clamp(least, largest), to.clamp(least, largest));
                let below = if from <= mode {
                    if from > least { side(from, least, mode - least) } else { 0.0 }
                } else {
                    1.0 - side(from, largest, largest - mode)
                };
                let above = if to >= mode {
                    if to < largest { side(to, largest, largest - mode) } else { 0.0 }
                } else {
                    1.0 - side(to, least, mode - least)
                };
                Self { below, above, between: (1.0 - below - above).max(0.0) }
            }
            _ => WHOLE,
        }
    }

    /// The parts below and above the place that divides what lies between the bounds at `u`.
    fn parts(self, u: f64) -> (f64, f64) {
        (self.below + u * self.between, self.above + (1.0 - u) * self.between)
    }

    /// The standard normal quantile, from the nearer side, so that a far tail keeps its digits.
    fn normal(self, u: f64) -> f64 {
        let (below, above) = self.parts(u);
        if below <= above { normal::quantile(below) } else { -normal::quantile(above) }
    }
}

/// The quantile of a triangular distribution by the parts below and above it.
fn triangular([least, mode, largest]: [f64; 3], below: f64, above: f64) -> f64 {
    let span = largest - least;
    let (rise, fall) = (mode - least, largest - mode);
    if below * span <= rise {
        let from_end = (below * span * rise).sqrt();
        let value = least + from_end;
        // From the nearer of both corners, so that digits stay where that one is 0.
        if from_end <= rise / 2.0 {
            value
        } else {
            mode - rise * (above * span - fall).max(0.0) / (rise + from_end)
        }
    } else {
        let from_end = (above * span * fall).sqrt();
        let value = largest - from_end;
        if from_end <= fall / 2.0 {
            value
        } else {
            mode + fall * (below * span - rise).max(0.0) / (fall + from_end)
        }
    }
}

fn ordered(from: f64, to: f64) -> Result<(), DistributionError> {
    match from.partial_cmp(&to) {
        Some(std::cmp::Ordering::Less) => Ok(()),
        Some(std::cmp::Ordering::Equal) => Err(DistributionError::Equal { at: from }),
        _ => Err(DistributionError::Ends { from, to }),
    }
}

fn check(shape: &Shape, linked: bool) -> Result<(), DistributionError> {
    match *shape {
        Shape::Uniform([from, to]) | Shape::LogUniform([from, to]) => {
            ordered(from, to).or_else(|error| {
                let falls = matches!(error, DistributionError::Ends { .. });
                if falls && linked { Ok(()) } else { Err(error) }
            })?;
            if matches!(shape, Shape::LogUniform(_)) && from.min(to) <= 0.0 {
                return Err(DistributionError::NotPositive { at: from.min(to) });
            }
            if (to - from).is_finite() { Ok(()) } else { Err(DistributionError::TooFar { from, to }) }
        }
        Shape::Normal([mean, value]) | Shape::LogNormal([mean, value]) => {
            if value <= 0.0 {
                return Err(DistributionError::Spread { value });
            }
            // No draw lies farther than 8.3 standard deviations from the mean, where the tail holds 2^-53.
            let farthest = mean.abs() + 8.3 * value;
            let most = if matches!(shape, Shape::LogNormal(_)) { 700.0 } else { f64::MAX };
            if farthest <= most { Ok(()) } else { Err(DistributionError::Infinite) }
        }
        Shape::Triangular([from, mode, to]) => {
            ordered(from, to)?;
            if !(to - from).is_finite() {
                return Err(DistributionError::TooFar { from, to });
            }
            if (from..=to).contains(&mode) { Ok(()) } else { Err(DistributionError::Mode { mode, from, to }) }
        }
        Shape::Discrete(_) | Shape::Listed(_) => Ok(()),
    }
}

impl fmt::Display for Distribution {
    /// As a study writes it: `uniform = [2.6, 3.9]`, `normal = [0.0, 1.0], truncated = [-2.0, 2.0]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Uniform(ends) => write!(formatter, "uniform = {ends:?}"),
            Shape::LogUniform(ends) => write!(formatter, "loguniform = {ends:?}"),
            Shape::Normal(own) => write!(formatter, "normal = {own:?}"),
            Shape::LogNormal(own) => write!(formatter, "lognormal = {own:?}"),
            Shape::Triangular(own) => write!(formatter, "triangular = {own:?}"),
            Shape::Listed(values) => {
                let [from, to] = [values.first(), values.last()].map(|end| end.copied().unwrap_or(f64::NAN));
                write!(formatter, "of a table, from {from:?} to {to:?}")
            }
            Shape::Discrete(steps) => {
                let values: Vec<f64> = steps.iter().map(|(value, _)| *value).collect();
                let mut before = 0.0;
                let weight = |(_, part): &(f64, f64)| part - std::mem::replace(&mut before, *part);
                let weights: Vec<f64> = steps.iter().map(weight).collect();
                write!(formatter, "discrete = {values:?}, weights = {weights:?}")
            }
        }?;
        match self.bounds {
            Bounds::None => Ok(()),
            Bounds::Truncated(ends) => write!(formatter, ", truncated = {ends:?}"),
            Bounds::Winsorised(ends) => write!(formatter, ", winsorised = {ends:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantile(shape: Shape, bounds: Bounds, u: f64) -> f64 {
        let mut values = [u];
        Distribution::new(shape, bounds, true).expect("a distribution").quantiles(&mut values);
        values[0]
    }

    /// Places in a distribution: 2^-33, some between, 1 - 2^-33.
    const PLACES: [f64; 7] =
        [1.0 / 8_589_934_592.0, 0.001, 0.25, 0.4375, 0.75, 0.999, 1.0 - 1.0 / 8_589_934_592.0];

    #[track_caller]
    fn assert_quantiles(shape: Shape, bounds: Bounds, wanted: [f64; 7]) {
        let distribution = Distribution::new(shape, bounds, false).expect("a distribution");
        let mut found = PLACES;
        distribution.quantiles(&mut found);
        for (found, wanted) in found.into_iter().zip(wanted) {
            assert!((found - wanted).abs() <= 1e-12 * wanted.abs(), "{distribution}: {found:e}, {wanted:e}");
        }
    }

    // mpmath 1.4.1 with 50 digits: closed forms, and roots of the distribution functions.
    #[test]
    fn quantiles_are_exact_to_1e_12() {
        assert_quantiles(
            Shape::LogUniform([1e-3, 1e3]),
            Bounds::None,
            [
                0.001_000_000_001_608_337_2,
                0.001_013_911_385_736_679_3,
                0.031_622_776_601_683_79,
                0.421_696_503_428_582_2,
                31.622_776_601_683_793,
                986.279_485_631_210_5,
                999.999_998_391_662_9,
            ],
        );
        assert_quantiles(
            Shape::LogUniform([1e-200, 1e200]),
            Bounds::None,
            [
                1.000_000_107_222_479_5e-200,
                2.511_886_431_509_58e-200,
                1e-100,
                9.999_999_999_999_999e-26,
                1e100,
                3.981_071_705_534_969e199,
                9.999_998_927_775_318e199,
            ],
        );
        assert_quantiles(
            Shape::Normal([3.0, 0.5]),
            Bounds::None,
            [
                -0.168_978_877_276_894_62,
                1.454_883_846_916_093_2,
                2.662_755_124_901_959,
                2.921_344_657_694_915,
                3.337_244_875_098_041,
                4.545_116_153_083_907,
                6.168_978_877_276_895,
            ],
        );
        assert_quantiles(
            Shape::LogNormal([1.0, 2.0]),
            Bounds::None,
            [
                8.495_996_468_698_763e-06,
                0.005_625_392_180_548_619,
                0.705_407_590_700_711_6,
                1.984_523_094_829_884_9,
                10.474_874_663_016_859,
                1_313.518_393_345_159_7,
                869_710.354_300_835_8,
            ],
        );
        assert_quantiles(
            Shape::Triangular([1.0, 2.0, 5.0]),
            Bounds::None,
            [
                1.000_021_579_186_437_5,
                1.063_245_553_203_367_6,
                2.0,
                2.401_923_788_646_684,
                3.267_949_192_431_123,
                4.890_455_488_498_967,
                4.999_962_623_752_704,
            ],
        );
        assert_quantiles(
            Shape::Triangular([0.0, 0.0, 5.0]),
            Bounds::None,
            [
                2.910_383_045_758_073_7e-10,
                0.002_500_625_312_695_449,
                0.669_872_981_077_806_8,
                1.25,
                2.5,
                4.841_886_116_991_581,
                4.999_946_052_033_906_5,
            ],
        );
    }

    #[test]
    fn truncated_quantiles_are_exact_to_1e_12_in_far_tails_too() {
        assert_quantiles(
            Shape::Normal([0.0, 1.0]),
            Bounds::Truncated([-1.0, 9.0]),
            [
                -0.999_999_999_595_217_9,
                -0.996_528_972_193_209_5,
                -0.334_525_726_694_433_1,
                0.067_086_502_254_563_83,
                0.805_255_296_032_874_5,
                3.141_179_357_253_183,
                6.364_528_271_861_839,
            ],
        );
        assert_quantiles(
            Shape::Normal([0.0, 1.0]),
            Bounds::Truncated([6.0, 9.0]),
            [
                6.000_000_000_018_903,
                6.000_162_456_812_521,
                6.046_541_477_810_142,
                6.092_744_537_352_594,
                6.221_223_198_296_107,
                7.036_366_477_778_471,
                8.922_610_166_053_644,
            ],
        );
        assert_quantiles(
            Shape::Normal([0.0, 1.0]),
            Bounds::Truncated([-9.0, -6.0]),
            [
                -8.922_610_166_053_644,
                -7.036_366_477_778_471,
                -6.221_223_198_296_107,
                -6.132_835_464_508_373,
                -6.046_541_477_810_142,
                -6.000_162_456_812_521,
                -6.000_000_000_018_903,
            ],
        );
        assert_quantiles(
            Shape::LogNormal([0.0, 1.0]),
            Bounds::Truncated([0.135_335_283_236_612_7, std::f64::consts::E]),
            [
                0.135_335_283_475_486_76,
                0.137_371_947_604_572_7,
                0.473_577_017_435_566_1,
                0.738_483_469_387_646_6,
                1.418_558_803_754_268_2,
                2.709_116_783_259_122_8,
                2.718_281_827_388_486,
            ],
        );
        assert_quantiles(
            Shape::Triangular([1.0, 2.0, 5.0]),
            Bounds::Truncated([1.5, 4.0]),
            [
                1.500_000_000_397_752_3,
                1.503_405_072_150_317_8,
                2.052_543_469_362_101,
                2.398_918_494_164_398_4,
                3.112_541_391_182_312_5,
                3.994_888_065_934_943,
                3.999_999_999_403_371_5,
            ],
        );
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "ends are exact")]
    fn the_ends_are_reached_exactly_and_never_passed() {
        for (from, to) in [(0.1, 0.7), (1e-300, 1e300), (3.0, 350.0), (60.0, 40.0)] {
            for shape in [Shape::Uniform([from, to]), Shape::LogUniform([from, to])] {
                let value = |u| quantile(shape.clone(), Bounds::None, u);
                assert_eq!((value(0.0), value(1.0)), (from, to), "{shape:?}");
                for part in 0..=1000 {
                    let value = value(f64::from(part) / 1000.0);
                    assert!((from.min(to)..=from.max(to)).contains(&value), "{shape:?}: {value}");
                }
            }
        }
        let corners = Shape::Triangular([0.1, 0.2, 0.7]);
        assert_eq!([0.0, 1.0].map(|u| quantile(corners.clone(), Bounds::None, u)), [0.1, 0.7]);
        let cut = |u| quantile(Shape::Normal([0.0, 1.0]), Bounds::Truncated([-1.0, 2.0]), u);
        assert!((cut(0.0) + 1.0).abs() < 1e-15 && (cut(1.0) - 2.0).abs() < 1e-14);
        let moved = |u| quantile(Shape::Normal([0.0, 1.0]), Bounds::Winsorised([-1.0, 2.0]), u);
        assert_eq!([0.0, 0.1, 0.99, 1.0].map(moved), [-1.0, -1.0, 2.0, 2.0]);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "listed values are exact")]
    fn of_a_long_table_the_ends_and_the_middle_are_kept() {
        for rows in [1, 2, 4096, 4097, 100_000] {
            let values: Vec<f64> = (0..rows).rev().map(f64::from).collect();
            let mut quantiles = [0.0, 0.5, 1.0];
            Distribution::listed(&values).quantiles(&mut quantiles);
            assert_eq!(quantiles, [0.0, f64::from(rows / 2), f64::from(rows - 1)], "{rows} rows");
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "listed values are exact")]
    fn listed_values_come_as_often_as_their_weights_say() {
        let listed = Distribution::discrete(&[5.0, 1.0, 2.0], Some(&[1.0, 2.0, 1.0])).expect("fine");
        let mut values: Vec<f64> = (0..8).map(|part| f64::from(part) / 8.0 + 0.01).collect();
        listed.quantiles(&mut values);
        assert_eq!(values, [5.0, 5.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
        let mut ends = [0.0, 1.0];
        listed.quantiles(&mut ends);
        assert_eq!(ends, [5.0, 2.0]);
    }

    #[test]
    fn what_is_no_distribution_is_refused_with_a_remedy() {
        let new = |shape, bounds| Distribution::new(shape, bounds, false).expect_err("refused").to_string();
        let cases = [
            (new(Shape::Uniform([2.0, 1.0]), Bounds::None), "swap them"),
            (new(Shape::Uniform([1.0, 1.0]), Bounds::None), "nothing varies"),
            (new(Shape::Uniform([-1e308, 1e308]), Bounds::None), "farther apart"),
            (new(Shape::LogUniform([0.0, 1.0]), Bounds::None), "above 0"),
            (new(Shape::Normal([0.0, 0.0]), Bounds::None), "standard deviation"),
            (new(Shape::LogNormal([0.0, 100.0]), Bounds::None), "infinite"),
            (new(Shape::Triangular([0.0, 3.0, 2.0]), Bounds::None), "mode"),
            (new(Shape::Normal([0.0, 1.0]), Bounds::Truncated([2.0, 1.0])), "swap them"),
            (new(Shape::Normal([0.0, 1.0]), Bounds::Truncated([50.0, 60.0])), "no part"),
            (new(Shape::Uniform([0.0, 1.0]), Bounds::Truncated([0.0, 0.5])), "narrower range"),
            (Distribution::discrete(&[1.0], None).expect_err("few").to_string(), "two values"),
            (Distribution::discrete(&[1.0, 1.0], None).expect_err("twice").to_string(), "twice"),
            (Distribution::discrete(&[1.0, 2.0], Some(&[1.0])).expect_err("few").to_string(), "one for each"),
            (Distribution::discrete(&[1.0, 2.0], Some(&[1.0, 0.0])).expect_err("0").to_string(), "above 0"),
        ];
        for (message, wanted) in cases {
            assert!(message.contains(wanted) && message.contains("; "), "{message}");
        }
    }
}
