//! Long work that is interrupted, kept and gone on with: equal bits wherever and however often that happens, at any strip width; a
//! cost that grows with the number of points and no faster; stops and pilots that wait for no point.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bits;
mod written;

use std::cell::Cell;
use std::time::Duration;

use bits::bits;
use ictus::experiment::{Attempt, Experiment, Interruption, Rows, Standing, Undisturbed};
use ictus::model;
use ictus::schedule::local::{self, Patience};
use ictus::simulate::Survey;
use ictus::study::Study;
use ictus::table::Table;

fn study(text: &str) -> Study {
    written::study(written::texts(text))
}

/// All points of a small study.
fn points(study: &Study) -> Table {
    let space = study.space();
    space.table_at(&(0..space.points()).map(|point| space.coordinates(point)).collect::<Vec<_>>())
}

/// Interrupts when it was asked so many times; counts how often that was.
struct After {
    asked: Cell<u64>,
    most: u64,
}

impl After {
    fn asked(most: u64) -> Self {
        Self { asked: Cell::new(0), most }
    }
}

impl Interruption for After {
    fn is_wished(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.asked.get() > self.most
    }

    fn is_urgent(&self) -> bool {
        self.asked.get() > self.most
    }
}

/// The studies of every kind: a grid with every observer, chains, drawn starts, named starts, a network, equilibria, both, a
/// derived quantity.
fn kinds() -> Vec<(&'static str, String)> {
    let time = "[time]\nmethod = \"rk4\"\nstep = \"1 ms\"\ntransient = \"60 ms\"\nwindow = \"260 ms\"\n";
    let all = "[observe]\nfeatures = [\"extrema\", \"moments\", \"cycles\", \"line_length\", \"settled\", \"bands\"]\n";
    let jansen_rit = "[model]\nname = \"jansen_rit\"\n";
    let axes = "[space.axes]\nC = { from = 100, to = 200, n = 5 }\np = { from = 60, to = 300, n = 6 }\n";
    let ring = "[network]\nparameters = { g = 0.1 }\n[network.channels.ring]\nmatrix = { generator = \"ring\", n = 11 }\ngain = \"g\"\n";
    let wilson_cowan = format!("[model]\nname = \"wilson_cowan\"\n{ring}");
    let of_wilson_cowan =
        "[space.axes]\nP = { from = 0.8, to = 2, n = 7 }\ng = { from = 0, to = 0.5, n = 5 }\n";
    let drawn = "[initial]\nbox = { r = [0, 2], V = [-3, 2] }\nstarts = 8\n";
    let montbrio =
        "[model]\nname = \"montbrio_pazo_roxin\"\n[space.axes]\neta = { from = -6, to = -3, n = 9 }\n";
    let montbrio_time = "[time]\nmethod = \"rk4\"\nstep = 0.005\ntransient = 1\nwindow = 1\n";
    let named = format!("{jansen_rit}{axes}[initial]\nstates = [\"low\", \"high\"]\n");
    vec![
        ("grid", format!("{jansen_rit}{axes}{time}{all}")),
        ("chains", format!("{jansen_rit}[space]\ncontinue = \"p\"\n{axes}{time}{all}")),
        (
            "drawn starts",
            format!("{montbrio}{drawn}{montbrio_time}[observe]\nfeatures = [\"extrema\", \"lyapunov\"]\n"),
        ),
        ("named starts", format!("{}{time}{all}", with_states(&named))),
        ("network", format!("{wilson_cowan}{of_wilson_cowan}{time}{all}")),
        (
            "network with chains",
            format!("{wilson_cowan}[space]\ncontinue = \"P\"\n{of_wilson_cowan}{time}{all}"),
        ),
        ("equilibria", format!("{montbrio}[stability]\nonly = true\n")),
        ("both", format!("{jansen_rit}{axes}{time}{all}[stability]\n[derive]\ntwice = \"2*maximum\"\n")),
        (
            "chains and equilibria",
            format!("{jansen_rit}[space]\ncontinue = \"p\"\n{axes}{time}{all}[stability]\n"),
        ),
    ]
}

/// The names of the first two states that the model of the column has.
fn with_states(text: &str) -> String {
    let column = model::find("jansen_rit").unwrap().parse().unwrap();
    let names: Vec<&str> = column.states.iter().map(|state| state.name.as_str()).collect();
    assert!(names.len() >= 2, "{names:?}");
    text.replace("\"low\"", &format!("{:?}", names[0])).replace("\"high\"", &format!("{:?}", names[1]))
}

/// Measures with an interruption after so many steps, again and again, by one survey after the other; what stands between them goes
/// through `pass_on`.
fn measure(
    surveys: &[Survey],
    points: &Table,
    patience: u64,
    pass_on: impl Fn(Vec<Standing>) -> Vec<Standing>,
) -> (Rows, u64) {
    let mut standings = Vec::new();
    let mut last = 0.0;
    for round in 0..100_000 {
        let survey = &surveys[round as usize % surveys.len()];
        match survey.attempt(points, standings, &After::asked(patience)) {
            Attempt::Measured(rows) => return (rows, round),
            Attempt::Interrupted { standings: now, part } => {
                assert!((last..=1.0).contains(&part), "{part} after {last}");
                last = part;
                standings = pass_on(now);
            }
        }
    }
    panic!("it never ends");
}

#[test]
fn rows_of_every_kind_of_study_do_not_depend_on_interruptions_or_on_the_width_of_strips() {
    for (kind, text) in kinds() {
        let study = study(&text);
        let points = points(&study);
        let expected = bits(&study.survey().unwrap().measure(&points));
        let surveys: Vec<Survey> =
            [64, 128, 256].map(|width| study.survey().unwrap().with_strip_width(width)).into();
        let mut interruptions = 0;
        for patience in [7, 100, 333] {
            let (rows, rounds) = measure(&surveys, &points, patience, |standings| standings);
            assert_eq!(bits(&rows), expected, "{kind}, every {patience} steps");
            interruptions += rounds;
        }
        assert!(interruptions > 0 || kind == "equilibria", "{kind} was never interrupted");
    }
}

#[test]
fn points_go_on_in_other_company_than_they_were_interrupted_in() {
    for (kind, text) in kinds() {
        let study = study(&text);
        let (survey, all) = (study.survey().unwrap(), points(&study));
        let expected = bits(&survey.measure(&all));
        let Attempt::Interrupted { standings, .. } = survey.attempt(&all, Vec::new(), &After::asked(90))
        else {
            continue;
        };
        // A chain goes on as a whole: a half of the points has whole ones, since the continued axis comes last.
        let half = all.rows() / 2 / 24 * 24;
        for rows in [(0..half).collect::<Vec<usize>>(), (half..all.rows()).collect()] {
            let own = rows.iter().map(|&row| standings[row].clone()).collect();
            let Attempt::Measured(measured) = survey.attempt(&all.chosen(&rows), own, &Undisturbed) else {
                panic!("nobody interrupts");
            };
            let (status, columns) = bits(&measured);
            for (place, &row) in rows.iter().enumerate() {
                assert_eq!(status[place], expected.0[row], "{kind}");
                for (column, wanted) in columns.iter().zip(&expected.1) {
                    assert_eq!(column[place], wanted[row], "{kind}, point {row}");
                }
            }
        }
    }
}

#[test]
fn what_another_program_has_left_is_not_gone_on_with() {
    let (kinds, other) = (kinds(), "window = \"261 ms\"");
    let text = &kinds[0].1;
    let (study, another) = (study(text), study(&text.replace("window = \"260 ms\"", other)));
    let points = points(&study);
    let Attempt::Interrupted { standings, .. } =
        another.survey().unwrap().attempt(&points, Vec::new(), &After::asked(100))
    else {
        panic!("it takes longer than that");
    };
    assert!(standings.iter().any(|standing| matches!(standing, Standing::Begun(_))));
    let survey = study.survey().unwrap();
    let Attempt::Measured(rows) = survey.attempt(&points, standings, &Undisturbed) else {
        panic!("nobody interrupts");
    };
    assert_eq!(bits(&rows), bits(&survey.measure(&points)));
}

#[test]
fn a_chain_costs_as_many_steps_as_it_has_points() {
    // x' = k(e + x - x^3): 4 chains, 10 + 20 steps a point, up and down.
    let steps = |length: u64| {
        let text = format!(
            "[model]\nname = \"hoppensteadt_izhikevich\"\n[space]\ncontinue = \"rx\"\n[space.axes]\n\
             ry = {{ from = -1, to = 1, n = 4 }}\nrx = {{ from = -1, to = 1, n = {length} }}\n\
             [time]\nmethod = \"euler\"\nstep = 0.01\ntransient = 0.1\nwindow = 0.2\n[observe]\nfeatures = [\"extrema\"]\n"
        );
        let study = study(&text);
        let space = study.space();
        let mut asked = 0;
        // As the threads do: pieces of blocks that go side by side.
        for number in 0..space.cells().count() {
            let cell = space.cells().cell(number);
            let step = space.cells().blocks_side_by_side();
            for first in (0..cell.blocks()).step_by(step as usize) {
                let tile = ictus::space::Tile { cell: number, first, count: step.min(cell.blocks() - first) };
                let (from, count) = cell.points_of(tile);
                let counter = After::asked(u64::MAX);
                study.survey().unwrap().attempt(&space.table(&cell, from, count), Vec::new(), &counter);
                asked += counter.asked.get();
            }
        }
        asked as f64 / (2 * length) as f64
    };
    let (short, long) = (steps(16), steps(4096));
    assert!((long / short - 1.0).abs() < 0.01, "{short} and {long} steps a point of a strip");
}

#[test]
fn a_pilot_returns_when_its_time_is_up_however_long_a_point_takes() {
    let year =
        kinds()[0].1.replace("window = \"260 ms\"", "window = \"100000000 s\"").replace(", \"bands\"", "");
    let chains = kinds()[1].1.replace("n = 6", "n = 4096").replace("n = 5", "n = 64");
    for text in [year, chains] {
        let study = study(&text);
        let patience = Patience { most: Duration::from_millis(200), uncertainty: 0.0 };
        let forecast = local::forecast(&study.survey().unwrap(), study.space(), Some(1), patience).unwrap();
        assert!(forecast.duration > Duration::from_secs(1), "{forecast:?}");
        assert!(forecast.seconds_a_point > 0.0);
    }
}
