//! A text in TOML, a study or a cluster's profile, as a tree of values that remember where they stand, with the overrides of the
//! command line put in. Knows nothing of what the keys mean.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::complaint::{Complaint, Source};

/// The longest study that is read, in bytes: a text beyond it is not a study, and reading it would cost memory.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;

/// A place in one of the texts that make a study: its file, or an override.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The text.
    pub(crate) source: Arc<Source>,
    /// The bytes of it.
    pub(crate) span: Range<usize>,
}

impl Place {
    /// An error here.
    pub(crate) fn error(&self, message: impl Into<String>, remedy: impl Into<String>) -> Complaint {
        Complaint::error(&self.source, self.span.clone(), message, remedy)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) content: Content,
}

/// What a value can be.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A text.
    Text(String),
    /// A number; `spelling` is as written, since `0.1 ms` must become the nearest number of seconds, not a product.
    Number {
        /// Its value.
        value: f64,
        /// As written, without `_`.
        spelling: String,
    },
    /// `true` or `false`.
    Truth(bool),
    /// A list.
    List(Vec<Value>),
    /// A table, in the order of the text.
    Table(Vec<Entry>),
    /// A date or a time of day, of which a study has none.
    Date,
}

/// One line of a table.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) place: Place,
    /// The value.
    pub(crate) value: Value,
}

impl Content {
    /// The word for this kind of value in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Number { .. } => "a number",
            Self::Truth(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Date => "a date",
        }
    }
}

/// A text with more lines that are not TOML than this is not a study with mistakes.
const MOST_COMPLAINTS: usize = 3;

/// Reads a study's text.
///
/// # Errors
/// Everything that is not TOML, each with its place.
pub(crate) fn read(source: &Arc<Source>) -> Result<Value, Vec<Complaint>> {
    if source.text.len() > LONGEST_TEXT {
        let message =
            format!("the text has {} bytes, and at most {LONGEST_TEXT} are read", source.text.len());
        return Err(vec![Complaint::error(source, 0..0, message, "give a TOML file, not a file of data")]);
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        let mut complaints: Vec<Complaint> = errors.iter().map(|error| not_toml(source, error)).collect();
        // What follows an error on its line is mostly its echo.
        complaints.dedup_by_key(|complaint| complaint.position().0);
        if complaints.len() > MOST_COMPLAINTS {
            // It is something else altogether.
            let more = complaints.len() - 1;
            complaints.truncate(1);
            let first = &complaints[0];
            let message = format!("{}; nor are {more} lines more", first.message);
            let remedy = "give a study, which has `key = value` lines under `[section]` headings";
            complaints[0] = Complaint { message, remedy: remedy.to_owned(), ..first.clone() };
        }
        return Err(complaints);
    }
    Ok(table_value(source, table.get_ref(), 0..0))
}

/// Puts an override `key=value` into a study; the key's parts are divided by dots, the value is TOML, or a bare text.
///
/// # Errors
/// An override that cannot be read, or that leads through something that is not a table.
pub(crate) fn set(study: &mut Value, text: &str) -> Result<(), Complaint> {
    let source = Source::new("--set", text);
    let whole = || 0..text.len();
    if text.contains('\n') {
        let message = "an override has one line: a map keeps each on a line of its own";
        return Err(Complaint::error(
            &source,
            whole(),
            message,
            "write lists and tables without line breaks",
        ));
    }
    let Some(at) = text.find('=') else {
        let remedy = "write `--set key=value`, for instance `--set space.axes.p.n=64`";
        return Err(Complaint::error(&source, whole(), "an override needs a `=`", remedy));
    };
    let key_text = format!("{}=0", &text[..at]);
    let keys = DeTable::parse(&key_text).map_err(|error| not_toml(&source, &error))?;
    let mut path = Vec::new();
    let mut table = keys.get_ref();
    while let Some((key, value)) = table.iter().next() {
        path.push((key.get_ref().to_string(), Place { source: Arc::clone(&source), span: key.span() }));
        let DeValue::Table(inner) = value.get_ref() else { break };
        table = inner;
    }
    let value = override_value(&source, at + 1)?;
    put(study, &path, value)
}

/// The value of an override, from byte `start` of its text.
fn override_value(source: &Arc<Source>, start: usize) -> Result<Value, Complaint> {
    let text = &source.text[start..];
    // The reader sees another key of the same length, so that its spans are those of the override.
    let stand_in = format!("k{}={text}", " ".repeat(start.saturating_sub(2)));
    match DeTable::parse(&stand_in) {
        Ok(table) => Ok(value_of(source, table.get_ref().values().next().expect("one key"))),
        // A shell takes quotes away: `--set time.step="0.1 ms"` arrives without them.
        Err(_) if !text.trim().is_empty() && !text.trim_start().starts_with(['"', '\'', '[', '{']) => {
            let place = Place { source: Arc::clone(source), span: start..source.text.len() };
            Ok(Value { place, content: Content::Text(text.trim().to_owned()) })
        }
        Err(error) => Err(not_toml(source, &error)),
    }
}

/// Replaces what stands at a path, making tables on the way where none are.
fn put(target: &mut Value, path: &[(String, Place)], value: Value) -> Result<(), Complaint> {
    let Some(((key, place), rest)) = path.split_first() else {
        *target = value;
        return Ok(());
    };
    match &mut target.content {
        Content::Table(entries) => {
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
                return put(&mut entry.value, rest, value);
            }
            let mut inner = Value { place: place.clone(), content: Content::Table(Vec::new()) };
            put(&mut inner, rest, value)?;
            entries.push(Entry { key: key.clone(), place: place.clone(), value: inner });
            Ok(())
        }
        Content::List(items) => {
            let count = items.len();
            match key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(item) => put(item, rest, value),
                None => Err(place.error(
                    format!("`{key}` is not an item of this list, which has {count}"),
                    "count its items from 0, for instance `--set regime.0.seizing=true`",
                )),
            }
        }
        other => Err(place.error(
            format!("`{key}` lies inside {}, which has no keys", other.kind()),
            "set the whole value instead",
        )),
    }
}

fn not_toml(source: &Arc<Source>, error: &toml::de::Error) -> Complaint {
    let message = format!("this is not TOML: {}", error.message());
    let remedy = "write `key = value` lines under `[section]` headings, texts in quotes";
    Complaint::error(source, error.span().unwrap_or(0..0), message, remedy)
}

fn table_value(source: &Arc<Source>, table: &DeTable<'_>, span: Range<usize>) -> Value {
    let entries = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            place: Place { source: Arc::clone(source), span: key.span() },
            value: value_of(source, value),
        })
        .collect();
    Value { place: Place { source: Arc::clone(source), span }, content: Content::Table(entries) }
}

fn value_of(source: &Arc<Source>, value: &Spanned<DeValue<'_>>) -> Value {
    let span = value.span();
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Text(text.to_string()),
        DeValue::Boolean(truth) => Content::Truth(*truth),
        DeValue::Datetime(_) => Content::Date,
        DeValue::Integer(integer) => {
            let whole = i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX);
            Content::Number { value: whole as f64, spelling: whole.to_string() }
        }
        DeValue::Float(float) => {
            let value = float.as_str().parse().unwrap_or(f64::NAN);
            Content::Number { value, spelling: float.as_str().to_owned() }
        }
        DeValue::Array(items) => Content::List(items.iter().map(|item| value_of(source, item)).collect()),
        DeValue::Table(table) => return table_value(source, table, span),
    };
    Value { place: Place { source: Arc::clone(source), span }, content }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
        path.iter().fold(value, |value, key| match &value.content {
            Content::Table(entries) => {
                &entries.iter().find(|entry| entry.key == *key).expect("the key is there").value
            }
            Content::List(items) => &items[key.parse::<usize>().expect("an index")],
            _ => panic!("{key} is not in a table"),
        })
    }

    fn study(text: &str) -> Value {
        read(&Source::new("study.toml", text)).expect("TOML")
    }

    #[test]
    fn a_value_knows_the_bytes_it_stands_on() {
        let text = "title = \"t\"\n[time]\nstep = \"0.1 ms\"\n";
        let value = study(text);
        let step = find(&value, &["time", "step"]);
        assert_eq!(&text[step.place.span.clone()], "\"0.1 ms\"");
    }

    #[test]
    fn an_override_replaces_a_value_deep_inside() {
        let mut value = study("[space.axes]\nB = { from = 1, to = 2, n = 3 }\n");
        set(&mut value, "space.axes.B.n=64").expect("an override");
        let Content::Number { value: n, .. } = find(&value, &["space", "axes", "B", "n"]).content else {
            panic!("a number")
        };
        assert!((n - 64.0).abs() < f64::EPSILON);
        assert!(matches!(find(&value, &["space", "axes", "B", "from"]).content, Content::Number { .. }));
    }

    #[test]
    fn an_override_may_be_a_bare_text_and_may_name_an_item_of_a_list() {
        let mut value = study("[[regime]]\nname = \"a\"\n");
        set(&mut value, "time.step=0.1 ms").expect("a bare text");
        set(&mut value, "regime.0.when=amplitude > 5").expect("an item");
        let text = |path: &[&str]| match &find(&value, path).content {
            Content::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text(&["time", "step"]), "0.1 ms");
        assert_eq!(text(&["regime", "0", "when"]), "amplitude > 5");
    }

    #[test]
    fn an_override_of_a_quoted_key_reaches_it() {
        let mut value = study("[space.axes]\n\"init.y0\" = { n = 3 }\n");
        set(&mut value, "space.axes.\"init.y0\".n = 5").expect("an override");
        let Content::Number { spelling, .. } = &find(&value, &["space", "axes", "init.y0", "n"]).content
        else {
            panic!("a number")
        };
        assert_eq!(spelling, "5");
    }

    #[test]
    fn what_is_wrong_with_an_override_is_shown_in_it() {
        let mut value = study("title = \"t\"\n");
        for text in ["novalue", "a=[1,\n2]", "a..b=1", "title.x=1", "x=[1,", "regime.9=", "=1"] {
            let complaint = set(&mut value, text).expect_err(text);
            assert_eq!(complaint.source.name, "--set");
            assert!(!complaint.remedy.is_empty());
        }
    }

    #[test]
    fn every_line_that_is_not_toml_is_named() {
        let errors = read(&Source::new("s", "a = \nb = [1\n\nc = 3\nd = = 4\n")).expect_err("not TOML");
        assert!(!errors.is_empty());
        assert!(errors.iter().all(|error| error.message.contains("not TOML")));
    }
}
