//! The hash-consed expression graph: equal expressions are one node, and a node never changes.
//! Knows neither text, nor programs, nor what its symbols stand for.
//!
//! What is done to an expression is a fixed list of rules that look at its shape alone, never at whether an operand
//! happens to be a constant, a swept parameter or a hoisted value; so a point's bits do not depend on how a study is posed:
//!
//! 1. *Folding*: an operation on literal constants is its IEEE result, from the same functions that run it.
//! 2. *Neutral elements*: `x+0`, `0+x`, `x-0`, `x*1`, `1*x`, `x/1` are `x`; `0*x`, `x*0` are 0; `0-x` is `-x`; `--x` is `x`.
//! 3. *Signs*: `x+(-y)` is `x-y`, `x-(-y)` is `x+y`, `(-x)+y` is `y-x`, `(-x)*y`, `x*(-y)` are `-(x*y)`,
//!    `-(x-y)` is `y-x`, `-(x*(y-z))` is `x*(z-y)`.
//! 4. *Powers*: `x^n` for a literal whole `|n| <= 16` is a product by squaring; `x^0.5` is the square root.
//! 5. *Reciprocals* ([`Graph::contract`]): a division by an expression of fixed symbols only is a product with its reciprocal.
//! 6. *Contraction* ([`Graph::contract`]): `a + x*y` is one fused multiply-add, then `x*y + b`, `a - x*y`, `x*y - b` likewise;
//!    where both operands are products the right one is fused. It does not matter who else uses the product.

use std::collections::HashMap;

use super::elementary;
pub use super::operation::{Binary, Fused, Unary};

/// An expression of a [`Graph`]. Operands have smaller numbers than what is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(u32);

/// A named input of a [`Graph`]: a parameter, a variable, the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

impl Node {
    /// The position among the nodes of its graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Symbol {
    /// The position among the symbols of its graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A way in which the nodes of a network make one value of all of theirs; what it is stands beside the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Meeting(pub u16);

/// What a [`Node`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A literal, as its bits.
    Constant(u64),
    /// An input.
    Symbol(Symbol),
    /// One operand.
    Unary(Unary, Node),
    /// Two operands.
    Binary(Binary, Node, Node),
    /// Three operands, one rounding.
    Fused(Fused, Node, Node, Node),
    /// `if(c)then(x)else(y)`: `x` where `c` is not 0. Only the chosen side's value counts, also when the other is NaN.
    Select(Node, Node, Node),
    /// What all nodes of a network make of one expression together: the only operation that looks beyond its own lane.
    Meet(Meeting, Node),
}

impl Operation {
    /// The operands, in order.
    pub fn operands(self) -> impl Iterator<Item = Node> {
        let (operands, count) = match self {
            Self::Constant(_) | Self::Symbol(_) => ([Node(0); 3], 0),
            Self::Unary(_, x) | Self::Meet(_, x) => ([x, x, x], 1),
            Self::Binary(_, x, y) => ([x, y, y], 2),
            Self::Fused(_, x, y, z) | Self::Select(x, y, z) => ([x, y, z], 3),
        };
        operands.into_iter().take(count)
    }
}

/// Expressions over named symbols; see the module's rules.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    operations: Vec<Operation>,
    known: HashMap<Operation, Node>,
    names: Vec<String>,
    symbols: HashMap<String, Symbol>,
}

/// The largest literal exponent that is expanded to products.
const LARGEST_EXPANDED_POWER: f64 = 16.0;

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is no node yet.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// What a node is.
    pub fn operation(&self, node: Node) -> Operation {
        self.operations[node.index()]
    }

    /// The name of a symbol.
    pub fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol.index()]
    }

    /// How many symbols there are.
    #[cfg(test)]
    pub(crate) fn symbol_count(&self) -> usize {
        self.names.len()
    }

    /// The symbol of that name, made if it is new. Names are compared exactly.
    ///
    /// # Panics
    /// When there are 2^32 symbols.
    pub fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.symbols.get(name) {
            return symbol;
        }
        let symbol = Symbol(u32::try_from(self.names.len()).expect("fewer than 2^32 symbols"));
        self.names.push(name.to_owned());
        self.symbols.insert(name.to_owned(), symbol);
        symbol
    }

    /// The symbol of that name, if there is one.
    pub fn find_symbol(&self, name: &str) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    /// The node that reads a symbol.
    pub fn read(&mut self, symbol: Symbol) -> Node {
        self.intern(Operation::Symbol(symbol))
    }

    /// The node that reads the symbol of that name, made if it is new.
    pub fn input(&mut self, name: &str) -> Node {
        let symbol = self.symbol(name);
        self.read(symbol)
    }

    /// A literal. NaN is canonical.
    pub fn constant(&mut self, value: f64) -> Node {
        let value = if value.is_nan() { f64::NAN } else { value };
        self.intern(Operation::Constant(value.to_bits()))
    }

    /// The value of a literal node.
    pub fn literal(&self, node: Node) -> Option<f64> {
        match self.operation(node) {
            Operation::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// What the node at a position is; positions count from 0 and operands come before what is made of them.
    pub(crate) fn operation_at(&self, index: usize) -> Operation {
        self.operations[index]
    }

    fn intern(&mut self, operation: Operation) -> Node {
        if let Some(&node) = self.known.get(&operation) {
            return node;
        }
        let node = Node(u32::try_from(self.operations.len()).expect("fewer than 2^32 nodes"));
        self.operations.push(operation);
        self.known.insert(operation, node);
        node
    }

    pub(super) fn is_literal(&self, node: Node, value: f64) -> bool {
        self.literal(node) == Some(value)
    }

    fn negated(&self, node: Node) -> Option<Node> {
        match self.operation(node) {
            Operation::Unary(Unary::Negate, inner) => Some(inner),
            _ => None,
        }
    }

    /// An operation on one operand, after the rules.
    pub fn unary(&mut self, operation: Unary, x: Node) -> Node {
        if let Some(value) = self.literal(x) {
            return self.constant(elementary::unary(operation, value));
        }
        if operation == Unary::Negate
            && let Some(inner) = self.negated(x)
        {
            return inner;
        }
        if operation == Unary::Negate {
            match self.operation(x) {
                Operation::Binary(Binary::Subtract, a, b) => return self.sub(b, a),
                Operation::Binary(Binary::Multiply, a, b) => {
                    if let Operation::Binary(Binary::Subtract, c, d) = self.operation(b) {
                        let turned = self.sub(d, c);
                        return self.mul(a, turned);
                    }
                }
                _ => {}
            }
        }
        self.intern(Operation::Unary(operation, x))
    }

    /// An operation on two operands, after the rules.
    pub fn binary(&mut self, operation: Binary, x: Node, y: Node) -> Node {
        if let (Some(a), Some(b)) = (self.literal(x), self.literal(y)) {
            return self.constant(elementary::binary(operation, a, b));
        }
        match operation {
            Binary::Add => {
                if self.is_literal(x, 0.0) {
                    return y;
                }
                if self.is_literal(y, 0.0) {
                    return x;
                }
                if let Some(inner) = self.negated(y) {
                    return self.sub(x, inner);
                }
                if let Some(inner) = self.negated(x) {
                    return self.sub(y, inner);
                }
            }
            Binary::Subtract => {
                if self.is_literal(y, 0.0) {
                    return x;
                }
                if self.is_literal(x, 0.0) {
                    return self.neg(y);
                }
                if let Some(inner) = self.negated(y) {
                    return self.add(x, inner);
                }
            }
            Binary::Multiply => {
                if self.is_literal(x, 0.0) || self.is_literal(y, 0.0) {
                    return self.constant(0.0);
                }
                if self.is_literal(x, 1.0) {
                    return y;
                }
                if self.is_literal(y, 1.0) {
                    return x;
                }
                if let Some(inner) = self.negated(x) {
                    let product = self.mul(inner, y);
                    return self.neg(product);
                }
                if let Some(inner) = self.negated(y) {
                    let product = self.mul(x, inner);
                    return self.neg(product);
                }
            }
            Binary::Divide if self.is_literal(y, 1.0) => return x,
            Binary::Power => {
                if let Some(exponent) = self.literal(y) {
                    if self.is_literal(y, 0.5) {
                        return self.unary(Unary::SquareRoot, x);
                    }
                    if exponent.fract() == 0.0 && exponent.abs() <= LARGEST_EXPANDED_POWER {
                        return self.whole_power(x, exponent as i32);
                    }
                }
            }
            _ => {}
        }
        self.intern(Operation::Binary(operation, x, y))
    }

    fn whole_power(&mut self, x: Node, exponent: i32) -> Node {
        if exponent < 0 {
            let one = self.constant(1.0);
            let power = self.whole_power(x, -exponent);
            return self.div(one, power);
        }
        match exponent {
            0 => self.constant(1.0),
            1 => x,
            _ => {
                let half = self.whole_power(x, exponent / 2);
                let square = self.mul(half, half);
                if exponent % 2 == 1 { self.mul(square, x) } else { square }
            }
        }
    }

    /// A fused operation: `x*y + z`, `x*y - z` or `z - x*y` with one rounding.
    pub fn fused(&mut self, operation: Fused, x: Node, y: Node, z: Node) -> Node {
        if let (Some(a), Some(b), Some(c)) = (self.literal(x), self.literal(y), self.literal(z)) {
            return self.constant(elementary::fused(operation, a, b, c));
        }
        self.intern(Operation::Fused(operation, x, y, z))
    }

    /// `x` where `condition` is not 0, else `y`.
    pub fn select(&mut self, condition: Node, x: Node, y: Node) -> Node {
        if let Some(value) = self.literal(condition) {
            return if value == 0.0 { y } else { x };
        }
        if x == y {
            return x;
        }
        self.intern(Operation::Select(condition, x, y))
    }

    /// `x + y`
    pub fn add(&mut self, x: Node, y: Node) -> Node {
        self.binary(Binary::Add, x, y)
    }

    /// `x - y`
    pub fn sub(&mut self, x: Node, y: Node) -> Node {
        self.binary(Binary::Subtract, x, y)
    }

    /// What all nodes of a network make of `x` together.
    pub fn meet(&mut self, meeting: Meeting, x: Node) -> Node {
        self.intern(Operation::Meet(meeting, x))
    }

    /// `x * y`
    pub fn mul(&mut self, x: Node, y: Node) -> Node {
        self.binary(Binary::Multiply, x, y)
    }

    /// `x / y`
    pub fn div(&mut self, x: Node, y: Node) -> Node {
        self.binary(Binary::Divide, x, y)
    }

    /// `-x`
    pub fn neg(&mut self, x: Node) -> Node {
        self.unary(Unary::Negate, x)
    }

    /// Everything that `roots` are made of, themselves included, operands first.
    pub fn reachable(&self, roots: &[Node]) -> Vec<Node> {
        let mut seen = vec![false; self.len()];
        let mut open: Vec<Node> = roots.to_vec();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node.index()], true) {
                open.extend(self.operation(node).operands());
            }
        }
        (0..self.operations.len()).filter(|&index| seen[index]).map(|index| Node(index as u32)).collect()
    }

    /// Rebuilds `roots` with every node put through `change`, which sees a node's operation over changed operands.
    fn rebuild(&mut self, roots: &[Node], mut change: impl FnMut(&mut Self, Operation) -> Node) -> Vec<Node> {
        let order = self.reachable(roots);
        let mut changed: HashMap<Node, Node> = HashMap::with_capacity(order.len());
        for node in order {
            let operation = match self.operation(node) {
                leaf @ (Operation::Constant(_) | Operation::Symbol(_)) => leaf,
                Operation::Unary(kind, x) => Operation::Unary(kind, changed[&x]),
                Operation::Binary(kind, x, y) => Operation::Binary(kind, changed[&x], changed[&y]),
                Operation::Fused(kind, x, y, z) => {
                    Operation::Fused(kind, changed[&x], changed[&y], changed[&z])
                }
                Operation::Select(x, y, z) => Operation::Select(changed[&x], changed[&y], changed[&z]),
                Operation::Meet(meeting, x) => Operation::Meet(meeting, changed[&x]),
            };
            let result = change(self, operation);
            changed.insert(node, result);
        }
        roots.iter().map(|root| changed[root]).collect()
    }

    fn apply(&mut self, operation: Operation) -> Node {
        match operation {
            Operation::Constant(bits) => self.constant(f64::from_bits(bits)),
            Operation::Symbol(symbol) => self.read(symbol),
            Operation::Unary(kind, x) => self.unary(kind, x),
            Operation::Binary(kind, x, y) => self.binary(kind, x, y),
            Operation::Fused(kind, x, y, z) => self.fused(kind, x, y, z),
            Operation::Select(x, y, z) => self.select(x, y, z),
            Operation::Meet(meeting, x) => self.meet(meeting, x),
        }
    }

    /// `roots` with symbols replaced by expressions of this graph.
    pub fn substitute(&mut self, roots: &[Node], replacements: &HashMap<Symbol, Node>) -> Vec<Node> {
        self.rebuild(roots, |graph, operation| match operation {
            Operation::Symbol(symbol) if replacements.contains_key(&symbol) => replacements[&symbol],
            other => graph.apply(other),
        })
    }

    /// `roots` of another graph, rebuilt in this one; symbols go by name.
    pub fn import(&mut self, other: &Self, roots: &[Node]) -> Vec<Node> {
        let mut changed: HashMap<Node, Node> = HashMap::new();
        for node in other.reachable(roots) {
            let result = match other.operation(node) {
                Operation::Constant(bits) => self.constant(f64::from_bits(bits)),
                Operation::Symbol(symbol) => self.input(other.name(symbol)),
                Operation::Unary(kind, x) => self.unary(kind, changed[&x]),
                Operation::Binary(kind, x, y) => self.binary(kind, changed[&x], changed[&y]),
                Operation::Fused(kind, x, y, z) => self.fused(kind, changed[&x], changed[&y], changed[&z]),
                Operation::Select(x, y, z) => self.select(changed[&x], changed[&y], changed[&z]),
                Operation::Meet(meeting, x) => self.meet(meeting, changed[&x]),
            };
            changed.insert(node, result);
        }
        roots.iter().map(|root| changed[root]).collect()
    }

    /// Rules 5 and 6: reciprocals and fused multiply-adds. `is_fixed` says which symbols keep one value through a run.
    pub fn contract(&mut self, roots: &[Node], is_fixed: impl Fn(Symbol) -> bool) -> Vec<Node> {
        let mut fixed: HashMap<Node, bool> = HashMap::new();
        self.rebuild(roots, |graph, operation| {
            let all_fixed = match operation {
                Operation::Constant(_) => true,
                Operation::Symbol(symbol) => is_fixed(symbol),
                Operation::Meet(..) => false,
                other => other.operands().all(|operand| fixed[&operand]),
            };
            let result = graph.contracted(operation, &fixed);
            fixed.insert(result, all_fixed);
            result
        })
    }

    fn contracted(&mut self, operation: Operation, fixed: &HashMap<Node, bool>) -> Node {
        let product = |graph: &Self, node: Node| match graph.operation(node) {
            Operation::Binary(Binary::Multiply, x, y) => Some((x, y)),
            _ => None,
        };
        match operation {
            Operation::Binary(Binary::Add, a, b) => {
                if let Some((x, y)) = product(self, b) {
                    return self.fused(Fused::MultiplyAdd, x, y, a);
                }
                if let Some((x, y)) = product(self, a) {
                    return self.fused(Fused::MultiplyAdd, x, y, b);
                }
            }
            Operation::Binary(Binary::Subtract, a, b) => {
                if let Some((x, y)) = product(self, b) {
                    return self.fused(Fused::NegatedMultiplyAdd, x, y, a);
                }
                if let Some((x, y)) = product(self, a) {
                    return self.fused(Fused::MultiplySubtract, x, y, b);
                }
            }
            Operation::Binary(Binary::Divide, x, y) if fixed[&y] && !fixed[&x] => {
                let one = self.constant(1.0);
                let reciprocal = self.div(one, y);
                return self.mul(x, reciprocal);
            }
            _ => {}
        }
        self.apply(operation)
    }
}
