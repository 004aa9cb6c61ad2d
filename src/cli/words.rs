//! Numbers as a person reads them. Knows nothing of what they count.

use std::path::Path;
use std::time::Duration;

use crate::complaint::words_of;
use crate::slurm::quoted;

/// A duration: `45 s`, `12 min 3 s`, `3 h 20 min`, `2 d 4 h`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
    }
}

/// So many threads: `1 thread`, `2 threads`.
pub(super) fn threads(count: impl std::fmt::Display) -> String {
    let count = count.to_string();
    let word = if count == "1" { "thread" } else { "threads" };
    format!("{count} {word}")
}

/// A number of bytes in powers of 1000.
pub(super) fn bytes(bytes: u128) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB", "TB", "PB"] {
        if size < 1000.0 || unit == "PB" {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{size:.3} {unit}") };
        }
        size /= 1000.0;
    }
    unreachable!("the last unit takes everything")
}

/// A rate, with three digits: `12.3 k`, `1.50 M`. It is never negative.
pub(super) fn rate(value: f64) -> String {
    let value = if value > 0.0 { value } else { 0.0 };
    let (value, unit) = match value {
        value if value >= 1e9 => (value / 1e9, " G"),
        value if value >= 1e6 => (value / 1e6, " M"),
        value if value >= 1e3 => (value / 1e3, " k"),
        value => (value, ""),
    };
    let digits = if value >= 100.0 { 0 } else { usize::from(value < 10.0) + 1 };
    format!("{value:.digits$}{unit}")
}

/// A part as a percentage: `12.3 %`, `< 0.1 %`.
pub(super) fn percentage(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    if part > 0 && percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

/// A number with so many decimal places; what rounds to 0 has no sign.
pub(super) fn places(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(size) if size.bytes().all(|byte| matches!(byte, b'0' | b'.')) => size.to_owned(),
        _ => text,
    }
}

/// A text whose lines are broken at spaces where they are longer than so many letters. What follows stands below the words after a key
/// (`points    128 ..`), else below the beginning; a word that is longer stays whole.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    text.split('\n').map(|line| wrapped_line(line, columns)).collect::<Vec<_>>().join("\n")
}

fn wrapped_line(line: &str, columns: usize) -> String {
    let count = |text: &str| text.chars().count();
    if count(line) <= columns {
        return line.to_owned();
    }
    let lead = line.len() - line.trim_start_matches(' ').len();
    // A key and what is said of it stand in two columns.
    let key = line[lead..].find("  ").map(|end| lead + end);
    let told = key.map(|end| end + line[end..].len() - line[end..].trim_start_matches(' ').len());
    let hang = told.map(|byte| count(&line[..byte])).filter(|told| 3 * told <= columns).unwrap_or(lead);
    let mut lines = vec![String::new()];
    let mut is_open = false;
    for part in line.split_inclusive(' ') {
        let own = lines.last_mut().expect("there is always a line");
        let word = part.trim_end_matches(' ');
        if is_open && !word.is_empty() && count(own) + count(word) > columns {
            lines.push(" ".repeat(hang) + part);
        } else {
            own.push_str(part);
        }
        is_open |= !word.is_empty();
    }
    lines.iter().map(|line| line.trim_end_matches(' ')).collect::<Vec<_>>().join("\n")
}

/// A path as a shell takes it, in a command that is shown to be typed.
pub(super) fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    quoted(if text.starts_with('-') { format!("./{text}") } else { text })
}

/// Why a run cannot be stopped in good order.
pub(super) fn no_signals(error: &std::io::Error) -> String {
    format!("signals cannot be caught: {}; run on another system", words_of(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_0_has_no_sign() {
        assert_eq!(
            [-0.0, -4e-9, -5.1e-9, 1.0].map(|value| places(value, 8)),
            ["0.00000000", "0.00000000", "-0.00000001", "1.00000000"]
        );
    }

    #[test]
    fn long_lines_are_broken_at_spaces_and_go_on_below_their_words() {
        assert_eq!(wrapped("one two\nthree", 7), "one two\nthree");
        assert_eq!(wrapped("one two three", 8), "one two\nthree");
        assert_eq!(wrapped("  one two three", 10), "  one two\n  three");
        let line = "points     128 of 256 (50.0 %), 0 of them from before";
        assert_eq!(wrapped(line, 33), "points     128 of 256 (50.0 %), 0\n           of them from before");
        assert_eq!(wrapped("a/path/that/is/long and more", 10), "a/path/that/is/long\nand more");
        // No letter is lost.
        for columns in 1..80 {
            let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
            assert_eq!(words(&wrapped(line, columns)), words(line));
            let most = 9_usize.max(columns);
            assert!(wrapped(line, columns).lines().all(|line| line.trim_start().chars().count() <= most));
        }
    }

    #[test]
    fn a_path_in_a_command_is_one_word_of_a_shell() {
        let shown = |path: &str| typed(Path::new(path));
        assert_eq!(shown("runs/a/map.nc"), "runs/a/map.nc");
        assert_eq!(shlex_of(&shown("my runs/it's $(x)")), "my runs/it's $(x)");
        assert_eq!(shown("-x.nc"), "./-x.nc");
    }

    /// What a shell makes of a word.
    fn shlex_of(word: &str) -> String {
        let output = std::process::Command::new("sh").args(["-c", &format!("printf %s {word}")]).output();
        String::from_utf8(output.expect("a shell").stdout).expect("text")
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let text = |seconds| duration(Duration::from_secs_f64(seconds));
        assert_eq!(text(0.25), "0.2 s");
        assert_eq!(text(45.4), "45 s");
        assert_eq!(text(723.0), "12 min 3 s");
        assert_eq!(text(12_000.0), "3 h 20 min");
        assert_eq!(text(187_200.0), "2 d 4 h");
    }

    #[test]
    fn sizes_rates_and_parts_have_three_digits() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(12_345_678), "12.346 MB");
        assert_eq!(rate(12_345.0), "12.3 k");
        assert_eq!(rate(1_500_000.0), "1.50 M");
        assert_eq!([5.0, 0.0, -0.0, f64::NAN].map(rate), ["5.00", "0.00", "0.00", "0.00"]);
        assert_eq!(percentage(1, 10_000), "< 0.1 %");
        assert_eq!(percentage(1, 8), "12.5 %");
        assert_eq!(percentage(0, 0), "0.0 %");
    }
}
