//! What happens at a barrier: values of all nodes become one value for each. The lanes of a node lie side by side, one a point,
//! so that all of it runs over points. Knows nothing of what the values mean.
#![expect(unsafe_code, reason = "vectors are read and written in place")]
#![expect(
    clippy::inline_always,
    reason = "the loops must be compiled inside functions that enable the vector instructions"
)]

use super::vector::Lanes;
use crate::equation::meeting::{Kept, Meet, PANEL};

/// So many sources are gone through for all targets before the next: their values stay in the first cache.
const SOURCES: usize = 128;

/// The values of one register, node after node, and where the results go.
#[derive(Clone, Copy)]
pub(super) struct Exchange {
    /// `[node][point]`
    pub(super) source: *const f64,
    /// Likewise; nothing of it overlaps the source.
    pub(super) target: *mut f64,
    pub(super) nodes: usize,
    /// So many nodes, from the first on, get a result.
    pub(super) hearers: usize,
    /// Points, a multiple of every vector's width.
    pub(super) points: usize,
}

/// Makes what a meeting makes.
#[inline(always)]
pub(super) unsafe fn meet<V: Lanes>(meet: &Meet, exchange: Exchange) {
    // SAFETY: the caller's promise: both registers hold `nodes * points` numbers.
    unsafe {
        match meet {
            Meet::Product(weights) => match weights.kept() {
                Kept::Panels(panels) => dense::<V>(panels, exchange),
                Kept::Entries { begins, entries } => sparse::<V>(begins, entries, exchange),
            },
            Meet::Sum => reduce::<V>(exchange, V::add, None),
            Meet::Mean => reduce::<V>(exchange, V::add, Some(exchange.nodes as f64)),
            Meet::Largest => reduce::<V>(exchange, V::maximum, None),
            Meet::Smallest => reduce::<V>(exchange, V::minimum, None),
            Meet::Node(node) => {
                let mut point = 0;
                while point < exchange.points {
                    let value = V::load(exchange.source.add(*node as usize * exchange.points + point));
                    spread(exchange, point, value);
                    point += V::WIDTH;
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn spread<V: Lanes>(exchange: Exchange, point: usize, value: V) {
    for node in 0..exchange.hearers {
        // SAFETY: the caller's promise.
        unsafe { value.store(exchange.target.add(node * exchange.points + point)) };
    }
}

#[inline(always)]
unsafe fn reduce<V: Lanes>(exchange: Exchange, join: impl Fn(V, V) -> V, divisor: Option<f64>) {
    let mut point = 0;
    while point < exchange.points {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sum = V::load(exchange.source.add(point));
            for node in 1..exchange.nodes {
                sum = join(sum, V::load(exchange.source.add(node * exchange.points + point)));
            }
            if let Some(divisor) = divisor {
                sum = sum.divide(V::splat(divisor));
            }
            spread(exchange, point, sum);
        }
        point += V::WIDTH;
    }
}

#[inline(always)]
unsafe fn dense<V: Lanes>(panels: &[f64], exchange: Exchange) {
    // Sixteen sums of eight lanes fill the registers of AVX-512, eight of four those of AVX2.
    let rows = if V::WIDTH >= 8 { 8 } else { 4 };
    let mut first = 0;
    loop {
        let end = exchange.nodes.min(first + SOURCES);
        for (panel, weights) in panels.chunks_exact(PANEL * exchange.nodes).enumerate() {
            let mut row = 0;
            while row < PANEL && panel * PANEL + row < exchange.hearers {
                let target = panel * PANEL + row;
                let block = Block { weights: &weights[row..], target, first, end };
                let mut point = 0;
                while point < exchange.points {
                    // SAFETY: the caller's promise; a panel has a row for every weight that is read.
                    unsafe {
                        if exchange.points - point >= 2 * V::WIDTH {
                            if rows == 8 && exchange.hearers - target > 4 {
                                sums::<V, 8, 2>(block, exchange, point);
                            } else {
                                sums::<V, 4, 2>(block, exchange, point);
                            }
                            point += 2 * V::WIDTH;
                        } else {
                            if rows == 8 {
                                sums::<V, 8, 1>(block, exchange, point);
                            } else {
                                sums::<V, 4, 1>(block, exchange, point);
                            }
                            point += V::WIDTH;
                        }
                    }
                }
                row += rows;
            }
        }
        first = end;
        if first == exchange.nodes {
            break;
        }
    }
}

/// Some rows of a panel, and the sources that are added to their sums.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// `[source][row]` with [`PANEL`] numbers a source.
    weights: &'a [f64],
    /// The node of the first row.
    target: usize,
    first: usize,
    end: usize,
}

#[inline(always)]
unsafe fn sums<V: Lanes, const ROWS: usize, const VECTORS: usize>(
    block: Block<'_>,
    exchange: Exchange,
    point: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let rows = (exchange.hearers - block.target).min(ROWS);
        let target = exchange.target.add(block.target * exchange.points + point);
        let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
        if block.first > 0 {
            for (row, sums) in sums.iter_mut().enumerate().take(rows) {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(target.add(row * exchange.points + vector * V::WIDTH));
                }
            }
        }
        let mut source = exchange.source.add(block.first * exchange.points + point);
        let mut weights = block.weights.as_ptr().wrapping_add(block.first * PANEL);
        let mut left = block.end - block.first;
        while left > 0 {
            let mut values = [V::splat(0.0); VECTORS];
            for (vector, value) in values.iter_mut().enumerate() {
                *value = V::load(source.add(vector * V::WIDTH));
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let weight = V::splat(*weights.add(row));
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum = weight.multiply_add(value, *sum);
                }
            }
            source = source.wrapping_add(exchange.points);
            weights = weights.wrapping_add(PANEL);
            left = left.wrapping_sub(1);
        }
        for (row, sums) in sums.iter().enumerate().take(rows) {
            for (vector, sum) in sums.iter().enumerate() {
                sum.store(target.add(row * exchange.points + vector * V::WIDTH));
            }
        }
    }
}

#[inline(always)]
unsafe fn sparse<V: Lanes>(begins: &[usize], entries: &[(u32, f64)], exchange: Exchange) {
    for (target, bounds) in begins.windows(2).take(exchange.hearers).enumerate() {
        let own = &entries[bounds[0]..bounds[1]];
        let mut point = 0;
        while point < exchange.points {
            // SAFETY: the caller's promise.
            unsafe {
                let left = (exchange.points - point) / V::WIDTH;
                if left >= 4 {
                    row::<V, 4>(own, target, exchange, point);
                    point += 4 * V::WIDTH;
                } else if left >= 2 {
                    row::<V, 2>(own, target, exchange, point);
                    point += 2 * V::WIDTH;
                } else {
                    row::<V, 1>(own, target, exchange, point);
                    point += V::WIDTH;
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn row<V: Lanes, const VECTORS: usize>(
    entries: &[(u32, f64)],
    target: usize,
    exchange: Exchange,
    point: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [V::splat(0.0); VECTORS];
        for &(source, weight) in entries {
            let values = exchange.source.add((source as usize).wrapping_mul(exchange.points) + point);
            let weight = V::splat(weight);
            for (vector, sum) in sums.iter_mut().enumerate() {
                *sum = weight.multiply_add(V::load(values.add(vector * V::WIDTH)), *sum);
            }
        }
        for (vector, sum) in sums.iter().enumerate() {
            sum.store(exchange.target.add(target * exchange.points + point + vector * V::WIDTH));
        }
    }
}
