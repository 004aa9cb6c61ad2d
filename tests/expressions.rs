//! The language of formulas: read as XPPAUT 6.11 reads it, refused with a remedy where it cannot be, printed and read again.

use std::sync::Arc;

use ictus::complaint::{Complaint, Source};
use ictus::equation::graph::{Graph, Node};
use ictus::equation::print::print;
use ictus::equation::syntax::{Dialect, Expression, parse_expression};
use proptest::prelude::*;

fn parse(text: &str, dialect: Dialect) -> Result<Expression, Complaint> {
    let source: Arc<Source> = Source::new("formula", text);
    parse_expression(&source, 0..text.len(), dialect)
}

fn lower(graph: &mut Graph, text: &str, dialect: Dialect) -> Node {
    let expression = parse(text, dialect).unwrap_or_else(|complaint| panic!("{complaint}"));
    expression.lower(graph, &mut |graph, name| Some(graph.input(name))).expect("every name is known")
}

/// The value of a formula at a = 2, b = 3, c = 5.
fn value(text: &str, dialect: Dialect) -> f64 {
    let mut graph = Graph::new();
    let node = lower(&mut graph, text, dialect);
    let values = [("a", 2.0), ("b", 3.0), ("c", 5.0)];
    graph.evaluate(&[node], |symbol| {
        values.iter().find(|(name, _)| *name == graph.name(symbol)).expect("a, b or c").1
    })[0]
}

#[test]
fn formulas_mean_what_xppaut_takes_them_for() {
    // Every number was printed by XPPAUT 6.11 for `aux q=...` with a = 2, b = 3, c = 5.
    for (text, expected) in [
        ("2^3^2", 64.0),
        ("-2^2", -4.0),
        ("a**b", 8.0),
        ("-a*b", -6.0),
        ("-a+b", 1.0),
        ("a-b-c", -6.0),
        ("a/b*c", 10.0 / 3.0),
        ("a-(-b)", 5.0),
        ("max(a,-b)", 2.0),
        ("mod(-1,3)", 2.0),
        ("heav(0)", 1.0),
        ("heav(-a)", 0.0),
        ("a<b&b<c", 1.0),
        ("a>b|b<c", 1.0),
        ("(not(0))&b", 1.0),
        ("not(not(0))", 0.0),
        ("not 0", 1.0),
        ("not(0)*b", 3.0),
        ("not(0)/a", 0.5),
        ("not(0)+b", 4.0),
        ("not(a)-b", -3.0),
        ("1-not(a>1)", 1.0),
        ("b-not(0)+c", 7.0),
        ("b-not(0)*c", -2.0),
        ("b-not(a)^2", 3.0),
        ("not(0)^b", 1.0),
        ("not(0)<b", 0.0),
        ("not(a)<2", 1.0),
        ("not(b)==0", 1.0),
        ("not(a)>3", 1.0),
        ("not(a>1)*2-a*.5", -1.0),
        ("not(a>1)&(b>1)", 0.0),
        ("not(a>2)&(b>1)", 1.0),
        ("b|not(0)", 1.0),
        ("not(0)|0", 1.0),
        ("max(not(0),b)", 3.0),
        ("b*(not(0))", 3.0),
        ("a==(-2+4)", 1.0),
        ("(a<b)+1", 2.0),
        ("2e0", 2.0),
        (".5+2.", 2.5),
        ("1e-3", 0.001),
        ("log10(100)", 2.0),
        ("atan2(1,2)", 0.463_647_609_000_806_1),
        ("if(a<b)then(c)else(1)+1", 6.0),
        ("2*if(a<b)then(c)else(1)*3", 30.0),
        ("2^if(a<b)then(c)else(1)", 32.0),
        ("if(a<b)then(if(c<b)then(1)else(7))else(2)", 7.0),
        ("if(not(0))then(1)else(2)", 1.0),
    ] {
        assert!(
            (value(text, Dialect::Xpp) - expected).abs() < 1e-15,
            "{text} is {}",
            value(text, Dialect::Xpp)
        );
        assert_eq!(value(text, Dialect::Xpp).to_bits(), value(text, Dialect::Study).to_bits(), "{text}");
    }
}

#[test]
fn a_study_may_write_what_a_textbook_writes() {
    for (text, expected) in [
        ("2*-3", -6.0),
        ("2^-1", 0.5),
        ("a+1<b+1", 1.0),
        ("a<b and not b>c", 1.0),
        ("a>b or a!=2", 0.0),
        ("not a==2 or c>=5", 1.0),
        ("a<b*2", 1.0),
        ("a or b and 0", 1.0),
        ("not (a+b)*2>3", 0.0),
        ("not a+b<c-1", 1.0),
        ("1-not a", 1.0),
    ] {
        assert!(
            (value(text, Dialect::Study) - expected).abs() < 1e-15,
            "{text} is {}",
            value(text, Dialect::Study)
        );
    }
}

fn message(text: &str, dialect: Dialect) -> String {
    parse(text, dialect).map(|_| ()).expect_err(text).to_string()
}

#[test]
fn what_xppaut_reads_otherwise_is_refused_with_the_remedy() {
    for (text, part) in [
        ("2*-3", "write `(-x)`"),
        ("+a", "remove it, or write"),
        ("a!=b", "write `not(x==y)`"),
        ("a+1<b", "`(a+1)`"),
        ("a<b*2", "`(b*2)`"),
        ("a<b<c", "two comparisons"),
        ("a&not(b)", "`(not(b))`"),
        // XPPAUT gives 16 for `3+5*not(0)`: it adds `not(0)` to 3*5.
        ("b+c*not(a)", "`(not(...))`"),
        ("a*not(b)", "`(not(...))`"),
        ("a<not(b)", "`(not(...))`"),
        ("a^not(b)", "`(not(...))`"),
        ("-not(b)", "`(not(...))`"),
        ("not not(b)", "`(not(...))`"),
        ("not(a)<b*2", "`(b*2)`"),
        ("a&b*c", "`(b*c)`"),
        ("-a<b", "`(-a)`"),
        ("a^-b", "`x^(-y)`"),
        ("sin a", "`sin(...)`"),
        ("sin(a,b)", "takes 1 operand, not 2"),
        ("atan2(a)", "takes 2 operands, not 1"),
        ("a b", "for a product write `*`"),
        ("2a", "write `2*...`"),
        ("(a)(b)", "for a product write `*`"),
        ("(a", "add a `)`"),
        ("a)", "open a parenthesis"),
        ("a+", "ends too early"),
        ("", "a formula is missing"),
        ("a=b", "write `==`"),
        ("a and b", "write `&`"),
        ("a&&b", "write `&`"),
        ("a#b", "line of its own"),
        ("x'", "repeat its right-hand side"),
        ("x[1]", "arrays are not supported"),
        ("ran(1)", "`wiener`"),
        ("delay(a,1)", "chain of equations"),
        ("if(a)then(b)", "lacks its `else"),
        ("then(a)", "without its `if`"),
        ("1.2.3", "not a number"),
        ("1e999", "too large"),
        ("a \u{2212} b", "minus sign"),
        ("mod(a,-3)", "modulus positive"),
    ] {
        let told = message(text, Dialect::Xpp);
        assert!(told.contains(part), "{text}:\n{told}");
    }
}

#[test]
fn a_complaint_shows_file_line_column_and_remedy() {
    let expected = "\
error: a minus sign cannot stand after another sign
 --> formula:1:3
  |
1 | 2*-3
  |   ^
  |
  = help: XPPAUT takes a minus sign only at the beginning or after `(` or `,`; write `(-x)`";
    assert_eq!(message("2*-3", Dialect::Xpp), expected);
}

#[test]
fn size_and_nesting_are_bounded() {
    let deep = format!("{}a{}", "(".repeat(65), ")".repeat(65));
    assert!(message(&deep, Dialect::Xpp).contains("nested deeper than 64"));
    let signs = format!("{}a", "-".repeat(65));
    assert!(message(&signs, Dialect::Study).contains("nested deeper than 64"));
    let long = vec!["1"; 300].join("+");
    assert!(message(&long, Dialect::Xpp).contains("fixed quantities"));
}

#[test]
fn a_function_that_a_study_does_not_know_is_named_with_the_nearest() {
    assert!(message("sqr(a)", Dialect::Study).contains("did you mean `sqrt`?"));
}

#[test]
fn operands_keep_the_order_of_the_text() {
    let mut graph = Graph::new();
    let first = lower(&mut graph, "b*a+c", Dialect::Xpp);
    let (a, b, c) = (graph.input("a"), graph.input("b"), graph.input("c"));
    let product = graph.mul(b, a);
    assert_eq!(graph.add(product, c), first);
}

#[test]
fn what_is_unknown_stays_unknown_unless_the_rest_decides() {
    let known = |name: &str| match name {
        "yes" => Some(1.0),
        "no" => Some(0.0),
        "nan" => Some(f64::NAN),
        "three" => Some(3.0),
        _ => None,
    };
    for (text, expected) in [
        ("yes", Some(true)),
        ("missing", None),
        ("nan", None),
        ("not missing", None),
        ("not nan", None),
        ("nan < 3", None),
        ("not (nan < 3)", None),
        ("nan != nan", None),
        ("missing and no", Some(false)),
        ("no and nan", Some(false)),
        ("missing and yes", None),
        ("missing or yes", Some(true)),
        ("yes or missing", Some(true)),
        ("missing or no", None),
        ("not (missing or yes)", Some(false)),
        ("three > 2 and not (three > 4)", Some(true)),
        ("missing * 0 == 0", None),
        ("if(missing)then(1)else(1)", None),
        ("if(no)then(missing)else(1)", Some(true)),
        ("sqrt(0-three) < 1", None),
    ] {
        let expression = parse(text, Dialect::Study).unwrap();
        assert_eq!(expression.truth(&known), expected, "{text}");
    }
    assert_eq!(parse("three^2", Dialect::Study).unwrap().number(&known), Some(9.0));
}

#[test]
fn names_are_told_with_their_places() {
    let expression = parse("amplitude > 5 and sin(pi*x)<y", Dialect::Study).unwrap();
    assert_eq!(expression.names(), [("amplitude", 0..9), ("x", 25..26), ("y", 28..29)]);
}

/// Formulas of the language as random texts, every operand in parentheses.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("t".to_owned()),
        (0_u32..20).prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| format!("{:e}", x.abs())),
    ];
    leaf.prop_recursive(4, 40, 3, |inner| {
        let signs = ["+", "-", "*", "/", "^", "<", "<=", ">", ">=", "==", "&", "|"];
        let functions = ["abs", "sign", "flr", "sqrt", "exp", "log", "sin", "tanh", "heav", "acos", "not"];
        prop_oneof![
            (inner.clone(), proptest::sample::select(signs.to_vec()), inner.clone())
                .prop_map(|(x, sign, y)| format!("({x}){sign}({y})")),
            (proptest::sample::select(functions.to_vec()), inner.clone())
                .prop_map(|(name, x)| format!("{name}({x})")),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("atan2({x},{y})+mod({y},3)")),
            inner.clone().prop_map(|x| format!("-({x})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, x, y)| format!("if({c})then({x})else({y})")),
        ]
    })
}

proptest! {
    #[test]
    fn a_formula_printed_and_read_again_is_the_identical_node(text in formula()) {
        let mut graph = Graph::new();
        let node = lower(&mut graph, &text, Dialect::Xpp);
        let printed = print(&graph, node).unwrap();
        let again = lower(&mut graph, &printed, Dialect::Xpp);
        prop_assert_eq!(node, again, "{} printed as {}", text, printed);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[ -~\n\\\\]{0,60}") {
        let _ = parse(&text, Dialect::Xpp);
        let _ = parse(&text, Dialect::Study);
    }
}
