//! What the nodes of a network make of one value of each: a sum weighted by a matrix, a mean, an extreme. Knows neither graphs
//! nor registers. Sums run from the first node to the last whatever the machine, so that they have the same bits everywhere.

use std::sync::Arc;

/// How values of all nodes become one value for each.
#[derive(Clone, Debug)]
pub enum Meet {
    /// Node `i` gets `sum_j W[i][j] x[j]`.
    Product(Arc<Weights>),
    /// Every node gets the sum over all.
    Sum,
    /// Every node gets the mean over all.
    Mean,
    /// Every node gets the largest value of all.
    Largest,
    /// Every node gets the smallest value of all.
    Smallest,
    /// Every node gets the value of this one.
    Node(u32),
}

/// So many rows of a dense matrix are worked on together; they lie beside each other in memory.
pub(crate) const PANEL: usize = 8;

/// A matrix with at most this part of its entries not 0 is kept as the list of them.
const SPARSE: f64 = 0.2;

/// A matrix of weights, row = target, column = source, as a machine reads it.
#[derive(Clone, Debug)]
pub struct Weights {
    nodes: usize,
    kept: Kept,
}

#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// `[panel][source][row of the panel]`; rows beyond the last are 0.
    Panels(Vec<f64>),
    /// For each row where its entries begin, and the entries with their sources.
    Entries { begins: Vec<usize>, entries: Vec<(u32, f64)> },
}

impl Weights {
    /// Takes a square matrix, row after row.
    ///
    /// # Panics
    /// When there are not `nodes` times `nodes` entries.
    pub fn new(nodes: usize, rows: &[f64]) -> Self {
        assert_eq!(rows.len(), nodes * nodes, "a square matrix");
        let filled = rows.iter().filter(|weight| **weight != 0.0).count();
        let kept = if filled as f64 <= SPARSE * rows.len() as f64 {
            let mut begins = vec![0];
            let mut entries = Vec::with_capacity(filled);
            for row in rows.chunks_exact(nodes.max(1)) {
                let own = row.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
                entries.extend(own.map(|(source, weight)| (source as u32, *weight)));
                begins.push(entries.len());
            }
            Kept::Entries { begins, entries }
        } else {
            let panels = nodes.div_ceil(PANEL);
            let mut packed = vec![0.0; panels * PANEL * nodes];
            for (target, row) in rows.chunks_exact(nodes.max(1)).enumerate() {
                let panel = &mut packed[target / PANEL * PANEL * nodes..];
                for (source, weight) in row.iter().enumerate() {
                    panel[source * PANEL + target % PANEL] = *weight;
                }
            }
            Kept::Panels(packed)
        };
        Self { nodes, kept }
    }

    /// How many nodes it joins.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Whether only its entries that are not 0 are kept.
    pub fn is_sparse(&self) -> bool {
        matches!(self.kept, Kept::Entries { .. })
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }
}
