//! The program's output: results to standard output, everything else to standard error. Text from untrusted files
//! cannot control a terminal: it is made visible here, for all verbs. Knows no verb.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Stderr, Stdout, Write, stderr, stdout};

use crate::complaint::{is_hidden, visible, words_of};

use super::Failure;
use super::words::wrapped;

/// The two streams, and how much is said on them.
#[derive(Debug)]
pub(super) struct Console {
    results: Stdout,
    remarks: Stderr,
    quiet: bool,
    /// The first error of standard output.
    error: Option<io::Error>,
}

impl Console {
    /// A console; a quiet one gives results and errors only.
    pub(super) fn new(quiet: bool) -> Self {
        Self { results: stdout(), remarks: stderr(), quiet, error: None }
    }

    /// A line of the result.
    pub(super) fn say(&mut self, line: impl AsRef<str>) {
        let line = visible(line.as_ref());
        self.put(format_args!("{line}\n"));
    }

    /// Lines of text of the result: broken where a terminal is narrower, and whole for everybody else.
    pub(super) fn tell(&mut self, text: impl AsRef<str>) {
        match self.columns() {
            Some(columns) => self.say(wrapped(&visible(text.as_ref()), columns)),
            None => self.say(text),
        }
    }

    /// A result as JSON. What would command a terminal is escaped as JSON does it, so that a reader gets the same text.
    pub(super) fn say_json(&mut self, value: &impl serde::Serialize) {
        let json = serde_json::to_string(value).expect("a report is JSON");
        let mut line = String::with_capacity(json.len());
        for letter in json.chars() {
            if is_hidden(letter) {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(line, "\\u{unit:04x}").expect("a string takes any text");
                }
            } else {
                line.push(letter);
            }
        }
        self.put(format_args!("{line}\n"));
    }

    /// Lines that the program has drawn, with colours of its own; whoever draws has made strangers' words visible.
    pub(super) fn say_drawn(&mut self, text: &str) {
        self.put(format_args!("{text}\n"));
    }

    /// A text that is a file: whole and exact, but for a terminal.
    pub(super) fn write(&mut self, text: &str) {
        if self.is_terminal() {
            self.put(format_args!("{}", visible(text)));
        } else {
            self.put(format_args!("{text}"));
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        if self.error.is_none() {
            self.error = self.results.write_fmt(text).err();
        }
    }

    /// Whether nobody reads the results any more.
    pub(super) fn is_unheard(&self) -> bool {
        self.error.is_some()
    }

    /// Writes out what is left of the results. A reader that has gone away (`| head`) is nobody's error.
    ///
    /// # Errors
    /// When results could not be written.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let error = self.error.take().or_else(|| self.results.flush().err());
        match error {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten(&error)),
            _ => Ok(()),
        }
    }

    /// A line about the work, for a person.
    pub(super) fn note(&mut self, line: impl AsRef<str>) {
        if !self.quiet {
            let line = visible(line.as_ref());
            let _ = writeln!(self.remarks, "{}", self.fitted(&line));
        }
    }

    /// What is found beside a table: with the remarks, or among the results where only those are wanted.
    pub(super) fn find(&mut self, line: impl AsRef<str>) {
        if self.quiet {
            self.say(line);
        } else {
            self.note(line);
        }
    }

    /// A warning.
    pub(super) fn warn(&mut self, text: impl std::fmt::Display) {
        let text = text.to_string();
        let text = visible(&text);
        let _ = writeln!(self.remarks, "{}\n", self.fitted(&text));
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
        let _ = writeln!(self.remarks, "{head}{}", visible(&text));
    }

    /// Whether nothing but results and errors is said.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether results go to a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.results.is_terminal()
    }

    /// A remark as the terminal has room for it.
    fn fitted(&self, text: &str) -> String {
        match self.width_of_remarks() {
            Some(columns) => wrapped(text, columns),
            None => text.to_owned(),
        }
    }

    /// Letters in a line of the terminal that remarks go to, if they go to one that says how wide it is.
    fn width_of_remarks(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(&self.remarks).ok().filter(|_| self.remarks.is_terminal());
        size.map(|size| size.ws_col.into()).filter(|&columns| columns > 0)
    }

    /// Letters in a line of remarks; 80 where there is no terminal.
    pub(super) fn columns_of_remarks(&self) -> usize {
        self.width_of_remarks().unwrap_or(80)
    }

    /// Letters in a line of the terminal that results go to, if they go to one.
    pub(super) fn columns(&self) -> Option<usize> {
        self.is_terminal().then(|| self.size().0)
    }

    /// Letters in a line and lines of the terminal; 80 by 24 where there is none.
    pub(super) fn size(&self) -> (usize, usize) {
        match rustix::termios::tcgetwinsize(&self.results) {
            Ok(size) if self.is_terminal() && size.ws_col > 0 => (size.ws_col.into(), size.ws_row.into()),
            _ => (80, 24),
        }
    }
}

/// What to say when standard output does not take the results.
pub(super) fn unwritten(error: &io::Error) -> Failure {
    let words = words_of(error);
    Failure::Machine(format!(
        "the results cannot be written to standard output: {words}; send them elsewhere"
    ))
}
