//! A text made of pieces of another one, which remembers where each comes from. Knows nothing of what is written in it.

use std::ops::Range;
use std::sync::Arc;

use crate::complaint::Source;

/// A text as far as it is made.
#[derive(Debug, Default)]
pub(super) struct Made {
    text: String,
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

impl Made {
    /// How many bytes it has.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// Appends a piece of the original text.
    pub(super) fn copy(&mut self, original: &str, span: Range<usize>) {
        if span.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(&original[span.clone()]);
        match self.pieces.last_mut() {
            Some((made, own)) if made.len() == own.len() && own.end == span.start && made.end == start => {
                made.end = self.text.len();
                own.end = span.end;
            }
            _ => self.pieces.push((start..self.text.len(), span)),
        }
    }

    /// Appends what stands for a piece of the original text.
    pub(super) fn put(&mut self, text: &str, stands_for: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push((start..self.text.len(), stands_for));
    }

    /// The text, whose complaints show the original.
    pub(super) fn finish(self, original: &Arc<Source>) -> Arc<Source> {
        Source::made_from(original, self.text, self.pieces)
    }
}
