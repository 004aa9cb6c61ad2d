//! The wire of MPI. With `mpi/survivors.rs`, the only file that names `mpi`. Knows messages by their length alone.
//!
//! Only the thread that has started MPI calls it. Messages are looked for with `Iprobe`: a receive that waits would keep a core
//! busy, and several libraries' matched probes and one-sided operations have been seen to fail or to stall. After the study was
//! shared there is no collective operation, so that one late rank holds up nobody.

mod survivors;

use std::time::{Duration, Instant};

use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator as _, Destination as _, Root as _, Source as _};
use mpi::{Rank, Threading};

use crate::schedule::mailbox::{Letter, Mailbox, Message, WORDS};

use survivors::Survivors;

/// The exit code of a program that has panicked.
const PANICKED: i32 = 101;

/// Bytes for messages on their way, and as many more for each rank: about a hundred messages.
const BUFFER: usize = 1 << 22;
const BUFFER_OF_A_RANK: usize = 1 << 16;

/// Where a rank was lost, rank 0 waits at the end until the others have left, at most so long, and looks so often.
const COURTESY: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(10);

/// A rank that ends all waits so long before it does: MPICH's launcher has been seen to drop what the rank had said just before.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A rank's end of the wire. When rank 0 drops it, the other ranks are let go.
pub struct Wire {
    world: SimpleCommunicator,
    survivors: Survivors,
    rank: usize,
    ranks: usize,
    has_shared: bool,
    /// Dropped at the end, which ends MPI.
    universe: Option<Universe>,
}

impl Wire {
    /// Starts MPI.
    ///
    /// # Errors
    /// Why it cannot be used: it was started before, or allows no computing threads beside it.
    pub fn start() -> Result<Self, String> {
        let (mut universe, provided) =
            mpi::initialize_with_threading(Threading::Funneled).ok_or("it was started before")?;
        if provided < Threading::Funneled {
            return Err(format!("it allows no threads ({provided:?})"));
        }
        let world = universe.world();
        universe.set_buffer_size(BUFFER + world.size() as usize * BUFFER_OF_A_RANK);
        Ok(Self {
            survivors: Survivors::of(&world),
            rank: world.rank() as usize,
            ranks: world.size() as usize,
            world,
            has_shared: false,
            universe: Some(universe),
        })
    }
}

impl Wire {
    /// Waits until the others have heard the farewell and left: a rank that was about to read it when rank 0 ended without the end
    /// of MPI has been seen to wait for it for ever (Open MPI 5.0.11).
    fn leave_last(&mut self) {
        let began = Instant::now();
        while self.survivors.count_lost() + 1 < self.ranks && began.elapsed() < COURTESY {
            std::thread::sleep(LOOK);
            // To look for messages moves those that are under way; how many are there does not matter any more.
            self.survivors.probe(&self.world);
            self.survivors.look(&self.world);
        }
    }

    /// Ends the job, once the launcher has passed on why.
    fn end_all(&self, code: i32) -> ! {
        std::thread::sleep(LAST_WORDS);
        self.world.abort(code)
    }
}

/// What the library calls itself, in its first line.
pub fn library() -> String {
    let text = mpi::environment::library_version().unwrap_or_default();
    text.lines().next().unwrap_or_default().trim_end_matches('\0').trim().to_owned()
}

/// What the library says that threads may do, by the names of MPI; `None` while no wire is there.
pub fn threading() -> Option<&'static str> {
    let is_running = mpi::environment::is_initialized() && !mpi::environment::is_finalized();
    is_running.then(|| match mpi::environment::threading_support() {
        Threading::Single => "MPI_THREAD_SINGLE",
        Threading::Funneled => "MPI_THREAD_FUNNELED",
        Threading::Serialized => "MPI_THREAD_SERIALIZED",
        Threading::Multiple => "MPI_THREAD_MULTIPLE",
    })
}

impl Mailbox for Wire {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.ranks
    }

    fn call_again(&mut self) {
        for other in 1..self.ranks {
            self.send(other, &Message::Again);
        }
        // Should it never be shared, nothing is what they get.
        self.has_shared = false;
    }

    fn share(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        self.has_shared = true;
        let root = self.world.process_at_rank(0);
        let mut length = bytes.len() as u64;
        root.broadcast_into(&mut length);
        bytes.resize(length as usize, 0);
        // MPI counts in 32 bits.
        for piece in bytes.chunks_mut(1 << 30) {
            root.broadcast_into(piece);
        }
        bytes
    }

    fn send(&mut self, to: usize, message: &Message) {
        if !self.survivors.is_lost(to) {
            let to = Rank::try_from(to).expect("MPI counts ranks so");
            // A plain send may wait for a reader that sleeps (Open MPI 4.1, shared memory): then nobody would see that it does.
            self.world.process_at_rank(to).buffered_send(&message.to_letter());
        }
    }

    fn receive(&mut self) -> Option<(usize, Message)> {
        loop {
            let from = self.survivors.probe(&self.world)?;
            let mut letter: Letter = [0; WORDS];
            self.world.process_at_rank(from).receive_into(&mut letter);
            if let Some(message) = Message::from_letter(&letter) {
                return Some((from as usize, message));
            }
        }
    }

    fn lost(&mut self) -> Vec<usize> {
        self.survivors.newly_lost()
    }

    fn abort(&mut self, code: u8) {
        self.end_all(i32::from(code))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.ranks > 1 && std::thread::panicking() {
            // To end MPI in good order would wait for the others, who wait for this rank.
            self.end_all(PANICKED);
        }
        if self.rank == 0 && !self.has_shared {
            // The others wait for a study that will not come: nothing is what they get.
            self.share(Vec::new());
        }
        if self.rank == 0 {
            for other in 1..self.ranks {
                self.send(other, &Message::Farewell);
            }
        }
        if self.survivors.look(&self.world) {
            if self.rank == 0 {
                self.leave_last();
            }
            // The end of MPI is collective, and was seen to wait for the dead.
            std::mem::forget(self.universe.take());
        }
    }
}
