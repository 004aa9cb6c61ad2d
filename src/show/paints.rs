//! What the cells of a drawing in the terminal are filled with, and the legend that says so. Knows nothing of their places.

use std::fmt::Write as _;

use crate::analyse::shares::Share;
use crate::analyse::slice::{Label, Role, Slice};
use crate::show::colours::{Colour, Colours, UNDEFINED, ramp, regime_colours, strong};
use crate::show::map_figure::panel_labels;
use crate::show::words;
use crate::table::Quantity;

/// Something a cell can be filled with.
pub(super) struct Paint {
    pub(super) colour: Colour,
    pub(super) letter: char,
}

/// The escape sequence that sets a colour for letters or their ground.
pub(super) fn escape(colour: Colour, is_ground: bool, colours: Colours) -> String {
    let Colour(red, green, blue) = colour;
    let which = if is_ground { 48 } else { 38 };
    if colours == Colours::All {
        return format!("\u{1b}[{which};2;{red};{green};{blue}m");
    }
    // The cube of xterm has six steps a channel: 0, 95, 135, ... 255.
    let step = |value: u8| {
        if value < 48 {
            0
        } else if value < 115 {
            1
        } else {
            u16::from(value - 35) / 40
        }
    };
    format!("\u{1b}[{which};5;{}m", 16 + 36 * step(red) + 6 * step(green) + step(blue))
}

/// A letter for every label, no two alike: a free one of its own name, else any; capitals for seizures.
pub(super) fn letters(labels: &[Label]) -> Vec<char> {
    let mut letters: Vec<char> = Vec::new();
    for label in labels {
        let case = |letter: char| {
            if label.is_seizing { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
        };
        let fixed = match label.name.as_str() {
            "fixed_point" => Some('.'),
            "unsettled" => Some('?'),
            "diverged" => Some('!'),
            "singular" => Some('%'),
            "excluded" => Some(' '),
            "not_computed" => Some('_'),
            _ => None,
        };
        let own = label.name.chars().filter(char::is_ascii_alphabetic).map(case);
        // Behind them come Greek, Cyrillic and accented ones, enough for as many rules as a study may have.
        let more = ('α'..='ω').chain('а'..='я').chain('à'..='ö').filter(|letter| *letter != 'ς');
        let more = more
            .flat_map(|letter| if label.is_seizing { letter.to_uppercase().collect() } else { vec![letter] });
        let letter = fixed.into_iter().chain(own).chain(('a'..='z').map(case)).chain('0'..='9').chain(more);
        let letter = letter.into_iter().find(|letter| !letters.contains(letter)).unwrap_or('#');
        letters.push(letter);
    }
    letters
}

/// How many letters a name of a regime has at most in a legend.
const WIDEST_NAME: f64 = 19.0;

/// A paint for every label, and the legend.
pub(super) fn regime_paints(slice: &Slice, colours: Colours) -> (Vec<Paint>, String) {
    let letters = letters(&slice.labels);
    let paints: Vec<Paint> = regime_colours(&slice.labels)
        .into_iter()
        .zip(letters)
        .map(|(colour, letter)| Paint { colour: strong(colour), letter })
        .collect();
    let shares = Share::of_panels(slice);
    let mut legend = String::new();
    if slice.panels.len() > 1 {
        legend.push_str(&" ".repeat(22));
        for name in panel_labels(slice) {
            let _ = write!(legend, " {name:>9.9}");
        }
        legend.push('\n');
    }
    let is_there = |index: &usize| shares.iter().any(|of_panel| of_panel[*index].points > 0);
    let shown: Vec<usize> = (0..slice.labels.len()).filter(is_there).collect();
    let names: Vec<String> = shown.iter().map(|&index| words::regime(&slice.labels[index])).collect();
    let names = words::distinct(&names, WIDEST_NAME, |text| text.chars().count() as f64);
    for (index, name) in shown.into_iter().zip(names) {
        let (label, paint) = (&slice.labels[index], &paints[index]);
        let of_panels =
            shares.iter().map(|of_panel| format!(" {:>9}", words::per_cent(of_panel[index].fraction)));
        let seizing = if label.role() == Role::Seizing { "  seizing" } else { "" };
        let _ = writeln!(
            legend,
            "{} {name:<19}{}{seizing}",
            swatch(paint, colours),
            of_panels.collect::<String>()
        );
    }
    (paints, legend)
}

fn swatch(paint: &Paint, colours: Colours) -> String {
    if colours == Colours::None {
        format!(" {}", paint.letter)
    } else {
        format!("{}██\u{1b}[0m", escape(paint.colour, false, colours))
    }
}

const LEVELS: usize = 10;

/// The smallest and the largest value of a slice's feature.
pub(super) fn range(slice: &Slice) -> (f64, f64) {
    let values = slice
        .panels
        .iter()
        .flat_map(|panel| panel.features[0].values.iter())
        .filter(|value| value.is_finite());
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// The paint of a number.
pub(super) fn level(value: f64, (low, high): (f64, f64)) -> usize {
    if !value.is_finite() {
        LEVELS
    } else if low >= high {
        0
    } else {
        (((value - low) / (high - low) * LEVELS as f64) as usize).min(LEVELS - 1)
    }
}

/// A paint for every level of a number, one for undefined, and the legend.
pub(super) fn number_paints(slice: &Slice, colours: Colours) -> (Vec<Paint>, String) {
    let mut paints: Vec<Paint> = ('0'..='9')
        .enumerate()
        .map(|(index, letter)| Paint { colour: ramp((index as f64 + 0.5) / LEVELS as f64), letter })
        .collect();
    paints.push(Paint { colour: UNDEFINED, letter: '?' });
    let quantity: &Quantity = &slice.panels[0].features[0].quantity;
    let (low, high) = range(slice);
    let mut legend = format!("{}\n", words::scale(quantity));
    let swatches: String = paints[..LEVELS].iter().map(|paint| swatch(paint, colours)).collect();
    let _ = writeln!(legend, "{} {swatches} {}", words::number(low), words::number(high));
    if slice.panels.iter().any(|panel| panel.features[0].values.iter().any(|value| !value.is_finite())) {
        let _ = writeln!(legend, "{} undefined", swatch(&paints[LEVELS], colours));
    }
    (paints, legend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_a_letter_of_its_own() {
        let labels: Vec<Label> = (0..20).map(|n| Label::new("spike", n % 2 == 0)).collect();
        let letters = letters(&labels);
        let distinct: std::collections::HashSet<char> = letters.iter().copied().collect();
        assert_eq!(distinct.len(), 20, "{letters:?}");
    }

    #[test]
    fn a_hundred_labels_have_a_hundred_letters() {
        for is_seizing in [false, true] {
            let labels: Vec<Label> = (0..100).map(|_| Label::new("spike", is_seizing)).collect();
            let letters = letters(&labels);
            let distinct: std::collections::HashSet<char> = letters.iter().copied().collect();
            assert_eq!(distinct.len(), 100, "{letters:?}");
        }
    }
}
