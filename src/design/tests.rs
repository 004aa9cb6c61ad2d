//! Tests of designs: how points are spread, that they depend on their place alone, and what is refused.

use super::*;

fn inputs(count: usize) -> Vec<Input> {
    let uniform = Distribution::new(Shape::Uniform([0.0, 1.0]), Bounds::None, false).expect("fine");
    let input =
        |place| Input { columns: vec![(Quantity::real(format!("x{place}"), "1", ""), uniform.clone())] };
    (0..count).map(input).collect()
}

fn singles(count: usize) -> Vec<Group> {
    (0..count).map(|place| Group { name: format!("x{place}"), inputs: vec![place] }).collect()
}

fn size(base: u64, replicates: u64) -> Size {
    Size { base, replicates, seed: 1, is_scrambled: true }
}

fn design(kind: Sampling, count: usize, size: Size) -> Design {
    Design::new(kind, inputs(count), singles(count), size).expect("a design")
}

const SALTELLI: Sampling = Sampling::Saltelli { second_order: false };

/// All points, `[run][column]`.
fn points(design: &Design) -> Vec<Vec<f64>> {
    let table = design.table(0, design.runs() as usize);
    (0..table.rows()).map(|row| table.row(row)).collect()
}

/// Asserts that `0..cells` is hit once each.
fn once(cells: impl Iterator<Item = usize>, count: usize, what: &str) {
    let mut hits = vec![0; count];
    cells.for_each(|cell| hits[cell] += 1);
    assert!(hits.iter().all(|&hit| hit == 1), "{what}");
}

#[test]
fn every_block_of_2_to_the_m_points_has_one_in_each_interval_of_every_coordinate() {
    let own = design(Sampling::Sobol, 30, size(1 << 12, 2));
    let table = own.table(0, own.runs() as usize);
    for (coordinate, column) in table.columns().iter().enumerate() {
        for replicate in column.chunks(1 << 12) {
            for m in 0..=12 {
                for block in replicate.chunks(1 << m) {
                    let cells = block.iter().map(|u| (u * f64::from(1 << m)) as usize);
                    once(cells, 1 << m, &format!("coordinate {coordinate}, m = {m}"));
                }
            }
        }
    }
}

#[test]
fn the_first_two_coordinates_are_nets_in_every_block() {
    let own = design(Sampling::Sobol, 2, size(1 << 10, 3));
    let points = points(&own);
    for m in 0..=10 {
        for block in points.chunks(1 << m) {
            for first in 0..=m {
                let cell = |u: f64, bits: i32| (u * f64::from(1 << bits)) as usize;
                let cells =
                    block.iter().map(|own| cell(own[0], first) << (m - first) | cell(own[1], m - first));
                once(cells, 1 << m, &format!("m = {m}, {first} bits of the first coordinate"));
            }
        }
    }
}

#[test]
fn a_coordinate_does_not_depend_on_the_number_of_coordinates_of_points_or_of_replicates() {
    let few = points(&design(Sampling::Sobol, 3, size(1 << 8, 1)));
    let many = points(&design(Sampling::Sobol, 40, size(1 << 11, 4)));
    for (few, many) in few.iter().zip(&many) {
        assert_eq!(few[..], many[..3]);
    }
}

#[test]
fn replicates_and_seeds_differ() {
    for kind in [
        Sampling::Sobol,
        Sampling::LatinHypercube,
        Sampling::Random,
        Sampling::Trajectory { levels: 64 },
        Sampling::Radial,
    ] {
        let own = design(kind, 3, size(64, 2));
        let all = points(&own);
        let half = all.len() / 2;
        assert_ne!(all[..half], all[half..], "{kind:?}");
        let other = design(kind, 3, Size { seed: 2, ..size(64, 2) });
        assert_ne!(points(&other), all, "{kind:?}");
    }
}

#[test]
fn a_scrambled_mean_has_the_error_of_owens_scrambling() {
    // The variance of the mean of u over a scrambled net of 2^m points is that of one uniform draw in each interval,
    // 4^-m / 12 / 2^m (Owen 1997, Ann. Stat. 25:1541): the points of distinct intervals are independent.
    let (m, replicates) = (4, 512);
    let own = design(Sampling::Sobol, 4, size(1 << m, replicates));
    let table = own.table(0, own.runs() as usize);
    let wanted = 1.0 / 12.0 / f64::from(1 << (3 * m));
    for column in table.columns() {
        let means = column.chunks(1 << m).map(|block| block.iter().sum::<f64>() / f64::from(1 << m) - 0.5);
        let found = means.map(|error| error * error).sum::<f64>() / replicates as f64;
        // The standard deviation of such an estimate is sqrt(2/512) of it, a sixteenth.
        assert!((found / wanted - 1.0).abs() < 0.3, "{}", found / wanted);
    }
}

#[test]
fn unscrambled_points_are_those_of_an_independent_program() {
    // scipy 1.17.1, stats.qmc.Sobol(8, scramble=False): the first rows, A in the first half of the coordinates, B in the second.
    let plain = Size { is_scrambled: false, ..size(1024, 1) };
    let all = points(&design(SALTELLI, 4, plain));
    assert_eq!(all[..3], [vec![0.0; 4], vec![0.5; 4], vec![0.75, 0.25, 0.25, 0.25]]);
    assert_eq!(all[1024..1027], [vec![0.0; 4], vec![0.5; 4], vec![0.75, 0.75, 0.25, 0.75]]);
}

#[test]
fn a_block_has_its_own_group_from_the_other_sample() {
    let groups =
        vec![Group { name: "g".into(), inputs: vec![0, 2] }, Group { name: "x1".into(), inputs: vec![1] }];
    let kind = Sampling::Saltelli { second_order: true };
    let own = Design::new(kind, inputs(3), groups, size(8, 2)).expect("a design");
    assert_eq!((own.blocks(), own.runs()), (6, 96));
    let all = points(&own);
    for replicate in all.chunks(48) {
        let [a, b, ab_g, ba_g, ab_1, ba_1] =
            [0, 1, 2, 3, 4, 5].map(|place| &replicate[8 * place..8 * place + 8]);
        for row in 0..8 {
            assert_eq!(ab_g[row], [b[row][0], a[row][1], b[row][2]]);
            assert_eq!(ba_g[row], [a[row][0], b[row][1], a[row][2]]);
            assert_eq!(ab_1[row], [a[row][0], b[row][1], a[row][2]]);
            assert_eq!(ba_1[row], [b[row][0], a[row][1], b[row][2]]);
        }
    }
    let numbers: Vec<u64> = (0..own.runs()).map(|run| own.identity(run).number()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "identities rise with the runs");
    let run = own.identity(48 + 3 * 8 + 5);
    assert_eq!(run, PointIdentity { replicate: 1, block: Block::Ba(0), base_row: 5 });
    assert!((0..own.runs()).all(|run| own.run(own.identity(run)) == Some(run)));
    assert_eq!(own.run(PointIdentity { base_row: 8, ..run }), None);
    assert_eq!(own.run(PointIdentity { replicate: 2, ..run }), None);
    assert_eq!(own.run(PointIdentity { block: Block::Ba(2), ..run }), None);
}

#[test]
fn a_group_alone_keeps_its_points_when_its_inputs_get_blocks_of_their_own() {
    let together =
        vec![Group { name: "g".into(), inputs: vec![0, 1] }, Group { name: "x2".into(), inputs: vec![2] }];
    let first = points(&Design::new(SALTELLI, inputs(3), together, size(16, 1)).expect("a design"));
    let second = points(&design(SALTELLI, 3, size(16, 1)));
    assert_eq!(first[..32], second[..32], "A and B");
    assert_eq!(first[48..], second[64..], "AB of x2");
}

#[test]
fn a_table_does_not_depend_on_where_it_begins() {
    let kinds = [
        Sampling::Saltelli { second_order: true },
        Sampling::LatinHypercube,
        Sampling::Random,
        Sampling::Trajectory { levels: 4 },
    ];
    for kind in kinds {
        let own = design(kind, 3, size(2048, 2));
        let all = points(&own);
        for (first, count) in [(0, 3), (1023, 2), (2040, 20), (own.runs() as usize - 5, 5)] {
            let part = own.table(first as u64, count);
            for row in 0..count {
                assert_eq!(part.row(row), all[first + row], "{kind:?}");
            }
        }
    }
}

#[test]
#[expect(clippy::float_cmp, reason = "what has not moved has the same bits")]
fn a_trajectory_moves_every_group_once_by_half_of_the_grid() {
    for levels in [2, 4, 6] {
        let groups = vec![
            Group { name: "g".into(), inputs: vec![0, 2] },
            Group { name: "x1".into(), inputs: vec![1] },
            Group { name: "x3".into(), inputs: vec![3] },
        ];
        let own = Design::new(Sampling::Trajectory { levels }, inputs(4), groups.clone(), size(200, 1))
            .expect("fine");
        assert_eq!(own.runs(), 800);
        let all = points(&own);
        let step = levels as f64 / (2.0 * (levels - 1) as f64);
        let mut firsts = [0; 3];
        for trajectory in 0..200 {
            let start = &all[trajectory];
            let moved = |point: &[f64]| -> Vec<usize> { (0..4).filter(|&x| point[x] != start[x]).collect() };
            let mut steps: Vec<(usize, &Vec<f64>)> =
                (0..3).map(|group| (group, &all[200 * (group + 1) + trajectory])).collect();
            // How many inputs differ from the start tells the order.
            steps.sort_by_key(|(_, point)| moved(point).len());
            firsts[steps[0].0] += 1;
            let mut before = start;
            for (group, point) in steps {
                for input in 0..4 {
                    let distance = (point[input] - before[input]).abs();
                    let wanted = if groups[group].inputs.contains(&input) { step } else { 0.0 };
                    assert!((distance - wanted).abs() < 1e-15 && (0.0..=1.0).contains(&point[input]));
                }
                before = point;
            }
        }
        // A third each, give or take six standard deviations.
        assert!(firsts.iter().all(|&count: &i32| (count - 67).abs() < 40), "{firsts:?}");
    }
}

#[test]
fn a_radial_design_is_the_swaps_of_a_pick_freeze_design() {
    let radial = points(&design(Sampling::Radial, 3, size(16, 1)));
    let pick_freeze = points(&design(SALTELLI, 3, size(16, 1)));
    assert_eq!(radial[..16], pick_freeze[..16]);
    assert_eq!(radial[16..], pick_freeze[32..]);
}

#[test]
fn linked_quantities_share_their_place() {
    let distribution = |ends| Distribution::new(Shape::Uniform(ends), Bounds::None, true).expect("fine");
    let columns = vec![
        (Quantity::real("B", "mV", ""), distribution([15.0, 30.0])),
        (Quantity::real("bd", "1/s", ""), distribution([60.0, 40.0])),
    ];
    let own = Design::new(Sampling::Random, vec![Input { columns }], singles(1), size(100, 1)).expect("fine");
    for point in points(&own) {
        let [b, bd] = point[..] else { panic!("two columns") };
        assert!(((b - 15.0) / 15.0 - (60.0 - bd) / 20.0).abs() < 1e-14);
    }
}

#[test]
fn what_is_no_design_is_refused_with_a_remedy() {
    let normal = Distribution::new(Shape::Normal([0.0, 1.0]), Bounds::None, false).expect("fine");
    let unbounded = || vec![Input { columns: vec![(Quantity::real("x0", "1", ""), normal.clone())] }];
    let plain = Size { is_scrambled: false, ..size(4, 1) };
    let new = |kind, inputs: Vec<Input>, size| {
        let groups = singles(inputs.len());
        Design::new(kind, inputs, groups, size).map(|_| ()).expect_err("refused").to_string()
    };
    let cases = [
        (new(SALTELLI, inputs(2), size(1000, 8)), "512 or 1024"),
        (new(Sampling::Random, inputs(2), size(1 << 33, 1)), "at most 2^32"),
        (new(Sampling::Random, inputs(2), size(8, 1000)), "at most 512"),
        (new(SALTELLI, inputs(501), size(8, 1)), "at most 500"),
        (new(Sampling::Sobol, inputs(1001), size(8, 1)), "at most 1000"),
        (new(Sampling::Trajectory { levels: 5 }, inputs(2), size(8, 1)), "even number"),
        (new(Sampling::Trajectory { levels: 4 }, inputs(2048), size(8, 1)), "at most 2047"),
        (new(Sampling::Sobol, inputs(2), Size { replicates: 8, ..plain }), "the same points"),
        (new(Sampling::Sobol, unbounded(), plain), "truncated"),
        (new(Sampling::Trajectory { levels: 4 }, unbounded(), size(4, 1)), "truncated"),
    ];
    for (message, wanted) in cases {
        assert!(message.contains(wanted) && message.contains("; "), "{message}");
    }
    assert!(Design::new(Sampling::Sobol, unbounded(), singles(1), size(4, 1)).is_ok());
    assert!(Design::new(Sampling::Random, unbounded(), singles(1), size(5, 3)).is_ok());
}
