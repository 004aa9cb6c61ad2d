//! Rules over all starts of a point: what they call it, from the study to the map and to those that read it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod written;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ictus::analyse::cut::Cut;
use ictus::analyse::over_starts::cut_over_starts;
use ictus::experiment::Status;
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
use ictus::store::CellRows;
use ictus::store::map::{self, Description, Label, Map, OverStarts, Recipe};
use ictus::study::{Study, Texts};
use ictus::table::Quantity;

/// `x' = x - x^3 + h` has two stable equilibria for `|h| < 2/(3 sqrt 3)` = 0.3849, and beyond one, on the side of `h`.
const MODEL: &str = "par h=0\nx'=x-x^3+h\ninit x=0.1\n@ bound=10\ndone\n";

const RULES: &str = "[[regime]]\nname = \"low\"\nwhen = \"mean < 0\"\n[[regime]]\nname = \"high\"\nwhen = \"mean > 0\"\n\
    [[regime]]\nname = \"bistable\"\nover = \"start\"\nwhen = 'share(\"low\") > 0 and share(\"high\") > 0'\nseizing = true\n\
    [[regime]]\nname = \"all_low\"\nover = \"start\"\nwhen = \"share('low') == 1\"\n";

const DRAWN: &str = "[initial]\nbox = { x = [-2, 2] }\nstarts = 16\n";

const NAMED: &str = "[initial.states]\nbelow = { x = -1.5 }\nabove = { x = 1.5 }\n";

const TILTS: [f64; 7] = [-0.5, -0.39, -0.38, 0.0, 0.38, 0.39, 0.5];

/// A study of the tilts.
fn text(initial: &str, rules: &str) -> String {
    format!(
        "[model]\nfile = \"m.ode\"\n[space.axes]\nh = {{ values = {TILTS:?} }}\n{initial}\
         [time]\nmethod = \"rk4\"\nstep = 0.05\ntransient = 200\nwindow = 2\n{rules}"
    )
}

fn texts(study: &str) -> Texts {
    Texts { model: Some(MODEL.to_owned()), ..written::texts(study) }
}

/// These tests go one after another: a program that is started while this one has a map open would hold the map's lock for as long as it
/// runs.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the program in a folder; gives what it said, on both streams.
#[track_caller]
fn ictus(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ictus"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// A folder with the studies `s.toml`, of the text, and the model.
fn folder(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.ode"), MODEL).unwrap();
    std::fs::write(folder.path().join("s.toml"), study).unwrap();
    folder
}

/// What the points of a map are called by all their starts.
fn called(map: &Path) -> Vec<String> {
    let map = Map::open(map).unwrap();
    let (axis, labels) = map.over_starts().unwrap();
    let mut shape = map.shape();
    shape.remove(axis);
    let flags = map.regime_over_starts(&vec![0; shape.len()], &shape).unwrap();
    flags.into_iter().map(|flag| labels[usize::from(flag)].name.clone()).collect()
}

/// As the folds say it.
fn expected() -> Vec<&'static str> {
    let fold = 2.0 / (3.0 * 3.0_f64.sqrt());
    let name = |h: &f64| match h {
        h if h.abs() < fold => "bistable",
        h if *h < 0.0 => "all_low",
        _ => "undetermined",
    };
    TILTS.iter().map(name).collect()
}

#[test]
fn drawn_and_named_starts_tell_where_two_states_lie_side_by_side() {
    let _guard = one_at_a_time();
    for initial in [DRAWN, NAMED] {
        let folder = folder(&text(initial, RULES));
        let said = ictus(folder.path(), &["run", "s.toml", "--output", "one", "--threads", "1"]);
        assert!(said.contains("over all starts:"), "{said}");
        let map = folder.path().join("one/map.nc");
        assert_eq!(called(&map), expected());
        // The same bytes on other threads.
        ictus(folder.path(), &["run", "s.toml", "--output", "two", "--threads", "2", "--quiet"]);
        ictus(folder.path(), &["diff", "--bits", "one/map.nc", "two/map.nc"]);
    }
}

#[test]
fn both_directions_of_a_chain_have_what_their_named_starts_say() {
    let _guard = one_at_a_time();
    let study = text(NAMED, RULES).replace("[space.axes]", "[space]\ncontinue = \"h\"\n[space.axes]");
    let folder = folder(&study);
    ictus(folder.path(), &["run", "s.toml", "--output", "r", "--quiet"]);
    let map = folder.path().join("r/map.nc");
    // Upwards all begin where only the lower state is, and leave it beyond its fold; downwards likewise: no place has two.
    let found = called(&map);
    assert_eq!(
        found[..7],
        ["all_low", "all_low", "all_low", "all_low", "all_low", "undetermined", "undetermined"]
    );
    assert_eq!(
        found[7..],
        [
            "all_low",
            "all_low",
            "undetermined",
            "undetermined",
            "undetermined",
            "undetermined",
            "undetermined"
        ]
    );
    let slice = cut_over_starts(&Map::open(&map).unwrap(), &Cut::default()).unwrap();
    let names: Vec<Option<&str>> = slice.panels.iter().map(|panel| panel.name.as_deref()).collect();
    assert_eq!(names, [Some("up"), Some("down")]);
    let row: Vec<u8> = slice.panels[1].regimes.iter().copied().collect();
    assert_eq!(row, [1, 1, 2, 2, 2, 2, 2]);
}

#[test]
fn points_that_the_study_leaves_out_are_excluded() {
    let _guard = one_at_a_time();
    let study = text(NAMED, RULES).replace("[space.axes]", "[space]\nwhere = \"h < 0.385\"\n[space.axes]");
    let folder = folder(&study);
    ictus(folder.path(), &["run", "s.toml", "--output", "r", "--quiet"]);
    assert_eq!(called(&folder.path().join("r/map.nc"))[4..], ["bistable", "excluded", "excluded"]);
}

#[test]
fn readers_of_maps_know_what_all_starts_are_called() {
    let _guard = one_at_a_time();
    let folder = folder(&text(DRAWN, RULES));
    let path = folder.path();
    let said = ictus(path, &["run", "s.toml", "--output", "r", "--json", "--quiet"]);
    let said: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(
        said["over_starts"],
        serde_json::json!({
            "bistable": 3, "all_low": 2, "undetermined": 2, "excluded": 0, "not_computed": 0
        })
    );
    let info = ictus(path, &["info", "r/map.nc"]);
    assert!(info.contains("regimes over all starts\n  bistable"), "{info}");
    let info: serde_json::Value =
        serde_json::from_str(&ictus(path, &["info", "--json", "r/map.nc"])).unwrap();
    assert_eq!(info["over_starts"][0]["points"], 3);
    for drawn in [&["--over", "start"], &["--feature", "regime_over_starts"]] {
        let text = ictus(path, &[&["plot", "r/map.nc"], &drawn[..]].concat());
        assert!(text.contains("bistable") && text.contains("all low") && !text.contains("high"), "{text}");
    }
    ictus(path, &["plot", "r/map.nc", "--over", "start", "-o", "over.svg"]);
    let picture = std::fs::read_to_string(path.join("over.svg")).unwrap();
    assert!(picture.contains("start\u{a0}=\u{a0}all"), "a picture says that it is of all starts");
    // One trajectory has no share: it is called as ever.
    let point = ictus(path, &["point", "s.toml", "h=0", "start=start_1", "--why"]);
    assert!(
        point.contains("regime                low") || point.contains("regime                high"),
        "{point}"
    );

    // Other rules: those over starts are made anew, or dropped.
    std::fs::write(path.join("new.toml"), text(DRAWN, &RULES.replace("all_low", "one_sided"))).unwrap();
    ictus(path, &["relabel", "r/map.nc", "--rules", "new.toml", "-o", "new.nc"]);
    ictus(path, &["run", "new.toml", "--output", "n", "--quiet"]);
    ictus(path, &["diff", "--bits", "new.nc", "n/map.nc"]);
    let diff = Command::new(env!("CARGO_BIN_EXE_ictus"))
        .args(["diff", "r/map.nc", "new.nc"])
        .current_dir(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&diff.stdout).into_owned();
    assert_eq!(diff.status.code(), Some(1), "{said}");
    assert!(said.contains("all_low -> one_sided: 2 points over all starts"), "{said}");
    let alone = &RULES[..RULES.find("[[regime]]\nname = \"bistable\"").unwrap()];
    std::fs::write(path.join("alone.toml"), text(DRAWN, alone)).unwrap();
    ictus(path, &["relabel", "r/map.nc", "--rules", "alone.toml", "-o", "alone.nc"]);
    assert!(Map::open(&path.join("alone.nc")).unwrap().over_starts().is_none());
}

#[test]
fn each_mistake_in_a_rule_over_starts_has_one_message() {
    let _guard = one_at_a_time();
    let with =
        |when: &str| format!("{RULES}[[regime]]\nname = \"more\"\nover = \"start\"\nwhen = '{when}'\n");
    let of_point = |when: &str| format!("{RULES}[[regime]]\nname = \"more\"\nwhen = '{when}'\n");
    let axis = RULES.replacen("over = \"start\"", "over = \"h\"", 1);
    let cases = [
        (text(DRAWN, &with("share(\"hihg\") > 0")), "no point is called `hihg`", "did you mean `high`?"),
        (text(DRAWN, &with("share(\"bistable\") > 0")), "no point is called `bistable`", ""),
        (text(DRAWN, &with("mean > 0")), "`mean` is of a single one", "share(\"NAME\")"),
        (text(DRAWN, &with("h > share(\"low\")")), "`h` is of a single one", "without `over`"),
        (text(DRAWN, &with("share(low) > 0")), "takes the name of a regime in quotes", "fixed_point"),
        (text(DRAWN, &with("share(\"low\", 2) > 0")), "`,` stands where", ""),
        (text(DRAWN, &of_point("share(\"low\") > 0")), "this is of one point", "over = \"start\""),
        (text(DRAWN, &axis), "over no other axis", "over = \"start\""),
        (text("", RULES), "is over several starts, and the study has one", "[initial] states"),
        (text("[initial.states]\none = { x = 1 }\n", RULES), "is over several starts", "`box` and `starts`"),
        (text("[initial]\nbox = { x = [-2, 2] }\n", RULES), "`box` alone draws no starts", ""),
    ];
    for (study, message, remedy) in cases {
        let complaints = Study::from_texts(texts(&study)).unwrap_err().to_string();
        assert!(complaints.contains(message) && complaints.contains(remedy), "{message}: {complaints}");
        assert_eq!(complaints.matches("error").count(), 1, "{complaints}");
    }
    let model = MODEL.replace("done", "#@ regime up when share(\"low\") > 0\ndone");
    let study = Texts { model: Some(model), ..written::texts(text(DRAWN, RULES)) };
    let complaints = Study::from_texts(study).unwrap_err().to_string();
    assert!(complaints.contains("a model's rules are of one point"), "{complaints}");
}

#[test]
fn a_study_that_adds_rules_over_starts_keeps_the_rules_of_its_model() {
    let _guard = one_at_a_time();
    let model = MODEL.replace("done", "#@ regime up when mean > 0\ndone");
    let rules = "[[regime]]\nname = \"some_up\"\nover = \"start\"\nwhen = 'share(\"up\") > 0'\n";
    let study = written::study(Texts { model: Some(model), ..written::texts(text(NAMED, rules)) });
    assert_eq!(study.rules().labels()[0].name, "up");
    assert_eq!(study.over_starts().unwrap().labels()[0].name, "some_up");
}

/// 100 starts x 50 x 50 points are two cells along the starts, which come together again.
#[test]
fn starts_in_several_cells_are_looked_at_together() {
    let _guard = one_at_a_time();
    let names: Vec<String> = (0..100).map(|number| format!("s{number}")).collect();
    let plain = |name: &str| {
        let scale = Scale::Linear { from: 0.0, to: 49.0 };
        let column =
            AxisColumn { quantity: Quantity::real(name, "1", name), scale, placement: Placement::Ends };
        Axis::new(vec![column], 50).unwrap()
    };
    let starts = Axis::labelled(Quantity::real("start", "1", "initial state"), names).unwrap();
    let space = Space::new(vec![starts, plain("a"), plain("b")]).unwrap();
    assert!(space.cells().extent()[0] < 100);
    let label = |name: &str| Label { name: name.into(), seizing: false, ..Label::default() };
    // Of the starts so many are 1 as a + b says, so that the label is their number.
    let classify = |_: &[u8], regimes: &[u8]| regimes.iter().sum::<u8>();
    let description = Description {
        title: "starts".into(),
        space: space.clone(),
        quantities: vec![Quantity::real("one", "1", "whether")],
        statuses: Status::ALL.iter().map(|status| status.name().to_owned()).collect(),
        not_computed: Status::NotComputed as u8,
        labels: vec![label("zero"), label("one")],
        fixed: vec![],
        draws: None,
        over_starts: Some(OverStarts {
            axis: 0,
            labels: (0..100).map(|number| label(&format!("n{number}"))).collect(),
            classify: Arc::new(classify),
        }),
        attributes: vec![],
    };
    let mut rows = |cell: &ictus::space::Cell| {
        let one = |point| {
            let values = space.values(&cell.coordinates(point as u32));
            f64::from(u8::from((values[0] * 37.0) % 100.0 < values[1] + values[2]))
        };
        let ones: Vec<f64> = (0..cell.points()).map(one).collect();
        Ok(CellRows { status: vec![0; ones.len()], features: vec![ones] })
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.nc");
    let recipe = Recipe {
        description: &description,
        rows: &mut rows,
        classify: &|_, row| u8::from(row[0] > 0.5),
        watch: &mut |_, _| true,
    };
    let summary = map::write(recipe, &path).unwrap().unwrap();
    assert_eq!(summary.over_starts.iter().sum::<u64>(), 2500);
    // 37 is prime to 100, so that a + b of the 100 starts lie below a + b.
    let expected: Vec<String> = (0..50).flat_map(|a| (0..50).map(move |b| format!("n{}", a + b))).collect();
    assert_eq!(called(&path), expected);
}
