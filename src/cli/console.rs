//! Where the program speaks: results to standard output, everything else to standard error. Knows no verb.

use std::io::{IsTerminal, Stderr, Stdout, Write, stderr, stdout};

use super::Failure;

/// The two streams, and how much is said on them.
#[derive(Debug)]
pub(super) struct Console {
    results: Stdout,
    remarks: Stderr,
    quiet: bool,
}

impl Console {
    /// A console; a quiet one gives results and errors only.
    pub(super) fn new(quiet: bool) -> Self {
        Self { results: stdout(), remarks: stderr(), quiet }
    }

    /// A line of the result. A reader that has gone away (`| head`) is nobody's error.
    pub(super) fn say(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.results, "{}", line.as_ref());
    }

    /// Bytes of the result.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let _ = self.results.write_all(bytes);
    }

    /// A line about the work, for a person.
    pub(super) fn note(&mut self, line: impl AsRef<str>) {
        if !self.quiet {
            let _ = writeln!(self.remarks, "{}", line.as_ref());
        }
    }

    /// A warning.
    pub(super) fn warn(&mut self, text: impl std::fmt::Display) {
        let _ = writeln!(self.remarks, "{text}\n");
    }

    /// Why the work ended.
    pub(super) fn complain(&mut self, failure: &Failure) {
        let text = failure.to_string();
        if text.is_empty() {
            return;
        }
        // A complaint about a text says `error:` itself.
        let head = if text.starts_with("error") { "" } else { "error: " };
        let head = if matches!(failure, Failure::Stopped(_)) { "" } else { head };
        let _ = writeln!(self.remarks, "{head}{text}");
    }

    /// Whether nothing but results and errors is said.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether results go to a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.results.is_terminal()
    }

    /// Letters in a line and lines of the terminal; 80 by 24 where there is none.
    pub(super) fn size(&self) -> (usize, usize) {
        match rustix::termios::tcgetwinsize(&self.results) {
            Ok(size) if self.is_terminal() && size.ws_col > 0 => {
                (size.ws_col.into(), size.ws_row.max(24).into())
            }
            _ => (80, 24),
        }
    }
}
