//! `ictus status`: how far a run is, or was. Says what its journals hold, and what its processes write down of themselves; asks none
//! of them.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::run::Watcher;
use crate::store::status::{Activity, Record, State};

use super::console::Console;
use super::{Failure, present, words};

/// Between two looks of `--watch`.
const INTERVAL: Duration = Duration::from_secs(2);

/// A watch may begin before the run: this long its record is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many processes are listed; of more, only those that do not compute.
const MOST_LISTED: usize = 16;

/// Says how far the run of a folder is.
pub(super) fn status(folder: &Path, watch: bool, json: bool, console: &mut Console) -> Result<(), Failure> {
    let began = Instant::now();
    let mut watcher = Watcher::new(folder);
    loop {
        let seen = if folder.is_dir() { watcher.look()? } else { None };
        let Some(record) = seen else {
            if watch && began.elapsed() < PATIENCE {
                std::thread::sleep(INTERVAL);
                continue;
            }
            let folder = folder.display();
            return Err(Failure::Wrong(format!(
                "{folder} holds no record of a run; give the folder that `ictus run` writes"
            )));
        };
        // Of a finished run `ictus sense` tells.
        let so_far = if record.state == State::Finished { None } else { present::so_far(folder)? };
        if json {
            let mut value = as_json(&record);
            value["indices"] = so_far.map_or_else(|| json!([]), |own| own.report.to_json().into());
            console.say_json(&value);
        } else {
            for line in lines(&record) {
                console.tell(line);
            }
            if let Some(line) = so_far.and_then(|own| own.line()) {
                console.tell(format!("indices    {line}"));
            }
        }
        if !watch || record.state != State::Running || console.is_unheard() {
            return Ok(());
        }
        console.say("");
        std::thread::sleep(INTERVAL);
    }
}

fn as_json(record: &Record) -> serde_json::Value {
    let mut value = serde_json::to_value(record).expect("a record is JSON");
    let (core_hours, node_hours) = (record.core_hours(), record.node_hours());
    let derived = json!({
        "nodes": record.nodes(),
        "cores": record.cores(),
        "core_hours_used": core_hours.0,
        "core_hours_left": core_hours.1,
        "core_hours_kept": record.core_hours_kept(),
        "node_hours_used": node_hours.0,
        "node_hours_left": node_hours.1,
        "line": record.line(),
    });
    if let (Some(value), serde_json::Value::Object(derived)) = (value.as_object_mut(), derived) {
        value.extend(derived);
    }
    value
}

fn lines(record: &Record) -> Vec<String> {
    let note = if record.note.is_empty() { String::new() } else { format!(": {}", record.note) };
    let hint = match record.state {
        State::Died if record.done == record.points => {
            " (its processes are gone; run the study again, or `ictus map`, for the map)"
        }
        State::Died => " (its processes are gone; run the study again to resume)",
        State::Stopped => " (run the study again to resume)",
        _ => "",
    };
    let mut lines = vec![
        format!("state      {}{hint}{note}", record.state.name()),
        format!(
            "points     {} of {} ({}), {} of them from before",
            record.done,
            record.points,
            words::percentage(record.done, record.points),
            record.taken
        ),
    ];
    lines.push(format!("failed     {}", shares(&record.failed, record.done)));
    lines.push(format!("regimes    {}", shares(&record.regimes, record.done)));
    let left = record.seconds_left.and_then(|left| Duration::try_from_secs_f64(left).ok());
    let left = left.map_or(String::new(), |left| format!(", {} left", words::duration(left)));
    // Before anything is measured there is nothing to say of it.
    if record.rate > 0.0 {
        lines.push(format!("rate       {} points/s{left}", words::rate(record.rate)));
    }
    let hours = |(used, left): (f64, Option<f64>)| {
        let left = left.map_or(String::new(), |left| format!(", about {left:.6} to come"));
        format!("{used:.6} used{left}")
    };
    let kept = record.core_hours_kept();
    lines.push(format!(
        "core-hours {} by the measuring; {kept:.6} kept by this run",
        hours(record.core_hours())
    ));
    lines.push(format!("node-hours {}", hours(record.node_hours())));
    lines.push(format!("started    {}, last heard of {}", record.started, record.updated));
    lines.extend(workers(record));
    lines
}

/// What was counted, most frequent first.
fn shares(counts: &std::collections::BTreeMap<String, u64>, whole: u64) -> String {
    let mut counts: Vec<(&String, u64)> = counts.iter().map(|(name, &count)| (name, count)).collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let share = |(name, count): &(&String, u64)| format!("{name} {}", words::percentage(*count, whole));
    let shares: Vec<String> = counts.iter().map(share).collect();
    if shares.is_empty() { "none so far".to_owned() } else { shares.join(", ") }
}

fn workers(record: &Record) -> Vec<String> {
    let is_remarkable = |activity| matches!(activity, Activity::Silent | Activity::Lost | Activity::Writing);
    let all = record.workers.len();
    let listed = record.workers.iter().filter(|worker| all <= MOST_LISTED || is_remarkable(worker.activity));
    let mut lines: Vec<String> = listed
        .map(|worker| {
            let threads = if worker.threads == 1 { "thread" } else { "threads" };
            format!(
                "process    {} on {}, {} {threads}: {}, {} points, heard of {}",
                worker.process,
                worker.host,
                worker.threads,
                worker.activity.name(),
                worker.done,
                worker.heard
            )
        })
        .collect();
    if all > MOST_LISTED {
        lines.push(format!("processes  {all}"));
    }
    lines
}
