//! A node of a graph as a formula of the language, which reads back as the identical node. Knows no model.
//!
//! Fused operations and `!=` have no words of their own in XPPAUT: they are printed as what they compute, and read back as
//! that. All that comes from a text is free of them.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::graph::{Binary, Fused, Graph, Node, Operation, Unary};

/// How many bytes a formula may get: shared parts are repeated, so a small graph can be a huge text.
pub const LONGEST_TEXT: usize = 1 << 20;

/// The formula of a node; `None` where it would be longer than [`LONGEST_TEXT`].
pub fn print(graph: &Graph, node: Node) -> Option<String> {
    let order = graph.reachable(&[node]);
    let place: HashMap<Node, usize> = order.iter().enumerate().map(|(place, &part)| (part, place)).collect();
    let mut texts: Vec<String> = Vec::with_capacity(order.len());
    let mut total = 0;
    for &part in &order {
        let text = formula(graph, graph.operation(part), &|operand| texts[place[&operand]].as_str());
        total += text.len();
        if text.len() > LONGEST_TEXT || total > 16 * LONGEST_TEXT {
            return None;
        }
        texts.push(text);
    }
    texts.last().map(|text| without_outer_parentheses(text).to_owned())
}

/// A number as the language reads it: its shortest digits.
pub fn print_number(value: f64) -> String {
    if value.is_nan() {
        return "(0/0)".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "(1/0)".to_owned() } else { "(-1/0)".to_owned() };
    }
    let size = value.abs();
    let is_plain = size == 0.0 || (1e-4..1e15).contains(&size);
    let digits = if is_plain { format!("{size}") } else { format!("{size:e}") };
    if value.is_sign_negative() { format!("(-{digits})") } else { digits }
}

/// The formula of one operation over the texts of its operands, between parentheses where it has to be closed.
pub(super) fn formula<'a>(graph: &Graph, operation: Operation, text_of: &dyn Fn(Node) -> &'a str) -> String {
    let mut text = String::new();
    let written = match operation {
        Operation::Constant(bits) => write!(text, "{}", print_number(f64::from_bits(bits))),
        Operation::Symbol(symbol) => write!(text, "{}", graph.name(symbol)),
        Operation::Unary(Unary::Negate, x) => write!(text, "(-{})", text_of(x)),
        Operation::Unary(kind, x) => {
            write!(text, "{}({})", unary_word(kind), without_outer_parentheses(text_of(x)))
        }
        Operation::Binary(kind, x, y) => match binary_word(kind) {
            BinaryWord::Sign(sign) => write!(text, "({}{sign}{})", text_of(x), text_of(y)),
            BinaryWord::Function(name) => {
                let (x, y) = (without_outer_parentheses(text_of(x)), without_outer_parentheses(text_of(y)));
                write!(text, "{name}({x},{y})")
            }
            BinaryWord::NotEqual => write!(text, "not({}=={})", text_of(x), text_of(y)),
        },
        Operation::Fused(kind, x, y, z) => match kind {
            Fused::MultiplyAdd => write!(text, "({}*{}+{})", text_of(x), text_of(y), text_of(z)),
            Fused::MultiplySubtract => write!(text, "({}*{}-{})", text_of(x), text_of(y), text_of(z)),
            Fused::NegatedMultiplyAdd => write!(text, "({}-{}*{})", text_of(z), text_of(x), text_of(y)),
        },
        Operation::Select(condition, x, y) => {
            let [condition, x, y] = [condition, x, y].map(|node| without_outer_parentheses(text_of(node)));
            write!(text, "(if({condition})then({x})else({y}))")
        }
        // The language has no word for it, so it does not read back; no text of a model holds one.
        Operation::Meet(meeting, x) => write!(text, "meet{}({})", meeting.0, text_of(x)),
    };
    written.expect("a text can be written to");
    // Whatever stands as an operand is closed: XPPAUT does not take `not(x)` there without parentheses.
    if text.starts_with("not(") { format!("({text})") } else { text }
}

/// `(x)` without its parentheses, where they belong together.
pub(super) fn without_outer_parentheses(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) else { return text };
    let mut depth = 0_usize;
    for byte in inner.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return text,
            b')' => depth -= 1,
            _ => {}
        }
    }
    inner
}

enum BinaryWord {
    Sign(&'static str),
    Function(&'static str),
    NotEqual,
}

fn unary_word(kind: Unary) -> &'static str {
    match kind {
        Unary::Negate => "-",
        Unary::Absolute => "abs",
        Unary::Sign => "sign",
        Unary::Floor => "flr",
        Unary::SquareRoot => "sqrt",
        Unary::Exponential => "exp",
        Unary::Logarithm => "log",
        Unary::Logarithm10 => "log10",
        Unary::Sine => "sin",
        Unary::Cosine => "cos",
        Unary::Tangent => "tan",
        Unary::ArcSine => "asin",
        Unary::ArcCosine => "acos",
        Unary::ArcTangent => "atan",
        Unary::HyperbolicSine => "sinh",
        Unary::HyperbolicCosine => "cosh",
        Unary::HyperbolicTangent => "tanh",
        Unary::Not => "not",
    }
}

fn binary_word(kind: Binary) -> BinaryWord {
    match kind {
        Binary::Add => BinaryWord::Sign("+"),
        Binary::Subtract => BinaryWord::Sign("-"),
        Binary::Multiply => BinaryWord::Sign("*"),
        Binary::Divide => BinaryWord::Sign("/"),
        Binary::Power => BinaryWord::Sign("^"),
        Binary::Less => BinaryWord::Sign("<"),
        Binary::LessOrEqual => BinaryWord::Sign("<="),
        Binary::Equal => BinaryWord::Sign("=="),
        Binary::And => BinaryWord::Sign("&"),
        Binary::Or => BinaryWord::Sign("|"),
        Binary::Minimum => BinaryWord::Function("min"),
        Binary::Maximum => BinaryWord::Function("max"),
        Binary::Modulo => BinaryWord::Function("mod"),
        Binary::ArcTangent2 => BinaryWord::Function("atan2"),
        Binary::NotEqual => BinaryWord::NotEqual,
    }
}
