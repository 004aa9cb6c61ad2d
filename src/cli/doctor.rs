//! `ictus doctor`: what this machine offers, and what may go wrong on it. Measures nothing that takes long.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::equation::Level;
use crate::schedule::physical_cores;
use crate::store;

use super::console::Console;
use super::{Failure, words};

/// So many syncs are timed; the median counts.
const SYNCS: usize = 9;

/// Looks at the machine, and at the disk of a folder.
pub(super) fn doctor(folder: &Path, json: bool, console: &mut Console) -> Result<(), Failure> {
    let free = store::free_bytes(folder)?;
    let sync = sync_latency(folder).map_err(|error| {
        Failure::Machine(format!("{} cannot be written: {error}; name another folder", folder.display()))
    })?;
    let level = Level::best().name();
    let cores = physical_cores();
    let hardware = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let netcdf = store::library_version(folder)?;
    let version = env!("CARGO_PKG_VERSION");
    if json {
        let report = json!({
            "version": version,
            "instructions": level,
            "cores": cores,
            "hardware_threads": hardware,
            "netcdf": netcdf,
            "disk_free_bytes": u64::try_from(free).unwrap_or(u64::MAX),
            "sync_seconds": sync.as_secs_f64(),
        });
        console.say(report.to_string());
        return Ok(());
    }
    console.say(format!("ictus         {version} on {} {}", std::env::consts::OS, std::env::consts::ARCH));
    console.say(format!("instructions  {level}"));
    console.say(format!(
        "threads       {cores} (physical cores this process may use; {hardware} hardware threads)"
    ));
    console.say(format!("netcdf        {netcdf}"));
    console.say(format!("disk          {} free in {}", words::bytes(free), folder.display()));
    console.say(format!(
        "sync          {:.1} ms a write that must survive a power loss",
        sync.as_secs_f64() * 1e3
    ));
    if sync > Duration::from_millis(200) {
        console.note("This disk is slow to sync; results of the last seconds may be lost in a power loss.");
    }
    Ok(())
}

/// How long a small write takes until it is on the disk.
fn sync_latency(folder: &Path) -> std::io::Result<Duration> {
    let path = folder.join(format!(".ictus-doctor-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    let timed = (0..SYNCS).try_for_each(|_| {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_all()?;
        times.push(began.elapsed());
        Ok(())
    });
    std::fs::remove_file(&path)?;
    timed.map(|()| {
        times.sort();
        times[SYNCS / 2]
    })
}
