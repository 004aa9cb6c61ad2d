//! `ictus curves`, `plot --curves` and `export` as a person meets them. Runs the real binary.

mod curve_points;
mod near;

use curve_points::{number, of_kind, outcome, points};
use near::assert_near;
use serde_json::Value;

/// A study of the column of Jansen & Rit, and one of the spiking cells of Montbrio, Pazo & Roxin.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let column = "title = \"Column\"\n[model]\nname = \"jansen_rit\"\n[space.axes]\np = { from = -50, to = 400, n = 4 }\n\
                  [time]\nstep = \"1 ms\"\ntransient = \"0.1 s\"\nwindow = \"0.1 s\"\n[observe]\nfeatures = [\"extrema\"]\n";
    let cells = "title = \"Cells\"\n[model]\nname = \"montbrio_pazo_roxin\"\n[space.axes]\nJ = { from = 4, to = 22, n = 5 }\n\
                 eta = { from = -10, to = 0, n = 6 }\n\"init.r\" = { from = 0.1, to = 0.2, n = 2 }\n[time]\nstep = 0.01\n\
                 transient = 1\nwindow = 1\n[observe]\nfeatures = [\"extrema\", \"moments\"]\n[output]\ndirectory = \"run\"\n";
    std::fs::write(folder.path().join("column.toml"), column).expect("a study");
    std::fs::write(folder.path().join("cells.toml"), cells).expect("a study");
    folder
}

/// Grimbert & Faugeras (2006), Neural Comput 18:3052: 89.83, 113.58, 315.70; the digits were computed with another program.
#[test]
fn the_points_of_jansen_and_rits_column_are_printed_as_json() {
    let folder = folder();
    let points = points(folder.path(), &["column.toml", "--along", "p"]);
    let hopf = of_kind(&points, "hopf");
    let expected = [
        (-12.147_492_348, 7.239_482, "subcritical"),
        (89.829_107_970, 10.377_059, "supercritical"),
        (315.696_428_069, 11.163_571, "supercritical"),
    ];
    assert_eq!(hopf.len(), expected.len());
    for (point, (p, frequency, criticality)) in hopf.iter().zip(expected) {
        assert_near(number(&point["p"]), p, 1e-8);
        assert_near(number(&point["frequency"]), frequency, 1e-6);
        assert_eq!(point["frequency_unit"], "Hz");
        assert_eq!(point["criticality"], criticality);
        assert_eq!((&point["along"], &point["with"]), (&Value::from("p"), &Value::Null));
        assert!(number(&point["residual"]) <= 1e-9);
        assert_eq!(point["state"].as_object().expect("a state").len(), 6);
    }
    let folds = of_kind(&points, "fold");
    assert_eq!(folds.len(), 2);
    assert_near(number(&folds[1]["p"]), 113.586_273_213, 1e-8);
    assert_eq!(folds[1]["frequency"], Value::Null);
    let ends = of_kind(&points, "end");
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|end| end["reason"] == "left_range"));
    let (code, table, _) = outcome(folder.path(), &["curves", "column.toml", "--along", "p"]);
    assert_eq!(code, 0);
    assert!(table.contains("89.829107970") && table.contains("supercritical"), "{table}");
}

#[test]
fn curves_of_two_parameters_are_written_and_drawn_over_a_map_of_them() {
    let folder = folder();
    let all = points(folder.path(), &["cells.toml", "--along", "eta", "--with", "J", "-o", "c.nc"]);
    let cusps = of_kind(&all, "cusp");
    assert_eq!(cusps.len(), 1);
    assert_near(number(&cusps[0]["eta"]), -(3.0_f64.sqrt()), 1e-8);
    assert_near(number(&cusps[0]["J"]), 7.796_217_036_7, 1e-8);
    assert_eq!(cusps[0]["with"], "J");
    // A parameter that is an axis stands in its middle, as in `ictus point`.
    assert!(of_kind(&all, "fold").iter().all(|fold| number(&fold["J"]).to_bits() == 13.0_f64.to_bits()));
    let (_, said, _) = outcome(folder.path(), &["point", "cells.toml", "--json"]);
    let point: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(point["point"]["J"], 13.0);
    let (code, _, said) = outcome(folder.path(), &["run", "cells.toml", "-q"]);
    assert_eq!(code, 0, "{said}");
    let plot = |arguments: &[&str]| {
        outcome(folder.path(), &[&["plot", "run/map.nc", "--curves", "c.nc"], arguments].concat())
    };
    for file in ["over.png", "over.svg"] {
        let (code, _, said) = plot(&["--x", "eta", "--y", "J", "-o", file]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(said, "", "curves and map are of one place");
    }
    let moved = ["cells.toml", "--along", "eta", "--with", "J", "--at", "D=1.5", "-o", "moved.nc"];
    points(folder.path(), &moved);
    let over = ["plot", "run/map.nc", "--curves", "moved.nc", "--x", "eta", "--y", "J", "-o", "moved.png"];
    let (code, _, said) = outcome(folder.path(), &over);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the curves are at D = 1.5, not 1 as in the picture"), "{said}");
    let text = std::fs::read_to_string(folder.path().join("over.svg")).expect("a picture");
    assert!(text.contains("polyline") && text.contains("fold"), "no curve in the picture");
    for (arguments, wanted) in [
        (vec!["--x", "init.r", "--y", "J", "-o", "no.png"], "plane of eta and J"),
        (vec!["--x", "eta", "--y", "J"], "-o map.png"),
        (vec!["--x", "eta", "--y", "J", "--feature", "mean", "-o", "no.png"], "--feature"),
    ] {
        let (code, _, said) = plot(&arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(wanted), "{said}");
    }
    let (code, _, said) =
        outcome(folder.path(), &["plot", "run/map.nc", "--curves", "run/map.nc", "-o", "no.png"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("ictus curves"), "{said}");
    let names = std::fs::read_dir(folder.path()).expect("a folder");
    let left = names
        .filter(|name| name.as_ref().is_ok_and(|name| name.path().to_string_lossy().contains("part")))
        .count();
    assert_eq!(left, 0, "nothing half written is left");
}

#[test]
fn a_map_and_a_model_are_subjects_too() {
    let folder = folder();
    let (code, _, said) = outcome(folder.path(), &["run", "column.toml", "-q", "--output", "column"]);
    assert_eq!(code, 0, "{said}");
    for subject in ["column/map.nc", "jansen_rit"] {
        let points =
            points(folder.path(), &[subject, "--along", "p", "--from", "0", "--to", "350", "--at", "B=20"]);
        assert!(!of_kind(&points, "fold").is_empty());
    }
}

#[test]
fn what_cannot_be_followed_is_refused_with_a_remedy() {
    let folder = folder();
    for (arguments, wanted) in [
        (vec!["column.toml", "--along", "q"], "no parameter `q`"),
        (vec!["column.toml", "--along", "CC"], "did you mean `C`?"),
        (vec!["cells.toml", "--along", "init.r"], "changes no equilibrium"),
        (vec!["column.toml", "--along", "p", "--with", "p"], "along itself"),
        (vec!["column.toml", "--along", "p", "--with", "bd"], "--with-from"),
        (vec!["column.toml", "--along", "p", "--from", "nan"], "two finite numbers"),
        (vec!["column.toml", "--along", "p", "--to", "inf"], "two finite numbers"),
        (vec!["column.toml", "--along", "p", "--from", "500"], "the smaller first"),
        (vec!["column.toml", "--along", "p", "--at", "B=x"], "--at p=120"),
        (vec!["jansen_rit", "--along", "p", "--set", "a=1"], "--at"),
        (vec!["nothing.toml", "--along", "p"], "nothing.toml"),
    ] {
        let (code, _, said) = outcome(folder.path(), &[&["curves"], &arguments[..]].concat());
        assert_eq!(code, 2, "{arguments:?}: {said}");
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    }
    let (code, _, said) =
        outcome(folder.path(), &["curves", "jansen_rit", "--along", "p", "-o", "not/there/c.nc"]);
    assert_eq!(code, 2, "{said}");
}

#[test]
fn an_equilibrium_that_is_not_found_is_a_status() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = "#: [1] drive\npar a=1\n#: [1] what grows\nx'=1+a^2+x^2\n@ total=1,dt=0.01,bound=100\ndone\n";
    std::fs::write(folder.path().join("restless.ode"), model).expect("a model");
    let found =
        points(folder.path(), &["restless.ode", "--along", "a", "--from", "0", "--to", "2", "-o", "c.nc"]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["kind"], &found[0]["reason"]),
        (&Value::from("end"), &Value::from("no_equilibrium_found"))
    );
    assert!(folder.path().join("c.nc").exists());
    let (code, _, said) =
        outcome(folder.path(), &["curves", "restless.ode", "--along", "a", "--from", "0", "--to", "2"]);
    assert_eq!(code, 0);
    assert!(said.contains("no equilibrium") && said.contains("[initial]"), "{said}");
}

#[test]
fn an_exported_model_rests_where_it_begins() {
    let folder = folder();
    let (code, _, said) =
        outcome(folder.path(), &["export", "--xpp", "column.toml", "--at", "p=60", "-o", "rest.ode"]);
    assert_eq!(code, 0, "{said}");
    let text = std::fs::read_to_string(folder.path().join("rest.ode")).expect("a file");
    assert!(text.contains("par p=60") && text.contains("stable equilibrium"), "{text}");
    let (code, said, remarks) = outcome(folder.path(), &["check", "rest.ode"]);
    assert_eq!(code, 0, "{said}{remarks}");
    let (code, text, said) = outcome(folder.path(), &["export", "--xpp", "jansen_rit", "--at", "p=200"]);
    assert_eq!(code, 0);
    assert!(text.contains("2 unstable directions") && said.contains("2 unstable directions"), "{said}");
    let (code, _, said) = outcome(folder.path(), &["export", "--xpp", "jansen_rit", "--at", "q=1"]);
    assert_eq!(code, 2, "{said}");
    let (code, _, said) = outcome(folder.path(), &["export", "jansen_rit"]);
    assert_eq!(code, 2, "{said}");
}

/// Infected and not: their sum is conserved, and all of `i = 0` and of `s = ga/be` is at rest. Two states of a channel: their sum is
/// conserved, and `b o = a c` is at rest. Two phases: only their difference counts.
#[test]
fn equilibria_that_fill_a_line_are_told_of_and_not_denied() {
    let folder = folder();
    for (name, text) in [
        ("sir", "par be=0.5,ga=0.2\ninit s=0.9,i=0.1\ns'=-be*s*i+ga*i\ni'=be*s*i-ga*i\ndone\n"),
        ("channel", "par be=0.5,a=1\ninit o=0.2,c=0.8\no'=a*c-be*o\nc'=be*o-a*c\ndone\n"),
        ("phases", "par be=0.5\ninit x=0.1,y=0.4\nx'=be*sin(y-x)\ny'=be*sin(x-y)\ndone\n"),
    ] {
        std::fs::write(folder.path().join(format!("{name}.ode")), text).expect("a model");
        let file = format!("{name}.ode");
        let arguments = [&file, "--along", "be", "--from", "0.1", "--to", "1"];
        let all = points(folder.path(), &arguments);
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        assert_eq!(all[0]["reason"], "not_isolated", "{name}");
        let (be, state) = (number(&all[0]["be"]), &all[0]["state"]);
        match name {
            "sir" => {
                let (s, i) = (number(&state["s"]), number(&state["i"]));
                assert!((be * s * i - 0.2 * i).abs() < 1e-9, "{state}");
            }
            "channel" => assert_near(number(&state["c"]), be * number(&state["o"]), 1e-9),
            _ => assert_near(number(&state["x"]), number(&state["y"]), 1e-9),
        }
        let (code, _, said) = outcome(folder.path(), &[&["curves"][..], &arguments].concat());
        assert_eq!(code, 0);
        assert!(said.contains("not isolated") && !said.contains("no equilibrium"), "{said}");
        // Without remarks it is a result all the same.
        let (_, found, said) = outcome(folder.path(), &[&["curves", "-q"][..], &arguments].concat());
        assert!(found.contains("not isolated") && said.is_empty(), "{found}{said}");
    }
}

#[test]
fn an_undamped_oscillator_is_critical_and_a_damped_one_stable() {
    let folder = folder();
    for (damping, wanted, unwanted) in [("0", "critical", "stable"), ("0.1", "stable", "critical")] {
        let text = format!("par k=2,d={damping}\ninit x=0.1,y=0\nx'=y\ny'=-k*x-d*y\ndone\n");
        std::fs::write(folder.path().join("spring.ode"), text).expect("a model");
        let arguments = ["spring.ode", "--along", "k", "--from", "1", "--to", "3"];
        let all = points(folder.path(), &arguments);
        assert!(of_kind(&all, "hopf").is_empty(), "{all:?}");
        assert!(of_kind(&all, "end").iter().all(|end| end["critical"] == (damping == "0")), "{all:?}");
        let (_, table, _) = outcome(folder.path(), &[&["curves"][..], &arguments].concat());
        assert!(table.contains(wanted) && !table.contains(unwanted), "{table}");
    }
}
