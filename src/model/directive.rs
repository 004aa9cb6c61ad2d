//! The `#@` lines of a model file: `source`, `time`, `signal`, `scale`, `range`, `regime`, `label`, `colour`, `state`, `input`, `output`, `phase`.
//! Knows the names of the model, not which features a rule may use.

use std::ops::Range;
use std::sync::Arc;

use super::names::{Meaning, Names};
use super::{NamedState, ParameterRange, RuleText};
use crate::complaint::{Complaint, Source};
use crate::equation::syntax::{Dialect, Directive, Document, Word, parse_expression, unknown_name};
use crate::table::Appearance;

/// What the `#@` lines say.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) sources: Vec<String>,
    pub(super) time_unit: String,
    pub(super) signal: Option<String>,
    pub(super) scale: f64,
    pub(super) ranges: Vec<ParameterRange>,
    pub(super) rules: Vec<RuleText>,
    pub(super) states: Vec<NamedState>,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) phase: Option<String>,
}

const WORDS: [&str; 12] = [
    "source", "time", "signal", "scale", "range", "regime", "label", "colour", "state", "input", "output",
    "phase",
];

/// Labels of points that were never measured, or could not be told; no rule may give them.
const LABELS_WITHOUT_RULE: [&str; 6] =
    ["undetermined", "diverged", "failed", "excluded", "not_computed", "singular"];

/// Reads all `#@` lines; what is wrong with them goes to `complaints`.
pub(super) fn read_all(
    source: &Arc<Source>,
    document: &Document,
    names: &Names,
    complaints: &mut Vec<Complaint>,
) -> Spoken {
    let spoken = Spoken {
        sources: Vec::new(),
        time_unit: String::new(),
        signal: None,
        scale: f64::NAN,
        ranges: Vec::new(),
        rules: Vec::new(),
        states: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        phase: None,
    };
    let mut reader = Reader { source, names, spoken };
    for directive in &document.directives {
        if let Err(complaint) = reader.read(directive) {
            complaints.push(complaint);
        }
    }
    let mut spoken = reader.spoken;
    if spoken.time_unit.is_empty() {
        "1".clone_into(&mut spoken.time_unit);
        let remedy = "write a line `#@ time s`, `#@ time ms`, or `#@ time 1` where time has no unit";
        let complaint = Complaint::error(source, 0..0, "the file does not give the unit of time", remedy);
        complaints.push(complaint.as_warning());
    }
    if spoken.scale.is_nan() {
        spoken.scale = 1.0;
    }
    spoken
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    names: &'a Names,
    spoken: Spoken,
}

impl Reader<'_> {
    fn error<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Result<T, Complaint> {
        Err(Complaint::error(self.source, span, message, remedy))
    }

    fn read(&mut self, directive: &Directive) -> Result<(), Complaint> {
        let Directive { word, rest } = directive;
        if word.text.is_empty() {
            let remedy = format!("write one of: {}", WORDS.join(", "));
            return self.error(word.span.start.saturating_sub(2)..word.span.end, "`#@` says nothing", remedy);
        }
        if !WORDS.contains(&word.text.as_str()) {
            return Err(unknown_name(self.source, word.span.clone(), "word after `#@`", WORDS));
        }
        let text = &self.source.text[rest.clone()];
        if text.is_empty() {
            return self.error(
                word.span.clone(),
                format!("`#@ {}` says nothing", word.text),
                example(&word.text),
            );
        }
        match word.text.as_str() {
            "source" => self.spoken.sources.push(text.to_owned()),
            "time" => self.time(word, rest)?,
            "signal" => self.signal(word, rest)?,
            "scale" => self.scale(word, rest)?,
            "range" => self.range(rest)?,
            "regime" => self.regime(rest)?,
            "label" | "colour" => self.appearance(&word.text, rest)?,
            "input" => self.input(rest)?,
            "output" => self.output(rest)?,
            "phase" => self.phase(word, rest)?,
            _ => self.state(rest)?,
        }
        Ok(())
    }

    fn twice<T>(&self, word: &Word) -> Result<T, Complaint> {
        self.error(word.span.clone(), format!("`#@ {}` stands twice", word.text), "remove one")
    }

    fn time(&mut self, word: &Word, rest: &Range<usize>) -> Result<(), Complaint> {
        let text = &self.source.text[rest.clone()];
        if !matches!(text, "s" | "ms" | "1") {
            let remedy = "write `#@ time s`, `#@ time ms`, or `#@ time 1` where time has no unit";
            return self.error(
                rest.clone(),
                format!("`{text}` is not a unit of time that is known here"),
                remedy,
            );
        }
        if !self.spoken.time_unit.is_empty() {
            return self.twice(word);
        }
        text.clone_into(&mut self.spoken.time_unit);
        Ok(())
    }

    fn signal(&mut self, word: &Word, rest: &Range<usize>) -> Result<(), Complaint> {
        let name = Word { text: self.source.text[rest.clone()].to_owned(), span: rest.clone() };
        let is_wanted = |meaning| matches!(meaning, Meaning::Variable(_) | Meaning::Auxiliary(_));
        let (declared, _) = self.names.demand(&name, "variable or auxiliary", is_wanted)?;
        if self.spoken.signal.replace(declared).is_some() {
            return self.twice(word);
        }
        Ok(())
    }

    /// The parameters that a network drives.
    fn input(&mut self, rest: &Range<usize>) -> Result<(), Complaint> {
        for piece in self.pieces(rest) {
            let word = Word { text: self.source.text[piece.clone()].to_owned(), span: piece };
            let is_wanted = |meaning| matches!(meaning, Meaning::Parameter(_));
            let (declared, _) = self.names.demand(&word, "parameter", is_wanted)?;
            if self.spoken.inputs.contains(&declared) {
                return self.error(word.span, format!("the input `{declared}` stands twice"), "remove one");
            }
            self.spoken.inputs.push(declared);
        }
        Ok(())
    }

    /// The variables and auxiliaries that a node of a network sends to others.
    fn output(&mut self, rest: &Range<usize>) -> Result<(), Complaint> {
        for piece in self.pieces(rest) {
            let word = Word { text: self.source.text[piece.clone()].to_owned(), span: piece };
            let is_wanted = |meaning| matches!(meaning, Meaning::Variable(_) | Meaning::Auxiliary(_));
            let (declared, _) = self.names.demand(&word, "variable or auxiliary", is_wanted)?;
            if self.spoken.outputs.contains(&declared) {
                return self.error(word.span, format!("the output `{declared}` stands twice"), "remove one");
            }
            self.spoken.outputs.push(declared);
        }
        Ok(())
    }

    /// The variable that is a phase.
    fn phase(&mut self, word: &Word, rest: &Range<usize>) -> Result<(), Complaint> {
        let name = Word { text: self.source.text[rest.clone()].to_owned(), span: rest.clone() };
        let is_wanted = |meaning| matches!(meaning, Meaning::Variable(_));
        let (declared, _) = self.names.demand(&name, "variable", is_wanted)?;
        if self.spoken.phase.replace(declared).is_some() {
            return self.twice(word);
        }
        Ok(())
    }

    fn scale(&mut self, word: &Word, rest: &Range<usize>) -> Result<(), Complaint> {
        let text = &self.source.text[rest.clone()];
        let scale = self.number(rest.clone())?;
        if scale <= 0.0 {
            return self.error(rest.clone(), format!("a scale of {text} is not positive"), example("scale"));
        }
        if !self.spoken.scale.is_nan() {
            return self.twice(word);
        }
        self.spoken.scale = scale;
        Ok(())
    }

    fn number(&self, span: Range<usize>) -> Result<f64, Complaint> {
        match self.source.text[span.clone()].parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => {
                let message = format!("`{}` is not a number", &self.source.text[span.clone()]);
                self.error(span, message, "write a number such as `0.5` or `1e-3`")
            }
        }
    }

    /// `PARAMETER FROM TO`
    fn range(&mut self, rest: &Range<usize>) -> Result<(), Complaint> {
        let pieces = self.pieces(rest);
        let [name, from, to] = pieces.as_slice() else {
            return self.error(rest.clone(), "a range is a parameter and two numbers", example("range"));
        };
        let word = Word { text: self.source.text[name.clone()].to_owned(), span: name.clone() };
        let (name, _) =
            self.names.demand(&word, "parameter", |meaning| matches!(meaning, Meaning::Parameter(_)))?;
        let (from, to) = (self.number(from.clone())?, self.number(to.clone())?);
        if from >= to {
            return self.error(
                rest.clone(),
                format!("the range of `{name}` is empty"),
                "write the smaller number first",
            );
        }
        if self.spoken.ranges.iter().any(|range| range.name == name) {
            return self.error(word.span, format!("`{name}` has two ranges"), "remove one");
        }
        self.spoken.ranges.push(ParameterRange { name, from, to });
        Ok(())
    }

    /// Pieces between blanks and commas.
    fn pieces(&self, rest: &Range<usize>) -> Vec<Range<usize>> {
        let mut at = rest.start;
        let mut pieces = Vec::new();
        for piece in self.source.text[rest.clone()].split([' ', ',', '\t']) {
            if !piece.is_empty() {
                pieces.push(at..at + piece.len());
            }
            at += piece.len() + 1;
        }
        pieces
    }

    /// `NAME when EXPRESSION [seizing]`
    fn regime(&mut self, rest: &Range<usize>) -> Result<(), Complaint> {
        let text = &self.source.text[rest.clone()];
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let span = rest.start..rest.start + name.len();
        self.check_label(name, span.clone())?;
        if words.next() != Some("when") {
            return self.error(
                rest.clone(),
                format!("the regime `{name}` lacks its `when`"),
                example("regime"),
            );
        }
        let after_name =
            span.end + self.source.text[span.end..rest.end].find("when").unwrap_or(0) + "when".len();
        let seizing = text.ends_with("seizing") && text.split_whitespace().next_back() == Some("seizing");
        let end = if seizing { rest.end - "seizing".len() } else { rest.end };
        if self.spoken.rules.iter().any(|rule| rule.name == name && rule.seizing != seizing) {
            let remedy = "let both lines end with `seizing`, or neither, or give them two names";
            return self.error(span, format!("the regime `{name}` is seizing in one line only"), remedy);
        }
        let when = parse_expression(self.source, after_name.min(end)..end, Dialect::Study)?;
        if let Some((_, span)) = when.shares().into_iter().next() {
            let message = "a model's rules are of one point, and a share is one of several starts";
            let remedy = "write the rule into a study, under `[[regime]]` with `over = \"start\"`";
            return self.error(span, message, remedy);
        }
        self.spoken.rules.push(RuleText {
            name: name.to_owned(),
            when,
            seizing,
            appearance: Appearance::default(),
        });
        Ok(())
    }

    /// `NAME TEXT` of a label, `NAME #rrggbb` of a colour, below a rule of the name.
    fn appearance(&mut self, word: &str, rest: &Range<usize>) -> Result<(), Complaint> {
        let text = &self.source.text[rest.clone()];
        let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let value = value.trim();
        let span = rest.start..rest.start + name.len();
        if !self.spoken.rules.iter().any(|rule| rule.name == name) {
            let remedy = format!("write it below a line `#@ regime {name} when condition`");
            return self.error(span, format!("there is no rule above for the regime `{name}`"), remedy);
        }
        let read = if word == "label" {
            let label = Appearance::check_label(value);
            label.map(|label| Appearance { label: Some(label), colour: None })
        } else {
            let colour = Appearance::read_colour(value).ok_or_else(|| format!("`{value}` is not a colour"));
            colour.map(|colour| Appearance { label: None, colour: Some(colour) })
        };
        let own = match read {
            Ok(own) => own,
            Err(wrong) => return self.error(rest.clone(), wrong, example(word)),
        };
        for rule in self.spoken.rules.iter_mut().filter(|rule| rule.name == name) {
            rule.appearance.or(&own);
        }
        Ok(())
    }

    fn check_label(&self, name: &str, span: Range<usize>) -> Result<(), Complaint> {
        let is_label = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_label {
            let remedy = "a label has small letters, digits and `_`, a letter first";
            return self.error(span, format!("`{name}` is not a label"), remedy);
        }
        if LABELS_WITHOUT_RULE.contains(&name) {
            return self.error(
                span,
                format!("the label `{name}` is given without a rule"),
                "choose another label",
            );
        }
        Ok(())
    }

    /// `NAME a=1 b=2`
    fn state(&mut self, rest: &Range<usize>) -> Result<(), Complaint> {
        let mut pieces = self.pieces(rest);
        let span = pieces.remove(0);
        let name = self.source.text[span.clone()].to_owned();
        self.check_label(&name, span.clone())?;
        if self.spoken.states.iter().any(|state| state.name == name) {
            return self.error(span, format!("the state `{name}` stands twice"), "give them two names");
        }
        let mut values: Vec<(String, f64)> = Vec::new();
        for piece in pieces {
            let text = &self.source.text[piece.clone()];
            let Some(sign) = text.find('=').filter(|&sign| sign > 0) else {
                return self.error(
                    piece.clone(),
                    format!("`{text}` is not `variable=number`"),
                    example("state"),
                );
            };
            let word = Word { text: text[..sign].to_owned(), span: piece.start..piece.start + sign };
            let (declared, _) =
                self.names.demand(&word, "variable", |meaning| matches!(meaning, Meaning::Variable(_)))?;
            let value = self.number(piece.start + sign + 1..piece.end)?;
            if values.iter().any(|(known, _)| *known == declared) {
                return self.error(word.span, format!("`{declared}` stands twice"), "remove one");
            }
            values.push((declared, value));
        }
        self.spoken.states.push(NamedState { name, values });
        Ok(())
    }
}

/// A remedy: how a `#@` line looks.
fn example(word: &str) -> &'static str {
    match word {
        "source" => "write `#@ source Author (year), doi:...`",
        "time" => "write `#@ time s`, `#@ time ms`, or `#@ time 1` where time has no unit",
        "signal" => "write `#@ signal name` with a variable or an auxiliary",
        "scale" => "write `#@ scale 1` with a typical size of the signal, in its unit",
        "range" => "write `#@ range name 0 10`: from where to where it is usually swept",
        "input" => {
            "write `#@ input name` with a parameter, 0 in the file, that the other nodes of a network drive"
        }
        "output" => {
            "write `#@ output name` with a variable or an auxiliary that a node of a network sends to others"
        }
        "phase" => "write `#@ phase name` with the variable that is a phase, in radian",
        "regime" => "write `#@ regime name when condition`, and `seizing` at its end where it is a seizure",
        "label" => "write `#@ label name Text of a legend`",
        "colour" => "write `#@ colour name #d55e00`: red, green and blue in hexadecimal digits",
        _ => "write `#@ state name x=0.1 y=0.2`",
    }
}
