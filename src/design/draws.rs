//! Independent draws and latin hypercubes, each number a function of its place. Knows nothing of distributions.

use super::scramble::{key, mix, unit, whole};

/// Rounds of the cipher that permutes strata.
const ROUNDS: u64 = 6;

/// Independent draws of (0, 1) for the points `first ..`.
pub(super) fn random(own: u64, first: u32, points: &mut [f64]) {
    for (number, place) in points.iter_mut().enumerate() {
        *place = unit(key(own, u64::from(first) + number as u64));
    }
}

/// One coordinate of a latin hypercube of `base` points: one draw in each of `base` equal intervals, in an order of its own
/// (`McKay`, Beckman & Conover 1979).
pub(super) fn latin(own: u64, base: u64, first: u32, points: &mut [f64]) {
    let (order, inside) = (key(own, 0), key(own, 1));
    for (number, place) in points.iter_mut().enumerate() {
        let index = u64::from(first) + number as u64;
        // Twenty bits inside the interval: with the 32 of the interval all are exact.
        let part = ((key(inside, index) >> 44) as f64 + 0.5) / 1_048_576.0;
        *place = (permuted(order, base, index) as f64 + part) / base as f64;
    }
}

/// Where a permutation of `0 .. length` takes an index: a cipher of Feistel's kind on the next even power of two, walked until
/// it comes back into the range (Black & Rogaway 2002, "Ciphers with arbitrary finite domains").
fn permuted(own: u64, length: u64, index: u64) -> u64 {
    let half = (64 - (length - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1u64 << half) - 1;
    let mut at = index;
    loop {
        let (mut left, mut right) = (at >> half, at & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (mix(key(own, round) ^ right) & mask));
        }
        at = left << half | right;
        if at < length {
            return at;
        }
    }
}

/// A random order of `0 .. count`, as the rank of each (Fisher & Yates).
pub(super) fn ranks(own: u64, count: usize, ranks: &mut Vec<usize>) {
    ranks.clear();
    ranks.extend(0..count);
    for last in (1..count).rev() {
        ranks.swap(last, whole(key(own, last as u64), last as u64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interval_of_a_latin_hypercube_holds_one_point() {
        for base in [1, 2, 3, 5, 10, 64, 1000] {
            let mut points = vec![0.0; base];
            latin(7, base as u64, 0, &mut points);
            let mut strata: Vec<usize> = points.iter().map(|u| (u * base as f64) as usize).collect();
            assert!(base < 10 || strata.windows(2).any(|pair| pair[0] > pair[1]), "in an order of their own");
            strata.sort_unstable();
            assert_eq!(strata, (0..base).collect::<Vec<_>>());
            let mut later = vec![0.0; base / 2];
            latin(7, base as u64, (base - base / 2) as u32, &mut later);
            assert_eq!(later, points[base - base / 2..], "a point is a function of its index");
        }
    }

    #[test]
    fn every_order_of_three_comes_equally_often() {
        for by_ranks in [true, false] {
            let mut counts = [0; 6];
            for seed in 0..60_000 {
                let own = mix(seed);
                let mut order = Vec::new();
                if by_ranks {
                    ranks(own, 3, &mut order);
                } else {
                    order = (0..3).map(|index| permuted(own, 3, index) as usize).collect();
                }
                counts[order[0] * 2 + usize::from(order[1] > order[2])] += 1;
            }
            // Ten thousand each, give or take six standard deviations of a count.
            assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 550), "{counts:?}");
        }
    }

    #[test]
    fn draws_fill_the_interval_evenly_and_do_not_depend_on_where_a_run_begins() {
        let mut points = vec![0.0; 100_000];
        random(mix(3), 0, &mut points);
        let mut counts = [0; 10];
        for u in &points {
            counts[(u * 10.0) as usize] += 1;
        }
        // Five standard deviations of a count.
        assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 475), "{counts:?}");
        let mut later = vec![0.0; 100];
        random(mix(3), 500, &mut later);
        assert_eq!(later, points[500..600]);
    }
}
