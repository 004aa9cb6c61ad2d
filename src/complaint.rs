//! What is wrong, where it stands, and what to do about it: every error that a user's text can cause is one of these.
//! Knows nothing of what the text means.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, ErrorKind, Read as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A text that a user wrote, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's path as the user gave it, or a name such as `--set`.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Of a text that was made from a user's: where its pieces come from.
    origin: Option<Origin>,
}

/// Where the pieces of a text come from that was made from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    source: Arc<Source>,
    /// A piece of the made text and where it comes from, in the order of the made text. Pieces of equal length are copies.
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

impl Source {
    /// A named text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), origin: None })
    }

    /// A text made from a user's: `pieces` are ranges of it and the ranges of `source` that they come from, in the order of the
    /// made text; pieces of equal length are copies. Complaints about it show the user's text.
    pub fn made_from(
        source: &Arc<Self>,
        text: impl Into<String>,
        pieces: Vec<(Range<usize>, Range<usize>)>,
    ) -> Arc<Self> {
        let origin = Some(Origin { source: Arc::clone(source), pieces });
        Arc::new(Self { name: source.name.clone(), text: text.into(), origin })
    }
}

impl Origin {
    /// Where a place of the made text comes from; what comes from nowhere takes the piece before it.
    fn of(&self, span: &Range<usize>) -> Range<usize> {
        let piece = |at: usize| {
            let after = self.pieces.partition_point(|(made, _)| made.start <= at);
            self.pieces.get(after.saturating_sub(1))
        };
        let Some((made, own)) = piece(span.start) else { return 0..0 };
        let is_copy = made.len() == own.len();
        let inside = |at: usize, made: &Range<usize>, own: &Range<usize>| {
            (own.start + at.saturating_sub(made.start)).min(own.end)
        };
        let start = if is_copy { inside(span.start, made, own) } else { own.start };
        // The last byte, so that an end that touches the next piece does not take it in.
        let last = span.end.max(span.start + 1) - 1;
        let Some((made, own)) = piece(last) else { return start..start };
        let is_copy = made.len() == own.len();
        let end = if is_copy { inside(span.end, made, own) } else { own.end };
        start..end.max(start)
    }
}

/// Whether a run may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The text cannot be used.
    Error,
    /// The text can be used, but its author should know.
    Warning,
}

/// One thing that is wrong, its place in a text, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The text it is about.
    pub source: Arc<Source>,
    /// The place, as a range of bytes of the text.
    pub span: Range<usize>,
    /// What is wrong, naming the thing.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Error or warning.
    pub severity: Severity,
}

impl Complaint {
    /// An error at a place. A place that cuts a character or the text's end is moved to take it in.
    pub fn error(
        source: &Arc<Source>,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        if let Some(origin) = &source.origin {
            return Self::error(&origin.source, origin.of(&span), message, remedy);
        }
        let span = whole_characters(&source.text, span);
        Self { source: Arc::clone(source), span, message, remedy, severity: Severity::Error }
    }

    /// The same, as a warning.
    #[must_use]
    pub fn as_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Line and column of the place, both from 1; columns count characters.
    pub fn position(&self) -> (usize, usize) {
        let before = &self.source.text[..self.span.start.min(self.source.text.len())];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Complaint {
    /// Message, file, line, column, the line itself with the place marked, and the remedy; without colours.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let end = self.source.text.len();
        let span = self.span.start.min(end)..self.span.end.clamp(self.span.start.min(end), end);
        let snippet = Snippet::source(self.source.text.as_str())
            .path(self.source.name.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        let title = level.primary_title(self.message.as_str()).element(snippet);
        let report: [Group; 1] = [title.element(Level::HELP.message(self.remedy.as_str()))];
        formatter.write_str(&Renderer::plain().render(&report))
    }
}

/// The characters of a text that a range of bytes touches.
fn whole_characters(text: &str, span: Range<usize>) -> Range<usize> {
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=span.start.min(text.len())).rev().find(is_boundary).unwrap_or(0);
    let end = (span.end.clamp(start, text.len())..=text.len()).find(is_boundary).unwrap_or(text.len());
    start..end
}

/// All that is wrong with what a user wrote: at least one complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaints(pub Vec<Complaint>);

impl fmt::Display for Complaints {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, complaint) in self.0.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n\n" };
            write!(formatter, "{gap}{complaint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Complaints {}

/// Warnings, of which those with one remedy are one, with a count, where there are more than a few.
pub fn gathered(warnings: Vec<Complaint>) -> Vec<Complaint> {
    const FEW: usize = 3;
    const SHOWN: usize = 8;
    let mut kinds: Vec<(Complaint, Vec<Complaint>)> = Vec::new();
    for warning in warnings {
        let is_same = |(first, _): &&mut (Complaint, Vec<Complaint>)| {
            first.remedy == warning.remedy && first.source.name == warning.source.name
        };
        match kinds.iter_mut().find(is_same) {
            Some((_, others)) => others.push(warning),
            None => kinds.push((warning, Vec::new())),
        }
    }
    let joined = |(first, others): (Complaint, Vec<Complaint>)| {
        if others.len() < FEW {
            return std::iter::once(first).chain(others).collect::<Vec<_>>();
        }
        let mut lines: Vec<usize> = others.iter().map(|other| other.position().0).collect();
        lines.dedup();
        let shown: Vec<String> = lines.iter().take(SHOWN).map(usize::to_string).collect();
        let more = if lines.len() > SHOWN { " .." } else { "" };
        let message = format!(
            "{} (and {} more like it: lines {}{more})",
            first.message,
            others.len(),
            shown.join(", ")
        );
        vec![Complaint { message, ..first }]
    };
    kinds.into_iter().flat_map(joined).collect()
}

/// The known name nearest to a misspelt one, if any is near enough to be meant.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted_lower = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted_lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len().max(wanted.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Why the system refused, in words for a person: never with the number of an error, and a full disk is told as one.
pub fn words_of(error: &io::Error) -> String {
    // Both numbers are the same on all systems that ictus runs on, and have no kind of their own.
    const TOO_MANY_FILES: [i32; 2] = [23, 24];
    const BROKEN_DEVICE: i32 = 5;
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "permission is denied",
        ErrorKind::AlreadyExists => "there is a file of that name already",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "the disk is full for this user (the quota is used up)",
        ErrorKind::FileTooLarge => "the file would be larger than the limit for files (`ulimit -f`)",
        ErrorKind::ReadOnlyFilesystem => "its file system is read-only",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of the path is a file, not a folder",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        ErrorKind::InvalidFilename => "the name is longer than the file system takes",
        ErrorKind::StaleNetworkFileHandle => "the file server has lost it (a stale handle)",
        ErrorKind::TimedOut => "the file system does not answer",
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => "another program uses it",
        ErrorKind::CrossesDevices => "it is on another file system",
        ErrorKind::OutOfMemory => "memory is used up",
        ErrorKind::BrokenPipe => "its reader has gone away",
        _ => match error.raw_os_error() {
            Some(number) if TOO_MANY_FILES.contains(&number) => "too many files are open (`ulimit -n`)",
            Some(BROKEN_DEVICE) => "the device fails (an input/output error)",
            Some(_) => return of_the_system(&error.to_string()),
            None => return error.to_string(),
        },
    };
    // What a library adds to the bare kind stays.
    if error.get_ref().is_some() { error.to_string() } else { words.to_owned() }
}

/// What a library says of an error of the system, in which the number is told in words as by [`words_of`].
pub fn words_of_library(text: &str) -> String {
    // As it is shown, and as it is shown for debugging.
    let between = |before: &str, behind: char| {
        let (_, rest) = text.rsplit_once(before)?;
        rest.split_once(behind)?.0.parse().ok()
    };
    match between("(os error ", ')').or_else(|| between("Os { code: ", ',')) {
        Some(number) => words_of(&io::Error::from_raw_os_error(number)),
        None => text.to_owned(),
    }
}

/// The text of a file that a user names, of at most so many bytes: read no further than that, whatever the file is.
///
/// # Errors
/// Why it cannot be used, as words after the file's name.
pub fn text_of(path: &Path, most: u64) -> Result<String, String> {
    String::from_utf8(bytes_of(path, most)?).map_err(|_| "is not text (UTF-8)".to_owned())
}

fn bytes_of(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let cannot = |error: io::Error| format!("cannot be read: {}", words_of(&error));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > most {
        return Err(format!("has more than the {most} bytes that are read"));
    }
    Ok(bytes)
}

/// The same of a file that other programs wrote, in whatever encoding: a text that is not UTF-8 is taken for Latin-1, a mark of the
/// order of bytes is left out, and lines end with `\n`.
///
/// # Errors
/// As [`text_of`], but for the encoding; and where the bytes are not text at all.
pub fn text_of_any_encoding(path: &Path, most: u64) -> Result<String, String> {
    let bytes = bytes_of(path, most)?;
    if bytes.contains(&0) {
        return Err("is not text".to_owned());
    }
    // The first 256 characters of Unicode are those of Latin-1.
    let latin = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect();
    let text = String::from_utf8(bytes).unwrap_or_else(|wrong| latin(wrong.as_bytes()));
    Ok(plain_lines(&text).into_owned())
}

/// A text without a mark of the order of bytes, its lines ended by `\n`, whatever system wrote it.
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text as it may be shown: what commands a terminal or turns the direction of writing is told by its number, `\u{1b}`; all
/// that is written in any language, line breaks and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let shown = |letter: char| {
        if is_hidden(letter) { letter.escape_unicode().to_string() } else { letter.to_string() }
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Whether a letter does something else than to be seen.
pub fn is_hidden(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(letter, '\u{2028}' | '\u{2029}');
    // Nobody sees a mark of the order of bytes or a tag.
    let vanishes = matches!(letter, '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    (letter.is_control() && letter != '\n' && letter != '\t') || turns || breaks || vanishes
}

/// The system's own words as a part of a sentence, without the number at their end.
fn of_the_system(text: &str) -> String {
    let text = text.rsplit_once(" (os error ").map_or(text, |(words, _)| words);
    let mut letters = text.chars();
    // An abbreviation at the start stays as it is.
    let is_word = letters.clone().nth(1).is_some_and(char::is_lowercase);
    match letters.next() {
        Some(first) if is_word => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_of_the_system_is_told_by_its_number() {
        for number in 1..=140 {
            let words = words_of(&io::Error::from_raw_os_error(number));
            assert!(!words.is_empty() && !words.contains("os error"), "{number}: {words}");
        }
    }

    #[test]
    fn a_full_disk_and_a_limit_are_told_as_such() {
        let words = |number| words_of(&io::Error::from_raw_os_error(number));
        // ENOSPC, EFBIG and EMFILE, whose numbers are the same on all systems.
        assert_eq!(words(28), "the disk is full");
        assert!(words(27).contains("ulimit -f"), "{}", words(27));
        assert!(words(24).contains("too many files"), "{}", words(24));
        assert_eq!(words_of(&io::Error::from(ErrorKind::NotFound)), "there is no such file or folder");
    }

    #[test]
    fn what_commands_a_terminal_is_shown_and_what_is_written_stays() {
        let hostile = "a\u{1b}]0;title\u{7}\r\u{9b}31m\u{202e}b\u{2066}";
        assert_eq!(visible(hostile), "a\\u{1b}]0;title\\u{7}\\u{d}\\u{9b}31m\\u{202e}b\\u{2066}");
        for written in
            ["Größe µV·s⁻¹, α-ω", "e\u{301}", "क्\u{200d}ष", "👩\u{200d}🔬", "two\nlines\tand a tab"]
        {
            assert_eq!(visible(written), written);
        }
        assert_eq!(visible("of Windows\r\n\u{1b}"), "of Windows\n\\u{1b}");
    }

    #[test]
    fn a_file_is_read_no_further_than_allowed() {
        let endless = Path::new("/dev/zero");
        if endless.exists() {
            assert!(text_of(endless, 100).expect_err("endless").contains("more than the 100 bytes"));
        }
        let missing = text_of(Path::new("/nowhere/at all"), 100).expect_err("missing");
        assert_eq!(missing, "cannot be read: there is no such file or folder");
        assert_eq!(text_of(Path::new("/"), 100).expect_err("a folder"), "cannot be read: it is a folder");
    }

    #[test]
    fn a_complaint_about_a_text_that_was_made_shows_the_users_text() {
        let user = Source::new("user", "x[1..2]'=a[j]");
        let made = Source::made_from(
            &user,
            "x2'=a2",
            vec![(0..1, 0..1), (1..2, 1..7), (2..5, 7..10), (5..6, 10..13)],
        );
        let place = |span: Range<usize>| Complaint::error(&made, span, "", "").span;
        assert_eq!(
            (place(0..1), place(0..2), place(4..5), place(4..6), place(6..6)),
            (0..1, 0..7, 9..10, 9..13, 10..13)
        );
        assert_eq!(Complaint::error(&made, 0..1, "", "").source, user);
    }

    #[test]
    fn a_librarys_words_lose_their_number() {
        assert_eq!(words_of_library("IO: No space left on device (os error 28)"), "the disk is full");
        assert_eq!(words_of_library("a wrong number"), "a wrong number");
    }

    #[test]
    fn words_that_a_library_has_put_into_an_error_stay() {
        let error = io::Error::new(ErrorKind::NotFound, "no line of that name");
        assert_eq!(words_of(&error), "no line of that name");
    }
}
