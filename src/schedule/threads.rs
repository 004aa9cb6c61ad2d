//! How many threads this process should compute with, and how long one has. Knows nothing of what they compute.

use std::collections::HashSet;

use crate::schedule::mailbox::MASK;

/// The physical cores that this process may use: those of its affinity mask, one for all hardware threads of a core, and not
/// more than a container's quota of processor time lets run.
pub fn physical_cores() -> usize {
    let quota = std::thread::available_parallelism().map_or(1, usize::from);
    let Ok(mask) = rustix::thread::sched_getaffinity(None) else {
        return quota;
    };
    let siblings = |cpu: usize| {
        let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        std::fs::read_to_string(path).unwrap_or_else(|_| cpu.to_string())
    };
    let cpus = (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| mask.is_set(cpu));
    let cores: HashSet<String> = cpus.map(siblings).collect();
    cores.len().clamp(1, quota)
}

/// The processors of the affinity mask, a bit each; those beyond the last bit are left out.
pub(super) fn mask_of() -> [u64; MASK] {
    let mut words = [0; MASK];
    if let Ok(mask) = rustix::thread::sched_getaffinity(None) {
        for cpu in (0..64 * MASK).filter(|&cpu| mask.is_set(cpu)) {
            words[cpu / 64] |= 1 << (cpu % 64);
        }
    }
    words
}

/// The processors that the machine has for this job: those of its control group, or all that are switched on; not more than
/// Slurm has allocated.
pub fn cores_of_the_machine() -> usize {
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    let places = [
        format!("/sys/fs/cgroup{}/cpuset.cpus.effective", group.trim_end_matches('/')),
        "/sys/fs/cgroup/cpuset.cpus.effective".to_owned(),
        "/sys/devices/system/cpu/online".to_owned(),
    ];
    let read = |place: &String| std::fs::read_to_string(place).ok().map(|list| length_of_list(&list));
    let all = places.iter().find_map(read).filter(|&count| count > 0).unwrap_or(1);
    let allocated = std::env::var("SLURM_CPUS_ON_NODE").ok().and_then(|count| count.parse().ok());
    allocated.map_or(all, |allocated: usize| all.min(allocated))
}

/// How many numbers a list such as `0-3,8,10-11` has.
fn length_of_list(list: &str) -> usize {
    let length = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(last.trim().parse::<usize>().ok()? + 1 - first.trim().parse::<usize>().ok()?)
    };
    list.trim().split(',').filter_map(length).sum()
}

/// How many seconds this thread has computed; what else runs on its core does not count.
pub(super) fn seconds_of_this_thread() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_processors_is_counted() {
        assert_eq!(length_of_list("0-3,8,10-11\n"), 7);
        assert_eq!(length_of_list("5"), 1);
        assert_eq!(length_of_list(""), 0);
    }

    #[test]
    fn a_thread_for_each_core_of_the_mask_at_most() {
        let processors: u32 = mask_of().iter().map(|word| word.count_ones()).sum();
        assert!((1..=processors as usize).contains(&physical_cores()));
    }
}
