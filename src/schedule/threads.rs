//! How many threads this process should compute with. Knows nothing of what they compute.

use std::collections::HashSet;

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
