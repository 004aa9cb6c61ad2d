//! Whether messages between ranks arrive, before a run depends on it: rank 0 sends every rank the same bytes and then short messages,
//! which come back. Knows neither MPI nor runs.

use std::time::{Duration, Instant};

use crate::schedule::clerk::{IDLE_PAUSE, Pause, SHORTEST_PAUSE};
use crate::schedule::clock::Clock;
use crate::schedule::mailbox::{Mailbox, Message, Seat};
use crate::schedule::seats;

/// What every rank is sent: larger than what MPI libraries send in one packet, as the text of a study may be.
const BYTES: usize = 1_000_000;

/// Messages there and back of each rank; the median counts.
const TRIPS: u64 = 51;

/// Seconds after which a rank that has not answered is given up.
const PATIENCE: f64 = 30.0;

/// What was found.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Where each rank runs, rank 0 first.
    pub seats: Vec<Seat>,
    /// How many bytes each has received from rank 0.
    pub bytes: usize,
    /// The median time of a message to each rank from 1 on and back.
    pub round_trips: Vec<Duration>,
}

impl Exchange {
    /// How many different machines the ranks run on.
    pub fn machines(&self) -> usize {
        let hosts: std::collections::BTreeSet<&str> =
            self.seats.iter().map(|seat| seat.host.as_str()).collect();
        hosts.len()
    }

    /// The rank that answers last, and how long a message to it and back takes.
    pub fn slowest(&self) -> Option<(usize, Duration)> {
        (1..).zip(self.round_trips.iter().copied()).max_by_key(|(_, time)| *time)
    }
}

/// Why ranks cannot work together, although the launcher has started them.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// No answer.
    #[error(
        "rank {rank} has not answered within {PATIENCE} s; see whether the nodes reach each other over the network that MPI has chosen (Open MPI: `mpirun --mca btl_tcp_if_include INTERFACE`, MPICH: `mpirun -iface INTERFACE`)"
    )]
    Silent {
        /// The first of them.
        rank: usize,
    },
    /// Another answer.
    #[error(
        "rank {rank} on {host} has received other bytes than rank 0 sent; see to the MPI installation and the network of that node"
    )]
    Altered {
        /// The rank.
        rank: usize,
        /// Where it runs.
        host: String,
    },
    /// It has died.
    #[error("rank {rank} has died during the exchange; see to its node")]
    Lost {
        /// The rank.
        rank: usize,
    },
}

/// Rank 0's part: sends, and compares what comes back. The other ranks are in [`answer`] meanwhile, and stay there until they hear the
/// farewell.
///
/// # Errors
/// When a rank does not answer, or answers something else.
pub fn lead(mailbox: &mut dyn Mailbox, clock: &Clock) -> Result<Exchange, ExchangeError> {
    let bytes = noise(u64::from(std::process::id()));
    let sum = checksum(&bytes);
    mailbox.share(bytes);
    let ranks = mailbox.ranks();
    let mut seats = vec![None; ranks];
    seats[0] = Some(seats::here(None));
    let mut has_answered = vec![false; ranks];
    has_answered[0] = true;
    let mut pause = Pause(SHORTEST_PAUSE);
    let began = clock.seconds();
    while let Some(rank) = has_answered.iter().position(|has| !has) {
        match next(mailbox)? {
            Some((from, Message::Ready(seat))) => seats[from] = Some(seat),
            Some((from, Message::Echo(number))) => {
                if number != sum {
                    let host = seats[from].take().unwrap_or_default().host;
                    return Err(ExchangeError::Altered { rank: from, host });
                }
                has_answered[from] = true;
            }
            Some(_) => {}
            None if clock.seconds() - began > PATIENCE => return Err(ExchangeError::Silent { rank }),
            None => std::thread::sleep(pause.after(false, IDLE_PAUSE)),
        }
    }
    // A rank says where it is before it says what came.
    let seats: Vec<Seat> = seats.into_iter().flatten().collect();
    let trip = |(rank, seat): (usize, &Seat)| median_trip(mailbox, rank, &seat.host, clock);
    let round_trips = seats.iter().enumerate().skip(1).map(trip).collect::<Result<_, _>>()?;
    Ok(Exchange { seats, bytes: BYTES, round_trips })
}

/// The part of the other ranks: sends back what comes, until rank 0 says farewell or is lost.
pub fn answer(mailbox: &mut dyn Mailbox) {
    let bytes = mailbox.share(Vec::new());
    mailbox.send(0, &Message::Ready(seats::here(None)));
    mailbox.send(0, &Message::Echo(checksum(&bytes)));
    let mut last = Instant::now();
    let mut pause = Pause(SHORTEST_PAUSE);
    while !mailbox.lost().contains(&0) {
        match mailbox.receive() {
            Some((_, Message::Farewell)) => return,
            Some((from, message @ Message::Echo(_))) => {
                mailbox.send(from, &message);
                last = Instant::now();
                pause = Pause(SHORTEST_PAUSE);
            }
            // Whoever sleeps answers late, and the time of sleep would be taken for that of the network.
            _ if last.elapsed() < IDLE_PAUSE => std::thread::yield_now(),
            _ => std::thread::sleep(pause.after(false, IDLE_PAUSE)),
        }
    }
}

/// The median time of a short message to a rank and back.
fn median_trip(
    mailbox: &mut dyn Mailbox,
    rank: usize,
    host: &str,
    clock: &Clock,
) -> Result<Duration, ExchangeError> {
    let mut times = Vec::with_capacity(TRIPS as usize);
    for number in 0..TRIPS {
        let (sent, began) = (Instant::now(), clock.seconds());
        mailbox.send(rank, &Message::Echo(number));
        loop {
            match next(mailbox)? {
                Some((from, Message::Echo(back))) if from == rank => {
                    if back != number {
                        return Err(ExchangeError::Altered { rank, host: host.to_owned() });
                    }
                    times.push(sent.elapsed());
                    break;
                }
                Some(_) => {}
                None if clock.seconds() - began > PATIENCE => return Err(ExchangeError::Silent { rank }),
                None => std::thread::yield_now(),
            }
        }
    }
    times.sort();
    Ok(times[times.len() / 2])
}

/// The next message, if one has come.
fn next(mailbox: &mut dyn Mailbox) -> Result<Option<(usize, Message)>, ExchangeError> {
    let message = mailbox.receive();
    if message.is_none()
        && let Some(&rank) = mailbox.lost().first()
    {
        return Err(ExchangeError::Lost { rank });
    }
    Ok(message)
}

/// Bytes without a pattern that a broken network might repeat: Marsaglia's xorshift64 (2003, J Stat Softw 8:14).
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..BYTES / 8).flat_map(|_| word().to_le_bytes()).collect()
}

/// FNV-1a, 64 bits (Fowler, Noll & Vo; RFC 9923).
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::mailbox::{Slot, memory};

    type Part = Box<dyn FnOnce(Slot) + Send>;

    /// Rank 0's part over a wire of memory, whose other ends do what they are given.
    fn led(others: Vec<Part>, clock: &Clock) -> Result<Exchange, ExchangeError> {
        let mut slots = memory(others.len() + 1);
        let mut first = slots.remove(0);
        std::thread::scope(|scope| {
            for (slot, part) in slots.into_iter().zip(others) {
                scope.spawn(move || part(slot));
            }
            let exchange = lead(&mut first, clock);
            (1..first.ranks()).for_each(|rank| first.send(rank, &Message::Farewell));
            exchange
        })
    }

    fn answering() -> Part {
        Box::new(|mut slot| answer(&mut slot))
    }

    #[test]
    fn every_rank_answers_and_is_timed() {
        let exchange =
            led(vec![answering(), answering(), answering()], &Clock::of_the_machine()).expect("all answer");
        assert_eq!((exchange.seats.len(), exchange.round_trips.len()), (4, 3));
        assert_eq!(exchange.machines(), 1, "threads of one machine");
        let (rank, time) = exchange.slowest().expect("three trips");
        assert!((1..4).contains(&rank) && time == *exchange.round_trips.iter().max().expect("three"));
    }

    #[test]
    fn one_changed_bit_is_found() {
        let altering: Part = Box::new(|mut slot| {
            let mut bytes = slot.share(Vec::new());
            bytes[BYTES / 2] ^= 1;
            slot.send(0, &Message::Ready(Seat { host: "n7".into(), ..Seat::default() }));
            slot.send(0, &Message::Echo(checksum(&bytes)));
        });
        let error = led(vec![answering(), altering], &Clock::of_the_machine()).expect_err("a bit differs");
        assert!(matches!(error, ExchangeError::Altered { rank: 2, .. }), "{error}");
        assert!(error.to_string().contains("rank 2 on n7"), "{error}");
    }

    #[test]
    fn a_rank_that_dies_is_named() {
        let dying: Part = Box::new(|mut slot| drop(slot.share(Vec::new())));
        let error = led(vec![dying, answering()], &Clock::of_the_machine()).expect_err("one is dead");
        assert!(matches!(error, ExchangeError::Lost { rank: 1 }), "{error}");
    }

    #[test]
    fn a_rank_that_is_silent_for_longer_than_the_patience_is_named() {
        let clock = Clock::played();
        let hand = clock.clone();
        let silent: Part = Box::new(move |mut slot| {
            slot.share(Vec::new());
            while !matches!(slot.receive(), Some((_, Message::Farewell))) {
                hand.advance(PATIENCE);
                std::thread::yield_now();
            }
        });
        let error = led(vec![silent], &clock).expect_err("one is silent");
        assert!(matches!(error, ExchangeError::Silent { rank: 1 }), "{error}");
        assert!(error.to_string().contains("btl_tcp_if_include"), "{error}");
    }

    #[test]
    fn the_checksum_is_that_of_its_authors() {
        // Test vectors of RFC 9923, 64 bits: of nothing, "a" and "foobar".
        for (text, sum) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(checksum(text.as_bytes()), sum, "{text}");
        }
    }
}
