//! A damaged journal never gives a wrong row. The input is a list of edits of a good journal; whatever they do, each row that
//! the reader accepts is the row that was written, or the journal is refused. An input that opens with 255 is a whole
//! journal instead, which is read or refused, but never a panic.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use ictus::experiment::{Experiment, Rows, Status};
use ictus::schedule::{Stop, local};
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
use ictus::store::{Fate, Folder, Identity};
use ictus::table::{Quantity, Table};

const POINTS: u64 = 700;
const ABSENT: u8 = 5;

/// One quantity: a formula that tells every point apart.
struct Formula([Quantity; 1]);

fn formula(x: f64) -> f64 {
    (1.0 + x).sqrt()
}

impl Experiment for Formula {
    fn quantities(&self) -> &[Quantity] {
        &self.0
    }

    fn measure(&self, points: &Table) -> Rows {
        let values = points.column(0).iter().map(|x| formula(*x)).collect();
        Rows { status: vec![Status::Ok; points.rows()], features: Table::from_columns(vec![values]) }
    }

    fn classify(&self, _: Status, _: &[f64]) -> u8 {
        0
    }
}

struct Scene {
    folder: PathBuf,
    journal: PathBuf,
    good: Vec<u8>,
    space: Space,
    identity: Identity,
}

/// A folder with one good journal.
fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        // tests/soak.sh gives a folder in memory, and takes it away.
        let base = std::env::var_os("ICTUS_FUZZ_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = base.join(format!("ictus-fuzz-{}", std::process::id()));
        let scale = Scale::Linear { from: 0.0, to: 1.0 };
        let column =
            AxisColumn { quantity: Quantity::real("x", "1", "x"), scale, placement: Placement::Ends };
        let space = Space::new(vec![Axis::new(vec![column], POINTS).expect("an axis")]).expect("a space");
        let identity = Identity { canonical: "fuzz = 1\n".to_owned(), origin: String::new() };
        let experiment = Formula([Quantity::real("y", "1", "y")]);
        let mut opened = Folder::open(&folder, &identity, &space, 1, Fate::Resume).expect("a new folder");
        let stop = Stop::new();
        let options = local::Options { threads: Some(1), stop, watch: &mut |_| () };
        local::run(&experiment, &space, &mut opened, options).expect("a run");
        drop(opened);
        let journal = fs::read_dir(folder.join("journals"))
            .expect("journals")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.extension().is_some_and(|ending| ending == "journal"))
            .expect("one journal");
        let good = fs::read(&journal).expect("the journal");
        Scene { folder, journal, good, space, identity }
    })
}

/// Five bytes an edit: what, where (two bytes), how much, with what.
fn edited(good: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits.chunks_exact(5) {
        let [what, high, low, amount, with] = *edit else { unreachable!("chunks of five") };
        let place = usize::from(u16::from_be_bytes([high, low])) % (bytes.len() + 1);
        let end = (place + usize::from(amount)).min(bytes.len());
        match what % 5 {
            0 => bytes[place..end].iter_mut().for_each(|byte| *byte ^= with),
            1 => bytes.truncate(place),
            2 => drop(bytes.drain(place..end)),
            3 => drop(bytes.splice(place..place, vec![with; usize::from(amount)])),
            _ => {
                let copy = bytes[place..end].to_vec();
                let target = usize::from(with) * 64 % (bytes.len() + 1);
                bytes.splice(target..target, copy);
            }
        }
    }
    bytes
}

/// One input.
pub(crate) fn journal(input: &[u8]) {
    let scene = scene();
    let bytes = match input {
        [255, whole @ ..] => whole.to_vec(),
        edits => edited(&scene.good, edits),
    };
    fs::write(&scene.journal, &bytes).expect("the journal can be written");
    let Ok(folder) = Folder::read(&scene.folder, &scene.identity, &scene.space, 1) else { return };
    let cell = scene.space.cells().cell(0);
    let Ok(rows) = folder.index().cell(&scene.space, &cell, ABSENT) else { return };
    if input.first() == Some(&255) {
        return;
    }
    for point in 0..POINTS as usize {
        if rows.status[point] != ABSENT {
            let x = scene.space.axes()[0].value(0, point as u64);
            assert_eq!(
                rows.features[0][point].to_bits(),
                formula(x).to_bits(),
                "a wrong row, at point {point}"
            );
        }
    }
}
