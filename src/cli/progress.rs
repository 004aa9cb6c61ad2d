//! How a run shows how it goes: a bar with rate, time left and shares of regimes on a terminal, and elsewhere one line every
//! 30 s that grep finds. Knows nothing of how points are measured.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::complaint::visible;
use crate::run::Phase;
use crate::schedule::Progress;
use crate::store::Recovery;

use super::console::Console;
use super::words;

/// How often a line is written where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// So many regimes stand beside the bar.
const MOST_SHARES: usize = 4;

/// What a run has said so far.
#[derive(Debug)]
pub(super) struct Teller {
    labels: Vec<String>,
    bar: Option<ProgressBar>,
    is_quiet: bool,
    last_line: Instant,
}

impl Teller {
    /// For a study whose points can be called so.
    pub(super) fn new(labels: Vec<String>, console: &Console) -> Self {
        let has_bar = !console.is_quiet() && std::io::stderr().is_terminal();
        let bar = has_bar.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            // The message is cut where the window ends, also after the window was made narrower: a line that wraps is not taken
            // away when it is drawn anew.
            let template = match console.columns_of_remarks() {
                0..50 => "{percent:>3} %  {wide_msg}",
                50..70 => "{bar:12} {percent:>3} %  {wide_msg}",
                _ => "{bar:24} {percent:>3} %  {wide_msg}",
            };
            bar.set_style(ProgressStyle::with_template(template).expect("the template is well formed"));
            bar
        });
        Self { labels, bar, is_quiet: console.is_quiet(), last_line: Instant::now() }
    }

    /// Takes note of how it goes.
    pub(super) fn tell(&mut self, phase: Phase<'_>, console: &mut Console) {
        match phase {
            Phase::Opened(folder) => found(folder.recovery(), console),
            Phase::Measuring(progress) => self.measuring(progress, console),
            Phase::Remark(remark) => match &self.bar {
                Some(bar) => bar.suspend(|| console.warn(remark)),
                None => console.warn(remark),
            },
            Phase::Note(note) => match &self.bar {
                Some(bar) => bar.suspend(|| console.note(note)),
                None => console.note(note),
            },
            Phase::Writing(cell, cells) => {
                if let Some(bar) = &self.bar {
                    bar.set_length(cells);
                    bar.set_position(cell);
                    bar.set_message("writing the map");
                }
            }
        }
    }

    fn measuring(&mut self, progress: &Progress, console: &mut Console) {
        let done = progress.done();
        if let Some(bar) = &self.bar {
            bar.set_length(progress.points);
            bar.set_position(done);
            bar.set_message(visible(&self.details(progress)).into_owned());
        } else if !self.is_quiet && self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            let percentage = words::percentage(done, progress.points);
            let details = self.details(progress);
            console.note(format!("progress: {percentage} of {} points, {details}", progress.points));
        }
    }

    /// Rate, time left, failures and the most frequent regimes.
    fn details(&self, progress: &Progress) -> String {
        let mut parts = Vec::new();
        if progress.computed > 0 {
            parts.push(format!("{} points/s", words::rate(progress.rate())));
        }
        if let Some(rest) = progress.rest {
            parts.push(format!("{} left", words::duration(rest)));
        }
        let mut shares: Vec<(u64, &str)> =
            progress.regimes.iter().copied().zip(self.labels.iter().map(String::as_str)).collect();
        shares.retain(|(count, _)| *count > 0);
        shares.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        // Of all points whose regime is known, those of earlier runs too.
        let known: u64 = progress.regimes.iter().sum();
        let share = |(count, name): &(u64, &str)| format!("{name} {}", words::percentage(*count, known));
        parts.extend(shares.iter().take(MOST_SHARES).map(share));
        if progress.failed() > 0 {
            parts.push(format!("failed {}", words::percentage(progress.failed(), known)));
        }
        parts.join(", ")
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Says what the journals held.
fn found(recovery: &Recovery, console: &mut Console) {
    if let Some(folder) = &recovery.kept_aside {
        console.note(format!("the older results are kept in {}", folder.display()));
    }
    if recovery.points > 0 {
        let journals = if recovery.journals == 1 { "journal" } else { "journals" };
        console.note(format!(
            "resuming: {} points taken from {} {journals}",
            recovery.points, recovery.journals
        ));
    }
    if recovery.torn > 0 {
        let (journals, leaves) =
            if recovery.torn == 1 { ("journal ends", "it") } else { ("journals end", "them") };
        console.note(format!(
            "{} {journals} in the middle of a frame ({} bytes), as a kill leaves {leaves}; those points are computed again",
            recovery.torn, recovery.torn_bytes
        ));
    }
    if recovery.damaged > 0 {
        console.warn(format!(
            "warning: journals are damaged at {} place{} ({} bytes); those points are computed again",
            recovery.damaged,
            if recovery.damaged == 1 { "" } else { "s" },
            recovery.damaged_bytes
        ));
    }
}
