//! What a cluster allows, read from what `scontrol show config` and `sinfo` print. Runs neither.

use super::{Limits, Walltime};

/// The fields that `sinfo` is asked for: partition (the default one has a star), longest job, nodes of a job, nodes,
/// sockets:cores:threads, MiB of memory of a node (sinfo(1), `--format`).
pub(super) const SINFO_FORMAT: &str = "%P|%l|%s|%D|%z|%m";

/// A partition of a cluster, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The partition that a job goes to.
    pub partition: String,
    /// What it allows.
    pub limits: Limits,
}

/// A partition that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no partition `{wanted}` on this cluster; it has {}", present.join(", "))]
pub struct NoSuchPartition {
    wanted: String,
    present: Vec<String>,
}

impl Cluster {
    /// Reads what the two commands have printed.
    ///
    /// # Errors
    /// When the wanted partition, or any default one, is not among the printed.
    pub fn read(config: &str, sinfo: &str, wanted: Option<&str>) -> Result<Self, NoSuchPartition> {
        let rows: Vec<Row<'_>> = sinfo.lines().filter_map(Row::read).collect();
        let is_chosen = |row: &&Row<'_>| wanted.map_or(row.is_default, |wanted| wanted == row.partition);
        let chosen: Vec<&Row<'_>> = rows.iter().filter(is_chosen).collect();
        let Some(first) = chosen.first() else {
            let mut present: Vec<String> = rows.iter().map(|row| row.partition.to_owned()).collect();
            present.dedup();
            let wanted = wanted.unwrap_or("(the default one)").to_owned();
            return Err(NoSuchPartition { wanted, present });
        };
        let nodes: u64 = chosen.iter().map(|row| row.nodes).sum();
        let limits = Limits {
            time: first.time,
            nodes: Some(first.most_nodes.map_or(nodes, |most| most.min(nodes))),
            cores: chosen.iter().filter_map(|row| row.cores).min(),
            array: setting(config, "MaxArraySize").and_then(|text| text.parse().ok()),
            memory: chosen.iter().filter_map(|row| row.memory).min(),
        };
        Ok(Self { partition: first.partition.to_owned(), limits })
    }
}

/// A line of `sinfo`.
struct Row<'a> {
    partition: &'a str,
    is_default: bool,
    time: Option<Walltime>,
    most_nodes: Option<u64>,
    nodes: u64,
    cores: Option<u64>,
    memory: Option<u64>,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[name, time, sizes, nodes, chips, memory] = fields.as_slice() else { return None };
        let most = sizes.rsplit('-').next().unwrap_or(sizes);
        let mut counts = chips.split(':').map(|count| count.trim_end_matches('+').parse::<u64>().ok());
        let (sockets, cores) = (counts.next().flatten(), counts.next().flatten());
        Some(Self {
            partition: name.trim_end_matches('*'),
            is_default: name.ends_with('*'),
            time: time.parse().ok(),
            most_nodes: most.parse().ok(),
            nodes: nodes.parse().ok()?,
            cores: sockets.zip(cores).map(|(sockets, cores)| sockets * cores),
            memory: memory.trim_end_matches('+').parse().ok(),
        })
    }
}

/// A setting of `scontrol show config`: `Name = value`.
fn setting<'a>(config: &'a str, name: &str) -> Option<&'a str> {
    config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

impl Limits {
    /// These, and where they say nothing, the other ones.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            time: self.time.or(other.time),
            nodes: self.nodes.or(other.nodes),
            cores: self.cores.or(other.cores),
            array: self.array.or(other.array),
            memory: self.memory.or(other.memory),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Slurm 22.05 prints it, shortened.
    const CONFIG: &str = "Configuration data as of 2026-01-01T00:00:00\nKillWait                = 30 sec\n\
                          MaxArraySize            = 1001\nMaxJobCount             = 10000\n";
    const SINFO: &str = "debug*|30:00|1-2|4|1:4:1|1\nlong|infinite|1-infinite|10|2:32:2|256000\nlong|infinite|1-infinite|6|2:24+:2|128000+\n";

    #[test]
    fn a_partition_has_its_limits() {
        let debug = Cluster::read(CONFIG, SINFO, None).expect("a default");
        let wanted = Limits {
            time: Some(Walltime::from_seconds(1800)),
            nodes: Some(2),
            cores: Some(4),
            array: Some(1001),
            memory: Some(1),
        };
        assert_eq!((debug.partition.as_str(), debug.limits), ("debug", wanted));
        let long = Cluster::read(CONFIG, SINFO, Some("long")).expect("a partition");
        let wanted =
            Limits { time: None, nodes: Some(16), cores: Some(48), array: Some(1001), memory: Some(128_000) };
        assert_eq!(long.limits, wanted);
    }

    #[test]
    fn an_unknown_partition_is_told_with_those_that_are_there() {
        let error = Cluster::read(CONFIG, SINFO, Some("short")).expect_err("none");
        assert_eq!(error.to_string(), "there is no partition `short` on this cluster; it has debug, long");
        assert!(Cluster::read("", "", None).is_err());
    }

    #[test]
    fn a_profiles_own_limits_come_first() {
        let own = Limits { nodes: Some(1), ..Limits::default() };
        let other = Limits { nodes: Some(4), cores: Some(8), ..Limits::default() };
        assert_eq!(own.or(other), Limits { nodes: Some(1), cores: Some(8), ..Limits::default() });
    }
}
