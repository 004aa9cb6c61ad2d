//! Properties of spaces: nothing is lost, nothing is there twice.

use proptest::prelude::*;

use super::*;

fn grid(lengths: &[u64]) -> Space {
    let axis = |(number, &length): (usize, &u64)| {
        let quantity = Quantity::real(format!("x{number}"), "1", "a test axis");
        let scale = Scale::Linear { from: 0.0, to: length as f64 };
        Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Centres }], length).unwrap()
    };
    Space::new(lengths.iter().enumerate().map(axis).collect()).unwrap()
}

fn lengths() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1u64..60, 0..5)
}

proptest! {
    #[test]
    fn every_point_lands_in_exactly_one_block(lengths in prop::collection::vec(1u64..200, 1..4)) {
        let space = grid(&lengths);
        prop_assume!(space.points() <= 1 << 19);
        let mut seen = vec![0u8; space.points() as usize];
        for number in 0..space.cells().count() {
            let cell = space.cells().cell(number);
            for first in 0..cell.blocks() {
                let (start, count) = cell.points_of(Tile { cell: number, first, count: 1 });
                prop_assert!(count > 0 && count <= space.cells().points_of_a_block());
                for point in start..start + count {
                    seen[space.point(&cell.coordinates(point)) as usize] += 1;
                }
            }
        }
        prop_assert!(seen.iter().all(|&times| times == 1));
    }

    #[test]
    fn no_block_ends_inside_a_chain(lengths in prop::collection::vec(1u64..60, 1..4), length in 2u64..3000) {
        let (free, whole) = (grid(&lengths), grid(&[length]));
        let axes = free.axes().iter().chain(whole.axes()).cloned();
        let named = |(number, axis): (usize, Axis)| {
            let column = AxisColumn { quantity: Quantity::real(format!("y{number}"), "1", ""), ..axis.columns()[0].clone() };
            Axis::new(vec![column], axis.length()).unwrap()
        };
        let space = Space::chained(axes.enumerate().map(named).collect(), 1).unwrap();
        prop_assert_eq!(space.cells().extent().last(), Some(&length));
        prop_assert_eq!(u64::from(space.cells().points_of_a_block()) % length, 0);
    }

    #[test]
    fn coordinates_round_trip(lengths in lengths(), seed in any::<u64>()) {
        let space = grid(&lengths);
        let point = seed % space.points();
        let coordinates = space.coordinates(point);
        prop_assert_eq!(space.point(&coordinates), point);
        let (cell, inside) = space.cells().locate(&coordinates);
        prop_assert_eq!(cell.coordinates(inside), coordinates);
    }

    #[test]
    fn a_table_of_a_run_holds_the_values_of_its_points(lengths in lengths(), seed in any::<u64>()) {
        let space = grid(&lengths);
        let cell = space.cells().cell(seed % space.cells().count());
        let first = (seed / 7 % cell.points()) as u32;
        let count = (cell.points() as u32 - first).min(700);
        let table = space.table(&cell, first, count);
        for row in 0..count {
            let expected = space.values(&cell.coordinates(first + row));
            for (column, value) in expected.iter().enumerate() {
                prop_assert_eq!(table.column(column)[row as usize].to_bits(), value.to_bits());
            }
        }
    }

    #[test]
    fn whole_cells_have_the_agreed_size(lengths in prop::collection::vec(1u64..100_000, 1..6)) {
        prop_assume!(lengths.iter().map(|&n| u128::from(n)).product::<u128>() <= u128::from(MOST_POINTS));
        let space = grid(&lengths);
        let whole: u64 = space.cells().extent().iter().product();
        prop_assert!(whole <= 1 << 17);
        prop_assert!(whole >= 1 << 15 || space.cells().count() == 1);
    }
}

#[test]
fn the_last_axis_varies_fastest() {
    let space = grid(&[2, 3]);
    let order: Vec<Vec<u64>> = (0..6).map(|point| space.coordinates(point)).collect();
    assert_eq!(order, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
}

#[test]
fn a_space_of_2_to_53_points_costs_no_memory_and_one_more_point_is_refused() {
    let space = grid(&[1 << 26, 1 << 27]);
    assert_eq!(space.points(), MOST_POINTS);
    let last = space.cells().cell(space.cells().count() - 1);
    assert_eq!(space.point(&last.coordinates((last.points() - 1) as u32)), MOST_POINTS - 1);
    let axes = [grid(&[(1 << 26) + 1]).axes()[0].clone(), {
        let quantity = Quantity::real("other", "1", "a test axis");
        let column =
            AxisColumn { quantity, scale: Scale::Linear { from: 0.0, to: 1.0 }, placement: Placement::Ends };
        Axis::new(vec![column], 1 << 27).unwrap()
    }];
    assert!(matches!(Space::new(axes.to_vec()), Err(SpaceError::TooManyPoints { .. })));
}

#[test]
fn linked_columns_move_together_and_names_are_unique_without_regard_to_case() {
    let column = |name: &str, to| AxisColumn {
        quantity: Quantity::real(name, "1", "a test axis"),
        scale: Scale::Linear { from: 0.0, to },
        placement: Placement::Ends,
    };
    let linked = Axis::new(vec![column("a", 4.0), column("b", 8.0)], 5).unwrap();
    let space = Space::new(vec![linked.clone()]).unwrap();
    assert_eq!(space.values(&[3]), [3.0, 6.0]);
    let twice = Space::new(vec![linked, Axis::new(vec![column("B", 1.0)], 2).unwrap()]);
    assert_eq!(twice.unwrap_err(), SpaceError::Twice { column: "B".to_owned() });
}
