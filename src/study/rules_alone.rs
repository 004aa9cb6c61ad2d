//! A file that holds rules and nothing else, to name the points of a map anew: the study of the map with these rules. Knows no map.

use std::path::Path;

use crate::complaint::{Complaint, Complaints, Source, text_of};

use super::document::{self, Content, LONGEST_TEXT};
use super::{Study, StudyError, Texts};

/// The only key of such a file.
const KEY: &str = "regime";

impl Texts {
    /// The text of a file that holds `[[regime]]` and nothing else; `None` where it is another file, as one that is not text.
    ///
    /// # Errors
    /// When the file is no TOML although it begins with rules.
    pub fn rules_alone(path: &Path) -> Result<Option<String>, StudyError> {
        let Ok(text) = text_of(path, LONGEST_TEXT as u64) else { return Ok(None) };
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let begins = first.is_some_and(is_header);
        match document::read(&Source::new(path.display().to_string(), text.as_str())) {
            Ok(root) => {
                let Content::Table(entries) = &root.content else { return Ok(None) };
                let is_alone = !entries.is_empty() && entries.iter().all(|entry| entry.key == KEY);
                Ok((is_alone && begins).then_some(text))
            }
            Err(wrong) if begins => Err(Complaints(wrong).into()),
            Err(_) => Ok(None),
        }
    }
}

impl Study {
    /// The same study with the rules of a file that holds nothing else.
    ///
    /// # Errors
    /// What is wrong with the rules, at their place in that file.
    pub fn with_rules(&self, path: &Path, rules: &str) -> Result<Self, StudyError> {
        let kept = without_rules(&self.texts().study);
        let begin = kept.len();
        let texts = Texts { study: format!("{kept}{rules}"), ..self.texts().clone() };
        let source = Source::new(path.display().to_string(), rules);
        let moved = |complaint: Complaint| {
            let is_of_rules =
                complaint.source.text.len() == begin + rules.len() && complaint.span.start >= begin;
            if !is_of_rules {
                return complaint;
            }
            let span = complaint.span.start - begin..complaint.span.end.max(complaint.span.start) - begin;
            Complaint { source: source.clone(), span, ..complaint }
        };
        Self::from_texts(texts).map_err(|wrong| Complaints(wrong.0.into_iter().map(moved).collect()).into())
    }
}

fn is_header(line: &str) -> bool {
    let inner = line.trim().strip_prefix("[[").and_then(|rest| rest.split_once("]]"));
    inner.is_some_and(|(name, _)| name.trim() == KEY)
}

/// A study's text without its tables `[[regime]]`, each of which goes on to the next line that begins a table.
fn without_rules(study: &str) -> String {
    let (mut kept, mut is_rule) = (String::new(), false);
    for line in study.lines() {
        if line.trim_start().starts_with('[') {
            is_rule = is_header(line);
        }
        if !is_rule {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_taken_out_of_a_study_and_nothing_else_is() {
        let study = "title = \"x\"\n[[regime]]\nname = \"a\"\nwhen = \"x > 1\"\n\n[time]\nstep = 1\n[[ regime ]] # last\nname = \"b\"";
        assert_eq!(without_rules(study), "title = \"x\"\n[time]\nstep = 1\n");
        assert_eq!(without_rules(""), "");
    }
}
