//! Sobol' points with the direction numbers of Joe & Kuo. The only file that names the crate `sobol`, of which it takes the table
//! of numbers alone. Knows nothing of scrambling.

use sobol::params::{JoeKuoD6, JoeKuoD6Dim};

/// The most coordinates.
pub const MOST_COORDINATES: usize = 1000;

/// Direction numbers, `[coordinate][bit]`, with their bits reversed, as scrambling wants them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Directions(Vec<[u32; 32]>);

impl Directions {
    /// Those of the first coordinates, from the table new-joe-kuo-6 (Joe & Kuo 2008, SIAM J. Sci. Comput. 30:2635).
    ///
    /// # Panics
    /// When there are more than [`MOST_COORDINATES`].
    pub(super) fn new(coordinates: usize) -> Self {
        assert!(coordinates <= MOST_COORDINATES, "the table has {MOST_COORDINATES} coordinates");
        let first = std::array::from_fn(|bit| 1 << bit);
        let table = if coordinates > 1 { JoeKuoD6::standard().dim_params } else { Vec::new() };
        let rest = table.iter().take(coordinates.saturating_sub(1)).map(directions);
        Self(std::iter::once(first).chain(rest).take(coordinates).collect())
    }

    /// One coordinate of the points `first ..`, in the order of the Gray code, as whole numbers of 2^-32 with reversed bits:
    /// point `i` is the exclusive or of the direction numbers at the bits of `i ^ (i >> 1)`.
    ///
    /// # Panics
    /// When there is no such coordinate, or an index passes 2^32 - 1.
    pub(super) fn fill(&self, coordinate: usize, first: u32, points: &mut [u32]) {
        let directions = &self.0[coordinate];
        let gray = first ^ (first >> 1);
        let mut point = (0..32).filter(|bit| gray >> bit & 1 == 1).fold(0, |x, bit| x ^ directions[bit]);
        let mut index = first;
        for (number, place) in points.iter_mut().enumerate() {
            if number > 0 {
                index = index.checked_add(1).expect("a design ends at 2^32 points");
                point ^= directions[index.trailing_zeros() as usize];
            }
            *place = point;
        }
    }
}

/// The direction numbers of one line of the table: the recurrence of its primitive polynomial (Bratley & Fox 1988).
fn directions(line: &JoeKuoD6Dim) -> [u32; 32] {
    let degree = line.m.len();
    let mut directions = [0u32; 32];
    for bit in 0..32 {
        directions[bit] = if bit < degree {
            line.m[bit] << (31 - bit)
        } else {
            let last = directions[bit - degree];
            // Bit `degree - 1 - k` of `a` is the coefficient of the k-th power.
            let inner = (1..degree).filter(|k| line.a >> (degree - 1 - k) & 1 == 1);
            inner.fold(last ^ (last >> degree), |x, k| x ^ directions[bit - k])
        };
    }
    directions.map(u32::reverse_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(directions: &Directions, coordinate: usize, index: u32) -> u32 {
        let mut point = [0];
        directions.fill(coordinate, index, &mut point);
        point[0].reverse_bits()
    }

    /// Coordinates, counted from 1, and indices, counted from 0, of `POINTS`.
    const COORDINATES: [usize; 13] = [1, 3, 5, 7, 10, 16, 22, 40, 64, 111, 256, 777, 1000];
    /// Whole numbers of 2^-32 as scipy 1.17.1 gives them: `stats.qmc.Sobol(1000, scramble=False, bits=32)`, whose table is
    /// new-joe-kuo-6.21201; the indices beyond 4095 by the direction numbers of that table.
    const POINTS: &[(u32, [u32; 13])] = &[
        (0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (
            2,
            [
                3_221_225_472,
                1_073_741_824,
                3_221_225_472,
                1_073_741_824,
                3_221_225_472,
                1_073_741_824,
                3_221_225_472,
                1_073_741_824,
                3_221_225_472,
                1_073_741_824,
                3_221_225_472,
                3_221_225_472,
                3_221_225_472,
            ],
        ),
        (
            4,
            [
                1_610_612_736,
                2_684_354_560,
                1_610_612_736,
                1_610_612_736,
                2_684_354_560,
                3_758_096_384,
                536_870_912,
                3_758_096_384,
                536_870_912,
                536_870_912,
                1_610_612_736,
                536_870_912,
                536_870_912,
            ],
        ),
        (
            6,
            [
                2_684_354_560,
                3_758_096_384,
                2_684_354_560,
                536_870_912,
                1_610_612_736,
                2_684_354_560,
                3_758_096_384,
                2_684_354_560,
                3_758_096_384,
                1_610_612_736,
                2_684_354_560,
                3_758_096_384,
                3_758_096_384,
            ],
        ),
        (
            8,
            [
                805_306_368,
                4_026_531_840,
                2_415_919_104,
                1_879_048_192,
                1_342_177_280,
                4_026_531_840,
                2_952_790_016,
                2_415_919_104,
                2_952_790_016,
                4_026_531_840,
                1_879_048_192,
                1_879_048_192,
                4_026_531_840,
            ],
        ),
        (
            31,
            [
                134_217_728,
                3_892_314_112,
                4_160_749_568,
                1_476_395_008,
                2_550_136_832,
                3_623_878_656,
                939_524_096,
                1_476_395_008,
                3_355_443_200,
                402_653_184,
                2_550_136_832,
                1_744_830_464,
                402_653_184,
            ],
        ),
        (
            127,
            [
                33_554_432,
                2_382_364_672,
                2_046_820_352,
                1_040_187_392,
                2_315_255_808,
                1_174_405_120,
                2_113_929_216,
                2_583_691_264,
                1_308_622_848,
                2_382_364_672,
                1_778_384_896,
                3_456_106_496,
                3_523_215_360,
            ],
        ),
        (
            255,
            [
                16_777_216,
                3_305_111_552,
                2_634_022_912,
                3_808_428_032,
                1_526_726_656,
                2_231_369_728,
                1_895_825_408,
                4_177_526_784,
                1_459_617_792,
                1_862_270_976,
                2_231_369_728,
                3_372_220_416,
                3_372_220_416,
            ],
        ),
        (
            1023,
            [
                4_194_304,
                2_629_828_608,
                801_112_064,
                599_785_472,
                3_653_238_784,
                1_992_294_400,
                79_691_776,
                2_998_927_360,
                171_966_464,
                532_676_608,
                3_619_684_352,
                3_988_783_104,
                3_678_404_608,
            ],
        ),
        (
            4095,
            [
                1_048_576,
                1_435_500_544,
                4_038_066_176,
                4_077_912_064,
                1_058_013_184,
                1_789_919_232,
                3_144_679_424,
                976_224_256,
                2_377_121_792,
                1_907_359_744,
                2_632_974_336,
                173_015_040,
                1_324_351_488,
            ],
        ),
        (
            65535,
            [
                65536,
                2_421_489_664,
                1_085_997_056,
                2_221_342_720,
                703_922_176,
                2_058_420_224,
                1_828_782_080,
                1_870_725_120,
                1_272_905_728,
                3_625_385_984,
                604_307_456,
                3_777_953_792,
                2_786_656_256,
            ],
        ),
        (
            99999,
            [
                195_198_976,
                2_911_797_248,
                1_191_542_784,
                2_610_855_936,
                1_360_822_272,
                3_408_756_736,
                2_896_396_288,
                1_802_141_696,
                3_380_183_040,
                4_272_521_216,
                3_796_008_960,
                4_071_391_232,
                2_455_076_864,
            ],
        ),
        (
            1_048_576,
            [
                6144,
                2_918_742_016,
                2_779_838_464,
                3_391_031_296,
                2_210_887_680,
                228_370_432,
                2_769_012_736,
                1_476_847_616,
                930_220_032,
                3_210_049_536,
                3_806_984_192,
                1_971_099_648,
                4_258_818_048,
            ],
        ),
        (
            1_073_741_823,
            [
                4,
                1_543_543_964,
                1_074_478_300,
                2_009_075_780,
                3_475_687_836,
                1_232_239_620,
                192_675_844,
                2_088_504_716,
                1_998_268_524,
                2_936_016_124,
                2_011_637_348,
                2_757_952_836,
                2_061_797_684,
            ],
        ),
        (
            4_294_967_295,
            [
                1,
                3_305_133_397,
                2_953_698_205,
                3_222_291_575,
                2_197_780_721,
                1_925_502_805,
                2_003_894_285,
                1_027_469_633,
                303_916_897,
                264_241_627,
                3_526_361_403,
                3_325_726_809,
                1_909_304_039,
            ],
        ),
    ];

    #[test]
    fn points_are_those_of_scipy_to_dimension_1000_and_index_2_to_the_32() {
        let directions = Directions::new(1000);
        for (index, wanted) in POINTS {
            let found = COORDINATES.map(|coordinate| point(&directions, coordinate - 1, *index));
            assert_eq!(found, *wanted, "index {index}");
        }
    }

    #[test]
    fn a_run_of_points_is_the_points_one_by_one() {
        let directions = Directions::new(7);
        for first in [0, 1, 5, 4093, u32::MAX - 16] {
            let mut run = [0; 17];
            directions.fill(6, first, &mut run);
            for (number, found) in run.into_iter().enumerate() {
                assert_eq!(found.reverse_bits(), point(&directions, 6, first + number as u32));
            }
        }
    }

    #[test]
    fn a_coordinate_does_not_depend_on_how_many_there_are() {
        assert_eq!(Directions::new(3).0[..], Directions::new(40).0[..3]);
        assert_eq!(Directions::new(1).0[..], Directions::new(40).0[..1]);
    }
}
