//! The old format of model files, whose first line is a count, written as the lines of today: names are declared apart from the
//! right-hand sides (`o` lines), which come in the order variables, fixed quantities, auxiliaries. Knows no formula.
//!
//! What XPPAUT 6.11 does, tried: the first letter of a line's first word counts (`v p n w f a u o b d`), whatever its case; other
//! lines are skipped; auxiliaries without a name are AUX1, AUX2, ...; lines cannot be continued.

use std::ops::Range;
use std::sync::Arc;

use super::made::Made;
use crate::complaint::{Complaint, Source};

/// Whether a text is in the old format: its first line begins with a number above 0.
pub(super) fn is_old(text: &str) -> bool {
    count(text) > 0
}

/// The number that a text begins with, as C reads it.
fn count(text: &str) -> usize {
    let line = text.lines().next().unwrap_or_default().trim_start();
    let line = line.strip_prefix('+').unwrap_or(line);
    let digits = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(line.len());
    line[..digits].parse().unwrap_or(0)
}

/// The text in the format of today.
///
/// # Errors
/// When the right-hand sides are not as many as the names.
pub(super) fn converted(source: &Arc<Source>) -> Result<Arc<Source>, Complaint> {
    let mut reader = Reader { source, lines: Vec::new(), made: Made::default() };
    reader.lines();
    reader.write()?;
    Ok(reader.made.finish(source))
}

/// A line: the small first letter of its first word, the word, and what follows.
struct Line {
    letter: char,
    word: Range<usize>,
    rest: Range<usize>,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    lines: Vec<Line>,
    made: Made,
}

impl Reader<'_> {
    fn text(&self, span: &Range<usize>) -> &str {
        &self.source.text[span.clone()]
    }

    fn lines(&mut self) {
        let text = &self.source.text;
        let mut at = text.find('\n').map_or(text.len(), |end| end + 1);
        while at < text.len() {
            let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
            let (start, line) = (at, &text[at..end]);
            at = end + 1;
            let begin = start + (line.len() - line.trim_start_matches([' ', ',', '\t']).len());
            let length = text[begin..end].find([' ', ',', '\t']).unwrap_or(end - begin);
            let Some(letter) = text[begin..end].chars().next().map(|letter| letter.to_ascii_lowercase())
            else {
                continue;
            };
            let rest = begin + length..end;
            self.lines.push(Line { letter, word: begin..begin + length, rest });
            if letter == 'd' {
                return;
            }
        }
    }

    /// The names that the lines of a letter declare, without their values.
    fn names(&self, letter: char) -> Vec<Range<usize>> {
        let mut names = Vec::new();
        for line in self.lines.iter().filter(|line| line.letter == letter) {
            for piece in pieces(self.text(&line.rest), line.rest.start) {
                let length = self.text(&piece).find('=').unwrap_or(piece.len());
                names.push(piece.start..piece.start + length);
            }
        }
        names
    }

    fn write(&mut self) -> Result<(), Complaint> {
        let (variables, fixed, auxiliaries) = (self.names('v'), self.names('f'), self.names('a'));
        let all = count(&self.source.text);
        let sides = self.lines.iter().filter(|line| matches!(line.letter, 'o' | 'i')).count();
        let wanted = all + fixed.len();
        let head = 0..self.source.text.find('\n').unwrap_or(self.source.text.len());
        if variables.len() > all || sides < wanted {
            let message = format!(
                "the first line counts {all} variables and auxiliaries, which with {} fixed quantities need {wanted} lines `o`; there \
                 are {} variables and {sides} such lines",
                fixed.len(),
                variables.len()
            );
            let remedy = "this is XPPAUT's old format: correct the count, or begin the file with a comment `#` if it is not meant";
            return Err(Complaint::error(self.source, head, message, remedy));
        }
        let lines = std::mem::take(&mut self.lines);
        let mut place = 0;
        for line in &lines {
            match line.letter {
                'o' if place == wanted => break,
                'o' => {
                    let side = self.left_side(place, [&variables, &fixed, &auxiliaries]);
                    self.side(line, &side);
                    place += 1;
                }
                'i' => {
                    self.made.put("volterra ", line.word.clone());
                    place += 1;
                }
                'v' => self.values("init ", line),
                'p' => self.values("par ", line),
                'n' => self.values("number ", line),
                'w' => self.values("wiener ", line),
                'b' => self.values("bndry ", line),
                'g' => self.values("global ", line),
                'm' | 'r' => self.values("markov ", line),
                't' => self.values("table ", line),
                'k' => self.values("volterra ", line),
                'x' => self.values("set ", line),
                'u' => self.function(line),
                'd' => break,
                '@' | '#' => self.made.copy(&self.source.text, line.word.start..line.rest.end),
                _ => {}
            }
            self.made.put("\n", line.rest.end..line.rest.end);
        }
        self.made.put("done\n", head.end..head.end);
        Ok(())
    }

    /// What stands left of the formula of a right-hand side.
    fn left_side(&self, place: usize, [variables, fixed, auxiliaries]: [&[Range<usize>]; 3]) -> String {
        if let Some(name) = variables.get(place) {
            return format!("{}'=", self.text(name));
        }
        if let Some(name) = fixed.get(place - variables.len()) {
            return format!("{}=", self.text(name));
        }
        let number = place - variables.len() - fixed.len();
        match auxiliaries.get(number) {
            Some(name) => format!("aux {}=", self.text(name)),
            None => format!("aux AUX{}=", number + 1),
        }
    }

    fn side(&mut self, line: &Line, left: &str) {
        self.made.put(left, line.word.clone());
        self.made.copy(&self.source.text, line.rest.clone());
    }

    fn values(&mut self, word: &str, line: &Line) {
        self.made.put(word, line.word.clone());
        let rest = self.text(&line.rest);
        let start = line.rest.start + (rest.len() - rest.trim_start().len());
        self.made.copy(&self.source.text, start..line.rest.end);
    }

    /// `user f 2 arg1+arg2`
    fn function(&mut self, line: &Line) {
        let pieces: Vec<_> = pieces(self.text(&line.rest), line.rest.start).collect();
        let (Some(name), Some(number)) = (pieces.first(), pieces.get(1)) else {
            return self.values("user ", line);
        };
        let Ok(arguments) = self.text(number).parse::<u8>() else { return self.values("user ", line) };
        let arguments: Vec<String> = (1..=arguments.min(20)).map(|place| format!("arg{place}")).collect();
        let formula = number.end..line.rest.end;
        self.made.copy(&self.source.text, name.clone());
        self.made.put(&format!("({})=", arguments.join(",")), number.clone());
        self.made.copy(&self.source.text, formula);
    }
}

/// Pieces between blanks and commas, by their places.
fn pieces(text: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    text.split([' ', ',', '\t']).filter_map(move |piece| {
        let span = at..at + piece.len();
        at = span.end + 1;
        (!piece.is_empty()).then_some(span)
    })
}
