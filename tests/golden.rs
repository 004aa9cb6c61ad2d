//! The bits of everything that a row is made of, kept in `tests/golden/bits.txt` with the [`NUMERICS_VERSION`] that they belong to:
//! where bits change, the version must change too, since rows of both would be taken for each other. Knows nothing of what is right.
//!
//! A line is a name, a hash of what goes in (of a study: its identity), and a hash of the bits that come out. After a change that is
//! meant, raise `NUMERICS_VERSION` in `src/simulate/mod.rs` and write the file anew: `ICTUS_BLESS=1 cargo test --release --test golden`.
//! It is also written anew, without another version, where only names or what goes in have changed: for a new model, say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod written;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use ictus::equation::elementary;
use ictus::equation::graph::{Binary, Fused, Unary};
use ictus::experiment::Experiment;
use ictus::network::{Distribution, Matrix, even_parts, generators, golden_parts, spectral_radius};
use ictus::simulate::NUMERICS_VERSION;
use ictus::stability::eigenvalues;
use ictus::{integrate, model, observe};

const FILE: &str = "tests/golden/bits.txt";
const BLESS: &str = "ICTUS_BLESS=1 cargo test --release --test golden";

/// What goes in and what comes out, as hashes, by name.
type Lines = BTreeMap<String, [u64; 2]>;

/// FNV-1a, 64 bits.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// A NaN is one, whatever its bits: in rows they are the same everywhere.
    fn numbers<'a>(self, numbers: impl IntoIterator<Item = &'a f64>) -> Self {
        numbers.into_iter().fold(self, |hash, number| {
            hash.bytes(&if number.is_nan() { f64::NAN } else { *number }.to_bits().to_le_bytes())
        })
    }
}

fn hash(numbers: &[f64]) -> u64 {
    Hash::new().numbers(numbers).0
}

/// A kind of operations with its name, all of them; the compiler refuses a list that lacks one.
macro_rules! all {
    ($kind:ident: $($operation:ident)*) => {{
        let _ = |operation| match operation { $($kind::$operation => ()),* };
        [$(($kind::$operation, stringify!($operation))),*]
    }};
}

/// Where functions have their edges, and where their methods change; then magnitudes of both signs from 1e-9 to 1e9.
fn arguments() -> Vec<f64> {
    let mut arguments =
        vec![0.0, 1.0, 0.5, 1.5, 2.0, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-310];
    arguments.extend([
        0.25,
        0.625,
        19.0,
        22.5,
        709.5,
        709.9,
        745.5,
        746.5,
        1e15,
        4_503_599_627_370_497.0,
        1e300,
    ]);
    arguments.extend([std::f64::consts::PI, std::f64::consts::FRAC_PI_2, std::f64::consts::SQRT_2]);
    arguments.extend([1_073_741_823.5, 1_073_741_825.0, 1e22]);
    arguments.extend(std::iter::successors(Some(1e-9), |x| Some(x * 1.137)).take_while(|x| *x < 1e9));
    let negative: Vec<f64> = arguments.iter().map(|x| -x).collect();
    arguments.extend(negative);
    arguments.push(f64::NAN);
    arguments
}

fn functions(lines: &mut Lines) {
    let all = arguments();
    let some: Vec<f64> = all.iter().copied().step_by(9).collect();
    let few: Vec<f64> = all.iter().copied().step_by(37).collect();
    let unary = all![Unary: Negate Absolute Sign Floor SquareRoot Exponential Logarithm Logarithm10 Sine Cosine Tangent ArcSine
        ArcCosine ArcTangent HyperbolicSine HyperbolicCosine HyperbolicTangent Not];
    for (operation, name) in unary {
        let values: Vec<f64> = all.iter().map(|x| elementary::unary(operation, *x)).collect();
        lines.insert(format!("function {name}"), [hash(&all), hash(&values)]);
    }
    let pairs: Vec<[f64; 2]> = some.iter().flat_map(|x| some.iter().map(move |y| [*x, *y])).collect();
    let binary = all![Binary: Add Subtract Multiply Divide Minimum Maximum Power Modulo ArcTangent2 Less LessOrEqual Equal NotEqual
        And Or];
    for (operation, name) in binary {
        let values: Vec<f64> = pairs.iter().map(|[x, y]| elementary::binary(operation, *x, *y)).collect();
        lines.insert(format!("function {name}"), [hash(pairs.as_flattened()), hash(&values)]);
    }
    let triples: Vec<[f64; 3]> =
        few.iter().flat_map(|x| few.iter().flat_map(|y| few.iter().map(|z| [*x, *y, *z]))).collect();
    for (operation, name) in all![Fused: MultiplyAdd MultiplySubtract NegatedMultiplyAdd] {
        let values: Vec<f64> =
            triples.iter().map(|[x, y, z]| elementary::fused(operation, *x, *y, *z)).collect();
        lines.insert(format!("function {name}"), [hash(triples.as_flattened()), hash(&values)]);
    }
    let values: Vec<f64> = triples.iter().map(|[x, y, z]| elementary::select(*x, *y, *z)).collect();
    lines.insert("function Select".into(), [hash(triples.as_flattened()), hash(&values)]);
}

/// Numbers between -1 and 1 without a pattern, which need exact operations alone.
fn scattered(count: usize) -> Vec<f64> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    let states = std::iter::successors(Some(1_u64), next).skip(1).take(count);
    states.map(|state| (state >> 40) as f64 / f64::from(1 << 23) - 1.0).collect()
}

fn matrices(lines: &mut Lines) {
    for generator in generators() {
        let numbers: Vec<usize> = generator.numbers.iter().map(|(_, least)| least + 2).collect();
        let matrix = generator.make(&numbers).unwrap();
        let into = numbers.iter().fold(Hash::new(), |hash, number| hash.bytes(&number.to_le_bytes())).0;
        lines.insert(format!("generator {}", generator.name), [into, hash(matrix.entries())]);
        lines.insert(
            format!("radius of {}", generator.name),
            [hash(matrix.entries()), hash(&[spectral_radius(&matrix)])],
        );
    }
    let distributions = [
        ("lorentzian", Distribution::Lorentzian.quantiles(9)),
        ("gaussian", Distribution::Gaussian.quantiles(200)),
        ("uniform", Distribution::Uniform.quantiles(9)),
        ("bimodal", Distribution::BimodalLorentzian { centre: 1.5 }.quantiles(9)),
        ("even", even_parts(11)),
        ("golden", golden_parts(11)),
    ];
    for (name, values) in distributions {
        lines.insert(format!("spread {name}"), [values.len() as u64, hash(&values)]);
    }
    for dimension in [1, 2, 3, 4, 7, 30] {
        let entries = scattered(dimension * dimension);
        let at = |row: usize, column: usize| entries[row * dimension + column];
        let symmetric = |at_: usize| {
            let (row, column) = (at_ / dimension, at_ % dimension);
            at(row.min(column), row.max(column))
        };
        let symmetric: Vec<f64> = (0..entries.len()).map(symmetric).collect();
        for (kind, matrix) in [("any", entries.clone()), ("symmetric", symmetric)] {
            let found = eigenvalues(&mut matrix.clone(), dimension, &|| false).unwrap();
            let values: Vec<f64> = found.iter().flat_map(|own| [own.re, own.im]).collect();
            lines.insert(format!("eigenvalues {kind} {dimension}"), [hash(&matrix), hash(&values)]);
        }
        let radius = spectral_radius(&Matrix::new(dimension, entries.iter().map(|x| x.abs()).collect()));
        lines.insert(format!("radius {dimension}"), [hash(&entries), hash(&[radius])]);
    }
}

/// The rows of a small study; a line for each feature of `each`, or one for all.
fn study(lines: &mut Lines, name: &str, text: &str, is_for_each: bool) {
    let study = written::study(written::texts(text));
    // What a study says of itself but for the version: two studies of equal lines must have equal rows.
    let canonical = study.identity().canonical;
    let identity = canonical.lines().filter(|line| !line.starts_with("numerics = "));
    let into = identity.fold(Hash::new(), |hash, line| hash.bytes(line.as_bytes()).bytes(b"\n"));
    let space = study.space();
    let all: Vec<Vec<u64>> = (0..space.points()).map(|point| space.coordinates(point)).collect();
    let points = space.table_at(&all);
    let survey = study.survey().unwrap();
    let rows = survey.measure(&points);
    let base = points.columns().iter().fold(Hash::new(), Hash::numbers);
    let base = rows.status.iter().fold(base, |hash, status| hash.bytes(&[*status as u8]));
    if !is_for_each {
        let out = rows.features.columns().iter().fold(base, Hash::numbers);
        lines.insert(name.to_owned(), [into.0, out.0]);
        return;
    }
    for (quantity, column) in survey.quantities().iter().zip(rows.features.columns()) {
        let is_ending = ["steps", "diverged_at"].contains(&quantity.name.as_str());
        assert!(
            is_ending || column.iter().any(|value| !value.is_nan()),
            "{name} {}: undefined",
            quantity.name
        );
        lines.insert(format!("{name} {}", quantity.name), [into.0, base.numbers(column).0]);
    }
}

fn models(lines: &mut Lines) {
    for entry in model::catalog() {
        let model = entry.parse().unwrap();
        let axes: Vec<String> = (model.parameters.iter().take(2).zip([5, 3]))
            .map(|(parameter, n)| {
                let middle = parameter.default;
                let width = if middle == 0.0 { 1.0 } else { middle.abs() };
                let (from, to) = (middle - width, middle + 2.0 * width);
                format!("{} = {{ from = {from:?}, to = {to:?}, n = {n} }}\n", parameter.quantity.name)
            })
            .collect();
        let start = format!("[model]\nname = {:?}\n[space.axes]\n{}", entry.name, axes.concat());
        let step = model.step.unwrap();
        let duration = |steps: f64| match model.time_unit.as_str() {
            "1" => format!("{:?}", steps * step),
            unit => format!("\"{:?} {unit}\"", steps * step),
        };
        for stepper in integrate::catalog() {
            let time = format!(
                "[time]\nmethod = {:?}\nstep = {}\ntransient = {}\nwindow = {}\n\
                 [observe]\nfeatures = [\"extrema\", \"moments\"]\n",
                stepper.name,
                duration(1.0),
                duration(64.0),
                duration(192.0)
            );
            let name = format!("model {} by {}", entry.name, stepper.name);
            study(lines, &name, &format!("{start}{time}"), false);
        }
        let text = format!("{start}[stability]\nonly = true\n");
        study(lines, &format!("equilibria {}", entry.name), &text, false);
    }
}

/// Spikes, alpha rhythm and rest.
const COLUMN: &str = "[model]\nname = \"jansen_rit\"\n[space.axes]\np = { values = [60, 100, 125, 180] }\n[time]\nmethod = \"rk4\"\n\
                      step = \"1 ms\"\ntransient = \"500 ms\"\nwindow = \"2 s\"\n[observe]\n";

fn observers(lines: &mut Lines) {
    for observer in observe::catalog() {
        let request = match observer.name {
            "episodes" => "episodes(on=7, off=6, gap=0.01, minimum=0.02)",
            "value" => "value(at=0.3)",
            "ever_above" => "ever_above(level=7)",
            name => name,
        };
        let text = format!("{COLUMN}features = [{request:?}]\n");
        study(lines, &format!("observer {}", observer.name), &text, true);
    }
}

const RING: &str = "[model]\nname = \"wilson_cowan\"\n[network]\nparameters = { g = 0.3 }\nabove = 0.1\n[network.channels.one]\n\
                    gain = \"g\"\n";
const SHORT: &str = "[space.axes]\nP = { from = 0.8, to = 2, n = 5 }\n[time]\nmethod = \"rk4\"\nstep = \"0.5 ms\"\n\
                     transient = \"20 ms\"\nwindow = \"50 ms\"\n[observe]\nfeatures = [\"moments\", \"mean(above)\", \
                     \"maximum(largest)\", \"maximum(smallest)\", \"extrema(node.3)\"]\n";

fn networks(lines: &mut Lines) {
    let dense = "matrix = \"fib90\"\n";
    let directed = "matrix = \"fib90_directed\"\n";
    for (name, channel) in [
        ("all", "matrix = \"mean\"\n".to_owned()),
        ("sparse", "matrix = { generator = \"ring\", n = 23 }\n".to_owned()),
        ("dense", "matrix = { generator = \"complete\", n = 11 }\n".to_owned()),
        ("diffusive", format!("{dense}kind = \"diffusive\"\n")),
        ("row sums", format!("{dense}normalise = \"row_sum\"\n")),
        ("maximum", format!("{dense}normalise = \"max\"\n")),
        ("radius", format!("{dense}normalise = \"spectral_radius\"\n")),
        ("largest row sum", format!("{dense}normalise = \"largest_row_sum\"\n")),
        ("mean degree", format!("{dense}normalise = \"mean_degree\"\n")),
        ("mean of both", format!("{directed}symmetrise = \"mean\"\n")),
        ("larger of both", format!("{directed}symmetrise = \"largest\"\nthreshold = 0.05\n")),
        ("mirror", format!("{dense}mirror = 4\n")),
    ] {
        let size = if name == "all" { "[network]\nsize = 7\n" } else { "[network]\n" };
        let start = RING.replace("[network]\n", size);
        study(lines, &format!("network {name}"), &format!("{start}{channel}{SHORT}"), false);
    }
    let spread = "matrix = { generator = \"ring\", n = 8 }\n[network.nodes]\nQ = { quantiles = \"gaussian\", scale = 0.1 }\n\
                  init.E = { spread = [0, 0.4] }\ninit.I = { even = [0, 0.4] }\n";
    study(lines, "network of unlike nodes", &format!("{RING}{spread}{SHORT}"), false);
    let stability = "matrix = { generator = \"ring\", n = 5 }\n[stability]\nstarts = 3\n";
    study(lines, "network with equilibria", &format!("{RING}{stability}{SHORT}"), false);
    let phases = "[model]\nname = \"kuramoto\"\n[network]\nsize = 9\nsignal = \"order\"\n[network.channels.sine]\nmatrix = \"mean\"\n\
                  from = \"s\"\nto = \"hs\"\n[network.channels.cosine]\nmatrix = \"mean\"\nfrom = \"c\"\nto = \"hc\"\n\
                  [network.nodes]\nq = { quantiles = \"lorentzian\" }\n[space.axes]\nK = { from = 0, to = 6, n = 3 }\n\
                  [time]\nmethod = \"rk4\"\nstep = 0.05\ntransient = 2\nwindow = 5\n[observe]\nfeatures = [\"extrema\"]\n";
    study(lines, "network of phases", phases, false);
}

fn spaces(lines: &mut Lines) {
    let time = "[time]\nmethod = \"heun\"\nstep = \"1 ms\"\ntransient = \"100 ms\"\nwindow = \"200 ms\"\n[observe]\n\
                features = [\"extrema\"]\n";
    let column = "[model]\nname = \"jansen_rit\"\n";
    let cell = "[model]\nname = \"montbrio_pazo_roxin\"\n[space.axes]\neta = { from = -6, to = -3, n = 5 }\n";
    let cell_time = "[time]\nmethod = \"rk4\"\nstep = 0.005\ntransient = 0.5\nwindow = 0.5\n[observe]\nfeatures = [\"extrema\"]\n";
    for (name, text) in [
        (
            "axes",
            format!(
                "{column}[space.axes]\nC = {{ from = 1, to = 135, n = 4, scale = \"log\" }}\n\
                 p = {{ from = 50, to = 350, n = 3, at = \"centres\" }}\nA = {{ values = [3.25, 4] }}\n\
                 \"init.y0\" = {{ from = 0, to = 0.1, n = 2 }}\n{time}"
            ),
        ),
        (
            "chain",
            format!(
                "{column}[space]\ncontinue = \"p\"\n[space.axes]\nC = {{ values = [132, 135] }}\n\
                 p = {{ from = 80, to = 160, n = 5 }}\n{time}"
            ),
        ),
        (
            "drawn starts",
            format!("{cell}[initial]\nbox = {{ r = [0, 2], V = [-3, 2] }}\nstarts = 8\n{cell_time}"),
        ),
        (
            "named starts",
            format!(
                "{cell}[initial.states]\nlow = {{ r = 0.1, V = -2 }}\nhigh = {{ r = 1, V = 0.5 }}\n{cell_time}"
            ),
        ),
        (
            "stimulus",
            format!(
                "{cell}[[stimulus]]\nparameter = \"J\"\nvalue = \"2*J\"\nfrom = 0.25\nto = 0.75\n{cell_time}"
            ),
        ),
        ("derived", format!("{cell}[derive]\nown = \"exp(amplitude)/(1 + eta^2)\"\n{cell_time}")),
        (
            "constraint",
            cell.replace("[space.axes]", "[space]\nwhere = \"eta > -5\"\n[space.axes]") + cell_time,
        ),
        ("equilibria beside trajectories", format!("{cell}[stability]\nstarts = 4\n{cell_time}")),
    ] {
        study(lines, &format!("study of {name}"), &text, false);
    }
}

fn current() -> Lines {
    let mut lines = Lines::new();
    functions(&mut lines);
    matrices(&mut lines);
    models(&mut lines);
    observers(&mut lines);
    networks(&mut lines);
    spaces(&mut lines);
    lines
}

fn print(lines: &Lines) -> String {
    let mut text = String::from(
        "# Bits of what rows are made of: name, hash of what goes in, hash of what comes out; see tests/golden.rs.\n",
    );
    writeln!(text, "numerics = {NUMERICS_VERSION}").unwrap();
    for (name, [into, out]) in lines {
        writeln!(text, "{name} = {into:016x} {out:016x}").unwrap();
    }
    text
}

fn parse(text: &str) -> (u32, Lines) {
    let mut version = 0;
    let mut lines = Lines::new();
    for (name, value) in
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(" = ").unwrap())
    {
        if name == "numerics" {
            version = value.parse().unwrap();
        } else {
            let (into, out) = value.split_once(' ').unwrap();
            lines.insert(name.to_owned(), [into, out].map(|hash| u64::from_str_radix(hash, 16).unwrap()));
        }
    }
    (version, lines)
}

/// The names whose bits have changed though what goes in has not, and whether anything else is not as it was.
fn compare(before: &Lines, now: &Lines) -> (Vec<String>, bool) {
    let changed = |(name, [into, out]): (&String, &[u64; 2])| {
        now.get(name).is_some_and(|own| own[0] == *into && own[1] != *out).then(|| name.clone())
    };
    (before.iter().filter_map(changed).collect(), before != now)
}

#[test]
fn bits_change_only_with_the_version_of_the_numerics() {
    let now = current();
    let (version, before) = parse(&fs::read_to_string(FILE).unwrap_or_default());
    let (changed, is_other) = compare(&before, &now);
    assert!(
        changed.is_empty() || version != NUMERICS_VERSION,
        "bits have changed, and NUMERICS_VERSION is still {version}: rows of before and after would be mixed in one map. If the \
         change is meant, raise it in src/simulate/mod.rs, say so in CHANGELOG.md, and run `{BLESS}`. Changed: {}",
        changed.join(", ")
    );
    if std::env::var_os("ICTUS_BLESS").is_some() {
        fs::write(FILE, print(&now)).unwrap();
    } else {
        assert!(
            version == NUMERICS_VERSION && !is_other,
            "{FILE} is of version {version}, the program of {NUMERICS_VERSION}; or what is in it is not what is tested, as after \
             adding a model. Run `{BLESS}` and commit the file"
        );
    }
}

#[test]
fn a_changed_bit_is_told_from_a_changed_question() {
    let lines = |into, out| Lines::from([("f".to_owned(), [into, out])]);
    assert_eq!(compare(&lines(1, 2), &lines(1, 2)), (vec![], false));
    assert_eq!(compare(&lines(1, 2), &lines(1, 3)), (vec!["f".to_owned()], true));
    assert_eq!(compare(&lines(1, 2), &lines(4, 3)), (vec![], true));
    assert_eq!(compare(&lines(1, 2), &Lines::new()), (vec![], true));
    assert_eq!(compare(&Lines::new(), &lines(1, 2)), (vec![], true));
    assert_eq!(parse(&print(&lines(1, 2))), (NUMERICS_VERSION, lines(1, 2)));
    let (one, other) = ([0.1, 0.2], [0.1, 0.200_000_000_000_000_04]);
    assert!(
        hash(&one) != hash(&other)
            && hash(&[0.0]) != hash(&[-0.0])
            && hash(&[f64::NAN]) == hash(&[-f64::NAN])
    );
}
