//! What is wrong, where it stands, and what to do about it: every error that a user's text can cause is one of these.
//! Knows nothing of what the text means.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A text that a user wrote, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's path as the user gave it, or a name such as `--set`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A named text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
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
