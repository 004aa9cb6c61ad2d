//! The claim on a folder: a small file that says which process works there, so that a second run refuses. Without file locks,
//! which many cluster file systems do not keep. Knows nothing of what is done in the folder.
//!
//! Claims are numbered files, one series a purpose ([`Purpose`]). A claim is made by creating the file of the next number, which the file system lets one process do
//! only, and it holds if no other living claim is there afterwards. A claim is dead when its process is gone (told by its
//! number and start, on the same machine), or when it has not been touched for [`EXPIRY`] (on another machine).
//! Should two processes hold a folder all the same, because a machine slept, the results stay right: nobody writes another's
//! journal, and equal points have equal rows.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::store::StoreError;
use crate::store::disk::read_regular;
use crate::store::sight::Sight;

/// A claim from another machine that was not touched for so long is dead.
pub const EXPIRY: Duration = Duration::from_secs(180);

/// How often a claim is touched.
const BEAT: Duration = Duration::from_secs(10);

/// A claim is written as soon as it is created: one that stays empty for so long was left by a process that died in between.
const STILLBORN: Duration = Duration::from_millis(1500);

/// Between two looks at a claim that is still empty.
const GLANCE: Duration = Duration::from_millis(50);

/// What is claimed, and when a claim on it is dead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose {
    /// How the names of its files begin.
    pub(super) prefix: &'static str,
    /// A claim that was not touched for so long is dead, if its process cannot be asked about.
    pub(super) expiry: Duration,
    /// Whether it is dead then even if its process exists: it may have been stopped.
    pub(super) needs_beats: bool,
}

impl Purpose {
    /// To work in a folder alone.
    pub(super) const FOLDER: Self = Self { prefix: "claim.", expiry: EXPIRY, needs_beats: false };

    /// To take what an earlier extent of the study has measured.
    pub(super) const EXTENSION: Self = Self { prefix: "extension.", expiry: EXPIRY, needs_beats: false };

    /// How often a claim is touched.
    fn beat(&self) -> Duration {
        beat(self.expiry)
    }
}

/// How often is touched what is dead after some silence.
pub(super) fn beat(expiry: Duration) -> Duration {
    BEAT.min(expiry / 6)
}

/// A process, so far as another one can tell it from others.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Holder {
    pub(super) host: String,
    /// What tells one boot of one machine, and one container on it, from others; empty where the system does not say.
    machine: String,
    pub(super) process: u32,
    /// When the process started, in the system's own count; empty where the system does not say.
    started: String,
}

impl Holder {
    /// This process.
    pub(super) fn current() -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let container = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let process = std::process::id();
        Self {
            host: host(),
            machine: format!("{} {}", boot.trim(), container.display()).trim().to_owned(),
            process,
            started: start_of(process).unwrap_or_default(),
        }
    }

    fn to_text(&self) -> String {
        let Self { host, machine, process, started } = self;
        format!("host = {host}\nprocess = {process}\nmachine = {machine}\nstarted = {started}\n")
    }

    fn from_text(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" ="));
            line.map(|value| value.trim().to_owned())
        };
        Some(Self {
            host: value("host")?,
            machine: value("machine")?,
            process: value("process")?.parse().ok()?,
            started: value("started")?,
        })
    }

    /// How it is called in messages.
    pub(super) fn name(&self) -> String {
        format!("process {} on {}", self.process, self.host)
    }

    /// Whether the process is alive, if this machine can tell.
    pub(super) fn is_alive(&self) -> Option<bool> {
        let here = Self::current();
        if (&here.host, &here.machine) != (&self.host, &self.machine) {
            return None;
        }
        let exists = i32::try_from(self.process)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
        // A number is used again: the start tells.
        Some(exists && start_of(self.process).is_none_or(|started| started == self.started))
    }
}

/// The name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// When a process started, in clock ticks since boot: field 22 of its `stat` (`proc_pid_stat(5)`). `None` as well for a zombie,
/// which works no more.
fn start_of(process: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in brackets which may hold anything.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if state == "Z" { Some("over".to_owned()) } else { fields.nth(18).map(str::to_owned) }
}

/// The right to work in a folder; given up when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    text: String,
    beaten: Instant,
    purpose: Purpose,
}

impl Claim {
    /// Claims something in a folder.
    ///
    /// # Errors
    /// When another living process holds it, or the file system refuses.
    pub(super) fn take(folder: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        Self::take_in_sight(folder, purpose, &Sight::default())
    }

    /// The same, by what this process has seen of the claims.
    ///
    /// # Errors
    /// The same.
    pub(super) fn take_in_sight(folder: &Path, purpose: Purpose, sight: &Sight) -> Result<Self, StoreError> {
        let others = claims(folder, purpose)?;
        for (_, path) in &others {
            if let Some(holder) = living(path, purpose, sight)? {
                return Err(StoreError::InUse { folder: folder.to_owned(), holder });
            }
        }
        let number = next_number(&others);
        let path = folder.join(format!("{}{number}", purpose.prefix));
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let holder = "a run that has just started".to_owned();
                return Err(StoreError::InUse { folder: folder.to_owned(), holder });
            }
            Err(source) => return Err(StoreError::Io { action: "create", path, source }),
        };
        let text = Holder::current().to_text();
        // From here on the claim is taken back if anything fails.
        let claim = Self { path, text, beaten: Instant::now(), purpose };
        file.write_all(claim.text.as_bytes()).map_err(StoreError::io("write", &claim.path))?;
        for (_, path) in claims(folder, purpose)? {
            if path == claim.path {
                continue;
            }
            if let Some(holder) = living(&path, purpose, sight)? {
                return Err(StoreError::InUse { folder: folder.to_owned(), holder });
            }
            // Another process may have cleared it away just before.
            let _ = fs::remove_file(&path);
        }
        Ok(claim)
    }

    /// The name of the claim's file.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Touches the claim if it is time to.
    ///
    /// # Errors
    /// When it is gone, or the file system refuses.
    pub(super) fn beat(&mut self) -> Result<(), StoreError> {
        if self.beaten.elapsed() < self.purpose.beat() {
            return Ok(());
        }
        self.beaten = Instant::now();
        // Written anew rather than given a time, so that the file server's own clock counts. It must be there already.
        let touched = OpenOptions::new().write(true).open(&self.path);
        touched
            .and_then(|mut file| file.write_all(self.text.as_bytes()))
            .map_err(StoreError::io("touch the claim", &self.path))
    }
}

impl Claim {
    /// As if it had been touched so much earlier.
    #[cfg(test)]
    pub(super) fn age(&mut self, by: Duration) {
        self.beaten -= by;
        let touched = self.touched().unwrap() - by;
        OpenOptions::new().write(true).open(&self.path).unwrap().set_modified(touched).unwrap();
    }

    /// The moment of its last touch, by the clock of the file server.
    ///
    /// # Errors
    /// When it is gone, or the file system refuses.
    pub(super) fn touched(&self) -> Result<SystemTime, StoreError> {
        let touched = fs::metadata(&self.path).and_then(|entry| entry.modified());
        touched.map_err(StoreError::io("look at", &self.path))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A claim that cannot be removed is dead as soon as the process is.
        let _ = fs::remove_file(&self.path);
    }
}

/// Who holds a claim of a folder and is alive, if anybody.
///
/// # Errors
/// When the file system refuses.
pub(super) fn holder(folder: &Path, purpose: Purpose) -> Result<Option<String>, StoreError> {
    for (_, path) in claims(folder, purpose)? {
        if let Some(holder) = living(&path, purpose, &Sight::default())? {
            return Ok(Some(holder));
        }
    }
    Ok(None)
}

/// Removes the claims of a folder whose processes are dead.
///
/// # Errors
/// When the file system refuses.
pub(super) fn clear(folder: &Path, purpose: Purpose) -> Result<(), StoreError> {
    for (_, path) in claims(folder, purpose)? {
        if living(&path, purpose, &Sight::default())?.is_none() {
            // Another process may have cleared it away just before.
            let _ = fs::remove_file(&path);
        }
    }
    Ok(())
}

/// The claims in a folder, by number.
fn claims(folder: &Path, purpose: Purpose) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut claims = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::io("list", folder))? {
        let path = entry.map_err(StoreError::io("list", folder))?.path();
        let number =
            path.file_name().and_then(|name| name.to_str()?.strip_prefix(purpose.prefix)?.parse().ok());
        claims.extend(number.map(|number: u64| (number, path)));
    }
    claims.sort();
    Ok(claims)
}

/// The number of the next claim: one more than the last, or the first that is free where there is none.
fn next_number(others: &[(u64, PathBuf)]) -> u64 {
    let is_taken = |number: &u64| others.iter().any(|(other, _)| other == number);
    let after = others.last().map_or(Some(1), |(last, _)| last.checked_add(1));
    after.or_else(|| (1..=u64::MAX).find(|number| !is_taken(number))).unwrap_or(1)
}

/// Who holds a claim, if its process may be alive. Waits until a claim that is being written can be read, [`STILLBORN`] at most. What
/// is not a regular file is nobody's claim.
fn living(path: &Path, purpose: Purpose, sight: &Sight) -> Result<Option<String>, StoreError> {
    let began = Instant::now();
    loop {
        let read = read_regular(path).and_then(|text| Ok((text, fs::metadata(path)?.modified()?)));
        let (text, touched) = match read {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { action: "read", path: path.to_owned(), source }),
        };
        let silence = sight.silence(path, touched, SystemTime::now());
        let Some(holder) = Holder::from_text(&String::from_utf8_lossy(&text)) else {
            if silence.max(began.elapsed()) >= STILLBORN {
                return Ok(None);
            }
            std::thread::sleep(GLANCE);
            continue;
        };
        let alive = match holder.is_alive() {
            Some(exists) => exists && (silence < purpose.expiry || !purpose.needs_beats),
            None => silence < purpose.expiry,
        };
        let name = format!("{}, last heard of {} s ago", holder.name(), silence.as_secs());
        return Ok(alive.then_some(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_claimed_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let claim = Claim::take(folder.path(), Purpose::FOLDER).unwrap();
        let second = Claim::take(folder.path(), Purpose::FOLDER).unwrap_err();
        assert!(second.is_callers_fault());
        let own = format!("process {}", std::process::id());
        assert!(second.to_string().contains(&own), "{second}");
        drop(claim);
        Claim::take(folder.path(), Purpose::FOLDER).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_claim_of_a_process_that_is_gone_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let gone = Holder { process: child.id(), started: "1".into(), ..Holder::current() };
        fs::write(folder.path().join("claim.7"), gone.to_text()).unwrap();
        let claim = Claim::take(folder.path(), Purpose::FOLDER).unwrap();
        assert!(claim.path.ends_with("claim.8"));
        assert!(!folder.path().join("claim.7").exists());
    }

    #[test]
    fn a_process_that_has_ended_and_was_not_waited_for_works_no_more() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let started = start_of(child.id()).unwrap();
        assert!(started.parse::<u64>().is_ok_and(|ticks| ticks > 0), "{started}");
        let holder = Holder { process: child.id(), started, ..Holder::current() };
        assert_eq!(holder.is_alive(), Some(true));
        drop(child.stdin.take());
        while start_of(child.id()).unwrap() != "over" {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert_eq!(holder.is_alive(), Some(false));
        child.wait().unwrap();
    }

    #[test]
    fn the_claims_of_the_dead_are_cleared_away_and_those_of_the_living_stay() {
        let folder = tempfile::tempdir().unwrap();
        let gone = Holder { started: "1".into(), ..Holder::current() };
        fs::write(folder.path().join("claim.1"), gone.to_text()).unwrap();
        fs::write(folder.path().join("claim.2"), Holder::current().to_text()).unwrap();
        clear(folder.path(), Purpose::FOLDER).unwrap();
        assert!(!folder.path().join("claim.1").exists() && folder.path().join("claim.2").exists());
    }

    #[test]
    fn the_number_of_a_later_process_does_not_keep_a_claim_alive() {
        let folder = tempfile::tempdir().unwrap();
        let earlier = Holder { started: "1".into(), ..Holder::current() };
        fs::write(folder.path().join("claim.1"), earlier.to_text()).unwrap();
        Claim::take(folder.path(), Purpose::FOLDER).unwrap();
    }

    #[test]
    fn a_claim_of_another_machine_lives_until_its_heartbeat_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claim.1");
        let elsewhere = Holder { host: "elsewhere".into(), ..Holder::current() };
        fs::write(&path, elsewhere.to_text()).unwrap();
        assert!(matches!(Claim::take(folder.path(), Purpose::FOLDER), Err(StoreError::InUse { .. })));
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - EXPIRY - Duration::from_secs(1)).unwrap();
        Claim::take(folder.path(), Purpose::FOLDER).unwrap();
    }

    #[test]
    fn a_claim_that_is_being_written_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claim.1");
        fs::write(&path, "").unwrap();
        let refused = std::thread::scope(|scope| {
            let late = scope.spawn(|| Claim::take(folder.path(), Purpose::FOLDER));
            std::thread::sleep(GLANCE);
            fs::write(&path, Holder::current().to_text()).unwrap();
            late.join().unwrap().unwrap_err()
        });
        assert!(refused.to_string().contains(&format!("process {}", std::process::id())), "{refused}");
    }

    #[test]
    fn a_claim_whose_process_died_before_it_wrote_is_waited_for_and_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("claim.1"), "").unwrap();
        let began = Instant::now();
        let claim = Claim::take(folder.path(), Purpose::FOLDER).unwrap();
        assert!(claim.path.ends_with("claim.2") && began.elapsed() < 2 * STILLBORN);
    }

    #[test]
    fn what_is_named_like_a_claim_and_is_none_is_in_nobodys_way() {
        for name in ["claim.18446744073709551615", "claim.3", "claim.99999999999999999999"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            fs::write(&path, [0xff, 0xfe, b'h', 0x80]).unwrap();
            let long_ago = SystemTime::now() - EXPIRY;
            fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
            Claim::take(folder.path(), Purpose::FOLDER).unwrap();
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join(name)).unwrap();
            Claim::take(folder.path(), Purpose::FOLDER).unwrap();
            let folder = tempfile::tempdir().unwrap();
            assert!(
                std::process::Command::new("mkfifo")
                    .arg(folder.path().join(name))
                    .status()
                    .unwrap()
                    .success()
            );
            Claim::take(folder.path(), Purpose::FOLDER).unwrap();
        }
    }

    #[test]
    fn a_claim_of_another_machine_whose_time_lies_in_the_future_is_dead_after_its_expiry_by_the_own_clock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("choosing.1");
        let elsewhere = Holder { host: "elsewhere".into(), ..Holder::current() };
        fs::write(&path, elsewhere.to_text()).unwrap();
        let ahead = SystemTime::now() + Duration::from_secs(9000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(ahead).unwrap();
        let purpose = Purpose { prefix: "choosing.", expiry: Duration::from_millis(100), needs_beats: true };
        let sight = Sight::default();
        assert!(Claim::take_in_sight(folder.path(), purpose, &sight).is_err());
        while Claim::take_in_sight(folder.path(), purpose, &sight).is_err() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn of_many_that_claim_at_once_at_most_one_holds_the_folder() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let gone = Holder { process: 0, ..Holder::current() };
            fs::write(folder.path().join("claim.1"), gone.to_text()).unwrap();
            let held = std::sync::Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for _ in 0..6 {
                    scope.spawn(|| held.lock().unwrap().extend(Claim::take(folder.path(), Purpose::FOLDER)));
                }
            });
            assert!(held.lock().unwrap().len() <= 1);
        }
    }
}
