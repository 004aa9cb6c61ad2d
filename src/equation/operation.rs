//! The operations of the language, by name. Knows neither how they are computed nor what they are applied to.

/// An operation on one operand. Angles are in radian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`
    Negate,
    /// `abs(x)`
    Absolute,
    /// `sign(x)`: -1, 0 or 1
    Sign,
    /// `flr(x)`
    Floor,
    /// `sqrt(x)`
    SquareRoot,
    /// `exp(x)`
    Exponential,
    /// `log(x)`, natural
    Logarithm,
    /// `log10(x)`
    Logarithm10,
    /// `sin(x)`
    Sine,
    /// `cos(x)`
    Cosine,
    /// `tan(x)`
    Tangent,
    /// `asin(x)`
    ArcSine,
    /// `acos(x)`
    ArcCosine,
    /// `atan(x)`
    ArcTangent,
    /// `sinh(x)`
    HyperbolicSine,
    /// `cosh(x)`
    HyperbolicCosine,
    /// `tanh(x)`
    HyperbolicTangent,
    /// `not(x)`: 1 where `x` is 0, else 0
    Not,
}

/// An operation on two operands. Comparisons and logic give 1 or 0; every comparison with NaN but `NotEqual` gives 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `x + y`
    Add,
    /// `x - y`
    Subtract,
    /// `x * y`
    Multiply,
    /// `x / y`
    Divide,
    /// `min(x, y)`: `x < y ? x : y`, so `y` where either is NaN
    Minimum,
    /// `max(x, y)`: `x > y ? x : y`, so `y` where either is NaN
    Maximum,
    /// `x ^ y` with a real exponent
    Power,
    /// `mod(x, y) = x - flr(x/y)*y`
    Modulo,
    /// `atan2(x, y)`, the angle of the point with ordinate `x` and abscissa `y`
    ArcTangent2,
    /// `x < y`
    Less,
    /// `x <= y`
    LessOrEqual,
    /// `x == y`
    Equal,
    /// `x != y`
    NotEqual,
    /// both are not 0
    And,
    /// one is not 0
    Or,
}

/// A product and a sum with one rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fused {
    /// `x*y + z`
    MultiplyAdd,
    /// `x*y - z`
    MultiplySubtract,
    /// `z - x*y`
    NegatedMultiplyAdd,
}
