//! Hashes of 64 bits and the scrambling of Sobol' points by them. Knows nothing of designs.

/// A hash of 64 bits: the finaliser of `SplitMix64` (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators",
/// with Stafford's constants Mix13). It is a permutation.
pub(super) fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The odd number of `SplitMix64`: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A key made from a key and a number; different numbers give different keys.
pub(super) fn key(key: u64, number: u64) -> u64 {
    mix(key.wrapping_add(GOLDEN.wrapping_mul(number.wrapping_add(1))))
}

/// A number of the open interval (0, 1) from a hash: the centre of one of 2^52 equal cells, so that neither end is reached.
pub(super) fn unit(hash: u64) -> f64 {
    ((hash >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0) // 2^-52
}

/// A number of `0 .. below` from a hash (Lemire 2019); the bias is below `below / 2^64`.
pub(super) fn whole(hash: u64, below: u64) -> u64 {
    ((u128::from(hash) * u128::from(below)) >> 64) as u64
}

/// Nested uniform (Owen) scrambling of a coordinate by a hash: every bit is flipped depending on the key and on the bits above
/// it. Numbers come in with their bits reversed, where "above" is "lower" and a product or a sum carries in the right direction
/// (Laine & Karras 2011, "Stratified sampling for stochastic transparency"; Burley 2020, "Practical hash-based Owen
/// scrambling", JCGT 9(4)); the constants are Vegdahl's (2021, "Building a better LK hash"), and the sum and the factor take
/// independent halves of the key. The result has its bits in the usual order.
pub(super) fn owen(reversed: u32, key: u64) -> u32 {
    let (sum, factor) = (key as u32, (key >> 32) as u32 | 1);
    let mut x = reversed;
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(sum);
    x = x.wrapping_mul(factor);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

/// The middle of a cell of 2^-32.
pub(super) fn middle(cell: u32) -> f64 {
    (f64::from(cell) + 0.5) * (1.0 / 4_294_967_296.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_its_source() {
        // The first outputs of SplitMix64 from seed 1234567, as in the reference implementation (Vigna, splitmix64.c).
        let outputs = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        for (number, wanted) in outputs.into_iter().enumerate() {
            assert_eq!(key(1_234_567, number as u64), wanted);
        }
    }

    #[test]
    fn a_bit_depends_on_itself_and_the_bits_above_it_alone() {
        for seed in 0..50 {
            let key = mix(seed);
            for bit in 0..32 {
                let x = mix(seed ^ 0xabc) as u32;
                let (one, other) = (owen(x.reverse_bits(), key), owen((x ^ 1 << bit).reverse_bits(), key));
                // The highest bit that differs is the one that was changed.
                assert_eq!((one ^ other).ilog2(), bit);
            }
        }
    }

    #[test]
    fn every_bit_is_flipped_half_of_the_time_whatever_stands_above_it() {
        let keys = 4000;
        for x in [0, 1, u32::MAX, 0x8000_0000, 0xaaaa_aaaa, 0x1234_5678] {
            for bit in 0..32 {
                let flipped =
                    (0..keys).filter(|&seed| (owen(x.reverse_bits(), mix(seed)) ^ x) >> bit & 1 == 1);
                // Five standard deviations of a fair coin.
                let distance = flipped.count() as f64 - keys as f64 / 2.0;
                assert!(distance.abs() < 2.5 * (keys as f64).sqrt(), "{x:x}, bit {bit}: {distance}");
            }
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the ends are exact")]
    fn no_draw_reaches_0_or_1() {
        assert_eq!(unit(0), 2f64.powi(-53));
        assert_eq!(unit(u64::MAX), 1.0 - 2f64.powi(-53));
        assert_eq!((whole(0, 7), whole(u64::MAX, 7)), (0, 6));
    }
}
