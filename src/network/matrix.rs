//! A square matrix of weights, row = target, column = source. Knows nothing of where it came from.

/// Weights between nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    nodes: usize,
    /// Row after row.
    entries: Vec<f64>,
}

impl Matrix {
    /// Takes the entries, row after row.
    ///
    /// # Panics
    /// When there are not `nodes` times `nodes` of them.
    pub fn new(nodes: usize, entries: Vec<f64>) -> Self {
        assert_eq!(entries.len(), nodes * nodes, "a square matrix");
        Self { nodes, entries }
    }

    /// How many nodes it joins.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The weights of the connections to a node: its row.
    pub fn row(&self, target: usize) -> &[f64] {
        &self.entries[target * self.nodes..][..self.nodes]
    }

    /// The weight of the connection to a target from a source.
    pub fn weight(&self, target: usize, source: usize) -> f64 {
        self.entries[target * self.nodes + source]
    }

    /// The sum of a row, from the first source to the last.
    pub fn row_sum(&self, target: usize) -> f64 {
        self.row(target).iter().sum()
    }

    /// All entries, row after row.
    pub fn entries(&self) -> &[f64] {
        &self.entries
    }
}
