//! The words of the language: functions with their number of operands, and the names that XPPAUT keeps for itself.
//! Knows no expressions.

use std::ops::Range;
use std::sync::Arc;

use super::super::graph::{Binary, Unary};
use crate::complaint::{Complaint, Source, nearest};

/// What a function of the language is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    /// An operation on one operand.
    One(Unary),
    /// An operation on two operands.
    Two(Binary),
    /// `heav(x)`: 0 where `x < 0`, else 1.
    Heaviside,
}

impl Function {
    /// How many operands it takes.
    pub(super) fn arity(self) -> usize {
        match self {
            Self::One(_) | Self::Heaviside => 1,
            Self::Two(_) => 2,
        }
    }
}

/// The functions by name, in lower case.
pub(super) const FUNCTIONS: [(&str, Function); 23] = [
    ("abs", Function::One(Unary::Absolute)),
    ("acos", Function::One(Unary::ArcCosine)),
    ("asin", Function::One(Unary::ArcSine)),
    ("atan", Function::One(Unary::ArcTangent)),
    ("atan2", Function::Two(Binary::ArcTangent2)),
    ("cos", Function::One(Unary::Cosine)),
    ("cosh", Function::One(Unary::HyperbolicCosine)),
    ("exp", Function::One(Unary::Exponential)),
    ("flr", Function::One(Unary::Floor)),
    ("heav", Function::Heaviside),
    ("ln", Function::One(Unary::Logarithm)),
    ("log", Function::One(Unary::Logarithm)),
    ("log10", Function::One(Unary::Logarithm10)),
    ("max", Function::Two(Binary::Maximum)),
    ("min", Function::Two(Binary::Minimum)),
    ("mod", Function::Two(Binary::Modulo)),
    ("not", Function::One(Unary::Not)),
    ("sign", Function::One(Unary::Sign)),
    ("sin", Function::One(Unary::Sine)),
    ("sinh", Function::One(Unary::HyperbolicSine)),
    ("sqrt", Function::One(Unary::SquareRoot)),
    ("tan", Function::One(Unary::Tangent)),
    ("tanh", Function::One(Unary::HyperbolicTangent)),
];

/// The function of that name, whatever its case.
pub(super) fn function(name: &str) -> Option<Function> {
    let lower = name.to_ascii_lowercase();
    FUNCTIONS.iter().find(|(known, _)| *known == lower).map(|&(_, function)| function)
}

/// Functions of XPPAUT that are not read, with the reason.
const UNSUPPORTED: [(&str, &str); 16] = [
    (
        "ran",
        "this makes the model random, as `wiener` does; noise is not supported yet, so write the mean instead",
    ),
    (
        "normal",
        "this makes the model random, as `wiener` does; noise is not supported yet, so write the mean instead",
    ),
    (
        "poisson",
        "this makes the model random, as `wiener` does; noise is not supported yet, so write the mean instead",
    ),
    (
        "delay",
        "this is a delay differential equation, and delays are not supported; approximate the delay by a chain of equations",
    ),
    (
        "del_shft",
        "this is a delay differential equation, and delays are not supported; approximate the delay by a chain of equations",
    ),
    ("ishift", "XPPAUT has it for indices of arrays; write the terms out"),
    ("set", "XPPAUT sets a value while it evaluates, which is not supported; write the formula out"),
    ("of", "it stands behind a sum only: `sum(0,9)of(shift(x0,i'))`"),
    ("besseli", "Bessel functions are not supported; approximate it by elementary functions"),
    ("besselj", "Bessel functions are not supported; approximate it by elementary functions"),
    ("bessely", "Bessel functions are not supported; approximate it by elementary functions"),
    ("erf", "the error function is not supported; approximate it, for instance by `tanh`"),
    ("erfc", "the error function is not supported; approximate it, for instance by `tanh`"),
    ("lgamma", "the gamma function is not supported; approximate it by elementary functions"),
    ("hom_bcs", "boundary value problems are not supported; remove it"),
    ("int", "integral equations are not supported; write a differential equation for the integral"),
];

/// Why a function of XPPAUT is not read, and the remedy.
pub(super) fn unsupported_function(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    UNSUPPORTED.iter().find(|(known, _)| *known == lower).map(|&(_, remedy)| remedy)
}

/// Whether XPPAUT keeps a name for itself, so that no declaration may have it, whatever its case.
pub fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = [
        "t", "pi", "start", "end", "if", "then", "else", "set", "nxxqq", "mouse_x", "mouse_y", "mouse_vx",
        "sum", "shift",
    ];
    let is_argument =
        lower.strip_prefix("arg").is_some_and(|number| number.parse::<u8>().is_ok_and(|n| n <= 20));
    words.contains(&lower.as_str())
        || lower == "mouse_vy"
        || is_argument
        || function(&lower).is_some()
        || unsupported_function(&lower).is_some()
}

/// How many known names a complaint lists.
const SHOWN: usize = 40;

/// The complaint about a name that nobody knows, with the nearest of the names that are known.
pub fn unknown_name<'a>(
    source: &Arc<Source>,
    span: Range<usize>,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Complaint {
    let name = &source.text[span.clone()];
    let mut known: Vec<&str> = known.into_iter().collect();
    let remedy = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "declare it, or correct the name".to_owned(),
        None => {
            known.sort_unstable_by_key(|name| name.to_lowercase());
            known.dedup();
            let more = if known.len() > SHOWN { " ..." } else { "" };
            known.truncate(SHOWN);
            format!("known here: {}{more}", known.join(", "))
        }
    };
    Complaint::error(source, span.clone(), format!("unknown {kind} `{name}`"), remedy)
}
