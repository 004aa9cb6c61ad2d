//! Model files as people write them: each is read and computed as XPPAUT 6.11 computes it, or refused by what it is.
//!
//! The examples are those of Debian's package `xppaut`, read where the package puts them; none is copied. *Agrees* means every
//! column, as in `tests/xppaut.rs`, up to the time at which XPPAUT at half the step leaves that band itself.

mod reference;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ictus::complaint::{Source, text_of_any_encoding};
use ictus::equation::tape::Tape;
use ictus::model::Model;
use ictus::study::Study;
use reference::{bands, try_xppaut};

/// What XPPAUT takes where a file says nothing.
const XPPAUT_STEP: f64 = 0.05;

/// How a file fares.
#[derive(Debug)]
enum Verdict {
    /// So many rows, and whether they were cut where XPPAUT at half the step leaves the band.
    Agrees {
        rows: usize,
        is_cut: bool,
    },
    Refused(String),
    Differs(String),
}

/// A text with what only XPPAUT looks at taken out, and options put in before its end.
fn prepared(text: &str, options: &str) -> String {
    let mut made = String::new();
    let mut is_open = false;
    for line in text.lines() {
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        // XPPAUT run without windows runs each set instead of the file's own values, and shows the columns of `only` alone.
        let is_left_out = is_open || word == "set" || word == "only";
        is_open = is_left_out && line.contains('\\');
        if is_left_out {
            continue;
        }
        if word == "d" || word.starts_with("done") {
            break;
        }
        // A torus folds what is shown.
        let kept: Vec<&str> =
            line.split(',').filter(|part| !part.contains("fold=") && !part.contains("tor_per=")).collect();
        let kept = if line.starts_with('@') && !kept.is_empty() { kept.join(",") } else { line.to_owned() };
        let is_torus = line.starts_with('@') && (line.contains("fold=") && kept.is_empty());
        writeln!(made, "{}", if is_torus { "#" } else { &kept }).expect("a text");
    }
    format!("{made}\n@ nout=1,njmp=1,trans=0,maxstor=1000000\n@ {options}\ndone\n")
}

/// The courses of all variables and auxiliaries, `[column][row]`, by the model's own method, as a plain interpreter computes them.
fn courses(model: &Model, step: f64, rows: usize) -> Vec<Vec<f64>> {
    let mut graph = model.graph.clone();
    let names = model.parameters.iter().map(|parameter| &parameter.quantity.name);
    let names = names.chain(model.variables.iter().map(|variable| &variable.quantity.name));
    let mut inputs: Vec<_> = names.map(|name| graph.symbol(name)).collect();
    inputs.push(graph.symbol("t"));
    let derivatives: Vec<_> = model.variables.iter().map(|variable| variable.derivative).collect();
    let auxiliaries: Vec<_> = model.auxiliaries.iter().map(|auxiliary| auxiliary.value).collect();
    let (field, shown) =
        (Tape::over(&graph, &derivatives, &inputs), Tape::over(&graph, &auxiliaries, &inputs));
    let at = |state: &[f64], time: f64| {
        let defaults = model.parameters.iter().map(|parameter| parameter.default);
        defaults.chain(state.iter().copied()).chain([time]).collect::<Vec<f64>>()
    };
    let moved = |state: &[f64], slope: &[f64], by: f64| {
        state.iter().zip(slope).map(|(x, slope)| x + by * slope).collect::<Vec<f64>>()
    };
    let mut state = model.initial_values(None);
    let mut columns = vec![Vec::with_capacity(rows); state.len() + auxiliaries.len()];
    for row in 0..rows {
        let time = step * row as f64;
        let values = state.iter().copied().chain(shown.values(&at(&state, time)));
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
        let first = field.values(&at(&state, time));
        state = match model.method.as_deref() {
            Some("euler") => moved(&state, &first, step),
            Some("heun") => {
                let second = field.values(&at(&moved(&state, &first, step), time + step));
                let sum: Vec<f64> = first.iter().zip(&second).map(|(x, y)| x + y).collect();
                moved(&state, &sum, step / 2.0)
            }
            _ => {
                let middle = time + step / 2.0;
                let second = field.values(&at(&moved(&state, &first, step / 2.0), middle));
                let third = field.values(&at(&moved(&state, &second, step / 2.0), middle));
                let fourth = field.values(&at(&moved(&state, &third, step), time + step));
                let slopes = first.iter().zip(&second).zip(&third).zip(&fourth);
                let mean: Vec<f64> =
                    slopes.map(|(((a, b), c), d)| (a + 2.0 * b + 2.0 * c + d) / 6.0).collect();
                moved(&state, &mean, step)
            }
        };
    }
    columns
}

/// Compares a file with XPPAUT.
fn verdict(text: &str, name: &str) -> Verdict {
    let model = match Model::parse(&Source::new(name, text), "model") {
        Ok(model) => model,
        Err(complaints) => return Verdict::Refused(complaints.to_string()),
    };
    if let Some(noise) = &model.noise {
        return Verdict::Refused(noise.to_string());
    }
    let step = model.step.unwrap_or(XPPAUT_STEP);
    let method = match model.method.as_deref() {
        Some("euler") => "euler",
        Some("heun") => "modeuler",
        _ => "rungekutta",
    };
    let (whole, half) = match (
        try_xppaut(&prepared(text, &format!("meth={method},dt={step}"))),
        try_xppaut(&prepared(text, &format!("meth={method},dt={}", step / 2.0))),
    ) {
        (Ok(whole), Ok(half)) => (whole, half),
        (Err(log), _) | (_, Err(log)) => return Verdict::Differs(format!("XPPAUT does not run it:\n{log}")),
    };
    let columns = model.variables.len() + model.auxiliaries.len();
    if whole[0].len() != columns + 1 {
        return Verdict::Differs(format!("{columns} columns, in XPPAUT {}", whole[0].len() - 1));
    }
    let theirs: Vec<Vec<f64>> =
        (1..=columns).map(|column| whole.iter().map(|row| row[column]).collect()).collect();
    let bands: Vec<Vec<f64>> = theirs.iter().map(|column| bands(column)).collect();
    let leaves = |row: &usize| {
        let finer = half.get(2 * row);
        finer.is_none_or(|finer| {
            (0..columns).any(|column| {
                let apart = (finer[column + 1] - theirs[column][*row]).abs();
                apart.is_nan() || apart > bands[column][*row]
            })
        })
    };
    let end = (0..whole.len()).find(leaves).unwrap_or(whole.len());
    let own = courses(&model, step, end);
    for (column, own) in own.iter().enumerate() {
        for (row, value) in own.iter().enumerate() {
            let apart = (value - theirs[column][row]).abs();
            if apart.is_nan() || apart > bands[column][row] {
                let found =
                    format!("column {column} is {value} in row {row}, in XPPAUT {}", theirs[column][row]);
                return Verdict::Differs(found);
            }
        }
    }
    Verdict::Agrees { rows: end, is_cut: end < whole.len() }
}

/// Where Debian's package puts its examples.
const FOLDER: &str = "usr/share/doc/xppaut/examples/ode";

/// The examples of Debian's package; where documentation was left out of the installation, those of the package itself.
fn examples() -> Vec<PathBuf> {
    let listed = |folder: &Path| -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let files = entries.map(|entry| entry.expect("an entry").path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|end| end == "ode")).collect();
        files.sort();
        files
    };
    let installed = listed(&Path::new("/").join(FOLDER));
    if !installed.is_empty() {
        return installed;
    }
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/xppaut-package");
    if listed(&unpacked.join(FOLDER)).is_empty() {
        std::fs::create_dir_all(&unpacked).expect("a folder below target");
        let script = "apt-get download xppaut && dpkg-deb -x xppaut_*.deb .";
        let output =
            Command::new("sh").args(["-c", script]).current_dir(&unpacked).output().expect("a shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    listed(&unpacked.join(FOLDER))
}

/// Files that are not ordinary differential equations, or that XPPAUT cannot read either, and a part of what is told of them.
const REFUSED: &[(&str, &str)] = &[
    ("amari.ode", "tables are not supported"),
    ("amari2.ode", "tables are not supported"),
    ("amarig.ode", "tables are not supported"),
    ("angela.ode", "an integral equation"),
    ("clustor.ode", "this bracket is not closed"),
    ("cobweb2.ode", "maps are not supported"),
    ("cuplamdif.ode", "an integral equation"),
    ("dae.ode", "algebraic equations are not supported"),
    ("dae_ex1.ode", "algebraic equations are not supported"),
    ("dae_ex2.ode", "algebraic equations are not supported"),
    ("dae_ex3.ode", "algebraic equations are not supported"),
    ("dde.ode", "delays are not supported"),
    ("del_log.ode", "it iterates a map"),
    ("delay.ode", "delays are not supported"),
    ("delta.ode", "jumps are not supported"),
    ("duck.ode", "jumps are not supported"),
    ("duckx.ode", "jumps are not supported"),
    ("fhn_noise.ode", "the model has noise"),
    ("fr.ode", "an integral equation"),
    ("gill_bruss.ode", "it iterates a map"),
    ("iaf.ode", "jumps are not supported"),
    ("julia.ode", "noise is not supported yet"),
    ("junk.ode", "tables are not supported"),
    ("junk2.ode", "tables are not supported"),
    ("kepler.ode", "Markov variables are not supported"),
    ("koho.ode", "this calls C code"),
    ("kohox.ode", "noise is not supported yet"),
    ("lamvolt.ode", "an integral equation"),
    ("minode.ode", "this calls C code"),
    ("myret.ode", "delays are not supported"),
    ("nnet2.ode", "tables are not supported"),
    ("nochaos.ode", "it iterates a map"),
    ("nthet.ode", "the model has noise"),
    ("osc.ode", "the model has noise"),
    // XPPAUT of Debian lacks the module that these need.
    ("pHtools_ml.ode", "unknown name `istr`"),
    ("pHtools_sillen.ode", "takes `pHsol` for `par`"),
    ("pHtools_simple.ode", "takes `pHsol` for `par`"),
    ("testdll.ode", "this calls C code"),
    // XPPAUT stops at the missing bracket too.
    ("tstar.ode", "this bracket is not closed"),
    ("tstdll.ode", "this calls C code"),
    ("tstvol2.ode", "an integral equation"),
    ("tyson.ode", "jumps are not supported"),
    ("voltex1.ode", "an integral equation"),
    ("voltex2.ode", "an integral equation"),
    ("vtst.ode", "an integral equation"),
];

#[test]
fn every_example_of_debians_package_agrees_or_is_refused_by_what_it_is() {
    let files = examples();
    assert!(files.len() > 90, "only {} examples of Debian's package `xppaut` were found", files.len());
    let (mut agree, mut cut, mut wrong) = (0, 0, Vec::new());
    for path in &files {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = text_of_any_encoding(path, 1 << 20).expect("a text");
        let expected = REFUSED.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
        match (verdict(&text, &name), expected) {
            (Verdict::Agrees { rows, is_cut }, None) => {
                agree += 1;
                cut += usize::from(is_cut);
                println!("{name:20} agrees, {rows} rows{}", if is_cut { ", cut" } else { "" });
            }
            (Verdict::Refused(told), Some(part)) if told.contains(part) => {
                println!("{name:20} refused: {part}");
            }
            (Verdict::Differs(found), _) => wrong.push(format!("{name} differs: {found}")),
            (verdict, _) => wrong.push(format!("{name}: {verdict:?}")),
        }
    }
    let share = format!(
        "Examples of Debian's xppaut: {agree} of {} agree ({cut} up to where XPPAUT at half the step differs), {} are refused by what \
         they are",
        files.len(),
        REFUSED.len()
    );
    println!("{share}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/examples_of_xppaut");
    std::fs::write(page, format!("{share}\n")).expect("a file below target");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_as_people_write_them_agree() {
    let dense = |lines: &str| format!("{lines}@ dt=0.125,total=2,bound=1000\ndone\n");
    let files: Vec<String> = [
        "# arrays\nx[0..3]'=-x[j]+[j]\naux s=sum(0,3)of(shift(x0,i'))\ninit x[1..2]=0.5\n",
        "# downwards, scaled, the other derivative\npar a[1..3]=2\ndx[3..1]/dt=a[j]*[j*2]-x[j]\naux q[2..3]=x[j-1]\n",
        "# initial values of an array\nx[1..3](0)=[j]/10\nx[1..3]'=-x[j]\n",
        "# a loop\n%[1..3]\na[j]'=-a[j]+b[j]\n# within\nb[j]'=[j]-b[j]\n%\naux q=a1+b3\n",
        "# a line that goes on\nx[1..2]'=-x[j]+ \\\n  [j]* \\\n 2\n",
        "# shifts of parameters\npar p=5,q=6\nnumber r=7\nx'=shift(p,1)-x*shift(p,2)/10\n",
        "# a weighted sum in a ring\npar b=0.3\nu[0..9]'=-u[j]+tanh(sum(0,9)of(cos(b*([j]-i'))*shift(u0,i')))\ninit u0=0.5\n",
        "NUM a=2\nPARAMETERS b=3\nX'=a-b*x\nAUXILIARY X=5*x\nAUX b=x\naux insulin_step = 3*x\naux K.E.=x^2\n",
        "# functions of t and of arguments with XPPAUT's own names\ns(t)=10*t\ng(arg2,arg1)=arg2-arg1*x\nx'=s(t-0.5)-g(x,0.1)\n",
        "# remarks\n% one\n% x' = 5\n\" another\nx'=1-x\nhello world\nonly x\nb x-1\n#@ total=3\n",
        "# stray words\npar a=1.5[0,2] b 2]\ninit x=1.5,y\nx'=a-x+b\ny'=x-y\nset s {total=5, xp=t}\n@ rtol=1e-3 runnow\n",
        "# an infinite time\npar tend=inf\nx'=heav(tend-t)-x\n",
        "par a=1,\\\nb=2\nx'=a-b*x\n",
        "@ t0=2\nx'=t-x\naux q=t\n",
        "# ignored options\n@dt=0.01,meth=euler\nx'=-x*t\n",
        "# Euler\n@ meth=euler\nx'=y\ny'=-x\ninit x=1\n",
        "# Heun\n@ meth=modeuler\nx'=y*cos(t)\ny'=-x\ninit x=1\n",
        "# the last value counts\ninit x=1\nx'=-x\nx(0)=2\n@ total=9,total=3,meth=rk4\n@ meth=euler\n",
        "# not\npar a=2,b=3\nx'=not(x>1)*2-x*.5\ny'=not(x>1)&(t>.505)\nz'=1-not(x>1)\naux q=b-not(x>1)*a\naux p=not(x)<b\n",
        "# one name in two cases\npar a=2\nx'=a-X\naux X=5*x\naux A=x\n",
        "# a commented line that goes on \\\n# in another comment\nx'=1-x\n",
    ]
    .map(dense)
    .to_vec();
    let old = [
        "2\nv x=1,y=2\np a=3\nu f 2 arg1*arg2+a\nf q\no -x+q\no f(x,y)-y*9\no t\n@ dt=.125,total=2\nd\n",
        "4 equations\nVARIABLE x=1 y\nPARAM a=.2,b=.3\nUSER g 1 2*arg1\nfixed w z\naux Q1\n# one\node a-x\node b+w-z*y\node t\n\
         ode w+1\node g(x)\no 5\n@ dt=.125,total=2\nDONE\n",
    ];
    let all = files.iter().map(String::as_str).chain(old);
    for text in all.chain(["# no done, and nothing behind it\nx'=-x\ninit x=1\n@ dt=0.125,total=2"]) {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            // XPPAUT reads lines of other systems otherwise; it gets its own.
            match verdict(&text.replace("\r\n", "\n"), "file.ode") {
                Verdict::Agrees { .. } => {}
                other => panic!("{text}\n{other:?}"),
            }
            assert!(Model::parse(&Source::new("file.ode", text.as_str()), "file").is_ok(), "{text}");
        }
    }
}

#[test]
fn quantities_out_of_order_agree_with_xppaut_on_their_lines_in_order() {
    let lines = ["b=c*2+f(1)", "f(u)=u*d", "c=t+x", "d=c+1"];
    let file = |order: [usize; 4]| {
        let own: Vec<&str> = order.iter().map(|&place| lines[place]).collect();
        format!("# order\n{}\nx'=b-20*x\n@ dt=0.0625,total=1\ndone\n", own.join("\n"))
    };
    let parsed = |text: &str| Model::parse(&Source::new("file.ode", text), "file").expect("a model");
    let (mixed, ordered) = (parsed(&file([0, 1, 2, 3])), parsed(&file([2, 3, 1, 0])));
    assert_eq!(mixed.warnings.iter().filter(|warning| warning.message.contains("used before")).count(), 1);
    assert!(ordered.warnings.iter().all(|warning| !warning.message.contains("used before")));
    assert_eq!(courses(&mixed, 0.0625, 17), courses(&ordered, 0.0625, 17));
    assert!(matches!(verdict(&file([2, 3, 1, 0]), "file.ode"), Verdict::Agrees { .. }));
}

#[test]
fn a_file_in_another_encoding_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.ode");
    for bytes in [&b"# Gr\xf6\xdfe \xb5V\rx'=1-x\rdone\r"[..], b"\xef\xbb\xbf# mark\r\nx'=1-x\r\ndone\r\n"] {
        std::fs::write(&path, bytes).expect("a file");
        let text = text_of_any_encoding(&path, 1000).expect("a text");
        let model = Model::parse(&Source::new("model.ode", text), "model").expect("a model");
        assert_eq!(model.variables.len(), 1);
    }
}

#[test]
fn a_model_stands_for_a_study_of_it_as_its_file_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("decay.ode");
    std::fs::write(&path, "# decay\npar a=2\nx'=-a*x\ninit x=1\n@ total=5,dt=0.5\ndone\n").expect("a file");
    let study = Study::load(&path, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!((study.space().points(), study.model().name.as_str()), (1, "decay"));
    let lengths = |study: &Study| {
        let timing = study.timing().expect("it is integrated");
        (timing.step, timing.transient_steps, timing.window_steps)
    };
    assert_eq!(lengths(&study), (0.5, 0, 10));
    std::fs::write(&path, "x'=-x\ninit x=1\ndone\n").expect("a file");
    let silent = Study::load(&path, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(lengths(&silent), (XPPAUT_STEP, 0, 400), "XPPAUT's own 20 in steps of 0.05");
    // Two halves have an even number of steps: the first of an odd number goes before them, and the run ends where XPPAUT's does.
    for (total, step) in
        [("6.3", "0.1"), ("1.01", "0.01"), ("1", "0.35"), ("2", "0.3"), ("2.9", "0.7"), ("3", "0.5")]
    {
        let text = format!("x'=-x\ninit x=1\n@ total={total},dt={step}\ndone\n");
        std::fs::write(&path, &text).expect("a file");
        let study = Study::load(&path, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
        let (_, transient, window) = lengths(&study);
        let rows = try_xppaut(&text).expect("a run");
        assert_eq!(transient + window + 1, rows.len() as u64, "total={total},dt={step}");
        assert!(transient <= 1, "total={total},dt={step}");
    }
    // What XPPAUT throws away is not measured: its first row is behind `trans`, a time as `t` tells it.
    for options in [
        "total=10,dt=0.5,trans=3",
        "total=10,dt=0.5,t0=2,trans=3.6",
        "total=10,dt=0.5,trans=-1",
        "dt=0.1,trans=1",
    ] {
        let text = format!("x'=-x\ninit x=1\n@ {options}\ndone\n");
        std::fs::write(&path, &text).expect("a file");
        let study = Study::load(&path, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
        let (_, transient, window) = lengths(&study);
        let rows = try_xppaut(&text).expect("a run");
        // Without `trans` the row of the beginning is there too, and a window of two halves begins a step later where it must.
        assert!(
            window.abs_diff(rows.len() as u64) <= 1,
            "{options}: {transient} + {window} steps, {} rows",
            rows.len()
        );
    }
    std::fs::write(&path, "x'=-x\ninit x=1\n@ total=10,dt=0.5,trans=10\ndone\n").expect("a file");
    let late = Study::load(&path, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(lengths(&late), (0.5, 0, 20));
    assert!(late.model().warnings.iter().any(|warning| warning.message.contains("XPPAUT shows nothing")));
    assert!(Study::load(Path::new("wilson_cowan"), &[]).is_ok());
    std::fs::write(&path, "x'=-a*x\ndone\n").expect("a file");
    let told = Study::load(&path, &[]).expect_err("a mistake").to_string();
    assert!(told.contains("unknown name `a`") && !told.contains("TOML"), "{told}");
}

#[test]
fn a_mistake_in_a_models_rule_and_noise_are_found_by_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |text: &str| {
        std::fs::write(folder.path().join("model.ode"), text).expect("a file");
        let ictus = Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(["check", "model.ode"])
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        (ictus.status.code(), String::from_utf8(ictus.stderr).expect("UTF-8"))
    };
    let (code, told) = check("# a model\n#@ regime fast when frequecy > 3\nx'=-x\ndone\n");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("frequecy") && told.contains("model.ode:2:21"), "{told}");
    let (code, told) = check("# a model\nx'=-x+n\nwiener n\ndone\n");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("the model has noise") && told.contains("model.ode:3:8"), "{told}");
}
