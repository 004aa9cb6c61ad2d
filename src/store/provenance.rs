//! Where a map came from, so far as the machine knows: program, host, time. These stand in attributes only, never in a
//! variable. Knows nothing of studies.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use crate::store::claim::host;

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
}

impl Provenance {
    /// The attributes of the map's file.
    pub fn attributes(&self) -> Vec<(String, String)> {
        let now = SystemTime::now();
        let elapsed = now.duration_since(self.started).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        [
            ("history", format!("{} {} (ictus {version})", date(now), self.command)),
            ("date_created", date(now)),
            ("program", format!("ictus {version}")),
            ("commit", env!("ICTUS_COMMIT").to_owned()),
            ("compiler", env!("ICTUS_COMPILER").to_owned()),
            ("platform", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
            ("host", host()),
            ("threads", self.threads.to_string()),
            ("started", date(self.started)),
            ("elapsed_seconds", format!("{:.3}", elapsed.as_secs_f64())),
            ("points_taken_from_journals", self.taken.to_string()),
            ("points_computed", self.computed.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
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
