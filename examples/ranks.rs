//! A formula over MPI ranks, with faults on demand: what `tests/mpi.sh` breaks, and what counts how many grants a second rank 0
//! can give. Knows no model: to see how an experiment of one's own is run, see `logistic_map.rs`.
//!
//!     mpirun -n 3 ranks FOLDER FAULT     FAULT: none, point, thread, coordinator
//!     mpirun -n 3 ranks grants SECONDS
//!     mpirun -n 1 ictus run STUDY : -n 1 ranks other VERSION     VERSION: program, numerics

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use ictus::experiment::{Experiment, Rows, Status};
use ictus::schedule::launch::{self, Launch, Role};
use ictus::schedule::mailbox::{Mailbox, Message, Seat};
use ictus::schedule::ranks::{self, Terms};
use ictus::schedule::{Coordinator, Planner};
use ictus::space::{Axis, AxisColumn, Placement, Scale, Space};
use ictus::store::{Fate, Finished, Folder, Identity};
use ictus::table::{Quantity, Table};

/// What breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// The experiment, at some points.
    Point,
    /// A computing thread of the last rank, outside of the experiment.
    Thread,
    /// The main thread of rank 0.
    Coordinator,
}

/// The sum of a point's coordinates, slowly.
struct Sum {
    quantities: Vec<Quantity>,
    fault: Fault,
    is_last_rank: bool,
}

impl Experiment for Sum {
    fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    fn measure(&self, points: &Table) -> Rows {
        let mut sums = Table::undefined(1, points.rows());
        for row in 0..points.rows() {
            let sum: f64 = points.columns().iter().map(|column| column[row]).sum();
            assert!(self.fault != Fault::Point || sum.fract() > 0.001, "a point that cannot be measured");
            let idle = (0..20_000).fold(sum, |sum, round| (sum + f64::from(round)).sqrt());
            std::hint::black_box(idle);
            sums.column_mut(0)[row] = sum;
        }
        Rows { status: vec![Status::Ok; points.rows()], features: sums }
    }

    fn classify(&self, _status: Status, features: &[f64]) -> u8 {
        assert!(
            self.fault != Fault::Thread || !self.is_last_rank || features[0] < 3.0,
            "a thread that goes wrong"
        );
        u8::from(features[0] > 1.0)
    }
}

/// A wire at whose end somebody panics after some messages.
struct Panicking<'run> {
    wire: &'run mut dyn Mailbox,
    messages: u32,
}

impl Mailbox for Panicking<'_> {
    fn rank(&self) -> usize {
        self.wire.rank()
    }
    fn ranks(&self) -> usize {
        self.wire.ranks()
    }
    fn share(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.wire.share(bytes)
    }
    fn send(&mut self, to: usize, message: &Message) {
        self.wire.send(to, message);
    }
    fn receive(&mut self) -> Option<(usize, Message)> {
        let received = self.wire.receive();
        self.messages += u32::from(received.is_some());
        assert!(self.messages < 30, "a coordinator that goes wrong");
        received
    }
    fn lost(&mut self) -> Vec<usize> {
        self.wire.lost()
    }
    fn abort(&mut self, code: u8) {
        self.wire.abort(code);
    }
}

/// A wire over which a rank hears what rank 0 of another version would have said.
struct OfAnotherVersion<'run> {
    wire: &'run mut dyn Mailbox,
    is_program: bool,
}

impl Mailbox for OfAnotherVersion<'_> {
    fn rank(&self) -> usize {
        self.wire.rank()
    }
    fn ranks(&self) -> usize {
        self.wire.ranks()
    }
    fn share(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let mut bytes = self.wire.share(bytes);
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        let place = bytes.windows(version.len()).position(|window| window == version);
        let end = place.expect("the version of rank 0") + version.len();
        // The version of the numbers stands behind the last digit of the program's.
        bytes[if self.is_program { end - 1 } else { end }] ^= 1;
        bytes
    }
    fn send(&mut self, to: usize, message: &Message) {
        self.wire.send(to, message);
    }
    fn receive(&mut self) -> Option<(usize, Message)> {
        self.wire.receive()
    }
    fn lost(&mut self) -> Vec<usize> {
        self.wire.lost()
    }
    fn abort(&mut self, code: u8) {
        self.wire.abort(code);
    }
}

fn space(lengths: &[u64]) -> Result<Space, Box<dyn Error>> {
    let axis = |(number, &length): (usize, &u64)| {
        let quantity = Quantity::real(format!("x{number}"), "1", "a coordinate");
        let scale = Scale::Linear { from: 0.0, to: 2.0 };
        Axis::new(vec![AxisColumn { quantity, scale, placement: Placement::Ends }], length)
    };
    Ok(Space::new(lengths.iter().enumerate().map(axis).collect::<Result<_, _>>()?)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, how] = &arguments[..] else { return Err("two arguments are needed".into()) };
    match launch::discover(Launch::of_this_process(), Some(1))? {
        Role::Alone => Err("start it with mpirun and several ranks".into()),
        Role::Coordinator(mut wire) | Role::Worker(mut wire) if what == "grants" => {
            grants(&mut *wire, Duration::from_secs(how.parse()?))
        }
        Role::Worker(mut wire) if what == "other" => {
            let mut wire = OfAnotherVersion { wire: &mut *wire, is_program: how == "program" };
            Ok(ictus::run::work(&mut wire, &Terms { threads: Some(1), ..Terms::default() }, &mut |_| ())?)
        }
        Role::Coordinator(mut wire) | Role::Worker(mut wire) => sweep(&mut *wire, Path::new(what), how),
    }
}

/// Runs a sweep as `ictus run` does, without a map.
fn sweep(wire: &mut dyn Mailbox, folder: &Path, fault: &str) -> Result<(), Box<dyn Error>> {
    let fault = match fault {
        "none" => Fault::None,
        "point" => Fault::Point,
        "thread" => Fault::Thread,
        "coordinator" => Fault::Coordinator,
        _ => return Err("an unknown fault".into()),
    };
    let space = space(&[200, 250])?;
    let identity = Identity { canonical: "experiment = sum\n".into(), origin: String::new() };
    let experiment = Sum {
        quantities: vec![Quantity::real("sum", "1", "the sum of the coordinates")],
        fault,
        is_last_rank: wire.rank() + 1 == wire.ranks(),
    };
    let terms = Terms { threads: Some(1), ..Terms::default() };
    if wire.rank() > 0 {
        let claim = String::from_utf8(wire.share(Vec::new()))?;
        let mut folder = Folder::under_claim(folder, &claim, &identity, &space, 1)?;
        ranks::work(&experiment, &space, &mut folder, wire, terms, &mut |_| ())?;
        return Ok(());
    }
    let mut folder = Folder::open(folder, &identity, &space, 1, Fate::Resume)?;
    wire.share(folder.claim().unwrap_or_default().into_bytes());
    let options = ranks::Options { terms, watch: &mut |_| (), tell: &mut |remark| println!("{remark}") };
    let outcome = if fault == Fault::Coordinator {
        ranks::coordinate(&experiment, &space, &mut folder, &mut Panicking { wire, messages: 0 }, options)
    } else {
        ranks::coordinate(&experiment, &space, &mut folder, wire, options)
    }?;
    let panicked = outcome.progress.statuses[Status::Panic as usize];
    println!("complete: {}, panicked: {panicked}", outcome.is_complete);
    Ok(())
}

/// Grants tiles as fast as rank 0 can to ranks that say at once that they are done.
fn grants(wire: &mut dyn Mailbox, duration: Duration) -> Result<(), Box<dyn Error>> {
    let seat = Seat { threads: 1, is_asked: true, ..Seat::default() };
    if wire.rank() > 0 {
        wire.send(0, &Message::Ready(seat));
        loop {
            match wire.receive() {
                Some((_, Message::Grant(tile))) => {
                    wire.send(0, &Message::Done { tile, seconds: 1.0, ahead: 0 });
                }
                Some((_, Message::Stop | Message::Finish)) => wire.send(0, &Message::Closed),
                Some((_, Message::Farewell)) => return Ok(()),
                _ => {}
            }
        }
    }
    let space = space(&[1 << 20, 1 << 20])?;
    let cells = space.cells();
    let planner = Planner::new(cells, Finished::new(cells), std::iter::empty(), wire.ranks(), u64::MAX);
    let mut coordinator = Coordinator::new(planner, wire.ranks(), None, 0.0);
    // Rank 0 does not work itself.
    coordinator.receive(0, &Message::Closed, 0.0);
    let began = Instant::now();
    while !coordinator.is_over() {
        if began.elapsed() >= duration {
            coordinator.stop();
        }
        while let Some((from, message)) = wire.receive() {
            coordinator.receive(from, &message, 0.0);
        }
        while let Some((to, message)) = coordinator.outgoing() {
            wire.send(to, &message);
        }
    }
    let rate = coordinator.granted() as f64 / began.elapsed().as_secs_f64();
    println!("{rate:.0} grants/s to {} ranks", wire.ranks() - 1);
    Ok(())
}
