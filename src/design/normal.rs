//! The normal distribution: its quantiles and its tails, from arithmetic and the crate `libm`, so that the bits are the same
//! everywhere. Knows no other distribution.

// The tables keep the digits of their source.
#![allow(clippy::excessive_precision, clippy::unreadable_literal, reason = "the digits of the source")]

/// The value below which a standard normal variable lies with probability `p`: algorithm AS 241, PPND16 (Wichura 1988, Applied
/// Statistics 37:477), whose relative error is about 1e-16. Infinite at 0 and 1.
pub(super) fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(r, &CENTRE);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    lower(tail).copysign(q)
}

/// The size of the quantile of a small probability.
fn lower(tail: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    let r = (-libm::log(tail)).sqrt();
    if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) }
}

/// The probability below `z`.
pub(super) fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// A ratio of two polynomials, coefficients from the constant on.
fn ratio(x: f64, [above, under]: &[[f64; 8]; 2]) -> f64 {
    let value = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    value(above) / value(under)
}

const CENTRE: [[f64; 8]; 2] = [
    [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ],
    [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ],
];
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ],
    [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ],
];
const FAR: [[f64; 8]; 2] = [
    [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ],
    [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_1e_12() {
        // mpmath 1.4.1 with 50 digits: the root of erfc(-z/sqrt(2))/2 = p, p taken as the double it is.
        for (p, z) in [
            (1e-300, -37.04709629936119924),
            (1e-100, -21.27345356096532429),
            (1e-20, -9.26234008979840758),
            (1.1641532182693481e-10, -6.337957754553789252),
            (0.001, -3.090232306167813535),
            (0.024, -1.977368428181946703),
            (0.074, -1.44663206715897851),
            (0.076, -1.432502720825811619),
            (0.3, -0.524400512708040816),
            (0.7, 0.5244005127080406563),
            (0.9, 1.281551565544600593),
            (0.975, 1.959963984540053856),
            (0.9999, 3.719016485455708387),
            (0.9999999998835847, 6.337957754553789252),
        ] {
            assert!((quantile(p) / z - 1.0).abs() < 1e-14, "{p}: {} and {z}", quantile(p));
        }
        assert!(quantile(0.5).abs() < f64::EPSILON);
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn the_quantile_undoes_the_probability() {
        for number in -300..=300 {
            let z = f64::from(number) / 10.0;
            if z <= 0.0 {
                assert!((quantile(below(z)) - z).abs() < 1e-12 * z.abs().max(1.0), "{z}");
            }
            assert!((below(z) + below(-z) - 1.0).abs() < 1e-15);
        }
    }
}
