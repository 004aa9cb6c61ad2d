//! How far indices of a binary outcome will be from the truth, before anything is run. Knows no model: only how many rows there are.
//!
//! Root mean square errors of five functions were measured at N = 1024 (docs/estimators.md); the largest of them is taken, and falls with
//! the root of the number of rows. Half widths of 95 % are twice as large.

/// Half widths of 95 % that may be expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Of indices of first order.
    pub s1: f64,
    /// Of indices of total order, where a design has rows for them.
    pub st: Option<f64>,
}

/// The largest error of products of group means of eight replicates, A and B of 1024 rows each.
const REPLICATED_S1: f64 = 0.0037;

/// The largest error of group means of one replicate, A and B of 1024 rows each.
const PLAIN_S1: f64 = 0.0137;

/// The largest error of Martinez' total order, 1024 rows of each block.
const MARTINEZ_ST: f64 = 0.034;

/// What may be expected of so many Sobol' points in each replicate, with pairs of rows for the total order or without.
pub fn of_binary(base: u64, replicates: u64, is_paired: bool) -> Expected {
    let rows = base as f64 * replicates as f64;
    // Without B there are half as many rows.
    let pairs = if is_paired { rows } else { rows / 2.0 };
    let s1 = if replicates > 1 {
        REPLICATED_S1 * (8.0 * 1024.0 / pairs).sqrt()
    } else {
        PLAIN_S1 * (1024.0 / pairs).sqrt()
    };
    let st = is_paired.then(|| 2.0 * MARTINEZ_ST * (1024.0 / rows).sqrt());
    Expected { s1: 2.0 * s1, st }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_that_were_measured_and_fall_with_the_root_of_the_rows() {
        let near = |own: f64, wanted: f64| (own / wanted - 1.0).abs() < 1e-12;
        let measured = of_binary(1024, 8, true);
        assert!(near(measured.s1, 0.0074) && near(measured.st.unwrap(), 0.068 / 8f64.sqrt()));
        let more = of_binary(4096, 8, true);
        assert!(near(more.s1, 0.0037) && near(more.st.unwrap(), measured.st.unwrap() / 2.0));
        assert!(near(of_binary(1024, 1, true).s1, 0.0274));
        let unpaired = of_binary(2048, 8, false);
        assert!(near(unpaired.s1, 0.0074) && unpaired.st.is_none());
    }
}
