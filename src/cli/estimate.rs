//! What a study costs in time, memory and disk, told from a sample on this machine. Knows nothing of jobs, and does not say it.

use std::time::Duration;

use crate::run::RunError;
use crate::schedule::local::{self, Forecast, Patience};
use crate::schedule::physical_cores;
use crate::slurm::{CoreHours, Work};
use crate::store::needed_bytes;
use crate::study::Study;

use super::Failure;
use super::run::check_threads;

/// How long the sample for this machine is measured.
const GLANCE: Patience = Patience { most: Duration::from_secs(2), uncertainty: 0.0 };

/// The sample for a cluster is measured until it is as certain as this, a part of it.
const CERTAIN_ENOUGH: f64 = 0.03;

/// What a sample cannot see: other processors, other loads. A part of the estimate.
const UNSEEN: f64 = 0.1;

/// Seconds from the launch to the first point and from the map to the end, measured: 0.02 to 0.03.
const START: f64 = 0.025;

/// Seconds that a byte of journals and map takes when the map is made, measured: 5 to 8 ns with 10^4 to 10^5 points, 10 with 10^7.
const MAP: f64 = 8e-9;

/// Seconds: the most likely number, and between which two it very likely lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seconds {
    pub(super) likely: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What a study costs, from a sample on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) threads: usize,
    pub(super) steps: u64,
    pub(super) quantities: usize,
    /// How many points a cell of the map has.
    cell: u64,
    /// How many points the sample had.
    pub(super) sampled: u64,
    /// How long a run takes here, from its launch to its end.
    pub(super) here: Seconds,
    /// What it asks of any machine.
    pub(super) work: Work,
}

impl Estimate {
    /// Measures a sample just long enough to say how long a run takes here.
    pub(super) fn glance(study: &Study, threads: Option<usize>) -> Result<Self, Failure> {
        Self::new(study, threads, GLANCE)
    }

    /// Measures a sample long enough to plan jobs by.
    pub(super) fn pilot(study: &Study, threads: Option<usize>, most: Duration) -> Result<Self, Failure> {
        Self::new(study, threads, Patience { most, uncertainty: CERTAIN_ENOUGH })
    }

    fn new(study: &Study, threads: Option<usize>, patience: Patience) -> Result<Self, Failure> {
        check_threads(threads)?;
        let survey = study.survey().map_err(|error| Failure::from(RunError::from(error)))?;
        let threads = threads.unwrap_or_else(physical_cores);
        let points = study.space().points();
        let quantities = survey.quantities().len();
        let forecast = local::forecast(&survey, study.space(), Some(threads), patience)
            .map_err(|error| Failure::from(RunError::from(error)))?;
        let likely = forecast.seconds_a_point * points as f64 / 3600.0;
        let margin = margin(&forecast);
        let core_hours =
            CoreHours { likely, low: likely * (1.0 - margin).max(0.0), high: likely * (1.0 + margin) };
        let map = MAP * needed_bytes(points, points, quantities) as f64;
        let block = u64::from(study.space().cells().points_of_a_block()).min(points) as f64;
        let here = whole_run(&forecast, threads, block * forecast.seconds_a_point, map);
        Ok(Self {
            threads,
            steps: survey.steps(),
            quantities,
            cell: study.space().cells().extent().iter().product(),
            sampled: forecast.sampled,
            here,
            work: Work { core_hours, points, map: Duration::try_from_secs_f64(map).unwrap_or(Duration::MAX) },
        })
    }

    /// How many bytes journals and map take at most.
    pub(super) fn disk(&self) -> u128 {
        needed_bytes(self.work.points, self.work.points, self.quantities)
    }

    /// About how many bytes of memory a process of so many threads takes: that does not grow with points, but for 32 bytes a
    /// finished tile. Rather too many: a process of two threads was seen to take half.
    pub(super) fn memory(&self, threads: impl TryInto<u64>) -> u64 {
        const PROGRAM: u64 = 40_000_000;
        // A cell of the map is put together whole; a thread holds a tile and its program's strip.
        let cell = self.work.points.min(self.cell) * (2 + 8 * self.quantities as u64) * 2;
        PROGRAM + cell + threads.try_into().unwrap_or(u64::MAX / 12_000_000) * 6_000_000
    }

    /// How many bytes of memory a job should ask for on a node whose cores are shared by so many processes: half as much again as they
    /// need by the estimate, and at least 1 GiB a node, since a queue ends a job that takes more; no more than a node has, in MiB by
    /// the cluster. A cluster that was not told what its nodes have says 1 MiB and refuses any number, so none is asked for.
    pub(super) fn memory_to_ask(&self, processes: u64, cores: u64, of_a_node: Option<u64>) -> Option<u64> {
        const LEAST: u64 = 1 << 30;
        const ROUND: u64 = 1 << 28;
        let needed = processes.saturating_mul(self.memory(cores / processes.max(1)));
        let wanted = needed.saturating_add(needed / 2).max(LEAST).div_ceil(ROUND).saturating_mul(ROUND);
        match of_a_node {
            Some(0 | 1) => None,
            Some(mebibytes) => Some(wanted.min(mebibytes.saturating_mul(1 << 20))),
            None => Some(wanted),
        }
    }
}

/// How far a forecast may be off, a part of it.
fn margin(forecast: &Forecast) -> f64 {
    forecast.uncertainty.min(1.0) + UNSEEN
}

/// How long a run takes, what the sample has not seen included: its start, its end, where threads wait for the last `block`
/// (seconds of one thread) of another, and the `map` (seconds).
fn whole_run(forecast: &Forecast, threads: usize, block: f64, map: f64) -> Seconds {
    let measuring = forecast.duration.as_secs_f64();
    // Each of the others waits for half a block on average.
    let waiting = 0.5 * block * (threads - 1) as f64 / threads as f64;
    let beside = START + waiting + map;
    let margin = margin(forecast);
    Seconds {
        likely: measuring + beside,
        low: measuring * (1.0 - margin).max(0.0) + 0.5 * beside,
        high: measuring * (1.0 + margin) + 2.0 * beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(seconds: f64, uncertainty: f64) -> Forecast {
        Forecast {
            seconds_a_point: 1e-3,
            uncertainty,
            duration: Duration::from_secs_f64(seconds),
            sampled: 1000,
        }
    }

    #[track_caller]
    fn assert_close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
    }

    #[test]
    fn a_run_also_starts_waits_and_makes_a_map() {
        // 10 s of measuring; of two threads one waits for half a block of 0.4 s, so both lose 0.1 s; the map takes 0.075 s.
        let here = whole_run(&forecast(10.0, 0.05), 2, 0.4, 0.075);
        assert_close(here.likely, 10.0 + 0.025 + 0.1 + 0.075);
        assert_close(here.low, 8.5 + 0.1);
        assert_close(here.high, 11.5 + 0.4);
    }

    #[test]
    fn one_thread_waits_for_nobody() {
        let here = whole_run(&forecast(10.0, 0.0), 1, 5.0, 0.0);
        assert_close(here.likely, 10.025);
    }

    #[test]
    fn a_sample_that_knows_nothing_gives_no_negative_time() {
        let here = whole_run(&forecast(1.0, f64::INFINITY), 1, 0.0, 0.0);
        assert!(here.low >= 0.0 && here.low < here.likely && here.likely < here.high, "{here:?}");
    }

    #[test]
    fn what_runs_took_lies_between_the_ends() {
        // Measuring as it was forecast on two threads, bytes of journals and map, and seconds of the whole run on the same quiet
        // machine: docs/performance.md.
        for (measuring, bytes, took) in [
            (0.72, 1.3e6, 0.79),
            (0.41, 5.0e6, 0.44),
            (1.85, 7.6e6, 1.98),
            (10.0, 8.0e6, 10.91),
            (7.9, 6.1e6, 8.5),
            (4.8, 6.3e6, 5.11),
            (7.3, 3.2e6, 6.97),
        ] {
            let here = whole_run(&forecast(measuring, 0.02), 2, 0.01, MAP * bytes);
            assert!(here.low <= took && took <= here.high, "{took} is not in {here:?}");
        }
    }
}
