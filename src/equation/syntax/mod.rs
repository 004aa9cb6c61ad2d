//! Text to expressions and declarations: the language of XPPAUT model files, and the same language as studies write it in
//! rules, constraints and derived axes. Knows what is written, not what a name stands for.
//!
//! Every error is a [`Complaint`](crate::complaint::Complaint) with its place and remedy. What a text may ask of the reader
//! is bounded: [`DEEPEST_NESTING`], [`LARGEST_WEIGHT`], [`LONGEST_LINE`], [`LONGEST_FILE`], [`LARGEST_GRAPH`].

mod declaration;
mod expansion;
mod expression;
mod lexer;
mod made;
mod ode;
mod old_format;
mod operand;
mod parser;
mod refused;
mod sums;
mod values;
mod words;

pub use declaration::{Assignment, Declaration, Word};
pub use expression::{Expression, Scope};
pub use ode::{Directive, Document, Documentation, Item, read};
pub use parser::parse_expression;
pub use refused::MAPS_ARE_REFUSED;
pub use words::{is_reserved, unknown_name};

/// Who reads an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// XPPAUT 6.11 and we: what it reads otherwise than a textbook would (`a+1<b` as `a+(1<b)`) is refused.
    Xpp,
    /// Only we: rules, constraints and derived axes of a study, which also have `and`, `or`, `not x`, `!=`, `2*-3`.
    Study,
}

/// How deep parentheses and calls may be nested.
pub const DEEPEST_NESTING: usize = 64;
/// How much an expression may weigh: a number counts 3, every other sign 1. XPPAUT 6.11 crashes above about 1000.
pub const LARGEST_WEIGHT: usize = 900;
/// How many bytes a model file's line may have, continuations included. XPPAUT 6.11 cuts lines near 1000.
pub const LONGEST_LINE: usize = 900;
/// How many bytes a model file may have.
pub const LONGEST_FILE: usize = 1 << 20;
/// How many indices a range `[1..10]` may have. XPPAUT 6.11 has room for 1947 names.
pub const MOST_COPIES: u64 = 2000;
/// How many terms the sums of a formula may be written out to.
pub const MOST_TERMS: usize = 1 << 15;
/// How many nodes a model's graph may have when functions are inlined.
pub const LARGEST_GRAPH: usize = 1 << 16;
