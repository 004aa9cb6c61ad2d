//! Where ranks sit: which machine, how many of its cores, and whether two ranks share some. Knows no wire.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::schedule::mailbox::{MASK, Seat};
use crate::schedule::threads::{cores_of_the_machine, mask_of, physical_cores};

/// Where this process sits, with so many threads if it was asked for a number.
pub fn here(threads: Option<usize>) -> Seat {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Seat {
        host,
        process: std::process::id(),
        kind: number(&processor()),
        threads: threads.unwrap_or_else(physical_cores).max(1) as u32,
        is_asked: threads.is_some(),
        cores_of_the_machine: cores_of_the_machine() as u32,
        mask: mask_of(),
    }
}

/// What the processor calls itself; machines of one name are of one kind.
fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines().find(|line| line.starts_with("model name")).unwrap_or_default().to_owned()
}

fn number(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What is wrong with where ranks sit, with the remedy. An explicit `--threads` overrides this check.
pub fn conflict(seats: &[&Seat]) -> Option<String> {
    let mut machines: BTreeMap<&str, Vec<(usize, &Seat)>> = BTreeMap::new();
    for (rank, seat) in seats.iter().enumerate() {
        machines.entry(&seat.host).or_default().push((rank, seat));
    }
    machines.values().find_map(|ranks| shared_cores(ranks).or_else(|| idle_cores(ranks)))
}

/// Two ranks on the same cores, with more threads than there are.
fn shared_cores(ranks: &[(usize, &Seat)]) -> Option<String> {
    for (number, (first, seat)) in ranks.iter().enumerate() {
        for (second, other) in &ranks[number + 1..] {
            let is_shared = seat.mask.iter().zip(&other.mask).any(|(one, two)| one & two != 0);
            if is_shared && !(seat.is_asked && other.is_asked) {
                let remedy = "give each rank its own cores: one rank a machine (mpirun --map-by ppr:1:node --bind-to none, \
                              srun --ntasks-per-node=1 --cpu-bind=none), or say with --threads how many threads a rank has";
                return Some(format!(
                    "ranks {first} and {second} would compute on the same cores of {}; {remedy}",
                    seat.host
                ));
            }
        }
    }
    None
}

/// Ranks that are bound to one core each while their machine has cores that none of them may use.
fn idle_cores(ranks: &[(usize, &Seat)]) -> Option<String> {
    let mut used = [0; MASK];
    for (_, seat) in ranks {
        for (sum, word) in used.iter_mut().zip(&seat.mask) {
            *sum |= word;
        }
    }
    let used: u32 = used.iter().map(|word| word.count_ones()).sum();
    let (rank, seat) = ranks.iter().find(|(_, seat)| {
        !seat.is_asked && seat.mask.iter().map(|word| word.count_ones()).sum::<u32>() == 1
    })?;
    (used < seat.cores_of_the_machine).then(|| {
        format!(
            "rank {rank} is bound to one core of {}, which has {} for this job, and {} of them would stand idle; unbind it \
             (mpirun --map-by ppr:1:node --bind-to none, srun --cpu-bind=none, or srun -c with the cores of a rank), or say \
             --threads 1 to have it so",
            seat.host,
            seat.cores_of_the_machine,
            seat.cores_of_the_machine - used
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(host: u64, mask: u64, is_asked: bool, cores_of_the_machine: u32) -> Seat {
        let mut words = [0; MASK];
        words[0] = mask;
        let host = format!("node{host}");
        Seat { host, process: 1, mask: words, is_asked, cores_of_the_machine, threads: 1, kind: 0 }
    }

    #[test]
    fn ranks_on_cores_or_machines_of_their_own_are_fine() {
        let (first, second) = (seat(1, 0b0011, false, 4), seat(1, 0b1100, false, 4));
        let elsewhere = seat(2, 0b1111, false, 4);
        assert_eq!(conflict(&[&first, &second, &elsewhere]), None);
    }

    #[test]
    fn two_ranks_on_the_same_cores_are_refused_unless_their_threads_were_asked_for() {
        let (first, second) = (seat(1, 0b1111, false, 4), seat(1, 0b1000, false, 4));
        let text = conflict(&[&seat(2, 1, true, 4), &first, &second]).unwrap();
        assert!(
            text.contains("ranks 1 and 2") && text.contains("node1") && text.contains("--map-by"),
            "{text}"
        );
        assert_eq!(conflict(&[&seat(1, 0b1111, true, 4), &seat(1, 0b1000, true, 4)]), None);
    }

    #[test]
    fn a_rank_bound_to_one_core_of_many_is_refused() {
        let text = conflict(&[&seat(1, 0b0001, false, 8), &seat(1, 0b0010, false, 8)]).unwrap();
        assert!(text.contains("one core") && text.contains("6 of them"), "{text}");
        assert_eq!(conflict(&[&seat(1, 0b01, false, 2), &seat(1, 0b10, false, 2)]), None);
        assert_eq!(conflict(&[&seat(1, 0b0001, true, 8)]), None);
    }
}
