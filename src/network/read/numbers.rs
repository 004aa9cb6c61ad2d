//! Numbers as bytes: whole ones and floating-point ones of any size and order of bytes. Knows no formats.

/// What the bytes of a number mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// IEEE 754.
    Float,
    /// Whole, in two's complement.
    Signed,
    /// Whole and not negative; of truth values too.
    Unsigned,
}

/// One kind of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) kind: Kind,
    /// How many bytes it takes, at most 8.
    pub(super) bytes: usize,
    /// Whether the first byte is the most significant one.
    pub(super) is_big_endian: bool,
}

impl Number {
    /// A number from its bytes; `None` where it is a whole one that a `f64` does not hold.
    pub(super) fn value(self, bytes: &[u8]) -> Option<f64> {
        let bits = bytes.iter().enumerate().fold(0_u64, |bits, (at, &byte)| {
            let place = if self.is_big_endian { self.bytes - 1 - at } else { at };
            bits | u64::from(byte) << (8 * place)
        });
        let unused = 64 - 8 * u32::try_from(self.bytes).ok()?;
        // The largest whole number below which a `f64` holds each.
        let most = 1_u64 << 53;
        match (self.kind, self.bytes) {
            (Kind::Float, 8) => Some(f64::from_bits(bits)),
            (Kind::Float, 4) => Some(f64::from(f32::from_bits(bits as u32))),
            (Kind::Float, _) => Some(half(bits as u16)),
            (Kind::Signed, _) => {
                let value = (bits << unused).cast_signed() >> unused;
                (value.unsigned_abs() <= most).then_some(value as f64)
            }
            (Kind::Unsigned, _) => (bits <= most).then_some(bits as f64),
        }
    }

    /// All numbers of some bytes; `None` where one is a whole one that a `f64` does not hold.
    pub(super) fn values(self, bytes: &[u8]) -> Option<Vec<f64>> {
        bytes.chunks_exact(self.bytes).map(|bytes| self.value(bytes)).collect()
    }
}

/// A number of IEEE 754's binary16: a sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2.0_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f64.powi(exponent - 15),
    };
    sign * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `NumPy` 2.4: `numpy.array([..], "f2").view("u2")`.
    #[test]
    fn half_precision_is_what_numpy_makes_of_it() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3800, 0.5),
            (0x2e66, 0.099_975_585_937_5),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
        ] {
            assert_eq!(half(bits).to_bits(), f64::to_bits(value), "{bits:x}");
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00).is_infinite() && half(0xfc00) < 0.0);
    }

    #[test]
    fn both_orders_of_bytes_are_one_number() {
        for (kind, bytes) in [(Kind::Float, 8), (Kind::Float, 4), (Kind::Signed, 2), (Kind::Unsigned, 4)] {
            let number = Number { kind, bytes, is_big_endian: false };
            let own: Vec<u8> = (1..=bytes as u8).collect();
            let turned: Vec<u8> = own.iter().rev().copied().collect();
            assert_eq!(number.value(&own), Number { is_big_endian: true, ..number }.value(&turned));
        }
    }
}
