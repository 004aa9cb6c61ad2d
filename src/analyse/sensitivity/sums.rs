//! What the analysis of a grid keeps of one output while its values go by, piece after piece: sums over all axes but a few, and
//! moments. Knows nothing of what the values are; a value that is not finite is undefined.

/// A set of inputs, one bit each.
pub(super) type Set = u32;

/// The inputs of a grid: how many values each has, in the order of their bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    lengths: Vec<u64>,
}

impl Grid {
    /// A grid of at most 32 inputs, which is the most dimensions that a map has.
    pub(super) fn new(lengths: Vec<u64>) -> Self {
        assert!(lengths.len() <= 32, "a map has at most 32 dimensions");
        Self { lengths }
    }

    /// How many inputs there are.
    pub(super) fn inputs(&self) -> usize {
        self.lengths.len()
    }

    /// All inputs.
    pub(super) fn all(&self) -> Set {
        (0..self.inputs()).fold(0, |set, input| set | 1 << input)
    }

    /// How many combinations of values a set of inputs has.
    pub(super) fn size(&self, set: Set) -> u128 {
        self.members(set).fold(1, |product, input| product * u128::from(self.lengths[input]))
    }

    fn members(&self, set: Set) -> impl Iterator<Item = usize> {
        (0..self.inputs()).filter(move |input| set >> input & 1 == 1)
    }

    /// How far apart neighbours along each input lie in a row-major array over a set; 0 along the inputs that are not in it.
    fn strides(&self, set: Set) -> Vec<usize> {
        let mut strides = vec![0; self.inputs()];
        let mut next = 1;
        for input in (0..self.inputs()).rev().filter(|input| set >> input & 1 == 1) {
            strides[input] = next;
            next *= self.lengths[input] as usize;
        }
        strides
    }
}

/// Sums of values over all inputs that are not in a set.
#[derive(Clone, Debug)]
struct Marginal {
    set: Set,
    strides: Vec<usize>,
    /// Row-major over the inputs of the set.
    sums: Vec<f64>,
}

/// Number, mean and sum of squared deviations, merged by Chan, Golub & `LeVeque` (1983, Am Stat 37:242).
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let defined = || values.iter().filter(|value| value.is_finite());
        let count = defined().count() as u64;
        if count == 0 {
            return Self::default();
        }
        let mean = defined().sum::<f64>() / count as f64;
        let squares = defined().map(|value| (value - mean).powi(2)).sum();
        Self { count, mean, squares }
    }

    fn merge(&mut self, other: Self) {
        if other.count == 0 {
            return;
        }
        let count = self.count + other.count;
        let (share, apart) = (other.count as f64 / count as f64, other.mean - self.mean);
        self.squares += other.squares + apart * apart * self.count as f64 * share;
        self.mean += apart * share;
        self.count = count;
    }
}

/// One output of a grid, summed.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    grid: Grid,
    kept: Vec<Marginal>,
    /// For every input the numbers and sums of defined values at each of its values.
    single: Vec<(Vec<u64>, Vec<f64>)>,
    /// Subtracted from every value, so that an offset of an output costs no digits: the first defined value.
    pivot: Option<f64>,
    moments: Moments,
    undefined: u64,
    lowest: f64,
    highest: f64,
}

impl Sums {
    /// Nothing yet; sums are kept over each of these sets of inputs.
    pub(super) fn new(grid: &Grid, sets: &[Set]) -> Self {
        let marginal = |&set: &Set| Marginal {
            set,
            strides: grid.strides(set),
            sums: vec![0.0; grid.size(set) as usize],
        };
        let single = |&length: &u64| (vec![0; length as usize], vec![0.0; length as usize]);
        Self {
            kept: sets.iter().map(marginal).collect(),
            single: grid.lengths.iter().map(single).collect(),
            grid: grid.clone(),
            pivot: None,
            moments: Moments::default(),
            undefined: 0,
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        }
    }

    /// Takes the values of a box of the grid, row-major, that begins at `start` and has `count` values along every input. The values
    /// are changed: what is left in them is of no use.
    ///
    /// # Panics
    /// When the box has another number of points, or the grid has no inputs.
    pub(super) fn add(&mut self, start: &[u64], count: &[u64], values: &mut [f64]) {
        let last = self.grid.inputs() - 1;
        assert_eq!(values.len() as u64, count.iter().product::<u64>(), "one value a point of the box");
        if self.pivot.is_none() {
            self.pivot = values.iter().copied().find(|value| value.is_finite());
        }
        let pivot = self.pivot.unwrap_or(0.0);
        for value in values.iter_mut() {
            *value -= pivot;
            if value.is_finite() {
                (self.lowest, self.highest) = (self.lowest.min(*value), self.highest.max(*value));
            } else {
                self.undefined += 1;
            }
        }
        self.moments.merge(Moments::of(values));
        let mut place = start.to_vec();
        for row in values.chunks_exact_mut(count[last] as usize) {
            self.add_row(&place, row);
            for input in (0..last).rev() {
                place[input] += 1;
                if place[input] < start[input] + count[input] {
                    break;
                }
                place[input] = start[input];
            }
        }
    }

    /// Takes values along the last input from a place on.
    fn add_row(&mut self, place: &[u64], row: &mut [f64]) {
        let last = place.len() - 1;
        let (numbers, sums) = &mut self.single[last];
        let mut defined = 0;
        for ((value, number), sum) in
            row.iter_mut().zip(&mut numbers[place[last] as usize..]).zip(&mut sums[place[last] as usize..])
        {
            if value.is_finite() {
                *number += 1;
                *sum += *value;
                defined += 1;
            } else {
                *value = 0.0;
            }
        }
        let whole: f64 = row.iter().sum();
        for ((numbers, sums), &at) in self.single.iter_mut().zip(place).take(last) {
            numbers[at as usize] += defined;
            sums[at as usize] += whole;
        }
        for marginal in &mut self.kept {
            let at: usize =
                place.iter().zip(&marginal.strides).map(|(&index, stride)| index as usize * stride).sum();
            if marginal.strides[last] == 0 {
                marginal.sums[at] += whole;
            } else {
                // The last input has stride 1 wherever it is in the set.
                marginal.sums[at..].iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// How many values are defined.
    pub(super) fn defined(&self) -> u64 {
        self.moments.count
    }

    /// How many values are undefined.
    pub(super) fn undefined(&self) -> u64 {
        self.undefined
    }

    /// The mean of the defined values.
    pub(super) fn mean(&self) -> f64 {
        self.pivot.unwrap_or(f64::NAN) + self.moments.mean
    }

    /// The variance of the defined values, each with the same weight: 0 where they are equal, also where rounding says otherwise.
    pub(super) fn variance(&self) -> f64 {
        if self.lowest >= self.highest { 0.0 } else { self.moments.squares / self.moments.count as f64 }
    }

    /// The variance of the means of the values that have an input in common, each weighted by how many they are. On a full grid it
    /// is that of E(Y | x).
    pub(super) fn of_groups(&self, input: usize) -> f64 {
        let (numbers, sums) = &self.single[input];
        let group = |(&number, &sum): (&u64, &f64)| {
            if number == 0 { 0.0 } else { number as f64 * (sum / number as f64 - self.moments.mean).powi(2) }
        };
        numbers.iter().zip(sums).map(group).sum::<f64>() / self.moments.count as f64
    }

    /// The variance of E(Y | the inputs of a set) on a grid without undefined values; `None` where no kept set holds that one.
    pub(super) fn closed(&self, set: Set) -> Option<f64> {
        if set == self.grid.all() {
            return Some(self.variance());
        }
        if set.is_power_of_two() {
            return Some(self.of_groups(set.trailing_zeros() as usize));
        }
        let holding = self.kept.iter().filter(|marginal| marginal.set & set == set);
        let smallest = holding.min_by_key(|marginal| marginal.sums.len())?;
        let reduced = (smallest.set != set).then(|| smallest.reduced(&self.grid, set));
        let sums = reduced.as_ref().unwrap_or(&smallest.sums);
        let each = self.moments.count as f64 / sums.len() as f64;
        let squares = sums.iter().map(|sum| (sum / each - self.moments.mean).powi(2));
        Some(squares.sum::<f64>() / sums.len() as f64)
    }
}

impl Marginal {
    /// The sums over a smaller set.
    fn reduced(&self, grid: &Grid, set: Set) -> Vec<f64> {
        let strides = grid.strides(set);
        let mut sums = vec![0.0; grid.size(set) as usize];
        let own: Vec<usize> = grid.members(self.set).collect();
        let mut digits = vec![0_u64; own.len()];
        let mut at = 0_usize;
        for sum in &self.sums {
            sums[at] += sum;
            for (digit, &input) in digits.iter_mut().zip(&own).rev() {
                *digit += 1;
                at += strides[input];
                if *digit < grid.lengths[input] {
                    break;
                }
                at -= strides[input] * *digit as usize;
                *digit = 0;
            }
        }
        sums
    }
}
