//! The spectral radius of a matrix, by squaring: the largest modulus of its eigenvalues, with or without signs, symmetry or a
//! single dominant one. Knows no eigenvectors.

use super::Matrix;

/// The most squarings: the estimate's error halves with each, so that beyond it no bit would change.
const MOST_SQUARINGS: usize = 60;

/// How little the entries of a scaled power may change, where the largest row sum is 1, for it to have come to rest.
const AT_REST: f64 = 1e-14;

/// The spectral radius, `lim |W^k|^(1/k)` for `k = 1, 2, 4, ..` (Gelfand's formula), in plain sums of products, so that its bits
/// are the same everywhere. Squaring ends where no entry of the scaled power changes by more than 1e-14 (it is then a
/// projection, and later powers would not change either), or after 60 squarings. The relative error is about 1e-14; it is
/// larger for eigenvalues that are themselves sensitive to rounding, as those of defective matrices are.
///
/// # Panics
/// Never: there is a norm.
pub fn spectral_radius(matrix: &Matrix) -> f64 {
    let nodes = matrix.nodes();
    let mut power = matrix.entries().to_vec();
    let mut norms = vec![scale(&mut power, nodes)];
    while norms.len() <= MOST_SQUARINGS && norms.last() != Some(&0.0) {
        let mut next = square(&power, nodes);
        norms.push(scale(&mut next, nodes));
        let is_at_rest = power.iter().zip(&next).all(|(old, new)| (old - new).abs() <= AT_REST);
        power = next;
        if is_at_rest {
            break;
        }
    }
    // With `A_0 = W` and `A_(k+1) = (A_k/|A_k|)^2`, `|W^(2^k)|^(1/2^k)` is `|A_0| |A_1|^(1/2) |A_2|^(1/4) ..`; of what would
    // follow each norm is the last one.
    let last = norms.pop().expect("at least one norm");
    norms.iter().rev().fold(last * last, |inner, &norm| norm * inner.sqrt())
}

/// Divides a matrix by its norm, and gives the norm.
fn scale(entries: &mut [f64], nodes: usize) -> f64 {
    let norm = norm(entries, nodes);
    if norm > 0.0 {
        for entry in entries.iter_mut() {
            *entry /= norm;
        }
    }
    norm
}

/// The largest sum of magnitudes in a row.
fn norm(entries: &[f64], nodes: usize) -> f64 {
    let rows = entries.chunks_exact(nodes).map(|row| row.iter().map(|entry| entry.abs()).sum());
    rows.fold(0.0, f64::max)
}

/// The product of a matrix with itself, each sum from the first term to the last.
fn square(entries: &[f64], nodes: usize) -> Vec<f64> {
    let mut product = vec![0.0; nodes * nodes];
    for (row, sums) in entries.chunks_exact(nodes).zip(product.chunks_exact_mut(nodes)) {
        for (&factor, other) in row.iter().zip(entries.chunks_exact(nodes)) {
            if factor != 0.0 {
                sums.iter_mut().zip(other).for_each(|(sum, entry)| *sum += factor * entry);
            }
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn radius(nodes: usize, entries: &[f64]) -> f64 {
        spectral_radius(&Matrix::new(nodes, entries.to_vec()))
    }

    #[test]
    fn small_matrices_have_the_radius_of_their_characteristic_polynomial() {
        let cases = [
            (2, &[1.0, 2.0, 3.0, 4.0][..], 2.5 + 8.25_f64.sqrt()),
            (2, &[0.0, -2.0, 2.0, 0.0], 2.0),
            (2, &[0.0, 1.0, 1.0, 0.0], 1.0),
            (2, &[3.0, 0.0, 0.0, -7.0], 7.0),
            // Complex eigenvalues of modulus sqrt(5): an estimate by iterating a vector would never settle.
            (2, &[1.0, -2.0, 2.0, 1.0], 5.0_f64.sqrt()),
            (3, &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], 0.0),
            (1, &[-0.25], 0.25),
            (2, &[0.0; 4], 0.0),
            (2, &[1e-200, 0.0, 0.0, 1e-201], 1e-200),
        ];
        for (nodes, entries, wanted) in cases {
            let found = radius(nodes, entries);
            assert!((found - wanted).abs() <= 1e-13 * wanted, "{entries:?}: {found} and not {wanted}");
        }
    }

    #[test]
    fn a_defective_matrix_has_its_radius_too() {
        assert!((radius(2, &[1.0, 1.0, 0.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_radius_of_a_path_is_known_to_the_last_digits() {
        let found =
            spectral_radius(&super::super::generator("path").expect("a path").make(&[90]).expect("fine"));
        let wanted = 2.0 * (std::f64::consts::PI / 91.0).cos();
        assert!((found - wanted).abs() < 1e-13, "{found} and not {wanted}");
    }
}
