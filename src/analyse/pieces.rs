//! A map piece by piece, so that memory does not grow with its size. Knows nothing of what is in a piece.

/// A box of points: where it begins and how many points it has along every axis.
pub(super) type Piece = (Vec<u64>, Vec<u64>);

/// The pieces of a map, each a chunk of it but for those at the far ends, in row-major order.
pub(super) fn pieces(shape: &[u64], chunk: &[u64]) -> impl Iterator<Item = Piece> + use<> {
    let (shape, chunk) = (shape.to_vec(), chunk.to_vec());
    let counts: Vec<u64> = shape.iter().zip(&chunk).map(|(length, side)| length.div_ceil(*side)).collect();
    (0..counts.iter().product()).map(move |number: u64| {
        let mut rest = number;
        let mut start = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            start[axis] = (rest % counts[axis]) * chunk[axis];
            rest /= counts[axis];
        }
        let count = (0..shape.len()).map(|axis| chunk[axis].min(shape[axis] - start[axis])).collect();
        (start, count)
    })
}

/// The coordinates of the point with a row-major number inside a piece.
pub(super) fn coordinates((start, count): &Piece, number: usize) -> Vec<u64> {
    let mut rest = number as u64;
    let mut coordinates = start.clone();
    for axis in (0..count.len()).rev() {
        coordinates[axis] += rest % count[axis];
        rest /= count[axis];
    }
    coordinates
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_point_is_in_exactly_one_piece(
            shape in proptest::collection::vec(1_u64..7, 1..4),
            side in 1_u64..4,
        ) {
            let chunk: Vec<u64> = shape.iter().map(|length| side.min(*length)).collect();
            let mut seen = std::collections::HashSet::new();
            for piece in pieces(&shape, &chunk) {
                for number in 0..piece.1.iter().product::<u64>() {
                    prop_assert!(seen.insert(coordinates(&piece, number as usize)));
                }
            }
            prop_assert_eq!(seen.len() as u64, shape.iter().product::<u64>());
        }
    }
}
