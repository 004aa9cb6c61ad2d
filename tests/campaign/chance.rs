//! Numbers drawn from a stated seed, the same in every run and on every machine. Knows nothing of what they decide.

/// A sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The sequence of a seed and of some words: where in a campaign it is used.
    pub(crate) fn new(seed: u64, words: &[&str]) -> Self {
        let mut chance = Self(seed);
        for word in words {
            for byte in word.bytes().chain([0]) {
                chance.0 = (chance.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            chance.draw();
        }
        chance
    }

    /// Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators: `SplitMix64`.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    pub(crate) fn part(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of so many.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.draw() % count as u64) as usize
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
