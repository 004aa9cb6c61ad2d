//! Graphs of textbooks, all undirected with weight 1. Knows no geometry.

use super::super::Matrix;

/// The graph with these edges.
fn undirected(nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Matrix {
    let mut entries = vec![0.0; nodes * nodes];
    for (one, other) in edges {
        entries[one * nodes + other] = 1.0;
        entries[other * nodes + one] = 1.0;
    }
    Matrix::new(nodes, entries)
}

/// `C_n`
pub(super) fn ring(n: usize) -> Matrix {
    undirected(n, (0..n).map(|node| (node, (node + 1) % n)))
}

/// `P_n`
pub(super) fn path(n: usize) -> Matrix {
    undirected(n, (1..n).map(|node| (node - 1, node)))
}

/// `K_{1,n-1}`
pub(super) fn star(n: usize) -> Matrix {
    undirected(n, (1..n).map(|node| (0, node)))
}

/// `K_n`
pub(super) fn complete(n: usize) -> Matrix {
    undirected(n, (0..n).flat_map(|node| (0..node).map(move |other| (other, node))))
}

/// `C_n x C_n`; the node of row `i` and column `j` is `i n + j`.
pub(super) fn torus(n: usize) -> Matrix {
    let edges = (0..n * n).flat_map(|node| {
        let (row, column) = (node / n, node % n);
        [(node, row * n + (column + 1) % n), (node, (row + 1) % n * n + column)]
    });
    undirected(n * n, edges)
}

/// `Q_d`; the bits of a node's number are its coordinates.
pub(super) fn hypercube(d: usize) -> Matrix {
    let nodes = 1 << d;
    undirected(nodes, (0..nodes).flat_map(|node| (0..d).map(move |bit| (node, node ^ (1 << bit)))))
}

/// `K_{a,b}`; the `a` nodes come first.
pub(super) fn bipartite(a: usize, b: usize) -> Matrix {
    undirected(a + b, (0..a).flat_map(|node| (a..a + b).map(move |other| (node, other))))
}

#[cfg(test)]
mod tests {
    use super::super::super::spectrum_of_tests::{largest_of_laplacian, second_of_laplacian};
    use super::*;

    fn degrees(matrix: &Matrix) -> Vec<f64> {
        (0..matrix.nodes()).map(|node| matrix.row_sum(node)).collect()
    }

    #[test]
    fn degrees_are_those_of_the_textbook() {
        assert_eq!(degrees(&ring(5)), [2.0; 5]);
        assert_eq!(degrees(&path(4)), [1.0, 2.0, 2.0, 1.0]);
        assert_eq!(degrees(&star(4)), [3.0, 1.0, 1.0, 1.0]);
        assert_eq!(degrees(&complete(6)), [5.0; 6]);
        assert_eq!(degrees(&torus(3)), [4.0; 9]);
        assert_eq!(degrees(&hypercube(6)), [6.0; 64]);
        assert_eq!(degrees(&bipartite(2, 3)), [3.0, 3.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn largest_eigenvalues_of_the_laplacian_are_those_of_the_textbook() {
        // A. E. Brouwer & W. H. Haemers, Spectra of Graphs (2012), section 1.4.
        let angle = std::f64::consts::PI / 90.0;
        let cases = [
            ("K90", complete(90), 90.0),
            ("star90", star(90), 90.0),
            ("C90", ring(90), 4.0),
            ("P90", path(90), 2.0 + 2.0 * angle.cos()),
            ("torus8x8", torus(8), 8.0),
            ("6-cube", hypercube(6), 12.0),
            ("K5,7", bipartite(5, 7), 12.0),
        ];
        for (name, matrix, wanted) in cases {
            let found = largest_of_laplacian(&matrix);
            assert!((found - wanted).abs() < 1e-9, "{name}: {found} and not {wanted}");
        }
    }

    #[test]
    fn every_graph_is_connected() {
        for matrix in [ring(9), path(9), star(9), complete(9), torus(3), hypercube(4), bipartite(4, 5)] {
            assert!(second_of_laplacian(&matrix) > 0.1);
        }
    }
}
