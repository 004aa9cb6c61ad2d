//! What XPPAUT solves and ictus does not: everything that is not an ordinary differential equation, each with what it is and a way
//! around. Knows the words that announce it, not where they stand.

/// What is told of every map.
pub const MAPS_ARE_REFUSED: &str = "maps are not supported";

/// Why a map is not read, and the remedy.
pub(super) const MAP: (&str, &str) = (
    "this is a map (`x(t+1)=`); maps are not supported",
    "ictus reads differential equations only, `x'=formula`",
);

const EVENTS: (&str, &str) = (
    "this is an event (`global`), at which variables jump; jumps are not supported",
    "write the switch into the equations with `if()then()else()` or `heav`",
);
const MARKOV: (&str, &str) = (
    "this is a variable that jumps at random; Markov variables are not supported",
    "take its mean as a parameter, or write an equation for it",
);
const TABLE: (&str, &str) =
    ("this is a function given by points; tables are not supported", "write the function as a formula");
const INTEGRAL: (&str, &str) = (
    "this is an integral equation, which is not supported",
    "write a differential equation for the integral: that of `exp(-t)#u` is `z'=u-z`",
);
const ALGEBRAIC: (&str, &str) = (
    "this makes it a differential-algebraic system; algebraic equations are not supported",
    "solve for the quantity by hand and write `q=formula`",
);
const NETWORK: (&str, &str) = (
    "this is a function over arrays (`special`, `vector`, `group`), which is not supported",
    "write the equations out with `[j]` and `sum(a,b)of(...)`",
);
const FOREIGN: (&str, &str) =
    ("this calls C code (`export`), which is not supported", "write the formula out");
const FILE: (&str, &str) = ("options in another file are not supported", "write `@ name=value` lines");

/// Beginnings of lines that XPPAUT reads and we do not: the sign, what it is, and the remedy.
pub(super) fn sign(text: &str) -> Option<(&'static str, &'static str, &'static str)> {
    if text.starts_with('%') {
        let remedy = "begin a remark with `#`, or with `%` and a blank";
        return Some(("%", "XPPAUT takes `%` here for the first letter of a name", remedy));
    }
    let without_blanks: String = text.chars().filter(|c| !c.is_whitespace()).take(3).collect();
    let is_algebraic = without_blanks.starts_with("0=") && without_blanks != "0==";
    is_algebraic.then_some(("0", ALGEBRAIC.0, ALGEBRAIC.1))
}

/// What a declaration of XPPAUT is that is not read, by its word in lower case, and the remedy.
pub(super) fn command(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        _ if word.starts_with("gr") => NETWORK,
        _ if word.starts_with("glo") || word == "g" => EVENTS,
        _ if word.starts_with("mark") || word == "ma" => MARKOV,
        _ if word.starts_with("tab") => TABLE,
        _ if word.starts_with("vol") || word == "v" => INTEGRAL,
        _ if word.starts_with("sol") => ALGEBRAIC,
        _ if word.starts_with("spec") || word.starts_with("vec") => NETWORK,
        _ if word.starts_with("exp") => FOREIGN,
        _ if word.starts_with("opt") => FILE,
        _ => return None,
    })
}

/// Where a formula has an integral, `int{...}` or `int[0.5]{...}`, what it is, and the remedy.
pub(super) fn integral(formula: &str) -> Option<(usize, &'static str, &'static str)> {
    let lower = formula.to_ascii_lowercase();
    let at = ["int{", "int["].iter().filter_map(|sign| lower.find(sign)).min()?;
    Some((at, INTEGRAL.0, INTEGRAL.1))
}
