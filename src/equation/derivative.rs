//! Exact derivatives of expressions: by a symbol, by many at once, along a flow. Knows nothing of what symbols stand for.

use std::collections::{BTreeSet, HashMap};

use super::graph::{Binary, Fused, Graph, Node, Operation, Symbol, Unary};

impl Graph {
    /// The exact derivative of `node` by `symbol`. At a switch (`abs`, `min`, `max`, `if`) it is that of the chosen side;
    /// comparisons, `flr` and `sign` have derivative 0.
    pub fn derivative(&mut self, node: Node, symbol: Symbol) -> Node {
        let one = self.constant(1.0);
        self.change(node, &HashMap::from([(symbol, one)]))
    }

    /// How `node` changes where symbols change at these rates, others not at all: the derivative along a flow. Sums over nodes of a
    /// network change with all of them; of their extremes this says nothing.
    pub fn change(&mut self, node: Node, rates: &HashMap<Symbol, Node>) -> Node {
        let mut derivatives: HashMap<Node, Node> = HashMap::new();
        for inner in self.reachable(&[node]) {
            let derivative = self.derivative_of_one(inner, rates, |operand| derivatives[&operand]);
            derivatives.insert(inner, derivative);
        }
        derivatives[&node]
    }

    /// The derivatives of `node` by each of some symbols, in their order: the nodes that [`Graph::derivative`] gives, for
    /// little more than one of them where each symbol reaches a small part of the expression. `None` where more than `most`
    /// parts would have to be looked at; else `most` becomes less by those that were.
    pub fn gradient(&mut self, node: Node, symbols: &[Symbol], most: &mut usize) -> Option<Vec<Node>> {
        let parts = self.reachable(&[node]);
        let place: HashMap<Node, usize> = parts.iter().enumerate().map(|(at, &part)| (part, at)).collect();
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
        let mut reads: HashMap<Symbol, usize> = HashMap::new();
        for (at, &part) in parts.iter().enumerate() {
            let operation = self.operation(part);
            if let Operation::Symbol(symbol) = operation {
                reads.insert(symbol, at);
            }
            operation.operands().for_each(|operand| readers[place[&operand]].push(at));
        }
        let (zero, one) = (self.constant(0.0), self.constant(1.0));
        let mut known = vec![zero; parts.len()];
        let mut gradient = Vec::with_capacity(symbols.len());
        for &symbol in symbols {
            let Some(&begin) = reads.get(&symbol) else {
                gradient.push(zero);
                continue;
            };
            let mut met = BTreeSet::from([begin]);
            let mut open = vec![begin];
            while let Some(at) = open.pop() {
                open.extend(readers[at].iter().copied().filter(|&reader| met.insert(reader)));
            }
            *most = most.checked_sub(met.len())?;
            let rates = HashMap::from([(symbol, one)]);
            for &at in &met {
                known[at] = self.derivative_of_one(parts[at], &rates, |operand| known[place[&operand]]);
            }
            gradient.push(known[parts.len() - 1]);
            for at in met {
                known[at] = zero;
            }
        }
        Some(gradient)
    }

    fn derivative_of_one(
        &mut self,
        node: Node,
        rates: &HashMap<Symbol, Node>,
        known: impl Fn(Node) -> Node,
    ) -> Node {
        let zero = self.constant(0.0);
        let operation = self.operation(node);
        match operation {
            Operation::Constant(_) => return zero,
            Operation::Symbol(own) => return rates.get(&own).copied().unwrap_or(zero),
            _ => {}
        }
        if operation.operands().all(|operand| known(operand) == zero) {
            return zero;
        }
        match operation {
            Operation::Constant(_) | Operation::Symbol(_) => zero,
            Operation::Meet(meeting, x) => self.meet(meeting, known(x)),
            Operation::Unary(Unary::Negate, x) => self.neg(known(x)),
            Operation::Unary(kind, x) => {
                let outer = self.outer_derivative(kind, x, node);
                self.mul(outer, known(x))
            }
            Operation::Binary(kind, x, y) => self.binary_derivative(kind, [x, y], [known(x), known(y)], node),
            Operation::Fused(kind, x, y, z) => {
                let (left, right) = (self.mul(known(x), y), self.mul(x, known(y)));
                let product = self.add(left, right);
                match kind {
                    Fused::MultiplyAdd => self.add(product, known(z)),
                    Fused::MultiplySubtract => self.sub(product, known(z)),
                    Fused::NegatedMultiplyAdd => self.sub(known(z), product),
                }
            }
            Operation::Select(condition, x, y) => self.select(condition, known(x), known(y)),
        }
    }

    /// The derivative of `node = kind(x)` by `x`.
    fn outer_derivative(&mut self, kind: Unary, x: Node, node: Node) -> Node {
        let one = self.constant(1.0);
        match kind {
            Unary::Negate => self.constant(-1.0),
            Unary::Absolute => self.unary(Unary::Sign, x),
            Unary::Sign | Unary::Floor | Unary::Not => self.constant(0.0),
            Unary::SquareRoot => {
                let half = self.constant(0.5);
                self.div(half, node)
            }
            Unary::Exponential => node,
            Unary::Logarithm => self.div(one, x),
            Unary::Logarithm10 => {
                let scale = self.constant(std::f64::consts::LN_10);
                let denominator = self.mul(x, scale);
                self.div(one, denominator)
            }
            Unary::Sine => self.unary(Unary::Cosine, x),
            Unary::Cosine => {
                let sine = self.unary(Unary::Sine, x);
                self.neg(sine)
            }
            Unary::Tangent => {
                let square = self.mul(node, node);
                self.add(one, square)
            }
            Unary::ArcSine | Unary::ArcCosine => {
                let square = self.mul(x, x);
                let rest = self.sub(one, square);
                let root = self.unary(Unary::SquareRoot, rest);
                let slope = self.div(one, root);
                if kind == Unary::ArcSine { slope } else { self.neg(slope) }
            }
            Unary::ArcTangent => {
                let square = self.mul(x, x);
                let sum = self.add(one, square);
                self.div(one, sum)
            }
            Unary::HyperbolicSine => self.unary(Unary::HyperbolicCosine, x),
            Unary::HyperbolicCosine => self.unary(Unary::HyperbolicSine, x),
            Unary::HyperbolicTangent => {
                let square = self.mul(node, node);
                self.sub(one, square)
            }
        }
    }

    fn binary_derivative(
        &mut self,
        kind: Binary,
        [x, y]: [Node; 2],
        [dx, dy]: [Node; 2],
        node: Node,
    ) -> Node {
        match kind {
            Binary::Add => self.add(dx, dy),
            Binary::Subtract => self.sub(dx, dy),
            Binary::Multiply => {
                let (left, right) = (self.mul(dx, y), self.mul(x, dy));
                self.add(left, right)
            }
            Binary::Divide => {
                let change = self.mul(node, dy);
                let numerator = self.sub(dx, change);
                self.div(numerator, y)
            }
            Binary::Minimum => {
                let condition = self.binary(Binary::Less, x, y);
                self.select(condition, dx, dy)
            }
            Binary::Maximum => {
                let condition = self.binary(Binary::Less, y, x);
                self.select(condition, dx, dy)
            }
            Binary::Power => self.power_derivative([x, y], [dx, dy], node),
            Binary::Modulo => {
                let ratio = self.div(x, y);
                let whole = self.unary(Unary::Floor, ratio);
                let change = self.mul(whole, dy);
                self.sub(dx, change)
            }
            Binary::ArcTangent2 => {
                let (left, right) = (self.mul(y, dx), self.mul(x, dy));
                let numerator = self.sub(left, right);
                let (xx, yy) = (self.mul(x, x), self.mul(y, y));
                let denominator = self.add(xx, yy);
                self.div(numerator, denominator)
            }
            Binary::Less
            | Binary::LessOrEqual
            | Binary::Equal
            | Binary::NotEqual
            | Binary::And
            | Binary::Or => self.constant(0.0),
        }
    }

    fn power_derivative(&mut self, [x, y]: [Node; 2], [dx, dy]: [Node; 2], node: Node) -> Node {
        let one = self.constant(1.0);
        let lower = self.sub(y, one);
        let power = self.binary(Binary::Power, x, lower);
        let slope = self.mul(y, power);
        let by_base = self.mul(slope, dx);
        if self.is_literal(dy, 0.0) {
            return by_base;
        }
        let logarithm = self.unary(Unary::Logarithm, x);
        let growth = self.mul(node, logarithm);
        let by_exponent = self.mul(growth, dy);
        self.add(by_base, by_exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_holds_the_nodes_of_its_derivatives() {
        let mut graph = Graph::new();
        let [x, y, z] = ["x", "y", "z"].map(|name| graph.input(name));
        let product = graph.mul(x, y);
        let wave = graph.unary(Unary::Sine, product);
        let ratio = graph.div(wave, x);
        let largest = graph.binary(Binary::Maximum, ratio, y);
        let symbols = ["x", "y", "z"].map(|name| graph.symbol(name));
        let alone: Vec<Node> = symbols.iter().map(|&symbol| graph.derivative(largest, symbol)).collect();
        let mut most = 100;
        assert_eq!(graph.gradient(largest, &symbols, &mut most), Some(alone));
        // What reads x: itself, the product, the sine, the ratio, the maximum; y: all but the first, and itself.
        assert_eq!(most, 90);
        assert_eq!(graph.gradient(largest, &symbols, &mut 9), None);
        let zero = graph.constant(0.0);
        assert_eq!(graph.gradient(z, &symbols[..1], &mut most), Some(vec![zero]));
    }
}
