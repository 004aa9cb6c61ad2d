//! Reading a table strictly: every key is asked for by name, what was not asked for is an error with the nearest name that
//! would have been, and every value has the kind it should have. Knows nothing of what the keys mean.

use std::ops::Range;
use std::sync::Arc;

use crate::complaint::{Complaint, Source, nearest};

use super::document::{Content, Entry, Place, Value};

/// All that is wrong so far.
pub(crate) type Sink = Vec<Complaint>;

/// A table that is being read.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    /// What the table is in a message, for instance `[time]`.
    owner: String,
    place: Place,
    entries: &'a [Entry],
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of a value that should be a table.
    pub(crate) fn of(owner: impl Into<String>, value: &'a Value, sink: &mut Sink) -> Option<Self> {
        let owner = owner.into();
        if let Content::Table(entries) = &value.content {
            return Some(Self { owner, place: value.place.clone(), entries, known: Vec::new() });
        }
        let message = format!("{owner} is {}, and should be a table", value.content.kind());
        sink.push(value.place.error(message, "write it as `{ key = value, .. }` or under a `[heading]`"));
        None
    }

    /// Where the table begins.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// A value, if the table has it.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// A value that must be there.
    pub(crate) fn require(&mut self, key: &'static str, example: &str, sink: &mut Sink) -> Option<&'a Value> {
        let found = self.get(key);
        // A misspelt key is named as such by `finish`; saying also that it is missing would be noise.
        let is_misspelt =
            || self.unasked().any(|entry| nearest(&entry.key, [key]).is_some() && entry.key != key);
        if found.is_none() && !is_misspelt() {
            let message = format!("{} needs `{key}`", self.owner);
            sink.push(self.place.error(message, format!("add `{key} = {example}`")));
        }
        found
    }

    /// A table inside this one.
    pub(crate) fn table(&mut self, key: &'static str, sink: &mut Sink) -> Option<Fields<'a>> {
        let value = self.get(key)?;
        Fields::of(format!("[{key}]"), value, sink)
    }

    fn unasked(&self) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str()))
    }

    /// Complains about every key that nobody asked for.
    pub(crate) fn finish(self, sink: &mut Sink) {
        for entry in self.unasked() {
            let remedy = match nearest(&entry.key, self.known.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("it may have {}", listing(self.known.iter().copied())),
            };
            sink.push(entry.place.error(format!("{} has no key `{}`", self.owner, entry.key), remedy));
        }
    }
}

/// Names in a sentence: `a`, `b` and `c`.
pub(crate) fn listing<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The remedy for an unknown name: the nearest known one, or all of them where they are few.
pub(crate) fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(wanted, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there is {}", listing(known)),
    }
}

impl Value {
    fn wrong_kind(&self, what: &str, wanted: &str) -> Complaint {
        let message = format!("{what} is {}, and should be {wanted}", self.content.kind());
        self.place.error(message, format!("write {wanted}"))
    }

    /// The value as a text.
    pub(crate) fn text(&self, what: &str, sink: &mut Sink) -> Option<&str> {
        if let Content::Text(text) = &self.content {
            return Some(text);
        }
        sink.push(self.wrong_kind(what, "a text in quotes"));
        None
    }

    /// The value as a finite number.
    pub(crate) fn number(&self, what: &str, sink: &mut Sink) -> Option<f64> {
        match &self.content {
            Content::Number { value, .. } if value.is_finite() => return Some(*value),
            Content::Number { .. } => {
                sink.push(self.place.error(format!("{what} is not finite"), "write a finite number"));
            }
            _ => sink.push(self.wrong_kind(what, "a number")),
        }
        None
    }

    /// The value as a whole number from `least` to 2^53.
    pub(crate) fn count(&self, what: &str, least: u64, sink: &mut Sink) -> Option<u64> {
        let value = self.number(what, sink)?;
        if value.fract() == 0.0 && value >= least as f64 && value <= 9_007_199_254_740_992.0 {
            return Some(value as u64);
        }
        let message = format!("{what} is {value}, and should be a whole number from {least} to 2^53");
        sink.push(self.place.error(message, format!("write a whole number of at least {least}")));
        None
    }

    /// The value as true or false.
    pub(crate) fn truth(&self, what: &str, sink: &mut Sink) -> Option<bool> {
        if let Content::Truth(truth) = self.content {
            return Some(truth);
        }
        sink.push(self.wrong_kind(what, "true or false"));
        None
    }

    /// The value as a list.
    pub(crate) fn list(&self, what: &str, sink: &mut Sink) -> Option<&[Value]> {
        if let Content::List(items) = &self.content {
            return Some(items);
        }
        let complaint = match &self.content {
            Content::Table(_) if what.starts_with("`[[") => {
                let message = format!("{what} is a list, and its heading here has one pair of brackets");
                self.place.error(message, format!("write the heading as {what}"))
            }
            _ => self.wrong_kind(what, "a list `[.., ..]`"),
        };
        sink.push(complaint);
        None
    }

    /// The value as a table of any keys.
    pub(crate) fn entries(&self, what: &str, sink: &mut Sink) -> Option<&[Entry]> {
        if let Content::Table(entries) = &self.content {
            return Some(entries);
        }
        sink.push(self.wrong_kind(what, "a table `{ name = value, .. }`"));
        None
    }

    /// Where the letters of a text stand, for what reads it further: in the study itself where its letters stand there as
    /// they are, else (escapes, or a bare override) in a text of their own.
    pub(crate) fn letters(&self, text: &str) -> (Arc<Source>, Range<usize>) {
        let Place { source, span } = &self.place;
        for quotes in [0, 1, 3] {
            let inner = span.start + quotes..span.end.saturating_sub(quotes);
            if source.text.get(inner.clone()) == Some(text) {
                return (Arc::clone(source), inner);
            }
        }
        (Source::new(format!("{} (a text in it)", source.name), text), 0..text.len())
    }
}
