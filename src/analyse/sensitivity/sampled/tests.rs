//! The estimators against functions whose indices are known: within their intervals, with the errors that were measured elsewhere, and with
//! intervals that hold what they promise. The long ones are ignored; `make soak` runs them.

use super::known::{Expected, Known};
use super::*;

/// Replicates of the published study of errors.
const REPEATS: usize = 400;

fn analysed(known: &Known, base: usize, replicates: usize, seed: u64, request: &Request) -> Report {
    let runs = known.runs(base, replicates, seed, true);
    analyse(&runs, known.name, request).expect("an analysis")
}

/// Asserts that an estimate lies within three half widths of what is known, and at it where it has no width.
#[track_caller]
fn assert_told(what: &str, own: Estimate, wanted: f64) {
    let (value, half) = (own.value.expect(what), own.half.expect(what));
    let limit = if half == 0.0 { 1e-9 } else { 3.0 * half };
    assert!((value - wanted).abs() <= limit, "{what}: {value} ± {half} instead of {wanted}");
}

fn assert_known(known: &Known, report: &Report) {
    for Expected { output, first, total, second } in known.expected() {
        let analysis = report.outputs.iter().find(|own| own.output == output).expect("an output");
        for (input, own) in analysis.indices.iter().enumerate() {
            let what = format!("{} {output} {}", known.name, report.parameters[input].name);
            assert_told(&format!("{what} S1 {}", own.estimator), own.first, first[input]);
            assert_told(&format!("{what} ST {}", own.estimator), own.total, total[input]);
        }
        for &(one, other, wanted) in &second {
            let pair = analysis.pairs.iter().find(|pair| (pair.0, pair.1) == (one, other)).expect("a pair");
            assert_told(&format!("{} {output} S2 {one} {other}", known.name), pair.2, wanted);
        }
    }
}

#[test]
fn every_known_index_lies_within_three_half_widths() {
    for known in Known::all() {
        assert_known(&known, &analysed(&known, 1 << 13, 8, 1, &Request::default()));
    }
}

#[test]
fn every_other_estimator_is_right_too() {
    for (first, total) in [
        (First::Saltelli, Total::Jansen),
        (First::Martinez, Total::Martinez),
        (First::Jansen, Total::Janon),
        (First::Janon, Total::AzziniRosati),
        (First::AzziniRosati, Total::AzziniRosati),
    ] {
        let request = Request { first: Some(first), total: Some(total), ..Request::default() };
        for known in &Known::all() {
            assert_known(known, &analysed(known, 1 << 11, 8, 2, &request));
        }
    }
}

#[test]
fn an_offset_of_1000_changes_no_index() {
    for known in Known::all().iter().filter(|known| known.is_of_numbers()) {
        let mut runs = known.runs(256, 4, 3, true);
        for first in [First::GroupMeans, First::Saltelli, First::Martinez, First::Jansen, First::Janon] {
            let request = Request { first: Some(first), ..Request::default() };
            let plain = analyse(&runs, "", &request).expect("an analysis");
            let shift = |runs: &mut Outcomes, by: f64| {
                if let Column::Numbers(numbers) = &mut runs.outputs[0].1 {
                    for value in numbers {
                        *value += by;
                    }
                }
            };
            shift(&mut runs, 1000.0);
            let moved = analyse(&runs, "", &request).expect("an analysis");
            shift(&mut runs, -1000.0);
            for (one, other) in plain.outputs[0].indices.iter().zip(&moved.outputs[0].indices) {
                for (one, other) in [(one.first, other.first), (one.total, other.total)] {
                    let both = one.value.zip(other.value).zip(one.half.zip(other.half));
                    let ((one, other), (half, other_half)) = both.expect("numbers");
                    assert!(
                        (one - other).abs() < 1e-10 && (half - other_half).abs() < 1e-10,
                        "{}: {one} {other}",
                        known.name
                    );
                }
            }
        }
    }
}

/// Singles of one output: the estimates of each replicate alone.
struct Singles {
    tallies: Tallies,
    samples: Vec<f64>,
    runs: Outcomes,
}

impl Singles {
    fn new(known: &Known, base: usize, replicates: usize, seed: u64) -> Self {
        let runs = known.runs(base, replicates, seed, true);
        let values = outputs::values(&runs, &Source::Numbers(0), &Treatment::default(), 0);
        let plan = Plan::new(&runs, Vec::new(), false);
        let samples = plan.samples(&values);
        let tallies = plan.tally(values);
        Self { tallies, samples, runs }
    }

    fn replicates(&self) -> std::ops::Range<usize> {
        0..self.runs.replicates
    }

    fn first(&self, group: usize, estimator: First) -> Vec<f64> {
        self.replicates()
            .map(|replicate| self.tallies.frozen[group][1 + replicate].first(estimator))
            .collect()
    }

    fn total(&self, group: usize, estimator: Total) -> Vec<f64> {
        self.replicates()
            .map(|replicate| self.tallies.frozen[group][1 + replicate].total(estimator))
            .collect()
    }

    /// The group means of so many replicates at a time.
    fn groups(&self, group: usize, together: usize) -> Vec<f64> {
        let values = of_samples(&self.runs, group);
        let size = 2 * self.runs.base * together;
        let most = strata::groups_of(2 * self.runs.base, together == 1);
        let of = |(x, y): (&[f64], &[f64])| {
            if together == 1 {
                Strata::new(x, most).sums(y, 1, None).plain(None).index()
            } else {
                Strata::in_cells(x, most).sums(y, together, None).between().all.index()
            }
        };
        values.chunks(size).zip(self.samples.chunks(size)).map(of).collect()
    }
}

/// Root mean squared error over inputs and repeats.
fn error(estimates: &[Vec<f64>], wanted: &[f64]) -> f64 {
    let squares = estimates
        .iter()
        .zip(wanted)
        .flat_map(|(own, wanted)| own.iter().map(move |own| (own - wanted).powi(2)));
    let count: usize = estimates.iter().map(Vec::len).sum();
    (squares.sum::<f64>() / count as f64).sqrt()
}

/// Errors measured at N = 1024 over 100 repeats of scrambled Sobol' points by other programs: S1 of Saltelli, Jansen, Martinez, Janon,
/// Azzini-Rosati and 32 group means, ST of Jansen, Martinez, Janon, Azzini-Rosati. Those of Azzini-Rosati are of half as many rows, at equal cost.
///
/// Differences of a tenth are no fault of the scrambling: the hash here, exact nested scrambling and linear matrix scrambling with a shift have
/// the same errors to 3 % over 400 repeats (ST of Ishigami by Jansen 0.0055, of the disc 0.0164), and one input more, which gives the inputs other
/// coordinates, makes 0.0078 and 0.0142 of them.
const MEASURED: &[(&str, [f64; 10])] = &[
    ("ishigami", [0.0065, 0.0084, 0.0064, 0.0064, 0.0151, 0.0034, 0.0049, 0.0043, 0.0043, 0.0164]),
    ("ishigami_above_5", [0.0219, 0.0193, 0.0190, 0.0190, 0.0200, 0.0109, 0.0171, 0.0170, 0.0170, 0.0208]),
    ("half_plane_rare", [0.0331, 0.0449, 0.0345, 0.0344, 0.0259, 0.0137, 0.0394, 0.0340, 0.0340, 0.0367]),
    ("disc", [0.0217, 0.0213, 0.0209, 0.0209, 0.0166, 0.0091, 0.0142, 0.0139, 0.0139, 0.0166]),
];

#[test]
#[ignore = "long: make soak"]
fn errors_are_those_that_were_measured_elsewhere() {
    let mut ratios = Vec::new();
    for (name, wanted) in MEASURED {
        let known = Known::named(name);
        let Expected { first, total, .. } = known.expected().remove(0);
        let singles = Singles::new(&known, 1024, REPEATS, 20);
        let inputs = || 0..first.len();
        let of_first = |estimator| {
            error(&inputs().map(|input| singles.first(input, estimator)).collect::<Vec<_>>(), &first)
        };
        let of_total = |estimator| {
            error(&inputs().map(|input| singles.total(input, estimator)).collect::<Vec<_>>(), &total)
        };
        let found = [
            of_first(First::Saltelli),
            of_first(First::Jansen),
            of_first(First::Martinez),
            of_first(First::Janon),
            of_first(First::AzziniRosati),
            error(&inputs().map(|input| singles.groups(input, 1)).collect::<Vec<_>>(), &first),
            of_total(Total::Jansen),
            of_total(Total::Martinez),
            of_total(Total::Janon),
            of_total(Total::AzziniRosati),
        ];
        println!("{name:<17} {}", found.map(|own| format!("{own:.4}")).join(" "));
        println!("{:<17} {}", "", wanted.map(|own| format!("{own:.4}")).join(" "));
        ratios.extend(found.iter().zip(wanted).map(|(found, wanted)| found / wanted));
        let default = error(&inputs().map(|input| singles.groups(input, 8)).collect::<Vec<_>>(), &first);
        println!("{:<17} group means of 8 replicates {default:.4}", "");
    }
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    let largest = ratios.iter().copied().fold(0.0, f64::max);
    println!("ratio: mean {mean:.3}, largest {largest:.3}");
    assert!(mean <= 1.1 && largest <= 1.35, "mean {mean}, largest {largest}: {ratios:?}");
}

#[test]
#[ignore = "long: make soak"]
fn intervals_hold_what_they_are_told_to_hold_in_95_of_100_cases() {
    const TIMES: u64 = 200;
    let (mut all, mut of_groups) = (Vec::new(), Vec::new());
    for name in [
        "ishigami",
        "ishigami_above_5",
        "half_plane_rare",
        "disc",
        "sobol_g_8",
        "threshold",
        "two_regions",
        "linear",
    ] {
        let known = Known::named(name);
        let Expected { first, total, .. } = known.expected().remove(0);
        for base in [128, 1024] {
            let kinds = [
                (Request::default(), true),
                (
                    Request {
                        first: Some(First::Saltelli),
                        total: Some(Total::Jansen),
                        ..Request::default()
                    },
                    false,
                ),
                (
                    Request {
                        first: Some(First::AzziniRosati),
                        total: Some(Total::Janon),
                        ..Request::default()
                    },
                    false,
                ),
            ];
            let mut held = vec![vec![[0_u64; 2]; first.len()]; kinds.len()];
            for time in 0..TIMES {
                let runs = known.runs(base, 8, 1000 + time, true);
                for ((request, _), held) in kinds.iter().zip(&mut held) {
                    let report = analyse(&runs, "", request).expect("an analysis");
                    for (input, own) in report.outputs[0].indices.iter().enumerate() {
                        for (which, (own, wanted)) in
                            [(own.first, first[input]), (own.total, total[input])].into_iter().enumerate()
                        {
                            let (value, half) = (own.value.expect("an index"), own.half.expect("a width"));
                            let is_held = if half == 0.0 {
                                (value - wanted).abs() < 1e-9
                            } else {
                                (value - wanted).abs() <= half
                            };
                            held[input][which] += u64::from(is_held);
                        }
                    }
                }
            }
            for ((request, is_of_groups), held) in kinds.iter().zip(&held) {
                let part = |which: usize| {
                    held.iter().map(|own| own[which] as f64 / TIMES as f64).collect::<Vec<_>>()
                };
                println!("{name} N = {base} S1 {:?}: {:?}", request.first, part(0));
                println!("{name} N = {base} ST {:?}: {:?}", request.total, part(1));
                // Pairs of 128 rows may all agree about a rare regime, whose interval then has no width.
                if *is_of_groups {
                    of_groups.extend(part(0));
                    all.extend(part(1));
                } else if base > 128 {
                    all.extend(part(0));
                    all.extend(part(1));
                }
            }
        }
    }
    for (what, parts, least) in [("pairs of rows", &all, 0.88), ("group means", &of_groups, 0.80)] {
        let mean = parts.iter().sum::<f64>() / parts.len() as f64;
        let worst = parts.iter().copied().fold(1.0, f64::min);
        println!("{what}: mean {mean:.3}, worst {worst:.3}");
        assert!((0.91..=0.99).contains(&mean) && worst >= least, "{what}: {mean} {worst}");
    }
}
