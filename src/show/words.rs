//! Numbers, units and names as a reader wants to see them. Text from a file may be anybody's: it loses its control
//! characters here, so that it can command neither a terminal nor a viewer.

/// A text without control characters, direction marks and line breaks, at most 200 letters long.
pub(super) fn plain(text: &str) -> String {
    plain_up_to(text, 200)
}

/// The same of at most so many letters; a longer one ends after a word, with an ellipsis.
pub(super) fn plain_up_to(text: &str, most: usize) -> String {
    let is_command = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    let whole = text.chars().map(|letter| if is_command(letter) { ' ' } else { letter }).collect::<String>();
    let whole = whole.trim();
    let Some((end, _)) = whole.char_indices().nth(most) else { return whole.to_owned() };
    let kept = &whole[..end];
    let kept = if whole[end..].starts_with(' ') {
        kept
    } else {
        kept.rsplit_once(' ').map_or(kept, |(words, _)| words)
    };
    format!("{}…", kept.trim_end_matches([' ', ',', ';']))
}

/// Texts as a list, each cut to a length that a person reads.
pub(super) fn plain_list(texts: &[String]) -> String {
    texts.iter().map(|text| plain(text)).collect::<Vec<_>>().join("; ")
}

/// A regime's name for a legend: `spike_wave` reads `spike wave`.
pub(super) fn label(name: &str) -> String {
    plain(&name.replace('_', " "))
}

/// A regime for a legend: the label that its author gave it, else its name.
pub(super) fn regime(regime: &crate::analyse::slice::Label) -> String {
    regime.appearance.label.as_deref().map_or_else(|| label(&regime.name), plain)
}

/// A unit with raised exponents (`1/s` and `s-1` read s⁻¹); empty for a pure number.
pub(super) fn unit(unit: &str) -> String {
    let unit = plain(unit);
    if unit == "1" || unit.is_empty() {
        return String::new();
    }
    let unit = unit
        .strip_prefix("1/")
        .filter(|rest| rest.chars().all(char::is_alphabetic))
        .map_or(unit.clone(), |rest| format!("{rest}-1"));
    let mut shown = String::new();
    let mut letters = unit.chars().peekable();
    let mut is_after_letter = false;
    while let Some(letter) = letters.next() {
        let begins_exponent = is_after_letter
            && (letter.is_ascii_digit()
                || (letter == '-' && letters.peek().is_some_and(char::is_ascii_digit)));
        if letter == '^' && is_after_letter {
            continue;
        }
        if begins_exponent {
            shown.push(raised(letter));
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                shown.push(raised(digit));
            }
            is_after_letter = false;
        } else {
            shown.push(if letter == '.' || letter == '*' { '·' } else { letter });
            is_after_letter = letter.is_alphabetic();
        }
    }
    shown
}

fn raised(letter: char) -> char {
    match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(digit),
    }
}

/// A name with its unit, as an axis says it: `mean input rate, p (s⁻¹)`.
pub(super) fn axis(quantity: &crate::table::Quantity) -> String {
    let (name, meaning) = (plain(&quantity.name), plain(&quantity.meaning));
    let unit = unit(&quantity.unit);
    let what = if meaning.is_empty() || meaning == name { name } else { format!("{meaning}, {name}") };
    if unit.is_empty() { what } else { format!("{what} ({unit})") }
}

/// What an axis says of itself without its meaning: `mean input rate, p (s⁻¹)` reads `p (s⁻¹)`.
pub(super) fn without_meaning(axis: &str) -> &str {
    axis.rsplit_once(", ").map_or(axis, |(_, rest)| rest)
}

/// A measured quantity's name and unit, for the scale it is drawn on; what it means is [`meaning`].
pub(super) fn scale(quantity: &crate::table::Quantity) -> String {
    let (name, unit) = (label(&quantity.name), unit(&quantity.unit));
    if unit.is_empty() { name } else { format!("{name} ({unit})") }
}

/// What a measured quantity means, as a sentence for a caption.
pub(super) fn meaning(quantity: &crate::table::Quantity) -> String {
    let (name, meaning) = (label(&quantity.name), plain(&quantity.meaning));
    if meaning.is_empty() || meaning == name {
        return String::new();
    }
    let name: String =
        name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect();
    format!("{name}: {}.", meaning.trim_end_matches('.'))
}

/// A text in which numbers of more than five digits are written with four that count: `uniform = [-3.141592653589793, 2.5]` reads
/// `uniform = [-3.142, 2.5]`.
pub(super) fn with_short_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let length = if before.is_alphanumeric() || before == '_' || before == '.' {
            0
        } else {
            length_of_number(rest)
        };
        let number = &rest[..length];
        if length == 0 {
            shown.push(letter);
            rest = &rest[letter.len_utf8()..];
            before = letter;
            continue;
        }
        let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let counting = digits.trim_start_matches('0').len();
        match number.parse::<f64>() {
            Ok(value) if counting > 5 && value.is_finite() => shown.push_str(&in_four_digits(value)),
            _ => shown.push_str(number),
        }
        rest = &rest[length..];
        before = '0';
    }
    shown
}

/// The letters of a number that a text begins with; 0 where it begins with none, or with a word.
fn length_of_number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut end = digits(sign);
    if end == sign {
        return 0;
    }
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(bytes.get(end + 1) == Some(&b'-'));
        let last = digits(sign);
        end = if last > sign { last } else { end };
    }
    if text[end..].starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') { 0 } else { end }
}

fn in_four_digits(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    // As a study writes them.
    format!("{rounded:?}")
}

/// A number in at most six significant digits, as text for people.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "undefined".into()
        } else if value > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        let text = format!("{value:.5e}");
        let (digits, exponent) = text.split_once('e').expect("an exponential number has an exponent");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        let exponent: String = exponent.chars().map(raised).collect();
        return if digits == "1" { format!("10{exponent}") } else { format!("{digits}×10{exponent}") }
            .replace('-', "−");
    }
    let decimals = if size == 0.0 { 0 } else { (5 - size.log10().floor() as i32).clamp(0, 9) as usize };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// A fraction as per cent: `12.3 %`, `<0.1 %` for what would vanish, `>99.9 %` for what is not all.
pub(super) fn per_cent(fraction: f64) -> String {
    let value = 100.0 * fraction;
    if value > 0.0 && value < 0.05 {
        "<0.1 %".into()
    } else if (99.95..100.0).contains(&value) {
        ">99.9 %".into()
    } else {
        format!("{value:.1} %")
    }
}

/// A text broken at spaces into lines of at most `width`, as `measure` tells it; at most `lines` of them, the last with an
/// ellipsis where something is left out.
pub(super) fn wrap(text: &str, width: f64, lines: usize, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut wrapped: Vec<String> = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = wrapped.last_mut().expect("there is always a line");
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || measure(&longer) <= width {
            *line = longer;
        } else {
            wrapped.push(word.to_owned());
        }
    }
    let is_cut = wrapped.len() > lines;
    wrapped.truncate(lines.max(1));
    let last = wrapped.len() - 1;
    for (index, line) in wrapped.iter_mut().enumerate() {
        let needs_mark = is_cut && index == last;
        *line = shorten(line, width, needs_mark, &measure);
    }
    wrapped
}

/// Texts cut to a width so that those that differ still do: where their beginnings would be the same, the middle is left out, as
/// much of it as need be; at last they are numbered.
pub(super) fn distinct(texts: &[String], width: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut cut: Vec<String> = texts.iter().map(|text| shorten(text, width, false, &measure)).collect();
    let is_double = |cut: &[String], at: usize| {
        let same = |(other, text): (usize, &String)| *text == cut[at] && texts[other] != texts[at];
        cut.iter().enumerate().any(same)
    };
    for at_end in [8, 16, 24, usize::MAX] {
        let double: Vec<usize> = (0..cut.len()).filter(|&at| is_double(&cut, at)).collect();
        for at in double {
            cut[at] = without_middle(&texts[at], at_end, width, &measure);
        }
    }
    let double: Vec<usize> = (0..cut.len()).filter(|&at| is_double(&cut, at)).collect();
    for (number, at) in double.into_iter().enumerate() {
        let mark = format!(" ({})", number + 1);
        cut[at] = shorten(&texts[at], width - measure(&mark), true, &measure) + &mark;
    }
    cut
}

/// A text without its middle, with so many letters of its end, or as many as fit.
fn without_middle(text: &str, at_end: usize, width: f64, measure: &impl Fn(&str) -> f64) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut at_end = at_end.min(letters.len());
    loop {
        let end: String = letters[letters.len() - at_end..].iter().collect();
        let mut begin = letters.len() - at_end;
        loop {
            let shown =
                format!("{}…{}", letters[..begin].iter().collect::<String>().trim_end(), end.trim_start());
            if measure(&shown) <= width || (begin == 0 && at_end == 0) {
                return shown;
            }
            if begin == 0 {
                break;
            }
            begin -= 1;
        }
        at_end -= 1;
    }
}

/// A text cut to a width, with an ellipsis where it was cut or `needs_mark`.
fn shorten(text: &str, width: f64, needs_mark: bool, measure: &impl Fn(&str) -> f64) -> String {
    if !needs_mark && measure(text) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    loop {
        let shown = format!("{}…", kept.iter().collect::<String>().trim_end_matches([' ', ',', ';']));
        if kept.is_empty() || measure(&shown) <= width {
            return shown;
        }
        kept.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_units_are_raised() {
        assert_eq!(unit("1/s"), "s⁻¹");
        assert_eq!(unit("s-1"), "s⁻¹");
        assert_eq!(unit("mV.s-2"), "mV·s⁻²");
        assert_eq!(unit("mV^2/Hz"), "mV²/Hz");
        assert_eq!(unit("mV"), "mV");
        assert_eq!(unit("1"), "");
    }

    #[test]
    fn numbers_are_short_and_true() {
        assert_eq!(number(3.25), "3.25");
        assert_eq!(number(-0.5), "−0.5");
        assert_eq!(number(135.0), "135");
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(1e-6), "10⁻⁶");
        assert_eq!(number(2.5e8), "2.5×10⁸");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(1_234_567.0), "1234567");
    }

    #[test]
    fn text_of_strangers_cannot_command_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{202e}d"), "a [31mb c d");
    }

    #[test]
    fn long_texts_end_after_a_word() {
        assert_eq!(plain_up_to("one two three", 9), "one two…");
        assert_eq!(plain_up_to("one two three", 7), "one two…");
        assert_eq!(plain_up_to("one two three", 13), "one two three");
        assert_eq!(plain_up_to("onetwothree", 6), "onetwo…");
    }

    #[test]
    fn long_numbers_of_a_text_keep_four_digits_and_short_ones_stay() {
        assert_eq!(
            with_short_numbers("uniform = [-3.141592653589793, 2.5], loguniform = [0.000123456, 12345.678]"),
            "uniform = [-3.142, 2.5], loguniform = [0.0001235, 12350.0]"
        );
        let same = "normal = [0.0, 1.0], truncated = [120.0, 320.0], of x1234567.csv and 1e-300, -2.5e10";
        assert_eq!(with_short_numbers(same), same);
        assert_eq!(with_short_numbers("6.02214076e23 µ, 0.30000000000000004"), "6.022e23 µ, 0.3");
    }

    #[test]
    fn a_share_that_is_not_nothing_never_reads_as_nothing() {
        assert_eq!(per_cent(1e-6), "<0.1 %");
        assert_eq!(per_cent(0.999_99), ">99.9 %");
        assert_eq!(per_cent(1.0), "100.0 %");
        assert_eq!(per_cent(0.0), "0.0 %");
    }

    #[test]
    fn long_text_is_wrapped_and_cut_with_an_ellipsis() {
        let letters = |text: &str| text.chars().count() as f64;
        assert_eq!(wrap("one two three four", 9.0, 5, letters), ["one two", "three", "four"]);
        assert_eq!(wrap("one two three four", 9.0, 2, letters), ["one two", "three…"]);
        assert_eq!(wrap("abcdefghijkl", 5.0, 2, letters), ["abcd…"]);
    }

    #[test]
    fn names_that_differ_are_cut_to_texts_that_differ() {
        let letters = |text: &str| text.chars().count() as f64;
        let cut = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            distinct(&names, 19.0, letters)
        };
        assert_eq!(cut(&["alpha", "a name far too long for it"]), ["alpha", "a name far too lon…"]);
        let common = "low amplitude fast activity ";
        let ends = [format!("{common}left"), format!("{common}right"), format!("{common}left or right")];
        let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
        assert_eq!(
            cut(&ends),
            ["low amplit…ity left", "low amplit…ty right", "low amplit…or right"].map(String::from)
        );
        // Those that differ in the middle alone, and more than their ends can tell.
        let middles: Vec<String> =
            (0..30).map(|n| format!("low amplitude fast {n} activity of both sides")).collect();
        let middles: Vec<&str> = middles.iter().map(String::as_str).collect();
        let shown = cut(&middles);
        let apart: std::collections::HashSet<&String> = shown.iter().collect();
        assert!(apart.len() == 30 && shown.iter().all(|text| letters(text) <= 19.0), "{shown:?}");
    }
}
