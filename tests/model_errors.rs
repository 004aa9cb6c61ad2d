//! What is wrong with a model file is told with its place and a remedy; what XPPAUT would take silently for another model
//! is refused. Every trap below was tried with XPPAUT 6.11.

use std::fmt::Write;

use ictus::complaint::Source;
use ictus::model::{Model, catalog};
use proptest::prelude::*;

const HEAD: &str = "#: Test\n#@ time 1\n#@ signal x\n";
const TAIL: &str = "#: [1] y\nx'=-x\ndone\n";

fn errors(text: &str) -> String {
    match Model::parse(&Source::new("test.ode", text), "test") {
        Ok(model) => panic!("nothing is wrong with\n{text}\n{model:?}"),
        Err(complaints) => complaints.to_string(),
    }
}

/// What is told of one line put into an otherwise sound file.
fn told(line: &str) -> String {
    errors(&format!("{HEAD}{line}\n{TAIL}"))
}

fn model(text: &str) -> Model {
    Model::parse(&Source::new("test.ode", text), "test").unwrap_or_else(|complaints| panic!("{complaints}"))
}

#[test]
fn the_whole_message_names_file_line_column_shows_the_line_and_says_the_remedy() {
    let text =
        "#: Decay\n#@ time s\n#@ signal x\n#: [1/s] rate\npar rate=1\n#: [1] amount\nx'=-raet*x\ndone\n";
    let expected = "\
error: unknown name `raet`
 --> test.ode:7:5
  |
7 | x'=-raet*x
  |     ^^^^
  |
  = help: did you mean `rate`?";
    assert_eq!(errors(text), expected);
}

#[test]
fn everything_wrong_is_told_at_once_in_the_order_of_the_text() {
    let told = errors("#: Two\n#@ tme s\n#@ signal x\npar a=1/4\n#: [1] x\nx'=b*x\naux q=sin(x,x)\ndone\n");
    let places: Vec<&str> = told.lines().filter_map(|line| line.trim().strip_prefix("--> ")).collect();
    assert_eq!(places, ["test.ode:2:4", "test.ode:4:7", "test.ode:6:4", "test.ode:7:7"], "{told}");
}

#[test]
fn each_trap_is_refused_with_its_remedy() {
    for (line, part) in [
        ("par a=1/4", "reads only the digits before the first sign"),
        ("par a=--3", "not a number"),
        ("par a = 2", "without blanks around the `=`"),
        ("par g.l=2", "the name `g.l` has a dot in it"),
        ("q=a.b.c*2", "write `a_b_c` wherever it stands"),
        ("d y/dt=-y", "an equation stands behind the word `d`"),
        ("@ trans=soon", "the option `trans` needs a number"),
        ("par\ta=2", "does not see a tab"),
        ("par abcdefghijk=2", "shorten it to, say, `abcdefghij`"),
        ("par A=1,a=2", "in case only"),
        ("par a=1\npar a=2", "declared a second time; the first is in line 4"),
        ("par t=1", "belongs to the language"),
        ("par exp=1", "belongs to the language"),
        ("par status=1", "belongs to the variables of a map"),
        ("par", "nothing is declared"),
        ("pra a=1", "did you mean `par`?"),
        ("zork a=b", "unknown declaration `zork`"),
        ("init x=a", "not a number"),
        ("init z=1", "unknown variable `z`"),
        ("x(0)= -1", "a blank stands before the sign"),
        ("x(t+1)=x", "maps are not supported"),
        ("f(u, w)=u-w", "remove the blanks"),
        ("f (u)=u", "remove the blank"),
        ("f(u)=u+w", "unknown name `w`"),
        ("f(u,u)=u", "the argument `u` stands twice"),
        ("f(u,u)=u\n!z=f(1,2)", "the argument `u` stands twice"),
        ("f(u)=f(u)+1", "calls itself"),
        ("f(u)=g(u)\ng(u)=f(u)", "calls itself"),
        ("f(u)=u\naux q=f(1,2)", "declared with 1 arguments, and called with 2"),
        ("aux q=f(1)", "unknown function `f`"),
        ("aux q=x(1)", "is not a function"),
        ("f(u)=u\naux q=f", "has no operands"),
        ("q=q+1", "it needs itself"),
        ("q=w+1\nw=q*x", "it needs itself by way of `w`"),
        ("f(u)=u+z\nq=f(1)\nz=q", "it needs itself by way of `z`"),
        ("!q=w\n!w=q", "it needs itself by way of `w`"),
        ("!q=x", "made of parameters"),
        ("!q=t", "the time cannot stand"),
        ("aux r=x\naux q=r+1", "cannot be used in a formula"),
        ("aux q", "needs a name and a formula"),
        ("x''=1", "add a variable"),
        ("dx/ds=1", "`dx/dt=formula`"),
        ("u'=", "a formula is missing"),
        ("0=x-1", "algebraic equations"),
        ("table f data.tab", "tables are not supported"),
        ("global 1 x {x=0}", "jumps are not supported"),
        ("markov z 2", "Markov variables"),
        ("aux q=delay(x,1)", "delays are not supported"),
        ("export {x} {y}", "C code"),
        (" @ dt=1", "first column only"),
        ("@ dt = 1", "without blanks"),
        ("@ dt=-1", "needs a positive number"),
        ("@ zork=1", "unknown option `zork`"),
        ("@ boound=1", "did you mean `bound`?"),
        ("@ meth=discrete", "cannot be used for differential equations"),
        ("x=2", "is declared a second time"),
        ("# a \\tau in a comment\npar b=1", "joins the next line to a comment"),
        ("aux q=x \\ + 1", "a line is continued by a `\\` at its end"),
        ("#include other.ode", "`#include` is not supported"),
        ("#: [1] nothing\n# comment", "documents nothing"),
        ("#: [1] nothing\n@ dt=1", "documents nothing"),
        ("#: [1] again\ninit x=1", "`x` is documented twice"),
        ("#: [mV nothing\npar a=1", "the unit is not closed"),
        ("#: [] nothing\npar a=1", "not a unit"),
        ("#@ zork", "unknown word after `#@`"),
        ("#@ regmie a when x>1", "did you mean `regime`?"),
        ("#@ source", "says nothing"),
        ("#@ time s", "stands twice"),
        ("#@ time hours", "not a unit of time"),
        ("#@ signal z", "unknown variable or auxiliary `z`"),
        ("#@ scale -1", "not positive"),
        ("#@ scale large", "not a number"),
        ("#@ regime seizure if x>1", "lacks its `when`"),
        ("#@ regime seizure when", "a formula is missing"),
        ("#@ regime seizure when x>", "ends too early"),
        ("#@ regime Seizure when x>1", "small letters"),
        ("#@ regime diverged when x>1", "given without a rule"),
        ("#@ regime undetermined when x>1", "given without a rule"),
        ("#@ regime a when x>1\n#@ regime a when x>2 seizing", "in one line only"),
        ("#@ range x 0 1", "unknown parameter `x`"),
        ("par a=1\n#@ range a 1 0", "the range of `a` is empty"),
        ("par a=1\n#@ range a 1", "a parameter and two numbers"),
        ("par a=1\n#@ range a 0 1\n#@ range a 0 2", "two ranges"),
        ("#@ state high z=1", "unknown variable `z`"),
        ("#@ state high x", "not `variable=number`"),
        ("#@ state high x=a", "not a number"),
        ("#@ state high x=1\n#@ state high x=2", "stands twice"),
        ("set high {z=1}", "unknown parameter `z`"),
        ("set high z=1", "write `set name {a=1,b=2}`"),
        ("= 3", "begins with no name"),
    ] {
        let message = told(line);
        assert!(message.contains(part), "{line}\n{message}");
        assert!(message.contains("--> test.ode:") && message.contains("= help: "), "{message}");
    }
}

#[test]
fn each_trap_of_arrays_and_sums_and_what_is_no_differential_equation_is_refused() {
    for (line, part) in [
        ("u[1..n]'=0", "not a range of whole numbers"),
        ("u[1..3]'=[J]", "not an index"),
        ("u[1..3]'=[j", "this bracket is not closed"),
        ("u[1..3]'=v[1..2]", "a second range"),
        ("u[0..9999]'=0", "more than 2000 indices"),
        ("u1'=[j]", "in a line without a range"),
        ("%[1..3]\nu[j]'=0", "this loop does not end"),
        ("%y'=1", "for the first letter of a name"),
        ("par a=2[0,5]", "appends the first number"),
        ("aux q=sum(0,3)of(i')+i'", "outside of a sum"),
        ("aux q=sum(0,3)of(shift(x,i'))", "leads to no name"),
        ("aux q=sum(0,1)of(sum(0,1)of(i'))", "a sum stands in a sum"),
        ("par n=2\naux q=sum(0,n)of(i')", "is not a number"),
        ("aux q=sum(3,0)of(i')", "is empty"),
        ("u'=w+int{exp(-t)#u}", "this is an integral equation"),
        ("u(t)=1+int[0.5]{u}", "this is an integral equation"),
        ("special k=conv(even,5,2,w,u0)", "a function over arrays"),
        ("u'=ran(1)", "noise is not supported yet"),
        ("dear reader", "takes `dear` for `done`"),
    ] {
        let message = told(line);
        assert!(message.contains(part), "{line}\n{message}");
        assert!(message.contains("--> test.ode:") && message.contains("= help: "), "{message}");
    }
}

#[test]
fn a_file_without_equations_is_refused_and_one_without_done_is_read() {
    assert!(model("#: T\n#@ time 1\n#@ signal x\n#: [1] x\nx'=1\n").warnings.is_empty());
    assert!(errors("#: T\npar a=1\ndone\n").contains("no equation"));
    assert!(errors("").contains("no equation"));
}

#[test]
fn size_is_bounded_before_and_after_differentiation() {
    let long = format!("aux q=x{}", "+x".repeat(500));
    assert!(told(&long).contains("more than 900"));
    let mut chain = String::from("f0(u)=u*u+u\n");
    for level in 1..40 {
        writeln!(chain, "f{level}(u)=f{}(u)*f{}(u+1)", level - 1, level - 1).expect("a text");
    }
    assert!(told(&format!("{chain}aux q=f39(x)")).contains("make the model smaller"));
    let mut same = String::from("f0(u)=u\n");
    for level in 1..40 {
        writeln!(same, "f{level}(u)=f{}(u)+f{}(u)", level - 1, level - 1).expect("a text");
    }
    assert!(told(&format!("{same}aux q=f39(x)")).contains("make the model smaller"));
    let many: Vec<String> = (0..52).map(|number| format!("f{number}(u)=u")).collect();
    assert!(told(&many.join("\n")).contains("more than 50 functions"));
    let huge = format!("{HEAD}{}", "#\n".repeat(1 << 20));
    assert!(errors(&huge).contains("more than 1048576"));
}

#[test]
fn a_users_file_without_units_is_read_with_a_warning() {
    let model = model("# my model\npar a=2\nx'=-a*x\ndone\n");
    let warnings: Vec<String> = model.warnings.iter().map(|warning| warning.message.clone()).collect();
    assert_eq!(
        warnings,
        [
            "the file does not give the unit of time",
            "the file does not say what its signal is; `x` is taken",
            "`a` and `x` have no unit",
        ]
    );
    assert_eq!((model.signal.as_str(), model.time_unit.as_str(), model.title.as_str()), ("x", "1", "test"));
    // XPPAUT shows the first variable, whatever auxiliaries there are.
    let model = self::model("aux q=2*y\npar a=2\ny'=-a*y\nx'=y\naux X=5*x\ndone\n");
    assert_eq!(model.signal, "y");
    assert!(model.warnings.iter().any(|warning| warning.message.ends_with("; `y` is taken")));
}

#[test]
fn all_that_is_read_is_read() {
    let text = "\
#: A title
#@ source Someone (2000)
#@ source Someone else (2001)
#@ time ms
#@ signal out
#@ scale 2.5
#@ regime high when out_max > 3 and not settled seizing
#@ regime low when amplitude <= 1e-3
#@ state Up x=1 y=-2
# plain
\" an active comment of XPPAUT
#: [mV] first and second
par a=1, B=-2.5e-1
#: [1] third
p c=3
number k=4
!twice=2*a
#: [mV] v
f(u,A)=u*A+k
q = f(x, 3) + twice
#: [mV] x
x' = q*a - B*c + \\
   heav(y)
dy/dt = if(t<1)then(x)else(w)
#: [1] y
init y=0.5
x(0)=-1
wiener w
set other {a=3,c=4}
#: [mV] output
aux out = x-y
@ total=5,dt=0.01,meth=rungekutta
@ bound=1e4,maxstor=1000,xp=x
done
";
    let lower = text.replace("Up", "up");
    let model = model(&lower);
    assert!(model.warnings.is_empty(), "{:?}", model.warnings);
    assert_eq!(model.title, "A title");
    assert_eq!(model.sources, ["Someone (2000)", "Someone else (2001)"]);
    let parameters: Vec<(&str, f64)> = model
        .parameters
        .iter()
        .map(|parameter| (parameter.quantity.name.as_str(), parameter.default))
        .collect();
    assert_eq!(parameters, [("a", 1.0), ("B", -0.25), ("c", 3.0)][..]);
    assert_eq!(model.parameters[1].quantity.unit, "mV");
    assert_eq!(model.parameters[1].quantity.meaning, "first and second");
    assert_eq!(model.initial_values(None), [-1.0, 0.5]);
    assert_eq!(model.initial_values(model.states.first()), [1.0, -2.0]);
    assert_eq!((model.bound, model.step, model.total), (1e4, Some(0.01), Some(5.0)));
    assert_eq!(model.method.as_deref(), Some("rk4"));
    assert_eq!((model.time_unit.as_str(), model.seconds_per_time_unit()), ("ms", Some(1e-3)));
    assert_eq!((model.signal.as_str(), model.scale), ("out", 2.5));
    let rules: Vec<(&str, bool)> =
        model.rules.iter().map(|rule| (rule.name.as_str(), rule.seizing)).collect();
    assert_eq!(rules, [("high", true), ("low", false)]);
    assert_eq!(model.rules[0].when.text(), "out_max > 3 and not settled");
    assert_eq!(model.noises.len(), 1);
    assert_eq!(model.noise.as_ref().expect("a warning").position(), (28, 8));
    // x = 2, y = 0, t = 3, w = 7: q = 2*3+4 + 2 = 12; x' = 12*1 + .75 + 1; y' = w; out = 2.
    let roots = [
        model.variables[0].derivative,
        model.variables[1].derivative,
        model.expression("out").expect("an aux"),
    ];
    let values = [("x", 2.0), ("y", 0.0), ("t", 3.0), ("w", 7.0), ("a", 1.0), ("B", -0.25), ("c", 3.0)];
    let found = model.graph.evaluate(&roots, |symbol| {
        values.iter().find(|(name, _)| *name == model.graph.name(symbol)).expect("a known symbol").1
    });
    assert_eq!(found, [13.75, 7.0, 2.0]);
}

#[test]
fn names_are_one_whatever_their_case_and_arguments_hide_others() {
    let model = model(&format!("{HEAD}#: [1] a\npar A=2\n#: [1] z\nz'=a+f(10)\nf(A)=a*2\n{TAIL}"));
    let found = model.graph.evaluate(&[model.variables[0].derivative], |_| 2.0);
    assert_eq!(found, [22.0]);
}

#[test]
fn lines_after_done_are_told() {
    let model = model(&format!("{HEAD}{TAIL}# a comment\nx'=2\n"));
    assert_eq!(model.warnings[0].message, "lines after `done` are not read");
    let code = self::model("# arrays\nx[1..2]'=[j]\ndone\nfun(double *in) { in[i]=[2..3]; }\n");
    assert_eq!(code.variables.len(), 2);
}

/// The warnings of one line put into an otherwise sound file.
fn warned(line: &str) -> Vec<String> {
    let model = model(&format!("{HEAD}{line}\n{TAIL}"));
    model.warnings.into_iter().map(|warning| warning.message).collect()
}

#[test]
fn what_xppaut_passes_over_is_read_with_a_warning() {
    for (line, part) in [
        ("number a=1 # rate of decay", "a comment stands behind a declaration"),
        ("#: [1] b\npar b", "has no value; it is 0"),
        ("number a=1 b-2", "declares nothing"),
        ("number a=inf", "the largest number"),
        ("a model of something", "declares nothing, and XPPAUT skips it"),
        ("bndry x-1", "boundary conditions are ignored"),
        ("b x'", "boundary conditions are ignored"),
        ("@dt=0.1,total=5", "glued to the `@`"),
        ("@ total=5 # long", "is not an option"),
        ("q=w+1\nw=x", "`w` is used before the line"),
        ("init x=1,x=2", "two initial values; the last, 2, counts"),
        ("x(0)=2\ninit x=1", "two initial values; the last, 1, counts"),
        ("@ total=3,total=1", "`total` is given twice; the last, `1`, counts"),
        ("@ meth=discrete\n@ meth=euler", "`meth` is given twice; the last, `euler`, counts"),
        ("f(u)=u+z\nq=f(1)\nz=x", "used before the line"),
        ("!q=w\n!w=2", "used before the line"),
        ("# a comment \\\n@ total=5", "a part of the comment"),
        ("#: [1] twice\naux x=2*x", "is called `x_aux` here"),
        ("#: [1] energy\naux P.E.=x", "is called `P_E_` here"),
    ] {
        let told = warned(line);
        assert!(told.iter().any(|message| message.contains(part)), "{line}\n{told:?}");
    }
    for line in [
        "% a remark",
        "#@ total=100",
        "only x",
        "#: [1] large\naux X=5*x",
        "# a \\tau\n# b",
        "set s {total=5, xp=t}",
    ] {
        assert!(warned(line).is_empty(), "{line}\n{:?}", warned(line));
    }
}

#[test]
fn one_cause_is_told_once() {
    for text in [
        // The names of a line that cannot be read are not unknown elsewhere.
        "par a=1/4\nx'=-a*x\ny'=a\ndone\n",
        "x[1..3]'=-x[j]+[k]\naux q=x1+x2\ninit x1=2\ndone\n",
        "x'=-x+delay(x,1)\ny'=delay(x,2)\ndone\n",
        "x'=y\n0=x+y\nsolve y=1\naux q=y\ndone\n",
        "x'=-z*x\nmarkov z 2\n{0} {x}\n{0} {0}\ndone\n",
        "u(t)=exp(-t)+int{exp(-t)#u}\nv(t)=int{u}\naux q=u*v\ndone\n",
        "x'=b*x\ny'=b*y\ndone\n",
        "x'=1/y+\ny'=x\ndone\n",
        // A name that is refused is declared all the same.
        "x=2\nx'=-x\ninit x=1\naux q=x\ndone\n",
        "x'=-x\nx=2\ny'=x\ndone\n",
        "par f=1\nf(u)=u\nx'=f(x)\ndone\n",
        "averylongname'=-averylongname\ninit averylongname=1\ndone\n",
        "par averylongname=2\nx'=averylongname*x\naux q=averylongname\nset s {averylongname=3}\ndone\n",
        "averylongname(u)=u\nx'=averylongname(x)\ndone\n",
        "sum=1\nx'=-x\ndone\n",
        "x'=-x+(\naux x=x*2\naux y=x\ndone\n",
        // A name with a dot, wherever it stands.
        "par g.l=2\nx'=-g.l*x\naux q=g.l\ndone\n",
        // The word `d` ends a file.
        "x'=-x\nd y/dt=-y\ninit y=1\n",
        // An array and a loop repeat what is in them.
        "%[1..3]\nx[j]'=-x[j]\ninit x[j]=[j]a\n%\ndone\n",
        "%[1..3]\nx[j]'=-x[j]\nx[j](0)=[j]/10\n%\ndone\n",
        "x[1..3]'=-x[j]\ninit x[1..3]=[j]/10\ndone\n",
        "x[1..3]'=-x[j]+k[j]\ndone\n",
        // A map is one, whatever else is in its file.
        "x'=r*x*(1-x)\n@ meth=discrete\ndone\n",
        "par r=1/4\nx'=r*x*(1-y)\ninit z=1\n@ total=-1\n@ meth=discrete\ndone\n",
        "x(t+1)=r*x\ny(t+1)=x\n@ meth=discrete\ndone\n",
    ] {
        let told = errors(&format!("# a file\n{text}"));
        assert_eq!(told.matches("error: ").count(), 1, "{text}\n{told}");
    }
}

#[test]
fn a_map_is_told_first_and_at_its_line() {
    let told = errors("# a file\nx'=r*ran(1)\n@ total=9,meth=Discrete\ndone\n");
    assert!(told.starts_with("error: this is a map (`meth=Discrete`); maps are not supported"), "{told}");
    assert!(told.contains("--> test.ode:3:16") && told.contains("noise is not supported yet"), "{told}");
    assert_eq!(told.matches("error: ").count(), 2, "{told}");
}

#[test]
fn a_complaint_about_an_array_shows_the_users_line() {
    let told = errors("# a file\npar a=1\nx[1..3]'=-a*x[j]+bb\ndone\n");
    assert!(told.contains("test.ode:3:18") && told.contains("x[1..3]'=-a*x[j]+bb"), "{told}");
    let told = errors("# old\n".replace("# old", "1").as_str());
    assert!(told.contains("the first line counts 1"), "{told}");
    let told = errors("1\nv x=1\no x+bb\ndone\n");
    assert!(told.contains("test.ode:3:5"), "{told}");
}

/// A shipped file with some pieces of it replaced, doubled or taken away.
fn damaged() -> impl Strategy<Value = String> {
    let files: Vec<&'static str> = catalog().iter().map(|entry| entry.text).collect();
    let cut =
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[ -~\n\t\\\\µ–é=#@:'\\[\\](){},]{0,6}");
    (prop::sample::select(files), prop::collection::vec(cut, 1..5)).prop_map(|(file, cuts)| {
        let mut characters: Vec<char> = file.chars().collect();
        for (from, length, put) in cuts {
            let from = from.index(characters.len() + 1);
            let to = from + length.index((characters.len() - from).min(12) + 1);
            characters.splice(from..to, put.chars());
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_damaged_file_is_read_or_refused_with_messages_and_never_makes_the_reader_panic(text in damaged()) {
        if let Err(complaints) = Model::parse(&Source::new("damaged.ode", text), "damaged") {
            prop_assert!(!complaints.0.is_empty());
            prop_assert!(complaints.to_string().contains("= help: "));
        }
    }

    #[test]
    fn nor_does_any_other_text(text in "([ -~µ–é]{0,30}(\n|\r\n|\t)){0,6}") {
        let _ = Model::parse(&Source::new("noise.ode", text), "noise").map_err(|complaints| complaints.to_string());
    }
}
