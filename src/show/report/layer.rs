//! A quantity over a map as the page of a report holds it: in levels of its range, told from what stands before, deflated and in
//! base64. Knows nothing of pages.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Values over the axes of a map, row-major; an axis along which nothing varies has the length 1.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a> {
    /// The values.
    pub(super) values: Values<'a>,
    /// How many there are along each axis.
    pub(super) lengths: Vec<u64>,
    /// Of how many values of each axis of the map one is there.
    pub(super) every: Vec<u64>,
}

/// The values of a grid.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values<'a> {
    /// Numbers of labels.
    Flags(&'a [u8]),
    /// Numbers; NaN where undefined. Whole ones have levels of 1 where there are enough levels.
    Numbers { values: &'a [f64], are_whole: bool },
}

/// How fine a grid is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fineness {
    /// Bits of a level.
    pub(super) bits: u8,
    /// Of how many values of every longer axis one is taken.
    pub(super) every: u64,
}

/// From coarse to fine.
pub(super) const FINENESSES: [Fineness; 6] = [
    Fineness { bits: 8, every: 16 },
    Fineness { bits: 8, every: 8 },
    Fineness { bits: 8, every: 4 },
    Fineness { bits: 8, every: 2 },
    FULL,
    Fineness { bits: 16, every: 1 },
];

/// All points, in the levels of a byte.
pub(super) const FULL: Fineness = Fineness { bits: 8, every: 1 };

/// Shorter axes are not thinned.
const SHORTEST_THINNED: u64 = 32;

/// A grid, packed.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(super) struct Packed {
    /// How many values there are along each axis.
    pub(super) lengths: Vec<u64>,
    /// Of how many values of each axis of the map one is there.
    pub(super) every: Vec<u64>,
    /// Bits of a level; the largest level is undefined where the values are numbers.
    pub(super) bits: u8,
    /// What a level was told from: 0 nothing, 1 the one before, 2 also those of the row before.
    pub(super) filter: u8,
    /// The value of level 0.
    pub(super) low: f64,
    /// What a level is worth; 0 where all are one.
    pub(super) step: f64,
    /// Whether values lie below the lowest, and above the highest level.
    pub(super) beyond: [bool; 2],
    /// The levels, in base64.
    pub(super) data: String,
}

impl Grid<'_> {
    /// Packs the grid; nothing where this fineness is no other than a finer one.
    pub(super) fn pack(&self, fineness: Fineness) -> Option<Packed> {
        let thinned = |length: &u64| if *length >= SHORTEST_THINNED { fineness.every } else { 1 };
        let steps: Vec<u64> = self.lengths.iter().map(thinned).collect();
        if fineness.every > 1 && steps.iter().all(|step| *step == 1) {
            return None;
        }
        let lengths: Vec<u64> =
            self.lengths.iter().zip(&steps).map(|(length, step)| length.div_ceil(*step)).collect();
        let every = self.every.iter().zip(&steps).map(|(every, step)| every * step).collect();
        let places = places(&self.lengths, &steps);
        let (levels, scale) = match self.values {
            Values::Flags(_) if fineness.bits > 8 => return None,
            Values::Flags(values) => {
                let levels = places.iter().map(|&place| u16::from(values[place])).collect();
                (levels, Scale { low: 0.0, step: 1.0, beyond: [false; 2] })
            }
            Values::Numbers { values, are_whole } => {
                let scale = Scale::of(values, are_whole, top(fineness.bits));
                let level = |&place: &usize| scale.level(values[place], top(fineness.bits));
                (places.iter().map(level).collect::<Vec<u16>>(), scale)
            }
        };
        let width = lengths.last().map_or(1, |length| *length as usize);
        let (filter, bytes) = (0..3)
            .map(|filter| (filter, deflated(&filtered(&levels, width, filter), fineness.bits)))
            .min_by_key(|(_, bytes)| bytes.len())
            .expect("there are filters");
        let Scale { low, step, beyond } = scale;
        Some(Packed { lengths, every, bits: fineness.bits, filter, low, step, beyond, data: base64(&bytes) })
    }
}

/// The level of what is undefined.
fn top(bits: u8) -> u16 {
    if bits == 8 { 0xff } else { 0xffff }
}

/// What levels are worth.
#[derive(Clone, Copy, Debug)]
struct Scale {
    low: f64,
    step: f64,
    beyond: [bool; 2],
}

/// A few values that far outside of all others do not take the levels from these.
const FAR_OUTSIDE: f64 = 20.0;
/// So large a part of the values counts as few.
const FEW: f64 = 1e-3;

impl Scale {
    fn of(values: &[f64], are_whole: bool, top: u16) -> Self {
        let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let endless = |is_negative: bool| {
            values.iter().any(|value| value.is_infinite() && value.is_sign_negative() == is_negative)
        };
        let mut beyond = [endless(true), endless(false)];
        if finite.is_empty() {
            return Self { low: 0.0, step: 0.0, beyond };
        }
        finite.sort_unstable_by(f64::total_cmp);
        let (mut low, mut high) = (finite[0], finite[finite.len() - 1]);
        let few = (FEW * finite.len() as f64).ceil() as usize;
        let inner = [finite[few.min(finite.len() - 1)], finite[finite.len() - 1 - few.min(finite.len() - 1)]];
        let width = inner[1] - inner[0];
        if few < finite.len() / 4 && width > 0.0 && high - low > FAR_OUTSIDE * width {
            // Each end by itself: that which lies near stays whole.
            if inner[0] - low > width {
                (low, beyond[0]) = (inner[0], true);
            }
            if high - inner[1] > width {
                (high, beyond[1]) = (inner[1], true);
            }
        }
        let levels = f64::from(top - 1);
        let is_exact = are_whole && high - low <= levels;
        let step = if is_exact { 1.0 } else { (high / levels) - (low / levels) };
        Self { low, step, beyond }
    }

    fn level(&self, value: f64, top: u16) -> u16 {
        if value.is_nan() {
            return top;
        }
        if self.step == 0.0 {
            return if value.is_finite() { 0 } else { top };
        }
        ((value - self.low) / self.step).round().clamp(0.0, f64::from(top - 1)) as u16
    }
}

/// The places of the values that are taken, one of so many along each axis.
fn places(lengths: &[u64], steps: &[u64]) -> Vec<usize> {
    let mut places = vec![0_usize];
    for (length, step) in lengths.iter().zip(steps) {
        let along = |place: &usize| {
            let first = place * *length as usize;
            (0..*length as usize).step_by(*step as usize).map(move |at| first + at)
        };
        places = places.iter().flat_map(along).collect();
    }
    places
}

/// Levels as differences from what is expected by those before.
fn filtered(levels: &[u16], width: usize, filter: u8) -> Vec<u16> {
    let before = |at: usize, back: usize| at.checked_sub(back).map_or(0, |at| levels[at]);
    let expected = |at: usize| match filter {
        0 => 0,
        1 => before(at, 1),
        _ => before(at, 1).wrapping_add(before(at, width)).wrapping_sub(before(at, width + 1)),
    };
    levels.iter().enumerate().map(|(at, level)| level.wrapping_sub(expected(at))).collect()
}

/// Levels deflated without a header; of two bytes each, first the low ones of all.
fn deflated(levels: &[u16], bits: u8) -> Vec<u8> {
    let mut bytes: Vec<u8> = levels.iter().map(|level| level.to_le_bytes()[0]).collect();
    if bits > 8 {
        bytes.extend(levels.iter().map(|level| level.to_le_bytes()[1]));
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).expect("memory takes every byte");
    encoder.finish().expect("memory takes every byte")
}

/// Bytes in letters (RFC 4648).
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let is_there = at <= group.len();
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if is_there { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_rfc_4648() {
        for (bytes, letters) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), letters);
        }
    }

    #[test]
    fn whole_numbers_have_levels_of_one() {
        let values = [3.0, 5.0, 200.0, f64::NAN];
        let scale = Scale::of(&values, true, 0xff);
        assert_eq!(values.map(|value| scale.level(value, 0xff)), [0, 2, 197, 0xff]);
    }

    #[test]
    fn a_few_values_far_outside_leave_the_levels_to_the_others() {
        let mut values: Vec<f64> = (0..10_000).map(|at| f64::from(at) / 1e4).collect();
        values[7] = 1e300;
        let scale = Scale::of(&values, false, 0xff);
        assert_eq!(scale.beyond, [false, true]);
        assert!(scale.step < 0.01 && scale.level(1e300, 0xff) == 254 && scale.level(0.5, 0xff) == 127);
        values[7] = f64::MAX;
        values[8] = f64::MIN;
        let scale = Scale::of(&values, false, 0xff);
        assert!(scale.beyond == [true, true] && scale.step < 0.01, "{scale:?}");
    }

    #[test]
    fn one_value_everywhere_is_level_0() {
        let scale = Scale::of(&[2.5, 2.5], false, 0xff);
        assert_eq!((scale.level(2.5, 0xff), scale.low, scale.step), (0, 2.5, 0.0));
    }

    #[test]
    fn every_second_value_of_longer_axes_is_taken() {
        assert_eq!(places(&[3, 4], &[1, 2]), [0, 2, 4, 6, 8, 10]);
        assert_eq!(places(&[], &[]), [0]);
    }
}
