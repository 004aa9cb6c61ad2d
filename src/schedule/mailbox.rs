//! What ranks say to each other, and the wire they say it over: short messages of one fixed size, sent and received without
//! waiting. Knows neither MPI nor what the messages make anybody do. [`memory`] is a wire between threads of one process.

use std::sync::mpsc::{Receiver, Sender, channel};

use crate::experiment::Status;
use crate::space::Tile;

/// The length of every message, in 64-bit words.
pub const WORDS: usize = 48;

/// A message as it travels.
pub type Letter = [u64; WORDS];

/// Ranks count so many regimes for the coordinator, which shows them while the run goes on; the map knows all.
pub const MOST_REGIMES: usize = 24;

/// The words of a mask of processors.
pub const MASK: usize = 16;

/// Where a rank runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// The machine.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// What kind of machine it is: machines of one kind are taken to be equally fast.
    pub kind: u64,
    /// How many threads compute.
    pub threads: u32,
    /// Whether that number was asked for, rather than found.
    pub is_asked: bool,
    /// How many cores the machine has for the whole job.
    pub cores_of_the_machine: u32,
    /// The processors that the rank may run on, a bit each.
    pub mask: [u64; MASK],
}

/// How a rank is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Beat {
    /// How many of its threads are measuring.
    pub computing: u32,
    /// How many wait for the disk.
    pub writing: u32,
    /// Points it has measured.
    pub computed: u64,
    /// How they ended, by the number of the status.
    pub statuses: [u64; Status::ALL.len()],
    /// Their regimes, by number.
    pub regimes: [u64; MOST_REGIMES],
    /// The longest that a thread has needed for a tile, in seconds.
    pub slowest: f64,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// From a worker: it has the study, its journal is open, and it can begin.
    Ready(Seat),
    /// From a worker: it cannot take part, and why.
    Refused(String),
    /// From a worker: a tile that was granted is measured and on its way to the journal; all threads together needed so many
    /// seconds.
    Done {
        /// The tile, as it was granted.
        tile: Tile,
        /// The sum over its threads.
        seconds: f64,
        /// How many blocks of the tiles that it still holds are measured.
        ahead: u32,
    },
    /// From a worker that has little left to begin: how many blocks of the tiles that it holds are measured.
    Ahead(u32),
    /// From a worker: it is alive, and how far it has come.
    Beat(Beat),
    /// From a worker: what a panic at a point has said.
    Note(String),
    /// From a worker: a signal wants the run to stop.
    Stopping,
    /// From a worker: it cannot go on, and why.
    Failed(String),
    /// From a worker, its last: its journal is synced and closed.
    Closed,
    /// From the coordinator: a tile to measure.
    Grant(Tile),
    /// From the coordinator: a beat was heard.
    Heard,
    /// From the coordinator: there will be no more tiles; close the journal when those that were granted are done.
    Finish,
    /// From the coordinator: leave what has not been begun, and close the journal.
    Stop,
    /// From the coordinator, its last: nothing more is wanted.
    Farewell,
    /// From the coordinator, after a worker has closed its journal: another study will be shared.
    Again,
    /// A number, which whoever it is sent to sends back.
    Echo(u64),
}

impl Message {
    /// The message as it travels. Texts are cut to what fits.
    pub fn to_letter(&self) -> Letter {
        let mut letter = [0; WORDS];
        letter[0] = self.number();
        let body = &mut letter[1..];
        match self {
            Self::Ready(seat) => {
                body[0] = u64::from(seat.threads) << 32 | u64::from(seat.cores_of_the_machine);
                body[1] = u64::from(seat.is_asked);
                body[2] = u64::from(seat.process);
                body[3] = seat.kind;
                body[4..4 + MASK].copy_from_slice(&seat.mask);
                put_text(&seat.host, &mut body[4 + MASK..]);
            }
            Self::Refused(text) | Self::Note(text) | Self::Failed(text) => put_text(text, body),
            Self::Done { tile, seconds, ahead } => {
                put_tile(*tile, body);
                body[2] = seconds.to_bits();
                body[3] = u64::from(*ahead);
            }
            Self::Ahead(blocks) => body[0] = u64::from(*blocks),
            Self::Echo(number) => body[0] = *number,
            Self::Beat(beat) => {
                body[0] = u64::from(beat.computing) << 32 | u64::from(beat.writing);
                body[1] = beat.computed;
                body[2] = beat.slowest.to_bits();
                let (statuses, rest) = body[3..].split_at_mut(beat.statuses.len());
                statuses.copy_from_slice(&beat.statuses);
                rest[..MOST_REGIMES].copy_from_slice(&beat.regimes);
            }
            Self::Grant(tile) => put_tile(*tile, body),
            Self::Stopping
            | Self::Closed
            | Self::Heard
            | Self::Finish
            | Self::Stop
            | Self::Farewell
            | Self::Again => {}
        }
        letter
    }

    /// The message of a letter; `None` for a letter that this version does not write.
    pub fn from_letter(letter: &Letter) -> Option<Self> {
        let body = &letter[1..];
        Some(match letter[0] {
            1 => Self::Ready(Seat {
                threads: (body[0] >> 32) as u32,
                cores_of_the_machine: body[0] as u32,
                is_asked: body[1] != 0,
                process: body[2] as u32,
                kind: body[3],
                mask: std::array::from_fn(|word| body[4 + word]),
                host: text(&body[4 + MASK..]),
            }),
            2 => Self::Refused(text(body)),
            3 => Self::Done { tile: tile(body), seconds: f64::from_bits(body[2]), ahead: body[3] as u32 },
            4 => Self::Beat(Beat {
                computing: (body[0] >> 32) as u32,
                writing: body[0] as u32,
                computed: body[1],
                slowest: f64::from_bits(body[2]),
                statuses: std::array::from_fn(|number| body[3 + number]),
                regimes: std::array::from_fn(|number| body[3 + Status::ALL.len() + number]),
            }),
            5 => Self::Note(text(body)),
            6 => Self::Stopping,
            7 => Self::Failed(text(body)),
            8 => Self::Closed,
            9 => Self::Grant(tile(body)),
            10 => Self::Heard,
            11 => Self::Finish,
            12 => Self::Stop,
            13 => Self::Farewell,
            14 => Self::Ahead(body[0] as u32),
            15 => Self::Again,
            16 => Self::Echo(body[0]),
            _ => return None,
        })
    }

    fn number(&self) -> u64 {
        match self {
            Self::Ready(_) => 1,
            Self::Refused(_) => 2,
            Self::Done { .. } => 3,
            Self::Beat(_) => 4,
            Self::Note(_) => 5,
            Self::Stopping => 6,
            Self::Failed(_) => 7,
            Self::Closed => 8,
            Self::Grant(_) => 9,
            Self::Heard => 10,
            Self::Finish => 11,
            Self::Stop => 12,
            Self::Farewell => 13,
            Self::Ahead(_) => 14,
            Self::Again => 15,
            Self::Echo(_) => 16,
        }
    }
}

fn put_tile(tile: Tile, body: &mut [u64]) {
    body[0] = tile.cell;
    body[1] = u64::from(tile.first) << 32 | u64::from(tile.count);
}

fn tile(body: &[u64]) -> Tile {
    Tile { cell: body[0], first: (body[1] >> 32) as u32, count: body[1] as u32 }
}

fn put_text(text: &str, body: &mut [u64]) {
    let room = text.len().min(8 * (body.len() - 1));
    let length = (0..=room).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    body[0] = length as u64;
    for (word, bytes) in body[1..].iter_mut().zip(text.as_bytes()[..length].chunks(8)) {
        let mut whole = [0; 8];
        whole[..bytes.len()].copy_from_slice(bytes);
        *word = u64::from_le_bytes(whole);
    }
}

fn text(body: &[u64]) -> String {
    let bytes: Vec<u8> = body[1..].iter().flat_map(|word| word.to_le_bytes()).collect();
    let length = bytes.len().min(body[0] as usize);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

/// A rank's end of the wire. Rank 0 coordinates.
pub trait Mailbox {
    /// Who this is.
    fn rank(&self) -> usize;

    /// How many ranks there are.
    fn ranks(&self) -> usize;

    /// Gives every rank the bytes that rank 0 has; the others' own are ignored. All ranks call it once, before anything else, and
    /// once more whenever rank 0 has called [`Mailbox::call_again`].
    fn share(&mut self, bytes: Vec<u8>) -> Vec<u8>;

    /// Rank 0 will share something once more, when the others have ended what they were at.
    fn call_again(&mut self) {
        for other in 1..self.ranks() {
            self.send(other, &Message::Again);
        }
    }

    /// Sends a message, without waiting for anybody to read it. A message to a rank that is lost goes nowhere.
    fn send(&mut self, to: usize, message: &Message);

    /// The next message that has come, and from whom. Messages of one rank come in the order in which they were sent.
    fn receive(&mut self) -> Option<(usize, Message)>;

    /// The ranks that were found lost since the last call, where the wire can tell.
    fn lost(&mut self) -> Vec<usize>;

    /// Ends all ranks at once, with an exit code. Returns where the wire cannot do that.
    fn abort(&mut self, code: u8);
}

/// A mailbox between threads of one process.
#[derive(Debug)]
pub struct Slot {
    rank: usize,
    inlet: Receiver<(usize, Letter)>,
    outlets: Vec<Sender<(usize, Letter)>>,
    shared: Receiver<Vec<u8>>,
    share_with: Vec<Sender<Vec<u8>>>,
    lost: Vec<usize>,
}

/// The first word of what a mailbox says when it is dropped.
const GONE: u64 = u64::MAX;

impl Drop for Slot {
    fn drop(&mut self) {
        let mut letter = [0; WORDS];
        letter[0] = GONE;
        for outlet in &self.outlets {
            // Whoever is gone too need not know.
            let _ = outlet.send((self.rank, letter));
        }
    }
}

/// Mailboxes for so many ranks, joined with each other.
pub fn memory(ranks: usize) -> Vec<Slot> {
    let (outlets, inlets): (Vec<_>, Vec<_>) = (0..ranks).map(|_| channel()).unzip();
    let (share_with, shared): (Vec<_>, Vec<_>) = (0..ranks).map(|_| channel()).unzip();
    let slot = |(rank, (inlet, shared))| Slot {
        rank,
        inlet,
        outlets: outlets.clone(),
        shared,
        share_with: if rank == 0 { share_with.clone() } else { Vec::new() },
        lost: Vec::new(),
    };
    inlets.into_iter().zip(shared).enumerate().map(slot).collect()
}

impl Mailbox for Slot {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.outlets.len()
    }

    fn share(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        for other in &self.share_with {
            // A rank that is gone needs nothing.
            let _ = other.send(bytes.clone());
        }
        self.shared.recv().unwrap_or_default()
    }

    fn send(&mut self, to: usize, message: &Message) {
        // A rank that is gone reads nothing.
        let _ = self.outlets[to].send((self.rank, message.to_letter()));
    }

    fn receive(&mut self) -> Option<(usize, Message)> {
        while let Ok((from, letter)) = self.inlet.try_recv() {
            if letter[0] == GONE {
                self.lost.push(from);
            } else if let Some(message) = Message::from_letter(&letter) {
                return Some((from, message));
            }
        }
        None
    }

    fn lost(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.lost)
    }

    fn abort(&mut self, _code: u8) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_arrives_as_it_was_sent() {
        let tile = Tile { cell: u64::MAX - 3, first: u32::MAX, count: 7 };
        let seat = Seat {
            host: "a machine".into(),
            process: 12,
            kind: u64::MAX,
            threads: 128,
            is_asked: true,
            cores_of_the_machine: 256,
            mask: std::array::from_fn(|word| word as u64),
        };
        let beat = Beat {
            computing: 3,
            writing: u32::MAX,
            computed: 1 << 60,
            statuses: [1, 2, 3, 4, 5, 6, 7, 8],
            regimes: std::array::from_fn(|number| number as u64),
            slowest: 0.1,
        };
        let [mut first, mut second] = <[Slot; 2]>::try_from(memory(2)).unwrap();
        for message in [
            Message::Ready(seat),
            Message::Refused("no".into()),
            Message::Done { tile, seconds: 1.5, ahead: 12 },
            Message::Ahead(7),
            Message::Beat(beat),
            Message::Note(String::new()),
            Message::Stopping,
            Message::Failed("no room".into()),
            Message::Closed,
            Message::Grant(tile),
            Message::Heard,
            Message::Finish,
            Message::Stop,
            Message::Farewell,
            Message::Again,
            Message::Echo(u64::MAX - 1),
        ] {
            first.send(1, &message);
            assert_eq!(second.receive(), Some((0, message)));
        }
        assert_eq!(second.receive(), None);
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_letters() {
        let long = "ü".repeat(1000);
        let Some(Message::Failed(text)) = Message::from_letter(&Message::Failed(long.clone()).to_letter())
        else {
            panic!("another message");
        };
        assert!(text.len() > 300 && long.starts_with(&text), "{text}");
    }

    #[test]
    fn a_letter_of_another_version_is_passed_over() {
        assert_eq!(Message::from_letter(&[99; WORDS]), None);
    }

    #[test]
    fn a_rank_whose_mailbox_is_gone_is_found_lost_once() {
        let mut slots = memory(2);
        slots[1].send(0, &Message::Closed);
        drop(slots.pop());
        assert_eq!(slots[0].receive(), Some((1, Message::Closed)));
        assert_eq!(slots[0].receive(), None);
        assert_eq!(slots[0].lost(), [1]);
        assert!(slots[0].lost().is_empty());
    }
}
