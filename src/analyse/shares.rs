//! How much of a map every regime takes. Knows nothing of the space's metric: every point counts the same.

use crate::analyse::slice::{Label, Panel, Slice};

/// A regime and how many points have it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Share {
    /// The regime.
    #[serde(flatten)]
    pub label: Label,
    /// How many points have it.
    pub points: u64,
    /// Which part of all points that is, from 0 to 1.
    pub fraction: f64,
}

impl Share {
    /// The share of every label in each panel of a slice, in the labels' order.
    pub fn of_panels(slice: &Slice) -> Vec<Vec<Self>> {
        let of = |panel: &Panel| {
            let mut tally = Tally::default();
            tally.add(&panel.regimes);
            tally.shares(&slice.labels)
        };
        slice.panels.iter().map(of).collect()
    }
}

/// A count of labels' indices, to be filled piece by piece.
#[derive(Clone, Debug)]
pub struct Tally {
    counts: [u64; 256],
}

impl Default for Tally {
    fn default() -> Self {
        Self { counts: [0; 256] }
    }
}

impl Tally {
    /// Counts some points.
    pub fn add<'a>(&mut self, regimes: impl IntoIterator<Item = &'a u8>) {
        for regime in regimes {
            self.counts[usize::from(*regime)] += 1;
        }
    }

    /// How many points have a label's index.
    pub fn count(&self, regime: u8) -> u64 {
        self.counts[usize::from(regime)]
    }

    /// The share of every label, in the labels' order, those without a point too.
    pub fn shares(&self, labels: &[Label]) -> Vec<Share> {
        let total: u64 = self.counts.iter().sum();
        let share = |(label, &points): (&Label, &u64)| Share {
            label: label.clone(),
            points,
            fraction: if total == 0 { 0.0 } else { points as f64 / total as f64 },
        };
        labels.iter().zip(&self.counts).map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_one() {
        let mut tally = Tally::default();
        tally.add(&[0, 1, 1, 1]);
        let shares = tally.shares(&[
            Label::new("rest", false),
            Label::new("seizure", true),
            Label::new("other", false),
        ]);
        assert_eq!(shares.iter().map(|share| share.points).collect::<Vec<_>>(), [1, 3, 0]);
        assert!((shares.iter().map(|share| share.fraction).sum::<f64>() - 1.0).abs() < 1e-15);
    }
}
