//! Functions whose indices are known, run at the points of designs: what the estimators are tested with. Values are of the literature or of
//! closed forms, computed to ten digits beside this program.

use std::f64::consts::PI;

use crate::design::{
    Block as DesignBlock, Bounds, Design, Distribution, Group, Input, Sampling, Shape, Size,
};
use crate::store::outcomes::{Block, Column, Outcomes};
use crate::table::Quantity;

/// What is known of one output.
pub(super) struct Expected {
    pub(super) output: &'static str,
    pub(super) first: Vec<f64>,
    pub(super) total: Vec<f64>,
    pub(super) second: Vec<(usize, usize, f64)>,
}

/// A function.
pub(super) struct Known {
    pub(super) name: &'static str,
    shapes: Vec<Shape>,
    /// The places of inputs that are swapped together.
    groups: Vec<Vec<usize>>,
    labels: &'static [&'static str],
    of: fn(&[f64]) -> f64,
}

fn ishigami(x: &[f64]) -> f64 {
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

fn fact(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Sobol's G function.
fn product(x: &[f64], a: &[f64]) -> f64 {
    x.iter().zip(a).map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product()
}

const G8: [f64; 8] = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
const G6: [f64; 6] = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0];

fn bratley(x: &[f64]) -> f64 {
    let (mut sign, mut product, mut sum) = (1.0, 1.0, 0.0);
    for x in x {
        sign = -sign;
        product *= x;
        sum += sign * product;
    }
    sum
}

/// Morris 1991 without its random coefficients, which are 0 or of alternating sign here.
fn morris(x: &[f64]) -> f64 {
    let w: Vec<f64> = x
        .iter()
        .enumerate()
        .map(|(place, x)| 2.0 * (if [2, 4, 6].contains(&place) { 1.1 * x / (x + 0.1) } else { *x } - 0.5))
        .collect();
    let alternating = |places: usize| if places.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut sum = 0.0;
    for i in 0..20 {
        sum += if i < 10 { 20.0 } else { alternating(i + 1) } * w[i];
        for j in i + 1..20 {
            sum += if j < 6 { -15.0 } else { alternating(i + j) } * w[i] * w[j];
            for l in j + 1..5 {
                sum -= 10.0 * w[i] * w[j] * w[l];
                for s in l + 1..4 {
                    sum += 5.0 * w[i] * w[j] * w[l] * w[s];
                }
            }
        }
    }
    sum
}

fn uniform(from: f64, to: f64, count: usize) -> Vec<Shape> {
    vec![Shape::Uniform([from, to]); count]
}

impl Known {
    pub(super) fn all() -> Vec<Self> {
        let single = |name, shapes, of| Self { name, shapes, groups: Vec::new(), labels: &[], of };
        vec![
            single("ishigami", uniform(-PI, PI, 3), ishigami),
            single("ishigami_above_5", uniform(-PI, PI, 3), |x| fact(ishigami(x) > 5.0)),
            single("sobol_g_8", uniform(0.0, 1.0, 8), |x| product(x, &G8)),
            single("bratley_4", uniform(0.0, 1.0, 4), bratley),
            single("morris_20", uniform(0.0, 1.0, 20), morris),
            single("half_plane_rare", vec![Shape::Normal([0.0, 1.0]); 5], |x| {
                fact(3.0 * x[0] + 2.0 * x[1] + x[2] + 0.5 * x[3] > 6.0)
            }),
            single("disc", uniform(-1.0, 1.0, 3), |x| fact(x[0] * x[0] + x[1] * x[1] < 1.0)),
            single("parity_2", uniform(0.0, 1.0, 2), |x| fact((x[0] - 0.5) * (x[1] - 0.5) > 0.0)),
            Self {
                name: "groups_sobol_g_6",
                shapes: uniform(0.0, 1.0, 6),
                groups: vec![vec![0, 3], vec![1, 2], vec![4, 5]],
                labels: &[],
                of: |x| product(x, &G6),
            },
            Self {
                name: "three_regimes",
                shapes: uniform(0.0, 1.0, 3),
                groups: Vec::new(),
                labels: &["red", "green", "blue"],
                of: |x| if x[0] < 0.25 { 0.0 } else { f64::from(u8::from(x[0] + x[1] >= 1.0)) + 1.0 },
            },
            single(
                "linear",
                vec![
                    Shape::Uniform([0.0, 1.0]),
                    Shape::Normal([5.0, 2.0]),
                    Shape::Triangular([0.0, 1.0, 2.0]),
                    Shape::Uniform([-4.0, 2.0]),
                ],
                |x| x.iter().zip([3.0, 0.5, 2.0, -1.0]).map(|(x, c)| c * x).sum(),
            ),
            // A border that no grid of groups has.
            single("threshold", uniform(0.0, 1.0, 3), |x| fact(x[0] < 0.3)),
            single("two_regions", vec![Shape::Uniform([0.0, 1.5]), Shape::Uniform([0.0, 2.0])], |x| {
                fact(x[0] < 1.0 && x[1] < f64::midpoint(1.0, x[0]))
            }),
        ]
    }

    pub(super) fn named(name: &str) -> Self {
        Self::all().into_iter().find(|own| own.name == name).expect("a function of that name")
    }

    pub(super) fn is_of_numbers(&self) -> bool {
        self.labels.is_empty()
    }

    /// What is known. Ishigami & Homma 1990 with a = 7, b = 0.1, and the indicator of it by quadrature; Sobol' 1993; Bratley, Fox &
    /// Niederreiter 1992; Morris 1991; multivariate normal integrals; polynomials.
    #[expect(clippy::too_many_lines, reason = "a table of numbers")]
    pub(super) fn expected(&self) -> Vec<Expected> {
        let one = |first: &[f64], total: &[f64], second: &[(usize, usize, f64)]| {
            vec![Expected {
                output: "y",
                first: first.to_vec(),
                total: total.to_vec(),
                second: second.to_vec(),
            }]
        };
        match self.name {
            "ishigami" => one(
                &[0.313_905, 0.442_411, 0.0],
                &[0.557_589, 0.442_411, 0.243_684],
                &[(0, 2, 0.243_684), (0, 1, 0.0), (1, 2, 0.0)],
            ),
            "ishigami_above_5" => {
                one(&[0.157_190, 0.445_095, 0.005_364], &[0.467_723, 0.755_414, 0.287_273], &[])
            }
            "sobol_g_8" => {
                let own = |a: f64| 1.0 / (3.0 * (1.0 + a).powi(2));
                let product: f64 = G8.iter().map(|&a| 1.0 + own(a)).product();
                let variance = product - 1.0;
                let first: Vec<f64> = G8.iter().map(|&a| own(a) / variance).collect();
                let total: Vec<f64> =
                    G8.iter().map(|&a| own(a) * product / (1.0 + own(a)) / variance).collect();
                assert!(
                    (first[0] - 0.716_192).abs() < 1e-6 && (total[3] - 0.010_460).abs() < 1e-6,
                    "as published"
                );
                let pair = (0, 1, own(0.0) * own(1.0) / variance);
                one(&first, &total, &[pair])
            }
            "bratley_4" => one(
                &[0.607_560_756_1, 0.218_721_872_2, 0.024_302_430_2, 0.024_302_430_2],
                &[0.705_670_567_1, 0.316_831_683_2, 0.057_605_760_6, 0.057_605_760_6],
                &[
                    (0, 1, 0.072_907_290_7),
                    (0, 2, 0.008_100_810_1),
                    (1, 3, 0.008_100_810_1),
                    (2, 3, 0.008_100_810_1),
                ],
            ),
            "morris_20" => {
                let mut first = vec![
                    0.005_019_989_5,
                    0.008_936_945_4,
                    0.016_856_384_2,
                    0.008_936_945_4,
                    0.016_856_384_2,
                    0.000_222_126_6,
                    0.068_537_703_3,
                    0.100_277_080_8,
                    0.150_323_827_4,
                    0.100_277_080_8,
                ];
                first.extend([0.000_320_974_4; 10]);
                let mut total = vec![
                    0.253_476_659_9,
                    0.257_393_615_8,
                    0.112_872_303_9,
                    0.257_393_615_8,
                    0.112_733_015,
                    0.093_952_424_4,
                    0.069_438_802_4,
                    0.102_081_358_3,
                    0.152_128_104_9,
                    0.102_081_358_3,
                ];
                total.extend([0.002_125_251_8; 10]);
                one(
                    &first,
                    &total,
                    &[
                        (0, 1, 0.083_659_816_5),
                        (0, 3, 0.083_659_816_5),
                        (1, 3, 0.083_659_816_5),
                        (0, 2, 0.023_665_940_9),
                        (3, 4, 0.023_665_940_9),
                        (0, 5, 0.023_257_201_3),
                        (2, 5, 0.011_282_400_2),
                        (2, 4, 0.005_473_253_3),
                    ],
                )
            }
            "half_plane_rare" => one(
                &[0.307_117_652, 0.093_784_663, 0.018_427_850_3, 0.004_318_483_3, 0.0],
                &[0.864_711_653_8, 0.613_355_444_5, 0.316_120_993_7, 0.159_155_306_2, 0.0],
                &[
                    (0, 1, 0.246_496_094_4),
                    (0, 2, 0.043_951_771_4),
                    (0, 3, 0.010_428_304_7),
                    (0, 4, 0.0),
                    (1, 2, 0.014_243_582_1),
                    (2, 4, 0.0),
                ],
            ),
            "disc" => one(
                &[0.295_562_241, 0.295_562_241, 0.0],
                &[0.704_437_759, 0.704_437_759, 0.0],
                &[(0, 1, 0.408_875_517_9), (0, 2, 0.0), (1, 2, 0.0)],
            ),
            "parity_2" => one(&[0.0, 0.0], &[1.0, 1.0], &[(0, 1, 1.0)]),
            "groups_sobol_g_6" => one(
                &[0.725_893_759, 0.204_739_771_4, 0.000_143_270_9],
                &[0.795_103_308_2, 0.273_914_576_4, 0.000_209_924_7],
                &[(0, 1, 0.069_156_545), (0, 2, 4.83937e-05), (1, 2, 1.36495e-05)],
            ),
            "three_regimes" => vec![
                Expected {
                    output: "red",
                    first: vec![1.0, 0.0, 0.0],
                    total: vec![1.0, 0.0, 0.0],
                    second: vec![(0, 1, 0.0)],
                },
                Expected {
                    output: "green",
                    first: vec![0.304_347_826_1, 0.304_347_826_1, 0.0],
                    total: vec![0.695_652_173_9, 0.695_652_173_9, 0.0],
                    second: Vec::new(),
                },
                Expected {
                    output: "blue",
                    first: vec![0.435_294_117_6, 0.247_058_823_5, 0.0],
                    total: vec![0.752_941_176_5, 0.564_705_882_4, 0.0],
                    second: Vec::new(),
                },
                Expected {
                    output: "regimes",
                    first: vec![61.0 / 109.0, 21.0 / 109.0, 0.0],
                    total: vec![0.807_339_449_5, 0.440_366_972_5, 0.0],
                    second: vec![(0, 1, 0.247_706_422), (0, 2, 0.0)],
                },
            ],
            "linear" => {
                // Variances: 1/12 of a unit interval, sd^2, 1/6 of this triangle (a^2 + b^2 + c^2 - ab - ac - bc) / 18, 36/12.
                let parts = [9.0 / 12.0, 0.25 * 4.0, 4.0 / 6.0, 3.0];
                let whole: f64 = parts.iter().sum();
                let own: Vec<f64> = parts.iter().map(|part| part / whole).collect();
                one(&own, &own, &[(0, 1, 0.0), (2, 3, 0.0)])
            }
            "threshold" => one(&[1.0, 0.0, 0.0], &[1.0, 0.0, 0.0], &[(0, 1, 0.0)]),
            // E(stable | k) = (1 + k)/4 below 1, E(stable | sigma) = 2/3 below 1/2 and (2 - 2 sigma)/1.5 up to 1, P = 1/4.
            "two_regions" => one(&[5.0 / 27.0, 37.0 / 81.0], &[44.0 / 81.0, 22.0 / 27.0], &[]),
            other => panic!("nothing is known of {other}"),
        }
    }

    /// The function at the points of a saltelli design.
    pub(super) fn runs(&self, base: usize, replicates: usize, seed: u64, second_order: bool) -> Outcomes {
        self.runs_of(Sampling::Saltelli { second_order }, base, replicates, seed)
    }

    /// The function at the points of a design.
    pub(super) fn runs_of(&self, sampling: Sampling, base: usize, replicates: usize, seed: u64) -> Outcomes {
        let input = |(place, shape): (usize, &Shape)| {
            let own = Distribution::new(shape.clone(), Bounds::None, false).expect("a distribution");
            Input { columns: vec![(Quantity::real(format!("x{}", place + 1), "1", ""), own)] }
        };
        let inputs: Vec<Input> = self.shapes.iter().enumerate().map(input).collect();
        let groups: Vec<Group> = if self.groups.is_empty() {
            (0..inputs.len())
                .map(|place| Group { name: format!("x{}", place + 1), inputs: vec![place] })
                .collect()
        } else {
            let named = |(place, inputs): (usize, &Vec<usize>)| Group {
                name: format!("g{}", place + 1),
                inputs: inputs.clone(),
            };
            self.groups.iter().enumerate().map(named).collect()
        };
        let size = Size { base: base as u64, replicates: replicates as u64, seed, is_scrambled: true };
        let design = Design::new(sampling, inputs, groups, size).expect("a design");
        let blocks: Vec<Block> = (0..design.blocks())
            .map(|place| match design.identity((place * base) as u64).block {
                DesignBlock::A => Block::A,
                DesignBlock::B => Block::B,
                DesignBlock::Ab(group) => Block::Ab(group),
                DesignBlock::Ba(group) => Block::Ba(group),
            })
            .collect();
        let kept = if blocks.contains(&Block::B) { 2 } else { blocks.len() };
        let mut values = vec![Vec::new(); self.shapes.len()];
        let mut outputs = Vec::with_capacity(design.runs() as usize);
        for piece in 0..replicates * blocks.len() {
            let table = design.table((piece * base) as u64, base);
            outputs.extend((0..base).map(|row| (self.of)(&table.row(row))));
            if piece % blocks.len() < kept {
                values.iter_mut().zip(table.columns()).for_each(|(all, own)| all.extend_from_slice(own));
            }
        }
        let column = if self.labels.is_empty() {
            Column::Numbers(outputs)
        } else {
            let codes = outputs.iter().map(|code| *code as u8).collect();
            Column::Labels(codes, self.labels.iter().map(|name| (*name).to_owned()).collect())
        };
        Outcomes {
            replicates,
            base,
            blocks,
            groups: design.groups().iter().map(|group| (group.name.clone(), group.inputs.clone())).collect(),
            inputs: values
                .into_iter()
                .enumerate()
                .map(|(place, own)| (format!("x{}", place + 1), own))
                .collect(),
            blocks_of_inputs: kept,
            outputs: vec![("y".to_owned(), column)],
        }
    }
}
