//! Mirroring: one node's activity is sent to all its targets. Knows nothing of gains.

use super::Matrix;

impl Matrix {
    /// All targets of a node receive it with weight 1, and nothing else; on a diffusive channel with gain `g` that adds
    /// `g (x[node] - x[i])` to each of them, which brings them nearer to it.
    #[must_use]
    pub fn mirror_of(&self, node: usize) -> Self {
        let nodes = self.nodes();
        let weight = |target: usize, source: usize| {
            let hears = source == node && target != node && self.weight(target, node) != 0.0;
            f64::from(u8::from(hears))
        };
        let row = |target: usize| (0..nodes).map(move |source| weight(target, source));
        Self::new(nodes, (0..nodes).flat_map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_hear_a_node_see_its_mirror_image() {
        // 0 hears 1, 1 hears 2 and itself, 2 hears 0 and 1.
        let matrix = Matrix::new(3, vec![0.0, 0.5, 0.0, 0.0, 7.0, 2.0, 3.0, -4.0, 0.0]);
        let mirror = matrix.mirror_of(1);
        assert_eq!(mirror.entries(), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    }
}
