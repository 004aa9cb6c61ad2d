//! What is done to a matrix before it is used, always in this order: the diagonal, the check for negative weights, making it
//! symmetric, the threshold, the normalisation. Every step is a plain loop whose bits are the same everywhere. Knows no files.

use super::{Kind, Matrix, spectral_radius};

/// The most nodes whose spectral radius is found: it takes products of matrices.
pub const MOST_NODES_FOR_RADIUS: usize = 1024;

/// What becomes of weights of nodes on themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagonal {
    /// They become 0.
    Zero,
    /// They stay.
    Keep,
}

/// Whether weights may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negative {
    /// They may.
    Allow,
    /// They may not.
    Refuse,
}

/// How `W[i][j]` and `W[j][i]` become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symmetrise {
    /// Half of their sum.
    Mean,
    /// The larger of them.
    Largest,
}

/// What weights are divided by. Sums are of magnitudes, so of the weights themselves where none is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    /// Each row by its sum; a row of zeros stays.
    RowSum,
    /// All by the largest magnitude.
    Max,
    /// All by the spectral radius.
    SpectralRadius,
    /// All by the largest sum of a row.
    LargestRowSum,
    /// All by the mean of the sums of rows.
    MeanDegree,
}

/// What is done to a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// `None`: a weight of a node on itself is an error.
    pub diagonal: Option<Diagonal>,
    /// `None`: as the channel and the normalisation need it.
    pub negative: Option<Negative>,
    /// `None`: it stays as it is.
    pub symmetrise: Option<Symmetrise>,
    /// Weights of smaller magnitude become 0.
    pub threshold: f64,
    /// `None`: the weights stay as they are.
    pub normalise: Option<Normalise>,
}

/// How many more nodes there are of a kind, as the rest of a sentence; nothing where there are none.
fn and_others(others: usize, one: &str, many: &str) -> String {
    match others {
        0 => String::new(),
        1 => format!(", {one} 1 more node"),
        others => format!(", {many} {others} more nodes"),
    }
}

/// Why a matrix cannot be used as it is. The message ends with the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// A self-connection, without a setting that decides about it.
    #[error(
        "node {node} has a self-connection of weight {weight}{}; write `diagonal = \"zero\"` to remove it, or `diagonal = \"keep\"`",
        and_others(*others, "and so has", "and so have")
    )]
    Diagonal {
        /// The first such node.
        node: usize,
        /// Its weight.
        weight: f64,
        /// How many more there are.
        others: usize,
    },
    /// The weight of a self-connection is missing, without a setting that replaces it.
    #[error(
        "node {node} has a self-connection whose weight is not a number{}; write `diagonal = \"zero\"` to make it 0",
                and_others(*others, "and so has", "and so have")
    )]
    Missing {
        /// The first such node.
        node: usize,
        /// How many more there are.
        others: usize,
    },
    /// A negative weight where there should be none.
    #[error(
        "the connection to node {target} from node {source_node} has the negative weight {weight}, {why}; write `negative = \"allow\"` if it is intended"
    )]
    Negative {
        /// Its row.
        target: usize,
        /// Its column.
        source_node: usize,
        /// The weight.
        weight: f64,
        /// Why there should be none.
        why: &'static str,
    },
    /// Nothing to divide by.
    #[error("the {what} is {divisor}, and nothing can be divided by it; leave `normalise` out")]
    Divisor {
        /// What should divide.
        what: &'static str,
        /// Its value.
        divisor: f64,
    },
    /// The spectral radius of a large matrix.
    #[error(
        "the matrix has {nodes} nodes, and a spectral radius is found for at most {MOST_NODES_FOR_RADIUS}; normalise by `largest_row_sum`, which is never smaller"
    )]
    Radius {
        /// How many nodes it has.
        nodes: usize,
    },
}

impl Options {
    /// The matrix as a channel of some kind uses it.
    ///
    /// # Errors
    /// When a weight may not be there, or the matrix cannot be normalised.
    pub fn prepare(&self, matrix: &Matrix, kind: Kind) -> Result<Matrix, OptionsError> {
        let nodes = matrix.nodes();
        let mut entries = matrix.entries().to_vec();
        self.diagonal(nodes, &mut entries)?;
        if let Some(why) = self.why_not_negative(kind)
            && let Some(at) = entries.iter().position(|&weight| weight < 0.0)
        {
            let weight = entries[at];
            return Err(OptionsError::Negative { target: at / nodes, source_node: at % nodes, weight, why });
        }
        if let Some(way) = self.symmetrise {
            symmetrise(way, nodes, &mut entries);
        }
        entries.iter_mut().filter(|weight| weight.abs() < self.threshold).for_each(|weight| *weight = 0.0);
        match self.normalise {
            Some(by) => normalise(by, &Matrix::new(nodes, entries)),
            None => Ok(Matrix::new(nodes, entries)),
        }
    }

    fn diagonal(&self, nodes: usize, entries: &mut [f64]) -> Result<(), OptionsError> {
        let own = || (0..nodes).map(|node| node * (nodes + 1));
        if self.diagonal != Some(Diagonal::Zero) {
            let missing: Vec<usize> =
                (0..nodes).filter(|node| entries[node * (nodes + 1)].is_nan()).collect();
            if let [node, others @ ..] = &missing[..] {
                return Err(OptionsError::Missing { node: *node, others: others.len() });
            }
        }
        match self.diagonal {
            Some(Diagonal::Keep) => {}
            Some(Diagonal::Zero) => own().for_each(|at| entries[at] = 0.0),
            None => {
                let wrong: Vec<usize> = own().filter(|&at| entries[at] != 0.0).collect();
                if let [first, others @ ..] = &wrong[..] {
                    let (node, others) = (first / (nodes + 1), others.len());
                    return Err(OptionsError::Diagonal { node, weight: entries[*first], others });
                }
            }
        }
        Ok(())
    }

    /// Why negative weights are refused, if they are.
    fn why_not_negative(&self, kind: Kind) -> Option<&'static str> {
        let needs_sums = matches!(
            self.normalise,
            Some(Normalise::RowSum | Normalise::LargestRowSum | Normalise::MeanDegree)
        );
        match self.negative {
            Some(Negative::Refuse) => Some("which `negative = \"refuse\"` forbids"),
            None if kind == Kind::Diffusive => Some("by which a diffusive channel drives nodes apart"),
            None if needs_sums => Some("and the sums of `normalise` would be of magnitudes"),
            Some(Negative::Allow) | None => None,
        }
    }
}

fn symmetrise(way: Symmetrise, nodes: usize, entries: &mut [f64]) {
    for (target, source) in (0..nodes).flat_map(|target| (0..target).map(move |source| (target, source))) {
        let (here, there) = (target * nodes + source, source * nodes + target);
        let (one, other) = (entries[here], entries[there]);
        let both = match way {
            Symmetrise::Mean => 0.5 * one + 0.5 * other,
            Symmetrise::Largest => one.max(other),
        };
        (entries[here], entries[there]) = (both, both);
    }
}

fn normalise(by: Normalise, matrix: &Matrix) -> Result<Matrix, OptionsError> {
    let nodes = matrix.nodes();
    let sum = |row: &[f64]| row.iter().map(|weight| weight.abs()).sum::<f64>();
    let sums: Vec<f64> = (0..nodes).map(|target| sum(matrix.row(target))).collect();
    let largest = |values: &[f64]| values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let (what, divisor) = match by {
        Normalise::RowSum => return Ok(by_row(matrix, &sums)),
        Normalise::Max => ("largest weight", largest(matrix.entries())),
        Normalise::SpectralRadius if nodes > MOST_NODES_FOR_RADIUS => {
            return Err(OptionsError::Radius { nodes });
        }
        Normalise::SpectralRadius => ("spectral radius", spectral_radius(matrix)),
        Normalise::LargestRowSum => ("largest sum of a row", largest(&sums)),
        Normalise::MeanDegree => ("mean of the sums of rows", sums.iter().sum::<f64>() / nodes as f64),
    };
    let entries: Vec<f64> = matrix.entries().iter().map(|weight| weight / divisor).collect();
    // The divisor may also be so small that a weight becomes infinite.
    if divisor > 0.0 && entries.iter().all(|weight| weight.is_finite()) {
        Ok(Matrix::new(nodes, entries))
    } else {
        Err(OptionsError::Divisor { what, divisor })
    }
}

fn by_row(matrix: &Matrix, sums: &[f64]) -> Matrix {
    let row = |target: usize| {
        let divisor = if sums[target] > 0.0 { sums[target] } else { 1.0 };
        matrix.row(target).iter().map(move |weight| weight / divisor)
    };
    Matrix::new(matrix.nodes(), (0..matrix.nodes()).flat_map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Options =
        Options { diagonal: None, negative: None, symmetrise: None, threshold: 0.0, normalise: None };

    fn prepared(options: Options, kind: Kind, entries: [f64; 4]) -> Result<[f64; 4], String> {
        let prepared = options.prepare(&Matrix::new(2, entries.to_vec()), kind);
        prepared.map(|matrix| matrix.entries().try_into().expect("four")).map_err(|error| error.to_string())
    }

    #[test]
    fn each_option_does_what_it_says() {
        let with = |options: Options| prepared(options, Kind::Additive, [0.0, 2.0, 6.0, 0.0]);
        let normal = |by| with(Options { normalise: Some(by), ..PLAIN });
        assert_eq!(with(PLAIN), Ok([0.0, 2.0, 6.0, 0.0]));
        assert_eq!(with(Options { symmetrise: Some(Symmetrise::Mean), ..PLAIN }), Ok([0.0, 4.0, 4.0, 0.0]));
        assert_eq!(
            with(Options { symmetrise: Some(Symmetrise::Largest), ..PLAIN }),
            Ok([0.0, 6.0, 6.0, 0.0])
        );
        assert_eq!(with(Options { threshold: 3.0, ..PLAIN }), Ok([0.0, 0.0, 6.0, 0.0]));
        assert_eq!(normal(Normalise::RowSum), Ok([0.0, 1.0, 1.0, 0.0]));
        assert_eq!(normal(Normalise::Max), Ok([0.0, 2.0 / 6.0, 1.0, 0.0]));
        assert_eq!(normal(Normalise::LargestRowSum), Ok([0.0, 2.0 / 6.0, 1.0, 0.0]));
        assert_eq!(normal(Normalise::MeanDegree), Ok([0.0, 0.5, 1.5, 0.0]));
        let [_, small, large, _] = normal(Normalise::SpectralRadius).expect("a radius");
        assert!((small * large - 1.0).abs() < 1e-14, "a matrix of spectral radius 1");
    }

    #[test]
    fn symmetry_comes_before_the_threshold_and_that_before_the_normalisation() {
        let options = Options {
            symmetrise: Some(Symmetrise::Mean),
            threshold: 3.5,
            normalise: Some(Normalise::Max),
            ..PLAIN
        };
        assert_eq!(prepared(options, Kind::Additive, [0.0, 2.0, 6.0, 0.0]), Ok([0.0, 1.0, 1.0, 0.0]));
    }

    #[test]
    fn a_diagonal_needs_a_word() {
        let matrix = [1.0, 2.0, 6.0, 3.0];
        let message = prepared(PLAIN, Kind::Additive, matrix).expect_err("no word");
        assert!(
            message.starts_with("node 0 has a self-connection of weight 1, and so has 1 more node; write"),
            "{message}"
        );
        let with = |diagonal| prepared(Options { diagonal: Some(diagonal), ..PLAIN }, Kind::Additive, matrix);
        assert_eq!(with(Diagonal::Zero), Ok([0.0, 2.0, 6.0, 0.0]));
        assert_eq!(with(Diagonal::Keep), Ok(matrix));
    }

    #[test]
    fn what_is_missing_on_the_diagonal_may_only_become_zero() {
        let matrix = [0.0, 2.0, 6.0, f64::NAN];
        let with = |diagonal| prepared(Options { diagonal, ..PLAIN }, Kind::Additive, matrix);
        assert_eq!(with(Some(Diagonal::Zero)), Ok([0.0, 2.0, 6.0, 0.0]));
        for diagonal in [None, Some(Diagonal::Keep)] {
            let message = with(diagonal).expect_err("missing");
            assert!(
                message.starts_with("node 1 has a self-connection whose weight is not a number"),
                "{message}"
            );
            assert!(message.ends_with("write `diagonal = \"zero\"` to make it 0"), "{message}");
        }
    }

    #[test]
    fn negative_weights_are_refused_where_they_turn_the_meaning_round() {
        let matrix = [0.0, -1.0, 2.0, 0.0];
        let refused = |options, kind| {
            prepared(options, kind, matrix).is_err_and(|text| text.contains("negative weight -1"))
        };
        let sums = Options { normalise: Some(Normalise::MeanDegree), ..PLAIN };
        assert!(!refused(PLAIN, Kind::Additive));
        assert!(refused(PLAIN, Kind::Diffusive));
        assert!(refused(sums, Kind::Additive));
        assert!(refused(Options { negative: Some(Negative::Refuse), ..PLAIN }, Kind::Additive));
        let allowed = Options { negative: Some(Negative::Allow), ..sums };
        assert_eq!(prepared(allowed, Kind::Diffusive, matrix), Ok([0.0, -1.0 / 1.5, 2.0 / 1.5, 0.0]));
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        for by in [Normalise::Max, Normalise::SpectralRadius, Normalise::LargestRowSum, Normalise::MeanDegree]
        {
            let message =
                prepared(Options { normalise: Some(by), ..PLAIN }, Kind::Additive, [0.0; 4]).expect_err("0");
            assert!(message.ends_with("leave `normalise` out"), "{message}");
        }
        let by_rows = Options { normalise: Some(Normalise::RowSum), ..PLAIN };
        assert_eq!(prepared(by_rows, Kind::Additive, [0.0, 0.0, 4.0, 0.0]), Ok([0.0, 0.0, 1.0, 0.0]));
    }
}
