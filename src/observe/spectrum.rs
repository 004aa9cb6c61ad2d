//! The power spectrum of a short record. A transform of our own, because its bits must be the same wherever a point is computed:
//! the transforms of the known libraries take their sines from the C library, whose last bits differ with the processor.
//! Knows nothing of bands.

use std::f64::consts::PI;

use crate::equation::elementary;
use crate::equation::graph::Unary;

/// A complex number, `[real, imaginary]`.
type Complex = [f64; 2];

fn times([a, b]: Complex, [c, d]: Complex) -> Complex {
    [a * c - b * d, a * d + b * c]
}

/// `exp(-2 pi i turns)`, the same on every machine.
fn turned(turns: f64) -> Complex {
    let angle = 2.0 * PI * turns;
    [elementary::unary(Unary::Cosine, angle), -elementary::unary(Unary::Sine, angle)]
}

/// Power spectra of records of one length: mean removed, Hann window, zeros appended up to a power of two.
#[derive(Debug)]
pub(super) struct Spectrum {
    /// The window, `[sample]`.
    window: Vec<f64>,
    /// Length of the transform.
    length: usize,
    /// `exp(-2 pi i k / length)` for `k` below half of the length.
    turns: Vec<Complex>,
    /// Those that each pass of the transform of half of the length needs, one after the other.
    passes: Vec<Vec<Complex>>,
    /// The pairs of places to be exchanged before the passes.
    exchanges: Vec<[usize; 2]>,
}

impl Spectrum {
    /// For records of `samples` samples, at least two.
    pub(super) fn new(samples: usize) -> Self {
        let length = samples.next_power_of_two().max(4);
        let window = (0..samples).map(|sample| {
            let [cosine, _] = turned((sample as f64 + 0.5) / samples as f64);
            0.5 * (1.0 - cosine)
        });
        let turns: Vec<Complex> = (0..length / 2).map(|k| turned(k as f64 / length as f64)).collect();
        let packed = length / 2;
        let sizes = std::iter::successors(Some(1), |half| Some(half * 2)).take_while(|half| *half < packed);
        let passes = sizes.map(|half| turns.iter().copied().step_by(packed / half).take(half).collect());
        let mirrored = |index: usize| index.reverse_bits() >> (usize::BITS - packed.trailing_zeros());
        let exchanges =
            (0..packed).map(|index| [index, mirrored(index)]).filter(|[index, other]| index < other);
        Self {
            window: window.collect(),
            length,
            passes: passes.collect(),
            exchanges: exchanges.collect(),
            turns,
        }
    }

    /// Length of the transform: the `k`-th power is that at `k / length` of the sampling rate.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// How many samples a record has.
    pub(super) fn samples(&self) -> usize {
        self.window.len()
    }

    /// The one-sided powers of a record, `[k]`, `k` from 0 to half of the length, without that itself. They are scaled so that
    /// those of a sine of amplitude `a` add up to `a^2/2`. Only the first `wanted` are computed.
    pub(super) fn powers(&self, record: &[f64], wanted: usize) -> Vec<f64> {
        let (mut weighted, mut weight) = (0.0, 0.0);
        for (value, factor) in record.iter().zip(&self.window) {
            weighted += value * factor;
            weight += factor;
        }
        let mean = weighted / weight;
        // Two real samples travel as one complex number.
        let mut packed = vec![[0.0; 2]; self.length / 2];
        let mut squares = 0.0;
        for (sample, (value, factor)) in record.iter().zip(&self.window).enumerate() {
            packed[sample / 2][sample % 2] = (value - mean) * factor;
            squares += factor * factor;
        }
        self.transform(&mut packed);
        let scale = 2.0 / (self.length as f64 * squares);
        (0..wanted.min(self.length / 2))
            .map(|k| {
                let [real, imaginary] = self.unpacked(&packed, k);
                let both_sides = if k == 0 { 0.5 } else { 1.0 };
                both_sides * scale * (real * real + imaginary * imaginary)
            })
            .collect()
    }

    /// The transform of the real record, from that of the packed one.
    fn unpacked(&self, packed: &[Complex], k: usize) -> Complex {
        let [a, b] = packed[k];
        let [c, d] = packed[(packed.len() - k) % packed.len()];
        let even = [0.5 * (a + c), 0.5 * (b - d)];
        let odd = [0.5 * (b + d), 0.5 * (c - a)];
        let [real, imaginary] = times(self.turns[k], odd);
        [even[0] + real, even[1] + imaginary]
    }

    /// The discrete Fourier transform in place (Cooley & Tukey 1965, decimation in time, radix two).
    fn transform(&self, values: &mut [Complex]) {
        for &[index, other] in &self.exchanges {
            values.swap(index, other);
        }
        for turns in &self.passes {
            for block in values.chunks_exact_mut(2 * turns.len()) {
                let (first, second) = block.split_at_mut(turns.len());
                for ((x, y), turn) in first.iter_mut().zip(second).zip(turns) {
                    let [real, imaginary] = times(*turn, *y);
                    let [a, b] = *x;
                    *x = [a + real, b + imaginary];
                    *y = [a - real, b - imaginary];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_powers_are_those_of_the_definition() {
        let record: Vec<f64> = (0..13).map(|n| (f64::from(n) * 1.7).sin() + 0.1 * f64::from(n)).collect();
        let spectrum = Spectrum::new(13);
        assert_eq!(spectrum.length(), 16);
        let weight: f64 = spectrum.window.iter().sum();
        let mean: f64 =
            record.iter().zip(&spectrum.window).map(|(value, factor)| value * factor).sum::<f64>() / weight;
        let squares: f64 = spectrum.window.iter().map(|factor| factor * factor).sum();
        for (k, found) in spectrum.powers(&record, 100).into_iter().enumerate() {
            let (mut real, mut imaginary) = (0.0, 0.0);
            for (n, (value, factor)) in record.iter().zip(&spectrum.window).enumerate() {
                let angle = 2.0 * PI * (k * n) as f64 / 16.0;
                real += (value - mean) * factor * angle.cos();
                imaginary += (value - mean) * factor * angle.sin();
            }
            let sides = if k == 0 { 1.0 } else { 2.0 };
            let expected = sides * (real * real + imaginary * imaginary) / (16.0 * squares);
            assert!((found - expected).abs() < 1e-14, "{k}: {found} is not {expected}");
        }
    }
}
