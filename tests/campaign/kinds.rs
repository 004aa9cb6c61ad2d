//! The kinds of study, one line each, and the studies they stand for: small, but of blocks enough to be cut anywhere. Knows nothing of
//! what disturbs them.

/// A kind of study.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Its study.
    study: &'static str,
    /// A model file beside the study, where it has one of its own.
    model: Option<&'static str>,
    /// Whether a piece of it takes so long that its rows cannot be waited for: stops come in the middle of it.
    pub(crate) is_long: bool,
    /// What was measured in the folder before.
    pub(crate) before: Before,
    /// What the study is changed in when it is finished, as overrides.
    pub(crate) at_the_end: &'static [&'static str],
}

/// What was measured in the folder of a study before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing.
    Nothing,
    /// The same study of another size, by these overrides.
    Smaller(&'static [&'static str]),
    /// Two parts of it, which became one folder.
    Parts([&'static [&'static str]; 2]),
}

/// A kind whose study is of the model `model = { name = .. }`.
const fn kind(name: &'static str, study: &'static str) -> Kind {
    Kind { name, study, model: None, is_long: false, before: Before::Nothing, at_the_end: &[] }
}

/// A kind of which every point, or every chain, takes seconds of a thread.
const fn long(name: &'static str, study: &'static str) -> Kind {
    Kind { is_long: true, ..kind(name, study) }
}

/// A kind with a model of its own.
const fn with_model(name: &'static str, study: &'static str, model: &'static str) -> Kind {
    Kind { model: Some(model), ..kind(name, study) }
}

/// A kind in whose folder something was measured before.
const fn after(name: &'static str, study: &'static str, before: Before) -> Kind {
    Kind { before, ..kind(name, study) }
}

/// Every kind of study that there is. A new one is one line here.
pub(crate) const KINDS: &[Kind] = &[
    kind("grid", GRID),
    with_model("failures", FAILURES, DOUBLING),
    kind("saltelli", SALTELLI),
    kind("morris", MORRIS),
    kind("table", TABLE),
    after("extension", SALTELLI, Before::Smaller(&["space.base=32", "space.replicates=3"])),
    after("refinement", GRID, Before::Smaller(&["space.axes.p.n=24"])),
    after("merge", GRID, Before::Parts([&["space.axes.A.n=2"], &["space.axes.p.n=24"]])),
    Kind { at_the_end: &["space.base=256"], ..kind("until", UNTIL) },
    with_model("singular points", SINGULAR, QUOTIENTS),
    kind("chains", CHAINS),
    kind("drawn starts", DRAWN),
    kind("rules over starts", OVER_STARTS),
    kind("named starts", NAMED),
    kind("network", NETWORK),
    kind("network chains", NETWORK_CHAINS),
    kind("equilibria", EQUILIBRIA),
    kind("network equilibria", NETWORK_EQUILIBRIA),
    kind("both", BOTH),
    kind("chains, both", CHAINS_BOTH),
    long("long points", LONG_POINTS),
    long("long chains", LONG_CHAINS),
];

impl Kind {
    /// Its study as it is written into a file.
    pub(crate) fn text(&self) -> String {
        format!("title = \"{}\"\n{}", self.name, self.study.trim_start())
    }

    /// The files that stand beside the study.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, String)> {
        let model = self.model.map(|text| ("model.ode", text.to_owned()));
        model.into_iter().chain(self.study.contains("points.csv").then(|| ("points.csv", points())))
    }
}

/// Some thousand points of no order, by the golden ratio and its like.
fn points() -> String {
    let part = |row: u32, step: f64| (f64::from(row) * step).fract();
    let line =
        |row: u32| format!("{},{}\n", 350.0 * part(row, 0.754_877_666), 2.0 + 3.0 * part(row, 0.569_840_291));
    format!("p,A\n{}", (0..5000).map(line).collect::<String>())
}

const TABLE: &str = r#"
model = { name = "jansen_rit" }
[space]
design = "table"
table = "points.csv"
[time]
method = "rk4"
step = "0.5 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema"]
"#;

const GRID: &str = r#"
model = { name = "jansen_rit" }
[space.axes]
A = { from = 2, to = 5, n = 80 }
p = { from = 0, to = 350, n = 70 }
[time]
method = "rk4"
step = "0.5 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema"]
"#;

const SALTELLI: &str = r#"
model = { name = "jansen_rit" }
[space]
design = "saltelli"
base = 128
replicates = 6
second_order = true
[space.parameters]
A = { uniform = [2, 5] }
C = { normal = [135, 20] }
p = { uniform = [0, 350] }
[time]
method = "rk4"
step = "0.5 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema"]
"#;

/// Its design is doubled from 32 to 256 rows.
const UNTIL: &str = r#"
model = { name = "jansen_rit" }
[space]
design = "saltelli"
base = 32
replicates = 4
[space.parameters]
A = { uniform = [2, 5] }
C = { normal = [135, 20] }
p = { uniform = [0, 350] }
[time]
method = "rk4"
step = "0.5 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema"]
[sense]
until = { half_width = 0.001, output = "amplitude", at_most = 256 }
"#;

/// At each point of a grid.
const MORRIS: &str = r#"
model = { name = "jansen_rit" }
[space]
design = "morris"
base = 100
replicates = 2
[space.axes]
B = { from = 17, to = 29, n = 7 }
[space.parameters]
A = { uniform = [2, 5] }
C = { uniform = [65, 270] }
p = { uniform = [0, 350] }
[time]
method = "rk4"
step = "0.5 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema"]
"#;

/// Some points are excluded and some leave the bound, some early and some late.
const FAILURES: &str = r#"
model = { file = "model.ode" }
[space]
where = "a + b < 1.9"
[space.axes]
a = { from = -1, to = 1, n = 80 }
b = { from = 0, to = 1, n = 81 }
[time]
method = "rk4"
step = 0.002
transient = 10
window = 10
[observe]
features = ["extrema", "moments"]
"#;

const DOUBLING: &str = "\
#@ time 1
#: [1] growth
par a=0
#: [1] drive
par b=0
#: [1] what may leave the bound
x'=(a-0.5)*x+b*sin(y)
#: [1] a phase
y'=1+0.1*cos(x)
init x=1,y=0
@ bound=50,total=20,dt=0.002
done
";

/// A quotient is 0/0 at some points from the beginning, and at others later on.
const SINGULAR: &str = r#"
model = { file = "model.ode" }
[initial]
y = "b"
[space.axes]
a = { from = -1, to = 1, n = 80 }
b = { from = 0, to = 1, n = 81 }
[time]
method = "rk4"
step = 0.002
transient = 10
window = 10
[observe]
features = ["extrema", "moments"]
"#;

const QUOTIENTS: &str = "\
#@ time 1
#: [1] numerator
par a=0
#: [1] where the denominator begins
par b=0
#: [1] what a quotient drives
x'=-x+a*(y-0.5)/(y-0.5)
#: [1] the denominator
y'=0
#: [1] driven by a quotient for a time
z'=if(a>0.9)then((t-5)/(t-5)-z)else(sin(t)-z)
init x=1
@ bound=50,total=20,dt=0.002
done
";

const CHAINS: &str = r#"
model = { name = "jansen_rit" }
space.continue = "p"
[space.axes]
C = { from = 120, to = 145, n = 500 }
p = { from = 60, to = 180, n = 5 }
[time]
method = "rk4"
step = "1 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema", "settled"]
"#;

const DRAWN: &str = r#"
model = { name = "montbrio_pazo_roxin" }
[space.axes]
J = { from = 0, to = 20, n = 60 }
eta = { from = -10, to = 0, n = 21 }
[initial]
box = { r = [0, 2], V = [-3, 2] }
starts = 12
[time]
method = "rk4"
step = 0.01
transient = 25
window = 10
[observe]
features = ["extrema", "settled"]
"#;

const OVER_STARTS: &str = r#"
model = { name = "montbrio_pazo_roxin" }
[space.axes]
J = { from = 0, to = 20, n = 60 }
eta = { from = -10, to = 0, n = 21 }
[initial]
box = { r = [0, 2], V = [-3, 2] }
starts = 12
[time]
method = "rk4"
step = 0.01
transient = 25
window = 10
[observe]
features = ["extrema"]
[[regime]]
name = "high"
when = "maximum > 0.5"
seizing = true
[[regime]]
name = "low"
when = "maximum <= 0.5"
[[regime]]
name = "bistable"
over = "start"
when = 'share("low") > 0 and share("high") > 0'
"#;

const NAMED: &str = r#"
model = { name = "jansen_rit" }
[space.axes]
C = { from = 122, to = 148, n = 50 }
p = { from = 0, to = 400, n = 41 }
[initial]
states = ["rest", "excited"]
[time]
method = "rk4"
step = "0.5 ms"
transient = "1 s"
window = "1 s"
[observe]
features = ["extrema", "moments", "cycles"]
"#;

const NETWORK: &str = r#"
model = { name = "wilson_cowan" }
[network]
parameters = { g = 0.1 }
[network.channels.ring]
matrix = { generator = "ring", n = 9 }
gain = "g"
[space.axes]
"node.4.P" = { from = 0.8, to = 2, n = 60 }
g = { from = 0, to = 0.5, n = 80 }
[time]
method = "rk4"
step = "0.5 ms"
transient = "100 ms"
window = "100 ms"
[observe]
features = ["extrema"]
"#;

const NETWORK_CHAINS: &str = r#"
model = { name = "wilson_cowan" }
[network]
parameters = { g = 0.1 }
[network.channels.ring]
matrix = { generator = "ring", n = 7 }
gain = "g"
[space]
continue = "P"
[space.axes]
P = { from = 0.8, to = 2, n = 4 }
g = { from = 0, to = 0.5, n = 400 }
[time]
method = "rk4"
step = "0.5 ms"
transient = "75 ms"
window = "75 ms"
[observe]
features = ["extrema", "lyapunov"]
"#;

const EQUILIBRIA: &str = r#"
model = { name = "wendling" }
stability = { only = true }
[space.axes]
B = { from = 10, to = 60, n = 60 }
G = { from = 0, to = 30, n = 61 }
"#;

const NETWORK_EQUILIBRIA: &str = r#"
model = { name = "linear" }
stability = { only = true }
[network]
parameters = { sigma = 0.1 }
[network.channels.edges]
matrix = "fib90_directed"
kind = "diffusive"
negative = "allow"
gain = "-sigma"
[space.axes]
a = { from = 0, to = 2, n = 20 }
sigma = { from = 0, to = 1, n = 40 }
"#;

const BOTH: &str = r#"
model = { name = "wilson_cowan" }
[stability]
[space.axes]
P = { from = 0, to = 2, n = 60 }
Q = { from = 0, to = 1, n = 60 }
[time]
method = "rk4"
step = "0.25 ms"
transient = "250 ms"
window = "250 ms"
[observe]
features = ["extrema", "settled"]
"#;

const CHAINS_BOTH: &str = r#"
model = { name = "wilson_cowan" }
[stability]
[space]
continue = "P"
[space.axes]
Q = { from = 0, to = 1, n = 400 }
P = { from = 0, to = 2, n = 5 }
[time]
method = "rk4"
step = "0.25 ms"
transient = "200 ms"
window = "200 ms"
[observe]
features = ["extrema", "settled"]
"#;

/// Every point takes as long as the whole study.
const LONG_POINTS: &str = r#"
model = { name = "jansen_rit" }
[space.axes]
A = { from = 2, to = 5, n = 3 }
p = { from = 0, to = 350, n = 3 }
[time]
method = "rk4"
step = "0.01 ms"
transient = "10 s"
window = "10 s"
[observe]
features = ["extrema", "cycles", "moments"]
"#;

/// Two chains of points each of which takes a fraction of a second; together they do not fit into a limit of 5 s.
const LONG_CHAINS: &str = r#"
model = { name = "jansen_rit" }
[space]
continue = "p"
[space.axes]
C = { from = 125, to = 145, n = 2 }
p = { from = 60, to = 180, n = 10 }
[time]
method = "rk4"
step = "0.01 ms"
transient = "1.5 s"
window = "1.5 s"
[observe]
features = ["extrema", "settled"]
"#;
