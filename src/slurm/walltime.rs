//! A length of time as Slurm writes it: minutes, `MM:SS`, `HH:MM:SS`, `D-HH`, `D-HH:MM`, `D-HH:MM:SS` (sbatch(1), `--time`).
//! Knows nothing of what takes so long.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Walltime(u64);

/// A text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a time that Slurm reads; write hours as 02:00:00, days as 1-12:00:00, or minutes as 90"
)]
pub struct NoWalltime {
    text: String,
}

impl Walltime {
    /// So many seconds.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// So many hours.
    pub const fn from_hours(hours: u64) -> Self {
        Self(3600 * hours)
    }

    /// In seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for Walltime {
    type Err = NoWalltime;

    fn from_str(text: &str) -> Result<Self, NoWalltime> {
        let (days, rest) = match text.split_once('-') {
            Some((days, rest)) => (Some(days), rest),
            None => (None, text),
        };
        let number = |digits: &str| -> Option<u64> {
            (!digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| digits.parse().ok())?
        };
        let parts: Option<Vec<u64>> = rest.split(':').map(number).collect();
        let seconds = match (days.map(number), parts.as_deref()) {
            (None, Some(&[minutes])) => Some(60 * minutes),
            (None, Some(&[minutes, seconds])) => Some(60 * minutes + seconds),
            (None, Some(&[hours, minutes, seconds])) => Some(3600 * hours + 60 * minutes + seconds),
            (Some(Some(days)), Some([hours, more @ ..])) if more.len() <= 2 => {
                let part = |index: usize| more.get(index).copied().unwrap_or(0);
                Some(86_400 * days + 3600 * hours + 60 * part(0) + part(1))
            }
            _ => None,
        };
        seconds.map(Self).ok_or_else(|| NoWalltime { text: text.to_owned() })
    }
}

impl fmt::Display for Walltime {
    /// `HH:MM:SS`, with days before it from one day on.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0 / 86_400;
        if days > 0 {
            write!(formatter, "{days}-")?;
        }
        write!(formatter, "{:02}:{:02}:{:02}", self.0 / 3600 % 24, self.0 / 60 % 60, self.0 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_sbatch_reads_them() {
        let seconds = |text: &str| text.parse::<Walltime>().expect("a time").seconds();
        assert_eq!(seconds("90"), 5400);
        assert_eq!(seconds("90:30"), 5430);
        assert_eq!(seconds("01:00:00"), 3600);
        assert_eq!(seconds("1-12"), 129_600);
        assert_eq!(seconds("1-12:30"), 131_400);
        assert_eq!(seconds("2-00:00:01"), 172_801);
        for text in ["", "1h", "-1", "1-", "1:2:3:4", "1-1:2:3:4", "99999999999", "a-1", "+1"] {
            assert!(text.parse::<Walltime>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_written_time_reads_as_itself() {
        for seconds in [0, 61, 3600, 86_399, 86_400, 1_000_000] {
            let time = Walltime::from_seconds(seconds);
            assert_eq!(time.to_string().parse(), Ok(time), "{time}");
        }
        assert_eq!(Walltime::from_seconds(129_600).to_string(), "1-12:00:00");
    }
}
