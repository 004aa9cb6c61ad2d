//! The writer: the one thread of a process that appends to its journal, so that computing threads never wait for a disk unless
//! the queue is full. Knows frames as bytes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::space::Tile;
use crate::store::claim::Claim;
use crate::store::frame::{self, Form, Note};
use crate::store::journal::{Found, Journal};
use crate::store::{Checkpoints, StoreError};
use crate::table::Table;

/// A power loss costs at most this much work, beyond what a kill costs.
const SYNC_INTERVAL: Duration = Duration::from_secs(15);

/// How often the writer wakes up without work, to keep the claim alive.
const WAKE: Duration = Duration::from_secs(5);

/// What is on its way to the journal.
#[derive(Debug)]
enum Errand {
    /// A finished tile.
    Rows { tile: Tile, seconds: f32, bytes: Vec<u8> },
    /// Blocks whose rows were handed over, and of which a checkpoint is there.
    Forget(Vec<Tile>),
    /// A note, and who waits until it is written.
    Note { note: Note, written: Option<SyncSender<()>> },
}

/// The journal's thread, with a bounded queue before it.
#[derive(Debug)]
pub struct Writer {
    /// `None` once nothing more is to be written.
    sender: Option<SyncSender<Errand>>,
    thread: JoinHandle<Work>,
    checkpoints: Checkpoints,
    form: Arc<Form>,
}

/// What the writer's thread has in hand.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) journal: Journal,
    checkpoints: Checkpoints,
    form: Arc<Form>,
    /// `None` where the folder is shared, or another process holds the claim.
    pub(super) claim: Option<Claim>,
    pub(super) found: Vec<Found>,
    pub(super) result: Result<(), StoreError>,
}

/// A computing thread's end of the queue.
#[derive(Clone, Debug)]
pub struct Inlet {
    sender: SyncSender<Errand>,
    checkpoints: Checkpoints,
    form: Arc<Form>,
}

impl Inlet {
    /// Makes a frame of a tile's rows and hands it over; waits while the queue is full. Gives `false` when the writer has failed,
    /// so that there is no use in going on.
    ///
    /// # Panics
    /// When the rows are not those of the tile: a bug, which must not become a frame.
    pub fn hand_over(&self, tile: Tile, seconds: f32, status: &[u8], features: &Table) -> bool {
        let bytes = frame::encode(&self.form, tile, seconds, status, features);
        self.sender.send(Errand::Rows { tile, seconds, bytes }).is_ok()
    }

    /// The blocks of the folder that are begun.
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Lets go of the checkpoints of blocks, once the rows that were handed over before are safe. Gives `false` when the writer has
    /// failed.
    pub fn forget(&self, blocks: Vec<Tile>) -> bool {
        blocks.is_empty() || self.sender.send(Errand::Forget(blocks)).is_ok()
    }

    /// Notes that what was done of a tile that was begun is kept: to die later is no death of it, since the next process begins
    /// elsewhere. Gives `false` when the writer has failed.
    pub fn kept(&self, tile: Tile) -> bool {
        self.sender.send(Errand::Note { note: Note::Kept { tile }, written: None }).is_ok()
    }

    /// Notes that a tile is about to be measured, or one point of it by its number in the cell while nothing else is measured. If it
    /// is awaited, the note is in the journal when this returns, whatever happens to the process then. Gives `false` when the writer
    /// has failed.
    pub fn begin(&self, tile: Tile, point: Option<u32>, is_awaited: bool) -> bool {
        let note = Note::Begun { tile, point };
        if !is_awaited {
            return self.sender.send(Errand::Note { note, written: None }).is_ok();
        }
        let (written, wait) = sync_channel(1);
        self.sender.send(Errand::Note { note, written: Some(written) }).is_ok() && wait.recv().is_ok()
    }
}

impl Writer {
    /// Starts the thread; `queue` frames may wait.
    pub(super) fn start(
        journal: Journal,
        claim: Option<Claim>,
        form: Form,
        checkpoints: Checkpoints,
        queue: usize,
    ) -> Self {
        let (sender, receiver) = sync_channel(queue);
        let form = Arc::new(form);
        let (of_thread, own) = (Arc::clone(&form), checkpoints.clone());
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let mut work =
                Work { journal, claim, form: of_thread, checkpoints: own, found: Vec::new(), result: Ok(()) };
            work.result = work.run(&receiver);
            if work.result.is_err() {
                // A disk that refuses is no death of the points in hand.
                work.journal.abandon(work.form.tag);
            }
            work
        });
        let thread = thread.expect("a machine that runs a program can start a thread");
        Self { sender: Some(sender), thread, form, checkpoints }
    }

    /// An end of the queue for a computing thread.
    ///
    /// # Panics
    /// After [`Writer::seal`].
    pub fn inlet(&self) -> Inlet {
        let sender = self.sender.clone().expect("a writer that is sealed has no inlets");
        Inlet { sender, form: Arc::clone(&self.form), checkpoints: self.checkpoints.clone() }
    }

    /// Says that nothing more will be handed over: once all inlets are gone too, the thread writes and syncs the rest and ends.
    pub fn seal(&mut self) {
        self.sender = None;
    }

    /// Whether the thread has ended: since it has failed, or, after [`Writer::seal`], since all is done.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until everything is written and synced. All inlets must be gone.
    pub(super) fn close(mut self) -> Work {
        self.seal();
        self.thread.join().expect("the writer does not panic")
    }
}

impl Work {
    fn run(&mut self, receiver: &Receiver<Errand>) -> Result<(), StoreError> {
        let mut synced = Instant::now();
        let mut is_dirty = false;
        let mut is_untouched = true;
        loop {
            let errand = receiver.recv_timeout(WAKE);
            is_untouched &= errand.is_err();
            match errand {
                Ok(Errand::Rows { tile, seconds, bytes }) => {
                    let offset = self.journal.append(&bytes)?;
                    self.found.push(Found { offset, tile, seconds });
                    is_dirty = true;
                }
                Ok(Errand::Forget(blocks)) => {
                    // A power loss must not leave neither.
                    self.journal.sync()?;
                    self.checkpoints.forget(&blocks);
                }
                Ok(Errand::Note { note, written }) => {
                    self.journal.append(&frame::encode_note(self.form.tag, note))?;
                    // Whoever waits may have been sent home.
                    let _ = written.map(|written| written.send(()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                // As of a rank that was refused, or came when all was done.
                Err(RecvTimeoutError::Disconnected) if is_untouched => return self.journal.remove(),
                Err(RecvTimeoutError::Disconnected) => {
                    self.journal.append(&frame::encode_note(self.form.tag, Note::Closed))?;
                    return self.journal.sync();
                }
            }
            if let Some(claim) = &mut self.claim {
                claim.beat()?;
            }
            if is_dirty && synced.elapsed() >= SYNC_INTERVAL {
                self.journal.sync()?;
                synced = Instant::now();
                is_dirty = false;
            }
        }
    }
}
