//! Studies as files: the shipped ones are in order, their texts make them again, and what decides their numbers is told.

mod measured;
mod written;

use std::path::Path;

use ictus::experiment::Experiment;
use ictus::study::{Study, Texts};
use measured::column;

/// A study of a shipped model with lines put in.
fn study(lines: &str, overrides: &[&str]) -> Study {
    let text = format!(
        "{lines}\n[model]\nname = \"montbrio_pazo_roxin\"\n[space.axes]\neta = {{ from = -10, to = 0, n = 11 }}\n\
         [time]\nstep = 0.01\ntransient = 10\nwindow = 10\n"
    );
    let overrides = overrides.iter().map(|&text| text.to_owned()).collect();
    written::study(Texts { overrides, ..written::texts(text) })
}

fn identity(lines: &str, overrides: &[&str]) -> String {
    study(lines, overrides).identity().canonical
}

#[test]
fn a_study_has_its_own_title_or_that_of_its_model() {
    assert_eq!(study("title = \"Another\"", &[]).title(), "Another");
    let own = study("", &[]);
    assert_eq!(own.title(), own.model().title);
    assert_ne!(own.title(), "");
}

#[test]
fn every_shipped_study_is_in_order_and_listed() {
    let list = std::fs::read_to_string("configs/README.md").expect("the list of studies");
    let mut count = 0;
    for entry in std::fs::read_dir("configs").expect("the studies") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let study = Study::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(study.warnings().is_empty(), "{}: {}", path.display(), study.warnings()[0]);
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let line = list
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}`")))
            .unwrap_or_else(|| panic!("{name} is not listed"));
        let points = line.split('|').nth(4).expect("a column of points").replace(' ', "");
        assert_eq!(points, study.space().points().to_string(), "{name}");
        assert_eq!(study.directory(), Path::new("runs").join(path.file_stem().expect("a stem")), "{name}");
        study.survey().unwrap_or_else(|error| panic!("{name}: {error}"));
        count += 1;
    }
    assert!(count >= 8, "{count} studies");
}

#[test]
fn a_study_is_made_again_from_its_texts_alone() {
    let first = study("", &["space.axes.eta.n=7"]);
    let text = first.texts().to_text();
    let again = Study::from_texts(Texts::from_text(&text).expect("texts")).expect("the same study");
    assert_eq!(again.identity(), first.identity());
    assert_eq!(again.space().shape(), [7]);
    assert!(again.texts().model.as_deref().is_some_and(|model| model.contains("eta")));
}

#[test]
fn what_decides_no_number_is_no_part_of_the_identity() {
    let plain = identity("", &[]);
    assert_eq!(identity("title = \"another\"", &[]), plain);
    assert_eq!(identity("", &["output.directory=elsewhere"]), plain);
    let rule = "regime=[{ name = \"fast\", when = \"frequency > 3\" }]";
    assert_eq!(identity("", &[rule]), plain);
}

#[test]
fn what_decides_numbers_is_part_of_the_identity() {
    let plain = identity("", &[]);
    for text in [
        "time.method=heun",
        "time.step=0.005",
        "time.window=11",
        "time.transient=11",
        "space.axes.eta.n=12",
        "space.axes.eta.to=-1",
        "space.axes.eta.at=centres",
        "model.set.J=14",
        "initial.r=0.2",
        "initial.states=[\"low\", \"high\"]",
        "observe.features=[\"extrema\"]",
        "space.where=eta < -1",
    ] {
        assert_ne!(identity("", &[text]), plain, "{text}");
    }
    assert!(plain.contains("axis.0 = 11 values of eta linear -10.0 0.0 ends"), "{plain}");
    assert!(plain.contains("parameter.J = 15"), "{plain}");
}

#[test]
fn features_that_rules_need_are_measured_without_being_asked_for() {
    let rule = "regime=[{ name = \"busy\", when = \"V_maximum > 1 and line_length > 3\" }]";
    let features = study("", &["observe.features=[\"moments\"]", rule]).features();
    for name in ["mean", "V_maximum", "line_length", "amplitude", "settled"] {
        assert!(features.iter().any(|known| known == name), "{name} is not in {features:?}");
    }
    assert!(!features.iter().any(|known| known == "V_minimum"), "{features:?}");
}

#[test]
fn what_is_derived_asks_for_features_that_nothing_else_wants() {
    let features = study("derive = { twice = \"2*line_length\" }", &[]).features();
    assert!(features.contains(&"line_length".to_owned()), "{features:?}");
    assert!(!study("", &[]).features().contains(&"line_length".to_owned()));
}

#[test]
fn a_studys_rules_take_the_place_of_the_models() {
    let names = |overrides: &[&str]| -> Vec<String> {
        study("", overrides).rules().rules().iter().map(|rule| rule.name.clone()).collect()
    };
    assert_eq!(names(&[]), ["recruited"]);
    assert_eq!(names(&["regime=[{ name = \"own\", when = \"mean > 0.5\" }]"]), ["own"]);
    assert!(names(&["regime=[]"]).is_empty());
}

#[test]
fn a_single_state_is_where_every_point_starts() {
    let study = study("", &["initial.states=[\"high\"]"]);
    assert_eq!(study.space().axes().len(), 1);
    assert!(study.protocol().expect("a trajectory").initial.contains(&("r".to_owned(), 0.8)));
}

#[test]
fn a_window_holds_a_step_at_least() {
    let texts = study("", &[]).texts().clone();
    let of = |window: f64| {
        let overrides = vec!["time.step=0.1".to_owned(), format!("time.window={window:?}")];
        Study::from_texts(Texts { overrides, model: None, ..texts.clone() })
    };
    assert!(of(0.1).is_ok());
    let complaints = of(0.099).expect_err("less than a step").0;
    assert!(complaints[0].message.contains("the window 0.099 is shorter than a step 0.1"), "{complaints:?}");
}

#[test]
fn more_rules_or_states_than_a_map_can_name_are_refused() {
    let complaint = |lines: &str, overrides: Vec<String>| {
        let texts = study(lines, &[]).texts().clone();
        let texts = Texts { overrides, model: None, ..texts };
        Study::from_texts(texts).expect_err("too many").0[0].message.clone()
    };
    let rules: Vec<String> =
        (0..101).map(|n| format!("{{ name = \"r{n}\", when = \"mean > {n}\" }}")).collect();
    let message = complaint("", vec![format!("regime=[{}]", rules.join(", "))]);
    assert!(message.contains("at most 100"), "{message}");
    let states: Vec<String> = (0..128).map(|n| format!("s{n} = {{ r = {n} }}")).collect();
    let message = complaint("", vec![format!("initial.states={{ {} }}", states.join(", "))]);
    assert!(message.contains("at most 127"), "{message}");
}

#[test]
fn steps_are_measured_always_and_rules_may_look_at_them() {
    let rule = "regime=[{ name = \"long\", when = \"steps > 10\" }]";
    let study = study("", &["observe.features=[\"extrema\", \"steps\"]", rule]);
    let simulation = study.simulation().expect("a simulation");
    assert_eq!(simulation.rules().expect("rules").labels()[0].name, "long");
}

#[test]
fn what_is_derived_follows_in_order_and_asks_for_what_it_needs() {
    let study = study(
        "derive = { centre = \"(minimum + maximum)/2\", twice = { formula = \"2*centre + eta\", unit = \"s-1\" } }",
        &[],
    );
    let features = study.features();
    assert!(features.ends_with(&["centre".to_owned(), "twice".to_owned()]), "{features:?}");
    assert!(features.contains(&"maximum".to_owned()));
    let survey = study.survey().unwrap_or_else(|error| panic!("{error}"));
    let points = ictus::table::Table::from_columns(vec![vec![-5.0, -2.0]]);
    let rows = ictus::experiment::Experiment::measure(&survey, &points);
    let column = |name: &str| column(&survey, &rows, name);
    for point in 0..2 {
        let centre = f64::midpoint(column("minimum")[point], column("maximum")[point]);
        let twice = 2.0 * centre + points.column(0)[point];
        assert!((column("centre")[point] - centre).abs() < 1e-15);
        assert!((column("twice")[point] - twice).abs() < 1e-14);
    }
    let plain = identity("", &[]);
    let with = identity("derive = { twice = \"2*eta\" }", &[]);
    assert!(with.contains("derived.twice = 2*eta") && !plain.contains("derived"), "{with}");
}

#[test]
fn each_mistake_in_what_is_derived_has_one_message() {
    let cases = [
        ("twice = \"2*etta\"", "did you mean `eta`?"),
        ("eta = \"2\"", "`eta` is there already"),
        ("maximum = \"2\"", "`maximum` is there already"),
        ("Regime = \"2\"", "`Regime` is there already"),
        ("sin = \"2\"", "`sin` cannot be the name"),
        ("twice = true", "`twice` is true or false"),
        ("twice = { formla = \"2\" }", "did you mean `formula`?"),
        ("twice = \"2*\"", ""),
        ("twice = \"later\", later = \"1\"", "looks at `later`"),
    ];
    for (lines, wanted) in cases {
        let texts = Texts {
            study: format!("derive = {{ {lines} }}\n{}", study("", &[]).texts().study),
            ..study("", &[]).texts().clone()
        };
        let complaints = Study::from_texts(Texts { model: None, ..texts }).expect_err(lines);
        let text = complaints.to_string();
        assert!(complaints.0.len() == 1 && text.contains(wanted), "{lines}: {text}");
    }
}

/// A model that stays where it starts.
const STILL: &str = "par a=3,b=2\ninit x=1,y=5\nx'=0\ny'=0\n@ dt=0.5,meth=euler\ndone\n";

/// The last values of `x` and of `y` at every point of a study of it, where `a` is 1, 2 and 3.
fn ends(initial: &str) -> [Vec<f64>; 2] {
    let head = "model = { file = \"still.ode\" }\ntime = { transient = 0, window = 2 }\n\
                observe = { features = [\"final(x)\", \"final(y)\"] }\n[space.axes]\na = { from = 1, to = 3, n = 3 }\n";
    let texts = written::texts(format!("{head}[initial]\n{initial}"));
    let study = written::study(Texts { model: Some(STILL.to_owned()), ..texts });
    let simulation = study.simulation().expect("a study of trajectories");
    let cell = study.space().cells().cell(0);
    let rows = simulation.measure(&study.space().table(&cell, 0, cell.points() as u32));
    ["x_final", "y_final"].map(|name| column(&simulation, &rows, name).to_vec())
}

#[test]
fn a_variable_starts_where_a_formula_over_the_parameters_of_the_point_says() {
    assert_eq!(ends(""), [vec![1.0; 3], vec![5.0; 3]]);
    assert_eq!(ends("x = \"a/b + 1\"\ny = 7\n"), [vec![1.5, 2.0, 2.5], vec![7.0; 3]]);
    // A start that does not name a variable leaves it where the study says of that point.
    let starts = "states = { low = { x = -1 }, high = { y = 9 } }\n";
    assert_eq!(
        ends(&format!("x = \"2*a\"\ny = \"a/2\"\n{starts}")),
        [vec![-1.0, -1.0, -1.0, 2.0, 4.0, 6.0], vec![0.5, 1.0, 1.5, 9.0, 9.0, 9.0]]
    );
}
