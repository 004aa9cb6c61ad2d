//! A cluster in simulated time: the coordinator and the grants of every rank are the real ones, only the clock, the wire and the
//! measuring are played. What happens next is what happens first; nobody waits.

#![allow(dead_code, reason = "every program that includes this file uses its own part of it")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ictus::schedule::mailbox::{Message, Seat};
use ictus::schedule::{Coordinator, Grants, Planner};
use ictus::space::{Space, Tile};
use ictus::store::Finished;

/// What the cluster is like.
pub(crate) struct Cluster<'a> {
    pub(crate) space: &'a Space,
    /// Seconds that one thread of the first kind of machine needs for a block, by cell and block.
    pub(crate) cost: &'a dyn Fn(u64, u32) -> f64,
    pub(crate) ranks: Vec<Rank>,
    /// Seconds that a message is on its way, with the pause of the one who looks for it.
    pub(crate) latency: f64,
    /// Seconds that rank 0 needs for a message.
    pub(crate) service: f64,
}

/// What a rank is like.
#[derive(Clone, Debug)]
pub(crate) struct Rank {
    pub(crate) threads: u32,
    /// How fast its threads are, against the first kind of machine.
    pub(crate) speed: f64,
    /// When it is ready.
    pub(crate) ready: f64,
    /// When it dies, if it does.
    pub(crate) dies: Option<f64>,
}

impl Rank {
    pub(crate) fn of(threads: u32) -> Self {
        Self { threads, speed: 1.0, ready: 0.0, dies: None }
    }
}

/// How a run went.
#[derive(Debug)]
pub(crate) struct Course {
    /// When the last tile was done.
    pub(crate) end: f64,
    /// The seconds of all threads of the first kind that the blocks cost, over those that the cluster had.
    pub(crate) efficiency: f64,
    /// Messages that rank 0 has read.
    pub(crate) messages: u64,
    /// Tiles that were granted.
    pub(crate) grants: u64,
    /// How often each block was measured by a rank that lived to say it, `[cell][block]`.
    pub(crate) measured: Vec<Vec<u8>>,
    /// How many blocks there are.
    pub(crate) blocks: u64,
    /// How busy rank 0 was with messages.
    pub(crate) load: f64,
    /// How many ranks were lost.
    pub(crate) lost: usize,
}

enum Event {
    ToCoordinator(usize, Message),
    ToRank(usize, Message),
    Measured(usize, Tile, f64),
    Death(usize),
}

struct State {
    grants: Grants,
    idle: u32,
    is_dead: bool,
    is_closing: bool,
    measured: Vec<Tile>,
}

/// What is still to happen, the earliest first.
#[derive(Default)]
struct Agenda {
    heap: BinaryHeap<Reverse<(u64, u64, usize)>>,
    events: Vec<Option<Event>>,
    free: Vec<usize>,
    number: u64,
}

impl Agenda {
    fn add(&mut self, time: f64, event: Event) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            self.events.len() - 1
        });
        self.events[place] = Some(event);
        self.number += 1;
        // Positive numbers are in the order of their bits.
        self.heap.push(Reverse((time.to_bits(), self.number, place)));
    }

    fn next(&mut self) -> Option<(f64, Event)> {
        let Reverse((time, _, place)) = self.heap.pop()?;
        self.free.push(place);
        Some((f64::from_bits(time), self.events[place].take()?))
    }
}

/// Runs everything; panics if it does not come to an end.
pub(crate) fn run(cluster: &Cluster<'_>) -> Course {
    let cells = cluster.space.cells();
    let planner = Planner::new(cells, Finished::new(cells), std::iter::empty(), 1, u64::MAX);
    let mut coordinator = Coordinator::new(planner, cluster.ranks.len(), None, 0.0);
    let mut states: Vec<State> = cluster
        .ranks
        .iter()
        .map(|rank| State {
            grants: Grants::new(rank.threads as usize, u32::MAX),
            idle: rank.threads,
            is_dead: false,
            is_closing: false,
            measured: Vec::new(),
        })
        .collect();
    let mut agenda = Agenda::default();
    for (number, rank) in cluster.ranks.iter().enumerate() {
        let seat = Seat {
            host: format!("node{number}"),
            kind: rank.speed.to_bits(),
            threads: rank.threads,
            ..Seat::default()
        };
        agenda.add(rank.ready + cluster.latency, Event::ToCoordinator(number, Message::Ready(seat)));
        if let Some(death) = rank.dies {
            agenda.add(death, Event::Death(number));
        }
    }
    let (mut end, mut free_from, mut messages) = (0.0f64, 0.0f64, 0u64);
    while let Some((now, event)) = agenda.next() {
        let touched = match event {
            Event::ToCoordinator(from, message) => {
                messages += 1;
                free_from = free_from.max(now) + cluster.service;
                coordinator.receive(from, &message, now);
                None
            }
            Event::Death(rank) => {
                states[rank].is_dead = true;
                coordinator.lose(rank, now);
                None
            }
            Event::ToRank(rank, message) => {
                let state = &mut states[rank];
                match message {
                    Message::Grant(tile) => state.grants.add(tile),
                    Message::Finish | Message::Stop => state.is_closing = true,
                    _ => {}
                }
                Some(rank)
            }
            Event::Measured(rank, tile, seconds) => {
                let state = &mut states[rank];
                state.idle += 1;
                if !state.is_dead {
                    end = end.max(now);
                    state.grants.completed(tile, seconds);
                    state.measured.push(tile);
                    for message in state.grants.news() {
                        agenda.add(now + cluster.latency, Event::ToCoordinator(rank, message));
                    }
                }
                Some(rank)
            }
        };
        while let Some((to, message)) = coordinator.outgoing() {
            agenda.add(free_from.max(now) + cluster.latency, Event::ToRank(to, message));
        }
        if let Some(rank) = touched {
            begin(cluster, rank, &mut states[rank], &mut agenda, now);
        }
    }
    assert!(coordinator.is_over(), "the run comes to an end");
    let load = messages as f64 * cluster.service / end;
    let (measured, blocks) = count(cluster.space, &states);
    let seconds: f64 = (0..cells.count())
        .flat_map(|cell| (0..cells.cell(cell).blocks()).map(move |block| (cell, block)))
        .map(|(cell, block)| (cluster.cost)(cell, block))
        .sum();
    let strength: f64 = cluster.ranks.iter().map(|rank| f64::from(rank.threads) * rank.speed).sum();
    Course {
        end,
        efficiency: seconds / (strength * end),
        messages,
        grants: coordinator.granted(),
        measured,
        blocks,
        load,
        lost: coordinator.lost(),
    }
}

/// Lets idle threads of a rank begin, and lets it close its journal once it has nothing more.
fn begin(cluster: &Cluster<'_>, rank: usize, state: &mut State, agenda: &mut Agenda, now: f64) {
    if state.is_dead {
        return;
    }
    let Rank { threads, speed, .. } = cluster.ranks[rank];
    while state.idle > 0
        && let Some(tile) = state.grants.draw()
    {
        state.idle -= 1;
        let blocks = tile.first..tile.first + tile.count;
        let seconds = blocks.map(|block| (cluster.cost)(tile.cell, block)).sum::<f64>() / speed;
        agenda.add(now + seconds, Event::Measured(rank, tile, seconds));
    }
    if state.idle == threads && std::mem::take(&mut state.is_closing) {
        agenda.add(now + cluster.latency, Event::ToCoordinator(rank, Message::Closed));
    }
}

/// How often each block was measured, `[cell][block]`, and how many there are.
fn count(space: &Space, states: &[State]) -> (Vec<Vec<u8>>, u64) {
    let cells = space.cells();
    let blocks = |cell: u64| cells.cell(cell).blocks() as usize;
    let mut measured: Vec<Vec<u8>> = (0..cells.count()).map(|cell| vec![0; blocks(cell)]).collect();
    for tile in states.iter().flat_map(|state| &state.measured) {
        for block in tile.first..tile.first + tile.count {
            measured[tile.cell as usize][block as usize] += 1;
        }
    }
    let all = measured.iter().map(|cell| cell.len() as u64).sum();
    (measured, all)
}
