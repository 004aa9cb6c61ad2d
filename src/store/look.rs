//! What the processes of a run say of themselves, and whether it is still so: who works, who has left, who is gone. How many points
//! there are and what they are it does not know; the journals do.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use crate::experiment::Status;
use crate::store::claim::{self, Purpose};
use crate::store::container::{Attribute, Container};
use crate::store::members::{MEMBERS, Member, members, touched};
use crate::store::sight::Sight;
use crate::store::status::{Activity, RECORD, Record, State, Worker};
use crate::store::{StoreError, hexadecimal, journal, journals, map};

/// What the processes of a folder's run say, whether it works alone or its folder is shared; `None` if none has said anything.
///
/// # Errors
/// When the file system refuses.
pub fn look(folder: &Path) -> Result<Option<Record>, StoreError> {
    let is_claimed = claim::holder(folder, Purpose::FOLDER)?.is_some();
    let record = Record::read(folder)?;
    let alone = match record {
        Some(record) => journals::if_there(touched(&folder.join(RECORD)))?.map(|at| (record, at)),
        None => None,
    };
    if is_claimed {
        let record = alone.map_or_else(|| Record::begin(0, 0), |(record, _)| record);
        return Ok(Some(at_work(record)));
    }
    let members = members(&folder.join(MEMBERS), SystemTime::now(), &Sight::default())?;
    let Some(latest) = members.iter().map(|member| member.touched).max() else {
        return Ok(alone.map(|(record, _)| without_processes(record)));
    };
    let is_alive = members.iter().any(|member| member.is_alive);
    match alone {
        // A run alone came after those that have shared the folder.
        Some((record, at)) if !is_alive && at > latest && !is_shared(&record) => {
            Ok(Some(without_processes(record)))
        }
        alone => Ok(together(&members, alone.filter(|(record, _)| is_shared(record)))),
    }
}

/// Whether a folder is that of a run that has begun.
pub fn has_journals(folder: &Path) -> bool {
    journals::headers(folder).is_ok_and(|journals| !journals.is_empty())
}

/// Whether every point was in the map when it was written, given that the journals hold every point now.
///
/// # Errors
/// When the file system refuses.
pub fn has_whole_map(folder: &Path) -> Result<bool, StoreError> {
    let Some(written) = journals::if_there(touched(&folder.join(map::FILE)))? else { return Ok(false) };
    for journal in journals::list(folder)? {
        if journals::if_there(touched(&journal))?.is_some_and(|touched| touched > written) {
            // It may be the last words of a process, which hold no points: the map tells.
            return Ok(says_that_it_is_whole(folder));
        }
    }
    Ok(true)
}

/// Whether the map of a folder is of the study that its journals are of, and holds all of its points, as far as it says.
fn says_that_it_is_whole(folder: &Path) -> bool {
    let Ok(Some(header)) = journal::kept_header(folder) else { return false };
    let Ok(map) = Container::open(&folder.join(map::FILE)) else { return false };
    let hash = map.attributes().into_iter().find(|(name, _)| name == "identity_hash");
    let is_own = matches!(hash, Some((_, Attribute::Text(hash))) if hash == hexadecimal(&header.hash));
    let shares = map.attributes_of(map::STATUS).unwrap_or_default();
    let shares = shares.into_iter().find(|(name, _)| name == "share");
    let has_all = |shares: &[f64]| shares.get(Status::NotComputed as usize) == Some(&0.0);
    is_own && matches!(shares, Some((_, Attribute::Doubles(shares))) if has_all(&shares))
}

/// Whether a record is that of several processes.
fn is_shared(record: &Record) -> bool {
    record.workers.iter().any(|worker| !worker.journal.is_empty())
}

/// Whether a record names the process of a journal.
fn names(record: &Record, journal: &str) -> bool {
    record.workers.iter().any(|worker| worker.journal == journal)
}

/// The record of a run that works alone and is alive.
fn at_work(record: Record) -> Record {
    if record.state == State::Running {
        return record;
    }
    // It has not said anything yet: what is there was said by an earlier one.
    let (rate, seconds_left, note, workers) = (0.0, None, String::new(), Vec::new());
    Record { state: State::Running, rate, seconds_left, note, workers, ..record }
}

/// The record of a run that works alone and is not alive.
fn without_processes(mut record: Record) -> Record {
    if record.state == State::Running {
        record.state = State::Died;
        record.seconds_left = None;
        record.workers.iter_mut().for_each(|worker| worker.activity = Activity::Lost);
    }
    record
}

/// One record of all members, and of those that an earlier one names; `None` if there are none. How it has ended, who was heard of
/// last says.
pub(super) fn together(members: &[Member], earlier: Option<(Record, SystemTime)>) -> Option<Record> {
    let alive = || members.iter().filter(|member| member.is_alive).map(|member| &member.record);
    let last = members.iter().max_by_key(|member| member.touched)?;
    let known: BTreeSet<&str> = members.iter().map(|member| member.journal.as_str()).collect();
    let mut records: Vec<Record> = members.iter().map(|member| member.record.clone()).collect();
    let mut whole = without_processes(last.record.clone());
    let mut rate = 0.0;
    if let Some((mut record, at)) = earlier {
        rate = record.rate;
        // What these have used it has counted already.
        for member in records.iter_mut().zip(members).filter(|(_, member)| names(&record, &member.journal)) {
            (member.0.core_seconds, member.0.node_seconds) = (0.0, 0.0);
        }
        record.workers.retain(|worker| !known.contains(worker.journal.as_str()));
        if at > last.touched {
            whole = record.clone();
        }
        records.push(record);
    }
    if alive().next().is_some() {
        whole.state = State::Running;
        whole.note.clear();
    }
    // An empty sum of floating-point numbers is -0.
    let alive_rate = alive().map(|record| record.rate).fold(0.0, |sum, rate| sum + rate);
    whole.rate = if whole.state == State::Running { alive_rate } else { rate };
    let left = whole.points.saturating_sub(whole.done) as f64;
    whole.seconds_left = (whole.rate > 0.0).then(|| left / whole.rate);
    whole.taken = records.iter().map(|record| record.taken).min().unwrap_or(0);
    whole.started = records.iter().map(|record| record.started.clone()).min().unwrap_or_default();
    whole.updated = records.iter().map(|record| record.updated.clone()).max().unwrap_or_default();
    whole.core_seconds = records.iter().map(|record| record.core_seconds).fold(0.0, |sum, own| sum + own);
    whole.node_seconds = records.iter().map(|record| record.node_seconds).fold(0.0, |sum, own| sum + own);
    let mut workers: Vec<Worker> = records.into_iter().flat_map(|record| record.workers).collect();
    workers.sort_by(|one, other| one.journal.cmp(&other.journal));
    for (rank, worker) in workers.iter_mut().enumerate() {
        worker.rank = rank as u32;
    }
    whole.workers = workers;
    Some(whole)
}
