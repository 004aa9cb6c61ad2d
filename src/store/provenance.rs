//! Where a map came from, so far as the machine knows: program, host, time. These stand in attributes only, never in a
//! variable. Knows nothing of studies.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store::StoreError;
use crate::store::disk::read_regular;

pub use crate::store::claim::host;

/// The name of a prediction in a run's folder.
const PREDICTION: &str = "prediction";

/// How many hours of one core a run was predicted to take, before it began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The most likely.
    pub core_hours: f64,
    /// Hardly fewer.
    pub low: f64,
    /// Hardly more.
    pub high: f64,
}

impl Prediction {
    /// Leaves it in a run's folder, for the map that is made there.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn leave(&self, folder: &Path) -> Result<(), StoreError> {
        let Self { core_hours, low, high } = self;
        let path = folder.join(PREDICTION);
        std::fs::write(&path, format!("core_hours = {core_hours}\nlow = {low}\nhigh = {high}\n"))
            .map_err(StoreError::io("write", &path))
    }

    /// The one that was left in a run's folder, if any was.
    pub fn find(folder: &Path) -> Option<Self> {
        let text = String::from_utf8(read_regular(&folder.join(PREDICTION)).ok()?).ok()?;
        let value = |key: &str| -> Option<f64> {
            text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")?.parse().ok())
        };
        Some(Self { core_hours: value("core_hours")?, low: value("low")?, high: value("high")? })
    }
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// The command line, for the file's history.
    pub command: String,
    /// When the run that made the map began.
    pub started: SystemTime,
    /// How many threads computed.
    pub threads: usize,
    /// How many points the journals held already when it began.
    pub taken: u64,
    /// How many points it computed.
    pub computed: u64,
    /// How many hours of one core all the tiles in the journals have taken, in this run and in those before it.
    pub core_hours: f64,
    /// How many were predicted.
    pub prediction: Option<Prediction>,
}

impl Provenance {
    /// The attributes of the map's file.
    pub fn attributes(&self) -> Vec<(String, String)> {
        let now = SystemTime::now();
        let elapsed = now.duration_since(self.started).unwrap_or_default();
        let prediction = self.prediction.iter().flat_map(|prediction| {
            let range = format!("{:.6} {:.6}", prediction.low, prediction.high);
            [
                ("core_hours_predicted", format!("{:.6}", prediction.core_hours)),
                ("core_hours_predicted_range", range),
            ]
        });
        let run = [
            ("threads", self.threads.to_string()),
            ("started", date(self.started)),
            ("elapsed_seconds", format!("{:.3}", elapsed.as_secs_f64())),
            ("points_taken_from_journals", self.taken.to_string()),
            ("points_computed", self.computed.to_string()),
            ("core_hours_used", format!("{:.6}", self.core_hours)),
        ];
        let run = run.into_iter().chain(prediction).map(|(name, value)| (name.to_owned(), value));
        origin(&self.command, now).into_iter().chain(run).collect()
    }
}

/// Which program made a file, where and when: the attributes of any file, of a command line and a moment.
pub fn origin(command: &str, now: SystemTime) -> Vec<(String, String)> {
    let version = env!("CARGO_PKG_VERSION");
    [
        ("history", format!("{} {command} (ictus {version})", date(now))),
        ("date_created", date(now)),
        ("program", format!("ictus {version}")),
        ("commit", env!("ICTUS_COMMIT").to_owned()),
        ("compiler", env!("ICTUS_COMPILER").to_owned()),
        ("platform", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("host", host()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A moment in UTC as ISO 8601, to the second.
pub fn date(moment: SystemTime) -> String {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of the Gregorian calendar from days since 1970-01-01; the years begin in March, so that a leap day is
/// the last of its year, and 400 years have 146097 days (E. G. Richards, in the Explanatory Supplement to the Astronomical
/// Almanac, 2013, section 15.11).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (400 * era + year_of_era + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_is_found_where_it_was_left() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Prediction::find(folder.path()), None);
        let prediction = Prediction { core_hours: 1.5, low: 1.25, high: 1e3 / 3.0 };
        prediction.leave(folder.path()).expect("a file");
        assert_eq!(Prediction::find(folder.path()), Some(prediction));
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        let at = |seconds| date(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        // 10^9 s: the "billennium".
        assert_eq!(at(1_000_000_000), "2001-09-09T01:46:40Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(4_107_542_399), "2100-02-28T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
