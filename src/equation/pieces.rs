//! Formulas in pieces: parts that are shared or too long for a line become quantities with names of their own, each declared
//! before the first that uses it. Knows no model, and not where the names come from.

use std::collections::HashMap;

use super::graph::{Binary, Graph, Node, Operation};
use super::print::{formula, without_outer_parentheses};

/// How many bytes a formula may have. Even of single digits between signs it weighs less than
/// [`LARGEST_WEIGHT`](super::syntax::LARGEST_WEIGHT).
const LONGEST: usize = 400;
/// How deep parentheses may be nested in it.
const DEEPEST: usize = 40;
/// A shared part that is not longer is repeated.
const SHORT: usize = 24;

/// Formulas, and the quantities that they are made of.
#[derive(Debug)]
pub struct Pieces {
    /// Name and formula, in the order in which they can be computed.
    pub quantities: Vec<(String, String)>,
    /// The formulas that were asked for.
    pub roots: Vec<String>,
}

/// The formulas of `roots`. `named` are parts that become quantities of these names wherever they stand; `name_of` renames
/// symbols, `fresh` makes names for all other quantities.
pub fn pieces(
    graph: &Graph,
    roots: &[Node],
    named: &[(String, Node)],
    name_of: impl Fn(&str) -> String,
    fresh: impl FnMut() -> String,
) -> Pieces {
    let wanted: Vec<Node> = named.iter().map(|(_, node)| *node).chain(roots.iter().copied()).collect();
    let order = graph.reachable(&wanted);
    let mut uses: HashMap<Node, usize> = HashMap::new();
    let operands = order.iter().flat_map(|&node| graph.operation(node).operands());
    operands.chain(roots.iter().copied()).for_each(|node| *uses.entry(node).or_default() += 1);
    let mut names: HashMap<Node, &str> = HashMap::new();
    for (name, node) in named {
        names.entry(*node).or_insert(name);
    }
    let mut writer = Writer { graph, texts: HashMap::new(), quantities: Vec::new(), fresh };
    for node in order {
        if let Operation::Symbol(symbol) = graph.operation(node) {
            writer.texts.insert(node, name_of(graph.name(symbol)));
            continue;
        }
        let text = writer.text(node);
        writer.texts.insert(node, text);
        let is_leaf = graph.operation(node).operands().next().is_none();
        if is_leaf {
            continue;
        }
        if let Some(&name) = names.get(&node) {
            writer.declare(node, name.to_owned());
        } else if uses.get(&node).is_some_and(|uses| *uses > 1) && writer.texts[&node].len() > SHORT {
            let name = (writer.fresh)();
            writer.declare(node, name);
        }
    }
    let root = |node: &Node| without_outer_parentheses(&writer.texts[node]).to_owned();
    Pieces { roots: roots.iter().map(root).collect(), quantities: writer.quantities }
}

struct Writer<'a, F> {
    graph: &'a Graph,
    /// The formula of a node or the name of its quantity, as an operand.
    texts: HashMap<Node, String>,
    quantities: Vec<(String, String)>,
    fresh: F,
}

impl<F: FnMut() -> String> Writer<'_, F> {
    /// The formula of a node over those of its operands, of which the longest become quantities until it fits.
    fn text(&mut self, node: Node) -> String {
        loop {
            let text = self.joined(node);
            if text.len() <= LONGEST && depth(&text) <= DEEPEST {
                return text;
            }
            let operands = self.graph.operation(node).operands();
            let longest = operands.max_by_key(|operand| self.texts[operand].len());
            // A name alone has no signs, and nothing is won by naming it again.
            match longest.filter(|operand| self.texts[operand].contains(|sign| "(+-*/".contains(sign))) {
                Some(operand) => {
                    let name = (self.fresh)();
                    self.declare(operand, name);
                }
                None => return text,
            }
        }
    }

    fn declare(&mut self, node: Node, name: String) {
        let formula = without_outer_parentheses(&self.texts[&node]).to_owned();
        self.quantities.push((name.clone(), formula));
        self.texts.insert(node, name);
    }

    /// Sums and products without the parentheses that the order of operations says.
    fn joined(&self, node: Node) -> String {
        let is_sum = |node| {
            matches!(self.graph.operation(node), Operation::Binary(Binary::Add | Binary::Subtract, ..))
        };
        let is_product = |node| {
            matches!(self.graph.operation(node), Operation::Binary(Binary::Multiply | Binary::Divide, ..))
        };
        let open = |node: Node, is_open: bool| {
            let text = self.texts[&node].as_str();
            if is_open { without_outer_parentheses(text) } else { text }
        };
        let operation = self.graph.operation(node);
        let (sign, x, y) = match operation {
            Operation::Binary(Binary::Add, x, y) => ('+', x, y),
            Operation::Binary(Binary::Subtract, x, y) => ('-', x, y),
            Operation::Binary(Binary::Multiply, x, y) => ('*', x, y),
            _ => return formula(self.graph, operation, &|operand| self.texts[&operand].as_str()),
        };
        let left = open(x, is_product(x) || (sign != '*' && is_sum(x)));
        let right = open(y, sign != '*' && is_product(y));
        format!("({left}{sign}{right})")
    }
}

/// How deep parentheses are nested.
fn depth(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
