//! All eigenvalues of a real matrix. Knows nothing of where it comes from.
//!
//! One and two dimensions in closed form; else the matrix is scaled by a power of two, and a symmetric one brought to tridiagonal
//! form ([`symmetric`]), any other balanced, brought to Hessenberg form ([`hessenberg`]) and deflated by double-shift steps
//! ([`francis`]). This is our own code and not a library's because a row must have the same bits on every processor: fast
//! libraries choose their kernels by it, and the scalar one that was tried (nalgebra 0.35) has no exceptional shifts and does
//! not converge on the complete graph of 90 nodes. Nothing here calls the C library but for the square root, which IEEE fixes.

mod francis;
mod hessenberg;
mod symmetric;

/// An eigenvalue `re + i im`, in the unit of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvalue {
    /// Growth rate.
    pub re: f64,
    /// Angular frequency; of a pair one is above 0 and one below.
    pub im: f64,
}

impl Eigenvalue {
    fn real(re: f64) -> Self {
        Self { re, im: 0.0 }
    }
}

/// The eigenvalues of `matrix`, row after row, in no order; a complex one stands beside its conjugate. `None` where an entry is
/// no number, or the iteration has not ended within its limit or before `is_given_up` has said so.
///
/// # Panics
/// When there are not `dimension` times `dimension` entries.
pub fn eigenvalues(
    matrix: &mut [f64],
    dimension: usize,
    is_given_up: &dyn Fn() -> bool,
) -> Option<Vec<Eigenvalue>> {
    assert_eq!(matrix.len(), dimension * dimension, "a square matrix");
    if !matrix.iter().all(|entry| entry.is_finite()) {
        return None;
    }
    match *matrix {
        [] => return Some(Vec::new()),
        [entry] => return Some(vec![Eigenvalue::real(entry)]),
        [a, b, c, d] => return Some(pair(a, b, c, d).into()),
        _ => {}
    }
    let unit = unit(matrix);
    if unit == 0.0 {
        return Some(vec![Eigenvalue::real(0.0); dimension]);
    }
    for entry in &mut *matrix {
        *entry /= unit;
    }
    let is_equal = |row: usize, column: usize| {
        matrix[row * dimension + column] - matrix[column * dimension + row] == 0.0
    };
    let is_symmetric = (0..dimension).all(|row| (0..row).all(|column| is_equal(row, column)));
    let mut found = if is_symmetric {
        symmetric::eigenvalues(matrix, dimension, is_given_up)?.into_iter().map(Eigenvalue::real).collect()
    } else {
        hessenberg::balance(matrix, dimension);
        hessenberg::reduce(matrix, dimension, is_given_up)?;
        francis::eigenvalues(matrix, dimension, is_given_up)?
    };
    for eigenvalue in &mut found {
        eigenvalue.re *= unit;
        eigenvalue.im *= unit;
    }
    Some(found)
}

/// Work on matrices of fewer rows is over before anybody would ask.
const LARGE: usize = 64;

/// Whether work on a matrix should end, asked where it is large enough to take long.
fn is_over(dimension: usize, is_given_up: &dyn Fn() -> bool) -> bool {
    dimension >= LARGE && is_given_up()
}

/// The power of two below the largest entry: to divide by it changes no bit of a mantissa.
fn unit(matrix: &[f64]) -> f64 {
    let largest = matrix.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    if largest < f64::MIN_POSITIVE {
        return if largest == 0.0 { 0.0 } else { f64::MIN_POSITIVE };
    }
    f64::from_bits(largest.to_bits() & 0x7ff0_0000_0000_0000)
}

/// The eigenvalues of `[[a, b], [c, d]]`, from half the trace and the discriminant; neither loses digits where terms cancel.
fn pair(a: f64, b: f64, c: f64, d: f64) -> [Eigenvalue; 2] {
    let (middle, half) = (0.5 * a + 0.5 * d, 0.5 * a - 0.5 * d);
    let discriminant = sum_of_products(half, half, b, c);
    if discriminant < 0.0 {
        let im = (-discriminant).sqrt();
        return [Eigenvalue { re: middle, im }, Eigenvalue { re: middle, im: -im }];
    }
    let root = discriminant.sqrt();
    let far = if middle < 0.0 { middle - root } else { middle + root };
    // The nearer one as determinant over the farther: as a difference it would lose its digits where it is near 0.
    let near = if far == 0.0 { 0.0 } else { sum_of_products(a, d, -b, c) / far };
    [Eigenvalue::real(far.max(near)), Eigenvalue::real(far.min(near))]
}

/// `a*b + c*d` with an error below two units in the last place, after Kahan.
fn sum_of_products(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let product = c * d;
    let lost = c.mul_add(d, -product);
    a.mul_add(b, product) + lost
}

/// A scalar product; four sums side by side, in an order of their own, do not wait for each other.
fn product(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (left.chunks_exact(4), right.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// `target += factor * other`
fn add(target: &mut [f64], factor: f64, other: &[f64]) {
    target.iter_mut().zip(other).for_each(|(target, other)| *target += factor * other);
}

/// A reflection `1 - factor * v v'` that sends `v`, as given, to `(result, 0, ..)`; its first component becomes 1.
/// `factor` is 0 where nothing is to do.
fn reflection(v: &mut [f64]) -> (f64, f64) {
    let first = v[0];
    let below: f64 = v[1..].iter().map(|x| x * x).sum();
    if below == 0.0 {
        return (0.0, first);
    }
    let length = (first * first + below).sqrt();
    let result = if first < 0.0 { length } else { -length };
    let pivot = first - result;
    v[0] = 1.0;
    v[1..].iter_mut().for_each(|x| *x /= pivot);
    (-pivot / result, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(matrix: &[f64], dimension: usize) -> Vec<Eigenvalue> {
        let mut found = eigenvalues(&mut matrix.to_vec(), dimension, &|| false).expect("it converges");
        found.sort_by(|x, y| x.re.total_cmp(&y.re).then(x.im.total_cmp(&y.im)));
        found
    }

    fn matrix(dimension: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        (0..dimension * dimension).map(|at| entry(at / dimension, at % dimension)).collect()
    }

    fn near(found: Eigenvalue, re: f64, im: f64, tolerance: f64) {
        assert!(
            (found.re - re).abs() < tolerance && (found.im - im).abs() < tolerance,
            "{found:?} {re} {im}"
        );
    }

    #[test]
    fn one_and_two_dimensions_are_exact() {
        assert_eq!(sorted(&[-3.5], 1), [Eigenvalue::real(-3.5)]);
        let found = sorted(&[-1.0, 2.0, -2.0, -1.0], 2);
        assert_eq!(found, [Eigenvalue { re: -1.0, im: -2.0 }, Eigenvalue { re: -1.0, im: 2.0 }]);
        // The trace is 1e8 times as large as the determinant: the nearer eigenvalue keeps its digits.
        let found = sorted(&[-1e8, 1.0, 1.0, -1e-8 - 1e-8], 2);
        assert!((found[1].re + 1e-8).abs() < 1e-20, "{found:?}");
        // A singular matrix whose products round: the eigenvalue is 0, not a rounding error.
        let x = 0.1 + 0.2;
        assert_eq!(sorted(&[x, -x, -x, x], 2)[0], Eigenvalue::real(0.0));
    }

    #[test]
    fn equal_eigenvalues_of_a_matrix_without_symmetry_are_found() {
        // Ten nodes that all hear each other, nine of them one node more than the others: nine eigenvalues are equal.
        for (sigma, g) in (0..40).flat_map(|at| (0..40).map(move |other| (at, other))) {
            let (sigma, g) = (0.0075 * (f64::from(sigma) + 0.5), 0.05 * (f64::from(g) + 0.5));
            let entry = |row: usize, column: usize| match (row, column) {
                (0, 0) => 9.0 * sigma - 1.0,
                (row, column) if row == column => 9.0 * sigma - 1.0 - g,
                (1.., 0) => 0.05 - sigma + g,
                _ => 0.05 - sigma,
            };
            let found = sorted(&matrix(10, entry), 10);
            near(found[9], f64::max(-0.55, 10.0 * sigma - 1.05 - g), 0.0, 1e-8);
        }
    }

    #[test]
    fn a_circulant_has_the_fourier_transform_of_its_row() {
        // x' = 1.5 x[i-1] + 0.5 x[i+1] - x: lambda_q = -1 + 2 cos q - i sin q.
        for dimension in [3, 4, 7, 90] {
            let found = sorted(
                &matrix(dimension, |row, column| {
                    -f64::from(u8::from(row == column))
                        + f64::from(u8::from(row == (column + 1) % dimension)) * 1.5
                        + f64::from(u8::from(column == (row + 1) % dimension)) * 0.5
                }),
                dimension,
            );
            let angle = |wave: usize| std::f64::consts::TAU * wave as f64 / dimension as f64;
            let mut wanted: Vec<(f64, f64)> =
                (0..dimension).map(|wave| (-1.0 + 2.0 * angle(wave).cos(), -angle(wave).sin())).collect();
            for own in found {
                let distance = |(re, im): &(f64, f64)| (own.re - re).abs() + (own.im - im).abs();
                let nearest = (0..wanted.len())
                    .min_by(|&x, &y| distance(&wanted[x]).total_cmp(&distance(&wanted[y])))
                    .expect("one is left");
                assert!(distance(&wanted.swap_remove(nearest)) < 1e-12, "{dimension} {own:?}");
            }
        }
    }

    #[test]
    fn a_shift_that_a_plain_double_step_repeats_for_ever_is_left() {
        for dimension in [3, 4, 5, 90] {
            let cyclic =
                matrix(dimension, |row, column| f64::from(u8::from(row == (column + 1) % dimension)));
            for found in sorted(&cyclic, dimension) {
                assert!((found.re.hypot(found.im) - 1.0).abs() < 1e-13, "{dimension} {found:?}");
            }
        }
    }

    #[test]
    fn many_equal_eigenvalues_are_found() {
        // -1 + sigma L of a complete graph: -1 once, -1 + 90 sigma 89 times.
        let complete = |asymmetry: f64| {
            let mut entries = matrix(90, |row, column| if row == column { -1.0 + 0.89 } else { -0.01 });
            entries[1] += asymmetry;
            entries
        };
        let found = sorted(&complete(0.0), 90);
        assert!(found.iter().all(|own| own.im == 0.0));
        near(found[0], -1.0, 0.0, 1e-13);
        for own in &found[1..] {
            near(*own, -0.1, 0.0, 1e-13);
        }
        let found = sorted(&complete(1e-300), 90);
        near(found[0], -1.0, 0.0, 1e-12);
        for own in &found[1..] {
            near(*own, -0.1, 0.0, 1e-12);
        }
    }

    #[test]
    fn defective_zero_huge_and_tiny_matrices_have_their_eigenvalues() {
        let jordan = matrix(6, |row, column| match column.wrapping_sub(row) {
            0 => -1.0,
            1 => 1.0,
            _ => 0.0,
        });
        for own in sorted(&jordan, 6) {
            near(own, -1.0, 0.0, 1e-12);
        }
        assert!(sorted(&[0.0; 25], 5).iter().all(|own| *own == Eigenvalue::real(0.0)));
        let entry = |row: usize, column: usize| ((row * 7 + column * 3) % 5) as f64 - 1.5;
        let plain = sorted(&matrix(6, entry), 6);
        for scale in [1e300, 1e-300] {
            let scaled = sorted(&matrix(6, |row, column| scale * entry(row, column)), 6);
            for (own, plain) in scaled.iter().zip(&plain) {
                near(Eigenvalue { re: own.re / scale, im: own.im / scale }, plain.re, plain.im, 1e-13);
            }
        }
        assert_eq!(eigenvalues(&mut [f64::NAN; 9], 3, &|| false), None);
        assert_eq!(eigenvalues(&mut [f64::INFINITY, 0.0, 0.0, 1.0], 2, &|| false), None);
    }

    #[test]
    fn a_matrix_that_is_out_of_balance_is_balanced() {
        // Similar to [[1, 2, 0], [3, 4, 5], [0, 6, 7]] by powers of ten; its eigenvalues by its characteristic polynomial.
        let scales = [1e-9, 1.0, 1e9];
        let entry = |row: usize, column: usize| {
            [[1.0, 2.0, 0.0], [3.0, 4.0, 5.0], [0.0, 6.0, 7.0]][row][column] * scales[row] / scales[column]
        };
        for own in sorted(&matrix(3, entry), 3) {
            let x = own.re;
            let polynomial = (1.0 - x) * ((4.0 - x) * (7.0 - x) - 30.0) - 6.0 * (7.0 - x);
            assert!(polynomial.abs() < 1e-11 && own.im == 0.0, "{own:?} {polynomial}");
        }
    }

    proptest::proptest! {
        #[test]
        fn sums_of_eigenvalues_and_of_their_squares_are_traces(
            dimension in 1..40_usize,
            symmetric in proptest::bool::ANY,
            entries in proptest::collection::vec(-2.0..2.0_f64, 1600),
        ) {
            let entry = |row: usize, column: usize| {
                let other = if symmetric { entries[column * 40 + row] } else { 0.0 };
                entries[row * 40 + column] + other
            };
            let found = eigenvalues(&mut matrix(dimension, entry), dimension, &|| false).expect("it converges");
            let trace: f64 = (0..dimension).map(|at| entry(at, at)).sum();
            let sum: f64 = found.iter().map(|own| own.re).sum();
            proptest::prop_assert!((trace - sum).abs() < 1e-11, "{trace} {sum}");
            let squares: f64 = (0..dimension)
                .map(|row| (0..dimension).map(|at| entry(row, at) * entry(at, row)).sum::<f64>())
                .sum();
            let wanted: f64 = found.iter().map(|own| own.re * own.re - own.im * own.im).sum();
            proptest::prop_assert!((squares - wanted).abs() < 1e-9, "{squares} {wanted}");
            proptest::prop_assert!(found.iter().map(|own| own.im).sum::<f64>().abs() < 1e-12);
            proptest::prop_assert!(!symmetric || found.iter().all(|own| own.im == 0.0));
        }
    }
}
